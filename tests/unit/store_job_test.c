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
#include "host/store/store.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define VALS	20

static char dir[64], path[96];
static struct store *st;

/* "#5" is a number, "-" null, everything else text. */
static struct val
value(const char *s)
{
	if (strcmp(s, "-") == 0)
		return (val_text(NULL));
	return (s[0] == '#' ? val_int(atoll(s + 1)) : val_text(s));
}

static enum err
run(enum sql which, const char *const vals[VALS], store_row *row, void *ctx,
    int64_t *changed)
{
	struct val v[VALS];
	size_t n = 0;

	for (; n < VALS && vals[n] != NULL; n++)
		v[n] = value(vals[n]);
	assert_int_equal(n, sql_params(which));
	return (store_run(st, which, v, n, row, ctx, changed));
}

#define V(...) (const char *const [VALS]){ __VA_ARGS__ }

static void
put(enum sql which, const char *const vals[VALS])
{
	int64_t changed;

	assert_int_equal(run(which, vals, NULL, NULL, &changed), ERR_OK);
	assert_int_equal(changed, 1);
}

/* Two jobs: a of three parts and four persons, b of one single check. */
static void
fill(void)
{
	put(SQL_JOB_ADD, V("a", "insurance", "", "", "", "desk", "", "#10",
	    "open", "{}"));
	put(SQL_JOB_ADD, V("b", "check", "", "", "", "", "", "#20", "open",
	    "{}"));
	put(SQL_JOB_ADD, V("m", "check", "", "", "", "", "", "#5", "making",
	    "{}"));
	put(SQL_JOB_PART_ADD, V("a", "#1", "OQSmuquc01", "#0", "#10"));
	put(SQL_JOB_PART_ADD, V("a", "#2", "OQSmuquc01", "#50", "#10"));
	put(SQL_JOB_PART_ADD, V("a", "#3", "OQSmuquc01", "#0", "#10"));
	put(SQL_JOB_PART_ADD, V("b", "#1", "OQSsiquc01", "#0", "#20"));
	put(SQL_JOB_PERSON_ADD, V("a", "#1", "#1", "101", "101", "waiting",
	    "-", "", "", "-"));
	put(SQL_JOB_PERSON_ADD, V("a", "#2", "#1", "102", "102", "waiting",
	    "-", "", "", "-"));
	put(SQL_JOB_PERSON_ADD, V("a", "#3", "#2", "103", "103", "waiting",
	    "-", "", "", "-"));
	put(SQL_JOB_PERSON_ADD, V("a", "#4", "#0", "0", "0", "skipped", "-",
	    "CHART_ZERO", "no", "#10"));
	put(SQL_REQUEST_ADD, V("q1", "i1", "OQSmuquc01", "-", "-", "#11"));
	put(SQL_REQUEST_ADD, V("q2", "i2", "OQSmuquc02", "-", "-", "#12"));
	put(SQL_REQUEST_ADD, V("q3", "i3", "OQSmuquc02", "-", "-", "#13"));
	put(SQL_REQUEST_STATE, V("unanswered", "-", "-", "-", "q2"));
	put(SQL_REQUEST_STATE, V("answered", "#14", "waiting", "", "q3"));
	put(SQL_JOB_REQUEST_ADD, V("q1", "a", "#1"));
	put(SQL_JOB_REQUEST_ADD, V("q2", "a", "#1"));
	put(SQL_JOB_REQUEST_ADD, V("q3", "a", "#1"));
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/store_job_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/shikaku.db", dir);
	if (store_open(path, &st, NULL) != ERR_OK)
		return (-1);
	fill();
	return (0);
}

static int
tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[128];

	(void)state;
	store_close(&st);
	for (size_t i = 0; i < LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return (rmdir(dir));
}

