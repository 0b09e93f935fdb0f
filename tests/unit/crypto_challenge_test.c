#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "crypto/challenge.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define VISIT	"01J8ZK3T5V-visit-7"
#define MADE	INT64_C(1795132800123)
#define SIG_MAX	512
#define HALF	48	/* one number of P-384 */

/* The way the card, or somebody else, signs. */
enum how { CARD, PAIR, PSS, SHA1_INFO, BARE_HASH };

/* What happens between signing and verifying. */
enum change { NOTHING, SIG_BIT, SIG_LAST_BIT, RANDOM_BIT, TIME_BIT,
    TIME_SIGN, VISIT_BIT, ALG_OTHER, ALG_NONE, CUT, LONGER, EMPTY, ZEROES,
    REUSED, REUSED_AFTER_WRONG, NO_KEY };

static const struct row {
	const char		*name;
	enum challenge_alg	 alg;
	enum test_key		 signer, key;
	enum err		 want;
	enum how		 how;
	enum change		 change;
	const char		*visit;		/* NULL: the same */
	int64_t			 after;		/* ms */
} rows[] = {
#define R	CHALLENGE_RSA_SHA256, TEST_KEY_LEAF, TEST_KEY_LEAF
#define E	CHALLENGE_P384_SHA384, TEST_KEY_P384, TEST_KEY_P384
	{ "RSA", R, ERR_OK, CARD, NOTHING, NULL, 900 },
	{ "RSA in the same millisecond", R, ERR_OK, CARD, NOTHING, NULL, 0 },
	{ "RSA at the end of its life", R, ERR_OK, CARD, NOTHING, NULL,
	    CHALLENGE_LIFE_MS },
	{ "RSA a millisecond late", R, ERR_PROOF, CARD, NOTHING, NULL,
	    CHALLENGE_LIFE_MS + 1 },
	{ "RSA a day late", R, ERR_PROOF, CARD, NOTHING, NULL, 86400000 },
	{ "RSA from the future", R, ERR_PROOF, CARD, NOTHING, NULL, -1 },
	{ "RSA other visit", R, ERR_PROOF, CARD, NOTHING,
	    "01J8ZK3T5V-visit-8", 900 },
	{ "RSA visit cut short", R, ERR_PROOF, CARD, NOTHING,
	    "01J8ZK3T5V-visit-", 900 },
	{ "RSA no visit", R, ERR_PROOF, CARD, NOTHING, "", 900 },
	{ "RSA visit too long", R, ERR_PROOF, CARD, NOTHING,
	    "0123456789012345678901234567890123456789", 900 },
	{ "RSA visit in the challenge", R, ERR_PROOF, CARD, VISIT_BIT, NULL,
	    900 },
	{ "RSA other key", CHALLENGE_RSA_SHA256, TEST_KEY_LEAF,
	    TEST_KEY_OTHER, ERR_PROOF, CARD, NOTHING, NULL, 900 },
	{ "RSA no key", R, ERR_PROOF, CARD, NO_KEY, NULL, 900 },
	{ "RSA key of 3072 bits", CHALLENGE_RSA_SHA256, TEST_KEY_RSA3072,
	    TEST_KEY_RSA3072, ERR_PROOF, CARD, NOTHING, NULL, 900 },
	{ "RSA key of 1024 bits", CHALLENGE_RSA_SHA256, TEST_KEY_RSA1024,
	    TEST_KEY_RSA1024, ERR_PROOF, CARD, NOTHING, NULL, 900 },
	{ "RSA first byte of the signature", R, ERR_PROOF, CARD, SIG_BIT,
	    NULL, 900 },
	{ "RSA last byte of the signature", R, ERR_PROOF, CARD,
	    SIG_LAST_BIT, NULL, 900 },
	{ "RSA random", R, ERR_PROOF, CARD, RANDOM_BIT, NULL, 900 },
	{ "RSA time", R, ERR_PROOF, CARD, TIME_BIT, NULL, 900 },
	{ "RSA time below zero", R, ERR_PROOF, CARD, TIME_SIGN, NULL, 900 },
	{ "RSA reused", R, ERR_PROOF, CARD, REUSED, NULL, 900 },
	{ "RSA right after wrong", R, ERR_PROOF, CARD, REUSED_AFTER_WRONG,
	    NULL, 900 },
	{ "RSA truncated", R, ERR_PROOF, CARD, CUT, NULL, 900 },
	{ "RSA with a byte more", R, ERR_PROOF, CARD, LONGER, NULL, 900 },
	{ "RSA empty", R, ERR_PROOF, CARD, EMPTY, NULL, 900 },
	{ "RSA zeroes", R, ERR_PROOF, CARD, ZEROES, NULL, 900 },
	{ "RSA PSS", R, ERR_PROOF, PSS, NOTHING, NULL, 900 },
	{ "RSA with a SHA-1 DigestInfo", R, ERR_PROOF, SHA1_INFO, NOTHING,
	    NULL, 900 },
	{ "RSA over the bare hash", R, ERR_PROOF, BARE_HASH, NOTHING, NULL,
	    900 },
	{ "RSA called P-384", R, ERR_PROOF, CARD, ALG_OTHER, NULL, 900 },
	{ "no algorithm", R, ERR_PROOF, CARD, ALG_NONE, NULL, 900 },
	{ "P-384 key for RSA", CHALLENGE_RSA_SHA256, TEST_KEY_LEAF,
	    TEST_KEY_P384, ERR_PROOF, CARD, NOTHING, NULL, 900 },

	{ "P-384 as DER", E, ERR_OK, CARD, NOTHING, NULL, 900 },
	{ "P-384 as r||s", E, ERR_OK, PAIR, NOTHING, NULL, 900 },
	{ "P-384 late", E, ERR_PROOF, PAIR, NOTHING, NULL,
	    CHALLENGE_LIFE_MS + 1 },
	{ "P-384 from the future", E, ERR_PROOF, PAIR, NOTHING, NULL, -1 },
	{ "P-384 other visit", E, ERR_PROOF, CARD, NOTHING, "other", 900 },
	{ "P-384 other key", CHALLENGE_P384_SHA384, TEST_KEY_P384,
	    TEST_KEY_P384_OTHER, ERR_PROOF, CARD, NOTHING, NULL, 900 },
	{ "P-256 key", CHALLENGE_P384_SHA384, TEST_KEY_P256, TEST_KEY_P256,
	    ERR_PROOF, CARD, NOTHING, NULL, 900 },
	{ "another curve of 384 bits", CHALLENGE_P384_SHA384,
	    TEST_KEY_BRAINPOOL384, TEST_KEY_BRAINPOOL384, ERR_PROOF, CARD,
	    NOTHING, NULL, 900 },
	{ "RSA key for P-384", CHALLENGE_P384_SHA384, TEST_KEY_P384,
	    TEST_KEY_LEAF, ERR_PROOF, CARD, NOTHING, NULL, 900 },
	{ "P-384 DER last byte", E, ERR_PROOF, CARD, SIG_LAST_BIT, NULL,
	    900 },
	{ "P-384 r", E, ERR_PROOF, PAIR, SIG_BIT, NULL, 900 },
	{ "P-384 s", E, ERR_PROOF, PAIR, SIG_LAST_BIT, NULL, 900 },
	{ "P-384 random", E, ERR_PROOF, PAIR, RANDOM_BIT, NULL, 900 },
	{ "P-384 time", E, ERR_PROOF, PAIR, TIME_BIT, NULL, 900 },
	{ "P-384 reused", E, ERR_PROOF, PAIR, REUSED, NULL, 900 },
	{ "P-384 DER truncated", E, ERR_PROOF, CARD, CUT, NULL, 900 },
	{ "P-384 DER with a byte more", E, ERR_PROOF, CARD, LONGER, NULL,
	    900 },
	{ "P-384 r||s truncated", E, ERR_PROOF, PAIR, CUT, NULL, 900 },
	{ "P-384 r||s with a byte more", E, ERR_PROOF, PAIR, LONGER, NULL,
	    900 },
	{ "P-384 r = s = 0", E, ERR_PROOF, PAIR, ZEROES, NULL, 900 },
	{ "P-384 empty", E, ERR_PROOF, PAIR, EMPTY, NULL, 900 },
	{ "P-384 called RSA", E, ERR_PROOF, CARD, ALG_OTHER, NULL, 900 },
#undef R
#undef E
};

