#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/device/fence.h"
#include "tests/lib/fake_tp.h"
#include "tests/lib/test_card.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * A row is what an agent does, move by move, with what comes of it behind
 * '>': a status word (9000 where nothing is said), the name of an error, or
 * the fence's reason after a '!', which also means that the card has seen
 * nothing.  A move is a command in hex, or
 *
 *	begin, end, away, back	the session; the card leaves, and is placed
 *	ask N			ENTER: the next of the row's entries is typed
 *	fill N [HEX]		a script of the VERIFY, or of HEX, with fill N
 */
#define AID_JPKI	"00A4040C0A D392F000260100000001;"
#define AID_TEXT	"00A4040C0A D3921000310001010408;"
#define AID_SURFACE	"00A4040C0A D3921000310001010402;"
#define AUTH		AID_JPKI "00A4020C02 0018;"
#define TEXT		AID_TEXT "00A4020C02 0011;"
#define NUMBER_B	AID_SURFACE "00A4020C02 0012;"
#define TRIES		"00200080 > 63C3;"
#define TRIES_B		"00200080 > 63CA;"
#define V1234		"0020008004 31323334"
#define V0000		"0020008004 30303030"
#define VB		"002000800E 3335303630323230333530313233"
#define SIGN		"802A0080 33 3031300D060960864801650304020105000420" \
			"00000000000000000000000000000000"		\
			"00000000000000000000000000000000 00"
#define READ_TEXT	"00A4020C02 0002; 00B0000004 > *;"

/* Nobody types a PIN, and the card sees none. */
#define NOTHING		0, { NULL }, 0, 0, 0

