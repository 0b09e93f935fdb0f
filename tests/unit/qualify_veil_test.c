#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "host/qualify/veil.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define SHARE	"'InsuredPartialContributionRatio':'010'"
#define ELDERLY	"'ElderlyRecipientCertificateInfo':" \
		"{'ElderlyRecipientContributionRatio':'020'," \
		"'ElderlyRecipientValidStartDate':'20260801'}"
#define LIMIT	"'LimitApplicationCertificateRelatedInfo':" \
		"{'LimitApplicationCertificateClassificationFlag':'B04'}," \
		"'texts':{'LimitApplicationCertificateClassificationFlag':" \
		"'一般','Sex1':'男'}"
#define ALL	SHARE "," ELDERLY "," LIMIT
#define FLAG(v)	"'LimitApplicationCertificateRelatedConsFlg':'" v "',"
#define BORN(d)	"'Birthdate':'" d "',"
#define OF(n)	"'InsurerNumber':'" n "',"
#define ASKED(v) "'QualificationConfirmSearchInfo':{" \
		"'LimitApplicationCertificateRelatedConsFlg':'" v "'}"

/* shown: s the share, e that of the elderly certificate, l the limit. */
static const struct row {
	const char	*name, *record, *unit, *shown;
} rows[] = {
	{ "agreed", FLAG("1") OF("39131016") ALL, "", "sel" },
	{ "not agreed, 39", FLAG("0") OF("39131016") ALL, "", "" },
	{ "ended", FLAG("2") OF("39131016") ALL, "", "" },
	{ "could not be had", FLAG("3") OF("39131016") ALL, "", "" },
	{ "nothing said", OF("39131016") ALL, "", "" },
	{ "asked with consent", OF("39131016") ALL, ASKED("1"), "sel" },
	{ "asked without", OF("39131016") ALL, ASKED("0"), "" },
	{ "taken back since it was asked", FLAG("0") OF("39131016") ALL,
	    ASKED("1"), "" },
	{ "asked without, and agreed at the reader", FLAG("1")
	    OF("39131016") ALL, ASKED("0"), "sel" },
	{ "70 today", FLAG("0") OF("  138016") BORN("19561120") ALL, "", "" },
	{ "70 tomorrow", FLAG("0") OF("  138016") BORN("19561121") ALL, "",
	    "s" },
	{ "six digits that begin with 39", FLAG("0") OF("  390016")
	    BORN("19900101") ALL, "", "s" },
	{ "padded by nobody", FLAG("0") OF("390016") BORN("19900101") ALL,
	    "", "s" },
	{ "young", FLAG("0") OF("06140248") BORN("19900101") ALL, "", "s" },
	{ "born on no day", FLAG("0") OF("06140248") BORN("1990") ALL, "",
	    "s" },
	{ "its own question, of a list", OF("39131016") ALL ","
	    ASKED("1"), ASKED("0"), "sel" },
};

static json_t *
data_of(const struct row *row)
{
	char text[2048];
	json_t *o;

	snprintf(text, sizeof(text), "{'header':{"
	    "'QualificationConfirmationDate':'20261120'},'unit':{%s},"
	    "'records':[{%s}],'remainder':[{'path':'XmlMsg/MessageBody/"
	    "InsuredPartialContributionRatio','value':'10'},"
	    "{'path':'XmlMsg/MessageBody/Unheard','value':'x'}]}", row->unit,
	    row->record);
	for (char *s = text; *s != '\0'; s++)
		*s = *s == '\'' ? '"' : *s;
	assert_non_null(o = json_loads(text, 0, NULL));
	return (o);
}

static int
says(const json_t *data, const char *word)
{
	char *text = json_dumps(data, 0);
	int found = strstr(text, word) != NULL;

	free(text);
	return (found);
}

