#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reader/attributes.h"
#include "reader/iso7816.h"
#include "reader/jpki.h"
#include "reader/pin.h"
#include "reader/plan.h"
#include "tests/lib/fake_tp.h"
#include "tests/lib/test_card.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

struct slot {
	struct test_card	t;
	struct card		card;
	struct plan		p;
	unsigned		apdus, scripts;	/* before the plan */
};

static unsigned
apdus(const struct slot *s)
{
	return (s->t.card->stats.apdus - s->apdus);
}

static unsigned
scripts(struct slot *s)
{
	return (fake_tp_seen(s->t.tp)->scripts - s->scripts);
}

static void
put_in(struct slot *s)
{
	static const struct card_opts opts = { 0, 0 };

	*s = (struct slot){ .apdus = 0 };
	test_card_open(&s->t);
	fake_tp_conf(s->t.tp)->asks = 1;
	assert_int_equal(tp_begin(s->t.tp), ERR_OK);
	assert_int_equal(card_open(&s->card, s->t.tp, &opts), ERR_OK);
	s->apdus = s->t.card->stats.apdus;
	s->scripts = fake_tp_seen(s->t.tp)->scripts;
	plan_init(&s->p, &s->card);
}

static void
take_out(struct slot *s)
{
	assert_int_equal(s->t.card->stats.forbidden, 0);
	assert_int_equal(s->t.card->stats.verify_stray, 0);
	assert_true(s->t.card->stats.verify[FAKE_AUTH_PIN] <= 1);
	plan_wipe(&s->p);
	test_card_close(&s->t);
}

static void
fault(struct slot *s, unsigned at, uint16_t sw)
{
	s->t.card->fault[0] = (struct fake_fault){ FAKE_FAULT_SW,
	    s->t.card->stats.apdus + at, sw };
}

static void
add_verify(struct slot *s, const char *digits)
{
	struct secret pin = { { 0 }, 0 };

	assert_int_equal(secret_set(&pin, digits, strlen(digits)), ERR_OK);
	assert_int_equal(pin_add_verify(&s->p, PIN_AUTH, &pin), ERR_OK);
	secret_wipe(&pin);
}

/* 1 SELECT 0018, 2 VERIFY, 3 SELECT 0017, 4 SIGN, 5 SELECT the text
 * application, 6 SELECT 0011, 7 its tries. */
#define LOGIN_STEPS 7

static void
add_login(struct slot *s, const char *digits)
{
	static const uint8_t input[51] = { TEST_CARD_INFO };

	add_verify(s, digits);
	assert_int_equal(jpki_add_sign(&s->p, input, sizeof(input)), ERR_OK);
	attributes_add_select(&s->p);
	pin_add_tries(&s->p, PIN_TEXT);
}

/* Takes all of it; *at says where it ended, 4 when it did not. */
static enum err
take_login(struct slot *s, int *at)
{
	struct blob signature = { 0 };
	int tries = 99;
	enum err r;

	*at = 0;
	if ((r = pin_take_verify(&s->p, PIN_AUTH, &tries)) == ERR_OK &&
	    ++*at != 0 &&
	    (r = jpki_take_sign(&s->p, &signature)) == ERR_OK &&
	    ++*at != 0 &&
	    (r = attributes_take_select(&s->p)) == ERR_OK && ++*at != 0 &&
	    (r = pin_take_tries(&s->p, PIN_TEXT, &tries)) == ERR_OK) {
		++*at;
		assert_int_equal(tries, 3);
	}
	blob_free(&signature);
	return (r);
}

/* --- one script, and where it ends --- */

