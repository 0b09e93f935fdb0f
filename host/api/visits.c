#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/api/api_in.h"
#include "host/api/call.h"
#include "host/consent/fallback.h"
#include "host/filing/filing.h"
#include "host/visit/passcode.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define DAY_MS	((int64_t)24 * 3600 * 1000)

/* --- who may see what --- */

static const struct visit nobody;

/*
 * The kiosk's screen stands before the patient: while the visit runs there it
 * may see what the patient may.  Of one that ended, or went on without the
 * kiosk (at the desk, or because the next person came), how it stands.
 */
static void
for_kiosk(json_t *o, int there)
{
	const char *wants = json_string_value(json_object_get(o, "wants"));
	int showing = there && wants != NULL && strcmp(wants, "closing") == 0;

	if (!there) {
		json_object_set_new(o, "consent",
		    visit_consent_json(&nobody));
		if (wants != NULL && strcmp(wants, "patient") != 0)
			json_object_set_new(o, "wants", json_null());
	}

	json_object_set_new(o, "identity", json_null());
	json_object_set_new(o, "staff", json_null());
	json_object_set_new(o, "reason", json_null());
	/* It may name a chart number. */
	if (json_is_object(json_object_get(o, "error")))
		json_object_set_new(json_object_get(o, "error"), "detail",
		    json_string(""));
	if (!showing) {
		json_object_set_new(o, "patient", json_null());
		json_object_set_new(o, "result", json_null());
	}
	if (json_object_get(o, "deadline") == NULL || wants == NULL)
		json_object_set_new(o, "nonce", json_null());
}

/* 1 while a visit runs before the kiosk that began it. */
int
visits_is_there(struct call *c, const char *id)
{
	struct session *s = live_find(c->conf->live, id);

	return (s != NULL && !session_ended(s) && !session_resumed(s) &&
	    !session_left(s));
}

/* Member filed: whether it was brought here by a device or on a slip.  A
 * visit with a client was made here. */
static enum err
add_filed(struct call *c, json_t *o)
{
	struct filing_origin from = { .at = 0 };
	json_t *filed = NULL;
	enum err r = ERR_OK;

	if (json_is_null(json_object_get(o, "client")))
		r = filing_origin(c->conf->store, json_string_value(
		    json_object_get(o, "id")), &from);
	if (r == ERR_OK && (filed = from.at == 0 ? json_null() :
	    json_pack("{s:s?, s:o}", "device", from.device[0] == '\0' ? NULL :
	    from.device, "at", view_time(from.at))) == NULL)
		r = ERR_NOMEM;
	if (r == ERR_OK && json_object_set_new(o, "filed", filed) != 0)
		r = ERR_NOMEM;
	return (r);
}

static enum err
fallback_row(void *ctx, const struct val *v, size_t n)
{
	json_t **out = ctx;
	enum fallback way;

	if (n != 3)
		return (ERR_SEQUENCE);
	if ((way = fallback_read(val_str(&v[0]))) == FALLBACK_COUNT)
		return (ERR_STORE);
	json_decref(*out);
	*out = json_pack("{s:s, s:o, s:s, s:o}", "way", fallback_word(way),
	    "label", view_text(fallback_label(way, ERR_JA),
	    fallback_label(way, ERR_EN)), "staff", val_str(&v[1]),
	    "at", view_time(val_num(&v[2])));
	return (*out == NULL ? ERR_NOMEM : ERR_OK);
}

/* Member fallback: what was shown where nothing could be asked (DIS-04). */
static enum err
add_fallback(struct call *c, const char *id, json_t *o)
{
	const struct val v = val_text(id);
	json_t *way = json_null();
	enum err r;

	r = store_run(c->conf->store, SQL_FALLBACK_GET, &v, 1, fallback_row,
	    &way, NULL);
	if (r == ERR_OK && json_object_set(o, "fallback", way) != 0)
		r = ERR_NOMEM;
	json_decref(way);
	return (r);
}

