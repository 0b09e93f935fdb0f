#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/x509v3.h>

#include "crypto/chain.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define NAME	"C=JP/O=JPKI/OU=JPKI for user authentication/" \
		"OU=Japan Agency for Local Authority Information Systems"
#define TEST	"C=JP/O=JPKI-TEST/OU=JPKI for user authentication"
#define HOLDER	"C=JP/CN=0123456789ABCD13101001A"
#define POLICY	"1.2.392.200149.8.5.1.3.30"
#define KEY_ID1	"1111111111111111111111111111111111111111"
#define KEY_ID2	"2222222222222222222222222222222222222222"
#define KEY_ID3	"3333333333333333333333333333333333333333"
#define NOW	"20261120000000"
#define RSA	"jpki-auth-rsa2048"
#define EC	"jpki-auth-p384"
#define NONE	""	/* leave that extension out */

/* Which anchors the store holds. */
enum anchors { PINNED, NOTHING, TEST_ROOT, NO_SIGN_ROOT, NO_CA_ROOT,
    WEAK_ROOT, ANCHORS };

#define ROOT_EXT(id) { "basicConstraints=critical,CA:TRUE", \
    "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=" id }

static const struct test_cert generation[] = {
	{ .subject = NAME, .issuer = NAME, .from = "20151020000000Z",
	    .to = "20251019145959Z", .ext = ROOT_EXT(KEY_ID1),
	    .key = TEST_KEY_ROOT1, .signer = TEST_KEY_ROOT1 },
	{ .subject = NAME, .issuer = NAME, .serial = "0133C349",
	    .from = "20190914000000Z", .to = "20290914145959Z",
	    .ext = ROOT_EXT(KEY_ID2), .key = TEST_KEY_ROOT2,
	    .signer = TEST_KEY_ROOT2 },
	{ .subject = NAME, .issuer = NAME, .serial = "06D18006",
	    .from = "20230716000000Z", .to = "20330715145959Z",
	    .ext = ROOT_EXT(KEY_ID3), .key = TEST_KEY_ROOT3,
	    .signer = TEST_KEY_ROOT3 },
};

static const struct test_cert single[ANCHORS] = {
	[TEST_ROOT] = { .subject = TEST, .issuer = TEST,
	    .from = "20190914000000Z", .to = "20290914145959Z",
	    .ext = ROOT_EXT(KEY_ID2), .key = TEST_KEY_ROOT2,
	    .signer = TEST_KEY_ROOT2 },
	[NO_SIGN_ROOT] = { .subject = NAME, .issuer = NAME,
	    .from = "20190914000000Z", .to = "20290914145959Z",
	    .ext = { "basicConstraints=critical,CA:TRUE",
	    "keyUsage=critical,cRLSign" }, .key = TEST_KEY_ROOT2,
	    .signer = TEST_KEY_ROOT2 },
	[NO_CA_ROOT] = { .subject = NAME, .issuer = NAME,
	    .from = "20190914000000Z", .to = "20290914145959Z",
	    .ext = { "basicConstraints=critical,CA:FALSE",
	    "keyUsage=critical,keyCertSign,cRLSign" }, .key = TEST_KEY_ROOT2,
	    .signer = TEST_KEY_ROOT2 },
	[WEAK_ROOT] = { .subject = NAME, .issuer = NAME,
	    .from = "20190914000000Z", .to = "20290914145959Z",
	    .ext = { "basicConstraints=critical,CA:TRUE",
	    "keyUsage=critical,keyCertSign,cRLSign" },
	    .key = TEST_KEY_RSA1024, .signer = TEST_KEY_RSA1024 },
};

/* Signed by generation 2, by the profile, in its dates: unless said. */
struct row {
	const char	*name;
	enum err	 want;
	const char	*generation;
	const char	*profile, *subject, *issuer, *from, *to, *md;
	const char	*usage, *purpose, *policy, *basic, *extra, *key_id;
	const char	*now;
	enum anchors	 anchors;
	enum trust_mode	 mode;
	enum test_key	 key, signer;	/* 0 (ROOT1 is never a leaf's): LEAF */
	int		 by_first;	/* signed by TEST_KEY_ROOT1 */
	int		 days;		/* 0: not compared */
	int		 revoked, listed, required;
	const char	*list_to;	/* the list is over */
	const char	*why;		/* of revocation; NULL: "CRL" */
};

