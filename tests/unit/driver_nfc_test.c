#include <sys/prctl.h>
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

#include "base/clock.h"
#include "driver/nfc_conn.h"
#include "driver/nfc_error.h"
#include "driver/transport.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* --- connection strings --- */

static const struct conn_row {
	const char	*text;
	const char	*device;	/* NULL: refused */
} conn_rows[] = {
	{ "pn532_uart:/dev/ttyUSB0", "/dev/ttyUSB0" },
	{ "pn532_uart:/dev/ttyUSB0:115200", "/dev/ttyUSB0" },
	{ "pn532_uart:/dev/serial/by-id/usb-X_1-if00:9600",
	    "/dev/serial/by-id/usb-X_1-if00" },
	{ "pn532_i2c:/dev/i2c-1", "/dev/i2c-1" },
	{ "pn532_spi:/dev/spidev0.0:1000000", "/dev/spidev0.0" },
	{ "pn53x_usb:001:004", "/dev/bus/usb/001/004" },
	{ "acr122_usb:003:127", "/dev/bus/usb/003/127" },
	/* nothing is searched for */
	{ "", NULL },
	{ ":", NULL },
	{ "pn532_uart", NULL },
	{ "pn532_uart:", NULL },
	{ "pn532_uart::115200", NULL },
	{ "pn53x_usb", NULL },
	{ "pn53x_usb:", NULL },
	{ "usb", NULL },
	/* no such driver */
	{ "pn532", NULL },
	{ "pn532_uartx:/dev/ttyS0", NULL },
	{ "PN532_UART:/dev/ttyS0", NULL },
	{ "/dev/ttyS0", NULL },
	{ "pcsc:ACS", NULL },
	{ "arygon:/dev/ttyS0", NULL },
	/* the device */
	{ "pn532_uart:ttyS0", NULL },
	{ "pn532_uart:../dev/ttyS0", NULL },
	{ "pn532_uart:/", NULL },
	{ "pn532_uart:/dev/tty S0", NULL },
	{ "pn532_uart:/dev/ttyS0\n", NULL },
	/* libnfc would go on at the speed the line has */
	{ "pn532_uart:/dev/ttyS0:", NULL },
	{ "pn532_uart:/dev/ttyS0:115201", NULL },
	{ "pn532_uart:/dev/ttyS0:0", NULL },
	{ "pn532_uart:/dev/ttyS0:-1", NULL },
	{ "pn532_uart:/dev/ttyS0:115200:1", NULL },
	{ "pn532_uart:/dev/ttyS0:115200 ", NULL },
	{ "pn532_spi:/dev/spidev0.0:", NULL },
	{ "pn532_spi:/dev/spidev0.0:fast", NULL },
	{ "pn532_spi:/dev/spidev0.0:1000000000", NULL },
	{ "pn532_i2c:/dev/i2c-1:x", NULL },
	/* USB */
	{ "pn53x_usb:1:4", NULL },
	{ "pn53x_usb:001004", NULL },
	{ "pn53x_usb:001:04", NULL },
	{ "pn53x_usb:001:0040", NULL },
	{ "pn53x_usb:00a:004", NULL },
	{ "pn53x_usb:001:../", NULL },
};

static void
conn_row(void **state)
{
	const struct conn_row *row = *state;
	struct note note = { "" };
	struct nfc_conn c;

	if (row->device == NULL) {
		assert_int_equal(nfc_conn_parse(row->text, &c, &note),
		    ERR_CONF);
		assert_string_not_equal(note.text, "");
		assert_string_equal(c.text, "");
		return;
	}
	assert_int_equal(nfc_conn_parse(row->text, &c, &note), ERR_OK);
	assert_string_equal(c.text, row->text);
	assert_string_equal(c.device, row->device);
}

static void
conn_too_long(void **state)
{
	char text[NFC_CONN_TEXT + 1] = "pn532_uart:/dev/";
	struct nfc_conn c;

	(void)state;
	memset(text + strlen(text), 'x', sizeof(text) - 1 - strlen(text));
	assert_int_equal(nfc_conn_parse(text, &c, NULL), ERR_CONF);
	text[NFC_CONN_TEXT - 1] = '\0';
	assert_int_equal(nfc_conn_parse(text, &c, NULL), ERR_OK);
}

