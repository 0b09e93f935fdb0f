#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "host/qualify/result.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FACE	"OQSsiquc01res_face_99100000010123456789abcdef0123_" \
		"20261120090003.xml"
#define ONE	"OQSsiquc01res_202611200001.xml"
#define TOP	RESULT_TOP

static struct result *
read_file(const char *name)
{
	struct result *r = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/results/%s", TEST_DATA, name);
	assert_int_equal(result_read(path, NULL, 0, &r, NULL), ERR_OK);
	return (r);
}

/* A fixture, its outcome, and one value that proves it was understood. */
static const struct row {
	const char		*name, *file, *kind;
	enum result_outcome	 outcome;
	enum err		 err;
	size_t			 records, record;
	enum field		 field;
	const char		*value;
} rows[] = {
	{ "face", FACE, "OQSsiquc01res_face", RESULT_ACCEPTED, ERR_OK, 1, 0,
	    FIELD_Name, "ききょう　髙子" },
	{ "sjis, FBFC", "OQSsiquc01res_202611200002.xml", "OQSsiquc01res",
	    RESULT_ACCEPTED, ERR_OK, 1, 0, FIELD_Name, "ききょう　髙子" },
	{ "sjis, EEE0", "OQSsiquc01res_202611200003.xml", "OQSsiquc01res",
	    RESULT_ACCEPTED, ERR_OK, 1, 0, FIELD_Name, "ききょう　髙子" },
	{ "spaces stay", FACE, "OQSsiquc01res_face", RESULT_ACCEPTED, ERR_OK,
	    1, 0, FIELD_InsurerNumber, "  172010" },
	{ "group", FACE, "OQSsiquc01res_face", RESULT_ACCEPTED, ERR_OK, 1, 0,
	    FIELD_ElderlyRecipientContributionRatio, "020" },
	{ "odd spelling", FACE, "OQSsiquc01res_face", RESULT_ACCEPTED, ERR_OK,
	    1, 0, FIELD_DiagnosisInfoConsTime, "20261120090000" },
	{ "newer consent", FACE, "OQSsiquc01res_face", RESULT_ACCEPTED,
	    ERR_OK, 1, 0, FIELD_AllergyInfoConsFlg, "0" },
	{ "absent is empty", FACE, "OQSsiquc01res_face", RESULT_ACCEPTED,
	    ERR_OK, 1, 0, FIELD_InsuredBranchNumber, "" },
	{ "select in the body", FACE, "OQSsiquc01res_face", RESULT_ACCEPTED,
	    ERR_OK, 1, 0, FIELD_PrescriptionIssueSelect, "2" },
	{ "no third record", "OQSsiquc01res_202611200010.xml",
	    "OQSsiquc01res", RESULT_ACCEPTED, ERR_OK, 2, 2, FIELD_Name, "" },
	{ "twin records", "OQSsiquc01res_202611200010.xml", "OQSsiquc01res",
	    RESULT_ACCEPTED, ERR_OK, 2, 1, FIELD_InsurerNumber, "12161009" },
	{ "segment 9", "OQSsiquc01res_202611200020.xml", "OQSsiquc01res",
	    RESULT_REFUSED, ERR_REFUSED, 0, TOP, FIELD_ErrorCode,
	    "OQC-OWSE0900000" },
	{ "status 2", "OQSsiquc01res_202611200021.xml", "OQSsiquc01res",
	    RESULT_REFUSED, ERR_REFUSED, 0, TOP, FIELD_ProcessingResultCode,
	    "E-1" },
	{ "registration", "OQSsiimm01res_202611200004.xml", "OQSsiimm01res",
	    RESULT_ACCEPTED, ERR_OK, 0, TOP, FIELD_ReferenceNumber, "00002" },
	{ "reception", "OQSmuhvq01res_202611200005.xml", "OQSmuhvq01res",
	    RESULT_ACCEPTED, ERR_OK, 0, TOP, FIELD_ReceptionNumber,
	    "20240829103551503_9598" },
	{ "unit", "OQSmuhvq02res_202611200006.xml", "OQSmuhvq02res",
	    RESULT_ACCEPTED, ERR_OK, 4, 0, FIELD_ReferenceNumber, "70" },
	{ "unit's echo", "OQSmuhvq02res_202611200006.xml", "OQSmuhvq02res",
	    RESULT_ACCEPTED, ERR_OK, 4, 0, FIELD_ArbitraryIdentifier, "7" },
	{ "parallel numbers", "OQSmuhvq02res_202611200006.xml",
	    "OQSmuhvq02res", RESULT_ACCEPTED, ERR_OK, 4, 2,
	    FIELD_ReferenceNumber, "10006" },
	{ "unit in error", "OQSmuhvq02res_202611200006.xml", "OQSmuhvq02res",
	    RESULT_ACCEPTED, ERR_OK, 4, 3, FIELD_ProcessingResultCode,
	    "E-2" },
	{ "the echo is no coverage", "OQSmuhvq02res_202611200006.xml",
	    "OQSmuhvq02res", RESULT_ACCEPTED, ERR_OK, 4, 3,
	    FIELD_InsurerNumber, "" },
	{ "zipped", "OQSmuhvq02res_202611200006.zip", "OQSmuhvq02res",
	    RESULT_ACCEPTED, ERR_OK, 4, 2, FIELD_ReferenceNumber, "10006" },
	{ "zip leads out", "OQSmuhvq02res_202611200030.zip", "OQSmuhvq02res",
	    RESULT_REFUSED, ERR_LAYOUT, 0, TOP, FIELD_Name, "" },
	{ "zip in zip", "OQSmuhvq02res_202611200031.zip", "OQSmuhvq02res",
	    RESULT_REFUSED, ERR_LAYOUT, 0, TOP, FIELD_Name, "" },
	{ "zip of many", "OQSmuhvq02res_202611200032.zip", "OQSmuhvq02res",
	    RESULT_REFUSED, ERR_LAYOUT, 0, TOP, FIELD_Name, "" },
	{ "zip bomb", "OQSmuhvq02res_202611200033.zip", "OQSmuhvq02res",
	    RESULT_REFUSED, ERR_XML_BIG, 0, TOP, FIELD_Name, "" },
	{ "zip of another", "OQSmuhvq02res_202611200034.zip",
	    "OQSmuhvq02res", RESULT_REFUSED, ERR_LAYOUT, 0, TOP, FIELD_Name,
	    "" },
	{ "zip with a password", "OQSmuhvq02res_202611200035.zip",
	    "OQSmuhvq02res", RESULT_REFUSED, ERR_LAYOUT, 0, TOP, FIELD_Name,
	    "" },
	{ "check-ups", "TKKsiquc01res_012611200900.xml", "TKKsiquc01res",
	    RESULT_ACCEPTED, ERR_OK, 0, TOP, FIELD_ResultCode, "1" },
	{ "drugs without consent", "YZKsiquc01res_042611200900.xml",
	    "YZKsiquc01res", RESULT_REFUSED, ERR_REFUSED, 0, TOP,
	    FIELD_MessageContents, "同意がありません" },
	{ "drugs as pdf", "YZKsiquc01res_012611200900.pdf", "YZKsiquc01res",
	    RESULT_ACCEPTED, ERR_OK, 0, TOP, FIELD_ResultCode, "" },
	{ "summary is kept", "CIPsiquc01res_202611200007.xml",
	    "CIPsiquc01res", RESULT_ACCEPTED, ERR_OK, 0, TOP,
	    FIELD_SegmentOfResult, "1" },
	{ "returned request", "OQSsiquc01req_202611200008.xml",
	    "OQSsiquc01req", RESULT_REFUSED, ERR_REFUSED, 0, TOP, FIELD_Name,
	    "" },
	{ "its text", "OQSsiquc01req_202611200008.err", "OQSsiquc01req",
	    RESULT_REFUSED, ERR_REFUSED, 0, TOP, FIELD_Name, "" },
};

