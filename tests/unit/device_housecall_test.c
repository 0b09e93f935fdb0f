#include "tests/unit/device_folder.h"

#include "host/device/housecall.h"
#include "host/proof/offline.h"
#include "tests/lib/card_file.h"
#include "tests/lib/fake_pki.h"
#include "tests/lib/fake_tp.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static char pki[] = "/tmp/housecall-XXXXXX", trust[96];

/* What the trust folder holds: a root, and the card CA's key. */
static int
pki_copy(const char *name)
{
	char from[96], to[160];
	struct blob b = { 0 };
	struct note note = { "" };
	struct dir d;
	enum err r;

	snprintf(from, sizeof(from), "%s/roots/%s", pki, name);
	snprintf(to, sizeof(to), "%s", trust);
	if (blob_read_file(&b, from, BLOB_MAX) != ERR_OK ||
	    dir_open(to, 1, &d, &note) != ERR_OK)
		return (-1);
	r = dir_write(&d, name, b.data, b.len, &note);
	dir_close(&d);
	blob_free(&b);
	return (r == ERR_OK ? 0 : -1);
}

static int
pki_up(void **state)
{
	struct note note = { "" };

	if (mkdtemp(pki) == NULL || fake_pki_make(pki, &note) != ERR_OK)
		return (-1);
	snprintf(trust, sizeof(trust), "%s/trust", pki);
	if (pki_copy("auth-g3.cer") != 0 || pki_copy("test.cardca") != 0)
		return (-1);
	return (folder_keys_up(state));
}

static int
pki_down(void **state)
{
	(void)nftw(pki, folder_remove, 8, FTW_DEPTH | FTW_PHYS);
	return (folder_keys_down(state));
}

/* --- who is asked, and a card in its slot --- */

static struct stage {
	struct fake_card	*fake;
	struct tp		*tp;
	const char		*pins[3];	/* entered one after the other */
	int			 asked, last_asked, tries[3], attests;
	enum err		 last, attest;
	struct statement	 statement;
	struct note		 note;
} stage;

static enum err
ask_pin(void *ctx, int tries, struct secret *pin)
{
	struct stage *s = ctx;
	const char *digits = s->pins[s->asked];

	assert_true(s->asked < 3);
	s->tries[s->asked++] = tries;
	if (digits == NULL)
		return (ERR_CANCELLED);
	if (strlen(digits) != PIN_LEN)
		return (ERR_PIN_FORMAT);
	return (secret_set(pin, digits, strlen(digits)));
}

static enum err
ask_last(void *ctx)
{
	((struct stage *)ctx)->last_asked++;
	return (((struct stage *)ctx)->last);
}

static enum err
ask_number(void *ctx, struct secret *number)
{
	const struct secret *b =
	    &((struct stage *)ctx)->fake->pin[FAKE_SURFACE_B].value;

	return (secret_set(number, b->data, b->len));
}

static enum err
ask_attestation(void *ctx)
{
	((struct stage *)ctx)->attests++;
	return (((struct stage *)ctx)->attest);
}

static int
never(void *ctx)
{
	(void)ctx;
	return (0);
}

static void
give_tickets(unsigned n)
{
	const struct folder_reply want = { .n = n };
	struct note note = { "" };
	struct blob body = { 0 };
	struct tickets t;
	unsigned got;

	folder_reply(&want, &body);
	assert_int_equal(tickets_open(&folder, &t, &note), ERR_OK);
	assert_int_equal(tickets_store(&t, blob_buf(&body),
	    folder_device.print, &got, &note), ERR_OK);
	tickets_close(&t);
	blob_free(&body);
}

static void
put_in(const char *card, const char *setting)
{
	char path[128];

	stage = (struct stage){ .pins = { "1234" }, .last = ERR_PIN_LAST_TRY,
	    .statement = party_statement(clock_wall_ms()) };
	snprintf(path, sizeof(path), "%s/cards/%s", pki, card);
	assert_int_equal(card_file_load(path, &stage.fake, &stage.note),
	    ERR_OK);
	if (setting != NULL)
		assert_int_equal(card_file_assign(stage.fake, setting,
		    &stage.note), ERR_OK);
	assert_int_equal(fake_tp_open(stage.fake, &stage.tp), ERR_OK);
}

