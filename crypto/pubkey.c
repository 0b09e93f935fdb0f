#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "crypto/pubkey.h"

enum err
pubkey_print(EVP_PKEY *key, uint8_t print[PUBKEY_PRINT])
{
	uint8_t *der = NULL;
	size_t n = 0;
	int len = i2d_PUBKEY(key, &der), ok;

	memset(print, 0, PUBKEY_PRINT);
	ok = len > 0 && EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len,
	    print, &n) == 1 && n == PUBKEY_PRINT;
	OPENSSL_free(der);
	ERR_clear_error();
	return (ok ? ERR_OK : ERR_LIB);
}

int
pubkey_is_p256(EVP_PKEY *key)
{
	char curve[32] = "";
	size_t n = 0;

	return (key != NULL && EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_group_name(key, curve, sizeof(curve), &n) == 1 &&
	    strcmp(curve, "prime256v1") == 0);
}

int
pubkey_no_passphrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return (-1);
}
