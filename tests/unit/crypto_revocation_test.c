#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include "base/buf.h"
#include "crypto/revocation.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define NAME	"C=JP/O=JPKI/OU=JPKI for user authentication/" \
		"OU=Japan Agency for Local Authority Information Systems"
#define SERIAL	"5A17C3E9"
#define NOW	"20241120000000"	/* not today: no clock counts */
#define TOWN	"crlDistributionPoints=URI:http://crl.invalid/town1"
#define PART(n)	"issuingDistributionPoint=critical," \
		"fullname:URI:http://crl.invalid/town" n
#define LONG_MS	20000	/* never reached: the answer ends the wait */
#define SHORT_MS 200

static const struct test_cert root2 = { .subject = NAME, .issuer = NAME,
    .serial = "0133C349", .from = "20190914000000Z", .to = "20290914145959Z",
    .ext = { "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign" },
    .key = TEST_KEY_ROOT2, .signer = TEST_KEY_ROOT2 };
static const struct test_cert root3 = { .subject = NAME, .issuer = NAME,
    .serial = "06D18006", .from = "20230716000000Z", .to = "20330715145959Z",
    .ext = { "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign" },
    .key = TEST_KEY_ROOT3, .signer = TEST_KEY_ROOT3 };
static const struct test_cert no_lists = { .subject = NAME, .issuer = NAME,
    .serial = "0133C349", .from = "20190914000000Z", .to = "20290914145959Z",
    .ext = { "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign" },
    .key = TEST_KEY_ROOT2, .signer = TEST_KEY_ROOT2 };
static const struct test_cert person = { .subject = "C=JP/CN=x",
    .issuer = NAME, .serial = SERIAL, .from = "20240901000000Z",
    .to = "20260831145959Z", .ext = { "keyUsage=critical,digitalSignature",
    TOWN }, .key = TEST_KEY_LEAF, .signer = TEST_KEY_ROOT2 };
static const struct test_cert person3 = { .subject = "C=JP/CN=x",
    .issuer = NAME, .serial = SERIAL, .from = "20240901000000Z",
    .to = "20260831145959Z", .ext = { "keyUsage=critical,digitalSignature",
    TOWN }, .key = TEST_KEY_LEAF, .signer = TEST_KEY_ROOT3 };
static const struct test_cert another = { .subject = "C=JP/CN=y",
    .issuer = NAME, .serial = "5A17C3EA", .from = "20240901000000Z",
    .to = "20260831145959Z", .key = TEST_KEY_LEAF,
    .signer = TEST_KEY_ROOT2 };

enum file { DER, PEM, PEM_PAIR, THEN_BESIDE, AFTER_BESIDE, MORE, CUT,
    NOISE, EMPTY, LABEL, HUGE_FILE, MISSING };

