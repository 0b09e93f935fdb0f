#ifndef HOST_QUALIFY_FOLDER_H
#define HOST_QUALIFY_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * One shared folder of the terminal, on a local disk or a Windows share.
 * Files are found by name, not by listing, so that others' files do not
 * matter; only regular files are read, never through a symbolic link; what
 * is not ours is never changed.  One thread uses a folder at a time.
 */
struct folder;

/* ERR_FOLDER: not there, no folder, no right to enter it; a share (share.h)
 * that is not mounted just now. */
enum err	folder_open(const char *path, struct folder **, struct note *);
void		folder_close(struct folder **);	/* NULL fine; sets NULL */

/*
 * A whole file at once: temporary name, fsync, rename that replaces nothing.
 * ERR_FOREIGN when the name is taken, ERR_FOLDER; nothing is left behind.
 * ERR_SYS: the rename failed and the folder does not tell whether the file
 * is there now.
 */
enum err	folder_put(struct folder *, const char *name, const void *,
		    size_t, struct note *);

/*
 * The same in two steps, for files that somebody may take away at once and
 * that must come once: folder_stage writes each, synced, under a name beside
 * (beginning with FOLDER_STAGE; one that is there already is replaced), the
 * caller makes a note of them, and folder_show renames each, replacing
 * nothing.  folder_sync comes before each note, of what was staged and of what
 * was shown: a name is on disk after it.  folder_show: ERR_FOREIGN when the
 * name is taken, ERR_NO_SUCH when there is no stage: it was shown before.
 */
#define FOLDER_STAGE	".shikaku-part-"
enum err	folder_stage(struct folder *, const char *stage, const void *,
		    size_t, struct note *);
enum err	folder_show(struct folder *, const char *stage,
		    const char *name, struct note *);
void		folder_sync(struct folder *);

/*
 * Reads a file twice, settle_ms apart.  ERR_HALF when it changed meanwhile
 * or is held by its writer, ERR_FOREIGN when it is no regular file,
 * ERR_XML_BIG past max, and the blob holds the first max + 1 bytes.  *found
 * 0 and ERR_OK when there is none.
 */
enum err	folder_read(struct folder *, const char *name, size_t max,
		    int settle_ms, struct blob *, int *found);
/* The same, read once: the caller compares. */
enum err	folder_read_once(struct folder *, const char *name, size_t max,
		    struct blob *, int *found);

/* The same in stretches, for files that are too large for a blob; what each
 * says ends it and is returned. */
typedef enum err folder_part(void *ctx, const void *, size_t);
enum err	folder_read_parts(struct folder *, const char *name,
		    uint64_t max, folder_part *, void *ctx, int *found);

int		folder_has(struct folder *, const char *name);

/* What changes when a file does; times of the folder's own clock. */
struct folder_stamp {
	int64_t		 changed;	/* ns, the later of mtime and ctime */
	int64_t		 size;
	uint64_t	 inode;
};

/* 1 if the file is there. */
int		folder_stamp(struct folder *, const char *name,
		    struct folder_stamp *);
/* *gone: 1 it was removed now, 0 there was none. */
enum err	folder_remove(struct folder *, const char *name, int *gone);

typedef enum err folder_each(void *ctx, const char *name);
/* Every name; anything but ERR_OK ends it and is returned. */
enum err	folder_scan(struct folder *, folder_each *, void *ctx);
/* The spelling a name has here, by one listing; ERR_OK and "" if none. */
enum err	folder_find(struct folder *, const char *name, char *actual,
		    size_t room);

/* Removes our own temporary files that a crash left, older than an hour. */
enum err	folder_clean(struct folder *);
/* What the folder's own clock says, by a file of our own: wall ms. */
enum err	folder_time(struct folder *, int64_t *);
/* Writes, reads and removes a file of our own. */
enum err	folder_probe(struct folder *, struct note *);

/*
 * Sleeps up to ms, less when the kernel reports a change: a hint only,
 * because shares report nothing.  watch 0 leaves it out.
 */
void		folder_wait(struct folder *, int ms, int watch);

#endif
