#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "driver/errname.h"
#include "host/api/query.h"
#include "host/filing/slips.h"
#include "host/qualify/veil.h"
#include "host/slip/slip.h"
#include "host/visit/face.h"
#include "host/visit/person.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define PATIENTS_MAX	50	/* openapi.yaml */
#define UNBOUND_MS	((int64_t)24 * 3600 * 1000)	/* a day at the desk */

static json_t *
word(const struct val *col)
{
	return (val_str(col)[0] == '\0' ? json_null() :
	    json_string(val_str(col)));
}

/* --- requests --- */

static enum err
request_row(void *ctx, const struct val *c, size_t n)
{
	json_t *o;

	if (n != 10)
		return (ERR_STORE);
	o = json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o}",
	    "file", val_str(&c[0]), "kind", val_str(&c[2]),
	    "visit", word(&c[3]), "chart_number", word(&c[4]),
	    "state", val_str(&c[5]), "created_at", view_time(val_num(&c[6])),
	    "answered_at", view_time(val_num(&c[7])),
	    "outcome", word(&c[8]), "message", word(&c[9]));
	return (json_array_append_new(ctx, o) == 0 ? ERR_OK : ERR_NOMEM);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

enum err
desk_requests(struct call *c)
{
	static const char *const names[] = { "limit", NULL };
	static const int bounds[] = { 1, 500 };
	int limit = 100;
	int64_t total = 0;
	json_t *rows = json_array();
	enum err r;

	if ((r = call_only(c, names)) == ERR_OK &&
	    (r = call_number(c, "limit", &limit, bounds)) == ERR_OK) {
		const struct val p = val_int(limit);

		r = store_run(c->conf->store, SQL_REQUEST_LIST, &p, 1,
		    request_row, rows, NULL);
	}
	if (r == ERR_OK)
		r = store_run(c->conf->store, SQL_REQUEST_COUNT, NULL, 0,
		    count_row, &total, NULL);
	if (r != ERR_OK) {
		json_decref(rows);
		return (r);
	}
	return (call_list(c, "requests", rows, total));
}

/* --- records of home visits that were refused --- */

static enum err
refusal_row(void *ctx, const struct filing_refusal *row)
{
	enum err why;

	(void)errname_find(row->reason, strlen(row->reason), &why);
	return (json_array_append_new(ctx, json_pack("{s:o, s:s, s:o}",
	    "at", view_time(row->at), "device", row->device,
	    "why", view_error(why, ""))) == 0 ? ERR_OK : ERR_NOMEM);
}

enum err
desk_refused(struct call *c)
{
	static const char *const names[] = { "limit", NULL };
	static const int bounds[] = { 1, 500 };
	json_t *rows = json_array();
	int64_t total = 0;
	int limit = 100;
	enum err r;

	if ((r = call_only(c, names)) == ERR_OK &&
	    (r = call_number(c, "limit", &limit, bounds)) == ERR_OK)
		r = filing_refusals(c->conf->store, limit, refusal_row, rows,
		    &total);
	if (r != ERR_OK) {
		json_decref(rows);
		return (r);
	}
	return (call_list(c, "refused", rows, total));
}

/* --- paper slips --- */

/* Scanned once more: the same visit, and no second one. */
enum err
desk_slip(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "text", BODY_TEXT, 1, 1, SLIP_TEXT_MAX + 64, NULL, NULL } };
	enum filing_verdict verdict;
	char id[VISIT_ID_LEN];
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = slips_file(c->conf->store, body_text(c->req->json, "text"),
	    id, &verdict)) != ERR_OK)
		return (r);
	snprintf(c->subject, sizeof(c->subject), "%s", id);
	return (visits_show(c, id, verdict == FILING_KNOWN ? 200 : 201));
}

/* --- patients --- */

struct search {
	const char	*chart_number, *birthdate;	/* "": any */
	struct blob	 name, kana;			/* keys; empty: any */
	json_t		*rows;
	int64_t		 total;
};

