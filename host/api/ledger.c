#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/api/labels.h"
#include "host/api/query.h"
#include "host/api/rows.h"
#include "host/ledger/holding.h"
#include "host/ledger/link.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define IMPORTS	20		/* openapi.yaml */
#define GRANTS	500

#define CHART(needed)							\
	{ "chart_number", BODY_TEXT, needed, 1, 32, BODY_PRINT, NULL }
#define STAFF	{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL }

/* --- a patient with everything --- */

static json_t *
coverage_row(const struct coverage *v, const char *today)
{
	json_t *fields = json_array(), *value;
	const char *word;

	json_object_foreach(v->fields, word, value)
		json_array_append_new(fields, labels_word(word,
		    json_string_value(value)));
	return (json_pack("{s:s?, s:s, s:o, s:o, s:o, s:b, s:s?, s:o, s:o}",
	    "id", v->id[0] == '\0' ? NULL : v->id, "kind", coverage_word(v->kind),
	    "label", view_text(coverage_label(v->kind, ERR_JA),
	    coverage_label(v->kind, ERR_EN)),
	    "valid_from", view_date(v->valid_from),
	    "valid_until", view_date(v->valid_until),
	    "current", coverage_holds(v, today),
	    "finding", v->finding[0] == '\0' ? NULL : v->finding,
	    "fields", fields, "created_at", view_time(v->created_at)));
}

static json_t *
coverage_rows(const struct coverages *all)
{
	json_t *rows = json_array();
	char today[DAY_LEN];

	day_today(today);
	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(rows, coverage_row(&all->row[i], today));
	return (rows);
}

struct list {
	struct call	*call;
	json_t		*rows;
};

static enum err
grant_row(void *ctx, const struct grant *g)
{
	struct list *l = ctx;

	return (json_array_append_new(l->rows, rows_grant(l->call, g)) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

static enum err
count_document(void *ctx, const struct document *d)
{
	(void)d;
	++*(int64_t *)ctx;
	return (ERR_OK);
}

/* Consents, imports, documents. */
static enum err
add_course(struct call *c, const char *chart, json_t *o)
{
	const struct grant_query grants = { .chart_number = chart,
	    .limit = GRANTS };
	const struct import_query imports = { .chart_number = chart,
	    .limit = IMPORTS };
	struct list l = { c, json_array() };
	json_t *got = NULL, *rows = json_array(), *row;
	int64_t documents = 0;
	enum err r;
	size_t i;

	if ((r = grant_list(c->conf->store, &grants, grant_row, &l, NULL)) ==
	    ERR_OK && (r = import_list(c->conf->store, &imports, &got)) ==
	    ERR_OK)
		r = document_list(c->conf->store, chart, count_document,
		    &documents);
	json_array_foreach(json_object_get(got, "imports"), i, row)
		json_array_append_new(rows, rows_import(c, row));
	json_object_set_new(o, "consents", l.rows);
	json_object_set_new(o, "imports", rows);
	json_object_set_new(o, "imports_total", rows_count(got, "total"));
	json_object_set_new(o, "documents_total", json_integer(documents));
	json_decref(got);
	return (r);
}

static json_t *
detail_of(const struct holding *h)
{
	const struct patient *p = &h->patient;
	json_t *o = view_patient(p), *more;

	more = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:[]}",
	    "post_number", p->post_number, "address", p->address,
	    "insurer_number", p->insurer_number,
	    "insured_card_symbol", p->insured_card_symbol,
	    "insured_identification_number", p->insured_identification_number,
	    "insured_branch_number", p->insured_branch_number,
	    "confirmed_on", view_date(p->confirmed_on),
	    "coverages", coverage_rows(&h->coverages), "warnings");
	if (o == NULL || more == NULL || json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	return (o);
}

/* Schema PatientDetail. */
static enum err
show(struct call *c, const char *chart, int status)
{
	struct holding h;
	json_t *o;
	enum err r;

	if ((r = holding_load(c->conf->store, chart, &h)) != ERR_OK)
		return (r);
	o = detail_of(&h);
	holding_free(&h);
	if (o == NULL)
		return (ERR_NOMEM);
	if ((r = add_course(c, chart, o)) == ERR_OK)
		return (call_json(c, status, o));
	json_decref(o);
	return (r);
}

enum err
ledger_patient(struct call *c)
{
	static const struct body_rule rules[] = { CHART(1) };
	struct query q[LEN(rules)];
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) != ERR_OK)
		return (r);
	return (show(c, q[0].text, 200));
}

