#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/log.h"
#include "crypto/pubkey.h"
#include "host/remote/ca.h"
#include "host/remote/issue.h"
#include "host/wire/spki.h"

#define PATH	512
#define CURVE	"P-256"

enum pair { P_CA, P_SERVER, P_SEAL, P_TICKET, PAIRS };

static const struct {
	const char	*cert, *key;	/* cert NULL: a key alone */
	enum issue_use	 use;
	int		 days;
} pairs[PAIRS] = {
	[P_CA] = { "ca.crt", "ca.key", ISSUE_CA, CA_DAYS },
	[P_SERVER] = { "server.crt", "server.key", ISSUE_SERVER,
	    CA_LEAF_DAYS },
	[P_SEAL] = { "seal.crt", "seal.key", ISSUE_SEAL, CA_LEAF_DAYS },
	[P_TICKET] = { NULL, "ticket.key", ISSUE_CA, 0 },
};

struct ca {
	char		 folder[PATH];
	char		 file[3][PATH + 16];	/* what ca_wire names */
	pthread_mutex_t	 lock;			/* of the certificates */
	EVP_PKEY	*key[PAIRS];
	X509		*cert[PAIRS];
	uint8_t		 print[WIRE_PRINT];
};

static enum err
refuse(const struct ca *ca, const char *file, const char *why,
    struct note *note)
{
	ERR_clear_error();
	note_set(note, "%s/%s: %s", ca->folder, file, why);
	return (ERR_DEVICE_KEY);
}

/* --- writing --- */

/* A stream to a new file that only we may read; NULL, errno. */
static FILE *
create(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	FILE *f = fd == -1 ? NULL : fdopen(fd, "w");

	if (f == NULL && fd != -1)
		close(fd);
	return (f);
}

/* On disk, or errno. */
static int
finish(FILE *f, int good)
{
	good = good && fflush(f) == 0 && fsync(fileno(f)) == 0;
	return (fclose(f) == 0 && good);
}

static int
write_cert(int dir, const char *name, X509 *x)
{
	FILE *f = create(dir, name);

	return (f != NULL && finish(f, PEM_write_X509(f, x) == 1));
}

static int
write_key(int dir, const char *name, EVP_PKEY *key)
{
	FILE *f = create(dir, name);

	return (f != NULL && finish(f, PEM_write_PKCS8PrivateKey(f, key,
	    NULL, NULL, 0, NULL, NULL) == 1));
}

static enum err
make_pair(struct ca *ca, enum pair p, int dir, struct note *note)
{
	struct issuer by = { ca->cert[P_CA], NULL };
	enum err r;

	ca->key[p] = p == P_TICKET ? EVP_PKEY_Q_keygen(NULL, NULL,
	    "ED25519") : EVP_EC_gen(CURVE);
	by.key = ca->key[P_CA];
	if (ca->key[p] == NULL)
		return (ERR_LIB);
	if (!write_key(dir, pairs[p].key, ca->key[p]))
		return (refuse(ca, pairs[p].key, strerror(errno), note));
	if (pairs[p].cert == NULL)
		return (ERR_OK);
	if ((r = issue_cert(pairs[p].use, ca->key[p], &by, pairs[p].days,
	    &ca->cert[p])) != ERR_OK)
		return (r);
	return (write_cert(dir, pairs[p].cert, ca->cert[p]) ? ERR_OK :
	    refuse(ca, pairs[p].cert, strerror(errno), note));
}

static void
forget(struct ca *ca)
{
	for (enum pair p = 0; p < PAIRS; p++) {
		EVP_PKEY_free(ca->key[p]);
		X509_free(ca->cert[p]);
		ca->key[p] = NULL;
		ca->cert[p] = NULL;
	}
}

/* Everything in a folder that has no name yet; what was begun is removed. */
static enum err
make_all(struct ca *ca, const char *aside, struct note *note)
{
	int dir = open(aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err r = ERR_OK;

	if (dir == -1)
		return (refuse(ca, "", strerror(errno), note));
	for (enum pair p = 0; r == ERR_OK && p < PAIRS; p++)
		r = make_pair(ca, p, dir, note);
	if (r == ERR_OK && fsync(dir) != 0)
		r = refuse(ca, "", strerror(errno), note);
	close(dir);
	forget(ca);
	return (r);
}

static void
remove_all(const char *folder)
{
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (enum pair p = 0; dir != -1 && p < PAIRS; p++) {
		unlinkat(dir, pairs[p].key, 0);
		if (pairs[p].cert != NULL)
			unlinkat(dir, pairs[p].cert, 0);
	}
	if (dir != -1)
		close(dir);
	rmdir(folder);
}

static void
sync_parent(const char *folder)
{
	char copy[PATH];
	int fd;

	snprintf(copy, sizeof(copy), "%s", folder);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return;
	(void)fsync(fd);
	close(fd);
}

/* Another program may be as far: the first to give it its name wins. */
static enum err
make_folder(struct ca *ca, struct note *note)
{
	char aside[PATH + 8];
	enum err r;

	snprintf(aside, sizeof(aside), "%s.XXXXXX", ca->folder);
	if (mkdtemp(aside) == NULL)
		return (refuse(ca, "", strerror(errno), note));
	r = make_all(ca, aside, note);
	if (r == ERR_OK && rename(aside, ca->folder) == 0) {
		sync_parent(ca->folder);
		log_line(LOG_INFO, "ca", "keys for devices were made");
		return (ERR_OK);
	}
	if (r == ERR_OK && errno != ENOTEMPTY && errno != EEXIST)
		r = refuse(ca, "", strerror(errno), note);
	remove_all(aside);
	return (r);
}

/* --- reading --- */

static int
is_private(const struct stat *st)
{
	return (st->st_uid == geteuid() && (st->st_mode & 077) == 0);
}

/* A regular file; a key's is nobody else's.  NULL, and why. */
static FILE *
open_file(struct ca *ca, int dir, const char *name, int key,
    struct note *note)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	struct stat st;
	FILE *f;

	if (fd == -1) {
		(void)refuse(ca, name, strerror(errno), note);
		return (NULL);
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    (key && !is_private(&st))) {
		(void)refuse(ca, name, "not a file of ours with mode 0600",
		    note);
		close(fd);
		return (NULL);
	}
	if ((f = fdopen(fd, "r")) == NULL)
		close(fd);
	return (f);
}

