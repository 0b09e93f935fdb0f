#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/api/api_in.h"
#include "host/api/call.h"
#include "host/visit/view.h"

/* --- readers --- */

/* A kiosk sees its own. */
static json_t *
readers_of(struct call *c)
{
	json_t *all = c->conf->ops->readers(c->conf->ops->ctx), *row;
	size_t i = 0;

	if (c->client.role != ROLE_KIOSK)
		return (all);
	while ((row = json_array_get(all, i)) != NULL) {
		if (strcmp(json_string_value(json_object_get(row, "client")),
		    c->client.name) == 0)
			i++;
		else
			json_array_remove(all, i);
	}
	return (all);
}

enum err
service_readers(struct call *c)
{
	json_t *rows = readers_of(c);

	return (call_list(c, "readers", rows,
	    (int64_t)json_array_size(rows)));
}

/* --- health --- */

static int
all_ready(const json_t *readers)
{
	size_t i;
	json_t *row;

	json_array_foreach(readers, i, row) {
		const char *s = json_string_value(json_object_get(row,
		    "state"));

		if (s == NULL || strcmp(s, "absent") == 0)
			return (0);
	}
	return (1);
}

static json_t *
alarms_json(const struct alarm *a)
{
	json_t *rows = json_array();

	if (!a->on)
		return (rows);
	json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:o}",
	    "code", err_name(ERR_TERMINAL_ALARM),
	    "text", view_text(err_text(ERR_TERMINAL_ALARM, ERR_JA),
	    err_text(ERR_TERMINAL_ALARM, ERR_EN)),
	    "next", view_text(err_next(ERR_TERMINAL_ALARM, ERR_JA),
	    err_next(ERR_TERMINAL_ALARM, ERR_EN)),
	    "since", view_time(a->since)));
	return (rows);
}

static enum err
count_open_request(void *ctx, const struct val *cols, size_t n)
{
	(void)cols;
	(void)n;
	++*(int *)ctx;
	return (ERR_OK);
}

enum err
service_health(struct call *c)
{
	json_t *readers = c->conf->ops->readers(c->conf->ops->ctx), *o;
	int waiting = 0, store, folders, ok;

	store = store_run(c->conf->store, SQL_REQUEST_OPEN_LIST, NULL, 0,
	    count_open_request, &waiting, NULL) == ERR_OK;
	folders = c->conf->ops->folders(c->conf->ops->ctx);
	ok = store && folders && !c->api->alarm.on && all_ready(readers);
	json_decref(readers);
	o = json_pack("{s:s}", "status", ok ? "ok" : "degraded");
	if (c->client.name[0] != '\0') {
		json_t *more = json_pack("{s:s, s:o, s:b, s:b, s:o, s:i, "
		    "s:i, s:o}", "version", SHIKAKU_VERSION,
		    "now", view_time(clock_wall_ms()), "store", store,
		    "folders", folders, "readers", readers_of(c),
		    "live_visits", (int)live_count(c->conf->live),
		    "waiting_requests", waiting,
		    "alarms", alarms_json(&c->api->alarm));

		json_object_update(o, more);
		json_decref(more);
	}
	return (call_json(c, 200, o));
}

/* --- events --- */

static enum err
last_event(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

enum err
service_events(struct call *c)
{
	struct http_answer *a = c->answer;
	int64_t last = 0;
	enum err r;

	/* Of another store, perhaps: what is not there yet is not waited for. */
	if ((r = store_run(c->conf->store, SQL_EVENT_LAST, NULL, 0,
	    last_event, &last, NULL)) != ERR_OK)
		return (r);
	a->stream_from = c->req->last_event_id;
	if (a->stream_from < 0 || a->stream_from > last)
		a->stream_from = last;
	a->stream = 1;
	a->status = 200;
	snprintf(a->stream_for, sizeof(a->stream_for), "%s",
	    c->client.token);
	return (ERR_OK);
}

/* --- metrics --- */

static enum err
print_readers(struct call *c, struct blob *out)
{
	json_t *rows = readers_of(c), *row;
	enum err r;
	size_t i;

	r = blob_add_str(out, "# TYPE shikaku_reader_ready gauge\n");
	json_array_foreach(rows, i, row) {
		const char *s = json_string_value(json_object_get(row,
		    "state"));

		if (r == ERR_OK)
			r = blob_printf(out, "shikaku_reader_ready{client="
			    "\"%s\"} %d\n", json_string_value(
			    json_object_get(row, "client")),
			    strcmp(s, "ready") == 0 ||
			    strcmp(s, "busy") == 0);
	}
	json_decref(rows);
	return (r);
}

enum err
service_metrics(struct call *c)
{
	struct blob *out = &c->answer->bytes;
	enum err r;

	if ((r = count_print(c->api->count, out)) != ERR_OK ||
	    (r = print_readers(c, out)) != ERR_OK ||
	    (r = blob_printf(out, "# TYPE shikaku_visits_live gauge\n"
	    "shikaku_visits_live %zu\n# TYPE shikaku_terminal_alarm gauge\n"
	    "shikaku_terminal_alarm %d\n", live_count(c->conf->live),
	    c->api->alarm.on)) != ERR_OK)
		return (r);
	c->answer->status = 200;
	c->answer->type = "text/plain; version=0.0.4";
	return (ERR_OK);
}
