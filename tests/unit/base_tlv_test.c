#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/tlv.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct row {
	const char	*name, *bytes;	/* hex */
	enum err	 take, size;
	unsigned	 tag;
	size_t		 value, total;	/* total: what the header says */
} rows[] = {
	{ "one byte of tag", "9003010001", ERR_OK, ERR_OK, 0x90, 3, 5 },
	{ "two bytes of tag", "DF230131", ERR_OK, ERR_OK, 0xdf23, 1, 4 },
	{ "two bytes, all bits", "FF2000", ERR_OK, ERR_OK, 0xff20, 0, 3 },
	{ "7F21", "7F2101AA", ERR_OK, ERR_OK, 0x7f21, 1, 4 },
	{ "tag 0", "000101", ERR_OK, ERR_OK, 0, 1, 3 },
	{ "empty value", "9000", ERR_OK, ERR_OK, 0x90, 0, 2 },
	{ "more behind", "9001AABB", ERR_OK, ERR_OK, 0x90, 1, 3 },
	{ "81", "908101AA", ERR_OK, ERR_OK, 0x90, 1, 4 },
	{ "81 of the value 81", "908181", ERR_TLV, ERR_OK, 0x90, 0, 132 },
	{ "81 of the value 82", "908182", ERR_TLV, ERR_OK, 0x90, 0, 133 },
	{ "82", "90820001AA", ERR_OK, ERR_OK, 0x90, 1, 5 },
	{ "7F is the longest short one", "907F", ERR_TLV, ERR_OK, 0x90, 0,
	    129 },
	{ "82 FFFF", "DF2782FFFF", ERR_TLV, ERR_OK, 0xdf27, 0, 65540 },
	{ "one byte short", "9002AA", ERR_TLV, ERR_OK, 0x90, 0, 4 },
	{ "81, one byte short", "908102AA", ERR_TLV, ERR_OK, 0x90, 0, 5 },
	{ "82, one byte short", "90820002AA", ERR_TLV, ERR_OK, 0x90, 0, 6 },
	{ "indefinite", "9080AA0000", ERR_TLV, ERR_TLV, 0x90, 0, 0 },
	{ "83", "9083000001AA", ERR_TLV, ERR_TLV, 0x90, 0, 0 },
	{ "84", "908400000001AA", ERR_TLV, ERR_TLV, 0x90, 0, 0 },
	{ "FF", "90FFAA", ERR_TLV, ERR_TLV, 0x90, 0, 0 },
	{ "three bytes of tag", "DF812301AA", ERR_TLV, ERR_TLV, 0xdf81, 0,
	    0 },
	{ "nothing", "", ERR_TLV, ERR_SHORT, 0, 0, 0 },
	{ "half a tag", "DF", ERR_TLV, ERR_SHORT, 0xdf, 0, 0 },
	{ "no length", "DF23", ERR_TLV, ERR_SHORT, 0xdf23, 0, 0 },
	{ "81 and nothing", "9081", ERR_TLV, ERR_SHORT, 0x90, 0, 0 },
	{ "82 and nothing", "9082", ERR_TLV, ERR_SHORT, 0x90, 0, 0 },
	{ "82 and half", "908201", ERR_TLV, ERR_SHORT, 0x90, 0, 0 },
};

/* Exactly as many bytes as there are, so that one too far is seen. */
static uint8_t *
unhex(const char *hex, size_t *n)
{
	uint8_t *out;
	unsigned v;

	*n = strlen(hex) / 2;
	assert_non_null(out = malloc(*n == 0 ? 1 : *n));
	for (size_t i = 0; i < *n; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
	return (out);
}

static void
taken(const struct row *row, const uint8_t *bytes, size_t n)
{
	struct buf b = { bytes, n };
	struct tlv t;

	memset(&t, 0xa5, sizeof(t));
	assert_int_equal(tlv_take(&b, &t), row->take);
	if (row->take != ERR_OK) {
		assert_int_equal(t.value.left, 0);
		assert_int_equal(t.whole.left, 0);
		assert_ptr_equal(b.p, bytes);
		assert_int_equal(b.left, n);
		return;
	}
	assert_int_equal(t.tag, row->tag);
	assert_int_equal(t.value.left, row->value);
	assert_ptr_equal(t.whole.p, bytes);
	assert_int_equal(t.whole.left, row->total);
	assert_ptr_equal(t.value.p + t.value.left, bytes + row->total);
	assert_ptr_equal(b.p, bytes + row->total);
	assert_int_equal(b.left, n - row->total);
}

static void
tlv_row(void **state)
{
	const struct row *row = *state;
	size_t n, total = 99;
	uint8_t *bytes = unhex(row->bytes, &n);
	uint16_t tag;

	taken(row, bytes, n);
	assert_int_equal(tlv_size((struct buf){ bytes, n }, &tag, &total),
	    row->size);
	assert_int_equal(total, row->total);
	assert_int_equal(tag, row->tag);
	free(bytes);
}

static void
one_after_the_other(void **state)
{
	size_t n;
	uint8_t *bytes = unhex("9001AADF23029001", &n);
	struct buf b = { bytes, n };
	struct tlv t;

	(void)state;
	assert_int_equal(tlv_take(&b, &t), ERR_OK);
	assert_int_equal(t.tag, 0x90);
	assert_int_equal(tlv_take(&b, &t), ERR_OK);
	assert_int_equal(t.tag, 0xdf23);
	assert_int_equal(t.whole.left, 5);
	assert_int_equal(b.left, 0);
	assert_int_equal(tlv_take(&b, &t), ERR_TLV);
	free(bytes);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 1];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = tlv_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[LEN(rows)] = (struct CMUnitTest)
	    cmocka_unit_test(one_after_the_other);
	return (cmocka_run_group_tests_name("base_tlv", tests, NULL, NULL));
}
