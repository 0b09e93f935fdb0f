#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
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
#include "host/store/store.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define NOBODY	65534

static char dir[64], path[96];

/* A folder per test, so that nothing of another is found. */
static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/store_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/shikaku.db", dir);
	return (0);
}

static int
tear_down(void **state)
{
	char name[512];
	struct dirent *e;
	DIR *d = opendir(dir);

	(void)state;
	if (d == NULL)
		return (-1);
	while ((e = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", dir, e->d_name);
		unlink(name);
	}
	closedir(d);
	return (rmdir(dir));
}

static struct store *
open_store(void)
{
	struct note note = { "" };
	struct store *s = NULL;
	enum err r = store_open(path, &s, &note);

	if (r != ERR_OK)
		print_error("%s: %s\n", err_name(r), note.text);
	assert_int_equal(r, ERR_OK);
	assert_non_null(s);
	return (s);
}

static enum err
put_patient(struct store *s, const char *chart)
{
	const struct val v[] = { val_text(chart), val_text("資格 一郎"),
	    val_text("ｼｶｸ ｲﾁﾛｳ"), val_int(1), val_text("19600602"),
	    val_text("139980"), val_text("葛う10"),
	    val_text("1639960291x001"), val_text("01"), val_text("00010"),
	    val_text("100-0014"), val_text("東京都千代田区永田町1-99-99"),
	    val_text("20251101"), val_int(1763596800000) };

	return (store_run(s, SQL_PATIENT_PUT, v, LEN(v), NULL, NULL, NULL));
}

static enum err
take_num(void *ctx, const struct val *cols, size_t n)
{
	assert_true(n >= 1);
	*(int64_t *)ctx = val_num(&cols[0]);
	return (ERR_OK);
}

/* Rows as one line of text, to compare lists and order. */
static enum err
write_row(void *ctx, const struct val *cols, size_t n)
{
	struct blob *out = ctx;

	for (size_t i = 0; i < n; i++) {
		if (cols[i].type == VAL_NULL)
			assert_int_equal(blob_add_str(out, "-"), ERR_OK);
		else if (cols[i].type == VAL_INT)
			assert_int_equal(blob_printf(out, "%d",
			    (int)val_num(&cols[i])), ERR_OK);
		else
			assert_int_equal(blob_add(out, cols[i].data,
			    cols[i].len), ERR_OK);
		assert_int_equal(blob_add_str(out, i + 1 < n ? "," : ";"),
		    ERR_OK);
	}
	return (ERR_OK);
}

static void
expect_rows(struct store *s, enum sql which, const struct val *v,
    const char *want)
{
	struct blob got = { 0 };
	int64_t changed = -1;

	assert_int_equal(store_run(s, which, v, sql_params(which), write_row,
	    &got, &changed), ERR_OK);
	assert_string_equal(blob_str(&got), want);
	assert_int_equal(changed, 0);
	blob_free(&got);
}

static int64_t
next_serial(struct store *s, const char *day)
{
	struct val v = val_text(day);
	int64_t n = -1;

	if (store_run(s, SQL_SERIAL_NEXT, &v, 1, take_num, &n, NULL) != ERR_OK)
		return (-1);
	return (n);
}

static int64_t
count_patients(struct store *s)
{
	int64_t n = -1;

	assert_int_equal(store_run(s, SQL_PATIENT_COUNT, NULL, 0, take_num,
	    &n, NULL), ERR_OK);
	return (n);
}

/* Runs child in a process of its own; its result is what it returned. */
static pid_t
start(int (*child)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child());
	return (pid);
}

static int
result_of(pid_t pid)
{
	int st = 0;

	assert_int_equal(waitpid(pid, &st, 0), pid);
	return (WIFEXITED(st) ? WEXITSTATUS(st) : -WTERMSIG(st));
}

/* Files that are refused. */

static void
write_file(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
raw_exec(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
make_text(void)
{
	write_file(path, "chart_number,name\n1,x\n", 22);
}

static void
make_zeros(void)
{
	static const char zeros[4096];

	write_file(path, zeros, sizeof(zeros));
}

static void
make_foreign(void)
{
	raw_exec("CREATE TABLE memo (x); INSERT INTO memo VALUES (1)");
}

static void
make_foreign_wal(void)
{
	raw_exec("PRAGMA journal_mode = WAL; CREATE TABLE memo (x)");
}

static void
make_foreign_with_journal(void)
{
	char name[128];

	make_foreign();
	snprintf(name, sizeof(name), "%s-journal", path);
	write_file(name, "x", 1);
}

static void
make_store(void)
{
	struct store *s = open_store();
	char chart[16];

	assert_int_equal(store_begin(s), ERR_OK);
	for (int i = 0; i < 200; i++) {
		snprintf(chart, sizeof(chart), "%05d", i + 1);
		assert_int_equal(put_patient(s, chart), ERR_OK);
	}
	assert_int_equal(store_commit(s), ERR_OK);
	store_close(&s);
}

static void
make_newer(void)
{
	make_store();
	raw_exec("PRAGMA user_version = 99");
}

static void
make_negative(void)
{
	make_store();
	raw_exec("PRAGMA user_version = -1");
}

static void
make_cut(void)
{
	struct stat st;

	make_store();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size / 2), 0);
}

static void
make_damaged(void)
{
	static const char junk[200] = "junk";
	FILE *f;

	make_store();
	assert_non_null(f = fopen(path, "r+"));
	for (long at = 4096; at < 12 * 4096; at += 4096) {
		assert_int_equal(fseek(f, at, SEEK_SET), 0);
		assert_int_equal(fwrite(junk, 1, sizeof(junk), f),
		    sizeof(junk));
	}
	assert_int_equal(fclose(f), 0);
}

/* A store of schema 1, as it was before there were visits. */
static void
make_old(void)
{
	raw_exec(sql_step(1));
	raw_exec("PRAGMA application_id = 1936419633;"
	    "PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
	    "INSERT INTO patient VALUES ('1', '資格 一郎', '', 1, '19600602',"
	    " '', '', '', '', '', 0)");
}

static void
make_old_with_visit(void)
{
	make_old();
	raw_exec("CREATE TABLE visit (x)");
}

static const struct refused {
	const char	*name;
	void		(*make)(void);
	enum err	 want;
	int		 ours;		/* SQLite may keep its -wal and -shm */
} refused[] = {
	{ "refused: a text file",	make_text,	ERR_STORE, 0 },
	{ "refused: a page of zeros",	make_zeros,	ERR_STORE, 0 },
	{ "refused: another program's SQLite file", make_foreign, ERR_STORE,
	    0 },
	{ "refused: the same in WAL mode", make_foreign_wal, ERR_STORE, 0 },
	{ "refused: the same with a journal beside it",
	    make_foreign_with_journal,			ERR_STORE, 0 },
	{ "refused: a newer schema",	make_newer,	ERR_STORE_NEWER, 1 },
	{ "refused: a negative version", make_negative,	ERR_STORE, 1 },
	{ "refused: cut in half",	make_cut,	ERR_STORE, 1 },
	{ "refused: damaged pages",	make_damaged,	ERR_STORE, 1 },
	{ "refused: a migration that fails", make_old_with_visit, ERR_STORE,
	    1 },
};

static size_t
count_files(void)
{
	struct dirent *e;
	size_t n = 0;
	DIR *d = opendir(dir);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return (n);
}

static void
refused_row(void **state)
{
	const struct refused *row = *state;
	struct blob before = { 0 }, after = { 0 };
	struct note note = { "" };
	struct store *s = (struct store *)(uintptr_t)1;

	size_t files;

	row->make();
	files = count_files();
	assert_int_equal(blob_read_file(&before, path, BLOB_MAX), ERR_OK);
	assert_int_equal(store_open(path, &s, &note), row->want);
	assert_null(s);
	assert_non_null(strstr(note.text, path));
	assert_true(strlen(note.text) > strlen(path) + 2);
	assert_int_equal(blob_read_file(&after, path, BLOB_MAX), ERR_OK);
	assert_int_equal(after.len, before.len);
	assert_memory_equal(after.data, before.data, before.len);
	assert_true(row->ours || count_files() == files);
	blob_free(&before);
	blob_free(&after);
}

static void
refuse_path(const char *p, const char *reason)
{
	struct note note = { "" };
	struct store *s = (struct store *)(uintptr_t)1;

	assert_int_equal(store_open(p, &s, &note), ERR_STORE);
	assert_null(s);
	assert_non_null(strstr(note.text, p));
	assert_non_null(strstr(note.text, reason));
}

static void
folder_is_refused(void **state)
{
	(void)state;
	refuse_path(dir, "is not a file");
}

static void
fifo_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	refuse_path(path, "is not a file");
}

static void
missing_folder_is_refused(void **state)
{
	(void)state;
	refuse_path("/tmp/store_test.missing/x.db", "No such file");
}

/* As an ordinary user: root may write everywhere. */
static int
open_as_nobody(void)
{
	struct note note = { "" };
	struct store *s = NULL;

	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return (100);
	if (store_open(path, &s, &note) != ERR_STORE || s != NULL)
		return (101);
	return (strstr(note.text, path) != NULL &&
	    strlen(note.text) > strlen(path) + 2 ? 0 : 102);
}

static void
unwritable_folder_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(dir, 0555), 0);
	assert_int_equal(result_of(start(open_as_nobody)), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(chmod(dir, 0700), 0);
}

static void
unwritable_file_is_refused(void **state)
{
	(void)state;
	make_store();
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(result_of(start(open_as_nobody)), 0);
}

static void
file_in_read_only_folder_is_refused(void **state)
{
	(void)state;
	make_store();
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(dir, 0555), 0);
	assert_int_equal(result_of(start(open_as_nobody)), 0);
	assert_int_equal(chmod(dir, 0700), 0);
}

/* Making, keeping, migrating. */

static mode_t
mode_of(const char *suffix)
{
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	assert_int_equal(stat(name, &st), 0);
	return (st.st_mode & 0777);
}

