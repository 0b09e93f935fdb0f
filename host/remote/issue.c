#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "crypto/pubkey.h"
#include "host/remote/issue.h"

#define SERIAL_BITS	127	/* RFC 5280 4.1.2.2: positive, to 20 bytes */

/* RFC 5280 4.2.1.3, .9, .12. */
static const struct {
	const char	*name, *basic, *usage, *extended;
} uses[] = {
	[ISSUE_CA] = { "shikaku CA", "critical,CA:TRUE,pathlen:0",
	    "critical,keyCertSign", NULL },
	[ISSUE_SERVER] = { "shikaku agent", "critical,CA:FALSE",
	    "critical,digitalSignature", "serverAuth" },
	[ISSUE_DEVICE] = { "shikaku device", "critical,CA:FALSE",
	    "critical,digitalSignature", "clientAuth" },
	[ISSUE_SEAL] = { "shikaku records", "critical,CA:FALSE",
	    "critical,keyAgreement", NULL },
};

static int
set_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	int ok;

	ok = n != NULL && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE,
	    BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
	BN_free(n);
	return (ok);
}

/* Two CAs differ by name too, which says which of them was meant. */
static int
set_name(X509 *x, enum issue_use use)
{
	char name[64];
	uint8_t mark[4];

	if (RAND_bytes(mark, sizeof(mark)) != 1)
		return (0);
	snprintf(name, sizeof(name), "%s %02x%02x%02x%02x", uses[use].name,
	    mark[0], mark[1], mark[2], mark[3]);
	return (X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1);
}

static int
set_time(X509 *x, const X509 *issuer, int days)
{
	time_t now = time(NULL);

	if (X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, &now) == NULL ||
	    X509_time_adj_ex(X509_getm_notAfter(x), days, 0, &now) == NULL)
		return (0);
	if (issuer == NULL || ASN1_TIME_compare(X509_get0_notAfter(x),
	    X509_get0_notAfter(issuer)) <= 0)
		return (1);
	return (X509_set1_notAfter(x, X509_get0_notAfter(issuer)) == 1);
}

static int
add(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *e;
	int ok;

	if (value == NULL)
		return (1);
	e = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	ok = e != NULL && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return (ok);
}

static int
add_all(X509 *x, enum issue_use use, X509 *issuer)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	return (add(x, &ctx, NID_basic_constraints, uses[use].basic) &&
	    add(x, &ctx, NID_key_usage, uses[use].usage) &&
	    add(x, &ctx, NID_ext_key_usage, uses[use].extended) &&
	    add(x, &ctx, NID_subject_key_identifier, "hash") &&
	    add(x, &ctx, NID_authority_key_identifier,
	    issuer == x ? NULL : "keyid:always"));
}

enum err
issue_cert(enum issue_use use, EVP_PKEY *subject, const struct issuer *by,
    int days, X509 **out)
{
	X509 *x = X509_new(), *issuer = by->cert != NULL ? by->cert : x;

	*out = NULL;
	if (x != NULL && X509_set_version(x, X509_VERSION_3) == 1 &&
	    set_serial(x) && set_name(x, use) &&
	    X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
	    set_time(x, by->cert, days) &&
	    X509_set_pubkey(x, subject) == 1 && add_all(x, use, issuer) &&
	    X509_sign(x, by->key, EVP_sha256()) > 0) {
		*out = x;
		return (ERR_OK);
	}
	X509_free(x);
	ERR_clear_error();
	return (ERR_LIB);
}

/* --- requests --- */

static int
is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *c;
	int ok;

	if (!pubkey_is_p256(key))
		return (0);
	c = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	ok = c != NULL && EVP_PKEY_public_check(c) == 1;
	EVP_PKEY_CTX_free(c);
	return (ok);
}

static const char *
fault_of(X509_REQ *q, EVP_PKEY *key)
{
	if (key == NULL || !is_sound(key))
		return ("its key is not of P-256");
	if (X509_REQ_get_signature_nid(q) != NID_ecdsa_with_SHA256)
		return ("it is not signed with ECDSA and SHA-256");
	return (X509_REQ_verify(q, key) == 1 ? NULL :
	    "its signature does not verify");
}

enum err
issue_request(const uint8_t *der, size_t len, EVP_PKEY **out,
    struct note *note)
{
	const unsigned char *p = der;
	X509_REQ *q = NULL;
	EVP_PKEY *key = NULL;
	const char *fault = "it is no PKCS#10 request";

	*out = NULL;
	if (len <= ISSUE_REQUEST_MAX)
		q = d2i_X509_REQ(NULL, &p, (long)len);
	if (q != NULL && p == der + len) {
		key = X509_REQ_get_pubkey(q);
		fault = fault_of(q, key);
	}
	X509_REQ_free(q);
	ERR_clear_error();
	if (fault == NULL) {
		*out = key;
		return (ERR_OK);
	}
	EVP_PKEY_free(key);
	note_set(note, "the certification request: %s", fault);
	return (ERR_CERT_FORM);
}
