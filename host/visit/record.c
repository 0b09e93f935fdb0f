#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/visit/record.h"

enum err
record_start(struct store *st, const char *id, const char *mode,
    enum visit_state state)
{
	const struct val p[] = { val_text(id), val_text(mode),
	    val_text(machine_state(state)), val_int(clock_wall_ms()) };

	return (store_run(st, SQL_VISIT_ADD, p, 4, NULL, NULL, NULL));
}

/* One JSON column, or NULL; the text is wiped afterwards. */
static enum err
put_json(struct store *st, enum sql what, const char *id, json_t *json)
{
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	const struct val p[] = { val_text(text), val_int(clock_wall_ms()),
	    val_text(id) };
	enum err r = ERR_NOMEM;

	if (json == NULL || text != NULL)
		r = store_run(st, what, p, 3, NULL, NULL, NULL);
	if (text != NULL)
		secret_cleanse(text, strlen(text));
	free(text);
	json_decref(json);
	return (r);
}

static json_t *
consent_json_of(const struct visit *v)
{
	json_t *c = json_object(), *all = visit_json(v);

	json_object_update(c, json_object_get(all, "consent"));
	json_decref(all);
	return (c);
}

static enum err
put_state(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	const struct val s[] = { val_text(machine_state(row->to)),
	    val_int(clock_wall_ms()), val_text(v->id) };
	const struct val e[] = { val_text(v->id), val_int(clock_wall_ms()),
	    val_text(machine_state(row->from)),
	    val_text(machine_event(row->event)),
	    val_text(machine_state(row->to)) };
	enum err r;

	r = store_run(st, SQL_VISIT_STATE, s, 3, NULL, NULL, NULL);
	if (r == ERR_OK)
		r = store_run(st, SQL_VISIT_EVENT_ADD, e, 5, NULL, NULL, NULL);
	return (r);
}

/* What the new state adds to the record. */
static enum err
put_content(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	const struct val patient[] = { val_text(v->patient.chart_number),
	    val_int(clock_wall_ms()), val_text(v->id) };
	const struct val outcome[] = {
	    val_text(v->err != ERR_OK ? err_name(v->err) :
	    result_field(v->reply.result, RESULT_TOP,
	    FIELD_QualificationValidity)),
	    val_int(clock_wall_ms()), val_text(v->id) };
	enum err r = ERR_OK;

	if (row->action == VA_KEEP_CONSENT) {
		r = put_json(st, SQL_VISIT_IDENTITY, v->id,
		    identity_json(&v->identity));
		if (r == ERR_OK)
			r = put_json(st, SQL_VISIT_CONSENT, v->id,
			    consent_json_of(v));
	}
	if (r == ERR_OK && row->event == VE_MATCH)
		r = store_run(st, SQL_VISIT_PATIENT, patient, 3, NULL, NULL,
		    NULL);
	if (r == ERR_OK && (row->to == VS_ANSWERED || machine_is_end(row->to))
	    && (v->err != ERR_OK || v->reply.result != NULL))
		r = store_run(st, SQL_VISIT_OUTCOME, outcome, 3, NULL, NULL,
		    NULL);
	return (r);
}

/* A visit that stops before an answer leaves no identity and no consent. */
static enum err
drop_content(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	enum err r;

	if (row->action != VA_FORGET || row->from == VS_ANSWERED)
		return (ERR_OK);
	r = put_json(st, SQL_VISIT_IDENTITY, v->id, NULL);
	return (r != ERR_OK ? r :
	    put_json(st, SQL_VISIT_CONSENT, v->id, NULL));
}

enum err
record_step(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	enum err r;

	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	if ((r = put_state(st, v, row)) == ERR_OK &&
	    (r = put_content(st, v, row)) == ERR_OK &&
	    (r = drop_content(st, v, row)) == ERR_OK)
		r = store_commit(st);
	if (r != ERR_OK)
		store_rollback(st);
	return (r);
}
