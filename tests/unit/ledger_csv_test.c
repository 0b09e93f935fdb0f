#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/ledger/csv.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* Rows as "field|field;", an unreadable row as "!;". */
static enum err
read_all(const char *text, size_t len, struct blob *out, struct note *note)
{
	struct csv c;
	enum err r;

	csv_init(&c, (struct buf){ (const uint8_t *)text, len });
	for (;;) {
		r = csv_next(&c, note);
		if (r == ERR_ROW)
			assert_int_equal(blob_add_str(out, "!;"), ERR_OK);
		if (r == ERR_ROW)
			continue;
		if (r != ERR_OK || c.n == 0)
			break;
		for (size_t i = 0; i < c.n; i++)
			assert_int_equal(blob_printf(out, "%s%s",
			    csv_field(&c, i), i + 1 < c.n ? "|" : ";"),
			    ERR_OK);
		assert_string_equal(csv_field(&c, c.n), "");
	}
	csv_wipe(&c);
	return (r);
}

static const struct row {
	const char	*name, *text;
	enum err	 want;
	const char	*rows, *note;
} rows[] = {
	{ "one row", "a,b,c\r\n", ERR_OK, "a|b|c;", "" },
	{ "LF", "a,b\nc,d\n", ERR_OK, "a|b;c|d;", "" },
	{ "CR", "a,b\rc,d\r", ERR_OK, "a|b;c|d;", "" },
	{ "last line without end", "a,b\r\nc,d", ERR_OK, "a|b;c|d;", "" },
	{ "last field empty and without end", "a,b\nc,", ERR_OK,
	    "a|b;c|;", "" },
	{ "empty fields", ",,\n", ERR_OK, "||;", "" },
	{ "nothing", "", ERR_OK, "", "" },
	{ "empty lines only", "\r\n\n\r\n", ERR_OK, "", "" },
	{ "empty lines between", "\na,b\n\n\r\nc,d\n\n", ERR_OK,
	    "a|b;c|d;", "" },
	{ "quotes", "\"a\",\"b\"\n", ERR_OK, "a|b;", "" },
	{ "comma in quotes", "\"a,b\",c\n", ERR_OK, "a,b|c;", "" },
	{ "doubled quotes", "\"a\"\"b\",\"\"\"\"\n", ERR_OK, "a\"b|\";", "" },
	{ "empty quotes", "\"\",\"\"\n", ERR_OK, "|;", "" },
	{ "empty quotes alone are a row", "\"\"\n", ERR_OK, ";", "" },
	{ "LF in quotes", "\"a\nb\",c\n", ERR_OK, "a\nb|c;", "" },
	{ "CR in quotes", "\"a\rb\",c\n", ERR_OK, "a\rb|c;", "" },
	{ "CRLF in quotes", "\"a\r\nb\",c\n", ERR_OK, "a\r\nb|c;", "" },
	{ "quoted last field without end", "a,\"b\"", ERR_OK, "a|b;", "" },
	{ "digits as a spreadsheet keeps them", "\"=\"\"00123\"\"\",x\n",
	    ERR_OK, "00123|x;", "" },
	{ "what keeps a formula from being one", "'=1+1,'@x\n", ERR_OK,
	    "=1+1|@x;", "" },
	{ "two of them are one", "''x,'x\n", ERR_OK, "'x|'x;", "" },
	{ "a formula is none of that", "\"=A(\"\"x\"\")\",\"=\"\"\"\n",
	    ERR_OK, "=A(\"x\")|=\";", "" },
	{ "blanks are kept", " a , b \n", ERR_OK, " a | b ;", "" },
	{ "a row of one field more", "a,b\n1,2,3\nc,d\n", ERR_ROW,
	    "a|b;!;c|d;", "line 2: 3 fields, the heading has 2" },
	{ "a row of one field less", "a,b\n\nx\nc,d\n", ERR_ROW,
	    "a|b;!;c|d;", "line 3: 1 fields, the heading has 2" },
	{ "lines are counted in quotes", "\"a\r\nb\nc\rd\",e\r\nx\n", ERR_ROW,
	    "a\r\nb\nc\rd|e;!;", "line 5: 1 fields, the heading has 2" },
	{ "a blank is a row", "a,b\n \n", ERR_ROW, "a|b;!;",
	    "line 2: 1 fields, the heading has 2" },
	{ "quote never closed", "a,b\nc,\"d\ne,f\n", ERR_CSV, "a|b;",
	    "line 2: a quote that is never closed" },
	{ "quote never closed at the end", "a,\"", ERR_CSV, "",
	    "line 1: a quote that is never closed" },
	{ "doubled quote at the end", "a,\"b\"\"", ERR_CSV, "",
	    "line 1: a quote that is never closed" },
	{ "text behind a quote", "a,b\n\"c\"x,d\n", ERR_CSV, "a|b;",
	    "line 2: text behind a closing quote" },
	{ "blank behind a quote", "\"a\" ,b\n", ERR_CSV, "",
	    "line 1: text behind a closing quote" },
	{ "quote inside a field", "a,b\nc,d\"e\n", ERR_CSV, "a|b;",
	    "line 2: a quote inside an unquoted field" },
	{ "quote at the end of a field", "a\",b\n", ERR_CSV, "",
	    "line 1: a quote inside an unquoted field" },
	{ "two quotes inside a field", "a\nb\"\"c\n", ERR_CSV, "a;",
	    "line 2: a quote inside an unquoted field" },
	{ "field behind a closing quote", "\"a\"\"b\"\"\" c\"\n", ERR_CSV,
	    "", "line 1: text behind a closing quote" },
	{ "text behind a quote over lines", "\"a\r\nb\"c\n", ERR_CSV, "",
	    "line 2: text behind a closing quote" },
	{ "quote opened over CRLF and CR", "a\r\nb\r\"c\r\n", ERR_CSV,
	    "a;b;", "line 3: a quote that is never closed" },
	{ "last row is short", "a,b\nc", ERR_ROW, "a|b;!;",
	    "line 2: 1 fields, the heading has 2" },
	{ "a comma too many", "a,b\nc,d,\n", ERR_ROW, "a|b;!;",
	    "line 2: 3 fields, the heading has 2" },
	{ "the last bad row is named", "a,b\nc\nd,e,f\n", ERR_ROW,
	    "a|b;!;!;", "line 3: 3 fields, the heading has 2" },
	{ "quote behind a blank", "a, \"b\"\n", ERR_CSV, "",
	    "line 1: a quote inside an unquoted field" },
};

