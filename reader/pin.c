#include <string.h>

#include "reader/iso7816.h"
#include "reader/pin.h"

#define VERIFY_HDR 5

/* card-and-readers.md 2.2, 2.3 */
static const struct kind {
	uint8_t	ef, len;
	int	full;
} kinds[] = {
	[PIN_AUTH] = { 0x18, PIN_LEN, PIN_TRIES_FULL },
	[PIN_TEXT] = { 0x11, PIN_LEN, PIN_TRIES_FULL },
	[PIN_SURFACE_B] = { 0x12, PIN_B_LEN, PIN_B_TRIES_FULL },
	[PIN_TEXT_B] = { 0x15, PIN_B_LEN, PIN_B_TRIES_FULL },
};

/*
 * First match wins; the low nibble is a count only where counted is set
 * (card-and-readers.md 2.6): 6983 and 6984 end in digits that are no count.
 */
static const struct row {
	uint16_t	mask, value;
	enum err	err;
	int		counted, tries;
} verify_sw[] = {
	{ 0xffff, 0x9000, ERR_OK,		0, PIN_TRIES_UNKNOWN },
	{ 0xffff, 0x63c0, ERR_PIN_BLOCKED,	0, 0 },
	{ 0xfff0, 0x63c0, ERR_PIN_WRONG,	1, 0 },
	{ 0xffff, 0x6300, ERR_PIN_WRONG,	0, PIN_TRIES_UNKNOWN },
	{ 0xffff, 0x6983, ERR_PIN_BLOCKED,	0, 0 },
	{ 0xffff, 0x6984, ERR_PIN_BLOCKED,	0, 0 },
	{ 0xffff, 0x6a82, ERR_PIN_NONE,		0, PIN_TRIES_UNKNOWN },
	{ 0xffff, 0x6a88, ERR_PIN_NONE,		0, PIN_TRIES_UNKNOWN },
	{ 0x0000, 0x0000, ERR_SW,		0, PIN_TRIES_UNKNOWN },
};

int
pin_full(enum pin_kind kind)
{
	return (kinds[kind].full);
}

static enum err
look_up(enum pin_kind kind, uint16_t sw, int *tries)
{
	const struct row *row = verify_sw;

	while ((sw & row->mask) != row->value)
		row++;
	*tries = row->counted ? (sw & 0x0f) : row->tries;
	/* More than a counter starts with is no count of it. */
	if (*tries > pin_full(kind))
		*tries = PIN_TRIES_UNKNOWN;
	return (row->err);
}

/* P2: by short id, or the EF that is then the current one. */
static enum err
address(struct card *card, enum pin_kind kind, uint8_t *p2)
{
	enum err r;

	if (card->opts.short_ids) {
		*p2 = 0x80 | kinds[kind].ef;
		return (ERR_OK);
	}
	*p2 = 0x80;
	r = select_ef(card, kinds[kind].ef);
	return (r == ERR_NO_FILE ? ERR_PIN_NONE : r);
}

enum err
pin_tries(struct card *card, enum pin_kind kind, int *tries)
{
	uint8_t cmd[] = { 0x00, 0x20, 0x00, 0x80 };
	struct blob rsp = { 0 };
	uint16_t sw;
	enum err r;

	*tries = PIN_TRIES_UNKNOWN;
	if ((r = address(card, kind, &cmd[3])) != ERR_OK)
		return (r);
	r = apdu_send(card, cmd, sizeof(cmd), &rsp, &sw, APDU_MS);
	blob_free(&rsp);
	if (r != ERR_OK)
		return (r);
	r = look_up(kind, sw, tries);
	return (r == ERR_PIN_NONE ? r : ERR_OK);
}

static int
is_pin(enum pin_kind kind, const struct secret *pin)
{
	if (pin->len != kinds[kind].len)
		return (0);
	for (size_t i = 0; i < pin->len; i++) {
		if (pin->data[i] < '0' || pin->data[i] > '9')
			return (0);
	}
	return (1);
}

enum err
pin_verify(struct card *card, enum pin_kind kind, const struct secret *pin,
    int *tries)
{
	uint8_t cmd[VERIFY_HDR + SECRET_MAX] = { 0x00, 0x20, 0x00, 0x80,
	    kinds[kind].len };
	struct blob rsp = { 0 };
	uint16_t sw;
	enum err r;

	*tries = PIN_TRIES_UNKNOWN;
	if (!is_pin(kind, pin))
		return (ERR_PIN_FORMAT);
	if ((r = address(card, kind, &cmd[3])) != ERR_OK)
		return (r);
	memcpy(cmd + VERIFY_HDR, pin->data, pin->len);
	r = apdu_send(card, cmd, VERIFY_HDR + pin->len, &rsp, &sw, APDU_MS);
	secret_cleanse(cmd, sizeof(cmd));
	blob_free(&rsp);
	return (r != ERR_OK ? r : look_up(kind, sw, tries));
}
