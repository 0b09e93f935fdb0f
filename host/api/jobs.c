#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/api/query.h"
#include "host/api/rows.h"
#include "host/qualify/job.h"
#include "host/qualify/range.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define CHARTS_MAX 2000		/* openapi.yaml */

static const char *const categories[] = { "aid", "home", "online", "nursing",
    "insurance", "registration", "check", "register", "checkup", "drug",
    NULL };
static const char *const forms[] = { "pdf", "xml", NULL };
static const char *const axes[] = { "none", "consent", "examination", "month",
    NULL };
static const char *const states[] = { "making", "open", "held", "unsure",
    "cancelling", "done", "failed", "cancelled", NULL };
static const char *const person_states[] = { "waiting", "answered", "error",
    "missing", "skipped", "failed", "cancelled", "problem", NULL };

struct words {
	const char	*word, *ja, *en;
};

static const struct words category_words[] = {
	{ "aid", "医療扶助", "medical assistance" },
	{ "home", "訪問診療", "home visits" },
	{ "online", "オンライン診療", "online care" },
	{ "nursing", "訪問看護", "home nursing" },
	{ "insurance", "資格有効性確認（一括）", "bulk check" },
	{ "registration", "照会番号登録（一括）",
	    "bulk registration of reference numbers" },
	{ "check", "単件照会", "single check" },
	{ "register", "照会番号登録", "registration of a reference number" },
	{ "checkup", "特定健診情報", "check-ups" },
	{ "drug", "薬剤情報", "drugs" },
};

static const struct words axis_words[] = {
	{ "none", "期間なし", "no range" },
	{ "consent", "同意日", "day of the consent" },
	{ "examination", "診療日", "day of the examination" },
	{ "month", "診療年月", "month of treatment" },
};

static const struct words part_words[] = {
	{ "waiting", "要求待ち", "waiting" },
	{ "asked", "要求中", "asked" },
	{ "accepted", "受付済", "accepted" },
	{ "fetching", "結果問合せ中", "fetching the result" },
	{ "received", "取込中", "received" },
	{ "unsure", "要求の成否不明", "the request's fate is not known" },
	{ "done", "完了", "done" },
	{ "failed", "失敗", "failed" },
	{ "cancelled", "中止", "cancelled" },
};

static const struct words person_words[] = {
	{ "waiting", "回答待ち", "waiting" },
	{ "answered", "回答あり", "answered" },
	{ "error", "エラー", "error" },
	{ "missing", "回答なし", "not in the answer" },
	{ "skipped", "対象外", "not asked" },
	{ "failed", "照会失敗", "failed" },
	{ "cancelled", "中止", "cancelled" },
};

static json_t *
label_of(const struct words *rows, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].word, word) == 0)
			return (view_text(rows[i].ja, rows[i].en));
	}
	return (view_text(word, word));
}

#define LABEL(rows, word) label_of(rows, LEN(rows), word)

/* --- what may be asked --- */

static json_t *
axis_json(enum category c, enum axis axis, const char *today)
{
	const char *word = axis == AXIS_NONE ? "none" : axis_word(axis);
	struct range range = { .axis = AXIS_NONE };
	int month = axis == AXIS_MONTH;

	if (axis != AXIS_NONE)
		(void)range_default(c, axis, today, &range);
	return (json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "axis", word,
	    "label", LABEL(axis_words, word),
	    "from", month ? json_null() : view_date(range.from),
	    "to", month ? json_null() : view_date(range.to),
	    "month", month ? rows_month(range.from) : json_null(),
	    "month_to", month ? rows_month(range.to) : json_null()));
}

/* The default first. */
static json_t *
axes_json(enum category c, const char *today)
{
	const struct category_row *row = category_row(c);
	json_t *out = json_array();

	json_array_append_new(out, axis_json(c, row->axis, today));
	for (unsigned a = AXIS_CONSENT; a < AXIS_COUNT; a++) {
		if ((row->axes & 1u << a) != 0 && a != (unsigned)row->axis)
			json_array_append_new(out, axis_json(c, (enum axis)a,
			    today));
	}
	return (out);
}

