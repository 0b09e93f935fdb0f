#include <sys/random.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/qualify/answer.h"
#include "host/qualify/deadline.h"
#include "host/qualify/kind.h"

#define SERIAL_MAX	9999	/* 4 digits a day (oqs-files.md 1.1) */
#define POLL_FIRST_MS	20	/* doubled up to poll_ms */
#define SCAN_MS		5000	/* looks for other spellings of a name */
#define SERIAL_PREFIX	'S'

static const struct request_layout *const layouts[] = {
	[EXCHANGE_SIQUC] = &request_siquc, [EXCHANGE_SIIMM] = &request_siimm,
};

/* One request from its first byte to its answer. */
struct talk {
	struct answer_desk	 desk;
	struct answer_request	 rq;
	const struct exchange_ask *ask;
	const struct kind	*kind;
	struct blob		 bytes;
	int64_t			 wall;		/* when it was asked */
	int64_t			 returned;	/* first seen, monotonic; 0 */
	int64_t			 scanned;	/* last listing, monotonic */
	int			 troubled;	/* said that a look failed */
	struct result		*result;
};

enum err
exchange_check(const struct exchange_conf *conf, struct note *note)
{
	struct answer_desk d;
	enum err r;

	if ((r = answer_open(conf, NULL, &d, note)) == ERR_OK &&
	    (r = folder_probe(d.req, note)) == ERR_OK)
		r = folder_probe(d.res, note);
	answer_close(&d);
	return (r);
}

/* SK, time, and chance: unique, and not another product's (E14). */
static enum err
make_identifier(int64_t wall, char *out, size_t room)
{
	char stamp[CLOCK_STAMP_LEN];
	unsigned char r[4];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return (ERR_SYS);
	clock_stamp(wall, stamp);
	snprintf(out, room, "SK%s-%02x%02x%02x%02x", stamp, r[0], r[1], r[2],
	    r[3]);
	return (ERR_OK);
}

static enum err
prepare(struct talk *t, struct note *note)
{
	char stamp[CLOCK_STAMP_LEN];
	enum err r;

	if ((r = make_identifier(t->wall, t->rq.identifier,
	    sizeof(t->rq.identifier))) != ERR_OK)
		return (r);
	snprintf(t->rq.chart_number, sizeof(t->rq.chart_number), "%s",
	    t->ask->patient->chart_number);
	clock_stamp(t->wall, stamp);
	stamp[8] = '\0';
	return (request_write(&(struct request){ .layout = t->kind->request,
	    .date = stamp, .institution_code =
	    t->desk.conf->institution_code,
	    .identifier = t->rq.identifier, .patient = t->ask->patient,
	    .limit_consent = t->ask->limit_consent,
	    .cp932 = t->desk.conf->cp932 }, &t->bytes, note));
}

static enum err
serial_row(void *ctx, const struct val *cols, size_t n)
{
	int64_t *serial = ctx;

	if (n < 1)
		return (ERR_SEQUENCE);
	*serial = val_num(&cols[0]);
	return (ERR_OK);
}

/* Of any kind, because the serial is shared between them. */
static int
name_is_taken(struct answer_desk *d, const char *suffix)
{
	static const char *const exts[] = { ".xml", ".err" };
	char name[KIND_NAME_MAX + 1];
	const char *stem;

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		stem = kind_of_request(layouts[i])->stem;
		for (size_t e = 0; e < 2; e++) {
			snprintf(name, sizeof(name), "%sreq_%s%s", stem,
			    suffix, exts[e]);
			if (folder_has(d->req, name) ||
			    folder_has(d->res, name))
				return (1);
		}
		snprintf(name, sizeof(name), "%sres_%s.xml", stem, suffix);
		if (folder_has(d->res, name))
			return (1);
	}
	return (0);
}

/* A name neither folder holds: YYYYMMDD of Japan, the letter and the day's
 * serial. */
static enum err
choose_name(struct talk *t, struct note *note)
{
	char day[CLOCK_STAMP_LEN], suffix[32];
	char letter = t->desk.conf->serial_prefix;
	int64_t serial = 0;
	enum err r;

	clock_stamp(t->wall, day);
	day[8] = '\0';
	for (;;) {
		const struct val v = val_text(day);

		if ((r = store_run(t->desk.store, SQL_SERIAL_NEXT, &v, 1,
		    serial_row, &serial, NULL)) != ERR_OK)
			return (r);
		if (serial < 1 || serial > SERIAL_MAX) {
			note_set(note, "no request number left today");
			return (ERR_TOOBIG);
		}
		snprintf(suffix, sizeof(suffix), "%s%c%04d", day,
		    letter == '\0' ? SERIAL_PREFIX : letter, (int)serial);
		if (!name_is_taken(&t->desk, suffix))
			break;
	}
	snprintf(t->rq.file, sizeof(t->rq.file), "%sreq_%s.xml",
	    t->kind->stem, suffix);
	return (ERR_OK);
}

