#ifndef HOST_API_ORIGIN_H
#define HOST_API_ORIGIN_H

#include "base/buf.h"

/*
 * Which Host and which Origin are ours.  A page of another site can make a
 * browser send anything but these two (DNS rebinding, cross-site requests),
 * so they are compared whole, never by a part.
 */
enum origin_via { VIA_LOOPBACK, VIA_UNIX, VIA_LAN };

struct origin;

struct origin_conf {
	int		 port;		/* on loopback; 0 none */
	const char	*lan;		/* "192.0.2.7:8443" or "" */
	const char	*hosts;		/* by blanks; taken as they stand */
	const char	*origins;	/* by blanks */
};

/* ERR_CONF: a host or an origin that can be none, named in the note. */
enum err	origin_open(const struct origin_conf *, struct origin **,
		    struct note *);
void		origin_close(struct origin **);		/* NULL fine */

/* Whether a Host header's value names us where the request came in. */
int		origin_is_host(const struct origin *, enum origin_via,
		    struct buf);
/* Whether it is http or https to one of our hosts. */
int		origin_is_ours(const struct origin *, struct buf);
/* Whether it is in the configuration; the text of it, or NULL. */
const char	*origin_listed(const struct origin *, struct buf);

#endif
