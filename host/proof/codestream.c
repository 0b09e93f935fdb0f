#include <string.h>

#include "host/proof/codestream.h"

/* T.800 table A.2 */
enum marker {
	SOC = 0xff4f, SIZ = 0xff51, COD = 0xff52, TLM = 0xff55, PLM = 0xff57,
	PLT = 0xff58, QCD = 0xff5c, QCC = 0xff5d, CRG = 0xff63, COM = 0xff64,
	SOT = 0xff90, SOD = 0xff93, EOC = 0xffd9
};

/* T.800 annex I: the boxes of a JP2 file, as four letters. */
#define BOX_SIGNATURE	0x6a502020	/* jP and two spaces */
#define BOX_CODESTREAM	0x6a703263	/* jp2c */
#define BOX_LONG	1		/* a length of 8 bytes follows */
#define BOX_TO_END	0

static enum err
take_box(struct buf *file, uint32_t *type, struct buf *content)
{
	uint32_t len, high = 0;
	size_t head = 8;

	if (buf_u32(file, &len) != ERR_OK || buf_u32(file, type) != ERR_OK)
		return (ERR_TLV);
	if (len == BOX_TO_END)
		return (buf_take(file, file->left, content));
	if (len == BOX_LONG) {
		head += 8;
		if (buf_u32(file, &high) != ERR_OK || high != 0 ||
		    buf_u32(file, &len) != ERR_OK)
			return (ERR_TLV);
	}
	return (len < head || buf_take(file, len - head, content) != ERR_OK ?
	    ERR_TLV : ERR_OK);
}

static enum err
unbox(struct buf file, struct buf *stream)
{
	static const uint8_t magic[] = { 0x0d, 0x0a, 0x87, 0x0a };
	struct buf content;
	uint32_t type;

	if (take_box(&file, &type, &content) != ERR_OK ||
	    type != BOX_SIGNATURE || content.left != sizeof(magic) ||
	    memcmp(content.p, magic, sizeof(magic)) != 0)
		return (ERR_TLV);
	do {
		if (take_box(&file, &type, &content) != ERR_OK)
			return (ERR_TLV);
	} while (type != BOX_CODESTREAM);
	*stream = content;
	return (ERR_OK);
}

/* A.5.1 for each component: 8 bits without sign, every pixel. */
static enum err
read_components(struct buf b, unsigned n)
{
	uint8_t depth, x, y;

	for (; n > 0; n--) {
		if (buf_u8(&b, &depth) != ERR_OK || buf_u8(&b, &x) != ERR_OK ||
		    buf_u8(&b, &y) != ERR_OK || depth != 8 - 1 || x != 1 ||
		    y != 1)
			return (ERR_TLV);
	}
	return (b.left == 0 ? ERR_OK : ERR_TLV);
}

static int
count_tiles(struct codestream *c, uint32_t x, uint32_t y)
{
	uint64_t n;

	if (x == 0 || y == 0)
		return (0);
	/* Sides up to 1024 and tiles of at least 1: nothing overflows. */
	n = ((uint64_t)c->width + x - 1) / x *
	    (((uint64_t)c->height + y - 1) / y);
	if (n > CODESTREAM_TILES_MAX)
		return (0);
	c->tiles = (unsigned)n;
	return (1);
}

/* A.5.1; an image that does not begin at 0, 0 is none of ours. */
static enum err
read_siz(struct buf b, struct codestream *c)
{
	uint32_t v[8];	/* image x y, its offset x y, the same of tiles */
	uint16_t caps, n;

	if (buf_u16(&b, &caps) != ERR_OK)
		return (ERR_TLV);
	for (size_t i = 0; i < 8; i++) {
		if (buf_u32(&b, &v[i]) != ERR_OK)
			return (ERR_TLV);
	}
	if (buf_u16(&b, &n) != ERR_OK || (n != 1 && n != 3) ||
	    v[0] == 0 || v[0] > CODESTREAM_SIDE_MAX ||
	    v[1] == 0 || v[1] > CODESTREAM_SIDE_MAX ||
	    v[2] != 0 || v[3] != 0 || v[6] != 0 || v[7] != 0)
		return (ERR_TLV);
	c->width = v[0];
	c->height = v[1];
	c->components = n;
	return (count_tiles(c, v[4], v[5]) ? read_components(b, n) : ERR_TLV);
}

/* A.6.1: a byte for each level, the exponents of width and height. */
static enum err
read_precincts(struct buf b, unsigned levels)
{
	uint8_t size;

	for (unsigned i = 0; i <= levels; i++) {
		if (buf_u8(&b, &size) != ERR_OK ||
		    (size & 0x0f) < CODESTREAM_BLOCK_MIN ||
		    size >> 4 < CODESTREAM_BLOCK_MIN)
			return (ERR_TLV);
	}
	return (b.left == 0 ? ERR_OK : ERR_TLV);
}

/* A.6.1; block sizes are exponents less 2 (table A.18). */
static enum err
read_cod(struct buf b, struct codestream *c)
{
	uint8_t style, order, mct, levels, width, height;
	uint16_t layers;

	(void)c;
	if (buf_u8(&b, &style) != ERR_OK || buf_u8(&b, &order) != ERR_OK ||
	    buf_u16(&b, &layers) != ERR_OK || buf_u8(&b, &mct) != ERR_OK ||
	    buf_u8(&b, &levels) != ERR_OK || buf_u8(&b, &width) != ERR_OK ||
	    buf_u8(&b, &height) != ERR_OK || buf_skip(&b, 2) != ERR_OK ||
	    layers == 0 || layers > CODESTREAM_LAYERS_MAX ||
	    levels > CODESTREAM_LEVELS_MAX ||
	    width + 2 < CODESTREAM_BLOCK_MIN ||
	    height + 2 < CODESTREAM_BLOCK_MIN)
		return (ERR_TLV);
	if ((style & 1) != 0)
		return (read_precincts(b, levels));
	return (b.left == 0 ? ERR_OK : ERR_TLV);
}

