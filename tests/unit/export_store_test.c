#include <sys/stat.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/export/fhir.h"
#include "host/export/list.h"
#include "host/export/orca.h"
#include "host/export/report.h"
#include "host/import/import.h"
#include "host/ledger/csv.h"
#include "host/qualify/finding.h"
#include "host/qualify/folder.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define NOW	INT64_C(1733016615000)	/* 2024-12-01 10:30:15 JST */

static char dir[64], path[96], out_dir[96];
static struct store *store;
static struct orca_conf conf = { out_dir, ORCA_NAME, "9910000001",
    CHARSET_UTF8 };
static const struct fhir_site site = { "9910000001", "", NOW };

/* P01 and P03 of features.md 1.14, and somebody with an error. */
static const char list[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><XmlMsg>"
    "<MessageHeader><ProcessExecutionTime>20241201103000"
    "</ProcessExecutionTime><CharacterCodeIdentifier>0"
    "</CharacterCodeIdentifier><SegmentOfResult>1</SegmentOfResult>"
    "<MedicalInstitutionCode>9910000001</MedicalInstitutionCode>"
    "<ReceptionNumber>R1</ReceptionNumber></MessageHeader><MessageBody>"
    "<BulkConfirmUnit><ProcessingResultStatus>1</ProcessingResultStatus>"
    "<QualificationValidity>1</QualificationValidity>"
    "<ResultOfQualificationConfirmation>"
    "<InsuredCardClassification>01</InsuredCardClassification>"
    "<InsurerNumber>  172010</InsurerNumber>"
    "<InsuredCardSymbol>123</InsuredCardSymbol>"
    "<InsuredIdentificationNumber>456</InsuredIdentificationNumber>"
    "<InsuredBranchNumber>01</InsuredBranchNumber>"
    "<PersonalFamilyClassification>1</PersonalFamilyClassification>"
    "<Name>こすもす　和子</Name><NameKana>ｺｽﾓｽ ｶｽﾞｺ</NameKana>"
    "<Sex1>2</Sex1><Birthdate>19520707</Birthdate>"
    "<InsuredCardValidDate>20240801</InsuredCardValidDate>"
    "<InsurerName>見本</InsurerName>"
    "<LimitApplicationCertificateRelatedConsFlg>1"
    "</LimitApplicationCertificateRelatedConsFlg>"
    "<LimitApplicationCertificateRelatedConsTime>20241201100000"
    "</LimitApplicationCertificateRelatedConsTime>"
    "<LimitApplicationCertificateRelatedInfo>"
    "<LimitApplicationCertificateClassification>01"
    "</LimitApplicationCertificateClassification>"
    "<LimitApplicationCertificateClassificationFlag>B04"
    "</LimitApplicationCertificateClassificationFlag>"
    "<LimitApplicationCertificateValidStartDate>20240801"
    "</LimitApplicationCertificateValidStartDate>"
    "</LimitApplicationCertificateRelatedInfo>"
    "<PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>"
    "<PharmacistsInfoConsTime>20241201100000</PharmacistsInfoConsTime>"
    "<PharmacistsInfoAvailableTime>20241202100000"
    "</PharmacistsInfoAvailableTime>"
    "</ResultOfQualificationConfirmation></BulkConfirmUnit>"
    "<BulkConfirmUnit><ProcessingResultStatus>1</ProcessingResultStatus>"
    "<QualificationValidity>1</QualificationValidity>"
    "<ResultOfQualificationConfirmation>"
    "<InsuredCardClassification>01</InsuredCardClassification>"
    "<InsurerNumber>  139980</InsurerNumber>"
    "<InsuredCardSymbol>葛う10</InsuredCardSymbol>"
    "<InsuredIdentificationNumber>1639960291x001"
    "</InsuredIdentificationNumber><InsuredBranchNumber>01"
    "</InsuredBranchNumber><Name>資格　一郎</Name>"
    "<NameKana>ｼｶｸ ｲﾁﾛｳ</NameKana><Sex1>1</Sex1>"
    "<Birthdate>19600602</Birthdate>"
    "<InsuredCardValidDate>20210801</InsuredCardValidDate>"
    "<InsurerName>見本</InsurerName></ResultOfQualificationConfirmation>"
    "<ReferenceNumber>00010</ReferenceNumber></BulkConfirmUnit>"
    "<BulkConfirmUnit><ProcessingResultStatus>2</ProcessingResultStatus>"
    "<ProcessingResultCode>E-2</ProcessingResultCode></BulkConfirmUnit>"
    "</MessageBody></XmlMsg>";

static char ids[3][UUID_LEN];

static enum err
keep_id(void *ctx, const struct finding *f)
{
	(void)ctx;
	assert_true(f->unit < 3);
	memcpy(ids[f->unit], f->id, UUID_LEN);
	return (ERR_OK);
}

static int
set_up(void **state)
{
	struct finding_query q = { .limit = 10 };
	struct val v[] = { val_text("0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef"),
	    val_text("OQSmuhvq02res_202412010001.xml"), val_text(NULL),
	    val_int(NOW), val_blob(list, sizeof(list) - 1) };
	size_t n;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/export_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/db", dir);
	snprintf(out_dir, sizeof(out_dir), "%s/orca", dir);
	if (mkdir(out_dir, 0700) != 0 ||
	    store_open(path, &store, NULL) != ERR_OK)
		return (-1);
	assert_int_equal(store_run(store, SQL_RESULT_ADD, v, LEN(v), NULL,
	    NULL, NULL), ERR_OK);
	assert_int_equal(finding_catch_up(store, 0, &n), ERR_OK);
	assert_int_equal(n, 3);
	assert_int_equal(finding_list(store, &q, keep_id, NULL, NULL),
	    ERR_OK);
	return (0);
}

static size_t
count_files(const char *end, int remove)
{
	struct dirent *e;
	size_t n = 0, len, tail = strlen(end);
	DIR *d = opendir(out_dir);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		len = strlen(e->d_name);
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") ==
		    0 || len < tail || strcmp(e->d_name + len - tail, end) !=
		    0)
			continue;
		n++;
		if (remove)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
	return (n);
}

