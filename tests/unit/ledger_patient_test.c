#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "host/ledger/check_digit.h"
#include "host/ledger/column.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static char dir[64], path[96];
static struct store *store;

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/patient_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/db", dir);
	return (store_open(path, &store, NULL) == ERR_OK ? 0 : -1);
}

static int
tear_down(void **state)
{
	(void)state;
	store_close(&store);
	unlink(path);
	return (rmdir(dir));
}

static const struct patient p03 = { .chart_number = "13",
    .name = "資格　一郎", .kana = "ｼｶｸ ｲﾁﾛｳ", .sex = SEX_MALE,
    .birthdate = "19600602", .insurer_number = "139980",
    .insured_card_symbol = "葛う10",
    .insured_identification_number = "1639960291x001",
    .insured_branch_number = "01", .reference_number = "00010" };

static void
assert_patient(const char *chart, const struct patient *want)
{
	struct patient p;

	assert_int_equal(patient_get(store, chart, &p), ERR_OK);
	assert_true(column_all_equal(&p, want));
}

static void
every_field_comes_back(void **state)
{
	(void)state;
	assert_int_equal(patient_put(store, &p03), ERR_OK);
	assert_patient("13", &p03);
}

static void
every_field_is_replaced(void **state)
{
	struct patient p = { .chart_number = "13", .birthdate = "19900101",
	    .sex = SEX_UNSET };

	(void)state;
	assert_int_equal(patient_put(store, &p03), ERR_OK);
	assert_int_equal(patient_put(store, &p), ERR_OK);
	assert_patient("13", &p);
}

/* The longest text that a field takes; one more is refused. */
static void
fill(struct patient *p, enum column c)
{
	char text[900] = "";
	size_t len = 0;

	do {
		assert_true(len < sizeof(text) - 1);
		text[len++] = 'x';
	} while (column_set(p, c, text) == ERR_OK);
	assert_string_equal(column_get(p, c), "");
	text[len - 1] = '\0';
	assert_int_equal(column_set(p, c, text), ERR_OK);
}

static void
fields_may_be_full(void **state)
{
	struct patient p = p03;

	(void)state;
	for (int c = 0; c < COLUMNS; c++)
		if (c != COL_SEX)
			fill(&p, (enum column)c);
	assert_int_equal(strlen(p.chart_number), 32);
	assert_int_equal(strlen(p.reference_number), 50);
	assert_int_equal(patient_put(store, &p), ERR_OK);
	assert_patient(p.chart_number, &p);
}

static void
nobody_is_an_error(void **state)
{
	struct patient p = p03;

	(void)state;
	assert_int_equal(patient_get(store, "14", &p), ERR_NO_PATIENT);
	assert_string_equal(p.name, "");
	assert_int_equal(patient_get(store, "", &p), ERR_NO_PATIENT);
	assert_int_equal(patient_get(store, "' OR 1=1 --", &p),
	    ERR_NO_PATIENT);
	assert_int_equal(patient_set_reference(store, "14", "1"),
	    ERR_NO_PATIENT);
}

static void
chart_number_is_needed(void **state)
{
	struct patient p = p03;

	(void)state;
	p.chart_number[0] = '\0';
	assert_int_equal(patient_put(store, &p), ERR_ROW);
	p = p03;
	p.sex = (enum sex)4;
	assert_int_equal(patient_put(store, &p), ERR_ROW);
	assert_int_equal(patient_get(store, "13", &p), ERR_NO_PATIENT);
}

static void
reference_alone_changes(void **state)
{
	struct patient p = p03;
	char longest[52] = "";

	(void)state;
	assert_int_equal(patient_put(store, &p), ERR_OK);
	memset(longest, '1', 50);
	assert_int_equal(patient_set_reference(store, "13", longest), ERR_OK);
	assert_int_equal(column_set(&p, COL_REFERENCE_NUMBER, longest),
	    ERR_OK);
	assert_patient("13", &p);
	memset(longest, '1', 51);
	assert_int_equal(patient_set_reference(store, "13", longest),
	    ERR_TOOBIG);
	assert_patient("13", &p);
	assert_int_equal(patient_set_reference(store, "13", ""), ERR_OK);
	p.reference_number[0] = '\0';
	assert_patient("13", &p);
}

static enum err
add_chart(void *ctx, const struct patient *p)
{
	return (blob_printf(ctx, "%s;", p->chart_number));
}

static void
expect_list(const char *birthdate, const char *want)
{
	struct blob got = { 0 };

	assert_int_equal(patient_list(store, birthdate, add_chart, &got),
	    ERR_OK);
	assert_string_equal(blob_str(&got), want);
	blob_free(&got);
}

static enum err
stop(void *ctx, const struct patient *p)
{
	(void)p;
	++*(int *)ctx;
	return (ERR_CANCELLED);
}

