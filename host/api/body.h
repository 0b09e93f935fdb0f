#ifndef HOST_API_BODY_H
#define HOST_API_BODY_H

#include <jansson.h>

#include "base/err.h"

/*
 * The body of a POST, held to its rows: members that are not named, missing
 * ones, other types, texts that are too short, too long or of other
 * characters are refused by name, never by value.
 */
enum body_type {
	BODY_TEXT, BODY_INT, BODY_BOOL,
	BODY_DATE,	/* YYYY-MM-DD of the calendar */
	BODY_MONTH,	/* YYYY-MM */
	BODY_ID,	/* of a row of the store: a UUID in small letters */
	/* Lists of min to max: ids, chart numbers, words. */
	BODY_IDS, BODY_CHARTS, BODY_WORDS
};

struct body_rule {
	const char		*name;
	enum body_type		 type;
	int			 required;
	int			 min, max;	/* characters, or the number; of
						   a list how many */
	const char		*set;		/* characters; NULL: any but
						   control characters */
	const char *const	*words;		/* or one of these; NULL ended */
};

#define BODY_DIGITS "0123456789"
#define BODY_LOWER "abcdefghijklmnopqrstuvwxyz"
#define BODY_ALNUM BODY_DIGITS BODY_LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define BODY_NAME BODY_LOWER BODY_DIGITS "-"	/* of a client */
#define BODY_BASE64 BODY_ALNUM "+/"
#define BODY_PRINT	/* ! to ~, as chart numbers and engines */	\
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"	\
    "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"

/* body NULL (none was sent) is fine where nothing is required.
 * ERR_BAD_REQUEST and the member in the note. */
enum err	body_check(const json_t *body, const struct body_rule *, size_t n,
		    struct note *);

/* One text by its rule, of a list by that of its items: 1 if it fits. */
int		 body_fits_text(const char *, size_t len,
		    const struct body_rule *);

/* Characters of a UTF-8 text, as openapi.yaml counts them. */
size_t		 body_length(const char *);

/* After body_check; "" and 0 where it is not there. */
const char	*body_text(const json_t *, const char *name);
int		 body_int(const json_t *, const char *name);
int		 body_is(const json_t *, const char *name);
/* A date as YYYYMMDD, a month as YYYYMM; "" where it is not there. */
void		 body_digits(const char *text, char out[9]);
/* The texts of a list, borrowed, *n of them; NULL where it is not there or
 * memory is short (*n is then not 0).  The caller frees the array. */
const char	**body_list(const json_t *, const char *name, size_t *n);

#endif
