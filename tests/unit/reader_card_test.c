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
#include "reader/iso7816.h"
#include "reader/jpki.h"
#include "reader/pin.h"
#include "tests/lib/fake_tp.h"
#include "tests/lib/test_card.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- ATRs: only whether extended lengths are declared --- */

static const struct atr_row {
	const char	*name;
	int		 want;
	size_t		 len;
	uint8_t		 atr[40];
} atrs[] = {
	/* card-and-readers.md 1.1, in its order */
	{ "contact, no historical bytes", 0, 9, { 0x3b, 0xe0, 0x00, 0xff,
	    0x81, 0x31, 0xfe, 0x45, 0x14 } },
	{ "contact, declares it", 1, 19, { 0x3b, 0xda, 0x13, 0xff, 0x81,
	    0x31, 0xfb, 0x46, 0x80, 0x12, 0x39, 0x2f, 0x31, 0xc1, 0x73, 0xc6,
	    0x01, 0xc0, 0x3b } },
	{ "contact, declares short", 0, 13, { 0x3b, 0xc5, 0xff, 0x81, 0x31,
	    0xfb, 0x45, 0x80, 0x73, 0xc6, 0x01, 0x00, 0x00 } },
	{ "contact, category 42", 0, 17, { 0x3b, 0xf5, 0x91, 0x00, 0xff,
	    0x91, 0x81, 0x71, 0xfe, 0x40, 0x00, 0x42, 0x00, 0x01, 0x00, 0xd1,
	    0xd6 } },
	{ "contact, category 42, other", 0, 17, { 0x3b, 0xf5, 0x91, 0x00,
	    0xff, 0x91, 0x81, 0x71, 0xfe, 0x40, 0x00, 0x42, 0x00, 0x01, 0xb3,
	    0xa1, 0x15 } },
	{ "radio, 05E0", 0, 13, { 0x3b, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05,
	    0xe0, 0xb3, 0x81, 0xa1, 0x00, 0x7f } },
	{ "radio, 41E0", 0, 13, { 0x3b, 0x88, 0x80, 0x01, 0x00, 0x00, 0x41,
	    0xe0, 0xb3, 0x81, 0xa1, 0x00, 0x3b } },
	{ "radio, 4B51 FF00", 0, 13, { 0x3b, 0x88, 0x80, 0x01, 0x00, 0x4b,
	    0x51, 0xff, 0x00, 0x81, 0xd1, 0x00, 0xbc } },
	{ "radio, 4B51 FFB3", 0, 13, { 0x3b, 0x88, 0x80, 0x01, 0x00, 0x4b,
	    0x51, 0xff, 0xb3, 0x81, 0xd1, 0x00, 0x0f } },
	/* made up */
	{ "T=0, declares it", 1, 7, { 0x3b, 0x05, 0x80, 0x73, 0x00, 0x00,
	    0x40 } },
	{ "declares it, other bits unset", 1, 9, { 0x3b, 0x07, 0x80, 0x11,
	    0x00, 0x73, 0x00, 0x00, 0x40 } },
	{ "all bits but that", 0, 7, { 0x3b, 0x05, 0x80, 0x73, 0xff, 0xff,
	    0xbf } },
	{ "longer capabilities", 1, 8, { 0x3b, 0x06, 0x80, 0x74, 0x00, 0x00,
	    0x40, 0x00 } },
	{ "capabilities of two bytes", 0, 6, { 0x3b, 0x04, 0x80, 0x72, 0x00,
	    0x40 } },
	{ "capabilities past the end", 0, 6, { 0x3b, 0x04, 0x80, 0x73, 0x00,
	    0x00 } },
	{ "category 00", 0, 7, { 0x3b, 0x05, 0x00, 0x73, 0x00, 0x00, 0x40 } },
	{ "another object", 0, 7, { 0x3b, 0x05, 0x80, 0x63, 0x00, 0x00,
	    0x40 } },
	{ "beyond the historical bytes", 0, 8, { 0x3b, 0x01, 0x80, 0x73,
	    0x00, 0x00, 0x40, 0x00 } },
	{ "nothing", 0, 0, { 0 } },
	{ "one byte", 0, 1, { 0x3b } },
	{ "no historical bytes", 0, 2, { 0x3b, 0x00 } },
	{ "historical bytes missing", 0, 2, { 0x3b, 0x0f } },
	{ "historical bytes cut short", 0, 6, { 0x3b, 0x05, 0x80, 0x73, 0x00,
	    0x00 } },
	{ "interface bytes missing", 0, 2, { 0x3b, 0xf5 } },
	{ "TD missing", 0, 4, { 0x3b, 0xf5, 0x11, 0x00 } },
	{ "TD for ever", 0, 33, { 0x3b, 0x85, 0x80, 0x80, 0x80, 0x80, 0x80,
	    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
	    0x80, 0x80, 0x80, 0x80 } },
	{ "objects for ever", 0, 17, { 0x3b, 0x0f, 0x80, 0x10, 0x10, 0x10,
	    0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	    0x10 } },
};

