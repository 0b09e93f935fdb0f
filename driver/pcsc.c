#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <winscard.h>
#include <reader.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "driver/open.h"
#include "driver/pcsc_choice.h"
#include "driver/pcsc_error.h"
#include "driver/pcsc_feature.h"
#include "driver/pcsc_light.h"
#include "driver/pcsc_place.h"
#include "driver/quirk.h"
#include "driver/transport.h"

#define PNP_NAME	"\\\\?PnP?\\Notification"	/* pcsc-lite's name */
/* At its end libpcsclite spins for up to a millisecond, so not too short; a
 * signal handler that cancels its own thread's wait is heard only then. */
#define SLICE_MS	3000
/* So long while there is no reader: one that slips in before a wait blocks is
 * not notified of (pcsc-lite counts from the wait on). */
#define ABSENT_MS	500
/* A cancel that slips in before a wait blocks is said again. */
#define CANCEL_TRIES	100
#define CANCEL_STEP_MS	10
/* Another program may only be probing the card. */
#define BUSY_MS		1000
#define BUSY_STEP_MS	50
/* After this a pcscd that was dying is gone. */
#define DYING_MS	100
/* A reader that USB put to sleep fails when it is first spoken to. */
#define WAKE_TRIES	3
#define WAKE_STEP_MS	200
/* For so long a device is taken to be where it was found, unless something
 * moved; one that is begun with is asked again anyway. */
#define PLACE_MS	5000
/* Bytes of a CCID message before its APDU (CCID 1.1, 6.1.4). */
#define CCID_HEAD	10

struct context {
	_Atomic SCARDCONTEXT	h;
	int			open;
};

/* Where the device of a choice was found. */
struct found {
	struct blob		 names;		/* the list it was found in */
	char			 name[TP_READER_NAME];
	int64_t			 until;		/* clock_ms(); 0: not known */
};

struct pcsc {
	struct tp		 tp;
	struct pcsc_choice	 choice;
	struct found		 found;
	struct context		 work;		/* begin to end */
	struct context		 watch;		/* wait, and cancel of it */
	atomic_int		 cancelled, waiting;
	_Atomic pthread_t	 waiter;
	int			 last;		/* enum tp_event; 0 none yet */
	SCARDHANDLE		 card;
	const SCARD_IO_REQUEST	*pci;
	uint8_t			*rx;		/* TP_RX_EXT bytes */
};

/* Every return code passes here; the note keeps what the error loses. */
static enum err
result(struct note *note, const char *call, LONG rc)
{
	if (rc == SCARD_S_SUCCESS)
		return (ERR_OK);
	note_set(note, "%s: 0x%08X %s", call, (unsigned)(uint32_t)rc,
	    pcsc_error_name(rc));
	log_line(LOG_INFO, "pcsc", "%s: 0x%08X %s", call,
	    (unsigned)(uint32_t)rc, pcsc_error_name(rc));
	return (pcsc_error(rc));
}

/*
 * The context is no good any more, a new one may be.  libpcsclite says
 * "security violation" when polkit refused, and also when pcscd died under a
 * call (the connection was reset); only a second try tells them apart.
 */
static int
is_lost(enum err r)
{
	return (r == ERR_NO_SERVICE || r == ERR_READER_DENIED);
}

static enum err
context_open(struct context *c, struct note *note)
{
	SCARDCONTEXT h;
	LONG rc;

	if (c->open)
		return (ERR_OK);
	rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &h);
	if (rc == SCARD_W_SECURITY_VIOLATION) {
		clock_sleep(DYING_MS);
		rc = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &h);
	}
	if (rc != SCARD_S_SUCCESS)
		return (result(note, "SCardEstablishContext", rc));
	atomic_store(&c->h, h);
	c->open = 1;
	return (ERR_OK);
}

static void
context_close(struct context *c)
{
	if (c->open)
		(void)SCardReleaseContext(atomic_load(&c->h));
	c->open = 0;
}

/* The names in out, each ended by a 0; none is no error. */
static enum err
list_names(struct context *c, struct blob *out, struct note *note)
{
	DWORD len = SCARD_AUTOALLOCATE;
	LPSTR names = NULL;
	enum err r;
	LONG rc;

	blob_reset(out);
	rc = SCardListReaders(atomic_load(&c->h), NULL, (LPSTR)&names, &len);
	if (rc == SCARD_E_NO_READERS_AVAILABLE)
		return (ERR_OK);
	if ((r = result(note, "SCardListReaders", rc)) != ERR_OK)
		return (r);
	r = blob_add(out, names, len);
	SCardFreeMemory(atomic_load(&c->h), names);
	return (r);
}

