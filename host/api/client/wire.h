#ifndef HOST_API_CLIENT_WIRE_H
#define HOST_API_CLIENT_WIRE_H

#include <curl/curl.h>

#include "host/api/client/body.h"
#include "host/api/shikaku.h"

/*
 * wire: one request to the agent and its answer, by libcurl.  No redirect is
 * followed, no proxy or .netrc of the environment is used, TLS is 1.3, and
 * what comes back is bounded: headers, body and time.
 */
#define WIRE_HEADERS_MAX	(64u << 10)	/* ours have under 1 KiB */
#define WIRE_JSON_MAX		(1u << 20)	/* a visit with a result of
						 * the terminal: some 10 KiB */
#define WIRE_KEY_SIZE		33		/* Idempotency-Key and 0 */

struct request {
	const char		*path;		/* below /api/v1 */
	int			 post;
	const struct body	*body;		/* POST; NULL: none */
	const char		*key;		/* POST */
	size_t			 max;		/* of the answer's body */
};

struct answer {
	long		 status;
	char		 type[64];	/* media type, lower case, or "" */
	unsigned char	*data;
	size_t		 len, room, max;
	size_t		 headers;	/* bytes of them so far */
	int		 refused;	/* more than max came, or memory */
	int		 broke;		/* the connection did, in between */
};

/*
 * The handle every transfer of this conf is made with, complete but for the
 * request; NULL without memory.  curl_easy_cleanup ends it.
 */
CURL			*wire_new(const struct shikaku_conf *,
			    const char *unix_socket);
/* Without the POST's own: token and Accept.  curl_slist_free_all. */
struct curl_slist	*wire_headers(const char *authorization,
			    const char *accept);
/* Appends; the old list is freed where that fails, and NULL is returned. */
struct curl_slist	*wire_header(struct curl_slist *, const char *);
/* Wipes each line first: one holds the token. */
void			wire_headers_free(struct curl_slist **);

/*
 * Sends it to base + path with the headers, and takes the whole answer
 * within ms.  The answer's status may be any; its body is freed by the
 * caller with answer_free, also after a failure.
 */
enum shikaku_err	wire_send(CURL *, const char *base,
			    const struct request *, int ms, struct answer *,
			    struct shikaku_problem *);
/* What libcurl's verdict means; said is its own text, "" if none. */
enum shikaku_err	wire_verdict(CURLcode, const char *said,
			    struct shikaku_problem *);

/* libcurl's callbacks, userdata a struct answer. */
size_t			answer_header(char *, size_t, size_t, void *);
size_t			answer_body(char *, size_t, size_t, void *);
/* Status and media type of what was transferred. */
void			answer_head(struct answer *, CURL *);
void			answer_free(struct answer *);

#endif