static void
fixture(void **state)
{
	const struct row *row = *state;
	struct result *r = read_file(row->file);
	json_t *j;

	assert_int_equal(result_outcome(r), row->outcome);
	assert_int_equal(result_err(r), row->err);
	assert_string_equal(result_kind(r), row->kind);
	assert_int_equal(result_records(r), row->records);
	assert_string_equal(result_field(r, row->record, row->field),
	    row->value);
	if (row->outcome != RESULT_ACCEPTED)
		assert_true(strlen(result_reason(r, ERR_JA)) > 0);
	assert_non_null(j = result_json(r));
	assert_int_equal(json_array_size(json_object_get(j, "records")),
	    row->records);
	json_decref(j);
	result_free(&r);
	assert_null(r);
}

#define DECL	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define HEAD(s)	DECL "<XmlMsg><MessageHeader><SegmentOfResult>" s \
		"</SegmentOfResult></MessageHeader>"
#define BODY(s)	"<MessageBody>" s "</MessageBody></XmlMsg>"
#define STATUS	"<ProcessingResultStatus>1</ProcessingResultStatus>"
#define VALID(s) "<QualificationValidity>" s "</QualificationValidity>"
#define GOOD	STATUS VALID("1")
#define SAID	"<XmlMsg><MessageHeader><ErrorCode>E9</ErrorCode>"	\
		"<ErrorMessage>何か</ErrorMessage></MessageHeader>"
