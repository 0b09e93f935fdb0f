#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/access.h"
#include "host/api/http.h"
#include "host/api/object.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- queries --- */

static const struct query_row {
	const char	*name, *query;
	int		 want;
	const char	*value;
} query_rows[] = {
	{ "none", "", 0, "" },
	{ "the only one", "q=a", 1, "a" },
	{ "among others", "p=b&q=a&r=c", 1, "a" },
	{ "empty", "q=", 1, "" },
	{ "no equals sign", "q", 1, "" },
	{ "equals sign in it", "q=a=b", 1, "a=b" },
	{ "decoded", "q=%41%2d%5a", 1, "A-Z" },
	{ "digits in either case", "q=%4a%4A", 1, "JJ" },
	{ "plus is a blank", "q=a+b", 1, "a b" },
	{ "Japanese", "q=%E8%B3%87%E6%A0%BC", 1, "資格" },
	{ "a name that begins so", "qq=a", 0, "" },
	{ "name in the value", "p=q=a", 0, "" },
	{ "other case", "Q=a", 0, "" },
	{ "encoded name", "%71=a", 0, "" },
	{ "twice", "q=a&q=a", -1, "" },
	{ "twice, once without", "q&q=a", -1, "" },
	{ "one hex digit", "q=%4", -1, "" },
	{ "percent at the end", "q=%", -1, "" },
	{ "no hex digits", "q=%zz", -1, "" },
	{ "signed hex", "q=%+1", -1, "" },
	{ "NUL", "q=a%00b", -1, "" },
	{ "no UTF-8", "q=%ff", -1, "" },
	{ "half a character", "q=%E8%B3", -1, "" },
	{ "overlong", "q=%C0%AF", -1, "" },
	{ "as long as fits", "q=12345678901", 1, "12345678901" },
	{ "one too long", "q=123456789012", -1, "" },
	{ "one too long, encoded", "q=%31%32%33456789012", -1, "" },
};

static void
query_row(void **state)
{
	const struct query_row *row = *state;
	struct http_request r = { 0 };
	char out[12];

	memset(out, 'x', sizeof(out));
	snprintf(r.query, sizeof(r.query), "%s", row->query);
	assert_int_equal(http_query(&r, "q", out, sizeof(out)), row->want);
	assert_string_equal(out, row->value);
}

static const struct only_row {
	const char	*query;
	int		 want;
} only_rows[] = {
	{ "", 1 }, { "a=1", 1 }, { "b=2&a=1", 1 }, { "a", 1 }, { "a=1&a=2", 1 },
	{ "c=1", 0 }, { "a=1&c=2", 0 }, { "aa=1", 0 }, { "=1", 0 },
	{ "a=1&&b=2", 0 }, { "A=1", 0 }, { "a%20=1", 0 },
};

static void
only_row(void **state)
{
	static const char *const names[] = { "a", "b", NULL };
	const struct only_row *row = *state;
	struct http_request r = { 0 };

	snprintf(r.query, sizeof(r.query), "%s", row->query);
	assert_int_equal(http_query_only(&r, names), row->want);
}

/* --- problems --- */

static const struct status_row {
	enum err	err;
	int		status;
} status_rows[] = {
	{ ERR_OK, 200 },
	{ ERR_BAD_REQUEST, 400 }, { ERR_USAGE, 400 }, { ERR_NO_TOKEN, 401 },
	{ ERR_BAD_HOST, 403 }, { ERR_BAD_ORIGIN, 403 },
	{ ERR_NOT_ALLOWED, 403 }, { ERR_PASSCODE, 403 }, { ERR_CODE, 403 },
	{ ERR_NO_SUCH, 404 }, { ERR_NO_CLIENT, 404 }, { ERR_NO_PATIENT, 404 },
	{ ERR_PIN_WRONG, 409 }, { ERR_PIN_BLOCKED, 409 },
	{ ERR_PIN_FORMAT, 409 }, { ERR_PIN_LAST_TRY, 409 },
	{ ERR_CANCELLED, 409 }, { ERR_TIMEOUT, 409 }, { ERR_NOT_NOW, 409 },
	{ ERR_CONTRADICTS, 409 }, { ERR_READER_BUSY, 409 },
	{ ERR_NO_CARD, 409 }, { ERR_CERT_EXPIRED, 409 },
	{ ERR_KEY_REUSED, 422 }, { ERR_LOCKED, 423 }, { ERR_TOO_MANY, 429 },
	{ ERR_NOMEM, 500 }, { ERR_SYS, 500 }, { ERR_SEQUENCE, 500 },
	{ ERR_NO_READER, 503 }, { ERR_NO_SERVICE, 503 },
	{ ERR_NO_ANSWER, 503 }, { ERR_CONF, 503 }, { ERR_STORE, 503 },
	{ ERR_STORE_BUSY, 503 },
};

