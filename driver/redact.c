#include <string.h>

#include "driver/redact.h"
#include "driver/shape.h"
#include "driver/transport.h"

#define INS_SELECT	0xa4
#define INS_READ	0xb0
#define NAME_MAX_LEN	16	/* an AID; a file's is 2 bytes */

static enum err
add_hex(struct blob *line, const uint8_t *p, size_t len)
{
	enum err r = ERR_OK;

	for (size_t i = 0; i < len && r == ERR_OK; i++)
		r = blob_printf(line, " %02X", p[i]);
	return (r);
}

static enum err
add_nothing(struct blob *line, size_t len)
{
	return (len == 0 ? ERR_OK : blob_printf(line, " ~%zu", len));
}

/* --- commands --- */

/* Class FF is the reader's own and selects nothing on a card. */
static int
is_name(const uint8_t *tx, const struct shape *s)
{
	return (tx[0] != 0xff && tx[1] == INS_SELECT &&
	    s->lc <= NAME_MAX_LEN);
}

enum err
redact_command(struct blob *line, const uint8_t *tx, size_t len)
{
	struct shape s;
	size_t lc;
	enum err r;

	if ((r = blob_add_str(line, ">")) != ERR_OK)
		return (r);
	if (len < TP_APDU_MIN)
		return (blob_add_str(line, " *"));
	if (!shape_of(tx, len, &s)) {
		r = add_hex(line, tx, TP_APDU_MIN);
		return (r != ERR_OK ? r : add_nothing(line,
		    len - TP_APDU_MIN));
	}
	if (s.lc < 0 || is_name(tx, &s))
		return (add_hex(line, tx, len));
	lc = (size_t)s.lc;
	if ((r = add_hex(line, tx, s.data)) != ERR_OK ||
	    (r = add_nothing(line, lc)) != ERR_OK)
		return (r);
	return (add_hex(line, tx + s.data + lc, len - s.data - lc));
}

/* --- answers --- */

/* From a file's beginning: P1 bit 8 set, a short name and P2 the offset. */
static int
is_first_read(const uint8_t *tx, size_t len)
{
	return (len >= TP_APDU_MIN && tx[0] != 0xff && tx[1] == INS_READ &&
	    tx[3] == 0 && (tx[2] == 0 || (tx[2] & 0x80) != 0));
}

/*
 * Bytes of the tag and length of what holds all of a file: SEQUENCE with a
 * length of two bytes, as certificates begin, or a tag of two bytes, FFxx or
 * 7Fxx (ISO 7816-4 5.2.2).  None of these begins a text in UTF-8, so that no
 * name or number is taken for it.  0 if that is not what is there.
 */
static size_t
outer_head(struct buf b)
{
	size_t had = b.left, n;
	uint8_t tag, second, len;

	if (buf_u8(&b, &tag) != ERR_OK || buf_u8(&b, &second) != ERR_OK)
		return (0);
	if (tag == 0x30 && second == 0x82)
		return (buf_skip(&b, 2) == ERR_OK ? 4 : 0);
	if ((tag != 0xff && tag != 0x7f) || (second & 0x80) != 0 ||
	    buf_u8(&b, &len) != ERR_OK)
		return (0);
	n = len & 0x7f;
	if ((len & 0x80) != 0 && (n < 1 || n > 2 ||
	    buf_skip(&b, n) != ERR_OK))
		return (0);
	return (had - b.left);
}

enum err
redact_answer(struct blob *line, const uint8_t *tx, size_t txlen,
    const uint8_t *rx, size_t len)
{
	size_t data = len - 2, kept = 0;
	enum err r;

	if (is_first_read(tx, txlen))
		kept = outer_head((struct buf){ rx, data });
	if ((r = blob_add_str(line, "<")) != ERR_OK ||
	    (r = add_hex(line, rx, kept)) != ERR_OK ||
	    (r = add_nothing(line, data - kept)) != ERR_OK)
		return (r);
	return (add_hex(line, rx + data, 2));
}

/* --- the ATR --- */

/* Bytes TA..TD of one interface group: a count of the high nibble's bits. */
static size_t
group(uint8_t y)
{
	return ((size_t)((y >> 4 & 1) + (y >> 5 & 1) + (y >> 6 & 1) +
	    (y >> 7 & 1)));
}

/* Where the historical bytes are (ISO 7816-3 8.2); 0 if nowhere. */
static int
historical(const uint8_t *atr, size_t len, size_t *at, size_t *n)
{
	struct buf b = { atr, len };
	uint8_t y;

	if (buf_skip(&b, 1) != ERR_OK || buf_u8(&b, &y) != ERR_OK)
		return (0);
	*n = y & 0x0f;
	while ((y & 0x80) != 0) {
		if (buf_skip(&b, group(y) - 1) != ERR_OK ||
		    buf_u8(&b, &y) != ERR_OK)
			return (0);
	}
	if (buf_skip(&b, group(y)) != ERR_OK || b.left < *n)
		return (0);
	*at = len - b.left;
	return (1);
}

/* Category 80 is compact TLV: tag and length in one byte each. */
static void
redact_historical(uint8_t *p, size_t n)
{
	size_t at = 1, len;

	if (n == 0)
		return;
	if (p[0] != 0x80) {
		memset(p, 0, n);
		return;
	}
	for (; at < n; at += 1 + len) {
		len = p[at] & 0x0f;
		if (len > n - at - 1) {
			memset(p + at, 0, n - at);
			return;
		}
		if (p[at] >> 4 != 7)
			memset(p + at + 1, 0, len);
	}
}

void
redact_atr(const uint8_t *atr, size_t len, uint8_t *out)
{
	size_t at, n;

	memcpy(out, atr, len);
	if (len < 2)
		return;
	if (!historical(atr, len, &at, &n)) {
		memset(out + 1, 0, len - 1);
		return;
	}
	redact_historical(out + at, n);
	if (at + n < len) {
		/* TCK is the last byte; more than that is nothing known. */
		memset(out + at + n, 0, len - at - n);
		for (size_t i = 1; i + 1 < len; i++)
			out[len - 1] ^= out[i];
	}
}
