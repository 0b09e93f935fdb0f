#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "host/visit/evidence.h"

#define PLACES	6		/* openapi.yaml, Fraction */
#define ONE	1000000

int
evidence_fraction(const char *s)
{
	int v, place = ONE / 10;

	if (s[0] != '0' && s[0] != '1')
		return (-1);
	v = (s[0] - '0') * ONE;
	if (s[1] == '\0')
		return (v);
	if (s[1] != '.' || s[2] == '\0' || strlen(s + 2) > PLACES)
		return (-1);
	for (s += 2; *s != '\0'; s++, place /= 10) {
		if (*s < '0' || *s > '9')
			return (-1);
		v += (*s - '0') * place;
	}
	return (v > ONE ? -1 : v);
}

size_t
evidence_text(const struct evidence *e, const char *visit, char *out,
    size_t room)
{
	int n;

	n = snprintf(out, room, "shikaku face evidence 1\n%s\n%s\n%s\n%s\n%s\n"
	    "%s\n%s\n", visit, e->nonce, e->engine, e->score, e->threshold,
	    e->liveness, e->at);
	return (n < 0 || (size_t)n >= room ? 0 : (size_t)n);
}

static int
signature_holds(const struct evidence *e, const struct evidence_terms *t)
{
	char text[512];
	size_t n = evidence_text(e, t->visit, text, sizeof(text));
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	    t->key, sizeof(t->key));
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = n > 0 && key != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, e->signature, sizeof(e->signature),
	    (const unsigned char *)text, n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return (ok);
}

static int
nonce_agrees(const struct evidence *e, const struct evidence_terms *t)
{
	char hex[2 * EVIDENCE_NONCE + 1];

	for (size_t i = 0; i < EVIDENCE_NONCE; i++)
		snprintf(hex + 2 * i, 3, "%02x", t->nonce[i]);
	return (strlen(e->nonce) == sizeof(hex) - 1 &&
	    CRYPTO_memcmp(e->nonce, hex, sizeof(hex) - 1) == 0);
}

/* 1 if s begins like the pattern, in which 0 is any digit. */
static int
looks_like(const char *s, const char *pattern)
{
	for (; *pattern != '\0'; s++, pattern++) {
		if (*pattern == '0' ? *s < '0' || *s > '9' : *s != *pattern)
			return (0);
	}
	return (1);
}

/* "+09:00", "-0130" is none, "Z"; 0 and seconds, -1 if it is no zone. */
static int
zone(const char *s, int *seconds)
{
	int h, m;

	*seconds = 0;
	if (strcmp(s, "Z") == 0)
		return (0);
	if ((*s != '+' && *s != '-') || strlen(s) != sizeof("+09:00") - 1 ||
	    !looks_like(s + 1, "00:00") ||
	    sscanf(s + 1, "%2d:%2d", &h, &m) != 2 || h > 23 || m > 59)
		return (-1);
	*seconds = (*s == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return (0);
}

/* RFC 3339 to wall ms; fractions of a second are dropped. */
static int
time_of(const char *s, int64_t *out)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *rest;
	int off;

	/* strptime alone would take blanks and fewer digits. */
	if (!looks_like(s, "0000-00-00T00:00:00") ||
	    (rest = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm)) == NULL)
		return (-1);
	if (*rest == '.') {
		rest++;
		if (strspn(rest, "0123456789") == 0)
			return (-1);
		rest += strspn(rest, "0123456789");
	}
	if (zone(rest, &off) != 0)
		return (-1);
	*out = ((int64_t)timegm(&tm) - off) * 1000;
	return (0);
}

static int
is_fresh(const struct evidence *e, const struct evidence_terms *t)
{
	int64_t at;

	return (time_of(e->at, &at) == 0 && at >= t->now - EVIDENCE_AGE_MS &&
	    at <= t->now + EVIDENCE_AGE_MS);
}

/* The signature first: what is not signed says nothing. */
enum err
evidence_check(const struct evidence *e, const struct evidence_terms *t,
    struct note *note)
{
	int score = evidence_fraction(e->score);
	int threshold = evidence_fraction(e->threshold);
	const char *what = NULL;

	if (!signature_holds(e, t))
		what = "signature";
	else if (!nonce_agrees(e, t))
		what = "nonce";
	else if (!is_fresh(e, t))
		what = "at: the clocks differ";
	else if (score < 0)
		what = "score";
	else if (threshold < 0 || threshold < t->threshold)
		what = "threshold";
	if (what != NULL) {
		note_set(note, "%s", what);
		return (ERR_EVIDENCE);
	}
	return (score < threshold || strcmp(e->liveness, "passed") != 0 ?
	    ERR_NOT_MATCHED : ERR_OK);
}
