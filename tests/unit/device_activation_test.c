#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/device/activation.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* The print 00 44 32 14 C7 42 54 B6 35 CF in fives of bits. */
#define PRINT	"01234567-89ABCDEF"

static const struct row {
	const char	*text, *code;	/* NULL: refused */
} rows[] = {
	{ "ABCDE-FGHJK-" PRINT, "ABCDEFGHJK" },
	{ "abcde-fghjk-0123456789abcdef", "ABCDEFGHJK" },
	{ "ABCDEFGHJK0123456789ABCDEF", "ABCDEFGHJK" },
	{ " ABCDE FGHJK " PRINT " ", "ABCDEFGHJK" },
	{ "ilo00-00000-oi234-56789-abcdef", "1100000000" },
	{ "ILO00-00000-OL234-56789-ABCDEF", "1100000000" },
	{ "", NULL },
	{ "-", NULL },
	{ "ABCDE-FGHJK-01234-56789-ABCDE", NULL },	/* 25 */
	{ "ABCDE-FGHJK-01234-56789-ABCDEF0", NULL },	/* 27 */
	{ "UBCDE-FGHJK-" PRINT, NULL },
	{ "ABCDE_FGHJK-" PRINT, NULL },
	{ "ABCDE-FGHJK-0123456789ABCDE\n", NULL },
	{ "\xe3\x80\x80" "ABCDEFGHJK0123456789ABCDEF", NULL },
	{ "shikaku-device:h:1/ABCDE-FGHJK-" PRINT, NULL },
};

static void
reads(void **state)
{
	static const uint8_t print[WIRE_CODE_PRINT] = { 0x00, 0x44, 0x32,
	    0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf };
	const struct row *r = *state;
	struct activation a;

	if (r->code == NULL) {
		assert_int_equal(activation_read(r->text, &a), ERR_CODE);
		assert_string_equal(a.code, "");
		return;
	}
	assert_int_equal(activation_read(r->text, &a), ERR_OK);
	assert_string_equal(a.code, r->code);
	assert_memory_equal(a.print, print, sizeof(print));
}

static const struct split {
	const char	*text, *address, *rest;	/* NULL: refused */
} splits[] = {
	{ "shikaku-device:agent.example.jp:8788/ABC", "agent.example.jp:8788",
	    "ABC" },
	{ "shikaku-device:[2001:db8::7]:1/", "[2001:db8::7]:1", "" },
	{ "shikaku-device:/ABC", NULL, NULL },
	{ "shikaku-device:agent.example.jp:8788", NULL, NULL },
	{ "shikaku-devic:agent.example.jp:8788/ABC", NULL, NULL },
	{ "agent.example.jp:8788/ABC", NULL, NULL },
	{ "", NULL, NULL },
};

static void
splits_a_qr_text(void **state)
{
	char address[ACTIVATION_ADDRESS], big[2 * ACTIVATION_ADDRESS];
	const char *rest;

	(void)state;
	for (size_t i = 0; i < LEN(splits); i++) {
		assert_int_equal(activation_split(splits[i].text, address,
		    &rest), splits[i].address != NULL);
		if (splits[i].address == NULL)
			continue;
		assert_string_equal(address, splits[i].address);
		assert_string_equal(rest, splits[i].rest);
	}
	memset(big, 'a', sizeof(big));
	memcpy(big, "shikaku-device:", 15);
	memcpy(big + 15 + ACTIVATION_ADDRESS, "/x", 3);
	assert_int_equal(activation_split(big, address, &rest), 0);
	memcpy(big + 15 + ACTIVATION_ADDRESS - 1, "/x", 3);
	assert_int_equal(activation_split(big, address, &rest), 1);
	assert_int_equal(strlen(address), ACTIVATION_ADDRESS - 1);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 1];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].text,
		    .test_func = reads,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[LEN(rows)] = (struct CMUnitTest)
	    cmocka_unit_test(splits_a_qr_text);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
