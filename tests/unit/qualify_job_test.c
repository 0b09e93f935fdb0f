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
#include <sqlite3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "host/qualify/finding.h"
#include "host/qualify/job_in.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define CODE	"9910000001"
#define TURNS	4000	/* a bound; each is some milliseconds */

static char dir[64], req[96], res[96], db[96];
static struct store *store;
static struct exchange_conf exchange;
static struct job_conf conf;
static struct note note;

static const struct audit_who somebody = { "cli:nobody", "受付", "" };
static const char *const charts[] = { "101", "102", "103", "104", "105" };

/* --- a stand --- */

/* Said, and asked all the same (COS-04). */
static void
nursing_by_another_code_is_odd(void **state)
{
	static const struct {
		const char	*code, *category;
		int		 odd;
	} rows[] = {
		{ "1319999999", "nursing", 1 }, { "1369999999", "nursing", 0 },
		{ "136999999", "nursing", 1 }, { "1319999999", "home", 0 },
		{ "1319999999", "aid", 0 }, { "1319999999", "no such", 0 },
	};
	struct exchange_conf of = { .req = "" };
	const struct job_conf jobs = { .exchange = &of };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		of.institution_code = rows[i].code;
		assert_int_equal(job_warning(&jobs, rows[i].category,
		    ERR_JA) != NULL, rows[i].odd);
		assert_int_equal(job_warning(&jobs, rows[i].category,
		    ERR_EN) != NULL, rows[i].odd);
	}
}

static void
empty_folder(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
}

static void
add_patient(const char *chart, const char *number)
{
	struct patient p = { .name = "見本 花子", .kana = "ミホン ハナコ",
	    .sex = SEX_FEMALE, .birthdate = "19600602", .insurer_number =
	    "06140248", .insured_branch_number = "01" };

	snprintf(p.chart_number, sizeof(p.chart_number), "%s", chart);
	snprintf(p.insured_identification_number,
	    sizeof(p.insured_identification_number), "%s", number);
	assert_int_equal(patient_put(store, &p), ERR_OK);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/job_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(req, sizeof(req), "%s/req", dir);
	snprintf(res, sizeof(res), "%s/res", dir);
	snprintf(db, sizeof(db), "%s/shikaku.db", dir);
	if (mkdir(req, 0700) != 0 || mkdir(res, 0700) != 0 ||
	    store_open(db, &store, NULL) != ERR_OK)
		return (-1);
	exchange = (struct exchange_conf){ .req = req, .res = res,
	    .institution_code = CODE, .answer_ms = 60000, .settle_ms = 1,
	    .poll_ms = 1, .err_wait_ms = 1, .no_watch = 1 };
	conf = (struct job_conf){ .exchange = &exchange, .bulk_max = 3,
	    .poll_ms = 1, .pause_ms = 1 };
	for (size_t i = 0; i < LEN(charts); i++)
		add_patient(charts[i], charts[i]);
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	store_close(&store);
	empty_folder(req);
	empty_folder(res);
	rmdir(req);
	rmdir(res);
	empty_folder(dir);
	return (rmdir(dir));
}

/* --- a terminal --- */

struct asked {
	char	file[256], identifier[64], number[64];
};

static void
cut(const char *text, const char *element, char *out, size_t room)
{
	char open[64];
	const char *at;

	out[0] = '\0';
	snprintf(open, sizeof(open), "<%s>", element);
	if ((at = strstr(text, open)) == NULL)
		return;
	at += strlen(open);
	snprintf(out, room, "%.*s", (int)strcspn(at, "<"), at);
}

/* A request of this stem that lies in req; 0: none. */
static int
see(const char *stem, struct asked *a)
{
	struct dirent *e;
	DIR *d = opendir(req);

	*a = (struct asked){ .file = "" };
	while (a->file[0] == '\0' && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, stem, strlen(stem)) == 0)
			snprintf(a->file, sizeof(a->file), "%s", e->d_name);
	}
	closedir(d);
	return (a->file[0] != '\0');
}

static void
read_identifier(struct asked *a)
{
	struct blob text = { 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", req, a->file);
	assert_int_equal(blob_read_file(&text, path, 1 << 20), ERR_OK);
	cut(blob_str(&text), "ArbitraryFileIdentifier", a->identifier,
	    sizeof(a->identifier));
	cut(blob_str(&text), "ReceptionNumber", a->number,
	    sizeof(a->number));
	blob_free(&text);
}

static int
take(const char *stem, struct asked *a)
{
	char path[512];

	if (!see(stem, a))
		return (0);
	read_identifier(a);
	snprintf(path, sizeof(path), "%s/%s", req, a->file);
	assert_int_equal(unlink(path), 0);
	return (1);
}

static void
put(const struct asked *a, const char *header, const char *body)
{
	char path[512], *at;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", res, a->file);
	at = strstr(path, "req_");
	memcpy(at, "res_", 4);
	assert_non_null(f = fopen(path, "w"));
	fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\" "
	    "standalone=\"no\"?>\n<XmlMsg><MessageHeader>"
	    "<ProcessExecutionTime>20261120120000</ProcessExecutionTime>"
	    "<MedicalInstitutionCode>" CODE "</MedicalInstitutionCode>"
	    "<CharacterCodeIdentifier>0</CharacterCodeIdentifier>");
	if (a->identifier[0] != '\0')
		fprintf(f, "<ArbitraryFileIdentifier>%s"
		    "</ArbitraryFileIdentifier>", a->identifier);
	if (a->number[0] != '\0')
		fprintf(f, "<ReceptionNumber>%s</ReceptionNumber>",
		    a->number);
	fprintf(f, "%s</MessageHeader><MessageBody>%s</MessageBody></XmlMsg>",
	    header, body);
	assert_int_equal(fclose(f), 0);
}