static void
new_files_are_private(void **state)
{
	mode_t old = umask(0);
	struct store *s = open_store();

	(void)state;
	assert_int_equal(put_patient(s, "1"), ERR_OK);
	assert_int_equal(mode_of(""), 0600);
	assert_int_equal(mode_of("-wal"), 0600);
	assert_int_equal(mode_of("-shm"), 0600);
	store_close(&s);
	assert_null(s);
	umask(old);
}

static void
empty_file_becomes_a_store(void **state)
{
	struct store *s;

	(void)state;
	write_file(path, "", 0);
	s = open_store();
	assert_int_equal(store_version(s), sql_newest());
	assert_int_equal(count_patients(s), 0);
	store_close(&s);
}

static int
raw_int(const char *file, const char *sql)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	int n;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return (n);
}

/* Dies when pages were written but not committed, the first one not yet. */
static int
die_writing(void)
{
	sqlite3 *db = NULL;

	return (sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db,
	    "PRAGMA cache_size = 1; BEGIN; PRAGMA user_version = 7;"
	    "CREATE TABLE big (x); INSERT INTO big VALUES (randomblob(99999));"
	    "INSERT INTO big VALUES (randomblob(99999))",
	    NULL, NULL, NULL) == SQLITE_OK ? 0 : 1);
}

static void
cut_off_writing(void)
{
	static const char zeros[4096];
	char journal[128];
	struct stat st;
	FILE *f;

	assert_int_equal(result_of(start(die_writing)), 0);
	snprintf(journal, sizeof(journal), "%s-journal", path);
	assert_int_equal(stat(journal, &st), 0);
	assert_true(st.st_size > 0);
	assert_non_null(f = fopen(path, "r+"));
	assert_int_equal(fwrite(zeros, 1, sizeof(zeros), f), sizeof(zeros));
	assert_int_equal(fclose(f), 0);
}

static void
creation_that_was_cut_off_starts_again(void **state)
{
	struct store *s;

	(void)state;
	cut_off_writing();
	s = open_store();
	assert_int_equal(count_patients(s), 0);
	store_close(&s);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM sqlite_schema "
	    "WHERE name = 'big'"), 0);
}

static void
other_program_that_was_cut_off_is_refused(void **state)
{
	struct store *s = NULL;

	(void)state;
	make_foreign();
	cut_off_writing();
	assert_int_equal(store_open(path, &s, NULL), ERR_STORE);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM sqlite_schema"),
	    1);
}

static void
name_is_no_uri(void **state)
{
	char name[128], here[512];
	struct store *s = NULL;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(store_open("file:x?mode=memory", &s, NULL), ERR_OK);
	store_close(&s);
	assert_int_equal(chdir(here), 0);
	snprintf(name, sizeof(name), "%s/file:x?mode=memory", dir);
	assert_int_equal(access(name, F_OK), 0);
}

static void
reopened_store_keeps_rows(void **state)
{
	struct store *s;

	(void)state;
	make_store();
	s = open_store();
	assert_int_equal(count_patients(s), 200);
	store_close(&s);
	store_close(&s);	/* NULL is fine */
}

static void
old_schema_is_migrated_on_a_copy(void **state)
{
	char copy[128], left[160];
	struct store *s;

	(void)state;
	make_old();
	snprintf(copy, sizeof(copy), "%s.v1.bak", path);
	snprintf(left, sizeof(left), "%s.tmp", copy);
	write_file(left, "left over", 9);
	s = open_store();
	assert_int_equal(store_version(s), sql_newest());
	assert_int_equal(count_patients(s), 1);
	store_close(&s);
	assert_int_equal(raw_int(path, "PRAGMA user_version"), sql_newest());
	assert_int_equal(raw_int(copy, "PRAGMA user_version"), 1);
	assert_int_equal(raw_int(copy, "SELECT COUNT(*) FROM patient"), 1);
	assert_int_equal(raw_int(copy, "SELECT COUNT(*) FROM sqlite_schema "
	    "WHERE name = 'visit'"), 0);
	assert_int_equal(mode_of(".v1.bak"), 0600);
	assert_int_equal(access(left, F_OK), -1);
}

/* A store of schema 2, as it was before the agent had clients. */
static void
make_two(void)
{
	make_old();
	raw_exec(sql_step(2));
	raw_exec("PRAGMA user_version = 2;"
	    "INSERT INTO visit VALUES ('v1', 'pin', 'answered', '1', 10, 20,"
	    " '{}', '[]', '1');"
	    "INSERT INTO visit_event VALUES ('v1', 1, 10, 'idle', 'card',"
	    " 'card');"
	    "INSERT INTO serial VALUES ('20261120', 7);"
	    "INSERT INTO request VALUES ('r1', 'i1', 'OQSsiquc01', 'v1', '1',"
	    " 'answered', 11, 12, 'accepted', NULL);"
	    "INSERT INTO result VALUES ('d1', 'res', 'r1', 13, x'3c')");
}

static void
rows_of_schema_two_are_kept(void **state)
{
	struct val v = val_text("v1");
	struct store *s;

	(void)state;
	make_two();
	s = open_store();
	assert_int_equal(store_version(s), sql_newest());
	assert_int_equal(count_patients(s), 1);
	expect_rows(s, SQL_VISIT_GET, &v,
	    "v1,pin,answered,1,10,20,{},[],1,-,pin,-,-,-;");
	expect_rows(s, SQL_VISIT_EVENTS, &v, "1,10,idle,card,card;");
	expect_rows(s, SQL_RESULT_OF_VISIT, &v, "d1,res,r1,13,<;");
	v = val_int(0);
	expect_rows(s, SQL_RESULT_UNBOUND, &v, "");
	v = val_text("r1");
	expect_rows(s, SQL_REQUEST_BY_FILE, &v,
	    "r1,i1,OQSsiquc01,v1,1,answered,11,12,accepted,-;");
	assert_int_equal(next_serial(s, "20261120"), 8);
	expect_rows(s, SQL_CLIENT_LIST, NULL, "");
	store_close(&s);
	assert_int_equal(mode_of(".v2.bak"), 0600);
}

static void
failed_migration_leaves_schema_two(void **state)
{
	struct store *s = NULL;

	(void)state;
	make_two();
	raw_exec("CREATE TABLE idempotency (x)");
	assert_int_equal(store_open(path, &s, NULL), ERR_STORE);
	assert_int_equal(raw_int(path, "PRAGMA user_version"), 2);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM sqlite_schema "
	    "WHERE name = 'client'"), 0);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM "
	    "pragma_table_info('visit')"), 9);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM visit"), 1);
}

static void
failed_migration_leaves_the_old_schema(void **state)
{
	struct store *s = NULL;

	(void)state;
	make_old_with_visit();
	assert_int_equal(store_open(path, &s, NULL), ERR_STORE);
	assert_int_equal(raw_int(path, "PRAGMA user_version"), 1);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM patient"), 1);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM sqlite_schema "
	    "WHERE name = 'serial'"), 0);
}

static void
new_store_leaves_no_copy(void **state)
{
	char copy[128];

	(void)state;
	make_store();
	for (int v = 0; v <= sql_newest(); v++) {
		snprintf(copy, sizeof(copy), "%s.v%d.bak", path, v);
		assert_int_equal(access(copy, F_OK), -1);
	}
}

/* Another connection sees it at once, and the log is the WAL. */
static void
written_row_is_in_the_log(void **state)
{
	char wal[128];
	struct store *s = open_store();
	struct stat st;

	(void)state;
	snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_int_equal(put_patient(s, "1"), ERR_OK);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size > 0);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM patient"), 1);
	store_close(&s);
	assert_int_equal(access(wal, F_OK), -1);
	assert_int_equal(raw_int(path, "SELECT COUNT(*) FROM patient"), 1);
}

/* Statements. */

static const struct statement {
	const char	*name;
	enum sql	 which;
} statements[] = {
#define STATEMENT(name, params) { "statement " #name, SQL_##name },
	SQL_LIST(STATEMENT)
#undef STATEMENT
};

/* $1, $2 ... first appear in order: SQLite numbers them by appearance. */
static void
statement_row(void **state)
{
	const struct statement *row = *state;
	const char *s = sql_text(row->which);
	size_t seen = 0, num;

	assert_non_null(s);
	assert_string_equal(sql_name(row->which),
	    row->name + strlen("statement "));
	while ((s = strchr(s, '$')) != NULL) {
		num = (size_t)strtoul(++s, NULL, 10);
		assert_true(num >= 1 && num <= seen + 1);
		if (num > seen)
			seen = num;
	}
	assert_int_equal(seen, sql_params(row->which));
}

static void
unknown_statements_are_none(void **state)
{
	struct store *s = open_store();

	(void)state;
	assert_null(sql_text(SQL_COUNT));
	assert_null(sql_name(SQL_COUNT));
	assert_int_equal(sql_params(SQL_COUNT), 0);
	assert_null(sql_step(0));
	assert_null(sql_step(sql_newest() + 1));
	assert_int_equal(store_run(s, SQL_COUNT, NULL, 0, NULL, NULL, NULL),
	    ERR_SEQUENCE);
	store_close(&s);
}

static void
number_of_parameters_is_checked(void **state)
{
	struct store *s = open_store();
	struct val v[2] = { val_text("1"), val_text("2") };
	int64_t changed = 7;

	(void)state;
	assert_int_equal(store_run(s, SQL_PATIENT_GET, v, 2, NULL, NULL,
	    &changed), ERR_SEQUENCE);
	assert_int_equal(changed, 0);
	assert_int_equal(store_run(s, SQL_PATIENT_GET, NULL, 0, NULL, NULL,
	    NULL), ERR_SEQUENCE);
	store_close(&s);
}

struct visit_ctx {
	struct store	*store;
	int		 rows;
	enum err	 answer, inner;
};

static enum err
stop_at_two(void *ctx, const struct val *cols, size_t n)
{
	struct visit_ctx *c = ctx;

	assert_int_equal(n, 14);
	assert_string_equal(val_str(&cols[8]), "01");
	return (++c->rows == 2 ? c->answer : ERR_OK);
}

