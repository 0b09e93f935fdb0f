#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/pubkey.h"
#include "host/wire/spki.h"

enum err
spki_print(X509 *x, uint8_t print[PUBKEY_PRINT])
{
	return (pubkey_print(X509_get0_pubkey(x), print));
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
