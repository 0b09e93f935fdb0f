#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "driver/frame.h"
#include "driver/link.h"
#include "driver/serve.h"
#include "driver/transport.h"
#include "driver_fake_tp.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static size_t
unhex(const char *s, uint8_t *p)
{
	size_t n = 0;
	unsigned v;

	for (; *s != '\0'; s += *s == ' ' ? 1 : 2) {
		if (*s != ' ' && sscanf(s, "%2x", &v) == 1)
			p[n++] = (uint8_t)v;
	}
	return (n);
}

static void
send_hex(int fd, const char *hex)
{
	uint8_t raw[256];
	size_t n = unhex(hex, raw);

	assert_int_equal(send(fd, raw, n, MSG_NOSIGNAL), n);
}

static void
take_reply(int fd)
{
	struct blob b = { 0 };
	struct frame f;

	assert_int_equal(frame_recv(fd, &b, &f, clock_ms() + 10000), ERR_OK);
	blob_free(&b);
}

/* A link to a served fake: the near side, and the thread of the far side. */
struct pair {
	struct fake	 fake;
	struct tp	*tp;
	int		 far;
	pthread_t	 thread;
	enum err	 served;
};

static struct tp *
open_link(int fd)
{
	struct note note = { "" };
	char conf[32];
	struct tp *tp;

	snprintf(conf, sizeof(conf), "link:%d", fd);
	if (tp_open(conf, &tp, &note) != ERR_OK)
		fail_msg("%s", note.text);
	return (tp);
}

static void *
serve_fake(void *arg)
{
	struct pair *p = arg;

	p->served = serve(&p->fake.tp, p->far);
	close(p->far);
	return (NULL);
}

static void
pair_serve(struct pair *p)
{
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p->far = sv[1];
	p->tp = open_link(sv[0]);
	assert_int_equal(pthread_create(&p->thread, NULL, serve_fake, p), 0);
}

static void
pair_open(struct pair *p)
{
	fake_init(&p->fake);
	pair_serve(p);
}

static void
pair_open_asking(struct pair *p)
{
	fake_init(&p->fake);
	fake_asks(&p->fake);
	pair_serve(p);
}

static void
pair_close(struct pair *p)
{
	tp_close(&p->tp);
	pthread_join(p->thread, NULL);
	assert_int_equal(p->served, ERR_OK);
}

/* --- each operation, each error, through both sides --- */

static void
every_error_of_begin(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	p.fake.note = "Shikaku Test Reader A; Reader B \xe8\xb3\x87";
	for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
		p.fake.begin_err = (enum err)e;
		assert_int_equal(tp_begin(p.tp), e);
		assert_string_equal(p.tp->note.text, p.fake.note);
	}
	p.fake.begin_err = ERR_OK;
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	assert_string_equal(p.tp->note.text, "");
	pair_close(&p);
	assert_int_equal(p.fake.begins, ERR_COUNT);
}

static void
every_error_of_wait(void **state)
{
	enum tp_event ev;
	struct pair p;

	(void)state;
	pair_open(&p);
	for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
		p.fake.wait_err = (enum err)e;
		assert_int_equal(tp_wait(p.tp, 7, &ev), e);
		/* The time left may have shrunk by the way here. */
		assert_in_range(p.fake.lastms, 0, 7);
	}
	pair_close(&p);
}

static void
every_error_of_xfer(void **state)
{
	uint8_t tx[5] = { 0, 0xb0 }, rx[TP_RX_SHORT];
	struct pair p;
	size_t n;

	(void)state;
	pair_open(&p);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
		p.fake.xfer_err = (enum err)e;
		n = sizeof(rx);
		assert_int_equal(tp_xfer(p.tp, tx, 5, rx, &n, 100), e);
		assert_int_equal(n, 0);
		assert_int_equal(p.fake.lastms, 100);
	}
	pair_close(&p);
	assert_int_equal(p.fake.ends, 1);
}

static void
events(void **state)
{
	static const enum tp_event all[] = { TP_CARD, TP_NO_CARD,
	    TP_NO_READER };
	enum tp_event ev;
	struct pair p;

	(void)state;
	pair_open(&p);
	for (size_t i = 0; i < LEN(all); i++) {
		p.fake.ev = all[i];
		assert_int_equal(tp_wait(p.tp, -1, &ev), ERR_OK);
		assert_int_equal(ev, all[i]);
		assert_int_equal(p.fake.lastms, LINK_WAIT_MS);
	}
	pair_close(&p);
}

static void
caps_and_bytes(void **state)
{
	static uint8_t tx[TP_TX_EXT], rx[TP_RX_EXT];
	size_t n = sizeof(rx);
	struct pair p;

	(void)state;
	for (size_t i = 0; i < sizeof(tx); i++)
		tx[i] = (uint8_t)(i * 7);
	tx[1] = 0xca;
	pair_open(&p);
	p.fake.tx_max = TP_TX_EXT;
	p.fake.rx_max = TP_RX_EXT;
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	assert_int_equal(p.tp->caps.tx_max, TP_TX_EXT);
	assert_int_equal(p.tp->caps.rx_max, TP_RX_EXT);
	assert_int_equal(p.tp->caps.atrlen, 4);
	assert_memory_equal(p.tp->caps.atr, "\x3b\x88\x80\x01", 4);
	assert_int_equal(tp_xfer(p.tp, tx, 60000, rx, &n, 5000), ERR_OK);
	assert_int_equal(n, 60002);
	assert_memory_equal(rx, tx, 60000);
	assert_memory_equal(rx + 60000, "\x90\0", 2);
	tp_end(p.tp);
	assert_int_equal(p.fake.ends, 1);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	pair_close(&p);
	assert_int_equal(p.fake.ends, 2);
}

