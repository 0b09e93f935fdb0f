#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/hex.h"
#include "host/filing/filing.h"
#include "host/visit/overdue.h"
#include "host/visit/record.h"
#include "tests/unit/api_store.h"
#include "tests/unit/proof_party.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define HOUR_MS	INT64_C(3600000)
#define DAY_MS	(24 * HOUR_MS)

static struct party device, agent, other;
static EVP_PKEY *card, *other_card, *ticket_key, *other_ticket_key;
static struct filing filing = { .institution = "1319999999",
    .ticket_hours = 24, .deliver_days = 14, .test_cards = 1 };
static struct filing_device tablet = { .name = "tablet-1" };

static void
tickets(unsigned n, struct blob *out)
{
	assert_int_equal(filing_tickets(&filing, st, &tablet, n, out), ERR_OK);
}

/* --- a record, and what can be wrong with it --- */

struct draft {
	struct statement	 statement;
	struct offline		 offline;
	EVP_PKEY		*card;
	struct party		*signer;
	struct blob		 text;		/* instead of the statement's */
};

static void
sealed(struct draft *d, struct blob *out)
{
	struct blob record = { 0 };

	assert_int_equal(offline_write(&d->offline, &record), ERR_OK);
	assert_int_equal(seal_close(blob_buf(&record), d->signer->key,
	    d->signer->cert, agent.cert, out), ERR_OK);
	blob_free(&record);
}

static void
draft_begin(struct draft *d)
{
	struct blob one = { 0 };

	*d = (struct draft){ .statement = party_statement(clock_wall_ms()),
	    .card = card, .signer = &device };
	tickets(1, &one);
	memcpy(d->offline.ticket, one.data, TICKET_LEN);
	blob_free(&one);
}

/* Signed and sealed as it is now. */
static void
draft_seal(struct draft *d, struct blob *out)
{
	memcpy(d->offline.id, d->statement.visit, sizeof(d->offline.id));
	if (d->text.len > 0)
		assert_int_equal(blob_add(&d->offline.statement,
		    d->text.data, d->text.len), ERR_OK);
	else
		assert_int_equal(statement_write(&d->statement,
		    &d->offline.statement), ERR_OK);
	EVP_PKEY_up_ref(d->card);
	d->offline.key = d->card;
	d->offline.surface = d->statement.identity.surface.read;
	party_sign(d->card, &d->offline);
	sealed(d, out);
}

static void
draft_end(struct draft *d)
{
	offline_wipe(&d->offline);
	blob_free(&d->text);
}

static enum err
file(const struct blob *b, enum filing_verdict *v)
{
	struct note note = { "" };

	return (filing_record(&filing, st, &tablet, blob_buf(b), v, &note));
}

static enum err
keep_reason(void *ctx, const struct filing_refusal *row)
{
	char *out = ctx;

	if (out[0] == '\0')
		snprintf(out, 64, "%s %s", row->device, row->reason);
	return (ERR_OK);
}

/* The desk sees why, from where, and nothing else. */
static void
refused(enum err why, int64_t total)
{
	char got[64] = "", want[64];
	int64_t n;

	assert_int_equal(filing_refusals(st, 10, keep_reason, got, &n),
	    ERR_OK);
	assert_int_equal(n, total);
	snprintf(want, sizeof(want), "tablet-1 %s", err_name(why));
	assert_string_equal(got, total > 0 ? want : "");
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	(void)cols;
	(void)n;
	++*(int *)ctx;
	return (ERR_OK);
}

static int
visits(void)
{
	const struct val limit = val_int(1000);
	int n = 0;

	assert_int_equal(store_run(st, SQL_VISIT_LIST, &limit, 1, count_row,
	    &n, NULL), ERR_OK);
	return (n);
}

/* --- what is filed --- */

