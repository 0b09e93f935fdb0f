#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "host/api/findings.h"
#include "host/api/labels.h"
#include "host/api/rows.h"
#include "host/ledger/day.h"
#include "host/ledger/label.h"
#include "host/ledger/match.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const sources[] = { "check", "face", "list", NULL };
static const char *const validities[] = { "1", "2", "3", "4", "5", "6", NULL };
static const char *const outcomes[] = { "accepted", "error", "refused", NULL };
static const char *const states[] = { "new", "same", "imported", "set_aside",
    NULL };
static const char *const links[] = { "certain", "chosen", "asked", "possible",
    "many", "none", "differs", NULL };

static const struct body_rule rules[FINDINGS_QUERY] = {
	[FQ_FROM] = { "from", BODY_DATE, 0, 0, 0, NULL, NULL },
	[FQ_TO] = { "to", BODY_DATE, 0, 0, 0, NULL, NULL },
	[FQ_CHART] = { "chart_number", BODY_TEXT, 0, 1, 32, BODY_PRINT, NULL },
	[FQ_NAME] = { "name", BODY_TEXT, 0, 1, 100, NULL, NULL },
	[FQ_KANA] = { "kana", BODY_TEXT, 0, 1, 100, NULL, NULL },
	[FQ_BIRTHDATE] = { "birthdate", BODY_DATE, 0, 0, 0, NULL, NULL },
	[FQ_INSURER] = { "insurer_number", BODY_TEXT, 0, 1, 8, BODY_DIGITS,
	    NULL },
	[FQ_SOURCE] = { "source", BODY_TEXT, 0, 0, 0, NULL, sources },
	[FQ_VALIDITY] = { "validity", BODY_TEXT, 0, 0, 0, NULL, validities },
	[FQ_OUTCOME] = { "outcome", BODY_TEXT, 0, 0, 0, NULL, outcomes },
	[FQ_STATE] = { "state", BODY_TEXT, 0, 0, 0, NULL, states },
	[FQ_LINK] = { "link", BODY_TEXT, 0, 0, 0, NULL, links },
	[FQ_JOB] = { "job", BODY_ID, 0, 0, 0, NULL, NULL },
	/* Each is read with all its data: a page is below 50 ms. */
	[FQ_LIMIT] = { "limit", BODY_INT, 0, 1, 250, NULL, NULL },
	[FQ_OFFSET] = QUERY_OFFSET,
};

const struct body_rule *
findings_rules(void)
{
	return (rules);
}

struct finding_query
findings_query(const struct query *q)
{
	return ((struct finding_query){
	    .from = query_day_ms(&q[FQ_FROM], 0),
	    .before = query_day_ms(&q[FQ_TO], 1),
	    .chart_number = query_or_null(&q[FQ_CHART]),
	    .name = query_or_null(&q[FQ_NAME]),
	    .kana = query_or_null(&q[FQ_KANA]),
	    .birthdate = q[FQ_BIRTHDATE].has ? q[FQ_BIRTHDATE].day : NULL,
	    .insurer_number = query_or_null(&q[FQ_INSURER]),
	    .source = query_or_null(&q[FQ_SOURCE]),
	    .validity = query_or_null(&q[FQ_VALIDITY]),
	    .outcome = query_or_null(&q[FQ_OUTCOME]),
	    .state = query_or_null(&q[FQ_STATE]),
	    .link = query_or_null(&q[FQ_LINK]),
	    .job = query_or_null(&q[FQ_JOB]),
	    .limit = query_limit(&q[FQ_LIMIT]),
	    .offset = (size_t)q[FQ_OFFSET].number, .data = 1 });
}

struct list {
	struct call	*call;
	json_t		*rows;
};

static enum err
list_row(void *ctx, const struct finding *f)
{
	struct list *l = ctx;

	return (json_array_append_new(l->rows, rows_finding(l->call, f)) == 0
	    ? ERR_OK : ERR_NOMEM);
}

