#include <sys/eventfd.h>
#include <sys/socket.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "driver/open.h"
#include "driver/transport.h"
#include "driver/vpcd_address.h"
#include "driver/vpcd_line.h"

/*
 * A card that comes over the network by the protocol of vpcd: we listen, as
 * pcscd's driver of that name does, and a program with a card (vpicc, vicc, a
 * phone) connects.  One at a time; a line that drops is a card that left.
 * hw-docs/protocols/vpcd.md.
 */
#define POLL_MS		400	/* between two questions for the ATR */
/* An ATR is no command of the card, so it comes at once; below the grace of
 * a link's WAIT, or a silent card side would look like a hung reader. */
#define ATR_MS		1500
#define DRAIN_MAX	(2u << 16)	/* what is thrown away at a close */
#define TURN_AWAY_MAX	16		/* at once: a flood holds nothing up */

struct vpcd {
	struct tp		 tp;
	struct vpcd_address	 address;
	int			 listener, fd, wake;	/* fd -1: nobody */
	int			 powered;	/* the card side was told so */
	int			 last;		/* enum tp_event; 0 none yet */
	int			 turned_away;	/* said once per client */
	uint8_t			 atr[TP_ATR_MAX];
	size_t			 atrlen;	/* 0: no card behind the line */
};

/* --- clients --- */

static enum err
control(struct vpcd *v, enum vpcd_control what, int64_t until)
{
	const uint8_t byte = (uint8_t)what;

	return (vpcd_line_send(v->fd, &byte, 1, until));
}

/* Unread bytes would turn the close into a reset, which overtakes the
 * power-off. */
