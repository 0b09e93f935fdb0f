#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/pem.h"

#define DER_SEQUENCE	0x30	/* X.690 8.9.1 */

/* One block; *more is 0 when there is none left. */
static enum err
block(BIO *in, const char *label, pem_take *take, void *arg, int *more)
{
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	enum err r = ERR_CERT_FORM;
	long len;

	if (PEM_read_bio(in, &name, &header, &der, &len) != 1) {
		*more = 0;
		return (ERR_GET_REASON(ERR_peek_last_error()) ==
		    PEM_R_NO_START_LINE ? ERR_OK : ERR_CERT_FORM);
	}
	/* A header means encryption, and nobody is asked for a password. */
	if (strcmp(name, label) == 0 && header[0] == '\0' && len > 0)
		r = take(arg, der, (size_t)len);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return (r);
}

static enum err
blocks(const struct blob *file, const char *label, pem_take *take, void *arg)
{
	enum err r = ERR_OK;
	int n = 0, more = 1;
	BIO *in;

	if (file->len == 0 || file->len > INT_MAX)
		return (ERR_CERT_FORM);
	if ((in = BIO_new_mem_buf(file->data, (int)file->len)) == NULL)
		return (ERR_NOMEM);
	ERR_clear_error();
	while (r == ERR_OK && more) {
		r = block(in, label, take, arg, &more);
		n += more;
	}
	BIO_free(in);
	ERR_clear_error();
	return (r == ERR_OK && n == 0 ? ERR_CERT_FORM : r);
}

enum err
pem_each(const struct blob *file, const char *label, pem_take *take, void *arg)
{
	if (file->len > 0 && file->data[0] == DER_SEQUENCE)
		return (take(arg, file->data, file->len));
	return (blocks(file, label, take, arg));
}