static const struct end_row {
	const char	*name;
	unsigned	 at;	/* command that is answered otherwise; 0 none */
	uint16_t	 sw;
	enum err	 want;
	int		 ended;	/* what take_login says */
	unsigned	 apdus;	/* the card saw */
} ends[] = {
	{ "all of it", 0, 0, ERR_OK, 4, LOGIN_STEPS },
	{ "no such PIN", 1, 0x6a82, ERR_PIN_NONE, 0, 1 },
	{ "PIN's file is odd", 1, 0x6985, ERR_SW, 0, 1 },
	{ "PIN is wrong", 2, 0x63c2, ERR_PIN_WRONG, 0, 2 },
	{ "PIN is blocked", 2, 0x6984, ERR_PIN_BLOCKED, 0, 2 },
	{ "VERIFY asks for a length", 2, 0x6c04, ERR_SW, 0, 2 },
	{ "VERIFY is mute", 2, 0x6f00, ERR_SW, 0, 2 },
	{ "no key", 3, 0x6a82, ERR_NO_FILE, 1, 3 },
	{ "the key refuses", 4, 0x6982, ERR_NEEDS_PIN, 1, 4 },
	{ "no text application", 5, 0x6a82, ERR_NO_FILE, 2, 5 },
	{ "no text PIN", 6, 0x6a82, ERR_PIN_NONE, 3, 6 },
	{ "text PIN unknown", 7, 0x6a88, ERR_PIN_NONE, 3, 7 },
};

static void
end_row(void **state)
{
	const struct end_row *row = *state;
	struct slot s;
	int at;

	put_in(&s);
	add_login(&s, TEST_CARD_PIN);
	assert_int_equal(apdus(&s), 0);
	if (row->at != 0)
		fault(&s, row->at, row->sw);
	assert_int_equal(take_login(&s, &at), row->want);
	assert_int_equal(at, row->ended);
	assert_int_equal(apdus(&s), row->apdus);
	assert_int_equal(scripts(&s), 1);
	take_out(&s);
}

/* --- what goes wrong on the way --- */

static const struct fail_row {
	const char	*name;
	enum err	 err;
	int		 after;
} fails[] = {
	{ "card gone, before", ERR_NO_CARD, 0 },
	{ "card gone, after", ERR_NO_CARD, 1 },
	{ "torn", ERR_TORN, 1 },
	{ "mute", ERR_CARD_MUTE, 1 },
	{ "reader gone", ERR_NO_READER, 0 },
	{ "reader hung", ERR_READER_HUNG, 1 },
};

/* Nothing is selected, and nothing of the plan leaves any more. */
static void
fail_row(void **state)
{
	const struct fail_row *row = *state;
	struct slot s;
	uint16_t sw;
	int at;

	for (unsigned n = 1; n <= LOGIN_STEPS; n++) {
		put_in(&s);
		fake_tp_conf(s.t.tp)->fail_at = s.apdus + n;
		fake_tp_conf(s.t.tp)->fail_err = row->err;
		fake_tp_conf(s.t.tp)->fail_after = row->after;
		add_login(&s, TEST_CARD_PIN);
		assert_int_equal(take_login(&s, &at), row->err);
		assert_int_equal(s.card.guard.app, GUARD_NO_APP);
		for (int i = 0; i < LOGIN_STEPS; i++)
			assert_int_equal(plan_next(&s.p, NULL, &sw),
			    row->err);
		assert_int_equal(apdus(&s), n - 1 + (unsigned)row->after);
		assert_int_equal(scripts(&s), 1);
		assert_null(memmem(s.p.tx.data, s.p.tx.room, TEST_CARD_PIN,
		    PIN_LEN));
		take_out(&s);
	}
}

/* --- the guard --- */

static const struct {
	uint8_t	tx[7];
	size_t	len;
} refused[] = {
	{ { 0x00, 0xa4, 0x02, 0x0c, 0x02, 0x00, 0x01 }, 7 },
	{ { 0x00, 0xa4, 0x02, 0x0c, 0x02, 0x00, 0x1b }, 7 },
	{ { 0x00, 0x24, 0x01, 0x80 }, 4 },
	{ { 0xff, 0xca, 0x00, 0x00, 0x00 }, 5 },
	/* Of another application than is selected then. */
	{ { 0x00, 0xa4, 0x02, 0x0c, 0x02, 0x00, 0x02 }, 7 },
	/* GET RESPONSE where no 61xx was answered. */
	{ { 0x00, 0xc0, 0x00, 0x00, 0x00 }, 5 },
};

