#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#include "host/api/client/judge.h"
#include "host/api/client/problem.h"
#include "host/api/client/read.h"
#include "host/api/client/sse.h"
#include "host/api/client/stamp.h"
#include "host/api/client/stream.h"
#include "host/api/client/wire.h"

#define RETRY_MS	1000	/* where the agent asks for nothing */
#define RETRY_MIN	10
#define RETRY_MAX	30000
#define TYPE		"text/event-stream"

struct stream {
	struct stream_conf	 conf;
	CURLM			*multi;
	CURL			*easy;		/* NULL: no connection */
	struct curl_slist	*headers;
	struct answer		 answer;	/* headers, a refusal's body */
	char			 said[CURL_ERROR_SIZE];
	int			 open;		/* 200 and its type are there */
	int			 tell;		/* ... and nobody knows yet */
	int			 paused;	/* libcurl holds more */
	char			 chunk[CURL_MAX_WRITE_SIZE];
	size_t			 at, len;	/* of chunk, not parsed yet */
	struct sse		 sse;
	int64_t			 since;		/* ticks: it was dialled */
	int64_t			 again;		/* ... not before this */
	struct shikaku_problem	 why;		/* of the last that broke */
};

static void
drop(struct stream *s)
{
	int ms = s->sse.retry_ms < 0 ? RETRY_MS : s->sse.retry_ms;

	if (ms < RETRY_MIN)
		ms = RETRY_MIN;
	if (ms > RETRY_MAX)
		ms = RETRY_MAX;
	if (s->easy != NULL)
		(void)curl_multi_remove_handle(s->multi, s->easy);
	curl_easy_cleanup(s->easy);
	s->easy = NULL;
	wire_headers_free(&s->headers);
	answer_free(&s->answer);
	memset(&s->answer, 0, sizeof(s->answer));
	s->open = s->tell = s->paused = 0;
	s->at = s->len = 0;
	sse_restart(&s->sse);
	s->again = stamp_ticks() + ms;
}

struct stream *
stream_new(const struct stream_conf *conf)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return (NULL);
	s->conf = *conf;
	sse_init(&s->sse);
	if ((s->multi = curl_multi_init()) == NULL)
		stream_free(&s);
	return (s);
}

void
stream_free(struct stream **stream)
{
	struct stream *s = *stream;

	if (s == NULL)
		return;
	drop(s);
	(void)curl_multi_cleanup(s->multi);
	free(s);
	*stream = NULL;
}

/* The line that ends the headers: what is this an answer of? */
static int
begins(struct stream *s)
{
	answer_head(&s->answer, s->easy);
	if (s->open || s->answer.status < 200)
		return (1);	/* trailers; an interim answer */
	if (s->answer.status != 200)
		return (1);	/* its body says why */
	if (strcmp(s->answer.type, TYPE) != 0)
		return (0);
	s->open = 1;
	s->tell = s->sse.id[0] == '\0';
	return (1);
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *ctx)
{
	struct stream *s = ctx;
	size_t n = answer_header(bytes, size, count, &s->answer);

	if (n == size * count && (bytes[0] == '\r' || bytes[0] == '\n') &&
	    !begins(s))
		return (n + 1);	/* not n: ends the transfer */
	return (n);
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct stream *s = ctx;
	size_t n = size * count;

	if (!s->open)
		return (answer_body(bytes, size, count, &s->answer));
	if (s->at < s->len) {
		s->paused = 1;
		return (CURL_WRITEFUNC_PAUSE);
	}
	if (n > sizeof(s->chunk)) {
		s->answer.refused = 1;
		return (n + 1);
	}
	memcpy(s->chunk, bytes, n);
	s->at = 0;
	s->len = n;
	return (n);
}

static struct curl_slist *
headers(const struct stream *s)
{
	struct curl_slist *list;
	char line[sizeof("Last-Event-ID: ") + SSE_ID_SIZE];

	list = wire_headers(s->conf.authorization,
	    "Accept: " TYPE ", application/problem+json");
	if (list == NULL || s->sse.id[0] == '\0')
		return (list);
	(void)snprintf(line, sizeof(line), "Last-Event-ID: %s", s->sse.id);
	return (wire_header(list, line));
}

static int
set_dial(struct stream *s)
{
	char url[512];

	(void)snprintf(url, sizeof(url), "%s/events", s->conf.base);
	return (curl_easy_setopt(s->easy, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, 0L) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers) ==
	    CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_header) ==
	    CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body) ==
	    CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s) == CURLE_OK &&
	    curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->said) ==
	    CURLE_OK &&
	    curl_multi_add_handle(s->multi, s->easy) == CURLM_OK);
}

static enum shikaku_err
dial(struct stream *s, struct shikaku_problem *why)
{
	s->said[0] = '\0';
	s->answer.max = WIRE_JSON_MAX;
	s->since = stamp_ticks();
	if ((s->headers = headers(s)) == NULL ||
	    (s->easy = curl_easy_duphandle(s->conf.model)) == NULL ||
	    !set_dial(s)) {
		drop(s);
		return (problem_set(why, SHIKAKU_SYSTEM, "libcurl"));
	}
	return (SHIKAKU_OK);
}

/* Why the connection is over; never SHIKAKU_OK. */
static enum shikaku_err
ended(struct stream *s, CURLcode code, struct shikaku_problem *why)
{
	enum shikaku_err r;

	if (s->answer.refused)
		return (problem_set(why, SHIKAKU_BROKEN,
		    "the answer is too large"));
	if (s->answer.status == 200 && !s->open)
		return (problem_set(why, SHIKAKU_BROKEN,
		    "the answer is not " TYPE));
	if ((r = wire_verdict(code, s->said, why)) != SHIKAKU_OK)
		return (r);
	answer_head(&s->answer, s->easy);
	if ((r = judge_answer(&s->answer, TYPE, why)) != SHIKAKU_OK)
		return (r);
	return (problem_set(why, SHIKAKU_UNREACHABLE, "the stream ended"));
}

