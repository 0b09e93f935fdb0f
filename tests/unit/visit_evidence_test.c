#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "host/visit/evidence.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define VISIT	"00000000-0000-4000-8000-000000000001"
#define OTHER	"00000000-0000-4000-8000-000000000002"
#define AT	"2026-11-20T09:00:00+09:00"
#define NOW	INT64_C(1795132800000)		/* the same */

static EVP_PKEY *key, *other_key;

static int
make_keys(void **state)
{
	(void)state;
	key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	other_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return (key == NULL || other_key == NULL ? -1 : 0);
}

static int
free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	return (0);
}

static void
sign(struct evidence *e, const char *visit, EVP_PKEY *with)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = sizeof(e->signature);
	char text[512];
	size_t n;

	/* Written out here, so that the text itself is tested. */
	n = (size_t)snprintf(text, sizeof(text), "shikaku face evidence 1\n"
	    "%s\n%s\n%s\n%s\n%s\n%s\n%s\n", visit, e->nonce, e->engine,
	    e->score, e->threshold, e->liveness, e->at);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, with), 1);
	assert_int_equal(EVP_DigestSign(ctx, e->signature, &len,
	    (const unsigned char *)text, n), 1);
	EVP_MD_CTX_free(ctx);
}

static void
start(struct evidence *e, struct evidence_terms *t)
{
	size_t len = sizeof(t->key);

	*e = (struct evidence){ .engine = "face-engine/2.1",
	    .score = "0.912345", .threshold = "0.8", .liveness = "passed",
	    .at = AT };
	*t = (struct evidence_terms){ .visit = VISIT, .threshold = 700000,
	    .now = NOW };
	for (size_t i = 0; i < EVIDENCE_NONCE; i++) {
		t->nonce[i] = (uint8_t)(0xf0 + i);
		snprintf(e->nonce + 2 * i, 3, "%02x", t->nonce[i]);
	}
	assert_int_equal(EVP_PKEY_get_raw_public_key(key, t->key, &len), 1);
}

/* --- what is signed and true, and what is signed and is not --- */

static const struct row {
	const char	*name, *score, *threshold, *liveness, *at;
	int		 least;		/* of the terms; 0: 700000 */
	int64_t		 later;		/* ms the agent's clock is ahead */
	enum err	 want;
	const char	*note;		/* begins with */
} rows[] = {
	{ "a match", .want = ERR_OK },
	{ "score is the threshold", "0.8", "0.800000", .want = ERR_OK },
	{ "score a millionth below", "0.799999", "0.8",
	    .want = ERR_NOT_MATCHED },
	{ "score 0", "0", "0.8", .want = ERR_NOT_MATCHED },
	{ "score 1", "1.000000", "1", .want = ERR_OK },
	{ "threshold is the least", "0.9", "0.7", .want = ERR_OK },
	{ "threshold a millionth below the least", "0.9", "0.699999",
	    .want = ERR_EVIDENCE, .note = "threshold" },
	{ "threshold 0", "0.9", "0", .want = ERR_EVIDENCE,
	    .note = "threshold" },
	{ "threshold 0, and no least but 1", "1", "0", .least = 1,
	    .want = ERR_EVIDENCE, .note = "threshold" },
	{ "threshold is no fraction", "0.9", "70%", .want = ERR_EVIDENCE,
	    .note = "threshold" },
	{ "threshold empty", "0.9", "", .want = ERR_EVIDENCE,
	    .note = "threshold" },
	{ "score is no fraction", "high", "0.8", .want = ERR_EVIDENCE,
	    .note = "score" },
	{ "score above 1", "1.000001", "0.8", .want = ERR_EVIDENCE,
	    .note = "score" },
	{ "score negative", "-0.9", "0.8", .want = ERR_EVIDENCE,
	    .note = "score" },
	{ "liveness failed", .liveness = "failed", .want = ERR_NOT_MATCHED },
	{ "liveness none", .liveness = "none", .want = ERR_NOT_MATCHED },
	{ "liveness empty", .liveness = "", .want = ERR_NOT_MATCHED },
	{ "liveness in capitals", .liveness = "PASSED",
	    .want = ERR_NOT_MATCHED },
	{ "liveness is a beginning", .liveness = "pass",
	    .want = ERR_NOT_MATCHED },
	{ "60 s old", .later = 60000, .want = ERR_OK },
	{ "60.001 s old", .later = 60001, .want = ERR_EVIDENCE,
	    .note = "at" },
	{ "60 s ahead", .later = -60000, .want = ERR_OK },
	{ "60.001 s ahead", .later = -60001, .want = ERR_EVIDENCE,
	    .note = "at" },
	{ "a day old", .later = 86400000, .want = ERR_EVIDENCE,
	    .note = "at" },
	{ "in UTC", .at = "2026-11-20T00:00:00Z", .want = ERR_OK },
	{ "with milliseconds", .at = "2026-11-20T09:00:00.123+09:00",
	    .want = ERR_OK },
	{ "west of Greenwich", .at = "2026-11-19T23:30:00-00:30",
	    .want = ERR_OK },
	{ "the sign of the zone turned", .at = "2026-11-20T09:00:00-09:00",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "no zone", .at = "2026-11-20T09:00:00", .want = ERR_EVIDENCE,
	    .note = "at" },
	{ "a zone without colon", .at = "2026-11-20T09:00:00+0900",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "a zone of 24 hours", .at = "2026-11-20T09:00:00+24:00",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "a zone twice signed", .at = "2026-11-19T15:00:00+-9:00",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "a zone and more", .at = "2026-11-20T09:00:00+09:000",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "Z and more", .at = "2026-11-20T00:00:00Zulu",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "a point and no digits", .at = "2026-11-20T09:00:00.+09:00",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "a blank for a digit", .at = "2026-11-20T 9:00:00+09:00",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "a digit left out", .at = "2026-11-20T9:00:00+09:00",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "a blank before it", .at = " 2026-11-20T09:00:00+09:00",
	    .want = ERR_EVIDENCE, .note = "at" },
	{ "a date alone", .at = "2026-11-20", .want = ERR_EVIDENCE,
	    .note = "at" },
	{ "no time at all", .at = "", .want = ERR_EVIDENCE, .note = "at" },
	{ "seconds since 1970", .at = "1795132800", .want = ERR_EVIDENCE,
	    .note = "at" },
};

