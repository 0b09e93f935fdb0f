#ifndef TESTS_LIB_FAKE_APDU_H
#define TESTS_LIB_FAKE_APDU_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A command as the card understands it. */
struct fake_cmd {
	uint8_t		cla, ins, p1, p2;
	struct buf	data;	/* borrowed from the command */
	size_t		le;	/* most bytes wanted; 0 = none */
	int		form;	/* ISO 7816-3 12.1: case 1 to 4 */
	int		ext;	/* extended length fields were used */
};

#define FAKE_LE_SHORT	256
#define FAKE_LE_EXT	65536

/* 9000 or the refusal: only 00 and 80, no channel, no secure messaging. */
uint16_t	fake_apdu_class(uint8_t cla);

/*
 * What follows the header: Lc, data, Le.  Extended fields only where told;
 * an error is a wrong length (6700).
 */
enum err	fake_apdu_body(struct buf, int extended, struct fake_cmd *);

#endif
