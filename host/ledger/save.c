#include <stdlib.h>
#include <string.h>

#include "host/ledger/column.h"
#include "host/ledger/value.h"
#include "host/store/joint.h"

/* A patient saved by hand, field by field. */
struct save {
	struct patient	 p;
	json_t		*names;		/* of the fields that are given */
	json_t		*warnings;
	struct note	*note;
};

static enum column
find_column(const char *name)
{
	int c = 0;

	while (c < COLUMNS && strcmp(column_name((enum column)c), name) != 0)
		c++;
	return ((enum column)c);
}

static enum err
take_value(struct save *v, enum column c, const char *text)
{
	struct blob why = { 0 };
	enum err r = value_read(&v->p, c, text, &why);

	if (r == ERR_ROW)
		note_set(v->note, "%s: %s", column_name(c), blob_str(&why));
	else if (r == ERR_OK && why.len > 0 && v->warnings != NULL)
		json_array_append_new(v->warnings, json_pack("{s:s, s:s}",
		    "field", column_name(c), "text", blob_str(&why)));
	blob_free(&why);
	if (r == ERR_OK && json_array_append_new(v->names, json_string(
	    column_name(c))) != 0)
		r = ERR_NOMEM;
	return (r);
}

static enum err
take_values(struct save *v, const json_t *values)
{
	const char *name, *text, *why;
	enum column c;
	json_t *value;
	enum err r = ERR_OK;

	json_object_foreach((json_t *)(uintptr_t)values, name, value) {
		if (r != ERR_OK)
			break;
		c = find_column(name);
		text = json_string_value(value);
		why = c == COLUMNS ? "is no field of a patient" :
		    text == NULL ? "must be text" :
		    c == COL_CHART_NUMBER ? "is not changed" :
		    c == COL_REFERENCE_NUMBER && strcmp(text,
		    v->p.reference_number) != 0 ?
		    "is linked and unlinked, with a reason" : NULL;
		if (why != NULL) {
			note_set(v->note, "%s: %s", c == COLUMNS ? "a name" :
			    name, why);
			return (ERR_ROW);
		}
		r = take_value(v, c, text);
	}
	return (r);
}

static enum err
tell(struct store *s, const struct save *v, int fresh,
    const struct audit_who *who)
{
	json_t *o = json_pack("{s:b, s:O}", "new", fresh, "fields", v->names);
	char *data = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	enum err r = ERR_NOMEM;

	if (data != NULL)
		r = audit_add(s, who, "patient_save", AUDIT_PATIENT,
		    v->p.chart_number, data);
	free(data);
	json_decref(o);
	return (r);
}

static enum err
find(struct store *s, struct save *v, const char *chart_number, int fresh)
{
	struct blob why = { 0 };
	enum err r;

	r = patient_get(s, chart_number, &v->p);
	if (!fresh || r == ERR_OK)
		return (fresh ? ERR_IN_LEDGER : r);
	if (r != ERR_NO_PATIENT)
		return (r);
	r = value_read(&v->p, COL_CHART_NUMBER, chart_number, &why);
	if (r == ERR_ROW)
		note_set(v->note, "chart_number: %s", blob_str(&why));
	blob_free(&why);
	return (r);
}

static enum err
save(struct store *s, struct save *v, const char *chart_number,
    const json_t *values, int fresh)
{
	enum err r;

	if ((r = find(s, v, chart_number, fresh)) != ERR_OK ||
	    (r = take_values(v, values)) != ERR_OK)
		return (r);
	if (v->p.birthdate[0] == '\0') {
		note_set(v->note, "birthdate: is missing");
		return (ERR_ROW);
	}
	return (patient_put(s, &v->p));
}

enum err
patient_save(struct store *s, const char *chart_number,
    const json_t *values, int fresh, const struct audit_who *who,
    json_t *warnings, struct note *note)
{
	struct save v = { .names = json_array(), .warnings = warnings,
	    .note = note };
	int mine = 0;
	enum err r = v.names == NULL ? ERR_NOMEM : ERR_OK;

	if (*chart_number == '\0' ||
	    strspn(chart_number, "0") == strlen(chart_number))
		r = ERR_CHART_ZERO;
	if (r == ERR_OK && (r = joint_begin(s, &mine)) == ERR_OK) {
		if ((r = save(s, &v, chart_number, values, fresh)) == ERR_OK)
			r = tell(s, &v, fresh, who);
		r = joint_end(s, mine, r);
	}
	json_decref(v.names);
	patient_wipe(&v.p);
	return (r);
}
