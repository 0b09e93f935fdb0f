#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/qualify/finding_in.h"
#include "host/qualify/kind.h"
#include "host/qualify/pack.h"

#define ROUND	64	/* results that are looked up at a time */

struct run {
	struct store		*store;
	struct finding_source	 src;
	int			 found;
	int64_t			 budget;	/* ms; 0: no end */
	int64_t			 began, until;	/* monotonic; until 0: none was
						 * met that is new */
	struct finding_draft	*batch;		/* FINDING_BATCH */
	size_t			 n;
	int64_t			 units;		/* of the whole result */
	size_t			*fresh;
};

/* --- a result of the store --- */

static enum err
source_row(void *ctx, const struct val *cols, size_t n)
{
	struct run *run = ctx;
	struct finding_source *src = &run->src;

	/* file, received_at, face, packed, findings, visit, chart_number,
	 * job, raw */
	if (n < 9)
		return (ERR_SEQUENCE);
	run->found = 1;
	snprintf(src->file, sizeof(src->file), "%s", val_str(&cols[0]));
	src->at = val_num(&cols[1]);
	src->face = val_num(&cols[2]) != 0;
	src->packed = val_num(&cols[3]) != 0;
	src->judged = cols[4].type != VAL_NULL;
	src->due = val_num(&cols[4]);
	snprintf(src->visit, sizeof(src->visit), "%s", val_str(&cols[5]));
	snprintf(src->chart_number, sizeof(src->chart_number), "%s",
	    val_str(&cols[6]));
	snprintf(src->job, sizeof(src->job), "%s", val_str(&cols[7]));
	/* What is done needs no bytes. */
	if ((src->judged && src->due >= 0) || cols[8].len == 0)
		return (ERR_OK);
	return (blob_add(&src->raw, cols[8].data, cols[8].len));
}

static enum err
load(struct run *run, const char *digest)
{
	const struct val v = val_text(digest);
	enum err r;

	snprintf(run->src.digest, sizeof(run->src.digest), "%s", digest);
	r = store_run(run->store, SQL_RESULT_SOURCE, &v, 1, source_row, run,
	    NULL);
	return (r == ERR_OK && !run->found ? ERR_NO_SUCH : r);
}

static enum err
set_found(struct run *run, int64_t n)
{
	const struct val v[] = { val_int(n), val_text(run->src.digest) };

	return (store_run(run->store, SQL_RESULT_FOUND, v, 2, NULL, NULL,
	    NULL));
}

/* --- into the store --- */

static void
drop_batch(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		draft_wipe(&run->batch[i]);
	run->n = 0;
}

/*
 * Matched where it is written: a patient who is added before is seen, and who
 * is added behind looks at it again himself (finding_relink).
 */
static enum err
add_batch(struct run *run, size_t *fresh)
{
	enum err r = ERR_OK;
	int added;

	for (size_t i = 0; i < run->n && r == ERR_OK; i++) {
		if ((r = draft_link(run->store, &run->src,
		    &run->batch[i])) == ERR_OK)
			r = draft_add(run->store, &run->batch[i], &added);
		*fresh += r == ERR_OK && added;
	}
	return (r);
}

/*
 * Read before: others wait for the matching and writing alone.  Behind the
 * last one the result is done.
 */
static enum err
flush(struct run *run, int last)
{
	size_t fresh = 0;
	enum err r;

	if (run->n == 0 && !last)
		return (ERR_OK);
	if ((r = store_begin(run->store)) == ERR_OK) {
		if ((r = add_batch(run, &fresh)) == ERR_OK && last)
			r = set_found(run, run->units);
		if (r == ERR_OK)
			r = store_commit(run->store);
		if (r != ERR_OK)
			store_rollback(run->store);
	}
	if (r == ERR_OK)
		*run->fresh += fresh;
	drop_batch(run);
	return (r);
}

static enum err
draft(struct run *run, const struct result *r, int64_t unit)
{
	struct finding_draft *d = &run->batch[run->n];

	run->n++;	/* wiped with the batch */
	return (draft_make(&run->src, r, unit, d));
}

/* --- one result --- */

static int
is_late(const struct run *run)
{
	return (run->budget != 0 && clock_ms() >= run->until);
}

/*
 * Behind 90,000 units it takes a while to come where the last call ended: at
 * least twice that is spent on new ones, or the end would never be reached.
 */
static void
set_until(struct run *run)
{
	int64_t now = clock_ms(), least = 2 * (now - run->began);

	run->until = now + (run->budget > least ? run->budget : least);
}

static enum err
take_unit(void *ctx, size_t unit, const struct result *r)
{
	struct run *run = ctx;
	enum err e;

	if (run->until == 0)
		set_until(run);
	if ((e = draft(run, r, (int64_t)unit)) != ERR_OK ||
	    run->n < FINDING_BATCH || (e = flush(run, 0)) != ERR_OK)
		return (e);
	return (is_late(run) ? ERR_TIMEOUT : ERR_OK);
}

