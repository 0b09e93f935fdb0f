#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/conn.h"
#include "host/api/head.h"
#include "host/api/stream.h"
#include "tests/unit/api_site.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* The connection on a bench: its own clock, everything it says in out. */
struct bench {
	struct site_seen	 seen;
	struct server_ops	 ops;
	struct conn_site	 site;
	struct origin		*origin;
	struct pages		*pages;
	struct limits		*limits;
	struct conn		*conn;
	struct blob		 out;
	int64_t			 now;
};

static void
set_up(struct bench *b)
{
	static const struct origin_conf conf = { .port = 8787,
	    .origins = "https://ehr.example" };

	memset(b, 0, sizeof(*b));
	b->ops = site_ops(&b->seen);
	b->now = 1000000;
	assert_int_equal(origin_open(&conf, &b->origin, NULL), ERR_OK);
	assert_int_equal(pages_open("", &b->pages, NULL), ERR_OK);
	assert_int_equal(limits_open(4, &b->limits), ERR_OK);
	b->site = (struct conn_site){ .ops = &b->ops, .origin = b->origin,
	    .pages = b->pages, .limits = b->limits };
	b->conn = conn_new(&b->site, VIA_LOOPBACK, "127.0.0.1", b->now);
	assert_non_null(b->conn);
}

static void
tear_down(struct bench *b)
{
	conn_free(&b->conn);
	assert_null(b->site.first);
	assert_int_equal(b->site.stats.connections, 0);
	assert_int_equal(b->site.stats.streams, 0);
	origin_close(&b->origin);
	pages_close(&b->pages);
	limits_close(&b->limits);
	blob_free(&b->out);
}

/* Everything it has to say now. */
static void
listen_to(struct bench *b, struct conn *c)
{
	struct buf part;

	while (conn_wants(c) & CONN_WRITE) {
		part = conn_pending(c);
		part.left = part.left > 1000 ? 1000 : part.left;
		assert_int_equal(blob_add(&b->out, part.p, part.left), ERR_OK);
		conn_sent(c, part.left, b->now);
	}
}

/* In parts of this size; as long as it reads. */
static void
tell(struct bench *b, const char *text, size_t len, size_t part)
{
	for (size_t at = 0; at < len; at += part) {
		if (!(conn_wants(b->conn) & CONN_READ))
			return;
		conn_take(b->conn, text + at,
		    len - at < part ? len - at : part, b->now);
		listen_to(b, b->conn);
	}
}

static void
tell_all(struct bench *b, const char *text)
{
	tell(b, text, strlen(text), 4096);
}

static int
status_of(const struct blob *out)
{
	int status = 0;

	sscanf(blob_str(out), "HTTP/1.1 %d ", &status);
	return (status);
}

static const char *
said(const struct bench *b, const char *text)
{
	return (strstr(blob_str(&b->out), text));
}

/* --- what is refused, and what is not --- */

#define HOST	"Host: 127.0.0.1:8787\r\n"
#define TOKEN	"Authorization: Bearer " SITE_TOKEN "\r\n"
#define GET(p)	"GET " p " HTTP/1.1\r\n" HOST
#define VISITS	GET("/api/v1/visits") TOKEN
#define POST	"POST /api/v1/visits HTTP/1.1\r\n" HOST TOKEN
#define JSON	"Content-Type: application/json\r\n"
#define BODY(n)	"Content-Length: " #n "\r\n\r\n"
#define END	"\r\n"

enum after { STAYS, ENDS };

