#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nfc/nfc.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "driver/nfc_conn.h"
#include "driver/nfc_error.h"
#include "driver/open.h"
#include "driver/transport.h"

/*
 * A PN53x behind libnfc.  The chip does ISO-DEP; libnfc does what the host
 * has to, with neither a limit nor a lock of its own (card-and-readers.md
 * 6.4), so both are held here.  libnfc calls abort() at some answers of the
 * chip: nothing of ours may live in this process beside the reader.
 *
 * The field is on from begin to end, and for the moment of a look: each look
 * finds a card that has just been powered, and no card keeps a verified PIN
 * longer than its session.
 */

#define TX_MAX		262	/* libnfc copies it into 264 bytes unchecked */
#define RX_MAX		258
#define RX_ROOM		264	/* a smaller one loses an executed answer */

#define COMMAND_MS	1000	/* of the chip alone; libnfc's own is 350 */
#define LEAVE_MS	200	/* the same, when the chip is given up */
#define XFER_MS		5000	/* where a caller names none */
#define POLL_MS		150	/* between two looks */
/* ISO 14443-3 7.1.1: a card must be ready 5 ms after the field came. */
#define POWER_UP_MS	10
#define POWER_OFF_MS	10
/* What failed before a command was sent is tried again, begun within so long:
 * a link waits 2 s longer than a wait, and 15 s for a begin. */
#define TRIES		3
#define AGAIN_MS	700
#define BEGIN_MS	4000
#define LOOKS		3	/* at a card that was there a moment ago */

struct nfc {
	struct tp	 tp;
	struct nfc_conn	 conn;
	nfc_context	*context;
	nfc_device	*device;	/* NULL: not open */
	int		 lock;		/* the device's file, locked; or -1 */
	int		 wake;		/* eventfd, readable = cancel */
	int		 field;		/* on, as far as we know */
	int		 last;		/* enum tp_event; 0 none yet */
	enum err	 lost;		/* what ended the session; ERR_OK */
	struct note	 why;		/* of that */
	uint8_t		 rx[RX_ROOM];
};

/* Every return code passes here; the note keeps what the error loses. */
static enum err
result(struct nfc *n, const char *call, int code)
{
	if (code >= 0)
		return (ERR_OK);
	note_set(&n->tp.note, "%s: %s: %d %s", n->conn.text, call, code,
	    nfc_error_name(code));
	log_line(LOG_INFO, "nfc", "%s: %d %s", call, code,
	    nfc_error_name(code));
	return (nfc_error(code));
}

/* --- the device --- */

static enum err
lock_failed(struct nfc *n, int fd, int code)
{
	static const struct {
		int		code;
		enum err	err;
	} rows[] = {
		{ ENOENT,	ERR_NO_READER },
		{ ENOTDIR,	ERR_NO_READER },
		{ ENXIO,	ERR_NO_READER },
		{ ENODEV,	ERR_NO_READER },
		{ EIO,		ERR_NO_READER },
		{ EACCES,	ERR_DEVICE_DENIED },
		{ EPERM,	ERR_DEVICE_DENIED },
		{ EBUSY,	ERR_READER_BUSY },
		{ EWOULDBLOCK,	ERR_READER_BUSY },
		{ ENOTTY,	ERR_CONF },
	};

	if (fd != -1)
		close(fd);
	note_set(&n->tp.note, "%s: %s", n->conn.device,
	    code == EWOULDBLOCK ? "another program has locked it" :
	    code == ENOTTY ? "not a device" : strerror(code));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].code == code)
			return (rows[i].err);
	}
	return (ERR_SYS);
}

/* libnfc's own mark does not keep a second opener out, and the first one
 * then fails amid a command (test-parts.md D). */
static enum err
lock(struct nfc *n)
{
	struct stat st;
	int fd;

	if ((fd = open(n->conn.device, O_RDWR | O_NOCTTY | O_NONBLOCK |
	    O_CLOEXEC)) == -1 || fstat(fd, &st) != 0)
		return (lock_failed(n, fd, errno));
	if (!S_ISCHR(st.st_mode))
		return (lock_failed(n, fd, ENOTTY));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return (lock_failed(n, fd, errno));
	n->lock = fd;
	return (ERR_OK);
}

