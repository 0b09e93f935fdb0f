#include <string.h>

#include <openssl/err.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/remote/enrol.h"
#include "host/remote/issue.h"
#include "host/wire/spki.h"

static enum err
pass_gate(struct enrol_gate *g)
{
	if (clock_ms() - g->since >= ENROL_WRONG_MS)
		g->wrong = 0;
	return (g->wrong < ENROL_WRONG ? ERR_OK : ERR_TOO_MANY);
}

static void
count_wrong(struct enrol_gate *g)
{
	/* The last one too begins its minute. */
	if (g->wrong++ == 0 || g->wrong == ENROL_WRONG)
		g->since = clock_ms();
}

/* "10 characters: the code, u16 length and a certification request" */
static enum err
take(struct buf *in, char code[DEVICE_CODE + 1], struct buf *request)
{
	uint16_t len;

	code[DEVICE_CODE] = '\0';
	if (buf_read(in, code, DEVICE_CODE) != ERR_OK ||
	    buf_u16(in, &len) != ERR_OK ||
	    buf_take(in, len, request) != ERR_OK || in->left > 0)
		return (ERR_LAYOUT);
	return (ERR_OK);
}

static enum err
add_cert(struct blob *out, const X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	enum err r;

	if (len <= 0 || len > UINT16_MAX) {
		ERR_clear_error();
		return (ERR_LIB);
	}
	if ((r = blob_add_u16(out, (uint16_t)len)) == ERR_OK)
		r = blob_add(out, der, (size_t)len);
	OPENSSL_free(der);
	return (r);
}

/* Issued before the code is spent: what can fail then is the store alone. */
static enum err
enrol(const struct enrol *e, const char *code, EVP_PKEY *key, struct blob *out,
    struct device *d)
{
	uint8_t print[WIRE_PRINT];
	X509 *x = NULL;
	enum err r;

	if ((r = ca_issue(e->ca, key, &x)) != ERR_OK ||
	    (r = spki_print(x, print)) != ERR_OK ||
	    (r = device_enrol(e->store, code, print, d)) != ERR_OK)
		goto out;
	if ((r = blob_add_u8(out, (uint8_t)strlen(d->name))) == ERR_OK &&
	    (r = blob_add_str(out, d->name)) == ERR_OK &&
	    (r = add_cert(out, x)) == ERR_OK)
		r = add_cert(out, ca_cert(e->ca));
out:
	X509_free(x);
	return (r);
}

enum err
enrol_serve(const struct enrol *e, struct buf payload, struct blob *out,
    struct device *d, struct note *note)
{
	char code[DEVICE_CODE + 1];
	size_t before = out->len;
	struct buf request;
	EVP_PKEY *key = NULL;
	enum err r;

	*d = (struct device){ .name = "" };
	if ((r = pass_gate(e->gate)) != ERR_OK)
		return (r);
	if ((r = take(&payload, code, &request)) == ERR_OK)
		r = issue_request(request.p, request.left, &key, note);
	if (r == ERR_OK)
		r = enrol(e, code, key, out, d);
	if (r == ERR_CODE)
		count_wrong(e->gate);
	EVP_PKEY_free(key);
	secret_cleanse(code, sizeof(code));
	if (r != ERR_OK)
		blob_cut(out, before);
	return (r);
}
