#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/qualify/job_in.h"

#define LIMIT		100	/* rows without a limit */
#define TIMES		20	/* parts an estimate rests on; ours */

/* What is told of a job beside its row. */
struct tally {
	int64_t	parts[JOB_STATES];
	int64_t	held;			/* waiting, with a code */
	int64_t	first, last;		/* asked_at, updated_at */
	int64_t	persons, waiting;
	json_t	*by_state;
	int64_t	findings, imported;
};

static json_t *
time_or_null(int64_t wall_ms)
{
	char at[CLOCK_ISO_LEN];

	if (wall_ms == 0)
		return (json_null());
	clock_iso(wall_ms, at);
	return (json_string(at));
}

static json_t *
string_or_null(const char *s)
{
	return (s[0] == '\0' ? json_null() : json_string(s));
}

static json_t *
int_or_null(const struct val *v)
{
	return (v->type == VAL_NULL ? json_null() :
	    json_integer(val_num(v)));
}

/* --- counting --- */

static enum err
part_count(void *ctx, const struct val *cols, size_t n)
{
	struct tally *t = ctx;
	enum job_state s;

	if (n != 5)
		return (ERR_SEQUENCE);
	s = job_state_read(val_str(&cols[0]));
	if (s < JOB_STATES)
		t->parts[s] = val_num(&cols[1]);
	if (s == JOB_WAITING || s == JOB_ACCEPTED)
		t->held += val_num(&cols[2]);
	if (val_num(&cols[3]) != 0 && (t->first == 0 || val_num(&cols[3]) <
	    t->first))
		t->first = val_num(&cols[3]);
	if (val_num(&cols[4]) > t->last)
		t->last = val_num(&cols[4]);
	return (ERR_OK);
}

static enum err
person_count(void *ctx, const struct val *cols, size_t n)
{
	struct tally *t = ctx;

	if (n != 2)
		return (ERR_SEQUENCE);
	t->persons += val_num(&cols[1]);
	if (strcmp(val_str(&cols[0]), "waiting") == 0)
		t->waiting = val_num(&cols[1]);
	return (json_object_set_new(t->by_state, val_str(&cols[0]),
	    json_integer(val_num(&cols[1]))) == 0 ? ERR_OK : ERR_NOMEM);
}

static enum err
finding_count(void *ctx, const struct val *cols, size_t n)
{
	struct tally *t = ctx;

	if (n != 2)
		return (ERR_SEQUENCE);
	t->findings = val_num(&cols[0]);
	t->imported = val_num(&cols[1]);
	return (ERR_OK);
}

static enum err
count(struct store *st, const char *id, struct tally *t)
{
	static const char *const ends[] = { "answered", "error", "missing",
	    "skipped", "failed", "cancelled" };
	const struct val v = val_text(id);
	enum err r;

	*t = (struct tally){ .by_state = json_object() };
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		json_object_set_new(t->by_state, ends[i], json_integer(0));
	if (t->by_state == NULL)
		return (ERR_NOMEM);
	if ((r = store_run(st, SQL_JOB_PART_COUNTS, &v, 1, part_count, t,
	    NULL)) != ERR_OK ||
	    (r = store_run(st, SQL_JOB_PERSON_COUNTS, &v, 1, person_count, t,
	    NULL)) != ERR_OK)
		return (r);
	json_object_del(t->by_state, "waiting");
	return (store_run(st, SQL_JOB_FINDINGS, &v, 1, finding_count, t,
	    NULL));
}

static int64_t
sum(const struct tally *t, int ended)
{
	int64_t n = 0;

	for (int i = 0; i < JOB_STATES; i++) {
		if (job_state_is_end((enum job_state)i) == ended)
			n += t->parts[i];
	}
	return (n);
}

/* --- how long it will take --- */

struct times {
	int64_t	sum, n;
};

static enum err
time_row(void *ctx, const struct val *cols, size_t n)
{
	struct times *t = ctx;

	if (n == 1 && val_num(&cols[0]) >= 0) {
		t->sum += val_num(&cols[0]);
		t->n++;
	}
	return (ERR_OK);
}

/*
 * What the newest parts of this kind took, for the rounds that are left; the
 * round that runs is partly over.  -1: nobody knows.
 */
