#ifndef TESTS_LIB_FAKE_EF_H
#define TESTS_LIB_FAKE_EF_H

#include <openssl/evp.h>

#include "base/buf.h"
#include "tests/lib/fake_layout.h"

/*
 * Contents of the card's files, laid out as card-and-readers.md 1.3, 1.5 and
 * 5 say.  People are fixtures only.
 */
struct fake_person {
	const char	*name;		/* UTF-8, family U+3000 given */
	const char	*address;	/* UTF-8, digits full-width */
	const char	*birth;		/* YYYYMMDD */
	const char	*sex;		/* 1 male, 2 female, 9 or 0 other */
};

struct fake_face {
	struct fake_person	 person;
	const char		*label;		/* of the token, 1.3 */
	const char		*expiry;	/* YYYYMMDD */
	struct buf		 photo;		/* JPEG 2000 */
	const char		*ca;		/* number of card_ca; NULL:
						 * FAKE_SURFACE_CA */
	EVP_PKEY		*ap_key;	/* the card's own */
	EVP_PKEY		*issuer_key;	/* signs what the card holds */
	EVP_PKEY		*card_ca;	/* signs issuer_key */
};

/*
 * The content of one file, out replaced; nothing for those whose content is
 * not public or is a certificate.
 */
enum err	fake_ef_make(const struct fake_ef *, const struct fake_face *,
		    struct blob *out);

/* Text EF 0002 whose inner lengths overlap and run past the end. */
enum err	fake_ef_odd_attributes(const struct fake_face *,
		    struct blob *out);

/* Where the value of an object of EF 0002 (text, surface) begins in it, and
 * its length; an empty one if there is none. */
struct buf	fake_ef_item(const struct blob *file, uint16_t tag);

/*
 * Names of keys as on cards, 7 digits; these are no key's but the tests': of
 * production they begin with 5, of the real test cards with 6 (2.7).
 */
#define FAKE_SURFACE_CA		"9900023"
#define FAKE_TEXT_CA		"9900033"
#define FAKE_KEY_ID		16	/* bytes of an id (2.7) */
void		fake_key_id(const char *number, const char *group,
		    uint8_t id[FAKE_KEY_ID]);

/* A card CA's key as the trust folder takes it (crypto/cardca.h); out
 * replaced. */
enum err	fake_card_ca(const char *number, EVP_PKEY *, struct blob *out);

#define FAKE_SECURITY_CODE	"0123"	/* printed on every test card */
#define FAKE_MUNICIPALITY	"13101"	/* 東京都千代田区 */
/* The 12 digits no person has; 照合番号A of every test card. */
#define FAKE_NUMBER_A		"000000000000"

/* 照合番号B, 14 digits: era year, month, day, expiry year, code (2.3). */
void		fake_number_b(const struct fake_face *, char out[15]);
/* The birth-date key of the surface AP: era year, month, day. */
void		fake_birth_key(const struct fake_face *, char out[7]);

#endif
