#include <sys/socket.h>
#include <sys/time.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "driver/pcsc_error.h"
#include "driver/pcsc_feature.h"
#include "driver/transport.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define SCRIPT TEST_DATA "/../lib/pcscd.sh"
#define NAME_A "Shikaku Test Reader A 00 00"

/* --- the table of return codes, by their numbers (test-parts.md A) --- */

static const struct code_row {
	const char	*name;
	long		 code;
	enum err	 want;
} code_rows[] = {
	{ "SCARD_S_SUCCESS", 0, ERR_OK },
	{ "SCARD_E_CANCELLED", 0x80100002, ERR_CANCELLED },
	{ "SCARD_E_INVALID_HANDLE", 0x80100003, ERR_NO_SERVICE },
	{ "SCARD_E_INVALID_PARAMETER", 0x80100004, ERR_LIB },
	{ "SCARD_E_NO_MEMORY", 0x80100006, ERR_NOMEM },
	{ "SCARD_F_WAITED_TOO_LONG", 0x80100007, ERR_READER_HUNG },
	{ "SCARD_E_INSUFFICIENT_BUFFER", 0x80100008, ERR_TOOBIG },
	{ "SCARD_E_UNKNOWN_READER", 0x80100009, ERR_NO_READER },
	{ "SCARD_E_TIMEOUT", 0x8010000a, ERR_TIMEOUT },
	{ "SCARD_E_SHARING_VIOLATION", 0x8010000b, ERR_READER_BUSY },
	{ "SCARD_E_NO_SMARTCARD", 0x8010000c, ERR_NO_CARD },
	{ "SCARD_E_PROTO_MISMATCH", 0x8010000f, ERR_CARD_MUTE },
	{ "SCARD_E_NOT_READY", 0x80100010, ERR_CARD_MUTE },
	{ "SCARD_E_INVALID_VALUE", 0x80100011, ERR_LIB },
	{ "SCARD_E_SYSTEM_CANCELLED", 0x80100012, ERR_NO_SERVICE },
	{ "SCARD_F_COMM_ERROR", 0x80100013, ERR_NO_SERVICE },
	{ "SCARD_E_INVALID_ATR", 0x80100015, ERR_CARD_MUTE },
	{ "SCARD_E_NOT_TRANSACTED", 0x80100016, ERR_TORN },
	{ "SCARD_E_READER_UNAVAILABLE", 0x80100017, ERR_NO_READER },
	{ "SCARD_P_SHUTDOWN", 0x80100018, ERR_NO_SERVICE },
	{ "SCARD_E_CARD_UNSUPPORTED", 0x8010001c, ERR_CARD_MUTE },
	{ "SCARD_E_NO_SERVICE", 0x8010001d, ERR_NO_SERVICE },
	{ "SCARD_E_SERVICE_STOPPED", 0x8010001e, ERR_NO_SERVICE },
	{ "SCARD_E_NO_ACCESS", 0x80100027, ERR_READER_DENIED },
	{ "SCARD_E_NO_READERS_AVAILABLE", 0x8010002e, ERR_NO_READER },
	{ "SCARD_E_COMM_DATA_LOST", 0x8010002f, ERR_TORN },
	{ "SCARD_E_SERVER_TOO_BUSY", 0x80100031, ERR_READER_BUSY },
	{ "SCARD_W_UNSUPPORTED_CARD", 0x80100065, ERR_CARD_MUTE },
	{ "SCARD_W_UNRESPONSIVE_CARD", 0x80100066, ERR_CARD_MUTE },
	{ "SCARD_W_UNPOWERED_CARD", 0x80100067, ERR_CARD_MUTE },
	{ "SCARD_W_RESET_CARD", 0x80100068, ERR_CARD_RESET },
	{ "SCARD_W_REMOVED_CARD", 0x80100069, ERR_NO_CARD },
	{ "SCARD_W_SECURITY_VIOLATION", 0x8010006a, ERR_READER_DENIED },
	/* no rows of their own */
	{ "unknown code", 0x80100001, ERR_READER_FAULT },
	{ "unknown code", 0x8010001f, ERR_READER_FAULT },
	{ "unknown code", 1, ERR_READER_FAULT },
	{ "unknown code", -1, ERR_READER_FAULT },
};

