#include "tests/lib/fake_apdu.h"

/* card-and-readers.md 2.6; command chaining is refused as ISO 7816-4 says. */
uint16_t
fake_apdu_class(uint8_t cla)
{
	if ((cla & 0xc0) == 0x40 || ((cla & 0x7f) < 0x10 && (cla & 3) != 0))
		return (0x6881);
	if ((cla & 0x7f) < 0x10 && (cla & 0x0c) != 0)
		return (0x6882);
	if ((cla & 0xf0) == 0x10)
		return (0x6884);
	return (cla == 0x00 || cla == 0x80 ? 0x9000 : 0x6e00);
}

/* After Lc and the data there is a Le of le_len bytes, or nothing. */
static enum err
parse_tail(struct buf *b, size_t lc, size_t le_len, struct fake_cmd *cmd)
{
	uint16_t le16;
	uint8_t le8;
	enum err r;

	if (lc > 0 && (r = buf_take(b, lc, &cmd->data)) != ERR_OK)
		return (r);
	cmd->form = lc > 0 ? 3 : 1;
	if (b->left == 0)
		return (lc > 0 ? ERR_OK : ERR_SHORT);
	if (b->left != le_len)
		return (ERR_TLV);
	cmd->form++;
	if (le_len == 1) {
		r = buf_u8(b, &le8);
		cmd->le = le8 == 0 ? FAKE_LE_SHORT : le8;
	} else {
		r = buf_u16(b, &le16);
		cmd->le = le16 == 0 ? FAKE_LE_EXT : le16;
	}
	return (r);
}

/* 00 and two bytes more: extended.  Le alone, or Lc, data and maybe Le. */
static enum err
parse_extended(struct buf *b, struct fake_cmd *cmd)
{
	uint16_t lc;
	enum err r;

	cmd->ext = 1;
	if (b->left == 2)
		return (parse_tail(b, 0, 2, cmd));
	if ((r = buf_u16(b, &lc)) != ERR_OK)
		return (r);
	return (lc == 0 ? ERR_TLV : parse_tail(b, lc, 2, cmd));
}

/* ISO 7816-3 12.1.3; anything else is a wrong length. */
enum err
fake_apdu_body(struct buf b, int extended, struct fake_cmd *cmd)
{
	uint8_t lc;
	enum err r;

	cmd->form = 1;
	if (b.left == 0)
		return (ERR_OK);
	if (b.left == 1)
		return (parse_tail(&b, 0, 1, cmd));
	if ((r = buf_u8(&b, &lc)) != ERR_OK)
		return (r);
	if (lc > 0)
		return (parse_tail(&b, lc, 1, cmd));
	return (extended ? parse_extended(&b, cmd) : ERR_TLV);
}
