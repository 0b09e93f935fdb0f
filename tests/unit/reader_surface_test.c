#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/card.h"
#include "reader/pin.h"
#include "reader/surface.h"
#include "tests/lib/test_card.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define OBJECTS	10	/* DF21 to DF2A */
#define KEY	"\x90\x03\x01\x02\x03\x91\x01\x04"

/* One object of EF 0002; the right ones first. */
struct object {
	unsigned	 tag;
	const char	*value;		/* NULL: not there */
};

static const struct object right[OBJECTS] = {
	{ 0xdf21, "offsets" }, { 0xdf22, "19600602" }, { 0xdf23, "1" },
	{ 0xdf24, KEY }, { 0xdf25, "name" }, { 0xdf26, "address" },
	{ 0xdf27, "photograph" }, { 0xdf28, "signature" },
	{ 0xdf29, "20350602" }, { 0xdf2a, "code" },
};

/* What differs: at this place stands another object. */
static const struct row {
	const char	*name;
	size_t		 at;
	struct object	 object;
	struct object	 behind;	/* tag 0: nothing */
	enum err	 want;
	unsigned	 tag;		/* of the whole; 0: FF20 */
	int		 longer;	/* than it is */
} rows[] = {
	{ "right", 0, { 0xdf21, "offsets" }, { 0, NULL }, ERR_OK, 0, 0 },
	{ "no image of the code", 9, { 0, NULL }, { 0, NULL }, ERR_OK, 0, 0 },
	{ "unknown object behind", 9, { 0xdf2a, "code" }, { 0xdf2b, "x" },
	    ERR_OK, 0, 0 },
	{ "offsets empty", 0, { 0xdf21, "" }, { 0, NULL }, ERR_OK, 0, 0 },
	{ "images empty", 4, { 0xdf25, "" }, { 0, NULL }, ERR_OK, 0, 0 },
	{ "sex 2", 2, { 0xdf23, "2" }, { 0, NULL }, ERR_OK, 0, 0 },
	{ "sex 9", 2, { 0xdf23, "9" }, { 0, NULL }, ERR_OK, 0, 0 },
	{ "sex 0", 2, { 0xdf23, "0" }, { 0, NULL }, ERR_OK, 0, 0 },

	{ "no offsets", 0, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "no birth date", 1, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "no sex", 2, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "no key", 3, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "no name", 4, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "no address", 5, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "no photograph", 6, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "no signature", 7, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "no expiry", 8, { 0, NULL }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "birth date twice", 2, { 0xdf22, "19600602" }, { 0, NULL },
	    ERR_TLV, 0, 0 },
	{ "unknown object between", 5, { 0xdf2b, "x" }, { 0, NULL }, ERR_TLV,
	    0, 0 },
	{ "offsets again", 9, { 0xdf2a, "code" }, { 0xdf21, "x" }, ERR_TLV,
	    0, 0 },
	{ "birth date again", 9, { 0xdf2a, "code" }, { 0xdf22, "19600603" },
	    ERR_TLV, 0, 0 },
	{ "key again", 9, { 0xdf2a, "code" }, { 0xdf24, KEY }, ERR_TLV, 0,
	    0 },
	{ "photograph again", 9, { 0xdf27, "x" }, { 0, NULL }, ERR_TLV, 0,
	    0 },
	{ "expiry again", 9, { 0xdf2a, "code" }, { 0xdf29, "20450602" },
	    ERR_TLV, 0, 0 },
	{ "birth date of 7", 1, { 0xdf22, "1960602" }, { 0, NULL }, ERR_TLV,
	    0, 0 },
	{ "birth date of 9", 1, { 0xdf22, "196006020" }, { 0, NULL },
	    ERR_TLV, 0, 0 },
	{ "birth date empty", 1, { 0xdf22, "" }, { 0, NULL }, ERR_TLV, 0,
	    0 },
	{ "birth date of letters", 1, { 0xdf22, "1960O602" }, { 0, NULL },
	    ERR_TLV, 0, 0 },
	{ "birth date in the era", 1, { 0xdf22, "S3506020" }, { 0, NULL },
	    ERR_TLV, 0, 0 },
	{ "sex 3", 2, { 0xdf23, "3" }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "sex M", 2, { 0xdf23, "M" }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "sex empty", 2, { 0xdf23, "" }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "sex of two", 2, { 0xdf23, "11" }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "key empty", 3, { 0xdf24, "" }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "photograph empty", 6, { 0xdf27, "" }, { 0, NULL }, ERR_TLV, 0,
	    0 },
	{ "signature empty", 7, { 0xdf28, "" }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "expiry of 6", 8, { 0xdf29, "203506" }, { 0, NULL }, ERR_TLV, 0,
	    0 },
	{ "expiry empty", 8, { 0xdf29, "" }, { 0, NULL }, ERR_TLV, 0, 0 },
	{ "expiry with a space", 8, { 0xdf29, "2035 602" }, { 0, NULL },
	    ERR_TLV, 0, 0 },
	{ "whole, another tag", 0, { 0xdf21, "" }, { 0, NULL }, ERR_TLV,
	    0xff10, 0 },
	{ "whole, of the number", 0, { 0xdf21, "" }, { 0, NULL }, ERR_TLV,
	    0xff40, 0 },
	{ "whole one longer", 0, { 0xdf21, "" }, { 0, NULL }, ERR_TLV, 0,
	    1 },
	{ "whole one shorter", 0, { 0xdf21, "" }, { 0, NULL }, ERR_TLV, 0,
	    -1 },
};

