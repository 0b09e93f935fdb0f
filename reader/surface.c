#include <string.h>

#include "base/secret.h"
#include "base/tlv.h"
#include "reader/iso7816.h"
#include "reader/read.h"
#include "reader/surface.h"
#include "reader/value.h"

#define EF_FACE		0x0002
#define EF_CERTIFICATE	0x0004
#define FACE_MAX	READ_MAX	/* nothing behind it can be read */
#define CERTIFICATE_MAX	1024		/* ours; the real ones have 568 (2.7) */
#define SIGN_HDR	5
#define INPUT		51		/* DigestInfo of SHA-256 (2.4) */
#define SIGNATURE	256		/* RSA-2048 */

enum err
surface_select(struct card *card)
{
	return (select_app(card, GUARD_SURFACE));
}

/* The length an object of this tag names, if it is one of at most max. */
static enum err
measure(struct buf head, uint16_t want, size_t max, size_t *total)
{
	uint16_t tag;
	enum err r;

	if ((r = tlv_size(head, &tag, total)) == ERR_SHORT)
		return (ERR_TORN);
	return (r != ERR_OK || tag != want || *total > max ? ERR_TLV : ERR_OK);
}

static enum err
face_length(struct buf head, size_t *total)
{
	return (measure(head, 0xff20, FACE_MAX, total));
}

static enum err
certificate_length(struct buf head, size_t *total)
{
	return (measure(head, 0x7f21, CERTIFICATE_MAX, total));
}

enum err
surface_read(struct card *card, struct blob *file)
{
	return (read_ef(card, EF_FACE, face_length, file));
}

enum err
surface_certificate(struct card *card, struct blob *out)
{
	return (read_ef(card, EF_CERTIFICATE, certificate_length, out));
}

static enum err
put_birthdate(struct surface *s, const struct buf *value)
{
	return (value_date(value, s->birthdate));
}

static enum err
put_expiry(struct surface *s, const struct buf *value)
{
	return (value_date(value, s->expiry));
}

static enum err
put_sex(struct surface *s, const struct buf *value)
{
	return (value_sex(value, &s->sex));
}

static enum err
put_bytes(struct buf *out, const struct buf *value)
{
	*out = *value;
	return (value->left == 0 ? ERR_TLV : ERR_OK);
}

static enum err
put_key(struct surface *s, const struct buf *value)
{
	return (put_bytes(&s->key, value));
}

static enum err
put_photo(struct surface *s, const struct buf *value)
{
	return (put_bytes(&s->photo, value));
}

static enum err
put_signature(struct surface *s, const struct buf *value)
{
	return (put_bytes(&s->signature, value));
}

/*
 * card-and-readers.md 5.2, in the order of the file, which makes each signed
 * part one piece of it.  The offsets of DF21 are not needed.
 */
static const struct object {
	uint16_t	tag;
	int		part;	/* -1: not signed */
	enum err	(*put)(struct surface *, const struct buf *);
} objects[] = {
	{ 0xdf21, -1, NULL },
	{ 0xdf22, 0, put_birthdate },
	{ 0xdf23, 0, put_sex },
	{ 0xdf24, 0, put_key },
	{ 0xdf25, 1, NULL },		/* image of the name */
	{ 0xdf26, 1, NULL },		/* image of the address */
	{ 0xdf27, 2, put_photo },
	{ 0xdf28, -1, put_signature },
	{ 0xdf29, -1, put_expiry },
};

static enum err
take_object(struct buf *body, const struct object *o, struct surface *s)
{
	struct buf *part;
	struct tlv t;

	if (tlv_take(body, &t) != ERR_OK || t.tag != o->tag)
		return (ERR_TLV);
	if (o->part >= 0) {
		part = &s->part[o->part];
		if (part->left == 0)
			part->p = t.whole.p;
		part->left += t.whole.left;
	}
	return (o->put == NULL ? ERR_OK : o->put(s, &t.value));
}

/* What comes behind (DF2A, the security code's image) is passed over, but is
 * not one of the above a second time. */
static enum err
take_rest(struct buf *body)
{
	struct tlv t;

	while (body->left > 0) {
		if (tlv_take(body, &t) != ERR_OK ||
		    (t.tag >= 0xdf21 && t.tag <= 0xdf29))
			return (ERR_TLV);
	}
	return (ERR_OK);
}

enum err
surface_parse(struct buf file, struct surface *s)
{
	struct tlv whole;
	enum err r;

	*s = (struct surface){ .sex = '\0' };
	if ((r = tlv_take(&file, &whole)) == ERR_OK && whole.tag != 0xff20)
		r = ERR_TLV;
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]) &&
	    r == ERR_OK; i++)
		r = take_object(&whole.value, &objects[i], s);
	if (r == ERR_OK)
		r = take_rest(&whole.value);
	if (r != ERR_OK)
		surface_wipe(s);
	return (r);
}

void
surface_wipe(struct surface *s)
{
	if (s != NULL)
		secret_cleanse(s, sizeof(*s));
}

enum err
surface_sign(struct card *card, const uint8_t *input, size_t len,
    struct blob *signature)
{
	uint8_t cmd[SIGN_HDR + INPUT + 1] = { 0x80, 0x2a, 0x00, 0x00, INPUT };
	uint16_t sw;
	enum err r;

	blob_reset(signature);
	if (len != INPUT)
		return (ERR_FORBIDDEN);
	memcpy(cmd + SIGN_HDR, input, INPUT);
	r = apdu_send(card, cmd, sizeof(cmd), signature, &sw, APDU_SIGN_MS);
	if (r == ERR_OK)
		r = apdu_sw_err(sw);
	if (r == ERR_OK && signature->len != SIGNATURE)
		r = ERR_TORN;
	if (r != ERR_OK)
		blob_reset(signature);
	return (r);
}