static void
row_function_ends_the_statement(void **state)
{
	struct visit_ctx c = { .answer = ERR_CANCELLED };
	struct store *s;

	(void)state;
	make_store();
	s = open_store();
	assert_int_equal(store_run(s, SQL_PATIENT_ALL, NULL, 0, stop_at_two,
	    &c, NULL), ERR_CANCELLED);
	assert_int_equal(c.rows, 2);
	assert_int_equal(count_patients(s), 200);
	store_close(&s);
}

static enum err
enter_again(void *ctx, const struct val *cols, size_t n)
{
	struct visit_ctx *c = ctx;

	(void)cols;
	(void)n;
	c->rows++;
	c->inner = store_run(c->store, SQL_PATIENT_ALL, NULL, 0, NULL, NULL,
	    NULL);
	assert_int_equal(count_patients(c->store), 200);
	return (ERR_TIMEOUT);
}

static void
statement_within_itself_is_refused(void **state)
{
	struct visit_ctx c = { 0 };

	(void)state;
	make_store();
	c.store = open_store();
	assert_int_equal(store_run(c.store, SQL_PATIENT_ALL, NULL, 0,
	    enter_again, &c, NULL), ERR_TIMEOUT);
	assert_int_equal(c.inner, ERR_SEQUENCE);
	assert_int_equal(c.rows, 1);
	store_close(&c.store);
}

/* What rows may hold: every row on a store with visit v1 and request r1. */

