#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/base32.h"
#include "crypto/hex.h"
#include "host/remote/device.h"

#define DIGEST	65	/* SHA-256, hex + 0 */
#define READER	"device:"	/* a transport string's beginning */

/* Columns of E in sql.h. */
enum { E_NAME, E_PRINT, E_CREATED, E_SEEN, E_REVOKED, E_COLUMNS };

int
device_is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = strnlen(name, DEVICE_NAME);

	return (len > 0 && len < DEVICE_NAME && name[0] != '-' &&
	    strspn(name, letters) == len);
}

/* What does not fit was not written by us. */
static enum err
from_row(struct device *d, const struct val *cols, size_t n)
{
	*d = (struct device){ .name = "" };
	if (n != E_COLUMNS || !device_is_name(val_str(&cols[E_NAME])) ||
	    !hex_read(val_str(&cols[E_PRINT]), d->print, sizeof(d->print)))
		return (ERR_STORE);
	snprintf(d->name, sizeof(d->name), "%s", val_str(&cols[E_NAME]));
	d->created_at = val_num(&cols[E_CREATED]);
	d->last_seen = val_num(&cols[E_SEEN]);
	d->revoked_at = val_num(&cols[E_REVOKED]);
	return (ERR_OK);
}

struct one {
	struct device	*device;
	int		 found;
};

static enum err
take_one(void *ctx, const struct val *cols, size_t n)
{
	struct one *one = ctx;

	one->found = 1;
	return (from_row(one->device, cols, n));
}

static enum err
get(struct store *s, enum sql which, const char *text, enum err missing,
    struct device *d)
{
	struct one one = { .device = d };
	struct val v = val_text(text);
	enum err r;

	*d = (struct device){ .name = "" };
	r = store_run(s, which, &v, 1, take_one, &one, NULL);
	return (r == ERR_OK && !one.found ? missing : r);
}

enum err
device_get(struct store *s, const char *name, struct device *d)
{
	return (get(s, SQL_DEVICE_GET, name, ERR_NO_DEVICE, d));
}

static enum err
by_print(struct store *s, const uint8_t print[DEVICE_PRINT],
    struct device *d)
{
	char hex[2 * DEVICE_PRINT + 1];

	hex_write(print, DEVICE_PRINT, hex);
	return (get(s, SQL_DEVICE_BY_PRINT, hex, ERR_LINK_REVOKED, d));
}

enum err
device_find(struct store *s, const uint8_t print[DEVICE_PRINT],
    struct device *d)
{
	enum err r = by_print(s, print, d);

	if (r == ERR_OK && d->revoked_at != 0)
		r = ERR_LINK_REVOKED;
	if (r != ERR_OK)
		*d = (struct device){ .name = "" };
	return (r);
}

struct each {
	device_each	*each;
	void		*ctx;
};

static enum err
take_each(void *ctx, const struct val *cols, size_t n)
{
	struct each *each = ctx;
	struct device d;
	enum err r;

	if ((r = from_row(&d, cols, n)) != ERR_OK)
		return (r);
	return (each->each(each->ctx, &d));
}

enum err
device_list(struct store *s, device_each *row, void *ctx)
{
	struct each each = { row, ctx };

	return (store_run(s, SQL_DEVICE_LIST, NULL, 0, take_each, &each,
	    NULL));
}

enum err
device_seen(struct store *s, const uint8_t print[DEVICE_PRINT])
{
	struct val v[] = { val_int(clock_wall_ms()), val_text(NULL) };
	char hex[2 * DEVICE_PRINT + 1];

	hex_write(print, DEVICE_PRINT, hex);
	v[1] = val_text(hex);
	return (store_run(s, SQL_DEVICE_SEEN, v, 2, NULL, NULL, NULL));
}

/* An update "value, name" of one that is not revoked. */
static enum err
update(struct store *s, enum sql which, struct val value, const char *name)
{
	const struct val v[] = { value, val_text(name) };
	int64_t changed;
	enum err r;

	r = store_run(s, which, v, 2, NULL, NULL, &changed);
	return (r == ERR_OK && changed == 0 ? ERR_NO_DEVICE : r);
}

