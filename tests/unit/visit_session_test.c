#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "tests/unit/visit_room.h"

#define ENGINE	"face-engine/2.1"

static EVP_PKEY *kiosk_key;

static int
up(void **state)
{
	kiosk_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return (kiosk_key == NULL ? -1 : room_make_pki(state));
}

static int
down(void **state)
{
	EVP_PKEY_free(kiosk_key);
	return (room_remove_pki(state));
}

/* How SQLite waits for another's lock: it counts what it asked for. */
int
usleep(useconds_t us)
{
	(void)us;
	return (0);
}

/* --- what a client does --- */

static struct session *s;

static int
leave(void **state)
{
	session_close(&s);
	return (room_down(state));
}

static struct session_ask
ask_for(const char *method)
{
	struct session_ask ask = { .conf = &room.conf, .ops = &room.ops,
	    .store = stage_store, .has_key = 1 };
	size_t len = sizeof(ask.key);

	snprintf(ask.about.mode, sizeof(ask.about.mode), "%s", method);
	snprintf(ask.about.method, sizeof(ask.about.method), "%s", method);
	snprintf(ask.about.client, sizeof(ask.about.client), "kiosk-1");
	assert_int_equal(EVP_PKEY_get_raw_public_key(kiosk_key, ask.key,
	    &len), 1);
	return (ask);
}

static void
begin(const struct session_ask *ask)
{
	assert_int_equal(session_start(ask, &s), ERR_OK);
}

static json_t *
seen(const char *member)
{
	json_t *o = session_view(s), *m;

	assert_non_null(o);
	m = json_incref(json_object_get(o, member));
	json_decref(o);
	return (m);
}

static int
tries_shown(void)
{
	json_t *o = seen("tries_left");
	int n = json_is_integer(o) ? (int)json_integer_value(o) : -1;

	json_decref(o);
	return (n);
}

static enum err
give_secret(enum want want, const char *digits, int last_try)
{
	struct gift g = { .want = want, .last_try = last_try,
	    .tries_left = tries_shown() };
	const struct gift none = { .want = WANT_NOTHING };
	enum err r;

	assert_int_equal(secret_set(&g.secret, digits, strlen(digits)),
	    ERR_OK);
	if ((r = session_give(s, &g)) == ERR_OK)
		assert_memory_equal(&g, &none, sizeof(g));
	gift_wipe(&g);
	return (r);
}

static enum err
give_yes(enum want want, int yes)
{
	struct gift g = { .want = want, .yes = yes };

	g.consent.given[CONSENT_DRUG] = 1;
	return (session_give(s, &g));
}

static enum err
give_number(int wrong)
{
	const struct secret *b = &room.fake->pin[FAKE_SURFACE_B].value;
	char digits[15] = "";

	memcpy(digits, b->data, b->len);
	if (wrong)
		digits[13] ^= 1;
	return (give_secret(WANT_NUMBER_B, digits, 0));
}

static enum err
give_evidence(const char *score, int bad)
{
	struct gift g = { .want = WANT_EVIDENCE, .evidence = {
	    .engine = ENGINE, .threshold = "0.8", .liveness = "passed" } };
	struct evidence *e = &g.evidence;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(e->signature), n;
	json_t *nonce = seen("nonce");
	char text[512], at[CLOCK_ISO_LEN];

	clock_iso(clock_wall_ms(), at);
	memcpy(e->at, at, sizeof(at));
	snprintf(e->score, sizeof(e->score), "%s", score);
	if (json_is_string(nonce))
		snprintf(e->nonce, sizeof(e->nonce), "%s",
		    json_string_value(nonce));
	n = evidence_text(e, session_id(s), text, sizeof(text));
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL,
	    kiosk_key), 1);
	assert_int_equal(EVP_DigestSign(ctx, e->signature, &len,
	    (const unsigned char *)text, n), 1);
	e->signature[7] ^= (uint8_t)bad;
	EVP_MD_CTX_free(ctx);
	json_decref(nonce);
	return (session_give(s, &g));
}

/* A result for whom the session was armed. */
static enum err
give_face(const struct stage_answer *a)
{
	struct gift g = { .want = WANT_FACE_FILE, .digest = "d1" };
	enum err r;

	stage_face(a, "d1");
	g.result = stage_result(a);
	r = session_give(s, &g);
	gift_wipe(&g);
	return (r);
}

/* --- a visit as a list of what is done to it --- */

enum act { END, PIN, PIN_WRONG, TEXT, TEXT_WRONG, NUMBER, NUMBER_WRONG,
    CONSENT, CHANGE, CONFIRM, MATCHES, LOW, FORGED, YES, NO, FACE, FACE_OTHER,
    ANSWER, ANSWER_OTHER, CLOSE, CANCEL_AT, LATE_AT, PULL_AT, CLOSED_AT,
    HIDE, SHOW_CARD, UNPLUG_AT };

