#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/visit/record.h"
#include "host/visit/visit.h"
#include "reader/pin.h"

enum err
visit_start(struct visit *v, struct store *store,
    const struct visit_conf *conf, const struct visit_about *about)
{
	enum err r;

	*v = (struct visit){ .store = store, .conf = conf, .about = *about,
	    .state = VS_IDLE, .tries = PIN_TRIES_UNKNOWN };
	for (int i = 0; i < VT_COUNT; i++)
		v->ms[i] = -1;
	v->identity.text_tries = PIN_TRIES_UNKNOWN;
	memcpy(v->identity.mode, about->mode, sizeof(v->identity.mode));
	memcpy(v->identity.method, about->method, sizeof(v->identity.method));
	if ((r = uuid_make(v->id)) != ERR_OK)
		return (r);
	return (record_start(v));
}

/* Nothing was consented to: nothing of the person stays, here or stored. */
static void
forget(struct visit *v)
{
	identity_forget(&v->identity);
	v->consent = (struct consent){ 0 };
}

enum err
visit_step(struct visit *v, enum visit_event event)
{
	const struct visit_row *row = machine_row(v->state, event);
	enum err r;

	if (row == NULL) {
		log_line(LOG_ERROR, "visit", "%s cannot happen in %s",
		    machine_event(event), machine_state(v->state));
		return (ERR_SEQUENCE);
	}
	if ((r = record_step(v->store, v, row)) != ERR_OK)
		return (r);
	log_line(LOG_INFO, "visit", "%s: %s -> %s", machine_event(event),
	    machine_state(row->from), machine_state(row->to));
	v->state = row->to;
	if (v->shown != NULL)
		v->shown(v->ctx, v);
	/* DONE is shown with what it holds; its data goes at visit_end. */
	if (row->action == VA_FORGET && row->to != VS_DONE)
		forget(v);
	return (ERR_OK);
}

struct proof_conf
visit_proof_conf(const struct visit_conf *conf)
{
	return ((struct proof_conf){ .trust_folder = conf->trust_folder,
	    .trust_mode = conf->trust_mode, .revocation = conf->revocation });
}

static enum visit_event
event_of(const struct visit *v, enum err err)
{
	if (err == ERR_CANCELLED || err == ERR_NO_CONSENT)
		return (VE_CANCEL);
	if (err == ERR_TIMEOUT)
		return (VE_TIMEOUT);
	if (err == ERR_NO_ANSWER)
		return (VE_NO_ANSWER);
	/* Once confirmed, a card that is gone is no reason to stop. */
	if (err_class(err) == EC_CARD && v->state < VS_CONFIRMED &&
	    v->state > VS_IDLE)
		return (VE_CARD_OUT);
	return (VE_REFUSE);
}

enum err
visit_fail(struct visit *v, enum err err)
{
	v->err = err;
	if (machine_is_end(v->state) || v->state == VS_UNMATCHED)
		return (err);
	if (visit_step(v, event_of(v, err)) != ERR_OK)
		log_line(LOG_ERROR, "visit", "the end is not in the store");
	return (err);
}

void
visit_end(struct visit *v)
{
	exchange_reply_free(&v->reply);
	patient_wipe(&v->patient);
	secret_cleanse(v, sizeof(*v));
}

void
visit_time(struct visit *v, enum visit_time which, int64_t since)
{
	v->ms[which] = (int)(clock_ms() - since);
}
