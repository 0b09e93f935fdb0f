#ifndef CRYPTO_CARDSIGN_H
#define CRYPTO_CARDSIGN_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "base/buf.h"

/*
 * How cards sign: what their sign command takes for a message that we made
 * ourselves, and whether what came back is a signature of it.
 */
#define CHALLENGE_INPUT_MAX	67	/* DigestInfo of SHA-384; 51 for SHA-256 */

/* The algorithm is a row of the card profile. */
enum challenge_alg { CHALLENGE_RSA_SHA256, CHALLENGE_P384_SHA384 };

/* "RSA-2048 PKCS#1 v1.5 SHA-256", "ECDSA P-384 SHA-384". */
const char	*challenge_alg_name(enum challenge_alg);
/* 1 and *alg, or 0 when none is named so. */
int		 challenge_alg_named(const char *, enum challenge_alg *alg);
int		 cardsign_knows(enum challenge_alg);	/* 1 if it is one */

/*
 * The DigestInfo for RSA (51 bytes), the bare hash for ECDSA (48 bytes).
 * *len: in room, out bytes.  ERR_TOOBIG, ERR_SEQUENCE for no algorithm.
 */
enum err	cardsign_input(enum challenge_alg, struct buf message,
		    uint8_t *out, size_t *len);
/* ERR_OK: PKCS#1 v1.5, or ECDSA as DER or as r||s, by a key of that kind;
 * else ERR_PROOF. */
enum err	cardsign_verify(enum challenge_alg, EVP_PKEY *,
		    struct buf message, struct buf signature);

#endif
