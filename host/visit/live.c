#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/visit/course.h"
#include "host/visit/face.h"
#include "host/visit/live.h"
#include "host/visit/record.h"

#define LIVE_MAX	128	/* features.md 4.3: 100 sessions at once */

struct row {
	struct session	*session;	/* NULL: the row is free */
	struct store	*store;		/* kept for the next one */
};

struct live {
	char				 path[512];
	const struct visit_conf		*conf;
	const struct session_ops	*ops;
	struct store			*store;		/* our own thread's */
	struct row			 rows[LIVE_MAX];
};

enum err
live_open(const char *store_path, const struct visit_conf *conf,
    const struct session_ops *ops, struct live **out, struct note *note)
{
	struct live *l = calloc(1, sizeof(*l));
	enum err r;

	*out = NULL;
	if (l == NULL)
		return (ERR_NOMEM);
	l->conf = conf;
	l->ops = ops;
	if (strlen(store_path) >= sizeof(l->path)) {
		free(l);
		return (ERR_TOOBIG);
	}
	memcpy(l->path, store_path, strlen(store_path) + 1);
	if ((r = store_open(l->path, &l->store, note)) != ERR_OK) {
		free(l);
		return (r);
	}
	store_patience(l->store, STORE_BRIEF_MS);
	*out = l;
	return (ERR_OK);
}

int
live_close(struct live **lp)
{
	struct live *l = *lp;
	int left = 0;

	if (l == NULL)
		return (1);
	*lp = NULL;
	/* All at once first: each may have to let go of a reader. */
	for (size_t i = 0; i < LIVE_MAX; i++) {
		struct session *s = l->rows[i].session;

		/* A request is not taken back because a program ends. */
		if (s != NULL && session_is_asking(s)) {
			l->rows[i] = (struct row){ NULL, NULL };
			left++;
		} else if (s != NULL) {
			session_cancel(s);
		}
	}
	for (size_t i = 0; i < LIVE_MAX; i++) {
		session_close(&l->rows[i].session);
		store_close(&l->rows[i].store);
	}
	if (left > 0)
		return (0);
	store_close(&l->store);
	free(l);
	return (1);
}

/* --- what an agent that ended left behind --- */

static const struct {
	enum visit_state	from;
	enum visit_event	event;
	enum err		why;	/* ERR_OK: no outcome */
} recoveries[] = {
	{ VS_IDLE,	VE_CANCEL,	ERR_RESTARTED },
	{ VS_CARD,	VE_CANCEL,	ERR_RESTARTED },
	{ VS_VERIFIED,	VE_CANCEL,	ERR_RESTARTED },
	{ VS_CONSENTED,	VE_CANCEL,	ERR_RESTARTED },
	{ VS_CONFIRMED,	VE_NO_MATCH,	ERR_OK },
	{ VS_MATCHED,	VE_NO_MATCH,	ERR_OK },
	{ VS_REQUESTED,	VE_NO_ANSWER,	ERR_OK },
	{ VS_ANSWERED,	VE_TIMEOUT,	ERR_OK },
};

struct open_rows {
	struct {
		char			id[VISIT_ID_LEN];
		enum visit_state	state;
	}	*rows;
	size_t	 n;
};

static enum err
open_row(void *ctx, const struct val *cols, size_t n)
{
	struct open_rows *all = ctx;
	void *rows;

	if (n != 3)
		return (ERR_STORE);
	rows = reallocarray(all->rows, all->n + 1, sizeof(*all->rows));
	if (rows == NULL)
		return (ERR_NOMEM);
	all->rows = rows;
	snprintf(all->rows[all->n].id, VISIT_ID_LEN, "%s", val_str(&cols[0]));
	all->rows[all->n++].state = record_state_named(val_str(&cols[1]));
	return (ERR_OK);
}

static enum err
recover(struct live *l, const char *id, enum visit_state state, size_t *n)
{
	size_t i = 0, all = sizeof(recoveries) / sizeof(recoveries[0]);
	struct visit v;
	enum err r;

	while (i < all && recoveries[i].from != state)
		i++;
	if (i == all)
		return (ERR_OK);
	if ((r = record_load(l->store, id, l->conf, &v)) != ERR_OK)
		return (r);
	r = record_move(l->store, &v, machine_row(state, recoveries[i].event),
	    recoveries[i].why == ERR_OK ? NULL : err_name(recoveries[i].why));
	visit_end(&v);
	*n += r == ERR_OK;
	return (r);
}