static enum err
write_row(void *ctx, const struct val *cols, size_t n)
{
	struct blob *out = ctx;

	for (size_t i = 0; i < n; i++) {
		if (cols[i].type == VAL_INT)
			blob_printf(out, "%d", (int)val_num(&cols[i]));
		else
			blob_add_str(out, cols[i].type == VAL_NULL ? "-" :
			    val_str(&cols[i]));
		blob_add_str(out, i + 1 < n ? "," : ";");
	}
	return (ERR_OK);
}

/* What is read. */
static const struct list {
	enum sql	 which;
	const char	*vals[VALS];
	const char	*want;
} lists[] = {
	{ SQL_JOB_OPEN_COUNT, { NULL }, "2;" },
	{ SQL_JOB_LIST_COUNT, { "", "" }, "2;" },
	{ SQL_JOB_LIST_COUNT, { "", "check" }, "1;" },
	{ SQL_JOB_LIST_COUNT, { "making", "" }, "0;" },
	{ SQL_JOB_LIST, { "", "", "#1", "#1" },
	    "a,insurance,,,,desk,,10,-,open,{};" },
	{ SQL_JOB_LIST, { "done", "", "#9", "#0" }, "" },
	{ SQL_JOB_MAKING, { "#6" }, "m;" },
	{ SQL_JOB_MAKING, { "#5" }, "" },
	{ SQL_JOB_GET, { "'" }, "" },
	{ SQL_JOB_FINDINGS, { "a" }, "0,0;" },
	{ SQL_JOB_PART_GET, { "a", "#2" },
	    "OQSmuquc01,waiting,-,-,-,0,0,50,-,-,-,-,-,-,0,0,0,0;" },
	{ SQL_JOB_PART_GET, { "a", "#9" }, "" },
	{ SQL_JOB_PARTS_DUE, { "a", "#49", "#9" }, "1;3;" },
	{ SQL_JOB_PARTS_DUE, { "a", "#50", "#2" }, "1;2;" },
	{ SQL_JOB_PARTS_BUSY, { "a" }, "0;" },
	{ SQL_JOB_PARTS_OUT, { "a" }, "" },
	{ SQL_JOB_PARTS_FETCH, { "a", "#99" }, "" },
	{ SQL_JOB_PARTS_STOP, { "a", "#2" }, "1;2;" },
	{ SQL_JOB_PART_NEXT, { "a" }, "0;" },
	{ SQL_JOB_PART_NEXT, { "m" }, "-;" },
	{ SQL_JOB_PART_LAST, { "a" }, "3;" },
	{ SQL_JOB_PART_LAST, { "m" }, "0;" },
	{ SQL_JOB_PART_COUNTS, { "a" }, "waiting,3,0,-,10;" },
	{ SQL_JOB_REQUEST_OPEN, { "a", "#1", "OQSmuquc02" }, "q2;" },
	{ SQL_JOB_REQUEST_OPEN, { "a", "#2", "OQSmuquc02" }, "" },
	{ SQL_JOB_OF_REQUEST, { "q1" }, "a,1,insurance;" },
	{ SQL_JOB_OF_REQUEST, { "q9" }, "" },
	{ SQL_JOB_PERSONS, { "a", "problem", "#9", "#0" },
	    "4,0,0,skipped,-,CHART_ZERO,no;" },
	{ SQL_JOB_PERSONS, { "a", "waiting", "#1", "#1" },
	    "2,1,102,waiting,-,,;" },
	{ SQL_JOB_PERSONS_COUNT, { "a", "" }, "4;" },
	{ SQL_JOB_PERSONS_COUNT, { "a", "answered" }, "0;" },
	{ SQL_JOB_PERSONS_ASKED, { "a", "#1" }, "1,101;2,102;" },
	{ SQL_JOB_PERSON_COUNTS, { "a" }, "skipped,1;waiting,3;" },
	{ SQL_JOB_PERSON_LAST, { "b" }, "0;" },
	{ SQL_JOB_RESULT_OF, { "q1" }, "" },
	{ SQL_JOB_RESULT_UNITS, { "d" }, "0;" },
};

