#ifndef READER_VALUE_H
#define READER_VALUE_H

#include "base/buf.h"

/*
 * Values that the text and the surface application both hold
 * (card-and-readers.md 5.1, 5.2).  ERR_TLV, and nothing of the content.
 */

/* YYYYMMDD, digits only; whether there is such a day is not asked. */
enum err	value_date(const struct buf *, char out[9]);
/* One of 1, 2, 9 and 0. */
enum err	value_sex(const struct buf *, char *out);

#endif
