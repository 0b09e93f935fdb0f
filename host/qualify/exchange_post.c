#include <sys/random.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/qualify/deadline.h"
#include "host/qualify/exchange_in.h"

#define SERIAL_MAX	9999	/* 4 digits a day (oqs-files.md 1.1) */
#define SERIAL_PREFIX	'S'

const char *const talk_asked[EXCHANGE_KINDS] = {
	[EXCHANGE_SIQUC] = "OQSsiquc01", [EXCHANGE_SIIMM] = "OQSsiimm01",
};

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

enum err
talk_allow(struct talk *t, const struct exchange_conf *conf, struct note *note)
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

	for (size_t i = 0; !taken && i < EXCHANGE_KINDS; i++)
		taken = stem_is_taken(&t->desk, talk_asked[i], suffix);
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

void
talk_trouble(struct talk *t, enum err err)
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
		talk_trouble(t, ERR_FOLDER);
	else if (r != ERR_OK) {
		(void)answer_give_up(&t->desk, t->rq.file, 1, NULL);
		return (r == ERR_FOREIGN ? ERR_FOLDER : r);
	}
	note_set(note, "%s", "");
	/* If it stays new, an answer is found all the same. */
	if ((r = answer_move(&t->desk, t->rq.file, "written", NULL)) !=
	    ERR_OK)
		talk_trouble(t, r);
	return (ERR_OK);
}

int64_t
exchange_held(const struct exchange_conf *conf, int64_t wall_ms)
{
	return (deadline_held(wall_ms, conf->restart_from, conf->restart_to));
}

void
talk_say_held(int64_t until, struct note *note)
{
	char at[CLOCK_ISO_LEN];

	clock_iso(until, at);
	note_set(note, "not before %.5s", at + 11);
}

/* From here on its time is counted, and its name and day are those of now. */
enum err
talk_send(struct talk *t, const struct exchange_conf *conf,
    struct store *store, struct note *note)
{
	enum err r;

	t->wall = clock_wall_ms();
	if ((r = answer_open(conf, store, &t->desk, note)) != ERR_OK ||
	    (r = prepare(t, note)) != ERR_OK)
		return (r);
	return (put_out(t, note));
}

void
talk_end(struct talk *t)
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
	if ((r = talk_allow(&t, conf, note)) != ERR_OK)
		return (r);
	if (until != 0) {
		talk_say_held(until, note);
		return (ERR_HELD);
	}
	r = talk_send(&t, conf, store, note);
	memcpy(file, t.rq.file, sizeof(t.rq.file));
	talk_end(&t);
	return (r);
}