static void
drain(int fd)
{
	uint8_t bytes[4096];
	size_t all = 0;
	ssize_t n;

	while (all < DRAIN_MAX &&
	    (n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		all += (size_t)n;
	secret_cleanse(bytes, sizeof(bytes));
}

/*
 * Power off, without waiting for anybody, and the line closed: a card side
 * may do nothing at power off (card-and-readers.md 7.2), and a verified PIN
 * must not be there for the next command that comes over this line.
 */
static void
hang_up(struct vpcd *v)
{
	if (v->fd == -1)
		return;
	if (v->powered)
		(void)control(v, VPCD_OFF, 0);
	drain(v->fd);
	close(v->fd);
	v->fd = -1;
	v->powered = 0;
	v->atrlen = 0;
}

/* The line is of no use any more; what for is kept in the note. */
static enum err
drop(struct vpcd *v, enum err why, const char *text)
{
	note_set(&v->tp.note, "vpcd: %s", text);
	log_line(why == ERR_NO_CARD ? LOG_INFO : LOG_WARN, "vpcd",
	    "%s: %s, line closed", err_name(why), text);
	hang_up(v);
	return (why);
}

static int
take_client(struct vpcd *v)
{
	int fd;

	do {
		fd = accept4(v->listener, NULL, NULL, SOCK_CLOEXEC |
		    SOCK_NONBLOCK);
	} while (fd == -1 && (errno == EINTR || errno == ECONNABORTED));
	return (fd);
}

/* Whoever knocks while another is there, or was, does not wait his turn:
 * the line would be his at the end of this visit. */
static void
turn_away(struct vpcd *v)
{
	int fd;

	for (int i = 0; i < TURN_AWAY_MAX && (fd = take_client(v)) != -1;
	    i++) {
		close(fd);
		if (!v->turned_away)
			log_line(LOG_WARN, "vpcd", "a second card side was "
			    "turned away at %s", v->address.text);
		v->turned_away = 1;
	}
}

static void
admit(struct vpcd *v)
{
	if (v->fd == -1 && (v->fd = take_client(v)) != -1) {
		v->turned_away = 0;
		vpcd_line_tune(v->fd);
		log_line(LOG_INFO, "vpcd", "a card side connected at %s",
		    v->address.text);
	}
	if (v->fd != -1)
		turn_away(v);
}

/* ISO 7816-3 8.1: TS is 3B or 3F; a T0 always follows. */
static int
is_atr(const uint8_t *atr, size_t len)
{
	return (len >= 2 && (atr[0] == 0x3b || atr[0] == 0x3f));
}

/* Is the card side there, and a card behind it?  No bytes are an answer:
 * there is none. */
static enum err
ask_atr(struct vpcd *v)
{
	int64_t until = clock_ms() + ATR_MS;
	size_t n = sizeof(v->atr);
	enum err r;

	if ((r = vpcd_line_quiet(v->fd)) == ERR_READER_FAULT)
		return (drop(v, r, "it spoke without being asked"));
	if (r != ERR_OK || (r = control(v, VPCD_ATR, until)) != ERR_OK ||
	    (r = vpcd_line_recv(v->fd, v->atr, &n, until)) != ERR_OK)
		return (drop(v, r == ERR_TOOBIG ? ERR_READER_FAULT : r,
		    r == ERR_TIMEOUT ? "no ATR in time" :
		    r == ERR_TOOBIG ? "its ATR is too long" :
		    "it went away"));
	if (n > 0 && !is_atr(v->atr, n))
		return (drop(v, ERR_READER_FAULT, "that is no ATR"));
	v->atrlen = n;
	return (ERR_OK);
}

/* --- waiting --- */

static int
take_cancel(struct vpcd *v)
{
	uint64_t n;

	return (read(v->wake, &n, sizeof(n)) == (ssize_t)sizeof(n));
}

/* Safe in a signal handler. */
static void
vpcd_cancel(struct tp *tp)
{
	const uint64_t one = 1;

	/* It can only fail when the count is full, and then it is readable. */
	if (write(((struct vpcd *)tp)->wake, &one, sizeof(one)) == -1)
		return;
}

static enum tp_event
presence(struct vpcd *v)
{
	admit(v);
	if (v->fd == -1 || ask_atr(v) != ERR_OK || v->atrlen == 0)
		return (TP_NO_CARD);
	return (TP_CARD);
}

/* Until something moves: somebody knocks, speaks or goes, or a cancel. */
static void
doze(struct vpcd *v, int64_t ms)
{
	struct pollfd pfd[3] = { { .fd = v->wake, .events = POLLIN },
	    { .fd = v->listener, .events = POLLIN },
	    { .fd = v->fd, .events = POLLIN } };

	(void)poll(pfd, 3, (int)(ms > POLL_MS ? POLL_MS : ms));
}

static enum err
vpcd_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct vpcd *v = (struct vpcd *)tp;
	int64_t left, until = ms < 0 ? INT64_MAX : clock_ms() + ms;

	for (;;) {
		if (take_cancel(v))
			return (ERR_CANCELLED);
		*ev = presence(v);
		if (*ev == TP_CARD || (int)*ev != v->last)
			break;
		if ((left = until - clock_ms()) <= 0)
			return (ERR_TIMEOUT);
		doze(v, left);
	}
	v->last = (int)*ev;
	tp->note.text[0] = '\0';
	return (ERR_OK);
}

/* --- a card taken --- */

static enum err
vpcd_begin(struct tp *tp, struct tp_caps *caps)
{
	struct vpcd *v = (struct vpcd *)tp;
	enum err r;

	admit(v);
	if (v->fd == -1) {
		note_set(&tp->note, "vpcd: nobody is connected to %s",
		    v->address.text);
		return (ERR_NO_CARD);
	}
	v->powered = 1;
	if (control(v, VPCD_ON, clock_ms() + ATR_MS) != ERR_OK)
		return (drop(v, ERR_NO_CARD, "it went away"));
	r = ask_atr(v);
	if (r == ERR_TIMEOUT)
		return (ERR_CARD_MUTE);
	if (r != ERR_OK)
		return (r);
	if (v->atrlen == 0)
		return (drop(v, ERR_NO_CARD, "it has no card"));
	memcpy(caps->atr, v->atr, v->atrlen);
	caps->atrlen = v->atrlen;
	if (v->address.extended)
		caps->tx_max = caps->rx_max = VPCD_MSG_MAX;
	return (ERR_OK);
}

/* What an exchange that failed means; n is what was announced. */
static enum err
xfer_failed(struct vpcd *v, enum err r, size_t n)
{
	switch (r) {
	case ERR_TIMEOUT:
		return (drop(v, ERR_CARD_MUTE, "no answer in time"));
	case ERR_TORN:
		return (drop(v, r, "it went away amid an answer"));
	case ERR_READER_FAULT:
		return (drop(v, r, "it spoke without being asked"));
	case ERR_TOOBIG:
		if (n <= v->tp.caps.rx_max)
			return (drop(v, r, "the answer has no room"));
		return (drop(v, ERR_READER_FAULT, "an answer longer than "
		    "any to such a command was announced"));
	case ERR_NO_CARD:
		return (drop(v, r, "it went away"));
	default:
		return (drop(v, r, err_text(r, ERR_EN)));
	}
}

static enum err
vpcd_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct vpcd *v = (struct vpcd *)tp;
	int64_t until = clock_ms() + (ms > 0 ? ms : 0);
	size_t n = *rxlen;
	enum err r;

	if (v->fd == -1) {
		note_set(&tp->note, "vpcd: the card side is gone");
		return (ERR_NO_CARD);
	}
	turn_away(v);
	if ((r = vpcd_line_quiet(v->fd)) != ERR_OK ||
	    (r = vpcd_line_send(v->fd, tx, txlen, until)) != ERR_OK ||
	    (r = vpcd_line_recv(v->fd, rx, &n, until)) != ERR_OK)
		return (xfer_failed(v, r, n));
	if (n == 0)
		return (drop(v, ERR_NO_CARD, "it answered nothing"));
	if (n == 1)
		return (drop(v, ERR_READER_FAULT, "an answer of one byte"));
	*rxlen = n;
	return (ERR_OK);
}

