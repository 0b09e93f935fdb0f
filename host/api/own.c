#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/api/api_in.h"
#include "host/api/call.h"
#include "host/visit/passcode.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

json_t *
own_json(struct call *c, const struct client *who)
{
	const struct unlock *open = unlocks_get(c->api->unlocks, who);
	int button = 0, kiosk = who->role == ROLE_KIOSK;
	int64_t until = 0;

	if (kiosk && (passcode_button(c->conf->store, who->started_at,
	    &button) != ERR_OK || passcode_locked(c->conf->store, who->name,
	    &until) != ERR_OK))
		log_line(LOG_WARN, "api", "the passcodes cannot be read");
	return (json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:s?, s:o, "
	    "s:b, s:s, s:b}", "name", who->name, "role", role_word(who->role),
	    "home", who->home, "enrolled", who->enrolled,
	    "evidence_key", who->has_key, "staff_button", button,
	    "unlocked", open != NULL, "purpose", open == NULL ? NULL :
	    open->purpose, "locked_until", view_time(until),
	    "electronic_prescription", c->conf->electronic_prescription,
	    "institution_code", c->conf->institution_code,
	    "test_mode", c->conf->test_mode));
}

enum err
own_get(struct call *c)
{
	return (call_json(c, 200, own_json(c, &c->client)));
}

enum err
own_start(struct call *c)
{
	struct client now;
	struct session *s;
	enum err r;

	if ((r = call_body(c, NULL, 0)) != ERR_OK ||
	    (r = clients_started(c->conf->store, c->client.name)) != ERR_OK ||
	    (r = clients_get(c->conf->store, c->client.name, &now)) != ERR_OK)
		return (r);
	c->client = now;
	/* Nobody stands before a machine that has just started. */
	if ((s = live_of(c->conf->live, c->client.name)) != NULL &&
	    !session_leave(s))
		session_cancel(s);
	return (own_get(c));
}

enum err
own_unlock(struct call *c)
{
	static const char *const purposes[] = { "home_visit", "outpatient",
	    NULL };
	static const struct body_rule rules[] = {
		{ "passcode", BODY_TEXT, 1, PASSCODE_MIN, PASSCODE_MAX,
		    BODY_DIGITS, NULL },
		{ "purpose", BODY_TEXT, 1, 0, 0, NULL, purposes },
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	struct unlock row = { .until = 0 };
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK)
		return (r);
	if (!c->client.home)
		return (ERR_NOT_ALLOWED);
	if ((r = call_passcode(c, c->client.name)) != ERR_OK)
		return (r);
	snprintf(row.client, sizeof(row.client), "%s", c->client.name);
	memcpy(row.token, c->client.token, sizeof(row.token));
	snprintf(row.purpose, sizeof(row.purpose), "%s",
	    body_text(c->req->json, "purpose"));
	snprintf(row.staff, sizeof(row.staff), "%s",
	    body_text(c->req->json, "staff"));
	if ((r = unlocks_put(c->api->unlocks, &row)) != ERR_OK)
		return (r);
	log_line(LOG_WARN, "api", "%s was opened with the passcode: %s",
	    row.client, row.purpose);
	return (own_get(c));
}

enum err
own_lock(struct call *c)
{
	enum err r;

	if ((r = call_body(c, NULL, 0)) != ERR_OK)
		return (r);
	unlocks_end(c->api->unlocks, c->client.name);
	return (own_get(c));
}