enum err
jobs_categories(struct call *c)
{
	char today[CLOCK_STAMP_LEN];
	json_t *rows = json_array();

	clock_stamp(clock_wall_ms(), today);
	today[8] = '\0';
	for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
		const struct category_row *row = category_row(
		    (enum category)i);

		json_array_append_new(rows, json_pack("{s:s, s:o, s:b, s:o}",
		    "category", row->word, "label", LABEL(category_words,
		    row->word), "charts", row->persons != 0,
		    "axes", axes_json((enum category)i, today)));
	}
	return (call_list(c, "categories", rows, CATEGORY_COUNT));
}

/* --- jobs --- */

static json_t *
part_json(const json_t *p)
{
	const char *state = rows_text(p, "state");

	return (json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:o, s:O?, s:O?, s:o, s:o}", "part", rows_count(p, "part"),
	    "kind", rows_text(p, "kind"), "state", state,
	    "label", LABEL(part_words, state), "code", rows_word(p, "code"),
	    "message", rows_word(p, "message"),
	    "reception_number", rows_word(p, "reception_number"),
	    "reception_at", rows_word(p, "reception_at"),
	    "downloads", rows_count(p, "downloads"),
	    "tries", rows_count(p, "tries"), "next_at", rows_time(p,
	    "next_at"), "total", json_object_get(p, "total"),
	    "errors", json_object_get(p, "errors"),
	    "updated_at", rows_time(p, "updated_at"),
	    "request_file", rows_word(p, "request_file")));
}

static json_t *
parts_json(const json_t *parts)
{
	json_t *out = json_array();
	const json_t *part;
	size_t i;

	json_array_foreach(parts, i, part)
		json_array_append_new(out, part_json(part));
	return (out);
}

/* What was asked. */
static json_t *
asked_json(const json_t *j)
{
	const char *axis = rows_text(j, "axis"), *from = rows_text(j, "from"),
	    *to = rows_text(j, "to"), *category = rows_text(j, "category");
	int month = strcmp(axis, "month") == 0;

	if (axis[0] == '\0')
		axis = "none";
	return (json_pack("{s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:o, s:o, s:o, s:o}", "id", rows_word(j, "id"),
	    "category", category,
	    "label", LABEL(category_words, category), "axis", axis,
	    "axis_label", LABEL(axis_words, axis),
	    "from", month ? json_null() : rows_date(from),
	    "to", month ? json_null() : rows_date(to),
	    "month", month ? rows_month(from) : json_null(),
	    "month_to", month ? rows_month(to) : json_null(),
	    "date", rows_date(rows_text(j, "date")),
	    "client", rows_word(j, "client"), "staff", rows_word(j, "staff"),
	    "created_at", rows_time(j, "created_at"),
	    "ended_at", rows_time(j, "ended_at")));
}

static json_t *
progress_json(const json_t *p)
{
	return (json_pack("{s:o, s:O?, s:O?}", "done", rows_count(p, "done"),
	    "total", json_object_get(p, "total"),
	    "seconds", json_object_get(p, "seconds")));
}

static json_t *
counts_json(const json_t *from, const char *const *names)
{
	json_t *o = json_object();

	for (; *names != NULL; names++)
		json_object_set_new(o, *names, rows_count(from, *names));
	return (o);
}

/* Schema Job. */
static json_t *
job_json(const json_t *j)
{
	static const char *const persons[] = { "total", "answered", "error",
	    "missing", "skipped", "failed", "cancelled", NULL };
	static const char *const findings[] = { "total", "imported", NULL };
	json_t *o = asked_json(j), *parts = json_object_get(j, "parts"), *more;

	more = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
	    "state", rows_text(j, "state"), "text", rows_label(
	    json_object_get(j, "text")), "code", rows_word(j, "code"),
	    "message", rows_word(j, "message"),
	    "reception_number", rows_word(j, "reception_number"),
	    "progress", progress_json(json_object_get(j, "progress")),
	    "persons", counts_json(json_object_get(j, "persons"), persons),
	    "findings", counts_json(json_object_get(j, "findings"), findings),
	    "parts_total", json_is_array(parts) ?
	    (json_int_t)json_array_size(parts) : json_integer_value(parts),
	    "parts", parts_json(parts));
	if (o == NULL || more == NULL || json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	return (o);
}

