#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>

#include "crypto/ticket.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct ticket sound = { .institution = "1319999999",
    .device = { 1, 2, 3 }, .issued = 1795132800, .until = 1795219200 };

static EVP_PKEY *signer, *other;

static void
public_of(EVP_PKEY *key, uint8_t out[ED25519_KEY])
{
	size_t n = ED25519_KEY;

	assert_int_equal(EVP_PKEY_get_raw_public_key(key, out, &n), 1);
}

static void
comes_back_as_it_was_made(void **state)
{
	uint8_t data[TICKET_LEN], key[ED25519_KEY];
	struct ticket t = sound, back;

	(void)state;
	public_of(signer, key);
	assert_int_equal(ticket_make(&t, signer, data), ERR_OK);
	assert_int_equal(ticket_check(data, sizeof(data), key, &back), ERR_OK);
	assert_memory_equal(back.id, t.id, TICKET_ID);
	assert_string_equal(back.institution, sound.institution);
	assert_memory_equal(back.device, sound.device, TICKET_PRINT);
	assert_int_equal(back.issued, sound.issued);
	assert_int_equal(back.until, sound.until);
	assert_int_equal(ticket_read(data, sizeof(data), &back), ERR_OK);
}

/* hw-docs/protocols/link.md, byte for byte. */
static void
is_laid_out_as_documented(void **state)
{
	static const uint8_t times[] = { 0, 0, 0, 0, 0x6a, 0xff, 0x8d, 0x80,
	    0, 0, 0, 0, 0x6b, 0x00, 0xdf, 0x00 };
	uint8_t data[TICKET_LEN];
	struct ticket t = sound;

	(void)state;
	assert_int_equal(ticket_make(&t, signer, data), ERR_OK);
	assert_memory_equal(data, "SKT1", 4);
	assert_memory_equal(data + 4, t.id, TICKET_ID);
	assert_memory_equal(data + 20, "1319999999", 10);
	assert_memory_equal(data + 30, sound.device, 32);
	assert_memory_equal(data + 62, times, sizeof(times));
}

static void
two_are_never_the_same(void **state)
{
	uint8_t a[TICKET_LEN], b[TICKET_LEN];
	struct ticket t = sound;

	(void)state;
	assert_int_equal(ticket_make(&t, signer, a), ERR_OK);
	assert_int_equal(ticket_make(&t, signer, b), ERR_OK);
	assert_memory_not_equal(a + 4, b + 4, TICKET_ID);
}

/* Each bit of it counts, and one too few or too many bytes. */
static void
every_altered_byte_is_refused(void **state)
{
	uint8_t data[TICKET_LEN + 1] = { 0 }, key[ED25519_KEY];
	struct ticket t = sound, back;

	(void)state;
	public_of(signer, key);
	assert_int_equal(ticket_make(&t, signer, data), ERR_OK);
	for (size_t i = 0; i < TICKET_LEN; i++) {
		data[i] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(ticket_check(data, TICKET_LEN, key, &back),
		    ERR_TICKET_ALTERED);
		assert_string_equal(back.institution, "");
		data[i] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t n = 0; n <= TICKET_LEN + 1; n++)
		assert_int_equal(ticket_check(data, n, key, &back),
		    n == TICKET_LEN ? ERR_OK : ERR_TICKET_ALTERED);
}

static void
another_key_is_refused(void **state)
{
	uint8_t data[TICKET_LEN], key[ED25519_KEY];
	struct ticket t = sound, back;

	(void)state;
	public_of(other, key);
	assert_int_equal(ticket_make(&t, signer, data), ERR_OK);
	assert_int_equal(ticket_check(data, sizeof(data), key, &back),
	    ERR_TICKET_ALTERED);
}

static const struct row {
	const char	*name;
	struct ticket	 t;
} refused[] = {
	{ "no institution", { .issued = 1, .until = 2 } },
	{ "nine digits", { .institution = "131999999", .issued = 1,
	    .until = 2 } },
	{ "a letter", { .institution = "131999999x", .issued = 1,
	    .until = 2 } },
	{ "ends before it begins", { .institution = "1319999999",
	    .issued = 2, .until = 1 } },
	{ "good for no time", { .institution = "1319999999", .issued = 2,
	    .until = 2 } },
	{ "before 1970", { .institution = "1319999999", .issued = -1,
	    .until = 2 } },
};

static void
what_is_no_ticket_is_not_made(void **state)
{
	static const uint8_t none[TICKET_LEN];
	const struct row *row = *state;
	uint8_t data[TICKET_LEN];
	struct ticket t = row->t;

	assert_int_equal(ticket_make(&t, signer, data), ERR_LAYOUT);
	assert_memory_equal(data, none, sizeof(none));
}

static void
a_key_of_another_kind_does_not_sign(void **state)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	uint8_t data[TICKET_LEN];
	struct ticket t = sound;

	(void)state;
	assert_non_null(ec);
	assert_int_equal(ticket_make(&t, ec, data), ERR_LIB);
	EVP_PKEY_free(ec);
}

int
main(void)
{
	struct CMUnitTest tests[6 + LEN(refused)] = {
		cmocka_unit_test(comes_back_as_it_was_made),
		cmocka_unit_test(is_laid_out_as_documented),
		cmocka_unit_test(two_are_never_the_same),
		cmocka_unit_test(every_altered_byte_is_refused),
		cmocka_unit_test(another_key_is_refused),
		cmocka_unit_test(a_key_of_another_kind_does_not_sign),
	};
	int failed;

	for (size_t i = 0; i < LEN(refused); i++) {
		struct row *row;

		memcpy(&row, &(const struct row *){ &refused[i] },
		    sizeof(row));
		tests[6 + i] = (struct CMUnitTest){ refused[i].name,
		    what_is_no_ticket_is_not_made, NULL, NULL, row };
	}
	signer = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	failed = cmocka_run_group_tests_name("ticket", tests, NULL, NULL);
	EVP_PKEY_free(signer);
	EVP_PKEY_free(other);
	return (failed);
}
