#ifndef HOST_WIRE_SECURE_H
#define HOST_WIRE_SECURE_H

#include <openssl/ssl.h>

#include "base/err.h"
#include "host/wire/wire.h"

/*
 * What TLS is here: version 1.3 alone, P-256 alone, no tickets, no session
 * cache, no early data.  Certificates of the other side are leaves that the
 * CA itself issued, valid today, with the key usages of their side said
 * aloud.
 */

/* Contexts; ERR_CONF names the file, ERR_LIB.  The caller frees them. */
enum err	secure_server(const struct wire_conf *, SSL_CTX **,
		    struct note *);
/* conf must outlive the context. */
enum err	secure_client(const struct wire_conf *, SSL_CTX **,
		    struct note *);

/* Shakes hands on a non-blocking socket until clock_ms is until; accepting
 * or connecting as the SSL says.  Errors as wire_dial's. */
enum err	secure_shake(SSL *, int64_t until, struct note *);

/* What OpenSSL's error queue says, which is emptied: of a connection that
 * failed or ended; rc as SSL_get_error has it.  ERR_OK: closed in order. */
enum err	secure_fault(int rc, struct note *);

/* The prints of the other side's key and of its CA's: 1, or 0 without. */
int		secure_prints(SSL *, uint8_t peer[WIRE_PRINT],
		    uint8_t ca[WIRE_PRINT]);

#endif