/* A job's list may be long and is shown page by page; a search may not. */
enum err
findings_each(struct call *c, const struct finding_query *q,
    finding_each *each, void *ctx, int64_t *total)
{
	if (q->job != NULL)
		return (finding_list(c->conf->store, q, each, ctx, total));
	return (finding_search(c->conf->store, q, each, ctx, total,
	    &c->note));
}

enum err
findings_list(struct call *c)
{
	struct query q[FINDINGS_QUERY];
	struct list l = { c, json_array() };
	struct finding_query query;
	int64_t total = 0;
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		query = findings_query(q);
		r = findings_each(c, &query, list_row, &l, &total);
	}
	if (r == ERR_OK)
		r = call_page(c, "findings", l.rows, total, &q[FQ_OFFSET]);
	else
		json_decref(l.rows);
	secret_cleanse(q, sizeof(q));
	return (r);
}

/* --- one --- */

static json_t *
records_of(const struct finding *f)
{
	const json_t *all = json_object_get(f->data, "records"), *record;
	json_t *out = json_array();
	size_t i;

	json_array_foreach(all, i, record)
		json_array_append_new(out, labels_record(record));
	return (out);
}

struct meant {
	struct match_person	 who;
	json_t			*rows;
};

static enum err
meant_row(void *ctx, const struct patient *p)
{
	struct meant *m = ctx;

	if (match_one(&m->who, p) == MATCH_NO)
		return (ERR_OK);
	return (json_array_append_new(m->rows, view_patient(p)) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

/* Patients it may mean, while it is nobody's. */
static enum err
candidates_of(struct call *c, const struct finding *f, json_t **out)
{
	struct meant m = { { .name = f->name, .kana = f->kana,
	    .birthdate = f->birthdate, .sex = f->sex }, json_array() };
	enum err r = ERR_OK;

	if (f->chart_number[0] == '\0' && f->birthdate[0] != '\0')
		r = patient_list(c->conf->store, f->birthdate, meant_row, &m);
	*out = m.rows;
	return (r);
}

static enum err
imports_of(struct call *c, const struct finding *f, json_t **out)
{
	const struct import_query q = { .finding = f->id, .limit = 100 };
	json_t *got = NULL, *row;
	enum err r;
	size_t i;

	*out = json_array();
	if ((r = import_list(c->conf->store, &q, &got)) != ERR_OK)
		return (r);
	json_array_foreach(json_object_get(got, "imports"), i, row)
		json_array_append_new(*out, rows_import(c, row));
	json_decref(got);
	return (ERR_OK);
}

/* Schema Finding. */
static enum err
show(struct call *c, const char *id, int status)
{
	json_t *candidates = NULL, *imports = NULL;
	struct finding f;
	enum err r;

	if ((r = finding_get(c->conf->store, id, &f)) != ERR_OK) {
		finding_free(&f);
		return (r);
	}
	if ((r = candidates_of(c, &f, &candidates)) == ERR_OK &&
	    (r = imports_of(c, &f, &imports)) == ERR_OK) {
		r = call_json(c, status, json_pack("{s:o, s:o, s:O, s:o, "
		    "s:o}", "row", rows_finding(c, &f), "records",
		    records_of(&f), "data", f.data, "candidates", candidates,
		    "imports", imports));
	} else {
		json_decref(candidates);
		json_decref(imports);
	}
	finding_free(&f);
	return (r);
}

enum err
findings_get(struct call *c)
{
	return (show(c, c->param, 200));
}

/* --- beside the patient's --- */

static json_t *
side_fields(const json_t *fields)
{
	static const char *const labels[][3] = {
		{ "same", "同じ", "same" }, { "differs", "変更", "differs" },
		{ "new", "新規", "new" }, { "missing", "回答なし", "missing" },
	};
	json_t *out = json_array(), *row;
	const json_t *f;
	size_t i;

	json_array_foreach(fields, i, f) {
		const char *state = rows_text(f, "state"),
		    *word = rows_text(f, "field");

		row = json_pack("{s:s, s:o, s:s, s:o, s:s, s:o, s:s, s:O}",
		    "field", word, "label", rows_label(f),
		    "left", rows_text(f, "left"), "left_text",
		    labels_meaning(word, rows_text(f, "left")),
		    "right", rows_text(f, "right"), "right_text",
		    labels_meaning(word, rows_text(f, "right")),
		    "state", state, "may_overwrite", json_object_get(f,
		    "may_overwrite"));
		for (size_t k = 0; k < LEN(labels); k++) {
			if (strcmp(labels[k][0], state) == 0)
				json_object_set_new(row, "state_label",
				    view_text(labels[k][1], labels[k][2]));
		}
		json_array_append_new(out, row);
	}
	return (out);
}

static json_t *
side_of(const json_t *side)
{
	if (!json_is_object(side))
		return (json_null());
	return (json_pack("{s:b, s:o}", "other", json_is_true(json_object_get(
	    side, "other")), "fields", side_fields(json_object_get(side,
	    "fields"))));
}

json_t *
findings_suggestion(const json_t *s)
{
	const char *word = rows_text(s, "action");
	enum apply_action a = apply_action_of(word);

	if (!json_is_object(s))
		return (json_null());
	return (json_pack("{s:s?, s:o, s:o, s:o, s:o}", "action", rows_action(a),
	    "label", rows_action_label(a == APPLY_ACTIONS ? "" :
	    rows_action(a)), "why", rows_label(s),
	    "changed", rows_count(s, "changed"),
	    "confirm", rows_word(s, "confirm")));
}

static json_t *
reference_of(const json_t *r)
{
	return (json_pack("{s:s, s:o, s:o}", "state", rows_text(r, "state"),
	    "ours", rows_word(r, "ours"), "theirs", rows_word(r, "theirs")));
}

/* 限度額適用認定証: what it is and how long, of a coverage_json. */
static json_t *
shown_text(const json_t *row)
{
	const json_t *fields = json_object_get(row, "fields");
	char label[LABEL_ROOM], from[DAY_TEXT_LEN], until[DAY_TEXT_LEN];
	json_t *ja, *en, *out;

	label_limit(rows_text(fields, "classification_flag"), label);
	day_text(rows_text(row, "valid_from"), from);
	day_text(rows_text(row, "valid_until"), until);
	ja = json_sprintf("限度額適用認定証 %s %s～%s"
	    "（取り込みの対象ではありません。手で入力してください。）", label,
	    from, until);
	en = json_sprintf("limit certificate %s, valid %s - %s (is not taken "
	    "over: enter it by hand)", rows_text(fields,
	    "classification_flag"), rows_text(row, "valid_from"),
	    rows_text(row, "valid_until"));
	out = view_text(json_string_value(ja) == NULL ? "" :
	    json_string_value(ja), json_string_value(en) == NULL ? "" :
	    json_string_value(en));
	json_decref(ja);
	json_decref(en);
	return (out);
}

static json_t *
shown_texts(const json_t *rows)
{
	json_t *out = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		json_array_append_new(out, shown_text(row));
	return (out);
}

static json_t *
comparison_json(struct call *c, const json_t *o)
{
	return (json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:o, s:o}", "finding", c->param, "patient", rows_patient(c,
	    rows_text(o, "chart_number")), "chart_number", rows_word(o,
	    "chart_number"), "asked_on", rows_date(rows_text(o, "asked_on")),
	    "validity", rows_word(o, "validity"),
	    "suggestion", findings_suggestion(json_object_get(o,
	    "suggestion")), "switch_on", rows_date(rows_text(o, "switch_on")),
	    "reference", reference_of(json_object_get(o, "reference")),
	    "insurance", side_of(json_object_get(o, "insurance")),
	    "aid", side_of(json_object_get(o, "aid")),
	    "manual", rows_labels(json_object_get(o, "manual")),
	    "display", shown_texts(json_object_get(o, "display"))));
}

