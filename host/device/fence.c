#include <sys/eventfd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/device/fence.h"
#include "reader/guard.h"
#include "reader/pin.h"

#define INS_VERIFY	0x20
#define INS_SIGN	0x2a
#define AT_INS		1
#define AT_P2		3
#define AT_LC		4
#define AT_DATA		5
/* Ours: above what a signature or a whole entry takes, so that nobody far
 * away holds the card or the person for days. */
#define COMMAND_MS	60000
#define ENTRY_MS	300000
#define FEWEST		2	/* tries for digits without a yes to the last */

/* What VERIFY takes; guard.c has these files as well. */
enum lock_id { L_AUTH, L_TEXT, L_TEXT_B, L_SURFACE_B, LOCKS, L_NONE = LOCKS };

static const struct {
	enum guard_app	app;
	uint16_t	ef;
	uint8_t		what;		/* how ENTER and fill name it; 0: not */
	int		full;		/* of its counter */
} locks[LOCKS] = {
	[L_AUTH] = { GUARD_JPKI, 0x0018, FENCE_AUTH, PIN_TRIES_FULL },
	[L_TEXT] = { GUARD_TEXT, 0x0011, FENCE_TEXT, PIN_TRIES_FULL },
	[L_TEXT_B] = { GUARD_TEXT, 0x0015, 0, PIN_B_TRIES_FULL },
	[L_SURFACE_B] = { GUARD_SURFACE, 0x0012, 0, PIN_B_TRIES_FULL },
};

/* Digits somebody entered, until they are used up or were wrong. */
struct entry {
	struct secret	digits;		/* empty: none held */
	int		here;		/* not at the agent */
	uint8_t		what;		/* as asked for, if here */
	unsigned	used;		/* bits 1u << enum lock_id */
};

struct fence {
	struct tp		 tp;
	struct tp		*inner;
	struct fence_conf	 conf;
	struct guard		 guard;
	struct entry		 entry;
	int			 tries[LOCKS];	/* as the card said */
	int			 may_sign;	/* a PIN was accepted, once */
	int			 typed;		/* at the agent, this placing */
	int			 away;		/* no card, said a wait */
	int64_t			 away_ms;	/* watched for so long */
	int			 wake;		/* readable: an entry ends */
	enum tp_event		 last;		/* that a wait told; 0: none */
	int			 again;		/* it is to be told once more */
	atomic_int		 begun;
	unsigned		 refusals[FENCE_WHYS];
};

/* --- refusals --- */

static const struct {
	const char	*word, *means;
} whys[] = {
#define FENCE_ROW(id, word, means) { word, means },
	FENCE_LIST(FENCE_ROW)
#undef FENCE_ROW
};

const char *
fence_word(enum fence_why why)
{
	return (whys[why].word);
}

const char *
fence_means(enum fence_why why)
{
	return (whys[why].means);
}

/* The first, the second, the fourth …: a log that is flooded says nothing. */
static enum err
refuse(struct fence *f, enum fence_why why)
{
	unsigned n = ++f->refusals[why];

	note_set(&f->tp.note, "%s", fence_means(why));
	if ((n & (n - 1)) == 0)
		log_line(LOG_WARN, "fence", "refused (%u): %s", n,
		    fence_means(why));
	if (f->conf.refused != NULL)
		f->conf.refused(f->conf.ctx, why);
	return (ERR_FORBIDDEN);
}

/* --- what is known of the card --- */

static void
forget_entry(struct fence *f)
{
	secret_wipe(&f->entry.digits);
	f->entry = (struct entry){ .what = 0 };
}

/* Nothing is selected or verified, and no count is known. */
static void
forget_card(struct fence *f)
{
	forget_entry(f);
	guard_forget(&f->guard);
	f->may_sign = 0;
	for (int i = 0; i < LOCKS; i++)
		f->tries[i] = PIN_TRIES_UNKNOWN;
}

static void
saw_card(struct fence *f)
{
	f->away = 0;
	f->away_ms = 0;
}

/*
 * A card that was away may be another one now.  Only what a wait saw counts,
 * while it ran, of a reader that is there: a line that the transport itself
 * closes at the end of a session and that is there again at once (vpcd), a
 * reader that is pulled and a wait that fails are no card placed anew, or
 * whoever ends sessions could try PINs.
 */
static void
saw(struct fence *f, enum err r, enum tp_event ev, int64_t ms)
{
	if (r != ERR_OK && r != ERR_TIMEOUT)
		return;
	if (f->away)
		f->away_ms += ms;
	if (r == ERR_OK && ev == TP_NO_CARD)
		f->away = 1;
	if (f->away && f->away_ms >= f->conf.away_ms)
		f->typed = 0;
	if (r == ERR_OK && ev != TP_NO_CARD)
		saw_card(f);
}

