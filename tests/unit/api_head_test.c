#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/head.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define TEXT(s)	(s), sizeof(s) - 1

/* --- where a head ends --- */

static const struct find_row {
	const char	*name, *text;
	size_t		 len;
	enum head_state	 want;
	size_t		 end;
} find_rows[] = {
	{ "whole", TEXT("GET / HTTP/1.1\r\n\r\n"), HEAD_DONE, 18 },
	{ "with what follows", TEXT("G / H\r\na: b\r\n\r\nG"), HEAD_DONE, 15 },
	{ "half a line", TEXT("GET / HT"), HEAD_MORE, 0 },
	{ "no empty line", TEXT("GET / HTTP/1.1\r\na: b\r\n"), HEAD_MORE, 0 },
	{ "half of the empty line", TEXT("G / H\r\n\r"), HEAD_MORE, 0 },
	{ "tab in a value", TEXT("G / H\r\na:\tb\r\n\r\n"), HEAD_DONE, 15 },
	{ "line feeds only", TEXT("GET / HTTP/1.1\n\n"), HEAD_BAD, 0 },
	{ "line feed at last", TEXT("G / H\r\na: b\r\n\n"), HEAD_BAD, 0 },
	{ "carriage return alone", TEXT("G / H\ra: b\r\n\r\n"), HEAD_BAD, 0 },
	{ "carriage return twice", TEXT("G / H\r\r\n\r\n"), HEAD_BAD, 0 },
	{ "begins with an empty line", TEXT("\r\nG / H\r\n\r\n"), HEAD_BAD,
	    0 },
	{ "begins with a line feed", TEXT("\nG / H\r\n\r\n"), HEAD_BAD, 0 },
	{ "NUL", TEXT("G /\0 H\r\n\r\n"), HEAD_BAD, 0 },
	{ "escape", TEXT("G / H\r\na: \x1b[m\r\n\r\n"), HEAD_BAD, 0 },
	{ "delete", TEXT("G /\x7f H\r\n\r\n"), HEAD_BAD, 0 },
	{ "above ASCII", TEXT("G / H\r\na: \xc3\xa4\r\n\r\n"), HEAD_BAD, 0 },
	{ "TLS", TEXT("\x16\x03\x01"), HEAD_BAD, 0 },
};

static void
find_whole(void **state)
{
	const struct find_row *row = *state;
	struct buf in = { (const uint8_t *)row->text, row->len };
	size_t seen = 0, len = 99;

	assert_int_equal(head_find(in, &seen, &len), row->want);
	assert_int_equal(len, row->end);
}

/* The same when the bytes come one by one. */
static void
find_drop_by_drop(void **state)
{
	const struct find_row *row = *state;
	enum head_state s = HEAD_MORE;
	size_t seen = 0, len = 99;

	for (size_t n = 1; n <= row->len && s == HEAD_MORE; n++)
		s = head_find((struct buf){ (const uint8_t *)row->text, n },
		    &seen, &len);
	assert_int_equal(s, row->want);
	assert_int_equal(len, row->end);
}

static void
find_limit(void **state)
{
	static uint8_t text[HEAD_MAX + 8];
	size_t seen = 0, len;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(head_find((struct buf){ text, HEAD_MAX }, &seen,
	    &len), HEAD_MORE);
	assert_int_equal(head_find((struct buf){ text, HEAD_MAX + 1 }, &seen,
	    &len), HEAD_LONG);
	memcpy(text + HEAD_MAX - 4, "\r\n\r\n", 4);
	seen = 0;
	assert_int_equal(head_find((struct buf){ text, sizeof(text) }, &seen,
	    &len), HEAD_DONE);
	assert_int_equal(len, HEAD_MAX);
}

/* --- what it says --- */

#define LINE	"GET /a HTTP/1.1\r\n"

