#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/client/read.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ID	"0b8f1c52-6a3e-4d7c-9f21-5e0d4c3b2a19"
#define NONCE	"000102030405060708090a0b0c0d0e0f" \
		"101112131415161718191a1b1c1d1e1f"
#define TEXT	"{\"ja\":\"\xe4\xbb\x8a\",\"en\":\"now\"}"
#define ERROR	"{\"code\":\"NO_CARD\",\"text\":" TEXT ",\"next\":" TEXT \
		",\"detail\":\"d\"}"

enum kind { VISIT, CLIENT, PROBLEM, EV_VISIT, EV_READER, EV_ALARM };

static const char *const good[] = {
	[VISIT] = "{\"id\":\"" ID "\",\"mode\":\"pin\",\"state\":\"card\","
	    "\"label\":" TEXT ",\"wants\":null,\"deadline\":null,"
	    "\"tries_left\":null,\"nonce\":null,\"patient\":null,"
	    "\"outcome\":null,\"error\":null}",
	[CLIENT] = "{\"name\":\"k\",\"evidence_key\":true,"
	    "\"staff_button\":false,\"electronic_prescription\":false,"
	    "\"test_mode\":true}",
	[PROBLEM] = ERROR,
	[EV_VISIT] = "{\"at\":\"2026-11-20T09:00:00+09:00\",\"visit\":\"" ID
	    "\"}",
	[EV_READER] = "{\"at\":\"2026-11-20T09:00:00+09:00\","
	    "\"reader\":\"ready\",\"card\":true}",
	[EV_ALARM] = "{\"at\":\"2026-11-20T09:00:00+09:00\","
	    "\"alarm\":\"TERMINAL_ALARM\",\"on\":true}",
};

