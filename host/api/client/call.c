#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "host/api/client/call.h"
#include "host/api/client/judge.h"
#include "host/api/client/problem.h"
#include "host/api/client/stamp.h"

#define SENDS	2	/* once, and once more */

/* 128 random bits: nobody else's, also after a restart. */
static int
make_key(char out[WIRE_KEY_SIZE])
{
	unsigned char bytes[(WIRE_KEY_SIZE - 1) / 2];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return (-1);
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return (0);
}

static struct curl_slist *
post_headers(struct curl_slist *list, const struct request *rq)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "Idempotency-Key: %s", rq->key);
	if (list == NULL || (list = wire_header(list, line)) == NULL)
		return (NULL);
	/* Without a body there is no type of one either. */
	return (wire_header(list, rq->body != NULL ?
	    "Content-Type: application/json" : "Content-Type:"));
}

static struct curl_slist *
headers(const struct shikaku *h, const struct request *rq, const char *type)
{
	struct curl_slist *list;
	char line[96];

	(void)snprintf(line, sizeof(line),
	    "Accept: %s, application/problem+json", type);
	list = wire_headers(h->authorization, line);
	return (rq->post ? post_headers(list, rq) : list);
}

static enum shikaku_err
send_until(struct shikaku *h, const struct request *rq, struct answer *a)
{
	int64_t end = stamp_ticks() + h->timeout_ms, left = h->timeout_ms;
	enum shikaku_err r = SHIKAKU_OK;

	for (int i = 0; i < SENDS && left > 0; i++) {
		answer_free(a);
		r = wire_send(h->easy, h->address.base, rq, (int)left, a,
		    &h->problem);
		if (r == SHIKAKU_OK || !a->broke)
			break;
		left = end - stamp_ticks();
	}
	return (r);
}

enum shikaku_err
call_send(struct shikaku *h, struct request *rq, const char *type,
    struct answer *a)
{
	struct curl_slist *list = NULL;
	char key[WIRE_KEY_SIZE] = "";
	enum shikaku_err r;

	memset(a, 0, sizeof(*a));
	rq->key = key;
	if ((rq->post && make_key(key) != 0) ||
	    (list = headers(h, rq, type)) == NULL ||
	    curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, list) != CURLE_OK) {
		r = problem_set(&h->problem, SHIKAKU_SYSTEM, "request");
		goto out;
	}
	if ((r = send_until(h, rq, a)) == SHIKAKU_OK) {
		problem_clear(&h->problem);
		r = judge_answer(a, type, &h->problem);
	}
	(void)curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, NULL);
out:
	wire_headers_free(&list);
	rq->key = NULL;
	return (r);
}
