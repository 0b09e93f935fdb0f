#include <stdlib.h>
#include <string.h>

#include "host/api/gate.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define KEY_MIN		8	/* openapi.yaml, parameter Key */
#define EVENT_ID_MAX	18	/* openapi.yaml, /events: 18 digits fit int64 */
#define LENGTH_DIGITS	19	/* all that surely fit 64 bits */

static int
refuse(struct http_answer *a, int status, const char *why)
{
	http_problem(a, status, ERR_BAD_REQUEST, why);
	return (0);
}

static unsigned
count(const struct gate *g, enum head_field f)
{
	return (g->head->field[f].count);
}

static struct buf
value(const struct gate *g, enum head_field f)
{
	return (g->head->field[f].value);
}

static int
is_digit(uint8_t c)
{
	return (c >= '0' && c <= '9');
}

static int
is_alnum(uint8_t c)
{
	return (is_digit(c) || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z'));
}

static int
is_key(uint8_t c)
{
	return (is_alnum(c) || c == '-' || c == '_');
}

/* token68 of RFC 9110 11.2, without its final "=". */
static int
is_token68(uint8_t c)
{
	return (is_alnum(c) || (c != '\0' && strchr("-._~+/", c) != NULL));
}

static int
is_path(uint8_t c)
{
	return (is_alnum(c) || (c != '\0' && strchr("._~/-", c) != NULL));
}

static int
is_query(uint8_t c)
{
	return (c > 0x20 && c < 0x7f && c != '#');
}

/* At most room - 1 bytes, at least min, all of one kind; "" otherwise. */
static int
copy(struct buf from, int (*is)(uint8_t), size_t min, char *out, size_t room)
{
	out[0] = '\0';
	if (from.left < min || from.left >= room)
		return (0);
	for (size_t i = 0; i < from.left; i++) {
		if (!is(from.p[i]))
			return (0);
	}
	if (from.left > 0)
		memcpy(out, from.p, from.left);
	out[from.left] = '\0';
	return (1);
}

int
gate_is_api(const char *path)
{
	return (strcmp(path, "/api") == 0 || strncmp(path, "/api/", 5) == 0 ||
	    strcmp(path, "/metrics") == 0);
}

static int
pass_host(struct gate *g, struct http_answer *a)
{
	if (count(g, HEAD_HOST) == 1 &&
	    origin_is_host(g->origin, g->via, value(g, HEAD_HOST)))
		return (1);
	http_problem(a, 403, ERR_BAD_HOST, "");
	return (0);
}

static int
pass_origin(struct gate *g, struct http_answer *a)
{
	unsigned n = count(g, HEAD_ORIGIN);

	g->cors = n == 1 ? origin_listed(g->origin, value(g, HEAD_ORIGIN)) :
	    NULL;
	if (n == 0 || g->cors != NULL ||
	    (n == 1 && origin_is_ours(g->origin, value(g, HEAD_ORIGIN))))
		return (1);
	http_problem(a, 403, ERR_BAD_ORIGIN, "");
	return (0);
}

static int
pass_limit(struct gate *g, struct http_answer *a)
{
	if (limits_take(g->bucket, g->now))
		return (1);
	http_problem(a, 429, ERR_TOO_MANY, "");
	return (0);
}

static int
pass_method(struct gate *g, struct http_answer *a)
{
	static const struct {
		const char		*name;
		enum http_method	 method;
	} methods[] = { { "GET", HTTP_GET }, { "POST", HTTP_POST } };
	struct buf m = g->head->method;

	/* Methods are case-sensitive, RFC 9110 9.1. */
	for (size_t i = 0; i < LEN(methods); i++) {
		if (m.left == strlen(methods[i].name) &&
		    memcmp(m.p, methods[i].name, m.left) == 0)
			g->request->method = methods[i].method;
	}
	if (g->request->method != HTTP_OTHER)
		return (1);
	g->preflight = m.left == 7 && memcmp(m.p, "OPTIONS", 7) == 0 &&
	    count(g, HEAD_REQUEST_METHOD) == 1;
	if (!g->preflight)
		return (refuse(a, 405, "GET or POST"));
	if (g->cors != NULL)
		return (1);
	http_problem(a, 403, ERR_BAD_ORIGIN, "");
	return (0);
}

/* "/", or parts between single slashes, none of them "." or "..". */
static int
is_plain(const char *path)
{
	size_t len;

	if (strcmp(path, "/") == 0)
		return (1);
	for (; *path == '/'; path += len) {
		len = strcspn(++path, "/");
		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return (0);
	}
	return (*path == '\0');
}

/* Origin form only: nobody proxies through us (RFC 9112 3.2.1). */
static int
pass_target(struct gate *g, struct http_answer *a)
{
	struct http_request *r = g->request;
	struct buf path, query = g->head->target;
	const uint8_t *mark = memchr(query.p, '?', query.left);

	buf_take(&query, mark == NULL ? query.left :
	    (size_t)(mark - query.p), &path);
	if (mark != NULL)
		buf_skip(&query, 1);
	if (path.left >= sizeof(r->path) || query.left >= sizeof(r->query))
		return (refuse(a, 414, "the path is too long"));
	if (!copy(path, is_path, 1, r->path, sizeof(r->path)) ||
	    !is_plain(r->path))
		return (refuse(a, 400, "the path"));
	if (!copy(query, is_query, 0, r->query, sizeof(r->query)))
		return (refuse(a, 400, "the query"));
	return (1);
}

/* Browsers say what kind of page asks; what they do not know is refused. */
static int
pass_fetch_site(struct gate *g, struct http_answer *a)
{
	struct buf site = value(g, HEAD_FETCH_SITE);
	unsigned n = count(g, HEAD_FETCH_SITE);

	if (n == 0 || g->cors != NULL || !gate_is_api(g->request->path))
		return (1);
	if (n == 1 && (head_is(site, "same-origin") || head_is(site, "none")))
		return (1);
	http_problem(a, 403, ERR_BAD_ORIGIN, "");
	return (0);
}

static int
pass_connection(struct gate *g, struct http_answer *a)
{
	struct buf list = value(g, HEAD_CONNECTION), word;

	if (count(g, HEAD_UPGRADE) != 0)
		return (refuse(a, 400, "no other protocol is spoken here"));
	if (count(g, HEAD_CONNECTION) > 1)
		return (refuse(a, 400, "Connection"));
	while (head_element(&list, &word))
		g->last |= head_is(word, "close");
	return (1);
}

static int
pass_token(struct gate *g, struct http_answer *a)
{
	static const char scheme[] = "Bearer ";
	struct buf v = value(g, HEAD_AUTHORIZATION), word;
	size_t end = 0;

	if (count(g, HEAD_AUTHORIZATION) == 0)
		return (1);
	if (count(g, HEAD_AUTHORIZATION) > 1 ||
	    buf_take(&v, sizeof(scheme) - 1, &word) != ERR_OK ||
	    !head_is(word, scheme))
		return (refuse(a, 400, "Authorization"));
	while (end < v.left && v.p[v.left - 1 - end] == '=')
		end++;
	if (v.left >= sizeof(g->request->token) ||
	    !copy((struct buf){ v.p, v.left - end }, is_token68, 1,
	    g->request->token, sizeof(g->request->token)))
		return (refuse(a, 400, "Authorization"));
	memset(g->request->token + v.left - end, '=', end);
	g->request->token[v.left] = '\0';
	return (1);
}

static int
pass_key(struct gate *g, struct http_answer *a)
{
	unsigned n = count(g, HEAD_KEY);

	if (n == 0 || (n == 1 && copy(value(g, HEAD_KEY), is_key, KEY_MIN,
	    g->request->key, sizeof(g->request->key))))
		return (1);
	return (refuse(a, 400, "Idempotency-Key"));
}

static int
pass_event_id(struct gate *g, struct http_answer *a)
{
	char digits[EVENT_ID_MAX + 1];
	unsigned n = count(g, HEAD_LAST_EVENT_ID);

	if (n == 0)
		return (1);
	if (n > 1 || !copy(value(g, HEAD_LAST_EVENT_ID), is_digit, 1, digits,
	    sizeof(digits)))
		return (refuse(a, 400, "Last-Event-ID"));
	g->request->last_event_id = strtoll(digits, NULL, 10);
	return (1);
}

/* How long the body is: never by chunks, and said once. */
static int
pass_length(struct gate *g, struct http_answer *a)
{
	char digits[LENGTH_DIGITS + 1];
	unsigned n = count(g, HEAD_CONTENT_LENGTH);

	if (count(g, HEAD_TRANSFER_ENCODING) != 0)
		return (n != 0 ?
		    refuse(a, 400, "Content-Length and Transfer-Encoding") :
		    refuse(a, 501, "Transfer-Encoding"));
	if (n == 0)
		return (count(g, HEAD_CONTENT_TYPE) == 0 ? 1 :
		    refuse(a, 411, "Content-Length"));
	if (n > 1 || !copy(value(g, HEAD_CONTENT_LENGTH), is_digit, 1, digits,
	    sizeof(digits)))
		return (refuse(a, 400, "Content-Length"));
	g->body = strtoull(digits, NULL, 10);
	if (g->body > HTTP_BODY_MAX)
		return (refuse(a, 413, "the body"));
	if (g->body > 0 && g->request->method != HTTP_POST)
		return (refuse(a, 400, "a body where there is none"));
	return (1);
}

static int
is_json_type(struct buf type)
{
	static const char json[] = "application/json";
	static const char *const rests[] = {
		"", ";charset=utf-8", "; charset=utf-8",
		";charset=\"utf-8\"", "; charset=\"utf-8\"",
	};
	struct buf word;

	if (buf_take(&type, sizeof(json) - 1, &word) != ERR_OK ||
	    !head_is(word, json))
		return (0);
	for (size_t i = 0; i < LEN(rests); i++) {
		if (head_is(type, rests[i]))
			return (1);
	}
	return (0);
}

static int
pass_type(struct gate *g, struct http_answer *a)
{
	unsigned n = count(g, HEAD_EXPECT);

	if (count(g, HEAD_CONTENT_ENCODING) != 0)
		return (refuse(a, 415, "Content-Encoding"));
	if (g->body > 0 && (count(g, HEAD_CONTENT_TYPE) != 1 ||
	    !is_json_type(value(g, HEAD_CONTENT_TYPE))))
		return (refuse(a, 415, "application/json"));
	if (n > 1 || (n == 1 && !head_is(value(g, HEAD_EXPECT),
	    "100-continue")))
		return (refuse(a, 417, "Expect"));
	g->expects = n == 1 && g->body > 0;
	return (1);
}

int
gate_pass(struct gate *g, struct http_answer *a)
{
	static int (*const steps[])(struct gate *, struct http_answer *) = {
		pass_host, pass_origin, pass_method, pass_target,
		pass_fetch_site, pass_limit, pass_connection, pass_token, pass_key,
		pass_event_id, pass_length, pass_type,
	};

	g->request->method = HTTP_OTHER;
	g->request->last_event_id = -1;
	for (size_t i = 0; i < LEN(steps); i++) {
		if (!steps[i](g, a))
			return (0);
	}
	return (1);
}