static const struct constraint {
	const char	*name;
	enum sql	 which;
	const char	*vals[14];	/* "#5" number 5, NULL is VAL_NULL */
	enum err	 want;
	int64_t		 changed;
} constraints[] = {
	{ "request: of a visit", SQL_REQUEST_ADD,
	    { "r2", "i2", "siquc", "v1", "00001", "#2" }, ERR_OK, 1 },
	{ "request: without visit and chart", SQL_REQUEST_ADD,
	    { "r2", "i2", "siquc", NULL, NULL, "#2" }, ERR_OK, 1 },
	{ "request: file used before", SQL_REQUEST_ADD,
	    { "r1", "i2", "siquc", NULL, NULL, "#2" }, ERR_ROW, 0 },
	{ "request: identifier used before", SQL_REQUEST_ADD,
	    { "r2", "i1", "siquc", NULL, NULL, "#2" }, ERR_ROW, 0 },
	{ "request: of no visit", SQL_REQUEST_ADD,
	    { "r2", "i2", "siquc", "v9", NULL, "#2" }, ERR_ROW, 0 },
	{ "request: no file name", SQL_REQUEST_ADD,
	    { NULL, "i2", "siquc", NULL, NULL, "#2" }, ERR_ROW, 0 },
	{ "request: answered", SQL_REQUEST_STATE,
	    { "answered", "#3", "accepted", NULL, "r1" }, ERR_OK, 1 },
	{ "request: given up", SQL_REQUEST_MOVE, { "withdrawn", "r1" },
	    ERR_OK, 1 },
	{ "request: an unknown state to move to", SQL_REQUEST_MOVE,
	    { "lost", "r1" }, ERR_ROW, 0 },
	{ "request: moves none", SQL_REQUEST_MOVE, { "withdrawn", "r9" },
	    ERR_OK, 0 },
	{ "request: an unknown state", SQL_REQUEST_STATE,
	    { "lost", NULL, NULL, NULL, "r1" }, ERR_ROW, 0 },
	{ "request: state of none", SQL_REQUEST_STATE,
	    { "written", NULL, NULL, NULL, "r9" }, ERR_OK, 0 },
	{ "visit: id used before", SQL_VISIT_ADD,
	    { "v1", "pin", "idle", "#1", NULL, "pin" }, ERR_ROW, 0 },
	{ "visit: of a client, by staff", SQL_VISIT_ADD,
	    { "v2", "home", "idle", "#1", "k", "visual", "home_visit", "x",
	    "illness" }, ERR_OK, 1 },
	{ "visit: no method", SQL_VISIT_ADD,
	    { "v2", "pin", "idle", "#1", "k" }, ERR_ROW, 0 },
	{ "visit: staff", SQL_VISIT_STAFF, { "x", "#2", "v1" }, ERR_OK, 1 },
	{ "visit: staff of none", SQL_VISIT_STAFF, { "x", "#2", "v9" },
	    ERR_OK, 0 },
	{ "visit: state of none", SQL_VISIT_STATE,
	    { "done", "#2", "v9", "idle" }, ERR_OK, 0 },
	{ "visit: another state before", SQL_VISIT_STATE,
	    { "done", "#2", "v1", "expired" }, ERR_OK, 0 },
	{ "visit: outcome forgotten", SQL_VISIT_OUTCOME,
	    { NULL, "#2", "v1" }, ERR_OK, 1 },
	{ "visit: no state", SQL_VISIT_STATE,
	    { NULL, "#2", "v1", "idle" }, ERR_ROW, 0 },
	{ "event: of a visit", SQL_VISIT_EVENT_ADD,
	    { "v1", "#2", "idle", "card", "card" }, ERR_OK, 1 },
	{ "event: of no visit", SQL_VISIT_EVENT_ADD,
	    { "v9", "#2", "idle", "card", "card" }, ERR_ROW, 0 },
	{ "result: of a request", SQL_RESULT_ADD,
	    { "d2", "res", "r1", "#2", "x" }, ERR_OK, 1 },
	{ "result: of none named", SQL_RESULT_ADD,
	    { "d2", "res", NULL, "#2", "x" }, ERR_OK, 1 },
	{ "result: of a request that is not", SQL_RESULT_ADD,
	    { "d2", "res", "r9", "#2", "x" }, ERR_ROW, 0 },
	{ "result: known already", SQL_RESULT_ADD,
	    { "d1", "res", NULL, "#2", "x" }, ERR_OK, 0 },
	{ "result: no digest", SQL_RESULT_ADD,
	    { NULL, "res", NULL, "#2", "x" }, ERR_ROW, 0 },
	{ "result: no bytes", SQL_RESULT_ADD,
	    { "d2", "res", NULL, "#2", NULL }, ERR_ROW, 0 },
	{ "patient: no chart number", SQL_PATIENT_PUT,
	    { "", "", "", "#1", "19600602", "", "", "", "", "", "", "", "",
	    "#1" },
	    ERR_ROW, 0 },
	{ "patient: a sex that is none", SQL_PATIENT_PUT,
	    { "1", "", "", "#4", "19600602", "", "", "", "", "", "", "", "",
	    "#1" },
	    ERR_ROW, 0 },
	{ "patient: name is null", SQL_PATIENT_PUT,
	    { "1", NULL, "", "#1", "19600602", "", "", "", "", "", "", "", "",
	    "#1" },
	    ERR_ROW, 0 },
	{ "patient: reference number of none", SQL_PATIENT_SET_REFERENCE,
	    { "00010", "#1", "9" }, ERR_OK, 0 },
	{ "serial: day is null", SQL_SERIAL_NEXT, { NULL }, ERR_ROW, 0 },
	{ "result: of a face reader", SQL_RESULT_FACE_ADD,
	    { "d2", "face", "#2", "x" }, ERR_OK, 1 },
	{ "result: of a face reader, known", SQL_RESULT_FACE_ADD,
	    { "f1", "face", "#2", "x" }, ERR_OK, 0 },
	{ "result: of a face reader, no bytes", SQL_RESULT_FACE_ADD,
	    { "d2", "face", "#2", NULL }, ERR_ROW, 0 },
	{ "bind: to a visit", SQL_RESULT_BIND, { "v1", "f1" }, ERR_OK, 1 },
	{ "bind: to no visit", SQL_RESULT_BIND, { "v9", "f1" }, ERR_ROW, 0 },
	{ "bind: not of a face reader", SQL_RESULT_BIND, { "v1", "d1" },
	    ERR_OK, 0 },
	{ "bind: none", SQL_RESULT_BIND, { "v1", "f9" }, ERR_OK, 0 },
	{ "news: of a visit", SQL_EVENT_ADD,
	    { "#1", "visit", "v1", "k", "{}" }, ERR_OK, 1 },
	{ "news: of all", SQL_EVENT_ADD,
	    { "#1", "alarm", NULL, NULL, "{}" }, ERR_OK, 1 },
	{ "news: an unknown kind", SQL_EVENT_ADD,
	    { "#1", "rumour", NULL, NULL, "{}" }, ERR_ROW, 0 },
	{ "news: no kind", SQL_EVENT_ADD,
	    { "#1", NULL, NULL, NULL, "{}" }, ERR_ROW, 0 },
	{ "news: no data", SQL_EVENT_ADD,
	    { "#1", "visit", NULL, NULL, NULL }, ERR_ROW, 0 },
	{ "news: the last one stays", SQL_EVENT_PRUNE, { "#100" }, ERR_OK,
	    0 },
	{ "client: new", SQL_CLIENT_ADD, { "a", "desk", "#0", "", "#1" },
	    ERR_OK, 1 },
	{ "client: name used before", SQL_CLIENT_ADD,
	    { "k", "desk", "#0", "", "#1" }, ERR_ROW, 0 },
	{ "client: name of a revoked one", SQL_CLIENT_ADD,
	    { "old", "desk", "#0", "", "#1" }, ERR_ROW, 0 },
	{ "client: no name", SQL_CLIENT_ADD,
	    { "", "desk", "#0", "", "#1" }, ERR_ROW, 0 },
	{ "client: name is null", SQL_CLIENT_ADD,
	    { NULL, "desk", "#0", "", "#1" }, ERR_ROW, 0 },
	{ "client: an unknown role", SQL_CLIENT_ADD,
	    { "a", "root", "#0", "", "#1" }, ERR_ROW, 0 },
	{ "client: no reader", SQL_CLIENT_ADD,
	    { "a", "desk", "#0", NULL, "#1" }, ERR_ROW, 0 },
	{ "token: new", SQL_CLIENT_TOKEN, { "t2", "k" }, ERR_OK, 1 },
	{ "token: away", SQL_CLIENT_TOKEN, { NULL, "k" }, ERR_OK, 1 },
	{ "token: of another client", SQL_CLIENT_TOKEN, { "t1", "m" },
	    ERR_ROW, 0 },
	{ "token: of a revoked client", SQL_CLIENT_TOKEN, { "t2", "old" },
	    ERR_OK, 0 },
	{ "token: of none", SQL_CLIENT_TOKEN, { "t2", "x" }, ERR_OK, 0 },
	{ "key: new", SQL_CLIENT_KEY, { "00", "k" }, ERR_OK, 1 },
	{ "key: of a revoked client", SQL_CLIENT_KEY, { "00", "old" },
	    ERR_OK, 0 },
	{ "key: of none", SQL_CLIENT_KEY, { "00", "x" }, ERR_OK, 0 },
	{ "reader: new", SQL_CLIENT_READER, { "pcsc:B", "k" }, ERR_OK, 1 },
	{ "reader: null", SQL_CLIENT_READER, { NULL, "k" }, ERR_ROW, 0 },
	{ "reader: of a revoked client", SQL_CLIENT_READER,
	    { "pcsc:B", "old" }, ERR_OK, 0 },
	{ "started", SQL_CLIENT_STARTED, { "#5", "k" }, ERR_OK, 1 },
	{ "started: a revoked client", SQL_CLIENT_STARTED, { "#5", "old" },
	    ERR_OK, 0 },
	{ "started: none", SQL_CLIENT_STARTED, { "#5", "x" }, ERR_OK, 0 },
	{ "revoke", SQL_CLIENT_REVOKE, { "#5", "k" }, ERR_OK, 1 },
	{ "revoke: again", SQL_CLIENT_REVOKE, { "#5", "old" }, ERR_OK, 0 },
	{ "revoke: none", SQL_CLIENT_REVOKE, { "#5", "x" }, ERR_OK, 0 },
	{ "code: replaces", SQL_ENROLMENT_PUT, { "k", "c2", "#10" }, ERR_OK,
	    1 },
	{ "code: of no client", SQL_ENROLMENT_PUT, { "x", "c2", "#10" },
	    ERR_ROW, 0 },
	{ "code: of another client", SQL_ENROLMENT_PUT, { "m", "c1", "#10" },
	    ERR_ROW, 0 },
	{ "code: is null", SQL_ENROLMENT_PUT, { "m", NULL, "#10" }, ERR_ROW,
	    0 },
	{ "code: taken in time", SQL_ENROLMENT_TAKE, { "#9", "c1" }, ERR_OK,
	    1 },
	{ "code: taken too late", SQL_ENROLMENT_TAKE, { "#10", "c1" },
	    ERR_OK, 0 },
	{ "code: of a revoked client, taken", SQL_ENROLMENT_TAKE,
	    { "#9", "c0" }, ERR_OK, 0 },
	{ "code: none, taken", SQL_ENROLMENT_TAKE, { "#9", "c9" }, ERR_OK,
	    0 },
	{ "device: new", SQL_DEVICE_PUT, { "b", "e3", "#5" }, ERR_OK, 1 },
	{ "device: name in use", SQL_DEVICE_PUT, { "d", "e3", "#5" }, ERR_OK,
	    0 },
	{ "device: name of a revoked one", SQL_DEVICE_PUT,
	    { "gone", "e3", "#5" }, ERR_OK, 1 },
	{ "device: key in use", SQL_DEVICE_PUT, { "b", "e1", "#5" }, ERR_ROW,
	    0 },
	{ "device: key of a revoked one", SQL_DEVICE_PUT,
	    { "b", "e0", "#5" }, ERR_ROW, 0 },
	{ "device: no name", SQL_DEVICE_PUT, { "", "e3", "#5" }, ERR_ROW, 0 },
	{ "device: no key", SQL_DEVICE_PUT, { "b", NULL, "#5" }, ERR_ROW, 0 },
	{ "device: seen", SQL_DEVICE_SEEN, { "#6", "e1" }, ERR_OK, 1 },
	{ "device: none seen", SQL_DEVICE_SEEN, { "#6", "e9" }, ERR_OK, 0 },
	{ "device: renamed", SQL_DEVICE_RENAME, { "b", "d" }, ERR_OK, 1 },
	{ "device: renamed to another's name", SQL_DEVICE_RENAME,
	    { "gone", "d" }, ERR_ROW, 0 },
	{ "device: renamed to nothing", SQL_DEVICE_RENAME, { "", "d" },
	    ERR_ROW, 0 },
	{ "device: a revoked one renamed", SQL_DEVICE_RENAME,
	    { "b", "gone" }, ERR_OK, 0 },
	{ "device: none renamed", SQL_DEVICE_RENAME, { "b", "x" }, ERR_OK,
	    0 },
	{ "device: revoked", SQL_DEVICE_REVOKE, { "#6", "d" }, ERR_OK, 1 },
	{ "device: revoked again", SQL_DEVICE_REVOKE, { "#6", "gone" },
	    ERR_OK, 0 },
	{ "device: none revoked", SQL_DEVICE_REVOKE, { "#6", "x" }, ERR_OK,
	    0 },
	{ "invitation: replaces", SQL_INVITATION_PUT, { "n", "i2", "#10" },
	    ERR_OK, 1 },
	{ "invitation: code of another", SQL_INVITATION_PUT,
	    { "o", "i1", "#10" }, ERR_ROW, 0 },
	{ "invitation: no code", SQL_INVITATION_PUT, { "o", NULL, "#10" },
	    ERR_ROW, 0 },
	{ "invitation: of nobody", SQL_INVITATION_PUT, { "", "i2", "#10" },
	    ERR_ROW, 0 },
	{ "invitation: taken in time", SQL_INVITATION_TAKE, { "#9", "i1" },
	    ERR_OK, 1 },
	{ "invitation: taken too late", SQL_INVITATION_TAKE,
	    { "#10", "i1" }, ERR_OK, 0 },
	{ "invitation: none, taken", SQL_INVITATION_TAKE, { "#9", "i9" },
	    ERR_OK, 0 },
	{ "invitation: dropped", SQL_INVITATION_DROP, { "n" }, ERR_OK, 1 },
	{ "invitation: none, dropped", SQL_INVITATION_DROP, { "x" }, ERR_OK,
	    0 },
	{ "readers: of those that had it", SQL_CLIENT_READERS,
	    { "device:b", "pcsc:A" }, ERR_OK, 1 },
	{ "readers: nobody had it", SQL_CLIENT_READERS,
	    { "device:b", "pcsc:B" }, ERR_OK, 0 },
	{ "readers: null", SQL_CLIENT_READERS, { NULL, "pcsc:A" }, ERR_ROW,
	    0 },
	{ "passcode: new", SQL_PASSCODE_ADD,
	    { "p2", "#8", "a", "#1", "#9", "00", "00" }, ERR_OK, 1 },
	{ "passcode: id used before", SQL_PASSCODE_ADD,
	    { "p1", "#8", "a", "#1", "#9", "00", "00" }, ERR_ROW, 0 },
	{ "passcode: no salt", SQL_PASSCODE_ADD,
	    { "p2", "#8", "a", "#1", "#9", NULL, "00" }, ERR_ROW, 0 },
	{ "passcode: no hash", SQL_PASSCODE_ADD,
	    { "p2", "#8", "a", "#1", "#9", "00", NULL }, ERR_ROW, 0 },
	{ "passcode: no end", SQL_PASSCODE_ADD,
	    { "p2", "#8", "a", "#1", NULL, "00", "00" }, ERR_ROW, 0 },
	{ "passcode: revoked", SQL_PASSCODE_REVOKE, { "#5", "p1" }, ERR_OK,
	    1 },
	{ "passcode: revoked again", SQL_PASSCODE_REVOKE, { "#5", "p0" },
	    ERR_OK, 0 },
	{ "passcode: none, revoked", SQL_PASSCODE_REVOKE, { "#5", "p9" },
	    ERR_OK, 0 },
	{ "lockout: new", SQL_LOCKOUT_PUT, { "m", "#1", "#0" }, ERR_OK, 1 },
	{ "lockout: replaces", SQL_LOCKOUT_PUT, { "k", "#2", "#0" }, ERR_OK,
	    1 },
	{ "lockout: no count", SQL_LOCKOUT_PUT, { "k", NULL, "#0" }, ERR_ROW,
	    0 },
	{ "lockout: of nobody", SQL_LOCKOUT_PUT, { NULL, "#1", "#0" },
	    ERR_ROW, 0 },
	{ "key of a request: used before", SQL_IDEMPOTENCY_ADD,
	    { "k", "i1", "f2", "#2" }, ERR_ROW, 0 },
	{ "key of a request: of another client", SQL_IDEMPOTENCY_ADD,
	    { "m", "i1", "f2", "#2" }, ERR_OK, 1 },
	{ "key of a request: no fingerprint", SQL_IDEMPOTENCY_ADD,
	    { "k", "i2", NULL, "#2" }, ERR_ROW, 0 },
	{ "key of a request: done", SQL_IDEMPOTENCY_DONE,
	    { "#201", "v1", "k", "i1" }, ERR_OK, 1 },
	{ "key of a request: another client's, done", SQL_IDEMPOTENCY_DONE,
	    { "#201", "v1", "m", "i1" }, ERR_OK, 0 },
	{ "key of a request: dropped", SQL_IDEMPOTENCY_DROP, { "k", "i1" },
	    ERR_OK, 1 },
	{ "key of a request: another client's, dropped",
	    SQL_IDEMPOTENCY_DROP, { "m", "i1" }, ERR_OK, 0 },
	{ "key of a request: old", SQL_IDEMPOTENCY_PRUNE, { "#2" }, ERR_OK,
	    1 },
	{ "key of a request: not old yet", SQL_IDEMPOTENCY_PRUNE, { "#1" },
	    ERR_OK, 0 },
	{ "document: new", SQL_DOCUMENT_ADD, { "d1", "00001", "drug", "pdf",
	    "n", "x1", "", "", "#0", "#1", "#9", "#3", "raw" }, ERR_OK, 1 },
	{ "document: an unknown kind", SQL_DOCUMENT_ADD, { "d1", "00001",
	    "photo", "pdf", "n", "x1", "", "", "#0", "#1", "#9", "#3", "raw" },
	    ERR_ROW, 0 },
	{ "document: an unknown form", SQL_DOCUMENT_ADD, { "d1", "00001",
	    "drug", "zip", "n", "x1", "", "", "#0", "#1", "#9", "#3", "raw" },
	    ERR_ROW, 0 },
	{ "document: no bytes", SQL_DOCUMENT_ADD, { "d1", "00001", "drug",
	    "pdf", "n", "x1", "", "", "#0", "#1", "#9", "#3", NULL }, ERR_ROW,
	    0 },
	{ "document: none to prune", SQL_DOCUMENT_PRUNE, { "#9" }, ERR_OK, 0 },
	{ "asking: new", SQL_DOCUMENT_ASK_ADD, { "a1", "00001", "drug", "pdf",
	    "", "", "#0", "r1", "open", "#1" }, ERR_OK, 1 },
	{ "asking: without a file", SQL_DOCUMENT_ASK_ADD, { "a1", "00001",
	    "drug", "pdf", "", "", "#0", NULL, "ended", "#1" }, ERR_OK, 1 },
	{ "asking: an unknown state", SQL_DOCUMENT_ASK_ADD, { "a1", "00001",
	    "drug", "pdf", "", "", "#0", NULL, "none", "#1" }, ERR_ROW, 0 },
	{ "asking: end of none", SQL_DOCUMENT_ASK_END, { "refused", "#2", NULL,
	    "x", "REFUSED", "a9" }, ERR_OK, 0 },
	{ "asking: dropped, none", SQL_DOCUMENT_ASK_DROP, { "a9" }, ERR_OK, 0 },
};

