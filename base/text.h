#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Text is UTF-8 inside the program.  The original is always kept for
 * display; what is folded here are keys to compare by (features.md E03).
 * All work is done by ICU; only variant glyphs of names, which Unicode does
 * not unify, are a table of ours.  Safe from any thread.
 */

/* 1 if the bytes are well-formed UTF-8 without NUL, else 0. */
int		text_is_utf8(const void *, size_t);
/* 1 if it is UTF-8 of one line: not empty, and no control bytes. */
int		text_is_line(const char *);

/* Copies what fits; cuts UTF-8 at a character border, so that what is left of
 * it is still UTF-8.  room is above 0. */
void		text_copy(char *to, size_t room, const char *from);

/*
 * "Shift_JIS" of this field is CP932 (oqs-files.md 1.2): 髙 is read from
 * FBFC and from EEE0, and written as FBFC.  ERR_CHARSET at the first
 * character that cannot be carried over, its byte offset in *at (NULL ok).
 * out is replaced.
 */
enum err	text_from_cp932(const void *, size_t, struct blob *out, size_t *at);
enum err	text_to_cp932(const char *utf8, struct blob *out, size_t *at);

/*
 * Keys; out is replaced; ERR_CHARSET if the text is not UTF-8.
 * text_key:      NFKC, lower case, no white space.
 * text_kana_key: text_key, then hiragana as katakana, small kana as large,
 *                every kind of dash as the long mark.
 * text_name_key: text_key, then variant glyphs as their common form (髙 高).
 */
enum err	text_key(const char *utf8, struct blob *out);
enum err	text_kana_key(const char *utf8, struct blob *out);
enum err	text_name_key(const char *utf8, struct blob *out);

/* NameKana of a request: half-width katakana, half-width space. */
enum err	text_half_kana(const char *utf8, struct blob *out);

/* 1 if the name holds a replacement mark (● or 〓): it says nothing sure. */
int		text_has_gap(const char *utf8);

/* Without leading and trailing white space, U+3000 included; out replaced. */
enum err	text_trim(const char *utf8, struct blob *out);

#endif
