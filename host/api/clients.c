#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/ed25519.h"
#include "crypto/hex.h"
#include "host/api/clients.h"
#include "host/api/token.h"
#include "host/remote/device.h"

_Static_assert(CLIENT_KEY == ED25519_KEY, "one kind of key");

/* Columns of C in sql.h. */
enum { C_NAME, C_ROLE, C_HOME, C_READER, C_TOKEN, C_KEY, C_CREATED, C_STARTED,
    C_REVOKED, C_COLUMNS };

static const struct {
	const char	*word, *label[2];	/* by enum err_lang */
} roles[ROLES] = {
#define ROLE_ROW(id, word, ja, en) { word, { en, ja } },
	ROLE_LIST(ROLE_ROW)
#undef ROLE_ROW
};

const char *
role_word(enum role role)
{
	return ((unsigned)role < ROLES ? roles[role].word : "");
}

const char *
role_label(enum role role, enum err_lang lang)
{
	return ((unsigned)role < ROLES ? roles[role].label[lang == ERR_JA] :
	    "");
}

enum err
role_named(const char *word, enum role *role)
{
	*role = ROLES;
	for (int i = 0; i < ROLES; i++) {
		if (strcmp(word, roles[i].word) == 0) {
			*role = (enum role)i;
			return (ERR_OK);
		}
	}
	return (ERR_USAGE);
}

/* 1 if it fits with its 0, and was copied. */
static int
copy(char *out, size_t room, const char *text)
{
	size_t len = strlen(text);

	if (len >= room)
		return (0);
	memcpy(out, text, len + 1);
	return (1);
}

/* What does not fit was not written by us. */
static enum err
from_row(struct client *c, const struct val *cols, size_t n)
{
	*c = (struct client){ .role = ROLES };
	if (n != C_COLUMNS ||
	    role_named(val_str(&cols[C_ROLE]), &c->role) != ERR_OK ||
	    !copy(c->name, sizeof(c->name), val_str(&cols[C_NAME])) ||
	    !copy(c->reader, sizeof(c->reader), val_str(&cols[C_READER])))
		return (ERR_STORE);
	c->has_key = cols[C_KEY].type != VAL_NULL;
	if (c->has_key &&
	    !hex_read(val_str(&cols[C_KEY]), c->key, sizeof(c->key)))
		return (ERR_STORE);
	c->home = val_num(&cols[C_HOME]) != 0;
	c->enrolled = cols[C_TOKEN].type != VAL_NULL;
	snprintf(c->token, sizeof(c->token), "%s", val_str(&cols[C_TOKEN]));
	c->created_at = val_num(&cols[C_CREATED]);
	c->started_at = val_num(&cols[C_STARTED]);
	c->revoked_at = val_num(&cols[C_REVOKED]);
	return (ERR_OK);
}

struct one {
	struct client	*client;
	int		 found;
};

static enum err
take_one(void *ctx, const struct val *cols, size_t n)
{
	struct one *one = ctx;

	one->found = 1;
	return (from_row(one->client, cols, n));
}

/* The client a statement finds by one text; none is the error missing. */
static enum err
get(struct store *s, enum sql which, const char *text, enum err missing,
    struct client *c)
{
	struct one one = { .client = c };
	struct val v = val_text(text);
	enum err r;

	*c = (struct client){ .role = ROLES };
	r = store_run(s, which, &v, 1, take_one, &one, NULL);
	if (r == ERR_OK && !one.found)
		r = missing;
	if (r != ERR_OK)
		*c = (struct client){ .role = ROLES };
	return (r);
}

enum err
clients_get(struct store *s, const char *name, struct client *c)
{
	return (get(s, SQL_CLIENT_GET, name, ERR_NO_CLIENT, c));
}

struct each {
	clients_each	*each;
	void		*ctx;
};

static enum err
take_each(void *ctx, const struct val *cols, size_t n)
{
	struct each *each = ctx;
	struct client c;
	enum err r;

	if ((r = from_row(&c, cols, n)) != ERR_OK)
		return (r);
	return (each->each(each->ctx, &c));
}

enum err
clients_list(struct store *s, clients_each *row, void *ctx)
{
	struct each each = { row, ctx };

	return (store_run(s, SQL_CLIENT_LIST, NULL, 0, take_each, &each,
	    NULL));
}

