#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "driver/errname.h"
#include "host/api/query.h"
#include "host/export/fhir.h"
#include "host/store/audit.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define SYSTEM	"urn:oid:1.2.392.100495.20.3.51.1"

/* FHIR R4, read only (host/export/fhir.h). */

/* Our code beside the words. */
static void
add_code(json_t *outcome, const char *code)
{
	json_t *issue = json_array_get(json_object_get(outcome, "issue"), 0);

	json_object_set_new(json_object_get(issue, "details"), "coding",
	    json_pack("[{s:s, s:s}]", "system", "urn:shikaku:error",
	    "code", code));
}

void
fhir_refusal(struct http_answer *a)
{
	const char *code = json_string_value(json_object_get(a->json, "code")),
	    *detail = json_string_value(json_object_get(a->json, "detail"));
	enum err e = ERR_BAD_REQUEST;
	json_t *o;

	if (code == NULL)
		return;
	(void)errname_find(code, strlen(code), &e);
	if ((o = fhir_outcome(e, detail == NULL ? "" : detail)) == NULL)
		return;
	add_code(o, code);
	json_decref(a->json);
	a->json = o;
	a->type = "application/fhir+json";
}

static void
site_of(struct call *c, char base[512], struct fhir_site *site)
{
	snprintf(base, 512, "%s/api/v1/fhir", c->conf->url);
	*site = (struct fhir_site){ .institution_code =
	    c->conf->institution_code, .base = base, .now = clock_wall_ms() };
}

/* R10: whose data left, by chart number or by the resource's id. */
static enum err
note_read(struct call *c, const char *kind, const char *id)
{
	const struct audit_who who = { .client = c->client.name };

	return (audit_add(c->conf->store, &who, "export_fhir", kind, id, ""));
}

static enum err
answer(struct call *c, json_t *resource)
{
	if (resource == NULL)
		return (ERR_NOMEM);
	c->answer->type = "application/fhir+json";
	return (call_json(c, 200, resource));
}

enum err
fhir_metadata(struct call *c)
{
	struct fhir_site site;
	char base[512];
	enum err r;

	if ((r = query_take(c, NULL, 0, NULL)) != ERR_OK)
		return (r);
	site_of(c, base, &site);
	return (answer(c, fhir_capability(&site)));
}

/* "system|13" with our system, or "13". */
static enum err
take_identifier(struct call *c, char chart[33])
{
	static const struct body_rule rules[] = {
		{ "identifier", BODY_TEXT, 1, 1, 100, NULL, NULL } };
	char own[80];
	struct query q[LEN(rules)];
	const char *bar;
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) != ERR_OK)
		return (r);
	snprintf(own, sizeof(own), SYSTEM "%s", c->conf->institution_code);
	bar = strchr(q[0].text, '|');
	chart[0] = '\0';
	/* Of another system it is nobody's here. */
	if (bar != NULL && bar != q[0].text &&
	    (strlen(own) != (size_t)(bar - q[0].text) ||
	    strncmp(own, q[0].text, strlen(own)) != 0))
		return (ERR_OK);
	bar = bar == NULL ? q[0].text : bar + 1;
	if (strlen(bar) <= 32)
		snprintf(chart, 33, "%.32s", bar);
	return (ERR_OK);
}

enum err
fhir_patients(struct call *c)
{
	char chart[33], id[UUID_LEN], base[512];
	struct fhir_site site;
	json_t *found = NULL;
	struct patient p;
	enum err r;

	if ((r = take_identifier(c, chart)) != ERR_OK)
		return (r);
	site_of(c, base, &site);
	found = json_array();
	if (chart[0] != '\0' && (r = patient_get(c->conf->store, chart, &p))
	    == ERR_OK) {
		if ((r = fhir_id(c->conf->store, chart, id)) == ERR_OK &&
		    (r = note_read(c, AUDIT_PATIENT, chart)) == ERR_OK)
			json_array_append_new(found, fhir_patient(&site, id,
			    &p));
		patient_wipe(&p);
	}
	if (r == ERR_OK || r == ERR_NO_PATIENT)
		return (answer(c, fhir_bundle(&site, "searchset", found,
		    (int64_t)json_array_size(found))));
	json_decref(found);
	return (r);
}

static enum err
read_one(struct call *c, const char *type)
{
	struct fhir_site site;
	json_t *o = NULL;
	char base[512], kind[32];
	enum err r;

	if ((r = query_take(c, NULL, 0, NULL)) != ERR_OK)
		return (r);
	site_of(c, base, &site);
	snprintf(kind, sizeof(kind), "fhir:%s/", type);
	if ((r = fhir_read(&site, c->conf->store, type, c->param, &o)) !=
	    ERR_OK)
		return (r);
	if ((r = note_read(c, kind, c->param)) != ERR_OK) {
		json_decref(o);
		return (r);
	}
	return (answer(c, o));
}

enum err
fhir_patient_get(struct call *c)
{
	return (read_one(c, "Patient"));
}

enum err
fhir_coverage_get(struct call *c)
{
	return (read_one(c, "Coverage"));
}

enum err
fhir_consent_get(struct call *c)
{
	return (read_one(c, "Consent"));
}

enum err
fhir_all(struct call *c)
{
	char chart[33], base[512];
	struct fhir_site site;
	json_t *o = NULL;
	enum err r;

	if ((r = take_identifier(c, chart)) != ERR_OK)
		return (r);
	site_of(c, base, &site);
	if (chart[0] == '\0')
		return (ERR_NO_PATIENT);
	if ((r = fhir_of_patient(&site, c->conf->store, chart, &o)) != ERR_OK)
		return (r);
	if ((r = note_read(c, AUDIT_PATIENT, chart)) != ERR_OK) {
		json_decref(o);
		return (r);
	}
	return (answer(c, o));
}