static void
a_visit_by_pin_waits_for_its_patient(void **state)
{
	enum filing_verdict v;
	struct record rec;
	struct blob b = { 0 };
	struct draft d;
	json_t *said;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &b);
	assert_int_equal(file(&b, &v), ERR_OK);
	assert_int_equal(v, FILING_NEW);
	assert_int_equal(record_get(st, d.statement.visit, &rec), ERR_OK);
	assert_int_equal(rec.state, VS_UNMATCHED);
	assert_string_equal(rec.about.mode, "home");
	assert_string_equal(rec.about.method, "pin");
	assert_string_equal(rec.about.staff, "訪問 花子");
	assert_string_equal(rec.about.purpose, "home_visit");
	assert_string_equal(json_string_value(json_object_get(json_object_get(
	    rec.identity, "attributes"), "name")), "資格　一郎");
	assert_string_equal(json_string_value(json_object_get(json_object_get(
	    rec.identity, "proof"), "outcome")), "verified");
	assert_int_equal(json_array_size(json_object_get(rec.identity,
	    "proven")), 0);
	said = json_object_get(rec.identity, "judged_by_device");
	assert_int_equal(json_array_size(said), 3);
	assert_string_equal(json_string_value(json_array_get(said, 1)),
	    "holder knows the PIN");
	assert_true(json_is_true(json_object_get(rec.consent, "limit")));
	assert_false(json_is_true(json_object_get(rec.consent, "disease")));
	assert_string_equal(json_string_value(json_object_get(rec.consent,
	    "prescription")), "paper");
	record_wipe(&rec);
	refused(ERR_OK, 0);
	draft_end(&d);
	blob_free(&b);
}

static void
a_visit_by_sight_says_what_it_proves(void **state)
{
	enum filing_verdict v;
	struct record rec;
	struct blob b = { 0 };
	struct draft d;

	(void)state;
	draft_begin(&d);
	party_visual(&d.statement);
	draft_seal(&d, &b);
	assert_int_equal(file(&b, &v), ERR_OK);
	assert_int_equal(record_get(st, d.statement.visit, &rec), ERR_OK);
	assert_string_equal(rec.about.method, "visual");
	assert_string_equal(rec.about.reason, "illness");
	assert_string_equal(json_string_value(json_array_get(json_object_get(
	    rec.identity, "judged_by_device"), 2)), "person resembles the photograph");
	record_wipe(&rec);
	draft_end(&d);
	blob_free(&b);
}

/* However often it comes: by the same bytes it is one visit. */
static void
the_same_again_is_filed_once(void **state)
{
	enum filing_verdict v;
	struct blob b = { 0 };
	struct draft d;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &b);
	assert_int_equal(file(&b, &v), ERR_OK);
	assert_int_equal(v, FILING_NEW);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(file(&b, &v), ERR_OK);
		assert_int_equal(v, FILING_KNOWN);
	}
	assert_int_equal(visits(), 1);
	refused(ERR_OK, 0);
	draft_end(&d);
	blob_free(&b);
}

/* Sealed anew, it is another record with a used ticket. */
static void
a_ticket_serves_once(void **state)
{
	enum filing_verdict v;
	struct blob a = { 0 }, b = { 0 };
	struct draft d;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &a);
	sealed(&d, &b);
	assert_int_equal(file(&a, &v), ERR_OK);
	assert_int_equal(file(&b, &v), ERR_TICKET_USED);
	assert_int_equal(file(&b, &v), ERR_TICKET_USED);
	assert_int_equal(visits(), 1);
	refused(ERR_TICKET_USED, 1);
	assert_int_equal(file(&a, &v), ERR_OK);
	assert_int_equal(v, FILING_KNOWN);
	draft_end(&d);
	blob_free(&a);
	blob_free(&b);
}

/* --- what is not --- */

static void
spoil_institution(struct draft *d)
{
	struct ticket t;

	assert_int_equal(ticket_read(d->offline.ticket, TICKET_LEN, &t),
	    ERR_OK);
	memcpy(t.institution, "1310000001", 11);
	assert_int_equal(ticket_make(&t, ticket_key, d->offline.ticket),
	    ERR_OK);
}

static void
spoil_device(struct draft *d)
{
	struct ticket t;

	assert_int_equal(ticket_read(d->offline.ticket, TICKET_LEN, &t),
	    ERR_OK);
	memcpy(t.device, other.print, sizeof(t.device));
	assert_int_equal(ticket_make(&t, ticket_key, d->offline.ticket),
	    ERR_OK);
}

/* Ours by its signature, and nobody ever gave it out. */
static void
spoil_list(struct draft *d)
{
	struct ticket t;

	assert_int_equal(ticket_read(d->offline.ticket, TICKET_LEN, &t),
	    ERR_OK);
	assert_int_equal(ticket_make(&t, ticket_key, d->offline.ticket),
	    ERR_OK);
}

