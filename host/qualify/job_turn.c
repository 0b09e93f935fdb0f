#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/qualify/job_in.h"

#define STOPS		16	/* parts of a cancelled job in one turn; ours */
#define MAKING_MS	(10 * 60 * 1000)	/* no job_start takes so long */
#define AGAIN_MS	20	/* there is more to do at once */

/* One turn over all jobs. */
struct turning {
	const struct job_conf	*conf;
	struct store		*store;
	int64_t			 next;	/* wall ms */
	size_t			 moved;
	enum err		 first;	/* error */
};

static void
blame(struct turning *t, enum err r)
{
	if (t->first == ERR_OK)
		t->first = r;
}

static void
due_at(struct turning *t, int64_t wall_ms)
{
	if (wall_ms < t->next)
		t->next = wall_ms;
}

/* --- a part --- */

/*
 * What was withdrawn may have been read before it was gone from req.  A look
 * that fails ends nothing: asking fails as well then, and is held.
 */
static enum err
ask(struct turning *t, const struct job_row *j, struct job_part *p,
    int *moved)
{
	if (p->request_file[0] != '\0' && job_look(t->conf, t->store, j, p,
	    moved) == ERR_OK && *moved)
		return (ERR_OK);
	return (job_ask(t->conf, t->store, j, p, moved));
}

/* Not before it is sure that no earlier 02req was answered meanwhile. */
static enum err
fetch(struct turning *t, const struct job_row *j, struct job_part *p,
    int *moved)
{
	enum err r = ERR_OK;

	if (p->request_file[0] != '\0')
		r = job_look(t->conf, t->store, j, p, moved);
	if (r != ERR_OK || *moved)
		return (r);
	return (job_fetch(t->conf, t->store, j, p, moved));
}

static enum err
move_part(struct turning *t, const struct job_row *j, struct job_part *p,
    int *moved)
{
	*moved = 0;
	switch (p->state) {
	case JOB_WAITING:
		return (ask(t, j, p, moved));
	case JOB_ACCEPTED:
		return (fetch(t, j, p, moved));
	case JOB_ASKED:
	case JOB_FETCHING:
	case JOB_UNSURE:
		return (job_look(t->conf, t->store, j, p, moved));
	case JOB_RECEIVED:
		return (job_settle(t->store, j, p, moved));
	case JOB_DONE:
	case JOB_FAILED:
	case JOB_CANCELLED:
	case JOB_STATES:
		break;
	}
	return (ERR_OK);
}

/* What the terminal has not taken yet, it does not get. */
static enum err
take_back(struct turning *t, const struct job_part *p)
{
	struct note note = { "" };
	char state[16];

	if (p->state != JOB_ASKED && p->state != JOB_FETCHING)
		return (ERR_OK);
	return (exchange_withdraw(t->conf->exchange, t->store,
	    p->request_file, state, &note));
}

static void
turn_part(struct turning *t, const struct job_row *j, int64_t number,
    int cancel)
{
	struct job_part p;
	int moved = 0;
	enum err r;

	if ((r = job_part_get(t->store, j->id, (int)number, &p)) == ERR_OK &&
	    strcmp(j->state, "cancelling") == 0)
		r = take_back(t, &p);
	if (r == ERR_OK)
		r = cancel ? job_move(t->store, j, &p, JOB_CANCEL, &moved) :
		    move_part(t, j, &p, &moved);
	/* Said once by who turns: a share may be away all night. */
	if (r != ERR_OK) {
		log_line(LOG_INFO, "job", "%s/%d: %s", j->id, (int)number,
		    err_name(r));
		blame(t, r);
	}
	t->moved += moved != 0;
}

/* --- a job --- */

static void
turn_parts(struct turning *t, const struct job_row *j, enum sql which,
    const struct val *v, size_t n, int cancel)
{
	struct job_numbers l = { NULL, 0, 0 };
	enum err r;

	if ((r = store_run(t->store, which, v, n, job_numbers_row, &l,
	    NULL)) != ERR_OK)
		blame(t, r);
	for (size_t i = 0; i < l.n; i++)
		turn_part(t, j, l.v[i], cancel);
	/* An answer may come at any time; whoever cancels has no haste. */
	if (l.n > 0 && (which == SQL_JOB_PARTS_OUT || cancel))
		due_at(t, clock_wall_ms() +
		    (t->conf->exchange->poll_ms > 0 ?
		    t->conf->exchange->poll_ms : EXCHANGE_POLL_MS));
	free(l.v);
}

