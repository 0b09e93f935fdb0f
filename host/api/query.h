#ifndef HOST_API_QUERY_H
#define HOST_API_QUERY_H

#include "host/api/call.h"

/*
 * The query of a GET, held to rows like those of a body (body.h): BODY_TEXT,
 * BODY_INT, BODY_DATE, BODY_MONTH and BODY_ID; what is not named is refused.
 */
#define QUERY_TEXT	404	/* bytes: 100 characters and the 0 */

struct query {
	int	has;
	int	number;			/* BODY_INT; 0 where it is not there */
	char	text[QUERY_TEXT];	/* as it came; "" */
	char	day[9];			/* BODY_DATE, BODY_MONTH: its digits */
};

/* out[i] is that of rules[i]; ERR_BAD_REQUEST and the name in the note. */
enum err	query_take(struct call *, const struct body_rule *rules,
		    size_t n, struct query *out);

/* Text, or NULL where it is not there. */
const char	*query_or_null(const struct query *);
/* The first millisecond of a day in Japan, 0 where it is not there; plus:
 * days later. */
int64_t		 query_day_ms(const struct query *, int plus);

/* Rows of a page, as every list has them: limit (100) and offset. */
#define QUERY_LIMIT	{ "limit", BODY_INT, 0, 1, 500, NULL, NULL }
#define QUERY_OFFSET	{ "offset", BODY_INT, 0, 0, 1000000, NULL, NULL }
size_t		 query_limit(const struct query *);

/* {total, offset, name: rows}; rows moves. */
enum err	call_page(struct call *, const char *name, json_t *rows,
		    int64_t total, const struct query *offset);

#endif
