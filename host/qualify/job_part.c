#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/qualify/job_in.h"

#define COPY(to, col)	text_copy((to), sizeof(to), val_str(col))

/* --- the job --- */

static enum err
read_data(struct job_row *j, const char *text)
{
	json_t *o = json_loads(text, 0, NULL), *data;
	const char *date;

	if (o == NULL)
		return (ERR_STORE);
	date = json_string_value(json_object_get(o, "date"));
	snprintf(j->date, sizeof(j->date), "%s", date == NULL ? "" : date);
	j->limit_consent = json_is_true(json_object_get(o, "limit_consent"));
	data = json_object_get(o, "data");
	j->data = json_is_null(data) ? NULL : json_incref(data);
	json_decref(o);
	return (ERR_OK);
}

json_t *
job_row_data(const struct job_row *j)
{
	return (json_pack("{s:s, s:b, s:o}", "date", j->date,
	    "limit_consent", j->limit_consent, "data", j->data == NULL ?
	    json_null() : json_incref(j->data)));
}

enum err
job_row_read(const struct val *cols, size_t n, struct job_row *j)
{
	*j = (struct job_row){ .category = CATEGORY_COUNT };
	if (n != 11)	/* J of sql_job.h */
		return (ERR_SEQUENCE);
	COPY(j->id, &cols[0]);
	COPY(j->word, &cols[1]);
	COPY(j->axis, &cols[2]);
	COPY(j->from, &cols[3]);
	COPY(j->to, &cols[4]);
	COPY(j->client, &cols[5]);
	COPY(j->staff, &cols[6]);
	j->created_at = val_num(&cols[7]);
	j->ended_at = val_num(&cols[8]);
	COPY(j->state, &cols[9]);
	(void)category_read(j->word, &j->category);
	return (read_data(j, val_str(&cols[10])));
}

void
job_row_free(struct job_row *j)
{
	if (j == NULL)
		return;
	json_decref(j->data);
	j->data = NULL;
}

static enum err
one_job(void *ctx, const struct val *cols, size_t n)
{
	return (job_row_read(cols, n, ctx));
}

enum err
job_row_get(struct store *st, const char *id, struct job_row *j)
{
	const struct val v = val_text(id);
	enum err r;

	*j = (struct job_row){ .id = "" };
	if ((r = store_run(st, SQL_JOB_GET, &v, 1, one_job, j, NULL)) !=
	    ERR_OK)
		return (r);
	return (j->id[0] == '\0' || strcmp(j->state, "making") == 0 ?
	    ERR_NO_SUCH : ERR_OK);
}

/* --- a part --- */

static int64_t
num_or(const struct val *v, int64_t none)
{
	return (v->type == VAL_NULL ? none : val_num(v));
}

static enum err
part_row(void *ctx, const struct val *cols, size_t n)
{
	struct job_part *p = ctx;

	if (n != 18)	/* T of sql_job.h */
		return (ERR_SEQUENCE);
	COPY(p->kind, &cols[0]);
	p->state = job_state_read(val_str(&cols[1]));
	COPY(p->request_file, &cols[2]);
	COPY(p->reception_number, &cols[3]);
	COPY(p->reception_at, &cols[4]);
	p->downloads = (int)val_num(&cols[5]);
	p->tries = (int)val_num(&cols[6]);
	p->next_at = val_num(&cols[7]);
	COPY(p->result, &cols[8]);
	p->total = num_or(&cols[9], -1);
	p->errors = num_or(&cols[10], -1);
	COPY(p->code, &cols[11]);
	note_set(&p->message, "%s", val_str(&cols[12]));
	p->asked_at = val_num(&cols[13]);
	p->settled = val_num(&cols[14]);
	p->rev = val_num(&cols[15]);
	p->refusals = (int)val_num(&cols[16]);
	p->opened_at = val_num(&cols[17]);
	return (ERR_OK);
}