static void
accept(const struct asked *a, const char *number)
{
	char body[256];

	snprintf(body, sizeof(body), "<ReceptionNumber>%s</ReceptionNumber>"
	    "<ReceptionDateTime>20261120120000</ReceptionDateTime>", number);
	put(a, "<SegmentOfResult>1</SegmentOfResult>", body);
}

static void
refuse(const struct asked *a)
{
	put(a, "<SegmentOfResult>9</SegmentOfResult><ErrorCode>FAKE</ErrorCode>"
	    "<ErrorMessage>回線障害</ErrorMessage>", "");
}

static void
work(const struct asked *a)
{
	put(a, "<SegmentOfResult>2</SegmentOfResult>", "");
}

/* "101 102!": 101 has an answer, 102 an error. */
static void
give(const struct asked *a, const char *persons)
{
	struct blob body = { 0 };
	char mark[33];
	int n;

	while (sscanf(persons, " %32[0-9]%n", mark, &n) == 1) {
		persons += n;
		blob_printf(&body, "<BulkConfirmUnit><QualificationConfirm"
		    "SearchInfo><ArbitraryIdentifier>%s</ArbitraryIdentifier>"
		    "</QualificationConfirmSearchInfo>", mark);
		if (*persons == '!') {
			persons++;
			blob_add_str(&body, "<ProcessingResultStatus>2"
			    "</ProcessingResultStatus><ProcessingResultCode>"
			    "FAKE-1</ProcessingResultCode>"
			    "<ProcessingResultMessage>見本"
			    "</ProcessingResultMessage>");
		} else
			blob_add_str(&body, "<ProcessingResultStatus>1"
			    "</ProcessingResultStatus><QualificationValidity>1"
			    "</QualificationValidity><ResultOfQualification"
			    "Confirmation><InsuredCardClassification>01"
			    "</InsuredCardClassification><Name>見本　花子</Name>"
			    "<Sex1>2</Sex1><Birthdate>19600602</Birthdate>"
			    "<InsurerName>見本</InsurerName>"
			    "</ResultOfQualificationConfirmation>");
		blob_add_str(&body, "</BulkConfirmUnit>");
	}
	put(a, "<SegmentOfResult>1</SegmentOfResult>", blob_str(&body));
	blob_free(&body);
}

/* --- jobs --- */

static enum err
ask(const char *category, const char *const *v, size_t n, char id[UUID_LEN])
{
	const struct job_ask a = { .category = category, .charts = v,
	    .n = n };

	return (job_start(store, &conf, &a, id, &note));
}

static void
turn(void)
{
	size_t moved = 0, n;
	int next;

	assert_int_equal(exchange_sweep(&exchange, store, &n, &note), ERR_OK);
	assert_int_equal(job_turn(&conf, store, &next, &moved), ERR_OK);
	assert_in_range(next, 1, JOB_IDLE_MS);
}

/* Turns until such a request is there, and takes it. */
static struct asked
await(const char *stem)
{
	struct asked a;

	for (int i = 0; i < TURNS; i++) {
		turn();
		if (take(stem, &a))
			return (a);
		clock_sleep(1);
	}
	fail_msg("nobody asked: %s", stem);
	return (a);
}

static const char *
part_state(const char *id, int part, struct job_part *p)
{
	assert_int_equal(job_part_get(store, id, part, p), ERR_OK);
	return (job_state_word(p->state));
}

static void
until(const char *id, int part, const char *state)
{
	struct job_part p;

	for (int i = 0; i < TURNS; i++) {
		turn();
		if (strcmp(part_state(id, part, &p), state) == 0)
			return;
		clock_sleep(1);
	}
	fail_msg("%s, not %s", part_state(id, part, &p), state);
}

static void
expect_job(const char *id, const char *state)
{
	json_t *o;

	assert_int_equal(job_get(store, id, &o), ERR_OK);
	assert_string_equal(json_string_value(json_object_get(o, "state")),
	    state);
	json_decref(o);
}

/* "answered error missing", in order. */
static void
expect_persons(const char *id, const char *want)
{
	char got[256] = "";
	json_t *list, *row;
	int64_t total;
	size_t i;

	assert_int_equal(job_persons(store, id, &(struct job_persons){
	    .state = NULL }, &list, &total), ERR_OK);
	json_array_foreach(list, i, row)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
		    i == 0 ? "" : " ", json_string_value(json_object_get(row,
		    "state")));
	assert_string_equal(got, want);
	assert_int_equal(total, json_array_size(list));
	json_decref(list);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	(void)cols;
	(void)n;
	(*(int *)ctx)++;
	return (ERR_OK);
}

static int
requests(void)
{
	const struct val v = val_int(1000);
	int n = 0;

	assert_int_equal(store_run(store, SQL_REQUEST_LIST, &v, 1, count_row,
	    &n, NULL), ERR_OK);
	return (n);
}

static enum err
one_finding(void *ctx, const struct finding *f)
{
	(void)ctx;
	(void)f;
	return (ERR_OK);
}

static int
findings(void)
{
	const struct finding_query q = { .limit = 1 };
	int64_t total = 0;
	size_t n;

	assert_int_equal(finding_catch_up(store, 0, &n), ERR_OK);
	assert_int_equal(finding_list(store, &q, one_finding, NULL, &total),
	    ERR_OK);
	return ((int)total);
}

