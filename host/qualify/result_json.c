#include <string.h>

#include "base/text.h"
#include "host/qualify/code.h"
#include "host/qualify/result_in.h"

static const char *const outcomes[] = {
	[RESULT_ACCEPTED] = "accepted", [RESULT_REFUSED] = "refused",
	[RESULT_WAITING] = "waiting", [RESULT_NOT_OURS] = "not_ours",
};

static int	put_node(json_t *, json_t *, const struct xml_node *);

/* The Japanese text of a code goes beside its object. */
static int
put_value(json_t *to, json_t *texts, const struct xml_node *n)
{
	const char *ja;

	if (n->field >= 0 &&
	    field_row((enum field)n->field)->type == FIELD_CODE &&
	    (ja = code_text(field_row((enum field)n->field)->arg, xml_text(n),
	    ERR_JA)) != NULL &&
	    json_object_set_new(texts, n->name, json_string(ja)) != 0)
		return (-1);
	return (json_object_set_new(to, n->field >= 0 ?
	    field_row((enum field)n->field)->name : n->name,
	    json_string(xml_text(n))));
}

static int
is_record(const struct xml_node *n)
{
	return (strcmp(n->name, "ResultOfQualificationConfirmation") == 0 ||
	    strcmp(n->name, "ResultList") == 0 || layout_unit(n) == n);
}

/* What is marked, without the records, which have a list of their own. */
static int
put_children(json_t *to, json_t *texts, const struct xml_node *n)
{
	const struct xml_node *c = n == NULL ? NULL : n->first;

	for (; c != NULL; c = c->next) {
		if (c->field != LAYOUT_NONE && !is_record(c) &&
		    put_node(to, texts, c) != 0)
			return (-1);
	}
	return (0);
}

/* An object that carries its own texts, on top of another one's. */
static json_t *
object_of(const json_t *base, const struct xml_node *n)
{
	json_t *o, *texts, *under = json_object_get(base, "texts");
	int bad;

	o = base == NULL ? json_object() : json_copy((json_t *)(uintptr_t)
	    base);
	texts = under == NULL ? json_object() : json_copy(under);
	bad = o == NULL || texts == NULL || put_children(o, texts, n) != 0;
	if (!bad && json_object_size(texts) > 0)
		bad = json_object_set(o, "texts", texts) != 0;
	json_decref(texts);
	if (!bad)
		return (o);
	json_decref(o);
	return (NULL);
}

/* Appends to the list of this name, made when it is the first. */
static int
put_in_list(json_t *to, const char *name, json_t *value)
{
	json_t *list = json_object_get(to, name);

	if (!json_is_array(list)) {
		list = json_array();
		if (json_object_set_new(to, name, list) != 0) {
			json_decref(value);
			return (-1);
		}
	}
	return (json_array_append_new(list, value));
}

static json_t *
group_of(json_t *texts, const struct xml_node *n)
{
	json_t *o = json_object();

	if (o == NULL || put_children(o, texts, n) == 0)
		return (o);
	json_decref(o);
	return (NULL);
}

static int
put_node(json_t *to, json_t *texts, const struct xml_node *n)
{
	int listed = n->twins > 1;

	if (n->field == LAYOUT_ROW)
		return (put_in_list(to, n->name, object_of(NULL, n)));
	if (n->field == LAYOUT_GROUP && listed)
		return (put_in_list(to, n->name, group_of(texts, n)));
	if (n->field == LAYOUT_GROUP)
		return (json_object_set_new(to, n->name,
		    group_of(texts, n)));
	/* Free values, and parallel numbers of one unit. */
	if (listed && (n->field == LAYOUT_FREE ||
	    n->field == (int)FIELD_ReferenceNumber))
		return (put_in_list(to, n->name, json_string(xml_text(n))));
	return (put_value(to, texts, n));
}

/* The unit's list of parallel numbers gives way to the record's own one. */
static int
put_reference(json_t *o, const struct result *r, size_t i)
{
	const char *number = result_field(r, i, FIELD_ReferenceNumber);

	if (number[0] == '\0')
		return (0);
	return (json_object_set_new(o, "ReferenceNumber",
	    json_string(number)));
}

/* Record i; *shared is what the records of one unit have in common. */
static json_t *
record_of(const struct result *r, size_t i, json_t **shared)
{
	const struct xml_node *n = r->layout.records.v[i];
	const struct xml_node *unit = layout_unit(n);
	json_t *o;

	if (i == 0 || unit != layout_unit(r->layout.records.v[i - 1])) {
		json_decref(*shared);
		*shared = object_of(NULL, unit);
	}
	if (*shared == NULL)
		return (NULL);
	o = n == unit ? json_copy(*shared) : object_of(*shared, n);
	if (o == NULL || put_reference(o, r, i) == 0)
		return (o);
	json_decref(o);
	return (NULL);
}

