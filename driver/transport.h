#ifndef DRIVER_TRANSPORT_H
#define DRIVER_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "driver/usb.h"

/*
 * A transport carries whole APDUs to one card slot and nothing else: it
 * knows no AID, no PIN and no file.  PC/SC, libnfc, a card that dials in
 * (vpcd) and the link to a shikaku-reader implement it; so do trace, record,
 * replay, overlay and the test card.
 *
 *	open -> [ wait -> begin -> xfer ... -> end ] ... -> close
 *
 * xfer, script and enter outside begin/end are ERR_SEQUENCE, and so is a
 * second begin.  After ERR_CARD_RESET, ERR_NO_CARD or any EC_READER error everything
 * the caller selected or verified is gone: the caller ends and starts over.
 * A transport never repeats a command by itself.  end cuts the card's power,
 * because a verified PIN survives everything else (card-and-readers.md 1.5).
 * One thread uses a transport at a time; only tp_cancel may be called from
 * another thread or a signal handler.
 */
struct tp;

enum tp_event { TP_CARD = 1, TP_NO_CARD, TP_NO_READER };

#define TP_APDU_MIN	4	/* header; vpcd hangs on less (7.1) */
#define TP_TX_SHORT	261	/* header, Lc, 255 data, Le */
#define TP_RX_SHORT	258	/* 256 data, SW1 SW2 */
#define TP_TX_EXT	65544	/* header, 3 Lc, 65535 data, 2 Le */
#define TP_RX_EXT	65538	/* 65536 data, SW1 SW2 */
#define TP_ATR_MAX	33	/* pcsclite MAX_ATR_SIZE */

struct tp_caps {
	size_t	tx_max, rx_max;		/* whole frames, in bytes */
	uint8_t	atr[TP_ATR_MAX];	/* for display and declared lengths, */
	size_t	atrlen;			/* never to recognise a card */
	int	can_enter;		/* 1: enter may be called */
	int	can_signal;		/* 1: signal shows something */
};

/* One command of a script. */
struct tp_step {
	const uint8_t	*tx;		/* borrowed for the call */
	size_t		 txlen;
	uint8_t		*rx;		/* caller's room */
	size_t		 rxlen;		/* in: room, out: bytes received */
	uint16_t	 go;		/* status word that lets it go on */
	int		 ms;		/* deadline of this command */
	/*
	 * 0, or which secret the far side puts in the place of the data,
	 * which are then TP_FILLER bytes: digits entered there never cross
	 * the way.  Needs caps.can_enter and an entry that is still held;
	 * ERR_SEQUENCE otherwise, and this step is not sent.
	 */
	uint8_t		 fill;
};

#define TP_FILLER	0xff

/* What a reader's own light and buzzer tell the person. */
enum tp_signal {
	TP_SIGNAL_READ = 1,	/* the card is read: leave it there */
	TP_SIGNAL_REMOVE,	/* done: take the card away */
	TP_SIGNAL_FAILED	/* not done: take the card away */
};

struct tp_ops {
	const char	*name;	/* "pcsc", "nfc", "link", "replay" */
	enum err	(*wait)(struct tp *, int ms, enum tp_event *);
	enum err	(*begin)(struct tp *, struct tp_caps *);
	enum err	(*xfer)(struct tp *, const uint8_t *, size_t,
			    uint8_t *, size_t *, int ms);
	void		(*end)(struct tp *);
	void		(*cancel)(struct tp *);
	void		(*close)(struct tp *);	/* frees the struct too */
	/* Optional; where NULL a plain loop over xfer serves. */
	enum err	(*script)(struct tp *, struct tp_step *, size_t,
			    size_t *done);
	/* Optional; one that has it sets caps.can_enter in begin, and has a
	 * script of its own, which fills. */
	enum err	(*enter)(struct tp *, uint8_t what, int digits,
			    int tries, int ms);
	/* Optional; one that has it sets caps.can_signal in begin. */
	void		(*signal)(struct tp *, enum tp_signal);
};

