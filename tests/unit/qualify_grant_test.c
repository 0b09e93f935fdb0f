#include "tests/unit/qualify_rows.h"

#include "base/clock.h"
#include "host/qualify/finding.h"
#include "host/qualify/grant.h"

/* 2026-11-20 12:00:00 in Japan. */
#define NOON	"20261120120000"

#define FLAGS(family, flag, at, until)					\
	E(family "ConsFlg", flag) E(family "ConsTime", at)		\
	E(family "AvailableTime", until)
#define DRUG(flag, at, until)	FLAGS("PharmacistsInfo", flag, at, until)
#define LISTED(x)	E("ResultList", x)
#define FACE_OF(stamp, more)	DECLARED E("XmlMsg", E("MessageHeader",	\
	E("ProcessExecutionTime", stamp)				\
	E("MedicalInstitutionCode", CODE)				\
	E("ReferenceClassification", "1") E("SegmentOfResult", "1"))	\
	E("MessageBody", OKAY LISTED(RECORD(CARD ICHIRO more))))
#define CHECK_OF(more)	DECLARED E("XmlMsg", E("MessageHeader",	\
	E("ProcessExecutionTime", "20261120110000")			\
	E("MedicalInstitutionCode", CODE)				\
	E("ReferenceClassification", "2") E("SegmentOfResult", "1"))	\
	E("MessageBody", OKAY LISTED(RECORD(CARD ICHIRO more))))
#define LIST_OF(stamp, what)	DECLARED E("XmlMsg", E("MessageHeader",	\
	E("ProcessExecutionTime", stamp)				\
	E("MedicalInstitutionCode", CODE) E("SegmentOfResult", "1")	\
	E("NumberOfProcessingResult", "1")) E("MessageBody",		\
	UNIT(OKAY RECORD(CARD ICHIRO what))))

#define ONLINE	"OQSmuonq02res_20261120S0003.xml"

static int64_t
noon(void)
{
	return (clock_of_stamp(NOON));
}

static void
put(const char *digest, const char *file, const char *xml, int64_t at)
{
	size_t n;

	rows_result(digest, file, NULL, xml, at);
	assert_int_equal(finding_catch_up(store, 0, &n), ERR_OK);
	assert_int_equal(n, 1);
}

/* --- may it be asked for --- */

struct step {
	const char	*digest, *file, *xml;
	int64_t		 at;
};

