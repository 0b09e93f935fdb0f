#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/birthdate.h"

#define DIGITS "0123456789"

/*
 * First and last day by the Gregorian calendar.  Japan took it on at Meiji
 * 6-01-01; older dates were counted otherwise and are refused.
 */
static const struct era {
	const char	*name, *letter;
	int		 first_year, from, to;
} eras[] = {
	{ "明治", "m", 1868, 18730101, 19120729 },
	{ "大正", "t", 1912, 19120730, 19261224 },
	{ "昭和", "s", 1926, 19261225, 19890107 },
	{ "平成", "h", 1989, 19890108, 20190430 },
	{ "令和", "r", 2019, 20190501, 29991231 },
};

static const struct {
	const char	*year, *month, *day;	/* what follows each number */
} forms[] = {
	{ "年", "月", "日" }, { ".", ".", "" }, { "/", "/", "" },
	{ "-", "-", "" },
};

/* What a report may repeat besides digits. */
static const char *const signs[] = { "年", "月", "日", ".", "/", "-", "元",
    "明治", "大正", "昭和", "平成", "令和", "m", "t", "s", "h", "r" };

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static int
take(const char **s, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*s, word, len) != 0)
		return (0);
	*s += len;
	return (1);
}

/* From min to max digits; -1 if it is none. */
static int
take_number(const char **s, size_t min, size_t max)
{
	size_t len = strspn(*s, DIGITS);
	int v = 0;

	if (len < min || len > max)
		return (-1);
	for (; len > 0; len--)
		v = v * 10 + (*(*s)++ - '0');
	return (v);
}

static const struct era *
take_era(const char **s)
{
	for (size_t i = 0; i < LEN(eras); i++)
		if (take(s, eras[i].name) || take(s, eras[i].letter))
			return (&eras[i]);
	return (NULL);
}

/* The year by the Gregorian calendar; -1 if there is none. */
static int
take_year(const char **s, const struct era *era)
{
	int y;

	if (era == NULL)
		return (take_number(s, 4, 4));
	y = take(s, "元") ? 1 : take_number(s, 1, 2);
	return (y < 1 ? -1 : era->first_year + y - 1);
}

static int
take_month_day(const char **s, int *month, int *day)
{
	for (size_t i = 0; i < LEN(forms); i++) {
		if (!take(s, forms[i].year))
			continue;
		*month = take_number(s, 1, 2);
		if (*month == -1 || !take(s, forms[i].month))
			return (0);
		*day = take_number(s, 1, 2);
		return (*day != -1 && take(s, forms[i].day));
	}
	return (0);
}

/* Folded text as YYYYMMDD, the day not yet checked; 0 if it is no date. */
static int
read_folded(const char *s, const struct era **era)
{
	int year, month, day;

	*era = NULL;
	if (strlen(s) == 8 && strspn(s, DIGITS) == 8)
		return (take_number(&s, 8, 8));
	*era = take_era(&s);
	if ((year = take_year(&s, *era)) == -1 ||
	    !take_month_day(&s, &month, &day) || *s != '\0')
		return (0);
	return (year * 10000 + month * 100 + day);
}

/* "S35. 6. 2" is a date, "1 9600602" is not: folding would hide the gap. */
static int
has_gap_in_number(const char *s)
{
	static const char wide[] = "　";
	int digit = 0;

	for (; *s != '\0'; s++) {
		if (digit && (*s == ' ' ||
		    strncmp(s, wide, strlen(wide)) == 0))
			return (1);
		/* Full-width digits end in the bytes BC 90 to BC 99. */
		digit = (*s >= '0' && *s <= '9') ||
		    ((unsigned char)*s >= 0x90 && (unsigned char)*s <= 0x99 &&
		    (unsigned char)s[-1] == 0xbc);
	}
	return (0);
}

static const char *
check(const char *ymd, int num, const struct era *era)
{
	char today[CLOCK_STAMP_LEN];

	if (!clock_is_date(ymd))
		return ("is not a date");
	if (era != NULL && (num < era->from || num > era->to))
		return ("is not in its era");
	clock_stamp(clock_wall_ms(), today);
	return (strncmp(ymd, today, 8) > 0 ? "is in the future" : NULL);
}

enum err
birthdate_read(const char *text, char out[BIRTHDATE_LEN], const char **why)
{
	struct blob key = { 0 }, trimmed = { 0 };
	const struct era *era = NULL;
	char ymd[16] = "";
	enum err r;
	int num;

	*out = '\0';
	*why = "is not a date";
	if ((r = text_trim(text, &trimmed)) != ERR_OK ||
	    (r = text_key(text, &key)) != ERR_OK)
		goto out;
	num = has_gap_in_number(blob_str(&trimmed)) ? 0 :
	    read_folded(blob_str(&key), &era);
	snprintf(ymd, sizeof(ymd), "%08d", num);
	if ((*why = check(ymd, num, era)) != NULL)
		r = ERR_ROW;
	else
		memcpy(out, ymd, BIRTHDATE_LEN);
out:
	blob_free(&trimmed);
	blob_free(&key);
	return (r);
}

int
birthdate_is_showable(const char *text)
{
	struct blob key = { 0 };
	size_t digits = 0, i = 0;
	const char *s;

	if (text_key(text, &key) != ERR_OK)
		digits = 9;
	s = blob_str(&key);
	while (*s != '\0' && digits <= 8 && i < LEN(signs)) {
		if (strspn(s, DIGITS) > 0) {
			digits += strspn(s, DIGITS);
			s += strspn(s, DIGITS);
			continue;
		}
		for (i = 0; i < LEN(signs) && !take(&s, signs[i]); i++)
			continue;
	}
	blob_free(&key);
	return (digits <= 8 && i < LEN(signs) && strlen(text) <= 40);
}

int
birthdate_in_era(const char *yyyymmdd, char out[ERA_TEXT_LEN])
{
	int day, year;

	if (!clock_is_date(yyyymmdd))
		return (0);
	day = (int)strtol(yyyymmdd, NULL, 10);
	for (size_t i = 0; i < LEN(eras); i++) {
		if (day < eras[i].from || day > eras[i].to)
			continue;
		year = day / 10000 - eras[i].first_year + 1;
		if (year == 1)
			snprintf(out, ERA_TEXT_LEN, "%s元年%d月%d日",
			    eras[i].name, day / 100 % 100, day % 100);
		else
			snprintf(out, ERA_TEXT_LEN, "%s%d年%d月%d日",
			    eras[i].name, year, day / 100 % 100, day % 100);
		return (1);
	}
	return (0);
}
