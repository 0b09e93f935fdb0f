#ifndef TESTS_UNIT_DRIVER_FAKE_TP_H
#define TESTS_UNIT_DRIVER_FAKE_TP_H

#include <semaphore.h>
#include <string.h>

#include "driver/transport.h"

/*
 * A transport for the driver's tests.  The answer hangs on INS alone: A4 is
 * 9000, 20 is 63C2, B0 is 256 bytes and 9000, CA the command itself and
 * 9000, anything else 6D00.  Counts what is done to it.
 */
struct fake {
	struct tp	tp;		/* must be first */
	enum err	wait_err, begin_err, xfer_err;
	unsigned	fail_at;	/* the xfer that fails; 0: every one */
	enum tp_event	ev;
	const char	*note;
	size_t		tx_max, rx_max;	/* 0: short */
	int		block;		/* wait, xfer: stay until let go */
	sem_t		inside, go;
	int		cancelled;
	unsigned	waits, begins, xfers, ends, cancels, closes;
	size_t		lastlen;
	int		lastms;
	int		light;		/* it has one */
	unsigned	signals;
	enum tp_signal	signal;
	/* What fake_asks adds: an entry of 1 2 3 4. */
	enum err	enter_err;
	int		held, digits, tries;
	uint8_t		what, filled[8];
	unsigned	enters;
};

static enum err
fake_result(struct fake *f, enum err r)
{
	if (r != ERR_OK && f->note != NULL)
		note_set(&f->tp.note, "%s", f->note);
	return (r);
}

static void
fake_block(struct fake *f)
{
	if (!f->block)
		return;
	sem_post(&f->inside);
	while (sem_wait(&f->go) != 0)
		continue;
}

/* Latches: a cancel that came before is found. */
static enum err
fake_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct fake *f = (struct fake *)tp;

	f->waits++;
	f->lastms = ms;
	fake_block(f);
	if (__atomic_exchange_n(&f->cancelled, 0, __ATOMIC_SEQ_CST))
		return (ERR_CANCELLED);
	*ev = f->ev;
	return (fake_result(f, f->wait_err));
}

static enum err
fake_begin(struct tp *tp, struct tp_caps *caps)
{
	static const uint8_t atr[] = { 0x3b, 0x88, 0x80, 0x01 };
	struct fake *f = (struct fake *)tp;

	f->begins++;
	if (f->tx_max > 0) {
		caps->tx_max = f->tx_max;
		caps->rx_max = f->rx_max;
	}
	memcpy(caps->atr, atr, sizeof(atr));
	caps->atrlen = sizeof(atr);
	caps->can_signal = f->light;
	return (fake_result(f, f->begin_err));
}

static void
fake_answer(const uint8_t *tx, size_t txlen, uint8_t *rx, size_t *rxlen)
{
	uint16_t sw = 0x6d00;
	size_t n = 0;

	if (tx[1] == 0xb0 && *rxlen >= 258)
		n = 256;
	if (tx[1] == 0xca && *rxlen >= txlen + 2) {
		n = txlen;
		memcpy(rx, tx, n);
	} else {
		memset(rx, 0x5a, n);
	}
	if (tx[1] == 0xa4 || tx[1] == 0xb0 || tx[1] == 0xca)
		sw = 0x9000;
	if (tx[1] == 0x20)
		sw = 0x63c2;
	rx[n] = (uint8_t)(sw >> 8);
	rx[n + 1] = (uint8_t)sw;
	*rxlen = n + 2;
}

static enum err
fake_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct fake *f = (struct fake *)tp;

	f->xfers++;
	f->lastlen = txlen;
	f->lastms = ms;
	fake_block(f);
	if (f->xfer_err != ERR_OK &&
	    (f->fail_at == 0 || f->xfers == f->fail_at))
		return (fake_result(f, f->xfer_err));
	fake_answer(tx, txlen, rx, rxlen);
	return (ERR_OK);
}

static void
fake_end(struct tp *tp)
{
	((struct fake *)tp)->ends++;
}

static void
fake_cancel(struct tp *tp)
{
	struct fake *f = (struct fake *)tp;

	f->cancels++;
	__atomic_store_n(&f->cancelled, 1, __ATOMIC_SEQ_CST);
	if (f->block)
		sem_post(&f->go);
}

static void
fake_close(struct tp *tp)
{
	((struct fake *)tp)->closes++;
}

/* Latches as the wait does. */
static enum err
fake_enter(struct tp *tp, uint8_t what, int digits, int tries, int ms)
{
	struct fake *f = (struct fake *)tp;

	f->held = 0;
	if (__atomic_exchange_n(&f->cancelled, 0, __ATOMIC_SEQ_CST))
		return (ERR_CANCELLED);
	if (ms == 0)
		return (ERR_TIMEOUT);
	f->enters++;
	f->what = what;
	f->digits = digits;
	f->tries = tries;
	f->lastms = ms;
	fake_block(f);
	if (__atomic_exchange_n(&f->cancelled, 0, __ATOMIC_SEQ_CST))
		return (ERR_CANCELLED);
	f->held = f->enter_err == ERR_OK;
	return (fake_result(f, f->enter_err));
}

/* One fill for each entry; it is kept to be looked at. */
static enum err
fake_script(struct tp *tp, struct tp_step *steps, size_t n, size_t *done)
{
	static const uint8_t entry[] = { '1', '2', '3', '4' };
	struct fake *f = (struct fake *)tp;
	enum err r;

	for (*done = 0; *done < n; ++*done) {
		struct tp_step *s = &steps[*done];

		if (s->fill != 0 && (!f->held || s->fill != f->what))
			return (ERR_SEQUENCE);
		if (s->fill != 0) {
			memcpy(f->filled, entry, sizeof(entry));
			f->held = 0;
		}
		if ((r = fake_xfer(tp, s->tx, s->txlen, s->rx, &s->rxlen,
		    s->ms)) != ERR_OK)
			return (r);
	}
	return (ERR_OK);
}

static void
fake_signal(struct tp *tp, enum tp_signal signal)
{
	struct fake *f = (struct fake *)tp;

	f->signals++;
	f->signal = signal;
}

static const struct tp_ops fake_ops = {
	.name = "fake",
	.wait = fake_wait,
	.begin = fake_begin,
	.xfer = fake_xfer,
	.end = fake_end,
	.cancel = fake_cancel,
	.close = fake_close,
	.signal = fake_signal,
};

static enum err
fake_asking_begin(struct tp *tp, struct tp_caps *caps)
{
	caps->can_enter = 1;
	return (fake_begin(tp, caps));
}

static const struct tp_ops fake_asking_ops = {
	.name = "asking",
	.wait = fake_wait,
	.begin = fake_asking_begin,
	.xfer = fake_xfer,
	.end = fake_end,
	.cancel = fake_cancel,
	.close = fake_close,
	.script = fake_script,
	.enter = fake_enter,
};

static void
fake_init(struct fake *f)
{
	*f = (struct fake){ .tp = { .ops = &fake_ops }, .ev = TP_CARD };
	sem_init(&f->inside, 0, 0);
	sem_init(&f->go, 0, 0);
}

/* Can ask a person. */
static inline void
fake_asks(struct fake *f)
{
	f->tp.ops = &fake_asking_ops;
}

#endif
