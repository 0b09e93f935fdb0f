#include <stdlib.h>

#include <jansson.h>

#include "host/proof/statement.h"
#include "tests/unit/proof_party.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define AT	INT64_C(1795132800123)

static void
round_trip(struct statement *s)
{
	struct blob b = { 0 }, again = { 0 };
	struct note note = { "" };
	struct statement back;

	assert_int_equal(statement_write(s, &b), ERR_OK);
	memset(&back, 0xa5, sizeof(back));
	assert_int_equal(statement_read(blob_buf(&b), &back, &note), ERR_OK);
	assert_string_equal(back.visit, s->visit);
	assert_int_equal(back.at, s->at);
	assert_string_equal(back.method, s->method);
	assert_string_equal(back.staff, s->staff);
	assert_string_equal(back.reason, s->reason);
	assert_memory_equal(&back.consent, &s->consent, sizeof(s->consent));
	assert_string_equal(back.identity.mode, "home");
	assert_string_equal(back.identity.method, s->method);
	assert_int_equal(back.identity.has_attributes,
	    s->identity.has_attributes);
	assert_string_equal(back.identity.attributes.name,
	    s->identity.attributes.name);
	assert_int_equal(back.identity.attributes_err,
	    s->identity.attributes_err);
	assert_int_equal(back.identity.judged, s->identity.judged);
	assert_int_equal(back.identity.proven, 0);
	assert_int_equal(statement_write(&back, &again), ERR_OK);
	assert_string_equal(blob_str(&again), blob_str(&b));
	blob_free(&b);
	blob_free(&again);
}

static void
by_pin_comes_back(void **state)
{
	struct statement s = party_statement(AT);

	(void)state;
	round_trip(&s);
}

static void
by_sight_comes_back(void **state)
{
	struct statement s = party_statement(AT);

	(void)state;
	party_visual(&s);
	round_trip(&s);
}

static void
without_attributes_it_says_why(void **state)
{
	struct statement s = party_statement(AT);

	(void)state;
	s.identity.has_attributes = 0;
	s.identity.attributes = (struct attributes){ .sex = 0 };
	s.identity.attributes_err = ERR_PIN_LAST_TRY;
	s.consent.prescription = PRESCRIPTION_NONE;
	round_trip(&s);
}

/* Neither certificate nor serial number, tries or PIN: only these members. */
static void
says_no_more_than_this(void **state)
{
	static const char *const members[] = { "version", "visit", "at",
	    "method", "purpose", "staff", "reason", "consent", "confirmed",
	    "card", "attributes", "attributes_missing", "certificate",
	    "surface" };
	struct statement s = party_statement(AT);
	struct blob b = { 0 };
	json_t *o;

	(void)state;
	assert_int_equal(statement_write(&s, &b), ERR_OK);
	o = json_loadb((const char *)b.data, b.len, 0, NULL);
	assert_int_equal(json_object_size(o), LEN(members));
	for (size_t i = 0; i < LEN(members); i++)
		assert_non_null(json_object_get(o, members[i]));
	assert_null(json_object_get(json_object_get(o, "certificate"),
	    "serial"));
	json_decref(o);
	blob_free(&b);
}

/* --- what is refused: one member set to something else --- */

