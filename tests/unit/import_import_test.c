#include "tests/unit/ledger_room.h"

#include "host/import/import.h"
#include "host/import/offer_of.h"
#include "host/ledger/choice.h"
#include "host/ledger/link.h"
#include "host/qualify/finding.h"

#define P01	"0000000001"

static const struct audit_who silent = { "desk-1", "資格 花子", "" };

/* Findings. */

/* One row as the derivation writes it; the record is JSON. */
struct row {
	const char	*id, *chart, *link, *name, *kana, *birthdate;
	int		 sex;
	const char	*validity, *reference, *records, *remainder;
	const char	*asked_on;
};

static void
add_finding(struct row f)
{
	static int unit;
	char data[8192];

	snprintf(data, sizeof(data), "{\"header\":{},\"unit\":{},"
	    "\"records\":[%s],\"remainder\":[%s]}", f.records,
	    f.remainder == NULL ? "" : f.remainder);
	assert_int_equal(store_run(store, SQL_FINDING_ADD, (struct val[]){
	    val_text(f.id), val_text("d"), val_int(unit++), val_text("list"),
	    val_text("OQSmuhvq02"), val_text(NULL), val_text(NULL),
	    val_int(1733020245000 + unit), val_text(f.asked_on == NULL ?
	    "20241201" : f.asked_on), val_text(""), val_text(f.name),
	    val_text(f.kana), val_int(f.sex), val_text(f.birthdate),
	    val_text("172010"), val_text(""), val_text("456"), val_text(""),
	    val_text(f.reference == NULL ? "" : f.reference),
	    val_text(f.validity == NULL ? "1" : f.validity),
	    val_text("accepted"), val_text(""), val_text(""),
	    val_text(f.chart), val_text(f.link), val_text(data),
	    val_text(""), val_text("") }, 28, NULL, NULL, NULL), ERR_OK);
}

#define NEW_INSURANCE							\
	"{\"InsuredCardClassification\":\"01\","			\
	"\"InsurerNumber\":\"  172010\",\"InsuredCardSymbol\":\"123\","	\
	"\"InsuredIdentificationNumber\":\"456\","			\
	"\"InsuredBranchNumber\":\"01\","				\
	"\"InsuredCardValidDate\":\"20240801\""
#define LIMIT								\
	",\"LimitApplicationCertificateRelatedConsFlg\":\"1\""	\
	",\"LimitApplicationCertificateRelatedInfo\":{"		\
	"\"LimitApplicationCertificateClassification\":\"01\","	\
	"\"LimitApplicationCertificateClassificationFlag\":\"B04\","	\
	"\"LimitApplicationCertificateValidStartDate\":\"20240801\"}"
#define TICKET								\
	"{\"InsuredCardClassification\":\"A1\","			\
	"\"InsurerNumber\":\"12161009\","				\
	"\"InsuredIdentificationNumber\":\"9931521\","			\
	"\"QualificationDate\":\"20240401\",\"PublicExpenseResultList\":{" \
	"\"MedicalTicketInfo\":[{\"SelfPayAmount\":\"500\"}]}}"

/* こすもす 和子, whose insurance the manual renews. */
static void
add_p01(const char *id, const char *chart, const char *link)
{
	add_finding((struct row){ id, chart, link, "こすもす　和子",
	    "ｺｽﾓｽ ｶｽﾞｺ", "19500101", 2, .records = NEW_INSURANCE LIMIT "}" });
}

static struct patient
uninsured(const struct patient *p)
{
	struct patient q = *p;

	q.insurer_number[0] = q.insured_card_symbol[0] = '\0';
	q.insured_identification_number[0] = '\0';
	q.insured_branch_number[0] = '\0';
	return (q);
}

static void
put_uninsured(void)
{
	struct patient p = uninsured(&p01);

	assert_int_equal(patient_put(store, &p), ERR_OK);
}

static void
put_insured(void)
{
	struct coverage c = row_of(COVERAGE_INSURANCE, "172010", "456",
	    "20230801", "");

	assert_int_equal(patient_write(store, &p01), ERR_OK);
	coverage_set(&c, "insured_card_symbol", "123");
	coverage_set(&c, "insured_branch_number", "01");
	put_row(P01, c);
}

/* One finding, as suggested or by an action. */
static enum err
import_by(const char *finding, const enum apply_action *action,
    const char *chart, json_t **out)
{
	struct note note = { "" };
	struct import_ask ask = { .findings = &finding, .n = 1,
	    .action = action, .chart_number = chart, .who = desk };

	return (import_apply(store, &ask, out, &note));
}

static const char *
text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return (s == NULL ? "" : s);
}

static const json_t *
first_row(const json_t *batch)
{
	return (json_array_get(json_object_get(batch, "rows"), 0));
}

static void
expect_outcome(json_t *batch, const char *want, char id[UUID_LEN])
{
	const json_t *row = first_row(batch);

	assert_string_equal(text(row, "outcome"), want);
	if (id != NULL)
		snprintf(id, UUID_LEN, "%s", text(row, "id"));
	json_decref(batch);
}

static void
expect_finding(const char *id, const char *chart, const char *link,
    const char *state)
{
	struct finding f = { .unit = 0 };

	assert_int_equal(finding_get(store, id, &f), ERR_OK);
	assert_string_equal(f.chart_number, chart);
	assert_string_equal(f.link, link);
	assert_string_equal(f.state, state);
	finding_free(&f);
}

/* Offers. */

