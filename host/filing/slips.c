#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/hex.h"
#include "host/filing/slips.h"
#include "host/slip/slip.h"
#include "host/visit/record.h"

#define HASH	32

/* Over what it says, so that the same id with another content shows. */
static enum err
digest_of(const struct slip *s, char out[2 * HASH + 1])
{
	struct blob text = { 0 };
	uint8_t hash[HASH];
	size_t n = 0;
	enum err r;

	if ((r = slip_write(s, &text)) == ERR_OK && EVP_Q_digest(NULL,
	    "SHA256", NULL, text.data, text.len, hash, &n) != 1)
		r = ERR_LIB;
	if (r == ERR_OK)
		hex_write(hash, HASH, out);
	blob_free(&text);
	return (r);
}

struct known {
	char	id[VISIT_ID_LEN], visit[VISIT_ID_LEN], digest[2 * HASH + 1];
};

static enum err
known_row(void *ctx, const struct val *cols, size_t n)
{
	struct known *k = ctx;

	if (n != 3)
		return (ERR_STORE);
	snprintf(k->id, sizeof(k->id), "%s", val_str(&cols[0]));
	snprintf(k->visit, sizeof(k->visit), "%s", val_str(&cols[1]));
	snprintf(k->digest, sizeof(k->digest), "%s", val_str(&cols[2]));
	return (ERR_OK);
}

static void
fill_visit(const struct slip *s, struct visit *v)
{
	struct identity *id = &v->identity;

	*v = (struct visit){ .about = { .mode = "slip", .method = "slip" } };
	memcpy(v->id, s->id, sizeof(v->id));
	memcpy(v->about.staff, s->staff, sizeof(v->about.staff));
	v->consent = s->consent;
	memcpy(id->mode, "slip", sizeof("slip"));
	memcpy(id->method, "slip", sizeof("slip"));
	id->text_tries = -1;
	/* What is written on it, not what a card says: nothing proves it. */
	id->has_attributes = 1;
	memcpy(id->attributes.name, s->name, sizeof(s->name));
	memcpy(id->attributes.address, s->address, sizeof(s->address));
	memcpy(id->attributes.birthdate, s->birthdate,
	    sizeof(s->birthdate));
	id->attributes.sex = s->sex;
}

static enum err
add_fallback(struct store *st, const struct slip *s)
{
	const struct val p[] = { val_text(s->id),
	    val_text(fallback_word(s->fallback)), val_text(s->staff),
	    val_int(s->at) };

	return (store_run(st, SQL_FALLBACK_SET, p, 4, NULL, NULL, NULL));
}

static enum err
add(struct store *st, const struct slip *s, const char *digest)
{
	const struct val p[] = { val_text(s->id), val_text(digest),
	    val_text(NULL), val_text(s->id), val_int(clock_wall_ms()) };
	struct visit v;
	enum err r;

	fill_visit(s, &v);
	r = record_file(st, &v);
	visit_end(&v);
	if (r == ERR_OK && s->fallback != FALLBACK_NONE)
		r = add_fallback(st, s);
	if (r == ERR_OK)
		r = store_run(st, SQL_RECORD_ADD, p, 5, NULL, NULL, NULL);
	/* Somebody else's visit has this id. */
	return (r == ERR_ROW ? ERR_SLIP : r);
}

static enum err
file_it(struct store *st, const struct slip *s, const char *digest,
    struct known *k)
{
	const struct val id = val_text(s->id);
	enum err r;

	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	r = store_run(st, SQL_RECORD_GET, &id, 1, known_row, k, NULL);
	if (r == ERR_OK && k->id[0] != '\0')
		r = strcmp(k->digest, digest) == 0 ? ERR_OK : ERR_SLIP;
	else if (r == ERR_OK && (r = add(st, s, digest)) == ERR_OK)
		r = store_commit(st);
	store_rollback(st);
	return (r);
}

enum err
slips_file(struct store *st, const char *text, char id[VISIT_ID_LEN],
    enum filing_verdict *verdict)
{
	char digest[2 * HASH + 1] = "";
	struct known k = { "", "", "" };
	struct slip s;
	enum err r;

	id[0] = '\0';
	if ((r = slip_read(text, &s)) != ERR_OK)
		return (r);
	if ((r = digest_of(&s, digest)) == ERR_OK &&
	    (r = file_it(st, &s, digest, &k)) == ERR_OK)
		memcpy(id, s.id, VISIT_ID_LEN);
	*verdict = k.id[0] != '\0' ? FILING_KNOWN : FILING_NEW;
	slip_wipe(&s);
	return (r);
}