static void
lists_are_by_date_and_number(void **state)
{
	static const char *const charts[] = { "9", "13", "7", "00021" };
	struct patient p = p03;
	int n = 0;

	(void)state;
	expect_list("", "");
	for (size_t i = 0; i < LEN(charts); i++) {
		snprintf(p.chart_number, sizeof(p.chart_number), "%s",
		    charts[i]);
		memcpy(p.birthdate, i == 1 ? "19600602" : "19700725", 9);
		assert_int_equal(patient_put(store, &p), ERR_OK);
	}
	expect_list("19700725", "00021;7;9;");
	expect_list("19600602", "13;");
	expect_list("19600603", "");
	expect_list("", "00021;13;7;9;");
	assert_int_equal(patient_list(store, "", stop, &n), ERR_CANCELLED);
	assert_int_equal(n, 1);
}

/* A store that someone else wrote to. */
static void
text_that_does_not_fit_is_an_error(void **state)
{
	const struct val v[] = { val_text("13"), val_text(""), val_text(""),
	    val_int(1), val_text("1960-06-02"), val_text(""), val_text(""),
	    val_text(""), val_text(""), val_text(""), val_text(""),
	    val_text(""), val_text(""), val_int(0) };
	struct patient p = p03;
	int n = 0;

	(void)state;
	assert_int_equal(store_run(store, SQL_PATIENT_PUT, v, LEN(v), NULL,
	    NULL, NULL), ERR_OK);
	assert_int_equal(patient_get(store, "13", &p), ERR_STORE);
	assert_string_equal(p.chart_number, "");
	assert_int_equal(patient_list(store, "", stop, &n), ERR_STORE);
	assert_int_equal(n, 0);
}

static void
sex_that_is_none_is_an_error(void **state)
{
	struct patient p = p03;
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(patient_put(store, &p), ERR_OK);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA ignore_check_constraints = "
	    "ON; UPDATE patient SET sex = 4", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(patient_get(store, "13", &p), ERR_STORE);
	assert_string_equal(p.name, "");
}

static void
wiped_is_empty(void **state)
{
	static const struct patient zero;
	struct patient p = p03;

	(void)state;
	patient_wipe(&p);
	assert_memory_equal(&p, &zero, sizeof(p));
}

static void
sex_is_no_text(void **state)
{
	struct patient p = p03;

	(void)state;
	assert_null(column_get(&p, COL_SEX));
	assert_int_equal(column_set(&p, COL_SEX, "1"), ERR_SEQUENCE);
	assert_true(column_all_equal(&p, &p03));
}

/* A difference in any one field is seen, and a copy of it undoes it. */
static void
every_field_is_compared(void **state)
{
	struct patient p;

	(void)state;
	for (int c = 0; c < COLUMNS; c++) {
		p = p03;
		if (c == COL_SEX)
			p.sex = SEX_FEMALE;
		else
			assert_int_equal(column_set(&p, (enum column)c, "x"),
			    ERR_OK);
		assert_false(column_all_equal(&p, &p03));
		column_copy(&p, &p03, (enum column)c);
		assert_true(column_all_equal(&p, &p03));
	}
}

/* oqs-files.md 5, and the fixtures of features.md 1.14. */
static const struct digit {
	const char	*name, *number;
	int		 agrees;
} digits[] = {
	{ "digit: 01130012", "01130012", 1 },
	{ "digit: 138016", "138016", 1 },
	{ "digit: 39131016", "39131016", 1 },
	{ "digit: 06139463", "06139463", 1 },
	{ "digit: 01010016", "01010016", 1 },
	{ "digit: 139980", "139980", 1 },
	{ "digit: 139980 with zeros", "00139980", 1 },
	{ "digit: 06140248", "06140248", 1 },
	{ "digit: 31130842", "31130842", 1 },
	{ "digit: 172010", "172010", 0 },
	{ "digit: 139993", "139993", 0 },
	{ "digit: 019995", "019995", 0 },
	{ "digit: 060001", "060001", 0 },
	{ "digit: 12345678", "12345678", 0 },
	{ "digit: 12130000", "12130000", 0 },
	{ "digit: 31130642", "31130642", 0 },
	{ "digit: two digits swapped", "06410248", 0 },
	{ "digit: none", "", 0 },
	{ "digit: one", "0", 0 },
	{ "digit: a letter", "13998O", 0 },
	{ "digit: a blank", " 139980", 0 },
};

static void
digit_row(void **state)
{
	const struct digit *row = *state;

	assert_int_equal(check_digit_agrees(row->number), row->agrees);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest plain[] = {
	TEST(every_field_comes_back),
	TEST(every_field_is_replaced),
	TEST(fields_may_be_full),
	TEST(nobody_is_an_error),
	TEST(chart_number_is_needed),
	TEST(reference_alone_changes),
	TEST(lists_are_by_date_and_number),
	TEST(text_that_does_not_fit_is_an_error),
	TEST(sex_that_is_none_is_an_error),
	TEST(wiped_is_empty),
	TEST(sex_is_no_text),
	TEST(every_field_is_compared),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(digits)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(digits); i++)
		tests[n++] = (struct CMUnitTest){ .name = digits[i].name,
		    .test_func = digit_row,
		    .initial_state = (void *)(uintptr_t)&digits[i] };
	return (cmocka_run_group_tests_name("ledger_patient", tests, NULL,
	    NULL));
}
