#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "host/import/import_in.h"
#include "host/store/joint.h"

/* Imports that were made: listed, shown, reviewed and undone. */

/* I of sql_ledger.h, and what IMPORT_GET adds. */
enum { I_ID, I_BATCH, I_AT, I_CHART, I_FINDING, I_ACTION, I_CLIENT, I_STAFF,
    I_REVIEWED_AT, I_REVIEWED_BY, I_UNDONE_AT, I_UNDONE_BY, I_UNDONE_WHY,
    I_COLUMNS, I_REPORT = I_COLUMNS, I_BEFORE, I_AFTER, I_ALL };

static json_t *
time_or_null(const struct val *v)
{
	return (v->type == VAL_NULL ? json_null() :
	    json_integer(val_num(v)));
}

static json_t *
text_or_null(const struct val *v)
{
	return (v->type == VAL_NULL ? json_null() : json_string(val_str(v)));
}

static json_t *
row_json(const struct val *v)
{
	return (json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:o, "
	    "s:o, s:o, s:o}", "id", val_str(&v[I_ID]), "batch",
	    val_str(&v[I_BATCH]), "at", (json_int_t)val_num(&v[I_AT]),
	    "chart_number", val_str(&v[I_CHART]), "finding",
	    val_str(&v[I_FINDING]), "action", val_str(&v[I_ACTION]), "client",
	    val_str(&v[I_CLIENT]), "staff", val_str(&v[I_STAFF]),
	    "reviewed_at", time_or_null(&v[I_REVIEWED_AT]), "reviewed_by",
	    text_or_null(&v[I_REVIEWED_BY]), "undone_at",
	    time_or_null(&v[I_UNDONE_AT]), "undone_by",
	    text_or_null(&v[I_UNDONE_BY]), "undone_why",
	    text_or_null(&v[I_UNDONE_WHY])));
}

