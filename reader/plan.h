#ifndef READER_PLAN_H
#define READER_PLAN_H

#include "base/buf.h"
#include "reader/card.h"

/*
 * Commands that need no decision in between, made first and sent together, so
 * that a card behind a slow line costs few round trips:
 *
 *	plan_init -> add, add, add -> next, next, next -> plan_wipe
 *
 * Nothing leaves before the first plan_next: then all of them go as one
 * script (driver/transport.h), in which each goes on at 9000 only.  Before
 * that the guard is walked through all steps as if each succeeded; one that
 * is refused keeps all of them here.  Afterwards it has followed what the
 * card answered, and forgotten everything at an error.
 *
 * Where the card answers otherwise the script has ended.  Then it is the
 * caller's to stop, and nothing more leaves; or to take the next answer, for
 * which what is left goes as a script of its own.  No command is sent a
 * second time, but for 6Cxx as in apdu_send, and the SELECT of plan_first.
 */
#define PLAN_STEPS 64	/* of one script: as many as a link carries */

struct plan_step {
	size_t	at;		/* in tx */
	int	on_the_way;	/* not the caller's: only its failure is told */
	int	is_first;
};

/* Wipe it on every path: its commands may hold a PIN. */
struct plan {
	struct card		*card;		/* borrowed */
	struct guard		 ahead;		/* after all steps, at 9000 each */
	struct tp_step		 tp[PLAN_STEPS];
	struct plan_step	 step[PLAN_STEPS];
	size_t			 n, sent, taken;
	int			 repeated;	/* the first one, at 6F00 */
	enum err		 err;		/* nothing leaves any more */
	struct blob		 tx, rx;
};

/* Anything may have been selected before: the plan begins where the card is
 * now, which must stay so until the first plan_next. */
void		plan_init(struct plan *, struct card *);
void		plan_wipe(struct plan *);

/*
 * What cannot be added (PLAN_STEPS, no memory) is told by plan_next, and then
 * nothing of the plan is sent.
 */
void		plan_add(struct plan *, const uint8_t *tx, size_t len, int ms);
/* Its data are TP_FILLER, filled at the far side (tp_enter). */
void		plan_add_fill(struct plan *, const uint8_t *tx, size_t len,
		    int ms, uint8_t fill);
/* SELECT by AID; its answer is to be taken. */
void		plan_select_app(struct plan *, enum guard_app);
/* SELECT by id, where it is not the selected one already: on the way to the
 * next command, with whose answer a failure is told; its own where nothing
 * follows. */
void		plan_select_ef(struct plan *, uint16_t ef);
/* What was added last is the first command after a power-up: at 6F00 the
 * plan begins once more (card-and-readers.md 1.5). */
void		plan_first(struct plan *);

/*
 * The next answer, as of apdu_send.  rsp may be NULL where no data is wanted.
 * ERR_NO_FILE … of a SELECT on the way to it; ERR_SEQUENCE past the last.
 * After an error nothing more is sent.
 */
enum err	plan_next(struct plan *, struct blob *rsp, uint16_t *sw);

/* What has gone over the wire for answers that are not taken yet. */
struct tp_stats	plan_untaken(const struct plan *);

#endif
