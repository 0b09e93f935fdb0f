#ifndef HOST_LEDGER_CSV_H
#define HOST_LEDGER_CSV_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * CSV by RFC 4180, row by row.  Lines end in CRLF, LF or CR, the last one
 * may not end at all; empty lines are skipped.
 */
#define CSV_COLS	64
#define CSV_FIELD_MAX	4096	/* bytes; as long as the keys of text.h fold */

/*
 * UTF-8 with or without BOM, else CP932; out is replaced by UTF-8 without
 * BOM.  ERR_CHARSET (note: the line), ERR_CSV for NUL and UTF-16.
 */
enum err	csv_decode(const struct blob *raw, struct blob *out,
		    struct note *);

struct csv {
	struct buf	 in;
	size_t		 line;		/* of the next byte, from 1 */
	size_t		 columns;	/* of the first row; 0 before it */
	/* The current row: */
	size_t		 row_line;	/* where it starts */
	size_t		 n;		/* fields; 0 after the last row */
	size_t		 at[CSV_COLS];
	struct blob	 text;
};

/* 1: a spreadsheet program would take this cell for a formula, or it begins
 * with the ' that keeps one from being taken for it. */
int		csv_is_formula(const char *cell);

/* Reads UTF-8 that must live as long as the reader. */
void		csv_init(struct csv *, struct buf);
/*
 * The next row.  ERR_OK and n = 0 at the end.  ERR_ROW: this row has more or
 * fewer fields than the first, or one that is too long; the next call goes
 * on behind it.  ERR_CSV: quotes that leave the rest of the file unclear,
 * or too many columns.  The note names the line.
 */
enum err	csv_next(struct csv *, struct note *);
/*
 * A field of the current row, "" past its end; valid until the next row.
 * What keeps spreadsheet programs from changing a cell is taken off: ="00123"
 * reads 00123, and '=x, or any other formula behind a ', is =x.
 */
const char	*csv_field(const struct csv *, size_t);
void		csv_wipe(struct csv *);

#endif