enum err
findings_compare(struct call *c)
{
	static const struct body_rule one[] = {
		{ "chart_number", BODY_TEXT, 0, 1, 32, BODY_PRINT, NULL } };
	struct query q[LEN(one)];
	json_t *o = NULL;
	enum err r;

	if ((r = query_take(c, one, LEN(one), q)) != ERR_OK ||
	    (r = import_compare(c->conf->store, c->param,
	    query_or_null(&q[0]), &o, &c->note)) != ERR_OK)
		return (r);
	r = call_json(c, 200, comparison_json(c, o));
	json_decref(o);
	return (r);
}

/* --- what a person decides --- */

#define STAFF	{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL }
#define REASON	{ "reason", BODY_TEXT, 1, 1, 200, NULL, NULL }

static const struct body_rule decision[] = { STAFF, REASON };

static enum err
decided(struct call *c)
{
	snprintf(c->subject, sizeof(c->subject), "%s", c->param);
	return (show(c, c->param, 200));
}

enum err
findings_again(struct call *c)
{
	return (show(c, c->subject, 200));
}

/* What others see of it. */
static void
tell(struct call *c)
{
	struct finding f;

	if (finding_get(c->conf->store, c->param, &f) == ERR_OK)
		rows_tell(c, "finding", f.id, f.state);
	finding_free(&f);
}