static json_t *
records_of(const struct result *r)
{
	json_t *list = json_array(), *shared = NULL;

	for (size_t i = 0; list != NULL && i < r->layout.records.n; i++) {
		if (json_array_append_new(list, record_of(r, i, &shared)) !=
		    0) {
			json_decref(list);
			list = NULL;
		}
	}
	json_decref(shared);
	return (list);
}

static json_t *
remainder_of(const struct result *r)
{
	const struct layout_list *l = &r->layout.remainder;
	json_t *list = json_array();
	struct blob path = { 0 };

	for (size_t i = 0; list != NULL && i < l->n; i++) {
		if (layout_path(l->v[i], &path) != ERR_OK ||
		    json_array_append_new(list, json_pack("{s:s, s:s}",
		    "path", blob_str(&path),
		    "value", xml_text(l->v[i]))) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	blob_free(&path);
	return (list);
}

static json_t *
reason_of(const struct result *r)
{
	return (json_pack("{s:s, s:s, s:s}", "code", err_name(r->err),
	    "ja", result_reason(r, ERR_JA), "en", result_reason(r, ERR_EN)));
}

static const char *
charset_of(const struct result *r)
{
	if (r->xml == NULL)
		return ("");
	return (r->xml->charset.used == CHARSET_CP932 ? "Shift_JIS" : "UTF-8");
}

static int
put_layout(json_t *o, const struct result *r)
{
	json_t *texts = json_object();
	int bad;

	bad = json_object_set(o, "texts", texts) != 0 ||
	    json_object_set_new(o, "header", group_of(texts,
	    r->layout.header)) != 0 ||
	    json_object_set_new(o, "body", group_of(texts,
	    r->layout.body)) != 0 ||
	    json_object_set_new(o, "records", records_of(r)) != 0 ||
	    json_object_set_new(o, "remainder", remainder_of(r)) != 0 ||
	    json_object_set_new(o, "warnings", r->layout.warnings == NULL ?
	    json_array() : json_copy(r->layout.warnings)) != 0;
	json_decref(texts);
	return (bad ? -1 : 0);
}

/* Without what stands beside it in its unit. */
static json_t *
own_records(const struct result *r)
{
	const struct layout_list *l = &r->layout.records;
	json_t *list = json_array(), *o;

	for (size_t i = 0; list != NULL && i < l->n; i++) {
		if (layout_unit(l->v[i]) == l->v[i])
			continue;
		o = object_of(NULL, l->v[i]);
		if (o == NULL || put_reference(o, r, i) != 0 ||
		    json_array_append(list, o) != 0) {
			json_decref(list);
			list = NULL;
		}
		json_decref(o);
	}
	return (list);
}

/* The unit that a document of one holds, else the body. */
static const struct xml_node *
beside_records(const struct result *r)
{
	const struct layout_list *l = &r->layout.records;
	const struct xml_node *unit = l->n == 0 ? NULL : layout_unit(l->v[0]);

	return (unit == NULL ? r->layout.body : unit);
}

json_t *
result_finding_json(const struct result *r)
{
	json_t *o = json_object(), *texts = json_object();
	int bad;

	bad = json_object_set_new(o, "header", group_of(texts,
	    r->layout.header)) != 0 ||
	    json_object_set_new(o, "unit", group_of(texts,
	    beside_records(r))) != 0 ||
	    json_object_set_new(o, "records", own_records(r)) != 0 ||
	    json_object_set_new(o, "remainder", remainder_of(r)) != 0 ||
	    json_object_set(o, "texts", texts) != 0 ||
	    json_object_set_new(o, "warnings", r->layout.warnings == NULL ?
	    json_array() : json_copy(r->layout.warnings)) != 0;
	json_decref(texts);
	if (!bad)
		return (o);
	json_decref(o);
	return (NULL);
}

json_t *
result_json(const struct result *r)
{
	json_t *o;

	/* A foreign name is bytes; JSON holds text only. */
	o = json_pack("{s:s, s:s, s:s, s:o, s:s}", "file",
	    text_is_utf8(r->file, strlen(r->file)) ? r->file : "",
	    "kind", r->name.text, "outcome", outcomes[r->outcome],
	    "reason", reason_of(r), "charset", charset_of(r));
	if (o != NULL && put_layout(o, r) == 0 && (r->part != RESULT_HEAD ||
	    json_object_set_new(o, "units",
	    json_integer((json_int_t)r->units)) == 0))
		return (o);
	json_decref(o);
	return (NULL);
}
