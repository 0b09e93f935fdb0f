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
#include "driver/transport.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/trace.XXXXXX";
static char script[64], out[64], conf[160];

/* One command, its scripted answer, and the line without its time. */
static const struct row {
	const char	*name, *tx, *answer, *line;
} rows[] = {
	{ "verify", "0020008004 31323334", "< 63C2",
	    "00 20 00 80 Lc=4 -> 63c2 (" },
	{ "case 1", "00200080", "< 63C3", "00 20 00 80 -> 63c3 (" },
	{ "read", "00B00000 04", "< 11223344 9000",
	    "00 b0 00 00 Le=4 -> 4+9000 (" },
	{ "read 256", "00B00000 00", "< 9000",
	    "00 b0 00 00 Le=256 -> 9000 (" },
	{ "select", "00A4040C 02 A1B2", "< 9000",
	    "00 a4 04 0c Lc=2 -> 9000 (" },
	{ "case 4", "802A0080 02 A1B2 00", "< 9000",
	    "80 2a 00 80 Lc=2 Le=256 -> 9000 (" },
	{ "extended read", "00B00000 00 0100", "< 9000",
	    "00 b0 00 00 Le=256 -> 9000 (" },
	{ "extended read of all", "00B00000 00 0000", "< 9000",
	    "00 b0 00 00 Le=65536 -> 9000 (" },
	{ "extended data", "00D60000 00 0002 A1B2", "< 9000",
	    "00 d6 00 00 Lc=2 -> 9000 (" },
	{ "extended both ways", "00D60000 00 0002 A1B2 0100", "< 9000",
	    "00 d6 00 00 Lc=2 Le=256 -> 9000 (" },
	{ "failure", "0020008004 31323334", "! TORN",
	    "00 20 00 80 Lc=4 -> TORN (" },
	{ "Lc past the end", "0020008005 31323334", "< 6700",
	    "00 20 00 80 malformed, 9 bytes -> 6700 (" },
	{ "Lc too small", "0020008001 31323334", "< 6700",
	    "00 20 00 80 malformed, 9 bytes -> 6700 (" },
	{ "extended cut", "00B00000 00 01", "< 6700",
	    "00 b0 00 00 malformed, 6 bytes -> 6700 (" },
	{ "extended Lc past the end", "00D60000 00 0003 A1B2", "< 6700",
	    "00 d6 00 00 malformed, 9 bytes -> 6700 (" },
	{ "extended Lc of nothing", "00D60000 00 0000 A1", "< 6700",
	    "00 d6 00 00 malformed, 8 bytes -> 6700 (" },
	{ "extended Le cut", "00D60000 00 0001 A1 01", "< 6700",
	    "00 d6 00 00 malformed, 9 bytes -> 6700 (" },
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

static struct tp *
open_over(const char *text)
{
	FILE *fp = fopen(script, "w");
	struct note note = { "" };
	struct tp *tp;

	assert_non_null(fp);
	fputs(text, fp);
	fclose(fp);
	unlink(out);
	if (tp_open(conf, &tp, &note) != ERR_OK)
		fail_msg("%s", note.text);
	return (tp);
}

/* The whole trace; the caller frees it. */
static struct blob
read_trace(void)
{
	struct blob b = { 0 };

	assert_int_equal(blob_read_file(&b, out, 1 << 16), ERR_OK);
	return (b);
}

static void
row_test(void **state)
{
	const struct row *row = *state;
	uint8_t tx[32], rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	struct blob b;
	const char *line;
	struct tp *tp;
	char text[160];

	snprintf(text, sizeof(text), "> %s\n%s\n", row->tx, row->answer);
	tp = open_over(text);
	assert_int_equal(tp_begin(tp), ERR_OK);
	(void)tp_xfer(tp, tx, unhex(row->tx, tx), rx, &n, 1);
	tp_close(&tp);
	b = read_trace();
	line = strchr(blob_str(&b), '\n');
	assert_memory_equal(blob_str(&b), "begin -> OK (", 13);
	assert_non_null(line);
	assert_memory_equal(line + 1, row->line, strlen(row->line));
	assert_non_null(strstr(line + 1, " ms)\nend -> OK ("));
	assert_null(strstr(line, "3132"));
	assert_null(strstr(line, "31 32"));
	assert_null(strstr(line, "1122"));
	blob_free(&b);
}

static void
script_lines(void **state)
{
	static const uint8_t sel[] = { 0, 0xa4, 4, 0x0c, 2, 0xa1, 0xb2 };
	static const uint8_t pin[] = { 0, 0x20, 0, 0x80, 4, 0x31, 0x32, 0x33,
	    0x34 };
	uint8_t rx[3][TP_RX_SHORT];
	struct tp_step steps[3] = {
	    { sel, sizeof(sel), rx[0], sizeof(rx[0]), 0x9000, 1, 0 },
	    { pin, sizeof(pin), rx[1], sizeof(rx[1]), 0x9000, 1, 0 },
	    { sel, sizeof(sel), rx[2], sizeof(rx[2]), 0x9000, 1, 0 } };
	struct tp *tp;
	struct blob b;
	size_t done;

	(void)state;
	tp = open_over("> 00A4040C*\n< 9000\n> 00200080*\n< 63C2\n");
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp_script(tp, steps, 3, &done), ERR_OK);
	assert_int_equal(done, 2);
	assert_int_equal(tp->stats.apdus, 2);
	tp_close(&tp);
	b = read_trace();
	assert_non_null(strstr(blob_str(&b), "\n00 a4 04 0c Lc=2 -> 9000\n"
	    "00 20 00 80 Lc=4 -> 63c2\nscript 2 of 3 -> OK ("));
	assert_null(strstr(blob_str(&b), "3132"));
	assert_null(strstr(blob_str(&b), "31 32"));
	blob_free(&b);
}