static const struct parse_row {
	const char	*name, *text;
	int		 status;
	const char	*host;	/* NULL: not there */
	unsigned	 hosts;
} parse_rows[] = {
	{ "no fields", LINE "\r\n", 0, NULL, 0 },
	{ "a host", LINE "Host: h\r\n\r\n", 0, "h", 1 },
	{ "in other case", LINE "hOST: h\r\n\r\n", 0, "h", 1 },
	{ "no blank", LINE "Host:h\r\n\r\n", 0, "h", 1 },
	{ "blanks around", LINE "Host: \t h \t\r\n\r\n", 0, "h", 1 },
	{ "colon in it", LINE "Host: h:80\r\n\r\n", 0, "h:80", 1 },
	{ "empty", LINE "Host:\r\n\r\n", 0, "", 1 },
	{ "twice", LINE "Host: h\r\nHost: i\r\n\r\n", 0, "i", 2 },
	{ "unknown fields", LINE "X: y\r\nHost: h\r\nHosts: i\r\n\r\n", 0,
	    "h", 1 },
	{ "blank before the colon", LINE "Host : h\r\n\r\n", 400, NULL, 0 },
	{ "tab before the colon", LINE "Host\t: h\r\n\r\n", 400, NULL, 0 },
	{ "folded", LINE "Host: h\r\n i\r\n\r\n", 400, "h", 1 },
	{ "folded by a tab", LINE "Host: h\r\n\ti\r\n\r\n", 400, "h", 1 },
	{ "blank in the name", LINE "Ho st: h\r\n\r\n", 400, NULL, 0 },
	{ "no name", LINE ": h\r\n\r\n", 400, NULL, 0 },
	{ "no colon", LINE "Host\r\n\r\n", 400, NULL, 0 },
	{ "slash in the name", LINE "Ho/st: h\r\n\r\n", 400, NULL, 0 },
	{ "first field folded", LINE " Host: h\r\n\r\n", 400, NULL, 0 },
	{ "no version", "GET /a\r\n\r\n", 400, NULL, 0 },
	{ "two blanks", "GET  /a HTTP/1.1\r\n\r\n", 400, NULL, 0 },
	{ "blank at the end", "GET /a HTTP/1.1 \r\n\r\n", 400, NULL, 0 },
	{ "blank at the start", " GET /a HTTP/1.1\r\n\r\n", 400, NULL, 0 },
	{ "tab", "GET\t/a HTTP/1.1\r\n\r\n", 400, NULL, 0 },
	{ "tab in the target", "GET /a\tb HTTP/1.1\r\n\r\n", 400, NULL, 0 },
	{ "no target", "GET HTTP/1.1\r\n\r\n", 400, NULL, 0 },
	{ "a method that is none", "G(T /a HTTP/1.1\r\n\r\n", 400, NULL, 0 },
	{ "1.0", "GET /a HTTP/1.0\r\n\r\n", 505, NULL, 0 },
	{ "2.0", "PRI * HTTP/2.0\r\n\r\n", 505, NULL, 0 },
	{ "1.10", "GET /a HTTP/1.10\r\n\r\n", 400, NULL, 0 },
	{ "other case", "GET /a http/1.1\r\n\r\n", 400, NULL, 0 },
	{ "another protocol", "GET /a RTSP/1.1\r\n\r\n", 400, NULL, 0 },
};

static void
parse_row(void **state)
{
	const struct parse_row *row = *state;
	struct buf in = { (const uint8_t *)row->text, strlen(row->text) };
	struct head h;
	const char *why = NULL;

	assert_int_equal(head_parse(in, &h, &why), row->status);
	assert_non_null(why);
	assert_int_equal(why[0] == '\0', row->status == 0);
	assert_int_equal(h.field[HEAD_HOST].count, row->hosts);
	if (row->host != NULL)
		assert_int_equal(head_is(h.field[HEAD_HOST].value, row->host),
		    1);
}

static void
parse_many(void **state)
{
	struct blob b = { 0 };
	const char *why;
	struct head h;

	(void)state;
	blob_add_str(&b, LINE);
	for (int i = 0; i < HEAD_LINES; i++)
		blob_add_str(&b, "x: y\r\n");
	blob_add_str(&b, "\r\n");
	assert_int_equal(head_parse(blob_buf(&b), &h, &why), 0);
	blob_cut(&b, b.len - 2);
	blob_add_str(&b, "x: y\r\n\r\n");
	assert_int_equal(head_parse(blob_buf(&b), &h, &why), 431);
	blob_free(&b);
}

/* Every beginning of a head is read without a byte past it. */
static void
parse_cut(void **state)
{
	static const char text[] = LINE "Host: h\r\nOrigin: o\r\n\r\n";
	const char *why;
	struct head h;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		uint8_t *copy = malloc(n + 1);

		assert_non_null(copy);
		copy = realloc(copy, n == 0 ? 1 : n);
		assert_non_null(copy);
		memcpy(copy, text, n);
		assert_int_equal(head_parse((struct buf){ copy, n }, &h,
		    &why), n < sizeof(LINE) - 1 ? 400 : 0);
		free(copy);
	}
}

static void
elements(void **state)
{
	static const char *const want[] = { "a", "", "b c", "d" };
	struct buf list = { (const uint8_t *)" a ,,\tb c,d", 11 }, e;

	(void)state;
	for (size_t i = 0; i < LEN(want); i++) {
		assert_int_equal(head_element(&list, &e), 1);
		assert_int_equal(head_is(e, want[i]), 1);
	}
	assert_int_equal(head_element(&list, &e), 0);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(find_limit),
		cmocka_unit_test(parse_many),
		cmocka_unit_test(parse_cut),
		cmocka_unit_test(elements),
	};
	struct CMUnitTest tests[2 * LEN(find_rows) + LEN(parse_rows) +
	    LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < 2 * LEN(find_rows); i++)
		tests[n++] = (struct CMUnitTest){
		    .name = find_rows[i / 2].name,
		    .test_func = i % 2 ? find_drop_by_drop : find_whole,
		    .initial_state = (void *)(uintptr_t)&find_rows[i / 2] };
	for (size_t i = 0; i < LEN(parse_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = parse_rows[i].name,
		    .test_func = parse_row,
		    .initial_state = (void *)(uintptr_t)&parse_rows[i] };
	memcpy(tests + n, others, sizeof(others));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
