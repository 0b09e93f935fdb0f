#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "base/secret.h"
#include "crypto/seal.h"

#define TAG_LEN		16	/* of GCM, RFC 5084 3.2: the longest */
#define POINT_LEN	65	/* of P-256, uncompressed: SEC 1 2.3.3 */
#define FLAGS		(CMS_BINARY | CMS_PARTIAL)

static enum err
encode(CMS_ContentInfo *cms, struct blob *out)
{
	uint8_t *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	enum err r = ERR_LIB;

	if (len > 0 && (size_t)len > SEAL_MAX)
		r = ERR_TOOBIG;
	else if (len > 0)
		r = blob_add(out, der, (size_t)len);
	if (len > 0)
		secret_cleanse(der, (size_t)len);
	OPENSSL_free(der);
	return (r);
}

/* --- closing --- */

static enum err
sign(struct buf content, EVP_PKEY *key, X509 *cert, struct blob *out)
{
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, FLAGS);
	BIO *in = BIO_new_mem_buf(content.p, (int)content.left);
	enum err r = ERR_LIB;

	if (cms != NULL && in != NULL &&
	    CMS_add1_signer(cms, cert, key, EVP_sha256(),
	    CMS_BINARY | CMS_NOSMIMECAP) != NULL &&
	    CMS_final(cms, in, NULL, CMS_BINARY) == 1)
		r = encode(cms, out);
	BIO_free(in);
	CMS_ContentInfo_free(cms);
	return (r);
}

/* Without this the library would derive the key by SHA-1. */
static int
use_sha256(CMS_RecipientInfo *ri)
{
	EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);

	return (ctx != NULL &&
	    EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) == 1);
}

static enum err
envelop(const struct blob *message, X509 *recipient, struct blob *out)
{
	CMS_ContentInfo *cms = CMS_AuthEnvelopedData_create(
	    EVP_aes_256_gcm());
	BIO *in = BIO_new_mem_buf(message->data, (int)message->len);
	CMS_RecipientInfo *ri = NULL;
	enum err r = ERR_LIB;

	if (cms != NULL && in != NULL && CMS_set_detached(cms, 0) == 1)
		ri = CMS_add1_recipient_cert(cms, recipient, CMS_KEY_PARAM);
	if (ri != NULL && use_sha256(ri) &&
	    CMS_final(cms, in, NULL, CMS_BINARY) == 1)
		r = encode(cms, out);
	BIO_free(in);
	CMS_ContentInfo_free(cms);
	return (r);
}

enum err
seal_close(struct buf content, EVP_PKEY *signer, X509 *signer_cert,
    X509 *recipient, struct blob *out)
{
	struct blob message = { 0 };
	enum err r = ERR_LIB;

	blob_reset(out);
	if (content.left > SEAL_MAX)
		return (ERR_TOOBIG);
	if (pubkey_is_p256(signer) && pubkey_is_p256(X509_get0_pubkey(recipient)) &&
	    (r = sign(content, signer, signer_cert, &message)) == ERR_OK)
		r = envelop(&message, recipient, out);
	blob_free(&message);
	ERR_clear_error();
	if (r != ERR_OK)
		blob_reset(out);
	return (r);
}

/* --- opening: the form --- */

/* Takes the next object if it has this identifier octet and DER's one way
 * of writing its length. */
static int
take(struct buf *in, uint8_t id, struct buf *value)
{
	struct buf b = *in;
	size_t len = 0;
	uint8_t got, first, byte;

	if (buf_u8(&b, &got) != ERR_OK || got != id ||
	    buf_u8(&b, &first) != ERR_OK || first == 0x80 || first > 0x83)
		return (0);
	if (first < 0x80)
		len = first;
	for (int n = first < 0x80 ? 0 : first - 0x80; n > 0; n--) {
		if (buf_u8(&b, &byte) != ERR_OK || (len == 0 && byte == 0))
			return (0);
		len = len << 8 | byte;
	}
	if ((first == 0x81 && len < 0x80) ||
	    buf_take(&b, len, value) != ERR_OK)
		return (0);
	*in = b;
	return (1);
}

static int
take_oid(struct buf *in, int nid)
{
	const ASN1_OBJECT *want = OBJ_nid2obj(nid);
	struct buf v;

	return (take(in, 0x06, &v) && v.left == OBJ_length(want) &&
	    memcmp(v.p, OBJ_get0_data(want), v.left) == 0);
}

/* RFC 5084 3.2: nonce, and the tag's length, which must be the longest. */
static int
is_gcm(struct buf alg)
{
	struct buf params, nonce, icv;

	return (take_oid(&alg, NID_aes_256_gcm) &&
	    take(&alg, 0x30, &params) && alg.left == 0 &&
	    take(&params, 0x04, &nonce) && nonce.left == 12 &&
	    take(&params, 0x02, &icv) && params.left == 0 &&
	    icv.left == 1 && icv.p[0] == TAG_LEN);
}

/* RFC 5753 7.1.2: the sender's passing key, a point written out in full. */
static int
is_passing_key(struct buf originator)
{
	struct buf key, alg, bits;

	return (take(&originator, 0xa1, &key) && originator.left == 0 &&
	    take(&key, 0x30, &alg) &&
	    take_oid(&alg, NID_X9_62_id_ecPublicKey) && alg.left == 0 &&
	    take(&key, 0x03, &bits) && key.left == 0 &&
	    bits.left == 1 + POINT_LEN && bits.p[0] == 0 && bits.p[1] == 4);
}

