#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include <openssl/x509v3.h>

#include "host/remote/ca.h"
#include "host/remote/issue.h"
#include "tests/unit/remote_room.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static struct note note;

static struct ca *
open_ca(void)
{
	struct ca *ca;

	assert_int_equal(ca_open(room.keys, &ca, &note), ERR_OK);
	return (ca);
}

static const char *
key_file(const char *name)
{
	char at[64];

	snprintf(at, sizeof(at), "keys/%s", name);
	return (room_file(at));
}

static size_t
slurp(const char *path, char *out, size_t room_left)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(out, 1, room_left, f);
	fclose(f);
	return (n);
}

static const char *const files[] = { "ca.crt", "ca.key", "server.crt",
    "server.key", "seal.crt", "seal.key", "ticket.key" };

static void
is_made_and_kept(void **state)
{
	char before[LEN(files)][4096], after[4096];
	size_t len[LEN(files)];
	uint8_t print[WIRE_PRINT];
	struct ca *ca = open_ca();
	struct stat st;

	(void)state;
	memcpy(print, ca_print(ca), sizeof(print));
	ca_close(&ca);
	assert_null(ca);
	assert_int_equal(stat(room.keys, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	for (size_t i = 0; i < LEN(files); i++) {
		assert_int_equal(stat(key_file(files[i]), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		len[i] = slurp(key_file(files[i]), before[i],
		    sizeof(before[i]));
	}
	ca = open_ca();
	assert_memory_equal(ca_print(ca), print, sizeof(print));
	for (size_t i = 0; i < LEN(files); i++) {
		assert_int_equal(slurp(key_file(files[i]), after,
		    sizeof(after)), len[i]);
		assert_memory_equal(after, before[i], len[i]);
	}
	ca_close(&ca);
	ca_close(&ca);
}

static void
an_empty_folder_is_filled(void **state)
{
	struct ca *ca;

	(void)state;
	assert_int_equal(mkdir(room.keys, 0700), 0);
	ca = open_ca();
	ca_close(&ca);
}

/* Two programs at a first start: one of them makes it, both have the same. */
struct racer {
	pthread_t	thread;
	uint8_t		print[WIRE_PRINT];
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	struct note why = { "" };
	struct ca *ca;

	if (ca_open(room.keys, &ca, &why) == ERR_OK)
		memcpy(r->print, ca_print(ca), WIRE_PRINT);
	ca_close(&ca);
	return (NULL);
}

static int
entries_that_begin(const char *with)
{
	DIR *d = opendir(room.dir);
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += strncmp(e->d_name, with, strlen(with)) == 0;
	closedir(d);
	return (n);
}

static void
is_made_once(void **state)
{
	static const uint8_t none[WIRE_PRINT];
	struct racer racers[8] = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(racers); i++)
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race,
		    &racers[i]), 0);
	for (size_t i = 0; i < LEN(racers); i++) {
		pthread_join(racers[i].thread, NULL);
		assert_memory_not_equal(racers[i].print, none, WIRE_PRINT);
		assert_memory_equal(racers[i].print, racers[0].print,
		    WIRE_PRINT);
	}
	/* What the others had begun is gone. */
	assert_int_equal(entries_that_begin("keys"), 1);
}

/* Looking makes nothing. */
static void
is_looked_at(void **state)
{
	struct ca *ca;
	int made = -1;

	(void)state;
	assert_int_equal(ca_check(room.keys, &made, &note), ERR_OK);
	assert_int_equal(made, 0);
	assert_int_equal(entries_that_begin("keys"), 0);
	ca = open_ca();
	ca_close(&ca);
	assert_int_equal(ca_check(room.keys, &made, &note), ERR_OK);
	assert_int_equal(made, 1);
}

/* --- what is refused --- */

enum harm { LOOSE_FOLDER, A_FILE, A_LINK, NO_PARENT, LOOSE_KEY, NO_KEY,
    LINKED_KEY, OTHER_KEY, OTHER_CERT, GARBAGE_CERT, EMPTY_KEY, EC_TICKET, NO_CERT, LONG, NOTHING };

static const struct harm_row {
	const char	*name;
	enum harm	 harm;
	const char	*says;
} harms[] = {
	{ "folder open to others", LOOSE_FOLDER, "0700" },
	{ "a file in its place", A_FILE, "keys" },
	{ "a link in its place", A_LINK, "keys" },
	{ "no folder above it", NO_PARENT, "No such file" },
	{ "key open to others", LOOSE_KEY, "seal.key" },
	{ "a key is missing", NO_KEY, "server.key" },
	{ "a key is a link", LINKED_KEY, "ca.key" },
	{ "another key", OTHER_KEY, "server.crt" },
	{ "another CA's certificate", OTHER_CERT, "seal.crt" },
	{ "no certificate", GARBAGE_CERT, "ca.crt" },
	{ "an empty key", EMPTY_KEY, "ticket.key" },
	{ "key of another kind", EC_TICKET, "ticket.key" },
	{ "a certificate is missing", NO_CERT, "server.crt" },
	{ "a path that is too long", LONG, "folder" },
	{ "no path", NOTHING, "folder" },
};

static void
copy(const char *from, const char *to)
{
	char cmd[512];

	snprintf(cmd, sizeof(cmd), "cp -p %s %s", from, to);
	assert_int_equal(system(cmd), 0);
}

/* seal.crt of a CA of its own, for the key that is there. */
static void
forge_seal(struct ca *ca)
{
	EVP_PKEY *key = room_key("P-256");
	const struct issuer by = { NULL, key };
	struct issuer other = { NULL, key };
	X509 *x;

	assert_int_equal(issue_cert(ISSUE_CA, key, &by, 10, &other.cert),
	    ERR_OK);
	assert_int_equal(issue_cert(ISSUE_SEAL, ca_seal_key(ca), &other, 10,
	    &x), ERR_OK);
	room_save_cert("keys/seal.crt", x);
	X509_free(x);
	X509_free(other.cert);
	EVP_PKEY_free(key);
}

static const char *
do_harm(enum harm harm)
{
	static char lengthy[1024];
	struct ca *ca = NULL;

	if (harm != A_FILE && harm != A_LINK && harm != NO_PARENT)
		ca = open_ca();
	switch (harm) {
	case LOOSE_FOLDER:
		assert_int_equal(chmod(room.keys, 0750), 0);
		break;
	case A_FILE:
		assert_int_equal(mknod(room.keys, S_IFREG | 0600, 0), 0);
		break;
	case A_LINK:
		assert_int_equal(mkdir(room_file("other"), 0700), 0);
		assert_int_equal(mknod(room_file("other/x"), S_IFREG | 0600,
		    0), 0);
		assert_int_equal(symlink(room_file("other"), room.keys), 0);
		break;
	case NO_PARENT:
		return (room_file("nowhere/keys"));
	case LOOSE_KEY:
		assert_int_equal(chmod(key_file("seal.key"), 0640), 0);
		break;
	case NO_KEY:
		assert_int_equal(unlink(key_file("server.key")), 0);
		break;
	case LINKED_KEY:
		assert_int_equal(rename(key_file("ca.key"),
		    room_file("ca.key")), 0);
		assert_int_equal(symlink(room_file("ca.key"),
		    key_file("ca.key")), 0);
		break;
	case OTHER_KEY:
		copy(key_file("seal.key"), key_file("server.key"));
		break;
	case OTHER_CERT:
		forge_seal(ca);
		break;
	case GARBAGE_CERT:
		copy(key_file("ticket.key"), key_file("ca.crt"));
		break;
	case EMPTY_KEY:
		assert_int_equal(truncate(key_file("ticket.key"), 0), 0);
		break;
	case EC_TICKET:
		copy(key_file("seal.key"), key_file("ticket.key"));
		break;
	case NO_CERT:
		assert_int_equal(unlink(key_file("server.crt")), 0);
		break;
	case LONG:
		memset(lengthy, 'x', sizeof(lengthy) - 1);
		ca_close(&ca);
		return (lengthy);
	case NOTHING:
		ca_close(&ca);
		return ("");
	}
	ca_close(&ca);
	return (room.keys);
}

static void
is_refused(void **state)
{
	const struct harm_row *h = *state;
	const char *folder = do_harm(h->harm);
	struct ca *ca;
	int made;

	note_set(&note, "%s", "");
	assert_int_equal(ca_open(folder, &ca, &note), ERR_DEVICE_KEY);
	assert_null(ca);
	assert_non_null(strstr(note.text, h->says));
	/* Who only looks says so too. */
	assert_int_equal(ca_check(folder, &made, &note), ERR_DEVICE_KEY);
}

/* --- what it issues --- */

static void
certificates_are_for_one_use(void **state)
{
	static const struct {
		const char	*file;
		uint32_t	 usage, extended;
		int		 ca;
	} rows[] = {
		{ "ca.crt", KU_KEY_CERT_SIGN, UINT32_MAX, 1 },
		{ "server.crt", KU_DIGITAL_SIGNATURE, XKU_SSL_SERVER, 0 },
		{ "seal.crt", KU_KEY_AGREEMENT, UINT32_MAX, 0 },
	};
	struct ca *ca = open_ca();
	X509 *x;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_int_equal(spki_read(key_file(rows[i].file), &x, &note),
		    ERR_OK);
		assert_int_equal(X509_get_key_usage(x), rows[i].usage);
		assert_int_equal(X509_get_extended_key_usage(x),
		    rows[i].extended);
		assert_int_equal(X509_check_ca(x) == 1, rows[i].ca);
		assert_int_equal(X509_get_signature_nid(x),
		    NID_ecdsa_with_SHA256);
		X509_free(x);
	}
	ca_close(&ca);
}

