#ifndef HOST_PROOF_CODESTREAM_H
#define HOST_PROOF_CODESTREAM_H

#include "base/buf.h"

/*
 * The headers of a JPEG 2000 image (ITU-T T.800), read before a decoder sees
 * it.  A decoder makes room for every tile, precinct and code block a header
 * names, so that 64 KiB from a card could ask for gigabytes; what lies
 * outside these bounds, all far beyond a photograph of some kilobytes, is
 * refused.  Nothing may change them behind the main header.
 */
#define CODESTREAM_SIDE_MAX	1024	/* pixels, each way */
#define CODESTREAM_TILES_MAX	64
#define CODESTREAM_LAYERS_MAX	64
#define CODESTREAM_LEVELS_MAX	32	/* T.800 table A.15 */
#define CODESTREAM_BLOCK_MIN	4	/* exponents: 16 pixels each way */

struct codestream {
	struct buf	bytes;		/* borrowed, without boxes */
	uint32_t	width, height;
	unsigned	components;	/* 1 or 3, 8 bits, not subsampled */
	unsigned	tiles;
	uint64_t	seen;		/* a bit for each tile that is there */
};

/*
 * A raw codestream, or the one of a JP2 file, with a part of every tile: a
 * decoder would leave the others black.  ERR_TLV for everything else.
 * The boxes about colour are not read: one component is grey, three are RGB.
 */
enum err	codestream_read(struct buf file, struct codestream *);

#endif
