#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/proof/certificate.h"
#include "host/visit/login.h"
#include "reader/jpki.h"
#include "reader/plan.h"

#define WAIT_SLICE_MS 200	/* between two looks at cancelled() */

/* One login while the card is powered. */
struct login {
	struct visit			*v;
	struct tp			*tp;
	const struct visit_ports	*ports;
	X509_STORE			*roots;
	EVP_PKEY			*key;
	struct card			 card;
	struct plan			 plan;		/* what is under way */
	struct challenge		 challenge;
	struct tp_stats			 start;
};

static int
is_cancelled(const struct visit_ports *ports)
{
	return (ports->cancelled != NULL && ports->cancelled(ports->ctx));
}

static enum err
wait_card(struct tp *tp, int64_t end, const struct visit_ports *ports)
{
	enum tp_event ev;
	enum err r;

	for (;;) {
		r = tp_wait(tp, WAIT_SLICE_MS, &ev);
		if (is_cancelled(ports))
			return (ERR_CANCELLED);
		if (r != ERR_OK && r != ERR_TIMEOUT)
			return (r);
		if (r == ERR_OK && ev == TP_CARD)
			return (ERR_OK);
		if (r == ERR_OK && ev == TP_NO_READER)
			return (ERR_NO_READER);
		if (clock_ms() >= end)
			return (ERR_NO_CARD);
	}
}

enum err
login_wait_card(struct tp *tp, int ms, const struct visit_ports *ports)
{
	enum err r;

	if (ports->want_card != NULL)
		ports->want_card(ports->ctx);
	r = wait_card(tp, clock_ms() + ms, ports);
	if (ports->have_card != NULL)
		ports->have_card(ports->ctx);
	return (r);
}

/* A new one, after all of the one before was taken. */
static struct plan *
next_plan(struct login *l)
{
	plan_wipe(&l->plan);
	plan_init(&l->plan, &l->card);
	return (&l->plan);
}

static enum err
judge_certificate(struct login *l)
{
	const struct proof_conf conf = visit_proof_conf(l->v->conf);
	struct identity *id = &l->v->identity;
	int64_t since = clock_ms();
	enum err r;

	r = certificate_judge(&l->plan, &conf, l->roots,
	    &id->certificate, &id->judged, &l->key, &l->v->note);
	visit_time(l->v, VT_certificate, since);
	return (r);
}

/* A phone gives its certificate after the PIN only. */
static enum err
first_look(struct login *l)
{
	int64_t since = clock_ms();
	struct plan *p;
	enum err r;

	card_init(&l->card, l->tp, &l->v->conf->card);
	p = next_plan(l);
	card_add_open(p);
	jpki_add_certificate(p);
	r = card_take_open(p);
	visit_time(l->v, VT_recognise, since);
	if (r != ERR_OK)
		return (r);
	if ((r = judge_certificate(l)) == ERR_NEEDS_PIN) {
		card_is(&l->card, CARD_PHONE);
		r = ERR_OK;
	}
	snprintf(l->v->identity.card, sizeof(l->v->identity.card), "%s",
	    l->card.profile->name);
	return (r);
}

/* May a try be spent on this PIN?  Blocked and unknown are not; the last one
 * needs a yes of its own, which a device takes by itself. */
static enum err
may_try(const struct login *l, enum pin_kind kind, int tries, int said_yes)
{
	if (tries == 0)
		return (ERR_PIN_BLOCKED);
	if (tries == PIN_TRIES_UNKNOWN)
		return (ERR_PIN_UNSURE);
	if (tries > 1 || said_yes || tp_can_enter(l->tp))
		return (ERR_OK);
	return (l->ports->ask_last == NULL ? ERR_PIN_LAST_TRY :
	    l->ports->ask_last(l->ports->ctx, kind));
}

