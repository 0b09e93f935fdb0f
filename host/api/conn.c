#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/api/access.h"
#include "host/api/conn.h"
#include "host/api/gate.h"
#include "host/api/object.h"
#include "host/api/reply.h"
#include "host/api/stream.h"

enum state {
	S_HEAD,		/* waits for a request, or for the rest of its head */
	S_BODY,
	S_ANSWER,
	S_STREAM,
	S_LINGER,	/* all is sent; what still comes is thrown away */
	S_CLOSED
};

struct conn {
	struct conn_site	*site;
	struct conn		*next, **link;
	void			*socket;
	enum state		 state;
	enum origin_via		 via;
	struct limits_bucket	 bucket;	/* of a unix connection */
	char			 peer[LIMITS_PEER];
	int			 granted;	/* a token was accepted on it */

	struct blob		 in;
	size_t			 seen;	/* of in, by head_find */
	int64_t			 began;	/* of this request; 0: none yet */
	int64_t			 mark;	/* the last progress */
	size_t			 thrown;

	struct http_request	 request;
	size_t			 body;
	const char		*cors;
	int			 last, preflight;

	struct blob		 out;
	size_t			 sent;		/* of out */
	struct buf		 tail;		/* after out: a page's bytes */
	struct stream		 stream;
};

struct conn *
conn_new(struct conn_site *site, enum origin_via via, const char *peer,
    int64_t now)
{
	struct conn *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->site = site;
	c->via = via;
	c->mark = now;
	snprintf(c->peer, sizeof(c->peer), "%s", peer);
	c->next = site->first;
	c->link = &site->first;
	if (c->next != NULL)
		c->next->link = &c->next;
	site->first = c;
	site->stats.connections++;
	return (c);
}

void
conn_free(struct conn **c)
{
	struct conn *gone = *c;

	if (gone == NULL)
		return;
	*gone->link = gone->next;
	if (gone->next != NULL)
		gone->next->link = gone->link;
	gone->site->stats.connections--;
	if (gone->state == S_STREAM)
		gone->site->stats.streams--;
	http_request_wipe(&gone->request);
	blob_free(&gone->in);
	blob_free(&gone->out);
	secret_cleanse(gone, sizeof(*gone));
	free(gone);
	*c = NULL;
}

/* The one way to a new state: streams are counted. */
static void
enter(struct conn *c, enum state s, int64_t now)
{
	if (c->state == S_STREAM)
		c->site->stats.streams--;
	if (s == S_STREAM)
		c->site->stats.streams++;
	c->state = s;
	c->mark = now;
}

void
conn_close(struct conn *c)
{
	enter(c, S_CLOSED, c->mark);
}

/* Forgets the first n bytes that came. */
static void
drop(struct conn *c, size_t n)
{
	size_t rest = c->in.len - n;

	if (rest > 0)
		memmove(c->in.data, c->in.data + n, rest);
	blob_cut(&c->in, rest);
	c->seen = 0;
}

static struct reply
reply_for(const struct conn *c)
{
	struct reply r = { .cors = c->cors, .last = c->last,
	    .preflight = c->preflight };

	return (r);
}

/* The answer's head is in out: log it, and send. */
static void
send_out(struct conn *c, int status, enum err r, int64_t now)
{
	access_log(&c->request, status, (int)(clock_ms() - c->began));
	c->site->stats.requests++;
	http_request_wipe(&c->request);
	enter(c, r == ERR_OK ? S_ANSWER : S_CLOSED, now);
}

static void
answer(struct conn *c, struct http_answer *a, int64_t now)
{
	struct reply r = reply_for(c);
	int status;

	if (a->status == 0)
		http_problem(a, 500, ERR_SEQUENCE, "");
	status = a->status;
	if (status == 405)
		r.allow = "GET, POST";
	send_out(c, status, reply_answer(&c->out, a, &r), now);
	http_answer_wipe(a);
}

/* Refused by the server itself; the connection ends, as nobody knows where
 * the next request would begin. */
