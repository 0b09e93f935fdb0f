#include <stdio.h>
#include <string.h>

#include "base/birthdate.h"
#include "base/clock.h"
#include "host/ledger/day.h"

#define DAY_MS	(24 * 60 * 60 * INT64_C(1000))

void
day_today(char out[DAY_LEN])
{
	char stamp[CLOCK_STAMP_LEN];

	clock_stamp(clock_wall_ms(), stamp);
	memcpy(out, stamp, DAY_LEN - 1);
	out[DAY_LEN - 1] = '\0';
}

void
day_add(const char *day, int days, char out[DAY_LEN])
{
	char stamp[CLOCK_STAMP_LEN], noon[15];

	if (!clock_is_date(day)) {
		out[0] = '\0';
		return;
	}
	snprintf(noon, sizeof(noon), "%.8s120000", day);
	clock_stamp(clock_of_stamp(noon) + days * DAY_MS, stamp);
	memcpy(out, stamp, DAY_LEN - 1);
	out[DAY_LEN - 1] = '\0';
}

void
day_text(const char *day, char out[DAY_TEXT_LEN])
{
	if (!birthdate_in_era(day, out))
		snprintf(out, DAY_TEXT_LEN, "%.15s", day);
}

void
day_of(const char *value, char out[DAY_LEN])
{
	out[0] = '\0';
	if (clock_is_date(value))
		memcpy(out, value, DAY_LEN);
}
