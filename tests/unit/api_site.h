#ifndef TESTS_UNIT_API_SITE_H
#define TESTS_UNIT_API_SITE_H

#include <stdio.h>
#include <string.h>

#include "host/api/server.h"

/*
 * What the tests of the HTTP side put behind it: three paths, one token, and
 * counters that say what came through.
 */
#define SITE_TOKEN	"good-token"
#define SITE_BIG	(3u << 20)

struct site_seen {
	unsigned	admitted, handled, ticks;
	_Atomic int64_t	last;		/* id of the newest event */
	_Atomic int	held;		/* the streams' client still exists */
	int		flood;		/* events larger than one turn */
	char		key[HTTP_KEY_MAX], query[HTTP_QUERY_MAX], peer[64];
	int64_t		after;		/* Last-Event-ID */
	char		body[128];	/* member "text" of the last one */
};

static inline void
site_admit(void *ctx, const struct http_request *r, struct http_answer *a)
{
	struct site_seen *seen = ctx;

	seen->admitted++;
	if (strcmp(r->path, "/api/v1/health") != 0 &&
	    strcmp(r->token, SITE_TOKEN) != 0)
		http_problem(a, 401, ERR_NO_TOKEN, "");
}

static inline void
site_handle(void *ctx, const struct http_request *r, struct http_answer *a)
{
	struct site_seen *seen = ctx;
	const char *text = json_string_value(json_object_get(r->json, "text"));

	seen->handled++;
	seen->after = r->last_event_id;
	snprintf(seen->key, sizeof(seen->key), "%s", r->key);
	snprintf(seen->query, sizeof(seen->query), "%s", r->query);
	snprintf(seen->peer, sizeof(seen->peer), "%s", r->peer);
	snprintf(seen->body, sizeof(seen->body), "%s",
	    text == NULL ? "" : text);
	a->status = 200;
	if (strcmp(r->path, "/api/v1/events") == 0) {
		a->stream = 1;
		a->stream_from = r->last_event_id < 0 ? seen->last :
		    r->last_event_id;
		snprintf(a->stream_for, sizeof(a->stream_for), "kiosk-1");
	} else if (strcmp(r->path, "/api/v1/photo") == 0) {
		a->type = "image/png";
		if (blob_space(&a->bytes, SITE_BIG) != NULL)
			memset(a->bytes.data, 'p', SITE_BIG);
	} else if (strcmp(r->path, "/api/v1/silent") == 0) {
		a->status = 0;
	} else if (strcmp(r->path, "/api/v1/health") == 0 ||
	    strcmp(r->path, "/api/v1/visits") == 0) {
		a->json = json_pack("{s:s}", "status", "ok");
	} else {
		http_problem(a, 404, ERR_NO_SUCH, "");
	}
}

static inline enum err
site_feed(void *ctx, const char *client, int64_t *after, struct blob *out)
{
	struct site_seen *seen = ctx;
	enum err r = ERR_OK;

	(void)client;
	while (r == ERR_OK && *after < seen->last) {
		r = blob_printf(out, "id: %lld\nevent: visit\ndata: {}\n\n",
		    (long long)++*after);
		for (int i = 0; seen->flood && r == ERR_OK && i < 3000; i++)
			r = blob_add_str(out, ": some more text\n\n");
	}
	return (r);
}

static inline int
site_holds(void *ctx, const char *client)
{
	(void)client;
	return (((struct site_seen *)ctx)->held);
}

static inline void
site_tick(void *ctx)
{
	((struct site_seen *)ctx)->ticks++;
}

static inline struct server_ops
site_ops(struct site_seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	seen->held = 1;
	return ((struct server_ops){ .admit = site_admit,
	    .handle = site_handle, .feed = site_feed, .holds = site_holds,
	    .tick = site_tick, .ctx = seen });
}

#endif
