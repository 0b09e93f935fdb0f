#ifndef HOST_VISIT_SESSION_IN_H
#define HOST_VISIT_SESSION_IN_H

#include <pthread.h>

#include "host/visit/session.h"
#include "reader/pin.h"

/*
 * Inside of a session, for its three files: session.c is its life and what
 * others see, session_want.c what it waits for, session_ports.c what login
 * and course ask of it.
 */
struct session {
	struct session_ask	 ask;
	struct visit_conf	 conf;		/* of ask; slow: a longer wait */
	struct visit		 visit;		/* the thread's alone */
	json_t			*identity;	/* resumed: as it is stored */
	struct tp		*tp;		/* while it has the reader */
	uint8_t			 nonce[EVIDENCE_NONCE];
	struct patient		 expected;	/* mode face, official */
	int64_t			 started_at;
	int			 resumed;	/* from MATCHED on */

	pthread_t		 thread;
	/* What the others see, under the lock. */
	pthread_mutex_t		 lock;
	pthread_cond_t		 given;
	enum want		 want;
	int64_t			 deadline;	/* wall ms, to be shown … */
	int64_t			 until;		/* … and on the steady clock */
	int			 tries;
	int			 has_gift, cancelled, ended;
	int			 confirmed, left;	/* the kiosk goes on */
	int			 over;		/* its end is stored */
	int			 asking;	/* the terminal works for it */
	struct gift		 gift;
	json_t			*view;
	struct blob		 photo;
};

/* --- session_want.c --- */

/* What others see of it, as the thread has it now. */
void		session_publish(struct session *);
/* After each step that is in the store. */
void		session_shown(void *session, const struct visit *);
/* From here on a gift of this kind is taken; tries are those it is about. */
void		session_begin_want(struct session *, enum want, int tries);
void		session_end_want(struct session *);
int		session_ms(const struct session *, enum want);
/* ERR_TIMEOUT, ERR_CANCELLED; ERR_HALF after slice_ms (0: no slices). */
enum err	session_wait_gift(struct session *, int slice_ms,
		    struct gift *);
/* All three in one. */
enum err	session_want_gift(struct session *, enum want, int tries,
		    struct gift *);
int		session_is_cancelled(void *session);

/* --- session_ports.c --- */

/* At the reader: by PIN, or by face and sight. */
enum err	session_log_in(struct session *);
enum err	session_choose(void *session, const struct visit *,
		    struct consent *);
enum err	session_confirm(void *session, const struct visit *);

#endif