enum err
live_recover(struct live *l, size_t *n)
{
	struct open_rows all = { NULL, 0 };
	enum err r;

	*n = 0;
	r = store_run(l->store, SQL_VISIT_OPEN, NULL, 0, open_row, &all,
	    NULL);
	for (size_t i = 0; r == ERR_OK && i < all.n; i++) {
		enum err one = recover(l, all.rows[i].id, all.rows[i].state,
		    n);

		/* One that cannot be read keeps nobody from starting. */
		if (one != ERR_OK)
			log_line(LOG_ERROR, "live", "visit %s: %s",
			    all.rows[i].id, err_name(one));
	}
	free(all.rows);
	return (r);
}

/* --- the live ones --- */

struct session *
live_find(struct live *l, const char *id)
{
	for (size_t i = 0; i < LIVE_MAX; i++) {
		if (l->rows[i].session != NULL &&
		    strcmp(session_id(l->rows[i].session), id) == 0)
			return (l->rows[i].session);
	}
	return (NULL);
}

struct session *
live_of(struct live *l, const char *client)
{
	for (size_t i = 0; i < LIVE_MAX; i++) {
		if (l->rows[i].session != NULL && !session_ended(
		    l->rows[i].session) && !session_resumed(
		    l->rows[i].session) && !session_left(
		    l->rows[i].session) && strcmp(session_client(
		    l->rows[i].session), client) == 0)
			return (l->rows[i].session);
	}
	return (NULL);
}

size_t
live_count(const struct live *l)
{
	size_t n = 0;

	for (size_t i = 0; i < LIVE_MAX; i++)
		n += l->rows[i].session != NULL;
	return (n);
}

void
live_forsake(struct live *l)
{
	for (size_t i = 0; i < LIVE_MAX; i++) {
		struct session *s = l->rows[i].session;

		if (s != NULL && !session_leave(s))
			session_cancel(s);
	}
}

/* Its thread ended and its end is not in the store: as after a crash. */
static enum err
finish(struct live *l, const char *id)
{
	struct record rec;
	size_t n = 0;
	enum err r;

	if ((r = record_get(l->store, id, &rec)) != ERR_OK)
		return (r);
	if (!machine_is_end(rec.state))
		r = recover(l, id, rec.state, &n);
	record_wipe(&rec);
	return (r);
}

void
live_reap(struct live *l)
{
	for (size_t i = 0; i < LIVE_MAX; i++) {
		struct session *s = l->rows[i].session;

		/* A store that is busy now: the next time. */
		if (s != NULL && session_ended(s) &&
		    finish(l, session_id(s)) == ERR_OK)
			session_close(&l->rows[i].session);
	}
}

/* A free row with a store connection of its own; ERR_TOO_MANY. */
static enum err
free_row(struct live *l, struct row **out)
{
	struct note note = { "" };
	enum err r;

	*out = NULL;
	for (size_t i = 0; i < LIVE_MAX; i++) {
		if (l->rows[i].session != NULL)
			continue;
		if (l->rows[i].store == NULL && (r = store_open(l->path,
		    &l->rows[i].store, &note)) != ERR_OK) {
			log_line(LOG_ERROR, "live", "%s", note.text);
			return (r);
		}
		/* Until a session's own thread has it. */
		store_patience(l->rows[i].store, STORE_BRIEF_MS);
		*out = &l->rows[i];
		return (ERR_OK);
	}
	return (ERR_TOO_MANY);
}

enum err
live_start(struct live *l, const struct session_ask *ask,
    char id[VISIT_ID_LEN])
{
	struct session_ask whole = *ask;
	struct session *before;
	struct row *row;
	enum err r;

	id[0] = '\0';
	live_reap(l);
	if ((before = live_of(l, ask->about.client)) != NULL &&
	    !session_leave(before))
		return (ERR_READER_BUSY);
	if ((r = free_row(l, &row)) != ERR_OK)
		return (r);
	whole.conf = l->conf;
	whole.ops = l->ops;
	whole.store = row->store;
	if ((r = session_start(&whole, &row->session)) == ERR_OK)
		memcpy(id, session_id(row->session), VISIT_ID_LEN);
	return (r);
}

/* --- what the desk decides --- */

static enum err
name_it(struct visit *v, const char *chart_number, const char *staff)
{
	if (v->state != VS_UNMATCHED)
		return (ERR_NOT_NOW);
	snprintf(v->about.staff, sizeof(v->about.staff), "%s", staff);
	return (course_name(v, chart_number));
}

/* In its row; where no thread runs it, the desk may name the patient again. */
static enum err
go_on(struct live *l, struct row *row, struct visit *v)
{
	const struct session_ask ask = { .about = v->about, .conf = l->conf,
	    .ops = l->ops, .store = row->store };
	enum err r;

	r = session_resume(&ask, v, &row->session);
	if (r != ERR_OK && v->state == VS_MATCHED)
		(void)visit_step(v, VE_NO_MATCH);
	return (r);
}

