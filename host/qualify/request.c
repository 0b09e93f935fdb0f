#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "host/qualify/request.h"

static const enum field siquc_header[] = {
	FIELD_QualificationConfirmationDate, FIELD_MedicalInstitutionCode,
	FIELD_ArbitraryFileIdentifier, FIELD_COUNT,
};
static const enum field siquc_body[] = {
	FIELD_InsurerNumber, FIELD_InsuredCardSymbol,
	FIELD_InsuredIdentificationNumber, FIELD_InsuredBranchNumber,
	FIELD_Birthdate, FIELD_LimitApplicationCertificateRelatedConsFlg,
	FIELD_ArbitraryIdentifier, FIELD_COUNT,
};
static const enum field siimm_header[] = {
	FIELD_MedicalInstitutionCode, FIELD_ArbitraryFileIdentifier,
	FIELD_COUNT,
};
static const enum field siimm_body[] = {
	FIELD_ReferenceNumber, FIELD_InsurerNumber, FIELD_InsuredCardSymbol,
	FIELD_InsuredIdentificationNumber, FIELD_InsuredBranchNumber,
	FIELD_COUNT,
};

const struct request_layout request_siquc = { siquc_header, siquc_body,
    "QualificationConfirmSearchInfo" };
const struct request_layout request_siimm = { siimm_header, siimm_body,
    "ReferenceNumberRegistrationInfo" };

