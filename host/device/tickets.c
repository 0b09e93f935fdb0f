#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "crypto/hex.h"
#include "host/device/names.h"
#include "host/device/tickets.h"

#define FOLDER		"tickets"
#define SUFFIX		".ticket"
#define RECIPIENT	"seal.der"
#define CERT_MAX	4096
#define MAX		200	/* of one reply; link.md */
#define SKEW_S		300	/* our clock may be behind the agent's */
#define KEEP_S		(7 * 24 * 3600)	/* it may also be ahead, for a while */
#define NAME_LEN	(2 * TICKET_ID + sizeof(SUFFIX))

enum err
tickets_open(const struct dir *device, struct tickets *t, struct note *note)
{
	char path[PATH_MAX];
	enum err r;

	*t = (struct tickets){ .dir.fd = -1 };
	if ((r = dir_path(device, FOLDER, path)) != ERR_OK)
		return (r);
	return (dir_open(path, 1, &t->dir, note));
}

void
tickets_close(struct tickets *t)
{
	dir_close(&t->dir);
}

/* --- from the agent --- */

static X509 *
decode(struct buf der)
{
	const unsigned char *p = der.p;
	X509 *x = d2i_X509(NULL, &p, (long)der.left);

	if (x != NULL && p != der.p + der.left) {
		X509_free(x);
		x = NULL;
	}
	ERR_clear_error();
	return (x);
}

static enum err
check_one(struct buf one, const uint8_t key[ED25519_KEY],
    const uint8_t print[TICKET_PRINT], struct ticket *t)
{
	enum err r;

	if ((r = ticket_check(one.p, one.left, key, t)) != ERR_OK)
		return (r);
	return (memcmp(t->device, print, TICKET_PRINT) == 0 ? ERR_OK :
	    ERR_TICKET_FOREIGN);
}

static void
name_of(const struct ticket *t, char out[NAME_LEN])
{
	hex_write(t->id, sizeof(t->id), out);
	memcpy(out + 2 * TICKET_ID, SUFFIX, sizeof(SUFFIX));
}

/* Looked at, or looked at and kept. */
static enum err
each(struct tickets *t, struct buf all, const uint8_t key[ED25519_KEY],
    const uint8_t print[TICKET_PRINT], int keep, struct note *note)
{
	char name[NAME_LEN];
	struct ticket one;
	struct buf bytes;
	enum err r = ERR_OK;

	while (r == ERR_OK && all.left > 0) {
		if ((r = buf_take(&all, TICKET_LEN, &bytes)) != ERR_OK ||
		    (r = check_one(bytes, key, print, &one)) != ERR_OK)
			return (r);
		name_of(&one, name);
		if (keep)
			r = dir_write(&t->dir, name, bytes.p, bytes.left,
			    note);
	}
	return (r);
}

enum err
tickets_store(struct tickets *t, struct buf body,
    const uint8_t print[TICKET_PRINT], unsigned *n, struct note *note)
{
	uint8_t key[ED25519_KEY];
	struct buf cert;
	uint16_t len, count = 0;
	X509 *x;
	enum err r;

	*n = 0;
	if (buf_u16(&body, &len) != ERR_OK || len > CERT_MAX ||
	    buf_take(&body, len, &cert) != ERR_OK ||
	    buf_read(&body, key, sizeof(key)) != ERR_OK ||
	    buf_u16(&body, &count) != ERR_OK || count > MAX ||
	    body.left != count * (size_t)TICKET_LEN ||
	    (x = decode(cert)) == NULL) {
		note_set(note, "malformed reply of the agent");
		return (ERR_LAYOUT);
	}
	X509_free(x);
	if ((r = each(t, body, key, print, 0, note)) == ERR_OK &&
	    (r = dir_write(&t->dir, RECIPIENT, cert.p, cert.left, note)) ==
	    ERR_OK && (r = each(t, body, key, print, 1, note)) == ERR_OK)
		*n = count;
	return (r);
}