static const struct row {
	const char	*name, *request;
	int		 status;
	unsigned	 handled;
	enum after	 after;
	const char	*says;
} rows[] = {
	/* what goes through */
	{ "get", VISITS END, 200, 1, STAYS, "Cache-Control: no-store\r\n" },
	{ "no sniffing", VISITS END, 200, 1, STAYS,
	    "X-Content-Type-Options: nosniff\r\n" },
	{ "no token needed", GET("/api/v1/health") END, 200, 1, STAYS, "ok" },
	{ "close", VISITS "Connection: close\r\n\r\n", 200, 1, ENDS,
	    "Connection: close\r\n" },
	{ "close in a list", VISITS "Connection: foo, Close\r\n\r\n", 200, 1,
	    ENDS, "ok" },
	{ "keep-alive", VISITS "Connection: keep-alive\r\n\r\n", 200, 1,
	    STAYS, "ok" },
	{ "post", POST JSON BODY(14) "{\"text\":\"one\"}", 200, 1, STAYS,
	    "ok" },
	{ "charset", POST "Content-Type: Application/JSON; charset=UTF-8\r\n"
	    BODY(2) "{}", 200, 1, STAYS, "ok" },
	{ "post without a body", POST END, 200, 1, STAYS, "ok" },
	{ "post of length 0", POST BODY(0), 200, 1, STAYS, "ok" },
	{ "get of length 0", VISITS BODY(0), 200, 1, STAYS, "ok" },
	{ "key", POST "Idempotency-Key: abcDEF-_09\r\n\r\n", 200, 1, STAYS,
	    "ok" },
	{ "event id", VISITS "Last-Event-ID: 999999999999999999\r\n\r\n", 200,
	    1, STAYS, "ok" },
	{ "own origin", VISITS "Origin: http://127.0.0.1:8787\r\n\r\n", 200,
	    1, STAYS, "ok" },
	{ "listed origin", VISITS "Origin: https://ehr.example\r\n\r\n", 200,
	    1, STAYS, "Access-Control-Allow-Origin: https://ehr.example\r\n" },
	{ "listed origin, other site", VISITS "Origin: https://ehr.example\r\n"
	    "Sec-Fetch-Site: cross-site\r\n\r\n", 200, 1, STAYS, "ok" },
	{ "same origin", VISITS "Sec-Fetch-Site: same-origin\r\n\r\n", 200, 1,
	    STAYS, "ok" },
	{ "typed address", VISITS "Sec-Fetch-Site: none\r\n\r\n", 200, 1,
	    STAYS, "ok" },
	{ "a page from another site", GET("/kiosk")
	    "Sec-Fetch-Site: cross-site\r\n\r\n", 404, 0, STAYS, "NO_SUCH" },
	{ "preflight", "OPTIONS /api/v1/visits HTTP/1.1\r\n" HOST
	    "Origin: https://ehr.example\r\n"
	    "Access-Control-Request-Method: POST\r\n\r\n", 204, 0, STAYS,
	    "Access-Control-Allow-Headers: Authorization, Content-Type, "
	    "Idempotency-Key, Last-Event-ID\r\n" },
	{ "top", GET("/") END, 303, 0, STAYS, "Location: /desk\r\n" },
	{ "two requests", VISITS END VISITS END, 200, 2, STAYS, "ok" },
	{ "bytes", GET("/api/v1/photo") TOKEN END, 200, 1, STAYS,
	    "Content-Type: image/png\r\n" },
	/* Host */
	{ "no host", "GET / HTTP/1.1\r\n\r\n", 403, 0, ENDS, "BAD_HOST" },
	{ "two hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 403, 0, ENDS,
	    "BAD_HOST" },
	{ "another host", "GET /api/v1/health HTTP/1.1\r\n"
	    "Host: evil.example:8787\r\n\r\n", 403, 0, ENDS, "BAD_HOST" },
	{ "host before method", "DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n", 403,
	    0, ENDS, "BAD_HOST" },
	{ "host before everything else", "POST /%2e HTTP/1.1\r\nHost: x\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n", 403, 0, ENDS, "BAD_HOST" },
	/* Origin */
	{ "null origin", VISITS "Origin: null\r\n\r\n", 403, 0, ENDS,
	    "BAD_ORIGIN" },
	{ "another origin", VISITS "Origin: https://evil.example\r\n\r\n",
	    403, 0, ENDS, "BAD_ORIGIN" },
	{ "two origins", VISITS "Origin: https://ehr.example\r\n"
	    "Origin: https://ehr.example\r\n\r\n", 403, 0, ENDS,
	    "BAD_ORIGIN" },
	{ "a page of another origin", GET("/desk")
	    "Origin: https://evil.example\r\n\r\n", 403, 0, ENDS,
	    "BAD_ORIGIN" },
	{ "cross-site", VISITS "Sec-Fetch-Site: cross-site\r\n\r\n", 403, 0,
	    ENDS, "BAD_ORIGIN" },
	{ "same site, other port", VISITS "Sec-Fetch-Site: same-site\r\n\r\n",
	    403, 0, ENDS, "BAD_ORIGIN" },
	{ "cross-site by an own origin", VISITS
	    "Origin: http://localhost:8787\r\n"
	    "Sec-Fetch-Site: cross-site\r\n\r\n", 403, 0, ENDS,
	    "BAD_ORIGIN" },
	{ "preflight of nobody", "OPTIONS /api/v1/visits HTTP/1.1\r\n" HOST
	    "Access-Control-Request-Method: POST\r\n\r\n", 403, 0, ENDS,
	    "BAD_ORIGIN" },
	{ "preflight of our own", "OPTIONS /api/v1/visits HTTP/1.1\r\n" HOST
	    "Origin: http://localhost:8787\r\n"
	    "Access-Control-Request-Method: POST\r\n\r\n", 403, 0, ENDS,
	    "BAD_ORIGIN" },
	{ "preflight of a stranger", "OPTIONS /api/v1/visits HTTP/1.1\r\n"
	    HOST "Origin: https://evil.example\r\n"
	    "Access-Control-Request-Method: POST\r\n\r\n", 403, 0, ENDS,
	    "BAD_ORIGIN" },
	/* method and path */
	{ "options alone", "OPTIONS /api/v1/visits HTTP/1.1\r\n" HOST
	    "Origin: https://ehr.example\r\n\r\n", 405, 0, ENDS,
	    "Allow: GET, POST\r\n" },
	{ "head", "HEAD /desk HTTP/1.1\r\n" HOST END, 405, 0, ENDS, "Allow" },
	{ "put", "PUT /api/v1/visits HTTP/1.1\r\n" HOST END, 405, 0, ENDS,
	    "Allow" },
	{ "trace", "TRACE / HTTP/1.1\r\n" HOST END, 405, 0, ENDS, "Allow" },
	{ "connect", "CONNECT 127.0.0.1:80 HTTP/1.1\r\n" HOST END, 405, 0,
	    ENDS, "Allow" },
	{ "get in lower case", "get / HTTP/1.1\r\n" HOST END, 405, 0, ENDS,
	    "Allow" },
	{ "whole address", GET("http://127.0.0.1:8787/api/v1/health") END,
	    400, 0, ENDS, "BAD_REQUEST" },
	{ "address of another", GET("http://evil.example/") END, 400, 0, ENDS,
	    "BAD_REQUEST" },
	{ "star", GET("*") END, 400, 0, ENDS, "BAD_REQUEST" },
	{ "no slash", GET("api") END, 400, 0, ENDS, "BAD_REQUEST" },
	{ "percent", GET("/api/v1/%76isits") END, 400, 0, ENDS, "the path" },
	{ "encoded slash", GET("/web/..%2fsecret") END, 400, 0, ENDS,
	    "the path" },
	{ "encoded dot", GET("/web/%2e%2e/secret") END, 400, 0, ENDS,
	    "the path" },
	{ "dots", GET("/web/../secret") END, 400, 0, ENDS, "the path" },
	{ "dots at the end", GET("/web/..") END, 400, 0, ENDS, "the path" },
	{ "one dot", GET("/web/./a") END, 400, 0, ENDS, "the path" },
	{ "two slashes", GET("//evil.example/") END, 400, 0, ENDS,
	    "the path" },
	{ "slash at the end", GET("/api/v1/visits/") TOKEN END, 400, 0, ENDS,
	    "the path" },
	{ "backslash", GET("/web/..\\a") END, 400, 0, ENDS, "the path" },
	{ "semicolon", GET("/api/v1/visits;a") END, 400, 0, ENDS,
	    "the path" },
	{ "fragment", GET("/desk#a") END, 400, 0, ENDS, "the path" },
	{ "fragment in the query", GET("/desk?a#b") END, 400, 0, ENDS,
	    "the query" },
	/* fields */
	{ "upgrade", VISITS "Connection: upgrade\r\nUpgrade: websocket\r\n"
	    "\r\n", 400, 0, ENDS, "no other protocol" },
	{ "h2c", VISITS "Connection: Upgrade, HTTP2-Settings\r\n"
	    "Upgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n", 400, 0, ENDS,
	    "no other protocol" },
	{ "two Connection", VISITS "Connection: close\r\n"
	    "Connection: keep-alive\r\n\r\n", 400, 0, ENDS, "Connection" },
	{ "no token", GET("/api/v1/visits") END, 401, 0, STAYS,
	    "WWW-Authenticate: Bearer\r\n" },
	{ "wrong token", GET("/api/v1/visits")
	    "Authorization: Bearer bad-token\r\n\r\n", 401, 0, STAYS,
	    "NO_TOKEN" },
	{ "token with more", GET("/api/v1/visits")
	    "Authorization: Bearer good-token=\r\n\r\n", 401, 0, STAYS,
	    "NO_TOKEN" },
	{ "two tokens", VISITS TOKEN END, 400, 0, ENDS, "Authorization" },
	{ "basic", GET("/api/v1/visits")
	    "Authorization: Basic Z29vZC10b2tlbg==\r\n\r\n", 400, 0, ENDS,
	    "Authorization" },
	{ "scheme alone", GET("/api/v1/visits")
	    "Authorization: Bearer\r\n\r\n", 400, 0, ENDS, "Authorization" },
	{ "token of signs", GET("/api/v1/visits")
	    "Authorization: Bearer ===\r\n\r\n", 400, 0, ENDS,
	    "Authorization" },
	{ "signs in the middle", GET("/api/v1/visits")
	    "Authorization: Bearer a=b\r\n\r\n", 400, 0, ENDS,
	    "Authorization" },
	{ "blank in the token", GET("/api/v1/visits")
	    "Authorization: Bearer good token\r\n\r\n", 400, 0, ENDS,
	    "Authorization" },
	{ "two blanks", GET("/api/v1/visits")
	    "Authorization: Bearer  good-token\r\n\r\n", 400, 0, ENDS,
	    "Authorization" },
	{ "short key", POST "Idempotency-Key: 1234567\r\n\r\n", 400, 0, ENDS,
	    "Idempotency-Key" },
	{ "key of 65", POST "Idempotency-Key: 123456789012345678901234567890"
	    "12345678901234567890123456789012345\r\n\r\n", 400, 0, ENDS,
	    "Idempotency-Key" },
	{ "key with a dot", POST "Idempotency-Key: 1234.5678\r\n\r\n", 400, 0,
	    ENDS, "Idempotency-Key" },
	{ "two keys", POST "Idempotency-Key: 12345678\r\n"
	    "Idempotency-Key: 12345678\r\n\r\n", 400, 0, ENDS,
	    "Idempotency-Key" },
	{ "event id of 19", VISITS "Last-Event-ID: 1234567890123456789\r\n"
	    "\r\n", 400, 0, ENDS, "Last-Event-ID" },
	{ "negative event id", VISITS "Last-Event-ID: -1\r\n\r\n", 400, 0,
	    ENDS, "Last-Event-ID" },
	{ "empty event id", VISITS "Last-Event-ID:\r\n\r\n", 400, 0, ENDS,
	    "Last-Event-ID" },
	{ "two event ids", VISITS "Last-Event-ID: 1\r\nLast-Event-ID: 1\r\n"
	    "\r\n", 400, 0, ENDS, "Last-Event-ID" },
	{ "expects more", POST JSON "Expect: 200-maybe\r\n" BODY(2) "{}", 417,
	    0, ENDS, "Expect" },
	/* bodies */
	{ "chunks", POST JSON "Transfer-Encoding: chunked\r\n\r\n"
	    "2\r\n{}\r\n0\r\n\r\n", 501, 0, ENDS, "Transfer-Encoding" },
	{ "chunks and length", POST JSON "Transfer-Encoding: chunked\r\n"
	    BODY(2) "{}", 400, 0, ENDS, "Transfer-Encoding" },
	{ "chunks in disguise", POST JSON "Transfer-Encoding: \tCHUNKED \r\n"
	    BODY(2) "{}", 400, 0, ENDS, "Transfer-Encoding" },
	{ "identity", POST JSON "Transfer-Encoding: identity\r\n\r\n", 501, 0,
	    ENDS, "Transfer-Encoding" },
	{ "two lengths", POST JSON "Content-Length: 2\r\n" BODY(2) "{}", 400,
	    0, ENDS, "Content-Length" },
	{ "two other lengths", POST JSON "Content-Length: 0\r\n" BODY(2) "{}",
	    400, 0, ENDS, "Content-Length" },
	{ "list of lengths", POST JSON "Content-Length: 2, 2\r\n\r\n{}", 400,
	    0, ENDS, "Content-Length" },
	{ "signed length", POST JSON "Content-Length: +2\r\n\r\n{}", 400, 0,
	    ENDS, "Content-Length" },
	{ "negative length", POST JSON "Content-Length: -2\r\n\r\n{}", 400, 0,
	    ENDS, "Content-Length" },
	{ "hexadecimal length", POST JSON "Content-Length: 0x2\r\n\r\n{}",
	    400, 0, ENDS, "Content-Length" },
	{ "empty length", POST JSON "Content-Length:\r\n\r\n{}", 400, 0, ENDS,
	    "Content-Length" },
	{ "length beyond 64 bits", POST JSON
	    "Content-Length: 18446744073709551618\r\n\r\n{}", 400, 0, ENDS,
	    "Content-Length" },
	{ "one too many", POST JSON BODY(65537), 413, 0, ENDS, "the body" },
	{ "a terabyte", POST JSON BODY(1099511627776), 413, 0, ENDS,
	    "the body" },
	{ "no length", POST JSON "\r\n{}", 411, 0, ENDS, "Content-Length" },
	{ "get with a body", VISITS JSON BODY(2) "{}", 400, 0, ENDS,
	    "a body" },
	{ "no type", POST BODY(2) "{}", 415, 0, ENDS, "application/json" },
	{ "two types", POST JSON JSON BODY(2) "{}", 415, 0, ENDS,
	    "application/json" },
	{ "text", POST "Content-Type: text/plain\r\n" BODY(2) "{}", 415, 0,
	    ENDS, "application/json" },
	{ "a form", POST "Content-Type: application/x-www-form-urlencoded\r\n"
	    BODY(2) "{}", 415, 0, ENDS, "application/json" },
	{ "longer type", POST "Content-Type: application/jsonp\r\n" BODY(2)
	    "{}", 415, 0, ENDS, "application/json" },
	{ "other charset", POST "Content-Type: application/json; "
	    "charset=utf-16\r\n" BODY(2) "{}", 415, 0, ENDS,
	    "application/json" },
	{ "compressed", POST JSON "Content-Encoding: gzip\r\n" BODY(2) "{}",
	    415, 0, ENDS, "Content-Encoding" },
	{ "no JSON", POST JSON BODY(3) "{a}", 400, 0, STAYS, "the body" },
	{ "member twice", POST JSON BODY(13) "{\"a\":1,\"a\":1}", 400, 0,
	    STAYS, "the body" },
	{ "refused with a body", "POST /api/v1/visits HTTP/1.1\r\n" HOST JSON
	    BODY(2) "{}", 401, 0, ENDS, "NO_TOKEN" },
	{ "post to a page", "POST /desk HTTP/1.1\r\n" HOST END, 404, 0, STAYS,
	    "NO_SUCH" },
	{ "not answered", GET("/api/v1/silent") TOKEN END, 500, 1, STAYS,
	    "SEQUENCE" },
	/* what is no request at all */
	{ "bare line feeds", "GET / HTTP/1.1\nHost: 127.0.0.1:8787\n\n", 400,
	    0, ENDS, "a byte" },
	{ "NUL", NULL, 400, 0, ENDS, "a byte" },
	{ "folded", GET("/") " folded: x\r\n\r\n", 400, 0, ENDS, "a header" },
	{ "blank before the colon", GET("/") "Content-Length : 2\r\n\r\n",
	    400, 0, ENDS, "a header" },
	{ "1.0", "GET / HTTP/1.0\r\n" HOST END, 505, 0, ENDS, "HTTP/1.1" },
	{ "0.9", "GET /\r\n", 0, 0, STAYS, "" },
	{ "0.9 with an empty line", "GET /\r\n\r\n", 400, 0, ENDS,
	    "request line" },
};

