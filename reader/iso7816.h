#ifndef READER_ISO7816_H
#define READER_ISO7816_H

#include "base/buf.h"
#include "reader/card.h"

/*
 * Commands and their answers.  Everything goes through apdu_send or a plan,
 * and both through guard_check: ERR_FORBIDDEN means that no byte left.  Deadlines in milliseconds: RSA in the card takes up to a second and
 * is not published (card-and-readers.md 8); we wait ten times that.
 */
#define APDU_MS		5000
#define APDU_SIGN_MS	10000
#define APDU_DATA_MAX	32768	/* a whole file, as far as it can be read */

/*
 * One command as raw bytes.  rsp gets the answer's data without the status
 * word, at most APDU_DATA_MAX; collects 61xx, and repeats a command that asked for data once with
 * the length 6Cxx names (never a VERIFY: it asks for none).  A status word is
 * no error here.  ERR_TORN: data with a status word that never has any, as
 * when the card is pulled in the middle of its answer.
 */
enum err	apdu_send(struct card *, const uint8_t *tx, size_t txlen,
		    struct blob *rsp, uint16_t *sw, int ms);

/*
 * The other half of it, for a step that was sent in a script (reader/plan.h):
 * follow lets the guard know its answer, in the order they were given; answer
 * takes it, and fetches what the card still holds of it.
 */
void		apdu_follow(struct card *, const struct tp_step *);
enum err	apdu_answer(struct card *, const struct tp_step *,
		    struct blob *rsp, uint16_t *sw);

/* ERR_OK for 9000; ERR_NEEDS_PIN, ERR_NO_FILE, ERR_CARD_MUTE, else ERR_SW. */
enum err	apdu_sw_err(uint16_t sw);

enum err	select_app(struct card *, enum guard_app);
/* Nothing is sent when it is the selected one already. */
enum err	select_ef(struct card *, uint16_t ef);

#endif