/* One that is forbidden keeps back those before it. */
static void
forbidden_anywhere(void **state)
{
	struct slot s;
	uint16_t sw;

	(void)state;
	for (size_t i = 0; i < LEN(refused); i++) {
		put_in(&s);
		add_verify(&s, TEST_CARD_PIN);
		plan_add(&s.p, refused[i].tx, refused[i].len, APDU_MS);
		assert_int_equal(plan_next(&s.p, NULL, &sw), ERR_FORBIDDEN);
		assert_int_equal(plan_next(&s.p, NULL, &sw), ERR_FORBIDDEN);
		assert_int_equal(apdus(&s), 0);
		take_out(&s);
	}
}

/* Allowed only by a SELECT of the same plan; which then is not answered. */
static void
guard_follows_the_answers(void **state)
{
	static const uint8_t select[] = { 0x00, 0xa4, 0x02, 0x0c, 0x02, 0x00,
	    0x0a }, read[] = { 0x00, 0xb0, 0x00, 0x00, 0x00 };
	struct blob rsp = { 0 };
	struct slot s;
	uint16_t sw;

	(void)state;
	put_in(&s);
	plan_add(&s.p, select, sizeof(select), APDU_MS);
	plan_add(&s.p, read, sizeof(read), APDU_MS);
	fault(&s, 1, 0x6a82);
	assert_int_equal(plan_next(&s.p, &rsp, &sw), ERR_OK);
	assert_int_equal(sw, 0x6a82);
	assert_int_equal(s.card.guard.ef, 0);
	assert_int_equal(plan_next(&s.p, &rsp, &sw), ERR_FORBIDDEN);
	assert_int_equal(apdus(&s), 1);
	blob_free(&rsp);
	take_out(&s);
}

/* Sent ahead is selected, whether it is taken or not. */
static void
guard_is_where_the_card_is(void **state)
{
	struct slot s;
	int tries;

	(void)state;
	put_in(&s);
	add_login(&s, TEST_CARD_PIN);
	assert_int_equal(pin_take_verify(&s.p, PIN_AUTH, &tries), ERR_OK);
	assert_int_equal(s.card.guard.app, GUARD_TEXT);
	assert_int_equal(s.card.guard.ef, 0x11);
	take_out(&s);
}

/* --- its bounds --- */

static void
too_many(void **state)
{
	static const uint8_t read[] = { 0x00, 0xb0, 0x00, 0x00, 0x00 };
	struct slot s;
	uint16_t sw;

	(void)state;
	put_in(&s);
	plan_select_ef(&s.p, 0x000a);
	for (int i = 1; i < PLAN_STEPS; i++)
		plan_add(&s.p, read, sizeof(read), APDU_MS);
	assert_int_equal(plan_next(&s.p, NULL, &sw), ERR_OK);
	assert_int_equal(apdus(&s), PLAN_STEPS);
	plan_wipe(&s.p);
	plan_init(&s.p, &s.card);
	for (int i = 0; i <= PLAN_STEPS; i++)
		plan_add(&s.p, read, sizeof(read), APDU_MS);
	assert_int_equal(plan_next(&s.p, NULL, &sw), ERR_TOOBIG);
	assert_int_equal(apdus(&s), PLAN_STEPS);
	take_out(&s);
}

static void
past_the_last(void **state)
{
	struct slot s;
	uint16_t sw;
	int tries;

	(void)state;
	put_in(&s);
	assert_int_equal(plan_next(&s.p, NULL, &sw), ERR_SEQUENCE);
	pin_add_tries(&s.p, PIN_AUTH);
	assert_int_equal(pin_take_tries(&s.p, PIN_AUTH, &tries), ERR_OK);
	assert_int_equal(plan_next(&s.p, NULL, &sw), ERR_SEQUENCE);
	plan_wipe(&s.p);
	assert_int_equal(plan_next(&s.p, NULL, &sw), ERR_SEQUENCE);
	assert_int_equal(apdus(&s), 2);
	take_out(&s);
}

