#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- CP932 --- */

/* bytes <-> text; at: where it stops when that is refused. */
enum way { READ = 1, WRITE = 2, BOTH = 3 };

static const struct code_row {
	const char	*name;
	const char	*bytes, *text;
	enum way	 way;
	enum err	 want;
	size_t		 at;
} codes[] = {
	{ "ASCII", "aZ 09", "aZ 09", BOTH, ERR_OK, 0 },
	{ "backslash and tilde", "\\~", "\\~", BOTH, ERR_OK, 0 },
	{ "nothing", "", "", BOTH, ERR_OK, 0 },
	{ "髙 of Windows", "\xfb\xfc", "髙", BOTH, ERR_OK, 0 },
	{ "髙 of the NEC row", "\xee\xe0", "髙", READ, ERR_OK, 0 },
	{ "﨑 of Windows", "\xfa\xb1", "﨑", BOTH, ERR_OK, 0 },
	{ "﨑 of the NEC row", "\xed\x95", "﨑", READ, ERR_OK, 0 },
	{ "高", "\x8d\x82", "高", BOTH, ERR_OK, 0 },
	{ "①", "\x87\x40", "①", BOTH, ERR_OK, 0 },
	{ "ⅰ", "\xfa\x40", "ⅰ", BOTH, ERR_OK, 0 },
	{ "full-width tilde", "\x81\x60", "～", BOTH, ERR_OK, 0 },
	{ "full-width minus", "\x81\x7c", "－", BOTH, ERR_OK, 0 },
	{ "parallel", "\x81\x61", "∥", BOTH, ERR_OK, 0 },
	{ "half-width kana", "\xb7\xb7\xae\xb3 \xc0\xb6\xba", "ｷｷｮｳ ﾀｶｺ",
	    BOTH, ERR_OK, 0 },
	{ "half-width sound marks", "\xb6\xde\xca\xdf", "ｶﾞﾊﾟ", BOTH,
	    ERR_OK, 0 },
	{ "trail byte that is a backslash", "\x83\x5c", "ソ", BOTH, ERR_OK,
	    0 },
	{ "ideographic space", "\x8e\x91\x8a\x69\x81\x40\x88\xea", "資格　一",
	    BOTH, ERR_OK, 0 },

	{ "lead byte at the end", "\x81", NULL, READ, ERR_CHARSET, 0 },
	{ "lead byte at the end of text", "ab\x8d\x82\x8d", NULL, READ,
	    ERR_CHARSET, 4 },
	{ "trail byte out of range", "a\x81\x39", NULL, READ, ERR_CHARSET,
	    1 },
	{ "undefined 8540", "\x85\x40", NULL, READ, ERR_CHARSET, 0 },
	{ "undefined EB40", "abc\xeb\x40""d", NULL, READ, ERR_CHARSET, 3 },
	{ "undefined 80", "\x80", NULL, READ, ERR_CHARSET, 0 },
	{ "undefined A0", "a\xa0", NULL, READ, ERR_CHARSET, 1 },
	{ "undefined FD", "ab\xfd", NULL, READ, ERR_CHARSET, 2 },
	{ "undefined FF", "\xff", NULL, READ, ERR_CHARSET, 0 },
	{ "UTF-8 taken for CP932", "\xe9\xab\x99", NULL, READ, ERR_CHARSET,
	    2 },

	{ "𠮷 does not fit", NULL, "𠮷", WRITE, ERR_CHARSET, 0 },
	{ "𠮷 after two", NULL, "資格𠮷田", WRITE, ERR_CHARSET, 6 },
	{ "wave dash as Windows has it", "\x61\x81\x60", "a〜", WRITE, 0, 0 },
	{ "minus as Windows has it", "\x82\x50\x81\x7c\x82\x51", "１−２",
	    WRITE, 0, 0 },
	{ "double line as Windows has it", "\x81\x61", "‖", WRITE, 0, 0 },
	{ "yen sign is no backslash", NULL, "¥", WRITE, ERR_CHARSET, 0 },
	{ "accented letter", NULL, "André", WRITE, ERR_CHARSET, 4 },
	{ "combining sound mark", NULL, "カ\xe3\x82\x99", WRITE, ERR_CHARSET,
	    3 },
	{ "not UTF-8", NULL, "a\xff", WRITE, ERR_CHARSET, 1 },
	{ "UTF-8 cut short", NULL, "資\xe6\xa0", WRITE, ERR_CHARSET, 3 },
	{ "surrogate", NULL, "\xed\xa0\x80", WRITE, ERR_CHARSET, 0 },
	{ "overlong", NULL, "\xc0\xaf", WRITE, ERR_CHARSET, 0 },
};