/* What the sign command of the card makes of the input, in its own form. */
static size_t
raw_sign(enum test_key key, const uint8_t *in, size_t len, uint8_t *sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(test_key(key), NULL);
	size_t n = SIG_MAX;

	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, sig, &n, in, len), 1);
	EVP_PKEY_CTX_free(ctx);
	return (n);
}

static size_t
pss_sign(enum test_key key, const uint8_t *hash, uint8_t *sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(test_key(key), NULL);
	size_t n = SIG_MAX;

	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx,
	    RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, sig, &n, hash, 32), 1);
	EVP_PKEY_CTX_free(ctx);
	return (n);
}

static size_t
as_pair(uint8_t *sig, size_t len)
{
	const unsigned char *p = sig;
	ECDSA_SIG *ec = d2i_ECDSA_SIG(NULL, &p, (long)len);
	uint8_t pair[2 * HALF];

	assert_non_null(ec);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(ec), pair, HALF), HALF);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(ec), pair + HALF, HALF),
	    HALF);
	memcpy(sig, pair, sizeof(pair));
	ECDSA_SIG_free(ec);
	return (sizeof(pair));
}

static size_t
sign(const struct row *row, const uint8_t *in, size_t len, uint8_t *sig)
{
	/* RFC 8017 9.2 note 1. */
	uint8_t sha1[35] = { 0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
	    0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14 };

	switch (row->how) {
	case CARD:
		return (raw_sign(row->signer, in, len, sig));
	case PAIR:
		return (as_pair(sig, raw_sign(row->signer, in, len, sig)));
	case PSS:
		return (pss_sign(row->signer, in + len - 32, sig));
	case SHA1_INFO:
		memcpy(sha1 + 15, in + len - 32, 20);
		return (raw_sign(row->signer, sha1, sizeof(sha1), sig));
	case BARE_HASH:
		return (raw_sign(row->signer, in + len - 32, 32, sig));
	}
	fail();
	return (0);
}

