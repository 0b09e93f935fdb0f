#include "tests/unit/ledger_room.h"

#include <sqlite3.h>

#include "host/ledger/holding.h"
#include "host/ledger/label.h"
#include "host/ledger/same.h"

/* Days. */

static const struct day {
	const char	*name, *day;
	int		 add;
	const char	*want;
} days[] = {
	{ "before: 1 August", "20240801", -1, "20240731" },
	{ "before: 1 January", "20250101", -1, "20241231" },
	{ "before: 1 March of a leap year", "20240301", -1, "20240229" },
	{ "before: 1 March of none", "20230301", -1, "20230228" },
	{ "before: 1 March of 2000", "20000301", -1, "20000229" },
	{ "before: 1 March of 1900", "19000301", -1, "19000228" },
	{ "before: first day of 令和", "20190501", -1, "20190430" },
	{ "before: nothing", "", -1, "" },
	{ "before: no date", "20240230", -1, "" },
	{ "after: 31 December", "20241231", 1, "20250101" },
	{ "after: 28 February of a leap year", "20240228", 1, "20240229" },
	{ "after: a year", "20240229", 366, "20250301" },
	{ "before: many", "20240801", -366, "20230801" },
};

static void
day_row(void **state)
{
	const struct day *row = *state;
	char got[DAY_LEN];

	day_add(row->day, row->add, got);
	assert_string_equal(got, row->want);
}

static const struct era {
	const char	*name, *day, *want;
} eras[] = {
	{ "era: 令和", "20240801", "令和6年8月1日" },
	{ "era: 元年", "20191108", "令和元年11月8日" },
	{ "era: first day of 令和", "20190501", "令和元年5月1日" },
	{ "era: last day of 平成", "20190430", "平成31年4月30日" },
	{ "era: 昭和64年", "19890101", "昭和64年1月1日" },
	{ "era: first day of 平成", "19890108", "平成元年1月8日" },
	{ "era: 明治", "18730101", "明治6年1月1日" },
	{ "era: before its calendar", "18720101", "18720101" },
	{ "era: none", "", "" },
	{ "era: no date", "99999999", "99999999" },
};

static void
era_row(void **state)
{
	const struct era *row = *state;
	char got[DAY_TEXT_LEN];

	day_text(row->day, got);
	assert_string_equal(got, row->want);
}

/* Equality. */

static const struct equal {
	const char	*name;
	enum same_rule	 rule;
	const char	*a, *b;
	int		 want;
} equals[] = {
	{ "name: 髙 is 高", SAME_NAME, "ききょう　髙子", "ききょう 高子", 1 },
	{ "name: another", SAME_NAME, "資格　一郎", "資格　二郎", 0 },
	{ "name: ● is no glyph", SAME_NAME, "ききょう ●子", "ききょう 髙子", 0 },
	{ "kana: half width", SAME_KANA, "ｷｷｮｳ ﾀｶｺ", "キキヨウ　タカコ", 1 },
	{ "kana: hiragana", SAME_KANA, "ききょう たかこ", "ｷｷﾖｳ ﾀｶｺ", 1 },
	{ "kana: a dash", SAME_KANA, "ｶ-ﾙ", "カール", 1 },
	{ "kana: dakuten", SAME_KANA, "ｼｶｸ ｺﾞﾛｳ", "シカク コロウ", 0 },
	{ "number: leading zeros", SAME_NUMBER, "  138016", "00138016", 1 },
	{ "number: width", SAME_NUMBER, "１６３９９６０２９１ｘ００１",
	    "1639960291x001", 1 },
	{ "number: zero is a number", SAME_NUMBER, "00000000", "", 0 },
	{ "number: another", SAME_NUMBER, "139980", "139993", 0 },
	{ "branch: 1 is 01", SAME_NUMBER, "1", "01", 1 },
	{ "branch: none is not 00", SAME_NUMBER, "", "00", 0 },
	{ "symbol: width", SAME_TEXT, "葛う１０", "葛う10", 1 },
	{ "symbol: another glyph", SAME_TEXT, "葛う10", "萩う10", 0 },
	{ "address: width and dash", SAME_TEXT,
	    "東京都千代田区永田町１－９９－９９",
	    "東京都千代田区永田町1-99-99", 1 },
	{ "address: blanks", SAME_TEXT, "東京都港区 新橋2-91-999",
	    "東京都港区新橋2-91-999", 1 },
	{ "address: another", SAME_TEXT, "東京都港区新橋2-91-999",
	    "東京都港区新橋2-91-99", 0 },
	{ "post: hyphen", SAME_POST, "100-0014", "1000014", 1 },
	{ "post: another", SAME_POST, "100-0014", "100-0015", 0 },
	{ "day: open end", SAME_DAY, "99999999", "", 1 },
	{ "day: open end of 7", SAME_DAY, "9999999", "", 1 },
	{ "day: another", SAME_DAY, "20240731", "20240801", 0 },
	{ "code: width", SAME_EXACT, "０１", "01", 1 },
	{ "code: a zero counts", SAME_EXACT, "1", "01", 0 },
	{ "not UTF-8", SAME_NAME, "\xff", "\xfe", 0 },
};

