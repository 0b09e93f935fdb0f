#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <winscard.h>
#include <reader.h>

#include "driver/transport.h"

/*
 * The driver over a PC/SC of our own: these functions come before those of
 * libpcsclite.  Its readers are on USB by a sysfs of our own, so that the
 * quirks of real makes are in force; no such reader was here.
 */
#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define BUS	1
#define DEVICE	7
#define CARD	9
#define FEATURE	0x42330012
#define SENT	8

static char dir[] = "/tmp/light.XXXXXX";

static struct {
	const char	*names;		/* each ended by 0, and an empty one */
	uint32_t	 declared;	/* dwMaxAPDUDataSize */
	LONG		 transmit;
	uint8_t		 sw;
	uint8_t		 sent[SENT][16];
	size_t		 len[SENT], n;
	char		 connected[TP_READER_NAME];
} pcsc;

LONG
SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT c)
{
	(void)scope;
	(void)a;
	(void)b;
	*c = 1;
	return (SCARD_S_SUCCESS);
}

LONG
SCardReleaseContext(SCARDCONTEXT c)
{
	(void)c;
	return (SCARD_S_SUCCESS);
}

LONG
SCardListReaders(SCARDCONTEXT c, LPCSTR groups, LPSTR out, LPDWORD len)
{
	const char *s = pcsc.names;
	size_t n = 1;
	char *copy;

	(void)c;
	(void)groups;
	while (*s != '\0') {
		n += strlen(s) + 1;
		s += strlen(s) + 1;
	}
	copy = malloc(n);
	assert_non_null(copy);
	memcpy(copy, pcsc.names, n);
	memcpy(out, &copy, sizeof(copy));
	*len = (DWORD)n;
	return (SCARD_S_SUCCESS);
}

LONG
SCardFreeMemory(SCARDCONTEXT c, LPCVOID p)
{
	(void)c;
	free((void *)(uintptr_t)p);
	return (SCARD_S_SUCCESS);
}

LONG
SCardConnect(SCARDCONTEXT c, LPCSTR name, DWORD share, DWORD protocols,
    LPSCARDHANDLE card, LPDWORD protocol)
{
	(void)c;
	(void)share;
	(void)protocols;
	snprintf(pcsc.connected, sizeof(pcsc.connected), "%s", name);
	*card = CARD;
	*protocol = SCARD_PROTOCOL_T1;
	return (SCARD_S_SUCCESS);
}

LONG
SCardDisconnect(SCARDHANDLE card, DWORD how)
{
	(void)how;
	assert_int_equal(card, CARD);
	return (SCARD_S_SUCCESS);
}

LONG
SCardBeginTransaction(SCARDHANDLE card)
{
	(void)card;
	return (SCARD_S_SUCCESS);
}

LONG
SCardEndTransaction(SCARDHANDLE card, DWORD how)
{
	(void)card;
	(void)how;
	return (SCARD_S_SUCCESS);
}

LONG
SCardStatus(SCARDHANDLE card, LPSTR name, LPDWORD namelen, LPDWORD state,
    LPDWORD protocol, LPBYTE atr, LPDWORD atrlen)
{
	(void)card;
	(void)name;
	(void)namelen;
	(void)state;
	(void)protocol;
	memset(atr, 0x3b, 4);
	*atrlen = 4;
	return (SCARD_S_SUCCESS);
}

LONG
SCardGetAttrib(SCARDHANDLE card, DWORD id, LPBYTE out, LPDWORD len)
{
	const uint32_t channel = 0x0020 << 16 | BUS << 8 | DEVICE;

	(void)card;
	if (id != SCARD_ATTR_CHANNEL_ID)
		return (SCARD_E_UNSUPPORTED_FEATURE);
	memcpy(out, &channel, sizeof(channel));
	*len = sizeof(channel);
	return (SCARD_S_SUCCESS);
}

LONG
SCardControl(SCARDHANDLE card, DWORD code, LPCVOID in, DWORD inlen,
    LPVOID out, DWORD room, LPDWORD n)
{
	const uint8_t feature[] = { FEATURE_GET_TLV_PROPERTIES, 4,
	    FEATURE >> 24, FEATURE >> 16 & 0xff, FEATURE >> 8 & 0xff,
	    FEATURE & 0xff };
	const uint8_t size[] = { PCSCv2_PART10_PROPERTY_dwMaxAPDUDataSize, 4,
	    pcsc.declared & 0xff, pcsc.declared >> 8 & 0xff,
	    pcsc.declared >> 16 & 0xff, 0 };

	(void)card;
	(void)in;
	(void)inlen;
	assert_true(room >= sizeof(size));
	memcpy(out, code == FEATURE ? size : feature, sizeof(size));
	*n = sizeof(size);
	return (SCARD_S_SUCCESS);
}

