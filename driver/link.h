#ifndef DRIVER_LINK_H
#define DRIVER_LINK_H

/*
 * The numbers of the link's protocol, spoken between driver/link.c and
 * driver/serve.c; hw-docs/protocols/link.md describes it.
 */
enum link_type {
	LINK_WAIT = 1,
	LINK_BEGIN,
	LINK_XFER,
	LINK_SCRIPT,
	LINK_END,
	LINK_CANCEL,		/* no reply of its own */
	LINK_ENTER,
	LINK_SIGNAL,
	LINK_REPLY = 0x80	/* added to the request's type */
};

#define LINK_STEPS_MAX	64		/* steps of one script */
#define LINK_CAN_ENTER	0x01		/* in the flags of begin's reply */
#define LINK_CAN_SIGNAL	0x02
/* Answers of one script: with heads and notes they fit a frame. */
#define LINK_ROOM_MAX	(512u << 10)

/* Deadlines of replies; a command's own time comes on top of the grace. */
#define LINK_GRACE_MS	2000
/* of a script only one command may need all of its deadline */
#define LINK_STEP_MS	1000
#define LINK_BEGIN_MS	15000
#define LINK_END_MS	5000		/* or the grace, if that is more */
#define LINK_SIGNAL_MS	5000
#define LINK_NET_GRACE_MS	10000	/* over a network */
#define LINK_WAIT_MS	10000		/* longest wait asked for at once */

struct tp;

/* This open link goes over a network: more grace, and when it is lost that is
 * ERR_DEVICE_AWAY. */
void	link_over_network(struct tp *);

#endif
