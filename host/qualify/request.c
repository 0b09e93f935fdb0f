#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "host/qualify/request.h"

/* Room for 20, 50 or 100 characters of up to 4 bytes and a 0. */
struct value {
	char	text[404];
};

typedef enum err get_text(const struct request *,
    const struct request_person *, struct value *);

struct element {
	const char	*name;
	get_text	*get;
	enum field	 like;	/* whose form its value has */
	const char	*in;	/* the group it stands in, NULL: none */
};

struct request_layout {
	const struct element	*header, *body;	/* a row of NULLs ends them */
	const char		*group;		/* what the body's stand in */
	int			 many;		/* the group, once per person */
	unsigned		 axes;		/* 1 << AXIS_MONTH ...; 0 none */
	enum request_naming	 naming;
	int			 forms;		/* of FileCategory; 0 none */
};

static int
is_digits(const char *s)
{
	return (s[0] != '\0' && s[strspn(s, "0123456789")] == '\0');
}

/* 39: 後期高齢者, who have neither symbol nor branch (oqs-files.md 2.1). */
static int
is_late_elderly(const struct patient *p)
{
	return (strlen(p->insurer_number) == 8 &&
	    strncmp(p->insurer_number, "39", 2) == 0);
}

static enum err
text(const char *s, int needed, struct value *v)
{
	if (needed && s[0] == '\0')
		return (ERR_NO_INSURANCE);
	if (snprintf(v->text, sizeof(v->text), "%s", s) >=
	    (int)sizeof(v->text))
		return (ERR_NO_INSURANCE);
	return (ERR_OK);
}

/* --- of the whole request --- */

static enum err
date(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (rq->date != NULL && clock_is_date(rq->date) ?
	    text(rq->date, 1, v) : ERR_SEQUENCE);
}

static enum err
institution_code(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	const char *s = rq->institution_code;

	(void)p;
	if (!is_digits(s) || strlen(s) != 10)
		return (ERR_CONF);
	return (text(s, 1, v));
}

static enum err
identifier(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (text(rq->identifier, 1, v));
}

static enum err
reception(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	const char *s = rq->reception_number;

	(void)p;
	if (s == NULL || s[0] == '\0' ||
	    !field_fits(FIELD_ReceptionNumber, s))
		return (ERR_SEQUENCE);
	return (text(s, 1, v));
}

static enum err
end_of(const struct request *rq, enum axis axis, int to, struct value *v)
{
	if (rq->range == NULL || rq->range->axis != axis)
		return (text("", 0, v));
	return (text(to ? rq->range->to : rq->range->from, 1, v));
}

static enum err
consent_from(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (end_of(rq, AXIS_CONSENT, 0, v));
}

static enum err
consent_to(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (end_of(rq, AXIS_CONSENT, 1, v));
}

static enum err
examination_from(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (end_of(rq, AXIS_EXAMINATION, 0, v));
}

static enum err
examination_to(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (end_of(rq, AXIS_EXAMINATION, 1, v));
}

static enum err
month_from(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (end_of(rq, AXIS_MONTH, 0, v));
}

static enum err
month_to(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (end_of(rq, AXIS_MONTH, 1, v));
}

/* OQSCD028, as the lists have it (2.4). */
static enum err
home_care(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	(void)p;
	return (text("2", 1, v));
}

static enum err
online_care(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	(void)p;
	return (text("3", 1, v));
}

static enum err
care(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	if (rq->care < 0 || rq->care > 4 ||
	    (rq->care == 0 && rq->layout->axes != 0))
		return (ERR_SEQUENCE);
	if (rq->care == 0)
		return (text("", 0, v));
	snprintf(v->text, sizeof(v->text), "%d", rq->care);
	return (ERR_OK);
}

static enum err
file_category(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	if (rq->form < 1 || rq->form > rq->layout->forms)
		return (ERR_SEQUENCE);
	snprintf(v->text, sizeof(v->text), "%d", rq->form);
	return (ERR_OK);
}

