#include <sys/stat.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/store/schema.h"
#include "host/store/store.h"
#include "host/store/turn.h"

#define RETRY_MS	20
#define COLS_MAX	32	/* the widest statement has 27 */

struct store {
	sqlite3		*db;
	sqlite3_stmt	*stmts[SQL_COUNT];
	int		 version;
	int		 begun;
	int		 patience;	/* ms, of another's write */
};

/*
 * Writers of one process take turns here.  SQLite's own wait looks again after
 * ever longer pauses, in which nobody writes, and lets the unlucky starve; it
 * remains for writers of other processes.
 */
static struct turn writing = TURN_INIT;

/* Names of people must not outlive their row in free pages of the file. */
static const char settings[] =
    "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
    "PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL;"
    /* Sorting leaves nothing personal in a folder of the system's. */
    "PRAGMA temp_store = MEMORY;";

/*
 * Made without a descriptor of ours: closing one would drop the locks that
 * other connections of this process hold.  The -wal and -shm files take the
 * mode of this one.  The full path keeps SQLite from reading "file:" names.
 */
static enum err
make_file(const char *path, char full[PATH_MAX], struct note *note)
{
	struct stat st;

	if (mknod(path, S_IFREG | 0600, 0) != 0 && errno != EEXIST)
		return (schema_refuse(path, strerror(errno), note));
	if (stat(path, &st) != 0 || realpath(path, full) == NULL)
		return (schema_refuse(path, strerror(errno), note));
	if (!S_ISREG(st.st_mode))
		return (schema_refuse(path, "is not a file", note));
	return (ERR_OK);
}

/* Another process may be switching too, and SQLite does not wait for that. */
static enum err
use_wal(sqlite3 *db, const char *path, struct note *note)
{
	int64_t deadline = clock_ms() + STORE_BUSY_MS;
	sqlite3_stmt *st = NULL;
	enum err r = ERR_OK;
	int rc;

	for (;;) {
		rc = sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1,
		    &st, NULL);
		if (rc == SQLITE_OK)
			rc = sqlite3_step(st);
		if ((rc & 0xff) != SQLITE_BUSY || clock_ms() > deadline)
			break;
		sqlite3_finalize(st);
		clock_sleep(RETRY_MS);
	}
	if (rc != SQLITE_ROW)
		r = schema_fail(db, path, note);
	else if (strcmp((const char *)sqlite3_column_text(st, 0), "wal") != 0)
		r = schema_refuse(path, "must be on a local disk", note);
	sqlite3_finalize(st);
	return (r);
}

