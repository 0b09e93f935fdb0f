#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "crypto/cardsign.h"

#define DIGEST_MAX	48	/* SHA-384 */
#define PREFIX_MAX	19
#define SIG_MAX		256	/* RSA-2048 */
#define HALF		48	/* one number of P-384 */

static const struct row {
	const char	*name, *digest, *curve;	/* curve NULL: RSA */
	int		 key_type, key_bits;
	size_t		 digest_len, prefix_len;
	/* DigestInfo before the hash, RFC 8017 9.2 note 1; none for ECDSA. */
	uint8_t		 prefix[PREFIX_MAX];
} rows[] = {
	[CHALLENGE_RSA_SHA256] = { "RSA-2048 PKCS#1 v1.5 SHA-256", "SHA256",
	    NULL, EVP_PKEY_RSA, 2048, 32, PREFIX_MAX,
	    { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 } },
	[CHALLENGE_P384_SHA384] = { "ECDSA P-384 SHA-384", "SHA384",
	    "secp384r1", EVP_PKEY_EC, 384, DIGEST_MAX, 0, { 0 } },
};

/* NULL if the value is none of the list. */
static const struct row *
row_of(enum challenge_alg alg)
{
	return ((unsigned)alg < sizeof(rows) / sizeof(rows[0]) ?
	    &rows[alg] : NULL);
}

int
cardsign_knows(enum challenge_alg alg)
{
	return (row_of(alg) != NULL);
}

enum err
cardsign_input(enum challenge_alg alg, struct buf message, uint8_t *out,
    size_t *len)
{
	const struct row *row = row_of(alg);
	size_t room = *len, n = 0;

	*len = 0;
	if (row == NULL)
		return (ERR_SEQUENCE);
	if (room < row->prefix_len + row->digest_len)
		return (ERR_TOOBIG);
	memcpy(out, row->prefix, row->prefix_len);
	if (EVP_Q_digest(NULL, row->digest, NULL, message.p, message.left,
	    out + row->prefix_len, &n) != 1 || n != row->digest_len)
		return (ERR_LIB);
	*len = row->prefix_len + n;
	return (ERR_OK);
}

static int
key_fits(const struct row *row, EVP_PKEY *key)
{
	char curve[32];
	size_t n = 0;

	if (key == NULL || EVP_PKEY_get_base_id(key) != row->key_type ||
	    EVP_PKEY_get_bits(key) != row->key_bits)
		return (0);
	return (row->curve == NULL ||
	    (EVP_PKEY_get_group_name(key, curve, sizeof(curve), &n) == 1 &&
	    strcmp(curve, row->curve) == 0));
}

static int
is_der(const uint8_t *sig, size_t len)
{
	const unsigned char *p = sig;
	ECDSA_SIG *ec;
	int whole;

	ec = d2i_ECDSA_SIG(NULL, &p, (long)len);
	whole = ec != NULL && p == sig + len;
	ECDSA_SIG_free(ec);
	return (whole);
}

/* r||s as DER, which is what the library takes; 0 if it cannot be. */
static size_t
pair_to_der(const uint8_t *sig, uint8_t out[SIG_MAX])
{
	BIGNUM *r = BN_bin2bn(sig, HALF, NULL);
	BIGNUM *s = BN_bin2bn(sig + HALF, HALF, NULL);
	ECDSA_SIG *ec = ECDSA_SIG_new();
	unsigned char *p = out;
	int n = 0;

	if (ec != NULL && r != NULL && s != NULL &&
	    ECDSA_SIG_set0(ec, r, s) == 1) {
		r = s = NULL;	/* moved */
		n = i2d_ECDSA_SIG(ec, NULL);
		n = n > 0 && n <= SIG_MAX ? i2d_ECDSA_SIG(ec, &p) : 0;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(ec);
	return (n > 0 ? (size_t)n : 0);
}

static int
digest_verifies(const struct row *row, EVP_PKEY *key, struct buf message,
    struct buf sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int good;

	/* PKCS#1 v1.5 is what an RSA key starts with. */
	good = ctx != NULL && EVP_DigestVerifyInit_ex(ctx, NULL, row->digest,
	    NULL, NULL, key, NULL) == 1 &&
	    EVP_DigestVerify(ctx, sig.p, sig.left, message.p,
	    message.left) == 1;
	EVP_MD_CTX_free(ctx);
	return (good);
}

enum err
cardsign_verify(enum challenge_alg alg, EVP_PKEY *key, struct buf message,
    struct buf sig)
{
	const struct row *row = row_of(alg);
	uint8_t der[SIG_MAX];
	int good;

	if (row == NULL || !key_fits(row, key) || sig.left == 0 ||
	    sig.left > SIG_MAX)
		return (ERR_PROOF);
	if (row->key_type == EVP_PKEY_EC && sig.left == 2 * (size_t)HALF &&
	    !is_der(sig.p, sig.left))
		sig = (struct buf){ der, pair_to_der(sig.p, der) };
	good = sig.left > 0 && digest_verifies(row, key, message, sig);
	ERR_clear_error();
	return (good ? ERR_OK : ERR_PROOF);
}

const char *
challenge_alg_name(enum challenge_alg alg)
{
	const struct row *row = row_of(alg);

	return (row != NULL ? row->name : "unknown");
}

int
challenge_alg_named(const char *name, enum challenge_alg *alg)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*alg = (enum challenge_alg)i;
			return (1);
		}
	}
	return (0);
}