/* 1 is the only value that anybody was seen to write (2.5). */
static enum err
slips(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (text(rq->slips ? "1" : "", 0, v));
}

static enum err
consent_flag(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)p;
	return (text(rq->limit_consent ? "1" : "0", 1, v));
}

/* --- of a person --- */

/*
 * 8 characters, a 6-digit number with two spaces in front (5).  No law
 * number is 00, so 8 digits beginning so are a 6-digit number that a
 * register padded with zeros.
 */
static enum err
insurer_number(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	const char *s = p->patient->insurer_number;
	size_t len = strlen(s);

	(void)rq;
	if (!is_digits(s) || (len != 6 && len != 8))
		return (ERR_NO_INSURANCE);
	if (len == 8 && strncmp(s, "00", 2) == 0)
		s += 2;
	snprintf(v->text, sizeof(v->text), "%8s", s);
	return (ERR_OK);
}

static enum err
symbol(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	return (text(is_late_elderly(p->patient) ? "" :
	    p->patient->insured_card_symbol, 0, v));
}

static enum err
identification(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	return (text(p->patient->insured_identification_number, 1, v));
}

/* Two digits or not there: absent is not 00 (features.md E05). */
static enum err
branch(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	const char *s = p->patient->insured_branch_number;

	(void)rq;
	if (is_late_elderly(p->patient) || s[0] == '\0')
		return (text("", 0, v));
	if (!is_digits(s) || strlen(s) != 2 || strcmp(s, "00") == 0)
		return (ERR_NO_INSURANCE);
	return (text(s, 1, v));
}

static enum err
birthdate(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	if (!clock_is_date(p->patient->birthdate))
		return (ERR_NO_INSURANCE);
	return (text(p->patient->birthdate, 1, v));
}

static enum err
reference(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	return (text(p->patient->reference_number, 1, v));
}

/* What we have on file, so that the centre can say whether it changed. */
static enum err
limit_class(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	return (text(p->limit_class == NULL ? "" : p->limit_class, 0, v));
}

static enum err
limit_flag(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	return (text(p->limit_flag == NULL ? "" : p->limit_flag, 0, v));
}

/* Echoed per person: the chart number says whose answer it is. */
static enum err
mark(const struct request *rq, const struct request_person *p,
    struct value *v)
{
	(void)rq;
	return (text(p->identifier != NULL ? p->identifier :
	    p->patient->chart_number, 0, v));
}

/* --- the layouts, in the order of oqs-files.md 2.1 to 2.5 --- */

#define ELEMENT(name, get)	{ #name, get, FIELD_##name, NULL }
#define END			{ NULL, NULL, FIELD_COUNT, NULL }
#define LIMIT "LimitApplicationCertificateRelatedInfo"
#define INSURANCE							\
	ELEMENT(InsurerNumber, insurer_number),				\
	ELEMENT(InsuredCardSymbol, symbol),				\
	ELEMENT(InsuredIdentificationNumber, identification),		\
	ELEMENT(InsuredBranchNumber, branch)

static const struct element full_header[] = {
	ELEMENT(QualificationConfirmationDate, date),
	ELEMENT(MedicalInstitutionCode, institution_code),
	ELEMENT(ArbitraryFileIdentifier, identifier), END,
};
static const struct element short_header[] = {
	ELEMENT(MedicalInstitutionCode, institution_code),
	ELEMENT(ArbitraryFileIdentifier, identifier), END,
};
static const struct element fetch_header[] = {
	ELEMENT(MedicalInstitutionCode, institution_code), END,
};
/* The tag names are this family's own; forms are those of the other. */
static const struct element viewing_header[] = {
	ELEMENT(MedicalInstitutionCode, institution_code),
	ELEMENT(InsurerNumber, insurer_number),
	{ "InsuranceCardSymbol", symbol, FIELD_InsuredCardSymbol, NULL },
	{ "InsuredPersonIdentificationNumber", identification,
	    FIELD_InsuredIdentificationNumber, NULL },
	{ "BranchNumber", branch, FIELD_InsuredBranchNumber, NULL },
	ELEMENT(ArbitraryFileIdentifier, identifier), END,
};

