#include <string.h>

#include "base/secret.h"
#include "host/api/call.h"
#include "host/api/qr.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* Schema Device's states. */
enum state { CONNECTED, AWAY, REVOKED, INVITED };

static const struct {
	const char	*word, *ja, *en;
} states[] = {
	[CONNECTED] = { "connected", "接続中", "connected" },
	[AWAY] = { "away", "接続されていません", "not connected" },
	[REVOKED] = { "revoked", "取消済", "revoked" },
	[INVITED] = { "invited", "招待中", "invited" },
};

static const struct body_rule name_rule = { "name", BODY_TEXT, 1, 1,
    DEVICE_NAME - 1, BODY_NAME, NULL };

static json_t *
row_json(enum state state, const struct device *d, int64_t expires_at)
{
	return (json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}",
	    "name", d->name, "state", states[state].word, "label",
	    view_text(states[state].ja, states[state].en),
	    "enrolled_at", view_time(d->created_at),
	    "last_seen", view_time(d->last_seen),
	    "expires_at", view_time(expires_at),
	    "revoked_at", view_time(d->revoked_at)));
}

static json_t *
device_json(const struct call *c, const struct device *d)
{
	const struct api_ops *ops = c->conf->ops;
	enum state state = AWAY;

	if (d->revoked_at != 0)
		state = REVOKED;
	else if (ops->connected != NULL && ops->connected(ops->ctx, d->name))
		state = CONNECTED;
	return (row_json(state, d, 0));
}

struct rows {
	struct call	*call;
	json_t		*rows;
};

static enum err
device_row(void *ctx, const struct device *d)
{
	struct rows *all = ctx;

	return (json_array_append_new(all->rows, device_json(all->call, d)) ==
	    0 ? ERR_OK : ERR_NOMEM);
}

static enum err
invited_row(void *ctx, const char *name, int64_t expires_at)
{
	struct rows *all = ctx;
	struct device d = { .name = "" };

	memcpy(d.name, name, strnlen(name, sizeof(d.name) - 1));
	return (json_array_append_new(all->rows, row_json(INVITED, &d,
	    expires_at)) == 0 ? ERR_OK : ERR_NOMEM);
}

enum err
devices_all(struct call *c)
{
	struct rows all = { c, json_array() };
	enum err r;

	if ((r = device_list(c->conf->store, device_row, &all)) != ERR_OK ||
	    (r = device_invitations(c->conf->store, invited_row, &all)) !=
	    ERR_OK) {
		json_decref(all.rows);
		return (r);
	}
	return (call_json(c, 200, json_pack("{s:I, s:s?, s:o}", "total",
	    (json_int_t)json_array_size(all.rows), "address",
	    c->conf->devices.ca_print == NULL ? NULL :
	    c->conf->devices.address, "devices", all.rows)));
}

/* What is wrong with a name was said by the description. */
static enum err
name_of(struct call *c, const char **name)
{
	enum err r;

	if ((r = call_body(c, &name_rule, 1)) != ERR_OK)
		return (r);
	*name = body_text(c->req->json, "name");
	return (device_is_name(*name) ? ERR_OK : call_refuse(c,
	    ERR_BAD_REQUEST, "name"));
}

static enum err
show_invitation(struct call *c, const struct invitation *i)
{
	json_t *qr;
	enum err r;

	if ((r = qr_rows(i->qr, &qr)) != ERR_OK)
		return (r);
	return (call_json(c, 201, json_pack("{s:s, s:s, s:o, s:s, s:s, s:o}",
	    "name", i->name, "text", i->text, "expires_at",
	    view_time(i->expires_at), "address", i->address, "url", i->qr,
	    "qr", qr)));
}

enum err
devices_invite(struct call *c)
{
	struct invitation i;
	const char *name;
	enum err r;

	if ((r = name_of(c, &name)) != ERR_OK)
		return (r);
	if (c->conf->devices.ca_print == NULL)
		return (call_refuse(c, ERR_CONF, "[devices] listen is empty"));
	if ((r = invite_make(c->conf->store, &c->conf->devices, name, &i,
	    &c->note)) == ERR_OK)
		r = show_invitation(c, &i);
	secret_cleanse(&i, sizeof(i));
	return (r);
}

static enum err
show(struct call *c, const char *name)
{
	struct device d;
	enum err r;

	if ((r = device_get(c->conf->store, name, &d)) != ERR_OK)
		return (r);
	return (call_json(c, 200, device_json(c, &d)));
}

static void
tell(struct call *c)
{
	const struct api_ops *ops = c->conf->ops;

	if (ops->devices_changed != NULL)
		ops->devices_changed(ops->ctx);
}

enum err
devices_rename(struct call *c)
{
	const char *name;
	enum err r;

	if ((r = name_of(c, &name)) != ERR_OK)
		return (r);
	if ((r = device_rename(c->conf->store, c->param, name, &c->note)) !=
	    ERR_OK)
		return (r);
	tell(c);
	return (show(c, name));
}

/* It has the new name since the first time. */
enum err
devices_renamed(struct call *c)
{
	const char *name;
	enum err r;

	if ((r = name_of(c, &name)) != ERR_OK)
		return (r);
	return (show(c, name));
}

enum err
devices_revoke(struct call *c)
{
	struct device d = { .name = "" };
	enum err r;

	if ((r = call_body(c, NULL, 0)) != ERR_OK ||
	    (r = device_revoke(c->conf->store, c->param)) != ERR_OK)
		return (r);
	tell(c);
	if ((r = show(c, c->param)) != ERR_NO_DEVICE)
		return (r);
	/* It was an invitation, of which nothing is left. */
	memcpy(d.name, c->param, strnlen(c->param, sizeof(d.name) - 1));
	return (call_json(c, 200, row_json(REVOKED, &d, 0)));
}
