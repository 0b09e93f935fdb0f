#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/visit/overdue.h"
#include "host/visit/view.h"
#include "tests/unit/visit_stage.h"

#define HOUR	3600000
#define ID	"00000000-0000-4000-8000-000000000001"
#define SECOND	"00000000-0000-4000-8000-000000000002"
#define REQUEST	"OQSsiquc01req_20261120S0001.xml"
#define SIQUC	"OQSsiquc01"

/* A visit as another program left it, touched that long ago. */
static void
put(const char *id, const char *state, const char *outcome, int64_t ago)
{
	char q[768];
	int64_t at = clock_wall_ms() - ago;

	snprintf(q, sizeof(q), "INSERT INTO visit (id, mode, state, "
	    "chart_number, started_at, updated_at, identity, consent, "
	    "outcome, client) VALUES ('%s', 'pin', '%s', '" P02 "', %lld, "
	    "%lld, '{\"mode\":\"pin\"}', '{\"drug\":true}', %s%s%s, "
	    "'kiosk-1')", id, state, (long long)at, (long long)at,
	    outcome == NULL ? "" : "'", outcome == NULL ? "NULL" : outcome,
	    outcome == NULL ? "" : "'");
	stage_sql(q);
}

/* --- persons who are not coming --- */

static const struct stale {
	const char	*name, *state;
	int64_t		 ago;
	const char	*want;		/* NULL: stays */
} stales[] = {
	{ "idle, an hour", "idle", HOUR + 1000, "expired" },
	{ "idle, not yet", "idle", HOUR - 10000, NULL },
	{ "card", "card", HOUR + 1000, "expired" },
	{ "verified", "verified", HOUR + 1000, "expired" },
	{ "consented", "consented", HOUR + 1000, "expired" },
	{ "confirmed", "confirmed", HOUR + 1000, "expired" },
	{ "matched", "matched", HOUR + 1000, "expired" },
	{ "unmatched waits a day", "unmatched", 23 * HOUR, NULL },
	{ "unmatched, a day", "unmatched", 24 * HOUR + 1000, "expired" },
	{ "requested is the terminal's", "requested", 100 * HOUR, NULL },
	{ "unanswered is the terminal's", "unanswered", 100 * HOUR, NULL },
	{ "answered", "answered", 100 * HOUR, NULL },
	{ "done", "done", 100 * HOUR, NULL },
	{ "refused", "refused", 100 * HOUR, NULL },
	{ "expired before", "expired", 100 * HOUR, NULL },
};

static void
stale_row(void **state)
{
	const struct stale *row = *state;
	size_t n = 99;

	put(ID, row->state, NULL, row->ago);
	assert_int_equal(overdue_expire(stage_store, &n), ERR_OK);
	assert_int_equal(n, row->want != NULL);
	assert_string_equal(stage_visit(ID, "state"), row->want != NULL ?
	    row->want : row->state);
	assert_string_equal(stage_visit(ID, "identity IS NULL"),
	    row->want != NULL ? "1" : "0");
	if (row->want != NULL)
		assert_string_equal(stage_visit(ID, "outcome"), "TIMEOUT");
	/* Once is enough. */
	assert_int_equal(overdue_expire(stage_store, &n), ERR_OK);
	assert_int_equal(n, 0);
}

/* One that cannot be read is told, and the next one forgotten all the same. */
static void
a_broken_one_holds_up_nobody(void **state)
{
	size_t n;

	(void)state;
	put(ID, "confirmed", NULL, 3 * HOUR);
	put(SECOND, "confirmed", NULL, 2 * HOUR);
	stage_sql("UPDATE visit SET identity = '{' WHERE id = '" ID "'");
	assert_int_equal(overdue_expire(stage_store, &n), ERR_STORE);
	assert_int_equal(n, 1);
	assert_string_equal(stage_visit(SECOND, "state"), "expired");
}