#define COUNT(s) "<XmlMsg><MessageHeader>"				\
		"<SegmentOfResult>1</SegmentOfResult>"			\
		"<NumberOfProcessingResult>" s "</NumberOfProcessingResult>" \
		"</MessageHeader>"
#define UNIT	"<BulkConfirmUnit>" STATUS "</BulkConfirmUnit>"
#define BULK	"OQSmuquc02res_202611200001.xml"
#define REC(s)	"<ResultList><ResultOfQualificationConfirmation>" s	\
		"</ResultOfQualificationConfirmation></ResultList>"

/* Bytes under a name; reason: a part of the English one. */
static const struct bad {
	const char		*name, *file, *text;
	enum result_outcome	 outcome;
	enum err		 err;
	const char		*reason;
} bads[] = {
	{ "least that is accepted", ONE, HEAD("1") BODY(GOOD),
	    RESULT_ACCEPTED, ERR_OK, "" },
	{ "remark with success", ONE, HEAD("1") BODY(GOOD
	    "<ProcessingResultMessage>3か月以内</ProcessingResultMessage>"),
	    RESULT_ACCEPTED, ERR_OK, "3か月以内" },
	{ "validity 4 is an answer", ONE, HEAD("1") BODY(STATUS
	    VALID("4")), RESULT_ACCEPTED, ERR_OK, "" },
	{ "validity absent", ONE, HEAD("1") BODY(STATUS), RESULT_REFUSED,
	    ERR_LAYOUT, "QualificationValidity is missing" },
	{ "validity empty", ONE, HEAD("1") BODY(STATUS VALID("")),
	    RESULT_REFUSED, ERR_LAYOUT, "QualificationValidity is missing" },
	{ "validity 7", ONE, HEAD("1") BODY(STATUS VALID("7")),
	    RESULT_REFUSED, ERR_LAYOUT,
	    "QualificationValidity (7) has a value" },
	{ "validity in full width", ONE, HEAD("1") BODY(STATUS VALID("１")),
	    RESULT_REFUSED, ERR_LAYOUT,
	    "QualificationValidity (１) has a value" },
	{ "error said without a segment", ONE, SAID BODY(GOOD),
	    RESULT_REFUSED, ERR_LAYOUT,
	    "SegmentOfResult is missing: E9 何か" },
	{ "error said, two names", ONE, SAID BODY(GOOD REC("<Name>a</Name>"
	    "<Name>b</Name>")), RESULT_REFUSED, ERR_LAYOUT,
	    "different content: E9 何か" },
	{ "message without a status", ONE, HEAD("1") BODY(
	    "<ProcessingResultMessage>何か</ProcessingResultMessage>"),
	    RESULT_REFUSED, ERR_LAYOUT,
	    "ProcessingResultStatus is missing: 何か" },
	{ "unknown kind with a message only", "CIPsiquc01res_1.xml",
	    "<XmlMsg><MessageBody><MessageContents>同意なし"
	    "</MessageContents></MessageBody></XmlMsg>", RESULT_REFUSED,
	    ERR_LAYOUT, "not understood, kept whole: 同意なし" },
	{ "unknown kind with success", "CIPsiquc01res_1.xml",
	    "<XmlMsg><MessageBody><ResultCode>1</ResultCode></MessageBody>"
	    "</XmlMsg>", RESULT_ACCEPTED, ERR_OK, "" },
	{ "unknown kind with a failure", "CIPsiquc01res_1.xml",
	    "<XmlMsg><MessageBody><ResultCode>9</ResultCode><MessageContents>"
	    "x</MessageContents></MessageBody></XmlMsg>", RESULT_REFUSED,
	    ERR_REFUSED, "9 x" },
	{ "revocation says nothing", "OQSsihvd01res_1.xml",
	    "<XmlMsg><MessageBody/></XmlMsg>", RESULT_REFUSED, ERR_LAYOUT,
	    "OQSsihvd01res does not say" },
	{ "unknown kind, segment 3", "OQSsihvd01res_1.xml", HEAD("3") BODY(""),
	    RESULT_REFUSED, ERR_LAYOUT, "SegmentOfResult (3) has a value" },
	{ "reception, segment 3", "OQSmuquc01res_1.xml", HEAD("3") BODY(
	    "<ReceptionNumber>1</ReceptionNumber>"), RESULT_REFUSED,
	    ERR_LAYOUT, "SegmentOfResult (3) has a value" },
	{ "as many as counted", BULK, COUNT("2") BODY(UNIT UNIT),
	    RESULT_ACCEPTED, ERR_OK, "" },
	{ "fewer than counted", BULK, COUNT("3") BODY(UNIT UNIT),
	    RESULT_REFUSED, ERR_LAYOUT,
	    "NumberOfProcessingResult (3) / units (2) differ" },
	{ "more than counted", BULK, COUNT("1") BODY(UNIT UNIT),
	    RESULT_REFUSED, ERR_LAYOUT, "(1) / units (2)" },
	{ "no count", BULK, COUNT("x") BODY(UNIT), RESULT_REFUSED, ERR_LAYOUT,
	    "NumberOfProcessingResult has a value" },
	{ "equal twice", ONE, HEAD("1") BODY(GOOD GOOD), RESULT_ACCEPTED,
	    ERR_OK, "" },
	{ "any case of name", "oqsSIQUC01RES_202611200001.XML", HEAD("1")
	    BODY(GOOD), RESULT_ACCEPTED, ERR_OK, "" },
	{ "in progress", ONE, HEAD("2") BODY(""), RESULT_WAITING,
	    ERR_NO_ANSWER, "" },
	{ "half", ONE, HEAD("1") "<MessageBody>", RESULT_WAITING, ERR_HALF,
	    "" },
	{ "empty", ONE, "", RESULT_WAITING, ERR_HALF, "" },
	{ "malformed", ONE, "<XmlMsg></a>", RESULT_REFUSED, ERR_XML_SYNTAX,
	    "line 1" },
	{ "doctype", ONE, "<!DOCTYPE a><XmlMsg/>", RESULT_REFUSED,
	    ERR_XML_DTD, "DOCTYPE" },
	{ "other root", ONE, "<Message/>", RESULT_REFUSED, ERR_LAYOUT,
	    "XmlMsg" },
	{ "no header", ONE, DECL "<XmlMsg>" BODY(GOOD), RESULT_REFUSED,
	    ERR_LAYOUT, "SegmentOfResult is missing" },
	{ "no segment", ONE, HEAD("") BODY(GOOD), RESULT_REFUSED, ERR_LAYOUT,
	    "SegmentOfResult is missing" },
	{ "segment 3", ONE, HEAD("3") BODY(GOOD), RESULT_REFUSED, ERR_LAYOUT,
	    "SegmentOfResult (3) has a value" },
	{ "no status", ONE, HEAD("1") BODY(""), RESULT_REFUSED, ERR_LAYOUT,
	    "ProcessingResultStatus is missing" },
	{ "status 3", ONE, HEAD("1") BODY("<ProcessingResultStatus>3"
	    "</ProcessingResultStatus>"), RESULT_REFUSED, ERR_LAYOUT,
	    "ProcessingResultStatus (3) has a value" },
	{ "status 1 and 2", ONE, HEAD("1") BODY(GOOD "<ProcessingResultStatus>"
	    "2</ProcessingResultStatus>"), RESULT_REFUSED, ERR_LAYOUT,
	    "ProcessingResultStatus stands there twice" },
	{ "two names", ONE, HEAD("1") BODY(GOOD REC("<Name>資格　一郎</Name>"
	    "<Name>資格　三郎</Name>")), RESULT_REFUSED, ERR_LAYOUT,
	    "Name stands there twice" },
	{ "two spellings differ", ONE, HEAD("1") BODY(GOOD REC(
	    "<DiagnosisInfoConsTime>20261120090000</DiagnosisInfoConsTime>"
	    "<DiagnosisInfoConsTim>20261120090001</DiagnosisInfoConsTim>")),
	    RESULT_REFUSED, ERR_LAYOUT, "DiagnosisInfoConsTim stands" },
	{ "two bodies", ONE, HEAD("1") "<MessageBody>" GOOD "</MessageBody>"
	    BODY(""), RESULT_REFUSED, ERR_LAYOUT, "MessageBody stands" },
	{ "unit without status", "OQSmuquc02res_202611200001.xml", HEAD("1")
	    BODY("<BulkConfirmUnit/>"), RESULT_REFUSED, ERR_LAYOUT,
	    "ProcessingResultStatus is missing" },
	{ "reception without number", "OQSmuquc01res_202611200001.xml",
	    HEAD("1") BODY(""), RESULT_REFUSED, ERR_LAYOUT,
	    "ReceptionNumber is missing" },
	{ "care without code", "TKKsiquc01res_01.xml", HEAD("1") BODY(""),
	    RESULT_REFUSED, ERR_LAYOUT, "ResultCode is missing" },
	{ "pdf that is none", "TKKsiquc01res_01.pdf", "hello", RESULT_REFUSED,
	    ERR_LAYOUT, "PDF" },
	{ "half a pdf", "TKKsiquc01res_01.pdf", "%PDF-1.4 ", RESULT_WAITING,
	    ERR_HALF, "" },
	{ "zip that is none", "OQSmuquc02res_1.zip", "hello", RESULT_REFUSED,
	    ERR_LAYOUT, "unpacked" },
	{ "half a zip", "OQSmuquc02res_1.zip", "PK\3\4", RESULT_WAITING,
	    ERR_HALF, "" },
	{ "pdf of a kind without", "OQSsiquc01res_1.pdf", "", RESULT_NOT_OURS,
	    ERR_FOREIGN, "" },
	{ "foreign", "report.xml", "<XmlMsg/>", RESULT_NOT_OURS, ERR_FOREIGN,
	    "" },
	{ "temporary", ".OQSsiquc01res_202611200001.xml", "",
	    RESULT_NOT_OURS, ERR_FOREIGN, "" },
	{ "no suffix", "OQSsiquc01res_.xml", "", RESULT_NOT_OURS, ERR_FOREIGN,
	    "" },
	{ "other extension", "OQSsiquc01res_1.xml.tmp", "", RESULT_NOT_OURS,
	    ERR_FOREIGN, "" },
	{ "face without a time", "OQSsiquc01res_face_1.xml", "",
	    RESULT_NOT_OURS, ERR_FOREIGN, "" },
	{ "prescription service", "EPSsiquc01res_1.xml", "", RESULT_NOT_OURS,
	    ERR_FOREIGN, "" },
	{ "empty name", "", "", RESULT_NOT_OURS, ERR_FOREIGN, "" },
};

