#ifndef CRYPTO_TRUST_H
#define CRYPTO_TRUST_H

#include <stddef.h>
#include <openssl/x509.h>

#include "base/err.h"

/*
 * The roots of JPKI.  None is shipped; each is pinned: a file is taken into
 * the folder only when the SHA-256 of its DER is a row of the pin table
 * (card-and-readers.md 3.1, with source), or, for the one generation whose
 * fingerprint is not public (authca02), when the administrator typed the
 * fingerprint.  Roots of the test organisation (O=JPKI-TEST) are taken and
 * loaded in test mode only.  The folder is checked again whenever it is
 * loaded: a root that no pin covers is an error, not a trust.
 */
enum trust_mode { TRUST_PRODUCTION, TRUST_TEST };

enum trust_purpose { TRUST_AUTH, TRUST_SIGN, TRUST_OTHER };

struct trust_root {
	char			 name[32];	/* pin row, "authca03"; "test" */
	char			 sha256[65];	/* of the DER, upper-case hex */
	enum trust_purpose	 purpose;
	int			 test;		/* of the test organisation */
	char			 not_before[15], not_after[15];	/* UTC digits */
};

/*
 * Takes FILE (DER or PEM, one certificate, at most 16 KiB) into dir under a
 * name made of its SHA-256, atomically.  pin is NULL or 64 hex digits typed
 * by the administrator (spaces and colons allowed): recorded beside the root
 * and accepted only for a root of the JPKI authentication subject that the
 * table lists without fingerprint (serial and dates agree).  *root
 * describes it, also when it was there already (ERR_OK).
 * ERR_PIN_OF_ROOT, ERR_CERT_TEST, ERR_NO_CERT, ERR_SYS; note says why.
 */
enum err	trust_add(const char *dir, enum trust_mode, const char *file,
		    const char *pin, struct trust_root *root, struct note *);

/* Up to max rows, *n how many there are; same checks as trust_load. */
enum err	trust_list(const char *dir, enum trust_mode,
		    struct trust_root *, size_t max, size_t *n, struct note *);

/*
 * All roots for authentication, each with its trust_root name as its alias
 * (X509_alias_get0), for chain_verify; the caller frees it by
 * X509_STORE_free.  ERR_NO_ANCHOR when there is none, and with the file's
 * name ERR_PIN_OF_ROOT when one is not covered by a pin, ERR_CERT_TEST for a
 * test root in production, ERR_NO_CERT for what is no certificate.  Names
 * that begin with a dot, the file of typed pins, and the keys of card CAs
 * (*.cardca, crypto/cardca.h) are passed over.
 */
enum err	trust_load(const char *dir, enum trust_mode, X509_STORE **,
		    struct note *);

#endif