enum err
tickets_recipient(struct tickets *t, X509 **out, struct note *note)
{
	struct blob der = { 0 };
	enum err r;

	*out = NULL;
	if (!dir_has(&t->dir, RECIPIENT))
		return (ERR_NO_TICKET);
	if ((r = dir_read(&t->dir, RECIPIENT, CERT_MAX, &der, note)) ==
	    ERR_OK && (*out = decode(blob_buf(&der))) == NULL) {
		note_set(note, "%s/" RECIPIENT " is damaged", t->dir.path);
		r = ERR_FOLDER;
	}
	blob_free(&der);
	return (r);
}

/* --- using them --- */

/* ERR_TICKET_ALTERED: it is none; ERR_NOT_FOUND: another program was faster. */
static enum err
read_one(struct tickets *t, const char *name, uint8_t out[TICKET_LEN],
    struct ticket *one)
{
	struct blob b = { 0 };
	struct note note = { "" };
	enum err r;

	if ((r = dir_read(&t->dir, name, TICKET_LEN, &b, &note)) == ERR_OK &&
	    (r = ticket_read(b.data, b.len, one)) == ERR_OK)
		memcpy(out, b.data, TICKET_LEN);
	blob_free(&b);
	return (r);
}

static int
is_good(const struct ticket *t, int64_t now_s)
{
	return (t->until > now_s && t->issued <= now_s + SKEW_S);
}

/* Those that have ended long ago, or are none, are removed on the way. */
struct choice {
	char		name[NAME_MAX];		/* "" none */
	uint8_t		bytes[TICKET_LEN];
	struct ticket	ticket;			/* the one that ends first */
	unsigned	n, early;		/* good; of times to come */
	int64_t		last;			/* the latest end */
};

static enum err
look_at(struct tickets *t, const char *name, int64_t now_s, struct choice *c,
    struct note *note)
{
	uint8_t bytes[TICKET_LEN];
	struct ticket one;
	enum err r;

	r = read_one(t, name, bytes, &one);
	if (r == ERR_TICKET_ALTERED || r == ERR_TOOBIG ||
	    (r == ERR_OK && one.until <= now_s - KEEP_S))
		return (names_remove(&t->dir, name, NULL, note));
	if (r != ERR_OK || !is_good(&one, now_s)) {
		c->early += r == ERR_OK && one.issued > now_s + SKEW_S;
		return (r == ERR_NOT_FOUND ? ERR_OK : r);
	}
	c->n++;
	if (one.until > c->last)
		c->last = one.until;
	if (c->name[0] == '\0' || one.until < c->ticket.until) {
		snprintf(c->name, sizeof(c->name), "%s", name);
		memcpy(c->bytes, bytes, TICKET_LEN);
		c->ticket = one;
	}
	return (ERR_OK);
}

static enum err
choose(struct tickets *t, int64_t now_s, struct choice *c, struct note *note)
{
	struct names all;
	enum err r;

	*c = (struct choice){ .n = 0 };
	if ((r = names_read(&t->dir, SUFFIX, &all, note)) != ERR_OK)
		return (r);
	for (size_t i = 0; r == ERR_OK && i < all.n; i++)
		r = look_at(t, all.list[i], now_s, c, note);
	names_free(&all);
	/* A small computer without a battery begins where it stopped. */
	if (r == ERR_OK && c->n == 0 && c->early > 0)
		note_set(note, "%u are for later: this device's clock is "
		    "behind", c->early);
	return (r);
}

enum err
tickets_count(struct tickets *t, int64_t now_s, unsigned *n, int64_t *until,
    struct note *note)
{
	struct choice c;
	enum err r;

	r = choose(t, now_s, &c, note);
	*n = r == ERR_OK ? c.n : 0;
	*until = r == ERR_OK ? c.last : 0;
	return (r);
}

enum err
tickets_use(struct tickets *t, int64_t now_s, uint8_t out[TICKET_LEN],
    struct note *note)
{
	struct choice c;
	enum err r;
	int gone;

	memset(out, 0, TICKET_LEN);
	do {
		if ((r = choose(t, now_s, &c, note)) != ERR_OK)
			return (r);
		if (c.name[0] == '\0')
			return (ERR_NO_TICKET);
		r = names_remove(&t->dir, c.name, &gone, note);
	} while (r == ERR_OK && !gone);	/* another program took it */
	if (r == ERR_OK)
		memcpy(out, c.bytes, TICKET_LEN);
	return (r);
}
