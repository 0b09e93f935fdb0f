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

#include "base/buf.h"
#include "driver/redact.h"
#include "driver/transport.h"
#include "driver_fake_tp.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/record.XXXXXX";
static char script[64], out[64];

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

/* --- what is left of a command and its answer --- */

static const struct redact_row {
	const char	*name, *tx, *rx, *command, *answer;
} redact_rows[] = {
	{ "SELECT of an application", "00A4040C 03 D392F0", "9000",
	    "> 00 A4 04 0C 03 D3 92 F0", "< 90 00" },
	{ "SELECT of a file", "00A4020C 02 0018", "6A82",
	    "> 00 A4 02 0C 02 00 18", "< 6A 82" },
	{ "SELECT and what it tells", "00A40400 01 D3 00", "6F03840111 9000",
	    "> 00 A4 04 00 01 D3 00", "< ~5 90 00" },
	{ "SELECT with more than a name",
	    "00A40400 11 0102030405060708090A0B0C0D0E0F1011", "9000",
	    "> 00 A4 04 00 11 ~17", "< 90 00" },
	{ "class FF is no SELECT", "FFA40400 02 3132", "9000",
	    "> FF A4 04 00 02 ~2", "< 90 00" },
	{ "VERIFY", "00200080 04 31323334", "63C2",
	    "> 00 20 00 80 04 ~4", "< 63 C2" },
	{ "empty VERIFY", "00200080", "63C3", "> 00 20 00 80", "< 63 C3" },
	{ "signature", "802A0080 02 A1B2 00", "C1C2C3 9000",
	    "> 80 2A 00 80 02 ~2 00", "< ~3 90 00" },
	{ "beginning of a certificate", "00B00000 00", "3082063C A0A1 9000",
	    "> 00 B0 00 00 00", "< 30 82 06 3C ~2 90 00" },
	{ "beginning of the attributes", "00B00000 07", "FF2031DF2106A1 9000",
	    "> 00 B0 00 00 07", "< FF 20 31 ~4 90 00" },
	{ "the same by a short name", "00B08200 07", "FF2031DF2106A1 9000",
	    "> 00 B0 82 00 07", "< FF 20 31 ~4 90 00" },
	{ "length of one byte more", "00B00000 07", "FF2081C1DF2106 9000",
	    "> 00 B0 00 00 07", "< FF 20 81 C1 ~3 90 00" },
	{ "further in the file: no head", "00B00100 04", "3082063C 9000",
	    "> 00 B0 01 00 04", "< ~4 90 00" },
	{ "one byte further", "00B00001 04", "3082063C 9000",
	    "> 00 B0 00 01 04", "< ~4 90 00" },
	{ "further, by a short name", "00B08204 04", "3082063C 9000",
	    "> 00 B0 82 04 04", "< ~4 90 00" },
	{ "a value, not a frame: number", "00B00000 04", "10024142 9000",
	    "> 00 B0 00 00 04", "< ~4 90 00" },
	{ "a text: nothing kept", "00B00000 04", "4A504B49 9000",
	    "> 00 B0 00 00 04", "< ~4 90 00" },
	{ "a tag without an end", "00B00000 04", "FFA0A0A0 9000",
	    "> 00 B0 00 00 04", "< ~4 90 00" },
	{ "beginning of a card-verifiable certificate", "00B00000 08",
	    "7F218202335F4E82 9000", "> 00 B0 00 00 08",
	    "< 7F 21 82 02 33 ~3 90 00" },
	{ "an empty file's FF", "00B00000 04", "FFFFFFFF 9000",
	    "> 00 B0 00 00 04", "< ~4 90 00" },
	{ "digits: nothing kept", "00B00000 04", "31323334 9000",
	    "> 00 B0 00 00 04", "< ~4 90 00" },
	{ "kana: nothing kept", "00B00000 06", "E38182E38184 9000",
	    "> 00 B0 00 00 06", "< ~6 90 00" },
	{ "kanji: nothing kept", "00B00000 06", "E8B387E6A0BC 9000",
	    "> 00 B0 00 00 06", "< ~6 90 00" },
	{ "a private tag, long", "00B00000 06", "FF20830102A1 9000",
	    "> 00 B0 00 00 06", "< ~6 90 00" },
	{ "a private tag of three bytes", "00B00000 06", "FFA02001A1A2 9000",
	    "> 00 B0 00 00 06", "< ~6 90 00" },
	{ "a small SEQUENCE", "00B00000 04", "30023132 9000",
	    "> 00 B0 00 00 04", "< ~4 90 00" },
	{ "a length of four bytes", "00B00000 06", "308401020304 9000",
	    "> 00 B0 00 00 06", "< ~6 90 00" },
	{ "a length without an end", "00B00000 03", "308206 9000",
	    "> 00 B0 00 00 03", "< ~3 90 00" },
	{ "an indefinite length", "00B00000 03", "308006 9000",
	    "> 00 B0 00 00 03", "< ~3 90 00" },
	{ "one byte", "00B00000 01", "30 9000", "> 00 B0 00 00 01",
	    "< ~1 90 00" },
	{ "the reader's own number of a card", "FFB00000 04",
	    "3082063C 9000", "> FF B0 00 00 04", "< ~4 90 00" },
	{ "extended read", "00B00000 001000", "3082063C 9000",
	    "> 00 B0 00 00 00 10 00", "< 30 82 06 3C 90 00" },
	{ "extended data", "00D60000 000002 A1B2 0100", "9000",
	    "> 00 D6 00 00 00 00 02 ~2 01 00", "< 90 00" },
	{ "malformed: header only", "00200080 09 31323334", "6700",
	    "> 00 20 00 80 ~5", "< 67 00" },
	{ "malformed SELECT", "00A40400 09 31323334", "6700",
	    "> 00 A4 04 00 ~5", "< 67 00" },
	{ "other instruction", "00CA0000 00", "A1B2 9000",
	    "> 00 CA 00 00 00", "< ~2 90 00" },
	{ "data with a refusal", "00CA0000 00", "A1B2 6A82",
	    "> 00 CA 00 00 00", "< ~2 6A 82" },
};

