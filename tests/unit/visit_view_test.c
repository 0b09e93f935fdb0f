#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/visit/view.h"
#include "tests/unit/visit_stage.h"

#define NOON	INT64_C(1795143600000)	/* 2026-11-20 12:00 JST */

static const struct visit_about about = { "home", "pin", "tablet-1",
    "home_visit", "受付 花子", "" };
static const struct visit_conf conf = { .card_wait_ms = 1000 };

/* The members of openapi.yaml, Visit; VisitRow has the first eleven. */
static const char *const members[] = { "id", "mode", "method", "purpose",
    "client", "state", "wants", "status", "started_at", "updated_at",
    "patient", "label", "deadline", "slow", "tries_left", "nonce", "consent",
    "identity", "outcome", "error", "result", "reason", "staff" };
#define ROW_MEMBERS 11

static void
has_members(const json_t *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_non_null(json_object_get(o, members[i]));
	assert_int_equal(json_object_size(o), n);
}

static const char *
text(const json_t *o, const char *member)
{
	const json_t *m = json_object_get(o, member);

	return (json_is_null(m) ? "null" : json_string_value(m));
}

static void
start(struct visit *v)
{
	assert_int_equal(visit_start(v, stage_store, &conf, &about), ERR_OK);
}

/* --- a live one --- */

static const struct live_row {
	const char	*name;
	struct view_now	 now;
	enum visit_state state;
	enum err	 err;
	const char	*wants, *deadline;
	int		 tries;		/* -1: null */
	int		 identity, error;
} lives[] = {
	{ "idle", { .want = WANT_NOTHING, .tries = -1 }, VS_IDLE, ERR_OK,
	    "null", "null", -1, 0, 0 },
	{ "wants a PIN", { .want = WANT_PIN, .tries = 2, .deadline = NOON,
	    .slow = 1 }, VS_CARD, ERR_OK, "pin",
	    "2026-11-20T12:00:00.000+09:00", 2, 1, 0 },
	{ "tries are not told once it was given", { .want = WANT_NOTHING,
	    .tries = 2 }, VS_CARD, ERR_OK, "null", "null", -1, 1, 0 },
	{ "tries unknown", { .want = WANT_NUMBER_B, .tries = -1 }, VS_CARD,
	    ERR_OK, "number_b", "null", -1, 1, 0 },
	{ "ended", { .want = WANT_NOTHING, .tries = -1 }, VS_REFUSED,
	    ERR_PIN_BLOCKED, "null", "null", -1, 1, 1 },
};

static void
live_row(void **state)
{
	const struct live_row *row = *state;
	const json_t *tries;
	struct visit v;
	json_t *o;

	start(&v);
	v.state = row->state;
	v.err = row->err;
	assert_non_null(o = view_live(&v, &row->now));
	has_members(o, LEN(members));
	assert_string_equal(text(o, "id"), v.id);
	assert_string_equal(text(o, "wants"), row->wants);
	assert_string_equal(text(o, "deadline"), row->deadline);
	assert_string_equal(text(o, "purpose"), "home_visit");
	assert_string_equal(text(o, "reason"), "null");
	assert_string_equal(text(o, "outcome"), row->err == ERR_OK ? "null" :
	    err_name(row->err));
	tries = json_object_get(o, "tries_left");
	assert_int_equal(json_is_null(tries), row->tries < 0);
	if (row->tries >= 0)
		assert_int_equal(json_integer_value(tries), row->tries);
	assert_int_equal(!json_is_null(json_object_get(o, "identity")),
	    row->identity);
	assert_int_equal(json_is_object(json_object_get(o, "error")),
	    row->error);
	assert_int_equal(json_is_true(json_object_get(o, "slow")),
	    row->now.slow);
	json_decref(o);
	visit_end(&v);
}

