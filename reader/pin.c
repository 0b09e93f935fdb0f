#include <string.h>

#include "reader/iso7816.h"
#include "reader/pin.h"

#define VERIFY_HDR 5

static const uint16_t pin_ef[] = { [PIN_AUTH] = 0x0018, [PIN_TEXT] = 0x0011 };

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

static enum err
look_up(uint16_t sw, int *tries)
{
	const struct row *row = verify_sw;

	while ((sw & row->mask) != row->value)
		row++;
	*tries = row->counted ? (sw & 0x0f) : row->tries;
	/* These counters start at 3 (2.3): more is no count of theirs. */
	if (*tries > PIN_TRIES_FULL)
		*tries = PIN_TRIES_UNKNOWN;
	return (row->err);
}

/* P2: by short id, or the EF that is then the current one. */
static enum err
address(struct card *card, enum pin_kind kind, uint8_t *p2)
{
	enum err r;

	if (card->opts.short_ids) {
		*p2 = (uint8_t)(0x80 | pin_ef[kind]);
		return (ERR_OK);
	}
	*p2 = 0x80;
	r = select_ef(card, pin_ef[kind]);
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
	r = look_up(sw, tries);
	return (r == ERR_PIN_NONE ? r : ERR_OK);
}

static int
is_pin(const struct secret *pin)
{
	if (pin->len != PIN_LEN)
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
	uint8_t cmd[VERIFY_HDR + PIN_LEN] = { 0x00, 0x20, 0x00, 0x80,
	    PIN_LEN };
	struct blob rsp = { 0 };
	uint16_t sw;
	enum err r;

	*tries = PIN_TRIES_UNKNOWN;
	if (!is_pin(pin))
		return (ERR_PIN_FORMAT);
	if ((r = address(card, kind, &cmd[3])) != ERR_OK)
		return (r);
	memcpy(cmd + VERIFY_HDR, pin->data, PIN_LEN);
	r = apdu_send(card, cmd, sizeof(cmd), &rsp, &sw, APDU_MS);
	secret_cleanse(cmd, sizeof(cmd));
	blob_free(&rsp);
	return (r != ERR_OK ? r : look_up(sw, tries));
}