static enum err
show(struct call *c, const char *id, int status)
{
	json_t *j = NULL;
	enum err r;

	if ((r = job_get(c->conf->store, id, &j)) != ERR_OK)
		return (r);
	r = call_json(c, status, job_json(j));
	json_decref(j);
	return (r);
}

enum err
jobs_get(struct call *c)
{
	return (show(c, c->param, 200));
}

enum err
jobs_again(struct call *c)
{
	return (show(c, c->subject, 200));
}

enum err
jobs_list(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "category", BODY_TEXT, 0, 0, 0, NULL, categories },
		{ "state", BODY_TEXT, 0, 0, 0, NULL, states },
		QUERY_LIMIT, QUERY_OFFSET };
	struct query q[LEN(rules)];
	json_t *list = NULL, *rows = json_array(), *row;
	int64_t total = 0;
	enum err r;
	size_t i;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		const struct job_query query = {
		    .category = query_or_null(&q[0]),
		    .state = query_or_null(&q[1]),
		    .limit = (int64_t)query_limit(&q[2]),
		    .offset = q[3].number };

		r = job_list(c->conf->store, &query, &list, &total);
	}
	json_array_foreach(list, i, row)
		json_array_append_new(rows, job_json(row));
	json_decref(list);
	if (r == ERR_OK)
		return (call_page(c, "jobs", rows, total, &q[3]));
	json_decref(rows);
	return (r);
}

/* --- its persons --- */

static int
is_documents(const char *category)
{
	return (strcmp(category, "drug") == 0 ||
	    strcmp(category, "checkup") == 0);
}

json_t *
jobs_person_label(const char *state)
{
	return (LABEL(person_words, state));
}

/* An answer is then a document and no finding. */
static enum err
asks_documents(struct call *c, int *documents)
{
	json_t *j = NULL;
	enum err r;

	if ((r = job_get(c->conf->store, c->param, &j)) == ERR_OK)
		*documents = is_documents(rows_text(j, "category"));
	json_decref(j);
	return (r);
}

static json_t *
person_json(struct call *c, const json_t *p, int documents)
{
	const char *state = rows_text(p, "state");

	return (json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}",
	    "seq", rows_count(p, "seq"), "part", rows_count(p, "part"),
	    "chart_number", rows_word(p, "chart_number"),
	    "patient", rows_patient(c, rows_text(p, "chart_number")),
	    "state", state, "label", jobs_person_label(state),
	    "finding", documents ? json_null() : rows_word(p, "finding"),
	    "document", documents ? rows_word(p, "finding") : json_null(),
	    "code", rows_word(p, "code"),
	    "message", rows_word(p, "message")));
}

enum err
jobs_persons(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "state", BODY_TEXT, 0, 0, 0, NULL, person_states },
		QUERY_LIMIT, QUERY_OFFSET };
	struct query q[LEN(rules)];
	json_t *list = NULL, *rows = json_array(), *row;
	int64_t total = 0;
	int documents = 0;
	enum err r;
	size_t i;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK &&
	    (r = asks_documents(c, &documents)) == ERR_OK) {
		const struct job_persons query = {
		    .state = query_or_null(&q[0]),
		    .limit = (int64_t)query_limit(&q[1]),
		    .offset = q[2].number };

		r = job_persons(c->conf->store, c->param, &query, &list,
		    &total);
	}
	json_array_foreach(list, i, row)
		json_array_append_new(rows, person_json(c, row, documents));
	json_decref(list);
	if (r == ERR_OK)
		return (call_page(c, "persons", rows, total, &q[2]));
	json_decref(rows);
	return (r);
}