static void
status_row(void **state)
{
	const struct status_row *row = *state;

	assert_int_equal(http_status(row->err), row->status);
}

static const char *
member(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	assert_non_null(text);
	return (text);
}

/* Every error has a status and a whole document. */
static void
every_error(void **state)
{
	(void)state;
	for (enum err e = ERR_CARD_RESET; e < ERR_COUNT; e++) {
		struct http_answer a = { 0 };
		char type[128];
		int status = http_status(e);

		assert_in_range(status, 400, 503);
		http_problem(&a, status, e, "");
		snprintf(type, sizeof(type), "urn:shikaku:error:%s",
		    err_name(e));
		assert_string_equal(member(a.json, "type"), type);
		assert_string_equal(member(a.json, "code"), err_name(e));
		assert_string_equal(member(a.json, "title"),
		    err_text(e, ERR_EN));
		assert_string_equal(member(json_object_get(a.json, "text"),
		    "ja"), err_text(e, ERR_JA));
		assert_string_equal(member(json_object_get(a.json, "next"),
		    "en"), err_next(e, ERR_EN));
		assert_int_equal(json_integer_value(json_object_get(a.json,
		    "status")), status);
		assert_null(json_object_get(a.json, "detail"));
		assert_string_equal(a.type, "application/problem+json");
		assert_int_equal(a.status, status);
		http_answer_wipe(&a);
		assert_null(a.json);
	}
}

static void
problem_replaces(void **state)
{
	struct http_answer a = { .status = 200, .stream = 1,
	    .retry_after = 7 };

	(void)state;
	a.json = json_pack("{s:s}", "name", "left over");
	assert_int_equal(blob_add_str(&a.bytes, "left over"), ERR_OK);
	http_problem(&a, 423, ERR_LOCKED, "five of five");
	assert_null(json_object_get(a.json, "name"));
	assert_int_equal(a.bytes.len, 0);
	assert_int_equal(a.stream, 0);
	assert_int_equal(a.retry_after, 7);
	assert_string_equal(member(a.json, "detail"), "five of five");
	assert_int_equal(json_integer_value(json_object_get(a.json,
	    "retry_after")), 7);
	http_answer_wipe(&a);
}

static void
too_many_says_when(void **state)
{
	struct http_answer a = { 0 };

	(void)state;
	http_problem(&a, 429, ERR_TOO_MANY, NULL);
	assert_int_equal(a.retry_after, 1);
	http_answer_wipe(&a);
}

static void
wiped(void **state)
{
	struct http_request r = { .token = "secret", .key = "12345678" };
	static const char none[sizeof(r.token)];

	(void)state;
	r.json = json_pack("{s:s}", "pin", "1234");
	http_request_wipe(&r);
	assert_null(r.json);
	assert_memory_equal(r.token, none, sizeof(r.token));
	assert_memory_equal(r.key, none, sizeof(r.key));
	assert_int_equal(r.last_event_id, -1);
}

/* --- bodies --- */

