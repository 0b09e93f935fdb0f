#ifndef BASE_BIRTHDATE_H
#define BASE_BIRTHDATE_H

#include "base/err.h"

#define BIRTHDATE_LEN	9	/* YYYYMMDD + 0 */

/*
 * A date as clinics write it: YYYYMMDD, YYYY-MM-DD, YYYY/M/D, 昭和35年6月2日,
 * S35.6.2, 令和元年5月1日; full width and blanks behind a sign are fine.
 * ERR_ROW: *why (static) says what is wrong; no such day, a day that is not
 * in its era, or one that has not come yet.
 */
enum err	birthdate_read(const char *text, char out[BIRTHDATE_LEN],
		    const char **why);
/* 1 if the text is made of what dates are made of and holds no name or
 * longer number: only then a report may repeat it. */
int		birthdate_is_showable(const char *text);

/* 令和6年8月1日 by the era of that very day, 元年 for its first year; 0, and
 * nothing written, for what is no date or before 明治6年. */
#define ERA_TEXT_LEN 40
int		birthdate_in_era(const char *yyyymmdd,
		    char out[ERA_TEXT_LEN]);

#endif
