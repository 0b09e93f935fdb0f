#include "base/clock.h"
#include "host/proof/certificate.h"
#include "reader/jpki.h"
#include "reader/plan.h"

/* The card says how it signs; this is what that means for us. */
static const struct {
	enum challenge_alg	 alg;
	const char		*profile;
} signers[] = {
	[CARD_RSA_DIGESTINFO] = { CHALLENGE_RSA_SHA256, "jpki-auth-rsa2048" },
	[CARD_EC_HASH] = { CHALLENGE_P384_SHA384, "jpki-auth-p384" },
};

enum challenge_alg
certificate_alg(enum card_signer signer)
{
	return (signers[signer].alg);
}

enum err
certificate_judge(struct plan *plan, const struct proof_conf *conf,
    X509_STORE *roots, struct chain_verdict *verdict, int *judged,
    EVP_PKEY **key, struct note *note)
{
	const struct chain_rules rules = {
	    .profile = chain_profile(signers[plan->card->profile->signer].profile),
	    .mode = conf->trust_mode, .now = clock_wall_ms() / 1000,
	    .revocation = &conf->revocation };
	struct blob der = { 0 };
	EVP_PKEY *own = NULL;
	enum err r;

	*judged = 0;
	if ((r = jpki_take_certificate(plan, &der)) == ERR_OK &&
	    (r = chain_verify(der.data, der.len, roots, &rules, verdict, &own,
	    note)) == ERR_OK) {
		*judged = 1;
		r = verdict->err;
	}
	blob_free(&der);
	if (key != NULL && r == ERR_OK)
		*key = own;
	else
		EVP_PKEY_free(own);
	return (r);
}