enum err
findings_choose(struct call *c)
{
	static const struct body_rule named[] = {
		{ "chart_number", BODY_TEXT, 1, 1, 32, BODY_PRINT, NULL },
		STAFF, REASON };
	const struct audit_who who = rows_who(c);
	enum err r;

	if ((r = call_body(c, named, LEN(named))) != ERR_OK ||
	    (r = import_choose(c->conf->store, c->param,
	    body_text(c->req->json, "chart_number"), &who, &c->note)) !=
	    ERR_OK)
		return (r);
	tell(c);
	return (decided(c));
}

enum err
findings_unlink(struct call *c)
{
	const struct audit_who who = rows_who(c);
	enum err r;

	if ((r = call_body(c, decision, LEN(decision))) != ERR_OK ||
	    (r = import_unchoose(c->conf->store, c->param, &who, &c->note)) !=
	    ERR_OK)
		return (r);
	tell(c);
	return (decided(c));
}

/* In one transaction with its row of the audit. */
static enum err
move(struct call *c, const char *action, const char *from, const char *to)
{
	const struct audit_who who = rows_who(c);
	struct store *s = c->conf->store;
	struct finding f;
	enum err r;

	if ((r = store_begin(s)) != ERR_OK)
		return (r);
	r = finding_get(s, c->param, &f);
	if (r == ERR_OK && strcmp(f.state, from) != 0 &&
	    (strcmp(from, "new") != 0 || strcmp(f.state, "same") != 0))
		r = call_refuse(c, ERR_NOT_NOW, f.state);
	finding_free(&f);
	if (r == ERR_OK)
		r = finding_set_state(s, c->param, to);
	if (r == ERR_OK)
		r = audit_add(s, &who, action, AUDIT_FINDING, c->param, "");
	if (r == ERR_OK)
		r = store_commit(s);
	else
		store_rollback(s);
	return (r);
}

enum err
findings_set_aside(struct call *c)
{
	enum err r;

	if ((r = call_body(c, decision, LEN(decision))) != ERR_OK ||
	    (r = move(c, "set_aside", "new", "set_aside")) != ERR_OK)
		return (r);
	tell(c);
	return (decided(c));
}

enum err
findings_return(struct call *c)
{
	enum err r;

	if ((r = call_body(c, decision, LEN(decision))) != ERR_OK ||
	    (r = move(c, "return", "set_aside", "new")) != ERR_OK)
		return (r);
	tell(c);
	return (decided(c));
}
