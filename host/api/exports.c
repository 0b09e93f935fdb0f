#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "driver/errname.h"
#include "host/api/findings.h"
#include "host/api/kept.h"
#include "host/api/rows.h"
#include "host/export/list.h"
#include "host/export/orca.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FINDINGS_MAX	100	/* openapi.yaml */
#define PIECE		20	/* openapi.yaml: each is a file, which is
				 * written through to a share */

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

/* A piece of a list, of a job or as it was sent: where it began, how many
 * the list has. */
struct piece {
	size_t	offset;
	int64_t	total;
	char	ids[PIECE][UUID_LEN];
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

	if (p->n < PIECE)
		memcpy(p->ids[p->n++], f->id, UUID_LEN);
	return (ERR_OK);
}

/* Some of a job's; a list of thousands would hold up everybody else. */
static enum err
take_job(struct call *c, const char *job, struct piece *p)
{
	const struct finding_query q = { .job = job, .limit = PIECE,
	    .offset = p->offset };
	enum err r;

	r = finding_list(c->conf->store, &q, piece_row, p, &p->total);
	return (r == ERR_OK && p->n == 0 ? ERR_NO_SUCH : r);
}

/* Some of those that were sent. */
static enum err
take_named(struct call *c, struct piece *p)
{
	size_t n = 0;
	const char **ids = body_list(c->req->json, "findings", &n);

	if (ids == NULL)
		return (n > 0 ? ERR_NOMEM : ERR_OK);
	p->total = (int64_t)n;
	for (size_t i = p->offset; i < n && p->n < PIECE; i++)
		snprintf(p->ids[p->n++], UUID_LEN, "%s", ids[i]);
	free(ids);
	return (p->n == 0 ? ERR_NO_SUCH : ERR_OK);
}

static enum err
hand_over(struct call *c, struct piece *p, json_t **out)
{
	const json_t *body = c->req->json;
	const char *job = body_text(body, "job"), *ids[PIECE];
	struct orca_ask ask = { .again = body_is(body, "again"),
	    .findings = ids, .client = c->client.name,
	    .staff = body_text(body, "staff") };
	int named = json_object_get(body, "findings") != NULL;
	enum err r;

	if (named == (job[0] != '\0'))
		return (call_refuse(c, ERR_BAD_REQUEST, "findings"));
	if ((r = named ? take_named(c, p) : take_job(c, job, p)) != ERR_OK)
		return (r);
	for (; ask.n < p->n; ask.n++)
		ids[ask.n] = p->ids[ask.n];
	return (orca_export(c->conf->orca, c->conf->store, &ask, out,
	    &c->note));
}

/* The answer with codes in place of what they say. */
static json_t *
kept_answer(const json_t *answer)
{
	json_t *codes = json_array(), *o = json_copy((json_t *)(uintptr_t)
	    answer);
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "refused"), i, row)
		json_array_append_new(codes, json_pack("{s:s, s:s}", "finding",
		    rows_text(row, "finding"), "code", rows_text(
		    json_object_get(row, "why"), "code")));
	json_object_set_new(o, "refused", codes);
	return (o);
}

enum err
exports_orca_again(struct call *c)
{
	json_t *kept = NULL, *refused = json_array();
	enum err r;

	if ((r = kept_find(c, &kept)) == ERR_OK) {
		add_refused(refused, json_object_get(kept, "refused"));
		r = call_json(c, 201, json_pack("{s:O, s:O, s:O, s:O}",
		    "total", json_object_get(kept, "total"),
		    "files", json_object_get(kept, "files"),
		    "refused", refused, "next", json_object_get(kept,
		    "next")));
	}
	json_decref(refused);
	json_decref(kept);
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
	if ((r = hand_over(c, &p, &o)) == ERR_OK &&
	    (r = call_json(c, 201, hand_over_json(o, &p))) == ERR_OK)
		kept_add(c, "export_orca", kept_answer(c->answer->json));
	json_decref(o);
	return (r);
}

/* --- CSV --- */

/* What the encoding has no place for is listed beside the problem; its rows
 * are those of the whole file, in which the heading is the first. */
static enum err
refuse_misfits(struct call *c, json_t *misfits, size_t offset)
{
	json_t *row;
	size_t i;

	json_array_foreach(misfits, i, row) {
		if (offset > 0)
			json_object_set_new(row, "row", json_integer(
			    json_integer_value(json_object_get(row, "row")) +
			    (json_int_t)offset + 1));
	}
	http_problem(c->answer, http_status(ERR_MISFIT), ERR_MISFIT,
	    c->note.text);
	json_object_set_new(c->answer->json, "misfits", misfits);
	return (ERR_OK);
}

static enum err
finish(struct call *c, struct sheet *s, enum sheet_charset charset,
    size_t offset)
{
	json_t *misfits = NULL;
	enum err r;

	r = sheet_finish(s, &c->answer->bytes, &misfits, &c->note);
	if (r == ERR_MISFIT && misfits != NULL)
		return (refuse_misfits(c, misfits, offset));
	json_decref(misfits);
	if (r != ERR_OK)
		return (r);
	c->answer->status = 200;
	c->answer->type = charset == SHEET_UTF8 ? "text/csv; charset=utf-8" :
	    "text/csv; charset=shift_jis";
	return (ERR_OK);
}

/* R10: what left, and with whom; how many, not whose. */
static enum err
note_csv(struct call *c, const struct sheet *s,
    const struct finding_query *q)
{
	const struct audit_who who = { .client = c->client.name };
	json_t *o = json_pack("{s:I, s:I, s:s}", "rows",
	    (json_int_t)sheet_rows(s) - (q->offset == 0), "offset",
	    (json_int_t)q->offset, "job", q->job == NULL ? "" : q->job);
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	enum err r = text == NULL ? ERR_NOMEM : audit_add(c->conf->store,
	    &who, "export_csv", "export:", "findings.csv", text);

	free(text);
	json_decref(o);
	return (r);
}

static enum err
skip_row(void *ctx, const struct finding *f)
{
	(void)ctx;
	(void)f;
	return (ERR_OK);
}

/* A search of too many is refused before the table is begun. */
static enum err
check_many(struct call *c, const struct finding_query *query)
{
	struct finding_query one = *query;
	int64_t total;

	one.limit = 1;
	one.data = 0;
	return (findings_each(c, &one, skip_row, NULL, &total));
}

static enum err
write_rows(struct call *c, const struct query *q, enum sheet_charset charset)
{
	const struct finding_query query = findings_query(q);
	int first = query.offset == 0;
	struct sheet *s;
	enum err r;

	if ((r = check_many(c, &query)) != ERR_OK ||
	    (r = sheet_new(charset, 0, &s)) != ERR_OK)
		return (r);
	if (!first)
		sheet_go_on(s);
	if ((r = list_findings(c->conf->store, &query, first, s, NULL)) ==
	    ERR_OK && (r = note_csv(c, s, &query)) == ERR_OK)
		r = finish(c, s, charset, query.offset);
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
