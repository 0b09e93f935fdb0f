#ifndef HOST_API_CLIENT_PROBLEM_H
#define HOST_API_CLIENT_PROBLEM_H

#include "host/api/shikaku.h"

/*
 * problem: why a call failed, for the program (code) and for people.  What
 * the agent says is filled by read.c; this is what happens on this side.
 */

void	problem_clear(struct shikaku_problem *);
/*
 * Fills it for an error of this side and returns the error.  The detail is
 * for a log: never a secret, nothing personal, nothing the agent answered.
 */
enum shikaku_err	problem_set(struct shikaku_problem *,
			    enum shikaku_err, const char *fmt, ...)
			    __attribute__((format(printf, 3, 4)));

/* Copies, cut at a character's border where it does not fit. */
void	problem_copy(char *out, size_t size, const char *utf8);

#endif
