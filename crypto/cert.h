#ifndef CRYPTO_CERT_H
#define CRYPTO_CERT_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/x509.h>

#include "base/err.h"

/*
 * One certificate as bytes, text and time.  What it is worth is decided in
 * trust and chain.  Internal to crypto/.
 */
#define CERT_SHA256	65	/* 64 upper-case hex digits + 0 */
#define CERT_STAMP	15	/* YYYYMMDDHHmmss + 0, UTC */

/* OpenSSL's level 2: 112 bits, so RSA from 2048 and no SHA-1 or MD5. */
#define CERT_LEVEL	2

/*
 * Exactly len bytes of DER, every known extension readable; else
 * ERR_CERT_FORM.  The caller frees it by X509_free.
 */
enum err	cert_parse(const uint8_t *der, size_t len, X509 **);

/* SHA-256 of the DER; ERR_LIB. */
enum err	cert_sha256(X509 *, char hex[CERT_SHA256]);

/* Seconds since 1970, and the digits; ERR_CERT_FORM if it is no time. */
enum err	cert_time(const ASN1_TIME *, int64_t *);
enum err	cert_stamp(const ASN1_TIME *, char out[CERT_STAMP]);

/* 1 if the name has an entry nid with this text, letter case aside. */
int		cert_name_has(const X509_NAME *, int nid, const char *text);

/* 1 if issuer or subject is of the test organisation, O=JPKI-TEST (3.1). */
int		cert_is_test(const X509 *);

/* 1 if the key signed its own certificate and the certificate is a CA's. */
int		cert_is_root(X509 *);

/* 1 if the digest of a signature algorithm has 112 bits: CERT_LEVEL. */
int		cert_digest_ok(const X509_ALGOR *);

#endif
