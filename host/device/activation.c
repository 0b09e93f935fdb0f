#include <string.h>

#include "host/device/activation.h"

#define CHARS	26	/* 10 of the code, 16 of the print */
#define BITS	5

/* Crockford's base 32; what people read wrong stands beside. */
static int
value_of(char c)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		c = '1';
	if (c == 'O')
		c = '0';
	at = c == '\0' ? NULL : strchr(digits, c);
	return (at == NULL ? -1 : (int)(at - digits));
}

/* The values of the characters; 0 unless there are exactly so many. */
static int
values(const char *s, uint8_t out[CHARS])
{
	size_t n = 0;
	int v;

	for (; *s != '\0'; s++) {
		if (*s == '-' || *s == ' ')
			continue;
		if (n == CHARS || (v = value_of(*s)) == -1)
			return (0);
		out[n++] = (uint8_t)v;
	}
	return (n == CHARS);
}

enum err
activation_read(const char *s, struct activation *out)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t v[CHARS];
	uint32_t bits = 0;
	size_t n = 0;
	int have = 0;

	*out = (struct activation){ .code = "" };
	if (!values(s, v))
		return (ERR_CODE);
	for (size_t i = 0; i < ACTIVATION_CODE; i++)
		out->code[i] = digits[v[i]];
	for (size_t i = ACTIVATION_CODE; i < CHARS; i++) {
		bits = bits << BITS | v[i];
		have += BITS;
		if (have >= 8) {
			have -= 8;
			out->print[n++] = (uint8_t)(bits >> have);
		}
	}
	return (ERR_OK);
}

int
activation_split(const char *s, char address[ACTIVATION_ADDRESS],
    const char **text)
{
	static const char head[] = "shikaku-device:";
	const char *slash;
	size_t len;

	if (strncmp(s, head, sizeof(head) - 1) != 0)
		return (0);
	s += sizeof(head) - 1;
	if ((slash = strchr(s, '/')) == NULL)
		return (0);
	len = (size_t)(slash - s);
	if (len == 0 || len >= ACTIVATION_ADDRESS)
		return (0);
	memcpy(address, s, len);
	address[len] = '\0';
	*text = slash + 1;
	return (1);
}
