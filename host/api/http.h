#ifndef HOST_API_HTTP_H
#define HOST_API_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * One request and its answer, without the library that carries them: what
 * server.c fills in and routes.c reads.
 */
enum http_method { HTTP_GET, HTTP_POST, HTTP_OTHER };

#define HTTP_PATH_MAX	256	/* bytes with the 0; ours: the longest is 100 */
#define HTTP_QUERY_MAX	2048	/* 100 characters of Japanese are 900 bytes */
#define HTTP_TOKEN_MAX	128
#define HTTP_KEY_MAX	65
#define HTTP_BODY_MAX	(64u * 1024)	/* as openapi.yaml says */

/* All of it is the server's and lives until the answer is sent.  body and
 * json may hold a PIN: the server wipes them. */
struct http_request {
	enum http_method	 method;
	char			 path[HTTP_PATH_MAX];	/* "/api/v1/visits" */
	char			 query[HTTP_QUERY_MAX];	/* still encoded, "" */
	char			 token[HTTP_TOKEN_MAX];	/* of Bearer; "" none */
	char			 key[HTTP_KEY_MAX];	/* Idempotency-Key; "" */
	int64_t			 last_event_id;		/* -1: none sent */
	char			 peer[64];	/* "unix", "127.0.0.1", … */
	json_t			*json;	/* the body of a POST, object; or NULL */
};

struct http_answer {
	int		 status;	/* 0: not answered yet */
	json_t		*json;		/* owned; or … */
	struct blob	 bytes;		/* … bytes with type */
	const char	*type;		/* static; NULL: by json, problem */
	int		 retry_after;	/* seconds; 0 none */
	int		 stream;	/* 1: server-sent events from stream_from */
	int64_t		 stream_from;	/* the last id the client has */
	char		 stream_for[65];/* whose token, by its digest: for feed */
};

/*
 * The value of a query parameter, decoded into out; 0 when it is not there,
 * -1 when it is there twice, does not decode, is not UTF-8 or does not fit.
 */
int		http_query(const struct http_request *, const char *name,
		    char *out, size_t room);
/* 1 if every parameter of the query is one of names (NULL-terminated). */
int		http_query_only(const struct http_request *,
		    const char *const *names);

/*
 * The HTTP side's own refusals and every err of base/err.h as a problem
 * document (RFC 9457, schema Problem): status, code, texts, next step.
 * detail may be "" and is for people: never personal.
 */
void		http_problem(struct http_answer *, int status, enum err,
		    const char *detail);
/* The status an error has by itself: 409 for the person's, 503 for reader and
 * terminal, 500 for ours, … ; one table. */
int		http_status(enum err);

void		http_request_wipe(struct http_request *);
void		http_answer_wipe(struct http_answer *);

#endif
