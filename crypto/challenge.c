#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/buf.h"
#include "crypto/challenge.h"

#define LABEL		"shikaku-challenge-1"
#define DIGEST_MAX	48	/* SHA-384 */
#define PREFIX_MAX	19
#define VISIT_MAX	sizeof(((struct challenge *)0)->visit)
#define MESSAGE_MAX	(sizeof(LABEL) + VISIT_MAX + sizeof(uint64_t) +	\
			    CHALLENGE_RANDOM)
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

enum err
challenge_make(struct challenge *c, const char *visit,
    enum challenge_alg alg, int64_t now_ms)
{
	*c = (struct challenge){ .spent = 1 };
	if (strlen(visit) >= sizeof(c->visit))
		return (ERR_TOOBIG);
	if (row_of(alg) == NULL || now_ms < 0 ||
	    RAND_bytes(c->random, sizeof(c->random)) != 1)
		return (ERR_LIB);
	memcpy(c->visit, visit, strlen(visit));
	c->alg = alg;
	c->made = now_ms;
	c->spent = 0;
	return (ERR_OK);
}

/* challenge.h: what is hashed. */
static size_t
message(const struct challenge *c, uint8_t out[MESSAGE_MAX])
{
	size_t n = 0, visit = strnlen(c->visit, sizeof(c->visit) - 1);
	uint64_t made = (uint64_t)c->made;

	memcpy(out, LABEL, sizeof(LABEL));
	n += sizeof(LABEL);
	memcpy(out + n, c->visit, visit);
	n += visit;
	out[n++] = 0;
	for (int shift = 56; shift >= 0; shift -= 8)
		out[n++] = (uint8_t)(made >> shift);
	memcpy(out + n, c->random, sizeof(c->random));
	return (n + sizeof(c->random));
}

enum err
challenge_input(const struct challenge *c, uint8_t *out, size_t *len)
{
	const struct row *row = row_of(c->alg);
	uint8_t text[MESSAGE_MAX];
	size_t room = *len, n = 0;

	*len = 0;
	if (row == NULL || c->spent)
		return (ERR_SEQUENCE);
	if (room < row->prefix_len + row->digest_len)
		return (ERR_TOOBIG);
	memcpy(out, row->prefix, row->prefix_len);
	if (EVP_Q_digest(NULL, row->digest, NULL, text, message(c, text),
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
digest_verifies(const struct challenge *c, const struct row *row,
    EVP_PKEY *key, struct buf sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t text[MESSAGE_MAX];
	int good;

	/* PKCS#1 v1.5 is what an RSA key starts with. */
	good = ctx != NULL && EVP_DigestVerifyInit_ex(ctx, NULL, row->digest,
	    NULL, NULL, key, NULL) == 1 &&
	    EVP_DigestVerify(ctx, sig.p, sig.left, text,
	    message(c, text)) == 1;
	EVP_MD_CTX_free(ctx);
	return (good);
}

static int
signature_is(const struct challenge *c, EVP_PKEY *key, struct buf sig)
{
	const struct row *row = row_of(c->alg);
	uint8_t der[SIG_MAX];

	if (row == NULL || !key_fits(row, key) || sig.left == 0 ||
	    sig.left > SIG_MAX)
		return (0);
	if (row->key_type == EVP_PKEY_EC && sig.left == 2 * (size_t)HALF &&
	    !is_der(sig.p, sig.left))
		sig = (struct buf){ der, pair_to_der(sig.p, der) };
	return (sig.left > 0 && digest_verifies(c, row, key, sig));
}

/* made below 0 is no time, and keeps the difference in range. */
static int
is_alive(const struct challenge *c, const char *visit, int64_t now_ms)
{
	return (c->made >= 0 && now_ms >= c->made &&
	    now_ms - c->made <= CHALLENGE_LIFE_MS &&
	    strlen(visit) < sizeof(c->visit) &&
	    strncmp(c->visit, visit, sizeof(c->visit)) == 0);
}

enum err
challenge_verify(struct challenge *c, const char *visit, EVP_PKEY *key,
    const uint8_t *sig, size_t sig_len, int64_t now_ms)
{
	const struct buf given = { sig, sig_len };
	int spent = c->spent, good;

	c->spent = 1;
	if (spent)
		return (ERR_PROOF);
	good = is_alive(c, visit, now_ms) && signature_is(c, key, given);
	ERR_clear_error();
	return (good ? ERR_OK : ERR_PROOF);
}

const char *
challenge_alg_name(enum challenge_alg alg)
{
	const struct row *row = row_of(alg);

	return (row != NULL ? row->name : "unknown");
}
