#include <sys/socket.h>
#include <netinet/in.h>
#include <poll.h>
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

#include "base/clock.h"
#include "driver/transport.h"
#include "driver/vpcd_address.h"
#include "driver/vpcd_line.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define ATR		"0005 3B80800101"
#define SELECT		"00A4040002A1B2"
#define FOREVER_MS	10000	/* a bound, not a wait */
#define DRIP_MS		3

/* --- the card's side: a thread that says what a row has it say --- */

struct peer {
	const char	*greet, *atr, *answer;	/* raw hex; NULL: silence */
	int		 bye_atr, bye_answer;	/* closes after it */
	int		 drip;
	int		 fd;
	unsigned	 on, off, atrs, commands;
	uint8_t		 last[64];		/* last command */
	size_t		 lastlen;
	int		 ended;			/* it saw the other side close */
};

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
say(struct peer *p, const char *hex)
{
	uint8_t raw[1024];
	size_t n = hex == NULL ? 0 : unhex(hex, raw), part;

	for (size_t at = 0; at < n; at += part) {
		part = p->drip ? 1 : n;
		if (send(p->fd, raw + at, part, MSG_NOSIGNAL) <= 0)
			return;
		if (p->drip)
			clock_sleep(DRIP_MS);
	}
}

static int
hear(struct peer *p, uint8_t *msg, size_t *len)
{
	uint8_t head[2];

	if (recv(p->fd, head, 2, MSG_WAITALL) != 2)
		return (0);
	*len = (size_t)(head[0] << 8 | head[1]);
	return (recv(p->fd, msg, *len, MSG_WAITALL) == (ssize_t)*len);
}

static int
obey(struct peer *p, const uint8_t *msg, size_t len)
{
	if (len == 1 && msg[0] == VPCD_ATR) {
		p->atrs++;
		say(p, p->atr);
		return (!p->bye_atr);
	}
	if (len == 1) {
		p->on += msg[0] == VPCD_ON;
		p->off += msg[0] == VPCD_OFF;
		return (1);
	}
	p->commands++;
	p->lastlen = len < sizeof(p->last) ? len : sizeof(p->last);
	memcpy(p->last, msg, p->lastlen);
	say(p, p->answer);
	return (!p->bye_answer);
}

static void *
play(void *arg)
{
	struct peer *p = arg;
	uint8_t msg[VPCD_MSG_MAX];
	size_t len;

	while (hear(p, msg, &len)) {
		if (!obey(p, msg, len)) {
			shutdown(p->fd, SHUT_WR);
			return (NULL);
		}
	}
	p->ended = 1;
	return (NULL);
}

/* --- a stage: the transport, and a peer that is connected already --- */

struct stage {
	struct tp	*tp;
	struct peer	 peer;
	pthread_t	 thread;
	struct sockaddr_in at;
};

static int
dial(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(connect(fd, (const struct sockaddr *)at,
	    sizeof(*at)), 0);
	return (fd);
}

