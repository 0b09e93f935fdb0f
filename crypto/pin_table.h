#ifndef CRYPTO_PIN_TABLE_H
#define CRYPTO_PIN_TABLE_H

#include <openssl/x509.h>

#include "crypto/trust.h"

/*
 * The roots of JPKI as published: card-and-readers.md 3.1, which names the
 * source of each value.  Internal to crypto/.
 */
struct pin_row {
	const char		*name;		/* "authca03" */
	enum trust_purpose	 purpose;
	const char		*sha256;	/* of DER; NULL: not public */
	const char		*serial;	/* hex */
	const char		*from, *to;	/* UTC, YYYYMMDD */
	const char		*key_id;	/* subject key id, hex */
};

/* The row with this fingerprint (upper-case hex), or NULL. */
const struct pin_row	*pin_published(const char *sha256);

/*
 * The row without a fingerprint that this certificate claims to be: name,
 * serial, dates and key id agree and it signed itself.  NULL if
 * there is none.  A claim is no pin: a typed fingerprint has to come to it.
 */
const struct pin_row	*pin_claimed(X509 *);

/* What roots of this name sign: by the OU of 3.1, TRUST_OTHER if neither. */
enum trust_purpose	 pin_purpose(const X509_NAME *);

#endif