static void
check_code(enum err r, const struct code_row *row, const struct blob *out,
    const char *want, size_t at)
{
	assert_int_equal(r, row->want);
	assert_int_equal(at, row->at);
	if (row->want == ERR_OK) {
		assert_int_equal(out->len, strlen(want));
		assert_string_equal(blob_str(out), want);
	}
}

static void
code_row(void **state)
{
	const struct code_row *row = *state;
	struct blob out = { 0 };
	size_t at = 99;
	enum err r;

	assert_int_equal(blob_add_str(&out, "before"), ERR_OK);
	if (row->way & READ) {
		r = text_from_cp932(row->bytes, strlen(row->bytes), &out,
		    &at);
		check_code(r, row, &out, row->text, at);
		assert_int_equal(text_from_cp932(row->bytes,
		    strlen(row->bytes), &out, NULL), row->want);
	}
	at = 99;
	if (row->way & WRITE) {
		r = text_to_cp932(row->text, &out, &at);
		check_code(r, row, &out, row->bytes, at);
		assert_int_equal(text_to_cp932(row->text, &out, NULL),
		    row->want);
	}
	blob_free(&out);
}

/* Every one- and two-byte code: what is read and written is read again. */
static void
all_codes(void **state)
{
	struct blob text = { 0 }, back = { 0 }, again = { 0 };
	unsigned good = 0;

	(void)state;
	for (unsigned c = 0x20; c <= 0xffff; c++) {
		const char two[] = { (char)(c >> 8), (char)c };
		size_t n = c > 0xff ? 2 : 1, at;

		/* Two half-width kana, or no lead byte. */
		if (c > 0xff && (c < 0x8100 || (c >= 0xa000 && c < 0xe000)))
			continue;
		if (text_from_cp932(two + 2 - n, n, &text, &at) != ERR_OK) {
			assert_true(at < n);
			continue;
		}
		assert_true(text_is_utf8(text.data, text.len));
		assert_int_equal(text_to_cp932(blob_str(&text), &back, NULL),
		    ERR_OK);
		assert_int_equal(text_from_cp932(back.data, back.len, &again,
		    NULL), ERR_OK);
		assert_string_equal(blob_str(&text), blob_str(&again));
		good++;
	}
	/* JIS X 0208 alone has 6879 characters. */
	assert_true(good > 6879);
	blob_free(&text);
	blob_free(&back);
	blob_free(&again);
}

static void
too_long_for_cp932(void **state)
{
	struct blob out = { 0 };
	size_t at = 99;

	(void)state;
	assert_int_equal(text_from_cp932("a", (size_t)BLOB_MAX / 4 + 1, &out,
	    &at), ERR_TOOBIG);
	assert_int_equal(at, 0);
	assert_int_equal(out.len, 0);
	blob_free(&out);
}

/* --- keys --- */

typedef enum err text_fn(const char *, struct blob *);

