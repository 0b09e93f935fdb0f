#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/ed25519.h"
#include "crypto/hex.h"
#include "crypto/passcode.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- digits --- */

/* A draw that is not uniform: 256 % 10 would favour 0 to 5 by 4 in 100. */
static void
digits_are_equally_likely(void **state)
{
	enum { DRAWS = 1000000, EACH = DRAWS / 10 };
	char digits[11];
	int seen[10] = { 0 };
	double chi = 0;

	(void)state;
	for (int i = 0; i < DRAWS / 10; i++) {
		assert_int_equal(passcode_draw(digits, 10), ERR_OK);
		assert_int_equal(strspn(digits, "0123456789"), 10);
		assert_int_equal(digits[10], '\0');
		for (int k = 0; k < 10; k++)
			seen[digits[k] - '0']++;
	}
	for (int i = 0; i < 10; i++)
		chi += (double)(seen[i] - EACH) * (seen[i] - EACH) / EACH;
	/* 9 degrees of freedom: above 45 once in a million runs; the bias
	 * above makes 370 or so. */
	assert_true(chi < 45);
}

static void
draw_of_none_is_empty(void **state)
{
	char digits[2] = "x";

	(void)state;
	assert_int_equal(passcode_draw(digits, 0), ERR_OK);
	assert_string_equal(digits, "");
}

static void
draws_differ(void **state)
{
	char a[13], b[13];

	(void)state;
	assert_int_equal(passcode_draw(a, 12), ERR_OK);
	assert_int_equal(passcode_draw(b, 12), ERR_OK);
	assert_string_not_equal(a, b);
}

/* --- hashes --- */

#define DIGITS "40718293"

static struct passcode_hash kept;

static int
keep(void **state)
{
	(void)state;
	return (passcode_hash((const uint8_t *)DIGITS, strlen(DIGITS),
	    &kept) == ERR_OK ? 0 : -1);
}

static const struct entry {
	const char	*name, *digits;
	int		 want;
	int		 salt, hash;	/* bit to turn over, -1 none */
} entries[] = {
	{ "the digits", DIGITS, 1, -1, -1 },
	{ "first digit wrong", "50718293", 0, -1, -1 },
	{ "last digit wrong", "40718294", 0, -1, -1 },
	{ "one missing", "4071829", 0, -1, -1 },
	{ "one more", "407182930", 0, -1, -1 },
	{ "twice", "4071829340718293", 0, -1, -1 },
	{ "none", "", 0, -1, -1 },
	{ "salt: first bit", DIGITS, 0, 0, -1 },
	{ "salt: last bit", DIGITS, 0, 8 * PASSCODE_SALT - 1, -1 },
	{ "hash: first bit", DIGITS, 0, -1, 0 },
	{ "hash: last bit", DIGITS, 0, -1, 8 * PASSCODE_HASH - 1 },
};

static void
entry_row(void **state)
{
	const struct entry *row = *state;
	struct passcode_hash h = kept;
	int same = 7;

	if (row->salt >= 0)
		h.salt[row->salt / 8] ^= (uint8_t)(0x80 >> row->salt % 8);
	if (row->hash >= 0)
		h.hash[row->hash / 8] ^= (uint8_t)(0x80 >> row->hash % 8);
	assert_int_equal(passcode_same((const uint8_t *)row->digits,
	    strlen(row->digits), &h, &same), ERR_OK);
	assert_int_equal(same, row->want);
}

static void
salts_differ(void **state)
{
	struct passcode_hash h;

	(void)state;
	assert_int_equal(passcode_hash((const uint8_t *)DIGITS,
	    strlen(DIGITS), &h), ERR_OK);
	assert_memory_not_equal(h.salt, kept.salt, sizeof(h.salt));
	assert_memory_not_equal(h.hash, kept.hash, sizeof(h.hash));
}

/* Worked out by another implementation (hashlib.scrypt, n=16384 r=8 p=1). */
static void
known_hash(void **state)
{
	struct passcode_hash h;
	int same = 0;

	(void)state;
	assert_true(hex_read("000102030405060708090a0b0c0d0e0f", h.salt,
	    sizeof(h.salt)));
	assert_true(hex_read("53e59f1f9f56c2317d99f7a1e76fd1d4"
	    "3677ccb19c2c125e054f9a81281e0aec", h.hash,
	    sizeof(h.hash)));
	assert_int_equal(passcode_same((const uint8_t *)"123456", 6, &h,
	    &same), ERR_OK);
	assert_int_equal(same, 1);
}

/* --- hex --- */

static const struct hex {
	const char	*name, *text;
	int		 want;
} hexes[] = {
	{ "hex: lower", "00ff7f80", 1 }, { "hex: upper", "00FF7F80", 1 },
	{ "hex: short", "00ff7f8", 0 }, { "hex: shorter", "00ff7f", 0 },
	{ "hex: long", "00ff7f800", 0 }, { "hex: none", "", 0 },
	{ "hex: letter", "00ff7f8g", 0 },
	{ "hex: letter first", "g0ff7f80", 0 },
	{ "hex: blank", "00ff7f 0", 0 }, { "hex: sign", "+0ff7f80", 0 },
	{ "hex: before 0", "/0ff7f80", 0 }, { "hex: after 9", ":0ff7f80", 0 },
	{ "hex: not ASCII", "00ff7f\xc3\xa9", 0 },
};

static void
hex_row(void **state)
{
	static const uint8_t want[] = { 0x00, 0xff, 0x7f, 0x80 };
	const struct hex *row = *state;
	uint8_t got[4] = { 0 };
	char text[9];

	assert_int_equal(hex_read(row->text, got, sizeof(got)), row->want);
	if (!row->want)
		return;
	assert_memory_equal(got, want, sizeof(want));
	hex_write(got, sizeof(got), text);
	assert_string_equal(text, "00ff7f80");
}