static void
out_of_order_stays_here(void **state)
{
	uint8_t tx[5] = { 0, 0xa4 }, rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	struct pair p;

	(void)state;
	pair_open(&p);
	assert_int_equal(tp_xfer(p.tp, tx, 5, rx, &n, 1), ERR_SEQUENCE);
	tp_end(p.tp);
	pair_close(&p);
	assert_int_equal(p.fake.xfers + p.fake.ends, 0);
}

/* --- scripts: one frame, the far side stops --- */

static const struct script_row {
	const char	*name;
	uint8_t		 ins[3];
	unsigned	 fail_at;
	enum err	 want;
	size_t		 done;
	unsigned	 xfers;
} script_rows[] = {
	{ "script runs through", { 0xa4, 0xb0, 0xa4 }, 0, ERR_OK, 3, 3 },
	{ "script stops at a status word", { 0xa4, 0x20, 0xa4 }, 0, ERR_OK,
	    2, 2 },
	{ "script stops at the first", { 0x20, 0xa4, 0xa4 }, 0, ERR_OK, 1, 1 },
	{ "script breaks off", { 0xb0, 0xa4, 0xa4 }, 2, ERR_TORN, 1, 2 },
	{ "script fails at once", { 0xa4, 0xa4, 0xa4 }, 1, ERR_TORN, 0, 1 },
};

static void
script_row(void **state)
{
	const struct script_row *row = *state;
	uint8_t cmd[3][5] = { { 0 } }, out[3][TP_RX_SHORT];
	struct tp_step steps[3] = { 0 };
	struct pair p;
	size_t done;

	pair_open(&p);
	p.fake.fail_at = row->fail_at;
	p.fake.xfer_err = row->fail_at > 0 ? ERR_TORN : ERR_OK;
	for (size_t i = 0; i < LEN(steps); i++) {
		cmd[i][1] = row->ins[i];
		steps[i] = (struct tp_step){ .tx = cmd[i], .txlen = 5,
		    .rx = out[i], .rxlen = sizeof(out[i]), .go = 0x9000,
		    .ms = 1000 };
	}
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	assert_int_equal(tp_script(p.tp, steps, 3, &done), row->want);
	assert_int_equal(done, row->done);
	assert_int_equal(p.fake.xfers, row->xfers);
	for (size_t i = 0; i < done; i++)
		assert_int_equal(steps[i].rxlen,
		    row->ins[i] == 0xb0 ? 258 : 2);
	if (done > 0 && row->ins[0] == 0xb0)
		assert_int_equal(out[0][255], 0x5a);
	pair_close(&p);
}

static void
script_past_the_limits(void **state)
{
	static uint8_t rx[TP_RX_EXT];
	struct tp_step steps[LINK_STEPS_MAX + 1];
	uint8_t tx[5] = { 0, 0xa4 };
	struct pair p;
	size_t done;

	(void)state;
	for (size_t i = 0; i < LEN(steps); i++)
		steps[i] = (struct tp_step){ tx, 5, rx, 258, 0x9000, 1, 0 };
	pair_open(&p);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	assert_int_equal(tp_script(p.tp, steps, LEN(steps), &done),
	    ERR_TOOBIG);
	for (size_t i = 0; i < 10; i++)
		steps[i].rxlen = TP_RX_EXT;
	assert_int_equal(tp_script(p.tp, steps, 10, &done), ERR_TOOBIG);
	assert_int_equal(p.fake.xfers, 0);
	/* The link is none the worse for it. */
	for (size_t i = 0; i < LINK_STEPS_MAX; i++)
		steps[i].rxlen = 258;
	assert_int_equal(tp_script(p.tp, steps, LINK_STEPS_MAX, &done),
	    ERR_OK);
	assert_int_equal(done, LINK_STEPS_MAX);
	pair_close(&p);
}

/* --- a light at the far side --- */

static void
signals_arrive(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	p.fake.light = 1;
	tp_signal(p.tp, TP_SIGNAL_READ);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	assert_int_equal(p.fake.signals, 0);
	note_set(&p.tp->note, "kept");
	for (int s = TP_SIGNAL_READ; s <= TP_SIGNAL_FAILED; s++) {
		tp_signal(p.tp, (enum tp_signal)s);
		assert_int_equal(p.fake.signal, s);
	}
	assert_int_equal(p.fake.signals, 3);
	assert_string_equal(p.tp->note.text, "kept");
	/* One of a later near side shows nothing. */
	p.tp->ops->signal(p.tp, (enum tp_signal)4);
	p.tp->ops->signal(p.tp, (enum tp_signal)0);
	assert_int_equal(p.fake.signals, 3);
	tp_end(p.tp);
	tp_signal(p.tp, TP_SIGNAL_READ);
	assert_int_equal(p.fake.signals, 3);
	pair_close(&p);
}

/* A far side that does not know the request is never asked. */
static void
no_light_no_signal(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	tp_signal(p.tp, TP_SIGNAL_REMOVE);
	assert_int_equal(p.fake.signals, 0);
	pair_close(&p);
}

/* --- digits entered at the far side --- */

static enum err
fill(struct tp *tp, uint8_t what, const char *data, size_t *done)
{
	uint8_t tx[16] = { 0x00, 0x20, 0x00, 0x80 }, rx[TP_RX_SHORT];
	struct tp_step step = { .tx = tx, .rx = rx, .rxlen = sizeof(rx),
	    .go = 0x9000, .ms = 1000, .fill = what };

	tx[4] = (uint8_t)strlen(data);
	memcpy(tx + 5, data, strlen(data));
	step.txlen = 5 + strlen(data);
	return (tp_script(tp, &step, 1, done));
}

