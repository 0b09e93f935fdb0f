#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/limits.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static int
taken(struct limits_bucket *b, int64_t now, int tries)
{
	int n = 0;

	for (int i = 0; i < tries; i++)
		n += limits_take(b, now);
	return (n);
}

/* From an emptied bucket, this much later. */
static const struct row {
	const char	*name;
	int64_t		 later;
	int		 got;
} rows[] = {
	{ "at once", 0, 0 },
	{ "before the next one", 1000 / LIMITS_RATE - 1, 0 },
	{ "the next one", 1000 / LIMITS_RATE, 1 },
	{ "100 ms", 100, LIMITS_RATE / 10 },
	{ "a second", 1000, LIMITS_RATE },
	{ "two seconds", 2000, LIMITS_BURST },
	{ "an hour", 3600000, LIMITS_BURST },
	{ "a year", 31536000000, LIMITS_BURST },
	{ "a clock that goes back", -5000, 0 },
};

static void
refill(void **state)
{
	const struct row *row = *state;
	struct limits_bucket b = { 0 };

	assert_int_equal(taken(&b, 10000, 1000), LIMITS_BURST);
	assert_int_equal(taken(&b, 10000 + row->later, 1000), row->got);
}

/* In many small steps no more comes than in one. */
static void
in_steps(void **state)
{
	struct limits_bucket b = { 0 };
	int n = 0;

	(void)state;
	assert_int_equal(taken(&b, 0, 1000), LIMITS_BURST);
	for (int64_t now = 1; now <= 1000; now++)
		n += limits_take(&b, now);
	assert_int_equal(n, LIMITS_RATE);
}

static void
peers_apart(void **state)
{
	struct limits *l;

	(void)state;
	assert_int_equal(limits_open(2, &l), ERR_OK);
	assert_int_equal(taken(limits_of(l, "192.0.2.1"), 10, 1000),
	    LIMITS_BURST);
	assert_int_equal(taken(limits_of(l, "192.0.2.2"), 10, 1), 1);
	assert_int_equal(taken(limits_of(l, "192.0.2.1"), 11, 1), 0);
	/* A third takes the place of the one unseen for longest. */
	assert_int_equal(taken(limits_of(l, "192.0.2.3"), 11, 1), 1);
	assert_int_equal(taken(limits_of(l, "192.0.2.1"), 11, 1), 0);
	limits_close(&l);
	assert_null(l);
	limits_close(&l);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 2];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = refill,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(in_steps);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(peers_apart);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
