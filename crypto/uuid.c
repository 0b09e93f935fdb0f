#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "crypto/hex.h"
#include "crypto/uuid.h"

enum err
uuid_make(char out[UUID_LEN])
{
	uint8_t b[16];
	char hex[2 * sizeof(b) + 1];

	out[0] = '\0';
	if (RAND_bytes(b, sizeof(b)) != 1)
		return (ERR_LIB);
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	hex_write(b, sizeof(b), hex);
	snprintf(out, UUID_LEN, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
	return (ERR_OK);
}

int
uuid_is(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";

	if (strlen(s) != sizeof(form) - 1)
		return (0);
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		const char *any = form[i] == 'x' ? "0123456789abcdef" :
		    form[i] == 'v' ? "89ab" : NULL;

		if (any == NULL ? s[i] != form[i] : strchr(any, s[i]) == NULL)
			return (0);
	}
	return (1);
}
