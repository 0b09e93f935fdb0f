#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "host/api/client/problem.h"
#include "host/api/client/read.h"
#include "host/api/client/stamp.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * One member: where it goes and who judges it.  take gets NULL where it is
 * missing, and says 0 or -1; out is all zero before.
 */
struct member {
	const char	*name;
	int		(*take)(const json_t *, void *out, size_t);
	size_t		 at, size;
};

#define MEMBER(type, field, name, take)					\
	{ name, take, offsetof(struct type, field),			\
	    sizeof(((struct type *)0)->field) }

static const char *
take_members(const json_t *o, const struct member *m, size_t n, void *out)
{
	if (!json_is_object(o))
		return ("JSON");
	for (size_t i = 0; i < n; i++)
		if (m[i].take(json_object_get(o, m[i].name),
		    (char *)out + m[i].at, m[i].size) != 0)
			return (m[i].name);
	return (NULL);
}

/* A word of the API: ASCII that can be printed, never cut. */
static int
take_word(const json_t *v, void *out, size_t size)
{
	const char *s = json_string_value(v);
	size_t n = json_string_length(v);

	if (s == NULL || n == 0 || n >= size)
		return (-1);
	for (size_t i = 0; i < n; i++)
		if (s[i] < '!' || s[i] > '~')
			return (-1);
	memcpy(out, s, n + 1);
	return (0);
}

static int
take_word_or_null(const json_t *v, void *out, size_t size)
{
	return (json_is_null(v) ? 0 : take_word(v, out, size));
}

/* "^[A-Z][A-Z0-9_]*$" */
static int
take_code(const json_t *v, void *out, size_t size)
{
	const char *s = json_string_value(v);

	if (take_word(v, out, size) != 0 || s[0] < 'A' || s[0] > 'Z')
		return (-1);
	return (strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
	    strlen(s) ? 0 : -1);
}

int
read_is_id(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
	const char *set;

	if (strnlen(s, sizeof(form)) != sizeof(form) - 1)
		return (0);
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		set = form[i] == 'y' ? "89ab" : "0123456789abcdef";
		if (form[i] == 'x' || form[i] == 'y') {
			if (strchr(set, s[i]) == NULL)
				return (0);
		} else if (s[i] != form[i])
			return (0);
	}
	return (1);
}

static int
take_id(const json_t *v, void *out, size_t size)
{
	if (take_word(v, out, size) != 0)
		return (-1);
	return (read_is_id(out) ? 0 : -1);
}

static int
take_nonce_or_null(const json_t *v, void *out, size_t size)
{
	if (json_is_null(v))
		return (0);
	if (take_word(v, out, size) != 0)
		return (-1);
	return (strspn(out, "0123456789abcdef") == size - 1 ? 0 : -1);
}

/* For people: any UTF-8, cut where it does not fit. */
static int
take_free(const json_t *v, void *out, size_t size)
{
	const char *s = json_string_value(v);

	if (s == NULL)
		return (-1);
	problem_copy(out, size, s);
	return (0);
}

static int
take_free_or_missing(const json_t *v, void *out, size_t size)
{
	return (v == NULL ? 0 : take_free(v, out, size));
}

static int
take_text(const json_t *v, void *out, size_t size)
{
	static const struct member members[] = {
		MEMBER(shikaku_text, ja, "ja", take_free),
		MEMBER(shikaku_text, en, "en", take_free),
	};

	(void)size;
	return (take_members(v, members, LEN(members), out) == NULL ? 0 : -1);
}

static int
take_bool(const json_t *v, void *out, size_t size)
{
	int value = json_is_true(v);

	if (!json_is_boolean(v))
		return (-1);
	memcpy(out, &value, size);
	return (0);
}

static int
take_bool_or_missing(const json_t *v, void *out, size_t size)
{
	return (v == NULL ? 0 : take_bool(v, out, size));
}

/* 0 to 10, as the card counts; -1 for null. */
static int
take_tries(const json_t *v, void *out, size_t size)
{
	json_int_t n = json_is_null(v) ? -1 : json_integer_value(v);
	int value;

	if (!json_is_null(v) && (!json_is_integer(v) || n < 0 || n > 10))
		return (-1);
	value = (int)n;
	memcpy(out, &value, size);
	return (0);
}

/* A day at most: Retry-After of ours is minutes. */
static int
take_seconds_or_missing(const json_t *v, void *out, size_t size)
{
	json_int_t n = json_integer_value(v);
	int value;

	if (v == NULL)
		return (0);
	if (!json_is_integer(v) || n < 0 || n > 86400)
		return (-1);
	value = (int)n;
	memcpy(out, &value, size);
	return (0);
}

