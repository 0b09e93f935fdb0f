#ifndef HOST_EXPORT_SHEET_H
#define HOST_EXPORT_SHEET_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * A table as CSV (RFC 4180, features.md E08): UTF-8 with BOM, or CP932 when
 * asked for; CRLF; a field is quoted where it must be.  Written for
 * spreadsheet programs, which would otherwise change what they read:
 *
 *	="00123"	digits with a leading zero or from 12 digits on, and
 *			what would be taken for a date or a power (1-2, 1e5)
 *	'=1+1		what would be taken for a formula (= + - @ tab CR LF,
 *			full width as well), and what begins with '
 *
 * csv_next of the ledger takes both off again.  Plain leaves them out, for
 * programs.  Nothing is written before the whole table is known to fit.
 */
enum sheet_charset { SHEET_UTF8, SHEET_CP932 };

struct sheet;

/* "utf-8" or "shift_jis", NULL for the first: 1, else 0. */
int		sheet_charset_named(const char *, enum sheet_charset *);

enum err	sheet_new(enum sheet_charset, int plain, struct sheet **);
void		sheet_free(struct sheet **);	/* wipes; NULL fine */
/* It is a piece that goes on behind another one: no BOM. */
void		sheet_go_on(struct sheet *);

/*
 * A cell of the current row; UTF-8, NULL is empty.  What fails is remembered
 * and told by sheet_finish.  sheet_row ends the row.
 */
void		sheet_cell(struct sheet *, const char *);
void		sheet_row(struct sheet *);
size_t		sheet_rows(const struct sheet *);	/* ended ones */

#define SHEET_MISFITS	1000	/* the list ends there */

/*
 * The file's bytes.  ERR_MISFIT: CP932 has no such character; out is empty
 * and *misfits (NULL ok; else a new reference) lists each as {row, column,
 * at, character}, counted from 1, the heading being row 1.  The note says
 * how many and where the first one is, never which.  ERR_TOOBIG, ERR_NOMEM.
 */
enum err	sheet_finish(struct sheet *, struct blob *out,
		    json_t **misfits, struct note *);

#endif
