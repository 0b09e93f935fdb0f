#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "crypto/pubkey.h"

/*
 * A message from a device to the agent that lies on a disk meanwhile: signed
 * by the device's key (CMS SignedData, attached content, SHA-256, with the
 * device's own certificate), then sealed to the agent's key (CMS
 * AuthEnvelopedData, AES-256-GCM; ECDH over P-256, X9.63 KDF with SHA-256,
 * AES-256 key wrap).  Exactly this is made and nothing else is opened: no
 * other cipher, tag length, curve, digest, kind or number of recipients.
 */
#define SEAL_MAX	262144u	/* bytes when sealed; link.md */

/* ERR_TOOBIG; ERR_LIB, also for a key that is not of P-256. */
enum err	seal_close(struct buf content, EVP_PKEY *signer,
		    X509 *signer_cert, X509 *recipient, struct blob *out);
/*
 * Opens what was sealed to this key, with whatever certificate it had then,
 * and is signed by the key with this print.
 * ERR_RECORD_ALTERED for everything else, ERR_TOOBIG; content is empty then.
 * The signer's certificate is not judged: its key is known by its print.
 */
enum err	seal_open(struct buf sealed, EVP_PKEY *key,
		    const uint8_t print[PUBKEY_PRINT], struct blob *content);

#endif