/* --- Ed25519 key files --- */

/* RFC 8032 7.1, test 1. */
#define RFC_KEY \
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define GOOD \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n" \
    "-----END PUBLIC KEY-----\n"
#define X25519 \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n" \
    "-----END PUBLIC KEY-----\n"
#define P256 \
    "-----BEGIN PUBLIC KEY-----\n" \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8HjZnr92J2hGPKzWiL3a6JjzFNH+\n" \
    "kXcLY0zMufKOnIBshDxnJHArRB8paa6vcmlKBBVZ6w2F8QnKWpKFAycDlA==\n" \
    "-----END PUBLIC KEY-----\n"
#define PRIVATE \
    "-----BEGIN PRIVATE KEY-----\n" \
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n" \
    "-----END PRIVATE KEY-----\n"

static const struct key {
	const char	*name, *text;
	enum err	 want;
} keys[] = {
	{ "key: PEM", GOOD, ERR_OK },
	{ "key: words before", "kiosk 1\n" GOOD, ERR_OK },
	{ "key: two", GOOD GOOD, ERR_KEY_FILE },
	{ "key: private", PRIVATE, ERR_KEY_FILE },
	{ "key: private after it", GOOD PRIVATE, ERR_KEY_FILE },
	{ "key: private before it", PRIVATE GOOD, ERR_KEY_FILE },
	{ "key: X25519", X25519, ERR_KEY_FILE },
	{ "key: P-256", P256, ERR_KEY_FILE },
	{ "key: empty file", "", ERR_KEY_FILE },
	{ "key: text", "hello\n", ERR_KEY_FILE },
	{ "key: hex alone", RFC_KEY "\n", ERR_KEY_FILE },
	{ "key: cut", "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcH\n"
	    "-----END PUBLIC KEY-----\n", ERR_KEY_FILE },
	{ "key: a byte more", "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURoA\n"
	    "-----END PUBLIC KEY-----\n", ERR_KEY_FILE },
	{ "key: no end", "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n",
	    ERR_KEY_FILE },
	{ "key: another label", "-----BEGIN CERTIFICATE-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
	    "-----END CERTIFICATE-----\n", ERR_KEY_FILE },
	{ "key: DER that is none", "0\x05\x01\x02\x03\x04\x05", ERR_KEY_FILE },
};

static char path[64];

static void
write_key(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static void
key_row(void **state)
{
	static const uint8_t zero[ED25519_KEY];
	const struct key *row = *state;
	uint8_t want[ED25519_KEY], got[ED25519_KEY];
	struct note note = { "" };

	write_key(row->text);
	memset(got, 0xa5, sizeof(got));
	assert_string_equal(err_name(ed25519_read(path, got, &note)),
	    err_name(row->want));
	assert_true(hex_read(RFC_KEY, want, sizeof(want)));
	assert_memory_equal(got, row->want == ERR_OK ? want : zero,
	    sizeof(got));
	assert_string_equal(note.text, row->want == ERR_OK ? "" : path);
	assert_int_equal(remove(path), 0);
}

static void
key_file_too_large(void **state)
{
	char text[5000];
	uint8_t got[ED25519_KEY];

	(void)state;
	memset(text, '\n', sizeof(text));
	memcpy(text, GOOD, strlen(GOOD));
	text[sizeof(text) - 1] = '\0';
	write_key(text);
	assert_int_equal(ed25519_read(path, got, NULL), ERR_KEY_FILE);
	text[4096] = '\0';
	write_key(text);
	assert_int_equal(ed25519_read(path, got, NULL), ERR_OK);
	assert_int_equal(remove(path), 0);
}

static void
key_file_missing(void **state)
{
	struct note note = { "" };
	uint8_t got[ED25519_KEY];

	(void)state;
	assert_int_equal(ed25519_read("/tmp/passcode_test.missing/x", got,
	    &note), ERR_NOT_FOUND);
	assert_non_null(strstr(note.text, "passcode_test.missing"));
	assert_int_equal(ed25519_read("/tmp", got, &note), ERR_NOT_FOUND);
}

static struct CMUnitTest
row_test(const char *name, CMUnitTestFunction f, const void *row)
{
	return ((struct CMUnitTest){ .name = name, .test_func = f,
	    .initial_state = (void *)(uintptr_t)row });
}

int
main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(digits_are_equally_likely),
		cmocka_unit_test(draw_of_none_is_empty),
		cmocka_unit_test(draws_differ),
		cmocka_unit_test(salts_differ),
		cmocka_unit_test(known_hash),
		cmocka_unit_test(key_file_too_large),
		cmocka_unit_test(key_file_missing),
	};
	struct CMUnitTest tests[LEN(plain) + LEN(entries) + LEN(hexes) +
	    LEN(keys)];
	size_t n = 0;

	snprintf(path, sizeof(path), "/tmp/passcode_test.%d.pem",
	    (int)getpid());
	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(entries); i++)
		tests[n++] = row_test(entries[i].name, entry_row, &entries[i]);
	for (size_t i = 0; i < LEN(hexes); i++)
		tests[n++] = row_test(hexes[i].name, hex_row, &hexes[i]);
	for (size_t i = 0; i < LEN(keys); i++)
		tests[n++] = row_test(keys[i].name, key_row, &keys[i]);
	return (cmocka_run_group_tests_name("crypto_passcode", tests, keep,
	    NULL));
}
