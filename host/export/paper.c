#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "host/export/paper.h"

struct paper {
	struct blob	 title, day;
	struct blob	 text;		/* lines, each with its 0 */
	struct line	*line;
	size_t		 n, room;
	size_t		 pages;		/* 0: not cut yet */
	int		 part;		/* the next line begins one */
	enum err	 err;
};

struct line {
	size_t	at;		/* in text */
	int	part;		/* begins a part */
	size_t	page;		/* from 0 */
};

static void
keep(struct paper *p, enum err r)
{
	if (p->err == ERR_OK)
		p->err = r;
}

enum err
paper_new(const char *title, const char *day, struct paper **out)
{
	struct paper *p;

	if ((*out = p = calloc(1, sizeof(*p))) == NULL)
		return (ERR_NOMEM);
	p->part = 1;
	keep(p, blob_add_str(&p->title, title));
	keep(p, blob_add_str(&p->day, day));
	if (p->err == ERR_OK)
		return (ERR_OK);
	paper_free(out);
	return (ERR_NOMEM);
}

void
paper_free(struct paper **p)
{
	if (p == NULL || *p == NULL)
		return;
	blob_free(&(*p)->title);
	blob_free(&(*p)->day);
	blob_free(&(*p)->text);
	free((*p)->line);
	free(*p);
	*p = NULL;
}

static void
begin_line(struct paper *p)
{
	struct line *more;

	if (p->n == p->room) {
		p->room = p->room == 0 ? 64 : p->room * 2;
		more = realloc(p->line, p->room * sizeof(*more));
		if (more == NULL) {
			p->room = p->n;
			keep(p, ERR_NOMEM);
			return;
		}
		p->line = more;
	}
	p->line[p->n++] = (struct line){ p->text.len, p->part, 0 };
	p->part = 0;
	p->pages = 0;
}

static int
width(UChar32 c)
{
	if (u_charType(c) == U_NON_SPACING_MARK)
		return (0);
	switch (u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH)) {
	case U_EA_AMBIGUOUS:
	case U_EA_FULLWIDTH:
	case U_EA_WIDE:
		return (2);
	default:
		return (1);
	}
}

/* Character by character; what does not fit goes on below. */
static void
add_wrapped(struct paper *p, const uint8_t *s, int32_t len)
{
	int32_t i = 0, start;
	int column = 0, w;
	UChar32 c;

	begin_line(p);
	while (i < len && p->err == ERR_OK) {
		start = i;
		U8_NEXT_OR_FFFD(s, i, len, c);
		if (u_iscntrl(c))
			c = ' ';
		w = width(c);
		if (column + w > PAPER_WIDTH) {
			keep(p, blob_add_u8(&p->text, 0));
			begin_line(p);
			column = 0;
		}
		column += w;
		keep(p, c == ' ' ? blob_add_u8(&p->text, ' ') :
		    blob_add(&p->text, s + start, (size_t)(i - start)));
	}
	keep(p, blob_add_u8(&p->text, 0));
}

void
paper_line(struct paper *p, const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0) {
		keep(p, ERR_NOMEM);
		return;
	}
	if (p->err == ERR_OK)
		add_wrapped(p, (const uint8_t *)s, n);
	free(s);
}

void
paper_part(struct paper *p)
{
	p->part = 1;
}

/* Lines of the part that begins with line i. */
static size_t
part_len(const struct paper *p, size_t i)
{
	size_t n = 1;

	while (i + n < p->n && !p->line[i + n].part)
		n++;
	return (n);
}

static void
cut(struct paper *p)
{
	size_t page = 0, used = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (used == PAPER_LINES || (p->line[i].part && used > 0 &&
		    part_len(p, i) <= PAPER_LINES &&
		    used + part_len(p, i) > PAPER_LINES)) {
			page++;
			used = 0;
		}
		p->line[i].page = page;
		used++;
	}
	p->pages = page + 1;
}

size_t
paper_pages(struct paper *p)
{
	if (p->pages == 0)
		cut(p);
	return (p->pages);
}

static const char *
line_text(const struct paper *p, size_t i)
{
	return ((const char *)p->text.data + p->line[i].at);
}

