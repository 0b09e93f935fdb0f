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
#include "reader/surface.h"
#include "tests/lib/fake_tp.h"
#include "tests/lib/test_card.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	enum fake_lock	 lock;
	const char	*right, *wrong;
	int		 full;
	enum pin_kind	 other;		/* of another application */
} pins[] = {
	[PIN_AUTH] = { FAKE_AUTH_PIN, TEST_CARD_PIN, "0000", 3, PIN_TEXT },
	[PIN_TEXT] = { FAKE_TEXT_PIN, TEST_CARD_TEXT_PIN, "0000", 3,
	    PIN_AUTH },
	[PIN_SURFACE_B] = { FAKE_SURFACE_B, TEST_CARD_NUMBER_B,
	    "35060220350000", 10, PIN_TEXT_B },
	[PIN_TEXT_B] = { FAKE_TEXT_B, TEST_CARD_NUMBER_B, "35060220350000",
	    10, PIN_SURFACE_B },
};

struct slot {
	struct test_card	t;
	struct card		card;
	enum pin_kind		kind;
	int			short_ids;
};

static void
put_in(struct slot *s, enum pin_kind kind, int short_ids)
{
	const struct card_opts opts = { short_ids, 0 };

	*s = (struct slot){ .kind = kind, .short_ids = short_ids };
	test_card_open(&s->t);
	s->t.card->conf.short_ids = 1;
	assert_int_equal(tp_begin(s->t.tp), ERR_OK);
	assert_int_equal(card_open(&s->card, s->t.tp, &opts), ERR_OK);
	if (kind == PIN_TEXT || kind == PIN_TEXT_B)
		assert_int_equal(attributes_select(&s->card), ERR_OK);
	if (kind == PIN_SURFACE_B)
		assert_int_equal(surface_select(&s->card), ERR_OK);
}

static enum err
enter(struct slot *s, const char *digits, size_t len, int *tries)
{
	struct secret pin = { { 0 }, 0 };
	enum err r;

	*tries = 99;
	assert_int_equal(secret_set(&pin, digits, len), ERR_OK);
	r = pin_verify(&s->card, s->kind, &pin, tries);
	secret_wipe(&pin);
	return (r);
}

static enum err
enter_wrong(struct slot *s, int *tries)
{
	const char *wrong = pins[s->kind].wrong;

	return (enter(s, wrong, strlen(wrong), tries));
}

static enum err
enter_right(struct slot *s, int *tries)
{
	const char *right = pins[s->kind].right;

	return (enter(s, right, strlen(right), tries));
}

static unsigned
verifies(const struct slot *s)
{
	assert_int_equal(s->t.card->stats.verify_stray, 0);
	assert_int_equal(s->t.card->stats.forbidden, 0);
	return (s->t.card->stats.verify[pins[s->kind].lock]);
}

/* --- what the card may answer to the digits --- */

