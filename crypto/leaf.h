#ifndef CRYPTO_LEAF_H
#define CRYPTO_LEAF_H

#include <openssl/x509.h>

#include "base/err.h"
#include "crypto/chain.h"

/*
 * What a certificate for user authentication says of itself, in the order of
 * chain.h: no CA, key usage, extended key usage, policy, key type.
 * ERR_CERT_USAGE and a note at the first that does not hold.  Internal to
 * crypto/.
 */
enum err	leaf_check(X509 *, const struct chain_rules *, struct note *);

#endif