static void
run_row(const struct row *row, size_t part)
{
	static const char nul[] = "GET /\0 HTTP/1.1\r\n\r\n";
	struct bench b;

	set_up(&b);
	if (row->request == NULL)
		tell(&b, nul, sizeof(nul) - 1, part);
	else
		tell(&b, row->request, strlen(row->request), part);
	assert_int_equal(status_of(&b.out), row->status);
	assert_non_null(said(&b, row->says));
	assert_int_equal(b.seen.handled, row->handled);
	assert_int_equal(conn_wants(b.conn), row->after == ENDS ?
	    CONN_READ | CONN_SHUT : CONN_READ);
	if (row->status >= 400)
		assert_non_null(said(&b,
		    "Content-Type: application/problem+json\r\n"));
	tear_down(&b);
}

static void
row_whole(void **state)
{
	run_row(*state, 1u << 16);
}

static void
row_in_drops(void **state)
{
	run_row(*state, 1);
}

/* --- requests after each other --- */

static void
pipelined(void **state)
{
	struct bench b;
	const char *at;
	int n = 0;

	(void)state;
	set_up(&b);
	tell_all(&b, VISITS END POST JSON BODY(12) "{\"text\":\"1\"}"
	    GET("/api/v1/none") TOKEN END VISITS "Connection: close\r\n\r\n"
	    VISITS END);
	for (at = blob_str(&b.out); (at = strstr(at, "HTTP/1.1 ")) != NULL;
	    at++)
		n++;
	assert_int_equal(n, 4);		/* none after the last */
	assert_int_equal(b.seen.handled, 4);
	assert_non_null(said(&b, "404 Not Found"));
	tear_down(&b);
}

