#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/client_stub.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define LONG_MS	20000	/* never reached: an answer ends the wait */
#define SHORT_MS 200	/* reached: nothing comes */
#define HEAD	STUB_OK "Content-Type: text/event-stream\r\n\r\nretry: 10\n\n"
#define AT	"\"at\":\"2026-11-20T09:00:00+09:00\""
#define VISIT(id) "id: " id "\nevent: visit\ndata: {" AT ",\"visit\":\"" \
		STUB_ID "\",\"state\":\"card\",\"wants\":null}\n\n"
#define READER(id) "id: " id "\nevent: reader\ndata: {" AT \
		",\"reader\":\"ready\",\"card\":true}\n\n"
#define ALARM(id) "id: " id "\nevent: alarm\ndata: {" AT \
		",\"alarm\":\"TERMINAL_ALARM\",\"on\":false}\n\n"
#define REFUSAL	"HTTP/1.1 401 Unauthorized\r\nContent-Type: " \
		"application/problem+json\r\nConnection: close\r\n\r\n" \
		"{\"code\":\"NO_TOKEN\",\"text\":{\"ja\":\"\",\"en\":\"\"}," \
		"\"next\":{\"ja\":\"\",\"en\":\"\"}}"

/*
 * What each wait says, in a word: o open, v visit, r reader, a alarm, or the
 * error: T time-out, U unreachable, B broken, R refused.  ids: Last-Event-ID
 * of each request, "-" without.
 */
static const struct row {
	const char		*name;
	struct stub_reply	 replies[4];
	const char		*waits, *ids;
} rows[] = {
	{ "open, and nothing more", { { .bytes = HEAD, .end = STUB_HANG } },
	    "oT", "- " },
	{ "the three kinds", { { .bytes = HEAD VISIT("1") READER("2")
	    ALARM("3"), .end = STUB_HANG } }, "ovra", "- " },
	{ "goes on after the last", { { .bytes = HEAD VISIT("41") },
	    { .bytes = HEAD VISIT("42"), .end = STUB_HANG } }, "ovv",
	    "- 41 " },
	{ "half an event is told once, whole", { { .bytes = HEAD VISIT("41")
	    "id: 42\nevent: reader\ndata: {" }, { .bytes = HEAD READER("42"),
	    .end = STUB_HANG } }, "ovr", "- 41 " },
	{ "broken before the first: open again", { { .bytes = HEAD },
	    { .bytes = HEAD VISIT("1"), .end = STUB_HANG } }, "oov", "- - " },
	{ "closed without an answer", { { .bytes = "" }, { .bytes = HEAD,
	    .end = STUB_HANG } }, "o", "- - " },
	{ "kinds and comments nobody knows", { { .bytes = HEAD ": ping\n\n"
	    "id: 5\nevent: weather\ndata: rain\n\n" VISIT("6"),
	    .end = STUB_HANG } }, "ov", "- " },
	{ "an event that is not JSON", { { .bytes = HEAD "id: 5\nevent: "
	    "visit\ndata: x\n\n", .end = STUB_HANG }, { .bytes = HEAD
	    VISIT("6"), .end = STUB_HANG } }, "oBv", "- 5 " },
	{ "an event without its visit", { { .bytes = HEAD "id: 5\nevent: "
	    "visit\ndata: {" AT "}\n\n", .end = STUB_HANG } }, "oB", "- " },
	{ "an id that is no number", { { .bytes = HEAD "id: 5; x\n"
	    "data: x\n\n", .end = STUB_HANG } }, "oB", "- " },
	{ "refused", { { .bytes = REFUSAL } }, "R", "- " },
	{ "refused after a while", { { .bytes = HEAD VISIT("8") },
	    { .bytes = REFUSAL } }, "ovR", "- 8 " },
	{ "another media type", { { .bytes = STUB_OK STUB_JSON
	    "Content-Length: 2\r\n\r\n{}" } }, "B", "- " },
	{ "a redirect", { { .bytes = "HTTP/1.1 302 Found\r\nLocation: /x\r\n"
	    "Content-Length: 0\r\n\r\n" } }, "B", "- " },
	{ "204", { { .bytes = "HTTP/1.1 204 No Content\r\n\r\n" } }, "B",
	    "- " },
	{ "no HTTP", { { .bytes = "SSH-2.0-x\r\n" } }, "B", "- " },
	{ "a proxy's 502", { { .bytes = "HTTP/1.1 502 Bad\r\nContent-Type: "
	    "text/html\r\nContent-Length: 0\r\n\r\n" } }, "B", "- " },
	{ "never answers", { { .bytes = "HTTP/1.1 200 OK\r\n",
	    .end = STUB_HANG } }, "U", "- " },
};

