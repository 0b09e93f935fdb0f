#include "tests/unit/visit_room.h"

/*
 * The PIN is entered at the reader's own device: what the visit tells, what
 * reaches the card, and that no digit comes to this side.
 */
static struct session *s;

static int
leave(void **state)
{
	session_close(&s);
	return (room_down(state));
}

/* How SQLite waits for another's lock: it counts what it asked for. */
int
usleep(useconds_t us)
{
	(void)us;
	return (0);
}

static void
begin(int slow)
{
	struct session_ask ask = { .conf = &room.conf, .ops = &room.ops,
	    .store = stage_store, .slow = slow, .about = { .mode = "pin",
	    .method = "pin", .client = "kiosk-1" } };

	assert_int_equal(session_start(&ask, &s), ERR_OK);
}

static int
tries_shown(void)
{
	json_t *o = session_view(s), *m;
	int n = -1;

	if (json_is_integer(m = json_object_get(o, "tries_left")))
		n = (int)json_integer_value(m);
	json_decref(o);
	return (n);
}

/* Told here, and asked for at the device, with so many tries left. */
static void
await_entry(int tries)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < ROOM_HANGS_S * 1000; i++) {
		if (fake_tp_is_asking(room.tp) &&
		    room_wants(s, WANT_PIN_AT_DEVICE))
			break;
		assert_false(session_ended(s));
		syscall(SYS_nanosleep, &pause, NULL);
	}
	assert_in_range(i, 0, ROOM_HANGS_S * 1000 - 1);
	assert_int_equal(tries_shown(), tries);
}

/* --- what is done while somebody is asked there --- */

static void
cancel(void)
{
	session_cancel(s);
}

static void
late(void)
{
	stage_later(600000);
}

static void
pull(void)
{
	fake_tp_slot(room.tp, TP_NO_CARD);
}

static void
unplug(void)
{
	fake_tp_slot(room.tp, TP_NO_READER);
}

static void
decline(void)
{
	fake_tp_type(room.tp, NULL);
}

static void
enter(void)
{
	fake_tp_type(room.tp, "1234");
}

/* Nothing is taken here meanwhile, of no kind. */
static void
give(void)
{
	for (int w = WANT_NOTHING; w <= WANTS; w++) {
		struct gift g = { .want = (enum want)w, .yes = 1,
		    .tries_left = tries_shown(), .last_try = 1 };

		assert_int_equal(secret_set(&g.secret, "1234", 4), ERR_OK);
		assert_int_equal(session_give(s, &g), ERR_NOT_NOW);
		gift_wipe(&g);
	}
	enter();
}

