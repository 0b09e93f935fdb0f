#ifndef HOST_REMOTE_HUB_H
#define HOST_REMOTE_HUB_H

#include "base/buf.h"
#include "host/remote/ca.h"
#include "host/remote/device.h"

/*
 * Where devices dial: listens, shakes hands, hears HELLO, and serves the three
 * purposes of link.md, "Over a network", a thread for each connection.  A
 * device has one connection as a reader at most.
 */
struct hub;

#define HUB_SHAKE_MS	10000	/* a handshake; and HELLO after it */
#define HUB_IDLE_MS	60000	/* between two requests of a device */
#define HUB_SILENT_MS	10000	/* a newer connection wins after that */
#define HUB_STRANGERS	32	/* connections that are no device's yet … */
#define HUB_PEER	8	/* … and of one address, or IPv6's /64 */
#define HUB_ENROLS	4	/* connections of those who have a code */
#define HUB_DEVICE	16	/* connections of one device; ours */
#define HUB_GUESTS	512	/* connections at a time; ours */

struct hub_ops {
	/* Its reader came, or went; any thread. */
	void	(*changed)(void *ctx, const char *device, int connected);
	void	*ctx;
};

#define HUB_TICKET	142	/* bytes of one */

/* Called in a connection's thread, several at a time. */
struct hub_deliver {
	/* Adds up to n tickets for this device. */
	enum err (*tickets)(void *ctx, const struct device *, unsigned n,
		    struct blob *out, struct note *);
	/* *filed: 1 now, 2 before. */
	enum err (*record)(void *ctx, const struct device *,
		    struct buf sealed, uint8_t *filed, struct note *);
	void	 *ctx;
};

struct hub_conf {
	const char		 *listen;	/* ADDRESS:PORT */
	const char		 *store;	/* its file */
	struct ca		 *ca;		/* borrowed */
	const struct hub_ops	 *ops;		/* borrowed; NULL: none */
	const struct hub_deliver *deliver;	/* borrowed; NULL: NOT_NOW */
};

/* The strings are not needed afterwards.  ERR_CONF, ERR_IN_USE: the address;
 * errors of wire_server_open and store_open. */
enum err	hub_open(const struct hub_conf *, struct hub **,
		    struct note *);
/* Ends every connection and waits for that; NULL fine, sets NULL. */
void		hub_close(struct hub **);

/*
 * The device's reader: a blocking stream socket that speaks the link, the
 * caller's to close, which ends the connection.  ERR_DEVICE_AWAY: it is not
 * connected; ERR_READER_BUSY: it was taken before.
 */
enum err	hub_take(struct hub *, const char *device, int *fd,
		    struct note *);
int		hub_connected(struct hub *, const char *device);
/* The list of devices has changed: who is revoked is cut off now, and not
 * within the next HUB_LOOK_MS. */
#define HUB_LOOK_MS	500
void		hub_look(struct hub *);

#endif
