#ifndef HOST_REMOTE_HUB_IN_H
#define HOST_REMOTE_HUB_IN_H

#include <pthread.h>

#include "host/remote/enrol.h"
#include "host/remote/hub.h"
#include "host/remote/peer.h"
#include "host/wire/wire.h"

/* Shared by hub.c, which keeps the list, and guest.c, which talks. */

/* Of a connection as a reader. */
enum reader { READER_NOT, READER_KEPT, READER_OFFERED, READER_TAKEN };

struct guest {
	struct guest	*next;
	struct hub	*hub;
	struct wire_server *server;
	int		 fd;		/* the wire's after the handshake */
	int		 net;		/* a copy, to shut it down by */
	char		 peer[PEER_NAME];

	/* Under the hub's lock; the guest's own thread may read wire. */
	struct wire	*wire;
	struct device	 device;	/* of the list, once known */
	int		 known, enrols;
	enum reader	 reader;
};

/* A renewed certificate takes another one's place; that is kept, because
 * handshakes may be under way with it. */
struct servant {
	struct servant		*next;
	struct wire_server	*server;
};

struct hub {
	struct ca		 *ca;
	const struct hub_ops	 *ops;
	const struct hub_deliver *deliver;
	struct servant		 *servants;	/* the first one serves */
	int			  listens, wake;
	pthread_t		  thread;
	int64_t			  renew_at;	/* clock_ms() */

	pthread_mutex_t		  lock;		/* of what follows */
	pthread_cond_t		  gone;
	struct guest		 *first;
	unsigned		  guests;
	int			  closing;

	pthread_mutex_t		  store_lock;	/* taken last */
	struct store		 *store;
	struct enrol_gate	  gate;
};

/* The thread of a connection, from the handshake to its end. */
void		guest_run(struct guest *);

/* For it: the list of devices says who this is; ERR_LINK_REVOKED,
 * ERR_TOO_MANY. */
enum err	hub_know(struct guest *, const uint8_t *print,
		    struct device *);
/* It may try codes; ERR_LINK_REVOKED: nobody is invited, ERR_TOO_MANY. */
enum err	hub_enrol(struct guest *);
/* It may be its device's reader, or ERR_READER_BUSY. */
enum err	hub_keep(struct guest *);
void		hub_offer(struct guest *);
void		hub_withdraw(struct guest *);
/* The wire can be shut by others from here on; NULL: no longer. */
void		hub_attach(struct guest *, struct wire *);

#endif
