#ifndef HOST_DEVICE_CONNECT_H
#define HOST_DEVICE_CONNECT_H

#include <stdint.h>

#include "base/err.h"

/* Held by flock while shikaku-reader connect runs on a folder. */
#define CONNECT_LOCK		"running"

#define CONNECT_PAUSE_MIN	500	/* before the first try again … */
#define CONNECT_PAUSE_MAX	30000	/* … doubled up to this */

/* How many ms to wait after so many tries that failed. */
int	connect_pause(unsigned tries, uint32_t random);
/* 1: waiting does not mend it.  told: the agent said so, whose own trouble,
 * whatever it is, may pass: final is only that it does not want us. */
int	connect_is_final(enum err, int told);

#endif
