#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cms.h>

#include "crypto/seal.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define TEXT	"{\"version\":1}"

/* Somebody with a key and a certificate for it, issued by himself. */
struct party {
	EVP_PKEY	*key;
	X509		*cert;
	uint8_t		 print[PUBKEY_PRINT];
};

static struct party device, agent, stranger, p384, rsa;

static X509 *
certify(EVP_PKEY *key, const char *name)
{
	X509 *x = X509_new();

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
	    (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	return (x);
}

static void
party_make(struct party *p, EVP_PKEY *key, const char *name)
{
	assert_non_null(key);
	p->key = key;
	p->cert = certify(key, name);
	assert_int_equal(pubkey_print(key, p->print), ERR_OK);
}

static void
party_free(struct party *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
}

static struct buf
text(const char *s)
{
	return ((struct buf){ (const uint8_t *)s, strlen(s) });
}

static void
sealed(struct blob *out)
{
	assert_int_equal(seal_close(text(TEXT), device.key, device.cert,
	    agent.cert, out), ERR_OK);
}

static enum err
open_it(struct buf in, struct blob *out)
{
	return (seal_open(in, agent.key, device.print, out));
}

static void
comes_back(void **state)
{
	struct blob b = { 0 }, back = { 0 };

	(void)state;
	sealed(&b);
	assert_int_equal(open_it(blob_buf(&b), &back), ERR_OK);
	assert_string_equal(blob_str(&back), TEXT);
	blob_free(&b);
	blob_free(&back);
}

static void
shows_nothing_of_what_is_in_it(void **state)
{
	struct blob b = { 0 };

	(void)state;
	sealed(&b);
	assert_null(memmem(b.data, b.len, "version", 7));
	assert_null(memmem(b.data, b.len, device.print, PUBKEY_PRINT));
	blob_free(&b);
}

static void
is_another_one_each_time(void **state)
{
	struct blob a = { 0 }, b = { 0 };

	(void)state;
	sealed(&a);
	sealed(&b);
	assert_false(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
	blob_free(&a);
	blob_free(&b);
}

/* Where the recipient's name and serial number stand: by them people may tell
 * whom it is for, but the key is what counts. */
static void
recipient_at(const struct blob *b, size_t *from, size_t *to)
{
	uint8_t *name = NULL;
	int n = i2d_X509_NAME(X509_get_issuer_name(agent.cert), &name);
	const uint8_t *at;

	assert_true(n > 0);
	at = memmem(b->data, b->len, name, (size_t)n);
	assert_non_null(at);
	*from = (size_t)(at - b->data);
	*to = *from + (size_t)n + 3;	/* serial: 02 01 07 */
	assert_int_equal(b->data[*to - 1], 7);
	OPENSSL_free(name);
}

/* Every other byte counts: none may be changed, cut off or added. */
static void
every_altered_byte_is_refused(void **state)
{
	struct blob b = { 0 }, back = { 0 };
	size_t from, to;

	(void)state;
	sealed(&b);
	recipient_at(&b, &from, &to);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 0x01;
		if (open_it(blob_buf(&b), &back) == ERR_OK) {
			assert_true(i >= from && i < to);
			assert_string_equal(blob_str(&back), TEXT);
		} else {
			assert_int_equal(back.len, 0);
		}
		b.data[i] ^= 0x01;
	}
	for (size_t n = 0; n < b.len; n += n < 64 ? 1 : 37)
		assert_int_equal(open_it((struct buf){ b.data, n }, &back),
		    ERR_RECORD_ALTERED);
	assert_int_equal(blob_add_u8(&b, 0), ERR_OK);
	assert_int_equal(open_it(blob_buf(&b), &back), ERR_RECORD_ALTERED);
	blob_free(&b);
	blob_free(&back);
}

static void
another_devices_signature_is_refused(void **state)
{
	struct blob b = { 0 }, back = { 0 };

	(void)state;
	assert_int_equal(seal_close(text(TEXT), stranger.key, stranger.cert,
	    agent.cert, &b), ERR_OK);
	assert_int_equal(open_it(blob_buf(&b), &back), ERR_RECORD_ALTERED);
	/* Signed by one, with the certificate of the other. */
	if (seal_close(text(TEXT), stranger.key, device.cert, agent.cert,
	    &b) == ERR_OK)
		assert_int_equal(open_it(blob_buf(&b), &back),
		    ERR_RECORD_ALTERED);
	assert_int_equal(back.len, 0);
	blob_free(&b);
	blob_free(&back);
}

static void
what_is_sealed_to_another_is_refused(void **state)
{
	struct blob b = { 0 }, back = { 0 };

	(void)state;
	assert_int_equal(seal_close(text(TEXT), device.key, device.cert,
	    stranger.cert, &b), ERR_OK);
	assert_int_equal(open_it(blob_buf(&b), &back), ERR_RECORD_ALTERED);
	blob_free(&b);
	blob_free(&back);
}

static void
keys_of_other_kinds_do_not_seal(void **state)
{
	struct blob b = { 0 };

	(void)state;
	assert_int_equal(seal_close(text(TEXT), rsa.key, rsa.cert, agent.cert,
	    &b), ERR_LIB);
	assert_int_equal(seal_close(text(TEXT), p384.key, p384.cert,
	    agent.cert, &b), ERR_LIB);
	assert_int_equal(seal_close(text(TEXT), device.key, device.cert,
	    p384.cert, &b), ERR_LIB);
	assert_int_equal(seal_close(text(TEXT), device.key, device.cert,
	    rsa.cert, &b), ERR_LIB);
	assert_int_equal(b.len, 0);
}

static void
too_much_is_refused(void **state)
{
	struct blob big = { 0 }, b = { 0 };

	(void)state;
	assert_non_null(blob_space(&big, SEAL_MAX + 1));
	assert_int_equal(open_it(blob_buf(&big), &b), ERR_TOOBIG);
	assert_int_equal(seal_close(blob_buf(&big), device.key, device.cert,
	    agent.cert, &b), ERR_TOOBIG);
	/* What fits only without its wrapping. */
	blob_cut(&big, SEAL_MAX);
	assert_int_equal(seal_close(blob_buf(&big), device.key, device.cert,
	    agent.cert, &b), ERR_TOOBIG);
	assert_int_equal(b.len, 0);
	blob_free(&big);
	blob_free(&b);
}

/* The agent's certificate is renewed while records are on their way. */
static void
a_renewed_certificate_does_not_matter(void **state)
{
	struct blob b = { 0 }, back = { 0 };
	X509 *renewed = certify(agent.key, "renewed");

	(void)state;
	assert_int_equal(seal_close(text(TEXT), device.key, device.cert,
	    renewed, &b), ERR_OK);
	assert_int_equal(open_it(blob_buf(&b), &back), ERR_OK);
	X509_free(renewed);
	blob_free(&b);
	blob_free(&back);
}

/* --- other forms of CMS, each of which the library itself would take --- */

static void
add_der(CMS_ContentInfo *cms, struct blob *out)
{
	uint8_t *der = NULL;
	int n = i2d_CMS_ContentInfo(cms, &der);

	assert_true(n > 0);
	assert_int_equal(blob_add(out, der, (size_t)n), ERR_OK);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
}

struct form {
	const char		*name;
	const EVP_MD		*(*digest)(void);	/* of the signature */
	const EVP_CIPHER	*(*cipher)(void);
	const EVP_MD		*(*kdf)(void);
	struct party		*to, *also;	/* also: a second recipient */
	unsigned		 sign_flags;
	int			 unsigned_content, signers, plain;
	int			 opens;
};

static const struct form forms[] = {
	{ .name = "as it is made", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &agent,
	    .opens = 1 },
	{ .name = "AES-128-GCM", .digest = EVP_sha256,
	    .cipher = EVP_aes_128_gcm, .kdf = EVP_sha256, .to = &agent },
	{ .name = "AES-256-CBC without a tag", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_cbc, .kdf = EVP_sha256, .to = &agent },
	{ .name = "key derived by SHA-1", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha1, .to = &agent },
	{ .name = "key derived by SHA-384", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha384, .to = &agent },
	{ .name = "two recipients", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &agent,
	    .also = &stranger },
	{ .name = "an RSA recipient beside", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &agent,
	    .also = &rsa },
	{ .name = "a recipient of P-384", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &p384 },
	{ .name = "not signed", .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256,
	    .to = &agent, .unsigned_content = 1 },
	{ .name = "signed, not sealed", .digest = EVP_sha256, .to = &agent,
	    .plain = 1 },
	{ .name = "digest SHA-1", .digest = EVP_sha1,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &agent },
	{ .name = "digest SHA-512", .digest = EVP_sha512,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &agent },
	{ .name = "without the certificate", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &agent,
	    .sign_flags = CMS_NOCERTS },
	{ .name = "content elsewhere", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &agent,
	    .sign_flags = CMS_DETACHED },
	{ .name = "signed by two", .digest = EVP_sha256,
	    .cipher = EVP_aes_256_gcm, .kdf = EVP_sha256, .to = &agent,
	    .signers = 2 },
};

static void
form_message(const struct form *f, struct blob *out)
{
	CMS_ContentInfo *cms;
	BIO *in = BIO_new_mem_buf(TEXT, -1);

	if (f->unsigned_content) {
		assert_int_equal(blob_add_str(out, TEXT), ERR_OK);
		BIO_free(in);
		return;
	}
	cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_BINARY | CMS_PARTIAL |
	    f->sign_flags);
	assert_non_null(CMS_add1_signer(cms, device.cert, device.key,
	    f->digest(), CMS_BINARY | f->sign_flags));
	if (f->signers == 2)
		assert_non_null(CMS_add1_signer(cms, stranger.cert,
		    stranger.key, f->digest(), CMS_BINARY));
	assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
	add_der(cms, out);
	BIO_free(in);
}

