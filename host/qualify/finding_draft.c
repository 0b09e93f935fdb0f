#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "host/qualify/finding_in.h"
#include "host/qualify/kind.h"
#include "host/qualify/pack.h"
#include "host/qualify/result_in.h"

static int
set(char **to, const char *text)
{
	free(*to);
	return ((*to = strdup(text)) == NULL ? -1 : 0);
}

/* Padding of an insurer number (oqs-files.md 5). */
static const char *
unpadded(const char *s)
{
	return (s + strspn(s, " "));
}

static int
is_aid(const struct result *r, size_t i)
{
	return (strcmp(result_field(r, i, FIELD_InsuredCardClassification),
	    "A1") == 0);
}

/* The first record that is one; an insurance before 医療扶助. */
static size_t
insurance_of(const struct result *r)
{
	for (size_t i = 0; i < result_records(r); i++) {
		if (!is_aid(r, i))
			return (i);
	}
	return (0);
}

static int
names_somebody(const struct result *r, size_t i)
{
	return (result_field(r, i, FIELD_Name)[0] != '\0' ||
	    (result_field(r, i, FIELD_Birthdate)[0] != '\0' &&
	    result_field(r, i, FIELD_Sex1)[0] != '\0'));
}

static size_t
person_of(const struct result *r)
{
	for (size_t i = 0; i < result_records(r); i++) {
		if (names_somebody(r, i))
			return (i);
	}
	return (0);
}

static int
disagree(const struct result *r, size_t a, size_t b, enum field f)
{
	const char *x = result_field(r, a, f), *y = result_field(r, b, f);

	return (x[0] != '\0' && y[0] != '\0' && strcmp(x, y) != 0);
}

static int
is_torn(const struct result *r, size_t first)
{
	for (size_t i = 0; i < result_records(r); i++) {
		if (disagree(r, first, i, FIELD_Birthdate) ||
		    disagree(r, first, i, FIELD_Sex1))
			return (1);
	}
	return (0);
}

static enum sex
sex_of(const char *code)
{
	return (code[0] >= '1' && code[0] <= '3' ? (enum sex)(code[0] - '0') :
	    SEX_UNKNOWN);
}

static enum err
read_person(const struct result *r, struct finding *f, int *torn)
{
	size_t i = person_of(r);

	*torn = is_torn(r, i);
	f->sex = sex_of(result_field(r, i, FIELD_Sex1));
	if (names_somebody(r, i))
		snprintf(f->birthdate, sizeof(f->birthdate), "%s",
		    result_field(r, i, FIELD_Birthdate));
	if (set(&f->name, result_field(r, i, FIELD_Name)) != 0 ||
	    set(&f->kana, result_field(r, i, FIELD_NameKana)) != 0)
		return (ERR_NOMEM);
	return (ERR_OK);
}

/* That of the insurance's record, else the first that there is. */
static const char *
reference_of(const struct result *r, size_t i)
{
	const char *s = result_field(r, i, FIELD_ReferenceNumber);

	for (size_t k = 0; s[0] == '\0' && k < result_records(r); k++)
		s = result_field(r, k, FIELD_ReferenceNumber);
	return (s);
}

static enum err
read_insurance(const struct result *r, struct finding *f)
{
	size_t i = insurance_of(r);

	if (set(&f->insurer_number, unpadded(result_field(r, i,
	    FIELD_InsurerNumber))) != 0 ||
	    set(&f->insured_card_symbol, result_field(r, i,
	    FIELD_InsuredCardSymbol)) != 0 ||
	    set(&f->insured_identification_number, result_field(r, i,
	    FIELD_InsuredIdentificationNumber)) != 0 ||
	    set(&f->insured_branch_number, result_field(r, i,
	    FIELD_InsuredBranchNumber)) != 0 ||
	    set(&f->reference_number, reference_of(r, i)) != 0)
		return (ERR_NOMEM);
	return (ERR_OK);
}

/* Of the body, or of the unit. */
static const char *
said(const struct result *r, enum field f)
{
	const char *s = result_field(r, RESULT_TOP, f);

	return (s[0] != '\0' || r->part != RESULT_UNIT ? s :
	    result_field(r, 0, f));
}

static enum err
read_outcome(const struct result *r, struct finding *f)
{
	const char *code = said(r, FIELD_ProcessingResultCode);
	const char *message = said(r, FIELD_ProcessingResultMessage);
	const char *outcome = "accepted";

	if (result_outcome(r) == RESULT_ACCEPTED) {
		if (strcmp(said(r, FIELD_ProcessingResultStatus), "1") != 0)
			outcome = "error";
	} else if (result_err(r) == ERR_REFUSED) {
		outcome = "error";
		if (code[0] == '\0' && message[0] == '\0') {
			code = said(r, FIELD_ErrorCode);
			message = said(r, FIELD_ErrorMessage);
		}
	} else {
		outcome = "refused";
		code = err_name(result_err(r));
		message = result_reason(r, ERR_JA);
	}
	snprintf(f->outcome, sizeof(f->outcome), "%s", outcome);
	snprintf(f->validity, sizeof(f->validity), "%s",
	    said(r, FIELD_QualificationValidity));
	return (set(&f->code, code) != 0 || set(&f->message, message) != 0 ?
	    ERR_NOMEM : ERR_OK);
}

