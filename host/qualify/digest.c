#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "host/qualify/digest.h"

struct digest {
	EVP_MD_CTX	*ctx;
};

enum err
digest_begin(struct digest **out)
{
	struct digest *d;

	*out = NULL;
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (ERR_NOMEM);
	if ((d->ctx = EVP_MD_CTX_new()) == NULL ||
	    EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
		digest_drop(&d);
		return (ERR_LIB);
	}
	*out = d;
	return (ERR_OK);
}

enum err
digest_add(struct digest *d, const void *data, size_t len)
{
	return (len == 0 || EVP_DigestUpdate(d->ctx, data, len) == 1 ?
	    ERR_OK : ERR_LIB);
}

enum err
digest_end(struct digest **d, const char *name, char hex[DIGEST_HEX])
{
	unsigned char md[32];
	enum err r;

	hex[0] = '\0';
	r = name == NULL ? ERR_OK : digest_add(*d, name, strlen(name));
	if (r == ERR_OK && EVP_DigestFinal_ex((*d)->ctx, md, NULL) != 1)
		r = ERR_LIB;
	for (size_t i = 0; r == ERR_OK && i < sizeof(md); i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	digest_drop(d);
	return (r);
}

void
digest_drop(struct digest **d)
{
	if (d == NULL || *d == NULL)
		return;
	EVP_MD_CTX_free((*d)->ctx);
	free(*d);
	*d = NULL;
}

enum err
digest_of(const struct blob *raw, const char *name, char hex[DIGEST_HEX])
{
	struct digest *d;
	enum err r;

	hex[0] = '\0';
	if ((r = digest_begin(&d)) != ERR_OK)
		return (r);
	if ((r = digest_add(d, raw->data, raw->len)) == ERR_OK)
		return (digest_end(&d, name, hex));
	digest_drop(&d);
	return (r);
}

static enum err
see_row(void *ctx, const struct val *cols, size_t n)
{
	int *known = ctx;

	(void)cols;
	(void)n;
	*known = 1;
	return (ERR_OK);
}

enum err
digest_known(struct store *store, enum sql sql, const char *key, int *known)
{
	const struct val v = val_text(key);

	*known = 0;
	return (store_run(store, sql, &v, 1, see_row, known, NULL));
}
