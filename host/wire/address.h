#ifndef HOST_WIRE_ADDRESS_H
#define HOST_WIRE_ADDRESS_H

#include <stdint.h>

#include "base/err.h"

/*
 * "HOST:PORT" as people write it: a name, "192.0.2.7" or "[2001:db8::7]".
 */
#define ADDRESS_HOST	254	/* RFC 1035 2.3.4: 253 characters and 0 */
#define ADDRESS_PORT	6	/* five digits and 0 */

struct address {
	char	host[ADDRESS_HOST];	/* without brackets */
	char	port[ADDRESS_PORT];
};

/* 1 if it is of this form: letters, digits and ".-:%_" only; else 0. */
int		address_read(const char *, struct address *);

/* 1 where the host is a number, as it must be to listen there. */
int		address_is_number(const char *);
/*
 * Listens there; the host must be a number.  The descriptor is non-blocking.
 * *fd is -1 unless ERR_OK; ERR_CONF, ERR_IN_USE, ERR_SYS.
 */
enum err	address_listen(const char *, int *fd, struct note *);
/* Connects, one address of the name after the other, each with its share of
 * the time until clock_ms is until: ERR_NO_AGENT, ERR_TIMEOUT, ERR_CONF.  Non-blocking. */
enum err	address_dial(const char *, int64_t until, int *fd,
		    struct note *);

#endif
