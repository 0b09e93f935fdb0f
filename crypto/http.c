#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/http.h>

#include "base/clock.h"
#include "crypto/http.h"
#include "crypto/url.h"

#define ANSWER_MAX	65536	/* ours: a usual answer has 2 KB */

struct http {
	struct url		 url;
	BIO			*bio;
	OSSL_HTTP_REQ_CTX	*req;
	int64_t			 deadline;	/* monotonic */
	struct note		*why;
};

/*
 * The library writes with write(2): a responder that hangs up early would
 * end the process.  The signal is this thread's own and is taken back.
 */
struct quiet {
	sigset_t	pipe, before;
};

static void
quiet_begin(struct quiet *q)
{
	sigemptyset(&q->pipe);
	sigaddset(&q->pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &q->pipe, &q->before);
}

static void
quiet_end(struct quiet *q)
{
	const struct timespec none = { 0, 0 };

	if (sigismember(&q->before, SIGPIPE) == 1)
		return;
	while (sigtimedwait(&q->pipe, NULL, &none) > 0)
		continue;
	pthread_sigmask(SIG_SETMASK, &q->before, NULL);
}

static enum err
locate(struct http *h, const char *url)
{
	if (url_cut(url, &h->url) == ERR_OK)
		return (ERR_OK);
	note_set(h->why, "responder's address is not "
	    "http://IP-or-localhost[:port]/path");
	return (ERR_CONF);
}

/* Until the socket is ready for what the library wants to do. */
static enum err
ready(struct http *h, int connecting)
{
	struct pollfd p = { .fd = -1 };
	int64_t left = h->deadline - clock_ms();

	if (left > 0) {
		BIO_get_fd(h->bio, &p.fd);
		p.events = connecting || BIO_should_write(h->bio) ?
		    POLLOUT : POLLIN;
		if (poll(&p, 1, (int)left) > 0 || errno == EINTR)
			return (ERR_OK);
	}
	note_set(h->why, "responder does not answer");
	return (ERR_TIMEOUT);
}

static enum err
dial(struct http *h)
{
	enum err r;

	if ((h->bio = BIO_new(BIO_s_connect())) == NULL ||
	    BIO_set_conn_hostname(h->bio, h->url.number) != 1 ||
	    BIO_set_conn_port(h->bio, h->url.port) != 1)
		return (ERR_NOMEM);
	BIO_set_nbio(h->bio, 1);
	while (BIO_do_connect(h->bio) != 1) {
		if (!BIO_should_retry(h->bio)) {
			note_set(h->why, "responder cannot be reached");
			return (ERR_SYS);
		}
		if ((r = ready(h, 1)) != ERR_OK)
			return (r);
	}
	return (ERR_OK);
}

static enum err
prepare(struct http *h, const OCSP_REQUEST *req)
{
	char host[URL_HOST + URL_PORT];

	snprintf(host, sizeof(host), "%s:%s", h->url.host, h->url.port);
	if ((h->req = OCSP_sendreq_new(h->bio, h->url.path, NULL, 0)) == NULL ||
	    OSSL_HTTP_REQ_CTX_add1_header(h->req, "Host", host) != 1 ||
	    OSSL_HTTP_REQ_CTX_set1_req(h->req, "application/ocsp-request",
	    ASN1_ITEM_rptr(OCSP_REQUEST), (const ASN1_VALUE *)req) != 1)
		return (ERR_NOMEM);
	OSSL_HTTP_REQ_CTX_set_max_response_length(h->req, ANSWER_MAX);
	return (ERR_OK);
}

static enum err
exchange(struct http *h, OCSP_RESPONSE **answer)
{
	enum err r;
	int done;

	while ((done = OCSP_sendreq_nbio(answer, h->req)) == -1) {
		if ((r = ready(h, 0)) != ERR_OK)
			return (r);
	}
	if (done == 1)
		return (ERR_OK);
	note_set(h->why, "responder's answer is no OCSP response");
	return (ERR_LIB);
}

enum err
http_ocsp(const char *url, const OCSP_REQUEST *req, int ms,
    OCSP_RESPONSE **answer, struct note *why)
{
	struct http h = { .deadline = clock_ms() + ms, .why = why };
	struct quiet quiet;
	enum err r;

	*answer = NULL;
	quiet_begin(&quiet);
	if ((r = locate(&h, url)) == ERR_OK && (r = dial(&h)) == ERR_OK &&
	    (r = prepare(&h, req)) == ERR_OK)
		r = exchange(&h, answer);
	if (r == ERR_NOMEM)
		note_set(why, "out of memory");
	OSSL_HTTP_REQ_CTX_free(h.req);
	BIO_free_all(h.bio);
	quiet_end(&quiet);
	return (r);
}