static void
tamper(const struct row *row, struct challenge *c, uint8_t *sig, size_t *len)
{
	switch (row->change) {
	case NOTHING: case REUSED: case REUSED_AFTER_WRONG: case NO_KEY:
		break;
	case SIG_BIT:		sig[1] ^= 0x10; break;
	case SIG_LAST_BIT:	sig[*len - 1] ^= 1; break;
	case RANDOM_BIT:	c->random[31] ^= 1; break;
	case TIME_BIT:		c->made ^= 1; break;
	case TIME_SIGN:		c->made = INT64_MIN; break;
	case VISIT_BIT:		c->visit[0] ^= 1; break;
	case ALG_OTHER:
		c->alg = c->alg == CHALLENGE_RSA_SHA256 ?
		    CHALLENGE_P384_SHA384 : CHALLENGE_RSA_SHA256;
		break;
	case ALG_NONE:		c->alg = (enum challenge_alg)7; break;
	case CUT:		(*len)--; break;
	case LONGER:		sig[(*len)++] = 0; break;
	case EMPTY:		*len = 0; break;
	case ZEROES:		memset(sig, 0, *len); break;
	}
}

static void
verify_row(void **state)
{
	const struct row *row = *state;
	const char *visit = row->visit != NULL ? row->visit : VISIT;
	EVP_PKEY *key = row->change == NO_KEY ? NULL : test_key(row->key);
	uint8_t in[CHALLENGE_INPUT_MAX], sig[SIG_MAX] = { 0 };
	struct challenge c;
	size_t len = sizeof(in);

	assert_int_equal(challenge_make(&c, VISIT, row->alg, MADE), ERR_OK);
	assert_int_equal(challenge_input(&c, in, &len), ERR_OK);
	len = sign(row, in, len, sig);
	tamper(row, &c, sig, &len);
	if (row->change == REUSED)
		assert_int_equal(challenge_verify(&c, visit, key, sig, len,
		    MADE + 1), ERR_OK);
	if (row->change == REUSED_AFTER_WRONG)
		assert_int_equal(challenge_verify(&c, visit, key, sig,
		    len - 1, MADE + 1), ERR_PROOF);
	assert_string_equal(err_name(challenge_verify(&c, visit, key, sig,
	    len, MADE + row->after)), err_name(row->want));
	assert_int_equal(c.spent, 1);
	assert_int_equal(challenge_verify(&c, visit, key, sig, len,
	    MADE + row->after), ERR_PROOF);
}