enum err
job_part_get(struct store *st, const char *job, int part, struct job_part *p)
{
	const struct val v[] = { val_text(job), val_int(part) };
	enum err r;

	*p = (struct job_part){ .part = part, .rev = -1 };
	snprintf(p->job, sizeof(p->job), "%s", job);
	if ((r = store_run(st, SQL_JOB_PART_GET, v, 2, part_row, p, NULL)) !=
	    ERR_OK)
		return (r);
	return (p->rev < 0 ? ERR_NO_SUCH : ERR_OK);
}

enum err
job_part_add(struct store *st, const struct job_row *j, int part)
{
	const struct val v[] = { val_text(j->id), val_int(part),
	    val_text(category_row(j->category)->stem), val_int(0),
	    val_int(clock_wall_ms()) };

	return (store_run(st, SQL_JOB_PART_ADD, v, 5, NULL, NULL, NULL));
}

static struct val
text_or_null(const char *s)
{
	return (val_text(s[0] == '\0' ? NULL : s));
}

static struct val
int_or_null(int64_t n, int64_t none)
{
	return (n == none ? val_text(NULL) : val_int(n));
}

enum err
job_part_put(struct store *st, struct job_part *p, int *mine)
{
	const struct val v[] = { val_text(job_state_word(p->state)),
	    text_or_null(p->request_file), text_or_null(p->reception_number),
	    text_or_null(p->reception_at), val_int(p->downloads),
	    val_int(p->tries), val_int(p->next_at), text_or_null(p->result),
	    int_or_null(p->total, -1), int_or_null(p->errors, -1),
	    text_or_null(p->code), text_or_null(p->message.text),
	    int_or_null(p->asked_at, 0), val_int(p->settled),
	    val_int(clock_wall_ms()), val_int(p->refusals),
	    val_int(p->opened_at), val_text(p->job), val_int(p->part),
	    val_int(p->rev) };
	int64_t changed = 0;
	enum err r;

	r = store_run(st, SQL_JOB_PART_PUT, v, 20, NULL, NULL, &changed);
	*mine = r == ERR_OK && changed == 1;
	p->rev += *mine;
	return (r);
}

/* --- a step --- */

enum err
job_tell(struct store *st, const char *id, const char *state, int part,
    const char *part_state)
{
	char at[CLOCK_ISO_LEN], data[256], more[64] = "";
	int64_t now = clock_wall_ms();

	clock_iso(now, at);
	if (part > 0)
		snprintf(more, sizeof(more), ",\"part\":%d,"
		    "\"part_state\":\"%s\"", part, part_state);
	snprintf(data, sizeof(data), "{\"at\":\"%s\",\"job\":\"%s\","
	    "\"state\":\"%s\"%s}", at, id, state, more);
	const struct val v[] = { val_int(now), val_text("job"),
	    val_text(NULL), val_text(NULL), val_text(data) };

	return (store_run(st, SQL_EVENT_ADD, v, 5, NULL, NULL, NULL));
}

/* How many parts are where. */
struct counts {
	int64_t	moving, done;
};

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	struct counts *c = ctx;
	enum job_state s;

	if (n < 2)
		return (ERR_SEQUENCE);
	s = job_state_read(val_str(&cols[0]));
	if (!job_state_is_end(s))
		c->moving += val_num(&cols[1]);
	else if (s == JOB_DONE)
		c->done += val_num(&cols[1]);
	return (ERR_OK);
}

enum err
job_end_if_done(struct store *st, const char *id, const char *state)
{
	const struct val v = val_text(id);
	struct counts c = { 0, 0 };
	const char *end;
	int64_t changed = 0;
	enum err r;

	if ((r = store_run(st, SQL_JOB_PART_COUNTS, &v, 1, count_row, &c,
	    NULL)) != ERR_OK || c.moving > 0)
		return (r);
	end = strcmp(state, "cancelling") == 0 ? "cancelled" :
	    c.done > 0 ? "done" : "failed";
	const struct val s[] = { val_text(end), val_int(clock_wall_ms()),
	    val_text(id), val_text(state) };

	if ((r = store_run(st, SQL_JOB_STATE, s, 4, NULL, NULL, &changed)) !=
	    ERR_OK || changed == 0)
		return (r);
	return (job_tell(st, id, end, 0, NULL));
}