static const struct row {
	const char	*name, *moves;
	int		 agent_pin;
	const char	*entries[3];	/* NULL: the person cancels */
	unsigned	 auth, text, b;	/* VERIFYs with data the card saw */
} rows[] = {
	/* applications and files */
	{ "number of the person: not selected",
	    "begin;" AID_TEXT "00A4020C02 0001 > !command", NOTHING },
	{ "number of the person: by short id",
	    "begin;" AID_TEXT "00B08100 00 > !command", NOTHING },
	{ "number of the person: by short id and offset",
	    "begin;" AID_TEXT "00B08104 10 > !command", NOTHING },
	{ "number of the person: read where nothing is selected",
	    "begin;" AID_TEXT "00B00000 00 > !command", NOTHING },
	{ "number of the person: read by offset",
	    "begin;" AID_TEXT "00B00003 0C > !command", NOTHING },
	{ "number of the person: READ BINARY of the odd kind",
	    "begin;" AID_TEXT "00B10001 04 5402 0000 00 > !command", NOTHING },
	{ "its image", "begin;" AID_SURFACE "00A4020C02 0005 > !command", NOTHING },
	{ "its image by short id",
	    "begin;" AID_SURFACE "00B08500 00 > !command", NOTHING },
	{ "signing key", "begin;" AID_JPKI "00A4020C02 001A > !command", NOTHING },
	{ "signing password",
	    "begin;" AID_JPKI "00A4020C02 001B > !command", NOTHING },
	{ "signing certificate",
	    "begin;" AID_JPKI "00A4020C02 0001 > !command", NOTHING },
	{ "number A", "begin;" AID_TEXT "00A4020C02 0014 > !command", NOTHING },
	{ "half an AID", "begin; 00A4040C05 D392F00026 > !command", NOTHING },
	{ "another application",
	    "begin; 00A4040C0A D3921000310001010100 > !command", NOTHING },
	{ "master file", "begin; 00A4000C > !command", NOTHING },
	{ "file before an application", "begin; 00A4020C02 0018 > !command", NOTHING },
	{ "file of the application before",
	    "begin;" AUTH AID_TEXT "00A4020C02 0018 > !command", NOTHING },
	{ "select that wants an answer",
	    "begin; 00A404000A D392F000260100000001 00 > !command", NOTHING },
	/* instructions */
	{ "class FF", "begin; FFCA0000 00 > !command", NOTHING },
	{ "class FF around an allowed one",
	    "begin; FF00000006 00A4020C020018 > !command", NOTHING },
	{ "class FF with a select's instruction",
	    "begin; FFA4040C0A D392F000260100000001 > !command", NOTHING },
	{ "GET DATA", "begin; 00CA0000 00 > !command", NOTHING },
	{ "unknown instruction", "begin;" AID_JPKI "00FE0000 > !command", NOTHING },
	{ "PIN change", "begin;" AUTH
	    "0024000008 3132333435363738 > !command", NOTHING },
	{ "PIN change, new one alone", "begin;" AUTH
	    "0024010004 31323334 > !command", NOTHING },
	{ "unblock", "begin;" AUTH "002C000004 31323334 > !command", NOTHING },
	{ "write", "begin;" AID_TEXT "00A4020C02 0002;"
	    "00D6000001 00 > !command", NOTHING },
	{ "chained select", "begin;"
	    "10A4040C0A D392F000260100000001 > !command", NOTHING },
	{ "GET RESPONSE to nothing", "begin; 00C00000 00 > !command", NOTHING },
	{ "no whole command", "begin; 0020008004 3132 > !command", NOTHING },
	{ "signature without a file", "begin;" AID_JPKI
	    "802A0080 04 01020304 00 > !command", NOTHING },
	{ "signature of four bytes", "begin;" AID_JPKI "00A4020C02 0017;"
	    "802A0080 04 01020304 00 > !command", NOTHING },
	{ "signature of 68 bytes", "begin;" AID_JPKI "00A4020C02 0017;"
	    "802A0080 44 00000000000000000000000000000000000000000000000000"
	    "00000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000 00 > !command", NOTHING },
	/* a PIN typed at the agent */
	{ "typed, not switched on", "begin;" AUTH TRIES V1234
	    "> !agent-pin", NOTHING },
	{ "typed", "begin;" AUTH TRIES V1234, 1, { NULL }, 1, 0, 0 },
	{ "typed, tries never asked for", "begin;" AUTH V1234 "> !tries",
	    1, { NULL }, 0, 0, 0 },
	{ "typed, tries of the session before", "begin;" AUTH TRIES
	    "end; begin;" AUTH V1234 "> !tries", 1, { NULL }, 0, 0, 0 },
	{ "typed, tries of the other PIN", "begin;" AUTH TRIES TEXT V1234
	    "> !tries", 1, { NULL }, 0, 0, 0 },
	{ "typed twice", "begin;" AUTH TRIES V1234 ";" V1234 "> !again",
	    1, { NULL }, 1, 0, 0 },
	{ "typed again after a wrong one", "begin;" AUTH TRIES V0000
	    "> 63C2;" V1234 "> !again", 1, { NULL }, 1, 0, 0 },
	{ "typed again in a new session", "begin;" AUTH TRIES V0000
	    "> 63C2; end; begin;" AUTH "00200080 > 63C2;" V1234
	    "> !again", 1, { NULL }, 1, 0, 0 },
	{ "typed again for a card placed anew", "begin;" AUTH TRIES V0000
	    "> 63C2; end; away; back; begin;" AUTH "00200080 > 63C2;" V1234,
	    1, { NULL }, 2, 0, 0 },
	{ "the same digits in the second PIN", "begin;" AUTH TRIES V1234
	    ";" TEXT TRIES V1234 "> 63C2", 1, { NULL }, 1, 1, 0 },
	{ "the same digits in the second PIN twice", "begin;" AUTH TRIES
	    V1234 ";" TEXT TRIES V1234 "> 63C2;" V1234 "> !again",
	    1, { NULL }, 1, 1, 0 },
	{ "other digits in the second PIN", "begin;" AUTH TRIES V1234
	    ";" TEXT TRIES "0020008004 35363738 > !again",
	    1, { NULL }, 1, 0, 0 },
	{ "wrong digits in the second PIN too", "begin;" AUTH TRIES V0000
	    "> 63C2;" TEXT TRIES V0000 "> !again", 1, { NULL }, 1, 0, 0 },
	{ "the second PIN first", "begin;" TEXT TRIES
	    "0020008004 35363738;" AUTH TRIES "0020008004 35363738 > !again",
	    1, { NULL }, 0, 1, 0 },
	{ "number B, not switched on", "begin;" NUMBER_B TRIES_B VB
	    "> !agent-pin", NOTHING },
	{ "number B", "begin;" NUMBER_B TRIES_B VB, 1, { NULL }, 0, 0, 1 },
	{ "number B, then a PIN", "begin;" NUMBER_B TRIES_B VB ";" AUTH
	    TRIES V1234 "> !again", 1, { NULL }, 0, 0, 1 },
	{ "no digits", "begin;" AUTH TRIES "0020008004 FFFFFFFF > !command",
	    1, { NULL }, 0, 0, 0 },
	{ "three digits", "begin;" AUTH TRIES "0020008003 313233 > !command",
	    1, { NULL }, 0, 0, 0 },
	{ "five digits", "begin;" AUTH TRIES
	    "0020008005 3132333435 > !command", 1, { NULL }, 0, 0, 0 },
	{ "digits in the long form", "begin;" AUTH TRIES
	    "00200080 000004 31323334 > !command", 1, { NULL }, 0, 0, 0 },
	{ "VERIFY of the signing password by its short id", "begin;" AID_JPKI
	    "0020009B04 31323334 > !command", 1, { NULL }, 0, 0, 0 },
	{ "VERIFY with P1", "begin;" AUTH TRIES
	    "0020018004 31323334 > !command", 1, { NULL }, 0, 0, 0 },
	/* digits entered here */
	{ "entered", "begin;" AUTH TRIES "ask 1; fill 1", 0, { "1234" },
	    1, 0, 0 },
	{ "signed once", "begin;" AUTH TRIES "ask 1; fill 1; 00A4020C02 0017;"
	    SIGN ";" SIGN "> !sign", 0, { "1234" }, 1, 0, 0 },
	{ "signed once for each entry", "begin;" AUTH TRIES "ask 1; fill 1;"
	    "00A4020C02 0017;" SIGN ";" AUTH TRIES "ask 1; fill 1;"
	    "00A4020C02 0017;" SIGN ";" SIGN "> !sign",
	    0, { "1234", "1234" }, 2, 0, 0 },
	{ "to be signed before the PIN", "begin;" AID_JPKI
	    "00A4020C02 0017;" SIGN "> !sign", NOTHING },
	{ "to be signed after a wrong PIN", "begin;" AUTH TRIES
	    "ask 1; fill 1 > 63C2; 00A4020C02 0017;" SIGN "> !sign",
	    0, { "0000" }, 1, 0, 0 },
	{ "to be signed after the second PIN", "begin;" TEXT TRIES
	    "ask 2; fill 2;" AID_JPKI "00A4020C02 0017;" SIGN "> !sign",
	    0, { "5678" }, 0, 1, 0 },
	{ "to be signed in the next session", "begin;" AUTH TRIES
	    "ask 1; fill 1; end; begin;" AID_JPKI "00A4020C02 0017;" SIGN
	    "> !sign", 0, { "1234" }, 1, 0, 0 },
	{ "entered, both PINs", "begin;" AUTH TRIES "ask 1; fill 1;" TEXT
	    TRIES "fill 2 > 63C2", 0, { "1234" }, 1, 1, 0 },
	{ "entered for the second", "begin;" TEXT TRIES "ask 2; fill 2;"
	    READ_TEXT, 0, { "5678" }, 0, 1, 0 },
	{ "never asked", "begin;" AUTH TRIES "fill 1 > SEQUENCE", NOTHING },
	{ "entry used twice", "begin;" AUTH TRIES
	    "ask 1; fill 1; fill 1 > SEQUENCE", 0, { "1234" }, 1, 0, 0 },
	{ "entry used twice in the second", "begin;" AUTH TRIES
	    "ask 1; fill 1;" TEXT TRIES "fill 2 > 63C2; fill 2 > SEQUENCE",
	    0, { "1234" }, 1, 1, 0 },
	{ "wrong entry tried elsewhere", "begin;" AUTH TRIES
	    "ask 1; fill 1 > 63C2;" TEXT TRIES "fill 2 > SEQUENCE",
	    0, { "0000" }, 1, 0, 0 },
	{ "the second before the first", "begin;" AUTH TRIES "ask 1;" TEXT
	    TRIES "fill 2 > SEQUENCE", 0, { "1234" }, 0, 0, 0 },
	{ "the second's entry in the first", "begin;" TEXT TRIES "ask 2;"
	    AUTH TRIES "fill 2 > !fill; fill 1 > SEQUENCE",
	    0, { "5678" }, 0, 0, 0 },
	{ "the first's in the second PIN", "begin;" AUTH TRIES "ask 1;" TEXT
	    TRIES "fill 1 > !fill", 0, { "1234" }, 0, 0, 0 },
	{ "the second PIN's tries not known", "begin;" AUTH TRIES
	    "ask 1; fill 1;" TEXT "fill 2 > !tries", 0, { "1234" }, 1, 0, 0 },
	{ "entry of the session before", "begin;" AUTH TRIES
	    "ask 1; end; begin;" AUTH TRIES "fill 1 > SEQUENCE",
	    0, { "1234" }, 0, 0, 0 },
	{ "entry forgotten by the next", "begin;" AUTH TRIES
	    "ask 1; ask 1 > CANCELLED; fill 1 > SEQUENCE",
	    0, { "1234", NULL }, 0, 0, 0 },
	{ "entered digits to be signed", "begin;" AUTH TRIES
	    "ask 1; fill 1; 00A4020C02 0017;"
	    "fill 1 802A0080 04 FFFFFFFF > !command", 0, { "1234" }, 1, 0, 0 },
	{ "entered digits in a command of class FF", "begin;" AUTH TRIES
	    "ask 1; fill 1 FF000000 04 FFFFFFFF > !command",
	    0, { "1234" }, 0, 0, 0 },
	{ "digits in the place of the filler", "begin;" AUTH TRIES
	    "ask 1; fill 1 0020008004 31323334 > SEQUENCE",
	    0, { "1234" }, 0, 0, 0 },
	{ "one filler missing", "begin;" AUTH TRIES
	    "ask 1; fill 1 0020008004 FFFFFF31 > SEQUENCE",
	    0, { "1234" }, 0, 0, 0 },
	{ "another length than entered", "begin;" NUMBER_B TRIES_B
	    "fill 1 002000800E FFFFFFFFFFFFFFFFFFFFFFFFFFFF > !fill", NOTHING },
	{ "cancelled here", "begin;" AUTH TRIES "ask 1 > CANCELLED;"
	    "fill 1 > SEQUENCE", 0, { NULL }, 0, 0, 0 },
	{ "three digits entered", "begin;" AUTH TRIES "ask 1 > PIN_FORMAT;"
	    "fill 1 > SEQUENCE", 0, { "123" }, 0, 0, 0 },
	{ "letters entered", "begin;" AUTH TRIES "ask 1 > PIN_FORMAT;"
	    "fill 1 > SEQUENCE", 0, { "12a4" }, 0, 0, 0 },
	{ "asked for number B", "begin;" NUMBER_B TRIES_B "ask 3 > !ask", NOTHING },
	{ "asked before the tries", "begin;" AUTH "ask 1 > PIN_UNSURE", NOTHING },
	{ "asked without a session", "ask 1 > SEQUENCE", NOTHING },
	{ "entered here, then typed there", "begin;" AUTH TRIES
	    "ask 1; fill 1 > 63C2;" V1234 "> !agent-pin", 0, { "0000" },
	    1, 0, 0 },
	{ "typed there after one here counts as typed", "begin;" AUTH TRIES
	    "ask 1; fill 1;" TEXT TRIES V0000 "> 63C2;" V0000 "> !again",
	    1, { "1234" }, 1, 1, 0 },
};