static const struct element siquc_body[] = {
	INSURANCE, ELEMENT(Birthdate, birthdate),
	ELEMENT(LimitApplicationCertificateRelatedConsFlg, consent_flag),
	ELEMENT(ArbitraryIdentifier, mark), END,
};
static const struct element sihvq_body[] = {
	INSURANCE, ELEMENT(Birthdate, birthdate),
	ELEMENT(MedicalTreatmentFlag, home_care),
	ELEMENT(ArbitraryIdentifier, mark), END,
};
static const struct element sionq_body[] = {
	INSURANCE, ELEMENT(Birthdate, birthdate),
	ELEMENT(MedicalTreatmentFlag, online_care),
	ELEMENT(ArbitraryIdentifier, mark), END,
};
static const struct element muquc_body[] = {
	INSURANCE, ELEMENT(Birthdate, birthdate),
	{ "LimitApplicationCertificateClassification", limit_class,
	    FIELD_LimitApplicationCertificateClassification, LIMIT },
	{ "LimitApplicationCertificateClassificationFlag", limit_flag,
	    FIELD_LimitApplicationCertificateClassificationFlag, LIMIT },
	ELEMENT(ArbitraryIdentifier, mark), END,
};
static const struct element registration_body[] = {
	ELEMENT(ReferenceNumber, reference), INSURANCE, END,
};
static const struct element mutic_body[] = {
	ELEMENT(MedicalTreatmentMonth, month_from), END,
};
static const struct element muhvq_body[] = {
	ELEMENT(ConsentDateFrom, consent_from),
	ELEMENT(ConsentDateTo, consent_to),
	ELEMENT(MedicalTreatmentFlag, home_care), END,
};
static const struct element muonq_body[] = {
	ELEMENT(ConsentDateFrom, consent_from),
	ELEMENT(ConsentDateTo, consent_to),
	ELEMENT(ExaminationDateFrom, examination_from),
	ELEMENT(ExaminationDateTo, examination_to),
	ELEMENT(MedicalTreatmentFlag, online_care), END,
};
static const struct element fetch_body[] = {
	ELEMENT(ReceptionNumber, reception), END,
};
static const struct element tkk_body[] = {
	{ "FileCategory", file_category, FIELD_COUNT, NULL },
	{ "PrDiInfClassification", slips, FIELD_COUNT, NULL },
	ELEMENT(MedicalTreatmentFlag, care), END,
};
static const struct element yzk_body[] = {
	{ "StartDate", month_from, FIELD_MedicalTreatmentMonth, NULL },
	{ "EndDate", month_to, FIELD_MedicalTreatmentMonth, NULL },
	{ "FileCategory", file_category, FIELD_COUNT, NULL },
	{ "PrDiInfClassification", slips, FIELD_COUNT, NULL },
	ELEMENT(MedicalTreatmentFlag, care), END,
};
static const struct element no_body[] = { END };

#define SEARCH "QualificationConfirmSearchInfo"
#define REGISTRATION "ReferenceNumberRegistrationInfo"
#define A(axis) (1u << AXIS_##axis)

const struct request_layout request_siquc = { full_header, siquc_body,
    SEARCH, 0, 0, REQUEST_SERIAL, 0 };
const struct request_layout request_siimm = { short_header,
    registration_body, REGISTRATION, 0, 0, REQUEST_SERIAL, 0 };
const struct request_layout request_muquc = { full_header, muquc_body,
    SEARCH, 1, 0, REQUEST_SERIAL, 0 };
const struct request_layout request_muimm = { short_header,
    registration_body, REGISTRATION, 1, 0, REQUEST_SERIAL, 0 };
const struct request_layout request_mutic = { short_header, mutic_body,
    SEARCH, 0, A(MONTH), REQUEST_SERIAL, 0 };
