#include "crypto/cert.h"
#include "crypto/verify.h"

static int
fill(struct verify *v, X509 *leaf, X509 *root, int64_t now)
{
	X509_VERIFY_PARAM *param;

	if ((v->store = X509_STORE_new()) == NULL ||
	    (v->anchors = sk_X509_new_null()) == NULL ||
	    (v->ctx = X509_STORE_CTX_new()) == NULL ||
	    sk_X509_push(v->anchors, root) == 0 ||
	    X509_STORE_CTX_init(v->ctx, v->store, leaf, NULL) != 1)
		return (0);
	X509_STORE_CTX_set0_trusted_stack(v->ctx, v->anchors);
	param = X509_STORE_CTX_get0_param(v->ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	X509_VERIFY_PARAM_set_auth_level(param, CERT_LEVEL);
	return (1);
}

enum err
verify_init(struct verify *v, X509 *leaf, X509 *root, int64_t now)
{
	*v = (struct verify){ 0 };
	if (fill(v, leaf, root, now))
		return (ERR_OK);
	verify_wipe(v);
	return (ERR_NOMEM);
}

void
verify_wipe(struct verify *v)
{
	X509_STORE_CTX_free(v->ctx);
	sk_X509_free(v->anchors);
	X509_STORE_free(v->store);
	*v = (struct verify){ 0 };
}
