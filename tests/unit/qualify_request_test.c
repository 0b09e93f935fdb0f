#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/qualify/request.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

#define P02 .chart_number = "0000000002", .birthdate = "19510401",	\
	.insurer_number = "172010", .insured_card_symbol = "321",	\
	.insured_identification_number = "654", .reference_number = "2"

/* has, hasnt: what the bytes hold, or what the note says on error. */
static const struct row {
	const char	*name;
	int		 siimm, cp932;
	struct patient	 p;
	enum err	 err;
	const char	*has, *hasnt;
} rows[] = {
	{ "6 digits get two spaces", 0, 0, { P02 }, ERR_OK,
	    "<InsurerNumber>  172010</InsurerNumber>\r\n", "\xef\xbb\xbf" },
	{ "no branch, no element", 0, 0, { P02 }, ERR_OK, "</XmlMsg>\r\n",
	    "Branch" },
	{ "branch is kept", 0, 0, { P02, .insured_branch_number = "01" },
	    ERR_OK, "<InsuredBranchNumber>01</InsuredBranchNumber>", "00<" },
	{ "8 digits stay", 0, 0, { .birthdate = "19900101", .insurer_number =
	    "06140248", .insured_identification_number = "1639960291x005" },
	    ERR_OK, "<InsurerNumber>06140248</InsurerNumber>", "Symbol" },
	{ "zeros of a register go", 0, 0, { .birthdate = "19600602",
	    .insurer_number = "00139980", .insured_identification_number =
	    "1" }, ERR_OK, "<InsurerNumber>  139980</InsurerNumber>",
	    "00139980" },
	{ "no consent is said", 0, 0, { P02 }, ERR_OK,
	    "<LimitApplicationCertificateRelatedConsFlg>0<", "Flg>1" },
	{ "late elderly: no symbol", 0, 0, { .birthdate = "19500515",
	    .insurer_number = "39130000", .insured_card_symbol = "12",
	    .insured_branch_number = "01",
	    .insured_identification_number = "00000000" }, ERR_OK,
	    "<InsurerNumber>39130000</InsurerNumber>\r\n      "
	    "<InsuredIdentificationNumber>00000000<", "Branch" },
	{ "declared sjis", 0, 1, { P02 }, ERR_OK,
	    "<?xml version=\"1.0\" encoding=\"Shift_JIS\" "
	    "standalone=\"no\"?>\r\n<XmlMsg>\r\n", "UTF-8" },
	{ "no symbol in sjis", 0, 1, { .birthdate = "19510401",
	    .insurer_number = "172010", .insured_identification_number =
	    "654" }, ERR_OK, "<InsuredIdentificationNumber>654<", "Symbol" },
	{ "mixed symbol in sjis", 0, 1, { .birthdate = "19600602",
	    .insurer_number = "139980", .insured_card_symbol = "葛う10",
	    .insured_identification_number = "1" }, ERR_OK,
	    "<InsuredCardSymbol>\x8a\x8b\x82\xa4" "10</", "葛" },
	{ "markup is escaped", 0, 0, { .birthdate = "19600602",
	    .insurer_number = "139980", .insured_card_symbol = "<&>",
	    .insured_identification_number = "1" }, ERR_OK,
	    "<InsuredCardSymbol>&lt;&amp;&gt;</InsuredCardSymbol>", "<&" },
	{ "chart number is echoed", 0, 0, { P02 }, ERR_OK,
	    "<ArbitraryIdentifier>0000000002</ArbitraryIdentifier>",
	    "Reference" },
	{ "registration", 1, 0, { P02 }, ERR_OK,
	    "    <ReferenceNumberRegistrationInfo>\r\n"
	    "      <ReferenceNumber>2</ReferenceNumber>\r\n"
	    "      <InsurerNumber>  172010<", "Birthdate" },
	{ "registration has no date", 1, 0, { P02 }, ERR_OK,
	    "<MessageHeader>\r\n    <MedicalInstitutionCode>9910000001<",
	    "QualificationConfirmationDate" },
	{ "no insurer", 0, 0, { .birthdate = "19600602",
	    .insured_identification_number = "1" }, ERR_NO_INSURANCE,
	    "InsurerNumber", NULL },
	{ "insurer of 7", 0, 0, { .birthdate = "19600602", .insurer_number =
	    "1399801", .insured_identification_number = "1" },
	    ERR_NO_INSURANCE, "InsurerNumber", NULL },
	{ "insurer with a letter", 0, 0, { .birthdate = "19600602",
	    .insurer_number = "13998O", .insured_identification_number = "1" },
	    ERR_NO_INSURANCE, "InsurerNumber", NULL },
	{ "no number", 0, 0, { .birthdate = "19600602", .insurer_number =
	    "139980" }, ERR_NO_INSURANCE, "InsuredIdentificationNumber",
	    NULL },
	{ "no birth date", 0, 0, { .insurer_number = "139980",
	    .insured_identification_number = "1" }, ERR_NO_INSURANCE,
	    "Birthdate", NULL },
	{ "no such day", 0, 0, { .birthdate = "19600230", .insurer_number =
	    "139980", .insured_identification_number = "1" },
	    ERR_NO_INSURANCE, "Birthdate", NULL },
	{ "branch of 1", 0, 0, { P02, .insured_branch_number = "1" },
	    ERR_NO_INSURANCE, "InsuredBranchNumber", NULL },
	{ "branch 00 is nobody's", 0, 0, { P02, .insured_branch_number =
	    "00" }, ERR_NO_INSURANCE, "InsuredBranchNumber", NULL },
	{ "branch of letters", 0, 0, { P02, .insured_branch_number = "a1" },
	    ERR_NO_INSURANCE, "InsuredBranchNumber", NULL },
	{ "branch of blanks", 0, 0, { P02, .insured_branch_number = "  " },
	    ERR_NO_INSURANCE, "InsuredBranchNumber", NULL },
	{ "branch with a sign", 0, 0, { P02, .insured_branch_number = "+1" },
	    ERR_NO_INSURANCE, "InsuredBranchNumber", NULL },
	{ "insurer of 5", 0, 0, { .birthdate = "19600602", .insurer_number =
	    "13998", .insured_identification_number = "1" },
	    ERR_NO_INSURANCE, "InsurerNumber", NULL },
	{ "number of 21", 0, 0, { .birthdate = "19600602", .insurer_number =
	    "139980", .insured_identification_number =
	    "123456789012345678901" }, ERR_NO_INSURANCE,
	    "InsuredIdentificationNumber", NULL },
	{ "birth date of 7", 0, 0, { .birthdate = "1960602", .insurer_number =
	    "139980", .insured_identification_number = "1" },
	    ERR_NO_INSURANCE, "Birthdate", NULL },
	{ "birth date in letters", 0, 0, { .birthdate = "S35.6.2",
	    .insurer_number = "139980", .insured_identification_number =
	    "1" }, ERR_NO_INSURANCE, "Birthdate", NULL },
	{ "symbol of 21", 0, 0, { .birthdate = "19600602", .insurer_number =
	    "139980", .insured_card_symbol = "123456789012345678901",
	    .insured_identification_number = "1" }, ERR_NO_INSURANCE,
	    "InsuredCardSymbol", NULL },
	{ "no reference number", 1, 0, { .insurer_number = "139980",
	    .insured_identification_number = "1" }, ERR_NO_INSURANCE,
	    "ReferenceNumber", NULL },
	{ "line end in a value", 0, 0, { .birthdate = "19600602",
	    .insurer_number = "139980", .insured_card_symbol = "a\nb",
	    .insured_identification_number = "1" }, ERR_CHARSET,
	    "InsuredCardSymbol: character 2", NULL },
	{ "C1 control", 0, 0, { .birthdate = "19600602", .insurer_number =
	    "139980", .insured_card_symbol = "葛\xc2\x85",
	    .insured_identification_number = "1" }, ERR_CHARSET,
	    "InsuredCardSymbol: character 2", NULL },
	{ "no utf-8", 0, 0, { .birthdate = "19600602", .insurer_number =
	    "139980", .insured_card_symbol = "\xff",
	    .insured_identification_number = "1" }, ERR_CHARSET,
	    "InsuredCardSymbol: character 1", NULL },
	{ "not in sjis", 0, 1, { .birthdate = "19600602", .insurer_number =
	    "139980", .insured_card_symbol = "葛𠮷",
	    .insured_identification_number = "1" }, ERR_CHARSET,
	    "InsuredCardSymbol: character 2", NULL },
	{ "not in sjis, but in utf-8", 0, 0, { .birthdate = "19600602",
	    .insurer_number = "139980", .insured_card_symbol = "葛𠮷",
	    .insured_identification_number = "1" }, ERR_OK,
	    "<InsuredCardSymbol>葛𠮷</InsuredCardSymbol>", "&#" },
};