static void
untaken(void **state)
{
	struct tp_stats all, left;
	struct slot s;
	int tries, at;

	(void)state;
	put_in(&s);
	add_login(&s, TEST_CARD_PIN);
	assert_int_equal(plan_untaken(&s.p).apdus, 0);
	assert_int_equal(pin_take_verify(&s.p, PIN_AUTH, &tries), ERR_OK);
	left = plan_untaken(&s.p);
	assert_int_equal(left.apdus, LOGIN_STEPS - 2);
	/* SELECT, SIGN, SELECT, SELECT, tries. */
	assert_int_equal(left.bytes_up, 7 + 57 + 15 + 7 + 4);
	assert_int_equal(left.bytes_down, 2 + 258 + 2 + 2 + 2);
	plan_wipe(&s.p);
	take_out(&s);
	put_in(&s);
	add_login(&s, TEST_CARD_PIN);
	assert_int_equal(take_login(&s, &at), ERR_OK);
	all = plan_untaken(&s.p);
	assert_int_equal(all.apdus + all.bytes_up + all.bytes_down, 0);
	take_out(&s);
}

/* The digits stand in it until they are sent, and no longer. */
static void
digits_are_not_kept(void **state)
{
	struct slot s;
	int tries;

	(void)state;
	put_in(&s);
	add_login(&s, TEST_CARD_PIN);
	assert_non_null(memmem(s.p.tx.data, s.p.tx.len, TEST_CARD_PIN,
	    PIN_LEN));
	assert_int_equal(pin_take_verify(&s.p, PIN_AUTH, &tries), ERR_OK);
	assert_null(memmem(s.p.tx.data, s.p.tx.room, TEST_CARD_PIN,
	    PIN_LEN));
	take_out(&s);
}

/* --- the first command after a power-up --- */

static const struct first_row {
	const char	*name;
	int		 times;		/* 6F00 */
	enum err	 want;
	unsigned	 apdus, scripts;
} firsts[] = {
	{ "first: as it should be", 0, ERR_OK, 3, 1 },
	{ "first: 6F00 once", 1, ERR_OK, 4, 2 },
	{ "first: 6F00 twice", 2, ERR_CARD_MUTE, 2, 2 },
};

static void
first_row(void **state)
{
	static const struct card_opts opts = { 0, 0 };
	const struct first_row *row = *state;
	struct slot s = { .apdus = 0 };
	int tries = 99;
	enum err r;

	test_card_open(&s.t);
	assert_int_equal(tp_begin(s.t.tp), ERR_OK);
	for (int i = 0; i < row->times; i++)
		s.t.card->fault[i] = (struct fake_fault){ FAKE_FAULT_SW,
		    (unsigned)i + 1, 0x6f00 };
	card_init(&s.card, s.t.tp, &opts);
	plan_init(&s.p, &s.card);
	card_add_open(&s.p);
	pin_add_tries(&s.p, PIN_AUTH);
	if ((r = card_take_open(&s.p)) == ERR_OK)
		r = pin_take_tries(&s.p, PIN_AUTH, &tries);
	assert_int_equal(r, row->want);
	assert_int_equal(tries, row->want == ERR_OK ? 3 : 99);
	assert_int_equal(apdus(&s), row->apdus);
	assert_int_equal(scripts(&s), row->scripts);
	take_out(&s);
}

/* --- 61xx amid a plan: fetched, and the rest in one more --- */

static void
fetched_amid(void **state)
{
	struct slot s;
	int at;

	(void)state;
	put_in(&s);
	s.t.card->conf.get_response = 1;
	add_login(&s, TEST_CARD_PIN);
	assert_int_equal(take_login(&s, &at), ERR_OK);
	assert_int_equal(at, 4);
	assert_int_equal(apdus(&s), LOGIN_STEPS + 1);
	assert_int_equal(scripts(&s), 2);
	take_out(&s);
}

/* --- digits that are entered at the far side --- */