/* What a body holds is never read as a request. */
static void
smuggled(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, POST JSON BODY(25) "GET /api/v1/health HTTP/1.1\r\n" HOST
	    END);
	assert_int_equal(b.seen.handled, 0);
	assert_int_equal(status_of(&b.out), 400);
	tear_down(&b);
}

/* Nothing is carried from one request into the next one. */
static void
nothing_left(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, "POST /api/v1/visits?a=b HTTP/1.1\r\n" HOST TOKEN JSON
	    "Idempotency-Key: 12345678\r\nLast-Event-ID: 7\r\n"
	    "Origin: https://ehr.example\r\n" BODY(14) "{\"text\":\"one\"}");
	assert_string_equal(b.seen.key, "12345678");
	assert_string_equal(b.seen.query, "a=b");
	assert_string_equal(b.seen.body, "one");
	assert_string_equal(b.seen.peer, "127.0.0.1");
	assert_int_equal(b.seen.after, 7);
	blob_reset(&b.out);
	tell_all(&b, GET("/api/v1/health") END);
	assert_int_equal(status_of(&b.out), 200);
	assert_string_equal(b.seen.key, "");
	assert_string_equal(b.seen.query, "");
	assert_string_equal(b.seen.body, "");
	assert_int_equal(b.seen.after, -1);
	assert_null(said(&b, "Access-Control"));
	blob_reset(&b.out);
	tell_all(&b, GET("/api/v1/visits") END);
	assert_int_equal(status_of(&b.out), 401);
	tear_down(&b);
}

