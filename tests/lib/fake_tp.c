#include <sys/eventfd.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "tests/lib/fake_tp.h"

struct fake_tp {
	struct tp		 tp;	/* first: the contract's own */
	struct fake_tp_conf	 conf;
	struct fake_card	*card;
	_Atomic(int)		 slot;		/* enum tp_event */
	_Atomic(int)		 lost;		/* since begin */
	_Atomic(int)		 cancelled;
	int			 told;		/* what wait last answered */
	int			 bell;		/* eventfd: slot or cancelled */
	unsigned		 xfers;
	enum err		 stuck;		/* until the next begin */
	struct fake_tp_seen	 seen;
	/* What the person entered, and which fills it is still good for. */
	char			 entry[SECRET_MAX + 1];
	uint8_t			 may_fill[2];
	const char		*_Atomic typed;
	_Atomic(int)		 asking;
	uint8_t			 rsp[FAKE_RSP_MAX];
};

/* tp is the first member, so both have one address. */
static struct fake_tp *
self(struct tp *tp)
{
	return ((struct fake_tp *)(void *)tp);
}

static void
ring(struct fake_tp *f)
{
	const uint64_t one = 1;
	ssize_t n;

	/* Only a full counter refuses, and then it rings already. */
	n = write(f->bell, &one, sizeof(one));
	(void)n;
}

static void
hush(struct fake_tp *f)
{
	uint64_t count;
	ssize_t n;

	n = read(f->bell, &count, sizeof(count));
	(void)n;
}

static enum err
await_bell(struct fake_tp *f, int64_t until)
{
	struct pollfd p = { .fd = f->bell, .events = POLLIN };
	int64_t left = until < 0 ? -1 : until - clock_ms();
	int n;

	if (until >= 0 && left < 0)
		left = 0;
	n = poll(&p, 1, (int)left);
	if (n == 0)
		return (ERR_TIMEOUT);
	if (n < 0)
		return (errno == EINTR ? ERR_OK : ERR_SYS);
	hush(f);
	return (ERR_OK);
}

static enum err
fake_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	int64_t until = ms < 0 ? -1 : clock_ms() + ms;
	struct fake_tp *f = self(tp);
	enum err r = ERR_OK;

	while (r == ERR_OK) {
		int now = atomic_load(&f->slot);

		if (atomic_exchange(&f->cancelled, 0))
			return (ERR_CANCELLED);
		if (now == TP_CARD || now != f->told) {
			*ev = (enum tp_event)now;
			f->told = now;
			return (ERR_OK);
		}
		r = await_bell(f, until);
	}
	return (r);
}

static enum err
fake_begin(struct tp *tp, struct tp_caps *caps)
{
	struct fake_tp *f = self(tp);

	if (f->conf.begin_err != ERR_OK)
		return (f->conf.begin_err);
	if (atomic_load(&f->slot) == TP_NO_READER)
		return (ERR_NO_READER);
	atomic_store(&f->lost, 0);
	f->stuck = ERR_OK;
	if (atomic_load(&f->slot) != TP_CARD)
		return (ERR_NO_CARD);
	fake_card_insert(f->card);
	fake_card_power_on(f->card);
	caps->can_enter = f->conf.asks;
	caps->tx_max = f->conf.tx_max;
	caps->rx_max = f->conf.rx_max;
	caps->atrlen = fake_card_atr(f->card, caps->atr);
	return (ERR_OK);
}

/* Pulled in its slot, by a fault of the card or by a test. */
static enum err
gone(struct fake_tp *f)
{
	if (!f->card->present && atomic_load(&f->slot) == TP_CARD &&
	    !atomic_load(&f->lost))
		fake_tp_slot(&f->tp, TP_NO_CARD);
	if (atomic_load(&f->slot) == TP_NO_READER)
		return (ERR_NO_READER);
	return (ERR_NO_CARD);
}

