#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/qualify/answer.h"
#include "host/qualify/deadline.h"
#include "host/qualify/kind.h"
#include "host/qualify/pack.h"

/* Names of res that may concern us, and what one reading gave. */
struct names {
	struct answer_seen	*v;
	size_t			 n, room;
};

/* One listing of res. */
struct listing {
	struct names	files;	/* that are read whole */
	struct names	units;	/* answers of KIND_UNITS, which may be huge */
};

static enum err
keep_name(struct names *l, const char *name)
{
	void *grown;

	if (l->n == l->room) {
		l->room = l->room > 0 ? l->room * 2 : 64;
		if ((grown = realloc(l->v, l->room * sizeof(*l->v))) == NULL)
			return (ERR_NOMEM);
		l->v = grown;
	}
	l->v[l->n] = (struct answer_seen){ .digest = "" };
	snprintf(l->v[l->n++].name, sizeof(l->v->name), "%s", name);
	return (ERR_OK);
}

static enum err
collect(void *ctx, const char *name)
{
	struct listing *l = ctx;
	struct kind_name kind;

	if (!kind_parse(name, &kind) || kind.face)
		return (ERR_OK);
	if (pack_is_units(name))
		return (keep_name(&l->units, name));
	if ((kind.ext != KIND_XML && kind.ext != KIND_ERR) ||
	    (!kind.request && answer_is_left(kind.kind)))
		return (ERR_OK);
	return (keep_name(&l->files, name));
}

static enum err
request_of(struct answer_desk *d, const char *name, struct answer_request *rq,
    int *found)
{
	char file[KIND_NAME_MAX + 1];

	answer_name(name, "req", ".xml", file, sizeof(file));
	return (answer_request(d, file, rq, found));
}

static int
by_name(const void *a, const void *b)
{
	return (strcmp(((const struct answer_seen *)a)->name,
	    ((const struct answer_seen *)b)->name));
}

