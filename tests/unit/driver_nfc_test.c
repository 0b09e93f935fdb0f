#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

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
	return (cmocka_run_group_tests(all, NULL, NULL));
}
