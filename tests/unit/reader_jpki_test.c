#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "reader/card.h"
#include "reader/jpki.h"
#include "reader/pin.h"
#include "tests/lib/test_card.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static void
put_in(struct test_card *t, struct card *card)
{
	static const struct card_opts opts = { 0, 0 };

	assert_int_equal(tp_begin(t->tp), ERR_OK);
	assert_int_equal(card_open(card, t->tp, &opts), ERR_OK);
}

static void
verify(struct card *card)
{
	struct secret pin = { { 0 }, 0 };
	int tries;

	assert_int_equal(secret_set(&pin, TEST_CARD_PIN, PIN_LEN), ERR_OK);
	assert_int_equal(pin_verify(card, PIN_AUTH, &pin, &tries), ERR_OK);
	secret_wipe(&pin);
}

/* --- the certificate's frame --- */

static const struct cert_row {
	const char	*name;
	size_t		 len;		/* of a good one, then: */
	uint8_t		 head[4];	/* instead; 0: as it is */
	enum err	 want;
	unsigned	 apdus;		/* with SELECT EF */
} certs[] = {
	{ "1600 bytes", 1600, { 0 }, ERR_OK, 8 },
	{ "the shortest", 500, { 0 }, ERR_OK, 3 },
	{ "one too short", 499, { 0 }, ERR_CERT_FORM, 2 },
	{ "the longest", 4096, { 0 }, ERR_OK, 17 },
	{ "one too long", 4097, { 0 }, ERR_CERT_FORM, 2 },
	{ "far too long", 1600, { 0x30, 0x82, 0xff, 0xff }, ERR_CERT_FORM,
	    2 },
	{ "length zero", 1600, { 0x30, 0x82, 0x00, 0x00 }, ERR_CERT_FORM,
	    2 },
	{ "length of one byte", 1600, { 0x30, 0x81, 0xc8, 0x30 },
	    ERR_CERT_FORM, 2 },
	{ "length of three bytes", 1600, { 0x30, 0x83, 0x06, 0x3c },
	    ERR_CERT_FORM, 2 },
	{ "indefinite length", 1600, { 0x30, 0x80, 0x06, 0x3c },
	    ERR_CERT_FORM, 2 },
	{ "a SET", 1600, { 0x31, 0x82, 0x06, 0x3c }, ERR_CERT_FORM, 2 },
	{ "never written", 1600, { 0xff, 0xff, 0xff, 0xff },
	    ERR_CERT_FORM, 2 },
	{ "says more than the file has", 1600, { 0x30, 0x82, 0x0f, 0xf0 },
	    ERR_SW, 10 },
	{ "filler after the content", 1600, { 0x30, 0x82, 0x03, 0x00 },
	    ERR_OK, 5 },
};

static void
cert_row(void **state)
{
	const struct cert_row *row = *state;
	struct blob der = { 0 };
	struct test_card t;
	struct card card;

	test_card_open(&t);
	test_card_put_cert(t.card, 0x000a, row->len);
	if (row->head[0] != 0)
		memcpy(t.card->ef[fake_ef_index(fake_ef_find(FAKE_JPKI,
		    0x000a))].data, row->head, sizeof(row->head));
	put_in(&t, &card);
	assert_int_equal(jpki_certificate(&card, &der), row->want);
	assert_int_equal(t.card->stats.apdus - 1, row->apdus);
	if (row->want != ERR_OK)
		assert_int_equal(der.len, 0);
	else
		assert_int_equal(der.len, (size_t)(der.data[2] << 8) +
		    der.data[3] + 4);
	blob_free(&der);
	test_card_close(&t);
}

/* --- which token it is --- */

