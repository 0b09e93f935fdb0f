#include <string.h>

#include "base/buf.h"
#include "reader/guard.h"

#define SHA384	48	/* bytes of the hash */

enum use { READ = 1, VERIFY = 2, SIGN = 4 };

/* card-and-readers.md 2.1 and 2.2: what we need of each application. */
static const struct app {
	uint8_t	aid[GUARD_AID];
	struct ef {
		uint16_t	id;
		unsigned	use;
		size_t		digits;	/* what VERIFY takes */
	} ef[8];
	int	ap_key;		/* its own key may sign our challenge */
} apps[GUARD_APPS] = {
	[GUARD_JPKI] = {
		{ 0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01 },
		{
			{ 0x0006, READ, 0 },	/* token information */
			{ 0x000a, READ, 0 },	/* certificate */
			{ 0x0018, VERIFY, 4 },	/* its PIN */
			{ 0x0017, SIGN, 0 },	/* its key */
		}, 0
	},
	[GUARD_TEXT] = {
		{ 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08 },
		{
			{ 0x0002, READ, 0 },	/* the four attributes */
			{ 0x0011, VERIFY, 4 },	/* PIN */
			{ 0x0015, VERIFY, 14 },	/* 照合番号B */
		}, 0
	},
	[GUARD_SURFACE] = {
		{ 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02 },
		{
			{ 0x0002, READ, 0 },	/* the face */
			{ 0x0004, READ, 0 },	/* its issuer's certificate */
			{ 0x0012, VERIFY, 14 },	/* 照合番号B */
		}, 1
	},
};

/* A command taken apart; the shapes of ISO 7816-3 12.1, 0 < Lc. */
struct command {
	uint8_t		cla, ins, p1, p2;
	struct buf	data;
	int		has_le;
};

/* Its row; one without any use for what has none. */
static const struct ef *
row_of(enum guard_app app, uint16_t id)
{
	static const struct ef none = { 0, 0, 0 };

	for (size_t i = 0; i < sizeof(apps[0].ef) / sizeof(apps[0].ef[0]);
	    i++) {
		if (id != 0 && apps[app].ef[i].id == id)
			return (&apps[app].ef[i]);
	}
	return (&none);
}

/* Le of one byte, or of two in the extended form. */
static int
take_le(struct buf *b, size_t size, struct command *c)
{
	if (b->left == 0)
		return (1);
	c->has_le = 1;
	return (buf_skip(b, size) == ERR_OK && b->left == 0);
}

/* 1 if the bytes are one whole command and nothing else. */
static int
parse(const uint8_t *apdu, size_t len, struct command *c)
{
	struct buf b = { apdu, len };
	uint8_t lc;
	uint16_t elc;

	*c = (struct command){ 0 };
	if (buf_u8(&b, &c->cla) != ERR_OK || buf_u8(&b, &c->ins) != ERR_OK ||
	    buf_u8(&b, &c->p1) != ERR_OK || buf_u8(&b, &c->p2) != ERR_OK)
		return (0);
	if (b.left <= 1)
		return (take_le(&b, 1, c));
	(void)buf_u8(&b, &lc);
	if (lc != 0)
		return (buf_take(&b, lc, &c->data) == ERR_OK &&
		    take_le(&b, 1, c));
	if (b.left == 2)
		return (take_le(&b, 2, c));
	return (buf_u16(&b, &elc) == ERR_OK && elc != 0 &&
	    buf_take(&b, elc, &c->data) == ERR_OK && take_le(&b, 2, c));
}

static enum guard_app
app_named(const struct buf *aid)
{
	for (int i = GUARD_JPKI; i < GUARD_APPS; i++) {
		if (aid->left == GUARD_AID &&
		    memcmp(apps[i].aid, aid->p, GUARD_AID) == 0)
			return ((enum guard_app)i);
	}
	return (GUARD_NO_APP);
}

/* The id a two-byte SELECT EF carries; 0 if it is none. */
static uint16_t
ef_named(struct buf data)
{
	uint16_t id;

	if (data.left != 2 || buf_u16(&data, &id) != ERR_OK)
		return (0);
	return (id);
}

/* P1 04 by AID, P1 02 by EF id; P2 0C: no answer data. */
static int
select_allowed(const struct guard *g, const struct command *c)
{
	if (c->cla != 0x00 || c->p2 != 0x0c || c->has_le)
		return (0);
	if (c->p1 == 0x04)
		return (app_named(&c->data) != GUARD_NO_APP);
	return (c->p1 == 0x02 &&
	    row_of(g->app, ef_named(c->data))->use != 0);
}

/* The EF a command addresses: by short id (80 + id), or the current one. */
static uint16_t
addressed(const struct guard *g, uint8_t p, uint8_t current)
{
	return (p == current ? g->ef : (uint16_t)(p & 0x1f));
}