#define MAX 4
static const struct row {
	const char	*name, *card, *setting;
	const char	*entries[MAX];
	int		 tries;		/* shown when act comes */
	void		(*act)(void);	/* NULL: the entries do it all */
	const char	*state;		/* "": it goes on to the consent */
	const char	*outcome;	/* or why there are no attributes */
	unsigned	 enters, fills, verify, text_verify;
	int		 last_tries;	/* told to the device last */
	uint8_t		 what;		/* asked for last */
	enum text_pin	 text;
	enum err	 err;		/* of the device */
} rows[] = {
	{ "right", "p03", NULL, { "1234" }, 0, NULL, "", "", 1, 2, 1, 1, 3,
	    .what = 1 },
	{ "right, while others are given here", "p03", NULL, { NULL }, 3,
	    give, "", "", 1, 2, 1, 1, 3, .what = 1 },
	{ "wrong, then right", "p03", NULL, { "0000", "1234" }, 0, NULL, "",
	    "", 2, 3, 2, 1, 2, .what = 1 },
	{ "too few digits, then right", "p03", NULL, { "123", "1234" }, 0,
	    NULL, "", "", 2, 2, 1, 1, 3, .what = 1 },
	{ "wrong until it is blocked", "p03", NULL,
	    { "0000", "0000", "0000" }, 0, NULL, "refused", "PIN_BLOCKED", 3,
	    3, 3, 0, 1, .what = 1 },
	{ "last try", "onetry", NULL, { "1234" }, 0, NULL, "", "", 1, 2, 1,
	    1, 1, .what = 1 },
	{ "last try, wrong", "onetry", NULL, { "0000" }, 0, NULL, "refused",
	    "PIN_BLOCKED", 1, 1, 1, 0, 1, .what = 1 },
	{ "last try, declined", "onetry", NULL, { NULL }, 1, decline,
	    "cancelled", "CANCELLED", 1, 0, 0, 0, 1, .what = 1 },
	{ "blocked already", "blocked", NULL, { "1234" }, 0, NULL, "refused",
	    "PIN_BLOCKED", 0, 0, 0, 0, 0, .what = 0 },
	{ "a PIN-less card", "pinless", NULL, { "1234" }, 0, NULL, "refused",
	    "PIN_BLOCKED", 0, 0, 0, 0, 0, .what = 0 },
	{ "declined", "p03", NULL, { NULL }, 3, decline, "cancelled",
	    "CANCELLED", 1, 0, 0, 0, 3, .what = 1 },
	{ "cancelled here", "p03", NULL, { NULL }, 3, cancel, "cancelled",
	    "CANCELLED", 1, 0, 0, 0, 3, .what = 1 },
	{ "wrong, then cancelled here", "p03", NULL, { "0000", NULL }, 2,
	    cancel, "cancelled", "CANCELLED", 2, 1, 1, 0, 2, .what = 1 },
	{ "nobody comes", "p03", NULL, { NULL }, 3, late, "expired",
	    "TIMEOUT", 1, 0, 0, 0, 3, .what = 1 },
	{ "card pulled", "p03", NULL, { NULL }, 3, pull, "cancelled",
	    "NO_CARD", 1, 0, 0, 0, 3, .what = 1 },
	{ "reader unplugged", "p03", NULL, { NULL }, 3, unplug, "refused",
	    "NO_READER", 1, 0, 0, 0, 3, .what = 1 },
	{ "not asked for there", "p03", NULL, { "1234" }, 0, NULL, "refused",
	    "FORBIDDEN", 1, 0, 0, 0, 3, .what = 1, .err = ERR_FORBIDDEN },
	{ "card reset meanwhile", "p03", NULL, { "1234" }, 0, NULL,
	    "refused", "CARD_RESET", 1, 0, 0, 0, 3, .what = 1,
	    .err = ERR_CARD_RESET },
	{ "a phone", "phone", NULL, { "1234" }, 0, NULL, "", "NO_FILE", 1, 1,
	    1, 0, 3, .what = 1 },
	/* the PIN of the attributes */
	{ "text: another, the same is wrong", "split-pins", NULL, { "1234" },
	    0, NULL, "", "PIN_WRONG", 1, 2, 1, 1, 3, .what = 1 },
	{ "text: low, the same is not tried", "text-low", NULL, { "1234" },
	    0, NULL, "", "PIN_LAST_TRY", 1, 1, 1, 0, 3, .what = 1 },
	{ "text: never", "p03", NULL, { "1234" }, 0, NULL, "", "NO_FILE", 1,
	    1, 1, 0, 3, .what = 1, .text = TEXT_PIN_NEVER },
	{ "text: asked for", "split-pins", NULL, { "1234", "5678" }, 0, NULL,
	    "", "", 2, 2, 1, 1, 3, .what = 2, .text = TEXT_PIN_ASK },
	{ "text: asked for, wrong", "split-pins", NULL, { "1234", "1234" },
	    0, NULL, "", "PIN_WRONG", 2, 2, 1, 1, 3, .what = 2,
	    .text = TEXT_PIN_ASK },
	{ "text: asked for, its last try", "text-low", NULL,
	    { "1234", "1234" }, 0, NULL, "", "", 2, 2, 1, 1, 1, .what = 2,
	    .text = TEXT_PIN_ASK },
	{ "text: declined", "text-low", NULL, { "1234", NULL }, 1, decline,
	    "", "CANCELLED", 2, 1, 1, 0, 1, .what = 2, .text = TEXT_PIN_ASK },
	{ "text: cancelled here", "text-low", NULL, { "1234", NULL }, 1,
	    cancel, "cancelled", "CANCELLED", 2, 1, 1, 0, 1, .what = 2,
	    .text = TEXT_PIN_ASK },
	{ "text: nobody comes", "text-low", NULL, { "1234", NULL }, 1, late,
	    "", "TIMEOUT", 2, 1, 1, 0, 1, .what = 2, .text = TEXT_PIN_ASK },
	{ "text: card pulled", "text-low", NULL, { "1234", NULL }, 1, pull,
	    "cancelled", "NO_CARD", 2, 1, 1, 0, 1, .what = 2, .text = TEXT_PIN_ASK },
};