static enum err
passed_up(struct fence *f, enum err r)
{
	if (r != ERR_OK)
		f->tp.note = f->inner->note;
	return (r);
}

/* One that is not plugged in is waited for, and is no fault. */
static void
tell_fault(struct fence *f, enum err r)
{
	enum err_class class = err_class(r);

	if (f->conf.fault == NULL)
		return;
	if (r == ERR_OK || r == ERR_TIMEOUT)
		f->conf.fault(f->conf.ctx, ERR_OK, &f->inner->note);
	else if ((class == EC_READER || class == EC_SETUP) &&
	    r != ERR_NO_READER)
		f->conf.fault(f->conf.ctx, r, &f->inner->note);
}

/* Which one the VERIFY means: by short id (80 + id), or the current file. */
static enum lock_id
lock_meant(const struct fence *f, uint8_t p2)
{
	uint16_t ef = p2 == 0x80 ? f->guard.ef : (uint16_t)(p2 & 0x1f);

	for (int i = 0; i < LOCKS; i++) {
		if (locks[i].app == f->guard.app && locks[i].ef == ef)
			return ((enum lock_id)i);
	}
	return (L_NONE);
}

/* card-and-readers.md 2.6 */
static void
follow_tries(struct fence *f, enum lock_id lock, uint16_t sw)
{
	int tries = PIN_TRIES_UNKNOWN;

	if ((sw & 0xfff0) == 0x63c0)
		tries = sw & 0x0f;
	if (sw == 0x6983 || sw == 0x6984)
		tries = 0;
	f->tries[lock] = tries <= locks[lock].full ? tries :
	    PIN_TRIES_UNKNOWN;
}

/* --- one command --- */

/* A command with what the fence found out about it. */
struct passage {
	struct tp_step	*step;
	enum lock_id	 lock;	/* of a VERIFY; L_NONE */
	int		 spends;	/* digits go to the card */
	int		 fresh;		/* that were typed at the agent now */
};

/* link.md: one entry goes into each PIN once, into the second after the
 * first. */
static int
may_fill(const struct entry *e, enum lock_id lock)
{
	if (e->digits.len == 0 || !e->here ||
	    (e->used & (1u << lock)) != 0)
		return (0);
	if (locks[lock].what == e->what)
		return (1);
	return (e->what == FENCE_AUTH && (e->used & (1u << L_AUTH)) != 0);
}

static enum err
judge_fill(struct fence *f, const struct passage *p)
{
	const struct entry *e = &f->entry;

	if (locks[p->lock].what != p->step->fill)
		return (refuse(f, FENCE_FILL));
	if (!may_fill(e, p->lock) ||
	    p->step->tx[AT_LC] != e->digits.len) {
		note_set(&f->tp.note, "no entry is held for that");
		return (ERR_SEQUENCE);
	}
	/* Of this one the person has not been told the tries left. */
	if (locks[p->lock].what != e->what && f->tries[p->lock] < FEWEST)
		return (refuse(f, FENCE_TRIES));
	return (ERR_OK);
}

static int
is_digits(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return (0);
	}
	return (1);
}

/* The same digits in the second PIN are the same entry. */
static int
is_same_entry(const struct entry *e, enum lock_id lock, const uint8_t *p,
    size_t len)
{
	return (!e->here && e->used == 1u << L_AUTH && lock == L_TEXT &&
	    e->digits.len == len &&
	    CRYPTO_memcmp(e->digits.data, p, len) == 0);
}

static enum err
judge_typed(struct fence *f, struct passage *p)
{
	const uint8_t *digits = p->step->tx + AT_DATA;
	size_t len = p->step->txlen - AT_DATA;

	if (!is_digits(digits, len))
		return (refuse(f, FENCE_COMMAND));
	if (!f->conf.agent_pin)
		return (refuse(f, FENCE_AGENT_PIN));
	p->fresh = !is_same_entry(&f->entry, p->lock, digits, len);
	if (p->fresh && f->typed)
		return (refuse(f, FENCE_AGAIN));
	if (f->tries[p->lock] < FEWEST)
		return (refuse(f, FENCE_TRIES));
	return (ERR_OK);
}

/*
 * The key that says who somebody is, everywhere: P2 00 is the surface
 * application's, which only says that the card is genuine.
 */
static int
is_auth_signature(const uint8_t *tx)
{
	return (tx[AT_INS] == INS_SIGN && tx[AT_P2] != 0x00);
}

static enum err
judge_plain(struct fence *f, const struct tp_step *s)
{
	if (s->fill != 0)
		return (refuse(f, FENCE_FILL));
	if (is_auth_signature(s->tx) && !f->may_sign)
		return (refuse(f, FENCE_SIGN));
	return (ERR_OK);
}

