#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>

#include "crypto/seal.h"
#include "crypto/ticket.h"

/*
 * What a device sends before anything about it is known: a sealed record, and
 * tickets.  Nothing a fuzzer makes is sealed to a key of this run or signed.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static EVP_PKEY *key;
static uint8_t print[PUBKEY_PRINT];

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t signer[ED25519_KEY];
	struct blob content = { 0 };
	struct ticket t;

	if (key == NULL && ((key = EVP_EC_gen("P-256")) == NULL ||
	    pubkey_print(key, print) != ERR_OK))
		abort();
	if (seal_open((struct buf){ data, len }, key, print, &content) ==
	    ERR_OK || content.len != 0)
		abort();
	if (ticket_check(data, len, signer, &t) == ERR_OK)
		abort();
	if (ticket_read(data, len, &t) == ERR_OK &&
	    strlen(t.institution) != TICKET_INSTITUTION)
		abort();
	blob_free(&content);
	return (0);
}