/*
 * A connection that broke is dialled again and only remembered; what dialling
 * again will not mend is the caller's.
 */
static enum shikaku_err
lost(struct stream *s, enum shikaku_err r, struct shikaku_problem *why)
{
	drop(s);
	if (r != SHIKAKU_UNREACHABLE && r != SHIKAKU_TIMEOUT)
		return (r);
	s->why = *why;
	return (SHIKAKU_OK);
}

/* Everything libcurl can do without waiting. */
static enum shikaku_err
advance(struct stream *s, struct shikaku_problem *why)
{
	int running, left;
	CURLMsg *m;

	if (s->easy == NULL && stamp_ticks() < s->again)
		return (SHIKAKU_OK);
	if (s->easy == NULL && dial(s, why) != SHIKAKU_OK)
		return (SHIKAKU_SYSTEM);
	if (curl_multi_perform(s->multi, &running) != CURLM_OK) {
		drop(s);
		return (problem_set(why, SHIKAKU_SYSTEM, "libcurl"));
	}
	if (s->at < s->len)
		return (SHIKAKU_OK);	/* first what came before the end */
	if ((m = curl_multi_info_read(s->multi, &left)) != NULL &&
	    m->msg == CURLMSG_DONE)
		return (lost(s, ended(s, m->data.result, why), why));
	if (!s->open && stamp_ticks() - s->since > s->conf.timeout_ms)
		return (lost(s, problem_set(why, SHIKAKU_TIMEOUT,
		    "no answer to the request for events"), why));
	return (SHIKAKU_OK);
}

/* An event of a kind this library does not know is none: SHIKAKU_TIMEOUT. */
static enum shikaku_err
tell(struct stream *s, struct shikaku_event *ev, struct shikaku_problem *why)
{
	static const struct {
		const char		*name;
		enum shikaku_event_kind	 kind;
	} kinds[] = {
		{ "visit", SHIKAKU_EVENT_VISIT },
		{ "reader", SHIKAKU_EVENT_READER },
		{ "alarm", SHIKAKU_EVENT_ALARM },
	};
	const char *wrong;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, s->sse.name) != 0)
			continue;
		wrong = read_event(s->sse.data, s->sse.data_len,
		    kinds[i].kind, ev);
		if (wrong == NULL)
			return (SHIKAKU_OK);
		drop(s);
		return (problem_set(why, SHIKAKU_BROKEN, "event: %s",
		    wrong));
	}
	return (SHIKAKU_TIMEOUT);
}

/* The next event of the chunk; SHIKAKU_TIMEOUT when it is used up. */
static enum shikaku_err
parse(struct stream *s, struct shikaku_event *ev,
    struct shikaku_problem *why)
{
	enum shikaku_err r = SHIKAKU_TIMEOUT;
	const char *p;
	size_t left;

	while (s->at < s->len && r == SHIKAKU_TIMEOUT) {
		p = s->chunk + s->at;
		left = s->len - s->at;
		switch (sse_feed(&s->sse, &p, &left)) {
		case SSE_MORE:
			s->at = s->len;
			break;
		case SSE_EVENT:
			s->at = s->len - left;
			r = tell(s, ev, why);
			break;
		case SSE_BAD:
			drop(s);
			return (problem_set(why, SHIKAKU_BROKEN,
			    "the stream of events is malformed"));
		}
	}
	return (r);
}

/* What is here already, without the network. */
static enum shikaku_err
fetch(struct stream *s, struct shikaku_event *ev,
    struct shikaku_problem *why)
{
	enum shikaku_err r;

	if (s->tell) {
		s->tell = 0;
		ev->kind = SHIKAKU_EVENT_OPEN;
		return (SHIKAKU_OK);
	}
	while ((r = parse(s, ev, why)) == SHIKAKU_TIMEOUT && s->paused) {
		s->paused = 0;
		/* Hands on_body what it refused. */
		(void)curl_easy_pause(s->easy, CURLPAUSE_CONT);
	}
	return (r);
}

/* Milliseconds until there is something to do besides reading. */
static int64_t
due(const struct stream *s, int64_t left)
{
	int64_t next = left;

	if (s->easy == NULL)
		next = s->again - stamp_ticks();
	else if (!s->open)
		next = s->since + s->conf.timeout_ms + 1 - stamp_ticks();
	if (next < 0)
		next = 0;
	return (next < left ? next : left);
}

static enum shikaku_err
nothing(struct stream *s, struct shikaku_problem *why)
{
	if (s->open)
		return (problem_set(why, SHIKAKU_TIMEOUT, "no event"));
	return (problem_set(why, SHIKAKU_UNREACHABLE, "%s",
	    s->why.detail[0] != '\0' ? s->why.detail :
	    "no stream of events yet"));
}

enum shikaku_err
stream_next(struct stream *s, int ms, struct shikaku_event *ev,
    struct shikaku_problem *why)
{
	int64_t end = stamp_ticks() + ms, left;
	enum shikaku_err r;

	for (;;) {
		if ((r = fetch(s, ev, why)) != SHIKAKU_TIMEOUT)
			return (r);
		if ((r = advance(s, why)) != SHIKAKU_OK)
			return (r);
		if (s->tell || s->at < s->len)
			continue;
		if ((left = end - stamp_ticks()) <= 0)
			return (nothing(s, why));
		(void)curl_multi_poll(s->multi, NULL, 0, (int)due(s, left),
		    NULL);
	}
}