static void
atr_row(void **state)
{
	const struct atr_row *row = *state;
	uint8_t *copy = malloc(row->len + 1);

	assert_non_null(copy);
	memcpy(copy, row->atr, row->len);
	assert_int_equal(card_atr_extended(copy, row->len), row->want);
	free(copy);
}

/* No beginning of a good one is read past its end. */
static void
atr_prefixes(void **state)
{
	const struct atr_row *good = &atrs[1];

	(void)state;
	assert_int_equal(good->want, 1);
	for (size_t n = 0; n + 1 < good->len; n++) {
		struct atr_row part = *good, *p = &part;

		part.len = n;
		part.want = 0;
		atr_row((void **)&p);
	}
}

/* --- opening --- */

static const struct open_row {
	const char	*name;
	unsigned	 apps;		/* that the card has, as bits */
	uint16_t	 first, second;	/* answers instead, 0: the card's own */
	int		 first_6f00;
	enum err	 link;		/* instead of the first answer */
	enum err	 want;
	unsigned	 apdus;
} opens[] = {
	{ "at once", ~0u, 0, 0, 0, ERR_OK, ERR_OK, 1 },
	{ "6F00 first", ~0u, 0, 0, 1, ERR_OK, ERR_OK, 2 },
	{ "6F00 twice", ~0u, 0x6f00, 0x6f00, 0, ERR_OK, ERR_CARD_MUTE, 2 },
	{ "no JPKI", ~(1u << FAKE_JPKI), 0, 0, 0, ERR_OK, ERR_NOT_JPKI, 1 },
	{ "no JPKI, 6F00 first", ~(1u << FAKE_JPKI), 0, 0, 1, ERR_OK,
	    ERR_NOT_JPKI, 2 },
	{ "6A82", ~0u, 0x6a82, 0, 0, ERR_OK, ERR_NOT_JPKI, 1 },
	{ "6A86", ~0u, 0x6a86, 0, 0, ERR_OK, ERR_NOT_JPKI, 1 },
	{ "6700", ~0u, 0x6700, 0, 0, ERR_OK, ERR_NOT_JPKI, 1 },
	{ "6D00", ~0u, 0x6d00, 0, 0, ERR_OK, ERR_NOT_JPKI, 1 },
	{ "6E00", ~0u, 0x6e00, 0, 0, ERR_OK, ERR_NOT_JPKI, 1 },
	{ "6982", ~0u, 0x6982, 0, 0, ERR_OK, ERR_NOT_JPKI, 1 },
	{ "6283", ~0u, 0x6283, 0, 0, ERR_OK, ERR_NOT_JPKI, 1 },
	{ "6C00 is not repeated", ~0u, 0x6c00, 0, 0, ERR_OK, ERR_NOT_JPKI,
	    1 },
	{ "6F00, then 6A82", ~0u, 0x6f00, 0x6a82, 0, ERR_OK, ERR_NOT_JPKI,
	    2 },
	{ "card gone", ~0u, 0, 0, 0, ERR_NO_CARD, ERR_NO_CARD, 0 },
	{ "card mute: not sent again", ~0u, 0, 0, 0, ERR_CARD_MUTE,
	    ERR_CARD_MUTE, 0 },
	{ "card reset: not sent again", ~0u, 0, 0, 0, ERR_CARD_RESET,
	    ERR_CARD_RESET, 0 },
	{ "reader gone", ~0u, 0, 0, 0, ERR_NO_READER, ERR_NO_READER, 0 },
};

