#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/visit/login.h"
#include "reader/iso7816.h"
#include "reader/jpki.h"

#define WAIT_SLICE_MS 200	/* between two looks at cancelled() */

/* One login while the card is powered. */
struct login {
	struct visit			*v;
	struct tp			*tp;
	const struct visit_ports	*ports;
	X509_STORE			*roots;
	EVP_PKEY			*key;
	struct card			 card;
	struct tp_stats			 start;
};

/* The card says how it signs; this is what that means for the challenge. */
static const struct {
	enum challenge_alg	 alg;
	const char		*profile;
} signers[] = {
	[CARD_RSA_DIGESTINFO] = { CHALLENGE_RSA_SHA256, "jpki-auth-rsa2048" },
	[CARD_EC_HASH] = { CHALLENGE_P384_SHA384, "jpki-auth-p384" },
};

static enum err
wait_card(struct login *l)
{
	int64_t end = clock_ms() + l->v->conf->card_wait_ms;
	enum tp_event ev;
	enum err r;

	for (;;) {
		r = tp_wait(l->tp, WAIT_SLICE_MS, &ev);
		if (r != ERR_OK && r != ERR_TIMEOUT)
			return (r);
		if (r == ERR_OK && ev == TP_CARD)
			return (ERR_OK);
		if (r == ERR_OK && ev == TP_NO_READER)
			return (ERR_NO_READER);
		if (l->ports->cancelled != NULL &&
		    l->ports->cancelled(l->ports->ctx))
			return (ERR_CANCELLED);
		if (clock_ms() >= end)
			return (ERR_NO_CARD);
	}
}

/* Reads the certificate and judges it; the bytes go no further. */
static enum err
judge_certificate(struct login *l)
{
	struct chain_rules rules = { .mode = l->v->conf->trust_mode,
	    .now = clock_wall_ms() / 1000,
	    .revocation = &l->v->conf->revocation };
	struct chain_verdict *verdict = &l->v->identity.certificate;
	int64_t since = clock_ms();
	struct blob der = { 0 };
	enum err r;

	rules.profile = chain_profile(signers[l->card.profile->signer].profile);
	if ((r = jpki_certificate(&l->card, &der)) == ERR_OK)
		r = chain_verify(der.data, der.len, l->roots, &rules, verdict,
		    &l->key, &l->v->note);
	if (r == ERR_OK) {
		l->v->identity.judged = 1;
		r = verdict->err;
	}
	blob_free(&der);
	visit_time(l->v, VT_certificate, since);
	return (r);
}

