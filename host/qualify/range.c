#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/qualify/range.h"

#define A(axis)		(1u << AXIS_##axis)
#define DRUG_MONTHS	12	/* ours: the manuals show no default */

static const struct category_row rows[CATEGORY_COUNT] = {
	[CATEGORY_AID] = { "aid", "医療扶助", "OQSmutic01", "OQSmutic02", 0,
	    A(MONTH), AXIS_MONTH, 0 },
	[CATEGORY_HOME] = { "home", "訪問診療", "OQSmuhvq01", "OQSmuhvq02", 2,
	    A(CONSENT), AXIS_CONSENT, 0 },
	[CATEGORY_ONLINE] = { "online", "オンライン診療", "OQSmuonq01",
	    "OQSmuonq02", 3, A(CONSENT) | A(EXAMINATION), AXIS_EXAMINATION,
	    0 },
	/* A nursing station has the list of home visits (COS-11). */
	[CATEGORY_NURSING] = { "nursing", "訪問看護", "OQSmuhvq01",
	    "OQSmuhvq02", 2, A(CONSENT), AXIS_CONSENT, 0 },
	[CATEGORY_INSURANCE] = { "insurance", "資格確認一括照会",
	    "OQSmuquc01", "OQSmuquc02", 0, A(NONE), AXIS_NONE, 1 },
	[CATEGORY_REGISTRATION] = { "registration", "照会番号一括登録",
	    "OQSmuimm01", "OQSmuimm02", 0, A(NONE), AXIS_NONE, 1 },
	[CATEGORY_SINGLE] = { "check", "資格確認", "OQSsiquc01", NULL, 0,
	    A(NONE), AXIS_NONE, -1 },
	[CATEGORY_SINGLE_REGISTRATION] = { "register", "照会番号登録",
	    "OQSsiimm01", NULL, 0, A(NONE), AXIS_NONE, -1 },
	[CATEGORY_CHECKUP] = { "checkup", "特定健診情報", "TKKsiquc01", NULL,
	    1, A(NONE), AXIS_NONE, -1 },
	[CATEGORY_DRUG] = { "drug", "薬剤情報", "YZKsiquc01", NULL, 1,
	    A(MONTH), AXIS_MONTH, -1 },
};

static const char *const axes[AXIS_COUNT] = {
	[AXIS_NONE] = "", [AXIS_CONSENT] = "consent",
	[AXIS_EXAMINATION] = "examination", [AXIS_MONTH] = "month",
};

const struct category_row *
category_row(enum category c)
{
	return (&rows[c]);
}

enum err
category_read(const char *word, enum category *out)
{
	for (int i = 0; i < CATEGORY_COUNT; i++) {
		if (strcmp(rows[i].word, word) == 0) {
			*out = (enum category)i;
			return (ERR_OK);
		}
	}
	return (ERR_CATEGORY);
}

const char *
axis_word(enum axis axis)
{
	return (axes[axis]);
}

enum err
axis_read(const char *word, enum axis *out)
{
	for (int i = 0; i < AXIS_COUNT; i++) {
		if (strcmp(axes[i], word) == 0) {
			*out = (enum axis)i;
			return (ERR_OK);
		}
	}
	return (ERR_RANGE);
}

/* Of a text of digits, its first n. */
static int
digits(const char *s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	return (v);
}

/* Months of the calendar, so that they can be counted. */
static int
month_of(const char *day)
{
	return (digits(day, 4) * 12 + digits(day + 4, 2) - 1);
}

static void
put(int month, int day, char out[9])
{
	unsigned m = (unsigned)month, d = (unsigned)day;

	snprintf(out, 9, "%04u%02u%02u", m / 12 % 10000, m % 12 + 1, d % 100);
}

static void
put_month(int month, char out[9])
{
	put(month, 1, out);
	out[6] = '\0';
}

/* The day, or the month's last one where it has no such day. */
static void
put_day(int month, int day, char out[9])
{
	do
		put(month, day, out);
	while (!clock_is_date(out) && --day > 27);
}

enum err
range_default(enum category c, enum axis axis, const char *today,
    struct range *out)
{
	const struct category_row *row = &rows[c];
	int month;

	*out = (struct range){ .axis = axis == AXIS_NONE ? row->axis : axis };
	if (!clock_is_date(today) || (row->axes & (1u << out->axis)) == 0)
		return (ERR_RANGE);
	month = month_of(today);
	switch (out->axis) {
	case AXIS_CONSENT:
		put_day(month - 1, digits(today + 6, 2), out->from);
		memcpy(out->to, today, sizeof(out->to));
		break;
	case AXIS_EXAMINATION:
		put_day(month, 1, out->from);
		put_day(month, 31, out->to);
		break;
	case AXIS_MONTH:
		put_month(row->persons == 0 ? month : month - DRUG_MONTHS + 1,
		    out->from);
		put_month(month, out->to);
		break;
	case AXIS_NONE:
	case AXIS_COUNT:
		break;
	}
	return (ERR_OK);
}

/* A month is a date without its day. */
static int
is_end(enum axis axis, const char *s)
{
	char day[9];

	if (axis != AXIS_MONTH)
		return (clock_is_date(s));
	if (strlen(s) != 6)
		return (0);
	snprintf(day, sizeof(day), "%.6s01", s);
	return (clock_is_date(day));
}

/* The last end that can be meant today. */
static void
put_latest(enum axis axis, const char *today, char out[9])
{
	if (axis == AXIS_EXAMINATION)
		put_day(month_of(today), 31, out);
	else if (axis == AXIS_MONTH)
		put_month(month_of(today), out);
	else
		memcpy(out, today, 9);
}

static const char *
wrong_days(enum category c, const struct range *r, const char *today)
{
	char latest[9];

	if (!is_end(r->axis, r->from))
		return (r->from[0] == '\0' ? "from is missing" :
		    "from: no such date");
	if (!is_end(r->axis, r->to))
		return (r->to[0] == '\0' ? "to is missing" :
		    "to: no such date");
	if (strcmp(r->from, r->to) > 0)
		return ("from lies behind to");
	put_latest(r->axis, today, latest);
	if (strcmp(r->from, latest) > 0)
		return ("from lies in the future");
	if (strcmp(r->to, latest) > 0)
		return ("to lies in the future");
	if (r->axis == AXIS_MONTH && rows[c].persons == 0 &&
	    strcmp(r->from, r->to) != 0)
		return ("one month is asked for at a time");
	if (month_of(r->to) - month_of(r->from) >= RANGE_MAX_MONTHS)
		return ("longer than 5 years");
	return (NULL);
}

static const char *
wrong(enum category c, const struct range *r, const char *today)
{
	if ((unsigned)r->axis >= AXIS_COUNT ||
	    (rows[c].axes & (1u << r->axis)) == 0)
		return ("these dates are not asked for in this category");
	if (r->axis == AXIS_NONE)
		return (r->from[0] != '\0' || r->to[0] != '\0' ?
		    "this category has no dates" : NULL);
	return (wrong_days(c, r, today));
}

enum err
range_check(enum category c, const struct range *r, const char *today,
    struct note *note)
{
	const char *what = clock_is_date(today) ? wrong(c, r, today) :
	    "today is no date";

	if (what == NULL)
		return (ERR_OK);
	note_set(note, "%s", what);
	return (ERR_RANGE);
}