/* What says nothing about room is the decoder's. */
static enum err
pass_over(struct buf b, struct codestream *c)
{
	(void)b;
	(void)c;
	return (ERR_OK);
}

/* What may stand in the main header, and in those of tiles.  COC, POC, PPM
 * and all of part 2 are not known here. */
static const struct segment {
	uint16_t	marker;
	int		in_tile;
	int		once;
	enum err	(*read)(struct buf, struct codestream *);
} segments[] = {
	{ SIZ, 0, 1, read_siz },
	{ COD, 0, 1, read_cod },
	{ QCD, 0, 1, pass_over },
	{ QCC, 0, 0, pass_over },
	{ TLM, 0, 0, pass_over },
	{ PLM, 0, 0, pass_over },
	{ PLT, 1, 0, pass_over },
	{ CRG, 0, 1, pass_over },
	{ COM, 1, 0, pass_over },
};
#define SEGMENTS	(sizeof(segments) / sizeof(segments[0]))
#define NEEDED		7u	/* SIZ, COD, QCD */

/* The length of a segment counts itself (A.1.3). */
static enum err
take_segment(struct buf *b, uint16_t *marker, struct buf *content)
{
	uint16_t len;

	return (buf_u16(b, marker) == ERR_OK && (*marker == SOD ||
	    (buf_u16(b, &len) == ERR_OK && len >= 2 &&
	    buf_take(b, len - 2u, content) == ERR_OK)) ? ERR_OK : ERR_TLV);
}

static enum err
read_segment(uint16_t marker, struct buf content, int in_tile, unsigned *seen,
    struct codestream *c)
{
	for (size_t i = 0; i < SEGMENTS; i++) {
		if (segments[i].marker != marker)
			continue;
		if ((in_tile && !segments[i].in_tile) ||
		    (segments[i].once && (*seen & 1u << i) != 0))
			return (ERR_TLV);
		*seen |= 1u << i;
		return (segments[i].read(content, c));
	}
	return (ERR_TLV);
}

/* A.3: SOC, SIZ at once, then in any order up to the first SOT. */
static enum err
read_main(struct buf *b, struct codestream *c)
{
	unsigned seen = 0;
	struct buf content, at = *b;
	uint16_t marker;

	if (buf_u16(&at, &marker) != ERR_OK || marker != SOC)
		return (ERR_TLV);
	for (;;) {
		*b = at;
		if (take_segment(&at, &marker, &content) != ERR_OK)
			return (ERR_TLV);
		if (marker == SOT)
			return ((seen & NEEDED) == NEEDED ? ERR_OK : ERR_TLV);
		if ((seen == 0) != (marker == SIZ) ||
		    read_segment(marker, content, 0, &seen, c) != ERR_OK)
			return (ERR_TLV);
	}
}

/* A.4.2: tile, length from SOT on, part; 0: up to the end. */
static enum err
read_tile_part(struct buf *b, struct codestream *c)
{
	struct buf content, part = *b;
	uint16_t marker, tile;
	unsigned seen = 0;
	uint32_t len;

	if (take_segment(&part, &marker, &content) != ERR_OK ||
	    marker != SOT || buf_u16(&content, &tile) != ERR_OK ||
	    buf_u32(&content, &len) != ERR_OK || content.left != 2 ||
	    tile >= c->tiles)
		return (ERR_TLV);
	c->seen |= UINT64_C(1) << tile;
	do {
		if (take_segment(&part, &marker, &content) != ERR_OK ||
		    (marker != SOD && read_segment(marker, content, 1, &seen,
		    c) != ERR_OK))
			return (ERR_TLV);
	} while (marker != SOD);
	if (len == 0)
		return (buf_skip(b, b->left));
	/* It must not end within the header that was just read. */
	return (len < b->left - part.left || buf_skip(b, len) != ERR_OK ?
	    ERR_TLV : ERR_OK);
}

static int
is_at(struct buf b, enum marker want)
{
	uint16_t marker;

	return (buf_u16(&b, &marker) == ERR_OK && marker == want);
}

static enum err
read_all(struct buf file, struct codestream *c)
{
	struct buf at = file;
	uint16_t first;

	if (buf_u16(&at, &first) != ERR_OK)
		return (ERR_TLV);
	if (first != SOC && unbox(file, &file) != ERR_OK)
		return (ERR_TLV);
	at = c->bytes = file;
	if (read_main(&at, c) != ERR_OK)
		return (ERR_TLV);
	do {
		if (read_tile_part(&at, c) != ERR_OK)
			return (ERR_TLV);
	} while (is_at(at, SOT));
	/* Only the end mark may be missing, as decoders have it. */
	if (at.left > 0 && !is_at(at, EOC))
		return (ERR_TLV);
	return (c->seen == UINT64_MAX >> (64 - c->tiles) ? ERR_OK : ERR_TLV);
}

enum err
codestream_read(struct buf file, struct codestream *c)
{
	enum err r;

	*c = (struct codestream){ .components = 0 };
	if ((r = read_all(file, c)) != ERR_OK)
		*c = (struct codestream){ .components = 0 };
	return (r);
}
