#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/qualify/job_in.h"

static enum err
set_state(struct store *st, const struct job_row *j, const char *state)
{
	const struct val v[] = { val_text(state), val_text(NULL),
	    val_text(j->id), val_text(j->state) };
	int64_t changed = 0;
	enum err r;

	if ((r = store_run(st, SQL_JOB_STATE, v, 4, NULL, NULL, &changed)) !=
	    ERR_OK)
		return (r);
	return (changed == 1 ? job_tell(st, j->id, state, 0, NULL) :
	    ERR_NOT_NOW);
}

enum err
job_cancel(struct store *st, const char *id, const struct audit_who *who)
{
	struct job_row j;
	enum err r;

	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	if ((r = job_row_get(st, id, &j)) == ERR_OK && strcmp(j.state,
	    "open") != 0)
		r = ERR_NOT_NOW;
	if (r == ERR_OK && (r = set_state(st, &j, "cancelling")) == ERR_OK &&
	    (r = job_end_if_done(st, id, "cancelling")) == ERR_OK &&
	    (r = audit_add(st, who, "job_cancel", JOB_AUDIT, id, "")) ==
	    ERR_OK)
		r = store_commit(st);
	if (r != ERR_OK)
		store_rollback(st);
	job_row_free(&j);
	return (r);
}

/* --- another try --- */

struct again {
	const struct job_again	*what;
	struct job_row		 row;
	struct job_numbers	 seqs;		/* persons to be asked again */
	struct job_numbers	 parts;		/* moved by AGAIN */
	int			 size;		/* persons of one part */
	int64_t			 last;		/* number of the newest part */
	size_t			*n;
};

static enum err
add_number(struct job_numbers *l, int64_t n)
{
	const struct val v = val_int(n);

	return (job_numbers_row(l, &v, 1));
}

/* Those that were never to be asked stay so. */
static enum err
person_row(void *ctx, const struct val *cols, size_t n)
{
	struct again *a = ctx;
	const char *code;

	if (n != 7)	/* N of sql_job.h */
		return (ERR_SEQUENCE);
	code = val_str(&cols[5]);
	if (strcmp(code, err_name(ERR_CHART_ZERO)) == 0 ||
	    strcmp(code, err_name(ERR_CHART_TWICE)) == 0 ||
	    (a->what->part != 0 && val_num(&cols[1]) != a->what->part) ||
	    (a->what->seq != 0 && val_num(&cols[0]) != a->what->seq))
		return (ERR_OK);
	return (add_number(&a->seqs, val_num(&cols[0])));
}

/* Columns of JOB_PARTS that matter here. */
static enum err
part_row(void *ctx, const struct val *cols, size_t n)
{
	struct again *a = ctx;
	enum job_state s;

	if (n < 3)
		return (ERR_SEQUENCE);
	s = job_state_read(val_str(&cols[2]));
	if ((a->what->part != 0 && val_num(&cols[0]) != a->what->part) ||
	    a->what->seq != 0 || !((s == JOB_UNSURE && a->what->unsure) ||
	    (s == JOB_FAILED && category_row(a->row.category)->persons ==
	    0)))
		return (ERR_OK);
	return (add_number(&a->parts, val_num(&cols[0])));
}

