#ifndef HOST_DOCUMENT_TAKE_H
#define HOST_DOCUMENT_TAKE_H

#include "host/document/row.h"

/* Whose answer a name of res is.  ERR_FOREIGN: none of ours.  Within this
 * room. */
enum err	take_asking(struct store *, const char *name,
		    struct asking *);

/* 1: its answer could not be read, and is left for people to look at. */
int		take_stays(const struct asking *);

#endif