static const struct list {
	const char	*name;
	enum revocation	 want;
	const char	*why;
	enum file	 file;
	const char	*revoked, *from, *to, *issuer, *md, *ext;
	enum test_key	 signer;	/* 0: of the leaf */
	int		 endless, no_lists;
	int		 of_3;		/* leaf and issuer */
	/* Another list in the file, in date; newer if it has a date. */
	enum test_key	 beside;
	const char	*beside_revoked, *beside_from, *beside_md;
} lists[] = {
#define GOOD	.want = REVOCATION_GOOD, .why = "CRL"
#define GONE	.want = REVOCATION_REVOKED, .why = "CRL"
#define GONE_BY_OLD .want = REVOCATION_REVOKED, .why = "CRL, out of date"
#define BY_2	.beside = TEST_KEY_ROOT3
#define BY_3	.of_3 = 1, .beside = TEST_KEY_ROOT2
	{ .name = "empty list", GOOD },
	{ .name = "others on the list", GOOD, .revoked = "5A17C3EA" },
	{ .name = "on the list", GONE, .revoked = SERIAL },
	{ .name = "PEM, not on the list", GOOD, .file = PEM },
	{ .name = "PEM, on the list", GONE, .file = PEM, .revoked = SERIAL },
	{ .name = "two towns, on this one's list", GONE, .file = PEM_PAIR,
	    .revoked = SERIAL, .ext = PART("1") },
	{ .name = "this town's list", GOOD, .ext = PART("1") },
	{ .name = "another town's list", .ext = PART("2"),
	    .why = "CRL does not cover this certificate" },
	{ .name = "on another town's list", .ext = PART("2"),
	    .revoked = SERIAL,
	    .why = "CRL does not cover this certificate" },
	{ .name = "over", .to = "20241119000000Z", .why = "CRL expired" },
	{ .name = "over, others on the list", .to = "20241119000000Z",
	    .revoked = "5A17C3EA", .why = "CRL expired" },
	{ .name = "over, on the list", GONE_BY_OLD, .revoked = SERIAL,
	    .to = "20241119000000Z" },
	{ .name = "over, on the list, signed by the holder",
	    .revoked = SERIAL, .to = "20241119000000Z",
	    .signer = TEST_KEY_LEAF, .why = "CRL is not of this issuer" },
	{ .name = "over, on another town's list", .revoked = SERIAL,
	    .to = "20241119000000Z", .ext = PART("2"),
	    .why = "CRL does not cover this certificate" },
	{ .name = "over, on the list, issuer may not sign lists",
	    .revoked = SERIAL, .to = "20241119000000Z", .no_lists = 1,
	    .why = "issuer may not sign a CRL" },
	{ .name = "over, on the list, unknown critical extension",
	    .revoked = SERIAL, .to = "20241119000000Z",
	    .ext = "1.2.392.1.2.3=critical,DER:0500",
	    .why = "CRL has an unknown critical extension" },
	{ .name = "over, on the list, taken back by the next", GOOD,
	    .revoked = SERIAL, .to = "20241119000000Z",
	    .from = "20241112000000Z", .file = THEN_BESIDE,
	    .beside = TEST_KEY_ROOT2 },
	{ .name = "not yet", .from = "20241120000100Z",
	    .why = "CRL is not valid yet" },
	{ .name = "not yet, on the list", GONE_BY_OLD, .revoked = SERIAL,
	    .from = "20241120000100Z" },
	{ .name = "without end", .endless = 1,
	    .why = "CRL has no next update" },
	{ .name = "other issuer", .issuer = "C=JP/O=Other",
	    .why = "CRL is not of this issuer" },
	{ .name = "on a list of another issuer", .issuer = "C=JP/O=Other",
	    .revoked = SERIAL, .why = "CRL is not of this issuer" },
	{ .name = "signed by generation 3", .signer = TEST_KEY_ROOT3,
	    .why = "CRL is not of this issuer" },
	{ .name = "signed by the holder", .signer = TEST_KEY_LEAF,
	    .revoked = SERIAL, .why = "CRL is not of this issuer" },
	{ .name = "two lists, none of this issuer", .file = THEN_BESIDE,
	    .signer = TEST_KEY_LEAF, .revoked = SERIAL, BY_2,
	    .beside_revoked = SERIAL, .why = "CRL is not of this issuer" },
	{ .name = "forged and newer beside", GONE, .file = THEN_BESIDE,
	    .revoked = SERIAL, .beside = TEST_KEY_LEAF,
	    .beside_from = "20241119120000Z" },
	{ .name = "2 then 3, leaf of 2, on list 3", GOOD, BY_2,
	    .file = THEN_BESIDE, .beside_revoked = SERIAL },
	{ .name = "3 then 2, leaf of 2, on list 3", GOOD, BY_2,
	    .file = AFTER_BESIDE, .beside_revoked = SERIAL },
	{ .name = "3 then 2, leaf of 3, on list 2", GOOD, BY_3,
	    .file = THEN_BESIDE, .beside_revoked = SERIAL },
	{ .name = "2 then 3, leaf of 3, on list 2", GOOD, BY_3,
	    .file = AFTER_BESIDE, .beside_revoked = SERIAL },
	{ .name = "2 then 3, leaf of 2, on list 2", GONE, BY_2,
	    .file = THEN_BESIDE, .revoked = SERIAL },
	{ .name = "3 then 2, leaf of 2, on list 2", GONE, BY_2,
	    .file = AFTER_BESIDE, .revoked = SERIAL },
	{ .name = "3 then 2, leaf of 3, on list 3", GONE, BY_3,
	    .file = THEN_BESIDE, .revoked = SERIAL },
	{ .name = "2 then 3, leaf of 3, on list 3", GONE, BY_3,
	    .file = AFTER_BESIDE, .revoked = SERIAL },
	{ .name = "3 newer, leaf of 2, on list 2", GONE, BY_2,
	    .file = THEN_BESIDE, .revoked = SERIAL,
	    .beside_from = "20241119120000Z" },
	{ .name = "3 signed with SHA-1, leaf of 2", GOOD, BY_2,
	    .file = THEN_BESIDE, .beside_md = "SHA1" },
	{ .name = "own second list signed with SHA-1", .file = THEN_BESIDE,
	    .beside = TEST_KEY_ROOT2, .beside_md = "SHA1",
	    .why = "CRL is signed with a weak digest" },
	{ .name = "3 in date, list 2 over", BY_2, .file = THEN_BESIDE,
	    .to = "20241119000000Z", .why = "CRL expired" },
	{ .name = "3 in date, list 2 over, on it", GONE_BY_OLD, BY_2,
	    .file = THEN_BESIDE, .revoked = SERIAL,
	    .to = "20241119000000Z" },
	{ .name = "signed with SHA-1", .md = "SHA1",
	    .why = "CRL is signed with a weak digest" },
	{ .name = "delta", .ext = "2.5.29.27=critical,DER:020101",
	    .why = "CRL is a delta" },
	{ .name = "unknown critical extension", .revoked = "77",
	    .ext = "1.2.392.1.2.3=critical,DER:0500",
	    .why = "CRL has an unknown critical extension" },
	{ .name = "issuer may not sign lists", .no_lists = 1,
	    .why = "issuer may not sign a CRL" },
	{ .name = "trailing bytes", .file = MORE,
	    .why = "CRL file is malformed" },
	{ .name = "cut", .file = CUT, .why = "CRL file is malformed" },
	{ .name = "noise", .file = NOISE, .why = "CRL file is malformed" },
	{ .name = "no bytes", .file = EMPTY,
	    .why = "CRL file is malformed" },
	{ .name = "labelled certificate", .file = LABEL,
	    .why = "CRL file is malformed" },
	{ .name = "more than 16 MiB", .file = HUGE_FILE,
	    .why = "CRL file is too large" },
	{ .name = "no file", .file = MISSING,
	    .why = "CRL file cannot be read" },
};

