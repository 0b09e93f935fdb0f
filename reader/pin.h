#ifndef READER_PIN_H
#define READER_PIN_H

#include "base/secret.h"
#include "reader/card.h"

/*
 * The two 4-digit PINs we may verify; each has its own counter of 3
 * (card-and-readers.md 2.3).  Three wrong tries and the person must visit the
 * town office: one entry by a person is at most one VERIFY.
 */
enum pin_kind { PIN_AUTH, PIN_TEXT };

#define PIN_LEN			4	/* digits */
#define PIN_TRIES_FULL		3
#define PIN_TRIES_UNKNOWN	(-1)

/*
 * Tries left, by an empty VERIFY that costs nothing: 0 = blocked,
 * PIN_TRIES_UNKNOWN = the card did not say (also when it says it is verified
 * already: then nobody may ask, the power must be cut first).  The
 * application of the PIN must be selected.  ERR_PIN_NONE when the card has no
 * such PIN.
 */
enum err	pin_tries(struct card *, enum pin_kind, int *tries);

/*
 * Sends the digits once.  ERR_OK; ERR_PIN_WRONG and *tries; ERR_PIN_BLOCKED;
 * ERR_PIN_FORMAT when they are not 4 digits (nothing is sent, because a PIN
 * of the wrong shape may cost a try).  Whatever else comes back, the digits
 * must not be sent again.
 */
enum err	pin_verify(struct card *, enum pin_kind, const struct secret *,
		    int *tries);

#endif