static const struct token_row {
	const char	*name;
	const char	*label;		/* 32 bytes, filled with fill */
	char		 fill;
	size_t		 len;		/* of the file */
	enum err	 want;
	enum jpki_token	 token;
} tokens[] = {
	{ "token: My Number card", "JPKIAPICCTOKEN2", ' ', 160, ERR_OK,
	    JPKI_CARD },
	{ "token: juki card", "JPKIAPICCTOKEN", ' ', 160, ERR_OK,
	    JPKI_OLD_CARD },
	{ "token: Android", "JPKIAPGPSETOKEN", ' ', 160, ERR_OK,
	    JPKI_ANDROID },
	{ "token: iPhone", "JPKIAPIOSTOKEN", ' ', 160, ERR_OK, JPKI_IPHONE },
	{ "token: only the label", "JPKIAPICCTOKEN2", ' ', 32, ERR_OK,
	    JPKI_CARD },
	{ "token: next generation", "JPKIAPICCTOKEN3", ' ', 160, ERR_OK,
	    JPKI_UNKNOWN },
	{ "token: something behind", "JPKIAPICCTOKEN2X", ' ', 160, ERR_OK,
	    JPKI_UNKNOWN },
	{ "token: small letters", "jpkiapicctoken2", ' ', 160, ERR_OK,
	    JPKI_UNKNOWN },
	{ "token: filled with zeros", "JPKIAPICCTOKEN2", '\0', 160, ERR_OK,
	    JPKI_UNKNOWN },
	{ "token: only spaces", "", ' ', 160, ERR_OK, JPKI_UNKNOWN },
	{ "token: only zeros", "", '\0', 160, ERR_OK, JPKI_UNKNOWN },
	{ "token: never written", "", '\xff', 160, ERR_OK, JPKI_UNKNOWN },
	{ "token: cut short", "JPKIAPICCTOKEN2", ' ', 31, ERR_TORN,
	    JPKI_UNKNOWN },
	{ "token: empty file", "", ' ', 0, ERR_SW, JPKI_UNKNOWN },
};

static void
token_row(void **state)
{
	const struct token_row *row = *state;
	enum jpki_token token = JPKI_IPHONE;
	char content[160] = { 0 };
	struct test_card t;
	struct card card;

	memset(content, row->fill, 32);
	memcpy(content, row->label, strlen(row->label));
	test_card_open(&t);
	test_card_put(t.card, FAKE_JPKI, 0x0006, content, row->len);
	put_in(&t, &card);
	assert_int_equal(jpki_token(&card, &token), row->want);
	assert_int_equal(token, row->token);
	test_card_close(&t);
}

static void
token_names(void **state)
{
	(void)state;
	assert_string_equal(jpki_token_name(JPKI_UNKNOWN), "unknown");
	assert_string_equal(jpki_token_name(JPKI_CARD), "mynumber-card");
	assert_string_equal(jpki_token_name(JPKI_OLD_CARD), "juki-card");
	assert_string_equal(jpki_token_name(JPKI_ANDROID), "android-phone");
	assert_string_equal(jpki_token_name(JPKI_IPHONE), "iphone");
	assert_string_equal(jpki_token_name((enum jpki_token)99), "unknown");
}

/* --- signatures --- */

#define OWN	TEST_KEYS	/* the card's as it comes */

