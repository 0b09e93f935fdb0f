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
