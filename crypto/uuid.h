#ifndef CRYPTO_UUID_H
#define CRYPTO_UUID_H

#include "base/err.h"

/* Random UUIDs, version 4 (RFC 9562 5.4), in lower case. */
#define UUID_LEN	37	/* 36 characters and 0 */

enum err	uuid_make(char out[UUID_LEN]);	/* ERR_LIB, and then "" */
int		uuid_is(const char *);		/* 1: such a one */

#endif
