#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "crypto/base32.h"
#include "crypto/hex.h"
#include "host/api/token.h"

#define RANDOM		32	/* bytes of a token */
#define BASE64		45	/* of 32 bytes, padding and 0 (RFC 4648 4) */
#define SHA256_LEN	32
#define SYMBOLS		10	/* of a code, 5 bits each */
#define HALF		5	/* where its hyphen stands */

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789-_";	/* RFC 4648 5 */

static enum err
digest(const char *text, size_t len, char out[TOKEN_DIGEST])
{
	uint8_t md[SHA256_LEN];
	size_t n = 0;

	out[0] = '\0';
	if (EVP_Q_digest(NULL, "SHA256", NULL, text, len, md, &n) != 1 ||
	    n != sizeof(md)) {
		ERR_clear_error();
		return (ERR_LIB);
	}
	hex_write(md, sizeof(md), out);
	return (ERR_OK);
}

enum err
token_make(char token[CLIENT_TOKEN])
{
	uint8_t raw[RANDOM];
	unsigned char text[BASE64];

	memset(token, 0, CLIENT_TOKEN);
	if (RAND_priv_bytes(raw, sizeof(raw)) != 1)
		return (ERR_LIB);
	EVP_EncodeBlock(text, raw, sizeof(raw));
	for (size_t i = 0; i < CLIENT_TOKEN - 1; i++)
		token[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' :
		    (char)text[i];
	OPENSSL_cleanse(raw, sizeof(raw));
	OPENSSL_cleanse(text, sizeof(text));
	return (ERR_OK);
}

enum err
token_digest(const char *token, char out[TOKEN_DIGEST])
{
	size_t len = strnlen(token, CLIENT_TOKEN);

	out[0] = '\0';
	if (len != CLIENT_TOKEN - 1 || strspn(token, base64url) != len)
		return (ERR_NO_TOKEN);
	return (digest(token, len, out));
}

enum err
code_make(char code[CLIENT_CODE])
{
	char plain[SYMBOLS + 1];
	uint8_t raw[SYMBOLS];

	memset(code, 0, CLIENT_CODE);
	if (RAND_priv_bytes(raw, sizeof(raw)) != 1)
		return (ERR_LIB);
	base32_write(raw, SYMBOLS, plain);
	snprintf(code, CLIENT_CODE, "%.5s-%s", plain, plain + HALF);
	OPENSSL_cleanse(raw, sizeof(raw));
	OPENSSL_cleanse(plain, sizeof(plain));
	return (ERR_OK);
}

/* Hyphens and blanks elsewhere are somebody else's code. */
static int
is_form(const char *code)
{
	const char *hyphen = strchr(code, '-');

	return (strchr(code, ' ') == NULL && (hyphen == NULL ||
	    (hyphen == code + HALF && hyphen[1] != '-' && hyphen[1] != '\0' &&
	    strchr(hyphen + 1, '-') == NULL)));
}

enum err
code_digest(const char *code, char out[TOKEN_DIGEST])
{
	char plain[SYMBOLS + 1];
	enum err r;

	out[0] = '\0';
	r = is_form(code) && base32_plain(code, SYMBOLS, plain) ?
	    digest(plain, SYMBOLS, out) : ERR_CODE;
	OPENSSL_cleanse(plain, sizeof(plain));
	return (r);
}
