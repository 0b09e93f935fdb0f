#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/fake_clock.h"

static int64_t now = 1795132800000;	/* 2026-11-20 */

void
fake_clock_set(int64_t wall_ms)
{
	now = wall_ms;
}

void
fake_clock_add(int64_t ms)
{
	now += ms;
}

/* The program's own comes before that of libc. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id != CLOCK_REALTIME)
		return ((int)syscall(SYS_clock_gettime, id, ts));
	*ts = (struct timespec){ .tv_sec = now / 1000,
	    .tv_nsec = now % 1000 * 1000000 };
	return (0);
}