static struct blob
list_der(const struct list *row)
{
	const struct test_crl t = {
	    .issuer = row->issuer != NULL ? row->issuer : NAME,
	    .from = row->from != NULL ? row->from : "20241119000000Z",
	    .to = row->endless ? NULL : row->to != NULL ? row->to :
	    "20241126000000Z", .revoked = row->revoked, .md = row->md,
	    .ext = { row->ext },
	    .signer = row->signer != 0 ? row->signer :
	    row->of_3 ? TEST_KEY_ROOT3 : TEST_KEY_ROOT2 };
	X509_CRL *crl = test_crl(&t);
	unsigned char *der = NULL;
	struct blob out = { 0 };
	int n = i2d_X509_CRL(crl, &der);

	assert_true(n > 0);
	assert_int_equal(blob_add(&out, der, (size_t)n), ERR_OK);
	OPENSSL_free(der);
	X509_CRL_free(crl);
	return (out);
}

static void
write_pem(const char *path, const char *label, const struct blob *der,
    const char *mode)
{
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	assert_true(PEM_write(f, label, "", der->data, (long)der->len) > 0);
	assert_int_equal(fclose(f), 0);
}

static void
write_list(const char *path, const struct list *row)
{
	static const struct list other = { .ext = PART("2") };
	const struct list beside = { .signer = row->beside,
	    .revoked = row->beside_revoked, .from = row->beside_from,
	    .md = row->beside_md };
	struct blob der = list_der(row), more = { 0 };

	switch (row->file) {
	case DER:	test_write(path, der.data, der.len); break;
	case PEM:	write_pem(path, "X509 CRL", &der, "w"); break;
	case PEM_PAIR:
		more = list_der(&other);
		write_pem(path, "X509 CRL", &more, "w");
		write_pem(path, "X509 CRL", &der, "a");
		break;
	case THEN_BESIDE: case AFTER_BESIDE:
		more = list_der(&beside);
		write_pem(path, "X509 CRL",
		    row->file == THEN_BESIDE ? &der : &more, "w");
		write_pem(path, "X509 CRL",
		    row->file == THEN_BESIDE ? &more : &der, "a");
		break;
	case MORE:
		assert_int_equal(blob_add_u8(&der, 0), ERR_OK);
		test_write(path, der.data, der.len);
		break;
	case CUT:	test_write(path, der.data, der.len - 1); break;
	case NOISE:	test_write(path, "no list\n", 8); break;
	case EMPTY:	test_write(path, "", 0); break;
	case LABEL:	write_pem(path, "CERTIFICATE", &der, "w"); break;
	case HUGE_FILE:
		test_write(path, der.data, der.len);
		assert_int_equal(truncate(path, (16 << 20) + 1), 0);
		break;
	case MISSING:	assert_int_equal(unlink(path), 0); break;
	}
	blob_free(&more);
	blob_free(&der);
}

static void
list_row(void **state)
{
	const struct list *row = *state;
	char path[] = "/tmp/crypto_revocation.XXXXXX", why[96];
	const struct revocation_conf conf = { .how = REVOCATION_CRL,
	    .crl_file = path };
	X509 *issuer = test_cert(row->no_lists ? &no_lists :
	    row->of_3 ? &root3 : &root2);
	X509 *leaf = test_cert(row->of_3 ? &person3 : &person);
	int fd, got;

	assert_true((fd = mkstemp(path)) != -1);
	close(fd);
	write_list(path, row);
	got = (int)revocation_check(&conf, leaf, issuer, test_time(NOW), why,
	    sizeof(why));
	unlink(path);
	X509_free(leaf);
	X509_free(issuer);
	assert_string_equal(why, row->why);
	assert_int_equal(got, row->want);
}

/* What the responder does with the connection, and what it says. */
enum act { ANSWER, SILENT, HALF, HANG_UP, STATUS_500, REDIRECT, HTML,
    OVERSIZE, TRY_LATER, NOT_BASIC, NOBODY };
enum by { ISSUER, ISSUER_KEY_HASH, DELEGATE, DELEGATE_PLAIN, DELEGATE_OVER,
    DELEGATE_OF_3, ROGUE, GENERATION_3, HOLDER };
enum nonce { SAME, ABSENT, WRONG };
enum id { ASKED, OTHER_SERIAL, OTHER_ISSUER };