static void
write_row(void **state)
{
	const struct row *row = *state;
	struct request rq = { .layout = row->siimm ? &request_siimm :
	    &request_siquc, .date = "20261120", .institution_code =
	    "9910000001", .identifier = "SK20261120090000123-0000abcd",
	    .persons = &(struct request_person){ .patient = &row->p },
	    .n = 1, .cp932 = row->cp932 };
	struct note note = { "" };
	struct blob out = { 0 };

	assert_int_equal(request_write(&rq, &out, &note), row->err);
	if (row->err != ERR_OK) {
		assert_int_equal(out.len, 0);
		assert_string_equal(note.text, row->has);
	} else {
		assert_non_null(strstr(blob_str(&out), row->has));
		assert_null(strstr(blob_str(&out), row->hasnt));
	}
	blob_free(&out);
}

static void
institution_code_of_9(void **state)
{
	const struct patient p = { P02 };
	struct request rq = { .layout = &request_siquc, .date = "20261120",
	    .institution_code = "991000001", .identifier = "x",
	    .persons = &(struct request_person){ .patient = &p }, .n = 1 };
	struct note note = { "" };
	struct blob out = { 0 };

	(void)state;
	assert_int_equal(request_write(&rq, &out, &note), ERR_CONF);
	assert_string_equal(note.text, "MedicalInstitutionCode");
	blob_free(&out);
}