static int
take_time(const json_t *v, void *out, size_t size)
{
	const char *s = json_string_value(v);
	int64_t ms;

	if (s == NULL || stamp_parse(s, &ms) != 0)
		return (-1);
	memcpy(out, &ms, size);
	return (0);
}

static int
take_time_or_null(const json_t *v, void *out, size_t size)
{
	return (json_is_null(v) ? 0 : take_time(v, out, size));
}

/* The word's place in the list, which is an enum's. */
static int
take_listed(const json_t *v, const char *const *words, size_t n, void *out)
{
	const char *s = json_string_value(v);
	unsigned index;

	for (size_t i = 0; s != NULL && i < n; i++) {
		if (words[i] != NULL && strcmp(words[i], s) == 0) {
			index = (unsigned)i;
			memcpy(out, &index, sizeof(index));
			return (0);
		}
	}
	return (-1);
}

static int
take_mode(const json_t *v, void *out, size_t size)
{
	static const char *const words[] = {
		[SHIKAKU_MODE_PIN] = "pin",
		[SHIKAKU_MODE_FACE] = "face",
		[SHIKAKU_MODE_VISUAL] = "visual",
		[SHIKAKU_MODE_HOME] = "home",
	};

	(void)size;
	return (take_listed(v, words, LEN(words), out));
}

static int
take_state(const json_t *v, void *out, size_t size)
{
	static const char *const words[] = {
		[SHIKAKU_STATE_IDLE] = "idle",
		[SHIKAKU_STATE_CARD] = "card",
		[SHIKAKU_STATE_VERIFIED] = "verified",
		[SHIKAKU_STATE_CONSENTED] = "consented",
		[SHIKAKU_STATE_CONFIRMED] = "confirmed",
		[SHIKAKU_STATE_UNMATCHED] = "unmatched",
		[SHIKAKU_STATE_MATCHED] = "matched",
		[SHIKAKU_STATE_REQUESTED] = "requested",
		[SHIKAKU_STATE_UNANSWERED] = "unanswered",
		[SHIKAKU_STATE_ANSWERED] = "answered",
		[SHIKAKU_STATE_DONE] = "done",
		[SHIKAKU_STATE_REFUSED] = "refused",
		[SHIKAKU_STATE_CANCELLED] = "cancelled",
		[SHIKAKU_STATE_EXPIRED] = "expired",
	};

	(void)size;
	return (take_listed(v, words, LEN(words), out));
}

static int
take_wants(const json_t *v, void *out, size_t size)
{
	static const char *const words[] = {
		[SHIKAKU_WANTS_CARD] = "card",
		[SHIKAKU_WANTS_NUMBER_B] = "number_b",
		[SHIKAKU_WANTS_FACE_FILE] = "face_file",
		[SHIKAKU_WANTS_EVIDENCE] = "evidence",
		[SHIKAKU_WANTS_ATTESTATION] = "attestation",
		[SHIKAKU_WANTS_PIN] = "pin",
		[SHIKAKU_WANTS_TEXT_PIN] = "text_pin",
		[SHIKAKU_WANTS_CONSENT] = "consent",
		[SHIKAKU_WANTS_CONFIRMATION] = "confirmation",
		[SHIKAKU_WANTS_PATIENT] = "patient",
		[SHIKAKU_WANTS_CLOSING] = "closing",
		[SHIKAKU_WANTS_PIN_AT_DEVICE] = "pin_at_device",
	};

	(void)size;
	return (json_is_null(v) ? 0 :
	    take_listed(v, words, LEN(words), out));
}

/* Of the patient the name alone: a kiosk shows no more of it. */
static int
take_patient(const json_t *v, void *out, size_t size)
{
	if (json_is_null(v))
		return (0);
	return (take_free(json_object_get(v, "name"), out, size));
}

static const struct member problem_members[] = {
	MEMBER(shikaku_problem, code, "code", take_code),
	MEMBER(shikaku_problem, text, "text", take_text),
	MEMBER(shikaku_problem, next, "next", take_text),
	MEMBER(shikaku_problem, detail, "detail", take_free_or_missing),
	MEMBER(shikaku_problem, retry_after, "retry_after",
	    take_seconds_or_missing),
};

static int
take_error(const json_t *v, void *out, size_t size)
{
	(void)size;
	if (json_is_null(v))
		return (0);
	return (take_members(v, problem_members, LEN(problem_members), out) ==
	    NULL ? 0 : -1);
}

