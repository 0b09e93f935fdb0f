#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <unicode/udat.h>
#include <unicode/ustring.h>

#include "base/clock.h"
#include "host/cli/date.h"

/* ICU knows the eras; jpanyear writes the first year as 元. */
static int
wareki(UDate day, char out[DATE_TEXT])
{
	UErrorCode st = U_ZERO_ERROR;
	UChar pattern[32], text[DATE_TEXT], utc[4];
	UDateFormat *f;
	int32_t n;

	u_uastrcpy(utc, "UTC");
	u_strFromUTF8(pattern, 32, NULL, "Gy年M月d日", -1, &st);
	f = udat_open(UDAT_PATTERN, UDAT_PATTERN,
	    "ja_JP@calendar=japanese;numbers=jpanyear", utc, -1, pattern, -1,
	    &st);
	udat_format(f, day, text, DATE_TEXT, NULL, &st);
	u_strToUTF8(out, DATE_TEXT, &n, text, -1, &st);
	udat_close(f);
	return (U_SUCCESS(st));
}

void
date_text(const char *s, enum err_lang lang, char out[DATE_TEXT])
{
	struct tm tm = { .tm_year = 0 };
	int y, m, d;

	if (!clock_is_date(s) || sscanf(s, "%4d%2d%2d", &y, &m, &d) != 3) {
		snprintf(out, DATE_TEXT, "%s", s);
		return;
	}
	tm.tm_year = y - 1900;
	tm.tm_mon = m - 1;
	tm.tm_mday = d;
	if (lang != ERR_JA || !wareki((UDate)timegm(&tm) * 1000, out))
		snprintf(out, DATE_TEXT, "%04d-%02d-%02d", y, m, d);
}
