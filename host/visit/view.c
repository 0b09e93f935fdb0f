#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "driver/errname.h"
#include "host/qualify/veil.h"
#include "host/visit/record.h"
#include "host/visit/status.h"
#include "host/visit/view.h"

json_t *
view_text(const char *ja, const char *en)
{
	return (json_pack("{s:s, s:s}", "ja", ja, "en", en));
}

json_t *
view_error(enum err err, const char *detail)
{
	return (json_pack("{s:s, s:o, s:o, s:s}", "code", err_name(err),
	    "text", view_text(err_text(err, ERR_JA), err_text(err, ERR_EN)),
	    "next", view_text(err_next(err, ERR_JA), err_next(err, ERR_EN)),
	    "detail", detail));
}

json_t *
view_time(int64_t wall_ms)
{
	char at[CLOCK_ISO_LEN];

	if (wall_ms == 0)
		return (json_null());
	clock_iso(wall_ms, at);
	return (json_string(at));
}

json_t *
view_date(const char *d)
{
	if (strlen(d) != 8)
		return (json_null());
	return (json_sprintf("%.4s-%.2s-%.2s", d, d + 4, d + 6));
}

/* Whole years on the day of today in Japan. */
static int
age_of(const char *birthdate)
{
	char today[CLOCK_STAMP_LEN];

	clock_stamp(clock_wall_ms(), today);
	today[8] = '\0';
	return ((atoi(today) - atoi(birthdate)) / 10000);
}

json_t *
view_patient(const struct patient *p)
{
	static const char *const sexes[] = { [SEX_MALE] = "male",
	    [SEX_FEMALE] = "female" };

	return (json_pack("{s:s, s:s, s:s, s:s?, s:o, s:i, s:s?}",
	    "chart_number", p->chart_number, "name", p->name, "kana", p->kana,
	    "sex", p->sex == SEX_MALE || p->sex == SEX_FEMALE ?
	    sexes[p->sex] : NULL, "birthdate", view_date(p->birthdate),
	    "age", age_of(p->birthdate), "reference_number",
	    p->reference_number[0] == '\0' ? NULL : p->reference_number));
}

/* "" as null. */
static json_t *
word(const char *text)
{
	return (text[0] == '\0' ? json_null() : json_string(text));
}

/* --- what both kinds have: about, state, status --- */

struct head {
	const char			*id, *outcome, *confirmed_on;
	const struct visit_about	*about;
	enum visit_state		 state;
	enum want			 want;
	int64_t				 started_at, updated_at;
};

static json_t *
head_json(const struct head *h)
{
	struct status status;

	status_of(h->state, h->outcome, &status);
	return (json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s?, s:o, s:o, "
	    "s:o}", "id", h->id, "mode", h->about->mode,
	    "method", h->about->method, "purpose", word(h->about->purpose),
	    "client", word(h->about->client),
	    "state", machine_state(h->state), "wants", want_word(h->want),
	    "status", status_json(&status, h->confirmed_on),
	    "started_at", view_time(h->started_at),
	    "updated_at", view_time(h->updated_at)));
}

/* Members of a Visit that a VisitRow has not; all of them owned. */
struct body {
	json_t		*deadline, *tries, *nonce, *consent, *identity,
			*error, *result;
	int		 slow;
};

static json_t *
visit_of(const struct head *h, struct body *b)
{
	json_t *o = head_json(h), *more;

	more = json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:o, s:o}", "label", view_text(machine_label(h->state, 1),
	    machine_label(h->state, 0)), "deadline", b->deadline,
	    "slow", b->slow, "tries_left", b->tries, "nonce", b->nonce,
	    "consent", b->consent, "identity", b->identity,
	    "outcome", word(h->outcome), "error", b->error,
	    "result", b->result, "reason", word(h->about->reason),
	    "staff", word(h->about->staff));
	if (o != NULL && json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	return (o);
}

/* --- a live one --- */

static const char *
outcome_of(const struct visit *v)
{
	if (v->err != ERR_OK)
		return (err_name(v->err));
	return (v->reply.result == NULL ? "" : record_outcome(
	    v->reply.result));
}

static const char *
confirmed_on(const struct result *r)
{
	return (r == NULL ? "" : result_field(r, RESULT_TOP,
	    FIELD_QualificationConfirmationDate));
}

json_t *
view_live(const struct visit *v, const struct view_now *now)
{
	const struct head h = { v->id, outcome_of(v),
	    confirmed_on(v->reply.result), &v->about, v->state, now->want,
	    now->started_at, now->updated_at };
	struct body b = {
		.deadline = view_time(now->deadline),
		.tries = now->want == WANT_NOTHING || now->tries < 0 ?
		    json_null() : json_integer(now->tries),
		.nonce = now->nonce == NULL ? json_null() :
		    json_string(now->nonce),
		.consent = visit_consent_json(v),
		.identity = v->state == VS_IDLE ? json_null() :
		    identity_json(&v->identity),
		.error = v->err == ERR_OK ? json_null() :
		    view_error(v->err, v->note.text),
		.result = v->reply.result == NULL ? json_null() :
		    veil_result(v->reply.result),
		.slow = now->slow };
	json_t *o = visit_of(&h, &b);

	if (o != NULL)
		json_object_set_new(o, "patient",
		    v->patient.chart_number[0] == '\0' ? json_null() :
		    view_patient(&v->patient));
	return (o);
}

/* --- stored ones --- */