static enum err
last_row(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

static enum err
look(struct store *st, struct again *a)
{
	const struct val v[] = { val_text(a->row.id), val_text("problem"),
	    val_int(INT64_MAX), val_int(0) };
	const struct val all[] = { v[0], val_int(INT64_MAX), val_int(0) };
	enum err r = ERR_OK;

	if (category_row(a->row.category)->persons != 0)
		r = store_run(st, SQL_JOB_PERSONS, v, 4, person_row, a, NULL);
	if (r == ERR_OK)
		r = store_run(st, SQL_JOB_PARTS, all, 3, part_row, a, NULL);
	return (r);
}

/*
 * In the transaction of what is opened again.  Read anew: what was opened by
 * the one before may have ended, and the job with it, or been cancelled.
 */
static enum err
open_again(struct store *st, const struct again *a)
{
	struct job_row now;
	enum err r;

	if ((r = job_row_get(st, a->row.id, &now)) == ERR_OK &&
	    strncmp(now.state, "cancel", 6) == 0)
		r = ERR_NOT_NOW;
	if (r == ERR_OK && strcmp(now.state, "open") != 0)
		r = set_state(st, &now, "open");
	job_row_free(&now);
	return (r);
}

static enum err
reopen_parts(struct store *st, struct again *a)
{
	struct job_part p;
	enum err r = ERR_OK;
	int mine;

	for (size_t i = 0; i < a->parts.n && r == ERR_OK; i++) {
		if ((r = job_part_get(st, a->row.id, (int)a->parts.v[i],
		    &p)) != ERR_OK)
			break;
		if (job_step_of(p.state, JOB_AGAIN) == NULL)
			continue;
		p.state = job_step_of(p.state, JOB_AGAIN)->to;
		p.request_file[0] = p.reception_number[0] = '\0';
		p.reception_at[0] = p.result[0] = '\0';
		p.code[0] = p.message.text[0] = '\0';
		p.tries = p.refusals = p.downloads = 0;
		p.opened_at = clock_wall_ms();
		p.next_at = p.asked_at = p.settled = 0;
		p.total = p.errors = -1;
		if ((r = job_part_put(st, &p, &mine)) == ERR_OK && mine)
			(*a->n)++;
	}
	return (r);
}

static enum err
reopen_person(struct store *st, struct again *a, size_t i)
{
	enum err r;

	if (i % (size_t)a->size == 0) {
		if ((r = job_part_add(st, &a->row, (int)++a->last)) != ERR_OK)
			return (r);
		(*a->n)++;
	}
	const struct val v[] = { val_int(a->last), val_text(a->row.id),
	    val_int(a->seqs.v[i]) };

	return (store_run(st, SQL_JOB_PERSON_AGAIN, v, 3, NULL, NULL, NULL));
}

/*
 * All parts, then persons in stretches; the job is open with the first.  A
 * stretch is whole parts: one that can be seen is asked for.
 */
static enum err
reopen(struct store *st, struct again *a)
{
	const struct val id = val_text(a->row.id);
	size_t size = (size_t)a->size, i = 0, end;
	size_t stretch = size < JOB_CHUNK ? JOB_CHUNK / size * size : size;
	enum err r;

	do {
		if ((r = store_begin(st)) != ERR_OK)
			return (r);
		end = i + stretch < a->seqs.n ? i + stretch : a->seqs.n;
		if ((r = open_again(st, a)) == ERR_OK && i == 0 &&
		    (r = audit_add(st, a->what->who, "job_retry", JOB_AUDIT,
		    a->row.id, a->what->unsure ? "{\"unsure\":true}" : "")) ==
		    ERR_OK && (r = reopen_parts(st, a)) == ERR_OK)
			r = store_run(st, SQL_JOB_PART_LAST, &id, 1, last_row,
			    &a->last, NULL);
		for (; i < end && r == ERR_OK; i++)
			r = reopen_person(st, a, i);
		if (r == ERR_OK)
			r = store_commit(st);
		if (r != ERR_OK)
			store_rollback(st);
	} while (r == ERR_OK && i < a->seqs.n);
	return (r);
}

enum err
job_retry(struct store *st, const struct job_conf *conf, const char *id,
    const struct job_again *what, size_t *n, struct note *note)
{
	struct again a = { .what = what, .n = n };
	enum err r;

	*n = 0;
	if ((r = job_row_get(st, id, &a.row)) != ERR_OK)
		goto out;
	if (a.row.category == CATEGORY_COUNT || strcmp(a.row.state,
	    "cancelling") == 0 || strcmp(a.row.state, "cancelled") == 0) {
		note_set(note, "%s", "it was cancelled: ask anew");
		r = ERR_NOT_NOW;
		goto out;
	}
	a.size = category_row(a.row.category)->persons < 0 ? 1 :
	    conf->bulk_max > 0 ? conf->bulk_max : JOB_BULK_MAX;
	if ((r = look(st, &a)) != ERR_OK)
		goto out;
	if (a.seqs.n == 0 && a.parts.n == 0) {
		note_set(note, "%s", "nothing in it may be asked again");
		r = ERR_NOT_NOW;
		goto out;
	}
	r = reopen(st, &a);
out:
	free(a.seqs.v);
	free(a.parts.v);
	job_row_free(&a.row);
	return (r);
}
