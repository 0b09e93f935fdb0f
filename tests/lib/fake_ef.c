#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "base/tlv.h"
#include "tests/lib/fake_ef.h"

#define TOKEN_INFO	160	/* 1.3: CK_TOKEN_INFO, big-endian */
#define RSA_BYTES	256
#define CA_GROUP	"001"
#define ISSUER		FAKE_MUNICIPALITY "21"	/* the town's key */
#define ISSUER_GROUP	"000"
#define INFO_HEAD	19	/* of a DigestInfo, before its hashes */
#define HASHES		(3 * 32)

/* 1x1 pixel, 1 bit: stands for the images of name, address and numbers. */
static const uint8_t png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d,
    0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x37, 0x6e, 0xf9, 0x24, 0x00, 0x00, 0x00,
    0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x60, 0x00, 0x00, 0x00,
    0x02, 0x00, 0x01, 0xe5, 0x27, 0xde, 0xfc, 0x00, 0x00, 0x00, 0x00, 0x49,
    0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82 };
/* 1.1, the first contact ATR, without TS (1.3). */
static const uint8_t atr[] = { 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45,
    0x14 };

static enum err
add_fill(struct blob *b, uint8_t byte, size_t n)
{
	enum err r = ERR_OK;

	while (n-- > 0 && r == ERR_OK)
		r = blob_add_u8(b, byte);
	return (r);
}

/* One- or two-byte tag, BER length of 1, 2 or 3 bytes (2.5). */
static enum err
add_tlv(struct blob *b, unsigned tag, const void *value, size_t len)
{
	enum err r;

	r = tag > 0xff ? blob_add_u16(b, (uint16_t)tag) :
	    blob_add_u8(b, (uint8_t)tag);
	if (r == ERR_OK && len > 0xff) {
		r = blob_add_u8(b, 0x82);
		if (r == ERR_OK)
			r = blob_add_u16(b, (uint16_t)len);
	} else if (r == ERR_OK) {
		if (len > 0x7f)
			r = blob_add_u8(b, 0x81);
		if (r == ERR_OK)
			r = blob_add_u8(b, (uint8_t)len);
	}
	return (r == ERR_OK ? blob_add(b, value, len) : r);
}

static enum err
add_text(struct blob *b, unsigned tag, const char *text)
{
	return (add_tlv(b, tag, text, strlen(text)));
}

/* Replaces inner by a TLV around it. */
static enum err
wrap(struct blob *inner, unsigned tag)
{
	struct blob whole = { 0 };
	enum err r = add_tlv(&whole, tag, inner->data, inner->len);

	blob_free(inner);
	*inner = whole;
	return (r);
}

static enum err
sha256(struct buf in, uint8_t out[32])
{
	return (EVP_Digest(in.p, in.left, out, NULL, EVP_sha256(), NULL) ==
	    1 ? ERR_OK : ERR_LIB);
}

/* RSA PKCS#1 v1.5 with SHA-256 [single source: MC]. */
static enum err
add_signature(struct blob *b, unsigned tag, EVP_PKEY *key, struct buf over)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[RSA_BYTES];
	size_t len = sizeof(sig);
	enum err r = ERR_LIB;

	if (ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(ctx, sig, &len, over.p, over.left) == 1)
		r = add_tlv(b, tag, sig, len);
	EVP_MD_CTX_free(ctx);
	return (r);
}

/* 90 exponent, 91 modulus: 265 bytes [single source: MC]. */
static enum err
add_rsa(struct blob *b, EVP_PKEY *key)
{
	static const uint8_t exponent[] = { 1, 0, 1 };
	uint8_t modulus[RSA_BYTES];
	BIGNUM *n = NULL;
	enum err r = ERR_LIB;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    BN_bn2binpad(n, modulus, sizeof(modulus)) > 0)
		r = add_tlv(b, 0x90, exponent, sizeof(exponent));
	if (r == ERR_OK)
		r = add_tlv(b, 0x91, modulus, sizeof(modulus));
	BN_free(n);
	return (r);
}

static enum err
add_rsa_tlv(struct blob *b, unsigned tag, EVP_PKEY *key)
{
	struct blob rsa = { 0 };
	enum err r;

	if ((r = add_rsa(&rsa, key)) == ERR_OK)
		r = add_tlv(b, tag, rsa.data, rsa.len);
	blob_free(&rsa);
	return (r);
}

/* Seven digits, 08 05, three digits, zeros [single source: MC]. */
void
fake_key_id(const char *number, const char *group, uint8_t id[FAKE_KEY_ID])
{
	memset(id, 0, FAKE_KEY_ID);
	memcpy(id, number, 7);
	id[7] = 0x08;
	id[8] = 0x05;
	memcpy(id + 9, group, 3);
}

