#ifndef HOST_QUALIFY_SHELF_H
#define HOST_QUALIFY_SHELF_H

#include "host/qualify/digest.h"
#include "host/qualify/folder.h"
#include "host/qualify/kind.h"

/*
 * The face results a folder holds, newest name first, and what is remembered
 * of each for as long as it lies there.  Files of other names are not on it.
 */
struct shelf_file {
	char			 name[KIND_NAME_MAX + 1];
	char			 digest[DIGEST_HEX];	/* last reading, "" */
	struct folder_stamp	 stamp;	/* before that; size -1: never read */
	int64_t			 due;	/* next reading, monotonic ms */
	const char		*said;	/* last line in the log; static */
	int			 tries;	/* readings since it changed */
	int			 there;	/* in the last listing */
};

/* Start with = { .max = … }, above 0; the newest max names are kept. */
struct shelf {
	struct shelf_file	*v;
	size_t			 n, sorted, room, max;
};

/*
 * Lists the folder once: new names come in, due at once, those that are gone
 * are forgotten.  ERR_FOLDER, ERR_NOMEM: nothing is forgotten.
 */
enum err	shelf_list(struct shelf *, struct folder *);
void		shelf_wipe(struct shelf *);	/* NULL fine; keeps max */

#endif
