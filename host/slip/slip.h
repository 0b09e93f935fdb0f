#ifndef HOST_SLIP_SLIP_H
#define HOST_SLIP_SLIP_H

#include "base/buf.h"
#include "crypto/uuid.h"
#include "host/consent/consent.h"
#include "host/consent/fallback.h"

/*
 * A reception slip on paper (受付票): when neither terminal nor network works,
 * what is noted is the four items of features.md DIS-03, the consents and who
 * took them down.  Nothing of it is proven.  The code on it holds the same as
 * text that any scanner types on any keyboard layout: digits and upper-case
 * letters.  Personal data: wipe it.
 *
 *	"SKS1" base32(version, id 16, at u64 s, sex, birthdate u32,
 *	    consents u8, prescription u8, u16 name, u16 address, u16 staff,
 *	    in version 2 fallback u8; version 1 is one of which none is said,
 *	    first 8 bytes of SHA-256 over all that, zeros up to 5 bytes)
 */
#define SLIP_ID		UUID_LEN
#define SLIP_TEXT_MAX	2400	/* symbols: one QR code of level M */

struct slip {
	char		id[SLIP_ID];
	int64_t		at;		/* wall ms, whole seconds */
	char		name[304], address[804], staff[129];
	char		birthdate[9];	/* YYYYMMDD */
	char		sex;		/* '1' male, '2' female, '9' other */
	struct consent	consent;	/* confirmed is at */
	enum fallback	fallback;	/* what was shown, if that is said */
};

/* ERR_LAYOUT and the field in the note unless all of it is there and fits. */
enum err	slip_check(const struct slip *, struct note *);
/* The text of its code.  ERR_LAYOUT, ERR_TOOBIG. */
enum err	slip_write(const struct slip *, struct blob *text);
/* As a scanner types it, in any case, blanks around it; ERR_SLIP when it is
 * none or was misread. */
enum err	slip_read(const char *text, struct slip *);
void		slip_wipe(struct slip *);

#endif
