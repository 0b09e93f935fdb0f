#include <string.h>

#include "base/buf.h"
#include "host/ledger/coverage.h"

#define LATEST	366	/* days: an agent that stood still for a year */

struct charts {
	struct blob	 list;	/* char[33] each */
};

static enum err
take_chart(void *ctx, const struct val *v, size_t n)
{
	struct charts *charts = ctx;
	char chart[33] = "";

	if (n != 1 || v[0].len >= sizeof(chart))
		return (ERR_STORE);
	memcpy(chart, val_str(&v[0]), v[0].len);
	return (blob_add(&charts->list, chart, sizeof(chart)));
}

enum err
coverage_turn(struct store *s, const char *today, size_t *n)
{
	struct charts charts = { .list = { 0 } };
	char from[DAY_LEN], chart[33];
	struct buf b;
	enum err r;

	if (n != NULL)
		*n = 0;
	day_add(today, -LATEST, from);
	r = store_run(s, SQL_COVERAGE_TURN, (struct val[]){ val_text(from),
	    val_text(today) }, 2, take_chart, &charts, NULL);
	b = blob_buf(&charts.list);
	while (r == ERR_OK && buf_read(&b, chart, sizeof(chart)) == ERR_OK) {
		r = coverage_settle(s, chart, today);
		if (r == ERR_OK && n != NULL)
			++*n;
	}
	blob_free(&charts.list);
	return (r);
}