static enum err
estimate(struct store *st, const struct job_row *j, const struct tally *t,
    int64_t *seconds)
{
	const struct val v[] = { val_text(j->word), val_int(TIMES) };
	struct times took = { 0, 0 };
	int64_t left = sum(t, 0), rounds, ms, past;
	enum err r;

	*seconds = left == 0 ? 0 : -1;
	if (left == 0)
		return (ERR_OK);
	if ((r = store_run(st, SQL_JOB_PART_TIMES, v, 2, time_row, &took,
	    NULL)) != ERR_OK || took.n == 0)
		return (r);
	rounds = (left + JOB_OUT_MAX - 1) / JOB_OUT_MAX;
	past = t->first == 0 ? 0 : clock_wall_ms() - (t->last > t->first ?
	    t->last : t->first);
	ms = took.sum / took.n * rounds - (past > 0 ? past : 0);
	*seconds = ms < 1000 ? 1 : (ms + 999) / 1000;
	return (ERR_OK);
}

/* --- a job --- */

static const struct word {
	const char	*state, *ja, *en;
} words[] = {
	{ "making",	"作成中",		"being made" },
	{ "open",	"照会中",		"asked for" },
	{ "held",	"保留(再試行待ち)",	"held, tried again later" },
	{ "unsure",	"回答不明(要確認)",	"unsure: somebody must decide" },
	{ "cancelling",	"取消中",		"being cancelled" },
	{ "done",	"完了",			"done" },
	{ "failed",	"失敗",			"failed" },
	{ "cancelled",	"取消",			"cancelled" },
};

static const struct word *
word_of(const char *state)
{
	size_t i = 0;

	while (i + 1 < sizeof(words) / sizeof(words[0]) &&
	    strcmp(words[i].state, state) != 0)
		i++;
	return (&words[i]);
}

/* Whether something moves, is waited for, or needs a person. */
static const char *
state_of(const struct job_row *j, const struct tally *t)
{
	int64_t moving = sum(t, 0);

	if (strcmp(j->state, "open") != 0 || moving == 0)
		return (j->state);
	if (moving == t->parts[JOB_UNSURE])
		return ("unsure");
	return (t->held > 0 && moving == t->held + t->parts[JOB_UNSURE] ?
	    "held" : "open");
}

/* The first part speaks for the job: its number, or why something stands. */
struct said {
	char		number[JOB_NUMBER], code[JOB_CODE];
	struct note	message;
};

static enum err
said_row(void *ctx, const struct val *cols, size_t n)
{
	struct said *s = ctx;

	if (n != 16)
		return (ERR_SEQUENCE);
	if (s->number[0] == '\0')
		snprintf(s->number, sizeof(s->number), "%s",
		    val_str(&cols[4]));
	if (s->code[0] == '\0' && cols[12].type != VAL_NULL) {
		snprintf(s->code, sizeof(s->code), "%s", val_str(&cols[12]));
		note_set(&s->message, "%s", val_str(&cols[13]));
	}
	return (ERR_OK);
}

static json_t *
progress_of(const struct job_row *j, const struct tally *t, int64_t seconds)
{
	int list = j->category == CATEGORY_COUNT ||
	    category_row(j->category)->persons == 0;
	/* A list tells how many are in it when it is there. */
	int known = !list || sum(t, 0) == 0;

	return (json_pack("{s:I, s:o, s:o}", "done",
	    (json_int_t)(t->persons - t->waiting), "total", known ?
	    json_integer(t->persons) : json_null(), "seconds", seconds < 0 ?
	    json_null() : json_integer(seconds)));
}

static json_t *
label_of(const struct job_row *j)
{
	return (json_pack("{s:s, s:s}", "ja", j->category == CATEGORY_COUNT ?
	    j->word : category_row(j->category)->ja, "en", j->word));
}

