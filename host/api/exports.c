#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "driver/errname.h"
#include "host/api/findings.h"
#include "host/api/rows.h"
#include "host/export/orca.h"
#include "host/export/sheet.h"
#include "host/qualify/code.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FINDINGS_MAX	100	/* openapi.yaml: each is a file */
#define BOM_LEN		3

/* --- 日レセ --- */

/* {finding, code, ja, en} or {finding, file, at} of what was not made. */
static json_t *
refused_json(const json_t *row)
{
	enum err e = ERR_HANDED_OVER;
	const char *code = rows_text(row, "code");

	if (code[0] != '\0' && !errname_find(code, strlen(code), &e))
		e = ERR_ROW;
	return (json_pack("{s:s, s:o}", "finding", rows_text(row, "finding"),
	    "why", view_error(e, "")));
}

static void
add_refused(json_t *out, const json_t *from)
{
	const json_t *row;
	size_t i;

	json_array_foreach(from, i, row)
		json_array_append_new(out, refused_json(row));
}

/* A piece of a list: where it began, and how many the list has; 0 of named
 * findings. */
struct piece {
	size_t	offset;
	int64_t	total;
	char	ids[FINDINGS_MAX][UUID_LEN];
	size_t	n;
};

static json_t *
hand_over_json(const json_t *o, const struct piece *p)
{
	const json_t *made = json_object_get(o, "files"), *row;
	json_t *files = json_array(), *refused = json_array();
	size_t i, next = p->offset + p->n;

	json_array_foreach(made, i, row)
		json_array_append_new(files, json_string(rows_text(row,
		    "file")));
	add_refused(refused, json_object_get(o, "before"));
	add_refused(refused, json_object_get(o, "left_out"));
	return (json_pack("{s:I, s:o, s:o, s:o}", "total",
	    (json_int_t)(json_array_size(files) + json_array_size(refused)),
	    "files", files, "refused", refused,
	    "next", (int64_t)next < p->total ? json_integer((json_int_t)next) :
	    json_null()));
}

static enum err
piece_row(void *ctx, const struct finding *f)
{
	struct piece *p = ctx;

	if (p->n < FINDINGS_MAX)
		memcpy(p->ids[p->n++], f->id, UUID_LEN);
	return (ERR_OK);
}

/* Some of a job's; a list of thousands would hold up everybody else. */
static enum err
take_job(struct call *c, const char *job, struct piece *p)
{
	const struct finding_query q = { .job = job, .limit = FINDINGS_MAX,
	    .offset = p->offset };
	enum err r;

	r = finding_list(c->conf->store, &q, piece_row, p, &p->total);
	return (r == ERR_OK && p->n == 0 ? ERR_NO_SUCH : r);
}

static enum err
hand_over(struct call *c, struct piece *p, json_t **out)
{
	const json_t *body = c->req->json;
	const char *job = body_text(body, "job"), *of_job[FINDINGS_MAX];
	struct orca_ask ask = { .again = body_is(body, "again"),
	    .client = c->client.name, .staff = body_text(body, "staff") };
	const char **ids = body_list(body, "findings", &ask.n);
	enum err r = ERR_OK;

	if (ids == NULL && ask.n > 0)
		return (ERR_NOMEM);
	ask.findings = ids;
	if ((ids == NULL) == (job[0] == '\0'))
		r = call_refuse(c, ERR_BAD_REQUEST, "findings");
	else if (ids == NULL && (r = take_job(c, job, p)) == ERR_OK) {
		for (size_t i = 0; i < p->n; i++)
			of_job[i] = p->ids[i];
		ask.findings = of_job;
		ask.n = p->n;
	}
	if (r == ERR_OK)
		r = orca_export(c->conf->orca, c->conf->store, &ask, out,
		    &c->note);
	free(ids);
	return (r);
}

enum err
exports_orca(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "findings", BODY_IDS, 0, 1, FINDINGS_MAX, NULL, NULL },
		{ "job", BODY_ID, 0, 0, 0, NULL, NULL },
		{ "offset", BODY_INT, 0, 0, 1000000, NULL, NULL },
		{ "again", BODY_BOOL, 0, 0, 0, NULL, NULL },
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	struct piece p = { .n = 0 };
	json_t *o = NULL;
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK)
		return (r);
	if (c->conf->orca == NULL || c->conf->orca->folder[0] == '\0')
		return (call_refuse(c, ERR_CONF, "[orca] folder"));
	p.offset = (size_t)body_int(c->req->json, "offset");
	/* With the error of a single one comes what it says as well. */
	if ((r = hand_over(c, &p, &o)) == ERR_OK)
		r = call_json(c, 201, hand_over_json(o, &p));
	json_decref(o);
	return (r);
}

/* --- CSV --- */

static const char *const headings[] = { "受信日時", "資格確認日", "取得元",
    "カルテ番号", "氏名", "フリガナ", "性別", "生年月日", "保険者番号", "記号",
    "番号", "枝番", "照会番号", "資格有効性", "処理結果", "メッセージ", "照合",
    "取込状態", "識別子" };

