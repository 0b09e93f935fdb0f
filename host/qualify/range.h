#ifndef HOST_QUALIFY_RANGE_H
#define HOST_QUALIFY_RANGE_H

#include "base/err.h"

/*
 * What may be asked for without a visit, and over which days: categories,
 * axes and defaults as the manuals have them (features.md BAT-02 to BAT-05,
 * COS-11).  Days are YYYYMMDD and months YYYYMM of Japan.
 */
enum category {
	CATEGORY_AID,			/* 医療扶助 */
	CATEGORY_HOME,			/* 訪問診療 */
	CATEGORY_ONLINE,		/* オンライン診療 */
	CATEGORY_NURSING,		/* 訪問看護 */
	CATEGORY_INSURANCE,		/* 資格確認一括照会 */
	CATEGORY_REGISTRATION,		/* 照会番号一括登録 */
	CATEGORY_SINGLE,		/* 資格確認, one patient */
	CATEGORY_SINGLE_REGISTRATION,	/* 照会番号登録, one patient */
	CATEGORY_CHECKUP,		/* 特定健診情報 */
	CATEGORY_DRUG,			/* 薬剤情報, 診療・薬剤情報 */
	CATEGORY_COUNT
};

enum axis {
	AXIS_NONE,
	AXIS_CONSENT,		/* 同意日 */
	AXIS_EXAMINATION,	/* 診療日 */
	AXIS_MONTH,		/* 診療年月 */
	AXIS_COUNT
};

struct range {
	enum axis	axis;
	char		from[9], to[9];	/* both ends are in it; "" AXIS_NONE */
};

struct category_row {
	const char	*word;		/* "aid", "home" … */
	const char	*ja;
	const char	*stem;		/* of what is asked first */
	const char	*fetch;		/* 02 of the bulk kinds, else NULL */
	int		 care;		/* MedicalTreatmentFlag; 0 none */
	unsigned	 axes;		/* 1 << AXIS_CONSENT … */
	enum axis	 axis;		/* when none is named */
	int		 persons;	/* 1: of named patients, -1: of one,
					 * 0: of whom the centre knows */
};

/* Static; the category must be one of the list. */
const struct category_row	*category_row(enum category);
/* ERR_CATEGORY, *out untouched. */
enum err	category_read(const char *word, enum category *out);

const char	*axis_word(enum axis);	/* "", "consent", "examination",
					 * "month"; static */
/* ERR_RANGE for what is none, *out untouched; "" is AXIS_NONE. */
enum err	axis_read(const char *word, enum axis *out);

/*
 * home, nursing: consent, one month back to today; online: examination,
 * first to last day of this month, or consent as above; aid: this month;
 * drug: the last 12 months; the others have no range.  One month back is the
 * same day of the month before, or its last day when it has no such day:
 * from 3/31 it is 2/28 or 2/29.  axis AXIS_NONE: the category's own.
 * ERR_RANGE when the axis is not one of the category's, or today is no date.
 */
enum err	range_default(enum category, enum axis, const char *today,
		    struct range *);

/*
 * ERR_RANGE and what is wrong: an axis that is not one of the category's, no
 * date, one end alone, from behind to, in the future (the days of an
 * examination may reach to the end of this month), months where one month is
 * meant, longer than RANGE_MAX_MONTHS.
 */
#define RANGE_MAX_MONTHS 60	/* ours, against a mistyped year: none known */
enum err	range_check(enum category, const struct range *,
		    const char *today, struct note *);

#endif
