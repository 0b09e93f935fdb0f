#include <string.h>

#include "host/document/document.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const kinds[] = {
	[DOCUMENT_CHECKUP] = "checkup", [DOCUMENT_DRUG] = "drug",
};

static const char *const forms[] = {
	[DOCUMENT_PDF] = "pdf", [DOCUMENT_XML] = "xml",
};

static const struct {
	const char	*word, *text[2];	/* by enum err_lang */
} states[] = {
	[DOCUMENT_NONE_ASKED] = { "none_asked",
	    { "not asked for; whether there is any is not known",
	    "未取得 (有無は分かりません)" } },
	[DOCUMENT_ASKED] = { "asked",
	    { "asked for, no answer yet", "取得中 (回答待ち)" } },
	[DOCUMENT_NOT_CONSENTED] = { "not_consented",
	    { "not asked for: no consent is known",
	    "未取得 (同意が確認できません)" } },
	[DOCUMENT_ENDED] = { "ended",
	    { "not asked for: the consent has ended",
	    "未取得 (同意の期限が切れています)" } },
	[DOCUMENT_DELIVERED] = { "delivered",
	    { "delivered", "取得済" } },
	[DOCUMENT_REFUSED] = { "refused",
	    { "refused by the terminal", "端末が拒否しました" } },
};

static int
word_of(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return ((int)i);
	}
	return (-1);
}

const char *
document_kind_word(enum document_kind kind)
{
	return (kinds[kind]);
}

const char *
document_form_word(enum document_form form)
{
	return (forms[form]);
}

int
document_kind_of(const char *word, enum document_kind *out)
{
	int at = word_of(kinds, LEN(kinds), word);

	if (at >= 0)
		*out = (enum document_kind)at;
	return (at >= 0);
}

int
document_form_of(const char *word, enum document_form *out)
{
	int at = word_of(forms, LEN(forms), word);

	if (at >= 0)
		*out = (enum document_form)at;
	return (at >= 0);
}

const char *
document_state_word(enum document_state state)
{
	return (states[state].word);
}

const char *
document_state_text(enum document_state state, enum err_lang lang)
{
	return (states[state].text[lang]);
}
