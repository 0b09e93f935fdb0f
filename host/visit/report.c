#include "host/consent/consent_json.h"
#include "host/qualify/code.h"
#include "host/qualify/veil.h"
#include "host/visit/visit.h"

json_t *
visit_consent_json(const struct visit *v)
{
	return (consent_json(&v->consent));
}

void
visit_consent_from_json(const json_t *o, struct consent *c)
{
	consent_from_json(o, c);
}

static json_t *
request_json(const struct visit *v)
{
	if (v->reply.file[0] == '\0')
		return (json_null());
	return (json_pack("{s:s, s:s}", "file", v->reply.file,
	    "identifier", v->reply.identifier));
}

static json_t *
validity_json(const struct result *r)
{
	const char *code = result_field(r, RESULT_TOP,
	    FIELD_QualificationValidity);
	const char *ja = code_text(6, code, ERR_JA);
	const char *en = code_text(6, code, ERR_EN);

	if (code[0] == '\0')
		return (json_null());
	return (json_pack("{s:s, s:s, s:s}", "code", code,
	    "text", ja != NULL ? ja : "", "text_en", en != NULL ? en : ""));
}

/* The answer as explained, with its verdict on top. */
static json_t *
answer_json(const struct visit *v)
{
	json_t *o, *records;

	if (v->reply.result == NULL)
		return (json_null());
	o = veil_result(v->reply.result);
	json_object_set_new(o, "validity", validity_json(v->reply.result));
	/* The records are the coverage; one name for one thing. */
	if ((records = json_object_get(o, "records")) != NULL)
		json_object_set(o, "coverage", records);
	json_object_del(o, "records");
	return (o);
}

static json_t *
times_json(const struct visit *v)
{
	static const char *const names[] = {
#define TIME_NAME(id) #id,
		VISIT_TIMES(TIME_NAME)
#undef TIME_NAME
	};
	json_t *o = json_object();

	for (int i = 0; i < VT_COUNT; i++) {
		if (v->ms[i] >= 0)
			json_object_set_new(o, names[i],
			    json_integer(v->ms[i]));
	}
	return (o);
}

static json_t *
error_json(const struct visit *v)
{
	if (v->err == ERR_OK)
		return (json_null());
	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}",
	    "code", err_name(v->err),
	    "text", err_text(v->err, ERR_JA),
	    "text_en", err_text(v->err, ERR_EN),
	    "next", err_next(v->err, ERR_JA),
	    "next_en", err_next(v->err, ERR_EN),
	    "detail", v->note.text));
}

static json_t *
reference_json(const struct visit *v)
{
	if (v->reference_differs)
		return (json_string("differs"));
	if (!v->register_tried)
		return (json_null());
	return (json_string(v->registered == ERR_OK ? "registered" :
	    err_name(v->registered)));
}

json_t *
visit_json(const struct visit *v)
{
	json_t *o = json_object();

	json_object_set_new(o, "visit", json_string(v->id));
	json_object_set_new(o, "mode", json_string(v->identity.mode));
	json_object_set_new(o, "state", json_string(machine_state(v->state)));
	json_object_set_new(o, "tries_left", v->tries < 0 ? json_null() :
	    json_integer(v->tries));
	json_object_set_new(o, "identity", identity_json(&v->identity));
	json_object_set_new(o, "consent", visit_consent_json(v));
	json_object_set_new(o, "patient", v->patient.chart_number[0] == '\0' ?
	    json_null() : json_string(v->patient.chart_number));
	json_object_set_new(o, "request", request_json(v));
	json_object_set_new(o, "result", answer_json(v));
	json_object_set_new(o, "reference_number", reference_json(v));
	json_object_set_new(o, "timings_ms", times_json(v));
	json_object_set_new(o, "apdus", json_integer(v->login.apdus));
	json_object_set_new(o, "bytes_up",
	    json_integer((json_int_t)v->login.bytes_up));
	json_object_set_new(o, "bytes_down",
	    json_integer((json_int_t)v->login.bytes_down));
	json_object_set_new(o, "attributes_apdus",
	    json_integer(v->attributes.apdus));
	json_object_set_new(o, "error", error_json(v));
	return (o);
}
