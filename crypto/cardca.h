#ifndef CRYPTO_CARDCA_H
#define CRYPTO_CARDCA_H

#include <stdint.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "crypto/trust.h"

/*
 * Is it a genuine card?  The surface data is signed by its issuer (a town),
 * whose key is certified by a card-verifiable certificate (EF 0004), which is
 * signed by a card CA that is named by an id and not on the card
 * (card-and-readers.md 2.7, 5.2; the rest: hw-docs/cards/surface.md, single
 * source: MC).  The card CA's key is a built-in one.  Test cards, and *.cardca
 * files of the trust folder, are honoured in test mode only: what is put into
 * a folder must not make cards genuine in production.
 *
 * A file of that kind has lines "key = value", # begins a comment:
 *
 *	id = 32 hex digits		of the card CA's key
 *	modulus = 512 hex digits	RSA-2048
 *	exponent = 010001
 *	source = TEXT			who says so
 */
#define CARDCA_ID	16	/* bytes of a key's id */
#define CARDCA_ISSUER	12	/* "5000023/001" + 0 */
#define CARDCA_PARTS	3

enum cardca_verdict {
	CARDCA_MALFORMED,	/* certificate or key is none */
	CARDCA_FORGED,		/* the certificate's signature is wrong */
	CARDCA_ALTERED,		/* the data's signature is wrong */
	CARDCA_ISSUER_UNKNOWN,	/* no key for it; else all as it should be */
	CARDCA_GENUINE,
	CARDCA_VERDICTS
};

/* "genuine", "issuer-unknown", …; "malformed" for what is none of them. */
const char	*cardca_word(enum cardca_verdict);
const char	*cardca_label(enum cardca_verdict, enum err_lang);

/* What a card says of itself; borrowed. */
struct cardca_claim {
	struct buf	certificate;		/* 7F21 … */
	struct buf	part[CARDCA_PARTS];	/* signed data */
	struct buf	signature;
	struct buf	key;	/* the card's own; must lie in part[0] */
};

/* Which keys may be used. */
struct cardca_rules {
	enum trust_mode	 mode;
	const char	*folder;	/* NULL: none */
};

struct cardca_result {
	enum cardca_verdict	 verdict;
	char			 issuer[CARDCA_ISSUER];	/* "" if malformed */
	/* The card's own key, the caller's to free; NULL but for GENUINE and
	 * ISSUER_UNKNOWN.  A challenge signed by it shows that the card is
	 * here and not a copy of its files. */
	EVP_PKEY		*key;
};

/*
 * ERR_OK: there is a verdict.  ERR_CONF or ERR_SYS about a file of the folder,
 * ERR_NOMEM; then it says malformed.  The note may say more to a verdict.
 */
enum err	cardca_judge(const struct cardca_claim *,
		    const struct cardca_rules *, struct cardca_result *,
		    struct note *);

/* 1 if cards that are no test cards have an issuer of this name. */
int		cardca_is_production(const char *issuer);

#endif