static void
form_add(CMS_ContentInfo *cms, const struct form *f, struct party *to)
{
	CMS_RecipientInfo *ri = CMS_add1_recipient_cert(cms, to->cert,
	    CMS_KEY_PARAM);

	assert_non_null(ri);
	if (EVP_PKEY_get_base_id(to->key) == EVP_PKEY_EC)
		assert_int_equal(EVP_PKEY_CTX_set_ecdh_kdf_md(
		    CMS_RecipientInfo_get0_pkey_ctx(ri), f->kdf()), 1);
}

static void
form_make(const struct form *f, struct blob *out)
{
	struct blob message = { 0 };
	CMS_ContentInfo *cms;
	BIO *in;

	form_message(f, &message);
	if (f->plain) {
		assert_int_equal(blob_add(out, message.data, message.len),
		    ERR_OK);
		blob_free(&message);
		return;
	}
	cms = EVP_CIPHER_get_mode(f->cipher()) == EVP_CIPH_GCM_MODE ?
	    CMS_AuthEnvelopedData_create(f->cipher()) :
	    CMS_EnvelopedData_create(f->cipher());
	assert_int_equal(CMS_set_detached(cms, 0), 1);
	form_add(cms, f, f->to);
	if (f->also != NULL)
		form_add(cms, f, f->also);
	in = BIO_new_mem_buf(message.data, (int)message.len);
	assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
	add_der(cms, out);
	BIO_free(in);
	blob_free(&message);
}

