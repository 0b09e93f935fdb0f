#ifndef READER_JPKI_H
#define READER_JPKI_H

#include "base/buf.h"
#include "reader/card.h"

/*
 * The JPKI application, authentication side only.  It must be selected
 * (card_open does).  The signing key and its password are never touched.
 */

/* Whole certificate as DER; ERR_NEEDS_PIN on a phone before VERIFY. */
enum err	jpki_certificate(struct card *, struct blob *der);

/*
 * Signature over input, which we made ourselves (crypto/challenge.h).  Needs
 * a verified PIN: ERR_NEEDS_PIN otherwise.  A signature of another length
 * than the profile's is ERR_TORN.
 */
enum err	jpki_sign(struct card *, const uint8_t *input, size_t len,
		    struct blob *signature);

/*
 * The same in a plan.  What add_certificate adds is its last; add_sign is
 * ERR_TOOBIG, and adds nothing, where jpki_sign is so.
 */
struct plan;
void		jpki_add_certificate(struct plan *);
enum err	jpki_take_certificate(struct plan *, struct blob *der);
enum err	jpki_add_sign(struct plan *, const uint8_t *input, size_t len);
enum err	jpki_take_sign(struct plan *, struct blob *signature);

/* What the token information says it is (card-and-readers.md 1.3). */
enum jpki_token { JPKI_UNKNOWN, JPKI_CARD, JPKI_OLD_CARD, JPKI_ANDROID,
    JPKI_IPHONE };
enum err	jpki_token(struct card *, enum jpki_token *);
const char	*jpki_token_name(enum jpki_token);	/* "mynumber-card" … */

#endif