static enum err
read_json(const struct result *r, struct blob *out)
{
	json_t *o = result_finding_json(r);
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	enum err e = ERR_NOMEM;

	if (text != NULL)
		e = blob_add_str(out, text);
	if (text != NULL)
		secret_cleanse(text, strlen(text));
	free(text);
	json_decref(o);
	return (e);
}

static void
read_origin(const struct finding_source *src, int64_t unit, struct finding *f)
{
	struct kind_name kind;

	memcpy(f->digest, src->digest, sizeof(f->digest));
	f->unit = unit;
	f->at = src->at;
	snprintf(f->source, sizeof(f->source), "%s", src->face ? "face" :
	    pack_is_units(src->file) ? "list" : "check");
	if (kind_parse(src->file, &kind))
		snprintf(f->kind, sizeof(f->kind), "%s", kind.stem);
	memcpy(f->job, src->job, sizeof(f->job));
	/* A face result's is asked of the result, it may yet come. */
	if (!src->face)
		memcpy(f->visit, src->visit, sizeof(f->visit));
}

enum err
draft_make(const struct finding_source *src, const struct result *r,
    int64_t unit, struct finding_draft *d)
{
	struct finding *f = &d->f;
	enum err e;

	*d = (struct finding_draft){ .torn = 0 };
	read_origin(src, unit, f);
	snprintf(f->asked_on, sizeof(f->asked_on), "%s", result_field(r,
	    RESULT_TOP, FIELD_QualificationConfirmationDate));
	if (set(&f->identifier, said(r, FIELD_ArbitraryIdentifier)) != 0)
		return (ERR_NOMEM);
	if ((e = uuid_make(f->id)) != ERR_OK ||
	    (e = read_person(r, f, &d->torn)) != ERR_OK ||
	    (e = read_insurance(r, f)) != ERR_OK ||
	    (e = read_outcome(r, f)) != ERR_OK ||
	    (e = read_json(r, &d->json)) != ERR_OK ||
	    (e = text_name_key(f->name, &d->name_key)) != ERR_OK ||
	    (e = text_kana_key(f->kana, &d->kana_key)) != ERR_OK)
		return (e);
	grant_read(r, src, d);
	return (ERR_OK);
}

void
draft_wipe(struct finding_draft *d)
{
	finding_free(&d->f);
	blob_free(&d->json);
	blob_free(&d->name_key);
	blob_free(&d->kana_key);
}

static struct val
or_null(const char *s)
{
	return (val_text(s[0] == '\0' ? NULL : s));
}

static enum err
add_words(struct store *store, const struct finding_draft *d)
{
	enum err r = ERR_OK;

	for (size_t i = 0; i < d->n_words && r == ERR_OK; i++) {
		const struct finding_word *w = &d->words[i];
		const struct val v[] = { val_text(d->f.id), val_text(w->item),
		    val_text(d->care), val_text(w->flag), val_text(w->at),
		    val_text(w->until), val_text(w->reason),
		    val_text(d->said_at) };

		r = store_run(store, SQL_CONSENT_ADD, v, 8, NULL, NULL, NULL);
	}
	return (r);
}

enum err
draft_add(struct store *store, struct finding_draft *d, int *fresh)
{
	const struct finding *f = &d->f;
	const struct val v[] = { val_text(f->id), val_text(f->digest),
	    val_int(f->unit), val_text(f->source), val_text(f->kind),
	    or_null(f->job), or_null(f->visit), val_int(f->at),
	    val_text(f->asked_on), val_text(f->identifier), val_text(f->name),
	    val_text(f->kana), val_int(f->sex), val_text(f->birthdate),
	    val_text(f->insurer_number), val_text(f->insured_card_symbol),
	    val_text(f->insured_identification_number),
	    val_text(f->insured_branch_number), val_text(f->reference_number),
	    val_text(f->validity), val_text(f->outcome), val_text(f->code),
	    val_text(f->message), or_null(f->chart_number),
	    val_text(f->link), val_text(blob_str(&d->json)),
	    val_text(blob_str(&d->name_key)),
	    val_text(blob_str(&d->kana_key)) };
	int64_t changed = 0;
	enum err r;

	r = store_run(store, SQL_FINDING_ADD, v, sizeof(v) / sizeof(v[0]),
	    NULL, NULL, &changed);
	*fresh = changed > 0;
	return (r == ERR_OK && *fresh ? add_words(store, d) : r);
}
