#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/hex.h"
#include "crypto/passcode.h"
#include "host/visit/passcode.h"

#define DAY_MS		((int64_t)24 * 3600 * 1000)
#define DAYS_MAX	366
#define ID_BYTES	((PASSCODE_ID - 1) / 2)

/* Columns of P2 in sql.h. */
enum { P_ID, P_LENGTH, P_BY, P_ISSUED, P_EXPIRES, P_REVOKED, P_SALT, P_HASH,
    P_COLUMNS };

static const char *const states[] = {
	[PASSCODE_VALID] = "valid",
	[PASSCODE_EXPIRED] = "expired",
	[PASSCODE_REVOKED] = "revoked",
};

enum passcode_state
passcode_state(const struct passcode *p)
{
	if (p->revoked_at != 0)
		return (PASSCODE_REVOKED);
	return (clock_wall_ms() < p->expires_at ? PASSCODE_VALID :
	    PASSCODE_EXPIRED);
}

const char *
passcode_word(enum passcode_state state)
{
	return ((unsigned)state < sizeof(states) / sizeof(states[0]) ?
	    states[state] : "");
}

/* What does not fit was not written by us. */
static enum err
from_row(struct passcode *p, const struct val *cols, size_t n)
{
	*p = (struct passcode){ .length = 0 };
	if (n != P_COLUMNS ||
	    strlen(val_str(&cols[P_ID])) >= sizeof(p->id) ||
	    strlen(val_str(&cols[P_BY])) >= sizeof(p->issued_by))
		return (ERR_STORE);
	snprintf(p->id, sizeof(p->id), "%s", val_str(&cols[P_ID]));
	snprintf(p->issued_by, sizeof(p->issued_by), "%s",
	    val_str(&cols[P_BY]));
	p->length = (int)val_num(&cols[P_LENGTH]);
	p->issued_at = val_num(&cols[P_ISSUED]);
	p->expires_at = val_num(&cols[P_EXPIRES]);
	p->revoked_at = val_num(&cols[P_REVOKED]);
	return (ERR_OK);
}

struct each {
	passcode_each	*each;
	void		*ctx;
};

static enum err
take_each(void *ctx, const struct val *cols, size_t n)
{
	struct each *each = ctx;
	struct passcode p;
	enum err r;

	if ((r = from_row(&p, cols, n)) != ERR_OK)
		return (r);
	return (each->each(each->ctx, &p));
}

enum err
passcode_list(struct store *s, passcode_each *row, void *ctx)
{
	struct each each = { row, ctx };

	return (store_run(s, SQL_PASSCODE_LIST, NULL, 0, take_each, &each,
	    NULL));
}

static enum err
put(struct store *s, const struct passcode *p, const struct passcode_hash *h)
{
	char salt[2 * PASSCODE_SALT + 1], hash[2 * PASSCODE_HASH + 1];
	struct val v[] = { val_text(p->id), val_int(p->length),
	    val_text(p->issued_by), val_int(p->issued_at),
	    val_int(p->expires_at), val_text(NULL), val_text(NULL) };

	hex_write(h->salt, sizeof(h->salt), salt);
	hex_write(h->hash, sizeof(h->hash), hash);
	v[5] = val_text(salt);
	v[6] = val_text(hash);
	return (store_run(s, SQL_PASSCODE_ADD, v, 7, NULL, NULL, NULL));
}

/* Its id, its times and who issued it; ERR_USAGE when that is too long. */
static enum err
describe(struct passcode *p, int length, int days, const char *by)
{
	uint8_t id[ID_BYTES];

	if (by[0] == '\0' || strlen(by) >= sizeof(p->issued_by))
		return (ERR_USAGE);
	if (RAND_bytes(id, sizeof(id)) != 1)
		return (ERR_LIB);
	hex_write(id, sizeof(id), p->id);
	snprintf(p->issued_by, sizeof(p->issued_by), "%s", by);
	p->length = length;
	p->issued_at = clock_wall_ms();
	p->expires_at = p->issued_at + days * DAY_MS;
	return (ERR_OK);
}

static enum err
count_valid(void *ctx, const struct passcode *p)
{
	*(int *)ctx += passcode_state(p) == PASSCODE_VALID;
	return (ERR_OK);
}

