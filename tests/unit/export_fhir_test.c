#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/export/fhir.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define PATIENT	"11111111-2222-4333-8444-555555555555"
#define NOW	INT64_C(1795132800000)	/* 2026-11-20 09:00 JST */

static const struct fhir_site site = { "9910000001", "", NOW };
static const struct fhir_site server = { "9910000001",
    "http://127.0.0.1:8787/api/v1/fhir", NOW };

/* A value by its path, "name.0.text"; an index is a number. */
static json_t *
at(json_t *o, const char *path)
{
	char part[64];
	size_t n;

	while (*path != '\0' && o != NULL) {
		n = strcspn(path, ".");
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		o = json_is_array(o) ? json_array_get(o, (size_t)atoi(part)) :
		    json_object_get(o, part);
		path += n + (path[n] == '.');
	}
	return (o);
}

static void
assert_at(json_t *o, const char *path, const char *want)
{
	const char *got = json_string_value(at(o, path));

	if (want == NULL && at(o, path) == NULL)
		return;
	if (want == NULL || got == NULL || strcmp(got, want) != 0)
		fail_msg("%s: %s instead of %s", path, got == NULL ? "none" :
		    got, want == NULL ? "none" : want);
}

/* features.md A.6 and G09, fixtures of 1.14 and JP Core's own examples. */
static const struct {
	const char	*name, *insurer, *symbol, *number, *branch, *want;
} members[] = {
	{ "P16", "12345678", "1234", "12345678", "02",
	    "12345678:1234:12345678:02" },
	{ "P03", "139980", "葛う10", "1639960291x001", "01",
	    "00139980:葛う10:1639960291x001:01" },
	{ "P03, padded with blanks", "  139980", "葛う10", "1639960291x001",
	    "01", "00139980:葛う10:1639960291x001:01" },
	{ "no branch keeps its colon", "172010", "321", "654", "",
	    "00172010:321:654:" },
	{ "no symbol either (P14)", "39130000", "", "00000000", "",
	    "39130000::00000000:" },
	{ "JP Core", "12345", "あいう", "１８７", "05",
	    "00012345:あいう:１８７:05" },
	{ "full-width blanks are left out", "06140248", "世　人 10", "0 16",
	    "01", "06140248:世人10:016:01" },
	{ "00 is not made up, and not taken away", "06140248", "10", "5",
	    "00", "06140248:10:5:00" },
};

static void
test_members(void **state)
{
	struct blob out = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(members); i++) {
		assert_int_equal(fhir_member_id(members[i].insurer,
		    members[i].symbol, members[i].number, members[i].branch,
		    &out), ERR_OK);
		assert_string_equal(blob_str(&out), members[i].want);
	}
	blob_free(&out);
}

static const struct patient p03 = { .chart_number = "13",
    .name = "資格　一郎", .kana = "ｼｶｸ ｲﾁﾛｳ", .sex = SEX_MALE,
    .birthdate = "19600602", .post_number = "1000014",
    .address = "東京都千代田区永田町1-99-99" };

static void
test_patient(void **state)
{
	json_t *o = fhir_patient(&site, PATIENT, &p03);

	(void)state;
	assert_at(o, "resourceType", "Patient");
	assert_at(o, "id", PATIENT);
	assert_at(o, "meta.profile.0",
	    "http://jpfhir.jp/fhir/core/StructureDefinition/JP_Patient");
	assert_at(o, "identifier.0.system",
	    "urn:oid:1.2.392.100495.20.3.51.19910000001");
	assert_at(o, "identifier.0.value", "13");
	assert_at(o, "name.0.extension.0.url", "http://hl7.org/fhir/"
	    "StructureDefinition/iso21090-EN-representation");
	assert_at(o, "name.0.extension.0.valueCode", "IDE");
	/* FHIR's strings know no full-width blank. */
	assert_at(o, "name.0.text", "資格 一郎");
	assert_at(o, "name.0.family", "資格");
	assert_at(o, "name.0.given.0", "一郎");
	assert_at(o, "name.1.extension.0.valueCode", "SYL");
	assert_at(o, "name.1.text", "シカク イチロウ");
	assert_at(o, "name.1.family", "シカク");
	assert_at(o, "name.1.given.0", "イチロウ");
	assert_at(o, "gender", "male");
	assert_at(o, "birthDate", "1960-06-02");
	assert_at(o, "address.0.postalCode", "100-0014");
	assert_at(o, "address.0.text", "東京都千代田区永田町1-99-99");
	json_decref(o);
}

