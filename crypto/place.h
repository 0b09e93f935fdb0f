#ifndef CRYPTO_PLACE_H
#define CRYPTO_PLACE_H

#include <limits.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Files in the folder of roots, which is changed by one process at a time
 * and read by any.  Internal to crypto/.
 */

/* dir/name; ERR_TOOBIG. */
enum err	place_path(const char *dir, const char *name,
		    char path[PATH_MAX]);

/*
 * Makes the folder if only its last part is missing and holds it against
 * other writers until place_unlock.  ERR_SYS + errno.
 */
enum err	place_lock(const char *dir, int *lock);
void		place_unlock(int lock);		/* -1 is fine */

/*
 * The whole file or nothing, mode 0644, replacing one of that name: written
 * aside, flushed, renamed, and the folder flushed.  ERR_SYS + errno.
 */
enum err	place_file(const char *dir, const char *name, const void *,
		    size_t);

#endif
