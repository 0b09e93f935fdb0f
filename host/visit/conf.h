#ifndef HOST_VISIT_CONF_H
#define HOST_VISIT_CONF_H

#include "host/proof/conf.h"
#include "host/qualify/exchange.h"
#include "reader/card.h"

/*
 * The text application has a PIN counter of its own (card-and-readers.md
 * 2.3); three of the PINs are often equal because the town's form has one
 * box.  same: sends the digits the authentication PIN has just accepted,
 * once, and only while the text counter is full or at 2.
 */
enum text_pin { TEXT_PIN_SAME, TEXT_PIN_ASK, TEXT_PIN_NEVER };

/* What a visit needs of the configuration; strings live as long as it. */
struct visit_conf {
	const char		*reader;	/* transport string */
	int			 card_wait_ms;	/* for a card to be placed */
	struct card_opts	 card;
	enum text_pin		 text_pin;
	const char		*trust_folder;
	enum trust_mode		 trust_mode;
	struct revocation_conf	 revocation;
	struct exchange_conf	 exchange;
	int			 face_threshold; /* millionths: the least */
	int			 face_unknown_issuer; /* 1: accept, and say so */
	int			 register_reference;	/* siimm01 after a valid check */
	int			 electronic_prescription;
};

/* The part of it that a card is judged by. */
struct proof_conf	visit_proof_conf(const struct visit_conf *);

#endif
