#ifndef HOST_AGENT_WORKER_H
#define HOST_AGENT_WORKER_H

#include "host/agent/conf.h"

/*
 * The thread of what nobody waits for: moves jobs on, derives findings from
 * what came in, deletes what is past its time.  It has a connection to the
 * store of its own and writes in short transactions, so that a list of
 * thousands holds up nobody at the desk.
 */
struct worker;

struct worker_ops {
	void	(*changed)(void *ctx);	/* there are events; any thread */
	void	*ctx;
};

enum err	worker_open(const struct conf *, const struct worker_ops *,
		    struct worker **, struct note *);
/* NULL fine.  0: its thread hangs in a folder, and still has all of it. */
#define WORKER_STOP_MS	5000
int		worker_close(struct worker **);
/* There is a new job: it is turned at once.  Any thread; NULL fine. */
void		worker_wake(struct worker *);

#endif