static enum err
load(struct call *c, const char *id, json_t **out)
{
	struct session *s = live_find(c->conf->live, id);
	enum err r;

	*out = NULL;
	if (s != NULL && !session_ended(s))
		r = (*out = session_view(s)) == NULL ? ERR_NOMEM : ERR_OK;
	else
		r = view_stored(c->conf->store, id, out);
	if (r == ERR_OK && ((r = add_filed(c, *out)) != ERR_OK ||
	    (r = add_fallback(c, id, *out)) != ERR_OK)) {
		json_decref(*out);
		*out = NULL;
	}
	return (r);
}

/* A kiosk's own only: another one's does not exist for it. */
enum err
visits_show(struct call *c, const char *id, int status)
{
	json_t *o;
	const char *of;
	enum err r;

	if ((r = load(c, id, &o)) != ERR_OK)
		return (r);
	of = json_string_value(json_object_get(o, "client"));
	if (c->client.role == ROLE_KIOSK)
		json_object_set_new(o, "fallback", json_null());
	if (c->client.role == ROLE_KIOSK) {
		if (of == NULL || strcmp(of, c->client.name) != 0) {
			json_decref(o);
			return (ERR_NO_SUCH);
		}
		for_kiosk(o, visits_is_there(c, id));
	}
	return (call_json(c, status, o));
}

enum err
visits_get(struct call *c)
{
	return (visits_show(c, c->param, 200));
}

enum err
visits_again(struct call *c)
{
	return (visits_show(c, c->subject, 200));
}

/* --- the day --- */

/* "2026-11-20" as the day's first millisecond in Japan; today without. */
static enum err
day_of(struct call *c, int64_t *from)
{
	char text[16], stamp[CLOCK_STAMP_LEN];
	int has;
	enum err r;

	if ((r = call_query(c, "date", text, sizeof(text), &has)) != ERR_OK)
		return (r);
	clock_stamp(clock_wall_ms(), stamp);
	if (has && (strlen(text) != 10 || text[4] != '-' || text[7] != '-')) {
		note_set(&c->note, "date");
		return (ERR_BAD_REQUEST);
	}
	if (has)
		snprintf(stamp, sizeof(stamp), "%.4s%.2s%.2s", text,
		    text + 5, text + 8);
	memcpy(stamp + 8, "000000", 7);
	if (!clock_is_stamp(stamp)) {
		note_set(&c->note, "date");
		return (ERR_BAD_REQUEST);
	}
	*from = clock_of_stamp(stamp);
	return (ERR_OK);
}

static enum err
add_all_filed(struct call *c, json_t *rows)
{
	enum err r = ERR_OK;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (r == ERR_OK)
			r = add_filed(c, row);
	}
	return (r);
}

/* What the sessions know better than the store: what is wanted now. */
static void
add_wants(struct call *c, json_t *rows)
{
	struct session *s;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		s = live_find(c->conf->live, json_string_value(
		    json_object_get(row, "id")));
		if (s != NULL && want_word(session_want(s)) != NULL)
			json_object_set_new(row, "wants",
			    json_string(want_word(session_want(s))));
	}
}

enum err
visits_list(struct call *c)
{
	static const char *const names[] = { "date", "limit", "offset", NULL };
	static const int limits[] = { 1, 500 }, offsets[] = { 0, 100000 };
	struct view_span span = { .limit = 100 };
	int64_t total;
	json_t *rows;
	enum err r;

	if ((r = call_only(c, names)) != ERR_OK ||
	    (r = day_of(c, &span.from)) != ERR_OK ||
	    (r = call_number(c, "limit", &span.limit, limits)) != ERR_OK ||
	    (r = call_number(c, "offset", &span.offset, offsets)) != ERR_OK)
		return (r);
	span.before = span.from + DAY_MS;
	if ((r = view_rows(c->conf->store, &span, &rows, &total)) != ERR_OK)
		return (r);
	if ((r = add_all_filed(c, rows)) != ERR_OK) {
		json_decref(rows);
		return (r);
	}
	add_wants(c, rows);
	if ((r = call_list(c, "visits", rows, total)) == ERR_OK)
		json_object_set_new(c->answer->json, "offset",
		    json_integer(span.offset));
	return (r);
}

