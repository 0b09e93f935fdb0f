#ifndef DRIVER_VPCD_ADDRESS_H
#define DRIVER_VPCD_ADDRESS_H

#include <sys/socket.h>

#include "base/err.h"

/*
 * What follows "vpcd:": [ext,][open,]ADDRESS.  ADDRESS is PORT (1 to 65535)
 * for 127.0.0.1, or HOST:PORT, a numeric address, IPv6 in brackets.  One that
 * is not loopback is refused unless "open," says that it is meant.
 */
struct vpcd_address {
	struct sockaddr_storage	at;
	socklen_t		len;
	int			extended;	/* "ext,": extended APDUs */
	int			loopback;
	char			text[64];	/* "127.0.0.1:35963" */
};

/* ERR_CONF with a note that says what is wrong. */
enum err	vpcd_address_read(const char *, struct vpcd_address *,
		    struct note *);

#endif
