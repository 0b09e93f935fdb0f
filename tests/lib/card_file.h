#ifndef TESTS_LIB_CARD_FILE_H
#define TESTS_LIB_CARD_FILE_H

#include "tests/lib/fake_card.h"

/*
 * A personalised card in a folder, as fake-pki writes it:
 *
 *	card.conf	key = value, # starts a comment line
 *	jpki-000a.bin	content of that EF; application names are jpki, text,
 *			surface, common, juki, mf; a missing file is an empty EF
 *	jpki-0017.key	DER private keys: jpki-0017, jpki-001a, ap (the
 *			applications' own)
 *
 * The keys of card.conf are listed in tests/lib/README.md.
 */

/* ERR_CONF names file and line; *card is NULL on error. */
enum err	card_file_load(const char *dir, struct fake_card **,
		    struct note *);
/* One setting, as on a line of card.conf.  ERR_CONF names the key. */
enum err	card_file_set(struct fake_card *, const char *key,
		    const char *value, struct note *);
/* The same, from "key=value". */
enum err	card_file_assign(struct fake_card *, const char *line,
		    struct note *);

/* The tries left, kept between programs; a missing file changes nothing. */
enum err	card_file_load_tries(struct fake_card *, const char *path,
		    struct note *);
/* Atomically replaces path. */
enum err	card_file_save_tries(const struct fake_card *,
		    const char *path, struct note *);

/*
 * What the card saw, as one JSON object, atomically replaced: apdus,
 * power_ons, sign, forbidden, present, verify {name: n}, verify_stray,
 * tries {name: n}.  Names are file ids: "0018", "0011", "surface.0012".
 */
enum err	card_file_save_count(const struct fake_card *,
		    const char *path, struct note *);

#endif