/* --- what is asked --- */

static const struct refused {
	struct job_ask	ask;
	enum err	err;
} refusals[] = {
	{ { .category = NULL }, ERR_CATEGORY },
	{ { .category = "" }, ERR_CATEGORY },
	{ { .category = "Home" }, ERR_CATEGORY },
	{ { .category = "home", .axis = "month" }, ERR_RANGE },
	{ { .category = "home", .axis = "never" }, ERR_RANGE },
	{ { .category = "home", .from = "20260101", .to = "20251231" },
	    ERR_RANGE },
	{ { .category = "home", .from = "20260230" }, ERR_RANGE },
	{ { .category = "home", .from = "20260101 OR" }, ERR_RANGE },
	{ { .category = "home", .to = "20260101" }, ERR_RANGE },
	{ { .category = "home", .from = "29990101", .to = "29990102" },
	    ERR_RANGE },
	{ { .category = "home", .date = "20260101" }, ERR_RANGE },
	{ { .category = "aid", .from = "202601", .to = "202602" }, ERR_RANGE },
	{ { .category = "home", .charts = charts, .n = 1 }, ERR_ROW },
	{ { .category = "insurance" }, ERR_ROW },
	{ { .category = "check" }, ERR_ROW },
	{ { .category = "insurance", .charts = charts, .n = 1, .from =
	    "20260101", .to = "20260101" }, ERR_RANGE },
	{ { .category = "check", .charts = charts, .n = 1, .date =
	    "20260229" }, ERR_RANGE },
	{ { .category = "register", .charts = charts, .n = 1, .date =
	    "20260201" }, ERR_RANGE },
};

static void
test_refusals(void **state)
{
	char id[UUID_LEN];
	int64_t open;

	(void)state;
	for (size_t i = 0; i < LEN(refusals); i++) {
		note_set(&note, "%s", "");
		assert_int_equal(job_start(store, &conf, &refusals[i].ask, id,
		    &note), refusals[i].err);
		assert_string_equal(id, "");
	}
	assert_int_equal(job_open_count(store, &open), ERR_OK);
	assert_int_equal(open, 0);
	assert_int_equal(requests(), 0);
}

/* Nobody is left out, asked twice or asked without being known. */
static void
test_skipped(void **state)
{
	static const char *const v[] = { "101", "0", "102", "101", "000",
	    "999", "103", "104", "102", "105" };
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("insurance", v, LEN(v), id), ERR_OK);
	expect_persons(id, "waiting skipped waiting skipped skipped skipped "
	    "waiting waiting skipped waiting");
	turn();
	assert_int_equal(requests(), 2);
}

static void
test_nobody(void **state)
{
	static const char *const v[] = { "0", "999" };
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("check", v, LEN(v), id), ERR_OK);
	expect_job(id, "failed");
	turn();
	assert_int_equal(requests(), 0);
}

/* What is wrong with a patient is found before anything is written. */
static void
test_incomplete(void **state)
{
	char id[UUID_LEN];

	(void)state;
	add_patient("102", "");
	assert_int_equal(ask("insurance", charts, 2, id), ERR_OK);
	turn();
	expect_persons(id, "waiting skipped");
	add_patient("101", "");
	assert_int_equal(ask("check", charts, 2, id), ERR_OK);
	for (int i = 0; i < 3; i++)
		turn();
	expect_persons(id, "skipped skipped");
	expect_job(id, "done");
}

/* --- answers --- */

/* Each of the three has one end, whatever the answer speaks of. */
static void
test_bulk(void **state)
{
	struct asked a;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("insurance", charts, 3, id), ERR_OK);
	a = await("OQSmuquc01");
	accept(&a, "R1");
	a = await("OQSmuquc02");
	assert_string_equal(a.number, "R1");
	work(&a);
	a = await("OQSmuquc02");
	assert_string_equal(a.number, "R1");
	give(&a, "103! 555 101 101!");
	until(id, 1, "done");
	expect_persons(id, "answered missing error");
	expect_job(id, "done");
	assert_int_equal(findings(), 4);
	assert_int_equal(requests(), 3);
}

/* A part after the other, each with its own number. */
static void
test_parts(void **state)
{
	struct asked a, b;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("insurance", charts, 5, id), ERR_OK);
	a = await("OQSmuquc01");
	b = await("OQSmuquc01");
	accept(&b, "R2");
	accept(&a, "R1");
	a = await("OQSmuquc02");
	b = await("OQSmuquc02");
	assert_string_not_equal(a.number, b.number);
	/* Answers of a part are for the persons of this part alone. */
	give(&a, "101 102 103 104 105");
	give(&b, "101 102 103 104 105");
	until(id, 1, "done");
	until(id, 2, "done");
	expect_persons(id, "answered answered answered answered answered");
	expect_job(id, "done");
}

static void
expect_progress(const char *id, int done, int total, int timed)
{
	json_t *o, *p;

	assert_int_equal(job_get(store, id, &o), ERR_OK);
	p = json_object_get(o, "progress");
	assert_int_equal(json_integer_value(json_object_get(p, "done")),
	    done);
	assert_int_equal(json_integer_value(json_object_get(p, "total")),
	    total);
	assert_int_equal(json_is_integer(json_object_get(p, "seconds")),
	    timed);
	json_decref(o);
}

