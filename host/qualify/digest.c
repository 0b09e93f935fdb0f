#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "host/qualify/digest.h"

enum err
digest_of(const struct blob *raw, const char *name, char hex[DIGEST_HEX])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char md[32];
	enum err r = ERR_LIB;

	hex[0] = '\0';
	if (name == NULL)
		name = "";
	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, raw->data, raw->len) == 1 &&
	    EVP_DigestUpdate(ctx, name, strlen(name)) == 1 &&
	    EVP_DigestFinal_ex(ctx, md, NULL) == 1)
		r = ERR_OK;
	for (size_t i = 0; r == ERR_OK && i < sizeof(md); i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	EVP_MD_CTX_free(ctx);
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
