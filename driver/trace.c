#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "driver/open.h"
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
	int		 fd;
	int		 broken;	/* said once that it does not write */
};

/* One write per line: no two processes mix, nothing is held back. */
static void
put(struct trace *t, struct blob *line)
{
	if (blob_add_u8(line, '\n') != ERR_OK ||
	    write(t->fd, line->data, line->len) != (ssize_t)line->len) {
		if (!t->broken)
			log_line(LOG_WARN, "trace", "cannot be written");
		t->broken = 1;
	}
	blob_free(line);
}

static void
put_event(struct trace *t, const char *what, enum err r, int64_t since)
{
	struct blob line = { 0 };

	(void)blob_printf(&line, "%s -> %s (%lld ms)", what, err_name(r),
	    (long long)(clock_ms() - since));
	put(t, &line);
}

/* Lc and Le as ISO 7816-4 5.1 lays them out; *lc or *le is -1 if absent. */
static int
lengths(struct buf b, long *lc, long *le)
{
	uint16_t wide;
	uint8_t n;

	*lc = *le = -1;
	if (b.left == 0)
		return (1);
	if (buf_u8(&b, &n) != ERR_OK)
		return (0);
	if (b.left == 0) {
		*le = n == 0 ? 256 : n;
		return (1);
	}
	if (n != 0) {
		*lc = n;
		if (buf_skip(&b, n) != ERR_OK || b.left > 1)
			return (0);
		if (buf_u8(&b, &n) == ERR_OK)
			*le = n == 0 ? 256 : n;
		return (1);
	}
	if (buf_u16(&b, &wide) != ERR_OK)
		return (0);
	if (b.left > 0) {
		*lc = wide;
		if (wide == 0 || buf_skip(&b, wide) != ERR_OK)
			return (0);
		if (b.left == 0)
			return (1);
		if (buf_u16(&b, &wide) != ERR_OK)
			return (0);
	}
	*le = wide == 0 ? 65536 : wide;
	return (b.left == 0);
}

static void
add_command(struct blob *line, const uint8_t *tx, size_t len)
{
	struct buf b = { tx, len };
	uint8_t h[TP_APDU_MIN];
	long lc, le;

	if (buf_read(&b, h, sizeof(h)) != ERR_OK) {
		(void)blob_printf(line, "%zu bytes", len);
		return;
	}
	(void)blob_printf(line, "%02x %02x %02x %02x", h[0], h[1], h[2], h[3]);
	if (!lengths(b, &lc, &le)) {
		(void)blob_printf(line, " malformed, %zu bytes", len);
		return;
	}
	if (lc >= 0)
		(void)blob_printf(line, " Lc=%ld", lc);
	if (le >= 0)
		(void)blob_printf(line, " Le=%ld", le);
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
	if (t->fd != -1)
		close(t->fd);
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
};

/* Appends; for us alone even if it was there before.  Not through a link
 * that someone else may have laid. */
static int
open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);

	if (fd != -1 && fchmod(fd, 0600) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

enum err
trace_open(const char *details, struct tp **out, struct note *note)
{
	const char *colon = strchr(details, ':');
	struct trace *t = NULL;
	char *path = NULL;
	enum err r = ERR_NOMEM;

	*out = NULL;
	if (colon == NULL || colon == details) {
		note_set(note, "trace:FILE:READER expected, got \"%s\"",
		    details);
		return (ERR_CONF);
	}
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    (path = strndup(details, (size_t)(colon - details))) == NULL)
		goto out;
	t->tp.ops = &ops;
	t->fd = -1;
	if ((r = tp_open(colon + 1, &t->inner, note)) != ERR_OK)
		goto out;
	if ((t->fd = open_file(path)) == -1) {
		note_set(note, "%s: %s", path, strerror(errno));
		r = ERR_CONF;
		goto out;
	}
	*out = &t->tp;
	t = NULL;	/* moved */
out:
	if (t != NULL && t->tp.ops != NULL)
		trace_close(&t->tp);
	else
		free(t);
	free(path);
	return (r);
}