/* openapi.yaml, ClientName. */
static int
is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = strnlen(name, CLIENT_NAME);

	return (len > 0 && len < CLIENT_NAME && name[0] != '-' &&
	    strspn(name, letters) == len);
}

/* It becomes an argument of shikaku-reader and a line of lists; or it is the
 * reader of a device, which has a name. */
static int
is_reader(const char *reader)
{
	size_t len = strnlen(reader, CLIENT_READER);

	if (strncmp(reader, "device:", 7) == 0)
		return (device_is_name(reader + 7));
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)reader[i] < ' ' || reader[i] == 0x7f)
			return (0);
	return (len < CLIENT_READER && text_is_utf8(reader, len));
}

static const char *
fault_of(const struct client *c)
{
	if (!is_name(c->name))
		return ("a name is 1 to 32 of a-z 0-9 -, not - first");
	if ((unsigned)c->role >= ROLES)
		return ("there is no such role");
	if (c->home && c->role != ROLE_KIOSK)
		return ("only a kiosk goes on home visits");
	if (c->reader[0] != '\0' && c->role != ROLE_KIOSK)
		return ("only a kiosk has a reader");
	return (is_reader(c->reader) ? NULL : "that is no transport string");
}

static enum err
put(struct store *s, const struct client *c)
{
	const struct val v[] = { val_text(c->name),
	    val_text(role_word(c->role)), val_int(c->home != 0),
	    val_text(c->reader), val_int(clock_wall_ms()) };

	return (store_run(s, SQL_CLIENT_ADD, v, 5, NULL, NULL, NULL));
}

enum err
clients_add(struct store *s, const struct client *c, struct note *note)
{
	const char *fault = fault_of(c);
	enum err r;

	if (fault != NULL) {
		note_set(note, "%s", fault);
		return (ERR_USAGE);
	}
	if ((r = put(s, c)) == ERR_ROW)
		note_set(note, "%s: the name was used before", c->name);
	return (r);
}

/* An update "value, name" of a client that is not revoked. */
static enum err
update(struct store *s, enum sql which, struct val value, const char *name)
{
	const struct val v[] = { value, val_text(name) };
	int64_t changed;
	enum err r;

	r = store_run(s, which, v, 2, NULL, NULL, &changed);
	return (r == ERR_OK && changed == 0 ? ERR_NO_CLIENT : r);
}

enum err
clients_revoke(struct store *s, const char *name)
{
	struct client c;
	enum err r;

	r = update(s, SQL_CLIENT_REVOKE, val_int(clock_wall_ms()), name);
	/* It may be revoked already. */
	return (r == ERR_NO_CLIENT ? clients_get(s, name, &c) : r);
}

/* One in use, of the role that has readers and keys. */
static enum err
get_kiosk(struct store *s, const char *name, struct note *note)
{
	struct client c;
	enum err r;

	if ((r = clients_get(s, name, &c)) != ERR_OK)
		return (r);
	if (c.revoked_at != 0)
		return (ERR_NO_CLIENT);
	if (c.role == ROLE_KIOSK)
		return (ERR_OK);
	note_set(note, "%s is no kiosk", name);
	return (ERR_USAGE);
}

enum err
clients_key(struct store *s, const char *name, const char *file,
    struct note *note)
{
	char hex[2 * CLIENT_KEY + 1];
	uint8_t key[CLIENT_KEY];
	enum err r;

	if ((r = get_kiosk(s, name, note)) != ERR_OK)
		return (r);
	if (file == NULL)
		return (update(s, SQL_CLIENT_KEY, val_text(NULL), name));
	if ((r = ed25519_read(file, key, note)) != ERR_OK)
		return (r);
	hex_write(key, sizeof(key), hex);
	return (update(s, SQL_CLIENT_KEY, val_text(hex), name));
}

enum err
clients_reader(struct store *s, const char *name, const char *reader)
{
	enum err r;

	if (!is_reader(reader))
		return (ERR_USAGE);
	if ((r = get_kiosk(s, name, NULL)) != ERR_OK)
		return (r);
	return (update(s, SQL_CLIENT_READER, val_text(reader), name));
}

