#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wipe.h"
#include "host/qualify/job_in.h"

/* --- holding --- */

static int64_t
later(const struct job_conf *conf, int tries)
{
	int64_t ms = conf->pause_ms > 0 ? conf->pause_ms : JOB_PAUSE_MS;

	for (int i = 1; i < tries && ms < JOB_PAUSE_MAX_MS; i++)
		ms *= 2;
	return (ms < JOB_PAUSE_MAX_MS ? ms : JOB_PAUSE_MAX_MS);
}

void
job_hold(const struct job_conf *conf, struct job_part *p, enum err code,
    const char *message)
{
	int64_t now = clock_wall_ms(), held;

	snprintf(p->code, sizeof(p->code), "%s", err_name(code));
	note_set(&p->message, "%s", message[0] != '\0' ? message :
	    err_text(code, ERR_JA));
	held = code == ERR_HELD ? exchange_held(conf->exchange, now) : 0;
	if (held == 0) {
		p->tries++;
		held = now + later(conf, p->tries);
	}
	p->next_at = held;
}

/* What may pass by itself; everything else somebody has to correct. */
static int
may_pass(enum err r)
{
	static const enum err passing[] = { ERR_HELD, ERR_FOLDER, ERR_STORE,
	    ERR_STORE_BUSY, ERR_SYS, ERR_NOMEM, ERR_LIB, ERR_TOOBIG };

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (passing[i] == r)
			return (1);
	}
	return (0);
}

/* Nothing is out, nor will be. */
static enum err
not_out(const struct job_conf *conf, struct store *st,
    const struct job_row *j, struct job_part *p, enum err why,
    const struct note *note)
{
	enum job_event event = p->state == JOB_ASKED ||
	    p->state == JOB_FETCHING ? JOB_WITHDRAWN : may_pass(why) ?
	    JOB_HELD : JOB_FORBIDDEN;
	struct note said;
	int moved;

	if (why != ERR_HELD)
		log_line(LOG_WARN, "job", "%s/%d: %s", p->job, p->part,
		    err_text(why, ERR_EN));
	note_set(&said, "%s%s%s", err_text(why, ERR_JA), note->text[0] == '\0' ?
	    "" : ": ", note->text);
	job_hold(conf, p, why, said.text);
	return (job_move(st, j, p, event, &moved));
}

/* --- who is asked for --- */

struct people {
	struct job_numbers	 seqs;
	char			(*charts)[33];
	struct patient		*patients;
	struct request_person	*persons;	/* of the request */
	size_t			 n;
};

struct asked {
	struct people	*people;
	size_t		 room;
};

static enum err
asked_row(void *ctx, const struct val *cols, size_t n)
{
	struct asked *a = ctx;
	struct people *l = a->people;
	void *grown;
	enum err r;

	if (n != 2)
		return (ERR_SEQUENCE);
	if (l->seqs.n == a->room) {
		a->room = a->room > 0 ? a->room * 2 : 16;
		if ((grown = realloc(l->charts, a->room *
		    sizeof(*l->charts))) == NULL)
			return (ERR_NOMEM);
		l->charts = grown;
	}
	snprintf(l->charts[l->seqs.n], sizeof(*l->charts), "%s",
	    val_str(&cols[1]));
	r = job_numbers_row(&l->seqs, cols, n);
	return (r);
}

static void
free_people(struct people *l)
{
	for (size_t i = 0; l->patients != NULL && i < l->seqs.n; i++)
		patient_wipe(&l->patients[i]);
	free(l->seqs.v);
	free(l->charts);
	free(l->patients);
	free(l->persons);
	*l = (struct people){ .n = 0 };
}

/* What is registered is our own number of the patient (oqs-files.md 2.3). */
static void
complete(const struct job_row *j, struct patient *p)
{
	if (j->category == CATEGORY_REGISTRATION ||
	    j->category == CATEGORY_SINGLE_REGISTRATION)
		snprintf(p->reference_number, sizeof(p->reference_number),
		    "%s", p->chart_number);
}

