#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/client_stub.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define LONG_MS	20000	/* never reached: the answer ends the call */
#define SHORT_MS 300	/* reached: the answer never ends */
#define PROBLEM	"application/problem+json"
#define TEXTS	"\"text\":{\"ja\":\"\xe4\xbb\x8a\",\"en\":\"t\"}," \
		"\"next\":{\"ja\":\"n\",\"en\":\"n\"}"
#define REST	"\"type\":\"urn:shikaku:error:X\",\"title\":\"t\"," \
		"\"status\":409"

/* What the agent answers, the first time and the second. */
enum say { GOOD, CLOSED, HALF_BODY, HALF_HEAD, HALF_CHUNK,
    HANGS, DRIPS, EMPTY, NOT_JSON, CUT_JSON, TWO_JSON, ARRAY, TWICE, NUL,
    NOT_UTF8, DEEP, OTHER_VISIT, HUGE_BODY, HUGE_HEAD, ENDLESS,
    REDIRECT, REDIRECT_307, NO_CONTENT, PARTIAL, HTML, NO_TYPE, HTML_502,
    JSON_500, OLD_HTTP, NO_HTTP, ZIPPED, NOT_NOW, TOO_MANY, BAD_CODE, NO_CODE,
    NO_TEXT, LONG_TEXT };