enum err
paper_text(struct paper *p, struct blob *out)
{
	size_t i = 0, pages = paper_pages(p);
	enum err r = p->err;

	blob_reset(out);
	if (r == ERR_OK)
		r = blob_add_str(out, "\xef\xbb\xbf");
	for (size_t page = 0; r == ERR_OK && page < pages; page++) {
		r = blob_printf(out, "%s%s\r\n%s\r\nPAGE : %zu/%zu\r\n\r\n",
		    page > 0 ? "\f" : "", blob_str(&p->title),
		    blob_str(&p->day), page + 1, pages);
		for (; r == ERR_OK && i < p->n && p->line[i].page == page;
		    i++)
			r = blob_printf(out, "%s\r\n", line_text(p, i));
	}
	return (r);
}

static enum err
add_escaped(struct blob *out, const char *s)
{
	enum err r = ERR_OK;

	for (; r == ERR_OK && *s != '\0'; s++) {
		if (*s == '&')
			r = blob_add_str(out, "&amp;");
		else if (*s == '<')
			r = blob_add_str(out, "&lt;");
		else if (*s == '>')
			r = blob_add_str(out, "&gt;");
		else if (*s == '"')
			r = blob_add_str(out, "&quot;");
		else
			r = blob_add_u8(out, (uint8_t)*s);
	}
	return (r);
}

/* 46 lines and 4 of the head at 4.9 mm fill 245 of the 257 mm of a sheet. */
static const char style[] =
    "@page { size: A4 portrait; margin: 20mm }\n"
    "html { background: #fff; color: #000 }\n"
    "body { margin: 0; font: 10.5pt/4.9mm \"Noto Sans Mono CJK JP\", "
    "\"BIZ UDGothic\", \"MS Gothic\", monospace }\n"
    "section { width: 170mm; break-after: page; break-inside: avoid }\n"
    "section:last-child { break-after: auto }\n"
    "header { position: relative; height: 19.6mm }\n"
    "h1 { margin: 0; font-size: 12pt; line-height: 4.9mm }\n"
    "header p { position: absolute; right: 0; top: 4.9mm; margin: 0; "
    "text-align: right }\n"
    "main p { margin: 0; height: 4.9mm; white-space: pre }\n"
    "main p.head { font-weight: bold }\n"
    "@media screen { body { margin: 5mm auto; width: 170mm } "
    "section { min-height: 257mm; border-bottom: 1px dashed #666; "
    "margin-bottom: 5mm } }\n";

static int
is_heading(const char *s)
{
	return (strncmp(s, "■", strlen("■")) == 0 ||
	    strncmp(s, "○", strlen("○")) == 0);
}

static enum err
html_line(struct blob *out, const char *s)
{
	enum err r;

	if ((r = blob_add_str(out, is_heading(s) ? "<p class=\"head\">" :
	    "<p>")) == ERR_OK &&
	    (r = add_escaped(out, s)) == ERR_OK)
		r = blob_add_str(out, "</p>\n");
	return (r);
}

static enum err
html_page(struct paper *p, size_t page, size_t *i, struct blob *out)
{
	enum err r;

	if ((r = blob_add_str(out, "<section>\n<header><h1>")) != ERR_OK ||
	    (r = add_escaped(out, blob_str(&p->title))) != ERR_OK ||
	    (r = blob_add_str(out, "</h1>\n<p>")) != ERR_OK ||
	    (r = add_escaped(out, blob_str(&p->day))) != ERR_OK ||
	    (r = blob_printf(out, "<br>PAGE : %zu/%zu</p></header>\n"
	    "<main>\n", page + 1, p->pages)) != ERR_OK)
		return (r);
	for (; r == ERR_OK && *i < p->n && p->line[*i].page == page; (*i)++)
		r = html_line(out, line_text(p, *i));
	return (r == ERR_OK ? blob_add_str(out, "</main>\n</section>\n") : r);
}

enum err
paper_html(struct paper *p, struct blob *out)
{
	size_t i = 0, pages = paper_pages(p);
	enum err r = p->err;

	blob_reset(out);
	if (r == ERR_OK)
		r = blob_add_str(out, "<!DOCTYPE html>\n<html lang=\"ja\">\n"
		    "<head>\n<meta charset=\"utf-8\">\n<title>");
	if (r == ERR_OK)
		r = add_escaped(out, blob_str(&p->title));
	if (r == ERR_OK)
		r = blob_printf(out, "</title>\n<style>\n%s</style>\n</head>\n"
		    "<body>\n", style);
	for (size_t page = 0; r == ERR_OK && page < pages; page++)
		r = html_page(p, page, &i, out);
	return (r == ERR_OK ? blob_add_str(out, "</body>\n</html>\n") : r);
}
