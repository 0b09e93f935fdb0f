#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "host/api/reply.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	int		 status;
	const char	*text;
} reasons[] = {
	{ 200, "OK" }, { 201, "Created" }, { 204, "No Content" },
	{ 303, "See Other" }, { 304, "Not Modified" },
	{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
	{ 404, "Not Found" }, { 405, "Method Not Allowed" },
	{ 408, "Request Timeout" }, { 409, "Conflict" },
	{ 411, "Length Required" }, { 413, "Content Too Large" },
	{ 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" }, { 422, "Unprocessable Content" },
	{ 423, "Locked" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
	{ 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" },
};

/* On every answer: a body is what its type says, and nobody else's page may
 * embed it. */
static const char common[] =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

/* The pages use their own files and this agent's API, nothing else. */
static const char of_pages[] =
    "Cache-Control: no-cache\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "manifest-src 'self'\r\n"
    "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n";

static const char of_preflight[] =
    "Access-Control-Allow-Methods: GET, POST\r\n"
    "Access-Control-Allow-Headers: Authorization, Content-Type, "
    "Idempotency-Key, Last-Event-ID\r\n"
    "Access-Control-Max-Age: 600\r\n";

static const char *
reason(int status)
{
	for (size_t i = 0; i < LEN(reasons); i++) {
		if (reasons[i].status == status)
			return (reasons[i].text);
	}
	return ("");
}

/* IMF-fixdate of RFC 9110 5.6.7, whatever the locale. */
static enum err
add_date(struct blob *b)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL)
		return (ERR_OK);
	return (blob_printf(b,
	    "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
	    days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec));
}

static enum err
add_field(struct blob *b, const char *name, const char *value)
{
	return (value == NULL ? ERR_OK :
	    blob_printf(b, "%s: %s\r\n", name, value));
}

static enum err
add_number(struct blob *b, const char *name, size_t value)
{
	return (blob_printf(b, "%s: %zu\r\n", name, value));
}

static enum err
add_cors(struct blob *b, const struct reply *r)
{
	enum err e;

	if (r->cors == NULL)
		return (ERR_OK);
	e = add_field(b, "Access-Control-Allow-Origin", r->cors);
	if (e == ERR_OK)
		e = add_field(b, "Vary", "Origin");
	if (e == ERR_OK && r->preflight)
		e = blob_add_str(b, of_preflight);
	return (e);
}

static enum err
add_optional(struct blob *b, const struct reply *r)
{
	enum err e;

	e = add_field(b, "ETag", r->etag);
	if (e == ERR_OK)
		e = add_field(b, "Location", r->location);
	if (e == ERR_OK)
		e = add_field(b, "Allow", r->allow);
	if (e == ERR_OK && r->status == 401)
		e = add_field(b, "WWW-Authenticate", "Bearer");
	if (e == ERR_OK && r->retry_after > 0)
		e = add_number(b, "Retry-After", (size_t)r->retry_after);
	if (e == ERR_OK && r->last)
		e = add_field(b, "Connection", "close");
	return (e);
}

/* No length of what has no body at all (RFC 9110 8.6). */
static enum err
add_length(struct blob *b, const struct reply *r)
{
	enum err e = add_field(b, "Content-Type", r->type);

	if (e != ERR_OK || r->unbounded || r->status == 204 ||
	    r->status == 304)
		return (e);
	return (add_number(b, "Content-Length", r->length));
}

enum err
reply_head(struct blob *b, const struct reply *r)
{
	enum err e;

	e = blob_printf(b, "HTTP/1.1 %d %s\r\n", r->status,
	    reason(r->status));
	if (e == ERR_OK)
		e = add_date(b);
	if (e == ERR_OK)
		e = add_length(b, r);
	if (e == ERR_OK)
		e = blob_add_str(b, common);
	if (e == ERR_OK)
		e = blob_add_str(b, r->page ? of_pages :
		    "Cache-Control: no-store\r\n");
	if (e == ERR_OK)
		e = add_cors(b, r);
	if (e == ERR_OK)
		e = add_optional(b, r);
	return (e == ERR_OK ? blob_add_str(b, "\r\n") : e);
}

static enum err
with_json(struct blob *b, const struct http_answer *a, struct reply *r)
{
	char *text = json_dumps(a->json, JSON_COMPACT);
	enum err e;

	if (text == NULL)
		return (ERR_NOMEM);
	r->length = strlen(text);
	if (r->type == NULL)
		r->type = "application/json";
	if ((e = reply_head(b, r)) == ERR_OK)
		e = blob_add(b, text, r->length);
	secret_cleanse(text, strlen(text));
	free(text);
	return (e);
}

enum err
reply_answer(struct blob *b, const struct http_answer *a, struct reply *r)
{
	enum err e;

	r->status = a->status;
	r->type = a->type;
	r->retry_after = a->retry_after;
	if (a->json != NULL)
		return (with_json(b, a, r));
	r->length = a->bytes.len;
	if ((e = reply_head(b, r)) == ERR_OK)
		e = blob_add(b, blob_str(&a->bytes), a->bytes.len);
	return (e);
}
