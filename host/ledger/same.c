#include <string.h>

#include "base/text.h"
#include "host/ledger/day.h"
#include "host/ledger/same.h"

static enum err
text_and_kana(const char *text, struct blob *out)
{
	struct blob name = { 0 };
	enum err r;

	if ((r = text_name_key(text, &name)) == ERR_OK)
		r = text_kana_key(blob_str(&name), out);
	blob_free(&name);
	return (r);
}

/* 00000000 is a number too: its last zero stays. */
static enum err
without_zeros(const char *text, struct blob *out)
{
	struct blob key = { 0 };
	const char *s;
	enum err r;

	if ((r = text_key(text, &key)) == ERR_OK) {
		for (s = blob_str(&key); s[0] == '0' && s[1] != '\0'; s++)
			;
		blob_reset(out);
		r = blob_add_str(out, s);
	}
	blob_free(&key);
	return (r);
}

static enum err
digits_of(const char *text, struct blob *out)
{
	struct blob key = { 0 };
	enum err r;

	if ((r = text_key(text, &key)) == ERR_OK)
		blob_reset(out);
	for (const char *s = blob_str(&key); r == ERR_OK && *s != '\0'; s++)
		if (*s >= '0' && *s <= '9')
			r = blob_add_u8(out, (uint8_t)*s);
	blob_free(&key);
	return (r);
}

static enum err
day_key(const char *text, struct blob *out)
{
	char day[DAY_LEN];

	day_of(text, day);
	blob_reset(out);
	return (blob_add_str(out, day));
}

typedef enum err fold(const char *, struct blob *);

static fold *const folds[] = {
	[SAME_EXACT] = text_key, [SAME_NAME] = text_name_key,
	[SAME_KANA] = text_kana_key, [SAME_TEXT] = text_and_kana,
	[SAME_NUMBER] = without_zeros, [SAME_POST] = digits_of,
	[SAME_DAY] = day_key,
};

enum err
same_key(enum same_rule rule, const char *text, struct blob *out)
{
	enum err r = folds[rule](text, out);

	if (r != ERR_CHARSET)
		return (r);
	blob_reset(out);
	return (blob_add_str(out, text));
}

int
same(enum same_rule rule, const char *a, const char *b)
{
	struct blob ka = { 0 }, kb = { 0 };
	int equal;

	equal = same_key(rule, a, &ka) == ERR_OK &&
	    same_key(rule, b, &kb) == ERR_OK &&
	    strcmp(blob_str(&ka), blob_str(&kb)) == 0;
	blob_free(&ka);
	blob_free(&kb);
	return (equal);
}
