#include <string.h>

#include "base/text.h"
#include "host/export/fhir_in.h"

enum err
fhir_wide_kana(const char *kana, struct blob *out)
{
	struct blob part = { 0 }, wide = { 0 };
	enum err r = ERR_OK;
	size_t n;

	blob_reset(out);
	while (r == ERR_OK && *kana != '\0') {
		n = strcspn(kana, " ");
		blob_reset(&part);
		if ((r = blob_add(&part, kana, n)) == ERR_OK &&
		    (r = text_key(blob_str(&part), &wide)) == ERR_OK)
			r = blob_add(out, wide.data, wide.len);
		kana += n;
		for (; r == ERR_OK && *kana == ' '; kana++)
			r = blob_add_str(out, " ");
	}
	blob_free(&part);
	blob_free(&wide);
	return (r);
}

/* The bytes of a white space of Unicode that is none of ASCII, else 0. */
static size_t
wide_blank(const char *s)
{
	static const char *const blanks[] = { "\xe3\x80\x80", "\xc2\xa0",
	    "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
	    "\xe2\x81\x9f", "\xe1\x9a\x80", "\xef\xbb\xbf" };

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (strncmp(s, blanks[i], strlen(blanks[i])) == 0)
			return (strlen(blanks[i]));
	/* U+2000 to U+200A */
	if (strncmp(s, "\xe2\x80", 2) == 0 && (unsigned char)s[2] >= 0x80 &&
	    (unsigned char)s[2] <= 0x8a)
		return (3);
	return (0);
}

json_t *
fhir_stringn(const char *s, size_t n)
{
	struct blob out = { 0 };
	const char *end = s + n;
	enum err r = ERR_OK;
	json_t *o = NULL;
	size_t len;

	while (r == ERR_OK && s < end) {
		if ((len = wide_blank(s)) > 0 ||
		    (unsigned char)*s < 0x20 || *s == 0x7f)
			r = blob_add_u8(&out, ' ');
		else
			r = blob_add_u8(&out, (uint8_t)*s);
		s += len > 0 ? len : 1;
	}
	if (r == ERR_OK)
		o = json_string(blob_str(&out));
	blob_free(&out);
	return (o);
}

json_t *
fhir_string(const char *s)
{
	return (fhir_stringn(s, strlen(s)));
}

static enum err
add_without_blanks(struct blob *out, const char *s)
{
	static const char wide[] = "\xe3\x80\x80";
	enum err r = ERR_OK;

	while (r == ERR_OK && *s != '\0') {
		if (strncmp(s, wide, strlen(wide)) == 0)
			s += strlen(wide);
		else if (*s == ' ')
			s++;
		else
			r = blob_add_u8(out, (uint8_t)*s++);
	}
	return (r);
}

static enum err
add_insurer(struct blob *out, const char *insurer)
{
	size_t n;

	insurer += strspn(insurer, " ");
	n = strlen(insurer);
	for (; n < 8; n++)
		if (blob_add_u8(out, '0') != ERR_OK)
			return (ERR_NOMEM);
	return (blob_add_str(out, insurer));
}

enum err
fhir_member_id(const char *insurer, const char *symbol, const char *number,
    const char *branch, struct blob *out)
{
	const char *parts[] = { symbol, number, branch };
	enum err r;

	blob_reset(out);
	r = add_insurer(out, insurer);
	for (size_t i = 0; r == ERR_OK && i < 3; i++) {
		r = blob_add_u8(out, ':');
		if (r == ERR_OK)
			r = add_without_blanks(out, parts[i]);
	}
	return (r);
}
