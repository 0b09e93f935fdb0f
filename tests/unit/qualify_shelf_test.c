#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/qualify/shelf.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FACE(n)	"OQSsiquc01res_face_9910000001_202611200900" n ".xml"
#define MANY	500

static char dir[64];
static struct folder *folder;
static struct shelf shelf;

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/shelf_test.XXXXXX");
	shelf = (struct shelf){ .max = 4 };
	return (mkdtemp(dir) == NULL ||
	    folder_open(dir, &folder, NULL) != ERR_OK ? -1 : 0);
}

static int
tear_down(void **state)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	(void)state;
	while (d != NULL && (e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	shelf_wipe(&shelf);
	folder_close(&folder);
	return (rmdir(dir));
}

static void
make(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_true((fd = open(path, O_WRONLY | O_CREAT, 0600)) != -1);
	assert_int_equal(close(fd), 0);
}

static void
drop(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

/* Files made, in this order, and what is on the shelf after one listing. */
static const struct row {
	const char	*name, *made[10], *kept[5];
} rows[] = {
	{ "empty folder", { NULL }, { NULL } },
	{ "one", { FACE("03") }, { FACE("03") } },
	{ "newest first", { FACE("03"), FACE("05"), FACE("04") },
	    { FACE("05"), FACE("04"), FACE("03") } },
	{ "by time before code", {
	    "OQSsiquc01res_face_9_20261120090002.xml", FACE("03") },
	    { FACE("03"), "OQSsiquc01res_face_9_20261120090002.xml" } },
	{ "newest of too many", { FACE("01"), FACE("02"), FACE("03"),
	    FACE("04"), FACE("05"), FACE("06"), FACE("07") },
	    { FACE("07"), FACE("06"), FACE("05"), FACE("04") } },
	{ "and the other way round", { FACE("09"), FACE("08"), FACE("07"),
	    FACE("06"), FACE("05"), FACE("04"), FACE("03"), FACE("02") },
	    { FACE("09"), FACE("08"), FACE("07"), FACE("06") } },
	{ "any case", { "oqssiquc01RES_FACE_9_20261120090002.XML" },
	    { "oqssiquc01RES_FACE_9_20261120090002.XML" } },
	{ "answer", { "OQSsiquc01res_202611200001.xml" }, { NULL } },
	{ "request", { "OQSsiquc01req_202611200001.xml" }, { NULL } },
	{ "other kind", { "OQSsiimm01res_face_9_20261120090002.xml" },
	    { NULL } },
	{ "no time", { "OQSsiquc01res_face_9910000001.xml" }, { NULL } },
	{ "short time", { "OQSsiquc01res_face_9_2026112009000.xml" },
	    { NULL } },
	{ "other ending", { "OQSsiquc01res_face_9_20261120090002.pdf" },
	    { NULL } },
	{ "temporary name", { ".OQSsiquc01res_face_9_20261120090002.xml",
	    FACE("02") ".tmp", "~" FACE("02") }, { NULL } },
	{ "foreign", { "report.xml", "face", "a b", "\xff" }, { NULL } },
};

static void
list(void **state)
{
	const struct row *row = *state;
	size_t n = 0;

	for (size_t i = 0; row->made[i] != NULL; i++)
		make(row->made[i]);
	while (row->kept[n] != NULL)
		n++;
	for (int again = 0; again < 2; again++) {
		assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
		assert_int_equal(shelf.n, n);
		for (size_t i = 0; i < n; i++)
			assert_string_equal(shelf.v[i].name, row->kept[i]);
	}
}

static void
what_stays_is_remembered(void **state)
{
	(void)state;
	make(FACE("02"));
	make(FACE("04"));
	assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	assert_int_equal(shelf.v[0].due, 0);
	assert_int_equal(shelf.v[0].stamp.size, -1);
	shelf.v[0].tries = 4;
	shelf.v[1].tries = 2;
	make(FACE("03"));
	make(FACE("05"));
	drop(FACE("02"));
	assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	assert_int_equal(shelf.n, 3);
	assert_int_equal(shelf.v[0].tries, 0);
	assert_string_equal(shelf.v[1].name, FACE("04"));
	assert_int_equal(shelf.v[1].tries, 4);
	assert_int_equal(shelf.v[2].tries, 0);
	/* What was gone for a listing is new. */
	make(FACE("02"));
	assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	assert_int_equal(shelf.n, 4);
	assert_string_equal(shelf.v[3].name, FACE("02"));
	assert_int_equal(shelf.v[3].tries, 0);
}

static void
newer_ones_push_out(void **state)
{
	char name[64];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "OQSsiquc01res_face_9_%014d.xml",
		    i * 7919 % MANY);
		make(name);
		if (i % 100 == 0)
			assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	}
	assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	assert_int_equal(shelf.n, 4);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "OQSsiquc01res_face_9_%014d.xml",
		    MANY - 1 - i);
		assert_string_equal(shelf.v[i].name, name);
	}
	/* Bounded, whatever lies there. */
	assert_true(shelf.room <= 6);
	drop(name);
	assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	assert_int_equal(shelf.n, 3);
	assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	assert_int_equal(shelf.n, 4);
}

static void
wiping_twice_is_fine(void **state)
{
	(void)state;
	make(FACE("02"));
	assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	shelf_wipe(&shelf);
	shelf_wipe(&shelf);
	shelf_wipe(NULL);
	assert_int_equal(shelf_list(&shelf, folder), ERR_OK);
	assert_int_equal(shelf.n, 1);
}

#define HERE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest more[] = {
		HERE(what_stays_is_remembered), HERE(newer_ones_push_out),
		HERE(wiping_twice_is_fine),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(more)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = list, .setup_func = set_up,
		    .teardown_func = tear_down, .initial_state =
		    (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