static void
spoil_ticket_key(struct draft *d)
{
	struct ticket t;

	assert_int_equal(ticket_read(d->offline.ticket, TICKET_LEN, &t),
	    ERR_OK);
	assert_int_equal(ticket_make(&t, other_ticket_key,
	    d->offline.ticket), ERR_OK);
}

static void
spoil_ticket(struct draft *d)
{
	d->offline.ticket[77] ^= 1;	/* a later end */
}

static void
spoil_signer(struct draft *d)
{
	d->signer = &other;
}

static void
spoil_late(struct draft *d)
{
	d->statement.at += 25 * HOUR_MS;
	fake_clock_set(STORE_START + 26 * HOUR_MS);
}

static void
spoil_early(struct draft *d)
{
	d->statement.at -= HOUR_MS;
	d->statement.consent.confirmed -= HOUR_MS;
}

static void
spoil_delivery(struct draft *d)
{
	(void)d;
	fake_clock_set(STORE_START + 16 * DAY_MS);
}

static void
spoil_issuer(struct draft *d)
{
	party_visual(&d->statement);
	d->statement.identity.surface.verdict = CARDCA_ISSUER_UNKNOWN;
}

static void
spoil_method(struct draft *d)
{
	snprintf(d->statement.method, sizeof(d->statement.method), "face");
}

static void
spoil_text(struct draft *d)
{
	assert_int_equal(blob_add_str(&d->text, "{}"), ERR_OK);
}

static const struct spoiled {
	const char	*name;
	void		(*spoil)(struct draft *);
	enum err	 want;
} spoils[] = {
	{ "of another institution", spoil_institution, ERR_TICKET_FOREIGN },
	{ "of another device", spoil_device, ERR_TICKET_FOREIGN },
	{ "not in the list of tickets", spoil_list, ERR_TICKET_FOREIGN },
	{ "ticket signed by another key", spoil_ticket_key,
	    ERR_TICKET_ALTERED },
	{ "ticket altered", spoil_ticket, ERR_TICKET_ALTERED },
	{ "signed by another device", spoil_signer, ERR_RECORD_ALTERED },
	{ "visit after the ticket's end", spoil_late, ERR_TICKET_EXPIRED },
	{ "visit before the ticket", spoil_early, ERR_TICKET_EXPIRED },
	{ "delivered too late", spoil_delivery, ERR_TICKET_EXPIRED },
	{ "card of an unknown issuer", spoil_issuer, ERR_RECORD_ALTERED },
	{ "a method that is none", spoil_method, ERR_RECORD_ALTERED },
	{ "statement of nothing", spoil_text, ERR_RECORD_ALTERED },
};

static void
spoiled_row(void **state)
{
	const struct spoiled *row = *state;
	enum filing_verdict v;
	struct blob b = { 0 };
	struct draft d;

	draft_begin(&d);
	row->spoil(&d);
	draft_seal(&d, &b);
	assert_int_equal(file(&b, &v), row->want);
	assert_int_equal(visits(), 0);
	refused(row->want, 1);
	draft_end(&d);
	blob_free(&b);
}

/* Where test cards are not honoured a device does not let one in either. */
static void
a_test_card_needs_the_test_mode(void **state)
{
	static const struct {
		const char	*name;
		enum err	 want;
	} issuers[] = {
		{ "5000023/001", ERR_OK }, { "6000023/001", ERR_CERT_TEST },
		{ "9900023/001", ERR_CERT_TEST },
		{ "5000023-001", ERR_CERT_TEST }, { "5000023", ERR_CERT_TEST },
	};
	enum filing_verdict v;
	struct blob b = { 0 };
	struct draft d;

	(void)state;
	filing.test_cards = 0;
	draft_begin(&d);
	draft_seal(&d, &b);
	assert_int_equal(file(&b, &v), ERR_CERT_TEST);
	assert_int_equal(visits(), 0);
	refused(ERR_CERT_TEST, 1);
	draft_end(&d);
	blob_reset(&b);
	draft_begin(&d);
	d.statement.identity.certificate.test = 0;
	draft_seal(&d, &b);
	assert_int_equal(file(&b, &v), ERR_OK);
	draft_end(&d);
	for (size_t i = 0; i < LEN(issuers); i++) {
		blob_reset(&b);
		draft_begin(&d);
		party_visual(&d.statement);
		memcpy(d.statement.identity.surface.issuer, issuers[i].name,
		    strlen(issuers[i].name) + 1);
		draft_seal(&d, &b);
		assert_int_equal(file(&b, &v), issuers[i].want);
		if (i + 1 < LEN(issuers))
			draft_end(&d);
	}
	filing.test_cards = 1;
	draft_end(&d);
	blob_free(&b);
}