/* n of m, and how long it may take once a part has shown it. */
static void
test_progress(void **state)
{
	struct asked a, b;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("insurance", charts, 5, id), ERR_OK);
	expect_progress(id, 0, 5, 0);
	a = await("OQSmuquc01");
	b = await("OQSmuquc01");
	accept(&a, "R1");
	a = await("OQSmuquc02");
	give(&a, "101 102 103 104 105");
	until(id, 1, "done");
	until(id, 2, "asked");
	expect_progress(id, 3, 5, 1);
	accept(&b, "R2");
	b = await("OQSmuquc02");
	give(&b, "104 105");
	until(id, 2, "done");
	expect_progress(id, 5, 5, 1);
}

/* A first request that is lost is looked for, and never repeated. */
static void
test_lost(void **state)
{
	struct job_again again = { .who = &somebody };
	struct asked first, a;
	char id[UUID_LEN];
	size_t n;

	(void)state;
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	first = await("OQSmuhvq01");
	exchange.answer_ms = 1;
	until(id, 1, "unsure");
	expect_job(id, "unsure");
	for (int i = 0; i < 20; i++) {
		turn();
		assert_false(see("OQS", &a));
	}
	assert_int_equal(requests(), 1);
	assert_int_equal(job_retry(store, &conf, id, &again, &n, &note),
	    ERR_NOT_NOW);
	exchange.answer_ms = 60000;
	accept(&first, "R1");
	a = await("OQSmuhvq02");
	assert_string_equal(a.number, "R1");
	give(&a, "1 2");
	until(id, 1, "done");
	expect_persons(id, "answered answered");
}

static json_t *
person(const char *id, size_t i)
{
	json_t *list, *row;
	int64_t total;

	assert_int_equal(job_persons(store, id, &(struct job_persons){
	    .state = NULL }, &list, &total), ERR_OK);
	assert_non_null(row = json_incref(json_array_get(list, i)));
	json_decref(list);
	return (row);
}

/* A list names its persons; who one is may be said later. */
static void
test_listed(void **state)
{
	struct asked a;
	char id[UUID_LEN];
	json_t *row;

	(void)state;
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	a = await("OQSmuhvq01");
	accept(&a, "R1");
	a = await("OQSmuhvq02");
	give(&a, "7001 7002!");
	until(id, 1, "done");
	expect_persons(id, "answered error");
	row = person(id, 0);
	assert_string_equal(json_string_value(json_object_get(row,
	    "chart_number")), "");
	assert_int_equal(finding_set_patient(store, json_string_value(
	    json_object_get(row, "finding")), "101", "chosen"), ERR_OK);
	json_decref(row);
	row = person(id, 0);
	assert_string_equal(json_string_value(json_object_get(row,
	    "chart_number")), "101");
	json_decref(row);
}

/* Only who says that he has looked asks for it again. */
static void
test_lost_again(void **state)
{
	struct job_again again = { .unsure = 1,
	    .who = &somebody };
	char id[UUID_LEN];
	size_t n;

	(void)state;
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	(void)await("OQSmuhvq01");
	exchange.answer_ms = 1;
	until(id, 1, "unsure");
	exchange.answer_ms = 60000;
	assert_int_equal(job_retry(store, &conf, id, &again, &n, &note),
	    ERR_OK);
	assert_int_equal(n, 1);
	(void)await("OQSmuhvq01");
	assert_int_equal(requests(), 2);
}

/* Never taken: taken back, and asked again by itself. */
static void
test_withdrawn(void **state)
{
	struct asked a, b;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	turn();
	assert_true(see("OQSmuhvq01", &a));
	exchange.answer_ms = 1;
	until(id, 1, "waiting");
	exchange.answer_ms = 60000;
	b = await("OQSmuhvq01");
	assert_string_not_equal(a.file, b.file);
	accept(&b, "R1");
	until(id, 1, "accepted");
}

/* The terminal had read it all the same: that is the answer. */
static void
test_withdrawn_answered(void **state)
{
	struct asked a, b;
	char id[UUID_LEN];
	struct job_part p;
	int mine;

	(void)state;
	conf.pause_ms = 600000;
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	turn();
	assert_true(see("OQSmuhvq01", &a));
	read_identifier(&a);
	exchange.answer_ms = 1;
	until(id, 1, "waiting");
	exchange.answer_ms = 60000;
	accept(&a, "R1");
	part_state(id, 1, &p);
	p.next_at = 0;
	assert_int_equal(job_part_put(store, &p, &mine), ERR_OK);
	b = await("OQSmuhvq02");
	assert_string_equal(b.number, "R1");
	assert_int_equal(requests(), 2);
}

/*
 * An 02req that was given up is repeated; when the first is answered after
 * all, that is the answer, and the second one's changes nothing.
 */
static void
test_late(void **state)
{
	struct asked first, second;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("insurance", charts, 2, id), ERR_OK);
	first = await("OQSmuquc01");
	accept(&first, "R1");
	first = await("OQSmuquc02");
	exchange.answer_ms = 1;
	until(id, 1, "accepted");
	exchange.answer_ms = 60000;
	second = await("OQSmuquc02");
	assert_string_equal(second.number, "R1");
	assert_string_not_equal(first.file, second.file);
	give(&first, "101 102");
	until(id, 1, "done");
	assert_int_equal(findings(), 2);
	give(&second, "101 102");
	exchange.answer_ms = 1;
	for (int i = 0; i < 10; i++) {
		turn();
		clock_sleep(1);
	}
	assert_int_equal(findings(), 2);
	expect_persons(id, "answered answered");
}

