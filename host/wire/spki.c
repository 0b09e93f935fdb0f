#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "host/wire/spki.h"

#define PRINT	32

enum err
spki_print(X509 *x, uint8_t print[PRINT])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	size_t n = 0;
	int ok;

	memset(print, 0, PRINT);
	ok = len > 0 && EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len,
	    print, &n) == 1 && n == PRINT;
	OPENSSL_free(der);
	ERR_clear_error();
	return (ok ? ERR_OK : ERR_LIB);
}

enum err
spki_read(const char *file, X509 **out, struct note *note)
{
	FILE *f = fopen(file, "re");

	*out = NULL;
	if (f == NULL) {
		note_set(note, "%s: %s", file, strerror(errno));
		return (ERR_CONF);
	}
	*out = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	ERR_clear_error();
	if (*out != NULL)
		return (ERR_OK);
	note_set(note, "%s: no certificate", file);
	return (ERR_CONF);
}