/* --- a new one --- */

static const char *const modes[] = { "pin", "face", "visual", "home", NULL };
static const char *const methods[] = { "pin", "visual", NULL };
static const char *const reasons[] = {
#define REASON_WORD(id, word, ja, en) word,
	REASON_LIST(REASON_WORD)
#undef REASON_WORD
	NULL
};

static const struct body_rule create_rules[] = {
	{ "mode",	BODY_TEXT, 1, 0, 0, NULL, modes },
	{ "method",	BODY_TEXT, 0, 0, 0, NULL, methods },
	{ "at",		BODY_TEXT, 0, 1, 32, BODY_NAME, NULL },
	{ "chart_number", BODY_TEXT, 0, 1, 32, BODY_PRINT, NULL },
	{ "official",	BODY_BOOL, 0, 0, 0, NULL, NULL },
	{ "slow",	BODY_BOOL, 0, 0, 0, NULL, NULL },
	{ "passcode",	BODY_TEXT, 0, PASSCODE_MIN, PASSCODE_MAX, BODY_DIGITS,
	    NULL },
	{ "reason",	BODY_TEXT, 0, 0, 0, NULL, reasons },
	{ "staff",	BODY_TEXT, 0, 1, 32, NULL, NULL },
};

/* The kiosk it is for: the caller, or the one the desk names. */
static enum err
kiosk_of(struct call *c, struct client *kiosk)
{
	const char *at = body_text(c->req->json, "at");
	enum err r;

	*kiosk = c->client;
	if (c->client.role == ROLE_KIOSK)
		return (at[0] == '\0' || strcmp(at, c->client.name) == 0 ?
		    ERR_OK : call_refuse(c, ERR_NOT_ALLOWED, "at"));
	if (at[0] == '\0')
		return (call_refuse(c, ERR_BAD_REQUEST, "at"));
	if ((r = clients_get(c->conf->store, at, kiosk)) != ERR_OK)
		return (r);
	return (kiosk->role == ROLE_KIOSK && kiosk->revoked_at == 0 ?
	    ERR_OK : call_refuse(c, ERR_NOT_ALLOWED, "at"));
}

/* Members that belong to visual confirmation are there then, and only then. */
static enum err
check_visual(struct call *c, int visual, int passcode)
{
	const json_t *b = c->req->json;
	const struct {
		const char	*name;
		int		 wanted;
	} members[] = { { "passcode", passcode }, { "reason", visual },
	    { "staff", passcode } };

	for (size_t i = 0; i < LEN(members); i++) {
		if ((json_object_get(b, members[i].name) != NULL) !=
		    members[i].wanted)
			return (call_refuse(c, ERR_BAD_REQUEST, members[i].name));
	}
	return (ERR_OK);
}

static void
put(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from);
}

