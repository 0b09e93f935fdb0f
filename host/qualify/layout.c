#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/qualify/layout.h"

/* The elements that hold others: name, where it may stand, what it is. */
static const struct group {
	const char	*name;
	unsigned	 parents;
	enum place	 place;
	int		 repeated;
} groups[] = {
	{ "MessageHeader", PLACE_ROOT, PLACE_HEADER, 0 },
	{ "MessageBody", PLACE_ROOT, PLACE_BODY, 0 },
	{ "QualificationConfirmSearchInfo", PLACE_BODY | PLACE_UNIT,
	    PLACE_SEARCH, 0 },
	{ "ReferenceNumberRegistrationInfo", PLACE_BODY | PLACE_UNIT,
	    PLACE_REGISTRATION, 0 },
	{ "ResultList", PLACE_BODY | PLACE_UNIT, PLACE_LIST, 0 },
	{ "ResultOfQualificationConfirmation",
	    PLACE_LIST | PLACE_BODY | PLACE_UNIT, PLACE_RECORD, 1 },
	{ "BulkConfirmUnit", PLACE_BODY, PLACE_UNIT, 1 },
	{ "BulkRegistrationUnit", PLACE_BODY, PLACE_UNIT, 1 },
	{ "ElderlyRecipientCertificateInfo", PLACE_RECORD, PLACE_ELDERLY, 0 },
	{ "LimitApplicationCertificateRelatedInfo",
	    PLACE_RECORD | PLACE_SEARCH, PLACE_LIMIT, 0 },
	{ "SpecificDiseasesCertificateList", PLACE_RECORD, PLACE_DISEASES, 0 },
	{ "SpecificDiseasesCertificateInfo", PLACE_DISEASES, PLACE_DISEASE,
	    1 },
	{ "PublicExpenseResultList", PLACE_RECORD, PLACE_TICKETS, 0 },
	{ "MedicalTicketInfo", PLACE_TICKETS, PLACE_TICKET, 1 },
	{ "QuaInf", PLACE_HEADER, PLACE_FREE, 0 },
	{ "QualificationsInfo", PLACE_HEADER, PLACE_FREE, 0 },
};

struct walk {
	struct layout		*layout;
	const struct kind	*kind;
	enum err		 err;		/* the first; ends the walk */
};

static void	visit(struct walk *, struct xml_node *, unsigned places);

static enum err
list_add(struct layout_list *l, struct xml_node *n)
{
	size_t room = l->room > 0 ? l->room * 2 : 16;
	struct xml_node **grown;

	if (l->n == l->room) {
		grown = realloc(l->v, room * sizeof(struct xml_node *));
		if (grown == NULL)
			return (ERR_NOMEM);
		l->v = grown;
		l->room = room;
	}
	l->v[l->n++] = n;
	return (ERR_OK);
}

static void
fail(struct walk *w, enum err err)
{
	if (w->err == ERR_OK)
		w->err = err;
}

static void
keep(struct walk *w, struct xml_node *n)
{
	if (list_add(&w->layout->remainder, n) != ERR_OK)
		fail(w, ERR_NOMEM);
}

static void
warn(struct walk *w, const struct xml_node *n, const char *ja, const char *en)
{
	enum err r = layout_warn(w->layout, n, ja, en);

	if (r != ERR_OK)
		fail(w, r);
}

/* An unknown element with all that is in it. */
static void
keep_all(struct walk *w, struct xml_node *n)
{
	if (n->first == NULL || n->text != NULL)
		keep(w, n);
	for (struct xml_node *c = n->first; c != NULL; c = c->next)
		keep_all(w, c);
}

static int
same(const struct xml_node *a, const struct xml_node *b)
{
	const struct xml_node *x = a->first, *y = b->first;

	if (strcmp(xml_text(a), xml_text(b)) != 0)
		return (0);
	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		if (strcmp(x->name, y->name) != 0 || !same(x, y))
			return (0);
	}
	return (x == NULL && y == NULL);
}

/*
 * 1 if the first of its name is the one to use.  Two different values for
 * one thing could be two patients in one record: nobody may choose.
 */
static int
is_repeated(struct walk *w, const struct xml_node *n,
    const struct xml_node *first)
{
	if (first == NULL || first == n)
		return (0);
	if (!same(first, n)) {
		reason_set(&w->layout->why, REASON_TWICE, n->name);
		fail(w, ERR_LAYOUT);
	} else
		warn(w, n, "同じ内容で重複しています", "repeated, equal");
	return (1);
}