static enum err do_pin(void) { return (give_secret(WANT_PIN, "1234", 0)); }
static enum err do_wrong(void) { return (give_secret(WANT_PIN, "0000", 0)); }
static enum err do_text(void)
{ return (give_secret(WANT_TEXT_PIN, "5678", 0)); }
static enum err do_text_wrong(void)
{ return (give_secret(WANT_TEXT_PIN, "0000", 0)); }
static enum err do_number(void) { return (give_number(0)); }
static enum err do_number_wrong(void) { return (give_number(1)); }
static enum err do_consent(void) { return (give_yes(WANT_CONSENT, 1)); }
static enum err do_change(void) { return (give_yes(WANT_CONFIRMATION, 0)); }
static enum err do_confirm(void) { return (give_yes(WANT_CONFIRMATION, 1)); }
static enum err do_match(void) { return (give_evidence("0.9", 0)); }
static enum err do_low(void) { return (give_evidence("0.79", 0)); }
static enum err do_forged(void) { return (give_evidence("0.9", 1)); }
static enum err do_yes(void) { return (give_yes(WANT_ATTESTATION, 1)); }
static enum err do_no(void) { return (give_yes(WANT_ATTESTATION, 0)); }
static enum err do_close(void) { return (give_yes(WANT_CLOSING, 1)); }

static enum err
do_face(void)
{
	return (give_face(&(struct stage_answer){ ANSWER_P03 }));
}

static enum err
do_face_other(void)
{
	return (give_face(&(struct stage_answer){ ANSWER_P02 }));
}

static enum err
do_answer(void)
{
	room_answer((struct stage_answer){ ANSWER_P03 });
	return (ERR_OK);
}

static enum err
do_answer_other(void)
{
	room_answer((struct stage_answer){ ANSWER_P02 });
	return (ERR_OK);
}

static enum err
do_cancel(void)
{
	session_cancel(s);
	return (ERR_OK);
}

static enum err
do_late(void)
{
	stage_later(600000);
	return (ERR_OK);
}

static enum err
do_pull(void)
{
	fake_tp_slot(room.tp, TP_NO_CARD);
	stage_later(1000);		/* the next look */
	return (ERR_OK);
}

static enum err
do_unplug(void)
{
	fake_tp_slot(room.tp, TP_NO_READER);
	stage_later(1000);
	return (ERR_OK);
}

static enum err
do_closed(void)
{
	return (ERR_OK);		/* by session_close, at the end */
}

static enum err
do_show_card(void)
{
	fake_tp_slot(room.tp, TP_CARD);
	return (ERR_OK);
}

/* want: waited for first; WANTS: the one of AT(). */
static const struct {
	enum want	 want;
	enum err	(*act)(void);
} acts[] = {
	[PIN] = { WANT_PIN, do_pin }, [PIN_WRONG] = { WANT_PIN, do_wrong },
	[TEXT] = { WANT_TEXT_PIN, do_text },
	[TEXT_WRONG] = { WANT_TEXT_PIN, do_text_wrong },
	[NUMBER] = { WANT_NUMBER_B, do_number },
	[NUMBER_WRONG] = { WANT_NUMBER_B, do_number_wrong },
	[CONSENT] = { WANT_CONSENT, do_consent },
	[CHANGE] = { WANT_CONFIRMATION, do_change },
	[CONFIRM] = { WANT_CONFIRMATION, do_confirm },
	[MATCHES] = { WANT_EVIDENCE, do_match },
	[LOW] = { WANT_EVIDENCE, do_low },
	[FORGED] = { WANT_EVIDENCE, do_forged },
	[YES] = { WANT_ATTESTATION, do_yes },
	[NO] = { WANT_ATTESTATION, do_no },
	[FACE] = { WANT_FACE_FILE, do_face },
	[FACE_OTHER] = { WANT_FACE_FILE, do_face_other },
	[ANSWER] = { WANT_NOTHING, do_answer },
	[ANSWER_OTHER] = { WANT_NOTHING, do_answer_other },
	[CLOSE] = { WANT_CLOSING, do_close },
	[CANCEL_AT] = { WANTS, do_cancel }, [LATE_AT] = { WANTS, do_late },
	[PULL_AT] = { WANTS, do_pull }, [CLOSED_AT] = { WANTS, do_closed },
	[UNPLUG_AT] = { WANTS, do_unplug },
	[HIDE] = { WANT_NOTHING, NULL },
	[SHOW_CARD] = { WANT_CARD, do_show_card },
};

#define STEPS 12
/* An act at a want that it does not imply. */
#define AT(act, want)	((act) | (want) << 8)

