#ifndef TESTS_UNIT_VISIT_ROOM_H
#define TESTS_UNIT_VISIT_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ftw.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "host/visit/live.h"
#include "tests/lib/card_file.h"
#include "tests/lib/fake_pki.h"
#include "tests/lib/fake_tp.h"
#include "tests/lib/test_certs.h"
#include "tests/unit/visit_stage.h"

/*
 * A stage with a reader, a card in it, and a terminal behind two folders, for
 * live visits.  The sessions' threads tell each change; whoever waits for one
 * gives up after ROOM_HANGS_S, because then it hangs.
 */
#define ROOM_HANGS_S	60
#define ROOM_CARD_MS	30000

static char room_pki[] = "/tmp/visit_pki.XXXXXX", room_roots[64];

static struct {
	struct visit_conf	 conf;
	struct session_ops	 ops;
	struct fake_card	*fake;
	struct tp		*tp;
	struct tp_ops		 tp_ops;	/* counted */
	enum err		 take_err, back_err;
	_Atomic unsigned	 taken, back, waits;
	/* Called in the session's thread at an xfer, once. */
	void			(*_Atomic at_xfer)(void);
	const struct tp_ops	*real;
	char			 lights[16];	/* r, t, f: enum tp_signal */
	pthread_mutex_t		 lock;
	pthread_cond_t		 changed;
	unsigned		 changes;
} room = { .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER };

/* --- once per program --- */

/* What the trust folder holds: a root, and the card CA's key. */
static inline int
room_trust(const char *name)
{
	char from[96], to[96];
	struct blob b = { 0 };

	snprintf(from, sizeof(from), "%s/roots/%s", room_pki, name);
	snprintf(to, sizeof(to), "%s/%s", room_roots, name);
	if (blob_read_file(&b, from, BLOB_MAX) != ERR_OK)
		return (-1);
	test_write(to, b.data, b.len);
	blob_free(&b);
	return (0);
}

static inline int
room_make_pki(void **state)
{
	struct note note = { "" };

	(void)state;
	if (mkdtemp(room_pki) == NULL ||
	    fake_pki_make(room_pki, &note) != ERR_OK) {
		fprintf(stderr, "%s: %s\n", room_pki, note.text);
		return (-1);
	}
	snprintf(room_roots, sizeof(room_roots), "%s/trust", room_pki);
	return (mkdir(room_roots, 0700) != 0 ||
	    room_trust("auth-g3.cer") != 0 ||
	    room_trust("test.cardca") != 0 ? -1 : 0);
}

static inline int
room_remove_one(const char *path, const struct stat *st, int kind,
    struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return (remove(path));
}

static inline int
room_remove_pki(void **state)
{
	(void)state;
	test_certs_end();
	return (nftw(room_pki, room_remove_one, 8, FTW_DEPTH | FTW_PHYS));
}

/* --- what a session needs of the agent --- */

static inline void
room_tell(void *ctx)
{
	(void)ctx;
	pthread_mutex_lock(&room.lock);
	room.changes++;
	pthread_cond_broadcast(&room.changed);
	pthread_mutex_unlock(&room.lock);
}

static inline enum err
room_take(void *ctx, const char *client, struct tp **tp, struct note *note)
{
	(void)ctx;
	(void)client;
	*tp = NULL;
	if (room.take_err != ERR_OK) {
		note_set(note, "reader 1");
		return (room.take_err);
	}
	atomic_fetch_add(&room.taken, 1);
	*tp = room.tp;
	return (ERR_OK);
}

static inline enum err
room_give_back(void *ctx, const char *client)
{
	(void)ctx;
	(void)client;
	atomic_fetch_add(&room.back, 1);
	return (room.back_err);
}

static inline enum err
room_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	atomic_fetch_add(&room.waits, 1);
	room_tell(NULL);
	return (room.real->wait(tp, ms, ev));
}

/* The reader has a light. */
static inline enum err
room_begin(struct tp *tp, struct tp_caps *caps)
{
	caps->can_signal = 1;
	return (room.real->begin(tp, caps));
}

static inline void
room_signal(struct tp *tp, enum tp_signal signal)
{
	size_t n = strlen(room.lights);

	(void)tp;
	assert_true(n + 1 < sizeof(room.lights));
	room.lights[n] = " rtf"[signal];
	room.lights[n + 1] = '\0';
}

static inline enum err
room_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	void (*hook)(void) = atomic_exchange(&room.at_xfer, NULL);

	if (hook != NULL)
		hook();
	return (room.real->xfer(tp, tx, txlen, rx, rxlen, ms));
}

/* --- per test --- */

/* This card in the slot; setting as of card.conf, or NULL. */
static inline void
room_insert(const char *card, const char *setting)
{
	struct note note = { "" };
	char path[128];

	snprintf(path, sizeof(path), "%s/cards/%s", room_pki, card);
	assert_int_equal(card_file_load(path, &room.fake, &note), ERR_OK);
	if (setting != NULL)
		assert_int_equal(card_file_assign(room.fake, setting, &note),
		    ERR_OK);
	room.fake->conf.first_6f00 = 0;
	assert_int_equal(fake_tp_open(room.fake, &room.tp), ERR_OK);
	room.real = room.tp->ops;
	room.tp_ops = *room.real;
	room.tp_ops.wait = room_wait;
	room.tp_ops.xfer = room_xfer;
	room.tp_ops.begin = room_begin;
	room.tp_ops.signal = room_signal;
	room.lights[0] = '\0';
	room.tp->ops = &room.tp_ops;
}

