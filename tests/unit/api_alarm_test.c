#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "host/api/alarm.h"
#include "tests/unit/api_store.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ERRORS	3	/* in a row */
#define VISITS	8

static int made;	/* visits so far */

/* An event of any kind: only then is there something to look at. */
static void
something_happens(void)
{
	const struct val p[] = { val_int(STORE_START), val_text("reader"),
	    val_text(NULL), val_text(NULL), val_text("{}") };

	assert_int_equal(store_run(st, SQL_EVENT_ADD, p, 5, NULL, NULL, NULL),
	    ERR_OK);
}

/* A visit that ended, one second after the one before. */
static void
visit(const char *state, const char *outcome)
{
	int64_t at = STORE_START + 1000 * ++made;
	char id[40];

	snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", made);
	const struct val add[] = { val_text(id), val_text("pin"),
	    val_text(state), val_int(at), val_text("kiosk-a"),
	    val_text("pin"), val_text(NULL), val_text(NULL), val_text(NULL) };
	const struct val end[] = { val_text(outcome), val_int(at),
	    val_text(id) };

	assert_int_equal(store_run(st, SQL_VISIT_ADD, add, 9, NULL, NULL,
	    NULL), ERR_OK);
	assert_int_equal(store_run(st, SQL_VISIT_OUTCOME, end, 3, NULL, NULL,
	    NULL), ERR_OK);
	something_happens();
}

/* "1" to "6" done, "-" cancelled, else refused with that error. */
static void
visits(const char *const outcomes[VISITS])
{
	for (size_t i = 0; i < VISITS && outcomes[i] != NULL; i++) {
		if (strcmp(outcomes[i], "-") == 0)
			visit("cancelled", "CANCELLED");
		else
			visit(strlen(outcomes[i]) == 1 ? "done" : "refused",
			    outcomes[i]);
	}
}

#define T "NOT_TAKEN"

/* Oldest first; on: whether the alarm is on afterwards. */
static const struct look_row {
	const char	*name, *outcomes[VISITS];
	int		 on;
} look_rows[] = {
	{ "three in a row", { T, T, T }, 1 },
	{ "more than that", { T, T, T, T, T }, 1 },
	{ "after good ones", { "1", "1", T, T, T }, 1 },
	{ "whatever the fault of the terminal", { T, "NO_ANSWER", "FOLDER" },
	    1 },
	{ "an error of the terminal", { "REFUSED", "REFUSED", "REFUSED" },
	    1 },
	{ "somebody gave up in between", { T, "-", T, "-", T }, 1 },
	{ "nobody was there yet", { NULL }, 0 },
	{ "one", { T }, 0 },
	{ "two", { T, T }, 0 },
	{ "all is well", { "1", "1", "1", "1" }, 0 },
	{ "good again", { T, T, T, "1" }, 0 },
	{ "good in between", { T, "1", T, T }, 0 },
	{ "lost is an answer", { T, T, "2" }, 0 },
	{ "none is an answer", { T, T, "4" }, 0 },
	{ "several is an answer", { T, "5", T }, 0 },
	{ "wrong PINs are the patients'", { "PIN_BLOCKED", "PIN_BLOCKED",
	    "PIN_BLOCKED" }, 0 },
	{ "expired cards are the patients'", { T, T, "CERT_EXPIRED" }, 0 },
	{ "a reader is not the terminal", { "NO_READER", "NO_READER",
	    "NO_READER" }, 0 },
	{ "another person's answer is one", { "OTHER_PERSON", "OTHER_PERSON",
	    "OTHER_PERSON" }, 0 },
	{ "everybody gave up", { "-", "-", "-", "-" }, 0 },
};

static enum err
count_alarm(void *ctx, const struct val *cols, size_t n)
{
	json_t *o;

	assert_int_equal(n, 4);
	if (strcmp(val_str(&cols[1]), "alarm") != 0)
		return (ERR_OK);
	o = json_loads(val_str(&cols[3]), 0, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "alarm")),
	    "TERMINAL_ALARM");
	assert_non_null(json_string_value(json_object_get(o, "at")));
	assert_true(json_is_boolean(json_object_get(o, "on")));
	assert_int_equal(json_object_size(o), 3);
	json_decref(o);
	/* Every client is told: it is nobody's own. */
	assert_string_equal(val_str(&cols[2]), "");
	++*(int *)ctx;
	return (ERR_OK);
}