static const struct row {
	const char	*name, *method, *card, *setting;
	int		 does[STEPS];	/* an act, or AT() */
	const char	*state, *outcome;
	unsigned	 verify;	/* of the authentication PIN */
	const char	*chart;		/* asked for; NULL: the card says */
	enum text_pin	 text;
	int		 official;
	enum err	 take, back;	/* of the reader */
	const char	*lights;	/* r read, t take, f failed; NULL: any */
} rows[] = {
	{ "pin: all of it", "pin", "p03", NULL, { PIN, CONSENT,
	    CONFIRM, ANSWER, CLOSE }, "done", "1", .verify = 1,
	    .lights = "rt" },
	{ "pin: a wrong entry, then the right one", "pin", "p03", NULL,
	    { PIN_WRONG, PIN, CONSENT, CONFIRM, ANSWER,
	    CLOSE }, "done", "1", .verify = 2, .lights = "rt" },
	{ "pin: wrong until one is left", "pin", "p03", NULL,
	    { PIN_WRONG, PIN_WRONG, AT(CANCEL_AT, WANT_PIN) },
	    "cancelled", "CANCELLED", .verify = 2 },
	{ "pin: consent changed twice", "pin", "p03", NULL, { PIN,
	    CONSENT, CHANGE, CONSENT, CHANGE, CONSENT,
	    CONFIRM, ANSWER, CLOSE }, "done", "1", .verify = 1 },
	{ "pin: patient named beforehand", "pin", "p03", NULL, { PIN,
	    CONSENT, CONFIRM, ANSWER, CLOSE }, "done", "1",
	    .verify = 1, .chart = P03 },
	{ "pin: another patient was named", "pin", "p03", NULL, { PIN,
	    CONSENT, CONFIRM }, "refused", "CONTRADICTS", .verify = 1, .chart = P02 },
	{ "pin: nobody has this card", "pin", "p05", NULL, { PIN,
	    CONSENT, CONFIRM }, "unmatched", "", .verify = 1 },
	{ "pin: the answer is another person's", "pin", "p03", NULL,
	    { PIN, CONSENT, CONFIRM, ANSWER_OTHER },
	    "refused", "OTHER_PERSON", .verify = 1 },
	{ "pin: blocked", "pin", "blocked", NULL, { END }, "refused",
	    "PIN_BLOCKED", .verify = 0, .lights = "f" },
	{ "pin: card comes later", "pin", "p03", NULL, { HIDE,
	    SHOW_CARD, PIN, AT(CANCEL_AT, WANT_CONSENT) },
	    "cancelled", "CANCELLED", .verify = 1 },
	/* one who gives up */
	{ "cancel: card", "pin", "p03", NULL, { HIDE,
	    AT(CANCEL_AT, WANT_CARD) }, "cancelled", "CANCELLED", .verify = 0,
	    .lights = "" },
	{ "cancel: pin", "pin", "p03", NULL, { AT(CANCEL_AT, WANT_PIN) },
	    "cancelled", "CANCELLED", .verify = 0, .lights = "rt" },
	{ "cancel: text pin", "pin", "p03", NULL, { PIN,
	    AT(CANCEL_AT, WANT_TEXT_PIN) }, "cancelled", "CANCELLED", .verify = 1,
	    .text = TEXT_PIN_ASK },
	{ "cancel: consent", "pin", "p03", NULL, { PIN,
	    AT(CANCEL_AT, WANT_CONSENT) }, "cancelled", "CANCELLED", .verify = 1 },
	{ "cancel: confirmation", "pin", "p03", NULL, { PIN,
	    CONSENT, AT(CANCEL_AT, WANT_CONFIRMATION) }, "cancelled",
	    "CANCELLED", .verify = 1 },
	{ "cancel: closing", "pin", "p03", NULL, { PIN, CONSENT,
	    CONFIRM, ANSWER, AT(CANCEL_AT, WANT_CLOSING) }, "done",
	    "1", .verify = 1 },
	{ "cancel: number", "face", "p03", NULL,
	    { AT(CANCEL_AT, WANT_NUMBER_B) }, "cancelled", "CANCELLED", .verify = 0 },
	{ "cancel: evidence", "face", "p03", NULL, { NUMBER,
	    AT(CANCEL_AT, WANT_EVIDENCE) }, "cancelled", "CANCELLED", .verify = 0,
	    .lights = "t" },
	{ "cancel: attestation", "visual", "p03", NULL, { NUMBER,
	    AT(CANCEL_AT, WANT_ATTESTATION) }, "cancelled", "CANCELLED",
	    .verify = 0 },
	{ "cancel: face file", "face", "p03", NULL,
	    { AT(CANCEL_AT, WANT_FACE_FILE) }, "cancelled", "CANCELLED", .verify = 0,
	    .chart = P03, .official = 1 },
	/* one who is gone */
	{ "late: card", "pin", "p03", NULL, { HIDE,
	    AT(LATE_AT, WANT_CARD) }, "refused", "NO_CARD", .verify = 0 },
	{ "late: pin", "pin", "p03", NULL, { AT(LATE_AT, WANT_PIN) },
	    "expired", "TIMEOUT", .verify = 0 },
	{ "late: text pin leaves the attributes unread", "pin", "p03", NULL,
	    { PIN, AT(LATE_AT, WANT_TEXT_PIN), CONSENT, CONFIRM },
	    "unmatched", "", .verify = 1, .text = TEXT_PIN_ASK },
	{ "late: consent", "pin", "p03", NULL, { PIN,
	    AT(LATE_AT, WANT_CONSENT) }, "expired", "TIMEOUT", .verify = 1 },
	{ "late: confirmation", "pin", "p03", NULL, { PIN, CONSENT,
	    AT(LATE_AT, WANT_CONFIRMATION) }, "expired", "TIMEOUT", .verify = 1 },
	{ "late: closing", "pin", "p03", NULL, { PIN, CONSENT,
	    CONFIRM, ANSWER, AT(LATE_AT, WANT_CLOSING) }, "done",
	    "1", .verify = 1 },
	{ "late: number", "face", "p03", NULL,
	    { AT(LATE_AT, WANT_NUMBER_B) }, "expired", "TIMEOUT", .verify = 0 },
	{ "late: evidence", "face", "p03", NULL, { NUMBER,
	    AT(LATE_AT, WANT_EVIDENCE) }, "expired", "TIMEOUT", .verify = 0 },
	{ "late: attestation", "visual", "p03", NULL, { NUMBER,
	    AT(LATE_AT, WANT_ATTESTATION) }, "expired", "TIMEOUT", .verify = 0 },
	{ "late: face file", "face", "p03", NULL,
	    { AT(LATE_AT, WANT_FACE_FILE) }, "expired", "TIMEOUT", .verify = 0, .chart = P03,
	    .official = 1 },
	/* closed while it waits */
	{ "close: card", "pin", "p03", NULL, { HIDE,
	    AT(CLOSED_AT, WANT_CARD) }, "cancelled", "CANCELLED", .verify = 0 },
	{ "close: pin", "pin", "p03", NULL, { AT(CLOSED_AT, WANT_PIN) },
	    "cancelled", "CANCELLED", .verify = 0 },
	{ "close: consent", "pin", "p03", NULL, { PIN,
	    AT(CLOSED_AT, WANT_CONSENT) }, "cancelled", "CANCELLED", .verify = 1 },
	{ "close: closing", "pin", "p03", NULL, { PIN, CONSENT,
	    CONFIRM, ANSWER, AT(CLOSED_AT, WANT_CLOSING) }, "done",
	    "1", .verify = 1 },
	{ "close: evidence", "face", "p03", NULL, { NUMBER,
	    AT(CLOSED_AT, WANT_EVIDENCE) }, "cancelled", "CANCELLED", .verify = 0 },
	/* the card and its reader */
	{ "pulled: pin", "pin", "p03", NULL, { AT(PULL_AT, WANT_PIN) },
	    "cancelled", "NO_CARD", .verify = 0 },
	{ "pulled: text pin", "pin", "p03", NULL, { PIN,
	    AT(PULL_AT, WANT_TEXT_PIN) }, "cancelled", "NO_CARD", .verify = 1,
	    .text = TEXT_PIN_ASK },
	{ "unplugged: pin", "pin", "p03", NULL, { AT(UNPLUG_AT, WANT_PIN) },
	    "refused", "NO_READER", .verify = 0 },
	{ "unplugged: card", "pin", "p03", NULL, { HIDE,
	    AT(UNPLUG_AT, WANT_CARD) }, "refused", "NO_READER", .verify = 0 },
	{ "reader: busy", "pin", "p03", NULL, { END }, "refused",
	    "READER_BUSY", .verify = 0, .take = ERR_READER_BUSY },
	{ "reader: none", "face", "p03", NULL, { END }, "refused",
	    "NO_READER", .verify = 0, .take = ERR_NO_READER },
	{ "reader: the card may be unlocked", "pin", "p03", NULL,
	    { PIN }, "cancelled", "CARD_UNLOCKED", .verify = 1,
	    .back = ERR_CARD_UNLOCKED },
	{ "reader: the card may be unlocked, after a failure", "pin", "p03",
	    NULL, { PIN_WRONG, AT(CANCEL_AT, WANT_PIN) }, "cancelled",
	    "CARD_UNLOCKED", .verify = 1, .back = ERR_CARD_UNLOCKED },
	/* without a PIN */
	{ "face: all of it", "face", "p03", NULL, { NUMBER, MATCHES,
	    CONSENT, CONFIRM, ANSWER, CLOSE }, "done", "1",
	    .verify = 0 },
	{ "face: a wrong number first", "face", "p03", NULL,
	    { NUMBER_WRONG, NUMBER, MATCHES,
	    AT(CANCEL_AT, WANT_CONSENT) }, "cancelled", "CANCELLED", .verify = 0,
	    .lights = "ft" },
	{ "face: three wrong numbers", "face", "p03", NULL,
	    { NUMBER_WRONG, NUMBER_WRONG, NUMBER_WRONG },
	    "refused", "NUMBER_B_WRONG", .verify = 0 },
	{ "face: below the threshold", "face", "p03", NULL, { NUMBER,
	    LOW }, "refused", "NOT_MATCHED", .verify = 0 },
	{ "face: forged evidence", "face", "p03", NULL, { NUMBER,
	    FORGED }, "refused", "EVIDENCE", .verify = 0 },
	{ "face: a copied card", "face", "ap-cloned", NULL, { NUMBER },
	    "refused", "PROOF", .verify = 0 },
	{ "face: issuer unknown", "face", "cv-unknown", NULL, { NUMBER },
	    "refused", "NOT_GENUINE", .verify = 0 },
	{ "visual: all of it", "visual", "p03", NULL, { NUMBER, YES,
	    CONSENT, CONFIRM, ANSWER, CLOSE }, "done", "1",
	    .verify = 0 },
	{ "visual: not the person", "visual", "p03", NULL, { NUMBER,
	    NO }, "refused", "NOT_MATCHED", .verify = 0 },
	{ "official: all of it", "face", "p03", NULL, { FACE, CLOSE },
	    "done", "1", .verify = 0, .chart = P03, .official = 1 },
	{ "official: another person's", "face", "p03", NULL,
	    { FACE_OTHER }, "refused", "CONTRADICTS", .verify = 0, .chart = P03,
	    .official = 1 },
	{ "text pin: its own", "pin", "split-pins", NULL, { PIN,
	    TEXT, AT(CANCEL_AT, WANT_CONSENT) }, "cancelled",
	    "CANCELLED", .verify = 1, .text = TEXT_PIN_ASK },
	{ "text pin: wrong leaves the attributes unread", "pin",
	    "split-pins", NULL, { PIN, TEXT_WRONG, CONSENT,
	    CONFIRM }, "unmatched", "", .verify = 1, .text = TEXT_PIN_ASK },
};

