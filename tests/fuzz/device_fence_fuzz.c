#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "host/device/fence.h"

/*
 * What an agent does, move by move, and what the card answers, as they come.
 * Behind the fence sits a card that counts what reaches it: digits only in
 * VERIFY and only as often as somebody entered them, nothing of class FF, no
 * instruction but five, no VERIFY without a count before it.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

struct card {
	struct tp	 tp;
	struct buf	*in;		/* where its answers come from */
	int		 filling;	/* the step that runs has fill */
	int		 open;		/* a PIN was accepted, not signed yet */
	int		 counted;	/* some VERIFY said a count since begin */
	unsigned	 typed, filled;	/* since placed, since entered */
	uint8_t		 digits[16];	/* the typed ones */
	size_t		 len;
};

static unsigned entries;

static void
must(int good)
{
	if (!good)
		abort();
}

static void
take_digits(struct card *c, const uint8_t *tx, size_t len)
{
	must(c->counted && tx[4] == len - 5);
	for (size_t i = 5; i < len; i++)
		must(tx[i] >= '0' && tx[i] <= '9');
	if (c->filling) {
		must(++c->filled <= 2 && len == 9);
		return;
	}
	must(++c->typed <= 2);
	must(c->typed == 1 || (c->len == len - 5 &&
	    memcmp(c->digits, tx + 5, c->len) == 0));
	c->len = len - 5;
	memcpy(c->digits, tx + 5, c->len);
}

static enum err
card_xfer(struct tp *tp, const uint8_t *tx, size_t len, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct card *c = (struct card *)tp;
	uint16_t sw = 0x9000;

	must(tx[0] != 0xff && ms <= 60000);
	must(tx[1] == 0xa4 || tx[1] == 0xb0 || tx[1] == 0x20 ||
	    tx[1] == 0x2a || tx[1] == 0xc0);
	must(!c->filling || (tx[1] == 0x20 && len == 9));
	if (tx[1] == 0x20 && len > 4)
		take_digits(c, tx, len);
	(void)buf_u16(c->in, &sw);
	must(tx[1] != 0x2a || tx[3] == 0 || c->open);
	if (tx[1] == 0x20 && len > 4 && sw == 0x9000)
		c->open = 1;
	if (tx[1] == 0x2a && tx[3] != 0 && (sw == 0x9000 || sw >> 8 == 0x61))
		c->open = 0;
	if (sw == 0)
		c->typed = 0;	/* seen to be away */
	if (sw <= 1)
		return (sw == 0 ? ERR_NO_CARD : ERR_TORN);
	if ((sw & 0xfff0) == 0x63c0)
		c->counted = 1;
	rx[0] = (uint8_t)(sw >> 8);
	rx[1] = (uint8_t)sw;
	*rxlen = 2;
	return (ERR_OK);
}

static enum err
card_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct card *c = (struct card *)tp;
	uint8_t b = 0;

	(void)ms;
	(void)buf_u8(c->in, &b);
	*ev = (enum tp_event)(b % 3 + 1);
	if (*ev != TP_CARD)
		c->typed = 0;
	return (ERR_OK);
}

static enum err
card_begin(struct tp *tp, struct tp_caps *caps)
{
	struct card *c = (struct card *)tp;

	caps->tx_max = TP_TX_EXT;
	caps->rx_max = TP_RX_EXT;
	c->counted = c->open = 0;
	return (ERR_OK);
}

static void
card_end(struct tp *tp)
{
	((struct card *)tp)->counted = 0;
}

static void
card_nothing(struct tp *tp)
{
	(void)tp;
}

static const struct tp_ops card_ops = {
	.name = "card", .wait = card_wait, .begin = card_begin,
	.xfer = card_xfer, .end = card_end, .cancel = card_nothing,
	.close = card_nothing,
};

/* --- the person --- */

static int
can_ask(void *ctx)
{
	(void)ctx;
	return (1);
}

static enum err
ask(void *ctx, const struct fence_ask *a, struct secret *out)
{
	struct card *c = ctx;
	char digits[8];

	must(a->tries > 0 && (a->what == 1 || a->what == 2));
	c->filled = 0;
	snprintf(digits, sizeof(digits), "%04u", entries++ % 10000);
	return (secret_set(out, digits, 4));
}

/* --- the agent --- */

