#include <stdio.h>
#include <string.h>

#include "host/api/query.h"
#include "host/api/rows.h"
#include "host/document/document.h"
#include "host/document/view.h"
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

static json_t *
asked_json(const struct document_asked *a)
{
	return (json_pack("{s:s, s:o, s:s?}", "state",
	    document_state_word(a->state), "text",
	    view_text(document_state_text(a->state, ERR_JA),
	    document_state_text(a->state, ERR_EN)),
	    "document", a->document[0] == '\0' ? NULL : a->document));
}

/* The same again: as it stands now. */
enum err
documents_asked(struct call *c)
{
	struct document_asked a = { .state = DOCUMENT_ASKED };

	if (c->subject[0] != '\0') {
		a.state = DOCUMENT_DELIVERED;
		snprintf(a.document, sizeof(a.document), "%.36s", c->subject);
	}
	return (call_json(c, 201, asked_json(&a)));
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
	struct document_asked asked;
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
	if ((r = document_ask(c->conf->documents, c->conf->store, &ask,
	    &asked, &c->note)) != ERR_OK)
		return (r);
	snprintf(c->subject, sizeof(c->subject), "%s", asked.document);
	rows_tell(c, "document", asked.state == DOCUMENT_DELIVERED ?
	    asked.document : asked.id, document_state_word(asked.state));
	return (call_json(c, 201, asked_json(&asked)));
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