static void
entry_fills_a_step(void **state)
{
	struct pair p;
	size_t done;

	(void)state;
	pair_open_asking(&p);
	assert_false(tp_can_enter(p.tp));
	assert_int_equal(tp_enter(p.tp, 1, 4, 3, 5000), ERR_SEQUENCE);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	assert_true(tp_can_enter(p.tp));
	assert_int_equal(fill(p.tp, 1, "\xff\xff\xff\xff", &done),
	    ERR_SEQUENCE);
	assert_int_equal(done, 0);
	assert_int_equal(tp_enter(p.tp, 1, 4, 3, 5000), ERR_OK);
	assert_int_equal(p.fake.what, 1);
	assert_int_equal(p.fake.digits, 4);
	assert_int_equal(p.fake.tries, 3);
	assert_int_equal(p.fake.lastms, 5000);
	assert_int_equal(fill(p.tp, 2, "\xff\xff\xff\xff", &done),
	    ERR_SEQUENCE);
	assert_int_equal(p.fake.xfers, 0);
	assert_int_equal(fill(p.tp, 1, "\xff\xff\xff\xff", &done), ERR_OK);
	assert_int_equal(done, 1);
	assert_memory_equal(p.fake.filled, "1234", 4);
	assert_int_equal(fill(p.tp, 1, "\xff\xff\xff\xff", &done),
	    ERR_SEQUENCE);
	assert_int_equal(p.fake.xfers, 1);
	pair_close(&p);
}

static void
fill_without_somebody_to_ask(void **state)
{
	struct pair p;
	size_t done;

	(void)state;
	pair_open(&p);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	assert_false(tp_can_enter(p.tp));
	assert_int_equal(tp_enter(p.tp, 1, 4, 3, 5000), ERR_SEQUENCE);
	assert_int_equal(fill(p.tp, 1, "\xff\xff\xff\xff", &done),
	    ERR_SEQUENCE);
	assert_int_equal(p.fake.xfers, 0);
	pair_close(&p);
}

/* A template that holds a digit, or has another length than it says. */
static void
fill_leaves_no_digit_in_the_step(void **state)
{
	static const char *const data[] = { "", "1234", "\xff\xff\xff" "4",
	    "1\xff\xff\xff" };
	uint8_t tx[9] = { 0x00, 0x20, 0x00, 0x80, 3, 0xff, 0xff, 0xff, 0xff };
	uint8_t rx[TP_RX_SHORT];
	struct tp_step step = { tx, sizeof(tx), rx, sizeof(rx), 0x9000, 1, 1 };
	struct pair p;
	size_t done;

	(void)state;
	pair_open_asking(&p);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	assert_int_equal(tp_enter(p.tp, 1, 4, 3, 5000), ERR_OK);
	for (size_t i = 0; i < LEN(data); i++)
		assert_int_equal(fill(p.tp, 1, data[i], &done), ERR_SEQUENCE);
	assert_int_equal(tp_script(p.tp, &step, 1, &done), ERR_SEQUENCE);
	assert_int_equal(p.fake.xfers, 0);
	assert_true(p.fake.held);
	pair_close(&p);
}

static void
every_error_of_enter(void **state)
{
	struct pair p;

	(void)state;
	pair_open_asking(&p);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
		p.fake.enter_err = (enum err)e;
		assert_int_equal(tp_enter(p.tp, 2, 4, 1, 7), e);
	}
	assert_int_equal(tp_enter(p.tp, 0, 4, 1, 7), ERR_SEQUENCE);
	assert_int_equal(tp_enter(p.tp, 1, 256, 1, 7), ERR_SEQUENCE);
	assert_int_equal(tp_enter(p.tp, 1, 4, -1, 7), ERR_SEQUENCE);
	assert_int_equal(tp_enter(p.tp, 1, 4, 1, -1), ERR_SEQUENCE);
	assert_int_equal(p.fake.enters, ERR_COUNT - 1);
	pair_close(&p);
}

/* --- cancel --- */

static void *
cancel_when_inside(void *arg)
{
	struct pair *p = arg;

	while (sem_wait(&p->fake.inside) != 0)
		continue;
	tp_cancel(p->tp);
	return (NULL);
}

static void
cancel_during_wait(void **state)
{
	enum tp_event ev;
	pthread_t other;
	struct pair p;

	(void)state;
	pair_open(&p);
	p.fake.block = 1;
	assert_int_equal(pthread_create(&other, NULL, cancel_when_inside, &p),
	    0);
	assert_int_equal(tp_wait(p.tp, -1, &ev), ERR_CANCELLED);
	pthread_join(other, NULL);
	assert_int_equal(p.fake.cancels, 1);
	p.fake.block = 0;
	assert_int_equal(tp_wait(p.tp, 0, &ev), ERR_OK);
	pair_close(&p);
}

static void
cancel_during_enter(void **state)
{
	pthread_t other;
	struct pair p;

	(void)state;
	pair_open_asking(&p);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	p.fake.block = 1;
	assert_int_equal(pthread_create(&other, NULL, cancel_when_inside, &p),
	    0);
	assert_int_equal(tp_enter(p.tp, 1, 4, 3, 60000), ERR_CANCELLED);
	pthread_join(other, NULL);
	assert_int_equal(p.fake.cancels, 1);
	assert_false(p.fake.held);
	p.fake.block = 0;
	tp_cancel(p.tp);
	assert_int_equal(tp_enter(p.tp, 1, 4, 3, 60000), ERR_CANCELLED);
	assert_int_equal(p.fake.enters, 1);
	assert_int_equal(tp_enter(p.tp, 1, 4, 3, 60000), ERR_OK);
	pair_close(&p);
}

static void
cancel_before_wait(void **state)
{
	enum tp_event ev;
	struct pair p;

	(void)state;
	pair_open(&p);
	tp_cancel(p.tp);
	tp_cancel(p.tp);
	assert_int_equal(tp_wait(p.tp, -1, &ev), ERR_CANCELLED);
	assert_int_equal(tp_wait(p.tp, -1, &ev), ERR_OK);
	pair_close(&p);
	assert_int_equal(p.fake.waits, 1);
}