/* The person: what the row says, one after the other. */
struct person {
	const char	*const *entries;
	unsigned	 asked, refused;
	int		 tries;		/* as told at the last entry */
	enum fence_why	 why;
};

static int
can_ask(void *ctx)
{
	(void)ctx;
	return (1);
}

static enum err
ask(void *ctx, const struct fence_ask *a, struct secret *out)
{
	struct person *p = ctx;
	const char *entry = p->entries[p->asked++];

	p->tries = a->tries;
	if (entry == NULL)
		return (ERR_CANCELLED);
	return (secret_set(out, entry, strlen(entry)));
}

static void
refused(void *ctx, enum fence_why why)
{
	struct person *p = ctx;

	p->refused++;
	p->why = why;
}

struct play {
	struct test_card	 card;
	struct tp		*fence;
	struct person		 person;
	uint8_t			 rx[TP_RX_EXT];
	size_t			 rxlen;
	uint16_t		 sw;
};

static void
play_open_away(struct play *p, int agent_pin, const char *const *entries,
    int away_ms)
{
	struct fence_conf conf = { .agent_pin = agent_pin,
	    .away_ms = away_ms, .can_ask = can_ask, .ask = ask,
	    .refused = refused, .ctx = &p->person };

	enum tp_event ev;

	*p = (struct play){ .person = { .entries = entries } };
	test_card_open(&p->card);
	p->card.card->conf.short_ids = 1;
	assert_int_equal(fence_open(p->card.tp, &conf, &p->fence), ERR_OK);
	p->card.tp = NULL;	/* moved */
	assert_int_equal(tp_wait(p->fence, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
}

static void
play_close(struct play *p)
{
	/* Whatever was tried: nothing forbidden has reached the card. */
	assert_int_equal(p->card.card->stats.forbidden, 0);
	assert_int_equal(p->card.card->stats.verify_stray, 0);
	tp_close(&p->fence);
	test_card_close(&p->card);
}

static void
play_open(struct play *p, int agent_pin, const char *const *entries)
{
	play_open_away(p, agent_pin, entries, 0);
}

static size_t
unhex(const char *s, uint8_t *p)
{
	size_t n = 0;
	unsigned v;

	for (; *s != '\0'; s += *s == ' ' ? 1 : 2) {
		if (*s == ' ')
			continue;
		assert_int_equal(sscanf(s, "%2x", &v), 1);
		p[n++] = (uint8_t)v;
	}
	return (n);
}

static enum err
send_hex(struct play *p, const char *hex)
{
	uint8_t tx[512];
	size_t n = unhex(hex, tx);
	enum err r;

	p->rxlen = sizeof(p->rx);
	r = tp_xfer(p->fence, tx, n, p->rx, &p->rxlen, 1000);
	if (r == ERR_OK)
		p->sw = (uint16_t)(p->rx[p->rxlen - 2] << 8 |
		    p->rx[p->rxlen - 1]);
	return (r);
}

static enum err
send_fill(struct play *p, const char *args)
{
	const char *hex = strchr(args, ' ');
	uint8_t tx[512];
	struct tp_step step = { .tx = tx, .rx = p->rx,
	    .rxlen = sizeof(p->rx), .go = 0x9000, .ms = 1000,
	    .fill = (uint8_t)(args[0] - '0') };
	size_t done;
	enum err r;

	step.txlen = unhex(hex != NULL ? hex : "0020008004 FFFFFFFF", tx);
	r = tp_script(p->fence, &step, 1, &done);
	assert_int_equal(done, r == ERR_OK ? 1 : 0);
	if (r == ERR_OK)
		p->sw = (uint16_t)(p->rx[step.rxlen - 2] << 8 |
		    p->rx[step.rxlen - 1]);
	return (r);
}

static enum err
slot(struct play *p, enum tp_event to)
{
	struct fence_inner { struct tp tp; struct tp *inner; } *f =
	    (struct fence_inner *)p->fence;
	enum tp_event ev;
	enum err r;

	fake_tp_slot(f->inner, to);
	r = tp_wait(p->fence, 0, &ev);
	assert_int_equal(ev, to);
	return (r);
}

static enum err
do_move(struct play *p, const char *m)
{
	p->sw = 0x9000;
	if (strcmp(m, "begin") == 0)
		return (tp_begin(p->fence));
	if (strcmp(m, "end") == 0) {
		tp_end(p->fence);
		return (ERR_OK);
	}
	if (strcmp(m, "away") == 0)
		return (slot(p, TP_NO_CARD));
	if (strcmp(m, "back") == 0)
		return (slot(p, TP_CARD));
	if (strncmp(m, "ask ", 4) == 0)
		return (tp_enter(p->fence, (uint8_t)(m[4] - '0'), 4, 9,
		    1000));
	if (strncmp(m, "fill ", 5) == 0)
		return (send_fill(p, m + 5));
	return (send_hex(p, m));
}

static void
hold_move(struct play *p, const char *m, const char *want)
{
	unsigned seen = p->card.card->stats.apdus, before = p->person.refused;
	enum err r = do_move(p, m);
	char sw[8];

	snprintf(sw, sizeof(sw), "%04X", p->sw);
	if (want[0] == '!') {
		if (r != ERR_FORBIDDEN || p->person.refused != before + 1)
			fail_msg("%s: %s instead of refused", m, err_name(r));
		assert_string_equal(fence_word(p->person.why), want + 1);
		assert_int_equal(p->card.card->stats.apdus, seen);
		return;
	}
	assert_int_equal(p->person.refused, before);
	if (want[0] == '*')
		assert_int_equal(r, ERR_OK);
	else if (want[0] >= '0' && want[0] <= '9') {
		if (r != ERR_OK || strcmp(sw, want) != 0)
			fail_msg("%s: %s %s, not %s", m, err_name(r), sw,
			    want);
	} else if (strcmp(err_name(r), want) != 0)
		fail_msg("%s: %s, not %s", m, err_name(r), want);
	if (strcmp(want, "SEQUENCE") == 0)
		assert_int_equal(p->card.card->stats.apdus, seen);
}

static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " ");
	for (n = strlen(s); n > 0 && s[n - 1] == ' '; n--)
		s[n - 1] = '\0';
	return (s);
}

