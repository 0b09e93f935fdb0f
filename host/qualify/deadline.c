#include "base/clock.h"
#include "host/qualify/deadline.h"

#define MINUTE_MS	INT64_C(60000)
#define DAY_MS		(24 * 60 * MINUTE_MS)

int64_t
deadline_after(int64_t start, int ms, int from, int to)
{
	int64_t jst = CLOCK_JST_S * INT64_C(1000);
	int64_t midnight = (start + jst) / DAY_MS * DAY_MS - jst;
	int64_t length = (to - from) * MINUTE_MS, end = start + ms;
	int64_t open, close;

	if (length < 0)
		length += DAY_MS;
	/* In order, because each window met may bring the next into reach;
	 * the first began yesterday. */
	for (int day = -1; length > 0 && day < 7; day++) {
		open = midnight + day * DAY_MS + from * MINUTE_MS;
		close = open + length;
		if (open < end && close > start)
			end += close - (open > start ? open : start);
	}
	return (end);
}

int64_t
deadline_held(int64_t wall, int from, int to)
{
	int64_t jst = CLOCK_JST_S * INT64_C(1000);
	int64_t midnight = (wall + jst) / DAY_MS * DAY_MS - jst;
	int64_t length = (to - from) * MINUTE_MS, open;

	if (length < 0)
		length += DAY_MS;
	/* It may have begun yesterday. */
	for (int day = -1; day <= 0; day++) {
		open = midnight + day * DAY_MS + from * MINUTE_MS;
		if (wall >= open && wall < open + length)
			return (open + length);
	}
	return (0);
}
