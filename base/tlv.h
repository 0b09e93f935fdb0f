#ifndef BASE_TLV_H
#define BASE_TLV_H

#include "base/buf.h"

/*
 * BER-TLV as the files of the card hold it: a tag of one or two bytes, a
 * definite length of one, two or three (card-and-readers.md 2.5).  Nothing is
 * copied: what comes out borrows from what went in.
 */
struct tlv {
	uint16_t	tag;
	struct buf	value;
	struct buf	whole;	/* the object as written, header and all */
};

/* The next object; ERR_TLV when it is none or runs past the end. */
enum err	tlv_take(struct buf *, struct tlv *);

/*
 * Tag and length in all of the object that begins here, of which perhaps only
 * the beginning is at hand.  ERR_SHORT within the header, ERR_TLV.
 */
enum err	tlv_size(struct buf head, uint16_t *tag, size_t *total);

#endif
