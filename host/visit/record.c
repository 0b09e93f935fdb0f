#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "host/qualify/finding.h"
#include "host/visit/record.h"
#include "reader/pin.h"

/* NULL, as the store has it, where there is no word. */
static struct val
word(const char *text)
{
	return (val_text(text[0] == '\0' ? NULL : text));
}

/* What the agent's clients are told; from and event NULL: only wants. */
static enum err
tell(struct store *st, const struct visit *v, const struct visit_row *row,
    const char *wants)
{
	char at[CLOCK_ISO_LEN], *text;
	int64_t now = clock_wall_ms();
	json_t *o;
	enum err r = ERR_NOMEM;

	clock_iso(now, at);
	o = json_pack("{s:s, s:s, s:s?, s:s, s:s, s:s?}", "at", at,
	    "visit", v->id, "client", v->about.client[0] == '\0' ? NULL :
	    v->about.client, "mode", v->about.mode,
	    "state", machine_state(row != NULL ? row->to : v->state),
	    "wants", wants);
	if (row != NULL && o != NULL) {
		json_object_set_new(o, "from",
		    json_string(machine_state(row->from)));
		json_object_set_new(o, "event",
		    json_string(machine_event(row->event)));
	}
	if (o != NULL && (text = json_dumps(o, JSON_COMPACT)) != NULL) {
		const struct val p[] = { val_int(now), val_text("visit"),
		    val_text(v->id), word(v->about.client), val_text(text) };

		r = store_run(st, SQL_EVENT_ADD, p, 5, NULL, NULL, NULL);
		free(text);
	}
	json_decref(o);
	return (r);
}

enum err
record_wants(const struct visit *v, const char *wants)
{
	return (tell(v->store, v, NULL, wants));
}

static enum err
start(const struct visit *v)
{
	const struct visit_about *a = &v->about;
	const struct val p[] = { val_text(v->id), val_text(a->mode),
	    val_text(machine_state(v->state)), val_int(clock_wall_ms()),
	    word(a->client), val_text(a->method), word(a->purpose),
	    word(a->staff), word(a->reason) };
	enum err r;

	r = store_run(v->store, SQL_VISIT_ADD, p, 9, NULL, NULL, NULL);
	return (r != ERR_OK ? r : tell(v->store, v, NULL, NULL));
}

