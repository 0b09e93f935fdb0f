#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/qualify/job_in.h"
#include "host/qualify/pack.h"

#define SOON	6	/* so often an 02req at the same pause; ours */

/* What was found out about a part that is out. */
struct found {
	enum job_event	 event;
	enum err	 code;		/* why, unless it goes on */
	char		 theirs[JOB_CODE];	/* the terminal's code */
	int		 person;	/* 1: it is about the one person */
	struct note	 message;	/* and words */
	char		 file[128];	/* of the request that was answered */
	char		 number[JOB_NUMBER], at[18];
	char		 digest[DIGEST_HEX];
};

/* Columns of R in sql_request.h. */
enum { R_FILE, R_IDENTIFIER, R_KIND, R_VISIT, R_CHART, R_STATE, R_CREATED,
    R_ANSWERED, R_OUTCOME, R_MESSAGE, R_COLUMNS };

struct request_now {
	char		state[16], outcome[16];
	struct note	message;
};

static enum err
request_row(void *ctx, const struct val *cols, size_t n)
{
	struct request_now *now = ctx;

	if (n != R_COLUMNS)
		return (ERR_SEQUENCE);
	snprintf(now->state, sizeof(now->state), "%s",
	    val_str(&cols[R_STATE]));
	snprintf(now->outcome, sizeof(now->outcome), "%s",
	    val_str(&cols[R_OUTCOME]));
	note_set(&now->message, "%s", val_str(&cols[R_MESSAGE]));
	return (ERR_OK);
}

static enum err
request_now(struct store *st, const char *file, struct request_now *now)
{
	const struct val v = val_text(file);

	*now = (struct request_now){ .state = "" };
	return (store_run(st, SQL_REQUEST_BY_FILE, &v, 1, request_row, now,
	    NULL));
}

static enum err
digest_row(void *ctx, const struct val *cols, size_t n)
{
	char *digest = ctx;

	if (n == 1 && digest[0] == '\0')
		snprintf(digest, DIGEST_HEX, "%s", val_str(&cols[0]));
	return (ERR_OK);
}

static enum err
find_digest(struct store *st, const char *file, char digest[DIGEST_HEX])
{
	const struct val v = val_text(file);

	digest[0] = '\0';
	return (store_run(st, SQL_JOB_RESULT_OF, &v, 1, digest_row, digest,
	    NULL));
}

/* What a request's state alone says; the answered ones say more. */
static void
judge_state(const char *state, struct found *f)
{
	static const struct {
		const char	*state;
		enum job_event	 event;
		enum err	 code;
	} rows[] = {
		{ "returned",	JOB_RETURNED,	ERR_REFUSED },
		{ "withdrawn",	JOB_WITHDRAWN,	ERR_NOT_TAKEN },
		{ "unanswered",	JOB_LOST,	ERR_NO_ANSWER },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].state, state) == 0) {
			f->event = rows[i].event;
			f->code = rows[i].code;
		}
	}
}

/* --- the three kinds of answers --- */

static const char *
top(const struct result *r, enum field field)
{
	return (result_field(r, RESULT_TOP, field));
}

static void
keep_reception(const struct result *r, struct found *f)
{
	text_copy(f->number, sizeof(f->number), top(r,
	    FIELD_ReceptionNumber));
	text_copy(f->at, sizeof(f->at), top(r, FIELD_ReceptionDateTime));
	if (f->number[0] != '\0') {
		f->event = JOB_RECEPTION;
		return;
	}
	f->event = JOB_REFUSED;
	f->code = ERR_LAYOUT;
}

static void
refuse(const struct result *r, struct found *f)
{
	const char *code = top(r, FIELD_ProcessingResultCode);

	f->event = JOB_REFUSED;
	f->code = result_err(r);
	/* OQSCD003 and 004: the request, or what it asked (oqs-files.md 3.5) */
	f->person = strcmp(top(r, FIELD_SegmentOfResult), "9") != 0 &&
	    strcmp(top(r, FIELD_ProcessingResultStatus), "2") == 0;
	if (code[0] == '\0')
		code = top(r, FIELD_ErrorCode);
	text_copy(f->theirs, sizeof(f->theirs), code);
	note_set(&f->message, "%s", result_reason(r, ERR_JA));
}

static enum err
judge_answer(struct store *st, const struct job_part *p,
    const struct result *r, struct found *f)
{
	struct kind_name name;

	if (result_outcome(r) != RESULT_ACCEPTED) {
		refuse(r, f);
		return (find_digest(st, p->request_file, f->digest));
	}
	if (kind_parse(p->request_file, &name) &&
	    name.kind->reader == KIND_RECEPTION) {
		keep_reception(r, f);
		return (ERR_OK);
	}
	f->event = JOB_ANSWER;
	return (find_digest(st, p->request_file, f->digest));
}

