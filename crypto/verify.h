#ifndef CRYPTO_VERIFY_H
#define CRYPTO_VERIFY_H

#include <stdint.h>
#include <openssl/x509.h>

#include "base/err.h"

/*
 * X509_verify_cert set up for one certificate under one root that has been
 * chosen: no other anchor can be picked, whatever its name or key id.  Level
 * and time are set, purpose and revocation are the caller's.  Internal to
 * crypto/.
 */
struct verify {
	X509_STORE	*store;		/* empty */
	STACK_OF(X509)	*anchors;	/* the root, borrowed */
	X509_STORE_CTX	*ctx;
};

/* now in seconds UTC; ERR_NOMEM leaves it wiped. */
enum err	verify_init(struct verify *, X509 *leaf, X509 *root,
		    int64_t now);
void		verify_wipe(struct verify *);

#endif