/* The answer comes while nothing is out: it is seen before it is asked for. */
static void
test_late_unasked(void **state)
{
	struct asked first;
	char id[UUID_LEN];

	(void)state;
	conf.pause_ms = 200;
	assert_int_equal(ask("insurance", charts, 2, id), ERR_OK);
	first = await("OQSmuquc01");
	accept(&first, "R1");
	first = await("OQSmuquc02");
	exchange.answer_ms = 1;
	until(id, 1, "accepted");
	exchange.answer_ms = 60000;
	give(&first, "101 102");
	until(id, 1, "done");
	assert_int_equal(findings(), 2);
	assert_int_equal(requests(), 2);
}

/* --- who wanted it --- */

struct audited {
	const char	*subject;
	int		 n;
};

static enum err
audited_row(void *ctx, const struct audit_row *row)
{
	struct audited *a = ctx;

	assert_string_equal(row->subject, a->subject);
	assert_string_equal(row->client, somebody.client);
	assert_string_equal(row->staff, somebody.staff);
	a->n++;
	return (ERR_OK);
}

/* How many rows of the audit say so, all of them by somebody. */
static int
audited(const char *action, const char *id)
{
	char subject[64];
	struct audited a = { .subject = subject };
	const struct audit_query q = { .action = action, .limit = 10,
	    .subject = "" };

	snprintf(subject, sizeof(subject), JOB_AUDIT "%s", id);
	assert_int_equal(audit_list(store, &q, audited_row, &a, NULL),
	    ERR_OK);
	return (a.n);
}

/* --- refusals --- */

static void
test_refused(void **state)
{
	struct job_again again = { .who = &somebody };
	struct job_part p;
	struct asked a;
	char id[UUID_LEN];
	size_t n;

	(void)state;
	conf.pause_ms = 1;
	assert_int_equal(ask("insurance", charts, 2, id), ERR_OK);
	for (int i = 0; i < JOB_TRIES; i++) {
		a = await("OQSmuquc01");
		refuse(&a);
	}
	until(id, 1, "failed");
	assert_string_equal(part_state(id, 1, &p), "failed");
	assert_string_equal(p.code, "REFUSED");
	assert_non_null(strstr(p.message.text, "回線障害"));
	expect_persons(id, "error error");
	expect_job(id, "failed");
	assert_int_equal(requests(), JOB_TRIES);
	assert_int_equal(job_retry(store, &conf, id, &again, &n, &note),
	    ERR_OK);
	assert_int_equal(n, 1);
	a = await("OQSmuquc01");
	accept(&a, "R1");
	a = await("OQSmuquc02");
	give(&a, "101 102");
	until(id, 2, "done");
	expect_persons(id, "answered answered");
	expect_job(id, "done");
	assert_int_equal(job_retry(store, &conf, id, &again, &n, &note),
	    ERR_NOT_NOW);
	assert_int_equal(audited("job_retry", id), 1);
}

/* An outage in the middle: what is accepted stays accepted. */
static void
test_refused_fetch(void **state)
{
	struct asked a;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("insurance", charts, 1, id), ERR_OK);
	a = await("OQSmuquc01");
	accept(&a, "R1");
	a = await("OQSmuquc02");
	refuse(&a);
	until(id, 1, "accepted");
	a = await("OQSmuquc02");
	assert_string_equal(a.number, "R1");
	give(&a, "101");
	until(id, 1, "done");
}

/* Bytes that are no answer of a form we know, in the answer's place. */
static void
put_bytes(const struct asked *a, const char *bytes)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", res, a->file);
	memcpy(strstr(path, "req_"), "res_", 4);
	assert_non_null(f = fopen(path, "w"));
	fputs(bytes, f);
	assert_int_equal(fclose(f), 0);
}

#define ENCRYPTED "\x8f\x01\xfe\x93\x02\xff\x81\x07\xfd\xc1\x03\x9f\xf0\x05"

/*
 * Whether the terminal took it nobody knows, and asked again it would be as
 * unreadable: it is left to a person.
 */
static void
test_unreadable(void **state)
{
	static const struct {
		const char	*bytes, *code;	/* bytes NULL: no number */
	} rows[] = {
		{ NULL, "LAYOUT" }, { "<XmlMsg></b>", "XML_SYNTAX" },
		{ ENCRYPTED, "CRYPT" },
	};
	struct job_part p;
	struct asked a;
	char id[UUID_LEN];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_int_equal(ask("insurance", charts, 1, id), ERR_OK);
		a = await("OQSmuquc01");
		if (rows[i].bytes == NULL)
			put(&a, "<SegmentOfResult>1</SegmentOfResult>", "");
		else
			put_bytes(&a, rows[i].bytes);
		until(id, 1, "failed");
		part_state(id, 1, &p);
		assert_string_equal(p.code, rows[i].code);
		expect_persons(id, "error");
		assert_int_equal(requests(), i + 1);
	}
}

static void
test_unreadable_fetch(void **state)
{
	struct job_part p;
	struct asked a;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("insurance", charts, 1, id), ERR_OK);
	a = await("OQSmuquc01");
	accept(&a, "R1");
	a = await("OQSmuquc02");
	put_bytes(&a, ENCRYPTED);
	until(id, 1, "failed");
	part_state(id, 1, &p);
	assert_string_equal(p.code, "CRYPT");
	assert_int_equal(requests(), 2);
}

