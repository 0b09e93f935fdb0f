#include <stdio.h>
#include <string.h>

#include "base/birthdate.h"
#include "base/clock.h"
#include "base/log.h"
#include "host/proof/cardface.h"
#include "host/proof/photo.h"
#include "reader/surface.h"

/* 照合番号B: birth date 6, expiry year 4, code 4 (card-and-readers.md 2.3). */
#define B_YEAR		6
#define B_MONTH_DAY	2

/* One reading while the card is powered. */
struct reading {
	struct card		*card;
	const struct proof_conf	*conf;
	const char		*visit;
	const struct secret	*number;
	struct cardface		*face;
	struct note		*note;
	struct blob		 file;		/* EF 0002 */
	struct surface		 surface;	/* borrows from file */
	EVP_PKEY		*key;		/* the card's own */
};

/* What reader/pin says of a PIN, said of this number. */
static const struct {
	enum err	pin, number;
} number_errs[] = {
	{ ERR_PIN_WRONG, ERR_NUMBER_B_WRONG },
	{ ERR_PIN_BLOCKED, ERR_NUMBER_B_BLOCKED },
	{ ERR_PIN_FORMAT, ERR_NUMBER_B_FORMAT },
	{ ERR_PIN_NONE, ERR_NO_FILE },
};

static enum err
of_number(enum err r)
{
	for (size_t i = 0; i < sizeof(number_errs) / sizeof(number_errs[0]);
	    i++) {
		if (number_errs[i].pin == r)
			return (number_errs[i].number);
	}
	return (r);
}

enum err
cardface_tries(struct card *card, int *tries)
{
	enum err r;

	*tries = PIN_TRIES_UNKNOWN;
	if ((r = surface_select(card)) != ERR_OK)
		return (r);
	return (of_number(pin_tries(card, PIN_SURFACE_B, tries)));
}

static enum err
may_try(int tries)
{
	if (tries == 0)
		return (ERR_NUMBER_B_BLOCKED);
	if (tries == PIN_TRIES_UNKNOWN)
		return (ERR_NUMBER_B_UNSURE);
	return (tries <= PIN_B_FLOOR ? ERR_NUMBER_B_FEW : ERR_OK);
}

/* Its counter was asked for; the digits are sent once or not at all. */
static enum err
verify_once(struct reading *rd, enum pin_kind kind, int *tries)
{
	enum err r;

	if ((r = may_try(*tries)) == ERR_OK)
		r = of_number(pin_verify(rd->card, kind, rd->number, tries));
	if (r == ERR_OK)
		*tries = pin_full(kind);
	return (r);
}

static enum err
open_surface(struct reading *rd)
{
	int *tries = &rd->face->number_tries;
	enum err r;

	if ((r = cardface_tries(rd->card, tries)) != ERR_OK)
		return (r);
	return (verify_once(rd, PIN_SURFACE_B, tries));
}

static enum err
read_face(struct reading *rd)
{
	struct cardface *face = rd->face;
	enum err r;

	if ((r = surface_read(rd->card, &rd->file)) != ERR_OK ||
	    (r = surface_parse(blob_buf(&rd->file), &rd->surface)) != ERR_OK)
		return (r);
	memcpy(face->birthdate, rd->surface.birthdate,
	    sizeof(face->birthdate));
	memcpy(face->expiry, rd->surface.expiry, sizeof(face->expiry));
	face->sex = rd->surface.sex;
	return (ERR_OK);
}

static enum err
judge(struct reading *rd)
{
	const struct cardca_rules rules = { rd->conf->trust_mode,
	    rd->conf->trust_folder };
	struct cardca_claim claim = { .signature = rd->surface.signature,
	    .key = rd->surface.key };
	struct cardca_result result = { .verdict = CARDCA_MALFORMED };
	struct blob certificate = { 0 };
	enum err r;

	memcpy(claim.part, rd->surface.part, sizeof(claim.part));
	r = surface_certificate(rd->card, &certificate);
	if (r == ERR_OK) {
		claim.certificate = blob_buf(&certificate);
		r = cardca_judge(&claim, &rules, &result, rd->note);
	} else if (r == ERR_TLV)
		r = ERR_OK;	/* no certificate: malformed */
	blob_free(&certificate);
	rd->key = result.key;
	rd->face->verdict = result.verdict;
	memcpy(rd->face->issuer, result.issuer, sizeof(result.issuer));
	return (r != ERR_OK || result.key != NULL ? r : ERR_NOT_GENUINE);
}

/* The key of the signed data, or a copy of its files. */
static enum err
prove(struct reading *rd)
{
	struct cardface *face = rd->face;
	uint8_t input[CHALLENGE_INPUT_MAX];
	size_t len = sizeof(input);
	struct blob sig = { 0 };
	struct challenge ch;
	enum err r;

	face->alg = CHALLENGE_RSA_SHA256;
	if ((r = challenge_make(&ch, rd->visit, face->alg,
	    clock_wall_ms())) == ERR_OK &&
	    (r = challenge_input(&ch, input, &len)) == ERR_OK &&
	    (r = surface_sign(rd->card, input, len, &sig)) == ERR_OK) {
		face->at = clock_wall_ms();
		r = challenge_verify(&ch, rd->visit, rd->key, sig.data,
		    sig.len, face->at);
	}
	face->proven = r == ERR_OK;
	blob_free(&sig);
	return (r);
}