static void
equal_row(void **state)
{
	const struct equal *row = *state;

	assert_int_equal(same(row->rule, row->a, row->b), row->want);
	assert_int_equal(same(row->rule, row->b, row->a), row->want);
}

static const struct label_case {
	const char	*name;
	void		(*label)(const char *, char [LABEL_ROOM]);
	const char	*code, *want;
} label_cases[] = {
	{ "limit: B04", label_limit, "B04", "B04（７０歳以上 一般）" },
	{ "limit: A01", label_limit, "A01", "A01（７０歳未満 ア）" },
	{ "limit: unknown", label_limit, "B99", "B99" },
	{ "limit: none", label_limit, "", "" },
	{ "ratio: 1割", label_ratio, "010", "1割" },
	{ "ratio: 3割", label_ratio, "030", "3割" },
	{ "ratio: none", label_ratio, "", "" },
	{ "ratio: odd", label_ratio, "015", "015" },
	{ "family: self", label_family, "1", "本人" },
	{ "family: unknown", label_family, "9", "9" },
};

static void
label_row(void **state)
{
	const struct label_case *row = *state;
	char got[LABEL_ROOM];

	row->label(row->code, got);
	assert_string_equal(got, row->want);
}

/* Rows by day. */

static void
add(struct coverages *list, struct coverage c)
{
	list->row = realloc(list->row, (list->n + 1) * sizeof(*list->row));
	assert_non_null(list->row);
	list->row[list->n++] = c;
}

static const struct at {
	const char	*name, *day, *want;	/* insurer, "" none */
} ats[] = {
	{ "at: in the old one", "20240731", "172010" },
	{ "at: in the new one", "20240801", "139980" },
	{ "at: long after the new one", "20991231", "139980" },
	{ "at: between two, the newest that began", "20230115", "133033" },
	{ "at: the last day", "20221231", "133033" },
	{ "at: before all, the first to come", "20190101", "133033" },
};

static void
at_row(void **state)
{
	const struct at *row = *state;
	struct coverages list = { .n = 0 };
	const struct coverage *c;

	add(&list, row_of(COVERAGE_INSURANCE, "139980", "1", "20240801", ""));
	add(&list, row_of(COVERAGE_INSURANCE, "172010", "1", "20230801",
	    "20240731"));
	add(&list, row_of(COVERAGE_INSURANCE, "133033", "1", "20200401",
	    "20221231"));
	c = coverages_at(&list, COVERAGE_INSURANCE, row->day);
	assert_non_null(c);
	assert_string_equal(coverage_field(c, "insurer_number"), row->want);
	assert_null(coverages_at(&list, COVERAGE_AID, row->day));
	coverages_free(&list);
}

/* The history and the patient's columns. */

static char today[DAY_LEN], yesterday[DAY_LEN], tomorrow[DAY_LEN];

static void
know_days(void)
{
	day_today(today);
	day_add(today, -1, yesterday);
	day_add(today, 1, tomorrow);
}

static void
put(const char *insurer, const char *number, const char *branch)
{
	struct patient p = p01;

	snprintf(p.insurer_number, sizeof(p.insurer_number), "%s", insurer);
	snprintf(p.insured_identification_number,
	    sizeof(p.insured_identification_number), "%s", number);
	snprintf(p.insured_branch_number, sizeof(p.insured_branch_number),
	    "%s", branch);
	if (*insurer == '\0')
		p.insured_card_symbol[0] = '\0';
	assert_int_equal(patient_put(store, &p), ERR_OK);
}

