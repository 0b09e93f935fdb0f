#ifndef CRYPTO_CRL_H
#define CRYPTO_CRL_H

#include "crypto/revocation.h"

/* revocation_check by a file: DER, or PEM with the lists of several towns
 * (card-and-readers.md 3.2: one distribution point per town) and generations;
 * only those signed by the issuer's key count.  Internal to crypto/. */
enum revocation	crl_check(const char *path, X509 *leaf, X509 *issuer,
		    int64_t now, struct note *why);

#endif