static void
a_store_that_fails_leaves_it(void **state)
{
	size_t n;

	(void)state;
	put(ID, "confirmed", NULL, 3 * HOUR);
	stage_break("timeout");
	assert_int_not_equal(overdue_expire(stage_store, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_string_equal(stage_visit(ID, "state"), "confirmed");
	stage_mend();
	assert_int_equal(overdue_expire(stage_store, &n), ERR_OK);
	assert_int_equal(n, 1);
}

/* --- late answers --- */

static const struct late {
	const char		*name, *state, *outcome;
	int64_t			 ago;
	struct stage_answer	 answer;
	const char		*kind;		/* NULL: the question */
	const char		*want, *want_outcome;
	int			 shown;		/* the answer is */
} lates[] = {
	{ "unanswered: valid", "unanswered", NULL, 1000, { ANSWER_P02 },
	    NULL, "answered", "1", 1 },
	{ "unanswered: lost", "unanswered", NULL, 1000, { ANSWER_P02,
	    .validity = "2" }, NULL, "answered", "2", 1 },
	{ "unanswered: refused by the terminal", "unanswered", NULL, 1000,
	    { ANSWER_P02, .segment = "9" }, NULL, "answered", "REFUSED", 1 },
	{ "unanswered: another person", "unanswered", NULL, 1000,
	    { ANSWER_P03 }, NULL, "refused", "OTHER_PERSON", 0 },
	{ "unanswered: another birth date", "unanswered", NULL, 1000,
	    { .name = "ききょう　髙子", .kana = "ｷｷｮｳ ﾀｶｺ",
	    .birthdate = "19510402", .sex = "2" }, NULL, "refused",
	    "OTHER_PERSON", 0 },
	{ "unanswered: another question's answer", "unanswered", NULL, 1000,
	    { ANSWER_P02 }, "OQSsiimm01", "unanswered", "", 0 },
	{ "requested: somebody runs it", "requested", NULL, HOUR,
	    { ANSWER_P02 }, NULL, "requested", "", 1 },
	{ "requested: left behind", "requested", NULL, 2 * HOUR + 1000,
	    { ANSWER_P02 }, NULL, "answered", "1", 1 },
	{ "requested: left behind, another person", "requested", NULL,
	    2 * HOUR + 1000, { ANSWER_P03 }, NULL, "refused",
	    "OTHER_PERSON", 0 },
	{ "refused by a fault of ours: answered", "refused", "STORE", 1000,
	    { ANSWER_P02 }, NULL, "answered", "1", 1 },
	{ "refused by a fault of ours: another person", "refused", "STORE",
	    1000, { ANSWER_P03 }, NULL, "refused", "OTHER_PERSON", 0 },
	{ "refused, as it named another person", "refused", "OTHER_PERSON",
	    1000, { ANSWER_P03 }, NULL, "refused", "OTHER_PERSON", 0 },
	{ "refused by the terminal stays", "refused", "REFUSED", 1000,
	    { ANSWER_P02 }, NULL, "refused", "REFUSED", 1 },
	{ "cancelled stays", "cancelled", "CANCELLED", 1000, { ANSWER_P02 },
	    NULL, "cancelled", "CANCELLED", 1 },
	{ "done stays", "done", "1", 1000, { ANSWER_P02, .validity = "2" },
	    NULL, "done", "1", 1 },
};

static int
is_shown(const char *id)
{
	json_t *o = NULL;
	int yes;

	assert_int_equal(view_stored(stage_store, id, &o), ERR_OK);
	yes = !json_is_null(json_object_get(o, "result"));
	json_decref(o);
	return (yes);
}

static void
late_row(void **state)
{
	const struct late *row = *state;
	int moves = strcmp(row->state, row->want) != 0 ||
	    (row->outcome != NULL && strcmp(row->outcome,
	    row->want_outcome) != 0);
	size_t n = 99;

	put(ID, row->state, row->outcome, row->ago);
	stage_late(ID, REQUEST, row->kind == NULL ? SIQUC : row->kind,
	    &row->answer);
	assert_int_equal(overdue_answers(stage_store, &n), ERR_OK);
	assert_int_equal(n, moves);
	assert_string_equal(stage_visit(ID, "state"), row->want);
	assert_string_equal(stage_visit(ID, "outcome"), row->want_outcome);
	assert_int_equal(is_shown(ID), row->shown);
	/* Nothing is moved twice. */
	assert_int_equal(overdue_answers(stage_store, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_string_equal(stage_visit(ID, "state"), row->want);
}

static void
a_patient_who_is_gone_is_nobody(void **state)
{
	const struct stage_answer a = { ANSWER_P02 };
	size_t n;

	(void)state;
	put(ID, "unanswered", NULL, 1000);
	stage_late(ID, REQUEST, SIQUC, &a);
	stage_sql("DELETE FROM patient WHERE chart_number = '" P02 "'");
	assert_int_equal(overdue_answers(stage_store, &n), ERR_OK);
	assert_string_equal(stage_visit(ID, "outcome"), "OTHER_PERSON");
	assert_int_equal(is_shown(ID), 0);
}

/* The first of two moves it on; the second is not another visit's. */
static void
two_answers_move_once(void **state)
{
	const struct stage_answer a = { ANSWER_P02 };
	const struct stage_answer b = { ANSWER_P02, .validity = "2" };
	size_t n;

	(void)state;
	put(ID, "unanswered", NULL, 1000);
	stage_late(ID, REQUEST, SIQUC, &a);
	stage_later(10);
	stage_late(ID, "OQSsiquc01req_20261120S0002.xml", SIQUC, &b);
	assert_int_equal(overdue_answers(stage_store, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_string_equal(stage_visit(ID, "outcome"), "1");
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM visit_event"),
	    "1");
}

static void
a_failing_answer_holds_up_nobody(void **state)
{
	const struct stage_answer a = { ANSWER_P02 };
	const struct stage_answer b = { ANSWER_P02, .validity = "2" };
	size_t n;

	(void)state;
	put(ID, "unanswered", NULL, 2000);
	put(SECOND, "unanswered", NULL, 1000);
	stage_late(ID, REQUEST, SIQUC, &a);
	stage_late(SECOND, "OQSsiquc01req_20261120S0002.xml", SIQUC, &b);
	stage_sql("UPDATE visit SET consent = '{' WHERE id = '" ID "'");
	assert_int_equal(overdue_answers(stage_store, &n), ERR_STORE);
	assert_int_equal(n, 1);
	assert_string_equal(stage_visit(SECOND, "state"), "answered");
	assert_string_equal(stage_visit(ID, "state"), "unanswered");
}

static const struct CMUnitTest singles[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_up, stage_down)
	TEST(a_broken_one_holds_up_nobody),
	TEST(a_store_that_fails_leaves_it),
	TEST(a_patient_who_is_gone_is_nobody),
	TEST(two_answers_move_once),
	TEST(a_failing_answer_holds_up_nobody),
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
	struct CMUnitTest tests[LEN(stales) + LEN(lates) + LEN(singles)];
	size_t n = 0;

	ADD(stales, stale_row);
	ADD(lates, late_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
