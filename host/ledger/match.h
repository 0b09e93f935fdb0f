#ifndef HOST_LEDGER_MATCH_H
#define HOST_LEDGER_MATCH_H

#include "host/ledger/patient.h"

/*
 * Which patient a card's four attributes mean.  Birth date and sex must
 * agree; the name by its key with variant glyphs (髙 高), kana where both
 * have it.  A name with ● says nothing sure, an unknown sex neither: such a
 * patient is possible, never certain.  Only exactly one certain and no other
 * possible patient is a match; everything else waits for a person.
 */
struct match_person {
	const char	*name;		/* UTF-8 as on the card; "" unknown */
	const char	*kana;		/* "" unknown */
	const char	*birthdate;	/* YYYYMMDD */
	enum sex	 sex;
};

/* What two texts, or two sexes, say about one person.  Blank ones, names
 * with a gap and sexes other than male and female say nothing. */
enum says { SAYS_NOTHING, SAYS_DIFFERENT, SAYS_SAME };

enum says	match_names(const char *, const char *);
enum says	match_kana(const char *, const char *);
enum says	match_sexes(enum sex, enum sex);

enum match { MATCH_NO, MATCH_POSSIBLE, MATCH_CERTAIN };

/* Compares one patient with a person. */
enum match	match_one(const struct match_person *, const struct patient *);

/*
 * Searches the ledger: ERR_OK and *found, ERR_NO_MATCH, ERR_MANY_MATCH (more
 * than one possible) or ERR_UNSURE_MATCH (one, not certain); the note lists
 * up to five chart numbers, no names.
 */
enum err	match_find(struct store *, const struct match_person *,
		    struct patient *found, struct note *);

#endif