/* The answer as a reader would hand it on. */
static enum err
hand_over(struct fake_tp *f, size_t n, uint8_t *rx, size_t *rxlen, int ms)
{
	enum err r = ERR_OK;

	if (!f->card->present || atomic_load(&f->lost))
		r = gone(f);
	if (r == ERR_NO_CARD && n > 0 && n == f->card->answer_len)
		r = ERR_OK;	/* torn, and nobody noticed */
	else if (r == ERR_NO_CARD && n > 0)
		r = ERR_TORN;
	if (r != ERR_OK)
		return (r);
	/* A deadline that passes is not waited for in earnest. */
	if (f->card->wait_ms > ms)
		return (ERR_CARD_MUTE);
	clock_sleep(f->card->wait_ms);
	if (n > *rxlen || n > f->tp.caps.rx_max)
		return (ERR_TOOBIG);
	memcpy(rx, f->rsp, n);
	*rxlen = n;
	return (ERR_OK);
}

static enum err
carry(struct fake_tp *f, struct buf tx, uint8_t *rx, size_t *rxlen, int ms)
{
	int fails = f->conf.fail_at != 0 && f->xfers == f->conf.fail_at;
	size_t n = sizeof(f->rsp);
	enum err r;

	if (f->conf.reset_at != 0 && f->xfers == f->conf.reset_at) {
		fake_card_reset(f->card);
		return (ERR_CARD_RESET);
	}
	if (fails && !f->conf.fail_after)
		return (f->conf.fail_err);
	if (atomic_load(&f->lost) || !f->card->present)
		return (gone(f));
	fake_card_apdu(f->card, tx.p, tx.left, f->rsp, &n);
	r = hand_over(f, n, rx, rxlen, ms);
	secret_cleanse(f->rsp, sizeof(f->rsp));
	return (fails ? f->conf.fail_err : r);
}

/* After these the caller must end and begin (driver/transport.h). */
static int
sticks(enum err r)
{
	return (r == ERR_CARD_RESET || r == ERR_NO_CARD || r == ERR_TORN ||
	    err_class(r) == EC_READER);
}

static enum err
fake_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct fake_tp *f = self(tp);
	enum err r;

	f->xfers++;
	if (f->stuck != ERR_OK)
		return (f->stuck);
	r = carry(f, (struct buf){ tx, txlen }, rx, rxlen, ms);
	if (sticks(r))
		f->stuck = r;
	return (r);
}

/* --- the device's own digits (hw-docs/protocols/link.md) --- */

static void
drop_entry(struct fake_tp *f)
{
	secret_cleanse(f->entry, sizeof(f->entry));
	f->may_fill[0] = f->may_fill[1] = 0;
}

#define LOOK_MS	5	/* the clock may be moved meanwhile */

static const char no_digits[] = "";

/* Until it comes, somebody cancels, the card is taken away, or time is up. */
static enum err
await_entry(struct fake_tp *f, int64_t until, const char **entry)
{
	do {
		if (atomic_exchange(&f->cancelled, 0))
			return (ERR_CANCELLED);
		if (atomic_load(&f->lost))
			return (gone(f));
		if ((*entry = atomic_exchange(&f->typed, NULL)) != NULL)
			return (*entry == no_digits ? ERR_CANCELLED : ERR_OK);
		(void)await_bell(f, clock_ms() + LOOK_MS);
	} while (clock_ms() < until);
	return (ERR_TIMEOUT);
}

static enum err
fake_enter(struct tp *tp, uint8_t what, int digits, int tries, int ms)
{
	struct fake_tp *f = self(tp);
	const char *entry;
	enum err r;

	drop_entry(f);
	if (atomic_exchange(&f->cancelled, 0))
		return (ERR_CANCELLED);
	if (ms == 0)
		return (ERR_TIMEOUT);
	f->seen.what = what;
	f->seen.digits = digits;
	f->seen.tries = tries;
	f->seen.ms = ms;
	entry = f->conf.entries[f->seen.enters++ %
	    (sizeof(f->conf.entries) / sizeof(f->conf.entries[0]))];
	if (f->conf.enter_err != ERR_OK)
		return (f->conf.enter_err);
	if (entry == NULL) {
		atomic_store(&f->asking, 1);
		r = await_entry(f, clock_ms() + ms, &entry);
		atomic_store(&f->asking, 0);
		if (r != ERR_OK)
			return (r);
	}
	if (strlen(entry) != (size_t)digits)
		return (ERR_PIN_FORMAT);
	memcpy(f->entry, entry, strlen(entry));
	f->may_fill[0] = what;
	f->may_fill[1] = what == 1 ? 2 : 0;
	return (ERR_OK);
}

