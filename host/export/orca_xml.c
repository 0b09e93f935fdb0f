#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/export/orca.h"
#include "host/qualify/field.h"

/* One file in the making; the first error stays. */
struct making {
	struct blob	 xml;
	int		 depth;
	const char	*element;	/* what does not fit, if it does not */
	int		 cp932;
	enum err	 err;
};

static void
add(struct making *m, const char *s)
{
	if (m->err == ERR_OK)
		m->err = blob_add_str(&m->xml, s);
}

static void
indent(struct making *m)
{
	for (int i = 0; i < m->depth; i++)
		add(m, "\t");
}

static void
open_tag(struct making *m, const char *name)
{
	indent(m);
	add(m, "<");
	add(m, name);
	add(m, ">\r\n");
	m->depth++;
}

static void
close_tag(struct making *m, const char *name)
{
	m->depth--;
	indent(m);
	add(m, "</");
	add(m, name);
	add(m, ">\r\n");
}

static void
add_escaped(struct making *m, const char *s)
{
	for (; m->err == ERR_OK && *s != '\0'; s++) {
		if (*s == '&')
			add(m, "&amp;");
		else if (*s == '<')
			add(m, "&lt;");
		else if (*s == '>')
			add(m, "&gt;");
		else if (*s == '\r')
			add(m, "&#13;");
		else
			m->err = blob_add_u8(&m->xml, (uint8_t)*s);
	}
}

/* An element without a value is left out, as results have it. */
static void
element(struct making *m, const char *name, const char *value)
{
	struct blob there = { 0 };

	if (value == NULL || value[0] == '\0' || m->err != ERR_OK)
		return;
	if (m->cp932 && text_to_cp932(value, &there, NULL) != ERR_OK) {
		m->element = name;
		m->err = ERR_MISFIT;
	}
	blob_free(&there);
	indent(m);
	add(m, "<");
	add(m, name);
	add(m, ">");
	add_escaped(m, value);
	add(m, "</");
	add(m, name);
	add(m, ">\r\n");
}

static const char *
text_of(const json_t *o, const char *name)
{
	return (json_string_value(json_object_get(o, name)));
}

static void
fields(struct making *m, const json_t *o, unsigned place)
{
	const struct field_row *row;

	for (int f = 0; f < FIELD_COUNT; f++) {
		row = field_row((enum field)f);
		if ((row->places & place) != 0)
			element(m, row->name, text_of(o, row->name));
	}
}

/* Parts of a record, before the field they stand in front of (3.3). */
static const struct part {
	enum field	 before;
	const char	*list;	/* NULL: the group stands alone */
	const char	*group;
	unsigned	 place;
} parts[] = {
	{ FIELD_LimitApplicationCertificateRelatedConsFlg, NULL,
	    "ElderlyRecipientCertificateInfo", PLACE_ELDERLY },
	{ FIELD_SpecificDiseasesCertificateRelatedConsFlg, NULL,
	    "LimitApplicationCertificateRelatedInfo", PLACE_LIMIT },
	{ FIELD_SpecificHealthCheckupsInfoConsFlg,
	    "SpecificDiseasesCertificateList",
	    "SpecificDiseasesCertificateInfo", PLACE_DISEASE },
	{ FIELD_SpecificHealthCheckupsInfoConsFlg, "PublicExpenseResultList",
	    "MedicalTicketInfo", PLACE_TICKET },
};

static void
group(struct making *m, const struct part *p, const json_t *o)
{
	if (!json_is_object(o))
		return;
	open_tag(m, p->group);
	fields(m, o, p->place);
	close_tag(m, p->group);
}

/* One, or where a result has more of the name a list of them. */
static void
groups(struct making *m, const struct part *p, const json_t *o)
{
	const json_t *one;
	size_t i;

	group(m, p, o);
	json_array_foreach(o, i, one)
		group(m, p, one);
}

static void
add_part(struct making *m, const struct part *p, const json_t *record)
{
	const json_t *list;

	if (p->list == NULL) {
		groups(m, p, json_object_get(record, p->group));
		return;
	}
	list = json_object_get(record, p->list);
	if (json_object_get(list, p->group) == NULL)
		return;
	open_tag(m, p->list);
	groups(m, p, json_object_get(list, p->group));
	close_tag(m, p->list);
}

/* A face result has the prescription in its body, and nothing that only a
 * bulk check says; the number of a list's unit is the record's. */
static void
record(struct making *m, const json_t *r, const json_t *unit)
{
	const char *number = text_of(r, "ReferenceNumber");
	const struct field_row *row;

