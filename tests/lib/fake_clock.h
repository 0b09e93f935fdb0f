#ifndef TESTS_FAKE_CLOCK_H
#define TESTS_FAKE_CLOCK_H

#include <stdint.h>

/*
 * A program that calls one of these has a wall clock of its own: it stands
 * still at the given time until it is moved.  Every other clock goes on.
 */
void	fake_clock_set(int64_t wall_ms);
void	fake_clock_add(int64_t ms);

#endif
