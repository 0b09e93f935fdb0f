#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "host/store/schema.h"
#include "host/store/sql.h"

/* "skk1": marks the file as ours (SQLite file format, offset 68). */
#define APPLICATION	0x736b6b31
#define APPLICATION_SQL	"PRAGMA application_id = 1936419633"

#define HEADER		100	/* SQLite file format 1.3 */
#define HEADER_APP	68
#define COPY_PAGES	256
#define CHECK_MS	1000	/* a large store must not delay the start */
#define CHECK_OPS	10000	/* how often the time is looked at */

static const struct {
	int		rc;
	enum err	err;
} rcs[] = {
	{ SQLITE_OK,		ERR_OK },
	{ SQLITE_ROW,		ERR_OK },
	{ SQLITE_DONE,		ERR_OK },
	{ SQLITE_BUSY,		ERR_STORE_BUSY },
	{ SQLITE_LOCKED,	ERR_STORE_BUSY },
	{ SQLITE_CONSTRAINT,	ERR_ROW },
	{ SQLITE_NOMEM,		ERR_NOMEM },
	{ SQLITE_TOOBIG,	ERR_TOOBIG },
	{ SQLITE_MISUSE,	ERR_SEQUENCE },
};

enum err
schema_err(int rc)
{
	for (size_t i = 0; i < sizeof(rcs) / sizeof(rcs[0]); i++)
		if ((rc & 0xff) == rcs[i].rc)
			return (rcs[i].err);
	return (ERR_STORE);
}

enum err
schema_fail(sqlite3 *db, const char *path, struct note *note)
{
	int rc = sqlite3_extended_errcode(db), sys = sqlite3_system_errno(db);

	note_set(note, "%s: %s%s%s", path, sqlite3_errstr(rc),
	    sys == 0 ? "" : ": ", sys == 0 ? "" : strerror(sys));
	return (schema_err(rc));
}

enum err
schema_exec(sqlite3 *db, const char *path, const char *sql, struct note *note)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return (schema_fail(db, path, note));
	return (ERR_OK);
}

/* The single number that a statement returns. */
static enum err
get_int(sqlite3 *db, const char *path, const char *sql, int64_t *num,
    struct note *note)
{
	sqlite3_stmt *st = NULL;
	enum err r = ERR_OK;

	*num = 0;
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		r = schema_fail(db, path, note);
	else
		*num = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return (r);
}

enum err
schema_refuse(const char *path, const char *reason, struct note *note)
{
	note_set(note, "%s: %s", path, reason);
	return (ERR_STORE);
}

/* A creation that was cut off leaves a journal, which SQLite rolls back. */
static int
has_journal(const char *path)
{
	struct blob name = { 0 };
	struct stat st;
	int yes = 0;

	if (blob_printf(&name, "%s-journal", path) == ERR_OK)
		yes = stat(blob_str(&name), &st) == 0 && st.st_size > 0;
	blob_free(&name);
	return (yes);
}

/* Where a creation was cut off, the first page is whole or not there. */
static int
is_blank(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (head[i] != 0)
			return (0);
	return (1);
}

/* 1 if the header is that of a store, before SQLite acts on the file. */
static int
header_is_ours(const uint8_t *head, size_t len)
{
	static const char magic[16] = "SQLite format 3";
	struct buf b = { head, len }, got;
	uint32_t app;

	return (buf_take(&b, sizeof(magic), &got) == ERR_OK &&
	    memcmp(got.p, magic, sizeof(magic)) == 0 &&
	    buf_skip(&b, HEADER_APP - sizeof(magic)) == ERR_OK &&
	    buf_u32(&b, &app) == ERR_OK && app == APPLICATION);
}

/*
 * Through SQLite's own descriptor: to open and close the file here would
 * drop the locks that other connections of this process hold on it.
 */
static enum err
check_header(sqlite3 *db, const char *path, struct note *note)
{
	uint8_t head[HEADER] = { 0 };
	sqlite3_file *f = NULL;
	sqlite3_int64 size = 0;
	int rc, journal;

	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &f) !=
	    SQLITE_OK || f == NULL ||
	    f->pMethods->xFileSize(f, &size) != SQLITE_OK)
		return (schema_refuse(path, "cannot be read", note));
	if (size == 0)
		return (ERR_OK);
	/* Before the header: a journal that is gone by now leaves a whole one. */
	journal = has_journal(path);
	rc = f->pMethods->xRead(f, head, sizeof(head), 0);
	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return (schema_refuse(path, sqlite3_errstr(rc), note));
	if (!header_is_ours(head, sizeof(head)) &&
	    !(is_blank(head, sizeof(head)) && journal))
		return (schema_refuse(path, "is not a store of shikaku", note));
	return (ERR_OK);
}

static int
out_of_time(void *deadline)
{
	return (clock_ms() > *(const int64_t *)deadline);
}

static enum err
check_pages(sqlite3 *db, const char *path, struct note *note)
{
	int64_t deadline = clock_ms() + CHECK_MS;
	sqlite3_stmt *st = NULL;
	enum err r = ERR_OK;
	int rc;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &st, NULL) !=
	    SQLITE_OK)
		return (schema_fail(db, path, note));
	sqlite3_progress_handler(db, CHECK_OPS, out_of_time, &deadline);
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_INTERRUPT)
		r = schema_fail(db, path, note);
	else if (rc == SQLITE_ROW &&
	    strcmp((const char *)sqlite3_column_text(st, 0), "ok") != 0)
		r = schema_refuse(path, "the file is damaged", note);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	sqlite3_finalize(st);
	return (r);
}

