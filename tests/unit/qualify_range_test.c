#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/qualify/range.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct preset {
	const char	*name;
	enum category	 category;
	enum axis	 axis;		/* as asked, AXIS_NONE: the default */
	const char	*today;
	enum err	 err;
	enum axis	 want;
	const char	*from, *to;
} presets[] = {
	{ "home: one month back", CATEGORY_HOME, AXIS_NONE, "20251204",
	    ERR_OK, AXIS_CONSENT, "20251104", "20251204" },
	{ "home: March 31", CATEGORY_HOME, AXIS_NONE, "20270331", ERR_OK,
	    AXIS_CONSENT, "20270228", "20270331" },
	{ "home: March 31, leap year", CATEGORY_HOME, AXIS_NONE, "20280331",
	    ERR_OK, AXIS_CONSENT, "20280229", "20280331" },
	{ "home: March 30, leap year", CATEGORY_HOME, AXIS_NONE, "20280330",
	    ERR_OK, AXIS_CONSENT, "20280229", "20280330" },
	{ "home: March 29", CATEGORY_HOME, AXIS_NONE, "20270329", ERR_OK,
	    AXIS_CONSENT, "20270228", "20270329" },
	{ "home: March 28", CATEGORY_HOME, AXIS_NONE, "20270328", ERR_OK,
	    AXIS_CONSENT, "20270228", "20270328" },
	{ "home: century without leap day", CATEGORY_HOME, AXIS_NONE,
	    "21000331", ERR_OK, AXIS_CONSENT, "21000228", "21000331" },
	{ "home: October 31", CATEGORY_HOME, AXIS_NONE, "20261031", ERR_OK,
	    AXIS_CONSENT, "20260930", "20261031" },
	{ "home: August 31", CATEGORY_HOME, AXIS_NONE, "20260831", ERR_OK,
	    AXIS_CONSENT, "20260731", "20260831" },
	{ "home: January", CATEGORY_HOME, AXIS_NONE, "20270115", ERR_OK,
	    AXIS_CONSENT, "20261215", "20270115" },
	{ "nursing", CATEGORY_NURSING, AXIS_NONE, "20251204", ERR_OK,
	    AXIS_CONSENT, "20251104", "20251204" },
	{ "online: this month", CATEGORY_ONLINE, AXIS_NONE, "20261120",
	    ERR_OK, AXIS_EXAMINATION, "20261101", "20261130" },
	{ "online: February", CATEGORY_ONLINE, AXIS_EXAMINATION, "20270210",
	    ERR_OK, AXIS_EXAMINATION, "20270201", "20270228" },
	{ "online: leap February", CATEGORY_ONLINE, AXIS_EXAMINATION,
	    "20280229", ERR_OK, AXIS_EXAMINATION, "20280201", "20280229" },
	{ "online by consent", CATEGORY_ONLINE, AXIS_CONSENT, "20270331",
	    ERR_OK, AXIS_CONSENT, "20270228", "20270331" },
	{ "aid: this month", CATEGORY_AID, AXIS_NONE, "20251130", ERR_OK,
	    AXIS_MONTH, "202511", "202511" },
	{ "drug: twelve months", CATEGORY_DRUG, AXIS_NONE, "20261120",
	    ERR_OK, AXIS_MONTH, "202512", "202611" },
	{ "insurance has none", CATEGORY_INSURANCE, AXIS_NONE, "20261120",
	    ERR_OK, AXIS_NONE, "", "" },
	{ "checkup has none", CATEGORY_CHECKUP, AXIS_NONE, "20261120",
	    ERR_OK, AXIS_NONE, "", "" },
	{ "home by examination", CATEGORY_HOME, AXIS_EXAMINATION, "20261120",
	    ERR_RANGE, AXIS_EXAMINATION, "", "" },
	{ "nursing by month", CATEGORY_NURSING, AXIS_MONTH, "20261120",
	    ERR_RANGE, AXIS_MONTH, "", "" },
	{ "aid by consent", CATEGORY_AID, AXIS_CONSENT, "20261120",
	    ERR_RANGE, AXIS_CONSENT, "", "" },
	{ "insurance by consent", CATEGORY_INSURANCE, AXIS_CONSENT,
	    "20261120", ERR_RANGE, AXIS_CONSENT, "", "" },
	{ "today is none", CATEGORY_HOME, AXIS_NONE, "20260229", ERR_RANGE,
	    AXIS_CONSENT, "", "" },
	{ "no today", CATEGORY_HOME, AXIS_NONE, "", ERR_RANGE, AXIS_CONSENT,
	    "", "" },
};

