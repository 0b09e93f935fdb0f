#ifndef TESTS_LIB_FAKE_CARD_H
#define TESTS_LIB_FAKE_CARD_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/secret.h"
#include "tests/lib/fake_layout.h"
#include "tests/lib/fake_sign.h"

/*
 * A My Number card as a pure state machine, at least as strict as the real
 * one (card-and-readers.md 1.3, 1.5, 2.1-2.6, 5.1): bytes in, bytes out, no
 * clock, no file, no socket.  One thread uses a card at a time.
 *
 *	new -> [ power_on -> apdu ... -> power_off ] ... -> free
 *
 * Everything public in the struct may be set and read by a test at any time;
 * card_file fills it from a folder.
 */
#define FAKE_ATR_MAX	33
#define FAKE_RSP_MAX	65538	/* 65536 data, SW1 SW2 */
#define FAKE_FAULTS	8

/* How the card behaves; every field is a key of card.conf as well. */
struct fake_conf {
	int	extended;	/* 1: extended Lc/Le accepted and declared */
	int	short_ids;	/* 1: files by 80+id; single source, so off */
	int	short_aid;	/* 1: SELECT by the beginning of an AID */
	int	first_6f00;	/* 1: first command after power-on fails */
	int	get_response;	/* 1: data comes by 61xx, wrong Le gets 6Cxx */
	int	verified_9000;	/* 1: empty VERIFY says 9000 when verified */
	int	cert_needs_pin;	/* 1: JPKI 000A only after VERIFY, as phones */
	int	ec_form;	/* enum fake_ec_form */
	int	blocked_sw;	/* VERIFY of a blocked PIN: 6984, 6983 */
	int	none_sw;	/* VERIFY of a PIN that was never set [guess] */
	int	eof_sw;		/* with fewer bytes than asked: 9000, 6282 */
	int	delay_ms;	/* per command */
	int	sign_delay_ms;	/* more, when it makes a signature */
};

struct fake_pin {
	struct secret	value;	/* empty: never set, nothing verifies it */
	int		tries;	/* left; 0 = blocked */
};

/* What goes wrong at the n-th command, counted over all power-ons. */
enum fake_fault_kind {
	FAKE_FAULT_NONE,
	FAKE_FAULT_SW,		/* answers sw and executes nothing */
	FAKE_FAULT_PULL,	/* pulled before it executes */
	FAKE_FAULT_LOST,	/* executes; pulled before it answers */
	FAKE_FAULT_HALF,	/* executes; pulled amid the answer */
	FAKE_FAULT_TORN		/* the same, and the reader says all is well */
};

struct fake_fault {
	enum fake_fault_kind	kind;
	unsigned		at;	/* 1 = the first command ever */
	uint16_t		sw;
};

struct fake_stats {
	unsigned	apdus;
	unsigned	power_ons;
	/* VERIFYs with data that were sent, executed or not. */
	unsigned	verify[FAKE_LOCKS];
	unsigned	verify_stray;	/* ... with no PIN to be meant */
	unsigned	sign;		/* signatures made, any key */
	unsigned	forbidden;	/* see below */
};

/*
 * forbidden counts attempts at what a clinic has no business with: text 0001
 * (the 12-digit number), surface 0005, JPKI 0001, 001A, 001B, 照合番号A, any
 * change of a PIN, and the PIN-less command (4.1).  OpenSC itself reads the
 * signing files, so this is a number, not a refusal.
 */
struct fake_card {
	struct fake_conf	 conf;
	uint8_t			 atr[FAKE_ATR_MAX];
	size_t			 atrlen;	/* 0: follows conf.extended */
	unsigned		 apps;		/* bits 1u << enum fake_app */
	struct blob		 ef[FAKE_EFS];	/* by row of fake_efs */
	EVP_PKEY		*key[FAKE_KEYS];
	struct fake_pin		 pin[FAKE_LOCKS];
	struct fake_fault	 fault[FAKE_FAULTS];
	struct fake_stats	 stats;

	int			 present;	/* in the slot; 1 when new */

	/* Set by fake_card_apdu for whoever carries the answer. */
	size_t			 answer_len;	/* what it would have been */
	int			 wait_ms;	/* a real card would take */

	/* The card's own memory. */
	int			 powered, first;
	enum fake_app		 app;
	const struct fake_ef	*current;
	uint32_t		 verified;	/* bits FAKE_OPENS(lock) */
	struct blob		 pending;	/* for GET RESPONSE */
};

/* An empty card: no contents, no keys, PINs never set; NULL = no memory. */
struct fake_card	*fake_card_new(void);
void			 fake_card_free(struct fake_card **);

/* Power-off forgets everything; a warm reset keeps what was verified (1.5). */
void	fake_card_power_on(struct fake_card *);
void	fake_card_power_off(struct fake_card *);
void	fake_card_reset(struct fake_card *);
/* Out of the slot, power gone; and back, not powered yet. */
void	fake_card_pull(struct fake_card *);
void	fake_card_insert(struct fake_card *);

/*
 * One command.  *rsplen: in room, at least 258; out: bytes that leave the
 * card.  None when it has no power or was pulled (present is then 0), fewer
 * than answer_len when it was pulled amid the answer; none as well when the
 * answer does not fit, although it was executed.
 */
void	fake_card_apdu(struct fake_card *, const uint8_t *, size_t,
	    uint8_t *rsp, size_t *rsplen);

/* 1.1: atr if set, else a contact ATR that fits conf.extended. */
size_t	fake_card_atr(const struct fake_card *, uint8_t out[FAKE_ATR_MAX]);

#endif
