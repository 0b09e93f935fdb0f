#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "crypto/hex.h"
#include "host/api/token.h"

#define RANDOM		32	/* bytes of a token */
#define BASE64		45	/* of 32 bytes, padding and 0 (RFC 4648 4) */
#define SHA256_LEN	32
#define SYMBOLS		10	/* of a code, 5 bits each */
#define HALF		5	/* where its hyphen stands */

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789-_";	/* RFC 4648 5 */
static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

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
	uint8_t raw[SYMBOLS];
	size_t n = 0;

	memset(code, 0, CLIENT_CODE);
	if (RAND_priv_bytes(raw, sizeof(raw)) != 1)
		return (ERR_LIB);
	for (size_t i = 0; i < SYMBOLS; i++) {
		if (i == HALF)
			code[n++] = '-';
		code[n++] = base32[raw[i] % 32];
	}
	OPENSSL_cleanse(raw, sizeof(raw));
	return (ERR_OK);
}

/* The symbol that was meant; 0 if it is none. */
static char
symbol(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		return ('1');
	if (c == 'O')
		return ('0');
	return (c != '\0' && strchr(base32, c) != NULL ? c : '\0');
}

enum err
code_digest(const char *code, char out[TOKEN_DIGEST])
{
	char plain[SYMBOLS];
	enum err r = ERR_OK;

	out[0] = '\0';
	for (size_t i = 0; i < SYMBOLS && r == ERR_OK; i++) {
		if (i == HALF && *code == '-')
			code++;
		if ((plain[i] = symbol(*code)) == '\0')
			r = ERR_CODE;
		else
			code++;
	}
	if (r == ERR_OK)
		r = *code != '\0' ? ERR_CODE : digest(plain, sizeof(plain),
		    out);
	OPENSSL_cleanse(plain, sizeof(plain));
	return (r);
}
