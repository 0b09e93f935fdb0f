#include <sys/stat.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/proof/cardface.h"
#include "tests/lib/card_file.h"
#include "tests/lib/fake_ef.h"
#include "tests/lib/fake_pki.h"
#include "tests/lib/fake_tp.h"
#include "tests/lib/test_card.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define VISIT	"00000000-0000-4000-8000-000000000001"

static char pki[] = "/tmp/cardface-XXXXXX";
static char roots[64];

static int
make_pki(void **state)
{
	struct note note = { "" };

	(void)state;
	if (mkdtemp(pki) == NULL || fake_pki_make(pki, &note) != ERR_OK) {
		fprintf(stderr, "%s: %s\n", pki, note.text);
		return (-1);
	}
	snprintf(roots, sizeof(roots), "%s/roots", pki);
	return (0);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return (remove(path));
}

static int
remove_pki(void **state)
{
	(void)state;
	test_certs_end();
	return (nftw(pki, remove_one, 8, FTW_DEPTH | FTW_PHYS));
}

/* A card of the PKI in its slot, its number as it stands on its front. */
struct slot {
	struct fake_card	*fake;
	struct tp		*tp;
	struct card		 card;
	struct secret		 number;
	struct proof_conf	 conf;
	struct cardface		 face;
	struct note		 note;
};

static void
put_in(struct slot *s, const char *name, const char *setting)
{
	const struct card_opts opts = { 0, 0 };
	const struct secret *b;
	char path[128];

	*s = (struct slot){ .conf = { .trust_folder = roots,
	    .trust_mode = TRUST_TEST } };
	snprintf(path, sizeof(path), "%s/cards/%s", pki, name);
	assert_int_equal(card_file_load(path, &s->fake, &s->note), ERR_OK);
	if (setting != NULL)
		assert_int_equal(card_file_assign(s->fake, setting,
		    &s->note), ERR_OK);
	s->fake->conf.first_6f00 = 0;
	b = &s->fake->pin[FAKE_SURFACE_B].value;
	assert_int_equal(secret_set(&s->number, b->data, b->len), ERR_OK);
	assert_int_equal(fake_tp_open(s->fake, &s->tp), ERR_OK);
	assert_int_equal(tp_begin(s->tp), ERR_OK);
	assert_int_equal(card_open(&s->card, s->tp, &opts), ERR_OK);
}

static enum err
read_it(struct slot *s)
{
	memset(&s->face, 0xa5, sizeof(s->face));
	return (cardface_read(&s->card, &s->conf, VISIT, &s->number, &s->face,
	    &s->note));
}

static void
take_out(struct slot *s)
{
	assert_int_equal(s->fake->stats.forbidden, 0);
	assert_int_equal(s->fake->stats.verify_stray, 0);
	cardface_wipe(&s->face);
	secret_wipe(&s->number);
	tp_close(&s->tp);
	fake_card_free(&s->fake);
}

/* At most the VERIFYs said, and of no other secret of the card. */
static void
verified(const struct slot *s, unsigned surface, unsigned text)
{
	for (int i = 0; i < FAKE_LOCKS; i++)
		assert_int_equal(s->fake->stats.verify[i],
		    i == FAKE_SURFACE_B ? surface : i == FAKE_TEXT_B ? text :
		    0);
}

/* Nothing of the person is left when the reading failed. */
static void
is_forgotten(const struct cardface *face)
{
	const struct attributes none = { .sex = '\0' };

	assert_string_equal(face->birthdate, "");
	assert_string_equal(face->expiry, "");
	assert_int_equal(face->sex, 0);
	assert_int_equal(face->proven, 0);
	assert_int_equal(face->has_attributes, 0);
	assert_memory_equal(&face->attributes, &none, sizeof(none));
	assert_null(face->photo.data);
}

