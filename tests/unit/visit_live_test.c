#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/visit_room.h"

#define ID	"00000000-0000-4000-8000-000000000001"
#define MOST	128		/* features.md 4.3, and some more */

static struct live *live;

static int
enter(void **state)
{
	return (room_up(state) != 0 || live_open(stage_db, &room.conf,
	    &room.ops, &live, NULL) != ERR_OK ? -1 : 0);
}

/* One the terminal works on would be left as it is. */
static int
leave(void **state)
{
	struct session *s = live == NULL ? NULL : live_find(live, ID);

	if (s != NULL) {
		session_cancel(s);
		room_await_end(s);
	}
	if (!live_close(&live))
		return (-1);
	return (room_down(state));
}

static struct session_ask
ask_of(const char *client, const char *chart)
{
	struct session_ask ask = { .official = chart != NULL,
	    .about = { .mode = "face", .method = "face" } };

	snprintf(ask.about.client, sizeof(ask.about.client), "%s", client);
	snprintf(ask.chart_number, sizeof(ask.chart_number), "%s",
	    chart == NULL ? "" : chart);
	return (ask);
}

/* One armed for a face reader's file: it waits, and needs no card. */
static struct session *
arm(const char *client, const char *chart)
{
	struct session_ask ask = ask_of(client, chart);
	char id[VISIT_ID_LEN];
	struct session *s;

	assert_int_equal(live_start(live, &ask, id), ERR_OK);
	assert_non_null(s = live_find(live, id));
	room_await(s, WANT_FACE_FILE);
	return (s);
}

/* --- what an agent that ended left behind --- */

static void
put(const char *id, const char *state, const char *outcome,
    const char *client)
{
	char q[1024];

	snprintf(q, sizeof(q), "INSERT INTO visit (id, mode, state, "
	    "chart_number, started_at, updated_at, identity, consent, "
	    "outcome, client) VALUES ('%s', 'pin', '%s', NULL, 1, 1, "
	    "'{\"mode\":\"pin\",\"method\":\"pin\",\"attributes\":{\"name\":"
	    "\"資格　一郎\",\"address\":\"\",\"birthdate\":\"19600602\","
	    "\"sex\":1},\"proof\":{\"outcome\":\"verified\"}}', "
	    "'{\"drug\":true}', %s, %s)", id, state,
	    outcome == NULL ? "NULL" : outcome,
	    client == NULL ? "NULL" : client);
	stage_sql(q);
}

static const struct left {
	const char	*from, *to, *outcome;	/* to NULL: stays */
	int		 kept;			/* identity and consent */
} lefts[] = {
	{ "idle", "cancelled", "RESTARTED", 0 },
	{ "card", "cancelled", "RESTARTED", 0 },
	{ "verified", "cancelled", "RESTARTED", 0 },
	{ "consented", "cancelled", "RESTARTED", 0 },
	{ "confirmed", "unmatched", "", 1 },
	{ "matched", "unmatched", "", 1 },
	{ "requested", "unanswered", "", 1 },
	{ "answered", "done", "1", 1 },
	{ "unmatched", NULL, "", 1 },
	{ "unanswered", NULL, "", 1 },
	{ "done", NULL, "1", 1 },
	{ "refused", NULL, "STORE", 1 },
	{ "cancelled", NULL, "CANCELLED", 1 },
	{ "expired", NULL, "TIMEOUT", 1 },
};

static void
left_row(void **state)
{
	const struct left *row = *state;
	char outcome[32];
	size_t n = 99;

	snprintf(outcome, sizeof(outcome), "'%s'", row->outcome);
	put(ID, row->from, strcmp(row->outcome, "RESTARTED") == 0 ||
	    row->outcome[0] == '\0' ? NULL : outcome, "'kiosk-1'");
	assert_int_equal(live_recover(live, &n), ERR_OK);
	assert_int_equal(n, row->to != NULL);
	assert_string_equal(stage_visit(ID, "state"), row->to == NULL ?
	    row->from : row->to);
	assert_string_equal(stage_visit(ID, "outcome"), row->outcome);
	assert_string_equal(stage_visit(ID, "identity IS NULL"),
	    row->kept ? "0" : "1");
	assert_string_equal(stage_visit(ID, "consent IS NULL"),
	    row->kept ? "0" : "1");
	assert_int_equal(live_recover(live, &n), ERR_OK);
	assert_int_equal(n, 0);
}