static void
continues(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, POST JSON "Expect: 100-continue\r\n" BODY(2));
	assert_string_equal(blob_str(&b.out), "HTTP/1.1 100 Continue\r\n\r\n");
	assert_int_equal(b.seen.admitted, 1);
	assert_int_equal(b.seen.handled, 0);
	blob_reset(&b.out);
	tell_all(&b, "{}");
	assert_int_equal(status_of(&b.out), 200);
	tear_down(&b);
}

/* Who is not admitted is not asked to send. */
static void
not_continued(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, "POST /api/v1/visits HTTP/1.1\r\n" HOST JSON
	    "Expect: 100-continue\r\n" BODY(2));
	assert_int_equal(status_of(&b.out), 401);
	assert_int_equal(conn_wants(b.conn), CONN_READ | CONN_SHUT);
	tear_down(&b);
}

static void
largest_body(void **state)
{
	static char body[HTTP_BODY_MAX];
	struct bench b;

	(void)state;
	set_up(&b);
	memset(body, ' ', sizeof(body));
	memcpy(body + sizeof(body) - 2, "{}", 2);
	tell_all(&b, POST JSON BODY(65536));
	tell(&b, body, sizeof(body) - 1, 8192);
	assert_int_equal(b.seen.handled, 0);
	tell_all(&b, "}" VISITS END);
	assert_int_equal(b.seen.handled, 2);
	tear_down(&b);
}

