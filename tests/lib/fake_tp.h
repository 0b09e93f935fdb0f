#ifndef TESTS_LIB_FAKE_TP_H
#define TESTS_LIB_FAKE_TP_H

#include "driver/transport.h"
#include "tests/lib/fake_card.h"

/*
 * A transport straight to a fake card, with the contract of
 * driver/transport.h.  Its faults are beside the card's own: those happen in
 * the card, these on the way.  The card is borrowed and outlives the
 * transport.
 */
struct fake_tp_conf {
	size_t		tx_max, rx_max;	/* TP_TX_SHORT, TP_RX_SHORT */
	enum err	begin_err;	/* what begin answers; ERR_OK */
	unsigned	fail_at;	/* n-th xfer since open; 0 = none */
	enum err	fail_err;	/* with this, ... */
	int		fail_after;	/* 1: ... after the card executed it */
	unsigned	reset_at;	/* n-th xfer finds the card reset by */
					/* another program: ERR_CARD_RESET */
	/*
	 * A device whose person enters digits (tp_enter): the n-th entry is
	 * entries[n]; where that is NULL, fake_tp_type ends it.
	 */
	int		asks;		/* counts from the next begin */
	const char	*entries[4];
	enum err	enter_err;	/* what each answers instead; ERR_OK */
};

/* What was asked of that device, and how the commands came. */
struct fake_tp_seen {
	unsigned	enters, scripts, steps, fills;
	uint8_t		what;		/* of the latest entry … */
	int		digits, tries, ms;
	unsigned	digits_near;	/* VERIFYs with digits of this side */
};

enum err		 fake_tp_open(struct fake_card *, struct tp **);
/* May be changed at any time; the caps count from the next begin. */
struct fake_tp_conf	*fake_tp_conf(struct tp *);

const struct fake_tp_seen	*fake_tp_seen(struct tp *);
/* The person at the device enters them, now or when asked next; NULL: does
 * not want to.  From any thread; the digits outlive the transport. */
void		 fake_tp_type(struct tp *, const char *digits);
int		 fake_tp_is_asking(struct tp *);	/* from any thread */

/*
 * The card is placed or pulled, the reader unplugged; from any thread.  A
 * card pulled between begin and end stays lost until the next begin, even
 * when it is placed again.
 */
void			 fake_tp_slot(struct tp *, enum tp_event);

#endif
