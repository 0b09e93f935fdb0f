#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/secret.h"
#include "host/proof/offline.h"

#define VERSION		1
#define HASH		32
#define KEY_MAX		1024	/* RSA-2048 has 294 */
#define SIGNATURE_MAX	256

static const char *const kinds[] = { "jpki", "surface" };

/* --- the proof --- */

static int
sha256(struct buf in, uint8_t out[HASH])
{
	size_t n = 0;

	return (EVP_Q_digest(NULL, "SHA256", NULL, in.p, in.left, out, &n) ==
	    1 && n == HASH);
}

enum err
offline_message(const uint8_t ticket[TICKET_LEN], struct buf statement,
    uint8_t out[OFFLINE_MESSAGE])
{
	if (!sha256((struct buf){ ticket, TICKET_LEN }, out) ||
	    !sha256(statement, out + HASH))
		return (ERR_LIB);
	return (ERR_OK);
}

enum err
offline_verify(const struct offline *o)
{
	uint8_t message[OFFLINE_MESSAGE];
	enum err r;

	if ((r = offline_message(o->ticket, blob_buf(&o->statement),
	    message)) != ERR_OK)
		return (r);
	return (cardsign_verify(o->alg, o->key,
	    (struct buf){ message, sizeof(message) },
	    blob_buf(&o->signature)));
}

/* --- base 64, RFC 4648 4, with its padding and nothing else --- */

static json_t *
base64(struct buf in)
{
	size_t room = 4 * ((in.left + 2) / 3) + 1;
	char *text = malloc(room);
	json_t *o = NULL;

	if (text == NULL)
		return (NULL);
	EVP_EncodeBlock((unsigned char *)text, in.p, (int)in.left);
	o = json_string(text);
	secret_cleanse(text, room);
	free(text);
	return (o);
}

static int
count_padding(const char *text, size_t n)
{
	return (n > 0 && text[n - 1] == '=' ? 1 + (text[n - 2] == '=') : 0);
}

/* Only one text stands for these bytes: what is encoded again is the same. */
static int
is_canonical(struct buf bytes, const char *text)
{
	json_t *again = base64(bytes);
	int same = again != NULL &&
	    strcmp(json_string_value(again), text) == 0;

	json_decref(again);
	return (same);
}

static int
unbase64(const char *text, size_t max, struct blob *out)
{
	size_t n = strlen(text), room = n / 4 * 3;
	uint8_t *p;

	blob_reset(out);
	if (n == 0 || n % 4 != 0 || room > max + 2 ||
	    (p = blob_space(out, room)) == NULL)
		return (0);
	if (EVP_DecodeBlock(p, (const unsigned char *)text, (int)n) !=
	    (int)room)
		return (0);
	blob_cut(out, room - (size_t)count_padding(text, n));
	return (out->len <= max && is_canonical(blob_buf(out), text));
}

/* --- writing --- */

static json_t *
key_json(EVP_PKEY *key)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(key, &der);
	json_t *o = n > 0 ? base64((struct buf){ der, (size_t)n }) : NULL;

	OPENSSL_free(der);
	return (o);
}

enum err
offline_write(const struct offline *o, struct blob *out)
{
	json_t *json;
	char *text;
	enum err r = ERR_NOMEM;

	blob_reset(out);
	json = json_pack("{s:i, s:s, s:o, s:o, s:{s:s, s:o, s:s, s:o}}",
	    "version", VERSION, "id", o->id,
	    "ticket", base64((struct buf){ o->ticket, TICKET_LEN }),
	    "statement", base64(blob_buf(&o->statement)),
	    "proof", "kind", kinds[o->surface != 0],
	    "key", key_json(o->key),
	    "algorithm", challenge_alg_name(o->alg),
	    "signature", base64(blob_buf(&o->signature)));
	text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	if (text != NULL) {
		r = blob_add_str(out, text);
		secret_cleanse(text, strlen(text));
	}
	free(text);
	json_decref(json);
	return (r);
}

/* --- reading --- */

static EVP_PKEY *
read_key(const char *text)
{
	struct blob der = { 0 };
	const unsigned char *p;
	EVP_PKEY *key = NULL;

	if (unbase64(text, KEY_MAX, &der)) {
		p = der.data;
		key = d2i_PUBKEY(NULL, &p, (long)der.len);
		if (key != NULL && p != der.data + der.len) {
			EVP_PKEY_free(key);
			key = NULL;
		}
	}
	blob_free(&der);
	ERR_clear_error();
	return (key);
}

static int
read_ticket(const char *text, uint8_t out[TICKET_LEN])
{
	struct blob b = { 0 };
	int ok = unbase64(text, TICKET_LEN, &b) && b.len == TICKET_LEN;

	if (ok)
		memcpy(out, b.data, TICKET_LEN);
	blob_free(&b);
	return (ok);
}

static int
take_all(json_t *json, struct offline *o)
{
	const char *id, *ticket, *statement, *kind, *key, *alg, *signature;
	int version;

	if (json_unpack(json, "{s:i, s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s !} "
	    "!}", "version", &version, "id", &id, "ticket", &ticket,
	    "statement", &statement, "proof", "kind", &kind, "key", &key,
	    "algorithm", &alg, "signature", &signature) != 0 ||
	    version != VERSION || !uuid_is(id))
		return (0);
	memcpy(o->id, id, sizeof(o->id));
	o->surface = strcmp(kind, kinds[1]) == 0;
	return (strcmp(kind, kinds[o->surface]) == 0 &&
	    challenge_alg_named(alg, &o->alg) &&
	    read_ticket(ticket, o->ticket) &&
	    unbase64(statement, STATEMENT_MAX, &o->statement) &&
	    unbase64(signature, SIGNATURE_MAX, &o->signature) &&
	    (o->key = read_key(key)) != NULL);
}

enum err
offline_read(struct buf in, struct offline *o)
{
	json_t *json = NULL;
	int ok;

	*o = (struct offline){ .surface = 0 };
	if (in.left <= OFFLINE_MAX)
		json = json_loadb((const char *)in.p, in.left,
		    JSON_REJECT_DUPLICATES, NULL);
	ok = json != NULL && take_all(json, o);
	json_decref(json);
	if (ok)
		return (ERR_OK);
	offline_wipe(o);
	return (ERR_RECORD_ALTERED);
}

void
offline_wipe(struct offline *o)
{
	blob_free(&o->statement);
	blob_free(&o->signature);
	EVP_PKEY_free(o->key);
	secret_cleanse(o, sizeof(*o));
}

int
offline_is_refusal(enum err r)
{
	static const enum err all[] = { ERR_TICKET_USED, ERR_TICKET_EXPIRED,
	    ERR_TICKET_FOREIGN, ERR_TICKET_ALTERED, ERR_RECORD_ALTERED,
	    ERR_TOOBIG, ERR_CERT_TEST };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] == r)
			return (1);
	}
	return (0);
}
