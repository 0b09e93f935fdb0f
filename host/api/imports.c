#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/api/findings.h"
#include "host/api/kept.h"
#include "host/api/rows.h"
#include "host/export/report.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FINDINGS_MAX	100	/* openapi.yaml: each is a transaction */
#define WAITING_MAX	200	/* openapi.yaml: each is compared */

/* --- lists --- */

static enum err
import_rows(struct call *c, const struct import_query *query, json_t **rows,
    int64_t *total)
{
	json_t *got = NULL, *row;
	enum err r;
	size_t i;

	*rows = json_array();
	if ((r = import_list(c->conf->store, query, &got)) != ERR_OK)
		return (r);
	json_array_foreach(json_object_get(got, "imports"), i, row)
		json_array_append_new(*rows, rows_import(c, row));
	*total = json_integer_value(json_object_get(got, "total"));
	json_decref(got);
	return (ERR_OK);
}

/* COS-36: both stamps survive a restart. */
static enum err
add_stamps(struct call *c)
{
	int64_t asked = 0, imported = 0;
	enum err r;

	if ((r = import_stamps(c->conf->store, &asked, &imported)) != ERR_OK)
		return (r);
	json_object_set_new(c->answer->json, "last_asked_at",
	    view_time(asked));
	json_object_set_new(c->answer->json, "last_imported_at",
	    view_time(imported));
	return (ERR_OK);
}

enum err
imports_list(struct call *c)
{
	static const char *const yes[] = { "yes", NULL };
	static const struct body_rule rules[] = {
		{ "from", BODY_DATE, 0, 0, 0, NULL, NULL },
		{ "to", BODY_DATE, 0, 0, 0, NULL, NULL },
		{ "chart_number", BODY_TEXT, 0, 1, 32, BODY_PRINT, NULL },
		{ "finding", BODY_ID, 0, 0, 0, NULL, NULL },
		{ "batch", BODY_ID, 0, 0, 0, NULL, NULL },
		{ "to_review", BODY_TEXT, 0, 0, 0, NULL, yes },
		QUERY_LIMIT, QUERY_OFFSET };
	struct query q[LEN(rules)];
	json_t *rows = NULL;
	int64_t total = 0;
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		const struct import_query query = {
		    .from = query_day_ms(&q[0], 0),
		    .before = query_day_ms(&q[1], 1),
		    .chart_number = query_or_null(&q[2]),
		    .finding = query_or_null(&q[3]),
		    .batch = query_or_null(&q[4]), .to_review = q[5].has,
		    .limit = (int64_t)query_limit(&q[6]),
		    .offset = q[7].number };

		r = import_rows(c, &query, &rows, &total);
	}
	if (r != ERR_OK) {
		json_decref(rows);
		return (r);
	}
	if ((r = call_page(c, "imports", rows, total, &q[7])) != ERR_OK)
		return (r);
	return (add_stamps(c));
}

/* --- what waits --- */

struct waiting {
	struct call	*call;
	json_t		*rows;
	size_t		 looked_at;
	int		 new;
};

/* 新規利用者の資格一覧: nothing of the patient is on record, or whose it is
 * is not decided.  取込利用者一覧: it changes what is on record. */
static int
is_wanted(const struct waiting *w, const struct suggestion *g)
{
	int first = strcmp(g->why, "first") == 0;

	if (w->new)
		return (first || strcmp(g->why, "unmatched") == 0);
	return (!first && !g->nothing && (g->action == APPLY_RENEW ||
	    g->action == APPLY_OVERWRITE));
}

static json_t *
suggestion_json(const struct suggestion *g)
{
	const char *word = g->nothing ? NULL : rows_action(g->action);

	return (json_pack("{s:s?, s:o, s:o, s:I, s:s?}", "action", word,
	    "label", rows_action_label(word == NULL ? "" : word),
	    "why", view_text(import_why_text(g->why, ERR_JA),
	    import_why_text(g->why, ERR_EN)),
	    "changed", (json_int_t)g->changed, "confirm",
	    strcmp(g->why, "unmatched") == 0 ? NULL :
	    confirm_word(g->confirm)));
}

