#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/pem.h>

#include "host/api/client/evidence.h"
#include "host/api/client/file.h"
#include "host/api/client/problem.h"

#define KEY_FILE_MAX	4096	/* Ed25519 in PEM has 119 bytes */
#define SIGNATURE_LEN	64	/* RFC 8032, 5.1.6 */
#define SIGNATURE_TEXT	89	/* of it in base64, and 0 */
#define FRACTION_SIZE	9	/* 1.000000 and 0 */
#define MILLION		1000000
#define LINES_MAX	512	/* all eight at their longest are below */

static const char *const liveness_words[] = {
	[SHIKAKU_LIVENESS_NONE] = "none",
	[SHIKAKU_LIVENESS_PASSED] = "passed",
	[SHIKAKU_LIVENESS_FAILED] = "failed",
};

/* Nobody is there to type a pass phrase. */
static int
no_phrase(char *out, int size, int rw, void *ctx)
{
	(void)out;
	(void)size;
	(void)rw;
	(void)ctx;
	return (-1);
}

enum shikaku_err
evidence_key(const char *path, EVP_PKEY **key, struct shikaku_problem *why)
{
	char pem[KEY_FILE_MAX];
	enum shikaku_err r;
	BIO *bio = NULL;

	*key = NULL;
	if ((r = file_read(path, pem, sizeof(pem), why)) != SHIKAKU_OK)
		goto out;
	if ((bio = BIO_new_mem_buf(pem, -1)) != NULL)
		*key = PEM_read_bio_PrivateKey(bio, NULL, no_phrase, NULL);
	if (*key == NULL || EVP_PKEY_get_id(*key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(*key);
		*key = NULL;
		r = problem_set(why, SHIKAKU_SETUP,
		    "%s: not an Ed25519 private key in PEM", path);
	}
out:
	BIO_free(bio);
	OPENSSL_cleanse(pem, sizeof(pem));
	return (r);
}

static int
is_fraction(int millionths)
{
	return (millionths >= 0 && millionths <= MILLION);
}

int
evidence_is_possible(const struct shikaku_match *m)
{
	size_t n = m->engine == NULL ? 0 : strnlen(m->engine, 65);

	if (n == 0 || n > 64)
		return (0);
	for (size_t i = 0; i < n; i++)
		if (m->engine[i] < '!' || m->engine[i] > '~')
			return (0);
	return (is_fraction(m->score) && is_fraction(m->threshold) &&
	    (unsigned)m->liveness < sizeof(liveness_words) /
	    sizeof(liveness_words[0]));
}

/* Never through a double: its text hangs on the locale, and it rounds. */
static void
fraction(int millionths, char out[FRACTION_SIZE])
{
	(void)snprintf(out, FRACTION_SIZE, "%u.%06u",
	    (unsigned)millionths / MILLION % 10,
	    (unsigned)millionths % MILLION);
}

static int
sign(EVP_PKEY *key, const char *lines, size_t len,
    char text[SIGNATURE_TEXT])
{
	unsigned char signature[SIGNATURE_LEN];
	size_t n = sizeof(signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, signature, &n, (const unsigned char *)lines,
	    len) == 1 && n == sizeof(signature);
	if (ok)
		EVP_EncodeBlock((unsigned char *)text, signature, (int)n);
	EVP_MD_CTX_free(ctx);
	return (ok ? 0 : -1);
}

enum shikaku_err
evidence_body(struct body *b, EVP_PKEY *key, const struct shikaku_visit *v,
    const struct shikaku_match *m, const char at[STAMP_SIZE])
{
	const char *liveness = liveness_words[m->liveness];
	char score[FRACTION_SIZE], threshold[FRACTION_SIZE];
	char lines[LINES_MAX], signature[SIGNATURE_TEXT];
	int n;

	fraction(m->score, score);
	fraction(m->threshold, threshold);
	n = snprintf(lines, sizeof(lines), "shikaku face evidence 1\n%s\n%s\n"
	    "%s\n%s\n%s\n%s\n%s\n", v->id, v->nonce, m->engine, score,
	    threshold, liveness, at);
	if (n < 0 || (size_t)n >= sizeof(lines) ||
	    sign(key, lines, (size_t)n, signature) != 0)
		return (SHIKAKU_SYSTEM);
	body_start(b);
	body_str(b, "engine", m->engine);
	body_str(b, "score", score);
	body_str(b, "threshold", threshold);
	body_str(b, "liveness", liveness);
	body_str(b, "nonce", v->nonce);
	body_str(b, "at", at);
	body_str(b, "signature", signature);
	return (SHIKAKU_OK);
}
