#include <stdio.h>

#include "base/clock.h"
#include "host/store/audit.h"

#define SUBJECT_ROOM	160

static const char *
text(const char *s)
{
	return (s == NULL ? "" : s);
}

enum err
audit_add(struct store *s, const struct audit_who *who, const char *action,
    const char *kind, const char *id, const char *data)
{
	char subject[SUBJECT_ROOM];
	struct val v[] = { val_int(clock_wall_ms()),
	    val_text(text(who->client)), val_text(text(who->staff)),
	    val_text(action), val_text(""), val_text(text(who->reason)),
	    val_text(text(data)) };

	if (snprintf(subject, sizeof(subject), "%s%s", kind, id) >=
	    (int)sizeof(subject))
		return (ERR_TOOBIG);
	v[4] = val_text(subject);
	return (store_run(s, SQL_AUDIT_ADD, v, 7, NULL, NULL, NULL));
}

struct each {
	audit_each	*each;
	void		*ctx;
};

static enum err
take_row(void *ctx, const struct val *cols, size_t n)
{
	const struct each *e = ctx;
	struct audit_row row;

	if (n != 8)	/* A of sql_audit.h */
		return (ERR_STORE);
	row = (struct audit_row){ .seq = val_num(&cols[0]),
	    .at = val_num(&cols[1]), .client = val_str(&cols[2]),
	    .staff = val_str(&cols[3]), .action = val_str(&cols[4]),
	    .subject = val_str(&cols[5]), .reason = val_str(&cols[6]),
	    .data = val_str(&cols[7]) };
	return (e->each(e->ctx, &row));
}

static enum err
take_total(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

enum err
audit_list(struct store *s, const struct audit_query *q, audit_each *each,
    void *ctx, int64_t *total)
{
	struct each e = { each, ctx };
	struct val v[] = { val_text(text(q->subject)),
	    val_text(text(q->action)), val_int(q->from),
	    val_int(q->before == 0 ? INT64_MAX : q->before),
	    val_int(q->limit), val_int(q->offset) };
	enum err r;

	r = store_run(s, SQL_AUDIT_LIST, v, 6, take_row, &e, NULL);
	if (r == ERR_OK && total != NULL)
		r = store_run(s, SQL_AUDIT_TOTAL, v, 4, take_total, total,
		    NULL);
	return (r);
}