static enum err
go(int ask_again)
{
	const struct housecall_conf conf = { .device = &folder,
	    .proof = { .trust_folder = trust, .trust_mode = TRUST_TEST },
	    .card_wait_ms = 1000, .same_pin = 1 };
	const struct housecall_ports ports = { .ask_pin = ask_pin,
	    .ask_again = ask_again, .ask_last = ask_last,
	    .ask_number = ask_number, .ask_attestation = ask_attestation,
	    .cancelled = never, .ctx = &stage };

	return (housecall_run(&conf, stage.tp, &ports, &stage.statement,
	    &stage.note));
}

static void
take_out(void)
{
	assert_int_equal(stage.fake->stats.forbidden, 0);
	assert_int_equal(stage.fake->stats.verify_stray, 0);
	tp_close(&stage.tp);
	fake_card_free(&stage.fake);
}

/* The one record of the queue, opened as the agent does. */
static enum err
take_record(void *ctx, const struct queue_row *row)
{
	struct note note = { "" };
	struct blob sealed = { 0 }, content = { 0 };
	struct queue q;

	assert_int_equal(queue_open(&folder, &q, &note), ERR_OK);
	assert_int_equal(queue_read(&q, row->name, &sealed, &note), ERR_OK);
	assert_int_equal(seal_open(blob_buf(&sealed), folder_agent.key,
	    folder_device.print, &content), ERR_OK);
	assert_int_equal(offline_read(blob_buf(&content), ctx), ERR_OK);
	queue_close(&q);
	blob_free(&sealed);
	blob_free(&content);
	return (ERR_OK);
}

static void
open_record(struct offline *o, struct statement *s)
{
	struct note note = { "" };
	struct queue q;

	assert_int_equal(folder_count("queue", ".rec"), 1);
	assert_int_equal(queue_open(&folder, &q, &note), ERR_OK);
	assert_int_equal(queue_list(&q, take_record, o, &note), ERR_OK);
	queue_close(&q);
	assert_int_equal(offline_verify(o), ERR_OK);
	assert_int_equal(statement_read(blob_buf(&o->statement), s, &note),
	    ERR_OK);
	assert_string_equal(s->visit, o->id);
}

/* --- it works --- */

static void
by_pin(void **state)
{
	struct statement s;
	struct offline o;

	(void)state;
	give_tickets(2);
	put_in("p03", NULL);
	assert_int_equal(go(0), ERR_OK);
	assert_int_equal(stage.tries[0], 3);
	assert_int_equal(stage.fake->stats.sign, 1);
	assert_int_equal(stage.fake->stats.verify[FAKE_AUTH_PIN], 1);
	assert_int_equal(stage.fake->stats.verify[FAKE_TEXT_PIN], 1);
	assert_int_equal(stage.fake->verified, 0);
	open_record(&o, &s);
	assert_string_equal(s.identity.attributes.name, "資格　一郎");
	assert_string_equal(s.identity.card, "plastic");
	assert_string_equal(s.identity.certificate.generation, "test");
	assert_int_equal(o.surface, 0);
	assert_int_equal(folder_count("tickets", ".ticket"), 1);
	offline_wipe(&o);
	take_out();
}

static void
by_phone(void **state)
{
	struct statement s;
	struct offline o;

	(void)state;
	give_tickets(1);
	put_in("phone", NULL);
	assert_int_equal(go(0), ERR_OK);
	open_record(&o, &s);
	assert_string_equal(s.identity.card, "phone");
	assert_int_equal(s.identity.has_attributes, 0);
	assert_int_equal(s.identity.judged, 1);
	offline_wipe(&o);
	take_out();
}

static void
by_sight(void **state)
{
	struct statement s;
	struct offline o;

	(void)state;
	give_tickets(1);
	put_in("p03", NULL);
	party_visual(&stage.statement);
	assert_int_equal(go(0), ERR_OK);
	assert_int_equal(stage.attests, 1);
	assert_int_equal(stage.fake->stats.verify[FAKE_AUTH_PIN], 0);
	open_record(&o, &s);
	assert_int_equal(o.surface, 1);
	assert_int_equal(s.identity.judged, 0);
	assert_string_equal(s.identity.surface.birthdate, "19600602");
	assert_string_equal(s.identity.attributes.name, "資格　一郎");
	offline_wipe(&o);
	take_out();
}

