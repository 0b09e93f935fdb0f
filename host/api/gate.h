#ifndef HOST_API_GATE_H
#define HOST_API_GATE_H

#include "host/api/head.h"
#include "host/api/http.h"
#include "host/api/limits.h"
#include "host/api/origin.h"

/*
 * What is refused from the head alone, in this order: Host, Origin, too many
 * requests, method and path, the fields, the announced body.
 */
struct gate {
	/* given */
	const struct origin	*origin;
	struct limits_bucket	*bucket;
	enum origin_via		 via;
	int64_t			 now;
	const struct head	*head;
	/* filled */
	struct http_request	*request;
	size_t			 body;		/* bytes announced */
	int			 expects;	/* 100-continue */
	int			 last;		/* the client closes after it */
	int			 preflight;	/* of a listed origin */
	const char		*cors;		/* the listed origin, or NULL */
};

/* 1: go on; 0: the answer is the refusal. */
int	gate_pass(struct gate *, struct http_answer *);

/* Everything but /api and /metrics is a page. */
int	gate_is_api(const char *path);

#endif