static const struct valid {
	const char	*name;
	struct step	 steps[3];
	const char	*item;
	enum err	 err;
	const char	*care, *until, *why;
} valids[] = {
	{ "given at the reader", { { "a", FACE, FACE_OF("20261120090003",
	    DRUG("1", "20261120090000", "20261121090000")), 1 } }, "drug",
	    ERR_OK, "1", "20261121090000", "" },
	{ "nobody said anything", { { NULL, NULL, NULL, 0 } }, "drug",
	    ERR_NO_CONSENT, "", "", "" },
	{ "of another item", { { "a", FACE, FACE_OF("20261120090003",
	    DRUG("1", "20261120090000", "20261121090000")), 1 } }, "checkup",
	    ERR_NO_CONSENT, "", "", "" },
	{ "an item there is not", { { "a", FACE, FACE_OF("20261120090003",
	    DRUG("1", "20261120090000", "20261121090000")), 1 } }, "name",
	    ERR_NO_CONSENT, "", "", "" },
	{ "refused", { { "a", FACE, FACE_OF("20261120090003",
	    DRUG("0", "20261120090000", "20261121090000")), 1 } }, "drug",
	    ERR_NO_CONSENT, "", "", "" },
	{ "could not be asked", { { "a", FACE, FACE_OF("20261120090003",
	    DRUG("3", "20261120090000", "20261121090000")), 1 } }, "drug",
	    ERR_NO_CONSENT, "", "", "" },
	{ "names no end", { { "a", FACE, FACE_OF("20261120090003",
	    E("PharmacistsInfoConsFlg", "1")
	    E("PharmacistsInfoConsTime", "20261120090000")), 1 } }, "drug",
	    ERR_NO_CONSENT, "", "", "" },
	{ "a second to go", { { "a", FACE, FACE_OF("20261120090003",
	    DRUG("1", "20261119120001", "20261120120001")), 1 } }, "drug",
	    ERR_OK, "1", "20261120120001", "" },
	{ "its time is over", { { "a", FACE, FACE_OF("20261120090003",
	    DRUG("1", "20261119120000", "20261120120000")), 1 } }, "drug",
	    ERR_CONSENT_ENDED, "1", "20261120120000",
	    "有効期限を過ぎました" },
	{ "ended, without a reason", { { "a", LIST, LIST_OF("20261120090003",
	    DRUG("2", "20261001090000", "20261231235959")), 1 } }, "drug",
	    ERR_CONSENT_ENDED, "2", "20261231235959",
	    "有効期限を過ぎました" },
	{ "ended by the patient", { { "a", LIST, LIST_OF("20261120090003",
	    DRUG("2", "20261001090000", "20261231235959")
	    E("PharmacistsInfoConsExpirationReason", "2")), 1 } }, "drug",
	    ERR_CONSENT_ENDED, "2", "20261231235959", "患者による取消" },
	{ "a reason of another item", { { "a", LIST, LIST_OF(
	    "20261120090003", DRUG("2", "20261001090000", "20261231235959")
	    E("DiagnosisInfoConsExpirationReason", "2")), 1 } }, "drug",
	    ERR_CONSENT_ENDED, "2", "20261231235959",
	    "有効期限を過ぎました" },
	{ "the newer word counts", { { "a", FACE, FACE_OF("20261120090003",
	    DRUG("1", "20261120090000", "20261121090000")), 1 },
	    { "b", "OQSsiquc01res_face_x_20261120100003.xml",
	    FACE_OF("20261120100003", DRUG("0", "20261120100000",
	    "20261121100000")), 2 } }, "drug", ERR_NO_CONSENT, "", "", "" },
	{ "newer by the terminal, not by when it came", { { "a", FACE,
	    FACE_OF("20261120100003", DRUG("1", "20261120100000",
	    "20261121100000")), 1 },
	    { "b", "OQSsiquc01res_face_x_20261120090003.xml",
	    FACE_OF("20261120090003", DRUG("0", "20261120090000",
	    "20261121090000")), 2 } }, "drug", ERR_OK, "1",
	    "20261121100000", "" },
	{ "a check by the insurance card takes nothing back", { { "a", FACE,
	    FACE_OF("20261120090003", DRUG("1", "20261120090000",
	    "20261121090000")), 1 }, { "b", CHECK,
	    CHECK_OF(E("PharmacistsInfoConsFlg", "0")), 2 } }, "drug", ERR_OK,
	    "1", "20261121090000", "" },
	{ "a list without flags takes nothing back", { { "a", FACE,
	    FACE_OF("20261120090003", DRUG("1", "20261120090000",
	    "20261121090000")), 1 }, { "b", "OQSmuquc02res_1.xml",
	    LIST_OF("20261120110000", ""), 2 } }, "drug", ERR_OK, "1",
	    "20261121090000", "" },
	{ "of two kinds of care the one that ends last", { { "a", FACE,
	    FACE_OF("20261120090003", DRUG("1", "20261120090000",
	    "20261121090000")), 1 }, { "b", ONLINE, LIST_OF("20261120090003",
	    DRUG("1", "20261119090000", "20261231235959")), 2 } }, "drug",
	    ERR_OK, "3", "20261231235959", "" },
	{ "one kind of care ended, the other did not", { { "a", FACE,
	    FACE_OF("20261120090003", DRUG("1", "20261120090000",
	    "20261121090000")), 1 }, { "b", LIST, LIST_OF("20261120090003",
	    DRUG("2", "20261001090000", "20261231235959")), 2 } }, "drug",
	    ERR_OK, "1", "20261121090000", "" },
	{ "spelled as it was seen", { { "a", FACE, FACE_OF("20261120090003",
	    E("DiagnosisInfoConsFlg", "1")
	    E("DiagnosisInfoConsTim", "20261120090000")
	    E("DiagnosisInfoAvailableTime", "20261121090000")), 1 } },
	    "diagnosis", ERR_OK, "1", "20261121090000", "" },
	{ "by its other word", { { "a", FACE, FACE_OF("20261120090003",
	    FLAGS("DiagnosisInfo", "1", "20261120090000",
	    "20261121090000")), 1 } }, "treatment", ERR_OK, "1",
	    "20261121090000", "" },
	{ "as an imitation spells it, it is none", { { "a", FACE,
	    FACE_OF("20261120090003", FLAGS("PharmaceuticalInfo", "1",
	    "20261120090000", "20261121090000")), 1 } }, "drug",
	    ERR_NO_CONSENT, "", "", "" },
	{ "shared charts", { { "a", FACE, FACE_OF("20261120090003",
	    FLAGS("AllergyInfo", "1", "20261120090000",
	    "20261121090000")), 1 } }, "allergy", ERR_OK, "1",
	    "20261121090000", "" },
	{ "of the insurance, not of the aid", { { "a", FACE,
	    DECLARED E("XmlMsg", E("MessageHeader",
	    E("ProcessExecutionTime", "20261120090003")
	    E("ReferenceClassification", "1") E("SegmentOfResult", "1"))
	    E("MessageBody", OKAY LISTED(RECORD(AID ICHIRO DRUG("0",
	    "20261120090000", "20261121090000")) RECORD(CARD ICHIRO DRUG("1",
	    "20261120090000", "20261121090000"))))), 1 } }, "drug", ERR_OK,
	    "1", "20261121090000", "" },
};