static const struct reply {
	const char	*name;
	enum revocation	 want;
	const char	*why;		/* NULL: depends on the moment */
	int		 status;	/* V_OCSP_CERTSTATUS_ */
	enum act	 act;
	enum by		 by;
	enum nonce	 nonce;
	enum id		 id;
	const char	*from, *to;	/* "": none */
	const char	*md;
	int		 flip;		/* a bit of the signature */
	const char	*host;		/* NULL: 127.0.0.1 */
	int		 family;	/* 0: AF_INET */
} replies[] = {
#define YES	.want = REVOCATION_GOOD, .why = "OCSP"
#define NO	.want = REVOCATION_REVOKED, .why = "OCSP", \
		.status = V_OCSP_CERTSTATUS_REVOKED
#define NO_BY_OLD .want = REVOCATION_REVOKED, .why = "OCSP, out of date", \
		.status = V_OCSP_CERTSTATUS_REVOKED
#define LOST	.status = V_OCSP_CERTSTATUS_REVOKED, .why
	{ .name = "good", YES },
	{ .name = "revoked", NO },
	{ .name = "unknown to the responder",
	    .status = V_OCSP_CERTSTATUS_UNKNOWN,
	    .why = "responder does not know the certificate" },
	{ .name = "good, signer by key", YES, .by = ISSUER_KEY_HASH },
	{ .name = "good, by a delegate", YES, .by = DELEGATE },
	{ .name = "revoked, by a delegate", NO, .by = DELEGATE },
	{ .name = "good, no nonce", YES, .nonce = ABSENT },
	{ .name = "good, made on the spot", YES, .to = "" },
	{ .name = "good, clock four minutes ahead", YES,
	    .from = "20241120000400Z" },
	{ .name = "good, at localhost", YES, .host = "localhost" },
	{ .name = "good, at ::1", YES, .host = "[::1]", .family = AF_INET6 },
	{ .name = "delegate without OCSPSigning", .by = DELEGATE_PLAIN,
	    .why = "answer is not signed by the issuer" },
	{ .name = "delegate over", .by = DELEGATE_OVER,
	    .why = "answer is not signed by the issuer" },
	{ .name = "delegate of generation 3", .by = DELEGATE_OF_3,
	    .why = "answer is not signed by the issuer" },
	{ .name = "rogue of equal name", .by = ROGUE,
	    .why = "answer is not signed by the issuer" },
	{ .name = "generation 3", .by = GENERATION_3,
	    .why = "answer is not signed by the issuer" },
	{ .name = "the holder", .by = HOLDER,
	    .why = "answer is not signed by the issuer" },
	{ .name = "revoked by a rogue", .by = ROGUE,
	    LOST = "answer is not signed by the issuer" },
	{ .name = "signed with SHA-1", .md = "SHA1",
	    .why = "answer is not signed by the issuer" },
	{ .name = "a bit of the signature", .flip = 1,
	    .why = "answer is not signed by the issuer" },
	{ .name = "next update over", .from = "20241101000000Z",
	    .to = "20241119000000Z", .why = "answer is out of date" },
	{ .name = "revoked, over", NO_BY_OLD, .from = "20241101000000Z",
	    .to = "20241119000000Z" },
	{ .name = "revoked, over, by a delegate", NO_BY_OLD, .by = DELEGATE,
	    .from = "20241101000000Z", .to = "20241119000000Z" },
	{ .name = "revoked, old, no next update", NO_BY_OLD,
	    .from = "20241119230000Z", .to = "" },
	{ .name = "revoked, from the future", NO_BY_OLD,
	    .from = "20241120010000Z" },
	{ .name = "revoked, over, by a rogue", .by = ROGUE,
	    .from = "20241101000000Z", .to = "20241119000000Z",
	    LOST = "answer is not signed by the issuer" },
	{ .name = "revoked, over, by a delegate that is over",
	    .by = DELEGATE_OVER, .from = "20241101000000Z",
	    .to = "20241119000000Z",
	    LOST = "answer is not signed by the issuer" },
	{ .name = "revoked, over, other serial", .id = OTHER_SERIAL,
	    .from = "20241101000000Z", .to = "20241119000000Z",
	    LOST = "answer is for another certificate" },
	{ .name = "revoked, over, wrong nonce", .nonce = WRONG,
	    .from = "20241101000000Z", .to = "20241119000000Z",
	    LOST = "answer is for another request" },
	{ .name = "unknown to the responder, over",
	    .status = V_OCSP_CERTSTATUS_UNKNOWN, .from = "20241101000000Z",
	    .to = "20241119000000Z", .why = "answer is out of date" },
	{ .name = "old, no next update", .from = "20241119230000Z",
	    .to = "", .why = "answer is out of date" },
	{ .name = "from the future", .from = "20241120010000Z",
	    .why = "answer is not valid yet" },
	{ .name = "wrong nonce", .nonce = WRONG,
	    .why = "answer is for another request" },
	{ .name = "other serial", .id = OTHER_SERIAL,
	    .why = "answer is for another certificate" },
	{ .name = "other issuer", .id = OTHER_ISSUER,
	    .why = "answer is not signed by the issuer" },
	{ .name = "try later", .act = TRY_LATER,
	    .why = "responder refused to answer" },
	{ .name = "another kind of response", .act = NOT_BASIC,
	    .why = "responder's answer is no OCSP response" },
	{ .name = "HTTP 500", .act = STATUS_500,
	    .why = "responder's answer is no OCSP response" },
	{ .name = "redirection", .act = REDIRECT,
	    .why = "responder's answer is no OCSP response" },
	{ .name = "a page", .act = HTML,
	    .why = "responder's answer is no OCSP response" },
	{ .name = "more than 64 KiB", .act = OVERSIZE,
	    .why = "responder's answer is no OCSP response" },
	{ .name = "silent", .act = SILENT,
	    .why = "responder does not answer" },
	{ .name = "silent in the middle", .act = HALF,
	    .why = "responder does not answer" },
	{ .name = "hangs up", .act = HANG_UP, .why = NULL },
	{ .name = "nobody there", .act = NOBODY,
	    .why = "responder cannot be reached" },
};