static void
a_device_has_its_key_and_no_more(void **state)
{
	struct ca *ca = open_ca();
	EVP_PKEY *key = room_key("P-256");
	X509 *x, *other;

	(void)state;
	assert_int_equal(ca_issue(ca, key, &x), ERR_OK);
	assert_int_equal(X509_check_private_key(x, key), 1);
	assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_CLIENT);
	assert_int_equal(X509_check_ca(x), 0);
	/* Not longer than the CA, and from before now. */
	assert_true(ASN1_TIME_compare(X509_get0_notAfter(x),
	    X509_get0_notAfter(ca_cert(ca))) <= 0);
	assert_int_equal(X509_cmp_time(X509_get0_notBefore(x), NULL), -1);
	assert_int_equal(ca_issue(ca, key, &other), ERR_OK);
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get_serialNumber(x),
	    X509_get_serialNumber(other)), 0);
	X509_free(x);
	X509_free(other);
	EVP_PKEY_free(key);
	ca_close(&ca);
}

/* --- renewal --- */

static void
shorten(const char *crt, const char *keyname, enum issue_use u, int days)
{
	char path[64];
	struct issuer by = { NULL, NULL };
	EVP_PKEY *key;
	X509 *x;
	FILE *f;

	assert_int_equal(spki_read(key_file("ca.crt"), &by.cert, &note),
	    ERR_OK);
	assert_non_null(f = fopen(key_file("ca.key"), "r"));
	assert_non_null(by.key = PEM_read_PrivateKey(f, NULL, NULL, NULL));
	fclose(f);
	assert_non_null(f = fopen(key_file(keyname), "r"));
	assert_non_null(key = PEM_read_PrivateKey(f, NULL, NULL, NULL));
	fclose(f);
	assert_int_equal(issue_cert(u, key, &by, days, &x), ERR_OK);
	snprintf(path, sizeof(path), "keys/%s", crt);
	room_save_cert(path, x);
	X509_free(x);
	X509_free(by.cert);
	EVP_PKEY_free(by.key);
	EVP_PKEY_free(key);
}

