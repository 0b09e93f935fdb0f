/* With _GNU_SOURCE glibc declares bind with a union no other may define. */
#undef _GNU_SOURCE
#define _DEFAULT_SOURCE

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/*
 * Preloaded into the tests' pcscd: its virtual reader binds every address of
 * the machine (card-and-readers.md 7.1); here it gets loopback only, and may
 * take its port again right after a restart.
 */
int
bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_in in;
	const int one = 1;

	if (addr->sa_family != AF_INET || len < sizeof(in))
		return ((int)syscall(SYS_bind, fd, addr, len));
	memcpy(&in, addr, sizeof(in));
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return ((int)syscall(SYS_bind, fd, &in, sizeof(in)));
}