/* The command line's visits are another program's, and may be running. */
static void
without_client_row(void **state)
{
	const struct left *row = *state;
	size_t n = 99;

	put(ID, row->from, NULL, NULL);
	assert_int_equal(live_recover(live, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_string_equal(stage_visit(ID, "state"), row->from);
}

/* One visit that cannot be read or moved keeps no agent from starting. */
static void
recovery_that_fails_holds_nobody(void **state)
{
	size_t n;

	(void)state;
	put(ID, "confirmed", NULL, "'kiosk-1'");
	stage_break("no-match");
	assert_int_equal(live_recover(live, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_string_equal(stage_visit(ID, "state"), "confirmed");
}

/* --- how many there may be --- */

static void
one_visit_per_client(void **state)
{
	struct session_ask ask = ask_of("kiosk-1", P03);
	char id[VISIT_ID_LEN];
	struct session *s;

	(void)state;
	s = arm("kiosk-1", P03);
	assert_ptr_equal(live_of(live, "kiosk-1"), s);
	assert_null(live_of(live, "kiosk-2"));
	assert_int_equal(live_start(live, &ask, id), ERR_READER_BUSY);
	assert_string_equal(id, "");
	(void)arm("kiosk-2", P03);
	assert_int_equal(live_count(live), 2);
	session_cancel(s);
	room_await_end(s);
	assert_null(live_of(live, "kiosk-1"));
	(void)arm("kiosk-1", P03);
	assert_int_equal(live_count(live), 2);
}

static void
no_more_than_there_is_room_for(void **state)
{
	struct session_ask ask = ask_of("one-more", P03);
	struct session *first = NULL, *s;
	char id[VISIT_ID_LEN], name[32];

	(void)state;
	for (int i = 0; i < MOST; i++) {
		snprintf(name, sizeof(name), "kiosk-%d", i);
		s = arm(name, P03);
		first = first == NULL ? s : first;
	}
	assert_int_equal(live_start(live, &ask, id), ERR_TOO_MANY);
	assert_string_equal(id, "");
	assert_int_equal(live_count(live), MOST);
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM visit"), "128");
	session_cancel(first);
	room_await_end(first);
	(void)arm("one-more", P03);
	assert_int_equal(live_count(live), MOST);
	live_close(&live);
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM visit WHERE "
	    "state = 'cancelled'"), "129");
}

static void
what_ended_is_reaped(void **state)
{
	struct session *s;
	char id[VISIT_ID_LEN];

	(void)state;
	s = arm("kiosk-1", P03);
	memcpy(id, session_id(s), sizeof(id));
	live_reap(live);
	assert_int_equal(live_count(live), 1);
	session_cancel(s);
	room_await_end(s);
	assert_ptr_equal(live_find(live, id), s);
	live_reap(live);
	assert_null(live_find(live, id));
	assert_int_equal(live_count(live), 0);
	assert_null(live_find(live, ""));
}

static void
no_store_is_told_as_such(void **state)
{
	struct session_ask ask = ask_of("kiosk-1", P03);
	char id[VISIT_ID_LEN], away[128];
	struct live *none;
	enum err r;

	(void)state;
	none = (struct live *)(uintptr_t)1;
	assert_int_not_equal(live_open("/nonexistent/shikaku.db", &room.conf,
	    &room.ops, &none, NULL), ERR_OK);
	assert_null(none);
	snprintf(away, sizeof(away), "%s.away", stage_db);
	assert_int_equal(rename(stage_db, away), 0);
	assert_int_equal(mkdir(stage_db, 0700), 0);
	r = live_start(live, &ask, id);
	assert_int_equal(rmdir(stage_db), 0);
	assert_int_equal(rename(away, stage_db), 0);
	assert_int_not_equal(r, ERR_OK);
	assert_int_not_equal(r, ERR_TOO_MANY);
}

/* --- a face reader's result, and whom it means --- */

static const struct bind {
	const char		*name;
	const char		*armed[3];	/* patients, by kiosk */
	struct stage_answer	 says;
	int64_t			 later;		/* the result's time; ms */
	enum err		 want;
} binds[] = {
	{ "nobody is armed", { NULL }, { ANSWER_P03 }, 0, ERR_NO_MATCH },
	{ "the one", { P03 }, { ANSWER_P03 }, 0, ERR_OK },
	{ "the one of two", { P02, P03 }, { ANSWER_P03 }, 0, ERR_OK },
	{ "another person", { P02 }, { ANSWER_P03 }, 0, ERR_NO_MATCH },
	{ "the same patient at two kiosks", { P03, P03 }, { ANSWER_P03 }, 0,
	    ERR_MANY_MATCH },
	{ "possible, as its name has a gap", { P03 }, { .name = "資格　●郎",
	    .kana = "", .birthdate = "19600602", .sex = "1" }, 0,
	    ERR_UNSURE_MATCH },
	{ "possible, as its sex is not told", { P03 }, { .name =
	    "資格　一郎", .kana = "ｼｶｸ ｲﾁﾛｳ", .birthdate = "19600602",
	    .sex = "" }, 0, ERR_UNSURE_MATCH },
	{ "possible twice", { P03, P03 }, { .name = "資格　●郎", .kana = "",
	    .birthdate = "19600602", .sex = "1" }, 0, ERR_MANY_MATCH },
	{ "another birth date", { P03 }, { .name = "資格　一郎", .kana =
	    "ｼｶｸ ｲﾁﾛｳ", .birthdate = "19600603", .sex = "1" }, 0,
	    ERR_NO_MATCH },
	{ "another sex", { P03 }, { .name = "資格　一郎", .kana =
	    "ｼｶｸ ｲﾁﾛｳ", .birthdate = "19600602", .sex = "2" }, 0,
	    ERR_NO_MATCH },
	{ "before it was armed", { P03 }, { ANSWER_P03 }, -10000,
	    ERR_NO_MATCH },
	{ "long after", { P03 }, { ANSWER_P03 }, 190000, ERR_NO_MATCH },
	{ "refused by the terminal", { P03 }, { ANSWER_P03, .segment = "9" },
	    0, ERR_NO_MATCH },
	{ "without a time", { P03 }, { ANSWER_P03, .stamp = "x" }, 0,
	    ERR_NO_MATCH },
};

static void
bind_row(void **state)
{
	const struct bind *row = *state;
	struct stage_answer says = row->says;
	struct session *armed[3] = { NULL };
	char client[32], stamp[CLOCK_STAMP_LEN];
	struct result *res;

	for (int i = 0; i < 3 && row->armed[i] != NULL; i++) {
		snprintf(client, sizeof(client), "kiosk-%d", i);
		armed[i] = arm(client, row->armed[i]);
	}
	clock_stamp(clock_wall_ms() + row->later, stamp);
	stamp[14] = '\0';
	says.stamp = says.stamp == NULL ? stamp : "";
	stage_face(&says, "d1");
	res = stage_result(&says);
	assert_int_equal(live_bind(live, &res, "d1"), row->want);
	assert_int_equal(res == NULL, row->want == ERR_OK);
	result_free(&res);
	for (int i = 0; i < 3 && armed[i] != NULL; i++) {
		if (row->want == ERR_OK && strcmp(row->armed[i], P03) == 0)
			room_await(armed[i], WANT_CLOSING);
		else
			assert_int_equal(session_want(armed[i]),
			    WANT_FACE_FILE);
	}
	assert_string_equal(stage_ask("SELECT visit IS NULL FROM result"),
	    row->want == ERR_OK ? "0" : "1");
}

static void
a_result_is_bound_once(void **state)
{
	const struct stage_answer a = { ANSWER_P03 };
	struct session *s;
	struct result *res;

	(void)state;
	s = arm("kiosk-1", P03);
	stage_face(&a, "d1");
	res = stage_result(&a);
	assert_int_equal(live_bind(live, &res, "d1"), ERR_OK);
	room_await(s, WANT_CLOSING);
	res = stage_result(&a);
	assert_int_equal(live_bind(live, &res, "d1"), ERR_NO_MATCH);
	/* The same bytes cannot become a second visit's. */
	s = arm("kiosk-2", P03);
	assert_int_equal(live_bind(live, &res, "d1"), ERR_OK);
	assert_null(res);
	room_await_end(s);
	assert_string_equal(stage_visit(session_id(s), "state"), "refused");
	assert_string_equal(stage_visit(session_id(s), "outcome"),
	    "NO_SUCH");
}

/* --- the desk says whose it is --- */

static const struct named {
	const char	*name, *digest, *chart, *segment;
	enum err	 want;
} nameds[] = {
	{ "named: bound", "d1", P03, NULL, ERR_OK },
	{ "named: another patient", "d1", P02, NULL, ERR_CONTRADICTS },
	{ "named: no such patient", "d1", "nobody", NULL, ERR_NO_PATIENT },
	{ "named: no such result", "d2", P03, NULL, ERR_NO_SUCH },
	{ "named: refused by the terminal", "d1", P03, "9",
	    ERR_CONTRADICTS },
};

static void
named_row(void **state)
{
	const struct named *row = *state;
	const struct stage_answer a = { ANSWER_P03,
	    .segment = row->segment };
	char id[VISIT_ID_LEN];

	stage_face(&a, "d1");
	memset(id, 'x', sizeof(id));
	assert_int_equal(live_bind_named(live, row->digest, row->chart,
	    "受付 花子", id), row->want);
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM visit"),
	    row->want == ERR_OK ? "1" : "0");
	if (row->want != ERR_OK) {
		assert_string_equal(id, "");
		return;
	}
	assert_string_equal(stage_visit(id, "state"), "done");
	assert_string_equal(stage_visit(id, "outcome"), "1");
	assert_string_equal(stage_visit(id, "chart_number"), P03);
	assert_string_equal(stage_visit(id, "staff"), "受付 花子");
	assert_string_equal(stage_ask("SELECT visit FROM result"), id);
	assert_int_equal(live_bind_named(live, "d1", P03, "", id),
	    ERR_NO_SUCH);
	assert_string_equal(id, "");
}

/* --- the desk names the patient of a visit that waits --- */

static const struct name {
	const char	*name, *state, *chart;
	enum err	 want;
} names[] = {
	{ "name: the patient", "unmatched", P03, ERR_OK },
	{ "name: contradicts the card", "unmatched", P02, ERR_CONTRADICTS },
	{ "name: nobody", "unmatched", "nobody", ERR_NO_PATIENT },
	{ "name: empty", "unmatched", "", ERR_NO_PATIENT },
	{ "name: idle", "idle", P03, ERR_NOT_NOW },
	{ "name: card", "card", P03, ERR_NOT_NOW },
	{ "name: verified", "verified", P03, ERR_NOT_NOW },
	{ "name: consented", "consented", P03, ERR_NOT_NOW },
	{ "name: confirmed", "confirmed", P03, ERR_NOT_NOW },
	{ "name: matched", "matched", P03, ERR_NOT_NOW },
	{ "name: requested", "requested", P03, ERR_NOT_NOW },
	{ "name: unanswered", "unanswered", P03, ERR_NOT_NOW },
	{ "name: answered", "answered", P03, ERR_NOT_NOW },
	{ "name: done", "done", P03, ERR_NOT_NOW },
	{ "name: refused", "refused", P03, ERR_NOT_NOW },
	{ "name: cancelled", "cancelled", P03, ERR_NOT_NOW },
	{ "name: expired", "expired", P03, ERR_NOT_NOW },
};

/* What the desk sees of it while it runs is what was proven then. */
static void
sees_what_was_proven(struct session *s)
{
	json_t *o = session_view(s);

	assert_string_equal(json_string_value(json_object_get(
	    json_object_get(json_object_get(o, "identity"), "proof"),
	    "outcome")), "verified");
	json_decref(o);
}

static void
name_row(void **state)
{
	const struct name *row = *state;
	struct note note = { "" };
	struct session *s;

	put(ID, row->state, NULL, "'kiosk-1'");
	assert_int_equal(live_name(live, ID, row->chart, "会計 次郎", &note),
	    row->want);
	s = live_find(live, ID);
	assert_int_equal(s != NULL, row->want == ERR_OK);
	assert_string_equal(stage_visit(ID, "COALESCE(staff, '')"),
	    row->want == ERR_OK ? "会計 次郎" : "");
	if (row->want != ERR_OK) {
		assert_string_equal(stage_visit(ID, "state"), row->state);
		return;
	}
	assert_string_equal(stage_visit(ID, "chart_number"), P03);
	sees_what_was_proven(s);
	/* It has no reader: its kiosk may begin another one. */
	assert_int_equal(session_resumed(s), 1);
	assert_null(live_of(live, "kiosk-1"));
	assert_int_equal(live_name(live, ID, P03, "x", &note), ERR_NOT_NOW);
	room_answer((struct stage_answer){ ANSWER_P03 });
	room_await(s, WANT_CLOSING);
	assert_string_equal(stage_visit(ID, "outcome"), "1");
	assert_int_equal(room.taken, 0);
}

static void
a_name_is_stored_whole_or_not(void **state)
{
	static const char *const columns[] = { "staff", "chart_number",
	    "state" };
	struct note note = { "" };
	char q[160];

	(void)state;
	put(ID, "unmatched", NULL, "'kiosk-1'");
	for (size_t i = 0; i < LEN(columns); i++) {
		snprintf(q, sizeof(q), "CREATE TRIGGER broken BEFORE UPDATE "
		    "OF %s ON visit BEGIN SELECT RAISE(ABORT, 'broken'); END",
		    columns[i]);
		stage_sql(q);
		assert_int_not_equal(live_name(live, ID, P03, "会計 次郎",
		    &note), ERR_OK);
		stage_mend();
		assert_string_equal(stage_visit(ID, "state"), "unmatched");
		assert_string_equal(stage_visit(ID, "staff IS NULL AND "
		    "chart_number IS NULL"), "1");
		assert_int_equal(live_count(live), 0);
	}
	assert_int_equal(live_name(live, ID, P03, "会計 次郎", &note),
	    ERR_OK);
}

static void
nobody_names_what_is_not_there(void **state)
{
	struct note note = { "" };

	(void)state;
	assert_int_equal(live_name(live, ID, P03, "x", &note), ERR_NO_SUCH);
	assert_int_equal(live_name(live, "", P03, "x", &note), ERR_NO_SUCH);
	assert_int_equal(live_name(live, "' OR 1=1", P03, "x", &note),
	    ERR_NO_SUCH);
	assert_int_equal(live_drop(live, ID), ERR_NO_SUCH);
}

/* --- and gives one up --- */

static void
drop_row(void **state)
{
	const struct left *row = *state;
	int can = strcmp(row->from, "unmatched") == 0;

	put(ID, row->from, NULL, "'kiosk-1'");
	assert_int_equal(live_drop(live, ID), can ? ERR_OK : ERR_NOT_NOW);
	assert_string_equal(stage_visit(ID, "state"), can ? "cancelled" :
	    row->from);
	assert_string_equal(stage_visit(ID, "identity IS NULL"), can ? "1" :
	    "0");
	if (can)
		assert_string_equal(stage_visit(ID, "outcome"),
		    "CANCELLED");
}

/* What the terminal works on is another matter: flow/agent_kill_test. */
static void
closing_ends_them_all(void **state)
{
	(void)state;
	(void)arm("kiosk-1", P03);
	(void)arm("kiosk-2", P02);
	assert_int_equal(live_close(&live), 1);
	assert_null(live);
	assert_int_equal(live_close(&live), 1);
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM visit WHERE "
	    "state = 'cancelled'"), "2");
}

static const struct CMUnitTest singles[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	TEST(recovery_that_fails_holds_nobody),
	TEST(one_visit_per_client),
	TEST(no_more_than_there_is_room_for),
	TEST(what_ended_is_reaped),
	TEST(no_store_is_told_as_such),
	TEST(a_result_is_bound_once),
	TEST(a_name_is_stored_whole_or_not),
	TEST(nobody_names_what_is_not_there),
	TEST(closing_ends_them_all),
};

#define ADD(table, field, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].field, \
		    .test_func = func, .setup_func = enter,		\
		    .teardown_func = leave,				\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	static struct CMUnitTest tests[3 * LEN(lefts) + LEN(binds) +
	    LEN(nameds) + LEN(names) + LEN(singles)];
	size_t n = 0;

	ADD(lefts, from, left_row);
	ADD(lefts, from, without_client_row);
	ADD(lefts, from, drop_row);
	ADD(binds, name, bind_row);
	ADD(nameds, name, named_row);
	ADD(names, name, name_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, room_make_pki,
	    room_remove_pki));
}
