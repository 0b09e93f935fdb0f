#ifndef CRYPTO_PEM_H
#define CRYPTO_PEM_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * A file that is DER, or PEM with one block or more.  take gets each DER,
 * borrowed for the call, and ends the walk by returning an error.  A block of
 * another label, an encrypted one or none at all is ERR_CERT_FORM.  Internal
 * to crypto/.
 */
typedef enum err	pem_take(void *arg, const uint8_t *der, size_t len);

enum err	pem_each(const struct blob *, const char *label, pem_take *,
		    void *arg);

#endif