static void
code_row(void **state)
{
	const struct code_row *row = *state;

	assert_int_equal(pcsc_error(row->code), row->want);
	assert_string_equal(pcsc_error_name(row->code), row->name);
	/* Where a long has 32 bits the codes are negative. */
	if (row->code > 1)
		assert_int_equal(pcsc_error((long)(int32_t)row->code),
		    row->want);
}

/* --- what a reader declares --- */

static const struct feature_row {
	const char	*name;
	int		 properties;
	uint8_t		 bytes[16];
	size_t		 len;
	enum err	 want;
	uint32_t	 value;
} feature_rows[] = {
	{ "feature", 0, { 0x06, 4, 0, 0, 0, 1, 0x12, 4, 0x42, 0x33, 0, 0x12 },
	    12, ERR_OK, 0x42330012 },
	{ "feature not there", 0, { 0x06, 4, 0, 0, 0, 1 }, 6, ERR_OK, 0 },
	{ "no features", 0, { 0 }, 0, ERR_OK, 0 },
	{ "feature: tag alone", 0, { 0x12 }, 1, ERR_TLV, 0 },
	{ "feature: cut", 0, { 0x12, 4, 0x42, 0x33, 0 }, 5, ERR_TLV, 0 },
	{ "feature: of 3 bytes", 0, { 0x12, 3, 1, 2, 3 }, 5, ERR_TLV, 0 },
	{ "feature: empty", 0, { 0x12, 0 }, 2, ERR_TLV, 0 },
	{ "feature: other one too long", 0, { 0x06, 255, 0 }, 3, ERR_TLV, 0 },
	{ "extended", 1, { 1, 2, 0, 0, 10, 4, 0, 0, 1, 0 }, 10, ERR_OK,
	    65536 },
	{ "short only", 1, { 10, 4, 0, 0, 0, 0 }, 6, ERR_OK, 0 },
	{ "size not there", 1, { 1, 2, 0, 0 }, 4, ERR_OK, 0 },
	{ "size: cut", 1, { 10, 4, 0, 0, 1 }, 5, ERR_TLV, 0 },
	{ "size: of 5 bytes", 1, { 10, 5, 0, 0, 1, 0, 0 }, 7, ERR_TLV, 0 },
	{ "size: other one cut", 1, { 1, 2, 0 }, 3, ERR_TLV, 0 },
};

static void
feature_row(void **state)
{
	const struct feature_row *row = *state;
	struct buf b = { row->bytes, row->len };
	uint32_t v = 99;

	assert_int_equal(row->properties ? pcsc_feature_apdu_max(b, &v) :
	    pcsc_feature_code(b, &v), row->want);
	assert_int_equal(v, row->value);
}

/* --- a private pcscd --- */

static char dir[] = "/tmp/pcsc.XXXXXX";
static int have_pcscd;

static int
pcscd(const char *verb)
{
	char cmd[512];

	snprintf(cmd, sizeof(cmd), "SHIKAKU_BIN=%s sh %s %s %s 2", TEST_BIN,
	    SCRIPT, verb, dir);
	return (system(cmd));
}

static unsigned
port_of(const char *key)
{
	char path[64], line[128], format[32];
	unsigned port = 0;
	FILE *fp;

	snprintf(path, sizeof(path), "%s/env", dir);
	snprintf(format, sizeof(format), "%s=%%u", key);
	if ((fp = fopen(path, "r")) == NULL)
		return (0);
	while (port == 0 && fgets(line, sizeof(line), fp) != NULL)
		(void)sscanf(line, format, &port);
	fclose(fp);
	return (port);
}

static void
need_pcscd(void)
{
	if (!have_pcscd)
		skip();
}

static struct tp *
open_reader(const char *conf)
{
	struct note note = { "" };
	struct tp *tp;

	if (tp_open(conf, &tp, &note) != ERR_OK)
		fail_msg("%s: %s", conf, note.text);
	return (tp);
}

/*
 * The least a card must do: give its ATR, answer A4 with 9000, B0 with 256
 * bytes and 9000, B1 with 1000, EE by leaving the field.  How often its power
 * was cut is counted.
 */
