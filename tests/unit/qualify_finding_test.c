#include "tests/unit/qualify_rows.h"

#include <sys/wait.h>

#include "host/ledger/choice.h"
#include "host/qualify/finding.h"
#include "host/qualify/pack.h"

static void
derive(size_t want)
{
	size_t n = 99;

	assert_int_equal(finding_catch_up(store, 0, &n), ERR_OK);
	assert_int_equal(n, want);
}

static size_t
count(void)
{
	const struct finding_query all = { .limit = 1 };
	int64_t total = -1;

	assert_int_equal(finding_list(store, &all, NULL, NULL, &total),
	    ERR_OK);
	return ((size_t)total);
}

static void
people(void)
{
	rows_patient("13", "資格　一郎", "シカク　イチロウ", SEX_MALE,
	    "19600602");
	rows_patient("7", "扶助　七郎", "", SEX_MALE, "19700725");
	rows_patient("9", "扶助　九郎", "", SEX_MALE, "19700725");
	rows_patient("31", "資格　二夫", "ｼｶｸ ﾆｵ", SEX_MALE, "19440101");
	rows_patient("32", "見本 二夫", "ﾐﾎﾝ ﾆｵ", SEX_MALE, "19440101");
	rows_patient("33", "資格一色", "", SEX_FEMALE, "19440101");
	rows_patient("2", "ききょう　髙子", "ｷｷｮｳ ﾀｶｺ", SEX_FEMALE,
	    "19510401");
	rows_patient("23", "資格　十六郎", "", SEX_UNKNOWN, "19911201");
}

/* --- one result --- */

#define REMARK	E("ProcessingResultMessage", "期限が近づいています")
#define LISTED(x) E("ResultList", x)

/* "outcome validity code|message|name|insurer number|reference|asked_on" of
 * unit 0, and its link and chart number. */
