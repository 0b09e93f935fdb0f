#include <stdio.h>
#include <string.h>

#include "host/api/query.h"
#include "host/api/rows.h"
#include "host/document/document.h"
#include "host/document/view.h"
#include "host/qualify/job.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * Drug and check-up documents.  Whoever is at the desk sees that there are
 * some; what is in them is for the medical role (routes.c), and who opened
 * one is in the audit before it is shown.
 */

/* --- lists --- */

struct page {
	struct call	*call;
	json_t		*rows;
	size_t		 limit, offset;
	int64_t		 total;
};

static json_t *
kind_label(enum document_kind kind)
{
	return (kind == DOCUMENT_DRUG ? view_text("薬剤情報", "drugs") :
	    view_text("特定健診情報", "check-ups"));
}

static json_t *
document_json(struct call *c, const struct document *d)
{
	return (json_pack("{s:s, s:o, s:s, s:s, s:o, s:s, s:s, s:o, s:o, s:b, "
	    "s:o, s:o, s:I}", "id", d->id, "patient", rows_patient(c,
	    d->chart_number), "chart_number", d->chart_number,
	    "kind", document_kind_word(d->kind), "label", kind_label(d->kind),
	    "form", document_form_word(d->form), "file", d->file,
	    "from", rows_month(d->from), "to", rows_month(d->to),
	    "treatments", d->treatments, "received_at",
	    view_time(d->received_at), "expires_at",
	    view_time(d->expires_at), "bytes", (json_int_t)d->bytes));
}

static enum err
page_row(void *ctx, const struct document *d)
{
	struct page *p = ctx;
	size_t at = (size_t)p->total++;

	if (at < p->offset || at - p->offset >= p->limit)
		return (ERR_OK);
	return (json_array_append_new(p->rows, document_json(p->call, d)) ==
	    0 ? ERR_OK : ERR_NOMEM);
}

static enum err
add_standing(struct call *c, const char *chart, enum document_kind kind,
    json_t *rows)
{
	struct document_standing s;
	enum err r;

	if ((r = document_standing(c->conf->store, chart, kind, &s)) !=
	    ERR_OK)
		return (r);
	return (json_array_append_new(rows, json_pack("{s:s, s:o, s:s, s:o, "
	    "s:o, s:s?, s:s?}", "kind", document_kind_word(kind),
	    "label", kind_label(kind), "state", document_state_word(s.state),
	    "text", view_text(document_state_text(s.state, ERR_JA),
	    document_state_text(s.state, ERR_EN)), "at", view_time(s.at),
	    "document", s.document[0] == '\0' ? NULL : s.document,
	    "message", s.text[0] == '\0' ? NULL : s.text)) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

static enum err
standings(struct call *c, const char *chart, json_t **rows)
{
	struct patient p;
	enum err r;

	*rows = json_array();
	if (chart == NULL)
		return (ERR_OK);
	if ((r = patient_get(c->conf->store, chart, &p)) == ERR_OK &&
	    (r = add_standing(c, chart, DOCUMENT_DRUG, *rows)) == ERR_OK)
		r = add_standing(c, chart, DOCUMENT_CHECKUP, *rows);
	patient_wipe(&p);
	return (r);
}

enum err
documents_list(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "chart_number", BODY_TEXT, 0, 1, 32, BODY_PRINT, NULL },
		QUERY_LIMIT, QUERY_OFFSET };
	struct query q[LEN(rules)];
	struct page p = { .call = c, .rows = json_array() };
	json_t *states = NULL;
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		p.limit = query_limit(&q[1]);
		p.offset = (size_t)q[2].number;
		r = standings(c, query_or_null(&q[0]), &states);
	}
	if (r == ERR_OK)
		r = document_list(c->conf->store, query_or_null(&q[0]),
		    page_row, &p);
	if (r == ERR_OK && (r = call_page(c, "documents", p.rows, p.total,
	    &q[2])) == ERR_OK) {
		json_object_set_new(c->answer->json, "standings", states);
		return (ERR_OK);
	}
	json_decref(p.rows);
	json_decref(states);
	return (r);
}

/* --- asking --- */

/* An answer to POST /documents: of a document, of a job, or on its way since
 * before (neither). */
static json_t *
asked_json(enum document_state state, const char *document, const char *job)
{
	return (json_pack("{s:s, s:o, s:s?, s:s?}", "state",
	    document_state_word(state), "text",
	    view_text(document_state_text(state, ERR_JA),
	    document_state_text(state, ERR_EN)),
	    "document", document[0] == '\0' ? NULL : document,
	    "job", job[0] == '\0' ? NULL : job));
}

/* The subject is one of the two, and says which. */
static const char document_is[] = "document:", job_is[] = JOB_AUDIT;

static const char *
after(const char *s, const char *head)
{
	size_t n = strlen(head);

	return (strncmp(s, head, n) == 0 ? s + n : "");
}

/* The same again: as it was answered. */
enum err
documents_asked(struct call *c)
{
	const char *document = after(c->subject, document_is);

	return (call_json(c, 201, asked_json(document[0] == '\0' ?
	    DOCUMENT_ASKED : DOCUMENT_DELIVERED, document,
	    after(c->subject, job_is))));
}