static const struct entry_row {
	const char	*name, *entry;
	enum err	 enter, want;
	int		 ended;
	unsigned	 fills, verifies;
} entries[] = {
	{ "entered: right", "1234", ERR_OK, ERR_OK, 4, 1, 1 },
	{ "entered: wrong", "0000", ERR_OK, ERR_PIN_WRONG, 0, 1, 1 },
	{ "entered: too few", "123", ERR_PIN_FORMAT, ERR_SEQUENCE, 0, 0, 0 },
	{ "entered: too many", "12345", ERR_PIN_FORMAT, ERR_SEQUENCE, 0, 0,
	    0 },
	{ "entered: nobody comes", NULL, ERR_TIMEOUT, ERR_SEQUENCE, 0, 0, 0 },
};

static void
entry_row(void **state)
{
	const struct entry_row *row = *state;
	static const uint8_t input[51] = { TEST_CARD_INFO };
	const struct fake_tp_seen *seen;
	struct slot s;
	int at;

	put_in(&s);
	fake_tp_conf(s.t.tp)->entries[0] = row->entry;
	assert_int_equal(pin_enter(&s.card, PIN_AUTH, 2, 30), row->enter);
	seen = fake_tp_seen(s.t.tp);
	assert_int_equal(seen->what, 1);
	assert_int_equal(seen->digits, 4);
	assert_int_equal(seen->tries, 2);
	assert_int_equal(seen->ms, 30);
	assert_int_equal(pin_add_entered(&s.p, PIN_AUTH), ERR_OK);
	assert_int_equal(jpki_add_sign(&s.p, input, sizeof(input)), ERR_OK);
	attributes_add_select(&s.p);
	pin_add_tries(&s.p, PIN_TEXT);
	assert_int_equal(take_login(&s, &at), row->want);
	assert_int_equal(at, row->ended);
	assert_int_equal(seen->fills, row->fills);
	assert_int_equal(seen->digits_near, 0);
	assert_int_equal(s.t.card->stats.verify[FAKE_AUTH_PIN],
	    row->verifies);
	take_out(&s);
}

/* The numbers printed on the card are not asked for there. */
static void
only_pins_are_entered(void **state)
{
	struct slot s;

	(void)state;
	put_in(&s);
	assert_int_equal(pin_enter(&s.card, PIN_SURFACE_B, 10, 30),
	    ERR_FORBIDDEN);
	assert_int_equal(pin_enter(&s.card, PIN_TEXT_B, 10, 30),
	    ERR_FORBIDDEN);
	assert_int_equal(pin_add_entered(&s.p, PIN_TEXT_B), ERR_FORBIDDEN);
	assert_int_equal(s.p.n, 0);
	assert_int_equal(fake_tp_seen(s.t.tp)->enters, 0);
	take_out(&s);
}

static void
card_gone_while_asked(void **state)
{
	struct slot s;

	(void)state;
	put_in(&s);
	fake_tp_conf(s.t.tp)->enter_err = ERR_NO_CARD;
	assert_int_equal(pin_enter(&s.card, PIN_AUTH, 3, 30), ERR_NO_CARD);
	assert_int_equal(s.card.guard.app, GUARD_NO_APP);
	fake_tp_conf(s.t.tp)->enter_err = ERR_CANCELLED;
	take_out(&s);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(forbidden_anywhere),
	cmocka_unit_test(guard_follows_the_answers),
	cmocka_unit_test(guard_is_where_the_card_is),
	cmocka_unit_test(too_many),
	cmocka_unit_test(past_the_last),
	cmocka_unit_test(untaken),
	cmocka_unit_test(digits_are_not_kept),
	cmocka_unit_test(fetched_amid),
	cmocka_unit_test(only_pins_are_entered),
	cmocka_unit_test(card_gone_while_asked),
};

#define ADD(rows, f)							\
	for (size_t i = 0; i < LEN(rows); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,	\
		    .test_func = f,					\
		    .initial_state = (void *)(uintptr_t)&rows[i] }

int
main(void)
{
	struct CMUnitTest tests[LEN(ends) + LEN(fails) + LEN(firsts) +
	    LEN(entries) + LEN(singles)];
	size_t n = 0;

	ADD(ends, end_row);
	ADD(fails, fail_row);
	ADD(firsts, first_row);
	ADD(entries, entry_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
