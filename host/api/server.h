#ifndef HOST_API_SERVER_H
#define HOST_API_SERVER_H

#include "host/api/http.h"

/*
 * The HTTP side on libwebsockets: one event loop, one thread, which runs
 * every callback.  It refuses by itself, before anything is parsed: a Host
 * that is not exactly one of ours, an Origin that is neither ours nor listed,
 * a path with anything but [A-Za-z0-9._~/-], a body that is announced or grows
 * above HTTP_BODY_MAX, chunked or without length, a type other than
 * application/json, JSON that is not one object or has a member twice, more
 * headers than fit, a client that is too slow, too many connections, too many
 * requests of one address.  All of it is answered as a problem document.
 */
struct server;

struct server_conf {
	const char	*unix_path;	/* socket, 0660; NULL or "": none */
	int		 port;		/* on 127.0.0.1; 0: none; -1: any free */
	const char	*lan_address;	/* "192.0.2.7:8443"; NULL or "": none */
	const char	*tls_cert, *tls_key, *tls_client_ca;	/* files, for lan */
	const char	*hosts;		/* more names for Host, by blanks */
	const char	*origins;	/* more Origins, by blanks */
	const char	*pages;		/* folder with kiosk/, desk/, …; "" none */
	int		 max_connections;	/* 0: 256 */
};

struct server_ops {
	/*
	 * Headers are in, no body yet.  Leaves answer->status 0 to go on with
	 * the body; else the answer is sent and the body not read.
	 */
	void	(*admit)(void *ctx, const struct http_request *,
		    struct http_answer *);
	void	(*handle)(void *ctx, const struct http_request *,
		    struct http_answer *);
	/*
	 * The events after an id for one client, as text of the stream
	 * ("id: 7\nevent: visit\ndata: {…}\n\n" …), and the id of the last one
	 * looked at.  Nothing added: nothing new.  An error ends the stream.
	 */
	enum err (*feed)(void *ctx, const char *client, int64_t *after,
		    struct blob *out);
	/* Still the same client?  0 ends its stream (its token was revoked). */
	int	(*holds)(void *ctx, const char *client);
	void	(*tick)(void *ctx);	/* about once a second */
	void	*ctx;
};

/*
 * ERR_CONF: a LAN address without certificates or client CA, an address that
 * is no number; ERR_IN_USE: a port or socket somebody listens on, with the address in
 * the note; ERR_SYS.  An old socket file nobody listens on is replaced.
 */
enum err	server_open(const struct server_conf *,
		    const struct server_ops *, struct server **,
		    struct note *);
int		server_port(const struct server *);	/* the loopback port */
/* Until server_stop; ERR_LIB when the loop itself fails. */
enum err	server_run(struct server *);
void		server_close(struct server **);	/* NULL fine; sets NULL */

/* From any thread: there may be new events for the streams. */
void		server_wake(struct server *);
/* From any thread or a signal handler. */
void		server_stop(struct server *);

struct server_stats {
	unsigned	connections, streams;
	uint64_t	requests, refused;	/* refused: by the server itself */
};
void		server_stats(const struct server *, struct server_stats *);

#endif
