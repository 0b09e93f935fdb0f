#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/pubkey.h"
#include "host/device/housecall.h"
#include "host/proof/cardface.h"
#include "host/proof/certificate.h"
#include "host/proof/offline.h"
#include "host/tty/tty.h"
#include "reader/jpki.h"
#include "reader/plan.h"
#include "reader/surface.h"

#define SLICE_MS	200	/* between two looks at cancelled() */
#define PEM_MAX		8192

/* One of them while it runs. */
struct call {
	const struct housecall_conf	*conf;
	const struct housecall_ports	*ports;
	struct tp			*tp;
	struct statement		*s;
	struct tickets			 tickets;
	struct queue			 queue;
	EVP_PKEY			*own;		/* the device's */
	X509				*own_cert, *recipient;
	X509_STORE			*roots;
	struct card			 card;
	struct offline			 offline;
	struct note			*note;
};

static int
is_visual(const struct call *c)
{
	return (strcmp(c->s->method, "visual") == 0);
}

/* --- what is needed before anybody is asked --- */

static BIO *
open_pem(const struct call *c, const char *name, struct blob *file,
    enum err *r)
{
	*r = dir_read(c->conf->device, name, PEM_MAX, file, c->note);
	return (*r == ERR_OK ? BIO_new_mem_buf(file->data, (int)file->len) :
	    NULL);
}

static enum err
load_own(struct call *c)
{
	struct blob key = { 0 }, cert = { 0 };
	BIO *bio;
	enum err r;

	if ((bio = open_pem(c, DIR_KEY, &key, &r)) != NULL)
		c->own = PEM_read_bio_PrivateKey(bio, NULL, pubkey_no_passphrase,
		    NULL);
	BIO_free(bio);
	if (r == ERR_OK && (bio = open_pem(c, DIR_CERT, &cert, &r)) != NULL) {
		c->own_cert = PEM_read_bio_X509(bio, NULL, pubkey_no_passphrase,
		    NULL);
		BIO_free(bio);
	}
	blob_free(&key);
	blob_free(&cert);
	ERR_clear_error();
	if (r != ERR_OK)
		return (r);
	if (c->own != NULL && c->own_cert != NULL)
		return (ERR_OK);
	note_set(c->note, "%s: its key or certificate is damaged",
	    c->conf->device->path);
	return (ERR_FOLDER);
}

static enum err
prepare(struct call *c)
{
	const struct proof_conf *proof = &c->conf->proof;
	int64_t until;
	unsigned n;
	enum err r;

	if ((r = load_own(c)) != ERR_OK ||
	    (r = tickets_open(c->conf->device, &c->tickets, c->note)) !=
	    ERR_OK ||
	    (r = queue_open(c->conf->device, &c->queue, c->note)) != ERR_OK ||
	    (r = tickets_recipient(&c->tickets, &c->recipient, c->note)) !=
	    ERR_OK ||
	    (r = tickets_count(&c->tickets, clock_wall_ms() / 1000, &n,
	    &until, c->note)) != ERR_OK)
		return (r);
	if (n == 0)
		return (ERR_NO_TICKET);
	if (is_visual(c))
		return (ERR_OK);
	return (trust_load(proof->trust_folder, proof->trust_mode, &c->roots,
	    c->note));
}

static void
finish(struct call *c)
{
	tickets_close(&c->tickets);
	queue_close(&c->queue);
	offline_wipe(&c->offline);
	EVP_PKEY_free(c->own);
	X509_free(c->own_cert);
	X509_free(c->recipient);
	X509_STORE_free(c->roots);
}

static struct call
begin(const struct housecall_conf *conf, struct statement *s,
    struct note *note)
{
	return ((struct call){ .conf = conf, .s = s, .note = note,
	    .tickets.dir.fd = -1, .queue = { .waiting.fd = -1,
	    .refused.fd = -1 } });
}

enum err
housecall_check(const struct housecall_conf *conf, struct note *note)
{
	struct statement any = { .method = "pin" };
	struct call c = begin(conf, &any, note);
	enum err r;

	r = prepare(&c);
	finish(&c);
	return (r);
}

/* --- the card --- */

