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
	 * ERR_CANCELLED ends the visit; for PIN_TEXT, unless cancelled says
	 * so too, it only leaves the attributes unread.  ERR_PIN_FORMAT is
	 * asked again where ask_again is set.  ERR_HALF: no entry so far; the
	 * card is looked after, and it is asked again.  The secret is theirs
	 * to fill.
	 */
	enum err	(*ask_pin)(void *ctx, enum pin_kind, int tries,
			    struct secret *);
	/*
	 * Where the reader's device can ask (tp_can_enter) it does, and ask_pin
	 * is not called: the PIN is entered there, within there_ms, and never
	 * comes here.  The device takes the yes to a last try by itself;
	 * tp_cancel ends it.  Told before and after; NULL ok.
	 */
	void		(*want_pin_there)(void *ctx, enum pin_kind, int tries);
	void		(*have_pin_there)(void *ctx);
	int		 there_ms;
	/* The card is waited for; it is there.  NULL ok. */
	void		(*want_card)(void *ctx);
	void		(*have_card)(void *ctx);
	/* 1: after a wrong PIN the person may enter it again. */
	int		 ask_again;
	/* 1: the last try of the authentication PIN may be spent, if the
	 * visit found it at one; never after a wrong entry of this visit. */
	int		 last_try;
	/* Asks for a yes to spend the last try of this PIN; NULL: no. */
	enum err	(*ask_last)(void *ctx, enum pin_kind);
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
 * cuts its power.  At most one VERIFY per entry and PIN: text_pin = same uses
 * an entry that was accepted for the text PIN once; nothing is ever sent again
 * by itself.  On failure the visit has ended and the reason is returned.
 */
enum err	login_pin(struct visit *, struct tp *,
		    const struct visit_ports *);

/*
 * Until a card is there: ERR_OK; ERR_NO_CARD after conf's card_wait_ms,
 * ERR_CANCELLED, ERR_NO_READER ….
 */
enum err	login_wait_card(struct tp *, int ms,
		    const struct visit_ports *);

/* By the reader's own light, how it went with the card: before its end. */
void		login_signal(struct tp *, enum err);

/* 1 if after this error the card itself is lost, and with it what it said. */
int		login_lost_card(enum err);

#endif