static json_t *
waiting_json(struct call *c, const struct finding *f,
    const struct suggestion *g)
{
	int aid = offer_is_aid_number(f->insurer_number);

	return (json_pack("{s:s, s:s?, s:o, s:s, s:s, s:s, s:s, s:s, s:s, "
	    "s:o}", "finding", f->id, "chart_number", f->chart_number[0] ==
	    '\0' ? NULL : f->chart_number,
	    "patient", rows_patient(c, f->chart_number),
	    "name", f->name, "link", f->link[0] == '\0' ? "nobody" : f->link,
	    "kind", aid ? "生保" : "保険",
	    "insurer_number", f->insurer_number,
	    "insured_card_symbol", f->insured_card_symbol,
	    "insured_identification_number", f->insured_identification_number,
	    "suggestion", suggestion_json(g)));
}

static enum err
waiting_row(void *ctx, const struct finding *f)
{
	struct waiting *w = ctx;
	struct suggestion g;
	enum err r;

	w->looked_at++;
	r = import_suggest(w->call->conf->store, f, NULL, &g);
	if (r == ERR_NO_PATIENT)	/* he is gone */
		return (ERR_OK);
	if (r != ERR_OK || !is_wanted(w, &g))
		return (r);
	return (json_array_append_new(w->rows, waiting_json(w->call, f, &g))
	    == 0 ? ERR_OK : ERR_NOMEM);
}

static const char *
waiting_text(const struct waiting *w)
{
	if (w->new)
		return (json_array_size(w->rows) > 0 ?
		    "オンライン資格確認システムから資格情報を取得しました。" :
		    "新規利用者の資格はありませんでした。");
	return (json_array_size(w->rows) > 0 ? "資格情報を取得しました。" :
	    "更新対象の資格はありませんでした。");
}

enum err
imports_waiting(struct call *c)
{
	static const char *const kinds[] = { "new", "changed", NULL };
	static const struct body_rule rules[] = {
		{ "kind", BODY_TEXT, 0, 0, 0, NULL, kinds },
		{ "job", BODY_ID, 0, 0, 0, NULL, NULL },
		{ "limit", BODY_INT, 0, 1, WAITING_MAX, NULL, NULL },
		QUERY_OFFSET };
	struct query q[LEN(rules)];
	struct waiting w = { .call = c, .rows = json_array() };
	int64_t total = 0;
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		const struct finding_query query = { .state = "new",
		    .outcome = "accepted", .job = query_or_null(&q[1]),
		    .limit = q[2].has ? (size_t)q[2].number : WAITING_MAX,
		    .offset = (size_t)q[3].number, .data = 1 };

		w.new = strcmp(q[0].text, "new") == 0;
		r = finding_list(c->conf->store, &query, waiting_row, &w,
		    &total);
	}
	if (r != ERR_OK) {
		json_decref(w.rows);
		return (r);
	}
	return (call_json(c, 200, json_pack("{s:I, s:I, s:i, s:I, s:s, s:o}",
	    "total", (json_int_t)json_array_size(w.rows),
	    "pending", (json_int_t)total, "offset", q[3].number,
	    "looked_at", (json_int_t)w.looked_at, "text", waiting_text(&w),
	    "waiting", w.rows)));
}

/* --- applying --- */

static json_t *
counts_json(const json_t *n)
{
	return (json_pack("{s:o, s:o, s:o}", "imported", rows_count(n,
	    "imported"), "unchanged", rows_count(n, "unchanged"),
	    "refused", rows_count(n, "refused")));
}

/* Schema Batch. */
static json_t *
batch_json(const json_t *b)
{
	json_t *rows = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(b, "rows"), i, row)
		json_array_append_new(rows, rows_report(row));
	return (json_pack("{s:o, s:o, s:s, s:s, s:o, s:o}",
	    "batch", rows_word(b, "batch"), "at", rows_time(b, "at"),
	    "client", rows_text(b, "client"), "staff", rows_text(b, "staff"),
	    "counts", counts_json(json_object_get(b, "counts")),
	    "rows", rows));
}

static const char *const action_words[] = { "renew", "overwrite",
    "new_patient", "confirm", "reference", NULL };
/* Of DEN-14; host/ledger/compare.h has the same. */
static const char *const field_words[] = { "kana", "name", "sex", "birthdate",
    "post_number", "address", "insurer_number", "insured_card_symbol",
    "insured_identification_number", "insured_branch_number",
    "personal_family_classification", "insured_name", "details",
    "valid_from", "valid_until", "issued_on", "limit_from", "limit_until",
    NULL };

