#include <sys/socket.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "base/clock.h"
#include "base/secret.h"
#include "driver/vpcd_line.h"

#define SLICE_MS	60000

static void
set_on(int fd, int option)
{
	const int on = 1;

	/* Speed only: where it is refused, answers are slow. */
	(void)setsockopt(fd, IPPROTO_TCP, option, &on, sizeof(on));
}

void
vpcd_line_tune(int fd)
{
	set_on(fd, TCP_NODELAY);
}

/* 1 when fd is ready or broken, 0 when time is up. */
static int
wait_for(int fd, short what, int64_t until)
{
	struct pollfd pfd = { .fd = fd, .events = what };
	int64_t left;

	do {
		left = until - clock_ms();
		left = left > SLICE_MS ? SLICE_MS : left > 0 ? left : 0;
		if (poll(&pfd, 1, (int)left) > 0)
			return (1);
	} while (left > 0);
	return (0);
}

static enum err
send_all(int fd, const uint8_t *p, size_t len, int64_t until)
{
	ssize_t n;

	while (len > 0) {
		n = send(fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, POLLOUT, until))
				return (ERR_TIMEOUT);
		} else if (errno != EINTR) {
			return (ERR_NO_CARD);
		}
	}
	return (ERR_OK);
}

enum err
vpcd_line_send(int fd, const uint8_t *msg, size_t len, int64_t until)
{
	struct blob out = { 0 };
	enum err r;

	if (len > VPCD_MSG_MAX)
		return (ERR_TOOBIG);
	if ((r = blob_add_u16(&out, (uint16_t)len)) == ERR_OK &&
	    (r = blob_add(&out, msg, len)) == ERR_OK)
		r = send_all(fd, out.data, out.len, until);
	blob_free(&out);
	return (r);
}

/* The kernel forgets TCP_QUICKACK after a while, so before each recv; *got
 * tells a close before from one inside. */
static enum err
recv_all(int fd, uint8_t *p, size_t len, size_t *got, int64_t until)
{
	ssize_t n;

	while (*got < len) {
		set_on(fd, TCP_QUICKACK);
		n = recv(fd, p + *got, len - *got, MSG_DONTWAIT);
		if (n > 0) {
			*got += (size_t)n;
		} else if (n == 0) {
			return (ERR_NO_CARD);
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, POLLIN, until))
				return (ERR_TIMEOUT);
		} else if (errno != EINTR) {
			return (ERR_NO_CARD);
		}
		/* Dripped bytes, too, have to come in time. */
		if (*got < len && clock_ms() > until)
			return (ERR_TIMEOUT);
	}
	return (ERR_OK);
}

enum err
vpcd_line_recv(int fd, uint8_t *msg, size_t *len, int64_t until)
{
	size_t room = *len, got = 0;
	uint8_t head[2];
	enum err r;

	*len = 0;
	r = recv_all(fd, head, sizeof(head), &got, until);
	if (r == ERR_NO_CARD && got > 0)
		r = ERR_TORN;
	if (r != ERR_OK)
		return (r);
	*len = (size_t)head[0] << 8 | head[1];
	if (*len > room)
		return (ERR_TOOBIG);
	got = 0;
	r = recv_all(fd, msg, *len, &got, until);
	if (r != ERR_OK) {
		secret_cleanse(msg, got);
		*len = 0;
	}
	return (r == ERR_NO_CARD ? ERR_TORN : r);
}

enum err
vpcd_line_quiet(int fd)
{
	uint8_t byte;
	ssize_t n;

	do {
		n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n > 0)
		return (ERR_READER_FAULT);
	return (n == -1 && errno == EAGAIN ? ERR_OK : ERR_NO_CARD);
}