enum err
record_start(const struct visit *v)
{
	enum err r;

	if ((r = store_begin(v->store)) != ERR_OK)
		return (r);
	if ((r = start(v)) == ERR_OK)
		r = store_commit(v->store);
	if (r != ERR_OK)
		store_rollback(v->store);
	return (r);
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

static enum err
put_state(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	const struct val s[] = { val_text(machine_state(row->to)),
	    val_int(clock_wall_ms()), val_text(v->id),
	    val_text(machine_state(v->state)) };
	int64_t changed = 0;
	const struct val e[] = { val_text(v->id), val_int(clock_wall_ms()),
	    val_text(machine_state(row->from)),
	    val_text(machine_event(row->event)),
	    val_text(machine_state(row->to)) };
	enum err r;

	/* Somebody else may have ended it: after an hour by another clock. */
	r = store_run(st, SQL_VISIT_STATE, s, 4, NULL, NULL, &changed);
	if (r == ERR_OK && changed != 1)
		r = ERR_NOT_NOW;
	if (r == ERR_OK)
		r = store_run(st, SQL_VISIT_EVENT_ADD, e, 5, NULL, NULL, NULL);
	return (r != ERR_OK ? r : tell(st, v, row, NULL));
}

const char *
record_outcome(const struct result *r)
{
	return (result_outcome(r) == RESULT_ACCEPTED ?
	    result_field(r, RESULT_TOP, FIELD_QualificationValidity) :
	    err_name(result_err(r)));
}

/* The reason it ended, or what the answer says; NULL before either. */
static const char *
outcome_text(const struct visit *v)
{
	if (v->err != ERR_OK)
		return (err_name(v->err));
	return (v->reply.result == NULL ? NULL :
	    record_outcome(v->reply.result));
}

/* A result is one visit's, and only once. */
static enum err
bind_result(struct store *st, const struct visit *v)
{
	const struct val p[] = { val_text(v->id), val_text(v->face_digest) };
	int64_t changed = 0;
	enum err r;

	r = store_run(st, SQL_RESULT_BIND, p, 2, NULL, NULL, &changed);
	if (r == ERR_OK && changed != 1)
		r = ERR_NO_SUCH;
	if (r != ERR_OK || v->patient.chart_number[0] == '\0')
		return (r);
	return (finding_bind(st, v->face_digest, v->patient.chart_number));
}

static enum err
put_outcome(struct store *st, const struct visit *v, const char *why)
{
	const struct val p[] = { val_text(why), val_int(clock_wall_ms()),
	    val_text(v->id) };

	return (store_run(st, SQL_VISIT_OUTCOME, p, 3, NULL, NULL, NULL));
}

/* Whom the visit is about, and who says so. */
static enum err
put_patient(struct store *st, const struct visit *v)
{
	const struct val patient[] = { val_text(v->patient.chart_number),
	    val_int(clock_wall_ms()), val_text(v->id) };
	const struct val staff[] = { word(v->about.staff),
	    val_int(clock_wall_ms()), val_text(v->id) };
	enum err r;

	r = store_run(st, SQL_VISIT_PATIENT, patient, 3, NULL, NULL, NULL);
	return (r != ERR_OK ? r : store_run(st, SQL_VISIT_STAFF, staff, 3,
	    NULL, NULL, NULL));
}

/* What the new state adds to the record. */
static enum err
put_content(struct store *st, const struct visit *v,
    const struct visit_row *row, const char *why)
{
	enum err r = ERR_OK;

	if (row->action == VA_KEEP_CONSENT) {
		r = put_json(st, SQL_VISIT_IDENTITY, v->id,
		    identity_json(&v->identity));
		if (r == ERR_OK)
			r = put_json(st, SQL_VISIT_CONSENT, v->id,
			    visit_consent_json(v));
	}
	if (r == ERR_OK && v->patient.chart_number[0] != '\0' &&
	    (row->event == VE_MATCH || row->event == VE_BIND))
		r = put_patient(st, v);
	if (r == ERR_OK && row->event == VE_BIND)
		r = bind_result(st, v);
	if (r == ERR_OK && why != NULL &&
	    (row->to == VS_ANSWERED || machine_is_end(row->to)))
		r = put_outcome(st, v, why);
	return (r);
}

/* A visit that stops before an answer leaves no identity and no consent. */
static enum err
drop_content(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	enum err r;

	if (row->action != VA_FORGET || row->to == VS_DONE)
		return (ERR_OK);
	r = put_json(st, SQL_VISIT_IDENTITY, v->id, NULL);
	return (r != ERR_OK ? r :
	    put_json(st, SQL_VISIT_CONSENT, v->id, NULL));
}

enum err
record_move(struct store *st, const struct visit *v, const struct visit_row *row,
    const char *why)
{
	enum err r;

	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	if ((r = put_state(st, v, row)) == ERR_OK &&
	    (r = put_content(st, v, row, why)) == ERR_OK &&
	    (r = drop_content(st, v, row)) == ERR_OK)
		r = store_commit(st);
	if (r != ERR_OK)
		store_rollback(st);
	return (r);
}

enum err
record_step(struct store *st, const struct visit *v,
    const struct visit_row *row)
{
	return (record_move(st, v, row, outcome_text(v)));
}

enum err
record_reason(const struct visit *v)
{
	enum err r;

	if ((r = store_begin(v->store)) != ERR_OK)
		return (r);
	if ((r = put_outcome(v->store, v, err_name(v->err))) == ERR_OK &&
	    (r = tell(v->store, v, NULL, NULL)) == ERR_OK)
		r = store_commit(v->store);
	if (r != ERR_OK)
		store_rollback(v->store);
	return (r);
}

enum err
record_file(struct store *st, struct visit *v)
{
	const struct visit_row *row = machine_row(VS_IDLE, VE_FILE);
	enum err r;

	v->store = st;
	v->state = VS_IDLE;
	if ((r = start(v)) != ERR_OK || (r = put_state(st, v, row)) != ERR_OK)
		return (r);
	if ((r = put_content(st, v, row, NULL)) == ERR_OK)
		v->state = row->to;
	return (r);
}

/* --- reading --- */

/* The columns V of sql.h, in order. */
enum { C_ID, C_MODE, C_STATE, C_CHART, C_STARTED, C_UPDATED, C_IDENTITY,
    C_CONSENT, C_OUTCOME, C_CLIENT, C_METHOD, C_PURPOSE, C_STAFF, C_REASON,
    C_COUNT };

#define COPY(to, from) snprintf((to), sizeof(to), "%s", val_str(from))

enum visit_state
record_state_named(const char *text)
{
	int s = 0;

	while (s < VS_COUNT &&
	    strcmp(machine_state((enum visit_state)s), text) != 0)
		s++;
	return ((enum visit_state)s);
}

static enum err
take_json(const struct val *col, json_t **out)
{
	if (col->type == VAL_NULL)
		return (ERR_OK);
	*out = json_loadb(col->data, col->len, 0, NULL);
	return (*out == NULL ? ERR_STORE : ERR_OK);
}

static enum err
take_row(void *ctx, const struct val *cols, size_t n)
{
	struct record *rec = ctx;
	enum err r;

	if (n != C_COUNT)
		return (ERR_STORE);
	COPY(rec->id, &cols[C_ID]);
	COPY(rec->about.mode, &cols[C_MODE]);
	COPY(rec->about.method, &cols[C_METHOD]);
	COPY(rec->about.client, &cols[C_CLIENT]);
	COPY(rec->about.purpose, &cols[C_PURPOSE]);
	COPY(rec->about.staff, &cols[C_STAFF]);
	COPY(rec->about.reason, &cols[C_REASON]);
	COPY(rec->chart_number, &cols[C_CHART]);
	COPY(rec->outcome, &cols[C_OUTCOME]);
	rec->state = record_state_named(val_str(&cols[C_STATE]));
	rec->started_at = val_num(&cols[C_STARTED]);
	rec->updated_at = val_num(&cols[C_UPDATED]);
	if ((r = take_json(&cols[C_IDENTITY], &rec->identity)) == ERR_OK)
		r = take_json(&cols[C_CONSENT], &rec->consent);
	return (r == ERR_OK && rec->state == VS_COUNT ? ERR_STORE : r);
}

enum err
record_get(struct store *st, const char *id, struct record *rec)
{
	const struct val p = val_text(id);
	enum err r;

	*rec = (struct record){ .state = VS_COUNT };
	r = store_run(st, SQL_VISIT_GET, &p, 1, take_row, rec, NULL);
	if (r == ERR_OK && rec->id[0] == '\0')
		r = ERR_NO_SUCH;
	if (r != ERR_OK)
		record_wipe(rec);
	return (r);
}

void
record_wipe(struct record *rec)
{
	json_decref(rec->identity);
	json_decref(rec->consent);
	secret_cleanse(rec, sizeof(*rec));
}

enum err
record_load(struct store *st, const char *id, const struct visit_conf *conf,
    struct visit *v)
{
	struct record rec;
	enum err r;

	*v = (struct visit){ .store = st, .conf = conf,
	    .tries = PIN_TRIES_UNKNOWN };
	if ((r = record_get(st, id, &rec)) != ERR_OK)
		return (r);
	for (int i = 0; i < VT_COUNT; i++)
		v->ms[i] = -1;
	memcpy(v->id, rec.id, sizeof(v->id));
	v->about = rec.about;
	v->state = rec.state;
	identity_from_json(rec.identity, &v->identity);
	visit_consent_from_json(rec.consent, &v->consent);
	record_wipe(&rec);
	return (ERR_OK);
}
