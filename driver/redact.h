#ifndef DRIVER_REDACT_H
#define DRIVER_REDACT_H

#include "base/buf.h"

/*
 * Commands and answers as lines of a replay file, without what is in them:
 * enough that a program which meets the same answers takes the same way.
 *
 * Kept: a command's header, its lengths and, of SELECT (ISO 7816-4: A4), up
 * to 16 bytes that name an application or a file; an answer's length and
 * status word, and of the beginning of a file (READ BINARY from offset 0)
 * the tag and the length of the one object that holds all others, or no
 * program could tell how much more there is to read.  Everything else is
 * a number of bytes: ~9.
 */
enum err	redact_command(struct blob *, const uint8_t *tx, size_t len);
/* len is at least 2; tx is the command it answers. */
enum err	redact_answer(struct blob *, const uint8_t *tx, size_t txlen,
		    const uint8_t *rx, size_t len);

/*
 * Historical bytes can name a card's maker and more: they become 00, but for
 * the card's capabilities (compact TLV, object 7), which say what lengths it
 * takes.  TCK fits again.  out has room for len bytes.
 */
void		redact_atr(const uint8_t *atr, size_t len, uint8_t *out);

#endif