static void
large_head(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, GET("/"));
	for (int i = 0; i < 40; i++)
		tell_all(&b, "X-A: 1234567890123456789012345678901234567890"
		    "12345678901234567890123456789012345678901234567890"
		    "12345678901234567890123456789012345678901234567890"
		    "12345678901234567890123456789012345678901234567890"
		    "123456789012345678901234567890123456789012345678901\r\n");
	assert_int_equal(status_of(&b.out), 431);
	assert_int_equal(conn_wants(b.conn), CONN_READ | CONN_SHUT);
	tear_down(&b);
}

/* --- limits and time --- */

static void
too_many(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	for (int i = 0; i < LIMITS_BURST; i++)
		tell_all(&b, GET("/api/v1/health") END);
	assert_int_equal(b.seen.handled, LIMITS_BURST);
	blob_reset(&b.out);
	tell_all(&b, GET("/api/v1/health") END);
	assert_int_equal(status_of(&b.out), 429);
	assert_non_null(said(&b, "Retry-After: 1\r\n"));
	assert_int_equal(b.seen.handled, LIMITS_BURST);
	tear_down(&b);
}

/* A connection of the same address has the same bucket; a unix one its own. */
static void
too_many_elsewhere(void **state)
{
	static const char local[] =
	    "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct bench b;
	struct conn *other;

	(void)state;
	set_up(&b);
	for (int i = 0; i < LIMITS_BURST; i++)
		tell_all(&b, GET("/api/v1/health") END);
	conn_free(&b.conn);
	b.conn = conn_new(&b.site, VIA_LOOPBACK, "127.0.0.1", b.now);
	blob_reset(&b.out);
	tell_all(&b, GET("/api/v1/health") END);
	assert_int_equal(status_of(&b.out), 429);
	other = conn_new(&b.site, VIA_UNIX, "unix", b.now);
	conn_take(other, local, sizeof(local) - 1, b.now);
	blob_reset(&b.out);
	listen_to(&b, other);
	assert_int_equal(status_of(&b.out), 200);
	conn_free(&other);
	tear_down(&b);
}

static void
tick_to(struct bench *b, int64_t ms)
{
	b->now += ms;
	conn_tick(b->conn, b->now);
	listen_to(b, b->conn);
}

/* What was sent, then how long until what. */
static const struct slow_row {
	const char	*name, *request;
	int64_t		 fine, late;
	int		 status;	/* 0: closed without a word */
} slow_rows[] = {
	{ "nothing", "", CONN_IDLE_MS - 1, 1, 0 },
	{ "half a head", "GET / HT", CONN_REQUEST_MS - 1, 1, 408 },
	{ "no empty line", GET("/"), CONN_REQUEST_MS - 1, 1, 408 },
	{ "half a body", POST JSON BODY(2) "{", CONN_REQUEST_MS - 1, 1, 408 },
};

static void
slow_row(void **state)
{
	const struct slow_row *row = *state;
	struct bench b;

	set_up(&b);
	tell_all(&b, row->request);
	tick_to(&b, row->fine);
	assert_int_equal(conn_wants(b.conn), CONN_READ);
	tick_to(&b, row->late);
	assert_int_equal(status_of(&b.out), row->status);
	assert_int_equal(conn_wants(b.conn), row->status == 0 ? CONN_CLOSE :
	    CONN_READ | CONN_SHUT);
	assert_int_equal(b.seen.handled, 0);
	tear_down(&b);
}

