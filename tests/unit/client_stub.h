#ifndef TESTS_UNIT_CLIENT_STUB_H
#define TESTS_UNIT_CLIENT_STUB_H

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "host/api/shikaku.h"

/*
 * An agent on a unix socket that answers what the test wrote down, request
 * by request, and keeps what it was asked.  It judges nothing: it is the
 * tests that do.  A thread per connection; stub_stop ends them all.
 */
#define STUB_TOKEN	"c3R1Yi10b2tlbi1vZi10aGUtdGVzdHM"
#define STUB_ID		"0b8f1c52-6a3e-4d7c-9f21-5e0d4c3b2a19"
#define STUB_NONCE	"000102030405060708090a0b0c0d0e0f" \
			"101112131415161718191a1b1c1d1e1f"
#define STUB_MAX	64	/* requests and connections of one test */
#define STUB_OK		"HTTP/1.1 200 OK\r\n"
#define STUB_JSON	"Content-Type: application/json\r\n"

enum stub_end {
	STUB_CLOSE,	/* after the bytes */
	STUB_KEEP,	/* the connection is for the next request */
	STUB_HANG,	/* nothing more comes */
	STUB_DRIP	/* the last byte again and again, slowly */
};

struct stub_reply {
	const char	*bytes;
	size_t		 len;	/* 0: as a string */
	enum stub_end	 end;
};

struct stub_request {
	char	method[8], path[160];
	char	head[4096];	/* all of it, with the request's line */
	char	body[4096];
};

struct stub;
struct stub_call {
	struct stub	*stub;
	int		 fd;
};

struct stub {
	char			 dir[32], path[64], token_file[64];
	int			 listener, quit[2];
	/* Answers in order; or, where it is set, a function that does. */
	const struct stub_reply	*replies;
	size_t			 n_replies;
	void			(*handle)(struct stub *, int fd,
				    const struct stub_request *);
	void			*ctx;
	pthread_mutex_t		 lock;
	pthread_t		 acceptor, threads[STUB_MAX];
	struct stub_call	 calls[STUB_MAX];
	size_t			 n_threads, n_requests;
	struct stub_request	 requests[STUB_MAX];
};

/* Waits for bytes or the end of the test; 0 at the end, or after ms. */
static inline int
stub_ready(struct stub *s, int fd, int ms)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
	    { .fd = s->quit[0], .events = POLLIN } };

	return (poll(p, 2, ms) > 0 && p[1].revents == 0);
}

static inline int
stub_send(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n)
		if ((n = send(fd, bytes, len, MSG_NOSIGNAL)) <= 0)
			return (-1);
	return (0);
}

/* The header's value into out, "" where there is none, twice counts. */
static inline size_t
stub_header(const struct stub_request *rq, const char *name, char *out,
    size_t size)
{
	size_t n = strlen(name), found = 0, len;
	const char *p = rq->head;

	out[0] = '\0';
	while ((p = strstr(p, "\r\n")) != NULL) {
		p += 2;
		if (strncasecmp(p, name, n) != 0 || p[n] != ':')
			continue;
		found++;
		p += n + 1 + strspn(p + n + 1, " ");
		len = strcspn(p, "\r");
		(void)snprintf(out, size, "%.*s", (int)len, p);
	}
	return (found);
}

/* Up to the empty line and what Content-Length announces: 0, or -1. */
static inline int
stub_receive(struct stub *s, int fd, struct stub_request *rq)
{
	size_t len = 0, want;
	char value[32];

	memset(rq, 0, sizeof(*rq));
	while (strstr(rq->head, "\r\n\r\n") == NULL) {
		if (len == sizeof(rq->head) - 1 || !stub_ready(s, fd, -1) ||
		    recv(fd, rq->head + len, 1, 0) != 1)
			return (-1);
		len++;
	}
	if (sscanf(rq->head, "%7s %159s", rq->method, rq->path) != 2)
		return (-1);
	(void)stub_header(rq, "Content-Length", value, sizeof(value));
	want = strtoul(value, NULL, 10);
	for (len = 0; len < want && len < sizeof(rq->body) - 1; len++)
		if (!stub_ready(s, fd, -1) ||
		    recv(fd, rq->body + len, 1, 0) != 1)
			return (-1);
	return (0);
}

static inline int
stub_reply(struct stub *s, int fd, const struct stub_reply *reply)
{
	size_t len = reply->len > 0 ? reply->len : strlen(reply->bytes);

	if (stub_send(fd, reply->bytes, len) != 0)
		return (-1);
	if (reply->end == STUB_HANG)
		while (stub_ready(s, fd, -1) && recv(fd, &(char){ 0 }, 1, 0) >
		    0)
			continue;
	while (reply->end == STUB_DRIP && !stub_ready(s, fd, 10)) {
		struct pollfd p = { .fd = s->quit[0], .events = POLLIN };

		if (poll(&p, 1, 0) > 0 ||
		    stub_send(fd, reply->bytes + len - 1, 1) != 0)
			break;
	}
	return (reply->end == STUB_KEEP ? 0 : -1);
}