/* Steps through the names; NULL at the empty one that ends the list. */
static const char *
next_name(const struct blob *names, size_t *at)
{
	const char *s;

	if (*at >= names->len)
		return (NULL);
	s = blob_str(names) + *at;
	*at += strlen(s) + 1;
	return (*s == '\0' ? NULL : s);
}

/* Whether a reader that fits by its name is the device.  ERR_READER_BUSY:
 * nobody can tell while another program has it for itself. */
static enum err
is_device(const struct pcsc *p, struct context *c, const char *name, int *yes,
    struct note *note)
{
	struct usb_device device;
	enum err r;
	LONG rc;

	*yes = p->choice.by == PCSC_BY_NAME;
	if (*yes)
		return (ERR_OK);
	rc = pcsc_place_of(atomic_load(&c->h), name, &device);
	r = rc == SCARD_S_SUCCESS ? ERR_OK : pcsc_error(rc);
	*yes = r == ERR_OK && pcsc_choice_is(&p->choice, &device);
	if (is_lost(r))
		return (result(note, "SCardConnect", rc));
	/* Gone since it was listed. */
	return (r == ERR_NO_READER ? ERR_OK : r);
}

/* A name in full means that reader, even where others contain it. */
static enum err
choose(const struct pcsc *p, struct context *c, const struct blob *names,
    char name[TP_READER_NAME], struct note *note)
{
	const struct pcsc_choice *choice = &p->choice;
	struct blob all = { 0 };
	unsigned found = 0, busy = 0;
	const char *s;
	enum err r;
	int yes;

	name[0] = '\0';
	for (size_t at = 0; (s = next_name(names, &at)) != NULL;) {
		if (!pcsc_choice_fits(choice, s))
			continue;
		if (quirk_skips(s) && !pcsc_choice_names(choice, s))
			continue;
		r = is_device(p, c, s, &yes, note);
		busy += r == ERR_READER_BUSY;
		if (is_lost(r)) {
			blob_free(&all);
			return (r);
		}
		if (!yes)
			continue;
		(void)blob_printf(&all, "%s%s", found++ > 0 ? "; " : "", s);
		snprintf(name, TP_READER_NAME, "%s", s);
		if (pcsc_choice_names(choice, s)) {
			found = 1;
			break;
		}
	}
	if (found == 0)
		note_set(note, "no reader %s \"%s%s%s\"", busy > 0 ?
		    "that another program left free matches" : "matches",
		    choice->pattern, choice->where[0] == '\0' ? "" : " at ",
		    choice->where);
	if (found > 1)
		note_set(note, "\"%s\" matches: %s", choice->pattern,
		    blob_str(&all));
	blob_free(&all);
	return (found == 1 ? ERR_OK : found > 1 ? ERR_READER_AMBIGUOUS :
	    busy > 0 ? ERR_READER_BUSY : ERR_NO_READER);
}

/* The list is the one in which it was found. */
static int
is_same_list(const struct found *f, const struct blob *names)
{
	return (f->name[0] != '\0' && names->len == f->names.len &&
	    memcmp(names->data, f->names.data, names->len) == 0);
}

static void
forget_place(struct pcsc *p)
{
	p->found.until = 0;
}

static void
keep_place(struct pcsc *p, struct blob *names, const char *name)
{
	struct found *f = &p->found;

	blob_free(&f->names);
	f->names = *names;
	*names = (struct blob){ 0 };	/* moved */
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->until = clock_ms() + PLACE_MS;
}

/*
 * Names move when readers come and go (6.2), so never from memory alone.  To
 * ask for the device each time anew would cost a connection to every reader
 * that fits; one that nobody can ask now is where it was, if anywhere.
 */
static enum err
find_in(struct pcsc *p, struct context *c, struct blob *names,
    char name[TP_READER_NAME], struct note *note)
{
	struct found *f = &p->found;
	int same = p->choice.by != PCSC_BY_NAME && is_same_list(f, names);
	enum err r;

	if (same && clock_ms() < f->until) {
		memcpy(name, f->name, sizeof(f->name));
		return (ERR_OK);
	}
	r = choose(p, c, names, name, note);
	if (r == ERR_READER_BUSY && same) {
		memcpy(name, f->name, sizeof(f->name));
		return (ERR_OK);
	}
	if (r == ERR_OK)
		keep_place(p, names, name);
	return (r);
}

