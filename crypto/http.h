#ifndef CRYPTO_HTTP_H
#define CRYPTO_HTTP_H

#include <openssl/ocsp.h>

#include "base/err.h"

/*
 * Posts one OCSP request to an address of url.h and reads one response, all
 * within ms milliseconds: no name is looked up.  No proxy of the environment,
 * no redirection, no TLS (the answer is signed), at most 64 KiB.  The caller
 * frees *answer by OCSP_RESPONSE_free.  ERR_CONF for the address, ERR_TIMEOUT,
 * ERR_SYS when nobody listens, ERR_LIB for any other answer; why says it.
 * Internal to crypto/.
 */
enum err	http_ocsp(const char *url, const OCSP_REQUEST *, int ms,
		    OCSP_RESPONSE **answer, struct note *why);

#endif