static int
tear_down(void **state)
{
	(void)state;
	store_close(&store);
	count_files("", 1);
	unlink(path);
	rmdir(out_dir);
	return (rmdir(dir));
}

/* --- handed over once --- */

static enum err
hand_over(size_t n, int again, json_t **out)
{
	const char *all[] = { ids[0], ids[1], ids[2] };
	struct orca_ask ask = { .findings = all, .n = n, .again = again,
	    .client = "desk-1", .staff = "窓口" };
	struct note note;

	return (orca_export(&conf, store, &ask, out, &note));
}

static void
expect(size_t n, int again, size_t files, size_t before, size_t left_out)
{
	json_t *out;

	assert_int_equal(hand_over(n, again, &out), ERR_OK);
	assert_int_equal(json_array_size(json_object_get(out, "files")),
	    files);
	assert_int_equal(json_array_size(json_object_get(out, "before")),
	    before);
	assert_int_equal(json_array_size(json_object_get(out, "left_out")),
	    left_out);
	json_decref(out);
}

static void
test_once(void **state)
{
	json_t *out;

	(void)state;
	expect(3, 0, 2, 0, 1);
	assert_int_equal(count_files("", 0), 2);
	expect(3, 0, 0, 2, 1);
	assert_int_equal(count_files("", 1), 2);
	/* Taken is not forgotten. */
	expect(3, 0, 0, 2, 1);
	assert_int_equal(count_files("", 0), 0);
	expect(3, 1, 2, 0, 1);
	assert_int_equal(count_files("", 0), 2);
	assert_int_equal(hand_over(1, 0, &out), ERR_HANDED_OVER);
	json_decref(out);
}

/* A large list goes in pieces; one that is named twice is one. */
static void
test_pieces(void **state)
{
	const char *all[] = { ids[0], ids[0], ids[1], ids[2] };
	struct orca_ask ask = { .findings = all, .n = 4, .max = 1 };
	struct note note;
	json_t *out;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(orca_export(&conf, store, &ask, &out, &note),
		    ERR_OK);
		assert_int_equal(json_array_size(json_object_get(out,
		    "files")), i < 2);
		assert_int_equal(json_integer_value(json_object_get(out,
		    "left")), i == 0 ? 2 : i == 1 ? 1 : 0);
		json_decref(out);
	}
	assert_int_equal(count_files("", 0), 2);
}

/* A row as a killed program leaves it, with or without its files. */
static void
leave(const char *finding, const char *file, const char *stage)
{
	struct val v[] = { val_text(finding), val_text("orca"), val_int(1),
	    val_text(file), val_text(stage), val_text("staged"),
	    val_int(NOW), val_text(""), val_text("") };

	assert_int_equal(store_run(store, SQL_EXPORT_ADD, v, LEN(v), NULL,
	    NULL, NULL), ERR_OK);
}