static const struct row {
	const char		*name, *card, *setting;
	enum err		 want;
	enum cardca_verdict	 verdict;
	int			 left;	/* tries shown afterwards */
	unsigned		 surface, text;	/* VERIFYs */
	enum err		 attributes, photo;
} rows[] = {
	{ "genuine", "p03", NULL, ERR_OK, CARDCA_GENUINE, 10, 1, 1, ERR_OK,
	    ERR_OK },
	{ "a woman", "p02", NULL, ERR_OK, CARDCA_GENUINE, 10, 1, 1, ERR_OK,
	    ERR_OK },
	{ "born in 昭和64年", "p13", NULL, ERR_OK, CARDCA_GENUINE, 10, 1, 1,
	    ERR_OK, ERR_OK },
	{ "born in 平成", "p05", NULL, ERR_OK, CARDCA_GENUINE, 10, 1, 1,
	    ERR_OK, ERR_OK },
	{ "a file of more than one script", "big", NULL, ERR_OK,
	    CARDCA_GENUINE, 10, 1, 1, ERR_OK, ERR_OK },
	{ "six tries left", "b-six", NULL, ERR_OK, CARDCA_GENUINE, 10, 1, 1,
	    ERR_OK, ERR_OK },
	{ "no PIN was ever set", "pinless", NULL, ERR_OK, CARDCA_GENUINE, 10,
	    1, 1, ERR_OK, ERR_OK },
	{ "issuer unknown", "cv-unknown", NULL, ERR_OK,
	    CARDCA_ISSUER_UNKNOWN, 10, 1, 1, ERR_OK, ERR_OK },
	{ "photograph garbled", "photo-garbled", NULL, ERR_OK,
	    CARDCA_GENUINE, 10, 1, 1, ERR_OK, ERR_TLV },
	{ "no text application", "no-text", NULL, ERR_OK, CARDCA_GENUINE, 10,
	    1, 0, ERR_NO_FILE, ERR_OK },
	{ "text number: five tries left", "text-b-five", NULL, ERR_OK,
	    CARDCA_GENUINE, 10, 1, 0, ERR_NUMBER_B_FEW, ERR_OK },
	{ "text number: one try left", "p03", "text_number_b_tries=1",
	    ERR_OK, CARDCA_GENUINE, 10, 1, 0, ERR_NUMBER_B_FEW, ERR_OK },
	{ "text number: blocked", "p03", "text_number_b_tries=0", ERR_OK,
	    CARDCA_GENUINE, 10, 1, 0, ERR_NUMBER_B_BLOCKED, ERR_OK },
	{ "text number: never set", "p03", "text_number_b=none", ERR_OK,
	    CARDCA_GENUINE, 10, 1, 0, ERR_NUMBER_B_BLOCKED, ERR_OK },
	{ "text number: another", "p03", "text_number_b=35060220340123",
	    ERR_OK, CARDCA_GENUINE, 10, 1, 1, ERR_NUMBER_B_WRONG, ERR_OK },
	{ "attributes malformed", "odd-name", NULL, ERR_OK, CARDCA_GENUINE,
	    10, 1, 1, ERR_TLV, ERR_OK },

	{ "certificate forged", "cv-forged", NULL, ERR_NOT_GENUINE,
	    CARDCA_FORGED, 10, 1, 0, 0, 0 },
	{ "photograph altered", "photo-altered", NULL, ERR_NOT_GENUINE,
	    CARDCA_ALTERED, 10, 1, 0, 0, 0 },
	{ "birth date altered", "birth-altered", NULL, ERR_NOT_GENUINE,
	    CARDCA_ALTERED, 10, 1, 0, 0, 0 },
	{ "copy without the key", "ap-cloned", NULL, ERR_PROOF,
	    CARDCA_GENUINE, 10, 1, 0, 0, 0 },
	{ "expiry altered", "expiry-altered", NULL, ERR_CONTRADICTS,
	    CARDCA_GENUINE, 10, 1, 0, 0, 0 },
	{ "text of another person", "two-people", NULL, ERR_CONTRADICTS,
	    CARDCA_GENUINE, 10, 1, 1, 0, 0 },
	{ "past its expiry", "card-expired", NULL, ERR_CARD_EXPIRED,
	    CARDCA_GENUINE, 10, 1, 0, 0, 0 },
	{ "no surface application", "no-surface", NULL, ERR_NO_FILE,
	    CARDCA_MALFORMED, -1, 0, 0, 0, 0 },
	{ "a phone", "phone", NULL, ERR_NO_FILE, CARDCA_MALFORMED, -1, 0, 0,
	    0, 0 },
	{ "five tries left", "b-five", NULL, ERR_NUMBER_B_FEW,
	    CARDCA_MALFORMED, 5, 0, 0, 0, 0 },
	{ "one try left", "b-one", NULL, ERR_NUMBER_B_FEW, CARDCA_MALFORMED,
	    1, 0, 0, 0, 0 },
	{ "blocked", "b-blocked", NULL, ERR_NUMBER_B_BLOCKED,
	    CARDCA_MALFORMED, 0, 0, 0, 0, 0 },
	{ "blocked, as 6983", "b-blocked", "blocked_sw=6983",
	    ERR_NUMBER_B_BLOCKED, CARDCA_MALFORMED, 0, 0, 0, 0, 0 },
	{ "tries not said", "p03", "sw_at=4=9000", ERR_NUMBER_B_UNSURE,
	    CARDCA_MALFORMED, -1, 0, 0, 0, 0 },
	{ "no such number", "p03", "sw_at=4=6A88", ERR_NO_FILE,
	    CARDCA_MALFORMED, -1, 0, 0, 0, 0 },
	{ "VERIFY answered oddly: once", "p03", "sw_at=5=6F00", ERR_SW,
	    CARDCA_MALFORMED, -1, 1, 0, 0, 0 },
	{ "face refused", "p03", "sw_at=7=6982", ERR_NEEDS_PIN,
	    CARDCA_MALFORMED, 10, 1, 0, 0, 0 },
};

