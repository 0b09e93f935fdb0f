#include <string.h>

#include "base/secret.h"
#include "reader/iso7816.h"
#include "reader/plan.h"

/* First match wins; a status word not listed is ERR_SW. */
static const struct {
	uint16_t	sw;
	enum err	err;
} sw_errs[] = {
	{ 0x9000, ERR_OK },
	{ 0x6982, ERR_NEEDS_PIN },
	{ 0x6a82, ERR_NO_FILE },
	{ 0x6a83, ERR_NO_FILE },
	{ 0x6a88, ERR_NO_FILE },
	{ 0x6f00, ERR_CARD_MUTE },
};

enum err
apdu_sw_err(uint16_t sw)
{
	for (size_t i = 0; i < sizeof(sw_errs) / sizeof(sw_errs[0]); i++) {
		if (sw_errs[i].sw == sw)
			return (sw_errs[i].err);
	}
	return (ERR_SW);
}

/* ISO 7816-4 5.1.3: only these come with data. */
static int
has_data(uint16_t sw)
{
	return (sw == 0x9000 || (sw & 0xff00) == 0x6100 ||
	    (sw & 0xff00) == 0x6200 || (sw & 0xff00) == 0x6300);
}

static enum err
split(const uint8_t *rx, size_t len, struct blob *rsp, uint16_t *sw)
{
	*sw = (uint16_t)(rx[len - 2] << 8 | rx[len - 1]);
	if (len > 2 && !has_data(*sw))
		return (ERR_TORN);
	return (blob_add(rsp, rx, len - 2));
}

void
apdu_follow(struct card *card, const struct tp_step *s)
{
	uint16_t sw = (uint16_t)(s->rx[s->rxlen - 2] << 8 |
	    s->rx[s->rxlen - 1]);

	if (s->rxlen > 2 && !has_data(sw))
		guard_forget(&card->guard);
	else
		guard_done(&card->guard, s->tx, s->txlen, sw);
}

/* One exchange; an error leaves nothing selected. */
static enum err
exchange(struct card *card, const uint8_t *tx, size_t txlen, struct blob *rsp,
    uint16_t *sw, int ms)
{
	uint8_t rx[APDU_DATA_MAX + 2];
	struct tp_step s = { .tx = tx, .txlen = txlen, .rx = rx,
	    .rxlen = sizeof(rx) };
	enum err r;

	if ((r = guard_check(&card->guard, tx, txlen)) != ERR_OK)
		return (r);
	if ((r = tp_xfer(card->tp, tx, txlen, rx, &s.rxlen, ms)) != ERR_OK) {
		guard_forget(&card->guard);
		return (r);
	}
	apdu_follow(card, &s);
	r = split(rx, s.rxlen, rsp, sw);
	secret_cleanse(rx, s.rxlen);
	return (r);
}

/* Le is the last byte of a short command that ends with one. */
static int
ends_with_le(const uint8_t *tx, size_t len)
{
	return (len == 5 || (len > 5 && tx[4] != 0 && len == 6u + tx[4]));
}

static enum err
again_with_le(struct card *card, const uint8_t *tx, size_t txlen, uint8_t le,
    struct blob *rsp, uint16_t *sw, int ms)
{
	uint8_t copy[TP_TX_SHORT];
	enum err r;

	if (txlen > sizeof(copy))
		return (ERR_TOOBIG);
	memcpy(copy, tx, txlen);
	copy[txlen - 1] = le;
	r = exchange(card, copy, txlen, rsp, sw, ms);
	secret_cleanse(copy, sizeof(copy));
	return (r);
}

/* 61xx: fetches the rest, which must come to an end. */
static enum err
fetch_more(struct card *card, struct blob *rsp, uint16_t *sw, int ms)
{
	uint8_t more[] = { 0x00, 0xc0, 0x00, 0x00, 0x00 };
	size_t had;
	enum err r;

	while ((*sw & 0xff00) == 0x6100) {
		had = rsp->len;
		more[4] = (uint8_t)*sw;
		r = had > APDU_DATA_MAX ? ERR_TOOBIG :
		    exchange(card, more, sizeof(more), rsp, sw, ms);
		if (r == ERR_OK && (*sw & 0xff00) == 0x6100 &&
		    rsp->len == had)
			r = ERR_SHORT;
		if (r != ERR_OK) {
			guard_forget(&card->guard);
			return (r);
		}
	}
	return (ERR_OK);
}

/* 6Cxx and 61xx: this card gives its data in another way. */
static enum err
fetch(struct card *card, const struct tp_step *s, struct blob *rsp,
    uint16_t *sw)
{
	enum err r = ERR_OK;

	if ((*sw & 0xff00) == 0x6c00 && ends_with_le(s->tx, s->txlen))
		r = again_with_le(card, s->tx, s->txlen, (uint8_t)*sw, rsp,
		    sw, s->ms);
	return (r == ERR_OK ? fetch_more(card, rsp, sw, s->ms) : r);
}

enum err
apdu_send(struct card *card, const uint8_t *tx, size_t txlen, struct blob *rsp,
    uint16_t *sw, int ms)
{
	const struct tp_step s = { .tx = tx, .txlen = txlen, .ms = ms };
	enum err r;

	*sw = 0;
	blob_reset(rsp);
	r = exchange(card, tx, txlen, rsp, sw, ms);
	return (r == ERR_OK ? fetch(card, &s, rsp, sw) : r);
}

enum err
apdu_answer(struct card *card, const struct tp_step *s, struct blob *rsp,
    uint16_t *sw)
{
	enum err r;

	*sw = 0;
	blob_reset(rsp);
	r = split(s->rx, s->rxlen, rsp, sw);
	return (r == ERR_OK ? fetch(card, s, rsp, sw) : r);
}

enum err
select_app(struct card *card, enum guard_app app)
{
	struct plan p;
	uint16_t sw;
	enum err r;

	plan_init(&p, card);
	plan_select_app(&p, app);
	r = plan_next(&p, NULL, &sw);
	plan_wipe(&p);
	return (r != ERR_OK ? r : apdu_sw_err(sw));
}

enum err
select_ef(struct card *card, uint16_t ef)
{
	uint16_t sw = 0x9000;
	enum err r = ERR_OK;
	struct plan p;

	plan_init(&p, card);
	plan_select_ef(&p, ef);
	if (p.n > 0 || p.err != ERR_OK)
		r = plan_next(&p, NULL, &sw);
	plan_wipe(&p);
	return (r != ERR_OK ? r : apdu_sw_err(sw));
}
