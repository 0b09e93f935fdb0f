#ifndef HOST_AGENT_READERS_H
#define HOST_AGENT_READERS_H

#include <sys/types.h>

#include "driver/transport.h"

/*
 * A reader lives in a process of its own, shikaku-reader, because
 * SCardConnect can hang and libnfc can abort().  The program is the one
 * beside ours, never one from PATH.
 */
struct readers_child {
	pid_t		 pid;
	struct tp	*tp;		/* the link to it */
};

/* Starts one for a transport string; ERR_SYS when it cannot be started. */
enum err	readers_start(const char *transport, struct readers_child *,
		    struct note *);
/* Ends the link and the process: asked first, killed after two seconds. */
void		readers_stop(struct readers_child *);

#endif
