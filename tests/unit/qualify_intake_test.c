#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "host/qualify/finding.h"
#include "host/qualify/intake.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define CODE	"9910000001"
#define FACE(n)	"OQSsiquc01res_face_" CODE "0123456789abcdef0123_" n ".xml"
#define NAME	FACE("20261120090003")
#define OTHER	FACE("20261120090104")
#define P02	"ききょう　髙子"
#define P03	"資格　一郎"
#define START	1795132800000	/* 2026-11-20 09:00 JST */

/* --- the system as this program sees it --- */

static int64_t	now = START;
static int	opened;			/* files of the folder */
static int	asked;			/* stamps of them */
static int	refused;		/* errno of the next ones, 0 none */
static int	frozen;			/* stamps are these, whatever comes */
static ino_t	frozen_inode;
static off_t	frozen_size;
static int	waited, woken;		/* what poll was asked and said */
static void	(*on_open)(const char *name);

/* Stands still until it is moved, for deadlines and for dates. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	(void)id;
	*ts = (struct timespec){ .tv_sec = now / 1000,
	    .tv_nsec = now % 1000 * 1000000 };
	return (0);
}

int
openat(int at, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (strcmp(name, ".") != 0) {
		opened++;
		if (on_open != NULL)
			on_open(name);
		if (refused != 0) {
			errno = refused;
			return (-1);
		}
	}
	return ((int)syscall(SYS_openat, at, name, flags, mode));
}

int
fstatat(int at, const char *name, struct stat *st, int flags)
{
	int rc = (int)syscall(SYS_newfstatat, at, name, st, flags);

	asked++;
	if (rc == 0 && frozen) {
		st->st_ino = frozen_inode;
		st->st_size = frozen_size;
		st->st_mtim = st->st_ctim = (struct timespec){ 0 };
	}
	return (rc);
}

/* Looks what is there, and does not wait. */
int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	waited = ms;
	woken = (int)syscall(SYS_ppoll, fds, n, &(struct timespec){ 0 }, NULL,
	    0);
	return (woken);
}

/* How SQLite waits for another's lock: it counts what it asked for. */
int
usleep(useconds_t us)
{
	(void)us;
	return (0);
}

/* --- folder, store, log --- */

static char dir[64], face[96], db[96];
static struct store *store;
static struct intake *intake;
static char said[1 << 20];		/* all lines of the log */

static int
set_up(void **state)
{
	(void)state;
	now = START;
	refused = frozen = 0;
	frozen_inode = 1;
	frozen_size = 1;
	on_open = NULL;
	said[0] = '\0';
	snprintf(dir, sizeof(dir), "/tmp/intake_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(face, sizeof(face), "%s/face", dir);
	snprintf(db, sizeof(db), "%s/shikaku.db", dir);
	return (mkdir(face, 0700) != 0 ||
	    store_open(db, &store, NULL) != ERR_OK ||
	    intake_open(face, CODE, store, &intake, NULL) != ERR_OK ? -1 : 0);
}

static void
empty_folder(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), e->d_name, 0) != 0)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	if (d != NULL)
		closedir(d);
}

static int
tear_down(void **state)
{
	(void)state;
	intake_close(&intake);
	store_close(&store);
	empty_folder(face);
	empty_folder(dir);
	return (rmdir(dir));
}

static void
run_sql(const char *text)
{
	sqlite3 *raw = NULL;

	assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, text, NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(raw);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	size_t *rows = ctx;

	(void)cols;
	(void)n;
	(*rows)++;
	return (ERR_OK);
}

/* Face results of the store that no visit has. */
static size_t
unbound(void)
{
	const struct val v = val_int(0);
	size_t n = 0;

	assert_int_equal(store_run(store, SQL_RESULT_UNBOUND, &v, 1,
	    count_row, &n, NULL), ERR_OK);
	return (n);
}

static void
path_of(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", face, name);
}