static void
refuse(struct conn *c, struct http_answer *a, int64_t now)
{
	c->site->stats.refused++;
	c->last = 1;
	answer(c, a, now);
}

static void
refuse_as(struct conn *c, int status, enum err e, const char *why,
    int64_t now)
{
	struct http_answer a = { 0 };

	http_problem(&a, status, e, why);
	refuse(c, &a, now);
}

static unsigned
streams_of(const struct conn_site *site, const char *client)
{
	unsigned n = 0;

	for (const struct conn *c = site->first; c != NULL; c = c->next)
		n += c->state == S_STREAM &&
		    strcmp(c->stream.client, client) == 0;
	return (n);
}

static void
start_stream(struct conn *c, struct http_answer *a, int64_t now)
{
	struct reply r = reply_for(c);
	enum err e;

	a->stream_for[sizeof(a->stream_for) - 1] = '\0';
	if (c->site->stats.streams >= STREAM_ALL ||
	    streams_of(c->site, a->stream_for) >= STREAM_CLIENT) {
		http_problem(a, 429, ERR_TOO_MANY, "");
		answer(c, a, now);
		return;
	}
	r.status = 200;
	r.type = "text/event-stream";
	r.unbounded = r.last = c->last = 1;
	e = reply_head(&c->out, &r);
	send_out(c, 200, e, now);
	if (e == ERR_OK) {
		enter(c, S_STREAM, now);
		stream_start(&c->stream, a, now, &c->out);
		stream_turn(&c->stream, c->site->ops, now, &c->out);
	}
	http_answer_wipe(a);
}

static int
parse_body(struct conn *c)
{
	struct buf in = blob_buf(&c->in), body;
	int ok = c->body == 0;

	if (!ok && buf_take(&in, c->body, &body) == ERR_OK) {
		c->request.json = object_parse(body);
		ok = c->request.json != NULL;
	}
	drop(c, c->body);
	return (ok);
}

/* All of the request is here. */
static void
handle(struct conn *c, int64_t now)
{
	const struct server_ops *ops = c->site->ops;
	struct http_answer a = { 0 };

	if (!parse_body(c)) {
		http_problem(&a, 400, ERR_BAD_REQUEST,
		    "the body is not one JSON object with each member once");
		c->site->stats.refused++;
		answer(c, &a, now);
		return;
	}
	ops->handle(ops->ctx, &c->request, &a);
	if (a.status / 100 == 2 && c->request.token[0] != '\0')
		c->granted = 1;
	if (a.status == 200 && a.stream)
		start_stream(c, &a, now);
	else
		answer(c, &a, now);
}

/* The head is read and wiped; not a byte of the body is looked at before the
 * client was admitted. */
static void
api(struct conn *c, int expects, int64_t now)
{
	const struct server_ops *ops = c->site->ops;
	struct http_answer a = { 0 };

	ops->admit(ops->ctx, &c->request, &a);
	if (a.status != 0) {
		c->last |= c->body > 0;
		answer(c, &a, now);
		return;
	}
	enter(c, S_BODY, now);
	if (expects && c->in.len == 0 && blob_add_str(&c->out,
	    "HTTP/1.1 100 Continue\r\n\r\n") != ERR_OK)
		enter(c, S_CLOSED, now);
}

static void
send_page(struct conn *c, const struct page *p, int fresh, int64_t now)
{
	struct reply r = reply_for(c);

	r.page = 1;
	r.etag = p->etag;
	r.status = fresh ? 304 : 200;
	r.type = fresh ? NULL : p->type;
	r.length = p->bytes.len;
	if (!fresh)
		c->tail = blob_buf(&p->bytes);
	send_out(c, r.status, reply_head(&c->out, &r), now);
}

static void
redirect(struct conn *c, int64_t now)
{
	struct reply r = reply_for(c);

	r.page = 1;
	r.status = 303;
	r.location = "/desk";
	send_out(c, 303, reply_head(&c->out, &r), now);
}

