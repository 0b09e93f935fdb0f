#include <string.h>

#include "base/clock.h"
#include "host/qualify/code.h"
#include "host/qualify/field.h"

static const struct field_row rows[] = {
#define FIELD_ROW(name, places, type, arg, must)			\
	{ #name, places, FIELD_##type, arg, must },
	FIELD_LIST(FIELD_ROW)
#undef FIELD_ROW
};

/* Spellings that were seen beside the right one (oqs-files.md 3.3). */
static const struct {
	const char	*name;
	enum field	 field;
} spellings[] = {
	{ "DiagnosisInfoConsTim", FIELD_DiagnosisInfoConsTime },
};

const struct field_row *
field_row(enum field f)
{
	return (&rows[f]);
}

static enum field
find_spelling(const char *name, unsigned places)
{
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (strcmp(spellings[i].name, name) == 0 &&
		    (rows[spellings[i].field].places & places) != 0)
			return (spellings[i].field);
	}
	return (FIELD_COUNT);
}

enum field
field_find(const char *name, unsigned places)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if ((rows[i].places & places) != 0 &&
		    strcmp(rows[i].name, name) == 0)
			return ((enum field)i);
	}
	return (find_spelling(name, places));
}

static int
is_digits(const char *s)
{
	return (s[strspn(s, "0123456789")] == '\0');
}

static int
is_month(const char *s)
{
	char day[9] = "";

	if (strlen(s) != 6)
		return (0);
	memcpy(day, s, 6);
	memcpy(day + 6, "01", 3);
	return (clock_is_date(day));
}

/* 000 to 100 (oqs-files.md 5). */
static int
is_ratio(const char *s)
{
	return (strlen(s) == 3 && is_digits(s) &&
	    (s[0] == '0' || strcmp(s, "100") == 0));
}

unsigned
field_chars(const char *s)
{
	unsigned n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return (n);
}

int
field_fits(enum field f, const char *s)
{
	const struct field_row *row = &rows[f];

	if (s[0] == '\0')
		return (1);
	switch (row->type) {
	case FIELD_TEXT:
		return (row->arg == 0 || field_chars(s) <= row->arg);
	case FIELD_DATE:
		return (clock_is_date(s));
	case FIELD_END:
		return (clock_is_date(s) || strcmp(s, "99999999") == 0 ||
		    strcmp(s, "9999999") == 0);
	case FIELD_MONTH:
		return (is_month(s));
	case FIELD_STAMP:
		return (clock_is_stamp(s));
	case FIELD_CODE:
		return (code_text(row->arg, s, ERR_JA) != NULL);
	case FIELD_RATIO:
		return (is_ratio(s));
	case FIELD_NUMBER:
		return (is_digits(s));
	}
	return (0);
}