static enum err
prepare(struct store *s, enum sql which, const char *path, struct note *note)
{
	sqlite3_stmt **st = &s->stmts[which];

	if (sqlite3_prepare_v3(s->db, sql_text(which), -1,
	    SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK)
		return (schema_fail(s->db, path, note));
	if ((size_t)sqlite3_bind_parameter_count(*st) != sql_params(which) ||
	    sqlite3_column_count(*st) > COLS_MAX) {
		note_set(note, "%s: statement %s", path, sql_name(which));
		return (ERR_SEQUENCE);
	}
	return (ERR_OK);
}

/* A file that is refused is left as it is, its -wal too. */
static enum err
set_up(struct store *s, const char *path, struct note *note)
{
	enum err r;

	store_patience(s, STORE_BUSY_MS);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if ((r = schema_check(s->db, path, note)) != ERR_OK ||
	    (r = schema_exec(s->db, path, settings, note)) != ERR_OK ||
	    (r = schema_migrate(s->db, path, note)) != ERR_OK ||
	    (r = use_wal(s->db, path, note)) != ERR_OK)
		return (r);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	for (int i = 0; i < SQL_COUNT; i++)
		if ((r = prepare(s, (enum sql)i, path, note)) != ERR_OK)
			return (r);
	s->version = sql_newest();
	return (ERR_OK);
}

enum err
store_open(const char *path, struct store **out, struct note *note)
{
	char full[PATH_MAX] = "";
	struct store *s;
	enum err r;

	*out = NULL;
	if ((r = make_file(path, full, note)) != ERR_OK)
		return (r);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (ERR_NOMEM);
	if (sqlite3_open_v2(full, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		r = schema_fail(s->db, full, note);
	else
		r = set_up(s, full, note);
	if (r == ERR_OK) {
		*out = s;
		s = NULL;	/* moved */
	}
	store_close(&s);
	return (r);
}

void
store_close(struct store **sp)
{
	struct store *s = *sp;

	if (s == NULL)
		return;
	store_rollback(s);
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(s->stmts[i]);
	sqlite3_close(s->db);
	free(s);
	*sp = NULL;
}

static int
bind(sqlite3_stmt *st, int i, const struct val *v)
{
	switch (v->type) {
	case VAL_NULL:
		return (sqlite3_bind_null(st, i));
	case VAL_INT:
		return (sqlite3_bind_int64(st, i, v->num));
	case VAL_TEXT:
		return (sqlite3_bind_text64(st, i, v->data, v->len,
		    SQLITE_STATIC, SQLITE_UTF8));
	case VAL_BLOB:
		/* SQLite takes a NULL pointer for NULL; ours is empty. */
		return (sqlite3_bind_blob64(st, i,
		    v->data == NULL ? "" : v->data, v->len, SQLITE_STATIC));
	}
	return (SQLITE_MISUSE);
}

static struct val
column(sqlite3_stmt *st, int i)
{
	struct val v = { .type = VAL_NULL };

	switch (sqlite3_column_type(st, i)) {
	case SQLITE_NULL:
		return (v);
	case SQLITE_INTEGER:
		return (val_int(sqlite3_column_int64(st, i)));
	case SQLITE_BLOB:
		v.type = VAL_BLOB;
		v.data = sqlite3_column_blob(st, i);
		break;
	default:
		v.type = VAL_TEXT;
		v.data = sqlite3_column_text(st, i);
		break;
	}
	v.len = (size_t)sqlite3_column_bytes(st, i);
	return (v);
}

static enum err
give_row(sqlite3_stmt *st, store_row *row, void *ctx)
{
	struct val cols[COLS_MAX];
	int n = sqlite3_column_count(st);

	for (int i = 0; i < n; i++) {
		cols[i] = column(st, i);
		/* Only a failed allocation makes text without a pointer. */
		if (cols[i].type == VAL_TEXT && cols[i].data == NULL)
			return (ERR_NOMEM);
	}
	return (row == NULL ? ERR_OK : row(ctx, cols, (size_t)n));
}

/* The reason goes to the log without SQLite's own words on the values. */
static enum err
step_failed(enum sql which, int rc)
{
	enum err r = schema_err(rc);

	if (r == ERR_STORE)
		log_line(LOG_ERROR, "store", "%s: %s", sql_name(which),
		    sqlite3_errstr(rc));
	return (r);
}

static enum err
step_all(struct store *s, enum sql which, store_row *row, void *ctx,
    int64_t *changed)
{
	sqlite3_stmt *st = s->stmts[which];
	enum err r = ERR_OK;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if ((r = give_row(st, row, ctx)) != ERR_OK)
			return (r);
	if (rc != SQLITE_DONE)
		return (step_failed(which, rc));
	if (changed != NULL && !sqlite3_stmt_readonly(st))
		*changed = sqlite3_changes64(s->db);
	return (ERR_OK);
}

/* 1 if SQLite gave a transaction of ours up by itself, on a full disk. */
static int
is_lost(const struct store *s)
{
	return (s->begun && sqlite3_get_autocommit(s->db));
}

enum err
store_run(struct store *s, enum sql which, const struct val *vals, size_t n,
    store_row *row, void *ctx, int64_t *changed)
{
	int rc = SQLITE_OK, alone;
	sqlite3_stmt *st;
	enum err r;

	if (changed != NULL)
		*changed = 0;
	if ((unsigned)which >= SQL_COUNT || n != sql_params(which) ||
	    sqlite3_stmt_busy(s->stmts[which]))
		return (ERR_SEQUENCE);
	if (is_lost(s))
		return (ERR_STORE);
	st = s->stmts[which];
	for (size_t i = 0; i < n && rc == SQLITE_OK; i++)
		rc = bind(st, (int)i + 1, &vals[i]);
	alone = !s->begun && !sqlite3_stmt_readonly(st);
	if (rc != SQLITE_OK)
		r = step_failed(which, rc);
	else if (!alone ||
	    (r = turn_take(&writing, s->patience)) == ERR_OK)
		r = step_all(s, which, row, ctx, changed);
	else
		alone = 0;
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	if (alone && rc == SQLITE_OK)
		turn_end(&writing);
	return (r);
}

static enum err
run_plain(struct store *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
	enum err r = schema_err(rc);

	if (r == ERR_STORE)
		log_line(LOG_ERROR, "store", "%s: %s", sql,
		    sqlite3_errstr(rc));
	return (r);
}

enum err
store_begin(struct store *s)
{
	enum err r;

	if (s->begun)
		return (ERR_SEQUENCE);
	/* Immediate: a lock that is only wanted later cannot be waited for. */
	if ((r = turn_take(&writing, s->patience)) != ERR_OK)
		return (r);
	if ((r = run_plain(s, "BEGIN IMMEDIATE")) == ERR_OK)
		s->begun = 1;
	else
		turn_end(&writing);
	return (r);
}

void
store_patience(struct store *s, int ms)
{
	s->patience = ms;
	sqlite3_busy_timeout(s->db, ms);
}

int
store_forget(struct store *s)
{
	int rc;

	sqlite3_busy_timeout(s->db, 0);
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(s->db, s->patience);
	return (rc == SQLITE_OK);
}

enum err
store_commit(struct store *s)
{
	enum err r;

	if (!s->begun)
		return (ERR_SEQUENCE);
	r = is_lost(s) ? ERR_STORE : run_plain(s, "COMMIT");
	if (r == ERR_OK) {
		s->begun = 0;
		turn_end(&writing);
	} else {
		store_rollback(s);
	}
	return (r);
}

void
store_rollback(struct store *s)
{
	if (!s->begun)
		return;
	if (!sqlite3_get_autocommit(s->db))
		run_plain(s, "ROLLBACK");
	s->begun = 0;
	turn_end(&writing);
}

int
store_version(const struct store *s)
{
	return (s->version);
}
