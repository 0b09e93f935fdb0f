#ifndef TESTS_LIB_FAKE_CERT_H
#define TESTS_LIB_FAKE_CERT_H

#include <stdint.h>
#include <time.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "tests/lib/fake_ef.h"

/*
 * X.509 as JPKI writes it (card-and-readers.md 3.1-3.3), or with one thing
 * wrong.  All functions give ERR_LIB when OpenSSL refuses.
 */
struct fake_name {
	const char	*o, *ou[2];	/* C=JP first; NULL ends */
};

struct fake_root_spec {
	const struct fake_name	*name;
	EVP_PKEY		*key;
	uint32_t		 serial;
	time_t			 from, to;
	EVP_PKEY		*ski_of;	/* NULL: its own key's */
	const char		*ski;		/* hex; before ski_of; or NULL */
};

struct fake_leaf_spec {
	EVP_PKEY		*key;
	X509			*issuer;
	EVP_PKEY		*issuer_key;
	const char		*cn;
	uint32_t		 serial;
	time_t			 from, to;
	const char		*ku, *eku;	/* eku NULL: none */
	const char		*policy;
	int			 ca;		/* 1: says CA:TRUE */
	const struct fake_person *san;		/* signature certificate, 3.3 */
	int			 size;		/* exact DER bytes; 0 = any */
};

enum err	fake_cert_root(const struct fake_root_spec *, X509 **);
/* ERR_TOOBIG when it cannot be made as small as size. */
enum err	fake_cert_leaf(const struct fake_leaf_spec *, X509 **);
/* A CRL of the issuer, from now for 30 days, with this certificate or none. */
enum err	fake_cert_crl(X509 *issuer, EVP_PKEY *, X509 *revoked,
		    time_t now, X509_CRL **);

#endif