static enum err
count_tries(struct login *l)
{
	int64_t since = clock_ms();
	enum err r;

	r = pin_tries(&l->card, PIN_AUTH, &l->v->tries);
	visit_time(l->v, VT_tries, since);
	return (r != ERR_OK ? r : may_try(l, PIN_AUTH, l->v->tries,
	    l->ports->last_try));
}

/* Nothing was entered so far: is it still the card that was counted? */
static enum err
still_there(struct login *l, enum pin_kind kind, int tries)
{
	int now;
	enum err r;

	if ((r = pin_tries(&l->card, kind, &now)) != ERR_OK)
		return (r);
	return (now == tries ? ERR_OK : ERR_PIN_UNSURE);
}

/* At the reader's device, which keeps them. */
static enum err
ask_there(struct login *l, enum pin_kind kind, int tries)
{
	const struct visit_ports *ports = l->ports;
	int64_t left, end = clock_ms() + ports->there_ms;
	enum err r;

	if (ports->want_pin_there != NULL)
		ports->want_pin_there(ports->ctx, kind, tries);
	do {
		left = end - clock_ms();
		r = is_cancelled(ports) ? ERR_CANCELLED : pin_enter(&l->card,
		    kind, tries, left > 0 ? (int)left : 0);
	} while (r == ERR_PIN_FORMAT);
	if (ports->have_pin_there != NULL)
		ports->have_pin_there(ports->ctx);
	return (r);
}

/* The digits of one PIN; what has not four of them is not sent. */
static enum err
ask_here(struct login *l, enum pin_kind kind, int tries,
    struct secret *pin)
{
	enum err r, card = ERR_OK;

	do {
		secret_wipe(pin);
		r = l->ports->ask_pin(l->ports->ctx, kind, tries, pin);
		if (r == ERR_HALF)
			card = still_there(l, kind, tries);
	} while (card == ERR_OK && (r == ERR_HALF ||
	    (r == ERR_PIN_FORMAT && l->ports->ask_again)));
	return (card != ERR_OK ? card : r);
}

static enum err
ask_digits(struct login *l, enum pin_kind kind, int tries,
    struct secret *pin)
{
	return (tp_can_enter(l->tp) ? ask_there(l, kind, tries) :
	    ask_here(l, kind, tries, pin));
}

/* VERIFY with the digits, or with room for those the device holds. */
static enum err
add_verify(struct login *l, struct plan *p, enum pin_kind kind,
    const struct secret *pin)
{
	return (tp_can_enter(l->tp) ? pin_add_entered(p, kind) :
	    pin_add_verify(p, kind, pin));
}

static int
wants_text(const struct login *l)
{
	return (l->card.profile->has_text &&
	    l->v->conf->text_pin != TEXT_PIN_NEVER);
}

/* The challenge; and then how the PIN of the attributes stands. */
static enum err
add_proof(struct login *l, struct plan *p)
{
	struct identity *id = &l->v->identity;
	uint8_t input[CHALLENGE_INPUT_MAX];
	size_t len = sizeof(input);
	enum err r;

	id->alg = certificate_alg(l->card.profile->signer);
	if ((r = challenge_make(&l->challenge, l->v->id, id->alg,
	    clock_wall_ms())) != ERR_OK ||
	    (r = challenge_input(&l->challenge, input, &len)) != ERR_OK ||
	    (r = jpki_add_sign(p, input, len)) != ERR_OK || !wants_text(l))
		return (r);
	attributes_add_select(p);
	pin_add_tries(p, PIN_TEXT);
	return (ERR_OK);
}

/* VERIFY, and what a card does that accepts it. */
static enum err
add_login(struct login *l, const struct secret *pin)
{
	struct plan *p = next_plan(l);
	enum err r;

	if ((r = add_verify(l, p, PIN_AUTH, pin)) != ERR_OK)
		return (r);
	if (!l->card.profile->cert_needs_pin)
		return (add_proof(l, p));
	jpki_add_certificate(p);
	return (ERR_OK);
}

