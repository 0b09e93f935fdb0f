#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/visit/record.h"
#include "reader/pin.h"
#include "tests/unit/visit_stage.h"

static const struct visit_conf conf = { .card_wait_ms = 1000 };
static const struct visit_about about = { "visual", "visual", "kiosk-1",
    "", "受付 花子", "injury" };

static const struct identity who = { .mode = "visual", .method = "visual",
    .card = "plastic", .has_attributes = 1, .attributes = {
    .name = "ききょう　髙子", .address = "石川県", .birthdate = "19510401",
    .sex = '2' }, .text_tries = -1, .surface = { .read = 1, .birthdate =
    "19510401", .sex = '2', .verdict = CARDCA_GENUINE }, .proven = 1,
    .compared = COMPARED_STAFF };

static void
begin(struct visit *v)
{
	assert_int_equal(visit_start(v, stage_store, &conf, &about), ERR_OK);
}

static void
step(struct visit *v, enum visit_event event)
{
	assert_int_equal(visit_step(v, event), ERR_OK);
}

/* As far as the person's second step. */
static void
confirm(struct visit *v)
{
	begin(v);
	step(v, VE_CARD_IN);
	v->identity = who;
	step(v, VE_VERIFY);
	v->consent.given[CONSENT_DRUG] = 1;
	v->consent.prescription = PRESCRIPTION_PAPER;
	step(v, VE_CONSENT);
	v->consent.confirmed = clock_wall_ms();
	step(v, VE_CONFIRM);
}

static int
rows_of(const char *table)
{
	char q[64];

	snprintf(q, sizeof(q), "SELECT COUNT(*) FROM %s", table);
	return (atoi(stage_ask(q)));
}

/* --- what a visit leaves in the store --- */

static void
a_start_is_whole(void **state)
{
	struct record rec;
	struct visit v;

	(void)state;
	begin(&v);
	assert_int_equal(record_get(stage_store, v.id, &rec), ERR_OK);
	assert_string_equal(rec.id, v.id);
	assert_memory_equal(&rec.about, &about, sizeof(about));
	assert_int_equal(rec.state, VS_IDLE);
	assert_string_equal(rec.chart_number, "");
	assert_string_equal(rec.outcome, "");
	assert_int_equal(rec.started_at, rec.updated_at);
	assert_null(rec.identity);
	assert_null(rec.consent);
	record_wipe(&rec);
	assert_int_equal(rows_of("event"), 1);
	assert_non_null(strstr(stage_ask("SELECT data FROM event"),
	    "\"state\":\"idle\""));
	visit_end(&v);
}

static void
no_name_is_no_client(void **state)
{
	const struct visit_about cli = { .mode = "pin", .method = "pin" };
	struct visit v;

	(void)state;
	assert_int_equal(visit_start(&v, stage_store, &conf, &cli), ERR_OK);
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM visit WHERE "
	    "client IS NULL AND purpose IS NULL AND staff IS NULL AND "
	    "reason IS NULL"), "1");
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM event WHERE "
	    "client IS NULL"), "1");
	visit_end(&v);
}

/* Nothing of a person is there before it was confirmed. */
static void
nothing_is_kept_before_confirmation(void **state)
{
	struct visit v;

	(void)state;
	begin(&v);
	step(&v, VE_CARD_IN);
	v.identity = who;
	step(&v, VE_VERIFY);
	v.consent.given[CONSENT_DRUG] = 1;
	step(&v, VE_CONSENT);
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM visit WHERE "
	    "identity IS NULL AND consent IS NULL"), "1");
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM event WHERE "
	    "data LIKE '%髙子%' OR data LIKE '%1951%'"), "0");
	visit_end(&v);
}

static void
confirmed_is_kept(void **state)
{
	struct record rec;
	struct visit v, back;

	(void)state;
	confirm(&v);
	assert_int_equal(record_get(stage_store, v.id, &rec), ERR_OK);
	assert_string_equal(json_string_value(json_object_get(
	    json_object_get(rec.identity, "attributes"), "birthdate")),
	    "19510401");
	assert_true(json_is_true(json_object_get(rec.consent, "drug")));
	assert_true(json_is_false(json_object_get(rec.consent, "limit")));
	record_wipe(&rec);
	assert_int_equal(record_load(stage_store, v.id, &conf, &back),
	    ERR_OK);
	assert_int_equal(back.state, VS_CONFIRMED);
	assert_int_equal(back.tries, PIN_TRIES_UNKNOWN);
	assert_int_equal(back.ms[VT_match], -1);
	assert_ptr_equal(back.conf, &conf);
	assert_string_equal(back.identity.attributes.name, "ききょう　髙子");
	assert_int_equal(back.consent.given[CONSENT_DRUG], 1);
	assert_int_equal(back.consent.given[CONSENT_LIMIT], 0);
	assert_int_equal(back.consent.prescription, PRESCRIPTION_PAPER);
	visit_end(&back);
	visit_end(&v);
}