/* --- asking --- */

static const struct body_rule ask_rules[] = {
	{ "category", BODY_TEXT, 1, 0, 0, NULL, categories },
	{ "axis", BODY_TEXT, 0, 0, 0, NULL, axes },
	{ "from", BODY_DATE, 0, 0, 0, NULL, NULL },
	{ "to", BODY_DATE, 0, 0, 0, NULL, NULL },
	{ "month", BODY_MONTH, 0, 0, 0, NULL, NULL },
	{ "month_to", BODY_MONTH, 0, 0, 0, NULL, NULL },
	{ "form", BODY_TEXT, 0, 0, 0, NULL, forms },
	{ "treatments", BODY_BOOL, 0, 0, 0, NULL, NULL },
	{ "date", BODY_DATE, 0, 0, 0, NULL, NULL },
	{ "limit_consent", BODY_BOOL, 0, 0, 0, NULL, NULL },
	{ "charts", BODY_CHARTS, 0, 1, CHARTS_MAX, NULL, NULL },
	{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL },
};

/* The texts of an asking, as days and months are in the store. */
struct asking {
	char	from[9], to[9], date[9];
};

static const char *
or_null(const char *s)
{
	return (s[0] == '\0' ? NULL : s);
}

/* A month is an axis of its own, and goes with no days. */
static enum err
take_range(struct call *c, struct asking *a, struct job_ask *ask)
{
	const json_t *body = c->req->json;
	const char *axis = body_text(body, "axis");
	char month[9];

	body_digits(body_text(body, "from"), a->from);
	body_digits(body_text(body, "to"), a->to);
	body_digits(body_text(body, "month"), month);
	body_digits(body_text(body, "date"), a->date);
	if (month[0] == '\0' && body_text(body, "month_to")[0] != '\0')
		return (call_refuse(c, ERR_BAD_REQUEST, "month_to"));
	if (month[0] != '\0' && (a->from[0] != '\0' || a->to[0] != '\0' ||
	    (axis[0] != '\0' && strcmp(axis, "month") != 0)))
		return (call_refuse(c, ERR_BAD_REQUEST, "month"));
	if (month[0] != '\0') {
		memcpy(a->from, month, sizeof(month));
		body_digits(body_text(body, "month_to"), a->to);
		if (a->to[0] == '\0')
			memcpy(a->to, month, sizeof(month));
		axis = "month";
	}
	ask->axis = strcmp(axis, "none") == 0 ? NULL : or_null(axis);
	ask->from = or_null(a->from);
	ask->to = or_null(a->to);
	ask->date = or_null(a->date);
	return (ERR_OK);
}

/* Form and treatments go with documents only. */
static enum err
take_documents(struct call *c)
{
	const json_t *body = c->req->json;

	if (is_documents(body_text(body, "category")))
		return (ERR_OK);
	if (json_object_get(body, "form") != NULL)
		return (call_refuse(c, ERR_BAD_REQUEST, "form"));
	if (json_object_get(body, "treatments") != NULL)
		return (call_refuse(c, ERR_BAD_REQUEST, "treatments"));
	return (ERR_OK);
}

/* What the job keeps for its requests; NULL of another category. */
static json_t *
documents_of(const json_t *body)
{
	json_t *o;

	if (!is_documents(body_text(body, "category")) ||
	    (o = json_object()) == NULL)
		return (NULL);
	json_object_set(o, "form", json_object_get(body, "form"));
	json_object_set(o, "treatments", json_object_get(body, "treatments"));
	return (o);
}