static const struct row {
	const char	*name, *pin;
	size_t		 len;
	uint16_t	 sw;	/* 0: the link fails */
	enum err	 link, want;
	int		 after, tries;
	unsigned	 verifies;
} rows[] = {
	{ "9000", "1234", 4, 0x9000, ERR_OK, ERR_OK, 0, -1, 1 },
	{ "63C2: two left", "1234", 4, 0x63c2, ERR_OK, ERR_PIN_WRONG, 0, 2,
	    1 },
	{ "63C1: one left", "1234", 4, 0x63c1, ERR_OK, ERR_PIN_WRONG, 0, 1,
	    1 },
	{ "63C0: that was the last", "1234", 4, 0x63c0, ERR_OK,
	    ERR_PIN_BLOCKED, 0, 0, 1 },
	{ "63CF: wrong, and no count of ours", "1234", 4, 0x63cf, ERR_OK,
	    ERR_PIN_WRONG, 0, -1, 1 },
	{ "6300: wrong, no count", "1234", 4, 0x6300, ERR_OK, ERR_PIN_WRONG,
	    0, -1, 1 },
	{ "6381 is no count", "1234", 4, 0x6381, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "63D2 is no count", "1234", 4, 0x63d2, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "6983: blocked, not 3", "1234", 4, 0x6983, ERR_OK, ERR_PIN_BLOCKED,
	    0, 0, 1 },
	{ "6984: blocked, not 4", "1234", 4, 0x6984, ERR_OK, ERR_PIN_BLOCKED,
	    0, 0, 1 },
	{ "6A82: no such PIN", "1234", 4, 0x6a82, ERR_OK, ERR_PIN_NONE, 0,
	    -1, 1 },
	{ "6A88: no such PIN", "1234", 4, 0x6a88, ERR_OK, ERR_PIN_NONE, 0,
	    -1, 1 },
	{ "6282 has no count", "1234", 4, 0x6282, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "6700", "1234", 4, 0x6700, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "6982", "1234", 4, 0x6982, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "6985", "1234", 4, 0x6985, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "6A86", "1234", 4, 0x6a86, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "6C04: not sent again", "1234", 4, 0x6c04, ERR_OK, ERR_SW, 0, -1,
	    1 },
	{ "6F00: not sent again", "1234", 4, 0x6f00, ERR_OK, ERR_SW, 0, -1,
	    1 },
	{ "9001 is not 9000", "1234", 4, 0x9001, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "9063", "1234", 4, 0x9063, ERR_OK, ERR_SW, 0, -1, 1 },

	{ "3 digits", "123", 3, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "5 digits", "12345", 5, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "no digits", "", 0, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "16 digits", "1234567890123456", 16, 0x9000, ERR_OK,
	    ERR_PIN_FORMAT, 0, -1, 0 },
	{ "a letter", "12a4", 4, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "a space", "123 ", 4, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "a sign", "-123", 4, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "below 0", "12/4", 4, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "above 9", "12:4", 4, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "a NUL", "12\0004", 4, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "a line feed", "123\n", 4, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1,
	    0 },
	{ "full-width digits", "１２３４", 12, 0x9000, ERR_OK,
	    ERR_PIN_FORMAT, 0, -1, 0 },
	{ "four bytes, one full-width", "１2", 4, 0x9000, ERR_OK,
	    ERR_PIN_FORMAT, 0, -1, 0 },

	{ "card lost before", "1234", 4, 0, ERR_NO_CARD, ERR_NO_CARD, 0, -1,
	    0 },
	{ "card lost after: once", "1234", 4, 0, ERR_NO_CARD, ERR_NO_CARD, 1,
	    -1, 1 },
	{ "card mute: once", "1234", 4, 0, ERR_CARD_MUTE, ERR_CARD_MUTE, 1,
	    -1, 1 },
	{ "torn: once", "1234", 4, 0, ERR_TORN, ERR_TORN, 1, -1, 1 },
	{ "card reset: once", "1234", 4, 0, ERR_CARD_RESET, ERR_CARD_RESET,
	    1, -1, 1 },
	{ "reader gone: once", "1234", 4, 0, ERR_NO_READER, ERR_NO_READER, 1,
	    -1, 1 },
	{ "reader hung: once", "1234", 4, 0, ERR_READER_HUNG,
	    ERR_READER_HUNG, 1, -1, 1 },
};

/* VERIFY is the next command, after SELECT EF where ids are long. */
static void
arm(struct slot *s, const struct row *row)
{
	unsigned at = s->t.card->stats.apdus + (s->short_ids ? 1 : 2);
	struct fake_tp_conf *conf = fake_tp_conf(s->t.tp);

	if (row->sw != 0) {
		s->t.card->fault[0] = (struct fake_fault){ FAKE_FAULT_SW, at,
		    row->sw };
		return;
	}
	conf->fail_at = at;
	conf->fail_err = row->link;
	conf->fail_after = row->after;
}

static void
verify_once(const struct row *row, enum pin_kind kind, int short_ids)
{
	struct slot s;
	int tries;

	put_in(&s, kind, short_ids);
	arm(&s, row);
	assert_int_equal(enter(&s, row->pin, row->len, &tries), row->want);
	assert_int_equal(tries, row->tries);
	assert_int_equal(verifies(&s), row->verifies);
	test_card_close(&s.t);
}

static void
verify_row(void **state)
{
	for (int short_ids = 0; short_ids < 2; short_ids++) {
		verify_once(*state, PIN_AUTH, short_ids);
		verify_once(*state, PIN_TEXT, short_ids);
	}
}

