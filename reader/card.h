#ifndef READER_CARD_H
#define READER_CARD_H

#include <stddef.h>
#include <stdint.h>

#include "driver/transport.h"
#include "reader/guard.h"

/*
 * A card is recognised by SELECT of the full JPKI AID, never by its ATR.
 * What differs between cards is a row of this table, so that phones and the
 * next generation are rows (card-and-readers.md 1.3, 2.2, 3.5).
 */
enum card_signer { CARD_RSA_DIGESTINFO, CARD_EC_HASH };

struct card_profile {
	const char	*name;		/* "plastic", "phone" */
	int		 cert_needs_pin;/* EF 000A answers 6982 before VERIFY */
	int		 has_text;	/* holds 券面事項入力補助 */
	enum card_signer signer;	/* what the sign command takes */
	size_t		 signature;	/* bytes it gives; 0: varies */
};

enum card_kind { CARD_PLASTIC, CARD_PHONE, CARD_KINDS };

/* What the administrator knows about his cards and readers. */
struct card_opts {
	int	short_ids;	/* 1: use short file ids (single source, 2.4) */
	int	extended;	/* 1: extended reads where reader and card declare */
};

/* On the caller's stack; begins with card_open, ends with the transport. */
struct card {
	struct tp			*tp;	/* borrowed, begun */
	const struct card_profile	*profile;
	struct card_opts		 opts;
	struct guard			 guard;
	size_t				 chunk;	/* bytes per READ BINARY */
};

/*
 * After tp_begin: selects the JPKI application.  The first command after a
 * power-up may be answered 6F00 (1.5); only then it is sent once more.
 * ERR_NOT_JPKI when the application is not there.
 */
enum err	card_open(struct card *, struct tp *, const struct card_opts *);

/* The same for a plan with more in it, which begins with it. */
struct plan;
void		card_init(struct card *, struct tp *,
		    const struct card_opts *);
void		card_add_open(struct plan *);
enum err	card_take_open(struct plan *);

/* What was found out later: the certificate is readable after VERIFY only. */
void		card_is(struct card *, enum card_kind);

/* 1 if after this error the card itself is lost, and what it said with it. */
int		card_lost(enum err);

/* 1 if the ATR's historical bytes declare extended Lc/Le (1.1). */
int		card_atr_extended(const uint8_t *atr, size_t len);

#endif