enum err
live_name(struct live *l, const char *id, const char *chart_number,
    const char *staff, struct note *note)
{
	struct row *row;
	struct visit v;
	enum err r;

	live_reap(l);
	if (live_find(l, id) != NULL)
		return (ERR_NOT_NOW);
	if ((r = free_row(l, &row)) != ERR_OK)
		return (r);
	if ((r = record_load(row->store, id, l->conf, &v)) != ERR_OK)
		return (r);
	if ((r = name_it(&v, chart_number, staff)) == ERR_OK)
		r = go_on(l, row, &v);
	note_set(note, "%s", v.note.text);
	visit_end(&v);
	return (r);
}

enum err
live_drop(struct live *l, const char *id)
{
	struct visit v;
	enum err r;

	if ((r = record_load(l->store, id, l->conf, &v)) != ERR_OK)
		return (r);
	r = v.state != VS_UNMATCHED ? ERR_NOT_NOW : record_move(l->store, &v,
	    machine_row(v.state, VE_CANCEL), err_name(ERR_CANCELLED));
	visit_end(&v);
	return (r);
}

/* One armed visit, against what the file says. */
struct candidate {
	struct session	*session;
	enum match	 match;
};

enum err
live_bind(struct live *l, struct result **result, const char *digest)
{
	struct candidate one = { NULL, MATCH_NO };
	struct gift gift = { .want = WANT_FACE_FILE };
	int certain = 0, possible = 0;
	struct patient expected;
	int64_t armed_at;
	enum match m;
	enum err r;

	for (size_t i = 0; i < LIVE_MAX; i++) {
		struct session *s = l->rows[i].session;

		if (s == NULL || !session_expects(s, &expected, &armed_at))
			continue;
		m = face_match(*result, &expected, armed_at);
		patient_wipe(&expected);
		certain += m == MATCH_CERTAIN;
		possible += m == MATCH_POSSIBLE;
		if (m > one.match)
			one = (struct candidate){ s, m };
	}
	if (certain != 1 || possible > 0)
		return (certain + possible > 1 ? ERR_MANY_MATCH :
		    possible == 1 ? ERR_UNSURE_MATCH : ERR_NO_MATCH);
	gift.result = *result;
	snprintf(gift.digest, sizeof(gift.digest), "%s", digest);
	if ((r = session_give(one.session, &gift)) == ERR_OK)
		*result = NULL;	/* moved */
	return (r);
}

static enum err
read_face(void *ctx, const struct val *cols, size_t n)
{
	struct result **out = ctx;

	if (n != 5 || *out != NULL)
		return (ERR_STORE);
	return (result_read(val_str(&cols[1]), cols[4].data, cols[4].len, out,
	    NULL));
}

/* Named, bound and shown in one go: nobody stands at a reader. */
static enum err
bind_named(struct live *l, struct visit *v, const struct patient *p,
    struct result **result, const char *digest)
{
	enum err r;

	if ((r = visit_start(v, l->store, l->conf, &v->about)) != ERR_OK)
		return (r);
	if ((r = face_bind(v, p, result, digest)) == ERR_OK)
		r = visit_step(v, VE_SHOW);
	return (r == ERR_OK ? r : visit_fail(v, r));
}

enum err
live_bind_named(struct live *l, const char *digest, const char *chart_number,
    const char *staff, char id[VISIT_ID_LEN])
{
	const struct val p = val_text(digest);
	struct result *result = NULL;
	struct patient patient = { .sex = SEX_UNKNOWN };
	struct visit v = { .about = { .mode = "face", .method = "face" } };
	enum err r;

	id[0] = '\0';
	snprintf(v.about.staff, sizeof(v.about.staff), "%s", staff);
	r = store_run(l->store, SQL_RESULT_FACE, &p, 1, read_face,
	    &result, NULL);
	if (r == ERR_OK && result == NULL)
		r = ERR_NO_SUCH;
	if (r == ERR_OK)
		r = patient_get(l->store, chart_number, &patient);
	if (r == ERR_OK && face_says(result, &patient) == MATCH_NO)
		r = ERR_CONTRADICTS;
	if (r == ERR_OK && (r = bind_named(l, &v, &patient, &result,
	    digest)) == ERR_OK)
		memcpy(id, v.id, VISIT_ID_LEN);
	visit_end(&v);
	patient_wipe(&patient);
	result_free(&result);
	return (r);
}