/* A note of the terminal, cut in the middle of a character, is still text. */
static void
a_long_note_does_not_hide_the_visit(void **state)
{
	const struct view_now now = { .tries = -1 };
	char long_text[2048] = "x";
	struct visit v;
	json_t *o;

	(void)state;
	for (size_t n = 1; n + 4 < sizeof(long_text); n += 3)
		memcpy(long_text + n, "資", 4);
	start(&v);
	v.state = VS_REFUSED;
	v.err = ERR_REFUSED;
	for (size_t skip = 0; skip < 3; skip++) {
		note_set(&v.note, "%.*s%s", (int)skip, "yy", long_text);
		o = view_live(&v, &now);
		assert_non_null(o);
		json_decref(o);
	}
	visit_end(&v);
}

/* --- stored ones --- */

static void
stored_as_it_was(void **state)
{
	struct visit v;
	json_t *o;

	(void)state;
	start(&v);
	assert_int_equal(view_stored(stage_store, v.id, &o), ERR_OK);
	has_members(o, LEN(members));
	assert_string_equal(text(o, "state"), "idle");
	assert_string_equal(text(o, "staff"), "受付 花子");
	assert_string_equal(text(o, "wants"), "null");
	assert_true(json_is_object(json_object_get(o, "consent")));
	json_decref(o);
	visit_end(&v);
	assert_int_equal(view_stored(stage_store, "nobody", &o),
	    ERR_NO_SUCH);
	assert_null(o);
}

static const struct stored {
	const char	*name, *state, *outcome;
	enum err	 error;		/* ERR_OK: null */
	const char	*wants;
	int		 shown;		/* the answer */
} storeds[] = {
	{ "unmatched waits for the desk", "unmatched", NULL, ERR_OK,
	    "patient", 1 },
	{ "answered", "answered", "1", ERR_OK, "null", 1 },
	{ "another person's answer", "refused", "OTHER_PERSON",
	    ERR_OTHER_PERSON, "null", 0 },
	{ "refused", "refused", "PIN_BLOCKED", ERR_PIN_BLOCKED, "null", 1 },
	{ "an outcome nobody knows", "refused", "WHAT", ERR_OK, "null", 1 },
};

static void
stored_row(void **state)
{
	const struct stored *row = *state;
	const struct stage_answer a = { ANSWER_P02 };
	const json_t *error;
	struct visit v;
	char q[256];
	json_t *o;

	start(&v);
	stage_late(v.id, "OQSsiquc01req_20261120S0001.xml", "OQSsiquc01",
	    &a);
	snprintf(q, sizeof(q), "UPDATE visit SET state = '%s', outcome = "
	    "%s%s%s, chart_number = '" P02 "'", row->state, row->outcome ==
	    NULL ? "" : "'", row->outcome == NULL ? "NULL" : row->outcome,
	    row->outcome == NULL ? "" : "'");
	stage_sql(q);
	assert_int_equal(view_stored(stage_store, v.id, &o), ERR_OK);
	assert_string_equal(text(o, "wants"), row->wants);
	assert_int_equal(!json_is_null(json_object_get(o, "result")),
	    row->shown);
	error = json_object_get(o, "error");
	assert_int_equal(json_is_null(error), row->error == ERR_OK);
	if (row->error != ERR_OK)
		assert_string_equal(text(error, "code"),
		    err_name(row->error));
	assert_string_equal(text(json_object_get(o, "patient"),
	    "chart_number"), P02);
	json_decref(o);
	/* A patient who is gone is none. */
	stage_sql("DELETE FROM patient");
	assert_int_equal(view_stored(stage_store, v.id, &o), ERR_OK);
	assert_string_equal(text(o, "patient"), "null");
	json_decref(o);
	visit_end(&v);
}

/* --- the day --- */

static void
rows_of_a_day(void **state)
{
	struct view_span span = { .before = INT64_MAX, .limit = 2 };
	char last[VISIT_ID_LEN];
	struct visit v;
	int64_t total;
	json_t *rows;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start(&v);
		memcpy(last, v.id, sizeof(last));
		visit_end(&v);
		stage_later(1000);
	}
	assert_int_equal(view_rows(stage_store, &span, &rows, &total),
	    ERR_OK);
	assert_int_equal(total, 3);
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(text(json_array_get(rows, 0), "id"), last);
	has_members(json_array_get(rows, 0), ROW_MEMBERS);
	json_decref(rows);
	span.offset = 2;
	assert_int_equal(view_rows(stage_store, &span, &rows, &total),
	    ERR_OK);
	assert_int_equal(json_array_size(rows), 1);
	json_decref(rows);
	span.before = 0;
	assert_int_equal(view_rows(stage_store, &span, &rows, &total),
	    ERR_OK);
	assert_int_equal(total, 0);
	assert_int_equal(json_array_size(rows), 0);
	json_decref(rows);
	stage_sql("UPDATE visit SET consent = '{'");
	span = (struct view_span){ .before = INT64_MAX, .limit = 2 };
	assert_int_equal(view_rows(stage_store, &span, &rows, &total),
	    ERR_STORE);
	assert_null(rows);
}