static enum err
load_key(struct ca *ca, enum pair p, int dir, struct note *note)
{
	const char *type = p == P_TICKET ? "ED25519" : "EC";
	FILE *f = open_file(ca, dir, pairs[p].key, 1, note);

	if (f == NULL)
		return (ERR_DEVICE_KEY);
	ca->key[p] = PEM_read_PrivateKey(f, NULL, pubkey_no_passphrase, NULL);
	fclose(f);
	if (ca->key[p] != NULL && EVP_PKEY_is_a(ca->key[p], type))
		return (ERR_OK);
	return (refuse(ca, pairs[p].key, "not such a key", note));
}

static enum err
load_cert(struct ca *ca, enum pair p, int dir, struct note *note)
{
	FILE *f = open_file(ca, dir, pairs[p].cert, 0, note);
	X509 *x;

	if (f == NULL)
		return (ERR_DEVICE_KEY);
	x = ca->cert[p] = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	if (x == NULL)
		return (refuse(ca, pairs[p].cert, "no certificate", note));
	if (X509_check_private_key(x, ca->key[p]) != 1)
		return (refuse(ca, pairs[p].cert, "not of the key beside it",
		    note));
	if (X509_verify(x, ca->key[P_CA]) != 1)
		return (refuse(ca, pairs[p].cert, "not issued by this CA",
		    note));
	return (ERR_OK);
}

static enum err
load(struct ca *ca, int dir, struct note *note)
{
	enum err r = ERR_OK;

	for (enum pair p = 0; r == ERR_OK && p < PAIRS; p++) {
		r = load_key(ca, p, dir, note);
		if (r == ERR_OK && pairs[p].cert != NULL)
			r = load_cert(ca, p, dir, note);
	}
	return (r == ERR_OK ? spki_print(ca->cert[P_CA], ca->print) : r);
}

