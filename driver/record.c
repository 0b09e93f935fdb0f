#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "driver/journal.h"
#include "driver/open.h"
#include "driver/redact.h"
#include "driver/transport.h"

/*
 * Wraps a transport and keeps a replay file of what it did (replay.c), from
 * which PINs and everything a card said about a person are left out
 * (redact.h): "record:FILE:TRANSPORT".  How long each call took follows as a
 * comment; what a driver said of an error, too.
 */
#define RECORD_MAX	(1u << 20)	/* as much as a replay takes */

struct record {
	struct tp	 tp;
	struct tp	*inner;
	struct journal	 file;
	int64_t		 opened;
	int		 said;		/* what the last wait's line said */
};

/* --- lines --- */

static void
add_time(const struct record *c, struct blob *line, int64_t since)
{
	int64_t now = clock_ms();

	(void)blob_printf(line, "\t# at %lld ms, took %lld ms\n",
	    (long long)(now - c->opened), (long long)(now - since));
}

/* A driver's words, in characters that cannot end the comment. */
static void
add_note(struct blob *line, const struct note *note)
{
	if (note->text[0] == '\0')
		return;
	(void)blob_add_str(line, "# ");
	for (const char *s = note->text; *s != '\0'; s++)
		(void)blob_add_u8(line, *s >= 0x20 && *s < 0x7f ?
		    (uint8_t)*s : '?');
	(void)blob_add_u8(line, '\n');
}

static void
add_failure(struct record *c, struct blob *line, enum err r, int64_t since)
{
	(void)blob_printf(line, "! %s", err_name(r));
	add_time(c, line, since);
	add_note(line, &c->inner->note);
}

/* Command and answer in one piece, or a file that is cut short would end
 * with a command that has none. */
static void
add_exchange(struct blob *line, const uint8_t *tx, size_t txlen,
    const uint8_t *rx, size_t rxlen)
{
	(void)redact_command(line, tx, txlen);
	(void)blob_add_u8(line, '\n');
	(void)redact_answer(line, tx, txlen, rx, rxlen);
}

static enum err
passed_up(struct record *c, enum err r)
{
	if (r != ERR_OK)
		c->tp.note = c->inner->note;
	return (r);
}

/* --- the transport --- */

/* Only what is new: an agent looks several times a second. */
static enum err
record_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	static const char *const words[] = { "", "card", "nocard",
	    "noreader" };
	struct record *c = (struct record *)tp;
	int64_t since = clock_ms();
	struct blob line = { 0 };
	int said;
	enum err r;

	r = tp_wait(c->inner, ms, ev);
	said = r == ERR_OK ? (int)*ev : -(int)r;
	if (r == ERR_TIMEOUT || r == ERR_CANCELLED || said == c->said)
		return (passed_up(c, r));
	c->said = said;
	if (r == ERR_OK) {
		(void)blob_printf(&line, "wait %s", words[*ev]);
		add_time(c, &line, since);
	} else {
		add_failure(c, &line, r, since);
	}
	journal_put(&c->file, &line);
	return (passed_up(c, r));
}

static enum err
record_begin(struct tp *tp, struct tp_caps *caps)
{
	struct record *c = (struct record *)tp;
	int64_t since = clock_ms();
	uint8_t atr[TP_ATR_MAX];
	struct blob line = { 0 };
	enum err r;

	c->said = 0;
	if ((r = tp_begin(c->inner)) != ERR_OK) {
		(void)blob_add_str(&line, "begin\n");
		add_failure(c, &line, r, since);
		journal_put(&c->file, &line);
		return (passed_up(c, r));
	}
	*caps = c->inner->caps;
	(void)blob_printf(&line, "begin %zu %zu", caps->tx_max, caps->rx_max);
	redact_atr(caps->atr, caps->atrlen, atr);
	for (size_t i = 0; i < caps->atrlen; i++)
		(void)blob_printf(&line, " %02X", atr[i]);
	add_time(c, &line, since);
	journal_put(&c->file, &line);
	return (ERR_OK);
}

