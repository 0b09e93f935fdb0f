#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/api/query.h"

#define NAMES_MAX	20
#define DAY_MS		((int64_t)24 * 3600 * 1000)
#define LIMIT		100	/* openapi.yaml */

static int
take_number(struct query *q, const struct body_rule *rule)
{
	size_t len = strlen(q->text);

	if (len == 0 || len > 9 || strspn(q->text, BODY_DIGITS) != len)
		return (0);
	q->number = atoi(q->text);
	return (q->number >= rule->min && q->number <= rule->max);
}

static int
take_value(struct query *q, const struct body_rule *rule)
{
	if (!q->has)
		return (!rule->required);
	if (rule->type == BODY_INT)
		return (take_number(q, rule));
	if (!body_fits_text(q->text, strlen(q->text), rule))
		return (0);
	if (rule->type == BODY_DATE || rule->type == BODY_MONTH)
		body_digits(q->text, q->day);
	return (1);
}

enum err
query_take(struct call *c, const struct body_rule *rules, size_t n,
    struct query *out)
{
	const char *names[NAMES_MAX + 1] = { NULL };
	enum err r;

	if (n > NAMES_MAX)
		return (ERR_SEQUENCE);
	for (size_t i = 0; i < n; i++) {
		names[i] = rules[i].name;
		out[i] = (struct query){ .has = 0 };
	}
	if ((r = call_only(c, names)) != ERR_OK)
		return (r);
	for (size_t i = 0; i < n; i++) {
		if ((r = call_query(c, rules[i].name, out[i].text,
		    sizeof(out[i].text), &out[i].has)) != ERR_OK)
			return (r);
		if (!take_value(&out[i], &rules[i]))
			return (call_refuse(c, ERR_BAD_REQUEST,
			    rules[i].name));
	}
	return (ERR_OK);
}

const char *
query_or_null(const struct query *q)
{
	return (q->has ? q->text : NULL);
}

int64_t
query_day_ms(const struct query *q, int plus)
{
	char stamp[CLOCK_STAMP_LEN] = "";

	if (!q->has)
		return (0);
	memcpy(stamp, q->day, 8);
	memcpy(stamp + 8, "000000", 7);
	return (clock_of_stamp(stamp) + plus * DAY_MS);
}

size_t
query_limit(const struct query *q)
{
	return (q->has ? (size_t)q->number : LIMIT);
}

enum err
call_page(struct call *c, const char *name, json_t *rows, int64_t total,
    const struct query *offset)
{
	if (rows == NULL)
		return (ERR_NOMEM);
	return (call_json(c, 200, json_pack("{s:I, s:i, s:o}", "total",
	    (json_int_t)total, "offset", offset->number, name, rows)));
}
