#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/qualify/reception.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* at NULL: opaque. */
static const struct row {
	const char	*number, *at;
	int		 ms, serial;
} rows[] = {
	{ "20240703121849864_8171", "20240703121849", 864, 8171 },
	{ "20240229000000000_0000", "20240229000000", 0, 0 },
	{ "20231231235959999_0001", "20231231235959", 999, 1 },
	{ .number = "" },
	{ .number = "R0000000001" },
	{ .number = "20240703121849864" },
	{ .number = "20240703121849864_" },
	{ .number = "20240703121849864_817" },
	{ .number = "20240703121849864_81711" },
	{ .number = "20240703121849864-8171" },
	{ .number = "2024070312184986_48171" },
	{ .number = "20230229121849864_8171" },
	{ .number = "20240703241849864_8171" },
	{ .number = "20240703126049864_8171" },
	{ .number = "2024070312184986x_8171" },
	{ .number = "20240703121849864_81 1" },
	{ .number = " 0240703121849864_8171" },
};

static void
read_row(void **state)
{
	const struct row *row = *state;
	struct reception r = { .at = 1, .number = 1 };

	assert_int_equal(reception_read(row->number, &r), row->at != NULL);
	assert_true(r.at == (row->at == NULL ? 0 : clock_of_stamp(row->at) +
	    row->ms));
	assert_int_equal(r.number, row->serial);
}

int
main(void)
{
	static struct CMUnitTest tests[LEN(rows)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ rows[i].number, read_row,
		    NULL, NULL, (void *)(uintptr_t)&rows[i] };
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
