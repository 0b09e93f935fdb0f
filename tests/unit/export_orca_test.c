#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/export/orca.h"
#include "host/qualify/result.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ID	"0b0e3a52-7d1c-4f0a-9c55-0123456789ab"
#define NOW	INT64_C(1795132800000)	/* 2026-11-20 09:00 JST */

/* P10: insurance and medical assistance, as a home list says it. */
static const char twin[] =
    "{'header': {'ProcessExecutionTime': '20260401090003',"
    "  'MedicalInstitutionCode': '9910000001'},"
    " 'unit': {'ProcessingResultStatus': '1', 'QualificationValidity': '1',"
    "  'ReferenceNumber': '10005', 'texts': {'QualificationValidity': 'x'}},"
    " 'records': [{'InsuredCardClassification': '01',"
    "  'PrescriptionIssueSelect': '2',"
    "  'InsurerNumber': '06140248', 'InsuredCardSymbol': '10 & <1>',"
    "  'InsuredIdentificationNumber': '1619931528x009',"
    "  'Name': '扶助　三葉', 'NameKana': 'ﾌｼﾞﾖ ﾐﾂﾊﾞ', 'Sex1': '1',"
    "  'Birthdate': '19741201', 'InsuredName': '',"
    "  'LimitApplicationCertificateChanged': '1',"
    "  'LimitApplicationCertificateRelatedInfo':"
    "   {'LimitApplicationCertificateClassificationFlag': 'A01',"
    "    'texts': {}},"
    "  'SpecificDiseasesCertificateList':"
    "   {'SpecificDiseasesCertificateInfo':"
    "    [{'SpecificDiseasesDiseaseCategory': '2',"
    "      'SpecificDiseasesSelfPay': '10000'},"
    "     {'SpecificDiseasesDiseaseCategory': '1'}]},"
    "  'PharmacistsInfoConsFlg': '1', 'Unknown': 'kept out'},"
    " {'InsuredCardClassification': 'A1', 'InsurerNumber': '12161009',"
    "  'InsuredIdentificationNumber': '9931521', 'Name': '扶助　三葉',"
    "  'Sex1': '1', 'Birthdate': '19741201', 'ReferenceNumber': '10006',"
    "  'PublicExpenseResultList': {'MedicalTicketInfo':"
    "   [{'TicketType': '01', 'IssueNumber': '0000000001'}]}}]}";

static const char twin_xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
    "<XmlMsg>\n"
    "\t<MessageHeader>\n"
    "\t\t<ProcessExecutionTime>20260401090003</ProcessExecutionTime>\n"
    "\t\t<QualificationConfirmationDate>20260401"
    "</QualificationConfirmationDate>\n"
    "\t\t<MedicalInstitutionCode>9910000001</MedicalInstitutionCode>\n"
    "\t\t<ArbitraryFileIdentifier>0b0e3a527d1c4f0a9c550123456789ab"
    "</ArbitraryFileIdentifier>\n"
    "\t\t<ReferenceClassification>1</ReferenceClassification>\n"
    "\t\t<SegmentOfResult>1</SegmentOfResult>\n"
    "\t\t<CharacterCodeIdentifier>0</CharacterCodeIdentifier>\n"
    "\t</MessageHeader>\n"
    "\t<MessageBody>\n"
    "\t\t<PrescriptionIssueSelect>2</PrescriptionIssueSelect>\n"
    "\t\t<ProcessingResultStatus>1</ProcessingResultStatus>\n"
    "\t\t<QualificationValidity>1</QualificationValidity>\n"
    "\t\t<ResultList>\n"
    "\t\t\t<ResultOfQualificationConfirmation>\n"
    "\t\t\t\t<InsuredCardClassification>01</InsuredCardClassification>\n"
    "\t\t\t\t<InsurerNumber>06140248</InsurerNumber>\n"
    "\t\t\t\t<InsuredCardSymbol>10 &amp; &lt;1&gt;</InsuredCardSymbol>\n"
    "\t\t\t\t<InsuredIdentificationNumber>1619931528x009"
    "</InsuredIdentificationNumber>\n"
    "\t\t\t\t<Name>扶助　三葉</Name>\n"
    "\t\t\t\t<NameKana>ﾌｼﾞﾖ ﾐﾂﾊﾞ</NameKana>\n"
    "\t\t\t\t<Sex1>1</Sex1>\n"
    "\t\t\t\t<Birthdate>19741201</Birthdate>\n"
    "\t\t\t\t<LimitApplicationCertificateRelatedInfo>\n"
    "\t\t\t\t\t<LimitApplicationCertificateClassificationFlag>A01"
    "</LimitApplicationCertificateClassificationFlag>\n"
    "\t\t\t\t</LimitApplicationCertificateRelatedInfo>\n"
    "\t\t\t\t<SpecificDiseasesCertificateList>\n"
    "\t\t\t\t\t<SpecificDiseasesCertificateInfo>\n"
    "\t\t\t\t\t\t<SpecificDiseasesDiseaseCategory>2"
    "</SpecificDiseasesDiseaseCategory>\n"
    "\t\t\t\t\t\t<SpecificDiseasesSelfPay>10000"
    "</SpecificDiseasesSelfPay>\n"
    "\t\t\t\t\t</SpecificDiseasesCertificateInfo>\n"
    "\t\t\t\t\t<SpecificDiseasesCertificateInfo>\n"
    "\t\t\t\t\t\t<SpecificDiseasesDiseaseCategory>1"
    "</SpecificDiseasesDiseaseCategory>\n"
    "\t\t\t\t\t</SpecificDiseasesCertificateInfo>\n"
    "\t\t\t\t</SpecificDiseasesCertificateList>\n"
    "\t\t\t\t<PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>\n"
    "\t\t\t\t<ReferenceNumber>10005</ReferenceNumber>\n"
    "\t\t\t</ResultOfQualificationConfirmation>\n"
    "\t\t\t<ResultOfQualificationConfirmation>\n"
    "\t\t\t\t<InsuredCardClassification>A1</InsuredCardClassification>\n"
    "\t\t\t\t<InsurerNumber>12161009</InsurerNumber>\n"
    "\t\t\t\t<InsuredIdentificationNumber>9931521"
    "</InsuredIdentificationNumber>\n"
    "\t\t\t\t<Name>扶助　三葉</Name>\n"
    "\t\t\t\t<Sex1>1</Sex1>\n"
    "\t\t\t\t<Birthdate>19741201</Birthdate>\n"
    "\t\t\t\t<PublicExpenseResultList>\n"
    "\t\t\t\t\t<MedicalTicketInfo>\n"
    "\t\t\t\t\t\t<TicketType>01</TicketType>\n"
    "\t\t\t\t\t\t<IssueNumber>0000000001</IssueNumber>\n"
    "\t\t\t\t\t</MedicalTicketInfo>\n"
    "\t\t\t\t</PublicExpenseResultList>\n"
    "\t\t\t\t<ReferenceNumber>10006</ReferenceNumber>\n"
    "\t\t\t</ResultOfQualificationConfirmation>\n"
    "\t\t</ResultList>\n"
    "\t</MessageBody>\n"
    "</XmlMsg>\n";

