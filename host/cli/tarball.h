#ifndef HOST_CLI_TARBALL_H
#define HOST_CLI_TARBALL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Writes a .tar.gz (POSIX ustar, regular files of mode 0600, no owner) that
 * did not exist before and that its owner alone can read.  What was begun and
 * not ended is removed.
 */
struct tarball;

/* ERR_NEW_FILE: it is there already or cannot be made; the note says which. */
enum err	tarball_open(const char *path, struct tarball **,
		    struct note *);
/* name: plain, below 100 bytes; ERR_TOOBIG. */
enum err	tarball_add(struct tarball *, const char *name, const void *,
		    size_t, int64_t wall_ms);
/* Ends and syncs it; the handle is gone and NULL in any case. */
enum err	tarball_end(struct tarball **, struct note *);
/* Removes what was begun; NULL is fine. */
void		tarball_drop(struct tarball **);

#endif
