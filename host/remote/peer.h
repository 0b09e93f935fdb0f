#ifndef HOST_REMOTE_PEER_H
#define HOST_REMOTE_PEER_H

#include <sys/socket.h>
#include <netinet/in.h>

/*
 * Who is counted as one at the other end of a connection: an address of IPv4,
 * also in IPv6's form, or the /64 of IPv6, all of which one host may use.
 * "" where it is neither.
 */
#define PEER_NAME	(INET6_ADDRSTRLEN + 4)

void	peer_name(const struct sockaddr_storage *, char out[PEER_NAME]);

#endif