/* --- the small ones --- */

static const struct person {
	const char	*name;
	enum sex	 sex;
	const char	*reference, *want_sex;
} people[] = {
	{ "a man", SEX_MALE, "", "male" },
	{ "a woman", SEX_FEMALE, "00002", "female" },
	{ "not told", SEX_UNKNOWN, "", "null" },
	{ "unset", SEX_UNSET, "", "null" },
};

static void
person_row(void **state)
{
	const struct person *row = *state;
	struct patient p = stage_people[0];
	json_t *o;

	p.sex = row->sex;
	snprintf(p.reference_number, sizeof(p.reference_number), "%s",
	    row->reference);
	o = view_patient(&p);
	assert_string_equal(text(o, "sex"), row->want_sex);
	assert_string_equal(text(o, "birthdate"), "1951-04-01");
	assert_string_equal(text(o, "reference_number"),
	    row->reference[0] == '\0' ? "null" : row->reference);
	assert_int_equal(json_object_size(o), 7);
	json_decref(o);
}

static void
is_years_old(const char *birthdate, int64_t now, int age)
{
	struct patient p = stage_people[0];
	json_t *o;

	memcpy(p.birthdate, birthdate, sizeof(p.birthdate));
	atomic_store(&stage_skew, 0);
	stage_later(now - clock_wall_ms());
	o = view_patient(&p);
	assert_int_equal(json_integer_value(json_object_get(o, "age")), age);
	json_decref(o);
	atomic_store(&stage_skew, 0);
}

static void
a_birthday_is_of_japan(void **state)
{
	(void)state;
	is_years_old("19601120", NOON, 66);
	is_years_old("19601121", NOON, 65);
	is_years_old("19601119", NOON, 66);
	is_years_old("20261120", NOON, 0);
	/* Midnight of 2026-11-20 in Japan, and a second before. */
	is_years_old("19601120", NOON - 12 * 3600000, 66);
	is_years_old("19601120", NOON - 12 * 3600000 - 1000, 65);
}

static void
dates_and_times(void **state)
{
	static const struct {
		const char	*stored, *shown;
	} dates[] = { { "20261120", "2026-11-20" }, { "", "null" },
	    { "2026112", "null" }, { "202611201", "null" } };
	json_t *o;

	(void)state;
	for (size_t i = 0; i < LEN(dates); i++) {
		o = json_pack("{s:o}", "d", view_date(dates[i].stored));
		assert_string_equal(text(o, "d"), dates[i].shown);
		json_decref(o);
	}
	o = json_pack("{s:o, s:o}", "t", view_time(NOON), "n", view_time(0));
	assert_string_equal(text(o, "t"), "2026-11-20T12:00:00.000+09:00");
	assert_string_equal(text(o, "n"), "null");
	json_decref(o);
}

static const struct CMUnitTest singles[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_up, stage_down)
	TEST(a_long_note_does_not_hide_the_visit),
	TEST(stored_as_it_was),
	TEST(rows_of_a_day),
	TEST(a_birthday_is_of_japan),
	TEST(dates_and_times),
};

#define ADD(table, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name, \
		    .test_func = func, .setup_func = stage_up,		\
		    .teardown_func = stage_down,			\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	struct CMUnitTest tests[LEN(lives) + LEN(storeds) + LEN(people) +
	    LEN(singles)];
	size_t n = 0;

	ADD(lives, live_row);
	ADD(storeds, stored_row);
	ADD(people, person_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
