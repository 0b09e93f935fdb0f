#include <sys/eventfd.h>
#include <sys/socket.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/wire/pump.h"
#include "host/wire/secure.h"

#define ROOM	16384		/* RFC 8446 5.1: one record */

/* What passes in one direction. */
struct way {
	uint8_t	data[ROOM];
	size_t	at, len;	/* sent already; all of it */
};

enum order { ORDER_RUN, ORDER_FLUSH, ORDER_STOP };

struct pump {
	SSL		*ssl;
	int		 net, inner;
	int		 wake, ended;	/* eventfds: an order; all is over */
	pthread_t	 thread;
	_Atomic int64_t	 asked_at;	/* clock_ms(); 0: it spoke last */
	pthread_mutex_t	 lock;		/* of what follows */
	enum order	 order;
	enum err	 why;
	struct note	 note;

	/* The thread's. */
	struct way	 in, out;	/* from the net; to it */
	int		 in_wants_out;	/* TLS has to write before it reads */
	int		 out_wants_in;
	int		 net_over;	/* the other side closed in order */
	int		 net_mute;	/* nothing more can be sent there */
	int		 inner_over;	/* nothing more comes from there */
	int		 inner_deaf;	/* nobody reads there any more */
	int		 over;		/* no use in going on */
	int64_t		 until;		/* clock_ms() */
	enum err	 fault;
	struct note	 text;
};

static size_t
left_of(const struct way *w)
{
	return (w->len - w->at);
}

static void
empty(struct way *w)
{
	secret_cleanse(w->data, w->len);
	w->at = w->len = 0;
}

static void
pass(struct way *w, size_t n)
{
	w->at += n;
	if (left_of(w) == 0)
		empty(w);
}

static void
hurry(struct pump *p)
{
	int64_t until = clock_ms() + WIRE_FLUSH_MS;

	p->until = until < p->until ? until : p->until;
}

/* --- the four moves; each says whether it did something --- */

/* The first fault counts; but a refusal of our certificate, which is read
 * behind a write that failed, explains that. */
static void
broken(struct pump *p, int rc)
{
	struct note text = { "" };
	enum err r = secure_fault(rc, &text);

	if (p->fault == ERR_OK || r == ERR_LINK_PEER) {
		p->fault = r;
		p->text = text;
	}
}

static int
from_net(struct pump *p)
{
	size_t n = 0;
	int rc;

	if (left_of(&p->in) > 0 || p->net_over || p->over)
		return (0);
	ERR_clear_error();
	if (SSL_read_ex(p->ssl, p->in.data, sizeof(p->in.data), &n) == 1) {
		p->in.len = n;
		p->in_wants_out = 0;
		p->asked_at = 0;
		return (1);
	}
	rc = SSL_get_error(p->ssl, 0);
	p->in_wants_out = rc == SSL_ERROR_WANT_WRITE;
	if (rc == SSL_ERROR_WANT_READ || rc == SSL_ERROR_WANT_WRITE) {
		/* What it said before it stopped listening is read. */
		p->over = p->net_mute;
		return (0);
	}
	if (rc == SSL_ERROR_ZERO_RETURN) {
		p->net_over = 1;
		empty(&p->out);
		hurry(p);
		return (1);
	}
	broken(p, rc);
	p->over = 1;
	return (0);
}

static int
to_net(struct pump *p)
{
	size_t n = 0;
	int rc;

	if (left_of(&p->out) == 0 || p->net_over || p->net_mute || p->over)
		return (0);
	ERR_clear_error();
	if (SSL_write_ex(p->ssl, p->out.data + p->out.at, left_of(&p->out),
	    &n) == 1) {
		p->out_wants_in = 0;
		if (p->asked_at == 0)
			p->asked_at = clock_ms();
		pass(&p->out, n);
		return (1);
	}
	rc = SSL_get_error(p->ssl, 0);
	p->out_wants_in = rc == SSL_ERROR_WANT_READ;
	if (rc == SSL_ERROR_WANT_READ || rc == SSL_ERROR_WANT_WRITE)
		return (0);
	broken(p, rc);
	p->net_mute = 1;
	empty(&p->out);
	return (1);
}

