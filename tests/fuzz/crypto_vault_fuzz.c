#include <stdlib.h>

#include <openssl/rand.h>

#include "crypto/vault.h"

/*
 * What lies in the store may have been changed by anybody with its disk.
 * Nothing a fuzzer makes is sealed with a key of this run, and what it makes
 * of something that is must not open.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct vault key;
static struct blob sealed;
static const struct vault_label label = { "d1", "00001", "drug" };

static void
make_key(void)
{
	uint8_t some[VAULT_KEY];
	const struct buf text = { (const uint8_t *)"text of nobody", 14 };

	if (RAND_bytes(some, sizeof(some)) != 1 || secret_set(&key.key, some, sizeof(some)) != ERR_OK ||
	    vault_seal(&key, &label, text, &sealed) != ERR_OK)
		abort();
}

static void
must_not_open(struct buf in)
{
	struct blob out = { 0 };

	if (vault_open(&key, &label, in, &out) == ERR_OK || out.len != 0)
		abort();
	blob_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct blob b = { 0 };
	size_t at = 0;
	uint8_t changed = 0;

	if (key.key.len == 0)
		make_key();
	must_not_open((struct buf){ data, len });
	if (blob_add(&b, sealed.data, sealed.len) != ERR_OK)
		abort();
	for (size_t i = 0; i < len; i++, at = (at + 1) % b.len)
		b.data[at] ^= data[i];
	/* memcmp would tell the fuzzer what is sealed. */
	for (size_t i = 0; i < b.len; i++)
		changed |= (uint8_t)(b.data[i] ^ sealed.data[i]);
	if (changed != 0)
		must_not_open(blob_buf(&b));
	blob_free(&b);
	return (0);
}