/* Keeps the request; its number. */
static inline size_t
stub_keep(struct stub *s, const struct stub_request *rq)
{
	size_t n;

	(void)pthread_mutex_lock(&s->lock);
	n = s->n_requests;
	if (n < STUB_MAX)
		s->requests[s->n_requests++] = *rq;
	(void)pthread_mutex_unlock(&s->lock);
	return (n);
}

static inline void *
stub_connection(void *arg)
{
	struct stub_call *call = arg;
	struct stub *s = call->stub;
	struct stub_request rq;
	size_t n;

	while (stub_receive(s, call->fd, &rq) == 0) {
		n = stub_keep(s, &rq);
		if (s->handle != NULL)
			s->handle(s, call->fd, &rq);
		else if (n >= s->n_replies ||
		    stub_reply(s, call->fd, &s->replies[n]) != 0)
			break;
	}
	(void)shutdown(call->fd, SHUT_RDWR);
	(void)close(call->fd);
	return (NULL);
}

static inline void *
stub_accept(void *arg)
{
	struct stub *s = arg;
	struct stub_call *call;
	int fd;

	while (s->n_threads < STUB_MAX && stub_ready(s, s->listener, -1)) {
		if ((fd = accept(s->listener, NULL, NULL)) < 0)
			break;
		call = &s->calls[s->n_threads];
		call->stub = s;
		call->fd = fd;
		if (pthread_create(&s->threads[s->n_threads], NULL,
		    stub_connection, call) != 0)
			abort();
		s->n_threads++;
	}
	return (NULL);
}

static inline void
stub_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fchmod(fileno(f), mode) != 0 ||
	    fclose(f) != 0)
		abort();
}

/* handle, ctx and replies are set by the caller, everything else here. */
static inline void
stub_start(struct stub *s)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	strcpy(s->dir, "/tmp/client_stub.XXXXXX");
	if (mkdtemp(s->dir) == NULL || pipe(s->quit) != 0 ||
	    pthread_mutex_init(&s->lock, NULL) != 0)
		abort();
	(void)snprintf(s->path, sizeof(s->path), "%s/socket", s->dir);
	(void)snprintf(s->token_file, sizeof(s->token_file), "%s/token",
	    s->dir);
	stub_file(s->token_file, STUB_TOKEN "\n", 0600);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", s->path);
	s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s->listener < 0 || bind(s->listener,
	    (const struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(s->listener, STUB_MAX) != 0 ||
	    pthread_create(&s->acceptor, NULL, stub_accept, s) != 0)
		abort();
}

static inline void
stub_stop(struct stub *s)
{
	(void)close(s->quit[1]);	/* readable for all of them, for good */
	(void)pthread_join(s->acceptor, NULL);
	for (size_t i = 0; i < s->n_threads; i++)
		(void)pthread_join(s->threads[i], NULL);
	(void)close(s->quit[0]);
	(void)close(s->listener);
	(void)unlink(s->path);
	(void)unlink(s->token_file);
	(void)rmdir(s->dir);
	(void)pthread_mutex_destroy(&s->lock);
}

/* A visit of the API, all members there; state, wants and id as given. */
static inline void
stub_visit(char *out, size_t size, const char *id, const char *state,
    const char *wants)
{
	(void)snprintf(out, size, "{\"id\":\"%s\",\"mode\":\"face\","
	    "\"method\":\"face\",\"purpose\":null,\"client\":\"kiosk-1\","
	    "\"state\":\"%s\",\"label\":{\"ja\":\"\xe5\x8f\x97\xe4\xbb\x98\","
	    "\"en\":\"label\"},\"wants\":%s%s%s,"
	    "\"deadline\":\"2026-11-20T09:01:00.250+09:00\",\"slow\":false,"
	    "\"tries_left\":3,\"nonce\":\"" STUB_NONCE "\",\"consent\":{"
	    "\"limit\":false,\"disease\":false,\"checkup\":false,"
	    "\"drug\":false,\"diagnosis\":false,\"operation\":false,"
	    "\"prescription\":null,\"confirmed_at\":null},\"identity\":null,"
	    "\"patient\":null,\"outcome\":\"1\",\"error\":null,\"status\":{"
	    "\"word\":\"running\",\"label\":{\"ja\":\"a\",\"en\":\"b\"},"
	    "\"advice\":{\"ja\":\"\",\"en\":\"\"},\"code\":null,"
	    "\"confirmed_on\":null},\"result\":null,\"reason\":null,"
	    "\"staff\":null,\"started_at\":\"2026-11-20T09:00:00+09:00\","
	    "\"updated_at\":\"2026-11-20T09:00:00+09:00\"}", id, state,
	    wants == NULL ? "null" : "\"", wants == NULL ? "" : wants,
	    wants == NULL ? "" : "\"");
}

/* Headers for the body, and the body. */
static inline void
stub_answer(char *out, size_t size, const char *status, const char *type,
    const char *body)
{
	(void)snprintf(out, size, "HTTP/1.1 %s\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s", status, type, strlen(body),
	    body);
}

#endif
