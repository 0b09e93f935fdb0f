#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/visit/person.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* What may be claimed of a person, by bit. */
enum { GENUINE = 1, KNOWS_PIN = 2, CHAIN = 4, NOT_REVOKED = 8, SIGNED = 16,
    RESEMBLES = 32, PHONE = 64, OFFICIAL = 128 };

static const char *const claims[] = { "genuine card present",
    "holder knows the PIN", "certificate chain and dates",
    "certificate not revoked", "card face signed by its issuer",
    "person resembles the photograph",
    "phone with the person's certificate present",
    "official face reader accepted the person",
    "name and address signed by their issuer" };

static const struct row {
	const char		*name;
	int			 proven, judged;
	enum err		 verdict;
	enum revocation		 revocation;
	int			 surface;
	enum cardca_verdict	 genuine;
	enum compared		 compared;
	unsigned		 want;
	const char		*card;		/* NULL: plastic */
	int			 by_device;
} rows[] = {
	{ "nothing was done", .want = 0 },
	{ "pin: all of it", 1, 1, ERR_OK, REVOCATION_GOOD,
	    .want = GENUINE | KNOWS_PIN | CHAIN | NOT_REVOKED },
	{ "pin: revocation unknown", 1, 1, ERR_OK, REVOCATION_UNKNOWN,
	    .want = GENUINE | KNOWS_PIN | CHAIN },
	{ "pin: revoked", 1, 1, ERR_CERT_REVOKED, REVOCATION_REVOKED,
	    .want = KNOWS_PIN },
	{ "pin: expired, and not revoked", 1, 1, ERR_CERT_EXPIRED,
	    REVOCATION_GOOD, .want = KNOWS_PIN },
	{ "pin: a certificate, no proof", 0, 1, ERR_OK, REVOCATION_GOOD,
	    .want = CHAIN | NOT_REVOKED },
	{ "pin: no certificate, no proof", 0, 1, ERR_CERT_CHAIN,
	    REVOCATION_UNKNOWN, .want = 0 },
	{ "face: all of it", 1, .surface = 1, .genuine = CARDCA_GENUINE,
	    .compared = COMPARED_ENGINE,
	    .want = GENUINE | SIGNED | RESEMBLES },
	{ "face: issuer unknown", 1, .surface = 1,
	    .genuine = CARDCA_ISSUER_UNKNOWN, .compared = COMPARED_ENGINE,
	    .want = 0 },
	{ "pin: a phone", 1, 1, ERR_OK, REVOCATION_GOOD, .card = "phone",
	    .want = PHONE | KNOWS_PIN | CHAIN | NOT_REVOKED },
	{ "pin: an expired phone", 1, 1, ERR_CERT_EXPIRED,
	    REVOCATION_GOOD, .card = "phone", .want = KNOWS_PIN },
	{ "face: a copy", 0, .surface = 1, .genuine = CARDCA_GENUINE,
	    .want = SIGNED },
	{ "face: altered", 1, .surface = 1, .genuine = CARDCA_ALTERED,
	    .want = 0 },
	{ "face: a verdict without a surface", 0, .genuine = CARDCA_GENUINE,
	    .want = 0 },
	{ "visual: all of it", 1, .surface = 1, .genuine = CARDCA_GENUINE,
	    .compared = COMPARED_STAFF, .want = GENUINE | SIGNED |
	    RESEMBLES },
	{ "visual: not compared", 1, .surface = 1, .genuine =
	    CARDCA_GENUINE, .want = GENUINE | SIGNED },
	{ "visual: issuer unknown", 1, .surface = 1,
	    .genuine = CARDCA_ISSUER_UNKNOWN, .compared = COMPARED_STAFF,
	    .want = 0 },
	{ "a device: pin", 1, 1, ERR_OK, REVOCATION_GOOD, .by_device = 1,
	    .want = GENUINE | KNOWS_PIN | CHAIN | NOT_REVOKED },
	{ "a device: visual", 1, .surface = 1, .genuine = CARDCA_GENUINE,
	    .compared = COMPARED_STAFF, .by_device = 1,
	    .want = GENUINE | SIGNED | RESEMBLES },
	{ "official face reader", .compared = COMPARED_OFFICIAL,
	    .want = OFFICIAL },
};

static void
fill(struct identity *id, const struct row *row)
{
	*id = (struct identity){ .mode = "pin", .method = "pin",
	    .card = "plastic", .attributes_err = ERR_NO_FILE,
	    .text_tries = -1, .judged = row->judged,
	    .certificate = { .err = row->verdict,
	    .revocation = row->revocation }, .proven = row->proven,
	    .surface = { .read = row->surface, .verdict = row->genuine,
	    .birthdate = "19600602", .sex = '1' },
	    .compared = row->compared, .by_device = row->by_device };
	if (row->card != NULL)
		snprintf(id->card, sizeof(id->card), "%s", row->card);
}