/* One entry, one VERIFY. */
static enum err
enter_once(struct login *l, struct secret *pin)
{
	int64_t since;
	enum err r;

	if ((r = ask_digits(l, PIN_AUTH, l->v->tries, pin)) != ERR_OK)
		return (r);
	since = clock_ms();
	if ((r = add_login(l, pin)) == ERR_OK)
		r = pin_take_verify(&l->plan, PIN_AUTH, &l->v->tries);
	visit_time(l->v, VT_verify, since);
	/* A right entry fills the counter again (2.3). */
	if (r == ERR_OK)
		l->v->tries = PIN_TRIES_FULL;
	else
		secret_wipe(pin);
	return (r);
}

/* At a device there is always somebody to ask. */
static int
asks_again(const struct login *l)
{
	return (l->ports->ask_again || tp_can_enter(l->tp));
}

static enum err
enter_pin(struct login *l, struct secret *pin)
{
	enum err r;

	while ((r = enter_once(l, pin)) == ERR_PIN_WRONG && asks_again(l)) {
		l->v->wrong_pins++;
		if ((r = visit_step(l->v, VE_PIN_WRONG)) != ERR_OK ||
		    (r = may_try(l, PIN_AUTH, l->v->tries, 0)) != ERR_OK)
			break;
	}
	return (r);
}

static enum err
prove(struct login *l)
{
	struct identity *id = &l->v->identity;
	int64_t since = clock_ms();
	struct blob sig = { 0 };
	enum err r;

	if ((r = jpki_take_sign(&l->plan, &sig)) == ERR_OK) {
		id->at = clock_wall_ms();
		r = challenge_verify(&l->challenge, l->v->id, l->key,
		    sig.data, sig.len, id->at);
	}
	id->proven = r == ERR_OK;
	blob_free(&sig);
	visit_time(l->v, VT_sign, since);
	return (r);
}

/* One entry, one VERIFY; and the file it opens. */
static enum err
open_text(struct login *l, const struct secret *pin)
{
	struct plan *p = next_plan(l);
	enum err r;

	if ((r = add_verify(l, p, PIN_TEXT, pin)) != ERR_OK)
		return (r);
	attributes_add_read(p);
	return (pin_take_verify(p, PIN_TEXT, &l->v->identity.text_tries));
}

/* The text PIN: the same digits, once, while its counter is full or at 2;
 * or others the person enters. */
static enum err
verify_text(struct login *l, struct secret *pin)
{
	int tries = l->v->identity.text_tries;
	struct secret other = { .len = 0 };
	enum err r;

	if (l->v->conf->text_pin == TEXT_PIN_SAME) {
		if ((r = tries == 1 ? ERR_PIN_LAST_TRY : may_try(l, PIN_TEXT,
		    tries, 0)) != ERR_OK)
			return (r);
		return (open_text(l, pin));
	}
	if ((r = may_try(l, PIN_TEXT, tries, 0)) == ERR_OK &&
	    (r = ask_digits(l, PIN_TEXT, tries, &other)) == ERR_OK)
		r = open_text(l, &other);
	secret_wipe(&other);
	return (r);
}

static enum err
read_text(struct login *l, struct secret *pin)
{
	enum err r;

	if (!wants_text(l))
		return (ERR_NO_FILE);
	if ((r = attributes_take_select(&l->plan)) != ERR_OK ||
	    (r = pin_take_tries(&l->plan, PIN_TEXT,
	    &l->v->identity.text_tries)) != ERR_OK ||
	    (r = verify_text(l, pin)) != ERR_OK)
		return (r);
	return (attributes_take_read(&l->plan, &l->v->identity.attributes));
}

int
login_lost_card(enum err r)
{
	return (card_lost(r));
}

/* Where the attributes cannot be read the identity says so; only a card that
 * is gone ends the visit. */
