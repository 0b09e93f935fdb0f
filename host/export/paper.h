#ifndef HOST_EXPORT_PAPER_H
#define HOST_EXPORT_PAPER_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Text on A4 sheets: lines, wrapped and cut into pages here, so that "PAGE :
 * n/m" is true in any browser and in a text file alike.  Each page has the
 * title, the day and its number on top.
 */
#define PAPER_WIDTH	72	/* columns; a full-width character takes 2 */
#define PAPER_LINES	46	/* of a page, without its head */

struct paper;

/* day: as it is shown.  Both are copied. */
enum err	paper_new(const char *title, const char *day, struct paper **);
void		paper_free(struct paper **);	/* wipes; NULL fine */

/*
 * A line of the text that printf makes; line breaks and control characters in
 * it become blanks, what is too wide goes on in the next line.  Errors are
 * remembered.  What begins with ■ or ○ is a heading.
 */
void		paper_line(struct paper *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* Here a new page may begin: lines between two calls stay together where
 * they fit on a page. */
void		paper_part(struct paper *);

size_t		paper_pages(struct paper *);	/* 1 up */
/* UTF-8 with BOM and CRLF, a form feed between pages. */
enum err	paper_text(struct paper *, struct blob *out);
/* A whole page of HTML without anything from elsewhere. */
enum err	paper_html(struct paper *, struct blob *out);

#endif