static void
redact_row(void **state)
{
	const struct redact_row *row = *state;
	uint8_t tx[64] = { 0 }, rx[64] = { 0 };
	size_t txlen = unhex(row->tx, tx), rxlen = unhex(row->rx, rx);
	struct blob b = { 0 };

	assert_int_equal(redact_command(&b, tx, txlen), ERR_OK);
	assert_string_equal(blob_str(&b), row->command);
	blob_reset(&b);
	assert_int_equal(redact_answer(&b, tx, txlen, rx, rxlen), ERR_OK);
	assert_string_equal(blob_str(&b), row->answer);
	blob_free(&b);
}

/* --- what is left of an ATR --- */

static const struct atr_row {
	const char	*name, *atr, *want;
} atr_rows[] = {
	{ "contactless, application data", "3B888001 0102030405060708 01",
	    "3B888001 0000000000000000 09" },
	{ "compact TLV: capabilities stay",
	    "3B8D8001 80 3144 73 FE2140 65 0102030405 00",
	    "3B8D8001 80 3100 73 FE2140 65 0000000000 34" },
	{ "a length past the end", "3B858001 80 310273 39 00",
	    "3B858001 80 310000 00 B5" },
	{ "no historical bytes", "3B80800101", "3B80800101" },
	{ "T=0 only: no TCK", "3B02 3132", "3B02 0000" },
	{ "interface bytes stay", "3BE000FF8131FE4514",
	    "3BE000FF8131FE4514" },
	{ "cut in the interface bytes", "3BF031", "3B0000" },
	{ "cut in the historical bytes", "3B0F313233", "3B00000000" },
	{ "more than it says", "3B01 31 323334", "3B01 00 000001" },
	{ "one byte", "3B", "3B" },
};

