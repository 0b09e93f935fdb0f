#ifndef HOST_QUALIFY_KIND_H
#define HOST_QUALIFY_KIND_H

#include <stddef.h>

#include "host/qualify/request.h"

/*
 * The message kinds, one row each: stem, needs, writer, reader
 * (oqs-files.md 2).  The kind of a file is told by its name alone.
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
	const char			*stem;		/* "OQSsiquc01" */
	enum kind_reader		 reader;
	unsigned			 exts;		/* 1 << KIND_PDF ... */
	const struct request_layout	*request;	/* NULL: not written */
};

struct kind_name {
	const struct kind	*kind;
	int			 request;	/* …req_…: came back refused */
	int			 face;		/* pushed by a card reader */
	enum kind_ext		 ext;
	char			 text[24];	/* "OQSsiquc01res_face" */
};

#define KIND_NAME_MAX	127	/* our limit: none is known (1.1) */

/* 1 if the file name, without folder, is one of this field; any case. */
int	kind_parse(const char *file, struct kind_name *);

/* The row that writes this request; NULL if there is none. */
const struct kind	*kind_of_request(const struct request_layout *);

#endif
