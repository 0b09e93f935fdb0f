#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base32.h"
#include "host/slip/page.h"

/*
 * What a scanner types.  The bytes as they are, and as a slip's payload with
 * the right sum, which a fuzzer would not find.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try_text(const char *text)
{
	struct slip s, again;
	struct blob b = { 0 }, page = { 0 };

	if (slip_read(text, &s) != ERR_OK) {
		if (s.id[0] != '\0' || s.name[0] != '\0')
			abort();
		return;
	}
	if (slip_check(&s, NULL) != ERR_OK || slip_write(&s, &b) != ERR_OK ||
	    slip_read(blob_str(&b), &again) != ERR_OK ||
	    strcmp(s.address, again.address) != 0 ||
	    page_write(&s, &page) != ERR_OK)
		abort();
	blob_free(&b);
	blob_free(&page);
}

static void
try_payload(const uint8_t *data, size_t len)
{
	uint8_t hash[32], bytes[2048] = { 0 };
	char text[4 + sizeof(bytes) / 5 * 8 + 8] = "SKS1";
	size_t n = 0;

	if (len > 1400)
		return;
	memcpy(bytes, data, len);
	if (EVP_Q_digest(NULL, "SHA256", NULL, data, len, hash, &n) != 1)
		abort();
	memcpy(bytes + len, hash, 8);
	base32_write(bytes, (len + 8 + 4) / 5 * 8, text + 4);
	try_text(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL)
		return (0);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	try_text(text);
	free(text);
	try_payload(data, len);
	return (0);
}
