#include "base/tlv.h"

/* X.690 8.1.2.4: all five low bits set, the tag goes on; here for a byte. */
static enum err
take_tag(struct buf *b, uint16_t *tag)
{
	uint8_t one, two;
	enum err r;

	if ((r = buf_u8(b, &one)) != ERR_OK)
		return (r);
	*tag = one;
	if ((one & 0x1f) != 0x1f)
		return (ERR_OK);
	if ((r = buf_u8(b, &two)) != ERR_OK)
		return (r);
	*tag = (uint16_t)(one << 8 | two);
	return ((two & 0x80) != 0 ? ERR_TLV : ERR_OK);
}

/* 80 is "until further notice", 83 and above no length of a card's file. */
static enum err
take_length(struct buf *b, size_t *len)
{
	uint8_t one;
	uint16_t two;
	enum err r;

	if ((r = buf_u8(b, &one)) != ERR_OK)
		return (r);
	*len = one;
	if (one == 0x81 && (r = buf_u8(b, &one)) == ERR_OK)
		*len = one;
	else if (one == 0x82 && (r = buf_u16(b, &two)) == ERR_OK)
		*len = two;
	else if (one >= 0x80 && r == ERR_OK)
		r = ERR_TLV;
	return (r);
}

enum err
tlv_size(struct buf head, uint16_t *tag, size_t *total)
{
	size_t had = head.left, len;
	enum err r;

	*tag = 0;
	*total = 0;
	if ((r = take_tag(&head, tag)) == ERR_OK &&
	    (r = take_length(&head, &len)) == ERR_OK)
		*total = had - head.left + len;
	return (r);
}

enum err
tlv_take(struct buf *b, struct tlv *t)
{
	struct buf at = *b;
	size_t len;

	*t = (struct tlv){ 0 };
	if (take_tag(&at, &t->tag) != ERR_OK ||
	    take_length(&at, &len) != ERR_OK ||
	    buf_take(&at, len, &t->value) != ERR_OK ||
	    buf_take(b, b->left - at.left, &t->whole) != ERR_OK) {
		*t = (struct tlv){ 0 };
		return (ERR_TLV);
	}
	return (ERR_OK);
}
