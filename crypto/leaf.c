#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "crypto/leaf.h"

#define CURVE "secp384r1"	/* card-and-readers.md 3.5: ECDSA, 384 bit */

static int
is_no_ca(X509 *leaf, const struct chain_rules *rules)
{
	(void)rules;
	return ((X509_get_extension_flags(leaf) & EXFLAG_CA) == 0);
}

/* No extension reads as every bit, which is more than a leaf may have. */
static int
may_sign_data(X509 *leaf, const struct chain_rules *rules)
{
	uint32_t usage = X509_get_key_usage(leaf);

	(void)rules;
	return ((usage & KU_DIGITAL_SIGNATURE) != 0 &&
	    (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) == 0);
}

/* No extension reads as every bit here too. */
static int
may_log_in(X509 *leaf, const struct chain_rules *rules)
{
	(void)rules;
	return ((X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) != 0 &&
	    (X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT) != 0);
}

static int
is_policy(const ASN1_OBJECT *have, const char *want)
{
	char text[128];

	return (want != NULL &&
	    OBJ_obj2txt(text, sizeof(text), have, 1) > 0 &&
	    strcmp(text, want) == 0);
}

static int
has_policy(X509 *leaf, const struct chain_rules *rules)
{
	const char *test = rules->mode == TRUST_TEST ?
	    rules->profile->test_policy : NULL;
	CERTIFICATEPOLICIES *all;
	const ASN1_OBJECT *one;
	int critical = 0, has = 0;

	/* NULL also where the extension is there twice. */
	all = X509_get_ext_d2i(leaf, NID_certificate_policies, &critical, NULL);
	for (int i = 0; i < sk_POLICYINFO_num(all); i++) {
		one = sk_POLICYINFO_value(all, i)->policyid;
		if (is_policy(one, rules->profile->policy) ||
		    is_policy(one, test))
			has = 1;
	}
	CERTIFICATEPOLICIES_free(all);
	return (has && critical == 1);
}

/* Another curve of 384 bits is another key type. */
static int
on_curve(EVP_PKEY *key)
{
	char name[64];
	size_t len = 0;

	return (EVP_PKEY_get_group_name(key, name, sizeof(name), &len) == 1 &&
	    strcmp(name, CURVE) == 0);
}

static int
has_key(X509 *leaf, const struct chain_rules *rules)
{
	EVP_PKEY *key = X509_get0_pubkey(leaf);

	return (key != NULL &&
	    EVP_PKEY_get_base_id(key) == rules->profile->key_type &&
	    EVP_PKEY_get_bits(key) == rules->profile->key_bits &&
	    (rules->profile->key_type != EVP_PKEY_EC || on_curve(key)));
}

/* card-and-readers.md 3.2 and 3.4. */
static const struct {
	const char	*broken;
	int		(*holds)(X509 *, const struct chain_rules *);
} says[] = {
	{ "it is a CA's",				is_no_ca },
	{ "its key usage is not digitalSignature",	may_sign_data },
	{ "its extended key usage lacks clientAuth",	may_log_in },
	{ "its critical policy is not the profile's",	has_policy },
	{ "its key is not of the profile's type",	has_key },
};

enum err
leaf_check(X509 *leaf, const struct chain_rules *rules, struct note *note)
{
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		if (!says[i].holds(leaf, rules)) {
			note_set(note, "certificate: %s", says[i].broken);
			return (ERR_CERT_USAGE);
		}
	}
	return (ERR_OK);
}
