#include <sys/socket.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"
#include "tests/lib/fake_vpcd.h"

static void
set_on(int fd, int option)
{
	const int on = 1;

	/* Speed only: where the kernel refuses, the answers are slow. */
	(void)setsockopt(fd, IPPROTO_TCP, option, &on, sizeof(on));
}

enum err
fake_vpcd_dial(struct fake_vpcd *v, const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *ai = NULL;
	enum err r = ERR_NO_SERVICE;
	int fd = -1;

	v->fd = -1;
	v->have = 0;
	if (getaddrinfo(host, port, &hints, &ai) != 0)
		return (ERR_CONF);
	fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		goto out;
	set_on(fd, TCP_NODELAY);
	v->fd = fd;
	fd = -1;	/* moved */
	r = ERR_OK;
out:
	if (fd != -1)
		close(fd);
	freeaddrinfo(ai);
	return (r);
}

enum err
fake_vpcd_receive(struct fake_vpcd *v)
{
	ssize_t n;

	set_on(v->fd, TCP_QUICKACK);
	do {
		n = recv(v->fd, v->in + v->have, sizeof(v->in) - v->have, 0);
	} while (n == -1 && errno == EINTR);
	if (n <= 0)
		return (ERR_NO_SERVICE);
	v->have += (size_t)n;
	return (ERR_OK);
}

int
fake_vpcd_next(struct fake_vpcd *v, uint8_t *msg, size_t *len)
{
	struct buf b = { v->in, v->have }, part;
	uint16_t want;

	if (buf_u16(&b, &want) != ERR_OK ||
	    buf_take(&b, want, &part) != ERR_OK)
		return (0);
	memcpy(msg, part.p, part.left);
	*len = part.left;
	memmove(v->in, b.p, b.left);
	secret_cleanse(v->in + b.left, v->have - b.left);
	v->have = b.left;
	return (1);
}

enum err
fake_vpcd_send(struct fake_vpcd *v, const uint8_t *data, size_t n, size_t len)
{
	uint8_t out[2 + FAKE_VPCD_MSG] = { (uint8_t)(len >> 8),
	    (uint8_t)len };
	size_t left = n + 2;
	const uint8_t *p = out;
	ssize_t sent;

	if (len > FAKE_VPCD_MSG || n > len)
		return (ERR_TOOBIG);
	memcpy(out + 2, data, n);
	while (left > 0) {
		sent = send(v->fd, p, left, MSG_NOSIGNAL);
		if (sent == -1 && errno == EINTR)
			continue;
		if (sent <= 0)
			return (ERR_NO_SERVICE);
		p += sent;
		left -= (size_t)sent;
	}
	return (ERR_OK);
}

void
fake_vpcd_hang_up(struct fake_vpcd *v)
{
	if (v->fd != -1)
		close(v->fd);
	v->fd = -1;
	v->have = 0;
	secret_cleanse(v->in, sizeof(v->in));
}