struct card {
	int		fd;
	pthread_t	thread;
	atomic_uint	power_offs;
};

static int
card_recv(int fd, uint8_t *p, size_t len)
{
	const int one = 1;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		/* vpcd sends in two parts (test-parts.md C). */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one,
		    sizeof(one));
		if ((n = recv(fd, p, len, 0)) <= 0)
			return (0);
	}
	return (1);
}

static void
card_send(int fd, const uint8_t *p, size_t len)
{
	uint8_t out[2048] = { (uint8_t)(len >> 8), (uint8_t)len };

	memcpy(out + 2, p, len);
	(void)send(fd, out, len + 2, MSG_NOSIGNAL);
}

static int
card_answer(struct card *c, const uint8_t *cmd, size_t len)
{
	static const uint8_t atr[] = { 0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31,
	    0xfe, 0x45, 0x14 };
	uint8_t out[1002];
	size_t n = cmd[1] == 0xb0 ? 256 : cmd[1] == 0xb1 ? 1000 : 0;

	if (len == 1 && cmd[0] == 4)
		card_send(c->fd, atr, sizeof(atr));
	if (len == 1 && cmd[0] == 0)
		atomic_fetch_add(&c->power_offs, 1);
	if (len < 4)
		return (1);
	if (cmd[1] == 0xee)
		return (0);
	memset(out, 0x5a, n);
	out[n] = 0x90;
	out[n + 1] = 0;
	card_send(c->fd, out, n + 2);
	return (1);
}

static void *
card_run(void *arg)
{
	struct card *c = arg;
	uint8_t head[2], cmd[65535];
	size_t len;

	while (card_recv(c->fd, head, sizeof(head))) {
		len = (size_t)head[0] << 8 | head[1];
		if (!card_recv(c->fd, cmd, len) || !card_answer(c, cmd, len))
			break;
	}
	(void)shutdown(c->fd, SHUT_RDWR);
	return (NULL);
}

static void
card_insert(struct card *c)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port_of("PORT_A")),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	*c = (struct card){ .fd = socket(AF_INET, SOCK_STREAM, 0) };
	assert_int_equal(connect(c->fd, (const struct sockaddr *)&in,
	    sizeof(in)), 0);
	assert_int_equal(pthread_create(&c->thread, NULL, card_run, c), 0);
}

static void
card_remove(struct card *c)
{
	(void)shutdown(c->fd, SHUT_RDWR);
	pthread_join(c->thread, NULL);
	close(c->fd);
}

/* Until the slot says so; vpcd is asked every 400 ms. */
static int
comes_within(struct tp *tp, enum tp_event want, int ms)
{
	int64_t until = clock_ms() + ms;
	enum tp_event ev;
	enum err r;

	do {
		r = tp_wait(tp, 200, &ev);
	} while ((r == ERR_TIMEOUT || (r == ERR_OK && ev != want)) &&
	    clock_ms() < until);
	return (r == ERR_OK && ev == want);
}

static void
await(struct tp *tp, enum tp_event want)
{
	assert_true(comes_within(tp, want, 10000));
}

/*
 * pcscd 1.9.9 does not see a card that comes back within the 400 ms after it
 * was pulled out of a command; a person then takes it away and tries again.
 */
static void
insert_again(struct tp *tp, struct card *c)
{
	for (int i = 0; i < 10; i++) {
		card_insert(c);
		if (comes_within(tp, TP_CARD, 1500))
			return;
		card_remove(c);
	}
	fail_msg("the card is not seen again");
}

/* For the next test to find the slot empty. */
static void
leave_empty(struct tp **tp, struct card *c)
{
	tp_end(*tp);
	card_remove(c);
	await(*tp, TP_NO_CARD);
	tp_close(tp);
}

/* --- without a service; runs before it is started --- */

static void
no_service(void **state)
{
	struct note note = { "" };
	struct tp_reader row;
	enum tp_event ev;
	struct tp *tp;
	size_t n = 9;

	(void)state;
	assert_int_equal(tp_open("pcsc:", &tp, &note), ERR_OK);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_NO_SERVICE);
	assert_non_null(strstr(tp->note.text,
	    "0x8010001D SCARD_E_NO_SERVICE"));
	assert_int_equal(tp_begin(tp), ERR_NO_SERVICE);
	tp_close(&tp);
	assert_int_equal(tp_readers(&row, 1, &n, &note), ERR_NO_SERVICE);
	assert_int_equal(n, 0);
}

