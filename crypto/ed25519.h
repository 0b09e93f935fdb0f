#ifndef CRYPTO_ED25519_H
#define CRYPTO_ED25519_H

#include <stdint.h>

#include "base/err.h"

#define ED25519_KEY	32	/* bytes; RFC 8032 5.1.5 */

/*
 * The raw key of a file with exactly one Ed25519 public key, PEM or DER.
 * ERR_KEY_FILE for anything else, a private key too; ERR_NOT_FOUND when it
 * cannot be read; the note names the file.
 */
enum err	ed25519_read(const char *file, uint8_t key[ED25519_KEY],
		    struct note *);

#endif