static enum err
judge(struct fence *f, struct passage *p)
{
	const struct tp_step *s = p->step;

	if (guard_check(&f->guard, s->tx, s->txlen) != ERR_OK)
		return (refuse(f, FENCE_COMMAND));
	if (s->tx[AT_INS] != INS_VERIFY)
		return (judge_plain(f, s));
	p->lock = lock_meant(f, s->tx[AT_P2]);
	if (p->lock == L_NONE)
		return (refuse(f, FENCE_COMMAND));
	if (s->txlen == TP_APDU_MIN)
		return (ERR_OK);
	/* In the short form only: one way to write it is enough. */
	if (s->tx[AT_LC] != s->txlen - AT_DATA)
		return (refuse(f, FENCE_COMMAND));
	p->spends = 1;
	return (s->fill != 0 ? judge_fill(f, p) : judge_typed(f, p));
}

/* Before anything leaves: what is lost on the way counts as sent. */
static enum err
spend(struct fence *f, const struct passage *p)
{
	const struct tp_step *s = p->step;
	enum err r = ERR_OK;

	if (p->fresh) {
		forget_entry(f);
		f->typed = 1;
		r = secret_set(&f->entry.digits, s->tx + AT_DATA,
		    s->txlen - AT_DATA);
	}
	f->entry.used |= 1u << p->lock;
	return (r);
}

static enum err
send_filled(struct fence *f, struct tp_step *s)
{
	uint8_t tx[AT_DATA + SECRET_MAX];
	enum err r;

	memcpy(tx, s->tx, AT_DATA);
	memcpy(tx + AT_DATA, f->entry.digits.data, f->entry.digits.len);
	r = tp_xfer(f->inner, tx, AT_DATA + f->entry.digits.len, s->rx,
	    &s->rxlen, s->ms);
	secret_cleanse(tx, sizeof(tx));
	return (r);
}

static enum err
send_step(struct fence *f, struct tp_step *s)
{
	if (s->ms > COMMAND_MS)
		s->ms = COMMAND_MS;
	if (s->fill != 0)
		return (send_filled(f, s));
	return (tp_xfer(f->inner, s->tx, s->txlen, s->rx, &s->rxlen, s->ms));
}

static uint16_t
status_word(const struct tp_step *s)
{
	return ((uint16_t)(s->rx[s->rxlen - 2] << 8 | s->rx[s->rxlen - 1]));
}

/* Digits that were wrong are not tried anywhere else. */
static void
follow(struct fence *f, const struct passage *p)
{
	uint16_t sw = status_word(p->step);

	if (p->lock != L_NONE)
		follow_tries(f, p->lock, sw);
	if (p->spends && sw != 0x9000)
		forget_entry(f);
	if (p->spends && p->lock == L_AUTH)
		f->may_sign = sw == 0x9000;
	if (is_auth_signature(p->step->tx) &&
	    (sw == 0x9000 || (sw & 0xff00) == 0x6100))
		f->may_sign = 0;
	guard_done(&f->guard, p->step->tx, p->step->txlen, sw);
}

static enum err
pass(struct fence *f, struct tp_step *step)
{
	struct passage p = { .step = step, .lock = L_NONE };
	enum err r;

	if ((r = judge(f, &p)) != ERR_OK ||
	    (p.spends && (r = spend(f, &p)) != ERR_OK))
		return (r);
	if ((r = send_step(f, step)) != ERR_OK) {
		forget_card(f);
		return (passed_up(f, r));
	}
	follow(f, &p);
	saw_card(f);
	return (ERR_OK);
}

static enum err
fence_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct tp_step step = { .tx = tx, .txlen = txlen, .rx = rx,
	    .rxlen = *rxlen, .ms = ms };
	enum err r;

	r = pass((struct fence *)tp, &step);
	*rxlen = r == ERR_OK ? step.rxlen : 0;
	return (r);
}

/* One by one, because what may come next hangs on what the card said. */
static enum err
fence_script(struct tp *tp, struct tp_step *steps, size_t n, size_t *done)
{
	struct fence *f = (struct fence *)tp;
	enum err r;

	for (size_t i = 0; i < n; i++) {
		if ((r = pass(f, &steps[i])) != ERR_OK)
			return (r);
		*done = i + 1;
		if (status_word(&steps[i]) != steps[i].go)
			break;
	}
	return (ERR_OK);
}

/* --- an entry --- */

static int
take_cancel(struct fence *f)
{
	uint64_t n;

	return (read(f->wake, &n, sizeof(n)) == (ssize_t)sizeof(n));
}

static enum lock_id
lock_named(uint8_t what)
{
	for (int i = 0; i < LOCKS; i++) {
		if (locks[i].what == what)
			return ((enum lock_id)i);
	}
	return (L_NONE);
}