#define GEN2 "authca02"

static const struct row rows[] = {
	{ .name = "generation 2", .generation = GEN2, .days = 650 },
	{ .name = "generation 3", .generation = "authca03",
	    .signer = TEST_KEY_ROOT3, .key_id = KEY_ID3 },
	{ .name = "generation 2 without key id", .generation = GEN2,
	    .key_id = NONE },
	{ .name = "generation 3 without key id", .generation = "authca03",
	    .signer = TEST_KEY_ROOT3, .key_id = NONE },
	{ .name = "generation 1, both over", .want = ERR_CERT_EXPIRED,
	    .generation = "authca01", .by_first = 1, .key_id = KEY_ID1,
	    .from = "20200801000000Z", .to = "20250801145959Z" },
	{ .name = "generation 1 when it was in date",
	    .generation = "authca01", .by_first = 1, .key_id = KEY_ID1,
	    .from = "20200801000000Z", .to = "20250801145959Z",
	    .now = "20240801000000" },
	{ .name = "generation 1, only the root over", .want = ERR_CERT_CHAIN,
	    .generation = "authca01", .by_first = 1, .key_id = KEY_ID1 },
	{ .name = "key id of generation 3, key of 2", .want = ERR_CERT_CHAIN,
	    .generation = GEN2, .key_id = KEY_ID3 },
	{ .name = "rogue of equal name and key id", .want = ERR_CERT_CHAIN,
	    .generation = "", .signer = TEST_KEY_OTHER, .key_id = KEY_ID3 },
	{ .name = "rogue without key id", .want = ERR_CERT_CHAIN,
	    .generation = "", .signer = TEST_KEY_OTHER, .key_id = NONE },
	{ .name = "self-signed", .want = ERR_CERT_CHAIN, .generation = "",
	    .signer = TEST_KEY_LEAF, .issuer = HOLDER },
	{ .name = "right key, other issuer name", .want = ERR_CERT_CHAIN,
	    .generation = "", .issuer = "C=JP/O=JPKI" },
	{ .name = "no anchors", .want = ERR_CERT_CHAIN, .generation = "",
	    .anchors = NOTHING },
	{ .name = "root without keyCertSign", .want = ERR_CERT_CHAIN,
	    .anchors = NO_SIGN_ROOT, .key_id = NONE },
	{ .name = "root that is no CA", .want = ERR_CERT_CHAIN,
	    .anchors = NO_CA_ROOT, .key_id = NONE },
	{ .name = "root of 1024 bits", .want = ERR_CERT_CHAIN,
	    .anchors = WEAK_ROOT, .key_id = NONE,
	    .signer = TEST_KEY_RSA1024 },
	{ .name = "signed with SHA-1", .want = ERR_CERT_CHAIN,
	    .generation = GEN2, .md = "SHA1" },
	{ .name = "signed with MD5", .want = ERR_CERT_CHAIN,
	    .generation = GEN2, .md = "MD5" },
	{ .name = "signed with SHA-384", .generation = GEN2,
	    .md = "SHA384" },
	{ .name = "key of 1024 bits", .want = ERR_CERT_CHAIN,
	    .generation = GEN2, .key = TEST_KEY_RSA1024 },
	{ .name = "unknown critical extension", .want = ERR_CERT_CHAIN,
	    .generation = GEN2, .extra = "1.2.392.1.2.3=critical,DER:0500" },
	{ .name = "unknown extension", .generation = GEN2,
	    .extra = "1.2.392.1.2.3=DER:0500" },

	{ .name = "test card in test mode", .generation = "test",
	    .anchors = TEST_ROOT, .mode = TRUST_TEST, .issuer = TEST },
	{ .name = "test policy in test mode", .generation = "test",
	    .anchors = TEST_ROOT, .mode = TRUST_TEST, .issuer = TEST,
	    .policy = "critical,1.2.392.200149.8.5.1.3.0.30" },
	{ .name = "test card in production", .want = ERR_CERT_TEST,
	    .generation = "", .issuer = TEST },
	{ .name = "test root got into production", .want = ERR_CERT_TEST,
	    .generation = "test", .anchors = TEST_ROOT, .issuer = TEST },
	{ .name = "test organisation before dates", .want = ERR_CERT_TEST,
	    .generation = "test", .anchors = TEST_ROOT, .issuer = TEST,
	    .to = "20260101000000Z" },
	{ .name = "test subject under a pinned root", .want = ERR_CERT_TEST,
	    .generation = GEN2, .subject = "C=JP/O=jpki-test/CN=x" },
	{ .name = "test card, its root not there", .want = ERR_CERT_CHAIN,
	    .generation = "", .mode = TRUST_TEST, .issuer = TEST,
	    .signer = TEST_KEY_OTHER },
	{ .name = "test policy in production", .want = ERR_CERT_USAGE,
	    .generation = GEN2,
	    .policy = "critical,1.2.392.200149.8.5.1.3.0.30" },

	{ .name = "last second", .generation = GEN2,
	    .to = "20280831145959Z", .now = "20280831145958" },
	{ .name = "one second over", .want = ERR_CERT_EXPIRED, .days = -1,
	    .generation = GEN2, .to = "20280831145959Z",
	    .now = "20280831150000" },
	{ .name = "a day and a second over", .want = ERR_CERT_EXPIRED,
	    .days = -2, .generation = GEN2, .to = "20280831145959Z",
	    .now = "20280901150000" },
	{ .name = "first second", .generation = GEN2,
	    .from = "20261120000000Z" },
	{ .name = "one second early", .want = ERR_CERT_NOT_YET,
	    .generation = GEN2, .from = "20261120000001Z" },
	{ .name = "dates before usage", .want = ERR_CERT_EXPIRED,
	    .generation = GEN2, .to = "20260101000000Z", .usage = NONE },

	{ .name = "no basic constraints", .generation = GEN2,
	    .basic = NONE },
	{ .name = "CA", .want = ERR_CERT_USAGE, .generation = GEN2,
	    .basic = "critical,CA:TRUE" },
	{ .name = "no key usage", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .usage = NONE },
	{ .name = "key usage without signature", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .usage = "critical,keyEncipherment" },
	{ .name = "key usage of a CA too", .want = ERR_CERT_USAGE,
	    .generation = GEN2,
	    .usage = "critical,digitalSignature,keyCertSign" },
	{ .name = "key usage of a list signer too", .want = ERR_CERT_USAGE,
	    .generation = GEN2,
	    .usage = "critical,digitalSignature,cRLSign" },
	{ .name = "no extended key usage", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .purpose = NONE },
	{ .name = "server, not client", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .purpose = "serverAuth" },
	{ .name = "any purpose is not client", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .purpose = "anyExtendedKeyUsage" },
	{ .name = "client and e-mail", .generation = GEN2,
	    .purpose = "clientAuth,emailProtection" },
	{ .name = "no policy", .want = ERR_CERT_USAGE, .generation = GEN2,
	    .policy = NONE },
	{ .name = "policy not critical", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .policy = POLICY },
	{ .name = "policy of the signature key", .want = ERR_CERT_USAGE,
	    .generation = GEN2,
	    .policy = "critical,1.2.392.200149.8.5.1.1.20" },
	{ .name = "policy with a longer arc", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .policy = "critical," POLICY ".1" },
	{ .name = "any policy", .want = ERR_CERT_USAGE, .generation = GEN2,
	    .policy = "critical,2.5.29.32.0" },
	{ .name = "policy among others", .generation = GEN2,
	    .policy = "critical,1.2.3.4," POLICY },
	{ .name = "key of 3072 bits", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .key = TEST_KEY_RSA3072 },
	{ .name = "P-384 for the RSA profile", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .key = TEST_KEY_P384 },
	{ .name = "P-384", .generation = GEN2, .profile = EC,
	    .key = TEST_KEY_P384 },
	{ .name = "P-256 for the P-384 profile", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .profile = EC, .key = TEST_KEY_P256 },
	{ .name = "another curve of 384 bits", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .profile = EC,
	    .key = TEST_KEY_BRAINPOOL384 },
	{ .name = "RSA for the P-384 profile", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .profile = EC },

	{ .name = "not revoked", .generation = GEN2, .listed = 1,
	    .required = 1 },
	{ .name = "revoked", .want = ERR_CERT_REVOKED, .generation = GEN2,
	    .listed = 1, .revoked = 1 },
	{ .name = "revoked by a list that is over", .want = ERR_CERT_REVOKED,
	    .generation = GEN2, .listed = 1, .revoked = 1,
	    .list_to = "20261119120000Z", .why = "CRL, out of date" },
	{ .name = "not on a list that is over", .generation = GEN2,
	    .listed = 1, .list_to = "20261119120000Z", .why = "CRL expired" },
	{ .name = "not on a list that is over, required",
	    .want = ERR_REVOCATION_UNKNOWN, .generation = GEN2, .listed = 1,
	    .required = 1, .list_to = "20261119120000Z",
	    .why = "CRL expired" },
	{ .name = "unknown where required",
	    .want = ERR_REVOCATION_UNKNOWN, .generation = GEN2,
	    .required = 1 },
	{ .name = "usage before revocation", .want = ERR_CERT_USAGE,
	    .generation = GEN2, .required = 1, .policy = NONE },
};