static enum err
add_request(struct talk *t)
{
	const char *chart = t->rq.chart_number;
	const struct val v[] = { val_text(t->rq.file),
	    val_text(t->rq.identifier), val_text(t->kind->stem),
	    val_text(t->ask->visit), val_text(chart[0] == '\0' ? NULL :
	    chart), val_int(t->wall) };

	return (store_run(t->desk.store, SQL_REQUEST_ADD, v, 6, NULL, NULL,
	    NULL));
}

/* Once a request is out no failure ends the wait; it is said once. */
static void
trouble(struct talk *t, enum err err)
{
	if (!t->troubled)
		log_line(LOG_WARN, "exchange", "%s: %s; waiting on",
		    t->rq.file, err_text(err, ERR_EN));
	t->troubled = 1;
	if (err == ERR_FOLDER)
		answer_reopen(&t->desk);
}

/*
 * The request is in the store before its file can be seen.  ERR_OK: it is
 * out, or may be.
 */
static enum err
post(struct talk *t, struct note *note)
{
	enum err r;

	if ((r = choose_name(t, note)) != ERR_OK ||
	    (r = add_request(t)) != ERR_OK)
		return (r);
	if (t->ask->about != NULL &&
	    (r = t->ask->about(t->ask->about_ctx)) != ERR_OK) {
		(void)answer_give_up(&t->desk, t->rq.file, 1, NULL);
		return (r);
	}
	r = folder_put(t->desk.req, t->rq.file, t->bytes.data, t->bytes.len,
	    note);
	if (r == ERR_SYS)
		trouble(t, ERR_FOLDER);
	else if (r != ERR_OK) {
		(void)answer_give_up(&t->desk, t->rq.file, 1, NULL);
		return (r == ERR_FOREIGN ? ERR_FOLDER : r);
	}
	note_set(note, "%s", "");
	/* If it stays new, an answer is found all the same. */
	if ((r = answer_move(&t->desk, t->rq.file, "written", NULL)) !=
	    ERR_OK)
		trouble(t, r);
	return (ERR_OK);
}

static enum err
look_returned(struct talk *t, const char *name)
{
	int fresh, due;

	if (!folder_has(t->desk.res, name))
		return (ERR_OK);
	if (t->returned == 0)
		t->returned = clock_ms();
	due = clock_ms() - t->returned >= answer_err_wait(&t->desk);
	return (answer_take_returned(&t->desk, &t->rq, name, due, &t->result,
	    &fresh));
}

/* A share may spell names its own way (features.md E06). */
static enum err
look_spelled(struct talk *t, const char *res, const char *back)
{
	char actual[KIND_NAME_MAX + 1];
	enum err r;
	int fresh;

	if (clock_ms() - t->scanned < SCAN_MS)
		return (ERR_OK);
	t->scanned = clock_ms();
	if ((r = folder_find(t->desk.res, res, actual, sizeof(actual))) !=
	    ERR_OK)
		return (r);
	if (actual[0] != '\0')
		return (answer_take(&t->desk, &t->rq, actual, &t->result,
		    &fresh));
	if ((r = folder_find(t->desk.res, back, actual, sizeof(actual))) !=
	    ERR_OK || actual[0] == '\0')
		return (r);
	return (look_returned(t, actual));
}

static enum err
look(struct talk *t)
{
	char res[KIND_NAME_MAX + 1], back[KIND_NAME_MAX + 1];
	enum err r;
	int fresh;

	answer_name(t->rq.file, "res", ".xml", res, sizeof(res));
	answer_name(t->rq.file, "req", ".xml", back, sizeof(back));
	if ((r = answer_take(&t->desk, &t->rq, res, &t->result, &fresh)) !=
	    ERR_OK || t->result != NULL)
		return (r);
	if ((r = look_returned(t, back)) != ERR_OK || t->result != NULL)
		return (r);
	return (look_spelled(t, res, back));
}

/* Another one of us may have taken the answer in. */
static enum err
look_in_store(struct talk *t)
{
	struct answer_request now;
	enum err r;
	int found;

	if ((r = answer_request(&t->desk, t->rq.file, &now, &found)) !=
	    ERR_OK || !found || (strcmp(now.state, "answered") != 0 &&
	    strcmp(now.state, "returned") != 0))
		return (r);
	return (answer_stored(&t->desk, &t->rq, &t->result));
}

/* ERR_OK: looked everywhere; t->result NULL: nothing there yet. */
static enum err
look_around(struct talk *t, int in_store)
{
	enum err r, s = ERR_OK;

	r = look(t);
	if (t->result == NULL && in_store)
		s = look_in_store(t);
	if (r != ERR_OK)
		trouble(t, r);
	else if (s != ERR_OK)
		trouble(t, s);
	return (r != ERR_OK ? r : s);
}

/* It may be out: nobody may ask again, whatever it was that failed. */
static enum err
unsure(const struct talk *t, const char *folder, enum err why,
    struct note *note)
{
	note_set(note, "%s: %s: %s", folder, t->rq.file,
	    err_text(why, ERR_EN));
	return (ERR_NO_ANSWER);
}

