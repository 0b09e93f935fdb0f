#include <string.h>

#include <openssl/rand.h>

#include "base/buf.h"
#include "crypto/challenge.h"

#define LABEL		"shikaku-challenge-1"
#define VISIT_MAX	sizeof(((struct challenge *)0)->visit)
#define MESSAGE_MAX	(sizeof(LABEL) + VISIT_MAX + sizeof(uint64_t) +	\
			    CHALLENGE_RANDOM)

enum err
challenge_make(struct challenge *c, const char *visit,
    enum challenge_alg alg, int64_t now_ms)
{
	*c = (struct challenge){ .spent = 1 };
	if (strlen(visit) >= sizeof(c->visit))
		return (ERR_TOOBIG);
	if (!cardsign_knows(alg) || now_ms < 0 ||
	    RAND_bytes(c->random, sizeof(c->random)) != 1)
		return (ERR_LIB);
	memcpy(c->visit, visit, strlen(visit));
	c->alg = alg;
	c->made = now_ms;
	c->spent = 0;
	return (ERR_OK);
}

/* challenge.h: what is hashed. */
static size_t
message(const struct challenge *c, uint8_t out[MESSAGE_MAX])
{
	size_t n = 0, visit = strnlen(c->visit, sizeof(c->visit) - 1);
	uint64_t made = (uint64_t)c->made;

	memcpy(out, LABEL, sizeof(LABEL));
	n += sizeof(LABEL);
	memcpy(out + n, c->visit, visit);
	n += visit;
	out[n++] = 0;
	for (int shift = 56; shift >= 0; shift -= 8)
		out[n++] = (uint8_t)(made >> shift);
	memcpy(out + n, c->random, sizeof(c->random));
	return (n + sizeof(c->random));
}

enum err
challenge_input(const struct challenge *c, uint8_t *out, size_t *len)
{
	uint8_t text[MESSAGE_MAX];

	if (c->spent || !cardsign_knows(c->alg)) {
		*len = 0;
		return (ERR_SEQUENCE);
	}
	return (cardsign_input(c->alg, (struct buf){ text, message(c, text) },
	    out, len));
}

/* made below 0 is no time, and keeps the difference in range. */
static int
is_alive(const struct challenge *c, const char *visit, int64_t now_ms)
{
	return (c->made >= 0 && now_ms >= c->made &&
	    now_ms - c->made <= CHALLENGE_LIFE_MS &&
	    strlen(visit) < sizeof(c->visit) &&
	    strncmp(c->visit, visit, sizeof(c->visit)) == 0);
}

enum err
challenge_verify(struct challenge *c, const char *visit, EVP_PKEY *key,
    const uint8_t *sig, size_t sig_len, int64_t now_ms)
{
	const struct buf given = { sig, sig_len };
	uint8_t text[MESSAGE_MAX];
	int spent = c->spent;

	c->spent = 1;
	if (spent || !is_alive(c, visit, now_ms))
		return (ERR_PROOF);
	return (cardsign_verify(c->alg, key,
	    (struct buf){ text, message(c, text) }, given));
}