static void
add_root(X509_STORE *store, const struct test_cert *spec, const char *name)
{
	X509 *cert = test_cert(spec);

	assert_int_equal(X509_alias_set1(cert, (const unsigned char *)name,
	    -1), 1);
	assert_int_equal(X509_STORE_add_cert(store, cert), 1);
	X509_free(cert);
}

static X509_STORE *
make_store(enum anchors which)
{
	static const char *const names[] = { "authca01", GEN2, "authca03" };
	X509_STORE *store = X509_STORE_new();

	assert_non_null(store);
	for (size_t i = 0; which == PINNED && i < LEN(generation); i++)
		add_root(store, &generation[i], names[i]);
	if (single[which].subject != NULL)
		add_root(store, &single[which],
		    which == TEST_ROOT ? "test" : "");
	return (store);
}

static const char *
either(const char *given, const char *otherwise)
{
	return (given != NULL ? given : otherwise);
}

static X509 *
make_leaf(const struct row *row)
{
	const struct { const char *name, *value; } ext[] = {
		{ "keyUsage", either(row->usage,
		    "critical,digitalSignature") },
		{ "extendedKeyUsage", either(row->purpose, "clientAuth") },
		{ "certificatePolicies", either(row->policy,
		    "critical," POLICY) },
		{ "basicConstraints", either(row->basic, "CA:FALSE") },
	};
	char text[LEN(ext)][256];
	struct test_cert t = { .subject = either(row->subject, HOLDER),
	    .issuer = either(row->issuer, NAME), .serial = "123456",
	    .from = either(row->from, "20260901000000Z"),
	    .to = either(row->to, "20280831145959Z"), .md = row->md,
	    .key_id = either(row->key_id, KEY_ID2),
	    .key = row->key != 0 ? row->key : TEST_KEY_LEAF,
	    .signer = row->by_first ? TEST_KEY_ROOT1 :
	    row->signer != 0 ? row->signer : TEST_KEY_ROOT2 };
	size_t n = 0;

	if (t.key_id[0] == '\0')
		t.key_id = NULL;
	for (size_t i = 0; i < LEN(ext); i++) {
		if (ext[i].value[0] == '\0')
			continue;
		snprintf(text[n], sizeof(text[n]), "%s=%s", ext[i].name,
		    ext[i].value);
		t.ext[n] = text[n];
		n++;
	}
	t.ext[n] = row->extra;
	return (test_cert(&t));
}