static void
put(const char *name)
{
	char p[256];
	FILE *f;

	snprintf(p, sizeof(p), "%s/%s", out_dir, name);
	f = fopen(p, "w");
	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
}

/* Wherever it was killed, there is one file of each afterwards, or there was
 * one and it was taken. */
static void
test_killed(void **state)
{
	static const struct {
		const char	*name;
		int		 row, stage, file;
		size_t		 want;	/* files */
	} rows[] = {
		{ "before anything", 0, 0, 0, 1 },
		{ "between the stage and its row", 0, 1, 0, 1 },
		{ "between row and rename", 1, 1, 0, 1 },
		{ "between rename and the row's end", 1, 0, 1, 1 },
		{ "and it was taken meanwhile", 1, 0, 0, 0 },
		{ "between link and unlink", 1, 1, 1, 1 },
	};
	size_t n;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		tear_down(NULL);
		assert_int_equal(set_up(NULL), 0);
		if (rows[i].row)
			leave(ids[0], "a.xml", FOLDER_STAGE "1.tmp");
		if (rows[i].stage)
			put(FOLDER_STAGE "1.tmp");
		if (rows[i].file)
			put("a.xml");
		expect(3, 0, rows[i].row ? 1 : 2, (size_t)rows[i].row, 1);
		if (count_files(".xml", 0) != rows[i].want + 1)
			fail_msg("%s", rows[i].name);
		/* An unknown stage may be another program's at work. */
		assert_int_equal(count_files(".tmp", 0), rows[i].stage &&
		    !rows[i].row);
		expect(3, 0, 0, 2, 1);
		assert_int_equal(orca_resume(&conf, store, &n, NULL), ERR_OK);
		assert_int_equal(n, 0);
	}
}

static void
test_refused(void **state)
{
	struct orca_conf none = conf, nowhere = conf;
	struct orca_ask ask = { .findings = (const char *const[]){ ids[2] },
	    .n = 1 };
	struct note note;
	json_t *out;

	(void)state;
	none.folder = "";
	nowhere.folder = "/nowhere/at/all";
	assert_int_equal(orca_export(&none, store, &ask, &out, &note),
	    ERR_CONF);
	assert_null(out);
	assert_string_equal(note.text, "[orca] folder");
	assert_int_equal(orca_export(&nowhere, store, &ask, &out, &note),
	    ERR_FOLDER);
	assert_null(out);
	assert_int_equal(orca_export(&conf, store, &ask, &out, &note),
	    ERR_NO_COVERAGE);
	json_decref(out);
	ask.findings = (const char *const[]){
	    "00000000-0000-4000-8000-000000000000" };
	assert_int_equal(orca_export(&conf, store, &ask, &out, &note),
	    ERR_NO_SUCH);
	json_decref(out);
	ask.findings = NULL;
	ask.job = "none";
	assert_int_equal(orca_export(&conf, store, &ask, &out, &note),
	    ERR_OK);
	json_decref(out);
	assert_int_equal(count_files("", 0), 0);
}

/* A name that somebody else has is left to him. */
static void
test_taken_name(void **state)
{
	struct orca_conf fixed = conf;
	const char *all[] = { ids[0], ids[1] };
	struct orca_ask ask = { .findings = all, .n = 1 };
	char name[64], id[21] = "";
	struct note note;
	json_t *out;
	size_t n = 0;

	(void)state;
	for (const char *p = ids[0]; n < 20; p++)
		if (*p != '-')
			id[n++] = *p;
	snprintf(name, sizeof(name), "%s.xml", id);
	put(name);
	fixed.name = "{id}.xml";
	assert_int_equal(orca_export(&fixed, store, &ask, &out, &note),
	    ERR_FOREIGN);
	assert_string_equal(note.text, name);
	json_decref(out);
	ask.n = 2;
	assert_int_equal(orca_export(&fixed, store, &ask, &out, &note),
	    ERR_OK);
	assert_int_equal(json_array_size(json_object_get(out, "files")), 1);
	json_decref(out);
	assert_int_equal(count_files("", 0), 2);
}

/* --- an import, its report and what FHIR says then --- */