/* One person's error is tried once more, then it is his. */
static void
test_single_error(void **state)
{
	struct asked a;
	char id[UUID_LEN];
	json_t *list;
	int64_t total;

	(void)state;
	assert_int_equal(ask("check", charts, 1, id), ERR_OK);
	for (int i = 0; i < JOB_TRIES_ERROR; i++) {
		a = await("OQSsiquc01");
		put(&a, "<SegmentOfResult>1</SegmentOfResult>"
		    "<QualificationConfirmationDate>20261120"
		    "</QualificationConfirmationDate><ReferenceClassification>"
		    "2</ReferenceClassification>", "<ProcessingResultStatus>2"
		    "</ProcessingResultStatus><ProcessingResultCode>FAKE-7"
		    "</ProcessingResultCode><ProcessingResultMessage>見本"
		    "</ProcessingResultMessage>");
	}
	until(id, 1, "failed");
	assert_int_equal(job_persons(store, id, &(struct job_persons){
	    .state = "problem" }, &list, &total), ERR_OK);
	assert_int_equal(total, 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(
	    list, 0), "code")), "FAKE-7");
	json_decref(list);
	for (int i = 0; i < 5; i++)
		turn();
	assert_int_equal(requests(), JOB_TRIES_ERROR);
}

static void
expect_listed(const char *state, int want)
{
	const struct job_query q = { .state = state };
	json_t *list;
	int64_t total;

	assert_int_equal(job_list(store, &q, &list, &total), ERR_OK);
	assert_int_equal(json_array_size(list), want);
	assert_int_equal(total, want);
	json_decref(list);
}

/* An outage is not the person's: it is tried as often as for a list. */
static void
test_single_outage(void **state)
{
	struct asked a;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("check", charts, 1, id), ERR_OK);
	for (int i = 0; i < JOB_TRIES_ERROR + 1; i++) {
		a = await("OQSsiquc01");
		refuse(&a);
	}
	until(id, 1, "waiting");
	expect_persons(id, "waiting");
	a = await("OQSsiquc01");
	put(&a, "<SegmentOfResult>1</SegmentOfResult>"
	    "<QualificationConfirmationDate>20261120"
	    "</QualificationConfirmationDate><ReferenceClassification>2"
	    "</ReferenceClassification>", "<ProcessingResultStatus>1"
	    "</ProcessingResultStatus><QualificationValidity>4"
	    "</QualificationValidity>");
	until(id, 1, "done");
	expect_persons(id, "answered");
	expect_job(id, "done");
}

/* Nothing is written while the terminal restarts, nor without a folder. */
static void
test_held(void **state)
{
	int64_t minute = (clock_wall_ms() / 1000 + CLOCK_JST_S) / 60 % 1440;
	struct job_part p;
	struct asked a;
	char id[UUID_LEN];
	int mine;

	(void)state;
	exchange.restart_from = (int)((minute + 1439) % 1440);
	exchange.restart_to = (int)((minute + 3) % 1440);
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	turn();
	assert_string_equal(part_state(id, 1, &p), "waiting");
	assert_string_equal(p.code, "HELD");
	assert_true(p.next_at > clock_wall_ms());
	expect_job(id, "held");
	expect_listed("held", 1);
	expect_listed("unsure", 0);
	expect_listed("open", 1);
	assert_int_equal(requests(), 0);
	/* And when the hours are over it is asked. */
	exchange.restart_from = exchange.restart_to = 0;
	p.next_at = 0;
	assert_int_equal(job_part_put(store, &p, &mine), ERR_OK);
	a = await("OQSmuhvq01");
	accept(&a, "R1");
	until(id, 1, "accepted");
	expect_job(id, "open");
}

static void
test_no_folder(void **state)
{
	struct job_part p;
	struct asked a;
	char id[UUID_LEN], gone[128];
	int next;

	(void)state;
	snprintf(gone, sizeof(gone), "%s/none", dir);
	exchange.req = gone;
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	for (int i = 0; i < 2 * JOB_TRIES; i++) {
		(void)job_turn(&conf, store, &next, NULL);
		clock_sleep(2);
	}
	assert_string_equal(part_state(id, 1, &p), "waiting");
	assert_string_equal(p.code, "FOLDER");
	exchange.req = req;
	conf.pause_ms = 1;
	p.next_at = 0;
	assert_int_equal(job_part_put(store, &p, &next), ERR_OK);
	a = await("OQSmuhvq01");
	assert_true(a.identifier[0] != '\0');
}

/* A share that was away all night leaves the terminal all its tries. */
static void
test_outage_is_no_refusal(void **state)
{
	struct job_part p;
	struct asked a;
	char id[UUID_LEN], gone[128];
	int mine, next;

	(void)state;
	snprintf(gone, sizeof(gone), "%s/none", dir);
	exchange.req = gone;
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	for (int i = 0; i <= JOB_TRIES; i++) {
		part_state(id, 1, &p);
		p.next_at = 0;
		assert_int_equal(job_part_put(store, &p, &mine), ERR_OK);
		(void)job_turn(&conf, store, &next, NULL);
	}
	part_state(id, 1, &p);
	assert_true(p.tries >= JOB_TRIES);
	assert_int_equal(p.refusals, 0);
	exchange.req = req;
	p.next_at = 0;
	assert_int_equal(job_part_put(store, &p, &mine), ERR_OK);
	a = await("OQSmuhvq01");
	refuse(&a);
	until(id, 1, "waiting");
	part_state(id, 1, &p);
	assert_string_equal(p.code, "REFUSED");
	assert_int_equal(p.refusals, 1);
}

/* --- cancelling --- */

