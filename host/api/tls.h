#ifndef HOST_API_TLS_H
#define HOST_API_TLS_H

#include <openssl/ssl.h>

#include "base/err.h"

/*
 * TLS of the LAN address: version 1.3 only, and only clients with a
 * certificate that the clinic's own CA issued.
 */
struct tls_files {
	const char	*cert, *key, *client_ca;	/* PEM */
};

/* ERR_CONF: which file, in the note. */
enum err	tls_setup(SSL_CTX *, const struct tls_files *, struct note *);

#endif
