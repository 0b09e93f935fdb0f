#ifndef CRYPTO_PASSCODE_H
#define CRYPTO_PASSCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Passcodes of staff: drawing them, and what is kept of them.  Only a salted
 * scrypt hash is kept, because so few digits fall to a plain one at once.
 * A hash or a comparison takes some 16 MiB and 40 ms.
 */
#define PASSCODE_SALT	16	/* bytes; NIST SP 800-132 5.1: 128 bits */
#define PASSCODE_HASH	32

struct passcode_hash {
	uint8_t	salt[PASSCODE_SALT], hash[PASSCODE_HASH];
};

/* n digits and 0, each digit as likely as any other; the caller wipes. */
enum err	passcode_draw(char *out, size_t n);
/* With a fresh salt.  ERR_LIB. */
enum err	passcode_hash(const uint8_t *digits, size_t n,
		    struct passcode_hash *);
/* *same 1 if these are the digits; takes as long when they are not. */
enum err	passcode_same(const uint8_t *digits, size_t n,
		    const struct passcode_hash *, int *same);

#endif
