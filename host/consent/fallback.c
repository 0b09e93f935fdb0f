#include <string.h>

#include "host/consent/fallback.h"

static const struct {
	const char	*word, *label[2];
} rows[FALLBACK_COUNT] = {
	[FALLBACK_NONE] = { "", { "", "" } },
	[FALLBACK_PORTAL] = { "portal", { "screen of the Mynaportal",
	    "マイナポータルの資格情報画面" } },
	[FALLBACK_NOTICE] = { "notice", { "notice of coverage",
	    "資格情報のお知らせ" } },
	[FALLBACK_CERTIFICATE] = { "certificate", { "certificate of coverage",
	    "資格確認書" } },
	[FALLBACK_STATEMENT] = { "statement", { "patient's own statement",
	    "被保険者資格申立書" } },
};

const char *
fallback_word(enum fallback f)
{
	return (rows[f].word);
}

const char *
fallback_label(enum fallback f, enum err_lang lang)
{
	return (rows[f].label[lang]);
}

enum fallback
fallback_read(const char *word)
{
	enum fallback f = FALLBACK_PORTAL;

	while (f < FALLBACK_COUNT && strcmp(rows[f].word, word) != 0)
		f++;
	return (f);
}
