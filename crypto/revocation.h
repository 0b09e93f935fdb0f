#ifndef CRYPTO_REVOCATION_H
#define CRYPTO_REVOCATION_H

#include <stdint.h>
#include <openssl/x509.h>

#include "base/err.h"

/*
 * Revocation of JPKI certificates is open to accredited verifiers only
 * (card-and-readers.md 3.4): off is the default, and says so in the verdict.
 */
enum revocation { REVOCATION_UNKNOWN, REVOCATION_GOOD, REVOCATION_REVOKED };

enum revocation_how { REVOCATION_OFF, REVOCATION_CRL, REVOCATION_OCSP };

struct revocation_conf {
	enum revocation_how	 how;
	const char		*crl_file;	/* DER or PEM, one list or more */
	const char		*ocsp_url;	/* loopback or site proxy: below */
	int			 ocsp_ms;	/* deadline for the whole exchange */
	int			 required;	/* 1: unknown is a refusal */
};

/*
 * Status of leaf, issued by issuer, at now (seconds UTC).  Never fails: what
 * cannot be found out is REVOCATION_UNKNOWN and why says the reason in
 * English ("not checked", "CRL expired", "responder does not answer"),
 * without serial number or name.  A list must be signed by the issuer's key
 * and cover the certificate; those of other issuers in the file are passed
 * over.  OCSP answers must be signed by the issuer or its delegate, be for
 * this certificate, and carry our nonce or none.  Good needs a list or answer
 * in its dates; revoked does not, and why says "out of date" then.
 */
enum revocation	revocation_check(const struct revocation_conf *, X509 *leaf,
		    X509 *issuer, int64_t now, char *why, size_t why_len);

/*
 * 1 if this may be ocsp_url: http://host[:port][/path], the host an IPv4
 * address, an IPv6 address in brackets, or localhost, which is 127.0.0.1; no
 * user, query or fragment.  Another name would have to be looked up, and no
 * deadline covers that.  For all else, and NULL, it is 0.
 */
int		revocation_url_ok(const char *url);

/* "good", "revoked", "unknown". */
const char	*revocation_name(enum revocation);

#endif