/* A phone gives its certificate after the PIN only. */
static enum err
first_look(struct login *l)
{
	int64_t since = clock_ms();
	enum err r;

	r = card_open(&l->card, l->tp, &l->v->conf->card);
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

/* May this many tries be spent on?  Blocked, unknown and last are not. */
static enum err
may_try(const struct login *l)
{
	if (l->v->tries == 0)
		return (ERR_PIN_BLOCKED);
	if (l->v->tries == PIN_TRIES_UNKNOWN)
		return (ERR_PIN_UNSURE);
	if (l->v->tries == 1 && !l->ports->last_try)
		return (ERR_PIN_LAST_TRY);
	return (ERR_OK);
}

static enum err
count_tries(struct login *l)
{
	int64_t since = clock_ms();
	enum err r;

	r = pin_tries(&l->card, PIN_AUTH, &l->v->tries);
	visit_time(l->v, VT_tries, since);
	return (r != ERR_OK ? r : may_try(l));
}

/* One entry, one VERIFY. */
static enum err
enter_once(struct login *l, struct secret *pin)
{
	int64_t since;
	enum err r;

	secret_wipe(pin);
	if ((r = l->ports->ask_pin(l->ports->ctx, PIN_AUTH, l->v->tries,
	    pin)) != ERR_OK)
		return (r);
	since = clock_ms();
	r = pin_verify(&l->card, PIN_AUTH, pin, &l->v->tries);
	visit_time(l->v, VT_verify, since);
	/* A right entry fills the counter again (2.3). */
	if (r == ERR_OK)
		l->v->tries = PIN_TRIES_FULL;
	else
		secret_wipe(pin);
	return (r);
}

static enum err
enter_pin(struct login *l, struct secret *pin)
{
	enum err r;

	while ((r = enter_once(l, pin)) == ERR_PIN_WRONG &&
	    l->ports->ask_again) {
		if ((r = visit_step(l->v, VE_PIN_WRONG)) != ERR_OK ||
		    (r = may_try(l)) != ERR_OK)
			break;
	}
	return (r);
}

static enum err
prove(struct login *l)
{
	struct identity *id = &l->v->identity;
	uint8_t input[CHALLENGE_INPUT_MAX];
	size_t len = sizeof(input);
	struct blob sig = { 0 };
	struct challenge ch;
	int64_t since = clock_ms();
	enum err r;

	id->alg = signers[l->card.profile->signer].alg;
	if ((r = challenge_make(&ch, l->v->id, id->alg,
	    clock_wall_ms())) == ERR_OK &&
	    (r = challenge_input(&ch, input, &len)) == ERR_OK &&
	    (r = jpki_sign(&l->card, input, len, &sig)) == ERR_OK) {
		id->at = clock_wall_ms();
		r = challenge_verify(&ch, l->v->id, l->key, sig.data, sig.len,
		    id->at);
	}
	id->proven = r == ERR_OK;
	blob_free(&sig);
	visit_time(l->v, VT_sign, since);
	return (r);
}

/* The text PIN: the same digits, once, or others the person enters. */
static enum err
verify_text(struct login *l, struct secret *pin)
{
	struct secret other = { .len = 0 };
	int tries;
	enum err r;

	if ((r = pin_tries(&l->card, PIN_TEXT, &tries)) != ERR_OK)
		return (r);
	if (tries == 0)
		return (ERR_PIN_BLOCKED);
	if (tries == PIN_TRIES_UNKNOWN)
		return (ERR_PIN_UNSURE);
	if (l->v->conf->text_pin == TEXT_PIN_SAME)
		return (tries < 2 ? ERR_PIN_LAST_TRY :
		    pin_verify(&l->card, PIN_TEXT, pin, &tries));
	if (tries == 1 && !l->ports->last_try)
		return (ERR_PIN_LAST_TRY);
	r = l->ports->ask_pin(l->ports->ctx, PIN_TEXT, tries, &other);
	if (r == ERR_OK)
		r = pin_verify(&l->card, PIN_TEXT, &other, &tries);
	secret_wipe(&other);
	return (r);
}

static enum err
read_text(struct login *l, struct secret *pin)
{
	enum err r;

	if (!l->card.profile->has_text || l->v->conf->text_pin ==
	    TEXT_PIN_NEVER)
		return (ERR_NO_FILE);
	if ((r = attributes_select(&l->card)) != ERR_OK ||
	    (r = verify_text(l, pin)) != ERR_OK)
		return (r);
	return (attributes_read(&l->card, &l->v->identity.attributes));
}

/* 1 if the card itself is lost, and with it everything it has said. */
static int
is_lost(enum err r)
{
	return ((err_class(r) == EC_CARD && r != ERR_NO_FILE) ||
	    err_class(r) == EC_READER || r == ERR_CARD_RESET);
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
	if (r == ERR_CANCELLED || is_lost(r))
		return (r);
	l->v->identity.has_attributes = r == ERR_OK;
	l->v->identity.attributes_err = r;
	if (r != ERR_OK)
		log_line(LOG_INFO, "login", "attributes not read: %s",
		    err_name(r));
	return (ERR_OK);
}

static struct tp_stats
since_start(const struct tp_stats *start, const struct tp *tp)
{
	return ((struct tp_stats){ tp->stats.apdus - start->apdus,
	    tp->stats.bytes_up - start->bytes_up,
	    tp->stats.bytes_down - start->bytes_down });
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
	    (r = judge_certificate(l)) != ERR_OK)
		goto out;
	if ((r = prove(l)) != ERR_OK)
		goto out;
	l->v->login = since_start(&l->start, l->tp);
	l->start = l->tp->stats;
	r = read_attributes(l, &pin);
	l->v->attributes = since_start(&l->start, l->tp);
out:
	secret_wipe(&pin);
	return (r);
}

static enum err
with_card(struct login *l)
{
	enum err r;

	l->start = l->tp->stats;
	if ((r = first_look(l)) != ERR_OK ||
	    (r = count_tries(l)) != ERR_OK ||
	    (r = visit_step(l->v, VE_CARD_IN)) != ERR_OK)
		return (r);
	return (with_pin(l));
}

static enum err
run(struct login *l)
{
	enum err r;

	if ((r = trust_load(l->v->conf->trust_folder, l->v->conf->trust_mode,
	    &l->roots, &l->v->note)) != ERR_OK ||
	    (r = wait_card(l)) != ERR_OK ||
	    (r = tp_begin(l->tp)) != ERR_OK)
		return (r);
	r = with_card(l);
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