static int
days_left(const char *name)
{
	int days = 0, seconds = 0;
	X509 *x;

	assert_int_equal(spki_read(key_file(name), &x, &note), ERR_OK);
	assert_int_equal(ASN1_TIME_diff(&days, &seconds, NULL,
	    X509_get0_notAfter(x)), 1);
	X509_free(x);
	return (days);
}

static void
what_ends_soon_is_renewed(void **state)
{
	struct ca *ca = open_ca();
	char keep[4096], now[4096];
	size_t len;
	int renewed = -1;

	(void)state;
	shorten("server.crt", "server.key", ISSUE_SERVER, CA_RENEW_DAYS - 1);
	shorten("seal.crt", "seal.key", ISSUE_SEAL, CA_RENEW_DAYS + 2);
	len = slurp(key_file("server.key"), keep, sizeof(keep));
	ca_close(&ca);
	ca = open_ca();		/* at the start … */
	assert_true(days_left("server.crt") > CA_RENEW_DAYS + 3);
	assert_true(days_left("seal.crt") < CA_RENEW_DAYS + 3);
	assert_int_equal(slurp(key_file("server.key"), now, sizeof(now)),
	    len);
	assert_memory_equal(now, keep, len);
	assert_int_equal(ca_renew(ca, &renewed, &note), ERR_OK);
	assert_int_equal(renewed, 0);
	ca_close(&ca);

}

static X509 *
ends_in(X509 *x, int days)
{
	time_t now = time(NULL);

	X509_time_adj_ex(X509_getm_notAfter(x), days, 0, &now);
	return (x);
}