static void
put_bytes(const char *name, const void *data, size_t len)
{
	char path[256];
	FILE *f;

	path_of(name, path);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
put_text(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static void
drop(const char *name)
{
	char path[256];

	path_of(name, path);
	assert_int_equal(unlink(path), 0);
}

/* As another program replaces a file: another inode, at one blow. */
static void
move(const char *from, const char *to)
{
	char a[256], b[256];

	path_of(from, a);
	path_of(to, b);
	assert_int_equal(rename(a, b), 0);
}

struct xml {
	const char	*code, *segment, *status, *person;
};

static void
make_xml(const struct xml *x, struct blob *out)
{
	assert_int_equal(blob_printf(out, "<?xml version=\"1.0\" "
	    "encoding=\"UTF-8\"?><XmlMsg><MessageBody>"
	    "<ResultList><ResultOfQualificationConfirmation><Name>%s</Name>"
	    "</ResultOfQualificationConfirmation></ResultList>"
	    "<ProcessingResultStatus>%s</ProcessingResultStatus>"
	    "<QualificationValidity>1</QualificationValidity></MessageBody>"
	    "<MessageHeader><SegmentOfResult>%s</SegmentOfResult>"
	    "<MedicalInstitutionCode>%s</MedicalInstitutionCode>"
	    "</MessageHeader></XmlMsg>",
	    x->person == NULL ? P03 : x->person,
	    x->status == NULL ? "1" : x->status,
	    x->segment == NULL ? "1" : x->segment,
	    x->code == NULL ? CODE : x->code), ERR_OK);
}

static void
put(const char *name, const struct xml *x)
{
	struct blob b = { 0 };

	make_xml(x, &b);
	put_bytes(name, b.data, b.len);
	blob_free(&b);
}

static void
put_whole(const char *name)
{
	put(name, &(struct xml){ 0 });
}

/* Nine tenths at most: what is missing is not only white space. */
static void
put_part(const char *name, size_t tenths)
{
	struct blob b = { 0 };

	make_xml(&(struct xml){ 0 }, &b);
	put_bytes(name, b.data, b.len * tenths / 10);
	blob_free(&b);
}

/* A fixture of tests/data/results under a name of the face folder. */
static void
put_fixture(const char *from, const char *name)
{
	struct blob b = { 0 };
	char path[512];

	snprintf(path, sizeof(path), "%s/results/%s", TEST_DATA, from);
	assert_int_equal(blob_read_file(&b, path, RESULT_MAX), ERR_OK);
	put_bytes(name, b.data, b.len);
	blob_free(&b);
}

/* --- a look --- */

struct got {
	size_t			 n;
	char			 who[8][64];	/* the last ones' names */
	char			 digest[DIGEST_HEX];
	enum result_outcome	 outcome;
	enum err		 err;		/* of the callee itself */
	int			 take;		/* 1: takes the result over */
};

static enum err
on_result(void *ctx, struct result **result, const char *digest)
{
	struct got *g = ctx;

	snprintf(g->who[g->n++ % LEN(g->who)], sizeof(g->who[0]), "%s",
	    result_field(*result, 0, FIELD_Name));
	snprintf(g->digest, sizeof(g->digest), "%s", digest);
	g->outcome = result_outcome(*result);
	if (g->take)
		result_free(result);
	return (g->err);
}

static size_t
lines_of(const char *what)
{
	size_t n = 0;

	for (const char *p = said; (p = strstr(p, what)) != NULL;
	    p += strlen(what))
		n++;
	return (n);
}

/* The log goes to said meanwhile; nothing is asserted before it is back. */
static enum err
look(struct got *g, size_t *n)
{
	size_t used = strlen(said), len = 0;
	int saved = dup(STDERR_FILENO), fd = memfd_create("log", 0);
	enum err r;

	opened = asked = 0;
	dup2(fd, STDERR_FILENO);
	r = intake_look(intake, on_result, g, n);
	dup2(saved, STDERR_FILENO);
	if (lseek(fd, 0, SEEK_SET) == 0)
		len = (size_t)read(fd, said + used, sizeof(said) - used - 1);
	said[used + len] = '\0';
	close(saved);
	close(fd);
	return (r);
}

/* One more, so much later. */
static void
look_after(int ms, struct got *g)
{
	size_t before = g->n, n = 99;

	now += ms;
	assert_int_equal(look(g, &n), ERR_OK);
	assert_int_equal(n, g->n - before);
}

/* --- files in every state --- */

static void
is_nothing(int i)
{
	(void)i;
}

static void
is_whole(int i)
{
	if (i == 0)
		put_whole(NAME);
}

static void
is_fixture(int i)
{
	if (i == 0)
		put_fixture(NAME, NAME);
}

static void
is_cp932(int i)
{
	if (i == 0)
		put_fixture("OQSsiquc01res_202611200002.xml", NAME);
}

static void
is_nec_row(int i)
{
	if (i == 0)
		put_fixture("OQSsiquc01res_202611200003.xml", NAME);
}

static void
is_capitals(int i)
{
	if (i == 0)
		put_whole("OQSSIQUC01RES_FACE_" CODE "_20261120090003.XML");
}

static void
is_of_last_week(int i)
{
	if (i == 0)
		put_whole(FACE("20261113090003"));
}

static void
is_growing(int i)
{
	if (i < 4)
		put_part(NAME, (size_t)i * 3 + 1);
}

static void
is_growing_unseen(int i)
{
	frozen = 1;
	is_growing(i);
}

static void
is_half_then_whole(int i)
{
	if (i == 0)
		put_part(NAME, 5);
	else if (i == 3)
		put_whole(NAME);
}

static void
is_half(int i)
{
	if (i == 0)
		put_part(NAME, 5);
}

static void
is_half_for_long(int i)
{
	is_half(i);
	if (i == 15)
		put_whole(NAME);
}

static void
is_half_for_long_unseen(int i)
{
	frozen = 1;
	is_half_for_long(i);
	if (i == 16)
		now += INTAKE_LATER_MS;
}

static void
is_replaced(int i)
{
	if (i == 0) {
		put_whole(NAME);
		put("other", &(struct xml){ .person = P02 });
	} else if (i == 1)
		move("other", NAME);
}

static void
is_replaced_unseen(int i)
{
	frozen = 1;
	is_replaced(i);
}

/* Bytes are the same, and yet somebody wrote it. */
static void
is_touched(int i)
{
	char path[256];

	is_whole(i);
	path_of(NAME, path);
	if (i == 1)
		assert_int_equal(chmod(path, 0640), 0);
}

static void
is_another_inode(int i)
{
	frozen = 1;
	is_whole(i);
	frozen_inode = i == 0 ? 1 : 2;
}

static void
is_another_size(int i)
{
	frozen = 1;
	is_whole(i);
	frozen_size = i == 0 ? 1 : 2;
}

static void
vanishes(int i)
{
	if (i == 0)
		put_whole(NAME);
	else if (i == 1)
		drop(NAME);
}

static void
vanishes_and_returns(int i)
{
	vanishes(i);
	if (i == 2)
		put_whole(NAME);
}

static void
vanishes_while_opened(int i)
{
	if (i == 0)
		put_whole(NAME);
	if (i == 1)
		on_open = drop;
	if (i == 2)
		on_open = NULL;
}

static void
is_removed_after_taking(int i)
{
	if (i == 0)
		put_whole(NAME);
	else if (i == 2)
		drop(NAME);
	else if (i == 3)
		put_whole(NAME);
}

static void
is_link(int i)
{
	char path[256];

	path_of(NAME, path);
	if (i == 0) {
		put_whole("other");
		assert_int_equal(symlink("other", path), 0);
	}
}

static void
is_dangling(int i)
{
	char path[256];

	path_of(NAME, path);
	if (i == 0)
		assert_int_equal(symlink("nowhere", path), 0);
}

static void
is_folder(int i)
{
	char path[256];

	path_of(NAME, path);
	if (i == 0)
		assert_int_equal(mkdir(path, 0700), 0);
}

static void
is_pipe(int i)
{
	char path[256];

	path_of(NAME, path);
	if (i == 0)
		assert_int_equal(mkfifo(path, 0600), 0);
}

static void
is_empty(int i)
{
	if (i == 0)
		put_text(NAME, "");
}

static void
is_no_xml(int i)
{
	if (i == 0)
		put_text(NAME, "<XmlMsg></b></XmlMsg>");
}

static void
is_doctype(int i)
{
	if (i == 0)
		put_text(NAME, "<!DOCTYPE a [<!ENTITY b \"c\">]><XmlMsg/>");
}

static void
is_too_big(int i)
{
	static char big[RESULT_MAX + 1];

	memset(big, ' ', sizeof(big));
	if (i == 0)
		put_bytes(NAME, big, sizeof(big));
}

static void
is_other_root(int i)
{
	if (i == 0)
		put_text(NAME, "<Message/>");
}

static void
is_without_status(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .status = "" });
}