static void
run(const struct row *row)
{
	enum want want;
	int act;

	for (int i = 0; i < STEPS && row->does[i] != END; i++) {
		if ((act = row->does[i] & 0xff) == HIDE)
			continue;
		want = acts[act].want;
		if (want == WANTS)
			want = (enum want)(row->does[i] >> 8);
		if (want != WANT_NOTHING)
			room_await(s, want);
		assert_int_equal(acts[act].act(), ERR_OK);
		if (act == CLOSED_AT)
			return;
	}
	room_await_end(s);
}

static void
visit_row(void **state)
{
	const struct row *row = *state;
	struct session_ask ask = ask_for(row->method);
	char id[VISIT_ID_LEN];
	int ends, official = row->official;

	room_insert(row->card, row->setting);
	if (row->does[0] == HIDE)
		fake_tp_slot(room.tp, TP_NO_CARD);
	room.conf.text_pin = row->text;
	room.take_err = row->take;
	room.back_err = row->back;
	ask.official = official;
	snprintf(ask.chart_number, sizeof(ask.chart_number), "%s",
	    row->chart == NULL ? "" : row->chart);
	begin(&ask);
	memcpy(id, session_id(s), sizeof(id));
	run(row);
	session_close(&s);
	assert_null(s);
	assert_string_equal(stage_visit(id, "state"), row->state);
	assert_string_equal(stage_visit(id, "outcome"), row->outcome);
	ends = strcmp(row->state, "done") != 0 &&
	    strcmp(row->state, "unmatched") != 0;
	assert_string_equal(stage_visit(id, "identity IS NULL AND "
	    "consent IS NULL"), ends ? "1" : "0");
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], row->verify);
	assert_int_equal(room.fake->stats.forbidden, 0);
	if (row->lights != NULL)
		assert_string_equal(room.lights, row->lights);
	assert_int_equal(room.back, room.taken);
	assert_int_equal(room.taken, row->take == ERR_OK && !official);
}

