#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "host/visit/status.h"
#include "host/visit/want.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* features.md DEN-05 to DEN-10; the words are those of openapi.yaml. */
static const struct row {
	const char		*name;
	enum visit_state	 state;
	const char		*outcome, *word, *ja, *code;
	int			 advice;	/* there is one */
} rows[] = {
	{ "idle", VS_IDLE, "", "running", "受付中", "", 0 },
	{ "card", VS_CARD, "", "running", "受付中", "", 0 },
	{ "verified", VS_VERIFIED, "", "running", "受付中", "", 0 },
	{ "consented", VS_CONSENTED, "", "running", "受付中", "", 0 },
	{ "confirmed", VS_CONFIRMED, "", "running", "受付中", "", 0 },
	{ "matched", VS_MATCHED, "", "running", "受付中", "", 0 },
	{ "running has no code", VS_MATCHED, "1", "running", "受付中", "", 0 },
	{ "unmatched", VS_UNMATCHED, "", "unmatched", "患者の指定待ち", "",
	    1 },
	{ "requested", VS_REQUESTED, "", "inquiring", "照会中", "", 0 },
	{ "unanswered", VS_UNANSWERED, "", "inquiring", "照会中", "", 1 },
	{ "valid", VS_ANSWERED, "1", "valid", "有効", "1", 0 },
	{ "valid, shown", VS_DONE, "1", "valid", "有効", "1", 0 },
	{ "lost", VS_DONE, "2", "lost", "喪失", "2", 1 },
	{ "lost, a new one", VS_DONE, "3", "lost_new",
	    "喪失 (新しい資格あり)", "3", 1 },
	{ "none", VS_DONE, "4", "none", "該当なし", "4", 1 },
	{ "several", VS_DONE, "5", "several", "複数該当", "5", 1 },
	{ "unregistered", VS_DONE, "6", "unregistered", "有効 (未登録)", "6",
	    0 },
	{ "a code nobody knows", VS_DONE, "7", "error", "エラー", "7", 0 },
	{ "a code with more behind", VS_DONE, "11", "error", "エラー", "11",
	    0 },
	{ "no outcome", VS_DONE, "", "error", "エラー", "", 0 },
	{ "refused by the terminal", VS_ANSWERED, "REFUSED", "error",
	    "エラー", "REFUSED", 1 },
	{ "refused", VS_REFUSED, "PIN_BLOCKED", "error", "エラー",
	    "PIN_BLOCKED", 1 },
	{ "refused, and never valid", VS_REFUSED, "CERT_REVOKED", "error",
	    "エラー", "CERT_REVOKED", 1 },
	{ "an error nobody knows", VS_REFUSED, "NO_SUCH_ERROR", "error",
	    "エラー", "NO_SUCH_ERROR", 0 },
	{ "cancelled", VS_CANCELLED, "CANCELLED", "cancelled", "中止",
	    "CANCELLED", 0 },
	{ "cancelled by a restart", VS_CANCELLED, "RESTARTED", "cancelled",
	    "中止", "RESTARTED", 0 },
	{ "expired", VS_EXPIRED, "TIMEOUT", "expired", "時間切れ", "TIMEOUT",
	    0 },
	{ "no state at all", VS_COUNT, "", "error", "エラー", "", 0 },
};

static void
status_row(void **state)
{
	const struct row *row = *state;
	struct status s;

	memset(&s, 0xa5, sizeof(s));
	status_of(row->state, row->outcome, &s);
	assert_string_equal(s.word, row->word);
	assert_string_equal(s.label[ERR_JA], row->ja);
	assert_true(s.label[ERR_EN][0] != '\0');
	assert_string_equal(s.code, row->code);
	assert_int_equal(s.advice[ERR_JA][0] != '\0', row->advice);
	assert_int_equal(s.advice[ERR_EN][0] != '\0', row->advice);
}

static const char *
text_of(const json_t *o, const char *member, const char *lang)
{
	const char *s = json_string_value(json_object_get(json_object_get(o,
	    member), lang));

	return (s == NULL ? "(none)" : s);
}

static void
json_row(void **state)
{
	const struct row *row = *state;
	struct status s;
	json_t *o;

	status_of(row->state, row->outcome, &s);
	o = status_json(&s, "20261120");
	assert_int_equal(json_object_size(o), 5);
	assert_string_equal(json_string_value(json_object_get(o, "word")),
	    row->word);
	assert_string_equal(text_of(o, "label", "ja"), row->ja);
	assert_string_equal(text_of(o, "label", "en"), s.label[ERR_EN]);
	assert_string_equal(text_of(o, "advice", "ja"), s.advice[ERR_JA]);
	assert_string_equal(text_of(o, "advice", "en"), s.advice[ERR_EN]);
	if (row->code[0] == '\0')
		assert_true(json_is_null(json_object_get(o, "code")));
	else
		assert_string_equal(json_string_value(json_object_get(o,
		    "code")), row->code);
	json_decref(o);
}

static const struct day {
	const char	*name, *stored, *shown;
} days[] = {
	{ "confirmed on a day", "20261120", "2026-11-20" },
	{ "not confirmed", "", NULL },
	{ "half a date", "202611", NULL },
	{ "a date and more", "202611201", NULL },
};

static void
day_row(void **state)
{
	const struct day *row = *state;
	const json_t *on;
	struct status s;
	json_t *o;

	status_of(VS_DONE, "1", &s);
	o = status_json(&s, row->stored);
	on = json_object_get(o, "confirmed_on");
	assert_int_equal(json_is_null(on), row->shown == NULL);
	if (row->shown != NULL)
		assert_string_equal(json_string_value(on), row->shown);
	json_decref(o);
}

/* --- what a visit wants --- */

static const struct want_row {
	enum want	 want;
	const char	*word;
	int		 ms;
} wants[] = {
	{ WANT_CARD, "card", 0 }, { WANT_NUMBER_B, "number_b", 60000 },
	{ WANT_FACE_FILE, "face_file", 60000 },
	{ WANT_EVIDENCE, "evidence", 60000 },
	{ WANT_ATTESTATION, "attestation", 120000 },
	{ WANT_PIN, "pin", 60000 }, { WANT_TEXT_PIN, "text_pin", 60000 },
	{ WANT_PIN_AT_DEVICE, "pin_at_device", 60000 },
	{ WANT_CONSENT, "consent", 120000 },
	{ WANT_CONFIRMATION, "confirmation", 60000 },
	{ WANT_PATIENT, "patient", 0 }, { WANT_CLOSING, "closing", 60000 },
};

static void
want_row(void **state)
{
	const struct want_row *row = *state;

	assert_string_equal(want_word(row->want), row->word);
	assert_int_equal(want_ms(row->want), row->ms);
}

static void
nothing_is_wanted(void **state)
{
	(void)state;
	assert_int_equal(LEN(wants), WANTS - 1);
	assert_null(want_word(WANT_NOTHING));
	assert_int_equal(want_ms(WANT_NOTHING), 0);
	assert_null(want_word(WANTS));
	assert_int_equal(want_ms(WANTS), 0);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(nothing_is_wanted),
};

#define ADD(table, field, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].field, \
		    .test_func = func,					\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	struct CMUnitTest tests[2 * LEN(rows) + LEN(days) + LEN(wants) +
	    LEN(singles)];
	size_t n = 0;

	ADD(rows, name, status_row);
	ADD(rows, name, json_row);
	ADD(days, name, day_row);
	ADD(wants, word, want_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
