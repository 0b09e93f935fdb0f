#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <winscard.h>
#include <reader.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "driver/open.h"
#include "driver/pcsc_error.h"
#include "driver/pcsc_feature.h"
#include "driver/transport.h"

#define PNP_NAME	"\\\\?PnP?\\Notification"	/* pcsc-lite's name */
#define EXT_PREFIX	"ext,"
/* A cancel or a new reader that slips in before a wait blocks is seen at the
 * end of the slice. */
#define SLICE_MS	500
/* Another program may only be probing the card. */
#define BUSY_MS		1000
#define BUSY_STEP_MS	50
/* After this a pcscd that was dying is gone. */
#define DYING_MS	100

struct context {
	_Atomic SCARDCONTEXT	h;
	int			open;
};

struct pcsc {
	struct tp		 tp;
	char			*pattern;
	int			 extended;	/* whatever the reader says */
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

/* Only * and ?: brackets are part of real names ("[ACR1252 Reader PICC]"). */
static int
glob(const char *pattern, const char *s)
{
	const char *star = NULL, *retry = NULL;

	while (*s != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			retry = s;
		} else if (*pattern == '?' ||
		    strncasecmp(pattern, s, 1) == 0) {
			pattern++;
			s++;
		} else if (star != NULL) {
			pattern = star;
			s = ++retry;
		} else {
			return (0);
		}
	}
	return (pattern[strspn(pattern, "*")] == '\0');
}

static int
name_matches(const char *pattern, const char *name)
{
	if (strpbrk(pattern, "*?") != NULL)
		return (glob(pattern, name));
	return (strcasestr(name, pattern) != NULL);
}

/* A name in full means that reader, even where others contain it. */
static enum err
choose(const char *pattern, const struct blob *names,
    char name[TP_READER_NAME], struct note *note)
{
	struct blob all = { 0 };
	unsigned found = 0;
	const char *s;

	name[0] = '\0';
	for (size_t at = 0; (s = next_name(names, &at)) != NULL;) {
		if (strlen(s) >= TP_READER_NAME || !name_matches(pattern, s))
			continue;
		(void)blob_printf(&all, "%s%s", found++ > 0 ? "; " : "", s);
		snprintf(name, TP_READER_NAME, "%s", s);
		if (strcasecmp(pattern, s) == 0) {
			found = 1;
			break;
		}
	}
	if (found == 0)
		note_set(note, "no reader matches \"%s\"", pattern);
	if (found > 1)
		note_set(note, "\"%s\" matches: %s", pattern, blob_str(&all));
	blob_free(&all);
	return (found == 1 ? ERR_OK :
	    found == 0 ? ERR_NO_READER : ERR_READER_AMBIGUOUS);
}

/* Names move when readers come and go (6.2), so never from memory. */
static enum err
find_reader(struct pcsc *p, struct context *c, char name[TP_READER_NAME],
    struct note *note)
{
	struct blob names = { 0 };
	enum err r;

	if ((r = list_names(c, &names, note)) == ERR_OK)
		r = choose(p->pattern, &names, name, note);
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
 * the caller looks up.  cancel's flag is read after waiting is set, so a
 * cancel is either seen here or finds waiting set.
 */
static enum err
sleep_slice(struct pcsc *p, SCARD_READERSTATE rs[2], int ms)
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
	if (r == ERR_NO_READER)
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
slice(int64_t until)
{
	int64_t left = until - clock_ms();

	return (left > SLICE_MS ? SLICE_MS : left > 0 ? (int)left : 0);
}

static enum err
pcsc_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct pcsc *p = (struct pcsc *)tp;
	int64_t until = ms < 0 ? INT64_MAX : clock_ms() + ms;
	char name[TP_READER_NAME];
	SCARD_READERSTATE rs[2];
	enum err r;

