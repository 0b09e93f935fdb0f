#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/uuid.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static void
are_made_and_differ(void **state)
{
	char a[UUID_LEN], b[UUID_LEN];

	(void)state;
	for (int i = 0; i < 64; i++) {
		assert_int_equal(uuid_make(a), ERR_OK);
		assert_int_equal(uuid_make(b), ERR_OK);
		assert_true(uuid_is(a));
		assert_string_not_equal(a, b);
	}
}

static void
others_are_none(void **state)
{
	static const char *const bad[] = { "", "-",
	    "0192a3b4-c5d6-4e7f-8a9b-0c1d2e3f405",
	    "0192a3b4-c5d6-4e7f-8a9b-0c1d2e3f40566",
	    "0192a3b4-c5d6-1e7f-8a9b-0c1d2e3f4056",
	    "0192a3b4-c5d6-4e7f-7a9b-0c1d2e3f4056",
	    "0192a3b4-c5d6-4e7f-ca9b-0c1d2e3f4056",
	    "0192A3B4-c5d6-4e7f-8a9b-0c1d2e3f4056",
	    "0192a3b4xc5d6-4e7f-8a9b-0c1d2e3f4056",
	    "0192a3b-4c5d6-4e7f-8a9b-0c1d2e3f4056",
	    "--------------4----8----------------",
	    "0192a3g4-c5d6-4e7f-8a9b-0c1d2e3f4056" };

	(void)state;
	assert_true(uuid_is("0192a3b4-c5d6-4e7f-8a9b-0c1d2e3f4056"));
	for (size_t i = 0; i < LEN(bad); i++)
		assert_false(uuid_is(bad[i]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_made_and_differ),
		cmocka_unit_test(others_are_none),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