/* A first request: its answer is taken in by exchange_look, or was. */
static enum err
look_first(const struct job_conf *conf, struct store *st,
    const struct job_part *p, struct found *f)
{
	struct exchange_look look;
	struct note note = { "" };
	enum err r;

	r = exchange_look(conf->exchange, st, p->request_file, &look, &note);
	if (r == ERR_OK) {
		judge_state(look.state, f);
		if (look.result != NULL && f->event == JOB_RETURNED)
			note_set(&f->message, "%s", result_reason(look.result,
			    ERR_JA));
		else if (look.result != NULL)
			r = judge_answer(st, p, look.result, f);
	}
	exchange_look_free(&look);
	return (r);
}

/* Its message begins with the text of the error; the longest one, as texts
 * may begin alike. */
static enum err
err_of_message(const char *message)
{
	enum err found = ERR_REFUSED;
	size_t len, longest = 0;

	for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
		len = strlen(err_text((enum err)e, ERR_JA));
		if (len > longest && strncmp(message, err_text((enum err)e,
		    ERR_JA), len) == 0) {
			longest = len;
			found = (enum err)e;
		}
	}
	return (found);
}

/* An 02req that was answered: by its row, as the file may be huge. */
static enum err
judge_units(struct store *st, const char *file, struct found *f)
{
	struct request_now now;
	enum err r;

	if ((r = request_now(st, file, &now)) != ERR_OK)
		return (r);
	judge_state(now.state, f);
	f->message = now.message;
	if (strcmp(now.state, "answered") != 0)
		return (ERR_OK);
	if (strcmp(now.outcome, "waiting") == 0) {
		f->event = JOB_AT_WORK;
	} else if (strcmp(now.outcome, "accepted") == 0) {
		f->event = JOB_ANSWER;
		f->message.text[0] = '\0';
		r = find_digest(st, file, f->digest);
	} else {
		f->event = JOB_REFUSED;
		f->code = err_of_message(now.message.text);
	}
	return (r);
}

/* Into the store first; then its row says what it was. */
static enum err
look_units(const struct job_conf *conf, struct store *st, const char *file,
    struct found *f)
{
	struct exchange_look look = { .result = NULL };
	struct pack_taken taken = { .head = NULL };
	struct note note = { "" };
	enum err r;

	snprintf(f->file, sizeof(f->file), "%s", file);
	if ((r = judge_units(st, file, f)) != ERR_OK ||
	    (f->event != JOB_NOTHING && f->event != JOB_LOST))
		return (r);
	r = exchange_look(conf->exchange, st, file, &look, &note);
	if (r == ERR_OK && look.left[0] != '\0') {
		r = pack_take(conf->exchange, st, look.left, &taken, &note);
		pack_taken_free(&taken);
	}
	exchange_look_free(&look);
	f->event = JOB_NOTHING;
	return (r == ERR_OK ? judge_units(st, file, f) : r);
}

/* --- moving --- */

/* Names of requests. */
struct files {
	char	name[8][128];	/* newer ones of a part first; ours */
	size_t	n;
};

static enum err
file_row(void *ctx, const struct val *cols, size_t n)
{
	struct files *l = ctx;

	if (n == 1 && l->n < sizeof(l->name) / sizeof(l->name[0]))
		snprintf(l->name[l->n++], sizeof(l->name[0]), "%s",
		    val_str(&cols[0]));
	return (ERR_OK);
}

/*
 * Of all that were put out for this part, as an earlier 02req may be answered
 * after it was given up: which one has the list?
 */
static enum err
look_at_all(const struct job_conf *conf, struct store *st,
    const struct job_row *j, const struct job_part *p, struct found *f)
{
	const struct val v[] = { val_text(p->job), val_int(p->part),
	    val_text(category_row(j->category)->fetch) };
	struct files l = { .n = 0 };
	struct found one;
	enum err r;

	r = store_run(st, SQL_JOB_REQUEST_OPEN, v, 3, file_row, &l, NULL);
	for (size_t i = 0; i < l.n && r == ERR_OK; i++) {
		one = (struct found){ .event = JOB_NOTHING };
		r = look_units(conf, st, l.name[i], &one);
		if (r == ERR_OK && one.event == JOB_ANSWER) {
			*f = one;
			return (ERR_OK);
		}
	}
	return (r);
}

/* What the newest one says counts, unless another has it. */
static enum err
look_fetched(const struct job_conf *conf, struct store *st,
    const struct job_row *j, const struct job_part *p, struct found *f)
{
	enum err r;

	if ((r = look_units(conf, st, p->request_file, f)) != ERR_OK ||
	    f->event == JOB_ANSWER)
		return (r);
	return (look_at_all(conf, st, j, p, f));
}