/* The number's birth date is in the year of the era: one of them fits. */
static int
is_birthdate(const char *birthdate, const char *number)
{
	char text[16], read[BIRTHDATE_LEN];
	const char *why;
	int same = 0;

	/* A day that is not in the calendar has no era; the rest must do. */
	if (!clock_is_date(birthdate))
		return (memcmp(number + B_MONTH_DAY, birthdate + 4, 4) == 0);
	for (const char *era = "rhstm"; *era != '\0' && !same; era++) {
		snprintf(text, sizeof(text), "%c%.2s.%.2s.%.2s", *era, number,
		    number + B_MONTH_DAY, number + B_MONTH_DAY + 2);
		same = birthdate_read(text, read, &why) == ERR_OK &&
		    strcmp(read, birthdate) == 0;
	}
	secret_cleanse(text, sizeof(text));
	secret_cleanse(read, sizeof(read));
	return (same);
}

/*
 * The card accepted the number, which was copied from its front: what it
 * says of birth and expiry must be what was read.  So an expiry that was
 * changed on the way, which no signature shows, does not pass.
 */
static enum err
compare_number(const struct reading *rd)
{
	char number[PIN_B_LEN + 1] = "";
	enum err r = ERR_OK;

	memcpy(number, rd->number->data, PIN_B_LEN);
	if (!is_birthdate(rd->face->birthdate, number)) {
		note_set(rd->note, "check number B has another birth date "
		    "than the card's data");
		r = ERR_CONTRADICTS;
	} else if (memcmp(number + B_YEAR, rd->face->expiry, 4) != 0) {
		note_set(rd->note, "check number B has another expiry year "
		    "than the card's data");
		r = ERR_CONTRADICTS;
	}
	secret_cleanse(number, sizeof(number));
	return (r);
}

/* Its last day is a day of Japan. */
static enum err
check_expiry(const struct reading *rd)
{
	char today[CLOCK_STAMP_LEN];

	clock_stamp(clock_wall_ms(), today);
	return (memcmp(rd->face->expiry, today, 8) < 0 ? ERR_CARD_EXPIRED :
	    ERR_OK);
}

static enum err
read_surface(struct reading *rd)
{
	enum err r;

	if ((r = open_surface(rd)) != ERR_OK || (r = read_face(rd)) !=
	    ERR_OK || (r = judge(rd)) != ERR_OK || (r = prove(rd)) != ERR_OK ||
	    (r = compare_number(rd)) != ERR_OK ||
	    (r = check_expiry(rd)) != ERR_OK)
		return (r);
	rd->face->photo_err = photo_png(rd->surface.photo, &rd->face->photo);
	return (ERR_OK);
}

static enum err
read_text(struct reading *rd)
{
	int tries = PIN_TRIES_UNKNOWN;
	enum err r;

	if ((r = attributes_select(rd->card)) != ERR_OK ||
	    (r = of_number(pin_tries(rd->card, PIN_TEXT_B, &tries))) !=
	    ERR_OK || (r = verify_once(rd, PIN_TEXT_B, &tries)) != ERR_OK)
		return (r);
	return (attributes_read(rd->card, &rd->face->attributes));
}

/* The text application is not signed to us: it must repeat what is. */
static enum err
compare_text(const struct reading *rd)
{
	const struct cardface *face = rd->face;

	if (strcmp(face->attributes.birthdate, face->birthdate) == 0 &&
	    face->attributes.sex == face->sex)
		return (ERR_OK);
	note_set(rd->note, "the card's two applications name different "
	    "birth dates or sexes");
	return (ERR_CONTRADICTS);
}

static enum err
read_attributes(struct reading *rd)
{
	struct cardface *face = rd->face;
	enum err r;

	r = read_text(rd);
	face->attributes_err = r;
	face->has_attributes = r == ERR_OK;
	if (r == ERR_OK)
		return (compare_text(rd));
	log_line(LOG_INFO, "cardface", "attributes not read: %s",
	    err_name(r));
	return (card_lost(r) ? r : ERR_OK);
}

static void
start(struct cardface *face)
{
	*face = (struct cardface){ .verdict = CARDCA_MALFORMED,
	    .number_tries = PIN_TRIES_UNKNOWN, .attributes_err = ERR_NO_FILE,
	    .photo_err = ERR_NO_FILE };
}

/* So that a refusal can be explained. */
static void
forget(struct cardface *face)
{
	struct cardface kept;

	start(&kept);
	kept.verdict = face->verdict;
	kept.number_tries = face->number_tries;
	memcpy(kept.issuer, face->issuer, sizeof(kept.issuer));
	cardface_wipe(face);
	*face = kept;
}

enum err
cardface_read(struct card *card, const struct proof_conf *conf,
    const char *visit_id, const struct secret *number_b,
    struct cardface *face, struct note *note)
{
	struct reading rd = { .card = card, .conf = conf, .visit = visit_id,
	    .number = number_b, .face = face, .note = note };
	enum err r;

	start(face);
	if ((r = read_surface(&rd)) == ERR_OK)
		r = read_attributes(&rd);
	if (r != ERR_OK) {
		forget(face);
	} else {
		face->key = rd.key;
		rd.key = NULL;	/* moved */
	}
	surface_wipe(&rd.surface);
	blob_free(&rd.file);
	EVP_PKEY_free(rd.key);
	return (r);
}

void
cardface_wipe(struct cardface *face)
{
	if (face == NULL)
		return;
	blob_free(&face->photo);
	EVP_PKEY_free(face->key);
	secret_cleanse(face, sizeof(*face));
}