/* A byte a second does not buy more time. */
static void
drip(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	for (int i = 0; i < 10; i++) {
		tell_all(&b, "G");
		tick_to(&b, 1000);
	}
	assert_int_equal(status_of(&b.out), 408);
	tear_down(&b);
}

static void
idle_between(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tick_to(&b, 20000);
	tell_all(&b, VISITS END);
	assert_int_equal(status_of(&b.out), 200);
	tick_to(&b, CONN_IDLE_MS - 1);
	assert_int_equal(conn_wants(b.conn), CONN_READ);
	tick_to(&b, 1);
	assert_int_equal(conn_wants(b.conn), CONN_CLOSE);
	tear_down(&b);
}

static void
slow_reader(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	conn_take(b.conn, GET("/api/v1/photo") TOKEN END,
	    strlen(GET("/api/v1/photo") TOKEN END), b.now);
	assert_int_equal(conn_wants(b.conn), CONN_WRITE);
	b.now += CONN_STUCK_MS - 1;
	conn_sent(b.conn, 1, b.now);
	b.now += CONN_STUCK_MS - 1;
	conn_tick(b.conn, b.now);
	assert_int_equal(conn_wants(b.conn), CONN_WRITE);
	b.now += 1;
	conn_tick(b.conn, b.now);
	assert_int_equal(conn_wants(b.conn), CONN_CLOSE);
	tear_down(&b);
}

/* A byte now and then does not keep it for ever. */
static void
slowest_reader(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	conn_take(b.conn, GET("/api/v1/photo") TOKEN END,
	    strlen(GET("/api/v1/photo") TOKEN END), b.now);
	for (int ms = 0; ms < CONN_ANSWER_MS; ms += 10000) {
		conn_tick(b.conn, b.now);
		assert_int_equal(conn_wants(b.conn), CONN_WRITE);
		conn_sent(b.conn, 1, b.now);
		b.now += 10000;
	}
	conn_tick(b.conn, b.now);
	assert_int_equal(conn_wants(b.conn), CONN_CLOSE);
	tear_down(&b);
}

static void
lingers(void **state)
{
	static const char more[65536];
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, VISITS "Connection: close\r\n\r\n");
	tick_to(&b, CONN_LINGER_MS - 1);
	assert_int_equal(conn_wants(b.conn), CONN_READ | CONN_SHUT);
	tick_to(&b, 1);
	assert_int_equal(conn_wants(b.conn), CONN_CLOSE);
	tear_down(&b);
	set_up(&b);
	tell_all(&b, POST JSON BODY(104857600));
	for (size_t n = 0; n < CONN_LINGER; n += sizeof(more))
		tell(&b, more, sizeof(more), sizeof(more));
	assert_int_equal(conn_wants(b.conn), CONN_READ | CONN_SHUT);
	tell(&b, more, 1, 1);
	assert_int_equal(conn_wants(b.conn), CONN_CLOSE);
	tear_down(&b);
}

static void
who_gives_way(void **state)
{
	struct bench b;
	int64_t since;

	(void)state;
	set_up(&b);
	assert_int_equal(conn_rest(b.conn, &since), CONN_STRANGER);
	assert_int_equal(since, b.now);
	tell_all(&b, GET("/api/v1/health") END);
	assert_int_equal(conn_rest(b.conn, &since), CONN_STRANGER);
	tell_all(&b, GET("/api/v1/visits") END);
	assert_int_equal(conn_rest(b.conn, &since), CONN_STRANGER);
	tell_all(&b, VISITS END);
	assert_int_equal(conn_rest(b.conn, &since), CONN_KNOWN);
	conn_take(b.conn, VISITS END, strlen(VISITS END), b.now);
	assert_int_equal(conn_rest(b.conn, &since), CONN_BUSY);
	conn_close(b.conn);
	assert_int_equal(conn_wants(b.conn), CONN_CLOSE);
	tear_down(&b);
}

/* --- streams --- */

#define EVENTS	GET("/api/v1/events") TOKEN

static void
stream(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	b.seen.last = 3;
	tell_all(&b, EVENTS "Last-Event-ID: 1\r\n\r\n");
	assert_non_null(said(&b, "Content-Type: text/event-stream\r\n"));
	assert_null(said(&b, "Content-Length"));
	assert_non_null(said(&b, "retry: 1000\n\nid: 2\n"));
	assert_non_null(said(&b, "id: 3\n"));
	assert_null(said(&b, "id: 1\n"));
	assert_int_equal(b.site.stats.streams, 1);
	blob_reset(&b.out);
	b.seen.last = 4;
	conn_wake(b.conn, b.now);
	listen_to(&b, b.conn);
	assert_string_equal(blob_str(&b.out),
	    "id: 4\nevent: visit\ndata: {}\n\n");
	tear_down(&b);
}