static enum err
job_json(struct store *st, const struct job_row *j, json_t **out)
{
	const struct val all[] = { val_text(j->id), val_int(LIMIT),
	    val_int(0) };
	struct tally t;
	struct said said = { .number = "" };
	const struct word *w;
	int64_t seconds = -1;
	json_t *persons;
	enum err r;

	*out = NULL;
	if ((r = count(st, j->id, &t)) != ERR_OK ||
	    (r = estimate(st, j, &t, &seconds)) != ERR_OK ||
	    (r = store_run(st, SQL_JOB_PARTS, all, 3, said_row, &said,
	    NULL)) != ERR_OK) {
		json_decref(t.by_state);
		return (r);
	}
	w = word_of(state_of(j, &t));
	/* Of a try before the one that went well. */
	if (strcmp(w->state, "done") == 0)
		said.code[0] = said.message.text[0] = '\0';
	persons = t.by_state;
	json_object_set_new(persons, "total", json_integer(t.persons));
	*out = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, "
	    "s:o, s:o, s:s, s:{s:s, s:s}, s:s, s:s, s:o, s:o, s:o, "
	    "s:{s:I, s:I}, s:I}",
	    "id", j->id, "category", j->word, "label", label_of(j),
	    "axis", j->axis, "from", j->from, "to", j->to, "date", j->date,
	    "client", j->client, "staff", j->staff,
	    "created_at", time_or_null(j->created_at),
	    "ended_at", time_or_null(j->ended_at),
	    "state", w->state, "text", "ja", w->ja, "en", w->en,
	    "code", said.code, "message", said.message.text,
	    "reception_number", string_or_null(said.number),
	    "progress", progress_of(j, &t, seconds),
	    "persons", persons, "findings", "total", (json_int_t)t.findings,
	    "imported", (json_int_t)t.imported,
	    "parts", (json_int_t)(sum(&t, 0) + sum(&t, 1)));
	return (*out == NULL ? ERR_NOMEM : ERR_OK);
}