static const struct sign_row {
	const char	*name;
	size_t		 len;
	int		 verified;
	enum test_key	 key;
	uint16_t	 sw;	/* instead of the card's own answer */
	enum err	 want;
	unsigned	 apdus;
} signs[] = {
	{ "sign: a DigestInfo of SHA-256", 51, 1, OWN, 0, ERR_OK, 2 },
	{ "sign: a SHA-384", 48, 1, OWN, 0, ERR_OK, 2 },
	{ "sign: one byte", 1, 1, OWN, 0, ERR_FORBIDDEN, 0 },
	{ "sign: a byte less", 50, 1, OWN, 0, ERR_FORBIDDEN, 0 },
	{ "sign: nothing", 0, 1, OWN, 0, ERR_TOOBIG, 0 },
	{ "sign: one byte too many", 52, 1, OWN, 0, ERR_TOOBIG, 0 },
	{ "sign: far too many", 300, 1, OWN, 0, ERR_TOOBIG, 0 },
	{ "sign: before the PIN", 51, 0, OWN, 0, ERR_NEEDS_PIN, 2 },
	{ "sign: shorter key", 51, 1, TEST_KEY_RSA1024, 0, ERR_TORN, 2 },
	{ "sign: another kind of key", 48, 1, TEST_KEY_P384, 0, ERR_TORN,
	    2 },
	{ "sign: 9000 and nothing", 51, 1, OWN, 0x9000, ERR_TORN, 2 },
	{ "sign: no key", 51, 1, OWN, 0x6a88, ERR_NO_FILE, 2 },
	{ "sign: conditions", 51, 1, OWN, 0x6985, ERR_SW, 2 },
	{ "sign: input too large", 51, 1, OWN, 0x6f00, ERR_CARD_MUTE, 2 },
	{ "sign: not an error of the PIN", 51, 1, OWN, 0x63c2, ERR_SW, 2 },
};

static void
made_by(EVP_PKEY *key, const struct blob *signature, const uint8_t *input,
    size_t len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t out[256];
	size_t n = sizeof(out);

	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_verify_recover_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx,
	    RSA_PKCS1_PADDING), 1);
	assert_int_equal(EVP_PKEY_verify_recover(ctx, out, &n,
	    signature->data, signature->len), 1);
	assert_int_equal(n, len);
	assert_memory_equal(out, input, len);
	EVP_PKEY_CTX_free(ctx);
}

static void
set_key(struct fake_card *card, enum test_key key)
{
	if (key == OWN)
		return;
	EVP_PKEY_free(card->key[FAKE_KEY_AUTH]);
	card->key[FAKE_KEY_AUTH] = test_key(key);
	assert_int_equal(EVP_PKEY_up_ref(card->key[FAKE_KEY_AUTH]), 1);
}

static void
sign_row(void **state)
{
	const struct sign_row *row = *state;
	struct blob signature = { 0 };
	uint8_t input[300] = { TEST_CARD_INFO };
	struct test_card t;
	struct card card;
	unsigned before;

	for (size_t i = 19; i < sizeof(input); i++)
		input[i] = (uint8_t)(i + 1);
	test_card_open(&t);
	set_key(t.card, row->key);
	put_in(&t, &card);
	if (row->verified)
		verify(&card);
	before = t.card->stats.apdus;
	if (row->sw != 0)
		t.card->fault[0] = (struct fake_fault){ FAKE_FAULT_SW,
		    before + 2, row->sw };
	assert_int_equal(blob_add_str(&signature, "before"), ERR_OK);
	assert_int_equal(jpki_sign(&card, input, row->len, &signature),
	    row->want);
	assert_int_equal(t.card->stats.apdus - before, row->apdus);
	if (row->want == ERR_OK)
		made_by(t.card->key[FAKE_KEY_AUTH], &signature, input,
		    row->len);
	else
		assert_int_equal(signature.len, 0);
	blob_free(&signature);
	test_card_close(&t);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(token_names),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(certs) + LEN(tokens) + LEN(signs) +
	    LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(certs); i++)
		tests[n++] = (struct CMUnitTest){ .name = certs[i].name,
		    .test_func = cert_row,
		    .initial_state = (void *)(uintptr_t)&certs[i] };
	for (size_t i = 0; i < LEN(tokens); i++)
		tests[n++] = (struct CMUnitTest){ .name = tokens[i].name,
		    .test_func = token_row,
		    .initial_state = (void *)(uintptr_t)&tokens[i] };
	for (size_t i = 0; i < LEN(signs); i++)
		tests[n++] = (struct CMUnitTest){ .name = signs[i].name,
		    .test_func = sign_row,
		    .initial_state = (void *)(uintptr_t)&signs[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
