#ifndef CRYPTO_CHALLENGE_H
#define CRYPTO_CHALLENGE_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "crypto/cardsign.h"

/*
 * A challenge the card signs once.  We hash: the message is
 *
 *	"shikaku-challenge-1" 0 visit id 0 time (8 bytes, big-endian ms) random
 *
 * so that a signature is bound to one visit and one moment, and nobody
 * remote chooses what the card signs.
 */
#define CHALLENGE_RANDOM	32	/* bytes; card-and-readers.md 3.4: >= 16, better 32 */
#define CHALLENGE_LIFE_MS	60000	/* from made to verified */

struct challenge {
	char			visit[40];
	int64_t			made;		/* wall clock, ms since 1970 */
	enum challenge_alg	alg;
	uint8_t			random[CHALLENGE_RANDOM];
	int			spent;		/* verified once, right or wrong */
};

/* Fresh random bytes; ERR_TOOBIG for a visit id of 40 bytes or more, ERR_LIB. */
enum err	challenge_make(struct challenge *, const char *visit,
		    enum challenge_alg, int64_t now_ms);

/*
 * What the card's sign command takes: the DigestInfo for RSA (51 bytes), the
 * bare hash for ECDSA (48 bytes).  *len: in room, out bytes.
 */
enum err	challenge_input(const struct challenge *, uint8_t *, size_t *len);

/*
 * ERR_OK: the signature (PKCS#1 v1.5, or ECDSA as DER or as r||s) is by key
 * over this challenge, for this visit, within its life.  Everything else is
 * ERR_PROOF.  A challenge is verified once; the second time is ERR_PROOF.
 */
enum err	challenge_verify(struct challenge *, const char *visit,
		    EVP_PKEY *key, const uint8_t *sig, size_t sig_len,
		    int64_t now_ms);

#endif
