#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A PIN or a key.  Lives in one scope, is wiped at its end on every path,
 * never copied to a queue or a log; the frame that carries a command to the
 * reader process is wiped when it was sent.  32 bytes hold a key of AES-256;
 * the longest secret of the card that may ever be sent has 14 (照合番号B).
 */
#define SECRET_MAX 32

struct secret {
	uint8_t	data[SECRET_MAX];
	size_t	len;		/* bytes used, 0 = empty */
};

/* Copies len bytes, keeps the page out of swap; ERR_TOOBIG leaves it empty. */
enum err	secret_set(struct secret *, const void *, size_t len);
/* Empties it so that the compiler cannot leave the bytes; NULL is fine. */
void		secret_wipe(struct secret *);
/* Same for any memory that held one. */
void		secret_cleanse(void *, size_t);

/*
 * At start-up of every program that touches a PIN: no core dumps, not
 * traceable by others of the same user; freed memory is wiped (base/wipe.h);
 * tries whether pages can be locked.
 * ERR_SYS and a note when the system refuses a part; the caller says so and
 * goes on.
 */
enum err	secret_harden(struct note *);

#endif
