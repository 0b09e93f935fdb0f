#ifndef HOST_AGENT_SLOTS_H
#define HOST_AGENT_SLOTS_H

#include <jansson.h>

#include "driver/transport.h"
#include "host/api/clients.h"

/*
 * The readers of the agent's kiosks.  Each has a thread that keeps its
 * shikaku-reader running, starts it again when it dies or the machine slept,
 * and knows whether a card is on it; a visit borrows it whole.  A reader or a
 * card service that is gone is waited for by the same process.  "device:NAME"
 * is the reader that this device brings over the network, whenever it is
 * connected.
 */
struct slots;

struct slots_ops {
	/* A reader or its card changed; any thread.  state: "ready", … */
	void	(*changed)(void *ctx, const char *client, const char *state,
		    int card);
	/* As hub_take; NULL: no device can connect.  A slot's thread. */
	enum err (*dial)(void *ctx, const char *device, int *fd,
		    struct note *);
	void	*ctx;
};

enum err	slots_open(const struct slots_ops *, struct slots **);
void		slots_close(struct slots **);	/* ends them; NULL fine */

/* A kiosk client with a reader: begins to look after it, or goes over to
 * another transport; transport "": looks after it no longer. */
enum err	slots_put(struct slots *, const char *client,
		    const char *transport);

/* Has all of them looked at now: the machine slept.  Any thread. */
void		slots_look(struct slots *);

/* This device has connected: who waits for it looks at once; any thread. */
void		slots_knock(struct slots *, const char *device);

/*
 * Borrows the client's reader for one visit; any thread, one at a time.
 * ERR_READER_BUSY; ERR_NO_READER, or why it is not there.
 */
#define SLOTS_TAKE_MS	3000	/* a supervisor lets go within a wait */
enum err	slots_take(struct slots *, const char *client, struct tp **,
		    struct note *);
/*
 * Gives it back.  A process that was lost is followed by a fresh one which
 * cuts the card's power; ERR_CARD_UNLOCKED when that could not be done in
 * time.
 */
enum err	slots_give_back(struct slots *, const char *client);

/* Schema Reader of each, by name; new reference. */
json_t		*slots_json(struct slots *);

#endif