static void
test_lists(void **state)
{
	struct blob got = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(lists); i++) {
		blob_reset(&got);
		assert_int_equal(run(lists[i].which, lists[i].vals, write_row,
		    &got, NULL), ERR_OK);
		assert_string_equal(blob_str(&got), lists[i].want);
	}
	blob_free(&got);
}

/* One after the other; how many rows each changes, -1: ERR_ROW. */
static const struct change {
	enum sql	 which;
	const char	*vals[VALS];
	int		 changed;
} changes[] = {
	/* A step counts once, by the number of the row that was read. */
	{ SQL_JOB_PART_PUT, { "asked", "q1", "-", "-", "#0", "#0", "#0", "-",
	    "-", "-", "-", "-", "#30", "#0", "#31", "#0", "#0",
	    "a", "#1", "#0" }, 1 },
	{ SQL_JOB_PART_PUT, { "asked", "q1", "-", "-", "#0", "#0", "#0", "-",
	    "-", "-", "-", "-", "#30", "#0", "#31", "#0", "#0",
	    "a", "#1", "#0" }, 0 },
	{ SQL_JOB_PART_PUT, { "lost", "q1", "-", "-", "#0", "#0", "#0", "-",
	    "-", "-", "-", "-", "#30", "#0", "#31", "#0", "#0",
	    "a", "#1", "#1" }, -1 },
	{ SQL_JOB_PART_ADD, { "a", "#1", "OQSmuquc01", "#0", "#1" }, -1 },
	{ SQL_JOB_PART_ADD, { "none", "#1", "OQSmuquc01", "#0", "#1" }, -1 },
	{ SQL_JOB_REQUEST_ADD, { "q1", "a", "#2" }, 0 },
	{ SQL_JOB_REQUEST_ADD, { "q9", "a", "#2" }, -1 },
	{ SQL_JOB_REQUEST_ADD, { "q2", "a", "#9" }, 0 },
	/* Everybody ends once, in the part that asked. */
	{ SQL_JOB_PERSON_END, { "answered", "f", "", "", "#40", "a", "#2",
	    "101" }, 0 },
	{ SQL_JOB_PERSON_END, { "answered", "f", "", "", "#40", "a", "#1",
	    "101" }, 1 },
	{ SQL_JOB_PERSON_END, { "error", "-", "E", "", "#41", "a", "#1",
	    "101" }, 0 },
	{ SQL_JOB_PERSON_END, { "gone", "-", "E", "", "#41", "a", "#1",
	    "102" }, -1 },
	{ SQL_JOB_PERSON_SKIP, { "E", "", "#41", "a", "#1" }, 0 },
	{ SQL_JOB_PERSON_SKIP, { "E", "", "#41", "a", "#3" }, 1 },
	{ SQL_JOB_PERSONS_END, { "missing", "", "", "#42", "a", "#1" }, 1 },
	{ SQL_JOB_PERSONS_END, { "missing", "", "", "#42", "a", "#1" }, 0 },
	{ SQL_JOB_PERSON_ONLY, { "error", "-", "E", "", "#43", "a", "#1" },
	    0 },
	{ SQL_JOB_PERSON_AGAIN, { "#4", "a", "#1" }, 0 },
	{ SQL_JOB_PERSON_AGAIN, { "#4", "a", "#2" }, 1 },
	{ SQL_JOB_PERSON_AGAIN, { "#4", "a", "#2" }, 0 },
	{ SQL_JOB_PERSON_ADD, { "a", "#1", "#1", "9", "9", "waiting", "-", "",
	    "", "-" }, 0 },
	/* A job ends once. */
	{ SQL_JOB_STATE, { "done", "#50", "a", "cancelling" }, 0 },
	{ SQL_JOB_STATE, { "over", "#50", "a", "open" }, -1 },
	{ SQL_JOB_STATE, { "done", "#50", "a", "open" }, 1 },
	{ SQL_JOB_STATE, { "done", "#50", "a", "open" }, 0 },
	/* Only what was never finished is forgotten. */
	{ SQL_JOB_DROP, { "a" }, 0 },
	{ SQL_JOB_DROP, { "m" }, 1 },
	/* Clients are told of new things, and of those alone. */
	{ SQL_EVENT_ADD, { "#1", "job", "-", "-", "{}" }, 1 },
	{ SQL_EVENT_ADD, { "#1", "finding", "-", "-", "{}" }, 1 },
	{ SQL_EVENT_ADD, { "#1", "import", "-", "-", "{}" }, 1 },
	{ SQL_EVENT_ADD, { "#1", "document", "-", "-", "{}" }, 1 },
	{ SQL_EVENT_ADD, { "#1", "jobs", "-", "-", "{}" }, -1 },
};

