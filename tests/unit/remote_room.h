#ifndef TESTS_UNIT_REMOTE_ROOM_H
#define TESTS_UNIT_REMOTE_ROOM_H

#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "host/remote/device.h"
#include "host/wire/spki.h"

/*
 * A folder of a test's own, a store in it, and keys.  What is not used by one
 * test is by another: every function is inline.
 */
static struct {
	char		 dir[64], keys[96], path[96];	/* CA folder, store */
	struct store	*store;
} room;

static inline int
room_up(void **state)
{
	struct note note;

	(void)state;
	snprintf(room.dir, sizeof(room.dir), "/tmp/remote_test.XXXXXX");
	assert_non_null(mkdtemp(room.dir));
	snprintf(room.keys, sizeof(room.keys), "%s/keys", room.dir);
	snprintf(room.path, sizeof(room.path), "%s/store.db", room.dir);
	assert_int_equal(store_open(room.path, &room.store, &note), ERR_OK);
	return (0);
}

static inline int
room_forget(const char *path, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return (remove(path));
}

static inline int
room_down(void **state)
{
	(void)state;
	store_close(&room.store);
	return (nftw(room.dir, room_forget, 16, FTW_DEPTH | FTW_PHYS));
}

static inline const char *
room_file(const char *name)
{
	static char path[8][160];
	static size_t turn;
	char *at = path[turn++ % 8];

	snprintf(at, sizeof(path[0]), "%s/%s", room.dir, name);
	return (at);
}

static inline EVP_PKEY *
room_key(const char *curve)
{
	EVP_PKEY *key = curve == NULL ? EVP_RSA_gen(2048) : EVP_EC_gen(curve);

	assert_non_null(key);
	return (key);
}

/* A certification request, DER; md NULL: SHA-256. */
static inline size_t
room_request(EVP_PKEY *key, EVP_PKEY *signer, const EVP_MD *md,
    uint8_t out[4096])
{
	X509_REQ *q = X509_REQ_new();
	unsigned char *at = out;
	int len;

	assert_non_null(q);
	assert_int_equal(X509_REQ_set_pubkey(q, key), 1);
	assert_true(X509_REQ_sign(q, signer, md == NULL ? EVP_sha256() :
	    md) > 0);
	len = i2d_X509_REQ(q, NULL);
	assert_true(len > 0 && len < 4096);
	assert_int_equal(i2d_X509_REQ(q, &at), len);
	X509_REQ_free(q);
	return ((size_t)len);
}

static inline void
room_save_key(const char *name, EVP_PKEY *key)
{
	FILE *f = fopen(room_file(name), "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL,
	    NULL), 1);
	assert_int_equal(fclose(f), 0);
}

static inline void
room_save_cert(const char *name, X509 *x)
{
	FILE *f = fopen(room_file(name), "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
}

/* A device that was invited and enrolled with this print. */
static inline struct device
room_device(const char *name, const uint8_t *print)
{
	char code[DEVICE_CODE + 1];
	struct note note;
	struct device d;
	int64_t until;

	assert_int_equal(device_invite(room.store, name, code, &until, &note),
	    ERR_OK);
	assert_int_equal(device_enrol(room.store, code, print, &d), ERR_OK);
	return (d);
}

#endif