static const struct body_rule apply_rules[] = {
	{ "findings", BODY_IDS, 1, 1, FINDINGS_MAX, NULL, NULL },
	{ "action", BODY_TEXT, 0, 0, 0, NULL, action_words },
	{ "chart_number", BODY_TEXT, 0, 1, 32, BODY_PRINT, NULL },
	{ "switch_on", BODY_DATE, 0, 0, 0, NULL, NULL },
	{ "fields", BODY_WORDS, 0, 1, 18, NULL, field_words },
	{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL },
	{ "reason", BODY_TEXT, 0, 1, 200, NULL, NULL },
};

/* Members that go with some actions only. */
static enum err
goes_together(struct call *c, const struct import_ask *ask)
{
	const json_t *body = c->req->json;
	const char *action = body_text(body, "action");

	if (ask->n != 1 && ask->chart_number != NULL)
		return (call_refuse(c, ERR_BAD_REQUEST, "chart_number"));
	if (strcmp(action, "new_patient") == 0 && ask->chart_number == NULL)
		return (call_refuse(c, ERR_BAD_REQUEST, "chart_number"));
	if (ask->switch_on[0] != '\0' && strcmp(action, "renew") != 0)
		return (call_refuse(c, ERR_BAD_REQUEST, "switch_on"));
	if ((ask->n_fields > 0) != (strcmp(action, "overwrite") == 0))
		return (call_refuse(c, ERR_BAD_REQUEST, "fields"));
	return (ERR_OK);
}

static enum err
apply_all(struct call *c, struct import_ask *ask, json_t **out)
{
	const json_t *body = c->req->json;
	const char **ids = body_list(body, "findings", &ask->n),
	    **fields = body_list(body, "fields", &ask->n_fields);
	enum err r = ERR_NOMEM;

	ask->findings = ids;
	ask->fields = fields;
	if (ids != NULL && (fields != NULL || ask->n_fields == 0) &&
	    (r = goes_together(c, ask)) == ERR_OK)
		r = import_apply(c->conf->store, ask, out, &c->note);
	free(ids);
	free(fields);
	return (r);
}

static void
tell_all(struct call *c, const json_t *batch)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(batch, "rows"), i, row) {
		if (strcmp(rows_text(row, "outcome"), "imported") == 0)
			rows_tell(c, "import", rows_text(row, "id"), "open");
	}
}

/* Ids and codes alone: what an import did is its own report's to say. */
static json_t *
kept_row(const json_t *row)
{
	const json_t *error = json_object_get(row, "error");

	return (json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "id", rows_word(row, "id"), "finding", rows_text(row, "finding"),
	    "chart_number", rows_text(row, "chart_number"),
	    "action", rows_text(row, "action"),
	    "outcome", rows_text(row, "outcome"),
	    "code", rows_text(error, "code"),
	    "detail", rows_text(error, "detail")));
}

static void
keep(struct call *c, const json_t *batch)
{
	json_t *rows = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(batch, "rows"), i, row)
		json_array_append_new(rows, kept_row(row));
	kept_add(c, "import_batch", json_pack("{s:O, s:O, s:O, s:o}",
	    "batch", json_object_get(batch, "batch"),
	    "at", json_object_get(batch, "at"),
	    "counts", json_object_get(batch, "counts"), "rows", rows));
}

enum err
imports_apply(struct call *c)
{
	const json_t *body = c->req->json;
	enum apply_action action;
	char switch_on[9];
	struct import_ask ask = { .who = rows_who(c) };
	json_t *batch = NULL;
	enum err r;

	if ((r = call_body(c, apply_rules, LEN(apply_rules))) != ERR_OK)
		return (r);
	action = rows_action_of(body_text(body, "action"));
	if (action != APPLY_ACTIONS)
		ask.action = &action;
	body_digits(body_text(body, "switch_on"), switch_on);
	ask.switch_on = switch_on;
	if (body_text(body, "chart_number")[0] != '\0')
		ask.chart_number = body_text(body, "chart_number");
	if ((r = apply_all(c, &ask, &batch)) != ERR_OK)
		return (r);
	keep(c, batch);
	tell_all(c, batch);
	r = call_json(c, 201, batch_json(batch));
	json_decref(batch);
	return (r);
}

/* --- the same request again --- */

