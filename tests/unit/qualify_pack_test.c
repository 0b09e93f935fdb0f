#include "tests/unit/qualify_rows.h"

#include <zip.h>

#include "host/qualify/folder.h"
#include "host/qualify/pack.h"

static const char two[] = BULK("2", UNIT(OKAY RECORD(CARD ICHIRO)
    E("ReferenceNumber", "1")) "\n" UNIT(FAILED));

/* --- taking --- */

struct row_of {
	char	state[16], outcome[16];
	int	found;
};

static enum err
request_row(void *ctx, const struct val *cols, size_t n)
{
	struct row_of *row = ctx;

	assert_true(n >= 10);
	snprintf(row->state, sizeof(row->state), "%s", val_str(&cols[5]));
	snprintf(row->outcome, sizeof(row->outcome), "%s",
	    val_str(&cols[8]));
	return (ERR_OK);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	(void)cols;
	(void)n;
	++*(int *)ctx;
	return (ERR_OK);
}

static int
results(const char *name)
{
	const struct val v = val_text(name);
	int n = 0;

	assert_int_equal(store_run(store, SQL_RESULT_BY_FILE, &v, 1,
	    count_row, &n, NULL), ERR_OK);
	return (n);
}

static const struct take {
	const char	*name, *xml;
	enum result_outcome outcome;	/* NOT_OURS: nothing is taken */
	const char	*state, *said;	/* of the request */
	size_t		 units;
	int		 stays;
} takes[] = {
	{ "taken", two, RESULT_ACCEPTED, "answered", "accepted", 2, 0 },
	{ "the terminal is at work", DECLARED E("XmlMsg", HEADER("2",
	    E("ReceptionNumber", "R1")) "<MessageBody/>"), RESULT_WAITING,
	    "answered", "waiting", 0, 0 },
	{ "refused by the terminal", DECLARED E("XmlMsg", HEADER("9",
	    E("ErrorCode", "OQX-9") E("ErrorMessage", "x"))
	    "<MessageBody/>"), RESULT_REFUSED, "answered", "refused", 0, 0 },
	{ "one unit is missing", BULK("3", UNIT(OKAY) UNIT(OKAY)),
	    RESULT_REFUSED, "answered", "refused", 2, 1 },
	{ "one too many", BULK("1", UNIT(OKAY) UNIT(OKAY)),
	    RESULT_REFUSED, "answered", "refused", 2, 1 },
	{ "a DOCTYPE", "<!DOCTYPE XmlMsg>" E("XmlMsg", "x"), RESULT_REFUSED,
	    "answered", "refused", 0, 1 },
	{ "half of it", DECLARED "<XmlMsg><MessageHeader>", RESULT_NOT_OURS,
	    "new", "", 0, 1 },
	{ "nothing yet", "", RESULT_NOT_OURS, "new", "", 0, 1 },
	{ "of another institution", DECLARED E("XmlMsg", E("MessageHeader",
	    E("MedicalInstitutionCode", "1310000001")
	    E("SegmentOfResult", "1")) "<MessageBody/>"), RESULT_NOT_OURS,
	    "new", "", 0, 1 },
};

static void
take_row(void **state)
{
	const struct take *row = *state;
	const struct val v = val_text(LIST_RQ);
	struct pack_taken t;
	struct row_of got = { "", "", 0 };

	rows_request(LIST_RQ, "i1", NULL);
	rows_put(LIST, row->xml, strlen(row->xml));
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	if (row->outcome == RESULT_NOT_OURS)
		assert_null(t.head);
	else {
		assert_non_null(t.head);
		assert_int_equal(result_outcome(t.head), row->outcome);
		assert_int_equal(result_units(t.head), row->units);
		assert_int_equal(t.fresh, 1);
	}
	pack_taken_free(&t);
	assert_int_equal(rows_has(LIST), row->stays);
	assert_int_equal(results(LIST), row->outcome != RESULT_NOT_OURS);
	assert_int_equal(store_run(store, SQL_REQUEST_BY_FILE, &v, 1,
	    request_row, &got, NULL), ERR_OK);
	assert_string_equal(got.state, row->state);
	assert_string_equal(got.outcome, row->said);
}

static void
nobody_asked(void **state)
{
	struct pack_taken t;

	(void)state;
	rows_put(LIST, two, strlen(two));
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	assert_null(t.head);
	assert_true(rows_has(LIST));
	assert_int_equal(pack_take(&rows_conf, store, CHECK, &t, NULL),
	    ERR_FOREIGN);
	assert_int_equal(pack_take(&rows_conf, store, LIST_RQ, &t, NULL),
	    ERR_FOREIGN);
}

