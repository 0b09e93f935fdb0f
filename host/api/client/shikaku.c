#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "host/api/client/call.h"
#include "host/api/client/evidence.h"
#include "host/api/client/problem.h"
#include "host/api/client/read.h"
#include "host/api/client/stamp.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define PATH_SIZE	96	/* "/visits/" id "/cancellation" */
#define JSON		"application/json"
#define STAFF_BYTES	128	/* 32 characters of at most 4 */

static enum shikaku_err
argument(struct shikaku *h, const char *what)
{
	return (problem_set(&h->problem, SHIKAKU_ARGUMENT, "%s", what));
}

/* Every call begins here; a problem of the one before is gone. */
static enum shikaku_err
enter(struct shikaku *h, const void *a, const void *b)
{
	if (h == NULL)
		return (SHIKAKU_ARGUMENT);
	problem_clear(&h->problem);
	return (a == NULL || b == NULL ? argument(h, "NULL") : SHIKAKU_OK);
}

static int
is_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return (0);
	return (1);
}

/* n characters at most, each one of ! to ~, and at least one. */
static int
is_graph(const char *s, size_t n)
{
	size_t len = strnlen(s, n + 1);

	for (size_t i = 0; i < len; i++)
		if (s[i] < '!' || s[i] > '~')
			return (0);
	return (len > 0 && len <= n);
}

/*
 * Sends and reads a visit.  id is the one it must be, NULL for a new one: an
 * answer about another visit may be another person's.
 */
static enum shikaku_err
visit_call(struct shikaku *h, struct request *rq, const char *id,
    struct shikaku_visit *v)
{
	struct shikaku_visit fresh;
	struct answer a;
	const char *wrong;
	enum shikaku_err r;

	rq->max = WIRE_JSON_MAX;
	if ((r = call_send(h, rq, JSON, &a)) != SHIKAKU_OK)
		goto out;
	wrong = read_visit(a.data, a.len, &fresh);
	if (wrong == NULL && id != NULL && strcmp(fresh.id, id) != 0)
		wrong = "the id of another visit";
	if (wrong != NULL)
		r = problem_set(&h->problem, SHIKAKU_BROKEN, "visit: %s",
		    wrong);
	else
		*v = fresh;
	OPENSSL_cleanse(&fresh, sizeof(fresh));
out:
	answer_free(&a);
	return (r);
}

static enum shikaku_err
visit_path(struct shikaku *h, const char *id, const char *step,
    char path[PATH_SIZE])
{
	if (!read_is_id(id))
		return (argument(h, "the visit's id is not one"));
	(void)snprintf(path, PATH_SIZE, "/visits/%s%s", id, step);
	return (SHIKAKU_OK);
}

/* Ends the body, if there is one, and wipes it whatever comes. */
static enum shikaku_err
visit_post(struct shikaku *h, struct shikaku_visit *v, const char *step,
    struct body *b)
{
	char path[PATH_SIZE];
	struct request rq = { .path = path, .post = 1, .body = b };
	char id[SHIKAKU_ID_SIZE];
	enum shikaku_err r;

	if ((r = visit_path(h, v->id, step, path)) != SHIKAKU_OK)
		goto out;
	memcpy(id, v->id, sizeof(id));
	if (b != NULL && body_end(b) != 0)
		r = argument(h, "too long");
	else
		r = visit_call(h, &rq, id, v);
out:
	if (b != NULL)
		body_wipe(b);
	return (r);
}

enum shikaku_err
shikaku_start(struct shikaku *h, struct shikaku_client *client)
{
	struct request rq = { .path = "/client/start", .post = 1,
	    .max = WIRE_JSON_MAX };
	struct answer a;
	const char *wrong;
	enum shikaku_err r;

	if ((r = enter(h, client, client)) != SHIKAKU_OK)
		return (r);
	memset(client, 0, sizeof(*client));
	if ((r = call_send(h, &rq, JSON, &a)) == SHIKAKU_OK &&
	    (wrong = read_client(a.data, a.len, client)) != NULL)
		r = problem_set(&h->problem, SHIKAKU_BROKEN, "client: %s",
		    wrong);
	answer_free(&a);
	return (r);
}

