#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

#include "host/proof/codestream.h"
#include "host/proof/photo.h"
#include "tests/lib/fake_photo.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- pictures an encoder makes --- */

static const struct row {
	const char		*name;
	enum err		 want;
	struct fake_photo	 photo;
} rows[] = {
	{ "as a card has it", ERR_OK, { .seed = 1 } },
	{ "compressed 20 times", ERR_OK, { .seed = 2, .ratio = 20 } },
	{ "without boxes", ERR_OK, { .seed = 3, .raw = 1 } },
	{ "in colour", ERR_OK, { .seed = 4, .components = 3, .width = 120,
	    .height = 160 } },
	{ "in colour, without boxes", ERR_OK, { .components = 3, .raw = 1,
	    .width = 120, .height = 160 } },
	{ "one pixel", ERR_OK, { .width = 1, .height = 1 } },
	{ "one row", ERR_OK, { .width = 1024, .height = 1 } },
	{ "one column", ERR_OK, { .width = 1, .height = 1024 } },
	{ "the largest", ERR_OK, { .width = 1024, .height = 1024,
	    .ratio = 100 } },
	{ "odd sides", ERR_OK, { .width = 241, .height = 319 } },
	{ "six layers", ERR_OK, { .layers = 6, .ratio = 10 } },
	{ "64 layers", ERR_OK, { .layers = 64, .ratio = 1 } },
	{ "four tiles", ERR_OK, { .tile = 160 } },
	{ "64 tiles", ERR_OK, { .width = 256, .height = 256, .tile = 32 } },
	{ "blocks of 16", ERR_OK, { .block = 16 } },
	{ "precincts of 64", ERR_OK, { .precinct = 64 } },

	{ "a pixel too wide", ERR_TLV, { .width = 1025, .height = 16 } },
	{ "a pixel too high", ERR_TLV, { .width = 16, .height = 1025 } },
	{ "two components", ERR_TLV, { .components = 2 } },
	{ "four components", ERR_TLV, { .components = 4 } },
	{ "1 bit", ERR_TLV, { .bits = 1 } },
	{ "7 bits", ERR_TLV, { .bits = 7 } },
	{ "12 bits", ERR_TLV, { .bits = 12 } },
	{ "16 bits", ERR_TLV, { .bits = 16 } },
	{ "signed", ERR_TLV, { .is_signed = 1 } },
	{ "every second pixel", ERR_TLV, { .step = 2 } },
	{ "65 layers", ERR_TLV, { .layers = 65, .ratio = 1 } },
	{ "72 tiles", ERR_TLV, { .width = 288, .height = 256, .tile = 32 } },
	{ "blocks of 8", ERR_TLV, { .block = 8 } },
	{ "blocks of 4", ERR_TLV, { .block = 4 } },
	{ "precincts of 8", ERR_TLV, { .precinct = 8 } },
};

static void
make(const struct fake_photo *p, struct blob *out)
{
	assert_int_equal(fake_photo_make(p, out), ERR_OK);
	assert_true(out->len > 0 && out->len <= PHOTO_MAX);
}

/* By exactly as many bytes as there are, so that one too far is seen. */
static enum err
convert(const struct blob *jp2, size_t len, struct blob *out)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	enum err r;

	assert_non_null(copy);
	memcpy(copy, jp2->data, len);
	blob_reset(out);
	assert_int_equal(blob_add_str(out, "before"), ERR_OK);
	r = photo_png((struct buf){ copy, len }, out);
	assert_int_equal(out->len == 0, r != ERR_OK);
	free(copy);
	return (r);
}

/* What is refused is refused before a decoder sees it. */
static enum err
headers_of(const struct blob *jp2)
{
	struct codestream c;

	return (codestream_read(blob_buf(jp2), &c));
}

/* The PNG's pixels, to be freed. */
static uint8_t *
pixels_of(const struct blob *png, const struct fake_photo *p)
{
	const unsigned components = p->components == 0 ? 1 : p->components;
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint8_t *out;

	assert_true(png_image_begin_read_from_memory(&image, png->data,
	    png->len));
	assert_int_equal(image.width, p->width == 0 ? 240 : p->width);
	assert_int_equal(image.height, p->height == 0 ? 320 : p->height);
	assert_int_equal(image.format, components == 1 ? PNG_FORMAT_GRAY :
	    PNG_FORMAT_RGB);
	assert_non_null(out = malloc(PNG_IMAGE_SIZE(image)));
	assert_true(png_image_finish_read(&image, NULL, out, 0, NULL));
	png_image_free(&image);
	return (out);
}