/* Names are in it: its strings are wiped where they lie. */
static void
forget(json_t *v)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (json_is_string(v))
		OPENSSL_cleanse((void *)(uintptr_t)json_string_value(v),
		    json_string_length(v));
	json_array_foreach(v, i, inner)
		forget(inner);
	json_object_foreach(v, key, inner)
		forget(inner);
}

static const char *
read_members(const void *bytes, size_t len, const struct member *m, size_t n,
    void *out)
{
	const char *wrong;
	json_t *o;

	if ((o = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL)) ==
	    NULL)
		return ("JSON");
	wrong = take_members(o, m, n, out);
	forget(o);
	json_decref(o);
	return (wrong);
}

const char *
read_visit(const void *bytes, size_t len, struct shikaku_visit *out)
{
	static const struct member members[] = {
		MEMBER(shikaku_visit, id, "id", take_id),
		MEMBER(shikaku_visit, mode, "mode", take_mode),
		MEMBER(shikaku_visit, state, "state", take_state),
		MEMBER(shikaku_visit, label, "label", take_text),
		MEMBER(shikaku_visit, wants, "wants", take_wants),
		MEMBER(shikaku_visit, deadline, "deadline",
		    take_time_or_null),
		MEMBER(shikaku_visit, tries_left, "tries_left", take_tries),
		MEMBER(shikaku_visit, nonce, "nonce", take_nonce_or_null),
		MEMBER(shikaku_visit, patient, "patient", take_patient),
		MEMBER(shikaku_visit, outcome, "outcome",
		    take_word_or_null),
		MEMBER(shikaku_visit, error, "error", take_error),
	};
	const char *wrong;

	memset(out, 0, sizeof(*out));
	wrong = read_members(bytes, len, members, LEN(members), out);
	if (wrong != NULL)
		OPENSSL_cleanse(out, sizeof(*out));
	return (wrong);
}

const char *
read_client(const void *bytes, size_t len, struct shikaku_client *out)
{
	static const struct member members[] = {
		MEMBER(shikaku_client, name, "name", take_word),
		MEMBER(shikaku_client, evidence_key, "evidence_key",
		    take_bool),
		MEMBER(shikaku_client, staff_button, "staff_button",
		    take_bool),
		MEMBER(shikaku_client, electronic_prescription,
		    "electronic_prescription", take_bool),
		MEMBER(shikaku_client, test_mode, "test_mode", take_bool),
	};
	const char *wrong;

	memset(out, 0, sizeof(*out));
	wrong = read_members(bytes, len, members, LEN(members), out);
	if (wrong != NULL)
		memset(out, 0, sizeof(*out));
	return (wrong);
}

const char *
read_problem(const void *bytes, size_t len, struct shikaku_problem *out)
{
	const char *wrong;

	memset(out, 0, sizeof(*out));
	wrong = read_members(bytes, len, problem_members,
	    LEN(problem_members), out);
	if (wrong != NULL)
		memset(out, 0, sizeof(*out));
	return (wrong);
}

const char *
read_event(const void *bytes, size_t len, enum shikaku_event_kind kind,
    struct shikaku_event *out)
{
	static const struct member visit[] = {
		MEMBER(shikaku_event, at, "at", take_time),
		MEMBER(shikaku_event, visit, "visit", take_id),
	}, reader[] = {
		MEMBER(shikaku_event, at, "at", take_time),
		MEMBER(shikaku_event, reader, "reader", take_word),
		MEMBER(shikaku_event, card, "card", take_bool_or_missing),
	}, alarm[] = {
		MEMBER(shikaku_event, at, "at", take_time),
		MEMBER(shikaku_event, alarm, "alarm", take_code),
		MEMBER(shikaku_event, on, "on", take_bool),
	};
	static const struct {
		const struct member	*members;
		size_t			 n;
	} kinds[] = {
		[SHIKAKU_EVENT_VISIT] = { visit, LEN(visit) },
		[SHIKAKU_EVENT_READER] = { reader, LEN(reader) },
		[SHIKAKU_EVENT_ALARM] = { alarm, LEN(alarm) },
	};
	const char *wrong;

	memset(out, 0, sizeof(*out));
	wrong = read_members(bytes, len, kinds[kind].members, kinds[kind].n,
	    out);
	if (wrong != NULL)
		memset(out, 0, sizeof(*out));
	else
		out->kind = kind;
	return (wrong);
}