static enum err
add_key_id(struct blob *b, const char *number, const char *group)
{
	uint8_t id[FAKE_KEY_ID];

	fake_key_id(number, group, id);
	return (blob_add(b, id, sizeof(id)));
}

/* 2.7: 7F21 { 5F4E issuer id, subject id, key; 5F37 signature over the value
 * of 5F4E [single source: MC] }: 568 bytes */
static enum err
make_cv_cert(const struct fake_face *face, const char *ca, struct blob *out)
{
	struct blob body = { 0 };
	enum err r;

	if ((r = add_key_id(&body, ca, CA_GROUP)) == ERR_OK &&
	    (r = add_key_id(&body, ISSUER, ISSUER_GROUP)) == ERR_OK &&
	    (r = add_rsa(&body, face->issuer_key)) == ERR_OK &&
	    (r = add_tlv(out, 0x5f4e, body.data, body.len)) == ERR_OK &&
	    (r = add_signature(out, 0x5f37, face->card_ca,
	    blob_buf(&body))) == ERR_OK)
		r = wrap(out, 0x7f21);
	blob_free(&body);
	return (r);
}

static enum err
text_cert(const struct fake_face *face, struct blob *out)
{
	return (make_cv_cert(face, FAKE_TEXT_CA, out));
}

static enum err
surface_cert(const struct fake_face *face, struct blob *out)
{
	return (make_cv_cert(face, face->ca != NULL ? face->ca :
	    FAKE_SURFACE_CA, out));
}

static void
put_be16(struct blob *b, size_t at, size_t v)
{
	b->data[at] = (uint8_t)(v >> 8);
	b->data[at + 1] = (uint8_t)v;
}

/*
 * 5.1, 5.2: items under FF20, the first being DF21, the offsets of the
 * others from the start of the file, in items's order.
 */
static enum err
wrap_items(struct blob *items, const size_t *at, size_t n, struct blob *out)
{
	size_t table = 3 + 2 * n, total = table + items->len;
	size_t head = total > 0xff ? 5 : total > 0x7f ? 4 : 3;
	uint8_t offsets[32] = { 0 };
	enum err r;

	if ((r = add_tlv(out, 0xdf21, offsets, 2 * n)) != ERR_OK ||
	    (r = blob_add(out, items->data, items->len)) != ERR_OK)
		return (r);
	for (size_t i = 0; i < n; i++)
		put_be16(out, 3 + 2 * i, head + table + at[i]);
	return (wrap(out, 0xff20));
}

static enum err
text_items(const struct fake_person *p, struct blob *items, size_t at[4])
{
	const char *const values[] = { p->name, p->address, p->birth,
	    p->sex };
	enum err r = ERR_OK;

	for (unsigned i = 0; i < 4 && r == ERR_OK; i++) {
		at[i] = items->len;
		r = add_text(items, 0xdf22 + i, values[i]);
	}
	return (r);
}

static enum err
text_attributes(const struct fake_face *face, struct blob *out)
{
	struct blob items = { 0 };
	size_t at[4];
	enum err r;

	if ((r = text_items(&face->person, &items, at)) == ERR_OK)
		r = wrap_items(&items, at, 4, out);
	blob_free(&items);
	return (r);
}

enum err
fake_ef_odd_attributes(const struct fake_face *face, struct blob *out)
{
	struct blob items = { 0 };
	size_t at[4];
	enum err r;

	blob_reset(out);
	if ((r = text_items(&face->person, &items, at)) == ERR_OK) {
		/* The name reaches into the address, the sex past the end. */
		items.data[at[0] + 2] = (uint8_t)(items.data[at[0] + 2] + 9);
		items.data[at[3] + 2] = 0x7f;
		r = wrap_items(&items, at, 4, out);
	}
	blob_free(&items);
	return (r);
}

/* The 17 physical bytes of text 0001. */
static enum err
text_number(const struct fake_face *face, struct blob *out)
{
	enum err r;

	(void)face;
	if ((r = add_text(out, 0xff10, FAKE_NUMBER_A)) != ERR_OK)
		return (r);
	return (add_fill(out, 0xff, 2));
}