/* The columns V of sql.h, by name. */
enum { C_ID, C_MODE, C_STATE, C_CHART, C_STARTED, C_UPDATED, C_IDENTITY,
    C_CONSENT, C_OUTCOME, C_CLIENT, C_METHOD, C_PURPOSE, C_STAFF, C_REASON,
    C_COUNT };

/* A row, kept until its statement has ended. */
struct stored {
	struct record	 rec;
	struct result	*result;
	struct patient	 patient;
};

static enum want
stored_want(const struct record *rec)
{
	return (rec->state == VS_UNMATCHED ? WANT_PATIENT : WANT_NOTHING);
}

static void
stored_wipe(struct stored *s)
{
	record_wipe(&s->rec);
	result_free(&s->result);
	patient_wipe(&s->patient);
}

static enum err
read_result(void *ctx, const struct val *cols, size_t n)
{
	struct stored *s = ctx;

	if (n != 5 || s->result != NULL)
		return (ERR_OK);
	return (result_read(val_str(&cols[1]), cols[4].data, cols[4].len,
	    &s->result, NULL));
}

/* Patient and result of a record; a patient that is gone is none. */
static enum err
add_to(struct store *st, struct stored *s)
{
	const struct val id = val_text(s->rec.id);
	enum err r = ERR_OK;

	if (s->rec.chart_number[0] != '\0')
		r = patient_get(st, s->rec.chart_number, &s->patient);
	if (r == ERR_NO_PATIENT)
		r = ERR_OK;
	/* Another person's answer stays in the store, and is not shown. */
	if (r == ERR_OK && strcmp(s->rec.outcome,
	    err_name(ERR_OTHER_PERSON)) != 0)
		r = store_run(st, SQL_RESULT_OF_VISIT, &id, 1, read_result, s,
		    NULL);
	return (r);
}

static struct head
stored_head(const struct stored *s)
{
	return ((struct head){ s->rec.id, s->rec.outcome,
	    confirmed_on(s->result), &s->rec.about, s->rec.state,
	    stored_want(&s->rec), s->rec.started_at, s->rec.updated_at });
}

static json_t *
stored_error(const struct record *rec)
{
	enum err err;

	if (!errname_find(rec->outcome, strlen(rec->outcome), &err))
		return (json_null());
	return (view_error(err, ""));
}

static json_t *
stored_patient(const struct stored *s)
{
	return (s->patient.chart_number[0] == '\0' ? json_null() :
	    view_patient(&s->patient));
}

static json_t *
stored_consent(const struct record *rec)
{
	static const struct visit nobody;

	return (rec->consent != NULL ? json_incref(rec->consent) :
	    visit_consent_json(&nobody));
}

enum err
view_stored(struct store *st, const char *id, json_t **out)
{
	struct stored s = { .result = NULL };
	struct head h;
	struct body b;
	enum err r;

	*out = NULL;
	if ((r = record_get(st, id, &s.rec)) == ERR_OK &&
	    (r = add_to(st, &s)) == ERR_OK) {
		h = stored_head(&s);
		b = (struct body){ json_null(), json_null(), json_null(),
		    stored_consent(&s.rec), s.rec.identity == NULL ?
		    json_null() : json_incref(s.rec.identity),
		    stored_error(&s.rec), s.result == NULL ? json_null() :
		    veil_result(s.result), 0 };
		if ((*out = visit_of(&h, &b)) == NULL)
			r = ERR_NOMEM;
		else
			json_object_set_new(*out, "patient",
			    stored_patient(&s));
	}
	stored_wipe(&s);
	return (r);
}

struct ids {
	char	(*ids)[VISIT_ID_LEN];
	size_t	 n, room;
};

static enum err
keep_id(void *ctx, const struct val *cols, size_t n)
{
	struct ids *ids = ctx;

	if (n != C_COUNT || ids->n == ids->room)
		return (ERR_STORE);
	snprintf(ids->ids[ids->n++], VISIT_ID_LEN, "%s",
	    val_str(&cols[C_ID]));
	return (ERR_OK);
}

static enum err
add_row(struct store *st, const char *id, json_t *rows)
{
	struct stored s = { .result = NULL };
	struct head h;
	json_t *row = NULL;
	enum err r;

	if ((r = record_get(st, id, &s.rec)) == ERR_OK &&
	    (r = add_to(st, &s)) == ERR_OK) {
		h = stored_head(&s);
		row = head_json(&h);
		json_object_set_new(row, "patient", stored_patient(&s));
		if (json_array_append_new(rows, row) != 0)
			r = ERR_NOMEM;
	}
	stored_wipe(&s);
	return (r);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

enum err
view_rows(struct store *st, const struct view_span *span, json_t **rows,
    int64_t *total)
{
	const struct val p[] = { val_int(span->from), val_int(span->before),
	    val_int(span->limit), val_int(span->offset) };
	struct ids ids = { .room = (size_t)span->limit };
	enum err r = ERR_NOMEM;

	*total = 0;
	if ((*rows = json_array()) != NULL &&
	    (ids.ids = calloc(ids.room, sizeof(*ids.ids))) != NULL)
		r = store_run(st, SQL_VISIT_DAY, p, 4, keep_id, &ids, NULL);
	if (r == ERR_OK)
		r = store_run(st, SQL_VISIT_DAY_COUNT, p, 2, count_row, total,
		    NULL);
	for (size_t i = 0; r == ERR_OK && i < ids.n; i++)
		r = add_row(st, ids.ids[i], *rows);
	free(ids.ids);
	if (r != ERR_OK) {
		json_decref(*rows);
		*rows = NULL;
	}
	return (r);
}