static void
import_first(json_t **batch)
{
	static const enum apply_action action = APPLY_NEW;
	struct import_ask ask = { .findings = (const char *const[]){ ids[0] },
	    .n = 1, .action = &action, .chart_number = "0000000001",
	    .switch_on = "", .who = { "desk-1", "窓口", "" } };
	struct note note = { "" };
	enum err r;

	r = import_apply(store, &ask, batch, &note);
	if (r != ERR_OK)
		print_error("%s %s\n", err_name(r), note.text);
	assert_int_equal(r, ERR_OK);
}

/* COS-18: what the manual shows of P01, of an import that really was. */
static void
test_report(void **state)
{
	struct blob out = { 0 };
	json_t *batch, *kept;
	struct paper *p;

	(void)state;
	import_first(&batch);
	assert_int_equal(import_batch(store, json_string_value(
	    json_object_get(batch, "batch")), &kept), ERR_OK);
	assert_int_equal(report_import(kept, NOW, &p), ERR_OK);
	assert_int_equal(paper_text(p, &out), ERR_OK);
	assert_non_null(strstr(blob_str(&out),
	    "■オンライン資格確認_資格取込結果\r\n令和6年12月1日\r\n"
	    "PAGE : 1/1\r\n\r\n"
	    "利用者番号：0000000001 利用者氏名：こすもす　和子\r\n\r\n"
	    "■変更内容\r\n○医療保険証\r\n以下の履歴を作成しました。\r\n"
	    "期間：令和6年8月1日～\r\n保険者番号：172010\r\n記号：123\r\n"
	    "番号：456\r\n枝番：01\r\n\r\n"
	    "○高額上限額履歴\r\n以下の履歴を作成しました。\r\n"
	    "期間：令和6年8月1日～\r\n"));
	paper_free(&p);
	json_decref(kept);
	json_decref(batch);
	blob_free(&out);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

/* Each resource of the bundle is what is read by its type and id. */
static void
test_fhir(void **state)
{
	json_t *batch, *bundle, *one, *entry, *r;
	char id[UUID_LEN], chart[33];
	size_t i, kinds = 0;

	(void)state;
	import_first(&batch);
	json_decref(batch);
	assert_int_equal(fhir_of_patient(&site, store, "0000000001",
	    &bundle), ERR_OK);
	json_array_foreach(json_object_get(bundle, "entry"), i, entry) {
		r = json_object_get(entry, "resource");
		assert_int_equal(fhir_read(&site, store, text_of(r,
		    "resourceType"), text_of(r, "id"), &one), ERR_OK);
		assert_true(json_equal(one, r));
		json_decref(one);
		kinds += strcmp(text_of(r, "resourceType"), "Consent") == 0 ?
		    100 : strcmp(text_of(r, "resourceType"), "Coverage") == 0 ?
		    10 : 1;
	}
	assert_int_equal(kinds, 111);
	json_decref(bundle);
	/* The id stays, and leads back. */
	assert_int_equal(fhir_id(store, "0000000001", id), ERR_OK);
	assert_int_equal(fhir_chart(store, id, chart), ERR_OK);
	assert_string_equal(chart, "0000000001");
	assert_null(strstr(id, "0000000001"));
}

static void
test_fhir_of_nobody(void **state)
{
	static const struct {
		const char	*type, *id;
	} rows[] = {
		{ "Patient", "0000000001" },
		{ "Patient", "00000000-0000-4000-8000-000000000000" },
		{ "Coverage", "00000000-0000-4000-8000-000000000000" },
		{ "Consent", "00000000-0000-4000-8000-000000000000" },
		{ "Observation", "00000000-0000-4000-8000-000000000000" },
		{ "", "" },
	};
	json_t *o;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_int_equal(fhir_read(&site, store, rows[i].type,
		    rows[i].id, &o), ERR_NO_SUCH);
		assert_null(o);
	}
	/* A finding that is nobody's yet is nobody's consent. */
	assert_int_equal(fhir_read(&site, store, "Consent", ids[0], &o),
	    ERR_NO_SUCH);
	assert_int_equal(fhir_of_patient(&site, store, "99", &o),
	    ERR_NO_PATIENT);
	assert_null(o);
}

/* --- consents --- */