static int
says(const json_t *list, const char *claim)
{
	const json_t *word;
	size_t i;
	int n = 0;

	json_array_foreach(list, i, word)
		n += strcmp(json_string_value(word), claim) == 0;
	return (n);
}

/* Each claim stands in one of two lists: a device's word is no proof. */
static void
claims_row(void **state)
{
	const struct row *row = *state;
	struct identity id;
	json_t *o, *yes, *no;

	fill(&id, row);
	o = identity_json(&id);
	yes = json_object_get(o, row->by_device ? "judged_by_device" :
	    "proven");
	assert_int_equal(json_array_size(json_object_get(o, row->by_device ?
	    "proven" : "judged_by_device")), 0);
	no = json_object_get(o, "not_proven");
	for (size_t i = 0; i < LEN(claims); i++) {
		assert_int_equal(says(yes, claims[i]),
		    (row->want >> i & 1) != 0);
		assert_int_equal(says(no, claims[i]),
		    (row->want >> i & 1) == 0);
	}
	assert_int_equal(json_array_size(yes) + json_array_size(no),
	    LEN(claims));
	assert_int_equal(json_is_null(json_object_get(o, "proof")),
	    !row->proven);
	assert_int_equal(json_is_null(json_object_get(o, "certificate")),
	    !row->judged);
	assert_int_equal(json_is_null(json_object_get(o, "surface")),
	    !row->surface);
	json_decref(o);
}

/* --- to JSON and back: what a patient is matched by --- */

static const struct person {
	const char		*name;
	struct identity		 id;
	const char		*birthdate, *who;
	enum sex		 sex;
} people[] = {
	{ "attributes", { .mode = "pin", .method = "pin", .card = "plastic",
	    .has_attributes = 1, .attributes = { .name = "資格　一郎",
	    .address = "東京都", .birthdate = "19600602", .sex = '1' },
	    .text_tries = 3 }, "19600602", "資格　一郎", SEX_MALE },
	{ "a woman", { .mode = "pin", .method = "pin", .has_attributes = 1,
	    .attributes = { .name = "ききょう　髙子", .birthdate =
	    "19510401", .sex = '2' }, .text_tries = 2 }, "19510401",
	    "ききょう　髙子", SEX_FEMALE },
	{ "another sex", { .mode = "home", .method = "pin",
	    .has_attributes = 1, .attributes = { .name = "資格　一郎",
	    .birthdate = "19600602", .sex = '9' }, .text_tries = -1 },
	    "19600602", "資格　一郎", SEX_UNKNOWN },
	{ "a surface alone", { .mode = "face", .method = "face",
	    .attributes_err = ERR_NUMBER_B_FEW, .surface = { .read = 1,
	    .birthdate = "19510401", .sex = '2' }, .text_tries = -1 },
	    "19510401", "", SEX_FEMALE },
	{ "both", { .mode = "visual", .method = "visual",
	    .has_attributes = 1, .attributes = { .name = "資格　一郎",
	    .birthdate = "19600602", .sex = '1' }, .surface = { .read = 1,
	    .birthdate = "19600602", .sex = '1' }, .text_tries = -1 },
	    "19600602", "資格　一郎", SEX_MALE },
	{ "unread", { .mode = "pin", .method = "pin", .attributes_err =
	    ERR_PIN_LAST_TRY, .text_tries = 1 }, "", "", SEX_UNKNOWN },
};

static void
round_trip(void **state)
{
	const struct person *row = *state;
	struct match_person who;
	struct identity back;
	json_t *o = identity_json(&row->id);
	char *text = json_dumps(o, JSON_COMPACT);
	json_t *again = json_loads(text, 0, NULL);

	memset(&back, 0xa5, sizeof(back));
	identity_from_json(again, &back);
	assert_string_equal(back.mode, row->id.mode);
	assert_string_equal(back.method, row->id.method);
	assert_string_equal(back.card, row->id.card);
	assert_int_equal(back.has_attributes, row->id.has_attributes);
	assert_int_equal(back.attributes_err, row->id.attributes_err);
	assert_int_equal(back.surface.read, row->id.surface.read);
	assert_string_equal(back.attributes.address,
	    row->id.attributes.address);
	who = identity_person(&back);
	assert_string_equal(who.birthdate, row->birthdate);
	assert_string_equal(who.name, row->who);
	assert_int_equal(who.sex, row->sex);
	json_decref(o);
	json_decref(again);
	free(text);
}