static void
page(struct conn *c, int fresh_etag, const struct page *p, int64_t now)
{
	struct http_answer a = { 0 };
	struct reply r;

	c->last |= c->body > 0;
	if (c->request.method == HTTP_GET && p != NULL) {
		send_page(c, p, fresh_etag, now);
	} else if (c->request.method == HTTP_GET &&
	    strcmp(c->request.path, "/") == 0) {
		redirect(c, now);
	} else if (p != NULL) {
		http_problem(&a, 405, ERR_BAD_REQUEST, "GET");
		r = reply_for(c);
		r.allow = "GET";
		send_out(c, 405, reply_answer(&c->out, &a, &r), now);
	} else {
		http_problem(&a, 404, ERR_NO_SUCH, "");
		answer(c, &a, now);
	}
	http_answer_wipe(&a);
}

static void
preflight(struct conn *c, int64_t now)
{
	struct http_answer a = { .status = 204 };

	answer(c, &a, now);
}

/* A weak comparison needs no more than to be in the list (RFC 9110 13.1.2). */
static int
is_fresh(const struct head *h, const struct page *p)
{
	struct buf list = h->field[HEAD_IF_NONE_MATCH].value, tag;

	while (p != NULL && head_element(&list, &tag)) {
		if (tag.left > 2 && memcmp(tag.p, "W/", 2) == 0)
			buf_skip(&tag, 2);
		if (head_is(tag, p->etag))
			return (1);
	}
	return (0);
}

/* A refusal still answers in the request's own terms of CORS. */
static void
begin(struct conn *c, size_t len, int64_t now)
{
	struct http_answer a = { 0 };
	const char *why;
	struct head head;
	struct gate g = { .origin = c->site->origin, .via = c->via,
	    .now = now, .head = &head, .request = &c->request,
	    .bucket = c->via == VIA_UNIX ? &c->bucket :
	    limits_of(c->site->limits, c->peer) };
	const struct page *p;
	int status, fresh, passed;

	snprintf(c->request.peer, sizeof(c->request.peer), "%s", c->peer);
	status = head_parse((struct buf){ c->in.data, len }, &head, &why);
	passed = status == 0 && gate_pass(&g, &a);
	p = passed ? pages_find(c->site->pages, c->request.path) : NULL;
	fresh = passed && is_fresh(&head, p);
	drop(c, len);
	c->cors = g.cors;
	c->last = g.last;
	c->body = g.body;
	c->preflight = g.preflight;
	if (status != 0)
		refuse_as(c, status, ERR_BAD_REQUEST, why, now);
	else if (!passed)
		refuse(c, &a, now);
	else if (g.preflight)
		preflight(c, now);
	else if (gate_is_api(c->request.path))
		api(c, g.expects, now);
	else
		page(c, fresh, p, now);
}

static void
find_head(struct conn *c, int64_t now)
{
	size_t len;

	switch (head_find(blob_buf(&c->in), &c->seen, &len)) {
	case HEAD_MORE:
		break;
	case HEAD_DONE:
		begin(c, len, now);
		break;
	case HEAD_BAD:
		refuse_as(c, 400, ERR_BAD_REQUEST, "a byte in the head", now);
		break;
	case HEAD_LONG:
		refuse_as(c, 431, ERR_BAD_REQUEST, "the head is too long",
		    now);
		break;
	}
}

/* As far as the bytes go. */
static void
advance(struct conn *c, int64_t now)
{
	if (c->state == S_HEAD && c->in.len > 0) {
		if (c->began == 0) {
			c->began = now;
			c->request.method = HTTP_OTHER;
		}
		find_head(c, now);
	}
	if (c->state == S_BODY && c->in.len >= c->body)
		handle(c, now);
}

void
conn_take(struct conn *c, const void *bytes, size_t len, int64_t now)
{
	switch (c->state) {
	case S_HEAD:
	case S_BODY:
	case S_ANSWER:
		if (c->in.len + len > HTTP_BODY_MAX + HEAD_MAX ||
		    blob_add(&c->in, bytes, len) != ERR_OK)
			enter(c, S_CLOSED, now);
		else
			advance(c, now);
		break;
	case S_STREAM:	/* a client has nothing to say here */
		enter(c, S_CLOSED, now);
		break;
	case S_LINGER:
		c->thrown += len;
		if (c->thrown > CONN_LINGER)
			enter(c, S_CLOSED, now);
		break;
	case S_CLOSED:
		break;
	}
}

