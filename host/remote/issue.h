#ifndef HOST_REMOTE_ISSUE_H
#define HOST_REMOTE_ISSUE_H

#include <stdint.h>
#include <openssl/x509.h>

#include "base/err.h"

/*
 * The certificates of the agent's own small CA: EC P-256, ECDSA with SHA-256,
 * each for exactly one use.  Names in them mean nothing.
 */
enum issue_use { ISSUE_CA, ISSUE_SERVER, ISSUE_DEVICE, ISSUE_SEAL };

struct issuer {
	X509		*cert;		/* NULL: the new one issues itself */
	EVP_PKEY	*key;
};

/*
 * From a day ago, because clocks differ, for as many days, but never longer
 * than its issuer's.  The caller frees it.  ERR_LIB.
 */
enum err	issue_cert(enum issue_use, EVP_PKEY *subject,
		    const struct issuer *, int days, X509 **);

/*
 * The key of a certification request: DER, nothing behind it, P-256 by its
 * name, signed by itself with SHA-256.  ERR_CERT_FORM, note says why; the
 * caller frees the key.
 */
#define ISSUE_REQUEST_MAX	4096
enum err	issue_request(const uint8_t *der, size_t len, EVP_PKEY **,
		    struct note *);

#endif
