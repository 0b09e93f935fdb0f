#ifndef HOST_LEDGER_SAME_H
#define HOST_LEDGER_SAME_H

#include "base/buf.h"

/*
 * Whether two texts say the same thing, whoever wrote them (oqs-files.md 5,
 * features.md E03 and E05).  The originals are kept; these are keys.
 */
enum same_rule {
	SAME_EXACT,	/* codes, once folded in width */
	SAME_NAME,	/* variants of glyphs, width, blanks */
	SAME_KANA,	/* small kana, long marks, width, blanks */
	SAME_TEXT,	/* both: addresses, symbols */
	SAME_NUMBER,	/* width, blanks and leading zeros */
	SAME_POST,	/* its digits */
	SAME_DAY	/* an open end is blank */
};

/* out is replaced.  What cannot be folded is its own key. */
enum err	same_key(enum same_rule, const char *, struct blob *out);
/* 1 if the keys are equal; two blanks are. */
int		same(enum same_rule, const char *, const char *);

#endif