/* Everything is as it should be but the card's signature. */
static void
spoil_after(void **state, void (*spoil)(struct draft *))
{
	enum filing_verdict v;
	struct blob b = { 0 };
	struct draft d;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &b);
	spoil(&d);
	blob_reset(&b);
	sealed(&d, &b);
	assert_int_equal(file(&b, &v), ERR_RECORD_ALTERED);
	assert_int_equal(visits(), 0);
	refused(ERR_RECORD_ALTERED, 1);
	draft_end(&d);
	blob_free(&b);
}

static void
alter_consent(struct draft *d)
{
	blob_reset(&d->offline.statement);
	d->statement.consent.given[CONSENT_DISEASE] = 1;
	assert_int_equal(statement_write(&d->statement,
	    &d->offline.statement), ERR_OK);
}

static void
alter_signature(struct draft *d)
{
	d->offline.signature.data[100] ^= 1;
}

static void
alter_key(struct draft *d)
{
	EVP_PKEY_free(d->offline.key);
	EVP_PKEY_up_ref(other_card);
	d->offline.key = other_card;
}

static void
alter_kind(struct draft *d)
{
	d->offline.surface = 1;
}

static void
alter_id(struct draft *d)
{
	assert_int_equal(uuid_make(d->offline.id), ERR_OK);
}

#define AFTER(what)							\
static void								\
what##_shows(void **state)						\
{									\
	spoil_after(state, what);					\
}
AFTER(alter_consent)
AFTER(alter_signature)
AFTER(alter_key)
AFTER(alter_kind)
AFTER(alter_id)
#undef AFTER

static void
garbage_is_refused(void **state)
{
	struct blob b = { 0 };
	enum filing_verdict v;

	(void)state;
	assert_int_equal(blob_add_str(&b, "garbage"), ERR_OK);
	assert_int_equal(file(&b, &v), ERR_RECORD_ALTERED);
	refused(ERR_RECORD_ALTERED, 1);
	blob_reset(&b);
	assert_non_null(blob_space(&b, SEAL_MAX + 1));
	assert_int_equal(file(&b, &v), ERR_TOOBIG);
	refused(ERR_RECORD_ALTERED, 2);
	blob_free(&b);
}

/* However much is sent, the newest of it is kept and no more. */
static void
rubbish_without_end_fills_no_disk(void **state)
{
	enum filing_verdict v;
	struct blob b = { 0 };
	char last[64] = "";
	int64_t n;

	(void)state;
	log_set_level(LOG_ERROR);
	assert_int_equal(blob_add_str(&b, "of another"), ERR_OK);
	tablet.name = "tablet-0";
	assert_int_equal(file(&b, &v), ERR_RECORD_ALTERED);
	tablet.name = "tablet-1";
	for (int i = 0; i < 1010; i++) {
		blob_reset(&b);
		assert_int_equal(blob_printf(&b, "rubbish %d", i), ERR_OK);
		assert_int_equal(file(&b, &v), ERR_RECORD_ALTERED);
	}
	log_set_level(LOG_WARN);
	assert_int_equal(filing_refusals(st, 1, keep_reason, last, &n),
	    ERR_OK);
	/* And the other device's is not evicted by them. */
	assert_int_equal(n, 1001);
	blob_free(&b);
}

/* A refusal leaves the ticket as it was: the right record may still come. */
static void
a_refusal_spends_nothing(void **state)
{
	enum filing_verdict v;
	struct blob bad = { 0 }, good = { 0 };
	struct draft d;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &good);
	alter_signature(&d);
	sealed(&d, &bad);
	assert_int_equal(file(&bad, &v), ERR_RECORD_ALTERED);
	assert_int_equal(file(&good, &v), ERR_OK);
	assert_int_equal(v, FILING_NEW);
	draft_end(&d);
	blob_free(&bad);
	blob_free(&good);
}

