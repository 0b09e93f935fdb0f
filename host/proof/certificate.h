#ifndef HOST_PROOF_CERTIFICATE_H
#define HOST_PROOF_CERTIFICATE_H

#include "crypto/chain.h"
#include "crypto/challenge.h"
#include "host/proof/conf.h"
#include "reader/plan.h"

/* How a card signs (reader/card.h) decides challenge and profile. */
enum challenge_alg	 certificate_alg(enum card_signer);

/*
 * Takes the card's certificate, the next of the plan (reader/jpki.h), and
 * judges it; the bytes go no further.
 * Returns the verdict's own error once there is a verdict (*judged 1), else
 * why there is none: ERR_NEEDS_PIN on a phone, a card that is gone, ….  *key
 * (NULL ok) is the caller's to free when ERR_OK.
 */
enum err	certificate_judge(struct plan *, const struct proof_conf *,
		    X509_STORE *roots, struct chain_verdict *, int *judged,
		    EVP_PKEY **key, struct note *);

#endif
