#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "host/api/http.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * Errors whose status is not their class's.  Everything that ends a step of a
 * visit is 409: the request was right, the visit says what comes next.
 */
static const struct {
	enum err	err;
	int		status;
} by_err[] = {
	{ ERR_TIMEOUT, 409 },
	{ ERR_READER_BUSY, 409 },
	{ ERR_NOT_NOW, 409 },
	{ ERR_BAD_REQUEST, 400 },
	{ ERR_USAGE, 400 },
	{ ERR_NO_TOKEN, 401 },
	{ ERR_BAD_HOST, 403 },
	{ ERR_BAD_ORIGIN, 403 },
	{ ERR_NOT_ALLOWED, 403 },
	{ ERR_PASSCODE, 403 },
	{ ERR_CODE, 403 },
	{ ERR_NO_SUCH, 404 },
	{ ERR_NO_CLIENT, 404 },
	{ ERR_NO_DEVICE, 404 },
	{ ERR_NO_PATIENT, 404 },
	{ ERR_KEY_REUSED, 422 },
	{ ERR_PASSCODES, 409 },
	{ ERR_LOCKED, 423 },
	{ ERR_TOO_MANY, 429 },
};

static const int by_class[] = {
	[EC_NONE] = 200, [EC_RETRY] = 503, [EC_CARD] = 409,
	[EC_READER] = 503, [EC_HOLDER] = 409, [EC_DATA] = 409,
	[EC_TERMINAL] = 503, [EC_SETUP] = 503, [EC_OURS] = 500,
};

int
http_status(enum err e)
{
	for (size_t i = 0; i < LEN(by_err); i++) {
		if (by_err[i].err == e)
			return (by_err[i].status);
	}
	return (by_class[err_class(e)]);
}

static json_t *
both(const char *(*text)(enum err, enum err_lang), enum err e)
{
	return (json_pack("{s:s, s:s}", "ja", text(e, ERR_JA), "en",
	    text(e, ERR_EN)));
}

/* Everything but what may be missing. */
static json_t *
problem_of(int status, enum err e)
{
	struct blob type = { 0 };
	json_t *o = NULL;

	if (blob_printf(&type, "urn:shikaku:error:%s", err_name(e)) == ERR_OK)
		o = json_pack("{s:s, s:s, s:i, s:s, s:o, s:o}",
		    "type", blob_str(&type), "title", err_text(e, ERR_EN),
		    "status", status, "code", err_name(e),
		    "text", both(err_text, e), "next", both(err_next, e));
	blob_free(&type);
	return (o);
}

void
http_problem(struct http_answer *a, int status, enum err e, const char *detail)
{
	int wait = a->retry_after;
	json_t *o = problem_of(status, e);

	http_answer_wipe(a);
	if (e == ERR_TOO_MANY && wait == 0)
		wait = 1;
	if (detail != NULL && detail[0] != '\0')
		json_object_set_new(o, "detail", json_string(detail));
	if (wait > 0)
		json_object_set_new(o, "retry_after", json_integer(wait));
	a->status = status;
	a->json = o;
	a->type = "application/problem+json";
	a->retry_after = wait;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c |= 0x20;
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

/* One byte of a form-encoded value; -1 when it does not decode. */
static int
decode(struct buf *in)
{
	uint8_t c, digits[2];
	int hi, lo;

	if (buf_u8(in, &c) != ERR_OK)
		return (-1);
	if (c == '+')
		return (' ');
	if (c != '%')
		return (c);
	if (buf_read(in, digits, sizeof(digits)) != ERR_OK)
		return (-1);
	hi = hex_digit(digits[0]);
	lo = hex_digit(digits[1]);
	return (hi < 0 || lo < 0 ? -1 : hi << 4 | lo);
}

static int
decode_value(struct buf in, char *out, size_t room)
{
	size_t n = 0;
	int c;

	while (in.left > 0) {
		if ((c = decode(&in)) < 0 || n + 1 >= room)
			return (-1);
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return (text_is_utf8(out, n) ? 0 : -1);
}

struct pair {
	struct buf	name, value;
};

/* Up to the next of stop, which is taken and left out; all if there is none. */
static struct buf
up_to(struct buf *in, uint8_t stop)
{
	const uint8_t *at = in->left == 0 ? NULL :
	    memchr(in->p, stop, in->left);
	struct buf part;

	buf_take(in, at == NULL ? in->left : (size_t)(at - in->p), &part);
	if (at != NULL)
		buf_skip(in, 1);
	return (part);
}

/* 0 when the query is over; its end is the 0 of the array. */
static int
next_pair(struct buf *query, struct pair *p)
{
	if (query->left == 0)
		return (0);
	p->value = up_to(query, '&');
	p->name = up_to(&p->value, '=');
	return (1);
}

static struct buf
query_of(const struct http_request *r)
{
	return ((struct buf){ (const uint8_t *)r->query, strlen(r->query) });
}

static int
is_name(struct buf b, const char *name)
{
	return (b.left == strlen(name) && memcmp(b.p, name, b.left) == 0);
}

int
http_query(const struct http_request *r, const char *name, char *out,
    size_t room)
{
	struct buf query = query_of(r);
	struct pair p;
	int found = 0;

	out[0] = '\0';
	while (next_pair(&query, &p)) {
		if (!is_name(p.name, name))
			continue;
		if (found || decode_value(p.value, out, room) != 0) {
			secret_cleanse(out, room);
			return (-1);
		}
		found = 1;
	}
	return (found);
}

static int
is_one_of(struct buf name, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (is_name(name, *names))
			return (1);
	}
	return (0);
}

int
http_query_only(const struct http_request *r, const char *const *names)
{
	struct buf query = query_of(r);
	struct pair p;

	while (next_pair(&query, &p)) {
		if (!is_one_of(p.name, names))
			return (0);
	}
	return (1);
}

void
http_request_wipe(struct http_request *r)
{
	json_decref(r->json);
	secret_cleanse(r, sizeof(*r));
	r->last_event_id = -1;
}

void
http_answer_wipe(struct http_answer *a)
{
	json_decref(a->json);
	blob_free(&a->bytes);
	secret_cleanse(a, sizeof(*a));
}