static void
same_again(void **state)
{
	struct pack_taken t;
	char digest[DIGEST_HEX];

	(void)state;
	rows_conf.keep_results = 1;
	rows_request(LIST_RQ, "i1", NULL);
	rows_put(LIST, two, strlen(two));
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	assert_true(rows_has(LIST));
	memcpy(digest, t.digest, sizeof(digest));
	pack_taken_free(&t);
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	assert_non_null(t.head);
	assert_int_equal(t.fresh, 0);
	assert_int_equal(result_units(t.head), 2);
	assert_string_equal(t.digest, digest);
	pack_taken_free(&t);
	/* It stays: not read again and again. */
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	assert_null(t.head);
	assert_string_equal(t.digest, "");
	assert_true(rows_has(LIST));
	assert_int_equal(results(LIST), 1);
}

static void
left_by_a_crash(void **state)
{
	struct pack_taken t;

	(void)state;
	rows_conf.keep_results = 1;
	rows_request(LIST_RQ, "i1", NULL);
	rows_put(LIST, two, strlen(two));
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	pack_taken_free(&t);
	/* As a crash between store and folder leaves it. */
	rows_conf.keep_results = 0;
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	assert_int_equal(t.fresh, 0);
	pack_taken_free(&t);
	assert_false(rows_has(LIST));
	assert_int_equal(results(LIST), 1);
}

static size_t readings;

enum err	__real_folder_read_parts(struct folder *, const char *,
		    uint64_t, folder_part *, void *, int *);
enum err	__wrap_folder_read_parts(struct folder *, const char *,
		    uint64_t, folder_part *, void *, int *);

enum err
__wrap_folder_read_parts(struct folder *f, const char *name, uint64_t max,
    folder_part *each, void *ctx, int *found)
{
	readings++;
	return (__real_folder_read_parts(f, name, max, each, ctx, found));
}