/* Lossless: each as it was drawn; else about so. */
static void
same_picture(const uint8_t *got, const struct fake_photo *p)
{
	const unsigned components = p->components == 0 ? 1 : p->components;
	const unsigned width = p->width == 0 ? 240 : p->width;
	const unsigned height = p->height == 0 ? 320 : p->height;
	uint64_t off = 0;

	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++) {
			for (unsigned k = 0; k < components; k++)
				off += (uint64_t)abs(*got++ -
				    fake_photo_pixel(p, x, y, k));
		}
	}
	if (p->ratio == 0)
		assert_int_equal(off, 0);
	else
		assert_true(off < (uint64_t)width * height * components * 6);
}

static void
photo_row(void **state)
{
	const struct row *row = *state;
	struct blob jp2 = { 0 }, png = { 0 };
	uint8_t *pixels;

	make(&row->photo, &jp2);
	assert_int_equal(headers_of(&jp2), row->want);
	assert_int_equal(convert(&jp2, jp2.len, &png), row->want);
	if (row->want == ERR_OK) {
		pixels = pixels_of(&png, &row->photo);
		same_picture(pixels, &row->photo);
		free(pixels);
	}
	blob_free(&jp2);
	blob_free(&png);
}

/* --- bytes that are changed --- */

static const struct patch_row {
	const char	*name;
	uint16_t	 marker;	/* of the segment that is changed */
	size_t		 at;		/* from its marker on */
	uint8_t		 value[4];
	size_t		 n;
	enum err	 want;
} patches[] = {
	{ "patch: nothing", 0xff51, 0, { 0xff, 0x51 }, 2, ERR_OK },
	{ "patch: width 0", 0xff51, 6, { 0, 0, 0, 0 }, 4, ERR_TLV },
	{ "patch: height 0", 0xff51, 10, { 0, 0, 0, 0 }, 4, ERR_TLV },
	{ "patch: width of 4 G", 0xff51, 6, { 0xff, 0xff, 0xff, 0xff }, 4,
	    ERR_TLV },
	{ "patch: height of 4 G", 0xff51, 10, { 0xff, 0xff, 0xff, 0xff }, 4,
	    ERR_TLV },
	{ "patch: offset x", 0xff51, 17, { 1 }, 1, ERR_TLV },
	{ "patch: offset y", 0xff51, 21, { 1 }, 1, ERR_TLV },
	{ "patch: tiles of width 0", 0xff51, 22, { 0, 0, 0, 0 }, 4,
	    ERR_TLV },
	{ "patch: tiles of height 0", 0xff51, 26, { 0, 0, 0, 0 }, 4,
	    ERR_TLV },
	{ "patch: tiles of width 1", 0xff51, 22, { 0, 0, 0, 1 }, 4,
	    ERR_TLV },
	{ "patch: 64 tiles said, one there", 0xff51, 26, { 0, 0, 0, 1 }, 4,
	    ERR_TLV },
	{ "patch: tile offset x", 0xff51, 33, { 1 }, 1, ERR_TLV },
	{ "patch: tile offset y", 0xff51, 37, { 1 }, 1, ERR_TLV },
	{ "patch: no component", 0xff51, 38, { 0, 0 }, 2, ERR_TLV },
	{ "patch: 16384 components", 0xff51, 38, { 0x40, 0 }, 2, ERR_TLV },
	{ "patch: three said, one there", 0xff51, 38, { 0, 3 }, 2, ERR_TLV },
	{ "patch: SIZ shorter", 0xff51, 2, { 0, 40 }, 2, ERR_TLV },
	{ "patch: SIZ longer", 0xff51, 2, { 0, 42 }, 2, ERR_TLV },
	{ "patch: SIZ of length 0", 0xff51, 2, { 0, 0 }, 2, ERR_TLV },
	{ "patch: SIZ of length 1", 0xff51, 2, { 0, 1 }, 2, ERR_TLV },
	{ "patch: SIZ past the end", 0xff51, 2, { 0xff, 0xff }, 2, ERR_TLV },
	{ "patch: no SIZ", 0xff51, 0, { 0xff, 0x64 }, 2, ERR_TLV },
	{ "patch: COD for SIZ", 0xff51, 0, { 0xff, 0x52 }, 2, ERR_TLV },
	{ "patch: no COD", 0xff52, 0, { 0xff, 0x64 }, 2, ERR_TLV },
	{ "patch: SIZ again", 0xff52, 0, { 0xff, 0x51 }, 2, ERR_TLV },
	{ "patch: COC", 0xff52, 0, { 0xff, 0x53 }, 2, ERR_TLV },
	{ "patch: POC", 0xff52, 0, { 0xff, 0x5f }, 2, ERR_TLV },
	{ "patch: no QCD", 0xff5c, 0, { 0xff, 0x64 }, 2, ERR_TLV },
	{ "patch: QCD again", 0xff64, 0, { 0xff, 0x5c }, 2, ERR_TLV },
	{ "patch: RGN", 0xff64, 0, { 0xff, 0x5e }, 2, ERR_TLV },
	{ "patch: PPM", 0xff64, 0, { 0xff, 0x60 }, 2, ERR_TLV },
	{ "patch: of part 2", 0xff64, 0, { 0xff, 0x72 }, 2, ERR_TLV },
	{ "patch: SOC again", 0xff64, 0, { 0xff, 0x4f }, 2, ERR_TLV },
	{ "patch: no marker", 0xff64, 0, { 0x00, 0x00 }, 2, ERR_TLV },
	{ "patch: layers 0", 0xff52, 6, { 0, 0 }, 2, ERR_TLV },
	{ "patch: layers 65535", 0xff52, 6, { 0xff, 0xff }, 2, ERR_TLV },
	{ "patch: levels 33", 0xff52, 9, { 33 }, 1, ERR_TLV },
	{ "patch: precincts said, none there", 0xff52, 4, { 1 }, 1,
	    ERR_TLV },
	{ "patch: blocks of 4", 0xff52, 10, { 0 }, 1, ERR_TLV },
	{ "patch: blocks 8 high", 0xff52, 11, { 1 }, 1, ERR_TLV },
	{ "patch: tile 1 of 1", 0xff90, 4, { 0, 1 }, 2, ERR_TLV },
	{ "patch: tile part within its header", 0xff90, 6, { 0, 0, 0, 1 }, 4,
	    ERR_TLV },
	{ "patch: tile part of its header", 0xff90, 6, { 0, 0, 0, 14 }, 4,
	    ERR_TLV },
	{ "patch: tile part past the end", 0xff90, 6, { 0x7f, 0, 0, 0 }, 4,
	    ERR_TLV },
	{ "patch: SOT of another length", 0xff90, 2, { 0, 11 }, 2, ERR_TLV },
	{ "patch: no SOD", 0xff93, 0, { 0xff, 0x52 }, 2, ERR_TLV },
	{ "patch: SOC", 0xffff, 0, { 0xff, 0x4e }, 2, ERR_TLV },
};