/* One row, one text and what it becomes; NULL: ERR_CHARSET. */
static const struct fold_row {
	const char	*name;
	text_fn		*fn;
	const char	*text, *want;
} folds[] = {
	{ "key: width and case", text_key, "ＡＢｃ１２", "abc12" },
	{ "key: all white space", text_key, "資格　一 郎\t", "資格一郎" },
	{ "key: half-width kana", text_key, "ｼｶｸ ｺﾞﾛｳ", "シカクゴロウ" },
	{ "key: half-width sound mark", text_key, "ｶﾞ", "ガ" },
	{ "key: free sound mark", text_key, "カ゛", "ガ" },
	{ "key: combining sound mark", text_key, "カ\xe3\x82\x99", "ガ" },
	{ "key: p sound marks", text_key, "ﾊﾟハ゜", "パパ" },
	{ "key: sound mark after a space", text_key, "カ ゛", "ガ" },
	{ "key: variants stay", text_key, "髙﨑", "髙﨑" },
	{ "key: hiragana stays", text_key, "こすもす", "こすもす" },
	{ "key: ligatures", text_key, "㈱①", "(株)1" },
	{ "key: nothing", text_key, "", "" },
	{ "key: only spaces", text_key, " 　", "" },
	{ "key: not UTF-8", text_key, "資\xff", NULL },
	{ "key: cut short", text_key, "\xe8\xb3", NULL },
	{ "key: overlong", text_key, "\xc0\x80", NULL },
	{ "key: surrogate", text_key, "\xed\xa0\x80", NULL },

	{ "kana: hiragana", text_kana_key, "こすもす かずこ",
	    "コスモスカズコ" },
	{ "kana: small as large", text_kana_key, "ｷｷｮｳ きょう ッァヮヵヶ",
	    "キキヨウキヨウツアワカケ" },
	{ "kana: small hiragana", text_kana_key, "ぁぃぅぇぉっゃゅょゎゕゖ",
	    "アイウエオツヤユヨワカケ" },
	{ "kana: long marks", text_kana_key, "コ-ヒーｰ－‐−―–—",
	    "コーヒーーーーーーーー" },
	{ "kana: free sound mark", text_kana_key, "か゛は゜", "ガパ" },
	{ "kana: kanji stays", text_kana_key, "資格", "資格" },
	{ "kana: not UTF-8", text_kana_key, "\xa1", NULL },

	{ "name: 髙", text_name_key, "髙", "高" },
	{ "name: 﨑 and 嵜", text_name_key, "﨑碕嵜", "崎崎崎" },
	{ "name: 𠮷", text_name_key, "𠮷田", "吉田" },
	{ "name: 邊 and 邉", text_name_key, "渡邊渡邉", "渡辺渡辺" },
	{ "name: 齋 and 齊", text_name_key, "齋齊斎斉", "斉斉斉斉" },
	{ "name: compatibility ideographs", text_name_key,
	    "\xef\xa8\x90\xef\xa8\x99\xef\xa9\x91", "塚神祝" },
	{ "name: common forms stay", text_name_key, "高崎", "高崎" },
	{ "name: width", text_name_key, "ｶﾈｺ　吾郎", "カネコ吾郎" },
	{ "name: not UTF-8", text_name_key, "髙\xe9", NULL },

	{ "half: katakana", text_half_kana, "キキョウ　タカコ", "ｷｷｮｳ ﾀｶｺ" },
	{ "half: hiragana", text_half_kana, "こすもす かずこ", "ｺｽﾓｽ ｶｽﾞｺ" },
	{ "half: sound marks", text_half_kana, "ガパヴ", "ｶﾞﾊﾟｳﾞ" },
	{ "half: free sound marks", text_half_kana, "カ゛ハ゜", "ｶﾞﾊﾟ" },
	{ "half: already", text_half_kana, "ｼｶｸ ｺﾞﾛｳ", "ｼｶｸ ｺﾞﾛｳ" },
	{ "half: long mark and dot", text_half_kana, "ー・", "ｰ･" },
	{ "half: kanji stays", text_half_kana, "資格", "資格" },
	{ "half: nothing", text_half_kana, "", "" },
	{ "half: not UTF-8", text_half_kana, "ガ\x80", NULL },

	{ "trim: both ends", text_trim, "　 資格　一郎 \t　", "資格　一郎" },
	{ "trim: nothing to do", text_trim, "a", "a" },
	{ "trim: only spaces", text_trim, " 　\n", "" },
	{ "trim: nothing", text_trim, "", "" },
	{ "trim: not UTF-8", text_trim, "a\xff", NULL },
	{ "trim: cut short", text_trim, "a\xe3\x80", NULL },
};

