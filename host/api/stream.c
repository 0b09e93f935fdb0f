#include <string.h>

#include "host/api/stream.h"

/* How soon a client comes back after the connection ended, in ms. */
#define RETRY	"retry: 1000\n\n"

void
stream_start(struct stream *s, const struct http_answer *a, int64_t now,
    struct blob *out)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->client, a->stream_for, sizeof(s->client));
	s->client[sizeof(s->client) - 1] = '\0';
	s->after = a->stream_from;
	s->said = s->asked = now;
	s->over = blob_add_str(out, RETRY) != ERR_OK;
}

/* Where the last whole event within the first max bytes ends. */
static size_t
whole_events(const struct blob *text, size_t max)
{
	for (size_t n = max; n >= 2; n--) {
		if (text->data[n - 1] == '\n' && text->data[n - 2] == '\n')
			return (n);
	}
	return (0);
}

static void
say(struct stream *s, const struct blob *text, int64_t now, struct blob *out)
{
	size_t len = text->len;

	/* The client asks again from the last id that it has. */
	if (len > STREAM_TURN) {
		len = whole_events(text, STREAM_TURN);
		s->over = 1;
	}
	if (len == 0)
		return;
	if (blob_add(out, text->data, len) != ERR_OK)
		s->over = 1;
	s->said = now;
}

static int
is_held(struct stream *s, const struct server_ops *ops, int64_t now)
{
	if (now - s->asked < STREAM_HOLD_MS)
		return (1);
	s->asked = now;
	return (ops->holds(ops->ctx, s->client));
}

void
stream_turn(struct stream *s, const struct server_ops *ops, int64_t now,
    struct blob *out)
{
	struct blob text = { 0 };

	if (s->over || !is_held(s, ops, now)) {
		s->over = 1;
		return;
	}
	if (ops->feed(ops->ctx, s->client, &s->after, &text) != ERR_OK)
		s->over = 1;
	else
		say(s, &text, now, out);
	if (!s->over && now - s->said >= STREAM_QUIET_MS) {
		s->over = blob_add_str(out, ":\n\n") != ERR_OK;
		s->said = now;
	}
	blob_free(&text);
}