static void
visit_children(struct walk *w, struct xml_node *n, unsigned places)
{
	for (struct xml_node *c = n->first; c != NULL && w->err == ERR_OK;
	    c = c->next)
		visit(w, c, places);
}

/* What the body of this kind may hold. */
static unsigned
body_places(const struct kind *kind)
{
	switch (kind->reader) {
	case KIND_CARE:
		return (PLACE_BODY | PLACE_FREE);
	case KIND_OTHER:
		return (0);
	case KIND_SINGLE:
	case KIND_REGISTER:
	case KIND_RECEPTION:
	case KIND_UNITS:
		break;
	}
	return (PLACE_BODY);
}

static void
add_record(struct walk *w, struct xml_node *n)
{
	if (list_add(&w->layout->records, n) != ERR_OK)
		fail(w, ERR_NOMEM);
}

/*
 * The chain of what is looked up by name or place, so that a look does not
 * pass all siblings: at most one element per field or group, and LAYOUT_ROWS
 * of each list.
 */
static void
chain(struct xml_node *n)
{
	struct xml_node *up = n->parent;

	if (up->known == NULL)
		up->known = n;
	else
		up->known_last->known_next = n;
	up->known_last = n;
}

/* Units alone may be many: a bulk result has one per person. */
static int
is_too_often(struct walk *w, const struct xml_node *n, const struct group *g)
{
	if (g->place == PLACE_UNIT || n->nth <= LAYOUT_ROWS)
		return (0);
	reason_set(&w->layout->why, REASON_MANY, n->name);
	fail(w, ERR_LAYOUT);
	return (1);
}

static void
visit_group(struct walk *w, struct xml_node *n, const struct group *g)
{
	size_t before = w->layout->records.n;
	unsigned places = g->place;

	if (g->repeated ? is_too_often(w, n, g) : is_repeated(w, n, n->twin))
		return;
	if (g->place == PLACE_UNIT)
		w->layout->units++;
	else
		chain(n);
	n->field = g->repeated ? LAYOUT_ROW : LAYOUT_GROUP;
	if (g->place == PLACE_HEADER)
		w->layout->header = n;
	if (g->place == PLACE_BODY) {
		w->layout->body = n;
		places = body_places(w->kind);
	}
	if (n->text != NULL) {
		warn(w, n, "項目の間に文字があります", "text between elements");
		keep(w, n);
	}
	if (g->place == PLACE_RECORD)
		add_record(w, n);
	visit_children(w, n, places);
	if (g->place == PLACE_UNIT && w->layout->records.n == before)
		add_record(w, n);
}

/* Several records of one person have parallel numbers (2.4). */
static int
may_repeat(enum field f, unsigned places)
{
	return (f == FIELD_ReferenceNumber && (places & PLACE_UNIT) != 0);
}

static int
has_elements(const struct xml_node *n)
{
	const struct xml_node *c = n->first;

	while (c != NULL && c->name[0] == '@')
		c = c->next;
	return (c != NULL);
}

static void
visit_field(struct walk *w, struct xml_node *n, enum field f, unsigned places)
{
	const char *name = field_row(f)->name;
	struct xml_node *first = n->twin;

	if (first == n && strcmp(n->name, name) != 0 &&
	    xml_child(n->parent, name) != NULL)
		first = xml_child(n->parent, name);
	if (!may_repeat(f, places) && is_repeated(w, n, first))
		return;
	if (has_elements(n) || !field_fits(f, xml_text(n))) {
		warn(w, n, "値が仕様の形式ではありません",
		    "not of the layout's type, kept in the remainder");
		keep_all(w, n);
		return;
	}
	n->field = (int)f;
	if (n->nth <= LAYOUT_ROWS)
		chain(n);
	visit_children(w, n, 0);	/* attributes */
}

static void
visit_free(struct walk *w, struct xml_node *n)
{
	n->field = has_elements(n) ? LAYOUT_GROUP : LAYOUT_FREE;
	if (n->field == LAYOUT_GROUP)
		chain(n);
	if (n->text != NULL && n->field == LAYOUT_GROUP)
		keep(w, n);
	visit_children(w, n, PLACE_FREE);
}

static const struct group *
find_group(const char *name, unsigned places)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if ((groups[i].parents & places) != 0 &&
		    strcmp(groups[i].name, name) == 0)
			return (&groups[i]);
	}
	return (NULL);
}

