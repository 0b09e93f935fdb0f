#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "host/api/client/stamp.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define BAD	INT64_C(-1)

static const struct row {
	const char	*text;
	int64_t		 ms;
} rows[] = {
	/* date -u -d 2026-11-20T00:00:00Z +%s */
	{ "2026-11-20T09:00:00+09:00",		INT64_C(1795132800000) },
	{ "2026-11-20T00:00:00Z",		INT64_C(1795132800000) },
	{ "2026-11-19T19:30:00-04:30",		INT64_C(1795132800000) },
	{ "2026-11-20T09:00:00.1+09:00",	INT64_C(1795132800100) },
	{ "2026-11-20T09:00:00.123456789+09:00", INT64_C(1795132800123) },
	{ "2024-02-29T00:00:00Z",		INT64_C(1709164800000) },
	{ "1970-01-01T00:00:00Z",		0 },
	{ "", BAD }, { "2026-11-20", BAD },
	{ "2026-11-20T09:00:00", BAD },
	{ "2026-11-20T09:00+09:00", BAD },
	{ "2026-11-20 09:00:00+09:00", BAD },
	{ "2026-11-20T09:00:00+0900", BAD },
	{ "2026-11-20T09:00:00+09:00x", BAD },
	{ "2026-11-20T09:00:00+24:00", BAD },
	{ "2026-11-20T09:00:00+09:60", BAD },
	{ "2026-11-20T09:00:00z", BAD },
	{ "2026-11-20T09:00:00.+09:00", BAD },
	{ "2026-11-20T09:00:00.1234567890Z", BAD },
	{ "2026-11-20T24:00:00Z", BAD }, { "2026-11-20T09:60:00Z", BAD },
	{ "2026-11-20T09:00:61Z", BAD }, { "2026-13-20T09:00:00Z", BAD },
	{ "2026-00-20T09:00:00Z", BAD }, { "2026-11-31T09:00:00Z", BAD },
	{ "2025-02-29T09:00:00Z", BAD }, { "2026-11-00T09:00:00Z", BAD },
	{ "1969-12-31T23:59:59Z", BAD }, { "-026-11-20T09:00:00Z", BAD },
	{ "2026-1 -20T09:00:00Z", BAD }, { "2026-11-20T+9:00:00Z", BAD },
};

static void
row_test(void **state)
{
	const struct row *row = *state;
	int64_t ms = 7;

	assert_int_equal(stamp_parse(row->text, &ms),
	    row->ms == BAD ? -1 : 0);
	assert_true(ms == (row->ms == BAD ? 0 : row->ms));
}

/* In whatever zone the machine is. */
static void
now_is_read_back(void **state)
{
	time_t before = time(NULL), after;
	char text[STAMP_SIZE];
	int64_t ms;

	(void)state;
	assert_int_equal(setenv("TZ", "America/New_York", 1), 0);
	tzset();
	stamp_now(text);
	after = time(NULL);
	assert_int_equal(stamp_parse(text, &ms), 0);
	assert_true(ms / 1000 >= before && ms / 1000 <= after);
	assert_string_equal(text + 19, "+09:00");
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 1];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name =
		    rows[i].text[0] == 0 ? "empty" : rows[i].text,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(now_is_read_back);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
