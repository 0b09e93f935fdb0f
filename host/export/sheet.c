#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/export/sheet.h"
#include "host/ledger/csv.h"

#define ROW_END 0xff		/* no byte of UTF-8 */
#define DIGITS "0123456789"

struct sheet {
	enum sheet_charset	 charset;
	int			 plain, goes_on;
	struct blob		 text;	/* UTF-8, as it is written */
	struct blob		 raw;	/* cells as given, for CP932 alone:
					 * each with its 0, rows by ROW_END */
	size_t			 rows, cells;
	enum err		 err;
};

int
sheet_charset_named(const char *name, enum sheet_charset *out)
{
	*out = SHEET_UTF8;
	if (name == NULL || strcmp(name, "utf-8") == 0)
		return (1);
	*out = SHEET_CP932;
	return (strcmp(name, "shift_jis") == 0);
}

enum err
sheet_new(enum sheet_charset charset, int plain, struct sheet **out)
{
	if ((*out = calloc(1, sizeof(**out))) == NULL)
		return (ERR_NOMEM);
	(*out)->charset = charset;
	(*out)->plain = plain;
	return (ERR_OK);
}

void
sheet_free(struct sheet **s)
{
	if (s == NULL || *s == NULL)
		return;
	blob_free(&(*s)->text);
	blob_free(&(*s)->raw);
	free(*s);
	*s = NULL;
}

void
sheet_go_on(struct sheet *s)
{
	s->goes_on = 1;
}

/* YYYY/MM/DD, or with hh:mm:ss: a time that may well be read as one. */
static int
is_our_time(const char *s)
{
	static const char form[] = "0000/00/00 00:00:00";
	size_t n = strlen(s);

	if (n != 10 && n != strlen(form))
		return (0);
	for (size_t i = 0; i < n; i++) {
		if (form[i] == '0' ? strchr(DIGITS, s[i]) == NULL :
		    s[i] != form[i])
			return (0);
	}
	return (1);
}

/* A spreadsheet program would show something else: 00123 as 123, twelve
 * digits as a power, 1-2 as a day. */
static int
would_change(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || strchr(DIGITS, s[0]) == NULL)
		return (0);
	if (strspn(s, DIGITS) == n)
		return ((s[0] == '0' && n > 1) || n >= 12);
	return (strspn(s, DIGITS "-/:.,eE+% ") == n && !is_our_time(s));
}

static int
must_quote(const char *s)
{
	size_t n = strlen(s);

	return (strpbrk(s, "\",\r\n") != NULL ||
	    (n > 0 && (s[0] == ' ' || s[n - 1] == ' ')));
}

static enum err
add_quoted(struct blob *to, const char *before, const char *s,
    const char *behind)
{
	enum err r;

	if ((r = blob_add_str(to, before)) != ERR_OK)
		return (r);
	for (; r == ERR_OK && *s != '\0'; s++) {
		r = blob_add_u8(to, (uint8_t)*s);
		if (r == ERR_OK && *s == '"')
			r = blob_add_u8(to, '"');
	}
	return (r == ERR_OK ? blob_add_str(to, behind) : r);
}

static enum err
add_cell(struct sheet *s, const char *text)
{
	int formula = !s->plain && csv_is_formula(text);

	if (!s->plain && would_change(text))
		return (add_quoted(&s->text, "\"=\"\"", text, "\"\"\""));
	if (must_quote(text))
		return (add_quoted(&s->text, formula ? "\"'" : "\"", text,
		    "\""));
	return (blob_printf(&s->text, "%s%s", formula ? "'" : "", text));
}

void
sheet_cell(struct sheet *s, const char *text)
{
	if (text == NULL)
		text = "";
	if (s->err == ERR_OK && s->cells++ > 0)
		s->err = blob_add_u8(&s->text, ',');
	if (s->err == ERR_OK)
		s->err = add_cell(s, text);
	if (s->err == ERR_OK && s->charset == SHEET_CP932)
		s->err = blob_add(&s->raw, text, strlen(text) + 1);
}