static void
atr_row(void **state)
{
	const struct atr_row *row = *state;
	uint8_t atr[64] = { 0 }, want[64] = { 0 }, got[64];
	size_t n = unhex(row->atr, atr);

	memset(got, 0xa5, sizeof(got));
	redact_atr(atr, n, got);
	assert_int_equal(unhex(row->want, want), n);
	for (size_t i = 0; i < n; i++)
		if (got[i] != want[i])
			fail_msg("byte %zu: %02X, not %02X", i, got[i],
			    want[i]);
	assert_int_equal(got[n], 0xa5);
}

/* --- the file --- */

static void
write_script(const char *text)
{
	FILE *fp = fopen(script, "w");

	assert_non_null(fp);
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}

static struct tp *
open_over(const char *kind, const char *first, const char *second)
{
	struct note note = { "" };
	char conf[200];
	struct tp *tp;

	snprintf(conf, sizeof(conf), "%s:%s%s%s", kind, first,
	    second == NULL ? "" : ":replay:", second == NULL ? "" : second);
	if (tp_open(conf, &tp, &note) != ERR_OK)
		fail_msg("%s", note.text);
	return (tp);
}

/* The recording without the ends of its lines, where the times are. */
static struct blob
read_lines(void)
{
	struct blob b = { 0 }, lines = { 0 };
	char *text, *s;

	assert_int_equal(blob_read_file(&b, out, 1 << 21), ERR_OK);
	text = (char *)b.data;
	while ((s = strsep(&text, "\n")) != NULL) {
		s[strcspn(s, "\t")] = '\0';
		if (*s != '\0' && strncmp(s, "# shikaku-reader ", 17) != 0)
			assert_int_equal(blob_printf(&lines, "%s\n", s),
			    ERR_OK);
	}
	blob_free(&b);
	return (lines);
}

static const uint8_t sel[] = { 0, 0xa4, 4, 0x0c, 2, 0xa1, 0xb2 };
static const uint8_t read4[] = { 0, 0xb0, 0, 0, 4 };
static const uint8_t pin[] = { 0, 0x20, 0, 0x80, 4, 0x31, 0x32, 0x33, 0x34 };

/* What any of the transports of this file is asked to do. */
static void
visit(struct tp *tp, int begins)
{
	uint8_t rx[3][TP_RX_SHORT];
	struct tp_step steps[3] = {
	    { sel, sizeof(sel), rx[0], sizeof(rx[0]), 0x9000, 1, 0 },
	    { read4, sizeof(read4), rx[1], sizeof(rx[1]), 0x9000, 1, 0 },
	    { pin, sizeof(pin), rx[2], sizeof(rx[2]), 0x9000, 1, 0 } };
	enum tp_event ev;
	size_t done;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
		assert_int_equal(ev, TP_CARD);
	}
	assert_int_equal(tp_begin(tp), ERR_READER_BUSY);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp_script(tp, steps, 3, &done), ERR_TORN);
	assert_int_equal(done, 2);
	assert_int_equal(steps[1].rxlen, 6);
	tp_end(tp);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, begins ? TP_CARD : TP_NO_READER);
}

#define STORY								\
	"wait card\n"							\
	"begin\n"							\
	"! READER_BUSY\n"						\
	"begin 261 258 3B 80 80 01 01\n"				\
	"> 00 A4 04 0C 02 A1 B2\n"					\
	"< 90 00\n"							\
	"> 00 B0 00 00 04\n"						\
	"< %s 90 00\n"							\
	"> 00 20 00 80 04 ~4\n"						\
	"! TORN\n"							\
	"end\n"								\
	"wait noreader\n"

