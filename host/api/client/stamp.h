#ifndef HOST_API_CLIENT_STAMP_H
#define HOST_API_CLIENT_STAMP_H

#include <stdint.h>

/*
 * stamp: times of the API, RFC 3339.  Independent of the machine's zone.
 */
#define STAMP_SIZE	26	/* 2026-11-20T09:00:00+09:00 + 0 */

/* Milliseconds since 1970 UTC; 0, or -1 where it is not a time. */
int	stamp_parse(const char *, int64_t *ms);
/* Now, with the offset of Japan, whole seconds. */
void	stamp_now(char out[STAMP_SIZE]);
/* Monotonic milliseconds, for deadlines. */
int64_t	stamp_ticks(void);

#endif