/* What is not known is left out, what is not readable stays as it is. */
static void
test_scarce_patients(void **state)
{
	struct patient p = { .chart_number = "2", .name = "ききょう●子",
	    .sex = SEX_UNSET, .birthdate = "" };
	json_t *o = fhir_patient(&site, PATIENT, &p);

	(void)state;
	assert_at(o, "name.0.text", "ききょう●子");
	assert_at(o, "name.0.family", NULL);
	assert_at(o, "name.1", NULL);
	assert_at(o, "gender", "unknown");
	assert_at(o, "birthDate", NULL);
	assert_at(o, "address", NULL);
	json_decref(o);
	p = (struct patient){ .chart_number = "3", .kana = "ｶﾞｷﾞ",
	    .post_number = "105-0004", .sex = SEX_FEMALE };
	o = fhir_patient(&site, PATIENT, &p);
	assert_at(o, "name.0.extension.0.valueCode", "SYL");
	assert_at(o, "name.0.text", "ガギ");
	assert_at(o, "gender", "female");
	assert_at(o, "address.0.postalCode", "105-0004");
	assert_at(o, "address.0.text", NULL);
	json_decref(o);
}

static json_t *
coverage(enum coverage_kind kind, const char *from, const char *until,
    const char *fields)
{
	struct coverage c = { .id = "99999999-2222-4333-8444-555555555555",
	    .kind = kind };
	char text[1024];
	json_t *o;

	snprintf(c.valid_from, sizeof(c.valid_from), "%s", from);
	snprintf(c.valid_until, sizeof(c.valid_until), "%s", until);
	snprintf(text, sizeof(text), "%s", fields);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	c.fields = json_loads(text, 0, NULL);
	assert_non_null(c.fields);
	o = fhir_coverage(&site, PATIENT, &c, NULL);
	json_decref(c.fields);
	return (o);
}

#define P16 "{'insurer_number': '12345678', 'insured_card_symbol': '1234'," \
    " 'insured_identification_number': '12345678',"			\
    " 'insured_branch_number': '02', 'insurer_name': '限定資格保険組合',"	\
    " 'personal_family_classification': '1', 'contribution_ratio': '010'}"

#define CORE "http://jpfhir.jp/fhir/core/"
#define INSURED CORE "Extension/StructureDefinition/JP_Coverage_InsuredPerson"

static void
test_coverage(void **state)
{
	json_t *o = coverage(COVERAGE_INSURANCE, "20230401", "20270331", P16);

	(void)state;
	assert_at(o, "meta.profile.0", CORE "StructureDefinition/JP_Coverage");
	assert_at(o, "identifier.0.system",
	    "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID");
	assert_at(o, "identifier.0.value", "12345678:1234:12345678:02");
	assert_at(o, "extension.0.url", INSURED "Symbol");
	assert_at(o, "extension.0.valueString", "1234");
	assert_at(o, "extension.1.url", INSURED "Number");
	assert_at(o, "extension.1.valueString", "12345678");
	assert_at(o, "extension.2.url", INSURED "SubNumber");
	assert_at(o, "extension.2.valueString", "02");
	assert_at(o, "status", "active");
	assert_at(o, "subscriberId", "1234:12345678");
	assert_at(o, "dependent", "02");
	assert_at(o, "beneficiary.reference", "urn:uuid:" PATIENT);
	assert_at(o, "relationship.coding.0.system",
	    CORE "mhlw/CodeSystem/InsuredPersonCategory");
	assert_at(o, "relationship.coding.0.code", "1");
	assert_at(o, "period.start", "2023-04-01");
	assert_at(o, "period.end", "2027-03-31");
	assert_at(o, "payor.0.reference", "#insurer");
	assert_at(o, "contained.0.id", "insurer");
	assert_at(o, "contained.0.name", "限定資格保険組合");
	assert_at(o, "contained.0.identifier.0.value", "12345678");
	assert_int_equal(json_integer_value(at(o,
	    "costToBeneficiary.0.valueQuantity.value")), 10);
	json_decref(o);
}