/* RFC 5753 3.1.1, 7.1.4: one key agreement, its wrap as parameter. */
static int
is_agreement(struct buf in)
{
	struct buf version, originator, alg, wrap, keys, key;

	if (!take(&in, 0x02, &version) || version.left != 1 ||
	    version.p[0] != 3 || !take(&in, 0xa0, &originator) ||
	    !is_passing_key(originator))
		return (0);
	return (take(&in, 0x30, &alg) &&
	    take_oid(&alg, NID_dhSinglePass_stdDH_sha256kdf_scheme) &&
	    take(&alg, 0x30, &wrap) && alg.left == 0 &&
	    take_oid(&wrap, NID_id_aes256_wrap) && wrap.left == 0 &&
	    take(&in, 0x30, &keys) && in.left == 0 &&
	    take(&keys, 0x30, &key) && keys.left == 0);
}

/*
 * RFC 5083 2.1, only the one form that is made here.  The library would take
 * any cipher and recipient its build knows, and a tag as short as a sender
 * likes.
 */
static int
is_our_form(struct buf in)
{
	struct buf info, wrapped, data, version, recipients, agreement,
	    encrypted, alg, content, mac;

	return (take(&in, 0x30, &info) && in.left == 0 &&
	    take_oid(&info, NID_id_smime_ct_authEnvelopedData) &&
	    take(&info, 0xa0, &wrapped) && info.left == 0 &&
	    take(&wrapped, 0x30, &data) && wrapped.left == 0 &&
	    take(&data, 0x02, &version) && version.left == 1 &&
	    version.p[0] == 0 && take(&data, 0x31, &recipients) &&
	    take(&recipients, 0xa1, &agreement) && recipients.left == 0 &&
	    is_agreement(agreement) &&
	    take(&data, 0x30, &encrypted) &&
	    take_oid(&encrypted, NID_pkcs7_data) &&
	    take(&encrypted, 0x30, &alg) && is_gcm(alg) &&
	    take(&encrypted, 0x80, &content) && encrypted.left == 0 &&
	    take(&data, 0x04, &mac) && mac.left == TAG_LEN &&
	    data.left == 0);
}

/* --- opening --- */

/* NULL unless it is one DER object and nothing behind it. */
static CMS_ContentInfo *
decode(struct buf in)
{
	const unsigned char *p = in.p;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)in.left);

	if (cms != NULL && p != in.p + in.left) {
		CMS_ContentInfo_free(cms);
		cms = NULL;
	}
	return (cms);
}

static enum err
drain(BIO *from, struct blob *out)
{
	char *data;
	long n = BIO_get_mem_data(from, &data);

	return (n <= 0 || (size_t)n > SEAL_MAX ? ERR_RECORD_ALTERED :
	    blob_add(out, data, (size_t)n));
}

static enum err
decrypt(struct buf sealed, EVP_PKEY *key, struct blob *out)
{
	CMS_ContentInfo *cms = decode(sealed);
	BIO *to = BIO_new(BIO_s_mem());
	enum err r = ERR_RECORD_ALTERED;

	if (cms != NULL && to != NULL &&
	    CMS_decrypt(cms, key, NULL, NULL, to, CMS_BINARY) == 1)
		r = drain(to, out);
	BIO_free(to);
	CMS_ContentInfo_free(cms);
	return (r);
}

/* One signer, by SHA-256, with the key of this print; no lists beside. */
static int
is_signer(CMS_ContentInfo *cms, const uint8_t print[PUBKEY_PRINT])
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	STACK_OF(X509_CRL) *crls = CMS_get1_crls(cms);
	uint8_t own[PUBKEY_PRINT];
	X509_ALGOR *md = NULL;
	EVP_PKEY *key;
	int ok;

	ok = OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed &&
	    OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data &&
	    sk_CMS_SignerInfo_num(infos) == 1 && sk_X509_num(certs) == 1 &&
	    sk_X509_CRL_num(crls) <= 0;
	if (ok) {
		key = X509_get0_pubkey(sk_X509_value(certs, 0));
		CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(infos, 0),
		    NULL, NULL, &md, NULL);
		ok = pubkey_is_p256(key) && md != NULL &&
		    OBJ_obj2nid(md->algorithm) == NID_sha256 &&
		    pubkey_print(key, own) == ERR_OK &&
		    memcmp(own, print, PUBKEY_PRINT) == 0;
	}
	sk_X509_pop_free(certs, X509_free);
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	return (ok);
}

static enum err
verify(const struct blob *message, const uint8_t print[PUBKEY_PRINT],
    struct blob *out)
{
	CMS_ContentInfo *cms = decode(blob_buf(message));
	BIO *to = BIO_new(BIO_s_mem());
	enum err r = ERR_RECORD_ALTERED;

	if (cms != NULL && to != NULL && is_signer(cms, print) &&
	    CMS_verify(cms, NULL, NULL, NULL, to,
	    CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) == 1)
		r = drain(to, out);
	BIO_free(to);
	CMS_ContentInfo_free(cms);
	return (r);
}

enum err
seal_open(struct buf sealed, EVP_PKEY *key, const uint8_t print[PUBKEY_PRINT],
    struct blob *content)
{
	struct blob message = { 0 };
	enum err r = ERR_RECORD_ALTERED;

	blob_reset(content);
	if (sealed.left > SEAL_MAX)
		return (ERR_TOOBIG);
	if (pubkey_is_p256(key) && is_our_form(sealed) &&
	    (r = decrypt(sealed, key, &message)) == ERR_OK)
		r = verify(&message, print, content);
	blob_free(&message);
	ERR_clear_error();
	if (r != ERR_OK)
		blob_reset(content);
	return (r);
}
