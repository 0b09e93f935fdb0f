#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/qualify/reception.h"

#define STAMP	14	/* yyyyMMddHHmmss */
#define TIME	17	/* and milliseconds */
#define NUMBER	4

int
reception_read(const char *s, struct reception *out)
{
	char stamp[STAMP + 1], ms[TIME - STAMP + 1];

	*out = (struct reception){ .at = 0 };
	if (strlen(s) != TIME + 1 + NUMBER || s[TIME] != '_' ||
	    strspn(s, "0123456789") != TIME ||
	    strspn(s + TIME + 1, "0123456789") != NUMBER)
		return (0);
	memcpy(stamp, s, STAMP);
	stamp[STAMP] = '\0';
	if (!clock_is_stamp(stamp))
		return (0);
	memcpy(ms, s + STAMP, sizeof(ms) - 1);
	ms[sizeof(ms) - 1] = '\0';
	out->at = clock_of_stamp(stamp) + atoi(ms);
	out->number = atoi(s + TIME + 1);
	return (1);
}