static void
put_in(const struct row *row)
{
	struct fake_tp_conf *conf;

	room_insert(row->card, row->setting);
	room.conf.text_pin = row->text;
	conf = fake_tp_conf(room.tp);
	conf->asks = 1;
	conf->enter_err = row->err;
	memcpy(conf->entries, row->entries, sizeof(conf->entries));
}

/* Its attributes are there, or why not. */
static void
goes_on(const char *missing)
{
	json_t *o, *id;
	const char *why;

	room_await(s, WANT_CONSENT);
	o = session_view(s);
	id = json_object_get(o, "identity");
	why = json_string_value(json_object_get(id, "attributes_missing"));
	assert_string_equal(why == NULL ? "" : why, missing);
	assert_int_equal(json_is_null(json_object_get(id, "attributes")),
	    missing[0] != '\0');
	json_decref(o);
	session_cancel(s);
}

static void
device_row(void **state)
{
	const struct row *row = *state;
	const struct fake_tp_seen *seen;
	char id[VISIT_ID_LEN];

	put_in(row);
	begin(0);
	memcpy(id, session_id(s), sizeof(id));
	if (row->act != NULL) {
		await_entry(row->tries);
		row->act();
	}
	if (row->state[0] == '\0')
		goes_on(row->outcome);
	room_await_end(s);
	session_close(&s);
	if (row->state[0] != '\0') {
		assert_string_equal(stage_visit(id, "state"), row->state);
		assert_string_equal(stage_visit(id, "outcome"),
		    row->outcome);
	}
	seen = fake_tp_seen(room.tp);
	assert_int_equal(seen->digits_near, 0);
	assert_int_equal(seen->enters, row->enters);
	assert_int_equal(seen->fills, row->fills);
	assert_int_equal(seen->tries, row->last_tries);
	assert_int_equal(seen->what, row->what);
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN],
	    row->verify);
	assert_int_equal(room.fake->stats.verify[FAKE_TEXT_PIN],
	    row->text_verify);
	assert_int_equal(room.fake->stats.forbidden, 0);
	assert_int_equal(room.back, room.taken);
	assert_string_equal(stage_ask("SELECT COUNT(*) FROM event WHERE "
	    "data LIKE '%\"wants\":\"pin\"%' OR "
	    "data LIKE '%\"wants\":\"text_pin\"%'"), "0");
}

/* The person at the device has as long as one at the kiosk. */
static void
time_of_an_entry(void **state)
{
	static const struct row row = { .card = "p03", .entries = { NULL } };

	(void)state;
	for (int slow = 0; slow < 2; slow++) {
		put_in(&row);
		begin(slow);
		await_entry(3);
		decline();
		room_await_end(s);
		session_close(&s);
		assert_in_range(fake_tp_seen(room.tp)->ms,
		    (slow ? 120000 : 60000) - 10000, slow ? 120000 : 60000);
		assert_int_equal(fake_tp_seen(room.tp)->digits, 4);
		tp_close(&room.tp);
		fake_card_free(&room.fake);
	}
}

/* Digits of a wrong shape, again and again, do not make it longer. */
static void
wrong_shape_for_ever(void **state)
{
	static const struct row row = { .card = "p03",
	    .entries = { "1", "12", "123", NULL } };

	(void)state;
	put_in(&row);
	begin(0);
	await_entry(3);
	late();
	room_await_end(s);
	assert_string_equal(stage_visit(session_id(s), "outcome"),
	    "TIMEOUT");
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 0);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test_setup_teardown(time_of_an_entry, room_up, leave),
	cmocka_unit_test_setup_teardown(wrong_shape_for_ever, room_up,
	    leave),
};

int
main(void)
{
	static struct CMUnitTest tests[LEN(rows) + LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = device_row, .setup_func = room_up,
		    .teardown_func = leave,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, room_make_pki,
	    room_remove_pki));
}
