#ifndef TESTS_LIB_FAKE_SIGN_H
#define TESTS_LIB_FAKE_SIGN_H

#include <stdint.h>
#include <openssl/evp.h>

#include "base/buf.h"

/*
 * The card's sign command: P1 chooses what is done to the data
 * (card-and-readers.md 2.4).  An EC key, of the next generation (3.5), takes
 * a bare 48-byte SHA-384 hash at P1=00 [guess].
 */
enum fake_ec_form { FAKE_EC_RAW, FAKE_EC_DER };

/* 9000 and the signature in out, or the card's refusal and nothing. */
uint16_t	fake_sign(EVP_PKEY *, enum fake_ec_form, uint8_t p1,
		    struct buf data, struct blob *out);

#endif