/* --- what does not fit --- */

static void
nothing_else_is_taken(void **state)
{
	struct session_ask ask = ask_for("pin");
	struct gift g;

	(void)state;
	room_insert("p03", NULL);
	begin(&ask);
	room_await(s, WANT_PIN);
	for (int w = WANT_NOTHING; w <= WANTS; w++) {
		g = (struct gift){ .want = (enum want)w, .tries_left = 3,
		    .yes = 1 };
		assert_int_equal(secret_set(&g.secret, "1234", 4), ERR_OK);
		if (w != WANT_PIN)
			assert_int_equal(session_give(s, &g), ERR_NOT_NOW);
		/* It stays the caller's. */
		assert_memory_equal(g.secret.data, "1234", 4);
		gift_wipe(&g);
	}
	assert_int_equal(session_want(s), WANT_PIN);
	session_close(&s);
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 0);
}

static void
tries_must_be_those_shown(void **state)
{
	static const int counts[] = { -1, 0, 1, 2, 4, 99 };
	struct session_ask ask = ask_for("pin");
	struct gift g = { .want = WANT_PIN, .last_try = 1 };

	(void)state;
	room_insert("p03", NULL);
	begin(&ask);
	room_await(s, WANT_PIN);
	assert_int_equal(tries_shown(), 3);
	for (size_t i = 0; i < LEN(counts); i++) {
		g.tries_left = counts[i];
		assert_int_equal(session_give(s, &g), ERR_NOT_NOW);
	}
	session_close(&s);
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 0);
}

static void
the_last_try_needs_a_yes(void **state)
{
	struct session_ask ask = ask_for("pin");

	(void)state;
	room_insert("onetry", NULL);
	begin(&ask);
	room_await(s, WANT_PIN);
	assert_int_equal(tries_shown(), 1);
	assert_int_equal(give_secret(WANT_PIN, "1234", 0),
	    ERR_PIN_LAST_TRY);
	assert_int_equal(session_want(s), WANT_PIN);
	assert_int_equal(give_secret(WANT_PIN, "1234", 1), ERR_OK);
	room_await(s, WANT_CONSENT);
	session_close(&s);
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 1);
}

