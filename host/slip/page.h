#ifndef HOST_SLIP_PAGE_H
#define HOST_SLIP_PAGE_H

#include "host/slip/slip.h"

/* The slip as one HTML page of A4, complete in itself, Japanese with English
 * beside it; replaces out.  ERR_LAYOUT, ERR_TOOBIG, ERR_LIB. */
enum err	page_write(const struct slip *, struct blob *out);

#endif