static void
fold_row(void **state)
{
	const struct fold_row *row = *state;
	struct blob out = { 0 }, twice = { 0 };

	assert_int_equal(blob_add_str(&out, "before"), ERR_OK);
	assert_int_equal(row->fn(row->text, &out),
	    row->want == NULL ? ERR_CHARSET : ERR_OK);
	assert_string_equal(blob_str(&out), row->want == NULL ? "" :
	    row->want);
	assert_int_equal(out.len, strlen(blob_str(&out)));
	/* A key of a key is that key. */
	if (row->want != NULL) {
		assert_int_equal(row->fn(row->want, &twice), ERR_OK);
		assert_string_equal(blob_str(&twice), row->want);
	}
	blob_free(&out);
	blob_free(&twice);
}

/* Different people stay different. */
static void
keys_differ(void **state)
{
	static const struct {
		text_fn		*fn;
		const char	*a, *b;
	} pairs[] = {
		{ text_key, "髙", "高" },
		{ text_key, "キヨウ", "キョウ" },
		{ text_kana_key, "カズコ", "カスコ" },
		{ text_kana_key, "ハル", "パル" },
		{ text_kana_key, "オノ", "オーノ" },
		{ text_name_key, "扶助 七郎", "扶助 九郎" },
		{ text_name_key, "資格 一郎", "資格 五郎" },
		{ text_name_key, "ききょう ●子", "ききょう 髙子" },
	};
	struct blob a = { 0 }, b = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(pairs); i++) {
		assert_int_equal(pairs[i].fn(pairs[i].a, &a), ERR_OK);
		assert_int_equal(pairs[i].fn(pairs[i].b, &b), ERR_OK);
		assert_string_not_equal(blob_str(&a), blob_str(&b));
	}
	blob_free(&a);
	blob_free(&b);
}

/* The character that grows most: U+FDFA is 18 units in NFKC. */
static void
longest_text(void **state)
{
	static text_fn *const fns[] = { text_key, text_kana_key,
	    text_name_key, text_half_kana };
	struct blob in = { 0 }, out = { 0 };

	(void)state;
	for (size_t i = 0; i < 4096 / 3; i++)
		assert_int_equal(blob_add_str(&in, "\xef\xb7\xba"), ERR_OK);
	for (size_t i = 0; i < LEN(fns); i++)
		assert_int_equal(fns[i](blob_str(&in), &out), ERR_OK);
	assert_int_equal(blob_add_str(&in, "a"), ERR_OK);
	assert_int_equal(in.len, 4096);
	assert_int_equal(text_key(blob_str(&in), &out), ERR_OK);
	assert_int_equal(blob_add_str(&in, "a"), ERR_OK);
	for (size_t i = 0; i < LEN(fns); i++) {
		assert_int_equal(fns[i](blob_str(&in), &out), ERR_TOOBIG);
		assert_int_equal(out.len, 0);
	}
	blob_free(&in);
	blob_free(&out);
}

/* --- shape --- */

