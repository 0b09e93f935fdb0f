#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/agent/clerk.h"
#include "host/qualify/intake.h"
#include "host/visit/overdue.h"

#define TURN_MS		500	/* between two looks at face; as others poll */
#define SWEEP_MS	2000	/* late answers */
#define CHECK_MS	10000	/* folders, visits nobody comes for */
#define HANGS_MS	30000	/* a turn that takes longer; ours */
#define QUEUE		64	/* results nobody has taken yet; ours */

enum duty { FACE, LATE, DOCUMENTS, LATE_VISITS, WITHDRAWN, NOBODY_COMES,
    PRUNING, HANDING_OVER, DUTIES };

static const char *const duties[DUTIES] = {
	[FACE] = "face", [LATE] = "late answers", [DOCUMENTS] = "documents",
	[LATE_VISITS] = "visits of late answers",
	[WITHDRAWN] = "visits of withdrawn requests",
	[NOBODY_COMES] = "visits nobody comes for",
	[PRUNING] = "documents past their hours",
	[HANDING_OVER] = "what was not handed over to the end",
};

struct clerk {
	const struct conf	*conf;
	struct clerk_ops	 ops;
	struct store		*store;
	struct intake		*intake;	/* NULL: no face folder */
	pthread_t		 thread;
	int64_t			 swept, checked;	/* clock_ms() */
	enum err		 said[DUTIES];	/* last error in the log */

	pthread_mutex_t		 lock;
	pthread_cond_t		 moved;
	int			 stop, folders;
	int64_t			 beaten;	/* clock_ms() of its last turn */
	size_t			 n;
	struct {
		struct result	*result;
		char		 digest[65];
	}			 queue[QUEUE];
};

/* A full queue leaves it to the desk: the store has it. */
static enum err
keep_face(void *ctx, struct result **result, const char *digest)
{
	struct clerk *c = ctx;

	pthread_mutex_lock(&c->lock);
	if (c->n < QUEUE) {
		c->queue[c->n].result = *result;
		memcpy(c->queue[c->n].digest, digest,
		    sizeof(c->queue[0].digest));
		c->n++;
		*result = NULL;	/* moved */
	}
	pthread_mutex_unlock(&c->lock);
	c->ops.changed(c->ops.ctx);
	return (ERR_OK);
}

/* Once, until it is another one or gone: it is tried again all day. */
static void
say(struct clerk *c, enum duty duty, enum err r)
{
	if (r != ERR_OK && r != c->said[duty])
		log_line(LOG_WARN, "clerk", "%s: %s", duties[duty],
		    err_name(r));
	c->said[duty] = r;
}

static void
look_at_face(struct clerk *c)
{
	size_t n;

	if (c->intake != NULL)
		say(c, FACE, intake_look(c->intake, keep_face, c, &n));
}

static void
sweep(struct clerk *c)
{
	struct note note = { "" };
	size_t n = 0, moved = 0, back = 0, documents = 0;

	if (clock_ms() - c->swept < SWEEP_MS)
		return;
	c->swept = clock_ms();
	say(c, LATE, exchange_sweep(&c->conf->visit.exchange, c->store, &n,
	    &note));
	say(c, DOCUMENTS, document_sweep(&c->conf->documents, c->store,
	    &documents, &note));
	say(c, LATE_VISITS, overdue_answers(c->store, &moved));
	say(c, WITHDRAWN, overdue_withdrawn(c->store, &back));
	if (moved + back + documents > 0)
		c->ops.changed(c->ops.ctx);
}

static void
check(struct clerk *c)
{
	struct note note = { "" };
	FILE *nowhere;
	size_t n = 0;
	int ok;

	if (c->checked != 0 && clock_ms() - c->checked < CHECK_MS)
		return;
	c->checked = clock_ms();
	say(c, NOBODY_COMES, overdue_expire(c->store, &n));
	if (n > 0)
		c->ops.changed(c->ops.ctx);
	say(c, PRUNING, document_prune(c->store, &n));
	say(c, HANDING_OVER, orca_resume(&c->conf->orca, c->store, &n, &note));
	if ((nowhere = fopen("/dev/null", "we")) == NULL)
		return;
	ok = conf_check_folders(c->conf, nowhere) == ERR_OK;
	fclose(nowhere);
	pthread_mutex_lock(&c->lock);
	c->folders = ok;
	pthread_mutex_unlock(&c->lock);
}

