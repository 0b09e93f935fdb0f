#ifndef HOST_QUALIFY_DIGEST_H
#define HOST_QUALIFY_DIGEST_H

#include "base/buf.h"
#include "base/err.h"
#include "host/store/store.h"

/*
 * How the store knows the files of the terminal again: an answer by its bytes
 * and its name, because the same bytes under a new name are new; a face
 * result, which may come under several names, by its bytes alone.
 */
#define DIGEST_HEX	65	/* SHA-256 in hex + 0 */

/* name NULL: the bytes alone.  ERR_LIB leaves "". */
enum err	digest_of(const struct blob *, const char *name,
		    char hex[DIGEST_HEX]);

/* The same of bytes that come in stretches; digest_end frees it. */
struct digest;

enum err	digest_begin(struct digest **);
enum err	digest_add(struct digest *, const void *, size_t);
enum err	digest_end(struct digest **, const char *name,
		    char hex[DIGEST_HEX]);
void		digest_drop(struct digest **);	/* NULL fine */

/* *known: RESULT_HAS_DIGEST or RESULT_HAS_FILE has a row for the key. */
enum err	digest_known(struct store *, enum sql, const char *key,
		    int *known);

#endif