/* Reads each file of our requests once; what the store has is left out. */
static enum err
peek_all(struct answer_desk *d, struct names *l)
{
	struct answer_request rq;
	enum err r = ERR_OK;
	size_t kept = 0;
	int found;

	for (size_t i = 0; i < l->n && r == ERR_OK; i++) {
		if ((r = request_of(d, l->v[i].name, &rq, &found)) != ERR_OK ||
		    !found)
			continue;
		r = answer_peek(d, &rq, l->v[i].name, l->v[i].digest);
		if (l->v[i].digest[0] != '\0')
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
	if (kept > 0)
		qsort(l->v, kept, sizeof(*l->v), by_name);
	return (r);
}

/*
 * Whatever the store says of the request: an answer may be late, come after
 * a withdrawal, or have been left by a crash after it was stored.
 */
static enum err
sweep_one(struct answer_desk *d, const char *name, int *fresh)
{
	struct answer_request rq;
	struct kind_name kind;
	struct result *result = NULL;
	enum err r;
	int found;

	*fresh = 0;
	kind_parse(name, &kind);
	if ((r = request_of(d, name, &rq, &found)) != ERR_OK || !found)
		return (r);
	if (kind.ext == KIND_ERR)
		r = answer_take_text(d, &rq, name, &result, fresh);
	else if (kind.request)
		r = answer_take_returned(d, &rq, name,
		    answer_err_is_due(d, name), &result, fresh);
	else
		r = answer_take(d, &rq, name, &result, fresh);
	result_free(&result);
	return (r);
}

/* All files settle at the same time. */
static enum err
sweep_all(struct answer_desk *d, struct names *l, size_t *n)
{
	enum err r;
	int fresh;

	if ((r = peek_all(d, l)) != ERR_OK || l->n == 0)
		return (r);
	clock_sleep(d->conf->settle_ms > 0 ? d->conf->settle_ms :
	    EXCHANGE_SETTLE_MS);
	d->seen = l->v;
	d->nseen = l->n;
	for (size_t i = 0; i < l->n && r == ERR_OK; i++) {
		r = sweep_one(d, l->v[i].name, &fresh);
		*n += fresh != 0;
	}
	d->seen = NULL;
	d->nseen = 0;
	return (r);
}

/*
 * A list is looked for by whoever asked for it; this is for one that came
 * when nobody looked any more, and for a crash before it was removed.
 */
/* Results that are kept may be hundreds, and hundreds of megabytes each: those
 * of a name that the store has are not opened. */
static enum err
is_kept(struct answer_desk *d, const char *name, int *yes)
{
	*yes = 0;
	return (d->conf->keep_results ? digest_known(d->store,
	    SQL_RESULT_HAS_FILE, name, yes) : ERR_OK);
}

static enum err
sweep_units(struct answer_desk *d, const char *name, int *fresh)
{
	struct pack_taken taken = { .head = NULL };
	struct answer_request rq;
	struct note note = { "" };
	int found, kept;
	enum err r;

	*fresh = 0;
	if ((r = is_kept(d, name, &kept)) != ERR_OK || kept ||
	    (r = request_of(d, name, &rq, &found)) != ERR_OK || !found ||
	    rq.left || strcmp(rq.state, "new") == 0 ||
	    strcmp(rq.state, "written") == 0)
		return (r);
	r = pack_take(d->conf, d->store, name, &taken, &note);
	*fresh = taken.fresh;
	pack_taken_free(&taken);
	/* It stays where it is, as those behind it need not. */
	if (r == ERR_XML_BIG)
		log_line(LOG_WARN, "exchange", "%s: %s", name,
		    err_text(r, ERR_EN));
	return (r == ERR_XML_BIG ? ERR_OK : r);
}

static enum err
sweep_lists(struct answer_desk *d, const struct names *l, size_t *n)
{
	enum err r = ERR_OK;
	int fresh;

	for (size_t i = 0; i < l->n && r == ERR_OK; i++) {
		r = sweep_units(d, l->v[i].name, &fresh);
		*n += fresh != 0;
	}
	return (r);
}

/* Open requests whose asker is gone. */
struct orphans {
	const struct exchange_conf *conf;
	struct names	 files;
};

static enum err
orphan_row(void *ctx, const struct val *cols, size_t n)
{
	struct orphans *o = ctx;

	/* file, identifier, kind, visit, chart_number, state, created_at */
	if (n < 7)
		return (ERR_SEQUENCE);
	if (strcmp(val_str(&cols[5]), "unanswered") == 0 ||
	    clock_wall_ms() <= deadline_after(val_num(&cols[6]),
	    o->conf->answer_ms, o->conf->restart_from, o->conf->restart_to))
		return (ERR_OK);
	return (keep_name(&o->files, val_str(&cols[0])));
}

/* What a crash left in req past its deadline is taken back. */
static enum err
close_orphans(struct answer_desk *d)
{
	struct orphans o = { .conf = d->conf };
	enum err r;

	r = store_run(d->store, SQL_REQUEST_OPEN_LIST, NULL, 0, orphan_row,
	    &o, NULL);
	for (size_t i = 0; i < o.files.n && r == ERR_OK; i++)
		r = answer_take_back(d, o.files.v[i].name, NULL);
	free(o.files.v);
	return (r);
}

enum err
exchange_sweep(const struct exchange_conf *conf, struct store *store,
    size_t *n, struct note *note)
{
	struct listing l = { .files = { 0 } };
	struct answer_desk d;
	enum err r;

	*n = 0;
	if ((r = answer_open(conf, store, &d, note)) != ERR_OK ||
	    (r = folder_clean(d.req)) != ERR_OK ||
	    (r = folder_scan(d.res, collect, &l)) != ERR_OK ||
	    (r = sweep_all(&d, &l.files, n)) != ERR_OK ||
	    (r = sweep_lists(&d, &l.units, n)) != ERR_OK)
		goto out;
	r = close_orphans(&d);
out:
	free(l.files.v);
	free(l.units.v);
	answer_close(&d);
	return (r);
}