static void
make_vals(enum sql which, const char *const *texts, struct val *v)
{
	for (size_t i = 0; i < sql_params(which); i++)
		v[i] = texts[i] != NULL && texts[i][0] == '#' ?
		    val_int(strtol(texts[i] + 1, NULL, 10)) :
		    val_text(texts[i]);
}

static enum err
run_texts(struct store *s, enum sql which, const char *const *texts,
    int64_t *changed)
{
	struct val v[14];

	make_vals(which, texts, v);
	return (store_run(s, which, v, sql_params(which), NULL, NULL,
	    changed));
}

/* Clients k with token and code, m without, old, which is revoked. */
static void
fill_clients(struct store *s)
{
	static const struct {
		enum sql	 which;
		const char	*vals[7];
	} rows[] = {
		{ SQL_CLIENT_ADD, { "k", "kiosk", "#0", "pcsc:A", "#1" } },
		{ SQL_CLIENT_ADD, { "m", "monitor", "#0", "", "#1" } },
		{ SQL_CLIENT_ADD, { "old", "kiosk", "#1", "", "#1" } },
		{ SQL_CLIENT_TOKEN, { "t1", "k" } },
		{ SQL_CLIENT_TOKEN, { "t0", "old" } },
		{ SQL_ENROLMENT_PUT, { "k", "c1", "#10" } },
		{ SQL_ENROLMENT_PUT, { "old", "c0", "#10" } },
		{ SQL_CLIENT_REVOKE, { "#2", "old" } },
		{ SQL_DEVICE_PUT, { "d", "e1", "#1" } },
		{ SQL_DEVICE_PUT, { "gone", "e0", "#1" } },
		{ SQL_DEVICE_REVOKE, { "#2", "gone" } },
		{ SQL_INVITATION_PUT, { "n", "i1", "#10" } },
		{ SQL_PASSCODE_ADD, { "p0", "#8", "a", "#3", "#9", "5a",
		    "6a" } },
		{ SQL_PASSCODE_ADD, { "p1", "#6", "b", "#4", "#9", "5b",
		    "6b" } },
		{ SQL_PASSCODE_REVOKE, { "#5", "p0" } },
		{ SQL_LOCKOUT_PUT, { "k", "#4", "#0" } },
		{ SQL_IDEMPOTENCY_ADD, { "k", "i1", "f1", "#1" } },
		{ SQL_EVENT_ADD, { "#1", "visit", "v1", "k", "{}" } },
		{ SQL_RESULT_FACE_ADD, { "f1", "face", "#3", "<f/>" } },
	};

	for (size_t i = 0; i < LEN(rows); i++)
		assert_int_equal(run_texts(s, rows[i].which, rows[i].vals,
		    NULL), ERR_OK);
}

static struct store *
open_filled(void)
{
	static const char *const visit[] = { "v1", "pin", "idle", "#1", NULL,
	    "pin", NULL, NULL, NULL };
	static const char *const request[] = { "r1", "i1", "siquc", "v1",
	    "00001", "#1" };
	static const char *const result[] = { "d1", "res", "r1", "#1", "raw" };
	struct store *s = open_store();

	assert_int_equal(run_texts(s, SQL_VISIT_ADD, visit, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_REQUEST_ADD, request, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_RESULT_ADD, result, NULL), ERR_OK);
	fill_clients(s);
	return (s);
}

static void
constraint_row(void **state)
{
	const struct constraint *row = *state;
	struct store *s = open_filled();
	int64_t changed = -1;

	assert_int_equal(run_texts(s, row->which, row->vals, &changed),
	    row->want);
	assert_int_equal(changed, row->changed);
	store_close(&s);
}

static void
visits_are_listed(void **state)
{
	static const char *const add[] = { "v2", "home", "idle", "#5", "k",
	    "visual", "home_visit", "x", "illness" };
	static const char *const staff[] = { "y", "#6", "v2" };
	static const char *const patient[] = { "00001", "#7", "v1" };
	static const char *const identity[] = { "{}", "#8", "v1" };
	static const char *const consent[] = { "[]", "#9", "v1" };
	static const char *const e1[] = { "v1", "#2", "idle", "card", "card" };
	static const char *const e2[] = { "v1", "#3", "card", "pin", "verified" };
	struct store *s = open_filled();
	struct val id = val_text("v1"), limit = val_int(1);

	(void)state;
	assert_int_equal(run_texts(s, SQL_VISIT_ADD, add, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_VISIT_STAFF, staff, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_VISIT_PATIENT, patient, NULL),
	    ERR_OK);
	assert_int_equal(run_texts(s, SQL_VISIT_IDENTITY, identity, NULL),
	    ERR_OK);
	assert_int_equal(run_texts(s, SQL_VISIT_CONSENT, consent, NULL),
	    ERR_OK);
	assert_int_equal(run_texts(s, SQL_VISIT_EVENT_ADD, e1, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_VISIT_EVENT_ADD, e2, NULL), ERR_OK);
	expect_rows(s, SQL_VISIT_GET, &id,
	    "v1,pin,idle,00001,1,9,{},[],-,-,pin,-,-,-;");
	expect_rows(s, SQL_VISIT_LIST, &limit, "v2,home,idle,-,5,6,-,-,-,k,"
	    "visual,home_visit,y,illness;");
	expect_rows(s, SQL_VISIT_EVENTS, &id,
	    "1,2,idle,card,card;2,3,card,pin,verified;");
	id = val_text("v9");
	expect_rows(s, SQL_VISIT_GET, &id, "");
	store_close(&s);
}

/* Each list on the filled store, visits by their state beside v1. */
static const struct list {
	const char	*name;
	enum sql	 which;
	const char	*vals[4];
	const char	*want;
} lists[] = {
	{ "list: visits of a day", SQL_VISIT_DAY, { "#5", "#8", "#9", "#0" },
	    "v7,pin,done,-,7,70,-,-,-,k,pin,-,-,-;"
	    "v6,pin,refused,-,6,60,-,-,NOT_TAKEN,-,pin,-,-,-;"
	    "v5,pin,unmatched,-,5,50,-,-,-,k,pin,-,-,-;" },
	{ "list: some of a day", SQL_VISIT_DAY, { "#5", "#8", "#1", "#1" },
	    "v6,pin,refused,-,6,60,-,-,NOT_TAKEN,-,pin,-,-,-;" },
	{ "list: another day", SQL_VISIT_DAY, { "#8", "#9", "#9", "#0" },
	    "" },
	{ "list: how many on a day", SQL_VISIT_DAY_COUNT, { "#5", "#8" },
	    "3;" },
	{ "list: none on a day", SQL_VISIT_DAY_COUNT, { "#8", "#9" }, "0;" },
	{ "list: open visits of clients", SQL_VISIT_OPEN, { NULL },
	    "v2,card,k;v4,answered,k;v5,unmatched,k;" },
	{ "list: outcomes", SQL_VISIT_OUTCOMES, { "#9" },
	    "NOT_TAKEN,60;1,40;" },
	{ "list: the newest outcome", SQL_VISIT_OUTCOMES, { "#1" },
	    "NOT_TAKEN,60;" },
	{ "list: how many ended how", SQL_VISIT_COUNTS, { NULL },
	    "answered,pin,pin,1,1;cancelled,pin,pin,-,1;card,pin,pin,-,1;"
	    "done,pin,pin,-,1;idle,pin,pin,-,1;refused,pin,pin,NOT_TAKEN,1;"
	    "unmatched,pin,pin,-,1;" },
	{ "list: visits nobody touched", SQL_VISIT_STALE,
	    { "#21", "#51", "#0" },
	    "v1,idle;v2,card;v5,unmatched;" },
	{ "list: touched in time", SQL_VISIT_STALE, { "#20", "#50",
	    "#0" },
	    "v1,idle;" },
	{ "list: news after one", SQL_EVENT_AFTER, { "#1", "#9" },
	    "2,alarm,-,[2];3,reader,k,[3];" },
	{ "list: some news", SQL_EVENT_AFTER, { "#0", "#2" },
	    "1,visit,k,{};2,alarm,-,[2];" },
	{ "list: no news", SQL_EVENT_AFTER, { "#3", "#9" }, "" },
	{ "list: last news", SQL_EVENT_LAST, { NULL }, "3;" },
	{ "list: clients", SQL_CLIENT_LIST, { NULL },
	    "k,kiosk,0,pcsc:A,t1,-,1,-,-;m,monitor,0,,-,-,1,-,-;"
	    "old,kiosk,1,,-,-,1,-,2;" },
	{ "list: a client", SQL_CLIENT_GET, { "old" },
	    "old,kiosk,1,,-,-,1,-,2;" },
	{ "list: no client", SQL_CLIENT_GET, { "K" }, "" },
	{ "list: whose token", SQL_CLIENT_BY_TOKEN, { "t1" },
	    "k,kiosk,0,pcsc:A,t1,-,1,-,-;" },
	{ "list: token of a revoked one", SQL_CLIENT_BY_TOKEN, { "t0" }, "" },
	{ "list: token of none", SQL_CLIENT_BY_TOKEN, { "t9" }, "" },
	{ "list: null is no token", SQL_CLIENT_BY_TOKEN, { NULL }, "" },
	{ "list: passcodes", SQL_PASSCODE_LIST, { NULL },
	    "p1,6,b,4,9,-,5b,6b;p0,8,a,3,9,5,5a,6a;" },
	{ "list: first passcode ever", SQL_PASSCODE_FIRST, { NULL }, "3;" },
	{ "list: lockout", SQL_LOCKOUT_GET, { "k" }, "4,0;" },
	{ "list: no lockout", SQL_LOCKOUT_GET, { "m" }, "" },
	{ "list: a key not done", SQL_IDEMPOTENCY_GET, { "k", "i1" },
	    "f1,-,-;" },
	{ "list: a key of another client", SQL_IDEMPOTENCY_GET,
	    { "m", "i1" }, "" },
	{ "list: unbound face results", SQL_RESULT_UNBOUND, { "#3" },
	    "f1,face,-,3,<f/>;" },
	{ "list: none since", SQL_RESULT_UNBOUND, { "#4" }, "" },
	{ "list: results of a visit", SQL_RESULT_OF_VISIT, { "v4" },
	    "f4,face,-,9,<g/>;d4,res,r4,8,raw;" },
	{ "list: an answer of another kind", SQL_RESULT_OF_VISIT, { "v1" },
	    "" },
};

