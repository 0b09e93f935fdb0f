#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/attributes.h"
#include "reader/card.h"
#include "reader/pin.h"
#include "tests/lib/test_card.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* How the length of one object is written, or wrong. */
enum length { RIGHT, LONGER, SHORTER, ZERO, INDEFINITE, ONE, TWO, THREE,
    FOUR, MISSING, HALF_ONE, HALF_TWO };

struct object {
	unsigned	 tag;		/* 0 ends the list */
	const char	*value;
	enum length	 length;
	unsigned	 times;		/* the value is repeated; 0: once */
};

#define OFFSETS	{ 0xdf21, "\1\1\1\1\1\1\1\1", RIGHT, 0 }
#define NAME	{ 0xdf22, "資格　一郎", RIGHT, 0 }
#define ADDRESS	{ 0xdf23, "東京都千代田区永田町１－９９－９９", RIGHT, 0 }
#define BIRTH	{ 0xdf24, "19600602", RIGHT, 0 }
#define SEX	{ 0xdf25, "1", RIGHT, 0 }

static const struct row {
	const char	*name;
	enum err	 want;
	struct object	 objects[8];
	enum length	 whole;
	unsigned	 tag;		/* 0: FF20 */
} rows[] = {
	{ "good", ERR_OK, { OFFSETS, NAME, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "no offsets", ERR_OK, { NAME, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "another order", ERR_OK, { SEX, BIRTH, ADDRESS, NAME, OFFSETS }, 0,
	    0 },
	{ "unknown tag between", ERR_OK, { NAME, { 0xdf26, "x", 0, 0 },
	    ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "unknown tag twice", ERR_OK, { NAME, { 0xdf7f, "x", 0, 0 },
	    { 0xdf7f, "x", 0, 0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "unknown and empty", ERR_OK, { NAME, ADDRESS, BIRTH, SEX,
	    { 0xdf20, "", 0, 0 } }, 0, 0 },
	{ "name of 303 bytes", ERR_OK, { { 0xdf22, "あ", 0, 101 }, ADDRESS,
	    BIRTH, SEX }, 0, 0 },
	{ "address of 803 bytes", ERR_OK, { NAME, { 0xdf23, "a", 0, 803 },
	    BIRTH, SEX }, 0, 0 },
	{ "long form of one byte", ERR_OK, { { 0xdf22, "資格　一郎", ONE, 0 },
	    ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "long form of two bytes", ERR_OK, { { 0xdf22, "資格　一郎", TWO,
	    0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "sex 2", ERR_OK, { NAME, ADDRESS, BIRTH, { 0xdf25, "2", 0, 0 } },
	    0, 0 },
	{ "sex 9", ERR_OK, { NAME, ADDRESS, BIRTH, { 0xdf25, "9", 0, 0 } },
	    0, 0 },
	{ "sex 0", ERR_OK, { NAME, ADDRESS, BIRTH, { 0xdf25, "0", 0, 0 } },
	    0, 0 },

	{ "no name", ERR_TLV, { OFFSETS, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "no address", ERR_TLV, { OFFSETS, NAME, BIRTH, SEX }, 0, 0 },
	{ "no birth date", ERR_TLV, { OFFSETS, NAME, ADDRESS, SEX }, 0, 0 },
	{ "no sex", ERR_TLV, { OFFSETS, NAME, ADDRESS, BIRTH }, 0, 0 },
	{ "nothing in it", ERR_TLV, { { 0 } }, 0, 0 },
	{ "only offsets", ERR_TLV, { OFFSETS }, 0, 0 },
	{ "offsets twice", ERR_TLV, { OFFSETS, NAME, ADDRESS, BIRTH, SEX,
	    OFFSETS }, 0, 0 },
	{ "name twice", ERR_TLV, { OFFSETS, NAME, ADDRESS, BIRTH, SEX,
	    NAME }, 0, 0 },
	{ "address twice", ERR_TLV, { NAME, ADDRESS, ADDRESS, BIRTH, SEX },
	    0, 0 },
	{ "birth date twice", ERR_TLV, { NAME, ADDRESS, BIRTH, BIRTH, SEX },
	    0, 0 },
	{ "sex twice", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX, SEX }, 0, 0 },
	{ "name instead of address", ERR_TLV, { NAME, NAME, BIRTH, SEX }, 0,
	    0 },

	{ "name one longer", ERR_TLV, { { 0xdf22, "資格　一郎", LONGER, 0 },
	    ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name one shorter", ERR_TLV, { { 0xdf22, "資格　一郎", SHORTER,
	    0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name of length zero", ERR_TLV, { { 0xdf22, "資格　一郎", ZERO,
	    0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name, indefinite", ERR_TLV, { { 0xdf22, "資格　一郎", INDEFINITE,
	    0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name, length of three bytes", ERR_TLV, { { 0xdf22, "資格　一郎",
	    THREE, 0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name, length of four bytes", ERR_TLV, { { 0xdf22, "資格　一郎",
	    FOUR, 0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name without length", ERR_TLV, { { 0xdf22, "資格　一郎", MISSING,
	    0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "address one longer", ERR_TLV, { NAME, { 0xdf23, "東京都", LONGER,
	    0 }, BIRTH, SEX }, 0, 0 },
	{ "address one shorter", ERR_TLV, { NAME, { 0xdf23, "東京都",
	    SHORTER, 0 }, BIRTH, SEX }, 0, 0 },
	{ "birth date one longer", ERR_TLV, { NAME, ADDRESS, { 0xdf24,
	    "19600602", LONGER, 0 }, SEX }, 0, 0 },
	{ "birth date one shorter", ERR_TLV, { NAME, ADDRESS, { 0xdf24,
	    "19600602", SHORTER, 0 }, SEX }, 0, 0 },
	{ "sex past the end", ERR_TLV, { NAME, ADDRESS, BIRTH, { 0xdf25, "1",
	    LONGER, 0 } }, 0, 0 },
	{ "sex one shorter", ERR_TLV, { NAME, ADDRESS, BIRTH, { 0xdf25, "1",
	    SHORTER, 0 } }, 0, 0 },
	{ "81 and no length", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX,
	    { 0xdf26, "", HALF_ONE, 0 } }, 0, 0 },
	{ "82 and half a length", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX,
	    { 0xdf26, "", HALF_TWO, 0 } }, 0, 0 },

	{ "name empty", ERR_TLV, { { 0xdf22, "", 0, 0 }, ADDRESS, BIRTH,
	    SEX }, 0, 0 },
	{ "name of 304 bytes", ERR_TLV, { { 0xdf22, "𠮷", 0, 76 }, ADDRESS,
	    BIRTH, SEX }, 0, 0 },
	{ "name of 400 bytes", ERR_TLV, { { 0xdf22, "𠮷", 0, 100 }, ADDRESS,
	    BIRTH, SEX }, 0, 0 },
	{ "address empty", ERR_TLV, { NAME, { 0xdf23, "", 0, 0 }, BIRTH,
	    SEX }, 0, 0 },
	{ "address of 804 bytes", ERR_TLV, { NAME, { 0xdf23, "a", 0, 804 },
	    BIRTH, SEX }, 0, 0 },
	{ "name not UTF-8", ERR_TLV, { { 0xdf22, "\x8e\x91\x8a\x69", 0, 0 },
	    ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name cut in a character", ERR_TLV, { { 0xdf22, "資\xe6\xa0", 0,
	    0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name with a surrogate", ERR_TLV, { { 0xdf22, "\xed\xa0\x80", 0,
	    0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name with a line feed", ERR_TLV, { { 0xdf22, "資格\n一郎", 0, 0 },
	    ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name with a tab", ERR_TLV, { { 0xdf22, "資格\t一郎", 0, 0 },
	    ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name with an escape", ERR_TLV, { { 0xdf22, "\033[2J", 0, 0 },
	    ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "name with DEL", ERR_TLV, { { 0xdf22, "a\177", 0, 0 }, ADDRESS,
	    BIRTH, SEX }, 0, 0 },
	{ "name with a C1 control", ERR_TLV, { { 0xdf22, "\xc2\x9b" "2J", 0,
	    0 }, ADDRESS, BIRTH, SEX }, 0, 0 },
	{ "address with a carriage return", ERR_TLV, { NAME, { 0xdf23,
	    "a\rb", 0, 0 }, BIRTH, SEX }, 0, 0 },
	{ "address not UTF-8", ERR_TLV, { NAME, { 0xdf23, "\xfb\xfc", 0,
	    0 }, BIRTH, SEX }, 0, 0 },
	{ "birth date with letters", ERR_TLV, { NAME, ADDRESS, { 0xdf24,
	    "1960O602", 0, 0 }, SEX }, 0, 0 },
	{ "birth date with a space", ERR_TLV, { NAME, ADDRESS, { 0xdf24,
	    "1960 602", 0, 0 }, SEX }, 0, 0 },
	{ "birth date in an era", ERR_TLV, { NAME, ADDRESS, { 0xdf24,
	    "S350602", 0, 0 }, SEX }, 0, 0 },
	{ "birth date of 9 digits", ERR_TLV, { NAME, ADDRESS, { 0xdf24,
	    "319600602", 0, 0 }, SEX }, 0, 0 },
	{ "birth date of 7 digits", ERR_TLV, { NAME, ADDRESS, { 0xdf24,
	    "1960602", 0, 0 }, SEX }, 0, 0 },
	{ "birth date empty", ERR_TLV, { NAME, ADDRESS, { 0xdf24, "", 0,
	    0 }, SEX }, 0, 0 },
	{ "sex of two bytes", ERR_TLV, { NAME, ADDRESS, BIRTH, { 0xdf25,
	    "11", 0, 0 } }, 0, 0 },
	{ "sex empty", ERR_TLV, { NAME, ADDRESS, BIRTH, { 0xdf25, "", 0,
	    0 } }, 0, 0 },
	{ "sex 3", ERR_TLV, { NAME, ADDRESS, BIRTH, { 0xdf25, "3", 0, 0 } },
	    0, 0 },
	{ "sex M", ERR_TLV, { NAME, ADDRESS, BIRTH, { 0xdf25, "M", 0, 0 } },
	    0, 0 },

	{ "whole one longer", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX },
	    LONGER, 0 },
	{ "whole one shorter", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX },
	    SHORTER, 0 },
	{ "whole, indefinite", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX },
	    INDEFINITE, 0 },
	{ "whole, length of three bytes", ERR_TLV, { NAME, ADDRESS, BIRTH,
	    SEX }, THREE, 0 },
	{ "whole without length", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX },
	    MISSING, 0 },
	{ "whole, two bytes", ERR_OK, { NAME, ADDRESS, BIRTH, SEX }, TWO,
	    0 },
	{ "the file of the number", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX },
	    0, 0xff10 },
	{ "another tag", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX }, 0, 0x7f20 },
	{ "never written", ERR_TLV, { NAME, ADDRESS, BIRTH, SEX }, 0,
	    0xffff },
};

static void
add_length(struct blob *b, size_t len, enum length how)
{
	static const struct {
		uint8_t	bytes[4];
		size_t	n;
	} odd[] = {
		[INDEFINITE] = { { 0x80 }, 1 },
		[THREE] = { { 0x83, 0, 0 }, 3 },
		[FOUR] = { { 0x84, 0, 0, 0 }, 4 },
		[MISSING] = { { 0 }, 0 },
		[HALF_ONE] = { { 0x81 }, 1 },
		[HALF_TWO] = { { 0x82, 0 }, 2 },
	};

	len = how == LONGER ? len + 1 : how == SHORTER ? len - 1 :
	    how == ZERO ? 0 : len;
	if (how >= INDEFINITE && how != ONE && how != TWO)
		assert_int_equal(blob_add(b, odd[how].bytes, odd[how].n),
		    ERR_OK);
	if (how == INDEFINITE || how == MISSING || how == HALF_ONE ||
	    how == HALF_TWO)
		return;
	if (how == TWO || len > 0xff) {
		assert_int_equal(blob_add_u8(b, 0x82), ERR_OK);
		assert_int_equal(blob_add_u16(b, (uint16_t)len), ERR_OK);
		return;
	}
	if (how == ONE || (how < INDEFINITE && len > 0x7f))
		assert_int_equal(blob_add_u8(b, 0x81), ERR_OK);
	assert_int_equal(blob_add_u8(b, (uint8_t)len), ERR_OK);
}

static void
add_object(struct blob *b, const struct object *o)
{
	unsigned times = o->times == 0 ? 1 : o->times;

	assert_int_equal(blob_add_u16(b, (uint16_t)o->tag), ERR_OK);
	add_length(b, times * strlen(o->value), o->length);
	while (times-- > 0)
		assert_int_equal(blob_add_str(b, o->value), ERR_OK);
}

static void
build(const struct row *row, struct blob *file)
{
	struct blob body = { 0 };

	for (size_t i = 0; i < LEN(row->objects) &&
	    row->objects[i].tag != 0; i++)
		add_object(&body, &row->objects[i]);
	assert_int_equal(blob_add_u16(file, row->tag == 0 ? 0xff20 :
	    (uint16_t)row->tag), ERR_OK);
	add_length(file, body.len, row->whole);
	assert_int_equal(blob_add(file, blob_str(&body), body.len), ERR_OK);
	blob_free(&body);
}

/* Exactly as many bytes as there are, so that one too far is seen. */
static enum err
parse(const uint8_t *bytes, size_t len, struct attributes *a)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	enum err r;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	memset(a, 0xa5, sizeof(*a));
	r = attributes_parse((struct buf){ copy, len }, a);
	free(copy);
	return (r);
}

static void
is_wiped(const struct attributes *a)
{
	const uint8_t *p = (const uint8_t *)a;

	for (size_t i = 0; i < sizeof(*a); i++)
		assert_int_equal(p[i], 0);
}

static const char *
value_of(const struct row *row, unsigned tag)
{
	for (size_t i = 0; i < LEN(row->objects); i++) {
		if (row->objects[i].tag == tag && row->objects[i].times == 0)
			return (row->objects[i].value);
	}
	return (NULL);
}

static void
parse_row(void **state)
{
	const struct row *row = *state;
	struct blob file = { 0 };
	struct attributes a;

	build(row, &file);
	assert_int_equal(parse(file.data, file.len, &a), row->want);
	if (row->want != ERR_OK) {
		is_wiped(&a);
	} else {
		if (value_of(row, 0xdf22) != NULL)
			assert_string_equal(a.name, value_of(row, 0xdf22));
		if (value_of(row, 0xdf23) != NULL)
			assert_string_equal(a.address, value_of(row,
			    0xdf23));
		assert_string_equal(a.birthdate, "19600602");
		assert_int_equal(a.sex, value_of(row, 0xdf25)[0]);
	}
	blob_free(&file);
}

static void
longest(void **state)
{
	static const struct row row = { "", ERR_OK, { { 0xdf22, "あ", 0,
	    101 }, { 0xdf23, "a", 0, 803 }, BIRTH, SEX }, 0, 0 };
	struct blob file = { 0 };
	struct attributes a;

	(void)state;
	build(&row, &file);
	assert_int_equal(parse(file.data, file.len, &a), ERR_OK);
	assert_int_equal(strlen(a.name), 303);
	assert_int_equal(strlen(a.address), 803);
	blob_free(&file);
}

static void
every_prefix(void **state)
{
	struct blob file = { 0 };
	struct attributes a;

	(void)state;
	build(&rows[0], &file);
	assert_int_equal(parse(file.data, file.len, &a), ERR_OK);
	for (size_t n = 0; n < file.len; n++) {
		assert_int_equal(parse(file.data, n, &a), ERR_TLV);
		is_wiped(&a);
	}
	blob_free(&file);
}

/* A NUL would end the text where a person's name goes on. */
static void
nul_in_name(void **state)
{
	struct blob file = { 0 };
	struct attributes a;
	unsigned tried = 0;

	(void)state;
	build(&rows[0], &file);
	for (size_t i = 0; i + 3 < file.len; i++) {
		if (file.data[i] != 0xdf || (file.data[i + 1] != 0x22 &&
		    file.data[i + 1] != 0x23))
			continue;
		/* For one ASCII byte: a character must not be broken. */
		memcpy(file.data + i + 3, "abc", 3);
		file.data[i + 4] = 0;
		assert_int_equal(parse(file.data, file.len, &a), ERR_TLV);
		is_wiped(&a);
		tried++;
		file.data[i + 4] = 'b';
		assert_int_equal(parse(file.data, file.len, &a), ERR_OK);
	}
	assert_int_equal(tried, 2);
	blob_free(&file);
}

/* Nothing that one changed byte makes is read past its end. */
static void
every_byte_changed(void **state)
{
	struct blob file = { 0 };
	struct attributes a;

	(void)state;
	build(&rows[0], &file);
	for (size_t i = 0; i < file.len; i++) {
		for (unsigned v = 0; v < 256; v++) {
			uint8_t was = file.data[i];
			enum err r;

			file.data[i] = (uint8_t)v;
			r = parse(file.data, file.len, &a);
			assert_true(r == ERR_OK || r == ERR_TLV);
			if (r != ERR_OK)
				is_wiped(&a);
			file.data[i] = was;
		}
	}
	blob_free(&file);
}

/* --- by the card --- */

static void
enter(struct card *card)
{
	struct secret pin = { { 0 }, 0 };
	int tries;

	assert_int_equal(secret_set(&pin, TEST_CARD_TEXT_PIN, PIN_LEN),
	    ERR_OK);
	assert_int_equal(pin_verify(card, PIN_TEXT, &pin, &tries), ERR_OK);
	secret_wipe(&pin);
}

enum face { AS_IT_IS, NOT_VERIFIED, ODD, EMPTY, NO_TEXT };

static const struct card_row {
	const char	*name;
	enum face	 face;
	int		 short_ids;
	enum err	 want;
} by_card[] = {
	{ "read", AS_IT_IS, 0, ERR_OK },
	{ "read by short ids", AS_IT_IS, 1, ERR_OK },
	{ "read before the PIN", NOT_VERIFIED, 0, ERR_NEEDS_PIN },
	{ "read before the PIN by short ids", NOT_VERIFIED, 1,
	    ERR_NEEDS_PIN },
	{ "read lengths that overlap", ODD, 0, ERR_TLV },
	{ "read an empty file", EMPTY, 0, ERR_TLV },
	{ "read from a phone", NO_TEXT, 0, ERR_FORBIDDEN },
};

static void
set_face(struct fake_card *card, enum face which)
{
	const struct fake_face face = { .person = test_card_person };

	if (which == ODD)
		assert_int_equal(fake_ef_odd_attributes(&face,
		    &card->ef[fake_ef_index(fake_ef_find(FAKE_TEXT,
		    0x0002))]), ERR_OK);
	if (which == EMPTY)
		test_card_put(card, FAKE_TEXT, 0x0002, "", 0);
	if (which == NO_TEXT)
		card->apps = 1u << FAKE_JPKI;
}

static void
card_row(void **state)
{
	const struct card_row *row = *state;
	const struct card_opts opts = { row->short_ids, 0 };
	struct attributes a = { "before", "before", "before", '1' };
	struct test_card t;
	struct card card;

	test_card_open(&t);
	set_face(t.card, row->face);
	t.card->conf.short_ids = 1;
	assert_int_equal(tp_begin(t.tp), ERR_OK);
	assert_int_equal(card_open(&card, t.tp, &opts), ERR_OK);
	assert_int_equal(attributes_select(&card), row->face == NO_TEXT ?
	    ERR_NO_FILE : ERR_OK);
	if (row->face != NOT_VERIFIED && row->face != NO_TEXT)
		enter(&card);
	assert_int_equal(attributes_read(&card, &a), row->want);
	if (row->want == ERR_OK) {
		assert_string_equal(a.name, test_card_person.name);
		assert_string_equal(a.address, test_card_person.address);
		assert_string_equal(a.birthdate, test_card_person.birth);
		assert_int_equal(a.sex, test_card_person.sex[0]);
		attributes_wipe(&a);
	}
	is_wiped(&a);
	assert_int_equal(t.card->stats.forbidden, 0);
	test_card_close(&t);
}

static void
wipes_nothing(void **state)
{
	(void)state;
	attributes_wipe(NULL);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(longest),
	cmocka_unit_test(every_prefix),
	cmocka_unit_test(nul_in_name),
	cmocka_unit_test(every_byte_changed),
	cmocka_unit_test(wipes_nothing),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(by_card) + LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = parse_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(by_card); i++)
		tests[n++] = (struct CMUnitTest){ .name = by_card[i].name,
		    .test_func = card_row,
		    .initial_state = (void *)(uintptr_t)&by_card[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
