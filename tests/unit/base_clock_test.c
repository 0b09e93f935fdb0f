#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct date_row {
	const char	*name;
	int		 want;
} dates[] = {
	{ "20261120", 1 }, { "18680101", 1 }, { "29991231", 1 },
	{ "20240229", 1 }, { "20000229", 1 }, { "19600602", 1 },
	{ "19890107", 1 }, { "19890108", 1 }, { "20260430", 1 },
	{ "20260131", 1 }, { "20261231", 1 },
	{ "18671231", 0 }, { "30000101", 0 }, { "00000000", 0 },
	{ "99999999", 0 }, { "9999999", 0 }, { "20230229", 0 },
	{ "19000229", 0 }, { "21000229", 0 }, { "20240230", 0 },
	{ "20260431", 0 }, { "20260631", 0 }, { "20260931", 0 },
	{ "20261131", 0 }, { "20260132", 0 }, { "20260100", 0 },
	{ "20260001", 0 }, { "20261301", 0 }, { "2026112", 0 },
	{ "202611200", 0 }, { "2026-1-1", 0 }, { "2026 120", 0 },
	{ "-2026112", 0 }, { "+2026112", 0 }, { "2026112a", 0 },
	{ "a0261120", 0 }, { "2026a120", 0 }, { "20261 20", 0 },
	{ "２０26", 0 }, { "R8-11-20", 0 },
};

static void
date_row(void **state)
{
	const struct date_row *row = *state;
	char stamp[64];

	assert_int_equal(clock_is_date(row->name), row->want);
	if (strlen(row->name) != 8)
		return;
	snprintf(stamp, sizeof(stamp), "%s120000", row->name);
	assert_int_equal(clock_is_stamp(stamp), row->want);
	assert_int_equal(clock_is_date(stamp), 0);
}

static const struct date_row times[] = {
	{ "20261120000000", 1 }, { "20261120235959", 1 },
	{ "20240229090807", 1 },
	{ "20261120240000", 0 }, { "20261120236000", 0 },
	{ "20261120235960", 0 }, { "20230229000000", 0 },
	{ "2026112012000", 0 }, { "202611201200000", 0 }, { "20261120", 0 },
	{ "20261120 90000", 0 }, { "2026112009-100", 0 },
	{ "2026112009000a", 0 }, { "2026112a090000", 0 },
	{ "20261120T09000", 0 },
};

static void
time_row(void **state)
{
	const struct date_row *row = *state;

	assert_int_equal(clock_is_stamp(row->name), row->want);
}

static const struct stamp_row {
	const char	*name;
	int64_t		 ms;
	const char	*stamp, *iso;
} stamps[] = {
	{ "the beginning", 0, "19700101090000000",
	    "1970-01-01T09:00:00.000+09:00" },
	{ "last millisecond of a day in Japan", 1795186799999,
	    "20261120235959999", "2026-11-20T23:59:59.999+09:00" },
	{ "first millisecond of the next", 1795186800000,
	    "20261121000000000", "2026-11-21T00:00:00.000+09:00" },
	{ "last millisecond of a day in UTC", 1795132799999,
	    "20261120085959999", "2026-11-20T08:59:59.999+09:00" },
	{ "first millisecond of the next in UTC", 1795132800000,
	    "20261120090000000", "2026-11-20T09:00:00.000+09:00" },
	{ "into a leap day", 1709132400000, "20240229000000000",
	    "2024-02-29T00:00:00.000+09:00" },
	{ "out of it", 1709218800000, "20240301000000000",
	    "2024-03-01T00:00:00.000+09:00" },
	{ "new year", 1798729200001, "20270101000000001",
	    "2027-01-01T00:00:00.001+09:00" },
	{ "beyond 2038", 4102412400000, "21000101000000000",
	    "2100-01-01T00:00:00.000+09:00" },
};

static void
check_stamp(const struct stamp_row *row)
{
	char stamp[CLOCK_STAMP_LEN], iso[CLOCK_ISO_LEN], second[15];

	clock_stamp(row->ms, stamp);
	assert_string_equal(stamp, row->stamp);
	clock_iso(row->ms, iso);
	assert_string_equal(iso, row->iso);
	memcpy(second, stamp, 14);
	second[14] = '\0';
	assert_int_equal(clock_is_stamp(second), 1);
}

/* The machine's own zone, with or without summer time, changes nothing. */
static void
stamp_row(void **state)
{
	static const char *const zones[] = { "UTC", "Asia/Tokyo",
	    "America/New_York", "XYZ-13" };

	for (size_t i = 0; i < LEN(zones); i++) {
		assert_int_equal(setenv("TZ", zones[i], 1), 0);
		check_stamp(*state);
	}
	assert_int_equal(unsetenv("TZ"), 0);
}

static void
empty(void **state)
{
	(void)state;
	assert_int_equal(clock_is_date(""), 0);
	assert_int_equal(clock_is_stamp(""), 0);
}

static void
goes_on(void **state)
{
	int64_t before = clock_ms(), wall = clock_wall_ms();

	(void)state;
	clock_sleep(0);
	clock_sleep(3);
	assert_true(clock_ms() >= before + 3);
	assert_true(wall > 1600000000000);
	assert_true(before < wall);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(dates) + LEN(times) + LEN(stamps) + 2];
	size_t n = 0;

	for (size_t i = 0; i < LEN(dates); i++)
		tests[n++] = (struct CMUnitTest){ .name = dates[i].name,
		    .test_func = date_row,
		    .initial_state = (void *)(uintptr_t)&dates[i] };
	for (size_t i = 0; i < LEN(times); i++)
		tests[n++] = (struct CMUnitTest){ .name = times[i].name,
		    .test_func = time_row,
		    .initial_state = (void *)(uintptr_t)&times[i] };
	for (size_t i = 0; i < LEN(stamps); i++)
		tests[n++] = (struct CMUnitTest){ .name = stamps[i].name,
		    .test_func = stamp_row,
		    .initial_state = (void *)(uintptr_t)&stamps[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(empty);
	tests[n] = (struct CMUnitTest)cmocka_unit_test(goes_on);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
