#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/export/fhir_in.h"

#define PERSON_CATEGORY	FHIR_CORE "mhlw/CodeSystem/InsuredPersonCategory"
#define INSURER		FHIR_CORE "mhlw/IdSystem/InsurerNumber"
#define MEMBER		"http://jpfhir.jp/fhir/clins/Idsystem/" \
			"JP_Insurance_memberID"
#define EXTENSION	FHIR_CORE "Extension/StructureDefinition/JP_Coverage_"

static const char *
field(const struct coverage *c, const char *word)
{
	const char *s = json_string_value(json_object_get(c->fields, word));

	return (s == NULL ? "" : s);
}

int
fhir_is_coverage(const struct coverage *c)
{
	return (c->kind == COVERAGE_INSURANCE || c->kind == COVERAGE_AID);
}

static void
extension(json_t *list, const char *name, const char *value)
{
	if (value[0] != '\0')
		(void)json_array_append_new(list, json_pack("{s:o, s:o}",
		    "url", json_sprintf(EXTENSION "InsuredPerson%s", name),
		    "valueString", fhir_string(value)));
}

static json_t *
extensions(const struct coverage *c)
{
	json_t *list = json_array();

	extension(list, "Symbol", field(c, "insured_card_symbol"));
	extension(list, "Number", field(c, "insured_identification_number"));
	extension(list, "SubNumber", field(c, "insured_branch_number"));
	if (json_array_size(list) > 0)
		return (list);
	json_decref(list);
	return (NULL);
}

/* Only who is insured has a member id; assistance is paid by its number. */
static json_t *
identifier(const struct coverage *c)
{
	struct blob id = { 0 };
	json_t *o = NULL;

	if (c->kind == COVERAGE_INSURANCE &&
	    field(c, "insured_identification_number")[0] != '\0' &&
	    fhir_member_id(field(c, "insurer_number"),
	    field(c, "insured_card_symbol"),
	    field(c, "insured_identification_number"),
	    field(c, "insured_branch_number"), &id) == ERR_OK)
		o = json_pack("[{s:s, s:s, s:{s:s}}]", "system", MEMBER,
		    "value", blob_str(&id), "assigner", "reference",
		    "#insurer");
	blob_free(&id);
	return (o);
}

static json_t *
insurer(const struct coverage *c)
{
	const char *number = field(c, "insurer_number");
	json_t *o = fhir_begin("Organization", "insurer", "JP_Organization");
	const char *name = field(c, "insurer_name");

	number += strspn(number, " ");
	if (number[0] != '\0')
		fhir_set(o, "identifier", json_pack("[{s:s, s:s}]", "system",
		    INSURER, "value", number));
	fhir_set(o, "type", json_pack("[o]", fhir_code(FHIR_HL7
	    "organization-type", "pay", "Payer", NULL)));
	/* One of both is a must (org-1). */
	fhir_set_text(o, "name", name[0] != '\0' || number[0] != '\0' ?
	    name : "?");
	return (json_pack("[o]", o));
}

/* あいう:１８７ */
static json_t *
subscriber(const struct coverage *c)
{
	const char *symbol = field(c, "insured_card_symbol");
	const char *number = field(c, "insured_identification_number");
	json_t *whole, *o;

	if (number[0] == '\0')
		return (NULL);
	if (symbol[0] == '\0')
		return (fhir_string(number));
	whole = json_sprintf("%s:%s", symbol, number);
	o = whole == NULL ? NULL : fhir_string(json_string_value(whole));
	json_decref(whole);
	return (o);
}

static json_t *
relationship(const struct coverage *c)
{
	const char *s = field(c, "personal_family_classification");

	if (strcmp(s, "1") == 0)
		return (fhir_code(PERSON_CATEGORY, "1", "被保険者", NULL));
	if (strcmp(s, "2") == 0)
		return (fhir_code(PERSON_CATEGORY, "2", "被扶養者", NULL));
	return (NULL);
}

/* 010: one tenth. */
static json_t *
ratio(const struct coverage *c, const struct coverage *elderly)
{
	const char *s = field(c, "contribution_ratio");

	if (s[0] == '\0' && elderly != NULL)
		s = field(elderly, "contribution_ratio");
	if (s[0] == '\0' || strspn(s, "0123456789") != strlen(s))
		return (NULL);
	return (json_pack("[{s:o, s:{s:I, s:s, s:s, s:s}}]", "type",
	    fhir_code(FHIR_HL7 "coverage-copay-type", "copaypct", NULL, NULL),
	    "valueQuantity", "value", (json_int_t)strtol(s, NULL, 10), "unit",
	    "%", "system", "http://unitsofmeasure.org", "code", "%"));
}

/* Over when its last day has passed, or the qualification was lost. */
static const char *
status(const struct fhir_site *s, const struct coverage *c)
{
	const char *lost = field(c, "disqualified_on");
	char today[CLOCK_STAMP_LEN];

	clock_stamp(s->now, today);
	today[8] = '\0';
	if (c->valid_until[0] != '\0' && strcmp(c->valid_until, today) < 0)
		return ("cancelled");
	if (clock_is_date(lost) && strcmp(lost, today) <= 0)
		return ("cancelled");
	return ("active");
}

json_t *
fhir_coverage(const struct fhir_site *s, const char *patient,
    const struct coverage *c, const struct coverage *elderly)
{
	json_t *o;

	if (!fhir_is_coverage(c) ||
	    (o = fhir_begin("Coverage", c->id, "JP_Coverage")) == NULL)
		return (NULL);
	fhir_set(o, "contained", insurer(c));
	fhir_set(o, "extension", extensions(c));
	fhir_set(o, "identifier", identifier(c));
	fhir_set_text(o, "status", status(s, c));
	fhir_set(o, "type", fhir_code(FHIR_HL7 "v3-ActCode", "PUBLICPOL",
	    "public healthcare", c->kind == COVERAGE_AID ? "生活保護" :
	    "医療保険"));
	fhir_set(o, "subscriberId", subscriber(c));
	fhir_set(o, "beneficiary", fhir_reference(s, "Patient", patient));
	fhir_set_text(o, "dependent", field(c, "insured_branch_number"));
	fhir_set(o, "relationship", relationship(c));
	fhir_set(o, "period", fhir_period(c->valid_from, c->valid_until));
	fhir_set(o, "payor", json_pack("[{s:s}]", "reference", "#insurer"));
	fhir_set(o, "costToBeneficiary", ratio(c, elderly));
	return (o);
}