static void
record_and_replay(void **state)
{
	char text[512], want[512];
	struct stat st;
	struct blob b;
	struct tp *tp;

	(void)state;
	snprintf(text, sizeof(text), STORY, "31 32 33 34");
	snprintf(want, sizeof(want), STORY, "~4");
	write_script(text);
	tp = open_over("record", out, script);
	visit(tp, 0);
	tp_close(&tp);
	b = read_lines();
	assert_memory_equal(blob_str(&b), "# replay:", 9);
	assert_string_equal(strchr(blob_str(&b), '\n') + 1, want);
	assert_null(strstr(blob_str(&b), "31 32"));
	blob_free(&b);
	assert_int_equal(stat(out, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	tp = open_over("replay", out, NULL);
	visit(tp, 0);
	tp_close(&tp);
	/* A recording of a recording is the same. */
	assert_int_equal(rename(out, script), 0);
	tp = open_over("record", out, script);
	visit(tp, 0);
	tp_close(&tp);
	b = read_lines();
	assert_string_equal(strchr(blob_str(&b), '\n') + 1, want);
	blob_free(&b);
}

/* The recording's way with the card's data; where they differ, the
 * recording's answer. */
static void
overlay(void **state)
{
	uint8_t rx[TP_RX_SHORT];
	enum tp_event ev;
	struct tp *tp;
	FILE *fp;
	size_t n;

	(void)state;
	write_script("wait card\nbegin 300 400 3B 00\n> 00B00000 04\n"
	    "< ~4 9000\n> 00B00000 04\n< ~3 9000\n> 00B00000 04\n< 6700\n"
	    "> 00B00000 04\n! CARD_MUTE\n> 00B00000 04\n< ~4 9000\nend\n");
	assert_non_null(fp = fopen(out, "w"));
	fputs("wait nocard\nwait card\n", fp);
	for (int i = 0; i < 3; i++)
		fputs("> 00B00000 04\n< 31323334 9000\n", fp);
	fputs("> 00B00000 04\n! NO_CARD\n", fp);
	fclose(fp);
	tp = open_over("overlay", script, out);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp->caps.tx_max, 300);
	assert_int_equal(tp->caps.atrlen, 2);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, read4, sizeof(read4), rx, &n, 1), ERR_OK);
	assert_int_equal(n, 6);
	assert_memory_equal(rx, "1234\x90\0", 6);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, read4, sizeof(read4), rx, &n, 1), ERR_OK);
	assert_int_equal(n, 5);
	assert_memory_equal(rx, "\0\0\0\x90\0", 5);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, read4, sizeof(read4), rx, &n, 1), ERR_OK);
	assert_memory_equal(rx, "\x67\0", 2);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, read4, sizeof(read4), rx, &n, 1),
	    ERR_CARD_MUTE);
	/* The card of the tests is gone, that of the recording is not. */
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, read4, sizeof(read4), rx, &n, 1), ERR_OK);
	assert_memory_equal(rx, "\0\0\0\0\x90\0", 6);
	tp_end(tp);
	tp_close(&tp);
}

/* It stops at what a replay takes, between two exchanges. */
static void
full(void **state)
{
	uint8_t rx[TP_RX_SHORT];
	struct stat st;
	struct blob b = { 0 };
	struct tp *tp;
	FILE *fp;
	size_t n;

	(void)state;
	assert_non_null(fp = fopen(out, "w"));
	for (size_t i = 0; i < (1u << 20) - 400; i++)
		fputc(i % 64 == 63 ? '\n' : '#', fp);
	fputc('\n', fp);
	fclose(fp);
	assert_non_null(fp = fopen(script, "w"));
	for (int i = 0; i < 100; i++)
		fputs("> 00B00000 04\n< 31323334 9000\n", fp);
	fclose(fp);
	tp = open_over("record", out, script);
	assert_int_equal(tp_begin(tp), ERR_OK);
	for (int i = 0; i < 100; i++) {
		n = sizeof(rx);
		assert_int_equal(tp_xfer(tp, read4, sizeof(read4), rx, &n, 1),
		    ERR_OK);
	}
	tp_close(&tp);
	assert_int_equal(stat(out, &st), 0);
	assert_true(st.st_size <= 1 << 20);
	assert_int_equal(blob_read_file(&b, out, 1 << 20), ERR_OK);
	assert_non_null(strstr(blob_str(&b), "# full"));
	assert_string_equal(strchr(strstr(blob_str(&b), "# full"), '\n'),
	    "\n");
	blob_free(&b);
	tp = open_over("replay", out, NULL);
	tp_close(&tp);
}

/* How every wrapper of journal.h begins. */
struct wrapper {
	struct tp	 tp;
	struct tp	*inner;
};