static void
bytes(void **state)
{
	const struct bad *row = *state;
	struct result *r = NULL;
	json_t *j;

	assert_int_equal(result_read(row->file, row->text, strlen(row->text),
	    &r, NULL), ERR_OK);
	assert_int_equal(result_outcome(r), row->outcome);
	assert_int_equal(result_err(r), row->err);
	assert_non_null(strstr(result_reason(r, ERR_EN), row->reason));
	if (row->outcome == RESULT_REFUSED)
		assert_true(strlen(result_reason(r, ERR_JA)) > 0);
	assert_non_null(j = result_json(r));
	assert_string_equal(json_string_value(json_object_get(
	    json_object_get(j, "reason"), "code")), err_name(row->err));
	json_decref(j);
	result_free(&r);
}

/* What lands in the remainder of a record, and whether it is warned of. */
static const struct rest {
	const char	*name, *inside, *path, *value;
	size_t		 warnings;
} rests[] = {
	{ "unknown", "<New>1</New>", "/New", "1", 0 },
	{ "unknown group", "<New><A>1</A><A>2</A></New>", "/New/A[2]", "2",
	    0 },
	{ "empty unknown", "<New/>", "/New", "", 0 },
	{ "date of no calendar", "<Birthdate>19991332</Birthdate>",
	    "/Birthdate", "19991332", 1 },
	{ "code of no table", "<Sex1>9</Sex1>", "/Sex1", "9", 1 },
	{ "field with elements", "<Name><A>x</A></Name>", "/Name/A", "x", 1 },
	{ "attribute", "<Name a=\"1\">x</Name>", "/Name/@a", "1", 1 },
	{ "text between", "t<Name>x</Name>", "Confirmation", "t", 1 },
	{ "other place", "<TicketType>01</TicketType>", "/TicketType", "01",
	    0 },
	{ "imitated name", "<PharmaceuticalInfoConsFlg>1"
	    "</PharmaceuticalInfoConsFlg>", "/PharmaceuticalInfoConsFlg", "1",
	    0 },
};

