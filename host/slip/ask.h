#ifndef HOST_SLIP_ASK_H
#define HOST_SLIP_ASK_H

#include "host/slip/slip.h"

/* What is given already; NULL is asked for. */
struct ask {
	const char	*staff, *consent, *prescription;
	const char	*fallback;	/* never asked for: NULL is none */
};

/*
 * Takes a slip's items down: at the terminal, or, where standard input is
 * none, as its lines: name, birth date (also 昭和35年6月2日), sex (男, 女, その他;
 * m, f, other; 1, 2, 9), address, and the staff where it is not given.  Items
 * are no arguments, which every user of the machine could read.  id and time
 * are filled in.  ERR_USAGE for what is given, ERR_ROW, ERR_CANCELLED; the note
 * names the line and its form.
 */
enum err	ask_slip(const struct ask *, struct slip *, struct note *);

#endif