static void
a_wrong_entry_may_be_entered_again(void **state)
{
	(void)state;
	give_tickets(1);
	put_in("p03", NULL);
	stage.pins[0] = "9999";
	stage.pins[1] = "1234";
	assert_int_equal(go(1), ERR_OK);
	assert_int_equal(stage.tries[1], 2);
	assert_int_equal(stage.fake->stats.verify[FAKE_AUTH_PIN], 2);
	take_out();
}

/* The attributes are left alone, and the record says why. */
static void
another_text_pin_is_tried_once(void **state)
{
	struct statement s;
	struct offline o;

	(void)state;
	give_tickets(1);
	put_in("split-pins", NULL);
	assert_int_equal(go(1), ERR_OK);
	assert_int_equal(stage.fake->stats.verify[FAKE_TEXT_PIN], 1);
	open_record(&o, &s);
	assert_int_equal(s.identity.has_attributes, 0);
	assert_int_equal(s.identity.attributes_err, ERR_PIN_WRONG);
	offline_wipe(&o);
	take_out();
}

static void
the_last_try_wants_a_yes(void **state)
{
	(void)state;
	give_tickets(1);
	put_in("onetry", NULL);
	stage.last = ERR_OK;
	assert_int_equal(go(0), ERR_OK);
	assert_int_equal(stage.last_asked, 1);
	take_out();
}

/* --- it does not: no record, and how many VERIFYs and tickets it cost --- */

static const struct row {
	const char	*name, *card, *setting, *pin;
	enum err	 want;
	int		 visual;
	enum err	 attest;
	unsigned	 verifies;	/* of the authentication PIN */
	size_t		 left;		/* of two tickets */
} rows[] = {
	{ "cancelled", "p03", NULL, NULL, ERR_CANCELLED, 0, 0, 0, 2 },
	{ "three digits", "p03", NULL, "123", ERR_PIN_FORMAT, 0, 0, 0, 2 },
	{ "wrong PIN", "p03", NULL, "9999", ERR_PIN_WRONG, 0, 0, 1, 2 },
	{ "blocked", "blocked", NULL, "1234", ERR_PIN_BLOCKED, 0, 0, 0, 2 },
	{ "one try left", "onetry", NULL, "1234", ERR_PIN_LAST_TRY, 0, 0, 0,
	    2 },
	{ "expired", "expired", NULL, "1234", ERR_CERT_EXPIRED, 0, 0, 0, 2 },
	{ "another CA's", "wrong-issuer", NULL, "1234", ERR_CERT_CHAIN, 0, 0,
	    0, 2 },
	{ "wrong usage", "wrong-usage", NULL, "1234", ERR_CERT_USAGE, 0, 0,
	    0, 2 },
	{ "no My Number card", "p03", "apps=common", "1234", ERR_NOT_JPKI, 0,
	    0, 0, 2 },
	{ "by sight: a copy", "ap-cloned", NULL, NULL, ERR_PROOF, 1, 0, 0,
	    2 },
	{ "by sight: forged", "cv-forged", NULL, NULL, ERR_NOT_GENUINE, 1, 0,
	    0, 2 },
	{ "by sight: issuer unknown", "cv-unknown", NULL, NULL,
	    ERR_NOT_GENUINE, 1, 0, 0, 2 },
	{ "by sight: another person", "p03", NULL, NULL, ERR_NOT_MATCHED, 1,
	    ERR_NOT_MATCHED, 0, 2 },
	{ "by sight: five tries left", "b-five", NULL, NULL,
	    ERR_NUMBER_B_FEW, 1, 0, 0, 2 },
	{ "by sight: a phone", "phone", NULL, NULL, ERR_NO_FILE, 1, 0, 0,
	    2 },
};