static enum err
find_reader(struct pcsc *p, struct context *c, char name[TP_READER_NAME],
    struct note *note)
{
	struct blob names = { 0 };
	enum err r;

	if ((r = list_names(c, &names, note)) == ERR_OK)
		r = find_in(p, c, &names, name, note);
	if (r != ERR_OK)
		forget_place(p);
	blob_free(&names);
	return (r);
}

/* --- waiting --- */

/* The slot's state now.  A reader gone since it was listed is no error. */
static enum err
slot_state(struct context *c, SCARD_READERSTATE *rs, struct note *note)
{
	LONG rc;

	rs->dwCurrentState = SCARD_STATE_UNAWARE;
	rc = SCardGetStatusChange(atomic_load(&c->h), 0, rs, 1);
	if (rc == SCARD_E_UNKNOWN_READER)
		rs->dwEventState = SCARD_STATE_UNKNOWN;
	else if (rc != SCARD_S_SUCCESS)
		return (result(note, "SCardGetStatusChange", rc));
	rs->dwEventState &= ~(DWORD)SCARD_STATE_CHANGED;
	return (ERR_OK);
}

static enum tp_event
slot_event(const SCARD_READERSTATE *rs)
{
	if (rs->dwEventState & SCARD_STATE_PRESENT)
		return (TP_CARD);
	if (rs->dwEventState & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE))
		return (TP_NO_READER);
	return (TP_NO_CARD);
}

/*
 * Sleeps until something about the readers or the slot moves; what it is,
 * the caller looks up, unless it is told that the slot is as it was.  cancel's
 * flag is read after waiting is set, so a cancel is either seen here or finds
 * waiting set.
 */
static enum err
sleep_slice(struct pcsc *p, SCARD_READERSTATE rs[2], int ms, int *as_it_was)
{
	LONG rc = SCARD_S_SUCCESS;
	DWORD n = 1;

	rs[0] = (SCARD_READERSTATE){ .szReader = PNP_NAME };
	if (!(rs[1].dwEventState & SCARD_STATE_UNKNOWN)) {
		rs[1].dwCurrentState = rs[1].dwEventState;
		n = 2;
	}
	atomic_store(&p->waiter, pthread_self());
	atomic_store(&p->waiting, 1);
	if (!atomic_load(&p->cancelled))
		rc = SCardGetStatusChange(atomic_load(&p->watch.h), (DWORD)ms,
		    rs, n);
	atomic_store(&p->waiting, 0);
	/* Two of one make may have changed places, and left the list as it
	 * was. */
	if (rc != SCARD_E_TIMEOUT && rc != SCARD_E_CANCELLED)
		forget_place(p);
	*as_it_was = rc == SCARD_E_TIMEOUT && n == 2;
	if (*as_it_was)
		rs[1].dwEventState = rs[1].dwCurrentState;
	if (rc == SCARD_E_TIMEOUT || rc == SCARD_E_CANCELLED ||
	    rc == SCARD_E_UNKNOWN_READER)
		return (ERR_OK);
	return (result(&p->tp.note, "SCardGetStatusChange", rc));
}

static enum err
look(struct pcsc *p, SCARD_READERSTATE *rs, char name[TP_READER_NAME])
{
	enum err r;

	*rs = (SCARD_READERSTATE){ .szReader = name,
	    .dwEventState = SCARD_STATE_UNKNOWN };
	r = find_reader(p, &p->watch, name, &p->tp.note);
	/* One that nobody can ask which it is may be it; begin says so. */
	if (r == ERR_NO_READER || r == ERR_READER_BUSY)
		return (ERR_OK);
	return (r != ERR_OK ? r : slot_state(&p->watch, rs, &p->tp.note));
}

/* One look on a context that works, made anew once if pcscd restarted:
 * SCardIsValidContext says OK even then (test-parts.md A). */
static enum err
look_afresh(struct pcsc *p, SCARD_READERSTATE *rs, char name[TP_READER_NAME])
{
	enum err r;

	if ((r = context_open(&p->watch, &p->tp.note)) == ERR_OK &&
	    is_lost(r = look(p, rs, name))) {
		context_close(&p->watch);
		if ((r = context_open(&p->watch, &p->tp.note)) == ERR_OK)
			r = look(p, rs, name);
	}
	if (is_lost(r))
		context_close(&p->watch);
	return (r);
}

static int
slice(int64_t until, enum tp_event ev)
{
	int64_t left = until - clock_ms();
	int max = ev == TP_NO_READER ? ABSENT_MS : SLICE_MS;

	return (left > max ? max : left > 0 ? (int)left : 0);
}