static void
data_row(void **state)
{
	static const struct {
		char		 letter;
		const char	*name, *value;
	} parts[] = {
		{ 's', "InsuredPartialContributionRatio", "\"010\"" },
		{ 'e', "ElderlyRecipientContributionRatio", "\"020\"" },
		{ 'l', "LimitApplicationCertificateRelatedInfo", "\"B04\"" },
	};
	const struct row *row = *state;
	json_t *o = data_of(row), *record;
	int shown;

	assert_int_equal(veil_data(o), ERR_OK);
	record = json_array_get(json_object_get(o, "records"), 0);
	for (size_t i = 0; i < LEN(parts); i++) {
		shown = strchr(row->shown, parts[i].letter) != NULL;
		assert_int_equal(says(o, parts[i].value), shown);
		assert_int_equal(veil_withholds(record, parts[i].name),
		    !shown);
	}
	/* What a code means tells as much as the code. */
	assert_int_equal(says(o, "一般"), strchr(row->shown, 'l') != NULL);
	assert_true(says(o, "男"));
	assert_true(says(o, "20260801"));
	assert_int_equal(says(o, "\"10\""), strchr(row->shown, 'l') != NULL);
	assert_true(says(o, "Unheard"));
	json_decref(o);
}

static void
certificates_of_a_list(void **state)
{
	json_t *o = json_loads("{\"header\":{},\"unit\":{},\"records\":[{"
	    "\"ElderlyRecipientCertificateInfo\":["
	    "{\"ElderlyRecipientContributionRatio\":\"020\"},"
	    "{\"ElderlyRecipientContributionRatio\":\"030\"}]}]}", 0, NULL);

	(void)state;
	assert_int_equal(veil_data(o), ERR_OK);
	assert_false(says(o, "020"));
	assert_false(says(o, "030"));
	json_decref(o);
	o = json_object();
	assert_int_equal(veil_data(o), ERR_OK);
	json_decref(o);
}

#define CODED "LimitApplicationCertificateClassificationFlag"

static void
result_keeps_what_is_hidden(void **state)
{
	static const char xml[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
	    "<XmlMsg><MessageHeader><SegmentOfResult>1</SegmentOfResult>"
	    "<MedicalInstitutionCode>9910000001</MedicalInstitutionCode>"
	    "<QualificationConfirmationDate>20261120"
	    "</QualificationConfirmationDate></MessageHeader><MessageBody>"
	    "<ProcessingResultStatus>1</ProcessingResultStatus>"
	    "<QualificationValidity>1</QualificationValidity><ResultList>"
	    "<ResultOfQualificationConfirmation><InsurerNumber>39131016"
	    "</InsurerNumber><InsuredPartialContributionRatio>010"
	    "</InsuredPartialContributionRatio>"
	    "<LimitApplicationCertificateRelatedInfo><" CODED ">B05</" CODED
	    "></LimitApplicationCertificateRelatedInfo>"
	    "</ResultOfQualificationConfirmation></ResultList></MessageBody>"
	    "</XmlMsg>";
	struct result *r = NULL;
	json_t *o;

	(void)state;
	assert_int_equal(result_read("OQSsiquc01res_202611200001.xml", xml,
	    strlen(xml), &r, NULL), ERR_OK);
	assert_int_equal(result_outcome(r), RESULT_ACCEPTED);
	assert_true(veil_hides(r, 0, FIELD_InsuredPartialContributionRatio));
	assert_true(veil_hides(r, 0,
	    FIELD_LimitApplicationCertificateClassificationFlag));
	assert_false(veil_hides(r, 0, FIELD_InsurerNumber));
	assert_string_equal(result_field(r, 0,
	    FIELD_InsuredPartialContributionRatio), "010");
	assert_non_null(o = veil_result(r));
	assert_false(says(o, "B05"));
	assert_false(says(o, "低所得"));
	json_decref(o);
	result_free(&r);
}

static void
said_in_both_languages(void **state)
{
	(void)state;
	assert_string_equal(veil_text(ERR_JA), "同意がないため表示しません");
	assert_string_equal(veil_text(ERR_EN), "not shown: no consent");
	assert_false(veil_withholds(NULL, "Name"));
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 3];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].name, data_row,
		    NULL, NULL, (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    certificates_of_a_list);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    result_keeps_what_is_hidden);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    said_in_both_languages);
	return (_cmocka_run_group_tests("qualify_veil", tests, n, NULL,
	    NULL));
}
