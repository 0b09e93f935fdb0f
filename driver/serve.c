#include <sys/socket.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "driver/frame.h"
#include "driver/link.h"
#include "driver/serve.h"

/* A peer that does not read its answer for so long is gone. */
#define REPLY_MS	10000

/* On the heap: a thread that never comes back keeps it. */
struct serve {
	struct tp		*tp;
	int			 fd;
	pthread_mutex_t		 lock;	/* everything below */
	pthread_cond_t		 turn;
	struct blob		 next;	/* request taken from the socket */
	struct frame		 job;	/* being run, or waiting in next */
	int			 waiting, busy, in_wait, cancelled, quit;
	enum err		 failed;
};

/* --- running a request; the other thread's side --- */

/* A body that is not laid out as it should be; the link is closed then. */
#define MALFORMED	ERR_LAYOUT

struct outcome {
	enum err	result;		/* what the transport said */
	struct blob	body;		/* follows the result in the reply */
};

/* 0 if a cancel or the end came first. */
static int
enter_wait(struct serve *s)
{
	int yes;

	pthread_mutex_lock(&s->lock);
	yes = s->in_wait = !s->cancelled && !s->quit;
	pthread_mutex_unlock(&s->lock);
	return (yes);
}

/* 1 if the transport was cancelled; from now on a cancel is too late. */
static int
leave_wait(struct serve *s)
{
	int yes;

	pthread_mutex_lock(&s->lock);
	yes = s->cancelled;
	s->in_wait = 0;
	s->job.type = 0;
	pthread_mutex_unlock(&s->lock);
	return (yes);
}

static enum err
run_wait(struct serve *s, struct buf *in, struct outcome *o)
{
	enum tp_event ev;
	uint32_t ms;

	if (buf_u32(in, &ms) != ERR_OK || in->left > 0 || ms > INT_MAX)
		return (MALFORMED);
	if (!enter_wait(s)) {
		o->result = ERR_CANCELLED;
		return (ERR_OK);
	}
	o->result = tp_wait(s->tp, (int)ms, &ev);
	/* A cancel that came as the wait ended is still in the transport and
	 * would hit the next one: take it out. */
	if (leave_wait(s) && o->result != ERR_CANCELLED)
		o->result = tp_wait(s->tp, 0, &ev);
	if (o->result != ERR_OK)
		return (ERR_OK);
	return (blob_add_u8(&o->body, (uint8_t)ev));
}

static uint8_t
flags_of(const struct tp *tp)
{
	return ((uint8_t)((tp_can_enter(tp) ? LINK_CAN_ENTER : 0) |
	    (tp->caps.can_signal ? LINK_CAN_SIGNAL : 0)));
}

static enum err
run_begin(struct serve *s, struct buf *in, struct outcome *o)
{
	const struct tp_caps *caps = &s->tp->caps;
	enum err r;

	if (in->left > 0)
		return (MALFORMED);
	if ((o->result = tp_begin(s->tp)) != ERR_OK)
		return (ERR_OK);
	if ((r = blob_add_u32(&o->body, (uint32_t)caps->tx_max)) != ERR_OK ||
	    (r = blob_add_u32(&o->body, (uint32_t)caps->rx_max)) != ERR_OK ||
	    (r = blob_add_u8(&o->body, flags_of(s->tp))) != ERR_OK ||
	    (r = blob_add_u8(&o->body, (uint8_t)caps->atrlen)) != ERR_OK)
		return (r);
	return (blob_add(&o->body, caps->atr, caps->atrlen));
}

/* ms, room, length, command: one exchange. */
static enum err
take_step(struct buf *in, struct tp_step *step)
{
	uint32_t ms, room, len;
	struct buf tx;

	if (buf_u32(in, &ms) != ERR_OK || buf_u32(in, &room) != ERR_OK ||
	    buf_u32(in, &len) != ERR_OK || buf_take(in, len, &tx) != ERR_OK ||
	    ms > INT_MAX || room > TP_RX_EXT)
		return (MALFORMED);
	step->tx = tx.p;
	step->txlen = tx.left;
	step->rxlen = room;
	step->ms = (int)ms;
	return (ERR_OK);
}