/* Visits v2 … v7, started at 2 … 7, touched at ten times that. */
static void
fill_visits(struct store *s)
{
	static const char *const visits[][3] = {
		{ "v2", "card", NULL }, { "v3", "cancelled", NULL },
		{ "v4", "answered", "1" }, { "v5", "unmatched", NULL },
		{ "v6", "refused", "NOT_TAKEN" }, { "v7", "done", NULL },
	};
	char at[8], then[8];

	for (size_t i = 0; i < LEN(visits); i++) {
		const char *id = visits[i][0];
		const char *add[] = { id, "pin", "idle", at,
		    id[1] == '6' ? NULL : "k", "pin", NULL, NULL, NULL };
		const char *to[] = { visits[i][1], then, id, "idle" };
		const char *why[] = { visits[i][2], then, id };

		snprintf(at, sizeof(at), "#%zu", i + 2);
		snprintf(then, sizeof(then), "#%zu0", i + 2);
		assert_int_equal(run_texts(s, SQL_VISIT_ADD, add, NULL),
		    ERR_OK);
		assert_int_equal(run_texts(s, SQL_VISIT_STATE, to, NULL),
		    ERR_OK);
		assert_int_equal(run_texts(s, SQL_VISIT_OUTCOME, why, NULL),
		    ERR_OK);
	}
}

static void
fill_lists(struct store *s)
{
	static const char *const request[] = { "r4", "i4", "OQSsiquc01", "v4",
	    NULL, "#4" };
	static const char *const result[] = { "d4", "res", "r4", "#8", "raw" };
	static const char *const face[] = { "f4", "face", "#9", "<g/>" };
	static const char *const bind[] = { "v4", "f4" };
	static const char *const news[][5] = {
		{ "#2", "alarm", NULL, NULL, "[2]" },
		{ "#3", "reader", NULL, "k", "[3]" },
	};

	fill_visits(s);
	assert_int_equal(run_texts(s, SQL_REQUEST_ADD, request, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_RESULT_ADD, result, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_RESULT_FACE_ADD, face, NULL),
	    ERR_OK);
	assert_int_equal(run_texts(s, SQL_RESULT_BIND, bind, NULL), ERR_OK);
	for (size_t i = 0; i < LEN(news); i++)
		assert_int_equal(run_texts(s, SQL_EVENT_ADD, news[i], NULL),
		    ERR_OK);
}

static void
list_row(void **state)
{
	const struct list *row = *state;
	struct store *s = open_filled();
	struct val v[4];

	fill_lists(s);
	make_vals(row->which, row->vals, v);
	expect_rows(s, row->which, v, row->want);
	store_close(&s);
}

static void
news_are_numbered_on(void **state)
{
	static const char *const prune[] = { "#3" };
	static const char *const news[] = { "#9", "alarm", NULL, NULL, "[4]" };
	struct store *s = open_filled();
	struct val v[] = { val_int(0), val_int(9) };
	int64_t changed = 0;

	(void)state;
	fill_lists(s);
	assert_int_equal(run_texts(s, SQL_EVENT_PRUNE, prune, &changed),
	    ERR_OK);
	assert_int_equal(changed, 2);
	assert_int_equal(run_texts(s, SQL_EVENT_ADD, news, NULL), ERR_OK);
	expect_rows(s, SQL_EVENT_AFTER, v, "3,reader,k,[3];4,alarm,-,[4];");
	store_close(&s);
}

static void
nothing_yet_is_zero(void **state)
{
	struct store *s = open_store();

	(void)state;
	expect_rows(s, SQL_EVENT_LAST, NULL, "0;");
	expect_rows(s, SQL_PASSCODE_FIRST, NULL, "0;");
	store_close(&s);
}

static void
code_is_taken_once(void **state)
{
	const struct val v[] = { val_int(9), val_text("c1") };
	struct blob got = { 0 };
	struct store *s = open_filled();

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(store_run(s, SQL_ENROLMENT_TAKE, v, 2,
		    write_row, &got, NULL), ERR_OK);
	assert_string_equal(blob_str(&got), "k;");
	blob_free(&got);
	store_close(&s);
}

static void
face_result_is_bound_once(void **state)
{
	static const char *const bind[] = { "v1", "f1" };
	struct val visit = val_text("v1"), since = val_int(0);
	struct store *s = open_filled();
	int64_t changed = 0;

	(void)state;
	assert_int_equal(run_texts(s, SQL_RESULT_BIND, bind, &changed),
	    ERR_OK);
	assert_int_equal(changed, 1);
	assert_int_equal(run_texts(s, SQL_RESULT_BIND, bind, &changed),
	    ERR_OK);
	assert_int_equal(changed, 0);
	expect_rows(s, SQL_RESULT_UNBOUND, &since, "");
	expect_rows(s, SQL_RESULT_OF_VISIT, &visit, "f1,face,-,3,<f/>;");
	store_close(&s);
}

static void
answered_key_tells_what_became_of_it(void **state)
{
	static const char *const done[] = { "#201", "v1", "k", "i1" };
	const struct val v[] = { val_text("k"), val_text("i1") };
	struct store *s = open_filled();

	(void)state;
	assert_int_equal(run_texts(s, SQL_IDEMPOTENCY_DONE, done, NULL),
	    ERR_OK);
	expect_rows(s, SQL_IDEMPOTENCY_GET, v, "f1,201,v1;");
	store_close(&s);
}

static void
open_requests_are_listed(void **state)
{
	static const char *const states[] = { "written", "answered",
	    "returned", "withdrawn", "unanswered" };
	struct store *s = open_filled();
	struct val limit = val_int(2), file = val_text("r1");
	char name[8], id[8];

	(void)state;
	for (size_t i = 0; i < LEN(states); i++) {
		const char *add[] = { name, id, "siimm", NULL, NULL, "#0" };
		const char *set[] = { states[i], "#4", "x", "y", name };

		snprintf(name, sizeof(name), "s%zu", i);
		snprintf(id, sizeof(id), "j%zu", i);
		assert_int_equal(run_texts(s, SQL_REQUEST_ADD, add, NULL),
		    ERR_OK);
		assert_int_equal(run_texts(s, SQL_REQUEST_STATE, set, NULL),
		    ERR_OK);
	}
	expect_rows(s, SQL_REQUEST_OPEN_LIST, NULL,
	    "s0,j0,siimm,-,-,written,0;s4,j4,siimm,-,-,unanswered,0;"
	    "r1,i1,siquc,v1,00001,new,1;");
	expect_rows(s, SQL_REQUEST_BY_FILE, &file,
	    "r1,i1,siquc,v1,00001,new,1,-,-,-;");
	expect_rows(s, SQL_REQUEST_LIST, &limit,
	    "r1,i1,siquc,v1,00001,new,1,-,-,-;"
	    "s4,j4,siimm,-,-,unanswered,0,4,x,y;");
	expect_rows(s, SQL_REQUEST_COUNTS, NULL,
	    "siimm,answered,x,1;siimm,returned,x,1;siimm,unanswered,x,1;"
	    "siimm,withdrawn,x,1;siimm,written,x,1;siquc,new,-,1;");
	store_close(&s);
}

/* A row of finding; the rest of it says nothing here. */
#define FINDING(id, source, at, outcome, code, validity, chart)		\
	"INSERT INTO finding (id, digest, unit, source, kind, at, "	\
	"asked_on, identifier, name, kana, name_key, kana_key, sex, "	\
	"birthdate, insurer_number, insured_card_symbol, "		\
	"insured_identification_number, insured_branch_number, "	\
	"reference_number, validity, outcome, code, message, "		\
	"chart_number, link, state, data) VALUES ('" id "', 'd" id	\
	"', 0, '" source "', 'k', " at ", '', '', '', '', '', '', 0, "	\
	"'', '', '', '', '', '', '" validity "', '" outcome "', '" code	\
	"', '', " chart ", '', 'new', '{}');"
#define AGREED(finding, item, flag, until, said_at)			\
	"INSERT INTO finding_consent (finding, item, care, flag, at, "	\
	"until, reason, said_at) VALUES ('" finding "', '" item		\
	"', '2', '" flag "', '', '" until "', '', '" said_at "');"

/* Hours are Japan's; what is a list's is no check; an end counts where no
 * newer word of the same patient, item and care is there. */