#define P01	"0000000001"

static void
first_insurance_begins_a_history(void **state)
{
	(void)state;
	put("", "", "");
	expect_history(P01, COVERAGE_INSURANCE, "");
	put("172010", "456", "01");
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:-;");
	put("172010", "456", "01");
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:-;");
}

static void
another_insurance_follows_the_old_one(void **state)
{
	char want[128];

	(void)state;
	know_days();
	put("172010", "456", "01");
	put("139980", "9", "");
	snprintf(want, sizeof(want), "139980/9:%s-;172010/456:-%s;", today,
	    yesterday);
	expect_history(P01, COVERAGE_INSURANCE, want);
	/* Corrected on the same day it is one row still. */
	put("139993", "9", "");
	snprintf(want, sizeof(want), "139993/9:%s-;172010/456:-%s;", today,
	    yesterday);
	expect_history(P01, COVERAGE_INSURANCE, want);
}

static void
correction_stays_in_its_row(void **state)
{
	struct coverage c;
	int found;

	(void)state;
	know_days();
	put("172010", "456", "01");
	put("00172010", "0456", "02");
	expect_history(P01, COVERAGE_INSURANCE, "00172010/0456:-;");
	assert_int_equal(coverage_at(store, P01, COVERAGE_INSURANCE, today,
	    &c, &found), ERR_OK);
	assert_true(found);
	assert_string_equal(coverage_field(&c, "insured_branch_number"),
	    "02");
	coverage_free(&c);
}

static void
no_insurance_any_more_ends_the_row(void **state)
{
	char want[128];

	(void)state;
	know_days();
	put("172010", "456", "01");
	put("", "", "");
	snprintf(want, sizeof(want), "172010/456:-%s;", yesterday);
	expect_history(P01, COVERAGE_INSURANCE, want);
	expect_columns(P01, "", "", "");
	/* And insured again: nobody said since when. */
	put("172010", "456", "01");
	snprintf(want, sizeof(want), "172010/456:%s-;172010/456:-%s;", today,
	    yesterday);
	expect_history(P01, COVERAGE_INSURANCE, want);
	put("", "", "");
	snprintf(want, sizeof(want), "172010/456:-%s;", yesterday);
	expect_history(P01, COVERAGE_INSURANCE, want);
}

/* What was blanked stays so when the day turns. */
static void
blanked_insurance_is_not_brought_back(void **state)
{
	char want[128], old[DAY_LEN], last[DAY_LEN];

	(void)state;
	know_days();
	put("", "", "");
	day_add(today, -100, old);
	day_add(today, -51, last);
	put_row(P01, row_of(COVERAGE_INSURANCE, "133033", "3", old, last));
	day_add(today, -50, old);
	put_row(P01, row_of(COVERAGE_INSURANCE, "172010", "456", old, ""));
	assert_int_equal(coverage_settle(store, P01, today), ERR_OK);
	expect_columns(P01, "172010", "456", "");
	put("", "", "");
	assert_int_equal(coverage_turn(store, tomorrow, NULL), ERR_OK);
	expect_columns(P01, "", "", "");
	snprintf(want, sizeof(want), "172010/456:%s-%s;133033/3:", old,
	    yesterday);
	day_add(today, -100, old);
	snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s-%s;",
	    old, last);
	expect_history(P01, COVERAGE_INSURANCE, want);
	assert_int_equal(coverage_fill(store, P01, today), ERR_OK);
	expect_columns(P01, "172010", "456", "");
}

/* On its first day a row is the other card's no more, its end neither. */
static void
corrected_row_keeps_nothing_of_the_other_card(void **state)
{
	struct coverage c = { .kind = COVERAGE_INSURANCE };
	char want[128], end[DAY_LEN];
	int found;

	(void)state;
	know_days();
	put("", "", "");
	day_add(today, 90, end);
	c = row_of(COVERAGE_INSURANCE, "172010", "456", today, end);
	snprintf(c.finding, sizeof(c.finding), "f1");
	put_row(P01, c);
	assert_int_equal(coverage_settle(store, P01, today), ERR_OK);
	put("139980", "9", "");
	snprintf(want, sizeof(want), "139980/9:%s-;", today);
	expect_history(P01, COVERAGE_INSURANCE, want);
	assert_int_equal(coverage_at(store, P01, COVERAGE_INSURANCE, today,
	    &c, &found), ERR_OK);
	assert_string_equal(c.finding, "");
	coverage_free(&c);
}

