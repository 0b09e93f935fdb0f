#ifndef HOST_WIRE_PUMP_H
#define HOST_WIRE_PUMP_H

#include <openssl/ssl.h>

#include "base/err.h"

/*
 * The thread of a wire: it carries bytes between a TLS connection whose
 * handshake is done and a stream socket.  One record's worth is held each
 * way, so that who does not read is not read from; it is wiped when it has
 * passed.
 */
struct pump;

/* The SSL, its socket and the inner end are the pump's from here on, also on
 * error; both sockets are non-blocking.  ERR_NOMEM, ERR_SYS. */
enum err	pump_open(SSL *, int inner, struct pump **);
/* As wire_silence, wire_ended and wire_why. */
int64_t		pump_silence(const struct pump *);
int		pump_ended(const struct pump *);
enum err	pump_why(struct pump *, struct note *);

void		pump_shut(struct pump *);	/* at once, without a word */
/* Sends what has been written, within WIRE_FLUSH_MS; waits for the end. */
void		pump_close(struct pump **);

#endif
