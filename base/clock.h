#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/*
 * Time.  Durations come from the monotonic clock, dates from the wall clock.
 * The files of the field carry Japan Standard Time without a zone
 * (oqs-files.md 5): UTC+9, no summer time since 1951, so it is computed here
 * and does not depend on the machine's time zone.
 */
#define CLOCK_JST_S	(9 * 3600)
#define CLOCK_STAMP_LEN	18	/* YYYYMMDDHHmmssSSS + 0 */
#define CLOCK_ISO_LEN	30	/* 2026-11-20T09:00:00.123+09:00 + 0 */

int64_t	clock_ms(void);		/* monotonic, milliseconds */
int64_t	clock_wall_ms(void);	/* since 1970 UTC, milliseconds */
/* How long the machine has slept since it was started: grows by a suspend and
 * by nothing else, as the monotonic clock stands still meanwhile. */
int64_t	clock_asleep_ms(void);
void	clock_sleep(int ms);	/* whole time, signals or not */

/* JST digits: the first 8 are the date, 14 the second, 17 the millisecond. */
void	clock_stamp(int64_t wall_ms, char out[CLOCK_STAMP_LEN]);
/* Back from the first 14, which clock_is_stamp: wall ms. */
int64_t	clock_of_stamp(const char *);
/* ISO 8601 in JST with milliseconds. */
void	clock_iso(int64_t wall_ms, char out[CLOCK_ISO_LEN]);
/* "YYYYMMDD" that exists in the calendar, 1868-2999: 1, else 0. */
int	clock_is_date(const char *yyyymmdd);
/* "YYYYMMDDHHmmss", date as above, time of day valid: 1, else 0. */
int	clock_is_stamp(const char *);

#endif