/* P1's top bit: short id in the low five; else it is half of the offset. */
static int
read_allowed(const struct guard *g, const struct command *c)
{
	uint16_t ef = g->ef;

	if (c->cla != 0x00 || c->data.left != 0 || !c->has_le)
		return (0);
	if ((c->p1 & 0x80) != 0) {
		if ((c->p1 & 0x60) != 0)
			return (0);
		ef = c->p1 & 0x1f;
	}
	return ((row_of(g->app, ef)->use & READ) != 0);
}

/* Empty (tries left) or exactly as many digits as that file takes. */
static int
verify_allowed(const struct guard *g, const struct command *c)
{
	const struct ef *ef;

	if (c->cla != 0x00 || c->p1 != 0x00 || (c->p2 & 0xe0) != 0x80 ||
	    c->has_le)
		return (0);
	ef = row_of(g->app, addressed(g, c->p2, 0x80));
	return ((ef->use & VERIFY) != 0 && (c->data.left == 0 ||
	    c->data.left == ef->digits));
}

/*
 * A SHA-256 in its DigestInfo (RFC 8017 9.2 note 1): what RSA keys are given,
 * and never bytes that somebody else chose.
 */
static int
is_info(struct buf data)
{
	static const uint8_t info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09,
	    0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
	    0x04, 0x20 };

	return (data.left == sizeof(info) + 32 &&
	    memcmp(data.p, info, sizeof(info)) == 0);
}

/* P2 00: the application's own key, which wants no PIN and no file (2.4). */
static int
ap_sign_allowed(const struct guard *g, const struct command *c)
{
	return (apps[g->app].ap_key && is_info(c->data));
}

/* Beside an RSA key's, the bare SHA-384 that a key on P-384 takes. */
static int
ef_sign_allowed(const struct guard *g, const struct command *c)
{
	if ((c->p2 & 0xe0) != 0x80 ||
	    (!is_info(c->data) && c->data.left != SHA384))
		return (0);
	return ((row_of(g->app, addressed(g, c->p2, 0x80))->use & SIGN) !=
	    0);
}

/* P1 00: the bytes as we made them. */
static int
sign_allowed(const struct guard *g, const struct command *c)
{
	if (c->cla != 0x80 || c->p1 != 0x00 || !c->has_le)
		return (0);
	return (c->p2 == 0x00 ? ap_sign_allowed(g, c) :
	    ef_sign_allowed(g, c));
}

static int
more_allowed(const struct guard *g, const struct command *c)
{
	return (g->more && c->cla == 0x00 && c->p1 == 0 && c->p2 == 0 &&
	    c->data.left == 0 && c->has_le);
}

static const struct {
	uint8_t	ins;
	int	(*allowed)(const struct guard *, const struct command *);
} instructions[] = {
	{ 0xa4, select_allowed },
	{ 0xb0, read_allowed },
	{ 0x20, verify_allowed },
	{ 0x2a, sign_allowed },
	{ 0xc0, more_allowed },
};

enum err
guard_check(const struct guard *g, const uint8_t *apdu, size_t len)
{
	struct command c;

	if (!parse(apdu, len, &c))
		return (ERR_FORBIDDEN);
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]);
	    i++) {
		if (instructions[i].ins == c.ins)
			return (instructions[i].allowed(g, &c) ? ERR_OK :
			    ERR_FORBIDDEN);
	}
	return (ERR_FORBIDDEN);
}

static void
follow_select(struct guard *g, const struct command *c, int ok)
{
	if (c->p1 == 0x04) {
		g->app = ok ? app_named(&c->data) : GUARD_NO_APP;
		g->ef = 0;
	} else {
		g->ef = ok ? ef_named(c->data) : 0;
	}
}

void
guard_done(struct guard *g, const uint8_t *apdu, size_t len, uint16_t sw)
{
	struct command c;

	if (!parse(apdu, len, &c)) {
		guard_forget(g);
		return;
	}
	g->more = (sw & 0xff00) == 0x6100;
	if (c.ins == 0xa4)
		follow_select(g, &c, sw == 0x9000 || g->more);
	/* A short id selects the file as well (2.4); 6282: all of it (2.5). */
	else if (c.ins == 0xb0 && (c.p1 & 0x80) != 0)
		g->ef = sw == 0x9000 || sw == 0x6282 || g->more ?
		    c.p1 & 0x1f : 0;
	/* Whether one in VERIFY or the signature does, nobody tells. */
	else if ((c.ins == 0x20 || c.ins == 0x2a) && c.p2 != 0x80)
		g->ef = 0;
}

void
guard_forget(struct guard *g)
{
	*g = (struct guard){ GUARD_NO_APP, 0, 0 };
}

const uint8_t *
guard_aid(enum guard_app app)
{
	return (app > GUARD_NO_APP && app < GUARD_APPS ? apps[app].aid : NULL);
}
