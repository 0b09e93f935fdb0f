#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "host/api/api_in.h"
#include "host/api/repeat.h"
#include "host/api/routes.h"
#include "host/visit/passcode.h"

#define EVENTS_KEPT_MS	((int64_t)24 * 3600 * 1000)	/* openapi.yaml */
#define PRUNE_MS	(600 * 1000)
#define FEED_ROWS	2000

enum err
api_open(const struct api_conf *conf, struct api **out)
{
	struct api *api = calloc(1, sizeof(*api));
	enum err r;

	*out = NULL;
	if (api == NULL)
		return (ERR_NOMEM);
	api->conf = *conf;
	if ((r = unlocks_open(&api->unlocks)) != ERR_OK ||
	    (r = count_open(conf->store, &api->count)) != ERR_OK) {
		api_close(&api);
		return (r);
	}
	*out = api;
	return (ERR_OK);
}

void
api_close(struct api **ap)
{
	if (*ap == NULL)
		return;
	unlocks_close(&(*ap)->unlocks);
	count_close(&(*ap)->count);
	free(*ap);
	*ap = NULL;
}

/* --- who asks what --- */

static const struct route *
find_route(const struct http_request *req, struct http_answer *a,
    char param[CALL_PARAM])
{
	size_t base = strlen(ROUTES_BASE);
	const struct route *r = NULL;
	int other = 0;

	if (strcmp(req->path, "/metrics") == 0)
		r = routes_find(req->method, req->path, param, &other);
	else if (strncmp(req->path, ROUTES_BASE "/", base + 1) == 0 &&
	    strcmp(req->path + base, "/metrics") != 0)
		r = routes_find(req->method, req->path + base, param, &other);
	if (r == NULL && other)
		http_problem(a, 405, ERR_BAD_REQUEST, "method");
	else if (r == NULL)
		http_problem(a, 404, ERR_NO_SUCH, "");
	return (r);
}

static enum err
find_client(struct api *api, const struct http_request *req,
    const struct route *route, struct client *client)
{
	enum err r;

	*client = (struct client){ .role = ROLE_MONITOR };
	if (req->token[0] == '\0')
		return ((route->flags & ROUTE_OPEN) != 0 ? ERR_OK :
		    ERR_NO_TOKEN);
	if ((r = clients_find(api->conf.store, req->token, client)) != ERR_OK)
		return (r);
	return (route->roles == 0 || (route->roles & (1u << client->role)) !=
	    0 ? ERR_OK : ERR_NOT_ALLOWED);
}

static void
in_its_form(struct http_answer *a, const struct route *route)
{
	if (a->status >= 400 && (route->flags & ROUTE_FHIR) != 0)
		fhir_refusal(a);
}

/* Route and client; 0 when the answer is a refusal already. */
static int
admit(struct api *api, const struct http_request *req,
    struct http_answer *a, struct call *call)
{
	const struct route *route;
	enum err r;

	*call = (struct call){ .api = api, .conf = &api->conf, .req = req,
	    .answer = a };
	if ((route = find_route(req, a, call->param)) == NULL)
		return (0);
	if ((r = find_client(api, req, route, &call->client)) == ERR_OK &&
	    (route->flags & ROUTE_KEYED) != 0 && req->key[0] == '\0') {
		note_set(&call->note, "Idempotency-Key");
		r = ERR_BAD_REQUEST;
	}
	if (r != ERR_OK) {
		http_problem(a, http_status(r), r, call->note.text);
		in_its_form(a, route);
	}
	return (r == ERR_OK);
}

void
api_admit(void *ctx, const struct http_request *req, struct http_answer *a)
{
	struct call call;

	if (!admit(ctx, req, a, &call))
		count_request(call.api->count, a->status);
	secret_cleanse(&call, sizeof(call));
}

/* --- doing it, once --- */

static void
refuse(struct call *c, enum err r)
{
	json_decref(c->answer->json);
	c->answer->json = NULL;
	http_problem(c->answer, http_status(r), r, c->note.text);
}

/* A wrong passcode was counted: the same entry does not count twice. */
static int
counts(enum err r)
{
	return (r == ERR_PASSCODE || r == ERR_LOCKED);
}