/* The same of 照合番号B: 14 digits, and a count of ten is one of its own. */
#define B	TEST_CARD_NUMBER_B
static const struct row b_rows[] = {
	{ "B: 9000", B, 14, 0x9000, ERR_OK, ERR_OK, 0, -1, 1 },
	{ "B: 63C9: nine left", B, 14, 0x63c9, ERR_OK, ERR_PIN_WRONG, 0, 9,
	    1 },
	{ "B: 63C1: one left", B, 14, 0x63c1, ERR_OK, ERR_PIN_WRONG, 0, 1,
	    1 },
	{ "B: 63C0: that was the last", B, 14, 0x63c0, ERR_OK,
	    ERR_PIN_BLOCKED, 0, 0, 1 },
	{ "B: 63CA: ten left, and wrong", B, 14, 0x63ca, ERR_OK,
	    ERR_PIN_WRONG, 0, 10, 1 },
	{ "B: 63CB: no count of it", B, 14, 0x63cb, ERR_OK, ERR_PIN_WRONG, 0,
	    -1, 1 },
	{ "B: 6300", B, 14, 0x6300, ERR_OK, ERR_PIN_WRONG, 0, -1, 1 },
	{ "B: 6984: blocked, not 4", B, 14, 0x6984, ERR_OK, ERR_PIN_BLOCKED,
	    0, 0, 1 },
	{ "B: 6983: blocked, not 3", B, 14, 0x6983, ERR_OK, ERR_PIN_BLOCKED,
	    0, 0, 1 },
	{ "B: 6A88: no such number", B, 14, 0x6a88, ERR_OK, ERR_PIN_NONE, 0,
	    -1, 1 },
	{ "B: 6700", B, 14, 0x6700, ERR_OK, ERR_SW, 0, -1, 1 },
	{ "B: 6C0E: not sent again", B, 14, 0x6c0e, ERR_OK, ERR_SW, 0, -1,
	    1 },
	{ "B: 4 digits", "1234", 4, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1,
	    0 },
	{ "B: the 12 digits", FAKE_NUMBER_A, 12, 0x9000, ERR_OK,
	    ERR_PIN_FORMAT, 0, -1, 0 },
	{ "B: 13 digits", B, 13, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "B: 15 digits", B "0", 15, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1,
	    0 },
	{ "B: nothing", "", 0, 0x9000, ERR_OK, ERR_PIN_FORMAT, 0, -1, 0 },
	{ "B: a letter", "350602203501z3", 14, 0x9000, ERR_OK,
	    ERR_PIN_FORMAT, 0, -1, 0 },
	{ "B: a hyphen", "350602-2035012", 14, 0x9000, ERR_OK,
	    ERR_PIN_FORMAT, 0, -1, 0 },
	{ "B: a NUL", "350602203501\0003", 14, 0x9000, ERR_OK,
	    ERR_PIN_FORMAT, 0, -1, 0 },
	{ "B: card lost before", B, 14, 0, ERR_NO_CARD, ERR_NO_CARD, 0, -1,
	    0 },
	{ "B: card lost after: once", B, 14, 0, ERR_NO_CARD, ERR_NO_CARD, 1,
	    -1, 1 },
	{ "B: torn: once", B, 14, 0, ERR_TORN, ERR_TORN, 1, -1, 1 },
};

static void
b_row(void **state)
{
	for (int short_ids = 0; short_ids < 2; short_ids++) {
		verify_once(*state, PIN_SURFACE_B, short_ids);
		verify_once(*state, PIN_TEXT_B, short_ids);
	}
}

/* --- a card, from full to blocked --- */

static void
down_to_blocked(void **state)
{
	enum pin_kind kind = *(const enum pin_kind *)*state;
	struct slot s;
	int tries, left;

	for (int sw = 0x6983; sw <= 0x6984; sw++) {
		put_in(&s, kind, 0);
		s.t.card->conf.blocked_sw = sw;
		/* The last time it is blocked already. */
		for (int i = 0; i <= pins[kind].full; i++) {
			left = i < pins[kind].full ? pins[kind].full - 1 - i :
			    0;
			assert_int_equal(enter_wrong(&s, &tries), left > 0 ?
			    ERR_PIN_WRONG : ERR_PIN_BLOCKED);
			assert_int_equal(tries, left);
			assert_int_equal(verifies(&s), i + 1);
			assert_int_equal(pin_tries(&s.card, kind, &tries),
			    ERR_OK);
			assert_int_equal(tries, left);
		}
		/* The right one does not help any more. */
		assert_int_equal(enter_right(&s, &tries), ERR_PIN_BLOCKED);
		test_card_close(&s.t);
	}
}