static enum err
look_at_mark(sqlite3 *db, const char *path, struct note *note)
{
	int64_t mark, tables;
	enum err r;

	if ((r = get_int(db, path, "PRAGMA application_id", &mark, note)) !=
	    ERR_OK || mark == APPLICATION)
		return (r);
	if ((r = get_int(db, path, "SELECT COUNT(*) FROM sqlite_schema",
	    &tables, note)) != ERR_OK)
		return (r);
	if (mark != 0 || tables != 0)
		return (schema_refuse(path, "is not a store of shikaku", note));
	return (ERR_OK);
}

/* Ours, or nothing at all yet: in one look, as another process may be making
 * it. */
static enum err
check_mark(sqlite3 *db, const char *path, struct note *note)
{
	enum err r;

	if ((r = schema_exec(db, path, "BEGIN", note)) != ERR_OK)
		return (r);
	r = look_at_mark(db, path, note);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return (r);
}

enum err
schema_check(sqlite3 *db, const char *path, struct note *note)
{
	enum err r;

	if (sqlite3_db_readonly(db, "main") != 0)
		return (schema_refuse(path, "may not be written", note));
	if ((r = check_header(db, path, note)) != ERR_OK)
		return (r);
	if ((r = check_pages(db, path, note)) != ERR_OK)
		return (r);
	return (check_mark(db, path, note));
}

/* The name itself must be on disk before the schema changes. */
static int
sync_folder(const char *path)
{
	struct blob name = { 0 };
	int fd = -1, ok = 0;

	if (blob_add_str(&name, path) == ERR_OK)
		fd = open(dirname((char *)name.data),
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1) {
		ok = fsync(fd) == 0;
		close(fd);
	}
	blob_free(&name);
	return (ok);
}

/* A connection of its own: backup refuses one that is about to write. */
static enum err
copy_pages(const char *path, const char *copy, struct note *note)
{
	sqlite3 *src = NULL, *dst = NULL;
	sqlite3_backup *b = NULL;
	enum err r = ERR_OK;
	int rc;

	if (sqlite3_open_v2(path, &src, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK) {
		r = schema_fail(src, path, note);
		goto out;
	}
	if (sqlite3_open_v2(copy, &dst, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK ||
	    (b = sqlite3_backup_init(dst, "main", src, "main")) == NULL) {
		r = schema_fail(dst, copy, note);
		goto out;
	}
	do {
		rc = sqlite3_backup_step(b, COPY_PAGES);
	} while (rc == SQLITE_OK);
	if (sqlite3_backup_finish(b) != SQLITE_OK)
		r = schema_fail(dst, copy, note);
out:
	sqlite3_close(dst);
	sqlite3_close(src);
	return (r);
}

/* Whole or absent: written aside, then renamed. */
static enum err
copy_store(const char *path, int version, struct note *note)
{
	struct blob name = { 0 }, tmp = { 0 };
	enum err r;

	if ((r = blob_printf(&name, "%s.v%d.bak", path, version)) != ERR_OK ||
	    (r = blob_printf(&tmp, "%s.tmp", blob_str(&name))) != ERR_OK)
		goto out;
	if ((unlink(blob_str(&tmp)) != 0 && errno != ENOENT) ||
	    mknod(blob_str(&tmp), S_IFREG | 0600, 0) != 0) {
		r = schema_refuse(blob_str(&tmp), strerror(errno), note);
		goto out;
	}
	if ((r = copy_pages(path, blob_str(&tmp), note)) == ERR_OK &&
	    (rename(blob_str(&tmp), blob_str(&name)) != 0 ||
	    !sync_folder(path)))
		r = schema_refuse(blob_str(&name), strerror(errno), note);
	if (r != ERR_OK)
		unlink(blob_str(&tmp));
out:
	blob_free(&name);
	blob_free(&tmp);
	return (r);
}

static enum err
run_steps(sqlite3 *db, const char *path, int from, struct note *note)
{
	char mark[64];
	enum err r;

	for (int v = from + 1; v <= sql_newest(); v++)
		if ((r = schema_exec(db, path, sql_step(v), note)) != ERR_OK)
			return (r);
	snprintf(mark, sizeof(mark), "PRAGMA user_version = %d",
	    sql_newest());
	if ((r = schema_exec(db, path, mark, note)) != ERR_OK ||
	    (r = schema_exec(db, path, APPLICATION_SQL, note)) != ERR_OK)
		return (r);
	return (schema_exec(db, path, "COMMIT", note));
}

static enum err
get_version(sqlite3 *db, const char *path, int64_t *version, struct note *note)
{
	enum err r;

	if ((r = get_int(db, path, "PRAGMA user_version", version, note)) !=
	    ERR_OK)
		return (r);
	if (*version > sql_newest()) {
		note_set(note, "%s: schema %d, this program knows %d", path,
		    (int)*version, sql_newest());
		return (ERR_STORE_NEWER);
	}
	if (*version < 0)
		return (schema_refuse(path, "the file is damaged", note));
	return (ERR_OK);
}

enum err
schema_migrate(sqlite3 *db, const char *path, struct note *note)
{
	int64_t v;
	enum err r;

	if ((r = get_version(db, path, &v, note)) != ERR_OK ||
	    v == sql_newest())
		return (r);
	/* Again under the lock: another process may have been faster. */
	if ((r = schema_exec(db, path, "BEGIN IMMEDIATE", note)) != ERR_OK)
		return (r);
	if ((r = get_version(db, path, &v, note)) == ERR_OK &&
	    v != sql_newest()) {
		if (v > 0)
			r = copy_store(path, (int)v, note);
		if (r == ERR_OK)
			r = run_steps(db, path, (int)v, note);
	}
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return (r);
}
