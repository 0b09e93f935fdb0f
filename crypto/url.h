#ifndef CRYPTO_URL_H
#define CRYPTO_URL_H

#include "base/err.h"

/*
 * The address of a responder, cut into its parts; what may stand in it is
 * said at revocation_url_ok.  The host is a number or localhost, so nothing
 * is ever looked up.  Internal to crypto/.
 */
#define URL_HOST	48	/* INET6_ADDRSTRLEN and two brackets */
#define URL_PORT	6

struct url {
	char		 host[URL_HOST];	/* as it was typed */
	char		 number[URL_HOST];	/* to connect to */
	char		 port[URL_PORT];	/* "80" if none was typed */
	const char	*path;		/* borrowed of the text; "/" if none */
};

/* ERR_CONF; NULL is no address. */
enum err	url_cut(const char *text, struct url *);

#endif