static void
refused_row(void **state)
{
	const struct row *row = *state;

	give_tickets(2);
	put_in(row->card, row->setting);
	stage.pins[0] = row->pin;
	stage.attest = row->attest;
	if (row->visual)
		party_visual(&stage.statement);
	assert_int_equal(go(0), row->want);
	assert_int_equal(folder_count("queue", ".rec"), 0);
	assert_int_equal(folder_count("tickets", ".ticket"), row->left);
	assert_int_equal(stage.fake->stats.verify[FAKE_AUTH_PIN], row->verifies);
	/* By sight the card proves itself first, over a challenge. */
	assert_true(stage.fake->stats.sign <= (unsigned)row->visual);
	assert_int_equal(stage.fake->verified, 0);
	take_out();
}

static void
without_a_ticket_nobody_is_asked(void **state)
{
	(void)state;
	put_in("p03", NULL);
	assert_int_equal(go(0), ERR_NO_TICKET);
	give_tickets(0);
	assert_int_equal(go(0), ERR_NO_TICKET);
	assert_int_equal(stage.asked, 0);
	assert_int_equal(stage.fake->stats.apdus, 0);
	take_out();
}

/* The agent would refuse the record: the ticket is not spent on it. */
static void
what_the_agent_cannot_read_costs_no_ticket(void **state)
{
	static const char *const staffs[] = { "", "\033[D", "a\nb", "a\177" };

	(void)state;
	give_tickets(1);
	for (size_t i = 0; i < LEN(staffs); i++) {
		put_in("p03", NULL);
		snprintf(stage.statement.staff,
		    sizeof(stage.statement.staff), "%s", staffs[i]);
		assert_int_equal(go(0), ERR_LAYOUT);
		assert_string_equal(stage.note.text, "staff");
		assert_int_equal(stage.fake->stats.sign, 0);
		assert_int_equal(folder_count("queue", ".rec"), 0);
		assert_int_equal(folder_count("tickets", ".ticket"), 1);
		take_out();
	}
}

/* It was put right between consent and signature. */
static void
a_clock_set_back_is_no_later_consent(void **state)
{
	struct statement s;
	struct offline o;
	int64_t confirmed;

	(void)state;
	give_tickets(1);
	put_in("p03", NULL);
	confirmed = stage.statement.consent.confirmed =
	    clock_wall_ms() + 60 * 1000;
	assert_int_equal(go(0), ERR_OK);
	open_record(&o, &s);
	assert_int_equal(s.at, confirmed);
	assert_int_equal(s.consent.confirmed, confirmed);
	offline_wipe(&o);
	take_out();
}

/* At every command in turn the card is pulled: never a record, never a second
 * VERIFY, and never more than one ticket spent. */
static void
pulled_at_every_command(void **state)
{
	char setting[32];
	size_t left;
	enum err r;
	int n = 0;

	(void)state;
	give_tickets(60);
	left = 60;
	do {
		snprintf(setting, sizeof(setting), "pull_at=%d", ++n);
		put_in("p03", setting);
		r = go(0);
		assert_true(stage.fake->stats.verify[FAKE_AUTH_PIN] <= 1);
		assert_int_equal(folder_count("queue", ".rec"), r == ERR_OK);
		assert_true(folder_count("tickets", ".ticket") + 1 >= left);
		left = folder_count("tickets", ".ticket");
		take_out();
	} while (r != ERR_OK && n < 60);
	assert_int_equal(r, ERR_OK);
	assert_true(n > 15);
}

/* The row stays in the state. */
static int
row_up(void **state)
{
	void *row = *state;
	int rc = folder_up(state);

	*state = row;
	return (rc);
}

#define T(f) cmocka_unit_test_setup_teardown(f, folder_up, folder_down)
#define PLAIN 10

int
main(void)
{
	struct CMUnitTest tests[PLAIN + LEN(rows)] = {
		T(by_pin), T(by_phone), T(by_sight),
		T(a_wrong_entry_may_be_entered_again),
		T(another_text_pin_is_tried_once),
		T(the_last_try_wants_a_yes),
		T(without_a_ticket_nobody_is_asked),
		T(what_the_agent_cannot_read_costs_no_ticket),
		T(a_clock_set_back_is_no_later_consent),
		T(pulled_at_every_command),
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		void *row;

		memcpy(&row, &(const void *){ &rows[i] }, sizeof(row));
		tests[PLAIN + i] = (struct CMUnitTest){ rows[i].name,
		    refused_row, row_up, folder_down, row };
	}
	return (cmocka_run_group_tests_name("housecall", tests, pki_up,
	    pki_down));
}