static enum err
refuse_name(const char *name, struct note *note)
{
	if (device_is_name(name))
		return (ERR_OK);
	note_set(note, "a name is 1 to 32 of a-z 0-9 -, not - first");
	return (ERR_USAGE);
}

static enum err
rename_all(struct store *s, const char *name, const char *to)
{
	char before[sizeof(READER) + DEVICE_NAME];
	char after[sizeof(READER) + DEVICE_NAME];
	struct val v[2];
	enum err r;

	if ((r = update(s, SQL_DEVICE_RENAME, val_text(to), name)) != ERR_OK)
		return (r);
	snprintf(before, sizeof(before), READER "%.32s", name);
	snprintf(after, sizeof(after), READER "%.32s", to);
	v[0] = val_text(after);
	v[1] = val_text(before);
	return (store_run(s, SQL_CLIENT_READERS, v, 2, NULL, NULL, NULL));
}

/* Ends the transaction as it went so far. */
static enum err
end(struct store *s, enum err r)
{
	if (r == ERR_OK)
		r = store_commit(s);
	if (r != ERR_OK)
		store_rollback(s);
	return (r);
}

enum err
device_rename(struct store *s, const char *name, const char *to,
    struct note *note)
{
	enum err r;

	if ((r = refuse_name(to, note)) != ERR_OK ||
	    (r = store_begin(s)) != ERR_OK)
		return (r);
	if ((r = end(s, rename_all(s, name, to))) == ERR_ROW)
		note_set(note, "%s: the name was used before", to);
	return (r);
}

static enum err
revoke(struct store *s, const char *name)
{
	struct val who = val_text(name);
	struct device d;
	int64_t dropped;
	enum err r;

	if ((r = store_run(s, SQL_INVITATION_DROP, &who, 1, NULL, NULL,
	    &dropped)) != ERR_OK)
		return (r);
	r = update(s, SQL_DEVICE_REVOKE, val_int(clock_wall_ms()), name);
	if (r == ERR_OK)
		return (store_run(s, SQL_DEVICE_BAN, &who, 1, NULL, NULL,
		    NULL));
	if (r != ERR_NO_DEVICE || dropped > 0)
		return (r == ERR_NO_DEVICE ? ERR_OK : r);
	/* It may be revoked already. */
	return (device_get(s, name, &d));
}

enum err
device_revoke(struct store *s, const char *name)
{
	enum err r;

	if ((r = store_begin(s)) != ERR_OK)
		return (r);
	return (end(s, revoke(s, name)));
}

/* --- enrolment --- */

static enum err
digest_of(const char *code, char out[DIGEST])
{
	uint8_t md[DEVICE_PRINT];
	size_t n = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, code, DEVICE_CODE, md, &n) !=
	    1 || n != sizeof(md)) {
		ERR_clear_error();
		return (ERR_LIB);
	}
	hex_write(md, sizeof(md), out);
	return (ERR_OK);
}

static enum err
put_code(struct store *s, const char *name, const char *code, int64_t until)
{
	struct val v[] = { val_text(name), val_text(NULL), val_int(until) };
	char digest[DIGEST];
	enum err r;

	if ((r = digest_of(code, digest)) != ERR_OK)
		return (r);
	v[1] = val_text(digest);
	return (store_run(s, SQL_INVITATION_PUT, v, 3, NULL, NULL, NULL));
}

enum err
device_invite(struct store *s, const char *name, char code[DEVICE_CODE + 1],
    int64_t *expires_at, struct note *note)
{
	uint8_t raw[DEVICE_CODE];
	struct device d;
	enum err r;

	memset(code, 0, DEVICE_CODE + 1);
	*expires_at = 0;
	if ((r = refuse_name(name, note)) != ERR_OK)
		return (r);
	r = device_get(s, name, &d);
	if (r == ERR_OK && d.revoked_at == 0) {
		note_set(note, "%s is in use; revoke it first", name);
		return (ERR_ROW);
	}
	if (r != ERR_OK && r != ERR_NO_DEVICE)
		return (r);
	if (RAND_priv_bytes(raw, sizeof(raw)) != 1)
		return (ERR_LIB);
	base32_write(raw, DEVICE_CODE, code);
	secret_cleanse(raw, sizeof(raw));
	*expires_at = clock_wall_ms() + DEVICE_CODE_MS;
	if ((r = put_code(s, name, code, *expires_at)) != ERR_OK)
		secret_cleanse(code, DEVICE_CODE + 1);
	return (r);
}