static void
play_moves(struct play *p, const char *moves)
{
	char *all = strdup(moves), *save = NULL, *want, *m;
	char normal[] = "9000";

	assert_non_null(all);
	for (m = strtok_r(all, ";", &save); m != NULL;
	    m = strtok_r(NULL, ";", &save)) {
		if ((want = strchr(m, '>')) != NULL)
			*want++ = '\0';
		if (*trim(m) != '\0')
			hold_move(p, trim(m), want == NULL ? normal :
			    trim(want));
	}
	free(all);
}

static void
play_row(void **state)
{
	const struct row *row = *state;
	struct fake_stats *seen;
	struct play *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	play_open(p, row->agent_pin, row->entries);
	play_moves(p, row->moves);
	seen = &p->card.card->stats;
	assert_int_equal(seen->verify[FAKE_AUTH_PIN], row->auth);
	assert_int_equal(seen->verify[FAKE_TEXT_PIN], row->text);
	assert_int_equal(seen->verify[FAKE_SURFACE_B], row->b);
	play_close(p);
	free(p);
}

/* --- what rows cannot say --- */

static void
with_tries(int auth, const char *moves, int agent_pin,
    const char *const *entries, int told)
{
	struct play *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	play_open(p, agent_pin, entries);
	p->card.card->pin[FAKE_AUTH_PIN].tries = auth;
	play_moves(p, moves);
	if (told >= 0)
		assert_int_equal(p->person.tries, told);
	assert_int_equal(p->card.card->stats.verify[FAKE_AUTH_PIN],
	    told >= 0 ? 1 : 0);
	play_close(p);
	free(p);
}

