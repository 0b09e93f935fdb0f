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

int
main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(institution_code_of_9),
		cmocka_unit_test(whole_file),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(more)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = write_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