/* Another visit of that id: its ticket stays unused, and nothing changes. */
static void
an_id_is_filed_once(void **state)
{
	enum filing_verdict v;
	struct blob a = { 0 }, b = { 0 };
	struct draft first, second;

	(void)state;
	draft_begin(&first);
	draft_seal(&first, &a);
	draft_begin(&second);
	memcpy(second.statement.visit, first.statement.visit, STATEMENT_ID);
	draft_seal(&second, &b);
	assert_int_equal(file(&a, &v), ERR_OK);
	assert_int_equal(file(&b, &v), ERR_RECORD_ALTERED);
	assert_int_equal(visits(), 1);
	draft_end(&first);
	draft_end(&second);
	blob_free(&a);
	blob_free(&b);
}

/* The disk is full, or another process writes: the device tries again. */
static void
a_fault_of_ours_is_no_refusal(void **state)
{
	enum filing_verdict v;
	struct store *writer = NULL;
	struct blob b = { 0 };
	struct draft d;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &b);
	assert_int_equal(store_open(store_path, &writer, NULL), ERR_OK);
	assert_int_equal(store_begin(writer), ERR_OK);
	store_patience(st, 1);
	assert_int_equal(file(&b, &v), ERR_STORE_BUSY);
	store_rollback(writer);
	store_close(&writer);
	refused(ERR_OK, 0);
	assert_int_equal(file(&b, &v), ERR_OK);
	assert_int_equal(v, FILING_NEW);
	draft_end(&d);
	blob_free(&b);
}

/* --- tickets --- */

static void
tickets_are_this_devices(void **state)
{
	uint8_t key[ED25519_KEY];
	size_t n = sizeof(key);
	struct blob b = { 0 };
	struct ticket t;

	(void)state;
	assert_int_equal(EVP_PKEY_get_raw_public_key(ticket_key, key, &n), 1);
	tickets(3, &b);
	assert_int_equal(b.len, 3 * TICKET_LEN);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ticket_check(b.data + i * TICKET_LEN,
		    TICKET_LEN, key, &t), ERR_OK);
		assert_memory_equal(t.device, device.print, TICKET_PRINT);
		assert_string_equal(t.institution, "1319999999");
		assert_int_equal(t.until - t.issued, 24 * 3600);
	}
	blob_free(&b);
}

static void
a_device_holds_so_many(void **state)
{
	struct blob b = { 0 };

	(void)state;
	for (unsigned i = 0; i < FILING_ALIVE / FILING_TICKETS; i++)
		tickets(FILING_TICKETS, &b);
	assert_int_equal(b.len, FILING_ALIVE * TICKET_LEN);
	tickets(FILING_TICKETS, &b);
	assert_int_equal(b.len, FILING_ALIVE * TICKET_LEN);
	/* Those that have ended do not count. */
	fake_clock_set(STORE_START + 25 * HOUR_MS);
	tickets(1, &b);
	assert_int_equal(b.len, (FILING_ALIVE + 1) * TICKET_LEN);
	blob_free(&b);
}

static void
none_or_too_many_are_refused(void **state)
{
	struct blob b = { 0 };

	(void)state;
	assert_int_equal(filing_tickets(&filing, st, &tablet, 0, &b),
	    ERR_LAYOUT);
	assert_int_equal(filing_tickets(&filing, st, &tablet,
	    FILING_TICKETS + 1, &b), ERR_LAYOUT);
	assert_int_equal(b.len, 0);
}

/* Long after it would have been too late anyway. */
static void
what_nobody_can_use_is_dropped(void **state)
{
	enum filing_verdict v;
	struct blob b = { 0 };
	struct draft d;
	char reason[64] = "";
	int64_t n;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &b);
	assert_int_equal(filing_prune(st, 14), ERR_OK);
	assert_int_equal(file(&b, &v), ERR_OK);
	blob_reset(&b);
	assert_int_equal(blob_add_str(&b, "garbage"), ERR_OK);
	assert_int_equal(file(&b, &v), ERR_RECORD_ALTERED);
	fake_clock_set(STORE_START + 91 * DAY_MS);
	assert_int_equal(filing_prune(st, 14), ERR_OK);
	assert_int_equal(filing_refusals(st, 10, keep_reason, reason, &n),
	    ERR_OK);
	assert_int_equal(n, 0);
	draft_end(&d);
	blob_free(&b);
}

