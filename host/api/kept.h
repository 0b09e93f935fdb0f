#ifndef HOST_API_KEPT_H
#define HOST_API_KEPT_H

#include <jansson.h>

#include "host/api/call.h"

/*
 * What a request was answered with, where no table of its own says it: a row
 * of the audit, with ids, codes and counts only, whose id is the call's
 * subject.  A repeated request is answered from it.
 */
#define KEPT_AUDIT	"answer:"	/* + id: a subject of the audit */

/* data moves.  What fails is in the log: what was done is done. */
void		kept_add(struct call *, const char *action, json_t *data);
/* The data again, with "client" and "staff" of the row; ERR_NO_SUCH. */
enum err	kept_find(struct call *, json_t **data);

#endif
