#ifndef HOST_QUALIFY_RESULT_H
#define HOST_QUALIFY_RESULT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "host/qualify/field.h"

/*
 * A file of res or face, whatever it is: results of every kind of
 * oqs-files.md 2 (XML, PDF, ZIP with a like-named XML), returned requests,
 * .err texts, foreign files.  Elements may come in any order; what is known
 * reaches a typed field (field.h), what is not is kept in the remainder,
 * path and value.  The file is only read.
 */
enum result_outcome {
	RESULT_ACCEPTED,	/* SegmentOfResult 1 (or this kind's success) */
	RESULT_REFUSED,		/* an error of the terminal, or of the file */
	RESULT_WAITING,		/* half-written, or SegmentOfResult 2 */
	RESULT_NOT_OURS		/* nothing of this field */
};

struct result;

#define RESULT_MAX (4u << 20)	/* bytes of a single result; oqs-files.md 6 */

/*
 * path: for the name; bytes as read (NULL: read the file here, and of a
 * returned request the .err beside it).  Returns ERR_OK whenever an outcome
 * could be told, and *out is then owned by the caller; ERR_SYS (file cannot
 * be read), ERR_NOMEM.
 */
enum err	result_read(const char *path, const void *bytes, size_t len,
		    struct result **out, struct note *);
void		result_free(struct result **);	/* wipes; NULL fine */

enum result_outcome	result_outcome(const struct result *);
/* Why it is not accepted: ERR_OK, XML_*, LAYOUT, HALF, REFUSED, FOREIGN … */
enum err	result_err(const struct result *);
/* In words, with the terminal's own code and message if it gave one; of an
 * accepted result its remark, "" if none. */
const char	*result_reason(const struct result *, enum err_lang);
const char	*result_kind(const struct result *);	/* "OQSsiquc01res"; "" */

/*
 * A field of the header or body (record = RESULT_TOP) or of one record;
 * "" when absent.  Text is UTF-8, verbatim.
 */
#define RESULT_TOP ((size_t)-1)
const char	*result_field(const struct result *, size_t record,
		    enum field);
size_t		result_records(const struct result *);
/* Persons of a bulk result; of one without its units (pack.h) as well. */
size_t		result_units(const struct result *);
/* A field of a record's list, PLACE_DISEASE or PLACE_TICKET; rows from 0. */
const char	*result_row_field(const struct result *, size_t record,
		    enum place, size_t row, enum field);
size_t		result_rows(const struct result *, size_t record, enum place);

/*
 * {file, kind, outcome, reason{code,ja,en}, charset, header{}, body{},
 * records[], remainder[{path,value}], warnings[]} by the official element
 * names; beside codes stands texts{element: Japanese}.  A record of a bulk
 * result carries the fields of its unit; one that is too large for that has
 * units, how many there are, and no records.  A new reference for the caller,
 * NULL when out of memory.
 */
json_t		*result_json(const struct result *);

#endif