#define SELECT_APP	0x00, 0xa4, 0x04, 0x0c, 0x0a
static const struct move {
	uint8_t	len, tx[54];
} moves[] = {
	{ 15, { SELECT_APP, 0xd3, 0x92, 0xf0, 0, 0x26, 1, 0, 0, 0, 1 } },
	{ 15, { SELECT_APP, 0xd3, 0x92, 0x10, 0, 0x31, 0, 1, 1, 4, 8 } },
	{ 15, { SELECT_APP, 0xd3, 0x92, 0x10, 0, 0x31, 0, 1, 1, 4, 2 } },
	{ 7, { 0x00, 0xa4, 0x02, 0x0c, 2, 0, 0x18 } },
	{ 7, { 0x00, 0xa4, 0x02, 0x0c, 2, 0, 0x11 } },
	{ 7, { 0x00, 0xa4, 0x02, 0x0c, 2, 0, 0x12 } },
	{ 7, { 0x00, 0xa4, 0x02, 0x0c, 2, 0, 0x17 } },
	{ 4, { 0x00, 0x20, 0x00, 0x80 } },
	{ 9, { 0x00, 0x20, 0x00, 0x80, 4, '1', '2', '3', '4' } },
	{ 9, { 0x00, 0x20, 0x00, 0x80, 4, '0', '0', '0', '0' } },
	{ 9, { 0x00, 0x20, 0x00, 0x80, 4, 0xff, 0xff, 0xff, 0xff } },
	{ 9, { 0x80, 0x2a, 0x00, 0x80, 4, 0xff, 0xff, 0xff, 0xff } },
	{ 54, { 0x80, 0x2a, 0x00, 0x80, 48 } },
	{ 19, { 0x00, 0x20, 0x00, 0x80, 14, '3', '5', '0', '6', '0', '2',
	    '2', '0', '3', '5', '0', '1', '2', '3' } },
};

static void
send_command(struct tp *fence, struct card *c, const uint8_t *tx, size_t len,
    uint8_t fill)
{
	static uint8_t rx[TP_RX_EXT];
	struct tp_step step = { .tx = tx, .txlen = len, .rx = rx,
	    .rxlen = sizeof(rx), .go = 0x9000, .ms = 1 << 30, .fill = fill };
	size_t n = sizeof(rx), done;

	c->filling = fill != 0;
	if (fill != 0)
		(void)tp_script(fence, &step, 1, &done);
	else
		(void)tp_xfer(fence, tx, len, rx, &n, 1 << 30);
	c->filling = 0;
}

static void
free_command(struct tp *fence, struct card *c, uint8_t fill)
{
	struct buf tx;
	uint8_t len;

	if (buf_u8(c->in, &len) == ERR_OK &&
	    buf_take(c->in, len, &tx) == ERR_OK)
		send_command(fence, c, tx.p, tx.left, fill);
}

static void
do_move(struct tp *fence, struct card *c, uint8_t op)
{
	const struct move *m = &moves[(op >> 3) % LEN(moves)];
	enum tp_event ev;

	switch (op & 7) {
	case 0:
		(void)tp_begin(fence);
		break;
	case 1:
		tp_end(fence);
		break;
	case 2:
		(void)tp_wait(fence, 0, &ev);
		break;
	case 3:
		(void)tp_enter(fence, (uint8_t)((op >> 3) % 4), 4, 3, 1);
		break;
	case 4:
		free_command(fence, c, (uint8_t)((op >> 3) % 4));
		break;
	case 5:
		send_command(fence, c, m->tx, m->len, 0);
		break;
	case 6:
		send_command(fence, c, m->tx, m->len, 1);
		break;
	case 7:
		send_command(fence, c, m->tx, m->len, 2);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf in = { data, size };
	struct card c = { .tp = { .ops = &card_ops }, .in = &in };
	struct fence_conf conf = { .can_ask = can_ask, .ask = ask,
	    .ctx = &c };
	struct tp *fence;
	uint8_t op;

	log_set_level(LOG_ERROR);
	if (buf_u8(&in, &op) != ERR_OK)
		return (0);
	conf.agent_pin = op & 1;
	if (fence_open(&c.tp, &conf, &fence) != ERR_OK)
		return (0);
	while (buf_u8(&in, &op) == ERR_OK) {
		do_move(fence, &c, op);
		must(conf.agent_pin || c.typed == 0);
	}
	tp_close(&fence);
	return (0);
}