static int
told(void)
{
	const struct val p[] = { val_int(0), val_int(100) };
	int n = 0;

	assert_int_equal(store_run(st, SQL_EVENT_AFTER, p, 2, count_alarm, &n,
	    NULL), ERR_OK);
	return (n);
}

static void
look_row(void **state)
{
	const struct look_row *row = *state;
	struct alarm a = { .on = 0 };

	visits(row->outcomes);
	alarm_look(&a, st, ERRORS);
	assert_int_equal(a.on, row->on);
	assert_int_equal(told(), row->on);
}

static int
set_up(void **state)
{
	made = 0;
	return (store_up(state));
}

static void
told_once_when_it_comes_and_goes(void **state)
{
	struct alarm a = { .on = 0 };

	(void)state;
	visits((const char *const[VISITS]){ T, T, T });
	for (int i = 0; i < 3; i++)
		alarm_look(&a, st, ERRORS);
	assert_int_equal(told(), 1);
	visits((const char *const[VISITS]){ T });
	alarm_look(&a, st, ERRORS);
	assert_int_equal(told(), 1);
	visits((const char *const[VISITS]){ "1" });
	for (int i = 0; i < 3; i++)
		alarm_look(&a, st, ERRORS);
	assert_false(a.on);
	assert_int_equal(told(), 2);
}

static void
since_the_first_failure(void **state)
{
	struct alarm a = { .on = 0 };

	(void)state;
	visits((const char *const[VISITS]){ "1", T, T, T });
	alarm_look(&a, st, ERRORS);
	assert_int_equal(a.since, STORE_START + 2000);
	/* It goes on: it began when it began. */
	visits((const char *const[VISITS]){ T, T });
	alarm_look(&a, st, ERRORS);
	assert_int_equal(a.since, STORE_START + 2000);
}

static void
nothing_new_is_not_looked_at(void **state)
{
	const struct val end[] = { val_text("1"), val_int(STORE_START + 9000),
	    val_text("00000000-0000-4000-8000-000000000003") };
	struct alarm a = { .on = 0 };

	(void)state;
	visits((const char *const[VISITS]){ T, T, T });
	alarm_look(&a, st, ERRORS);
	alarm_look(&a, st, ERRORS);
	assert_true(a.on);
	assert_int_equal(store_run(st, SQL_VISIT_OUTCOME, end, 3, NULL, NULL,
	    NULL), ERR_OK);
	alarm_look(&a, st, ERRORS);
	assert_true(a.on);
	something_happens();
	alarm_look(&a, st, ERRORS);
	assert_false(a.on);
}

static void
another_agent_says_the_same(void **state)
{
	struct alarm a = { .on = 0 }, b = { .on = 0 };

	(void)state;
	visits((const char *const[VISITS]){ T, T, T });
	alarm_look(&a, st, ERRORS);
	alarm_look(&b, st, ERRORS);
	assert_true(b.on);
	assert_int_equal(b.since, a.since);
}

/* Somebody else writes, for longer than the store waits: what was not told is
 * no verdict yet. */
static void
what_could_not_be_told_is_told_later(void **state)
{
	struct alarm a = { .on = 0 };
	struct store *other = NULL;

	(void)state;
	visits((const char *const[VISITS]){ T, T, T });
	assert_int_equal(store_open(store_path, &other, NULL), ERR_OK);
	assert_int_equal(store_begin(other), ERR_OK);
	alarm_look(&a, st, ERRORS);
	assert_false(a.on);
	store_rollback(other);
	store_close(&other);
	assert_int_equal(told(), 0);
	alarm_look(&a, st, ERRORS);
	assert_true(a.on);
	assert_int_equal(told(), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, store_down)

static const struct CMUnitTest plain[] = {
	TEST(told_once_when_it_comes_and_goes),
	TEST(since_the_first_failure),
	TEST(nothing_new_is_not_looked_at),
	TEST(another_agent_says_the_same),
	TEST(what_could_not_be_told_is_told_later),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(look_rows)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(look_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = look_rows[i].name,
		    .test_func = look_row, .setup_func = set_up,
		    .teardown_func = store_down,
		    .initial_state = (void *)(uintptr_t)&look_rows[i] };
	return (cmocka_run_group_tests_name("api_alarm", tests, NULL, NULL));
}