static const struct orca_conf conf = { "", ORCA_NAME, "9910000001",
    CHARSET_UTF8 };

/* JSON with ' for ", so that it can be read here. */
static json_t *
parse(const char *quoted)
{
	char text[8192];
	json_t *o;

	assert_true(strlen(quoted) < sizeof(text));
	snprintf(text, sizeof(text), "%s", quoted);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	return (o);
}

static enum err
make(enum charset charset, const char *kind, const char *quoted,
    struct blob *out, struct note *note)
{
	struct orca_conf c = conf;
	json_t *data = parse(quoted);
	enum err r;

	c.charset = charset;
	r = orca_xml(&c, &(struct orca_source){ ID, kind, "20260401", data },
	    NOW, out, note);
	json_decref(data);
	return (r);
}

static void
test_twin(void **state)
{
	struct blob out = { 0 };
	char text[8192];
	size_t n = 0, lines = 0;

	(void)state;
	for (const char *p = twin_xml; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(make(CHARSET_UTF8, "OQSmuhvq02", twin, &out, NULL),
	    ERR_OK);
	for (const char *p = blob_str(&out); *p != '\0'; p++)
		if (*p != '\r')
			text[n++] = *p;
	text[n] = '\0';
	assert_string_equal(text, twin_xml);
	/* Each line ends in CRLF. */
	assert_int_equal(strlen(blob_str(&out)) - n, lines);
	blob_free(&out);
}

/* The same values come back through our own reader, in both encodings. */
static void
test_read_back(void **state)
{
	static const char file[] = "OQSsiquc01res_face_9910000001"
	    "0b0e3a527d1c4f0a9c55_20261120090000.xml";
	struct blob out = { 0 };
	struct result *res;

	(void)state;
	for (int c = CHARSET_UTF8; c <= CHARSET_CP932; c++) {
		assert_int_equal(make((enum charset)c, "OQSmutic02", twin,
		    &out, NULL), ERR_OK);
		assert_int_equal(result_read(file, out.data, out.len, &res,
		    NULL), ERR_OK);
		assert_int_equal(result_outcome(res), RESULT_ACCEPTED);
		assert_int_equal(result_records(res), 2);
		assert_string_equal(result_field(res, 0, FIELD_Name),
		    "扶助　三葉");
		assert_string_equal(result_field(res, 0,
		    FIELD_InsuredCardSymbol), "10 & <1>");
		assert_int_equal(result_rows(res, 0, PLACE_DISEASE), 2);
		assert_string_equal(result_field(res, 1,
		    FIELD_ReferenceNumber), "10006");
		assert_string_equal(result_field(res, RESULT_TOP,
		    FIELD_CharacterCodeIdentifier), c == CHARSET_CP932 ?
		    "1" : "0");
		result_free(&res);
	}
	blob_free(&out);
}

#define R(more)	"{'header': {}, 'unit': {}, 'records': [{" more "}]}"

static const struct row {
	const char	*name, *kind, *data;
	enum charset	 charset;
	enum err	 want;
	const char	*holds, *note;
} rows[] = {
	{ "no records", "OQSmuhvq02", "{'records': []}", CHARSET_UTF8,
	    ERR_NO_COVERAGE, "", "" },
	{ "nothing", "OQSmuhvq02", "{}", CHARSET_UTF8, ERR_NO_COVERAGE, "",
	    "" },
	{ "a name that CP932 has not", "OQSmuhvq02", R("'Name': '𠮷田'"),
	    CHARSET_CP932, ERR_MISFIT, "", "Name" },
	{ "but UTF-8 has", "OQSmuhvq02", R("'Name': '𠮷田'"), CHARSET_UTF8,
	    ERR_OK, "<Name>𠮷田</Name>", "" },
	{ "● stays", "OQSmuhvq02", R("'Name': 'ききょう　●子'"),
	    CHARSET_UTF8, ERR_OK, "<Name>ききょう　●子</Name>", "" },
	{ "padding stays", "OQSsiquc01", R("'InsurerNumber': '  172010'"),
	    CHARSET_UTF8, ERR_OK, "<InsurerNumber>  172010</InsurerNumber>",
	    "" },
	{ "a branch that is not there is not made up", "OQSsiquc01",
	    R("'InsuredBranchNumber': ''"), CHARSET_UTF8, ERR_OK,
	    "<ResultOfQualificationConfirmation>\r\n"
	    "\t\t\t</ResultOfQualificationConfirmation>", "" },
	{ "a check rests on insurance data", "OQSmuquc02", R(""),
	    CHARSET_UTF8, ERR_OK,
	    "<ReferenceClassification>2</ReferenceClassification>", "" },
	{ "unless the result says else", "OQSsiquc01",
	    "{'header': {'ReferenceClassification': '1'}, 'records': [{}]}",
	    CHARSET_UTF8, ERR_OK,
	    "<ReferenceClassification>1</ReferenceClassification>", "" },
	{ "the day asked for", "OQSsiquc01", R(""), CHARSET_UTF8, ERR_OK,
	    "<QualificationConfirmationDate>20260401</", "" },
	{ "our code where the result has none", "OQSsiquc01", R(""),
	    CHARSET_UTF8, ERR_OK,
	    "<MedicalInstitutionCode>9910000001</", "" },
	{ "a remark goes with it", "OQSsiquc01",
	    "{'unit': {'ProcessingResultMessage': 'お知らせ'},"
	    " 'records': [{}]}", CHARSET_UTF8, ERR_OK,
	    "<ProcessingResultMessage>お知らせ</", "" },
	{ "two limit certificates", "OQSsiquc01",
	    R("'LimitApplicationCertificateRelatedInfo': ["
	    "{'LimitApplicationCertificateClassification': '01'},"
	    "{'LimitApplicationCertificateClassification': '02'}]"),
	    CHARSET_UTF8, ERR_OK, "<LimitApplicationCertificateClassification>"
	    "02</", "" },
	{ "what is no text is no value", "OQSsiquc01",
	    R("'Name': 1, 'Sex1': ['1']"), CHARSET_UTF8, ERR_OK,
	    "<ResultOfQualificationConfirmation>\r\n\t\t\t</", "" },
};

static void
test_rows(void **state)
{
	struct blob out = { 0 };
	struct note note;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		note.text[0] = '\0';
		assert_int_equal(make(rows[i].charset, rows[i].kind,
		    rows[i].data, &out, &note), rows[i].want);
		if (strstr(blob_str(&out), rows[i].holds) == NULL)
			fail_msg("%s: %s", rows[i].name, blob_str(&out));
		assert_string_equal(note.text, rows[i].note);
		assert_true(rows[i].want == ERR_OK || out.len == 0);
	}
	blob_free(&out);
}

static const struct {
	const char	*name;
	int		 ok;
} names[] = {
	{ ORCA_NAME, 1 }, { "{id}.xml", 1 }, { "a-B_{id}{id}.9.xml", 1 },
	{ "{time}_{id}_{code}.xml", 1 },
	{ "", 0 }, { "{code}.xml", 0 }, { "{id}", 0 }, { "{id}.txt", 0 },
	{ "../{id}.xml", 0 }, { "a/{id}.xml", 0 }, { "{id} .xml", 0 },
	{ "{id}{name}.xml", 0 }, { "{id.xml", 0 }, { "資格{id}.xml", 0 },
	{ ".{id}.xml", 0 }, { "%s{id}.xml", 0 },
};

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(names); i++)
		if (orca_name_is_ok(names[i].name) != names[i].ok)
			fail_msg("%s", names[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twin),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
