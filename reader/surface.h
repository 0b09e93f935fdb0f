#ifndef READER_SURFACE_H
#define READER_SURFACE_H

#include "base/buf.h"
#include "reader/card.h"

/*
 * 券面事項確認: what is printed on the card, signed, and the card's own key,
 * which proves the genuine card without a PIN (card-and-readers.md 5.2).  The
 * image of the 12-digit number (EF 0005) is refused by reader/guard.
 */
#define SURFACE_PARTS	3	/* hashed one by one by the signature (5.2) */

/*
 * EF 0002 taken apart.  Personal data: wipe it and the file.  The bufs borrow
 * from the file; the images of name and address are in part[1] only, to be
 * hashed.  What these bytes are worth is not decided here.
 */
struct surface {
	char		birthdate[9];	/* DF22, YYYYMMDD */
	char		sex;		/* DF23, '1', '2', '9' or '0' */
	char		expiry[9];	/* DF29, YYYYMMDD: nobody signed it */
	struct buf	key;		/* DF24: 90 exponent, 91 modulus */
	struct buf	photo;		/* DF27, JPEG 2000 */
	struct buf	signature;	/* DF28 */
	struct buf	part[SURFACE_PARTS];	/* DF22-24, DF25-26, DF27 */
};

/* ERR_NO_FILE on what has none: phones.  What is verified stays so. */
enum err	surface_select(struct card *);
/* After pin_verify(PIN_SURFACE_B): EF 0002.  ERR_TLV names no content. */
enum err	surface_read(struct card *, struct blob *file);
/* The bytes of EF 0002, nothing else; what the fuzzer calls. */
enum err	surface_parse(struct buf file, struct surface *);
void		surface_wipe(struct surface *);	/* not the file */

/* EF 0004: the issuer's card-verifiable certificate, needs no PIN. */
enum err	surface_certificate(struct card *, struct blob *out);

/*
 * Signature by the card's own key, without PIN, over the 51 bytes of a
 * DigestInfo that we made (crypto/challenge.h).  ERR_FORBIDDEN for anything
 * else; ERR_TORN when the signature has not 256 bytes.
 */
enum err	surface_sign(struct card *, const uint8_t *input, size_t len,
		    struct blob *signature);

#endif
