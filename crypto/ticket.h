#ifndef CRYPTO_TICKET_H
#define CRYPTO_TICKET_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "crypto/ed25519.h"

/*
 * A ticket: the agent's leave for one visit without a network, given to one
 * device beforehand and good for a time.  hw-docs/protocols/link.md, "Tickets
 * and records", has the layout.
 */
#define TICKET_LEN		142
#define TICKET_ID		16	/* random bytes */
#define TICKET_INSTITUTION	10	/* ASCII digits */
#define TICKET_PRINT		32	/* SHA-256 of the device's key */

struct ticket {
	uint8_t		id[TICKET_ID];
	char		institution[TICKET_INSTITUTION + 1];
	uint8_t		device[TICKET_PRINT];
	int64_t		issued, until;		/* seconds since 1970 */
};

/* Fills in a fresh id and signs by an Ed25519 key.  ERR_LAYOUT: these are not
 * the fields of a ticket; ERR_LIB. */
enum err	ticket_make(struct ticket *, EVP_PKEY *signer,
		    uint8_t out[TICKET_LEN]);
/* Its fields, whoever signed it; ERR_TICKET_ALTERED when it is none. */
enum err	ticket_read(const uint8_t *, size_t len, struct ticket *);
/* The same, and it is signed by this key. */
enum err	ticket_check(const uint8_t *, size_t len,
		    const uint8_t signer[ED25519_KEY], struct ticket *);

#endif
