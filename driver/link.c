#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "driver/frame.h"
#include "driver/link.h"
#include "driver/open.h"
#include "driver/transport.h"

/*
 * The near side of a shikaku-reader.  A link dies once and for good: after
 * a missed deadline, a malformed frame or a closed socket every call fails at
 * once with dead.  Its socket is closed then, so that the far side ends too
 * and cuts the card's power.
 */
struct link {
	struct tp	tp;
	int		fd, wake;	/* wake: eventfd, readable = cancel */
	int		grace;		/* of replies */
	int		remote;		/* over a network */
	uint16_t	seq;
	enum err	dead;		/* ERR_OK while alive */
	struct note	epitaph;
	struct blob	out, in;
};

static enum err
die(struct link *l, enum err why, const char *text)
{
	l->dead = why;
	note_set(&l->epitaph, "%s", text);
	l->tp.note = l->epitaph;
	log_line(LOG_WARN, "link", "%s: %s", err_name(why), text);
	close(l->fd);
	l->fd = -1;
	blob_reset(&l->in);
	return (why);
}

/* What a frame_* error means for the link. */
static enum err
die_of(struct link *l, enum err r)
{
	if (r == ERR_TIMEOUT)
		return (die(l, ERR_READER_HUNG, "no reply in time"));
	if (r == ERR_LAYOUT)
		return (die(l, ERR_READER_FAULT, "malformed reply"));
	if (l->remote && (r == ERR_NO_READER || r == ERR_READER_FAULT))
		return (die(l, ERR_DEVICE_AWAY, "the connection ended"));
	if (r == ERR_NO_READER || r == ERR_READER_FAULT)
		return (die(l, ERR_READER_FAULT, "the reader process ended"));
	return (die(l, r, err_text(r, ERR_EN)));
}

static enum err
start(struct link *l, enum link_type type)
{
	if (l->dead != ERR_OK) {
		l->tp.note = l->epitaph;
		return (l->dead);
	}
	return (frame_start(&l->out, (uint8_t)type, ++l->seq));
}

/* A cancel names the wait it is meant for, so a late one hits nothing. */
static enum err
send_cancel(struct link *l, int64_t until)
{
	struct blob b = { 0 };
	enum err r;

	if ((r = frame_start(&b, LINK_CANCEL, l->seq)) == ERR_OK)
		r = frame_send(l->fd, &b, until);
	blob_free(&b);
	return (r);
}

/*
 * Sends the request in out and waits for its reply; *body is what follows
 * the result.  wake is -1 where a cancel cannot help.  *told is ERR_OK or
 * what the far side reported; the return value, that the link died.
 */
static enum err
call(struct link *l, int wake, int64_t until, enum err *told, struct buf *body)
{
	uint8_t type = l->out.data[4];
	struct frame f;
	enum err r;

	*told = ERR_READER_FAULT;
	if ((r = frame_send(l->fd, &l->out, until)) != ERR_OK)
		return (die_of(l, r));
	if (frame_ready(l->fd, wake, until) == 2 &&
	    (r = send_cancel(l, until)) != ERR_OK)
		return (die_of(l, r));
	if ((r = frame_recv(l->fd, &l->in, &f, until)) != ERR_OK)
		return (die_of(l, r));
	if (f.type != (type | LINK_REPLY) || f.seq != l->seq ||
	    frame_take_result(&f.body, told, &l->tp.note) != ERR_OK)
		return (die_of(l, ERR_LAYOUT));
	*body = f.body;
	return (ERR_OK);
}

/* For replies that have a body only when all went well. */
static enum err
simple_call(struct link *l, int wake, int64_t until, struct buf *body)
{
	enum err r, told;

	if ((r = call(l, wake, until, &told, body)) != ERR_OK)
		return (r);
	if (told != ERR_OK && body->left > 0)
		return (die_of(l, ERR_LAYOUT));
	return (told);
}

/* --- wait and cancel --- */

/* A cancel stays in the eventfd until a wait has said so. */
static int
take_cancel(struct link *l)
{
	uint64_t n;

	return (read(l->wake, &n, sizeof(n)) == (ssize_t)sizeof(n));
}

