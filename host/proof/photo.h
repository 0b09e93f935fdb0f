#ifndef HOST_PROOF_PHOTO_H
#define HOST_PROOF_PHOTO_H

#include "base/buf.h"

/*
 * The photograph of the card, JPEG 2000 (a JP2 file or a raw codestream), as
 * an 8-bit PNG, grey or RGB, for a browser.  In memory only; the pixels and
 * what the decoder held are wiped where freed memory is (base/wipe.h).  Its
 * bytes come from a card: ERR_TLV for what is not a whole image within the
 * bounds of host/proof/codestream.h, or longer than PHOTO_MAX.  ERR_NOMEM,
 * ERR_LIB.  out is replaced; empty on error.
 */
#define PHOTO_MAX	65536	/* ours: an EF of the card has at most 32 KiB */

enum err	photo_png(struct buf jp2, struct blob *out);

#endif
