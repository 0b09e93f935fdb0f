#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "driver/journal.h"
#include "driver/open.h"
#include "driver/shape.h"
#include "driver/transport.h"

/*
 * Wraps a transport and writes one line per event to a file:
 *
 *	00 20 00 80 Lc=4 -> 63c2 (41 ms)
 *	00 b0 00 00 Le=256 -> 256+9000 (12 ms)
 *
 * The header, the lengths and the status word are all that is ever written:
 * data in either direction may be a PIN, a name, a number.
 */
struct trace {
	struct tp	 tp;
	struct tp	*inner;
	struct journal	 file;
};

static void
put(struct trace *t, struct blob *line)
{
	(void)blob_add_u8(line, '\n');
	journal_put(&t->file, line);
}

static void
put_event(struct trace *t, const char *what, enum err r, int64_t since)
{
	struct blob line = { 0 };

	(void)blob_printf(&line, "%s -> %s (%lld ms)", what, err_name(r),
	    (long long)(clock_ms() - since));
	put(t, &line);
}

static void
add_command(struct blob *line, const uint8_t *tx, size_t len)
{
	struct shape s;

	if (len < TP_APDU_MIN) {
		(void)blob_printf(line, "%zu bytes", len);
		return;
	}
	(void)blob_printf(line, "%02x %02x %02x %02x", tx[0], tx[1], tx[2],
	    tx[3]);
	if (!shape_of(tx, len, &s)) {
		(void)blob_printf(line, " malformed, %zu bytes", len);
		return;
	}
	if (s.lc >= 0)
		(void)blob_printf(line, " Lc=%ld", s.lc);
	if (s.le >= 0)
		(void)blob_printf(line, " Le=%ld", s.le);
}

static void
add_answer(struct blob *line, enum err r, const uint8_t *rx, size_t len)
{
	if (r != ERR_OK) {
		(void)blob_printf(line, " -> %s", err_name(r));
		return;
	}
	(void)blob_printf(line, " -> ");
	if (len > 2)
		(void)blob_printf(line, "%zu+", len - 2);
	(void)blob_printf(line, "%02x%02x", rx[len - 2], rx[len - 1]);
}

static enum err
passed_up(struct trace *t, enum err r)
{
	if (r != ERR_OK)
		t->tp.note = t->inner->note;
	return (r);
}

/* A wait in which nothing happened is no event. */
static enum err
trace_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	static const char *const names[] = { "wait", "wait: card",
	    "wait: no card", "wait: no reader" };
	struct trace *t = (struct trace *)tp;
	int64_t since = clock_ms();
	enum err r;

	r = tp_wait(t->inner, ms, ev);
	if (r != ERR_TIMEOUT)
		put_event(t, names[r == ERR_OK ? *ev : 0], r, since);
	return (passed_up(t, r));
}

static enum err
trace_begin(struct tp *tp, struct tp_caps *caps)
{
	struct trace *t = (struct trace *)tp;
	int64_t since = clock_ms();
	enum err r;

	if ((r = tp_begin(t->inner)) == ERR_OK)
		*caps = t->inner->caps;
	put_event(t, "begin", r, since);
	return (passed_up(t, r));
}

static enum err
trace_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct trace *t = (struct trace *)tp;
	struct blob line = { 0 };
	int64_t since = clock_ms();
	enum err r;

	r = tp_xfer(t->inner, tx, txlen, rx, rxlen, ms);
	add_command(&line, tx, txlen);
	add_answer(&line, r, rx, *rxlen);
	(void)blob_printf(&line, " (%lld ms)", (long long)(clock_ms() - since));
	put(t, &line);
	return (passed_up(t, r));
}

/* The inner transport may run it in one go: the time is that of the whole. */
static enum err
trace_script(struct tp *tp, struct tp_step *steps, size_t n, size_t *done)
{
	struct trace *t = (struct trace *)tp;
	struct blob line = { 0 };
	int64_t since = clock_ms();
	enum err r;

	r = tp_script(t->inner, steps, n, done);
	for (size_t i = 0; i < *done && steps[i].rxlen >= 2; i++) {
		add_command(&line, steps[i].tx, steps[i].txlen);
		add_answer(&line, ERR_OK, steps[i].rx, steps[i].rxlen);
		put(t, &line);
	}
	(void)blob_printf(&line, "script %zu of %zu -> %s (%lld ms)", *done, n,
	    err_name(r), (long long)(clock_ms() - since));
	put(t, &line);
	return (passed_up(t, r));
}

/* Whether somebody entered something, never what. */
static enum err
trace_enter(struct tp *tp, uint8_t what, int digits, int tries, int ms)
{
	struct trace *t = (struct trace *)tp;
	int64_t since = clock_ms();
	enum err r;

	r = tp_enter(t->inner, what, digits, tries, ms);
	put_event(t, "enter", r, since);
	return (passed_up(t, r));
}

static void
trace_signal(struct tp *tp, enum tp_signal signal)
{
	struct trace *t = (struct trace *)tp;
	int64_t since = clock_ms();

	tp_signal(t->inner, signal);
	put_event(t, "signal", ERR_OK, since);
}

static void
trace_end(struct tp *tp)
{
	struct trace *t = (struct trace *)tp;
	int64_t since = clock_ms();

	tp_end(t->inner);
	tp->uncut = t->inner->uncut;
	put_event(t, "end", ERR_OK, since);
}

static void
trace_cancel(struct tp *tp)
{
	tp_cancel(((struct trace *)tp)->inner);
}

static void
trace_close(struct tp *tp)
{
	struct trace *t = (struct trace *)tp;

	tp_close(&t->inner);
	journal_close(&t->file);
	free(t);
}

static const struct tp_ops ops = {
	.name = "trace",
	.wait = trace_wait,
	.begin = trace_begin,
	.xfer = trace_xfer,
	.end = trace_end,
	.cancel = trace_cancel,
	.close = trace_close,
	.script = trace_script,
	.enter = trace_enter,
	.signal = trace_signal,
};

enum err
trace_open(const char *details, struct tp **out, struct note *note)
{
	struct trace *t;
	enum err r;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (ERR_NOMEM);
	t->tp.ops = &ops;
	if ((r = journal_open(details, "trace", &t->file, &t->inner, note)) !=
	    ERR_OK) {
		free(t);
		return (r);
	}
	*out = &t->tp;
	return (ERR_OK);
}