static void
valid_row(void **state)
{
	const struct valid *row = *state;
	struct grant g;

	rows_patient("13", "資格　一郎", "ｼｶｸ ｲﾁﾛｳ", SEX_MALE, "19600602");
	for (size_t i = 0; i < LEN(row->steps) && row->steps[i].xml != NULL;
	    i++)
		put(row->steps[i].digest, row->steps[i].file,
		    row->steps[i].xml, row->steps[i].at);
	assert_int_equal(grant_valid(store, "13", row->item, noon(), &g),
	    row->err);
	assert_string_equal(g.care, row->care);
	assert_string_equal(g.until, row->until);
	assert_string_equal(grant_why(&g, noon(), ERR_JA), row->why);
	assert_int_equal(grant_is_given(&g, noon()), row->err == ERR_OK);
	assert_int_equal(grant_is_ended(&g, noon()), row->err ==
	    ERR_CONSENT_ENDED);
	assert_int_equal(grant_valid(store, "14", row->item, noon(), &g),
	    ERR_NO_CONSENT);
}

/* --- the calendar --- */

static enum err
add_grant(void *ctx, const struct grant *g)
{
	char *text = ctx;
	size_t at = strlen(text);

	snprintf(text + at, 512 - at, "%s %s%s %s;", g->chart_number, g->item,
	    g->care, g->until[0] == '\0' ? "-" : g->until + 4);
	return (ERR_OK);
}

static void
put_calendar(void)
{
	rows_patient("13", "資格　一郎", "ｼｶｸ ｲﾁﾛｳ", SEX_MALE, "19600602");
	rows_patient("2", "ききょう　高子", "", SEX_FEMALE, "19510401");
	put("a", FACE, FACE_OF("20261120090003",
	    DRUG("1", "20261120090000", "20261121090000")
	    FLAGS("OperationInfo", "1", "20261119100000", "20261120100000")
	    FLAGS("SpecificHealthCheckupsInfo", "0", "20261120090000",
	    "20261121090000")
	    E("LimitApplicationCertificateRelatedConsFlg", "1")
	    E("LimitApplicationCertificateRelatedConsTime",
	    "20261120090000")), 1);
	put("b", LIST, LIST_OF("20261120090003",
	    DRUG("1", "20260828090000", "20261130235959")
	    FLAGS("DiagnosisInfo", "2", "20260828090000", "20261130235959")),
	    2);
	put("c", ONLINE, DECLARED E("XmlMsg", HEADER("1", COUNT("1"))
	    E("MessageBody", UNIT(OKAY RECORD(CARD PERSON("ききょう　高子",
	    "", "2", "19510401") DRUG("1", "20261119000000",
	    "20261210000000"))))), 3);
	/* Nobody's: in no calendar. */
	put("d", "OQSsiquc01res_face_x_20261120100003.xml", SINGLE("t", OKAY
	    LISTED(RECORD(CARD PERSON("見本　花子", "", "2", "19500101")
	    DRUG("1", "20261120090000", "20261121090000")))), 4);
}

