#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/qualify/request_in.h"

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

int
request_is_personal(const struct element *e)
{
	static request_get *const all[] = { insurer_number, symbol,
	    identification, branch, birthdate, reference, limit_class,
	    limit_flag, mark };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] == e->get)
			return (1);
	}
	return (0);
}

enum err
request_value(const struct request *rq, const struct request_person *p,
    const struct element *e, struct value *v)
{
	enum err r;

	v->text[0] = '\0';
	if (request_is_personal(e) && (p == NULL || p->patient == NULL))
		return (ERR_SEQUENCE);
	r = e->get(rq, p, v);
	if (r == ERR_OK && e->like != FIELD_COUNT &&
	    !field_fits(e->like, v->text))
		r = ERR_NO_INSURANCE;
	return (r);
}