static enum err
pcsc_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct pcsc *p = (struct pcsc *)tp;
	int64_t until = ms < 0 ? INT64_MAX : clock_ms() + ms;
	char name[TP_READER_NAME];
	SCARD_READERSTATE rs[2];
	int as_it_was = 0;
	enum err r;

	for (;;) {
		if (atomic_exchange(&p->cancelled, 0))
			return (ERR_CANCELLED);
		if (!as_it_was &&
		    (r = look_afresh(p, &rs[1], name)) != ERR_OK)
			return (r);
		*ev = slot_event(&rs[1]);
		if (*ev == TP_CARD || (int)*ev != p->last)
			break;
		if ((ms = slice(until, *ev)) == 0)
			return (ERR_TIMEOUT);
		r = sleep_slice(p, rs, ms, &as_it_was);
		if (r != ERR_OK && !is_lost(r))
			return (r);
	}
	p->last = (int)*ev;
	tp->note.text[0] = '\0';
	return (ERR_OK);
}

/*
 * SCardCancel takes a lock of the library, so a signal handler that
 * interrupts the wait itself must not call it: there the slice ends the wait.
 * It does nothing while the library is not yet reading.
 */
static void
pcsc_cancel(struct tp *tp)
{
	struct pcsc *p = (struct pcsc *)tp;

	atomic_store(&p->cancelled, 1);
	if (pthread_equal(atomic_load(&p->waiter), pthread_self()))
		return;
	for (int i = 0; atomic_load(&p->waiting) && i < CANCEL_TRIES; i++) {
		(void)SCardCancel(atomic_load(&p->watch.h));
		if (atomic_load(&p->waiting))
			clock_sleep(CANCEL_STEP_MS);
	}
}

/* --- a card taken --- */

static void
drop_card(struct pcsc *p)
{
	(void)SCardDisconnect(p->card, SCARD_UNPOWER_CARD);
	p->pci = NULL;
}

/* The card was not powered up.  Before any command left, so that to try again
 * repeats nothing. */
static int
is_waking(LONG rc)
{
	static const LONG codes[] = { SCARD_W_UNRESPONSIVE_CARD,
	    SCARD_W_UNPOWERED_CARD, SCARD_E_PROTO_MISMATCH,
	    SCARD_E_NOT_TRANSACTED, SCARD_E_COMM_DATA_LOST,
	    SCARD_F_INTERNAL_ERROR };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i] == rc)
			return (1);
	}
	return (0);
}

/*
 * pcscd 1.9.9 takes a card whose power-up failed for one in use, with an
 * empty ATR, and does not power it up again by itself (winscard.c,
 * SCardConnect): cut the power, so that the next connection does.
 */
static void
wake(struct pcsc *p, const char *name)
{
	DWORD protocol;

	clock_sleep(WAKE_STEP_MS);
	if (SCardConnect(atomic_load(&p->work.h), name, SCARD_SHARE_DIRECT, 0,
	    &p->card, &protocol) == SCARD_S_SUCCESS)
		(void)SCardDisconnect(p->card, SCARD_UNPOWER_CARD);
}

static LONG
connect_patiently(struct pcsc *p, const char *name, DWORD *protocol)
{
	int64_t until = clock_ms() + BUSY_MS;
	int tries = 0;
	LONG rc;

	for (;;) {
		rc = SCardConnect(atomic_load(&p->work.h), name,
		    SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0 |
		    SCARD_PROTOCOL_T1, &p->card, protocol);
		if (rc == SCARD_E_SHARING_VIOLATION && clock_ms() < until)
			clock_sleep(BUSY_STEP_MS);
		else if (is_waking(rc) && ++tries < WAKE_TRIES)
			wake(p, name);
		else
			return (rc);
	}
}

/* Exclusive: between VERIFY and power-off any other program could sign
 * without the PIN (card-and-readers.md 1.5). */
static enum err
connect_card(struct pcsc *p, const char *name)
{
	DWORD protocol = 0;
	enum err r;
	LONG rc;

	rc = connect_patiently(p, name, &protocol);
	if ((r = result(&p->tp.note, "SCardConnect", rc)) != ERR_OK)
		return (r);
	p->pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
	rc = SCardBeginTransaction(p->card);
	if ((r = result(&p->tp.note, "SCardBeginTransaction", rc)) != ERR_OK)
		drop_card(p);
	return (r);
}