static void
right_one_restores(void **state)
{
	enum pin_kind kind = *(const enum pin_kind *)*state;
	struct slot s;
	int tries;

	put_in(&s, kind, 1);
	assert_int_equal(pin_full(kind), pins[kind].full);
	assert_int_equal(enter_wrong(&s, &tries), ERR_PIN_WRONG);
	assert_int_equal(enter_right(&s, &tries), ERR_OK);
	assert_int_equal(tries, PIN_TRIES_UNKNOWN);
	assert_int_equal(s.t.card->pin[pins[kind].lock].tries,
	    pins[kind].full);
	test_card_close(&s.t);
}

/* Its digits are not tried on the other PIN, which has its own counter. */
static void
one_does_not_touch_the_other(void **state)
{
	enum pin_kind kind = *(const enum pin_kind *)*state;
	enum pin_kind other = pins[kind].other;
	struct slot s;
	int tries;

	put_in(&s, kind, 0);
	assert_int_equal(enter_wrong(&s, &tries), ERR_PIN_WRONG);
	assert_int_equal(enter_right(&s, &tries), ERR_OK);
	assert_int_equal(s.t.card->stats.verify[pins[other].lock], 0);
	assert_int_equal(s.t.card->pin[pins[other].lock].tries,
	    pins[other].full);
	test_card_close(&s.t);
}

static void
asking_is_free(void **state)
{
	enum pin_kind kind = *(const enum pin_kind *)*state;
	struct slot s;
	int tries;

	for (int short_ids = 0; short_ids < 2; short_ids++) {
		put_in(&s, kind, short_ids);
		for (int left = pins[kind].full; left >= 0; left--) {
			s.t.card->pin[pins[kind].lock].tries = left;
			for (int i = 0; i < 5; i++) {
				assert_int_equal(pin_tries(&s.card, kind,
				    &tries), ERR_OK);
				assert_int_equal(tries, left);
			}
			assert_int_equal(
			    s.t.card->pin[pins[kind].lock].tries, left);
		}
		assert_int_equal(verifies(&s), 0);
		test_card_close(&s.t);
	}
}

/* Verified already: then the answer is no count. */
static void
asking_when_verified(void **state)
{
	enum pin_kind kind = *(const enum pin_kind *)*state;
	struct slot s;
	int tries;

	for (int says = 0; says < 2; says++) {
		put_in(&s, kind, 0);
		s.t.card->conf.verified_9000 = says;
		assert_int_equal(enter_right(&s, &tries), ERR_OK);
		assert_int_equal(pin_tries(&s.card, kind, &tries), ERR_OK);
		assert_int_equal(tries, says ? PIN_TRIES_UNKNOWN :
		    pins[kind].full);
		assert_int_equal(verifies(&s), 1);
		test_card_close(&s.t);
	}
}

static const struct asked_row {
	const char	*name;
	uint16_t	 sw;
	enum err	 want;
	int		 tries;
} asked[] = {
	{ "asked: 63C3", 0x63c3, ERR_OK, 3 },
	{ "asked: 63C1", 0x63c1, ERR_OK, 1 },
	{ "asked: 63C0", 0x63c0, ERR_OK, 0 },
	{ "asked: 6983", 0x6983, ERR_OK, 0 },
	{ "asked: 6984", 0x6984, ERR_OK, 0 },
	{ "asked: 9000", 0x9000, ERR_OK, -1 },
	{ "asked: 6300", 0x6300, ERR_OK, -1 },
	{ "asked: 6700", 0x6700, ERR_OK, -1 },
	{ "asked: 6982", 0x6982, ERR_OK, -1 },
	{ "asked: 6C04", 0x6c04, ERR_OK, -1 },
	{ "asked: 6F00", 0x6f00, ERR_OK, -1 },
	{ "asked: 6A82", 0x6a82, ERR_PIN_NONE, -1 },
	{ "asked: 6A88", 0x6a88, ERR_PIN_NONE, -1 },
};

