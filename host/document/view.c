#include <string.h>

#include "base/text.h"
#include "host/document/view.h"
#include "host/qualify/xml.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- the marks --- */

/*
 * features.md ORC-06, in thousandths; the first row whose words are in the
 * item's name.  The key of the name is folded: half width, lower case.
 */
static const struct threshold {
	const char	*words;
	int		 below;			/* 0: at least; 1: less than */
	int64_t		 at;
} thresholds[] = {
	{ "収縮期",	0, 140000 },
	{ "拡張期",	0, 90000 },
	{ "中性脂肪",	0, 300000 },
	{ "non-hdl",	0, 170000 },
	{ "nonhdl",	0, 170000 },
	{ "hdl",	1, 34001 },	/* 34 and less */
	{ "ldl",	0, 140000 },
	{ "ast",	0, 51000 },
	{ "got",	0, 51000 },
	{ "alt",	0, 51000 },
	{ "gpt",	0, 51000 },
	{ "γ",		0, 101000 },
	{ "空腹時血糖",	0, 126000 },
	{ "hba1c",	0, 6500 },
	{ "egfr",	1, 45000 },
};

/* "5.8" in thousandths: digits, one point, at most three places. */
static int
read_number(const char *s, int64_t *out)
{
	size_t whole = strspn(s, "0123456789"), places = 0;

	if (whole == 0 || whole > 9)
		return (0);
	*out = 0;
	for (size_t i = 0; i < whole; i++)
		*out = *out * 10 + (s[i] - '0');
	s += whole;
	if (*s == '.') {
		places = strspn(++s, "0123456789");
		if (places == 0 || places > 3)
			return (0);
	}
	for (size_t i = 0; i < 3; i++)
		*out = *out * 10 + (i < places ? s[i] - '0' : 0);
	return (s[places] == '\0');
}

static const struct threshold *
threshold_of(const char *name)
{
	for (size_t i = 0; i < LEN(thresholds); i++) {
		if (strstr(name, thresholds[i].words) != NULL)
			return (&thresholds[i]);
	}
	return (NULL);
}

const char *
view_mark(const char *item, const char *value)
{
	const struct threshold *t = NULL;
	struct blob key = { 0 };
	int64_t n;

	if (text_key(item, &key) == ERR_OK)
		t = threshold_of(blob_str(&key));
	blob_free(&key);
	if (t == NULL || text_key(value, &key) != ERR_OK)
		return ("");
	if (!read_number(blob_str(&key), &n))
		t = NULL;
	blob_free(&key);
	if (t == NULL || (n >= t->at) == t->below)
		return ("");
	return (t->below ? "▽" : "▲");
}

/* --- what is named, and what is kept by its official name --- */

struct named {
	const char	*official, *word;
};

static const struct named person_names[] = {
	{ "Name", "name" }, { "KanaName", "kana" }, { "KanasName", "kana" },
	{ "Birth", "birthdate" }, { "Birthday", "birthdate" },
	{ "AdmGendCode", "sex" }, { "AdministrativeGenderCode", "sex" },
	{ NULL, NULL },
};

static const struct named drug_names[] = {
	{ "DrugC", "code" }, { "DrugN", "name" }, { "Qua1", "amount" },
	{ "Unit", "unit" }, { "UsageN", "usage" },
	{ "SpInst", "instruction" }, { "Times", "times" },
	{ "IngreN", "ingredient" }, { "MeTrIdCl", "class" },
	{ NULL, NULL },
};

static const struct named treatment_names[] = {
	{ "SinInfCd", "code" }, { "SinInfN", "name" }, { "Qua1", "amount" },
	{ "Times", "times" }, { "Unit", "unit" }, { "MeTrIdCl", "class" },
	{ NULL, NULL },
};

static const struct named date_names[] = {
	{ "DiDate", "dispensed_on" }, { "PrDate", "prescribed_on" },
	{ NULL, NULL },
};

static const struct named no_names[] = { { NULL, NULL } };

static const struct named checkup_names[] = {
	{ "EffectiveTime", "on" }, { NULL, NULL },
};

