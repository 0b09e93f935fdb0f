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

static char dir[] = "/tmp/replay.XXXXXX";
static char path[64];

static void
write_script(const char *text, size_t len)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_int_equal(fwrite(text, 1, len, fp), len);
	assert_int_equal(fclose(fp), 0);
}

static struct tp *
open_script(const char *text)
{
	struct note note = { "" };
	char conf[80];
	struct tp *tp;

	write_script(text, strlen(text));
	snprintf(conf, sizeof(conf), "replay:%s", path);
	if (tp_open(conf, &tp, &note) != ERR_OK)
		fail_msg("%s", note.text);
	return (tp);
}

/* Files that are refused, and the line the note names. */
static const struct bad_row {
	const char	*name, *text;
	unsigned	 line;
} bad_rows[] = {
	{ "unknown word", "# ok\nfoo\n", 2 },
	{ "upper-case word", "ATR 3B00\n", 1 },
	{ "word without blank", ">00A40000\n", 1 },
	{ "odd hex", "> 00A4000\n< 9000\n", 1 },
	{ "no hex", "> 00A400ZZ\n< 9000\n", 1 },
	{ "hex cut by a blank", "> 0 0A40400\n< 9000\n", 1 },
	{ "short command", "> 00A404\n< 9000\n", 1 },
	{ "empty command", ">\n< 9000\n", 1 },
	{ "star in the middle", "> 00 * A40400\n< 9000\n", 1 },
	{ "two stars", "> 00A40400 * *\n< 9000\n", 1 },
	{ "three dots", "> 00A404 ...\n< 9000\n", 1 },
	{ "short answer", "> 00A40400\n< 90\n", 2 },
	{ "empty answer", "> 00A40400\n<\n", 2 },
	{ "wildcard in an answer", "> 00A40400\n< ..00\n", 2 },
	{ "star in an answer", "> 00A40400\n< 9000 *\n", 2 },
	{ "answer first", "< 9000\n", 1 },
	{ "two answers", "> 00A40400\n< 9000\n< 9000\n", 3 },
	{ "answer after wait", "wait card\n< 9000\n", 2 },
	{ "command without answer", "> 00A40400\n> 00A40400\n< 9000\n", 2 },
	{ "wait for an answer", "> 00A40400\nwait card\n", 2 },
	{ "no answer at the end", "> 00A40400", 2 },
	{ "unknown event", "wait cards\n", 1 },
	{ "no event", "wait\n", 1 },
	{ "unknown error", "! NOCARD\n", 1 },
	{ "error with its prefix", "! ERR_NO_CARD\n", 1 },
	{ "success is no error", "! OK\n", 1 },
	{ "no error", "!\n", 1 },
	{ "short atr", "atr 3B\n", 1 },
	{ "long atr", "atr 00112233445566778899AABBCCDDEEFF"
	    "00112233445566778899AABBCCDDEEFF0011\n", 1 },
	{ "second atr", "atr 3B00\natr 3B00\n", 2 },
	{ "wildcard in an atr", "atr 3B..\n", 1 },
	{ "no number", "> 00A40400 ~\n< 9000\n", 1 },
	{ "number with a sign", "> 00A40400 ~-1\n< 9000\n", 1 },
	{ "more than a command has", "> 00A40400 ~65545\n< 9000\n", 1 },
	{ "more than an answer has", "> 00A40400\n< ~65537 9000\n", 2 },
	{ "a number past all", "> 00A40400\n< ~99999999999999999999\n", 2 },
	{ "nothing alone", "> 00A40400\n< ~1\n", 2 },
	{ "begin with one size", "begin 261\n", 1 },
	{ "begin below short", "begin 260 258\n", 1 },
	{ "begin with little room", "begin 261 257\n", 1 },
	{ "begin past extended", "begin 65545 258\n", 1 },
	{ "begin without sizes", "begin 3B00\n", 1 },
	{ "begin with a long atr", "begin 261 258 ~34\n", 1 },
	{ "begin with a wildcard", "begin 261 258 3B..\n", 1 },
	{ "begin for an answer", "> 00A40400\nbegin\n", 2 },
	{ "end for an answer", "> 00A40400\nend\n", 2 },
	{ "end with more", "end 1\n", 1 },
};