static void
vpcd_end(struct tp *tp)
{
	struct vpcd *v = (struct vpcd *)tp;

	turn_away(v);
	hang_up(v);
}

/* --- life --- */

static void
vpcd_close(struct tp *tp)
{
	struct vpcd *v = (struct vpcd *)tp;

	hang_up(v);
	if (v->listener != -1)
		close(v->listener);
	if (v->wake != -1)
		close(v->wake);
	free(v);
}

static const struct tp_ops ops = {
	.name = "vpcd",
	.wait = vpcd_wait,
	.begin = vpcd_begin,
	.xfer = vpcd_xfer,
	.end = vpcd_end,
	.cancel = vpcd_cancel,
	.close = vpcd_close,
};

static enum err
start_listening(struct vpcd *v, struct note *note)
{
	const struct sockaddr *at = (const struct sockaddr *)&v->address.at;
	const int on = 1;
	int busy;

	v->listener = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (v->listener != -1 &&
	    setsockopt(v->listener, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == 0 &&
	    bind(v->listener, at, v->address.len) == 0 &&
	    listen(v->listener, 1) == 0)
		return (ERR_OK);
	busy = errno == EADDRINUSE;
	note_set(note, "vpcd: %s: %s", v->address.text, strerror(errno));
	return (busy ? ERR_READER_BUSY : ERR_CONF);
}

enum err
vpcd_open(const char *address, struct tp **out, struct note *note)
{
	struct vpcd *v;
	enum err r = ERR_SYS;

	*out = NULL;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return (ERR_NOMEM);
	v->tp.ops = &ops;
	v->listener = v->fd = v->wake = -1;
	if ((r = vpcd_address_read(address, &v->address, note)) != ERR_OK ||
	    (r = start_listening(v, note)) != ERR_OK)
		goto out;
	r = ERR_SYS;
	if ((v->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		goto out;
	if (!v->address.loopback)
		log_line(LOG_WARN, "vpcd", "listens on %s: the line carries "
		    "PINs, is not encrypted and asks nobody who he is",
		    v->address.text);
	*out = &v->tp;
	return (ERR_OK);
out:
	vpcd_close(&v->tp);
	return (r);
}
