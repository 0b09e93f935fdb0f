#include <stddef.h>
#include <string.h>

#include "host/ledger/column.h"

#define AT(field) { #field, offsetof(struct patient, field), \
    sizeof(((struct patient *)NULL)->field) }

static const struct {
	const char	*name;
	size_t		 at, room;	/* room 0: not text */
} columns[COLUMNS] = {
	[COL_CHART_NUMBER] = AT(chart_number),
	[COL_NAME] = AT(name),
	[COL_KANA] = AT(kana),
	[COL_SEX] = { "sex", 0, 0 },
	[COL_BIRTHDATE] = AT(birthdate),
	[COL_INSURER_NUMBER] = AT(insurer_number),
	[COL_INSURED_CARD_SYMBOL] = AT(insured_card_symbol),
	[COL_INSURED_IDENTIFICATION_NUMBER] =
	    AT(insured_identification_number),
	[COL_INSURED_BRANCH_NUMBER] = AT(insured_branch_number),
	[COL_REFERENCE_NUMBER] = AT(reference_number),
	[COL_POST_NUMBER] = AT(post_number),
	[COL_ADDRESS] = AT(address),
	[COL_CONFIRMED_ON] = AT(confirmed_on),
};

const char *
column_name(enum column c)
{
	return (columns[c].name);
}

const char *
column_get(const struct patient *p, enum column c)
{
	return (columns[c].room == 0 ? NULL :
	    (const char *)p + columns[c].at);
}

enum err
column_set(struct patient *p, enum column c, const char *text)
{
	char *at = (char *)p + columns[c].at;
	size_t len = strlen(text);

	if (columns[c].room == 0)	/* the sex is no text */
		return (ERR_SEQUENCE);
	*at = '\0';
	if (len >= columns[c].room)
		return (ERR_TOOBIG);
	memcpy(at, text, len + 1);
	return (ERR_OK);
}

void
column_copy(struct patient *p, const struct patient *from, enum column c)
{
	if (c == COL_SEX)
		p->sex = from->sex;
	else
		memcpy((char *)p + columns[c].at,
		    (const char *)from + columns[c].at, columns[c].room);
}

int
column_all_equal(const struct patient *a, const struct patient *b)
{
	for (int c = 0; c < COLUMNS; c++)
		if (c != COL_SEX && strcmp(column_get(a, (enum column)c),
		    column_get(b, (enum column)c)) != 0)
			return (0);
	return (a->sex == b->sex);
}
