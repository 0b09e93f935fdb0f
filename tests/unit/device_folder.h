#ifndef TESTS_UNIT_DEVICE_FOLDER_H
#define TESTS_UNIT_DEVICE_FOLDER_H

#include <sys/stat.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "base/clock.h"
#include "host/device/names.h"
#include "host/device/queue.h"
#include "host/device/tickets.h"
#include "tests/unit/proof_party.h"

/* An enrolled device's folder, one for each test, and the agent's keys. */
static char folder_path[64];
static struct dir folder;
static struct party folder_device, folder_agent, folder_other;
static EVP_PKEY *folder_ticket_key;

static inline int
folder_remove(const char *path, const struct stat *st, int kind,
    struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return (remove(path));
}

static inline void
folder_put(const char *name, int is_key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct note note = { "" };
	char *data;
	long n;

	if (is_key)
		PEM_write_bio_PrivateKey(bio, folder_device.key, NULL, NULL,
		    0, NULL, NULL);
	else
		PEM_write_bio_X509(bio, folder_device.cert);
	n = BIO_get_mem_data(bio, &data);
	assert_int_equal(dir_write(&folder, name, data, (size_t)n, &note),
	    ERR_OK);
	BIO_free(bio);
}

static inline int
folder_up(void **state)
{
	struct note note = { "" };

	(void)state;
	snprintf(folder_path, sizeof(folder_path), "/tmp/device.XXXXXX");
	if (mkdtemp(folder_path) == NULL ||
	    dir_open(folder_path, 0, &folder, &note) != ERR_OK)
		return (-1);
	folder_put(DIR_KEY, 1);
	folder_put(DIR_CERT, 0);
	return (0);
}

static inline int
folder_down(void **state)
{
	(void)state;
	dir_close(&folder);
	return (nftw(folder_path, folder_remove, 8, FTW_DEPTH | FTW_PHYS));
}

static inline int
folder_keys_up(void **state)
{
	(void)state;
	party_make(&folder_device, "device");
	party_make(&folder_agent, "agent");
	party_make(&folder_other, "other");
	folder_ticket_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return (folder_ticket_key == NULL ? -1 : 0);
}

static inline int
folder_keys_down(void **state)
{
	(void)state;
	party_free(&folder_device);
	party_free(&folder_agent);
	party_free(&folder_other);
	EVP_PKEY_free(folder_ticket_key);
	return (0);
}

/* --- the body of TICKETS's reply --- */

struct folder_reply {
	unsigned	 n;
	int64_t		 until;		/* seconds; 0: in an hour */
	const uint8_t	*print;		/* NULL: the device's */
	EVP_PKEY	*signer;	/* NULL: the agent's */
};

static inline void
folder_reply(const struct folder_reply *want, struct blob *out)
{
	struct ticket t = { .institution = "1319999999",
	    .issued = clock_wall_ms() / 1000 - 60 };
	uint8_t key[ED25519_KEY], bytes[TICKET_LEN], *der = NULL;
	size_t len = sizeof(key);
	int n = i2d_X509(folder_agent.cert, &der);

	t.until = want->until != 0 ? want->until : t.issued + 3660;
	memcpy(t.device, want->print != NULL ? want->print :
	    folder_device.print, sizeof(t.device));
	assert_int_equal(EVP_PKEY_get_raw_public_key(folder_ticket_key, key,
	    &len), 1);
	assert_int_equal(blob_add_u16(out, (uint16_t)n), ERR_OK);
	assert_int_equal(blob_add(out, der, (size_t)n), ERR_OK);
	assert_int_equal(blob_add(out, key, len), ERR_OK);
	assert_int_equal(blob_add_u16(out, (uint16_t)want->n), ERR_OK);
	for (unsigned i = 0; i < want->n; i++) {
		assert_int_equal(ticket_make(&t, want->signer != NULL ?
		    want->signer : folder_ticket_key, bytes), ERR_OK);
		assert_int_equal(blob_add(out, bytes, sizeof(bytes)), ERR_OK);
	}
	OPENSSL_free(der);
}

/* How many files of that ending there are in a folder of it. */
static inline size_t
folder_count(const char *name, const char *suffix)
{
	struct note note = { "" };
	struct names all;
	char path[PATH_MAX];
	struct dir d;
	size_t n;

	assert_int_equal(dir_path(&folder, name, path), ERR_OK);
	assert_int_equal(dir_open(path, 0, &d, &note), ERR_OK);
	assert_int_equal(names_read(&d, suffix, &all, &note), ERR_OK);
	n = all.n;
	names_free(&all);
	dir_close(&d);
	return (n);
}

#endif
