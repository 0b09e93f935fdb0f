#ifndef HOST_CLI_ENTRY_H
#define HOST_CLI_ENTRY_H

#include "base/secret.h"
#include "host/cli/cli.h"
#include "reader/pin.h"

/*
 * What a person types.  Everything is asked on the terminal itself
 * (/dev/tty), so that standard output stays for the result; with --pin-stdin
 * the PIN is a line of standard input and nothing is asked.
 */

/* That the PIN is entered at the reader's device, and the tries left. */
void		entry_say_device(const struct cli *, int tries);
/* From now on signals (tty_catch_signals) also end an entry at the reader's
 * device; NULL: at none. */
struct tp;
void		entry_cancels(struct tp *);

/* 1 if somebody sits at a terminal and may be asked. */
int		entry_can_ask(const struct cli *);

/* One PIN, never echoed; says the tries left first, in every mode.  With
 * --pin-stdin the authentication PIN is the first line, the one of the
 * attributes, where it is asked for, the second.  ERR_CANCELLED,
 * ERR_PIN_FORMAT. */
enum err	entry_pin(const struct cli *, enum pin_kind, int tries,
		    struct secret *);

/* A yes-or-no question; no is the default.  1 yes, 0 no, -1 cancelled. */
int		entry_yes(const struct cli *, const char *question);

/* Whether the last try of a PIN may be spent: asks; where nobody can be
 * asked, --last-try decides.  ERR_OK or ERR_PIN_LAST_TRY. */
enum err	entry_last_try(const struct cli *);

#endif
