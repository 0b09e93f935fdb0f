#ifndef CRYPTO_PUBKEY_H
#define CRYPTO_PUBKEY_H

#include <stdint.h>

#include <openssl/evp.h>

#include "base/err.h"

/* What programs of ours are known by to each other: a key on P-256. */

#define PUBKEY_PRINT 32

/* SHA-256 of the SubjectPublicKeyInfo as DER (as in RFC 7469 2.4); ERR_LIB,
 * and zeros. */
enum err	pubkey_print(EVP_PKEY *, uint8_t print[PUBKEY_PRINT]);
/* 1 if it is on P-256, its point not checked; NULL is not. */
int		pubkey_is_p256(EVP_PKEY *);
/* For OpenSSL's readers of PEM: nobody is there to be asked for a
 * passphrase, so that a key with one is refused. */
int		pubkey_no_passphrase(char *, int, int, void *);

#endif