/* A second client presses at the same moment, as often as it can. */
static void *
presses(void *arg)
{
	struct gift g = { .want = WANT_PIN, .tries_left = 3 };
	unsigned *taken = arg;

	while (!session_ended(s)) {
		struct gift copy = g;

		assert_int_equal(secret_set(&copy.secret, "0000", 4),
		    ERR_OK);
		*taken += session_give(s, &copy) == ERR_OK;
		gift_wipe(&copy);
	}
	return (NULL);
}

static void
one_entry_is_one_verify(void **state)
{
	struct session_ask ask = ask_for("pin");
	unsigned taken[2] = { 0, 0 };
	pthread_t threads[2];

	(void)state;
	room_insert("p03", NULL);
	begin(&ask);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, presses,
		    &taken[i]), 0);
	room_await(s, WANT_PIN);
	while (tries_shown() == 3 || session_want(s) != WANT_PIN)
		room_wait_change(room_changes() - 1);
	session_cancel(s);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	session_close(&s);
	assert_int_equal(taken[0] + taken[1], 1);
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 1);
}

static enum err during[2];

static void
give_amid_a_look(void)
{
	during[0] = give_secret(WANT_PIN, "1234", 0);
	during[1] = give_secret(WANT_PIN, "1234", 0);
}

/* While the card is looked after between two slices of the wait. */
static void
a_gift_amid_a_look_is_taken_once(void **state)
{
	struct session_ask ask = ask_for("pin");

	(void)state;
	room_insert("p03", NULL);
	begin(&ask);
	room_await(s, WANT_PIN);
	during[0] = during[1] = ERR_LIB;
	room.at_xfer = give_amid_a_look;
	stage_later(1000);
	room_await(s, WANT_CONSENT);
	assert_int_equal(during[0], ERR_OK);
	assert_int_equal(during[1], ERR_NOT_NOW);
	/* And it is not asked for again. */
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM event WHERE "
	    "data LIKE '%\"wants\":\"pin\"%'"), "1");
	session_close(&s);
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 1);
}

static void
after_the_end_nothing_is_taken(void **state)
{
	struct session_ask ask = ask_for("pin");

	(void)state;
	room_insert("p03", NULL);
	begin(&ask);
	room_await(s, WANT_PIN);
	session_cancel(s);
	assert_int_equal(give_secret(WANT_PIN, "1234", 0), ERR_NOT_NOW);
	room_await_end(s);
	assert_int_equal(session_want(s), WANT_NOTHING);
	assert_int_equal(give_secret(WANT_PIN, "1234", 0), ERR_NOT_NOW);
	session_cancel(s);
	session_close(&s);
	session_close(&s);
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 0);
}

/* --- ゆっくり --- */

static const struct slow {
	const char	*name, *method;
	enum act	 before;	/* END: none */
	enum want	 want;
	int		 ms;
	int		 slow, waits;
} slows[] = {
	{ "in time: pin", "pin", END, WANT_PIN, 60000, 0, 0 },
	{ "slow: pin", "pin", END, WANT_PIN, 60000, 1, 1 },
	{ "in time: number", "face", END, WANT_NUMBER_B, 60000, 0, 0 },
	{ "slow: number", "face", END, WANT_NUMBER_B, 60000, 1, 1 },
	{ "in time: consent", "pin", PIN, WANT_CONSENT, 120000, 0, 0 },
	{ "slow: consent", "pin", PIN, WANT_CONSENT, 120000, 1, 1 },
	{ "in time: card", "pin", HIDE, WANT_CARD, ROOM_CARD_MS, 0, 0 },
	{ "slow: card", "pin", HIDE, WANT_CARD, ROOM_CARD_MS, 1, 1 },
};

static void
slow_row(void **state)
{
	const struct slow *row = *state;
	struct session_ask ask = ask_for(row->method);

	room_insert("p03", NULL);
	ask.slow = row->slow;
	if (row->before == HIDE)
		fake_tp_slot(room.tp, TP_NO_CARD);
	begin(&ask);
	if (row->before == PIN) {
		room_await(s, WANT_PIN);
		assert_int_equal(do_pin(), ERR_OK);
	}
	room_await(s, row->want);
	/* Past its own time, and well within twice of it. */
	stage_later(row->ms + 1000);
	if (!row->waits) {
		room_await_end(s);
	} else if (row->want == WANT_CARD) {
		room_await_looks();
		assert_int_equal(session_want(s), WANT_CARD);
		fake_tp_slot(room.tp, TP_CARD);
		room_await(s, WANT_PIN);
	} else {
		assert_int_equal(session_want(s), row->want);
		stage_later(row->ms);
		room_await_end(s);
	}
	session_close(&s);
}

/* --- a store that fails --- */