struct buf
conn_pending(const struct conn *c)
{
	struct buf b = blob_buf(&c->out);

	buf_skip(&b, c->sent);
	return (b.left > 0 ? b : c->tail);
}

/* The answer is out. */
static void
answered(struct conn *c, int64_t now)
{
	if (c->last) {
		blob_free(&c->in);
		enter(c, S_LINGER, now);
		return;
	}
	enter(c, S_HEAD, now);
	c->began = 0;
	c->cors = NULL;
	if (c->in.len == 0)
		blob_free(&c->in);	/* an idle connection holds nothing */
	advance(c, now);
}

void
conn_sent(struct conn *c, size_t n, int64_t now)
{
	size_t of_out = c->out.len - c->sent;

	if (n > 0)
		c->mark = now;
	of_out = n < of_out ? n : of_out;
	c->sent += of_out;
	buf_skip(&c->tail, n - of_out);
	if (conn_pending(c).left > 0)
		return;
	blob_free(&c->out);
	c->sent = 0;
	if (c->state == S_ANSWER || (c->state == S_STREAM && c->stream.over))
		answered(c, now);
}

void
conn_wake(struct conn *c, int64_t now)
{
	if (c->state != S_STREAM || conn_pending(c).left > 0)
		return;
	c->mark = now;
	stream_turn(&c->stream, c->site->ops, now, &c->out);
	if (c->stream.over && c->out.len == 0)
		answered(c, now);
}

static void
tick_request(struct conn *c, int64_t now)
{
	if (c->began == 0 && now - c->mark >= CONN_IDLE_MS)
		enter(c, S_CLOSED, now);
	else if (c->began != 0 && now - c->began >= CONN_REQUEST_MS)
		refuse_as(c, 408, ERR_TIMEOUT, "", now);
}

void
conn_tick(struct conn *c, int64_t now)
{
	int stuck = conn_pending(c).left > 0 && (
	    now - c->mark >= CONN_STUCK_MS || (c->state == S_ANSWER &&
	    now - c->began >= CONN_ANSWER_MS));

	switch (c->state) {
	case S_HEAD:
	case S_BODY:
		tick_request(c, now);
		break;
	case S_ANSWER:
	case S_STREAM:
		if (stuck)
			enter(c, S_CLOSED, now);
		else
			conn_wake(c, now);
		break;
	case S_LINGER:
		if (now - c->mark >= CONN_LINGER_MS)
			enter(c, S_CLOSED, now);
		break;
	case S_CLOSED:
		break;
	}
}

unsigned
conn_wants(const struct conn *c)
{
	static const unsigned wants[] = {
		[S_HEAD] = CONN_READ, [S_BODY] = CONN_READ, [S_ANSWER] = 0,
		[S_STREAM] = CONN_READ, [S_LINGER] = CONN_READ | CONN_SHUT,
		[S_CLOSED] = CONN_CLOSE,
	};

	return (wants[c->state] |
	    (c->state != S_CLOSED && conn_pending(c).left > 0 ?
	    CONN_WRITE : 0u));
}

enum conn_rest
conn_rest(const struct conn *c, int64_t *since)
{
	*since = c->mark;
	if (c->state == S_ANSWER || c->state == S_STREAM)
		return (CONN_BUSY);
	return (c->granted && c->state != S_CLOSED ? CONN_KNOWN :
	    CONN_STRANGER);
}

const char *
conn_peer(const struct conn *c)
{
	return (c->peer);
}

struct conn *
conn_next(const struct conn *c)
{
	return (c->next);
}

void
conn_attach(struct conn *c, void *socket)
{
	c->socket = socket;
}

void *
conn_socket(const struct conn *c)
{
	return (c->socket);
}