static void
kept_ones_are_swept_past(void **state)
{
	struct pack_taken t;
	size_t n;

	(void)state;
	rows_conf.keep_results = 1;
	rows_request(LIST_RQ, "i1", NULL);
	rows_put(LIST, two, strlen(two));
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	pack_taken_free(&t);
	assert_int_equal(readings > 0, 1);
	readings = 0;
	assert_int_equal(exchange_sweep(&rows_conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(readings, 0);
	assert_true(rows_has(LIST));
}

static void
other_content_stays(void **state)
{
	static const char other[] = BULK("1", UNIT(OKAY));
	struct pack_taken t;

	(void)state;
	rows_request(LIST_RQ, "i1", NULL);
	rows_put(LIST, two, strlen(two));
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	pack_taken_free(&t);
	rows_put(LIST, other, strlen(other));
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	assert_null(t.head);
	assert_true(rows_has(LIST));
	assert_int_equal(results(LIST), 1);
}

/* Not read again until it changes. */
static void
left_until_it_changes(void **state)
{
	static const char other[] = DECLARED E("XmlMsg", E("MessageHeader",
	    E("MedicalInstitutionCode", "1310000001")
	    E("SegmentOfResult", "1")) "<MessageBody/>");
	struct pack_taken t;

	(void)state;
	rows_request("OQSmuhvq02req_20261120S0077.xml", "i1", NULL);
	for (int i = 0; i < 2; i++) {
		rows_put("OQSmuhvq02res_20261120S0077.xml", i == 0 ? other :
		    two, i == 0 ? strlen(other) : strlen(two));
		assert_int_equal(pack_take(&rows_conf, store,
		    "OQSmuhvq02res_20261120S0077.xml", &t, NULL), ERR_OK);
		assert_int_equal(t.head != NULL, i);
		pack_taken_free(&t);
		assert_int_equal(pack_take(&rows_conf, store,
		    "OQSmuhvq02res_20261120S0077.xml", &t, NULL), ERR_OK);
		assert_null(t.head);
		/* "" where nothing was read */
		assert_string_equal(t.digest, "");
	}
}

/* --- reading --- */

struct seen {
	size_t	n, next;
	char	text[512];
};

static enum err
see_unit(void *ctx, size_t unit, const struct result *r)
{
	struct seen *s = ctx;
	size_t at = strlen(s->text);

	assert_int_equal(unit, s->next);
	s->next++;
	s->n++;
	snprintf(s->text + at, sizeof(s->text) - at, "%d%s%s:%s;",
	    result_outcome(r), result_field(r, 0,
	    FIELD_ProcessingResultStatus), result_field(r, 0, FIELD_Name),
	    result_field(r, RESULT_TOP, FIELD_ReceptionNumber));
	return (ERR_OK);
}

static const struct cut {
	const char	*name, *xml;
	size_t		 skip;
	const char	*seen;
	size_t		 units;
} cuts[] = {
	{ "each with the header", two, 0, "01資格　一郎:R1;02:R1;", 2 },
	{ "one is passed over", two, 1, "02:R1;", 2 },
	{ "all are", two, 2, "", 2 },
	{ "the header behind", E("XmlMsg", E("MessageBody", UNIT(OKAY
	    RECORD(CARD ICHIRO)) UNIT(FAILED)) HEADER("1", COUNT("2"))), 0,
	    "01資格　一郎:R1;02:R1;", 2 },
	{ "the header behind, one passed over", E("XmlMsg", E("MessageBody",
	    UNIT(OKAY) UNIT(FAILED)) HEADER("1", COUNT("2"))), 1, "02:R1;",
	    2 },
	{ "one that cannot be read is alone in that", BULK("2",
	    UNIT("<a></b>") UNIT(OKAY)), 0, "1:;01:R1;", 2 },
	{ "one without a status, too", BULK("2", UNIT(OKAY)
	    UNIT(E("QualificationValidity", "1"))), 0, "01:R1;1:R1;", 2 },
	{ "none", BULK("0", ""), 0, "", 0 },
};

static void
check_cut(const struct pack *p, const struct cut *row)
{
	struct seen seen = { .next = row->skip };
	struct result *head = NULL;

	assert_int_equal(pack_read_head(p, &head), ERR_OK);
	assert_int_equal(result_outcome(head), RESULT_ACCEPTED);
	assert_int_equal(result_units(head), row->units);
	assert_int_equal(result_records(head), 0);
	result_free(&head);
	assert_int_equal(pack_units(p, row->skip, see_unit, &seen), ERR_OK);
	assert_string_equal(seen.text, row->seen);
}

static void
make_zip(const char *entry, const char *xml, struct blob *out)
{
	char path[256];
	zip_t *z;

	rows_path("made.zip", path);
	assert_non_null(z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL));
	assert_true(zip_file_add(z, entry, zip_source_buffer(z, xml,
	    strlen(xml), 0), 0) >= 0);
	assert_int_equal(zip_close(z), 0);
	assert_int_equal(blob_read_file(out, path, 1 << 20), ERR_OK);
}

static void
cut_row(void **state)
{
	const struct cut *row = *state;
	struct blob zip = { 0 };

	check_cut(&(struct pack){ LIST, row->xml, strlen(row->xml), 0 }, row);
	make_zip(LIST, row->xml, &zip);
	check_cut(&(struct pack){ "OQSmuhvq02res_20261120S0001.zip", zip.data,
	    zip.len, 0 }, row);
	blob_free(&zip);
}

/* What an archive holds is refused in its own words. */
static void
bad_archives(void **state)
{
	static const char name[] = "OQSmuhvq02res_20261120S0001.zip";
	struct blob zip = { 0 };
	struct result *head = NULL;

	(void)state;
	make_zip("other.xml", two, &zip);
	assert_int_equal(pack_read_head(&(struct pack){ name, zip.data,
	    zip.len, 0 }, &head), ERR_OK);
	assert_int_equal(result_err(head), ERR_LAYOUT);
	assert_non_null(strstr(result_reason(head, ERR_EN), "exactly one"));
	result_free(&head);
	assert_int_equal(pack_read_head(&(struct pack){ name, zip.data,
	    zip.len - 1, 0 }, &head), ERR_OK);
	assert_int_equal(result_outcome(head), RESULT_WAITING);
	assert_int_equal(result_err(head), ERR_HALF);
	result_free(&head);
	blob_free(&zip);
}

static enum err
keep_raw(void *ctx, const struct val *cols, size_t n)
{
	struct blob *raw = ctx;

	assert_int_equal(n, 6);
	assert_int_equal(val_num(&cols[5]), 1);
	return (blob_add(raw, cols[4].data, cols[4].len));
}

/* What a store has: the small one is read as any other, of a large one, or of
 * bytes that broke there, the head. */
static void
stored_ones_are_read(void **state)
{
	const struct val v = val_text(LIST);
	struct result *r = NULL;
	struct pack_taken t;
	struct blob raw = { 0 }, large = { 0 };
	char path[256];
	size_t n = 0;

	(void)state;
	assert_int_equal(blob_add_str(&large, DECLARED "<XmlMsg>"), ERR_OK);
	while (large.len <= RESULT_MAX && ++n)
		assert_int_equal(blob_add_str(&large, "<MessageBody>" + (n >
		    1) * 13), ERR_OK),
		assert_int_equal(blob_add_str(&large, UNIT(OKAY RECORD(CARD
		    ICHIRO))), ERR_OK);
	assert_int_equal(blob_printf(&large, "</MessageBody>%s"
	    "<NumberOfProcessingResult>%zu</NumberOfProcessingResult>"
	    "</MessageHeader></XmlMsg>", "<MessageHeader>"
	    E("SegmentOfResult", "1") E("MedicalInstitutionCode", CODE), n),
	    ERR_OK);
	rows_request(LIST_RQ, "i1", NULL);
	rows_put(LIST, large.data, large.len);
	rows_path(LIST, path);
	assert_int_equal(pack_read_file(path, &r), ERR_OK);
	assert_int_equal(result_units(r), n);
	assert_int_equal(result_records(r), 0);
	result_free(&r);
	assert_int_equal(pack_take(&rows_conf, store, LIST, &t, NULL),
	    ERR_OK);
	assert_non_null(t.head);
	assert_int_equal(result_units(t.head), n);
	pack_taken_free(&t);
	assert_int_equal(store_run(store, SQL_RESULT_BY_FILE, &v, 1, keep_raw,
	    &raw, NULL), ERR_OK);
	assert_true(raw.len < large.len / 10);
	assert_int_equal(pack_read(&(struct pack){ LIST, raw.data, raw.len,
	    1 }, &r), ERR_OK);
	assert_int_equal(result_outcome(r), RESULT_ACCEPTED);
	assert_int_equal(result_units(r), n);
	assert_int_equal(result_records(r), 0);
	result_free(&r);
	raw.data[raw.len / 2] ^= 0xff;
	assert_int_equal(pack_read(&(struct pack){ LIST, raw.data, raw.len,
	    1 }, &r), ERR_OK);
	assert_int_equal(result_outcome(r), RESULT_REFUSED);
	result_free(&r);
	assert_int_equal(pack_read(&(struct pack){ LIST, two, strlen(two),
	    0 }, &r), ERR_OK);
	assert_int_equal(result_records(r), 2);
	result_free(&r);
	blob_free(&raw);
	blob_free(&large);
}

/* As results explain reads them where they lie. */
static void
files_are_read(void **state)
{
	struct blob zip = { 0 };
	struct result *r = NULL;
	char path[256];

	(void)state;
	make_zip(LIST, two, &zip);
	rows_put(LIST, two, strlen(two));
	rows_put("OQSmuhvq02res_20261120S0001.zip", zip.data, zip.len);
	rows_put("other.xml", two, strlen(two));
	rows_path(LIST, path);
	assert_int_equal(pack_read_file(path, &r), ERR_OK);
	assert_int_equal(result_records(r), 2);
	result_free(&r);
	rows_path("OQSmuhvq02res_20261120S0001.zip", path);
	assert_int_equal(pack_read_file(path, &r), ERR_OK);
	assert_int_equal(result_records(r), 2);
	result_free(&r);
	rows_path("other.xml", path);
	assert_int_equal(pack_read_file(path, &r), ERR_OK);
	assert_int_equal(result_outcome(r), RESULT_NOT_OURS);
	result_free(&r);
	rows_path("OQSmuhvq02res_20261120S0009.xml", path);
	assert_int_equal(pack_read_file(path, &r), ERR_SYS);
	assert_null(r);
	blob_free(&zip);
}

static void
kinds(void **state)
{
	(void)state;
	assert_true(pack_is_units(LIST));
	assert_true(pack_is_units("OQSmuimm02res_1.zip"));
	assert_false(pack_is_units(CHECK));
	assert_false(pack_is_units("OQSmuhvq01res_1.xml"));
	assert_false(pack_is_units(LIST_RQ));
	assert_false(pack_is_units("OQSmuhvq02req_1.err"));
	assert_false(pack_is_units("other.xml"));
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, rows_set_up, rows_tear_down)

int
main(void)
{
	static const struct CMUnitTest others[] = { TEST(nobody_asked),
	    TEST(same_again), TEST(left_by_a_crash),
	    TEST(kept_ones_are_swept_past), TEST(other_content_stays),
	    TEST(left_until_it_changes), TEST(bad_archives),
	    TEST(stored_ones_are_read), TEST(files_are_read), TEST(kinds) };
	struct CMUnitTest tests[LEN(takes) + LEN(cuts) + LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(takes); i++)
		tests[n++] = (struct CMUnitTest){ takes[i].name, take_row,
		    rows_set_up, rows_tear_down,
		    (void *)(uintptr_t)&takes[i] };
	for (size_t i = 0; i < LEN(cuts); i++)
		tests[n++] = (struct CMUnitTest){ cuts[i].name, cut_row,
		    rows_set_up, rows_tear_down,
		    (void *)(uintptr_t)&cuts[i] };
	for (size_t i = 0; i < LEN(others); i++)
		tests[n++] = others[i];
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