static void
write_list(const char *path, const struct row *row)
{
	const struct test_crl t = { .issuer = NAME,
	    .from = "20261119000000Z",
	    .to = either(row->list_to, "20261126000000Z"),
	    .revoked = row->revoked ? "123456" : "77",
	    .signer = TEST_KEY_ROOT2 };
	X509_CRL *crl = test_crl(&t);
	unsigned char *der = NULL;
	int n = i2d_X509_CRL(crl, &der);

	assert_true(n > 0);
	test_write(path, der, (size_t)n);
	OPENSSL_free(der);
	X509_CRL_free(crl);
}

static void
check_verdict(const struct row *row, const struct chain_verdict *v,
    EVP_PKEY *key)
{
	assert_string_equal(err_name(v->err), err_name(row->want));
	assert_true((key != NULL) == (row->want == ERR_OK));
	if (row->generation != NULL)
		assert_string_equal(v->generation, row->generation);
	if (row->days != 0)
		assert_int_equal(v->days_left, row->days);
	assert_int_equal(strncmp(v->not_after, either(row->to,
	    "20280831145959Z"), 14), 0);
	assert_int_equal(strncmp(v->not_before, either(row->from,
	    "20260901000000Z"), 14), 0);
	assert_int_equal(v->revocation, !row->listed ? REVOCATION_UNKNOWN :
	    row->revoked ? REVOCATION_REVOKED :
	    row->list_to != NULL ? REVOCATION_UNKNOWN : REVOCATION_GOOD);
	assert_string_equal(v->revocation_why,
	    row->listed ? either(row->why, "CRL") : "not checked");
	if (row->want == ERR_CERT_TEST)
		assert_int_equal(v->test, 1);
}

