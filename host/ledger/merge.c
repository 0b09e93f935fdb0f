#include <string.h>

#include "base/text.h"
#include "host/ledger/match.h"
#include "host/ledger/merge.h"

/* The name's field that differs; COLUMNS if none does. */
static enum column
find_name(const struct patient *old, const struct patient *row)
{
	enum says says = match_names(old->name, row->name);

	if (says == SAYS_DIFFERENT)
		return (COL_NAME);
	if (says == SAYS_NOTHING &&
	    match_kana(old->kana, row->kana) == SAYS_DIFFERENT)
		return (COL_KANA);
	return (COLUMNS);
}

enum err
merge_judge(const struct patient *old, const struct patient *row,
    struct blob *why)
{
	enum column name = find_name(old, row);
	int birth = strcmp(old->birthdate, row->birthdate) != 0;
	int sex = match_sexes(old->sex, row->sex) == SAYS_DIFFERENT;
	enum err r;

	if (name == COLUMNS || (!birth && !sex))
		return (ERR_OK);
	r = blob_printf(why, "belongs to another person: %s%s%s differ "
	    "(correct it, or use another chart number)", column_name(name),
	    !birth ? "" : sex ? ", birthdate" : " and birthdate",
	    sex ? " and sex" : "");
	return (r == ERR_OK ? ERR_ROW : r);
}

/* Spelt in another way (髙 高, blanks) it is the same name. */
static enum err
is_renamed(const char *old, const char *name, int *renamed)
{
	struct blob a = { 0 }, b = { 0 };
	enum err r;

	*renamed = 0;
	if ((r = text_name_key(old, &a)) == ERR_OK &&
	    (r = text_name_key(name, &b)) == ERR_OK)
		*renamed = a.len > 0 &&
		    strcmp(blob_str(&a), blob_str(&b)) != 0;
	blob_free(&a);
	blob_free(&b);
	return (r);
}

enum err
merge_keep(struct patient *row, const struct patient *old,
    const int has[COLUMNS])
{
	int renamed;
	enum err r;

	for (int c = 0; c < COLUMNS; c++)
		if (!has[c])
			column_copy(row, old, (enum column)c);
	if (*row->reference_number == '\0')
		column_copy(row, old, COL_REFERENCE_NUMBER);
	if (*row->confirmed_on == '\0')
		column_copy(row, old, COL_CONFIRMED_ON);
	if (has[COL_KANA])
		return (ERR_OK);
	if ((r = is_renamed(old->name, row->name, &renamed)) == ERR_OK &&
	    renamed)
		*row->kana = '\0';
	return (r);
}
