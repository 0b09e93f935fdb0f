#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "crypto/cert.h"
#include "crypto/chain.h"
#include "crypto/leaf.h"
#include "crypto/pem.h"
#include "crypto/pin_table.h"

/*
 * A certificate of the card, and a file of the administrator.  The rules are
 * run on their own too: no fuzzer finds a signature that lets it reach them.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
by_the_chain(const uint8_t *data, size_t len, const struct chain_rules *rules)
{
	X509_STORE *none = X509_STORE_new();
	struct chain_verdict verdict;
	EVP_PKEY *key;
	size_t total;

	/* Nothing is trusted: a verdict of "good" is a finding. */
	if (chain_verify(data, len, none, rules, &verdict, &key,
	    NULL) == ERR_OK && (verdict.err == ERR_OK || key != NULL))
		abort();
	if (chain_der_length(data, len, &total) == ERR_OK &&
	    (total < 500 || total > 4096))
		abort();
	X509_STORE_free(none);
}

static enum err
by_the_rules(void *arg, const uint8_t *der, size_t len)
{
	const struct chain_rules *rules = arg;
	char hex[CERT_SHA256];
	X509 *cert;
	enum err r;

	if ((r = cert_parse(der, len, &cert)) != ERR_OK)
		return (r);
	leaf_check(cert, rules, NULL);
	if (cert_sha256(cert, hex) == ERR_OK)
		pin_published(hex);
	pin_claimed(cert);
	pin_purpose(X509_get_subject_name(cert));
	cert_is_test(cert);
	X509_free(cert);
	return (ERR_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct chain_rules rules = { .mode = TRUST_TEST, .now = 1795132800,
	    .profile = chain_profile("jpki-auth-rsa2048") };
	struct blob file = { 0 };

	by_the_chain(data, len, &rules);
	rules.profile = chain_profile("jpki-auth-p384");
	if (blob_add(&file, data, len) == ERR_OK)
		pem_each(&file, "CERTIFICATE", by_the_rules, &rules);
	blob_free(&file);
	return (0);
}