static enum err
wait_slice(struct link *l, int ms, enum tp_event *ev)
{
	struct buf body = { 0 };
	uint8_t event;
	enum err r;

	if ((r = start(l, LINK_WAIT)) != ERR_OK)
		return (r);
	if ((r = blob_add_u32(&l->out, (uint32_t)ms)) != ERR_OK)
		return (r);
	if ((r = simple_call(l, l->wake, clock_ms() + ms + l->grace,
	    &body)) != ERR_OK)
		return (r);
	if (buf_u8(&body, &event) != ERR_OK || body.left > 0 ||
	    event < TP_CARD || event > TP_NO_READER)
		return (die_of(l, ERR_LAYOUT));
	*ev = (enum tp_event)event;
	return (ERR_OK);
}

/* In slices, so that a far side that hangs is found out in an endless wait
 * too. */
static enum err
link_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct link *l = (struct link *)tp;
	int64_t left, until = ms < 0 ? INT64_MAX : clock_ms() + ms;
	enum err r;

	do {
		if (take_cancel(l))
			return (ERR_CANCELLED);
		left = until - clock_ms();
		left = left > LINK_WAIT_MS ? LINK_WAIT_MS : left > 0 ? left : 0;
		r = wait_slice(l, (int)left, ev);
	} while (r == ERR_TIMEOUT && left == LINK_WAIT_MS);
	if (r == ERR_CANCELLED)
		(void)take_cancel(l);
	return (r);
}

static enum err
put_enter(struct blob *out, uint8_t what, int digits, int tries, int ms)
{
	enum err r;

	if (digits < 0 || digits > UINT8_MAX || tries < 0 ||
	    tries > UINT8_MAX || ms < 0)
		return (ERR_SEQUENCE);
	if ((r = blob_add_u8(out, what)) != ERR_OK ||
	    (r = blob_add_u8(out, (uint8_t)digits)) != ERR_OK ||
	    (r = blob_add_u8(out, (uint8_t)tries)) != ERR_OK)
		return (r);
	return (blob_add_u32(out, (uint32_t)ms));
}

static enum err
link_enter(struct tp *tp, uint8_t what, int digits, int tries, int ms)
{
	struct link *l = (struct link *)tp;
	struct buf body = { 0 };
	enum err r;

	if (take_cancel(l))
		return (ERR_CANCELLED);
	if ((r = start(l, LINK_ENTER)) != ERR_OK ||
	    (r = put_enter(&l->out, what, digits, tries, ms)) != ERR_OK)
		return (r);
	r = simple_call(l, l->wake, clock_ms() + ms + l->grace, &body);
	if (r == ERR_OK && body.left > 0)
		return (die_of(l, ERR_LAYOUT));
	if (r == ERR_CANCELLED)
		(void)take_cancel(l);
	return (r);
}

/* Safe in a signal handler. */
static void
link_cancel(struct tp *tp)
{
	struct link *l = (struct link *)tp;
	const uint64_t one = 1;

	/* It can only fail when the count is full, and then it is readable. */
	if (write(l->wake, &one, sizeof(one)) == -1)
		return;
}

/* --- a card taken --- */

static enum err
take_caps(struct buf *body, struct tp_caps *caps)
{
	uint32_t tx, rx;
	uint8_t flags, atrlen;

	if (buf_u32(body, &tx) != ERR_OK || buf_u32(body, &rx) != ERR_OK ||
	    buf_u8(body, &flags) != ERR_OK ||
	    buf_u8(body, &atrlen) != ERR_OK || atrlen > sizeof(caps->atr) ||
	    buf_read(body, caps->atr, atrlen) != ERR_OK || body->left > 0)
		return (ERR_LAYOUT);
	if (tx < TP_TX_SHORT || tx > TP_TX_EXT || rx < TP_RX_SHORT ||
	    rx > TP_RX_EXT)
		return (ERR_LAYOUT);
	caps->atrlen = atrlen;
	caps->tx_max = tx;
	caps->rx_max = rx;
	caps->can_enter = (flags & LINK_CAN_ENTER) != 0;
	caps->can_signal = (flags & LINK_CAN_SIGNAL) != 0;
	return (ERR_OK);
}

static enum err
link_begin(struct tp *tp, struct tp_caps *caps)
{
	struct link *l = (struct link *)tp;
	struct buf body = { 0 };
	enum err r;

	if ((r = start(l, LINK_BEGIN)) != ERR_OK)
		return (r);
	if ((r = simple_call(l, -1, clock_ms() + LINK_BEGIN_MS,
	    &body)) != ERR_OK)
		return (r);
	if (take_caps(&body, caps) != ERR_OK)
		return (die_of(l, ERR_LAYOUT));
	return (ERR_OK);
}

