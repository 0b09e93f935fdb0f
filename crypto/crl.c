#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "crypto/cert.h"
#include "crypto/crl.h"
#include "crypto/pem.h"
#include "crypto/verify.h"

#define CRL_MAX (16u << 20)	/* ours: half a million entries */

struct lists {
	STACK_OF(X509_CRL)	*crls;		/* of this issuer */
	EVP_PKEY		*issuer;	/* borrowed */
	struct note		*why;
};

/* What X509_verify_cert would let pass. */
static const char *
fault(const X509_CRL *crl)
{
	const X509_ALGOR *alg;

	X509_CRL_get0_signature(crl, NULL, &alg);
	if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return ("CRL is a delta");
	if (X509_CRL_get0_nextUpdate(crl) == NULL)
		return ("CRL has no next update");
	if (!cert_digest_ok(alg))
		return ("CRL is signed with a weak digest");
	return (NULL);
}

/*
 * All generations have one name (card-and-readers.md 3.1): a list is its
 * issuer's by the signature alone, and another's is passed over.
 */
static enum err
keep_own(struct lists *lists, X509_CRL **crl)
{
	const char *what;

	if (X509_CRL_verify(*crl, lists->issuer) != 1)
		return (ERR_OK);
	if ((what = fault(*crl)) != NULL) {
		note_set(lists->why, "%s", what);
		return (ERR_CERT_FORM);
	}
	if (sk_X509_CRL_push(lists->crls, *crl) <= 0)
		return (ERR_NOMEM);
	*crl = NULL;	/* moved */
	return (ERR_OK);
}

static enum err
take(void *arg, const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	enum err r = ERR_CERT_FORM;
	X509_CRL *crl;

	if ((crl = d2i_X509_CRL(NULL, &p, (long)len)) != NULL &&
	    p == der + len)
		r = keep_own(arg, &crl);
	X509_CRL_free(crl);
	return (r);
}

static enum err
load(const char *path, struct lists *lists)
{
	struct blob file = { 0 };
	enum err r;

	r = blob_read_file(&file, path, CRL_MAX);
	if (r == ERR_TOOBIG)
		note_set(lists->why, "CRL file is too large");
	else if (r != ERR_OK)
		note_set(lists->why, "CRL file cannot be read");
	if (r == ERR_OK) {
		note_set(lists->why, "CRL file is malformed");
		r = pem_each(&file, "X509 CRL", take, lists);
	}
	blob_free(&file);
	return (r);
}

static const struct {
	int		 what;
	enum revocation	 is;
	const char	*why;
} outcomes[] = {
	{ X509_V_OK, REVOCATION_GOOD, "CRL" },
	{ X509_V_ERR_CERT_REVOKED, REVOCATION_REVOKED, "CRL" },
	{ X509_V_ERR_CRL_HAS_EXPIRED, REVOCATION_UNKNOWN, "CRL expired" },
	{ X509_V_ERR_CRL_NOT_YET_VALID, REVOCATION_UNKNOWN,
	    "CRL is not valid yet" },
	{ X509_V_ERR_UNABLE_TO_GET_CRL, REVOCATION_UNKNOWN,
	    "CRL is not of this issuer" },
	{ X509_V_ERR_DIFFERENT_CRL_SCOPE, REVOCATION_UNKNOWN,
	    "CRL does not cover this certificate" },
	{ X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, REVOCATION_UNKNOWN,
	    "CRL has an unknown critical extension" },
	{ X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, REVOCATION_UNKNOWN,
	    "issuer may not sign a CRL" },
};

static enum revocation
outcome(int what, struct note *why)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		if (outcomes[i].what == what) {
			note_set(why, "%s", outcomes[i].why);
			return (outcomes[i].is);
		}
	}
	note_set(why, "CRL: %s", X509_verify_cert_error_string(what));
	return (REVOCATION_UNKNOWN);
}

/* Note the list's dates and go on to its rows: revoked wins over them. */
static int
on_error(int ok, X509_STORE_CTX *ctx)
{
	int *dates = X509_STORE_CTX_get_app_data(ctx);
	int what = X509_STORE_CTX_get_error(ctx);

	if (ok || (what != X509_V_ERR_CRL_HAS_EXPIRED &&
	    what != X509_V_ERR_CRL_NOT_YET_VALID))
		return (ok);
	*dates = what;
	return (1);
}

/* The library knows partial lists, newer ones and critical extensions. */
static enum revocation
judge(STACK_OF(X509_CRL) *crls, struct verify *v, struct note *why)
{
	int what, dates = X509_V_OK;
	enum revocation status;

	X509_STORE_CTX_set0_crls(v->ctx, crls);
	X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(v->ctx),
	    X509_V_FLAG_CRL_CHECK);
	X509_STORE_CTX_set_app_data(v->ctx, &dates);
	X509_STORE_CTX_set_verify_cb(v->ctx, on_error);
	if (X509_verify_cert(v->ctx) == 1)
		return (outcome(dates, why));
	if ((what = X509_STORE_CTX_get_error(v->ctx)) == X509_V_OK) {
		note_set(why, "CRL cannot be judged");
		return (REVOCATION_UNKNOWN);
	}
	status = outcome(what, why);
	if (status == REVOCATION_REVOKED && dates != X509_V_OK)
		note_set(why, "CRL, out of date");
	return (status);
}

enum revocation
crl_check(const char *path, X509 *leaf, X509 *issuer, int64_t now,
    struct note *why)
{
	struct lists lists = { .crls = sk_X509_CRL_new_null(),
	    .issuer = X509_get0_pubkey(issuer), .why = why };
	enum revocation status = REVOCATION_UNKNOWN;
	struct verify v = { 0 };

	note_set(why, "out of memory");
	if (lists.crls == NULL || lists.issuer == NULL ||
	    load(path, &lists) != ERR_OK)
		goto out;
	note_set(why, "out of memory");
	if (verify_init(&v, leaf, issuer, now) == ERR_OK)
		status = judge(lists.crls, &v, why);
out:
	verify_wipe(&v);
	sk_X509_CRL_pop_free(lists.crls, X509_CRL_free);
	return (status);
}