static void
start_service(void **state)
{
	(void)state;
	have_pcscd = pcscd("start") == 0;
	need_pcscd();
}

/* --- which reader --- */

static const struct pattern_row {
	const char	*conf;
	enum err	 begin;		/* of an empty reader */
} pattern_rows[] = {
	{ "pcsc:" NAME_A, ERR_NO_CARD },
	{ "pcsc:reader a 00 00", ERR_NO_CARD },
	{ "pcsc:SHIKAKU*READER B * 00", ERR_NO_CARD },
	{ "pcsc:*a ?? 01", ERR_NO_CARD },
	{ "pcsc:ext,Reader A 00 00", ERR_NO_CARD },
	{ "pcsc:Reader C", ERR_NO_READER },
	{ "pcsc:Reader A ?? 00", ERR_NO_READER },
	{ "pcsc:[A-B] 00 00", ERR_NO_READER },
	{ "pcsc:?", ERR_NO_READER },
	/* Virtual readers are on no USB and have no number. */
	{ "pcsc:Reader A 00 00@usb=1-2", ERR_NO_READER },
	{ "pcsc:@serial=ABC", ERR_NO_READER },
	{ "pcsc:", ERR_READER_AMBIGUOUS },
	{ "pcsc:*", ERR_READER_AMBIGUOUS },
	{ "pcsc:shikaku", ERR_READER_AMBIGUOUS },
	{ "pcsc:Reader A", ERR_READER_AMBIGUOUS },
};

static void
pattern_row(void **state)
{
	const struct pattern_row *row = *state;
	struct note note = { "" };
	enum tp_event ev;
	struct tp *tp;

	need_pcscd();
	assert_int_equal(tp_open(row->conf, &tp, &note), ERR_OK);
	assert_string_equal(note.text, "");
	if (row->begin == ERR_READER_AMBIGUOUS) {
		assert_int_equal(tp_wait(tp, 1000, &ev), row->begin);
		assert_non_null(strstr(tp->note.text, NAME_A "; "));
		assert_int_equal(tp_begin(tp), row->begin);
		assert_non_null(strstr(tp->note.text, NAME_A "; "));
		tp_close(&tp);
		return;
	}
	assert_int_equal(tp_wait(tp, 1000, &ev), ERR_OK);
	assert_int_equal(ev, row->begin == ERR_NO_READER ? TP_NO_READER :
	    TP_NO_CARD);
	assert_int_equal(tp_wait(tp, 1, &ev), ERR_TIMEOUT);
	assert_int_equal(tp_begin(tp), row->begin);
	assert_string_not_equal(tp->note.text, "");
	tp_close(&tp);
}

static void
readers_are_listed(void **state)
{
	struct tp_reader rows[2];
	struct note note = { "" };
	size_t n;

	(void)state;
	need_pcscd();
	assert_int_equal(tp_readers(rows, LEN(rows), &n, &note), ERR_OK);
	assert_int_equal(n, 4);
	assert_string_equal(rows[0].name, NAME_A);
	assert_string_equal(rows[1].name, "Shikaku Test Reader A 00 01");
	assert_int_equal(rows[0].card, 0);
	assert_int_equal(rows[0].atrlen, 0);
	assert_string_equal(rows[0].device.port, "");
	assert_string_equal(rows[0].device.serial, "");
}

/* --- cancel --- */

static struct tp *to_cancel;

static void *
cancel_it(void *arg)
{
	(void)arg;
	tp_cancel(to_cancel);
	return (NULL);
}

static void
on_alarm(int sig)
{
	(void)sig;
	tp_cancel(to_cancel);
}

/* The other thread may come before, at the start of or during the wait. */
static void
cancel_from_a_thread(void **state)
{
	enum tp_event ev;
	pthread_t other;

	(void)state;
	need_pcscd();
	to_cancel = open_reader("pcsc:" NAME_A);
	assert_int_equal(tp_wait(to_cancel, 0, &ev), ERR_OK);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(pthread_create(&other, NULL, cancel_it, NULL),
		    0);
		assert_int_equal(tp_wait(to_cancel, -1, &ev), ERR_CANCELLED);
		pthread_join(other, NULL);
	}
	assert_int_equal(tp_wait(to_cancel, 1, &ev), ERR_TIMEOUT);
	tp_close(&to_cancel);
}