static void
person_is(const struct slot *s)
{
	const struct cardface *face = &s->face;
	const struct blob *ef = &s->fake->ef[fake_ef_index(
	    fake_ef_find(FAKE_SURFACE, 0x0002))];

	assert_memory_equal(face->birthdate, fake_ef_item(ef, 0xdf22).p, 8);
	assert_int_equal(face->sex, fake_ef_item(ef, 0xdf23).p[0]);
	assert_memory_equal(face->expiry, fake_ef_item(ef, 0xdf29).p, 8);
	assert_int_equal(face->proven, 1);
	assert_int_equal(face->alg, CHALLENGE_RSA_SHA256);
	assert_true(face->at <= clock_wall_ms() &&
	    face->at > clock_wall_ms() - CHALLENGE_LIFE_MS);
	if (face->has_attributes)
		assert_string_equal(face->attributes.birthdate,
		    face->birthdate);
	else
		assert_string_equal(face->attributes.name, "");
}

static void
photo_is(const struct slot *s, enum err want)
{
	static const uint8_t png[] = { 0x89, 'P', 'N', 'G' };

	assert_int_equal(s->face.photo_err, want);
	if (want == ERR_OK)
		assert_memory_equal(s->face.photo.data, png, sizeof(png));
	else
		assert_int_equal(s->face.photo.len, 0);
}

static void
read_row(void **state)
{
	const struct row *row = *state;
	struct slot s;

	put_in(&s, row->card, row->setting);
	assert_int_equal(read_it(&s), row->want);
	assert_int_equal(s.face.verdict, row->verdict);
	assert_int_equal(s.face.number_tries, row->left);
	verified(&s, row->surface, row->text);
	if (row->want == ERR_OK) {
		person_is(&s);
		photo_is(&s, row->photo);
		assert_int_equal(s.face.attributes_err, row->attributes);
		assert_int_equal(s.face.has_attributes,
		    row->attributes == ERR_OK);
	} else
		is_forgotten(&s.face);
	take_out(&s);
}

