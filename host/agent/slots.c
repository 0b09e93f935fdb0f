#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "driver/link.h"
#include "host/agent/readers.h"
#include "host/agent/slots.h"
#include "host/visit/view.h"

#define LOOK_MS		500	/* between two looks at a card that is there */
#define WAIT_MS		3000	/* one wait for a card */
#define BACKOFF_MIN	250	/* a process that does not start … */
#define BACKOFF_MAX	2000	/* … is there again 3 s after it could */
#define FAULT_MS	300	/* between two looks that failed at once */
#define FAULTS_MAX	8	/* of them in a row; then a fresh process */
#define SLEPT_MS	200	/* less is no suspend but two clocks read */
#define SHORT_MS	1000	/* a life that may be followed at once */
#define GIVE_BACK_MS	15000	/* above READERS_STOP_MS */

/* Schema Reader's states. */
#define STATE_LIST(X)							\
X(STARTING,	"starting",	"準備中",	"starting")		\
X(READY,	"ready",	"使用できます",	"ready")		\
X(BUSY,		"busy",		"使用中",	"in use")		\
X(ABSENT,	"absent",	"接続されていません", "not connected")

enum state {
#define STATE_ENUM(id, word, ja, en) S_##id,
	STATE_LIST(STATE_ENUM)
#undef STATE_ENUM
	S_COUNT
};

static const struct {
	const char	*word, *ja, *en;
} states[] = {
#define STATE_ROW(id, word, ja, en) { word, ja, en },
	STATE_LIST(STATE_ROW)
#undef STATE_ROW
};

struct slot {
	struct slot		*next;
	const struct slots_ops	*ops;
	char			 client[CLIENT_NAME];
	pthread_t		 thread;
	struct readers_child	 child;		/* the thread's, or lent */
	int			 alive;		/* this process answered once */
	enum tp_event		 event;		/* its last one; 0: none yet */
	int			 faults;	/* looks in a row that failed */
	int			 again;		/* it is still gone, said at once */
	int64_t			 asleep;	/* clock_asleep_ms() at its start */
	int			 remote;	/* it is none, but a device */

	pthread_mutex_t		 lock;
	pthread_cond_t		 moved;		/* whatever of the below did */
	char			 transport[READERS_TRANSPORT];
	struct tp		*waiting;	/* may be cancelled */
	enum state		 state;
	int			 card;
	enum err		 err;		/* why it is absent */
	struct note		 note;
	int			 asked;		/* a visit wants it */
	int			 lent, back;	/* it has it; it gave it back */
	enum err		 back_err;
	int			 renew, stop;
	int			 knock;		/* its device has come */
};

struct slots {
	const struct slots_ops	*ops;
	pthread_mutex_t		 lock;		/* of the list alone */
	struct slot		*first;
};

/* --- the thread of one --- */

static void
tell(struct slot *s, enum state state, int card, enum err err)
{
	int changed;

	pthread_mutex_lock(&s->lock);
	changed = s->state != state || s->card != card || s->err != err;
	s->state = state;
	s->card = card;
	s->err = err;
	pthread_mutex_unlock(&s->lock);
	if (changed)
		s->ops->changed(s->ops->ctx, s->client, states[state].word,
		    card);
}

/* Sleeps unless somebody wants something; under the lock. */
static void
doze(struct slot *s, int ms)
{
	int64_t until = clock_ms() + ms;
	const struct timespec t = { .tv_sec = until / 1000,
	    .tv_nsec = (until % 1000) * 1000000 };

	while (!s->asked && !s->stop && !s->renew && !s->knock &&
	    clock_ms() < until)
		(void)pthread_cond_timedwait(&s->moved, &s->lock, &t);
	s->knock = 0;
}

static int
must_end(struct slot *s)
{
	int end;

	pthread_mutex_lock(&s->lock);
	end = s->stop || s->renew;
	pthread_mutex_unlock(&s->lock);
	return (end);
}

/* Lends it to the visit that asked, until it comes back; not to one that
 * stopped waiting meanwhile, which would never bring it. */
