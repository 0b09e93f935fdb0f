#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "reader/attributes.h"
#include "reader/iso7816.h"
#include "reader/read.h"
#include "reader/value.h"

#define EF_ATTRIBUTES 0x0002

enum err
attributes_select(struct card *card)
{
	return (select_app(card, GUARD_TEXT));
}

void
attributes_add_select(struct plan *p)
{
	plan_select_app(p, GUARD_TEXT);
}

enum err
attributes_take_select(struct plan *p)
{
	uint16_t sw;
	enum err r;

	r = plan_next(p, NULL, &sw);
	return (r != ERR_OK ? r : apdu_sw_err(sw));
}

/* BER length of 1, 2 or 3 bytes (card-and-readers.md 2.5). */
static enum err
take_length(struct buf *b, size_t *len)
{
	uint8_t one;
	uint16_t two;

	if (buf_u8(b, &one) != ERR_OK)
		return (ERR_TLV);
	*len = one;
	if (one == 0x81 && buf_u8(b, &one) == ERR_OK)
		*len = one;
	else if (one == 0x82 && buf_u16(b, &two) == ERR_OK)
		*len = two;
	else if (one >= 0x80)
		return (ERR_TLV);
	return (ERR_OK);
}

static enum err
take_object(struct buf *b, uint16_t *tag, struct buf *value)
{
	size_t len;

	if (buf_u16(b, tag) != ERR_OK || take_length(b, &len) != ERR_OK ||
	    buf_take(b, len, value) != ERR_OK)
		return (ERR_TLV);
	return (ERR_OK);
}

/* FF20 and its length, from the file's first bytes. */
static enum err
file_length(struct buf head, size_t *total)
{
	struct buf b = head;
	uint16_t tag;
	size_t len;

	if (buf_u16(&b, &tag) != ERR_OK)
		return (ERR_TORN);
	if (tag != 0xff20 || take_length(&b, &len) != ERR_OK)
		return (ERR_TLV);
	*total = head.left - b.left + len;
	return (ERR_OK);
}

/* Control characters would reach terminals and files; C2 80 is U+0080. */
static int
is_printable(const struct buf *value)
{
	uint8_t before = 0;

	for (size_t i = 0; i < value->left; i++) {
		uint8_t c = value->p[i];

		if (c < 0x20 || c == 0x7f ||
		    (before == 0xc2 && (c & 0xe0) == 0x80))
			return (0);
		before = c;
	}
	return (1);
}

static enum err
put_text(const struct buf *value, char *out, size_t room)
{
	if (value->left == 0 || value->left >= room || !is_printable(value) ||
	    !text_is_utf8(value->p, value->left))
		return (ERR_TLV);
	memcpy(out, value->p, value->left);
	out[value->left] = '\0';
	return (ERR_OK);
}

/* card-and-readers.md 5.1; the offsets of DF21 are not needed. */
static enum err
put(struct attributes *a, uint16_t tag, const struct buf *value)
{
	switch (tag) {
	case 0xdf22:
		return (put_text(value, a->name, sizeof(a->name)));
	case 0xdf23:
		return (put_text(value, a->address, sizeof(a->address)));
	case 0xdf24:
		return (value_date(value, a->birthdate));
	case 0xdf25:
		return (value_sex(value, &a->sex));
	default:
		return (ERR_OK);
	}
}

enum err
attributes_parse(struct buf file, struct attributes *a)
{
	struct buf body, value;
	uint16_t tag, seen = 0;
	enum err r;

	*a = (struct attributes){ .sex = '\0' };
	r = take_object(&file, &tag, &body);
	if (r == ERR_OK && tag != 0xff20)
		r = ERR_TLV;
	while (r == ERR_OK && body.left > 0) {
		if ((r = take_object(&body, &tag, &value)) != ERR_OK)
			break;
		/* Each once: a second name is not a name. */
		if (tag >= 0xdf21 && tag <= 0xdf25) {
			if ((seen & 1u << (tag - 0xdf21)) != 0)
				r = ERR_TLV;
			seen |= (uint16_t)(1u << (tag - 0xdf21));
		}
		if (r == ERR_OK)
			r = put(a, tag, &value);
	}
	if (r == ERR_OK && (seen & 0x1e) != 0x1e)
		r = ERR_TLV;
	if (r != ERR_OK)
		attributes_wipe(a);
	return (r);
}

void
attributes_add_read(struct plan *p)
{
	read_add(p, EF_ATTRIBUTES);
}

enum err
attributes_take_read(struct plan *p, struct attributes *a)
{
	struct blob file = { 0 };
	enum err r;

	attributes_wipe(a);
	if ((r = read_take(p, file_length, &file)) == ERR_OK)
		r = attributes_parse(blob_buf(&file), a);
	blob_free(&file);
	return (r);
}

enum err
attributes_read(struct card *card, struct attributes *a)
{
	struct plan p;
	enum err r;

	plan_init(&p, card);
	attributes_add_read(&p);
	r = attributes_take_read(&p, a);
	plan_wipe(&p);
	return (r);
}

void
attributes_wipe(struct attributes *a)
{
	if (a != NULL)
		secret_cleanse(a, sizeof(*a));
}