struct responder {
	const struct reply	*row;
	X509			*leaf, *other, *issuer, *issuer3;
	int			 listener;
	uint16_t		 port;
	pthread_t		 thread;
};

static ASN1_GENERALIZEDTIME *
moment(const char *given, const char *otherwise)
{
	ASN1_GENERALIZEDTIME *t;

	if (given != NULL && given[0] == '\0')
		return (NULL);
	t = ASN1_GENERALIZEDTIME_new();
	assert_int_equal(ASN1_GENERALIZEDTIME_set_string(t,
	    given != NULL ? given : otherwise), 1);
	return (t);
}

/* Good in every way but its size. */
static void
pad(OCSP_BASICRESP *basic)
{
	static const uint8_t zeroes[70000];
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.392.1.2.3", 1);
	X509_EXTENSION *ext;

	assert_int_equal(ASN1_OCTET_STRING_set(value, zeroes,
	    sizeof(zeroes)), 1);
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
	assert_int_equal(OCSP_BASICRESP_add_ext(basic, ext, -1), 1);
	X509_EXTENSION_free(ext);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
}

/* Who signs: a key, and the certificate that goes with the answer. */
static X509 *
signer_cert(const struct reply *row, enum test_key *key)
{
	struct test_cert t = { .subject = "C=JP/CN=responder", .issuer = NAME,
	    .serial = "77", .from = "20240901000000Z",
	    .to = "20250831145959Z",
	    .ext = { "keyUsage=critical,digitalSignature" },
	    .key = TEST_KEY_OTHER, .signer = TEST_KEY_ROOT2 };

	*key = TEST_KEY_OTHER;
	switch (row->by) {
	case ISSUER: case ISSUER_KEY_HASH:
		*key = TEST_KEY_ROOT2;
		return (test_cert(&root2));
	case GENERATION_3:
		*key = TEST_KEY_ROOT3;
		return (test_cert(&root3));
	case HOLDER:
		*key = TEST_KEY_LEAF;
		return (test_cert(&person));
	case ROGUE:
		t = root2;
		t.key = t.signer = TEST_KEY_OTHER;
		break;
	case DELEGATE_PLAIN:
		break;
	case DELEGATE_OVER:
		t.to = "20241001000000Z";
		t.ext[1] = "extendedKeyUsage=OCSPSigning";
		break;
	case DELEGATE_OF_3:
		t.signer = TEST_KEY_ROOT3;
		t.ext[1] = "extendedKeyUsage=OCSPSigning";
		break;
	case DELEGATE:
		t.ext[1] = "extendedKeyUsage=OCSPSigning";
		break;
	}
	return (test_cert(&t));
}

static OCSP_CERTID *
make_id(const struct responder *r)
{
	switch (r->row->id) {
	case ASKED:
		break;
	case OTHER_SERIAL:
		return (OCSP_cert_to_id(EVP_sha1(), r->other, r->issuer));
	case OTHER_ISSUER:
		return (OCSP_cert_to_id(EVP_sha1(), r->leaf, r->issuer3));
	}
	return (OCSP_cert_to_id(EVP_sha1(), r->leaf, r->issuer));
}

static void
sign_basic(const struct reply *row, OCSP_BASICRESP *basic)
{
	enum test_key key;
	X509 *cert = signer_cert(row, &key);
	unsigned long flags = row->by == ISSUER ? OCSP_NOCERTS :
	    row->by == ISSUER_KEY_HASH ? OCSP_NOCERTS | OCSP_RESPID_KEY : 0;
	const ASN1_OCTET_STRING *sig;

	assert_int_equal(OCSP_basic_sign(basic, cert, test_key(key),
	    EVP_get_digestbyname(row->md != NULL ? row->md : "SHA256"), NULL,
	    flags), 1);
	if (row->flip) {
		sig = OCSP_resp_get0_signature(basic);
		*(uint8_t *)(uintptr_t)ASN1_STRING_get0_data(sig) ^= 1;
	}
	X509_free(cert);
}

