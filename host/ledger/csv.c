#include <string.h>

#include "base/text.h"
#include "host/ledger/csv.h"

static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };

/* Up to and with the next LF, which is no part of a CP932 character. */
static struct buf
take_line(struct buf *b)
{
	const uint8_t *lf = memchr(b->p, '\n', b->left);
	struct buf line = { b->p, 0 };

	(void)buf_take(b, lf == NULL ? b->left : (size_t)(lf - b->p) + 1,
	    &line);
	return (line);
}

static enum err
keep_utf8(const void *data, size_t len, struct blob *out, size_t *at)
{
	(void)at;
	blob_reset(out);
	return (text_is_utf8(data, len) ? blob_add(out, data, len) :
	    ERR_CHARSET);
}

typedef enum err decoder(const void *, size_t, struct blob *, size_t *);

/* Line by line, so that the bad one can be named. */
static enum err
decode_lines(struct buf in, decoder *decode, struct blob *out,
    struct note *note)
{
	struct blob text = { 0 };
	enum err r = ERR_OK;
	struct buf line;

	for (size_t n = 1; r == ERR_OK && in.left > 0; n++) {
		line = take_line(&in);
		r = decode(line.p, line.left, &text, NULL);
		if (r == ERR_CHARSET)
			note_set(note, "line %zu: neither UTF-8 nor Shift_JIS",
			    n);
		if (r == ERR_OK)
			r = blob_add(out, text.data, text.len);
	}
	blob_free(&text);
	return (r);
}

static size_t
line_of(struct buf in, const uint8_t *at)
{
	size_t n = 1;

	for (const uint8_t *p = in.p; p < at; p++)
		n += *p == '\n';
	return (n);
}

enum err
csv_decode(const struct blob *raw, struct blob *out, struct note *note)
{
	struct buf in = blob_buf(raw);
	const uint8_t *nul;
	int marked;

	blob_reset(out);
	if (in.left == 0)
		return (ERR_OK);
	if ((nul = memchr(in.p, 0, in.left)) != NULL) {
		note_set(note, "line %zu: NUL byte; if this is UTF-16, save "
		    "the file as UTF-8", line_of(in, nul));
		return (ERR_CSV);
	}
	marked = in.left >= sizeof(bom) &&
	    memcmp(in.p, bom, sizeof(bom)) == 0;
	if (marked)
		(void)buf_skip(&in, sizeof(bom));
	if (text_is_utf8(in.p, in.left))
		return (blob_add(out, in.p, in.left));
	return (decode_lines(in, marked ? keep_utf8 : text_from_cp932, out,
	    note));
}

void
csv_init(struct csv *c, struct buf in)
{
	*c = (struct csv){ .in = in, .line = 1 };
}

static int
peek(const struct csv *c)
{
	return (c->in.left > 0 ? *c->in.p : -1);
}

/* The next byte; a line is over at LF and at CR without LF. */
static int
take(struct csv *c)
{
	uint8_t b;

	if (buf_u8(&c->in, &b) != ERR_OK)
		return (-1);
	if (b == '\n' || (b == '\r' && peek(c) != '\n'))
		c->line++;
	return (b);
}

static int
is_end(int b)
{
	return (b == -1 || b == '\n' || b == '\r');
}

static enum err
unclear(size_t line, const char *why, struct note *note)
{
	note_set(note, "line %zu: %s", line, why);
	return (ERR_CSV);
}

static enum err
read_quoted(struct csv *c, struct note *note)
{
	size_t start = c->line;
	enum err r = ERR_OK;
	int b;

	take(c);		/* the opening quote */
	while (r == ERR_OK) {
		if ((b = take(c)) == -1)
			return (unclear(start,
			    "a quote that is never closed", note));
		if (b == '"' && peek(c) != '"')
			break;
		if (b == '"')
			take(c);
		r = blob_add_u8(&c->text, (uint8_t)b);
	}
	if (r == ERR_OK && peek(c) != ',' && !is_end(peek(c)))
		return (unclear(c->line, "text behind a closing quote",
		    note));
	return (r);
}

static enum err
read_plain(struct csv *c, struct note *note)
{
	enum err r = ERR_OK;

	while (r == ERR_OK && peek(c) != ',' && !is_end(peek(c))) {
		if (peek(c) == '"')
			return (unclear(c->line,
			    "a quote inside an unquoted field", note));
		r = blob_add_u8(&c->text, (uint8_t)take(c));
	}
	return (r);
}

int
csv_is_formula(const char *cell)
{
	/* The last four are = + - @ in full width. */
	static const char *const signs[] = { "=", "+", "-", "@", "\t", "\r",
	    "\n", "'", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
	    "\xef\xbc\xa0" };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strncmp(cell, signs[i], strlen(signs[i])) == 0)
			return (1);
	}
	return (0);
}

/* ="00123" and '=x as they were meant. */
static void
take_off(struct blob *text, size_t start)
{
	char *s = (char *)text->data + start;
	size_t n = text->len - start;

	if (n > 3 && s[0] == '=' && s[1] == '"' && s[n - 1] == '"' &&
	    memchr(s + 2, '"', n - 3) == NULL) {
		memmove(s, s + 2, n - 3);
		blob_cut(text, text->len - 3);
	} else if (n > 1 && s[0] == '\'' && csv_is_formula(s + 1)) {
		memmove(s, s + 1, n - 1);
		blob_cut(text, text->len - 1);
	}
}

static enum err
read_field(struct csv *c, int *too_long, struct note *note)
{
	size_t start = c->text.len;
	enum err r;

	if (c->n == CSV_COLS)
		return (unclear(c->row_line, "more than 64 fields", note));
	c->at[c->n++] = start;
	r = peek(c) == '"' ? read_quoted(c, note) : read_plain(c, note);
	if (r != ERR_OK)
		return (r);
	if (c->text.len > start)
		take_off(&c->text, start);
	*too_long |= c->text.len - start > CSV_FIELD_MAX;
	return (blob_add_u8(&c->text, 0));
}

static void
skip_line_ends(struct csv *c)
{
	while (peek(c) == '\n' || peek(c) == '\r')
		take(c);
}

static enum err
check_row(struct csv *c, int too_long, struct note *note)
{
	if (c->columns == 0)
		c->columns = c->n;
	if (c->n != c->columns) {
		note_set(note, "line %zu: %zu fields, the heading has %zu",
		    c->row_line, c->n, c->columns);
		return (ERR_ROW);
	}
	if (too_long) {
		note_set(note, "line %zu: a field of more than %d bytes",
		    c->row_line, CSV_FIELD_MAX);
		return (ERR_ROW);
	}
	return (ERR_OK);
}

enum err
csv_next(struct csv *c, struct note *note)
{
	int too_long = 0;
	enum err r;

	c->n = 0;
	blob_reset(&c->text);
	skip_line_ends(c);
	c->row_line = c->line;
	if (peek(c) == -1)
		return (ERR_OK);
	for (;;) {
		if ((r = read_field(c, &too_long, note)) != ERR_OK)
			return (r);
		if (peek(c) != ',')
			break;
		take(c);
	}
	return (check_row(c, too_long, note));
}

const char *
csv_field(const struct csv *c, size_t i)
{
	return (i < c->n ? blob_str(&c->text) + c->at[i] : "");
}

void
csv_wipe(struct csv *c)
{
	blob_free(&c->text);
}