/* The peer goes away while its wait runs: the wait ends, so does serve. */
static void
close_during_wait(void **state)
{
	static const uint8_t frame[] = { 0, 0, 0, 7, LINK_WAIT, 0, 1, 0, 0,
	    0x27, 0x10 };
	struct pair p;
	int sv[2];

	(void)state;
	fake_init(&p.fake);
	p.fake.block = 1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p.far = sv[1];
	assert_int_equal(pthread_create(&p.thread, NULL, serve_fake, &p), 0);
	assert_int_equal(write(sv[0], frame, sizeof(frame)), sizeof(frame));
	while (sem_wait(&p.fake.inside) != 0)
		continue;
	close(sv[0]);
	pthread_join(p.thread, NULL);
	assert_int_equal(p.served, ERR_OK);
	assert_int_equal(p.fake.cancels, 1);
}

/* The same while somebody enters digits: nobody gets them. */
static void
close_during_enter(void **state)
{
	struct pair p;
	int sv[2];

	(void)state;
	fake_init(&p.fake);
	fake_asks(&p.fake);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p.far = sv[1];
	assert_int_equal(pthread_create(&p.thread, NULL, serve_fake, &p), 0);
	send_hex(sv[0], "00000003 020001");
	take_reply(sv[0]);
	p.fake.block = 1;
	send_hex(sv[0], "0000000A 070002 01 04 03 00002710");
	while (sem_wait(&p.fake.inside) != 0)
		continue;
	close(sv[0]);
	pthread_join(p.thread, NULL);
	assert_int_equal(p.served, ERR_OK);
	assert_int_equal(p.fake.cancels, 1);
	assert_false(p.fake.held);
	assert_int_equal(p.fake.ends, 1);
}

/* --- a far side that lies: raw replies to the first call --- */

enum op { OP_WAIT, OP_BEGIN, OP_XFER, OP_SCRIPT, OP_ENTER };

/* What follows "length, type, seq": written out where it is wrong. */
static const struct reply_row {
	const char	*name;
	enum op		 op;
	const char	*bytes;
	enum err	 want;
	int		 dead;
} reply_rows[] = {
	{ "wait: card", OP_WAIT, "00000009 810001 024F4B 0000 01", ERR_OK, 0 },
	{ "wait: nothing", OP_WAIT, "0000000D 810001 0754494D454F5554 0000",
	    ERR_TIMEOUT, 0 },
	{ "wait: event 0", OP_WAIT, "00000009 810001 024F4B 0000 00",
	    ERR_READER_FAULT, 1 },
	{ "wait: event 4", OP_WAIT, "00000009 810001 024F4B 0000 04",
	    ERR_READER_FAULT, 1 },
	{ "wait: no event", OP_WAIT, "00000008 810001 024F4B 0000",
	    ERR_READER_FAULT, 1 },
	{ "wait: two events", OP_WAIT, "0000000A 810001 024F4B 0000 0101",
	    ERR_READER_FAULT, 1 },
	{ "error with a body", OP_WAIT,
	    "0000000E 810001 0754494D454F5554 0000 01", ERR_READER_FAULT, 1 },
	{ "unknown error", OP_WAIT, "00000008 810001 024F4C 0000",
	    ERR_READER_FAULT, 1 },
	{ "nameless error", OP_WAIT, "00000006 810001 00 0000",
	    ERR_READER_FAULT, 1 },
	{ "name past the end", OP_WAIT, "00000006 810001 7F 4F4B",
	    ERR_READER_FAULT, 1 },
	{ "note past the end", OP_WAIT, "00000009 810001 024F4B 0002 41",
	    ERR_READER_FAULT, 1 },
	{ "note with a line feed", OP_WAIT,
	    "0000000E 810001 0754494D454F5554 0001 0A", ERR_READER_FAULT, 1 },
	{ "note that is not UTF-8", OP_WAIT,
	    "0000000E 810001 0754494D454F5554 0001 FF", ERR_READER_FAULT, 1 },
	{ "reply to another type", OP_WAIT, "00000009 820001 024F4B 0000 01",
	    ERR_READER_FAULT, 1 },
	{ "request for a reply", OP_WAIT, "00000009 010001 024F4B 0000 01",
	    ERR_READER_FAULT, 1 },
	{ "old sequence", OP_WAIT, "00000009 810000 024F4B 0000 01",
	    ERR_READER_FAULT, 1 },
	{ "length 0", OP_WAIT, "00000000", ERR_READER_FAULT, 1 },
	{ "length 2", OP_WAIT, "00000002 8100", ERR_READER_FAULT, 1 },
	{ "length past the limit", OP_WAIT, "00100001 810001",
	    ERR_READER_FAULT, 1 },
	{ "length of 4 GiB", OP_WAIT, "FFFFFFFF 810001", ERR_READER_FAULT, 1 },
	{ "torn in the length", OP_WAIT, "0000", ERR_READER_FAULT, 1 },
	{ "torn in the body", OP_WAIT, "00000009 810001 024F",
	    ERR_READER_FAULT, 1 },
	{ "closed at once", OP_WAIT, "", ERR_READER_FAULT, 1 },
	{ "begin: caps", OP_BEGIN, "00000014 820001 024F4B 0000 00000105"
	    "00000102 00 02 3B00", ERR_OK, 0 },
	{ "begin: commands too short", OP_BEGIN, "00000012 820001 024F4B 0000"
	    "00000104 00000102 00 00", ERR_READER_FAULT, 1 },
	{ "begin: answers too short", OP_BEGIN, "00000012 820001 024F4B 0000"
	    "00000105 00000101 00 00", ERR_READER_FAULT, 1 },
	{ "begin: commands too long", OP_BEGIN, "00000012 820001 024F4B 0000"
	    "00010009 00000102 00 00", ERR_READER_FAULT, 1 },
	{ "begin: answers too long", OP_BEGIN, "00000012 820001 024F4B 0000"
	    "00000105 00010003 00 00", ERR_READER_FAULT, 1 },
	{ "begin: ATR past the end", OP_BEGIN, "00000014 820001 024F4B 0000"
	    "00000105 00000102 00 03 3B00", ERR_READER_FAULT, 1 },
	{ "begin: ATR of 34", OP_BEGIN, "00000034 820001 024F4B 0000"
	    "00000105 00000102 00 22 3B00000000000000000000000000000000000000"
	    "000000000000000000000000000000", ERR_READER_FAULT, 1 },
	{ "begin: no caps", OP_BEGIN, "00000008 820001 024F4B 0000",
	    ERR_READER_FAULT, 1 },
	{ "xfer: answer", OP_XFER, "0000000E 830002 024F4B 0000 00000002 9000",
	    ERR_OK, 0 },
	{ "xfer: one byte", OP_XFER, "0000000D 830002 024F4B 0000 00000001 90",
	    ERR_READER_FAULT, 1 },
	{ "xfer: nothing", OP_XFER, "0000000C 830002 024F4B 0000 00000000",
	    ERR_READER_FAULT, 1 },
	{ "xfer: past the room", OP_XFER, "0000000E 830002 024F4B 0000"
	    "00000103 9000", ERR_READER_FAULT, 1 },
	{ "xfer: past the end", OP_XFER, "0000000E 830002 024F4B 0000"
	    "00000003 9000", ERR_READER_FAULT, 1 },
	{ "xfer: bytes after it", OP_XFER, "0000000F 830002 024F4B 0000"
	    "00000002 900000", ERR_READER_FAULT, 1 },
	{ "script: stopped", OP_SCRIPT, "0000000F 840002 024F4B 0000 01"
	    "00000002 63C2", ERR_OK, 0 },
	{ "script: broke off", OP_SCRIPT, "00000014 840002 0754494D454F5554"
	    "0000 01 00000002 9000", ERR_TIMEOUT, 0 },
	{ "script: stopped for no reason", OP_SCRIPT, "0000000F 840002 024F4B"
	    "0000 01 00000002 9000", ERR_READER_FAULT, 1 },
	{ "script: did nothing", OP_SCRIPT, "00000009 840002 024F4B 0000 00",
	    ERR_READER_FAULT, 1 },
	{ "script: went on too far", OP_SCRIPT, "00000015 840002 024F4B 0000"
	    "02 00000002 63C2 00000002 9000", ERR_READER_FAULT, 1 },
	{ "script: more than asked", OP_SCRIPT, "0000001B 840002 024F4B 0000"
	    "03 00000002 9000 00000002 9000 00000002 9000", ERR_READER_FAULT,
	    1 },
	{ "script: answer past the room", OP_SCRIPT, "0000000F 840002 024F4B"
	    "0000 01 00000103 63C2", ERR_READER_FAULT, 1 },
	{ "script: bytes after it", OP_SCRIPT, "00000010 840002 024F4B 0000 01"
	    "00000002 63C2 00", ERR_READER_FAULT, 1 },
	{ "script: no count", OP_SCRIPT, "00000008 840002 024F4B 0000",
	    ERR_READER_FAULT, 1 },
	{ "begin: flags of tomorrow", OP_BEGIN, "00000012 820001 024F4B 0000"
	    "00000105 00000102 FE 00", ERR_OK, 0 },
	{ "enter: held", OP_ENTER, "00000008 870002 024F4B 0000", ERR_OK, 0 },
	{ "enter: cancelled", OP_ENTER, "0000000F 870002"
	    "0943414E43454C4C4544 0000", ERR_CANCELLED, 0 },
	{ "enter: the digits with it", OP_ENTER, "0000000C 870002 024F4B 0000"
	    "31323334", ERR_READER_FAULT, 1 },
	{ "enter: cancelled and a body", OP_ENTER, "00000010 870002"
	    "0943414E43454C4C4544 0000 00", ERR_READER_FAULT, 1 },
	{ "enter: another sequence", OP_ENTER, "00000008 870001 024F4B 0000",
	    ERR_READER_FAULT, 1 },
	{ "enter: a wait's reply", OP_ENTER, "00000009 810002 024F4B 0000 01",
	    ERR_READER_FAULT, 1 },
	{ "enter: hung up", OP_ENTER, "", ERR_READER_FAULT, 1 },
};

