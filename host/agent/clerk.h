#ifndef HOST_AGENT_CLERK_H
#define HOST_AGENT_CLERK_H

#include "host/agent/conf.h"
#include "host/qualify/result.h"

/*
 * The folders' own thread, because a share can hang: late answers, visits
 * nobody comes for, results of an official face reader.
 */
struct clerk;

struct clerk_ops {
	void	(*changed)(void *ctx);	/* something to take; any thread */
	void	*ctx;
};

enum err	clerk_open(const struct conf *, const struct clerk_ops *,
		    struct clerk **, struct note *);
/* NULL fine.  0: its thread hangs in a folder, and still has all of it. */
#define CLERK_STOP_MS	5000
int		clerk_close(struct clerk **);

/* 1 if req and res could be used when they were last looked at, which was
 * not long ago: a share that hangs is none. */
int		clerk_folders(struct clerk *);
/* A face reader's result that is new in the store; 0: none.  The caller owns
 * it. */
int		clerk_face(struct clerk *, struct result **, char digest[65]);

#endif
