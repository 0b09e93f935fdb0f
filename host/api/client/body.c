#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "host/api/client/body.h"

static void
add(struct body *b, const char *bytes, size_t len)
{
	if (b->full || len > sizeof(b->data) - b->len) {
		b->full = 1;
		return;
	}
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

/* RFC 8259, 7: quote, backslash and what is below U+0020. */
static void
add_escaped(struct body *b, char c)
{
	char escaped[7];
	int n;

	if ((unsigned char)c < 0x20)
		n = snprintf(escaped, sizeof(escaped), "\\u%04x",
		    (unsigned)(unsigned char)c);
	else if (c == '"' || c == '\\')
		n = snprintf(escaped, sizeof(escaped), "\\%c", c);
	else
		n = snprintf(escaped, sizeof(escaped), "%c", c);
	add(b, escaped, (size_t)n);
	OPENSSL_cleanse(escaped, sizeof(escaped));
}

static void
add_key(struct body *b, const char *key)
{
	add(b, b->len > 1 ? ",\"" : "\"", b->len > 1 ? 2 : 1);
	add(b, key, strlen(key));
	add(b, "\":", 2);
}

void
body_start(struct body *b)
{
	memset(b, 0, sizeof(*b));
	add(b, "{", 1);
}

void
body_bytes(struct body *b, const char *key, const char *bytes, size_t len)
{
	add_key(b, key);
	add(b, "\"", 1);
	for (size_t i = 0; i < len && !b->full; i++)
		add_escaped(b, bytes[i]);
	add(b, "\"", 1);
}

void
body_str(struct body *b, const char *key, const char *utf8)
{
	body_bytes(b, key, utf8, strlen(utf8));
}

void
body_int(struct body *b, const char *key, int value)
{
	char digits[16];
	int n = snprintf(digits, sizeof(digits), "%d", value);

	add_key(b, key);
	add(b, digits, (size_t)n);
}

void
body_bool(struct body *b, const char *key, int value)
{
	add_key(b, key);
	if (value)
		add(b, "true", 4);
	else
		add(b, "false", 5);
}

int
body_end(struct body *b)
{
	add(b, "}", 1);
	return (b->full ? -1 : 0);
}

void
body_wipe(struct body *b)
{
	OPENSSL_cleanse(b, sizeof(*b));
}