/* -1, and why. */
static int
open_folder(struct ca *ca, enum err *r, struct note *note)
{
	int dir = open(ca->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	struct stat st;

	*r = ERR_OK;
	if (dir == -1) {
		*r = refuse(ca, "", strerror(errno), note);
		return (-1);
	}
	if (fstat(dir, &st) == 0 && is_private(&st))
		return (dir);
	*r = refuse(ca, "", "not a folder of ours with mode 0700", note);
	close(dir);
	return (-1);
}

/* Missing, or without a single entry. */
static int
is_empty(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int n = 0;

	if (d == NULL)
		return (errno == ENOENT);
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	closedir(d);
	return (n == 0);
}

/* --- renewal --- */

static int
ends_soon(const X509 *x)
{
	time_t then = time(NULL) + (time_t)CA_RENEW_DAYS * 24 * 3600;

	return (X509_cmp_time(X509_get0_notAfter(x), &then) <= 0);
}

/* The key stays: what was sealed to it can be opened for ever. */
static enum err
renew_pair(struct ca *ca, enum pair p, int dir, struct note *note)
{
	const struct issuer by = { ca->cert[P_CA], ca->key[P_CA] };
	char aside[32];
	X509 *x, *old;
	enum err r;

	if ((r = issue_cert(pairs[p].use, ca->key[p], &by, pairs[p].days,
	    &x)) != ERR_OK)
		return (r);
	snprintf(aside, sizeof(aside), "%s.new", pairs[p].cert);
	(void)unlinkat(dir, aside, 0);
	if (!write_cert(dir, aside, x) ||
	    renameat(dir, aside, dir, pairs[p].cert) != 0 ||
	    fsync(dir) != 0) {
		X509_free(x);
		return (refuse(ca, pairs[p].cert, strerror(errno), note));
	}
	pthread_mutex_lock(&ca->lock);
	old = ca->cert[p];
	ca->cert[p] = x;
	pthread_mutex_unlock(&ca->lock);
	X509_free(old);
	return (ERR_OK);
}

enum err
ca_renew(struct ca *ca, int *renewed, struct note *note)
{
	enum err r;
	int dir;

	*renewed = 0;
	if ((dir = open_folder(ca, &r, note)) == -1)
		return (r);
	for (enum pair p = P_SERVER; r == ERR_OK && p <= P_SEAL; p++) {
		/* One that the CA's own end cuts short is not renewed. */
		if (!ends_soon(ca->cert[p]) || ends_soon(ca->cert[P_CA]))
			continue;
		if ((r = renew_pair(ca, p, dir, note)) == ERR_OK)
			*renewed = 1;
	}
	if (ends_soon(ca->cert[P_CA]))
		log_line(LOG_WARN, "ca", "the CA for devices ends soon: move "
		    "its folder away and enrol every device again");
	close(dir);
	return (r);
}

/* --- life --- */

static void
name_files(struct ca *ca)
{
	static const char *const names[] = { "server.crt", "server.key",
	    "ca.crt" };

	for (size_t i = 0; i < 3; i++)
		snprintf(ca->file[i], sizeof(ca->file[i]), "%s/%s",
		    ca->folder, names[i]);
}

static enum err
load_folder(struct ca *ca, struct note *note)
{
	enum err r;
	int dir;

	if ((dir = open_folder(ca, &r, note)) == -1)
		return (r);
	r = load(ca, dir, note);
	close(dir);
	return (r);
}

static enum err
open_all(struct ca *ca, struct note *note)
{
	int renewed;
	enum err r;

	if (is_empty(ca->folder) &&
	    (r = make_folder(ca, note)) != ERR_OK)
		return (r);
	if ((r = load_folder(ca, note)) != ERR_OK)
		return (r);
	return (ca_renew(ca, &renewed, note));
}

static enum err
begin(const char *folder, struct ca **out, struct note *note)
{
	struct ca *ca = calloc(1, sizeof(*ca));
	size_t len = strlen(folder);

	*out = ca;
	if (ca == NULL)
		return (ERR_NOMEM);
	pthread_mutex_init(&ca->lock, NULL);
	while (len > 1 && folder[len - 1] == '/')
		len--;
	if (len == 0 || len >= sizeof(ca->folder)) {
		note_set(note, "[devices] folder");
		return (ERR_DEVICE_KEY);
	}
	memcpy(ca->folder, folder, len);
	name_files(ca);
	return (ERR_OK);
}

enum err
ca_open(const char *folder, struct ca **out, struct note *note)
{
	enum err r = begin(folder, out, note);

	if (r == ERR_OK)
		r = open_all(*out, note);
	if (r != ERR_OK)
		ca_close(out);
	return (r);
}

/* Where it is missing or empty it is made beside itself first. */
static enum err
check_parent(const struct ca *ca, struct note *note)
{
	char copy[PATH];

	snprintf(copy, sizeof(copy), "%s", ca->folder);
	if (access(dirname(copy), W_OK | X_OK) == 0)
		return (ERR_OK);
	note_set(note, "%s cannot be made: %s; [devices] folder = "
	    "/var/lib/shikaku/devices", ca->folder, strerror(errno));
	return (ERR_DEVICE_KEY);
}

enum err
ca_check(const char *folder, int *made, struct note *note)
{
	struct ca *ca;
	enum err r = begin(folder, &ca, note);

	*made = r != ERR_OK || !is_empty(ca->folder);
	if (r == ERR_OK)
		r = *made ? load_folder(ca, note) : check_parent(ca, note);
	ca_close(&ca);
	return (r);
}

void
ca_close(struct ca **cap)
{
	struct ca *ca = *cap;

	if (ca == NULL)
		return;
	*cap = NULL;
	forget(ca);
	pthread_mutex_destroy(&ca->lock);
	free(ca);
}

/* --- what is asked of it --- */

struct wire_conf
ca_wire(const struct ca *ca)
{
	return ((struct wire_conf){ .cert = ca->file[0], .key = ca->file[1],
	    .ca = ca->file[2] });
}

const uint8_t *
ca_print(const struct ca *ca)
{
	return (ca->print);
}

const X509 *
ca_cert(const struct ca *ca)
{
	return (ca->cert[P_CA]);
}

enum err
ca_issue(const struct ca *ca, EVP_PKEY *key, X509 **out)
{
	const struct issuer by = { ca->cert[P_CA], ca->key[P_CA] };

	return (issue_cert(ISSUE_DEVICE, key, &by, CA_DAYS, out));
}

X509 *
ca_seal_cert(struct ca *ca)
{
	X509 *x;

	pthread_mutex_lock(&ca->lock);
	x = ca->cert[P_SEAL];
	if (X509_up_ref(x) != 1)
		x = NULL;
	pthread_mutex_unlock(&ca->lock);
	return (x);
}

EVP_PKEY *
ca_seal_key(const struct ca *ca)
{
	return (ca->key[P_SEAL]);
}

EVP_PKEY *
ca_ticket_key(const struct ca *ca)
{
	return (ca->key[P_TICKET]);
}
