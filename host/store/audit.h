#ifndef HOST_STORE_AUDIT_H
#define HOST_STORE_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "host/store/store.h"

/*
 * Who did what, when and why: rows are added and read; there is no statement
 * that changes or deletes one.  They hold ids and chart numbers, no names.
 */

/* Who acts: a client of the agent ("cli:USER" at the command line), the
 * member of the staff and the reason where one is asked for; "" or NULL
 * where there is none. */
struct audit_who {
	const char	*client, *staff, *reason;
};

#define AUDIT_PATIENT	"patient:"	/* + chart number: a subject */
#define AUDIT_FINDING	"finding:"	/* + id */
#define AUDIT_IMPORT	"import:"	/* + id */

/*
 * Adds a row in the caller's transaction, if there is one: what is undone
 * takes its row with it.  action: one of our words ("link"); kind and id make
 * the subject; data: JSON text, "" for none.
 */
enum err	audit_add(struct store *, const struct audit_who *,
		    const char *action, const char *kind, const char *id,
		    const char *data);

/* "" or 0: any. */
struct audit_query {
	const char	*subject;	/* "patient:13" */
	const char	*action;
	int64_t		 from, before;	/* wall ms; before 0: up to now */
	int64_t		 limit;		/* 1 up */
	int64_t		 offset;
};

struct audit_row {
	int64_t		 seq, at;
	const char	*client, *staff, *action, *subject, *reason, *data;
};

typedef enum err audit_each(void *ctx, const struct audit_row *);

/* Newest first.  *total (NULL ok): all that meet the query. */
enum err	audit_list(struct store *, const struct audit_query *,
		    audit_each *, void *ctx, int64_t *total);

#endif
