#ifndef HOST_STORE_STORE_H
#define HOST_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "host/store/sql.h"

/*
 * Where everything durable is kept.  Callers name a statement of sql.h and
 * give values; SQL itself is said in host/store only, so that another
 * database is another file beside sqlite.c.  One thread uses a store at a
 * time.  A write that returned ERR_OK outside a transaction is on disk.
 */
struct store;

enum val_type { VAL_NULL, VAL_INT, VAL_TEXT, VAL_BLOB };

/* A parameter (borrowed for the call) or a column (valid in the callback). */
struct val {
	enum val_type	 type;
	int64_t		 num;
	const void	*data;		/* text is UTF-8 and terminated */
	size_t		 len;		/* bytes, without the terminator */
};

struct val	val_int(int64_t);
struct val	val_text(const char *);		/* NULL becomes VAL_NULL */
struct val	val_blob(const void *, size_t);
/* Column as text, "" for NULL; as number, 0 for NULL. */
const char	*val_str(const struct val *);
int64_t		 val_num(const struct val *);

/*
 * How long a statement waits for another's write, in this process and then in
 * another one, before it is ERR_STORE_BUSY: STORE_BUSY_MS unless said otherwise.  A thread that serves
 * others waits STORE_BRIEF_MS.
 */
#define STORE_BUSY_MS	5000
#define STORE_BRIEF_MS	250
void		store_patience(struct store *, int ms);

/* Called per row; anything but ERR_OK ends the statement and is returned. */
typedef enum err store_row(void *ctx, const struct val *cols, size_t n);

/*
 * path: the SQLite file, made 0600 when missing; its folder must exist.
 * Old schemas are migrated one step at a time inside a transaction, after a
 * copy "<path>.v<N>.bak" was made.  ERR_STORE_NEWER, ERR_STORE_BUSY,
 * ERR_STORE; the note names the path and the reason.
 */
enum err	store_open(const char *path, struct store **, struct note *);
void		store_close(struct store **);	/* NULL fine; sets NULL */

/*
 * Runs one statement.  n must be the statement's number of parameters
 * (ERR_SEQUENCE).  row may be NULL when it returns none.  *changed (NULL
 * ok): rows inserted, updated or deleted.  A row that breaks a UNIQUE or
 * CHECK is ERR_ROW; ERR_STORE_BUSY after 5 s of waiting for another process.
 */
enum err	store_run(struct store *, enum sql, const struct val *, size_t n,
		    store_row *row, void *ctx, int64_t *changed);

/* No nesting: begin inside begin is ERR_SEQUENCE. */
enum err	store_begin(struct store *);
enum err	store_commit(struct store *);
void		store_rollback(struct store *);	/* harmless without begin */
/*
 * After something personal was deleted: what the write-ahead log still holds
 * of it is dropped.  0: another connection is at it just now, try again.
 * Disks that keep old blocks are beyond this (features.md R18).
 */
int		store_forget(struct store *);

int		store_version(const struct store *);	/* schema, 1 up */

#endif
