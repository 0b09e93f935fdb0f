#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/wire/address.h"
#include "host/wire/pump.h"
#include "host/wire/secure.h"
#include "host/wire/wire.h"

#define LINGER_MS	500

struct wire {
	struct pump	*pump;
	int		 plain;		/* -1: given away */
	int		 known;		/* peer and ca hold something */
	uint8_t		 peer[WIRE_PRINT], ca[WIRE_PRINT];
};

struct wire_server {
	SSL_CTX	*ctx;
};

/* --- the socket --- */

/*
 * A line that was cut is found by nobody who only waits: probes after 15 s,
 * three of them 5 s apart.  What was sent is not waited for longer either.
 */
static const struct {
	int	level, name, value;
} tunings[] = {
	{ SOL_SOCKET,	SO_KEEPALIVE,		1 },
	{ IPPROTO_TCP,	TCP_KEEPIDLE,		15 },
	{ IPPROTO_TCP,	TCP_KEEPINTVL,		5 },
	{ IPPROTO_TCP,	TCP_KEEPCNT,		3 },
	{ IPPROTO_TCP,	TCP_USER_TIMEOUT,	30000 },
	{ IPPROTO_TCP,	TCP_NODELAY,		1 },
};

/* A socket that is not TCP has none of these, and needs none. */
static void
tune(int fd)
{
	for (size_t i = 0; i < sizeof(tunings) / sizeof(tunings[0]); i++)
		(void)setsockopt(fd, tunings[i].level, tunings[i].name,
		    &tunings[i].value, sizeof(int));
}

/*
 * What the other side wrote meanwhile is taken before the socket is closed:
 * else the kernel answers it by a reset, which can overtake our reason.
 */
static void
linger(int fd, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left, end = clock_ms() + LINGER_MS;
	uint8_t gone[512];

	end = until < end ? until : end;
	if (shutdown(fd, SHUT_WR) != 0)
		return;
	while ((left = end - clock_ms()) > 0) {
		if (poll(&p, 1, (int)left) > 0 &&
		    recv(fd, gone, sizeof(gone), MSG_DONTWAIT) <= 0)
			return;
	}
}

/* --- from a handshake to a wire --- */

static enum err
know_peer(struct wire *w, SSL *ssl, struct note *note)
{
	if (SSL_get0_peer_certificate(ssl) == NULL && SSL_is_server(ssl))
		return (ERR_OK);
	w->known = secure_prints(ssl, w->peer, w->ca);
	if (w->known)
		return (ERR_OK);
	note_set(note, "not issued by the CA itself");
	return (ERR_LINK_PEER);
}

/* The SSL and its socket are the wire's, also on error. */
static enum err
start(struct wire *w, SSL *ssl)
{
	int net = SSL_get_fd(ssl), fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
		SSL_free(ssl);
		close(net);
		return (ERR_SYS);
	}
	w->plain = fds[0];
	if (fcntl(fds[1], F_SETFL, O_NONBLOCK) != 0) {
		close(fds[1]);
		SSL_free(ssl);
		close(net);
		return (ERR_SYS);
	}
	return (pump_open(ssl, fds[1], &w->pump));
}

static enum err
meet(SSL_CTX *ctx, int fd, SSL **out)
{
	SSL *ssl = SSL_new(ctx);

	*out = NULL;
	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		return (ERR_LIB);
	}
	*out = ssl;
	return (ERR_OK);
}

/* fd is the wire's, also on error. */
static enum err
make(SSL *ssl, int fd, int64_t until, struct wire **out, struct note *note)
{
	struct wire *w = calloc(1, sizeof(*w));
	enum err r = w == NULL ? ERR_NOMEM : ERR_OK;

	if (w != NULL)
		w->plain = -1;
	if (r == ERR_OK && (r = secure_shake(ssl, until, note)) == ERR_OK)
		r = know_peer(w, ssl, note);
	if (r != ERR_OK) {
		SSL_free(ssl);
		if (r == ERR_LINK_PEER)
			linger(fd, until);
		close(fd);
	} else {
		r = start(w, ssl);
	}
	if (r != ERR_OK)
		wire_close(&w);
	*out = w;
	return (r);
}

enum err
wire_dial(const struct wire_conf *c, int ms, struct wire **out,
    struct note *note)
{
	int64_t until = clock_ms() + ms;
	SSL_CTX *ctx = NULL;
	SSL *ssl = NULL;
	int fd = -1;
	enum err r;

	*out = NULL;
	if ((r = secure_client(c, &ctx, note)) != ERR_OK ||
	    (r = address_dial(c->address, until, &fd, note)) != ERR_OK)
		goto out;
	tune(fd);
	if ((r = meet(ctx, fd, &ssl)) != ERR_OK) {
		close(fd);
		goto out;
	}
	SSL_set_connect_state(ssl);
	r = make(ssl, fd, until, out, note);
out:
	SSL_CTX_free(ctx);
	return (r);
}

enum err
wire_server_open(const struct wire_conf *c, struct wire_server **out,
    struct note *note)
{
	struct wire_server *s = calloc(1, sizeof(*s));
	enum err r = s == NULL ? ERR_NOMEM : secure_server(c, &s->ctx, note);

	if (r != ERR_OK)
		wire_server_close(&s);
	*out = s;
	return (r);
}

void
wire_server_close(struct wire_server **sp)
{
	struct wire_server *s = *sp;

	if (s == NULL)
		return;
	*sp = NULL;
	SSL_CTX_free(s->ctx);
	free(s);
}

enum err
wire_accept(const struct wire_server *s, int fd, int ms, struct wire **out,
    struct note *note)
{
	int64_t until = clock_ms() + ms;
	SSL *ssl = NULL;
	enum err r;

	*out = NULL;
	r = fcntl(fd, F_SETFL, O_NONBLOCK) == 0 ? meet(s->ctx, fd, &ssl) :
	    ERR_SYS;
	if (r != ERR_OK) {
		close(fd);
		return (r);
	}
	tune(fd);
	SSL_set_accept_state(ssl);
	return (make(ssl, fd, until, out, note));
}

/* --- what is asked of it --- */

int
wire_fd(const struct wire *w)
{
	return (w->plain);
}

int
wire_give(struct wire *w)
{
	int fd = w->plain;

	w->plain = -1;
	return (fd);
}

const uint8_t *
wire_peer(const struct wire *w)
{
	return (w->known ? w->peer : NULL);
}

const uint8_t *
wire_ca(const struct wire *w)
{
	return (w->known ? w->ca : NULL);
}

int64_t
wire_silence(const struct wire *w)
{
	return (pump_silence(w->pump));
}

int
wire_ended(const struct wire *w)
{
	return (pump_ended(w->pump));
}

enum err
wire_why(struct wire *w, struct note *note)
{
	return (pump_why(w->pump, note));
}

void
wire_shut(struct wire *w)
{
	pump_shut(w->pump);
}

void
wire_close(struct wire **wp)
{
	struct wire *w = *wp;

	if (w == NULL)
		return;
	*wp = NULL;
	if (w->plain != -1)
		close(w->plain);
	pump_close(&w->pump);
	free(w);
}
