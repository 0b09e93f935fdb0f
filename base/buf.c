#include <string.h>

#include "base/buf.h"

enum err
buf_take(struct buf *b, size_t len, struct buf *part)
{
	if (b->left < len)
		return (ERR_SHORT);
	part->p = b->p;
	part->left = len;
	if (len > 0)	/* the bytes of nothing may be NULL */
		b->p += len;
	b->left -= len;
	return (ERR_OK);
}

enum err
buf_skip(struct buf *b, size_t len)
{
	struct buf gone;

	return (buf_take(b, len, &gone));
}

enum err
buf_read(struct buf *b, void *out, size_t len)
{
	struct buf part;
	enum err r;

	if ((r = buf_take(b, len, &part)) != ERR_OK)
		return (r);
	if (len > 0)
		memcpy(out, part.p, len);
	return (ERR_OK);
}

enum err
buf_u8(struct buf *b, uint8_t *out)
{
	return (buf_read(b, out, 1));
}

enum err
buf_u16(struct buf *b, uint16_t *out)
{
	uint8_t v[2];
	enum err r;

	if ((r = buf_read(b, v, sizeof(v))) != ERR_OK)
		return (r);
	*out = (uint16_t)(v[0] << 8 | v[1]);
	return (ERR_OK);
}

enum err
buf_u32(struct buf *b, uint32_t *out)
{
	uint8_t v[4];
	enum err r;

	if ((r = buf_read(b, v, sizeof(v))) != ERR_OK)
		return (r);
	*out = (uint32_t)v[0] << 24 | (uint32_t)v[1] << 16 |
	    (uint32_t)v[2] << 8 | v[3];
	return (ERR_OK);
}