static const struct named item_names[] = {
	{ "ItemCode", "code" }, { "ItemName", "name" },
	{ "DataType", "type" }, { "DataValue", "value" },
	{ "DataValueName", "text" }, { "Unit", "unit" }, { "Oid", "oid" },
	{ NULL, NULL },
};

/* Appends under a name: text alone, a list when it comes again. */
static int
put_again(json_t *to, const char *name, json_t *value)
{
	json_t *there = json_object_get(to, name), *list;

	if (there == NULL || value == NULL)
		return (json_object_set_new(to, name, value));
	if (json_is_array(there))
		return (json_array_append_new(there, value));
	if ((list = json_array()) == NULL ||
	    json_array_append(list, there) != 0) {
		json_decref(list);
		json_decref(value);
		return (-1);
	}
	if (json_array_append_new(list, value) != 0) {
		json_decref(list);
		return (-1);
	}
	return (json_object_set_new(to, name, list));
}

/* An element as it is: its text, or an object of its children.  xml.h bounds
 * the depth. */
static json_t *
plain(const struct xml_node *n)
{
	json_t *o;
	int bad = 0;

	if (n->first == NULL)
		return (json_string(xml_text(n)));
	o = json_object();
	for (const struct xml_node *c = n->first; c != NULL && !bad;
	    c = c->next)
		bad = put_again(o, c->name, plain(c));
	if (!bad && n->text != NULL && n->text[strspn(n->text, " \t\r\n")] !=
	    '\0')
		bad = json_object_set_new(o, "", json_string(n->text));
	if (!bad)
		return (o);
	json_decref(o);
	return (NULL);
}

static int
put_other(json_t *to, const struct xml_node *n)
{
	json_t *other = json_object_get(to, "other");

	if (other == NULL) {
		other = json_object();
		if (json_object_set_new(to, "other", other) != 0)
			return (-1);
	}
	return (put_again(other, n->name, plain(n)));
}

/* The name without the source's prefix, Cz or Sh. */
static const char *
bare(const struct xml_node *n, const char *prefix)
{
	size_t len = strlen(prefix);

	return (strncmp(n->name, prefix, len) == 0 ? n->name + len : n->name);
}

static int
put_leaf(json_t *to, const struct named *names, const char *prefix,
    const struct xml_node *n)
{
	for (; names->official != NULL && n->first == NULL; names++) {
		if (strcmp(bare(n, prefix), names->official) == 0 &&
		    json_object_get(to, names->word) == NULL)
			return (json_object_set_new(to, names->word,
			    json_string(xml_text(n))));
	}
	return (put_other(to, n));
}

/* An object of leaves. */
static json_t *
row_of(const struct named *names, const char *prefix,
    const struct xml_node *n)
{
	json_t *o = json_object();

	for (const struct xml_node *c = n->first; o != NULL && c != NULL;
	    c = c->next) {
		if (put_leaf(o, names, prefix, c) != 0) {
			json_decref(o);
			return (NULL);
		}
	}
	return (o);
}

static json_t *
list_in(json_t *o, const char *name)
{
	json_t *list = json_object_get(o, name);

	if (list != NULL)
		return (list);
	if (json_object_set_new(o, name, json_array()) != 0)
		return (NULL);
	return (json_object_get(o, name));
}

static int
ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);

	return (n >= e && strcmp(name + n - e, end) == 0);
}

/* --- drugs --- */

struct walk {
	const char	*source, *prefix;
};

/* Rows of one group (DrugInfs) into a list of the object. */
static int
put_rows(json_t *to, const char *list, const struct named *names,
    const struct walk *w, const struct xml_node *group)
{
	for (const struct xml_node *c = group->first; c != NULL; c = c->next) {
		if (c->first == NULL) {
			if (put_other(to, c) != 0)
				return (-1);
		} else if (json_array_append_new(list_in(to, list),
		    row_of(names, w->prefix, c)) != 0)
			return (-1);
	}
	return (0);
}