static const struct fault {
	const char	*name, *event;
	struct row	 visit;
} faults[] = {
	{ "store: card-in", "card-in", { .method = "pin", .card = "p03",
	    .state = "refused" } },
	{ "store: pin-wrong", "pin-wrong", { .method = "pin", .card = "p03",
	    .does = { PIN_WRONG }, .state = "refused", .verify = 1 } },
	{ "store: verify", "verify", { .method = "pin", .card = "p03",
	    .does = { PIN }, .state = "refused", .verify = 1 } },
	{ "store: consent", "consent", { .method = "pin", .card = "p03",
	    .does = { PIN, CONSENT }, .state = "refused",
	    .verify = 1 } },
	{ "store: change", "change", { .method = "pin", .card = "p03",
	    .does = { PIN, CONSENT, CHANGE },
	    .state = "refused", .verify = 1 } },
	{ "store: confirm", "confirm", { .method = "pin", .card = "p03",
	    .does = { PIN, CONSENT, CONFIRM },
	    .state = "refused", .verify = 1 } },
	{ "store: match", "match", { .method = "pin", .card = "p03",
	    .does = { PIN, CONSENT, CONFIRM },
	    .state = "refused", .verify = 1 } },
	{ "store: write", "write", { .method = "pin", .card = "p03",
	    .does = { PIN, CONSENT, CONFIRM },
	    .state = "refused", .verify = 1 } },
	{ "store: answer", "answer", { .method = "pin", .card = "p03",
	    .does = { PIN, CONSENT, CONFIRM, ANSWER },
	    .state = "refused", .verify = 1 } },
	{ "store: show", "show", { .method = "pin", .card = "p03",
	    .does = { PIN, CONSENT, CONFIRM, ANSWER,
	    CLOSE }, .state = "answered", .verify = 1 } },
	/* The end itself: overdue.h does it later. */
	{ "store: cancel", "cancel", { .method = "pin", .card = "p03",
	    .does = { AT(CANCEL_AT, WANT_PIN) }, .state = "card" } },
};

static void
fault_row(void **state)
{
	const struct fault *row = *state;
	struct session_ask ask = ask_for(row->visit.method);
	char id[VISIT_ID_LEN];

	room_insert(row->visit.card, NULL);
	stage_break(row->event);
	begin(&ask);
	memcpy(id, session_id(s), sizeof(id));
	run(&row->visit);
	session_close(&s);
	assert_string_equal(stage_visit(id, "state"), row->visit.state);
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN],
	    row->visit.verify);
	assert_int_equal(room.back, room.taken);
	/* No request stands in req for a visit that does not know of it. */
	if (strcmp(row->event, "write") == 0)
		assert_int_equal(rmdir(stage_req), 0);
}

/* Another connection holds the store while the PIN is entered. */
static void
a_locked_store_ends_it(void **state)
{
	struct session_ask ask = ask_for("pin");
	struct store *other = NULL;
	char id[VISIT_ID_LEN];
	enum err r;

	(void)state;
	room_insert("p03", NULL);
	assert_int_equal(store_open(stage_db, &other, NULL), ERR_OK);
	begin(&ask);
	memcpy(id, session_id(s), sizeof(id));
	room_await(s, WANT_PIN);
	/* The session may still be telling what it wants. */
	while ((r = store_begin(other)) == ERR_STORE_BUSY)
		;
	assert_int_equal(r, ERR_OK);
	assert_int_equal(do_pin(), ERR_OK);
	room_await_end(s);
	store_rollback(other);
	session_close(&s);
	store_close(&other);
	assert_string_equal(stage_visit(id, "state"), "card");
	assert_string_equal(stage_visit(id, "identity IS NULL"), "1");
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 1);
	assert_int_equal(room.back, 1);
}

static void
no_store_is_no_session(void **state)
{
	struct session_ask ask = ask_for("pin");

	(void)state;
	stage_sql("CREATE TRIGGER broken BEFORE INSERT ON visit BEGIN "
	    "SELECT RAISE(ABORT, 'broken'); END");
	s = (struct session *)(uintptr_t)1;
	assert_int_not_equal(session_start(&ask, &s), ERR_OK);
	assert_null(s);
	ask.official = 1;
	snprintf(ask.chart_number, sizeof(ask.chart_number), "nobody");
	assert_int_equal(session_start(&ask, &s), ERR_NO_PATIENT);
	assert_null(s);
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM visit"), "0");
}

/* --- what is seen --- */

static void
the_photograph_is_there_for_its_step(void **state)
{
	struct session_ask ask = ask_for("face");
	struct blob png = { 0 };

	(void)state;
	room_insert("p03", NULL);
	begin(&ask);
	room_await(s, WANT_NUMBER_B);
	assert_int_equal(session_photo(s, &png), ERR_NOT_NOW);
	assert_int_equal(do_number(), ERR_OK);
	room_await(s, WANT_EVIDENCE);
	assert_int_equal(session_photo(s, &png), ERR_OK);
	assert_true(png.len > 8 && memcmp(png.data, "\x89PNG", 4) == 0);
	assert_int_equal(do_match(), ERR_OK);
	room_await(s, WANT_CONSENT);
	blob_reset(&png);
	assert_int_equal(session_photo(s, &png), ERR_NOT_NOW);
	assert_int_equal(png.len, 0);
	session_close(&s);
	blob_free(&png);
}

static const struct nonce {
	const char	*name, *method;
	int		 key, there;
} nonces[] = {
	{ "nonce: face, a key", "face", 1, 1 },
	{ "nonce: face, no key", "face", 0, 0 },
	{ "nonce: pin", "pin", 1, 0 },
	{ "nonce: visual", "visual", 1, 0 },
};