/* --- the table of results, by their numbers (card-and-readers.md 6.4) --- */

static const struct code_row {
	const char	*name;
	int		 code;
	enum err	 want;
	int		 poisons;
} code_rows[] = {
	{ "NFC_SUCCESS", 0, ERR_OK, 0 },
	{ "NFC_SUCCESS", 258, ERR_OK, 0 },
	{ "NFC_EIO", -1, ERR_READER_FAULT, 1 },
	{ "NFC_EINVARG", -2, ERR_READER_FAULT, 1 },
	{ "NFC_EDEVNOTSUPP", -3, ERR_CONF, 0 },
	{ "NFC_ENOTSUCHDEV", -4, ERR_NO_READER, 1 },
	{ "NFC_EOVFLOW", -5, ERR_READER_FAULT, 1 },
	{ "NFC_ETIMEOUT", -6, ERR_CARD_MUTE, 1 },
	{ "NFC_EOPABORTED", -7, ERR_CANCELLED, 0 },
	{ "NFC_ENOTIMPL", -8, ERR_LIB, 1 },
	{ "NFC_ETGRELEASED", -10, ERR_NO_CARD, 0 },
	{ "NFC_ERFTRANS", -20, ERR_TORN, 0 },
	{ "NFC_EMFCAUTHFAIL", -30, ERR_READER_FAULT, 1 },
	{ "NFC_ESOFT", -80, ERR_LIB, 1 },
	{ "NFC_ECHIP", -90, ERR_READER_FAULT, 1 },
	{ "unknown code", -9, ERR_READER_FAULT, 1 },
	{ "unknown code", -1000, ERR_READER_FAULT, 1 },
};

static void
code_row(void **state)
{
	const struct code_row *row = *state;

	assert_int_equal(nfc_error(row->code), row->want);
	assert_int_equal(nfc_error_poisons(row->code), row->poisons);
	assert_string_equal(nfc_error_name(row->code), row->name);
}

/* --- the transport where no device is --- */

static struct tp *tp;

static int
end_tp(void **state)
{
	(void)state;
	tp_close(&tp);
	return (0);
}

static void
open_conn(const char *conn)
{
	struct note note = { "" };
	char conf[512];

	snprintf(conf, sizeof(conf), "nfc:%s", conn);
	assert_int_equal(tp_open(conf, &tp, &note), ERR_OK);
}

static void
refused_string(void **state)
{
	struct note note = { "" };

	(void)state;
	assert_int_equal(tp_open("nfc:", &tp, &note), ERR_CONF);
	assert_null(tp);
	assert_int_equal(tp_open("nfc:pn532_uart", &tp, &note), ERR_CONF);
	assert_non_null(strstr(note.text, "nothing is searched for"));
}

/* The first wait says that there is none, the next ones wait. */
static void
no_device(void **state)
{
	enum tp_event ev = TP_CARD;

	(void)state;
	open_conn("pn532_uart:/dev/shikaku-none");
	assert_int_equal(tp_wait(tp, 1000, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_READER);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
	assert_int_equal(tp_begin(tp), ERR_NO_READER);
	assert_non_null(strstr(tp->note.text, "/dev/shikaku-none"));
}

static void
cancelled(void **state)
{
	enum tp_event ev;

	(void)state;
	open_conn("pn532_uart:/dev/shikaku-none");
	tp_cancel(tp);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_CANCELLED);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	tp_cancel(tp);
	tp_cancel(tp);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_CANCELLED);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
}

/* A file in the place of a device is not written to. */
static void
not_a_device(void **state)
{
	char path[] = "/tmp/shikaku-nfc-XXXXXX", conn[64];
	enum tp_event ev;
	int fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	snprintf(conn, sizeof(conn), "pn532_uart:%s", path);
	open_conn(conn);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_CONF);
	assert_non_null(strstr(tp->note.text, "not a device"));
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(fd);
	unlink(path);
}

/* Takes bytes, is no serial line. */
static void
not_a_line(void **state)
{
	enum tp_event ev;

	(void)state;
	open_conn("pn532_uart:/dev/null");
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_READER_FAULT);
	assert_int_equal(tp_begin(tp), ERR_READER_FAULT);
	assert_non_null(strstr(tp->note.text, "no reader chip answers"));
}

/* --- a chip: fake-pn532 with a card that has no content --- */

#define CHIP_S	15

