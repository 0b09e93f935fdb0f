#ifndef TESTS_LIB_FAKE_PHOTO_H
#define TESTS_LIB_FAKE_PHOTO_H

#include "base/buf.h"

/*
 * A photograph of nobody as JPEG 2000: a face-like pattern, another one for
 * each seed.  0 in a field is what a card has: 240 x 320, grey, 8 bits, one
 * tile, in a JP2 file (card-and-readers.md 5.2).
 */
struct fake_photo {
	unsigned	seed;
	unsigned	width, height;
	unsigned	components;	/* 1 or 3, or wrong */
	unsigned	bits;
	unsigned	tile;		/* its side; 0: the whole */
	unsigned	layers;
	unsigned	block;		/* side of a code block; 0: 64 */
	unsigned	precinct;	/* side; 0: the largest */
	unsigned	step;		/* 2: every second pixel only */
	int		is_signed;
	int		raw;		/* without boxes */
	unsigned	ratio;		/* compression; 0: lossless */
};

/* Grey value or colour at a pixel, as drawn. */
uint8_t		fake_photo_pixel(const struct fake_photo *, unsigned x,
		    unsigned y, unsigned component);
/* out replaced; ERR_LIB. */
enum err	fake_photo_make(const struct fake_photo *, struct blob *out);

#endif
