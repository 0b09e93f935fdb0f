#ifndef DRIVER_ERRNAME_H
#define DRIVER_ERRNAME_H

#include <stddef.h>

#include "base/err.h"

/*
 * The error called by this name ("NO_CARD"), len bytes without a 0: 1 and
 * *out, else 0 and ERR_LIB.  Names, not numbers, go into files and over
 * links: the numbers change when a row is added.
 */
int	errname_find(const void *name, size_t len, enum err *out);

#endif
