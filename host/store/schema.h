#ifndef HOST_STORE_SCHEMA_H
#define HOST_STORE_SCHEMA_H

#include <sqlite3.h>

#include "base/err.h"

/*
 * The SQLite file as a whole: whether it is ours and sound, and how old.
 * For sqlite.c.  path is the file the connection was opened on.
 */

/* What a SQLite result code means to the callers of a store. */
enum err	schema_err(int rc);
/* The connection's last error as an error, path and reason in the note. */
enum err	schema_fail(sqlite3 *, const char *path, struct note *);
/* ERR_STORE, path and reason in the note. */
enum err	schema_refuse(const char *path, const char *reason,
		    struct note *);
/* Runs SQL that returns nothing. */
enum err	schema_exec(sqlite3 *, const char *path, const char *sql,
		    struct note *);

/* Nothing is written before this said yes: ERR_STORE, ERR_STORE_BUSY. */
enum err	schema_check(sqlite3 *, const char *path, struct note *);
/*
 * Brings the schema to sql_newest(), all steps or none; a store that held
 * something is copied to "<path>.v<N>.bak" first.  ERR_STORE_NEWER.
 */
enum err	schema_migrate(sqlite3 *, const char *path, struct note *);

#endif