/* What the state says that this or another process has given the request. */
static enum err
end_of(struct talk *t, const char *state, enum err why, struct note *note)
{
	enum err r;

	if (strcmp(state, "answered") == 0 || strcmp(state, "returned") == 0) {
		r = answer_stored(&t->desk, &t->rq, &t->result);
		return (r == ERR_OK && t->result != NULL ? ERR_OK :
		    unsure(t, t->desk.conf->res, r == ERR_OK ? ERR_STORE : r,
		    note));
	}
	if (strcmp(state, "withdrawn") != 0)
		return (ERR_NO_ANSWER);
	return (why == ERR_CANCELLED ? why : ERR_NOT_TAKEN);
}

/* What the terminal has not taken goes back; then one last look. */
static enum err
give_up(struct talk *t, enum err why, struct note *note)
{
	const struct exchange_conf *conf = t->desk.conf;
	enum err removed, looked, closed;
	char state[16] = "";
	int gone;

	removed = folder_remove(t->desk.req, t->rq.file, &gone);
	if (removed != ERR_OK) {
		trouble(t, removed);
		removed = folder_remove(t->desk.req, t->rq.file, &gone);
	}
	/* Neither another spelling nor a .err is waited for any more. */
	t->scanned = -SCAN_MS;
	t->returned = -answer_err_wait(&t->desk);
	t->rq.stamp = (struct folder_stamp){ 0 };
	looked = look_around(t, 1);
	if (t->result != NULL)
		return (ERR_OK);
	closed = answer_give_up(&t->desk, t->rq.file, gone, state);
	if (removed != ERR_OK)
		return (unsure(t, conf->req, removed, note));
	if (closed != ERR_OK)
		return (unsure(t, conf->req, closed, note));
	if (looked != ERR_OK && !gone)
		return (unsure(t, conf->res, looked, note));
	return (end_of(t, state, why, note));
}

static int
longest_pause(const struct exchange_conf *conf)
{
	return (conf->poll_ms > 0 ? conf->poll_ms : EXCHANGE_POLL_MS);
}

static enum err
wait_answer(struct talk *t, int (*cancel)(void *), void *ctx,
    struct note *note)
{
	const struct exchange_conf *conf = t->desk.conf;
	int64_t end = clock_ms() + deadline_after(t->wall, conf->answer_ms,
	    conf->restart_from, conf->restart_to) - t->wall;
	int pause = POLL_FIRST_MS;

	t->scanned = clock_ms();
	for (;;) {
		(void)look_around(t, pause >= longest_pause(conf));
		if (t->result != NULL)
			return (ERR_OK);
		if (cancel != NULL && cancel(ctx))
			return (give_up(t, ERR_CANCELLED, note));
		if (clock_ms() >= end)
			return (give_up(t, ERR_TIMEOUT, note));
		folder_wait(t->desk.res, pause, !conf->no_watch);
		pause = pause * 2 < longest_pause(conf) ? pause * 2 :
		    longest_pause(conf);
	}
}

/* A request that came back is ERR_REFUSED; a result is a reply. */
static enum err
hand_over(struct talk *t, struct exchange_reply *reply, struct note *note)
{
	const char *text;
	enum err r = ERR_OK;

	if (t->result == NULL)
		return (ERR_OK);
	if (strstr(result_kind(t->result), "req") != NULL) {
		/* The caller says the error, the note what follows it. */
		text = strstr(result_reason(t->result, ERR_JA), ": ");
		note_set(note, "%s", text == NULL ? "" : text + 2);
		r = ERR_REFUSED;
	}
	reply->result = t->result;
	t->result = NULL;	/* moved */
	return (r);
}

enum err
exchange_ask(const struct exchange_conf *conf, struct store *store,
    const struct exchange_ask *ask, int (*cancel)(void *), void *ctx,
    struct exchange_reply *reply, struct note *note)
{
	struct talk t = { .ask = ask, .wall = clock_wall_ms(),
	    .kind = kind_of_request(layouts[ask->kind]) };
	enum err r, handed;

	*reply = (struct exchange_reply){ .result = NULL };
	if ((r = answer_open(conf, store, &t.desk, note)) != ERR_OK ||
	    (r = prepare(&t, note)) != ERR_OK)
		goto out;
	r = post(&t, note);
	memcpy(reply->file, t.rq.file, sizeof(reply->file));
	memcpy(reply->identifier, t.rq.identifier, sizeof(reply->identifier));
	if (r == ERR_OK)
		r = wait_answer(&t, cancel, ctx, note);
	if (r == ERR_OK && (handed = hand_over(&t, reply, note)) != ERR_OK)
		r = handed;
out:
	result_free(&t.result);
	blob_free(&t.bytes);
	answer_close(&t.desk);
	return (r);
}

void
exchange_reply_free(struct exchange_reply *reply)
{
	if (reply != NULL)
		result_free(&reply->result);
}