/* … and while it runs: who holds the one before keeps it. */
static void
is_renewed_under_way(void **state)
{
	struct ca *ca = open_ca();
	X509 *before = ca_seal_cert(ca), *after;
	int renewed = -1;

	(void)state;
	/* The ca's own: it ends soon. */
	ends_in(before, CA_RENEW_DAYS - 1);
	assert_int_equal(ca_renew(ca, &renewed, &note), ERR_OK);
	assert_int_equal(renewed, 1);
	after = ca_seal_cert(ca);
	assert_ptr_not_equal(before, after);
	assert_int_equal(X509_check_private_key(after, ca_seal_key(ca)), 1);
	assert_int_equal(X509_check_private_key(before, ca_seal_key(ca)), 1);
	assert_int_equal(ca_renew(ca, &renewed, &note), ERR_OK);
	assert_int_equal(renewed, 0);
	X509_free(before);
	X509_free(after);
	ca_close(&ca);
}

/* --- requests for certificates --- */

enum ask { GOOD, OTHER_SIGNER, P384, RSA_ONE, SHA1_ONE, SHA384_ONE, BEHIND, CUT,
    EMPTY, NOISE, TOO_LONG, BENT };

static const struct ask_row {
	const char	*name;
	enum ask	 ask;
	enum err	 want;
} asks[] = {
	{ "in order", GOOD, ERR_OK },
	{ "signed by another key", OTHER_SIGNER, ERR_CERT_FORM },
	{ "of P-384", P384, ERR_CERT_FORM },
	{ "of RSA", RSA_ONE, ERR_CERT_FORM },
	{ "with SHA-1", SHA1_ONE, ERR_CERT_FORM },
	{ "with SHA-384", SHA384_ONE, ERR_CERT_FORM },
	{ "with something behind it", BEHIND, ERR_CERT_FORM },
	{ "cut", CUT, ERR_CERT_FORM },
	{ "empty", EMPTY, ERR_CERT_FORM },
	{ "noise", NOISE, ERR_CERT_FORM },
	{ "too long", TOO_LONG, ERR_CERT_FORM },
	{ "a bit of it flipped", BENT, ERR_CERT_FORM },
};

static size_t
make_request(enum ask ask, uint8_t out[8192])
{
	EVP_PKEY *key = room_key(ask == RSA_ONE ? NULL : ask == P384 ?
	    "P-384" : "P-256"), *signer = key;
	size_t len;

	if (ask == OTHER_SIGNER)
		signer = room_key("P-256");
	len = room_request(key, signer, ask == SHA1_ONE ? EVP_sha1() :
	    ask == SHA384_ONE ? EVP_sha384() : NULL, out);
	if (signer != key)
		EVP_PKEY_free(signer);
	EVP_PKEY_free(key);
	return (len);
}

static void
request_is_judged(void **state)
{
	const struct ask_row *a = *state;
	uint8_t der[8192] = { 0 };
	EVP_PKEY *key;
	size_t len = make_request(a->ask, der);

	len += a->ask == BEHIND;
	len -= a->ask == CUT;
	len = a->ask == EMPTY ? 0 : a->ask == TOO_LONG ? 5000 : len;
	if (a->ask == NOISE)
		memset(der, 0x30, len);
	if (a->ask == BENT)
		der[len - 1] ^= 1;
	note_set(&note, "%s", "");
	assert_int_equal(issue_request(der, len, &key, &note), a->want);
	assert_int_equal(key != NULL, a->want == ERR_OK);
	assert_int_equal(note.text[0] != '\0', a->want != ERR_OK);
	EVP_PKEY_free(key);
}

#define WITH_ROOM(f) cmocka_unit_test_setup_teardown(f, room_up, room_down)

int
main(void)
{
	static struct CMUnitTest tests[LEN(harms) + LEN(asks) + 8];
	const struct CMUnitTest others[] = {
		WITH_ROOM(is_made_and_kept),
		WITH_ROOM(an_empty_folder_is_filled),
		WITH_ROOM(is_made_once),
		WITH_ROOM(is_looked_at),
		WITH_ROOM(certificates_are_for_one_use),
		WITH_ROOM(a_device_has_its_key_and_no_more),
		WITH_ROOM(what_ends_soon_is_renewed),
		WITH_ROOM(is_renewed_under_way),
	};
	size_t n = 0;

	for (size_t i = 0; i < LEN(harms); i++)
		tests[n++] = (struct CMUnitTest){ harms[i].name, is_refused,
		    room_up, room_down, (void *)(uintptr_t)&harms[i] };
	for (size_t i = 0; i < LEN(asks); i++)
		tests[n++] = (struct CMUnitTest){ asks[i].name,
		    request_is_judged, NULL, NULL,
		    (void *)(uintptr_t)&asks[i] };
	for (size_t i = 0; i < LEN(others); i++)
		tests[n++] = others[i];
	return (_cmocka_run_group_tests("ca", tests, n, NULL, NULL));
}
