#ifndef HOST_API_REPLY_H
#define HOST_API_REPLY_H

#include "host/api/http.h"

/* The bytes of an answer: status line, fields, body. */
struct reply {
	const char	*type;		/* NULL: no body and no length */
	size_t		 length;
	int		 status;
	int		 unbounded;	/* the body ends with the connection */
	int		 last;		/* Connection: close */
	int		 page;		/* may be kept, must be asked again */
	int		 preflight;
	int		 retry_after;	/* seconds; 0: none */
	const char	*cors;		/* the listed origin, or NULL */
	const char	*etag, *location, *allow;	/* or NULL */
};

enum err	reply_head(struct blob *, const struct reply *);
/* Head and body; r->type, length, status and retry_after are the answer's. */
enum err	reply_answer(struct blob *, const struct http_answer *,
		    struct reply *);

#endif
