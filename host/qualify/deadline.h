#ifndef HOST_QUALIFY_DEADLINE_H
#define HOST_QUALIFY_DEADLINE_H

#include <stdint.h>

/*
 * When to give up, in wall milliseconds: ms after start, not counting the
 * daily window in which the terminal restarts (features.md 1.13), minutes of
 * the day in JST; a window may reach over midnight; equal: none.
 */
int64_t	deadline_after(int64_t start_wall_ms, int ms, int from, int to);

/* When the window that this moment is in ends, in wall milliseconds; 0 when
 * it is in none.  Its first minute is in it, its last one is not. */
int64_t	deadline_held(int64_t wall_ms, int from, int to);

#endif