/* The good one with one place changed; want NULL: it is taken. */
static const struct row {
	const char	*name;
	enum kind	 kind;
	const char	*from, *to, *want;
} rows[] = {
	{ "visit", VISIT, "", "", NULL },
	{ "visit, more than we know", VISIT, "{\"id\"",
	    "{\"newer\":[1],\"id\"", NULL },
	{ "visit, all that may be null is there", VISIT, "\"error\":null",
	    "\"error\":" ERROR, NULL },
	{ "visit, id missing", VISIT, "\"id\"", "\"ID\"", "id" },
	{ "visit, id a number", VISIT, "\"" ID "\"", "1", "id" },
	{ "visit, id of version 1", VISIT, "-4d7c", "-1d7c", "id" },
	{ "visit, id of another variant", VISIT, "-9f21", "-cf21", "id" },
	{ "visit, id longer", VISIT, "2a19\"", "2a190\"", "id" },
	{ "visit, id with a slash", VISIT, "0b8f1c52", "0b8f/c52", "id" },
	{ "visit, mode unknown", VISIT, "\"pin\"", "\"iris\"", "mode" },
	{ "visit, mode missing", VISIT, "\"mode\"", "\"made\"", "mode" },
	{ "visit, state unknown", VISIT, "\"card\"", "\"cards\"", "state" },
	{ "visit, state null", VISIT, "\"card\"", "null", "state" },
	{ "visit, state a list", VISIT, "\"card\"", "[\"card\"]", "state" },
	{ "visit, label a string", VISIT, TEXT, "\"now\"", "label" },
	{ "visit, label without Japanese", VISIT, "\"ja\"", "\"jp\"",
	    "label" },
	{ "visit, label without English", VISIT, "\"en\":\"now\"",
	    "\"en\":null", "label" },
	{ "visit, wants unknown", VISIT, "\"wants\":null",
	    "\"wants\":\"money\"", "wants" },
	{ "visit, wants empty", VISIT, "\"wants\":null", "\"wants\":\"\"",
	    "wants" },
	{ "visit, wants false", VISIT, "\"wants\":null", "\"wants\":false",
	    "wants" },
	{ "visit, wants missing", VISIT, "\"wants\"", "\"want\"", "wants" },
	{ "visit, deadline a number", VISIT, "\"deadline\":null",
	    "\"deadline\":1", "deadline" },
	{ "visit, deadline on February 30", VISIT, "\"deadline\":null",
	    "\"deadline\":\"2026-02-30T09:00:00Z\"", "deadline" },
	{ "visit, deadline missing", VISIT, "\"deadline\"", "\"dead\"",
	    "deadline" },
	{ "visit, eleven tries", VISIT, "\"tries_left\":null",
	    "\"tries_left\":11", "tries_left" },
	{ "visit, minus one try", VISIT, "\"tries_left\":null",
	    "\"tries_left\":-1", "tries_left" },
	{ "visit, tries above any int", VISIT, "\"tries_left\":null",
	    "\"tries_left\":4294967299", "tries_left" },
	{ "visit, tries a fraction", VISIT, "\"tries_left\":null",
	    "\"tries_left\":3.0", "tries_left" },
	{ "visit, tries a string", VISIT, "\"tries_left\":null",
	    "\"tries_left\":\"3\"", "tries_left" },
	{ "visit, tries missing", VISIT, "\"tries_left\"", "\"tries\"",
	    "tries_left" },
	{ "visit, nonce short", VISIT, "\"nonce\":null",
	    "\"nonce\":\"0011\"", "nonce" },
	{ "visit, nonce long", VISIT, "\"nonce\":null",
	    "\"nonce\":\"" NONCE "0\"", "nonce" },
	{ "visit, nonce in capitals", VISIT, "\"nonce\":null",
	    "\"nonce\":\"A00102030405060708090a0b0c0d0e0f"
	    "101112131415161718191a1b1c1d1e1\"", "nonce" },
	{ "visit, patient without name", VISIT, "\"patient\":null",
	    "\"patient\":{}", "patient" },
	{ "visit, patient a string", VISIT, "\"patient\":null",
	    "\"patient\":\"x\"", "patient" },
	{ "visit, patient missing", VISIT, "\"patient\"", "\"pat\"",
	    "patient" },
	{ "visit, outcome with a blank", VISIT, "\"outcome\":null",
	    "\"outcome\":\"1 2\"", "outcome" },
	{ "visit, outcome a number", VISIT, "\"outcome\":null",
	    "\"outcome\":1", "outcome" },
	{ "visit, outcome above 63", VISIT, "\"outcome\":null",
	    "\"outcome\":\"" NONCE "\"", "outcome" },
	{ "visit, error without code", VISIT, "\"error\":null",
	    "\"error\":{\"text\":" TEXT ",\"next\":" TEXT "}", "error" },
	{ "visit, error a list", VISIT, "\"error\":null", "\"error\":[]",
	    "error" },
	{ "visit, no JSON", VISIT, "}", "", "JSON" },
	{ "client", CLIENT, "", "", NULL },
	{ "client, name of 33", CLIENT, "\"k\"",
	    "\"a23456789012345678901234567890123\"", "name" },
	{ "client, name null", CLIENT, "\"k\"", "null", "name" },
	{ "client, a flag that is a number", CLIENT, "true", "1",
	    "evidence_key" },
	{ "client, a flag missing", CLIENT, "\"staff_button\"", "\"s\"",
	    "staff_button" },
	{ "client, a flag null", CLIENT, "\"test_mode\":true",
	    "\"test_mode\":null", "test_mode" },
	{ "problem", PROBLEM, "", "", NULL },
	{ "problem, code begins with a digit", PROBLEM, "NO_CARD", "1_CARD",
	    "code" },
	{ "problem, code with a line feed", PROBLEM, "NO_CARD", "NO\\nCARD",
	    "code" },
	{ "problem, code of 64", PROBLEM, "NO_CARD",
	    "A234567890123456789012345678901234567890123456789012345678901234",
	    "code" },
	{ "problem, detail a number", PROBLEM, "\"d\"", "1", "detail" },
	{ "problem, retry after a word", PROBLEM, "\"detail\":\"d\"",
	    "\"retry_after\":\"7\"", "retry_after" },
	{ "problem, retry after two days", PROBLEM, "\"detail\":\"d\"",
	    "\"retry_after\":172800", "retry_after" },
	{ "event, visit", EV_VISIT, "", "", NULL },
	{ "event, time missing", EV_VISIT, "\"at\"", "\"on\"", "at" },
	{ "event, visit missing", EV_VISIT, "\"visit\"", "\"id\"", "visit" },
	{ "event, visit null", EV_VISIT, "\"" ID "\"", "null", "visit" },
	{ "event, reader", EV_READER, "", "", NULL },
	{ "event, reader without card", EV_READER, ",\"card\":true", "",
	    NULL },
	{ "event, reader missing", EV_READER, "\"reader\"", "\"r\"",
	    "reader" },
	{ "event, card a word", EV_READER, "true", "\"in\"", "card" },
	{ "event, alarm", EV_ALARM, "", "", NULL },
	{ "event, alarm without on", EV_ALARM, ",\"on\":true", "", "on" },
	{ "event, alarm in small letters", EV_ALARM, "TERMINAL_ALARM",
	    "terminal", "alarm" },
	{ "event, a list", EV_ALARM, "{", "[", "JSON" },
};

