#ifndef CRYPTO_OCSP_H
#define CRYPTO_OCSP_H

#include "crypto/revocation.h"

/* revocation_check by asking a responder once.  Internal to crypto/. */
enum revocation	ocsp_check(const struct revocation_conf *, X509 *leaf,
		    X509 *issuer, int64_t now, struct note *why);

#endif