static void
is_mended(int i)
{
	if (i == 0)
		put_text(NAME, "<Message/>");
	else if (i == 4)
		put_whole(NAME);
}

static void
is_of_another(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .code = "9910000002" });
}

static void
is_of_nobody(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .code = "" });
}

static void
is_of_a_longer_code(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .code = CODE "1" });
}

static void
is_refused(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .segment = "9" });
}

static void
is_refused_of_another(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .segment = "9",
		    .code = "9910000002" });
}

static void
is_status_error(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .status = "2" });
}

static void
is_in_progress(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .segment = "2" });
}

static void
is_segment_3(int i)
{
	if (i == 0)
		put(NAME, &(struct xml){ .segment = "3" });
}

static void
is_held(int i)
{
	if (i == 0)
		put_whole(NAME);
	refused = i < 2 ? EACCES : 0;
}

static void
is_held_between(int i)
{
	is_whole(i);
	refused = i == 1 ? EBUSY : 0;
}

static void
is_held_for_long(int i)
{
	if (i == 0)
		put_whole(NAME);
	refused = i < 14 ? EACCES : 0;
	if (i == 14)
		now += INTAKE_LATER_MS;
}

static void
is_broken_on_disk(int i)
{
	is_whole(i);
	refused = i < 2 ? EIO : 0;
}