static const struct row {
	const char	*name, *path, *value;	/* value NULL: left out */
	const char	*said;
	int		 visual;
} rows[] = {
	{ "version 2", "version", "2", "version", 0 },
	{ "version a text", "version", "\"1\"", "members", 0 },
	{ "a member more", "more", "1", "members", 0 },
	{ "no staff", "staff", NULL, "members", 0 },
	{ "staff empty", "staff", "\"\"", "staff", 0 },
	{ "staff of two lines", "staff", "\"a\\nb\"", "staff", 0 },
	{ "staff a number", "staff", "7", "members", 0 },
	{ "an id that is none", "visit", "\"1\"", "visit", 0 },
	{ "an id of version 1", "visit",
	    "\"00000000-0000-1000-8000-000000000001\"", "visit", 0 },
	{ "an id in capitals", "visit",
	    "\"00000000-0000-4000-8000-00000000000A\"", "visit", 0 },
	{ "a path for an id", "visit",
	    "\"../../../../../../../../../../etc/x\"", "visit", 0 },
	{ "a purpose that is none", "purpose", "\"holiday\"", "purpose", 0 },
	{ "purpose empty", "purpose", "\"\"", "purpose", 0 },
	{ "a card that is none", "card", "\"paper\"", "card", 0 },
	{ "a card in capitals", "card", "\"Plastic\"", "card", 0 },
	{ "time 0", "at", "0", "at", 0 },
	{ "time below 0", "at", "-1", "at", 0 },
	{ "time a text", "at", "\"2026\"", "members", 0 },
	{ "method face", "method", "\"face\"", "method", 0 },
	{ "method visual, with a certificate", "method", "\"visual\"",
	    "surface", 0 },
	{ "method pin, with a surface", "method", "\"pin\"", "surface", 1 },
	{ "a reason by PIN", "reason", "\"illness\"", "reason", 0 },
	{ "no reason by sight", "reason", "\"\"", "reason", 1 },
	{ "another reason", "reason", "\"hurry\"", "reason", 1 },
	{ "consent null", "consent", "null", "consent", 0 },
	{ "consent without its items", "consent", "{}", "consent", 0 },
	{ "an item that is a number", "consent.limit", "1", "consent", 0 },
	{ "an item more", "consent.photo", "true", "consent", 0 },
	{ "an item less", "consent.drug", NULL, "consent", 0 },
	{ "prescription by fax", "consent.prescription", "\"fax\"",
	    "consent", 0 },
	{ "consent not confirmed", "confirmed", "0", "consent", 0 },
	{ "confirmed after the card", "confirmed", "1795132800124",
	    "consent", 0 },
	{ "certificate missing", "certificate", "null", "certificate", 0 },
	{ "certificate with its serial number", "certificate.serial",
	    "\"1\"", "certificate", 0 },
	{ "revoked", "certificate.revocation", "\"revoked\"", "certificate",
	    0 },
	{ "a date of words", "certificate.to", "\"tomorrow\"",
	    "certificate", 0 },
	{ "attributes without a reason", "attributes", "null", "attributes",
	    0 },
	{ "attributes and a reason", "attributes_missing", "\"PIN_WRONG\"",
	    "attributes", 0 },
	{ "the twelve digits beside them", "attributes.number",
	    "\"000000000000\"", "attributes", 0 },
	{ "birth date of seven digits", "attributes.birthdate",
	    "\"1960060\"", "attributes", 0 },
	{ "sex a word", "attributes.sex", "\"male\"", "attributes", 0 },
	{ "no name", "attributes.name", "\"\"", "attributes", 0 },
	{ "surface altered", "surface.verdict", "\"altered\"", "surface",
	    1 },
	{ "surface forged", "surface.verdict", "\"forged\"", "surface", 1 },
	{ "issuer too long", "surface.issuer", "\"9900023/0010000\"",
	    "surface", 1 },
};

/* "a.b" in an object of objects. */
static void
put(json_t *o, const char *path, const char *value)
{
	const char *dot = strchr(path, '.');
	char first[32] = "";

	if (dot != NULL) {
		memcpy(first, path, (size_t)(dot - path));
		o = json_object_get(o, first);
		path = dot + 1;
	}
	assert_true(json_is_object(o));
	if (value == NULL)
		assert_int_equal(json_object_del(o, path), 0);
	else
		assert_int_equal(json_object_set_new(o, path, json_loads(value,
		    JSON_DECODE_ANY, NULL)), 0);
}

static void
refused_row(void **state)
{
	static const struct statement none;
	const struct row *row = *state;
	struct statement s = party_statement(AT), back;
	struct note note = { "" };
	struct blob b = { 0 };
	json_t *o;
	char *text;

	if (row->visual)
		party_visual(&s);
	assert_int_equal(statement_write(&s, &b), ERR_OK);
	o = json_loadb((const char *)b.data, b.len, 0, NULL);
	put(o, row->path, row->value);
	text = json_dumps(o, JSON_COMPACT);
	assert_int_equal(statement_read((struct buf){ (uint8_t *)text,
	    strlen(text) }, &back, &note), ERR_LAYOUT);
	assert_string_equal(note.text, row->said);
	assert_memory_equal(&back, &none, sizeof(none));
	json_decref(o);
	free(text);
	blob_free(&b);
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const texts[] = { "", "null", "[]", "{", "{}",
	    "{\"a\":1,\"a\":2}", "\xff" };
	struct note note = { "" };
	struct statement s;
	struct blob big = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(texts); i++)
		assert_int_equal(statement_read((struct buf){
		    (const uint8_t *)texts[i], strlen(texts[i]) }, &s,
		    &note), ERR_LAYOUT);
	memset(blob_space(&big, STATEMENT_MAX + 1), ' ', STATEMENT_MAX + 1);
	assert_int_equal(statement_read(blob_buf(&big), &s, &note),
	    ERR_LAYOUT);
	blob_free(&big);
}

/* --- the record around it --- */

static void
record_begin(struct offline *o, EVP_PKEY *card)
{
	struct statement s = party_statement(AT);

	*o = (struct offline){ .alg = CHALLENGE_RSA_SHA256 };
	memset(o->ticket, 7, sizeof(o->ticket));
	memcpy(o->id, s.visit, sizeof(o->id));
	assert_int_equal(statement_write(&s, &o->statement), ERR_OK);
	EVP_PKEY_up_ref(card);
	o->key = card;
	party_sign(card, o);
}

static EVP_PKEY *card;