static const struct one {
	const char	*name, *file, *xml, *chart;	/* asked for */
	const char	*want, *link, *linked;
	size_t		 n;
} ones[] = {
	{ "a check", CHECK, SINGLE("i1", OKAY LISTED(RECORD(CARD ICHIRO
	    E("ReferenceNumber", "00010")))), "13",
	    "accepted 1 ||資格　一郎|139980|00010|20261120", "asked", "13",
	    1 },
	{ "a check of another person", CHECK, SINGLE("i1", OKAY
	    LISTED(RECORD(CARD ICHIRO))), "9",
	    "accepted 1 ||資格　一郎|139980||20261120", "differs", "", 1 },
	{ "a check of nobody of ours", CHECK, SINGLE("i1", OKAY
	    LISTED(RECORD(CARD ICHIRO))), "99",
	    "accepted 1 ||資格　一郎|139980||20261120", "certain", "13", 1 },
	{ "no such qualification", CHECK, SINGLE("i1",
	    E("ProcessingResultStatus", "1")
	    E("QualificationValidity", "4")), "9",
	    "accepted 4 ||||" "|20261120", "asked", "9", 1 },
	{ "a remark is kept", CHECK, SINGLE("i1", OKAY REMARK
	    LISTED(RECORD(CARD ICHIRO))), "13",
	    "accepted 1 |期限が近づいています|資格　一郎|139980||20261120",
	    "asked", "13", 1 },
	{ "refused by the terminal", CHECK, SINGLE("i1", FAILED), "13",
	    "error  OQX-1|誤り||||20261120", "asked", "13", 1 },
	{ "refused as a whole", CHECK, DECLARED E("XmlMsg", HEADER("9",
	    E("ErrorCode", "OQX-9") E("ErrorMessage", "異常"))
	    "<MessageBody/>"), "13", "error  OQX-9|異常||||20261120", "asked",
	    "13", 1 },
	{ "not believed", CHECK, SINGLE("i1", OKAY OKAY
	    E("QualificationValidity", "2")), NULL, "refused", "", "", 1 },
	{ "a face result", FACE, SINGLE("t", OKAY LISTED(RECORD(CARD
	    ICHIRO))), NULL, "accepted 1 ||資格　一郎|139980||20261120",
	    "certain", "13", 1 },
	{ "● says nothing sure", FACE, SINGLE("t", OKAY LISTED(RECORD(CARD
	    PERSON("ききょう　●子", "ｷｷｮｳ ﾀｶｺ", "2", "19510401")))), NULL,
	    "accepted 1 ||ききょう　●子|139980||20261120", "possible", "", 1 },
	{ "髙 is 高", FACE, SINGLE("t", OKAY LISTED(RECORD(CARD
	    PERSON("ききょう　高子", "", "2", "19510401")))), NULL,
	    "accepted 1 ||ききょう　高子|139980||20261120", "certain", "2",
	    1 },
	{ "one of the same birth date, without a name to tell", FACE,
	    SINGLE("t", OKAY LISTED(RECORD(CARD PERSON("扶助　●郎", "", "1",
	    "19700725")))), NULL, "accepted 1 ||扶助　●郎|139980||20261120",
	    "many", "", 1 },
	{ "one of twins, by his whole name", FACE, SINGLE("t", OKAY
	    LISTED(RECORD(CARD SHICHIRO))), NULL,
	    "accepted 1 ||扶助　七郎|139980||20261120", "many", "", 1 },
	{ "the other one", FACE, SINGLE("t", OKAY LISTED(RECORD(CARD KUROU))),
	    NULL, "accepted 1 ||扶助　九郎|139980||20261120", "many", "", 1 },
	{ "born on a day with somebody else", FACE, SINGLE("t", OKAY
	    LISTED(RECORD(CARD PERSON("資格　二夫", "ｼｶｸ ﾆｵ", "1",
	    "19440101")))), NULL, "accepted 1 ||資格　二夫|139980||20261120",
	    "certain", "31", 1 },
	{ "sex that the ledger has not", FACE, SINGLE("t", OKAY
	    LISTED(RECORD(CARD PERSON("資格　十六郎", "", "1",
	    "19911201")))), NULL, "accepted 1 ||資格　十六郎|139980||20261120",
	    "possible", "", 1 },
	{ "another sex", FACE, SINGLE("t", OKAY LISTED(RECORD(CARD
	    PERSON("資格　一郎", "ｼｶｸ ｲﾁﾛｳ", "2", "19600602")))), NULL,
	    "accepted 1 ||資格　一郎|139980||20261120", "none", "", 1 },
	{ "unknown", FACE, SINGLE("t", OKAY LISTED(RECORD(CARD
	    PERSON("見本　花子", "", "2", "19500101")))), NULL,
	    "accepted 1 ||見本　花子|139980||20261120", "none", "", 1 },
	{ "insurance and aid", FACE, SINGLE("t", OKAY LISTED(RECORD(AID
	    ICHIRO) RECORD(CARD ICHIRO E("ReferenceNumber", "1")))), NULL,
	    "accepted 1 ||資格　一郎|139980|1|20261120", "certain", "13", 1 },
	{ "aid alone", FACE, SINGLE("t", OKAY LISTED(RECORD(AID ICHIRO))),
	    NULL, "accepted 1 ||資格　一郎|12161009||20261120", "certain",
	    "13", 1 },
	{ "two persons in one answer", FACE, SINGLE("t", OKAY
	    LISTED(RECORD(CARD ICHIRO) RECORD(AID SHICHIRO))), NULL,
	    "accepted 1 ||資格　一郎|139980||20261120", "differs", "", 1 },
	{ "a registration has none", "OQSsiimm01res_20261120S0002.xml",
	    SINGLE("i1", E("ProcessingResultStatus", "1")), NULL, NULL, NULL,
	    NULL, 0 },
	{ "a reception has none", "OQSmuhvq01res_20261120S0002.xml",
	    SINGLE("i1", E("ReceptionNumber", "R1")), NULL, NULL, NULL, NULL,
	    0 },
	{ "a returned request has none", CHECK_RQ, "<XmlMsg/>", NULL, NULL,
	    NULL, NULL, 0 },
	{ "a list that is not whole has none", LIST, BULK("3",
	    UNIT(OKAY RECORD(CARD ICHIRO))), NULL, NULL, NULL, NULL, 0 },
	{ "a list that is being made has none", LIST, DECLARED E("XmlMsg",
	    HEADER("2", COUNT("0")) "<MessageBody/>"), NULL, NULL, NULL, NULL,
	    0 },
	{ "one of a list", LIST, BULK("1", UNIT(OKAY RECORD(CARD ICHIRO)
	    E("ReferenceNumber", "1"))), NULL,
	    "accepted 1 ||資格　一郎|139980|1|20261120", "certain", "13", 1 },
	{ "one of a list that was asked for", "OQSmuquc02res_1.xml",
	    BULK("1", UNIT(ASKED("7") OKAY RECORD(CARD SHICHIRO))), NULL,
	    "accepted 1 ||扶助　七郎|139980||20261120", "asked", "7", 1 },
	{ "his twin's answer", "OQSmuquc02res_1.xml", BULK("1",
	    UNIT(ASKED("9") OKAY RECORD(CARD SHICHIRO))), NULL,
	    "accepted 1 ||扶助　七郎|139980||20261120", "differs", "", 1 },
	{ "an error of a list", "OQSmuquc02res_1.xml", BULK("1",
	    UNIT(ASKED("7") FAILED)), NULL, "error  OQX-1|誤り||||20261120",
	    "asked", "7", 1 },
	{ "parallel numbers", LIST, BULK("1", UNIT(OKAY RECORD(AID ICHIRO)
	    RECORD(CARD ICHIRO) E("ReferenceNumber", "A")
	    E("ReferenceNumber", "B"))), NULL,
	    "accepted 1 ||資格　一郎|139980|B|20261120", "certain", "13", 1 },
	{ "a unit that cannot be read", LIST, BULK("1", UNIT("<a></b>")),
	    NULL, "refused", "", "", 1 },
};