static void
last_try_is_not_the_agents(void **state)
{
	static const char *const none[] = { NULL };

	(void)state;
	with_tries(1, "begin;" AUTH "00200080 > 63C1;" V1234 "> !tries", 1,
	    none, -1);
}

/* The agent said 9; the card said 1, and the person is told that. */
static void
person_is_told_what_the_card_said(void **state)
{
	static const char *const entry[] = { "1234", NULL };

	(void)state;
	with_tries(1, "begin;" AUTH "00200080 > 63C1; ask 1; fill 1", 0,
	    entry, 1);
}

static void
blocked_pin_is_not_asked_for(void **state)
{
	static const char *const none[] = { NULL };

	(void)state;
	with_tries(0, "begin;" AUTH "00200080 > 6984; ask 1 > PIN_BLOCKED",
	    0, none, -1);
}

static void
second_pin_with_one_try_keeps_it(void **state)
{
	static const char *const entry[] = { "1234", NULL };
	struct play *p = calloc(1, sizeof(*p));

	(void)state;
	assert_non_null(p);
	play_open(p, 0, entry);
	p->card.card->pin[FAKE_TEXT_PIN].tries = 1;
	play_moves(p, "begin;" AUTH TRIES "ask 1; fill 1;" TEXT
	    "00200080 > 63C1; fill 2 > !tries");
	assert_int_equal(p->card.card->stats.verify[FAKE_TEXT_PIN], 0);
	play_close(p);
	free(p);
}

