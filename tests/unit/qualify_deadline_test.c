#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/qualify/deadline.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FROM	(3 * 60 + 58)
#define TO	(4 * 60 + 10)

/* until NULL: not held.  Times are Japan's. */
static const struct held {
	const char	*at;
	int		 from, to;
	const char	*until;
} rows[] = {
	{ "20261121035759", FROM, TO, NULL },
	{ "20261121035800", FROM, TO, "20261121041000" },
	{ "20261121040000", FROM, TO, "20261121041000" },
	{ "20261121040959", FROM, TO, "20261121041000" },
	{ "20261121041000", FROM, TO, NULL },
	{ "20261121155900", FROM, TO, NULL },	/* 03:58 is no 15:58 */
	{ "20261121185900", FROM, TO, NULL },	/* nor UTC's */
	{ "20261231235930", 23 * 60 + 59, 5, "20270101000500" },
	{ "20270101000459", 23 * 60 + 59, 5, "20270101000500" },
	{ "20270101000500", 23 * 60 + 59, 5, NULL },
	{ "20261231235859", 23 * 60 + 59, 5, NULL },
	{ "20261121040000", 0, 0, NULL },
	{ "20261121040000", 240, 240, NULL },
};

static void
held_row(void **state)
{
	const struct held *row = *state;
	int64_t until = deadline_held(clock_of_stamp(row->at), row->from,
	    row->to);

	if (row->until == NULL)
		assert_true(until == 0);
	else
		assert_true(until == clock_of_stamp(row->until));
}

static void
the_deadline_is_moved_past_it(void **state)
{
	static const struct {
		const char	*start;
		int		 s;
		const char	*end;
	} moved[] = {
		{ "20261121035000", 300, "20261121035500" },
		{ "20261121035730", 60, "20261121041030" },
		{ "20261121040000", 60, "20261121041100" },
		{ "20261121041000", 60, "20261121041100" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(moved); i++)
		assert_true(deadline_after(clock_of_stamp(moved[i].start),
		    moved[i].s * 1000, FROM, TO) ==
		    clock_of_stamp(moved[i].end));
}

int
main(void)
{
	static struct CMUnitTest tests[LEN(rows) + 1];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].at, held_row, NULL,
		    NULL, (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    the_deadline_is_moved_past_it);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
