#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/buf.h"
#include "crypto/cardca_table.h"
#include "crypto/cert.h"
#include "crypto/pem.h"
#include "crypto/pin_table.h"
#include "crypto/pins.h"
#include "crypto/place.h"
#include "crypto/trust.h"

#define ROOT_MAX	16384	/* trust.h; the real ones have 1319 bytes */
#define FILE_NAME	(CERT_SHA256 + sizeof(".cer"))

/* The folder and what is taken into it. */
struct trust {
	const char	*dir;
	enum trust_mode	 mode;
	struct note	*note;
};

/* One certificate on its way to being a root. */
struct candidate {
	const char		*file;	/* for the note */
	X509			*cert;
	int			 typed;	/* its fingerprint was typed now */
	struct trust_root	 root;
};

static enum err
take_one(void *arg, const uint8_t *der, size_t len)
{
	X509 **cert = arg;

	return (*cert == NULL ? cert_parse(der, len, cert) : ERR_CERT_FORM);
}

static enum err
read_cert(const char *path, X509 **cert, struct note *note)
{
	struct blob file = { 0 };
	enum err r;

	*cert = NULL;
	r = blob_read_file(&file, path, ROOT_MAX);
	if (r == ERR_SYS)
		note_set(note, "%s: %s", path, strerror(errno));
	if (r == ERR_OK)
		r = pem_each(&file, "CERTIFICATE", take_one, cert);
	else if (r == ERR_TOOBIG)
		r = ERR_CERT_FORM;
	if (r == ERR_CERT_FORM) {
		/* A file that was chosen wrongly, not a card's fault. */
		r = ERR_NO_CERT;
		note_set(note, "%s: not one certificate in DER or PEM of at "
		    "most %d bytes", path, ROOT_MAX);
	}
	if (r != ERR_OK) {
		X509_free(*cert);
		*cert = NULL;
	}
	blob_free(&file);
	return (r);
}

static enum err
describe(struct candidate *c)
{
	struct trust_root *root = &c->root;
	enum err r;

	if ((r = cert_sha256(c->cert, root->sha256)) != ERR_OK ||
	    (r = cert_stamp(X509_get0_notBefore(c->cert),
	    root->not_before)) != ERR_OK)
		return (r);
	return (cert_stamp(X509_get0_notAfter(c->cert), root->not_after));
}

static enum err
as_row(struct candidate *c, const struct pin_row *row)
{
	snprintf(c->root.name, sizeof(c->root.name), "%s", row->name);
	c->root.purpose = row->purpose;
	return (ERR_OK);
}

static enum err
as_claimed(const struct trust *t, struct candidate *c,
    const struct pin_row *row)
{
	enum err r;
	int has = c->typed;

	if (!has && (r = pins_has(t->dir, c->root.sha256, &has,
	    t->note)) != ERR_OK)
		return (r);
	if (has)
		return (as_row(c, row));
	note_set(t->note, "%s: looks like %s, whose fingerprint is not built "
	    "in: type the SHA-256 published by J-LIS", c->file, row->name);
	return (ERR_PIN_OF_ROOT);
}

static enum err
as_test(const struct trust *t, struct candidate *c)
{
	if (t->mode != TRUST_TEST) {
		note_set(t->note, "%s: a root of the test organisation",
		    c->file);
		return (ERR_CERT_TEST);
	}
	if (!cert_is_root(c->cert)) {
		note_set(t->note, "%s: not a self-signed CA certificate",
		    c->file);
		return (ERR_PIN_OF_ROOT);
	}
	snprintf(c->root.name, sizeof(c->root.name), "test");
	c->root.test = 1;
	c->root.purpose = pin_purpose(X509_get_subject_name(c->cert));
	return (ERR_OK);
}

/* What covers it: a published pin, a typed one, or the test mode. */
static enum err
cover(const struct trust *t, struct candidate *c)
{
	const struct pin_row *row;
	enum err r;

	if ((r = describe(c)) != ERR_OK) {
		note_set(t->note, "%s: its dates cannot be read", c->file);
		return (r);
	}
	if ((row = pin_published(c->root.sha256)) != NULL)
		return (as_row(c, row));
	if ((row = pin_claimed(c->cert)) != NULL)
		return (as_claimed(t, c, row));
	if (cert_is_test(c->cert))
		return (as_test(t, c));
	note_set(t->note, "%s: SHA-256 %s is not a pinned one", c->file,
	    c->root.sha256);
	return (ERR_PIN_OF_ROOT);
}

/* The typed fingerprint must be the file's own; recorded where it decides. */
static enum err
check_typed(const struct trust *t, struct candidate *c, const char *pin)
{
	char hex[CERT_SHA256], own[CERT_SHA256];
	enum err r;

	if (pin == NULL)
		return (ERR_OK);
	if ((r = pins_typed(pin, hex)) != ERR_OK) {
		note_set(t->note, "a SHA-256 has 64 hex digits");
		return (r);
	}
	if ((r = cert_sha256(c->cert, own)) != ERR_OK)
		return (r);
	if (strcmp(hex, own) != 0) {
		note_set(t->note, "%s: has another SHA-256 than the one typed",
		    c->file);
		return (ERR_PIN_OF_ROOT);
	}
	c->typed = 1;
	return (ERR_OK);
}