/* A port that is free now; somebody else may take it before us: once more. */
static void
listen_somewhere(struct stage *s, const char *options)
{
	struct note note = { "" };
	enum err r = ERR_READER_BUSY;
	char conf[64];

	for (int i = 0; r == ERR_READER_BUSY && i < 20; i++) {
		socklen_t len = sizeof(s->at);
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		s->at = (struct sockaddr_in){ .sin_family = AF_INET,
		    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		assert_int_equal(bind(fd, (struct sockaddr *)&s->at,
		    sizeof(s->at)), 0);
		getsockname(fd, (struct sockaddr *)&s->at, &len);
		close(fd);
		snprintf(conf, sizeof(conf), "vpcd:%s127.0.0.1:%d", options,
		    ntohs(s->at.sin_port));
		r = tp_open(conf, &s->tp, &note);
	}
	if (r != ERR_OK)
		fail_msg("%s", note.text);
}

static void
enter(struct stage *s, const struct peer *like, const char *options)
{
	listen_somewhere(s, options);
	s->peer = *like;
	s->peer.fd = dial(&s->at);
	say(&s->peer, s->peer.greet);
	assert_int_equal(pthread_create(&s->thread, NULL, play, &s->peer), 0);
}

/* The transport first, so that the peer sees its end. */
static void
leave(struct stage *s)
{
	tp_close(&s->tp);
	pthread_join(s->thread, NULL);
	close(s->peer.fd);
}

static enum err
command(struct tp *tp, const char *hex, uint8_t *rx, size_t *n, int ms)
{
	uint8_t tx[64];

	return (tp_xfer(tp, tx, unhex(hex, tx), rx, n, ms));
}

/* --- what it says when it is asked for the ATR --- */

static const struct atr_row {
	const char	*name, *greet, *atr;
	int		 bye;
	enum tp_event	 event;
	enum err	 begin;
	size_t		 len;
	unsigned	 powered;	/* although begin failed */
} atr_rows[] = {
	{ "an ATR", NULL, ATR, 0, TP_CARD, ERR_OK, 5, 0 },
	{ "the longest", NULL, "0021 3B9F9690801F"
	    "000102030405060708090A0B0C0D0E0F101112131415161718191A", 0,
	    TP_CARD, ERR_OK, 33, 0 },
	{ "no bytes: no card", NULL, "0000", 0, TP_NO_CARD, ERR_NO_CARD, 0,
	    1 },
	{ "34 bytes", NULL, "0022 3B9F9690801F"
	    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B", 0,
	    TP_NO_CARD, ERR_NO_CARD, 0, 0 },
	{ "65535 announced", NULL, "FFFF 3B80", 0, TP_NO_CARD, ERR_NO_CARD,
	    0, 0 },
	{ "one byte", NULL, "0001 3B", 0, TP_NO_CARD, ERR_NO_CARD, 0, 0 },
	{ "another TS", NULL, "0005 3C80800101", 0, TP_NO_CARD, ERR_NO_CARD,
	    0, 0 },
	{ "length cut", NULL, "00", 1, TP_NO_CARD, ERR_NO_CARD, 0, 0 },
	{ "ATR cut", NULL, "0005 3B8080", 1, TP_NO_CARD, ERR_NO_CARD, 0, 0 },
	{ "goes away", NULL, NULL, 1, TP_NO_CARD, ERR_NO_CARD, 0, 0 },
	{ "says nothing", NULL, NULL, 0, TP_NO_CARD, ERR_NO_CARD, 0, 0 },
	{ "speaks first", ATR, ATR, 0, TP_NO_CARD, ERR_NO_CARD, 0, 0 },
	{ "one byte unasked", "00", ATR, 0, TP_NO_CARD, ERR_NO_CARD, 0, 0 },
};

static void
atr_test(void **state)
{
	const struct atr_row *row = *state;
	const struct peer like = { .greet = row->greet, .atr = row->atr,
	    .bye_atr = row->bye };
	enum tp_event ev;
	struct stage s;

	enter(&s, &like, "");
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
	assert_int_equal(ev, row->event);
	assert_int_equal(tp_begin(s.tp), row->begin);
	if (row->begin == ERR_OK) {
		assert_int_equal(s.tp->caps.atrlen, row->len);
		assert_int_equal(s.tp->caps.tx_max, TP_TX_SHORT);
		assert_int_equal(s.tp->caps.rx_max, TP_RX_SHORT);
	} else {
		assert_string_not_equal(s.tp->note.text, "");
	}
	leave(&s);
	/* Who was powered is powered off, whatever he said then. */
	assert_int_equal(s.peer.off, s.peer.on);
	assert_int_equal(s.peer.on, row->begin == ERR_OK || row->powered);
}

/* --- what it says to a command --- */

static const struct xfer_row {
	const char	*name, *options, *answer;
	int		 bye, drip, ms;
	enum err	 first, then;
	size_t		 len;
} xfer_rows[] = {
	{ "a status word", "", "0002 9000", 0, 0, FOREVER_MS, ERR_OK, ERR_OK,
	    2 },
	{ "data", "", "0004 A1B2 9000", 0, 0, FOREVER_MS, ERR_OK, ERR_OK, 4 },
	{ "in drops, but in time", "", "0004 A1B2 9000", 0, 1, FOREVER_MS,
	    ERR_OK, ERR_OK, 4 },
	{ "no bytes: no card", "", "0000", 0, 0, FOREVER_MS, ERR_NO_CARD,
	    ERR_NO_CARD, 0 },
	{ "one byte", "", "0001 90", 0, 0, FOREVER_MS, ERR_READER_FAULT,
	    ERR_NO_CARD, 0 },
	{ "259 announced", "", "0103", 0, 0, FOREVER_MS, ERR_READER_FAULT,
	    ERR_NO_CARD, 0 },
	{ "65535 announced", "", "FFFF 9000", 0, 0, FOREVER_MS,
	    ERR_READER_FAULT, ERR_NO_CARD, 0 },
	{ "259 where it is extended: no room", "ext,", "0103", 0, 0,
	    FOREVER_MS, ERR_TOOBIG, ERR_NO_CARD, 0 },
	{ "nothing in time", "", NULL, 0, 0, 40, ERR_CARD_MUTE, ERR_NO_CARD,
	    0 },
	{ "no time at all", "", NULL, 0, 0, -1, ERR_CARD_MUTE, ERR_NO_CARD,
	    0 },
	{ "half a length in time", "", "00", 0, 0, 40, ERR_CARD_MUTE,
	    ERR_NO_CARD, 0 },
	{ "half an answer in time", "", "0004 A1", 0, 0, 40, ERR_CARD_MUTE,
	    ERR_NO_CARD, 0 },
	{ "drops past the time", "", "0040 A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2"
	    "A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2A1B2"
	    "A1B2A1B2A1B2A1B2A1B2A1B2A1B2 9000", 0, 1, 40, ERR_CARD_MUTE,
	    ERR_NO_CARD, 0 },
	{ "goes away", "", NULL, 1, 0, FOREVER_MS, ERR_NO_CARD, ERR_NO_CARD,
	    0 },
	{ "goes away in the length", "", "00", 1, 0, FOREVER_MS, ERR_TORN,
	    ERR_NO_CARD, 0 },
	{ "goes away before the data", "", "0004", 1, 0, FOREVER_MS, ERR_TORN,
	    ERR_NO_CARD, 0 },
	{ "goes away in the data", "", "0004 A1B2", 1, 0, FOREVER_MS,
	    ERR_TORN, ERR_NO_CARD, 0 },
	{ "goes away after it", "", "0002 9000", 1, 0, FOREVER_MS, ERR_OK,
	    ERR_NO_CARD, 2 },
	{ "two answers to one", "", "0002 9000 0002 6A82", 0, 0, FOREVER_MS,
	    ERR_OK, ERR_READER_FAULT, 2 },
	{ "a byte too many", "", "0002 9000 00", 0, 0, FOREVER_MS, ERR_OK,
	    ERR_READER_FAULT, 2 },
};

/* Bytes that follow an answer have arrived with it or come a little later. */
static void
settle(struct stage *s, const struct xfer_row *row)
{
	if (row->bye)
		pthread_join(s->thread, NULL);
}

static void
xfer_test(void **state)
{
	const struct xfer_row *row = *state;
	const struct peer like = { .atr = ATR, .answer = row->answer,
	    .bye_answer = row->bye, .drip = row->drip };
	uint8_t rx[TP_RX_SHORT], sent[16];
	size_t n = sizeof(rx);
	enum tp_event ev;
	struct stage s;

	enter(&s, &like, row->options);
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	assert_int_equal(tp_begin(s.tp), ERR_OK);
	assert_int_equal(command(s.tp, SELECT, rx, &n, row->ms), row->first);
	assert_int_equal(n, row->len);
	settle(&s, row);
	n = sizeof(rx);
	assert_int_equal(command(s.tp, SELECT, rx, &n, FOREVER_MS),
	    row->then);
	if (row->then != ERR_OK)
		assert_string_not_equal(s.tp->note.text, "");
	tp_end(s.tp);
	/* Never the same command twice by itself, and the power goes. */
	if (!row->bye)
		pthread_join(s.thread, NULL);
	assert_int_equal(s.peer.commands, row->then == ERR_OK ? 2 : 1);
	assert_int_equal(s.peer.lastlen, unhex(SELECT, sent));
	assert_memory_equal(s.peer.last, sent, s.peer.lastlen);
	assert_int_equal(s.peer.on, 1);
	if (!row->bye) {
		assert_int_equal(s.peer.off, 1);
		assert_true(s.peer.ended);
	}
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	tp_close(&s.tp);
	close(s.peer.fd);
}

/* --- addresses --- */

static const struct address_row {
	const char	*name, *conf;
	enum err	 want;
	int		 extended, loopback;
	const char	*text;
} address_rows[] = {
	{ "port alone", "35963", ERR_OK, 0, 1, "127.0.0.1:35963" },
	{ "loopback", "127.0.0.1:1", ERR_OK, 0, 1, "127.0.0.1:1" },
	{ "loopback of 127/8", "127.9.9.9:65535", ERR_OK, 0, 1,
	    "127.9.9.9:65535" },
	{ "loopback of IPv6", "[::1]:35963", ERR_OK, 0, 1, "[::1]:35963" },
	{ "extended", "ext,35963", ERR_OK, 1, 1, "127.0.0.1:35963" },
	{ "meant to be open", "open,0.0.0.0:35963", ERR_OK, 0, 0,
	    "0.0.0.0:35963" },
	{ "open, IPv6", "open,[::]:35963", ERR_OK, 0, 0, "[::]:35963" },
	{ "both", "ext,open,192.0.2.1:9", ERR_OK, 1, 0, "192.0.2.1:9" },
	{ "both, the other way", "open,ext,192.0.2.1:9", ERR_OK, 1, 0,
	    "192.0.2.1:9" },
	{ "open where it need not be", "open,35963", ERR_OK, 0, 1,
	    "127.0.0.1:35963" },
	{ "all addresses, not meant", "0.0.0.0:35963", ERR_CONF, 0, 0, NULL },
	{ "another address", "192.0.2.1:35963", ERR_CONF, 0, 0, NULL },
	{ "all of IPv6", "[::]:35963", ERR_CONF, 0, 0, NULL },
	{ "loopback in IPv6's clothes", "[::ffff:127.0.0.1]:35963", ERR_CONF,
	    0, 0, NULL },
	{ "nothing", "", ERR_CONF, 0, 0, NULL },
	{ "options alone", "ext,", ERR_CONF, 0, 0, NULL },
	{ "another option", "all,35963", ERR_CONF, 0, 0, NULL },
	{ "port 0", "0", ERR_CONF, 0, 0, NULL },
	{ "port 65536", "65536", ERR_CONF, 0, 0, NULL },
	{ "six digits", "100000", ERR_CONF, 0, 0, NULL },
	{ "leading zero", "0123", ERR_CONF, 0, 0, NULL },
	{ "minus", "-1", ERR_CONF, 0, 0, NULL },
	{ "a name", "localhost:35963", ERR_CONF, 0, 0, NULL },
	{ "no port", "127.0.0.1:", ERR_CONF, 0, 0, NULL },
	{ "no host", ":35963", ERR_CONF, 0, 0, NULL },
	{ "host alone", "127.0.0.1", ERR_CONF, 0, 0, NULL },
	{ "short form of an address", "127.1.1.1.1:5", ERR_CONF, 0, 0, NULL },
	{ "IPv6 without brackets", "::1:35963", ERR_CONF, 0, 0, NULL },
	{ "bracket open", "[::1:35963", ERR_CONF, 0, 0, NULL },
	{ "empty brackets", "[]:35963", ERR_CONF, 0, 0, NULL },
	{ "behind the bracket", "[::1]x:35963", ERR_CONF, 0, 0, NULL },
	{ "blank", "127.0.0.1: 5", ERR_CONF, 0, 0, NULL },
	{ "a path", "/run/shikaku/vpcd.sock", ERR_CONF, 0, 0, NULL },
};

static void
address_test(void **state)
{
	const struct address_row *row = *state;
	struct note note = { "" };
	struct vpcd_address a;

	assert_int_equal(vpcd_address_read(row->conf, &a, &note), row->want);
	if (row->want != ERR_OK) {
		assert_string_not_equal(note.text, "");
		return;
	}
	assert_string_equal(note.text, "");
	assert_string_equal(a.text, row->text);
	assert_int_equal(a.extended, row->extended);
	assert_int_equal(a.loopback, row->loopback);
}

/* --- the rest --- */

/* A record is one write: what comes out of it at once, went in at once. */
static void
one_write(void **state)
{
	static const uint8_t apdu[] = { 0x00, 0xa4, 0x04, 0x00 };
	uint8_t got[16];
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(vpcd_line_send(fds[0], apdu, sizeof(apdu),
	    clock_ms() + FOREVER_MS), ERR_OK);
	assert_int_equal(recv(fds[1], got, sizeof(got), MSG_DONTWAIT), 6);
	assert_memory_equal(got, "\0\4\0\xa4\4\0", 6);
	assert_int_equal(recv(fds[1], got, sizeof(got), MSG_DONTWAIT), -1);
	close(fds[0]);
	close(fds[1]);
}

/* Nobody takes what is sent: it has an end, too. */
static void
send_refusals(void **state)
{
	static uint8_t big[VPCD_MSG_MAX + 1];
	enum err r = ERR_OK;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(vpcd_line_send(fds[0], big, sizeof(big),
	    clock_ms()), ERR_TOOBIG);
	for (int i = 0; r == ERR_OK && i < 1000; i++)
		r = vpcd_line_send(fds[0], big, VPCD_MSG_MAX, clock_ms() + 20);
	assert_int_equal(r, ERR_TIMEOUT);
	close(fds[1]);
	assert_int_equal(vpcd_line_send(fds[0], big, 1, clock_ms()),
	    ERR_NO_CARD);
	close(fds[0]);
}

/* Less than a header would be a control byte: it does not leave. */
static void
short_commands(void **state)
{
	const struct peer like = { .atr = ATR, .answer = "0002 9000" };
	uint8_t rx[TP_RX_SHORT];
	enum tp_event ev;
	struct stage s;

	(void)state;
	enter(&s, &like, "");
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
	assert_int_equal(tp_begin(s.tp), ERR_OK);
	for (size_t n = 0; n < TP_APDU_MIN; n++) {
		static const uint8_t tx[TP_APDU_MIN];
		size_t len = sizeof(rx);

		assert_int_equal(tp_xfer(s.tp, tx, n, rx, &len, FOREVER_MS),
		    ERR_SEQUENCE);
	}
	leave(&s);
	assert_int_equal(s.peer.commands, 0);
	assert_int_equal(s.peer.off, 1);
}

static void
sizes_extended(void **state)
{
	const struct peer like = { .atr = ATR };
	enum tp_event ev;
	struct stage s;

	(void)state;
	enter(&s, &like, "ext,");
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
	assert_int_equal(tp_begin(s.tp), ERR_OK);
	assert_int_equal(s.tp->caps.tx_max, VPCD_MSG_MAX);
	assert_int_equal(s.tp->caps.rx_max, VPCD_MSG_MAX);
	leave(&s);
}

static int
is_closed(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char byte;

	return (poll(&pfd, 1, FOREVER_MS) == 1 &&
	    recv(fd, &byte, 1, MSG_DONTWAIT) <= 0);
}

/* One is served; who knocks meanwhile does not inherit the line. */
static void
second_client(void **state)
{
	const struct peer like = { .atr = ATR, .answer = "0002 9000" };
	uint8_t rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	enum tp_event ev;
	int second, third;
	struct stage s;

	(void)state;
	enter(&s, &like, "");
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
	second = dial(&s.at);
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	assert_true(is_closed(second));
	assert_int_equal(tp_begin(s.tp), ERR_OK);
	third = dial(&s.at);
	assert_int_equal(command(s.tp, SELECT, rx, &n, FOREVER_MS), ERR_OK);
	tp_end(s.tp);
	assert_true(is_closed(third));
	pthread_join(s.thread, NULL);
	assert_true(s.peer.ended);
	tp_close(&s.tp);
	close(second);
	close(third);
	close(s.peer.fd);
}

/* After the end the line is free for the next one, who has a card, too. */
static void
next_client(void **state)
{
	const struct peer like = { .atr = ATR, .answer = "0002 9000" };
	enum tp_event ev;
	struct stage s;

	(void)state;
	enter(&s, &like, "");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
		assert_int_equal(ev, TP_CARD);
		assert_int_equal(tp_begin(s.tp), ERR_OK);
		tp_end(s.tp);
		pthread_join(s.thread, NULL);
		close(s.peer.fd);
		s.peer.fd = dial(&s.at);
		assert_int_equal(pthread_create(&s.thread, NULL, play,
		    &s.peer), 0);
	}
	leave(&s);
	assert_int_equal(s.peer.on, 3);
	assert_int_equal(s.peer.off, 3);
}