static OCSP_RESPONSE *
respond(const struct responder *r, OCSP_REQUEST *req)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = make_id(r);
	ASN1_GENERALIZEDTIME *from, *to, *revoked = NULL;
	OCSP_RESPONSE *response;
	uint8_t nonce[16] = { 1 };

	from = moment(r->row->from, "20241119235900Z");
	to = moment(r->row->to, "20241121000000Z");
	if (r->row->status == V_OCSP_CERTSTATUS_REVOKED)
		revoked = moment(NULL, "20241001000000Z");
	assert_non_null(OCSP_basic_add1_status(basic, id, r->row->status,
	    OCSP_REVOKED_STATUS_NOSTATUS, revoked, from, to));
	if (r->row->nonce == SAME)
		assert_int_equal(OCSP_copy_nonce(basic, req), 1);
	else if (r->row->nonce == WRONG)
		assert_int_equal(OCSP_basic_add1_nonce(basic, nonce,
		    sizeof(nonce)), 1);
	if (r->row->act == OVERSIZE)
		pad(basic);
	sign_basic(r->row, basic);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL,
	    basic);
	assert_non_null(response);
	ASN1_GENERALIZEDTIME_free(from);
	ASN1_GENERALIZEDTIME_free(to);
	ASN1_GENERALIZEDTIME_free(revoked);
	OCSP_CERTID_free(id);
	OCSP_BASICRESP_free(basic);
	return (response);
}

static const char *
host_of(const struct reply *row)
{
	return (row->host != NULL ? row->host : "127.0.0.1");
}

/* The request's body: all there is after the header, as long as it says. */
static OCSP_REQUEST *
read_request(const struct responder *r, int fd)
{
	char text[8192] = "", host[64];
	const unsigned char *p;
	char *body = NULL, *length;
	size_t have = 0, want = sizeof(text) - 1;
	ssize_t n;

	while (have < want && (n = read(fd, text + have,
	    sizeof(text) - 1 - have)) > 0) {
		have += (size_t)n;
		if (body == NULL && (body = strstr(text, "\r\n\r\n")) != NULL) {
			length = strcasestr(text, "content-length:");
			want = length == NULL ? 0 :
			    (size_t)(body + 4 - text) +
			    (size_t)strtoul(length + 15, NULL, 10);
		}
	}
	snprintf(host, sizeof(host), "\r\nHost: %s:%d\r\n", host_of(r->row),
	    r->port);
	if (body == NULL || strstr(text, host) == NULL ||
	    strncmp(text, "POST /ocsp HTTP/1.0\r\n", 21) != 0)
		return (NULL);
	p = (const unsigned char *)body + 4;
	return (d2i_OCSP_REQUEST(NULL, &p, (long)(text + have - body - 4)));
}

static void
say(int fd, const void *data, size_t len)
{
	/* The other side may refuse to read to the end. */
	(void)send(fd, data, len, MSG_NOSIGNAL);
}

static void
say_text(int fd, const char *text)
{
	say(fd, text, strlen(text));
}

static void
say_der(int fd, OCSP_RESPONSE *response, int half)
{
	unsigned char *der = NULL;
	char head[128];
	int n = i2d_OCSP_RESPONSE(response, &der);

	assert_true(n > 0);
	snprintf(head, sizeof(head), "HTTP/1.0 200 OK\r\nContent-Type: "
	    "application/ocsp-response\r\nContent-Length: %d\r\n\r\n", n);
	say_text(fd, head);
	say(fd, der, (size_t)(half ? n / 2 : n));
	OPENSSL_free(der);
}

/* A response whose inside is of another type than basic. */
static OCSP_RESPONSE *
not_basic(void)
{
	/* RFC 6960 4.2.1: successful, responseBytes of the nonce's OID. */
	static const uint8_t der[] = { 0x30, 0x16, 0x0a, 0x01, 0x00, 0xa0,
	    0x11, 0x30, 0x0f, 0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07,
	    0x30, 0x01, 0x02, 0x04, 0x02, 0x30, 0x00 };
	const unsigned char *p = der;

	return (d2i_OCSP_RESPONSE(NULL, &p, sizeof(der)));
}

static void
act(const struct responder *r, int fd, OCSP_REQUEST *req)
{
	OCSP_RESPONSE *response = NULL;
	char rest;

	switch (r->row->act) {
	case ANSWER: case HALF: case OVERSIZE:
		response = respond(r, req);
		say_der(fd, response, r->row->act == HALF);
		break;
	case TRY_LATER:
		response = OCSP_response_create(
		    OCSP_RESPONSE_STATUS_TRYLATER, NULL);
		say_der(fd, response, 0);
		break;
	case NOT_BASIC:
		assert_non_null(response = not_basic());
		say_der(fd, response, 0);
		break;
	case STATUS_500:
		say_text(fd, "HTTP/1.0 500 Internal Server Error\r\n"
		    "Content-Length: 0\r\n\r\n");
		break;
	case REDIRECT:
		say_text(fd, "HTTP/1.0 302 Found\r\nLocation: "
		    "http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n");
		break;
	case HTML:
		say_text(fd, "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n"
		    "Content-Length: 13\r\n\r\n<html></html>");
		break;
	case SILENT: case HANG_UP: case NOBODY:
		break;
	}
	/* The silent ones wait here until the other side gives up. */
	if (r->row->act == SILENT || r->row->act == HALF)
		while (read(fd, &rest, 1) > 0)
			continue;
	OCSP_RESPONSE_free(response);
}