/* What was taken is taken in; nothing more is asked. */
static void
test_cancel(void **state)
{
	struct asked a, none;
	char id[UUID_LEN];

	(void)state;
	assert_int_equal(ask("insurance", charts, 5, id), ERR_OK);
	a = await("OQSmuquc01");
	assert_true(see("OQSmuquc01", &none));
	assert_int_equal(job_cancel(store, id, &somebody), ERR_OK);
	expect_job(id, "cancelling");
	assert_int_equal(job_cancel(store, id, &somebody), ERR_NOT_NOW);
	/* What it has not taken it does not get. */
	turn();
	assert_false(see("OQSmuquc01", &none));
	expect_job(id, "cancelling");
	accept(&a, "R1");
	for (int i = 0; i < 20; i++) {
		turn();
		clock_sleep(1);
	}
	assert_false(see("OQS", &none));
	expect_job(id, "cancelled");
	expect_persons(id, "cancelled cancelled cancelled cancelled "
	    "cancelled");
	assert_int_equal(job_cancel(store, "nobody", &somebody), ERR_NO_SUCH);
	/* The one that did something, and who wanted it. */
	assert_int_equal(audited("job_cancel", id), 1);
}

/* --- asking again --- */

static void
run_sql(const char *text)
{
	sqlite3 *raw;

	assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, text, NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(raw);
}

#define MANY	(JOB_CHUNK + 20)

/*
 * A part that can be seen is asked for, so that it has all its persons or is
 * not there: as if killed at one of the last of them.
 */
static void
test_again_whole(void **state)
{
	struct job_again again = { 0, 0, 0, &somebody };
	static char names[MANY][16];
	const char *v[MANY];
	struct job_part p;
	struct asked a;
	char id[UUID_LEN];
	size_t n;

	(void)state;
	conf.bulk_max = 0;
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", 1000 + i);
		v[i] = names[i];
		add_patient(v[i], v[i]);
	}
	assert_int_equal(ask("insurance", v, MANY, id), ERR_OK);
	a = await("OQSmuquc01");
	put_bytes(&a, "<XmlMsg></b>");
	until(id, 1, "failed");
	run_sql("CREATE TRIGGER killed BEFORE UPDATE ON job_person "
	    "WHEN new.seq = 260 AND new.part = 2 "
	    "BEGIN SELECT RAISE(ABORT, 'killed'); END");
	assert_int_not_equal(job_retry(store, &conf, id, &again, &n, &note),
	    ERR_OK);
	assert_int_equal(job_part_get(store, id, 2, &p), ERR_NO_SUCH);
	run_sql("DROP TRIGGER killed");
	assert_int_equal(job_retry(store, &conf, id, &again, &n, &note),
	    ERR_OK);
	assert_int_equal(n, 1);
	(void)await("OQSmuquc01");
	part_state(id, 2, &p);
	assert_int_equal(p.total, MANY);
}

/* Texts of others have any length; cut in a character they are no JSON. */
static void
test_long_texts(void **state)
{
	struct job_ask of = { .category = "check", .charts = charts, .n = 1 };
	char staff[256] = "", message[1024] = "", body[2048], id[UUID_LEN];
	struct asked a;
	json_t *row;

	(void)state;
	for (int i = 0; i < 60; i++)
		memcpy(staff + strlen(staff), "日", 4);
	for (int i = 0; i < 300; i++)
		memcpy(message + strlen(message), "本", 4);
	of.staff = staff;
	assert_int_equal(job_start(store, &conf, &of, id, &note), ERR_OK);
	expect_job(id, "open");
	snprintf(body, sizeof(body), "<ProcessingResultStatus>2"
	    "</ProcessingResultStatus><ProcessingResultCode>FAKE-7"
	    "</ProcessingResultCode><ProcessingResultMessage>a%s"
	    "</ProcessingResultMessage>", message);
	for (int i = 0; i < JOB_TRIES_ERROR; i++) {
		a = await("OQSsiquc01");
		put(&a, "<SegmentOfResult>1</SegmentOfResult>"
		    "<QualificationConfirmationDate>20261120"
		    "</QualificationConfirmationDate><ReferenceClassification>"
		    "2</ReferenceClassification>", body);
	}
	until(id, 1, "failed");
	expect_persons(id, "error");
	of = (struct job_ask){ .category = "insurance", .charts = charts,
	    .n = 1 };
	assert_int_equal(job_start(store, &conf, &of, id, &note), ERR_OK);
	a = await("OQSmuquc01");
	accept(&a, "R1");
	a = await("OQSmuquc02");
	snprintf(body, sizeof(body), "<BulkConfirmUnit><QualificationConfirm"
	    "SearchInfo><ArbitraryIdentifier>101</ArbitraryIdentifier>"
	    "</QualificationConfirmSearchInfo><ProcessingResultStatus>2"
	    "</ProcessingResultStatus><ProcessingResultCode>FAKE-7"
	    "</ProcessingResultCode><ProcessingResultMessage>%s"
	    "</ProcessingResultMessage></BulkConfirmUnit>", message);
	put(&a, "<SegmentOfResult>1</SegmentOfResult>", body);
	until(id, 1, "done");
	expect_persons(id, "error");
	row = person(id, 0);
	assert_true(strlen(json_string_value(json_object_get(row,
	    "message"))) > 500);
	json_decref(row);
}

/* --- several at once --- */

/* Of two who read the same row only one makes the step. */
static void
test_two(void **state)
{
	struct store *other = NULL;
	struct job_part mine, theirs;
	struct job_row j;
	struct asked a;
	char id[UUID_LEN];
	int moved;

	(void)state;
	assert_int_equal(store_open(db, &other, NULL), ERR_OK);
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	assert_int_equal(job_row_get(store, id, &j), ERR_OK);
	assert_int_equal(job_part_get(store, id, 1, &mine), ERR_OK);
	assert_int_equal(job_part_get(other, id, 1, &theirs), ERR_OK);
	assert_int_equal(job_ask(&conf, store, &j, &mine, &moved), ERR_OK);
	assert_int_equal(moved, 1);
	assert_int_equal(job_ask(&conf, other, &j, &theirs, &moved), ERR_OK);
	assert_int_equal(moved, 0);
	assert_int_equal(theirs.state, JOB_WAITING);
	assert_true(take("OQSmuhvq01", &a));
	assert_false(see("OQSmuhvq01", &a));
	job_row_free(&j);
	store_close(&other);
}