/* The record's missing marks warn too; those are not counted here. */
static size_t
count_warnings(const json_t *list)
{
	size_t n = 0, i;
	json_t *w;

	json_array_foreach(list, i, w)
		n += strstr(json_string_value(w), "missing") == NULL;
	return (n);
}

static void
left_over(void **state)
{
	const struct rest *row = *state;
	struct result *r = NULL;
	struct blob s = { 0 };
	const char *path;
	json_t *j, *list, *e;
	size_t i, hits = 0;

	assert_int_equal(blob_printf(&s, HEAD("1") BODY(GOOD REC("%s")),
	    row->inside), ERR_OK);
	assert_int_equal(result_read(ONE, s.data, s.len, &r, NULL), ERR_OK);
	assert_int_equal(result_outcome(r), RESULT_ACCEPTED);
	assert_non_null(j = result_json(r));
	list = json_object_get(j, "remainder");
	json_array_foreach(list, i, e) {
		path = json_string_value(json_object_get(e, "path"));
		hits += strlen(path) > strlen(row->path) &&
		    strcmp(path + strlen(path) - strlen(row->path),
		    row->path) == 0 && strcmp(json_string_value(
		    json_object_get(e, "value")), row->value) == 0;
	}
	assert_int_equal(hits, 1);
	assert_int_equal(count_warnings(json_object_get(j, "warnings")),
	    row->warnings);
	json_decref(j);
	result_free(&r);
	blob_free(&s);
}

