#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "host/api/call.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static void
put(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from);
}

static enum err
session_of(struct call *c, struct session **out)
{
	struct session *s = live_find(c->conf->live, c->param);
	json_t *o;
	enum err r;

	*out = s;
	if (s != NULL && (c->client.role != ROLE_KIOSK ||
	    strcmp(session_client(s), c->client.name) == 0))
		return (session_over(s) || (c->client.role == ROLE_KIOSK &&
		    !visits_is_there(c, c->param)) ? ERR_NOT_NOW : ERR_OK);
	/* It may have ended; a foreign one is not there for a kiosk. */
	if ((r = visits_show(c, c->param, 200)) != ERR_OK)
		return (r);
	o = c->answer->json;
	c->answer->json = NULL;
	json_decref(o);
	return (ERR_NOT_NOW);
}

static enum err
give(struct call *c, struct gift *g)
{
	struct session *s;
	enum err r;

	if ((r = session_of(c, &s)) == ERR_OK)
		r = session_give(s, g);
	gift_wipe(g);
	if (r != ERR_OK)
		return (r);
	put(c->subject, sizeof(c->subject), c->param);
	return (visits_show(c, c->param, 200));
}

enum err
visits_number(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "number", BODY_TEXT, 1, 14, 14, BODY_DIGITS, NULL } };
	struct gift g = { .want = WANT_NUMBER_B };
	const char *digits;
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK)
		return (r);
	digits = body_text(c->req->json, "number");
	if ((r = secret_set(&g.secret, digits, strlen(digits))) != ERR_OK)
		return (r);
	return (give(c, &g));
}

enum err
visits_pin(struct call *c)
{
	static const char *const which[] = { "pin", "text_pin", NULL };
	static const struct body_rule rules[] = {
		{ "pin", BODY_TEXT, 1, 4, 4, BODY_DIGITS, NULL },
		{ "which", BODY_TEXT, 0, 0, 0, NULL, which },
		{ "tries_left", BODY_INT, 1, 1, 3, NULL, NULL },
		{ "last_try", BODY_BOOL, 0, 0, 0, NULL, NULL } };
	struct gift g = { .want = WANT_PIN };
	const char *digits;
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK)
		return (r);
	/* Said, not guessed: an entry for one PIN never reaches the other. */
	if (strcmp(body_text(c->req->json, "which"), "text_pin") == 0)
		g.want = WANT_TEXT_PIN;
	digits = body_text(c->req->json, "pin");
	g.tries_left = body_int(c->req->json, "tries_left");
	g.last_try = body_is(c->req->json, "last_try");
	if ((r = secret_set(&g.secret, digits, strlen(digits))) != ERR_OK)
		return (r);
	return (give(c, &g));
}

/* 64 bytes in base64: 86 characters and "==". */
static int
take_signature(const char *text, uint8_t out[EVIDENCE_SIG])
{
	unsigned char raw[66];

	if (strspn(text, BODY_BASE64) != 86 || strcmp(text + 86, "==") != 0)
		return (0);
	if (EVP_DecodeBlock(raw, (const unsigned char *)text, 88) !=
	    (int)sizeof(raw))
		return (0);
	memcpy(out, raw, EVIDENCE_SIG);
	return (1);
}

enum err
visits_evidence(struct call *c)
{
	static const char *const liveness[] = { "passed", "failed", "none",
	    NULL };
	static const struct body_rule rules[] = {
		{ "engine", BODY_TEXT, 1, 1, 64, BODY_PRINT, NULL },
		{ "score", BODY_TEXT, 1, 1, 8, BODY_DIGITS ".", NULL },
		{ "threshold", BODY_TEXT, 1, 1, 8, BODY_DIGITS ".", NULL },
		{ "liveness", BODY_TEXT, 1, 0, 0, NULL, liveness },
		{ "nonce", BODY_TEXT, 1, 64, 64, BODY_DIGITS "abcdef", NULL },
		{ "at", BODY_TEXT, 1, 20, 40, BODY_PRINT, NULL },
		{ "signature", BODY_TEXT, 1, 88, 88, BODY_PRINT, NULL } };
	struct gift g = { .want = WANT_EVIDENCE };
	const json_t *b = c->req->json;
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK)
		return (r);
	put(g.evidence.engine, sizeof(g.evidence.engine),
	    body_text(b, "engine"));
	put(g.evidence.score, sizeof(g.evidence.score),
	    body_text(b, "score"));
	put(g.evidence.threshold, sizeof(g.evidence.threshold),
	    body_text(b, "threshold"));
	put(g.evidence.liveness, sizeof(g.evidence.liveness),
	    body_text(b, "liveness"));
	put(g.evidence.nonce, sizeof(g.evidence.nonce),
	    body_text(b, "nonce"));
	put(g.evidence.at, sizeof(g.evidence.at), body_text(b, "at"));
	if (evidence_fraction(g.evidence.score) < 0)
		return (call_refuse(c, ERR_BAD_REQUEST, "score"));
	if (evidence_fraction(g.evidence.threshold) < 0)
		return (call_refuse(c, ERR_BAD_REQUEST, "threshold"));
	if (!take_signature(body_text(b, "signature"), g.evidence.signature))
		return (call_refuse(c, ERR_BAD_REQUEST, "signature"));
	return (give(c, &g));
}