/* The whole file, in the order of oqs-files.md 2.1. */
static void
whole_file(void **state)
{
	static const char want[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\r\n"
	    "<XmlMsg>\r\n"
	    "  <MessageHeader>\r\n"
	    "    <QualificationConfirmationDate>20261120"
	    "</QualificationConfirmationDate>\r\n"
	    "    <MedicalInstitutionCode>9910000001"
	    "</MedicalInstitutionCode>\r\n"
	    "    <ArbitraryFileIdentifier>SK1</ArbitraryFileIdentifier>\r\n"
	    "  </MessageHeader>\r\n"
	    "  <MessageBody>\r\n"
	    "    <QualificationConfirmSearchInfo>\r\n"
	    "      <InsurerNumber>  172010</InsurerNumber>\r\n"
	    "      <InsuredCardSymbol>321</InsuredCardSymbol>\r\n"
	    "      <InsuredIdentificationNumber>654"
	    "</InsuredIdentificationNumber>\r\n"
	    "      <Birthdate>19510401</Birthdate>\r\n"
	    "      <LimitApplicationCertificateRelatedConsFlg>1"
	    "</LimitApplicationCertificateRelatedConsFlg>\r\n"
	    "      <ArbitraryIdentifier>0000000002</ArbitraryIdentifier>\r\n"
	    "    </QualificationConfirmSearchInfo>\r\n"
	    "  </MessageBody>\r\n"
	    "</XmlMsg>\r\n";
	const struct patient p = { P02 };
	struct request rq = { .layout = &request_siquc, .date = "20261120",
	    .institution_code = "9910000001", .identifier = "SK1",
	    .persons = &(struct request_person){ .patient = &p }, .n = 1,
	    .limit_consent = 1 };
	struct blob out = { 0 };

	(void)state;
	assert_int_equal(request_write(&rq, &out, NULL), ERR_OK);
	assert_string_equal(blob_str(&out), want);
	blob_free(&out);
}

/* --- lists, downloads, documents --- */

static const struct patient anna = { P02 }, noname = { .chart_number = "9" },
    elderly = { .chart_number = "8", .birthdate = "19500515",
    .insurer_number = "39130000", .insured_card_symbol = "12",
    .insured_branch_number = "01",
    .insured_identification_number = "00000000", .reference_number = "8" };
static const struct request_person first = { .patient = &anna },
    both[] = { { .patient = &anna, .identifier = "2_1", .limit_class = "01",
    .limit_flag = "B04" }, { .patient = &elderly } },
    half[] = { { .patient = &anna, .limit_class = "01" } },
    bad[] = { { .patient = &anna }, { .patient = &noname } },
    odd[] = { { .patient = &anna }, { .patient = &anna, .limit_flag =
    "C01" } }, nobody[] = { { .patient = NULL } },
    foreign[] = { { .patient = &elderly }, { .patient = &anna,
    .identifier = "2\n" } };
static const struct range consent = { AXIS_CONSENT, "20261021", "20261120" },
    visits = { AXIS_EXAMINATION, "20261101", "20261130" },
    month = { AXIS_MONTH, "202611", "202611" },
    months = { AXIS_MONTH, "202601", "202604" },
    wrong_way = { AXIS_CONSENT, "20261121", "20261120" },
    no_day = { AXIS_CONSENT, "20260231", "20261120" },
    one_end = { AXIS_CONSENT, "", "20261120" },
    a_day = { AXIS_MONTH, "20261120", "20261120" };

#define TEXT100 "1234567890123456789012345678901234567890" \
    "123456789012345678901234567890123456789012345678901234567890"
#define LAYOUT(l) .rq = { .layout = &request_##l
#define COVER(s) "<InsurerNumber>  172010</InsurerNumber>" \
    "<" s "Symbol>321</" s "Symbol>"

/* want: all between the body's tags, or what the note says on error. */
static const struct body {
	const char	*name;
	struct request	 rq;
	enum err	 err;
	const char	*want;
} bodies[] = {
	{ "two of a list", LAYOUT(muquc), .persons = both, .n = 2 }, ERR_OK,
	    "<QualificationConfirmSearchInfo>" COVER("InsuredCard")
	    "<InsuredIdentificationNumber>654</InsuredIdentificationNumber>"
	    "<Birthdate>19510401</Birthdate>"
	    "<LimitApplicationCertificateRelatedInfo>"
	    "<LimitApplicationCertificateClassification>01"
	    "</LimitApplicationCertificateClassification>"
	    "<LimitApplicationCertificateClassificationFlag>B04"
	    "</LimitApplicationCertificateClassificationFlag>"
	    "</LimitApplicationCertificateRelatedInfo>"
	    "<ArbitraryIdentifier>2_1</ArbitraryIdentifier>"
	    "</QualificationConfirmSearchInfo>"
	    "<QualificationConfirmSearchInfo>"
	    "<InsurerNumber>39130000</InsurerNumber>"
	    "<InsuredIdentificationNumber>00000000"
	    "</InsuredIdentificationNumber><Birthdate>19500515</Birthdate>"
	    "<ArbitraryIdentifier>8</ArbitraryIdentifier>"
	    "</QualificationConfirmSearchInfo>" },
	{ "half a certificate", LAYOUT(muquc), .persons = half, .n = 1 },
	    ERR_OK, "<QualificationConfirmSearchInfo>" COVER("InsuredCard")
	    "<InsuredIdentificationNumber>654</InsuredIdentificationNumber>"
	    "<Birthdate>19510401</Birthdate>"
	    "<LimitApplicationCertificateRelatedInfo>"
	    "<LimitApplicationCertificateClassification>01"
	    "</LimitApplicationCertificateClassification>"
	    "</LimitApplicationCertificateRelatedInfo>"
	    "<ArbitraryIdentifier>0000000002</ArbitraryIdentifier>"
	    "</QualificationConfirmSearchInfo>" },
	{ "registrations", LAYOUT(muimm), .persons = both + 1, .n = 1 },
	    ERR_OK, "<ReferenceNumberRegistrationInfo>"
	    "<ReferenceNumber>8</ReferenceNumber>"
	    "<InsurerNumber>39130000</InsurerNumber>"
	    "<InsuredIdentificationNumber>00000000"
	    "</InsuredIdentificationNumber>"
	    "</ReferenceNumberRegistrationInfo>" },
	{ "aid", LAYOUT(mutic), .range = &month }, ERR_OK,
	    "<QualificationConfirmSearchInfo><MedicalTreatmentMonth>202611"
	    "</MedicalTreatmentMonth></QualificationConfirmSearchInfo>" },
	{ "home", LAYOUT(muhvq), .range = &consent }, ERR_OK,
	    "<QualificationConfirmSearchInfo>"
	    "<ConsentDateFrom>20261021</ConsentDateFrom>"
	    "<ConsentDateTo>20261120</ConsentDateTo>"
	    "<MedicalTreatmentFlag>2</MedicalTreatmentFlag>"
	    "</QualificationConfirmSearchInfo>" },
	{ "online by visit", LAYOUT(muonq), .range = &visits }, ERR_OK,
	    "<QualificationConfirmSearchInfo>"
	    "<ExaminationDateFrom>20261101</ExaminationDateFrom>"
	    "<ExaminationDateTo>20261130</ExaminationDateTo>"
	    "<MedicalTreatmentFlag>3</MedicalTreatmentFlag>"
	    "</QualificationConfirmSearchInfo>" },
	{ "online by consent", LAYOUT(muonq), .range = &consent }, ERR_OK,
	    "<QualificationConfirmSearchInfo>"
	    "<ConsentDateFrom>20261021</ConsentDateFrom>"
	    "<ConsentDateTo>20261120</ConsentDateTo>"
	    "<MedicalTreatmentFlag>3</MedicalTreatmentFlag>"
	    "</QualificationConfirmSearchInfo>" },
	{ "download", LAYOUT(fetch), .reception_number = "R<1>" }, ERR_OK,
	    "<ReceptionNumber>R&lt;1&gt;</ReceptionNumber>" },
	{ "download of 100", LAYOUT(fetch), .reception_number = TEXT100 },
	    ERR_OK, "<ReceptionNumber>" TEXT100 "</ReceptionNumber>" },
	{ "check-up", LAYOUT(tkk), .persons = &first, .n = 1, .form = 2,
	    .slips = 1 }, ERR_OK, "<FileCategory>2</FileCategory>"
	    "<PrDiInfClassification>1</PrDiInfClassification>" },
	{ "drugs", LAYOUT(yzk), .persons = &first, .n = 1, .form = 4,
	    .range = &months, .care = 2 }, ERR_OK,
	    "<StartDate>202601</StartDate><EndDate>202604</EndDate>"
	    "<FileCategory>4</FileCategory>"
	    "<MedicalTreatmentFlag>2</MedicalTreatmentFlag>" },
	{ "by analogy, home", LAYOUT(sihvq), .persons = &first, .n = 1 },
	    ERR_OK, "<QualificationConfirmSearchInfo>" COVER("InsuredCard")
	    "<InsuredIdentificationNumber>654</InsuredIdentificationNumber>"
	    "<Birthdate>19510401</Birthdate>"
	    "<MedicalTreatmentFlag>2</MedicalTreatmentFlag>"
	    "<ArbitraryIdentifier>0000000002</ArbitraryIdentifier>"
	    "</QualificationConfirmSearchInfo>" },
	{ "a header alone", LAYOUT(header), .n = 0 }, ERR_OK, "" },
	{ "the second has nothing", LAYOUT(muquc), .persons = bad, .n = 2 },
	    ERR_NO_INSURANCE, "2: InsurerNumber" },
	{ "no such certificate", LAYOUT(muquc), .persons = odd, .n = 2 },
	    ERR_NO_INSURANCE,
	    "2: LimitApplicationCertificateClassificationFlag" },
	{ "a mark of two lines", LAYOUT(muquc), .persons = foreign, .n = 2 },
	    ERR_CHARSET, "2: ArbitraryIdentifier: character 2" },
	{ "an empty list", LAYOUT(muquc), .n = 0 }, ERR_SEQUENCE, "" },
	{ "nobody", LAYOUT(muquc), .persons = nobody, .n = 1 },
	    ERR_SEQUENCE, "1: InsurerNumber" },
	{ "two where one is meant", LAYOUT(siquc), .persons = both, .n = 2 },
	    ERR_SEQUENCE, "" },
	{ "persons where none is meant", LAYOUT(mutic), .persons = both,
	    .n = 1, .range = &month }, ERR_SEQUENCE, "" },
	{ "home by visit", LAYOUT(muhvq), .range = &visits }, ERR_RANGE,
	    "other dates are asked for here" },
	{ "home without days", LAYOUT(muhvq), .n = 0 }, ERR_RANGE,
	    "other dates are asked for here" },
	{ "aid by consent", LAYOUT(mutic), .range = &consent }, ERR_RANGE,
	    "other dates are asked for here" },
	{ "the wrong way round", LAYOUT(muonq), .range = &wrong_way },
	    ERR_RANGE, "from lies behind to" },
	{ "no such day", LAYOUT(muonq), .range = &no_day }, ERR_RANGE,
	    "no such date" },
	{ "one end", LAYOUT(muhvq), .range = &one_end }, ERR_RANGE,
	    "no such date" },
	{ "a day for a month", LAYOUT(mutic), .range = &a_day }, ERR_RANGE,
	    "no such date" },
	{ "no number", LAYOUT(fetch), .n = 0 }, ERR_SEQUENCE,
	    "ReceptionNumber" },
	{ "an empty number", LAYOUT(fetch), .reception_number = "" },
	    ERR_SEQUENCE, "ReceptionNumber" },
	{ "a number of 101", LAYOUT(fetch), .reception_number = TEXT100
	    "x" }, ERR_SEQUENCE, "ReceptionNumber" },
	{ "check-up in form 3", LAYOUT(tkk), .persons = &first, .n = 1,
	    .form = 3 }, ERR_SEQUENCE, "FileCategory" },
	{ "drugs in form 0", LAYOUT(yzk), .persons = &first, .n = 1,
	    .range = &months, .care = 1 }, ERR_SEQUENCE, "FileCategory" },
	{ "drugs without care", LAYOUT(yzk), .persons = &first, .n = 1,
	    .range = &months, .form = 1 }, ERR_SEQUENCE,
	    "MedicalTreatmentFlag" },
	{ "care of 5", LAYOUT(tkk), .persons = &first, .n = 1, .form = 1,
	    .care = 5 }, ERR_SEQUENCE, "MedicalTreatmentFlag" },
	{ "drugs of whom", LAYOUT(yzk), .persons = bad + 1, .n = 1,
	    .range = &months, .form = 1, .care = 1 }, ERR_NO_INSURANCE,
	    "InsurerNumber" },
};

