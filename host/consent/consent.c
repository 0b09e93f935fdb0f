#include <string.h>

#include "host/consent/consent.h"

#define WORD_SHOWN	40	/* bytes of a wrong word that the note repeats */

static const struct {
	const char	*word, *flag, *label[2];
} items[CONSENT_ITEMS] = {
#define CONSENT_ROW(id, word, flag, ja, en) { word, flag, { en, ja } },
	CONSENT_LIST(CONSENT_ROW)
#undef CONSENT_ROW
};

static const struct {
	const char	*word, *label[2];
} prescriptions[] = {
	[PRESCRIPTION_NONE] = { "", { "", "" } },
	[PRESCRIPTION_ELECTRONIC] = { "electronic",
	    { "electronic prescription", "電子処方箋" } },
	[PRESCRIPTION_PAPER] = { "paper",
	    { "paper prescription", "紙の処方箋" } },
};

#define PRESCRIPTIONS (sizeof(prescriptions) / sizeof(prescriptions[0]))

static int
item_named(const char *word, size_t len)
{
	for (int i = 0; i < CONSENT_ITEMS; i++)
		if (strlen(items[i].word) == len &&
		    memcmp(items[i].word, word, len) == 0)
			return (i);
	return (-1);
}

static enum err
refuse(const char *word, size_t len, const char *why, struct note *note)
{
	note_set(note, "consent \"%.*s\": %s",
	    (int)(len < WORD_SHOWN ? len : WORD_SHOWN), word, why);
	return (ERR_USAGE);
}

static enum err
parse_items(const char *words, struct consent *c, struct note *note)
{
	size_t len;
	int item;

	for (;; words += len + 1) {
		len = strcspn(words, ",");
		if ((item = item_named(words, len)) == -1)
			return (refuse(words, len, "is not an item", note));
		if (c->given[item])
			return (refuse(words, len, "is named twice", note));
		c->given[item] = 1;
		if (words[len] == '\0')
			return (ERR_OK);
	}
}

enum err
consent_parse(const char *words, struct consent *c, struct note *note)
{
	struct consent got = { .prescription = PRESCRIPTION_NONE };
	enum err r = ERR_OK;

	*c = (struct consent){ .prescription = PRESCRIPTION_NONE };
	if (strcmp(words, "all") == 0) {
		for (int i = 0; i < CONSENT_ITEMS; i++)
			got.given[i] = 1;
	} else if (strcmp(words, "none") != 0) {
		r = parse_items(words, &got, note);
	}
	if (r == ERR_OK)
		*c = got;
	return (r);
}

enum err
consent_parse_prescription(const char *word, struct consent *c,
    struct note *note)
{
	for (size_t i = PRESCRIPTION_ELECTRONIC; i < PRESCRIPTIONS; i++) {
		if (strcmp(prescriptions[i].word, word) == 0) {
			c->prescription = (enum prescription)i;
			return (ERR_OK);
		}
	}
	note_set(note, "prescription \"%.*s\": electronic or paper",
	    WORD_SHOWN, word);
	return (ERR_USAGE);
}

const char *
consent_word(enum consent_item i)
{
	return ((unsigned)i < CONSENT_ITEMS ? items[i].word : "");
}

const char *
consent_flag(enum consent_item i)
{
	return ((unsigned)i < CONSENT_ITEMS ? items[i].flag : "");
}

const char *
consent_label(enum consent_item i, enum err_lang lang)
{
	return ((unsigned)i < CONSENT_ITEMS ?
	    items[i].label[lang == ERR_JA] : "");
}

const char *
prescription_word(enum prescription p)
{
	return ((unsigned)p < PRESCRIPTIONS ? prescriptions[p].word : "");
}

const char *
prescription_label(enum prescription p, enum err_lang lang)
{
	return ((unsigned)p < PRESCRIPTIONS ?
	    prescriptions[p].label[lang == ERR_JA] : "");
}
