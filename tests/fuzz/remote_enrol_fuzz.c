#include <sys/stat.h>
#include <ftw.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "host/remote/enrol.h"
#include "host/remote/issue.h"

/*
 * What somebody without a certificate may send: ENROL's payload, and the
 * certification request in it.  Nobody is invited, so that nobody gets in.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char dir[] = "/tmp/enrol_fuzz.XXXXXX";
static struct ca *ca;
static struct store *store;

static int
forget(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return (remove(path));
}

static void
end(void)
{
	ca_close(&ca);
	store_close(&store);
	(void)nftw(dir, forget, 16, FTW_DEPTH | FTW_PHYS);
}

static void
begin(void)
{
	char path[64];
	struct note note;

	if (mkdtemp(dir) == NULL || atexit(end) != 0)
		abort();
	snprintf(path, sizeof(path), "%s/keys", dir);
	if (ca_open(path, &ca, &note) != ERR_OK)
		abort();
	snprintf(path, sizeof(path), "%s/store", dir);
	if (store_open(path, &store, &note) != ERR_OK)
		abort();
}

static void
as_request(const uint8_t *data, size_t len)
{
	struct note note = { "" };
	EVP_PKEY *key;
	enum err r = issue_request(data, len, &key, &note);

	if ((r == ERR_OK) != (key != NULL) ||
	    (r != ERR_OK && note.text[0] == '\0'))
		abort();
	EVP_PKEY_free(key);
}

static void
as_payload(const uint8_t *data, size_t len)
{
	struct enrol_gate gate = { 0 };
	const struct enrol e = { store, ca, &gate };
	struct note note = { "" };
	struct blob out = { 0 };
	struct device d;

	if (enrol_serve(&e, (struct buf){ data, len }, &out, &d, &note) ==
	    ERR_OK || out.len != 0 || d.name[0] != '\0')
		abort();
	blob_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (ca == NULL)
		begin();
	as_request(data, len);
	as_payload(data, len);
	return (0);
}