/* Where a marker stands first; for 0xffff the beginning. */
static size_t
find(const struct blob *b, uint16_t marker)
{
	if (marker == 0xffff)
		return (0);
	for (size_t i = 0; i + 1 < b->len; i++) {
		if (b->data[i] == marker >> 8 &&
		    b->data[i + 1] == (marker & 0xff))
			return (i);
	}
	fail_msg("no marker %04x", marker);
	return (0);
}

static void
patch_row(void **state)
{
	static const struct fake_photo small = { .width = 64, .height = 64,
	    .raw = 1 };
	const struct patch_row *row = *state;
	struct blob j2k = { 0 }, png = { 0 };

	make(&small, &j2k);
	memcpy(j2k.data + find(&j2k, row->marker) + row->at, row->value,
	    row->n);
	assert_int_equal(headers_of(&j2k), row->want);
	assert_int_equal(convert(&j2k, j2k.len, &png), row->want);
	blob_free(&j2k);
	blob_free(&png);
}

/* A segment put into a header: before QCD, or before SOD. */
static const struct extra_row {
	const char	*name;
	uint16_t	 before;
	uint8_t		 bytes[16];
	size_t		 n;
	enum err	 want;
} extras[] = {
	{ "more: a comment", 0xff5c, { 0xff, 0x64, 0, 5, 0, 1, 'x' }, 7,
	    ERR_OK },
	{ "more: an empty comment", 0xff5c, { 0xff, 0x64, 0, 2 }, 4,
	    ERR_OK },
	{ "more: CRG", 0xff5c, { 0xff, 0x63, 0, 6, 0, 0, 0, 0 }, 8, ERR_OK },
	{ "more: CRG twice", 0xff5c, { 0xff, 0x63, 0, 6, 0, 0, 0, 0,
	    0xff, 0x63, 0, 6, 0, 0, 0, 0 }, 16, ERR_TLV },
	{ "more: COD again", 0xff5c, { 0xff, 0x52, 0, 12, 0, 0, 0, 1, 0, 5,
	    4, 4, 0, 1 }, 14, ERR_TLV },
	{ "more: COC", 0xff5c, { 0xff, 0x53, 0, 9, 0, 0, 5, 0, 0, 0, 1 }, 11,
	    ERR_TLV },
	{ "more: comment in a tile", 0xff93, { 0xff, 0x64, 0, 5, 0, 1, 'x' },
	    7, ERR_OK },
	{ "more: COD in a tile", 0xff93, { 0xff, 0x52, 0, 12, 0, 0, 0, 1, 0,
	    5, 4, 4, 0, 1 }, 14, ERR_TLV },
	{ "more: QCD in a tile", 0xff93, { 0xff, 0x5c, 0, 4, 0x40, 0x40 }, 6,
	    ERR_TLV },
	{ "more: POC in a tile", 0xff93, { 0xff, 0x5f, 0, 9, 0, 0, 0, 1, 1, 1,
	    0 }, 11, ERR_TLV },
	{ "more: PPT in a tile", 0xff93, { 0xff, 0x61, 0, 3, 0 }, 5,
	    ERR_TLV },
	{ "more: SIZ in a tile", 0xff93, { 0xff, 0x51, 0, 2 }, 4, ERR_TLV },
};