static void
describe(const struct finding *f, char out[512])
{
	snprintf(out, 512, "%s %s %s|%s|%s|%s|%s|%s", f->outcome, f->validity,
	    f->code, f->message, f->name, f->insurer_number,
	    f->reference_number, f->asked_on);
}

static void
one_row(void **state)
{
	const struct one *row = *state;
	const char *request = row->chart == NULL ? NULL : CHECK_RQ;
	struct finding f;
	char got[512];

	people();
	if (request != NULL)
		rows_request(request, "i1", row->chart);
	rows_result("d1", row->file, request, row->xml, 5);
	derive(row->n);
	derive(0);
	assert_int_equal(count(), row->n);
	if (row->n == 0)
		return;
	assert_int_equal(finding_of_unit(store, "d1", 0, &f), ERR_OK);
	describe(&f, got);
	if (strchr(row->want, ' ') == NULL)
		*strchr(got, ' ') = '\0';
	assert_string_equal(got, row->want);
	assert_string_equal(f.link, row->link);
	assert_string_equal(f.chart_number, row->linked);
	assert_string_equal(f.state, "new");
	assert_int_equal(f.at, 5);
	finding_free(&f);
}

/* --- what is kept --- */

static const char *
text_in(const json_t *o, const char *path)
{
	char part[64];
	const char *s;
	size_t n;

	while (*path != '\0') {
		n = strcspn(path, "/");
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		o = json_is_array(o) ? json_array_get(o, (size_t)atoi(part)) :
		    json_object_get(o, part);
		path += n + (path[n] == '/');
	}
	s = json_string_value(o);
	return (s == NULL ? "-" : s);
}