static const struct row {
	const char		*name;
	enum say		 first, second;
	enum shikaku_err	 want;
	const char		*code;
	size_t			 requests;
} rows[] = {
	{ "a visit", GOOD, GOOD, SHIKAKU_OK, "", 1 },
	/* The connection broke: once more, and no more than that. */
	{ "closed, then a visit", CLOSED, GOOD, SHIKAKU_OK, "", 2 },
	{ "half a body, then a visit", HALF_BODY, GOOD, SHIKAKU_OK, "", 2 },
	{ "half a chunk, then a visit", HALF_CHUNK, GOOD, SHIKAKU_OK, "", 2 },
	{ "closed, then not now", CLOSED, NOT_NOW, SHIKAKU_REFUSED,
	    "NOT_NOW", 2 },
	{ "closed twice", CLOSED, CLOSED, SHIKAKU_UNREACHABLE,
	    "CLIENT_UNREACHABLE", 2 },
	{ "half a body twice", HALF_BODY, HALF_BODY, SHIKAKU_UNREACHABLE,
	    "CLIENT_UNREACHABLE", 2 },
	{ "closed, then it hangs", CLOSED, HANGS, SHIKAKU_TIMEOUT,
	    "CLIENT_TIMEOUT", 2 },
	/* What came is no answer: not asked again. */
	{ "half the headers", HALF_HEAD, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "hangs", HANGS, GOOD, SHIKAKU_TIMEOUT, "CLIENT_TIMEOUT", 1 },
	{ "drips", DRIPS, GOOD, SHIKAKU_TIMEOUT, "CLIENT_TIMEOUT", 1 },
	{ "no body", EMPTY, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "not JSON", NOT_JSON, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "JSON cut short", CUT_JSON, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN",
	    1 },
	{ "two documents", TWO_JSON, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN",
	    1 },
	{ "an array", ARRAY, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "a member twice", TWICE, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "U+0000 in a string", NUL, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN",
	    1 },
	{ "not UTF-8", NOT_UTF8, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "nested without end", DEEP, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN",
	    1 },
	{ "another visit", OTHER_VISIT, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "a body above the limit", HUGE_BODY, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "headers above the limit", HUGE_HEAD, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "interim answers without end", ENDLESS, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "a redirect", REDIRECT, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "a redirect that keeps the method", REDIRECT_307, GOOD,
	    SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "204", NO_CONTENT, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "206", PARTIAL, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "another media type", HTML, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN",
	    1 },
	{ "no media type", NO_TYPE, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN",
	    1 },
	{ "502 of somebody else", HTML_502, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "500 without a problem document", JSON_500, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "HTTP/0.9", OLD_HTTP, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN", 1 },
	{ "another protocol", NO_HTTP, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN",
	    1 },
	{ "zipped unasked", ZIPPED, GOOD, SHIKAKU_BROKEN, "CLIENT_BROKEN",
	    1 },
	{ "not now", NOT_NOW, GOOD, SHIKAKU_REFUSED, "NOT_NOW", 1 },
	{ "too many: not asked again", TOO_MANY, GOOD, SHIKAKU_REFUSED,
	    "TOO_MANY", 1 },
	{ "a problem with a strange code", BAD_CODE, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "a problem without a code", NO_CODE, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "a problem without a text", NO_TEXT, GOOD, SHIKAKU_BROKEN,
	    "CLIENT_BROKEN", 1 },
	{ "a problem with a long text", LONG_TEXT, GOOD, SHIKAKU_REFUSED,
	    "NOT_NOW", 1 },
};

static char visit[4096], other[4096];

/* head, body and as much of fill as wanted; the caller frees. */
static char *
make(const char *head, const char *body, size_t fill, char with)
{
	size_t n = strlen(head), m = strlen(body);
	char *out = calloc(1, n + m + fill + 1);

	assert_non_null(out);
	memcpy(out, head, n);
	memcpy(out + n, body, m);
	memset(out + n + m, with, fill);
	return (out);
}

static char *
whole(const char *status, const char *type, const char *body)
{
	size_t size = strlen(body) + 512;
	char *out = calloc(1, size);

	assert_non_null(out);
	stub_answer(out, size, status, type, body);
	return (out);
}

static char *
json(const char *body)
{
	return (whole("200 OK", "application/json", body));
}

/* The good visit with something behind the brace that opens it. */
static char *
with(const char *member)
{
	char body[8192];

	(void)snprintf(body, sizeof(body), "{%s,%s", member, visit + 1);
	return (json(body));
}

static char *
problem(const char *status, const char *members)
{
	char body[1024];

	(void)snprintf(body, sizeof(body), "{" REST ",%s}", members);
	return (whole(status, PROBLEM, body));
}

static char *
long_text(void)
{
	char text[1201] = "", body[2048];

	for (size_t i = 0; i < 400; i++)
		strcat(text, "\xe3\x81\x82");
	(void)snprintf(body, sizeof(body), "{" REST ",\"code\":\"NOT_NOW\","
	    "\"text\":{\"ja\":\"%s\",\"en\":\"t\"},"
	    "\"next\":{\"ja\":\"\",\"en\":\"\"}}", text);
	return (whole("409 Conflict", PROBLEM, body));
}

/* A good answer but for what stands before it. */
static char *
behind(char *before)
{
	char *good = json(visit), *out = make(before, good, 0, 0);

	free(before);
	free(good);
	return (out);
}

static char *
endless(void)
{
	static const char one[] = "HTTP/1.1 102 Processing\r\n\r\n";
	size_t n = 4000;
	char *out = calloc(n, sizeof(one));

	assert_non_null(out);
	for (size_t i = 0; i < n; i++)
		memcpy(out + i * (sizeof(one) - 1), one, sizeof(one));
	return (behind(out));
}

static char *
huge_head(void)
{
	char *line = make(STUB_OK STUB_JSON "X: ", "", 70u << 10, 'x');
	char *head = make(line, "\r\nConnection: close\r\n\r\n", 0, 0);
	char *out = make(head, visit, 0, 0);

	free(line);
	free(head);
	return (out);
}

static char *
say_broken(enum say say)
{
	switch (say) {
	case CLOSED:
		return (make("", "", 0, 0));
	case HALF_BODY:
	case HANGS:
		return (make(STUB_OK STUB_JSON "Content-Length: 5000\r\n\r\n",
		    visit, 0, 0));
	case DRIPS:
		return (make(STUB_OK STUB_JSON "Content-Length: 500000\r\n"
		    "\r\n", visit, 0, 0));
	case HALF_HEAD:
		return (make(STUB_OK "Content-Ty", "", 0, 0));
	case HALF_CHUNK:
		return (make(STUB_OK STUB_JSON "Transfer-Encoding: chunked"
		    "\r\n\r\nfff\r\n", visit, 0, 0));
	case HUGE_BODY:
		return (make(STUB_OK STUB_JSON "Connection: close\r\n\r\n",
		    "", (1u << 20) + 1, ' '));
	case HUGE_HEAD:
		return (huge_head());
	case ENDLESS:
		return (endless());
	case OLD_HTTP:
		return (make("", visit, 0, 0));
	case NO_HTTP:
		return (make("SSH-2.0-x\r\n", "", 0, 0));
	default:
		return (NULL);
	}
}

static char *
say_json(enum say say)
{
	switch (say) {
	case GOOD:
		return (json(visit));
	case EMPTY:
		return (json(""));
	case NOT_JSON:
		return (json("<visit/>"));
	case CUT_JSON:
		return (make(STUB_OK STUB_JSON "Content-Length: 40\r\n\r\n",
		    visit, 0, 0));
	case TWO_JSON:
		return (json("{} {}"));
	case ARRAY:
		return (json("[]"));
	case TWICE:
		return (with("\"state\":\"done\""));
	case NUL:
		return (with("\"more\":\"\\u0000\""));
	case NOT_UTF8:
		return (with("\"more\":\"\x82\xa0\""));
	case OTHER_VISIT:
		return (json(other));
	default:
		return (NULL);
	}
}

static char *
say_status(enum say say)
{
	switch (say) {
	case DEEP:
		return (make(STUB_OK STUB_JSON "Connection: close\r\n\r\n",
		    "{\"a\":", 100000, '['));
	case REDIRECT:
		return (make("HTTP/1.1 302 Found\r\nLocation: http://"
		    "localhost/api/v1/visits/" STUB_ID "\r\n"
		    "Content-Length: 0\r\n\r\n", "", 0, 0));
	case REDIRECT_307:
		return (make("HTTP/1.1 307 Temporary Redirect\r\nLocation: /"
		    "\r\nContent-Length: 0\r\n\r\n", "", 0, 0));
	case NO_CONTENT:
		return (make("HTTP/1.1 204 No Content\r\n\r\n", "", 0, 0));
	case PARTIAL:
		return (whole("206 Partial Content", "application/json",
		    visit));
	case HTML:
		return (whole("200 OK", "text/html", visit));
	case NO_TYPE:
		return (make(STUB_OK "Connection: close\r\n\r\n", visit, 0,
		    0));
	case HTML_502:
		return (whole("502 Bad Gateway", "text/html", "<p>"));
	case JSON_500:
		return (whole("500 x", "application/json", visit));
	case ZIPPED:
		return (make(STUB_OK STUB_JSON "Content-Encoding: gzip\r\n"
		    "Connection: close\r\n\r\n", "\x1f\x8b\x08", 0, 0));
	default:
		return (NULL);
	}
}

static char *
say_problem(enum say say)
{
	switch (say) {
	case NOT_NOW:
		return (problem("409 Conflict", "\"code\":\"NOT_NOW\","
		    TEXTS));
	case TOO_MANY:
		return (problem("429 Too Many", "\"code\":\"TOO_MANY\","
		    "\"retry_after\":7,\"detail\":\"d\"," TEXTS));
	case BAD_CODE:
		return (problem("409 Conflict", "\"code\":\"not now\","
		    TEXTS));
	case NO_CODE:
		return (problem("409 Conflict", TEXTS));
	case NO_TEXT:
		return (problem("409 Conflict", "\"code\":\"NOT_NOW\""));
	default:
		return (long_text());
	}
}

static char *
say(enum say what)
{
	char *bytes = say_broken(what);

	if (bytes == NULL)
		bytes = say_json(what);
	if (bytes == NULL)
		bytes = say_status(what);
	return (bytes != NULL ? bytes : say_problem(what));
}

static enum stub_end
end_of(enum say what)
{
	return (what == HANGS ? STUB_HANG : what == DRIPS ? STUB_DRIP :
	    STUB_CLOSE);
}

static enum shikaku_err
pin(struct shikaku *h, struct shikaku_visit *v)
{
	const struct shikaku_pin_entry e = { .pin = "1234",
	    .tries_left = 2 };

	return (shikaku_pin(h, v, &e));
}

/* What was sent again is the same request, under the same key. */
static void
assert_repeated(const struct stub *s)
{
	for (size_t i = 1; i < s->n_requests; i++) {
		assert_string_equal(s->requests[i].head,
		    s->requests[0].head);
		assert_string_equal(s->requests[i].body,
		    s->requests[0].body);
	}
}

static void
row_test(void **state)
{
	const struct row *row = *state;
	struct shikaku_conf conf = { .token = STUB_TOKEN };
	struct shikaku_visit v = { .id = STUB_ID }, before;
	char *first = say(row->first), *second = say(row->second);
	const struct stub_reply replies[] = {
		{ .bytes = first, .end = end_of(row->first) },
		{ .bytes = second, .end = end_of(row->second) },
	};
	struct stub s = { .replies = replies, .n_replies = 2 };
	enum shikaku_err r;
	struct shikaku *h;

	stub_start(&s);
	conf.socket = s.path;
	conf.timeout_ms = row->want == SHIKAKU_TIMEOUT ? SHORT_MS : LONG_MS;
	memcpy(&before, &v, sizeof(v));
	assert_int_equal(shikaku_open(&conf, &h, NULL), SHIKAKU_OK);
	r = pin(h, &v);
	if (r != row->want)
		fail_msg("%d: %s", (int)r, shikaku_last_problem(h)->detail);
	assert_string_equal(shikaku_last_problem(h)->code, row->code);
	if (r != SHIKAKU_OK)
		assert_memory_equal(&v, &before, sizeof(v));
	else
		assert_int_equal(v.state, SHIKAKU_STATE_CARD);
	shikaku_close(&h);
	stub_stop(&s);
	assert_int_equal(s.n_requests, row->requests);
	assert_repeated(&s);
	free(first);
	free(second);
}

static void
problem_is_read(void **state)
{
	struct shikaku_conf conf = { .token = STUB_TOKEN };
	struct shikaku_visit v = { .id = STUB_ID };
	char *many = say(TOO_MANY), *text = say(LONG_TEXT);
	const struct stub_reply replies[] = { { .bytes = many },
	    { .bytes = text } };
	struct stub s = { .replies = replies, .n_replies = 2 };
	const struct shikaku_problem *p;
	struct shikaku *h;

	(void)state;
	stub_start(&s);
	conf.socket = s.path;
	assert_int_equal(shikaku_open(&conf, &h, NULL), SHIKAKU_OK);
	p = shikaku_last_problem(h);
	assert_int_equal(pin(h, &v), SHIKAKU_REFUSED);
	assert_int_equal(p->status, 429);
	assert_int_equal(p->retry_after, 7);
	assert_string_equal(p->text.ja, "\xe4\xbb\x8a");
	assert_string_equal(p->next.en, "n");
	assert_string_equal(p->detail, "d");
	assert_int_equal(pin(h, &v), SHIKAKU_REFUSED);
	/* 255 bytes hold 85 characters of three. */
	assert_int_equal(strlen(p->text.ja), 255);
	assert_string_equal(p->text.ja + 252, "\xe3\x81\x82");
	shikaku_close(&h);
	stub_stop(&s);
	free(many);
	free(text);
}

static void
nobody_there(void **state)
{
	const struct shikaku_conf conf = { .token = STUB_TOKEN,
	    .socket = "/tmp/client_call_test.nobody" };
	struct shikaku_visit v = { .id = STUB_ID };
	struct shikaku *h;

	(void)state;
	assert_int_equal(shikaku_open(&conf, &h, NULL), SHIKAKU_OK);
	assert_int_equal(pin(h, &v), SHIKAKU_UNREACHABLE);
	assert_string_equal(shikaku_last_problem(h)->code,
	    "CLIENT_UNREACHABLE");
	assert_true(strlen(shikaku_last_problem(h)->text.ja) > 0);
	shikaku_close(&h);
}

/* A proxy of the environment would read the token. */
static void
no_proxy(void **state)
{
	struct shikaku_conf conf = { .token = STUB_TOKEN,
	    .url = "http://127.0.0.1:1", .timeout_ms = LONG_MS };
	struct shikaku_visit v = { .id = STUB_ID };
	char *good = json(visit);
	struct stub_reply reply = { .bytes = good };
	struct stub s = { .replies = &reply, .n_replies = 1 };
	char proxy[128];
	struct shikaku *h;

	(void)state;
	stub_start(&s);
	(void)snprintf(proxy, sizeof(proxy), "socks5h://localhost%s",
	    s.path);
	assert_int_equal(setenv("http_proxy", proxy, 1), 0);
	assert_int_equal(setenv("ALL_PROXY", proxy, 1), 0);
	assert_int_equal(shikaku_open(&conf, &h, NULL), SHIKAKU_OK);
	assert_int_equal(pin(h, &v), SHIKAKU_UNREACHABLE);
	shikaku_close(&h);
	(void)unsetenv("http_proxy");
	(void)unsetenv("ALL_PROXY");
	assert_int_equal(s.n_threads, 0);
	stub_stop(&s);
	free(good);
}

static int
prepare(void **state)
{
	(void)state;
	stub_visit(visit, sizeof(visit), STUB_ID, "card", "pin");
	stub_visit(other, sizeof(other),
	    "1b8f1c52-6a3e-4d7c-9f21-5e0d4c3b2a19", "card", "pin");
	return (0);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 3];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(problem_is_read);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(nobody_there);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_proxy);
	return (cmocka_run_group_tests(tests, prepare, NULL));
}
