#ifndef HOST_API_REPEAT_H
#define HOST_API_REPEAT_H

#include "host/api/http.h"
#include "host/store/store.h"

/*
 * Idempotency-Key: the same request of the same client is done once.  What is
 * kept is a digest of it, not its body, and of one with a PIN or a passcode
 * nothing of the body.
 */
#define REPEAT_SUBJECT	80

struct repeat {
	const char	*client, *key;		/* borrowed */
	char		 fingerprint[65];
	int		 again;			/* 1: it was done already … */
	int		 status;		/* … with this status; 0: begun */
	char		 subject[REPEAT_SUBJECT];
};

/* secret: 1 leaves the body out of the fingerprint.  ERR_KEY_REUSED. */
enum err	repeat_begin(struct store *, const char *client,
		    const struct http_request *, int secret,
		    struct repeat *);
/* status 0: nothing was done, the key is free again. */
enum err	repeat_end(struct store *, const struct repeat *, int status,
		    const char *subject);
/* Keys older than a day. */
enum err	repeat_prune(struct store *);

#endif
