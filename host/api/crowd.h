#ifndef HOST_API_CROWD_H
#define HOST_API_CROWD_H

#include "host/api/conn.h"

/*
 * Who gives way when too many are connected.  A newcomer takes the place of
 * whoever has waited longest without a request, strangers before those that
 * showed a token: a thousand silent connections close each other, and not the
 * next client.  Nobody is closed in the middle of an answer.
 */
#define CROWD_PEER	64	/* of one address; ours */
#define CROWD_RESERVE	8	/* one in so many is kept for the unix socket */
#define CROWD_DYING	64	/* closed by us, and not gone yet */

/*
 * 1 if another connection of this peer may come in, 0 if not.  *gone is the
 * one that was closed for it, or NULL.
 */
int	crowd_admit(struct conn_site *, const char *peer, unsigned max,
	    struct conn **gone);

#endif