/* What is signed is not public; here the two hashes as they stand [guess]. */
static enum err
text_hashes(const struct fake_face *face, struct blob *out)
{
	struct blob number = { 0 }, items = { 0 };
	uint8_t hash[2][32];
	size_t at[4];
	enum err r;

	if ((r = text_number(face, &number)) == ERR_OK &&
	    (r = text_items(&face->person, &items, at)) == ERR_OK &&
	    (r = sha256(blob_buf(&number), hash[0])) == ERR_OK &&
	    (r = sha256(blob_buf(&items), hash[1])) == ERR_OK &&
	    (r = add_tlv(out, 0xdf31, hash[0], 32)) == ERR_OK &&
	    (r = add_tlv(out, 0xdf32, hash[1], 32)) == ERR_OK &&
	    (r = add_signature(out, 0xdf33, face->issuer_key,
	    (struct buf){ hash[0], sizeof(hash) })) == ERR_OK)
		r = wrap(out, 0xff30);
	blob_free(&number);
	blob_free(&items);
	return (r);
}

static enum err
text_basic(const struct fake_face *face, struct blob *out)
{
	static const uint8_t info[] = { 1, 3, 0x0e, 1 };	/* 1.4 */
	struct blob id = { 0 }, unknown = { 0 };
	enum err r;

	(void)face;
	if ((r = add_key_id(&id, FAKE_TEXT_CA, CA_GROUP)) == ERR_OK &&
	    (r = add_fill(&unknown, 0, 128)) == ERR_OK &&
	    (r = add_tlv(out, 0xdf41, info, sizeof(info))) == ERR_OK &&
	    (r = add_tlv(out, 0xdf42, id.data, id.len)) == ERR_OK &&
	    (r = add_tlv(out, 0xdf43, unknown.data, unknown.len)) == ERR_OK)
		r = wrap(out, 0xff40);
	blob_free(&id);
	blob_free(&unknown);
	return (r);
}

static enum err
text_ap_key(const struct fake_face *face, struct blob *out)
{
	enum err r;

	if ((r = add_rsa_tlv(out, 0xdf51, face->ap_key)) != ERR_OK ||
	    (r = add_signature(out, 0xdf52, face->issuer_key,
	    blob_buf(out))) != ERR_OK)
		return (r);
	return (wrap(out, 0xff50));
}

static enum err
sixteen_ff(const struct fake_face *face, struct blob *out)
{
	(void)face;
	return (add_fill(out, 0xff, 16));
}

static enum err
surface_birth(const struct fake_face *face, struct blob *out)
{
	enum err r;

	if ((r = add_text(out, 0xdf11, face->person.birth)) != ERR_OK ||
	    (r = add_rsa_tlv(out, 0xdf12, face->ap_key)) != ERR_OK ||
	    (r = add_signature(out, 0xdf13, face->issuer_key,
	    blob_buf(out))) != ERR_OK)
		return (r);
	return (wrap(out, 0xff10));
}

/* A DigestInfo of SHA-256 that holds three [single source: MC]. */
static enum err
sign_hashes(struct blob *b, EVP_PKEY *key, const uint8_t hashes[HASHES])
{
	static const uint8_t head[INFO_HEAD] = { 0x30, 0x71, 0x30, 0x0d, 0x06,
	    0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
	    0x00, 0x04, 0x60 };
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	uint8_t info[INFO_HEAD + HASHES], sig[RSA_BYTES];
	size_t len = sizeof(sig);
	enum err r = ERR_LIB;

	memcpy(info, head, INFO_HEAD);
	memcpy(info + INFO_HEAD, hashes, HASHES);
	if (ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_sign(ctx, sig, &len, info, sizeof(info)) == 1)
		r = add_tlv(b, 0xdf28, sig, len);
	EVP_PKEY_CTX_free(ctx);
	return (r);
}

/* 5.2: over the hashes of DF22-24, DF25-26 and DF27, each object as it is
 * written, one after the other in one DigestInfo [single source: MC]. */
static enum err
surface_signature(const struct fake_face *face, struct blob *items,
    const size_t at[9])
{
	const size_t from[] = { at[0], at[3], at[5] };
	const size_t to[] = { at[3], at[5], items->len };
	uint8_t hashes[HASHES];
	enum err r = ERR_OK;

	for (int i = 0; i < 3 && r == ERR_OK; i++)
		r = sha256((struct buf){ items->data + from[i],
		    to[i] - from[i] }, hashes + 32 * i);
	if (r != ERR_OK)
		return (r);
	return (sign_hashes(items, face->issuer_key, hashes));
}

