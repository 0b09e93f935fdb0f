#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/api/client/stamp.h"

#define JST_S	(9 * 3600)	/* no summer time since 1951 */

/* len digits as a number from min to max; -1 else. */
static int
number(const char *s, size_t len, int min, int max)
{
	int n = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (-1);
		n = 10 * n + (s[i] - '0');
	}
	return (n < min || n > max ? -1 : n);
}

/* "2026-11-20T09:00:00": 0, and the seconds as if it were UTC. */
static int
parse_clock(const char *s, int64_t *seconds)
{
	static const struct {
		size_t	at, len;
		int	min, max;
	} parts[] = {
		{ 0, 4, 1970, 9999 }, { 5, 2, 1, 12 }, { 8, 2, 1, 31 },
		{ 11, 2, 0, 23 }, { 14, 2, 0, 59 }, { 17, 2, 0, 59 },
	};
	int value[6];
	struct tm tm = { 0 };

	if (strnlen(s, 19) < 19 || s[4] != '-' || s[7] != '-' ||
	    s[10] != 'T' || s[13] != ':' || s[16] != ':')
		return (-1);
	for (size_t i = 0; i < 6; i++)
		if ((value[i] = number(s + parts[i].at, parts[i].len,
		    parts[i].min, parts[i].max)) < 0)
			return (-1);
	tm.tm_year = value[0] - 1900;
	tm.tm_mon = value[1] - 1;
	tm.tm_mday = value[2];
	tm.tm_hour = value[3];
	tm.tm_min = value[4];
	tm.tm_sec = value[5];
	*seconds = timegm(&tm);
	/* A day the month does not have came out as another one. */
	return (tm.tm_mday == value[2] ? 0 : -1);
}

/* Behind the seconds: up to nine digits of a fraction; milliseconds. */
static int
parse_fraction(const char **s, int *ms)
{
	int weight = 100;
	size_t n = 0;

	*ms = 0;
	if (**s != '.')
		return (0);
	for ((*s)++; **s >= '0' && **s <= '9' && n < 9; (*s)++, n++) {
		*ms += (**s - '0') * weight;
		weight /= 10;
	}
	return (n > 0 ? 0 : -1);
}

/* "Z" or "+09:00", and nothing more. */
static int
parse_offset(const char *s, int *seconds)
{
	int hours, minutes;

	*seconds = 0;
	if (strcmp(s, "Z") == 0)
		return (0);
	if (strlen(s) != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
		return (-1);
	hours = number(s + 1, 2, 0, 23);
	minutes = number(s + 4, 2, 0, 59);
	if (hours < 0 || minutes < 0)
		return (-1);
	*seconds = (hours * 60 + minutes) * 60;
	if (s[0] == '-')
		*seconds = -*seconds;
	return (0);
}

int
stamp_parse(const char *s, int64_t *ms)
{
	int64_t seconds;
	int fraction, offset;

	*ms = 0;
	if (parse_clock(s, &seconds) != 0)
		return (-1);
	s += 19;
	if (parse_fraction(&s, &fraction) != 0 ||
	    parse_offset(s, &offset) != 0)
		return (-1);
	*ms = (seconds - offset) * 1000 + fraction;
	return (0);
}

void
stamp_now(char out[STAMP_SIZE])
{
	time_t t = time(NULL) + JST_S;
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(out, STAMP_SIZE, "%Y-%m-%dT%H:%M:%S+09:00", &tm);
}

int64_t
stamp_ticks(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}