/* What stands between the tags, without line ends and indents. */
static void
flatten(const char *text, const char *open, const char *close,
    struct blob *out)
{
	const char *p = strstr(text, open), *end;

	assert_non_null(p);
	p += strlen(open);
	assert_non_null(end = strstr(p, close));
	for (; p < end; p++) {
		if (*p == '\r' || *p == '\n')
			p += 1 + strspn(p + 1, "\n ") - 1;
		else
			assert_int_equal(blob_add_u8(out, (uint8_t)*p),
			    ERR_OK);
	}
}

static void
body_row(void **state)
{
	const struct body *row = *state;
	struct request rq = row->rq;
	struct blob out = { 0 }, flat = { 0 };
	struct note note = { "" };

	rq.date = "20261120";
	rq.institution_code = "9910000001";
	rq.identifier = "SK1";
	assert_int_equal(request_write(&rq, &out, &note), row->err);
	if (row->err != ERR_OK) {
		assert_int_equal(out.len, 0);
		assert_string_equal(note.text, row->want);
	} else {
		flatten(blob_str(&out), "<MessageBody>", "</MessageBody>",
		    &flat);
		assert_string_equal(blob_str(&flat), row->want);
	}
	blob_free(&out);
	blob_free(&flat);
}

/* Downloads carry neither a day nor an identifier, documents the person
 * under names of their own (2.4, 2.5). */
