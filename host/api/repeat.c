#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/hex.h"
#include "host/api/repeat.h"

#define KEPT_MS		((int64_t)24 * 3600 * 1000)

static enum err
digest(EVP_MD_CTX *ctx, const struct http_request *req, const char *body,
    char out[65])
{
	unsigned char md[32];

	/* The lengths keep path and body apart. */
	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 ||
	    EVP_DigestUpdate(ctx, req->path, strlen(req->path) + 1) != 1 ||
	    EVP_DigestUpdate(ctx, req->query, strlen(req->query) + 1) != 1 ||
	    EVP_DigestUpdate(ctx, body, strlen(body)) != 1 ||
	    EVP_DigestFinal_ex(ctx, md, NULL) != 1)
		return (ERR_LIB);
	hex_write(md, sizeof(md), out);
	return (ERR_OK);
}

static enum err
fingerprint(const struct http_request *req, int secret, char out[65])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	char *body = secret || req->json == NULL ? NULL :
	    json_dumps(req->json, JSON_COMPACT | JSON_SORT_KEYS);
	enum err r = ctx == NULL ? ERR_NOMEM :
	    digest(ctx, req, body == NULL ? "" : body, out);

	EVP_MD_CTX_free(ctx);
	if (body != NULL)
		secret_cleanse(body, strlen(body));
	free(body);
	return (r);
}

static enum err
known(void *ctx, const struct val *cols, size_t n)
{
	struct repeat *rp = ctx;

	if (n != 3)
		return (ERR_STORE);
	rp->again = 1;
	rp->status = (int)val_num(&cols[1]);
	snprintf(rp->subject, sizeof(rp->subject), "%s", val_str(&cols[2]));
	return (strcmp(rp->fingerprint, val_str(&cols[0])) == 0 ? ERR_OK :
	    ERR_KEY_REUSED);
}

enum err
repeat_begin(struct store *st, const char *client,
    const struct http_request *req, int secret, struct repeat *rp)
{
	const struct val who[] = { val_text(client), val_text(req->key) };
	enum err r;

	*rp = (struct repeat){ .client = client, .key = req->key };
	if ((r = fingerprint(req, secret, rp->fingerprint)) != ERR_OK ||
	    (r = store_run(st, SQL_IDEMPOTENCY_GET, who, 2, known, rp,
	    NULL)) != ERR_OK || rp->again)
		return (r);
	const struct val p[] = { val_text(client), val_text(req->key),
	    val_text(rp->fingerprint), val_int(clock_wall_ms()) };

	return (store_run(st, SQL_IDEMPOTENCY_ADD, p, 4, NULL, NULL, NULL));
}

enum err
repeat_end(struct store *st, const struct repeat *rp, int status,
    const char *subject)
{
	const struct val done[] = { val_int(status), val_text(subject),
	    val_text(rp->client), val_text(rp->key) };

	if (status == 0)
		return (store_run(st, SQL_IDEMPOTENCY_DROP, done + 2, 2,
		    NULL, NULL, NULL));
	return (store_run(st, SQL_IDEMPOTENCY_DONE, done, 4, NULL, NULL,
	    NULL));
}

enum err
repeat_prune(struct store *st)
{
	const struct val before = val_int(clock_wall_ms() - KEPT_MS);

	return (store_run(st, SQL_IDEMPOTENCY_PRUNE, &before, 1, NULL, NULL,
	    NULL));
}