static const json_t *
at(const json_t *j, const char *key)
{
	const json_t *v = json_is_array(j) ?
	    json_array_get(j, (size_t)atoi(key)) : json_object_get(j, key);

	assert_non_null(v);
	return (v);
}

static void
json_of_face(void **state)
{
	struct result *r = read_file(FACE);
	json_t *j = result_json(r);
	const json_t *rec = at(at(j, "records"), "0");

	(void)state;
	assert_string_equal(json_string_value(at(j, "file")), FACE);
	assert_string_equal(json_string_value(at(j, "outcome")), "accepted");
	assert_string_equal(json_string_value(at(j, "charset")), "UTF-8");
	assert_string_equal(json_string_value(at(at(j, "header"),
	    "MedicalInstitutionCode")), "9910000001");
	assert_string_equal(json_string_value(at(at(j, "texts"),
	    "QualificationValidity")), "有効");
	assert_string_equal(json_string_value(at(rec, "Name")),
	    "ききょう　髙子");
	assert_string_equal(json_string_value(at(at(rec,
	    "LimitApplicationCertificateRelatedInfo"),
	    "LimitApplicationCertificateClassificationFlag")), "B04");
	assert_string_equal(json_string_value(at(at(rec, "texts"),
	    "LimitApplicationCertificateClassificationFlag")), "一般");
	assert_string_equal(json_string_value(at(rec,
	    "DiagnosisInfoConsTime")), "20261120090000");
	assert_int_equal(json_array_size(at(j, "warnings")), 0);
	assert_int_equal(json_array_size(at(j, "remainder")), 1);
	assert_string_equal(json_string_value(at(at(at(j, "remainder"), "0"),
	    "path")), "XmlMsg/MessageBody/ResultList/"
	    "ResultOfQualificationConfirmation/QualificationConfirmationKey");
	json_decref(j);
	result_free(&r);
}

static void
lists(void **state)
{
	struct result *r = read_file("OQSsiquc01res_202611200010.xml");
	json_t *j = result_json(r);
	const json_t *d;

	(void)state;
	assert_int_equal(result_rows(r, 0, PLACE_DISEASE), 2);
	assert_int_equal(result_rows(r, 1, PLACE_DISEASE), 0);
	assert_int_equal(result_rows(r, 1, PLACE_TICKET), 1);
	assert_string_equal(result_row_field(r, 0, PLACE_DISEASE, 1,
	    FIELD_SpecificDiseasesDiseaseCategory), "3");
	assert_string_equal(result_row_field(r, 1, PLACE_TICKET, 0,
	    FIELD_StatusOfInfecton), "02");
	assert_string_equal(result_row_field(r, 1, PLACE_TICKET, 1,
	    FIELD_StatusOfInfecton), "");
	/* A field of a list is none of the record. */
	assert_string_equal(result_field(r, 0,
	    FIELD_SpecificDiseasesDiseaseCategory), "");
	d = at(at(at(at(at(j, "records"), "0"),
	    "SpecificDiseasesCertificateList"),
	    "SpecificDiseasesCertificateInfo"), "0");
	assert_string_equal(json_string_value(at(d,
	    "SpecificDiseasesSelfPay")), "10000");
	assert_string_equal(json_string_value(at(at(d, "texts"),
	    "SpecificDiseasesDiseaseCategory")), "先天性血液凝固因子障害");
	json_decref(j);
	result_free(&r);
}