static const struct {
	const char	*name, *flag, *until, *status;
	int		 permitted;
} grants[] = {
	{ "given, to an end that is to come", "1", "20241202100000",
	    "active", 1 },
	{ "given, without an end", "1", "", "active", 1 },
	{ "given, and past", "1", "20241201100000", "inactive", 1 },
	{ "ended, on a day", "2", "20241130100000", "inactive", 1 },
	{ "ended, nobody knows when", "2", "", "inactive", 0 },
	{ "not given", "0", "", "rejected", 0 },
	{ "could not be asked", "3", "", "inactive", 0 },
};

static void
test_consents(void **state)
{
	struct grant g;
	json_t *o, *permitted;

	(void)state;
	for (size_t i = 0; i < LEN(grants); i++) {
		g = (struct grant){ .item = "drug", .care = "2",
		    .at = "20241130100000" };
		snprintf(g.finding, sizeof(g.finding), "%s", ids[0]);
		snprintf(g.flag, sizeof(g.flag), "%s", grants[i].flag);
		snprintf(g.until, sizeof(g.until), "%s", grants[i].until);
		o = fhir_consent(&site, "p", &g, 1);
		assert_string_equal(text_of(o, "status"), grants[i].status);
		permitted = json_object_get(json_object_get(o, "provision"),
		    "provision");
		if (json_array_size(permitted) != (size_t)grants[i].permitted)
			fail_msg("%s", grants[i].name);
		assert_string_equal(text_of(json_object_get(o, "provision"),
		    "type"), "deny");
		json_decref(o);
	}
}

/* --- lists --- */

static const struct {
	const char	*day, *want;
} dates[] = {
	{ "19600602", "S35. 6. 2" }, { "19890107", "S64. 1. 7" },
	{ "19890108", "H 1. 1. 8" }, { "20190430", "H31. 4.30" },
	{ "20190501", "R 1. 5. 1" }, { "20241130", "R 6.11.30" },
	{ "19261224", "T15.12.24" }, { "19261225", "S 1.12.25" },
	{ "19120729", "M45. 7.29" }, { "19120730", "T 1. 7.30" },
	{ "", "" }, { "19601331", "19601331" }, { "99999999", "99999999" },
};

static void
test_dates(void **state)
{
	char out[LIST_DATE];

	(void)state;
	for (size_t i = 0; i < LEN(dates); i++) {
		list_date(dates[i].day, out);
		assert_string_equal(out, dates[i].want);
	}
}

static void
test_lists(void **state)
{
	struct finding_query q = { .limit = 2 };
	struct import_query imports = { .chart_number = NULL };
	struct blob out = { 0 };
	json_t *batch;
	struct sheet *s;
	int64_t total;
	struct csv c;

	(void)state;
	import_first(&batch);
	json_decref(batch);
	assert_int_equal(sheet_new(SHEET_UTF8, 0, &s), ERR_OK);
	assert_int_equal(list_findings(store, &q, 1, s, &total), ERR_OK);
	q.offset = 2;
	assert_int_equal(list_findings(store, &q, 0, s, NULL), ERR_OK);
	assert_int_equal(total, 3);
	assert_int_equal(sheet_rows(s), 4);
	assert_int_equal(list_errors(store, "none", s), ERR_NO_SUCH);
	sheet_free(&s);
	assert_int_equal(sheet_new(SHEET_CP932, 1, &s), ERR_OK);
	assert_int_equal(list_imports(store, &imports, s), ERR_OK);
	assert_int_equal(sheet_finish(s, &out, NULL, NULL), ERR_OK);
	sheet_free(&s);
	assert_int_equal(sheet_new(SHEET_UTF8, 0, &s), ERR_OK);
	assert_int_equal(list_imports(store, &imports, s), ERR_OK);
	assert_int_equal(sheet_finish(s, &out, NULL, NULL), ERR_OK);
	csv_init(&c, blob_buf(&out));
	assert_int_equal(csv_next(&c, NULL), ERR_OK);
	assert_int_equal(csv_next(&c, NULL), ERR_OK);
	assert_string_equal(csv_field(&c, 1), "0000000001");
	assert_string_equal(csv_field(&c, 2), "新患登録");
	assert_string_equal(csv_field(&c, 3), "窓口");
	assert_string_equal(csv_field(&c, 11), ids[0]);
	csv_wipe(&c);
	sheet_free(&s);
	blob_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once), TEST(test_pieces), TEST(test_killed),
		TEST(test_refused), TEST(test_taken_name), TEST(test_report), TEST(test_fhir),
		TEST(test_fhir_of_nobody), TEST(test_consents),
		cmocka_unit_test(test_dates), TEST(test_lists),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
