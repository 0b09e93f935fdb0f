#ifndef CRYPTO_CARDCA_TABLE_H
#define CRYPTO_CARDCA_TABLE_H

#include "base/err.h"
#include "crypto/cardca.h"

/*
 * Keys by which issuers of cards are certified, found by all 16 bytes of
 * their id.  Internal to crypto/.
 */
#define CARDCA_RSA	256	/* bytes of an RSA-2048 modulus */

struct cardca_key {
	uint8_t	id[CARDCA_ID];
	uint8_t	modulus[CARDCA_RSA];	/* the exponent is 65537 */
	int	test;			/* of cards for tests */
};

/* 1 and the key if it is a built-in one, else 0. */
int		cardca_built_in(const uint8_t id[CARDCA_ID],
		    struct cardca_key *);

/*
 * The key of this id in the *.cardca files of the folder; *found 0 when none
 * has it, or there is no folder.  Every such file must be readable:
 * ERR_CONF names file and line, ERR_SYS the file.
 */
enum err	cardca_in_folder(const char *folder,
		    const uint8_t id[CARDCA_ID], struct cardca_key *,
		    int *found, struct note *);

/* 1 if a file of this name is one of these. */
int		cardca_is_file(const char *name);
/* How many *.cardca files there are; 0 when the folder cannot be read. */
int		cardca_files(const char *folder);

#endif
