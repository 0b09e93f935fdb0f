#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/visit/course.h"
#include "host/visit/face.h"
#include "host/visit/record.h"
#include "host/visit/session_in.h"

static void
set_tp(struct session *s, struct tp *tp)
{
	pthread_mutex_lock(&s->lock);
	s->tp = tp;
	pthread_mutex_unlock(&s->lock);
}

static enum err
at_the_reader(struct session *s)
{
	const struct session_ops *ops = s->ask.ops;
	struct tp *tp = NULL;
	enum err r, back;

	r = ops->take(ops->ctx, s->visit.about.client, &tp, &s->visit.note);
	if (r != ERR_OK)
		return (visit_fail(&s->visit, r));
	set_tp(s, tp);
	r = session_log_in(s);
	set_tp(s, NULL);
	session_end_want(s);
	back = ops->give_back(ops->ctx, s->visit.about.client);
	/* Told even where all went well: the card must be taken away. */
	if (back != ERR_OK && r == ERR_OK)
		r = visit_fail(&s->visit, back);
	else if (back != ERR_OK) {
		s->visit.err = back;
		if (record_reason(&s->visit) != ERR_OK)
			log_line(LOG_ERROR, "session", "not in the store: %s",
			    err_name(back));
		session_shown(s, &s->visit);
	}
	return (r);
}

/* An official face reader does it all; its file brings the answer too. */
static enum err
at_the_face_reader(struct session *s)
{
	struct gift g = { .want = WANT_NOTHING };
	enum err r;

	if ((r = session_want_gift(s, WANT_FACE_FILE, -1, &g)) == ERR_OK)
		r = face_bind(&s->visit, &s->expected, &g.result, g.digest);
	gift_wipe(&g);
	return (r == ERR_OK ? r : visit_fail(&s->visit, r));
}

static enum err
whole_course(struct session *s)
{
	const struct visit_ports ports = { .choose = session_choose,
	    .confirm = session_confirm, .cancelled = session_is_cancelled, .ctx = s };
	const char *chart = s->ask.chart_number[0] == '\0' ? NULL :
	    s->ask.chart_number;
	enum err r;

	if (s->resumed)
		return (course_finish(&s->visit, &ports));
	if (s->ask.official)
		return (at_the_face_reader(s));
	if ((r = at_the_reader(s)) != ERR_OK)
		return (r);
	/* Nobody compared card and patient yet: then the desk does. */
	if (!s->visit.identity.has_attributes)
		chart = NULL;
	return (course_run(&s->visit, chart, &ports));
}

/* The outcome is shown until somebody closes it, or its time is over. */
static void
show_outcome(struct session *s)
{
	struct gift g = { .want = WANT_NOTHING };
	enum err r = ERR_CANCELLED;

	session_publish(s);
	if (!session_left(s))
		r = session_want_gift(s, WANT_CLOSING, -1, &g);
	gift_wipe(&g);
	if (visit_step(&s->visit, r == ERR_OK ? VE_SHOW : VE_TIMEOUT) !=
	    ERR_OK)
		log_line(LOG_ERROR, "session", "the end is not in the store");
}

static void *
run(void *arg)
{
	struct session *s = arg;

	store_patience(s->visit.store, STORE_BUSY_MS);
	session_publish(s);
	if (whole_course(s) == ERR_OK)
		show_outcome(s);
	pthread_mutex_lock(&s->lock);
	s->want = WANT_NOTHING;
	pthread_mutex_unlock(&s->lock);
	session_publish(s);
	pthread_mutex_lock(&s->lock);
	s->ended = 1;
	pthread_mutex_unlock(&s->lock);
	s->ask.ops->changed(s->ask.ops->ctx);
	return (NULL);
}

/* --- from the other side --- */

static struct session *
make(const struct session_ask *ask)
{
	struct session *s = calloc(1, sizeof(*s));
	pthread_condattr_t steady;

	if (s == NULL)
		return (NULL);
	s->ask = *ask;
	s->conf = *ask->conf;
	if (ask->slow)
		s->conf.card_wait_ms *= 2;
	s->tries = PIN_TRIES_UNKNOWN;
	s->started_at = clock_wall_ms();
	pthread_mutex_init(&s->lock, NULL);
	/* Never fails on Linux; times are of the steady clock. */
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&s->given, &steady);
	pthread_condattr_destroy(&steady);
	return (s);
}

static void
destroy(struct session **sp)
{
	struct session *s = *sp;

	*sp = NULL;
	visit_end(&s->visit);
	patient_wipe(&s->expected);
	gift_wipe(&s->gift);
	blob_free(&s->photo);
	json_decref(s->view);
	json_decref(s->identity);
	pthread_cond_destroy(&s->given);
	pthread_mutex_destroy(&s->lock);
	secret_cleanse(s, sizeof(*s));
	free(s);
}

