#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/import/offer_of.h"
#include "host/ledger/column.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

struct pair {
	const char	*word, *element;	/* ours; oqs-files.md 3.3 */
};

static const struct pair insurance[] = {
	{ "insurer_number", "InsurerNumber" },
	{ "insured_card_symbol", "InsuredCardSymbol" },
	{ "insured_identification_number", "InsuredIdentificationNumber" },
	{ "insured_branch_number", "InsuredBranchNumber" },
	{ "personal_family_classification", "PersonalFamilyClassification" },
	{ "insured_name", "InsuredName" },
	{ "insurer_name", "InsurerName" },
	{ "insured_card_classification", "InsuredCardClassification" },
	{ "issued_on", "InsuredCertificateIssuanceDate" },
	{ "contribution_ratio", "InsuredPartialContributionRatio" },
	{ "qualified_on", "QualificationDate" },
	{ "disqualified_on", "DisqualificationDate" },
	{ "reason_of_loss", "ReasonOfLoss" },
	{ "preschool_classification", "PreschoolClassification" },
	{ NULL, NULL },
};

static const struct pair aid[] = {
	{ "insurer_number", "InsurerNumber" },
	{ "insurer_name", "InsurerName" },
	{ "insured_identification_number", "InsuredIdentificationNumber" },
	{ "personal_family_classification", "PersonalFamilyClassification" },
	{ "insured_name", "InsuredName" },
	{ "issued_on", "InsuredCertificateIssuanceDate" },
	{ "qualified_on", "QualificationDate" },
	{ "disqualified_on", "DisqualificationDate" },
	{ NULL, NULL },
};

static const struct pair elderly[] = {
	{ "issued_on", "ElderlyRecipientCertificateDate" },
	{ "contribution_ratio", "ElderlyRecipientContributionRatio" },
	{ NULL, NULL },
};

static const struct pair limit[] = {
	{ "classification", "LimitApplicationCertificateClassification" },
	{ "classification_flag",
	    "LimitApplicationCertificateClassificationFlag" },
	{ "issued_on", "LimitApplicationCertificateDate" },
	{ "long_term_on", "LimitApplicationCertificateLongTermDate" },
	{ NULL, NULL },
};

static const struct pair disease[] = {
	{ "category", "SpecificDiseasesDiseaseCategory" },
	{ "issued_on", "SpecificDiseasesCertificateDate" },
	{ "self_pay", "SpecificDiseasesSelfPay" },
	{ NULL, NULL },
};

static const char *
text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return (s == NULL ? "" : s);
}