static void
asked_row(void **state)
{
	const struct asked_row *row = *state;
	struct slot s;
	int tries;

	for (int short_ids = 0; short_ids < 2; short_ids++) {
		put_in(&s, PIN_AUTH, short_ids);
		s.t.card->fault[0] = (struct fake_fault){ FAKE_FAULT_SW,
		    s.t.card->stats.apdus + (short_ids ? 1 : 2), row->sw };
		tries = 99;
		assert_int_equal(pin_tries(&s.card, PIN_AUTH, &tries),
		    row->want);
		assert_int_equal(tries, row->tries);
		assert_int_equal(verifies(&s), 0);
		test_card_close(&s.t);
	}
}

/* SELECT of the PIN's file: not there, or another answer. */
static void
no_pin_file(void **state)
{
	static const struct {
		uint16_t	sw;
		enum err	want;
	} steps[] = {
		{ 0x6a82, ERR_PIN_NONE }, { 0x6a88, ERR_PIN_NONE },
		{ 0x6985, ERR_SW }, { 0x6f00, ERR_CARD_MUTE },
	};
	struct slot s;
	int tries;

	(void)state;
	for (size_t i = 0; i < LEN(steps); i++) {
		put_in(&s, PIN_AUTH, 0);
		s.t.card->fault[0] = (struct fake_fault){ FAKE_FAULT_SW,
		    s.t.card->stats.apdus + 1, steps[i].sw };
		assert_int_equal(enter(&s, "1234", 4, &tries),
		    steps[i].want);
		assert_int_equal(tries, PIN_TRIES_UNKNOWN);
		assert_int_equal(verifies(&s), 0);
		test_card_close(&s.t);
	}
}

/* The PIN of the application that is not selected is not asked for. */
static void
wrong_application(void **state)
{
	enum pin_kind kind = *(const enum pin_kind *)*state;
	struct slot s;
	unsigned apdus;
	int tries;

	for (int short_ids = 0; short_ids < 2; short_ids++) {
		put_in(&s, kind, short_ids);
		s.kind = pins[kind].other;
		apdus = s.t.card->stats.apdus;
		assert_int_equal(enter_right(&s, &tries), ERR_FORBIDDEN);
		assert_int_equal(pin_tries(&s.card, s.kind, &tries),
		    ERR_FORBIDDEN);
		assert_int_equal(tries, PIN_TRIES_UNKNOWN);
		assert_int_equal(s.t.card->stats.apdus, apdus);
		test_card_close(&s.t);
	}
}

static const enum pin_kind kinds[] = { PIN_AUTH, PIN_TEXT, PIN_SURFACE_B,
    PIN_TEXT_B };

#define ONE(f, kind)							\
	{ #f ": " #kind, f, NULL, NULL, (void *)(uintptr_t)&kinds[kind] }
#define EACH(f)								\
	ONE(f, PIN_AUTH), ONE(f, PIN_TEXT), ONE(f, PIN_SURFACE_B),	\
	ONE(f, PIN_TEXT_B)

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(no_pin_file),
};

int
main(void)
{
	const struct CMUnitTest each[] = {
		EACH(down_to_blocked), EACH(right_one_restores),
		EACH(one_does_not_touch_the_other), EACH(asking_is_free),
		EACH(asking_when_verified), EACH(wrong_application),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(b_rows) + LEN(asked) +
	    LEN(singles) + LEN(each)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = verify_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(b_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = b_rows[i].name,
		    .test_func = b_row,
		    .initial_state = (void *)(uintptr_t)&b_rows[i] };
	for (size_t i = 0; i < LEN(asked); i++)
		tests[n++] = (struct CMUnitTest){ .name = asked[i].name,
		    .test_func = asked_row,
		    .initial_state = (void *)(uintptr_t)&asked[i] };
	memcpy(tests + n, singles, sizeof(singles));
	memcpy(tests + n + LEN(singles), each, sizeof(each));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
