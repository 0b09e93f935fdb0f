#include <stdint.h>
#include <string.h>

#include "host/qualify/crypt.h"

#define LOOKED_AT 64	/* as much of ciphertext is never text by chance */

/* First bytes: XML behind its mark or blanks, UTF-16 both ways, PDF, ZIP. */
static const char *const beginnings[] = {
	"<", " ", "\t", "\r", "\n", "\xef\xbb\xbf", "\xff\xfe", "\xfe\xff",
	"%PDF-", "PK",
};

/* Some error page, or a note of somebody's. */
static int
is_text(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len && i < LOOKED_AT; i++) {
		if (p[i] >= 0x7f || (p[i] < 0x20 && strchr("\t\r\n", p[i]) ==
		    NULL))
			return (0);
	}
	return (1);
}

int
crypt_is_likely(const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n;

	if (len == 0 || p[0] == 0 || is_text(p, len))
		return (0);
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]);
	    i++) {
		n = strlen(beginnings[i]);
		if (memcmp(p, beginnings[i], len < n ? len : n) == 0)
			return (0);
	}
	return (1);
}
