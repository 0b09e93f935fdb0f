#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "tests/lib/fake_sign.h"

#define P384_HALF 48	/* bytes of r and of s; also of SHA-384 */

enum pad {
	PAD_BARE,	/* PKCS#1 v1.5 around the bytes */
	PAD_INFO,	/* the card adds the DigestInfo */
	PAD_PSS
};

/* card-and-readers.md 2.4, "P1 of the signing command" */
static const struct scheme {
	int		key_type;
	uint8_t		p1;
	size_t		min, max;
	int		hashes;		/* the card makes the SHA-256 */
	enum pad	pad;
} schemes[] = {
	{ EVP_PKEY_RSA, 0, 1, 245, 0, PAD_BARE },
	{ EVP_PKEY_RSA, 1, 1, 255, 1, PAD_BARE },
	{ EVP_PKEY_RSA, 2, 32, 32, 0, PAD_INFO },
	{ EVP_PKEY_RSA, 3, 1, 255, 1, PAD_INFO },
	{ EVP_PKEY_RSA, 4, 32, 32, 0, PAD_PSS },
	{ EVP_PKEY_RSA, 5, 1, 255, 1, PAD_PSS },
	{ EVP_PKEY_EC, 0, P384_HALF, P384_HALF, 0, PAD_BARE },
};

static const struct scheme *
find(int key_type, uint8_t p1)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (schemes[i].key_type == key_type && schemes[i].p1 == p1)
			return (&schemes[i]);
	}
	return (NULL);
}

static int
set_padding(EVP_PKEY_CTX *ctx, const struct scheme *s)
{
	if (s->key_type != EVP_PKEY_RSA)
		return (1);
	if (s->pad == PAD_BARE)
		return (EVP_PKEY_CTX_set_rsa_padding(ctx,
		    RSA_PKCS1_PADDING) == 1);
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, s->pad == PAD_PSS ?
	    RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1)
		return (0);
	return (EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1);
}

static enum err
raw_sign(EVP_PKEY *key, const struct scheme *s, struct buf in,
    struct blob *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t sig[512];
	size_t len = sizeof(sig);
	enum err r = ERR_LIB;

	if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
	    set_padding(ctx, s) &&
	    EVP_PKEY_sign(ctx, sig, &len, in.p, in.left) == 1)
		r = blob_add(out, sig, len);
	EVP_PKEY_CTX_free(ctx);
	return (r);
}

/* ECDSA as r||s, both of full length. */
static enum err
der_to_raw(struct blob *sig)
{
	const uint8_t *p = sig->data;
	uint8_t raw[2 * P384_HALF];
	ECDSA_SIG *rs = d2i_ECDSA_SIG(NULL, &p, (long)sig->len);
	enum err r = ERR_LIB;

	if (rs != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(rs), raw, P384_HALF) > 0 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(rs), raw + P384_HALF,
	    P384_HALF) > 0) {
		blob_reset(sig);
		r = blob_add(sig, raw, sizeof(raw));
	}
	ECDSA_SIG_free(rs);
	return (r);
}

uint16_t
fake_sign(EVP_PKEY *key, enum fake_ec_form form, uint8_t p1, struct buf data,
    struct blob *out)
{
	const struct scheme *s = find(EVP_PKEY_get_base_id(key), p1);
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned hashlen;
	enum err r = ERR_OK;

	if (s == NULL)
		return (0x6a86);
	if (data.left < s->min || data.left > s->max)
		return (0x6700);
	if (s->hashes) {
		if (EVP_Digest(data.p, data.left, hash, &hashlen,
		    EVP_sha256(), NULL) != 1)
			return (0x6f00);
		data = (struct buf){ hash, hashlen };
	}
	r = raw_sign(key, s, data, out);
	if (r == ERR_OK && s->key_type == EVP_PKEY_EC && form == FAKE_EC_RAW)
		r = der_to_raw(out);
	return (r == ERR_OK ? 0x9000 : 0x6f00);
}