static void
is_other_kind(int i)
{
	static const char *const names[] = { "OQSsiquc01res_202611200001.xml",
	    "OQSsiquc01req_202611200001.xml", "OQSsiquc01req_1.err",
	    "OQSsiimm01res_202611200001.xml", "TKKsiquc01res_01.pdf",
	    "OQSmuhvq02res_202611200006.xml" };

	for (size_t k = 0; i == 0 && k < LEN(names); k++)
		put_whole(names[k]);
	/* They are not even opened. */
	assert_true(i == 0 || opened == 0);
}

static void
is_other_name(int i)
{
	static const char *const names[] = { "report.xml", NAME ".tmp",
	    "." NAME, "~" NAME, "copy of " NAME, "OQSsiquc01res_face_1.xml",
	    FACE("2026112009000"), FACE("20261120-90003") };

	for (size_t k = 0; i == 0 && k < LEN(names); k++)
		put_whole(names[k]);
	assert_true(i == 0 || opened == 0);
}

static void
is_there_twice(int i)
{
	if (i == 0) {
		put_whole(NAME);
		put_whole(OTHER);
	}
}

static void
comes_again_later(int i)
{
	if (i == 0)
		put_whole(NAME);
	else if (i == 3)
		put_whole(OTHER);
}

static void
comes_with_other_content(int i)
{
	if (i == 0)
		put_whole(NAME);
	else if (i == 2)
		put(NAME, &(struct xml){ .person = P02 });
}

static void
comes_with_the_old_content(int i)
{
	comes_with_other_content(i);
	if (i == 4)
		put_whole(NAME);
}

static void
comes_in_pairs(int i)
{
	if (i == 0) {
		put_whole(NAME);
		put(OTHER, &(struct xml){ .person = P02 });
	}
}

static void
comes_beside_a_broken_one(int i)
{
	if (i == 0) {
		put_whole(NAME);
		put_text(OTHER, "<XmlMsg></b></XmlMsg>");
	}
}