static void
nonce_row(void **state)
{
	const struct nonce *row = *state;
	struct session_ask ask = ask_for(row->method);
	json_t *nonce;

	room_insert("p03", NULL);
	ask.has_key = row->key;
	begin(&ask);
	room_await(s, strcmp(row->method, "pin") == 0 ? WANT_PIN :
	    WANT_NUMBER_B);
	nonce = seen("nonce");
	assert_int_equal(json_is_string(nonce), row->there);
	if (row->there)
		assert_int_equal(strlen(json_string_value(nonce)), 64);
	json_decref(nonce);
	session_close(&s);
}

/* Of zeros: then anybody's signature may hold. */
static void
without_a_key_no_face_counts(void **state)
{
	struct session_ask ask = ask_for("face");
	char id[VISIT_ID_LEN];

	(void)state;
	room_insert("p03", NULL);
	ask.has_key = 0;
	memset(ask.key, 0, sizeof(ask.key));
	begin(&ask);
	memcpy(id, session_id(s), sizeof(id));
	room_await(s, WANT_NUMBER_B);
	assert_int_equal(do_number(), ERR_OK);
	room_await_end(s);
	session_close(&s);
	assert_string_equal(stage_visit(id, "outcome"), "EVIDENCE");
}

static void
a_session_says_whom_it_expects(void **state)
{
	struct session_ask ask = ask_for("face");
	struct patient p;
	int64_t at = -1, before = clock_wall_ms();

	(void)state;
	room_insert("p03", NULL);
	begin(&ask);
	room_await(s, WANT_NUMBER_B);
	memset(&p, 0xa5, sizeof(p));
	assert_int_equal(session_expects(s, &p, &at), 0);
	assert_string_equal(p.chart_number, "");
	assert_int_equal(at, 0);
	session_close(&s);
	ask.official = 1;
	memcpy(ask.chart_number, P03, sizeof(P03));
	begin(&ask);
	room_await(s, WANT_FACE_FILE);
	assert_int_equal(session_expects(s, &p, &at), 1);
	assert_string_equal(p.chart_number, P03);
	assert_true(at >= before && at <= clock_wall_ms());
	session_cancel(s);
	room_await_end(s);
	assert_int_equal(session_expects(s, &p, &at), 0);
	session_close(&s);
}

/* A kiosk may turn to the next person once this one is confirmed; what it
 * leaves is not shown there. */
static void
a_kiosk_goes_on(void **state)
{
	struct session_ask ask = ask_for("pin");

	(void)state;
	room_insert("p03", NULL);
	begin(&ask);
	assert_string_equal(session_client(s), "kiosk-1");
	assert_int_equal(session_resumed(s), 0);
	room_await(s, WANT_PIN);
	assert_int_equal(session_leave(s), 0);
	assert_int_equal(do_pin(), ERR_OK);
	room_await(s, WANT_CONSENT);
	assert_int_equal(session_leave(s), 0);
	assert_int_equal(session_left(s), 0);
	assert_int_equal(do_consent(), ERR_OK);
	room_await(s, WANT_CONFIRMATION);
	assert_int_equal(do_confirm(), ERR_OK);
	assert_int_equal(do_answer(), ERR_OK);
	room_await(s, WANT_CLOSING);
	assert_int_equal(session_leave(s), 1);
	assert_int_equal(session_left(s), 1);
	room_await_end(s);
	session_close(&s);
}

static _Atomic int left_early;

static enum err
leave_while_it_goes_back(void *ctx, const char *client)
{
	left_early = session_leave(s);
	return (room_give_back(ctx, client));
}

/* A visit that was refused still has its reader for a moment. */
static void
the_reader_comes_back_before_the_next_visit(void **state)
{
	struct session_ask ask = ask_for("pin");

	(void)state;
	room_insert("p03", NULL);
	room.ops.give_back = leave_while_it_goes_back;
	left_early = -1;
	begin(&ask);
	room_await(s, WANT_PIN);
	session_cancel(s);
	room_await_end(s);
	session_close(&s);
	assert_int_equal(left_early, 0);
}

static const struct CMUnitTest singles[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, room_up, leave)
	TEST(nothing_else_is_taken),
	TEST(tries_must_be_those_shown),
	TEST(the_last_try_needs_a_yes),
	TEST(one_entry_is_one_verify),
	TEST(a_gift_amid_a_look_is_taken_once),
	TEST(after_the_end_nothing_is_taken),
	TEST(a_locked_store_ends_it),
	TEST(no_store_is_no_session),
	TEST(the_photograph_is_there_for_its_step),
	TEST(without_a_key_no_face_counts),
	TEST(a_session_says_whom_it_expects),
	TEST(a_kiosk_goes_on),
	TEST(the_reader_comes_back_before_the_next_visit),
};

#define ADD(table, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name, \
		    .test_func = func, .setup_func = room_up,		\
		    .teardown_func = leave,				\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	static struct CMUnitTest tests[LEN(rows) + LEN(slows) + LEN(faults) +
	    LEN(nonces) + LEN(singles)];
	size_t n = 0;

	ADD(rows, visit_row);
	ADD(slows, slow_row);
	ADD(faults, fault_row);
	ADD(nonces, nonce_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, up, down));
}