static void
test_changes(void **state)
{
	int64_t changed;
	enum err r;

	(void)state;
	for (size_t i = 0; i < LEN(changes); i++) {
		r = run(changes[i].which, changes[i].vals, NULL, NULL,
		    &changed);
		if (r != (changes[i].changed < 0 ? ERR_ROW : ERR_OK) ||
		    (r == ERR_OK && changed != changes[i].changed))
			fail_msg("%zu: %s %s: %d", i, sql_name(
			    changes[i].which), err_name(r), (int)changed);
	}
}

/* Checks without a visit are among the outcomes, by their time. */
static void
test_outcomes(void **state)
{
	struct blob got = { 0 };

	(void)state;
	put(SQL_JOB_PART_PUT, V("waiting", "-", "-", "-", "#0", "#1", "#0",
	    "-", "-", "-", "REFUSED", "x", "#30", "#0", "#31", "#0",
	    "#0", "b", "#1", "#0"));
	put(SQL_VISIT_ADD, V("v", "pin", "done", "#1", "-", "pin", "-", "-",
	    "-"));
	put(SQL_VISIT_OUTCOME, V("1", "#32", "v"));
	assert_int_equal(run(SQL_VISIT_OUTCOMES, V("#9"), write_row, &got,
	    NULL), ERR_OK);
	assert_string_equal(blob_str(&got), "1,32;REFUSED,31;");
	blob_reset(&got);
	assert_int_equal(run(SQL_VISIT_OUTCOMES, V("#1"), write_row, &got,
	    NULL), ERR_OK);
	assert_string_equal(blob_str(&got), "1,32;");
	blob_free(&got);
}

/*
 * Findings come of what nobody asked for, of other requests, and of the one
 * answer of a part that counts; not of a list that came twice.
 */
static void
test_undone(void **state)
{
	struct blob got = { 0 };

	(void)state;
	put(SQL_REQUEST_ADD, V("q4", "i4", "OQSsiquc01", "-", "-", "#15"));
	put(SQL_RESULT_ADD, V("d1", "r1", "-", "#60", "x"));
	put(SQL_RESULT_ADD, V("d2", "r2", "q2", "#61", "x"));
	put(SQL_RESULT_ADD, V("d3", "r3", "q3", "#62", "x"));
	put(SQL_RESULT_ADD, V("d4", "r4", "q4", "#63", "x"));
	assert_int_equal(run(SQL_RESULT_UNDONE, V("#9"), write_row, &got,
	    NULL), ERR_OK);
	assert_string_equal(blob_str(&got), "d1;d2;d3;d4;");
	put(SQL_JOB_PART_PUT, V("received", "q3", "R1", "-", "#1", "#0", "#0",
	    "d3", "-", "-", "-", "-", "#30", "#0", "#31", "#0", "#0",
	    "a", "#1", "#0"));
	blob_reset(&got);
	assert_int_equal(run(SQL_RESULT_UNDONE, V("#9"), write_row, &got,
	    NULL), ERR_OK);
	assert_string_equal(blob_str(&got), "d1;d3;d4;");
	blob_free(&got);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_lists), T(test_changes), T(test_outcomes), T(test_undone),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