static enum err
next_row(void *ctx, const struct val *cols, size_t n)
{
	struct turning *t = ctx;

	if (n == 1 && cols[0].type != VAL_NULL)
		due_at(t, val_num(&cols[0]));
	return (ERR_OK);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

/* As many as may be with the terminal at a time. */
static void
ask_due(struct turning *t, const struct job_row *j, int64_t now)
{
	const struct val id = val_text(j->id);
	int64_t busy = 0;
	enum err r;

	if ((r = store_run(t->store, SQL_JOB_PARTS_BUSY, &id, 1, count_row,
	    &busy, NULL)) != ERR_OK) {
		blame(t, r);
		return;
	}
	if (busy >= JOB_OUT_MAX)
		return;
	const struct val v[] = { id, val_int(now),
	    val_int(JOB_OUT_MAX - busy) };

	turn_parts(t, j, SQL_JOB_PARTS_DUE, v, 3, 0);
}

static void
turn_job(struct turning *t, const struct job_row *j)
{
	const int64_t now = clock_wall_ms();
	const struct val v[] = { val_text(j->id), val_int(now) };
	const struct val stop[] = { val_text(j->id), val_int(STOPS) };
	enum err r;

	turn_parts(t, j, SQL_JOB_PARTS_OUT, v, 1, 0);
	turn_parts(t, j, SQL_JOB_PARTS_FOUND, v, 1, 0);
	if (strcmp(j->state, "cancelling") == 0) {
		turn_parts(t, j, SQL_JOB_PARTS_STOP, stop, 2, 1);
		return;
	}
	turn_parts(t, j, SQL_JOB_PARTS_FETCH, v, 2, 0);
	ask_due(t, j, now);
	if ((r = store_run(t->store, SQL_JOB_PART_NEXT, v, 1, next_row, t,
	    NULL)) != ERR_OK)
		blame(t, r);
}

/* --- all jobs --- */

/* Read before any of them is moved. */
struct jobs {
	struct job_row	*v;
	size_t		 n, room;
};

static enum err
job_each(void *ctx, const struct val *cols, size_t n)
{
	struct jobs *l = ctx;
	size_t room = l->room > 0 ? l->room * 2 : 16;
	void *grown;

	if (l->n == l->room) {
		if ((grown = realloc(l->v, room * sizeof(*l->v))) == NULL)
			return (ERR_NOMEM);
		l->v = grown;
		l->room = room;
	}
	return (job_row_read(cols, n, &l->v[l->n++]));
}

static enum err
keep_id(void *ctx, const struct val *cols, size_t n)
{
	char *id = ctx;

	if (n == 1)
		memcpy(id, val_str(&cols[0]), cols[0].len < UUID_LEN ?
		    cols[0].len + 1 : 0);
	return (ERR_OK);
}

/* What a job_start left that was killed: nothing of it was ever asked. */
static enum err
forget_unmade(struct store *st)
{
	static const enum sql drops[] = { SQL_JOB_PERSON_DROP,
	    SQL_JOB_PART_DROP, SQL_JOB_DROP };
	const struct val before = val_int(clock_wall_ms() - MAKING_MS);
	char id[UUID_LEN] = "";
	enum err r;

	if ((r = store_run(st, SQL_JOB_MAKING, &before, 1, keep_id, id,
	    NULL)) != ERR_OK || id[0] == '\0')
		return (r);
	for (size_t i = 0; i < 3 && r == ERR_OK; i++) {
		const struct val v = val_text(id);

		r = store_run(st, drops[i], &v, 1, NULL, NULL, NULL);
	}
	return (r);
}

/* NULL: all. */
static enum err
turn_jobs(struct turning *t, const char *only)
{
	struct jobs l = { NULL, 0, 0 };
	enum err r;

	r = store_run(t->store, SQL_JOB_OPEN, NULL, 0, job_each, &l, NULL);
	for (size_t i = 0; i < l.n; i++) {
		if (r == ERR_OK && (only == NULL ||
		    strcmp(l.v[i].id, only) == 0))
			turn_job(t, &l.v[i]);
		job_row_free(&l.v[i]);
	}
	free(l.v);
	return (r);
}

enum err
job_turn(const struct job_conf *conf, struct store *st, int *next_ms,
    size_t *moved)
{
	struct turning t = { .conf = conf, .store = st, .next =
	    clock_wall_ms() + JOB_IDLE_MS };
	int64_t left;
	enum err r;

	if ((r = turn_jobs(&t, NULL)) == ERR_OK)
		r = forget_unmade(st);
	blame(&t, r);
	left = t.moved > 0 ? AGAIN_MS : t.next - clock_wall_ms();
	*next_ms = left < AGAIN_MS ? AGAIN_MS : left > JOB_IDLE_MS ?
	    JOB_IDLE_MS : (int)left;
	if (moved != NULL)
		*moved = t.moved;
	return (t.first);
}

enum err
job_turn_one(const struct job_conf *conf, struct store *st, const char *id)
{
	struct turning t = { .conf = conf, .store = st, .next = 0 };

	blame(&t, turn_jobs(&t, id));
	return (t.first);
}