static void
bad_row(void **state)
{
	const struct bad_row *row = *state;
	char conf[80], want[80];
	struct note note = { "" };
	struct tp *tp;

	write_script(row->text, strlen(row->text));
	snprintf(conf, sizeof(conf), "replay:%s", path);
	snprintf(want, sizeof(want), "%s:%u: ", path, row->line);
	assert_int_equal(tp_open(conf, &tp, &note), ERR_CONF);
	assert_null(tp);
	assert_memory_equal(note.text, want, strlen(want));
}

/* Commands against one script line; the note must not hold their data. */
static const struct match_row {
	const char	*name, *line;
	uint8_t		 tx[8];
	size_t		 txlen;
	enum err	 want;
} match_rows[] = {
	{ "exact", "> 00A4 040c\n< 9000", { 0, 0xa4, 4, 0x0c }, 4, ERR_OK },
	{ "wildcard", "> 002000.. 04*\n< 9000",
	    { 0, 0x20, 0, 0x80, 4, 0x31, 0x32, 0x33 }, 8, ERR_OK },
	{ "rest may be empty", "> 00A4040C *\n< 9000",
	    { 0, 0xa4, 4, 0x0c }, 4, ERR_OK },
	{ "named failure", "> 00A4040C\n! TORN", { 0, 0xa4, 4, 0x0c }, 4,
	    ERR_TORN },
	{ "other byte", "> 00A4040C\n< 9000", { 0, 0xa4, 4, 0x0d }, 4,
	    ERR_READER_FAULT },
	{ "too short", "> 00A4040C01\n< 9000", { 0, 0xa4, 4, 0x0c }, 4,
	    ERR_READER_FAULT },
	{ "too long", "> 00A4040C\n< 9000", { 0, 0xa4, 4, 0x0c, 1 }, 5,
	    ERR_READER_FAULT },
	{ "wildcard needs a byte", "> 00A4040C..\n< 9000",
	    { 0, 0xa4, 4, 0x0c }, 4, ERR_READER_FAULT },
	{ "star needs what is before", "> 00A4040C 02 *\n< 9000",
	    { 0, 0xa4, 4, 0x0c, 3 }, 5, ERR_READER_FAULT },
	{ "so many bytes", "> 00200080 04 ~4\n< 9000",
	    { 0, 0x20, 0, 0x80, 4, 0x31, 0x32, 0x33 }, 8,
	    ERR_READER_FAULT },
	{ "so many bytes, and they are", "> 00200080 03 ~3\n< 9000",
	    { 0, 0x20, 0, 0x80, 3, 0x31, 0x32, 0x33 }, 8, ERR_OK },
	{ "so many, and one more", "> 00200080 03 ~2 34\n< 9000",
	    { 0, 0x20, 0, 0x80, 3, 0x31, 0x32, 0x33 }, 8,
	    ERR_READER_FAULT },
	{ "none", "> 00A4040C ~0\n< 9000", { 0, 0xa4, 4, 0x0c }, 4,
	    ERR_OK },
	{ "an end is no command", "end", { 0, 0xa4, 4, 0x0c }, 4,
	    ERR_READER_FAULT },
	{ "a failure line is no command", "! NO_CARD",
	    { 0, 0xa4, 4, 0x0c }, 4, ERR_READER_FAULT },
};