static void
open_row(void **state)
{
	static const struct card_opts opts = { 0, 0 };
	const struct open_row *row = *state;
	struct test_card t;
	struct card card;

	test_card_open(&t);
	t.card->apps &= row->apps;
	t.card->conf.first_6f00 = row->first_6f00;
	if (row->first != 0)
		t.card->fault[0] = (struct fake_fault){ FAKE_FAULT_SW, 1,
		    row->first };
	if (row->second != 0)
		t.card->fault[1] = (struct fake_fault){ FAKE_FAULT_SW, 2,
		    row->second };
	fake_tp_conf(t.tp)->fail_at = row->link == ERR_OK ? 0 : 1;
	fake_tp_conf(t.tp)->fail_err = row->link;
	assert_int_equal(tp_begin(t.tp), ERR_OK);
	assert_int_equal(card_open(&card, t.tp, &opts), row->want);
	assert_int_equal(t.card->stats.apdus, row->apdus);
	assert_int_equal(card.guard.app, row->want == ERR_OK ? GUARD_JPKI :
	    GUARD_NO_APP);
	if (row->want == ERR_OK)
		assert_string_equal(card.profile->name, "plastic");
	else
		assert_int_equal(select_ef(&card, 0x000a), ERR_FORBIDDEN);
	test_card_close(&t);
}

static void
not_begun(void **state)
{
	static const struct card_opts opts = { 0, 0 };
	struct test_card t;
	struct card card;

	(void)state;
	test_card_open(&t);
	assert_int_equal(card_open(&card, t.tp, &opts), ERR_SEQUENCE);
	assert_int_equal(t.card->stats.apdus, 0);
	test_card_close(&t);
}

/* --- a whole login, counted --- */

static const struct login_row {
	const char	*name;
	int		 short_ids, extended, get_response;
	unsigned	 apdus;
} logins[] = {
	/* card-and-readers.md 2.4, the minimum */
	{ "login: 15 commands", 0, 0, 0, 15 },
	{ "login: 12 with short ids", 1, 0, 0, 12 },
	{ "login: 9 with extended reads", 0, 1, 0, 9 },
	{ "login: 6 with both", 1, 1, 0, 6 },
	{ "login: one more for 61xx", 0, 0, 1, 16 },
};

static const uint8_t input[51] = { TEST_CARD_INFO };

static enum err
sign_in(struct card *card, struct blob *cert, struct blob *signature)
{
	struct secret pin = { { 0 }, 0 };
	int tries;
	enum err r;

	assert_int_equal(secret_set(&pin, TEST_CARD_PIN, PIN_LEN), ERR_OK);
	if ((r = jpki_certificate(card, cert)) == ERR_OK &&
	    (r = pin_tries(card, PIN_AUTH, &tries)) == ERR_OK &&
	    (r = pin_verify(card, PIN_AUTH, &pin, &tries)) == ERR_OK)
		r = jpki_sign(card, input, sizeof(input), signature);
	secret_wipe(&pin);
	return (r);
}

static void
login_row(void **state)
{
	const struct login_row *row = *state;
	const struct card_opts opts = { row->short_ids, row->extended };
	struct blob cert = { 0 }, signature = { 0 };
	struct test_card t;
	struct card card;

	test_card_open(&t);
	if (row->extended)
		test_card_extend(&t);
	t.card->conf.first_6f00 = 1;
	t.card->conf.short_ids = row->short_ids;
	t.card->conf.get_response = row->get_response;
	assert_int_equal(tp_begin(t.tp), ERR_OK);
	assert_int_equal(card_open(&card, t.tp, &opts), ERR_OK);
	assert_int_equal(sign_in(&card, &cert, &signature), ERR_OK);
	assert_int_equal(t.card->stats.apdus, row->apdus);
	assert_int_equal(t.card->stats.verify[FAKE_AUTH_PIN], 1);
	assert_int_equal(t.card->stats.sign, 1);
	assert_int_equal(t.card->stats.forbidden, 0);
	assert_int_equal(cert.len, TEST_CARD_CERT);
	assert_int_equal(signature.len, 256);
	blob_free(&cert);
	blob_free(&signature);
	test_card_close(&t);
}

