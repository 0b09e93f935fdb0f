#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "host/export/sheet.h"
#include "host/ledger/csv.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static struct sheet *
new_sheet(enum sheet_charset charset, int plain)
{
	struct sheet *s;

	assert_int_equal(sheet_new(charset, plain, &s), ERR_OK);
	return (s);
}

/* What one cell becomes between "x" and "y", for spreadsheets and plain. */
static const struct cell {
	const char	*given, *want, *plain;
} cells[] = {
	{ "", "", "" },
	{ "資格 一郎", "資格 一郎", "資格 一郎" },
	{ "00010", "\"=\"\"00010\"\"\"", "00010" },
	{ "010", "\"=\"\"010\"\"\"", "010" },
	{ "0", "0", "0" },
	{ "139980", "139980", "139980" },
	{ "12345678901", "12345678901", "12345678901" },
	{ "123456789012", "\"=\"\"123456789012\"\"\"", "123456789012" },
	{ "1234567890000001", "\"=\"\"1234567890000001\"\"\"",
	    "1234567890000001" },
	{ "1-2", "\"=\"\"1-2\"\"\"", "1-2" },
	{ "1e5", "\"=\"\"1e5\"\"\"", "1e5" },
	{ "10,5", "\"=\"\"10,5\"\"\"", "\"10,5\"" },
	{ "2024/08/28", "2024/08/28", "2024/08/28" },
	{ "2024/08/28 09:00:00", "2024/08/28 09:00:00",
	    "2024/08/28 09:00:00" },
	{ "2024/08/28 09:00", "\"=\"\"2024/08/28 09:00\"\"\"",
	    "2024/08/28 09:00" },
	{ "2024/8/28", "\"=\"\"2024/8/28\"\"\"", "2024/8/28" },
	{ "1639960291x001", "1639960291x001", "1639960291x001" },
	{ "葛う10", "葛う10", "葛う10" },
	{ "=1+1", "'=1+1", "=1+1" },
	{ "+81", "'+81", "+81" },
	{ "-1", "'-1", "-1" },
	{ "@SUM(1)", "'@SUM(1)", "@SUM(1)" },
	{ "\t=1", "'\t=1", "\t=1" },
	{ "\r=1", "\"'\r=1\"", "\"\r=1\"" },
	{ "\n=1", "\"'\n=1\"", "\"\n=1\"" },
	{ "＝1+1", "'＝1+1", "＝1+1" },
	{ "＠x", "'＠x", "＠x" },
	{ "=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"",
	    "\"=HYPERLINK(\"\"http://x\"\")\"" },
	{ "'x", "''x", "'x" },
	{ "'=1", "''=1", "'=1" },
	{ "=\"00123\"", "\"'=\"\"00123\"\"\"", "\"=\"\"00123\"\"\"" },
	{ "a,b", "\"a,b\"", "\"a,b\"" },
	{ "a\"b", "\"a\"\"b\"", "\"a\"\"b\"" },
	{ "a\r\nb", "\"a\r\nb\"", "\"a\r\nb\"" },
	{ " a", "\" a\"", "\" a\"" },
	{ "a ", "\"a \"", "\"a \"" },
	{ "a'b=c", "a'b=c", "a'b=c" },
};

static void
write_one(const char *cell, int plain, struct blob *out)
{
	struct sheet *s = new_sheet(SHEET_UTF8, plain);

	sheet_cell(s, "x");
	sheet_cell(s, cell);
	sheet_cell(s, "y");
	sheet_row(s);
	assert_int_equal(sheet_rows(s), 1);
	assert_int_equal(sheet_finish(s, out, NULL, NULL), ERR_OK);
	sheet_free(&s);
	assert_null(s);
}

static void
test_cells(void **state)
{
	struct blob out = { 0 };
	char want[256];

	(void)state;
	for (size_t i = 0; i < LEN(cells); i++) {
		for (int plain = 0; plain < 2; plain++) {
			snprintf(want, sizeof(want), "\xef\xbb\xbfx,%s,y\r\n",
			    plain ? cells[i].plain : cells[i].want);
			write_one(cells[i].given, plain, &out);
			assert_string_equal(blob_str(&out), want);
		}
	}
	blob_free(&out);
}

/* What the ledger reads is what was given, also by way of CP932. */
static void
test_read_back(void **state)
{
	struct blob out = { 0 }, text = { 0 };
	struct sheet *s;
	struct csv c;

	(void)state;
	for (int charset = SHEET_UTF8; charset <= SHEET_CP932; charset++) {
		s = new_sheet((enum sheet_charset)charset, 0);
		for (size_t i = 0; i < LEN(cells); i++) {
			sheet_cell(s, "x");
			sheet_cell(s, cells[i].given);
			sheet_row(s);
		}
		assert_int_equal(sheet_finish(s, &out, NULL, NULL), ERR_OK);
		assert_int_equal(csv_decode(&out, &text, NULL), ERR_OK);
		csv_init(&c, blob_buf(&text));
		for (size_t i = 0; i < LEN(cells); i++) {
			assert_int_equal(csv_next(&c, NULL), ERR_OK);
			assert_int_equal(c.n, 2);
			assert_string_equal(csv_field(&c, 1), cells[i].given);
		}
		assert_int_equal(csv_next(&c, NULL), ERR_OK);
		assert_int_equal(c.n, 0);
		csv_wipe(&c);
		sheet_free(&s);
	}
	blob_free(&text);
	blob_free(&out);
}

