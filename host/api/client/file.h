#ifndef HOST_API_CLIENT_FILE_H
#define HOST_API_CLIENT_FILE_H

#include <stddef.h>

#include "host/api/shikaku.h"

/*
 * file: secrets at rest.  A regular file of this user or root that nobody
 * else may read or write; anything else is SHIKAKU_SETUP with the reason and
 * the path.
 */

/*
 * The whole file, at most room - 1 bytes, with a 0 behind it.  The caller
 * wipes out, also after a failure.
 */
enum shikaku_err	file_read(const char *path, char *out, size_t room,
			    struct shikaku_problem *);
/* The same checks, for a file another library reads. */
enum shikaku_err	file_check(const char *path,
			    struct shikaku_problem *);

#endif