/* --- a phone --- */

static void
phone(void **state)
{
	const struct card_opts opts = { *(const int *)*state, 0 };
	struct secret pin = { { 0 }, 0 };
	struct blob cert = { 0 };
	struct test_card t;
	struct card card;
	int tries;

	test_card_open(&t);
	t.card->conf.cert_needs_pin = 1;
	t.card->conf.short_ids = 1;
	t.card->apps = 1u << FAKE_JPKI;
	assert_int_equal(tp_begin(t.tp), ERR_OK);
	assert_int_equal(card_open(&card, t.tp, &opts), ERR_OK);
	assert_int_equal(jpki_certificate(&card, &cert), ERR_NEEDS_PIN);
	assert_int_equal(cert.len, 0);
	card_is(&card, CARD_PHONE);
	assert_string_equal(card.profile->name, "phone");
	assert_true(card.profile->cert_needs_pin);
	assert_false(card.profile->has_text);
	assert_int_equal(secret_set(&pin, TEST_CARD_PIN, PIN_LEN), ERR_OK);
	assert_int_equal(pin_verify(&card, PIN_AUTH, &pin, &tries), ERR_OK);
	assert_int_equal(jpki_certificate(&card, &cert), ERR_OK);
	assert_int_equal(cert.len, TEST_CARD_CERT);
	assert_int_equal(attributes_select(&card), ERR_NO_FILE);
	assert_int_equal(card.guard.app, GUARD_NO_APP);
	blob_free(&cert);
	test_card_close(&t);
}

/* What was verified in one application stays verified in the other. */
static void
both_applications(void **state)
{
	static const struct card_opts opts = { 0, 0 };
	struct blob cert = { 0 }, signature = { 0 };
	struct test_card t;
	struct card card;

	(void)state;
	test_card_open(&t);
	assert_int_equal(tp_begin(t.tp), ERR_OK);
	assert_int_equal(card_open(&card, t.tp, &opts), ERR_OK);
	assert_int_equal(sign_in(&card, &cert, &signature), ERR_OK);
	assert_int_equal(attributes_select(&card), ERR_OK);
	assert_int_equal(jpki_certificate(&card, &cert), ERR_FORBIDDEN);
	assert_int_equal(cert.len, 0);
	assert_int_equal(select_app(&card, GUARD_JPKI), ERR_OK);
	assert_int_equal(jpki_sign(&card, input, sizeof(input), &signature),
	    ERR_OK);
	assert_int_equal(t.card->stats.sign, 2);
	blob_free(&cert);
	blob_free(&signature);
	test_card_close(&t);
}

static const int no_yes[] = { 0, 1 };

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(atr_prefixes),
	cmocka_unit_test(not_begun),
	cmocka_unit_test(both_applications),
	{ "phone", phone, NULL, NULL, (void *)(uintptr_t)&no_yes[0] },
	{ "phone, short ids", phone, NULL, NULL,
	    (void *)(uintptr_t)&no_yes[1] },
};

int
main(void)
{
	struct CMUnitTest tests[LEN(atrs) + LEN(opens) + LEN(logins) +
	    LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(atrs); i++)
		tests[n++] = (struct CMUnitTest){ .name = atrs[i].name,
		    .test_func = atr_row,
		    .initial_state = (void *)(uintptr_t)&atrs[i] };
	for (size_t i = 0; i < LEN(opens); i++)
		tests[n++] = (struct CMUnitTest){ .name = opens[i].name,
		    .test_func = open_row,
		    .initial_state = (void *)(uintptr_t)&opens[i] };
	for (size_t i = 0; i < LEN(logins); i++)
		tests[n++] = (struct CMUnitTest){ .name = logins[i].name,
		    .test_func = login_row,
		    .initial_state = (void *)(uintptr_t)&logins[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