static void
do_once(struct call *c, const struct route *route, struct repeat *rp)
{
	enum err r, kept;

	if ((r = route->handler(c)) != ERR_OK)
		refuse(c, r);
	if (counts(r))
		snprintf(c->subject, sizeof(c->subject), "%s", err_name(r));
	kept = repeat_end(c->conf->store, rp, r == ERR_OK || counts(r) ?
	    c->answer->status : 0, c->subject);
	if (kept != ERR_OK)
		log_line(LOG_ERROR, "api", "Idempotency-Key: %s",
		    err_name(kept));
}

/* What became of it when it was done. */
static void
do_again(struct call *c, const struct route *route, const struct repeat *rp)
{
	enum err r = ERR_NOT_NOW;

	snprintf(c->subject, sizeof(c->subject), "%s", rp->subject);
	if (strcmp(rp->subject, err_name(ERR_PASSCODE)) == 0)
		r = ERR_PASSCODE;
	else if (strcmp(rp->subject, err_name(ERR_LOCKED)) == 0)
		r = ERR_LOCKED;
	else if (rp->status != 0 && route->again != NULL)
		r = route->again(c);
	if (r != ERR_OK)
		refuse(c, r);
	else
		c->answer->status = rp->status;
}

static void
do_keyed(struct call *c, const struct route *route)
{
	struct repeat rp;
	enum err r;

	r = repeat_begin(c->conf->store, c->client.name, c->req,
	    (route->flags & ROUTE_SECRET) != 0, &rp);
	if (r != ERR_OK)
		refuse(c, r);
	else if (rp.again)
		do_again(c, route, &rp);
	else
		do_once(c, route, &rp);
}

void
api_handle(void *ctx, const struct http_request *req, struct http_answer *a)
{
	const struct route *route;
	struct call call;
	enum err r;

	if (admit(ctx, req, a, &call)) {
		route = find_route(req, a, call.param);
		if ((route->flags & ROUTE_KEYED) != 0)
			do_keyed(&call, route);
		else if ((r = route->handler(&call)) != ERR_OK)
			refuse(&call, r);
		in_its_form(a, route);
	}
	count_request(call.api->count, a->status);
	secret_cleanse(&call, sizeof(call));
}

/* --- the streams --- */

struct feed {
	const char	*client;	/* kiosks see their own; NULL: all */
	int64_t		*after;
	struct blob	*out;
};

static enum err
feed_row(void *ctx, const struct val *cols, size_t n)
{
	struct feed *f = ctx;

	if (n != 4)
		return (ERR_STORE);
	*f->after = val_num(&cols[0]);
	if (f->client != NULL && strcmp(val_str(&cols[2]), f->client) != 0)
		return (ERR_OK);
	return (blob_printf(f->out, "id: %lld\nevent: %s\ndata: %s\n\n",
	    (long long)*f->after, val_str(&cols[1]), val_str(&cols[3])));
}

enum err
api_feed(void *ctx, const char *token, int64_t *after, struct blob *out)
{
	const struct val p[] = { val_int(*after), val_int(FEED_ROWS) };
	struct api *api = ctx;
	struct client client;
	struct feed f = { .client = client.name, .after = after,
	    .out = out };
	enum err r;

	if ((r = clients_holding(api->conf.store, token, &client)) != ERR_OK)
		return (r);
	if (client.role != ROLE_KIOSK)
		f.client = NULL;
	return (store_run(api->conf.store, SQL_EVENT_AFTER, p, 2, feed_row,
	    &f, NULL));
}

int
api_holds(void *ctx, const char *token)
{
	struct api *api = ctx;
	struct client client;

	return (clients_holding(api->conf.store, token, &client) == ERR_OK);
}

/* One that was valid when it was last looked at. */
struct valid {
	char	now[PASSCODE_VALID_MAX][PASSCODE_ID];
	size_t	n;
};

static enum err
keep_valid(void *ctx, const struct passcode *p)
{
	struct valid *v = ctx;

	if (passcode_state(p) == PASSCODE_VALID && v->n < PASSCODE_VALID_MAX)
		memcpy(v->now[v->n++], p->id, PASSCODE_ID);
	return (ERR_OK);
}