static const char good_begin[] =
    "00000012 820001 024F4B 0000 00000105 00000102 01 00";

struct liar {
	int		 fd, begins;
	const char	*bytes;
};

/* Answers a begin where one comes first, then the row's bytes, and hangs up. */
static void *
lie(void *arg)
{
	struct liar *l = arg;
	uint8_t raw[256];
	struct blob b = { 0 };
	struct frame f;
	size_t n;

	if (l->begins &&
	    frame_recv(l->fd, &b, &f, clock_ms() + 10000) == ERR_OK) {
		n = unhex(good_begin, raw);
		(void)send(l->fd, raw, n, MSG_NOSIGNAL);
	}
	if (frame_recv(l->fd, &b, &f, clock_ms() + 10000) == ERR_OK) {
		n = unhex(l->bytes, raw);
		(void)send(l->fd, raw, n, MSG_NOSIGNAL);
	}
	blob_free(&b);
	close(l->fd);
	return (NULL);
}

static enum err
do_op(struct tp *tp, enum op op)
{
	uint8_t tx[5] = { 0, 0xa4 }, rx[2][TP_RX_SHORT];
	struct tp_step steps[2] = {
	    { tx, 5, rx[0], TP_RX_SHORT, 0x9000, 5000, 0 },
	    { tx, 5, rx[1], TP_RX_SHORT, 0x9000, 5000, 0 } };
	size_t n = TP_RX_SHORT;
	enum tp_event ev;

	switch (op) {
	case OP_WAIT:
		return (tp_wait(tp, 5000, &ev));
	case OP_BEGIN:
		return (tp_begin(tp));
	case OP_XFER:
		return (tp_xfer(tp, tx, 5, rx[0], &n, 5000));
	case OP_ENTER:
		return (tp_enter(tp, 1, 4, 3, 5000));
	case OP_SCRIPT:
		break;
	}
	return (tp_script(tp, steps, 2, &n));
}