LONG
SCardTransmit(SCARDHANDLE card, const SCARD_IO_REQUEST *pci, LPCBYTE tx,
    DWORD txlen, SCARD_IO_REQUEST *back, LPBYTE rx, LPDWORD rxlen)
{
	(void)card;
	(void)pci;
	(void)back;
	assert_true(pcsc.n < SENT && txlen <= sizeof(pcsc.sent[0]));
	memcpy(pcsc.sent[pcsc.n], tx, txlen);
	pcsc.len[pcsc.n++] = txlen;
	assert_true(*rxlen >= TP_RX_SHORT);
	rx[0] = pcsc.sw;
	rx[1] = 0x02;		/* which lights are on */
	*rxlen = 2;
	return (pcsc.transmit);
}

/* --- a sysfs --- */

static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/bus/usb/devices/1-2/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", text);
	fclose(f);
}

static void
plug(const char *vid, const char *pid)
{
	put("idVendor", vid);
	put("idProduct", pid);
	put("busnum", "1");
	put("devnum", "7");
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

/* --- sizes by make --- */

static const struct size_row {
	const char	*name, *vid, *pid, *conf;
	uint32_t	 declared;
	size_t		 tx, rx;
	int		 light;
} sizes[] = {
	{ "ACR122U declares it, and is short", "072f", "2200", "pcsc:R", 65536,
	    TP_TX_SHORT, TP_RX_SHORT, 1 },
	{ "... unless the site says so", "072f", "2200", "pcsc:ext,R", 0,
	    TP_TX_EXT, TP_RX_EXT, 1 },
	{ "ACR1252U", "072f", "223b", "pcsc:R", 65536, TP_TX_SHORT,
	    TP_RX_SHORT, 0 },
	{ "RC-S300 as it declares, within a message", "054c", "0dc9",
	    "pcsc:R", 65536, 512, 512, 0 },
	{ "RC-S300 that declares less", "054c", "0dc9", "pcsc:R", 400, 409,
	    402, 0 },
	{ "a message smaller than a short answer", "096e", "0608", "pcsc:R",
	    65536, 261, 261, 0 },
	{ "unknown make as it declares", "1234", "5678", "pcsc:R", 65536,
	    TP_TX_EXT, TP_RX_EXT, 0 },
	{ "unknown make that declares nothing", "1234", "5678", "pcsc:R", 0,
	    TP_TX_SHORT, TP_RX_SHORT, 0 },
};

static void
size_row(void **state)
{
	const struct size_row *row = *state;
	struct tp *tp;

	memset(&pcsc, 0, sizeof(pcsc));
	pcsc.names = "R 00 00\0";
	pcsc.declared = row->declared;
	plug(row->vid, row->pid);
	tp = open_reader(row->conf);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp->caps.tx_max, row->tx);
	assert_int_equal(tp->caps.rx_max, row->rx);
	assert_int_equal(tp->caps.can_signal, row->light);
	tp_signal(tp, TP_SIGNAL_READ);
	assert_int_equal(pcsc.n, row->light);
	tp_close(&tp);
}

/* --- light and buzzer --- */

static void
check_sent(size_t i, uint8_t p2, uint8_t times, uint8_t buzzer)
{
	const uint8_t want[] = { 0xff, 0x00, 0x40, p2, 4, times > 0,
	    times > 0, times, buzzer };

	assert_true(i < pcsc.n);
	assert_int_equal(pcsc.len[i], sizeof(want));
	assert_memory_equal(pcsc.sent[i], want, sizeof(want));
}

static void
signals_are_commands_of_the_reader(void **state)
{
	struct tp *tp;

	(void)state;
	memset(&pcsc, 0, sizeof(pcsc));
	pcsc.names = "R 00 00\0";
	pcsc.sw = 0x90;
	plug("072f", "2200");
	tp = open_reader("pcsc:R");
	tp_signal(tp, TP_SIGNAL_READ);
	assert_int_equal(pcsc.n, 0);
	assert_int_equal(tp_begin(tp), ERR_OK);
	tp_signal(tp, TP_SIGNAL_READ);
	tp_signal(tp, TP_SIGNAL_REMOVE);
	tp_signal(tp, TP_SIGNAL_FAILED);
	/* Green stays; green and a tone; red and three tones. */
	check_sent(0, 0x0e, 0, 0);
	check_sent(1, 0xae, 1, 1);
	check_sent(2, 0x5d, 3, 1);
	tp_end(tp);
	tp_signal(tp, TP_SIGNAL_READ);
	assert_int_equal(pcsc.n, 3);
	tp_close(&tp);
}