static void
new_insurance_ends_before_the_next_on_record(void **state)
{
	char want[160], next[DAY_LEN], last[DAY_LEN];

	(void)state;
	know_days();
	day_add(today, 30, next);
	day_add(next, -1, last);
	put("172010", "456", "01");
	put_row(P01, row_of(COVERAGE_INSURANCE, "139980", "9", next, ""));
	put("133033", "3", "");
	snprintf(want, sizeof(want),
	    "139980/9:%s-;133033/3:%s-%s;172010/456:-%s;", next, today, last,
	    yesterday);
	expect_history(P01, COVERAGE_INSURANCE, want);
	put("138016", "4", "");		/* corrected on the same day */
	snprintf(want, sizeof(want),
	    "139980/9:%s-;138016/4:%s-%s;172010/456:-%s;", next, today, last,
	    yesterday);
	expect_history(P01, COVERAGE_INSURANCE, want);
}

static void
future_row_waits_for_its_day(void **state)
{
	char want[128];
	size_t n = 9;

	(void)state;
	know_days();
	put("172010", "456", "01");
	put_row(P01, row_of(COVERAGE_INSURANCE, "139980", "9", tomorrow, ""));
	assert_int_equal(coverage_settle(store, P01, today), ERR_OK);
	expect_columns(P01, "172010", "456", "01");
	assert_int_equal(coverage_turn(store, today, &n), ERR_OK);
	assert_int_equal(n, 0);
	expect_columns(P01, "172010", "456", "01");
	assert_int_equal(coverage_turn(store, tomorrow, &n), ERR_OK);
	assert_int_equal(n, 1);
	snprintf(want, sizeof(want), "139980/9:%s-;172010/456:-;", tomorrow);
	expect_history(P01, COVERAGE_INSURANCE, want);
}

static void
columns_follow_the_row_of_today(void **state)
{
	(void)state;
	know_days();
	put("", "", "");
	put_row(P01, row_of(COVERAGE_INSURANCE, "133033", "3", "20200401",
	    "20210731"));
	assert_int_equal(coverage_settle(store, P01, today), ERR_OK);
	expect_columns(P01, "", "", "");	/* they were blank */
	assert_int_equal(coverage_fill(store, P01, today), ERR_OK);
	expect_columns(P01, "133033", "3", "");	/* the newest */
	put_row(P01, row_of(COVERAGE_INSURANCE, "139980", "9", "20210801",
	    ""));
	assert_int_equal(coverage_settle(store, P01, today), ERR_OK);
	expect_columns(P01, "139980", "9", "");
	put_row(P01, row_of(COVERAGE_AID, "12161009", "9931521", "20240101",
	    ""));
	assert_int_equal(coverage_settle(store, P01, today), ERR_OK);
	expect_columns(P01, "139980", "9", "");
}

static void
old_stores_have_the_row_of_their_columns(void **state)
{
	struct holding h;
	char want[128];

	(void)state;
	know_days();
	assert_int_equal(patient_write(store, &p01), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "");
	assert_int_equal(holding_load(store, P01, &h), ERR_OK);
	assert_int_equal(h.coverages.n, 1);
	assert_string_equal(h.coverages.row[0].id, "");
	holding_free(&h);
	put("139980", "9", "");
	snprintf(want, sizeof(want), "139980/9:%s-;172010/456:-%s;", today,
	    yesterday);
	expect_history(P01, COVERAGE_INSURANCE, want);
}

