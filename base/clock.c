#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

int64_t
clock_ms(void)
{
	return (read_ms(CLOCK_MONOTONIC));
}

int64_t
clock_wall_ms(void)
{
	return (read_ms(CLOCK_REALTIME));
}

int64_t
clock_asleep_ms(void)
{
	int64_t awake = read_ms(CLOCK_MONOTONIC);

	return (read_ms(CLOCK_BOOTTIME) - awake);
}

void
clock_sleep(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		continue;
}

static void
jst(int64_t wall_ms, struct tm *tm, int *ms)
{
	time_t t = (time_t)(wall_ms / 1000 + CLOCK_JST_S);

	*ms = (int)(wall_ms % 1000);
	gmtime_r(&t, tm);
}

void
clock_stamp(int64_t wall_ms, char out[CLOCK_STAMP_LEN])
{
	char tmp[80];
	struct tm tm;
	int ms;

	jst(wall_ms, &tm, &ms);
	snprintf(tmp, sizeof(tmp), "%04d%02d%02d%02d%02d%02d%03d",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, ms);
	memcpy(out, tmp, CLOCK_STAMP_LEN - 1);
	out[CLOCK_STAMP_LEN - 1] = '\0';
}

int64_t
clock_of_stamp(const char *s)
{
	struct tm tm = { .tm_isdst = 0 };

	if (sscanf(s, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon,
	    &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return (0);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (((int64_t)timegm(&tm) - CLOCK_JST_S) * 1000);
}

void
clock_iso(int64_t wall_ms, char out[CLOCK_ISO_LEN])
{
	char tmp[96];
	struct tm tm;
	int ms;

	jst(wall_ms, &tm, &ms);
	snprintf(tmp, sizeof(tmp), "%04d-%02d-%02dT%02d:%02d:%02d.%03d+09:00",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, ms);
	memcpy(out, tmp, CLOCK_ISO_LEN - 1);
	out[CLOCK_ISO_LEN - 1] = '\0';
}

/* Two or four digits as a number; -1 if one is no digit. */
static int
digits(const char *s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return (-1);
		v = v * 10 + (s[i] - '0');
	}
	return (v);
}

static int
is_date(const char *s)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
	    30, 31 };
	int y = digits(s, 4), m, d, last;

	if (y < 1868 || y > 2999)
		return (0);
	m = digits(s + 4, 2);
	d = digits(s + 6, 2);
	if (m < 1 || m > 12)
		return (0);
	last = days[m - 1];
	if (m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0))
		last = 29;
	return (d >= 1 && d <= last);
}

int
clock_is_date(const char *s)
{
	return (strlen(s) == 8 && is_date(s));
}

int
clock_is_stamp(const char *s)
{
	int h, m, sec;

	if (strlen(s) != 14 || !is_date(s))
		return (0);
	h = digits(s + 8, 2);
	m = digits(s + 10, 2);
	sec = digits(s + 12, 2);
	return (h >= 0 && h < 24 && m >= 0 && m < 60 && sec >= 0 && sec < 60);
}
