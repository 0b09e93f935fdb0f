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

#define HOLD_MS		200	/* between two looks at the clock */

/* What waits for its answer. */
static const char *const asked[] = {
	[EXCHANGE_SIQUC] = "OQSsiquc01", [EXCHANGE_SIIMM] = "OQSsiimm01",
};

/* One request from its first byte to its answer. */
struct talk {
	struct answer_desk	 desk;
	struct answer_request	 rq;
	const struct exchange_post *post;	/* NULL: posted before */
	const struct exchange_ask *ask;		/* NULL: nobody waits */
	char			 stem[KIND_STEM_MAX + 1];
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

/* Before anything else: is it wanted at all, and known how? */
static enum err
allow(struct talk *t, const struct exchange_conf *conf, struct note *note)
{
	if (conf->off) {
		note_set(note, "[terminal] ask = no");
		return (ERR_ASK_OFF);
	}
	return (kind_stem(t->post->kind, conf->unconfirmed, t->stem, note));
}

static enum err
prepare(struct talk *t, struct note *note)
{
	struct request rq = *t->post->request;
	char today[CLOCK_STAMP_LEN];
	enum err r;

	if ((r = make_identifier(t->wall, t->rq.identifier,
	    sizeof(t->rq.identifier))) != ERR_OK)
		return (r);
	if (t->post->chart_number != NULL)
		snprintf(t->rq.chart_number, sizeof(t->rq.chart_number), "%s",
		    t->post->chart_number);
	clock_stamp(t->wall, today);
	today[8] = '\0';
	rq.layout = t->post->kind->request;
	rq.institution_code = t->desk.conf->institution_code;
	rq.identifier = t->rq.identifier;
	rq.cp932 = t->desk.conf->cp932;
	if (rq.date == NULL)
		rq.date = today;
	return (request_write(&rq, &t->bytes, note));
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

static int
stem_is_taken(struct answer_desk *d, const char *stem, const char *suffix)
{
	static const char *const forms[][2] = { { "req", ".xml" },
	    { "req", ".err" }, { "res", ".xml" }, { "res", ".zip" },
	    { "res", ".pdf" } };
	char name[KIND_NAME_MAX + 1];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(name, sizeof(name), "%s%s_%s%s", stem, forms[i][0],
		    suffix, forms[i][1]);
		if (folder_has(d->res, name) || (i < 2 &&
		    folder_has(d->req, name)))
			return (1);
	}
	return (0);
}

/* By this kind or one that is asked at the desk: they share the serial, and
 * another store's agent its letter. */
static int
name_is_taken(struct talk *t, const char *suffix)
{
	int taken = stem_is_taken(&t->desk, t->stem, suffix);

	for (size_t i = 0; !taken && i < sizeof(asked) / sizeof(asked[0]); i++)
		taken = stem_is_taken(&t->desk, asked[i], suffix);
	return (taken);
}

/* YYYYMMDD of Japan, the letter and the day's serial; of TKK and YZK the
 * file's category and yyMMddHHmm before these two, where others have the
 * patient's number, which is in no name of ours (oqs-files.md 1.1). */
static void
make_suffix(const struct talk *t, int serial, char out[32])
{
	char letter = t->desk.conf->serial_prefix, stamp[CLOCK_STAMP_LEN];

	clock_stamp(t->wall, stamp);
	if (letter == '\0')
		letter = SERIAL_PREFIX;
	if (request_naming(t->post->kind->request) == REQUEST_VIEWING)
		snprintf(out, 32, "%02d%.10s%c%04d",
		    t->post->request->form % 100, stamp + 2, letter,
		    serial % 10000);
	else
		snprintf(out, 32, "%.8s%c%04d", stamp, letter,
		    serial % 10000);
}

/* A name neither folder holds. */
static enum err
choose_name(struct talk *t, struct note *note)
{
	char day[CLOCK_STAMP_LEN], suffix[32];
	int64_t serial = 0;
	enum err r;

	clock_stamp(t->wall, day);
	day[8] = '\0';
	do {
		const struct val v = val_text(day);

		if ((r = store_run(t->desk.store, SQL_SERIAL_NEXT, &v, 1,
		    serial_row, &serial, NULL)) != ERR_OK)
			return (r);
		if (serial < 1 || serial > SERIAL_MAX) {
			note_set(note, "no request number left today");
			return (ERR_TOOBIG);
		}
		make_suffix(t, (int)serial, suffix);
	} while (name_is_taken(t, suffix));
	snprintf(t->rq.file, sizeof(t->rq.file), "%sreq_%s.xml", t->stem,
	    suffix);
	return (ERR_OK);
}

static enum err
add_request(struct talk *t)
{
	const char *chart = t->rq.chart_number;
	const struct val v[] = { val_text(t->rq.file),
	    val_text(t->rq.identifier), val_text(t->stem),
	    val_text(t->post->visit), val_text(chart[0] == '\0' ? NULL :
	    chart), val_int(t->wall) };

	return (store_run(t->desk.store, SQL_REQUEST_ADD, v, 6, NULL, NULL,
	    NULL));
}

/* Whoever asked is told; the request is in the store. */
static enum err
tell(const struct talk *t)
{
	if (t->ask != NULL)
		return (t->ask->about == NULL ? ERR_OK :
		    t->ask->about(t->ask->about_ctx));
	return (t->post->about == NULL ? ERR_OK :
	    t->post->about(t->post->about_ctx, t->rq.file));
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
put_out(struct talk *t, struct note *note)
{
	enum err r;

	if ((r = choose_name(t, note)) != ERR_OK ||
	    (r = add_request(t)) != ERR_OK) {
		t->rq.file[0] = '\0';
		return (r);
	}
	if ((r = tell(t)) != ERR_OK) {
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
	/* Who looks once does not know when it came. */
	due = t->post == NULL ? answer_err_is_due(&t->desk, name) :
	    clock_ms() - t->returned >= answer_err_wait(&t->desk);
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

int64_t
exchange_held(const struct exchange_conf *conf, int64_t wall_ms)
{
	return (deadline_held(wall_ms, conf->restart_from, conf->restart_to));
}

static void
say_held(const struct exchange_conf *conf, int64_t until, struct note *note)
{
	char at[CLOCK_ISO_LEN];

	clock_iso(until, at);
	note_set(note, "%s: not before %.5s", conf->req, at + 11);
}

/* Until the terminal has restarted; nothing is out yet. */
static enum err
sit_out(const struct exchange_conf *conf, const struct exchange_ask *ask,
    int (*cancel)(void *), void *ctx, struct note *note)
{
	int64_t until;

	while ((until = exchange_held(conf, clock_wall_ms())) != 0) {
		if (ask->at_once) {
			say_held(conf, until, note);
			return (ERR_HELD);
		}
		if (cancel != NULL && cancel(ctx))
			return (ERR_CANCELLED);
		clock_sleep(HOLD_MS);
	}
	return (ERR_OK);
}

/* From here on its time is counted, and its name and day are those of now. */
static enum err
send_out(struct talk *t, const struct exchange_conf *conf,
    struct store *store, struct note *note)
{
	enum err r;

	t->wall = clock_wall_ms();
	if ((r = answer_open(conf, store, &t->desk, note)) != ERR_OK ||
	    (r = prepare(t, note)) != ERR_OK)
		return (r);
	return (put_out(t, note));
}

static void
end_talk(struct talk *t)
{
	result_free(&t->result);
	blob_free(&t->bytes);
	answer_close(&t->desk);
}

enum err
exchange_post(const struct exchange_conf *conf, struct store *store,
    const struct exchange_post *post, char file[128], struct note *note)
{
	struct talk t = { .post = post };
	int64_t until = exchange_held(conf, clock_wall_ms());
	enum err r;

	file[0] = '\0';
	if ((r = allow(&t, conf, note)) != ERR_OK)
		return (r);
	if (until != 0) {
		say_held(conf, until, note);
		return (ERR_HELD);
	}
	r = send_out(&t, conf, store, note);
	memcpy(file, t.rq.file, sizeof(t.rq.file));
	end_talk(&t);
	return (r);
}

enum err
exchange_ask(const struct exchange_conf *conf, struct store *store,
    const struct exchange_ask *ask, int (*cancel)(void *), void *ctx,
    struct exchange_reply *reply, struct note *note)
{
	const struct request_person person = { .patient = ask->patient };
	const struct request rq = { .persons = &person, .n = 1,
	    .limit_consent = ask->limit_consent };
	const struct exchange_post post = { .kind =
	    kind_find(asked[ask->kind]), .request = &rq, .visit = ask->visit,
	    .chart_number = ask->patient->chart_number };
	struct talk t = { .post = &post, .ask = ask };
	enum err r, handed;

	*reply = (struct exchange_reply){ .result = NULL };
	if ((r = allow(&t, conf, note)) != ERR_OK ||
	    (r = sit_out(conf, ask, cancel, ctx, note)) != ERR_OK)
		return (r);
	r = send_out(&t, conf, store, note);
	memcpy(reply->file, t.rq.file, sizeof(reply->file));
	memcpy(reply->identifier, t.rq.identifier, sizeof(reply->identifier));
	if (r == ERR_OK)
		r = wait_answer(&t, cancel, ctx, note);
	if (r == ERR_OK && (handed = hand_over(&t, reply, note)) != ERR_OK)
		r = handed;
	end_talk(&t);
	return (r);
}

/* The answer that another takes; it may be spelled the share's way.  An XML
 * of the other kinds is taken in here. */
static enum err
look_left(struct talk *t, const struct kind *kind, char left[128])
{
	static const struct {
		enum kind_ext	 ext;
		const char	*text;
	} exts[] = { { KIND_XML, ".xml" }, { KIND_ZIP, ".zip" },
	    { KIND_PDF, ".pdf" } };
	char name[KIND_NAME_MAX + 1];
	enum err r = ERR_OK;

	for (size_t i = 0; i < sizeof(exts) / sizeof(exts[0]) &&
	    r == ERR_OK && left[0] == '\0'; i++) {
		if ((kind->exts & (1u << exts[i].ext)) == 0 ||
		    (exts[i].ext == KIND_XML && !answer_is_left(kind)))
			continue;
		answer_name(t->rq.file, "res", exts[i].text, name,
		    sizeof(name));
		if (folder_has(t->desk.res, name))
			snprintf(left, 128, "%s", name);
		else
			r = folder_find(t->desk.res, name, left, 128);
	}
	return (r);
}

static enum err
look_posted(struct talk *t, const struct kind *kind,
    struct exchange_look *look)
{
	char back[KIND_NAME_MAX + 1];
	enum err r;

	t->scanned = -SCAN_MS;
	answer_name(t->rq.file, "req", ".xml", back, sizeof(back));
	r = answer_is_left(kind) ? look_returned(t, back) : look_around(t, 1);
	if (r != ERR_OK || t->result != NULL)
		return (r);
	return (look_left(t, kind, look->left));
}

static int
is_overdue(const struct exchange_conf *conf, const struct answer_request *rq)
{
	return ((strcmp(rq->state, "new") == 0 ||
	    strcmp(rq->state, "written") == 0) && clock_wall_ms() >
	    deadline_after(rq->created_at, conf->answer_ms,
	    conf->restart_from, conf->restart_to));
}

static enum err
look_once(struct talk *t, struct exchange_look *look)
{
	struct kind_name name;
	struct answer_request now;
	int found;
	enum err r;

	if (!kind_parse(t->rq.file, &name))
		return (ERR_NO_SUCH);
	if ((r = look_posted(t, name.kind, look)) != ERR_OK)
		return (r);
	if (t->result == NULL && look->left[0] == '\0' &&
	    is_overdue(t->desk.conf, &t->rq) &&
	    (r = answer_take_back(&t->desk, t->rq.file, NULL)) != ERR_OK)
		return (r);
	if ((r = answer_request(&t->desk, t->rq.file, &now, &found)) == ERR_OK)
		snprintf(look->state, sizeof(look->state), "%s", now.state);
	look->result = t->result;
	t->result = NULL;	/* moved */
	return (r);
}

/* Of a request that is in the store. */
static enum err
open_posted(struct talk *t, const struct exchange_conf *conf,
    struct store *store, const char *file, struct note *note)
{
	int found;
	enum err r;

	if ((r = answer_open(conf, store, &t->desk, note)) != ERR_OK ||
	    (r = answer_request(&t->desk, file, &t->rq, &found)) != ERR_OK)
		return (r);
	return (found ? ERR_OK : ERR_NO_SUCH);
}

enum err
exchange_look(const struct exchange_conf *conf, struct store *store,
    const char *file, struct exchange_look *look, struct note *note)
{
	struct talk t = { .post = NULL };
	enum err r;

	*look = (struct exchange_look){ .result = NULL };
	if ((r = open_posted(&t, conf, store, file, note)) == ERR_OK) {
		memcpy(look->state, t.rq.state, sizeof(look->state));
		memcpy(look->chart_number, t.rq.chart_number,
		    sizeof(look->chart_number));
		look->asked_at = t.rq.created_at;
		r = look_once(&t, look);
	}
	end_talk(&t);
	return (r);
}

void
exchange_look_free(struct exchange_look *look)
{
	if (look != NULL)
		result_free(&look->result);
}

enum err
exchange_withdraw(const struct exchange_conf *conf, struct store *store,
    const char *file, char state[16], struct note *note)
{
	struct talk t = { .post = NULL };
	enum err r;

	state[0] = '\0';
	if ((r = open_posted(&t, conf, store, file, note)) == ERR_OK)
		r = answer_take_back(&t.desk, file, state);
	end_talk(&t);
	return (r);
}

void
exchange_reply_free(struct exchange_reply *reply)
{
	if (reply != NULL)
		result_free(&reply->result);
}
