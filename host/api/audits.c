#include <string.h>

#include "host/api/query.h"
#include "host/store/audit.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* Who did what, when and why, to be looked through by whoever answers for it
 * (features.md R10); there is no way to change it. */

static json_t *
or_null(const char *s)
{
	return (s[0] == '\0' ? json_null() : json_string(s));
}

static enum err
add_row(void *ctx, const struct audit_row *row)
{
	return (json_array_append_new(ctx, json_pack("{s:I, s:o, s:o, s:o, "
	    "s:s, s:s, s:o, s:o}", "seq", (json_int_t)row->seq,
	    "at", view_time(row->at), "client", or_null(row->client),
	    "staff", or_null(row->staff), "action", row->action,
	    "subject", row->subject, "reason", or_null(row->reason),
	    "data", or_null(row->data))) == 0 ? ERR_OK : ERR_NOMEM);
}

enum err
audits_list(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "subject", BODY_TEXT, 0, 1, 100, BODY_PRINT, NULL },
		{ "action", BODY_TEXT, 0, 1, 40, BODY_LOWER "_", NULL },
		{ "from", BODY_DATE, 0, 0, 0, NULL, NULL },
		{ "to", BODY_DATE, 0, 0, 0, NULL, NULL },
		QUERY_LIMIT, QUERY_OFFSET };
	struct query q[LEN(rules)];
	json_t *rows = json_array();
	int64_t total = 0;
	enum err r;

	if ((r = query_take(c, rules, LEN(rules), q)) == ERR_OK) {
		const struct audit_query query = { .subject = q[0].text,
		    .action = q[1].text, .from = query_day_ms(&q[2], 0),
		    .before = query_day_ms(&q[3], 1),
		    .limit = (int64_t)query_limit(&q[4]),
		    .offset = q[5].number };

		r = audit_list(c->conf->store, &query, add_row, rows, &total);
	}
	if (r == ERR_OK)
		return (call_page(c, "audit", rows, total, &q[5]));
	json_decref(rows);
	return (r);
}