/* The length of the tile part grows with what is put into its header. */
static void
lengthen(struct blob *b, size_t by)
{
	uint8_t *len = b->data + find(b, 0xff90) + 6;
	uint32_t v = (uint32_t)len[2] << 8 | len[3];

	v += (uint32_t)by;
	len[2] = (uint8_t)(v >> 8);
	len[3] = (uint8_t)v;
}

static void
extra_row(void **state)
{
	static const struct fake_photo small = { .width = 64, .height = 64,
	    .raw = 1 };
	const struct extra_row *row = *state;
	struct blob j2k = { 0 }, more = { 0 }, png = { 0 };
	size_t at;

	make(&small, &j2k);
	if (row->before == 0xff93)
		lengthen(&j2k, row->n);
	at = find(&j2k, row->before);
	assert_int_equal(blob_add(&more, j2k.data, at), ERR_OK);
	assert_int_equal(blob_add(&more, row->bytes, row->n), ERR_OK);
	assert_int_equal(blob_add(&more, j2k.data + at, j2k.len - at),
	    ERR_OK);
	assert_int_equal(headers_of(&more), row->want);
	assert_int_equal(convert(&more, more.len, &png), row->want);
	blob_free(&j2k);
	blob_free(&more);
	blob_free(&png);
}

/* --- boxes --- */

#define SIGNATURE	"0000000C6A5020200D0A870A"
#define FTYP		"00000014667479706A703220000000006A703220"

