#ifndef HOST_AGENT_READERS_H
#define HOST_AGENT_READERS_H

#include <sys/types.h>

#include "driver/transport.h"

/*
 * A reader lives in a process of its own, shikaku-reader, because
 * SCardConnect can hang and libnfc can abort().  The program is the one
 * beside ours, never one from PATH.
 */
#define READERS_DEVICE	"device:"	/* no process: see slots.h */
#define READERS_TRANSPORT 512	/* bytes of a transport string with its 0 */

struct readers_child {
	pid_t		 pid;
	struct tp	*tp;		/* the link to it */
	char		 transport[READERS_TRANSPORT];
};

/* The folder of quirks that those started from now on read; "" for none.
 * Before other threads run. */
#define READERS_QUIRKS	512
enum err	readers_quirks(const char *folder);

/* Starts one for a transport string; ERR_SYS when it cannot be started. */
enum err	readers_start(const char *transport, struct readers_child *,
		    struct note *);

/*
 * Ends the link and the process: asked first, killed when it does not come
 * back in READERS_STOP_MS.  A process that did not end in order may have left
 * the card powered, with its PIN verified, for any other program: then a
 * fresh one takes the card once more and cuts the power.  ERR_CARD_UNLOCKED
 * when that could not be done: the card must be taken away.
 */
#define READERS_STOP_MS	12000	/* above SERVE_GRACE_MS of driver/serve.h */
enum err	readers_stop(struct readers_child *);

/*
 * What tp_readers says, asked in a process of its own: ERR_READER_HUNG after
 * READERS_LIST_MS.
 */
#define READERS_LIST_MS	5000
enum err	readers_list(struct tp_reader *, size_t max, size_t *n,
		    struct note *);

#endif