const struct request_layout request_muhvq = { short_header, muhvq_body,
    SEARCH, 0, A(CONSENT), REQUEST_SERIAL, 0 };
const struct request_layout request_muonq = { short_header, muonq_body,
    SEARCH, 0, A(CONSENT) | A(EXAMINATION), REQUEST_SERIAL, 0 };
const struct request_layout request_fetch = { fetch_header, fetch_body,
    NULL, 0, 0, REQUEST_SERIAL, 0 };
const struct request_layout request_tkk = { viewing_header, tkk_body, NULL,
    0, 0, REQUEST_VIEWING, 2 };
const struct request_layout request_yzk = { viewing_header, yzk_body, NULL,
    0, A(MONTH), REQUEST_VIEWING, 4 };
const struct request_layout request_sihvq = { full_header, sihvq_body,
    SEARCH, 0, 0, REQUEST_SERIAL, 0 };
const struct request_layout request_sionq = { full_header, sionq_body,
    SEARCH, 0, 0, REQUEST_SERIAL, 0 };
const struct request_layout request_header = { short_header, no_body, NULL,
    0, 0, REQUEST_SERIAL, 0 };

enum request_naming
request_naming(const struct request_layout *layout)
{
	return (layout->naming);
}

int
request_has_identifier(const struct request_layout *layout)
{
	const struct element *e = layout->header;

	while (e->name != NULL && e->get != identifier)
		e++;
	return (e->name != NULL);
}

/* Elements whose value is a person's; they have nothing without one. */
static int
is_personal(get_text *get)
{
	static get_text *const all[] = { insurer_number, symbol,
	    identification, branch, birthdate, reference, limit_class,
	    limit_flag, mark };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] == get)
			return (1);
	}
	return (0);
}

static enum err
get_value(const struct request *rq, const struct request_person *p,
    const struct element *e, struct value *v)
{
	enum err r;

	v->text[0] = '\0';
	if (is_personal(e->get) && (p == NULL || p->patient == NULL))
		return (ERR_SEQUENCE);
	r = e->get(rq, p, v);
	if (r == ERR_OK && e->like != FIELD_COUNT &&
	    !field_fits(e->like, v->text))
		r = ERR_NO_INSURANCE;
	return (r);
}

/* Bytes of the text's first character that is none XML or the terminal
 * could take: C0, DEL, C1, U+FFFE and U+FFFF.  -1 if all are good. */
static long
bad_character(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	for (size_t i = 0; p[i] != 0; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f)
			return ((long)i);
		if (p[i] == 0xc2 && p[i + 1] >= 0x80 && p[i + 1] < 0xa0)
			return ((long)i);
		if (p[i] == 0xef && p[i + 1] == 0xbf && p[i + 2] >= 0xbe)
			return ((long)i);
	}
	return (-1);
}

/* The 1-based number of the character at a byte offset. */
static unsigned
position(const char *s, size_t at)
{
	char head[sizeof(struct value)];
	unsigned n;

	snprintf(head, sizeof(head), "%.*s", (int)at, s);
	n = field_chars(head) + 1;
	secret_cleanse(head, sizeof(head));
	return (n);
}

static enum err
check_text(const struct request *rq, const struct value *v, unsigned *pos)
{
	long bad = bad_character(v->text);
	struct blob bytes = { 0 };
	size_t at = 0;
	enum err r = ERR_OK;

	if (!text_is_utf8(v->text, strlen(v->text)))
		r = ERR_CHARSET;
	else if (bad >= 0) {
		r = ERR_CHARSET;
		at = (size_t)bad;
	} else if (rq->cp932)
		r = text_to_cp932(v->text, &bytes, &at);
	if (r == ERR_CHARSET)
		*pos = position(v->text, at);
	blob_free(&bytes);
	return (r);
}

