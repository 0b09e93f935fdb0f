#include <string.h>

#include "crypto/hex.h"

static const char digits[] = "0123456789abcdef";

void
hex_write(const uint8_t *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

/* -1 if it is no digit. */
static int
value(char c)
{
	const char *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c == '\0' ? NULL : strchr(digits, c);
	return (at == NULL ? -1 : (int)(at - digits));
}

int
hex_read(const char *text, uint8_t *out, size_t len)
{
	if (strlen(text) != 2 * len)
		return (0);
	for (size_t i = 0; i < len; i++, text += 2) {
		int high = value(text[0]), low = value(text[1]);

		if (high < 0 || low < 0)
			return (0);
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (1);
}