/* --- the number --- */

static const struct number_row {
	const char	*name, *digits;
	enum err	 want;
	unsigned	 verifies;
} numbers[] = {
	{ "number: wrong code", "35060220340000", ERR_NUMBER_B_WRONG, 1 },
	{ "number: 4 digits", "1234", ERR_NUMBER_B_FORMAT, 0 },
	{ "number: 13 digits", "3506022034012", ERR_NUMBER_B_FORMAT, 0 },
	{ "number: 15 digits", "350602203401230", ERR_NUMBER_B_FORMAT, 0 },
	{ "number: the 12 digits", "000000000000", ERR_NUMBER_B_FORMAT, 0 },
	{ "number: empty", "", ERR_NUMBER_B_FORMAT, 0 },
	{ "number: a letter", "3506022034O123", ERR_NUMBER_B_FORMAT, 0 },
	{ "number: a space", "350602 2340123", ERR_NUMBER_B_FORMAT, 0 },
};

static void
number_row(void **state)
{
	const struct number_row *row = *state;
	struct slot s;
	int tries;

	put_in(&s, "p03", NULL);
	assert_int_equal(secret_set(&s.number, row->digits,
	    strlen(row->digits)), ERR_OK);
	assert_int_equal(read_it(&s), row->want);
	verified(&s, row->verifies, 0);
	is_forgotten(&s.face);
	assert_int_equal(cardface_tries(&s.card, &tries), ERR_OK);
	assert_int_equal(tries, 10 - (int)row->verifies);
	take_out(&s);
}

/* A card that accepts any number the tester likes: it must still agree. */
static const struct agree_row {
	const char	*name, *card, *birth;	/* NULL: the card's own year */
	int		 year;			/* added to its expiry */
	enum err	 want;
} agrees[] = {
	{ "agrees: as printed", "p03", "350602", 0, ERR_OK },
	{ "agrees: another day", "p03", "350603", 0, ERR_CONTRADICTS },
	{ "agrees: another month", "p03", "350702", 0, ERR_CONTRADICTS },
	{ "agrees: another year", "p03", "360602", 0, ERR_CONTRADICTS },
	{ "agrees: year of our era", "p03", "600602", 0, ERR_CONTRADICTS },
	{ "agrees: year 0", "p03", "000602", 0, ERR_CONTRADICTS },
	{ "agrees: next expiry", "p03", "350602", 1, ERR_CONTRADICTS },
	{ "agrees: last expiry", "p03", "350602", -1, ERR_CONTRADICTS },
	{ "agrees: 昭和64年", "p13", "640101", 0, ERR_OK },
	{ "agrees: 平成元年, a week early", "p13", "010101", 0,
	    ERR_CONTRADICTS },
};

static void
agree_row(void **state)
{
	const struct agree_row *row = *state;
	struct fake_pin *pin;
	char number[32];
	struct slot s;
	int year;

	put_in(&s, row->card, NULL);
	pin = &s.fake->pin[FAKE_SURFACE_B];
	assert_int_equal(sscanf((const char *)pin->value.data + 6, "%4d",
	    &year), 1);
	snprintf(number, sizeof(number), "%s%04d0123", row->birth,
	    year + row->year);
	assert_int_equal(secret_set(&pin->value, number, 14), ERR_OK);
	assert_int_equal(secret_set(&s.fake->pin[FAKE_TEXT_B].value, number,
	    14), ERR_OK);
	assert_int_equal(secret_set(&s.number, number, 14), ERR_OK);
	assert_int_equal(read_it(&s), row->want);
	if (row->want == ERR_OK)
		person_is(&s);
	else
		assert_non_null(strstr(s.note.text, "check number B"));
	take_out(&s);
}

/* --- tries, before anything is asked --- */

