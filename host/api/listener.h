#ifndef HOST_API_LISTENER_H
#define HOST_API_LISTENER_H

#include "base/err.h"
#include "host/api/limits.h"

/*
 * Sockets that wait for clients: non-blocking, closed on exec.  *fd is -1
 * unless ERR_OK.
 */

/* On 127.0.0.1; port -1: any free one. */
enum err	listener_loopback(int port, int *fd, struct note *);
int		listener_port(int fd);
/*
 * Mode 0660.  A socket file nobody answers on is replaced; any other file is
 * ERR_CONF, one that is in use ERR_SYS.
 */
enum err	listener_unix(const char *path, int *fd, struct note *);
/* "192.0.2.7:8443" or "[2001:db8::7]:8443", numbers only. */
enum err	listener_lan(const char *address, int *fd, struct note *);

/* The next client, or -1 with errno; peer is its address, or "unix". */
int		listener_accept(int fd, char peer[LIMITS_PEER]);

#endif
