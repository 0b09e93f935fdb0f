#ifndef HOST_API_ROUTES_H
#define HOST_API_ROUTES_H

#include "host/api/call.h"

/* Every path below ROUTES_BASE, one row each; openapi.yaml describes them. */
#define ROUTES_BASE "/api/v1"

enum route_flag {
	ROUTE_OPEN	= 1,	/* also without a token */
	ROUTE_KEYED	= 2,	/* needs an Idempotency-Key */
	ROUTE_SECRET	= 4,	/* its body is kept nowhere, digests included */
	ROUTE_FHIR	= 8	/* refuses with an OperationOutcome */
};

struct route {
	enum http_method	 method;
	const char		*path;		/* "/visits/{visit}/pin" */
	unsigned		 roles;		/* 1 << ROLE_… */
	unsigned		 flags;
	call_handler		*handler;
	call_handler		*again;	/* the same request once more */
	char			 set;		/* of {…}: 'v' id, 'h' hex, 'n' name */
};

/*
 * The row of a path without base; param gets what stands for {…}.  NULL: none
 * has this path; *other is then 0, or 1 when another method has.
 */
const struct route	*routes_find(enum http_method, const char *path,
			    char param[CALL_PARAM], int *other);
const struct route	*routes_all(size_t *n);

#endif