/* The pin first: a root without its pin would close the whole folder. */
static enum err
put(const struct trust *t, struct candidate *c)
{
	char name[FILE_NAME];
	unsigned char *der = NULL;
	enum err r;
	int len;

	if (c->typed && !c->root.test &&
	    pin_published(c->root.sha256) == NULL &&
	    (r = pins_add(t->dir, c->root.sha256, t->note)) != ERR_OK)
		return (r);
	if ((len = i2d_X509(c->cert, &der)) <= 0)
		return (ERR_NOMEM);
	snprintf(name, sizeof(name), "%s.cer", c->root.sha256);
	r = place_file(t->dir, name, der, (size_t)len);
	if (r == ERR_SYS)
		note_set(t->note, "%s/%s: %s", t->dir, name, strerror(errno));
	OPENSSL_free(der);
	return (r);
}

enum err
trust_add(const char *dir, enum trust_mode mode, const char *file,
    const char *pin, struct trust_root *root, struct note *note)
{
	const struct trust t = { dir, mode, note };
	struct candidate c = { .file = file };
	int lock = -1;
	enum err r;

	*root = (struct trust_root){ .purpose = TRUST_OTHER };
	if ((r = read_cert(file, &c.cert, note)) != ERR_OK ||
	    (r = check_typed(&t, &c, pin)) != ERR_OK ||
	    (r = cover(&t, &c)) != ERR_OK)
		goto out;
	if ((r = place_lock(dir, &lock)) != ERR_OK) {
		note_set(note, "%s: %s", dir, strerror(errno));
		goto out;
	}
	if ((r = put(&t, &c)) == ERR_OK)
		*root = c.root;
out:
	place_unlock(lock);
	X509_free(c.cert);
	ERR_clear_error();
	return (r);
}

typedef enum err	each_root(void *arg, struct candidate *);

/* A dot hides what is still being written; pins and card CAs are no root. */
static int
may_be_root(const struct dirent *entry)
{
	return (entry->d_name[0] != '.' &&
	    strcmp(entry->d_name, PINS_FILE) != 0 &&
	    !cardca_is_file(entry->d_name));
}

static int
is_folder(const char *path)
{
	struct stat st;

	return (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static enum err
visit(const struct trust *t, const char *name, each_root *each, void *arg)
{
	struct candidate c = { 0 };
	char path[PATH_MAX];
	enum err r;

	if ((r = place_path(t->dir, name, path)) != ERR_OK)
		return (r);
	c.file = path;
	/* cp -r, a second time */
	if (is_folder(path)) {
		note_set(t->note, "%s is a folder: move its files up", path);
		return (ERR_FOLDER);
	}
	if ((r = read_cert(path, &c.cert, t->note)) == ERR_OK &&
	    (r = cover(t, &c)) == ERR_OK)
		r = each(arg, &c);
	X509_free(c.cert);
	return (r);
}

/* Every file of the folder must be a root that is covered. */
static enum err
walk(const struct trust *t, each_root *each, void *arg)
{
	struct dirent **names = NULL;
	enum err r = ERR_OK;
	int n;

	if ((n = scandir(t->dir, &names, may_be_root, alphasort)) == -1) {
		if (errno == ENOENT)
			return (ERR_OK);
		note_set(t->note, "%s: %s", t->dir, strerror(errno));
		return (ERR_SYS);
	}
	for (int i = 0; i < n; i++) {
		if (r == ERR_OK)
			r = visit(t, names[i]->d_name, each, arg);
		free(names[i]);
	}
	free(names);
	ERR_clear_error();
	return (r);
}

struct rows {
	struct trust_root	*row;
	size_t			 max, n;
};

static enum err
to_row(void *arg, struct candidate *c)
{
	struct rows *rows = arg;

	if (rows->n < rows->max)
		rows->row[rows->n] = c->root;
	rows->n++;
	return (ERR_OK);
}

enum err
trust_list(const char *dir, enum trust_mode mode, struct trust_root *row,
    size_t max, size_t *n, struct note *note)
{
	const struct trust t = { dir, mode, note };
	struct rows rows = { row, max, 0 };
	enum err r;

	*n = 0;
	if ((r = walk(&t, to_row, &rows)) == ERR_OK)
		*n = rows.n;
	return (r);
}

struct anchors {
	X509_STORE	*store;
	size_t		 n;
};

/* A test root of no known unit signs user certificates too; pinned ones say. */
static enum err
to_store(void *arg, struct candidate *c)
{
	struct anchors *a = arg;
	const unsigned char *name = (const unsigned char *)c->root.name;

	if (c->root.purpose == TRUST_SIGN)
		return (ERR_OK);
	if (X509_alias_set1(c->cert, name, -1) != 1 ||
	    X509_STORE_add_cert(a->store, c->cert) != 1)
		return (ERR_NOMEM);
	a->n++;
	return (ERR_OK);
}

enum err
trust_load(const char *dir, enum trust_mode mode, X509_STORE **out,
    struct note *note)
{
	const struct trust t = { dir, mode, note };
	struct anchors a = { X509_STORE_new(), 0 };
	enum err r;

	*out = NULL;
	if (a.store == NULL)
		return (ERR_NOMEM);
	r = walk(&t, to_store, &a);
	if (r == ERR_OK && a.n == 0) {
		note_set(note, "%s: no root for user authentication", dir);
		r = ERR_NO_ANCHOR;
	}
	if (r == ERR_OK) {
		*out = a.store;
		a.store = NULL;		/* moved */
	}
	X509_STORE_free(a.store);
	return (r);
}
