#include <string.h>

#include "reader/iso7816.h"
#include "reader/pin.h"
#include "reader/plan.h"

#define VERIFY_HDR 5

/* card-and-readers.md 2.2, 2.3; what: the far side's name for it, 0 if it
 * asks for no such (hw-docs/protocols/link.md). */
static const struct kind {
	uint8_t	ef, len, what;
	int	full;
} kinds[] = {
	[PIN_AUTH] = { 0x18, PIN_LEN, 1, PIN_TRIES_FULL },
	[PIN_TEXT] = { 0x11, PIN_LEN, 2, PIN_TRIES_FULL },
	[PIN_SURFACE_B] = { 0x12, PIN_B_LEN, 0, PIN_B_TRIES_FULL },
	[PIN_TEXT_B] = { 0x15, PIN_B_LEN, 0, PIN_B_TRIES_FULL },
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
static uint8_t
address(struct plan *p, enum pin_kind kind)
{
	if (p->card->opts.short_ids)
		return (0x80 | kinds[kind].ef);
	plan_select_ef(p, kinds[kind].ef);
	return (0x80);
}

/* What came of the next VERIFY, and of the SELECT on the way to it. */
static enum err
take(struct plan *p, enum pin_kind kind, int *tries, enum err *said)
{
	uint16_t sw;
	enum err r;

	*tries = PIN_TRIES_UNKNOWN;
	*said = ERR_OK;
	if ((r = plan_next(p, NULL, &sw)) != ERR_OK)
		return (r == ERR_NO_FILE ? ERR_PIN_NONE : r);
	*said = look_up(kind, sw, tries);
	return (ERR_OK);
}

void
pin_add_tries(struct plan *p, enum pin_kind kind)
{
	const uint8_t cmd[] = { 0x00, 0x20, 0x00, address(p, kind) };

	plan_add(p, cmd, sizeof(cmd), APDU_MS);
}

enum err
pin_take_tries(struct plan *p, enum pin_kind kind, int *tries)
{
	enum err r, said;

	r = take(p, kind, tries, &said);
	return (r == ERR_OK && said == ERR_PIN_NONE ? said : r);
}

enum err
pin_tries(struct card *card, enum pin_kind kind, int *tries)
{
	struct plan p;
	enum err r;

	plan_init(&p, card);
	pin_add_tries(&p, kind);
	r = pin_take_tries(&p, kind, tries);
	plan_wipe(&p);
	return (r);
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

static void
add_verify(struct plan *p, enum pin_kind kind, const uint8_t *digits,
    uint8_t fill)
{
	uint8_t cmd[VERIFY_HDR + SECRET_MAX] = { 0x00, 0x20, 0x00,
	    address(p, kind), kinds[kind].len };

	memcpy(cmd + VERIFY_HDR, digits, kinds[kind].len);
	plan_add_fill(p, cmd, (size_t)VERIFY_HDR + kinds[kind].len, APDU_MS,
	    fill);
	secret_cleanse(cmd, sizeof(cmd));
}

enum err
pin_add_verify(struct plan *p, enum pin_kind kind, const struct secret *pin)
{
	if (!is_pin(kind, pin))
		return (ERR_PIN_FORMAT);
	add_verify(p, kind, pin->data, 0);
	return (ERR_OK);
}

enum err
pin_take_verify(struct plan *p, enum pin_kind kind, int *tries)
{
	enum err r, said;

	r = take(p, kind, tries, &said);
	return (r != ERR_OK ? r : said);
}

/* A plan of one, where something could be added to it. */
static enum err
verify_alone(struct plan *p, enum err added, enum pin_kind kind, int *tries)
{
	enum err r = added;

	*tries = PIN_TRIES_UNKNOWN;
	if (r == ERR_OK)
		r = pin_take_verify(p, kind, tries);
	plan_wipe(p);
	return (r);
}

enum err
pin_verify(struct card *card, enum pin_kind kind, const struct secret *pin,
    int *tries)
{
	struct plan p;

	plan_init(&p, card);
	return (verify_alone(&p, pin_add_verify(&p, kind, pin), kind, tries));
}

enum err
pin_enter(struct card *card, enum pin_kind kind, int tries, int ms)
{
	enum err r;

	if (kinds[kind].what == 0)
		return (ERR_FORBIDDEN);
	r = tp_enter(card->tp, kinds[kind].what, kinds[kind].len, tries, ms);
	/* The far side noticed it: nothing is selected any more. */
	if (err_class(r) == EC_CARD || err_class(r) == EC_READER ||
	    r == ERR_CARD_RESET)
		guard_forget(&card->guard);
	return (r);
}

enum err
pin_add_entered(struct plan *p, enum pin_kind kind)
{
	uint8_t filler[SECRET_MAX];

	if (kinds[kind].what == 0)
		return (ERR_FORBIDDEN);
	memset(filler, TP_FILLER, sizeof(filler));
	add_verify(p, kind, filler, kinds[kind].what);
	return (ERR_OK);
}

enum err
pin_verify_entered(struct card *card, enum pin_kind kind, int *tries)
{
	struct plan p;

	plan_init(&p, card);
	return (verify_alone(&p, pin_add_entered(&p, kind), kind, tries));
}
