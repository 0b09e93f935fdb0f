#include <sys/stat.h>
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/pem.h>

#include "base/buf.h"
#include "crypto/trust.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define UNIT	"OU=Japan Agency for Local Authority Information Systems"
#define AUTH	"C=JP/O=JPKI/OU=JPKI for user authentication/" UNIT
#define SIGN	"C=JP/O=JPKI/OU=JPKI for digital signature/" UNIT
#define TEST	"C=JP/O=JPKI-TEST/OU=JPKI for user authentication/" UNIT
#define TSIGN	"C=JP/O=JPKI-TEST/OU=JPKI for digital signature/" UNIT
#define KEY_ID	"8CD5586A891485E559379B7E29D410CFD28B3593"
#define FROM	"20190914012345Z"
#define TO	"20290914145959Z"
#define CA(id)	{ "basicConstraints=critical,CA:TRUE", \
    "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=" id }
#define KEYS	.key = TEST_KEY_ROOT2, .signer = TEST_KEY_ROOT2
#define HEX_LEN	64

enum spec {
	CLAIMED,	/* what card-and-readers.md 3.1 says of authca02 */
	OTHER_SERIAL, OTHER_FROM, OTHER_TO, OTHER_KEY_ID, NO_KEY_ID,
	OTHER_NAME, MORE_NAME, OF_SIGN, NOT_SELF_SIGNED, NOT_CA,
	FAKE_03, TEST_ROOT, TEST_SIGN, TEST_PLAIN, TEST_LEAF, TEST_FORGED,
	TEST_EXPIRED, SPECS
};

static const struct test_cert specs[SPECS] = {
	[CLAIMED] = { .subject = AUTH, .issuer = AUTH, .serial = "0133C349",
	    .from = FROM, .to = TO, .ext = CA(KEY_ID), KEYS },
	[OTHER_SERIAL] = { .subject = AUTH, .issuer = AUTH,
	    .serial = "0133C34A", .from = FROM, .to = TO, .ext = CA(KEY_ID),
	    KEYS },
	[OTHER_FROM] = { .subject = AUTH, .issuer = AUTH,
	    .serial = "0133C349", .from = "20190915000000Z", .to = TO,
	    .ext = CA(KEY_ID), KEYS },
	[OTHER_TO] = { .subject = AUTH, .issuer = AUTH, .serial = "0133C349",
	    .from = FROM, .to = "20390914145959Z", .ext = CA(KEY_ID), KEYS },
	[OTHER_KEY_ID] = { .subject = AUTH, .issuer = AUTH,
	    .serial = "0133C349", .from = FROM, .to = TO,
	    .ext = CA("8CD5586A891485E559379B7E29D410CFD28B3594"), KEYS },
	[NO_KEY_ID] = { .subject = AUTH, .issuer = AUTH,
	    .serial = "0133C349", .from = FROM, .to = TO,
	    .ext = { "basicConstraints=critical,CA:TRUE",
	    "keyUsage=critical,keyCertSign,cRLSign" }, KEYS },
	[OTHER_NAME] = { .subject = "C=JP/O=JPKI/OU=JPKI for user "
	    "authentication/OU=Local Authorities Systems Development Center",
	    .issuer = AUTH, .serial = "0133C349", .from = FROM, .to = TO,
	    .ext = CA(KEY_ID), KEYS },
	[MORE_NAME] = { .subject = AUTH "/CN=x", .issuer = AUTH "/CN=x",
	    .serial = "0133C349", .from = FROM, .to = TO, .ext = CA(KEY_ID),
	    KEYS },
	[OF_SIGN] = { .subject = SIGN, .issuer = SIGN, .serial = "0133C349",
	    .from = FROM, .to = TO, .ext = CA(KEY_ID), KEYS },
	[NOT_SELF_SIGNED] = { .subject = AUTH, .issuer = AUTH,
	    .serial = "0133C349", .from = FROM, .to = TO, .ext = CA(KEY_ID),
	    .key = TEST_KEY_ROOT2, .signer = TEST_KEY_OTHER },
	[NOT_CA] = { .subject = AUTH, .issuer = AUTH, .serial = "0133C349",
	    .from = FROM, .to = TO, .ext = { "basicConstraints=CA:FALSE",
	    "subjectKeyIdentifier=" KEY_ID }, KEYS },
	[FAKE_03] = { .subject = AUTH, .issuer = AUTH, .serial = "06D18006",
	    .from = "20230716010104Z", .to = "20330715145959Z",
	    .ext = CA("1AC100F596A3BC8C4B3DF195E32699249E9E308A"), KEYS },
	[TEST_ROOT] = { .subject = TEST, .issuer = TEST, .serial = "00BFCD",
	    .from = FROM, .to = TO, .ext = CA("01"), KEYS },
	[TEST_SIGN] = { .subject = TSIGN, .issuer = TSIGN,
	    .serial = "00C139", .from = FROM, .to = TO, .ext = CA("02"),
	    KEYS },
	[TEST_PLAIN] = { .subject = "O=JPKI-TEST", .issuer = "O=JPKI-TEST",
	    .from = FROM, .to = TO, .ext = CA("03"), KEYS },
	[TEST_LEAF] = { .subject = "C=JP/CN=x", .issuer = TEST,
	    .from = FROM, .to = TO, .key = TEST_KEY_LEAF,
	    .signer = TEST_KEY_ROOT2 },
	[TEST_FORGED] = { .subject = TEST, .issuer = TEST, .from = FROM,
	    .to = TO, .ext = CA("04"), .key = TEST_KEY_ROOT2,
	    .signer = TEST_KEY_OTHER },
	[TEST_EXPIRED] = { .subject = TEST, .issuer = TEST,
	    .from = "20150101000000Z", .to = "20160101000000Z",
	    .ext = CA("05"), KEYS },
};

