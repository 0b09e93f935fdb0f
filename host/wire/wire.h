#ifndef HOST_WIRE_WIRE_H
#define HOST_WIRE_WIRE_H

#include <stdint.h>

#include "base/err.h"

/*
 * A connection between the agent and a device: TLS 1.3 with ALPN
 * "shikaku-link/1", whose bytes a thread of its own carries to and from one
 * end of a socketpair, so that driver/frame.h, link.c and serve.c need to
 * know nothing of TLS.  hw-docs/protocols/link.md, "Over a network".
 *
 * Programs that use it ignore SIGPIPE.  Buffers are bounded both ways: who
 * does not read is not read from.  What passes is wiped behind it.
 */
struct wire;
struct wire_server;

#define WIRE_PRINT	32	/* SHA-256 of a SubjectPublicKeyInfo */
#define WIRE_CODE_PRINT	10	/* its first 80 bits: people type them */

struct wire_conf {
	/* Ours: PEM files, P-256.  NULL: none, when dialling only. */
	const char	*cert, *key;
	/*
	 * Who vouches for the other side: a PEM file; or, when dialling only,
	 * NULL and the beginning of its print.
	 */
	const char	*ca;
	const uint8_t	*ca_print;	/* WIRE_CODE_PRINT bytes */
	/* To dial: "HOST:PORT", "[2001:db8::7]:PORT"; see address.h. */
	const char	*address;
};

/*
 * Connects and shakes hands within ms; a name's look-up beforehand may take
 * longer than that.  The other side must show a certificate that the CA issued to a
 * server and is valid today.  ERR_NO_AGENT: nobody answers there; ERR_TIMEOUT;
 * ERR_LINK_PEER: its certificate is not accepted; ERR_LINK_TLS: it speaks
 * something else; ERR_CONF: a file of ours, or the address.  That the other
 * side does not take OUR certificate is known only afterwards: wire_why.
 */
enum err	wire_dial(const struct wire_conf *, int ms, struct wire **,
		    struct note *);

/* The side that is dialled: cert, key and ca are needed.  ERR_CONF. */
enum err	wire_server_open(const struct wire_conf *,
		    struct wire_server **, struct note *);
void		wire_server_close(struct wire_server **);	/* NULL fine */
/*
 * Shakes hands with one client within ms; fd is the wire's from here on, also
 * on error.  A client without a certificate is let in (wire_peer is NULL),
 * one with a certificate that the CA did not issue to a client, or that is
 * not valid today, is not: ERR_LINK_PEER.  Any thread, several at a time.
 */
enum err	wire_accept(const struct wire_server *, int fd, int ms,
		    struct wire **, struct note *);

/* The plain end: a stream socket, blocking.  The wire's; or, after wire_give,
 * the caller's to close, which ends the wire. */
int		wire_fd(const struct wire *);
int		wire_give(struct wire *);

/* WIRE_PRINT bytes: of the other side's key, NULL if it showed no
 * certificate; of the CA that vouched for it, NULL as well. */
const uint8_t	*wire_peer(const struct wire *);
const uint8_t	*wire_ca(const struct wire *);

/* Milliseconds since something was sent that nothing has followed from the
 * other side; 0 when it spoke last.  Any thread. */
int64_t		wire_silence(const struct wire *);

/*
 * A descriptor that is readable once the wire has ended; the wire's.  why
 * then says by whom: ERR_OK in order, by either side; ERR_LINK_PEER, the
 * other side refused our certificate; ERR_LINK_TLS; ERR_READER_FAULT, the
 * connection broke.
 */
int		wire_ended(const struct wire *);
enum err	wire_why(struct wire *, struct note *);

/* Ends it at once, without a word; any thread.  wire_close still follows. */
void		wire_shut(struct wire *);
/*
 * Ends it, and waits for that: what was written to the plain end before is
 * sent first, within WIRE_FLUSH_MS.  NULL fine, sets NULL.
 */
#define WIRE_FLUSH_MS	2000
void		wire_close(struct wire **);

#endif
