#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/buf.h"
#include "crypto/ticket.h"

#define MAGIC		"SKT1"
#define MAGIC_LEN	4
#define SIGNED		78	/* bytes before the signature */
#define SIGNATURE	64	/* RFC 8032 5.1.6 */

static int
is_sound(const struct ticket *t)
{
	return (strspn(t->institution, "0123456789") == TICKET_INSTITUTION &&
	    t->institution[TICKET_INSTITUTION] == '\0' && t->issued >= 0 &&
	    t->until > t->issued);
}

static enum err
add_u64(struct blob *b, uint64_t v)
{
	enum err r;

	if ((r = blob_add_u32(b, (uint32_t)(v >> 32))) != ERR_OK)
		return (r);
	return (blob_add_u32(b, (uint32_t)v));
}

static enum err
layout(const struct ticket *t, struct blob *b)
{
	enum err r;

	if ((r = blob_add(b, MAGIC, MAGIC_LEN)) != ERR_OK ||
	    (r = blob_add(b, t->id, sizeof(t->id))) != ERR_OK ||
	    (r = blob_add(b, t->institution, TICKET_INSTITUTION)) != ERR_OK ||
	    (r = blob_add(b, t->device, sizeof(t->device))) != ERR_OK ||
	    (r = add_u64(b, (uint64_t)t->issued)) != ERR_OK)
		return (r);
	return (add_u64(b, (uint64_t)t->until));
}

static enum err
sign(struct blob *b, EVP_PKEY *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[SIGNATURE];
	size_t n = sizeof(sig);
	int ok;

	ok = ctx != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, b->data, b->len) == 1 &&
	    n == sizeof(sig);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return (ok ? blob_add(b, sig, sizeof(sig)) : ERR_LIB);
}

enum err
ticket_make(struct ticket *t, EVP_PKEY *signer, uint8_t out[TICKET_LEN])
{
	struct blob b = { 0 };
	enum err r = ERR_LIB;

	memset(out, 0, TICKET_LEN);
	if (!is_sound(t))
		return (ERR_LAYOUT);
	if (RAND_bytes(t->id, sizeof(t->id)) == 1 &&
	    (r = layout(t, &b)) == ERR_OK && (r = sign(&b, signer)) == ERR_OK)
		memcpy(out, b.data, TICKET_LEN);
	blob_free(&b);
	return (r);
}

static enum err
read_u64(struct buf *in, int64_t *out)
{
	uint32_t high, low;
	enum err r;

	if ((r = buf_u32(in, &high)) != ERR_OK ||
	    (r = buf_u32(in, &low)) != ERR_OK)
		return (r);
	if (high > INT32_MAX)
		return (ERR_LAYOUT);
	*out = (int64_t)high << 32 | low;
	return (ERR_OK);
}

static enum err
parse(struct buf in, struct ticket *t)
{
	char magic[MAGIC_LEN];
	enum err r;

	if ((r = buf_read(&in, magic, sizeof(magic))) != ERR_OK ||
	    (r = buf_read(&in, t->id, sizeof(t->id))) != ERR_OK ||
	    (r = buf_read(&in, t->institution, TICKET_INSTITUTION)) !=
	    ERR_OK ||
	    (r = buf_read(&in, t->device, sizeof(t->device))) != ERR_OK ||
	    (r = read_u64(&in, &t->issued)) != ERR_OK ||
	    (r = read_u64(&in, &t->until)) != ERR_OK)
		return (r);
	return (in.left == SIGNATURE && is_sound(t) &&
	    memcmp(magic, MAGIC, MAGIC_LEN) == 0 ? ERR_OK : ERR_LAYOUT);
}

enum err
ticket_read(const uint8_t *data, size_t len, struct ticket *t)
{
	*t = (struct ticket){ .issued = 0 };
	if (parse((struct buf){ data, len }, t) == ERR_OK)
		return (ERR_OK);
	*t = (struct ticket){ .issued = 0 };
	return (ERR_TICKET_ALTERED);
}

static int
is_signed(const uint8_t *data, const uint8_t signer[ED25519_KEY])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    signer, ED25519_KEY);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = key != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, data + SIGNED, SIGNATURE, data, SIGNED) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return (ok);
}

enum err
ticket_check(const uint8_t *data, size_t len,
    const uint8_t signer[ED25519_KEY], struct ticket *t)
{
	enum err r;

	if ((r = ticket_read(data, len, t)) != ERR_OK)
		return (r);
	if (is_signed(data, signer))
		return (ERR_OK);
	*t = (struct ticket){ .issued = 0 };
	return (ERR_TICKET_ALTERED);
}