/* A look each step ms (0: as far apart as settling takes); looks from 0. */
static const struct row {
	const char	*name;
	void		(*act)(int look);
	int		 step, looks;
	int		 at;		/* first look that gave one, -1 none */
	size_t		 n;		/* results in all */
	const char	*who;		/* whose the last one is */
	size_t		 lines;		/* of the log */
	const char	*said;		/* in one of them */
} rows[] = {
	{ "empty folder", is_nothing, 0, 2, -1, 0, "", 0, "" },
	{ "whole", is_whole, 0, 4, 1, 1, P03, 0, "" },
	{ "whole, looked at too soon", is_whole, INTAKE_SETTLE_MS - 1, 2, -1,
	    0, "", 0, "" },
	{ "whole, looked at in haste", is_whole, 100, 5, 3, 1, P03, 0, "" },
	{ "whole, looked at seldom", is_whole, 86400000, 4, 1, 1, P03, 0,
	    "" },
	{ "UTF-8", is_fixture, 0, 3, 1, 1, P02, 0, "" },
	{ "CP932, FBFC", is_cp932, 0, 3, 1, 1, P02, 0, "" },
	{ "CP932, EEE0", is_nec_row, 0, 3, 1, 1, P02, 0, "" },
	{ "capitals", is_capitals, 0, 3, 1, 1, P03, 0, "" },
	{ "of last week", is_of_last_week, 0, 3, 1, 1, P03, 0, "" },
	{ "growing", is_growing, 0, 3, -1, 0, "", 0, "" },
	{ "growing, then whole", is_growing, 0, 6, 4, 1, P03, 0, "" },
	{ "growing, same stamp", is_growing_unseen, 0, 6, 4, 1, P03, 0, "" },
	{ "half, then whole", is_half_then_whole, 0, 6, 4, 1, P03, 0, "" },
	{ "half, not given up", is_half, 0, INTAKE_TRIES - 1, -1, 0, "", 0,
	    "" },
	{ "half for ever", is_half, 10000, 40, -1, 0, "", 1,
	    NAME ": the file is not complete yet; left where it is" },
	{ "half for long, then whole", is_half_for_long, 0, 20, 16, 1, P03, 1,
	    "not complete" },
	{ "half for long, same stamp", is_half_for_long_unseen, 0, 20, 17, 1,
	    P03, 1, "not complete" },
	{ "replaced between looks", is_replaced, 0, 4, 2, 1, P02, 0, "" },
	{ "replaced, same stamp", is_replaced_unseen, 0, 4, 2, 1, P02, 0,
	    "" },
	{ "touched between looks", is_touched, 0, 4, 2, 1, P03, 0, "" },
	{ "same bytes, another inode", is_another_inode, 0, 4, 2, 1, P03, 0,
	    "" },
	{ "same bytes, another size", is_another_size, 0, 4, 2, 1, P03, 0,
	    "" },
	{ "vanishes", vanishes, 0, 4, -1, 0, "", 0, "" },
	{ "vanishes and returns", vanishes_and_returns, 0, 5, 3, 1, P03, 0,
	    "" },
	{ "vanishes while opened", vanishes_while_opened, 0, 4, -1, 0, "", 0,
	    "" },
	{ "removed when taken, and back", is_removed_after_taking, 0, 6, 1, 1,
	    P03, 0, "" },
	{ "symbolic link", is_link, 0, 4, -1, 0, "", 1, NAME
	    ": no regular file; left where it is" },
	{ "dangling link", is_dangling, 0, 4, -1, 0, "", 1, "no regular" },
	{ "folder", is_folder, 0, 4, -1, 0, "", 1, "no regular" },
	{ "pipe", is_pipe, 0, 4, -1, 0, "", 1, "no regular" },
	{ "empty", is_empty, 0, 20, -1, 0, "", 1, "not complete" },
	{ "not XML", is_no_xml, 0, 4, -1, 0, "", 1, "not well-formed" },
	{ "doctype", is_doctype, 0, 4, -1, 0, "", 1, "DOCTYPE" },
	{ "too big", is_too_big, 0, 4, -1, 0, "", 1, "too large" },
	{ "other root", is_other_root, 0, 4, -1, 0, "", 1, "laid out" },
	{ "no status", is_without_status, 0, 4, -1, 0, "", 1, "laid out" },
	{ "segment 3", is_segment_3, 0, 4, -1, 0, "", 1, "laid out" },
	{ "mended later", is_mended, 0, 7, 5, 1, P03, 1, "laid out" },
	{ "other institution", is_of_another, 0, 4, -1, 0, "", 1, NAME
	    ": a result of another institution; left where it is" },
	{ "no institution", is_of_nobody, 0, 4, -1, 0, "", 1,
	    "another institution" },
	{ "longer code", is_of_a_longer_code, 0, 4, -1, 0, "", 1,
	    "left where it is" },
	{ "refused", is_refused, 0, 4, 1, 1, P03, 0, "" },
	{ "refused, other institution", is_refused_of_another, 0, 4, -1, 0,
	    "", 1, "another institution" },
	{ "status error", is_status_error, 0, 4, 1, 1, P03, 0, "" },
	{ "in progress", is_in_progress, 0, 20, -1, 0, "", 1,
	    "not complete" },
	{ "held by its writer", is_held, 0, 5, 3, 1, P03, 0, "" },
	{ "held between looks", is_held_between, 0, 5, 3, 1, P03, 0, "" },
	{ "held for long", is_held_for_long, 0, 17, 15, 1, P03, 1,
	    "not complete" },
	{ "cannot be read for a while", is_broken_on_disk, 0, 5, 3, 1, P03, 0,
	    "" },
	{ "other kinds", is_other_kind, 0, 4, -1, 0, "", 0, "" },
	{ "other names", is_other_name, 0, 4, -1, 0, "", 0, "" },
	{ "twice under two names", is_there_twice, 0, 4, 1, 1, P03, 0, "" },
	{ "again under another name", comes_again_later, 0, 6, 1, 1, P03, 0,
	    "" },
	{ "same name, other content", comes_with_other_content, 0, 6, 1, 2,
	    P02, 1, NAME ": came again with other content" },
	{ "same name, old content again", comes_with_the_old_content, 0, 8, 1,
	    2, P02, 1, "came again" },
	{ "two persons, newest first", comes_in_pairs, 0, 4, 1, 2, P03, 0,
	    "" },
	{ "beside a broken one", comes_beside_a_broken_one, 0, 4, 1, 1, P03,
	    1, OTHER ": the file is not well-formed" },
};

/* Names, sizes, times, modes of all that lies there. */
static uint64_t
signature(void)
{
	uint64_t sum = 0;
	struct dirent *e;
	struct stat st;
	DIR *d = opendir(face);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		assert_int_equal(syscall(SYS_newfstatat, dirfd(d), e->d_name,
		    &st, AT_SYMLINK_NOFOLLOW), 0);
		if (strcmp(e->d_name, "..") == 0)
			continue;
		sum += (st.st_ino * 31 + (uint64_t)st.st_size) * 31 +
		    (uint64_t)st.st_ctim.tv_nsec * 17 +
		    (uint64_t)st.st_ctim.tv_sec * 13 + st.st_mode;
	}
	closedir(d);
	return (sum);
}

/* For whoever watches the folder nothing happens but reading. */
static int
watch_changes(void)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	assert_true(fd != -1);
	assert_true(inotify_add_watch(fd, face, IN_ALL_EVENTS & ~(IN_OPEN |
	    IN_ACCESS | IN_CLOSE_NOWRITE)) != -1);
	return (fd);
}

