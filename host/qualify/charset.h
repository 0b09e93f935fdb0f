#ifndef HOST_QUALIFY_CHARSET_H
#define HOST_QUALIFY_CHARSET_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* The two encodings of the field (oqs-files.md 1.2, features.md E01). */
enum charset { CHARSET_UTF8, CHARSET_CP932 };

struct charset_found {
	enum charset	used;		/* what the bytes turned out to be */
	int		bom_differs;	/* BOM and declaration disagree */
	int		sniffed;	/* bytes are not in the declared one */
};

/*
 * An XML file as UTF-8 without BOM and declaration; out is replaced.
 * ERR_HALF when it does not end in a tag, ERR_CHARSET (UTF-16, unknown
 * encoding, bytes of neither), ERR_XML_SYNTAX; the note names the encoding.
 */
enum err	charset_to_utf8(const void *, size_t, struct charset_found *,
		    struct blob *out, struct note *);

/* Any text: in the declared encoding if the bytes agree, else in the other;
 * ERR_CHARSET if in neither. */
enum err	charset_decode(const void *, size_t, enum charset declared,
		    struct blob *out, enum charset *used);

#endif
