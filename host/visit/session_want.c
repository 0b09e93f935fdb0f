#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/visit/record.h"
#include "host/visit/session_in.h"
#include "host/visit/view.h"

void
gift_wipe(struct gift *g)
{
	secret_wipe(&g->secret);
	result_free(&g->result);
	secret_cleanse(g, sizeof(*g));
}

void
session_publish(struct session *s)
{
	char nonce[2 * EVIDENCE_NONCE + 1];
	struct view_now now = { .slow = s->ask.slow,
	    .started_at = s->started_at, .updated_at = clock_wall_ms() };
	json_t *view;

	pthread_mutex_lock(&s->lock);
	now.want = s->want;
	now.deadline = s->deadline;
	now.tries = s->tries;
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < sizeof(s->nonce); i++)
		snprintf(nonce + 2 * i, 3, "%02x", s->nonce[i]);
	if (s->ask.has_key && strcmp(s->visit.about.method, "face") == 0)
		now.nonce = nonce;
	view = view_live(&s->visit, &now);
	if (s->identity != NULL)
		json_object_set(view, "identity", s->identity);
	pthread_mutex_lock(&s->lock);
	/* Given while this was written. */
	if (s->want != now.want)
		json_object_set_new(view, "wants", json_null());
	json_decref(s->view);
	s->view = view;
	pthread_mutex_unlock(&s->lock);
}

/* After each step that is in the store. */
void
session_shown(void *ctx, const struct visit *v)
{
	struct session *s = ctx;

	pthread_mutex_lock(&s->lock);
	/* One that was refused may still hold its reader. */
	s->over = machine_is_end(v->state);
	s->asking = v->state == VS_CONFIRMED || v->state == VS_MATCHED ||
	    v->state == VS_REQUESTED;
	s->confirmed = v->state >= VS_CONFIRMED &&
	    (!machine_is_end(v->state) || v->state == VS_DONE);
	pthread_mutex_unlock(&s->lock);
	session_publish(s);
	s->ask.ops->changed(s->ask.ops->ctx);
}

int
session_ms(const struct session *s, enum want want)
{
	if (want == WANT_CARD)
		return (s->conf.card_wait_ms);
	return (s->ask.slow ? 2 * want_ms(want) : want_ms(want));
}

/* From here on a gift of this kind is taken; tries are those it is about. */
void
session_begin_want(struct session *s, enum want want, int tries)
{
	pthread_mutex_lock(&s->lock);
	s->want = want;
	s->tries = tries;
	s->deadline = clock_wall_ms() + session_ms(s, want);
	s->until = clock_ms() + session_ms(s, want);
	pthread_mutex_unlock(&s->lock);
	session_publish(s);
	if (record_wants(&s->visit, want_word(want)) != ERR_OK)
		log_line(LOG_WARN, "session", "an event was not told");
	s->ask.ops->changed(s->ask.ops->ctx);
}

/* A gift that came while it turned to something else is nobody's. */
void
session_end_want(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	s->want = WANT_NOTHING;
	s->deadline = 0;
	gift_wipe(&s->gift);
	s->has_gift = 0;
	pthread_mutex_unlock(&s->lock);
	session_publish(s);
}

/* Nothing more is waited for; a kiosk that goes on closes nothing. */
static int
is_over(const struct session *s)
{
	return (s->cancelled || (s->left && s->want == WANT_CLOSING));
}

/* Until something is there, or this time of the steady clock. */
static void
doze(struct session *s, int64_t until)
{
	const struct timespec t = { .tv_sec = until / 1000,
	    .tv_nsec = (until % 1000) * 1000000 };

	while (!s->has_gift && !is_over(s) && clock_ms() < until)
		(void)pthread_cond_timedwait(&s->given, &s->lock, &t);
}

/* What came of it, in the order of its weight, after which nothing more of
 * its kind is taken; under the lock. */
static enum err
take_gift(struct session *s, struct gift *out)
{
	enum err r = clock_ms() >= s->until ? ERR_TIMEOUT : ERR_HALF;

	if (is_over(s))
		r = ERR_CANCELLED;
	else if (s->has_gift) {
		*out = s->gift;
		s->gift.result = NULL;	/* moved */
		r = ERR_OK;
	}
	if (r != ERR_HALF) {
		gift_wipe(&s->gift);
		s->has_gift = 0;
		s->want = WANT_NOTHING;
	}
	return (r);
}

/* ERR_TIMEOUT, ERR_CANCELLED; ERR_HALF after slice_ms (0: no slices). */
enum err
session_wait_gift(struct session *s, int slice_ms, struct gift *out)
{
	int64_t slice = clock_ms() + slice_ms;
	enum err r;

	pthread_mutex_lock(&s->lock);
	doze(s, slice_ms > 0 && slice < s->until ? slice : s->until);
	r = take_gift(s, out);
	pthread_mutex_unlock(&s->lock);
	return (r);
}

enum err
session_want_gift(struct session *s, enum want want, int tries, struct gift *out)
{
	enum err r;

	session_begin_want(s, want, tries);
	r = session_wait_gift(s, 0, out);
	session_end_want(s);
	return (r);
}

int
session_is_cancelled(void *ctx)
{
	struct session *s = ctx;
	int yes;

	pthread_mutex_lock(&s->lock);
	yes = s->cancelled;
	pthread_mutex_unlock(&s->lock);
	return (yes);
}

/* Does this fit what is wanted, and what the person was shown? */
static enum err
fits(const struct session *s, const struct gift *g)
{
	if (g->want == WANT_NOTHING || g->want == WANT_PIN_AT_DEVICE ||
	    s->want != g->want || s->has_gift || s->cancelled)
		return (ERR_NOT_NOW);
	if (g->want != WANT_PIN && g->want != WANT_TEXT_PIN)
		return (ERR_OK);
	if (g->tries_left != s->tries)
		return (ERR_NOT_NOW);
	return (s->tries == 1 && !g->last_try ? ERR_PIN_LAST_TRY : ERR_OK);
}

enum err
session_give(struct session *s, struct gift *g)
{
	enum err r;

	pthread_mutex_lock(&s->lock);
	if ((r = fits(s, g)) == ERR_OK) {
		s->gift = *g;
		s->has_gift = 1;
		s->want = WANT_NOTHING;
		if (s->view != NULL)
			json_object_set_new(s->view, "wants", json_null());
		pthread_cond_signal(&s->given);
	}
	pthread_mutex_unlock(&s->lock);
	if (r == ERR_OK)
		secret_cleanse(g, sizeof(*g));
	return (r);
}