void
sheet_row(struct sheet *s)
{
	s->cells = 0;
	s->rows++;
	if (s->err == ERR_OK)
		s->err = blob_add_str(&s->text, "\r\n");
	if (s->err == ERR_OK && s->charset == SHEET_CP932)
		s->err = blob_add_u8(&s->raw, ROW_END);
}

size_t
sheet_rows(const struct sheet *s)
{
	return (s->rows);
}

/* Where the search for misfits is. */
struct search {
	size_t	 row, column, n;
	size_t	 first_row, first_column, first_at;
	json_t	*list;		/* NULL: only counted */
	enum err err;
};

static void
note_misfit(struct search *f, size_t at, const char *character)
{
	if (f->n++ == 0) {
		f->first_row = f->row;
		f->first_column = f->column;
		f->first_at = at;
	}
	if (f->list == NULL || json_array_size(f->list) >= SHEET_MISFITS)
		return;
	if (json_array_append_new(f->list, json_pack("{s:I, s:I, s:I, s:s}",
	    "row", (json_int_t)f->row, "column", (json_int_t)f->column,
	    "at", (json_int_t)at, "character", character)) != 0)
		f->err = ERR_NOMEM;
}

/* The bytes of the UTF-8 character at s. */
static size_t
character(const char *s, char out[5])
{
	size_t n = 1;

	while (n < 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	memcpy(out, s, n);
	out[n] = '\0';
	return (n);
}

static void
search_cell(struct search *f, const char *cell)
{
	struct blob out = { 0 };
	char one[5];
	size_t at = 0;
	enum err r;

	if ((r = text_to_cp932(cell, &out, NULL)) == ERR_CHARSET) {
		while (*cell != '\0' && f->err == ERR_OK) {
			cell += character(cell, one);
			at++;
			if (text_to_cp932(one, &out, NULL) == ERR_CHARSET)
				note_misfit(f, at, one);
		}
	} else if (r != ERR_OK) {
		f->err = r;
	}
	blob_free(&out);
}

static void
search(const struct sheet *s, struct search *f)
{
	const uint8_t *p = s->raw.data, *end = p + s->raw.len;

	f->row = 1;
	for (f->column = 1; p < end && f->err == ERR_OK; p++) {
		if (*p == ROW_END) {
			f->row++;
			f->column = 1;
			continue;
		}
		search_cell(f, (const char *)p);
		f->column++;
		p += strlen((const char *)p);
	}
}

static enum err
say_misfits(const struct sheet *s, json_t **misfits, struct note *note)
{
	struct search f = { .list = NULL };

	if (misfits != NULL && (f.list = json_array()) == NULL)
		return (ERR_NOMEM);
	search(s, &f);
	if (f.err != ERR_OK) {
		json_decref(f.list);
		return (f.err);
	}
	note_set(note, "%zu, the first in row %zu, column %zu, "
	    "character %zu", f.n, f.first_row, f.first_column, f.first_at);
	if (misfits != NULL)
		*misfits = f.list;
	return (ERR_MISFIT);
}

enum err
sheet_finish(struct sheet *s, struct blob *out, json_t **misfits,
    struct note *note)
{
	enum err r = s->err;

	blob_reset(out);
	if (misfits != NULL)
		*misfits = NULL;
	if (r == ERR_OK && s->charset == SHEET_CP932) {
		r = text_to_cp932(blob_str(&s->text), out, NULL);
		if (r == ERR_CHARSET)
			r = say_misfits(s, misfits, note);
	} else if (r == ERR_OK) {
		if (!s->goes_on)
			r = blob_add(out, "\xef\xbb\xbf", 3);
		if (r == ERR_OK)
			r = blob_add(out, s->text.data, s->text.len);
	}
	if (r != ERR_OK)
		blob_reset(out);
	return (r);
}