static void
add(struct blob *b, const struct object *o)
{
	if (o->value == NULL)
		return;
	assert_int_equal(blob_add_u16(b, (uint16_t)o->tag), ERR_OK);
	assert_int_equal(blob_add_u8(b, (uint8_t)strlen(o->value)), ERR_OK);
	assert_int_equal(blob_add_str(b, o->value), ERR_OK);
}

static void
build(const struct row *row, struct blob *file)
{
	struct blob body = { 0 };

	for (size_t i = 0; i < OBJECTS; i++)
		add(&body, i == row->at ? &row->object : &right[i]);
	add(&body, &row->behind);
	assert_int_equal(blob_add_u16(file, row->tag == 0 ? 0xff20 :
	    (uint16_t)row->tag), ERR_OK);
	assert_int_equal(blob_add_u8(file, 0x81), ERR_OK);
	assert_int_equal(blob_add_u8(file, (uint8_t)((int)body.len +
	    row->longer)), ERR_OK);
	assert_int_equal(blob_add(file, body.data, body.len), ERR_OK);
	blob_free(&body);
}

/* Exactly as many bytes as there are, so that one too far is seen. */
static enum err
parse(const uint8_t *bytes, size_t len, struct surface *s)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	enum err r;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	memset(s, 0xa5, sizeof(*s));
	r = surface_parse((struct buf){ copy, len }, s);
	free(copy);
	return (r);
}

static void
is_wiped(const struct surface *s)
{
	const uint8_t *p = (const uint8_t *)s;

	for (size_t i = 0; i < sizeof(*s); i++)
		assert_int_equal(p[i], 0);
}

static void
parse_row(void **state)
{
	const struct row *row = *state;
	struct blob file = { 0 };
	struct surface s;

	build(row, &file);
	assert_int_equal(parse(file.data, file.len, &s), row->want);
	if (row->want == ERR_OK) {
		assert_string_equal(s.birthdate, "19600602");
		assert_int_equal(s.sex, row->at == 2 ?
		    row->object.value[0] : '1');
		assert_string_equal(s.expiry, "20350602");
	} else
		is_wiped(&s);
	blob_free(&file);
}

static int
buf_is(const struct buf *b, const char *text, size_t len)
{
	return (b->left == len && memcmp(b->p, text, len) == 0);
}

/* The three signed parts are the objects as written, heads and all. */
static void
parts(void **state)
{
	static const char one[] = "\xdf\x22\x08" "19600602" "\xdf\x23\x01" "1"
	    "\xdf\x24\x08" KEY;
	static const char two[] = "\xdf\x25\x04" "name" "\xdf\x26\x07"
	    "address";
	static const char three[] = "\xdf\x27\x0a" "photograph";
	struct blob file = { 0 };
	struct surface s;

	(void)state;
	build(&rows[0], &file);
	assert_int_equal(surface_parse(blob_buf(&file), &s), ERR_OK);
	assert_true(buf_is(&s.part[0], one, sizeof(one) - 1));
	assert_true(buf_is(&s.part[1], two, sizeof(two) - 1));
	assert_true(buf_is(&s.part[2], three, sizeof(three) - 1));
	assert_true(buf_is(&s.key, KEY, 8));
	assert_true(buf_is(&s.photo, "photograph", 10));
	assert_true(buf_is(&s.signature, "signature", 9));
	assert_true(s.key.p > s.part[0].p && s.key.p + s.key.left ==
	    s.part[0].p + s.part[0].left);
	surface_wipe(&s);
	is_wiped(&s);
	surface_wipe(NULL);
	blob_free(&file);
}

