#ifndef HOST_STORE_TURN_H
#define HOST_STORE_TURN_H

#include <pthread.h>

#include "base/err.h"

/*
 * Threads take turns in the order in which they came; a mutex gives itself to
 * whoever asks first after it is free, which is mostly who had it.
 */
struct turn {
	pthread_mutex_t	 lock;
	pthread_cond_t	 moved;
	struct waiter	*first;		/* who waits, oldest first */
	int		 taken;
};

#define TURN_INIT { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, \
	NULL, 0 }

/* ERR_STORE_BUSY when it does not come within ms; those behind go on. */
enum err	turn_take(struct turn *, int ms);
void		turn_end(struct turn *);	/* by who has it */
int		turn_waiting(struct turn *);	/* how many */

#endif
