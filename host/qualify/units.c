#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "host/qualify/units.h"
#include "host/qualify/xml.h"

enum state {
	TEXT,		/* between tags */
	OPEN,		/* behind '<' */
	TAG,		/* in a start tag */
	QUOTE,		/* in a value of one */
	END_TAG,
	MARKUP,		/* behind "<!" */
	COMMENT,
	CDATA,
	INSTRUCTION
};

struct units {
	units_each	*each;
	void		*ctx;
	struct blob	 skeleton, unit;
	struct blob	 tag;		/* outside of units, till its end */
	size_t		 at;		/* of the units in the skeleton */
	size_t		 count, depth;
	size_t		 unit_depth;	/* of the unit that is open */
	int		 in_unit, gap;	/* gap: blanks behind a unit */
	int		 is_msg, is_body;	/* the open elements */
	int		 rooted;	/* the root was there */
	enum state	 state;
	char		 quote, last;	/* last: byte before this one */
	unsigned	 run;		/* of '-' or ']' before this one */
	int		 cp932, lead;	/* lead: of a pair of CP932 */
};

enum err
units_new(units_each *each, void *ctx, struct units **out)
{
	struct units *u;

	*out = NULL;
	if ((u = calloc(1, sizeof(*u))) == NULL)
		return (ERR_NOMEM);
	u->each = each;
	u->ctx = ctx;
	*out = u;
	return (ERR_OK);
}

void
units_free(struct units **u)
{
	if (u == NULL || *u == NULL)
		return;
	blob_free(&(*u)->skeleton);
	blob_free(&(*u)->unit);
	blob_free(&(*u)->tag);
	free(*u);
	*u = NULL;
}

/* --- where the bytes go --- */

static enum err
add(struct blob *to, const void *p, size_t len, size_t max)
{
	if (len > max || to->len > max - len)
		return (ERR_XML_BIG);
	return (len == 0 ? ERR_OK : blob_add(to, p, len));
}

/* Markup outside of units is kept apart until it is known what it is. */
static enum err
flush(struct units *u, const uint8_t *p, size_t len)
{
	if (u->in_unit)
		return (add(&u->unit, p, len, UNITS_UNIT));
	if (u->state != TEXT)
		return (add(&u->tag, p, len, UNITS_SKELETON));
	return (add(&u->skeleton, p, len, UNITS_SKELETON));
}

static enum err
keep_tag(struct units *u)
{
	enum err r;

	if (u->in_unit)
		return (ERR_OK);
	r = add(&u->skeleton, u->tag.data, u->tag.len, UNITS_SKELETON);
	u->tag.len = 0;
	return (r);
}

/* --- what a tag means --- */

static int
is_named(const struct units *u, const char *name)
{
	size_t n = strlen(name);

	/* '<', the name, and what cannot be part of one */
	return (u->tag.len > n + 1 && memcmp(u->tag.data + 1, name, n) == 0 &&
	    strchr(" \t\r\n/>", u->tag.data[n + 1]) != NULL);
}

static enum err
end_unit(struct units *u)
{
	enum err r = ERR_OK;

	u->in_unit = 0;
	u->gap = 1;
	if (u->each != NULL)
		r = u->each(u->ctx, u->count, u->unit.data, u->unit.len);
	u->count++;
	u->unit.len = 0;
	return (r);
}

static enum err
begin_unit(struct units *u)
{
	if (u->count == 0)
		u->at = u->skeleton.len;
	u->in_unit = 1;
	u->unit_depth = u->depth;
	u->unit.len = 0;
	return (add(&u->unit, u->tag.data, u->tag.len, UNITS_UNIT));
}

static int
is_unit(const struct units *u)
{
	return (!u->in_unit && u->depth == 2 && u->is_msg && u->is_body &&
	    (is_named(u, "BulkConfirmUnit") ||
	    is_named(u, "BulkRegistrationUnit")));
}

/* closed: "<…/>". */
static enum err
start_element(struct units *u, int closed)
{
	enum err r = ERR_OK;
	int unit = is_unit(u);

	if (u->depth == 0 && u->rooted)
		return (ERR_XML_SYNTAX);
	if (u->depth == XML_DEPTH)
		return (ERR_XML_DEEP);
	if (u->depth == 0)
		u->is_msg = is_named(u, "XmlMsg");
	if (u->depth == 1)
		u->is_body = is_named(u, "MessageBody");
	u->rooted = 1;
	if (unit) {
		r = begin_unit(u);
		u->tag.len = 0;
	} else
		r = keep_tag(u);
	u->depth += !closed;
	if (r == ERR_OK && unit && closed)
		r = end_unit(u);
	return (r);
}

static enum err
end_element(struct units *u)
{
	enum err r;

	if (u->depth == 0)
		return (ERR_XML_SYNTAX);
	u->depth--;
	if (u->in_unit)
		return (u->depth == u->unit_depth ? end_unit(u) : ERR_OK);
	/* No unit was met: they would stand at the end of the body. */
	if (u->count == 0 && u->depth == 1 && u->is_body)
		u->at = u->skeleton.len;
	r = keep_tag(u);
	return (r);
}

/* Of the declaration: as charset.c would, CP932 unless it says UTF-8. */
static void
read_declaration(struct units *u)
{
	const char *s = blob_str(&u->tag);

	if (u->rooted || strncmp(s, "<?xml", 5) != 0)
		return;
	u->cp932 = strstr(s, "encoding") != NULL &&
	    strcasestr(s, "utf-8") == NULL && strcasestr(s, "utf8") == NULL;
}

