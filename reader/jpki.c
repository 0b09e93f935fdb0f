#include <string.h>

#include "base/secret.h"
#include "reader/iso7816.h"
#include "reader/jpki.h"
#include "reader/read.h"

#define EF_TOKEN	0x0006
#define EF_CERTIFICATE	0x000a
#define EF_KEY		0x0017
#define SIGN_HDR	5
#define INPUT_MAX	51	/* DigestInfo of SHA-256 */

/* 1.3: the label is the first 32 bytes, padded with spaces. */
static const struct {
	const char	*label;
	enum jpki_token	 token;
	const char	*name;
} tokens[] = {
	{ "",			JPKI_UNKNOWN,	"unknown" },
	{ "JPKIAPICCTOKEN2",	JPKI_CARD,	"mynumber-card" },
	{ "JPKIAPICCTOKEN",	JPKI_OLD_CARD,	"juki-card" },
	{ "JPKIAPGPSETOKEN",	JPKI_ANDROID,	"android-phone" },
	{ "JPKIAPIOSTOKEN",	JPKI_IPHONE,	"iphone" },
};

/* DER SEQUENCE with a two-byte length; sane bounds of 2.5. */
static enum err
certificate_length(struct buf head, size_t *total)
{
	uint16_t tag, len;

	if (buf_u16(&head, &tag) != ERR_OK || buf_u16(&head, &len) != ERR_OK)
		return (ERR_TORN);
	*total = (size_t)len + 4;
	if (tag != 0x3082 || *total < 500 || *total > 4096)
		return (ERR_CERT_FORM);
	return (ERR_OK);
}

void
jpki_add_certificate(struct plan *p)
{
	read_add(p, EF_CERTIFICATE);
}

enum err
jpki_take_certificate(struct plan *p, struct blob *der)
{
	return (read_take(p, certificate_length, der));
}

enum err
jpki_certificate(struct card *card, struct blob *der)
{
	return (read_ef(card, EF_CERTIFICATE, certificate_length, der));
}

enum err
jpki_add_sign(struct plan *p, const uint8_t *input, size_t len)
{
	uint8_t cmd[SIGN_HDR + INPUT_MAX + 1] = { 0x80, 0x2a, 0x00, 0x80,
	    (uint8_t)len };

	if (len == 0 || len > INPUT_MAX)
		return (ERR_TOOBIG);
	if (p->card->opts.short_ids)
		cmd[3] = 0x80 | EF_KEY;
	else
		plan_select_ef(p, EF_KEY);
	memcpy(cmd + SIGN_HDR, input, len);
	plan_add(p, cmd, SIGN_HDR + len + 1, APDU_SIGN_MS);
	return (ERR_OK);
}

enum err
jpki_take_sign(struct plan *p, struct blob *signature)
{
	size_t want = p->card->profile->signature;
	uint16_t sw;
	enum err r;

	if ((r = plan_next(p, signature, &sw)) == ERR_OK)
		r = apdu_sw_err(sw);
	if (r == ERR_OK && want != 0 && signature->len != want)
		r = ERR_TORN;
	if (r != ERR_OK)
		blob_reset(signature);
	return (r);
}

enum err
jpki_sign(struct card *card, const uint8_t *input, size_t len,
    struct blob *signature)
{
	struct plan p;
	enum err r;

	blob_reset(signature);
	plan_init(&p, card);
	if ((r = jpki_add_sign(&p, input, len)) == ERR_OK)
		r = jpki_take_sign(&p, signature);
	plan_wipe(&p);
	return (r);
}

/* Only the label is wanted of the 160 bytes. */
static enum err
label_length(struct buf head, size_t *total)
{
	*total = 32;
	return (head.left < *total ? ERR_TORN : ERR_OK);
}

static int
label_is(const char *label, const uint8_t *field)
{
	size_t n = strlen(label);

	if (n == 0 || memcmp(label, field, n) != 0)
		return (0);
	for (; n < 32; n++) {
		if (field[n] != ' ')
			return (0);
	}
	return (1);
}

enum err
jpki_token(struct card *card, enum jpki_token *token)
{
	struct blob file = { 0 };
	enum err r;

	*token = JPKI_UNKNOWN;
	if ((r = read_ef(card, EF_TOKEN, label_length, &file)) == ERR_OK) {
		for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
			if (label_is(tokens[i].label, file.data))
				*token = tokens[i].token;
	}
	blob_free(&file);
	return (r);
}

const char *
jpki_token_name(enum jpki_token token)
{
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		if (tokens[i].token == token)
			return (tokens[i].name);
	}
	return (tokens[0].name);
}