static enum err
skip(struct store *st, const struct job_part *p, int64_t seq, enum err why,
    const char *field)
{
	struct note text;

	note_set(&text, "%s%s%s", err_text(why, ERR_JA),
	    field[0] == '\0' ? "" : ": ", field);
	const struct val v[] = { val_text(err_name(why)), val_text(text.text),
	    val_int(clock_wall_ms()), val_text(p->job), val_int(seq) };

	return (store_run(st, SQL_JOB_PERSON_SKIP, v, 5, NULL, NULL, NULL));
}

/* Into the list, or skipped with what is wrong. */
static enum err
add_person(struct store *st, const struct job_row *j,
    const struct job_part *p, const struct request *base, struct people *l,
    size_t i)
{
	struct patient *patient = &l->patients[i];
	struct request one = *base;
	struct note note = { "" };
	enum err r;

	l->persons[l->n] = (struct request_person){ .patient = patient };
	if ((r = patient_get(st, l->charts[i], patient)) == ERR_OK) {
		complete(j, patient);
		one.persons = &l->persons[l->n];
		one.n = 1;
		r = request_check_person(&one, 0, &note);
	}
	if (r == ERR_NO_PATIENT || r == ERR_NO_INSURANCE || r == ERR_CHARSET)
		return (skip(st, p, l->seqs.v[i], r, note.text));
	if (r == ERR_OK)
		l->n++;
	return (r);
}

static enum err
collect_people(struct store *st, const struct job_row *j,
    const struct job_part *p, const struct request *base, struct people *l)
{
	const struct val v[] = { val_text(p->job), val_int(p->part) };
	struct asked a = { l, 0 };
	enum err r;

	if ((r = store_run(st, SQL_JOB_PERSONS_ASKED, v, 2, asked_row, &a,
	    NULL)) != ERR_OK || l->seqs.n == 0)
		return (r);
	l->patients = calloc(l->seqs.n, sizeof(*l->patients));
	l->persons = calloc(l->seqs.n, sizeof(*l->persons));
	if (l->patients == NULL || l->persons == NULL)
		return (ERR_NOMEM);
	for (size_t i = 0; i < l->seqs.n && r == ERR_OK; i++)
		r = add_person(st, j, p, base, l, i);
	return (r);
}

/* --- putting it out --- */

/* What exchange_post calls when the request's row is durable. */
struct about {
	struct store		*store;
	const struct job_row	*job;
	struct job_part		*part;
	int			*moved;
};

static enum err
add_request(struct store *st, const struct job_part *p, const char *file)
{
	const struct val v[] = { val_text(file), val_text(p->job),
	    val_int(p->part) };

	return (store_run(st, SQL_JOB_REQUEST_ADD, v, 3, NULL, NULL, NULL));
}

/*
 * The row of job_request first: should the step not follow, it leads from a
 * request that never gets a file to a part that is as before.
 */
static enum err
goes_out(void *ctx, const char *file)
{
	struct about *a = ctx;
	struct job_part *p = a->part;
	enum err r;

	if ((r = add_request(a->store, p, file)) != ERR_OK)
		return (r);
	snprintf(p->request_file, sizeof(p->request_file), "%s", file);
	if (p->asked_at == 0)
		p->asked_at = clock_wall_ms();
	p->code[0] = p->message.text[0] = '\0';
	r = job_move(a->store, a->job, p, JOB_DUE, a->moved);
	return (r == ERR_OK && !*a->moved ? ERR_NOT_NOW : r);
}

static enum err
put_out(const struct job_conf *conf, struct store *st,
    const struct job_row *j, struct job_part *p, const char *stem,
    const struct request *rq, const char *chart, int *moved)
{
	struct about about = { st, j, p, moved };
	const struct exchange_post post = { .kind = kind_find(stem),
	    .request = rq, .chart_number = chart, .about = goes_out,
	    .about_ctx = &about };
	struct job_part before = *p;
	struct note note = { "" };
	char file[128];
	enum err r;

	if (post.kind == NULL)
		return (ERR_SEQUENCE);
	r = exchange_post(conf->exchange, st, &post, file, &note);
	if (r == ERR_OK)
		return (ERR_OK);
	if (!*moved)
		*p = before;
	/* Another turn was first. */
	if (r == ERR_NOT_NOW)
		return (ERR_OK);
	*moved = 0;
	return (not_out(conf, st, j, p, r, &note));
}