/* What is wrong with the order; NULL if nothing. */
static const char *
order_fault(const struct shikaku_order *o)
{
	size_t n;

	if ((unsigned)o->mode > SHIKAKU_MODE_VISUAL)
		return ("mode");
	if (o->official && o->mode != SHIKAKU_MODE_FACE)
		return ("official is for mode face");
	if (o->chart_number != NULL && !is_graph(o->chart_number, 32))
		return ("chart_number: 1 to 32 of ! to ~");
	if (o->mode != SHIKAKU_MODE_VISUAL)
		return (o->passcode != NULL || o->reason != NULL ||
		    o->staff != NULL ?
		    "passcode, reason and staff are for mode visual" : NULL);
	if (o->passcode == NULL || o->reason == NULL || o->staff == NULL)
		return ("mode visual needs passcode, reason and staff");
	n = strnlen(o->passcode, 13);
	if (n < 6 || n > 12 || !is_digits(o->passcode, n))
		return ("passcode: 6 to 12 digits");
	n = strnlen(o->staff, STAFF_BYTES + 1);
	if (n == 0 || n > STAFF_BYTES)
		return ("staff: 1 to 32 characters");
	return (is_graph(o->reason, 32) ? NULL : "reason");
}

static void
order_body(struct body *b, const struct shikaku_order *o)
{
	static const char *const modes[] = {
		[SHIKAKU_MODE_PIN] = "pin",
		[SHIKAKU_MODE_FACE] = "face",
		[SHIKAKU_MODE_VISUAL] = "visual",
	};

	body_start(b);
	body_str(b, "mode", modes[o->mode]);
	if (o->slow)
		body_bool(b, "slow", 1);
	if (o->official)
		body_bool(b, "official", 1);
	if (o->chart_number != NULL)
		body_str(b, "chart_number", o->chart_number);
	if (o->mode == SHIKAKU_MODE_VISUAL) {
		body_str(b, "passcode", o->passcode);
		body_str(b, "reason", o->reason);
		body_str(b, "staff", o->staff);
	}
}

enum shikaku_err
shikaku_begin(struct shikaku *h, const struct shikaku_order *order,
    struct shikaku_visit *v)
{
	struct body b;
	struct request rq = { .path = "/visits", .post = 1, .body = &b };
	const char *fault;
	enum shikaku_err r;

	if ((r = enter(h, order, v)) != SHIKAKU_OK)
		return (r);
	if ((fault = order_fault(order)) != NULL)
		return (argument(h, fault));
	order_body(&b, order);
	if (body_end(&b) != 0)
		r = argument(h, "too long");
	else
		r = visit_call(h, &rq, NULL, v);
	body_wipe(&b);
	return (r);
}

enum shikaku_err
shikaku_get(struct shikaku *h, const char *id, struct shikaku_visit *v)
{
	char path[PATH_SIZE], same[SHIKAKU_ID_SIZE];
	struct request rq = { .path = path };
	enum shikaku_err r;

	if ((r = enter(h, id, v)) != SHIKAKU_OK ||
	    (r = visit_path(h, id, "", path)) != SHIKAKU_OK)
		return (r);
	memcpy(same, id, sizeof(same));
	return (visit_call(h, &rq, same, v));
}

enum shikaku_err
shikaku_number_b(struct shikaku *h, struct shikaku_visit *v,
    const char digits[14])
{
	struct body b;
	enum shikaku_err r;

	if ((r = enter(h, v, digits)) != SHIKAKU_OK)
		return (r);
	if (!is_digits(digits, 14))
		return (argument(h, "number B: 14 digits"));
	body_start(&b);
	body_bytes(&b, "number", digits, 14);
	return (visit_post(h, v, "/number-b", &b));
}

enum shikaku_err
shikaku_pin(struct shikaku *h, struct shikaku_visit *v,
    const struct shikaku_pin_entry *e)
{
	struct body b;
	enum shikaku_err r;

	if ((r = enter(h, v, e)) != SHIKAKU_OK)
		return (r);
	if (e->pin == NULL || !is_digits(e->pin, 4))
		return (argument(h, "PIN: 4 digits"));
	if (e->tries_left < 1 || e->tries_left > 3)
		return (argument(h, "tries_left: 1 to 3, as shown"));
	body_start(&b);
	body_bytes(&b, "pin", e->pin, 4);
	body_str(&b, "which", v->wants == SHIKAKU_WANTS_TEXT_PIN ?
	    "text_pin" : "pin");
	body_int(&b, "tries_left", e->tries_left);
	if (e->last_try)
		body_bool(&b, "last_try", 1);
	return (visit_post(h, v, "/pin", &b));
}

/* ISO/IEC 15948, 5.2: the first eight bytes of every PNG. */
static int
is_png(const struct answer *a)
{
	static const unsigned char head[] = { 0x89, 'P', 'N', 'G', '\r', '\n',
	    0x1a, '\n' };

	return (a->len >= sizeof(head) &&
	    memcmp(a->data, head, sizeof(head)) == 0);
}

