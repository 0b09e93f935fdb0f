#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "crypto/place.h"
#include "host/filing/keys.h"

#define FILE_MAX	8192
#define SERIAL_BYTES	16
/* The key is what counts; who renews it deletes both files. */
#define CERT_YEARS	20
#define OTHERS		(S_IRWXG | S_IRWXO)

static enum err
refuse(struct note *note, const char *path, const char *why)
{
	note_set(note, "%s: %s", path, why);
	return (ERR_DEVICE_KEY);
}

/* --- files --- */

static int
write_all(int fd, const struct blob *b)
{
	size_t done = 0;
	ssize_t n;

	while (done < b->len) {
		if ((n = write(fd, b->data + done, b->len - done)) == -1 &&
		    errno != EINTR)
			return (0);
		done += n > 0 ? (size_t)n : 0;
	}
	return (fsync(fd) == 0);
}

/* link, not rename: one that another program made meanwhile stays. */
static enum err
place_new(const char *folder, const char *name, const struct blob *b,
    struct note *note)
{
	char path[PATH_MAX], aside[PATH_MAX];
	int fd, ok;

	if (place_path(folder, name, path) != ERR_OK ||
	    snprintf(aside, sizeof(aside), "%s.new-%d", path, (int)getpid()) >=
	    (int)sizeof(aside))
		return (refuse(note, folder, "the path is too long"));
	(void)unlink(aside);
	if ((fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1)
		return (refuse(note, aside, strerror(errno)));
	ok = write_all(fd, b);
	ok = close(fd) == 0 && ok &&
	    (link(aside, path) == 0 || errno == EEXIST);
	if (!ok)
		(void)refuse(note, path, strerror(errno));
	(void)unlink(aside);
	return (ok ? ERR_OK : ERR_DEVICE_KEY);
}

static enum err
sync_folder(const char *folder, struct note *note)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ok = fd != -1 && fsync(fd) == 0;

	if (!ok)
		(void)refuse(note, folder, strerror(errno));
	if (fd != -1)
		close(fd);
	return (ok ? ERR_OK : ERR_DEVICE_KEY);
}

/* *found 0 when there is no such file. */
static enum err
read_file(const char *folder, const char *name, struct blob *b, int *found,
    struct note *note)
{
	char path[PATH_MAX];
	struct stat st;

	*found = 0;
	if (place_path(folder, name, path) != ERR_OK)
		return (refuse(note, folder, "the path is too long"));
	if (lstat(path, &st) != 0)
		return (errno == ENOENT ? ERR_OK :
		    refuse(note, path, strerror(errno)));
	if (!S_ISREG(st.st_mode) || (st.st_mode & OTHERS) != 0)
		return (refuse(note, path,
		    "is no plain file with mode 0600"));
	if (blob_read_file(b, path, FILE_MAX) != ERR_OK)
		return (refuse(note, path, "cannot be read"));
	*found = 1;
	return (ERR_OK);
}

/* --- PEM --- */

static enum err
drain(BIO *bio, int ok, struct blob *out)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);
	enum err r = ok && n > 0 ? blob_add(out, data, (size_t)n) : ERR_LIB;

	BIO_free(bio);
	return (r);
}

static enum err
key_pem(EVP_PKEY *key, struct blob *out)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	return (drain(bio, bio != NULL && key != NULL &&
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) ==
	    1, out));
}

static enum err
cert_pem(X509 *cert, struct blob *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return (drain(bio, bio != NULL && cert != NULL &&
	    PEM_write_bio_X509(bio, cert) == 1, out));
}

/* Without a passphrase: one that is asked for would stop a service. */
static int
no_passphrase(char *buf, int size, int rw, void *arg)
{
	(void)buf;
	(void)size;
	(void)rw;
	(void)arg;
	return (-1);
}

static EVP_PKEY *
pem_key(const struct blob *b)
{
	BIO *bio = BIO_new_mem_buf(b->data, (int)b->len);
	EVP_PKEY *key = bio == NULL ? NULL :
	    PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);

	BIO_free(bio);
	return (key);
}

static X509 *
pem_cert(const struct blob *b)
{
	BIO *bio = BIO_new_mem_buf(b->data, (int)b->len);
	X509 *cert = bio == NULL ? NULL :
	    PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);

	BIO_free(bio);
	return (cert);
}

/* --- keys --- */