/* Mode, method and what each of them needs. */
static enum err
take_mode(struct call *c, const struct client *kiosk, struct session_ask *ask)
{
	const json_t *b = c->req->json;
	const char *mode = body_text(b, "mode");
	const char *method = body_text(b, "method");
	int home = strcmp(mode, "home") == 0, visual;
	const struct unlock *open;

	if (kiosk->home != home)
		return (call_refuse(c, ERR_NOT_ALLOWED, "mode"));
	if (!home && method[0] != '\0')
		return (call_refuse(c, ERR_BAD_REQUEST, "method"));
	if (home && method[0] == '\0')
		method = "pin";
	put(ask->about.mode, sizeof(ask->about.mode), mode);
	put(ask->about.method, sizeof(ask->about.method), home ? method :
	    mode);
	visual = strcmp(ask->about.method, "visual") == 0;
	if (visual && c->client.role != ROLE_KIOSK)
		return (call_refuse(c, ERR_NOT_ALLOWED, "mode"));
	put(ask->about.reason, sizeof(ask->about.reason),
	    body_text(b, "reason"));
	put(ask->about.staff, sizeof(ask->about.staff),
	    body_text(b, "staff"));
	if (!home)
		return (check_visual(c, visual, visual));
	/* The passcode was entered when the client was opened (MAP-01). */
	if ((open = unlocks_get(c->api->unlocks, kiosk)) == NULL)
		return (ERR_NOT_UNLOCKED);
	put(ask->about.purpose, sizeof(ask->about.purpose), open->purpose);
	put(ask->about.staff, sizeof(ask->about.staff), open->staff);
	return (check_visual(c, visual, 0));
}

static enum err
take_face(struct call *c, const struct client *kiosk, struct session_ask *ask)
{
	const json_t *b = c->req->json;
	int face = strcmp(ask->about.mode, "face") == 0;

	ask->official = body_is(b, "official");
	/* Who the patient is a card says, or the staff; an official face
	 * reader's file is held to the number. */
	if (ask->chart_number[0] != '\0' && !ask->official &&
	    c->client.role == ROLE_KIOSK)
		return (call_refuse(c, ERR_NOT_ALLOWED, "chart_number"));
	ask->has_key = kiosk->has_key;
	memcpy(ask->key, kiosk->key, sizeof(ask->key));
	if (ask->official && (!face || ask->chart_number[0] == '\0'))
		return (call_refuse(c, ERR_BAD_REQUEST, face ? "chart_number" :
		    "official"));
	/* Without its key nothing the kiosk says of a face counts. */
	if (face && !ask->official && !kiosk->has_key)
		return (call_refuse(c, ERR_NOT_ALLOWED, "evidence key"));
	return (ERR_OK);
}

/* The passcode of visual confirmation, where it is part of the request. */
static enum err
check_passcode(struct call *c, const struct client *kiosk)
{
	int shown = 0;
	enum err r;

	if (json_object_get(c->req->json, "passcode") == NULL)
		return (ERR_OK);
	/* OQS-10: no button, no visual confirmation. */
	if ((r = passcode_button(c->conf->store, kiosk->started_at,
	    &shown)) != ERR_OK)
		return (r);
	if (!shown)
		return (call_refuse(c, ERR_NO_PASSCODE, "staff button"));
	return (call_passcode(c, kiosk->name));
}

enum err
visits_create(struct call *c)
{
	struct session_ask ask = { .official = 0 };
	struct client kiosk;
	char id[VISIT_ID_LEN];
	struct patient p;
	enum err r;

	if ((r = call_body(c, create_rules, LEN(create_rules))) != ERR_OK ||
	    (r = kiosk_of(c, &kiosk)) != ERR_OK)
		return (r);
	ask.slow = body_is(c->req->json, "slow");
	put(ask.about.client, sizeof(ask.about.client), kiosk.name);
	put(ask.chart_number, sizeof(ask.chart_number),
	    body_text(c->req->json, "chart_number"));
	if ((r = take_mode(c, &kiosk, &ask)) != ERR_OK ||
	    (r = take_face(c, &kiosk, &ask)) != ERR_OK ||
	    (r = check_passcode(c, &kiosk)) != ERR_OK)
		return (r);
	if (ask.chart_number[0] != '\0') {
		r = patient_get(c->conf->store, ask.chart_number, &p);
		patient_wipe(&p);
	}
	if (r == ERR_OK)
		r = live_start(c->conf->live, &ask, id);
	if (r != ERR_OK)
		return (r);
	put(c->subject, sizeof(c->subject), id);
	return (visits_show(c, id, 201));
}