static void
parse_row(void **state)
{
	const struct row *row = *state;
	struct blob out = { 0 };
	struct note note = { "" };
	enum err r = read_all(row->text, strlen(row->text), &out, &note);

	/* A refused row does not end the file. */
	assert_int_equal(r, row->want == ERR_ROW ? ERR_OK : row->want);
	assert_string_equal(blob_str(&out), row->rows);
	assert_string_equal(note.text, row->note);
	blob_free(&out);
}

/* Fields and columns at their limits. */

static enum err
read_field_of(size_t len)
{
	struct blob text = { 0 }, out = { 0 };
	struct note note = { "" };
	enum err r;

	assert_int_equal(blob_add_str(&text, "a\n"), ERR_OK);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(blob_add_u8(&text, 'x'), ERR_OK);
	assert_int_equal(blob_add_str(&text, "\nb\n"), ERR_OK);
	assert_int_equal(read_all(blob_str(&text), text.len, &out, &note),
	    ERR_OK);
	r = strncmp(blob_str(&out), "a;!;b;", 6) == 0 ? ERR_ROW : ERR_OK;
	if (r == ERR_ROW)
		assert_string_equal(note.text,
		    "line 2: a field of more than 4096 bytes");
	else
		assert_int_equal(out.len, len + 5);
	blob_free(&text);
	blob_free(&out);
	return (r);
}

static void
field_has_a_limit(void **state)
{
	(void)state;
	assert_int_equal(read_field_of(CSV_FIELD_MAX), ERR_OK);
	assert_int_equal(read_field_of(CSV_FIELD_MAX + 1), ERR_ROW);
}

static enum err
read_columns(size_t n, struct note *note)
{
	struct blob text = { 0 }, out = { 0 };
	enum err r;

	for (size_t i = 1; i < n; i++)
		assert_int_equal(blob_add_u8(&text, ','), ERR_OK);
	r = read_all(blob_str(&text), text.len, &out, note);
	blob_free(&text);
	blob_free(&out);
	return (r);
}

static void
columns_have_a_limit(void **state)
{
	struct note note = { "" };

	(void)state;
	assert_int_equal(read_columns(CSV_COLS, &note), ERR_OK);
	assert_int_equal(read_columns(CSV_COLS + 1, &note), ERR_CSV);
	assert_string_equal(note.text, "line 1: more than 64 fields");
}