static const char *
word(enum shikaku_err r, const struct shikaku_event *ev)
{
	static const char *const kinds[] = {
		[SHIKAKU_EVENT_OPEN] = "o", [SHIKAKU_EVENT_VISIT] = "v",
		[SHIKAKU_EVENT_READER] = "r", [SHIKAKU_EVENT_ALARM] = "a",
	}, *const errs[] = {
		[SHIKAKU_TIMEOUT] = "T", [SHIKAKU_UNREACHABLE] = "U",
		[SHIKAKU_BROKEN] = "B", [SHIKAKU_REFUSED] = "R",
		[SHIKAKU_TLS] = "?", [SHIKAKU_SYSTEM] = "?",
		[SHIKAKU_ARGUMENT] = "?", [SHIKAKU_SETUP] = "?",
	};

	return (r == SHIKAKU_OK ? kinds[ev->kind] : errs[r]);
}

static void
open_stub(struct stub *s, struct shikaku **h)
{
	struct shikaku_conf conf = { .token = STUB_TOKEN };

	stub_start(s);
	conf.socket = s->path;
	conf.timeout_ms = 5000;
	assert_int_equal(shikaku_open(&conf, h, NULL), SHIKAKU_OK);
}

static void
assert_requests(const struct stub *s, const char *want)
{
	char ids[128] = "", id[32];

	for (size_t i = 0; i < s->n_requests; i++) {
		assert_string_equal(s->requests[i].method, "GET");
		assert_string_equal(s->requests[i].path, "/api/v1/events");
		assert_int_equal(stub_header(&s->requests[i],
		    "Authorization", id, sizeof(id)), 1);
		if (stub_header(&s->requests[i], "Last-Event-ID", id,
		    sizeof(id)) == 0)
			strcpy(id, "-");
		strcat(strcat(ids, id), " ");
	}
	/* Dialling again after the last row's end may have begun. */
	assert_int_equal(strncmp(ids, want, strlen(want)), 0);
}

static void
row_test(void **state)
{
	const struct row *row = *state;
	struct stub s = { .replies = row->replies,
	    .n_replies = LEN(row->replies) };
	struct shikaku_event ev, zero = { 0 };
	struct shikaku *h;
	enum shikaku_err r;
	char said[16] = "";

	for (size_t i = 0; i < LEN(row->replies); i++)
		if (row->replies[i].bytes == NULL && i < s.n_replies)
			s.n_replies = i;
	open_stub(&s, &h);
	for (size_t i = 0; i < strlen(row->waits); i++) {
		r = shikaku_wait(h, strchr("TU", row->waits[i]) != NULL ?
		    SHORT_MS : LONG_MS, &ev);
		strcat(said, word(r, &ev));
		if (r != SHIKAKU_OK)
			assert_memory_equal(&ev, &zero, sizeof(ev));
		assert_int_equal(r == SHIKAKU_OK,
		    shikaku_last_problem(h)->code[0] == '\0');
	}
	assert_string_equal(said, row->waits);
	shikaku_close(&h);
	stub_stop(&s);
	assert_requests(&s, row->ids);
}