static void
lend(struct slot *s)
{
	int lent;

	pthread_mutex_lock(&s->lock);
	lent = s->asked;
	s->asked = 0;
	s->lent = lent;
	s->back = 0;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
	if (!lent)
		return;
	tell(s, S_BUSY, s->card, ERR_OK);
	pthread_mutex_lock(&s->lock);
	while (!s->back)
		pthread_cond_wait(&s->moved, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

/* The visit waits for this: whether the card's power is surely cut. */
static void
settle(struct slot *s, enum err r)
{
	pthread_mutex_lock(&s->lock);
	s->back = 0;
	s->lent = 0;
	s->back_err = r;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

/* A wait that others can end, as long as it lasts. */
static enum err
wait_card(struct slot *s, enum tp_event *ev)
{
	int wanted;
	enum err r;

	pthread_mutex_lock(&s->lock);
	wanted = s->asked || s->stop || s->renew;
	s->waiting = wanted ? NULL : s->child.tp;
	pthread_mutex_unlock(&s->lock);
	r = wanted ? ERR_CANCELLED : tp_wait(s->child.tp, WAIT_MS, ev);
	pthread_mutex_lock(&s->lock);
	s->waiting = NULL;
	pthread_mutex_unlock(&s->lock);
	return (r);
}

/* What a wait said: ERR_OK while the reader can be used, as far as is known.
 * One without news leaves things as they were. */
static enum err
take_in(struct slot *s, enum err r, enum tp_event ev)
{
	if (r != ERR_OK && r != ERR_TIMEOUT && r != ERR_CANCELLED) {
		s->event = (enum tp_event)0;
		s->faults++;
		return (r);
	}
	s->alive = 1;
	s->faults = 0;
	s->again = r == ERR_OK && ev == TP_NO_READER && s->event == ev;
	if (r == ERR_OK)
		s->event = ev;
	if (s->event == TP_NO_READER)
		return (ERR_NO_READER);
	if (r != ERR_CANCELLED)
		tell(s, S_READY, s->event == TP_CARD, ERR_OK);
	return (ERR_OK);
}

static enum err
look(struct slot *s)
{
	enum tp_event ev = TP_NO_CARD;
	enum err r = wait_card(s, &ev);

	return (take_in(s, r, ev));
}

static int
is_asked(struct slot *s)
{
	int asked;

	pthread_mutex_lock(&s->lock);
	if (s->card)
		doze(s, LOOK_MS);
	asked = s->asked;
	pthread_mutex_unlock(&s->lock);
	return (asked);
}

/* Are the process and its reader still there?  The card is the visit's. */
static enum err
answers(struct slot *s)
{
	enum tp_event ev = TP_NO_CARD;
	enum err r = tp_wait(s->child.tp, 0, &ev);

	return (take_in(s, r, ev));
}

static void
refuse(struct slot *s, enum err why, const struct note *note)
{
	pthread_mutex_lock(&s->lock);
	s->asked = 0;
	s->note = *note;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
	tell(s, S_ABSENT, 0, why);
}

/* What comes and goes without the process that asks: it is kept, and sees the
 * reader come back the moment the card service does. */
static int
may_pass(enum err r)
{
	static const enum err passing[] = { ERR_NO_READER, ERR_NO_SERVICE,
	    ERR_READER_DENIED, ERR_READER_AMBIGUOUS, ERR_READER_BUSY };

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (passing[i] == r)
			return (1);
	}
	return (0);
}

/* 0: a fresh process must follow. */
static int
bear(struct slot *s, enum err why)
{
	if (!may_pass(why) || s->faults >= FAULTS_MAX)
		return (0);
	refuse(s, why, &s->child.tp->note);
	pthread_mutex_lock(&s->lock);
	if (s->faults > 0 || s->again)
		doze(s, FAULT_MS);
	pthread_mutex_unlock(&s->lock);
	return (1);
}

/* After a suspend the reader may have lost its power and the card service its
 * reader, and neither need say so before the next command fails. */
static int
has_slept(struct slot *s)
{
	if (clock_asleep_ms() - s->asleep < SLEPT_MS)
		return (0);
	log_line(LOG_INFO, "slots", "%s: the machine slept, its reader is "
	    "opened anew", s->client);
	tell(s, S_STARTING, 0, ERR_OK);
	return (1);
}

/* A device's reader stays: it ends by itself when the link is lost, and cuts
 * the card's power then. */
static void
keep(struct slot *s)
{
	tp_end(s->child.tp);
	settle(s, ERR_OK);
}

/* Nothing was verified while nobody had borrowed it: a process that is lost
 * then leaves no card unlocked. */
static enum err
attend(struct slot *s)
{
	enum err why;

	while (!must_end(s) && !has_slept(s)) {
		if (!is_asked(s)) {
			why = look(s);
		} else if ((why = answers(s)) == ERR_OK) {
			lend(s);
			if (!s->remote)
				return (ERR_OK);
			keep(s);
		}
		if (why != ERR_OK && !bear(s, why))
			return (why);
	}
	return (ERR_OK);
}

/* Nobody looks after it until it has a transport again. */
static void
rest(struct slot *s)
{
	pthread_mutex_lock(&s->lock);
	while (s->transport[0] == '\0' && !s->stop) {
		s->asked = 0;
		pthread_cond_broadcast(&s->moved);
		pthread_cond_wait(&s->moved, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
}

static enum err
dial(struct slot *s, const char *device, struct note *note)
{
	const struct slots_ops *ops = s->ops;
	char link[32];
	int fd = -1;
	enum err r;

	s->child = (struct readers_child){ .pid = -1 };
	if (ops->dial == NULL) {
		note_set(note, "[devices] listen is empty");
		return (ERR_DEVICE_AWAY);
	}
	if ((r = ops->dial(ops->ctx, device, &fd, note)) != ERR_OK)
		return (r);
	snprintf(link, sizeof(link), "link:%d", fd);
	if ((r = tp_open(link, &s->child.tp, note)) == ERR_OK)
		link_over_network(s->child.tp);
	else
		close(fd);
	return (r);
}

static enum err
start(struct slot *s, const char *transport, struct note *note)
{
	size_t n = strlen(READERS_DEVICE);

	s->alive = 0;
	s->remote = strncmp(transport, READERS_DEVICE, n) == 0;
	return (s->remote ? dial(s, transport + n, note) :
	    readers_start(transport, &s->child, note));
}

/* One life of the process: started, looked after, lent, ended. */
static enum err
one_life(struct slot *s, struct note *note)
{
	char transport[READERS_TRANSPORT];
	int other;
	enum err r, ended;

	pthread_mutex_lock(&s->lock);
	memcpy(transport, s->transport, sizeof(transport));
	other = s->renew;
	s->renew = 0;
	s->knock = 0;
	pthread_mutex_unlock(&s->lock);
	if (other)
		tell(s, S_STARTING, 0, ERR_OK);
	s->faults = s->again = 0;
	s->event = (enum tp_event)0;
	s->asleep = clock_asleep_ms();
	if ((r = start(s, transport, note)) == ERR_OK) {
		r = attend(s);
		if (r != ERR_OK)
			*note = s->child.tp->note;
		ended = readers_stop(&s->child);
		settle(s, ended);
	}
	return (r);
}

/* Between two lives; one that dies is started again, and nobody notices.  The
 * pause before the next, longer after each that failed at once; 0: none. */
static int
judge(struct slot *s, enum err r, const struct note *note, int64_t lived,
    int pause)
{
	if (r != ERR_OK && !s->alive)
		refuse(s, r, note);
	if (r == ERR_OK || lived >= SHORT_MS)
		return (0);
	pause = s->alive || pause == 0 ? BACKOFF_MIN : pause * 2;
	return (pause > BACKOFF_MAX ? BACKOFF_MAX : pause);
}

static void *
run(void *arg)
{
	struct slot *s = arg;
	int pause = 0, stop = 0;
	struct note note;
	int64_t since;
	enum err r;

	while (!stop) {
		rest(s);
		note_set(&note, "%s", "");
		since = clock_ms();
		r = one_life(s, &note);
		pause = judge(s, r, &note, clock_ms() - since, pause);
		pthread_mutex_lock(&s->lock);
		if (pause > 0)
			doze(s, pause);
		stop = s->stop;
		pthread_mutex_unlock(&s->lock);
	}
	return (NULL);
}

/* --- the list --- */

enum err
slots_open(const struct slots_ops *ops, struct slots **out)
{
	struct slots *all = calloc(1, sizeof(*all));

	*out = all;
	if (all == NULL)
		return (ERR_NOMEM);
	all->ops = ops;
	pthread_mutex_init(&all->lock, NULL);
	return (ERR_OK);
}

static struct slot *
find(struct slots *all, const char *client)
{
	struct slot *s;

	pthread_mutex_lock(&all->lock);
	for (s = all->first; s != NULL; s = s->next) {
		if (strcmp(s->client, client) == 0)
			break;
	}
	pthread_mutex_unlock(&all->lock);
	return (s);
}

static struct slot *
make(struct slots *all, const char *client, const char *transport)
{
	struct slot *s = calloc(1, sizeof(*s));
	pthread_condattr_t steady;

	if (s == NULL)
		return (NULL);
	s->ops = all->ops;
	s->child.pid = -1;
	snprintf(s->client, sizeof(s->client), "%s", client);
	snprintf(s->transport, sizeof(s->transport), "%s", transport);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&s->moved, &steady);
	pthread_condattr_destroy(&steady);
	return (s);
}

static void
destroy(struct slot *s)
{
	pthread_cond_destroy(&s->moved);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static enum err
add(struct slots *all, const char *client, const char *transport)
{
	struct slot *s = make(all, client, transport);

	if (s == NULL)
		return (ERR_NOMEM);
	if (pthread_create(&s->thread, NULL, run, s) != 0) {
		destroy(s);
		return (ERR_NOMEM);
	}
	pthread_mutex_lock(&all->lock);
	s->next = all->first;
	all->first = s;
	pthread_mutex_unlock(&all->lock);
	return (ERR_OK);
}

/* Wakes the thread, wherever it waits; under the lock. */
static void
wake(struct slot *s)
{
	pthread_cond_broadcast(&s->moved);
	if (s->waiting != NULL)
		tp_cancel(s->waiting);
}

void
slots_knock(struct slots *all, const char *device)
{
	size_t n = strlen(READERS_DEVICE);
	struct slot *s;

	pthread_mutex_lock(&all->lock);
	for (s = all->first; s != NULL; s = s->next) {
		pthread_mutex_lock(&s->lock);
		if (strncmp(s->transport, READERS_DEVICE, n) == 0 &&
		    strcmp(s->transport + n, device) == 0) {
			s->knock = 1;
			pthread_cond_broadcast(&s->moved);
		}
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_unlock(&all->lock);
}

static void
ask_to_stop(struct slot *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = 1;
	wake(s);
	pthread_mutex_unlock(&s->lock);
}

void
slots_look(struct slots *all)
{
	struct slot *s;

	pthread_mutex_lock(&all->lock);
	for (s = all->first; s != NULL; s = s->next) {
		pthread_mutex_lock(&s->lock);
		wake(s);
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_unlock(&all->lock);
}

/* A slot that is gone stays in the list, stopped, until the end: a visit may
 * still hold it, and its name may come back. */
enum err
slots_put(struct slots *all, const char *client, const char *transport)
{
	struct slot *s = find(all, client);

	if (s == NULL)
		return (transport[0] == '\0' ? ERR_OK :
		    add(all, client, transport));
	pthread_mutex_lock(&s->lock);
	if (strcmp(s->transport, transport) != 0) {
		snprintf(s->transport, sizeof(s->transport), "%s", transport);
		s->renew = 1;
		wake(s);
	}
	pthread_mutex_unlock(&s->lock);
	return (ERR_OK);
}

void
slots_close(struct slots **ap)
{
	struct slots *all = *ap;
	struct slot *s;

	if (all == NULL)
		return;
	*ap = NULL;
	for (s = all->first; s != NULL; s = s->next)
		ask_to_stop(s);
	while ((s = all->first) != NULL) {
		all->first = s->next;
		pthread_join(s->thread, NULL);
		destroy(s);
	}
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* --- borrowing --- */

static enum err
ask_for(struct slot *s, struct tp **tp, struct note *note)
{
	int64_t until = clock_ms() + SLOTS_TAKE_MS;
	const struct timespec t = { .tv_sec = until / 1000,
	    .tv_nsec = (until % 1000) * 1000000 };

	if (s->lent || s->asked)
		return (ERR_READER_BUSY);
	s->asked = 1;
	wake(s);
	while (s->asked && clock_ms() < until)
		(void)pthread_cond_timedwait(&s->moved, &s->lock, &t);
	if (s->lent) {
		*tp = s->child.tp;
		return (ERR_OK);
	}
	s->asked = 0;
	*note = s->note;
	return (s->err == ERR_OK ? ERR_NO_READER : s->err);
}

enum err
slots_take(struct slots *all, const char *client, struct tp **tp,
    struct note *note)
{
	struct slot *s = find(all, client);
	enum err r;

	*tp = NULL;
	if (s == NULL)
		return (ERR_NO_READER);
	pthread_mutex_lock(&s->lock);
	r = ask_for(s, tp, note);
	pthread_mutex_unlock(&s->lock);
	return (r);
}

enum err
slots_give_back(struct slots *all, const char *client)
{
	struct slot *s = find(all, client);
	int64_t until = clock_ms() + GIVE_BACK_MS;
	const struct timespec t = { .tv_sec = until / 1000,
	    .tv_nsec = (until % 1000) * 1000000 };
	enum err r;

	if (s == NULL)
		return (ERR_OK);
	pthread_mutex_lock(&s->lock);
	s->back = 1;
	pthread_cond_broadcast(&s->moved);
	while (s->back && clock_ms() < until)
		(void)pthread_cond_timedwait(&s->moved, &s->lock, &t);
	r = s->back ? ERR_CARD_UNLOCKED : s->back_err;
	pthread_mutex_unlock(&s->lock);
	return (r);
}

/* --- what is seen of them --- */

static json_t *
slot_json(struct slot *s)
{
	json_t *o;

	pthread_mutex_lock(&s->lock);
	o = json_pack("{s:s, s:s, s:o, s:b, s:o}", "client", s->client,
	    "state", states[s->state].word, "label",
	    view_text(states[s->state].ja, states[s->state].en),
	    "card", s->card, "error", s->err == ERR_OK ? json_null() :
	    view_error(s->err, s->note.text));
	pthread_mutex_unlock(&s->lock);
	return (o);
}

json_t *
slots_json(struct slots *all)
{
	json_t *rows = json_array();
	struct slot *s;

	pthread_mutex_lock(&all->lock);
	for (s = all->first; s != NULL; s = s->next) {
		if (s->transport[0] != '\0')
			json_array_append_new(rows, slot_json(s));
	}
	pthread_mutex_unlock(&all->lock);
	return (rows);
}