static enum err
start(struct call *c, char id[UUID_LEN])
{
	const json_t *body = c->req->json;
	struct asking a;
	struct job_ask ask = { .category = body_text(body, "category"),
	    .limit_consent = body_is(body, "limit_consent"),
	    .client = c->client.name, .staff = body_text(body, "staff") };
	const char **charts;
	json_t *data;
	enum err r;

	if ((r = take_documents(c)) != ERR_OK ||
	    (r = take_range(c, &a, &ask)) != ERR_OK)
		return (r);
	charts = body_list(body, "charts", &ask.n);
	if (charts == NULL && ask.n > 0)
		return (ERR_NOMEM);
	ask.charts = charts;
	ask.data = data = documents_of(body);
	r = job_start(c->conf->store, c->conf->jobs, &ask, id, &c->note);
	json_decref(data);
	free(charts);
	return (r);
}

/* Beside a job that was asked for all the same. */
static void
warn(struct call *c)
{
	const char *category = body_text(c->req->json, "category"),
	    *en = job_warning(c->conf->jobs, category, ERR_EN),
	    *ja = job_warning(c->conf->jobs, category, ERR_JA);

	if (en != NULL && ja != NULL)
		json_object_set_new(c->answer->json, "warning", view_text(ja,
		    en));
}

/* Asked at the next turn, which is now. */
static enum err
started(struct call *c, const char *id)
{
	enum err r;

	snprintf(c->subject, sizeof(c->subject), "%s", id);
	c->conf->ops->jobs_changed(c->conf->ops->ctx);
	if ((r = show(c, id, 201)) == ERR_OK)
		warn(c);
	return (r);
}

enum err
jobs_start(struct call *c)
{
	char id[UUID_LEN];
	enum err r;

	if ((r = call_body(c, ask_rules, LEN(ask_rules))) != ERR_OK ||
	    (r = start(c, id)) != ERR_OK)
		return (r);
	return (started(c, id));
}

/*
 * Patients who come to today's list are checked by themselves, chart number 0
 * never (features.md DEN-03): whoever keeps the list tells us, and no person
 * has to ask.  Where the site wants to ask by hand nothing is.
 */
enum err
jobs_today(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "charts", BODY_CHARTS, 1, 1, CHARTS_MAX, NULL, NULL },
		{ "limit_consent", BODY_BOOL, 0, 0, 0, NULL, NULL },
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	const json_t *body;
	struct job_ask ask = { .category = "check",
	    .client = c->client.name };
	const char **charts;
	char id[UUID_LEN];
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK)
		return (r);
	if (!c->conf->auto_check)
		return (call_refuse(c, ERR_NOT_NOW,
		    "[terminal] auto_check = no"));
	body = c->req->json;
	ask.limit_consent = body_is(body, "limit_consent");
	ask.staff = body_text(body, "staff");
	if ((charts = body_list(body, "charts", &ask.n)) == NULL)
		return (ERR_NOMEM);
	ask.charts = charts;
	r = job_start(c->conf->store, c->conf->jobs, &ask, id, &c->note);
	free(charts);
	return (r == ERR_OK ? started(c, id) : r);
}

/* --- and what a person decides --- */

static enum err
changed(struct call *c)
{
	enum err r;

	snprintf(c->subject, sizeof(c->subject), "%s", c->param);
	if ((r = show(c, c->param, 200)) == ERR_OK)
		c->conf->ops->jobs_changed(c->conf->ops->ctx);
	return (r);
}

enum err
jobs_cancel(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	const struct audit_who who = rows_who(c);
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = job_cancel(c->conf->store, c->param, &who)) != ERR_OK)
		return (r);
	return (changed(c));
}

enum err
jobs_retry(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "part", BODY_INT, 0, 1, 100000, NULL, NULL },
		{ "person", BODY_INT, 0, 1, 1000000, NULL, NULL },
		{ "unsure", BODY_BOOL, 0, 0, 0, NULL, NULL },
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	const json_t *body = c->req->json;
	const struct audit_who who = rows_who(c);
	const struct job_again again = { .part = body_int(body, "part"),
	    .seq = body_int(body, "person"), .unsure = body_is(body,
	    "unsure"), .who = &who };
	size_t n;
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = job_retry(c->conf->store, c->conf->jobs, c->param, &again,
	    &n, &c->note)) != ERR_OK)
		return (r);
	return (changed(c));
}