static int
holds(const char *text, enum err (*key)(const char *, struct blob *),
    const struct blob *part)
{
	struct blob k = { 0 };
	int found = key(text, &k) == ERR_OK &&
	    strstr(blob_str(&k), blob_str(part)) != NULL;

	blob_free(&k);
	return (found);
}

static int
is_meant(const struct search *s, const struct patient *p)
{
	if (s->chart_number[0] != '\0' &&
	    strcmp(s->chart_number, p->chart_number) != 0)
		return (0);
	return (s->name.len == 0 || holds(p->name, text_name_key, &s->name) ||
	    holds(p->kana, text_kana_key, &s->kana));
}

static enum err
search_row(void *ctx, const struct patient *p)
{
	struct search *s = ctx;

	if (!is_meant(s, p))
		return (ERR_OK);
	if (s->total++ < PATIENTS_MAX && json_array_append_new(s->rows,
	    view_patient(p)) != 0)
		return (ERR_NOMEM);
	return (ERR_OK);
}

static enum err
search(struct call *c, struct search *s, const char *name)
{
	enum err r = ERR_OK;

	if (s->chart_number[0] == '\0' && s->birthdate[0] == '\0' &&
	    name[0] == '\0') {
		note_set(&c->note, "chart_number, birthdate or name");
		return (ERR_BAD_REQUEST);
	}
	if (name[0] != '\0' &&
	    ((r = text_name_key(name, &s->name)) != ERR_OK ||
	    (r = text_kana_key(name, &s->kana)) != ERR_OK))
		return (r);
	return (patient_list(c->conf->store, s->birthdate, search_row, s));
}

enum err
desk_patients(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "chart_number", BODY_TEXT, 0, 1, 32, BODY_PRINT, NULL },
		{ "birthdate", BODY_DATE, 0, 0, 0, NULL, NULL },
		{ "name", BODY_TEXT, 0, 1, 100, NULL, NULL } };
	struct query q[LEN(rules)];
	struct search s = { .rows = json_array() };
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		s.chart_number = q[0].text;
		s.birthdate = q[1].day;
		r = search(c, &s, q[2].text);
	}
	blob_free(&s.name);
	blob_free(&s.kana);
	if (r != ERR_OK) {
		json_decref(s.rows);
		return (r);
	}
	return (call_list(c, "patients", s.rows, s.total));
}

/* --- results nobody is bound to --- */

struct kept {
	char		 digest[65];
	int64_t		 at;
	struct result	*result;
};

struct keep {
	struct kept	*rows;
	size_t		 n;
};

static enum err
keep_row(void *ctx, const struct val *c, size_t n)
{
	struct keep *all = ctx;
	struct kept *rows;
	enum err r;

	if (n != 5)
		return (ERR_STORE);
	rows = reallocarray(all->rows, all->n + 1, sizeof(*rows));
	if (rows == NULL)
		return (ERR_NOMEM);
	all->rows = rows;
	rows[all->n] = (struct kept){ .at = val_num(&c[3]) };
	snprintf(rows[all->n].digest, sizeof(rows[0].digest), "%s",
	    val_str(&c[0]));
	if ((r = result_read(val_str(&c[1]), c[4].data, c[4].len,
	    &rows[all->n].result, NULL)) == ERR_OK)
		all->n++;
	else	/* one that cannot be read hides no other */
		log_line(LOG_WARN, "desk", "a stored result: %s", err_name(r));
	return (ERR_OK);
}

static void
keep_free(struct keep *all)
{
	for (size_t i = 0; i < all->n; i++)
		result_free(&all->rows[i].result);
	free(all->rows);
}

/* Patients it may mean, and why none of them was taken. */
struct meant {
	const struct result	*result;
	json_t			*rows;
	int			 certain;
};

