#ifndef HOST_API_HEAD_H
#define HOST_API_HEAD_H

#include "base/buf.h"

/*
 * The head of one HTTP/1.1 request (RFC 9112): request line and fields, as
 * bytes.  Nothing is repaired: a line that does not end with CR LF, a blank
 * before the colon, a folded line, a control character or a byte above 7F is
 * the end of the connection, as two readers of the same bytes must not see
 * two requests.
 */
#define HEAD_MAX	(8u * 1024)	/* ours; browsers send about 1 KiB */
#define HEAD_LINES	64		/* ours */

/* X(code word, name in lower case): the fields somebody looks at. */
#define HEAD_LIST(X)							\
X(HOST,			"host")						\
X(ORIGIN,		"origin")					\
X(FETCH_SITE,		"sec-fetch-site")				\
X(AUTHORIZATION,	"authorization")				\
X(KEY,			"idempotency-key")				\
X(LAST_EVENT_ID,	"last-event-id")				\
X(CONTENT_LENGTH,	"content-length")				\
X(CONTENT_TYPE,		"content-type")					\
X(CONTENT_ENCODING,	"content-encoding")				\
X(TRANSFER_ENCODING,	"transfer-encoding")				\
X(EXPECT,		"expect")					\
X(CONNECTION,		"connection")					\
X(UPGRADE,		"upgrade")					\
X(IF_NONE_MATCH,	"if-none-match")				\
X(REQUEST_METHOD,	"access-control-request-method")

enum head_field {
#define HEAD_ENUM(id, name) HEAD_##id,
	HEAD_LIST(HEAD_ENUM)
#undef HEAD_ENUM
	HEAD_FIELDS
};

/* Points into the bytes it was read from. */
struct head {
	struct buf	method, target;
	struct {
		struct buf	value;	/* of the last one, trimmed */
		unsigned	count;
	}		field[HEAD_FIELDS];
};

enum head_state { HEAD_MORE, HEAD_DONE, HEAD_BAD, HEAD_LONG };

/*
 * Looks for the end of the head in all bytes so far.  *seen is how many were
 * looked at before: 0 for a new request; *len is the length when DONE.
 */
enum head_state	 head_find(struct buf in, size_t *seen, size_t *len);

/*
 * 0, or the status that refuses it (400, 431, 505) with the reason in *why
 * (static, for people).
 */
int		 head_parse(struct buf, struct head *, const char **why);

/* Whether the bytes are this text, in any case. */
int		 head_is(struct buf, const char *text);
/* The next element of a list separated by commas, trimmed; 0 at its end. */
int		 head_element(struct buf *list, struct buf *element);

#endif