static char dir[] = "/tmp/shikaku-nfc-XXXXXX";
static pid_t chip = -1;

static int
make_dir(void **state)
{
	char path[sizeof(dir) + 16];
	FILE *f;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/card.conf", dir);
	if ((f = fopen(path, "we")) == NULL)
		return (-1);
	fputs("first_6f00 = 0\n", f);
	fclose(f);
	return (0);
}

static int
remove_dir(void **state)
{
	static const char *const files[] = { "card.conf", "line", "ready" };
	char path[sizeof(dir) + 16];

	(void)state;
	for (size_t i = 0; i < LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	return (rmdir(dir));
}

static void
stop_chip(void)
{
	if (chip == -1)
		return;
	kill(chip, SIGTERM);
	waitpid(chip, NULL, 0);
	chip = -1;
}

/* setting: "--absent", or "--fault=..."; the transport is open then. */
static void
start_chip(const char *setting)
{
	char line[sizeof(dir) + 8], ready[sizeof(dir) + 8], conn[128];
	int64_t until = clock_ms() + CHIP_S * 1000;

	snprintf(line, sizeof(line), "%s/line", dir);
	snprintf(ready, sizeof(ready), "%s/ready", dir);
	(void)unlink(ready);
	if ((chip = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		execl(TEST_BIN "/fake-pn532", "fake-pn532", "--card", dir,
		    "--link", line, "--ready-file", ready, setting,
		    (char *)NULL);
		_exit(127);
	}
	assert_int_not_equal(chip, -1);
	while (access(ready, F_OK) != 0 && clock_ms() < until)
		clock_sleep(5);
	assert_int_equal(access(ready, F_OK), 0);
	snprintf(conn, sizeof(conn), "pn532_uart:%s", line);
	open_conn(conn);
}

static int
end_chip(void **state)
{
	(void)end_tp(state);
	stop_chip();
	return (0);
}

static const uint8_t select_mf[] = { 0x00, 0xa4, 0x00, 0x00, 0x02, 0x3f,
    0x00 };

static enum err
ask(int ms, size_t *n)
{
	uint8_t rx[TP_RX_SHORT];

	*n = sizeof(rx);
	return (tp_xfer(tp, select_mf, sizeof(select_mf), rx, n, ms));
}

static void
take_card(void)
{
	enum tp_event ev = TP_NO_CARD;

	assert_int_equal(tp_wait(tp, 5000, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
}

static void
sizes_and_atr(void **state)
{
	static const uint8_t atr[] = { 0x3b, 0x88, 0x80, 0x01, 0x00, 0x00,
	    0x05, 0xe0, 0xb3, 0x81, 0xa1, 0x00, 0x7f };
	uint8_t tx[263] = { 0x00, 0xb0 }, rx[TP_RX_SHORT];
	size_t n;

	(void)state;
	start_chip("first_6f00=0");
	take_card();
	assert_int_equal(tp->caps.tx_max, 262);
	assert_int_equal(tp->caps.rx_max, 258);
	assert_int_equal(tp->caps.atrlen, sizeof(atr));
	assert_memory_equal(tp->caps.atr, atr, sizeof(atr));
	/* One more than libnfc's buffer takes does not reach it. */
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, tx, 263, rx, &n, 1000), ERR_TOOBIG);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, tx, 262, rx, &n, 1000), ERR_OK);
	assert_int_equal(n, 2);
	n = 257;
	assert_int_equal(tp_xfer(tp, tx, 5, rx, &n, 1000), ERR_TOOBIG);
	assert_int_equal(ask(0, &n), ERR_OK);
}

/* Its time is the caller's, and the late reply is nobody's answer. */
static void
late_reply(void **state)
{
	size_t n;

	(void)state;
	start_chip("--fault=late@2=700");
	take_card();
	assert_int_equal(ask(5000, &n), ERR_OK);
	assert_int_equal(ask(200, &n), ERR_CARD_MUTE);
	assert_int_equal(ask(200, &n), ERR_CARD_MUTE);
	assert_non_null(strstr(tp->note.text, "NFC_ETIMEOUT"));
	tp_end(tp);
	assert_int_equal(tp->uncut, 0);
	for (int i = 0; i < 10; i++) {
		take_card();
		assert_int_equal(ask(1000, &n), ERR_OK);
		tp_end(tp);
	}
}