static int
is_in(const struct valid *v, const char *id)
{
	size_t i = 0;

	while (i < v->n && strcmp(v->now[i], id) != 0)
		i++;
	return (i < v->n);
}

/* A passcode that was revoked or ran out closes what may have been opened
 * with it. */
static void
look_at_passcodes(struct api *api)
{
	struct valid now = { .n = 0 };
	int lost = 0;

	if (passcode_list(api->conf.store, keep_valid, &now) != ERR_OK)
		return;
	for (size_t i = 0; i < api->valid_n; i++)
		lost |= !is_in(&now, api->valid[i]);
	if (lost)
		unlocks_end_all(api->unlocks);
	memcpy(api->valid, now.now, sizeof(api->valid));
	api->valid_n = now.n;
}

static void
prune(struct api *api)
{
	const struct val before = val_int(clock_wall_ms() - EVENTS_KEPT_MS);

	if (api->pruned != 0 && clock_ms() - api->pruned < PRUNE_MS)
		return;
	api->pruned = clock_ms();
	if (store_run(api->conf.store, SQL_EVENT_PRUNE, &before, 1, NULL,
	    NULL, NULL) != ERR_OK || repeat_prune(api->conf.store) != ERR_OK)
		log_line(LOG_WARN, "api", "old events are still there");
}

void
api_tick(struct api *api)
{
	live_reap(api->conf.live);
	alarm_look(&api->alarm, api->conf.store, api->conf.alarm_errors);
	api->forget |= count_events(api->count, api->conf.store);
	if (api->forget)
		api->forget = !store_forget(api->conf.store);
	look_at_passcodes(api);
	prune(api);
}

/* --- what handlers share --- */

enum err
call_json(struct call *c, int status, json_t *o)
{
	if (o == NULL)
		return (ERR_NOMEM);
	c->answer->status = status;
	c->answer->json = o;
	return (ERR_OK);
}

enum err
call_list(struct call *c, const char *name, json_t *rows, int64_t total)
{
	if (rows == NULL)
		return (ERR_NOMEM);
	return (call_json(c, 200, json_pack("{s:I, s:o}", "total",
	    (json_int_t)total, name, rows)));
}

enum err
call_refuse(struct call *c, enum err r, const char *what)
{
	note_set(&c->note, "%s", what);
	return (r);
}

enum err
call_body(struct call *c, const struct body_rule *rules, size_t n)
{
	return (body_check(c->req->json, rules, n, &c->note));
}

enum err
call_passcode(struct call *c, const char *client)
{
	char at[CLOCK_ISO_LEN];
	int64_t until = 0;
	int left = 0;
	enum err r;

	r = passcode_check(c->conf->store, client, body_text(c->req->json,
	    "passcode"), &left, &until);
	if (r == ERR_PASSCODE)
		note_set(&c->note, "%d", left);
	if (r == ERR_LOCKED) {
		clock_iso(until, at);
		note_set(&c->note, "%s", at);
		log_line(LOG_WARN, "api", "%s is locked after wrong "
		    "passcodes until %s", client, at);
	}
	return (r);
}

enum err
call_only(struct call *c, const char *const *names)
{
	if (http_query_only(c->req, names))
		return (ERR_OK);
	note_set(&c->note, "query");
	return (ERR_BAD_REQUEST);
}

enum err
call_query(struct call *c, const char *name, char *out, size_t room, int *has)
{
	int found = http_query(c->req, name, out, room);

	*has = found == 1;
	if (found >= 0)
		return (ERR_OK);
	note_set(&c->note, "%s", name);
	return (ERR_BAD_REQUEST);
}

enum err
call_number(struct call *c, const char *name, int *out, const int bounds[2])
{
	char text[12];
	int has;
	enum err r;

	if ((r = call_query(c, name, text, sizeof(text), &has)) != ERR_OK ||
	    !has)
		return (r);
	if (text[0] == '\0' || strlen(text) > 9 ||
	    strspn(text, BODY_DIGITS) != strlen(text) ||
	    atoi(text) < bounds[0] || atoi(text) > bounds[1]) {
		note_set(&c->note, "%s", name);
		return (ERR_BAD_REQUEST);
	}
	*out = atoi(text);
	return (ERR_OK);
}