static void
every_prefix(void **state)
{
	struct blob file = { 0 };
	struct surface s;

	(void)state;
	build(&rows[0], &file);
	assert_int_equal(parse(file.data, file.len, &s), ERR_OK);
	for (size_t n = 0; n < file.len; n++) {
		assert_int_equal(parse(file.data, n, &s), ERR_TLV);
		is_wiped(&s);
	}
	blob_free(&file);
}

static void
every_byte_changed(void **state)
{
	struct blob file = { 0 };
	struct surface s;

	(void)state;
	build(&rows[0], &file);
	for (size_t i = 0; i < file.len; i++) {
		uint8_t was = file.data[i];

		for (unsigned v = 0; v < 256; v++) {
			enum err r;

			file.data[i] = (uint8_t)v;
			r = parse(file.data, file.len, &s);
			assert_true(r == ERR_OK || r == ERR_TLV);
			if (r != ERR_OK)
				is_wiped(&s);
		}
		file.data[i] = was;
	}
	blob_free(&file);
}

/* --- by the card --- */

struct slot {
	struct test_card	t;
	struct card		card;
	struct blob		out;
};

static void
put_in(struct slot *s, int short_ids)
{
	const struct card_opts opts = { short_ids, 0 };

	*s = (struct slot){ .out = { 0 } };
	test_card_open(&s->t);
	s->t.card->conf.short_ids = 1;
	assert_int_equal(tp_begin(s->t.tp), ERR_OK);
	assert_int_equal(card_open(&s->card, s->t.tp, &opts), ERR_OK);
}

static void
take_out(struct slot *s)
{
	assert_int_equal(s->t.card->stats.forbidden, 0);
	blob_free(&s->out);
	test_card_close(&s->t);
}

static void
enter_b(struct slot *s)
{
	struct secret b = { { 0 }, 0 };
	int tries;

	assert_int_equal(secret_set(&b, TEST_CARD_NUMBER_B, PIN_B_LEN),
	    ERR_OK);
	assert_int_equal(pin_verify(&s->card, PIN_SURFACE_B, &b, &tries),
	    ERR_OK);
	secret_wipe(&b);
}

/* A file of so many bytes in all, with this tag and length of two bytes. */
static void
put_file(struct slot *s, uint16_t id, uint16_t tag, size_t total)
{
	struct blob file = { 0 };

	assert_int_equal(blob_add_u16(&file, tag), ERR_OK);
	assert_int_equal(blob_add_u8(&file, 0x82), ERR_OK);
	assert_int_equal(blob_add_u16(&file, (uint16_t)(total - 5)), ERR_OK);
	while (file.len < total)
		assert_int_equal(blob_add_u8(&file, (uint8_t)file.len),
		    ERR_OK);
	test_card_put(s->t.card, FAKE_SURFACE, id, file.data, file.len);
	blob_free(&file);
}

static const struct file_row {
	const char	*name;
	uint16_t	 id, tag;
	size_t		 total;
	int		 verified;
	enum err	 want;
} files[] = {
	{ "face of 4639 bytes", 2, 0xff20, 4639, 1, ERR_OK },
	{ "face of 256 bytes", 2, 0xff20, 256, 1, ERR_OK },
	{ "face of 257 bytes", 2, 0xff20, 257, 1, ERR_OK },
	{ "face of 16641 bytes", 2, 0xff20, 16641, 1, ERR_OK },
	{ "face of 32 KiB", 2, 0xff20, 32768, 1, ERR_OK },
	{ "face of a byte more", 2, 0xff20, 32769, 1, ERR_TLV },
	{ "face of 64 KiB", 2, 0xff20, 65540, 1, ERR_TLV },
	{ "face before the number", 2, 0xff20, 4639, 0, ERR_NEEDS_PIN },
	{ "face with the tag of the number", 2, 0xff40, 4639, 1, ERR_TLV },
	{ "face never written", 2, 0xffff, 4639, 1, ERR_TLV },
	{ "certificate of 568 bytes", 4, 0x7f21, 568, 0, ERR_OK },
	{ "certificate of 1024 bytes", 4, 0x7f21, 1024, 0, ERR_OK },
	{ "certificate of a byte more", 4, 0x7f21, 1025, 0, ERR_TLV },
	{ "certificate with another tag", 4, 0x7f4e, 568, 0, ERR_TLV },
	{ "certificate in X.509", 4, 0x3082, 568, 0, ERR_TLV },
};