static void
preset_row(void **state)
{
	const struct preset *row = *state;
	struct note note = { "" };
	struct range r;

	assert_int_equal(range_default(row->category, row->axis, row->today,
	    &r), row->err);
	assert_int_equal(r.axis, row->want);
	assert_string_equal(r.from, row->from);
	assert_string_equal(r.to, row->to);
	if (row->err == ERR_OK)
		assert_int_equal(range_check(row->category, &r, row->today,
		    &note), ERR_OK);
}

#define TODAY "20261120"
/* says NULL: nothing is wrong. */
static const struct check {
	const char	*name;
	enum category	 category;
	struct range	 range;
	const char	*says;
} checks[] = {
	{ "one day", CATEGORY_HOME, { AXIS_CONSENT, TODAY, TODAY }, NULL },
	{ "over a year's end", CATEGORY_HOME, { AXIS_CONSENT, "20251201",
	    "20260131" }, NULL },
	{ "online to the month's end", CATEGORY_ONLINE, { AXIS_EXAMINATION,
	    "20261130", "20261130" }, NULL },
	{ "a past month", CATEGORY_AID, { AXIS_MONTH, "202409", "202409" },
	    NULL },
	{ "five years", CATEGORY_DRUG, { AXIS_MONTH, "202112", "202611" },
	    NULL },
	{ "none, and none wanted", CATEGORY_SINGLE, { AXIS_NONE, "", "" },
	    NULL },
	{ "behind", CATEGORY_HOME, { AXIS_CONSENT, TODAY, "20261119" },
	    "behind" },
	{ "to in the future", CATEGORY_HOME, { AXIS_CONSENT, "20261101",
	    "20261121" }, "to lies in the future" },
	{ "from in the future", CATEGORY_HOME, { AXIS_CONSENT, "20261121",
	    "20261121" }, "from lies in the future" },
	{ "next month's examination", CATEGORY_ONLINE, { AXIS_EXAMINATION,
	    "20261101", "20261201" }, "future" },
	{ "online consent of tomorrow", CATEGORY_ONLINE, { AXIS_CONSENT,
	    "20261101", "20261121" }, "future" },
	{ "next month", CATEGORY_AID, { AXIS_MONTH, "202612", "202612" },
	    "future" },
	{ "two months of aid", CATEGORY_AID, { AXIS_MONTH, "202610",
	    "202611" }, "one month" },
	{ "longer than five years", CATEGORY_DRUG, { AXIS_MONTH, "202111",
	    "202611" }, "5 years" },
	{ "a mistyped year", CATEGORY_HOME, { AXIS_CONSENT, "20161101",
	    TODAY }, "5 years" },
	{ "no from", CATEGORY_HOME, { AXIS_CONSENT, "", TODAY },
	    "from is missing" },
	{ "no to", CATEGORY_HOME, { AXIS_CONSENT, TODAY, "" },
	    "to is missing" },
	{ "no such from", CATEGORY_HOME, { AXIS_CONSENT, "20260431", TODAY },
	    "from: no such date" },
	{ "no such to", CATEGORY_HOME, { AXIS_CONSENT, "20260430",
	    "20260931" }, "to: no such date" },
	{ "a month as a day", CATEGORY_HOME, { AXIS_CONSENT, "202611",
	    TODAY }, "from: no such date" },
	{ "a day as a month", CATEGORY_AID, { AXIS_MONTH, TODAY, TODAY },
	    "from: no such date" },
	{ "month 13", CATEGORY_AID, { AXIS_MONTH, "202513", "202513" },
	    "from: no such date" },
	{ "month in letters", CATEGORY_AID, { AXIS_MONTH, "2025-1",
	    "202511" }, "from: no such date" },
	{ "home by examination", CATEGORY_HOME, { AXIS_EXAMINATION, TODAY,
	    TODAY }, "not asked for" },
	{ "aid by consent", CATEGORY_AID, { AXIS_CONSENT, TODAY, TODAY },
	    "not asked for" },
	{ "home without dates", CATEGORY_HOME, { AXIS_NONE, "", "" },
	    "not asked for" },
	{ "a check with dates", CATEGORY_SINGLE, { AXIS_NONE, TODAY, TODAY },
	    "no dates" },
	{ "an axis that is none", CATEGORY_HOME, { AXIS_COUNT, TODAY,
	    TODAY }, "not asked for" },
};