static const struct tries_row {
	const char	*name, *card;
	enum err	 want;
	int		 tries;
} asks[] = {
	{ "tries: full", "p03", ERR_OK, 10 },
	{ "tries: five", "b-five", ERR_OK, 5 },
	{ "tries: one", "b-one", ERR_OK, 1 },
	{ "tries: none", "b-blocked", ERR_OK, 0 },
	{ "tries: no surface", "no-surface", ERR_NO_FILE, -1 },
	{ "tries: a phone", "phone", ERR_NO_FILE, -1 },
};

static void
tries_row(void **state)
{
	const struct tries_row *row = *state;
	struct slot s;
	int tries = 99;

	put_in(&s, row->card, NULL);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(cardface_tries(&s.card, &tries), row->want);
		assert_int_equal(tries, row->tries);
	}
	verified(&s, 0, 0);
	take_out(&s);
}

/* --- the rest --- */

/* In production neither the folder nor a test card counts. */
static void
production(void **state)
{
	struct slot s;

	(void)state;
	put_in(&s, "p03", NULL);
	s.conf.trust_mode = TRUST_PRODUCTION;
	assert_int_equal(read_it(&s), ERR_OK);
	assert_int_equal(s.face.verdict, CARDCA_ISSUER_UNKNOWN);
	assert_int_equal(s.face.proven, 1);
	assert_string_equal(s.face.issuer, FAKE_SURFACE_CA "/001");
	assert_non_null(strstr(s.note.text, "trust.mode = test"));
	take_out(&s);
}

static void
certificate_is_none(void **state)
{
	struct slot s;
	struct blob *ef;

	(void)state;
	for (int i = 0; i < 2; i++) {
		put_in(&s, "p03", NULL);
		ef = &s.fake->ef[fake_ef_index(fake_ef_find(FAKE_SURFACE,
		    0x0004))];
		/* Another tag, which is not read; an id that is none. */
		ef->data[i == 0 ? 0 : 10] = 0;
		assert_int_equal(read_it(&s), ERR_NOT_GENUINE);
		assert_int_equal(s.face.verdict, CARDCA_MALFORMED);
		assert_string_equal(s.face.issuer, "");
		assert_int_equal(s.fake->stats.sign, 0);
		take_out(&s);
	}
}

static void
make_ef(struct slot *s, enum fake_app app, uint16_t id,
    const struct fake_face *face)
{
	const struct fake_ef *ef = fake_ef_find(app, id);

	assert_int_equal(fake_ef_make(ef, face,
	    &s->fake->ef[fake_ef_index(ef)]), ERR_OK);
}

/* Another birth date, signed anew by a CA that is put into the folder. */
static void
personalise(struct slot *s, const char *birth)
{
	struct fake_face face = { .person = test_card_person,
	    .expiry = "20350602", .ca = "9900077",
	    .photo = { (const uint8_t *)"none", 4 },
	    .ap_key = test_key(TEST_KEY_LEAF),
	    .issuer_key = test_key(TEST_KEY_ROOT2),
	    .card_ca = test_key(TEST_KEY_ROOT1) };
	struct blob text = { 0 };
	char path[128];

	face.person.birth = birth;
	make_ef(s, FAKE_TEXT, 0x0002, &face);
	make_ef(s, FAKE_SURFACE, 0x0002, &face);
	make_ef(s, FAKE_SURFACE, 0x0004, &face);
	EVP_PKEY_free(s->fake->key[FAKE_KEY_AP]);
	assert_int_equal(EVP_PKEY_up_ref(face.ap_key), 1);
	s->fake->key[FAKE_KEY_AP] = face.ap_key;
	assert_int_equal(fake_card_ca(face.ca, face.card_ca, &text), ERR_OK);
	snprintf(path, sizeof(path), "%s/own.cardca", roots);
	test_write(path, text.data, text.len);
	blob_free(&text);
}