/* Nothing of the file is lost, and nothing stands there twice. */
static void
everything_is_kept(void **state)
{
	static const char xml[] = BULK("1", UNIT(ASKED("7") OKAY
	    RECORD(CARD ICHIRO E("ElderlyRecipientCertificateInfo",
	    E("ElderlyRecipientContributionRatio", "020"))
	    E("LimitApplicationCertificateRelatedConsFlg", "1")
	    E("SpecificDiseasesCertificateList",
	    E("SpecificDiseasesCertificateInfo",
	    E("SpecificDiseasesDiseaseCategory", "1"))
	    E("SpecificDiseasesCertificateInfo",
	    E("SpecificDiseasesDiseaseCategory", "2")))
	    E("Unheard", E("Of", "x"))) RECORD(AID)
	    E("ReferenceNumber", "A") E("ReferenceNumber", "B")
	    E("BirthWeight", "3000")));
	static const struct {
		const char	*path, *want;
	} kept[] = {
		{ "header/ReceptionNumber", "R1" },
		{ "header/MedicalInstitutionCode", CODE },
		{ "unit/QualificationValidity", "1" },
		{ "unit/QualificationConfirmSearchInfo/ArbitraryIdentifier",
		    "7" },
		{ "unit/ReferenceNumber/1", "B" },
		{ "unit/Name", "-" },
		{ "records/0/InsurerNumber", "  139980" },
		{ "records/0/ReferenceNumber", "A" },
		{ "records/1/ReferenceNumber", "B" },
		{ "records/0/QualificationValidity", "-" },
		{ "records/0/ElderlyRecipientCertificateInfo/"
		    "ElderlyRecipientContributionRatio", "020" },
		{ "records/0/SpecificDiseasesCertificateList/"
		    "SpecificDiseasesCertificateInfo/1/"
		    "SpecificDiseasesDiseaseCategory", "2" },
		{ "records/1/InsuredIdentificationNumber", "9931521" },
		{ "records/2/Name", "-" },
		{ "remainder/0/value", "x" },
		{ "remainder/1/value", "3000" },
		{ "remainder/2/value", "-" },
		{ "texts/QualificationValidity", "有効" },
		{ "records/0/texts/Sex1", "男" },
	};
	struct finding f;

	(void)state;
	rows_result("d1", LIST, NULL, xml, 1);
	derive(1);
	assert_int_equal(finding_of_unit(store, "d1", 0, &f), ERR_OK);
	for (size_t i = 0; i < LEN(kept); i++)
		assert_string_equal(text_in(f.data, kept[i].path),
		    kept[i].want);
	assert_string_equal(f.identifier, "7");
	assert_string_equal(f.kind, "OQSmuhvq02");
	assert_string_equal(f.source, "list");
	finding_free(&f);
}

/* --- many --- */

