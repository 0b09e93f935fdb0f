#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/base32.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* 80 bits; the others by hand. */
static const struct known {
	const char	*text;
	uint8_t		 bytes[10];
} knowns[] = {
	{ "0000000000000000", { 0 } },
	{ "ZZZZZZZZZZZZZZZZ", { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff } },
	{ "0123456789ABCDEF", { 0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54,
	    0xb6, 0x35, 0xcf } },
	{ "GHJKMNPQRSTVWXYZ", { 0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75,
	    0xbe, 0x77, 0xdf } },
};

static void
goes_both_ways(void **state)
{
	const struct known *k = *state;
	uint8_t bytes[10];
	char text[17];

	base32_write(k->bytes, 16, text);
	assert_string_equal(text, k->text);
	assert_int_equal(base32_read(k->text, 16, bytes), 1);
	assert_memory_equal(bytes, k->bytes, sizeof(bytes));
}

/* plain NULL: refused. */
static const struct typed {
	const char	*typed, *plain;
} typeds[] = {
	{ "01AB", "01AB" },
	{ "01ab", "01AB" },
	{ "0i-a b", "01AB" },
	{ "oLAB", "01AB" },
	{ "-0-1-A-B-", "01AB" },
	{ "", NULL },
	{ "01A", NULL },
	{ "01ABC", NULL },
	{ "01A-", NULL },
	{ "01AU", NULL },
	{ "01Au", NULL },
	{ "01A\t", NULL },
	{ "01A%", NULL },
	{ "01A\xef", NULL },
	{ "01AB\n", NULL },
};

static void
is_read_as_typed(void **state)
{
	const struct typed *t = *state;
	char out[5];

	assert_int_equal(base32_plain(t->typed, 4, out), t->plain != NULL);
	assert_string_equal(out, t->plain != NULL ? t->plain : "");
}

static const char *const no_symbols[] = { "0000000u", "0000000U", "0000000-",
    "0000000a", "0000000", "", "0000000\x80" };

static void
refuses_other_characters(void **state)
{
	uint8_t out[5];

	(void)state;
	for (size_t i = 0; i < LEN(no_symbols); i++)
		assert_int_equal(base32_read(no_symbols[i], 8, out), 0);
}

int
main(void)
{
	static struct CMUnitTest tests[LEN(knowns) + LEN(typeds) + 1];
	size_t n = 0;

	for (size_t i = 0; i < LEN(knowns); i++)
		tests[n++] = (struct CMUnitTest){ knowns[i].text,
		    goes_both_ways, NULL, NULL,
		    (void *)(uintptr_t)&knowns[i] };
	for (size_t i = 0; i < LEN(typeds); i++)
		tests[n++] = (struct CMUnitTest){ typeds[i].typed,
		    is_read_as_typed, NULL, NULL,
		    (void *)(uintptr_t)&typeds[i] };
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(refuses_other_characters);
	return (_cmocka_run_group_tests("base32", tests, n, NULL, NULL));
}