static void
put(char *to, size_t room, const char *from)
{
	if (from != NULL)
		snprintf(to, room, "%s", from);
}

static void
check_row(void **state)
{
	const struct row *row = *state;
	struct note note = { "" };
	struct evidence_terms t;
	struct evidence e;

	start(&e, &t);
	put(e.score, sizeof(e.score), row->score);
	put(e.threshold, sizeof(e.threshold), row->threshold);
	put(e.liveness, sizeof(e.liveness), row->liveness);
	put(e.at, sizeof(e.at), row->at);
	t.now += row->later;
	if (row->least != 0)
		t.threshold = row->least;
	sign(&e, VISIT, key);
	assert_int_equal(evidence_check(&e, &t, &note), row->want);
	assert_int_equal(strncmp(note.text, row->note == NULL ? "" :
	    row->note, row->note == NULL ? 1 : strlen(row->note)), 0);
}

/* --- what is not what was signed --- */

static void
flip_signature(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	e->signature[EVIDENCE_SIG - 1] ^= 1;
}

static void
no_signature(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	memset(e->signature, 0, sizeof(e->signature));
}

static void
other_signer(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	sign(e, VISIT, other_key);
}

static void
other_visit(struct evidence *e, struct evidence_terms *t)
{
	(void)e;
	t->visit = OTHER;
}

static void
flip_key(struct evidence *e, struct evidence_terms *t)
{
	(void)e;
	t->key[0] ^= 1;
}

static void
engine(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	e->engine[0] ^= 1;
}

static void
engine_shorter(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	e->engine[strlen(e->engine) - 1] = '\0';
}

static void
score_up(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	e->score[2] = '8';
}

static void
same_score(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	memcpy(e->threshold, "0.80", 5);
}

static void
threshold_down(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	e->threshold[2] = '7';
}

static void
liveness(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	memcpy(e->liveness, "failed", 7);
}

static void
at(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	e->at[18] = '1';
}

static void
nonce_sent(struct evidence *e, struct evidence_terms *t)
{
	(void)t;
	e->nonce[0] = 'e';
}

static const struct change {
	const char	*name;
	void		(*make)(struct evidence *, struct evidence_terms *);
} changes[] = {
	{ "signature: one bit", flip_signature },
	{ "signature: zeros", no_signature },
	{ "signature: of another key", other_signer },
	{ "another visit", other_visit },
	{ "another key is registered", flip_key },
	{ "engine: one bit", engine },
	{ "engine: cut", engine_shorter },
	{ "score raised", score_up },
	{ "threshold: the same number, other text", same_score },
	{ "threshold lowered", threshold_down },
	{ "liveness", liveness },
	{ "at", at },
	{ "nonce", nonce_sent },
};

