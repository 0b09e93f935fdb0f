#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/export/fhir_in.h"

json_t *
fhir_code(const char *system, const char *code, const char *display,
    const char *text)
{
	return (json_pack("{s:[{s:s, s:s, s:s*}], s:s*}", "coding", "system",
	    system, "code", code, "display", display, "text", text));
}

json_t *
fhir_reference(const struct fhir_site *s, const char *type, const char *id)
{
	return (s->base[0] == '\0' ?
	    json_pack("{s:o}", "reference", json_sprintf("urn:uuid:%s", id)) :
	    json_pack("{s:o}", "reference", json_sprintf("%s/%s", type, id)));
}

json_t *
fhir_url(const struct fhir_site *s, const char *type, const char *id)
{
	return (s->base[0] == '\0' ? json_sprintf("urn:uuid:%s", id) :
	    json_sprintf("%s/%s/%s", s->base, type, id));
}

/* 20240801 as 2024-08-01, 20240828093000 with its time in JST. */
static json_t *
time_of(const char *s)
{
	if (clock_is_date(s))
		return (json_sprintf("%.4s-%.2s-%.2s", s, s + 4, s + 6));
	if (clock_is_stamp(s))
		return (json_sprintf("%.4s-%.2s-%.2sT%.2s:%.2s:%.2s+09:00",
		    s, s + 4, s + 6, s + 8, s + 10, s + 12));
	return (NULL);
}

json_t *
fhir_period(const char *from, const char *until)
{
	json_t *start = time_of(from), *end = time_of(until);

	if (start == NULL && end == NULL)
		return (NULL);
	return (json_pack("{s:o*, s:o*}", "start", start, "end", end));
}

void
fhir_set(json_t *o, const char *key, json_t *value)
{
	if (value != NULL)
		(void)json_object_set_new(o, key, value);
}

void
fhir_set_text(json_t *o, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0')
		fhir_set(o, key, fhir_string(value));
}

json_t *
fhir_begin(const char *type, const char *id, const char *profile)
{
	json_t *o;

	o = json_pack("{s:s, s:s}", "resourceType", type, "id", id);
	if (o != NULL && profile != NULL)
		fhir_set(o, "meta", json_pack("{s:[o]}", "profile",
		    json_sprintf(FHIR_CORE "StructureDefinition/%s",
		    profile)));
	return (o);
}

static const char *const genders[] = {
	[SEX_UNKNOWN] = "unknown", [SEX_MALE] = "male",
	[SEX_FEMALE] = "female", [SEX_UNSET] = "unknown",
};

/* The blank between family and given name, full width or not; NULL if none. */
static const char *
blank(const char *s, size_t *len)
{
	static const char *const blanks[] = { "\xe3\x80\x80", " " };

	for (; *s != '\0'; s++) {
		for (size_t i = 0; i < 2; i++) {
			*len = strlen(blanks[i]);
			if (strncmp(s, blanks[i], *len) == 0)
				return (s);
		}
	}
	return (NULL);
}

/* kind: IDE (ideographic) or SYL (syllabic). */
static json_t *
name(const char *kind, const char *s)
{
	const char *at;
	size_t len;
	json_t *o;

	o = json_pack("{s:[{s:s, s:s}], s:s, s:o}", "extension", "url",
	    "http://hl7.org/fhir/StructureDefinition/"
	    "iso21090-EN-representation", "valueCode", kind, "use", "usual",
	    "text", fhir_string(s));
	if (o == NULL || (at = blank(s, &len)) == NULL || at == s ||
	    at[len] == '\0')
		return (o);
	fhir_set(o, "family", fhir_stringn(s, (size_t)(at - s)));
	fhir_set(o, "given", json_pack("[o]", fhir_string(at + len)));
	return (o);
}

/* NNN-NNNN however it came. */
static json_t *
address(const struct patient *p)
{
	const char *post = p->post_number;
	json_t *o;

	if (p->address[0] == '\0' && post[0] == '\0')
		return (NULL);
	o = json_object();
	fhir_set_text(o, "text", p->address);
	if (strlen(post) == 7 && strspn(post, "0123456789") == 7)
		fhir_set(o, "postalCode", json_sprintf("%.3s-%s", post,
		    post + 3));
	else
		fhir_set_text(o, "postalCode", post);
	fhir_set(o, "country", json_string("JP"));
	return (json_pack("[o]", o));
}

static json_t *
names(const struct patient *p)
{
	json_t *list = json_array();
	struct blob kana = { 0 };

	if (p->name[0] != '\0')
		(void)json_array_append_new(list, name("IDE", p->name));
	if (p->kana[0] != '\0' && fhir_wide_kana(p->kana, &kana) == ERR_OK)
		(void)json_array_append_new(list, name("SYL",
		    blob_str(&kana)));
	blob_free(&kana);
	if (json_array_size(list) > 0)
		return (list);
	json_decref(list);
	return (NULL);
}

json_t *
fhir_patient(const struct fhir_site *s, const char *id,
    const struct patient *p)
{
	json_t *o = fhir_begin("Patient", id, "JP_Patient");

	if (o == NULL)
		return (NULL);
	fhir_set(o, "identifier", json_pack("[{s:o, s:s}]", "system",
	    json_sprintf("urn:oid:1.2.392.100495.20.3.51.1%s",
	    s->institution_code), "value", p->chart_number));
	fhir_set(o, "active", json_true());
	fhir_set(o, "name", names(p));
	fhir_set_text(o, "gender", genders[p->sex]);
	fhir_set(o, "birthDate", time_of(p->birthdate));
	fhir_set(o, "address", address(p));
	return (o);
}
