#include <sys/resource.h>
#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/qualify/deadline.h"
#include "host/qualify/folder.h"
#include "host/qualify/share.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define NAME	"OQSsiquc01res_202611200001.xml"

static char dir[64], path[160];

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/folder_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/%s", dir, NAME);
	return (0);
}

static size_t
count_files(int remove)
{
	struct dirent *e;
	size_t n = 0;
	DIR *d = opendir(dir);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") ==
		    0)
			continue;
		n++;
		if (remove && unlinkat(dirfd(d), e->d_name, 0) != 0)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
	return (n);
}

static int
tear_down(void **state)
{
	(void)state;
	count_files(1);
	return (rmdir(dir));
}

static struct folder *
open_here(void)
{
	struct folder *f = NULL;

	assert_int_equal(folder_open(dir, &f, NULL), ERR_OK);
	return (f);
}

static void
write_here(const char *name, const char *text)
{
	char p[160];
	FILE *f;

	snprintf(p, sizeof(p), "%s/%s", dir, name);
	f = fopen(p, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
make_nothing(void)
{
}

static void
make_file(void)
{
	write_here(NAME, "<XmlMsg/>");
}

static void
make_large(void)
{
	write_here(NAME, "12345678901234567");
}

static void
make_link(void)
{
	write_here("other", "x");
	assert_int_equal(symlink("other", path), 0);
}

static void
make_dangling(void)
{
	assert_int_equal(symlink("nowhere", path), 0);
}

static void
make_fifo(void)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void
make_folder(void)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
make_upper(void)
{
	write_here("OQSSIQUC01RES_202611200001.XML", "x");
}

static const struct row {
	const char	*name;
	void		(*make)(void);
	enum err	 err;
	int		 found;
	size_t		 len;
} rows[] = {
	{ "regular file", make_file, ERR_OK, 1, 9 },
	{ "no file", make_nothing, ERR_OK, 0, 0 },
	{ "another spelling", make_upper, ERR_OK, 0, 0 },
	{ "too large", make_large, ERR_XML_BIG, 1, 0 },
	{ "symbolic link", make_link, ERR_FOREIGN, 1, 0 },
	{ "dangling link", make_dangling, ERR_FOREIGN, 1, 0 },
	{ "pipe", make_fifo, ERR_FOREIGN, 1, 0 },
	{ "folder", make_folder, ERR_FOREIGN, 1, 0 },
};

static void
read_row(void **state)
{
	const struct row *row = *state;
	struct folder *f = open_here();
	struct blob b = { 0 };
	size_t before;
	int found = 99;

	row->make();
	before = count_files(0);
	assert_int_equal(folder_read(f, NAME, 16, 1, &b, &found), row->err);
	assert_int_equal(found, row->found);
	if (row->err == ERR_OK)
		assert_int_equal(b.len, row->len);
	assert_int_equal(count_files(0), before);
	blob_free(&b);
	folder_close(&f);
	assert_null(f);
}

static atomic_int stop;

/* Rewrites the file without a pause, so that no two reads are equal. */
static void *
writer(void *ctx)
{
	uint64_t n = 0;
	int fd = open(path, O_WRONLY);

	(void)ctx;
	while (!stop && fd != -1) {
		n++;
		if (pwrite(fd, &n, sizeof(n), 0) != sizeof(n))
			break;
	}
	close(fd);
	return (NULL);
}

static void
being_written(void **state)
{
	struct folder *f = open_here();
	struct blob b = { 0 };
	pthread_t t;
	int found;

	(void)state;
	write_here(NAME, "00000000");
	stop = 0;
	assert_int_equal(pthread_create(&t, NULL, writer, NULL), 0);
	/* Until the writer has begun the two reads may be equal. */
	while (folder_read(f, NAME, 16, 20, &b, &found) == ERR_OK)
		continue;
	assert_int_equal(folder_read(f, NAME, 16, 20, &b, &found), ERR_HALF);
	assert_int_equal(b.len, 0);
	stop = 1;
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(folder_read(f, NAME, 16, 1, &b, &found), ERR_OK);
	assert_int_equal(b.len, 8);
	blob_free(&b);
	folder_close(&f);
}

static void
put_whole(void **state)
{
	struct folder *f = open_here();
	struct blob b = { 0 };

	(void)state;
	assert_int_equal(folder_put(f, NAME, "<a/>", 4, NULL), ERR_OK);
	assert_int_equal(count_files(0), 1);
	assert_int_equal(blob_read_file(&b, path, 100), ERR_OK);
	assert_string_equal(blob_str(&b), "<a/>");
	blob_free(&b);
	folder_close(&f);
}

static void
put_replaces_nothing(void **state)
{
	struct folder *f = open_here();
	struct note note = { "" };
	struct blob b = { 0 };

	(void)state;
	write_here(NAME, "theirs");
	assert_int_equal(folder_put(f, NAME, "<a/>", 4, &note), ERR_FOREIGN);
	assert_non_null(strstr(note.text, NAME));
	assert_int_equal(count_files(0), 1);
	assert_int_equal(blob_read_file(&b, path, 100), ERR_OK);
	assert_string_equal(blob_str(&b), "theirs");
	blob_free(&b);
	folder_close(&f);
}

/* A disk that takes no more: nothing stays behind, not even a part. */
#define STAGE	FOLDER_STAGE "1.tmp"

/* Two steps: nobody sees the name before the second, and each once. */
static void
staged_then_shown(void **state)
{
	struct folder *f = open_here();
	struct blob b = { 0 };

	(void)state;
	assert_int_equal(folder_stage(f, STAGE, "half", 4, NULL), ERR_OK);
	assert_int_equal(folder_stage(f, STAGE, "<a/>", 4, NULL), ERR_OK);
	assert_int_equal(folder_has(f, NAME), 0);
	assert_int_equal(count_files(0), 1);
	assert_int_equal(folder_show(f, STAGE, NAME, NULL), ERR_OK);
	folder_sync(f);
	assert_int_equal(count_files(0), 1);
	assert_int_equal(blob_read_file(&b, path, 100), ERR_OK);
	assert_string_equal(blob_str(&b), "<a/>");
	assert_int_equal(folder_show(f, STAGE, NAME, NULL), ERR_NO_SUCH);
	blob_free(&b);
	folder_close(&f);
}

static void
show_replaces_nothing(void **state)
{
	struct folder *f = open_here();
	struct blob b = { 0 };

	(void)state;
	write_here(NAME, "theirs");
	assert_int_equal(folder_stage(f, STAGE, "<a/>", 4, NULL), ERR_OK);
	assert_int_equal(folder_show(f, STAGE, NAME, NULL), ERR_FOREIGN);
	assert_int_equal(count_files(0), 2);
	assert_int_equal(blob_read_file(&b, path, 100), ERR_OK);
	assert_string_equal(blob_str(&b), "theirs");
	blob_free(&b);
	folder_close(&f);
}

/* One that a crash left goes with the other leftovers, when it is old. */
static void
old_stages_are_cleaned(void **state)
{
	struct folder *f = open_here();
	struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char p[160];

	(void)state;
	assert_int_equal(folder_stage(f, STAGE, "x", 1, NULL), ERR_OK);
	assert_int_equal(folder_clean(f), ERR_OK);
	assert_int_equal(count_files(0), 1);
	snprintf(p, sizeof(p), "%s/" STAGE, dir);
	assert_int_equal(utimensat(AT_FDCWD, p, old, 0), 0);
	assert_int_equal(folder_clean(f), ERR_OK);
	assert_int_equal(count_files(0), 0);
	folder_close(&f);
}

static void
put_on_full_disk(void **state)
{
	struct rlimit old, none = { 0, 0 };
	struct folder *f = open_here();
	char text[4096] = "";
	enum err r;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none.rlim_max = old.rlim_max;
	none.rlim_cur = 100;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	r = folder_put(f, NAME, text, sizeof(text), NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(r, ERR_FOLDER);
	assert_int_equal(count_files(0), 0);
	folder_close(&f);
}

static void
folder_that_vanished(void **state)
{
	struct folder *f = open_here(), *g = NULL;
	struct note note = { "" };
	int64_t at = 1;

	(void)state;
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(folder_put(f, NAME, "x", 1, &note), ERR_FOLDER);
	assert_int_equal(folder_probe(f, &note), ERR_FOLDER);
	assert_non_null(strstr(note.text, dir));
	assert_int_equal(folder_time(f, &at), ERR_FOLDER);
	assert_int_equal(at, 0);
	assert_int_equal(folder_open(dir, &g, &note), ERR_FOLDER);
	assert_null(g);
	assert_int_equal(mkdir(dir, 0700), 0);
	folder_close(&f);
}

static void
probe_leaves_nothing(void **state)
{
	struct folder *f = open_here();
	int64_t before, at = 0;

	(void)state;
	assert_int_equal(folder_probe(f, NULL), ERR_OK);
	assert_int_equal(count_files(0), 0);
	/* A local disk's clock is ours; a second for one that keeps those. */
	before = clock_wall_ms();
	assert_int_equal(folder_time(f, &at), ERR_OK);
	assert_true(at >= before - 1000 && at <= clock_wall_ms() + 1000);
	assert_int_equal(count_files(0), 0);
	folder_close(&f);
}

static void
clean_takes_only_ours(void **state)
{
	const struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	static const char *const names[] = { ".shikaku-1-a.tmp", "a.tmp",
	    ".shikaku-1.xml", ".other-1-a.tmp" };
	struct folder *f = open_here();

	(void)state;
	write_here(".shikaku-2-b.tmp", "new");
	for (size_t i = 0; i < LEN(names); i++) {
		write_here(names[i], "old");
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	}
	assert_int_equal(folder_clean(f), ERR_OK);
	assert_false(folder_has(f, names[0]));
	assert_true(folder_has(f, ".shikaku-2-b.tmp"));
	assert_int_equal(count_files(0), 4);
	folder_close(&f);
}

static void
find_any_case(void **state)
{
	struct folder *f = open_here();
	char actual[128];

	(void)state;
	make_upper();
	assert_int_equal(folder_find(f, NAME, actual, sizeof(actual)),
	    ERR_OK);
	assert_string_equal(actual, "OQSSIQUC01RES_202611200001.XML");
	assert_int_equal(folder_find(f, "x" NAME, actual, sizeof(actual)),
	    ERR_OK);
	assert_string_equal(actual, "");
	folder_close(&f);
}

static void
remove_says_who_was_first(void **state)
{
	struct folder *f = open_here();
	int gone;

	(void)state;
	make_file();
	assert_int_equal(folder_remove(f, NAME, &gone), ERR_OK);
	assert_int_equal(gone, 1);
	assert_int_equal(folder_remove(f, NAME, &gone), ERR_OK);
	assert_int_equal(gone, 0);
	make_folder();
	assert_int_equal(folder_remove(f, NAME, &gone), ERR_FOLDER);
	folder_close(&f);
}

/* 2026-11-20 00:00 JST; the rest in minutes of that day. */
#define DAY	INT64_C(1795100400000)
#define MIN(m)	((m) * 60000)

static const struct until {
	const char	*name;
	int		 start, wait, from, to, end;
} untils[] = {
	{ "no window",		600, 5, 0, 0, 605 },
	{ "window elsewhere",	600, 5, 240, 260, 605 },
	{ "ends at its start",	235, 5, 240, 260, 240 },
	{ "runs into it",	238, 5, 240, 260, 263 },
	{ "begins in it",	250, 5, 240, 260, 265 },
	{ "begins at its end",	260, 5, 240, 260, 265 },
	{ "over midnight",	1435, 10, 1440 - 2, 5, 1452 },
	{ "began yesterday",	1, 5, 1440 - 2, 5, 10 },
	{ "two of them",	0, 1440, 240, 260, 1460 },
};

static void
until(void **state)
{
	const struct until *row = *state;

	assert_true(deadline_after(DAY + MIN(row->start), MIN(row->wait),
	    row->from, row->to) == DAY + MIN(row->end));
}

static void
day_is_a_day(void **state)
{
	char stamp[CLOCK_STAMP_LEN];

	(void)state;
	clock_stamp(DAY, stamp);
	assert_string_equal(stamp, "20261120000000000");
}

/* --- a share --- */

#define SHARE	"\\\\10.51.1.2\\req\\"

static int mounted;

enum err	__real_share_here(const char *, char *, size_t, struct note *);
enum err	__wrap_share_here(const char *, char *, size_t, struct note *);

enum err
__wrap_share_here(const char *at, char *out, size_t room, struct note *note)
{
	return (__real_share_here(mounted && strcmp(at, SHARE) == 0 ? dir :
	    at, out, room, note));
}

/* No restart: it is looked for whenever it is opened. */
static void
mounted_later(void **state)
{
	struct note note = { "" };
	struct folder *f;

	(void)state;
	mounted = 0;
	assert_int_equal(folder_open(SHARE, &f, &note), ERR_FOLDER);
	assert_null(f);
	assert_non_null(strstr(note.text, SHARE));
	assert_non_null(strstr(note.text, "mount -t cifs"));
	mounted = 1;
	assert_int_equal(folder_open(SHARE, &f, &note), ERR_OK);
	assert_int_equal(folder_put(f, NAME, "x", 1, &note), ERR_OK);
	folder_close(&f);
	assert_int_equal(access(path, F_OK), 0);
	mounted = 0;
	assert_int_equal(folder_open(SHARE, &f, NULL), ERR_FOLDER);
}

int
main(void)
{
#define HERE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	static const struct CMUnitTest more[] = {
		HERE(being_written), HERE(put_whole),
		HERE(staged_then_shown), HERE(show_replaces_nothing),
		HERE(old_stages_are_cleaned), HERE(put_replaces_nothing),
		HERE(put_on_full_disk),
		HERE(folder_that_vanished), HERE(probe_leaves_nothing),
		HERE(clean_takes_only_ours), HERE(find_any_case),
		HERE(remove_says_who_was_first), HERE(mounted_later),
		cmocka_unit_test(day_is_a_day),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(untils) + LEN(more)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = read_row, .setup_func = set_up,
		    .teardown_func = tear_down,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(untils); i++)
		tests[n++] = (struct CMUnitTest){ .name = untils[i].name,
		    .test_func = until,
		    .initial_state = (void *)(uintptr_t)&untils[i] };
	memcpy(tests + n, more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
