#ifndef HOST_API_CONN_H
#define HOST_API_CONN_H

#include "host/api/limits.h"
#include "host/api/origin.h"
#include "host/api/pages.h"
#include "host/api/server.h"

/*
 * One connection without its socket: bytes in, bytes out, and the time.  One
 * request after the other; what the client sent ahead waits until its answer
 * is out.
 */
#define CONN_REQUEST_MS	10000	/* from first to last byte of a request */
#define CONN_IDLE_MS	30000	/* between requests */
#define CONN_STUCK_MS	20000	/* an answer of which nothing is taken */
#define CONN_ANSWER_MS	120000	/* a request and the whole of its answer */
#define CONN_LINGER_MS	2000	/* after the last answer, until it is read */
#define CONN_LINGER	(256u * 1024)	/* bytes thrown away meanwhile */

struct conn;

/* What all connections of a server share. */
struct conn_site {
	const struct server_ops	*ops;
	const struct origin	*origin;
	const struct pages	*pages;
	struct limits		*limits;
	struct conn		*first;
	struct server_stats	 stats;
};

enum conn_wants {
	CONN_READ = 1,
	CONN_WRITE = 2,	/* conn_pending has something */
	CONN_SHUT = 4,	/* no more is written: say so to the other side */
	CONN_CLOSE = 8
};

/* peer: the address, or "unix".  NULL when there is no memory. */
struct conn	*conn_new(struct conn_site *, enum origin_via,
		    const char *peer, int64_t now);
void		 conn_free(struct conn **);	/* NULL fine; sets NULL */
/* From now on it wants to be closed. */
void		 conn_close(struct conn *);

void		 conn_take(struct conn *, const void *, size_t, int64_t now);
struct buf	 conn_pending(const struct conn *);
void		 conn_sent(struct conn *, size_t, int64_t now);
/* About once a second: time-outs, and the streams' turn. */
void		 conn_tick(struct conn *, int64_t now);
void		 conn_wake(struct conn *, int64_t now);	/* streams only */
unsigned	 conn_wants(const struct conn *);

enum conn_rest {
	CONN_BUSY,	/* in an answer: not to be closed for another one */
	CONN_STRANGER,	/* waits, and nothing was granted to it before */
	CONN_KNOWN	/* waits between requests that were */
};
enum conn_rest	 conn_rest(const struct conn *, int64_t *since);
const char	*conn_peer(const struct conn *);
struct conn	*conn_next(const struct conn *);
/* Whose socket it is: for the caller, not looked at here. */
void		 conn_attach(struct conn *, void *socket);
void		*conn_socket(const struct conn *);

#endif
