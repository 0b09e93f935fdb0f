#ifndef HOST_WIRE_SPKI_H
#define HOST_WIRE_SPKI_H

#include <stdint.h>
#include <openssl/x509.h>

#include "base/err.h"

/* A certificate's key is known by this: SHA-256 of its SubjectPublicKeyInfo
 * as DER (as in RFC 7469 2.4); 32 bytes.  ERR_LIB. */
enum err	spki_print(X509 *, uint8_t print[32]);

/* The one certificate of a PEM file; the caller frees it.  ERR_CONF. */
enum err	spki_read(const char *file, X509 **, struct note *);

#endif
