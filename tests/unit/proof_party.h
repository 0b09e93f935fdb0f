#ifndef TESTS_UNIT_PROOF_PARTY_H
#define TESTS_UNIT_PROOF_PARTY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "crypto/seal.h"
#include "host/proof/offline.h"

/* A device or an agent with a P-256 key and a certificate for it; a card with
 * an RSA key; and a statement that nothing is wrong with. */
struct party {
	EVP_PKEY	*key;
	X509		*cert;
	uint8_t		 print[PUBKEY_PRINT];
};

static inline void
party_make(struct party *p, const char *name)
{
	X509 *x = X509_new();

	p->key = EVP_EC_gen("P-256");
	assert_non_null(p->key);
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
	    (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, p->key);
	assert_true(X509_sign(x, p->key, EVP_sha256()) > 0);
	p->cert = x;
	assert_int_equal(pubkey_print(p->key, p->print), ERR_OK);
}

static inline void
party_free(struct party *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
}

static inline struct statement
party_statement(int64_t at)
{
	struct statement s = { .at = at, .method = "pin",
	    .purpose = "home_visit", .staff = "訪問 花子",
	    .consent = { .given = { 1, 0, 0, 1 },
	    .prescription = PRESCRIPTION_PAPER, .confirmed = at - 60000 },
	    .identity = { .mode = "home", .method = "pin", .card = "plastic",
	    .has_attributes = 1, .attributes = { .name = "資格　一郎",
	    .address = "東京都千代田区永田町1-99-99", .birthdate = "19600602",
	    .sex = '1' }, .text_tries = -1, .judged = 1, .certificate = {
	    .generation = "auth-g3", .not_before = "20210602000000",
	    .not_after = "20310602000000", .days_left = 1600, .test = 1,
	    .revocation = REVOCATION_UNKNOWN,
	    .revocation_why = "not checked" } } };

	assert_int_equal(uuid_make(s.visit), ERR_OK);
	return (s);
}

/* By sight instead. */
static inline void
party_visual(struct statement *s)
{
	snprintf(s->method, sizeof(s->method), "visual");
	snprintf(s->reason, sizeof(s->reason), "illness");
	snprintf(s->identity.method, sizeof(s->identity.method), "visual");
	s->identity.judged = 0;
	s->identity.certificate = (struct chain_verdict){ .err = ERR_OK };
	s->identity.surface = (struct identity_surface){ .read = 1,
	    .birthdate = "19600602", .sex = '1', .verdict = CARDCA_GENUINE,
	    .issuer = "9900023/001" };
	s->identity.compared = COMPARED_STAFF;
}

/* What a card does with its sign command. */
static inline void
party_sign(EVP_PKEY *card, struct offline *o)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t message[OFFLINE_MESSAGE], sig[256];
	size_t n = sizeof(sig);

	assert_int_equal(offline_message(o->ticket, blob_buf(&o->statement),
	    message), ERR_OK);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
	    card), 1);
	assert_int_equal(EVP_DigestSign(ctx, sig, &n, message,
	    sizeof(message)), 1);
	blob_reset(&o->signature);
	assert_int_equal(blob_add(&o->signature, sig, n), ERR_OK);
	EVP_MD_CTX_free(ctx);
}

#endif
