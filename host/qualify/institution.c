#include <string.h>

#include "host/qualify/institution.h"

enum oddity { LENGTH, TABLE, NURSING, ODDITIES };

static const char *const texts[ODDITIES][2] = {
	[LENGTH] = { "the institution code has 10 digits",
	    "医療機関コードは10桁の数字です" },
	[TABLE] = { "the third digit of an institution code is 1, 3, 4 or 6",
	    "医療機関コードの3桁目は 1, 3, 4, 6 のいずれかです" },
	[NURSING] = { "the third digit of a nursing station's code is 6",
	    "訪問看護ステーションコードの3桁目は 6 です" },
};

const char *
institution_warning(const char *code, int nursing, enum err_lang lang)
{
	const int ja = lang == ERR_JA;

	if (strlen(code) != 10 || code[strspn(code, "0123456789")] != '\0')
		return (texts[LENGTH][ja]);
	if (nursing && code[2] != '6')
		return (texts[NURSING][ja]);
	return (strchr("1346", code[2]) == NULL ? texts[TABLE][ja] : NULL);
}