/* What the card said counts, whatever the other side says. */
static enum err
prepare_ask(struct fence *f, struct fence_ask *ask)
{
	enum lock_id lock = lock_named(ask->what);

	if (lock == L_NONE || ask->digits != PIN_LEN)
		return (refuse(f, FENCE_ASK));
	ask->tries = f->tries[lock];
	if (ask->tries == PIN_TRIES_UNKNOWN)
		return (ERR_PIN_UNSURE);
	return (ask->tries == 0 ? ERR_PIN_BLOCKED : ERR_OK);
}

static enum err
fence_enter(struct tp *tp, uint8_t what, int digits, int tries, int ms)
{
	struct fence *f = (struct fence *)tp;
	struct secret *s = &f->entry.digits;
	struct fence_ask ask = { .what = what, .digits = digits,
	    .tries = tries, .ms = ms < ENTRY_MS ? ms : ENTRY_MS,
	    .wake = f->wake };
	enum err r;

	forget_entry(f);
	if (take_cancel(f))
		return (ERR_CANCELLED);
	if (ms <= 0)
		return (ERR_TIMEOUT);
	if ((r = prepare_ask(f, &ask)) != ERR_OK)
		return (r);
	r = f->conf.ask(f->conf.ctx, &ask, s);
	if (r == ERR_OK && (s->len != (size_t)digits ||
	    !is_digits(s->data, s->len)))
		r = ERR_PIN_FORMAT;
	if (r == ERR_CANCELLED)
		(void)take_cancel(f);
	if (r != ERR_OK) {
		forget_entry(f);
		return (r);
	}
	f->entry.here = 1;
	f->entry.what = what;
	return (ERR_OK);
}

/* --- the rest goes through --- */

static enum err
fence_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct fence *f = (struct fence *)tp;
	int64_t since = clock_ms();
	enum err r;

	r = tp_wait(f->inner, f->again ? 0 : ms, ev);
	tell_fault(f, r);
	saw(f, r, *ev, clock_ms() - since);
	if (f->again && r == ERR_TIMEOUT) {
		*ev = f->last;
		r = ERR_OK;
	}
	if (r == ERR_OK) {
		f->again = 0;
		f->last = *ev;
	}
	return (passed_up(f, r));
}

void
fence_restart(struct tp *tp)
{
	struct fence *f = (struct fence *)tp;

	f->again = f->last != 0;
}

static enum err
fence_begin(struct tp *tp, struct tp_caps *caps)
{
	struct fence *f = (struct fence *)tp;
	enum err r;

	forget_card(f);
	r = tp_begin(f->inner);
	tell_fault(f, r);
	if (r != ERR_OK)
		return (passed_up(f, r));
	*caps = f->inner->caps;
	caps->can_enter = f->conf.ask != NULL &&
	    f->conf.can_ask(f->conf.ctx);
	saw_card(f);
	f->begun = 1;
	return (ERR_OK);
}

static void
fence_end(struct tp *tp)
{
	struct fence *f = (struct fence *)tp;

	f->begun = 0;
	forget_card(f);
	tp_end(f->inner);
	f->tp.uncut = f->inner->uncut;
	/* One that came too late for an entry is not for the next. */
	(void)take_cancel(f);
}

/* Entries are in sessions, waits outside. */
static void
fence_cancel(struct tp *tp)
{
	struct fence *f = (struct fence *)tp;
	const uint64_t one = 1;

	if (!f->begun)
		tp_cancel(f->inner);
	/* It can only fail when the count is full, and then it is readable. */
	else if (write(f->wake, &one, sizeof(one)) == -1)
		return;
}

static void
fence_close(struct tp *tp)
{
	struct fence *f = (struct fence *)tp;

	forget_card(f);
	tp_close(&f->inner);
	if (f->wake != -1)
		close(f->wake);
	free(f);
}

static const struct tp_ops ops = {
	.name = "fence",
	.wait = fence_wait,
	.begin = fence_begin,
	.xfer = fence_xfer,
	.end = fence_end,
	.cancel = fence_cancel,
	.close = fence_close,
	.script = fence_script,
	.enter = fence_enter,
};

enum err
fence_open(struct tp *inner, const struct fence_conf *conf, struct tp **out)
{
	struct fence *f = calloc(1, sizeof(*f));

	*out = NULL;
	if (f == NULL) {
		tp_close(&inner);
		return (ERR_NOMEM);
	}
	f->tp.ops = &ops;
	f->inner = inner;
	f->conf = *conf;
	forget_card(f);
	if ((f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1) {
		fence_close(&f->tp);
		return (ERR_SYS);
	}
	*out = &f->tp;
	return (ERR_OK);
}
