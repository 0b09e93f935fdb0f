#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/tlv.h"
#include "crypto/cardca_table.h"

#define SHA256_LEN	32
#define INFO_HEAD	19	/* DigestInfo before the hashes */
#define INFO_MAX	(INFO_HEAD + CARDCA_PARTS * SHA256_LEN)

static const struct {
	const char	*word, *label[2];
} verdicts[CARDCA_VERDICTS] = {
	[CARDCA_MALFORMED] = { "malformed",
	    { "the card's proof of origin is malformed",
	      "発行元の証明の形式が正しくありません" } },
	[CARDCA_FORGED] = { "forged",
	    { "the issuer's certificate is forged",
	      "発行元の証明書が偽造されています" } },
	[CARDCA_ALTERED] = { "altered",
	    { "the card's data was altered",
	      "カードのデータが改ざんされています" } },
	[CARDCA_ISSUER_UNKNOWN] = { "issuer-unknown",
	    { "the card's issuer cannot be checked",
	      "カードの発行元を確認できません" } },
	[CARDCA_GENUINE] = { "genuine",
	    { "the card's data is genuine",
	      "カードのデータは真正です" } },
};

/* Anything else is as good as none. */
static enum cardca_verdict
known(enum cardca_verdict v)
{
	return ((unsigned)v < CARDCA_VERDICTS ? v : CARDCA_MALFORMED);
}

const char *
cardca_word(enum cardca_verdict v)
{
	return (verdicts[known(v)].word);
}

const char *
cardca_label(enum cardca_verdict v, enum err_lang lang)
{
	return (verdicts[known(v)].label[lang == ERR_JA]);
}

/* hw-docs/cards/surface.md, the certificate; all borrowed. */
struct certificate {
	struct buf	body;		/* what is signed: 297 bytes */
	struct buf	signature;
	struct buf	issuer, subject;
	struct buf	modulus;
};

/* 90 exponent, 91 modulus: RSA-2048 with 65537, nothing more. */
static int
take_key(struct buf b, struct buf *modulus)
{
	static const uint8_t f4[] = { 1, 0, 1 };
	struct tlv e, n;

	if (tlv_take(&b, &e) != ERR_OK || tlv_take(&b, &n) != ERR_OK ||
	    b.left != 0 || e.tag != 0x90 || n.tag != 0x91 ||
	    e.value.left != sizeof(f4) ||
	    memcmp(e.value.p, f4, sizeof(f4)) != 0 ||
	    n.value.left != CARDCA_RSA || (n.value.p[0] & 0x80) == 0 ||
	    (n.value.p[CARDCA_RSA - 1] & 1) == 0)
		return (0);
	*modulus = n.value;
	return (1);
}

static int
digits(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return (0);
	}
	return (1);
}

/* Seven digits, 08 05, three digits: only these are ever shown. */
static int
is_id(const struct buf *id)
{
	return (digits(id->p, 7) && id->p[7] == 0x08 && id->p[8] == 0x05 &&
	    digits(id->p + 9, 3));
}

static int
take_certificate(struct buf file, struct certificate *c)
{
	struct tlv whole, body, sig;
	struct buf b;

	if (tlv_take(&file, &whole) != ERR_OK || whole.tag != 0x7f21 ||
	    file.left != 0 || tlv_take(&whole.value, &body) != ERR_OK ||
	    tlv_take(&whole.value, &sig) != ERR_OK ||
	    whole.value.left != 0 || body.tag != 0x5f4e ||
	    sig.tag != 0x5f37 || sig.value.left != CARDCA_RSA)
		return (0);
	b = c->body = body.value;
	c->signature = sig.value;
	return (buf_take(&b, CARDCA_ID, &c->issuer) == ERR_OK &&
	    buf_take(&b, CARDCA_ID, &c->subject) == ERR_OK &&
	    is_id(&c->issuer) && is_id(&c->subject) &&
	    take_key(b, &c->modulus));
}

static int
fill_params(OSSL_PARAM_BLD *bld, const BIGNUM *n, EVP_PKEY_CTX *ctx,
    EVP_PKEY **key)
{
	OSSL_PARAM *params = NULL;
	int good;

	good = OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_ulong(bld, OSSL_PKEY_PARAM_RSA_E,
	    RSA_F4) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, key, EVP_PKEY_PUBLIC_KEY, params) == 1;
	OSSL_PARAM_free(params);
	return (good);
}

/* NULL: no memory. */
static EVP_PKEY *
make_key(const uint8_t modulus[CARDCA_RSA])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(modulus, CARDCA_RSA, NULL);
	EVP_PKEY *key = NULL;

	if (ctx == NULL || bld == NULL || n == NULL ||
	    !fill_params(bld, n, ctx, &key)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	BN_free(n);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	return (key);
}

/*
 * A DigestInfo of SHA-256 around the hashes of the parts, one after the
 * other; of more than one it is none of RFC 8017 [single source: MC].
 */