/* Of what changed nothing, or was refused, there is no report. */
static json_t *
bare_report(struct call *c, const json_t *row, const json_t *at)
{
	const char *chart = rows_text(row, "chart_number"),
	    *code = rows_text(row, "code");
	struct patient p = { .name = "" };
	json_t *o;

	if (chart[0] == '\0' || strcmp(rows_text(row, "outcome"), "refused") ==
	    0 || patient_get(c->conf->store, chart, &p) != ERR_OK)
		p.name[0] = '\0';
	o = json_pack("{s:n, s:O, s:O, s:O, s:s, s:O, s:O, s:o, s:[], s:[], "
	    "s:[], s:b}", "id", "at", at,
	    "finding", json_object_get(row, "finding"),
	    "chart_number", json_object_get(row, "chart_number"),
	    "name", p.name, "action", json_object_get(row, "action"),
	    "outcome", json_object_get(row, "outcome"), "error",
	    code[0] == '\0' ? json_null() : json_pack("{s:s, s:s}", "code",
	    code, "detail", rows_text(row, "detail")),
	    "sections", "display", "manual", "review", 0);
	patient_wipe(&p);
	return (o);
}

static enum err
add_reports(struct call *c, json_t *kept, json_t *out)
{
	const json_t *row, *at = json_object_get(kept, "at");
	json_t *report;
	enum err r = ERR_OK;
	size_t i;

	json_array_foreach(json_object_get(kept, "rows"), i, row) {
		report = NULL;
		if (rows_text(row, "id")[0] == '\0')
			report = bare_report(c, row, at);
		else if ((r = import_report(c->conf->store, rows_text(row,
		    "id"), &report)) != ERR_OK)
			return (r);
		if (json_array_append_new(out, report) != 0)
			return (ERR_NOMEM);
	}
	return (r);
}

enum err
imports_batch_again(struct call *c)
{
	json_t *kept = NULL, *rows = json_array();
	enum err r;

	if ((r = kept_find(c, &kept)) == ERR_OK &&
	    (r = add_reports(c, kept, rows)) == ERR_OK &&
	    json_object_set(kept, "rows", rows) == 0)
		r = call_json(c, 201, batch_json(kept));
	json_decref(rows);
	json_decref(kept);
	return (r);
}

/* --- one --- */

static enum err
show(struct call *c, const char *id)
{
	json_t *got = NULL;
	enum err r;

	if ((r = import_get(c->conf->store, id, &got)) != ERR_OK)
		return (r);
	r = call_json(c, 200, rows_import(c, got));
	json_decref(got);
	return (r);
}

enum err
imports_get(struct call *c)
{
	return (show(c, c->param));
}

enum err
imports_again(struct call *c)
{
	return (show(c, c->subject));
}

static enum err
changed(struct call *c)
{
	enum err r;

	snprintf(c->subject, sizeof(c->subject), "%s", c->param);
	if ((r = show(c, c->param)) == ERR_OK)
		rows_tell(c, "import", c->param, rows_text(c->answer->json,
		    "state"));
	return (r);
}

enum err
imports_undo(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL },
		{ "reason", BODY_TEXT, 1, 1, 200, NULL, NULL } };
	const struct audit_who who = rows_who(c);
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = import_undo(c->conf->store, c->param, &who, &c->note)) !=
	    ERR_OK)
		return (r);
	return (changed(c));
}

enum err
imports_review(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	const struct audit_who who = rows_who(c);
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = import_review(c->conf->store, c->param, &who)) != ERR_OK)
		return (r);
	return (changed(c));
}

/* --- the report of its batch --- */

static enum err
paper_of(struct call *c, struct paper **out)
{
	json_t *one = NULL, *batch = NULL;
	enum err r;

	if ((r = query_take(c, NULL, 0, NULL)) != ERR_OK ||
	    (r = import_get(c->conf->store, c->param, &one)) != ERR_OK)
		return (r);
	if ((r = import_batch(c->conf->store, rows_text(one, "batch"),
	    &batch)) == ERR_OK)
		r = report_import(batch, json_integer_value(json_object_get(
		    one, "at")), out);
	json_decref(one);
	json_decref(batch);
	return (r);
}

static enum err
print(struct call *c, enum err (*form)(struct paper *, struct blob *),
    const char *type)
{
	struct paper *p = NULL;
	enum err r;

	if ((r = paper_of(c, &p)) == ERR_OK &&
	    (r = form(p, &c->answer->bytes)) == ERR_OK) {
		c->answer->status = 200;
		c->answer->type = type;
	}
	paper_free(&p);
	return (r);
}

enum err
imports_report(struct call *c)
{
	return (print(c, paper_text, "text/plain; charset=utf-8"));
}

enum err
imports_print(struct call *c)
{
	return (print(c, paper_html, "text/html; charset=utf-8"));
}