static const struct body_row {
	const char	*text;
	int		 good;
} body_rows[] = {
	{ "{}", 1 },
	{ " {\"a\": 1}\r\n", 1 },
	{ "{\"a\":{\"b\":[[[[[[1]]]]]]}}", 1 },
	{ "{\"a\":\"[[[[[[[[[[[[{{{{\\\"[[[[\"}", 1 },
	{ "", 0 },
	{ " ", 0 },
	{ "null", 0 },
	{ "true", 0 },
	{ "1", 0 },
	{ "\"a\"", 0 },
	{ "[]", 0 },
	{ "[{}]", 0 },
	{ "{", 0 },
	{ "{}}", 0 },
	{ "{}{}", 0 },
	{ "{} x", 0 },
	{ "{\"a\":1,\"a\":1}", 0 },
	{ "{\"a\":{\"b\":1,\"b\":2}}", 0 },
	{ "{\"a\":1,}", 0 },
	{ "{a:1}", 0 },
	{ "{'a':1}", 0 },
	{ "{\"a\":\"\\u0000\"}", 0 },
	{ "{\"\\u0000\":1}", 0 },
	{ "{\"a\":\"\\ud800\"}", 0 },
	{ "{\"a\":\"\x80\"}", 0 },
	{ "{\"a\":\"\n\"}", 0 },
	{ "\xef\xbb\xbf{}", 0 },
	{ "{\"a\":NaN}", 0 },
	{ "{\"a\":01}", 0 },
	{ "{\"a\":99999999999999999999}", 0 },
	{ "{\"a\":1e999}", 0 },
	{ "{\"a\":/**/1}", 0 },
	{ "{\"a\":[[[[[[[[1]]]]]]]]}", 0 },
	{ "{\"a\":\"\\\\\",\"b\":[[[[[[[[1]]]]]]]]}", 0 },
};

static void
body_row(void **state)
{
	const struct body_row *row = *state;
	json_t *o;

	o = object_parse((struct buf){ (const uint8_t *)row->text,
	    strlen(row->text) });
	assert_int_equal(o != NULL, row->good);
	json_decref(o);
}

static void
body_nul(void **state)
{
	static const uint8_t text[] = { '{', '}', 0 };
	static uint8_t deep[60000];

	(void)state;
	assert_null(object_parse((struct buf){ text, sizeof(text) }));
	memset(deep, '[', sizeof(deep));
	assert_null(object_parse((struct buf){ deep, sizeof(deep) }));
	assert_null(object_parse((struct buf){ NULL, 0 }));
}

/* --- what a log may say of a path --- */

static const struct path_row {
	const char	*path, *said;
} path_rows[] = {
	{ "/", "/" },
	{ "/api/v1/visits", "/api/v1/visits" },
	{ "/api/v1/visits/0b91c1d2-3f44-4a55-8b66-77889900aabb/pin",
	    "/api/v1/visits/0b91c1d2-3f44-4a55-8b66-77889900aabb/pin" },
	{ "/kiosk", "/kiosk" },
	{ "/web/kiosk/kiosk.css", "/web/kiosk/*" },
	{ "/api/v1/patients/00012345", "/api/v1/patients/*" },
	{ "/api/v1/clients/kiosk-1/enrolment",
	    "/api/v1/clients/*/enrolment" },
	{ "/api/v1/visits/0B91C1D2-3F44-4A55-8B66-77889900AABB",
	    "/api/v1/visits/*" },
	{ "/api/v1/visits/0b91c1d2-3f44-4a55-8b66-77889900aabb0",
	    "/api/v1/visits/*" },
	{ "/api/v1/visits/12345678901234567890", "/api/v1/visits/*" },
	{ "/Shikaku_Taro", "/*" },
	{ "", "-" },
};

static void
path_row(void **state)
{
	const struct path_row *row = *state;
	char out[HTTP_PATH_MAX];

	access_path(row->path, out, sizeof(out));
	assert_string_equal(out, row->said);
}

#define ROWS(rows, f, label)						\
	for (size_t i = 0; i < LEN(rows); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = (label),	\
		    .test_func = f,					\
		    .initial_state = (void *)(uintptr_t)&rows[i] }

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(every_error),
		cmocka_unit_test(problem_replaces),
		cmocka_unit_test(too_many_says_when),
		cmocka_unit_test(wiped),
		cmocka_unit_test(body_nul),
	};
	struct CMUnitTest tests[LEN(query_rows) + LEN(only_rows) +
	    LEN(status_rows) + LEN(body_rows) + LEN(path_rows) + LEN(others)];
	size_t n = 0;

	ROWS(query_rows, query_row, query_rows[i].name);
	ROWS(only_rows, only_row, only_rows[i].query);
	ROWS(status_rows, status_row, err_name(status_rows[i].err));
	ROWS(body_rows, body_row, body_rows[i].text);
	ROWS(path_rows, path_row, path_rows[i].path);
	memcpy(tests + n, others, sizeof(others));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