static void
json_of_care(void **state)
{
	struct result *r = read_file("TKKsiquc01res_012611200900.xml");
	json_t *j = result_json(r);

	(void)state;
	assert_string_equal(json_string_value(at(at(at(j, "header"),
	    "QualificationsInfo"), "Birthday")), "19600602");
	assert_string_equal(json_string_value(at(at(at(at(at(at(j, "body"),
	    "SpecificHealthCheckupInfo"),
	    "HealthCheckupResultAndQuestionInfos"),
	    "HealthCheckupResultAndQuestionInfo"), "1"), "DataValue")),
	    "60.0");
	assert_int_equal(json_array_size(at(j, "remainder")), 0);
	json_decref(j);
	result_free(&r);
	r = read_file("CIPsiquc01res_202611200007.xml");
	j = result_json(r);
	assert_string_equal(json_string_value(at(at(at(j, "remainder"), "1"),
	    "path")), "XmlMsg/MessageBody/Summary/Item[2]");
	json_decref(j);
	result_free(&r);
}

static void
reasons(void **state)
{
	struct result *r = read_file("OQSsiquc01res_202611200020.xml");

	(void)state;
	assert_string_equal(result_reason(r, ERR_JA),
	    "端末が照会を受け付けませんでした: "
	    "OQC-OWSE0900000 処理に失敗しました");
	result_free(&r);
	r = read_file("OQSsiquc01req_202611200008.xml");
	assert_non_null(strstr(result_reason(r, ERR_JA),
	    "項目エラー: 生年月日"));
	result_free(&r);
	r = read_file("OQSmuhvq02res_202611200035.zip");
	assert_non_null(strstr(result_reason(r, ERR_EN), "is encrypted"));
	result_free(&r);
	r = read_file("OQSmuhvq02res_202611200031.zip");
	assert_non_null(strstr(result_reason(r, ERR_EN), "another archive"));
	result_free(&r);
	r = read_file("OQSmuhvq02res_202611200030.zip");
	assert_non_null(strstr(result_reason(r, ERR_EN), "leads out of it"));
	result_free(&r);
	r = read_file("OQSmuhvq02res_202611200032.zip");
	assert_non_null(strstr(result_reason(r, ERR_EN), "too many entries"));
	result_free(&r);
}

/* The identifier says Shift_JIS, the declaration wins. */
static void
charset_disagrees(void **state)
{
	static const char text[] = DECL "<XmlMsg><MessageHeader>"
	    "<SegmentOfResult>1</SegmentOfResult><CharacterCodeIdentifier>1"
	    "</CharacterCodeIdentifier></MessageHeader>" BODY(GOOD
	    REC("<Name>髙</Name>"));
	struct result *r = NULL;
	json_t *j;

	(void)state;
	assert_int_equal(result_read(ONE, text, strlen(text), &r, NULL),
	    ERR_OK);
	assert_string_equal(result_field(r, 0, FIELD_Name), "髙");
	assert_non_null(j = result_json(r));
	assert_non_null(strstr(json_string_value(at(at(j, "warnings"), "0")),
	    "CharacterCodeIdentifier"));
	json_decref(j);
	result_free(&r);
}

/* An archive that ends anywhere before its end is still being written. */
static void
every_half_archive(void **state)
{
	const char *name = "OQSmuhvq02res_202611200006.zip";
	struct result *r = NULL;
	struct blob b = { 0 };
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/results/%s", TEST_DATA, name);
	assert_int_equal(blob_read_file(&b, path, RESULT_MAX), ERR_OK);
	for (size_t n = 0; n < b.len; n++) {
		assert_int_equal(result_read(name, b.data, n, &r, NULL),
		    ERR_OK);
		assert_int_equal(result_outcome(r), RESULT_WAITING);
		result_free(&r);
	}
	blob_free(&b);
}

static void
too_large(void **state)
{
	struct result *r = NULL;
	char *text = calloc(1, RESULT_MAX + 1);

	(void)state;
	assert_non_null(text);
	assert_int_equal(result_read(ONE, text, RESULT_MAX + 1, &r, NULL),
	    ERR_OK);
	assert_int_equal(result_err(r), ERR_XML_BIG);
	result_free(&r);
	free(text);
}