/* A day that is in no calendar has no era: month and day must agree. */
static const struct day_row {
	const char	*name, *birth, *number;
	enum err	 want;
} days[] = {
	{ "day 0", "19600600", "35060020350123", ERR_OK },
	{ "day and month 0", "19600000", "35000020350123", ERR_OK },
	{ "day 0, another month", "19600600", "35070020350123",
	    ERR_CONTRADICTS },
	{ "day 0, number with a day", "19600600", "35060220350123",
	    ERR_CONTRADICTS },
	{ "last day of 昭和", "19890107", "64010720350123", ERR_OK },
	{ "last day of 昭和 as 平成", "19890107", "01010720350123",
	    ERR_CONTRADICTS },
	{ "first day of 平成", "19890108", "01010820350123", ERR_OK },
	{ "first day of 平成 as 昭和", "19890108", "64010820350123",
	    ERR_CONTRADICTS },
	{ "last day of 平成", "20190430", "31043020350123", ERR_OK },
	{ "first day of 令和", "20190501", "01050120350123", ERR_OK },
	{ "last day of 大正", "19261224", "15122420350123", ERR_OK },
	{ "first day of 昭和", "19261225", "01122520350123", ERR_OK },
	{ "明治", "19120729", "45072920350123", ERR_OK },
};

static void
day_row(void **state)
{
	const struct day_row *row = *state;
	struct slot s;

	put_in(&s, "p03", NULL);
	personalise(&s, row->birth);
	assert_int_equal(secret_set(&s.fake->pin[FAKE_SURFACE_B].value,
	    row->number, 14), ERR_OK);
	assert_int_equal(secret_set(&s.fake->pin[FAKE_TEXT_B].value,
	    row->number, 14), ERR_OK);
	assert_int_equal(secret_set(&s.number, row->number, 14), ERR_OK);
	assert_int_equal(read_it(&s), row->want);
	assert_int_equal(s.face.verdict, CARDCA_GENUINE);
	assert_string_equal(s.face.issuer, "9900077/001");
	if (row->want == ERR_OK)
		person_is(&s);
	else
		assert_non_null(strstr(s.note.text, "check number B"));
	take_out(&s);
}

/*
 * The card is pulled at its n-th command, for every n there is: nothing of
 * the person is left, and no VERIFY is sent twice.
 */
static void
pulled_at_each_command(void **state)
{
	unsigned n = 2, at = 0;
	enum err r = ERR_NO_CARD;

	(void)state;
	for (; r != ERR_OK; n++) {
		char setting[32];
		struct slot s;

		snprintf(setting, sizeof(setting), "pull_lost_at=%u", n);
		put_in(&s, "p03", setting);
		r = read_it(&s);
		assert_true(s.fake->stats.verify[FAKE_SURFACE_B] <= 1);
		assert_true(s.fake->stats.verify[FAKE_TEXT_B] <= 1);
		if (r != ERR_OK) {
			assert_int_equal(r, ERR_NO_CARD);
			is_forgotten(&s.face);
			at++;
		}
		take_out(&s);
	}
	/* 4639 bytes of the face in 19 reads are the most of it. */
	assert_true(at > 30);
}

static void
wipes_nothing(void **state)
{
	(void)state;
	cardface_wipe(NULL);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(production),
	cmocka_unit_test(certificate_is_none),
	cmocka_unit_test(pulled_at_each_command),
	cmocka_unit_test(wipes_nothing),
};

/* A row's first member is its name. */
#define ADD(rows, fn) do {						\
	for (size_t i_ = 0; i_ < LEN(rows); i_++)			\
		tests[n++] = (struct CMUnitTest){ .name = (rows)[i_].name,\
		    .test_func = (fn), .initial_state =			\
		    (void *)(uintptr_t)&(rows)[i_] };			\
} while (0)

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(numbers) + LEN(agrees) +
	    LEN(asks) + LEN(days) + LEN(singles)];
	size_t n = 0;

	ADD(rows, read_row);
	ADD(numbers, number_row);
	ADD(agrees, agree_row);
	ADD(asks, tries_row);
	ADD(days, day_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests_name("visit_cardface", tests, make_pki,
	    remove_pki));
}