static void
reply_row(void **state)
{
	const struct reply_row *row = *state;
	struct liar l = { .bytes = row->bytes };
	pthread_t thread;
	enum tp_event ev;
	struct tp *tp;
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	l.fd = sv[1];
	l.begins = row->op == OP_XFER || row->op == OP_SCRIPT ||
	    row->op == OP_ENTER;
	assert_int_equal(pthread_create(&thread, NULL, lie, &l), 0);
	tp = open_link(sv[0]);
	if (l.begins)
		assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(do_op(tp, row->op), row->want);
	pthread_join(thread, NULL);
	tp_end(tp);
	if (row->dead) {
		assert_string_not_equal(tp->note.text, "");
		assert_int_equal(tp_wait(tp, -1, &ev), row->want);
		assert_int_equal(tp_begin(tp), row->want);
		assert_string_not_equal(tp->note.text, "");
	}
	tp_close(&tp);
}

/* --- a far side that hangs or dies --- */

static void
hung_peer_is_given_up_for_good(void **state)
{
	enum tp_event ev;
	uint8_t byte;
	struct tp *tp;
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	tp = open_link(sv[0]);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_READER_HUNG);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_READER_HUNG);
	assert_int_equal(do_op(tp, OP_BEGIN), ERR_READER_HUNG);
	assert_string_equal(tp->note.text, "no reply in time");
	tp_cancel(tp);
	assert_int_equal(do_op(tp, OP_WAIT), ERR_CANCELLED);
	/* It finds the socket closed when it wakes up, and powers off. */
	while (recv(sv[1], &byte, 1, MSG_DONTWAIT) == 1)
		continue;
	assert_int_equal(recv(sv[1], &byte, 1, 0), 0);
	tp_close(&tp);
	close(sv[1]);
}

static void
hung_in_the_middle_of_a_frame(void **state)
{
	static const uint8_t half[] = { 0, 0, 0, 9, 0x81, 0, 1 };
	uint8_t tx[5] = { 0, 0xa4 }, rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	enum tp_event ev;
	struct tp *tp;
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	tp = open_link(sv[0]);
	assert_int_equal(write(sv[1], half, sizeof(half)), sizeof(half));
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_READER_HUNG);
	assert_int_equal(tp_xfer(tp, tx, 5, rx, &n, 0), ERR_SEQUENCE);
	tp_close(&tp);
	close(sv[1]);
}

static void
killed_peer(void **state)
{
	struct tp *tp;
	uint8_t byte;
	int sv[2];
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		close(sv[0]);
		if (read(sv[1], &byte, 1) == 1)
			raise(SIGKILL);
		_exit(1);
	}
	close(sv[1]);
	tp = open_link(sv[0]);
	assert_int_equal(do_op(tp, OP_WAIT), ERR_READER_FAULT);
	assert_int_equal(do_op(tp, OP_BEGIN), ERR_READER_FAULT);
	assert_string_equal(tp->note.text, "the reader process ended");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	tp_close(&tp);
}

/* The same over a network is a device that is not there; and it is given more
 * time. */
static void
lost_device(void **state)
{
	struct tp *tp;
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	tp = open_link(sv[0]);
	link_over_network(tp);
	close(sv[1]);
	assert_int_equal(do_op(tp, OP_WAIT), ERR_DEVICE_AWAY);
	assert_int_equal(do_op(tp, OP_BEGIN), ERR_DEVICE_AWAY);
	tp_close(&tp);
}

static void *
serve_impatiently(void *arg)
{
	struct pair *p = arg;

	p->served = serve_within(&p->fake.tp, p->far, 0);
	return (NULL);
}

/* A transport that stays inside: serve says so and returns.  Its thread stays
 * until this program ends, with what it uses. */
static void
hung_transport(void **state)
{
	static struct pair p;
	int sv[2];

	(void)state;
	fake_init(&p.fake);
	p.fake.block = 1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p.far = sv[1];
	assert_int_equal(pthread_create(&p.thread, NULL, serve_impatiently,
	    &p), 0);
	send_hex(sv[0], "00000003 020001");
	take_reply(sv[0]);
	send_hex(sv[0], "00000014 030002 00000001 00000102 00000005"
	    "00A4000000");
	while (sem_wait(&p.fake.inside) != 0)
		continue;
	close(sv[0]);
	pthread_join(p.thread, NULL);
	assert_int_equal(p.served, ERR_READER_HUNG);
	assert_int_equal(p.fake.ends, 0);
}

/* --- a near side that lies: raw requests, the transport left alone --- */