static enum err
surface_item(const struct fake_face *face, unsigned tag, struct blob *items,
    const size_t at[9])
{
	switch (tag) {
	case 0xdf22:
		return (add_text(items, tag, face->person.birth));
	case 0xdf23:
		return (add_text(items, tag, face->person.sex));
	case 0xdf24:
		return (add_rsa_tlv(items, tag, face->ap_key));
	case 0xdf27:
		return (add_tlv(items, tag, face->photo.p, face->photo.left));
	case 0xdf28:
		return (surface_signature(face, items, at));
	case 0xdf29:
		return (add_text(items, tag, face->expiry));
	}
	/* DF25 name, DF26 address, DF2A security code: images */
	return (add_tlv(items, tag, png, sizeof(png)));
}

static enum err
surface_face(const struct fake_face *face, struct blob *out)
{
	struct blob items = { 0 };
	size_t at[9] = { 0 };
	enum err r = ERR_OK;

	for (unsigned i = 0; i < 9 && r == ERR_OK; i++) {
		at[i] = items.len;
		r = surface_item(face, 0xdf22 + i, &items, at);
	}
	if (r == ERR_OK)
		r = wrap_items(&items, at, 9, out);
	blob_free(&items);
	return (r);
}

static enum err
surface_basic(const struct fake_face *face, struct blob *out)
{
	static const uint8_t info[] = { 6, 3, 0x0e, 1 };	/* 1.4 */
	static const uint8_t version[] = { 1 };
	struct blob id = { 0 }, opaque = { 0 };
	enum err r;

	(void)face;
	if ((r = add_key_id(&id, FAKE_SURFACE_CA, CA_GROUP)) == ERR_OK &&
	    (r = add_fill(&opaque, 0, 16 + 256)) == ERR_OK &&
	    (r = add_tlv(out, 0xdf31, info, sizeof(info))) == ERR_OK &&
	    (r = add_tlv(out, 0xdf32, id.data, id.len)) == ERR_OK &&
	    (r = add_tlv(out, 0xdf33, version, sizeof(version))) == ERR_OK &&
	    (r = add_text(out, 0xdf34, FAKE_MUNICIPALITY)) == ERR_OK &&
	    (r = add_tlv(out, 0xdf35, opaque.data, opaque.len)) == ERR_OK)
		r = wrap(out, 0xff30);
	blob_free(&id);
	blob_free(&opaque);
	return (r);
}

static enum err
surface_number(const struct fake_face *face, struct blob *out)
{
	enum err r;

	if ((r = add_tlv(out, 0xdf41, png, sizeof(png))) != ERR_OK ||
	    (r = add_rsa_tlv(out, 0xdf42, face->ap_key)) != ERR_OK ||
	    (r = add_signature(out, 0xdf43, face->issuer_key,
	    blob_buf(out))) != ERR_OK)
		return (r);
	return (wrap(out, 0xff40));
}

static enum err
token_info(const struct fake_face *face, struct blob *out)
{
	enum err r;

	if ((r = add_fill(out, ' ', 96)) != ERR_OK ||
	    (r = add_fill(out, 0, TOKEN_INFO - 96)) != ERR_OK)
		return (r);
	memcpy(out->data, face->label, strlen(face->label));
	memcpy(out->data + 32, "JPKI-TEST", 9);
	out->data[119] = 4;	/* longest and shortest PIN */
	out->data[123] = 4;
	return (ERR_OK);
}

static enum err
certificates_there(const struct fake_face *face, struct blob *out)
{
	static const uint8_t both[] = { 0x8f, 0x8f, 0x00 };	/* 1.3 */

	(void)face;
	return (blob_add(out, both, sizeof(both)));
}

/* 2.2: 15 digits of the card, 5 of the town, 8 of the expiry */
static enum err
common_record(const struct fake_face *face, struct blob *out)
{
	char digits[29];

	snprintf(digits, sizeof(digits), "%015d" FAKE_MUNICIPALITY "%s", 0,
	    face->expiry);
	return (add_text(out, 0x01, digits));
}

static enum err
mf_issuer(const struct fake_face *face, struct blob *out)
{
	(void)face;
	return (blob_add_str(out, "JPKI-TEST-ISSUER"));
}

static enum err
mf_card_number(const struct fake_face *face, struct blob *out)
{
	(void)face;
	return (blob_add_str(out, "000000000000000"));
}

static enum err
mf_town(const struct fake_face *face, struct blob *out)
{
	(void)face;
	return (blob_add_str(out, FAKE_MUNICIPALITY));
}

static enum err
mf_expiry(const struct fake_face *face, struct blob *out)
{
	return (blob_add_str(out, face->expiry));
}

static enum err
mf_atr(const struct fake_face *face, struct blob *out)
{
	(void)face;
	return (blob_add(out, atr, sizeof(atr)));
}

