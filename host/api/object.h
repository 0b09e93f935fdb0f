#ifndef HOST_API_OBJECT_H
#define HOST_API_OBJECT_H

#include <jansson.h>

#include "base/buf.h"

#define OBJECT_DEPTH	8	/* nested objects, arrays; openapi.yaml has 3 */

/*
 * The JSON of a request: one object, no member twice, no NUL, nothing after
 * it.  NULL when it is not that; the caller releases it.
 */
json_t	*object_parse(struct buf);

#endif