static int
put_of_date(json_t *date, const struct walk *w, const struct xml_node *c)
{
	if (ends_in(c->name, "DrugInfs") && c->first != NULL)
		return (put_rows(date, "drugs", drug_names, w, c));
	if (ends_in(c->name, "MeTrInfs") && c->first != NULL)
		return (put_rows(date, "treatments", treatment_names, w, c));
	return (put_leaf(date, date_names, w->prefix, c));
}

static json_t *
date_of(const struct walk *w, const struct xml_node *n)
{
	json_t *o = json_object();

	for (const struct xml_node *c = n->first; o != NULL && c != NULL;
	    c = c->next) {
		if (put_of_date(o, w, c) != 0) {
			json_decref(o);
			return (NULL);
		}
	}
	return (o);
}

static int
put_dates(json_t *month, const struct walk *w, const struct xml_node *group)
{
	for (const struct xml_node *c = group->first; c != NULL; c = c->next) {
		if (!ends_in(c->name, "DateInf")) {
			if (put_other(month, c) != 0)
				return (-1);
		} else if (json_array_append_new(list_in(month, "dates"),
		    date_of(w, c)) != 0)
			return (-1);
	}
	return (0);
}

/* Its tag is in no source, only that there is one: YYYYMM. */
static int
is_month(const struct xml_node *n)
{
	const char *text = xml_text(n);

	return (n->first == NULL && ends_in(n->name, "Month") &&
	    strlen(text) == 6 && strspn(text, "0123456789") == 6);
}

static json_t *
month_of(const struct walk *w, const struct xml_node *n)
{
	json_t *o = json_pack("{s:s}", "source", w->source);
	int bad = o == NULL;

	for (const struct xml_node *c = n->first; c != NULL && !bad;
	    c = c->next) {
		if (ends_in(c->name, "DateInfs") && c->first != NULL)
			bad = put_dates(o, w, c);
		else if (is_month(c) && json_object_get(o, "month") == NULL)
			bad = json_object_set_new(o, "month",
			    json_string(xml_text(c)));
		else
			bad = put_leaf(o, no_names, w->prefix, c);
	}
	if (!bad)
		return (o);
	json_decref(o);
	return (NULL);
}

static int
put_month(json_t *to, const struct walk *w, const struct xml_node *n)
{
	return (json_array_append_new(list_in(to, "months"),
	    month_of(w, n)));
}

/* A group of months, CzDiInf or ShPrInf. */
static int
put_months(json_t *to, const struct walk *w, const struct xml_node *group)
{
	for (const struct xml_node *c = group->first; c != NULL; c = c->next) {
		if ((ends_in(c->name, "MonthInf") ? put_month(to, w, c) :
		    put_other(to, c)) != 0)
			return (-1);
	}
	return (0);
}

static int
put_drug(json_t *to, const struct xml_node *c)
{
	static const struct walk receipt = { "receipt", "" },
	    dispensing = { "dispensing", "Cz" },
	    prescription = { "prescription", "Sh" };

	if (strcmp(c->name, "MeTrMonthInf") == 0)
		return (put_month(to, &receipt, c));
	if (strcmp(c->name, "CzDiInf") == 0 && c->first != NULL)
		return (put_months(to, &dispensing, c));
	if (strcmp(c->name, "ShPrInf") == 0 && c->first != NULL)
		return (put_months(to, &prescription, c));
	return (put_other(to, c));
}

/* --- check-ups --- */

static json_t *
item_of(const struct xml_node *n)
{
	json_t *o = row_of(item_names, "", n);
	const char *name, *value;

	if (o == NULL)
		return (NULL);
	name = json_string_value(json_object_get(o, "name"));
	value = json_string_value(json_object_get(o, "value"));
	if (json_object_set_new(o, "mark", json_string(name == NULL ||
	    value == NULL ? "" : view_mark(name, value))) == 0)
		return (o);
	json_decref(o);
	return (NULL);
}

