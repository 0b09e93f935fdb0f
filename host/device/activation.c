#include <string.h>

#include "base/secret.h"
#include "crypto/base32.h"
#include "host/device/activation.h"

#define CHARS	26	/* 10 of the code, 16 of the print */

enum err
activation_read(const char *typed, struct activation *out)
{
	char plain[CHARS + 1];
	int ok;

	*out = (struct activation){ .code = "" };
	ok = base32_plain(typed, CHARS, plain) &&
	    base32_read(plain + ACTIVATION_CODE, CHARS - ACTIVATION_CODE,
	    out->print);
	if (ok)
		memcpy(out->code, plain, ACTIVATION_CODE);
	secret_cleanse(plain, sizeof(plain));
	return (ok ? ERR_OK : ERR_CODE);
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