static const char *
escape(char c)
{
	switch (c) {
	case '&':
		return ("&amp;");
	case '<':
		return ("&lt;");
	case '>':
		return ("&gt;");
	default:
		return (NULL);
	}
}

static enum err
put_escaped(const char *s, struct blob *out)
{
	enum err r = ERR_OK;

	for (; *s != '\0' && r == ERR_OK; s++)
		r = escape(*s) != NULL ? blob_add_str(out, escape(*s)) :
		    blob_add_u8(out, (uint8_t)*s);
	return (r);
}

static enum err
put_element(const char *name, const char *indent, const char *s,
    struct blob *out)
{
	enum err r;

	if ((r = blob_printf(out, "%s<%s>", indent, name)) != ERR_OK ||
	    (r = put_escaped(s, out)) != ERR_OK)
		return (r);
	return (blob_printf(out, "</%s>\r\n", name));
}

/* Which element of whom; nobody is named. */
static void
say(struct note *note, enum err r, const struct request *rq,
    const struct request_person *p, const char *name, unsigned pos)
{
	char whose[24] = "";

	if (rq->layout->many && p != NULL)
		snprintf(whose, sizeof(whose), "%zu: ",
		    (size_t)(p - rq->persons) + 1);
	if (r == ERR_CHARSET)
		note_set(note, "%s%s: character %u", whose, name, pos);
	else if (r == ERR_NO_INSURANCE || r == ERR_CONF || r == ERR_SEQUENCE)
		note_set(note, "%s%s", whose, name);
}

/* Opens and closes the groups that elements stand in. */
static enum err
move_group(const char **open, const char *in, const char *indent,
    struct blob *out)
{
	const char *was = *open;
	enum err r = ERR_OK;

	*open = in;
	if (was == in)
		return (ERR_OK);
	if (was != NULL)
		r = blob_printf(out, "%s</%s>\r\n", indent, was);
	if (r == ERR_OK && in != NULL)
		r = blob_printf(out, "%s<%s>\r\n", indent, in);
	return (r);
}

static enum err
check_value(const struct request *rq, const struct request_person *p,
    const struct element *e, struct value *v, struct note *note)
{
	unsigned pos = 0;
	enum err r;

	if ((r = get_value(rq, p, e, v)) == ERR_OK)
		r = check_text(rq, v, &pos);
	say(note, r, rq, p, e->name, pos);
	return (r);
}

/* An element without a value is left out (1.2). */
static enum err
put_elements(const struct request *rq, const struct request_person *p,
    const struct element *e, const char *indent, struct blob *out,
    struct note *note)
{
	const char *open = NULL;
	struct value v;
	enum err r = ERR_OK;

	for (; e->name != NULL && r == ERR_OK; e++) {
		if ((r = check_value(rq, p, e, &v, note)) != ERR_OK ||
		    v.text[0] == '\0')
			continue;
		if ((r = move_group(&open, e->in, indent, out)) == ERR_OK &&
		    (open == NULL ||
		    (r = blob_add_str(out, "  ")) == ERR_OK))
			r = put_element(e->name, indent, v.text, out);
	}
	if (r == ERR_OK)
		r = move_group(&open, NULL, indent, out);
	secret_cleanse(&v, sizeof(v));
	return (r);
}

static enum err
put_group(const struct request *rq, const struct request_person *p,
    struct blob *out, struct note *note)
{
	const struct request_layout *l = rq->layout;
	enum err r;

	if (l->group == NULL)
		return (put_elements(rq, p, l->body, "    ", out, note));
	if ((r = blob_printf(out, "    <%s>\r\n", l->group)) != ERR_OK ||
	    (r = put_elements(rq, p, l->body, "      ", out, note)) != ERR_OK)
		return (r);
	return (blob_printf(out, "    </%s>\r\n", l->group));
}

static enum err
put_body(const struct request *rq, struct blob *out, struct note *note)
{
	enum err r = ERR_OK;

	if (!rq->layout->many)
		return (put_group(rq, rq->persons, out, note));
	for (size_t i = 0; i < rq->n && r == ERR_OK; i++)
		r = put_group(rq, &rq->persons[i], out, note);
	return (r);
}

