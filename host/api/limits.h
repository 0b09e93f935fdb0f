#ifndef HOST_API_LIMITS_H
#define HOST_API_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * How many requests one address may make: a bucket of BURST requests, filled
 * again at RATE a second.  Connections of a unix socket have no address and
 * bring a bucket of their own.
 */
#define LIMITS_RATE	500	/* requests a second; ours: ten kiosks' own
				 * programs behind one address */
#define LIMITS_BURST	1000
#define LIMITS_PEER	64	/* bytes of an address with its 0 */

struct limits_bucket {
	int64_t	at;	/* clock_ms() when it was looked at */
	int64_t	left;	/* thousandths of a request */
	int	used;	/* 0: never, so it is full */
};

/* 1 if there is a request left, which is taken; 0 if not. */
int		limits_take(struct limits_bucket *, int64_t now);

struct limits;

/* rows: how many addresses are remembered; the longest unseen one gives way
 * to a new one. */
enum err	limits_open(size_t rows, struct limits **);
void		limits_close(struct limits **);	/* NULL fine; sets NULL */
struct limits_bucket	*limits_of(struct limits *, const char *peer);

#endif
