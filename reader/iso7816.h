#ifndef READER_ISO7816_H
#define READER_ISO7816_H

#include "base/buf.h"
#include "reader/card.h"

/*
 * Commands and their answers.  Everything goes through apdu_send or
 * read_ef, and both through guard_check: ERR_FORBIDDEN means that no byte
 * left.  Deadlines in milliseconds: RSA in the card takes up to a second and
 * is not published (card-and-readers.md 8); we wait ten times that.
 */
#define APDU_MS		5000
#define APDU_SIGN_MS	10000

/*
 * One command as raw bytes.  rsp gets the answer's data without the status
 * word; collects 61xx, and repeats a command that asked for data once with
 * the length 6Cxx names (never a VERIFY: it asks for none).  A status word is
 * no error here.  ERR_TORN: data with a status word that never has any, as
 * when the card is pulled in the middle of its answer.
 */
enum err	apdu_send(struct card *, const uint8_t *tx, size_t txlen,
		    struct blob *rsp, uint16_t *sw, int ms);

/* ERR_OK for 9000; ERR_NEEDS_PIN, ERR_NO_FILE, ERR_CARD_MUTE, else ERR_SW. */
enum err	apdu_sw_err(uint16_t sw);

enum err	select_app(struct card *, enum guard_app, uint16_t *sw);
/* Nothing is sent when it is the selected one already. */
enum err	select_ef(struct card *, uint16_t ef);

/* Tells from a file's first bytes how long it is; ERR_OK or why not. */
typedef enum err read_measure(struct buf head, size_t *total);

/*
 * A whole transparent EF into out, in chunks the transport and the card
 * allow; exactly the length the measure tells, at most READ_MAX.  A chunk
 * shorter than asked for is ERR_TORN.  On error out is empty.
 */
#define READ_MAX 32768	/* as far as an offset of 15 bits reaches (2.4) */
enum err	read_ef(struct card *, uint16_t ef, read_measure *,
		    struct blob *out);

#endif
