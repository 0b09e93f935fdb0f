#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "host/qualify/request_in.h"

/* Bytes of the text's first character that is none XML or the terminal
 * could take: C0, DEL, C1, U+FFFE and U+FFFF.  -1 if all are good. */
static long
bad_character(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	for (size_t i = 0; p[i] != 0; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f)
			return ((long)i);
		if (p[i] == 0xc2 && p[i + 1] >= 0x80 && p[i + 1] < 0xa0)
			return ((long)i);
		if (p[i] == 0xef && p[i + 1] == 0xbf && p[i + 2] >= 0xbe)
			return ((long)i);
	}
	return (-1);
}

/* The 1-based number of the character at a byte offset. */
static unsigned
position(const char *s, size_t at)
{
	char head[sizeof(struct value)];
	unsigned n;

	snprintf(head, sizeof(head), "%.*s", (int)at, s);
	n = field_chars(head) + 1;
	secret_cleanse(head, sizeof(head));
	return (n);
}

static enum err
check_text(const struct request *rq, const struct value *v, unsigned *pos)
{
	long bad = bad_character(v->text);
	struct blob bytes = { 0 };
	size_t at = 0;
	enum err r = ERR_OK;

	if (!text_is_utf8(v->text, strlen(v->text)))
		r = ERR_CHARSET;
	else if (bad >= 0) {
		r = ERR_CHARSET;
		at = (size_t)bad;
	} else if (rq->cp932)
		r = text_to_cp932(v->text, &bytes, &at);
	if (r == ERR_CHARSET)
		*pos = position(v->text, at);
	blob_free(&bytes);
	return (r);
}

static const char *
escape(char c)
{
	switch (c) {
	case '&':
		return ("&amp;");
	case '<':
		return ("&lt;");
	case '>':
		return ("&gt;");
	default:
		return (NULL);
	}
}

static enum err
put_escaped(const char *s, struct blob *out)
{
	enum err r = ERR_OK;

	for (; *s != '\0' && r == ERR_OK; s++)
		r = escape(*s) != NULL ? blob_add_str(out, escape(*s)) :
		    blob_add_u8(out, (uint8_t)*s);
	return (r);
}

static enum err
put_element(const char *name, const char *indent, const char *s,
    struct blob *out)
{
	enum err r;

	if ((r = blob_printf(out, "%s<%s>", indent, name)) != ERR_OK ||
	    (r = put_escaped(s, out)) != ERR_OK)
		return (r);
	return (blob_printf(out, "</%s>\r\n", name));
}

/* Which element of whom; nobody is named. */
static void
say(struct note *note, enum err r, const struct request *rq,
    const struct request_person *p, const char *name, unsigned pos)
{
	char whose[24] = "";

	if (rq->layout->many && p != NULL)
		snprintf(whose, sizeof(whose), "%zu: ",
		    (size_t)(p - rq->persons) + 1);
	if (r == ERR_CHARSET)
		note_set(note, "%s%s: character %u", whose, name, pos);
	else if (r == ERR_NO_INSURANCE || r == ERR_CONF || r == ERR_SEQUENCE)
		note_set(note, "%s%s", whose, name);
}

/* Opens and closes the groups that elements stand in. */
static enum err
move_group(const char **open, const char *in, const char *indent,
    struct blob *out)
{
	const char *was = *open;
	enum err r = ERR_OK;

	*open = in;
	if (was == in)
		return (ERR_OK);
	if (was != NULL)
		r = blob_printf(out, "%s</%s>\r\n", indent, was);
	if (r == ERR_OK && in != NULL)
		r = blob_printf(out, "%s<%s>\r\n", indent, in);
	return (r);
}

static enum err
check_value(const struct request *rq, const struct request_person *p,
    const struct element *e, struct value *v, struct note *note)
{
	unsigned pos = 0;
	enum err r;

	if ((r = request_value(rq, p, e, v)) == ERR_OK)
		r = check_text(rq, v, &pos);
	say(note, r, rq, p, e->name, pos);
	return (r);
}

/* An element without a value is left out (1.2). */
static enum err
put_elements(const struct request *rq, const struct request_person *p,
    const struct element *e, const char *indent, struct blob *out,
    struct note *note)
{
	const char *open = NULL;
	struct value v;
	enum err r = ERR_OK;

	for (; e->name != NULL && r == ERR_OK; e++) {
		if ((r = check_value(rq, p, e, &v, note)) != ERR_OK ||
		    v.text[0] == '\0')
			continue;
		if ((r = move_group(&open, e->in, indent, out)) == ERR_OK &&
		    (open == NULL ||
		    (r = blob_add_str(out, "  ")) == ERR_OK))
			r = put_element(e->name, indent, v.text, out);
	}
	if (r == ERR_OK)
		r = move_group(&open, NULL, indent, out);
	secret_cleanse(&v, sizeof(v));
	return (r);
}