static void
make_list(size_t n, struct blob *xml)
{
	assert_int_equal(blob_printf(xml, "%s<XmlMsg>%s"
	    "<NumberOfProcessingResult>%zu</NumberOfProcessingResult>"
	    "</MessageHeader><MessageBody>", DECLARED, "<MessageHeader>"
	    E("SegmentOfResult", "1"), n), ERR_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(blob_printf(xml, UNIT(OKAY
		    "<ResultOfQualificationConfirmation>"
		    "<Name>見本　%zu</Name><NameKana>ﾐﾎﾝ %zu</NameKana>"
		    "<Sex1>1</Sex1><Birthdate>19%02zu0101</Birthdate>"
		    "</ResultOfQualificationConfirmation>"), i, i, i % 100),
		    ERR_OK);
	assert_int_equal(blob_add_str(xml, "</MessageBody></XmlMsg>"),
	    ERR_OK);
}

static void
put_list(size_t n)
{
	struct blob xml = { 0 };

	make_list(n, &xml);
	rows_result("big", LIST, NULL, blob_str(&xml), 1000);
	blob_free(&xml);
}

/* Each call does a part, and together they do it once. */
static void
parts_make_a_whole(void **state)
{
	size_t n, all = 0, calls = 0;
	int done = 0;

	(void)state;
	put_list(2 * FINDING_BATCH + 10);
	while (!done) {
		assert_int_equal(finding_derive(store, "big", 1, &n, &done),
		    ERR_OK);
		assert_true(done || (n > 0 && n % FINDING_BATCH == 0));
		all += n;
		calls++;
	}
	assert_int_equal(all, 2 * FINDING_BATCH + 10);
	assert_int_equal(count(), all);
	assert_true(calls <= 3);
	derive(0);
	assert_int_equal(finding_derive(store, "none", 0, &n, &done),
	    ERR_NO_SUCH);
}

/* Killed before the transaction after next. */
static void
child(void)
{
	struct store *own = NULL;
	size_t n;
	int done;

	if (store_open(rows_store, &own, NULL) != ERR_OK ||
	    finding_derive(own, "big", 1, &n, &done) != ERR_OK ||
	    store_begin(own) != ERR_OK)
		_exit(1);
	_exit(n == 0 || done ? 2 : 0);	/* without a farewell */
}

static void
killed_in_between(void **state)
{
	pid_t pid;
	int status;
	size_t before;

	(void)state;
	put_list(4 * FINDING_BATCH + 1);
	assert_true((pid = fork()) >= 0);
	if (pid == 0)
		child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	before = count();
	assert_int_equal(before % FINDING_BATCH, 0);
	assert_true(before > 0);
	derive(4 * FINDING_BATCH + 1 - before);
	assert_int_equal(count(), 4 * FINDING_BATCH + 1);
}

/* --- search --- */

static enum err
add_unit(void *ctx, const struct finding *f)
{
	char *text = ctx;
	size_t at = strlen(text);

	snprintf(text + at, 256 - at, "%s%lld,", f->digest,
	    (long long)f->unit);
	assert_null(f->data);
	return (ERR_OK);
}

static void
put_some(void)
{
	people();
	rows_request(CHECK_RQ, "i1", "13");
	rows_result("c", CHECK, CHECK_RQ, SINGLE("i1", OKAY LISTED(RECORD(CARD
	    ICHIRO))), 10);
	rows_result("f", FACE, NULL, SINGLE("t", E("ProcessingResultStatus",
	    "1") E("QualificationValidity", "3") LISTED(RECORD(AID
	    PERSON("見本　100%_!", "ﾐﾎﾝ ﾊﾅｺ", "2", "19500101")))), 20);
	rows_result("l", LIST, NULL, BULK("2", UNIT(OKAY RECORD(CARD
	    SHICHIRO)) UNIT(FAILED)), 30);
	derive(4);
}

static const struct query {
	const char	*name;
	struct finding_query q;
	const char	*want;
	int		 total;
} queries[] = {
	{ "all, newest first", { .limit = 9 }, "l0,l1,f0,c0,", 4 },
	{ "a page", { .limit = 2, .offset = 1 }, "l1,f0,", 4 },
	{ "behind the end", { .offset = 9 }, "", 4 },
	{ "since", { .from = 20 }, "l0,l1,f0,", 3 },
	{ "before", { .before = 20 }, "c0,", 1 },
	{ "a span", { .from = 20, .before = 30 }, "f0,", 1 },
	{ "chart number", { .chart_number = "13" }, "c0,", 1 },
	{ "chart number and time", { .chart_number = "13", .from = 11 }, "",
	    0 },
	{ "name, half of it, and narrow", { .name = "一郎" }, "c0,", 1 },
	{ "name, wide space", { .name = "資格 一郎" }, "c0,", 1 },
	{ "what SQL takes for any is a character", { .name = "0%_!" }, "f0,",
	    1 },
	{ "and only that", { .name = "%" }, "f0,", 1 },
	{ "no one", { .name = "_一" }, "", 0 },
	{ "kana, written in another way", { .kana = "しかくいちろう" }, "c0,",
	    1 },
	{ "birth date", { .birthdate = "19700725" }, "l0,", 1 },
	{ "insurer number, six digits", { .insurer_number = "139980" },
	    "l0,c0,", 2 },
	{ "insurer number, eight digits", { .insurer_number = "00139980" },
	    "l0,c0,", 2 },
	{ "source", { .source = "face" }, "f0,", 1 },
	{ "validity", { .validity = "3" }, "f0,", 1 },
	{ "errors", { .outcome = "error" }, "l1,", 1 },
	{ "link", { .link = "asked" }, "c0,", 1 },
	{ "state", { .state = "imported" }, "", 0 },
	{ "job", { .job = "j1" }, "", 0 },
	{ "several", { .source = "list", .insurer_number = "139980",
	    .birthdate = "19700725", .outcome = "accepted" }, "l0,", 1 },
};

static void
query_row(void **state)
{
	const struct query *row = *state;
	char got[256] = "";
	int64_t total = -1;

	put_some();
	assert_int_equal(finding_search(store, &row->q, add_unit, got, &total,
	    NULL), ERR_OK);
	assert_string_equal(got, row->want);
	assert_int_equal(total, row->total);
}

static enum err
count_one(void *ctx, const struct finding *f)
{
	(void)f;
	++*(size_t *)ctx;
	return (ERR_OK);
}

/* 10,000 are shown, 10,001 are not (OQS-06). */
static void
too_many(void **state)
{
	const struct finding_query all = { .limit = 20000 };
	const struct finding_query less = { .limit = 20000, .before = 1001 };
	struct note note = { "" };
	int64_t total;
	size_t n = 0;

	(void)state;
	put_list(FINDING_SHOWN);
	derive(FINDING_SHOWN);
	assert_int_equal(finding_search(store, &all, count_one, &n, &total,
	    &note), ERR_OK);
	assert_int_equal(n, FINDING_SHOWN);
	rows_result("f", FACE, NULL, SINGLE("t", OKAY LISTED(RECORD(CARD
	    ICHIRO))), 2000);
	derive(1);
	n = 0;
	assert_int_equal(finding_search(store, &all, count_one, &n, &total,
	    &note), ERR_TOO_MANY_FOUND);
	assert_int_equal(n, 0);
	assert_int_equal(total, FINDING_SHOWN + 1);
	assert_string_equal(note.text, "10001 > 10000");
	assert_int_equal(finding_search(store, &less, count_one, &n, &total,
	    &note), ERR_OK);
	assert_int_equal(n, FINDING_SHOWN);
}

static void
details(void **state)
{
	static const struct {
		const char	*kind;
		int		 has;
	} rows[] = {
		{ "OQSsiquc01", 1 }, { "OQSmuhvq02", 1 }, { "OQSmuonq02", 1 },
		{ "OQSmutic02", 1 }, { "OQSmuquc02", 0 }, { "OQSmuimm02", 0 },
	};
	struct finding f = { .unit = 0 };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		snprintf(f.kind, sizeof(f.kind), "%s", rows[i].kind);
		assert_int_equal(finding_has_detail(&f), rows[i].has);
	}
}