/* A chart number is kept nowhere but in the answer: the same request again
 * says which it was. */
enum err
ledger_again(struct call *c)
{
	enum err r;

	if ((r = show(c, body_text(c->req->json, "chart_number"), 200)) ==
	    ERR_NO_PATIENT)
		r = ERR_NOT_NOW;
	return (r);
}

/* --- by hand --- */

static const char *const sexes[] = { "male", "female", "unknown", NULL };

static const struct body_rule put_rules[] = {
	CHART(1),
	{ "name", BODY_TEXT, 0, 0, 100, NULL, NULL },
	{ "kana", BODY_TEXT, 0, 0, 100, NULL, NULL },
	{ "sex", BODY_TEXT, 0, 0, 0, NULL, sexes },
	{ "birthdate", BODY_DATE, 0, 0, 0, NULL, NULL },
	{ "post_number", BODY_TEXT, 0, 0, 8, BODY_DIGITS "-", NULL },
	{ "address", BODY_TEXT, 0, 0, 200, NULL, NULL },
	{ "insurer_number", BODY_TEXT, 0, 0, 8, BODY_DIGITS, NULL },
	{ "insured_card_symbol", BODY_TEXT, 0, 0, 20, NULL, NULL },
	{ "insured_identification_number", BODY_TEXT, 0, 0, 20, NULL, NULL },
	{ "insured_branch_number", BODY_TEXT, 0, 0, 2, BODY_DIGITS, NULL },
	STAFF,
};

/* NNN-NNNN, with or without the hyphen, or nothing. */
static int
is_post_number(const char *s)
{
	size_t n = strlen(s), head = strspn(s, BODY_DIGITS);

	return (n == 0 || (n == 7 && head == 7) ||
	    (n == 8 && head == 3 && s[3] == '-' &&
	    strspn(s + 4, BODY_DIGITS) == 4));
}

/* What the rules cannot say. */
static enum err
check_forms(struct call *c)
{
	const json_t *body = c->req->json;

	if (!is_post_number(body_text(body, "post_number")))
		return (call_refuse(c, ERR_BAD_REQUEST, "post_number"));
	if (strlen(body_text(body, "insured_branch_number")) == 1)
		return (call_refuse(c, ERR_BAD_REQUEST,
		    "insured_branch_number"));
	return (ERR_OK);
}

/* {column: text}, as a line of a CSV file has them. */
static json_t *
values_of(const json_t *body)
{
	json_t *values = json_copy((json_t *)(uintptr_t)body);
	const char *sex = body_text(body, "sex");
	char birthdate[9];

	json_object_del(values, "chart_number");
	json_object_del(values, "staff");
	body_digits(body_text(body, "birthdate"), birthdate);
	if (birthdate[0] != '\0')
		json_object_set_new(values, "birthdate",
		    json_string(birthdate));
	if (sex[0] != '\0')
		json_object_set_new(values, "sex", json_string(
		    strcmp(sex, "male") == 0 ? "1" :
		    strcmp(sex, "female") == 0 ? "2" : ""));
	return (values);
}

/* Findings that wait for this patient. */
static enum err
relink(struct call *c, const char *chart)
{
	struct patient p;
	enum err r;

	if ((r = patient_get(c->conf->store, chart, &p)) != ERR_OK)
		return (r);
	if (p.birthdate[0] != '\0')
		r = finding_relink(c->conf->store, p.birthdate, NULL);
	patient_wipe(&p);
	return (r);
}

