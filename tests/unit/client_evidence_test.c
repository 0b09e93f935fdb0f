#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>
#include <openssl/pem.h>

#include "host/api/client/evidence.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ID	"0b8f1c52-6a3e-4d7c-9f21-5e0d4c3b2a19"
#define NONCE	"000102030405060708090a0b0c0d0e0f" \
		"101112131415161718191a1b1c1d1e1f"
#define AT	"2026-11-20T09:00:00+09:00"

static const struct row {
	const char		*name, *engine;
	int			 score, threshold;
	enum shikaku_liveness	 liveness;
	const char		*score_text, *threshold_text, *liveness_text;
} rows[] = {
	{ "usual", "test", 873000, 800000, SHIKAKU_LIVENESS_PASSED,
	    "0.873000", "0.800000", "passed" },
	{ "one millionth", "test", 1, 0, SHIKAKU_LIVENESS_FAILED,
	    "0.000001", "0.000000", "failed" },
	{ "just below 1 is not 1", "test", 999999, 1000000,
	    SHIKAKU_LIVENESS_NONE, "0.999999", "1.000000", "none" },
	{ "a quote in the engine", "a\"b\\", 500000, 500000,
	    SHIKAKU_LIVENESS_PASSED, "0.500000", "0.500000", "passed" },
	{ "engine of 64", "1234567890123456789012345678901234567890"
	    "123456789012345678901234", 500000, 500000,
	    SHIKAKU_LIVENESS_PASSED, "0.500000", "0.500000", "passed" },
};

static void
member(const json_t *o, const char *name, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(o, name));

	assert_non_null(text);
	(void)snprintf(out, size, "%s", text);
}

/* Put together here from openapi.yaml alone, and judged by OpenSSL. */
static void
row_test(void **state)
{
	const struct row *row = *state;
	const struct shikaku_match m = { .engine = row->engine,
	    .score = row->score, .threshold = row->threshold,
	    .liveness = row->liveness };
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct shikaku_visit v = { .id = ID };
	char lines[1024], text[128];
	unsigned char signature[96];
	struct body b;
	json_t *o;

	strcpy(v.nonce, NONCE);
	assert_int_equal(evidence_is_possible(&m), 1);
	assert_int_equal(evidence_body(&b, key, &v, &m, AT), SHIKAKU_OK);
	assert_int_equal(body_end(&b), 0);
	o = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_object_size(o), 7);
	member(o, "engine", text, sizeof(text));
	assert_string_equal(text, row->engine);
	member(o, "score", text, sizeof(text));
	assert_string_equal(text, row->score_text);
	member(o, "threshold", text, sizeof(text));
	assert_string_equal(text, row->threshold_text);
	member(o, "liveness", text, sizeof(text));
	assert_string_equal(text, row->liveness_text);
	member(o, "nonce", text, sizeof(text));
	assert_string_equal(text, NONCE);
	member(o, "at", text, sizeof(text));
	assert_string_equal(text, AT);
	member(o, "signature", text, sizeof(text));
	assert_int_equal(strlen(text), 88);
	assert_int_equal(EVP_DecodeBlock(signature,
	    (const unsigned char *)text, 88), 66);
	(void)snprintf(lines, sizeof(lines), "shikaku face evidence 1\n" ID
	    "\n" NONCE "\n%s\n%s\n%s\n%s\n" AT "\n", row->engine,
	    row->score_text, row->threshold_text, row->liveness_text);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key),
	    1);
	assert_int_equal(EVP_DigestVerify(ctx, signature, 64,
	    (const unsigned char *)lines, strlen(lines)), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	json_decref(o);
}

enum make { ED25519, OTHER_KIND, PUBLIC, PHRASE, NOISE, EMPTY, HUGE_FILE,
    OPEN_640, MISSING, FOLDER, FIFO, WITH_NUL };

static const struct key_row {
	const char	*name;
	enum make	 make;
	const char	*detail;	/* NULL: it is taken */
} key_rows[] = {
	{ "key: Ed25519", ED25519, NULL },
	{ "key: of another kind", OTHER_KIND, "not an Ed25519" },
	{ "key: the public one", PUBLIC, "not an Ed25519" },
	{ "key: with a pass phrase, nobody is asked", PHRASE,
	    "not an Ed25519" },
	{ "key: noise", NOISE, "not an Ed25519" },
	{ "key: empty file", EMPTY, "not an Ed25519" },
	{ "key: huge file", HUGE_FILE, "too large" },
	{ "key: the group may read it", OPEN_640, "chmod 600" },
	{ "key: no file", MISSING, "No such file" },
	{ "key: a folder", FOLDER, "not a regular file" },
	{ "key: a fifo, nobody waits", FIFO, "not a regular file" },
	{ "key: a NUL in it", WITH_NUL, "not text" },
};

static void
write_key(FILE *f, enum make make)
{
	EVP_PKEY *key = make == OTHER_KIND ? EVP_PKEY_Q_keygen(NULL, NULL, "EC",
	    "P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	assert_non_null(key);
	if (make == PUBLIC)
		assert_int_equal(PEM_write_PUBKEY(f, key), 1);
	else
		assert_int_equal(PEM_write_PrivateKey(f, key, make == PHRASE ?
		    EVP_aes_128_cbc() : NULL,
		    (const unsigned char *)(make == PHRASE ? "x" : NULL),
		    make == PHRASE, NULL, NULL), 1);
	EVP_PKEY_free(key);
}

static void
make_file(const char *path, enum make make)
{
	FILE *f;

	if (make == MISSING)
		return;
	if (make == FOLDER) {
		assert_int_equal(mkdir(path, 0700), 0);
		return;
	}
	if (make == FIFO) {
		assert_int_equal(mkfifo(path, 0600), 0);
		return;
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), make == OPEN_640 ? 0640 : 0600),
	    0);
	if (make == NOISE)
		fputs("-----BEGIN PRIVATE KEY-----\nAAAA\n", f);
	else if (make == HUGE_FILE)
		for (int i = 0; i < 5000; i++)
			fputc('x', f);
	else if (make != EMPTY)
		write_key(f, make);
	if (make == WITH_NUL)
		fputc('\0', f);
	assert_int_equal(fclose(f), 0);
}

static void
key_test(void **state)
{
	const struct key_row *row = *state;
	char dir[] = "/tmp/client_evidence.XXXXXX", path[64];
	struct shikaku_problem why = { 0 };
	EVP_PKEY *key = NULL;
	enum shikaku_err r;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/key", dir);
	make_file(path, row->make);
	r = evidence_key(path, &key, &why);
	(void)remove(path);
	(void)rmdir(dir);
	if (row->detail == NULL) {
		assert_int_equal(r, SHIKAKU_OK);
		assert_non_null(key);
		EVP_PKEY_free(key);
		return;
	}
	assert_int_equal(r, SHIKAKU_SETUP);
	assert_null(key);
	if (strstr(why.detail, row->detail) == NULL)
		fail_msg("%s", why.detail);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(key_rows)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(key_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = key_rows[i].name,
		    .test_func = key_test,
		    .initial_state = (void *)(uintptr_t)&key_rows[i] };
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