static void
events_and_notes(void **state)
{
	enum tp_event ev;
	struct tp *tp;
	struct blob b;

	(void)state;
	tp = open_over("wait nocard\n! TIMEOUT\nwait card\n");
	assert_int_equal(tp_begin(tp), ERR_READER_FAULT);
	assert_string_equal(tp->note.text,
	    "replay line 1: a wait is expected, begin came");
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	tp_cancel(tp);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_CANCELLED);
	tp_close(&tp);
	b = read_trace();
	assert_non_null(strstr(blob_str(&b), "begin -> READER_FAULT ("));
	assert_non_null(strstr(blob_str(&b), "wait: no card -> OK ("));
	assert_non_null(strstr(blob_str(&b), "wait: card -> OK ("));
	assert_non_null(strstr(blob_str(&b), "wait -> CANCELLED ("));
	assert_null(strstr(blob_str(&b), "TIMEOUT"));
	blob_free(&b);
}

static void
file_is_private_and_appended(void **state)
{
	struct stat st;
	struct tp *tp;
	struct blob b;

	(void)state;
	tp = open_over("! NO_CARD\n! NO_CARD\n");
	tp_close(&tp);
	assert_int_equal(stat(out, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(out, 0644), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tp_open(conf, &tp, NULL), ERR_OK);
		assert_int_equal(tp_begin(tp), ERR_NO_CARD);
		tp_close(&tp);
	}
	assert_int_equal(stat(out, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	b = read_trace();
	assert_non_null(strstr(strchr(blob_str(&b), '\n'), "begin"));
	blob_free(&b);
}

static void
file_that_cannot_be(void **state)
{
	struct note note = { "" };
	char bad[200];
	struct tp *tp;

	(void)state;
	tp = open_over("! NO_CARD\n");
	tp_close(&tp);
	snprintf(bad, sizeof(bad), "trace:%s/no/such:replay:%s", dir, script);
	assert_int_equal(tp_open(bad, &tp, &note), ERR_CONF);
	assert_null(tp);
	assert_non_null(strstr(note.text, "/no/such: No such file"));
	assert_int_equal(unlink(out), 0);
	assert_int_equal(symlink(script, out), 0);
	assert_int_equal(tp_open(conf, &tp, &note), ERR_CONF);
	snprintf(bad, sizeof(bad), "trace:%s/new:replay:/none", dir);
	assert_int_equal(tp_open(bad, &tp, &note), ERR_CONF);
	snprintf(bad, sizeof(bad), "%s/new", dir);
	assert_int_equal(access(bad, F_OK), -1);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(script, sizeof(script), "%s/script", dir);
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(conf, sizeof(conf), "trace:%s:replay:%s", out, script);
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(script);
	unlink(out);
	return (rmdir(dir));
}

int
main(void)
{
	static const struct CMUnitTest single[] = {
		cmocka_unit_test(script_lines),
		cmocka_unit_test(events_and_notes),
		cmocka_unit_test(file_is_private_and_appended),
		cmocka_unit_test(file_that_cannot_be),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(single)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(single); i++)
		tests[n++] = single[i];
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
