#ifndef HOST_VISIT_LOGIN_H
#define HOST_VISIT_LOGIN_H

#include "host/visit/visit.h"
#include "reader/pin.h"

/*
 * What a front end does for a visit in mode pin.  All run in the caller's
 * thread; ctx is theirs.
 */
struct visit_ports {
	/*
	 * One entry by the person; tries are those left, shown first.
	 * ERR_CANCELLED ends the visit.  The secret is the callee's to fill.
	 */
	enum err	(*ask_pin)(void *ctx, enum pin_kind, int tries,
			    struct secret *);
	/* 1: after a wrong PIN the person may enter it again. */
	int		 ask_again;
	/* 1: the person said yes to spending the last try. */
	int		 last_try;
	/* Chooses item by item; then shows it once more and asks. */
	enum err	(*choose)(void *ctx, const struct visit *,
			    struct consent *);
	enum err	(*confirm)(void *ctx, const struct visit *);
	/* 1 ends a wait; NULL ok. */
	int		(*cancelled)(void *ctx);
	void		*ctx;
};

/*
 * From IDLE to VERIFIED: waits for the card, reads and judges its
 * certificate, asks for the PIN, has it prove itself, reads the attributes,
 * cuts its power.  At most one VERIFY per entry; nothing is ever sent again
 * by itself.  On failure the visit has ended and the reason is returned.
 */
enum err	login_pin(struct visit *, struct tp *,
		    const struct visit_ports *);

#endif