static enum err
take_name(void *ctx, const struct val *cols, size_t n)
{
	struct device *d = ctx;

	if (n != 1 || !device_is_name(val_str(&cols[0])))
		return (ERR_STORE);
	snprintf(d->name, sizeof(d->name), "%s", val_str(&cols[0]));
	return (ERR_OK);
}

static enum err
put(struct store *s, const struct device *d)
{
	struct val v[] = { val_text(d->name), val_text(NULL),
	    val_int(d->created_at) };
	char hex[2 * DEVICE_PRINT + 1];
	int64_t changed;
	enum err r;

	hex_write(d->print, sizeof(d->print), hex);
	v[1] = val_text(hex);
	r = store_run(s, SQL_DEVICE_PUT, v, 3, NULL, NULL, &changed);
	return (r == ERR_OK && changed == 0 ? ERR_ROW : r);
}

static enum err
take_count(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 1;
	return (ERR_OK);
}

/* A key that was revoked does not come back by another name, nor when its own
 * name is another's by now. */
static enum err
refuse_key(struct store *s, const uint8_t *print)
{
	char hex[2 * DEVICE_PRINT + 1];
	int64_t banned = 0;
	struct device other;
	struct val v;
	enum err r;

	r = by_print(s, print, &other);
	if (r != ERR_LINK_REVOKED)
		return (r == ERR_OK ? ERR_LINK_REVOKED : r);
	hex_write(print, DEVICE_PRINT, hex);
	v = val_text(hex);
	r = store_run(s, SQL_DEVICE_BANNED, &v, 1, take_count, &banned, NULL);
	return (r == ERR_OK && banned > 0 ? ERR_LINK_REVOKED : r);
}

/* Inside a transaction. */
static enum err
enrol(struct store *s, const char *digest, const uint8_t *print,
    struct device *d)
{
	const struct val v[] = { val_int(clock_wall_ms()), val_text(digest) };
	enum err r;

	if ((r = store_run(s, SQL_INVITATION_TAKE, v, 2, take_name, d,
	    NULL)) != ERR_OK)
		return (r);
	if (d->name[0] == '\0')
		return (ERR_CODE);
	if ((r = refuse_key(s, print)) != ERR_OK)
		return (r);
	memcpy(d->print, print, DEVICE_PRINT);
	d->created_at = clock_wall_ms();
	return (put(s, d));
}

enum err
device_enrol(struct store *s, const char *code,
    const uint8_t print[DEVICE_PRINT], struct device *d)
{
	char plain[DEVICE_CODE + 1], digest[DIGEST];
	enum err r;

	*d = (struct device){ .name = "" };
	if (!base32_plain(code, DEVICE_CODE, plain))
		return (ERR_CODE);
	r = digest_of(plain, digest);
	secret_cleanse(plain, sizeof(plain));
	if (r != ERR_OK || (r = store_begin(s)) != ERR_OK)
		return (r);
	if ((r = end(s, enrol(s, digest, print, d))) != ERR_OK)
		*d = (struct device){ .name = "" };
	return (r);
}

struct guests {
	device_invited	*each;
	void		*ctx;
};

static enum err
take_guest(void *ctx, const struct val *cols, size_t n)
{
	struct guests *all = ctx;

	return (n != 2 ? ERR_STORE : all->each(all->ctx, val_str(&cols[0]),
	    val_num(&cols[1])));
}

enum err
device_invitations(struct store *s, device_invited *row, void *ctx)
{
	const struct val now = val_int(clock_wall_ms());
	struct guests all = { row, ctx };

	return (store_run(s, SQL_INVITATION_LIST, &now, 1, take_guest, &all,
	    NULL));
}