union any {
	struct shikaku_visit	visit;
	struct shikaku_client	client;
	struct shikaku_problem	problem;
	struct shikaku_event	event;
};

static const char *
read_any(enum kind kind, const char *text, union any *out)
{
	size_t n = strlen(text);

	switch (kind) {
	case VISIT:
		return (read_visit(text, n, &out->visit));
	case CLIENT:
		return (read_client(text, n, &out->client));
	case PROBLEM:
		return (read_problem(text, n, &out->problem));
	case EV_VISIT:
		return (read_event(text, n, SHIKAKU_EVENT_VISIT,
		    &out->event));
	case EV_READER:
		return (read_event(text, n, SHIKAKU_EVENT_READER,
		    &out->event));
	case EV_ALARM:
		return (read_event(text, n, SHIKAKU_EVENT_ALARM,
		    &out->event));
	}
	return ("kind");
}

static size_t
size_of(enum kind kind)
{
	return (kind == VISIT ? sizeof(struct shikaku_visit) :
	    kind == CLIENT ? sizeof(struct shikaku_client) :
	    kind == PROBLEM ? sizeof(struct shikaku_problem) :
	    sizeof(struct shikaku_event));
}

static void
row_test(void **state)
{
	const struct row *row = *state;
	const char *at = strstr(good[row->kind], row->from), *wrong;
	char text[4096];
	union any out, zero;

	assert_non_null(at);
	(void)snprintf(text, sizeof(text), "%.*s%s%s",
	    (int)(at - good[row->kind]), good[row->kind], row->to,
	    at + strlen(row->from));
	memset(&out, 0x5a, sizeof(out));
	memset(&zero, 0, sizeof(zero));
	wrong = read_any(row->kind, text, &out);
	if (row->want == NULL) {
		assert_null(wrong);
		return;
	}
	assert_non_null(wrong);
	assert_string_equal(wrong, row->want);
	/* Nothing of a refused one is left, names least of all. */
	assert_memory_equal(&out, &zero, size_of(row->kind));
}

static void
values(void **state)
{
	static const char text[] = "{\"id\":\"" ID "\",\"mode\":\"visual\","
	    "\"state\":\"expired\",\"label\":" TEXT ",\"wants\":\"closing\","
	    "\"deadline\":\"1970-01-01T09:00:01+09:00\",\"tries_left\":10,"
	    "\"nonce\":\"" NONCE "\",\"patient\":{\"name\":\"\xe5\x90\x8d\"},"
	    "\"outcome\":\"6\",\"error\":" ERROR "}";
	struct shikaku_visit v;

	(void)state;
	assert_null(read_visit(text, strlen(text), &v));
	assert_int_equal(v.mode, SHIKAKU_MODE_VISUAL);
	assert_int_equal(v.state, SHIKAKU_STATE_EXPIRED);
	assert_int_equal(v.wants, SHIKAKU_WANTS_CLOSING);
	assert_int_equal(v.deadline, 1000);
	assert_int_equal(v.tries_left, 10);
	assert_string_equal(v.nonce, NONCE);
	assert_string_equal(v.patient, "\xe5\x90\x8d");
	assert_string_equal(v.outcome, "6");
	assert_string_equal(v.error.code, "NO_CARD");
	assert_string_equal(v.error.text.ja, "\xe4\xbb\x8a");
	assert_string_equal(v.error.next.en, "now");
	assert_string_equal(v.error.detail, "d");
	assert_int_equal(v.error.status, 0);
	assert_null(read_visit(good[VISIT], strlen(good[VISIT]), &v));
	assert_int_equal(v.wants, SHIKAKU_WANTS_NOTHING);
	assert_int_equal(v.tries_left, -1);
	assert_int_equal(v.deadline, 0);
	assert_string_equal(v.patient, "");
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 1];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(values);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
