#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "crypto/hex.h"
#include "crypto/vault.h"

#define VERSION		1
#define NONCE		12	/* of GCM, SP 800-38D 8.2.2 */
#define TAG		16	/* the longest */
#define HEAD		(1 + VAULT_ID + NONCE)

#define PATH		512
#define MARK		"shikaku-vault-1 "	/* the file's line begins so */
#define MARK_LEN	(sizeof(MARK) - 1)
#define LINE		(MARK_LEN + 2 * VAULT_KEY + 1)

void
vault_wipe(struct vault *v)
{
	if (v != NULL)
		secret_cleanse(v, sizeof(*v));
}

/* --- the key's file --- */

static enum err
refuse(const char *path, const char *why, struct note *note)
{
	note_set(note, "%s: %s", path, why);
	return (ERR_VAULT_KEY);
}

static enum err
take_key(struct vault *v, const uint8_t key[VAULT_KEY])
{
	static const char label[] = "shikaku vault key id";
	uint8_t both[sizeof(label) + VAULT_KEY], sum[32];
	size_t n = 0;
	enum err r = ERR_LIB;

	memcpy(both, label, sizeof(label));
	memcpy(both + sizeof(label), key, VAULT_KEY);
	if (EVP_Q_digest(NULL, "SHA256", NULL, both, sizeof(both), sum, &n) ==
	    1 && n == sizeof(sum))
		r = secret_set(&v->key, key, VAULT_KEY);
	memcpy(v->id, sum, VAULT_ID);
	secret_cleanse(both, sizeof(both));
	ERR_clear_error();
	return (r);
}

/* Everything up to the end of the file, or up to room; -1, errno. */
static ssize_t
read_all(int fd, char *to, size_t room)
{
	size_t got = 0;
	ssize_t n;

	while (got < room) {
		if ((n = read(fd, to + got, room - got)) == -1 &&
		    errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return ((ssize_t)got);
}

static enum err
read_key(int fd, const char *path, struct vault *v, struct note *note)
{
	uint8_t key[VAULT_KEY];
	char line[LINE + 1];
	ssize_t n = read_all(fd, line, sizeof(line));
	enum err r;

	if (n == -1)
		r = refuse(path, strerror(errno), note);
	else if ((size_t)n != LINE || memcmp(line, MARK, MARK_LEN) != 0 ||
	    line[LINE - 1] != '\n')
		r = refuse(path, "not a key file of documents, or cut short; "
		    "put back the copy you keep of it", note);
	else {
		line[LINE - 1] = '\0';
		r = hex_read(line + MARK_LEN, key, sizeof(key)) ?
		    take_key(v, key) : refuse(path, "not a key file of "
		    "documents; put back the copy you keep of it", note);
	}
	secret_cleanse(line, sizeof(line));
	secret_cleanse(key, sizeof(key));
	return (r);
}

/* What is wrong with a file that shall hold a key; NULL: nothing. */
static const char *
fault_of(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return ("not a file");
	if (st->st_uid != geteuid())
		return ("belongs to another user; chown it to the one the "
		    "agent runs as");
	if ((st->st_mode & 077) != 0)
		return ("others can read the key; run chmod 600 on it, and "
		    "take it as known to them");
	return (NULL);
}

static enum err
load(const char *path, struct vault *v, int *there, struct note *note)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	const char *fault;
	enum err r;

	*there = fd != -1 || errno != ENOENT;
	if (fd == -1)
		return (refuse(path, errno == ENOENT ? "there is no key; put "
		    "back the copy you keep of it" : errno == ELOOP ?
		    "a symbolic link; name the file itself" :
		    strerror(errno), note));
	if (fstat(fd, &st) != 0)
		fault = strerror(errno);
	else
		fault = fault_of(&st);
	r = fault != NULL ? refuse(path, fault, note) :
	    read_key(fd, path, v, note);
	close(fd);
	return (r);
}

/* --- making it --- */

static int
write_all(int fd, const char *from, size_t len)
{
	ssize_t n;

	for (; len > 0; from += n, len -= (size_t)n) {
		if ((n = write(fd, from, len)) == -1) {
			if (errno != EINTR)
				return (0);
			n = 0;
		}
	}
	return (1);
}

static int
write_new(int fd)
{
	uint8_t key[VAULT_KEY];
	char line[LINE + 1];
	int ok = 0;

	errno = EIO;
	if (RAND_priv_bytes(key, sizeof(key)) == 1) {
		memcpy(line, MARK, MARK_LEN);
		hex_write(key, sizeof(key), line + MARK_LEN);
		line[LINE - 1] = '\n';
		ok = write_all(fd, line, LINE) && fsync(fd) == 0;
	}
	secret_cleanse(line, sizeof(line));
	secret_cleanse(key, sizeof(key));
	return (ok);
}

/* "." where the path has none. */
static void
folder_of(const char *path, char out[PATH])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path);

	snprintf(out, PATH, "%.*s", (int)n, path);
	if (n == 0)
		snprintf(out, PATH, "%s", slash == NULL ? "." : "/");
}

