#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/agent/worker.h"
#include "host/ledger/coverage.h"
#include "host/qualify/finding.h"
#include "host/qualify/job.h"

#define TURN_MS		500	/* longest pause: a new job is asked for within
				 * a second (features.md DEN-03) */
#define CATCH_UP_MS	100	/* of findings between two turns; ours */
#define AGAIN_MS	20	/* pause when there is more of them */

enum work { DAYS, ANSWERS, JOBS, FINDINGS, EVENTS, WORKS };

static const char *const works[WORKS] = {
	[DAYS] = "coverages", [ANSWERS] = "answers", [JOBS] = "jobs",
	[FINDINGS] = "findings", [EVENTS] = "events",
};

struct worker {
	const struct conf	*conf;
	struct worker_ops	 ops;
	struct store		*store;
	pthread_t		 thread;
	enum err		 said[WORKS];	/* last error in the log */
	char			 day[DAY_LEN];	/* coverages are those of it */
	int			 next;		/* of the last job_turn */

	pthread_mutex_t		 lock;
	pthread_cond_t		 moved;
	int			 stop, woken;
};

/* Once, until it is another one or gone: a share may be away all night. */
static void
say(struct worker *w, enum work work, enum err r)
{
	if (r != ERR_OK && r != w->said[work])
		log_line(LOG_WARN, "worker", "%s: %s", works[work],
		    err_name(r));
	w->said[work] = r;
}

/* How many there are, for lists that are looked at. */
static void
tell_findings(struct worker *w, size_t n)
{
	char at[CLOCK_ISO_LEN], data[128];
	int64_t now = clock_wall_ms();

	clock_iso(now, at);
	snprintf(data, sizeof(data), "{\"at\":\"%s\",\"findings\":%zu}", at,
	    n);
	const struct val v[] = { val_int(now), val_text("finding"),
	    val_text(NULL), val_text(NULL), val_text(data) };

	say(w, EVENTS, store_run(w->store, SQL_EVENT_ADD, v, 5, NULL, NULL,
	    NULL));
}

/*
 * All that settled is taken in at once, before each part looks for its own;
 * a share is not listed for jobs that only wait.
 */
static void
take_in(struct worker *w)
{
	struct note note = { "" };
	size_t n;

	if (w->next >= JOB_IDLE_MS)
		return;
	say(w, ANSWERS, exchange_sweep(&w->conf->visit.exchange, w->store, &n,
	    &note));
}

/* A new day: an insurance that begins on it is the one to ask with. */
static void
turn_day(struct worker *w)
{
	char today[DAY_LEN];
	enum err r;

	day_today(today);
	if (strcmp(today, w->day) == 0)
		return;
	if ((r = coverage_turn(w->store, today, NULL)) == ERR_OK)
		memcpy(w->day, today, sizeof(w->day));
	say(w, DAYS, r);
}

/* One turn; how long nothing is to be done. */
static int
turn(struct worker *w)
{
	size_t moved = 0, found = 0;

	turn_day(w);
	take_in(w);
	w->next = JOB_IDLE_MS;
	say(w, JOBS, job_turn(&w->conf->jobs, w->store, &w->next, &moved));
	say(w, FINDINGS, finding_catch_up(w->store, CATCH_UP_MS, &found));
	if (found > 0)
		tell_findings(w, found);
	if (moved > 0 || found > 0)
		w->ops.changed(w->ops.ctx);
	if (found > 0)
		return (AGAIN_MS);
	return (w->next < TURN_MS ? w->next : TURN_MS);
}

static int
pause_turn(struct worker *w, int ms)
{
	int64_t until = clock_ms() + ms;
	const struct timespec t = { .tv_sec = until / 1000,
	    .tv_nsec = (until % 1000) * 1000000 };
	int stop;

	pthread_mutex_lock(&w->lock);
	while (!w->stop && !w->woken && clock_ms() < until)
		(void)pthread_cond_timedwait(&w->moved, &w->lock, &t);
	w->woken = 0;
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return (stop);
}

static void *
run(void *arg)
{
	struct worker *w = arg;

	while (!pause_turn(w, turn(w)))
		continue;
	return (NULL);
}

static void
close_parts(struct worker *w)
{
	store_close(&w->store);
	pthread_cond_destroy(&w->moved);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

enum err
worker_open(const struct conf *conf, const struct worker_ops *ops,
    struct worker **out, struct note *note)
{
	struct worker *w = calloc(1, sizeof(*w));
	pthread_condattr_t steady;
	enum err r;

	*out = NULL;
	if (w == NULL)
		return (ERR_NOMEM);
	w->conf = conf;
	w->ops = *ops;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&w->moved, &steady);
	pthread_condattr_destroy(&steady);
	if ((r = store_open(conf->store, &w->store, note)) == ERR_OK &&
	    pthread_create(&w->thread, NULL, run, w) != 0)
		r = ERR_NOMEM;
	if (r != ERR_OK) {
		close_parts(w);
		return (r);
	}
	*out = w;
	return (ERR_OK);
}

void
worker_wake(struct worker *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->woken = 1;
	pthread_cond_signal(&w->moved);
	pthread_mutex_unlock(&w->lock);
}

int
worker_close(struct worker **wp)
{
	struct worker *w = *wp;
	struct timespec until;

	if (w == NULL)
		return (1);
	*wp = NULL;
	pthread_mutex_lock(&w->lock);
	w->stop = 1;
	pthread_cond_signal(&w->moved);
	pthread_mutex_unlock(&w->lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WORKER_STOP_MS / 1000;
	if (pthread_clockjoin_np(w->thread, NULL, CLOCK_MONOTONIC,
	    &until) != 0) {
		log_line(LOG_WARN, "worker", "a folder hangs");
		return (0);
	}
	close_parts(w);
	return (1);
}