static void
taken_or_left(void **state)
{
	const struct row *row = *state;
	struct got g = { 0 };
	int at = -1, fd;
	char event[4096];
	uint64_t before;

	for (int i = 0; i < row->looks; i++) {
		row->act(i);
		before = signature();
		fd = watch_changes();
		look_after(row->step == 0 ? INTAKE_SETTLE_MS : row->step, &g);
		if (at == -1 && g.n > 0)
			at = i;
		if (on_open != NULL)
			assert_true(read(fd, event, sizeof(event)) > 0);
		else {
			assert_int_equal(read(fd, event, sizeof(event)), -1);
			assert_true(signature() == before);
		}
		close(fd);
	}
	assert_int_equal(at, row->at);
	assert_int_equal(g.n, row->n);
	assert_int_equal(unbound(), row->n);
	assert_string_equal(g.n == 0 ? "" : g.who[(g.n - 1) % 8], row->who);
	assert_int_equal(lines_of("\n"), row->lines);
	assert_non_null(strstr(said, row->said));
	/* Nothing personal. */
	assert_int_equal(lines_of(P02) + lines_of(P03), 0);
}

/* --- what the agent relies on --- */

static void
refusal_is_told(void **state)
{
	struct got g = { 0 };

	(void)state;
	is_refused(0);
	look_after(0, &g);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 1);
	assert_int_equal(g.outcome, RESULT_REFUSED);
}

static enum err
face_row(void *ctx, const struct val *cols, size_t n)
{
	/* digest, file, request_file, received_at, raw, packed */
	assert_int_equal(n, 6);
	assert_string_equal(val_str(&cols[0]), ctx);
	assert_string_equal(val_str(&cols[1]), NAME);
	assert_int_equal(val_num(&cols[3]), now);
	assert_non_null(memmem(cols[4].data, cols[4].len, "<Name>" P02,
	    strlen("<Name>" P02)));
	return (ERR_OK);
}

/* By its digest it can be bound, as it stands in the store. */
static void
digest_is_that_of_the_store(void **state)
{
	struct got g = { .take = 1 };
	struct finding f;
	struct val v;
	int64_t bound = 0;

	(void)state;
	put_fixture(NAME, NAME);
	look_after(0, &g);
	look_after(INTAKE_SETTLE_MS, &g);
	v = val_text(g.digest);
	assert_int_equal(strlen(g.digest), DIGEST_HEX - 1);
	assert_int_equal(store_run(store, SQL_RESULT_BY_DIGEST, &v, 1,
	    face_row, g.digest, NULL), ERR_OK);
	/* At once: the desk need not wait for anybody to catch up. */
	assert_int_equal(finding_of_unit(store, g.digest, 0, &f), ERR_OK);
	assert_string_equal(f.source, "face");
	finding_free(&f);
	run_sql("INSERT INTO visit (id, mode, state, started_at, updated_at) "
	    "VALUES ('v1', 'face', 'idle', 1, 1)");
	const struct val b[] = { val_text("v1"), v };
	assert_int_equal(store_run(store, SQL_RESULT_BIND, b, 2, NULL, NULL,
	    &bound), ERR_OK);
	assert_int_equal(bound, 1);
	assert_int_equal(unbound(), 0);
}

static void
start_again(void)
{
	intake_close(&intake);
	assert_null(intake);
	store_close(&store);
	assert_int_equal(store_open(db, &store, NULL), ERR_OK);
	assert_int_equal(intake_open(face, CODE, store, &intake, NULL),
	    ERR_OK);
}

static void
restart_hands_nothing_over_again(void **state)
{
	struct got g = { 0 };

	(void)state;
	put_whole(NAME);
	put(OTHER, &(struct xml){ .person = P02 });
	look_after(0, &g);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 2);
	start_again();
	put(FACE("20261120090205"), &(struct xml){ .segment = "9" });
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(opened, 3);
	look_after(INTAKE_SETTLE_MS, &g);
	/* What the store has is read once. */
	assert_int_equal(opened, 1);
	assert_int_equal(g.n, 3);
	assert_int_equal(g.outcome, RESULT_REFUSED);
}

static void
restart_knows_other_content(void **state)
{
	struct got g = { 0 };

	(void)state;
	put_whole(NAME);
	look_after(0, &g);
	look_after(INTAKE_SETTLE_MS, &g);
	start_again();
	put(NAME, &(struct xml){ .person = P02 });
	look_after(INTAKE_SETTLE_MS, &g);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 2);
	assert_int_equal(lines_of("came again with other content"), 1);
}

static void
restart_before_it_settled(void **state)
{
	struct got g = { 0 };

	(void)state;
	put_whole(NAME);
	look_after(0, &g);
	start_again();
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 0);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 1);
}

static void
error_of_the_callee_ends_the_look(void **state)
{
	struct got g = { .err = ERR_NOMEM };
	size_t n;

	(void)state;
	put_whole(NAME);
	put(OTHER, &(struct xml){ .person = P02 });
	look_after(0, &g);
	now += INTAKE_SETTLE_MS;
	assert_int_equal(look(&g, &n), ERR_NOMEM);
	assert_int_equal(n, 1);
	assert_string_equal(g.who[0], P02);
	assert_int_equal(unbound(), 1);
	/* The other one follows; the first is in the store. */
	g.err = ERR_OK;
	look_after(INTAKE_SETTLE_MS, &g);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 2);
	assert_string_equal(g.who[1], P03);
	assert_int_equal(unbound(), 2);
}