static void
values(void **state)
{
	const struct stub_reply reply = { .bytes = HEAD VISIT("1")
	    READER("2") ALARM("3"), .end = STUB_HANG };
	struct stub s = { .replies = &reply, .n_replies = 1 };
	struct shikaku_event ev;
	struct shikaku *h;

	(void)state;
	open_stub(&s, &h);
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
	assert_int_equal(ev.kind, SHIKAKU_EVENT_OPEN);
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
	assert_string_equal(ev.visit, STUB_ID);
	assert_true(ev.at == INT64_C(1795132800000));
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
	assert_string_equal(ev.reader, "ready");
	assert_int_equal(ev.card, 1);
	assert_string_equal(ev.visit, "");
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
	assert_string_equal(ev.alarm, "TERMINAL_ALARM");
	assert_int_equal(ev.on, 0);
	shikaku_close(&h);
	stub_stop(&s);
}

/* Far more than one read of the network: none is lost, none comes twice. */
static void
many_at_once(void **state)
{
	enum { MANY = 3000 };
	char *bytes = calloc(MANY + 1, 256);
	struct stub_reply reply = { .bytes = bytes, .end = STUB_CLOSE };
	struct stub s = { .replies = &reply, .n_replies = 1 };
	struct shikaku_event ev;
	struct shikaku *h;
	size_t len;

	(void)state;
	assert_non_null(bytes);
	strcpy(bytes, HEAD);
	len = strlen(bytes);
	for (int i = 1; i <= MANY; i++)
		len += (size_t)sprintf(bytes + len, "id: %d\nevent: reader\n"
		    "data: {" AT ",\"reader\":\"n%d\"}\n\n", i, i);
	open_stub(&s, &h);
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
	for (int i = 1; i <= MANY; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
		assert_string_equal(ev.reader, name);
	}
	shikaku_close(&h);
	stub_stop(&s);
	free(bytes);
}

static void
endless_line(void **state)
{
	static const char begin[] = HEAD "data: ";
	const size_t n = 1u << 20;
	char *bytes = malloc(n + 1);
	struct stub_reply flood = { .bytes = bytes, .end = STUB_HANG };
	struct stub s = { .replies = &flood, .n_replies = 1 };
	struct shikaku_event ev;
	struct shikaku *h;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', n);
	bytes[n] = '\0';
	memcpy(bytes, begin, strlen(begin));
	open_stub(&s, &h);
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_BROKEN);
	shikaku_close(&h);
	stub_stop(&s);
	free(bytes);
}

/* One handle does both, from one thread. */
static void
calls_between_events(void **state)
{
	char visit[4096], answer[8192];
	struct stub_reply replies[] = { { .bytes = HEAD VISIT("1"),
	    .end = STUB_HANG }, { .bytes = answer } };
	struct stub s = { .replies = replies, .n_replies = 2 };
	struct shikaku_visit v;
	struct shikaku_event ev;
	struct shikaku *h;

	(void)state;
	stub_visit(visit, sizeof(visit), STUB_ID, "card", "pin");
	stub_answer(answer, sizeof(answer), "200 OK", "application/json",
	    visit);
	open_stub(&s, &h);
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
	assert_int_equal(shikaku_get(h, STUB_ID, &v), SHIKAKU_OK);
	assert_int_equal(shikaku_wait(h, LONG_MS, &ev), SHIKAKU_OK);
	assert_int_equal(ev.kind, SHIKAKU_EVENT_VISIT);
	assert_int_equal(shikaku_wait(h, 0, &ev), SHIKAKU_TIMEOUT);
	shikaku_close(&h);
	stub_stop(&s);
}

static void
nobody_there(void **state)
{
	const struct shikaku_conf conf = { .token = STUB_TOKEN,
	    .socket = "/tmp/client_stream_test.nobody" };
	struct shikaku_event ev;
	struct shikaku *h;

	(void)state;
	assert_int_equal(shikaku_open(&conf, &h, NULL), SHIKAKU_OK);
	assert_int_equal(shikaku_wait(h, SHORT_MS, &ev), SHIKAKU_UNREACHABLE);
	assert_int_equal(shikaku_wait(h, 0, &ev), SHIKAKU_UNREACHABLE);
	shikaku_close(&h);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 5];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(values);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(many_at_once);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(endless_line);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    calls_between_events);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(nobody_there);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
