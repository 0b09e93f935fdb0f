#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "crypto/ed25519.h"
#include "crypto/pem.h"

#define FILE_MAX	4096	/* such a file has 113 bytes */

struct taken {
	uint8_t	*key;
	int	 n;
};

static enum err
take(void *arg, const uint8_t *der, size_t len)
{
	struct taken *t = arg;
	const unsigned char *p = der;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)len);
	size_t n = ED25519_KEY;
	int ok;

	ok = key != NULL && p == der + len && t->n++ == 0 &&
	    EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 &&
	    EVP_PKEY_get_raw_public_key(key, t->key, &n) == 1 &&
	    n == ED25519_KEY;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return (ok ? ERR_OK : ERR_KEY_FILE);
}

enum err
ed25519_read(const char *path, uint8_t key[ED25519_KEY], struct note *note)
{
	struct taken t = { .key = key };
	struct blob file = { 0 };
	enum err r;

	memset(key, 0, ED25519_KEY);
	if ((r = blob_read_file(&file, path, FILE_MAX)) == ERR_SYS) {
		note_set(note, "%s: %s", path, strerror(errno));
		return (ERR_NOT_FOUND);
	}
	if (r == ERR_OK)
		r = pem_each(&file, "PUBLIC KEY", take, &t);
	blob_free(&file);
	if (r == ERR_OK)
		return (ERR_OK);
	memset(key, 0, ED25519_KEY);
	note_set(note, "%s", path);
	return (r == ERR_NOMEM ? r : ERR_KEY_FILE);
}
