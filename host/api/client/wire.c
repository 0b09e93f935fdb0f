#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "host/api/client/problem.h"
#include "host/api/client/wire.h"

/* Everything else is SHIKAKU_BROKEN: no code of libcurl means success. */
static const struct {
	CURLcode		code;
	enum shikaku_err	err;
} verdicts[] = {
	{ CURLE_OK,			SHIKAKU_OK },
	{ CURLE_COULDNT_RESOLVE_HOST,	SHIKAKU_UNREACHABLE },
	{ CURLE_COULDNT_CONNECT,	SHIKAKU_UNREACHABLE },
	{ CURLE_GOT_NOTHING,		SHIKAKU_UNREACHABLE },
	{ CURLE_SEND_ERROR,		SHIKAKU_UNREACHABLE },
	{ CURLE_RECV_ERROR,		SHIKAKU_UNREACHABLE },
	{ CURLE_PARTIAL_FILE,		SHIKAKU_UNREACHABLE },
	{ CURLE_OPERATION_TIMEDOUT,	SHIKAKU_TIMEOUT },
	{ CURLE_SSL_CONNECT_ERROR,	SHIKAKU_TLS },
	{ CURLE_PEER_FAILED_VERIFICATION, SHIKAKU_TLS },
	{ CURLE_SSL_CERTPROBLEM,	SHIKAKU_TLS },
	{ CURLE_SSL_CACERT_BADFILE,	SHIKAKU_TLS },
	{ CURLE_SSL_CIPHER,		SHIKAKU_TLS },
	{ CURLE_SSL_ISSUER_ERROR,	SHIKAKU_TLS },
	{ CURLE_SSL_CLIENTCERT,		SHIKAKU_TLS },
	{ CURLE_OUT_OF_MEMORY,		SHIKAKU_SYSTEM },
};

/* The connection was there, and ended before the answer did. */
static int
is_break(CURLcode code)
{
	return (code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR ||
	    code == CURLE_RECV_ERROR || code == CURLE_PARTIAL_FILE);
}

enum shikaku_err
wire_verdict(CURLcode code, const char *said, struct shikaku_problem *why)
{
	enum shikaku_err r = SHIKAKU_BROKEN;

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (verdicts[i].code == code)
			r = verdicts[i].err;
	if (r != SHIKAKU_OK)
		problem_set(why, r, "%s", said[0] != '\0' ? said :
		    curl_easy_strerror(code));
	return (r);
}

static int
set_tls(CURL *c, const struct shikaku_conf *conf)
{
	/* A folder of the system's would add to whom ca_file trusts. */
	return (curl_easy_setopt(c, CURLOPT_CAINFO, conf->ca_file) ==
	    CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_3) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSLCERT, conf->cert_file) ==
	    CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_SSLKEY, conf->key_file) ==
	    CURLE_OK &&
	    /* An encrypted key fails instead of asking at a terminal. */
	    curl_easy_setopt(c, CURLOPT_KEYPASSWD, "") == CURLE_OK);
}

CURL *
wire_new(const struct shikaku_conf *conf, const char *unix_socket)
{
	CURL *c = curl_easy_init();

	if (c == NULL)
		return (NULL);
	if (curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") ==
	    CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    /* "" keeps http_proxy of the environment out. */
	    curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, unix_socket) ==
	    CURLE_OK && set_tls(c, conf))
		return (c);
	curl_easy_cleanup(c);
	return (NULL);
}

struct curl_slist *
wire_header(struct curl_slist *list, const char *line)
{
	struct curl_slist *grown = curl_slist_append(list, line);

	if (grown == NULL)
		wire_headers_free(&list);
	return (grown);
}

struct curl_slist *
wire_headers(const char *authorization, const char *accept)
{
	struct curl_slist *list = NULL;

	if ((list = wire_header(list, authorization)) == NULL ||
	    (list = wire_header(list, accept)) == NULL)
		return (NULL);
	/* No round trip to ask whether a body may come. */
	return (wire_header(list, "Expect:"));
}

void
wire_headers_free(struct curl_slist **list)
{
	for (struct curl_slist *p = *list; p != NULL; p = p->next)
		OPENSSL_cleanse(p->data, strlen(p->data));
	curl_slist_free_all(*list);
	*list = NULL;
}