static const struct offer_case {
	const char	*name, *records, *remainder;
	size_t		 insurances, aids, rows, manual;
	const char	*from, *until;		/* of the first row */
} offer_cases[] = {
	{ "offer: an insurance", NEW_INSURANCE "}", NULL, 1, 0, 1, 0,
	    "20240801", "" },
	{ "offer: with a limit", NEW_INSURANCE LIMIT "}", NULL, 1, 0, 2, 0,
	    "20240801", "" },
	{ "offer: assistance", TICKET, NULL, 0, 1, 1, 0, "20240401", "" },
	{ "offer: both", NEW_INSURANCE "}," TICKET, NULL, 1, 1, 2, 0,
	    "20240801", "" },
	{ "offer: two insurances", NEW_INSURANCE "}," NEW_INSURANCE "}",
	    NULL, 2, 0, 2, 0, "20240801", "" },
	{ "offer: 54 is entered by hand",
	    "{\"InsurerNumber\":\"54136015\",\"InsuredIdentificationNumber\":"
	    "\"1234567\"}", NULL, 0, 0, 0, 1, NULL, NULL },
	{ "offer: 21 is entered by hand",
	    "{\"InsuredCardClassification\":\"01\",\"InsurerNumber\":"
	    "\"21136010\"}", NULL, 0, 0, 0, 1, NULL, NULL },
	{ "offer: a local scheme is entered by hand",
	    "{\"InsurerNumber\":\"80136016\"}", NULL, 0, 0, 0, 1, NULL,
	    NULL },
	{ "offer: an unknown class of assistance",
	    "{\"InsuredCardClassification\":\"A2\",\"InsurerNumber\":"
	    "\"12161009\"}", NULL, 0, 0, 0, 1, NULL, NULL },
	{ "offer: 12 without a class is assistance",
	    "{\"InsurerNumber\":\"12130000\",\"InsuredIdentificationNumber\":"
	    "\"1\"}", NULL, 0, 1, 1, 0, "", "" },
	{ "offer: 6 digits beginning with 12 are a 国保 of 千葉県",
	    "{\"InsurerNumber\":\"  120014\",\"InsuredIdentificationNumber\":"
	    "\"1\"}", NULL, 1, 0, 1, 0, "", "" },
	{ "offer: 12 and 7 digits", "{\"InsurerNumber\":\"1213000\","
	    "\"InsuredIdentificationNumber\":\"1\"}", NULL, 1, 0, 1, 0, "",
	    "" },
	{ "offer: 12 of an insurance's class is one",
	    "{\"InsuredCardClassification\":\"01\",\"InsurerNumber\":"
	    "\"12345678\",\"InsuredCardValidDate\":\"20230401\","
	    "\"InsuredCardExpirationDate\":\"20270331\"}", NULL, 1, 0, 1, 0,
	    "20230401", "20270331" },
	{ "offer: 6 digits beginning with 21", "{\"InsurerNumber\":"
	    "\"  210013\"}", NULL, 1, 0, 1, 0, "", "" },
	{ "offer: an open end of 8", NEW_INSURANCE
	    ",\"InsuredCardExpirationDate\":\"99999999\"}", NULL, 1, 0, 1, 0,
	    "20240801", "" },
	{ "offer: an open end of 7", NEW_INSURANCE
	    ",\"InsuredCardExpirationDate\":\"9999999\"}", NULL, 1, 0, 1, 0,
	    "20240801", "" },
	{ "offer: ends the day before the loss", NEW_INSURANCE
	    ",\"DisqualificationDate\":\"20250301\"}", NULL, 1, 0, 1, 0,
	    "20240801", "20250228" },
	{ "offer: the earlier of end and loss", NEW_INSURANCE
	    ",\"InsuredCardExpirationDate\":\"20241231\","
	    "\"DisqualificationDate\":\"20250301\"}", NULL, 1, 0, 1, 0,
	    "20240801", "20241231" },
	{ "offer: begins with the qualification",
	    "{\"InsurerNumber\":\"139980\",\"QualificationDate\":"
	    "\"20200401\"}", NULL, 1, 0, 1, 0, "20200401", "" },
	{ "offer: an empty certificate is none", NEW_INSURANCE
	    ",\"ElderlyRecipientCertificateInfo\":{}}", NULL, 1, 0, 1, 0,
	    "20240801", "" },
	{ "offer: certificates of diseases", NEW_INSURANCE
	    ",\"SpecificDiseasesCertificateList\":{"
	    "\"SpecificDiseasesCertificateInfo\":[{"
	    "\"SpecificDiseasesDiseaseCategory\":\"2\","
	    "\"SpecificDiseasesSelfPay\":\"10000\"},{"
	    "\"SpecificDiseasesDiseaseCategory\":\"1\"}]}}", NULL, 1, 0, 3,
	    0, "20240801", "" },
	{ "offer: nothing", "", NULL, 0, 0, 0, 0, NULL, NULL },
	{ "offer: a person alone", "{\"Name\":\"資格　一郎\"}", NULL, 0, 0, 0,
	    0, NULL, NULL },
	{ "offer: an unknown group of public expense", NEW_INSURANCE "}",
	    "{\"path\":\"/XmlMsg/MessageBody/PublicExpenseHolder/No\","
	    "\"value\":\"1\"}", 1, 0, 1, 1, "20240801", "" },
	{ "offer: a key that means nothing", NEW_INSURANCE "}",
	    "{\"path\":\"/XmlMsg/MessageBody/QualificationConfirmationKey\","
	    "\"value\":\"1\"}", 1, 0, 1, 0, "20240801", "" },
};

static void
offer_row_test(void **state)
{
	const struct offer_case *row = *state;
	struct finding f = { .unit = 0 };
	struct offer o;
	size_t n;

	add_finding((struct row){ "f1", NULL, "none", "資格　一郎", "",
	    "19600602", 1, .records = row->records,
	    .remainder = row->remainder });
	assert_int_equal(finding_get(store, "f1", &f), ERR_OK);
	assert_int_equal(offer_of(&f, &o), ERR_OK);
	offer_row(&o, COVERAGE_INSURANCE, &n);
	assert_int_equal(n, row->insurances);
	offer_row(&o, COVERAGE_AID, &n);
	assert_int_equal(n, row->aids);
	assert_int_equal(o.n, row->rows);
	assert_int_equal(json_array_size(o.manual), row->manual);
	if (row->from != NULL) {
		assert_string_equal(o.row[0].valid_from, row->from);
		assert_string_equal(o.row[0].valid_until, row->until);
	}
	offer_free(&o);
	finding_free(&f);
}

static void
offer_is_in_the_ledgers_words(void **state)
{
	struct finding f = { .unit = 0 };
	const struct coverage *c;
	struct offer o;

	(void)state;
	add_finding((struct row){ "f1", NULL, "none", "扶助　三葉", "ﾌｼﾞﾖ ﾐﾂﾊﾞ",
	    "19741201", 1, .reference = "10005", .records =
	    "{\"InsuredCardClassification\":\"01\",\"InsurerNumber\":"
	    "\"06140248\",\"InsuredCardSymbol\":\"１０\","
	    "\"InsuredIdentificationNumber\":\"1619931528x009\","
	    "\"InsuredName\":\"扶助　三葉\",\"InsurerName\":\"富士通健康保険組合\","
	    "\"PersonalFamilyClassification\":\"1\","
	    "\"PostNumber\":\"0478660\",\"Address\":\"北海道小樽市花園3-18-99\"},"
	    TICKET });
	assert_int_equal(finding_get(store, "f1", &f), ERR_OK);
	assert_int_equal(offer_of(&f, &o), ERR_OK);
	assert_string_equal(o.person.name, "扶助　三葉");
	assert_string_equal(o.person.post_number, "047-8660");
	assert_string_equal(o.person.address, "北海道小樽市花園3-18-99");
	assert_string_equal(o.person.reference_number, "10005");
	assert_non_null(c = offer_row(&o, COVERAGE_INSURANCE, NULL));
	assert_string_equal(coverage_field(c, "insured_card_symbol"), "１０");
	assert_string_equal(coverage_field(c, "insurer_name"),
	    "富士通健康保険組合");
	assert_string_equal(coverage_field(c, "insured_branch_number"), "");
	assert_non_null(c = offer_row(&o, COVERAGE_AID, NULL));
	assert_string_equal(coverage_field(c, "self_pay"), "500");
	assert_false(offer_is_aid(&o));
	offer_free(&o);
	finding_free(&f);
}

