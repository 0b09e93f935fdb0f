#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tests/unit/client_stub.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define PNG	"\x89PNG\r\n\x1a\n"

static struct stub_reply visit_reply, client_reply, photo_reply;
static char visit_bytes[4096], client_bytes[1024];
static char key_file[64], key_dir[32];

static void
open_stub(struct stub *s, const struct stub_reply *reply,
    struct shikaku **h)
{
	const struct shikaku_conf conf = { .socket = s->path,
	    .token_file = s->token_file, .evidence_key_file = key_file,
	    .timeout_ms = 20000 };
	struct shikaku_problem why;

	s->replies = reply;
	s->n_replies = 1;
	stub_start(s);
	if (shikaku_open(&conf, h, &why) != SHIKAKU_OK)
		fail_msg("%s: %s", why.code, why.detail);
}

static void
close_stub(struct stub *s, struct shikaku **h)
{
	shikaku_close(h);
	assert_null(*h);
	stub_stop(s);
}

static struct shikaku_visit
a_visit(void)
{
	struct shikaku_visit v = { .id = STUB_ID, .tries_left = 3 };

	strcpy(v.nonce, STUB_NONCE);
	return (v);
}

/* --- each call, and the one request it makes --- */

static enum shikaku_err
do_start(struct shikaku *h, struct shikaku_visit *v)
{
	struct shikaku_client c;
	enum shikaku_err r = shikaku_start(h, &c);

	(void)v;
	if (r == SHIKAKU_OK) {
		assert_string_equal(c.name, "kiosk-1");
		assert_int_equal(c.evidence_key, 1);
		assert_int_equal(c.electronic_prescription, 1);
		assert_int_equal(c.staff_button, 0);
		assert_int_equal(c.test_mode, 0);
	}
	return (r);
}

static enum shikaku_err
do_begin(struct shikaku *h, struct shikaku_visit *v)
{
	const struct shikaku_order o = { .mode = SHIKAKU_MODE_FACE };

	return (shikaku_begin(h, &o, v));
}

static enum shikaku_err
do_begin_all(struct shikaku *h, struct shikaku_visit *v)
{
	const struct shikaku_order o = { .mode = SHIKAKU_MODE_FACE,
	    .slow = 1, .official = 1, .chart_number = "A\"\\1" };

	return (shikaku_begin(h, &o, v));
}

static enum shikaku_err
do_begin_visual(struct shikaku *h, struct shikaku_visit *v)
{
	const struct shikaku_order o = { .mode = SHIKAKU_MODE_VISUAL,
	    .passcode = "246810", .reason = "illness", .staff = "\t受付" };

	return (shikaku_begin(h, &o, v));
}

static enum shikaku_err
do_get(struct shikaku *h, struct shikaku_visit *v)
{
	return (shikaku_get(h, v->id, v));
}

static enum shikaku_err
do_number_b(struct shikaku *h, struct shikaku_visit *v)
{
	return (shikaku_number_b(h, v, "01020320341234"));
}

static enum shikaku_err
do_pin(struct shikaku *h, struct shikaku_visit *v)
{
	const struct shikaku_pin_entry e = { .pin = "1234",
	    .tries_left = 3 };

	return (shikaku_pin(h, v, &e));
}

static enum shikaku_err
do_last_pin(struct shikaku *h, struct shikaku_visit *v)
{
	const struct shikaku_pin_entry e = { .pin = "1234", .tries_left = 1,
	    .last_try = 1 };

	return (shikaku_pin(h, v, &e));
}

static enum shikaku_err
do_photo(struct shikaku *h, struct shikaku_visit *v)
{
	char png[16];
	size_t len;
	enum shikaku_err r = shikaku_photo(h, v->id, png, sizeof(png), &len);

	if (r == SHIKAKU_OK) {
		assert_int_equal(len, sizeof(PNG) - 1);
		assert_memory_equal(png, PNG, sizeof(PNG) - 1);
	}
	return (r);
}

static enum shikaku_err
do_answer(struct shikaku *h, struct shikaku_visit *v, enum shikaku_step step,
    int yes)
{
	const struct shikaku_decision d = { .step = step, .yes = yes,
	    .consent = { .limit = 1, .drug = 1, .diagnosis = 2,
	    .prescription = SHIKAKU_PRESCRIPTION_PAPER } };

	return (shikaku_answer(h, v, &d));
}