static void
cell_day(struct sheet *s, const char *day)
{
	char text[16] = "";

	if (strlen(day) == 8)
		snprintf(text, sizeof(text), "%.4s/%.2s/%.2s", day, day + 4,
		    day + 6);
	sheet_cell(s, text);
}

static void
cell_code(struct sheet *s, unsigned table, const char *value)
{
	const char *text = code_text(table, value, ERR_JA);

	sheet_cell(s, text == NULL ? value : text);
}

static void
cell_time(struct sheet *s, int64_t at)
{
	char iso[CLOCK_ISO_LEN], text[24];

	clock_iso(at, iso);
	snprintf(text, sizeof(text), "%.4s/%.2s/%.2s %.8s", iso, iso + 5,
	    iso + 8, iso + 11);
	sheet_cell(s, text);
}

/* In the order of the headings. */
static enum err
csv_row(void *ctx, const struct finding *f)
{
	const char sex[2] = { (char)('0' + (int)f->sex), '\0' };
	struct sheet *s = ctx;

	cell_time(s, f->at);
	cell_day(s, f->asked_on);
	sheet_cell(s, rows_source(f->source));
	sheet_cell(s, f->chart_number);
	sheet_cell(s, f->name);
	sheet_cell(s, f->kana);
	cell_code(s, 7, f->sex == SEX_UNKNOWN ? "" : sex);
	cell_day(s, f->birthdate);
	sheet_cell(s, f->insurer_number);
	sheet_cell(s, f->insured_card_symbol);
	sheet_cell(s, f->insured_identification_number);
	sheet_cell(s, f->insured_branch_number);
	sheet_cell(s, f->reference_number);
	cell_code(s, 6, f->validity);
	sheet_cell(s, f->code);
	sheet_cell(s, f->message);
	sheet_cell(s, rows_link(f->link));
	sheet_cell(s, rows_state(f->state));
	sheet_cell(s, f->id);
	sheet_row(s);
	return (ERR_OK);
}

/* What the encoding has no place for is listed beside the problem. */
static enum err
refuse_misfits(struct call *c, json_t *misfits)
{
	http_problem(c->answer, http_status(ERR_MISFIT), ERR_MISFIT,
	    c->note.text);
	json_object_set_new(c->answer->json, "misfits", misfits);
	return (ERR_OK);
}

static enum err
finish(struct call *c, struct sheet *s, enum sheet_charset charset, int first)
{
	struct blob *out = &c->answer->bytes, whole = { 0 };
	json_t *misfits = NULL;
	size_t skip = charset == SHEET_UTF8 && !first ? BOM_LEN : 0;
	enum err r;

	r = sheet_finish(s, &whole, &misfits, &c->note);
	if (r == ERR_OK && whole.len > skip)
		r = blob_add(out, whole.data + skip, whole.len - skip);
	blob_free(&whole);
	if (r == ERR_MISFIT && misfits != NULL)
		return (refuse_misfits(c, misfits));
	json_decref(misfits);
	c->answer->status = 200;
	c->answer->type = charset == SHEET_UTF8 ? "text/csv; charset=utf-8" :
	    "text/csv; charset=shift_jis";
	return (r);
}

static enum err
write_rows(struct call *c, const struct query *q, enum sheet_charset charset)
{
	struct finding_query query = findings_query(q);
	struct sheet *s;
	int64_t total;
	enum err r;

	query.data = 0;
	if ((r = sheet_new(charset, 0, &s)) != ERR_OK)
		return (r);
	if (query.offset == 0) {
		for (size_t i = 0; i < LEN(headings); i++)
			sheet_cell(s, headings[i]);
		sheet_row(s);
	}
	if ((r = findings_each(c, &query, csv_row, s, &total)) == ERR_OK)
		r = finish(c, s, charset, query.offset == 0);
	sheet_free(&s);
	return (r);
}

enum err
exports_csv(struct call *c)
{
	static const char *const words[] = { "utf-8", "shift_jis", NULL };
	static const struct body_rule encoding = { "encoding", BODY_TEXT, 0, 0,
	    0, NULL, words }, limit = QUERY_LIMIT;
	struct body_rule rules[FINDINGS_QUERY + 1];
	struct query q[FINDINGS_QUERY + 1];
	enum sheet_charset charset = SHEET_UTF8;
	enum err r;

	memcpy(rules, findings_rules(), sizeof(rules[0]) * FINDINGS_QUERY);
	rules[FQ_LIMIT] = limit;
	rules[FINDINGS_QUERY] = encoding;
	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		(void)sheet_charset_named(query_or_null(&q[FINDINGS_QUERY]),
		    &charset);
		r = write_rows(c, q, charset);
	}
	secret_cleanse(q, sizeof(q));
	return (r);
}
