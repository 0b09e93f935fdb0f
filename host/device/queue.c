#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "driver/errname.h"
#include "host/device/names.h"
#include "host/device/queue.h"

#define WAITING		"queue"
#define REFUSED		"refused"
#define SUFFIX		".rec"
#define WHY		".why"
#define WHY_MAX		64

static enum err
open_part(const struct dir *device, const char *name, struct dir *d,
    struct note *note)
{
	char path[PATH_MAX];
	enum err r;

	if ((r = dir_path(device, name, path)) != ERR_OK)
		return (r);
	return (dir_open(path, 1, d, note));
}

enum err
queue_open(const struct dir *device, struct queue *q, struct note *note)
{
	enum err r;

	*q = (struct queue){ .waiting.fd = -1, .refused.fd = -1 };
	if ((r = open_part(device, WAITING, &q->waiting, note)) == ERR_OK &&
	    (r = open_part(device, REFUSED, &q->refused, note)) == ERR_OK &&
	    fsync(device->fd) != 0) {
		note_set(note, "%s: %s", device->path, strerror(errno));
		r = ERR_FOLDER;
	}
	if (r != ERR_OK)
		queue_close(q);
	return (r);
}

void
queue_close(struct queue *q)
{
	dir_close(&q->waiting);
	dir_close(&q->refused);
}

enum err
queue_add(struct queue *q, const char *id, int64_t at,
    const struct blob *sealed, struct note *note)
{
	char name[QUEUE_NAME], stamp[CLOCK_STAMP_LEN];

	clock_stamp(at, stamp);
	if (snprintf(name, sizeof(name), "%s-%s" SUFFIX, stamp, id) >=
	    (int)sizeof(name) || strchr(name, '/') != NULL)
		return (ERR_TOOBIG);
	return (dir_write(&q->waiting, name, sealed->data, sealed->len,
	    note));
}

/* "x.rec" becomes "x.why". */
static enum err
why_name(const char *name, char out[QUEUE_NAME])
{
	size_t n = strlen(name);

	if (n >= QUEUE_NAME || n < sizeof(SUFFIX))
		return (ERR_TOOBIG);
	memcpy(out, name, n + 1);
	memcpy(out + n - (sizeof(SUFFIX) - 1), WHY, sizeof(WHY));
	return (ERR_OK);
}

/* ERR_LIB, which is no refusal, when the reason cannot be read. */
static enum err
read_why(struct queue *q, const char *name)
{
	struct blob b = { 0 };
	struct note note = { "" };
	char path[QUEUE_NAME];
	enum err why = ERR_LIB;

	if (why_name(name, path) == ERR_OK && dir_read(&q->refused, path,
	    WHY_MAX, &b, &note) == ERR_OK)
		(void)errname_find(b.data, strcspn(blob_str(&b), "\n"),
		    &why);
	blob_free(&b);
	return (why);
}

static enum err
list_part(struct queue *q, int refused, queue_each *each, void *ctx,
    struct note *note)
{
	struct names all;
	enum err r;

	if ((r = names_read(refused ? &q->refused : &q->waiting, SUFFIX, &all,
	    note)) != ERR_OK)
		return (r);
	for (size_t i = 0; r == ERR_OK && i < all.n; i++) {
		const struct queue_row row = { all.list[i], refused ?
		    read_why(q, all.list[i]) : ERR_OK };

		r = each(ctx, &row);
	}
	names_free(&all);
	return (r);
}

enum err
queue_list(struct queue *q, queue_each *each, void *ctx, struct note *note)
{
	enum err r;

	if ((r = list_part(q, 0, each, ctx, note)) != ERR_OK)
		return (r);
	return (list_part(q, 1, each, ctx, note));
}

enum err
queue_read(struct queue *q, const char *name, struct blob *out,
    struct note *note)
{
	return (dir_read(&q->waiting, name, SEAL_MAX, out, note));
}

enum err
queue_drop(struct queue *q, const char *name, struct note *note)
{
	return (names_remove(&q->waiting, name, NULL, note));
}

/* The reason first: one that is there without a record says nothing. */
enum err
queue_refuse(struct queue *q, const char *name, enum err why,
    struct note *note)
{
	char path[QUEUE_NAME], line[WHY_MAX];
	int n;
	enum err r;

	n = snprintf(line, sizeof(line), "%s\n", err_name(why));
	if ((r = why_name(name, path)) != ERR_OK ||
	    (r = dir_write(&q->refused, path, line, (size_t)n, note)) !=
	    ERR_OK)
		return (r);
	if ((renameat(q->waiting.fd, name, q->refused.fd, name) == 0 ||
	    errno == ENOENT) && fsync(q->refused.fd) == 0 &&
	    fsync(q->waiting.fd) == 0)
		return (ERR_OK);
	note_set(note, "%s/%s: %s", q->waiting.path, name, strerror(errno));
	return (ERR_FOLDER);
}