/* Read, or made and then read: another program's counts if it was first. */
static enum err
load_key(const char *folder, const char *name, EVP_PKEY *(*make)(void),
    EVP_PKEY **out, struct note *note)
{
	struct blob b = { 0 };
	EVP_PKEY *fresh = NULL;
	int found = 0;
	enum err r;

	if ((r = read_file(folder, name, &b, &found, note)) == ERR_OK &&
	    !found) {
		fresh = make();
		if ((r = key_pem(fresh, &b)) == ERR_OK)
			r = place_new(folder, name, &b, note);
		EVP_PKEY_free(fresh);
		blob_reset(&b);
		if (r == ERR_OK)
			r = read_file(folder, name, &b, &found, note);
	}
	if (r == ERR_OK && (*out = pem_key(&b)) == NULL) {
		note_set(note, "%s/%s: is no private key", folder, name);
		r = ERR_DEVICE_KEY;
	}
	blob_free(&b);
	return (r);
}

static EVP_PKEY *
make_ticket_key(void)
{
	return (EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

static EVP_PKEY *
make_seal_key(void)
{
	return (EVP_EC_gen("P-256"));
}

static int
set_name(X509 *cert)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"shikaku records", -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, name) == 1);
}

static int
set_serial(X509 *cert)
{
	uint8_t serial[SERIAL_BYTES];
	BIGNUM *n;
	int ok;

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return (0);
	serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40);
	n = BN_bin2bn(serial, sizeof(serial), NULL);
	ok = n != NULL && BN_to_ASN1_INTEGER(n,
	    X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return (ok);
}

/* By itself: a device takes it from the agent, whom it knows already. */
static X509 *
make_cert(EVP_PKEY *key)
{
	X509 *cert = X509_new();

	if (cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
	    set_serial(cert) && set_name(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -86400) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(cert), CERT_YEARS * 365, 0,
	    NULL) != NULL && X509_set_pubkey(cert, key) == 1 &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		return (cert);
	X509_free(cert);
	return (NULL);
}

static enum err
load_cert(const char *folder, struct keys *k, struct note *note)
{
	struct blob b = { 0 };
	int found = 0;
	X509 *fresh;
	enum err r;

	if ((r = read_file(folder, KEYS_SEAL_CERT, &b, &found, note)) ==
	    ERR_OK && !found) {
		fresh = make_cert(k->seal);
		if ((r = cert_pem(fresh, &b)) == ERR_OK)
			r = place_new(folder, KEYS_SEAL_CERT, &b, note);
		X509_free(fresh);
		if (r == ERR_OK)
			r = read_file(folder, KEYS_SEAL_CERT, &b, &found,
			    note);
	}
	if (r == ERR_OK && ((k->seal_cert = pem_cert(&b)) == NULL ||
	    X509_check_private_key(k->seal_cert, k->seal) != 1)) {
		note_set(note, "%s/%s: is no certificate of the key beside "
		    "it", folder, KEYS_SEAL_CERT);
		r = ERR_DEVICE_KEY;
	}
	blob_free(&b);
	return (r);
}

static enum err
take_der(struct keys *k)
{
	uint8_t *der = NULL;
	int n = i2d_X509(k->seal_cert, &der);
	enum err r = n > 0 ? blob_add(&k->seal_der, der, (size_t)n) : ERR_LIB;

	OPENSSL_free(der);
	return (r);
}

static enum err
take_public(struct keys *k, const char *folder, struct note *note)
{
	size_t n = ED25519_KEY;

	if (EVP_PKEY_get_base_id(k->ticket) == EVP_PKEY_ED25519 &&
	    EVP_PKEY_get_raw_public_key(k->ticket, k->ticket_public, &n) == 1)
		return (ERR_OK);
	note_set(note, "%s/%s: is no Ed25519 key", folder, KEYS_TICKET);
	return (ERR_DEVICE_KEY);
}

enum err
keys_load(const char *folder, struct keys *k, struct note *note)
{
	enum err r;

	*k = (struct keys){ .ticket = NULL };
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return (refuse(note, folder, strerror(errno)));
	if ((r = load_key(folder, KEYS_TICKET, make_ticket_key, &k->ticket,
	    note)) == ERR_OK &&
	    (r = take_public(k, folder, note)) == ERR_OK &&
	    (r = load_key(folder, KEYS_SEAL, make_seal_key, &k->seal,
	    note)) == ERR_OK &&
	    (r = load_cert(folder, k, note)) == ERR_OK &&
	    (r = take_der(k)) == ERR_OK)
		r = sync_folder(folder, note);
	ERR_clear_error();
	if (r != ERR_OK)
		keys_wipe(k);
	return (r);
}

void
keys_wipe(struct keys *k)
{
	EVP_PKEY_free(k->ticket);
	EVP_PKEY_free(k->seal);
	X509_free(k->seal_cert);
	blob_free(&k->seal_der);
	*k = (struct keys){ .ticket = NULL };
}
