#include <string.h>

#include "host/export/orca.h"

#define LETTERS	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define OTHERS	"0123456789_.-"

/* The length of {code}, {id} or {time} at s, else 0. */
static size_t
placeholder(const char *s)
{
	static const char *const known[] = { "{code}", "{id}", "{time}" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(s, known[i], strlen(known[i])) == 0)
			return (strlen(known[i]));
	}
	return (0);
}

int
orca_name_is_ok(const char *name)
{
	size_t n = strlen(name), used;

	if (n < 4 || strcmp(name + n - 4, ".xml") != 0 ||
	    strstr(name, "{id}") == NULL || name[0] == '.')
		return (0);
	for (const char *p = name; *p != '\0'; p += used) {
		used = placeholder(p);
		if (used == 0)
			used = strspn(p, LETTERS OTHERS);
		if (used == 0)
			return (0);
	}
	return (1);
}

const char *
orca_question(enum err_lang lang)
{
	return (lang == ERR_JA ? "同意済資格情報を日レセに登録するためのXMLを"
	    "一括作成します。宜しいですか?" :
	    "make the XML files that register these answers in ORCA?");
}

const char *
orca_answer(enum err_lang lang)
{
	return (lang == ERR_JA ? "日レセ登録用同意済資格確認結果ファイルを"
	    "作成しました。日レセのオン資格からご確認下さい。" :
	    "the files are made; see オン資格 in ORCA");
}