static const struct utf8_row {
	const char	*name, *text;
	size_t		 len;
	int		 want;
} utf8s[] = {
	{ "UTF-8: nothing", "", 0, 1 },
	{ "UTF-8: ASCII", "a\n", 2, 1 },
	{ "UTF-8: two, three, four bytes", "é資𠮷", 9, 1 },
	{ "UTF-8: last character", "\xf4\x8f\xbf\xbf", 4, 1 },
	{ "UTF-8: NUL", "a\0b", 3, 0 },
	{ "UTF-8: NUL overlong", "\xc0\x80", 2, 0 },
	{ "UTF-8: lone continuation", "\x80", 1, 0 },
	{ "UTF-8: lead at the end", "a\xe8", 2, 0 },
	{ "UTF-8: cut short", "\xe8\xb3", 2, 0 },
	{ "UTF-8: lead and ASCII", "\xe8\xb3""a", 3, 0 },
	{ "UTF-8: overlong slash", "\xe0\x80\xaf", 3, 0 },
	{ "UTF-8: surrogate", "\xed\xbf\xbf", 3, 0 },
	{ "UTF-8: beyond the last", "\xf4\x90\x80\x80", 4, 0 },
	{ "UTF-8: five bytes", "\xf8\x88\x80\x80\x80", 5, 0 },
	{ "UTF-8: FE", "\xfe", 1, 0 },
	{ "UTF-8: CP932 髙", "\xfb\xfc", 2, 0 },
};

static void
utf8_row(void **state)
{
	const struct utf8_row *row = *state;
	char *copy = malloc(row->len + 1);

	assert_non_null(copy);
	memcpy(copy, row->text, row->len);
	assert_int_equal(text_is_utf8(copy, row->len), row->want);
	free(copy);
}

static void
lines(void **state)
{
	static const char *const bad[] = { "", "a\nb", "\t", "\033[D",
	    "a\177", "\xe8\xb3", "\xfb\xfc" };

	(void)state;
	assert_true(text_is_line("訪問　花子"));
	assert_true(text_is_line(" "));
	for (size_t i = 0; i < LEN(bad); i++)
		assert_false(text_is_line(bad[i]));
}

static void
gaps(void **state)
{
	(void)state;
	assert_true(text_has_gap("ききょう ●子"));
	assert_true(text_has_gap("〓"));
	assert_false(text_has_gap(""));
	assert_false(text_has_gap("ききょう 髙子"));
	assert_false(text_has_gap("○◎■"));
}

/* "日" is E6 97 A5. */
static void
copies_end_at_a_border(void **state)
{
	static const struct {
		const char	*from;
		size_t		 room;
		const char	*want;
	} rows[] = {
		{ "", 1, "" }, { "a", 1, "" }, { "日", 1, "" },
		{ "日", 2, "" }, { "日", 3, "" }, { "日", 4, "日" },
		{ "a日", 4, "a" }, { "a日", 5, "a日" }, { "日日", 6, "日" },
		{ "日日", 7, "日日" }, { "ab", 2, "a" }, { "ab", 3, "ab" },
		{ "日a", 5, "日a" }, { "日ab", 5, "日a" }, { "日ab", 4, "日" },
		{ "𠮷", 4, "" }, { "𠮷", 5, "𠮷" },
	};
	char to[8];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		memset(to, 'x', sizeof(to));
		text_copy(to, rows[i].room, rows[i].from);
		assert_string_equal(to, rows[i].want);
		assert_int_equal(to[rows[i].room], 'x');
	}
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(copies_end_at_a_border),
	cmocka_unit_test(all_codes),
	cmocka_unit_test(too_long_for_cp932),
	cmocka_unit_test(keys_differ),
	cmocka_unit_test(longest_text),
	cmocka_unit_test(gaps),
	cmocka_unit_test(lines),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(codes) + LEN(folds) + LEN(utf8s) +
	    LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(codes); i++)
		tests[n++] = (struct CMUnitTest){ .name = codes[i].name,
		    .test_func = code_row,
		    .initial_state = (void *)(uintptr_t)&codes[i] };
	for (size_t i = 0; i < LEN(folds); i++)
		tests[n++] = (struct CMUnitTest){ .name = folds[i].name,
		    .test_func = fold_row,
		    .initial_state = (void *)(uintptr_t)&folds[i] };
	for (size_t i = 0; i < LEN(utf8s); i++)
		tests[n++] = (struct CMUnitTest){ .name = utf8s[i].name,
		    .test_func = utf8_row,
		    .initial_state = (void *)(uintptr_t)&utf8s[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