static enum shikaku_err
do_consent(struct shikaku *h, struct shikaku_visit *v)
{
	return (do_answer(h, v, SHIKAKU_STEP_CONSENT, 0));
}

static enum shikaku_err
do_no_consent(struct shikaku *h, struct shikaku_visit *v)
{
	const struct shikaku_decision d = { .step = SHIKAKU_STEP_CONSENT,
	    .yes = 1 };

	return (shikaku_answer(h, v, &d));
}

static enum shikaku_err
do_confirm(struct shikaku *h, struct shikaku_visit *v)
{
	return (do_answer(h, v, SHIKAKU_STEP_CONFIRMATION, 1));
}

static enum shikaku_err
do_back(struct shikaku *h, struct shikaku_visit *v)
{
	return (do_answer(h, v, SHIKAKU_STEP_CONFIRMATION, 0));
}

static enum shikaku_err
do_attest(struct shikaku *h, struct shikaku_visit *v)
{
	return (do_answer(h, v, SHIKAKU_STEP_ATTESTATION, 1));
}

static enum shikaku_err
do_close(struct shikaku *h, struct shikaku_visit *v)
{
	return (do_answer(h, v, SHIKAKU_STEP_CLOSING, 1));
}

static enum shikaku_err
do_cancel(struct shikaku *h, struct shikaku_visit *v)
{
	return (do_answer(h, v, SHIKAKU_STEP_CANCELLATION, 1));
}

#define V "/api/v1/visits/" STUB_ID

static const struct sent {
	const char		*name;
	enum shikaku_err	(*call)(struct shikaku *,
				    struct shikaku_visit *);
	const struct stub_reply	*reply;
	const char		*method, *path, *body;
} sents[] = {
	{ "start", do_start, &client_reply, "POST", "/api/v1/client/start",
	    "" },
	{ "begin", do_begin, &visit_reply, "POST", "/api/v1/visits",
	    "{\"mode\":\"face\"}" },
	{ "begin, slow, official, chart escaped", do_begin_all, &visit_reply,
	    "POST", "/api/v1/visits", "{\"mode\":\"face\",\"slow\":true,"
	    "\"official\":true,\"chart_number\":\"A\\\"\\\\1\"}" },
	{ "begin, visual", do_begin_visual, &visit_reply, "POST",
	    "/api/v1/visits", "{\"mode\":\"visual\",\"passcode\":\"246810\","
	    "\"reason\":\"illness\",\"staff\":\"\\u0009受付\"}" },
	{ "get", do_get, &visit_reply, "GET", V, "" },
	{ "number b", do_number_b, &visit_reply, "POST", V "/number-b",
	    "{\"number\":\"01020320341234\"}" },
	{ "pin", do_pin, &visit_reply, "POST", V "/pin",
	    "{\"pin\":\"1234\",\"which\":\"pin\",\"tries_left\":3}" },
	{ "pin, last try", do_last_pin, &visit_reply, "POST", V "/pin",
	    "{\"pin\":\"1234\",\"which\":\"pin\",\"tries_left\":1,"
	    "\"last_try\":true}" },
	{ "photo", do_photo, &photo_reply, "GET", V "/photo", "" },
	{ "consent, 2 is not 1", do_consent, &visit_reply, "POST",
	    V "/consent", "{\"limit\":true,\"disease\":false,"
	    "\"checkup\":false,\"drug\":true,\"diagnosis\":false,"
	    "\"operation\":false,\"prescription\":\"paper\"}" },
	{ "consent to nothing", do_no_consent, &visit_reply, "POST",
	    V "/consent", "{\"limit\":false,\"disease\":false,"
	    "\"checkup\":false,\"drug\":false,\"diagnosis\":false,"
	    "\"operation\":false}" },
	{ "confirmation", do_confirm, &visit_reply, "POST",
	    V "/confirmation", "{\"confirmed\":true}" },
	{ "choose again", do_back, &visit_reply, "POST", V "/confirmation",
	    "{\"confirmed\":false}" },
	{ "attestation", do_attest, &visit_reply, "POST", V "/attestation",
	    "{\"same_person\":true}" },
	{ "closing", do_close, &visit_reply, "POST", V "/closing", "" },
	{ "cancellation", do_cancel, &visit_reply, "POST",
	    V "/cancellation", "" },
};