static void
only_one_form_opens(void **state)
{
	const struct form *f = *state;
	struct blob b = { 0 }, back = { 0 };

	form_make(f, &b);
	assert_int_equal(seal_open(blob_buf(&b), f->to->key,
	    device.print, &back), f->opens ? ERR_OK : ERR_RECORD_ALTERED);
	assert_string_equal(blob_str(&back), f->opens ? TEXT : "");
	blob_free(&b);
	blob_free(&back);
}

/* GCM with a short tag is forged by trying: the library takes four bytes. */
static void
a_short_tag_is_refused(void **state)
{
	struct blob b = { 0 }, back = { 0 };

	(void)state;
	sealed(&b);
	/* SEQUENCE [0] SEQUENCE, each 82 hh ll, and the tag 04 10 ... */
	assert_int_equal(b.data[b.len - 18], 0x04);
	assert_int_equal(b.data[b.len - 17], 16);
	b.data[b.len - 17] = 4;
	for (size_t at = 2; at < 30; at++)
		if (b.data[at - 1] == 0x82 && b.data[at + 1] >= 12)
			b.data[at + 1] = (uint8_t)(b.data[at + 1] - 12);
	assert_int_equal(open_it((struct buf){ b.data, b.len - 12 }, &back),
	    ERR_RECORD_ALTERED);
	assert_int_equal(back.len, 0);
	blob_free(&b);
}

static void
garbage_is_refused(void **state)
{
	static const char *const rows[] = { "", "0", "\x30\x80", "\x30\x84",
	    "\x30\x03\x02\x01\x01", "-----BEGIN CMS-----", "{}" };
	struct blob back = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		assert_int_equal(open_it(text(rows[i]), &back),
		    ERR_RECORD_ALTERED);
}

#define PLAIN 11

int
main(void)
{
	struct CMUnitTest tests[PLAIN + LEN(forms)] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(shows_nothing_of_what_is_in_it),
		cmocka_unit_test(is_another_one_each_time),
		cmocka_unit_test(every_altered_byte_is_refused),
		cmocka_unit_test(another_devices_signature_is_refused),
		cmocka_unit_test(what_is_sealed_to_another_is_refused),
		cmocka_unit_test(keys_of_other_kinds_do_not_seal),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(a_short_tag_is_refused),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(a_renewed_certificate_does_not_matter),
	};
	int failed;

	for (size_t i = 0; i < LEN(forms); i++) {
		struct form *row;

		memcpy(&row, &(const struct form *){ &forms[i] },
		    sizeof(row));
		tests[PLAIN + i] = (struct CMUnitTest){ forms[i].name,
		    only_one_form_opens, NULL, NULL, row };
	}
	party_make(&device, EVP_EC_gen("P-256"), "device");
	party_make(&agent, EVP_EC_gen("P-256"), "agent");
	party_make(&stranger, EVP_EC_gen("P-256"), "stranger");
	party_make(&p384, EVP_EC_gen("P-384"), "p384");
	party_make(&rsa, EVP_RSA_gen(2048), "rsa");
	failed = cmocka_run_group_tests_name("seal", tests, NULL, NULL);
	party_free(&device);
	party_free(&agent);
	party_free(&stranger);
	party_free(&p384);
	party_free(&rsa);
	return (failed);
}
