#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/api/unlock.h"

#define UNLOCKS	256	/* home clients of one agent; ours */

struct unlocks {
	struct unlock	rows[UNLOCKS];	/* until 0: free */
};

enum err
unlocks_open(struct unlocks **out)
{
	*out = calloc(1, sizeof(**out));
	return (*out == NULL ? ERR_NOMEM : ERR_OK);
}

void
unlocks_close(struct unlocks **up)
{
	free(*up);
	*up = NULL;
}

static struct unlock *
find(struct unlocks *u, const char *client)
{
	for (size_t i = 0; i < UNLOCKS; i++) {
		if (strcmp(u->rows[i].client, client) == 0)
			return (&u->rows[i]);
	}
	return (NULL);
}

/* One that is free, or whose time is over; NULL when there is none. */
static struct unlock *
find_free(struct unlocks *u)
{
	for (size_t i = 0; i < UNLOCKS; i++) {
		if (clock_ms() >= u->rows[i].until)
			return (&u->rows[i]);
	}
	return (NULL);
}

enum err
unlocks_put(struct unlocks *u, const struct unlock *row)
{
	struct unlock *to = find(u, row->client);

	if (to == NULL && (to = find_free(u)) == NULL)
		return (ERR_TOO_MANY);
	*to = *row;
	to->until = clock_ms() + UNLOCK_MS;
	return (ERR_OK);
}

void
unlocks_end(struct unlocks *u, const char *client)
{
	struct unlock *row = find(u, client);

	if (row != NULL)
		secret_cleanse(row, sizeof(*row));
}

void
unlocks_end_all(struct unlocks *u)
{
	secret_cleanse(u, sizeof(*u));
}

/* The same name with another token is another device. */
const struct unlock *
unlocks_get(struct unlocks *u, const struct client *c)
{
	struct unlock *row = find(u, c->name);

	if (row == NULL || (clock_ms() < row->until &&
	    strcmp(row->token, c->token) == 0))
		return (row);
	secret_cleanse(row, sizeof(*row));
	return (NULL);
}
