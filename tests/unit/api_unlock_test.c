#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/api/unlock.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ROWS	256	/* home clients of one agent */

static struct unlocks *u;

static int
set_up(void **state)
{
	(void)state;
	return (unlocks_open(&u) == ERR_OK ? 0 : -1);
}

static int
tear_down(void **state)
{
	(void)state;
	unlocks_close(&u);
	return (u == NULL ? 0 : -1);
}

#define TOKEN "8a5e"	/* of all devices but where a test says so */

static const struct unlock *
open_with(const char *client, const char *token)
{
	struct client c = { .role = ROLE_KIOSK };

	snprintf(c.name, sizeof(c.name), "%s", client);
	snprintf(c.token, sizeof(c.token), "%s", token);
	return (unlocks_get(u, &c));
}

static const struct unlock *
open_of(const char *client)
{
	return (open_with(client, TOKEN));
}

static enum err
put(const char *client, const char *purpose)
{
	struct unlock row = { .staff = "受付01", .token = TOKEN };

	snprintf(row.client, sizeof(row.client), "%s", client);
	snprintf(row.purpose, sizeof(row.purpose), "%s", purpose);
	return (unlocks_put(u, &row));
}

/* Its time is over: nothing else of it changes. */
static void
expire(const char *client)
{
	const struct unlock *row = open_of(client);

	assert_non_null(row);
	((struct unlock *)(uintptr_t)row)->until = clock_ms();
}

/* Who is asked after "tablet-1" was opened. */
static const struct other_row {
	const char *name, *client;
} others[] = {
	{ "closed: another", "tablet-2" },
	{ "closed: begins so", "tablet" },
	{ "closed: and more", "tablet-11" },
	{ "closed: other case", "Tablet-1" },
	{ "closed: a blank", "tablet-1 " },
	{ "closed: nobody", "" },
};

static void
other_row(void **state)
{
	const struct other_row *row = *state;

	assert_int_equal(put("tablet-1", "home_visit"), ERR_OK);
	assert_null(open_of(row->client));
}

static void
open_until_it_ends(void **state)
{
	const struct unlock *row;

	(void)state;
	assert_null(open_of("tablet-1"));
	assert_int_equal(put("tablet-1", "home_visit"), ERR_OK);
	row = open_of("tablet-1");
	assert_non_null(row);
	assert_string_equal(row->purpose, "home_visit");
	assert_string_equal(row->staff, "受付01");
	assert_in_range(row->until, clock_ms() + UNLOCK_MS - 60000,
	    clock_ms() + UNLOCK_MS);
	unlocks_end(u, "tablet-1");
	assert_null(open_of("tablet-1"));
}

static void
over_is_closed_and_forgotten(void **state)
{
	(void)state;
	assert_int_equal(put("tablet-1", "home_visit"), ERR_OK);
	assert_int_equal(put("tablet-2", "home_visit"), ERR_OK);
	expire("tablet-1");
	assert_null(open_of("tablet-1"));
	assert_null(open_of("tablet-1"));
	assert_non_null(open_of("tablet-2"));
}

static void
another_purpose_replaces(void **state)
{
	(void)state;
	assert_int_equal(put("tablet-1", "home_visit"), ERR_OK);
	assert_int_equal(put("tablet-1", "outpatient"), ERR_OK);
	assert_string_equal(open_of("tablet-1")->purpose,
	    "outpatient");
	unlocks_end(u, "tablet-1");
	assert_null(open_of("tablet-1"));
}

static void
ending_one_leaves_the_others(void **state)
{
	(void)state;
	assert_int_equal(put("tablet-1", "home_visit"), ERR_OK);
	assert_int_equal(put("tablet-2", "outpatient"), ERR_OK);
	unlocks_end(u, "tablet-1");
	unlocks_end(u, "tablet-3");
	assert_string_equal(open_of("tablet-2")->purpose,
	    "outpatient");
}

static void
full_is_refused(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		snprintf(name, sizeof(name), "tablet-%d", i);
		assert_int_equal(put(name, "home_visit"), ERR_OK);
	}
	assert_int_equal(put("one-more", "home_visit"), ERR_TOO_MANY);
	assert_null(open_of("one-more"));
	/* One that is there may change; one that ended gives way. */
	assert_int_equal(put("tablet-7", "outpatient"), ERR_OK);
	unlocks_end(u, "tablet-9");
	assert_int_equal(put("one-more", "home_visit"), ERR_OK);
}

/* Closed because its time was over, not because somebody asked. */
static void
full_of_old_ones_takes_new_ones(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < ROWS; i++) {
		snprintf(name, sizeof(name), "tablet-%d", i);
		assert_int_equal(put(name, "home_visit"), ERR_OK);
	}
	expire("tablet-3");
	assert_int_equal(put("one-more", "home_visit"), ERR_OK);
	assert_null(open_of("tablet-3"));
	assert_int_equal(put("and-another", "home_visit"), ERR_TOO_MANY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest plain[] = {
	TEST(open_until_it_ends),
	TEST(over_is_closed_and_forgotten),
	TEST(another_purpose_replaces),
	TEST(ending_one_leaves_the_others),
	TEST(full_is_refused),
	TEST(full_of_old_ones_takes_new_ones),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(others); i++)
		tests[n++] = (struct CMUnitTest){ .name = others[i].name,
		    .test_func = other_row, .setup_func = set_up,
		    .teardown_func = tear_down,
		    .initial_state = (void *)(uintptr_t)&others[i] };
	return (cmocka_run_group_tests_name("api_unlock", tests, NULL,
	    NULL));
}