static const struct {
	const char		*name;
	enum coverage_kind	 kind;
	const char		*from, *until, *fields, *path, *want;
} rows[] = {
	{ "a family member", COVERAGE_INSURANCE, "20240801", "",
	    "{'personal_family_classification': '2'}",
	    "relationship.coding.0.code", "2" },
	{ "nothing said of it", COVERAGE_INSURANCE, "20240801", "", "{}",
	    "relationship", NULL },
	{ "an open end", COVERAGE_INSURANCE, "20240801", "", "{}",
	    "period.end", NULL },
	{ "no days at all", COVERAGE_INSURANCE, "", "", "{}", "period",
	    NULL },
	{ "no number, no member id", COVERAGE_INSURANCE, "", "",
	    "{'insurer_number': '139980'}", "identifier", NULL },
	{ "over since yesterday", COVERAGE_INSURANCE, "20240801", "20261119",
	    "{}", "status", "cancelled" },
	{ "today is its last day", COVERAGE_INSURANCE, "20240801",
	    "20261120", "{}", "status", "active" },
	{ "lost today", COVERAGE_INSURANCE, "20240801", "",
	    "{'disqualified_on': '20261120'}", "status", "cancelled" },
	{ "lost tomorrow", COVERAGE_INSURANCE, "20240801", "",
	    "{'disqualified_on': '20261121'}", "status", "active" },
	{ "assistance has no member id", COVERAGE_AID, "20261101", "",
	    "{'insurer_number': '12130000',"
	    " 'insured_identification_number': '9931521'}", "identifier",
	    NULL },
	{ "but a number", COVERAGE_AID, "20261101", "",
	    "{'insurer_number': '12130000',"
	    " 'insured_identification_number': '9931521'}", "subscriberId",
	    "9931521" },
	{ "an insurer without a name or number", COVERAGE_INSURANCE, "", "",
	    "{}", "contained.0.name", "?" },
	{ "a ratio that is none", COVERAGE_INSURANCE, "", "",
	    "{'contribution_ratio': 'x'}", "costToBeneficiary", NULL },
};

static void
test_rows(void **state)
{
	json_t *o;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		o = coverage(rows[i].kind, rows[i].from, rows[i].until,
		    rows[i].fields);
		assert_non_null(o);
		assert_at(o, rows[i].path, rows[i].want);
		json_decref(o);
	}
	for (int k = 0; k < COVERAGE_KINDS; k++) {
		o = coverage((enum coverage_kind)k, "", "", "{}");
		assert_int_equal(o != NULL, k == COVERAGE_INSURANCE ||
		    k == COVERAGE_AID);
		json_decref(o);
	}
}

static void
test_bundles(void **state)
{
	json_t *o;

	(void)state;
	o = fhir_bundle(&site, "collection", json_pack("[o]",
	    fhir_patient(&site, PATIENT, &p03)), 1);
	assert_at(o, "type", "collection");
	assert_at(o, "entry.0.fullUrl", "urn:uuid:" PATIENT);
	assert_null(at(o, "total"));
	assert_null(at(o, "entry.0.search"));
	json_decref(o);
	o = fhir_bundle(&server, "searchset", json_pack("[o]",
	    fhir_patient(&server, PATIENT, &p03)), 1);
	assert_at(o, "entry.0.fullUrl",
	    "http://127.0.0.1:8787/api/v1/fhir/Patient/" PATIENT);
	assert_at(o, "entry.0.search.mode", "match");
	assert_int_equal(json_integer_value(at(o, "total")), 1);
	json_decref(o);
	o = fhir_bundle(&server, "searchset", json_array(), 0);
	assert_null(at(o, "entry"));
	json_decref(o);
}

static void
test_server(void **state)
{
	json_t *o = fhir_capability(&server);

	(void)state;
	assert_at(o, "fhirVersion", "4.0.1");
	assert_at(o, "rest.0.resource.0.type", "Patient");
	assert_at(o, "rest.0.resource.0.searchParam.0.name", "identifier");
	assert_at(o, "rest.0.resource.2.type", "Consent");
	assert_at(o, "implementation.url", server.base);
	json_decref(o);
	o = fhir_outcome(ERR_NOT_ALLOWED, "");
	assert_at(o, "issue.0.code", "forbidden");
	assert_at(o, "issue.0.diagnostics", NULL);
	json_decref(o);
	o = fhir_outcome(ERR_NO_SUCH, "x");
	assert_at(o, "issue.0.code", "not-found");
	assert_at(o, "issue.0.diagnostics", "x");
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_patient),
		cmocka_unit_test(test_scarce_patients),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bundles),
		cmocka_unit_test(test_server),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