static enum err
put_group(const struct request *rq, const struct request_person *p,
    struct blob *out, struct note *note)
{
	const struct request_layout *l = rq->layout;
	enum err r;

	if (l->group == NULL)
		return (put_elements(rq, p, l->body, "    ", out, note));
	if ((r = blob_printf(out, "    <%s>\r\n", l->group)) != ERR_OK ||
	    (r = put_elements(rq, p, l->body, "      ", out, note)) != ERR_OK)
		return (r);
	return (blob_printf(out, "    </%s>\r\n", l->group));
}

static enum err
put_body(const struct request *rq, struct blob *out, struct note *note)
{
	enum err r = ERR_OK;

	if (!rq->layout->many)
		return (put_group(rq, rq->persons, out, note));
	for (size_t i = 0; i < rq->n && r == ERR_OK; i++)
		r = put_group(rq, &rq->persons[i], out, note);
	return (r);
}

/* Line ends and declaration as in the files that are known to work (1.2). */
static enum err
put_message(const struct request *rq, struct blob *out, struct note *note)
{
	enum err r;

	if ((r = blob_printf(out, "<?xml version=\"1.0\" encoding=\"%s\" "
	    "standalone=\"no\"?>\r\n<XmlMsg>\r\n  <MessageHeader>\r\n",
	    rq->cp932 ? "Shift_JIS" : "UTF-8")) != ERR_OK ||
	    (r = put_elements(rq, rq->persons, rq->layout->header, "    ",
	    out, note)) != ERR_OK ||
	    (r = blob_add_str(out, "  </MessageHeader>\r\n"
	    "  <MessageBody>\r\n")) != ERR_OK ||
	    (r = put_body(rq, out, note)) != ERR_OK)
		return (r);
	return (blob_add_str(out, "  </MessageBody>\r\n</XmlMsg>\r\n"));
}

static int
is_end(enum axis axis, const char *s)
{
	return (axis == AXIS_MONTH ? s[0] != '\0' &&
	    field_fits(FIELD_MedicalTreatmentMonth, s) : clock_is_date(s));
}

/* What the category allows is range.h's to say; this is the layout's. */
static enum err
check_range(const struct request *rq, struct note *note)
{
	const struct range *range = rq->range;
	const char *what = NULL;

	if (rq->layout->axes == 0)
		return (ERR_OK);
	if (range == NULL || (unsigned)range->axis >= AXIS_COUNT ||
	    (rq->layout->axes & (1u << range->axis)) == 0)
		what = "other dates are asked for here";
	else if (!is_end(range->axis, range->from) ||
	    !is_end(range->axis, range->to))
		what = "no such date";
	else if (strcmp(range->from, range->to) > 0)
		what = "from lies behind to";
	if (what == NULL)
		return (ERR_OK);
	note_set(note, "%s", what);
	return (ERR_RANGE);
}

/* One where one is meant, one at least in a list, none for the others. */
static enum err
check_count(const struct request *rq)
{
	int one = 0;

	for (const struct element *e = rq->layout->header; e->name != NULL; e++)
		one |= request_is_personal(e);
	for (const struct element *e = rq->layout->body; e->name != NULL; e++)
		one |= request_is_personal(e);
	if (!one)
		return (rq->n == 0 ? ERR_OK : ERR_SEQUENCE);
	return (rq->n == 1 || (rq->layout->many && rq->n > 1) ? ERR_OK :
	    ERR_SEQUENCE);
}

enum err
request_write(const struct request *rq, struct blob *out, struct note *note)
{
	struct blob utf8 = { 0 };
	enum err r;

	blob_reset(out);
	if ((r = check_count(rq)) != ERR_OK ||
	    (r = check_range(rq, note)) != ERR_OK ||
	    (r = put_message(rq, &utf8, note)) != ERR_OK)
		goto out;
	r = rq->cp932 ? text_to_cp932(blob_str(&utf8), out, NULL) :
	    blob_add(out, utf8.data, utf8.len);
	if (r != ERR_OK)
		blob_reset(out);
out:
	blob_free(&utf8);
	return (r);
}

enum err
request_check_person(const struct request *rq, size_t i, struct note *note)
{
	const struct element *const parts[] = { rq->layout->header,
	    rq->layout->body };
	struct value v;
	enum err r = ERR_OK;

	if (i >= rq->n)
		return (ERR_SEQUENCE);
	for (int part = 0; part < 2; part++) {
		for (const struct element *e = parts[part];
		    e->name != NULL && r == ERR_OK; e++) {
			if (request_is_personal(e))
				r = check_value(rq, &rq->persons[i], e, &v,
				    note);
		}
	}
	secret_cleanse(&v, sizeof(v));
	return (r);
}
