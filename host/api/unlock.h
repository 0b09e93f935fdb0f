#ifndef HOST_API_UNLOCK_H
#define HOST_API_UNLOCK_H

#include "host/api/clients.h"

/*
 * Home-visit clients that a member of the staff has opened with the passcode,
 * and for what (動作モード).  In memory: a restart closes them.
 */
#define UNLOCK_MS	(12 * 3600 * 1000)	/* a working day; ours */

struct unlock {
	char	client[CLIENT_NAME];
	char	token[CLIENT_DIGEST];	/* the device it was, by its token */
	char	purpose[16];
	char	staff[129];
	int64_t	until;			/* clock_ms() */
};

struct unlocks;

enum err	unlocks_open(struct unlocks **);
void		unlocks_close(struct unlocks **);	/* NULL fine */
enum err	unlocks_put(struct unlocks *, const struct unlock *);
void		unlocks_end(struct unlocks *, const char *client);
void		unlocks_end_all(struct unlocks *);
/* NULL when it is not open, not any longer, or has another token now. */
const struct unlock	*unlocks_get(struct unlocks *,
			    const struct client *);

#endif
