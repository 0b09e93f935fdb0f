#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>

#include "crypto/cert.h"
#include "crypto/http.h"
#include "crypto/ocsp.h"

/* Clocks of two machines may differ so much; and an answer without a next
 * update is made on the spot (RFC 6960 4.2.2.1), so it is no older. */
#define SKEW_S 300

struct ocsp {
	X509			*leaf, *issuer;
	int64_t			 now;
	struct note		*why;
	OCSP_CERTID		*id;
	OCSP_REQUEST		*req;
	OCSP_RESPONSE		*answer;
	OCSP_BASICRESP		*basic;
	enum revocation		 status;
};

static int
refuse(struct ocsp *o, const char *why)
{
	note_set(o->why, "%s", why);
	return (0);
}

static int
make(struct ocsp *o)
{
	OCSP_CERTID *id;

	/* SHA-1 only names the issuer here: RFC 5019 2.1.1 knows no other. */
	o->id = OCSP_cert_to_id(EVP_sha1(), o->leaf, o->issuer);
	o->req = OCSP_REQUEST_new();
	id = o->id != NULL ? OCSP_CERTID_dup(o->id) : NULL;
	if (id == NULL || o->req == NULL ||
	    OCSP_request_add0_id(o->req, id) == NULL) {
		OCSP_CERTID_free(id);
		return (refuse(o, "out of memory"));
	}
	/* -1: the library's own length, 16 random bytes. */
	if (OCSP_request_add1_nonce(o->req, NULL, -1) != 1)
		return (refuse(o, "no random numbers"));
	return (1);
}

static int
open_answer(struct ocsp *o)
{
	if (OCSP_response_status(o->answer) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return (refuse(o, "responder refused to answer"));
	if ((o->basic = OCSP_response_get1_basic(o->answer)) == NULL)
		return (refuse(o, "responder's answer is no OCSP response"));
	return (1);
}

/* 1: ours; -1: the answer has none, as prepared answers do. */
static int
has_our_nonce(struct ocsp *o)
{
	int nonce = OCSP_check_nonce(o->req, o->basic);

	return (nonce == 1 || nonce == -1 ? 1 :
	    refuse(o, "answer is for another request"));
}

static int
trust_issuer(struct ocsp *o, X509_STORE *store, STACK_OF(X509) *signers)
{
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);

	X509_VERIFY_PARAM_set_time(param, (time_t)o->now);
	X509_VERIFY_PARAM_set_auth_level(param, CERT_LEVEL);
	return (X509_STORE_add_cert(store, o->issuer) == 1 &&
	    sk_X509_push(signers, o->issuer) > 0);
}

/* By the issuer itself, or by a delegate it gave OCSPSigning to. */
static int
is_signed(struct ocsp *o)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *signers = sk_X509_new_null();
	int good;

	good = store != NULL && signers != NULL &&
	    trust_issuer(o, store, signers) &&
	    cert_digest_ok(OCSP_resp_get0_tbs_sigalg(o->basic)) &&
	    OCSP_basic_verify(o->basic, signers, store, OCSP_NOEXPLICIT) == 1;
	sk_X509_free(signers);
	X509_STORE_free(store);
	return (good ? 1 : refuse(o, "answer is not signed by the issuer"));
}

/* 1 if when is at or before the second t; a time that is none is not. */
static int
is_until(const ASN1_GENERALIZEDTIME *when, int64_t t)
{
	int64_t s;

	return (cert_time(when, &s) == ERR_OK && s <= t);
}

static int
is_from(const ASN1_GENERALIZEDTIME *when, int64_t t)
{
	int64_t s;

	return (cert_time(when, &s) == ERR_OK && s >= t);
}

static int
is_fresh(struct ocsp *o, const ASN1_GENERALIZEDTIME *made,
    const ASN1_GENERALIZEDTIME *next)
{
	if (made == NULL || !is_until(made, o->now + SKEW_S))
		return (refuse(o, "answer is not valid yet"));
	if (!is_from(next != NULL ? next : made, o->now - SKEW_S))
		return (refuse(o, "answer is out of date"));
	return (1);
}

static int
says(struct ocsp *o)
{
	ASN1_GENERALIZEDTIME *made = NULL, *next = NULL;
	int status, reason, fresh;

	if (OCSP_resp_find_status(o->basic, o->id, &status, &reason, NULL,
	    &made, &next) != 1)
		return (refuse(o, "answer is for another certificate"));
	fresh = is_fresh(o, made, next);
	/* Good is worth nothing out of its dates; revoked still refuses. */
	if (status == V_OCSP_CERTSTATUS_REVOKED) {
		o->status = REVOCATION_REVOKED;
		note_set(o->why, fresh ? "OCSP" : "OCSP, out of date");
		return (1);
	}
	if (!fresh)
		return (0);
	if (status != V_OCSP_CERTSTATUS_GOOD)
		return (refuse(o, "responder does not know the certificate"));
	o->status = REVOCATION_GOOD;
	note_set(o->why, "OCSP");
	return (1);
}

enum revocation
ocsp_check(const struct revocation_conf *conf, X509 *leaf, X509 *issuer,
    int64_t now, struct note *why)
{
	struct ocsp o = { .leaf = leaf, .issuer = issuer, .now = now,
	    .why = why, .status = REVOCATION_UNKNOWN };

	if (make(&o) && http_ocsp(conf->ocsp_url, o.req, conf->ocsp_ms,
	    &o.answer, why) == ERR_OK && open_answer(&o) &&
	    has_our_nonce(&o) && is_signed(&o))
		says(&o);
	OCSP_BASICRESP_free(o.basic);
	OCSP_RESPONSE_free(o.answer);
	OCSP_REQUEST_free(o.req);
	OCSP_CERTID_free(o.id);
	return (o.status);
}
