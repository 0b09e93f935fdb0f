#ifndef HOST_DEVICE_NAMES_H
#define HOST_DEVICE_NAMES_H

#include <stddef.h>

#include "host/device/dir.h"

/* The names in a folder that end in a suffix, sorted by their bytes; those
 * that begin with a dot are not finished. */
struct names {
	char	**list;
	size_t	  n;
};

enum err	names_read(const struct dir *, const char *suffix,
		    struct names *, struct note *);
void		names_free(struct names *);
/* Removes a file, durably.  *gone (NULL ok) 0: it was not there. */
enum err	names_remove(const struct dir *, const char *name, int *gone,
		    struct note *);

#endif