static void
visit(struct walk *w, struct xml_node *n, unsigned places)
{
	const struct group *g = find_group(n->name, places);
	enum field f = field_find(n->name, places);

	if (n->name[0] == '@') {
		warn(w, n, "属性は仕様にありません",
		    "attributes are not in the layout");
		keep(w, n);
	} else if (g != NULL)
		visit_group(w, n, g);
	else if (f != FIELD_COUNT)
		visit_field(w, n, f, places);
	else if ((places & PLACE_FREE) != 0)
		visit_free(w, n);
	else
		keep_all(w, n);
}

enum err
layout_read(const struct xml *xml, const struct kind *kind,
    struct layout *layout)
{
	struct walk w = { .layout = layout, .kind = kind };

	*layout = (struct layout){ 0 };
	if ((layout->warnings = json_array()) == NULL)
		return (ERR_NOMEM);
	if (strcmp(xml->root->name, "XmlMsg") != 0) {
		reason_set(&layout->why, REASON_ROOT, "XmlMsg");
		return (ERR_LAYOUT);
	}
	visit_children(&w, xml->root, PLACE_ROOT);
	return (w.err);
}

void
layout_wipe(struct layout *layout)
{
	free(layout->records.v);
	free(layout->remainder.v);
	json_decref(layout->warnings);
	*layout = (struct layout){ 0 };
}

enum err
layout_path(const struct xml_node *n, struct blob *out)
{
	const struct xml_node *up[XML_DEPTH + 2];
	size_t depth = 0;
	enum err r = ERR_OK;

	blob_reset(out);
	for (; n != NULL && depth < sizeof(up) / sizeof(up[0]); n = n->parent)
		up[depth++] = n;
	while (depth-- > 0 && r == ERR_OK) {
		r = blob_printf(out, "%s%s", out->len > 0 ? "/" : "",
		    up[depth]->name);
		if (r == ERR_OK && up[depth]->twins > 1)
			r = blob_printf(out, "[%zu]", up[depth]->nth);
	}
	return (r);
}

enum err
layout_warn(struct layout *layout, const struct xml_node *n, const char *ja,
    const char *en)
{
	struct blob path = { 0 };
	size_t already = json_array_size(layout->warnings);
	enum err r;

	if (already > LAYOUT_WARNINGS)
		return (ERR_OK);
	if (already == LAYOUT_WARNINGS)
		return (json_array_append_new(layout->warnings, json_string(
		    "以下の警告は省略しました (more were left out)")) == 0 ?
		    ERR_OK : ERR_NOMEM);
	if ((r = layout_path(n, &path)) != ERR_OK)
		goto out;
	if (json_array_append_new(layout->warnings, json_sprintf("%s: %s (%s)",
	    blob_str(&path), ja, en)) != 0)
		r = ERR_NOMEM;
out:
	blob_free(&path);
	return (r);
}

static const struct xml_node *
find_direct(const struct xml_node *group, enum field f)
{
	const struct xml_node *c = group == NULL ? NULL : group->known;

	while (c != NULL && c->field != (int)f)
		c = c->known_next;
	return (c);
}

const struct xml_node *
layout_find(const struct xml_node *group, enum field f)
{
	const struct xml_node *c, *found = find_direct(group, f);

	if (group == NULL || found != NULL)
		return (found);
	for (c = group->known; c != NULL && found == NULL;
	    c = c->known_next) {
		if (c->field == LAYOUT_GROUP)
			found = layout_find(c, f);
	}
	return (found);
}

static int
is_unit(const struct xml_node *n)
{
	return (n != NULL && (strcmp(n->name, "BulkConfirmUnit") == 0 ||
	    strcmp(n->name, "BulkRegistrationUnit") == 0));
}

const struct xml_node *
layout_unit(const struct xml_node *record)
{
	while (record != NULL && !is_unit(record))
		record = record->parent;
	return (record);
}

/* A field of the unit; of several parallel numbers the record's own (2.4). */
static const struct xml_node *
unit_field(const struct xml_node *unit, const struct xml_node *record,
    enum field f)
{
	const struct xml_node *c = find_direct(unit, f);

	if (c == NULL || c->twins == 1 || record == unit)
		return (c);
	if (c->twins != record->twins)
		return (NULL);
	while (c != NULL && (c->field != (int)f || c->nth != record->nth))
		c = c->known_next;
	return (c);
}