/* What went over the card's wire since open; wrappers do not count twice. */
struct tp_stats {
	unsigned	apdus;
	size_t		bytes_up, bytes_down;	/* to and from the card */
};

/* First member of every implementation's own struct; caps..begun are
 * transport.c's, note is set by the implementation when a call fails. */
struct tp {
	const struct tp_ops	*ops;
	struct tp_caps		 caps;
	struct tp_stats		 stats;
	int			 begun;
	/* Set by the implementation: it could not cut the card's power. */
	int			 uncut;
	struct note		 note;	/* on the last failure; "" if none */
};

/*
 * conf is "name:details": "pcsc:ACS ACR1252", "nfc:pn532_uart:/dev/ttyS0",
 * "vpcd:35963", "link:3", "replay:FILE", "trace:FILE:pcsc:ACS".  On error
 * *tp is NULL and the note names the reader, file or pattern.  The caller
 * owns *tp and ends it by tp_close.
 */
enum err	tp_open(const char *conf, struct tp **, struct note *);
void		tp_close(struct tp **);		/* NULL is fine; sets NULL */

/*
 * Waits up to ms (-1: for ever) until the slot's state is known to be
 * TP_CARD or has changed; ERR_TIMEOUT when nothing happened, ERR_CANCELLED
 * after tp_cancel, also one that came before.  A reader that is unplugged is TP_NO_READER, not an error.
 */
enum err	tp_wait(struct tp *, int ms, enum tp_event *);
/* Powers the card and takes it for us alone. */
enum err	tp_begin(struct tp *);
/*
 * *rxlen: in room, out bytes received, status word included, at least 2.
 * Refused before anything is sent: less than TP_APDU_MIN, more than
 * caps.tx_max (ERR_TOOBIG), room for less than TP_RX_SHORT (ERR_TOOBIG,
 * because a card executes a command whose answer then does not fit).
 */
enum err	tp_xfer(struct tp *, const uint8_t *tx, size_t txlen,
		    uint8_t *rx, size_t *rxlen, int ms);
/*
 * Runs the steps in order and stops after the first whose status word is
 * not its go, which is no error: *done counts the steps that have an answer.
 */
enum err	tp_script(struct tp *, struct tp_step *, size_t n,
		    size_t *done);
/*
 * Has the person at the far side enter so many digits, within ms.  What is
 * held of an earlier entry is forgotten first; ms 0 asks nobody, forgets and
 * is ERR_TIMEOUT.  what (1 to 255) names the secret; the device shows which
 * it is and the tries left, and with one left takes a yes of its own.  Later
 * steps marked fill get the digits: each entry fills at most one step of each
 * name, and after one that the card did not accept none any more.  Forgotten
 * at the latest by tp_end.  ERR_CANCELLED by the person or tp_cancel (as in
 * tp_wait), ERR_TIMEOUT, ERR_PIN_FORMAT, ERR_FORBIDDEN: the device does not
 * ask for that; ERR_SEQUENCE unless tp_can_enter.
 */
enum err	tp_enter(struct tp *, uint8_t what, int digits, int tries,
		    int ms);
int		tp_can_enter(const struct tp *);	/* known once begun */
/* Between begin and end, and a hint: nothing happens where the reader has no
 * light, and nothing fails.  Takes up to a second where it has one. */
void		tp_signal(struct tp *, enum tp_signal);
void		tp_end(struct tp *);		/* harmless when not begun */
void		tp_cancel(struct tp *);

/* Readers a transport family knows, for lists; pcsc only so far. */
#define TP_READER_NAME	129	/* pcsclite MAX_READERNAME + 0 */
struct tp_reader {
	char	name[TP_READER_NAME];
	int	card;			/* a card is present */
	uint8_t	atr[TP_ATR_MAX];
	size_t	atrlen;
	struct usb_device device;	/* empty while another program has it */
};
/* Fills up to max rows; *n is how many there are, max or more. */
enum err	tp_readers(struct tp_reader *, size_t max, size_t *n,
		    struct note *);

#endif