static void
device_close(struct nfc *n)
{
	if (n->device != NULL) {
		/* Releases the card, cuts the field, sends the chip to sleep;
		 * one that is silent must not make it long. */
		(void)nfc_device_set_property_int(n->device,
		    NP_TIMEOUT_COMMAND, LEAVE_MS);
		nfc_close(n->device);
	}
	if (n->lock != -1)
		close(n->lock);
	n->device = NULL;
	n->lock = -1;
	n->field = 0;
}

/* A chip that did not say what it can do was not set up either: nfc_open
 * does not look at how that went. */
static enum err
check_type_b(struct nfc *n)
{
	const nfc_modulation_type *types = NULL;

	if (nfc_device_get_supported_modulation(n->device, N_INITIATOR,
	    &types) < 0 || types == NULL || types[0] == 0) {
		note_set(&n->tp.note, "%s: the reader chip does not answer "
		    "as it should", n->conn.text);
		return (ERR_READER_FAULT);
	}
	for (size_t i = 0; types[i] != 0; i++) {
		if (types[i] == NMT_ISO14443B)
			return (ERR_OK);
	}
	note_set(&n->tp.note, "%s: this reader has no Type B", n->conn.text);
	return (ERR_CONF);
}

static enum err
set_field(struct nfc *n, int on)
{
	enum err r;

	r = result(n, on ? "field on" : "field off",
	    nfc_device_set_property_bool(n->device, NP_ACTIVATE_FIELD,
	    on != 0));
	if (r == ERR_OK)
		n->field = on;
	clock_sleep(on ? POWER_UP_MS : POWER_OFF_MS);
	return (r);
}

/* Leaves the field off. */
static enum err
set_up(struct nfc *n)
{
	enum err r;

	n->field = 1;
	if ((r = check_type_b(n)) != ERR_OK ||
	    (r = result(n, "time-out", nfc_device_set_property_int(n->device,
	    NP_TIMEOUT_COMMAND, COMMAND_MS))) != ERR_OK ||
	    (r = result(n, "nfc_initiator_init", nfc_initiator_init(
	    n->device))) != ERR_OK ||
	    /* else a select without a card ends by a time-out */
	    (r = result(n, "single select", nfc_device_set_property_bool(
	    n->device, NP_INFINITE_SELECT, false))) != ERR_OK)
		return (r);
	return (set_field(n, 0));
}

static enum err
open_once(struct nfc *n)
{
	enum err r;

	if ((r = lock(n)) != ERR_OK)
		return (r);
	if ((n->device = nfc_open(n->context, n->conn.text)) == NULL) {
		note_set(&n->tp.note, "%s: no reader chip answers there",
		    n->conn.text);
		r = ERR_READER_FAULT;
	} else {
		r = set_up(n);
	}
	if (r == ERR_OK)
		n->tp.uncut = 0;
	else
		device_close(n);
	/* No card was asked anything: it is the chip that is silent. */
	return (r == ERR_CARD_MUTE ? ERR_READER_HUNG : r);
}

/* Another try may help, and there is time for one within a call. */
static int
again(enum err r, int tries, int64_t until)
{
	return ((r == ERR_READER_FAULT || r == ERR_READER_HUNG ||
	    r == ERR_TORN) && tries + 1 < TRIES && clock_ms() < until);
}

/* What was left of an earlier life may spoil the first try. */
static enum err
device_open(struct nfc *n)
{
	int64_t until = clock_ms() + AGAIN_MS;
	enum err r = ERR_OK;

	for (int tries = 0; n->device == NULL; tries++) {
		if ((r = open_once(n)) != ERR_OK && !again(r, tries, until))
			break;
	}
	return (r);
}

/* Cuts the power of the card as well. */
static enum err
device_renew(struct nfc *n)
{
	enum err r;

	device_close(n);
	if ((r = device_open(n)) == ERR_OK)
		return (r);
	n->tp.uncut = 1;
	log_line(LOG_ERROR, "nfc", "%s: the field may still be on",
	    n->conn.text);
	return (r);
}

/* What cannot be switched off by a command is by opening it anew. */
static void
cut_power(struct nfc *n)
{
	if (n->device != NULL && n->field && set_field(n, 0) != ERR_OK)
		(void)device_renew(n);
}