static void
match_row(void **state)
{
	const struct match_row *row = *state;
	uint8_t rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	char text[160];
	struct tp *tp;

	snprintf(text, sizeof(text), "> 00B0 *\n< 9000\n%s\n", row->line);
	tp = open_script(text);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp_xfer(tp, (const uint8_t *)"\0\xb0\0\0", 4, rx, &n,
	    1), ERR_OK);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, row->tx, row->txlen, rx, &n, 1),
	    row->want);
	assert_int_equal(n, row->want == ERR_OK ? 2 : 0);
	if (row->want == ERR_READER_FAULT)
		assert_string_equal(tp->note.text,
		    "replay line 3: another command came");
	tp_close(&tp);
}

static void
whole_story(void **state)
{
	static const char text[] = "# a visit\r\n"
	    "atr 3B 88 80 01\r\n"
	    "wait nocard\nwait card   # placed\n\n"
	    "! CARD_MUTE\n"
	    "> 00 B0 00 00 04\n< 01 02 03 04 90 00\n"
	    "> 00 20 00 80 *\n< 63 C2\n";
	uint8_t rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	tp = open_script(text);
	assert_int_equal(tp_begin(tp), ERR_READER_FAULT);
	assert_string_equal(tp->note.text,
	    "replay line 3: a wait is expected, begin came");
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_CARD_MUTE);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp->caps.atrlen, 4);
	assert_memory_equal(tp->caps.atr, "\x3b\x88\x80\x01", 4);
	assert_int_equal(tp_xfer(tp, (const uint8_t *)"\0\xb0\0\0\4", 5, rx,
	    &n, 1), ERR_OK);
	assert_int_equal(n, 6);
	assert_memory_equal(rx, "\1\2\3\4\x90\0", 6);
	tp_end(tp);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	tp_close(&tp);
}

/* Sessions that have lines of their own: sizes, failures, ends. */
static void
sessions(void **state)
{
	static const char text[] = "wait card\n"
	    "begin 600 700 3B 00\n> 00 B0 00 00 00\n< ~3 90 00\nend\n"
	    "begin\n! READER_BUSY\n"
	    "begin\n> 00 A4 04 0C\n! TORN\nend\n"
	    "begin\nend\n"
	    "wait noreader\n";
	uint8_t rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	tp = open_script(text);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp->caps.tx_max, 600);
	assert_int_equal(tp->caps.rx_max, 700);
	assert_int_equal(tp->caps.atrlen, 2);
	memset(rx, 0xa5, sizeof(rx));
	assert_int_equal(tp_xfer(tp, (const uint8_t *)"\0\xb0\0\0\0", 5, rx,
	    &n, 1), ERR_OK);
	assert_int_equal(n, 5);
	assert_memory_equal(rx, "\0\0\0\x90\0", 5);
	tp_end(tp);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_READER_BUSY);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp->caps.tx_max, TP_TX_SHORT);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, (const uint8_t *)"\0\xa4\4\x0c", 4, rx,
	    &n, 1), ERR_TORN);
	tp_end(tp);
	assert_int_equal(tp_begin(tp), ERR_OK);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, (const uint8_t *)"\0\xa4\4\x0c", 4, rx,
	    &n, 1), ERR_READER_FAULT);
	assert_string_equal(tp->note.text, "replay line 13: another command "
	    "came");
	tp_end(tp);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_READER);
	tp_close(&tp);
}

/* Who ends before the file does, is told so at the next begin. */
static void
early_end(void **state)
{
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	tp = open_script("wait card\nbegin\n> 00A4040C\n< 9000\nend\n"
	    "begin\nend\n");
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(tp_begin(tp), ERR_OK);
	tp_end(tp);
	assert_int_equal(tp_begin(tp), ERR_READER_FAULT);
	assert_string_equal(tp->note.text, "replay line 3: a command is "
	    "expected, begin came");
	tp_close(&tp);
}

