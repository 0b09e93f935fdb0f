#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "tests/lib/test_certs.h"

static EVP_PKEY *keys[TEST_KEYS];

/* RSA bits, or a curve. */
static const struct {
	size_t		 bits;
	const char	*curve;
} kinds[TEST_KEYS] = {
	[TEST_KEY_ROOT1] = { 2048, NULL },
	[TEST_KEY_ROOT2] = { 2048, NULL },
	[TEST_KEY_ROOT3] = { 2048, NULL },
	[TEST_KEY_LEAF] = { 2048, NULL },
	[TEST_KEY_OTHER] = { 2048, NULL },
	[TEST_KEY_RSA1024] = { 1024, NULL },
	[TEST_KEY_RSA3072] = { 3072, NULL },
	[TEST_KEY_P384] = { 0, "P-384" },
	[TEST_KEY_P384_OTHER] = { 0, "P-384" },
	[TEST_KEY_P256] = { 0, "P-256" },
	[TEST_KEY_BRAINPOOL384] = { 0, "brainpoolP384r1" },
};

static void
must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "test_certs: %s failed\n", what);
	exit(2);
}

EVP_PKEY *
test_key(enum test_key which)
{
	EVP_PKEY **key = &keys[which];

	if (*key == NULL)
		*key = kinds[which].curve != NULL ?
		    EVP_EC_gen(kinds[which].curve) :
		    EVP_RSA_gen(kinds[which].bits);
	must(*key != NULL, "key");
	return (*key);
}

void
test_certs_end(void)
{
	for (size_t i = 0; i < TEST_KEYS; i++) {
		EVP_PKEY_free(keys[i]);
		keys[i] = NULL;
	}
}

static X509_NAME *
make_name(const char *text)
{
	X509_NAME *name = X509_NAME_new();
	char copy[512], *rest = copy, *part, *value;

	must(name != NULL && (text == NULL || strlen(text) < sizeof(copy)),
	    "name");
	snprintf(copy, sizeof(copy), "%s", text == NULL ? "" : text);
	while ((part = strsep(&rest, "/")) != NULL && *part != '\0') {
		value = strchr(part, '=');
		must(value != NULL, part);
		*value++ = '\0';
		must(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
		    (const unsigned char *)value, -1, -1, 0) == 1, part);
	}
	return (name);
}

static ASN1_TIME *
make_time(const char *text)
{
	ASN1_TIME *when = ASN1_TIME_new();

	must(when != NULL && ASN1_TIME_set_string_X509(when, text) == 1,
	    text);
	return (when);
}

static ASN1_INTEGER *
make_serial(const char *hex)
{
	ASN1_INTEGER *serial;
	BIGNUM *bn = NULL;

	must(BN_hex2bn(&bn, hex != NULL ? hex : "01") != 0, "serial");
	serial = BN_to_ASN1_INTEGER(bn, NULL);
	must(serial != NULL, "serial");
	BN_free(bn);
	return (serial);
}

