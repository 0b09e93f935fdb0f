#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "driver/errname.h"
#include "host/api/query.h"
#include "host/visit/status.h"
#include "host/visit/view.h"

/*
 * Counts for charts (schema Figures).  A check is an answer of the terminal
 * to one patient's question, a face reader's result, or a question that has
 * no answer; nothing here says whose.
 */
#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define DAY_MS	((int64_t)24 * 3600 * 1000)
#define HOUR_MS	((int64_t)3600 * 1000)
#define DAYS_MAX	92	/* openapi.yaml; one answer holds up all others */
#define DAYS		30	/* without a span */
#define AHEAD_DAYS	124	/* consents, openapi.yaml: four months */
#define CAUSES_MAX	100
#define CODE_MAX	64
#define HOURS		24
#define VALIDITIES	7	/* OQSCD006 1 to 6; 0: a failure */

/* Upper ends in ms, as the statement has them; -1: longer. */
static const int up_to[] = { 500, 1000, 2000, 3000, 5000, 10000, 30000, 60000,
    -1 };

struct cause {
	char	code[CODE_MAX];
	int64_t	n;
};

struct day {
	int64_t	checks, answered, failed;
};

struct figures {
	int64_t		from;			/* wall ms, of a day */
	size_t		days;
	struct day	day[DAYS_MAX], elsewhere;
	int64_t		hour[HOURS], outcome[VALIDITIES], time[LEN(up_to)],
			ends[AHEAD_DAYS];
	int64_t		today;			/* wall ms, its beginning */
	struct cause	cause[CAUSES_MAX];
	size_t		causes;
};

/* --- counting --- */

static void
add_check(struct figures *f, int64_t hour, int64_t n, struct day **day)
{
	/* Hours are of Japan since 1970. */
	int64_t i = (hour * HOUR_MS - CLOCK_JST_S * 1000LL - f->from) / DAY_MS;

	*day = &f->elsewhere;
	if (i < 0 || i >= (int64_t)f->days)
		return;
	*day = &f->day[i];
	f->day[i].checks += n;
	f->hour[hour % HOURS] += n;
}

/* What does not fit is left out of the causes; it is a failure all the same. */
static void
add_cause(struct figures *f, const char *code, int64_t n)
{
	size_t i = 0;

	while (i < f->causes && strcmp(f->cause[i].code, code) != 0)
		i++;
	if (i == CAUSES_MAX || strlen(code) >= CODE_MAX)
		return;
	if (i == f->causes) {
		snprintf(f->cause[i].code, CODE_MAX, "%s", code);
		f->causes++;
	}
	f->cause[i].n += n;
}

static void
add_failure(struct figures *f, struct day *day, const char *code, int64_t n)
{
	day->failed += n;
	f->outcome[0] += n;
	add_cause(f, code, n);
}

/* hour, outcome, validity, code, how many */
static enum err
finding_row(void *ctx, const struct val *c, size_t n)
{
	struct figures *f = ctx;
	struct day *day;
	int validity;

	if (n != 5)
		return (ERR_STORE);
	add_check(f, val_num(&c[0]), val_num(&c[4]), &day);
	validity = atoi(val_str(&c[2]));
	if (strcmp(val_str(&c[1]), "accepted") != 0 || validity < 1 ||
	    validity >= VALIDITIES) {
		add_failure(f, day, val_str(&c[3])[0] == '\0' ? "-" :
		    val_str(&c[3]), val_num(&c[4]));
		return (ERR_OK);
	}
	day->answered += val_num(&c[4]);
	f->outcome[validity] += val_num(&c[4]);
	return (ERR_OK);
}

/* Why a question in this state has no answer; NULL: it has, or will. */
static const char *
no_answer(const char *state)
{
	return (strcmp(state, "unanswered") == 0 ? err_name(ERR_NO_ANSWER) :
	    strcmp(state, "withdrawn") == 0 ? err_name(ERR_NOT_TAKEN) : NULL);
}

/* hour, state, up to, how many */
static enum err
request_row(void *ctx, const struct val *c, size_t n)
{
	struct figures *f = ctx;
	const char *code;
	struct day *day;

	if (n != 4)
		return (ERR_STORE);
	for (size_t i = 0; i < LEN(up_to); i++) {
		if (val_num(&c[2]) == up_to[i] &&
		    strcmp(val_str(&c[1]), "answered") == 0)
			f->time[i] += val_num(&c[3]);
	}
	if ((code = no_answer(val_str(&c[1]))) == NULL)
		return (ERR_OK);
	add_check(f, val_num(&c[0]), val_num(&c[3]), &day);
	add_failure(f, day, code, val_num(&c[3]));
	return (ERR_OK);
}

/* day, how many */
static enum err
consent_row(void *ctx, const struct val *c, size_t n)
{
	char stamp[CLOCK_STAMP_LEN];
	struct figures *f = ctx;
	int64_t i;

	if (n != 2)
		return (ERR_STORE);
	snprintf(stamp, sizeof(stamp), "%.8s000000", val_str(&c[0]));
	if (!clock_is_stamp(stamp))
		return (ERR_OK);
	i = (clock_of_stamp(stamp) - f->today) / DAY_MS;
	if (i >= 0 && i < AHEAD_DAYS)
		f->ends[i] += val_num(&c[1]);
	return (ERR_OK);
}

static enum err
count_consents(struct call *c, struct figures *f)
{
	char from[CLOCK_STAMP_LEN], before[CLOCK_STAMP_LEN];
	struct val p[2];

	clock_stamp(clock_wall_ms(), from);
	clock_stamp(f->today + AHEAD_DAYS * DAY_MS, before);
	from[14] = before[14] = '\0';
	p[0] = val_text(from);
	p[1] = val_text(before);
	return (store_run(c->conf->store, SQL_FIGURE_CONSENTS, p, 2,
	    consent_row, f, NULL));
}

