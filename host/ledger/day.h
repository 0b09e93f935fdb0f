#ifndef HOST_LEDGER_DAY_H
#define HOST_LEDGER_DAY_H

#include "base/err.h"

/* Days as YYYYMMDD, in JST; "" is an open end or a day not known. */
#define DAY_LEN		9
#define DAY_TEXT_LEN	48	/* "令和元年11月8日" */

void	day_today(char out[DAY_LEN]);
/* The day so many days later or earlier; "" stays "". */
void	day_add(const char *day, int days, char out[DAY_LEN]);
/* 令和6年8月1日, by the era of that very day; what is no date as it is. */
void	day_text(const char *day, char out[DAY_TEXT_LEN]);
/* "" for what means no end (99999999, 9999999) and for what is no date. */
void	day_of(const char *value, char out[DAY_LEN]);

#endif
