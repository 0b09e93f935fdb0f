#ifndef HOST_VISIT_PASSCODE_H
#define HOST_VISIT_PASSCODE_H

#include "base/err.h"
#include "host/proof/reasons.h"
#include "host/store/store.h"

/*
 * 目視確認用パスコード: opens visual confirmation and home-visit clients
 * (features.md OQS-09 … OQS-11, MAP-01, MAP-09).  Issued by an administrator,
 * of digits; the store holds a salted scrypt hash.  Five wrong ones in a row
 * lock that client for 30 minutes (as OQS-02), durably.
 */
#define PASSCODE_MIN	6
#define PASSCODE_MAX	12		/* digits */
#define PASSCODE_ID	17		/* 8 random bytes in hex + 0 */
#define PASSCODE_WRONG	5
#define PASSCODE_VALID_MAX 4	/* at once: each costs an entry a scrypt */
#define PASSCODE_LOCK_MS (30 * 60 * 1000)

struct passcode {
	char		id[PASSCODE_ID];
	int		length;
	char		issued_by[33];
	int64_t		issued_at, expires_at, revoked_at;	/* 0: not */
};

enum passcode_state { PASSCODE_VALID, PASSCODE_EXPIRED, PASSCODE_REVOKED };
enum passcode_state	 passcode_state(const struct passcode *);
const char		*passcode_word(enum passcode_state);

/* ERR_USAGE outside the limits (days 1 to 366), ERR_PASSCODES where as many
 * as may be are valid.  The caller wipes digits. */
enum err	passcode_issue(struct store *, int length, int days,
		    const char *by, char digits[PASSCODE_MAX + 1],
		    struct passcode *);
/* ERR_NO_SUCH; revoking twice is ERR_OK. */
enum err	passcode_revoke(struct store *, const char *id,
		    struct passcode *);
typedef enum err passcode_each(void *ctx, const struct passcode *);
enum err	passcode_list(struct store *, passcode_each *, void *ctx);

/*
 * One entry by a member of the staff at a client.  ERR_OK; ERR_PASSCODE and
 * *left tries until it locks; ERR_LOCKED and *until (wall ms), also for the
 * fifth wrong one and for a right one while locked; ERR_NO_PASSCODE when none
 * is valid: then nothing is counted.
 */
enum err	passcode_check(struct store *, const char *client,
		    const char *digits, int *left, int64_t *until);
/* 0, or until when it is locked. */
enum err	passcode_locked(struct store *, const char *client,
		    int64_t *until);
/* By an administrator, at once (OQS-02). */
enum err	passcode_unlock(struct store *, const char *client);

/* OQS-10: a valid one exists, and the client started after the first issue.
 * started_at 0: never. */
enum err	passcode_button(struct store *, int64_t started_at, int *shown);

#endif
