#include "base/buf.h"
#include "reader/iso7816.h"
#include "reader/plan.h"

/*
 * card-and-readers.md 2.2, 2.4: a plastic card gives its certificate without
 * PIN and holds the text application; a phone wants VERIFY first and holds
 * JPKI only (4.5).  Both sign a DigestInfo by RSA-2048.
 */
static const struct card_profile profiles[CARD_KINDS] = {
	[CARD_PLASTIC] = { "plastic", 0, 1, CARD_RSA_DIGESTINFO, 256 },
	[CARD_PHONE] = { "phone", 1, 0, CARD_RSA_DIGESTINFO, 256 },
};

#define CHUNK_SHORT	256
/* One extended read covers the largest certificate accepted (2.5). */
#define CHUNK_EXTENDED	4096

/* Bytes TA..TD of one interface group: a count of the high nibble's bits. */
static size_t
interface_bytes(uint8_t y)
{
	size_t n = 0;

	for (; y != 0; y = (uint8_t)(y & (y - 1)))
		n++;
	return (n);
}

/* The historical bytes behind T0 and the chain of TDs (ISO 7816-3 8.2). */
static enum err
historical(const uint8_t *atr, size_t len, struct buf *hist)
{
	struct buf b = { atr, len };
	uint8_t ts, t0, td;
	enum err r;

	if ((r = buf_u8(&b, &ts)) != ERR_OK || (r = buf_u8(&b, &t0)) != ERR_OK)
		return (r);
	td = t0;
	while ((td >> 4) != 0) {
		size_t n = interface_bytes(td >> 4);

		if ((td & 0x80) == 0)
			return (buf_skip(&b, n) != ERR_OK ? ERR_SHORT :
			    buf_take(&b, t0 & 0x0f, hist));
		if ((r = buf_skip(&b, n - 1)) != ERR_OK ||
		    (r = buf_u8(&b, &td)) != ERR_OK)
			return (r);
	}
	return (buf_take(&b, t0 & 0x0f, hist));
}

int
card_atr_extended(const uint8_t *atr, size_t len)
{
	struct buf hist, obj;
	uint8_t tag, caps[3];

	/* Category 80: compact TLV; object 7, third byte, bit 7: Lc/Le
	 * fields of three bytes (ISO 7816-4 12.1.1.9). */
	if (historical(atr, len, &hist) != ERR_OK ||
	    buf_u8(&hist, &tag) != ERR_OK || tag != 0x80)
		return (0);
	while (buf_u8(&hist, &tag) == ERR_OK &&
	    buf_take(&hist, tag & 0x0f, &obj) == ERR_OK) {
		if ((tag >> 4) == 7 && buf_read(&obj, caps, 3) == ERR_OK)
			return ((caps[2] & 0x40) != 0);
	}
	return (0);
}

void
card_is(struct card *card, enum card_kind kind)
{
	card->profile = &profiles[kind];
}

static size_t
chunk_of(const struct card *card)
{
	const struct tp_caps *caps = &card->tp->caps;

	if (card->opts.extended && caps->rx_max >= CHUNK_EXTENDED + 2 &&
	    card_atr_extended(caps->atr, caps->atrlen))
		return (CHUNK_EXTENDED);
	return (CHUNK_SHORT);
}

int
card_lost(enum err r)
{
	return ((err_class(r) == EC_CARD && r != ERR_NO_FILE) ||
	    err_class(r) == EC_READER || r == ERR_CARD_RESET);
}

void
card_init(struct card *card, struct tp *tp, const struct card_opts *opts)
{
	*card = (struct card){ .tp = tp, .opts = *opts };
	card_is(card, CARD_PLASTIC);
	card->chunk = chunk_of(card);
}

void
card_add_open(struct plan *p)
{
	plan_select_app(p, GUARD_JPKI);
	plan_first(p);
}

enum err
card_take_open(struct plan *p)
{
	uint16_t sw;
	enum err r;

	if ((r = plan_next(p, NULL, &sw)) == ERR_OK)
		r = apdu_sw_err(sw);
	return (r == ERR_NO_FILE || r == ERR_SW || r == ERR_NEEDS_PIN ?
	    ERR_NOT_JPKI : r);
}

enum err
card_open(struct card *card, struct tp *tp, const struct card_opts *opts)
{
	struct plan p;
	enum err r;

	card_init(card, tp, opts);
	plan_init(&p, card);
	card_add_open(&p);
	r = card_take_open(&p);
	plan_wipe(&p);
	return (r);
}
