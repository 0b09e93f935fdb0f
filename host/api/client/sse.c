#include <string.h>

#include "host/api/client/sse.h"

#define RETRY_DIGITS 6	/* more is longer than anybody waits */

void
sse_init(struct sse *s)
{
	memset(s, 0, sizeof(*s));
	s->retry_ms = -1;
}

static void
event_clear(struct sse *s)
{
	s->data_len = 0;
	s->has_data = 0;
	s->complete = 0;
	s->name[0] = '\0';
}

void
sse_restart(struct sse *s)
{
	event_clear(s);
	s->len = 0;
	s->after_cr = 0;
	memcpy(s->next_id, s->id, sizeof(s->id));
}

static int
is_digits(const char *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] < '0' || v[i] > '9')
			return (0);
	return (n > 0);
}

static enum sse_word
field_data(struct sse *s, const char *v, size_t n)
{
	if (n + 1 > sizeof(s->data) - s->data_len)
		return (SSE_BAD);
	if (s->has_data)
		s->data[s->data_len++] = '\n';
	memcpy(s->data + s->data_len, v, n);
	s->data_len += n;
	s->has_data = 1;
	return (SSE_MORE);
}

static enum sse_word
field_event(struct sse *s, const char *v, size_t n)
{
	if (n >= sizeof(s->name)) {
		v = "?";
		n = 1;
	}
	memcpy(s->name, v, n);
	s->name[n] = '\0';
	return (SSE_MORE);
}

static enum sse_word
field_id(struct sse *s, const char *v, size_t n)
{
	if (!is_digits(v, n) || n >= sizeof(s->next_id))
		return (SSE_BAD);
	memcpy(s->next_id, v, n);
	s->next_id[n] = '\0';
	return (SSE_MORE);
}

static enum sse_word
field_retry(struct sse *s, const char *v, size_t n)
{
	if (is_digits(v, n) && n <= RETRY_DIGITS) {
		s->retry_ms = 0;
		for (size_t i = 0; i < n; i++)
			s->retry_ms = 10 * s->retry_ms + (v[i] - '0');
	}
	return (SSE_MORE);
}

/* An empty line: the event is complete, or there was none. */
static enum sse_word
dispatch(struct sse *s)
{
	memcpy(s->id, s->next_id, sizeof(s->id));
	if (!s->has_data) {
		event_clear(s);
		return (SSE_MORE);
	}
	s->complete = 1;
	return (SSE_EVENT);
}

static enum sse_word
take_line(struct sse *s)
{
	static const struct {
		const char	*name;
		enum sse_word	(*take)(struct sse *, const char *, size_t);
	} fields[] = {
		{ "data", field_data },
		{ "event", field_event },
		{ "id", field_id },
		{ "retry", field_retry },
	};
	const char *colon = memchr(s->line, ':', s->len);
	size_t name = colon == NULL ? s->len : (size_t)(colon - s->line);
	size_t at = colon == NULL ? s->len : name + 1;

	if (s->len == 0)
		return (dispatch(s));
	if (at < s->len && s->line[at] == ' ')
		at++;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strlen(fields[i].name) == name &&
		    memcmp(fields[i].name, s->line, name) == 0)
			return (fields[i].take(s, s->line + at,
			    s->len - at));
	return (SSE_MORE);	/* a comment, or a field nobody knows */
}

static enum sse_word
take_byte(struct sse *s, char c)
{
	enum sse_word w;
	int after_cr = s->after_cr;

	s->after_cr = c == '\r';
	if (c == '\n' && after_cr)
		return (SSE_MORE);
	if (c == '\n' || c == '\r') {
		w = take_line(s);
		s->len = 0;
		return (w);
	}
	if (s->len == sizeof(s->line))
		return (SSE_BAD);
	s->line[s->len++] = c;
	return (SSE_MORE);
}

enum sse_word
sse_feed(struct sse *s, const char **p, size_t *n)
{
	enum sse_word w = SSE_MORE;

	if (s->complete)
		event_clear(s);
	while (*n > 0 && w == SSE_MORE) {
		w = take_byte(s, **p);
		(*p)++;
		(*n)--;
	}
	return (w);
}
