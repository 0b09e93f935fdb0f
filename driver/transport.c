#include <stdlib.h>
#include <string.h>

#include "driver/open.h"
#include "driver/transport.h"

/* Every kind of transport there is; "name:" decides. */
static const struct {
	const char	*name;
	enum err	(*open)(const char *details, struct tp **,
			    struct note *);
} kinds[] = {
	{ "pcsc",	pcsc_open },
	{ "nfc",	nfc_tp_open },
	{ "vpcd",	vpcd_open },
	{ "link",	link_open },
	{ "replay",	replay_open },
	{ "trace",	trace_open },
	{ "record",	record_open },
	{ "overlay",	overlay_open },
};

enum err
tp_open(const char *conf, struct tp **out, struct note *note)
{
	const char *colon = strchr(conf, ':');
	size_t n = colon == NULL ? strlen(conf) : (size_t)(colon - conf);

	*out = NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].name) == n &&
		    strncmp(conf, kinds[i].name, n) == 0)
			return (kinds[i].open(colon == NULL ? "" : colon + 1,
			    out, note));
	}
	note_set(note, "no such kind of reader: \"%s\" "
	    "(pcsc:, nfc:, vpcd:, link:, replay:, trace:, record:, overlay:)",
	    conf);
	return (ERR_CONF);
}

void
tp_close(struct tp **tp)
{
	if (tp == NULL || *tp == NULL)
		return;
	tp_end(*tp);
	(*tp)->ops->close(*tp);
	*tp = NULL;
}

enum err
tp_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	*ev = TP_NO_CARD;
	tp->note.text[0] = '\0';
	if (tp->begun)
		return (ERR_SEQUENCE);
	return (tp->ops->wait(tp, ms, ev));
}

enum err
tp_begin(struct tp *tp)
{
	enum err r;

	tp->note.text[0] = '\0';
	if (tp->begun)
		return (ERR_SEQUENCE);
	tp->caps = (struct tp_caps){ .tx_max = TP_TX_SHORT,
	    .rx_max = TP_RX_SHORT };
	if ((r = tp->ops->begin(tp, &tp->caps)) != ERR_OK)
		return (r);
	/* A wrapper may hand up what it does not pass on. */
	if (tp->ops->signal == NULL)
		tp->caps.can_signal = 0;
	tp->begun = 1;
	return (ERR_OK);
}

/* What no transport can carry is refused here, before a byte leaves. */
static enum err
check(const struct tp *tp, size_t txlen, size_t room)
{
	if (!tp->begun)
		return (ERR_SEQUENCE);
	if (txlen < TP_APDU_MIN)
		return (ERR_SEQUENCE);
	if (txlen > tp->caps.tx_max || room < TP_RX_SHORT)
		return (ERR_TOOBIG);
	return (ERR_OK);
}

static void
count(struct tp *tp, size_t up, size_t down)
{
	tp->stats.apdus++;
	tp->stats.bytes_up += up;
	tp->stats.bytes_down += down;
}

enum err
tp_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	size_t room = *rxlen;
	enum err r;

	*rxlen = 0;
	tp->note.text[0] = '\0';
	if ((r = check(tp, txlen, room)) != ERR_OK)
		return (r);
	r = tp->ops->xfer(tp, tx, txlen, rx, &room, ms);
	count(tp, txlen, r == ERR_OK ? room : 0);
	if (r != ERR_OK)
		return (r);
	/* pcscd can report success with nothing (card-and-readers.md 6.2). */
	if (room < 2)
		return (ERR_NO_CARD);
	*rxlen = room;
	return (ERR_OK);
}

/* Digits that come from elsewhere leave nothing but filler here. */
static enum err
check_fill(const struct tp *tp, const struct tp_step *s)
{
	if (s->fill == 0)
		return (ERR_OK);
	if (!tp_can_enter(tp) || tp->ops->script == NULL ||
	    s->txlen <= TP_APDU_MIN + 1 ||
	    s->tx[TP_APDU_MIN] != s->txlen - TP_APDU_MIN - 1)
		return (ERR_SEQUENCE);
	for (size_t i = TP_APDU_MIN + 1; i < s->txlen; i++) {
		if (s->tx[i] != TP_FILLER)
			return (ERR_SEQUENCE);
	}
	return (ERR_OK);
}

static uint16_t
step_sw(const struct tp_step *s)
{
	return ((uint16_t)(s->rx[s->rxlen - 2] << 8 | s->rx[s->rxlen - 1]));
}

static enum err
script_loop(struct tp *tp, struct tp_step *steps, size_t n, size_t *done)
{
	enum err r;

	for (size_t i = 0; i < n; i++) {
		if ((r = tp_xfer(tp, steps[i].tx, steps[i].txlen, steps[i].rx,
		    &steps[i].rxlen, steps[i].ms)) != ERR_OK)
			return (r);
		*done = i + 1;
		if (step_sw(&steps[i]) != steps[i].go)
			break;
	}
	return (ERR_OK);
}

enum err
tp_script(struct tp *tp, struct tp_step *steps, size_t n, size_t *done)
{
	enum err r;

	*done = 0;
	tp->note.text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if ((r = check(tp, steps[i].txlen, steps[i].rxlen)) !=
		    ERR_OK || (r = check_fill(tp, &steps[i])) != ERR_OK)
			return (r);
	}
	if (tp->ops->script == NULL)
		return (script_loop(tp, steps, n, done));
	r = tp->ops->script(tp, steps, n, done);
	for (size_t i = 0; i < *done; i++) {
		count(tp, steps[i].txlen, steps[i].rxlen);
		/* An answer without a status word is none. */
		if (steps[i].rxlen < 2) {
			*done = i;
			r = r == ERR_OK ? ERR_NO_CARD : r;
		}
	}
	return (r);
}

int
tp_can_enter(const struct tp *tp)
{
	return (tp->begun && tp->ops->enter != NULL && tp->caps.can_enter);
}

enum err
tp_enter(struct tp *tp, uint8_t what, int digits, int tries, int ms)
{
	tp->note.text[0] = '\0';
	if (!tp_can_enter(tp) || what == 0)
		return (ERR_SEQUENCE);
	return (tp->ops->enter(tp, what, digits, tries, ms));
}

void
tp_signal(struct tp *tp, enum tp_signal signal)
{
	if (tp->begun && tp->caps.can_signal)
		tp->ops->signal(tp, signal);
}

void
tp_end(struct tp *tp)
{
	if (tp == NULL || !tp->begun)
		return;
	tp->ops->end(tp);
	tp->begun = 0;
}

void
tp_cancel(struct tp *tp)
{
	tp->ops->cancel(tp);
}