/* The bytes of challenge.h, put together a second time by hand. */
static void
input_is_as_documented(void **state)
{
	static const uint8_t text[] =
	    "shikaku-challenge-1\0" "ab\0"
	    "\x01\x02\x03\x04\x05\x06\x07\x08"
	    "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5"
	    "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5";
	struct challenge c = { .visit = "ab", .made = 0x0102030405060708,
	    .alg = CHALLENGE_RSA_SHA256 };
	uint8_t in[CHALLENGE_INPUT_MAX], hash[SHA384_DIGEST_LENGTH];
	const unsigned char *p = in;
	const X509_ALGOR *alg;
	const ASN1_OCTET_STRING *digest;
	size_t len = sizeof(in);
	X509_SIG *info;

	(void)state;
	memset(c.random, 0xa5, sizeof(c.random));
	assert_int_equal(challenge_input(&c, in, &len), ERR_OK);
	assert_int_equal(len, 51);
	assert_non_null(info = d2i_X509_SIG(NULL, &p, (long)len));
	assert_ptr_equal(p, in + len);
	X509_SIG_get0(info, &alg, &digest);
	assert_int_equal(OBJ_obj2nid(alg->algorithm), NID_sha256);
	assert_int_equal(ASN1_STRING_length(digest), SHA256_DIGEST_LENGTH);
	SHA256(text, sizeof(text) - 1, hash);
	assert_memory_equal(ASN1_STRING_get0_data(digest), hash,
	    SHA256_DIGEST_LENGTH);
	X509_SIG_free(info);

	c.alg = CHALLENGE_P384_SHA384;
	len = sizeof(in);
	assert_int_equal(challenge_input(&c, in, &len), ERR_OK);
	assert_int_equal(len, SHA384_DIGEST_LENGTH);
	SHA384(text, sizeof(text) - 1, hash);
	assert_memory_equal(in, hash, len);
}

static void
input_needs_room(void **state)
{
	struct challenge c;
	uint8_t in[CHALLENGE_INPUT_MAX];
	size_t len = 50;

	(void)state;
	assert_int_equal(challenge_make(&c, VISIT, CHALLENGE_RSA_SHA256,
	    MADE), ERR_OK);
	assert_int_equal(challenge_input(&c, in, &len), ERR_TOOBIG);
	assert_int_equal(len, 0);
	c.spent = 1;
	len = sizeof(in);
	assert_int_equal(challenge_input(&c, in, &len), ERR_SEQUENCE);
	assert_int_equal(len, 0);
}

static void
make_refuses(void **state)
{
	struct challenge c;
	uint8_t in[CHALLENGE_INPUT_MAX];
	size_t len = sizeof(in);

	(void)state;
	assert_int_equal(challenge_make(&c,
	    "012345678901234567890123456789012345678", CHALLENGE_RSA_SHA256,
	    MADE), ERR_OK);
	assert_int_equal(challenge_make(&c,
	    "0123456789012345678901234567890123456789", CHALLENGE_RSA_SHA256,
	    MADE), ERR_TOOBIG);
	assert_int_equal(challenge_input(&c, in, &len), ERR_SEQUENCE);
	assert_int_equal(challenge_make(&c, VISIT, (enum challenge_alg)2,
	    MADE), ERR_LIB);
	assert_int_equal(challenge_make(&c, VISIT, CHALLENGE_RSA_SHA256, -1),
	    ERR_LIB);
}

static void
two_are_never_equal(void **state)
{
	struct challenge a, b;

	(void)state;
	assert_int_equal(challenge_make(&a, VISIT, CHALLENGE_RSA_SHA256,
	    MADE), ERR_OK);
	assert_int_equal(challenge_make(&b, VISIT, CHALLENGE_RSA_SHA256,
	    MADE), ERR_OK);
	assert_memory_not_equal(a.random, b.random, sizeof(a.random));
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(challenge_alg_name(CHALLENGE_RSA_SHA256),
	    "RSA-2048 PKCS#1 v1.5 SHA-256");
	assert_string_equal(challenge_alg_name(CHALLENGE_P384_SHA384),
	    "ECDSA P-384 SHA-384");
	assert_string_equal(challenge_alg_name((enum challenge_alg)2),
	    "unknown");
}

static int
end(void **state)
{
	(void)state;
	test_certs_end();
	return (0);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 5] = {
		cmocka_unit_test(input_is_as_documented),
		cmocka_unit_test(input_needs_room),
		cmocka_unit_test(make_refuses),
		cmocka_unit_test(two_are_never_equal),
		cmocka_unit_test(names),
	};
	size_t n = 5;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = verify_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	return (cmocka_run_group_tests(tests, NULL, end));
}
