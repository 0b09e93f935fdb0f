#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/visit/course.h"
#include "host/visit/person.h"

/* Item by item, then once more as a whole; ERR_NO_CONSENT starts over. */
static enum err
take_consent(struct visit *v, const struct visit_ports *ports)
{
	enum err r;

	for (;;) {
		v->consent = (struct consent){ .confirmed = 0 };
		if ((r = ports->choose(ports->ctx, v, &v->consent)) != ERR_OK ||
		    (r = visit_step(v, VE_CONSENT)) != ERR_OK)
			return (r);
		if ((r = ports->confirm(ports->ctx, v)) == ERR_OK)
			break;
		if (r != ERR_NO_CONSENT)
			return (r);
		if ((r = visit_step(v, VE_CHANGE)) != ERR_OK)
			return (r);
	}
	v->consent.confirmed = clock_wall_ms();
	return (visit_step(v, VE_CONFIRM));
}

/* The desk named the patient: the card may not contradict it. */
static enum err
match_named(struct visit *v, const char *chart_number)
{
	struct match_person person = identity_person(&v->identity);
	enum err r;

	if ((r = patient_get(v->store, chart_number, &v->patient)) != ERR_OK) {
		note_set(&v->note, "chart number %s", chart_number);
		return (r);
	}
	if ((v->identity.has_attributes || v->identity.surface.read) &&
	    match_one(&person, &v->patient) == MATCH_NO) {
		patient_wipe(&v->patient);
		note_set(&v->note, "chart number %s", chart_number);
		return (ERR_CONTRADICTS);
	}
	return (ERR_OK);
}

static enum err
match_card(struct visit *v)
{
	struct match_person person = identity_person(&v->identity);

	if (!v->identity.has_attributes) {
		note_set(&v->note, "%s", err_name(v->identity.attributes_err));
		return (ERR_UNREAD);
	}
	return (match_find(v->store, &person, &v->patient, &v->note));
}

/* A visit nobody could be matched to stays, and waits for a person. */
static enum err
find_patient(struct visit *v, const char *chart_number)
{
	int64_t since = clock_ms();
	enum err r;

	r = chart_number != NULL ? match_named(v, chart_number) :
	    match_card(v);
	visit_time(v, VT_match, since);
	if (r == ERR_NO_MATCH || r == ERR_MANY_MATCH || r == ERR_UNREAD ||
	    r == ERR_UNSURE_MATCH) {
		v->err = r;
		(void)visit_step(v, VE_NO_MATCH);
		return (r);
	}
	return (r != ERR_OK ? r : visit_step(v, VE_MATCH));
}

/* The visit says so before the terminal can see it. */
static enum err
about(void *ctx)
{
	return (visit_step(ctx, VE_WRITE));
}

static enum err
ask(struct visit *v, const struct visit_ports *ports)
{
	const struct exchange_ask question = { .kind = EXCHANGE_SIQUC,
	    .visit = v->id, .patient = &v->patient,
	    .limit_consent = v->consent.given[CONSENT_LIMIT],
	    .about = about, .about_ctx = v };
	int64_t since = clock_ms();
	enum err r;

	r = exchange_ask(&v->conf->exchange, v->store, &question,
	    ports->cancelled, ports->ctx, &v->reply, &v->note);
	visit_time(v, VT_qualify, since);
	return (r != ERR_OK ? r : visit_step(v, VE_ANSWER));
}

/*
 * Whoever the answer names must be the patient we asked for: a wrong branch
 * number brings a twin's coverage.  Somebody else's data is not shown; the
 * store keeps it as it came.
 */
static enum err
check_person(struct visit *v)
{
	if (result_outcome(v->reply.result) != RESULT_ACCEPTED ||
	    person_match(v->reply.result, &v->patient) != MATCH_NO)
		return (ERR_OK);
	note_set(&v->note, "chart number %s, %s", v->patient.chart_number,
	    v->reply.file);
	result_free(&v->reply.result);
	return (ERR_OTHER_PERSON);
}

/*
 * 1 when the answer is valid, surely about this patient, and the terminal
 * knows no number of ours.
 */
static int
wants_reference(struct visit *v)
{
	const struct result *r = v->reply.result;
	const char *theirs;

	if (result_outcome(r) != RESULT_ACCEPTED || result_records(r) != 1)
		return (0);
	theirs = result_field(r, 0, FIELD_ReferenceNumber);
	v->reference_differs = theirs[0] != '\0' &&
	    strcmp(theirs, v->patient.chart_number) != 0;
	return (v->conf->register_reference && theirs[0] == '\0' &&
	    strcmp(result_field(r, RESULT_TOP, FIELD_QualificationValidity),
	    "1") == 0 && person_match(r, &v->patient) == MATCH_CERTAIN);
}

/* Our number for this patient; its failure does not undo the check. */
static void
register_reference(struct visit *v, const struct visit_ports *ports)
{
	struct patient named = v->patient;
	/* Nobody waits for the terminal's restart to hear of the check. */
	const struct exchange_ask question = { .kind = EXCHANGE_SIIMM,
	    .visit = v->id, .patient = &named, .at_once = 1 };
	struct exchange_reply reply = { .result = NULL };
	int64_t since = clock_ms();
	struct note note = { "" };

	if (!wants_reference(v)) {
		patient_wipe(&named);
		return;
	}
	/* 照会番号 is our patient number (oqs-files.md 2.3). */
	memcpy(named.reference_number, v->patient.chart_number,
	    sizeof(v->patient.chart_number));
	v->register_tried = 1;
	v->registered = exchange_ask(&v->conf->exchange, v->store, &question,
	    ports->cancelled, ports->ctx, &reply, &note);
	if (v->registered == ERR_OK)
		v->registered = result_err(reply.result);
	if (v->registered == ERR_OK)
		v->registered = patient_set_reference(v->store,
		    named.chart_number, named.reference_number);
	if (v->registered != ERR_OK)
		log_line(LOG_WARN, "course", "reference number: %s %s",
		    err_name(v->registered), note.text);
	exchange_reply_free(&reply);
	patient_wipe(&named);
	visit_time(v, VT_register, since);
}

enum err
course_name(struct visit *v, const char *chart_number)
{
	enum err r;

	if ((r = match_named(v, chart_number)) != ERR_OK)
		return (r);
	v->err = ERR_OK;
	return (visit_step(v, VE_MATCH));
}

enum err
course_finish(struct visit *v, const struct visit_ports *ports)
{
	enum err r;

	if ((r = ask(v, ports)) != ERR_OK || (r = check_person(v)) != ERR_OK)
		return (visit_fail(v, r));
	register_reference(v, ports);
	return (ERR_OK);
}

enum err
course_run(struct visit *v, const char *chart_number,
    const struct visit_ports *ports)
{
	enum err r;

	if ((r = take_consent(v, ports)) != ERR_OK ||
	    (r = find_patient(v, chart_number)) != ERR_OK)
		return (visit_fail(v, r));
	return (course_finish(v, ports));
}
