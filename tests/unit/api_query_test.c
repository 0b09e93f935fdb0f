#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/query.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ID	"01234567-89ab-4def-8123-456789abcdef"

static const char *const words[] = { "yes", "no", NULL };

enum { Q_TEXT, Q_DAY, Q_MONTH, Q_ID, Q_WORD, Q_LIMIT, Q_OFFSET, QS };

static const struct body_rule rules[QS] = {
	[Q_TEXT] = { "text", BODY_TEXT, 0, 1, 4, NULL, NULL },
	[Q_DAY] = { "day", BODY_DATE, 0, 0, 0, NULL, NULL },
	[Q_MONTH] = { "month", BODY_MONTH, 0, 0, 0, NULL, NULL },
	[Q_ID] = { "id", BODY_ID, 0, 0, 0, NULL, NULL },
	[Q_WORD] = { "word", BODY_TEXT, 0, 0, 0, NULL, words },
	[Q_LIMIT] = QUERY_LIMIT, [Q_OFFSET] = QUERY_OFFSET,
};

/* want: the name that is refused; NULL: taken. */
static const struct row {
	const char	*name, *query, *want;
} rows[] = {
	{ "nothing", "", NULL },
	{ "all", "text=a&day=2024-02-29&month=2024-02&id=" ID
	    "&word=no&limit=1&offset=0", NULL },
	{ "Japanese", "text=%E8%B3%87%E6%A0%BC", NULL },
	{ "as many characters as may be", "text=%E8%B3%87%E8%B3%87%E8%B3%87"
	    "%E8%B3%87", NULL },
	{ "unknown", "other=1", "query" },
	{ "unknown beside a known one", "text=a&other=1", "query" },
	{ "other case", "Text=a", "query" },
	{ "twice", "text=a&text=a", "text" },
	{ "empty", "text=", "text" },
	{ "too long", "text=abcde", "text" },
	{ "half a character", "text=%E8%B3", "text" },
	{ "half an escape", "text=%E", "text" },
	{ "a 0", "text=a%00b", "text" },
	{ "a line feed", "text=a%0A", "text" },
	{ "no day", "day=2023-02-29", "day" },
	{ "a day without hyphens", "day=20240229", "day" },
	{ "an empty day", "day=", "day" },
	{ "month 13", "month=2024-13", "month" },
	{ "a day for a month", "month=2024-02-01", "month" },
	{ "no id", "id=1", "id" },
	{ "an id in capitals", "id=01234567-89AB-4DEF-8123-456789ABCDEF",
	    "id" },
	{ "no word of these", "word=maybe", "word" },
	{ "a word and more", "word=yes+", "word" },
	{ "limit 0", "limit=0", "limit" },
	{ "limit too large", "limit=501", "limit" },
	{ "limit signed", "limit=%2B1", "limit" },
	{ "limit a fraction", "limit=1.5", "limit" },
	{ "limit beyond an int", "limit=4294967297", "limit" },
	{ "limit empty", "limit=", "limit" },
	{ "offset below 0", "offset=-1", "offset" },
	{ "offset too large", "offset=1000001", "offset" },
};

static enum err
take(const char *text, struct query *q, struct note *note)
{
	static struct http_request req;
	struct call c = { .req = &req };
	enum err r;

	snprintf(req.query, sizeof(req.query), "%s", text);
	r = query_take(&c, rules, QS, q);
	*note = c.note;
	return (r);
}

static void
one_row(void **state)
{
	const struct row *row = *state;
	struct query q[QS];
	struct note note;

	assert_int_equal(take(row->query, q, &note), row->want == NULL ?
	    ERR_OK : ERR_BAD_REQUEST);
	assert_string_equal(note.text, row->want == NULL ? "" : row->want);
}

static void
values(void **state)
{
	struct query q[QS];
	struct note note;

	(void)state;
	assert_int_equal(take("day=2026-11-20&month=2024-02&limit=7&word=yes",
	    q, &note), ERR_OK);
	assert_string_equal(q[Q_DAY].day, "20261120");
	assert_string_equal(q[Q_MONTH].day, "202402");
	assert_int_equal(query_limit(&q[Q_LIMIT]), 7);
	assert_string_equal(query_or_null(&q[Q_WORD]), "yes");
	/* Days are Japan's. */
	assert_int_equal(query_day_ms(&q[Q_DAY], 0), INT64_C(1795100400000));
	assert_int_equal(query_day_ms(&q[Q_DAY], 1), INT64_C(1795186800000));
}

static void
what_is_not_there(void **state)
{
	struct query q[QS];
	struct note note;

	(void)state;
	assert_int_equal(take("", q, &note), ERR_OK);
	assert_null(query_or_null(&q[Q_TEXT]));
	assert_int_equal(query_limit(&q[Q_LIMIT]), 100);
	assert_int_equal(query_day_ms(&q[Q_DAY], 0), 0);
	assert_int_equal(query_day_ms(&q[Q_DAY], 1), 0);
}

static void
needed_ones(void **state)
{
	static const struct body_rule needed[] = {
		{ "text", BODY_TEXT, 1, 1, 4, NULL, NULL } };
	static struct http_request req;
	struct call c = { .req = &req };
	struct query q[1];

	(void)state;
	assert_int_equal(query_take(&c, needed, 1, q), ERR_BAD_REQUEST);
	assert_string_equal(c.note.text, "text");
	/* None may be there at all. */
	snprintf(req.query, sizeof(req.query), "text=a");
	assert_int_equal(query_take(&c, NULL, 0, NULL), ERR_BAD_REQUEST);
	req.query[0] = '\0';
	assert_int_equal(query_take(&c, NULL, 0, NULL), ERR_OK);
}

static const struct CMUnitTest plain[] = {
	cmocka_unit_test(values),
	cmocka_unit_test(what_is_not_there),
	cmocka_unit_test(needed_ones),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(plain)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = one_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	return (cmocka_run_group_tests_name("api_query", tests, NULL, NULL));
}