static int
pause_turn(struct clerk *c)
{
	int64_t until = clock_ms() + (c->intake != NULL ? 0 : TURN_MS);
	const struct timespec t = { .tv_sec = until / 1000,
	    .tv_nsec = (until % 1000) * 1000000 };
	int stop;

	if (c->intake != NULL)
		intake_wait(c->intake, TURN_MS);
	pthread_mutex_lock(&c->lock);
	while (!c->stop && clock_ms() < until)
		(void)pthread_cond_timedwait(&c->moved, &c->lock, &t);
	stop = c->stop;
	pthread_mutex_unlock(&c->lock);
	return (stop);
}

static void
beat(struct clerk *c)
{
	pthread_mutex_lock(&c->lock);
	c->beaten = clock_ms();
	pthread_mutex_unlock(&c->lock);
}

static void *
run(void *arg)
{
	struct clerk *c = arg;

	do {
		beat(c);
		look_at_face(c);
		sweep(c);
		check(c);
	} while (!pause_turn(c));
	return (NULL);
}

static enum err
open_parts(struct clerk *c, struct note *note)
{
	const struct conf *conf = c->conf;
	enum err r;

	if ((r = store_open(conf->store, &c->store, note)) != ERR_OK ||
	    conf->face_folder[0] == '\0')
		return (r);
	return (intake_open(conf->face_folder, conf->institution_code,
	    c->store, &c->intake, note));
}

static void
close_parts(struct clerk *c)
{
	intake_close(&c->intake);
	store_close(&c->store);
	for (size_t i = 0; i < c->n; i++)
		result_free(&c->queue[i].result);
	pthread_cond_destroy(&c->moved);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

enum err
clerk_open(const struct conf *conf, const struct clerk_ops *ops,
    struct clerk **out, struct note *note)
{
	struct clerk *c = calloc(1, sizeof(*c));
	pthread_condattr_t steady;
	enum err r;

	*out = NULL;
	if (c == NULL)
		return (ERR_NOMEM);
	c->conf = conf;
	c->ops = *ops;
	c->folders = 1;
	c->beaten = clock_ms();
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&c->moved, &steady);
	pthread_condattr_destroy(&steady);
	if ((r = open_parts(c, note)) == ERR_OK &&
	    pthread_create(&c->thread, NULL, run, c) != 0)
		r = ERR_NOMEM;
	if (r != ERR_OK) {
		close_parts(c);
		return (r);
	}
	*out = c;
	return (ERR_OK);
}

int
clerk_close(struct clerk **cp)
{
	struct clerk *c = *cp;
	struct timespec until;

	if (c == NULL)
		return (1);
	*cp = NULL;
	pthread_mutex_lock(&c->lock);
	c->stop = 1;
	pthread_cond_signal(&c->moved);
	pthread_mutex_unlock(&c->lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLERK_STOP_MS / 1000;
	if (pthread_clockjoin_np(c->thread, NULL, CLOCK_MONOTONIC,
	    &until) != 0) {
		log_line(LOG_WARN, "clerk", "a folder hangs");
		return (0);
	}
	close_parts(c);
	return (1);
}

int
clerk_folders(struct clerk *c)
{
	int ok;

	pthread_mutex_lock(&c->lock);
	ok = c->folders && clock_ms() - c->beaten < HANGS_MS;
	pthread_mutex_unlock(&c->lock);
	return (ok);
}

int
clerk_face(struct clerk *c, struct result **result, char digest[65])
{
	int found;

	pthread_mutex_lock(&c->lock);
	if ((found = c->n > 0)) {
		*result = c->queue[0].result;
		memcpy(digest, c->queue[0].digest, 65);
		c->n--;
		memmove(&c->queue[0], &c->queue[1], c->n *
		    sizeof(c->queue[0]));
	}
	pthread_mutex_unlock(&c->lock);
	return (found);
}
