#ifndef HOST_FILING_KEYS_H
#define HOST_FILING_KEYS_H

#include <openssl/x509.h>

#include "base/buf.h"
#include "crypto/ed25519.h"

/*
 * The agent's keys for visits without a network, in the folder of the
 * devices' keys (0700): the Ed25519 key that signs tickets, and the P-256 key
 * that records are sealed to, with the certificate that carries it.  Made at
 * first use, each file 0600, whole or not at all, never overwritten: records
 * on their way are sealed to them.
 */
#define KEYS_TICKET	"ticket-key.pem"
#define KEYS_SEAL	"seal-key.pem"
#define KEYS_SEAL_CERT	"seal-cert.pem"

struct keys {
	EVP_PKEY	*ticket;
	uint8_t		 ticket_public[ED25519_KEY];
	EVP_PKEY	*seal;
	X509		*seal_cert;
	struct blob	 seal_der;	/* the same as DER */
};

/* ERR_DEVICE_KEY and the file in the note; *k is wiped then. */
enum err	keys_load(const char *folder, struct keys *, struct note *);
void		keys_wipe(struct keys *);

#endif