/* Every entry is compared with each valid one, which takes its time. */
static enum err
may_issue(struct store *s)
{
	int n = 0;
	enum err r;

	if ((r = passcode_list(s, count_valid, &n)) != ERR_OK)
		return (r);
	return (n < PASSCODE_VALID_MAX ? ERR_OK : ERR_PASSCODES);
}

enum err
passcode_issue(struct store *s, int length, int days, const char *by,
    char digits[PASSCODE_MAX + 1], struct passcode *p)
{
	struct passcode_hash h = { { 0 }, { 0 } };
	enum err r;

	memset(digits, 0, PASSCODE_MAX + 1);
	*p = (struct passcode){ .length = 0 };
	if (length < PASSCODE_MIN || length > PASSCODE_MAX || days < 1 ||
	    days > DAYS_MAX)
		return (ERR_USAGE);
	if ((r = may_issue(s)) == ERR_OK &&
	    (r = describe(p, length, days, by)) == ERR_OK &&
	    (r = passcode_draw(digits, (size_t)length)) == ERR_OK &&
	    (r = passcode_hash((const uint8_t *)digits, (size_t)length,
	    &h)) == ERR_OK)
		r = put(s, p, &h);
	if (r != ERR_OK) {
		secret_cleanse(digits, PASSCODE_MAX + 1);
		*p = (struct passcode){ .length = 0 };
	}
	return (r);
}

struct wanted {
	const char	*id;
	struct passcode	*found;
};

static enum err
take_wanted(void *ctx, const struct passcode *p)
{
	struct wanted *w = ctx;

	if (strcmp(p->id, w->id) == 0)
		*w->found = *p;
	return (ERR_OK);
}

enum err
passcode_revoke(struct store *s, const char *id, struct passcode *p)
{
	const struct val v[] = { val_int(clock_wall_ms()), val_text(id) };
	struct passcode found = { .length = 0 };
	struct wanted w = { id, &found };
	enum err r;

	if ((r = store_run(s, SQL_PASSCODE_REVOKE, v, 2, NULL, NULL,
	    NULL)) == ERR_OK)
		r = passcode_list(s, take_wanted, &w);
	if (r == ERR_OK && found.id[0] == '\0')
		r = ERR_NO_SUCH;
	/* Last: id may be its own. */
	*p = r == ERR_OK ? found : (struct passcode){ .length = 0 };
	return (r);
}

/* The valid ones, as they are when an entry is counted. */
struct candidates {
	struct passcode_hash	*rows;
	size_t			 n;
};

static enum err
take_candidate(void *ctx, const struct val *cols, size_t n)
{
	struct candidates *all = ctx;
	struct passcode_hash *rows, h;
	struct passcode p;
	enum err r;

	if ((r = from_row(&p, cols, n)) != ERR_OK)
		return (r);
	if (passcode_state(&p) != PASSCODE_VALID)
		return (ERR_OK);
	if (!hex_read(val_str(&cols[P_SALT]), h.salt, sizeof(h.salt)) ||
	    !hex_read(val_str(&cols[P_HASH]), h.hash, sizeof(h.hash)))
		return (ERR_STORE);
	rows = reallocarray(all->rows, all->n + 1, sizeof(*rows));
	if (rows == NULL)
		return (ERR_NOMEM);
	rows[all->n++] = h;
	all->rows = rows;
	return (ERR_OK);
}

/* What stands in the way of a client. */
struct lockout {
	int64_t	wrong, until;	/* 0: not locked */
};

static enum err
take_lockout(void *ctx, const struct val *cols, size_t n)
{
	struct lockout *l = ctx;

	if (n != 2)
		return (ERR_STORE);
	*l = (struct lockout){ val_num(&cols[0]), val_num(&cols[1]) };
	return (ERR_OK);
}

/* A lock that has ended leaves nothing behind. */
static enum err
get_lockout(struct store *s, const char *client, struct lockout *l)
{
	struct val v = val_text(client);
	enum err r;

	*l = (struct lockout){ 0, 0 };
	r = store_run(s, SQL_LOCKOUT_GET, &v, 1, take_lockout, l, NULL);
	if (r != ERR_OK || (l->until != 0 && l->until <= clock_wall_ms()))
		*l = (struct lockout){ 0, 0 };
	return (r);
}