static void
store_that_fails_is_asked_again(void **state)
{
	struct got g = { 0 };
	size_t n = 99;

	(void)state;
	put_whole(NAME);
	look_after(0, &g);
	run_sql("CREATE TRIGGER broken BEFORE INSERT ON result BEGIN "
	    "SELECT RAISE(ABORT, 'broken'); END");
	for (int i = 0; i < 2 * INTAKE_TRIES; i++) {
		now += INTAKE_SETTLE_MS;
		assert_int_equal(look(&g, &n), ERR_ROW);
		assert_int_equal(n, 0);
	}
	assert_int_equal(unbound(), 0);
	run_sql("DROP TRIGGER broken");
	look_after(0, &g);
	assert_int_equal(g.n, 1);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 1);
}

static void
busy_store_is_asked_again(void **state)
{
	struct got g = { 0 };
	sqlite3 *other = NULL;
	size_t n = 99;

	(void)state;
	put_whole(NAME);
	look_after(0, &g);
	assert_int_equal(sqlite3_open(db, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL), SQLITE_OK);
	now += INTAKE_SETTLE_MS;
	assert_int_equal(look(&g, &n), ERR_STORE_BUSY);
	assert_int_equal(n, 0);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	look_after(0, &g);
	assert_int_equal(g.n, 1);
}

/* Taken by another agent on the same store between our two readings. */
static void
two_on_one_store(void **state)
{
	struct intake *first = intake;
	struct got g = { 0 };

	(void)state;
	put_whole(NAME);
	look_after(0, &g);
	assert_int_equal(intake_open(face, CODE, store, &intake, NULL),
	    ERR_OK);
	look_after(0, &g);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 1);
	intake_close(&intake);
	intake = first;
	look_after(0, &g);
	assert_int_equal(g.n, 1);
}

/* The same between our question and our adding it. */
static void
two_at_once(void **state)
{
	struct got g = { 0 };

	(void)state;
	put_whole(NAME);
	look_after(0, &g);
	run_sql("CREATE TRIGGER other BEFORE INSERT ON result BEGIN "
	    "INSERT INTO result (digest, file, received_at, raw, face) "
	    "VALUES (NEW.digest, 'other', 1, 'x', 1); END");
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 0);
	assert_int_equal(unbound(), 1);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(opened, 0);
}

/* --- many files --- */

static void
foreign_files_are_not_opened(void **state)
{
	struct got g = { 0 };
	char name[64];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "OQSsiquc01res_2026%08d.xml", i);
		put_text(name, "x");
	}
	put_whole(NAME);
	look_after(0, &g);
	assert_int_equal(opened, 1);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(opened, 1);
	assert_int_equal(g.n, 1);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(opened, 0);
}

static char last_opened[256], first_opened[256];

static void
note_order(const char *name)
{
	if (first_opened[0] == '\0')
		snprintf(first_opened, sizeof(first_opened), "%s", name);
	snprintf(last_opened, sizeof(last_opened), "%s", name);
}

static void
put_backlog(int n)
{
	char name[128];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "OQSsiquc01res_face_" CODE
		    "_%014d.xml", i);
		put_text(name, "<Message/>");
	}
}

/* A fresh result does not wait behind old files; a look has an end. */
static void
backlog_comes_after_the_newest(void **state)
{
	struct got g = { 0 };

	(void)state;
	put_backlog(INTAKE_READS + 40);
	on_open = note_order;
	first_opened[0] = '\0';
	look_after(0, &g);
	assert_int_equal(opened, INTAKE_READS);
	assert_non_null(strstr(first_opened, "00295.xml"));
	assert_non_null(strstr(last_opened, "00040.xml"));
	/* The rest at once, because there is something to do. */
	intake_wait(intake, 500);
	assert_int_equal(waited, 0);
	put_whole(NAME);
	first_opened[0] = '\0';
	look_after(1, &g);
	assert_int_equal(opened, 41);
	assert_string_equal(first_opened, NAME);
	intake_wait(intake, 500);
	assert_int_equal(waited, INTAKE_SETTLE_MS - 1);
	for (int i = 0; i < 3; i++)
		look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 1);
	assert_int_equal(lines_of("laid out"), INTAKE_READS + 40);
	/* Each was read twice, and costs nothing from now on. */
	look_after(86400000, &g);
	assert_int_equal(opened, 0);
	intake_wait(intake, 500);
	assert_int_equal(waited, 500);
}

