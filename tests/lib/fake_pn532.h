#ifndef TESTS_LIB_FAKE_PN532_H
#define TESTS_LIB_FAKE_PN532_H

#include <stddef.h>
#include <stdint.h>

#include "tests/lib/fake_card.h"

/*
 * A PN532 on a serial line (hw-docs/protocols/pn532.md) with a fake card
 * before its antenna: bytes in, bytes out, no clock and no descriptor.  It
 * takes what libnfc sends and nothing looser: the three-byte start, both
 * checksums, the postamble, a wake-up before the first frame, and
 * SAMConfiguration before anything else; what breaks that is counted.
 */
#define FAKE_PN532_FRAME	280	/* 265 and its frame, both directions */
#define FAKE_PN532_FAULTS	8

/* What goes wrong with the answer to the n-th exchange; the card has executed
 * the command in every case. */
enum fake_pn532_fault_kind {
	PN532_FAULT_NONE,
	PN532_FAULT_SILENT,	/* ACK, no reply */
	PN532_FAULT_NO_ACK,	/* neither */
	PN532_FAULT_LATE,	/* the reply after value ms, whatever comes */
	PN532_FAULT_STATUS,	/* status byte value, no data */
	PN532_FAULT_EMPTY,	/* status 00, no data */
	PN532_FAULT_SUM,	/* DCS wrong */
	PN532_FAULT_LENGTH,	/* LCS wrong */
	PN532_FAULT_HALF,	/* the first half of the frame */
	PN532_FAULT_TWICE,	/* the frame two times in one write */
	PN532_FAULT_CHAIN,	/* in two parts, the first with status 40 */
	PN532_FAULT_ENDLESS,	/* status 40 and no data, for ever */
	PN532_FAULT_ERROR,	/* the error frame */
	PN532_FAULT_DEAD	/* silent from here on */
};

struct fake_pn532_fault {
	enum fake_pn532_fault_kind	kind;
	unsigned			at;	/* 1 = the first exchange */
	int				value;
};

struct fake_pn532_stats {
	unsigned	commands;	/* frames that were answered */
	unsigned	exchanges;	/* InDataExchange with data */
	unsigned	selects;	/* InListPassiveTarget of Type B */
	unsigned	wakeups;
	unsigned	aborts;		/* ACK frames from the host */
	unsigned	bad_frames;	/* bytes no PN532 would take */
	unsigned	disorder;	/* commands at the wrong time */
};

struct fake_pn532 {
	struct fake_card		*card;	/* borrowed */
	struct fake_pn532_fault		 fault[FAKE_PN532_FAULTS];
	struct fake_pn532_stats		 stats;

	int	awake, configured, dead, endless;
	int	field;
	int	target;			/* the chip has one */
	int	active;			/* ... which is in its protocol */
	int	halted;
	uint8_t	rest[FAKE_RSP_MAX];	/* of a chained answer */
	size_t	restlen;
	uint8_t	reg[0x10000];
	uint8_t	in[2 * FAKE_PN532_FRAME];
	size_t	have;
};

/* What leaves the chip: the ACK at once, the reply after delay_ms. */
struct fake_pn532_reply {
	int	ack;
	int	abort;			/* the host gave up the one before */
	int	late;			/* even when another command comes */
	int	delay_ms;
	uint8_t	bytes[2 * FAKE_PN532_FRAME];
	size_t	len;
};

extern const uint8_t fake_pn532_ack[6];

void	fake_pn532_init(struct fake_pn532 *, struct fake_card *);
/* Bytes from the host; more than fit are bad frames. */
void	fake_pn532_feed(struct fake_pn532 *, const uint8_t *, size_t);
/* Takes the next whole frame; 0 when there is none. */
int	fake_pn532_next(struct fake_pn532 *, struct fake_pn532_reply *);
/* The card comes into the field or leaves it. */
void	fake_pn532_insert(struct fake_pn532 *);
void	fake_pn532_pull(struct fake_pn532 *);
/* "silent@5", "late@5=6000", "status@5=80" (hex); 0 if it is none. */
int	fake_pn532_add_fault(struct fake_pn532 *, const char *);

#endif
