#ifndef HOST_AGENT_AGENT_H
#define HOST_AGENT_AGENT_H

#include "host/agent/conf.h"

/*
 * The agent: HTTP, readers, visits and folders put together.  One at a time
 * on a store: a second one is ERR_RUNNING.
 */
struct agent;

/* Visits that an agent before it left behind are dealt with first. */
enum err	agent_open(const struct conf *, struct agent **,
		    struct note *);
int		agent_port(const struct agent *);	/* 0: none */
/* Serves until agent_stop. */
enum err	agent_run(struct agent *);
void		agent_stop(struct agent *);	/* also from a signal handler */
/*
 * Ends what can be ended; NULL fine, sets NULL.  0: a thread is still with
 * the terminal's folders, a visit whose request is out or a share that hangs,
 * and the program must exit at once; the next start takes it up.
 */
int		agent_close(struct agent **);

#endif