/* What those are in who have no end of their own when the part ends. */
static const char *
end_of_persons(enum job_event event)
{
	static const char *const ends[JOB_EVENTS] = {
		[JOB_SETTLED] = "missing", [JOB_CANCEL] = "cancelled",
		[JOB_REFUSED_LAST] = "error",
	};

	return (ends[event] == NULL ? "failed" : ends[event]);
}

static enum err
end_part(struct store *st, const struct job_part *p, enum job_event event)
{
	const enum err why = event == JOB_SETTLED ? ERR_NOT_NAMED : event ==
	    JOB_CANCEL ? ERR_CANCELLED : ERR_OK;
	const struct val v[] = { val_text(end_of_persons(event)),
	    val_text(why != ERR_OK ? err_name(why) : p->code),
	    val_text(why != ERR_OK ? err_text(why, ERR_JA) :
	    p->message.text), val_int(clock_wall_ms()), val_text(p->job),
	    val_int(p->part) };
	struct job_row j;
	enum err r;

	if ((r = store_run(st, SQL_JOB_PERSONS_END, v, 6, NULL, NULL,
	    NULL)) != ERR_OK)
		return (r);
	/* Anew: it may have been cancelled meanwhile. */
	if ((r = job_row_get(st, p->job, &j)) == ERR_OK)
		r = job_end_if_done(st, j.id, j.state);
	job_row_free(&j);
	return (r);
}

static enum err
end_person(struct store *st, const struct job_part *p)
{
	const struct job_end *e = &p->end;
	const struct val v[] = { val_text(e->state), text_or_null(e->id),
	    val_text(e->code), val_text(e->message),
	    val_int(clock_wall_ms()), val_text(p->job), val_int(p->part) };

	if (e->state == NULL)
		return (ERR_OK);
	return (store_run(st, SQL_JOB_PERSON_ONLY, v, 7, NULL, NULL, NULL));
}

static enum err
write_step(struct store *st, const struct job_row *j, struct job_part *p,
    enum job_event event, int *mine)
{
	enum err r;

	if ((r = job_part_put(st, p, mine)) != ERR_OK || !*mine ||
	    (r = job_tell(st, j->id, j->state, p->part,
	    job_state_word(p->state))) != ERR_OK ||
	    (r = end_person(st, p)) != ERR_OK)
		return (r);
	return (job_state_is_end(p->state) ? end_part(st, p, event) : ERR_OK);
}

enum err
job_move(struct store *st, const struct job_row *j, struct job_part *p,
    enum job_event event, int *moved)
{
	const struct job_step *step = job_step_of(p->state, event);
	enum job_state before = p->state;
	int64_t rev = p->rev;
	enum err r;

	*moved = 0;
	if (step == NULL)
		return (ERR_OK);
	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	p->state = step->to;
	r = write_step(st, j, p, event, moved);
	if (r == ERR_OK && *moved)
		r = store_commit(st);
	if (r == ERR_OK && *moved)
		return (ERR_OK);
	store_rollback(st);
	p->state = before;
	p->rev = rev;
	*moved = 0;
	return (r);
}

enum err
job_numbers_row(void *ctx, const struct val *cols, size_t n)
{
	struct job_numbers *l = ctx;
	size_t room = l->room > 0 ? l->room * 2 : 16;
	void *grown;

	if (n < 1)
		return (ERR_SEQUENCE);
	if (l->n == l->room) {
		if ((grown = realloc(l->v, room * sizeof(*l->v))) == NULL)
			return (ERR_NOMEM);
		l->v = grown;
		l->room = room;
	}
	l->v[l->n++] = val_num(&cols[0]);
	return (ERR_OK);
}