static uint32_t
positive(int ms)
{
	return (ms > 0 ? (uint32_t)ms : 0);
}

static enum err
put_xfer(struct blob *out, const uint8_t *tx, size_t txlen, size_t room,
    int ms)
{
	enum err r;

	if (room > TP_RX_EXT)
		room = TP_RX_EXT;
	if ((r = blob_add_u32(out, positive(ms))) != ERR_OK ||
	    (r = blob_add_u32(out, (uint32_t)room)) != ERR_OK ||
	    (r = blob_add_u32(out, (uint32_t)txlen)) != ERR_OK)
		return (r);
	return (blob_add(out, tx, txlen));
}

/* One answer of the card: its length, then its bytes. */
static enum err
take_answer(struct buf *body, uint8_t *rx, size_t *rxlen)
{
	uint32_t len;

	if (buf_u32(body, &len) != ERR_OK || len < 2 || len > *rxlen ||
	    buf_read(body, rx, len) != ERR_OK)
		return (ERR_LAYOUT);
	*rxlen = len;
	return (ERR_OK);
}

static enum err
link_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct link *l = (struct link *)tp;
	struct buf body = { 0 };
	enum err r;

	if ((r = start(l, LINK_XFER)) != ERR_OK)
		return (r);
	if ((r = put_xfer(&l->out, tx, txlen, *rxlen, ms)) != ERR_OK)
		goto out;
	if ((r = simple_call(l, -1, clock_ms() + positive(ms) +
	    l->grace, &body)) != ERR_OK)
		goto out;
	if (take_answer(&body, rx, rxlen) != ERR_OK || body.left > 0)
		r = die_of(l, ERR_LAYOUT);
out:
	blob_reset(&l->out);
	blob_reset(&l->in);
	return (r);
}

static enum err
put_script(struct blob *out, const struct tp_step *steps, size_t n,
    int64_t *ms)
{
	uint32_t longest = 0;
	size_t room = 0;
	enum err r;

	if (n > LINK_STEPS_MAX)
		return (ERR_TOOBIG);
	if ((r = blob_add_u8(out, (uint8_t)n)) != ERR_OK)
		return (r);
	for (size_t i = 0; i < n; i++) {
		room += steps[i].rxlen < TP_RX_EXT ? steps[i].rxlen :
		    TP_RX_EXT;
		if (positive(steps[i].ms) > longest)
			longest = positive(steps[i].ms);
		if ((r = blob_add_u16(out, steps[i].go)) != ERR_OK ||
		    (r = blob_add_u8(out, steps[i].fill)) != ERR_OK ||
		    (r = put_xfer(out, steps[i].tx, steps[i].txlen,
		    steps[i].rxlen, steps[i].ms)) != ERR_OK)
			return (r);
	}
	*ms = longest + (int64_t)n * LINK_STEP_MS;
	return (room > LINK_ROOM_MAX || out->len > FRAME_MAX ? ERR_TOOBIG :
	    ERR_OK);
}

static uint16_t
status_word(const struct tp_step *s)
{
	return ((uint16_t)(s->rx[s->rxlen - 2] << 8 | s->rx[s->rxlen - 1]));
}

/* A far side that went on after another status word is not believed. */
static enum err
take_script(struct buf *body, struct tp_step *steps, size_t n, size_t *done)
{
	uint8_t count;

	if (buf_u8(body, &count) != ERR_OK || count > n)
		return (ERR_LAYOUT);
	for (size_t i = 0; i < count; i++) {
		if (take_answer(body, steps[i].rx, &steps[i].rxlen) != ERR_OK)
			return (ERR_LAYOUT);
		if (i + 1u < count && status_word(&steps[i]) != steps[i].go)
			return (ERR_LAYOUT);
	}
	*done = count;
	return (body->left > 0 ? ERR_LAYOUT : ERR_OK);
}

/* Fewer answers than steps need a reason: an error, or the last one's status
 * word. */
static int
is_whole(const struct tp_step *steps, size_t n, size_t done, enum err told)
{
	return (told != ERR_OK || done == n ||
	    (done > 0 && status_word(&steps[done - 1]) !=
	    steps[done - 1].go));
}