/* Its own copy of the command, with the digits in it; 0 if none are held. */
static int
fill_in(struct fake_tp *f, const struct tp_step *s, uint8_t tx[TP_TX_SHORT])
{
	uint8_t *may = f->may_fill[0] == s->fill ? &f->may_fill[0] :
	    f->may_fill[0] == 0 && f->may_fill[1] == s->fill ?
	    &f->may_fill[1] : NULL;

	if (may == NULL || strlen(f->entry) != s->tx[4])
		return (0);
	*may = 0;
	f->seen.fills++;
	memcpy(tx, s->tx, s->txlen);
	memcpy(tx + 5, f->entry, strlen(f->entry));
	return (1);
}

static enum err
run_step(struct fake_tp *f, struct tp_step *s)
{
	uint8_t tx[TP_TX_SHORT];
	enum err r;

	f->seen.steps++;
	if (s->fill == 0) {
		f->seen.digits_near += s->tx[1] == 0x20 && s->txlen > 5;
		return (f->tp.ops->xfer(&f->tp, s->tx, s->txlen, s->rx,
		    &s->rxlen, s->ms));
	}
	if (!fill_in(f, s, tx))
		return (ERR_SEQUENCE);
	r = f->tp.ops->xfer(&f->tp, tx, s->txlen, s->rx, &s->rxlen, s->ms);
	secret_cleanse(tx, sizeof(tx));
	if (r != ERR_OK || s->rxlen != 2 || s->rx[0] != 0x90 ||
	    s->rx[1] != 0x00)
		drop_entry(f);
	return (r);
}

static enum err
fake_script(struct tp *tp, struct tp_step *steps, size_t n, size_t *done)
{
	struct fake_tp *f = self(tp);
	enum err r;

	f->seen.scripts++;
	for (*done = 0; *done < n;) {
		struct tp_step *s = &steps[*done];

		if ((r = run_step(f, s)) != ERR_OK)
			return (r);
		++*done;
		if (s->rxlen < 2 || (s->rx[s->rxlen - 2] << 8 |
		    s->rx[s->rxlen - 1]) != s->go)
			break;
	}
	return (ERR_OK);
}

static void
fake_end(struct tp *tp)
{
	drop_entry(self(tp));
	fake_card_power_off(self(tp)->card);
}

static void
fake_cancel(struct tp *tp)
{
	struct fake_tp *f = self(tp);

	atomic_store(&f->cancelled, 1);
	ring(f);
}

static void
fake_close(struct tp *tp)
{
	struct fake_tp *f = self(tp);

	close(f->bell);
	free(f);
}

static const struct tp_ops ops = {
	.name = "fake", .wait = fake_wait, .begin = fake_begin,
	.xfer = fake_xfer, .end = fake_end, .cancel = fake_cancel,
	.close = fake_close, .script = fake_script, .enter = fake_enter,
};

enum err
fake_tp_open(struct fake_card *card, struct tp **out)
{
	struct fake_tp *f = calloc(1, sizeof(*f));

	*out = NULL;
	if (f == NULL)
		return (ERR_NOMEM);
	if ((f->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1) {
		free(f);
		return (ERR_SYS);
	}
	f->tp.ops = &ops;
	f->card = card;
	f->conf.tx_max = TP_TX_SHORT;
	f->conf.rx_max = TP_RX_SHORT;
	atomic_store(&f->slot, card->present ? TP_CARD : TP_NO_CARD);
	f->told = TP_NO_CARD;
	*out = &f->tp;
	return (ERR_OK);
}

struct fake_tp_conf *
fake_tp_conf(struct tp *tp)
{
	return (&self(tp)->conf);
}

void
fake_tp_type(struct tp *tp, const char *digits)
{
	struct fake_tp *f = self(tp);

	atomic_store(&f->typed, digits == NULL ? no_digits : digits);
	ring(f);
}

int
fake_tp_is_asking(struct tp *tp)
{
	return (atomic_load(&self(tp)->asking));
}

const struct fake_tp_seen *
fake_tp_seen(struct tp *tp)
{
	return (&self(tp)->seen);
}

void
fake_tp_slot(struct tp *tp, enum tp_event state)
{
	struct fake_tp *f = self(tp);

	if (state != TP_CARD)
		atomic_store(&f->lost, 1);
	atomic_store(&f->slot, (int)state);
	ring(f);
}