enum shikaku_err
shikaku_photo(struct shikaku *h, const char *id, void *png, size_t room,
    size_t *len)
{
	char path[PATH_SIZE];
	struct request rq = { .path = path, .max = SHIKAKU_PHOTO_MAX };
	struct answer a = { 0 };
	enum shikaku_err r;

	if (len != NULL)
		*len = 0;
	if ((r = enter(h, id, png)) != SHIKAKU_OK ||
	    (r = enter(h, len, len)) != SHIKAKU_OK ||
	    (r = visit_path(h, id, "/photo", path)) != SHIKAKU_OK)
		return (r);
	if ((r = call_send(h, &rq, "image/png", &a)) != SHIKAKU_OK)
		goto out;
	if (!is_png(&a))
		r = problem_set(&h->problem, SHIKAKU_BROKEN, "not a PNG");
	else if (a.len > room)
		r = argument(h, "room: the photograph is larger");
	else {
		memcpy(png, a.data, a.len);
		*len = a.len;
	}
out:
	answer_free(&a);
	return (r);
}

enum shikaku_err
shikaku_evidence(struct shikaku *h, struct shikaku_visit *v,
    const struct shikaku_match *m)
{
	char at[STAMP_SIZE];
	struct body b;
	enum shikaku_err r;

	if ((r = enter(h, v, m)) != SHIKAKU_OK)
		return (r);
	if (h->evidence == NULL)
		return (argument(h, "no evidence_key_file was given"));
	if (!evidence_is_possible(m))
		return (argument(h, "the match: see struct shikaku_match"));
	if (v->nonce[0] == '\0' || !read_is_id(v->id))
		return (argument(h, "the visit has no nonce"));
	stamp_now(at);
	if ((r = evidence_body(&b, h->evidence, v, m, at)) != SHIKAKU_OK)
		return (problem_set(&h->problem, r, "evidence"));
	return (visit_post(h, v, "/evidence", &b));
}

static void
consent_body(struct body *b, const struct shikaku_consent *c)
{
	static const char *const forms[] = {
		[SHIKAKU_PRESCRIPTION_NONE] = NULL,
		[SHIKAKU_PRESCRIPTION_ELECTRONIC] = "electronic",
		[SHIKAKU_PRESCRIPTION_PAPER] = "paper",
	};

	body_bool(b, "limit", c->limit == 1);
	body_bool(b, "disease", c->disease == 1);
	body_bool(b, "checkup", c->checkup == 1);
	body_bool(b, "drug", c->drug == 1);
	body_bool(b, "diagnosis", c->diagnosis == 1);
	body_bool(b, "operation", c->operation == 1);
	if (forms[c->prescription] != NULL)
		body_str(b, "prescription", forms[c->prescription]);
}

enum shikaku_err
shikaku_answer(struct shikaku *h, struct shikaku_visit *v,
    const struct shikaku_decision *d)
{
	static const struct {
		const char	*step, *yes;	/* yes: the member's name */
	} steps[] = {
		[SHIKAKU_STEP_CONSENT] = { "/consent", NULL },
		[SHIKAKU_STEP_CONFIRMATION] = { "/confirmation",
		    "confirmed" },
		[SHIKAKU_STEP_ATTESTATION] = { "/attestation",
		    "same_person" },
		[SHIKAKU_STEP_CLOSING] = { "/closing", NULL },
		[SHIKAKU_STEP_CANCELLATION] = { "/cancellation", NULL },
	};
	struct body b;
	enum shikaku_err r;

	if ((r = enter(h, v, d)) != SHIKAKU_OK)
		return (r);
	if ((unsigned)d->step >= LEN(steps) || (unsigned)
	    d->consent.prescription > SHIKAKU_PRESCRIPTION_PAPER)
		return (argument(h, "step or prescription"));
	body_start(&b);
	if (steps[d->step].yes != NULL)
		body_bool(&b, steps[d->step].yes, d->yes == 1);
	else if (d->step == SHIKAKU_STEP_CONSENT)
		consent_body(&b, &d->consent);
	else
		return (visit_post(h, v, steps[d->step].step, NULL));
	return (visit_post(h, v, steps[d->step].step, &b));
}

enum shikaku_err
shikaku_wait(struct shikaku *h, int ms, struct shikaku_event *ev)
{
	enum shikaku_err r;

	if ((r = enter(h, ev, ev)) != SHIKAKU_OK)
		return (r);
	memset(ev, 0, sizeof(*ev));
	if (ms < 0)
		return (argument(h, "ms"));
	if (h->stream == NULL) {
		struct stream_conf conf = { .model = h->easy,
		    .base = h->address.base,
		    .authorization = h->authorization,
		    .timeout_ms = h->timeout_ms };

		h->stream = stream_new(&conf);
	}
	if (h->stream == NULL)
		return (problem_set(&h->problem, SHIKAKU_SYSTEM, "memory"));
	r = stream_next(h->stream, ms, ev, &h->problem);
	if (r == SHIKAKU_OK)
		problem_clear(&h->problem);
	else
		memset(ev, 0, sizeof(*ev));
	return (r);
}