static void
a_match_names_patient_and_staff(void **state)
{
	struct visit v;

	(void)state;
	confirm(&v);
	step(&v, VE_NO_MATCH);
	snprintf(v.patient.chart_number, sizeof(v.patient.chart_number),
	    "%s", P02);
	snprintf(v.about.staff, sizeof(v.about.staff), "会計 次郎");
	step(&v, VE_MATCH);
	assert_string_equal(stage_visit(v.id, "chart_number"), P02);
	assert_string_equal(stage_visit(v.id, "staff"), "会計 次郎");
	visit_end(&v);
}

/* Who gives up later leaves no identity and no consent either. */
static const struct leave {
	const char	*name;
	enum visit_event event;
	enum err	 why;
	const char	*state;
} leaves[] = {
	{ "cancelled", VE_CANCEL, ERR_CANCELLED, "cancelled" },
	{ "expired", VE_TIMEOUT, ERR_TIMEOUT, "expired" },
	{ "refused", VE_REFUSE, ERR_FOLDER, "refused" },
};

static void
leave_row(void **state)
{
	const struct leave *row = *state;
	struct visit v;

	confirm(&v);
	v.err = row->why;
	step(&v, row->event);
	assert_string_equal(stage_visit(v.id, "state"), row->state);
	assert_string_equal(stage_visit(v.id, "outcome"), err_name(row->why));
	assert_string_equal(stage_visit(v.id, "identity IS NULL"), "1");
	assert_string_equal(stage_visit(v.id, "consent IS NULL"), "1");
	assert_string_equal(v.identity.attributes.name, "");
	visit_end(&v);
}

/* --- one transaction, or nothing --- */

static const struct fault {
	const char	*name, *trigger;
	enum visit_event event;		/* VE_COUNT: the start */
} faults[] = {
	{ "start: no row", "BEFORE INSERT ON visit", VE_COUNT },
	{ "start: not told", "BEFORE INSERT ON event", VE_COUNT },
	{ "confirm: no state", "BEFORE UPDATE OF state ON visit",
	    VE_CONFIRM },
	{ "confirm: no event", "BEFORE INSERT ON visit_event", VE_CONFIRM },
	{ "confirm: not told", "BEFORE INSERT ON event", VE_CONFIRM },
	{ "confirm: no identity", "BEFORE UPDATE OF identity ON visit",
	    VE_CONFIRM },
	{ "confirm: no consent", "BEFORE UPDATE OF consent ON visit",
	    VE_CONFIRM },
	{ "match: no patient", "BEFORE UPDATE OF chart_number ON visit",
	    VE_MATCH },
	{ "match: no staff", "BEFORE UPDATE OF staff ON visit", VE_MATCH },
	{ "cancel: identity stays", "BEFORE UPDATE OF identity ON visit",
	    VE_CANCEL },
	{ "cancel: no outcome", "BEFORE UPDATE OF outcome ON visit",
	    VE_CANCEL },
};

static void
prepare(struct visit *v, enum visit_event event)
{
	confirm(v);
	if (event == VE_CONFIRM) {
		/* Once more, from just before it. */
		stage_sql("DELETE FROM visit_event WHERE event = 'confirm'");
		stage_sql("UPDATE visit SET state = 'consented', "
		    "identity = NULL, consent = NULL");
		v->state = VS_CONSENTED;
	}
	memcpy(v->patient.chart_number, P02, sizeof(P02));
	v->err = event == VE_CANCEL ? ERR_CANCELLED : ERR_OK;
}

#define CONTENT "SELECT state || COALESCE(chart_number, '') || " \
    "COALESCE(staff, '') || COALESCE(identity, '') || " \
    "COALESCE(consent, '') FROM visit"

static void
fault_row(void **state)
{
	const struct fault *row = *state;
	enum visit_state was;
	char q[256], *before;
	struct visit v;
	int events, told;

	if (row->event != VE_COUNT)
		prepare(&v, row->event);
	events = rows_of("visit_event");
	told = rows_of("event");
	assert_non_null(before = strdup(stage_ask(CONTENT)));
	snprintf(q, sizeof(q), "CREATE TRIGGER broken %s BEGIN "
	    "SELECT RAISE(ABORT, 'broken'); END", row->trigger);
	stage_sql(q);
	if (row->event == VE_COUNT) {
		assert_int_not_equal(visit_start(&v, stage_store, &conf,
		    &about), ERR_OK);
		assert_int_equal(rows_of("visit"), 0);
	} else {
		was = v.state;
		assert_int_not_equal(visit_step(&v, row->event), ERR_OK);
		assert_int_equal(v.state, was);
	}
	assert_int_equal(rows_of("visit_event"), events);
	assert_int_equal(rows_of("event"), told);
	assert_string_equal(before, stage_ask(CONTENT));
	free(before);
	/* Mended, the same step succeeds: no transaction was left open. */
	stage_mend();
	if (row->event == VE_COUNT)
		begin(&v);
	else
		step(&v, row->event);
	visit_end(&v);
}