static enum err
put_answer(struct blob *body, const struct tp_step *step)
{
	enum err r;

	if ((r = blob_add_u32(body, (uint32_t)step->rxlen)) != ERR_OK)
		return (r);
	return (blob_add(body, step->rx, step->rxlen));
}

static enum err
run_xfer(struct serve *s, struct buf *in, struct outcome *o)
{
	uint8_t *rx = NULL;
	struct tp_step step = { 0 };
	size_t room;
	enum err r;

	if (take_step(in, &step) != ERR_OK || in->left > 0)
		return (MALFORMED);
	room = step.rxlen;
	if ((rx = calloc(1, room + 1)) == NULL)
		return (ERR_NOMEM);
	step.rx = rx;
	o->result = tp_xfer(s->tp, step.tx, step.txlen, rx, &step.rxlen,
	    step.ms);
	r = o->result == ERR_OK ? put_answer(&o->body, &step) : ERR_OK;
	secret_cleanse(rx, room + 1);
	free(rx);
	return (r);
}

static enum err
take_steps(struct buf *in, struct tp_step *steps, size_t *n, size_t *room)
{
	uint8_t count;

	*n = *room = 0;
	if (buf_u8(in, &count) != ERR_OK || count > LINK_STEPS_MAX)
		return (MALFORMED);
	for (size_t i = 0; i < count; i++) {
		if (buf_u16(in, &steps[i].go) != ERR_OK ||
		    buf_u8(in, &steps[i].fill) != ERR_OK ||
		    take_step(in, &steps[i]) != ERR_OK)
			return (MALFORMED);
		*room += steps[i].rxlen;
	}
	*n = count;
	return (in->left > 0 || *room > LINK_ROOM_MAX ? MALFORMED : ERR_OK);
}

static enum err
put_answers(struct blob *body, const struct tp_step *steps, size_t done)
{
	enum err r;

	/* An answer without a status word is none. */
	while (done > 0 && steps[done - 1].rxlen < 2)
		done--;
	if ((r = blob_add_u8(body, (uint8_t)done)) != ERR_OK)
		return (r);
	for (size_t i = 0; i < done; i++) {
		if ((r = put_answer(body, &steps[i])) != ERR_OK)
			return (r);
	}
	return (ERR_OK);
}

static enum err
run_script(struct serve *s, struct buf *in, struct outcome *o)
{
	struct tp_step steps[LINK_STEPS_MAX] = { 0 };
	size_t n, room, done, at = 0;
	uint8_t *rx = NULL;
	enum err r;

	if ((r = take_steps(in, steps, &n, &room)) != ERR_OK)
		return (r);
	if ((rx = calloc(1, room + 1)) == NULL)
		return (ERR_NOMEM);
	for (size_t i = 0; i < n; i++) {
		steps[i].rx = rx + at;
		at += steps[i].rxlen;
	}
	o->result = tp_script(s->tp, steps, n, &done);
	r = put_answers(&o->body, steps, done);
	secret_cleanse(rx, room + 1);
	free(rx);
	return (r);
}

/* As a wait: a cancel ends it, and one that came too late takes the entry
 * with it. */
static enum err
run_enter(struct serve *s, struct buf *in, struct outcome *o)
{
	uint8_t what, digits, tries;
	uint32_t ms;

	if (buf_u8(in, &what) != ERR_OK || buf_u8(in, &digits) != ERR_OK ||
	    buf_u8(in, &tries) != ERR_OK || buf_u32(in, &ms) != ERR_OK ||
	    in->left > 0 || what == 0 || ms > INT_MAX)
		return (MALFORMED);
	o->result = ERR_CANCELLED;
	if (enter_wait(s))
		o->result = tp_enter(s->tp, what, digits, tries, (int)ms);
	if (leave_wait(s) && o->result != ERR_CANCELLED &&
	    tp_can_enter(s->tp)) {
		(void)tp_enter(s->tp, what, digits, tries, 0);
		o->result = ERR_CANCELLED;
	}
	return (ERR_OK);
}

/* One that is not known here shows nothing. */
static enum err
run_signal(struct serve *s, struct buf *in, struct outcome *o)
{
	uint8_t signal;

	if (buf_u8(in, &signal) != ERR_OK || in->left > 0)
		return (MALFORMED);
	if (!s->tp->begun)
		o->result = ERR_SEQUENCE;
	else if (signal >= TP_SIGNAL_READ && signal <= TP_SIGNAL_FAILED)
		tp_signal(s->tp, (enum tp_signal)signal);
	return (ERR_OK);
}

