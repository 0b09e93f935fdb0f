#ifndef HOST_QUALIFY_KIND_H
#define HOST_QUALIFY_KIND_H

#include <stddef.h>

#include "base/err.h"
#include "host/qualify/request.h"

/*
 * The message kinds, one row each: interface numbers, stem, reader, writer
 * (oqs-files.md 2).  The kind of a file is told by its name alone.
 *
 * A row is unconfirmed when its stem or its body is only inferred: it is
 * never asked with unless the configuration turns it on by its stem, or by
 * its number where no stem is known: then the configuration says the stem.
 */
enum kind_reader {
	KIND_SINGLE,	/* one person, ResultList */
	KIND_REGISTER,	/* registration of a reference number */
	KIND_RECEPTION,	/* 01res of the bulk kinds: a reception number */
	KIND_UNITS,	/* 02res of the bulk kinds: a list of persons */
	KIND_CARE,	/* TKK and YZK: nested by their official names */
	KIND_OTHER	/* layout not public: kept, not understood */
};

enum kind_ext { KIND_XML, KIND_PDF, KIND_ZIP, KIND_ERR, KIND_EXTS };

struct kind {
	int				 number;	/* IF of the request;
							 * 0 none known */
	const char			*stem;		/* "OQSsiquc01"; "" */
	enum kind_reader		 reader;
	unsigned			 exts;		/* 1 << KIND_PDF ... */
	const struct request_layout	*request;	/* NULL: not written */
	int				 unconfirmed;
	const char			*ja;		/* official name */
};

#define KIND_NAME_MAX	127	/* our limit: none is known (1.1) */
#define KIND_STEM_MAX	15

struct kind_name {
	const struct kind	*kind;
	char			 stem[KIND_STEM_MAX + 1];
	int			 request;	/* …req_…: came back refused */
	int			 face;		/* pushed by a card reader */
	enum kind_ext		 ext;
	char			 text[24];	/* "OQSsiquc01res_face" */
};

/*
 * 1 if the file name, without folder, is one of this field; any case.  A
 * name of the OQS family that no row has is read by the form of its stem
 * (mu…01, mu…02, the others), and its kind then has the stem "".
 */
int	kind_parse(const char *file, struct kind_name *);

/* Rows from 0, NULL behind the last. */
const struct kind	*kind_at(size_t);
/* By "OQSsiquc01", or "OQS-IF-029" where no stem is known; NULL if none. */
const struct kind	*kind_find(const char *);

/*
 * May this one be asked with, and under which stem?  on: [terminal]
 * unconfirmed, "OQSsihvq01 OQS-IF-049=OQSsivpc01", NULL as "".  ERR_KIND_OFF
 * for an unconfirmed row that is not on it, or whose layout nobody knows;
 * the note says which, and what to do.
 */
enum err	kind_stem(const struct kind *, const char *on,
		    char stem[KIND_STEM_MAX + 1], struct note *);
/* Is it such a list?  ERR_CONF and the word that is none. */
enum err	kind_check(const char *on, struct note *);

#endif