/* A file that once cost the square of its size; 3.9 MB of each. */
static const struct wide {
	const char	*name, *file, *head, *piece, *tail;
	enum err	 err;
} wides[] = {
	{ "text between elements", ONE, HEAD("1") "<MessageBody>",
	    "xxxxxxxxxxxxxxxxxxxxx<b/>", GOOD "</MessageBody></XmlMsg>",
	    ERR_OK },
	{ "short text between", ONE, HEAD("1") "<MessageBody>", "xxxxx<b/>",
	    GOOD "</MessageBody></XmlMsg>", ERR_XML_BIG },
	{ "records in the body", ONE, HEAD("1") "<MessageBody>",
	    "<ResultOfQualificationConfirmation/>", GOOD
	    "</MessageBody></XmlMsg>", ERR_LAYOUT },
	{ "records in one unit", BULK, HEAD("1") "<MessageBody>"
	    "<BulkConfirmUnit>" STATUS,
	    "<ResultOfQualificationConfirmation/>",
	    "</BulkConfirmUnit></MessageBody></XmlMsg>", ERR_LAYOUT },
	{ "numbers in one unit", BULK, HEAD("1") "<MessageBody>"
	    "<BulkConfirmUnit>" STATUS
	    "<ResultOfQualificationConfirmation/>"
	    "<ResultOfQualificationConfirmation/>",
	    "<ReferenceNumber>1</ReferenceNumber>",
	    "</BulkConfirmUnit></MessageBody></XmlMsg>", ERR_OK },
	{ "units", BULK, HEAD("1") "<MessageBody>", "<BulkConfirmUnit>" STATUS
	    "<ResultOfQualificationConfirmation/></BulkConfirmUnit>",
	    "</MessageBody></XmlMsg>", ERR_OK },
	{ "equal fields", ONE, HEAD("1") "<MessageBody>", GOOD,
	    "</MessageBody></XmlMsg>", ERR_OK },
	{ "diseases", ONE, HEAD("1") "<MessageBody>" GOOD "<ResultList>"
	    "<ResultOfQualificationConfirmation>"
	    "<SpecificDiseasesCertificateList>",
	    "<SpecificDiseasesCertificateInfo/>",
	    "</SpecificDiseasesCertificateList>"
	    "</ResultOfQualificationConfirmation></ResultList>"
	    "</MessageBody></XmlMsg>", ERR_LAYOUT },
	{ "attributes", ONE, HEAD("1") "<MessageBody", " a%zu=''",
	    ">" GOOD "</MessageBody></XmlMsg>", ERR_XML_BIG },
};

static void
wide_file(void **state)
{
	const struct wide *row = *state;
	struct blob s = { 0 };
	struct result *r = NULL;
	json_t *j;

	assert_int_equal(blob_add_str(&s, row->head), ERR_OK);
	for (size_t i = 0; s.len < 3900000; i++) {
		if (strstr(row->piece, "%zu") != NULL)
			assert_int_equal(blob_printf(&s, " a%zu=''", i),
			    ERR_OK);
		else
			assert_int_equal(blob_add_str(&s, row->piece),
			    ERR_OK);
	}
	assert_int_equal(blob_add_str(&s, row->tail), ERR_OK);
	alarm(30);
	assert_int_equal(result_read(row->file, s.data, s.len, &r, NULL),
	    ERR_OK);
	assert_int_equal(result_err(r), row->err);
	assert_non_null(j = result_json(r));
	alarm(0);
	json_decref(j);
	result_free(&r);
	blob_free(&s);
}

static void
no_such_file(void **state)
{
	struct note note = { "" };
	struct result *r = NULL;

	(void)state;
	assert_int_equal(result_read("/nonexistent/" ONE, NULL, 0, &r, &note),
	    ERR_SYS);
	assert_null(r);
	assert_non_null(strstr(note.text, "/nonexistent/"));
}

int
main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(json_of_face), cmocka_unit_test(lists),
		cmocka_unit_test(json_of_care), cmocka_unit_test(reasons),
		cmocka_unit_test(charset_disagrees),
		cmocka_unit_test(every_half_archive),
		cmocka_unit_test(too_large), cmocka_unit_test(no_such_file),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(bads) + LEN(rests) +
	    LEN(wides) + LEN(more)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = fixture,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(bads); i++)
		tests[n++] = (struct CMUnitTest){ .name = bads[i].name,
		    .test_func = bytes,
		    .initial_state = (void *)(uintptr_t)&bads[i] };
	for (size_t i = 0; i < LEN(rests); i++)
		tests[n++] = (struct CMUnitTest){ .name = rests[i].name,
		    .test_func = left_over,
		    .initial_state = (void *)(uintptr_t)&rests[i] };
	for (size_t i = 0; i < LEN(wides); i++)
		tests[n++] = (struct CMUnitTest){ .name = wides[i].name,
		    .test_func = wide_file,
		    .initial_state = (void *)(uintptr_t)&wides[i] };
	memcpy(tests + n, more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