static const struct box_row {
	const char	*name, *head;	/* hex, before the codestream */
	int		 length;	/* how the codestream's box says it */
	enum err	 want;
} boxes[] = {
	{ "box: to the end", SIGNATURE FTYP "000000006A703263", 0, ERR_OK },
	{ "box: no file type", SIGNATURE "000000006A703263", 0, ERR_OK },
	{ "box: unknown one between", SIGNATURE "0000000978787878AA"
	    "000000006A703263", 0, ERR_OK },
	{ "box: long length", SIGNATURE "000000016A70326300000000", 1,
	    ERR_OK },
	{ "box: longer than 4 G", SIGNATURE "000000016A70326300000001", 1,
	    ERR_TLV },
	{ "box: long and too short", SIGNATURE
	    "000000016A703263000000000000000F", 0, ERR_TLV },
	{ "box: no signature", FTYP "000000006A703263", 0, ERR_TLV },
	{ "box: signature changed", "0000000C6A5020200D0A870D" FTYP
	    "000000006A703263", 0, ERR_TLV },
	{ "box: signature longer", "0000000D6A5020200D0A870A00" FTYP
	    "000000006A703263", 0, ERR_TLV },
	{ "box: of length 7", SIGNATURE "0000000778787878"
	    "000000006A703263", 0, ERR_TLV },
	{ "box: past the end", SIGNATURE "7FFFFFFF78787878"
	    "000000006A703263", 0, ERR_TLV },
	{ "box: nothing behind", SIGNATURE "0000000078787878", 0, ERR_TLV },
	{ "box: half a box", SIGNATURE "0000", 0, ERR_TLV },
	{ "box: none", "", 0, ERR_OK },
};

static void
add_hex(struct blob *b, const char *hex)
{
	unsigned v;

	for (; *hex != '\0'; hex += 2) {
		assert_int_equal(sscanf(hex, "%2x", &v), 1);
		assert_int_equal(blob_add_u8(b, (uint8_t)v), ERR_OK);
	}
}

static void
box_row(void **state)
{
	static const struct fake_photo small = { .width = 64, .height = 64,
	    .raw = 1 };
	const struct box_row *row = *state;
	struct blob j2k = { 0 }, file = { 0 }, png = { 0 };

	make(&small, &j2k);
	add_hex(&file, row->head);
	if (row->length)
		assert_int_equal(blob_add_u32(&file, (uint32_t)j2k.len + 16),
		    ERR_OK);
	assert_int_equal(blob_add(&file, j2k.data, j2k.len), ERR_OK);
	assert_int_equal(convert(&file, file.len, &png), row->want);
	blob_free(&j2k);
	blob_free(&file);
	blob_free(&png);
}

/* --- what is no picture --- */

static const struct junk_row {
	const char	*name, *hex;
} junks[] = {
	{ "junk: nothing", "" },
	{ "junk: one byte", "FF" },
	{ "junk: SOC", "FF4F" },
	{ "junk: SOC and EOC", "FF4FFFD9" },
	{ "junk: zeros", "0000000000000000000000000000000000000000" },
	{ "junk: FF", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF" },
	{ "junk: PNG", "89504E470D0A1A0A0000000D49484452" },
	{ "junk: JPEG", "FFD8FFE000104A46494600010100000100010000" },
	{ "junk: boxes only", SIGNATURE FTYP },
};

static void
junk_row(void **state)
{
	const struct junk_row *row = *state;
	struct blob file = { 0 }, png = { 0 };

	add_hex(&file, row->hex);
	assert_int_equal(blob_add(&file, "", 0), ERR_OK);
	assert_int_equal(convert(&file, file.len, &png), ERR_TLV);
	blob_free(&file);
	blob_free(&png);
}

static void
too_long(void **state)
{
	static const struct fake_photo small = { .width = 64, .height = 64 };
	struct blob jp2 = { 0 }, png = { 0 };

	(void)state;
	make(&small, &jp2);
	while (jp2.len < PHOTO_MAX)
		assert_int_equal(blob_add_u8(&jp2, 0), ERR_OK);
	assert_int_equal(convert(&jp2, jp2.len, &png), ERR_OK);
	assert_int_equal(blob_add_u8(&jp2, 0), ERR_OK);
	assert_int_equal(convert(&jp2, jp2.len, &png), ERR_TLV);
	blob_free(&jp2);
	blob_free(&png);
}

/* Only the end mark may be missing. */
static void
every_prefix(void **state)
{
	static const struct fake_photo small = { .width = 40, .height = 40 };
	struct blob jp2 = { 0 }, png = { 0 };

	(void)state;
	make(&small, &jp2);
	assert_int_equal(convert(&jp2, jp2.len, &png), ERR_OK);
	for (size_t n = 0; n + 2 < jp2.len; n++)
		assert_int_equal(convert(&jp2, n, &png), ERR_TLV);
	blob_free(&jp2);
	blob_free(&png);
}

/* Whatever one byte makes of it, it is a picture within bounds or none. */
static void
every_byte_changed(void **state)
{
	static const struct fake_photo small = { .width = 24, .height = 24,
	    .raw = 1 };
	struct blob j2k = { 0 }, png = { 0 };

	(void)state;
	make(&small, &j2k);
	for (size_t i = 0; i < j2k.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			enum err r;

			j2k.data[i] ^= (uint8_t)(1u << bit);
			r = convert(&j2k, j2k.len, &png);
			assert_true(r == ERR_OK || r == ERR_TLV);
			j2k.data[i] ^= (uint8_t)(1u << bit);
		}
	}
	blob_free(&j2k);
	blob_free(&png);
}

