#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "host/visit/record.h"

enum err
record_start(struct store *st, const char *id, const char *mode,
    enum visit_state state)
{
	const struct val p[] = { val_text(id), val_text(mode),
	    val_text(machine_state(state)), val_int(clock_wall_ms()) };

	return (store_run(st, SQL_VISIT_ADD, p, 4, NULL, NULL, NULL));
}

/* One JSON column, or NULL; the text is wiped afterwards. */
static enum err
put_json(struct store *st, enum sql what, const char *id, json_t *json)
{
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	const struct val p[] = { val_text(text), val_int(clock_wall_ms()),
	    val_text(id) };
	enum err r = ERR_NOMEM;

	if (json == NULL || text != NULL)
		r = store_run(st, what, p, 3, NULL, NULL, NULL);
	if (text != NULL)
		secret_cleanse(text, strlen(text));
	free(text);
	json_decref(json);
	return (r);
}

static enum err
put_state(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	const struct val s[] = { val_text(machine_state(row->to)),
	    val_int(clock_wall_ms()), val_text(v->id) };
	const struct val e[] = { val_text(v->id), val_int(clock_wall_ms()),
	    val_text(machine_state(row->from)),
	    val_text(machine_event(row->event)),
	    val_text(machine_state(row->to)) };
	enum err r;

	r = store_run(st, SQL_VISIT_STATE, s, 3, NULL, NULL, NULL);
	if (r == ERR_OK)
		r = store_run(st, SQL_VISIT_EVENT_ADD, e, 5, NULL, NULL, NULL);
	return (r);
}

/* The reason it ended, or what the answer says; NULL before either. */
static const char *
outcome_text(const struct visit *v)
{
	if (v->err != ERR_OK)
		return (err_name(v->err));
	if (v->reply.result == NULL)
		return (NULL);
	return (result_outcome(v->reply.result) == RESULT_ACCEPTED ?
	    result_field(v->reply.result, RESULT_TOP,
	    FIELD_QualificationValidity) :
	    err_name(result_err(v->reply.result)));
}

/* What the new state adds to the record. */
static enum err
put_content(struct store *st, const struct visit *v,
    const struct visit_row *row, const char *why)
{
	const struct val patient[] = { val_text(v->patient.chart_number),
	    val_int(clock_wall_ms()), val_text(v->id) };
	const struct val outcome[] = { val_text(why),
	    val_int(clock_wall_ms()), val_text(v->id) };
	enum err r = ERR_OK;

	if (row->action == VA_KEEP_CONSENT) {
		r = put_json(st, SQL_VISIT_IDENTITY, v->id,
		    identity_json(&v->identity));
		if (r == ERR_OK)
			r = put_json(st, SQL_VISIT_CONSENT, v->id,
			    visit_consent_json(v));
	}
	if (r == ERR_OK && row->event == VE_MATCH)
		r = store_run(st, SQL_VISIT_PATIENT, patient, 3, NULL, NULL,
		    NULL);
	if (r == ERR_OK && why != NULL &&
	    (row->to == VS_ANSWERED || machine_is_end(row->to)))
		r = store_run(st, SQL_VISIT_OUTCOME, outcome, 3, NULL, NULL,
		    NULL);
	return (r);
}

/* A visit that stops before an answer leaves no identity and no consent. */
static enum err
drop_content(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	enum err r;

	if (row->action != VA_FORGET || row->to == VS_DONE)
		return (ERR_OK);
	r = put_json(st, SQL_VISIT_IDENTITY, v->id, NULL);
	return (r != ERR_OK ? r :
	    put_json(st, SQL_VISIT_CONSENT, v->id, NULL));
}

static enum err
step(struct store *st, const struct visit *v, const struct visit_row *row,
    const char *why)
{
	enum err r;

	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	if ((r = put_state(st, v, row)) == ERR_OK &&
	    (r = put_content(st, v, row, why)) == ERR_OK &&
	    (r = drop_content(st, v, row)) == ERR_OK)
		r = store_commit(st);
	if (r != ERR_OK)
		store_rollback(st);
	return (r);
}

enum err
record_step(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	return (step(st, v, row, outcome_text(v)));
}

/* A visit still REQUESTED after this long was left by a program that died. */
#define LEFT_MS (2 * 3600 * 1000)

#define STALE_MS	(3600 * 1000)
#define STALE_DAY_MS	((int64_t)24 * STALE_MS)