/* The visit goes on: a card that left is found by its own command. */
static void
a_light_that_fails_is_no_error(void **state)
{
	static const LONG codes[] = { SCARD_W_REMOVED_CARD,
	    SCARD_E_NOT_TRANSACTED, SCARD_S_SUCCESS };
	uint8_t rx[TP_RX_SHORT];
	static const uint8_t tx[] = { 0x00, 0xa4, 0x04, 0x0c };
	size_t n;
	struct tp *tp;

	(void)state;
	memset(&pcsc, 0, sizeof(pcsc));
	pcsc.names = "R 00 00\0";
	pcsc.sw = 0x63;
	plug("072f", "2200");
	tp = open_reader("pcsc:R");
	assert_int_equal(tp_begin(tp), ERR_OK);
	for (size_t i = 0; i < LEN(codes); i++) {
		pcsc.transmit = codes[i];
		tp_signal(tp, TP_SIGNAL_REMOVE);
		assert_string_equal(tp->note.text, "");
	}
	assert_int_equal(tp->stats.apdus, 0);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, tx, sizeof(tx), rx, &n, 1000), ERR_OK);
	tp_close(&tp);
}

/* --- slots --- */

static const struct slot_row {
	const char	*name, *names, *conf, *want;	/* NULL: none */
	enum err	 err;
} slots[] = {
	{ "a SAM's slot is passed over",
	    "ACS ACR1252 [ACR1252 Reader SAM] 01 00\0"
	    "ACS ACR1252 [ACR1252 Reader PICC] 00 00\0", "pcsc:ACR1252",
	    "ACS ACR1252 [ACR1252 Reader PICC] 00 00", ERR_OK },
	{ "... and by any pattern",
	    "ACS ACR1252 [ACR1252 Reader SAM] 01 00\0", "pcsc:*",
	    NULL, ERR_NO_READER },
	{ "... unless it is named in full",
	    "ACS ACR1252 [ACR1252 Reader SAM] 01 00\0",
	    "pcsc:ACS ACR1252 [ACR1252 Reader SAM] 01 00",
	    "ACS ACR1252 [ACR1252 Reader SAM] 01 00", ERR_OK },
	{ "two of them are still two",
	    "ACS ACR1252 [ACR1252 Reader PICC] 00 00\0"
	    "ACS ACR1252 [ACR1252 Reader PICC] 02 00\0", "pcsc:ACR1252",
	    NULL, ERR_READER_AMBIGUOUS },
	{ "SAM in another maker's name is none", "Samsung 00 00\0",
	    "pcsc:Sam", "Samsung 00 00", ERR_OK },
};

static void
slot_row(void **state)
{
	const struct slot_row *row = *state;
	struct tp *tp;

	memset(&pcsc, 0, sizeof(pcsc));
	pcsc.names = row->names;
	plug("072f", "223b");
	tp = open_reader(row->conf);
	assert_int_equal(tp_begin(tp), row->err);
	if (row->want != NULL)
		assert_string_equal(pcsc.connected, row->want);
	tp_close(&tp);
}

static int
set_up(void **state)
{
	static const char *const parts[] = { "bus", "bus/usb",
	    "bus/usb/devices", "bus/usb/devices/1-2" };
	char path[256];

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	for (size_t i = 0; i < LEN(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, parts[i]);
		if (mkdir(path, 0700) != 0)
			return (-1);
	}
	return (setenv("SHIKAKU_SYSFS", dir, 1));
}

static int
tear_down(void **state)
{
	char line[64];

	(void)state;
	snprintf(line, sizeof(line), "rm -rf %s", dir);
	return (system(line));
}

int
main(void)
{
	struct CMUnitTest tests[LEN(sizes) + LEN(slots) + 2] = {
		cmocka_unit_test(signals_are_commands_of_the_reader),
		cmocka_unit_test(a_light_that_fails_is_no_error),
	};
	size_t n = 2;

	for (size_t i = 0; i < LEN(sizes); i++)
		tests[n++] = (struct CMUnitTest){ .name = sizes[i].name,
		    .test_func = size_row,
		    .initial_state = (void *)(uintptr_t)&sizes[i] };
	for (size_t i = 0; i < LEN(slots); i++)
		tests[n++] = (struct CMUnitTest){ .name = slots[i].name,
		    .test_func = slot_row,
		    .initial_state = (void *)(uintptr_t)&slots[i] };
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