static enum err
run_end(struct serve *s, struct buf *in, struct outcome *o)
{
	if (in->left > 0)
		return (MALFORMED);
	tp_end(s->tp);
	o->result = ERR_OK;
	return (ERR_OK);
}

static const struct {
	uint8_t		type;
	enum err	(*run)(struct serve *, struct buf *, struct outcome *);
} jobs[] = {
	{ LINK_WAIT,	run_wait },
	{ LINK_BEGIN,	run_begin },
	{ LINK_XFER,	run_xfer },
	{ LINK_SCRIPT,	run_script },
	{ LINK_END,	run_end },
	{ LINK_ENTER,	run_enter },
	{ LINK_SIGNAL,	run_signal },
};

static enum err
run(struct serve *s, struct frame *f, struct outcome *o)
{
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		if (jobs[i].type == f->type)
			return (jobs[i].run(s, &f->body, o));
	}
	return (MALFORMED);
}

/* Free before the reply leaves: the peer may ask again at once. */
static void
set_idle(struct serve *s)
{
	pthread_mutex_lock(&s->lock);
	s->busy = 0;
	pthread_mutex_unlock(&s->lock);
}

static enum err
reply(struct serve *s, const struct frame *f, const struct outcome *o)
{
	struct blob out = { 0 };
	enum err r;

	if ((r = frame_start(&out, f->type | LINK_REPLY, f->seq)) == ERR_OK &&
	    (r = frame_add_result(&out, o->result, &s->tp->note)) == ERR_OK &&
	    (r = blob_add(&out, o->body.data, o->body.len)) == ERR_OK) {
		set_idle(s);
		r = frame_send(s->fd, &out, clock_ms() + REPLY_MS);
	}
	blob_free(&out);
	return (r);
}

/* The next request, its bytes moved into b; 0 at the end. */
static int
take_job(struct serve *s, struct blob *b, struct frame *f)
{
	int more;

	pthread_mutex_lock(&s->lock);
	while (!s->waiting && !s->quit)
		pthread_cond_wait(&s->turn, &s->lock);
	more = s->waiting && !s->quit;
	if (more) {
		*b = s->next;
		s->next = (struct blob){ 0 };
		*f = s->job;
		s->waiting = 0;
	}
	pthread_mutex_unlock(&s->lock);
	return (more);
}

/* The reading thread sees the shut-down socket as its end.  That nobody takes
 * the last answer any more is no failure. */
static void
fail(struct serve *s, enum err why)
{
	pthread_mutex_lock(&s->lock);
	if (!s->quit)
		s->failed = why;
	pthread_mutex_unlock(&s->lock);
	(void)shutdown(s->fd, SHUT_RDWR);
}

static void *
work(void *arg)
{
	struct serve *s = arg;
	struct blob b = { 0 };
	enum err r = ERR_OK;
	struct frame f;

	while (r == ERR_OK && take_job(s, &b, &f)) {
		struct outcome o = { 0 };

		if ((r = run(s, &f, &o)) == ERR_OK)
			r = reply(s, &f, &o);
		blob_free(&o.body);
		blob_free(&b);
	}
	if (r != ERR_OK)
		fail(s, r);
	return (NULL);
}

/* --- reading frames; the caller's side --- */

/* The peer waits for each reply, so a second request is its mistake. */
static enum err
hand_over(struct serve *s, struct blob *b, const struct frame *f)
{
	enum err r = MALFORMED;

	pthread_mutex_lock(&s->lock);
	if (!s->busy) {
		s->next = *b;
		*b = (struct blob){ 0 };
		s->job = *f;
		s->busy = s->waiting = 1;
		s->cancelled = 0;
		pthread_cond_signal(&s->turn);
		r = ERR_OK;
	}
	pthread_mutex_unlock(&s->lock);
	return (r);
}