static void
check_row(void **state)
{
	const struct check *row = *state;
	struct note note = { "" };

	assert_int_equal(range_check(row->category, &row->range, TODAY,
	    &note), row->says == NULL ? ERR_OK : ERR_RANGE);
	if (row->says == NULL)
		assert_string_equal(note.text, "");
	else
		assert_non_null(strstr(note.text, row->says));
}

static void
without_a_today(void **state)
{
	const struct range r = { AXIS_CONSENT, TODAY, TODAY };

	(void)state;
	assert_int_equal(range_check(CATEGORY_HOME, &r, "", NULL), ERR_RANGE);
}

static void
categories_have_words(void **state)
{
	static const char *const none[] = { "", "Home", "home ", "visit",
	    "医療扶助", "OQSmuhvq01" };
	enum category c;

	(void)state;
	for (int i = 0; i < CATEGORY_COUNT; i++) {
		c = CATEGORY_COUNT;
		assert_int_equal(category_read(category_row((enum category)i)->
		    word, &c), ERR_OK);
		assert_int_equal(c, i);
	}
	for (size_t i = 0; i < LEN(none); i++) {
		c = CATEGORY_COUNT;
		assert_int_equal(category_read(none[i], &c), ERR_CATEGORY);
		assert_int_equal(c, CATEGORY_COUNT);
	}
}

/* MedicalTreatmentFlag of OQSCD028: 2 home, 3 online. */
static void
categories_have_stems(void **state)
{
	static const struct {
		enum category	 category;
		const char	*stem, *fetch;
		int		 care;
	} rows[] = {
		{ CATEGORY_AID, "OQSmutic01", "OQSmutic02", 0 },
		{ CATEGORY_HOME, "OQSmuhvq01", "OQSmuhvq02", 2 },
		{ CATEGORY_NURSING, "OQSmuhvq01", "OQSmuhvq02", 2 },
		{ CATEGORY_ONLINE, "OQSmuonq01", "OQSmuonq02", 3 },
	};
	const struct category_row *row;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		row = category_row(rows[i].category);
		assert_string_equal(row->stem, rows[i].stem);
		assert_string_equal(row->fetch, rows[i].fetch);
		assert_int_equal(row->care, rows[i].care);
		assert_int_equal(row->persons, 0);
	}
}

static void
axes_have_words(void **state)
{
	enum axis axis;

	(void)state;
	for (int i = 0; i < AXIS_COUNT; i++) {
		axis = AXIS_COUNT;
		assert_int_equal(axis_read(axis_word((enum axis)i), &axis),
		    ERR_OK);
		assert_int_equal(axis, i);
	}
	axis = AXIS_COUNT;
	assert_int_equal(axis_read("both", &axis), ERR_RANGE);
	assert_int_equal(axis_read("Consent", &axis), ERR_RANGE);
	assert_int_equal(axis, AXIS_COUNT);
}

int
main(void)
{
	static struct CMUnitTest tests[LEN(presets) + LEN(checks) + 4];
	size_t n = 0;

	for (size_t i = 0; i < LEN(presets); i++)
		tests[n++] = (struct CMUnitTest){ presets[i].name, preset_row,
		    NULL, NULL, (void *)(uintptr_t)&presets[i] };
	for (size_t i = 0; i < LEN(checks); i++)
		tests[n++] = (struct CMUnitTest){ checks[i].name, check_row,
		    NULL, NULL, (void *)(uintptr_t)&checks[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(without_a_today);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    categories_have_words);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    categories_have_stems);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(axes_have_words);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
