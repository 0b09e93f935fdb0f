#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "host/qualify/charset.h"

/*
 * Names of the two encodings, IANA's and the ones Windows programs write; any
 * other is refused.
 */
static const struct {
	const char	*name;
	enum charset	 charset;
} encodings[] = {
	{ "UTF-8",		CHARSET_UTF8 },
	{ "UTF8",		CHARSET_UTF8 },
	{ "US-ASCII",		CHARSET_UTF8 },
	{ "Shift_JIS",		CHARSET_CP932 },
	{ "Shift-JIS",		CHARSET_CP932 },
	{ "ShiftJIS",		CHARSET_CP932 },
	{ "SJIS",		CHARSET_CP932 },
	{ "x-sjis",		CHARSET_CP932 },
	{ "MS_Kanji",		CHARSET_CP932 },
	{ "csShiftJIS",		CHARSET_CP932 },
	{ "CP932",		CHARSET_CP932 },
	{ "MS932",		CHARSET_CP932 },
	{ "Windows-31J",	CHARSET_CP932 },
	{ "csWindows31J",	CHARSET_CP932 },
};

/* The encoding="..." of an XML declaration, "" if it names none. */
static void
declared_name(const char *decl, size_t len, char *name, size_t room)
{
	const char *p = memmem(decl, len, "encoding", 8), *end = decl + len;
	size_t n = 0;
	char quote;

	name[0] = '\0';
	if (p == NULL)
		return;
	p += 8;
	while (p < end && strchr(" \t\r\n=", *p) != NULL)
		p++;
	if (p == end || (*p != '"' && *p != '\''))
		return;
	quote = *p++;
	while (p < end && *p != quote && n + 1 < room)
		name[n++] = *p++;
	name[n] = '\0';
}

/* *declared: -1 if the file names no encoding. */
static enum err
lookup_encoding(const char *name, int *declared, struct note *note)
{
	*declared = -1;
	if (name[0] == '\0')
		return (ERR_OK);
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (strcasecmp(encodings[i].name, name) == 0) {
			*declared = (int)encodings[i].charset;
			return (ERR_OK);
		}
	}
	note_set(note, "encoding \"%s\" is not one of the field", name);
	return (ERR_CHARSET);
}

/* Skips the declaration: the bytes handed on are UTF-8 whatever it says. */
static enum err
read_declaration(struct buf *in, int *declared, struct note *note)
{
	const char *p = (const char *)in->p, *end;
	char name[32];

	*declared = -1;
	if (in->left < 6 || memcmp(p, "<?xml", 5) != 0 ||
	    strchr(" \t\r\n", p[5]) == NULL)
		return (ERR_OK);
	if ((end = memmem(p, in->left, "?>", 2)) == NULL)
		return (memchr(p, '>', in->left) == NULL ? ERR_HALF :
		    ERR_XML_SYNTAX);
	declared_name(p, (size_t)(end - p), name, sizeof(name));
	buf_skip(in, (size_t)(end - p) + 2);
	return (lookup_encoding(name, declared, note));
}

static enum err
convert(const void *data, size_t len, enum charset charset, struct blob *out)
{
	blob_reset(out);
	if (charset == CHARSET_CP932)
		return (text_from_cp932(data, len, out, NULL));
	if (!text_is_utf8(data, len))
		return (ERR_CHARSET);
	return (blob_add(out, data, len));
}

enum err
charset_decode(const void *data, size_t len, enum charset declared,
    struct blob *out, enum charset *used)
{
	enum charset other = declared == CHARSET_UTF8 ? CHARSET_CP932 :
	    CHARSET_UTF8;
	enum err r;

	*used = declared;
	if ((r = convert(data, len, declared, out)) != ERR_CHARSET)
		return (r);
	if ((r = convert(data, len, other, out)) == ERR_OK)
		*used = other;
	return (r);
}

/*
 * A finished file ends in '>', which is no trail byte of CP932 either; this
 * comes before decoding, because a cut character is a half-written file and
 * not a wrong encoding.
 */
static int
ends_in_tag(const uint8_t *p, size_t len)
{
	while (len > 0 && p[len - 1] != '\0' &&
	    strchr(" \t\r\n", p[len - 1]) != NULL)
		len--;
	return (len > 0 && p[len - 1] == '>');
}

static int
is_wide(const uint8_t *p, size_t len)
{
	return (len >= 2 && ((p[0] == 0xff && p[1] == 0xfe) ||
	    (p[0] == 0xfe && p[1] == 0xff) ||
	    (p[0] == '<' && p[1] == 0) || (p[0] == 0 && p[1] == '<')));
}

/* BOM, then the declaration (oqs-files.md 1.2); in is what follows both. */
static enum err
find_charset(struct buf *in, struct charset_found *found,
    struct note *note)
{
	int declared, bom = in->left >= 3 &&
	    memcmp(in->p, "\xef\xbb\xbf", 3) == 0;
	enum err r;

	if (bom)
		buf_skip(in, 3);
	if ((r = read_declaration(in, &declared, note)) != ERR_OK)
		return (r);
	found->used = bom || declared == -1 ? CHARSET_UTF8 :
	    (enum charset)declared;
	found->bom_differs = bom && declared == CHARSET_CP932;
	return (ERR_OK);
}

enum err
charset_to_utf8(const void *data, size_t len, struct charset_found *found,
    struct blob *out, struct note *note)
{
	struct buf in = { data, len };
	enum charset used;
	enum err r;

	*found = (struct charset_found){ .used = CHARSET_UTF8 };
	blob_reset(out);
	if (is_wide(data, len)) {
		note_set(note, "UTF-16");
		return (ERR_CHARSET);
	}
	if ((r = find_charset(&in, found, note)) != ERR_OK)
		return (r);
	if (!ends_in_tag(in.p, in.left))
		return (ERR_HALF);
	if (memchr(in.p, 0, in.left) != NULL)
		return (ERR_XML_SYNTAX);
	r = charset_decode(in.p, in.left, found->used, out, &used);
	found->sniffed = used != found->used;
	found->used = used;
	return (r);
}
