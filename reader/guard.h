#ifndef READER_GUARD_H
#define READER_GUARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The one place every command passes before a byte leaves.  It is a list of
 * what is allowed, not of what is forbidden: applications by their full AID,
 * files by their id and use, four instructions.  So the 12-digit number
 * (text EF 0001), its image (surface EF 0005), the signing key, its
 * certificate and its password (JPKI 0001, 001A, 001B), 照合番号A (text 0014,
 * surface 0013), every application not named here, reader commands (CLA FF),
 * PIN changes and everything of tomorrow are refused until somebody writes a
 * row (features.md R01; card-and-readers.md 2.2).
 */
enum guard_app {
	GUARD_NO_APP, GUARD_JPKI, GUARD_TEXT, GUARD_SURFACE, GUARD_APPS
};

/* What is selected, as far as the card's answers told. */
struct guard {
	enum guard_app	app;
	uint16_t	ef;		/* 0: none */
	int		more;		/* 61xx was answered: GET RESPONSE may follow */
};

/* ERR_OK or ERR_FORBIDDEN; changes nothing. */
enum err	guard_check(const struct guard *, const uint8_t *apdu,
		    size_t len);
/* After the exchange: follows what the command and its status selected. */
void		guard_done(struct guard *, const uint8_t *apdu, size_t len,
		    uint16_t sw);
/* After a reset, a torn answer or an error nothing is selected. */
void		guard_forget(struct guard *);

#define GUARD_AID 10	/* bytes; all of 2.1 have this length */
const uint8_t	*guard_aid(enum guard_app);	/* NULL for none */

#endif
