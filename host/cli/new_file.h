#ifndef HOST_CLI_NEW_FILE_H
#define HOST_CLI_NEW_FILE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * What only its owner may read, in a new file: 0600 from the start, and on
 * disk when ERR_OK is returned.  ERR_NEW_FILE with the reason in the note
 * leaves no file, or the one that was there as it was.
 */
enum err	new_file_write(const char *path, const struct buf *parts,
		    size_t n, struct note *);

#endif