static void *
serve(void *arg)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };
	const struct responder *r = arg;
	struct pollfd p = { .fd = r->listener, .events = POLLIN };
	OCSP_REQUEST *req;
	int fd;

	if (poll(&p, 1, LONG_MS) != 1 ||
	    (fd = accept(r->listener, NULL, NULL)) == -1)
		return (NULL);
	if (r->row->act == HANG_UP) {
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	} else if ((req = read_request(r, fd)) != NULL) {
		act(r, fd, req);
		OCSP_REQUEST_free(req);
	}
	close(fd);
	return (NULL);
}

/* A port of the loopback address, or -1 when the family is not there. */
static int
claim(int family, uint16_t *port)
{
	union {
		struct sockaddr		any;
		struct sockaddr_in	four;
		struct sockaddr_in6	six;
	} a = { .four = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a.four);
	int fd = socket(family, SOCK_STREAM, 0);

	if (family == AF_INET6) {
		len = sizeof(a.six);
		a.six = (struct sockaddr_in6){ .sin6_family = AF_INET6,
		    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	}
	if (fd == -1 || bind(fd, &a.any, len) == -1 ||
	    getsockname(fd, &a.any, &len) == -1) {
		close(fd);
		return (-1);
	}
	*port = ntohs(family == AF_INET6 ? a.six.sin6_port : a.four.sin_port);
	return (fd);
}

static void
start(struct responder *r)
{
	r->listener = claim(r->row->family != 0 ? r->row->family : AF_INET,
	    &r->port);
	assert_true(r->listener != -1);
	if (r->row->act == NOBODY)
		return;		/* bound, so nobody else is there either */
	assert_int_equal(listen(r->listener, 1), 0);
	assert_int_equal(pthread_create(&r->thread, NULL, serve, r), 0);
}

static void
stop(struct responder *r)
{
	if (r->row->act != NOBODY)
		pthread_join(r->thread, NULL);
	close(r->listener);
}

/* A machine may have no IPv6: only that is a reason to leave a row out. */
static void
skip_without(int family)
{
	uint16_t port;
	int fd;

	if (family != AF_INET6)
		return;
	if ((fd = claim(family, &port)) == -1) {
		print_message("skipped, because there is no ::1\n");
		skip();
	}
	close(fd);
}

static void
reply_row(void **state)
{
	struct responder r = { .row = *state, .leaf = test_cert(&person),
	    .other = test_cert(&another), .issuer = test_cert(&root2),
	    .issuer3 = test_cert(&root3) };
	int waits = r.row->act == SILENT || r.row->act == HALF;
	struct revocation_conf conf = { .how = REVOCATION_OCSP,
	    .ocsp_ms = waits ? SHORT_MS : LONG_MS };
	char url[64], why[96];
	enum revocation got;

	skip_without(r.row->family);
	for (enum test_key k = 0; k < TEST_KEYS; k++)
		test_key(k);	/* before there is a second thread */
	start(&r);
	snprintf(url, sizeof(url), "http://%s:%d/ocsp", host_of(r.row),
	    r.port);
	conf.ocsp_url = url;
	got = revocation_check(&conf, r.leaf, r.issuer, test_time(NOW), why,
	    sizeof(why));
	stop(&r);
	X509_free(r.leaf);
	X509_free(r.other);
	X509_free(r.issuer);
	X509_free(r.issuer3);
	if (r.row->why != NULL)
		assert_string_equal(why, r.row->why);
	assert_string_not_equal(why, "");
	assert_string_equal(revocation_name(got),
	    revocation_name(r.row->want));
}

#define NUMBER	"responder's address is not " \
		"http://IP-or-localhost[:port]/path"

/* What may stand in the configuration; nobody is asked at the rest. */
static const struct address {
	const char	*name, *url;
	int		 ok;
} addresses[] = {
	{ "IPv4", "http://127.0.0.1/ocsp", 1 },
	{ "IPv4 and port", "http://192.0.2.7:2560/a/b-c_d.e~f%20g", 1 },
	{ "IPv6", "http://[::1]/ocsp", 1 },
	{ "IPv6 and port", "http://[2001:db8:1:2:3:4:5:6]:8080/ocsp", 1 },
	{ "IPv4 in IPv6", "http://[::ffff:255.255.255.255]:65535/", 1 },
	{ "localhost", "http://localhost/ocsp", 1 },
	{ "localhost and port", "http://LocalHost:1/ocsp", 1 },
	{ "no path", "http://127.0.0.1", 1 },
	{ "port, no path", "http://[::1]:2560", 1 },

	{ "no address", NULL, 0 },
	{ "empty address", "", 0 },
	{ "only a scheme", "http://", 0 },
	{ "TLS", "https://127.0.0.1/ocsp", 0 },
	{ "another scheme", "file:///etc/passwd", 0 },
	{ "no scheme", "127.0.0.1:1/ocsp", 0 },
	{ "slashes the other way", "http:\\\\127.0.0.1/ocsp", 0 },
	{ "space before", " http://127.0.0.1/ocsp", 0 },
	{ "user in the address", "http://me@127.0.0.1:1/ocsp", 0 },
	{ "user that looks like a host", "http://127.0.0.1@a.invalid/", 0 },
	{ "user and password", "http://127.0.0.1:80@a.invalid/", 0 },
	{ "no host", "http:///ocsp", 0 },
	{ "no host, port", "http://:80/ocsp", 0 },
	{ "name", "http://ocsp.invalid/ocsp", 0 },
	{ "name of one label", "http://proxy:3128/ocsp", 0 },
	{ "name that begins as localhost", "http://localhost.invalid/", 0 },
	{ "name that ends as localhost", "http://xlocalhost/", 0 },
	{ "name that begins as a number", "http://127.0.0.1.invalid/", 0 },
	{ "part of localhost", "http://local/", 0 },
	{ "long name", "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/", 0 },
	{ "IPv4 of three parts", "http://127.0.1/ocsp", 0 },
	{ "IPv4 of one part", "http://2130706433/ocsp", 0 },
	{ "IPv4 out of range", "http://127.0.0.256/ocsp", 0 },
	{ "IPv4 in octal", "http://127.0.0.010/ocsp", 0 },
	{ "IPv4 in brackets", "http://[127.0.0.1]/ocsp", 0 },
	{ "IPv6 without brackets", "http://::1/ocsp", 0 },
	{ "IPv6 not closed", "http://[::1/ocsp", 0 },
	{ "IPv6 closed twice", "http://[::1]]/ocsp", 0 },
	{ "IPv6 with a zone", "http://[fe80::1%eth0]/ocsp", 0 },
	{ "IPv6, letters behind", "http://[::1]x/ocsp", 0 },
	{ "no IPv6", "http://[]/ocsp", 0 },
	{ "only a bracket", "http://[", 0 },
	{ "localhost in brackets", "http://[localhost]/ocsp", 0 },
	{ "empty port", "http://127.0.0.1:/ocsp", 0 },
	{ "port 0", "http://127.0.0.1:0/ocsp", 0 },
	{ "port out of range", "http://127.0.0.1:70000/", 0 },
	{ "port of six digits", "http://127.0.0.1:000080/", 0 },
	{ "signed port", "http://127.0.0.1:+80/", 0 },
	{ "named port", "http://127.0.0.1:http/", 0 },
	{ "two ports", "http://127.0.0.1:80:81/", 0 },
	{ "query", "http://127.0.0.1/ocsp?a=b", 0 },
	{ "query without path", "http://127.0.0.1?a=b", 0 },
	{ "fragment", "http://127.0.0.1/ocsp#a", 0 },
	{ "space in the path", "http://127.0.0.1/a b", 0 },
	{ "line in the path", "http://127.0.0.1/a\r\nX: y", 0 },
	{ "delete in the path", "http://127.0.0.1/\x7f", 0 },
	{ "kanji in the path", "http://127.0.0.1/\xe5\xa4\xb1", 0 },
};

static void
address_row(void **state)
{
	const struct address *row = *state;
	const struct revocation_conf conf = { .how = REVOCATION_OCSP,
	    .ocsp_url = row->url, .ocsp_ms = LONG_MS };
	X509 *leaf, *issuer;
	char why[96];
	enum revocation got;

	assert_int_equal(revocation_url_ok(row->url), row->ok);
	if (row->ok)
		return;		/* who knows who is there */
	leaf = test_cert(&person);
	issuer = test_cert(&root2);
	got = revocation_check(&conf, leaf, issuer, test_time(NOW), why,
	    sizeof(why));
	X509_free(leaf);
	X509_free(issuer);
	assert_string_equal(why, NUMBER);
	assert_int_equal(got, REVOCATION_UNKNOWN);
}

static void
off(void **state)
{
	const struct revocation_conf conf = { .how = REVOCATION_OFF };
	X509 *leaf = test_cert(&person), *issuer = test_cert(&root2);
	char why[96], small[5];

	(void)state;
	assert_int_equal(revocation_check(&conf, leaf, issuer,
	    test_time(NOW), why, sizeof(why)), REVOCATION_UNKNOWN);
	assert_string_equal(why, "not checked");
	revocation_check(&conf, leaf, issuer, test_time(NOW), small,
	    sizeof(small));
	assert_string_equal(small, "not ");
	X509_free(leaf);
	X509_free(issuer);
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(revocation_name(REVOCATION_GOOD), "good");
	assert_string_equal(revocation_name(REVOCATION_REVOKED), "revoked");
	assert_string_equal(revocation_name(REVOCATION_UNKNOWN), "unknown");
	assert_string_equal(revocation_name((enum revocation)9), "unknown");
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
	struct CMUnitTest tests[LEN(lists) + LEN(replies) + LEN(addresses) +
	    2] = { cmocka_unit_test(off), cmocka_unit_test(names) };
	size_t n = 2;

	/* A proxy of the environment must not be asked: nobody is there. */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	ADD(lists, list_row);
	ADD(replies, reply_row);
	ADD(addresses, address_row);
	return (cmocka_run_group_tests(tests, NULL, end));
}
