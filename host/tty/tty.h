#ifndef HOST_TTY_TTY_H
#define HOST_TTY_TTY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A person at a terminal: lines that are read byte by byte, so that no buffer
 * keeps a PIN, with or without echo.  One thread uses a terminal at a time.
 */

/* Japanese where the environment is Japanese, English elsewhere. */
enum err_lang	tty_lang(void);

/* What ends a wait for the person, besides the person. */
struct tty_stop {
	int	wake;		/* readable: ERR_CANCELLED; -1: none */
	int64_t	until;		/* on clock_ms: ERR_TIMEOUT; INT64_MAX: never */
};

/* Ctrl-C and SIGTERM end waits and entries instead of the program. */
void		tty_catch_signals(void);
int		tty_interrupted(void);
/* From now on they also call fn with arg, in their handler; arg NULL: none. */
void		tty_interrupts(void (*fn)(void *arg), void *arg);

/* /dev/tty, the caller's to close; -1 where there is none. */
int		tty_open(void);
/* 1 if there is one and what is asked there would be seen: a program in the
 * background is stopped by the system when it asks. */
int		tty_is_ours(void);
void		tty_say(int fd, const char *text);

/*
 * One line without its end; stop may be NULL.  ERR_TOOBIG when it does not
 * fit, ERR_CANCELLED for a signal, the end of input or stop's wake, but for a
 * last line that lacks its end.  The caller wipes line.
 */
enum err	tty_line(int fd, const struct tty_stop *, char *line,
		    size_t room, size_t *len);
/*
 * That without an echo, which is off before the prompt asks: what is typed at
 * once must neither be seen nor lost.
 */
enum err	tty_hidden(int in, int out, const char *prompt,
		    const struct tty_stop *, char *line, size_t room,
		    size_t *len);
/*
 * Asks until it is a yes or a no; Enter alone is no.  *yes is 0 unless
 * ERR_OK; errors as tty_line's.
 */
enum err	tty_yes(int fd, enum err_lang, const char *question,
		    const struct tty_stop *, int *yes);

#endif
