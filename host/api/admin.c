#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/api/api_in.h"
#include "host/api/call.h"
#include "host/api/qr.h"
#include "host/visit/passcode.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define WRONG_CODES	5	/* openapi.yaml, /tokens */
#define WRONG_MS	60000

/* Guessing is held off for everybody: a code has no client before it fits. */
static enum err
may_guess(struct api *api, struct http_answer *a)
{
	if (clock_ms() - api->wrong_since >= WRONG_MS)
		api->wrong_codes = 0;
	if (api->wrong_codes < WRONG_CODES)
		return (ERR_OK);
	a->retry_after = WRONG_MS / 1000;
	return (ERR_TOO_MANY);
}

/* What the device that had the token before was at ends with it. */
static void
end_device(struct call *c, const char *name)
{
	struct session *s = live_of(c->conf->live, name);

	unlocks_end(c->api->unlocks, name);
	if (s != NULL && !session_leave(s))
		session_cancel(s);
}

enum err
admin_token(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "code", BODY_TEXT, 1, 10, 11, BODY_ALNUM "-", NULL } };
	char token[CLIENT_TOKEN];
	struct client who;
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = may_guess(c->api, c->answer)) != ERR_OK)
		return (r);
	r = clients_enrol(c->conf->store, body_text(c->req->json, "code"),
	    token, &who);
	if (r == ERR_OK)
		end_device(c, who.name);
	if (r == ERR_CODE && c->api->wrong_codes++ == 0)
		c->api->wrong_since = clock_ms();
	if (r == ERR_OK)
		r = call_json(c, 201, json_pack("{s:s, s:o}", "token", token,
		    "client", own_json(c, &who)));
	secret_cleanse(token, sizeof(token));
	return (r);
}

struct rows {
	struct call	*call;
	json_t		*rows;
	int		 kiosks;	/* 1: only those */
};

static enum err
client_row(void *ctx, const struct client *who)
{
	struct rows *all = ctx;

	if (who->revoked_at != 0 || (all->kiosks &&
	    who->role != ROLE_KIOSK))
		return (ERR_OK);
	return (json_array_append_new(all->rows, own_json(all->call, who)) ==
	    0 ? ERR_OK : ERR_NOMEM);
}

enum err
admin_clients(struct call *c)
{
	struct rows all = { c, json_array(), c->client.role == ROLE_DESK };
	enum err r;

	if ((r = clients_list(c->conf->store, client_row, &all)) != ERR_OK) {
		json_decref(all.rows);
		return (r);
	}
	return (call_list(c, "clients", all.rows,
	    (int64_t)json_array_size(all.rows)));
}

static enum err
enrolment(struct call *c, const char *page)
{
	char code[CLIENT_CODE], url[512];
	int64_t until;
	json_t *qr;
	enum err r;

	if ((r = clients_code(c->conf->store, c->param, code, &until)) !=
	    ERR_OK)
		return (r);
	snprintf(url, sizeof(url), "%s/%s#e=%s", c->conf->url, page, code);
	if ((r = qr_rows(url, &qr)) == ERR_OK)
		r = call_json(c, 201, json_pack("{s:s, s:s, s:o, s:s, s:o}",
		    "client", c->param, "code", code, "expires_at",
		    view_time(until), "url", url, "qr", qr));
	secret_cleanse(code, sizeof(code));
	secret_cleanse(url, sizeof(url));
	return (r);
}

enum err
admin_enrol(struct call *c)
{
	struct client who;
	enum err r;

	if ((r = call_body(c, NULL, 0)) != ERR_OK ||
	    (r = clients_get(c->conf->store, c->param, &who)) != ERR_OK)
		return (r);
	if (who.revoked_at != 0)
		return (ERR_NO_CLIENT);
	if (c->client.role == ROLE_DESK && !who.home)
		return (ERR_NOT_ALLOWED);
	return (enrolment(c, who.home ? "visit" : who.role == ROLE_KIOSK ?
	    "kiosk" : "desk"));
}

/* --- passcodes --- */

static json_t *
passcode_json(const struct passcode *p)
{
	return (json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o}", "id", p->id,
	    "state", passcode_word(passcode_state(p)), "length", p->length,
	    "issued_by", p->issued_by, "issued_at", view_time(p->issued_at),
	    "expires_at", view_time(p->expires_at),
	    "revoked_at", view_time(p->revoked_at)));
}

static enum err
passcode_row(void *ctx, const struct passcode *p)
{
	struct rows *all = ctx;

	return (json_array_append_new(all->rows, passcode_json(p)) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

enum err
admin_passcodes(struct call *c)
{
	struct rows all = { c, json_array(), 0 };
	enum err r;

	if ((r = passcode_list(c->conf->store, passcode_row, &all)) !=
	    ERR_OK) {
		json_decref(all.rows);
		return (r);
	}
	return (call_list(c, "passcodes", all.rows,
	    (int64_t)json_array_size(all.rows)));
}

enum err
admin_issue(struct call *c)
{
	static const struct body_rule rules[] = {
		{ "length", BODY_INT, 1, PASSCODE_MIN, PASSCODE_MAX, NULL,
		    NULL },
		{ "days", BODY_INT, 1, 1, 366, NULL, NULL } };
	char digits[PASSCODE_MAX + 1];
	struct passcode p;
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK)
		return (r);
	r = passcode_issue(c->conf->store, body_int(c->req->json, "length"),
	    body_int(c->req->json, "days"), c->client.name, digits, &p);
	if (r == ERR_OK)
		r = call_json(c, 201, json_pack("{s:s, s:o}", "passcode",
		    digits, "row", passcode_json(&p)));
	secret_cleanse(digits, sizeof(digits));
	return (r);
}

enum err
admin_revoke(struct call *c)
{
	struct passcode p;
	enum err r;

	if ((r = call_body(c, NULL, 0)) != ERR_OK ||
	    (r = passcode_revoke(c->conf->store, c->param, &p)) != ERR_OK)
		return (r);
	return (call_json(c, 200, passcode_json(&p)));
}