/* --- what is told --- */

static void
wants_are_told_and_not_kept(void **state)
{
	struct visit v;

	(void)state;
	begin(&v);
	assert_int_equal(record_wants(&v, "pin"), ERR_OK);
	assert_string_equal(stage_ask("SELECT kind || client FROM event "
	    "WHERE data LIKE '%\"wants\":\"pin\"%'"), "visitkiosk-1");
	assert_string_equal(stage_ask("SELECT COUNT(DISTINCT visit) FROM "
	    "event"), "1");
	assert_int_equal(rows_of("visit_event"), 0);
	assert_string_equal(stage_visit(v.id, "state"), "idle");
	assert_int_equal(record_wants(&v, NULL), ERR_OK);
	visit_end(&v);
}

static void
a_worse_reason_replaces_the_first(void **state)
{
	struct visit v;

	(void)state;
	begin(&v);
	(void)visit_fail(&v, ERR_PIN_BLOCKED);
	assert_string_equal(stage_visit(v.id, "outcome"), "PIN_BLOCKED");
	v.err = ERR_CARD_UNLOCKED;
	assert_int_equal(record_reason(&v), ERR_OK);
	assert_string_equal(stage_visit(v.id, "outcome"), "CARD_UNLOCKED");
	assert_string_equal(stage_visit(v.id, "state"), "refused");
	assert_int_equal(rows_of("event"), 3);
	stage_sql("CREATE TRIGGER broken BEFORE INSERT ON event BEGIN "
	    "SELECT RAISE(ABORT, 'broken'); END");
	v.err = ERR_TIMEOUT;
	assert_int_not_equal(record_reason(&v), ERR_OK);
	assert_string_equal(stage_visit(v.id, "outcome"), "CARD_UNLOCKED");
	visit_end(&v);
}

/* --- reading what is not as we wrote it --- */

static const struct odd {
	const char	*name, *sql;	/* NULL: there is none */
	enum err	 want;
} odds[] = {
	{ "no such visit", NULL, ERR_NO_SUCH },
	{ "a state nobody knows", "UPDATE visit SET state = 'gone'",
	    ERR_STORE },
	{ "no state", "UPDATE visit SET state = ''", ERR_STORE },
	{ "identity is no JSON", "UPDATE visit SET identity = '{'",
	    ERR_STORE },
	{ "consent is no JSON", "UPDATE visit SET consent = 'yes'",
	    ERR_STORE },
	{ "JSON of another shape", "UPDATE visit SET identity = '[]', "
	    "consent = '[1]'", ERR_OK },
	{ "a chart number of 400 bytes", "UPDATE visit SET chart_number = "
	    "hex(zeroblob(200)), client = hex(zeroblob(200)), "
	    "outcome = hex(zeroblob(200))", ERR_OK },
};

static void
odd_row(void **state)
{
	const struct odd *row = *state;
	struct visit v, back;
	struct record rec;

	confirm(&v);
	if (row->sql != NULL)
		stage_sql(row->sql);
	else
		v.id[0] = v.id[0] == '0' ? '1' : '0';
	memset(&rec, 0xa5, sizeof(rec));
	assert_int_equal(record_get(stage_store, v.id, &rec), row->want);
	if (row->want != ERR_OK)
		assert_string_equal(rec.id, "");
	record_wipe(&rec);
	memset(&back, 0xa5, sizeof(back));
	assert_int_equal(record_load(stage_store, v.id, &conf, &back),
	    row->want);
	if (row->want != ERR_OK)
		assert_string_equal(back.id, "");
	visit_end(&back);
	visit_end(&v);
}

static void
states_by_word(void **state)
{
	(void)state;
	for (int s = 0; s < VS_COUNT; s++)
		assert_int_equal(record_state_named(machine_state(
		    (enum visit_state)s)), s);
	assert_int_equal(record_state_named(""), VS_COUNT);
	assert_int_equal(record_state_named("IDLE"), VS_COUNT);
	assert_int_equal(record_state_named("?"), VS_COUNT);
}

static const struct CMUnitTest singles[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, stage_up, stage_down)
	TEST(a_start_is_whole),
	TEST(no_name_is_no_client),
	TEST(nothing_is_kept_before_confirmation),
	TEST(confirmed_is_kept),
	TEST(a_match_names_patient_and_staff),
	TEST(wants_are_told_and_not_kept),
	TEST(a_worse_reason_replaces_the_first),
	TEST(states_by_word),
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
	struct CMUnitTest tests[LEN(leaves) + LEN(faults) + LEN(odds) +
	    LEN(singles)];
	size_t n = 0;

	ADD(leaves, leave_row);
	ADD(faults, fault_row);
	ADD(odds, odd_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