static enum err
take_listed(void *ctx, const struct val *v, size_t n)
{
	if (n != I_COLUMNS)
		return (ERR_STORE);
	return (json_array_append_new(ctx, row_json(v)) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

static enum err
take_int(void *ctx, const struct val *v, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&v[0]) : 0;
	return (ERR_OK);
}

static struct val
or_any(const char *s)
{
	return (val_text(s == NULL ? "" : s));
}

enum err
import_list(struct store *s, const struct import_query *q, json_t **out)
{
	struct val v[] = { or_any(q->chart_number), or_any(q->finding),
	    or_any(q->batch), val_int(q->to_review), val_int(q->from),
	    val_int(q->before == 0 ? INT64_MAX : q->before),
	    val_int(q->limit), val_int(q->offset) };
	json_t *list = json_array();
	int64_t total = 0;
	enum err r;

	*out = NULL;
	if ((r = store_run(s, SQL_IMPORT_LIST, v, 8, take_listed, list,
	    NULL)) == ERR_OK &&
	    (r = store_run(s, SQL_IMPORT_TOTAL, v, 6, take_int, &total,
	    NULL)) == ERR_OK)
		*out = json_pack("{s:O, s:I}", "imports", list, "total",
		    (json_int_t)total);
	json_decref(list);
	return (r == ERR_OK && *out == NULL ? ERR_NOMEM : r);
}

static json_t *
loaded(const struct val *v)
{
	json_t *o = json_loads(val_str(v), JSON_DECODE_ANY, NULL);

	return (o == NULL ? json_null() : o);
}

/* The flag is as it is now, not as it was when the report was made. */
static void
flag(json_t *report, const struct val *reviewed, const struct val *undone)
{
	json_object_set_new(report, "review", json_boolean(
	    reviewed->type == VAL_NULL && undone->type == VAL_NULL));
}

static enum err
take_whole(void *ctx, const struct val *v, size_t n)
{
	json_t **out = ctx;

	if (n != I_ALL)
		return (ERR_STORE);
	*out = row_json(v);
	if (*out == NULL || json_object_set_new(*out, "report",
	    loaded(&v[I_REPORT])) != 0 || json_object_set_new(*out, "before",
	    loaded(&v[I_BEFORE])) != 0 || json_object_set_new(*out, "after",
	    loaded(&v[I_AFTER])) != 0)
		return (ERR_NOMEM);
	flag(json_object_get(*out, "report"), &v[I_REVIEWED_AT],
	    &v[I_UNDONE_AT]);
	return (ERR_OK);
}

enum err
import_get(struct store *s, const char *id, json_t **out)
{
	struct val v = val_text(id);
	enum err r;

	*out = NULL;
	r = store_run(s, SQL_IMPORT_GET, &v, 1, take_whole, out, NULL);
	if (r == ERR_OK && *out == NULL)
		r = ERR_NO_SUCH;
	if (r != ERR_OK) {
		json_decref(*out);
		*out = NULL;
	}
	return (r);
}

enum err
import_report(struct store *s, const char *id, json_t **out)
{
	json_t *row;
	enum err r;

	*out = NULL;
	if ((r = import_get(s, id, &row)) != ERR_OK)
		return (r);
	*out = json_incref(json_object_get(row, "report"));
	json_decref(row);
	return (ERR_OK);
}

static enum err
take_report(void *ctx, const struct val *v, size_t n)
{
	json_t *report;

	if (n != 3)
		return (ERR_STORE);
	report = loaded(&v[0]);
	flag(report, &v[1], &v[2]);
	return (json_array_append_new(ctx, report) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

/* The head of a batch is that of its first import. */
static json_t *
with_head(struct store *s, const char *batch, json_t *rows)
{
	struct import_query q = { .batch = batch, .limit = 1 };
	json_t *list = NULL, *first, *out = NULL;

	if (import_list(s, &q, &list) == ERR_OK) {
		first = json_array_get(json_object_get(list, "imports"), 0);
		out = json_pack("{s:s, s:O, s:O, s:O, s:O}", "batch", batch,
		    "at", json_object_get(first, "at"), "client",
		    json_object_get(first, "client"), "staff",
		    json_object_get(first, "staff"), "rows", rows);
	}
	json_decref(list);
	return (out);
}

enum err
import_batch(struct store *s, const char *batch, json_t **out)
{
	struct val v = val_text(batch);
	json_t *rows = json_array();
	enum err r;

	*out = NULL;
	r = store_run(s, SQL_IMPORT_BATCH, &v, 1, take_report, rows, NULL);
	if (r == ERR_OK && json_array_size(rows) == 0)
		r = ERR_NO_SUCH;
	if (r == ERR_OK && (*out = with_head(s, batch, rows)) == NULL)
		r = ERR_NOMEM;
	json_decref(rows);
	return (r);
}

static const char *
text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return (s == NULL ? "" : s);
}

static const char *
actor(const struct audit_who *who)
{
	if (who->staff != NULL && who->staff[0] != '\0')
		return (who->staff);
	return (who->client == NULL ? "" : who->client);
}

/* The finding waits again, and what said the same as the record; a patient who
 * was new is gone, and nothing is his any more. */
static enum err
release(struct store *s, const json_t *row)
{
	const char *finding = text(row, "finding");
	char standing[UUID_LEN];
	enum err r;

	if (json_is_null(json_object_get(json_object_get(row, "before"),
	    "patient")) && (r = store_run(s, SQL_PATIENT_UNFIND,
	    (struct val[]){ val_text("none"), val_text(text(row,
	    "chart_number")) }, 2, NULL, NULL, NULL)) != ERR_OK)
		return (r);
	if ((r = store_run(s, SQL_PATIENT_UNSAME, (struct val[]){ val_text(
	    text(row, "chart_number")) }, 1, NULL, NULL, NULL)) != ERR_OK ||
	    (r = import_standing(s, finding, "", 1, standing)) != ERR_OK ||
	    standing[0] != '\0')
		return (r);
	r = finding_set_state(s, finding, "new");
	return (r == ERR_NO_SUCH ? ERR_OK : r);
}

static enum err
undo(struct store *s, const char *id, const json_t *row,
    const struct audit_who *who, struct note *note)
{
	char today[DAY_LEN];
	enum err r;

	if (!json_is_null(json_object_get(row, "undone_at")))
		return (ERR_NOT_NOW);
	day_today(today);
	if ((r = apply_undo(s, text(row, "chart_number"),
	    json_object_get(row, "before"), json_object_get(row, "after"),
	    today, note)) != ERR_OK ||
	    (r = store_run(s, SQL_IMPORT_UNDO, (struct val[]){
	    val_int(clock_wall_ms()), val_text(actor(who)),
	    val_text(who->reason), val_text(id) }, 4, NULL, NULL, NULL)) !=
	    ERR_OK ||
	    (r = audit_add(s, who, "import_undo", AUDIT_IMPORT, id, "")) !=
	    ERR_OK ||
	    (r = audit_add(s, who, "import_undo", AUDIT_PATIENT, text(row,
	    "chart_number"), "")) != ERR_OK)
		return (r);
	return (release(s, row));
}

enum err
import_undo(struct store *s, const char *id, const struct audit_who *who,
    struct note *note)
{
	json_t *row = NULL;
	int mine;
	enum err r;

	if (who->reason == NULL || who->reason[0] == '\0') {
		note_set(note, "a reason is needed");
		return (ERR_BAD_REQUEST);
	}
	if ((r = joint_begin(s, &mine)) != ERR_OK)
		return (r);
	if ((r = import_get(s, id, &row)) == ERR_OK)
		r = undo(s, id, row, who, note);
	json_decref(row);
	return (joint_end(s, mine, r));
}

static enum err
review(struct store *s, const char *id, const struct audit_who *who)
{
	json_t *row;
	int64_t changed = 0;
	int undone;
	enum err r;

	if ((r = import_get(s, id, &row)) != ERR_OK)
		return (r);
	undone = !json_is_null(json_object_get(row, "undone_at"));
	json_decref(row);
	if (undone)
		return (ERR_NOT_NOW);
	r = store_run(s, SQL_IMPORT_REVIEW, (struct val[]){
	    val_int(clock_wall_ms()), val_text(actor(who)), val_text(id) }, 3,
	    NULL, NULL, &changed);
	return (r == ERR_OK && changed > 0 ? audit_add(s, who,
	    "import_review", AUDIT_IMPORT, id, "") : r);
}

enum err
import_review(struct store *s, const char *id, const struct audit_who *who)
{
	int mine;
	enum err r;

	if ((r = joint_begin(s, &mine)) != ERR_OK)
		return (r);
	return (joint_end(s, mine, review(s, id, who)));
}

struct stamps {
	int64_t	*asked, *imported;
};

static enum err
take_stamps(void *ctx, const struct val *v, size_t n)
{
	struct stamps *t = ctx;

	if (n != 2)
		return (ERR_STORE);
	*t->asked = val_num(&v[0]);
	*t->imported = val_num(&v[1]);
	return (ERR_OK);
}

enum err
import_stamps(struct store *s, int64_t *asked, int64_t *imported)
{
	struct stamps t = { asked, imported };

	*asked = *imported = 0;
	return (store_run(s, SQL_IMPORT_STAMPS, NULL, 0, take_stamps, &t,
	    NULL));
}