static void
figures_are_counted(void **state)
{
	const struct val span[] = { val_int(0), val_int(7200000) },
	    days[] = { val_text("20260101000000"),
	    val_text("20260201000000") };
	struct store *s = open_filled();

	(void)state;
	raw_exec("DELETE FROM request;"
	    FINDING("1", "check", "0", "accepted", "", "1", "'a'")
	    FINDING("2", "face", "3599999", "accepted", "", "1", "'b'")
	    FINDING("3", "check", "3600000", "error", "E1", "", "NULL")
	    FINDING("4", "check", "7200000", "accepted", "", "1", "'a'")
	    FINDING("5", "list", "0", "accepted", "", "2", "'a'")
	    AGREED("1", "drug", "1", "20260110235959", "1")
	    AGREED("4", "drug", "1", "20260120235959", "2")
	    AGREED("2", "drug", "1", "20260120000000", "1")
	    AGREED("2", "checkup", "2", "20260120000000", "1")
	    AGREED("3", "drug", "1", "20260120000000", "1")
	    AGREED("5", "checkup", "1", "20260201000000", "1")
	    "INSERT INTO request VALUES "
	    "('f1', '1', 'OQSsiquc01', NULL, NULL, 'answered', 0, 500, '', ''),"
	    "('f2', '2', 'OQSsiquc01', NULL, NULL, 'answered', 0, 501, '', ''),"
	    "('f3', '3', 'OQSsiquc01', NULL, NULL, 'answered', 0, 60001, '',"
	    " ''),"
	    "('f4', '4', 'OQSsiquc01', NULL, NULL, 'unanswered', 3600000, NULL,"
	    " '', ''),"
	    "('f5', '5', 'OQSmuquc01', NULL, NULL, 'answered', 0, 1, '', ''),"
	    "('f6', '6', 'OQSsiquc01', NULL, NULL, 'answered', 7200000, "
	    "7200001, '', '')");
	expect_rows(s, SQL_FIGURE_FINDINGS, span,
	    "9,accepted,1,,2;10,error,,E1,1;");
	expect_rows(s, SQL_FIGURE_REQUESTS, span, "9,answered,-1,1;"
	    "9,answered,500,1;9,answered,1000,1;10,unanswered,0,1;");
	expect_rows(s, SQL_FIGURE_CONSENTS, days, "20260120,2;");
	store_close(&s);
}

static enum err
count_late(void *ctx, const struct val *cols, size_t n)
{
	assert_int_equal(n, 4);
	assert_string_equal(val_str(&cols[0]), "v1");
	assert_string_equal(val_str(&cols[2]), "res");
	++*(int *)ctx;
	return (ERR_OK);
}

/* v1 has an answer in the store; what of it says that it is late. */
static const struct late {
	const char	*name, *state, *outcome, *request;
	int		 found;
} lates[] = {
	{ "late: unanswered", "unanswered", NULL, "answered", 1 },
	{ "late: left, long ago", "requested", NULL, "answered", 1 },
	{ "late: returned", "unanswered", NULL, "returned", 1 },
	{ "late: still out", "unanswered", NULL, "unanswered", 0 },
	{ "late: answered", "answered", "1", "answered", 0 },
	{ "late: refused by the folder", "refused", "FOLDER", "answered", 1 },
	{ "late: refused by the store", "refused", "STORE_BUSY", "answered",
	    1 },
	{ "late: refused, not taken", "refused", "NOT_TAKEN", "answered", 1 },
	{ "late: refused by the terminal", "refused", "REFUSED", "returned",
	    0 },
};

static void
late_row(void **state)
{
	const struct late *row = *state;
	const char *to[] = { row->state, "#5", "v1", "idle" };
	const char *why[] = { row->outcome, "#5", "v1" };
	const char *rq[] = { row->request, "#5", NULL, NULL, "r1" };
	const struct val v[] = { val_text("unanswered"),
	    val_text("requested"), val_int(6), val_text("refused"),
	    val_text("REFUSED"), val_text("siquc") };
	struct store *s = open_filled();
	int found = 0;

	assert_int_equal(run_texts(s, SQL_VISIT_STATE, to, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_VISIT_OUTCOME, why, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_REQUEST_STATE, rq, NULL), ERR_OK);
	assert_int_equal(store_run(s, SQL_VISIT_LATE, v, LEN(v), count_late,
	    &found, NULL), ERR_OK);
	assert_int_equal(found, row->found);
	store_close(&s);
}

/* Two processes: what the first one said of a request stays. */
static const struct move {
	const char	*name, *from;
	int64_t		 changed;
} moves[] = {
	{ "move: new", "new", 1 }, { "move: written", "written", 1 },
	{ "move: answered stays", "answered", 0 },
	{ "move: returned stays", "returned", 0 },
	{ "move: withdrawn stays", "withdrawn", 0 },
	{ "move: unanswered stays", "unanswered", 0 },
};

static void
move_row(void **state)
{
	const struct move *row = *state;
	const char *from[] = { row->from, "#5", "x", "y", "r1" };
	const char *to[] = { "unanswered", "r1" };
	struct store *s = open_filled();
	int64_t changed = -1;

	assert_int_equal(run_texts(s, SQL_REQUEST_STATE, from, NULL), ERR_OK);
	assert_int_equal(run_texts(s, SQL_REQUEST_MOVE, to, &changed),
	    ERR_OK);
	assert_int_equal(changed, row->changed);
	store_close(&s);
}

static enum err
check_raw(void *ctx, const struct val *cols, size_t n)
{
	const struct val *want = ctx;

	assert_int_equal(n, 6);
	assert_int_equal(cols[2].type, VAL_NULL);
	assert_string_equal(val_str(&cols[2]), "");
	assert_int_equal(val_num(&cols[2]), 0);
	assert_int_equal(cols[4].type, VAL_BLOB);
	assert_int_equal(cols[4].len, want->len);
	if (want->len > 0)
		assert_memory_equal(cols[4].data, want->data, want->len);
	return (ERR_CANCELLED);		/* shows that there was a row */
}

static void
raw_bytes_come_back(void **state)
{
	static const char raw[] = { '<', 0, '?', (char)0xfb, (char)0xfc, 0 };
	struct val blobs[] = { val_blob(raw, sizeof(raw)), val_blob(NULL, 0) };
	struct store *s = open_store();
	char digest[4] = "d0";

	(void)state;
	for (size_t i = 0; i < LEN(blobs); i++) {
		struct val v[] = { val_text(digest), val_text("f"),
		    val_text(NULL), val_int(1), blobs[i] };

		digest[1]++;
		v[0] = val_text(digest);
		assert_int_equal(store_run(s, SQL_RESULT_ADD, v, LEN(v), NULL,
		    NULL, NULL), ERR_OK);
		assert_int_equal(store_run(s, SQL_RESULT_BY_DIGEST, v, 1,
		    check_raw, &blobs[i], NULL), ERR_CANCELLED);
	}
	store_close(&s);
}

/* Numbers of a day; several processes. */

static void
serials_count_per_day(void **state)
{
	struct store *s = open_store();

	(void)state;
	assert_int_equal(next_serial(s, "20261120"), 1);
	assert_int_equal(next_serial(s, "20261120"), 2);
	assert_int_equal(next_serial(s, "20261121"), 1);
	store_close(&s);
	s = open_store();
	assert_int_equal(next_serial(s, "20261120"), 3);
	store_close(&s);
}

/* Opens too: the first of them creates the store. */
static int
take_fifty(void)
{
	int64_t last = 0, n;
	struct store *s = NULL;
	int rc = 0;

	if (store_open(path, &s, NULL) != ERR_OK)
		return (1);
	for (int i = 0; i < 50 && rc == 0; i++, last = n)
		if ((n = next_serial(s, "20261120")) <= last)
			rc = 2;
	store_close(&s);
	return (rc);
}

static void
processes_never_share_a_serial(void **state)
{
	pid_t a = start(take_fifty), b = start(take_fifty),
	    c = start(take_fifty);
	struct store *s;

	(void)state;
	assert_int_equal(result_of(a), 0);
	assert_int_equal(result_of(b), 0);
	assert_int_equal(result_of(c), 0);
	s = open_store();
	assert_int_equal(next_serial(s, "20261120"), 151);
	store_close(&s);
}

static void
processes_migrate_once(void **state)
{
	pid_t a, b;
	struct store *s;

	(void)state;
	make_old();
	a = start(take_fifty);
	b = start(take_fifty);
	assert_int_equal(result_of(a), 0);
	assert_int_equal(result_of(b), 0);
	s = open_store();
	assert_int_equal(count_patients(s), 1);
	store_close(&s);
}

static int ready[2], go[2];

/* Takes the lock, says so, and holds it until it is told to go. */
static int
hold_lock(void)
{
	struct store *s = NULL;
	char c = 0;

	close(go[1]);
	if (store_open(path, &s, NULL) != ERR_OK || store_begin(s) != ERR_OK ||
	    put_patient(s, "2") != ERR_OK || write(ready[1], &c, 1) != 1 ||
	    read(go[0], &c, 1) != 0)
		return (1);
	store_rollback(s);
	store_close(&s);
	return (0);
}

static void
lock_of_another_process_is_busy(void **state)
{
	struct store *s;
	pid_t pid;
	char c;

	(void)state;
	make_store();
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	pid = start(hold_lock);
	assert_int_equal(read(ready[0], &c, 1), 1);
	s = open_store();
	assert_int_equal(count_patients(s), 200);	/* readers go on */
	assert_int_equal(put_patient(s, "3"), ERR_STORE_BUSY);
	close(go[1]);
	assert_int_equal(result_of(pid), 0);
	assert_int_equal(put_patient(s, "3"), ERR_OK);
	assert_int_equal(count_patients(s), 201);
	store_close(&s);
	close(go[0]);
	close(ready[0]);
	close(ready[1]);
}

/* Transactions. */

static void
transactions_do_not_nest(void **state)
{
	struct store *s = open_store();

	(void)state;
	assert_int_equal(store_commit(s), ERR_SEQUENCE);
	store_rollback(s);
	assert_int_equal(store_begin(s), ERR_OK);
	assert_int_equal(store_begin(s), ERR_SEQUENCE);
	assert_int_equal(put_patient(s, "1"), ERR_OK);
	assert_int_equal(store_commit(s), ERR_OK);
	assert_int_equal(store_commit(s), ERR_SEQUENCE);
	assert_int_equal(count_patients(s), 1);
	store_close(&s);
}