/* Room for 20 or 50 characters of up to 4 bytes and a 0. */
struct value {
	char	text[204];
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

/*
 * 8 characters, a 6-digit number with two spaces in front (5).  No law
 * number is 00, so 8 digits beginning so are a 6-digit number that a
 * register padded with zeros.
 */
static enum err
insurer_number(const struct request *rq, struct value *v)
{
	const char *s = rq->patient->insurer_number;
	size_t len = strlen(s);

	if (!is_digits(s) || (len != 6 && len != 8))
		return (ERR_NO_INSURANCE);
	if (len == 8 && strncmp(s, "00", 2) == 0)
		s += 2;
	snprintf(v->text, sizeof(v->text), "%8s", s);
	return (ERR_OK);
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

static enum err
institution_code(const struct request *rq, struct value *v)
{
	const char *s = rq->institution_code;

	if (!is_digits(s) || strlen(s) != 10)
		return (ERR_CONF);
	return (text(s, 1, v));
}

static enum err
symbol(const struct request *rq, struct value *v)
{
	return (text(is_late_elderly(rq->patient) ? "" :
	    rq->patient->insured_card_symbol, 0, v));
}

static enum err
identification(const struct request *rq, struct value *v)
{
	return (text(rq->patient->insured_identification_number, 1, v));
}

/* Two digits or not there: absent is not 00 (features.md E05). */
static enum err
branch(const struct request *rq, struct value *v)
{
	const char *s = rq->patient->insured_branch_number;

	if (is_late_elderly(rq->patient) || s[0] == '\0')
		return (text("", 0, v));
	if (!is_digits(s) || strlen(s) != 2 || strcmp(s, "00") == 0)
		return (ERR_NO_INSURANCE);
	return (text(s, 1, v));
}

static enum err
birthdate(const struct request *rq, struct value *v)
{
	if (!clock_is_date(rq->patient->birthdate))
		return (ERR_NO_INSURANCE);
	return (text(rq->patient->birthdate, 1, v));
}

static enum err
reference(const struct request *rq, struct value *v)
{
	return (text(rq->patient->reference_number, 1, v));
}

static enum err
consent_flag(const struct request *rq, struct value *v)
{
	return (text(rq->limit_consent ? "1" : "0", 1, v));
}

static enum err
date(const struct request *rq, struct value *v)
{
	return (clock_is_date(rq->date) ? text(rq->date, 1, v) :
	    ERR_SEQUENCE);
}

static enum err
identifier(const struct request *rq, struct value *v)
{
	return (text(rq->identifier, 1, v));
}

/* Echoed per person: the chart number says whose answer it is. */
static enum err
person(const struct request *rq, struct value *v)
{
	return (text(rq->patient->chart_number, 0, v));
}

static const struct {
	enum field	 field;
	enum err	(*get)(const struct request *, struct value *);
} sources[] = {
	{ FIELD_QualificationConfirmationDate,	date },
	{ FIELD_MedicalInstitutionCode,		institution_code },
	{ FIELD_ArbitraryFileIdentifier,	identifier },
	{ FIELD_InsurerNumber,			insurer_number },
	{ FIELD_InsuredCardSymbol,		symbol },
	{ FIELD_InsuredIdentificationNumber,	identification },
	{ FIELD_InsuredBranchNumber,		branch },
	{ FIELD_Birthdate,			birthdate },
	{ FIELD_LimitApplicationCertificateRelatedConsFlg, consent_flag },
	{ FIELD_ArbitraryIdentifier,		person },
	{ FIELD_ReferenceNumber,		reference },
};

static enum err
get_value(const struct request *rq, enum field f, struct value *v)
{
	enum err r = ERR_SEQUENCE;

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (sources[i].field == f)
			r = sources[i].get(rq, v);
	}
	if (r == ERR_OK && !field_fits(f, v->text))
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

static void
say(struct note *note, enum err r, const char *name, unsigned pos)
{
	if (r == ERR_CHARSET)
		note_set(note, "%s: character %u", name, pos);
	else if (r == ERR_NO_INSURANCE || r == ERR_CONF)
		note_set(note, "%s", name);
}

/* An element without a value is left out (1.2). */
static enum err
put_fields(const struct request *rq, const enum field *f, const char *indent,
    struct blob *out, struct note *note)
{
	unsigned pos = 0;
	struct value v;
	enum err r = ERR_OK;

	for (; *f != FIELD_COUNT && r == ERR_OK; f++) {
		v.text[0] = '\0';
		if ((r = get_value(rq, *f, &v)) == ERR_OK)
			r = check_text(rq, &v, &pos);
		if (r == ERR_OK && v.text[0] != '\0')
			r = put_element(field_row(*f)->name, indent, v.text,
			    out);
		say(note, r, field_row(*f)->name, pos);
	}
	secret_cleanse(&v, sizeof(v));
	return (r);
}

/* Line ends and declaration as in the files that are known to work (1.2). */
static enum err
put_message(const struct request *rq, struct blob *out, struct note *note)
{
	const struct request_layout *l = rq->layout;
	enum err r;

	if ((r = blob_printf(out, "<?xml version=\"1.0\" encoding=\"%s\" "
	    "standalone=\"no\"?>\r\n<XmlMsg>\r\n  <MessageHeader>\r\n",
	    rq->cp932 ? "Shift_JIS" : "UTF-8")) != ERR_OK ||
	    (r = put_fields(rq, l->header, "    ", out, note)) != ERR_OK ||
	    (r = blob_printf(out, "  </MessageHeader>\r\n  <MessageBody>\r\n"
	    "    <%s>\r\n", l->group)) != ERR_OK ||
	    (r = put_fields(rq, l->body, "      ", out, note)) != ERR_OK)
		return (r);
	return (blob_printf(out, "    </%s>\r\n  </MessageBody>\r\n"
	    "</XmlMsg>\r\n", l->group));
}

enum err
request_write(const struct request *rq, struct blob *out, struct note *note)
{
	struct blob utf8 = { 0 };
	enum err r;

	blob_reset(out);
	if ((r = put_message(rq, &utf8, note)) != ERR_OK)
		goto out;
	r = rq->cp932 ? text_to_cp932(blob_str(&utf8), out, NULL) :
	    blob_add(out, utf8.data, utf8.len);
	if (r != ERR_OK)
		blob_reset(out);
out:
	blob_free(&utf8);
	return (r);
}
