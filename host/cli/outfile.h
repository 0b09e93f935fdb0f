#ifndef HOST_CLI_OUTFILE_H
#define HOST_CLI_OUTFILE_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Bytes as a new file that only its owner may read, on disk when ERR_OK is
 * returned; NULL is standard output.  ERR_NEW_FILE with the reason in the note
 * leaves no file, or the one that was there as it was.
 */
enum err	outfile_write(const char *path, const struct blob *,
		    struct note *);

#endif