enum form { DER, PEM, PEM_TEXT, PEM_TWO, PEM_TRUSTED, PEM_CRLF, PEM_CUT,
    DER_MORE, DER_CUT, DER_FLIP, EMPTY, NOISE, PEM_KEY, PEM_INSIDE_MORE,
    TOO_LARGE, MISSING, FOLDER };
/* From SHORT on it is no fingerprint at all. */
enum typed { NONE, RIGHT, COLONS, LOWER, WRONG, SHORT, LONGER, NO_HEX,
    BLANK };

static const struct row {
	const char		*name;
	enum spec		 spec;
	enum form		 form;
	enum trust_mode		 mode;
	enum typed		 typed;
	enum err		 want;
	const char		*root;		/* its name when taken */
	enum trust_purpose	 purpose;
} rows[] = {
#define P	TRUST_PRODUCTION
#define T	TRUST_TEST
#define OK(name) ERR_OK, name, TRUST_AUTH
#define NO(err)	err, NULL, TRUST_OTHER
	{ "typed", CLAIMED, DER, P, RIGHT, OK("authca02") },
	{ "typed with colons", CLAIMED, DER, P, COLONS, OK("authca02") },
	{ "typed in lower case", CLAIMED, DER, P, LOWER, OK("authca02") },
	{ "typed, PEM", CLAIMED, PEM, P, RIGHT, OK("authca02") },
	{ "typed, PEM behind text", CLAIMED, PEM_TEXT, P, RIGHT,
	    OK("authca02") },
	{ "typed, PEM of Windows", CLAIMED, PEM_CRLF, P, RIGHT,
	    OK("authca02") },
	{ "typed in test mode", CLAIMED, DER, T, RIGHT, OK("authca02") },
	{ "not typed", CLAIMED, DER, P, NONE, NO(ERR_PIN_OF_ROOT) },
	{ "not typed in test mode", CLAIMED, DER, T, NONE,
	    NO(ERR_PIN_OF_ROOT) },
	{ "another typed", CLAIMED, DER, P, WRONG, NO(ERR_PIN_OF_ROOT) },
	{ "63 digits typed", CLAIMED, DER, P, SHORT, NO(ERR_PIN_OF_ROOT) },
	{ "65 digits typed", CLAIMED, DER, P, LONGER, NO(ERR_PIN_OF_ROOT) },
	{ "no digits typed", CLAIMED, DER, P, BLANK, NO(ERR_PIN_OF_ROOT) },
	{ "letters typed", CLAIMED, DER, P, NO_HEX, NO(ERR_PIN_OF_ROOT) },
	{ "typed, other serial", OTHER_SERIAL, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, other start", OTHER_FROM, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, other end", OTHER_TO, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, other key id", OTHER_KEY_ID, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, no key id", NO_KEY_ID, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, other subject", OTHER_NAME, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, subject with more", MORE_NAME, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, of the signature CA", OF_SIGN, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, not signed by itself", NOT_SELF_SIGNED, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "typed, no CA", NOT_CA, DER, P, RIGHT, NO(ERR_PIN_OF_ROOT) },
	{ "fake of a published one", FAKE_03, DER, P, NONE,
	    NO(ERR_PIN_OF_ROOT) },
	{ "fake of a published one, typed", FAKE_03, DER, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "fake of a published one in test mode", FAKE_03, DER, T, NONE,
	    NO(ERR_PIN_OF_ROOT) },
	{ "fake of a published one, typed in test mode", FAKE_03, DER, T,
	    RIGHT, NO(ERR_PIN_OF_ROOT) },

	{ "test root", TEST_ROOT, DER, T, NONE, OK("test") },
	{ "test root, typed", TEST_ROOT, DER, T, RIGHT, OK("test") },
	{ "test root for signatures", TEST_SIGN, DER, T, NONE, ERR_OK,
	    "test", TRUST_SIGN },
	{ "test root of no unit", TEST_PLAIN, DER, T, NONE, ERR_OK, "test",
	    TRUST_OTHER },
	{ "test root over", TEST_EXPIRED, DER, T, NONE, OK("test") },
	{ "test root, another typed", TEST_ROOT, DER, T, WRONG,
	    NO(ERR_PIN_OF_ROOT) },
	{ "test root in production", TEST_ROOT, DER, P, NONE,
	    NO(ERR_CERT_TEST) },
	{ "test root in production, typed", TEST_ROOT, DER, P, RIGHT,
	    NO(ERR_CERT_TEST) },
	{ "test leaf", TEST_LEAF, DER, T, NONE, NO(ERR_PIN_OF_ROOT) },
	{ "test root not signed by itself", TEST_FORGED, DER, T, NONE,
	    NO(ERR_PIN_OF_ROOT) },

	{ "two in one file", TEST_ROOT, PEM_TWO, T, NONE,
	    NO(ERR_NO_CERT) },
	{ "OpenSSL's trusted form", TEST_ROOT, PEM_TRUSTED, T, NONE,
	    NO(ERR_NO_CERT) },
	{ "PEM cut", TEST_ROOT, PEM_CUT, T, NONE, NO(ERR_NO_CERT) },
	{ "PEM with more inside", TEST_ROOT, PEM_INSIDE_MORE, T, NONE,
	    NO(ERR_NO_CERT) },
	{ "DER with more", TEST_ROOT, DER_MORE, T, NONE,
	    NO(ERR_NO_CERT) },
	{ "DER cut", TEST_ROOT, DER_CUT, T, NONE, NO(ERR_NO_CERT) },
	{ "a bit of the signature", CLAIMED, DER_FLIP, P, RIGHT,
	    NO(ERR_PIN_OF_ROOT) },
	{ "empty", TEST_ROOT, EMPTY, T, NONE, NO(ERR_NO_CERT) },
	{ "noise", TEST_ROOT, NOISE, T, NONE, NO(ERR_NO_CERT) },
	{ "a key", TEST_ROOT, PEM_KEY, T, NONE, NO(ERR_NO_CERT) },
	{ "more than 16 KiB", TEST_ROOT, TOO_LARGE, T, NONE,
	    NO(ERR_NO_CERT) },
	{ "no file", TEST_ROOT, MISSING, T, NONE, NO(ERR_SYS) },
	{ "a folder", TEST_ROOT, FOLDER, T, NONE, NO(ERR_SYS) },
#undef OK
#undef NO
};