/* A few bytes of file are not to become all of memory. */
static void
much_of_nothing(void **state)
{
	struct note note = { "" };
	struct blob b = { 0 };
	char conf[80];
	struct tp *tp;

	(void)state;
	for (int i = 0; i < 300; i++)
		assert_int_equal(blob_add_str(&b, "> 00A40400\n< ~65536\n"),
		    ERR_OK);
	write_script(blob_str(&b), b.len);
	blob_free(&b);
	snprintf(conf, sizeof(conf), "replay:%s", path);
	assert_int_equal(tp_open(conf, &tp, &note), ERR_CONF);
	assert_non_null(strstr(note.text, ":514: "));
}

static void
end_of_script(void **state)
{
	uint8_t rx[TP_RX_SHORT];
	size_t n = sizeof(rx);
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	tp = open_script("> 00A40400\n< 9000\n");
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp_xfer(tp, (const uint8_t *)"\0\xa4\4\0", 4, rx, &n,
	    1), ERR_OK);
	n = sizeof(rx);
	assert_int_equal(tp_xfer(tp, (const uint8_t *)"\0\xa4\4\0", 4, rx, &n,
	    1), ERR_READER_FAULT);
	tp_end(tp);
	assert_int_equal(tp_begin(tp), ERR_NO_CARD);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
	tp_cancel(tp);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_CANCELLED);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
	tp_close(&tp);
}

static void
slot_without_card(void **state)
{
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	tp = open_script("wait noreader\n! TIMEOUT\n! NO_SERVICE\n"
	    "wait nocard\n> 00000000\n< 9000\n");
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_READER);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
	assert_int_equal(tp_begin(tp), ERR_NO_SERVICE);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(tp_begin(tp), ERR_NO_CARD);
	tp_close(&tp);
}

static void
answer_past_the_room(void **state)
{
	char text[64 + 2 * 300];
	uint8_t rx[300];
	size_t n = TP_RX_SHORT;
	struct tp *tp;

	(void)state;
	snprintf(text, sizeof(text), "> 00B00000\n< %0*d9000\n", 2 * 257, 0);
	tp = open_script(text);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp_xfer(tp, (const uint8_t *)"\0\xb0\0\0", 4, rx, &n,
	    1), ERR_TOOBIG);
	assert_int_equal(n, 0);
	tp_close(&tp);
}

static void
unreadable_files(void **state)
{
	struct note note = { "" };
	char conf[80];
	struct tp *tp;

	(void)state;
	write_script("wait card\0\n", 11);
	snprintf(conf, sizeof(conf), "replay:%s", path);
	assert_int_equal(tp_open(conf, &tp, &note), ERR_CONF);
	assert_non_null(strstr(note.text, "not a text"));
	snprintf(conf, sizeof(conf), "replay:%s/none", dir);
	assert_int_equal(tp_open(conf, &tp, &note), ERR_CONF);
	assert_non_null(strstr(note.text, "/none: No such file"));
	snprintf(conf, sizeof(conf), "replay:%s", dir);
	assert_int_equal(tp_open(conf, &tp, &note), ERR_CONF);
	assert_int_equal(tp_open("replay:/dev/zero", &tp, &note), ERR_CONF);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/script", dir);
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	return (rmdir(dir));
}

int
main(void)
{
	static const struct CMUnitTest single[] = {
		cmocka_unit_test(whole_story),
		cmocka_unit_test(sessions),
		cmocka_unit_test(early_end),
		cmocka_unit_test(much_of_nothing),
		cmocka_unit_test(end_of_script),
		cmocka_unit_test(slot_without_card),
		cmocka_unit_test(answer_past_the_room),
		cmocka_unit_test(unreadable_files),
	};
	struct CMUnitTest tests[LEN(bad_rows) + LEN(match_rows) + LEN(single)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(bad_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = bad_rows[i].name,
		    .test_func = bad_row,
		    .initial_state = (void *)(uintptr_t)&bad_rows[i] };
	for (size_t i = 0; i < LEN(match_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = match_rows[i].name,
		    .test_func = match_row,
		    .initial_state = (void *)(uintptr_t)&match_rows[i] };
	for (size_t i = 0; i < LEN(single); i++)
		tests[n++] = single[i];
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