static void
dropped_row_comes_back(void **state)
{
	struct coverages list;
	char id[UUID_LEN];

	(void)state;
	put("172010", "456", "01");
	assert_int_equal(coverage_list(store, P01, &list), ERR_OK);
	memcpy(id, list.row[0].id, sizeof(id));
	coverages_free(&list);
	assert_int_equal(coverage_drop(store, id), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "");
	assert_int_equal(coverage_undrop(store, id), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:-;");
	assert_int_equal(coverage_drop(store, "none"), ERR_NO_SUCH);
}

static void
row_of_nobody_is_refused(void **state)
{
	struct coverage c = row_of(COVERAGE_INSURANCE, "1", "1", "", "");

	(void)state;
	snprintf(c.chart_number, sizeof(c.chart_number), "404");
	assert_int_equal(coverage_put(store, &c), ERR_ROW);
	coverage_free(&c);
}

/* A store that someone else wrote to. */
static void
row_that_is_not_ours_is_an_error(void **state)
{
	struct coverages list;
	sqlite3 *db = NULL;

	(void)state;
	put("172010", "456", "01");
	assert_int_equal(sqlite3_open(room_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE coverage SET fields = '['",
	    NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(coverage_list(store, P01, &list), ERR_STORE);
	assert_int_equal(list.n, 0);
}

static void
put_is_whole_or_nothing(void **state)
{
	struct patient p = p01;

	(void)state;
	put("172010", "456", "01");
	p.sex = (enum sex)4;
	snprintf(p.insurer_number, sizeof(p.insurer_number), "139980");
	assert_int_equal(patient_put(store, &p), ERR_ROW);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:-;");
	expect_columns(P01, "172010", "456", "01");
	/* In a transaction of the caller's it is his to roll back. */
	assert_int_equal(store_begin(store), ERR_OK);
	p = p01;
	p.insurer_number[0] = '\0';
	p.insured_identification_number[0] = '\0';
	assert_int_equal(patient_put(store, &p), ERR_OK);
	store_rollback(store);
	expect_columns(P01, "172010", "456", "01");
}

static void
holding_is_json(void **state)
{
	struct holding h;
	json_t *o;

	(void)state;
	know_days();
	assert_int_equal(patient_put(store, &p01), ERR_OK);
	assert_int_equal(holding_load(store, P01, &h), ERR_OK);
	assert_non_null(o = holding_json(&h, today));
	assert_string_equal(json_string_value(json_object_get(o,
	    "insurer_number")), "172010");
	assert_int_equal(json_array_size(json_object_get(o, "coverages")), 1);
	assert_true(json_is_true(json_object_get(json_array_get(
	    json_object_get(o, "coverages"), 0), "now")));
	json_decref(o);
	holding_free(&h);
	assert_int_equal(holding_load(store, "404", &h), ERR_NO_PATIENT);
}

static const struct CMUnitTest plain[] = {
	TEST(first_insurance_begins_a_history),
	TEST(another_insurance_follows_the_old_one),
	TEST(correction_stays_in_its_row),
	TEST(no_insurance_any_more_ends_the_row),
	TEST(blanked_insurance_is_not_brought_back),
	TEST(corrected_row_keeps_nothing_of_the_other_card),
	TEST(new_insurance_ends_before_the_next_on_record),
	TEST(future_row_waits_for_its_day),
	TEST(columns_follow_the_row_of_today),
	TEST(old_stores_have_the_row_of_their_columns),
	TEST(dropped_row_comes_back),
	TEST(row_of_nobody_is_refused),
	TEST(row_that_is_not_ours_is_an_error),
	TEST(put_is_whole_or_nothing),
	TEST(holding_is_json),
};

static size_t
rows(struct CMUnitTest *to, const void *table, size_t n, size_t size,
    CMUnitTestFunction f)
{
	for (size_t i = 0; i < n; i++) {
		const char *const *row = (const void *)((const char *)table +
		    i * size);

		to[i] = (struct CMUnitTest){ .name = *row, .test_func = f,
		    .initial_state = (void *)(uintptr_t)row };
	}
	return (n);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(days) + LEN(eras) +
	    LEN(equals) + LEN(label_cases) + LEN(ats)];
	size_t n = 0;

	n += rows(tests + n, days, LEN(days), sizeof(days[0]), day_row);
	n += rows(tests + n, eras, LEN(eras), sizeof(eras[0]), era_row);
	n += rows(tests + n, equals, LEN(equals), sizeof(equals[0]),
	    equal_row);
	n += rows(tests + n, label_cases, LEN(label_cases),
	    sizeof(label_cases[0]), label_row);
	n += rows(tests + n, ats, LEN(ats), sizeof(ats[0]), at_row);
	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	return (cmocka_run_group_tests_name("ledger_coverage", tests, NULL,
	    NULL));
}