/* What somebody else wrote into the store does not overrun anything. */
static const struct stored {
	const char	*name, *json;
	int		 attributes, surface;
} odd[] = {
	{ "null", NULL, 0, 0 },
	{ "an array", "[1, 2]", 0, 0 },
	{ "numbers for texts", "{\"mode\": 1, \"method\": 2, \"card\": 3}",
	    0, 0 },
	{ "attributes are a text", "{\"attributes\": \"19600602\"}", 0, 0 },
	{ "surface is a text", "{\"surface\": \"x\"}", 0, 0 },
	{ "mode far too long", "{\"mode\": \"0123456789012345678901234567\", "
	    "\"attributes_missing\": \"0123456789012345678901234567890123456"
	    "78901234567890123456789012345678901234567890123456789\"}", 0, 0 },
	{ "birth date too long", "{\"attributes\": {\"name\": \"\", "
	    "\"birthdate\": \"196006021960060219600602\", \"sex\": 12345}, "
	    "\"surface\": {\"birthdate\": \"196006021960060219600602\"}}",
	    1, 1 },
	{ "a sex below zero", "{\"attributes\": {\"sex\": -7}}", 1, 0 },
};

static void
odd_row(void **state)
{
	const struct stored *row = *state;
	json_t *o = row->json == NULL ? NULL : json_loads(row->json, 0, NULL);
	struct identity id;

	assert_int_equal(o == NULL, row->json == NULL);
	memset(&id, 0xa5, sizeof(id));
	identity_from_json(o, &id);
	assert_int_equal(id.has_attributes, row->attributes);
	assert_int_equal(id.surface.read, row->surface);
	assert_true(strlen(id.mode) < sizeof(id.mode));
	assert_true(strlen(id.attributes.birthdate) < 9);
	assert_int_not_equal(identity_person(&id).sex, SEX_MALE);
	assert_int_equal(id.proven, 0);
	json_decref(o);
}

/* --- forgetting --- */

static const struct identity whole = { .mode = "pin", .method = "pin",
    .card = "plastic", .has_attributes = 1, .attributes = {
    .name = "資格　一郎", .address = "東京都", .birthdate = "19600602",
    .sex = '1' }, .text_tries = 2, .judged = 1, .certificate = {
    .err = ERR_CERT_EXPIRED, .generation = "G3", .not_before =
    "2021-06-02", .not_after = "2026-06-02", .days_left = -171 },
    .proven = 1, .surface = { .read = 1, .birthdate = "19600602",
    .sex = '1', .verdict = CARDCA_GENUINE }, .compared = COMPARED_ENGINE,
    .engine = "engine", .score = "0.9", .threshold = "0.8" };

static void
forgets_the_person(void **state)
{
	struct identity id = whole;
	json_t *o;
	char *text;

	(void)state;
	identity_forget(&id);
	assert_string_equal(id.mode, "pin");
	assert_string_equal(id.card, "plastic");
	assert_int_equal(id.certificate.err, ERR_CERT_EXPIRED);
	assert_int_equal(id.surface.verdict, CARDCA_GENUINE);
	assert_null(memmem(&id, sizeof(id), "資格", strlen("資格")));
	assert_null(memmem(&id, sizeof(id), "19600602", 8));
	assert_null(memmem(&id, sizeof(id), "-06-02", 6));
	assert_null(memmem(&id, sizeof(id), "engine", 6));
	o = identity_json(&id);
	text = json_dumps(o, JSON_COMPACT);
	assert_null(strstr(text, "06-02"));
	assert_null(strstr(text, "0602"));
	free(text);
	json_decref(o);
}

static void
json_holds_what_was_compared(void **state)
{
	json_t *o = identity_json(&whole), *c;

	(void)state;
	c = json_object_get(o, "comparison");
	assert_string_equal(json_string_value(json_object_get(c, "by")),
	    "kiosk engine");
	assert_string_equal(json_string_value(json_object_get(c, "score")),
	    "0.9");
	assert_string_equal(json_string_value(json_object_get(c,
	    "threshold")), "0.8");
	assert_int_equal(json_integer_value(json_object_get(o,
	    "text_tries_left")), 2);
	assert_true(json_is_null(json_object_get(o, "attributes_missing")));
	json_decref(o);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(forgets_the_person),
	cmocka_unit_test(json_holds_what_was_compared),
};

#define ADD(table, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name, \
		    .test_func = func,					\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(people) + LEN(odd) +
	    LEN(singles)];
	size_t n = 0;

	ADD(rows, claims_row);
	ADD(people, round_trip);
	ADD(odd, odd_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