/* What went before the refused step has been sent, and its answers stay. */
static void
script_ends_at_the_refused_step(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const cmd[] = {
		"00A4040C0A D3921000310001010408", "00A4020C02 0001",
		"00A4020C02 0002",
	};
	uint8_t tx[LEN(cmd)][32], rx[LEN(cmd)][TP_RX_SHORT];
	struct tp_step steps[LEN(cmd)];
	struct play *p = calloc(1, sizeof(*p));
	size_t done;

	(void)state;
	assert_non_null(p);
	play_open(p, 0, none);
	assert_int_equal(tp_begin(p->fence), ERR_OK);
	for (size_t i = 0; i < LEN(cmd); i++)
		steps[i] = (struct tp_step){ .tx = tx[i],
		    .txlen = unhex(cmd[i], tx[i]), .rx = rx[i],
		    .rxlen = TP_RX_SHORT, .go = 0x9000, .ms = 1000 };
	assert_int_equal(tp_script(p->fence, steps, LEN(cmd), &done),
	    ERR_FORBIDDEN);
	assert_int_equal(done, 1);
	assert_int_equal(p->card.card->stats.apdus, 1);
	assert_int_equal(p->person.why, FENCE_COMMAND);
	play_close(p);
	free(p);
}

/* A torn VERIFY may have been executed: its entry is gone, and so is what the
 * fence knew of the card. */
