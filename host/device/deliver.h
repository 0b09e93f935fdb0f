#ifndef HOST_DEVICE_DELIVER_H
#define HOST_DEVICE_DELIVER_H

#include "host/device/line.h"
#include "host/device/queue.h"
#include "host/device/tickets.h"

/* What a device asks of its agent on a line of purpose deliver. */

#define DELIVER_RECORD_MS	60000	/* a large one over a slow line */

struct deliver_count {
	unsigned	filed, known, refused;
};

/*
 * Sends what waits, oldest first.  Each leaves the queue only once the agent
 * has said that it has it, or will never take it.  After anything else it
 * stays, and the next is tried unless the line broke or the device is revoked;
 * the first such error is what this returns.
 */
enum err	deliver_queue(struct line *, struct queue *,
		    struct deliver_count *, struct note *);
/* Fetches n tickets for the key with this print; *got as it answered. */
enum err	deliver_tickets(struct line *, struct tickets *,
		    const uint8_t print[TICKET_PRINT], unsigned n,
		    unsigned *got, struct note *);

#endif
