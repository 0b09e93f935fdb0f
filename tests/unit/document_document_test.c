#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "crypto/vault.h"
#include "host/document/row.h"
#include "tests/unit/document_site.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FILE_	"YZKsiquc01req_012611200900S0001.xml"
#define PDF_	"YZKsiquc01res_012611200900S0001.pdf"
#define XML_	"YZKsiquc01res_012611200900S0001.xml"
#define HOUR_MS	(INT64_C(3600) * 1000)

static const struct audit_who me = { "cli:test", "staff", "" };

/* As if it had been asked for. */
static void
add_asking(struct site *s, const char *state)
{
	const struct val request[] = { val_text(FILE_), val_text("i1"),
	    val_text("YZKsiquc01"), val_text(NULL), val_text(CHART),
	    val_int(clock_wall_ms()) };
	const struct val ask[] = { val_text("a1"), val_text(CHART),
	    val_text("drug"), val_text("pdf"), val_text("202512"),
	    val_text("202611"), val_int(0), val_text(FILE_),
	    val_text("open"), val_int(clock_wall_ms()) };
	const struct val move[] = { val_text(state), val_text(FILE_) };

	assert_int_equal(store_run(s->store, SQL_REQUEST_ADD, request, 6,
	    NULL, NULL, NULL), ERR_OK);
	assert_int_equal(store_run(s->store, SQL_REQUEST_MOVE, move, 2, NULL,
	    NULL, NULL), ERR_OK);
	assert_int_equal(store_run(s->store, SQL_DOCUMENT_ASK_ADD, ask, 10,
	    NULL, NULL, NULL), ERR_OK);
}

static enum err
take(struct site *s, const char *name, const char *bytes)
{
	return (document_take(&s->desk, name, bytes, strlen(bytes)));
}

static struct document_standing
standing(struct site *s)
{
	struct document_standing out;

	assert_int_equal(document_standing(s->store, CHART, DOCUMENT_DRUG,
	    &out), ERR_OK);
	return (out);
}

struct listed {
	size_t		n;
	struct document	last;
};

static enum err
count_document(void *ctx, const struct document *d)
{
	struct listed *l = ctx;

	l->n++;
	l->last = *d;
	return (ERR_OK);
}

static struct listed
listed(struct site *s)
{
	struct listed l = { .n = 0 };

	assert_int_equal(document_list(s->store, CHART, count_document, &l),
	    ERR_OK);
	return (l);
}

static enum err
count_audit(void *ctx, const struct audit_row *row)
{
	(void)row;
	(*(size_t *)ctx)++;
	return (ERR_OK);
}

static size_t
audited(struct site *s, const char *action)
{
	const struct audit_query q = { .subject = "", .action = action,
	    .limit = 100 };
	size_t n = 0;

	assert_int_equal(audit_list(s->store, &q, count_audit, &n, NULL),
	    ERR_OK);
	return (n);
}

static enum err
any_row(void *ctx, const struct val *cols, size_t n)
{
	(void)cols;
	(void)n;
	(*(size_t *)ctx)++;
	return (ERR_OK);
}

