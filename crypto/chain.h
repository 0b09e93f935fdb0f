#ifndef CRYPTO_CHAIN_H
#define CRYPTO_CHAIN_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "crypto/revocation.h"
#include "crypto/trust.h"

/*
 * A certificate's verdict.  It holds nothing that identifies the certificate:
 * no serial number, no subject, no key.  "generation" is the pin row's name
 * of the root that signed it.
 */
struct chain_verdict {
	enum err		err;		/* ERR_OK, ERR_CERT_*, ERR_REVOCATION_UNKNOWN */
	char			generation[32];	/* "" if no root signed it */
	char			not_before[15], not_after[15]; /* UTC YYYYMMDDHHmmss */
	int			days_left;	/* whole days to not_after; < 0 past */
	int			test;		/* issued by the test organisation */
	enum revocation		revocation;
	char			revocation_why[96];
};

/* What a certificate for user authentication must say: a row, so that phones
 * and the next card generation are rows (card-and-readers.md 3.2, 3.5). */
struct chain_profile {
	const char	*name;		/* "jpki-auth-rsa2048" */
	const char	*policy;	/* dotted OID, "1.2.392.200149.8.5.1.3.30" */
	const char	*test_policy;	/* accepted in test mode too; NULL if none */
	int		 key_type;	/* EVP_PKEY_RSA, EVP_PKEY_EC */
	int		 key_bits;	/* 2048, 384 */
};

/* The rows; NULL when there is none of that name. */
const struct chain_profile	*chain_profile(const char *name);

struct chain_rules {
	const struct chain_profile	*profile;
	enum trust_mode			 mode;
	int64_t				 now;	/* seconds since 1970, UTC */
	const struct revocation_conf	*revocation;	/* NULL = off */
};

/*
 * Parses one DER certificate (exactly der_len bytes, 500-4096), verifies the
 * chain against roots by X509_verify_cert, then the rules of
 * card-and-readers.md 3.4 in this order: chain (decided by signature among
 * roots of one name), test organisation, dates, CA flag, key usage,
 * extended key usage, policy, key type, revocation.  The chain covers the
 * signature, key id, weak keys and digests and unknown critical extensions;
 * a root offered as the certificate is ERR_CERT_CHAIN.  In production one
 * that names the test organisation and has no root here is ERR_CERT_TEST.
 * A root out of date is ERR_CERT_CHAIN, unless the certificate is so itself.
 * Returns ERR_OK when it could be judged: the verdict holds the outcome.
 * Anything else (ERR_CERT_FORM, ERR_NOMEM …) means there was nothing to
 * judge.  *key is the public key for challenge_verify when the verdict is
 * ERR_OK, else NULL; the caller frees it by EVP_PKEY_free.
 */
enum err	chain_verify(const uint8_t *der, size_t der_len, X509_STORE *roots,
		    const struct chain_rules *, struct chain_verdict *,
		    EVP_PKEY **key, struct note *);

/*
 * Length of the DER certificate whose first bytes these are (4 are enough),
 * 500-4096 bytes; ERR_CERT_FORM otherwise.
 */
enum err	chain_der_length(const uint8_t *head, size_t len, size_t *total);

#endif
