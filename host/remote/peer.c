#include <arpa/inet.h>
#include <string.h>

#include "host/remote/peer.h"

#define NET	8	/* bytes of a /64 */
#define MAPPED	12	/* bytes before the IPv4 of ::ffff:0:0/96 */

static void
name_v6(struct in6_addr net, char out[PEER_NAME])
{
	if (IN6_IS_ADDR_V4MAPPED(&net)) {
		(void)inet_ntop(AF_INET, net.s6_addr + MAPPED, out,
		    PEER_NAME);
		return;
	}
	memset(net.s6_addr + NET, 0, sizeof(net.s6_addr) - NET);
	if (inet_ntop(AF_INET6, &net, out, INET6_ADDRSTRLEN) != NULL)
		strcat(out, "/64");
}

void
peer_name(const struct sockaddr_storage *from, char out[PEER_NAME])
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	out[0] = '\0';
	if (from->ss_family == AF_INET) {
		memcpy(&in, from, sizeof(in));
		(void)inet_ntop(AF_INET, &in.sin_addr, out, PEER_NAME);
	} else if (from->ss_family == AF_INET6) {
		memcpy(&in6, from, sizeof(in6));
		name_v6(in6.sin6_addr, out);
	}
}