static void
file_row(void **state)
{
	const struct file_row *row = *state;

	for (int short_ids = 0; short_ids < 2; short_ids++) {
		const struct blob *ef;
		struct slot s;

		put_in(&s, short_ids);
		put_file(&s, row->id, row->tag, row->total);
		ef = &s.t.card->ef[fake_ef_index(fake_ef_find(FAKE_SURFACE,
		    row->id))];
		assert_int_equal(surface_select(&s.card), ERR_OK);
		if (row->verified)
			enter_b(&s);
		assert_int_equal(row->id == 2 ? surface_read(&s.card,
		    &s.out) : surface_certificate(&s.card, &s.out),
		    row->want);
		assert_int_equal(s.out.len, row->want == ERR_OK ? row->total :
		    0);
		if (row->want == ERR_OK)
			assert_memory_equal(s.out.data, ef->data, s.out.len);
		take_out(&s);
	}
}

static void
no_surface(void **state)
{
	struct slot s;

	(void)state;
	put_in(&s, 0);
	s.t.card->apps = 1u << FAKE_JPKI;
	assert_int_equal(surface_select(&s.card), ERR_NO_FILE);
	assert_int_equal(surface_read(&s.card, &s.out), ERR_FORBIDDEN);
	assert_int_equal(surface_certificate(&s.card, &s.out), ERR_FORBIDDEN);
	take_out(&s);
}

/* --- its key --- */

static const uint8_t info[51] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
    0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
    1, 2, 3 };

static const struct sign_row {
	const char	*name;
	size_t		 len;
	int		 other;		/* 1: not a DigestInfo, 2: in JPKI */
	uint16_t	 sw;
	enum err	 want;
	unsigned	 signs;
} signs[] = {
	{ "sign", 51, 0, 0, ERR_OK, 1 },
	{ "sign nothing", 0, 0, 0, ERR_FORBIDDEN, 0 },
	{ "sign 50 bytes", 50, 0, 0, ERR_FORBIDDEN, 0 },
	{ "sign 52 bytes", 52, 0, 0, ERR_FORBIDDEN, 0 },
	{ "sign 51 bytes of another", 51, 1, 0, ERR_FORBIDDEN, 0 },
	{ "sign in JPKI", 51, 2, 0, ERR_FORBIDDEN, 0 },
	{ "sign: 6985", 51, 0, 0x6985, ERR_SW, 0 },
	{ "sign: 6982", 51, 0, 0x6982, ERR_NEEDS_PIN, 0 },
	{ "sign: no key", 51, 0, 0x6a88, ERR_NO_FILE, 0 },
	{ "sign: 6F00", 51, 0, 0x6f00, ERR_CARD_MUTE, 0 },
	{ "sign: nothing came", 51, 0, 0x9000, ERR_TORN, 0 },
};

static void
sign_row(void **state)
{
	const struct sign_row *row = *state;
	uint8_t input[52];
	struct slot s;

	put_in(&s, 0);
	memcpy(input, info, sizeof(info));
	input[51] = 0;
	if (row->other == 1)
		input[10] ^= 1;
	if (row->other != 2)
		assert_int_equal(surface_select(&s.card), ERR_OK);
	if (row->sw != 0)
		s.t.card->fault[0] = (struct fake_fault){ FAKE_FAULT_SW,
		    s.t.card->stats.apdus + 1, row->sw };
	assert_int_equal(blob_add_str(&s.out, "before"), ERR_OK);
	assert_int_equal(surface_sign(&s.card, input, row->len, &s.out),
	    row->want);
	assert_int_equal(s.out.len, row->want == ERR_OK ? 256 : 0);
	assert_int_equal(s.t.card->stats.sign, row->signs);
	take_out(&s);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(parts),
	cmocka_unit_test(every_prefix),
	cmocka_unit_test(every_byte_changed),
	cmocka_unit_test(no_surface),
};

#define ADD(rows, fn) do {						\
	for (size_t i_ = 0; i_ < LEN(rows); i_++)			\
		tests[n++] = (struct CMUnitTest){ .name = (rows)[i_].name,\
		    .test_func = (fn), .initial_state =			\
		    (void *)(uintptr_t)&(rows)[i_] };			\
} while (0)

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(files) + LEN(signs) +
	    LEN(singles)];
	size_t n = 0;

	ADD(rows, parse_row);
	ADD(files, file_row);
	ADD(signs, sign_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests_name("reader_surface", tests, NULL,
	    NULL));
}
