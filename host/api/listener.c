#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/api/listener.h"

#define KIND	(SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define BACKLOG	1024	/* a burst waits here; the kernel caps it */
#define MODE	0660	/* owner and group; nobody else on the machine */
#define ADDRESS	64	/* "[" 39 characters of IPv6 "]" ":" 5 digits, 0 */

union address {
	struct sockaddr		any;
	struct sockaddr_in	v4;
	struct sockaddr_in6	v6;
	struct sockaddr_un	un;
	struct sockaddr_storage	room;
};

static enum err
failed(int *fd, const char *what, struct note *note)
{
	enum err r = errno == EADDRINUSE ? ERR_IN_USE : ERR_SYS;

	note_set(note, "%s: %s", what, strerror(errno));
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return (r);
}

static enum err
listen_at(const struct sockaddr *at, socklen_t len, const char *what, int *fd,
    struct note *note)
{
	int on = 1;

	if ((*fd = socket(at->sa_family, KIND, 0)) == -1 ||
	    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(*fd, at, len) != 0 || listen(*fd, BACKLOG) != 0)
		return (failed(fd, what, note));
	return (ERR_OK);
}

enum err
listener_loopback(int port, int *fd, struct note *note)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr = { htonl(INADDR_LOOPBACK) },
	    .sin_port = htons((uint16_t)(port == -1 ? 0 : port)) };
	char what[ADDRESS];

	*fd = -1;
	snprintf(what, sizeof(what), "127.0.0.1:%d", port);
	if (port < -1 || port > UINT16_MAX) {
		note_set(note, "%s", what);
		return (ERR_CONF);
	}
	return (listen_at((const struct sockaddr *)&at, sizeof(at), what, fd,
	    note));
}

int
listener_port(int fd)
{
	union address at;
	socklen_t len = sizeof(at);

	if (getsockname(fd, &at.any, &len) != 0)
		return (0);
	return (ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port :
	    at.v4.sin_port));
}

/* 1 only if the file is a socket and nobody answers on it. */
static int
is_stale(const struct sockaddr_un *at)
{
	struct stat st;
	int fd, refused;

	if (lstat(at->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return (0);
	if ((fd = socket(AF_UNIX, KIND, 0)) == -1)
		return (0);
	refused = connect(fd, (const struct sockaddr *)at, sizeof(*at)) != 0 &&
	    errno == ECONNREFUSED;
	close(fd);
	return (refused);
}

/* Nobody can connect before listen, so the mode is in force by then. */
static enum err
bind_unix(const struct sockaddr_un *at, int *fd, struct note *note)
{
	const struct sockaddr *any = (const struct sockaddr *)at;
	int bad, why;

	if ((*fd = socket(AF_UNIX, KIND, 0)) == -1)
		return (failed(fd, at->sun_path, note));
	bad = bind(*fd, any, sizeof(*at));
	why = errno;
	if (bad && why == EADDRINUSE && is_stale(at)) {
		unlink(at->sun_path);
		bad = bind(*fd, any, sizeof(*at));
		why = errno;
	}
	errno = why;	/* is_stale has left another one */
	if (bad || chmod(at->sun_path, MODE) != 0 ||
	    listen(*fd, BACKLOG) != 0)
		return (failed(fd, at->sun_path, note));
	return (ERR_OK);
}

enum err
listener_unix(const char *path, int *fd, struct note *note)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;

	*fd = -1;
	if (strlen(path) >= sizeof(at.sun_path)) {
		note_set(note, "%s: longer than %zu bytes", path,
		    sizeof(at.sun_path) - 1);
		return (ERR_CONF);
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
		note_set(note, "%s: is no socket", path);
		return (ERR_CONF);
	}
	return (bind_unix(&at, fd, note));
}

/* "host:port" without the brackets of IPv6; 0 if it is not of this form. */
static int
split(const char *address, char host[ADDRESS], const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t len;

	if (colon == NULL || colon[1] == '\0')
		return (0);
	len = (size_t)(colon - address);
	if (len > 2 && address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	if (len == 0 || len >= ADDRESS)
		return (0);
	memcpy(host, address, len);
	host[len] = '\0';
	*port = colon + 1;
	return (1);
}

enum err
listener_lan(const char *address, int *fd, struct note *note)
{
	struct addrinfo want = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST |
	    AI_NUMERICSERV | AI_PASSIVE }, *found = NULL;
	char host[ADDRESS];
	const char *port;
	enum err r;

	*fd = -1;
	if (!split(address, host, &port) ||
	    getaddrinfo(host, port, &want, &found) != 0) {
		note_set(note, "%s: no address and port", address);
		return (ERR_CONF);
	}
	r = listen_at(found->ai_addr, found->ai_addrlen, address, fd, note);
	freeaddrinfo(found);
	return (r);
}

int
listener_accept(int fd, char peer[LIMITS_PEER])
{
	union address at;
	socklen_t len = sizeof(at);
	int client, on = 1;

	memset(&at, 0, sizeof(at));
	if ((client = accept4(fd, &at.any, &len, SOCK_NONBLOCK |
	    SOCK_CLOEXEC)) == -1)
		return (-1);
	snprintf(peer, LIMITS_PEER, "unix");
	/* Answers go out in parts, events are small: neither waits for the
	 * other side's delayed acknowledgement (tcp(7)). */
	if (at.any.sa_family != AF_UNIX)
		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (at.any.sa_family == AF_INET)
		inet_ntop(AF_INET, &at.v4.sin_addr, peer, LIMITS_PEER);
	else if (at.any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &at.v6.sin6_addr, peer, LIMITS_PEER);
	return (client);
}