	open_tag(m, "ResultOfQualificationConfirmation");
	for (int f = 0; f < FIELD_COUNT; f++) {
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if ((int)parts[i].before == f)
				add_part(m, &parts[i], r);
		row = field_row((enum field)f);
		if ((row->places & PLACE_RECORD) == 0 ||
		    f == FIELD_PrescriptionIssueSelect ||
		    f == FIELD_LimitApplicationCertificateChanged ||
		    f == FIELD_ReferenceNumber)
			continue;
		element(m, row->name, text_of(r, row->name));
	}
	element(m, "ReferenceNumber", number != NULL ? number :
	    text_of(unit, "ReferenceNumber"));
	close_tag(m, "ResultOfQualificationConfirmation");
}

static const char *
first_of(const char *a, const char *b)
{
	return (a != NULL && a[0] != '\0' ? a : b);
}

/* Lists of consent rest on a card; a check on insurance data does not. */
static const char *
reference(const struct orca_source *s, const json_t *header)
{
	int by_card = strstr(s->kind, "muhvq") != NULL ||
	    strstr(s->kind, "muonq") != NULL || strstr(s->kind, "mutic") !=
	    NULL;

	return (first_of(text_of(header, "ReferenceClassification"),
	    by_card ? "1" : "2"));
}

static void
header(struct making *m, const struct orca_conf *c,
    const struct orca_source *s, int64_t now)
{
	const json_t *h = json_object_get(s->data, "header");
	char stamp[CLOCK_STAMP_LEN], day[9], id[33] = "";
	const char *made;
	size_t n = 0;

	clock_stamp(now, stamp);
	stamp[14] = '\0';
	made = first_of(text_of(h, "ProcessExecutionTime"), stamp);
	snprintf(day, sizeof(day), "%.8s", made);
	for (const char *p = s->finding; *p != '\0' && n < 32; p++)
		if (*p != '-')
			id[n++] = *p;
	id[n] = '\0';
	open_tag(m, "MessageHeader");
	element(m, "ProcessExecutionTime", made);
	element(m, "QualificationConfirmationDate",
	    first_of(text_of(h, "QualificationConfirmationDate"),
	    first_of(s->asked_on, day)));
	element(m, "MedicalInstitutionCode", first_of(text_of(h,
	    "MedicalInstitutionCode"), c->institution_code));
	element(m, "ArbitraryFileIdentifier", id);
	element(m, "ReferenceClassification", reference(s, h));
	element(m, "SegmentOfResult", "1");
	element(m, "CharacterCodeIdentifier", m->cp932 ? "1" : "0");
	close_tag(m, "MessageHeader");
}

static void
body(struct making *m, const struct orca_source *s)
{
	const json_t *unit = json_object_get(s->data, "unit");
	const json_t *records = json_object_get(s->data, "records");
	const json_t *r;
	size_t i;

	open_tag(m, "MessageBody");
	element(m, "PrescriptionIssueSelect", first_of(text_of(unit,
	    "PrescriptionIssueSelect"), text_of(json_array_get(records, 0),
	    "PrescriptionIssueSelect")));
	element(m, "ProcessingResultStatus", first_of(text_of(unit,
	    "ProcessingResultStatus"), "1"));
	element(m, "ProcessingResultCode", text_of(unit,
	    "ProcessingResultCode"));
	element(m, "ProcessingResultMessage", text_of(unit,
	    "ProcessingResultMessage"));
	element(m, "QualificationValidity", text_of(unit,
	    "QualificationValidity"));
	open_tag(m, "ResultList");
	json_array_foreach(records, i, r)
		record(m, r, unit);
	close_tag(m, "ResultList");
	close_tag(m, "MessageBody");
}

enum err
orca_xml(const struct orca_conf *c, const struct orca_source *s, int64_t now,
    struct blob *out, struct note *note)
{
	struct making m = { .cp932 = c->charset == CHARSET_CP932 };
	enum err r;

	blob_reset(out);
	if (json_array_size(json_object_get(s->data, "records")) == 0)
		return (ERR_NO_COVERAGE);
	add(&m, "<?xml version=\"1.0\" encoding=\"");
	add(&m, m.cp932 ? "Shift_JIS" : "UTF-8");
	add(&m, "\" standalone=\"no\"?>\r\n");
	open_tag(&m, "XmlMsg");
	header(&m, c, s, now);
	body(&m, s);
	close_tag(&m, "XmlMsg");
	r = m.err;
	if (r == ERR_MISFIT)
		note_set(note, "%s", m.element);
	else if (r == ERR_OK && m.cp932)
		r = text_to_cp932(blob_str(&m.xml), out, NULL);
	else if (r == ERR_OK)
		r = blob_add(out, m.xml.data, m.xml.len);
	blob_free(&m.xml);
	return (r);
}