static void
expect_waiting(enum import_wait which, const char *want,
    const char *sentence)
{
	char got[256] = "";
	json_t *o, *row;
	size_t i;

	assert_int_equal(import_waiting(store, which, NULL, &o), ERR_OK);
	json_array_foreach(json_object_get(o, "rows"), i, row)
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
		    "%s/%s/%s;", text(row, "finding"), text(row,
		    "chart_number"), text(row, "kind"));
	assert_string_equal(got, want);
	assert_string_equal(text(o, "text"), sentence);
	json_decref(o);
}

/* Suggestions. */

static void
expect_suggestion(const char *id, const char *chart, const char *why,
    int nothing, enum apply_action action)
{
	struct finding f = { .unit = 0 };
	struct suggestion g;

	assert_int_equal(finding_get(store, id, &f), ERR_OK);
	assert_int_equal(import_suggest(store, &f, chart, &g), ERR_OK);
	assert_string_equal(g.why, why);
	assert_int_equal(g.nothing, nothing);
	assert_int_equal(g.action, action);
	assert_string_not_equal(import_why_text(g.why, ERR_JA), "");
	assert_string_not_equal(import_why_text(g.why, ERR_EN), "");
	finding_free(&f);
}

static void
suggestions_are_the_manuals(void **state)
{
	json_t *out;

	(void)state;
	put_uninsured();
	add_p01("f1", P01, "certain");
	add_p01("f2", NULL, "none");
	expect_suggestion("f1", NULL, "first", 0, APPLY_RENEW);
	expect_suggestion("f2", NULL, "unmatched", 1, APPLY_ACTIONS);
	expect_suggestion("f2", P01, "first", 0, APPLY_RENEW);
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_suggestion("f1", NULL, "unlinked", 1, APPLY_ACTIONS);
	/* The same insurance with a branch number of another person's. */
	add_finding((struct row){ "f3", P01, "certain", "こすもす　和子",
	    "ｺｽﾓｽ ｶｽﾞｺ", "19500101", 2, .reference = "00010",
	    .records = NEW_INSURANCE ",\"InsuredName\":\"こすもす　太郎\"}" });
	expect_suggestion("f3", NULL, "details", 0, APPLY_OVERWRITE);
	assert_int_equal(import_by("f3", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_suggestion("f3", NULL, "unchanged", 1, APPLY_ACTIONS);
	assert_int_equal(link_unset(store, P01, &desk, NULL), ERR_OK);
	expect_suggestion("f3", NULL, "unlinked", 0, APPLY_REFERENCE);
	assert_int_equal(import_by("f3", &(enum apply_action){
	    APPLY_REFERENCE }, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_suggestion("f3", NULL, "unchanged", 1, APPLY_ACTIONS);
	/* Of another time: the number differs. */
	add_finding((struct row){ "f4", P01, "certain", "こすもす　和子",
	    "ｺｽﾓｽ ｶｽﾞｺ", "19500101", 2, .reference = "00011",
	    .records = NEW_INSURANCE "}" });
	expect_suggestion("f4", NULL, "reference_differs", 1, APPLY_ACTIONS);
	add_finding((struct row){ "f5", P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .validity = "3", .records = NEW_INSURANCE "}" });
	expect_suggestion("f5", NULL, "not_valid", 1, APPLY_ACTIONS);
	add_finding((struct row){ "f6", P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .records = NEW_INSURANCE "}," NEW_INSURANCE "}" });
	expect_suggestion("f6", NULL, "several", 1, APPLY_ACTIONS);
	add_finding((struct row){ "f7", P01, "certain", "こすもす　和子", "",
	    "19500102", 2, .records = NEW_INSURANCE "}" });
	expect_suggestion("f7", NULL, "other_person", 1, APPLY_ACTIONS);
}

static void
comparison_is_json(void **state)
{
	struct note note = { "" };
	json_t *o;

	(void)state;
	put_insured();
	add_p01("f1", P01, "certain");
	assert_int_equal(import_compare(store, "f1", NULL, &o, &note),
	    ERR_OK);
	assert_string_equal(text(json_object_get(o, "suggestion"), "action"),
	    "renew");
	assert_string_equal(text(o, "switch_on"), "20240801");
	assert_int_equal(json_array_size(json_object_get(json_object_get(o,
	    "insurance"), "fields")), 18);
	assert_true(json_is_null(json_object_get(o, "aid")));
	assert_int_equal(json_array_size(json_object_get(o, "display")), 1);
	json_decref(o);
	assert_int_equal(import_compare(store, "f1", "", &o, &note), ERR_OK);
	assert_string_equal(text(json_object_get(o, "suggestion"), "action"),
	    "new");
	assert_true(json_is_null(json_object_get(o, "chart_number")));
	json_decref(o);
	assert_int_equal(import_compare(store, "f9", NULL, &o, &note),
	    ERR_NO_SUCH);
	assert_int_equal(import_compare(store, "f1", "404", &o, &note),
	    ERR_NO_PATIENT);
}

/* Reports. */

/* kind|title, its entries' texts and "label：value" lines. */
static void
write_entries(const json_t *entries, char *out, size_t room)
{
	json_t *e, *l;
	size_t i, k;

	json_array_foreach(entries, i, e) {
		snprintf(out + strlen(out), room - strlen(out), "%s\n",
		    text(e, "text"));
		json_array_foreach(json_object_get(e, "lines"), k, l)
			snprintf(out + strlen(out), room - strlen(out),
			    "%s：%s\n", text(l, "label"), text(l, "value"));
	}
}

static void
expect_report(const json_t *row, const char *want)
{
	char got[4096] = "";
	json_t *s;
	size_t i;

	json_array_foreach(json_object_get(row, "sections"), i, s) {
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
		    "○%s\n", text(s, "title"));
		write_entries(json_object_get(s, "entries"), got,
		    sizeof(got));
	}
	write_entries(json_object_get(row, "display"), got, sizeof(got));
	assert_string_equal(got, want);
}

/* As the manual prints it, features.md COS-18. */
static void
report_of_a_new_patient(void **state)
{
	json_t *out;

	(void)state;
	put_uninsured();
	add_p01("f1", P01, "certain");
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_report(first_row(out),
	    "○医療保険証\n"
	    "以下の履歴を作成しました。\n"
	    "期間：令和6年8月1日～\n"
	    "保険者番号：172010\n"
	    "記号：123\n"
	    "番号：456\n"
	    "枝番：01\n"
	    "○高額上限額履歴\n"
	    "以下の履歴を作成しました。\n"
	    "期間：令和6年8月1日～\n"
	    "適用区分：B04（７０歳以上 一般）\n");
	assert_string_equal(text(first_row(out), "name"), "こすもす　和子");
	/* What the terminal never tells of limits (COS-03). */
	assert_int_equal(json_array_size(json_object_get(first_row(out),
	    "manual")), 4);
	json_decref(out);
}

static void
report_of_a_renewal(void **state)
{
	json_t *out;

	(void)state;
	put_insured();
	add_p01("f1", P01, "certain");
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_report(first_row(out),
	    "○医療保険証\n"
	    "以下の履歴を作成しました。\n"
	    "期間：令和6年8月1日～\n"
	    "保険者番号：172010\n"
	    "記号：123\n"
	    "番号：456\n"
	    "枝番：01\n"
	    "以下の履歴を更新しました。\n"
	    "変更前の期間：令和5年8月1日～\n"
	    "変更後の期間：令和5年8月1日～令和6年7月31日\n"
	    "保険者番号：172010\n"
	    "記号：123\n"
	    "番号：456\n"
	    "枝番：01\n"
	    "取り込みの対象ではありません。手で入力してください。\n"
	    "有効期間：令和6年8月1日～\n"
	    "適用区分：B04（７０歳以上 一般）\n");
	expect_history(P01, COVERAGE_LIMIT, "");
	json_decref(out);
}

static void
report_of_assistance(void **state)
{
	json_t *out;

	(void)state;
	put_uninsured();
	add_finding((struct row){ "f1", P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .validity = "6", .records = TICKET });
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_report(first_row(out),
	    "○公費受給者証\n"
	    "以下の履歴を作成しました。\n"
	    "期間：令和6年4月1日～\n"
	    "負担者番号：12161009\n"
	    "受給者番号：9931521\n"
	    "本人負担額：500\n");
	json_decref(out);
}

/* Imports. */

static void
importing_again_changes_nothing(void **state)
{
	json_t *out;

	(void)state;
	put_insured();
	add_p01("f1", P01, "certain");
	for (int i = 0; i < 4; i++) {
		assert_int_equal(import_by("f1", i < 2 ? NULL :
		    &(enum apply_action){ APPLY_RENEW }, NULL, &out), ERR_OK);
		expect_outcome(out, i == 0 ? "imported" : "unchanged", NULL);
	}
	expect_history(P01, COVERAGE_INSURANCE,
	    "172010/456:20240801-;172010/456:20230801-20240731;");
	assert_int_equal(audited("import", AUDIT_PATIENT P01), 1);
	expect_finding("f1", P01, "certain", "imported");
}

/* What a later finding corrected is not taken back by an earlier one. */
static void
importing_an_older_one_again_changes_nothing(void **state)
{
	const enum apply_action renew = APPLY_RENEW;
	json_t *out;

	(void)state;
	put_insured();
	add_p01("f1", P01, "certain");
	add_finding((struct row){ "f2", P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .records =
	    "{\"InsuredCardClassification\":\"01\",\"InsurerNumber\":"
	    "\"172010\",\"InsuredCardSymbol\":\"123\","
	    "\"InsuredIdentificationNumber\":\"456\","
	    "\"InsuredBranchNumber\":\"02\","
	    "\"InsuredCardValidDate\":\"20240801\"}" });
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	assert_int_equal(import_by("f2", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "unchanged", NULL);
	assert_int_equal(import_by("f1", &renew, NULL, &out), ERR_OK);
	expect_outcome(out, "unchanged", NULL);
	expect_columns(P01, "172010", "456", "02");
}

static void
unchanged_finding_is_marked(void **state)
{
	json_t *out;

	(void)state;
	put_insured();
	add_p01("f1", P01, "certain");
	add_p01("f2", P01, "certain");
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	json_decref(out);
	assert_int_equal(import_by("f2", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "unchanged", NULL);
	expect_finding("f2", P01, "certain", "same");
}

/* こすもす 和子's insurance of 令和5年8月, with a branch number and more. */
#define CARD(branch, more)						\
	"{\"InsuredCardClassification\":\"01\",\"InsurerNumber\":"		\
	"\"172010\",\"InsuredCardSymbol\":\"123\","			\
	"\"InsuredIdentificationNumber\":\"456\","			\
	"\"InsuredBranchNumber\":\"" branch "\","			\
	"\"InsuredCardValidDate\":\"20230801\"" more "}"

static void
add_card(const char *id, const char *asked_on, const char *records)
{
	add_finding((struct row){ id, P01, "certain", "こすもす　和子",
	    "ｺｽﾓｽ ｶｽﾞｺ", "19500101", 2, .records = records,
	    .asked_on = asked_on });
}

/* A number, a confirmation or one field is not all that a finding says. */
static void
part_of_a_finding_leaves_it_waiting(void **state)
{
	static const char *const fields[] = { "insured_name" };
	const enum apply_action parts[] = { APPLY_CONFIRM, APPLY_OVERWRITE,
	    APPLY_REFERENCE };
	const char *const id = "f1";
	struct import_ask ask = { .findings = &id, .n = 1,
	    .fields = fields, .who = desk };
	struct note note = { "" };
	json_t *out;

	(void)state;
	put_insured();
	add_finding((struct row){ id, P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .reference = "00010", .records =
	    NEW_INSURANCE ",\"InsuredName\":\"こすもす　太郎\"}" });
	for (size_t i = 0; i < LEN(parts); i++) {
		ask.action = &parts[i];
		ask.n_fields = parts[i] == APPLY_OVERWRITE;
		assert_int_equal(import_apply(store, &ask, &out, &note),
		    ERR_OK);
		json_decref(out);
		expect_finding(id, P01, "certain", "new");
		expect_waiting(IMPORT_CHANGED, "f1/" P01 "/保険;",
		    "資格情報を取得しました。");
	}
	assert_int_equal(import_by(id, NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_finding(id, P01, "certain", "imported");
	expect_history(P01, COVERAGE_INSURANCE,
	    "172010/456:20240801-;172010/456:20230801-20240731;");
	assert_int_equal(import_by(id, NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "unchanged", NULL);
}

/* The last part is the whole. */
static void
correction_that_leaves_nothing_is_the_import(void **state)
{
	static const char *const fields[] = { "insured_branch_number" };
	const enum apply_action overwrite = APPLY_OVERWRITE;
	const char *const id = "f1";
	struct import_ask ask = { .findings = &id, .n = 1,
	    .action = &overwrite, .fields = fields, .n_fields = 1,
	    .who = desk };
	struct note note = { "" };
	json_t *out;

	(void)state;
	put_insured();
	add_card(id, NULL, CARD("02", ""));
	assert_int_equal(import_apply(store, &ask, &out, &note), ERR_OK);
	json_decref(out);
	expect_finding(id, P01, "certain", "imported");
}

/* Another's answer is not taken away in silence. */
static void
new_patient_of_anothers_finding_needs_a_reason(void **state)
{
	const enum apply_action new = APPLY_NEW;
	const char *const id = "f1";
	struct import_ask ask = { .findings = &id, .n = 1, .action = &new,
	    .chart_number = "13", .who = silent };
	struct note note = { "" };
	struct patient p;
	json_t *out;

	(void)state;
	put_insured();
	add_p01(id, P01, "certain");
	assert_int_equal(import_apply(store, &ask, &out, &note),
	    ERR_BAD_REQUEST);
	expect_finding(id, P01, "certain", "new");
	assert_int_equal(patient_get(store, "13", &p), ERR_NO_PATIENT);
	ask.who = desk;
	assert_int_equal(import_apply(store, &ask, &out, &note), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_finding(id, "13", "chosen", "imported");
	assert_int_equal(audited("choose", AUDIT_FINDING "f1"), 1);
	assert_int_equal(audited("choice", AUDIT_PATIENT "13"), 1);
}

static void
finding_of_another_waits_again(void **state)
{
	const enum apply_action confirm = APPLY_CONFIRM;
	struct patient twin = p01;
	json_t *out;

	(void)state;
	put_insured();
	snprintf(twin.chart_number, sizeof(twin.chart_number), "13");
	assert_int_equal(patient_put(store, &twin), ERR_OK);
	add_p01("f1", P01, "certain");
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	/* Not all of it is the other one's yet. */
	assert_int_equal(import_by("f1", &confirm, "13", &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_finding("f1", "13", "chosen", "new");
}

/* Only the aid beside the insurance is another: no field of 18 says so. */
static void
aid_beside_an_insurance_is_renewed(void **state)
{
	json_t *out;

	(void)state;
	put_insured();
	put_row(P01, row_of(COVERAGE_AID, "12161009", "9931521", "20240401",
	    ""));
	add_card("f1", NULL, CARD("01", "") ",{"
	    "\"InsuredCardClassification\":\"A1\",\"InsurerNumber\":"
	    "\"12161009\",\"InsuredIdentificationNumber\":\"9931521\","
	    "\"InsuredCertificateIssuanceDate\":\"20240501\","
	    "\"QualificationDate\":\"20240401\"}");
	expect_suggestion("f1", NULL, "details", 0, APPLY_RENEW);
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_suggestion("f1", NULL, "unlinked", 1, APPLY_ACTIONS);
	expect_history(P01, COVERAGE_AID, "12161009/9931521:20240401-;");
}

/* 生保単独: its own fields are overwritten. */
static void
aid_alone_is_overwritten(void **state)
{
	json_t *out;

	(void)state;
	put_uninsured();
	put_row(P01, row_of(COVERAGE_AID, "12161009", "9931521", "20240401",
	    ""));
	add_card("f1", NULL, "{\"InsuredCardClassification\":\"A1\","
	    "\"InsurerNumber\":\"12161009\","
	    "\"InsuredIdentificationNumber\":\"9931521\","
	    "\"InsuredCertificateIssuanceDate\":\"20240501\","
	    "\"QualificationDate\":\"20240401\"}");
	expect_suggestion("f1", NULL, "details", 0, APPLY_OVERWRITE);
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_finding("f1", P01, "certain", "imported");
}

/* COS-33: this year's class is shown, last year's row stays. */
static void
limit_on_record_is_not_overwritten(void **state)
{
	struct coverage c = { .kind = COVERAGE_LIMIT,
	    .valid_from = "20230801" };
	json_t *out;
	int found;

	(void)state;
	put_insured();
	assert_int_equal(coverage_set(&c, "classification_flag", "B02"),
	    ERR_OK);
	put_row(P01, c);
	add_card("f1", NULL, CARD("02", LIMIT));
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_columns(P01, "172010", "456", "02");
	assert_int_equal(coverage_at(store, P01, COVERAGE_LIMIT, "20241201",
	    &c, &found), ERR_OK);
	assert_string_equal(coverage_field(&c, "classification_flag"), "B02");
	coverage_free(&c);
}

/* July's answer waits still when August's was imported. */
static void
older_finding_is_held_back(void **state)
{
	const enum apply_action renew = APPLY_RENEW;
	struct note note = { "" };
	char id[UUID_LEN];
	json_t *out;

	(void)state;
	put_insured();
	add_card("august", "20240805", CARD("02", ""));
	add_card("july", "20240705", CARD("01", ""));	/* came later */
	add_card("june", "20240605", "{\"InsurerNumber\":\"139980\","
	    "\"InsuredIdentificationNumber\":\"9\","
	    "\"InsuredCardValidDate\":\"20240601\"}");
	expect_suggestion("july", NULL, "unlinked", 1, APPLY_ACTIONS);
	expect_suggestion("june", NULL, "changed", 0, APPLY_RENEW);
	assert_int_equal(import_by("august", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", id);
	expect_suggestion("july", NULL, "older", 1, APPLY_ACTIONS);
	expect_suggestion("june", NULL, "older", 1, APPLY_ACTIONS);
	expect_waiting(IMPORT_CHANGED, "",
	    "更新対象の資格はありませんでした。");
	assert_int_equal(import_by("july", NULL, NULL, &out), ERR_OLDER);
	assert_int_equal(import_by("june", NULL, NULL, &out), ERR_OLDER);
	expect_columns(P01, "172010", "456", "02");
	expect_finding("july", P01, "certain", "new");
	/* By a person, who names the action, it may be. */
	assert_int_equal(import_by("june", &renew, NULL, &out), ERR_OK);
	json_decref(out);
	assert_int_equal(import_undo(store, id, &desk, &note), ERR_STANDS_ON);
}

static void
batch_begins_with_the_oldest(void **state)
{
	static const char *const ids[] = { "none", "august", "july", "june" };
	struct import_ask ask = { .findings = ids, .n = 4, .who = desk };
	struct note note = { "" };
	json_t *out, *rows;

	(void)state;
	put_insured();
	add_card("july", "20240705", CARD("03", ""));
	add_card("june", "20240605", CARD("04", ""));
	add_card("august", "20240805", CARD("02", ""));
	assert_int_equal(import_apply(store, &ask, &out, &note), ERR_OK);
	rows = json_object_get(out, "rows");
	assert_string_equal(text(json_array_get(rows, 0), "finding"), "june");
	assert_string_equal(text(json_array_get(rows, 1), "finding"), "july");
	assert_string_equal(text(json_array_get(rows, 2), "finding"),
	    "august");
	assert_string_equal(text(json_array_get(rows, 2), "outcome"),
	    "imported");
	assert_string_equal(text(json_array_get(rows, 3), "outcome"),
	    "refused");
	json_decref(out);
	expect_columns(P01, "172010", "456", "02");
}

/* What said the same holds back too, until the record is another. */
static void
same_finding_is_later_too(void **state)
{
	struct note note = { "" };
	char id[UUID_LEN];
	json_t *out;

	(void)state;
	put_insured();
	add_card("may", "20240505", CARD("03", ""));
	add_card("july", "20240705", CARD("02", ""));
	add_card("august", "20240805", CARD("02", ""));
	assert_int_equal(import_by("july", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", id);
	expect_waiting(IMPORT_CHANGED, "",
	    "更新対象の資格はありませんでした。");
	expect_finding("august", P01, "certain", "same");
	expect_finding("may", P01, "certain", "new");
	assert_int_equal(import_undo(store, id, &desk, &note), ERR_OK);
	expect_finding("august", P01, "certain", "new");
	expect_waiting(IMPORT_CHANGED, "august/" P01 "/保険;july/" P01
	    "/保険;may/" P01 "/保険;", "資格情報を取得しました。");
}

static void
waiting_is_paged(void **state)
{
	struct import_page page = { .which = IMPORT_CHANGED, .limit = 2 };
	json_t *out;

	(void)state;
	put_insured();
	add_card("f1", "20240605", CARD("02", ""));
	add_card("f2", "20240705", CARD("01", ""));
	add_card("f3", "20240805", CARD("02", ""));
	assert_int_equal(import_waiting_page(store, &page, &out), ERR_OK);
	assert_int_equal(json_array_size(json_object_get(out, "rows")), 1);
	assert_int_equal(json_integer_value(json_object_get(out,
	    "looked_at")), 2);
	/* One of the two waits no more: the rest begins behind the other. */
	assert_int_equal(json_integer_value(json_object_get(out, "next")),
	    1);
	assert_int_equal(json_integer_value(json_object_get(out, "pending")),
	    2);
	json_decref(out);
	page.offset = 1;
	assert_int_equal(import_waiting_page(store, &page, &out), ERR_OK);
	assert_int_equal(json_integer_value(json_object_get(out,
	    "looked_at")), 1);
	assert_int_equal(json_integer_value(json_object_get(out, "pending")),
	    2);
	/* What said the same is later than the first. */
	assert_int_equal(json_array_size(json_object_get(out, "rows")), 0);
	json_decref(out);
}

static const struct refusal {
	const char		*name, *finding, *chart;
	enum apply_action	 action;	/* APPLY_ACTIONS: suggested */
	enum err		 want;
} refusals[] = {
	{ "refused: nobody's", "loose", NULL, APPLY_ACTIONS, ERR_UNDECIDED },
	{ "refused: chart number 0", "loose", "0", APPLY_ACTIONS,
	    ERR_CHART_ZERO },
	{ "refused: no such patient", "loose", "404", APPLY_ACTIONS,
	    ERR_NO_PATIENT },
	{ "refused: another birth date", "loose", "13", APPLY_ACTIONS,
	    ERR_CONTRADICTS },
	{ "refused: no such finding", "f9", P01, APPLY_ACTIONS,
	    ERR_NO_SUCH },
	{ "refused: not valid", "lost", NULL, APPLY_ACTIONS, ERR_NOT_VALID },
	{ "refused: not valid, by an action", "lost", NULL, APPLY_RENEW,
	    ERR_NOT_VALID },
	{ "refused: several", "several", NULL, APPLY_ACTIONS, ERR_SEVERAL },
	{ "refused: new, and there is one", "loose", P01, APPLY_NEW,
	    ERR_IN_LEDGER },
	{ "refused: overwrites nothing", "good", NULL, APPLY_OVERWRITE,
	    ERR_BAD_REQUEST },
	{ "refused: no number to register", "good", NULL, APPLY_REFERENCE,
	    ERR_NO_SUCH },
};

static void
refusal_row(void **state)
{
	const struct refusal *row = *state;
	struct patient other = p01;
	json_t *out;

	put_insured();
	snprintf(other.chart_number, sizeof(other.chart_number), "13");
	snprintf(other.birthdate, sizeof(other.birthdate), "19600602");
	assert_int_equal(patient_write(store, &other), ERR_OK);
	add_p01("loose", NULL, "possible");
	add_p01("good", P01, "certain");
	add_finding((struct row){ "lost", P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .validity = "2", .records = NEW_INSURANCE "}" });
	add_finding((struct row){ "several", P01, "certain",
	    "こすもす　和子", "", "19500101", 2, .records = NEW_INSURANCE
	    "}," NEW_INSURANCE "}" });
	assert_int_equal(import_by(row->finding, row->action ==
	    APPLY_ACTIONS ? NULL : &row->action, row->chart, &out),
	    row->want);
	assert_null(out);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	assert_int_equal(audited("import", ""), 0);
	assert_int_equal(audited("choose", ""), 0);
	expect_finding("loose", "", "possible", "new");
}

static void
batch_goes_on_behind_a_refusal(void **state)
{
	static const char *const ids[] = { "loose", "good", "f9" };
	struct import_ask ask = { .findings = ids, .n = 3, .who = desk };
	struct note note = { "" };
	json_t *out, *again;

	(void)state;
	put_insured();
	add_p01("loose", NULL, "possible");
	add_p01("good", P01, "certain");
	assert_int_equal(import_apply(store, &ask, &out, &note), ERR_OK);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(
	    out, "counts"), "imported")), 1);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(
	    out, "counts"), "refused")), 2);
	assert_string_equal(text(json_object_get(first_row(out), "error"),
	    "code"), "UNDECIDED");
	assert_int_equal(import_batch(store, text(out, "batch"), &again),
	    ERR_OK);
	assert_int_equal(json_array_size(json_object_get(again, "rows")), 1);
	assert_string_equal(text(again, "staff"), "資格 花子");
	json_decref(again);
	json_decref(out);
	assert_int_equal(import_batch(store, "none", &again), ERR_NO_SUCH);
	ask.chart_number = P01;
	assert_int_equal(import_apply(store, &ask, &out, &note),
	    ERR_BAD_REQUEST);
	ask = (struct import_ask){ .n = 0 };
	assert_int_equal(import_apply(store, &ask, &out, &note),
	    ERR_BAD_REQUEST);
}

/* Another program writes: what was not reached is refused, and can be tried
 * again. */
static void
store_that_is_busy_refuses_all(void **state)
{
	static const char *const ids[] = { "f1", "f2" };
	struct import_ask ask = { .findings = ids, .n = 2, .who = desk };
	struct note note = { "" };
	struct store *other = NULL;
	json_t *out;

	(void)state;
	put_insured();
	add_p01("f1", P01, "certain");
	add_p01("f2", P01, "certain");
	assert_int_equal(store_open(room_path, &other, NULL), ERR_OK);
	store_patience(store, 1);
	assert_int_equal(store_begin(other), ERR_OK);
	assert_int_equal(import_apply(store, &ask, &out, &note),
	    ERR_STORE_BUSY);
	assert_null(out);
	store_rollback(other);
	assert_int_equal(import_apply(store, &ask, &out, &note), ERR_OK);
	json_decref(out);
	store_close(&other);
}

static const struct torn {
	const char	*name, *records;
	enum err	 want;
} torns[] = {
	{ "torn: one birth date", "{\"Birthdate\":\"19500101\","
	    "\"InsurerNumber\":\"139980\",\"InsuredCardValidDate\":"
	    "\"20240801\"}", ERR_OK },
	{ "torn: another birth date", "{\"Birthdate\":\"19500102\","
	    "\"InsurerNumber\":\"139980\",\"InsuredCardValidDate\":"
	    "\"20240801\"}", ERR_NOT_VALID },
	{ "torn: two birth dates", "{\"Birthdate\":\"19500101\","
	    "\"InsurerNumber\":\"139980\",\"InsuredCardValidDate\":"
	    "\"20240801\"},{\"Birthdate\":\"19700725\","
	    "\"InsuredCardClassification\":\"A1\",\"InsurerNumber\":"
	    "\"12161009\"}", ERR_NOT_VALID },
};

static void
torn_row(void **state)
{
	const struct torn *row = *state;
	json_t *out;

	put_insured();
	add_finding((struct row){ "f1", P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .records = row->records });
	assert_int_equal(import_by("f1", NULL, NULL, &out), row->want);
	json_decref(out);
}

static void
new_patient_is_made_and_unmade(void **state)
{
	const enum apply_action new = APPLY_NEW;
	struct note note = { "" };
	char id[UUID_LEN];
	struct patient p;
	json_t *out;

	(void)state;
	add_p01("f1", NULL, "none");
	assert_int_equal(import_by("f1", &new, P01, &out), ERR_OK);
	expect_outcome(out, "imported", id);
	expect_finding("f1", P01, "chosen", "imported");
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.insurer_number, "172010");
	assert_int_equal(import_undo(store, id, &desk, &note), ERR_OK);
	assert_int_equal(patient_get(store, P01, &p), ERR_NO_PATIENT);
	expect_finding("f1", "", "none", "new");
	/* And with the chart number that was meant. */
	assert_int_equal(import_by("f1", &new, "13", &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	assert_int_equal(patient_get(store, "13", &p), ERR_OK);
}

/* To the wrong patient first: features.md DEN-21, DEN-22. */
static void
finding_goes_to_the_right_patient_afterwards(void **state)
{
	struct patient twin = uninsured(&p01);
	struct note note = { "" };
	char id[UUID_LEN];
	json_t *out;

	(void)state;
	put_uninsured();
	snprintf(twin.chart_number, sizeof(twin.chart_number), "13");
	assert_int_equal(patient_put(store, &twin), ERR_OK);
	add_p01("f1", NULL, "many");
	assert_int_equal(import_by("f1", NULL, "13", &out), ERR_OK);
	expect_outcome(out, "imported", id);
	expect_columns("13", "172010", "456", "01");
	assert_int_equal(import_unchoose(store, "f1", &desk, &note),
	    ERR_STANDS_ON);
	assert_int_equal(import_undo(store, id, &silent, &note),
	    ERR_BAD_REQUEST);
	assert_int_equal(import_undo(store, id, &desk, &note), ERR_OK);
	expect_columns("13", "", "", "");
	expect_finding("f1", "13", "chosen", "new");
	assert_int_equal(import_undo(store, id, &desk, &note), ERR_NOT_NOW);
	assert_int_equal(import_undo(store, "none", &desk, &note),
	    ERR_NO_SUCH);
	assert_int_equal(import_by("f1", NULL, P01, &out), ERR_OK);
	expect_outcome(out, "imported", NULL);
	expect_columns(P01, "172010", "456", "01");
	expect_finding("f1", P01, "chosen", "imported");
	assert_int_equal(audited("choose", AUDIT_FINDING "f1"), 2);
	assert_int_equal(audited("import_undo", AUDIT_PATIENT "13"), 1);
}

static void
undo_keeps_what_stands_on_it(void **state)
{
	struct note note = { "" };
	char id[UUID_LEN];
	struct patient p;
	json_t *out;

	(void)state;
	put_insured();
	add_p01("f1", P01, "certain");
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", id);
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	snprintf(p.insured_branch_number, 3, "02");
	assert_int_equal(patient_put(store, &p), ERR_OK);
	assert_int_equal(import_undo(store, id, &desk, &note),
	    ERR_STANDS_ON);
	expect_finding("f1", P01, "certain", "imported");
	expect_columns(P01, "172010", "456", "02");
}

/* Choices. */

static void
choice_needs_a_reason_where_names_differ(void **state)
{
	static const struct patient p02 = { .chart_number = "0000000002",
	    .name = "ききょう　髙子", .kana = "", .sex = SEX_FEMALE,
	    .birthdate = "19510401" };
	struct note note = { "" };

	(void)state;
	assert_int_equal(patient_put(store, &p02), ERR_OK);
	add_finding((struct row){ "f1", NULL, "possible", "ききょう　●子",
	    "ｷｷｮｳ ﾀｶｺ", "19510401", 2, .records = NEW_INSURANCE "}" });
	assert_int_equal(import_choose(store, "f1", "0000000002", &silent,
	    &note), ERR_BAD_REQUEST);
	expect_finding("f1", "", "possible", "new");
	assert_int_equal(import_choose(store, "f1", "0", &desk, &note),
	    ERR_CHART_ZERO);
	assert_int_equal(import_choose(store, "f1", "0000000002", &desk,
	    &note), ERR_OK);
	expect_finding("f1", "0000000002", "chosen", "new");
	assert_int_equal(import_unchoose(store, "f1", &silent, &note),
	    ERR_BAD_REQUEST);
	assert_int_equal(import_unchoose(store, "f1", &desk, &note), ERR_OK);
	expect_finding("f1", "", "differs", "new");
	assert_int_equal(import_unchoose(store, "f1", &desk, &note),
	    ERR_NO_SUCH);
	assert_int_equal(audited("unchoose", AUDIT_FINDING "f1"), 1);
}

/* Reviews, lists and stamps. */

static int
total_of(struct import_query q)
{
	json_t *o;
	int n;

	q.limit = 10;
	assert_int_equal(import_list(store, &q, &o), ERR_OK);
	n = (int)json_integer_value(json_object_get(o, "total"));
	assert_int_equal(json_array_size(json_object_get(o, "imports")), n);
	json_decref(o);
	return (n);
}

static void
import_waits_for_a_review(void **state)
{
	struct note note = { "" };
	char id[UUID_LEN], subject[64];
	json_t *out, *report;

	(void)state;
	put_insured();
	add_p01("f1", P01, "certain");
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	expect_outcome(out, "imported", id);
	assert_int_equal(total_of((struct import_query){ .to_review = 1 }),
	    1);
	assert_int_equal(import_report(store, id, &report), ERR_OK);
	assert_true(json_is_true(json_object_get(report, "review")));
	json_decref(report);
	assert_int_equal(import_review(store, id, &silent), ERR_OK);
	assert_int_equal(import_review(store, id, &silent), ERR_OK);
	snprintf(subject, sizeof(subject), AUDIT_IMPORT "%s", id);
	assert_int_equal(audited("import_review", subject), 1);
	assert_int_equal(total_of((struct import_query){ .to_review = 1 }),
	    0);
	assert_int_equal(total_of((struct import_query){ .finding = "f1" }),
	    1);
	assert_int_equal(total_of((struct import_query){
	    .chart_number = "404" }), 0);
	assert_int_equal(total_of((struct import_query){ .before = 1 }), 0);
	assert_int_equal(import_report(store, id, &report), ERR_OK);
	assert_true(json_is_false(json_object_get(report, "review")));
	json_decref(report);
	assert_int_equal(import_get(store, id, &out), ERR_OK);
	assert_string_equal(text(out, "reviewed_by"), "資格 花子");
	json_decref(out);
	assert_int_equal(import_undo(store, id, &desk, &note), ERR_OK);
	assert_int_equal(import_review(store, id, &desk), ERR_NOT_NOW);
	assert_int_equal(import_review(store, "none", &desk), ERR_NO_SUCH);
	assert_int_equal(import_get(store, "none", &out), ERR_NO_SUCH);
}

/* none, insured, 生保単独, and one whose name has a gap: COS-14, COS-34. */
static void
lists_are_the_manuals(void **state)
{
	struct patient p = uninsured(&p01);
	json_t *out;

	(void)state;
	expect_waiting(IMPORT_CHANGED, "",
	    "更新対象の資格はありませんでした。");
	assert_int_equal(patient_put(store, &p), ERR_OK);
	snprintf(p.chart_number, sizeof(p.chart_number), "3");
	assert_int_equal(patient_put(store, &p), ERR_OK);
	p = p01;
	snprintf(p.chart_number, sizeof(p.chart_number), "2");
	assert_int_equal(patient_put(store, &p), ERR_OK);
	add_p01("f1", P01, "certain");
	add_p01("f2", "2", "certain");
	add_finding((struct row){ "f3", "3", "certain", "こすもす　和子", "",
	    "19500101", 2, .records = TICKET });
	add_finding((struct row){ "f4", NULL, "possible", "こすもす　●子",
	    "", "19500101", 2, .records = NEW_INSURANCE "}" });
	add_finding((struct row){ "f5", P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .validity = "2", .records = NEW_INSURANCE "}" });
	add_finding((struct row){ "f6", P01, "certain", "こすもす　和子", "",
	    "19500101", 2, .records = "" });
	expect_waiting(IMPORT_NEW, "f4//保険;f3/3/生保;f1/" P01 "/保険;",
	    "オンライン資格確認システムから資格情報を取得しました。");
	expect_waiting(IMPORT_CHANGED, "f2/2/保険;",
	    "資格情報を取得しました。");
	assert_int_equal(import_by("f2", NULL, NULL, &out), ERR_OK);
	json_decref(out);
	expect_waiting(IMPORT_CHANGED, "",
	    "更新対象の資格はありませんでした。");
}

static void
stamps_survive_a_restart(void **state)
{
	int64_t asked, imported;
	json_t *out;

	(void)state;
	assert_int_equal(import_stamps(store, &asked, &imported), ERR_OK);
	assert_int_equal(asked, 0);
	assert_int_equal(imported, 0);
	put_insured();
	add_p01("f1", P01, "certain");
	assert_int_equal(store_run(store, SQL_REQUEST_ADD, (struct val[]){
	    val_text("r1"), val_text("i1"), val_text("k"), val_text(NULL),
	    val_text(P01), val_int(1733034645000) }, 6, NULL, NULL, NULL),
	    ERR_OK);
	assert_int_equal(import_by("f1", NULL, NULL, &out), ERR_OK);
	json_decref(out);
	store_close(&store);
	assert_int_equal(store_open(room_path, &store, NULL), ERR_OK);
	assert_int_equal(import_stamps(store, &asked, &imported), ERR_OK);
	assert_int_equal(asked, 1733034645000);
	assert_true(imported > 1733034645000);
}

static const struct CMUnitTest plain[] = {
	TEST(offer_is_in_the_ledgers_words),
	TEST(suggestions_are_the_manuals),
	TEST(comparison_is_json),
	TEST(report_of_a_new_patient),
	TEST(report_of_a_renewal),
	TEST(report_of_assistance),
	TEST(importing_again_changes_nothing),
	TEST(importing_an_older_one_again_changes_nothing),
	TEST(unchanged_finding_is_marked),
	TEST(part_of_a_finding_leaves_it_waiting),
	TEST(correction_that_leaves_nothing_is_the_import),
	TEST(new_patient_of_anothers_finding_needs_a_reason),
	TEST(finding_of_another_waits_again),
	TEST(aid_beside_an_insurance_is_renewed),
	TEST(aid_alone_is_overwritten),
	TEST(limit_on_record_is_not_overwritten),
	TEST(older_finding_is_held_back),
	TEST(batch_begins_with_the_oldest),
	TEST(same_finding_is_later_too),
	TEST(waiting_is_paged),
	TEST(batch_goes_on_behind_a_refusal),
	TEST(store_that_is_busy_refuses_all),
	TEST(new_patient_is_made_and_unmade),
	TEST(finding_goes_to_the_right_patient_afterwards),
	TEST(undo_keeps_what_stands_on_it),
	TEST(choice_needs_a_reason_where_names_differ),
	TEST(import_waits_for_a_review),
	TEST(lists_are_the_manuals),
	TEST(stamps_survive_a_restart),
};

static size_t
rows(struct CMUnitTest *to, const void *table, size_t n, size_t size,
    CMUnitTestFunction f)
{
	for (size_t i = 0; i < n; i++) {
		const char *const *row = (const void *)((const char *)table +
		    i * size);

		to[i] = (struct CMUnitTest){ .name = *row, .test_func = f,
		    .setup_func = room_up, .teardown_func = room_down,
		    .initial_state = (void *)(uintptr_t)row };
	}
	return (n);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(offer_cases) +
	    LEN(refusals) + LEN(torns)];
	size_t n = 0;

	n += rows(tests + n, torns, LEN(torns), sizeof(torns[0]), torn_row);

	n += rows(tests + n, offer_cases, LEN(offer_cases),
	    sizeof(offer_cases[0]), offer_row_test);
	n += rows(tests + n, refusals, LEN(refusals), sizeof(refusals[0]),
	    refusal_row);
	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	return (cmocka_run_group_tests_name("import_import", tests, NULL,
	    NULL));
}
