#include "driver/shape.h"
#include "driver/transport.h"

static int
short_lengths(struct buf b, uint8_t n, struct shape *s)
{
	s->lc = n;
	s->data = TP_APDU_MIN + 1;
	if (buf_skip(&b, n) != ERR_OK || b.left > 1)
		return (0);
	if (buf_u8(&b, &n) == ERR_OK)
		s->le = n == 0 ? 256 : n;
	return (1);
}

static int
extended_lengths(struct buf b, struct shape *s)
{
	uint16_t wide;

	if (buf_u16(&b, &wide) != ERR_OK)
		return (0);
	if (b.left > 0) {
		s->lc = wide;
		s->data = TP_APDU_MIN + 3;
		if (wide == 0 || buf_skip(&b, wide) != ERR_OK)
			return (0);
		if (b.left == 0)
			return (1);
		if (buf_u16(&b, &wide) != ERR_OK)
			return (0);
	}
	s->le = wide == 0 ? 65536 : wide;
	return (b.left == 0);
}

int
shape_of(const uint8_t *tx, size_t len, struct shape *s)
{
	struct buf b = { tx, len };
	uint8_t n;

	*s = (struct shape){ .lc = -1, .le = -1 };
	if (buf_skip(&b, TP_APDU_MIN) != ERR_OK)
		return (0);
	if (buf_u8(&b, &n) != ERR_OK)
		return (1);
	if (b.left == 0) {
		s->le = n == 0 ? 256 : n;
		return (1);
	}
	return (n != 0 ? short_lengths(b, n, s) : extended_lengths(b, s));
}