static void
headers(void **state)
{
	static const struct {
		struct request	 rq;
		const char	*want;
	} all[] = {
		{ { .layout = &request_fetch, .reception_number = "R" },
		    "<MedicalInstitutionCode>9910000001"
		    "</MedicalInstitutionCode>" },
		{ { .layout = &request_mutic, .range = &month },
		    "<MedicalInstitutionCode>9910000001"
		    "</MedicalInstitutionCode><ArbitraryFileIdentifier>SK1"
		    "</ArbitraryFileIdentifier>" },
		{ { .layout = &request_tkk, .persons = &first, .n = 1,
		    .form = 1 }, "<MedicalInstitutionCode>9910000001"
		    "</MedicalInstitutionCode>" COVER("InsuranceCard")
		    "<InsuredPersonIdentificationNumber>654"
		    "</InsuredPersonIdentificationNumber>"
		    "<ArbitraryFileIdentifier>SK1"
		    "</ArbitraryFileIdentifier>" },
	};
	struct blob out = { 0 }, flat = { 0 };
	struct request rq;

	(void)state;
	for (size_t i = 0; i < LEN(all); i++) {
		rq = all[i].rq;
		rq.institution_code = "9910000001";
		rq.identifier = "SK1";
		assert_int_equal(request_write(&rq, &out, NULL), ERR_OK);
		blob_reset(&flat);
		flatten(blob_str(&out), "<MessageHeader>", "</MessageHeader>",
		    &flat);
		assert_string_equal(blob_str(&flat), all[i].want);
		assert_int_equal(request_has_identifier(rq.layout), i > 0);
	}
	blob_free(&out);
	blob_free(&flat);
}