static enum err
look_hook(const struct job_conf *conf, struct store *st,
    const struct job_row *j, struct job_part *p, struct found *f)
{
	const struct job_hook *hook = job_hook_of(conf, j->word);
	struct request_now now;
	enum err r;

	if (hook == NULL)
		return (ERR_OK);
	if ((r = hook->look(hook->ctx, st, p->request_file, &p->end)) !=
	    ERR_OK)
		return (r);
	if (p->end.state != NULL) {
		f->event = JOB_ANSWER;
		return (ERR_OK);
	}
	if ((r = request_now(st, p->request_file, &now)) != ERR_OK)
		return (r);
	judge_state(now.state, f);
	f->message = now.message;
	return (ERR_OK);
}

/*
 * Refusals are counted; an error of one person is less often tried.  What only
 * we cannot read (encrypted, another layout, no XML) the terminal may have
 * accepted: that is for a person, who looks at the file.
 */
static void
count_try(const struct job_part *p, struct found *f)
{
	int most = f->person ? JOB_TRIES_ERROR : JOB_TRIES;

	if (f->event == JOB_REFUSED && (p->refusals + 1 >= most ||
	    f->code != ERR_REFUSED))
		f->event = JOB_REFUSED_LAST;
}

static void
accept(const struct job_conf *conf, struct job_part *p, const struct found *f)
{
	memcpy(p->reception_number, f->number, sizeof(f->number));
	memcpy(p->reception_at, f->at, sizeof(f->at));
	p->tries = p->refusals = 0;
	p->next_at = clock_wall_ms() + (conf->poll_ms > 0 ? conf->poll_ms :
	    JOB_POLL_MS);
}

static void
keep(const struct job_conf *conf, struct job_part *p, const struct found *f)
{
	(void)conf;
	if (f->file[0] != '\0')
		memcpy(p->request_file, f->file, sizeof(f->file));
	memcpy(p->result, f->digest, sizeof(f->digest));
	p->settled = 0;
}

/* As soon as others ask at first, then ever less often. */
static void
pause_part(const struct job_conf *conf, struct job_part *p,
    const struct found *f)
{
	int64_t poll = conf->poll_ms > 0 ? conf->poll_ms : JOB_POLL_MS;

	(void)f;
	p->downloads++;
	p->tries = p->refusals = 0;
	p->next_at = clock_wall_ms() + poll * (p->downloads < SOON ? 1 : SOON);
}

static void
hold(const struct job_conf *conf, struct job_part *p, const struct found *f)
{
	p->refusals += f->event == JOB_REFUSED;
	job_hold(conf, p, f->code, f->message.text);
}

static void
say_why(const struct job_conf *conf, struct job_part *p,
    const struct found *f)
{
	(void)conf;
	snprintf(p->code, sizeof(p->code), "%s", err_name(f->code));
	note_set(&p->message, "%s", f->message.text[0] != '\0' ?
	    f->message.text : err_text(f->code, ERR_JA));
}

/* What the step writes into the part. */
static void (*const acts[JOB_ACTIONS])(const struct job_conf *,
    struct job_part *, const struct found *) = {
	[JOB_ACCEPT] = accept, [JOB_KEEP] = keep, [JOB_PAUSE] = pause_part,
	[JOB_HOLD] = hold, [JOB_WONDER] = say_why, [JOB_END] = say_why,
};

/* The row of the person says what the terminal said of him. */
static void
end_refused(struct job_part *p, const struct found *f)
{
	if (f->event != JOB_REFUSED_LAST || f->theirs[0] == '\0')
		return;
	p->end.state = "error";
	snprintf(p->end.code, sizeof(p->end.code), "%s", f->theirs);
	snprintf(p->end.message, sizeof(p->end.message), "%s",
	    f->message.text);
}

enum err
job_look(const struct job_conf *conf, struct store *st,
    const struct job_row *j, struct job_part *p, int *moved)
{
	struct found f = { .event = JOB_NOTHING };
	const struct job_step *step;
	enum err r;

	*moved = 0;
	if (j->category == CATEGORY_CHECKUP || j->category == CATEGORY_DRUG)
		r = look_hook(conf, st, j, p, &f);
	else if (p->state == JOB_FETCHING)
		r = look_fetched(conf, st, j, p, &f);
	else if (p->state == JOB_ACCEPTED)
		r = look_at_all(conf, st, j, p, &f);
	else
		r = look_first(conf, st, p, &f);
	if (r != ERR_OK || f.event == JOB_NOTHING)
		return (r);
	count_try(p, &f);
	step = job_step_of(p->state, f.event);
	if (step == NULL || acts[step->action] == NULL)
		return (ERR_OK);
	p->code[0] = p->message.text[0] = '\0';
	acts[step->action](conf, p, &f);
	end_refused(p, &f);
	return (job_move(st, j, p, f.event, moved));
}