static void
assert_header(const struct stub_request *rq, const char *name,
    const char *want)
{
	char value[256];

	assert_int_equal(stub_header(rq, name, value, sizeof(value)),
	    want == NULL ? 0 : 1);
	if (want != NULL)
		assert_string_equal(value, want);
}

/* "^[A-Za-z0-9_-]{8,64}$", which is what openapi.yaml asks for. */
static void
assert_key(const struct stub_request *rq)
{
	char key[256];

	assert_int_equal(stub_header(rq, "Idempotency-Key", key,
	    sizeof(key)), 1);
	assert_in_range(strlen(key), 8, 64);
	assert_int_equal(strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789_-"), strlen(key));
}

static void
sent_row(void **state)
{
	const struct sent *row = *state;
	const struct stub_request *rq;
	struct stub s = { 0 };
	struct shikaku_visit v = a_visit();
	struct shikaku *h;
	int post = strcmp(row->method, "POST") == 0;

	open_stub(&s, row->reply, &h);
	if (row->call(h, &v) != SHIKAKU_OK)
		fail_msg("%s", shikaku_last_problem(h)->detail);
	assert_string_equal(shikaku_last_problem(h)->code, "");
	assert_int_equal(s.n_requests, 1);
	rq = &s.requests[0];
	assert_string_equal(rq->method, row->method);
	assert_string_equal(rq->path, row->path);
	assert_string_equal(rq->body, row->body);
	assert_header(rq, "Host", "localhost");
	assert_header(rq, "Authorization", "Bearer " STUB_TOKEN);
	assert_header(rq, "Content-Type", row->body[0] != '\0' ?
	    "application/json" : NULL);
	assert_header(rq, "Expect", NULL);
	assert_header(rq, "Transfer-Encoding", NULL);
	if (post)
		assert_key(rq);
	else
		assert_header(rq, "Idempotency-Key", NULL);
	close_stub(&s, &h);
}

static void
visit_is_read(void **state)
{
	struct stub s = { 0 };
	struct shikaku_visit v = { 0 };
	struct shikaku *h;

	(void)state;
	open_stub(&s, &visit_reply, &h);
	assert_int_equal(shikaku_get(h, STUB_ID, &v), SHIKAKU_OK);
	assert_string_equal(v.id, STUB_ID);
	assert_int_equal(v.mode, SHIKAKU_MODE_FACE);
	assert_int_equal(v.state, SHIKAKU_STATE_CARD);
	assert_int_equal(v.wants, SHIKAKU_WANTS_EVIDENCE);
	assert_string_equal(v.label.ja, "受付");
	assert_string_equal(v.label.en, "label");
	/* date -u -d 2026-11-20T00:01:00 +%s */
	assert_true(v.deadline == INT64_C(1795132860250));
	assert_int_equal(v.tries_left, 3);
	assert_string_equal(v.nonce, STUB_NONCE);
	assert_string_equal(v.outcome, "1");
	assert_string_equal(v.patient, "");
	assert_string_equal(v.error.code, "");
	close_stub(&s, &h);
}

static void
keys_differ(void **state)
{
	const struct stub_reply replies[] = { visit_reply, visit_reply };
	struct shikaku_visit v = a_visit();
	struct stub s = { 0 };
	struct shikaku *h;
	char first[128], second[128];

	(void)state;
	open_stub(&s, replies, &h);
	s.n_replies = 2;
	assert_int_equal(do_pin(h, &v), SHIKAKU_OK);
	assert_int_equal(do_pin(h, &v), SHIKAKU_OK);
	assert_int_equal(s.n_requests, 2);
	stub_header(&s.requests[0], "Idempotency-Key", first, sizeof(first));
	stub_header(&s.requests[1], "Idempotency-Key", second,
	    sizeof(second));
	assert_string_not_equal(first, second);
	close_stub(&s, &h);
}

/* --- calls that make no sense: nothing is sent, nothing is changed --- */

enum wrong { NO_HANDLE, NO_VISIT, BAD_ID, UPPER_ID, NUMBER_LETTER, PIN_SHORT,
    PIN_FULL_WIDTH, PIN_NULL, TRIES_0, TRIES_4, TRIES_UNKNOWN, NO_LEN,
    NO_ROOM_POINTER, STEP_5, FORM_3, MODE_HOME, OFFICIAL_PIN, CHART_EMPTY,
    CHART_BLANK, CHART_LONG, PASSCODE_PIN, PASSCODE_SHORT, PASSCODE_LETTER,
    VISUAL_ALONE, STAFF_LONG, ENGINE_NULL, ENGINE_BLANK, ENGINE_LONG,
    SCORE_HIGH, SCORE_LOW, THRESHOLD_HIGH, LIVENESS_3, NO_NONCE, WAIT_LESS };

static const struct refused {
	const char	*name;
	enum wrong	 wrong;
} refuseds[] = {
	{ "no handle", NO_HANDLE },
	{ "no visit", NO_VISIT },
	{ "an id that is a path", BAD_ID },
	{ "an id in capitals", UPPER_ID },
	{ "a letter in number b", NUMBER_LETTER },
	{ "three digits of a PIN", PIN_SHORT },
	{ "a PIN in full width", PIN_FULL_WIDTH },
	{ "no PIN", PIN_NULL },
	{ "no tries left", TRIES_0 },
	{ "four tries left", TRIES_4 },
	{ "tries unknown", TRIES_UNKNOWN },
	{ "photo without length", NO_LEN },
	{ "photo without room", NO_ROOM_POINTER },
	{ "a step there is not", STEP_5 },
	{ "a form of prescription there is not", FORM_3 },
	{ "mode home", MODE_HOME },
	{ "official without face", OFFICIAL_PIN },
	{ "empty chart number", CHART_EMPTY },
	{ "chart number with a blank", CHART_BLANK },
	{ "chart number of 33", CHART_LONG },
	{ "passcode in mode pin", PASSCODE_PIN },
	{ "passcode of 5", PASSCODE_SHORT },
	{ "passcode with a letter", PASSCODE_LETTER },
	{ "visual without reason and staff", VISUAL_ALONE },
	{ "staff of 129 bytes", STAFF_LONG },
	{ "no engine", ENGINE_NULL },
	{ "engine with a line feed", ENGINE_BLANK },
	{ "engine of 65", ENGINE_LONG },
	{ "score above 1", SCORE_HIGH },
	{ "score below 0", SCORE_LOW },
	{ "threshold above 1", THRESHOLD_HIGH },
	{ "a liveness there is not", LIVENESS_3 },
	{ "a visit without nonce", NO_NONCE },
	{ "wait for less than nothing", WAIT_LESS },
};

static enum shikaku_err
wrong_begin(struct shikaku *h, struct shikaku_visit *v, enum wrong w)
{
	static const struct shikaku_order orders[] = {
		[MODE_HOME] = { .mode = SHIKAKU_MODE_HOME },
		[OFFICIAL_PIN] = { .official = 1 },
		[CHART_EMPTY] = { .chart_number = "" },
		[CHART_BLANK] = { .chart_number = "A 1" },
		[CHART_LONG] = { .chart_number =
		    "123456789012345678901234567890123" },
		[PASSCODE_PIN] = { .passcode = "123456" },
		[PASSCODE_SHORT] = { .mode = SHIKAKU_MODE_VISUAL,
		    .passcode = "12345", .reason = "illness", .staff = "x" },
		[PASSCODE_LETTER] = { .mode = SHIKAKU_MODE_VISUAL,
		    .passcode = "12345a", .reason = "illness", .staff = "x" },
		[VISUAL_ALONE] = { .mode = SHIKAKU_MODE_VISUAL,
		    .passcode = "123456" },
		[STAFF_LONG] = { .mode = SHIKAKU_MODE_VISUAL,
		    .passcode = "123456", .reason = "illness",
		    .staff = "12345678901234567890123456789012"
		    "12345678901234567890123456789012"
		    "12345678901234567890123456789012"
		    "123456789012345678901234567890123" },
	};

	return (shikaku_begin(h, &orders[w], v));
}

static enum shikaku_err
wrong_evidence(struct shikaku *h, struct shikaku_visit *v, enum wrong w)
{
	struct shikaku_match m = { .engine = "test", .score = 900000,
	    .threshold = 800000, .liveness = SHIKAKU_LIVENESS_PASSED };

	m.engine = w == ENGINE_NULL ? NULL : w == ENGINE_BLANK ? "a\nb" :
	    w == ENGINE_LONG ? "1234567890123456789012345678901234567890"
	    "1234567890123456789012345" : m.engine;
	m.score = w == SCORE_HIGH ? 1000001 : w == SCORE_LOW ? -1 : m.score;
	m.threshold = w == THRESHOLD_HIGH ? 1000001 : m.threshold;
	if (w == LIVENESS_3)
		m.liveness = (enum shikaku_liveness)3;
	if (w == NO_NONCE)
		v->nonce[0] = '\0';
	return (shikaku_evidence(h, v, &m));
}

static enum shikaku_err
wrong_pin(struct shikaku *h, struct shikaku_visit *v, enum wrong w)
{
	struct shikaku_pin_entry e = { .pin = "1234", .tries_left = 3 };

	e.pin = w == PIN_SHORT ? "123" : w == PIN_FULL_WIDTH ? "１２３４" :
	    w == PIN_NULL ? NULL : e.pin;
	e.tries_left = w == TRIES_0 ? 0 : w == TRIES_4 ? 4 :
	    w == TRIES_UNKNOWN ? -1 : e.tries_left;
	return (shikaku_pin(h, v, &e));
}

static enum shikaku_err
wrong_answer(struct shikaku *h, struct shikaku_visit *v, enum wrong w)
{
	struct shikaku_decision d = { .step = SHIKAKU_STEP_CLOSING };

	if (w == STEP_5)
		d.step = (enum shikaku_step)5;
	if (w == FORM_3)
		d.consent.prescription = (enum shikaku_prescription)3;
	return (shikaku_answer(h, v, &d));
}

static enum shikaku_err
wrong_call(struct shikaku *h, struct shikaku_visit *v, enum wrong w)
{
	struct shikaku_event ev;
	char png[8];
	size_t len;

	if (w == NO_HANDLE)
		return (shikaku_get(NULL, STUB_ID, v));
	if (w == NO_VISIT)
		return (shikaku_get(h, STUB_ID, NULL));
	if (w == BAD_ID)
		return (shikaku_get(h, "../clients", v));
	if (w == UPPER_ID)
		return (shikaku_get(h,
		    "0B8F1C52-6A3E-4D7C-9F21-5E0D4C3B2A19", v));
	if (w == NUMBER_LETTER)
		return (shikaku_number_b(h, v, "0102032034123x"));
	if (w == NO_LEN)
		return (shikaku_photo(h, STUB_ID, png, sizeof(png), NULL));
	if (w == NO_ROOM_POINTER)
		return (shikaku_photo(h, STUB_ID, NULL, 8, &len));
	if (w == WAIT_LESS)
		return (shikaku_wait(h, -1, &ev));
	if (w >= PIN_SHORT && w <= TRIES_UNKNOWN)
		return (wrong_pin(h, v, w));
	if (w == STEP_5 || w == FORM_3)
		return (wrong_answer(h, v, w));
	return (w >= ENGINE_NULL ? wrong_evidence(h, v, w) :
	    wrong_begin(h, v, w));
}

static void
refused_row(void **state)
{
	const struct refused *row = *state;
	struct shikaku_visit v = a_visit(), before;
	struct stub s = { 0 };
	struct shikaku *h;

	open_stub(&s, &visit_reply, &h);
	if (row->wrong == NO_NONCE)
		v.nonce[0] = '\0';
	memcpy(&before, &v, sizeof(v));
	assert_int_equal(wrong_call(h, &v, row->wrong), SHIKAKU_ARGUMENT);
	assert_memory_equal(&v, &before, sizeof(v));
	assert_int_equal(s.n_requests, 0);
	if (row->wrong != NO_HANDLE)
		assert_string_equal(shikaku_last_problem(h)->code,
		    "CLIENT_ARGUMENT");
	close_stub(&s, &h);
}

static void
evidence_needs_key(void **state)
{
	struct stub s = { .replies = &visit_reply, .n_replies = 1 };
	const struct shikaku_match m = { .engine = "test", .score = 1,
	    .threshold = 1, .liveness = SHIKAKU_LIVENESS_PASSED };
	struct shikaku_visit v = a_visit();
	struct shikaku_conf conf = { 0 };
	struct shikaku *h;

	(void)state;
	stub_start(&s);
	conf.socket = s.path;
	conf.token = STUB_TOKEN;
	assert_int_equal(shikaku_open(&conf, &h, NULL), SHIKAKU_OK);
	assert_int_equal(shikaku_evidence(h, &v, &m), SHIKAKU_ARGUMENT);
	assert_int_equal(s.n_requests, 0);
	close_stub(&s, &h);
}

static void
photo_too_large_for_room(void **state)
{
	struct stub s = { 0 };
	struct shikaku *h;
	char png[sizeof(PNG) - 2] = { 1 };
	size_t len = 9;

	(void)state;
	open_stub(&s, &photo_reply, &h);
	assert_int_equal(shikaku_photo(h, STUB_ID, png, sizeof(png), &len),
	    SHIKAKU_ARGUMENT);
	assert_int_equal(len, 0);
	assert_int_equal(png[0], 1);
	close_stub(&s, &h);
}

static void
photo_that_is_none(void **state)
{
	const struct stub_reply reply = { .bytes = STUB_OK
	    "Content-Type: image/png\r\nContent-Length: 9\r\n\r\nGIF89a..."
	};
	struct stub s = { 0 };
	struct shikaku *h;
	char png[16];
	size_t len = 9;

	(void)state;
	open_stub(&s, &reply, &h);
	assert_int_equal(shikaku_photo(h, STUB_ID, png, sizeof(png), &len),
	    SHIKAKU_BROKEN);
	assert_int_equal(len, 0);
	close_stub(&s, &h);
}

static int
prepare(void **state)
{
	char body[2048];

	(void)state;
	stub_visit(body, sizeof(body), STUB_ID, "card", "evidence");
	stub_answer(visit_bytes, sizeof(visit_bytes), "200 OK",
	    "application/json; charset=utf-8", body);
	stub_answer(client_bytes, sizeof(client_bytes), "200 OK",
	    "application/json", "{\"name\":\"kiosk-1\",\"role\":\"kiosk\","
	    "\"home\":false,\"enrolled\":true,\"evidence_key\":true,"
	    "\"staff_button\":false,\"unlocked\":false,\"purpose\":null,"
	    "\"locked_until\":null,\"electronic_prescription\":true,"
	    "\"institution_code\":\"1319999999\",\"test_mode\":false}");
	visit_reply = (struct stub_reply){ .bytes = visit_bytes,
	    .end = STUB_KEEP };
	client_reply = (struct stub_reply){ .bytes = client_bytes };
	photo_reply = (struct stub_reply){ .bytes = STUB_OK
	    "Content-Type: image/png\r\nContent-Length: 8\r\n\r\n" PNG };

	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	FILE *f;

	strcpy(key_dir, "/tmp/client_key.XXXXXX");
	if (key == NULL || mkdtemp(key_dir) == NULL)
		return (-1);
	(void)snprintf(key_file, sizeof(key_file), "%s/key", key_dir);
	if ((f = fopen(key_file, "w")) == NULL ||
	    fchmod(fileno(f), 0600) != 0 || PEM_write_PrivateKey(f, key, NULL,
	    NULL, 0, NULL, NULL) != 1 || fclose(f) != 0)
		return (-1);
	EVP_PKEY_free(key);
	return (0);
}

static int
clean(void **state)
{
	(void)state;
	(void)unlink(key_file);
	return (rmdir(key_dir));
}

int
main(void)
{
	struct CMUnitTest tests[LEN(sents) + LEN(refuseds) + 5];
	size_t n = 0;

	for (size_t i = 0; i < LEN(sents); i++)
		tests[n++] = (struct CMUnitTest){ .name = sents[i].name,
		    .test_func = sent_row,
		    .initial_state = (void *)(uintptr_t)&sents[i] };
	for (size_t i = 0; i < LEN(refuseds); i++)
		tests[n++] = (struct CMUnitTest){ .name = refuseds[i].name,
		    .test_func = refused_row,
		    .initial_state = (void *)(uintptr_t)&refuseds[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(visit_is_read);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(keys_differ);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(evidence_needs_key);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    photo_too_large_for_room);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(photo_that_is_none);
	return (cmocka_run_group_tests(tests, prepare, clean));
}