static enum err
wait_card(struct call *c)
{
	int64_t end = clock_ms() + c->conf->card_wait_ms;
	enum tp_event ev;
	enum err r;

	for (;;) {
		r = tp_wait(c->tp, SLICE_MS, &ev);
		if (c->ports->cancelled(c->ports->ctx))
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

static enum err
open_card(struct call *c)
{
	struct identity *id = &c->s->identity;
	enum err r;

	if ((r = card_open(&c->card, c->tp, &c->conf->card)) == ERR_OK)
		snprintf(id->card, sizeof(id->card), "%s",
		    c->card.profile->name);
	return (r);
}

/* --- what is signed, and by whom --- */

static enum err
sign_by_card(struct call *c)
{
	struct offline *o = &c->offline;
	uint8_t message[OFFLINE_MESSAGE], input[CHALLENGE_INPUT_MAX];
	size_t len = sizeof(input);
	enum err r;

	if ((r = offline_message(o->ticket, blob_buf(&o->statement),
	    message)) != ERR_OK ||
	    (r = cardsign_input(o->alg, (struct buf){ message,
	    sizeof(message) }, input, &len)) != ERR_OK)
		return (r);
	return (o->surface ?
	    surface_sign(&c->card, input, len, &o->signature) :
	    jpki_sign(&c->card, input, len, &o->signature));
}

/* As the agent will read it: what it would refuse costs no ticket. */
static enum err
state(struct call *c)
{
	struct statement *s = c->s, back;
	enum err r;

	s->at = clock_wall_ms();
	/* The clock may have been set back since the consent. */
	if (s->at < s->consent.confirmed)
		s->at = s->consent.confirmed;
	if ((r = statement_write(s, &c->offline.statement)) != ERR_OK)
		return (r);
	r = statement_read(blob_buf(&c->offline.statement), &back, c->note);
	secret_cleanse(&back, sizeof(back));
	return (r);
}

/* The application that signs is selected; key and algorithm are known. */
static enum err
prove(struct call *c)
{
	struct offline *o = &c->offline;
	enum err r;

	memcpy(o->id, c->s->visit, sizeof(o->id));
	if ((r = state(c)) != ERR_OK ||
	    (r = tickets_use(&c->tickets, c->s->at / 1000, o->ticket,
	    c->note)) != ERR_OK ||
	    (r = sign_by_card(c)) != ERR_OK)
		return (r);
	return (offline_verify(o));
}

/* --- by PIN --- */

static enum err
judge(struct call *c)
{
	struct identity *id = &c->s->identity;
	struct plan plan;
	enum err r;

	plan_init(&plan, &c->card);
	jpki_add_certificate(&plan);
	r = certificate_judge(&plan, &c->conf->proof, c->roots,
	    &id->certificate, &id->judged, &c->offline.key, c->note);
	plan_wipe(&plan);
	return (r);
}

/* A phone gives its certificate after the PIN only. */
static enum err
first_look(struct call *c)
{
	enum err r;

	if ((r = open_card(c)) == ERR_OK && (r = judge(c)) == ERR_NEEDS_PIN) {
		card_is(&c->card, CARD_PHONE);
		snprintf(c->s->identity.card, sizeof(c->s->identity.card),
		    "%s", c->card.profile->name);
		r = ERR_OK;
	}
	return (r);
}

static enum err
may_try(const struct call *c, int tries)
{
	if (tries == 0)
		return (ERR_PIN_BLOCKED);
	if (tries == PIN_TRIES_UNKNOWN)
		return (ERR_PIN_UNSURE);
	return (tries > 1 ? ERR_OK : c->ports->ask_last(c->ports->ctx));
}

static enum err
ask_digits(struct call *c, int tries, struct secret *pin)
{
	enum err r;

	do {
		secret_wipe(pin);
		r = c->ports->ask_pin(c->ports->ctx, tries, pin);
	} while (r == ERR_PIN_FORMAT && c->ports->ask_again);
	return (r);
}

/* One entry, one VERIFY; the tries are asked of the card before each. */
static enum err
enter_pin(struct call *c, struct secret *pin)
{
	int tries = PIN_TRIES_UNKNOWN;
	enum err r;

	if ((r = pin_tries(&c->card, PIN_AUTH, &tries)) != ERR_OK)
		return (r);
	do {
		if ((r = may_try(c, tries)) != ERR_OK ||
		    (r = ask_digits(c, tries, pin)) != ERR_OK)
			return (r);
		r = pin_verify(&c->card, PIN_AUTH, pin, &tries);
		if (r != ERR_OK)
			secret_wipe(pin);
		if (r == ERR_PIN_WRONG)
			note_set(c->note, tty_lang() == ERR_JA ?
			    "残り回数: %d" : "tries left: %d", tries);
	} while (r == ERR_PIN_WRONG && c->ports->ask_again);
	return (r);
}

/* The same digits, once, and only while its own counter is full or at 2. */
static enum err
read_text(struct call *c, const struct secret *pin)
{
	int tries = PIN_TRIES_UNKNOWN;
	enum err r;

	if (!c->card.profile->has_text || !c->conf->same_pin)
		return (ERR_NO_FILE);
	if ((r = attributes_select(&c->card)) != ERR_OK ||
	    (r = pin_tries(&c->card, PIN_TEXT, &tries)) != ERR_OK)
		return (r);
	if (tries < 2)
		return (tries == 1 ? ERR_PIN_LAST_TRY : tries == 0 ?
		    ERR_PIN_BLOCKED : ERR_PIN_UNSURE);
	if ((r = pin_verify(&c->card, PIN_TEXT, pin, &tries)) != ERR_OK)
		return (r);
	return (attributes_read(&c->card, &c->s->identity.attributes));
}

static enum err
read_attributes(struct call *c, const struct secret *pin)
{
	struct identity *id = &c->s->identity;
	enum err r;

	r = read_text(c, pin);
	if (card_lost(r))
		return (r);
	id->has_attributes = r == ERR_OK;
	id->attributes_err = r;
	if (r != ERR_OK)
		log_line(LOG_INFO, "housecall", "attributes not read: %s",
		    err_name(r));
	/* What JPKI had verified stays so (card-and-readers.md 1.5). */
	return (card_open(&c->card, c->tp, &c->conf->card));
}

static enum err
with_pin(struct call *c)
{
	const struct card_profile *profile = c->card.profile;
	struct secret pin = { .len = 0 };
	enum err r;

	if ((r = enter_pin(c, &pin)) == ERR_OK && profile->cert_needs_pin)
		r = judge(c);
	if (r == ERR_OK)
		r = read_attributes(c, &pin);
	secret_wipe(&pin);
	if (r != ERR_OK)
		return (r);
	c->card.profile = profile;
	c->offline.alg = certificate_alg(profile->signer);
	return (prove(c));
}

static enum err
by_pin(struct call *c)
{
	enum err r;

	if ((r = wait_card(c)) != ERR_OK || (r = tp_begin(c->tp)) != ERR_OK)
		return (r);
	if ((r = first_look(c)) == ERR_OK)
		r = with_pin(c);
	tp_end(c->tp);
	return (r);
}

/* --- by sight --- */

static void
take_face(struct call *c, struct cardface *f)
{
	struct identity *id = &c->s->identity;

	id->surface.read = 1;
	memcpy(id->surface.birthdate, f->birthdate,
	    sizeof(id->surface.birthdate));
	id->surface.sex = f->sex;
	id->surface.verdict = f->verdict;
	memcpy(id->surface.issuer, f->issuer, sizeof(id->surface.issuer));
	id->has_attributes = f->has_attributes;
	id->attributes = f->attributes;
	id->attributes_err = f->attributes_err;
	id->compared = COMPARED_STAFF;
	c->offline.surface = 1;
	c->offline.alg = f->alg;
	c->offline.key = f->key;
	f->key = NULL;	/* moved */
}

static enum err
read_face(struct call *c, const struct secret *number)
{
	struct cardface face;
	enum err r;

	r = cardface_read(&c->card, &c->conf->proof, c->s->visit, number,
	    &face, c->note);
	if (r == ERR_OK && face.verdict != CARDCA_GENUINE) {
		note_set(c->note, "%s", cardca_label(face.verdict, ERR_EN));
		r = ERR_NOT_GENUINE;
	}
	if (r == ERR_OK)
		take_face(c, &face);
	cardface_wipe(&face);
	return (r);
}

static enum err
with_number(struct call *c, const struct secret *number)
{
	enum err r;

	if ((r = open_card(c)) != ERR_OK ||
	    (r = read_face(c, number)) != ERR_OK ||
	    (r = c->ports->ask_attestation(c->ports->ctx)) != ERR_OK ||
	    (r = surface_select(&c->card)) != ERR_OK)
		return (r);
	return (prove(c));
}

static enum err
by_sight(struct call *c)
{
	struct secret number = { .len = 0 };
	enum err r;

	if ((r = c->ports->ask_number(c->ports->ctx, &number)) == ERR_OK &&
	    (r = wait_card(c)) == ERR_OK && (r = tp_begin(c->tp)) == ERR_OK) {
		r = with_number(c, &number);
		tp_end(c->tp);
	}
	secret_wipe(&number);
	return (r);
}

/* --- the whole --- */

static enum err
keep(struct call *c)
{
	struct blob record = { 0 }, sealed = { 0 };
	enum err r;

	if ((r = offline_write(&c->offline, &record)) == ERR_OK &&
	    (r = seal_close(blob_buf(&record), c->own, c->own_cert,
	    c->recipient, &sealed)) == ERR_OK)
		r = queue_add(&c->queue, c->offline.id, c->s->at, &sealed,
		    c->note);
	blob_free(&record);
	blob_free(&sealed);
	return (r);
}

enum err
housecall_run(const struct housecall_conf *conf, struct tp *tp,
    const struct housecall_ports *ports, struct statement *s,
    struct note *note)
{
	struct call c = begin(conf, s, note);
	enum err r;

	c.tp = tp;
	c.ports = ports;
	s->identity = (struct identity){ .mode = "home",
	    .text_tries = PIN_TRIES_UNKNOWN, .attributes_err = ERR_UNREAD };
	if ((r = uuid_make(s->visit)) == ERR_OK &&
	    (r = prepare(&c)) == ERR_OK &&
	    (r = is_visual(&c) ? by_sight(&c) : by_pin(&c)) == ERR_OK)
		r = keep(&c);
	if (r != ERR_OK && note->text[0] == '\0')
		*note = tp->note;
	finish(&c);
	return (r);
}