/* The count of the header agrees with the units, or nothing is believed. */
static enum err
judge(struct run *run, const struct pack *p)
{
	struct result *head = NULL;
	enum err r;

	if ((r = pack_read_head(p, &head)) != ERR_OK)
		return (r);
	run->src.due = result_outcome(head) == RESULT_ACCEPTED ?
	    -1 - (int64_t)result_units(head) : 0;
	result_free(&head);
	return (set_found(run, run->src.due));
}

static enum err
last_row(void *ctx, const struct val *cols, size_t n)
{
	if (n < 1)
		return (ERR_SEQUENCE);
	*(int64_t *)ctx = val_num(&cols[0]);
	return (ERR_OK);
}

static enum err
derive_units(struct run *run)
{
	const struct pack p = { run->src.file, run->src.raw.data,
	    run->src.raw.len, run->src.packed };
	const struct val v = val_text(run->src.digest);
	int64_t next = 0;
	enum err r = ERR_OK;

	if (!run->src.judged)
		r = judge(run, &p);
	if (r != ERR_OK || run->src.due >= 0)
		return (r);
	run->units = -1 - run->src.due;
	if ((r = store_run(run->store, SQL_FINDING_LAST, &v, 1, last_row,
	    &next, NULL)) == ERR_OK &&
	    (r = pack_units(&p, (size_t)next, take_unit, run)) == ERR_OK)
		r = flush(run, 1);
	return (r);
}

static int
is_single(const char *file)
{
	struct kind_name kind;

	return (kind_parse(file, &kind) && !kind.request &&
	    kind.kind->reader == KIND_SINGLE && kind.ext == KIND_XML);
}

static enum err
derive_single(struct run *run)
{
	struct result *r = NULL;
	enum err e;

	if (!is_single(run->src.file))
		return (set_found(run, 0));
	if ((e = result_read(run->src.file, blob_str(&run->src.raw),
	    run->src.raw.len, &r, NULL)) != ERR_OK)
		return (e);
	if (result_outcome(r) == RESULT_ACCEPTED ||
	    result_outcome(r) == RESULT_REFUSED) {
		run->units = 1;
		e = draft(run, r, 0);
	}
	if (e == ERR_OK)
		e = flush(run, 1);
	result_free(&r);
	return (e);
}

static enum err
run_one(struct run *run, const char *digest)
{
	enum err r;

	if ((r = load(run, digest)) != ERR_OK ||
	    (run->src.judged && run->src.due >= 0))
		return (r);
	if ((run->batch = calloc(FINDING_BATCH, sizeof(*run->batch))) == NULL)
		return (ERR_NOMEM);
	r = pack_is_units(run->src.file) ? derive_units(run) :
	    derive_single(run);
	/* It will not become better. */
	if (r != ERR_OK && r != ERR_TIMEOUT && err_class(r) == EC_DATA) {
		log_line(LOG_WARN, "finding", "%s: %s; kept, and no finding",
		    run->src.file, err_text(r, ERR_EN));
		r = set_found(run, 0);
	}
	return (r);
}

static enum err
derive(struct store *store, const char *digest, int64_t budget, size_t *n,
    int *done)
{
	struct run run = { .store = store, .budget = budget,
	    .began = clock_ms(), .fresh = n };
	enum err r;

	*done = 0;
	r = run_one(&run, digest);
	if (run.batch != NULL)
		drop_batch(&run);
	free(run.batch);
	blob_free(&run.src.raw);
	*done = r == ERR_OK;
	return (r == ERR_TIMEOUT ? ERR_OK : r);
}

enum err
finding_derive(struct store *store, const char *digest, int64_t budget_ms,
    size_t *n, int *done)
{
	*n = 0;
	return (derive(store, digest, budget_ms, n, done));
}

/* --- all results --- */

struct undone {
	char	v[ROUND][DIGEST_HEX];
	size_t	n;
};

static enum err
undone_row(void *ctx, const struct val *cols, size_t n)
{
	struct undone *u = ctx;

	if (n < 1 || u->n == ROUND)
		return (ERR_SEQUENCE);
	snprintf(u->v[u->n++], DIGEST_HEX, "%s", val_str(&cols[0]));
	return (ERR_OK);
}

enum err
finding_catch_up(struct store *store, int64_t budget_ms, size_t *n)
{
	const int64_t until = clock_ms() + budget_ms;
	const struct val v = val_int(ROUND);
	struct undone u;
	enum err r;
	int done = 1;

	*n = 0;
	do {
		u.n = 0;
		r = store_run(store, SQL_RESULT_UNDONE, &v, 1, undone_row, &u,
		    NULL);
		for (size_t i = 0; i < u.n && r == ERR_OK && done; i++) {
			r = derive(store, u.v[i], budget_ms, n, &done);
			if (budget_ms != 0 && clock_ms() >= until)
				done = 0;
		}
	} while (r == ERR_OK && done && u.n > 0);
	return (r);
}