static const struct calendar {
	const char	*name, *chart, *item, *care, *before;
	int		 ended;
	size_t		 limit, offset;
	const char	*want;
	int		 total;
} calendars[] = {
	{ "all", NULL, NULL, NULL, NULL, 0, 0, 0,
	    "13 operation1 1120100000;13 drug1 1121090000;"
	    "13 diagnosis2 1130235959;13 drug2 1130235959;"
	    "2 drug3 1210000000;13 limit1 -;", 6 },
	{ "a page", NULL, NULL, NULL, NULL, 0, 1, 1, "13 drug1 1121090000;",
	    6 },
	{ "of one", "2", NULL, NULL, NULL, 0, 0, 0, "2 drug3 1210000000;",
	    1 },
	{ "of nobody", "99", NULL, NULL, NULL, 0, 0, 0, "", 0 },
	{ "an item", NULL, "drug", NULL, NULL, 0, 0, 0,
	    "13 drug1 1121090000;13 drug2 1130235959;2 drug3 1210000000;",
	    3 },
	{ "a kind of care", NULL, NULL, "2", NULL, 0, 0, 0,
	    "13 diagnosis2 1130235959;13 drug2 1130235959;", 2 },
	{ "ended", NULL, NULL, NULL, NULL, 1, 0, 0,
	    "13 operation1 1120100000;13 diagnosis2 1130235959;", 2 },
	{ "given", NULL, NULL, NULL, NULL, -1, 0, 0,
	    "13 drug1 1121090000;13 drug2 1130235959;2 drug3 1210000000;"
	    "13 limit1 -;", 4 },
	{ "given, and soon no more", NULL, NULL, NULL, "20261201000000", -1,
	    0, 0, "13 drug1 1121090000;13 drug2 1130235959;", 2 },
	{ "soon no more, of one", "13", NULL, NULL, "20261122000000", -1, 0,
	    0, "13 drug1 1121090000;", 1 },
	{ "before a day, ended or not", NULL, NULL, NULL, "20261122000000",
	    0, 0, 0, "13 operation1 1120100000;13 drug1 1121090000;", 2 },
	{ "to the second", NULL, NULL, NULL, "20261121090000", -1, 0, 0, "",
	    0 },
};

static void
calendar_row(void **state)
{
	const struct calendar *row = *state;
	const struct grant_query q = { .chart_number = row->chart,
	    .item = row->item, .care = row->care, .now = noon(),
	    .ends_before = row->before == NULL ? 0 :
	    clock_of_stamp(row->before), .ended = row->ended,
	    .limit = row->limit, .offset = row->offset };
	char got[512] = "";
	int64_t total = -1;

	put_calendar();
	assert_int_equal(grant_list(store, &q, add_grant, got, &total),
	    ERR_OK);
	assert_string_equal(got, row->want);
	assert_int_equal(total, row->total);
}

/* Whom a finding is linked to may change, and the calendar with it. */
static void
follows_the_link(void **state)
{
	struct finding f;
	struct grant g;

	(void)state;
	put_calendar();
	assert_int_equal(grant_valid(store, "13", "drug", noon(), &g),
	    ERR_OK);
	assert_string_equal(g.care, "2");
	assert_string_equal(g.name, "資格　一郎");
	assert_int_equal(finding_get(store, g.finding, &f), ERR_OK);
	assert_int_equal(finding_set_patient(store, f.id, "2", "chosen"),
	    ERR_OK);
	finding_free(&f);
	assert_int_equal(grant_valid(store, "13", "drug", noon(), &g),
	    ERR_OK);
	assert_string_equal(g.care, "1");
}

static void
labels(void **state)
{
	(void)state;
	assert_string_equal(grant_label("drug", ERR_JA), "薬剤情報");
	assert_string_equal(grant_label("treatment", ERR_JA), "診療情報");
	assert_string_equal(grant_label("test", ERR_EN), "tests");
	assert_string_equal(grant_label("name", ERR_JA), "");
	assert_string_equal(grant_care_label("2", ERR_JA), "訪問診療等");
	assert_string_equal(grant_care_label("9", ERR_JA), "");
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, rows_set_up, rows_tear_down)

int
main(void)
{
	static const struct CMUnitTest others[] = { TEST(follows_the_link),
	    TEST(labels) };
	struct CMUnitTest tests[LEN(valids) + LEN(calendars) + LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(valids); i++)
		tests[n++] = (struct CMUnitTest){ valids[i].name, valid_row,
		    rows_set_up, rows_tear_down,
		    (void *)(uintptr_t)&valids[i] };
	for (size_t i = 0; i < LEN(calendars); i++)
		tests[n++] = (struct CMUnitTest){ calendars[i].name,
		    calendar_row, rows_set_up, rows_tear_down,
		    (void *)(uintptr_t)&calendars[i] };
	for (size_t i = 0; i < LEN(others); i++)
		tests[n++] = others[i];
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