static enum err
record_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct record *c = (struct record *)tp;
	int64_t since = clock_ms();
	struct blob line = { 0 };
	enum err r;

	if ((r = tp_xfer(c->inner, tx, txlen, rx, rxlen, ms)) == ERR_OK) {
		add_exchange(&line, tx, txlen, rx, *rxlen);
		add_time(c, &line, since);
	} else {
		(void)redact_command(&line, tx, txlen);
		(void)blob_add_u8(&line, '\n');
		add_failure(c, &line, r, since);
	}
	journal_put(&c->file, &line);
	return (passed_up(c, r));
}

/* The time is that of the whole.  An error belongs to the first command that
 * has no answer. */
static enum err
record_script(struct tp *tp, struct tp_step *steps, size_t n, size_t *done)
{
	struct record *c = (struct record *)tp;
	int64_t since = clock_ms();
	struct blob line = { 0 };
	enum err r;

	r = tp_script(c->inner, steps, n, done);
	for (size_t i = 0; i < *done && steps[i].rxlen >= 2; i++) {
		add_exchange(&line, steps[i].tx, steps[i].txlen, steps[i].rx,
		    steps[i].rxlen);
		add_time(c, &line, since);
	}
	if (r != ERR_OK && *done < n) {
		(void)redact_command(&line, steps[*done].tx,
		    steps[*done].txlen);
		(void)blob_add_u8(&line, '\n');
		add_failure(c, &line, r, since);
	}
	journal_put(&c->file, &line);
	return (passed_up(c, r));
}

/* That somebody was asked, and what became of it; replays know no entries. */
static enum err
record_enter(struct tp *tp, uint8_t what, int digits, int tries, int ms)
{
	struct record *c = (struct record *)tp;
	int64_t since = clock_ms();
	struct blob line = { 0 };
	enum err r;

	r = tp_enter(c->inner, what, digits, tries, ms);
	(void)blob_printf(&line, "# entry at the far side: %s", err_name(r));
	add_time(c, &line, since);
	journal_put(&c->file, &line);
	return (passed_up(c, r));
}

/* A light is nothing that a replay could answer with. */
static void
record_signal(struct tp *tp, enum tp_signal signal)
{
	tp_signal(((struct record *)tp)->inner, signal);
}

static void
record_end(struct tp *tp)
{
	struct record *c = (struct record *)tp;
	int64_t since = clock_ms();
	struct blob line = { 0 };

	tp_end(c->inner);
	tp->uncut = c->inner->uncut;
	(void)blob_add_str(&line, "end");
	add_time(c, &line, since);
	journal_put(&c->file, &line);
}

static void
record_cancel(struct tp *tp)
{
	tp_cancel(((struct record *)tp)->inner);
}

static void
record_close(struct tp *tp)
{
	struct record *c = (struct record *)tp;

	tp_close(&c->inner);
	journal_close(&c->file);
	free(c);
}

static const struct tp_ops ops = {
	.name = "record",
	.wait = record_wait,
	.begin = record_begin,
	.xfer = record_xfer,
	.end = record_end,
	.cancel = record_cancel,
	.close = record_close,
	.script = record_script,
	.enter = record_enter,
	.signal = record_signal,
};

/* Which program, when, which reader: a file is read far from where it was
 * made. */
static void
add_head(struct record *c, const char *transport)
{
	struct blob line = { 0 };
	struct note name;
	char at[CLOCK_ISO_LEN];

	clock_iso(clock_wall_ms(), at);
	(void)blob_printf(&line, "# shikaku-reader %s, %s, without PINs and "
	    "card data\n", SHIKAKU_VERSION, at);
	note_set(&name, "%s", transport);
	add_note(&line, &name);
	journal_put(&c->file, &line);
}

enum err
record_open(const char *details, struct tp **out, struct note *note)
{
	struct record *c;
	enum err r;

	*out = NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (ERR_NOMEM);
	c->tp.ops = &ops;
	c->opened = clock_ms();
	if ((r = journal_open(details, "record", &c->file, &c->inner,
	    note)) != ERR_OK) {
		free(c);
		return (r);
	}
	c->file.max = RECORD_MAX;
	add_head(c, strchr(details, ':') + 1);
	*out = &c->tp;
	return (ERR_OK);
}