/* Line ends and declaration as in the files that are known to work (1.2). */
static enum err
put_message(const struct request *rq, struct blob *out, struct note *note)
{
	enum err r;

	if ((r = blob_printf(out, "<?xml version=\"1.0\" encoding=\"%s\" "
	    "standalone=\"no\"?>\r\n<XmlMsg>\r\n  <MessageHeader>\r\n",
	    rq->cp932 ? "Shift_JIS" : "UTF-8")) != ERR_OK ||
	    (r = put_elements(rq, rq->persons, rq->layout->header, "    ",
	    out, note)) != ERR_OK ||
	    (r = blob_add_str(out, "  </MessageHeader>\r\n"
	    "  <MessageBody>\r\n")) != ERR_OK ||
	    (r = put_body(rq, out, note)) != ERR_OK)
		return (r);
	return (blob_add_str(out, "  </MessageBody>\r\n</XmlMsg>\r\n"));
}

static int
is_end(enum axis axis, const char *s)
{
	return (axis == AXIS_MONTH ? s[0] != '\0' &&
	    field_fits(FIELD_MedicalTreatmentMonth, s) : clock_is_date(s));
}

/* What the category allows is range.h's to say; this is the layout's. */
static enum err
check_range(const struct request *rq, struct note *note)
{
	const struct range *range = rq->range;
	const char *what = NULL;

	if (rq->layout->axes == 0)
		return (ERR_OK);
	if (range == NULL || (unsigned)range->axis >= AXIS_COUNT ||
	    (rq->layout->axes & (1u << range->axis)) == 0)
		what = "other dates are asked for here";
	else if (!is_end(range->axis, range->from) ||
	    !is_end(range->axis, range->to))
		what = "no such date";
	else if (strcmp(range->from, range->to) > 0)
		what = "from lies behind to";
	if (what == NULL)
		return (ERR_OK);
	note_set(note, "%s", what);
	return (ERR_RANGE);
}

/* One where one is meant, one at least in a list, none for the others. */
static enum err
check_count(const struct request *rq)
{
	int one = 0;

	for (const struct element *e = rq->layout->header; e->name != NULL; e++)
		one |= is_personal(e->get);
	for (const struct element *e = rq->layout->body; e->name != NULL; e++)
		one |= is_personal(e->get);
	if (!one)
		return (rq->n == 0 ? ERR_OK : ERR_SEQUENCE);
	return (rq->n == 1 || (rq->layout->many && rq->n > 1) ? ERR_OK :
	    ERR_SEQUENCE);
}

enum err
request_write(const struct request *rq, struct blob *out, struct note *note)
{
	struct blob utf8 = { 0 };
	enum err r;

	blob_reset(out);
	if ((r = check_count(rq)) != ERR_OK ||
	    (r = check_range(rq, note)) != ERR_OK ||
	    (r = put_message(rq, &utf8, note)) != ERR_OK)
		goto out;
	r = rq->cp932 ? text_to_cp932(blob_str(&utf8), out, NULL) :
	    blob_add(out, utf8.data, utf8.len);
	if (r != ERR_OK)
		blob_reset(out);
out:
	blob_free(&utf8);
	return (r);
}

enum err
request_check_person(const struct request *rq, size_t i, struct note *note)
{
	const struct element *const parts[] = { rq->layout->header,
	    rq->layout->body };
	struct value v;
	enum err r = ERR_OK;

	if (i >= rq->n)
		return (ERR_SEQUENCE);
	for (int part = 0; part < 2; part++) {
		for (const struct element *e = parts[part];
		    e->name != NULL && r == ERR_OK; e++) {
			if (is_personal(e->get))
				r = check_value(rq, &rq->persons[i], e, &v,
				    note);
		}
	}
	secret_cleanse(&v, sizeof(v));
	return (r);
}