/* --- the bytes --- */

static enum err
open_markup(struct units *u, uint8_t c)
{
	u->state = c == '/' ? END_TAG : c == '!' ? MARKUP : c == '?' ?
	    INSTRUCTION : TAG;
	u->last = (char)c;
	u->run = 0;
	u->lead = 0;
	return (strchr(" \t\r\n><", c) != NULL ? ERR_XML_SYNTAX : ERR_OK);
}

/* "<!--" or "<![CDATA[", told by counting; anything else is a DTD's. */
static enum err
in_markup(struct units *u, uint8_t c)
{
	static const char comment[] = "--", cdata[] = "[CDATA[";
	const char *want = u->run == 0 && c == '-' ? comment : u->run == 0 ?
	    cdata : u->quote == '-' ? comment : cdata;

	if (u->run == 0)
		u->quote = (char)c;
	if (want[u->run] != (char)c)
		return (ERR_XML_DTD);
	if (want[++u->run] != '\0')
		return (ERR_OK);
	u->state = want == comment ? COMMENT : CDATA;
	u->run = 0;
	return (ERR_OK);
}

static int
is_lead(uint8_t c)
{
	return ((c >= 0x81 && c <= 0x9f) || (c >= 0xe0 && c <= 0xfc));
}

/* 1 at the '>' that ends a comment or a CDATA section. */
static int
ends_section(struct units *u, uint8_t c, char mark)
{
	int ends = c == '>' && u->run >= 2;

	if (u->lead) {
		u->lead = 0;
		u->run = 0;
		return (0);
	}
	if (u->cp932 && is_lead(c))
		u->lead = 1;
	u->run = c == (uint8_t)mark ? u->run + 1 : 0;
	return (ends);
}

/*
 * *done: what it is in ends with this byte, which belongs to it.
 */
static enum err
step(struct units *u, uint8_t c, int *done)
{
	switch (u->state) {
	case TEXT:
		break;
	case OPEN:
		return (open_markup(u, c));
	case TAG:
		if (c == '<')
			return (ERR_XML_SYNTAX);
		if (c == '"' || c == '\'') {
			u->state = QUOTE;
			u->quote = (char)c;
		}
		*done = c == '>';
		break;
	case QUOTE:
		if (c == (uint8_t)u->quote)
			u->state = TAG;
		break;
	case END_TAG:
		if (c == '<')
			return (ERR_XML_SYNTAX);
		*done = c == '>';
		break;
	case MARKUP:
		return (in_markup(u, c));
	case COMMENT:
		*done = ends_section(u, c, '-');
		break;
	case CDATA:
		*done = ends_section(u, c, ']');
		break;
	case INSTRUCTION:
		*done = c == '>' && u->last == '?';
		break;
	}
	return (ERR_OK);
}

/* Its bytes are flushed. */
static enum err
finish(struct units *u)
{
	enum state was = u->state;
	enum err r;

	u->state = TEXT;
	if (was == TAG)
		r = start_element(u, u->last == '/');
	else if (was == END_TAG)
		r = end_element(u);
	else {
		if (was == INSTRUCTION && !u->in_unit)
			read_declaration(u);
		r = keep_tag(u);
	}
	return (r);
}

/* Blanks behind a unit, a hundred thousand times, are no part of the
 * skeleton. */
static const uint8_t *
skip_gap(struct units *u, const uint8_t *p, const uint8_t *end)
{
	while (u->gap && p < end) {
		if (*p != '\0' && strchr(" \t\r\n", *p) != NULL)
			p++;
		else
			u->gap = 0;
	}
	return (p);
}

/* Up to the next '<', which is taken as well. */
static enum err
feed_text(struct units *u, const uint8_t **p, const uint8_t *end)
{
	const uint8_t *from = skip_gap(u, *p, end), *lt;
	enum err r;

	lt = memchr(from, '<', (size_t)(end - from));
	*p = lt == NULL ? end : lt;
	if ((r = flush(u, from, (size_t)(*p - from))) != ERR_OK ||
	    lt == NULL)
		return (r);
	u->state = OPEN;
	(*p)++;
	return (flush(u, lt, 1));
}

static enum err
feed_markup(struct units *u, const uint8_t **p, const uint8_t *end)
{
	const uint8_t *from = *p;
	enum err r = ERR_OK;
	int done = 0;

	while (*p < end && !done && r == ERR_OK) {
		r = step(u, **p, &done);
		if (!done)
			u->last = (char)**p;
		(*p)++;
	}
	if (r == ERR_OK)
		r = flush(u, from, (size_t)(*p - from));
	return (r == ERR_OK && done ? finish(u) : r);
}

enum err
units_feed(struct units *u, const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;
	enum err r = ERR_OK;

	while (p < end && r == ERR_OK)
		r = u->state == TEXT ? feed_text(u, &p, end) :
		    feed_markup(u, &p, end);
	return (r);
}

enum err
units_end(struct units *u)
{
	return (u->state == TEXT && u->depth == 0 && u->rooted ? ERR_OK :
	    ERR_HALF);
}

size_t
units_count(const struct units *u)
{
	return (u->count);
}

const struct blob *
units_skeleton(const struct units *u, size_t *at)
{
	*at = u->at;
	return (&u->skeleton);
}
