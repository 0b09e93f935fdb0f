#ifndef HOST_DEVICE_QUEUE_H
#define HOST_DEVICE_QUEUE_H

#include "base/buf.h"
#include "crypto/seal.h"
#include "host/device/dir.h"

/*
 * Sealed records on this device that the agent has not taken yet: one file
 * each, whole or not there, removed when the agent has it.  One that it
 * refused is kept apart, with its reason.  Nobody here can open them.
 */
struct queue {
	struct dir	waiting, refused;
};

#define QUEUE_NAME 96	/* "20261120090000123-<id>.rec" and 0 */

enum err	queue_open(const struct dir *device, struct queue *,
		    struct note *);
void		queue_close(struct queue *);

/* On disk when this returns; id is the record's, at wall ms. */
enum err	queue_add(struct queue *, const char *id, int64_t at,
		    const struct blob *sealed, struct note *);

struct queue_row {
	const char	*name;
	enum err	 why;	/* ERR_OK: waits; else why it was refused */
};
typedef enum err queue_each(void *ctx, const struct queue_row *);
/* Those that wait, oldest first; then those that were refused. */
enum err	queue_list(struct queue *, queue_each *, void *ctx,
		    struct note *);

/* ERR_NOT_FOUND: another program was faster. */
enum err	queue_read(struct queue *, const char *name, struct blob *,
		    struct note *);
/* The agent has it. */
enum err	queue_drop(struct queue *, const char *name, struct note *);
/* The agent will never take it. */
enum err	queue_refuse(struct queue *, const char *name, enum err why,
		    struct note *);

#endif
