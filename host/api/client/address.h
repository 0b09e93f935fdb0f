#ifndef HOST_API_CLIENT_ADDRESS_H
#define HOST_API_CLIENT_ADDRESS_H

#include "host/api/shikaku.h"

/*
 * address: where the agent is.  "https://HOST[:PORT]", or "http://" with a
 * loopback address: nothing else, and nothing behind it.
 */
struct address {
	char	base[300];	/* scheme to port, and /api/v1 */
	int	tls;
};

/* SHIKAKU_SETUP with the reason. */
enum shikaku_err	address_parse(const char *url, struct address *,
			    struct shikaku_problem *);
/* The agent's unix socket: no host of its own, so it is called localhost. */
void			address_local(struct address *);

#endif