static void
cancel_from_a_signal(void **state)
{
	const struct itimerval soon = { .it_value.tv_usec = 20000 };
	struct sigaction sa = { .sa_handler = on_alarm };
	enum tp_event ev;

	(void)state;
	need_pcscd();
	to_cancel = open_reader("pcsc:" NAME_A);
	assert_int_equal(tp_wait(to_cancel, 0, &ev), ERR_OK);
	assert_int_equal(sigaction(SIGALRM, &sa, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(tp_wait(to_cancel, -1, &ev), ERR_CANCELLED);
	tp_close(&to_cancel);
}

static void
cancel_while_nothing_waits(void **state)
{
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	need_pcscd();
	tp = open_reader("pcsc:" NAME_A);
	tp_cancel(tp);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_CANCELLED);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	tp_close(&tp);
}

/* --- with a card --- */

static void
visit(void **state)
{
	uint8_t tx[5] = { 0, 0xa4 }, rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	struct card c;
	struct tp *tp;

	(void)state;
	need_pcscd();
	tp = open_reader("pcsc:" NAME_A);
	card_insert(&c);
	await(tp, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_string_equal(tp->note.text, "");
	assert_int_equal(tp->caps.tx_max, TP_TX_SHORT);
	assert_int_equal(tp->caps.rx_max, TP_RX_SHORT);
	assert_int_equal(tp->caps.atrlen, 9);
	assert_memory_equal(tp->caps.atr, "\x3b\xe0\x00\xff\x81\x31", 6);
	assert_int_equal(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000), ERR_OK);
	assert_int_equal(n, 2);
	tx[1] = 0xb0;
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000), ERR_OK);
	assert_int_equal(n, 258);
	assert_int_equal(rx[255], 0x5a);
	/* More than there is room for: refused, not written past the end. */
	tx[1] = 0xb1;
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000),
	    ERR_TOOBIG);
	leave_empty(&tp, &c);
}

/*
 * pcscd cuts the power by itself some time after the last client; begun again
 * at once, only our end can have done it, and the answer shows that the card
 * has seen all that was sent before.
 */
static void
end_cuts_the_power(void **state)
{
	uint8_t tx[5] = { 0, 0xa4 }, rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	unsigned before;
	struct card c;
	struct tp *tp;

	(void)state;
	need_pcscd();
	tp = open_reader("pcsc:" NAME_A);
	card_insert(&c);
	await(tp, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000), ERR_OK);
	before = atomic_load(&c.power_offs);
	tp_end(tp);
	assert_int_equal(tp_begin(tp), ERR_OK);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000), ERR_OK);
	assert_int_equal(atomic_load(&c.power_offs), before + 1);
	leave_empty(&tp, &c);
}

static void
extended_on_the_configurations_word(void **state)
{
	uint8_t tx[7] = { 0, 0xb1 };
	static uint8_t rx[TP_RX_EXT];
	size_t n = sizeof(rx);
	struct card c;
	struct tp *tp;

	(void)state;
	need_pcscd();
	tp = open_reader("pcsc:ext," NAME_A);
	card_insert(&c);
	await(tp, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp->caps.tx_max, TP_TX_EXT);
	assert_int_equal(tp->caps.rx_max, TP_RX_EXT);
	assert_int_equal(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000), ERR_OK);
	assert_int_equal(n, 1002);
	leave_empty(&tp, &c);
}

static void
held_by_another_program(void **state)
{
	struct tp *other, *tp;
	struct card c;

	(void)state;
	need_pcscd();
	other = open_reader("pcsc:" NAME_A);
	tp = open_reader("pcsc:reader a 00 00");
	card_insert(&c);
	await(other, TP_CARD);
	assert_int_equal(tp_begin(other), ERR_OK);
	await(tp, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_READER_BUSY);
	assert_non_null(strstr(tp->note.text, "0x8010000B"));
	tp_end(other);
	assert_int_equal(tp_begin(tp), ERR_OK);
	tp_close(&other);
	leave_empty(&tp, &c);
}