static int
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ok;

	if (fd == -1)
		return (0);
	ok = fsync(fd) == 0;
	close(fd);
	return (ok);
}

/* On disk too: a key that is gone with its folder after a power cut opens
 * nothing of what was sealed meanwhile. */
static int
make_folder(const char *folder)
{
	char parent[PATH];

	if (mkdir(folder, 0700) != 0)
		return (errno == EEXIST);
	folder_of(folder, parent);
	return (sync_folder(parent));
}

/*
 * Written aside and then given its name by link, which never replaces: a
 * crash leaves no half a key, and of two programs one wins.
 */
static enum err
make_key(const char *path, struct note *note)
{
	char folder[PATH], aside[PATH + 8];
	int fd, ok;

	folder_of(path, folder);
	if (!make_folder(folder))
		return (refuse(folder, strerror(errno), note));
	snprintf(aside, sizeof(aside), "%s.XXXXXX", path);
	if ((fd = mkostemp(aside, O_CLOEXEC)) == -1)
		return (refuse(path, strerror(errno), note));
	ok = write_new(fd);
	ok = close(fd) == 0 && ok;
	ok = ok && (link(aside, path) == 0 || errno == EEXIST) &&
	    sync_folder(folder);
	if (!ok)
		(void)refuse(path, strerror(errno), note);
	unlink(aside);
	return (ok ? ERR_OK : ERR_VAULT_KEY);
}

enum err
vault_load(const char *path, int make, struct vault *v, struct note *note)
{
	int there;
	enum err r;

	*v = (struct vault){ .id = { 0 } };
	if (strlen(path) >= PATH)
		return (refuse("key", "the path is too long", note));
	r = load(path, v, &there, note);
	if (r != ERR_OK && !there && make &&
	    (r = make_key(path, note)) == ERR_OK)
		r = load(path, v, &there, note);
	if (r != ERR_OK)
		vault_wipe(v);
	return (r);
}

enum err
vault_check(const char *path, int *made, struct note *note)
{
	struct vault v = { .id = { 0 } };
	struct note why = { "" };
	enum err r;

	*made = 1;
	r = load(path, &v, made, &why);
	vault_wipe(&v);
	if (!*made)
		return (ERR_OK);
	if (r != ERR_OK)
		note_set(note, "%s", why.text);
	return (r);
}

/* --- sealing --- */

/* Each part by its length and its bytes: no two labels read alike. */
static enum err
add_part(struct blob *to, const char *part)
{
	size_t n = strlen(part);
	enum err r;

	if (n == 0 || n > UINT16_MAX)
		return (ERR_SHORT);
	if ((r = blob_add_u16(to, (uint16_t)n)) != ERR_OK)
		return (r);
	return (blob_add(to, part, n));
}

/* What is authenticated beside the text. */
static enum err
bind_label(const struct vault_label *l, const uint8_t head[1 + VAULT_ID],
    struct blob *out)
{
	enum err r;

	if ((r = blob_add(out, head, 1 + VAULT_ID)) != ERR_OK ||
	    (r = add_part(out, l->id)) != ERR_OK ||
	    (r = add_part(out, l->owner)) != ERR_OK)
		return (r);
	return (add_part(out, l->kind));
}

