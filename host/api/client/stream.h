#ifndef HOST_API_CLIENT_STREAM_H
#define HOST_API_CLIENT_STREAM_H

#include <curl/curl.h>

#include "host/api/shikaku.h"

/*
 * stream: the agent's events over a connection that stays.  Reads no more
 * than it has told: what the caller does not fetch waits in the agent.
 */
struct stream;

/* All borrowed for the stream's life; model is wire_new's. */
struct stream_conf {
	CURL		*model;
	const char	*base, *authorization;
	int		 timeout_ms;	/* until a new connection is open */
};

struct stream		*stream_new(const struct stream_conf *);
void			stream_free(struct stream **);
/* As shikaku_wait. */
enum shikaku_err	stream_next(struct stream *, int ms,
			    struct shikaku_event *,
			    struct shikaku_problem *);

#endif