static void
pulled_in_the_middle(void **state)
{
	uint8_t tx[5] = { 0, 0xee }, rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	struct card c;
	struct tp *tp;

	(void)state;
	need_pcscd();
	tp = open_reader("pcsc:" NAME_A);
	card_insert(&c);
	await(tp, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(err_class(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000)),
	    EC_CARD);
	assert_int_equal(n, 0);
	tp_end(tp);
	card_remove(&c);
	await(tp, TP_NO_CARD);
	insert_again(tp, &c);
	assert_int_equal(tp_begin(tp), ERR_OK);
	tx[1] = 0xa4;
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000), ERR_OK);
	leave_empty(&tp, &c);
}

/* --- the service goes and comes --- */

static void *
stop_service(void *arg)
{
	int *status = arg;

	*status = pcscd("halt");
	return (NULL);
}

static void
restarted_service(void **state)
{
	enum tp_event ev;
	pthread_t other;
	struct card c;
	struct tp *tp;
	int stopped;
	enum err r;

	(void)state;
	need_pcscd();
	tp = open_reader("pcsc:" NAME_A);
	assert_int_equal(tp_begin(tp), ERR_NO_CARD);
	assert_int_equal(pthread_create(&other, NULL, stop_service, &stopped),
	    0);
	while ((r = tp_wait(tp, -1, &ev)) == ERR_OK)
		continue;
	assert_int_equal(r, ERR_NO_SERVICE);
	pthread_join(other, NULL);
	assert_int_equal(stopped, 0);
	assert_int_equal(tp_begin(tp), ERR_NO_SERVICE);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_NO_SERVICE);
	assert_non_null(strstr(tp->note.text, "NO_SERVICE"));
	assert_int_equal(pcscd("restart"), 0);
	assert_int_equal(tp_begin(tp), ERR_NO_CARD);
	card_insert(&c);
	await(tp, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	/* Again, and nobody looks in between: contexts of both kinds stale. */
	tp_end(tp);
	card_remove(&c);
	assert_int_equal(pcscd("restart"), 0);
	card_insert(&c);
	await(tp, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	leave_empty(&tp, &c);
}

static int
set_up(void **state)
{
	char path[64];

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/run/pcscd.comm", dir);
	return (setenv("PCSCLITE_CSOCK_NAME", path, 1));
}

static int
tear_down(void **state)
{
	char cmd[64];

	(void)state;
	if (have_pcscd && pcscd("stop") != 0)
		return (-1);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return (system(cmd));
}

int
main(void)
{
	static const struct CMUnitTest single[] = {
		cmocka_unit_test(readers_are_listed),
		cmocka_unit_test(cancel_from_a_thread),
		cmocka_unit_test(cancel_from_a_signal),
		cmocka_unit_test(cancel_while_nothing_waits),
		cmocka_unit_test(visit),
		cmocka_unit_test(end_cuts_the_power),
		cmocka_unit_test(extended_on_the_configurations_word),
		cmocka_unit_test(held_by_another_program),
		cmocka_unit_test(pulled_in_the_middle),
		cmocka_unit_test(restarted_service),
	};
	struct CMUnitTest tests[LEN(code_rows) + LEN(feature_rows) + 2 +
	    LEN(pattern_rows) + LEN(single)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(code_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = code_rows[i].name,
		    .test_func = code_row,
		    .initial_state = (void *)(uintptr_t)&code_rows[i] };
	for (size_t i = 0; i < LEN(feature_rows); i++)
		tests[n++] = (struct CMUnitTest){
		    .name = feature_rows[i].name, .test_func = feature_row,
		    .initial_state = (void *)(uintptr_t)&feature_rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_service);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(start_service);
	for (size_t i = 0; i < LEN(pattern_rows); i++)
		tests[n++] = (struct CMUnitTest){
		    .name = pattern_rows[i].conf, .test_func = pattern_row,
		    .initial_state = (void *)(uintptr_t)&pattern_rows[i] };
	for (size_t i = 0; i < LEN(single); i++)
		tests[n++] = single[i];
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