static const struct request_row {
	const char	*name, *bytes;
	unsigned	 replies;
	enum err	 want;
	unsigned	 touched;	/* calls that reach the transport */
	int		 torn;
} request_rows[] = {
	{ "no request", "", 0, ERR_OK, 0, 1 },
	{ "wait", "00000007 010001 00000000", 1, ERR_OK, 1, 1 },
	{ "cancel of another wait", "00000007 010001 00000000"
	    "00000003 060009", 1, ERR_OK, 1, 1 },
	{ "cancel of nothing", "00000003 060001", 0, ERR_OK, 0, 1 },
	{ "xfer before begin", "00000014 030001 00000001 00000102 00000005"
	    "00A4000000", 1, ERR_OK, 0, 1 },
	{ "end before begin", "00000003 050001", 1, ERR_OK, 0, 1 },
	{ "type 0", "00000003 000001", 0, ERR_READER_FAULT, 0, 0 },
	{ "type 7F", "00000003 7F0001", 0, ERR_READER_FAULT, 0, 0 },
	{ "enter before begin", "0000000A 070001 01 04 03 00000001", 1,
	    ERR_OK, 0, 1 },
	{ "enter without anything", "00000003 070001", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "enter of nothing", "0000000A 070001 00 04 03 00000001", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "enter for ever", "0000000A 070001 01 04 03 80000000", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "enter cut short", "00000009 070001 01 04 03 000000", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "enter with digits", "0000000B 070001 01 04 03 00000001 31", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "signal before begin", "00000004 080001 02", 1, ERR_OK, 0, 1 },
	{ "signal of nothing", "00000003 080001", 0, ERR_READER_FAULT, 0, 0 },
	{ "signal and more", "00000005 080001 02 00", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "a reply", "00000009 810001 024F4B 0000 01", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "length 0", "00000000", 0, ERR_READER_FAULT, 0, 0 },
	{ "length 2", "00000002 0100", 0, ERR_READER_FAULT, 0, 0 },
	{ "length past the limit", "00100001 01", 0, ERR_READER_FAULT, 0, 0 },
	{ "torn in the length", "000000", 0, ERR_READER_FAULT, 0, 1 },
	{ "torn in the body", "00000007 010001 00", 0, ERR_READER_FAULT, 0,
	    1 },
	{ "wait without time", "00000003 010001", 0, ERR_READER_FAULT, 0, 0 },
	{ "wait for ever", "00000007 010001 FFFFFFFF", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "wait and more", "00000008 010001 00000000 00", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "begin with a body", "00000004 020001 00", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "end with a body", "00000004 050001 00", 0, ERR_READER_FAULT, 0, 0 },
	{ "cancel with a body", "00000004 060001 00", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "xfer without command", "0000000B 030001 00000001 00000102", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "xfer past the end", "00000014 030001 00000001 00000102 00000006"
	    "00A4000000", 0, ERR_READER_FAULT, 0, 0 },
	{ "xfer and more", "00000014 030001 00000001 00000102 00000004"
	    "00A4000000", 0, ERR_READER_FAULT, 0, 0 },
	{ "xfer with too much room", "00000014 030001 00000001 00010003"
	    "00000005 00A4000000", 0, ERR_READER_FAULT, 0, 0 },
	{ "xfer with a huge time", "00000014 030001 80000000 00000102"
	    "00000005 00A4000000", 0, ERR_READER_FAULT, 0, 0 },
	{ "script without count", "00000003 040001", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "script of 65 steps", "00000004 040001 41", 0,
	    ERR_READER_FAULT, 0, 0 },
	{ "script cut short", "00000018 040001 02 9000 00 00000001 00000102"
	    "00000005 00A4000000", 0, ERR_READER_FAULT, 0, 0 },
	{ "script and more", "00000019 040001 01 9000 00 00000001 00000102"
	    "00000005 00A4000000 00", 0, ERR_READER_FAULT, 0, 0 },
};

/* The far side closed; with bytes it never read, the kernel says reset. */
static int
hung_up(int fd)
{
	uint8_t byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	return (n == 0 || (n == -1 && errno == ECONNRESET));
}

/* A row that is not torn goes on until the far side hangs up, or has answered
 * what it should. */
static void
request_row(void **state)
{
	const struct request_row *row = *state;
	struct pair p;
	int sv[2];

	fake_init(&p.fake);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p.far = sv[1];
	send_hex(sv[0], row->bytes);
	assert_int_equal(pthread_create(&p.thread, NULL, serve_fake, &p), 0);
	for (unsigned i = 0; i < row->replies; i++)
		take_reply(sv[0]);
	if (row->torn)
		assert_int_equal(shutdown(sv[0], SHUT_WR), 0);
	assert_true(hung_up(sv[0]));
	pthread_join(p.thread, NULL);
	assert_int_equal(p.served, row->want);
	assert_int_equal(p.fake.waits + p.fake.begins + p.fake.xfers +
	    p.fake.ends, row->touched);
	assert_int_equal(p.fake.cancels, 0);
	close(sv[0]);
}

/* A second request before the first is answered. */
static void
two_requests_at_once(void **state)
{
	static const uint8_t two[] = { 0, 0, 0, 7, LINK_WAIT, 0, 1, 0, 0, 0,
	    0, 0, 0, 0, 3, LINK_BEGIN, 0, 2 };
	struct pair p;
	int sv[2];

	(void)state;
	fake_init(&p.fake);
	p.fake.block = 1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	p.far = sv[1];
	assert_int_equal(send(sv[0], two, sizeof(two), 0), sizeof(two));
	assert_int_equal(pthread_create(&p.thread, NULL, serve_fake, &p), 0);
	pthread_join(p.thread, NULL);
	assert_int_equal(p.served, ERR_READER_FAULT);
	assert_int_equal(p.fake.begins, 0);
	close(sv[0]);
}

static void
peer_that_leaves_ends_the_session(void **state)
{
	struct pair p;

	(void)state;
	pair_open(&p);
	assert_int_equal(tp_begin(p.tp), ERR_OK);
	p.tp->begun = 0;	/* as one that was killed: no end is sent */
	pair_close(&p);
	assert_int_equal(p.fake.ends, 1);
}

static void *
refuse_on(void *arg)
{
	const struct note note = { "Shikaku Test Reader A; B" };
	int *fd = arg;

	*fd = (serve_refusal(ERR_READER_AMBIGUOUS, &note, *fd) == ERR_OK);
	return (NULL);
}

static void
refusal(void **state)
{
	pthread_t thread;
	struct tp *tp;
	int sv[2], far;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	far = sv[1];
	tp = open_link(sv[0]);
	assert_int_equal(pthread_create(&thread, NULL, refuse_on, &far), 0);
	assert_int_equal(do_op(tp, OP_BEGIN), ERR_READER_AMBIGUOUS);
	assert_string_equal(tp->note.text, "Shikaku Test Reader A; B");
	assert_int_equal(do_op(tp, OP_WAIT), ERR_READER_AMBIGUOUS);
	assert_string_equal(tp->note.text, "Shikaku Test Reader A; B");
	tp_close(&tp);
	pthread_join(thread, NULL);
	assert_int_equal(far, 1);
	close(sv[1]);
}

/* --- the program --- */

#define READER TEST_BIN "/shikaku-reader"