struct place {
	char	base[32], file[64], dir[64];
};

static void
join(char path[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", dir, name);

	assert_true(n > 0 && n < PATH_MAX);
}

static void
begin(struct place *p)
{
	snprintf(p->base, sizeof(p->base), "/tmp/crypto_trust.XXXXXX");
	assert_non_null(mkdtemp(p->base));
	snprintf(p->file, sizeof(p->file), "%s/file", p->base);
	snprintf(p->dir, sizeof(p->dir), "%s/roots", p->base);
}

static void
remove_all(const char *dir)
{
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return;
	while ((entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		join(path, dir, entry->d_name);
		if (unlink(path) == -1)
			remove_all(path);
	}
	closedir(d);
	rmdir(dir);
}

/* Files of the folder, hidden ones too. */
static int
count(const char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	int n = 0;

	while (d != NULL && (entry = readdir(d)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0;
	if (d != NULL)
		closedir(d);
	return (n);
}

static void
pem(struct blob *out, const char *label, const uint8_t *der, size_t len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long n;

	assert_non_null(bio);
	assert_true(PEM_write_bio(bio, label, "", der, (long)len) > 0);
	n = BIO_get_mem_data(bio, &text);
	assert_int_equal(blob_add(out, text, (size_t)n), ERR_OK);
	BIO_free(bio);
}

static void
with_returns(struct blob *out, const struct blob *in)
{
	for (size_t i = 0; i < in->len; i++) {
		if (in->data[i] == '\n')
			assert_int_equal(blob_add_u8(out, '\r'), ERR_OK);
		assert_int_equal(blob_add_u8(out, in->data[i]), ERR_OK);
	}
}

static void
add(struct blob *out, const void *data, size_t len)
{
	assert_int_equal(blob_add(out, data, len), ERR_OK);
}

static void
fill(struct blob *out, enum form form, uint8_t *der, size_t len)
{
	struct blob more = { 0 };

	add(&more, der, len);
	add(&more, "\0\0", 2);
	switch (form) {
	case DER: case MISSING: case FOLDER:	add(out, der, len); break;
	case PEM:	pem(out, "CERTIFICATE", der, len); break;
	case PEM_TEXT:
		add(out, "Certificate:\n    Data:\n", 23);
		pem(out, "CERTIFICATE", der, len);
		break;
	case PEM_TWO:
		pem(out, "CERTIFICATE", der, len);
		pem(out, "CERTIFICATE", der, len);
		break;
	case PEM_TRUSTED: pem(out, "TRUSTED CERTIFICATE", der, len); break;
	case PEM_CRLF:
		blob_reset(&more);
		pem(&more, "CERTIFICATE", der, len);
		with_returns(out, &more);
		break;
	case PEM_CUT:
		pem(out, "CERTIFICATE", der, len);
		out->len -= 40;
		break;
	case DER_MORE:	add(out, more.data, more.len); break;
	case DER_CUT:	add(out, der, len - 1); break;
	case DER_FLIP:
		der[len - 1] ^= 1;
		add(out, der, len);
		break;
	case EMPTY:	break;
	case NOISE:	add(out, "0 is no certificate\n", 20); break;
	case PEM_KEY:	pem(out, "PRIVATE KEY", der, len); break;
	case PEM_INSIDE_MORE:
		pem(out, "CERTIFICATE", more.data, more.len);
		break;
	case TOO_LARGE:
		while (out->len <= 16384)
			add(out, "text before a certificate\n", 26);
		pem(out, "CERTIFICATE", der, len);
		break;
	}
	blob_free(&more);
}

static void
hex_of(const uint8_t *der, size_t len, char hex[HEX_LEN + 1])
{
	uint8_t md[32];

	assert_int_equal(EVP_Digest(der, len, md, NULL, EVP_sha256(), NULL),
	    1);
	for (size_t i = 0; i < sizeof(md); i++)
		snprintf(hex + 2 * i, 3, "%02X", (unsigned)md[i]);
}

/* Writes the file as the row says; hex is its true fingerprint. */
static void
make_file(const struct place *p, enum spec spec, enum form form,
    char hex[HEX_LEN + 1])
{
	X509 *cert = test_cert(&specs[spec]);
	struct blob file = { 0 };
	uint8_t *der;
	size_t len;

	der = test_der(cert, &len);
	fill(&file, form, der, len);
	hex_of(der, len, hex);
	if (form == FOLDER)
		assert_int_equal(mkdir(p->file, 0700), 0);
	else if (form != MISSING)
		test_write(p->file, blob_str(&file), file.len);
	blob_free(&file);
	OPENSSL_free(der);
	X509_free(cert);
}

static const char *
type(enum typed typed, const char *hex, char out[2 * HEX_LEN])
{
	size_t n = 0;

	snprintf(out, 2 * HEX_LEN, "%s", hex);
	switch (typed) {
	case NONE:	return (NULL);
	case RIGHT:	break;
	case WRONG:	out[5] = out[5] == '0' ? '1' : '0'; break;
	case SHORT:	out[HEX_LEN - 1] = '\0'; break;
	case LONGER:	strcat(out, "0"); break;
	case NO_HEX:	out[HEX_LEN - 1] = 'G'; break;
	case BLANK:	snprintf(out, 2 * HEX_LEN, " : "); break;
	case LOWER:
		for (size_t i = 0; i < HEX_LEN; i++)
			out[i] = (char)tolower((unsigned char)hex[i]);
		break;
	case COLONS:
		for (size_t i = 0; i < HEX_LEN; i++) {
			if (i > 0 && i % 4 == 0)
				out[n++] = i % 8 == 0 ? ':' : ' ';
			out[n++] = hex[i];
		}
		out[n] = '\0';
		break;
	}
	return (out);
}

static void
check_file(const struct place *p, const struct trust_root *root)
{
	char path[PATH_MAX], name[HEX_LEN + 8], hex[HEX_LEN + 1];
	struct blob file = { 0 };
	struct stat st;

	snprintf(name, sizeof(name), "%s.cer", root->sha256);
	join(path, p->dir, name);
	assert_int_equal(blob_read_file(&file, path, 16384), ERR_OK);
	hex_of(file.data, file.len, hex);
	assert_string_equal(hex, root->sha256);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	blob_free(&file);
}

static void
add_row(void **state)
{
	const struct row *row = *state;
	char hex[HEX_LEN + 1], text[2 * HEX_LEN];
	struct trust_root root;
	struct note note = { "" };
	struct place p;
	const char *typed;
	int pinned;

	begin(&p);
	make_file(&p, row->spec, row->form, hex);
	typed = type(row->typed, hex, text);
	assert_string_equal(err_name(trust_add(p.dir, row->mode, p.file,
	    typed, &root, &note)), err_name(row->want));
	if (row->want == ERR_OK) {
		assert_string_equal(root.name, row->root);
		assert_string_equal(root.sha256, hex);
		assert_int_equal(root.purpose, row->purpose);
		assert_int_equal(root.test, strcmp(row->root, "test") == 0);
		assert_int_equal(strncmp(root.not_after,
		    specs[row->spec].to, 14), 0);
		check_file(&p, &root);
		pinned = !root.test;	/* by a pin in its own file */
		assert_int_equal(count(p.dir), 1 + pinned);
	} else {
		assert_string_equal(root.name, "");
		assert_string_not_equal(note.text, "");
		if (row->typed >= SHORT)
			assert_string_equal(note.text,
			    "a SHA-256 has 64 hex digits");
		assert_int_equal(count(p.dir), 0);
	}
	remove_all(p.base);
}

/* What a folder holds, and what becomes of it when it is loaded. */
static const struct load {
	const char	*name;
	struct { enum spec spec; enum typed typed; } put[3];
	size_t		 n;
	const char	*stray;		/* a file put there by hand */
	enum spec	 stray_is;	/* SPECS: text, not a certificate */
	enum trust_mode	 added, mode;
	enum err	 want;
	size_t		 roots;		/* of the list */
	int		 anchors;	/* of the store */
} loads[] = {
	{ "no folder", { { 0 } }, 0, NULL, 0, P, P, ERR_NO_ANCHOR, 0, 0 },
	{ "a typed root", { { CLAIMED, RIGHT } }, 1, NULL, 0, P, P, ERR_OK,
	    1, 1 },
	{ "a typed root in test mode", { { CLAIMED, RIGHT } }, 1, NULL, 0, P,
	    T, ERR_OK, 1, 1 },
	{ "test roots", { { TEST_ROOT, NONE }, { TEST_PLAIN, NONE },
	    { TEST_SIGN, NONE } }, 3, NULL, 0, T, T, ERR_OK, 3, 2 },
	{ "the same root twice", { { CLAIMED, RIGHT }, { CLAIMED, NONE } },
	    2, NULL, 0, P, P, ERR_OK, 1, 1 },
	{ "typed and test", { { CLAIMED, RIGHT }, { TEST_ROOT, NONE } }, 2,
	    NULL, 0, T, T, ERR_OK, 2, 2 },
	{ "signature roots only", { { TEST_SIGN, NONE } }, 1, NULL, 0, T, T,
	    ERR_NO_ANCHOR, 1, 0 },
	{ "test root, then production", { { TEST_ROOT, NONE } }, 1, NULL, 0,
	    T, P, ERR_CERT_TEST, 0, 0 },
	{ "typed and test, then production", { { CLAIMED, RIGHT },
	    { TEST_ROOT, NONE } }, 2, NULL, 0, T, P, ERR_CERT_TEST, 0, 0 },
	{ "half-written file", { { CLAIMED, RIGHT } }, 1, ".new-a1b2c3",
	    SPECS, P, P, ERR_OK, 1, 1 },
	{ "fake put there by hand", { { CLAIMED, RIGHT } }, 1, "a.cer",
	    FAKE_03, P, P, ERR_PIN_OF_ROOT, 0, 0 },
	{ "fake by hand in test mode", { { TEST_ROOT, NONE } }, 1, "z.cer",
	    FAKE_03, T, T, ERR_PIN_OF_ROOT, 0, 0 },
	{ "claim by hand, not typed", { { TEST_ROOT, NONE } }, 1, "z.cer",
	    CLAIMED, T, T, ERR_PIN_OF_ROOT, 0, 0 },
	{ "test leaf by hand", { { TEST_ROOT, NONE } }, 1, "z.pem",
	    TEST_LEAF, T, T, ERR_PIN_OF_ROOT, 0, 0 },
	{ "text by hand", { { CLAIMED, RIGHT } }, 1, "README", SPECS, P, P,
	    ERR_NO_CERT, 0, 0 },
	{ "pins made unreadable", { { CLAIMED, RIGHT } }, 1, "pins", SPECS,
	    P, P, ERR_PIN_OF_ROOT, 0, 0 },
};

static void
put_stray(const struct place *p, const struct load *row)
{
	char path[PATH_MAX], hex[HEX_LEN + 1];
	struct place there = *p;

	join(path, p->dir, row->stray);
	assert_true(strlen(path) < sizeof(there.file));
	memcpy(there.file, path, strlen(path) + 1);
	if (row->stray_is == SPECS)
		test_write(path, "not a certificate\n", 18);
	else
		make_file(&there, row->stray_is, DER, hex);
}

static int
anchors_of(X509_STORE *store)
{
	STACK_OF(X509) *all;
	int n;

	if (store == NULL)
		return (0);
	all = X509_STORE_get1_all_certs(store);
	n = sk_X509_num(all);
	for (int i = 0; i < n; i++)
		assert_non_null(X509_alias_get0(sk_X509_value(all, i), NULL));
	sk_X509_pop_free(all, X509_free);
	return (n);
}

static void
load_row(void **state)
{
	const struct load *row = *state;
	char hex[HEX_LEN + 1], text[2 * HEX_LEN];
	struct trust_root list[4], root;
	struct note note = { "" };
	X509_STORE *store = NULL;
	struct place p;
	size_t n = 99;
	enum err want;

	begin(&p);
	for (size_t i = 0; i < row->n; i++) {
		make_file(&p, row->put[i].spec, DER, hex);
		assert_int_equal(trust_add(p.dir, row->added, p.file,
		    type(row->put[i].typed, hex, text), &root, NULL),
		    ERR_OK);
	}
	if (row->stray != NULL)
		put_stray(&p, row);
	assert_string_equal(err_name(trust_load(p.dir, row->mode, &store,
	    &note)), err_name(row->want));
	assert_int_equal(store != NULL, row->want == ERR_OK);
	assert_int_equal(anchors_of(store), row->anchors);
	assert_int_equal(note.text[0] != '\0', row->want != ERR_OK);
	want = row->want == ERR_NO_ANCHOR ? ERR_OK : row->want;
	assert_int_equal(trust_list(p.dir, row->mode, list, LEN(list), &n,
	    NULL), want);
	assert_int_equal(n, row->roots);
	if (row->stray != NULL && want != ERR_OK)
		assert_non_null(strstr(note.text, row->stray));
	X509_STORE_free(store);
	remove_all(p.base);
}

/* The list counts on when there is no more room. */
static void
list_without_room(void **state)
{
	struct trust_root root, list[2] = { { .name = "untouched" },
	    { .name = "untouched" } };
	char hex[HEX_LEN + 1];
	struct place p;
	size_t n;

	(void)state;
	begin(&p);
	make_file(&p, TEST_ROOT, DER, hex);
	assert_int_equal(trust_add(p.dir, T, p.file, NULL, &root, NULL),
	    ERR_OK);
	make_file(&p, TEST_SIGN, PEM, hex);
	assert_int_equal(trust_add(p.dir, T, p.file, NULL, &root, NULL),
	    ERR_OK);
	assert_int_equal(trust_list(p.dir, T, list, 1, &n, NULL), ERR_OK);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].name, "test");
	assert_string_equal(list[1].name, "untouched");
	remove_all(p.base);
}

/* The pin is recorded once, as typed, and outlives the call. */
static void
pin_is_recorded(void **state)
{
	char hex[HEX_LEN + 1], path[PATH_MAX], want[HEX_LEN + 2];
	struct blob file = { 0 };
	struct trust_root root;
	struct place p;

	(void)state;
	begin(&p);
	make_file(&p, CLAIMED, DER, hex);
	assert_int_equal(trust_add(p.dir, P, p.file, hex, &root, NULL),
	    ERR_OK);
	assert_int_equal(trust_add(p.dir, P, p.file, hex, &root, NULL),
	    ERR_OK);
	assert_int_equal(trust_add(p.dir, P, p.file, NULL, &root, NULL),
	    ERR_OK);
	join(path, p.dir, "pins");
	assert_int_equal(blob_read_file(&file, path, 16384), ERR_OK);
	snprintf(want, sizeof(want), "%s\n", hex);
	assert_string_equal(blob_str(&file), want);
	blob_free(&file);
	remove_all(p.base);
}

/* A folder that cannot be one: nothing changes. */
static void
folder_is_a_file(void **state)
{
	struct trust_root root;
	struct note note = { "" };
	X509_STORE *store;
	struct place p;
	char hex[HEX_LEN + 1];

	(void)state;
	begin(&p);
	make_file(&p, TEST_ROOT, DER, hex);
	test_write(p.dir, "x", 1);
	assert_int_equal(trust_add(p.dir, T, p.file, NULL, &root, &note),
	    ERR_SYS);
	assert_non_null(strstr(note.text, p.dir));
	assert_int_equal(trust_load(p.dir, T, &store, &note), ERR_SYS);
	assert_null(store);
	remove_all(p.base);
}

/* As cp -r leaves it, the second time. */
static void
folder_in_the_folder(void **state)
{
	struct note note = { "" };
	X509_STORE *store;
	struct place p;
	char dir[PATH_MAX];

	(void)state;
	begin(&p);
	join(dir, p.dir, "trust");
	assert_int_equal(mkdir(p.dir, 0700), 0);
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(trust_load(p.dir, T, &store, &note), ERR_FOLDER);
	assert_null(store);
	assert_non_null(strstr(note.text, "trust is a folder: move its "));
	remove_all(p.base);
}

static void
folder_has_no_parent(void **state)
{
	struct trust_root root;
	struct place p;
	char hex[HEX_LEN + 1], dir[PATH_MAX];

	(void)state;
	begin(&p);
	make_file(&p, TEST_ROOT, DER, hex);
	join(dir, p.dir, "deeper");
	assert_int_equal(trust_add(dir, T, p.file, NULL, &root, NULL),
	    ERR_SYS);
	assert_int_equal(count(p.dir), 0);
	remove_all(p.base);
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
	struct CMUnitTest tests[LEN(rows) + LEN(loads) + 4] = {
		cmocka_unit_test(list_without_room),
		cmocka_unit_test(pin_is_recorded),
		cmocka_unit_test(folder_is_a_file),
		cmocka_unit_test(folder_in_the_folder),
		cmocka_unit_test(folder_has_no_parent),
	};
	size_t n = 4;

	ADD(rows, add_row);
	ADD(loads, load_row);
	return (cmocka_run_group_tests(tests, NULL, end));
}