/* Longer than libnfc's own 350 ms, as a signature is. */
static void
slow_reply(void **state)
{
	size_t n;

	(void)state;
	start_chip("--fault=late@1=600");
	take_card();
	assert_int_equal(ask(5000, &n), ERR_OK);
	assert_int_equal(n, 2);
}

static void
dead_chip(void **state)
{
	enum tp_event ev;
	size_t n;

	(void)state;
	start_chip("--fault=dead@1");
	take_card();
	assert_int_equal(ask(200, &n), ERR_READER_HUNG);
	tp_end(tp);
	assert_int_equal(tp->uncut, 1);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_READER_FAULT);
}

/* The line itself goes, as an adapter that is pulled out. */
static void
no_line(void **state)
{
	enum tp_event ev;
	size_t n;

	(void)state;
	start_chip("first_6f00=0");
	take_card();
	stop_chip();
	assert_int_equal(ask(1000, &n), ERR_NO_READER);
	tp_end(tp);
	assert_int_equal(tp_wait(tp, 1000, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_READER);
}

static void
not_ours(void **state)
{
	enum tp_event ev;
	enum err r;

	(void)state;
	if (geteuid() != 0)
		skip();
	start_chip("first_6f00=0");
	assert_int_equal(seteuid(65534), 0);
	r = tp_wait(tp, 0, &ev);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(r, ERR_DEVICE_DENIED);
	take_card();
}

static void *
cancel_soon(void *arg)
{
	(void)arg;
	clock_sleep(20);	/* before the search or amid it: both count */
	tp_cancel(tp);
	return (NULL);
}

static void
cancelled_search(void **state)
{
	enum tp_event ev;
	pthread_t other;

	(void)state;
	start_chip("--absent");
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(tp_begin(tp), ERR_NO_CARD);
	assert_int_equal(pthread_create(&other, NULL, cancel_soon, NULL), 0);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_CANCELLED);
	pthread_join(other, NULL);
	kill(chip, SIGUSR2);
	take_card();
}

/* Seen as it comes and goes; what was said is not said again. */
static void
comes_and_goes(void **state)
{
	enum tp_event ev;
	size_t n;

	(void)state;
	start_chip("--absent");
	assert_int_equal(tp_wait(tp, 5000, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
	kill(chip, SIGUSR2);
	take_card();
	assert_int_equal(tp_begin(tp), ERR_SEQUENCE);
	kill(chip, SIGUSR1);
	while (ask(1000, &n) == ERR_OK)
		;
	assert_int_equal(ask(1000, &n), ERR_TORN);
	tp_end(tp);
	assert_int_equal(tp_wait(tp, 5000, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
}

int
main(void)
{
	static const struct CMUnitTest singles[] = {
		cmocka_unit_test(conn_too_long),
		cmocka_unit_test_teardown(refused_string, end_tp),
		cmocka_unit_test_teardown(no_device, end_tp),
		cmocka_unit_test_teardown(cancelled, end_tp),
		cmocka_unit_test_teardown(not_a_device, end_tp),
		cmocka_unit_test_teardown(not_a_line, end_tp),
		cmocka_unit_test_teardown(sizes_and_atr, end_chip),
		cmocka_unit_test_teardown(late_reply, end_chip),
		cmocka_unit_test_teardown(slow_reply, end_chip),
		cmocka_unit_test_teardown(dead_chip, end_chip),
		cmocka_unit_test_teardown(no_line, end_chip),
		cmocka_unit_test_teardown(not_ours, end_chip),
		cmocka_unit_test_teardown(cancelled_search, end_chip),
		cmocka_unit_test_teardown(comes_and_goes, end_chip),
	};
	struct CMUnitTest all[LEN(conn_rows) + LEN(code_rows) +
	    LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(conn_rows); i++)
		all[n++] = (struct CMUnitTest){ .name = conn_rows[i].text,
		    .test_func = conn_row,
		    .initial_state = (void *)(uintptr_t)&conn_rows[i] };
	for (size_t i = 0; i < LEN(code_rows); i++)
		all[n++] = (struct CMUnitTest){ .name = code_rows[i].name,
		    .test_func = code_row,
		    .initial_state = (void *)(uintptr_t)&code_rows[i] };
	memcpy(all + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(all, make_dir, remove_dir));
}