static enum err
save(struct call *c, const char *chart, int *fresh, json_t *warnings)
{
	const struct audit_who who = rows_who(c);
	json_t *values = values_of(c->req->json);
	struct patient p;
	enum err r;

	*fresh = patient_get(c->conf->store, chart, &p) == ERR_NO_PATIENT;
	patient_wipe(&p);
	r = patient_save(c->conf->store, chart, values, *fresh, &who,
	    warnings, &c->note);
	json_decref(values);
	return (r);
}

enum err
ledger_put(struct call *c)
{
	const char *chart;
	json_t *warnings;
	int fresh = 0;
	enum err r;

	if ((r = call_body(c, put_rules, LEN(put_rules))) != ERR_OK ||
	    (r = check_forms(c)) != ERR_OK)
		return (r);
	chart = body_text(c->req->json, "chart_number");
	warnings = json_array();
	if ((r = save(c, chart, &fresh, warnings)) == ERR_OK &&
	    (r = relink(c, chart)) == ERR_OK &&
	    (r = show(c, chart, fresh ? 201 : 200)) == ERR_OK)
		json_object_set(c->answer->json, "warnings", warnings);
	json_decref(warnings);
	return (r);
}

enum err
ledger_unlink(struct call *c)
{
	static const struct body_rule rules[] = { CHART(1), STAFF,
		{ "reason", BODY_TEXT, 1, 1, 200, NULL, NULL } };
	const struct audit_who who = rows_who(c);
	const char *chart = body_text(c->req->json, "chart_number");
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = link_unset(c->conf->store, chart, &who, &c->note)) != ERR_OK)
		return (r);
	return (show(c, chart, 200));
}

/* In one transaction with its row of the audit. */
static enum err
confirm(struct call *c, const char *chart)
{
	const struct audit_who who = rows_who(c);
	struct store *s = c->conf->store;
	char today[DAY_LEN];
	enum err r;

	day_today(today);
	if ((r = store_begin(s)) != ERR_OK)
		return (r);
	if ((r = patient_confirm(s, chart, today)) == ERR_OK)
		r = audit_add(s, &who, "confirm", AUDIT_PATIENT, chart, "");
	if (r == ERR_OK)
		return (store_commit(s));
	store_rollback(s);
	return (r);
}

enum err
ledger_confirm(struct call *c)
{
	static const struct body_rule rules[] = { CHART(1), STAFF };
	const char *chart = body_text(c->req->json, "chart_number");
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = confirm(c, chart)) != ERR_OK)
		return (r);
	return (show(c, chart, 200));
}

/* --- the consent calendar --- */

enum err
ledger_consents(struct call *c)
{
	static const char *const items[] = { "limit", "disease", "checkup",
	    "drug", "diagnosis", "operation", "diagnosis_name", "infection",
	    "allergy", "contraindication", "test", "prescription", NULL };
	static const char *const ended[] = { "yes", "no", NULL };
	static const struct body_rule rules[] = { CHART(0),
		{ "item", BODY_TEXT, 0, 0, 0, NULL, items },
		{ "ends_before", BODY_DATE, 0, 0, 0, NULL, NULL },
		{ "ended", BODY_TEXT, 0, 0, 0, NULL, ended },
		QUERY_LIMIT, QUERY_OFFSET };
	struct query q[LEN(rules)];
	struct list l = { c, json_array() };
	int64_t total = 0;
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		const struct grant_query query = {
		    .chart_number = query_or_null(&q[0]),
		    .item = query_or_null(&q[1]),
		    .ends_before = query_day_ms(&q[2], 0),
		    .ended = !q[3].has ? 0 :
		    strcmp(q[3].text, "yes") == 0 ? 1 : -1,
		    .limit = query_limit(&q[4]),
		    .offset = (size_t)q[5].number };

		r = grant_list(c->conf->store, &query, grant_row, &l, &total);
	}
	if (r == ERR_OK)
		return (call_page(c, "consents", l.rows, total, &q[5]));
	json_decref(l.rows);
	return (r);
}