/* What is held now is the device, whatever the list said before. */
static enum err
check_device(struct pcsc *p)
{
	struct usb_device device;

	if (p->choice.by == PCSC_BY_NAME)
		return (ERR_OK);
	pcsc_place(p->card, &device);
	if (pcsc_choice_is(&p->choice, &device))
		return (ERR_OK);
	drop_card(p);
	forget_place(p);
	note_set(&p->tp.note, "another reader has the name of \"%s\"",
	    p->choice.where);
	return (ERR_NO_READER);
}

static enum err
take_card(struct pcsc *p)
{
	char name[TP_READER_NAME];
	enum err r;

	if ((r = context_open(&p->work, &p->tp.note)) != ERR_OK)
		return (r);
	if ((r = find_reader(p, &p->work, name, &p->tp.note)) == ERR_OK &&
	    (r = connect_card(p, name)) == ERR_OK)
		r = check_device(p);
	if (is_lost(r))
		context_close(&p->work);
	return (r);
}

/* 0 where the driver declares nothing, as vpcd (test-parts.md A). */
static uint32_t
declared_max(SCARDHANDLE card)
{
	uint8_t answer[MAX_BUFFER_SIZE];
	uint32_t code, max;
	DWORD n = 0;

	if (SCardControl(card, CM_IOCTL_GET_FEATURE_REQUEST, NULL, 0, answer,
	    sizeof(answer), &n) != SCARD_S_SUCCESS || n > sizeof(answer))
		return (0);
	if (pcsc_feature_code((struct buf){ answer, n }, &code) != ERR_OK ||
	    code == 0)
		return (0);
	if (SCardControl(card, code, NULL, 0, answer, sizeof(answer),
	    &n) != SCARD_S_SUCCESS || n > sizeof(answer))
		return (0);
	(void)pcsc_feature_apdu_max((struct buf){ answer, n }, &max);
	return (max);
}

/* NULL for a reader that is like others, or does not say which it is. */
static const struct quirk *
quirk_of(const struct pcsc *p)
{
	struct usb_device device;

	pcsc_place(p->card, &device);
	return (device.vendor == 0 ? NULL :
	    quirk_find(device.vendor, device.product));
}

static void
cap(size_t *size, size_t most, size_t least)
{
	if (*size > most)
		*size = most > least ? most : least;
}

/* Some ACS readers fail on extended APDUs (card-and-readers.md 6.1), so only
 * for a reader that says it can, or on the configuration's word. */
static void
set_sizes(const struct pcsc *p, const struct quirk *q, struct tp_caps *caps)
{
	uint32_t max = 0;

	if (p->choice.extended)
		max = 65536;
	else if (q == NULL || q->apdu != QUIRK_SHORT)
		max = declared_max(p->card);
	if (max <= 256)
		return;
	/* Header, extended Lc and Le: 9 bytes; status word: 2. */
	caps->tx_max = max < TP_TX_EXT - 9 ? max + 9 : TP_TX_EXT;
	caps->rx_max = max < TP_RX_EXT - 2 ? max + 2 : TP_RX_EXT;
	if (q != NULL && q->max > 0 && !p->choice.extended) {
		cap(&caps->tx_max, (size_t)q->max - CCID_HEAD, TP_TX_SHORT);
		cap(&caps->rx_max, (size_t)q->max - CCID_HEAD, TP_RX_SHORT);
	}
}

static enum err
describe(struct pcsc *p, struct tp_caps *caps)
{
	const struct quirk *q = quirk_of(p);
	DWORD n = sizeof(caps->atr);
	LONG rc;

	/* Not SCardGetAttrib, which vpcd lacks (test-parts.md A). */
	rc = SCardStatus(p->card, NULL, NULL, NULL, NULL, caps->atr, &n);
	if (rc != SCARD_S_SUCCESS)
		return (result(&p->tp.note, "SCardStatus", rc));
	caps->atrlen = n <= sizeof(caps->atr) ? n : 0;
	set_sizes(p, q, caps);
	caps->can_signal = q != NULL && q->light == QUIRK_ACR122;
	return (ERR_OK);
}

static void
pcsc_end(struct tp *tp)
{
	struct pcsc *p = (struct pcsc *)tp;

	(void)SCardEndTransaction(p->card, SCARD_LEAVE_CARD);
	drop_card(p);
}