/*
 * The share may hang, and this thread serves everybody: the request is the
 * worker's, as a job of one person (host/document/hook.h).
 */
static enum err
start_job(struct call *c, const struct document_ask *ask, char id[UUID_LEN])
{
	json_t *data = json_pack("{s:s, s:b}", "form",
	    document_form_word(ask->form), "treatments", ask->treatments);
	int months = ask->from[0] != '\0';
	const struct job_ask job = { .category = document_kind_word(ask->kind),
	    .axis = months ? "month" : NULL, .from = months ? ask->from : NULL,
	    .to = months ? ask->to : NULL, .charts = &ask->chart_number,
	    .n = 1, .client = ask->who->client, .staff = ask->who->staff,
	    .data = data };
	enum err r = ERR_NOMEM;

	if (data != NULL)
		r = job_start(c->conf->store, c->conf->jobs, &job, id,
		    &c->note);
	json_decref(data);
	if (r == ERR_OK)
		c->conf->ops->jobs_changed(c->conf->ops->ctx);
	return (r);
}

/* What may be asked is asked by the worker; consent is looked at here. */
static enum err
answer_ask(struct call *c, const struct document_ask *ask)
{
	struct document_asked a;
	char job[UUID_LEN] = "";
	enum err r;

	if ((r = document_may(c->conf->documents, c->conf->store, ask, &a,
	    &c->note)) != ERR_OK)
		return (r);
	if (a.state == DOCUMENT_NONE_ASKED) {
		if ((r = start_job(c, ask, job)) != ERR_OK)
			return (r);
		a.state = DOCUMENT_ASKED;
		snprintf(c->subject, sizeof(c->subject), "%s%.36s", job_is,
		    job);
	} else if (a.document[0] != '\0') {
		snprintf(c->subject, sizeof(c->subject), "%s%.36s",
		    document_is, a.document);
		rows_tell(c, "document", a.document,
		    document_state_word(a.state));
	}
	return (call_json(c, 201, asked_json(a.state, a.document, job)));
}

enum err
documents_ask(struct call *c)
{
	static const char *const kinds[] = { "checkup", "drug", NULL };
	static const char *const forms[] = { "pdf", "xml", NULL };
	static const struct body_rule rules[] = {
		{ "chart_number", BODY_TEXT, 1, 1, 32, BODY_PRINT, NULL },
		{ "kind", BODY_TEXT, 1, 0, 0, NULL, kinds },
		{ "form", BODY_TEXT, 0, 0, 0, NULL, forms },
		{ "treatments", BODY_BOOL, 0, 0, 0, NULL, NULL },
		{ "from", BODY_MONTH, 0, 0, 0, NULL, NULL },
		{ "to", BODY_MONTH, 0, 0, 0, NULL, NULL },
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	const struct audit_who who = rows_who(c);
	const json_t *body = c->req->json;
	char from[9], to[9];
	struct document_ask ask = { .form = DOCUMENT_PDF, .from = from,
	    .to = to, .who = &who,
	    .chart_number = body_text(body, "chart_number"),
	    .treatments = body_is(body, "treatments") };
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK)
		return (r);
	body_digits(body_text(body, "from"), from);
	body_digits(body_text(body, "to"), to);
	(void)document_kind_of(body_text(body, "kind"), &ask.kind);
	(void)document_form_of(body_text(body, "form"), &ask.form);
	if (ask.kind != DOCUMENT_DRUG && (from[0] != '\0' || to[0] != '\0'))
		return (call_refuse(c, ERR_BAD_REQUEST, "from"));
	return (answer_ask(c, &ask));
}

/* --- opening --- */

/* The reader is named: he stands in the audit. */
static enum err
open_one(struct call *c, struct document *d, struct blob *out)
{
	static const struct body_rule rules[] = {
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	struct query q[LEN(rules)];
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) != ERR_OK)
		return (r);
	{
		const struct audit_who who = { .client = c->client.name,
		    .staff = q[0].text };

		return (document_open(c->conf->documents, c->conf->store,
		    c->param, &who, d, out, &c->note));
	}
}

enum err
documents_get(struct call *c)
{
	struct document d;
	enum err r;

	if ((r = open_one(c, &d, &c->answer->bytes)) != ERR_OK) {
		blob_free(&c->answer->bytes);
		return (r);
	}
	c->answer->status = 200;
	c->answer->type = d.form == DOCUMENT_PDF ? "application/pdf" :
	    "application/xml";
	return (ERR_OK);
}

enum err
documents_view(struct call *c)
{
	struct blob xml = { 0 };
	struct document d;
	json_t *o = NULL;
	enum err r;

	if ((r = open_one(c, &d, &xml)) == ERR_OK)
		r = d.form != DOCUMENT_XML ? ERR_LAYOUT :
		    view_read(d.kind, blob_buf(&xml), &o, &c->note);
	blob_free(&xml);
	return (r == ERR_OK ? call_json(c, 200, o) : r);
}