static enum err
meant_row(void *ctx, const struct patient *p)
{
	struct meant *m = ctx;
	enum match match = face_says(m->result, p);

	if (match == MATCH_NO)
		return (ERR_OK);
	m->certain += match == MATCH_CERTAIN;
	return (json_array_append_new(m->rows, view_patient(p)) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

static enum err
why_unbound(const struct meant *m)
{
	if (result_outcome(m->result) != RESULT_ACCEPTED)
		return (result_err(m->result));
	if (json_array_size(m->rows) > 1)
		return (ERR_MANY_MATCH);
	if (json_array_size(m->rows) == 0)
		return (ERR_NO_MATCH);
	/* One patient, and no visit was armed for it. */
	return (m->certain ? ERR_NOT_ARMED : ERR_UNSURE_MATCH);
}

static json_t *
sex_word(enum sex sex)
{
	return (sex == SEX_MALE ? json_string("male") :
	    sex == SEX_FEMALE ? json_string("female") : json_null());
}

static enum err
add_unbound(struct call *c, const struct kept *k, json_t *rows)
{
	struct match_person who = { .name = "", .kana = "",
	    .birthdate = "" };
	struct meant m = { .result = k->result, .rows = json_array() };
	enum err r = ERR_OK;

	if (result_records(k->result) > 0)
		who = person_of(k->result, 0);
	if (who.birthdate[0] != '\0')
		r = patient_list(c->conf->store, who.birthdate, meant_row,
		    &m);
	if (r != ERR_OK) {
		json_decref(m.rows);
		return (r);
	}
	return (json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:s, "
	    "s:s, s:o, s:o, s:o, s:o}", "result", k->digest,
	    "received_at", view_time(k->at), "confirmed_on",
	    view_date(result_field(k->result, RESULT_TOP,
	    FIELD_QualificationConfirmationDate)), "name", who.name,
	    "kana", who.kana, "sex", sex_word(who.sex),
	    "birthdate", view_date(who.birthdate),
	    "why", view_error(why_unbound(&m), ""),
	    "candidates", m.rows)) == 0 ? ERR_OK : ERR_NOMEM);
}

enum err
desk_results(struct call *c)
{
	const struct val since = val_int(clock_wall_ms() - UNBOUND_MS);
	struct keep all = { NULL, 0 };
	json_t *rows = json_array();
	enum err r;

	r = store_run(c->conf->store, SQL_RESULT_UNBOUND, &since, 1, keep_row,
	    &all, NULL);
	for (size_t i = 0; r == ERR_OK && i < all.n; i++)
		r = add_unbound(c, &all.rows[i], rows);
	keep_free(&all);
	if (r != ERR_OK) {
		json_decref(rows);
		return (r);
	}
	return (call_list(c, "results", rows,
	    (int64_t)json_array_size(rows)));
}

enum err
desk_result(struct call *c)
{
	const struct val p = val_text(c->param);
	struct keep all = { NULL, 0 };
	enum err r;

	r = store_run(c->conf->store, SQL_RESULT_FACE, &p, 1, keep_row,
	    &all, NULL);
	if (r == ERR_OK && all.n == 0)
		r = ERR_NO_SUCH;
	if (r == ERR_OK)
		r = call_json(c, 200, veil_result(all.rows[0].result));
	keep_free(&all);
	return (r);
}

enum err
desk_bind(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "chart_number", BODY_TEXT, 1, 1, 32, BODY_PRINT, NULL },
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	char id[VISIT_ID_LEN];
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = live_bind_named(c->conf->live, c->param,
	    body_text(c->req->json, "chart_number"),
	    body_text(c->req->json, "staff"), id)) != ERR_OK)
		return (r);
	snprintf(c->subject, sizeof(c->subject), "%s", id);
	snprintf(c->param, sizeof(c->param), "%s", id);
	if ((r = visits_get(c)) == ERR_OK)
		c->answer->status = 201;
	return (r);
}
