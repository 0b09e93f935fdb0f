#ifndef HOST_CLI_TOKEN_FILE_H
#define HOST_CLI_TOKEN_FILE_H

#include "base/err.h"

/*
 * A token as a line of a new file, which only its owner may read: 0600 from
 * the start, and on disk when ERR_OK is returned.  ERR_NEW_FILE with the
 * reason in the note leaves no file, or the one that was there as it was.
 */
enum err	token_file_write(const char *path, const char *token,
		    struct note *);

#endif