static enum err
put_lockout(struct store *s, const char *client, struct lockout l)
{
	const struct val v[] = { val_text(client), val_int(l.wrong),
	    val_int(l.until) };

	return (store_run(s, SQL_LOCKOUT_PUT, v, 3, NULL, NULL, NULL));
}

/* Inside a transaction. */
static enum err
count(struct store *s, const char *client, struct candidates *all,
    struct lockout *l)
{
	enum err r;

	if ((r = get_lockout(s, client, l)) != ERR_OK)
		return (r);
	if (l->until != 0)
		return (ERR_LOCKED);
	if ((r = store_run(s, SQL_PASSCODE_LIST, NULL, 0, take_candidate, all,
	    NULL)) != ERR_OK)
		return (r);
	if (all->n == 0)
		return (ERR_NO_PASSCODE);
	if (++l->wrong >= PASSCODE_WRONG)
		l->until = clock_wall_ms() + PASSCODE_LOCK_MS;
	return (put_lockout(s, client, *l));
}

/*
 * An entry counts as a wrong one before it is looked at: of several at once,
 * in any number of processes, no sixth is looked at, and neither is one more
 * after a crash.  The store is not held while the hashes are computed.
 */
static enum err
count_first(struct store *s, const char *client, struct candidates *all,
    struct lockout *l)
{
	enum err r;

	*l = (struct lockout){ 0, 0 };
	if ((r = store_begin(s)) != ERR_OK)
		return (r);
	if ((r = count(s, client, all, l)) == ERR_OK)
		r = store_commit(s);
	if (r != ERR_OK)
		store_rollback(s);
	return (r);
}

/* Every one is looked at, so that the time does not tell which it was. */
static enum err
compare(const struct candidates *all, const char *digits, int *same)
{
	size_t len = strnlen(digits, PASSCODE_MAX + 1);
	enum err r = ERR_OK;
	int one;

	*same = 0;
	for (size_t i = 0; i < all->n && r == ERR_OK; i++) {
		r = passcode_same((const uint8_t *)digits, len, &all->rows[i],
		    &one);
		*same |= one;
	}
	return (r);
}

enum err
passcode_check(struct store *s, const char *client, const char *digits,
    int *left, int64_t *until)
{
	struct candidates all = { NULL, 0 };
	struct lockout l;
	enum err r;
	int same;

	*left = 0;
	*until = 0;
	if ((r = count_first(s, client, &all, &l)) == ERR_OK &&
	    (r = compare(&all, digits, &same)) == ERR_OK) {
		if (same)
			r = put_lockout(s, client, (struct lockout){ 0, 0 });
		else
			r = l.until != 0 ? ERR_LOCKED : ERR_PASSCODE;
	}
	if (r == ERR_PASSCODE)
		*left = PASSCODE_WRONG - (int)l.wrong;
	if (r == ERR_LOCKED)
		*until = l.until;
	free(all.rows);
	return (r);
}

enum err
passcode_locked(struct store *s, const char *client, int64_t *until)
{
	struct lockout l;
	enum err r;

	r = get_lockout(s, client, &l);
	*until = l.until;
	return (r);
}

enum err
passcode_unlock(struct store *s, const char *client)
{
	return (put_lockout(s, client, (struct lockout){ 0, 0 }));
}

static enum err
take_valid(void *ctx, const struct passcode *p)
{
	if (passcode_state(p) == PASSCODE_VALID)
		*(int *)ctx = 1;
	return (ERR_OK);
}

static enum err
take_first(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

enum err
passcode_button(struct store *s, int64_t started_at, int *shown)
{
	int64_t first = 0;
	int valid = 0;
	enum err r;

	*shown = 0;
	if ((r = passcode_list(s, take_valid, &valid)) != ERR_OK ||
	    (r = store_run(s, SQL_PASSCODE_FIRST, NULL, 0, take_first, &first,
	    NULL)) != ERR_OK)
		return (r);
	*shown = valid && started_at > first;
	return (ERR_OK);
}