/* --- changes --- */

static void
expect_link(const char *digest, const char *link, const char *chart)
{
	struct finding f;

	assert_int_equal(finding_of_unit(store, digest, 0, &f), ERR_OK);
	assert_string_equal(f.link, link);
	assert_string_equal(f.chart_number, chart);
	finding_free(&f);
}

static void
looked_at_again(void **state)
{
	size_t n = 9;

	(void)state;
	rows_result("f", FACE, NULL, SINGLE("t", OKAY LISTED(RECORD(CARD
	    ICHIRO))), 1);
	rows_result("l", LIST, NULL, BULK("1", UNIT(OKAY RECORD(CARD
	    SHICHIRO))), 1);
	derive(2);
	expect_link("f", "none", "");
	people();
	assert_int_equal(finding_relink(store, "19600602", &n), ERR_OK);
	assert_int_equal(n, 1);
	expect_link("f", "certain", "13");
	expect_link("l", "none", "");
	/* A second one of that name: what is linked stays. */
	rows_patient("14", "資格　一郎", "", SEX_MALE, "19600602");
	assert_int_equal(finding_relink(store, "19600602", &n), ERR_OK);
	assert_int_equal(n, 0);
	expect_link("f", "certain", "13");
	assert_int_equal(finding_relink(store, "", &n), ERR_OK);
	assert_int_equal(n, 0);
}

/* --- what happens in between --- */

static void	(*before_writing)(struct store *);
static void	(*before_matching)(struct store *);

enum err	__real_store_begin(struct store *);
enum err	__wrap_store_begin(struct store *);
enum err	__real_match_find(struct store *, const struct match_person *,
		    struct patient *, struct note *);
enum err	__wrap_match_find(struct store *, const struct match_person *,
		    struct patient *, struct note *);

static void
once(void (**happens)(struct store *), struct store *s)
{
	void (*now)(struct store *) = *happens;

	*happens = NULL;
	if (now != NULL)
		now(s);
}

enum err
__wrap_store_begin(struct store *s)
{
	once(&before_writing, s);
	return (__real_store_begin(s));
}

enum err
__wrap_match_find(struct store *s, const struct match_person *who,
    struct patient *found, struct note *note)
{
	once(&before_matching, s);
	return (__real_match_find(s, who, found, note));
}

static void
ichiro_comes(struct store *s)
{
	size_t n;

	rows_patient("13", "資格　一郎", "シカク　イチロウ", SEX_MALE,
	    "19600602");
	assert_int_equal(finding_relink(s, "19600602", &n), ERR_OK);
}

static void
a_twin_comes(struct store *s)
{
	size_t n;

	rows_patient("14", "資格　次郎", "シカク　ジロウ", SEX_MALE,
	    "19600602");
	assert_int_equal(finding_relink(s, "19600602", &n), ERR_OK);
}