static size_t
digest_info(const struct buf *part, size_t n, uint8_t out[INFO_MAX])
{
	static const uint8_t head[INFO_HEAD] = { 0x30, 0, 0x30, 0x0d, 0x06,
	    0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
	    0x00, 0x04, 0 };
	size_t len = INFO_HEAD, got;

	memcpy(out, head, INFO_HEAD);
	for (size_t i = 0; i < n; i++, len += SHA256_LEN) {
		if (EVP_Q_digest(NULL, "SHA256", NULL, part[i].p,
		    part[i].left, out + len, &got) != 1 || got != SHA256_LEN)
			return (0);
	}
	out[1] = (uint8_t)(len - 2);
	out[INFO_HEAD - 1] = (uint8_t)(n * SHA256_LEN);
	return (len);
}

static int
signed_by(EVP_PKEY *key, const struct buf *part, size_t n, struct buf sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	uint8_t info[INFO_MAX];
	size_t len = digest_info(part, n, info);
	int good;

	/* No digest is set: the block must hold these bytes and no others. */
	good = ctx != NULL && len > 0 && sig.left == CARDCA_RSA &&
	    EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_verify(ctx, sig.p, sig.left, info, len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return (good);
}

static void
name_issuer(const struct buf *id, char out[CARDCA_ISSUER])
{
	snprintf(out, CARDCA_ISSUER, "%.7s/%.3s", (const char *)id->p,
	    (const char *)id->p + 9);
}

int
cardca_is_production(const char *issuer)
{
	uint8_t id[CARDCA_ID] = { [7] = 0x08, [8] = 0x05 };
	struct cardca_key key;

	if (strlen(issuer) != CARDCA_ISSUER - 1)
		return (0);
	memcpy(id, issuer, 7);
	memcpy(id + 9, issuer + 8, 3);
	return (issuer[7] == '/' && cardca_built_in(id, &key) && !key.test);
}

/* The key of the certificate's issuer, if these rules let it be used. */
static enum err
find_issuer(const struct certificate *c, const struct cardca_rules *rules,
    struct cardca_key *key, int *found, struct note *note)
{
	const char *folder = rules->folder;

	*found = cardca_built_in(c->issuer.p, key);
	if (rules->mode == TRUST_TEST)
		return (*found || folder == NULL ? ERR_OK :
		    cardca_in_folder(folder, c->issuer.p, key, found, note));
	if (*found && key->test) {
		*found = 0;
		note_set(note, "a test card: taken where trust.mode = test");
	} else if (!*found && folder != NULL && cardca_files(folder) > 0)
		note_set(note, "%s: its *.cardca files count where "
		    "trust.mode = test", folder);
	return (ERR_OK);
}

/* FORGED, or GENUINE as far as the certificate goes. */
static enum err
judge_issuer(const struct certificate *c, const struct cardca_rules *rules,
    enum cardca_verdict *verdict, struct note *note)
{
	struct cardca_key ca;
	EVP_PKEY *key;
	enum err r;
	int found;

	if ((r = find_issuer(c, rules, &ca, &found, note)) != ERR_OK)
		return (r);
	*verdict = CARDCA_ISSUER_UNKNOWN;
	if (!found)
		return (ERR_OK);
	if ((key = make_key(ca.modulus)) == NULL)
		return (ERR_NOMEM);
	*verdict = signed_by(key, &c->body, 1, c->signature) ?
	    CARDCA_GENUINE : CARDCA_FORGED;
	EVP_PKEY_free(key);
	return (ERR_OK);
}

/* By the certified key, also where nobody knows who certified it: data that
 * does not fit its own certificate is altered for sure. */
static enum err
judge_data(const struct certificate *c, const struct cardca_claim *claim,
    enum cardca_verdict *verdict)
{
	EVP_PKEY *key = make_key(c->modulus.p);

	if (key == NULL)
		return (ERR_NOMEM);
	if (!signed_by(key, claim->part, CARDCA_PARTS, claim->signature))
		*verdict = CARDCA_ALTERED;
	EVP_PKEY_free(key);
	return (ERR_OK);
}

/* What is not in the signed part is no key of this card. */
static int
is_within(const struct buf *inner, const struct buf *outer)
{
	uintptr_t from = (uintptr_t)outer->p, at = (uintptr_t)inner->p;

	return (at >= from && inner->left <= outer->left &&
	    at - from <= outer->left - inner->left);
}

static enum err
judge(const struct cardca_claim *claim, const struct cardca_rules *rules,
    struct cardca_result *result, struct note *note)
{
	enum cardca_verdict verdict = CARDCA_MALFORMED;
	struct certificate c;
	struct buf own;
	enum err r;

	if (!take_certificate(claim->certificate, &c) ||
	    !is_within(&claim->key, &claim->part[0]) ||
	    !take_key(claim->key, &own))
		return (ERR_OK);
	if ((r = judge_issuer(&c, rules, &verdict, note)) != ERR_OK ||
	    (verdict != CARDCA_FORGED &&
	    (r = judge_data(&c, claim, &verdict)) != ERR_OK))
		return (r);
	if (verdict >= CARDCA_ISSUER_UNKNOWN &&
	    (result->key = make_key(own.p)) == NULL)
		return (ERR_NOMEM);
	name_issuer(&c.issuer, result->issuer);
	result->verdict = verdict;
	return (ERR_OK);
}

enum err
cardca_judge(const struct cardca_claim *claim,
    const struct cardca_rules *rules, struct cardca_result *result,
    struct note *note)
{
	enum err r;

	*result = (struct cardca_result){ .verdict = CARDCA_MALFORMED };
	r = judge(claim, rules, result, note);
	ERR_clear_error();
	return (r);
}