static enum err
go(struct session *s, struct session **out)
{
	s->visit.conf = &s->conf;
	s->visit.shown = session_shown;
	s->visit.ctx = s;
	session_publish(s);
	if (pthread_create(&s->thread, NULL, run, s) != 0) {
		(void)visit_fail(&s->visit, ERR_NOMEM);
		destroy(&s);
		return (ERR_NOMEM);
	}
	*out = s;
	return (ERR_OK);
}

enum err
session_start(const struct session_ask *ask, struct session **out)
{
	struct session *s;
	enum err r = ERR_OK;

	*out = NULL;
	if ((s = make(ask)) == NULL)
		return (ERR_NOMEM);
	if (RAND_bytes(s->nonce, sizeof(s->nonce)) != 1)
		r = ERR_LIB;
	if (r == ERR_OK && ask->official && ask->chart_number[0] != '\0')
		r = patient_get(ask->store, ask->chart_number, &s->expected);
	if (r == ERR_OK)
		r = visit_start(&s->visit, ask->store, &s->conf, &ask->about);
	if (r != ERR_OK) {
		destroy(&s);
		return (r);
	}
	return (go(s, out));
}

enum err
session_resume(const struct session_ask *ask, struct visit *v,
    struct session **out)
{
	struct session *s;
	struct record rec;
	enum err r;

	*out = NULL;
	if ((r = record_get(ask->store, v->id, &rec)) != ERR_OK)
		return (r);
	if ((s = make(ask)) != NULL) {
		s->identity = json_incref(rec.identity);
		s->visit = *v;
		secret_cleanse(v, sizeof(*v));
		s->resumed = 1;
	s->confirmed = 1;
	s->asking = 1;
	}
	record_wipe(&rec);
	return (s == NULL ? ERR_NOMEM : go(s, out));
}

void
session_cancel(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	s->cancelled = 1;
	if (s->tp != NULL)
		tp_cancel(s->tp);
	pthread_cond_signal(&s->given);
	pthread_mutex_unlock(&s->lock);
}

int
session_ended(const struct session *s)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&s->lock;
	int ended;

	pthread_mutex_lock(lock);
	ended = s->ended;
	pthread_mutex_unlock(lock);
	return (ended);
}

int
session_is_asking(struct session *s)
{
	int asking;

	pthread_mutex_lock(&s->lock);
	asking = s->asking && !s->ended;
	pthread_mutex_unlock(&s->lock);
	return (asking);
}

int
session_over(struct session *s)
{
	int over;

	pthread_mutex_lock(&s->lock);
	over = s->over || s->ended;
	pthread_mutex_unlock(&s->lock);
	return (over);
}

void
session_close(struct session **sp)
{
	if (*sp == NULL)
		return;
	session_cancel(*sp);
	pthread_join((*sp)->thread, NULL);
	destroy(sp);
}

const char *
session_id(const struct session *s)
{
	return (s->visit.id);
}

int
session_resumed(const struct session *s)
{
	return (s->resumed);
}

const char *
session_client(const struct session *s)
{
	return (s->ask.about.client);
}

enum want
session_want(struct session *s)
{
	enum want w;

	pthread_mutex_lock(&s->lock);
	w = s->want;
	pthread_mutex_unlock(&s->lock);
	return (w);
}

int
session_leave(struct session *s)
{
	int left;

	pthread_mutex_lock(&s->lock);
	s->left = s->left || s->confirmed;
	left = s->left;
	pthread_cond_signal(&s->given);
	pthread_mutex_unlock(&s->lock);
	return (left);
}

int
session_left(struct session *s)
{
	int left;

	pthread_mutex_lock(&s->lock);
	left = s->left;
	pthread_mutex_unlock(&s->lock);
	return (left);
}

json_t *
session_view(struct session *s)
{
	json_t *copy;

	pthread_mutex_lock(&s->lock);
	copy = s->view == NULL ? NULL : json_deep_copy(s->view);
	pthread_mutex_unlock(&s->lock);
	return (copy);
}

enum err
session_photo(struct session *s, struct blob *out)
{
	enum err r = ERR_NOT_NOW;

	pthread_mutex_lock(&s->lock);
	if (s->photo.len > 0)
		r = blob_add(out, s->photo.data, s->photo.len);
	pthread_mutex_unlock(&s->lock);
	return (r);
}

int
session_expects(struct session *s, struct patient *p, int64_t *armed_at)
{
	*p = (struct patient){ .sex = SEX_UNKNOWN };
	*armed_at = 0;
	if (!s->ask.official || session_want(s) != WANT_FACE_FILE)
		return (0);
	*p = s->expected;
	*armed_at = s->started_at;
	return (1);
}