/* Nobody there: said once, then it waits, and a cancel ends that. */
static void
nobody(void **state)
{
	uint8_t rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	enum tp_event ev;
	struct stage s;

	(void)state;
	listen_somewhere(&s, "");
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(tp_wait(s.tp, 0, &ev), ERR_TIMEOUT);
	assert_int_equal(tp_begin(s.tp), ERR_NO_CARD);
	assert_non_null(strstr(s.tp->note.text, "127.0.0.1:"));
	assert_int_equal(command(s.tp, SELECT, rx, &n, 1), ERR_SEQUENCE);
	tp_cancel(s.tp);
	assert_int_equal(tp_wait(s.tp, FOREVER_MS, &ev), ERR_CANCELLED);
	assert_int_equal(tp_wait(s.tp, 0, &ev), ERR_TIMEOUT);
	tp_close(&s.tp);
}

static void
port_taken(void **state)
{
	struct note note = { "" };
	struct tp *other;
	char conf[32];
	struct stage s;

	(void)state;
	listen_somewhere(&s, "");
	snprintf(conf, sizeof(conf), "vpcd:%d", ntohs(s.at.sin_port));
	assert_int_equal(tp_open(conf, &other, &note), ERR_READER_BUSY);
	assert_null(other);
	assert_non_null(strstr(note.text, "127.0.0.1:"));
	tp_close(&s.tp);
}

#define ROWS(rows, test)						\
	for (size_t i = 0; i < LEN(rows); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,	\
		    .test_func = test,					\
		    .initial_state = (void *)(uintptr_t)&rows[i] }

int
main(void)
{
	static const struct CMUnitTest single[] = {
		cmocka_unit_test(one_write),
		cmocka_unit_test(send_refusals),
		cmocka_unit_test(short_commands),
		cmocka_unit_test(sizes_extended),
		cmocka_unit_test(second_client),
		cmocka_unit_test(next_client),
		cmocka_unit_test(nobody),
		cmocka_unit_test(port_taken),
	};
	struct CMUnitTest tests[LEN(atr_rows) + LEN(xfer_rows) +
	    LEN(address_rows) + LEN(single)];
	size_t n = 0;

	signal(SIGPIPE, SIG_IGN);
	ROWS(atr_rows, atr_test);
	ROWS(xfer_rows, xfer_test);
	ROWS(address_rows, address_test);
	for (size_t i = 0; i < LEN(single); i++)
		tests[n++] = single[i];
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
