#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/api/alarm.h"

struct look {
	int	n, failed;	/* rows so far; all of them failures */
	int64_t	first;		/* wall ms of the oldest one */
};

/* An answer about a person is no failure, whatever it says: OQSCD006. */
static enum err
outcome_row(void *ctx, const struct val *cols, size_t n)
{
	struct look *l = ctx;
	const char *outcome = n == 2 ? val_str(&cols[0]) : "";

	l->failed &= strlen(outcome) != 1;
	l->first = n == 2 ? val_num(&cols[1]) : 0;
	l->n++;
	return (ERR_OK);
}

static enum err
last_row(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

static enum err
tell(struct store *st, int on)
{
	char at[CLOCK_ISO_LEN], data[128];
	int64_t now = clock_wall_ms();

	clock_iso(now, at);
	snprintf(data, sizeof(data), "{\"at\":\"%s\",\"alarm\":\"%s\","
	    "\"on\":%s}", at, err_name(ERR_TERMINAL_ALARM), on ? "true" :
	    "false");
	const struct val p[] = { val_int(now), val_text("alarm"),
	    val_text(NULL), val_text(NULL), val_text(data) };

	return (store_run(st, SQL_EVENT_ADD, p, 5, NULL, NULL, NULL));
}

void
alarm_look(struct alarm *a, struct store *st, int errors)
{
	const struct val limit = val_int(errors);
	struct look l = { 0, 1, 0 };
	int64_t last = 0;
	int on;

	/* Nothing happened since: the same verdict. */
	if (store_run(st, SQL_EVENT_LAST, NULL, 0, last_row, &last, NULL) !=
	    ERR_OK || (last == a->seen && last != 0))
		return;
	if (store_run(st, SQL_VISIT_OUTCOMES, &limit, 1, outcome_row, &l,
	    NULL) != ERR_OK)
		return;
	on = l.n >= errors && l.failed;
	if (on != a->on && tell(st, on) != ERR_OK) {
		log_line(LOG_ERROR, "alarm", "the alarm could not be told");
		return;
	}
	if (on != a->on)
		a->since = l.first;
	a->on = on;
	a->seen = last;
}