static enum err
count(struct call *c, struct figures *f)
{
	const struct val p[] = { val_int(f->from),
	    val_int(f->from + (int64_t)f->days * DAY_MS) };
	enum err r;

	if ((r = store_run(c->conf->store, SQL_FIGURE_FINDINGS, p, 2,
	    finding_row, f, NULL)) != ERR_OK ||
	    (r = store_run(c->conf->store, SQL_FIGURE_REQUESTS, p, 2,
	    request_row, f, NULL)) != ERR_OK)
		return (r);
	return (count_consents(c, f));
}

/* --- as JSON --- */

static json_t *
date_of(int64_t wall_ms)
{
	char stamp[CLOCK_STAMP_LEN];

	clock_stamp(wall_ms, stamp);
	stamp[8] = '\0';
	return (view_date(stamp));
}

static json_t *
days_json(const struct figures *f)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < f->days; i++)
		json_array_append_new(rows, json_pack("{s:o, s:I, s:I, s:I}",
		    "date", date_of(f->from + (int64_t)i * DAY_MS),
		    "checks", (json_int_t)f->day[i].checks,
		    "answered", (json_int_t)f->day[i].answered,
		    "failed", (json_int_t)f->day[i].failed));
	return (rows);
}

static json_t *
hours_json(const struct figures *f)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < HOURS; i++)
		json_array_append_new(rows, json_integer(f->hour[i]));
	return (rows);
}

static json_t *
outcomes_json(const struct figures *f)
{
	json_t *rows = json_array();
	struct status s;
	char code[2] = "";

	/* Failures last. */
	for (size_t i = 1; i <= VALIDITIES; i++) {
		code[0] = (char)('0' + i);
		status_of(VS_ANSWERED, i < VALIDITIES ? code : "", &s);
		json_array_append_new(rows, json_pack("{s:s, s:o, s:I}",
		    "word", s.word, "label", view_text(s.label[ERR_JA],
		    s.label[ERR_EN]), "checks",
		    (json_int_t)f->outcome[i % VALIDITIES]));
	}
	return (rows);
}

static int
by_count(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	return (x->n != y->n ? (x->n < y->n ? 1 : -1) :
	    strcmp(x->code, y->code));
}

/* The terminal's codes have no public table: they stand for themselves. */
static json_t *
cause_text(const char *code)
{
	enum err e;

	if (strcmp(code, "-") == 0)
		return (view_text("コードなし", "no code"));
	if (errname_find(code, strlen(code), &e))
		return (view_text(err_text(e, ERR_JA), err_text(e, ERR_EN)));
	return (view_text(code, code));
}

static json_t *
causes_json(struct figures *f)
{
	json_t *rows = json_array();

	qsort(f->cause, f->causes, sizeof(f->cause[0]), by_count);
	for (size_t i = 0; i < f->causes; i++)
		json_array_append_new(rows, json_pack("{s:s, s:o, s:I}",
		    "code", f->cause[i].code,
		    "label", cause_text(f->cause[i].code),
		    "checks", (json_int_t)f->cause[i].n));
	return (rows);
}

static json_t *
times_json(const struct figures *f)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < LEN(up_to); i++)
		json_array_append_new(rows, json_pack("{s:o, s:I}",
		    "up_to_ms", up_to[i] < 0 ? json_null() :
		    json_integer(up_to[i]), "checks", (json_int_t)f->time[i]));
	return (rows);
}

static json_t *
ends_json(const struct figures *f)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < AHEAD_DAYS; i++)
		json_array_append_new(rows, json_pack("{s:o, s:I}", "date",
		    date_of(f->today + (int64_t)i * DAY_MS),
		    "ends", (json_int_t)f->ends[i]));
	return (rows);
}

/* The span asked for: whole days, from and to in it. */
static enum err
take_span(struct call *c, const struct query *q, struct figures *f)
{
	char stamp[CLOCK_STAMP_LEN];
	int64_t to;

	clock_stamp(clock_wall_ms(), stamp);
	memcpy(stamp + 8, "000000", 7);
	f->today = clock_of_stamp(stamp);
	to = q[1].has ? query_day_ms(&q[1], 0) : f->today;
	f->from = q[0].has ? query_day_ms(&q[0], 0) :
	    to - (DAYS - 1) * DAY_MS;
	if (f->from > to || to - f->from >= DAYS_MAX * DAY_MS)
		return (call_refuse(c, ERR_BAD_REQUEST, q[0].has ? "from" :
		    "to"));
	f->days = (size_t)((to - f->from) / DAY_MS) + 1;
	return (ERR_OK);
}

enum err
figures_get(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "from", BODY_DATE, 0, 0, 0, NULL, NULL },
		{ "to", BODY_DATE, 0, 0, 0, NULL, NULL } };
	struct query q[LEN(rules)];
	struct figures f = { .from = 0 };
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) != ERR_OK ||
	    (r = take_span(c, q, &f)) != ERR_OK ||
	    (r = count(c, &f)) != ERR_OK)
		return (r);
	return (call_json(c, 200, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, "
	    "s:o, s:o}", "from", date_of(f.from), "to", date_of(f.from +
	    (int64_t)(f.days - 1) * DAY_MS), "days", days_json(&f),
	    "hours", hours_json(&f), "outcomes", outcomes_json(&f),
	    "causes", causes_json(&f), "answer_times", times_json(&f),
	    "consents", ends_json(&f))));
}