/* The database and its log hold none of it in clear, and no result row. */
static void
expect_hidden(struct site *s, const char *name, const char *part)
{
	static const char *const ends[] = { "", "-wal" };
	const struct val file = val_text(name);
	struct blob b = { 0 };
	char path[80];
	size_t n = 0;

	for (size_t i = 0; i < LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", s->db, ends[i]);
		if (blob_read_file(&b, path, BLOB_MAX) == ERR_OK)
			assert_null(memmem(b.data, b.len, part, strlen(part)));
	}
	blob_free(&b);
	assert_int_equal(store_run(s->store, SQL_RESULT_BY_FILE, &file, 1,
	    any_row, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
}

/* --- taking in --- */

static const struct take_row {
	const char		*title, *name, *bytes;
	enum err		 want;
	enum document_state	 state;
	size_t			 kept;
	const char		*text;		/* of the standing */
} takes[] = {
	{ "a PDF", PDF_, PDF, ERR_OK, DOCUMENT_DELIVERED, 1, "" },
	{ "an XML", XML_, OK_XML("19600602"), ERR_OK, DOCUMENT_DELIVERED, 1,
	    "" },
	{ "an XML that does not say whose", XML_, OK_XML(""), ERR_OK,
	    DOCUMENT_DELIVERED, 1, "" },
	{ "of another person", XML_, OK_XML("19700101"), ERR_OK,
	    DOCUMENT_REFUSED, 0, "生年月日" },
	{ "refused by the terminal", XML_, BAD_XML, ERR_OK, DOCUMENT_REFUSED,
	    0, "同意がありません" },
	{ "an XML that is broken", XML_, "<XmlMsg></b>", ERR_OK,
	    DOCUMENT_REFUSED, 0, "" },
	{ "a PDF that is none", PDF_, "<html>", ERR_OK, DOCUMENT_REFUSED, 0,
	    "" },
	{ "half a PDF", PDF_, "%PDF-1.4\n1 0 obj", ERR_HALF, DOCUMENT_ASKED, 0,
	    "" },
	{ "half an XML", XML_, "<XmlMsg><MessageHeader>", ERR_HALF,
	    DOCUMENT_ASKED, 0, "" },
	{ "an empty file", PDF_, "", ERR_HALF, DOCUMENT_ASKED, 0, "" },
	{ "a name of another request",
	    "YZKsiquc01res_012611200900S0002.pdf", PDF, ERR_FOREIGN,
	    DOCUMENT_ASKED, 0, "" },
	{ "the other kind", "TKKsiquc01res_012611200900S0001.pdf", PDF,
	    ERR_FOREIGN, DOCUMENT_ASKED, 0, "" },
	{ "a request", FILE_, PDF, ERR_FOREIGN, DOCUMENT_ASKED, 0, "" },
	{ "another kind of answer",
	    "OQSsiquc01res_012611200900S0001.xml", OK_XML(""), ERR_FOREIGN,
	    DOCUMENT_ASKED, 0, "" },
	{ "no name of the field", "../" PDF_, PDF, ERR_FOREIGN,
	    DOCUMENT_ASKED, 0, "" },
};

static const struct take_row *row_now;

static void
take_row(void **state)
{
	const struct take_row *row = row_now++;
	struct site *s = *state;
	struct document_standing at;

	add_asking(s, "written");
	assert_int_equal(take(s, row->name, row->bytes), row->want);
	at = standing(s);
	assert_int_equal(at.state, row->state);
	assert_non_null(strstr(at.text, row->text));
	assert_int_equal(at.text[0] != '\0', row->state == DOCUMENT_REFUSED);
	assert_int_equal(at.document[0] != '\0', row->kept);
	assert_int_equal(listed(s).n, row->kept);
	expect_hidden(s, row->name, "secret drugs");
	expect_hidden(s, row->name, "<QuaInf>");
}

static void
comes_back_byte_for_byte(void **state)
{
	struct site *s = *state;
	struct blob out = { 0 };
	struct document d;
	struct listed l;

	add_asking(s, "written");
	assert_int_equal(take(s, PDF_, PDF), ERR_OK);
	l = listed(s);
	assert_string_equal(l.last.file, PDF_);
	assert_string_equal(l.last.from, "202512");
	assert_int_equal(l.last.bytes, strlen(PDF));
	assert_int_equal(l.last.expires_at - l.last.received_at, 24 * HOUR_MS);
	assert_int_equal(audited(s, "open"), 0);
	assert_int_equal(document_open(&s->conf, s->store, l.last.id, &me, &d,
	    &out, NULL), ERR_OK);
	assert_int_equal(out.len, strlen(PDF));
	assert_memory_equal(out.data, PDF, out.len);
	assert_string_equal(d.id, l.last.id);
	assert_int_equal(audited(s, "open"), 1);
	blob_free(&out);
}

static void
is_taken_once(void **state)
{
	struct site *s = *state;

	add_asking(s, "written");
	assert_int_equal(take(s, PDF_, PDF), ERR_OK);
	assert_int_equal(take(s, PDF_, PDF), ERR_OK);
	/* The first stands. */
	assert_int_equal(take(s, XML_, BAD_XML), ERR_OK);
	assert_int_equal(listed(s).n, 1);
	assert_int_equal(standing(s).state, DOCUMENT_DELIVERED);
}

static void
without_a_safe_key_nothing_is_kept(void **state)
{
	struct site *s = *state;
	struct vault v;

	assert_int_equal(vault_load(s->key, 1, &v, NULL), ERR_OK);
	vault_wipe(&v);
	assert_int_equal(chmod(s->key, 0644), 0);
	add_asking(s, "written");
	assert_int_equal(take(s, PDF_, PDF), ERR_VAULT_KEY);
	assert_int_equal(listed(s).n, 0);
	assert_int_equal(standing(s).state, DOCUMENT_ASKED);
	/* Put right, the same file is taken. */
	assert_int_equal(chmod(s->key, 0600), 0);
	assert_int_equal(take(s, PDF_, PDF), ERR_OK);
}

/* --- opening --- */

static void
expect_closed(struct site *s, const char *id, enum err want)
{
	struct blob out = { 0 };
	struct document d;
	struct note note;

	assert_int_equal(blob_add_str(&out, "old"), ERR_OK);
	assert_int_equal(document_open(&s->conf, s->store, id, &me, &d, &out,
	    &note), want);
	assert_int_equal(out.len, 0);
	assert_string_equal(d.id, "");
	assert_int_equal(audited(s, "open"), 0);
	blob_free(&out);
}

static void
opens_with_its_key_alone(void **state)
{
	struct site *s = *state;
	struct listed l;
	struct vault v;

	add_asking(s, "written");
	assert_int_equal(take(s, PDF_, PDF), ERR_OK);
	l = listed(s);
	expect_closed(s, "nobody", ERR_NO_SUCH);
	assert_int_equal(unlink(s->key), 0);
	expect_closed(s, l.last.id, ERR_VAULT_KEY);
	assert_int_equal(vault_load(s->key, 1, &v, NULL), ERR_OK);
	vault_wipe(&v);
	expect_closed(s, l.last.id, ERR_VAULT_OTHER);
}

static void
is_gone_after_its_hours(void **state)
{
	struct site *s = *state;
	struct document_standing at;
	size_t n;

	s->conf.keep_hours = 0;
	add_asking(s, "written");
	assert_int_equal(take(s, PDF_, PDF), ERR_OK);
	at = standing(s);
	assert_int_equal(at.state, DOCUMENT_DELIVERED);
	assert_int_equal(listed(s).n, 0);
	expect_closed(s, at.document, ERR_NO_SUCH);
	assert_int_equal(document_prune(s->store, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(document_prune(s->store, &n), ERR_OK);
	assert_int_equal(n, 0);
	/* It was delivered; that is not "none". */
	assert_int_equal(standing(s).state, DOCUMENT_DELIVERED);
	assert_string_equal(standing(s).document, "");
}

static enum err
prune_now(void *ctx, const struct val *cols, size_t n)
{
	size_t gone = 0;

	(void)cols;
	(void)n;
	assert_int_equal(document_prune(ctx, &gone), ERR_OK);
	assert_int_equal(gone, 1);
	return (ERR_OK);
}

static off_t
log_size(const struct site *s)
{
	char log[80];
	struct stat st;

	snprintf(log, sizeof(log), "%s-wal", s->db);
	assert_int_equal(stat(log, &st), 0);
	return (st.st_size);
}

/* Somebody reads while it is deleted: the log holds it a little longer. */
static void
its_traces_go_later(void **state)
{
	struct store *other = NULL;
	struct site *s = *state;
	size_t n;

	s->conf.keep_hours = 0;
	add_asking(s, "written");
	assert_int_equal(take(s, PDF_, PDF), ERR_OK);
	assert_int_equal(store_open(s->db, &other, NULL), ERR_OK);
	assert_int_equal(store_run(other, SQL_PATIENT_ALL, NULL, 0,
	    prune_now, s->store, NULL), ERR_OK);
	assert_true(log_size(s) > 0);
	assert_int_equal(document_prune(s->store, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(log_size(s), 0);
	store_close(&other);
}

static void
younger_ones_stay(void **state)
{
	struct site *s = *state;
	size_t n;

	add_asking(s, "written");
	assert_int_equal(take(s, PDF_, PDF), ERR_OK);
	assert_int_equal(document_prune(s->store, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(listed(s).n, 1);
}

/* --- asking --- */

static enum err
ask(struct site *s, const struct document_ask *a, struct document_asked *out,
    struct note *note)
{
	struct document_ask full = *a;

	full.who = &me;
	return (document_ask(&s->conf, s->store, &full, out, note));
}

static void
read_request(struct site *s, const char *file, struct blob *out)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", s->req, file);
	assert_int_equal(blob_read_file(out, path, 65536), ERR_OK);
}

#define DRUG_	.chart_number = CHART, .kind = DOCUMENT_DRUG

static const struct ask_row {
	const char		*title;
	struct document_ask	 ask;
	enum err		 drug, treatments, want;
	enum document_state	 state;		/* of the standing, if an error */
	const char		*has[3];	/* in the request's file */
	const char		*name;		/* how it begins */
} asks[] = {
	{ "drugs as PDF", { DRUG_, .form = DOCUMENT_PDF }, ERR_OK, ERR_OK,
	    ERR_OK, 0, { "<FileCategory>1<", "<MedicalTreatmentFlag>2<",
	    "<PrDiInfClassification>1<" }, "YZKsiquc01req_01" },
	{ "drugs as XML", { DRUG_, .form = DOCUMENT_XML }, ERR_OK, ERR_OK,
	    ERR_OK, 0, { "<FileCategory>2<" }, "YZKsiquc01req_02" },
	{ "with treatments as PDF", { DRUG_, .form = DOCUMENT_PDF,
	    .treatments = 1 }, ERR_OK, ERR_OK, ERR_OK, 0,
	    { "<FileCategory>3<" }, "YZKsiquc01req_03" },
	{ "with treatments as XML", { DRUG_, .form = DOCUMENT_XML,
	    .treatments = 1 }, ERR_OK, ERR_OK, ERR_OK, 0,
	    { "<FileCategory>4<" }, "YZKsiquc01req_04" },
	{ "months", { DRUG_, .from = "202501", .to = "202503" }, ERR_OK,
	    ERR_OK, ERR_OK, 0, { "<StartDate>202501<",
	    "<EndDate>202503<" }, "YZK" },
	{ "a check-up as PDF", { .chart_number = CHART,
	    .kind = DOCUMENT_CHECKUP }, ERR_OK, ERR_NO_CONSENT, ERR_OK, 0,
	    { "<FileCategory>1<" }, "TKKsiquc01req_01" },
	{ "a check-up as XML", { .chart_number = CHART, .kind =
	    DOCUMENT_CHECKUP, .form = DOCUMENT_XML }, ERR_OK, ERR_OK, ERR_OK,
	    0, { "<FileCategory>2<" }, "TKKsiquc01req_02" },
	{ "no consent", { DRUG_ }, ERR_NO_CONSENT, ERR_OK, ERR_NO_CONSENT,
	    DOCUMENT_NOT_CONSENTED, { NULL }, NULL },
	{ "an ended consent", { DRUG_ }, ERR_CONSENT_ENDED, ERR_OK,
	    ERR_CONSENT_ENDED, DOCUMENT_ENDED, { NULL }, NULL },
	{ "treatments without their consent", { DRUG_, .treatments = 1 },
	    ERR_OK, ERR_NO_CONSENT, ERR_NO_CONSENT, DOCUMENT_NOT_CONSENTED,
	    { NULL }, NULL },
	{ "treatments whose consent ended", { DRUG_, .treatments = 1 },
	    ERR_OK, ERR_CONSENT_ENDED, ERR_CONSENT_ENDED, DOCUMENT_ENDED,
	    { NULL }, NULL },
	{ "the store is busy", { DRUG_ }, ERR_STORE_BUSY, ERR_OK,
	    ERR_STORE_BUSY, DOCUMENT_NONE_ASKED, { NULL }, NULL },
	{ "nobody", { .chart_number = "00009", .kind = DOCUMENT_DRUG },
	    ERR_OK, ERR_OK, ERR_NO_PATIENT, DOCUMENT_NONE_ASKED, { NULL },
	    NULL },
	{ "months of a check-up", { .chart_number = CHART, .kind =
	    DOCUMENT_CHECKUP, .from = "202501", .to = "202502" }, ERR_OK,
	    ERR_OK, ERR_RANGE, DOCUMENT_NONE_ASKED, { NULL }, NULL },
	{ "one month alone", { DRUG_, .from = "202501" }, ERR_OK, ERR_OK,
	    ERR_RANGE, DOCUMENT_NONE_ASKED, { NULL }, NULL },
	{ "months swapped", { DRUG_, .from = "202503", .to = "202501" },
	    ERR_OK, ERR_OK, ERR_RANGE, DOCUMENT_NONE_ASKED, { NULL }, NULL },
	{ "month 13", { DRUG_, .from = "202513", .to = "202513" }, ERR_OK,
	    ERR_OK, ERR_RANGE, DOCUMENT_NONE_ASKED, { NULL }, NULL },
	{ "months to come", { DRUG_, .from = "299901", .to = "299902" },
	    ERR_OK, ERR_OK, ERR_RANGE, DOCUMENT_NONE_ASKED, { NULL }, NULL },
	{ "days", { DRUG_, .from = "20250101", .to = "20250201" }, ERR_OK,
	    ERR_OK, ERR_RANGE, DOCUMENT_NONE_ASKED, { NULL }, NULL },
};

static const struct ask_row *ask_now;

static void
ask_row(void **state)
{
	const struct ask_row *row = ask_now++;
	struct document_asked out;
	struct site *s = *state;
	struct blob b = { 0 };
	struct note note = { "" };
	char line[96];

	drug_consent = row->drug;
	treatment_consent = row->treatments;
	assert_int_equal(ask(s, &row->ask, &out, &note), row->want);
	if (row->want != ERR_OK) {
		assert_int_equal(standing(s).state, row->state);
		snprintf(line, sizeof(line), "test -z \"$(ls -A %s)\"",
		    s->req);
		assert_int_equal(system(line), 0);
		assert_int_equal(audited(s, "ask"), 0);
		return;
	}
	assert_int_equal(out.state, DOCUMENT_ASKED);
	assert_memory_equal(out.file, row->name, strlen(row->name));
	read_request(s, out.file, &b);
	for (size_t i = 0; i < LEN(row->has) && row->has[i] != NULL; i++)
		assert_non_null(strstr(blob_str(&b), row->has[i]));
	assert_int_equal(audited(s, "ask"), 1);
	blob_free(&b);
}

static void
is_not_asked_twice(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	const struct document_ask wider = { DRUG_, .form = DOCUMENT_PDF,
	    .from = "202401", .to = "202402" };
	struct document_asked one, two;
	struct site *s = *state;

	assert_int_equal(ask(s, &a, &one, NULL), ERR_OK);
	assert_int_equal(ask(s, &a, &two, NULL), ERR_OK);
	assert_string_equal(one.file, two.file);
	assert_string_equal(one.id, two.id);
	/* What it does not cover is. */
	assert_int_equal(ask(s, &wider, &two, NULL), ERR_OK);
	assert_string_not_equal(one.file, two.file);
}

static int
unlink_in_res(struct site *s, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", s->res, name);
	return (unlink(path));
}

static size_t
sweep(struct site *s)
{
	struct note note = { "" };
	size_t n;

	assert_int_equal(document_sweep(&s->conf, s->store, &n, &note),
	    ERR_OK);
	return (n);
}

static void
expect_res_empty(struct site *s)
{
	char line[96];

	snprintf(line, sizeof(line), "test -z \"$(ls -A %s)\"", s->res);
	assert_int_equal(system(line), 0);
}

static void
an_earlier_xml_is_shown_instead(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_XML };
	const struct document_ask more = { DRUG_, .form = DOCUMENT_XML,
	    .treatments = 1 };
	struct document_asked one, two;
	struct site *s = *state;

	assert_int_equal(ask(s, &a, &one, NULL), ERR_OK);
	assert_int_equal(sweep(s), 0);
	answer(s, one.file, ".xml", OK_XML("19600602"));
	assert_int_equal(sweep(s), 1);
	expect_res_empty(s);
	assert_int_equal(ask(s, &a, &two, NULL), ERR_OK);
	assert_int_equal(two.state, DOCUMENT_DELIVERED);
	assert_string_equal(two.document, standing(s).document);
	assert_string_equal(two.file, "");
	/* It has no treatments. */
	assert_int_equal(ask(s, &more, &two, NULL), ERR_OK);
	assert_int_equal(two.state, DOCUMENT_ASKED);
	/* Nor is it shown when the consent has ended. */
	drug_consent = ERR_CONSENT_ENDED;
	assert_int_equal(ask(s, &a, &two, NULL), ERR_CONSENT_ENDED);
}

/* oqs-files.md 4: 6 hours, or the same day in Japan. */
#define DAY	-1	/* of age: this day's midnight */
#define EVE	-2	/* the moment before it */

static const struct age_row {
	const char		*title;
	enum document_kind	 kind;
	const char		*form, *from, *to;
	int64_t			 age_ms, expires_ms;
	enum document_state	 want;
} ages[] = {
	{ "drugs of 6 hours ago, almost", DOCUMENT_DRUG, "xml", "200001",
	    "299912", 6 * HOUR_MS - 60000, HOUR_MS, DOCUMENT_DELIVERED },
	{ "drugs of 6 hours ago", DOCUMENT_DRUG, "xml", "200001", "299912",
	    6 * HOUR_MS + 1, HOUR_MS, DOCUMENT_ASKED },
	{ "drugs that have expired", DOCUMENT_DRUG, "xml", "200001", "299912",
	    HOUR_MS, 0, DOCUMENT_ASKED },
	{ "drugs of later months", DOCUMENT_DRUG, "xml", "299901", "299912",
	    HOUR_MS, HOUR_MS, DOCUMENT_ASKED },
	{ "drugs of earlier months", DOCUMENT_DRUG, "xml", "200001", "200012",
	    HOUR_MS, HOUR_MS, DOCUMENT_ASKED },
	{ "drugs as PDF", DOCUMENT_DRUG, "pdf", "200001", "299912", HOUR_MS,
	    HOUR_MS, DOCUMENT_ASKED },
	{ "a check-up of this day", DOCUMENT_CHECKUP, "xml", "", "", DAY,
	    HOUR_MS, DOCUMENT_DELIVERED },
	{ "a check-up of the day before", DOCUMENT_CHECKUP, "xml", "", "", EVE,
	    HOUR_MS, DOCUMENT_ASKED },
};

static const struct age_row *age_now;

static int64_t
midnight(int64_t now)
{
	char stamp[CLOCK_STAMP_LEN];

	clock_stamp(now, stamp);
	memcpy(stamp + 8, "000000", 7);
	return (clock_of_stamp(stamp));
}

static void
age_row(void **state)
{
	const struct age_row *row = age_now++;
	const struct document_ask a = { .chart_number = CHART,
	    .kind = row->kind, .form = DOCUMENT_XML };
	int64_t now = clock_wall_ms(), at = row->age_ms == DAY ?
	    midnight(now) : row->age_ms == EVE ? midnight(now) - 1 :
	    now - row->age_ms;
	const struct val v[] = { val_text("d0"), val_text(CHART),
	    val_text(document_kind_word(row->kind)), val_text(row->form),
	    val_text("n"), val_text("x"), val_text(row->from),
	    val_text(row->to), val_int(0), val_int(at),
	    val_int(now + row->expires_ms), val_int(1), val_blob("x", 1) };
	struct document_asked out;
	struct site *s = *state;
	struct vault vault;

	/* It was sealed with this one. */
	assert_int_equal(vault_load(s->key, 1, &vault, NULL), ERR_OK);
	vault_wipe(&vault);
	assert_int_equal(store_run(s->store, SQL_DOCUMENT_ADD, v, LEN(v), NULL,
	    NULL, NULL), ERR_OK);
	assert_int_equal(ask(s, &a, &out, NULL), ERR_OK);
	assert_int_equal(out.state, row->want);
	assert_string_equal(out.document, row->want == DOCUMENT_DELIVERED ?
	    "d0" : "");
	assert_int_equal(out.file[0] != '\0', row->want == DOCUMENT_ASKED);
}

/* Killed after the store had it, and before the file was gone. */
static void
a_crash_leaves_nothing_in_clear(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked out;
	struct site *s = *state;
	char name[128];

	assert_int_equal(ask(s, &a, &out, NULL), ERR_OK);
	answer(s, out.file, ".pdf", PDF);
	snprintf(name, sizeof(name), "%.10sres%.*s.pdf", out.file,
	    (int)strlen(out.file) - 13 - 4, out.file + 13);
	assert_int_equal(document_take(&s->desk, name, PDF, strlen(PDF)),
	    ERR_OK);
	assert_int_equal(sweep(s), 0);
	expect_res_empty(s);
	/* What is another's stays. */
	put(s, "YZKsiquc01res_012611200900000.pdf", PDF);
	assert_int_equal(sweep(s), 0);
	assert_int_equal(unlink_in_res(s,
	    "YZKsiquc01res_012611200900000.pdf"), 0);
}

static void
what_shall_stay_in_res_stays(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked out;
	struct site *s = *state;
	char name[128];

	s->exchange.keep_results = 1;
	assert_int_equal(ask(s, &a, &out, NULL), ERR_OK);
	answer(s, out.file, ".pdf", PDF);
	assert_int_equal(sweep(s), 1);
	assert_int_equal(sweep(s), 0);
	snprintf(name, sizeof(name), "%.10sres%.*s.pdf", out.file,
	    (int)strlen(out.file) - 13 - 4, out.file + 13);
	assert_int_equal(unlink_in_res(s, name), 0);
}

static void
a_pdf_is_asked_anew(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked one, two;
	struct site *s = *state;

	assert_int_equal(ask(s, &a, &one, NULL), ERR_OK);
	answer(s, one.file, ".pdf", PDF);
	assert_int_equal(sweep(s), 1);
	assert_int_equal(ask(s, &a, &two, NULL), ERR_OK);
	assert_int_equal(two.state, DOCUMENT_ASKED);
	assert_string_not_equal(one.file, two.file);
}

static void
half_an_answer_stays_in_res(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked out;
	struct site *s = *state;
	char line[96];

	assert_int_equal(ask(s, &a, &out, NULL), ERR_OK);
	answer(s, out.file, ".pdf", "%PDF-1.4");
	assert_int_equal(sweep(s), 0);
	snprintf(line, sizeof(line), "test -n \"$(ls -A %s)\"", s->res);
	assert_int_equal(system(line), 0);
	assert_int_equal(standing(s).state, DOCUMENT_ASKED);
}

static void
a_request_that_came_back_is_refused(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked out;
	struct site *s = *state;
	char from[256], to[256], err[128];

	assert_int_equal(ask(s, &a, &out, NULL), ERR_OK);
	snprintf(from, sizeof(from), "%s/%s", s->req, out.file);
	snprintf(to, sizeof(to), "%s/%s", s->res, out.file);
	snprintf(err, sizeof(err), "%.*s.err", (int)strlen(out.file) - 4,
	    out.file);
	put(s, err, "category is wrong");
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(sweep(s), 1);
	assert_int_equal(standing(s).state, DOCUMENT_REFUSED);
	assert_non_null(strstr(standing(s).text, "category is wrong"));
	/* And may be asked for again. */
	assert_int_equal(ask(s, &a, &out, NULL), ERR_OK);
	assert_int_equal(out.state, DOCUMENT_ASKED);
}

static void
res_name(const char *file, const char *ext, char out[128])
{
	snprintf(out, 128, "%.10sres%.*s%s", file, (int)strlen(file) - 13 - 4,
	    file + 13, ext);
}

/* People are told that it is left where it is (err.h). */
static void
what_nobody_can_read_is_left(void **state)
{
	static const struct {
		const char	*ext, *bytes;
		enum err	 why;
	} rows[] = {
		{ ".xml", "<XmlMsg></b>", ERR_XML_SYNTAX },
		{ ".pdf", "<html>", ERR_LAYOUT },
		{ ".pdf", "\x8f\x01\xfe\x93\x02\xff\x81\x07\xfd\xc1\x03\x9f",
		    ERR_CRYPT },
	};
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked out;
	struct site *s = *state;
	char name[128];

	for (size_t i = 0; i < LEN(rows); i++) {
		assert_int_equal(ask(s, &a, &out, NULL), ERR_OK);
		answer(s, out.file, rows[i].ext, rows[i].bytes);
		assert_int_equal(sweep(s), 1);
		assert_int_equal(sweep(s), 0);
		assert_int_equal(standing(s).state, DOCUMENT_REFUSED);
		assert_non_null(strstr(standing(s).text,
		    err_text(rows[i].why, ERR_JA)));
		res_name(out.file, rows[i].ext, name);
		assert_int_equal(unlink_in_res(s, name), 0);
	}
}

/* It was never taken, which is no refusal; and its answer may come yet. */
static void
what_was_taken_back_is_not_refused(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked one, two;
	struct site *s = *state;
	char name[128];

	assert_int_equal(ask(s, &a, &one, NULL), ERR_OK);
	s->exchange.answer_ms = 1;
	while (sweep(s) == 0)
		continue;
	s->exchange.answer_ms = 60000;
	assert_int_equal(standing(s).state, DOCUMENT_NONE_ASKED);
	assert_string_equal(standing(s).text, err_text(ERR_NOT_TAKEN,
	    ERR_JA));
	res_name(one.file, ".pdf", name);
	put(s, name, PDF);
	assert_int_equal(sweep(s), 0);
	expect_res_empty(s);
	assert_int_equal(standing(s).state, DOCUMENT_DELIVERED);
	assert_int_equal(listed(s).n, 1);
	assert_int_equal(ask(s, &a, &two, NULL), ERR_OK);
	assert_string_not_equal(one.file, two.file);
}

static void
run_sql(struct site *s, const char *text)
{
	sqlite3 *raw;

	assert_int_equal(sqlite3_open(s->db, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, text, NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(raw);
}

/* Nobody waits for an answer of last week. */
static void
what_is_long_without_an_answer_is_asked_again(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked one, two;
	struct site *s = *state;

	assert_int_equal(ask(s, &a, &one, NULL), ERR_OK);
	run_sql(s, "UPDATE document_ask SET asked_at = asked_at - 21601000");
	assert_int_equal(ask(s, &a, &two, NULL), ERR_OK);
	assert_string_not_equal(one.file, two.file);
	/* The old one's answer is taken in, should it come. */
	answer(s, one.file, ".pdf", PDF);
	assert_int_equal(sweep(s), 1);
	expect_res_empty(s);
	assert_int_equal(listed(s).n, 1);
}

/* Who asked is known before anybody outside can see that it was asked. */
static void
nothing_is_asked_without_its_audit(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked out;
	struct site *s = *state;
	char line[96];

	run_sql(s, "CREATE TRIGGER no_audit BEFORE INSERT ON audit "
	    "BEGIN SELECT RAISE(ABORT, 'full'); END");
	assert_int_not_equal(ask(s, &a, &out, NULL), ERR_OK);
	snprintf(line, sizeof(line), "test -z \"$(ls -A %s)\"", s->req);
	assert_int_equal(system(line), 0);
	assert_int_equal(standing(s).state, DOCUMENT_NONE_ASKED);
}

static void
nothing_is_asked_without_a_safe_key(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked out;
	struct note note = { "" };
	struct site *s = *state;
	struct vault v;

	assert_int_equal(vault_load(s->key, 1, &v, NULL), ERR_OK);
	vault_wipe(&v);
	assert_int_equal(chmod(s->key, 0640), 0);
	assert_int_equal(ask(s, &a, &out, &note), ERR_VAULT_KEY);
	assert_non_null(strstr(note.text, "chmod 600"));
	assert_int_equal(standing(s).state, DOCUMENT_NONE_ASKED);
}

static void
nothing_is_kept_of_what_did_not_get_out(void **state)
{
	const struct document_ask a = { DRUG_, .form = DOCUMENT_PDF };
	struct document_asked out;
	struct note note = { "" };
	struct site *s = *state;

	assert_int_equal(rmdir(s->req), 0);
	assert_int_equal(ask(s, &a, &out, &note), ERR_FOLDER);
	assert_int_equal(standing(s).state, DOCUMENT_NONE_ASKED);
	assert_int_equal(audited(s, "ask"), 0);
}

/* --- words --- */

static void
words_are_told_apart(void **state)
{
	enum document_kind kind;
	enum document_form form;

	(void)state;
	assert_true(document_kind_of("drug", &kind));
	assert_int_equal(kind, DOCUMENT_DRUG);
	assert_false(document_kind_of("", &kind));
	assert_false(document_kind_of("DRUG", &kind));
	assert_true(document_form_of("xml", &form));
	assert_false(document_form_of("zip", &form));
	for (int i = DOCUMENT_NONE_ASKED; i <= DOCUMENT_REFUSED; i++) {
		assert_true(document_state_word(
		    (enum document_state)i)[0] != '\0');
		/* None of them says that there is nothing: BAT-13. */
		assert_null(strstr(document_state_text(
		    (enum document_state)i, ERR_JA), "なし"));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_site, close_site)

int
main(void)
{
	static const struct CMUnitTest rest[] = {
		TEST(comes_back_byte_for_byte),
		TEST(is_taken_once),
		TEST(without_a_safe_key_nothing_is_kept),
		TEST(opens_with_its_key_alone),
		TEST(is_gone_after_its_hours),
		TEST(its_traces_go_later), TEST(younger_ones_stay),
		TEST(is_not_asked_twice),
		TEST(an_earlier_xml_is_shown_instead),
		TEST(a_crash_leaves_nothing_in_clear),
		TEST(what_shall_stay_in_res_stays),
		TEST(a_pdf_is_asked_anew),
		TEST(half_an_answer_stays_in_res),
		TEST(a_request_that_came_back_is_refused),
		TEST(what_nobody_can_read_is_left),
		TEST(what_was_taken_back_is_not_refused),
		TEST(what_is_long_without_an_answer_is_asked_again),
		TEST(nothing_is_asked_without_its_audit),
		TEST(nothing_is_asked_without_a_safe_key),
		TEST(nothing_is_kept_of_what_did_not_get_out),
		TEST(words_are_told_apart),
	};
	struct CMUnitTest tests[LEN(takes) + LEN(asks) + LEN(ages) +
	    LEN(rest)];
	size_t n = 0;

	row_now = takes;
	ask_now = asks;
	age_now = ages;
	for (size_t i = 0; i < LEN(takes); i++)
		tests[n++] = (struct CMUnitTest){ .name = takes[i].title,
		    .test_func = take_row, .setup_func = open_site,
		    .teardown_func = close_site };
	for (size_t i = 0; i < LEN(asks); i++)
		tests[n++] = (struct CMUnitTest){ .name = asks[i].title,
		    .test_func = ask_row, .setup_func = open_site,
		    .teardown_func = close_site };
	for (size_t i = 0; i < LEN(ages); i++)
		tests[n++] = (struct CMUnitTest){ .name = ages[i].title,
		    .test_func = age_row, .setup_func = open_site,
		    .teardown_func = close_site };
	memcpy(tests + n, rest, sizeof(rest));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