/* One late answer; kept until the statement has ended. */
struct late {
	char			 id[VISIT_ID_LEN];
	enum visit_state	 state;
	char			 outcome[64];
};

struct lates {
	struct late	*rows;
	size_t		 n;
};

/* What the answer says, in the words of the visit's outcome column. */
static enum err
outcome_of(const struct val *file, const struct val *raw, char out[64])
{
	struct result *res = NULL;
	const char *text;
	enum err r;

	if ((r = result_read(val_str(file), raw->data, raw->len, &res,
	    NULL)) != ERR_OK)
		return (r);
	text = result_outcome(res) == RESULT_ACCEPTED ? result_field(res,
	    RESULT_TOP, FIELD_QualificationValidity) :
	    err_name(result_err(res));
	snprintf(out, 64, "%s", text);
	result_free(&res);
	return (ERR_OK);
}

static enum err
late_row(void *ctx, const struct val *cols, size_t n)
{
	struct lates *all = ctx;
	struct late *rows, *row;
	enum err r;

	if (n != 4)
		return (ERR_STORE);
	rows = reallocarray(all->rows, all->n + 1, sizeof(*rows));
	if (rows == NULL)
		return (ERR_NOMEM);
	all->rows = rows;
	row = &rows[all->n];
	*row = (struct late){ .state = strcmp(val_str(&cols[1]),
	    machine_state(VS_REQUESTED)) == 0 ? VS_REQUESTED : VS_UNANSWERED };
	snprintf(row->id, sizeof(row->id), "%s", val_str(&cols[0]));
	if ((r = outcome_of(&cols[2], &cols[3], row->outcome)) == ERR_OK)
		all->n++;
	else	/* one unreadable answer does not hold up the others */
		log_line(LOG_WARN, "record", "a stored answer: %s",
		    err_name(r));
	return (ERR_OK);
}

static enum err
move_on(struct store *st, const struct late *late)
{
	const struct visit_row *row = machine_row(late->state, VE_ANSWER);
	struct visit v = { .state = late->state };

	memcpy(v.id, late->id, sizeof(v.id));
	return (step(st, &v, row, late->outcome));
}

enum err
record_catch_up(struct store *st, size_t *n)
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
	for (size_t i = 0; r == ERR_OK && i < all.n; i++) {
		/* Two answers to one visit: the first moved it on. */
		if (i > 0 && strcmp(all.rows[i].id, all.rows[i - 1].id) == 0)
			continue;
		if ((r = move_on(st, &all.rows[i])) == ERR_OK)
			(*n)++;
	}
	free(all.rows);
	return (r);
}

/* The state a word of the store names; VS_COUNT if none. */
static enum visit_state
state_named(const char *word)
{
	int s = 0;

	while (s < VS_COUNT &&
	    strcmp(machine_state((enum visit_state)s), word) != 0)
		s++;
	return ((enum visit_state)s);
}

static enum err
stale_row(void *ctx, const struct val *cols, size_t n)
{
	struct lates *all = ctx;
	struct late *rows;

	if (n != 2)
		return (ERR_STORE);
	rows = reallocarray(all->rows, all->n + 1, sizeof(*rows));
	if (rows == NULL)
		return (ERR_NOMEM);
	all->rows = rows;
	rows[all->n] = (struct late){ .state = state_named(
	    val_str(&cols[1])) };
	snprintf(rows[all->n].id, sizeof(rows[0].id), "%s",
	    val_str(&cols[0]));
	all->n++;
	return (ERR_OK);
}

enum err
record_expire(struct store *st, size_t *n)
{
	int64_t now = clock_wall_ms();
	const struct val p[] = { val_int(now - STALE_MS),
	    val_int(now - STALE_DAY_MS) };
	const struct visit_row *row;
	struct lates all = { NULL, 0 };
	enum err r;

	*n = 0;
	r = store_run(st, SQL_VISIT_STALE, p, 2, stale_row, &all, NULL);
	for (size_t i = 0; r == ERR_OK && i < all.n; i++) {
		struct visit v = { .state = all.rows[i].state };

		row = machine_row(v.state, VE_TIMEOUT);
		memcpy(v.id, all.rows[i].id, sizeof(v.id));
		if (row != NULL && (r = step(st, &v, row,
		    err_name(ERR_TIMEOUT))) == ERR_OK)
			(*n)++;
	}
	free(all.rows);
	return (r);
}
