#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/api/limits.h"

#define WHOLE	1000	/* thousandths; RATE a second is RATE of them a ms */
#define FULL	((int64_t)LIMITS_BURST * WHOLE)

struct row {
	char			peer[LIMITS_PEER];
	struct limits_bucket	bucket;
};

struct limits {
	size_t		rows;
	struct row	row[];
};

int
limits_take(struct limits_bucket *b, int64_t now)
{
	int64_t passed = now - b->at;

	if (!b->used || passed > FULL / LIMITS_RATE)
		b->left = FULL;
	else if (passed > 0)
		b->left += passed * LIMITS_RATE;
	if (b->left > FULL)
		b->left = FULL;
	b->used = 1;
	b->at = now;
	if (b->left < WHOLE)
		return (0);
	b->left -= WHOLE;
	return (1);
}

enum err
limits_open(size_t rows, struct limits **out)
{
	*out = calloc(1, sizeof(**out) + rows * sizeof((*out)->row[0]));
	if (*out == NULL)
		return (ERR_NOMEM);
	(*out)->rows = rows;
	return (ERR_OK);
}

void
limits_close(struct limits **l)
{
	free(*l);
	*l = NULL;
}

struct limits_bucket *
limits_of(struct limits *l, const char *peer)
{
	struct row *oldest = &l->row[0];

	for (size_t i = 0; i < l->rows; i++) {
		struct row *row = &l->row[i];

		if (row->bucket.used && strcmp(row->peer, peer) == 0)
			return (&row->bucket);
		if (oldest->bucket.used && (!row->bucket.used ||
		    row->bucket.at < oldest->bucket.at))
			oldest = row;
	}
	memset(oldest, 0, sizeof(*oldest));
	snprintf(oldest->peer, sizeof(oldest->peer), "%s", peer);
	return (&oldest->bucket);
}