static void
entry_lost_on_the_way_is_spent(void **state)
{
	static const char *const entry[] = { "1234", NULL };
	struct play *p = calloc(1, sizeof(*p));
	struct fence_inner { struct tp tp; struct tp *inner; } *f;

	(void)state;
	assert_non_null(p);
	play_open(p, 0, entry);
	play_moves(p, "begin;" AUTH TRIES "ask 1");
	f = (struct fence_inner *)p->fence;
	*fake_tp_conf(f->inner) = (struct fake_tp_conf){
	    .tx_max = TP_TX_SHORT, .rx_max = TP_RX_SHORT, .fail_at = 4,
	    .fail_err = ERR_TORN, .fail_after = 1 };
	play_moves(p, "fill 1 > TORN; 00200080 > !command; end; begin;" AUTH
	    "00200080 > *; fill 1 > SEQUENCE");
	assert_int_equal(p->card.card->stats.verify[FAKE_AUTH_PIN], 1);
	play_close(p);
	free(p);
}

/* A card that is gone amid a session is the same until a wait saw none. */
static void
card_that_is_lost_is_not_yet_another(void **state)
{
	static const char *const none[] = { NULL };
	struct play *p = calloc(1, sizeof(*p));
	struct fence_inner { struct tp tp; struct tp *inner; } *f;

	(void)state;
	assert_non_null(p);
	play_open(p, 1, none);
	play_moves(p, "begin;" AUTH TRIES V0000 "> 63C2");
	f = (struct fence_inner *)p->fence;
	*fake_tp_conf(f->inner) = (struct fake_tp_conf){
	    .tx_max = TP_TX_SHORT, .rx_max = TP_RX_SHORT, .fail_at = 5,
	    .fail_err = ERR_NO_CARD };
	play_moves(p, "00200080 > NO_CARD; end; begin;" AUTH
	    "00200080 > 63C2;" V1234 "> !again; end; away; back; begin;" AUTH
	    "00200080 > 63C2;" V1234);
	play_close(p);
	free(p);
}

/* A cancel ends an entry, and one that came too late not the next. */
static void
cancels_are_for_one_entry(void **state)
{
	static const char *const entry[] = { "1234", "1234", NULL };
	struct play *p = calloc(1, sizeof(*p));

	(void)state;
	assert_non_null(p);
	play_open(p, 0, entry);
	play_moves(p, "begin;" AUTH TRIES);
	tp_cancel(p->fence);
	play_moves(p, "ask 1 > CANCELLED");
	assert_int_equal(p->person.asked, 0);
	play_moves(p, "ask 1");
	tp_cancel(p->fence);
	assert_int_equal(tp_enter(p->fence, 1, 4, 3, 0), ERR_CANCELLED);
	play_moves(p, "fill 1 > SEQUENCE");
	tp_cancel(p->fence);
	play_moves(p, "end; begin;" AUTH TRIES "ask 1; fill 1");
	play_close(p);
	free(p);
}