static int
from_inner(struct pump *p)
{
	ssize_t n;

	if (left_of(&p->out) > 0 || p->inner_over || p->net_over ||
	    p->net_mute)
		return (0);
	n = recv(p->inner, p->out.data, sizeof(p->out.data), 0);
	if (n > 0) {
		p->out.len = (size_t)n;
		return (1);
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (0);
	p->inner_over = 1;
	hurry(p);
	return (1);
}

static int
to_inner(struct pump *p)
{
	ssize_t n;

	if (left_of(&p->in) == 0)
		return (0);
	if (p->inner_deaf || p->inner_over) {
		empty(&p->in);
		return (1);
	}
	n = send(p->inner, p->in.data + p->in.at, left_of(&p->in),
	    MSG_NOSIGNAL);
	if (n >= 0) {
		pass(&p->in, (size_t)n);
		return (1);
	}
	if (errno == EAGAIN || errno == EINTR)
		return (0);
	p->inner_deaf = 1;
	return (1);
}

/* --- the thread --- */

static enum order
take_order(struct pump *p)
{
	enum order order;

	pthread_mutex_lock(&p->lock);
	order = p->order;
	pthread_mutex_unlock(&p->lock);
	return (order);
}

static short
net_events(const struct pump *p)
{
	int in = left_of(&p->in) == 0 && !p->net_over;
	int out = left_of(&p->out) > 0 && !p->net_over;
	short events = 0;

	if ((in && !p->in_wants_out) || (out && p->out_wants_in))
		events |= POLLIN;
	if ((out && !p->out_wants_in) || (in && p->in_wants_out))
		events |= POLLOUT;
	return (events);
}

static short
inner_events(const struct pump *p)
{
	short events = 0;

	if (left_of(&p->out) == 0 && !p->inner_over && !p->net_over)
		events |= POLLIN;
	if (left_of(&p->in) > 0)
		events |= POLLOUT;
	return (events);
}

/* Both ends are watched for their end even when nothing is wanted of them. */
static void
see_ends(struct pump *p, const struct pollfd net, const struct pollfd inner)
{
	if (net.events == 0 && (net.revents & (POLLERR | POLLHUP)) != 0 &&
	    !p->net_over) {
		p->fault = p->fault == ERR_OK ? ERR_READER_FAULT : p->fault;
		p->over = 1;
	}
	if (inner.events == 0 && inner.revents != 0 && !p->inner_deaf) {
		p->inner_deaf = 1;
		hurry(p);
	}
}

/* 0 when time is up. */
static int
wait_for_more(struct pump *p)
{
	struct pollfd fds[] = {
		{ .fd = p->net, .events = net_events(p) },
		{ .fd = p->inner, .events = inner_events(p) },
		{ .fd = p->wake, .events = POLLIN },
	};
	int64_t left = -1;
	uint64_t n;

	/* poll reports the end of a socket again and again. */
	if (fds[0].events == 0 && p->net_over)
		fds[0].fd = -1;
	if (fds[1].events == 0 && (p->inner_over || p->inner_deaf))
		fds[1].fd = -1;
	if (p->until != INT64_MAX && (left = p->until - clock_ms()) <= 0)
		return (0);
	if (poll(fds, 3, (int)left) <= 0)
		return (1);
	if (fds[2].revents != 0 && read(p->wake, &n, sizeof(n)) == -1)
		return (1);
	see_ends(p, fds[0], fds[1]);
	return (1);
}

/* Nothing moves any more: is there something to wait for? */
static int
is_done(const struct pump *p, enum order order)
{
	int sent = left_of(&p->out) == 0;

	if (p->over)
		return (1);
	if (p->net_over)
		return (left_of(&p->in) == 0);
	return (sent && (p->inner_over || order == ORDER_FLUSH));
}

static void
carry(struct pump *p)
{
	enum order order;
	int moved;

	while ((order = take_order(p)) != ORDER_STOP) {
		if (order == ORDER_FLUSH)
			hurry(p);
		moved = from_net(p);
		moved |= to_inner(p);
		moved |= from_inner(p);
		moved |= to_net(p);
		if (moved)
			continue;
		if (is_done(p, order))
			break;
		if (wait_for_more(p))
			continue;
		if (!p->net_over && left_of(&p->out) > 0) {
			p->fault = ERR_READER_FAULT;
			note_set(&p->text, "not taken in time");
		}
		break;
	}
	/* The other side learns that this was meant, if it can be told. */
	if (order != ORDER_STOP && p->fault == ERR_OK) {
		ERR_clear_error();
		(void)SSL_shutdown(p->ssl);
	}
}

static void *
run(void *arg)
{
	struct pump *p = arg;
	const uint64_t one = 1;

	carry(p);
	ERR_clear_error();
	empty(&p->in);
	empty(&p->out);
	pthread_mutex_lock(&p->lock);
	p->why = p->fault;
	p->note = p->text;
	pthread_mutex_unlock(&p->lock);
	/* It can only fail when the count is full.  Before either side sees
	 * the end: who does finds it here, too. */
	(void)!write(p->ended, &one, sizeof(one));
	close(p->net);
	close(p->inner);
	return (NULL);
}

/* --- life --- */

static void
destroy(struct pump *p)
{
	if (p->wake != -1)
		close(p->wake);
	if (p->ended != -1)
		close(p->ended);
	SSL_free(p->ssl);
	pthread_mutex_destroy(&p->lock);
	secret_cleanse(p, sizeof(*p));
	free(p);
}

/* Signals are the program's other threads'. */
static int
start(struct pump *p)
{
	sigset_t all, before;
	int bad;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bad = pthread_create(&p->thread, NULL, run, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return (bad == 0);
}

enum err
pump_open(SSL *ssl, int inner, struct pump **out)
{
	struct pump *p = calloc(1, sizeof(*p));
	int net = SSL_get_fd(ssl);

	*out = p;
	if (p == NULL) {
		SSL_free(ssl);
		close(net);
		close(inner);
		return (ERR_NOMEM);
	}
	p->ssl = ssl;
	p->net = net;
	p->inner = inner;
	p->until = INT64_MAX;
	pthread_mutex_init(&p->lock, NULL);
	p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->wake != -1 && p->ended != -1 && start(p))
		return (ERR_OK);
	*out = NULL;
	close(net);
	close(inner);
	destroy(p);
	return (ERR_SYS);
}

int64_t
pump_silence(const struct pump *p)
{
	int64_t at = p->asked_at;

	return (at == 0 ? 0 : clock_ms() - at);
}

int
pump_ended(const struct pump *p)
{
	return (p->ended);
}

enum err
pump_why(struct pump *p, struct note *note)
{
	enum err r;

	pthread_mutex_lock(&p->lock);
	r = p->why;
	if (note != NULL)
		*note = p->note;
	pthread_mutex_unlock(&p->lock);
	return (r);
}

static void
give_order(struct pump *p, enum order order)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&p->lock);
	p->order = order > p->order ? order : p->order;
	pthread_mutex_unlock(&p->lock);
	if (write(p->wake, &one, sizeof(one)) == -1)
		return;		/* full, and therefore readable */
}

void
pump_shut(struct pump *p)
{
	give_order(p, ORDER_STOP);
}

void
pump_close(struct pump **pp)
{
	struct pump *p = *pp;

	if (p == NULL)
		return;
	*pp = NULL;
	give_order(p, ORDER_FLUSH);
	pthread_join(p->thread, NULL);
	destroy(p);
}
