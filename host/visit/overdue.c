#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/visit/overdue.h"
#include "host/visit/person.h"
#include "host/visit/record.h"

/* A visit still REQUESTED after this long was left by a program that died. */
#define LEFT_MS (2 * 3600 * 1000)

#define STALE_MS	(3600 * 1000)
#define STALE_DAY_MS	((int64_t)24 * STALE_MS)
#define STALE_FILED_MS	(14 * STALE_DAY_MS)	/* nobody can ask again */

/* One visit, with its late answer; kept until the statement has ended. */
struct late {
	char			 id[VISIT_ID_LEN];
	enum visit_state	 state;
	struct result		*result;
};

struct lates {
	struct late	*rows;
	size_t		 n;
};

/* Room for one more; NULL when out of memory. */
static struct late *
add(struct lates *all, const struct val *cols)
{
	struct late *rows, *row;

	rows = reallocarray(all->rows, all->n + 1, sizeof(*rows));
	if (rows == NULL)
		return (NULL);
	all->rows = rows;
	row = &rows[all->n++];
	*row = (struct late){ .state = record_state_named(val_str(&cols[1])) };
	snprintf(row->id, sizeof(row->id), "%s", val_str(&cols[0]));
	return (row);
}

static void
drop(struct lates *all)
{
	for (size_t i = 0; i < all->n; i++)
		result_free(&all->rows[i].result);
	free(all->rows);
}

static enum err
late_row(void *ctx, const struct val *cols, size_t n)
{
	struct lates *all = ctx;
	struct late *row;
	enum err r;

	if (n != 4)
		return (ERR_STORE);
	if ((row = add(all, cols)) == NULL)
		return (ERR_NOMEM);
	if ((r = result_read(val_str(&cols[2]), cols[3].data, cols[3].len,
	    &row->result, NULL)) == ERR_OK)
		return (ERR_OK);
	/* One unreadable answer does not hold up the others. */
	log_line(LOG_WARN, "record", "a stored answer: %s", err_name(r));
	all->n--;
	return (ERR_OK);
}

/* One step of a visit that nobody runs. */
static enum err
move_on(struct store *st, const struct late *late,
    const struct visit_row *row, const char *why)
{
	struct visit v;
	enum err r;

	if (row == NULL || (r = record_load(st, late->id, NULL, &v)) !=
	    ERR_OK)
		return (row == NULL ? ERR_SEQUENCE : r);
	r = record_move(st, &v, row, why);
	visit_end(&v);
	return (r);
}

/* Whom it names must be the patient asked for, as in course.c; a patient who
 * is gone is nobody. */
static enum err
is_other_person(struct store *st, const struct late *late, int *other)
{
	struct patient p = { .sex = SEX_UNKNOWN };
	struct record rec;
	enum err r;

	*other = 0;
	if ((r = record_get(st, late->id, &rec)) != ERR_OK)
		return (r);
	r = patient_get(st, rec.chart_number, &p);
	record_wipe(&rec);
	if (r == ERR_OK || r == ERR_NO_PATIENT) {
		*other = result_outcome(late->result) == RESULT_ACCEPTED &&
		    person_match(late->result, &p) == MATCH_NO;
		r = ERR_OK;
	}
	patient_wipe(&p);
	return (r);
}

/* It has ended already, for want of this answer, which changes the reason. */
static enum err
give_reason(struct store *st, const struct late *late, enum err why)
{
	struct visit v;
	enum err r;

	if ((r = record_load(st, late->id, NULL, &v)) == ERR_OK) {
		v.err = why;
		r = record_reason(&v);
	}
	visit_end(&v);
	return (r);
}

static enum err
answer(struct store *st, const struct late *late)
{
	const char *why = record_outcome(late->result);
	enum visit_event event = VE_ANSWER;
	enum visit_state from = late->state;
	enum err r;
	int other;

	if ((r = is_other_person(st, late, &other)) != ERR_OK)
		return (r);
	if (other && from == VS_REFUSED)
		return (give_reason(st, late, ERR_OTHER_PERSON));
	if (other) {
		event = VE_REFUSE;
		why = err_name(ERR_OTHER_PERSON);
	}
	/* One that a fault of ours ended is answered all the same. */
	if (from == VS_REFUSED)
		from = VS_UNANSWERED;
	return (move_on(st, late, machine_row(from, event), why));
}

/* The first failure is told, and holds up no other visit. */
static void
count(enum err one, enum err *all, size_t *n)
{
	if (one == ERR_OK)
		(*n)++;
	else if (*all == ERR_OK)
		*all = one;
}

enum err
overdue_answers(struct store *st, size_t *n)
{
	const struct val p[] = { val_text(machine_state(VS_UNANSWERED)),
	    val_text(machine_state(VS_REQUESTED)),
	    val_int(clock_wall_ms() - LEFT_MS),
	    val_text(machine_state(VS_REFUSED)),
	    val_text(err_name(ERR_REFUSED)), val_text("OQSsiquc01") };
	struct lates all = { NULL, 0 };
	enum err r;

	*n = 0;
	r = store_run(st, SQL_VISIT_LATE, p, 6, late_row, &all, NULL);
	for (size_t i = 0, rows = r == ERR_OK ? all.n : 0; i < rows; i++) {
		/* Two answers to one visit: the first moved it on. */
		if (i > 0 && strcmp(all.rows[i].id, all.rows[i - 1].id) == 0)
			continue;
		count(answer(st, &all.rows[i]), &r, n);
	}
	drop(&all);
	return (r);
}

static enum err
stale_row(void *ctx, const struct val *cols, size_t n)
{
	if (n != 2)
		return (ERR_STORE);
	return (add(ctx, cols) == NULL ? ERR_NOMEM : ERR_OK);
}

enum err
overdue_expire(struct store *st, size_t *n)
{
	int64_t now = clock_wall_ms();
	const struct val p[] = { val_int(now - STALE_MS),
	    val_int(now - STALE_DAY_MS), val_int(now - STALE_FILED_MS) };
	struct lates all = { NULL, 0 };
	enum err r;

	*n = 0;
	r = store_run(st, SQL_VISIT_STALE, p, 3, stale_row, &all, NULL);
	for (size_t i = 0, rows = r == ERR_OK ? all.n : 0; i < rows; i++)
		count(move_on(st, &all.rows[i], machine_row(all.rows[i].state,
		    VE_TIMEOUT), err_name(ERR_TIMEOUT)), &r, n);
	drop(&all);
	return (r);
}

enum err
overdue_withdrawn(struct store *st, size_t *n)
{
	const struct val p[] = { val_text(machine_state(VS_UNANSWERED)),
	    val_text("OQSsiquc01") };
	struct lates all = { NULL, 0 };
	enum err r;

	*n = 0;
	r = store_run(st, SQL_VISIT_WITHDRAWN, p, 2, stale_row, &all, NULL);
	for (size_t i = 0, rows = r == ERR_OK ? all.n : 0; i < rows; i++)
		count(move_on(st, &all.rows[i], machine_row(all.rows[i].state,
		    VE_REFUSE), err_name(ERR_NOT_TAKEN)), &r, n);
	drop(&all);
	return (r);
}