static void
begin_takes_the_lock(void **state)
{
	struct store *s = open_store();
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(store_begin(s), ERR_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL), SQLITE_BUSY);
	store_rollback(s);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	store_close(&s);
}

static void
rollback_undoes(void **state)
{
	struct store *s = open_store();

	(void)state;
	assert_int_equal(store_begin(s), ERR_OK);
	assert_int_equal(put_patient(s, "1"), ERR_OK);
	assert_int_equal(count_patients(s), 1);
	store_rollback(s);
	assert_int_equal(count_patients(s), 0);
	assert_int_equal(store_begin(s), ERR_OK);
	assert_int_equal(put_patient(s, "2"), ERR_OK);
	store_close(&s);
	s = open_store();
	assert_int_equal(count_patients(s), 0);
	store_close(&s);
}

/* Another of this process, which does not wait, may write at once. */
static int
turn_is_free(void)
{
	struct store *s = open_store();
	int is_free;

	store_patience(s, 0);
	is_free = store_begin(s) == ERR_OK;
	store_close(&s);
	return (is_free);
}

static void
turn_ends_with_every_way_out(void **state)
{
	/* Longer than any text may be, which is seen before it is read. */
	const struct val v[] = { { .type = VAL_TEXT, .data = (const uint8_t *)
	    "x", .len = (size_t)1 << 32 } };
	struct store *s = open_store();
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(store_run(s, SQL_INVITATION_DROP, v, 1, NULL, NULL,
	    NULL), ERR_TOOBIG);
	assert_true(turn_is_free());
	/* Another process has it: neither a statement nor begin keeps it. */
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL,
	    NULL), SQLITE_OK);
	store_patience(s, 0);
	assert_int_equal(put_patient(s, "1"), ERR_STORE_BUSY);
	assert_int_equal(store_begin(s), ERR_STORE_BUSY);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_true(turn_is_free());
	/* Inside a transaction it is held until the end. */
	assert_int_equal(store_begin(s), ERR_OK);
	assert_int_equal(put_patient(s, "1"), ERR_OK);
	assert_false(turn_is_free());
	assert_int_equal(store_commit(s), ERR_OK);
	assert_true(turn_is_free());
	assert_int_equal(store_begin(s), ERR_OK);
	store_rollback(s);
	assert_true(turn_is_free());
	assert_int_equal(store_begin(s), ERR_OK);
	store_close(&s);
	assert_true(turn_is_free());
}

static int
die_in_transaction(void)
{
	struct store *s = NULL;

	if (store_open(path, &s, NULL) != ERR_OK || store_begin(s) != ERR_OK)
		return (1);
	for (int i = 0; i < 2000; i++) {
		char chart[16];

		snprintf(chart, sizeof(chart), "x%d", i);
		if (put_patient(s, chart) != ERR_OK)
			return (2);
	}
	return (0);		/* _exit: nothing is closed */
}

static void
death_before_commit_leaves_the_old_state(void **state)
{
	struct store *s;

	(void)state;
	make_store();
	assert_int_equal(result_of(start(die_in_transaction)), 0);
	s = open_store();
	assert_int_equal(count_patients(s), 200);
	store_close(&s);
}

static int
die_after_write(void)
{
	struct store *s = NULL;

	if (store_open(path, &s, NULL) != ERR_OK ||
	    put_patient(s, "x1") != ERR_OK || store_begin(s) != ERR_OK ||
	    put_patient(s, "x2") != ERR_OK || store_commit(s) != ERR_OK)
		return (1);
	return (kill(getpid(), SIGKILL));
}

static void
death_after_write_keeps_it(void **state)
{
	struct store *s;

	(void)state;
	make_store();
	assert_int_equal(result_of(start(die_after_write)), -SIGKILL);
	s = open_store();
	assert_int_equal(count_patients(s), 202);
	store_close(&s);
}

/* No file may grow past 256 KiB, as on a full disk. */
static void
limit_files(rlim_t size)
{
	struct rlimit lim;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &lim);
	lim.rlim_cur = size;
	setrlimit(RLIMIT_FSIZE, &lim);
}

static enum err
add_big(struct store *s, int i)
{
	static const char raw[32768];
	struct val v[] = { val_text(NULL), val_text("f"), val_text(NULL),
	    val_int(1), val_blob(raw, sizeof(raw)) };
	char digest[16];

	snprintf(digest, sizeof(digest), "d%d", i);
	v[0] = val_text(digest);
	return (store_run(s, SQL_RESULT_ADD, v, LEN(v), NULL, NULL, NULL));
}

static int
fill_disk(void)
{
	enum err r = ERR_OK;
	struct store *s = NULL;

	if (store_open(path, &s, NULL) != ERR_OK)
		return (1);
	limit_files(262144);
	for (int i = 0; i < 20 && r == ERR_OK; i++)
		r = add_big(s, i);
	if (r != ERR_STORE)
		return (2);
	if (count_patients(s) != 200)
		return (3);
	limit_files(RLIM_INFINITY);
	if (add_big(s, 100) != ERR_OK)
		return (4);
	store_close(&s);
	return (0);
}

static void
full_disk_is_an_error_and_passes(void **state)
{
	struct store *s;

	(void)state;
	make_store();
	assert_int_equal(result_of(start(fill_disk)), 0);
	s = open_store();
	assert_int_equal(count_patients(s), 200);
	store_close(&s);
}

/* Enough that the cache spills into the log before the commit. */
static int
fill_disk_in_transaction(void)
{
	enum err r = ERR_OK;
	struct store *s = NULL;

	if (store_open(path, &s, NULL) != ERR_OK || store_begin(s) != ERR_OK ||
	    put_patient(s, "x1") != ERR_OK)
		return (1);
	limit_files(262144);
	for (int i = 0; i < 200 && r == ERR_OK; i++)
		r = add_big(s, i);
	limit_files(RLIM_INFINITY);
	/* Undone by SQLite itself: what follows must not be kept alone. */
	if (r != ERR_STORE || put_patient(s, "x3") != ERR_STORE)
		return (2);
	if (store_commit(s) != ERR_STORE)
		return (3);
	if (count_patients(s) != 200 || store_begin(s) != ERR_OK ||
	    put_patient(s, "x2") != ERR_OK || store_commit(s) != ERR_OK)
		return (4);
	store_close(&s);
	return (0);
}

static void
full_disk_undoes_a_transaction(void **state)
{
	struct store *s;

	(void)state;
	make_store();
	assert_int_equal(result_of(start(fill_disk_in_transaction)), 0);
	s = open_store();
	assert_int_equal(count_patients(s), 201);
	store_close(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest plain[] = {
	TEST(figures_are_counted),
	TEST(folder_is_refused),
	TEST(fifo_is_refused),
	TEST(missing_folder_is_refused),
	TEST(unwritable_folder_is_refused),
	TEST(unwritable_file_is_refused),
	TEST(file_in_read_only_folder_is_refused),
	TEST(new_files_are_private),
	TEST(empty_file_becomes_a_store),
	TEST(creation_that_was_cut_off_starts_again),
	TEST(other_program_that_was_cut_off_is_refused),
	TEST(name_is_no_uri),
	TEST(reopened_store_keeps_rows),
	TEST(old_schema_is_migrated_on_a_copy),
	TEST(rows_of_schema_two_are_kept),
	TEST(failed_migration_leaves_schema_two),
	TEST(failed_migration_leaves_the_old_schema),
	TEST(new_store_leaves_no_copy),
	TEST(written_row_is_in_the_log),
	TEST(unknown_statements_are_none),
	TEST(number_of_parameters_is_checked),
	TEST(row_function_ends_the_statement),
	TEST(statement_within_itself_is_refused),
	TEST(visits_are_listed),
	TEST(news_are_numbered_on),
	TEST(nothing_yet_is_zero),
	TEST(code_is_taken_once),
	TEST(face_result_is_bound_once),
	TEST(answered_key_tells_what_became_of_it),
	TEST(open_requests_are_listed),
	TEST(raw_bytes_come_back),
	TEST(serials_count_per_day),
	TEST(processes_never_share_a_serial),
	TEST(processes_migrate_once),
	TEST(lock_of_another_process_is_busy),
	TEST(transactions_do_not_nest),
	TEST(begin_takes_the_lock),
	TEST(turn_ends_with_every_way_out),
	TEST(rollback_undoes),
	TEST(death_before_commit_leaves_the_old_state),
	TEST(death_after_write_keeps_it),
	TEST(full_disk_is_an_error_and_passes),
	TEST(full_disk_undoes_a_transaction),
};

static struct CMUnitTest
row_test(const char *name, CMUnitTestFunction f, const void *row)
{
	return ((struct CMUnitTest){ .name = name, .test_func = f,
	    .setup_func = set_up, .teardown_func = tear_down,
	    .initial_state = (void *)(uintptr_t)row });
}

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(refused) + LEN(statements) +
	    LEN(constraints) + LEN(lists) + LEN(lates) + LEN(moves)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(refused); i++)
		tests[n++] = row_test(refused[i].name, refused_row,
		    &refused[i]);
	for (size_t i = 0; i < LEN(statements); i++)
		tests[n++] = row_test(statements[i].name, statement_row,
		    &statements[i]);
	for (size_t i = 0; i < LEN(constraints); i++)
		tests[n++] = row_test(constraints[i].name, constraint_row,
		    &constraints[i]);
	for (size_t i = 0; i < LEN(lists); i++)
		tests[n++] = row_test(lists[i].name, list_row, &lists[i]);
	for (size_t i = 0; i < LEN(lates); i++)
		tests[n++] = row_test(lates[i].name, late_row, &lates[i]);
	for (size_t i = 0; i < LEN(moves); i++)
		tests[n++] = row_test(moves[i].name, move_row, &moves[i]);
	return (cmocka_run_group_tests_name("store_sqlite", tests, NULL,
	    NULL));
}