static enum err
ask_hook(const struct job_conf *conf, struct store *st,
    const struct job_row *j, struct job_part *p, int *moved)
{
	const struct job_hook *hook = job_hook_of(conf, j->word);
	struct note note = { "" };
	struct people l = { .n = 0 };
	struct asked a = { &l, 0 };
	const struct val v[] = { val_text(p->job), val_int(p->part) };
	char file[128] = "";
	enum err r;

	if (hook == NULL)
		return (not_out(conf, st, j, p, ERR_KIND_OFF, &note));
	r = store_run(st, SQL_JOB_PERSONS_ASKED, v, 2, asked_row, &a, NULL);
	if (r == ERR_OK && l.seqs.n == 1)
		r = hook->ask(hook->ctx, st, &(struct job_post){ .job = j->id,
		    .chart_number = l.charts[0], .from = j->from,
		    .to = j->to, .client = j->client, .staff = j->staff,
		    .data = j->data, .since = p->opened_at > 0 ?
		    p->opened_at : j->created_at, .again = p->opened_at > 0 },
		    file, &p->end, &note);
	if (r != ERR_OK) {
		free_people(&l);
		return (not_out(conf, st, j, p, r, &note));
	}
	if (l.seqs.n == 0 || p->end.state != NULL)
		r = job_move(st, j, p, JOB_NOBODY, moved);
	else
		r = goes_out(&(struct about){ st, j, p, moved }, file);
	free_people(&l);
	return (r == ERR_NOT_NOW ? ERR_OK : r);
}

static enum err
read_range(const struct job_row *j, struct range *out)
{
	*out = (struct range){ .axis = AXIS_NONE };
	snprintf(out->from, sizeof(out->from), "%s", j->from);
	snprintf(out->to, sizeof(out->to), "%s", j->to);
	return (axis_read(j->axis, &out->axis));
}

enum err
job_ask(const struct job_conf *conf, struct store *st,
    const struct job_row *j, struct job_part *p, int *moved)
{
	const struct category_row *row;
	const struct kind *kind = kind_find(p->kind);
	struct request rq = { .layout = NULL };
	struct people l = { .n = 0 };
	struct range range;
	enum err r;

	*moved = 0;
	if (j->category == CATEGORY_COUNT || kind == NULL)
		return (ERR_SEQUENCE);
	row = category_row(j->category);
	if (j->category == CATEGORY_CHECKUP || j->category == CATEGORY_DRUG)
		return (ask_hook(conf, st, j, p, moved));
	if ((r = read_range(j, &range)) != ERR_OK)
		return (r);
	rq = (struct request){ .layout = kind->request,
	    .institution_code = conf->exchange->institution_code,
	    .cp932 = conf->exchange->cp932, .limit_consent = j->limit_consent,
	    .date = j->date[0] == '\0' ? NULL : j->date, .range = &range,
	    .care = row->care };
	if (row->persons != 0) {
		r = collect_people(st, j, p, &rq, &l);
		rq.persons = l.persons;
		rq.n = l.n;
		p->total = (int64_t)l.n;
	}
	if (r == ERR_OK && row->persons != 0 && l.n == 0)
		r = job_move(st, j, p, JOB_NOBODY, moved);
	else if (r == ERR_OK)
		r = put_out(conf, st, j, p, p->kind, &rq, row->persons < 0 ?
		    l.patients[0].chart_number : NULL, moved);
	free_people(&l);
	return (r);
}

enum err
job_fetch(const struct job_conf *conf, struct store *st,
    const struct job_row *j, struct job_part *p, int *moved)
{
	const struct request rq = { .reception_number = p->reception_number };

	*moved = 0;
	if (j->category == CATEGORY_COUNT ||
	    category_row(j->category)->fetch == NULL)
		return (ERR_SEQUENCE);
	return (put_out(conf, st, j, p, category_row(j->category)->fetch,
	    &rq, NULL, moved));
}

const struct job_hook *
job_hook_of(const struct job_conf *conf, const char *category)
{
	for (const struct job_hook *h = conf->hooks; h != NULL &&
	    h->category != NULL; h++) {
		if (strcmp(h->category, category) == 0)
			return (h);
	}
	return (NULL);
}