/* Asked in turn whether they changed; each has its turn. */
static void
settled_files_have_their_turn(void **state)
{
	struct got g = { 0 };
	int looks = 0;

	(void)state;
	put_backlog(2 * INTAKE_CHECKS + 100);
	for (int i = 0; i < 40; i++)
		look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(opened, 0);
	assert_int_equal(asked, INTAKE_CHECKS);
	put_whole("OQSsiquc01res_face_" CODE "_00000000000000.xml");
	put_whole("OQSsiquc01res_face_" CODE "_00000000001000.xml");
	while (g.n == 0 && looks < 5) {
		look_after(INTAKE_SETTLE_MS, &g);
		looks++;
	}
	assert_int_equal(g.n, 1);
	assert_in_range(looks, 2, 5);
}

/* --- folder and waiting --- */

static void
folder_goes_and_comes_back(void **state)
{
	struct got g = { 0 };
	char away[128];
	size_t n = 99;

	(void)state;
	put_whole(NAME);
	look_after(0, &g);
	snprintf(away, sizeof(away), "%s/away", dir);
	assert_int_equal(rename(face, away), 0);
	now += INTAKE_SETTLE_MS;
	assert_int_equal(look(&g, &n), ERR_FOLDER);
	assert_int_equal(n, 0);
	waited = -1;
	intake_wait(intake, 1);
	assert_int_equal(waited, -1);
	assert_int_equal(rename(away, face), 0);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 1);
	/* Another one under the same path, as when a share is mounted. */
	assert_int_equal(rename(face, away), 0);
	assert_int_equal(mkdir(face, 0700), 0);
	put(OTHER, &(struct xml){ .person = P02 });
	look_after(INTAKE_SETTLE_MS, &g);
	look_after(INTAKE_SETTLE_MS, &g);
	assert_int_equal(g.n, 2);
	empty_folder(away);
	assert_int_equal(rmdir(away), 0);
}

static void
waits_until_there_is_something_to_do(void **state)
{
	struct got g = { 0 };

	(void)state;
	look_after(0, &g);
	intake_wait(intake, 700);
	assert_int_equal(waited, 700);
	assert_int_equal(woken, 0);
	put_whole(NAME);
	intake_wait(intake, 700);
	assert_int_equal(woken, 1);
	look_after(0, &g);
	intake_wait(intake, 700);
	assert_int_equal(waited, INTAKE_SETTLE_MS);
	now += 100;
	intake_wait(intake, 700);
	assert_int_equal(waited, INTAKE_SETTLE_MS - 100);
	now += 1000;
	intake_wait(intake, 700);
	assert_int_equal(waited, 0);
	look_after(0, &g);
	assert_int_equal(g.n, 1);
	intake_wait(intake, 700);
	assert_int_equal(waited, 700);
}

/* What failed is not tried without a pause. */
static void
waits_after_an_error(void **state)
{
	struct got g = { .err = ERR_NOMEM };
	size_t n;

	(void)state;
	put_whole(NAME);
	put_whole(OTHER);
	look_after(0, &g);
	now += INTAKE_SETTLE_MS;
	assert_int_equal(look(&g, &n), ERR_NOMEM);
	intake_wait(intake, 700);
	assert_int_equal(waited, 700);
}

static void
only_a_folder_is_opened(void **state)
{
	static const char *const paths[] = { "nowhere", "shikaku.db",
	    "face/nowhere", "shikaku.db/face" };
	struct note note = { "" };
	char path[128];

	(void)state;
	intake_close(&intake);
	for (size_t i = 0; i < LEN(paths); i++) {
		intake = (struct intake *)path;
		snprintf(path, sizeof(path), "%s/%s", dir, paths[i]);
		assert_int_equal(intake_open(path, CODE, store, &intake,
		    &note), ERR_FOLDER);
		assert_null(intake);
		assert_non_null(strstr(note.text, path));
	}
	intake_close(&intake);
	intake_close(NULL);
}

#define HERE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	static const struct CMUnitTest more[] = {
		HERE(refusal_is_told), HERE(digest_is_that_of_the_store),
		HERE(restart_hands_nothing_over_again),
		HERE(restart_knows_other_content),
		HERE(restart_before_it_settled),
		HERE(error_of_the_callee_ends_the_look),
		HERE(store_that_fails_is_asked_again),
		HERE(busy_store_is_asked_again), HERE(two_on_one_store),
		HERE(two_at_once),
		HERE(foreign_files_are_not_opened),
		HERE(backlog_comes_after_the_newest),
		HERE(settled_files_have_their_turn),
		HERE(folder_goes_and_comes_back),
		HERE(waits_until_there_is_something_to_do),
		HERE(waits_after_an_error), HERE(only_a_folder_is_opened),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(more)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = taken_or_left, .setup_func = set_up,
		    .teardown_func = tear_down, .initial_state =
		    (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