static void
a_record_comes_back(void **state)
{
	struct offline o, back;
	struct blob b = { 0 };

	(void)state;
	record_begin(&o, card);
	assert_int_equal(offline_write(&o, &b), ERR_OK);
	assert_int_equal(offline_read(blob_buf(&b), &back), ERR_OK);
	assert_string_equal(back.id, o.id);
	assert_memory_equal(back.ticket, o.ticket, TICKET_LEN);
	assert_string_equal(blob_str(&back.statement),
	    blob_str(&o.statement));
	assert_int_equal(EVP_PKEY_eq(back.key, card), 1);
	assert_int_equal(offline_verify(&back), ERR_OK);
	offline_wipe(&o);
	offline_wipe(&back);
	blob_free(&b);
}

/* Ticket, statement, algorithm: what was signed is that and nothing else. */
static void
the_proof_binds_both(void **state)
{
	struct offline o;

	(void)state;
	record_begin(&o, card);
	assert_int_equal(offline_verify(&o), ERR_OK);
	o.ticket[141] ^= 1;
	assert_int_equal(offline_verify(&o), ERR_PROOF);
	o.ticket[141] ^= 1;
	o.statement.data[20] ^= 1;
	assert_int_equal(offline_verify(&o), ERR_PROOF);
	o.statement.data[20] ^= 1;
	o.alg = CHALLENGE_P384_SHA384;
	assert_int_equal(offline_verify(&o), ERR_PROOF);
	offline_wipe(&o);
}

static const struct record_row {
	const char	*name, *path, *value;
} record_rows[] = {
	{ "record: version 2", "version", "2" },
	{ "record: a member more", "more", "1" },
	{ "record: no ticket", "ticket", NULL },
	{ "record: ticket too short", "ticket", "\"AAAA\"" },
	{ "record: ticket not base 64", "ticket", "\"!!!!\"" },
	{ "record: statement empty", "statement", "\"\"" },
	{ "record: line end in base 64", "statement", "\"AAAA\\n\"" },
	{ "record: base 64 with bits left over", "statement", "\"AB==\"" },
	{ "record: padding in the middle", "statement", "\"AA==AAAA\"" },
	{ "record: an id that is none", "id", "\"x\"" },
	{ "record: proof null", "proof", "null" },
	{ "record: another kind", "proof.kind", "\"none\"" },
	{ "record: another algorithm", "proof.algorithm", "\"RSA\"" },
	{ "record: key that is none", "proof.key", "\"AAAA\"" },
	{ "record: a certificate beside it", "proof.certificate",
	    "\"AAAA\"" },
	{ "record: no signature", "proof.signature", "\"\"" },
};

static void
refused_record(void **state)
{
	const struct record_row *row = *state;
	struct offline o, back;
	struct blob b = { 0 };
	json_t *json;
	char *text;

	record_begin(&o, card);
	assert_int_equal(offline_write(&o, &b), ERR_OK);
	json = json_loadb((const char *)b.data, b.len, 0, NULL);
	put(json, row->path, row->value);
	text = json_dumps(json, JSON_COMPACT);
	assert_int_equal(offline_read((struct buf){ (uint8_t *)text,
	    strlen(text) }, &back), ERR_RECORD_ALTERED);
	assert_null(back.key);
	assert_null(back.statement.data);
	json_decref(json);
	free(text);
	offline_wipe(&o);
	blob_free(&b);
}

static void
ids_are_of_version_4(void **state)
{
	char a[STATEMENT_ID], b[STATEMENT_ID];

	(void)state;
	assert_int_equal(uuid_make(a), ERR_OK);
	assert_int_equal(uuid_make(b), ERR_OK);
	assert_true(uuid_is(a));
	assert_string_not_equal(a, b);
	a[36 - 1] = 'g';
	assert_false(uuid_is(a));
	assert_false(uuid_is(""));
}

#define PLAIN 8

int
main(void)
{
	struct CMUnitTest tests[PLAIN + LEN(rows) + LEN(record_rows)] = {
		cmocka_unit_test(by_pin_comes_back),
		cmocka_unit_test(by_sight_comes_back),
		cmocka_unit_test(without_attributes_it_says_why),
		cmocka_unit_test(says_no_more_than_this),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(a_record_comes_back),
		cmocka_unit_test(the_proof_binds_both),
		cmocka_unit_test(ids_are_of_version_4),
	};
	size_t n = PLAIN;
	int failed;

	for (size_t i = 0; i < LEN(rows); i++) {
		void *row;

		memcpy(&row, &(const void *){ &rows[i] }, sizeof(row));
		tests[n++] = (struct CMUnitTest){ rows[i].name, refused_row,
		    NULL, NULL, row };
	}
	for (size_t i = 0; i < LEN(record_rows); i++) {
		void *row;

		memcpy(&row, &(const void *){ &record_rows[i] }, sizeof(row));
		tests[n++] = (struct CMUnitTest){ record_rows[i].name,
		    refused_record, NULL, NULL, row };
	}
	card = EVP_RSA_gen(2048);
	failed = cmocka_run_group_tests_name("statement", tests, NULL, NULL);
	EVP_PKEY_free(card);
	return (failed);
}