static void
change_row(void **state)
{
	const struct change *row = *state;
	struct note note = { "" };
	struct evidence_terms t;
	struct evidence e;

	start(&e, &t);
	sign(&e, VISIT, key);
	row->make(&e, &t);
	assert_int_equal(evidence_check(&e, &t, &note), ERR_EVIDENCE);
	assert_string_equal(note.text, "signature");
}

static const struct nonce_row {
	const char	*name, *nonce;	/* NULL: of this visit, one bit off */
} nonces[] = {
	{ "nonce of another visit", NULL },
	{ "nonce empty", "" },
	{ "nonce in capitals", "F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"
	    "000102030405060708090A0B0C0D0E0F" },
	{ "nonce half", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" },
};

static void
nonce_row(void **state)
{
	const struct nonce_row *row = *state;
	struct note note = { "" };
	struct evidence_terms t;
	struct evidence e;

	start(&e, &t);
	if (row->nonce == NULL)
		t.nonce[EVIDENCE_NONCE - 1] ^= 1;
	put(e.nonce, sizeof(e.nonce), row->nonce);
	sign(&e, VISIT, key);
	assert_int_equal(evidence_check(&e, &t, &note), ERR_EVIDENCE);
	assert_string_equal(note.text, "nonce");
}

/* --- the numbers --- */

static const struct fraction {
	const char	*text;
	int		 want;
} fractions[] = {
	{ "0", 0 }, { "1", 1000000 }, { "1.0", 1000000 },
	{ "1.000000", 1000000 }, { "0.0", 0 }, { "0.5", 500000 },
	{ "0.000001", 1 }, { "0.999999", 999999 }, { "0.912345", 912345 },
	{ "", -1 }, { "1.000001", -1 }, { "1.1", -1 }, { "2", -1 },
	{ "0.1234567", -1 }, { "00.5", -1 }, { ".5", -1 }, { "-0", -1 },
	{ "-0.5", -1 }, { "+0.5", -1 }, { "0.", -1 }, { "1.", -1 },
	{ "0,5", -1 }, { "0.5 ", -1 }, { " 0.5", -1 }, { "0.5e0", -1 },
	{ "0.-5", -1 }, { "0.5.5", -1 }, { "0x1", -1 }, { "01", -1 },
	{ "10", -1 }, { "nan", -1 }, { "０.5", -1 },
};

static void
fraction_row(void **state)
{
	const struct fraction *row = *state;

	assert_int_equal(evidence_fraction(row->text), row->want);
}

/* --- the text --- */

static void
text_fits_or_is_none(void **state)
{
	struct evidence_terms t;
	char out[512];
	struct evidence e;
	size_t n;

	(void)state;
	start(&e, &t);
	n = evidence_text(&e, VISIT, out, sizeof(out));
	assert_int_equal(n, strlen(out));
	assert_int_equal(out[n - 1], '\n');
	assert_int_equal(evidence_text(&e, VISIT, out, n + 1), n);
	assert_int_equal(evidence_text(&e, VISIT, out, n), 0);
	assert_int_equal(evidence_text(&e, VISIT, out, 1), 0);
}

/* Every field at its longest: still signed as a whole. */
static void
longest_fields_are_signed(void **state)
{
	struct note note = { "" };
	struct evidence_terms t;
	struct evidence e;

	(void)state;
	start(&e, &t);
	memset(e.engine, 'e', sizeof(e.engine) - 1);
	put(e.at, sizeof(e.at), "2026-11-20T09:00:00.00000000000000+09:00");
	sign(&e, VISIT, key);
	assert_int_equal(evidence_check(&e, &t, &note), ERR_OK);
	e.engine[sizeof(e.engine) - 2] = 'f';
	assert_int_equal(evidence_check(&e, &t, &note), ERR_EVIDENCE);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(text_fits_or_is_none),
	cmocka_unit_test(longest_fields_are_signed),
};

#define ADD(table, field, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].field, \
		    .test_func = func,					\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(changes) + LEN(nonces) +
	    LEN(fractions) + LEN(singles)];
	size_t n = 0;

	ADD(rows, name, check_row);
	ADD(changes, name, change_row);
	ADD(nonces, name, nonce_row);
	ADD(fractions, text, fraction_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, make_keys, free_keys));
}
