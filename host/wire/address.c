#include <sys/socket.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/wire/address.h"

#define KIND	(SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define BACKLOG	64

static int
is_port(const char *s)
{
	size_t n = strspn(s, "0123456789");
	long port = strtol(s, NULL, 10);

	return (n > 0 && n < ADDRESS_PORT && s[n] == '\0' && port > 0 &&
	    port <= UINT16_MAX);
}

int
address_read(const char *s, struct address *out)
{
	static const char may[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:%_";
	const char *colon = strrchr(s, ':');
	size_t len;

	*out = (struct address){ "", "" };
	if (colon == NULL || !is_port(colon + 1))
		return (0);
	len = (size_t)(colon - s);
	if (len > 2 && s[0] == '[' && s[len - 1] == ']') {
		s++;
		len -= 2;
	} else if (memchr(s, ':', len) != NULL) {
		return (0);
	}
	if (len == 0 || len >= ADDRESS_HOST || strspn(s, may) < len)
		return (0);
	memcpy(out->host, s, len);
	memcpy(out->port, colon + 1, strlen(colon + 1) + 1);
	return (1);
}

/* Port and address are what people configure. */
static enum err
why_not(int why)
{
	if (why == EADDRINUSE)
		return (ERR_IN_USE);
	return (why == EADDRNOTAVAIL || why == EACCES ? ERR_CONF : ERR_SYS);
}

static enum err
look_up(const char *s, int flags, struct addrinfo **found, struct note *note)
{
	const struct addrinfo want = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags };
	struct address at;
	int bad;

	*found = NULL;
	if (!address_read(s, &at)) {
		note_set(note, "%s: no HOST:PORT", s);
		return (ERR_CONF);
	}
	if ((bad = getaddrinfo(at.host, at.port, &want, found)) == 0)
		return (ERR_OK);
	note_set(note, "%s: %s", s, gai_strerror(bad));
	return ((flags & AI_NUMERICHOST) != 0 ? ERR_CONF : ERR_NO_AGENT);
}

int
address_is_number(const char *s)
{
	struct addrinfo *found;

	if (look_up(s, AI_NUMERICHOST, &found, NULL) != ERR_OK)
		return (0);
	freeaddrinfo(found);
	return (1);
}

enum err
address_listen(const char *s, int *fd, struct note *note)
{
	struct addrinfo *at = NULL;
	int on = 1;
	enum err r;

	*fd = -1;
	if ((r = look_up(s, AI_NUMERICHOST | AI_PASSIVE, &at, note)) !=
	    ERR_OK)
		return (r);
	if ((*fd = socket(at->ai_family, KIND, 0)) == -1 ||
	    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(*fd, at->ai_addr, at->ai_addrlen) != 0 ||
	    listen(*fd, BACKLOG) != 0) {
		r = why_not(errno);
		note_set(note, "%s: %s", s, strerror(errno));
		if (*fd != -1)
			close(*fd);
		*fd = -1;
	}
	freeaddrinfo(at);
	return (r);
}

static enum err
wait_connected(int fd, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int64_t left;
	int why = 0;

	do {
		left = until - clock_ms();
		if (left <= 0)
			return (ERR_TIMEOUT);
	} while (poll(&p, 1, (int)left) <= 0);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &len) != 0 || why != 0) {
		errno = why != 0 ? why : errno;
		return (ERR_NO_AGENT);
	}
	return (ERR_OK);
}

static enum err
dial_one(const struct addrinfo *at, int64_t until, int *fd)
{
	enum err r = ERR_OK;

	if ((*fd = socket(at->ai_family, KIND, 0)) == -1)
		return (ERR_SYS);
	if (connect(*fd, at->ai_addr, at->ai_addrlen) != 0)
		r = errno == EINPROGRESS ? wait_connected(*fd, until) :
		    ERR_NO_AGENT;
	if (r != ERR_OK) {
		close(*fd);
		*fd = -1;
	}
	return (r);
}

static int64_t
count(const struct addrinfo *at)
{
	int64_t n = 0;

	for (; at != NULL; at = at->ai_next)
		n++;
	return (n);
}

/* One that swallows everything leaves the others their share of the time. */
enum err
address_dial(const char *s, int64_t until, int *fd, struct note *note)
{
	struct addrinfo *all = NULL;
	int64_t now;
	enum err r;

	*fd = -1;
	if ((r = look_up(s, 0, &all, note)) != ERR_OK)
		return (r);
	r = ERR_NO_AGENT;
	for (struct addrinfo *at = all; r != ERR_OK && at != NULL;
	    at = at->ai_next) {
		now = clock_ms();
		errno = 0;
		r = dial_one(at, now + (until - now) / count(at), fd);
		note_set(note, "%s: %s", s, r == ERR_TIMEOUT ?
		    "no answer in time" : strerror(errno));
	}
	if (r == ERR_OK)
		note_set(note, "%s", "");
	freeaddrinfo(all);
	return (r);
}