/* Encodings; lengths because of NUL. */
static const struct decode {
	const char	*name, *raw;
	size_t		 len;
	enum err	 want;
	const char	*text, *note;
} decodes[] = {
#define RAW(s) s, sizeof(s) - 1
	{ "empty", RAW(""), ERR_OK, "", "" },
	{ "ASCII", RAW("a,b\n"), ERR_OK, "a,b\n", "" },
	{ "UTF-8", RAW("髙\n"), ERR_OK, "髙\n", "" },
	{ "UTF-8 with BOM", RAW("\xef\xbb\xbf髙\n"), ERR_OK, "髙\n", "" },
	{ "BOM alone", RAW("\xef\xbb\xbf"), ERR_OK, "", "" },
	{ "Shift_JIS", RAW("a\r\n\x93\xfa\x96\x7b\n"), ERR_OK,
	    "a\r\n日本\n", "" },
	{ "CP932: 髙 of IBM", RAW("\xfb\xfc\n"), ERR_OK, "髙\n", "" },
	{ "CP932: 髙 of NEC", RAW("\xee\xe0\n"), ERR_OK, "髙\n", "" },
	{ "CP932: a trail byte like a backslash", RAW("\x95\x5c\n"), ERR_OK,
	    "表\n", "" },
	{ "CP932: half kana", RAW("\xbc\xb6\xb8\n"), ERR_OK, "ｼｶｸ\n", "" },
	{ "CP932: half a character", RAW("a\nb\n\x93\n"), ERR_CHARSET, "",
	    "line 3: neither UTF-8 nor Shift_JIS" },
	{ "CP932: half a character at the end", RAW("a\n\x93"), ERR_CHARSET,
	    "", "line 2: neither UTF-8 nor Shift_JIS" },
	{ "CP932: a code without character", RAW("\x86\x40\n"), ERR_CHARSET,
	    "", "line 1: neither UTF-8 nor Shift_JIS" },
	{ "UTF-8 broken behind a BOM", RAW("\xef\xbb\xbfx\n\x93\xfa\n"),
	    ERR_CHARSET, "", "line 2: neither UTF-8 nor Shift_JIS" },
	{ "UTF-8 in one line, Shift_JIS in another",
	    RAW("\xef\xbb\xbf髙\n\xfb\xfc\n"), ERR_CHARSET, "",
	    "line 2: neither UTF-8 nor Shift_JIS" },
	{ "UTF-16 little-endian", RAW("\xff\xfe" "a\0,\0b\0\n\0"), ERR_CSV,
	    "", "line 1: NUL byte; if this is UTF-16, save the file as UTF-8" },
	{ "UTF-16 big-endian without BOM", RAW("\0a\0,\0b\0\n"), ERR_CSV,
	    "", "line 1: NUL byte; if this is UTF-16, save the file as UTF-8" },
	{ "UTF-16 big-endian", RAW("\xfe\xff\0a\0,\0b\0\n"), ERR_CSV,
	    "", "line 1: NUL byte; if this is UTF-16, save the file as UTF-8" },
	{ "UTF-32", RAW("\xff\xfe\0\0" "a\0\0\0"), ERR_CSV,
	    "", "line 1: NUL byte; if this is UTF-16, save the file as UTF-8" },
	{ "overlong UTF-8 behind a BOM", RAW("\xef\xbb\xbf\xc0\xaf\n"),
	    ERR_CHARSET, "", "line 1: neither UTF-8 nor Shift_JIS" },
	{ "a surrogate behind a BOM", RAW("\xef\xbb\xbf\xed\xa0\x80\n"),
	    ERR_CHARSET, "", "line 1: neither UTF-8 nor Shift_JIS" },
	{ "EUC-JP that is no Shift_JIS", RAW("a\n\xfd\xfe\n"), ERR_CHARSET,
	    "", "line 2: neither UTF-8 nor Shift_JIS" },
	{ "NUL in line 2", RAW("a\nb\0c\n"), ERR_CSV, "",
	    "line 2: NUL byte; if this is UTF-16, save the file as UTF-8" },
	{ "NUL at the end", RAW("a\n\0"), ERR_CSV, "",
	    "line 2: NUL byte; if this is UTF-16, save the file as UTF-8" },
};

static void
decode_row(void **state)
{
	const struct decode *row = *state;
	struct blob raw = { 0 }, out = { 0 };
	struct note note = { "" };

	assert_int_equal(blob_add(&raw, row->raw, row->len), ERR_OK);
	assert_int_equal(blob_add_str(&out, "old"), ERR_OK);
	assert_int_equal(csv_decode(&raw, &out, &note), row->want);
	if (row->want == ERR_OK) {
		assert_int_equal(out.len, strlen(row->text));
		assert_memory_equal(blob_str(&out), row->text, out.len);
	}
	assert_string_equal(note.text, row->note);
	blob_free(&raw);
	blob_free(&out);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(decodes) + 2] = {
		cmocka_unit_test(field_has_a_limit),
		cmocka_unit_test(columns_have_a_limit),
	};
	size_t n = 2;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = parse_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(decodes); i++)
		tests[n++] = (struct CMUnitTest){ .name = decodes[i].name,
		    .test_func = decode_row,
		    .initial_state = (void *)(uintptr_t)&decodes[i] };
	return (cmocka_run_group_tests_name("ledger_csv", tests, NULL, NULL));
}
