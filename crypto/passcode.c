#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "crypto/passcode.h"

/*
 * RFC 7914 2; 128 * N * r = 16 MiB and some 40 ms.  More would hold up
 * everybody while somebody enters one, and would not save six digits from
 * whoever has the store: what holds guessing off is the lock.
 */
#define COST_N		16384
#define COST_R		8
#define COST_P		1
#define MEMORY		(32u << 20)	/* OpenSSL's limit, above that */

/* Bytes from here on would favour the low digits: 250 is 25 times ten. */
#define FAIR		250

static enum err
draw_digit(char *out)
{
	uint8_t byte;

	do {
		if (RAND_priv_bytes(&byte, 1) != 1)
			return (ERR_LIB);
	} while (byte >= FAIR);
	*out = (char)('0' + byte % 10);
	OPENSSL_cleanse(&byte, 1);
	return (ERR_OK);
}

enum err
passcode_draw(char *out, size_t n)
{
	enum err r = ERR_OK;

	for (size_t i = 0; i < n && r == ERR_OK; i++)
		r = draw_digit(out + i);
	if (r != ERR_OK)
		OPENSSL_cleanse(out, n);
	out[r == ERR_OK ? n : 0] = '\0';
	return (r);
}

static enum err
derive(const uint8_t *digits, size_t n, const uint8_t salt[PASSCODE_SALT],
    uint8_t hash[PASSCODE_HASH])
{
	int ok = EVP_PBE_scrypt((const char *)digits, n, salt, PASSCODE_SALT,
	    COST_N, COST_R, COST_P, MEMORY, hash, PASSCODE_HASH);

	ERR_clear_error();
	return (ok == 1 ? ERR_OK : ERR_LIB);
}

enum err
passcode_hash(const uint8_t *digits, size_t n, struct passcode_hash *h)
{
	enum err r;

	*h = (struct passcode_hash){ { 0 }, { 0 } };
	if (RAND_bytes(h->salt, sizeof(h->salt)) != 1)
		return (ERR_LIB);
	if ((r = derive(digits, n, h->salt, h->hash)) != ERR_OK)
		*h = (struct passcode_hash){ { 0 }, { 0 } };
	return (r);
}

enum err
passcode_same(const uint8_t *digits, size_t n, const struct passcode_hash *h,
    int *same)
{
	uint8_t hash[PASSCODE_HASH];
	enum err r;

	*same = 0;
	if ((r = derive(digits, n, h->salt, hash)) == ERR_OK)
		*same = CRYPTO_memcmp(hash, h->hash, sizeof(hash)) == 0;
	OPENSSL_cleanse(hash, sizeof(hash));
	return (r);
}
