#ifndef HOST_API_ALARM_H
#define HOST_API_ALARM_H

#include <stdint.h>

#include "host/store/store.h"

/*
 * When patient after patient fails it is the terminal or its line, and not
 * each of them (features.md DEN-10): one alarm for the site.  Looked at in the
 * store, so that every agent and a restarted one say the same.
 */
struct alarm {
	int	on;
	int64_t	since;	/* wall ms of the first failure in the row */
	int64_t	seen;	/* the newest event when it was last looked at */
};

/* errors: how many in a row; tells the clients when it changes. */
void	alarm_look(struct alarm *, struct store *, int errors);

#endif