/* Who is added after the answer was read is seen when it is written. */
static void
patients_come_meanwhile(void **state)
{
	static const struct {
		const char	*digest, *link, *chart;
		void		(*comes)(struct store *);
	} rows[] = {
		{ "f", "certain", "13", ichiro_comes },
		{ "g", "many", "", a_twin_comes },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		rows_result(rows[i].digest, FACE, NULL, SINGLE("t", OKAY
		    LISTED(RECORD(CARD ICHIRO))), (int64_t)i + 1);
		before_writing = rows[i].comes;
		derive(1);
		assert_null(before_writing);
		expect_link(rows[i].digest, rows[i].link, rows[i].chart);
	}
}

static void
a_person_decides(struct store *s)
{
	struct finding f;

	assert_int_equal(finding_of_unit(s, "f", 0, &f), ERR_OK);
	assert_int_equal(finding_set_patient(s, f.id, "9", "chosen"), ERR_OK);
	finding_free(&f);
}

static void
decisions_are_not_overwritten(void **state)
{
	size_t n = 9;

	(void)state;
	people();
	rows_result("f", FACE, NULL, SINGLE("t", OKAY LISTED(RECORD(CARD
	    SHICHIRO))), 1);
	derive(1);
	expect_link("f", "many", "");
	before_matching = a_person_decides;
	assert_int_equal(finding_relink(store, "19700725", &n), ERR_OK);
	assert_null(before_matching);
	assert_int_equal(n, 0);
	expect_link("f", "chosen", "9");
}

static enum err
raw_row(void *ctx, const struct val *cols, size_t n)
{
	assert_int_equal(n, 9);
	*(size_t *)ctx = cols[8].len;
	return (ERR_OK);
}

static size_t
raw_of(const char *digest)
{
	const struct val v = val_text(digest);
	size_t len = 99;

	assert_int_equal(store_run(store, SQL_RESULT_SOURCE, &v, 1, raw_row,
	    &len, NULL), ERR_OK);
	return (len);
}

/* Lists may have 60 MB, and are asked for again and again. */
static void
bytes_are_read_once(void **state)
{
	static const char xml[] = SINGLE("t", OKAY LISTED(RECORD(CARD
	    ICHIRO)));

	(void)state;
	rows_result("f", FACE, NULL, xml, 1);
	assert_int_equal(raw_of("f"), strlen(xml));
	derive(1);
	assert_int_equal(raw_of("f"), 0);
}

/* What a person has taken off, or a machine must not put on, stays off. */
static void
unlinked_ones_stay(void **state)
{
	struct finding f;
	size_t n;

	(void)state;
	people();
	rows_result("f", FACE, NULL, SINGLE("t", OKAY LISTED(RECORD(CARD
	    ICHIRO))), 1);
	derive(1);
	assert_int_equal(finding_of_unit(store, "f", 0, &f), ERR_OK);
	assert_int_equal(finding_set_patient(store, f.id, "", "differs"),
	    ERR_OK);
	assert_int_equal(finding_relink(store, "19600602", &n), ERR_OK);
	assert_int_equal(n, 0);
	expect_link("f", "differs", "");
	assert_int_equal(finding_set_patient(store, f.id, "9", "chosen"),
	    ERR_OK);
	expect_link("f", "chosen", "9");
	assert_int_equal(finding_set_patient(store, f.id, "9", "guessed"),
	    ERR_ROW);
	assert_int_equal(finding_set_patient(store, "none", "9", "chosen"),
	    ERR_NO_SUCH);
	assert_int_equal(finding_set_state(store, f.id, "imported"), ERR_OK);
	assert_int_equal(finding_set_state(store, f.id, "lost"), ERR_ROW);
	assert_int_equal(finding_set_state(store, "none", "new"),
	    ERR_NO_SUCH);
	finding_free(&f);
	assert_int_equal(finding_get(store, "none", &f), ERR_NO_SUCH);
	finding_free(&f);
	assert_int_equal(finding_of_visit(store, "none", &f), ERR_NO_SUCH);
}