	for (;;) {
		if (atomic_exchange(&p->cancelled, 0))
			return (ERR_CANCELLED);
		if ((r = look_afresh(p, &rs[1], name)) != ERR_OK)
			return (r);
		*ev = slot_event(&rs[1]);
		if (*ev == TP_CARD || (int)*ev != p->last)
			break;
		if (slice(until) == 0)
			return (ERR_TIMEOUT);
		r = sleep_slice(p, rs, slice(until));
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
 */
static void
pcsc_cancel(struct tp *tp)
{
	struct pcsc *p = (struct pcsc *)tp;

	atomic_store(&p->cancelled, 1);
	if (atomic_load(&p->waiting) &&
	    !pthread_equal(atomic_load(&p->waiter), pthread_self()))
		(void)SCardCancel(atomic_load(&p->watch.h));
}

/* --- a card taken --- */

static void
drop_card(struct pcsc *p)
{
	(void)SCardDisconnect(p->card, SCARD_UNPOWER_CARD);
	p->pci = NULL;
}

/* Exclusive: between VERIFY and power-off any other program could sign
 * without the PIN (card-and-readers.md 1.5). */
static enum err
connect_card(struct pcsc *p, const char *name)
{
	int64_t until = clock_ms() + BUSY_MS;
	DWORD protocol = 0;
	enum err r;
	LONG rc;

	while ((rc = SCardConnect(atomic_load(&p->work.h), name,
	    SCARD_SHARE_EXCLUSIVE, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
	    &p->card, &protocol)) == SCARD_E_SHARING_VIOLATION &&
	    clock_ms() < until)
		clock_sleep(BUSY_STEP_MS);
	if ((r = result(&p->tp.note, "SCardConnect", rc)) != ERR_OK)
		return (r);
	p->pci = protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
	rc = SCardBeginTransaction(p->card);
	if ((r = result(&p->tp.note, "SCardBeginTransaction", rc)) != ERR_OK)
		drop_card(p);
	return (r);
}

static enum err
take_card(struct pcsc *p)
{
	char name[TP_READER_NAME];
	enum err r;

	if ((r = context_open(&p->work, &p->tp.note)) != ERR_OK)
		return (r);
	if ((r = find_reader(p, &p->work, name, &p->tp.note)) == ERR_OK)
		r = connect_card(p, name);
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

/* Some ACS readers fail on extended APDUs (card-and-readers.md 6.1), so only
 * for a reader that says it can, or on the configuration's word. */
static void
set_sizes(const struct pcsc *p, struct tp_caps *caps)
{
	uint32_t max = p->extended ? 65536 : declared_max(p->card);

	if (max <= 256)
		return;
	/* Header, extended Lc and Le: 9 bytes; status word: 2. */
	caps->tx_max = max < TP_TX_EXT - 9 ? max + 9 : TP_TX_EXT;
	caps->rx_max = max < TP_RX_EXT - 2 ? max + 2 : TP_RX_EXT;
}

static enum err
describe(struct pcsc *p, struct tp_caps *caps)
{
	DWORD n = sizeof(caps->atr);
	LONG rc;

	/* Not SCardGetAttrib, which vpcd lacks (test-parts.md A). */
	rc = SCardStatus(p->card, NULL, NULL, NULL, NULL, caps->atr, &n);
	if (rc != SCARD_S_SUCCESS)
		return (result(&p->tp.note, "SCardStatus", rc));
	caps->atrlen = n <= sizeof(caps->atr) ? n : 0;
	set_sizes(p, caps);
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

	/* The first try may find out that pcscd was started anew. */
	if (is_lost(r = take_card(p)))
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
	free(p->pattern);
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
};

enum err
pcsc_open(const char *pattern, struct tp **out, struct note *note)
{
	char name[TP_READER_NAME];
	struct pcsc *p;
	enum err r = ERR_NOMEM;

	*out = NULL;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (ERR_NOMEM);
	p->tp.ops = &ops;
	if (strncmp(pattern, EXT_PREFIX, strlen(EXT_PREFIX)) == 0) {
		p->extended = 1;
		pattern += strlen(EXT_PREFIX);
	}
	if ((p->pattern = strdup(pattern)) == NULL ||
	    (p->rx = calloc(1, TP_RX_EXT)) == NULL ||
	    (r = context_open(&p->work, note)) != ERR_OK)
		goto out;
	r = find_reader(p, &p->work, name, note);
	/* A reader that is plugged in later is waited for. */
	if (r != ERR_OK && r != ERR_NO_READER)
		goto out;
	note_set(note, "%s", "");
	*out = &p->tp;
	return (ERR_OK);
out:
	pcsc_close(&p->tp);
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
