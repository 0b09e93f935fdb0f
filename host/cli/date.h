#ifndef HOST_CLI_DATE_H
#define HOST_CLI_DATE_H

#include "base/err.h"

#define DATE_TEXT 48	/* bytes of the longest text with its 0 */

/*
 * YYYYMMDD as people read it: 令和8年11月20日 (元年 for the first), or
 * 2026-11-20 in English.  What is no date is copied as it is, cut to fit.
 */
void	date_text(const char *yyyymmdd, enum err_lang, char out[DATE_TEXT]);

#endif
