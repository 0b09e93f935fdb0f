#include <stdio.h>
#include <string.h>

#include "base/birthdate.h"
#include "base/text.h"
#include "host/ledger/check_digit.h"
#include "host/ledger/value.h"

#define DIGITS "0123456789"
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static enum err
refuse(struct blob *why, const char *reason)
{
	enum err r;

	return ((r = blob_add_str(why, reason)) == ERR_OK ? ERR_ROW : r);
}

/* C0, DEL and C1; line breaks too. */
static int
has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return (1);
		if ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0)
			return (1);
	}
	return (0);
}

static size_t
count_characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return (n);
}

static enum err
set_text(struct patient *p, enum column c, const char *text, struct blob *why)
{
	enum err r = column_set(p, c, text);

	return (r == ERR_TOOBIG ? refuse(why, "is too long") : r);
}

/* As it stands in the file: keys are folded when they are compared. */
static enum err
read_verbatim(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	static const size_t max[COLUMNS] = {
		[COL_NAME] = 100, [COL_KANA] = 100,	/* patient.h */
		[COL_INSURED_CARD_SYMBOL] = 20,		/* oqs-files.md 2.1 */
		[COL_INSURED_IDENTIFICATION_NUMBER] = 20,
		[COL_ADDRESS] = 200,
	};

	if (count_characters(cell) > max[c])
		return (refuse(why, "is too long"));
	return (set_text(p, c, cell, why));
}

static int
is_printable_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			return (0);
	return (1);
}

static enum err
read_ascii(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	if (!is_printable_ascii(cell))
		return (refuse(why, "must be printable ASCII"));
	return (set_text(p, c, cell, why));
}

static enum err
read_chart(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	if (*cell == '\0')
		return (refuse(why, "is missing"));
	/* features.md DEN-03 */
	if (strspn(cell, "0") == strlen(cell))
		return (refuse(why, "0 is not a patient's number"));
	return (read_ascii(p, c, cell, why));
}

static enum err
read_sex(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	static const struct {
		const char	*word;
		enum sex	 sex;
	} words[] = {
		{ "", SEX_UNKNOWN }, { "1", SEX_MALE }, { "2", SEX_FEMALE },
		{ "3", SEX_UNSET }, { "m", SEX_MALE }, { "f", SEX_FEMALE },
		{ "男", SEX_MALE }, { "女", SEX_FEMALE },
	};

	(void)c;
	for (size_t i = 0; i < LEN(words); i++) {
		if (strcmp(words[i].word, cell) == 0) {
			p->sex = words[i].sex;
			return (ERR_OK);
		}
	}
	return (refuse(why, "must be 1, 2, 3, M, F, 男, 女 or blank"));
}

static enum err
read_day(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	char ymd[BIRTHDATE_LEN];
	const char *reason;
	enum err r;

	if ((r = birthdate_read(cell, ymd, &reason)) == ERR_OK)
		return (set_text(p, c, ymd, why));
	if (r != ERR_ROW)
		return (r);
	if (birthdate_is_showable(cell) &&
	    (r = blob_printf(why, "%s ", cell)) != ERR_OK)
		return (r);
	return (refuse(why, reason));
}

static enum err
read_birthdate(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	return (*cell == '\0' ? refuse(why, "is missing") :
	    read_day(p, c, cell, why));
}

static enum err
read_day_or_none(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	return (*cell == '\0' ? set_text(p, c, "", why) :
	    read_day(p, c, cell, why));
}

/* 100-0014 or 1000014; kept as the results have it. */
static enum err
read_post(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	char seven[9], post[10];
	size_t n = 0;

	for (const char *s = cell; *s != '\0' && n < sizeof(seven); s++)
		if (*s != '-' || s != cell + 3)
			seven[n++] = *s;
	seven[n < sizeof(seven) ? n : 0] = '\0';
	if (*cell == '\0')
		return (set_text(p, c, "", why));
	if (strlen(seven) != 7 || strspn(seven, DIGITS) != 7)
		return (refuse(why, "must be 7 digits, 100-0014 or 1000014"));
	snprintf(post, sizeof(post), "%.3s-%.4s", seven, seven + 3);
	return (set_text(p, c, post, why));
}

static enum err
read_insurer(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	size_t len = strlen(cell);
	enum err r;

	/* oqs-files.md 5: 国保 has 6 digits, everyone else 8. */
	if (len != 0 && ((len != 6 && len != 8) ||
	    strspn(cell, DIGITS) != len))
		return (refuse(why, "must be 6 or 8 digits"));
	if ((r = set_text(p, c, cell, why)) == ERR_OK && len != 0 &&
	    !check_digit_agrees(cell))
		r = blob_add_str(why, "the check digit does not agree");
	return (r);
}

static enum err
read_branch(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	char two[3] = "0";
	size_t len = strlen(cell);
	enum err r;

	/* oqs-files.md 5: 2 digits or none, and 00 is never invented. */
	if (len > 2 || strspn(cell, DIGITS) != len ||
	    (len > 0 && strspn(cell, "0") == len))
		return (refuse(why, "must be 01 to 99 or blank"));
	if (len != 1)
		return (set_text(p, c, cell, why));
	two[1] = *cell;
	if ((r = set_text(p, c, two, why)) == ERR_OK)
		r = blob_add_str(why, "a leading 0 was added");
	return (r);
}

typedef enum err fold(const char *, struct blob *);
typedef enum err rule(struct patient *, enum column, const char *,
    struct blob *);

/* text_key folds width; only fields of digits and codes may be folded. */
static const struct {
	fold	*fold;
	rule	*rule;
} rules[COLUMNS] = {
	[COL_CHART_NUMBER] = { text_trim, read_chart },
	[COL_NAME] = { NULL, read_verbatim },
	[COL_KANA] = { NULL, read_verbatim },
	[COL_SEX] = { text_key, read_sex },
	[COL_BIRTHDATE] = { text_trim, read_birthdate },
	[COL_INSURER_NUMBER] = { text_key, read_insurer },
	[COL_INSURED_CARD_SYMBOL] = { NULL, read_verbatim },
	[COL_INSURED_IDENTIFICATION_NUMBER] = { NULL, read_verbatim },
	[COL_INSURED_BRANCH_NUMBER] = { text_key, read_branch },
	[COL_REFERENCE_NUMBER] = { text_trim, read_ascii },
	[COL_POST_NUMBER] = { text_key, read_post },
	[COL_ADDRESS] = { NULL, read_verbatim },
	[COL_CONFIRMED_ON] = { text_trim, read_day_or_none },
};

enum err
value_read(struct patient *p, enum column c, const char *cell,
    struct blob *why)
{
	struct blob text = { 0 };
	enum err r = ERR_OK;

	blob_reset(why);
	if (has_control(cell))
		return (refuse(why, "holds a control character"));
	if (rules[c].fold != NULL && (r = rules[c].fold(cell, &text)) == ERR_OK)
		cell = blob_str(&text);
	if (r == ERR_OK)
		r = rules[c].rule(p, c, cell, why);
	blob_free(&text);
	return (r);
}
