#ifndef HOST_PROOF_CARDFACE_H
#define HOST_PROOF_CARDFACE_H

#include "base/secret.h"
#include "crypto/cardca.h"
#include "crypto/challenge.h"
#include "host/proof/conf.h"
#include "reader/attributes.h"
#include "reader/pin.h"

/*
 * The face of a card, opened by 照合番号B, and whether it is a genuine card:
 * the data is signed by its issuer, and the key within that data signs our
 * challenge.  Whoever stands there is not proven by it.  Personal data: wipe
 * it.
 */
struct cardface {
	char			birthdate[9];	/* signed, YYYYMMDD */
	char			sex;		/* signed, as struct attributes */
	char			expiry[9];	/* YYYYMMDD; not signed */
	enum cardca_verdict	verdict;
	char			issuer[CARDCA_ISSUER];
	int			proven;		/* its key signed our challenge */
	enum challenge_alg	alg;
	int64_t			at;		/* wall ms of that */
	EVP_PKEY		*key;		/* public, in the signed data */
	int			number_tries;	/* left, of the surface; or
						 * PIN_TRIES_UNKNOWN */
	int			has_attributes;
	struct attributes	attributes;
	enum err		attributes_err;	/* why there are none */
	struct blob		photo;		/* PNG; empty if there is none */
	enum err		photo_err;	/* why */
};

/*
 * Tries left on 照合番号B, to be shown before it is asked for; costs nothing.
 * After card_open; selects the surface application.  ERR_NO_FILE on what has
 * none: phones.
 */
enum err	cardface_tries(struct card *, int *tries);

/*
 * After card_open.  One entry of the number is at most one VERIFY in each of
 * the two applications, and none where PIN_B_FLOOR tries or fewer are left.
 * ERR_OK: the card is there and its data is signed; whether by a known issuer
 * the verdict says (genuine, issuer-unknown), and the caller decides.
 * ERR_NOT_GENUINE: forged, altered, malformed; ERR_PROOF: a copy without the
 * key; ERR_CARD_EXPIRED; ERR_CONTRADICTS: the number, the signed data and the
 * text application do not say the same; ERR_NUMBER_B_*; ERR_NO_FILE.  Then
 * only verdict, issuer and number_tries are kept.  A photograph or attributes
 * that cannot be read are no error: photo_err and attributes_err say why.
 */
enum err	cardface_read(struct card *, const struct proof_conf *,
		    const char *visit_id, const struct secret *number_b,
		    struct cardface *, struct note *);
void		cardface_wipe(struct cardface *);	/* NULL is fine */

#endif