/* A name with ● finds whom a person chose for it before. */
static void
choices_are_remembered(void **state)
{
	static const char gap[] = SINGLE("t", OKAY LISTED(RECORD(CARD
	    PERSON("ききょう　●子", "ｷｷｮｳ ﾀｶｺ", "2", "19510401"))));
	const struct choice_person who = { { "ききょう　●子", "ｷｷｮｳ ﾀｶｺ",
	    "19510401", SEX_FEMALE }, "139980", "1639960291x001", "01" };
	const struct audit_who by = { "desk", "s1", "compared" };

	(void)state;
	people();
	rows_result("f", FACE, NULL, gap, 1);
	derive(1);
	expect_link("f", "possible", "");
	assert_int_equal(choice_put(store, &who, "2", &by), ERR_OK);
	rows_result("g", FACE, NULL, gap, 2);
	derive(1);
	expect_link("g", "chosen", "2");
}

/* A face result is bound after its finding was derived. */
static void
visits_find_theirs(void **state)
{
	const struct val visit[] = { val_text("v1"), val_text("face"),
	    val_text("idle"), val_int(1), val_text(NULL), val_text("face"),
	    val_text(NULL), val_text(NULL), val_text(NULL) };
	const struct val bind[] = { val_text("v1"), val_text("f") };
	struct finding f;

	(void)state;
	rows_result("f", FACE, NULL, SINGLE("t", OKAY LISTED(RECORD(CARD
	    ICHIRO))), 1);
	derive(1);
	assert_int_equal(store_run(store, SQL_VISIT_ADD, visit, 9, NULL, NULL,
	    NULL), ERR_OK);
	assert_int_equal(finding_of_visit(store, "v1", &f), ERR_NO_SUCH);
	assert_int_equal(store_run(store, SQL_RESULT_BIND, bind, 2, NULL,
	    NULL, NULL), ERR_OK);
	assert_int_equal(finding_of_visit(store, "v1", &f), ERR_OK);
	assert_string_equal(f.digest, "f");
	assert_string_equal(f.visit, "v1");
	finding_free(&f);
}

/* Who is armed for it decides between twins, and contradicts another. */
static void
bound_ones_follow_the_visit(void **state)
{
	struct finding f;

	(void)state;
	people();
	assert_int_equal(finding_bind(store, "f", "7"), ERR_OK);
	rows_result("f", FACE, NULL, SINGLE("t", OKAY LISTED(RECORD(CARD
	    SHICHIRO))), 1);
	derive(1);
	expect_link("f", "many", "");
	assert_int_equal(finding_bind(store, "f", "99"), ERR_OK);
	expect_link("f", "many", "");
	assert_int_equal(finding_bind(store, "f", "7"), ERR_OK);
	expect_link("f", "asked", "7");
	assert_int_equal(finding_bind(store, "f", "9"), ERR_OK);
	expect_link("f", "differs", "");
	assert_int_equal(finding_of_unit(store, "f", 0, &f), ERR_OK);
	assert_int_equal(finding_set_patient(store, f.id, "9", "chosen"),
	    ERR_OK);
	finding_free(&f);
	assert_int_equal(finding_bind(store, "f", "7"), ERR_OK);
	expect_link("f", "chosen", "9");
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, rows_set_up, rows_tear_down)

int
main(void)
{
	static const struct CMUnitTest others[] = { TEST(everything_is_kept),
	    TEST(parts_make_a_whole), TEST(killed_in_between), TEST(too_many),
	    TEST(details), TEST(looked_at_again), TEST(unlinked_ones_stay),
	    TEST(patients_come_meanwhile),
	    TEST(decisions_are_not_overwritten), TEST(bytes_are_read_once),
	    TEST(choices_are_remembered), TEST(visits_find_theirs),
	    TEST(bound_ones_follow_the_visit) };
	struct CMUnitTest tests[LEN(ones) + LEN(queries) + LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(ones); i++)
		tests[n++] = (struct CMUnitTest){ ones[i].name, one_row,
		    rows_set_up, rows_tear_down,
		    (void *)(uintptr_t)&ones[i] };
	for (size_t i = 0; i < LEN(queries); i++)
		tests[n++] = (struct CMUnitTest){ queries[i].name, query_row,
		    rows_set_up, rows_tear_down,
		    (void *)(uintptr_t)&queries[i] };
	for (size_t i = 0; i < LEN(others); i++)
		tests[n++] = others[i];
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