/* --- judges that are not ours --- */

static int
there_is(const char *program)
{
	char line[128];

	snprintf(line, sizeof(line), "command -v %s >/dev/null", program);
	return (system(line) == 0);
}

static void
judged(const struct fake_photo *p, const char *ending)
{
	char dir[] = "/tmp/photo-XXXXXX", path[3][64], line[512];
	struct blob jp2 = { 0 }, png = { 0 };

	assert_non_null(mkdtemp(dir));
	snprintf(path[0], sizeof(path[0]), "%s/a.%s", dir, p->raw ? "j2k" :
	    "jp2");
	snprintf(path[1], sizeof(path[1]), "%s/a.png", dir);
	snprintf(path[2], sizeof(path[2]), "%s/a.%s", dir, ending);
	make(p, &jp2);
	assert_int_equal(convert(&jp2, jp2.len, &png), ERR_OK);
	test_write(path[0], jp2.data, jp2.len);
	test_write(path[1], png.data, png.len);
	snprintf(line, sizeof(line), "opj_decompress -quiet -i %s -o %s "
	    ">/dev/null && python3 -B %s/../lib/png_check.py %s %s", path[0],
	    path[2], TEST_DATA, path[1], path[2]);
	assert_int_equal(system(line), 0);
	/* The same judge on another picture, so that it can say no. */
	png.data[png.len / 2] ^= 1;
	test_write(path[1], png.data, png.len);
	strncat(line, " 2>/dev/null", sizeof(line) - strlen(line) - 1);
	assert_int_not_equal(system(line), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(unlink(path[i]), 0);
	assert_int_equal(rmdir(dir), 0);
	blob_free(&jp2);
	blob_free(&png);
}

static void
other_decoder_agrees(void **state)
{
	static const struct {
		const char		*ending;
		struct fake_photo	 photo;
	} steps[] = {
		{ "pgm", { .seed = 5, .ratio = 20 } },
		{ "pgm", { .seed = 6, .raw = 1, .ratio = 8 } },
		{ "ppm", { .seed = 7, .components = 3, .ratio = 20 } },
	};

	(void)state;
	if (!there_is("opj_decompress") || !there_is("python3")) {
		print_message("skipped, because opj_decompress "
		    "(libopenjp2-tools) or python3 is not installed\n");
		skip();
	}
	for (size_t i = 0; i < LEN(steps); i++)
		judged(&steps[i].photo, steps[i].ending);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(too_long),
	cmocka_unit_test(every_prefix),
	cmocka_unit_test(every_byte_changed),
	cmocka_unit_test(other_decoder_agrees),
};

#define ADD(rows, fn) do {						\
	for (size_t i_ = 0; i_ < LEN(rows); i_++)			\
		tests[n++] = (struct CMUnitTest){ .name = (rows)[i_].name,\
		    .test_func = (fn), .initial_state =			\
		    (void *)(uintptr_t)&(rows)[i_] };			\
} while (0)

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(patches) + LEN(extras) +
	    LEN(boxes) + LEN(junks) + LEN(singles)];
	size_t n = 0;

	ADD(rows, photo_row);
	ADD(patches, patch_row);
	ADD(extras, extra_row);
	ADD(boxes, box_row);
	ADD(junks, junk_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests_name("visit_photo", tests, NULL,
	    NULL));
}
