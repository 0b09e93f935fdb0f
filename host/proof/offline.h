#ifndef HOST_PROOF_OFFLINE_H
#define HOST_PROOF_OFFLINE_H

#include "crypto/cardsign.h"
#include "crypto/ticket.h"
#include "host/proof/statement.h"

/*
 * The record of a visit without a network: ticket, statement, and the card's
 * signature over both (hw-docs/protocols/link.md, "Tickets and records").
 * Personal data: wipe it.
 */
#define OFFLINE_MESSAGE	64	/* two SHA-256 */
#define OFFLINE_MAX	65536	/* bytes of JSON, our limit */

struct offline {
	char			 id[STATEMENT_ID];
	uint8_t			 ticket[TICKET_LEN];
	struct blob		 statement;	/* the exact bytes */
	int			 surface;	/* signed by the card's own key,
						 * not the authentication key */
	enum challenge_alg	 alg;
	EVP_PKEY		*key;		/* public */
	struct blob		 signature;
};

/* What the card signs, to be hashed by its algorithm.  ERR_LIB. */
enum err	offline_message(const uint8_t ticket[TICKET_LEN],
		    struct buf statement, uint8_t out[OFFLINE_MESSAGE]);
/* ERR_OK: the signature is by the key over ticket and statement; ERR_PROOF. */
enum err	offline_verify(const struct offline *);

enum err	offline_write(const struct offline *, struct blob *out);
/* ERR_RECORD_ALTERED unless it is of exactly this form; *o is wiped then. */
enum err	offline_read(struct buf, struct offline *);
void		offline_wipe(struct offline *);
/* 1 if the error is about a record and stays so however often it is sent:
 * the refusals of link.md. */
int		offline_is_refusal(enum err);

#endif
