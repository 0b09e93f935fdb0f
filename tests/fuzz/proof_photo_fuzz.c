#include <stdlib.h>
#include <string.h>

#include "host/proof/codestream.h"
#include "host/proof/photo.h"

/* The photograph as a card might hold it: a PNG within bounds, or nothing. */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int good)
{
	if (!good)
		abort();
}

static void
check_stream(struct buf file)
{
	struct codestream c;

	if (codestream_read(file, &c) != ERR_OK) {
		must(c.bytes.left == 0 && c.components == 0);
		return;
	}
	must(c.width > 0 && c.width <= CODESTREAM_SIDE_MAX);
	must(c.height > 0 && c.height <= CODESTREAM_SIDE_MAX);
	must(c.components == 1 || c.components == 3);
	must(c.bytes.p >= file.p && c.bytes.p + c.bytes.left <= file.p +
	    file.left);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t head[] = { 0x89, 'P', 'N', 'G', 13, 10, 26, 10 };
	const struct buf file = { data, len };
	struct blob png = { 0 };
	enum err r;

	check_stream(file);
	r = photo_png(file, &png);
	must(r == ERR_OK || r == ERR_TLV || r == ERR_NOMEM);
	must(r == ERR_OK ? png.len > sizeof(head) &&
	    memcmp(png.data, head, sizeof(head)) == 0 : png.len == 0);
	blob_free(&png);
	return (0);
}