/* Starts GCM with key, nonce and what is bound; NULL: the library failed. */
static EVP_CIPHER_CTX *
start(const struct vault *v, const uint8_t nonce[NONCE],
    const struct blob *bound, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	if (ctx != NULL && EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL,
	    v->key.data, nonce, encrypt) == 1 &&
	    EVP_CipherUpdate(ctx, NULL, &n, bound->data, (int)bound->len) == 1)
		return (ctx);
	EVP_CIPHER_CTX_free(ctx);
	return (NULL);
}

static enum err
encrypt(const struct vault *v, const struct blob *bound, struct buf plain,
    struct blob *out)
{
	uint8_t *text, *tag;
	EVP_CIPHER_CTX *ctx;
	int n, ok;

	if (blob_space(out, plain.left + TAG) == NULL)
		return (ERR_NOMEM);
	text = out->data + HEAD;
	tag = text + plain.left;
	if ((ctx = start(v, out->data + 1 + VAULT_ID, bound, 1)) == NULL)
		return (ERR_LIB);
	ok = EVP_CipherUpdate(ctx, text, &n, plain.p, (int)plain.left) == 1 &&
	    (size_t)n == plain.left && EVP_CipherFinal_ex(ctx, tag, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return (ok ? ERR_OK : ERR_LIB);
}

enum err
vault_seal(const struct vault *v, const struct vault_label *label,
    struct buf plain, struct blob *out)
{
	struct blob bound = { 0 };
	uint8_t head[HEAD];
	enum err r;

	blob_reset(out);
	if (v->key.len != VAULT_KEY)
		return (ERR_SEQUENCE);
	if (plain.left == 0)
		return (ERR_SHORT);
	if (plain.left > VAULT_MAX)
		return (ERR_TOOBIG);
	head[0] = VERSION;
	memcpy(head + 1, v->id, VAULT_ID);
	r = RAND_bytes(head + 1 + VAULT_ID, NONCE) == 1 ? ERR_OK : ERR_LIB;
	if (r == ERR_OK && (r = bind_label(label, head, &bound)) == ERR_OK &&
	    (r = blob_add(out, head, sizeof(head))) == ERR_OK)
		r = encrypt(v, &bound, plain, out);
	blob_free(&bound);
	ERR_clear_error();
	if (r != ERR_OK)
		blob_reset(out);
	return (r);
}

/* --- opening --- */

/* in: text and tag. */
static enum err
decrypt(const struct vault *v, const uint8_t nonce[NONCE],
    const struct blob *bound, struct buf in, struct blob *out)
{
	size_t len = in.left - TAG;
	uint8_t tag[TAG];
	EVP_CIPHER_CTX *ctx;
	int n, ok;

	memcpy(tag, in.p + len, TAG);
	if (blob_space(out, len) == NULL)
		return (ERR_NOMEM);
	if ((ctx = start(v, nonce, bound, 0)) == NULL)
		return (ERR_LIB);
	ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1 &&
	    EVP_CipherUpdate(ctx, out->data, &n, in.p, (int)len) == 1 &&
	    (size_t)n == len &&
	    EVP_CipherFinal_ex(ctx, tag, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	return (ok ? ERR_OK : ERR_VAULT_ALTERED);
}

enum err
vault_open(const struct vault *v, const struct vault_label *label,
    struct buf sealed, struct blob *out)
{
	const uint8_t *head = sealed.p;
	struct blob bound = { 0 };
	enum err r;

	blob_reset(out);
	if (v->key.len != VAULT_KEY)
		return (ERR_SEQUENCE);
	if (sealed.left <= VAULT_EXTRA)
		return (ERR_VAULT_ALTERED);
	if (sealed.left > VAULT_MAX + VAULT_EXTRA)
		return (ERR_TOOBIG);
	if (head[0] != VERSION)
		return (ERR_VAULT_VERSION);
	if (memcmp(head + 1, v->id, VAULT_ID) != 0)
		return (ERR_VAULT_OTHER);
	if ((r = bind_label(label, head, &bound)) == ERR_OK &&
	    (r = buf_skip(&sealed, HEAD)) == ERR_OK)
		r = decrypt(v, head + 1 + VAULT_ID, &bound, sealed, out);
	blob_free(&bound);
	ERR_clear_error();
	if (r != ERR_OK)
		blob_reset(out);
	return (r);
}