/* --- looking for a card --- */

static int
select_card(struct nfc *n, nfc_target *card)
{
	static const nfc_modulation type_b = { .nmt = NMT_ISO14443B,
	    .nbr = NBR_106 };

	return (nfc_initiator_select_passive_target(n->device, type_b, NULL,
	    0, card));
}

static enum err
look(struct nfc *n, nfc_target *card, int *found)
{
	enum err r;
	int code;

	if ((r = device_open(n)) != ERR_OK || (r = set_field(n, 1)) != ERR_OK)
		return (r);
	code = select_card(n, card);
	*found = code > 0;
	return (result(n, "select", code));
}

/* Powers what is there; *found is 0 or 1.  A look that failed is taken again:
 * no card has been sent anything yet. */
static enum err
search(struct nfc *n, int ms, nfc_target *card, int *found)
{
	int64_t until = clock_ms() + ms;
	enum err r;

	*found = 0;
	for (int tries = 0; (r = look(n, card, found)) != ERR_OK; tries++) {
		device_close(n);
		if (r == ERR_CARD_MUTE)		/* the chip, no card */
			r = ERR_READER_HUNG;
		if (!again(r, tries, until))
			break;
	}
	return (r);
}

static int
take_cancel(struct nfc *n, int ms)
{
	struct pollfd p = { .fd = n->wake, .events = POLLIN };
	uint64_t count;

	if (ms > 0)
		(void)poll(&p, 1, ms);
	return (read(n->wake, &count, sizeof(count)) ==
	    (ssize_t)sizeof(count));
}

static enum err
look_once(struct nfc *n, enum tp_event *ev)
{
	nfc_target card;
	int found;
	enum err r;

	if ((r = search(n, AGAIN_MS, &card, &found)) == ERR_NO_READER) {
		*ev = TP_NO_READER;
		return (ERR_OK);
	}
	cut_power(n);
	*ev = found ? TP_CARD : TP_NO_CARD;
	return (r);
}

static int
slice(int64_t until)
{
	int64_t left = until - clock_ms();

	return (left > POLL_MS ? POLL_MS : left > 0 ? (int)left : 0);
}

/* Single selects, not the chip's own polling: nfc_abort_command is lost when
 * it comes before the command, and one amid it leaks a descriptor. */
static enum err
nfc_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct nfc *n = (struct nfc *)tp;
	int64_t until = ms < 0 ? INT64_MAX : clock_ms() + ms;
	enum err r;

	if (take_cancel(n, 0))
		return (ERR_CANCELLED);
	for (;;) {
		if ((r = look_once(n, ev)) != ERR_OK)
			return (r);
		if (*ev == TP_CARD || (int)*ev != n->last)
			break;
		if (take_cancel(n, slice(until)))
			return (ERR_CANCELLED);
		if (slice(until) == 0)
			return (ERR_TIMEOUT);
	}
	n->last = (int)*ev;
	tp->note.text[0] = '\0';
	return (ERR_OK);
}

static void
nfc_cancel(struct tp *tp)
{
	const uint64_t one = 1;

	/* It can only fail when the count is full, and then it is readable. */
	if (write(((struct nfc *)tp)->wake, &one, sizeof(one)) == -1)
		return;
}

/* --- a card taken --- */

/* PC/SC part 3 3.1.3.2.3.1: 3B 88 80 01, application data, protocol
 * information, MBLI, check byte. */
static void
describe(const nfc_iso14443b_info *b, struct tp_caps *caps)
{
	uint8_t *atr = caps->atr;

	*caps = (struct tp_caps){ .tx_max = TX_MAX, .rx_max = RX_MAX,
	    .atr = { 0x3b, 0x88, 0x80, 0x01 }, .atrlen = 13 };
	memcpy(atr + 4, b->abtApplicationData, 4);
	memcpy(atr + 8, b->abtProtocolInfo, 3);
	atr[11] = b->ui8CardIdentifier & 0xf0;
	for (size_t i = 1; i < 12; i++)
		atr[12] ^= atr[i];
}