static void
verify_row(void **state)
{
	const struct row *row = *state;
	char path[] = "/tmp/crypto_chain.XXXXXX";
	const struct revocation_conf revocation = { .crl_file = path,
	    .how = row->listed ? REVOCATION_CRL : REVOCATION_OFF,
	    .required = row->required };
	const struct chain_rules rules = {
	    .profile = chain_profile(either(row->profile, RSA)),
	    .mode = row->mode, .now = test_time(either(row->now, NOW)),
	    .revocation = &revocation };
	struct chain_verdict verdict;
	struct note note = { "" };
	X509_STORE *store = make_store(row->anchors);
	X509 *leaf = make_leaf(row);
	EVP_PKEY *key = NULL;
	uint8_t *der;
	size_t len;
	int fd;

	assert_true((fd = mkstemp(path)) != -1);
	close(fd);
	write_list(path, row);
	der = test_der(leaf, &len);
	assert_int_equal(chain_verify(der, len, store, &rules, &verdict, &key,
	    &note), ERR_OK);
	check_verdict(row, &verdict, key);
	unlink(path);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	X509_free(leaf);
	X509_STORE_free(store);
}

/* What is done to the bytes of a good certificate. */
static const struct form {
	const char	*name;
	size_t		 keep;		/* 0: all */
	size_t		 add;		/* zero bytes behind it */
	size_t		 at;		/* byte to change, ~0: the last */
	uint8_t		 flip;
	enum err	 want, verdict;
} forms[] = {
	{ "as it is", 0, 0, 0, 0, ERR_OK, ERR_OK },
	{ "last bit of the signature", 0, 0, SIZE_MAX, 1, ERR_OK,
	    ERR_CERT_CHAIN },
	{ "a trailing byte", 0, 1, 0, 0, ERR_CERT_FORM, ERR_CERT_FORM },
	{ "far too many trailing bytes", 0, 3500, 0, 0, ERR_CERT_FORM,
	    ERR_CERT_FORM },
	{ "last byte missing", SIZE_MAX, 0, 0, 0, ERR_CERT_FORM,
	    ERR_CERT_FORM },
	{ "head only", 4, 0, 0, 0, ERR_CERT_FORM, ERR_CERT_FORM },
	{ "one byte", 1, 0, 0, 0, ERR_CERT_FORM, ERR_CERT_FORM },
	{ "not a SEQUENCE", 0, 0, 0, 1, ERR_CERT_FORM, ERR_CERT_FORM },
	{ "length in three bytes", 0, 0, 1, 1, ERR_CERT_FORM,
	    ERR_CERT_FORM },
	{ "length one too large", 0, 0, 3, 1, ERR_CERT_FORM,
	    ERR_CERT_FORM },
	{ "inner length wrong", 0, 0, 7, 1, ERR_CERT_FORM, ERR_CERT_FORM },
};