static enum err
pcsc_begin(struct tp *tp, struct tp_caps *caps)
{
	struct pcsc *p = (struct pcsc *)tp;
	enum err r;

	/* The first try may find out that pcscd was started anew, or that the
	 * reader is another one now. */
	r = take_card(p);
	if (is_lost(r) || r == ERR_NO_READER)
		r = take_card(p);
	if (r != ERR_OK)
		return (r);
	tp->note.text[0] = '\0';
	if ((r = describe(p, caps)) != ERR_OK)
		pcsc_end(tp);
	return (r);
}

/*
 * PC/SC has no deadline for a running exchange (card-and-readers.md 6.2), so
 * ms is watched from outside, by the link.  Into our own buffer always: with
 * a short one the card executes the command and its answer is lost.
 */
static enum err
pcsc_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct pcsc *p = (struct pcsc *)tp;
	DWORD n = TP_RX_EXT;
	enum err r;

	(void)ms;
	r = result(&tp->note, "SCardTransmit", SCardTransmit(p->card, p->pci,
	    tx, (DWORD)txlen, NULL, p->rx, &n));
	/* A card that was taken is not refused later: pcscd died. */
	if (r == ERR_READER_DENIED)
		r = ERR_NO_SERVICE;
	if (r == ERR_OK && n > *rxlen)
		r = ERR_TOOBIG;
	if (r == ERR_OK) {
		memcpy(rx, p->rx, n);
		*rxlen = n;
	}
	secret_cleanse(p->rx, n <= TP_RX_EXT ? n : TP_RX_EXT);
	return (r);
}

/* Ours alone: class FF speaks to the reader, so what comes from above may not
 * use it. */
static void
pcsc_signal(struct tp *tp, enum tp_signal signal)
{
	struct pcsc *p = (struct pcsc *)tp;

	pcsc_light(p->card, p->pci, signal);
}

/* --- life --- */

static void
pcsc_close(struct tp *tp)
{
	struct pcsc *p = (struct pcsc *)tp;

	context_close(&p->work);
	context_close(&p->watch);
	if (p->rx != NULL)
		secret_cleanse(p->rx, TP_RX_EXT);
	free(p->rx);
	blob_free(&p->found.names);
	free(p);
}

static const struct tp_ops ops = {
	.name = "pcsc",
	.wait = pcsc_wait,
	.begin = pcsc_begin,
	.xfer = pcsc_xfer,
	.end = pcsc_end,
	.cancel = pcsc_cancel,
	.close = pcsc_close,
	.signal = pcsc_signal,
};

/* Neither the reader nor the card service need be there yet: makers differ in
 * what is to be started first (features.md DEN-31), and what wait says of
 * them changes when they come. */
enum err
pcsc_open(const char *choice, struct tp **out, struct note *note)
{
	struct pcsc *p;
	enum err r;

	*out = NULL;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (ERR_NOMEM);
	p->tp.ops = &ops;
	if ((r = pcsc_choice_parse(choice, &p->choice, note)) == ERR_OK &&
	    (p->rx = calloc(1, TP_RX_EXT)) == NULL)
		r = ERR_NOMEM;
	if (r != ERR_OK)
		pcsc_close(&p->tp);
	else
		*out = &p->tp;
	return (r);
}

/* --- the list --- */

static enum err
fill_row(struct context *c, const char *name, struct tp_reader *row,
    struct note *note)
{
	SCARD_READERSTATE rs = { .szReader = row->name };
	enum err r;

	*row = (struct tp_reader){ 0 };
	snprintf(row->name, sizeof(row->name), "%s", name);
	if ((r = slot_state(c, &rs, note)) != ERR_OK)
		return (r);
	row->card = slot_event(&rs) == TP_CARD;
	(void)pcsc_place_of(atomic_load(&c->h), row->name, &row->device);
	if (row->card && rs.cbAtr <= sizeof(row->atr)) {
		memcpy(row->atr, rs.rgbAtr, rs.cbAtr);
		row->atrlen = rs.cbAtr;
	}
	return (ERR_OK);
}

enum err
tp_readers(struct tp_reader *rows, size_t max, size_t *n, struct note *note)
{
	struct context c = { .open = 0 };
	struct blob names = { 0 };
	const char *name;
	enum err r;

	*n = 0;
	if ((r = context_open(&c, note)) != ERR_OK)
		return (r);
	r = list_names(&c, &names, note);
	for (size_t at = 0; r == ERR_OK &&
	    (name = next_name(&names, &at)) != NULL; ++*n) {
		if (*n < max)
			r = fill_row(&c, name, &rows[*n], note);
	}
	blob_free(&names);
	context_close(&c);
	return (r);
}
