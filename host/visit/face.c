#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/proof/cardface.h"
#include "host/visit/face.h"
#include "host/visit/person.h"

#define ENTRIES	3	/* of 照合番号B in one visit; the floor may end it sooner */

/* --- a card without its PIN --- */

struct face_login {
	struct visit			*v;
	struct tp			*tp;
	const struct face_ports		*ports;
	struct cardface			 face;
};

static enum err
read_card(struct face_login *l, const struct secret *number)
{
	const struct proof_conf conf = visit_proof_conf(l->v->conf);
	struct card card;
	enum err r;

	if ((r = card_open(&card, l->tp, &l->v->conf->card)) != ERR_OK)
		return (r);
	snprintf(l->v->identity.card, sizeof(l->v->identity.card), "%s",
	    card.profile->name);
	return (cardface_read(&card, &conf, l->v->id, number, &l->face,
	    &l->v->note));
}

static enum err
enter_number(struct face_login *l, int tries)
{
	const struct visit_ports wait = { .want_card = l->ports->want_card,
	    .have_card = l->ports->have_card,
	    .cancelled = l->ports->cancelled, .ctx = l->ports->ctx };
	struct secret number = { .len = 0 };
	enum err r;

	if ((r = l->ports->ask_number(l->ports->ctx, tries, &number)) ==
	    ERR_OK && (r = login_wait_card(l->tp, l->v->conf->card_wait_ms,
	    &wait)) == ERR_OK && (r = tp_begin(l->tp)) == ERR_OK) {
		r = read_card(l, &number);
		login_signal(l->tp, r);
		tp_end(l->tp);
	}
	secret_wipe(&number);
	return (r);
}

static enum err
enter_numbers(struct face_login *l)
{
	int tries = PIN_TRIES_UNKNOWN;
	enum err r = ERR_NUMBER_B_WRONG;

	for (int i = 0; r == ERR_NUMBER_B_WRONG && i < ENTRIES; i++) {
		r = enter_number(l, tries);
		tries = l->face.number_tries;
	}
	return (r);
}

/* An issuer we do not know has no say, unless the administrator wants it. */
static enum err
take_surface(struct face_login *l)
{
	struct identity *id = &l->v->identity;
	const struct cardface *f = &l->face;

	id->surface.read = 1;
	memcpy(id->surface.birthdate, f->birthdate,
	    sizeof(id->surface.birthdate));
	id->surface.sex = f->sex;
	id->surface.verdict = f->verdict;
	memcpy(id->surface.issuer, f->issuer, sizeof(id->surface.issuer));
	id->proven = f->proven;
	id->alg = f->alg;
	id->at = f->at;
	id->has_attributes = f->has_attributes;
	id->attributes = f->attributes;
	id->attributes_err = f->attributes_err;
	if (f->verdict == CARDCA_GENUINE || l->v->conf->face_unknown_issuer)
		return (f->photo.len > 0 ? ERR_OK : f->photo_err);
	note_set(&l->v->note, "%s", cardca_label(f->verdict, ERR_EN));
	return (ERR_NOT_GENUINE);
}

static enum err
compare(struct face_login *l)
{
	struct identity *id = &l->v->identity;
	struct evidence e;
	enum err r;

	if (strcmp(l->v->about.method, "visual") == 0) {
		if ((r = l->ports->ask_attestation(l->ports->ctx,
		    &l->face.photo)) == ERR_OK)
			id->compared = COMPARED_STAFF;
		return (r);
	}
	if ((r = l->ports->ask_evidence(l->ports->ctx, &l->face.photo,
	    &e)) != ERR_OK)
		return (r);
	id->compared = COMPARED_ENGINE;
	snprintf(id->engine, sizeof(id->engine), "%s", e.engine);
	snprintf(id->score, sizeof(id->score), "%s", e.score);
	snprintf(id->threshold, sizeof(id->threshold), "%s", e.threshold);
	return (ERR_OK);
}