static void
form_row(void **state)
{
	const struct form *row = *state;
	const struct row plain = { .name = "good" };
	const struct chain_rules rules = { .profile = chain_profile(RSA),
	    .now = test_time(NOW) };
	struct chain_verdict verdict;
	X509_STORE *store = make_store(PINNED);
	X509 *leaf = make_leaf(&plain);
	EVP_PKEY *key = NULL;
	uint8_t *der, *bytes;
	size_t len;

	der = test_der(leaf, &len);
	assert_non_null(bytes = calloc(1, len + row->add));
	memcpy(bytes, der, len);
	if (row->flip != 0)
		bytes[row->at == SIZE_MAX ? len - 1 : row->at] ^= row->flip;
	len = row->keep == 0 ? len : row->keep == SIZE_MAX ? len - 1 :
	    row->keep;
	assert_string_equal(err_name(chain_verify(bytes, len + row->add,
	    store, &rules, &verdict, &key, NULL)), err_name(row->want));
	assert_string_equal(err_name(verdict.err), err_name(row->verdict));
	assert_true((key != NULL) == (row->verdict == ERR_OK));
	EVP_PKEY_free(key);
	free(bytes);
	OPENSSL_free(der);
	X509_free(leaf);
	X509_STORE_free(store);
}

static const struct head {
	const char	*name;
	uint8_t		 bytes[4];
	size_t		 len, total;
} heads[] = {
	{ "1583 bytes", { 0x30, 0x82, 0x06, 0x2b }, 4, 1583 },
	{ "least", { 0x30, 0x82, 0x01, 0xf0 }, 4, 500 },
	{ "most", { 0x30, 0x82, 0x0f, 0xfc }, 4, 4096 },
	{ "one too few", { 0x30, 0x82, 0x01, 0xef }, 4, 0 },
	{ "one too many", { 0x30, 0x82, 0x0f, 0xfd }, 4, 0 },
	{ "65535", { 0x30, 0x82, 0xff, 0xff }, 4, 0 },
	{ "three bytes", { 0x30, 0x82, 0x06, 0x2b }, 3, 0 },
	{ "no bytes", { 0x30, 0x82, 0x06, 0x2b }, 0, 0 },
	{ "empty file of the card", { 0xff, 0xff, 0xff, 0xff }, 4, 0 },
	{ "SET", { 0x31, 0x82, 0x06, 0x2b }, 4, 0 },
	{ "indefinite length", { 0x30, 0x80, 0x06, 0x2b }, 4, 0 },
	{ "length in one byte", { 0x30, 0x81, 0xff, 0x30 }, 4, 0 },
};

static void
head_row(void **state)
{
	const struct head *row = *state;
	size_t total = 99;

	assert_int_equal(chain_der_length(row->bytes, row->len, &total),
	    row->total != 0 ? ERR_OK : ERR_CERT_FORM);
	assert_int_equal(total, row->total);
}

/* Every root offered as the card's certificate. */
static void
root_as_leaf(void **state)
{
	const struct chain_rules rules = { .profile = chain_profile(RSA),
	    .now = test_time("20240801000000") };
	X509_STORE *store = make_store(PINNED);
	struct chain_verdict verdict;
	STACK_OF(X509) *all = X509_STORE_get1_all_certs(store);
	EVP_PKEY *key = NULL;
	uint8_t *der;
	size_t len;

	(void)state;
	assert_int_equal(sk_X509_num(all), LEN(generation));
	for (int i = 0; i < sk_X509_num(all); i++) {
		der = test_der(sk_X509_value(all, i), &len);
		assert_int_equal(chain_verify(der, len, store, &rules,
		    &verdict, &key, NULL), ERR_OK);
		assert_string_equal(err_name(verdict.err), "CERT_CHAIN");
		assert_null(key);
		OPENSSL_free(der);
	}
	sk_X509_pop_free(all, X509_free);
	X509_STORE_free(store);
}

static void
no_such_profile(void **state)
{
	(void)state;
	assert_null(chain_profile("jpki-auth"));
	assert_null(chain_profile(""));
	assert_string_equal(chain_profile(RSA)->policy, POLICY);
}

static int
end(void **state)
{
	(void)state;
	test_certs_end();
	return (0);
}

#define ADD(table, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name, \
		    .test_func = func,					\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(forms) + LEN(heads) + 2] = {
		cmocka_unit_test(root_as_leaf),
		cmocka_unit_test(no_such_profile),
	};
	size_t n = 2;

	ADD(rows, verify_row);
	ADD(forms, form_row);
	ADD(heads, head_row);
	return (cmocka_run_group_tests(tests, NULL, end));
}
