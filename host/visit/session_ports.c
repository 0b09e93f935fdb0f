#include <string.h>

#include "base/clock.h"
#include "host/visit/face.h"
#include "host/visit/session_in.h"

#define SLICE_MS	700	/* between two looks whether the card is there */

/* 1 if it is asked for already, and perhaps given between two slices. */
static int
is_asking(struct session *s, enum want want)
{
	int yes;

	pthread_mutex_lock(&s->lock);
	yes = s->want == want || s->has_gift;
	pthread_mutex_unlock(&s->lock);
	return (yes);
}

/* ERR_HALF after a slice, so that the login looks after the card. */
static enum err
ask_pin(void *ctx, enum pin_kind kind, int tries, struct secret *pin)
{
	enum want want = kind == PIN_TEXT ? WANT_TEXT_PIN : WANT_PIN;
	struct session *s = ctx;
	struct gift g = { .want = WANT_NOTHING };
	enum err r;

	if (!is_asking(s, want))
		session_begin_want(s, want, tries);
	r = session_wait_gift(s, SLICE_MS, &g);
	if (r == ERR_HALF)
		return (r);
	session_end_want(s);
	if (r == ERR_OK)
		r = secret_set(pin, g.secret.data, g.secret.len);
	gift_wipe(&g);
	return (r);
}

static void
want_pin_there(void *ctx, enum pin_kind kind, int tries)
{
	(void)kind;
	session_begin_want(ctx, WANT_PIN_AT_DEVICE, tries);
}

/* The yes comes with the PIN itself: session_give asks for it. */
static enum err
ask_last(void *ctx, enum pin_kind kind)
{
	(void)ctx;
	(void)kind;
	return (ERR_OK);
}

enum err
session_choose(void *ctx, const struct visit *v, struct consent *consent)
{
	struct gift g = { .want = WANT_NOTHING };
	enum err r;

	(void)v;
	if ((r = session_want_gift(ctx, WANT_CONSENT, -1, &g)) == ERR_OK)
		*consent = g.consent;
	gift_wipe(&g);
	return (r);
}

enum err
session_confirm(void *ctx, const struct visit *v)
{
	struct gift g = { .want = WANT_NOTHING };
	enum err r;

	(void)v;
	if ((r = session_want_gift(ctx, WANT_CONFIRMATION, -1, &g)) == ERR_OK &&
	    !g.yes)
		r = ERR_NO_CONSENT;
	gift_wipe(&g);
	return (r);
}

static enum err
ask_number(void *ctx, int tries, struct secret *number)
{
	struct gift g = { .want = WANT_NOTHING };
	enum err r;

	if ((r = session_want_gift(ctx, WANT_NUMBER_B, tries, &g)) == ERR_OK)
		r = secret_set(number, g.secret.data, g.secret.len);
	gift_wipe(&g);
	return (r);
}

static void
drop_photo(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	blob_free(&s->photo);
	pthread_mutex_unlock(&s->lock);
}

/* The photograph is there for this step alone. */
static enum err
show_photo(struct session *s, struct blob *photo, enum want want,
    struct gift *g)
{
	enum err r;

	pthread_mutex_lock(&s->lock);
	blob_free(&s->photo);
	s->photo = *photo;
	pthread_mutex_unlock(&s->lock);
	*photo = (struct blob){ 0 };
	r = session_want_gift(s, want, -1, g);
	drop_photo(s);
	return (r);
}

static enum err
ask_evidence(void *ctx, struct blob *photo, struct evidence *out)
{
	struct session *s = ctx;
	struct gift g = { .want = WANT_NOTHING };
	struct evidence_terms terms = { .visit = s->visit.id,
	    .threshold = s->ask.conf->face_threshold };
	enum err r;

	/* Anybody can sign for a key of zeros. */
	if (!s->ask.has_key)
		return (ERR_EVIDENCE);
	if ((r = show_photo(s, photo, WANT_EVIDENCE, &g)) == ERR_OK) {
		memcpy(terms.nonce, s->nonce, sizeof(terms.nonce));
		memcpy(terms.key, s->ask.key, sizeof(terms.key));
		terms.now = clock_wall_ms();
		r = evidence_check(&g.evidence, &terms, &s->visit.note);
		*out = g.evidence;
	}
	gift_wipe(&g);
	return (r);
}

static enum err
ask_attestation(void *ctx, struct blob *photo)
{
	struct gift g = { .want = WANT_NOTHING };
	enum err r;

	if ((r = show_photo(ctx, photo, WANT_ATTESTATION, &g)) == ERR_OK &&
	    !g.yes)
		r = ERR_NOT_MATCHED;
	gift_wipe(&g);
	return (r);
}

/* The wait for the card is told once; the login itself waits. */
static void
want_card(void *ctx)
{
	session_begin_want(ctx, WANT_CARD, -1);
}

static void
have_it(void *ctx)
{
	session_end_want(ctx);
}

enum err
session_log_in(struct session *s)
{
	const struct visit_ports pin = { .ask_pin = ask_pin, .ask_again = 1,
	    .ask_last = ask_last, .want_card = want_card,
	    .have_card = have_it, .want_pin_there = want_pin_there,
	    .have_pin_there = have_it,
	    .there_ms = session_ms(s, WANT_PIN_AT_DEVICE),
	    .cancelled = session_is_cancelled, .ctx = s };
	const struct face_ports face = { .ask_number = ask_number,
	    .ask_evidence = ask_evidence, .ask_attestation = ask_attestation,
	    .want_card = want_card, .have_card = have_it,
	    .cancelled = session_is_cancelled, .ctx = s };

	if (strcmp(s->visit.about.method, "pin") == 0)
		return (login_pin(&s->visit, s->tp, &pin));
	return (login_face(&s->visit, s->tp, &face));
}