/* What the table does not have does not happen, and leaves nothing. */
static void
test_no_step(void **state)
{
	struct job_part p;
	struct job_row j;
	char id[UUID_LEN];
	int moved;

	(void)state;
	assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	assert_int_equal(job_row_get(store, id, &j), ERR_OK);
	for (int e = 0; e < JOB_EVENTS; e++) {
		if (job_step_of(JOB_WAITING, (enum job_event)e) != NULL)
			continue;
		assert_int_equal(job_part_get(store, id, 1, &p), ERR_OK);
		assert_int_equal(job_move(store, &j, &p, (enum job_event)e,
		    &moved), ERR_OK);
		assert_int_equal(moved, 0);
		assert_int_equal(p.state, JOB_WAITING);
		assert_string_equal(part_state(id, 1, &p), "waiting");
	}
	job_row_free(&j);
}

/* --- documents --- */

static int hook_asks, hook_answers;

static enum err
hook_ask(void *ctx, struct store *st, const struct job_post *p, char file[128],
    struct job_end *end, struct note *n)
{
	(void)ctx;
	(void)st;
	(void)n;
	hook_asks++;
	if (strcmp(p->chart_number, "102") == 0)
		return (ERR_NO_CONSENT);
	if (strcmp(p->chart_number, "103") == 0) {
		end->state = "answered";
		snprintf(end->id, sizeof(end->id), "%s", "kept");
		return (ERR_OK);
	}
	snprintf(file, 128, "YZKsiquc01req_%s.xml", p->chart_number);
	const struct val v[] = { val_text(file), val_text(file),
	    val_text("YZKsiquc01"), val_text(NULL), val_text(p->chart_number),
	    val_int(clock_wall_ms()) };
	return (store_run(store, SQL_REQUEST_ADD, v, 6, NULL, NULL, NULL));
}

static enum err
hook_look(void *ctx, struct store *st, const char *file, struct job_end *end)
{
	(void)ctx;
	(void)st;
	(void)file;
	if (hook_answers) {
		end->state = "error";
		snprintf(end->code, sizeof(end->code), "%s", "FAKE-9");
	}
	return (ERR_OK);
}

static void
test_hook(void **state)
{
	static const struct job_hook hooks[] = {
		{ "drug", NULL, hook_ask, hook_look },
		{ NULL, NULL, NULL, NULL },
	};
	char id[UUID_LEN];

	(void)state;
	hook_asks = hook_answers = 0;
	assert_int_equal(ask("drug", charts, 1, id), ERR_OK);
	turn();
	expect_job(id, "failed");	/* nobody here knows documents */
	conf.hooks = hooks;
	assert_int_equal(ask("drug", charts, 3, id), ERR_OK);
	for (int i = 0; i < 5; i++)
		turn();
	expect_persons(id, "waiting failed answered");
	hook_answers = 1;
	until(id, 1, "done");
	expect_persons(id, "error failed answered");
	assert_int_equal(hook_asks, 3);
	expect_job(id, "done");
}

/* --- lists of jobs --- */

static void
test_lists(void **state)
{
	struct job_query q = { .limit = 2 };
	char id[UUID_LEN];
	json_t *list;
	int64_t total;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask("home", NULL, 0, id), ERR_OK);
	clock_sleep(2);		/* newer by the clock */
	assert_int_equal(ask("check", charts, 1, id), ERR_OK);
	assert_int_equal(job_list(store, &q, &list, &total), ERR_OK);
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(total, 4);
	assert_string_equal(json_string_value(json_object_get(json_array_get(
	    list, 0), "id")), id);
	json_decref(list);
	q = (struct job_query){ .category = "check", .offset = 1 };
	assert_int_equal(job_list(store, &q, &list, &total), ERR_OK);
	assert_int_equal(json_array_size(list), 0);
	assert_int_equal(total, 1);
	json_decref(list);
	q = (struct job_query){ .state = "done" };
	assert_int_equal(job_list(store, &q, &list, &total), ERR_OK);
	assert_int_equal(total, 0);
	json_decref(list);
	assert_int_equal(job_get(store, "", &list), ERR_NO_SUCH);
	assert_null(list);
	assert_int_equal(job_persons(store, "'", &(struct job_persons){
	    .state = NULL }, &list, &total), ERR_NO_SUCH);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_refusals), T(test_skipped), T(test_nobody),
		T(test_incomplete), T(test_bulk), T(test_parts), T(test_progress),
		T(test_lost), T(test_listed),
		T(nursing_by_another_code_is_odd),
		T(test_lost_again), T(test_withdrawn),
		T(test_withdrawn_answered), T(test_unreadable),
		T(test_unreadable_fetch), T(test_outage_is_no_refusal),
		T(test_again_whole), T(test_long_texts), T(test_late),
		T(test_late_unasked), T(test_refused), T(test_refused_fetch),
		T(test_single_error), T(test_single_outage), T(test_held), T(test_no_folder),
		T(test_cancel), T(test_two), T(test_no_step), T(test_hook),
		T(test_lists),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