/* What a reader shows and could not do passes through what writes along. */
static void
passes_through(void **state)
{
	static const char *const kinds[] = { "record", "trace" };
	struct wrapper *w;
	struct fake f;
	struct tp *tp;

	(void)state;
	write_script("wait card\n");
	for (size_t i = 0; i < LEN(kinds); i++) {
		fake_init(&f);
		f.light = 1;
		tp = open_over(kinds[i], out, script);
		w = (struct wrapper *)tp;
		tp_close(&w->inner);
		w->inner = &f.tp;
		assert_int_equal(tp_begin(tp), ERR_OK);
		assert_int_equal(tp->caps.can_signal, 1);
		tp_signal(tp, TP_SIGNAL_REMOVE);
		assert_int_equal(f.signals, 1);
		assert_int_equal(f.signal, TP_SIGNAL_REMOVE);
		f.tp.uncut = 1;
		tp_end(tp);
		assert_int_equal(f.ends, 1);
		assert_int_equal(tp->uncut, 1);
		assert_int_equal(tp_begin(tp), ERR_OK);
		f.tp.uncut = 0;
		tp_end(tp);
		assert_int_equal(tp->uncut, 0);
		tp_close(&tp);
		assert_int_equal(f.closes, 1);
	}
}

static const struct bad_row {
	const char	*name, *conf;
} bad_rows[] = {
	{ "record alone", "record:" },
	{ "record without a reader", "record:/tmp/x" },
	{ "record without a file", "record::replay:/dev/null" },
	{ "record of nothing known", "record:/tmp/x:none:" },
	{ "record into a folder", "record:/tmp:replay:/dev/null" },
	{ "record nowhere", "record:/nonexistent/x:replay:/dev/null" },
	{ "overlay alone", "overlay:" },
	{ "overlay without a reader", "overlay:/dev/null" },
	{ "overlay without a file", "overlay::replay:/dev/null" },
	{ "overlay of no file", "overlay:/nonexistent:replay:/dev/null" },
	{ "overlay over nothing known", "overlay:/dev/null:none:" },
};

static void
bad_row(void **state)
{
	const struct bad_row *row = *state;
	struct note note = { "" };
	struct tp *tp;

	assert_int_equal(tp_open(row->conf, &tp, &note), ERR_CONF);
	assert_null(tp);
	assert_string_not_equal(note.text, "");
}

static void
through_a_link(void **state)
{
	struct note note = { "" };
	char conf[200];
	struct tp *tp;

	(void)state;
	assert_int_equal(symlink(script, out), 0);
	snprintf(conf, sizeof(conf), "record:%s:replay:/dev/null", out);
	assert_int_equal(tp_open(conf, &tp, &note), ERR_CONF);
	assert_null(tp);
}

static int
fresh(void **state)
{
	(void)state;
	unlink(out);
	unlink(script);
	return (0);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(script, sizeof(script), "%s/script", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	return (0);
}

static int
tear_down(void **state)
{
	(void)fresh(state);
	return (rmdir(dir));
}

#define ROWS(rows, test)						\
	for (size_t i = 0; i < LEN(rows); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,	\
		    .test_func = test, .setup_func = fresh,		\
		    .initial_state = (void *)(uintptr_t)&rows[i] }

int
main(void)
{
	static const struct CMUnitTest single[] = {
		cmocka_unit_test_setup(record_and_replay, fresh),
		cmocka_unit_test_setup(overlay, fresh),
		cmocka_unit_test_setup(full, fresh),
		cmocka_unit_test_setup(passes_through, fresh),
		cmocka_unit_test_setup(through_a_link, fresh),
	};
	struct CMUnitTest tests[LEN(redact_rows) + LEN(atr_rows) +
	    LEN(bad_rows) + LEN(single)];
	size_t n = 0;

	ROWS(redact_rows, redact_row);
	ROWS(atr_rows, atr_row);
	ROWS(bad_rows, bad_row);
	for (size_t i = 0; i < LEN(single); i++)
		tests[n++] = single[i];
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