static enum err
nfc_begin(struct tp *tp, struct tp_caps *caps)
{
	struct nfc *n = (struct nfc *)tp;
	nfc_target card;
	int found = 0;
	enum err r;

	n->lost = ERR_OK;
	for (int i = 0; i < LOOKS && !found; i++) {
		if ((r = search(n, BEGIN_MS, &card, &found)) != ERR_OK)
			return (r);
		if (!found)
			cut_power(n);
	}
	if (!found)
		return (ERR_NO_CARD);
	tp->note.text[0] = '\0';
	describe(&card.nti.nbi, caps);
	return (ERR_OK);
}

/*
 * The session is over: the card's power goes at once, and so does what the
 * device may still say.  A card that did not answer in time is the reader's
 * fault where the reader does not answer either.
 */
static enum err
lose(struct nfc *n, enum err why, int poisoned)
{
	enum err r = ERR_OK;

	n->why = n->tp.note;
	if (poisoned)
		r = device_renew(n);
	else
		cut_power(n);
	if (r == ERR_NO_READER || r == ERR_READER_BUSY)
		why = r;
	else if (r != ERR_OK && why == ERR_CARD_MUTE)
		why = ERR_READER_HUNG;
	n->tp.note = n->why;
	n->lost = why;
	return (why);
}

static enum err
nfc_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct nfc *n = (struct nfc *)tp;
	enum err r;
	int got;

	if (n->lost != ERR_OK) {
		tp->note = n->why;
		return (n->lost);
	}
	if (txlen > TX_MAX)
		return (ERR_TOOBIG);
	/* libnfc takes 0 as for ever and -1 as 350 ms. */
	got = nfc_initiator_transceive_bytes(n->device, tx, txlen, n->rx,
	    sizeof(n->rx), ms > 0 ? ms : XFER_MS);
	r = result(n, "exchange", got);
	if (r == ERR_OK && got < 2) {
		note_set(&tp->note, "%s: an empty answer", n->conn.text);
		r = ERR_TORN;
	}
	if (r == ERR_OK && (size_t)got > *rxlen)
		r = ERR_TOOBIG;
	if (r == ERR_OK) {
		memcpy(rx, n->rx, (size_t)got);
		*rxlen = (size_t)got;
	}
	secret_cleanse(n->rx, sizeof(n->rx));
	return (r == ERR_OK ? r : lose(n, r, nfc_error_poisons(got)));
}

static void
nfc_end(struct tp *tp)
{
	struct nfc *n = (struct nfc *)tp;

	if (n->device != NULL && n->field)
		(void)result(n, "deselect",
		    nfc_initiator_deselect_target(n->device));
	cut_power(n);
	n->lost = ERR_OK;
}

/* --- life --- */

static void
nfc_tp_close(struct tp *tp)
{
	struct nfc *n = (struct nfc *)tp;

	device_close(n);
	if (n->context != NULL)
		nfc_exit(n->context);
	if (n->wake != -1)
		close(n->wake);
	secret_cleanse(n->rx, sizeof(n->rx));
	free(n);
}

static const struct tp_ops ops = {
	.name = "nfc",
	.wait = nfc_wait,
	.begin = nfc_begin,
	.xfer = nfc_xfer,
	.end = nfc_end,
	.cancel = nfc_cancel,
	.close = nfc_tp_close,
};

/* At level 3 libnfc prints every frame, and with it the PIN; its own
 * configuration can ask for that, but the environment comes last. */
static nfc_context *
quiet_context(void)
{
	nfc_context *context = NULL;

	if (setenv("LIBNFC_LOG_LEVEL", "0", 1) == 0)
		nfc_init(&context);
	return (context);
}

enum err
nfc_tp_open(const char *conn, struct tp **out, struct note *note)
{
	struct nfc_conn parsed;
	struct nfc *n;
	enum err r;

	*out = NULL;
	if ((r = nfc_conn_parse(conn, &parsed, note)) != ERR_OK)
		return (r);
	if ((n = calloc(1, sizeof(*n))) == NULL)
		return (ERR_NOMEM);
	n->tp.ops = &ops;
	n->conn = parsed;
	n->lock = -1;
	if ((n->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 ||
	    (n->context = quiet_context()) == NULL) {
		nfc_tp_close(&n->tp);
		return (ERR_SYS);
	}
	*out = &n->tp;
	return (ERR_OK);
}
