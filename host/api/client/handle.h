#ifndef HOST_API_CLIENT_HANDLE_H
#define HOST_API_CLIENT_HANDLE_H

#include <curl/curl.h>
#include <openssl/evp.h>

#include "host/api/client/address.h"
#include "host/api/client/stream.h"

/*
 * handle: what shikaku_open made of the configuration.  One thread at a
 * time.
 */
struct shikaku {
	CURL			*easy;
	struct address		 address;
	char			*authorization;	/* header line; secret */
	EVP_PKEY		*evidence;	/* NULL: none was given */
	int			 timeout_ms;
	struct stream		*stream;	/* from the first wait on */
	struct shikaku_problem	 problem;
};

#endif
