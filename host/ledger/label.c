#include <stdio.h>
#include <string.h>

#include "host/ledger/label.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

struct label {
	const char	*code, *text;
};

/* OQSCD012 (oqs-files.md 3.5): A below 70 years of age, B from then on. */
static const struct label limits[] = {
	{ "A01", "ア" }, { "A02", "イ" }, { "A03", "ウ" }, { "A04", "エ" },
	{ "A05", "オ" }, { "A06", "オ（境界層）" },
	{ "B01", "現役並みⅢ" }, { "B02", "現役並みⅡ" },
	{ "B03", "現役並みⅠ" }, { "B04", "一般" }, { "B05", "低所得Ⅱ" },
	{ "B06", "低所得Ⅰ" }, { "B07", "低所得Ⅰ（老福）" },
	{ "B08", "低所得Ⅰ（境界層）" }, { "B09", "一般Ⅱ" },
	{ "B10", "一般Ⅰ" },
};

static const struct label families[] = {
	{ "1", "本人" }, { "2", "家族" },
};

static const char *
text_of(const struct label *rows, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].code, code) == 0)
			return (rows[i].text);
	return (NULL);
}

void
label_limit(const char *flag, char out[LABEL_ROOM])
{
	const char *text = text_of(limits, LEN(limits), flag);

	if (text == NULL)
		snprintf(out, LABEL_ROOM, "%s", flag);
	else
		snprintf(out, LABEL_ROOM, "%s（%s %s）", flag,
		    flag[0] == 'A' ? "７０歳未満" : "７０歳以上", text);
}

void
label_ratio(const char *ratio, char out[LABEL_ROOM])
{
	if (strlen(ratio) == 3 && strspn(ratio, "0123456789") == 3 &&
	    ratio[2] == '0')
		snprintf(out, LABEL_ROOM, "%d割", (ratio[0] - '0') * 10 +
		    ratio[1] - '0');
	else
		snprintf(out, LABEL_ROOM, "%s", ratio);
}

void
label_family(const char *code, char out[LABEL_ROOM])
{
	const char *text = text_of(families, LEN(families), code);

	snprintf(out, LABEL_ROOM, "%s", text == NULL ? code : text);
}
