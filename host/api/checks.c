#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/api/query.h"
#include "host/api/rows.h"
#include "host/visit/status.h"
#include "host/visit/view.h"

/*
 * 院内患者 without a card: who was checked on a day by jobs, one row a patient
 * as the lists of the receipt computers have it (features.md DEN-03 to
 * DEN-10, DEN-25, DEN-26).
 */
#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* Columns of CHECK_LIST. */
enum column {
	C_JOB, C_SEQ, C_CHART, C_STATE, C_FINDING, C_CODE, C_MESSAGE, C_ENDED,
	C_CATEGORY, C_ASKED, C_PART_STATE, C_PART_CODE, C_PART_MESSAGE, COLUMNS
};

struct list {
	struct call	*call;
	json_t		*rows;
	char		 day[9];		/* asked for */
};

static json_t *
or_null(const char *s)
{
	return (s[0] == '\0' ? json_null() : json_string(s));
}

/* The end of a person that is no answer, and what stands for it in a visit:
 * without an answer it may still come.  Nothing is wrong with chart number 0;
 * what else could not be asked is an error (DEN-10). */
static json_t *
status_without(const struct val *v, const char *day)
{
	const char *state = val_str(&v[C_STATE]), *part =
	    val_str(&v[C_PART_STATE]);
	enum visit_state visit = VS_ANSWERED;
	struct status s;

	if (strcmp(val_str(&v[C_CODE]), err_name(ERR_CHART_ZERO)) == 0)
		return (json_null());
	if (strcmp(state, "waiting") == 0)
		visit = strcmp(part, "unsure") == 0 ? VS_UNANSWERED :
		    VS_REQUESTED;
	else if (strcmp(state, "cancelled") == 0)
		visit = VS_CANCELLED;
	status_of(visit, visit == VS_CANCELLED ? "" : val_str(&v[C_CODE]),
	    &s);
	return (status_json(&s, visit == VS_ANSWERED ? day : ""));
}

/* What the finding says, where there is one. */
static void
add_finding(struct call *c, const struct finding *f, json_t *o)
{
	static const char *const names[] = { "status", "link", "link_label",
	    "link_advice", NULL };
	json_t *row = rows_finding(c, f);

	for (const char *const *n = names; *n != NULL; n++)
		json_object_set(o, *n, json_object_get(row, *n));
	json_object_set(o, "import_state", json_object_get(row, "state"));
	json_object_set(o, "import_label", json_object_get(row,
	    "state_label"));
	json_decref(row);
}

/* Schema Check without what a finding says. */
static json_t *
check_json(struct list *l, const struct val *v)
{
	const char *chart = val_str(&v[C_CHART]), *code = val_str(&v[C_CODE]),
	    *message = val_str(&v[C_MESSAGE]);

	/* Held: the part knows why. */
	if (strcmp(val_str(&v[C_STATE]), "waiting") == 0 &&
	    code[0] == '\0') {
		code = val_str(&v[C_PART_CODE]);
		message = val_str(&v[C_PART_MESSAGE]);
	}
	return (json_pack("{s:s, s:o, s:s, s:I, s:s, s:o, s:o, s:s, s:o, s:o, "
	    "s:o, s:o, s:o, s:o, s:o, s:n, s:n, s:n, s:n, s:n}",
	    "chart_number", chart, "patient", rows_patient(l->call, chart),
	    "job", val_str(&v[C_JOB]), "person", (json_int_t)val_num(
	    &v[C_SEQ]), "category", val_str(&v[C_CATEGORY]),
	    "asked_at", view_time(val_num(&v[C_ASKED])),
	    "ended_at", view_time(val_num(&v[C_ENDED])),
	    "state", val_str(&v[C_STATE]), "label", jobs_person_label(
	    val_str(&v[C_STATE])), "date", view_date(l->day),
	    "status", status_without(v, l->day), "code", or_null(code),
	    "message", or_null(message), "finding", or_null(val_str(
	    &v[C_FINDING])), "unsure", json_boolean(strcmp(val_str(
	    &v[C_PART_STATE]), "unsure") == 0), "link", "link_label",
	    "link_advice", "import_state", "import_label"));
}

static enum err
list_row(void *ctx, const struct val *v, size_t n)
{
	struct list *l = ctx;
	struct finding f;
	json_t *o;
	enum err r = ERR_OK;

	if (n != COLUMNS)
		return (ERR_SEQUENCE);
	if ((o = check_json(l, v)) == NULL)
		return (ERR_NOMEM);
	if (val_str(&v[C_FINDING])[0] != '\0') {
		r = finding_get(l->call->conf->store, val_str(
		    &v[C_FINDING]), &f);
		if (r == ERR_OK)
			add_finding(l->call, &f, o);
		finding_free(&f);
	}
	/* One that is older than what is kept. */
	if (r == ERR_NO_SUCH) {
		json_object_set_new(o, "finding", json_null());
		r = ERR_OK;
	}
	if (r != ERR_OK) {
		json_decref(o);
		return (r);
	}
	return (json_array_append_new(l->rows, o) == 0 ? ERR_OK : ERR_NOMEM);
}

static enum err
count_row(void *ctx, const struct val *v, size_t n)
{
	if (n != 1)
		return (ERR_SEQUENCE);
	*(int64_t *)ctx = val_num(&v[0]);
	return (ERR_OK);
}

/* Today, unless a day is named. */
static void
set_day(const struct query *q, struct query *day)
{
	char today[CLOCK_STAMP_LEN];

	*day = *q;
	if (q->has)
		return;
	clock_stamp(clock_wall_ms(), today);
	snprintf(day->day, sizeof(day->day), "%.8s", today);
	snprintf(day->text, sizeof(day->text), "%.4s-%.2s-%.2s", today,
	    today + 4, today + 6);
	day->has = 1;
}

enum err
checks_list(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "date", BODY_DATE, 0, 0, 0, NULL, NULL },
		QUERY_LIMIT, QUERY_OFFSET };
	struct query q[LEN(rules)], day;
	struct list l = { c, json_array(), "" };
	char begin[32];
	int64_t total = 0;
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		set_day(&q[0], &day);
		memcpy(l.day, day.day, sizeof(l.day));
		snprintf(begin, sizeof(begin), "{\"date\":\"%.8s\"%%",
		    day.day);
		const struct val v[] = { val_text(begin),
		    val_int(query_day_ms(&day, 0)),
		    val_int(query_day_ms(&day, 1)),
		    val_int((int64_t)query_limit(&q[1])),
		    val_int(q[2].number) };

		if ((r = store_run(c->conf->store, SQL_CHECK_COUNT, v, 3,
		    count_row, &total, NULL)) == ERR_OK)
			r = store_run(c->conf->store, SQL_CHECK_LIST, v, 5,
			    list_row, &l, NULL);
	}
	if (r == ERR_OK && (r = call_page(c, "checks", l.rows, total,
	    &q[2])) == ERR_OK)
		return (json_object_set_new(c->answer->json, "date",
		    view_date(l.day)) == 0 ? ERR_OK : ERR_NOMEM);
	json_decref(l.rows);
	return (r);
}