static const struct maker {
	enum fake_app	app;
	uint16_t	id;
	enum err	(*make)(const struct fake_face *, struct blob *);
} makers[] = {
	{ FAKE_JPKI, 0x0006, token_info },
	{ FAKE_JPKI, 0x0008, certificates_there },
	{ FAKE_TEXT, 0x0001, text_number },
	{ FAKE_TEXT, 0x0002, text_attributes },
	{ FAKE_TEXT, 0x0003, text_hashes },
	{ FAKE_TEXT, 0x0004, text_cert },
	{ FAKE_TEXT, 0x0005, text_basic },
	{ FAKE_TEXT, 0x0007, text_ap_key },
	{ FAKE_TEXT, 0x0008, sixteen_ff },
	{ FAKE_SURFACE, 0x0001, surface_birth },
	{ FAKE_SURFACE, 0x0002, surface_face },
	{ FAKE_SURFACE, 0x0003, surface_basic },
	{ FAKE_SURFACE, 0x0004, surface_cert },
	{ FAKE_SURFACE, 0x0005, surface_number },
	{ FAKE_SURFACE, 0x0006, sixteen_ff },
	{ FAKE_COMMON, 0x0001, common_record },
	{ FAKE_DOMAIN, 0x0042, mf_issuer },
	{ FAKE_DOMAIN, 0x0045, mf_card_number },
	{ FAKE_DOMAIN, 0x00f0, mf_town },
	{ FAKE_DOMAIN, 0x00f2, mf_expiry },
	{ FAKE_DOMAIN, 0x00f8, surface_cert },
	{ FAKE_DOMAIN, 0x5f51, mf_atr },
};

enum err
fake_ef_make(const struct fake_ef *ef, const struct fake_face *face,
    struct blob *out)
{
	blob_reset(out);
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		if (makers[i].app == ef->app && makers[i].id == ef->id)
			return (makers[i].make(face, out));
	}
	return (ERR_OK);
}

struct buf
fake_ef_item(const struct blob *file, uint16_t tag)
{
	struct buf b = blob_buf(file);
	struct tlv t;

	if (tlv_take(&b, &t) == ERR_OK) {
		b = t.value;
		while (tlv_take(&b, &t) == ERR_OK) {
			if (t.tag == tag)
				return (t.value);
		}
	}
	return ((struct buf){ NULL, 0 });
}

static enum err
add_hex(struct blob *text, const char *name, const uint8_t *bytes, size_t len)
{
	enum err r = blob_printf(text, "%s = ", name);

	for (size_t i = 0; i < len && r == ERR_OK; i++)
		r = blob_printf(text, "%02X", bytes[i]);
	return (r == ERR_OK ? blob_add_u8(text, '\n') : r);
}

enum err
fake_card_ca(const char *number, EVP_PKEY *key, struct blob *out)
{
	uint8_t id[FAKE_KEY_ID], modulus[RSA_BYTES];
	BIGNUM *n = NULL;
	enum err r = ERR_LIB;

	blob_reset(out);
	fake_key_id(number, CA_GROUP, id);
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    BN_bn2binpad(n, modulus, sizeof(modulus)) > 0)
		r = blob_add_str(out, "# made anew for each run of tests\n");
	BN_free(n);
	if (r == ERR_OK && (r = add_hex(out, "id", id, sizeof(id))) ==
	    ERR_OK && (r = add_hex(out, "modulus", modulus,
	    sizeof(modulus))) == ERR_OK)
		r = blob_add_str(out, "exponent = 010001\n"
		    "source = fake-pki\n");
	return (r);
}

/* Years before the first of each era, newest first. */
void
fake_birth_key(const struct fake_face *face, char out[7])
{
	static const struct {
		const char	*from;
		int		 before;
	} eras[] = {
		{ "20190501", 2018 }, { "19890108", 1988 },
		{ "19261225", 1925 }, { "19120730", 1911 }, { "", 1867 },
	};
	const char *birth = face->person.birth;
	char year[5];
	size_t i = 0;
	int era;

	while (strcmp(birth, eras[i].from) < 0)
		i++;
	memcpy(year, birth, 4);
	year[4] = '\0';
	era = (atoi(year) - eras[i].before) % 100;
	out[0] = (char)('0' + era / 10);
	out[1] = (char)('0' + era % 10);
	memcpy(out + 2, birth + 4, 5);
}

void
fake_number_b(const struct fake_face *face, char out[15])
{
	fake_birth_key(face, out);
	memcpy(out + 6, face->expiry, 4);
	memcpy(out + 10, FAKE_SECURITY_CODE, 5);
}
