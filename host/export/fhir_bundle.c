#include <string.h>

#include "base/clock.h"
#include "host/export/fhir_in.h"

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

json_t *
fhir_bundle(const struct fhir_site *s, const char *type, json_t *resources,
    int64_t total)
{
	int search = strcmp(type, "searchset") == 0;
	json_t *o, *entry, *list = json_array(), *r;
	char at[CLOCK_ISO_LEN];
	size_t i;

	json_array_foreach(resources, i, r) {
		entry = json_pack("{s:o, s:O}", "fullUrl", fhir_url(s,
		    text_of(r, "resourceType"), text_of(r, "id")), "resource",
		    r);
		if (search)
			fhir_set(entry, "search", json_pack("{s:s}", "mode",
			    "match"));
		(void)json_array_append_new(list, entry);
	}
	json_decref(resources);
	clock_iso(s->now, at);
	o = json_pack("{s:s, s:s, s:s}", "resourceType", "Bundle", "type",
	    type, "timestamp", at);
	if (search)
		fhir_set(o, "total", json_integer(total));
	if (json_array_size(list) > 0)
		fhir_set(o, "entry", list);
	else
		json_decref(list);
	return (o);
}

static json_t *
readable(const char *type, const char *profile, int search)
{
	json_t *o;

	o = json_pack("{s:s, s:o, s:[{s:s}]}", "type", type,
	    "supportedProfile", json_pack("[o]", json_sprintf(FHIR_CORE
	    "StructureDefinition/%s", profile)), "interaction", "code",
	    "read");
	if (!search || o == NULL)
		return (o);
	(void)json_array_append_new(json_object_get(o, "interaction"),
	    json_pack("{s:s}", "code", "search-type"));
	fhir_set(o, "searchParam", json_pack("[{s:s, s:s, s:s}]", "name",
	    "identifier", "definition",
	    "http://hl7.org/fhir/SearchParameter/Patient-identifier", "type",
	    "token"));
	return (o);
}

json_t *
fhir_capability(const struct fhir_site *s)
{
	json_t *o;

	o = json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s*}, "
	    "s:s, s:[s], s:[{s:s, s:s, s:[o, o, o]}]}",
	    "resourceType", "CapabilityStatement", "status", "active",
	    "date", "2026-11-20", "kind", "instance",
	    "software", "name", "shikaku", "version", SHIKAKU_VERSION,
	    "implementation", "description",
	    "オンライン資格確認の結果と資格の履歴 (読み取り専用)", "url",
	    s->base[0] == '\0' ? NULL : s->base,
	    "fhirVersion", "4.0.1", "format", "application/fhir+json",
	    "rest", "mode", "server", "documentation",
	    "Bundle?identifier= returns one patient with coverages and "
	    "consents", "resource", readable("Patient", "JP_Patient", 1),
	    readable("Coverage", "JP_Coverage", 0),
	    readable("Consent", "JP_Consent", 0));
	return (o);
}

/* IssueType by what the caller can do about it. */
static const char *
issue(enum err e)
{
	static const struct {
		enum err	 err;
		const char	*code;
	} own[] = {
		{ ERR_NO_SUCH, "not-found" }, { ERR_NO_PATIENT, "not-found" },
		{ ERR_NO_TOKEN, "login" }, { ERR_NOT_ALLOWED, "forbidden" },
		{ ERR_TOO_MANY, "throttled" },
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (own[i].err == e)
			return (own[i].code);
	}
	switch (err_class(e)) {
	case EC_NONE:
		return ("informational");
	case EC_RETRY:
		return ("transient");
	case EC_DATA:
	case EC_HOLDER:
		return ("invalid");
	default:
		return ("exception");
	}
}

json_t *
fhir_outcome(enum err e, const char *detail)
{
	json_t *o;

	o = json_pack("{s:s, s:s, s:{s:s}}", "severity", e == ERR_OK ?
	    "information" : "error", "code", issue(e), "details", "text",
	    err_text(e, ERR_JA));
	fhir_set_text(o, "diagnostics", detail);
	return (json_pack("{s:s, s:[o]}", "resourceType", "OperationOutcome",
	    "issue", o));
}