static enum err
link_script(struct tp *tp, struct tp_step *steps, size_t n, size_t *done)
{
	struct link *l = (struct link *)tp;
	struct buf body = { 0 };
	enum err r, told;
	int64_t ms;

	if ((r = start(l, LINK_SCRIPT)) != ERR_OK)
		return (r);
	if ((r = put_script(&l->out, steps, n, &ms)) != ERR_OK)
		goto out;
	if ((r = call(l, -1, clock_ms() + ms + l->grace, &told,
	    &body)) != ERR_OK)
		goto out;
	if (take_script(&body, steps, n, done) != ERR_OK ||
	    !is_whole(steps, n, *done, told)) {
		*done = 0;
		r = die_of(l, ERR_LAYOUT);
		goto out;
	}
	r = told;
out:
	blob_reset(&l->out);
	blob_reset(&l->in);
	return (r);
}

/* What the far side makes of it is not ours to know. */
static void
link_signal(struct tp *tp, enum tp_signal signal)
{
	struct link *l = (struct link *)tp;
	struct buf body = { 0 };
	struct note note = tp->note;

	if (start(l, LINK_SIGNAL) != ERR_OK ||
	    blob_add_u8(&l->out, (uint8_t)signal) != ERR_OK)
		return;
	if (simple_call(l, -1, clock_ms() + LINK_SIGNAL_MS, &body) ==
	    ERR_OK && body.left > 0)
		(void)die_of(l, ERR_LAYOUT);
	tp->note = note;
}

static void
link_end(struct tp *tp)
{
	struct link *l = (struct link *)tp;
	int ms = l->grace > LINK_END_MS ? l->grace : LINK_END_MS;
	struct buf body = { 0 };

	if (start(l, LINK_END) != ERR_OK)
		return;
	if (simple_call(l, -1, clock_ms() + ms, &body) == ERR_OK &&
	    body.left > 0)
		(void)die_of(l, ERR_LAYOUT);
}

/* --- life --- */

static void
link_close(struct tp *tp)
{
	struct link *l = (struct link *)tp;

	if (l->fd != -1)
		close(l->fd);
	if (l->wake != -1)
		close(l->wake);
	blob_free(&l->out);
	blob_free(&l->in);
	free(l);
}

static const struct tp_ops ops = {
	.name = "link",
	.wait = link_wait,
	.begin = link_begin,
	.xfer = link_xfer,
	.end = link_end,
	.cancel = link_cancel,
	.close = link_close,
	.script = link_script,
	.enter = link_enter,
	.signal = link_signal,
};

void
link_over_network(struct tp *tp)
{
	struct link *l = (struct link *)tp;

	if (tp->ops != &ops)
		return;
	l->remote = 1;
	l->grace = LINK_NET_GRACE_MS;
}

/* -1 unless it is the number of an open stream socket. */
static int
socket_number(const char *s)
{
	socklen_t len = sizeof(int);
	long n;
	char *end;
	int type;

	if (*s < '0' || *s > '9')
		return (-1);
	n = strtol(s, &end, 10);
	if (*end != '\0' || n > 1 << 20)
		return (-1);
	if (getsockopt((int)n, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_STREAM)
		return (-1);
	return ((int)n);
}

/* A shikaku-reader that listens on a unix socket. */
static enum err
dial(const char *path, int *fd, struct note *note)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(to.sun_path)) {
		note_set(note, "link: %s: too long", path);
		return (ERR_CONF);
	}
	memcpy(to.sun_path, path, strlen(path) + 1);
	if ((*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (ERR_SYS);
	if (connect(*fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return (ERR_OK);
	note_set(note, "link: %s: %s", path, strerror(errno));
	close(*fd);
	return (ERR_NO_READER);
}

/* "/…" is dialled and ours; a number is the caller's until it is open. */
static enum err
find_socket(const char *where, int *fd, struct note *note)
{
	if (where[0] == '/')
		return (dial(where, fd, note));
	if ((*fd = socket_number(where)) != -1)
		return (ERR_OK);
	note_set(note, "link: \"%s\" is no stream socket", where);
	return (ERR_CONF);
}

enum err
link_open(const char *where, struct tp **out, struct note *note)
{
	struct link *l;
	enum err r;
	int fd;

	*out = NULL;
	if ((r = find_socket(where, &fd, note)) != ERR_OK)
		return (r);
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		if (where[0] == '/')
			close(fd);
		return (ERR_NOMEM);
	}
	l->tp.ops = &ops;
	l->grace = LINK_GRACE_MS;
	if ((l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) {
		l->fd = where[0] == '/' ? fd : -1;	/* the caller's */
		link_close(&l->tp);
		return (ERR_SYS);
	}
	l->fd = fd;
	*out = &l->tp;
	return (ERR_OK);
}
