#include <string.h>

#include <openssl/crypto.h>

#include "crypto/base32.h"

#define BITS	5

static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
base32_write(const uint8_t *data, size_t n, char *out)
{
	unsigned held = 0, bits = 0;

	for (size_t i = 0; i < n; i++) {
		if (bits < BITS) {
			held = (held << 8 | *data++) & 0xfff;
			bits += 8;
		}
		bits -= BITS;
		out[i] = symbols[held >> bits & 0x1f];
	}
	out[n] = '\0';
}

/* The symbol that was meant; 0 if it is none. */
static char
meant(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		return ('1');
	if (c == 'O')
		return ('0');
	return (c != '\0' && strchr(symbols, c) != NULL ? c : '\0');
}

int
base32_plain(const char *typed, size_t n, char *out)
{
	size_t got = 0;
	int ok = 1;

	for (; ok && *typed != '\0'; typed++) {
		if (*typed == '-' || *typed == ' ')
			continue;
		ok = got < n && (out[got] = meant(*typed)) != '\0';
		got++;
	}
	if (ok && got == n) {
		out[n] = '\0';
		return (1);
	}
	OPENSSL_cleanse(out, n + 1);
	return (0);
}

int
base32_read(const char *plain, size_t n, uint8_t *out)
{
	unsigned held = 0, bits = 0;
	const char *at;

	for (size_t i = 0; i < n; i++) {
		if (plain[i] == '\0' ||
		    (at = strchr(symbols, plain[i])) == NULL)
			return (0);
		held = (held << BITS | (unsigned)(at - symbols)) & 0xfff;
		bits += BITS;
		if (bits >= 8) {
			bits -= 8;
			*out++ = (uint8_t)(held >> bits);
		}
	}
	return (1);
}