/* A body of one yes or no. */
static enum err
give_yes(struct call *c, enum want want, const char *name)
{
	const struct body_rule rule = { name, BODY_BOOL, 1, 0, 0, NULL,
	    NULL };
	struct gift g = { .want = want };
	enum err r;

	if ((r = call_body(c, &rule, 1)) != ERR_OK)
		return (r);
	g.yes = body_is(c->req->json, name);
	return (give(c, &g));
}

enum err
visits_attest(struct call *c)
{
	return (give_yes(c, WANT_ATTESTATION, "same_person"));
}

enum err
visits_confirm(struct call *c)
{
	return (give_yes(c, WANT_CONFIRMATION, "confirmed"));
}

enum err
visits_consent(struct call *c)
{
	static const char *const forms[] = { "electronic", "paper", NULL };
	struct body_rule rules[CONSENT_ITEMS + 1];
	struct gift g = { .want = WANT_CONSENT };
	enum err r;

	for (int i = 0; i < CONSENT_ITEMS; i++)
		rules[i] = (struct body_rule){ consent_word(
		    (enum consent_item)i), BODY_BOOL, 1, 0, 0, NULL, NULL };
	rules[CONSENT_ITEMS] = (struct body_rule){ "prescription", BODY_TEXT,
	    c->conf->electronic_prescription, 0, 0, NULL, forms };
	if ((r = call_body(c, rules, CONSENT_ITEMS +
	    (c->conf->electronic_prescription ? 1 : 0))) != ERR_OK)
		return (r);
	for (int i = 0; i < CONSENT_ITEMS; i++)
		g.consent.given[i] = body_is(c->req->json, rules[i].name);
	if (c->conf->electronic_prescription && (r =
	    consent_parse_prescription(body_text(c->req->json,
	    "prescription"), &g.consent, &c->note)) != ERR_OK)
		return (r);
	return (give(c, &g));
}

enum err
visits_close(struct call *c)
{
	struct gift g = { .want = WANT_CLOSING };
	enum err r;

	if ((r = call_body(c, NULL, 0)) != ERR_OK)
		return (r);
	return (give(c, &g));
}

enum err
visits_photo(struct call *c)
{
	struct session *s;
	enum err r;

	if ((r = session_of(c, &s)) != ERR_OK)
		return (r);
	if ((r = session_photo(s, &c->answer->bytes)) != ERR_OK)
		return (r);
	c->answer->status = 200;
	c->answer->type = "image/png";
	return (ERR_OK);
}

/* --- from any state --- */

/* One that waits for the desk, and is nobody's any more. */
static enum err
cancel_stored(struct call *c)
{
	return (live_drop(c->conf->live, c->param));
}

enum err
visits_cancel(struct call *c)
{
	struct session *s;
	enum err r;

	if ((r = call_body(c, NULL, 0)) != ERR_OK)
		return (r);
	if ((r = session_of(c, &s)) == ERR_OK)
		session_cancel(s);
	else if (r == ERR_NOT_NOW && c->client.role != ROLE_KIOSK)
		r = cancel_stored(c);
	if (r != ERR_OK)
		return (r);
	put(c->subject, sizeof(c->subject), c->param);
	return (visits_show(c, c->param, 200));
}

enum err
visits_patient(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "chart_number", BODY_TEXT, 1, 1, 32, BODY_PRINT, NULL },
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = live_name(c->conf->live, c->param, body_text(c->req->json,
	    "chart_number"), body_text(c->req->json, "staff"), &c->note)) !=
	    ERR_OK)
		return (r);
	put(c->subject, sizeof(c->subject), c->param);
	return (visits_show(c, c->param, 200));
}