/* One for a wait or an entry that has ended meanwhile is late, and no mistake. */
static enum err
cancel(struct serve *s, const struct frame *f)
{
	if (f->body.left > 0)
		return (MALFORMED);
	pthread_mutex_lock(&s->lock);
	if (s->busy && !s->cancelled && s->job.seq == f->seq &&
	    (s->job.type == LINK_WAIT || s->job.type == LINK_ENTER)) {
		s->cancelled = 1;
		if (s->in_wait)
			tp_cancel(s->tp);
	}
	pthread_mutex_unlock(&s->lock);
	return (ERR_OK);
}

static enum err
read_frames(struct serve *s)
{
	struct blob b = { 0 };
	struct frame f;
	enum err r;

	while ((r = frame_recv(s->fd, &b, &f, FRAME_FOREVER)) == ERR_OK) {
		r = f.type == LINK_CANCEL ? cancel(s, &f) :
		    hand_over(s, &b, &f);
		if (r != ERR_OK)
			break;
	}
	blob_free(&b);
	return (r);
}

/* --- life --- */

static void
stop(struct serve *s)
{
	pthread_mutex_lock(&s->lock);
	s->quit = 1;
	if (s->in_wait && !s->cancelled) {
		s->cancelled = 1;
		tp_cancel(s->tp);
	}
	pthread_cond_signal(&s->turn);
	pthread_mutex_unlock(&s->lock);
	/* A worker that is still sending comes back at once. */
	(void)shutdown(s->fd, SHUT_RDWR);
}

static int
join_within(pthread_t thread, int ms)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += ms / 1000;
	ts.tv_nsec += ms % 1000 * 1000000L;
	if (ts.tv_nsec >= 1000000000L) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000L;
	}
	return (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &ts));
}

static struct serve *
serve_new(struct tp *tp, int fd)
{
	struct serve *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (NULL);
	s->tp = tp;
	s->fd = fd;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->turn, NULL);
	return (s);
}

static void
serve_free(struct serve *s)
{
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->turn);
	blob_free(&s->next);
	free(s);
}

/* Which of the two threads' ends tells what happened. */
static enum err
verdict(enum err read, enum err failed)
{
	enum err r = failed != ERR_OK ? failed : read;

	if (r == ERR_OK || r == ERR_NO_READER)
		return (ERR_OK);
	log_line(LOG_WARN, "serve", "link closed: %s", err_name(r));
	return (ERR_READER_FAULT);
}

enum err
serve_within(struct tp *tp, int fd, int grace_ms)
{
	pthread_t worker;
	struct serve *s;
	enum err r;

	if ((s = serve_new(tp, fd)) == NULL)
		return (ERR_NOMEM);
	if (pthread_create(&worker, NULL, work, s) != 0) {
		serve_free(s);
		return (ERR_SYS);
	}
	r = read_frames(s);
	stop(s);
	if (join_within(worker, grace_ms) != 0) {
		pthread_detach(worker);
		log_line(LOG_ERROR, "serve", "the reader does not come back");
		return (ERR_READER_HUNG);
	}
	tp_end(tp);
	r = verdict(r, s->failed);
	serve_free(s);
	return (r);
}

enum err
serve(struct tp *tp, int fd)
{
	return (serve_within(tp, fd, SERVE_GRACE_MS));
}

/* --- a transport that could not be opened --- */

struct refusal {
	struct tp	tp;
	enum err	why;
	struct note	text;
};

static enum err
refuse(struct tp *tp)
{
	struct refusal *f = (struct refusal *)tp;

	tp->note = f->text;
	return (f->why);
}

static enum err
refuse_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	(void)ms;
	(void)ev;
	return (refuse(tp));
}

static enum err
refuse_begin(struct tp *tp, struct tp_caps *caps)
{
	(void)caps;
	return (refuse(tp));
}

static void
refuse_cancel(struct tp *tp)
{
	(void)tp;	/* its wait never blocks */
}

/* No begin succeeds, so transport.c lets nothing else through; the struct is
 * the caller's. */
static const struct tp_ops refusal_ops = {
	.name = "refusal",
	.wait = refuse_wait,
	.begin = refuse_begin,
	.cancel = refuse_cancel,
};

enum err
serve_refusal(enum err why, const struct note *note, int fd)
{
	struct refusal f = { .tp = { .ops = &refusal_ops }, .why = why,
	    .text = *note };

	return (serve(&f.tp, fd));
}
