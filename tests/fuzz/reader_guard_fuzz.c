#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "reader/guard.h"

/*
 * Commands and status words as they come: one byte of length, the command,
 * two bytes of status word.  A card that does what it can, written without
 * looking at the guard, tells which file each of them would touch.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum which { NOTHING, JPKI, TEXT };

struct model {
	enum which	app;
	unsigned	ef;
};

static void
must(int good)
{
	if (!good)
		abort();
}

static int
is_file(enum which app, unsigned id)
{
	static const uint16_t jpki[] = { 0x06, 0x0a, 0x17, 0x18 };

	if (app == TEXT)
		return (id == 0x02 || id == 0x11);
	for (size_t i = 0; app == JPKI && i < 4; i++) {
		if (jpki[i] == id)
			return (1);
	}
	return (0);
}

/* Where the data of a SELECT are, after a short or an extended Lc. */
static void
follow_select(struct model *m, const uint8_t *tx, size_t len)
{
	static const uint8_t aid_jpki[] = { 0xd3, 0x92, 0xf0 },
	    aid_text[] = { 0xd3, 0x92, 0x10 };
	size_t at = tx[4] == 0 ? 7 : 5;

	must(len > at);
	if (tx[2] == 0x02) {
		must(len == at + 2);
		m->ef = (unsigned)tx[at] << 8 | tx[at + 1];
		must(is_file(m->app, m->ef));
		return;
	}
	must(tx[2] == 0x04 && len == at + 10);
	if (memcmp(tx + at, aid_jpki, 3) == 0)
		m->app = JPKI;
	else if (memcmp(tx + at, aid_text, 3) == 0 && tx[at + 9] == 0x08)
		m->app = TEXT;
	else
		abort();
	m->ef = 0;
}

static void
touch(struct model *m, const uint8_t *tx)
{
	uint8_t p = tx[1] == 0xb0 ? tx[2] : tx[3];

	if ((p & 0x80) != 0 && p != 0x80)
		m->ef = p & 0x1f;
	must(is_file(m->app, m->ef));
	must(tx[1] != 0xb0 || m->ef == 0x06 || m->ef == 0x0a ||
	    m->ef == 0x02);
	must(tx[1] != 0x20 || m->ef == 0x18 || m->ef == 0x11);
	must(tx[1] != 0x2a || m->ef == 0x17);
}

/* What the card would do with an allowed command. */
static void
run(struct model *m, const uint8_t *tx, size_t len)
{
	must(len >= 4);
	must(tx[0] == (tx[1] == 0x2a ? 0x80 : 0x00));
	switch (tx[1]) {
	case 0xa4:
		follow_select(m, tx, len);
		break;
	case 0xb0:
	case 0x20:
	case 0x2a:
		touch(m, tx);
		break;
	default:
		must(tx[1] == 0xc0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf in = { data, len }, tx;
	struct guard g = { GUARD_NO_APP, 0, 0 };
	struct model m = { NOTHING, 0 };
	uint16_t sw;
	uint8_t n;

	while (buf_u8(&in, &n) == ERR_OK &&
	    buf_take(&in, n, &tx) == ERR_OK && buf_u16(&in, &sw) == ERR_OK) {
		struct model after = m;

		if (guard_check(&g, tx.p, tx.left) != ERR_OK)
			continue;
		run(&after, tx.p, tx.left);
		/* A refused command changes nothing on the card. */
		if (sw == 0x9000 || (sw & 0xff00) == 0x6100 || sw == 0x6282)
			m = after;
		guard_done(&g, tx.p, tx.left, sw);
	}
	return (0);
}