static enum err
read_attributes(struct login *l, struct secret *pin)
{
	int64_t since = clock_ms();
	enum err r;

	r = read_text(l, pin);
	visit_time(l->v, VT_attributes, since);
	if (login_lost_card(r) || (r == ERR_CANCELLED &&
	    is_cancelled(l->ports)))
		return (r);
	if (r == ERR_OK)
		l->v->identity.text_tries = PIN_TRIES_FULL;
	l->v->identity.has_attributes = r == ERR_OK;
	l->v->identity.attributes_err = r;
	if (r != ERR_OK)
		log_line(LOG_INFO, "login", "attributes not read: %s",
		    err_name(r));
	return (ERR_OK);
}

/* What the card was asked since start; what was sent ahead for later counts
 * from now on. */
static struct tp_stats
count_up(struct login *l)
{
	struct tp_stats from = l->start, ahead = plan_untaken(&l->plan);

	l->start = (struct tp_stats){ l->tp->stats.apdus - ahead.apdus,
	    l->tp->stats.bytes_up - ahead.bytes_up,
	    l->tp->stats.bytes_down - ahead.bytes_down };
	return ((struct tp_stats){ l->start.apdus - from.apdus,
	    l->start.bytes_up - from.bytes_up,
	    l->start.bytes_down - from.bytes_down });
}

static enum err
late_certificate(struct login *l)
{
	enum err r;

	r = judge_certificate(l);
	return (r == ERR_OK ? add_proof(l, next_plan(l)) : r);
}

/* Everything that needs the verified PIN, whose scope this is. */
static enum err
with_pin(struct login *l)
{
	struct secret pin = { .len = 0 };
	enum err r;

	if ((r = enter_pin(l, &pin)) != ERR_OK)
		goto out;
	if (l->card.profile->cert_needs_pin &&
	    (r = late_certificate(l)) != ERR_OK)
		goto out;
	if ((r = prove(l)) != ERR_OK)
		goto out;
	l->v->login = count_up(l);
	r = read_attributes(l, &pin);
	l->v->attributes = count_up(l);
out:
	secret_wipe(&pin);
	return (r);
}

static enum err
card_in(struct login *l)
{
	enum err r;

	l->start = l->tp->stats;
	if ((r = first_look(l)) != ERR_OK ||
	    (r = count_tries(l)) != ERR_OK ||
	    (r = visit_step(l->v, VE_CARD_IN)) != ERR_OK)
		return (r);
	tp_signal(l->tp, TP_SIGNAL_READ);
	return (with_pin(l));
}

void
login_signal(struct tp *tp, enum err r)
{
	/* Whoever ended it knows why; the card is to be taken all the same. */
	tp_signal(tp, r == ERR_OK || r == ERR_CANCELLED || r == ERR_TIMEOUT ?
	    TP_SIGNAL_REMOVE : TP_SIGNAL_FAILED);
}

static enum err
with_card(struct login *l)
{
	enum err r;

	r = card_in(l);
	login_signal(l->tp, r);
	return (r);
}

static enum err
run(struct login *l)
{
	enum err r;

	if ((r = trust_load(l->v->conf->trust_folder, l->v->conf->trust_mode,
	    &l->roots, &l->v->note)) != ERR_OK ||
	    (r = login_wait_card(l->tp, l->v->conf->card_wait_ms,
	    l->ports)) != ERR_OK ||
	    (r = tp_begin(l->tp)) != ERR_OK)
		return (r);
	r = with_card(l);
	plan_wipe(&l->plan);
	tp_end(l->tp);
	return (r != ERR_OK ? r : visit_step(l->v, VE_VERIFY));
}

enum err
login_pin(struct visit *v, struct tp *tp, const struct visit_ports *ports)
{
	struct login l = { .v = v, .tp = tp, .ports = ports };
	enum err r;

	r = run(&l);
	/* Which reader, which names: only the transport knows. */
	if (r != ERR_OK && v->note.text[0] == '\0')
		v->note = tp->note;
	X509_STORE_free(l.roots);
	EVP_PKEY_free(l.key);
	return (r != ERR_OK ? visit_fail(v, r) : ERR_OK);
}
