#ifndef READER_PIN_H
#define READER_PIN_H

#include "base/secret.h"
#include "reader/card.h"

/*
 * What we may verify (card-and-readers.md 2.3): two PINs of 4 digits with 3
 * tries, and 照合番号B, 14 digits printed on the card, with 10 tries in each
 * of the two applications that know it.  Every one has a counter of its own;
 * at its end the person must visit the town office: one entry by a person is
 * at most one VERIFY of each.
 */
enum pin_kind { PIN_AUTH, PIN_TEXT, PIN_SURFACE_B, PIN_TEXT_B };

#define PIN_LEN			4	/* digits */
#define PIN_B_LEN		14
#define PIN_TRIES_FULL		3
#define PIN_B_TRIES_FULL	10
#define PIN_TRIES_UNKNOWN	(-1)

/*
 * The caller's rule for 照合番号B: never VERIFY with so few tries left, nor
 * when they are unknown.  A misread digit is typed again and again by whoever
 * copies it from the card, and other readers count down the same ten (4.1);
 * half of them are left to the holder.
 */
#define PIN_B_FLOOR		5

int		pin_full(enum pin_kind);	/* tries after a right entry */

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
 * ERR_PIN_FORMAT when they are not as many digits as this one has (nothing is
 * sent, because a PIN of the wrong shape may cost a try).  Whatever else comes back, the digits
 * must not be sent again.
 */
enum err	pin_verify(struct card *, enum pin_kind, const struct secret *,
		    int *tries);

/*
 * The same in a plan.  The digits are copied into it, which wipes them as
 * soon as they are sent; ERR_PIN_FORMAT adds nothing.  Where a card says no,
 * the rest of the plan does not happen.
 */
struct plan;
void		pin_add_tries(struct plan *, enum pin_kind);
enum err	pin_take_tries(struct plan *, enum pin_kind, int *tries);
enum err	pin_add_verify(struct plan *, enum pin_kind,
		    const struct secret *);
enum err	pin_take_verify(struct plan *, enum pin_kind, int *tries);

/*
 * Where the far side can ask (tp_can_enter): it does, within ms, and then
 * fills the VERIFY by itself; the digits are never here.  An entry for
 * PIN_AUTH also fills one of PIN_TEXT, once the first was accepted
 * (hw-docs/protocols/link.md).  ERR_FORBIDDEN: it does not ask for this one.
 */
enum err	pin_enter(struct card *, enum pin_kind, int tries, int ms);
enum err	pin_add_entered(struct plan *, enum pin_kind);
enum err	pin_verify_entered(struct card *, enum pin_kind, int *tries);

#endif