/* What the one before was told is news to the next. */
static void
next_near_side_is_told_as_well(void **state)
{
	static const char *const none[] = { NULL };
	struct play *p = calloc(1, sizeof(*p));
	enum tp_event ev;

	(void)state;
	assert_non_null(p);
	play_open(p, 0, none);
	play_moves(p, "away");
	assert_int_equal(tp_wait(p->fence, 0, &ev), ERR_TIMEOUT);
	fence_restart(p->fence);
	assert_int_equal(tp_wait(p->fence, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(tp_wait(p->fence, 0, &ev), ERR_TIMEOUT);
	fence_restart(p->fence);
	play_moves(p, "back");
	play_close(p);
	free(p);
}

/* Who is here must hear that the card may still be unlocked. */
static void
power_that_was_not_cut_is_told(void **state)
{
	static const char *const none[] = { NULL };
	struct play *p = calloc(1, sizeof(*p));
	struct fence_inner { struct tp tp; struct tp *inner; } *f;

	(void)state;
	assert_non_null(p);
	play_open(p, 0, none);
	f = (struct fence_inner *)p->fence;
	play_moves(p, "begin; end");
	assert_int_equal(p->fence->uncut, 0);
	f->inner->uncut = 1;
	play_moves(p, "begin; end");
	assert_int_equal(p->fence->uncut, 1);
	f->inner->uncut = 0;
	play_moves(p, "begin; end");
	assert_int_equal(p->fence->uncut, 0);
	play_close(p);
	free(p);
}

/* A reader that loses sight of its card when a session ends, as vpcd does, has
 * not been given another one; one that a wait finds empty for long has. */
static void
card_that_was_away_for_a_moment(void **state)
{
	static const char *const none[] = { NULL };
	struct play *p = calloc(1, sizeof(*p));
	enum tp_event ev;

	(void)state;
	assert_non_null(p);
	play_open_away(p, 1, none, 400);
	play_moves(p, "begin;" AUTH TRIES V0000 "> 63C2; end; away; back;"
	    "begin;" AUTH "00200080 > 63C2;" V1234 "> !again; end; away");
	/* Looking now and then is not watching. */
	clock_sleep(450);
	play_moves(p, "back; begin;" AUTH "00200080 > 63C2;" V1234
	    "> !again; end; away");
	/* A reader that is pulled says nothing of a card. */
	assert_int_equal(slot(p, TP_NO_READER), ERR_OK);
	assert_int_equal(tp_wait(p->fence, 450, &ev), ERR_TIMEOUT);
	play_moves(p, "back; begin;" AUTH "00200080 > 63C2;" V1234
	    "> !again; end; away");
	assert_int_equal(tp_wait(p->fence, 450, &ev), ERR_TIMEOUT);
	play_moves(p, "back; begin;" AUTH "00200080 > 63C2;" V1234);
	play_close(p);
	free(p);
}

static void
nobody_to_ask(void **state)
{
	const struct fence_conf conf = { .agent_pin = 0 };
	struct test_card card;
	struct tp *fence;

	(void)state;
	test_card_open(&card);
	assert_int_equal(fence_open(card.tp, &conf, &fence), ERR_OK);
	card.tp = NULL;		/* moved */
	assert_int_equal(tp_begin(fence), ERR_OK);
	assert_int_equal(tp_can_enter(fence), 0);
	assert_int_equal(tp_enter(fence, 1, 4, 3, 1000), ERR_SEQUENCE);
	tp_close(&fence);
	test_card_close(&card);
}

int
main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(last_try_is_not_the_agents),
		cmocka_unit_test(person_is_told_what_the_card_said),
		cmocka_unit_test(blocked_pin_is_not_asked_for),
		cmocka_unit_test(second_pin_with_one_try_keeps_it),
		cmocka_unit_test(script_ends_at_the_refused_step),
		cmocka_unit_test(entry_lost_on_the_way_is_spent),
		cmocka_unit_test(card_that_is_lost_is_not_yet_another),
		cmocka_unit_test(cancels_are_for_one_entry),
		cmocka_unit_test(next_near_side_is_told_as_well),
		cmocka_unit_test(card_that_was_away_for_a_moment),
		cmocka_unit_test(power_that_was_not_cut_is_told),
		cmocka_unit_test(nobody_to_ask),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(more)];

	log_set_level(LOG_ERROR);
	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = play_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
