#include <string.h>

#include "base/clock.h"
#include "host/export/fhir_in.h"

#define ITEM		"urn:shikaku:consent-item"

/* Newest time of consent of all; "" if none says it. */
static const char *
newest(const struct grant *g, size_t n)
{
	const char *at = "";

	for (size_t i = 0; i < n; i++)
		if (strcmp(g[i].at, at) > 0)
			at = g[i].at;
	return (at);
}

/* An exception to the denial: what was permitted, and from when until when. */
static json_t *
permitted(const struct grant *g)
{
	json_t *o;

	o = json_pack("{s:s, s:[{s:s, s:s, s:s}], s:[o]}", "type", "permit",
	    "purpose", "system", FHIR_HL7 "v3-ActReason", "code", "TREAT",
	    "display", "treatment", "code", fhir_code(ITEM, g->item,
	    NULL, grant_label(g->item, ERR_JA)));
	if (o != NULL)
		fhir_set(o, "period", fhir_period(g->at, g->until));
	return (o);
}

/* Asked, and given or not; what could not be asked was not given. */
static const char *
status(const struct grant *g, size_t n, int64_t now)
{
	int ended = 0, denied = 0;

	for (size_t i = 0; i < n; i++) {
		if (grant_is_given(&g[i], now))
			return ("active");
		ended |= grant_is_ended(&g[i], now);
		denied |= strcmp(g[i].flag, "0") == 0;
	}
	return (!ended && denied ? "rejected" : "inactive");
}

static json_t *
provision(const struct grant *g, size_t n)
{
	json_t *list = json_array(), *o;

	/* What has ended is in it as long as the data name its days. */
	for (size_t i = 0; i < n; i++) {
		if (g[i].flag[0] == '1' || (g[i].flag[0] == '2' &&
		    g[i].until[0] != '\0'))
			(void)json_array_append_new(list, permitted(&g[i]));
	}
	o = json_pack("{s:s}", "type", "deny");
	if (json_array_size(list) > 0)
		fhir_set(o, "provision", list);
	else
		json_decref(list);
	return (o);
}

json_t *
fhir_consent(const struct fhir_site *s, const char *patient,
    const struct grant *g, size_t n)
{
	json_t *o, *at;

	if ((o = fhir_begin("Consent", g[0].finding, "JP_Consent")) == NULL)
		return (NULL);
	fhir_set_text(o, "status", status(g, n, s->now));
	fhir_set(o, "scope", fhir_code(FHIR_HL7 "consentscope",
	    "patient-privacy", "Privacy Consent", NULL));
	fhir_set(o, "category", json_pack("[o]", fhir_code("http://loinc.org",
	    "59284-0", NULL, grant_care_label(g[0].care, ERR_JA))));
	fhir_set(o, "patient", fhir_reference(s, "Patient", patient));
	at = fhir_period(newest(g, n), "");
	fhir_set(o, "dateTime", json_incref(json_object_get(at, "start")));
	json_decref(at);
	fhir_set(o, "policyRule", json_pack("{s:s}", "text",
	    "オンライン資格確認等システムによる情報閲覧の同意"));
	fhir_set(o, "provision", provision(g, n));
	return (o);
}