static enum err
add_manual(struct offer *o, const char *what, const char *ja, const char *en)
{
	json_t *row = json_pack("{s:s, s:s, s:s}", "what", what, "ja", ja,
	    "en", en);

	return (row != NULL && json_array_append_new(o->manual, row) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

/* A new row with the values that are there; NULL past the last one. */
static struct coverage *
add_row(struct offer *o, enum coverage_kind kind, const json_t *from,
    const struct pair *pairs)
{
	struct blob value = { 0 };
	struct coverage *c;
	enum err r = ERR_OK;

	if (o->n == OFFER_ROWS) {
		o->left_out++;
		return (NULL);
	}
	c = &o->row[o->n++];
	*c = (struct coverage){ .kind = kind };
	for (; r == ERR_OK && pairs->word != NULL; pairs++) {
		/* Insurer numbers are padded with blanks (oqs-files.md 5). */
		if ((r = text_trim(text(from, pairs->element), &value)) ==
		    ERR_OK)
			r = coverage_set(c, pairs->word, blob_str(&value));
	}
	if (r == ERR_OK && c->fields == NULL)
		c->fields = json_object();
	blob_free(&value);
	return (c);
}

/* The span; "" in one name falls back to the other. */
static void
set_span(struct coverage *c, const json_t *from, const char *start,
    const char *other_start, const char *end)
{
	day_of(text(from, start), c->valid_from);
	if (c->valid_from[0] == '\0' && other_start != NULL)
		day_of(text(from, other_start), c->valid_from);
	day_of(text(from, end), c->valid_until);
}

/* The day of the loss is the first one without. */
static void
end_by_loss(struct coverage *c, const json_t *record)
{
	char lost[DAY_LEN], last[DAY_LEN];

	day_of(text(record, "DisqualificationDate"), lost);
	day_add(lost, -1, last);
	if (last[0] != '\0' && (c->valid_until[0] == '\0' ||
	    strcmp(last, c->valid_until) < 0))
		memcpy(c->valid_until, last, DAY_LEN);
}

enum record_kind { RECORD_INSURANCE, RECORD_AID, RECORD_OTHER };

/* Law numbers of public expense, which a person enters (features.md COS-03):
 * all but those of insurances, which have 8 digits too. */
static int
is_expense(const char *number)
{
	static const char *const laws[] = { "10", "11", "13", "14", "15",
	    "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "28",
	    "29", "30", "38", "51", "52", "53", "54", "56", "62", "66", "68",
	    "79" };

	if (strlen(number) != 8)
		return (0);
	if (number[0] == '8' || number[0] == '9')	/* local schemes */
		return (1);
	for (size_t i = 0; i < LEN(laws); i++)
		if (strncmp(number, laws[i], 2) == 0)
			return (1);
	return (0);
}

static enum record_kind
kind_of(const json_t *record)
{
	const char *class = text(record, "InsuredCardClassification");
	const char *number = text(record, "InsurerNumber");

	number += strspn(number, " ");
	if (strcmp(class, "A1") == 0 ||
	    (*class == '\0' && offer_is_aid_number(number)))
		return (RECORD_AID);
	return (class[0] == 'A' || is_expense(number) ? RECORD_OTHER :
	    RECORD_INSURANCE);
}

static enum err
add_expense(struct offer *o, const json_t *record)
{
	const char *number = text(record, "InsurerNumber");
	char ja[160], en[160];

	number += strspn(number, " ");
	snprintf(ja, sizeof(ja), "公費（法別番号 %.2s）は取り込めません。"
	    "受給者証を確かめ、手で入力してください", number);
	snprintf(en, sizeof(en), "public expense of law number %.2s is not "
	    "imported: enter it by hand", number);
	return (add_manual(o, "public_expense", ja, en));
}

typedef enum err each_item(struct offer *, const json_t *);

/* One object or a list of them, under a group or not. */
static enum err
for_each(struct offer *o, const json_t *group, const char *name,
    each_item *each)
{
	json_t *list = json_object_get(group, name), *item;
	enum err r = ERR_OK;
	size_t i;

	if (json_is_object(list))
		return (each(o, list));
	json_array_foreach(list, i, item) {
		if (r == ERR_OK)
			r = each(o, item);
	}
	return (r);
}

/* An empty group is no certificate. */
static enum err
made(struct offer *o, struct coverage *c)
{
	if (c == NULL)
		return (ERR_OK);
	if (c->fields == NULL)
		return (ERR_NOMEM);
	if (json_object_size(c->fields) == 0 && c->valid_from[0] == '\0') {
		coverage_free(c);
		o->n--;
	}
	return (ERR_OK);
}

static enum err
add_elderly(struct offer *o, const json_t *g)
{
	struct coverage *c = add_row(o, COVERAGE_ELDERLY, g, elderly);

	if (c != NULL)
		set_span(c, g, "ElderlyRecipientValidStartDate", NULL,
		    "ElderlyRecipientValidEndDate");
	return (made(o, c));
}

static enum err
add_limit(struct offer *o, const json_t *g)
{
	struct coverage *c = add_row(o, COVERAGE_LIMIT, g, limit);

	if (c != NULL)
		set_span(c, g, "LimitApplicationCertificateValidStartDate",
		    NULL, "LimitApplicationCertificateValidEndDate");
	return (made(o, c));
}

static enum err
add_disease(struct offer *o, const json_t *g)
{
	struct coverage *c = add_row(o, COVERAGE_DISEASE, g, disease);

	if (c != NULL)
		set_span(c, g, "SpecificDiseasesValidStartDate", NULL,
		    "SpecificDiseasesValidEndDate");
	return (made(o, c));
}

static enum err
add_parts(struct offer *o, const json_t *record)
{
	enum err r;

	if ((r = for_each(o, record, "ElderlyRecipientCertificateInfo",
	    add_elderly)) != ERR_OK ||
	    (r = for_each(o, record, "LimitApplicationCertificateRelatedInfo",
	    add_limit)) != ERR_OK)
		return (r);
	return (for_each(o, json_object_get(record,
	    "SpecificDiseasesCertificateList"),
	    "SpecificDiseasesCertificateInfo", add_disease));
}

static enum err
add_ticket(struct offer *o, const json_t *ticket)
{
	struct coverage *c = &o->row[o->n - 1];
	const char *pay = text(ticket, "SelfPayAmount");

	return (*pay == '\0' || *coverage_field(c, "self_pay") != '\0' ?
	    ERR_OK : coverage_set(c, "self_pay", pay));
}

static enum err
add_main(struct offer *o, const json_t *record, int is_aid)
{
	struct coverage *c = add_row(o, is_aid ? COVERAGE_AID :
	    COVERAGE_INSURANCE, record, is_aid ? aid : insurance);

	if (c == NULL)
		return (ERR_OK);
	if (c->fields == NULL)
		return (ERR_NOMEM);
	set_span(c, record, "InsuredCardValidDate", "QualificationDate",
	    "InsuredCardExpirationDate");
	end_by_loss(c, record);
	return (is_aid ? for_each(o, json_object_get(record,
	    "PublicExpenseResultList"), "MedicalTicketInfo", add_ticket) :
	    ERR_OK);
}

/* A record that names no insurer is no coverage. */
static enum err
add_record(struct offer *o, const json_t *record)
{
	enum record_kind kind = kind_of(record);
	enum err r = ERR_OK;

	if (kind == RECORD_OTHER)
		r = add_expense(o, record);
	else if (*text(record, "InsurerNumber") != '\0' ||
	    *text(record, "InsuredIdentificationNumber") != '\0')
		r = add_main(o, record, kind == RECORD_AID);
	return (r == ERR_OK ? add_parts(o, record) : r);
}

/* 1000014 as 100-0014, as the ledger keeps it. */
static void
take_post(struct patient *p, const char *post)
{
	char with[10];

	if (strlen(post) == 7 && strspn(post, "0123456789") == 7) {
		snprintf(with, sizeof(with), "%.3s-%.4s", post, post + 3);
		post = with;
	}
	(void)column_set(p, COL_POST_NUMBER, post);
}

static enum err
take_place(struct offer *o, const json_t *record)
{
	const char *address = text(record, "Address");

	if (o->person.post_number[0] == '\0')
		take_post(&o->person, text(record, "PostNumber"));
	if (o->person.address[0] != '\0' || *address == '\0')
		return (ERR_OK);
	if (column_set(&o->person, COL_ADDRESS, address) == ERR_OK)
		return (ERR_OK);
	return (add_manual(o, "address", "住所が長いため取り込めません",
	    "the address is too long to be imported"));
}

/* What is too long for the ledger is not this person's by any means. */
static void
take_person(struct offer *o, const struct finding *f)
{
	struct patient *p = &o->person;

	(void)column_set(p, COL_NAME, f->name);
	(void)column_set(p, COL_KANA, f->kana);
	(void)column_set(p, COL_BIRTHDATE, f->birthdate);
	(void)column_set(p, COL_REFERENCE_NUMBER, f->reference_number);
	p->sex = f->sex;
	memcpy(o->finding, f->id, sizeof(o->finding));
	day_of(f->asked_on, o->asked_on);
	if (strlen(f->validity) < sizeof(o->validity))
		memcpy(o->validity, f->validity, strlen(f->validity) + 1);
}

/* Groups that no layout has may be public expense too (features.md DEN-30);
 * nothing of them is lost, the finding keeps them. */
static enum err
take_remainder(struct offer *o, const struct finding *f)
{
	static const char *const marks[] = { "Public", "Expense", "Subsidy",
	    "Subsidies", "Pmh", "PMH", "Certificate", "Recipient" };
	json_t *list = json_object_get(f->data, "remainder"), *row;
	size_t i;

	json_array_foreach(list, i, row) {
		for (size_t k = 0; k < LEN(marks); k++)
			if (strstr(text(row, "path"), marks[k]) != NULL)
				return (add_manual(o, "unknown",
				    "回答に取り込めない項目があります。"
				    "内容を確かめ、必要なら手で入力してください",
				    "the answer holds parts that are not "
				    "imported: look at them"));
	}
	return (ERR_OK);
}

/* Of one person: what else it says is not believed. */
static int
is_believed(const struct finding *f)
{
	json_t *records = json_object_get(f->data, "records"), *record;
	const char *birthdate;
	size_t i;

	json_array_foreach(records, i, record) {
		birthdate = text(record, "Birthdate");
		if (*birthdate != '\0' && strcmp(birthdate, f->birthdate) != 0)
			return (0);
	}
	return (strcmp(f->outcome, "accepted") == 0);
}

enum err
offer_of(const struct finding *f, struct offer *o)
{
	json_t *records = json_object_get(f->data, "records"), *record;
	enum err r = ERR_OK;
	size_t i;

	*o = (struct offer){ .manual = json_array() };
	if (o->manual == NULL)
		return (ERR_NOMEM);
	take_person(o, f);
	if (!is_believed(f))
		o->validity[0] = '\0';
	json_array_foreach(records, i, record) {
		if (r == ERR_OK && (r = add_record(o, record)) == ERR_OK)
			r = take_place(o, record);
	}
	return (r == ERR_OK ? take_remainder(o, f) : r);
}