static enum err
run(struct face_login *l)
{
	enum err r;

	if ((r = enter_numbers(l)) != ERR_OK ||
	    (r = visit_step(l->v, VE_CARD_IN)) != ERR_OK ||
	    (r = take_surface(l)) != ERR_OK ||
	    (r = compare(l)) != ERR_OK)
		return (r);
	return (visit_step(l->v, VE_VERIFY));
}

enum err
login_face(struct visit *v, struct tp *tp, const struct face_ports *ports)
{
	struct face_login l = { .v = v, .tp = tp, .ports = ports,
	    .face.number_tries = PIN_TRIES_UNKNOWN };
	enum err r;

	r = run(&l);
	if (r != ERR_OK && v->note.text[0] == '\0')
		v->note = tp->note;
	cardface_wipe(&l.face);
	return (r != ERR_OK ? visit_fail(v, r) : ERR_OK);
}

/* --- an official face reader's result --- */

enum match
face_says(const struct result *r, const struct patient *p)
{
	if (result_outcome(r) != RESULT_ACCEPTED || result_records(r) == 0)
		return (MATCH_NO);
	return (person_match(r, p));
}

enum match
face_match(const struct result *r, const struct patient *p, int64_t armed_at)
{
	const char *stamp = result_field(r, RESULT_TOP,
	    FIELD_ProcessExecutionTime);
	int64_t made;

	if (!clock_is_stamp(stamp))
		return (MATCH_NO);
	made = clock_of_stamp(stamp);
	if (made < armed_at - FACE_EARLY_MS || made > armed_at + FACE_LATE_MS)
		return (MATCH_NO);
	return (face_says(r, p));
}

/* OQSCD016 and OQSCD001: only 1 is consent. */
static const struct {
	enum consent_item	item;
	enum field		flag;
} flags[] = {
	{ CONSENT_LIMIT, FIELD_LimitApplicationCertificateRelatedConsFlg },
	{ CONSENT_DISEASE, FIELD_SpecificDiseasesCertificateRelatedConsFlg },
	{ CONSENT_CHECKUP, FIELD_SpecificHealthCheckupsInfoConsFlg },
	{ CONSENT_DRUG, FIELD_PharmacistsInfoConsFlg },
	{ CONSENT_DIAGNOSIS, FIELD_DiagnosisInfoConsFlg },
	{ CONSENT_OPERATION, FIELD_OperationInfoConsFlg },
};

/* Body or record: its place differs (oqs-files.md 3.2). */
static const char *
prescription_of(const struct result *r)
{
	const char *top = result_field(r, RESULT_TOP,
	    FIELD_PrescriptionIssueSelect);

	return (top[0] != '\0' ? top : result_field(r, 0,
	    FIELD_PrescriptionIssueSelect));
}

static void
take_consent(const struct result *r, struct consent *c)
{
	const char *form = prescription_of(r);

	*c = (struct consent){ .confirmed = clock_of_stamp(result_field(r,
	    RESULT_TOP, FIELD_ProcessExecutionTime)) };
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		c->given[flags[i].item] = strcmp(result_field(r, 0,
		    flags[i].flag), "1") == 0;
	if (strcmp(form, "1") == 0)
		c->prescription = PRESCRIPTION_ELECTRONIC;
	else if (strcmp(form, "2") == 0)
		c->prescription = PRESCRIPTION_PAPER;
}

enum err
face_bind(struct visit *v, const struct patient *p, struct result **result,
    const char *digest)
{
	if (face_says(*result, p) == MATCH_NO)
		return (ERR_CONTRADICTS);
	take_consent(*result, &v->consent);
	v->identity.compared = COMPARED_OFFICIAL;
	v->identity.attributes_err = ERR_UNREAD;
	v->patient = *p;
	snprintf(v->face_digest, sizeof(v->face_digest), "%s", digest);
	result_free(&v->reply.result);
	v->reply.result = *result;
	*result = NULL;	/* moved */
	return (visit_step(v, VE_BIND));
}