static inline int
room_up(void **state)
{
	if (stage_up(state) != 0)
		return (-1);
	atomic_store(&stage_skew, 0);
	room.take_err = room.back_err = ERR_OK;
	room.taken = room.back = room.waits = room.changes = 0;
	room.at_xfer = NULL;
	room.ops = (struct session_ops){ .take = room_take,
	    .give_back = room_give_back, .changed = room_tell };
	room.conf = (struct visit_conf){ .card_wait_ms = ROOM_CARD_MS,
	    .trust_folder = room_roots, .trust_mode = TRUST_TEST,
	    .face_threshold = 700000, .exchange = { .req = stage_req,
	    .res = stage_res, .institution_code = CODE,
	    .answer_ms = 300000, .settle_ms = 1, .poll_ms = 5 } };
	return (0);
}

static inline int
room_down(void **state)
{
	tp_close(&room.tp);
	fake_card_free(&room.fake);
	return (stage_down(state));
}

/* --- waiting for the other threads --- */

static inline unsigned
room_changes(void)
{
	unsigned n;

	pthread_mutex_lock(&room.lock);
	n = room.changes;
	pthread_mutex_unlock(&room.lock);
	return (n);
}

/* Until there is one after those seen. */
static inline void
room_wait_change(unsigned seen)
{
	struct timespec end;
	int rc = 0;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &end);
	end.tv_sec += ROOM_HANGS_S;
	pthread_mutex_lock(&room.lock);
	while (room.changes == seen && rc == 0)
		rc = pthread_cond_clockwait(&room.changed, &room.lock,
		    CLOCK_MONOTONIC, &end);
	pthread_mutex_unlock(&room.lock);
	assert_int_equal(rc, 0);
}

/* As its clients see it. */
static inline int
room_wants(struct session *s, enum want want)
{
	json_t *o = session_view(s);
	const char *word = json_string_value(json_object_get(o, "wants"));
	int yes = word != NULL && strcmp(word, want_word(want)) == 0;

	json_decref(o);
	return (yes && session_want(s) == want);
}

static inline void
room_await(struct session *s, enum want want)
{
	unsigned seen;

	for (;;) {
		seen = room_changes();
		if (room_wants(s, want))
			return;
		assert_false(session_ended(s));
		room_wait_change(seen);
	}
}

static inline void
room_await_end(struct session *s)
{
	unsigned seen;

	for (;;) {
		seen = room_changes();
		if (session_ended(s))
			return;
		room_wait_change(seen);
	}
}

/* Until the reader was looked at twice: once surely after this call. */
static inline void
room_await_looks(void)
{
	unsigned first = room.waits, seen;

	for (;;) {
		seen = room_changes();
		if (room.waits - first >= 2)
			return;
		room_wait_change(seen);
	}
}

/* --- the terminal --- */

/* The one request in req, once it is there: its name after "req_". */
static inline void
room_request(char *suffix, size_t room_left, char *identifier, size_t len)
{
	static const char tag[] = "<ArbitraryFileIdentifier>";
	struct timespec pause = { .tv_nsec = 1000000 };
	struct blob b = { 0 };
	char path[512] = "", *at;
	struct dirent *e;
	DIR *d;

	for (int i = 0; path[0] == '\0' && i < ROOM_HANGS_S * 1000; i++) {
		d = opendir(stage_req);
		while ((e = readdir(d)) != NULL)
			if (strstr(e->d_name, "siquc01req_") != NULL &&
			    strstr(e->d_name, ".xml") != NULL &&
			    e->d_name[0] == 'O') {
				snprintf(path, sizeof(path), "%s/%s",
				    stage_req, e->d_name);
				snprintf(suffix, room_left, "%s",
				    strstr(e->d_name, "req_") + 4);
			}
		closedir(d);
		syscall(SYS_nanosleep, &pause, NULL);
	}
	assert_true(path[0] != '\0');
	assert_int_equal(blob_read_file(&b, path, BLOB_MAX), ERR_OK);
	assert_non_null(at = strstr(blob_str(&b), tag));
	at += sizeof(tag) - 1;
	snprintf(identifier, len, "%.*s", (int)strcspn(at, "<"), at);
	blob_free(&b);
	assert_int_equal(unlink(path), 0);
}

static inline void
room_answer(struct stage_answer a)
{
	char suffix[64], identifier[64], path[256], tmp[256];
	FILE *f;

	room_request(suffix, sizeof(suffix), identifier, sizeof(identifier));
	a.identifier = identifier;
	snprintf(path, sizeof(path), "%s/OQSsiquc01res_%s", stage_res,
	    suffix);
	snprintf(tmp, sizeof(tmp), "%s/tmp", stage_res);
	assert_non_null(f = fopen(tmp, "w"));
	assert_true(fputs(stage_xml(&a), f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(tmp, path), 0);
}

#endif