static X509_EXTENSION *
make_ext(const char *text, X509 *subject)
{
	char copy[512], *value;
	CONF *conf = NCONF_new(NULL);	/* policies ask for one, if empty */
	X509_EXTENSION *ext;
	X509V3_CTX ctx;

	must(strlen(text) < sizeof(copy), text);
	snprintf(copy, sizeof(copy), "%s", text);
	value = strchr(copy, '=');
	must(value != NULL, text);
	*value++ = '\0';
	X509V3_set_ctx(&ctx, subject, subject, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	ext = X509V3_EXT_nconf(conf, &ctx, copy, value);
	must(conf != NULL && ext != NULL, text);
	NCONF_free(conf);
	return (ext);
}

static void
add_key_id(X509 *cert, const char *hex)
{
	AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();
	unsigned char *raw;
	long len = 0;

	raw = OPENSSL_hexstr2buf(hex, &len);
	must(id != NULL && raw != NULL &&
	    (id->keyid = ASN1_OCTET_STRING_new()) != NULL &&
	    ASN1_OCTET_STRING_set(id->keyid, raw, (int)len) == 1 &&
	    X509_add1_ext_i2d(cert, NID_authority_key_identifier, id, 0,
	    X509V3_ADD_DEFAULT) == 1, "key id");
	OPENSSL_free(raw);
	AUTHORITY_KEYID_free(id);
}

static const EVP_MD *
digest(const char *name)
{
	const EVP_MD *md = EVP_get_digestbyname(name != NULL ? name :
	    "SHA256");

	must(md != NULL, "digest");
	return (md);
}

static void
fill(X509 *cert, const struct test_cert *t)
{
	X509_NAME *subject = make_name(t->subject);
	X509_NAME *issuer = make_name(t->issuer);
	ASN1_TIME *from = make_time(t->from), *to = make_time(t->to);
	ASN1_INTEGER *serial = make_serial(t->serial);

	must(X509_set_version(cert, X509_VERSION_3) == 1 &&
	    X509_set_serialNumber(cert, serial) == 1 &&
	    X509_set_subject_name(cert, subject) == 1 &&
	    X509_set_issuer_name(cert, issuer) == 1 &&
	    X509_set1_notBefore(cert, from) == 1 &&
	    X509_set1_notAfter(cert, to) == 1 &&
	    X509_set_pubkey(cert, test_key(t->key)) == 1, "certificate");
	X509_NAME_free(subject);
	X509_NAME_free(issuer);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	ASN1_INTEGER_free(serial);
}

X509 *
test_cert(const struct test_cert *t)
{
	X509 *cert = X509_new();
	X509_EXTENSION *ext;

	must(cert != NULL, "certificate");
	fill(cert, t);
	for (size_t i = 0; i < TEST_EXTS && t->ext[i] != NULL; i++) {
		ext = make_ext(t->ext[i], cert);
		must(X509_add_ext(cert, ext, -1) == 1, t->ext[i]);
		X509_EXTENSION_free(ext);
	}
	if (t->key_id != NULL)
		add_key_id(cert, t->key_id);
	must(X509_sign(cert, test_key(t->signer), digest(t->md)) > 0,
	    "signature");
	return (cert);
}

static void
revoke(X509_CRL *crl, const char *hex, const ASN1_TIME *when)
{
	ASN1_INTEGER *serial = make_serial(hex);
	ASN1_TIME *date = ASN1_STRING_dup(when);
	X509_REVOKED *row = X509_REVOKED_new();

	must(row != NULL && date != NULL &&
	    X509_REVOKED_set_serialNumber(row, serial) == 1 &&
	    X509_REVOKED_set_revocationDate(row, date) == 1 &&
	    X509_CRL_add0_revoked(crl, row) == 1, "revoked row");
	ASN1_TIME_free(date);
	ASN1_INTEGER_free(serial);
}

X509_CRL *
test_crl(const struct test_crl *t)
{
	X509_NAME *issuer = make_name(t->issuer);
	ASN1_TIME *from = make_time(t->from), *to = NULL;
	X509_CRL *crl = X509_CRL_new();
	X509_EXTENSION *ext;

	must(crl != NULL && X509_CRL_set_version(crl, X509_CRL_VERSION_2) &&
	    X509_CRL_set_issuer_name(crl, issuer) == 1 &&
	    X509_CRL_set1_lastUpdate(crl, from) == 1, "list");
	if (t->to != NULL) {
		to = make_time(t->to);
		must(X509_CRL_set1_nextUpdate(crl, to) == 1, "next update");
	}
	if (t->revoked != NULL)
		revoke(crl, t->revoked, from);
	for (size_t i = 0; i < TEST_EXTS && t->ext[i] != NULL; i++) {
		ext = make_ext(t->ext[i], NULL);
		must(X509_CRL_add_ext(crl, ext, -1) == 1, t->ext[i]);
		X509_EXTENSION_free(ext);
	}
	must(X509_CRL_sign(crl, test_key(t->signer), digest(t->md)) > 0,
	    "signature");
	X509_NAME_free(issuer);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return (crl);
}

void
test_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	must(f != NULL, path);
	must(fwrite(data, 1, len, f) == len, path);
	must(fclose(f) == 0, path);
}

uint8_t *
test_der(X509 *cert, size_t *len)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);

	must(n > 0, "DER");
	*len = (size_t)n;
	return (der);
}

int64_t
test_time(const char *stamp)
{
	struct tm tm = { 0 };

	must(strptime(stamp, "%Y%m%d%H%M%S", &tm) != NULL, stamp);
	return (timegm(&tm));
}