/* Nobody can ask these patients again: the desk has two weeks. */
static void
a_filed_visit_waits_for_two_weeks(void **state)
{
	enum filing_verdict v;
	struct blob b = { 0 };
	struct draft d;
	size_t n;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &b);
	assert_int_equal(file(&b, &v), ERR_OK);
	fake_clock_set(STORE_START + 13 * DAY_MS);
	assert_int_equal(overdue_expire(st, &n), ERR_OK);
	assert_int_equal(n, 0);
	fake_clock_set(STORE_START + 15 * DAY_MS);
	assert_int_equal(overdue_expire(st, &n), ERR_OK);
	assert_int_equal(n, 1);
	draft_end(&d);
	blob_free(&b);
}

/* An agent that dies after the desk has named the patient takes it up, as it
 * does a kiosk's. */
static void
a_filed_visit_is_taken_up_again(void **state)
{
	enum filing_verdict v;
	struct blob b = { 0 };
	struct draft d;
	int open = 0;

	(void)state;
	draft_begin(&d);
	draft_seal(&d, &b);
	assert_int_equal(file(&b, &v), ERR_OK);
	{
		const struct val p[] = { val_text("matched"), val_int(1),
		    val_text(d.statement.visit), val_text("unmatched") };

		assert_int_equal(store_run(st, SQL_VISIT_STATE, p, 4, NULL,
		    NULL, NULL), ERR_OK);
	}
	assert_int_equal(store_run(st, SQL_VISIT_OPEN, NULL, 0, count_row,
	    &open, NULL), ERR_OK);
	assert_int_equal(open, 1);
	draft_end(&d);
	blob_free(&b);
}

static int
up(void **state)
{
	void *row = *state;
	int rc = store_up(state);

	*state = row;
	return (rc);
}

#define T(f) cmocka_unit_test_setup_teardown(f, up, store_down)
#define PLAIN 21

int
main(void)
{
	struct CMUnitTest tests[PLAIN + LEN(spoils)] = {
		T(a_visit_by_pin_waits_for_its_patient),
		T(a_visit_by_sight_says_what_it_proves),
		T(the_same_again_is_filed_once),
		T(a_ticket_serves_once),
		T(alter_consent_shows), T(alter_signature_shows),
		T(alter_key_shows), T(alter_kind_shows), T(alter_id_shows),
		T(a_test_card_needs_the_test_mode),
		T(garbage_is_refused),
		T(rubbish_without_end_fills_no_disk), T(a_refusal_spends_nothing),
		T(an_id_is_filed_once), T(a_fault_of_ours_is_no_refusal),
		T(tickets_are_this_devices), T(a_device_holds_so_many),
		T(none_or_too_many_are_refused),
		T(what_nobody_can_use_is_dropped),
		T(a_filed_visit_waits_for_two_weeks),
		T(a_filed_visit_is_taken_up_again),
	};
	int failed;

	for (size_t i = 0; i < LEN(spoils); i++) {
		struct spoiled *row;

		memcpy(&row, &(const struct spoiled *){ &spoils[i] },
		    sizeof(row));
		tests[PLAIN + i] = (struct CMUnitTest){ spoils[i].name,
		    spoiled_row, up, store_down, row };
	}
	party_make(&device, "device");
	party_make(&agent, "agent");
	party_make(&other, "other");
	card = EVP_RSA_gen(2048);
	other_card = EVP_RSA_gen(2048);
	ticket_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	other_ticket_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	filing.ticket_key = ticket_key;
	filing.seal_key = agent.key;
	tablet.print = device.print;
	failed = cmocka_run_group_tests_name("filing", tests, NULL, NULL);
	party_free(&device);
	party_free(&agent);
	party_free(&other);
	EVP_PKEY_free(card);
	EVP_PKEY_free(other_card);
	EVP_PKEY_free(ticket_key);
	EVP_PKEY_free(other_ticket_key);
	return (failed);
}