static const struct xml_node *
find_list(const struct xml_node *in, const char *name)
{
	const struct xml_node *c = in == NULL ? NULL : in->known;

	while (c != NULL && (c->field != LAYOUT_GROUP ||
	    strcmp(c->name, name) != 0))
		c = c->known_next;
	return (c);
}

/* The echoed question may answer for what a record cannot hold, and for all
 * of a registration, never for the coverage itself. */
static int
echo_counts(const struct xml_node *unit, enum field f)
{
	return ((field_row(f)->places & PLACE_RECORD) == 0 ||
	    find_list(unit, "ReferenceNumberRegistrationInfo") != NULL);
}

const struct xml_node *
layout_field(const struct layout *layout, size_t record, enum field f)
{
	const struct xml_node *n, *unit, *found = NULL;

	if (record >= layout->records.n)
		return (NULL);
	n = layout->records.v[record];
	unit = layout_unit(n);
	if (n != unit)
		found = layout_find(n, f);
	if (found == NULL && unit != NULL)
		found = unit_field(unit, n, f);
	if (found == NULL && unit != NULL && echo_counts(unit, f))
		found = layout_find(unit, f);
	/* PrescriptionIssueSelect stands in either place (3.2). */
	if (found == NULL && unit == NULL)
		found = find_direct(layout->body, f);
	return (found);
}

const struct xml_node *
layout_top(const struct layout *layout, enum field f)
{
	const unsigned either = PLACE_BODY | PLACE_RECORD;
	const struct xml_node *found = layout_find(layout->header, f);

	if (found == NULL)
		found = layout_find(layout->body, f);
	if (found == NULL && layout->records.n == 1 &&
	    (field_row(f)->places & either) == either)
		found = layout_field(layout, 0, f);
	return (found);
}

static const struct xml_node *
first_row(const struct layout *layout, size_t record, enum place place)
{
	const struct xml_node *list;

	if (record >= layout->records.n)
		return (NULL);
	list = find_list(layout->records.v[record], place == PLACE_DISEASE ?
	    "SpecificDiseasesCertificateList" : "PublicExpenseResultList");
	return (list == NULL ? NULL : list->known);
}

const struct xml_node *
layout_row(const struct layout *layout, size_t record, enum place place,
    size_t row)
{
	const struct xml_node *c = first_row(layout, record, place);

	for (; c != NULL; c = c->known_next) {
		if (c->field == LAYOUT_ROW && row-- == 0)
			return (c);
	}
	return (NULL);
}

size_t
layout_rows(const struct layout *layout, size_t record, enum place place)
{
	const struct xml_node *c = first_row(layout, record, place);
	size_t n = 0;

	for (; c != NULL; c = c->known_next)
		n += c->field == LAYOUT_ROW;
	return (n);
}

static enum err
missing(struct layout *layout, enum field f)
{
	reason_set(&layout->why, REASON_MISSING, field_row(f)->name);
	return (ERR_LAYOUT);
}

static enum err
warn_missing(struct layout *layout, const struct xml_node *group,
    enum place place, int must)
{
	enum err r = ERR_OK;
	char en[96];

	for (int f = 0; f < FIELD_COUNT && r == ERR_OK; f++) {
		const struct field_row *row = field_row((enum field)f);

		if ((row->places & place) == 0 || (row->must & must) == 0 ||
		    find_direct(group, (enum field)f) != NULL)
			continue;
		snprintf(en, sizeof(en), "%s is missing", row->name);
		r = layout_warn(layout, group, "必須項目がありません", en);
	}
	return (r);
}

enum err
layout_check(struct layout *layout, const struct kind *kind)
{
	int must = MUST_ALL | (kind->reader == KIND_SINGLE ? MUST_SINGLE : 0);
	const struct xml_node *n, *unit, *last = NULL;
	enum err r = ERR_OK;

	if (kind->reader == KIND_CARE || kind->reader == KIND_OTHER)
		return (ERR_OK);
	if (layout->header != NULL)
		r = warn_missing(layout, layout->header, PLACE_HEADER, must);
	for (size_t i = 0; i < layout->records.n && r == ERR_OK; i++) {
		n = layout->records.v[i];
		unit = layout_unit(n);
		if (unit != last && find_direct(unit,
		    FIELD_ProcessingResultStatus) == NULL)
			return (missing(layout,
			    FIELD_ProcessingResultStatus));
		last = unit;
		if (n != unit)
			r = warn_missing(layout, n, PLACE_RECORD, must);
	}
	return (r);
}