enum err
clients_started(struct store *s, const char *name)
{
	return (update(s, SQL_CLIENT_STARTED, val_int(clock_wall_ms()), name));
}

enum err
clients_token(struct store *s, const char *name, char token[CLIENT_TOKEN])
{
	char digest[TOKEN_DIGEST];
	enum err r;

	if ((r = token_make(token)) == ERR_OK &&
	    (r = token_digest(token, digest)) == ERR_OK)
		r = update(s, SQL_CLIENT_TOKEN, val_text(digest), name);
	if (r != ERR_OK)
		secret_cleanse(token, CLIENT_TOKEN);
	return (r);
}

static enum err
put_code(struct store *s, const char *name, const char *code, int64_t until)
{
	struct val v[] = { val_text(name), val_text(NULL), val_int(until) };
	char digest[TOKEN_DIGEST];
	enum err r;

	if ((r = code_digest(code, digest)) != ERR_OK)
		return (r);
	v[1] = val_text(digest);
	return (store_run(s, SQL_ENROLMENT_PUT, v, 3, NULL, NULL, NULL));
}

enum err
clients_code(struct store *s, const char *name, char code[CLIENT_CODE],
    int64_t *expires_at)
{
	int64_t until = clock_wall_ms() + CLIENT_CODE_MS;
	struct client c;
	enum err r;

	memset(code, 0, CLIENT_CODE);
	*expires_at = 0;
	if ((r = clients_get(s, name, &c)) != ERR_OK)
		return (r);
	/* Revoked from here on, the code is refused when it is shown. */
	if (c.revoked_at != 0)
		return (ERR_NO_CLIENT);
	if ((r = code_make(code)) == ERR_OK)
		r = put_code(s, name, code, until);
	if (r == ERR_OK)
		*expires_at = until;
	else
		secret_cleanse(code, CLIENT_CODE);
	return (r);
}

struct taken {
	char	name[CLIENT_NAME];
};

static enum err
take_name(void *ctx, const struct val *cols, size_t n)
{
	struct taken *t = ctx;

	return (n == 1 && copy(t->name, sizeof(t->name), val_str(&cols[0])) ?
	    ERR_OK : ERR_STORE);
}

/* Inside a transaction: a code without its token is not used up. */
static enum err
exchange(struct store *s, const char *digest, char token[CLIENT_TOKEN],
    struct client *c)
{
	const struct val v[] = { val_int(clock_wall_ms()), val_text(digest) };
	struct taken t = { "" };
	enum err r;

	r = store_run(s, SQL_ENROLMENT_TAKE, v, 2, take_name, &t, NULL);
	if (r == ERR_OK && t.name[0] == '\0')
		r = ERR_CODE;
	if (r != ERR_OK || (r = clients_token(s, t.name, token)) != ERR_OK)
		return (r);
	return (clients_get(s, t.name, c));
}

enum err
clients_enrol(struct store *s, const char *code, char token[CLIENT_TOKEN],
    struct client *c)
{
	char digest[TOKEN_DIGEST];
	enum err r;

	memset(token, 0, CLIENT_TOKEN);
	*c = (struct client){ .role = ROLES };
	if ((r = code_digest(code, digest)) != ERR_OK ||
	    (r = store_begin(s)) != ERR_OK)
		return (r);
	if ((r = exchange(s, digest, token, c)) == ERR_OK)
		r = store_commit(s);
	if (r == ERR_OK)
		return (ERR_OK);
	store_rollback(s);
	secret_cleanse(token, CLIENT_TOKEN);
	*c = (struct client){ .role = ROLES };
	return (r);
}

enum err
clients_holding(struct store *s, const char *digest, struct client *c)
{
	*c = (struct client){ .role = ROLES };
	return (get(s, SQL_CLIENT_BY_TOKEN, digest, ERR_NO_TOKEN, c));
}

enum err
clients_find(struct store *s, const char *token, struct client *c)
{
	char digest[TOKEN_DIGEST];
	enum err r;

	*c = (struct client){ .role = ROLES };
	if ((r = token_digest(token, digest)) != ERR_OK)
		return (r);
	return (get(s, SQL_CLIENT_BY_TOKEN, digest, ERR_NO_TOKEN, c));
}