/* Never realloc: the old place would keep a copy. */
static int
make_room(struct answer *a, size_t more)
{
	size_t room = a->room > 0 ? a->room : 4096;
	unsigned char *grown;

	if (more > a->max || a->len > a->max - more)
		return (-1);
	while (room < a->len + more)
		room *= 2;
	if (room == a->room)
		return (0);
	if ((grown = calloc(1, room)) == NULL)
		return (-1);
	if (a->len > 0)
		memcpy(grown, a->data, a->len);
	OPENSSL_cleanse(a->data, a->room);
	free(a->data);
	a->data = grown;
	a->room = room;
	return (0);
}

size_t
answer_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct answer *a = ctx;
	size_t n = size * count;

	if (make_room(a, n) != 0) {
		a->refused = 1;
		return (n + 1);	/* not n: ends the transfer */
	}
	memcpy(a->data + a->len, bytes, n);
	a->len += n;
	return (n);
}

/* Trailers and interim answers come here too, and are counted. */
size_t
answer_header(char *bytes, size_t size, size_t count, void *ctx)
{
	struct answer *a = ctx;
	size_t n = size * count;

	(void)bytes;
	if (n > WIRE_HEADERS_MAX || a->headers > WIRE_HEADERS_MAX - n) {
		a->refused = 1;
		return (n + 1);
	}
	a->headers += n;
	return (n);
}

void
answer_head(struct answer *a, CURL *c)
{
	char *type = NULL;
	size_t n;

	a->type[0] = '\0';
	a->status = 0;
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &a->status);
	if (curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK ||
	    type == NULL)
		return;
	n = strcspn(type, "; \t");
	if (n >= sizeof(a->type))
		return;
	for (size_t i = 0; i < n; i++)
		a->type[i] = (char)tolower((unsigned char)type[i]);
	a->type[n] = '\0';
}

void
answer_free(struct answer *a)
{
	OPENSSL_cleanse(a->data, a->room);
	free(a->data);
	a->data = NULL;
	a->len = a->room = 0;
}

static int
set_post(CURL *c, const struct body *body)
{
	/* Not copied by libcurl: its copy could not be wiped. */
	return (curl_easy_setopt(c, CURLOPT_POSTFIELDS,
	    body == NULL ? "" : body->data) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE,
	    body == NULL ? 0L : (long)body->len) == CURLE_OK);
}

static int
set_request(CURL *c, const char *base, const struct request *rq)
{
	char url[512];
	size_t n = strlen(base), more = strlen(rq->path);

	if (n + more >= sizeof(url))
		return (0);
	memcpy(url, base, n);
	memcpy(url + n, rq->path, more + 1);
	if (curl_easy_setopt(c, CURLOPT_URL, url) != CURLE_OK)
		return (0);
	if (!rq->post)
		return (curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK);
	return (set_post(c, rq->body));
}

static int
set_answer(CURL *c, struct answer *a, char *said, int ms)
{
	return (curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, answer_body) ==
	    CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_WRITEDATA, a) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, answer_header) ==
	    CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_HEADERDATA, a) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, said) == CURLE_OK &&
	    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)ms) == CURLE_OK);
}

/* Nothing of the caller's scope stays in the handle. */
static void
unset(CURL *c)
{
	(void)set_post(c, NULL);
	(void)curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	(void)curl_easy_setopt(c, CURLOPT_WRITEDATA, NULL);
	(void)curl_easy_setopt(c, CURLOPT_HEADERDATA, NULL);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, NULL);
}

enum shikaku_err
wire_send(CURL *c, const char *base, const struct request *rq, int ms,
    struct answer *a, struct shikaku_problem *why)
{
	char said[CURL_ERROR_SIZE] = "";
	enum shikaku_err r;
	CURLcode code;

	memset(a, 0, sizeof(*a));
	a->max = rq->max;
	if (!set_request(c, base, rq) || !set_answer(c, a, said, ms)) {
		r = problem_set(why, SHIKAKU_SYSTEM, "libcurl");
		goto out;
	}
	code = curl_easy_perform(c);
	a->broke = is_break(code);
	answer_head(a, c);
	r = a->refused ? problem_set(why, SHIKAKU_BROKEN,
	    "the answer is too large") : wire_verdict(code, said, why);
out:
	unset(c);
	return (r);
}
