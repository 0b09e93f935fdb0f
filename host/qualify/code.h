#ifndef HOST_QUALIFY_CODE_H
#define HOST_QUALIFY_CODE_H

#include <stddef.h>

#include "base/err.h"

/*
 * The code tables OQSCDnnn (oqs-files.md 3.5), each value with its text.
 * Error codes of the terminal have no public table: they stay as they are.
 */

/* Static text; NULL if the table or the value is not known. */
const char	*code_text(unsigned table, const char *value, enum err_lang);

#endif