static void
stream_quiet(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, EVENTS END);
	blob_reset(&b.out);
	tick_to(&b, STREAM_QUIET_MS - 1);
	assert_string_equal(blob_str(&b.out), "");
	tick_to(&b, 1);
	assert_string_equal(blob_str(&b.out), ":\n\n");
	/* Longer than any time-out of requests. */
	for (int i = 0; i < 100; i++)
		tick_to(&b, 1000);
	assert_int_equal(conn_wants(b.conn), CONN_READ);
	tear_down(&b);
}

static void
stream_of_one_gone(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, EVENTS END);
	b.seen.held = 0;
	b.seen.last = 5;
	blob_reset(&b.out);
	tick_to(&b, STREAM_HOLD_MS);
	assert_int_equal(conn_wants(b.conn), CONN_READ | CONN_SHUT);
	assert_string_equal(blob_str(&b.out), "");
	assert_int_equal(b.site.stats.streams, 0);
	tear_down(&b);
}

static void
stream_not_read(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, EVENTS END);
	b.seen.last = 1;
	conn_wake(b.conn, b.now);
	b.seen.last = 2;
	conn_wake(b.conn, b.now);	/* waits for the first to go out */
	assert_null(strstr((const char *)conn_pending(b.conn).p, "id: 2"));
	b.now += CONN_STUCK_MS;
	conn_tick(b.conn, b.now);
	assert_int_equal(conn_wants(b.conn), CONN_CLOSE);
	tear_down(&b);
}

static void
stream_client_talks(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	tell_all(&b, EVENTS END);
	tell_all(&b, VISITS END);
	assert_int_equal(conn_wants(b.conn), CONN_CLOSE);
	assert_int_equal(b.seen.handled, 1);
	tear_down(&b);
}

/* More than one turn's worth: whole events, then it ends. */
static void
stream_flood(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	b.seen.flood = 1;
	b.seen.last = 20;
	tell_all(&b, EVENTS "Last-Event-ID: 0\r\n\r\n");
	assert_in_range(b.out.len, STREAM_TURN / 2, STREAM_TURN + 2048);
	assert_memory_equal(b.out.data + b.out.len - 2, "\n\n", 2);
	assert_int_equal(conn_wants(b.conn), CONN_READ | CONN_SHUT);
	tear_down(&b);
}

static void
stream_limit(void **state)
{
	struct conn *more[STREAM_CLIENT];
	struct bench b;

	(void)state;
	set_up(&b);
	for (size_t i = 0; i < LEN(more); i++) {
		more[i] = conn_new(&b.site, VIA_LOOPBACK, "127.0.0.1", b.now);
		conn_take(more[i], EVENTS END, strlen(EVENTS END), b.now);
		listen_to(&b, more[i]);
		assert_int_equal(b.site.stats.streams, i + 1);
	}
	blob_reset(&b.out);
	tell_all(&b, EVENTS END);
	assert_int_equal(status_of(&b.out), 429);
	assert_int_equal(conn_wants(b.conn), CONN_READ);
	conn_free(&more[0]);
	blob_reset(&b.out);
	tell_all(&b, EVENTS END);
	assert_int_equal(status_of(&b.out), 200);
	for (size_t i = 1; i < LEN(more); i++)
		conn_free(&more[i]);
	tear_down(&b);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(pipelined),
		cmocka_unit_test(smuggled),
		cmocka_unit_test(nothing_left),
		cmocka_unit_test(continues),
		cmocka_unit_test(not_continued),
		cmocka_unit_test(largest_body),
		cmocka_unit_test(large_head),
		cmocka_unit_test(too_many),
		cmocka_unit_test(too_many_elsewhere),
		cmocka_unit_test(drip),
		cmocka_unit_test(idle_between),
		cmocka_unit_test(slow_reader),
		cmocka_unit_test(slowest_reader),
		cmocka_unit_test(lingers),
		cmocka_unit_test(who_gives_way),
		cmocka_unit_test(stream),
		cmocka_unit_test(stream_quiet),
		cmocka_unit_test(stream_of_one_gone),
		cmocka_unit_test(stream_not_read),
		cmocka_unit_test(stream_client_talks),
		cmocka_unit_test(stream_flood),
		cmocka_unit_test(stream_limit),
	};
	struct CMUnitTest tests[2 * LEN(rows) + LEN(slow_rows) +
	    LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < 2 * LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i / 2].name,
		    .test_func = i % 2 ? row_in_drops : row_whole,
		    .initial_state = (void *)(uintptr_t)&rows[i / 2] };
	for (size_t i = 0; i < LEN(slow_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = slow_rows[i].name,
		    .test_func = slow_row,
		    .initial_state = (void *)(uintptr_t)&slow_rows[i] };
	memcpy(tests + n, others, sizeof(others));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
