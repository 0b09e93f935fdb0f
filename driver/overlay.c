#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "driver/open.h"
#include "driver/transport.h"

/*
 * "overlay:FILE:TRANSPORT" plays a recording over a card of the tests: how
 * things go is the recording's, what the card says is the card's, wherever
 * the two agree on length and status word.  A recording has no data in it, so
 * that played alone it ends at the first data that are looked into.
 */
struct overlay {
	struct tp	 tp;
	struct tp	*file;		/* the replay */
	struct tp	*card;
};

static enum err
passed_up(struct overlay *o, const struct tp *from, enum err r)
{
	if (r != ERR_OK)
		o->tp.note = from->note;
	return (r);
}

/* Where the recording has a card, the one of the tests is waited for. */
static enum err
overlay_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct overlay *o = (struct overlay *)tp;
	int64_t until = clock_ms() + ms;
	enum tp_event there = TP_NO_CARD;
	enum err r;

	if ((r = tp_wait(o->file, ms, ev)) != ERR_OK || *ev != TP_CARD)
		return (passed_up(o, o->file, r));
	while (r == ERR_OK && there != TP_CARD) {
		int64_t left = ms < 0 ? -1 : until - clock_ms();

		r = tp_wait(o->card, ms < 0 ? -1 : left > 0 ? (int)left : 0,
		    &there);
	}
	return (passed_up(o, o->card, r));
}

static enum err
overlay_begin(struct tp *tp, struct tp_caps *caps)
{
	struct overlay *o = (struct overlay *)tp;
	enum err r;

	if ((r = tp_begin(o->file)) != ERR_OK)
		return (passed_up(o, o->file, r));
	*caps = o->file->caps;
	if ((r = tp_begin(o->card)) != ERR_OK)
		tp_end(o->file);
	return (passed_up(o, o->card, r));
}

static int
agree(const uint8_t *a, size_t alen, const uint8_t *b, size_t blen)
{
	return (alen == blen && memcmp(a + alen - 2, b + blen - 2, 2) == 0);
}

static enum err
overlay_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct overlay *o = (struct overlay *)tp;
	size_t n = *rxlen;
	uint8_t *own;
	enum err r;

	if ((r = tp_xfer(o->file, tx, txlen, rx, rxlen, ms)) != ERR_OK)
		return (passed_up(o, o->file, r));
	if ((own = malloc(n)) == NULL)
		return (ERR_NOMEM);
	/* What the card makes of it is its own matter where they differ. */
	if (tp_xfer(o->card, tx, txlen, own, &n, ms) == ERR_OK) {
		if (agree(own, n, rx, *rxlen))
			memcpy(rx, own, n);
		secret_cleanse(own, n);
	}
	free(own);
	return (ERR_OK);
}

static void
overlay_end(struct tp *tp)
{
	struct overlay *o = (struct overlay *)tp;

	tp_end(o->file);
	tp_end(o->card);
}

/* Both, as nobody knows which of them waits; the other one is told at its
 * next wait, which is then cancelled for nothing. */
static void
overlay_cancel(struct tp *tp)
{
	struct overlay *o = (struct overlay *)tp;

	tp_cancel(o->file);
	tp_cancel(o->card);
}

static void
overlay_close(struct tp *tp)
{
	struct overlay *o = (struct overlay *)tp;

	tp_close(&o->file);
	tp_close(&o->card);
	free(o);
}

static const struct tp_ops ops = {
	.name = "overlay",
	.wait = overlay_wait,
	.begin = overlay_begin,
	.xfer = overlay_xfer,
	.end = overlay_end,
	.cancel = overlay_cancel,
	.close = overlay_close,
};

enum err
overlay_open(const char *details, struct tp **out, struct note *note)
{
	const char *colon = strchr(details, ':');
	char *path = NULL;
	struct overlay *o;
	enum err r = ERR_NOMEM;

	*out = NULL;
	if (colon == NULL || colon == details) {
		note_set(note, "overlay:FILE:READER expected, got \"%s\"",
		    details);
		return (ERR_CONF);
	}
	if ((o = calloc(1, sizeof(*o))) == NULL)
		return (ERR_NOMEM);
	o->tp.ops = &ops;
	if ((path = strndup(details, (size_t)(colon - details))) == NULL ||
	    (r = replay_open(path, &o->file, note)) != ERR_OK ||
	    (r = tp_open(colon + 1, &o->card, note)) != ERR_OK) {
		overlay_close(&o->tp);
		free(path);
		return (r);
	}
	free(path);
	*out = &o->tp;
	return (ERR_OK);
}