static void
test_cp932(void **state)
{
	struct sheet *s = new_sheet(SHEET_CP932, 0);
	struct blob out = { 0 };

	(void)state;
	sheet_cell(s, "髙子～①");
	sheet_cell(s, NULL);
	sheet_row(s);
	assert_int_equal(sheet_finish(s, &out, NULL, NULL), ERR_OK);
	/* No BOM; 髙 as FBFC. */
	assert_int_equal(out.len, 11);
	assert_memory_equal(out.data,
	    "\xfb\xfc\x8e\x71\x81\x60\x87\x40,\r\n", 11);
	sheet_free(&s);
	blob_free(&out);
}

static void
assert_misfit(const json_t *list, size_t i, json_int_t row, json_int_t column,
    json_int_t at, const char *character)
{
	const json_t *o = json_array_get(list, i);

	assert_int_equal(json_integer_value(json_object_get(o, "row")), row);
	assert_int_equal(json_integer_value(json_object_get(o, "column")),
	    column);
	assert_int_equal(json_integer_value(json_object_get(o, "at")), at);
	assert_string_equal(json_string_value(json_object_get(o,
	    "character")), character);
}

/* All or nothing, and every place is named, as the cell was given. */
static void
test_misfits(void **state)
{
	struct sheet *s = new_sheet(SHEET_CP932, 0);
	struct blob out = { 0 };
	struct note note = { "" };
	json_t *list;

	(void)state;
	sheet_cell(s, "氏名");
	sheet_cell(s, "住所");
	sheet_row(s);
	sheet_cell(s, "00123");
	sheet_cell(s, "=\"𠮷\"野𩸽");
	sheet_row(s);
	sheet_cell(s, "é");
	sheet_cell(s, "");
	sheet_row(s);
	assert_int_equal(blob_add_str(&out, "old"), ERR_OK);
	assert_int_equal(sheet_finish(s, &out, &list, &note), ERR_MISFIT);
	assert_int_equal(out.len, 0);
	assert_int_equal(json_array_size(list), 3);
	assert_misfit(list, 0, 2, 2, 3, "𠮷");
	assert_misfit(list, 1, 2, 2, 6, "𩸽");
	assert_misfit(list, 2, 3, 1, 1, "é");
	/* The note is for logs: it says where, not what. */
	assert_string_equal(note.text,
	    "3, the first in row 2, column 2, character 3");
	json_decref(list);
	sheet_free(&s);
	blob_free(&out);
}

static void
test_many_misfits(void **state)
{
	struct sheet *s = new_sheet(SHEET_CP932, 0);
	struct blob out = { 0 };
	struct note note = { "" };
	json_t *list;

	(void)state;
	for (int i = 0; i < SHEET_MISFITS + 5; i++) {
		sheet_cell(s, "𠮷");
		sheet_row(s);
	}
	assert_int_equal(sheet_finish(s, &out, &list, &note), ERR_MISFIT);
	assert_int_equal(json_array_size(list), SHEET_MISFITS);
	assert_non_null(strstr(note.text, "1005, "));
	json_decref(list);
	assert_int_equal(sheet_finish(s, &out, NULL, NULL), ERR_MISFIT);
	sheet_free(&s);
	blob_free(&out);
}

/* A piece behind another one begins without a BOM. */
static void
test_pieces(void **state)
{
	struct sheet *s = new_sheet(SHEET_UTF8, 0);
	struct blob out = { 0 };

	(void)state;
	sheet_go_on(s);
	sheet_cell(s, "資格");
	sheet_row(s);
	assert_int_equal(sheet_finish(s, &out, NULL, NULL), ERR_OK);
	assert_string_equal(blob_str(&out), "資格\r\n");
	sheet_free(&s);
	blob_free(&out);
}

static void
test_words(void **state)
{
	enum sheet_charset c;

	(void)state;
	assert_true(sheet_charset_named(NULL, &c) && c == SHEET_UTF8);
	assert_true(sheet_charset_named("utf-8", &c) && c == SHEET_UTF8);
	assert_true(sheet_charset_named("shift_jis", &c) && c == SHEET_CP932);
	assert_false(sheet_charset_named("sjis", &c));
	assert_false(sheet_charset_named("", &c));
	sheet_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_cp932),
		cmocka_unit_test(test_misfits),
		cmocka_unit_test(test_many_misfits),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_words),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