static pid_t
start_reader(const char *transport, const char *fd_option, int *near)
{
	char number[16];
	int sv[2];
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    sv), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		int fd = fd_option == NULL ? dup2(sv[1], 0) : dup(sv[1]);

		snprintf(number, sizeof(number), "%d", fd);
		if (fd_option == NULL)
			execl(READER, READER, transport, NULL);
		else
			execl(READER, READER, fd_option, number, transport,
			    NULL);
		_exit(99);
	}
	close(sv[1]);
	*near = sv[0];
	return (pid);
}

static int
exit_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void
program_serves_a_replay(void **state)
{
	static const char text[] = "atr 3B00\n> 00A40000 *\n< 9000\n";
	uint8_t tx[5] = { 0, 0xa4 }, rx[TP_RX_SHORT];
	char path[] = "/tmp/link.XXXXXX", conf[64];
	int fd = mkstemp(path), near;

	(void)state;
	if (access(READER, X_OK) != 0)
		skip();
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	snprintf(conf, sizeof(conf), "replay:%s", path);
	for (int i = 0; i < 2; i++) {
		size_t n = sizeof(rx);
		pid_t pid = start_reader(conf, i == 0 ? NULL : "--fd", &near);
		struct tp *tp = open_link(near);

		assert_int_equal(do_op(tp, OP_WAIT), ERR_OK);
		assert_int_equal(tp_begin(tp), ERR_OK);
		assert_int_equal(tp_xfer(tp, tx, 5, rx, &n, 1000), ERR_OK);
		assert_int_equal(n, 2);
		tp_close(&tp);
		assert_int_equal(exit_status(pid), 0);
	}
	unlink(path);
}

static void
program_tells_what_does_not_open(void **state)
{
	struct tp *tp;
	pid_t pid;
	int near;

	(void)state;
	if (access(READER, X_OK) != 0)
		skip();
	pid = start_reader("replay:/none", NULL, &near);
	tp = open_link(near);
	assert_int_equal(do_op(tp, OP_BEGIN), ERR_CONF);
	assert_non_null(strstr(tp->note.text, "/none: No such file"));
	tp_close(&tp);
	assert_int_equal(exit_status(pid), 0);
}

static void
program_ends_on_sigterm(void **state)
{
	struct tp *tp;
	pid_t pid;
	int near;

	(void)state;
	if (access(READER, X_OK) != 0)
		skip();
	pid = start_reader("replay:/none", "--fd", &near);
	tp = open_link(near);
	assert_int_equal(do_op(tp, OP_WAIT), ERR_CONF);	/* it is up */
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(exit_status(pid), 0);
	assert_int_equal(do_op(tp, OP_WAIT), ERR_READER_FAULT);
	tp_close(&tp);
}

static const struct usage_row {
	const char	*name, *args;
	int		 status;
} usage_rows[] = {
	{ "program: --help", "--help", 0 },
	{ "program: --version", "--version", 0 },
	{ "program: no transport", "", 64 },
	{ "program: two transports", "replay:/a replay:/b", 64 },
	{ "program: unknown option", "--speed 3 replay:/a", 64 },
	{ "program: --list and more", "--list replay:/a", 64 },
	{ "program: --fd of words", "--fd three replay:/a", 64 },
	{ "program: --fd below 0", "--fd -1 replay:/a", 64 },
	{ "program: --fd not open", "--fd 77 replay:/a", 64 },
	{ "program: stdin is no socket", "replay:/a", 64 },
	{ "program: --fd alone", "--fd", 64 },
};

static void
usage_row(void **state)
{
	const struct usage_row *row = *state;
	char cmd[512];
	int status;

	if (access(READER, X_OK) != 0)
		skip();
	snprintf(cmd, sizeof(cmd), READER " %s </dev/null >/dev/null 2>&1",
	    row->args);
	status = system(cmd);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), row->status);
}

#define ROWS(table, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name,\
		    .test_func = func,					\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	static const struct CMUnitTest single[] = {
		cmocka_unit_test(every_error_of_begin),
		cmocka_unit_test(every_error_of_wait),
		cmocka_unit_test(every_error_of_xfer),
		cmocka_unit_test(events),
		cmocka_unit_test(caps_and_bytes),
		cmocka_unit_test(out_of_order_stays_here),
		cmocka_unit_test(script_past_the_limits),
		cmocka_unit_test(entry_fills_a_step),
		cmocka_unit_test(fill_without_somebody_to_ask),
		cmocka_unit_test(fill_leaves_no_digit_in_the_step),
		cmocka_unit_test(signals_arrive),
		cmocka_unit_test(no_light_no_signal),
		cmocka_unit_test(every_error_of_enter),
		cmocka_unit_test(cancel_during_enter),
		cmocka_unit_test(close_during_enter),
		cmocka_unit_test(cancel_during_wait),
		cmocka_unit_test(cancel_before_wait),
		cmocka_unit_test(close_during_wait),
		cmocka_unit_test(hung_peer_is_given_up_for_good),
		cmocka_unit_test(hung_in_the_middle_of_a_frame),
		cmocka_unit_test(killed_peer),
		cmocka_unit_test(lost_device),
		cmocka_unit_test(hung_transport),
		cmocka_unit_test(two_requests_at_once),
		cmocka_unit_test(peer_that_leaves_ends_the_session),
		cmocka_unit_test(refusal),
		cmocka_unit_test(program_serves_a_replay),
		cmocka_unit_test(program_tells_what_does_not_open),
		cmocka_unit_test(program_ends_on_sigterm),
	};
	struct CMUnitTest tests[LEN(single) + LEN(script_rows) +
	    LEN(reply_rows) + LEN(request_rows) + LEN(usage_rows)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(single); i++)
		tests[n++] = single[i];
	ROWS(script_rows, script_row);
	ROWS(reply_rows, reply_row);
	ROWS(request_rows, request_row);
	ROWS(usage_rows, usage_row);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
