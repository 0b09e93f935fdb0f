#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/qualify/deadline.h"
#include "host/qualify/exchange_in.h"

#define POLL_FIRST_MS	20	/* doubled up to poll_ms */
#define HOLD_MS		200	/* between two looks at the clock */

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
		talk_trouble(t, removed);
		removed = folder_remove(t->desk.req, t->rq.file, &gone);
	}
	/* Neither another spelling nor a .err is waited for any more. */
	t->scanned = -TALK_SCAN_MS;
	t->returned = -answer_err_wait(&t->desk);
	t->rq.stamp = (struct folder_stamp){ 0 };
	looked = talk_look(t, 1);
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
		(void)talk_look(t, pause >= longest_pause(conf));
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

/* Until the terminal has restarted; nothing is out yet. */
static enum err
sit_out(const struct exchange_conf *conf, const struct exchange_ask *ask,
    int (*cancel)(void *), void *ctx, struct note *note)
{
	int64_t until;

	while ((until = exchange_held(conf, clock_wall_ms())) != 0) {
		if (ask->at_once) {
			talk_say_held(until, note);
			return (ERR_HELD);
		}
		if (cancel != NULL && cancel(ctx))
			return (ERR_CANCELLED);
		clock_sleep(HOLD_MS);
	}
	return (ERR_OK);
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
	    kind_find(talk_asked[ask->kind]), .request = &rq, .visit = ask->visit,
	    .chart_number = ask->patient->chart_number };
	struct talk t = { .post = &post, .ask = ask };
	enum err r, handed;

	*reply = (struct exchange_reply){ .result = NULL };
	if ((r = talk_allow(&t, conf, note)) != ERR_OK ||
	    (r = sit_out(conf, ask, cancel, ctx, note)) != ERR_OK)
		return (r);
	r = talk_send(&t, conf, store, note);
	memcpy(reply->file, t.rq.file, sizeof(reply->file));
	memcpy(reply->identifier, t.rq.identifier, sizeof(reply->identifier));
	if (r == ERR_OK)
		r = wait_answer(&t, cancel, ctx, note);
	if (r == ERR_OK && (handed = hand_over(&t, reply, note)) != ERR_OK)
		r = handed;
	talk_end(&t);
	return (r);
}

void
exchange_reply_free(struct exchange_reply *reply)
{
	if (reply != NULL)
		result_free(&reply->result);
}