static void
whole_lists_are_converted(void **state)
{
	struct request rq = { .layout = &request_muquc, .date = "20261120",
	    .institution_code = "9910000001", .identifier = "SK1",
	    .cp932 = 1 };
	struct patient p = { P02 };
	const struct request_person persons[] = { { .patient = &p } };
	struct blob out = { 0 };

	(void)state;
	snprintf(p.insured_card_symbol, sizeof(p.insured_card_symbol), "髙");
	rq.persons = persons;
	rq.n = 1;
	assert_int_equal(request_write(&rq, &out, NULL), ERR_OK);
	assert_non_null(strstr(blob_str(&out), ">\xfb\xfc</"));
	blob_free(&out);
}

/* A list can be cleaned before it is asked for. */
static void
persons_one_by_one(void **state)
{
	struct request rq = { .layout = &request_muquc, .persons = bad,
	    .n = 2 };
	struct note note = { "" };

	(void)state;
	assert_int_equal(request_check_person(&rq, 0, &note), ERR_OK);
	assert_string_equal(note.text, "");
	assert_int_equal(request_check_person(&rq, 1, &note),
	    ERR_NO_INSURANCE);
	assert_string_equal(note.text, "2: InsurerNumber");
	assert_int_equal(request_check_person(&rq, 2, &note), ERR_SEQUENCE);
	rq.layout = &request_tkk;
	assert_int_equal(request_check_person(&rq, 1, &note),
	    ERR_NO_INSURANCE);
}

int
main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(institution_code_of_9),
		cmocka_unit_test(whole_file),
		cmocka_unit_test(headers),
		cmocka_unit_test(whole_lists_are_converted),
		cmocka_unit_test(persons_one_by_one),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(bodies) + LEN(more)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = write_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(bodies); i++)
		tests[LEN(rows) + i] = (struct CMUnitTest){
		    .name = bodies[i].name, .test_func = body_row,
		    .initial_state = (void *)(uintptr_t)&bodies[i] };
	memcpy(tests + LEN(rows) + LEN(bodies), more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
