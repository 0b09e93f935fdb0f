#ifndef HOST_API_STREAM_H
#define HOST_API_STREAM_H

#include "host/api/server.h"

/*
 * Server-sent events to one client: text is made when there is something new
 * and the last text has gone out.
 */
#define STREAM_TURN	(256u * 1024)	/* bytes a turn; ours */
#define STREAM_ALL	64
#define STREAM_CLIENT	8
#define STREAM_QUIET_MS	15000	/* a comment, so that proxies keep it open */
#define STREAM_HOLD_MS	5000

struct stream {
	char	client[65];
	int64_t	after;		/* the last event id looked at */
	int64_t	said, asked;	/* when something was sent, held */
	int	over;		/* ends when the text so far is sent */
};

void	stream_start(struct stream *, const struct http_answer *,
	    int64_t now, struct blob *out);
/* Adds what is new; the stream may be over then. */
void	stream_turn(struct stream *, const struct server_ops *, int64_t now,
	    struct blob *out);

#endif