static int
put_items(json_t *to, const struct xml_node *group)
{
	for (const struct xml_node *c = group->first; c != NULL; c = c->next) {
		if (c->first == NULL) {
			if (put_other(to, c) != 0)
				return (-1);
		} else if (json_array_append_new(list_in(to, "items"),
		    item_of(c)) != 0)
			return (-1);
	}
	return (0);
}

static json_t *
checkup_of(const struct xml_node *n)
{
	json_t *o = json_object();
	int bad = o == NULL;

	for (const struct xml_node *c = n->first; c != NULL && !bad;
	    c = c->next) {
		if (strcmp(c->name, "HealthCheckupResultAndQuestionInfos") ==
		    0 && c->first != NULL)
			bad = put_items(o, c);
		else
			bad = put_leaf(o, checkup_names, "", c);
	}
	if (!bad)
		return (o);
	json_decref(o);
	return (NULL);
}

static int
put_checkup(json_t *to, const struct xml_node *c)
{
	if (strcmp(c->name, "SpecificHealthCheckupInfo") != 0)
		return (put_other(to, c));
	return (json_array_append_new(list_in(to, "checkups"),
	    checkup_of(c)));
}

/* --- the whole --- */

static const struct {
	const char	*person, *list;
	int		(*put)(json_t *, const struct xml_node *);
} layouts[] = {
	[DOCUMENT_CHECKUP] = { "QualificationsInfo", "checkups",
	    put_checkup },
	[DOCUMENT_DRUG] = { "QuaInf", "months", put_drug },
};

static int
put_header(json_t *to, enum document_kind kind, const struct xml_node *c)
{
	if (strcmp(c->name, layouts[kind].person) == 0)
		return (json_object_set_new(to, "person",
		    row_of(person_names, "", c)));
	return (put_other(to, c));
}

static int
put_parts(json_t *to, enum document_kind kind, const struct xml_node *root)
{
	const struct xml_node *part, *c;
	int bad = 0;

	for (part = root->first; part != NULL && !bad; part = part->next) {
		if (strcmp(part->name, "MessageHeader") != 0 &&
		    strcmp(part->name, "MessageBody") != 0) {
			bad = put_other(to, part);
			continue;
		}
		for (c = part->first; c != NULL && !bad; c = c->next)
			bad = part->name[7] == 'H' ? put_header(to, kind, c) :
			    layouts[kind].put(to, c);
	}
	return (bad);
}

enum err
view_read(enum document_kind kind, struct buf in, json_t **out,
    struct note *note)
{
	struct xml *xml = NULL;
	json_t *o = NULL;
	enum err r;

	*out = NULL;
	if ((r = xml_read(in.p, in.left, &xml, note)) != ERR_OK)
		return (r);
	if (strcmp(xml->root->name, "XmlMsg") != 0 ||
	    xml_child(xml->root, "MessageBody") == NULL) {
		note_set(note, "no XmlMsg with a MessageBody");
		r = ERR_LAYOUT;
	} else if ((o = json_pack("{s:s, s:[]}", "kind",
	    document_kind_word(kind), layouts[kind].list)) == NULL ||
	    put_parts(o, kind, xml->root) != 0) {
		json_decref(o);
		r = ERR_NOMEM;
	} else
		*out = o;
	xml_free(&xml);
	return (r);
}

enum err
view_birthdate(struct buf in, char out[VIEW_BIRTHDATE])
{
	const struct xml_node *header, *person;
	const char *found = "";
	struct xml *xml = NULL;
	enum err r;

	out[0] = '\0';
	if ((r = xml_read(in.p, in.left, &xml, NULL)) != ERR_OK)
		return (r);
	header = xml_child(xml->root, "MessageHeader");
	for (size_t k = 0; header != NULL && k < LEN(layouts); k++) {
		if ((person = xml_child(header, layouts[k].person)) == NULL)
			continue;
		found = xml_text(xml_child(person, "Birth"));
		if (found[0] == '\0')
			found = xml_text(xml_child(person, "Birthday"));
	}
	if (strlen(found) == VIEW_BIRTHDATE - 1)
		memcpy(out, found, VIEW_BIRTHDATE);
	xml_free(&xml);
	return (r);
}
