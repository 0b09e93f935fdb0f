#ifndef HOST_DEVICE_HOUSECALL_H
#define HOST_DEVICE_HOUSECALL_H

#include "base/secret.h"
#include "driver/transport.h"
#include "host/device/queue.h"
#include "host/device/tickets.h"
#include "host/proof/conf.h"
#include "host/proof/statement.h"
#include "reader/pin.h"

/*
 * A visit at a patient's home (訪問診療) while no agent can be reached: who
 * consented to what is there first, then the card is read and signs it, and
 * the record waits in the queue.
 */
struct housecall_ports {
	/* One entry; tries are those left, shown first.  ERR_CANCELLED,
	 * ERR_PIN_FORMAT: nothing is sent; the secret is theirs to fill. */
	enum err	(*ask_pin)(void *ctx, int tries, struct secret *);
	/* 1: after a wrong PIN the person may enter it again. */
	int		 ask_again;
	/* Whether the last try may be spent: ERR_OK or why not. */
	enum err	(*ask_last)(void *ctx);
	/* 照合番号B, visual only; asked for before the card is taken. */
	enum err	(*ask_number)(void *ctx, struct secret *);
	/* The staff has compared the person with the photograph printed on
	 * the card, visual only: ERR_OK, ERR_NOT_MATCHED. */
	enum err	(*ask_attestation)(void *ctx);
	int		(*cancelled)(void *ctx);	/* ends a wait */
	void		*ctx;
};

struct housecall_conf {
	const struct dir	*device;	/* key and certificate are there */
	struct proof_conf	 proof;
	struct card_opts	 card;
	int			 card_wait_ms;
	int			 same_pin;	/* 1: the attributes' PIN is tried
						 * as the same digits, once */
};

/*
 * Fills in visit, at and identity of the statement, of which the rest is
 * given.  ERR_OK: the record is on disk, in the queue.  A ticket is used up
 * before the card signs, and lost if something fails after that.
 * ERR_LAYOUT, in the note which member: the agent would not read it.
 * ERR_NO_TICKET before anything is asked; the card's and the person's errors
 * as everywhere; ERR_CERT_*, ERR_NOT_GENUINE …: no record.
 */
enum err	housecall_run(const struct housecall_conf *, struct tp *,
		    const struct housecall_ports *, struct statement *,
		    struct note *);
/* What can be known before anybody is asked: ticket, keys, roots. */
enum err	housecall_check(const struct housecall_conf *,
		    struct note *);

#endif
