#ifndef CRYPTO_PINS_H
#define CRYPTO_PINS_H

#include "base/err.h"
#include "crypto/cert.h"

/*
 * The fingerprints an administrator typed, kept in the file "pins" beside
 * the roots: one of 64 upper-case hex digits per line.  Internal to crypto/.
 */
#define PINS_FILE "pins"

/*
 * What was typed as 64 upper-case digits, spaces and colons left out;
 * ERR_PIN_OF_ROOT.
 */
enum err	pins_typed(const char *typed, char hex[CERT_SHA256]);

/* *has: whether it was recorded; no file is none.  ERR_PIN_OF_ROOT if the
 * file holds anything else, ERR_SYS. */
enum err	pins_has(const char *dir, const char *hex, int *has,
		    struct note *);

/* Records it once; the caller holds the folder's lock. */
enum err	pins_add(const char *dir, const char *hex, struct note *);

#endif