static enum err
part_row(void *ctx, const struct val *cols, size_t n)
{
	enum job_state s;
	int waits;

	if (n != 16)	/* JOB_PARTS of sql_job.h */
		return (ERR_SEQUENCE);
	s = job_state_read(val_str(&cols[2]));
	waits = s == JOB_WAITING || s == JOB_ACCEPTED;
	return (json_array_append_new(ctx, json_pack("{s:I, s:s, s:s, s:s, "
	    "s:s, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o}",
	    "part", (json_int_t)val_num(&cols[0]), "kind", val_str(&cols[1]),
	    "state", val_str(&cols[2]), "code", val_str(&cols[12]),
	    "message", val_str(&cols[13]),
	    "reception_number", string_or_null(val_str(&cols[4])),
	    "reception_at", string_or_null(val_str(&cols[5])),
	    "downloads", (json_int_t)val_num(&cols[6]),
	    "tries", (json_int_t)val_num(&cols[7]),
	    "next_at", waits ? time_or_null(val_num(&cols[8])) : json_null(),
	    "total", int_or_null(&cols[10]), "errors",
	    int_or_null(&cols[11]),
	    "updated_at", time_or_null(val_num(&cols[14])),
	    "request_file", string_or_null(val_str(&cols[3])))) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

enum err
job_get(struct store *st, const char *id, json_t **out)
{
	const struct val all[] = { val_text(id), val_int(INT64_MAX),
	    val_int(0) };
	struct job_row j;
	json_t *parts = json_array();
	enum err r;

	*out = NULL;
	if ((r = job_row_get(st, id, &j)) == ERR_OK &&
	    (r = job_json(st, &j, out)) == ERR_OK &&
	    (r = store_run(st, SQL_JOB_PARTS, all, 3, part_row, parts,
	    NULL)) == ERR_OK && json_object_set(*out, "parts", parts) != 0)
		r = ERR_NOMEM;
	if (r != ERR_OK) {
		json_decref(*out);
		*out = NULL;
	}
	json_decref(parts);
	job_row_free(&j);
	return (r);
}

/* --- lists --- */

struct jobs {
	struct job_row	v[LIMIT];
	size_t		n;
};

static enum err
job_each(void *ctx, const struct val *cols, size_t n)
{
	struct jobs *l = ctx;

	return (l->n < LIMIT ? job_row_read(cols, n, &l->v[l->n++]) :
	    ERR_OK);
}

static enum err
total_row(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

static const char *
any(const char *s)
{
	return (s == NULL ? "" : s);
}

/* A page of them, so that no memory depends on how many there are. */
static enum err
add_page(struct store *st, const struct job_query *q, int64_t limit,
    int64_t offset, json_t *list, int64_t *n)
{
	const struct val v[] = { val_text(any(q->state)),
	    val_text(any(q->category)), val_int(limit), val_int(offset) };
	struct jobs *l = calloc(1, sizeof(*l));
	json_t *o;
	enum err r;

	if (l == NULL)
		return (ERR_NOMEM);
	r = store_run(st, SQL_JOB_LIST, v, 4, job_each, l, NULL);
	for (size_t i = 0; i < l->n; i++) {
		if (r == ERR_OK && (r = job_json(st, &l->v[i], &o)) ==
		    ERR_OK && json_array_append_new(list, o) != 0)
			r = ERR_NOMEM;
		job_row_free(&l->v[i]);
	}
	*n = (int64_t)l->n;
	free(l);
	return (r);
}

/*
 * Those states are not in the row but of its parts: all that are open are
 * looked at, which are few.
 */
static enum err
list_derived(struct store *st, const struct job_query *q, json_t *list,
    int64_t *total)
{
	const struct job_query open = { .state = "open",
	    .category = q->category };
	int64_t limit = q->limit > 0 ? q->limit : LIMIT, n = LIMIT, at = 0;
	json_t *all = json_array(), *o;
	enum err r = ERR_OK;
	size_t i;

	for (; r == ERR_OK && n == LIMIT; at += n)
		r = add_page(st, &open, LIMIT, at, all, &n);
	json_array_foreach(all, i, o) {
		if (strcmp(json_string_value(json_object_get(o, "state")),
		    q->state) != 0)
			continue;
		if (*total >= q->offset && *total < q->offset + limit)
			json_array_append(list, o);
		(*total)++;
	}
	json_decref(all);
	return (r);
}

static enum err
list_plain(struct store *st, const struct job_query *q, json_t *list,
    int64_t *total)
{
	const struct val v[] = { val_text(any(q->state)),
	    val_text(any(q->category)) };
	int64_t left = q->limit > 0 ? q->limit : LIMIT, n = LIMIT;
	int64_t offset = q->offset;
	enum err r;

	r = store_run(st, SQL_JOB_LIST_COUNT, v, 2, total_row, total, NULL);
	while (r == ERR_OK && left > 0 && n == LIMIT) {
		r = add_page(st, q, left < LIMIT ? left : LIMIT, offset,
		    list, &n);
		left -= n;
		offset += n;
	}
	return (r);
}

enum err
job_list(struct store *st, const struct job_query *q, json_t **list,
    int64_t *total)
{
	enum err r;

	*total = 0;
	if ((*list = json_array()) == NULL)
		return (ERR_NOMEM);
	r = strcmp(any(q->state), "held") == 0 ||
	    strcmp(any(q->state), "unsure") == 0 ?
	    list_derived(st, q, *list, total) :
	    list_plain(st, q, *list, total);
	if (r != ERR_OK) {
		json_decref(*list);
		*list = NULL;
	}
	return (r);
}

static enum err
person_row(void *ctx, const struct val *cols, size_t n)
{
	if (n != 7)	/* N of sql_job.h */
		return (ERR_SEQUENCE);
	return (json_array_append_new(ctx, json_pack("{s:I, s:I, s:s, s:s, "
	    "s:o, s:s, s:s}", "seq", (json_int_t)val_num(&cols[0]),
	    "part", (json_int_t)val_num(&cols[1]),
	    "chart_number", val_str(&cols[2]), "state", val_str(&cols[3]),
	    "finding", string_or_null(val_str(&cols[4])),
	    "code", val_str(&cols[5]), "message", val_str(&cols[6]))) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

enum err
job_persons(struct store *st, const char *id, const struct job_persons *q,
    json_t **list, int64_t *total)
{
	const struct val v[] = { val_text(id), val_text(any(q->state)),
	    val_int(q->limit > 0 ? q->limit : LIMIT), val_int(q->offset) };
	struct job_row j;
	enum err r;

	*total = 0;
	if ((*list = json_array()) == NULL)
		return (ERR_NOMEM);
	if ((r = job_row_get(st, id, &j)) == ERR_OK &&
	    (r = store_run(st, SQL_JOB_PERSONS_COUNT, v, 2, total_row, total,
	    NULL)) == ERR_OK)
		r = store_run(st, SQL_JOB_PERSONS, v, 4, person_row, *list,
		    NULL);
	job_row_free(&j);
	if (r != ERR_OK) {
		json_decref(*list);
		*list = NULL;
	}
	return (r);
}

enum err
job_open_count(struct store *st, int64_t *n)
{
	*n = 0;
	return (store_run(st, SQL_JOB_OPEN_COUNT, NULL, 0, total_row, n,
	    NULL));
}
