#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <openssl/crypto.h>

#include "host/api/client/evidence.h"
#include "host/api/client/file.h"
#include "host/api/client/handle.h"
#include "host/api/client/problem.h"
#include "host/api/client/wire.h"

#define TIMEOUT_MS	10000
#define TIMEOUT_MIN	100
#define TIMEOUT_MAX	120000
#define TOKEN_MAX	512	/* the agent's have 43 */
#define SCHEME		"Authorization: Bearer "

static enum shikaku_err
check_socket(const char *path, struct shikaku_problem *why)
{
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return (problem_set(why, SHIKAKU_SETUP,
		    "socket: the path is empty or too long"));
	return (SHIKAKU_OK);
}

/* Libcurl reads the files when it connects; here they are missed at once. */
static enum shikaku_err
check_tls(const struct shikaku_conf *conf, int tls,
    struct shikaku_problem *why)
{
	if (!tls && (conf->ca_file != NULL || conf->cert_file != NULL ||
	    conf->key_file != NULL))
		return (problem_set(why, SHIKAKU_ARGUMENT,
		    "certificates are for https"));
	if ((conf->cert_file == NULL) != (conf->key_file == NULL))
		return (problem_set(why, SHIKAKU_ARGUMENT,
		    "a certificate without its key, or a key alone"));
	if (tls && conf->ca_file == NULL)
		return (problem_set(why, SHIKAKU_ARGUMENT,
		    "https needs ca_file"));
	if (conf->key_file != NULL)
		return (file_check(conf->key_file, why));
	return (SHIKAKU_OK);
}

static enum shikaku_err
set_address(struct shikaku *h, const struct shikaku_conf *conf,
    struct shikaku_problem *why)
{
	enum shikaku_err r;

	if ((conf->socket == NULL) == (conf->url == NULL))
		return (problem_set(why, SHIKAKU_ARGUMENT,
		    "either socket or url"));
	if (conf->socket != NULL) {
		address_local(&h->address);
		r = check_socket(conf->socket, why);
	} else
		r = address_parse(conf->url, &h->address, why);
	if (r != SHIKAKU_OK)
		return (r);
	return (check_tls(conf, h->address.tls, why));
}

/* RFC 6750, 2.1: b64token.  Anything else could end the header's line. */
static int
is_token(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~+/");
	size_t pad = strspn(s + n, "=");

	return (n > 0 && s[n + pad] == '\0' && n + pad <= TOKEN_MAX);
}

static enum shikaku_err
keep_token(struct shikaku *h, const char *token, struct shikaku_problem *why)
{
	size_t size = sizeof(SCHEME) + strnlen(token, TOKEN_MAX + 1);

	if (!is_token(token))
		return (problem_set(why, SHIKAKU_SETUP,
		    "the token is not one"));
	if ((h->authorization = calloc(1, size)) == NULL)
		return (problem_set(why, SHIKAKU_SYSTEM, "memory"));
	(void)snprintf(h->authorization, size, SCHEME "%s", token);
	return (SHIKAKU_OK);
}

static enum shikaku_err
set_token(struct shikaku *h, const struct shikaku_conf *conf,
    struct shikaku_problem *why)
{
	char text[TOKEN_MAX + 3];	/* a line feed, 0, and one too many */
	enum shikaku_err r;

	if ((conf->token == NULL) == (conf->token_file == NULL))
		return (problem_set(why, SHIKAKU_ARGUMENT,
		    "either token or token_file"));
	if (conf->token != NULL)
		return (keep_token(h, conf->token, why));
	r = file_read(conf->token_file, text, sizeof(text), why);
	if (r == SHIKAKU_OK) {
		text[strcspn(text, "\r\n")] = '\0';
		r = keep_token(h, text, why);
	}
	OPENSSL_cleanse(text, sizeof(text));
	return (r);
}

static enum shikaku_err
set_timeout(struct shikaku *h, int ms, struct shikaku_problem *why)
{
	h->timeout_ms = ms == 0 ? TIMEOUT_MS : ms;
	if (h->timeout_ms < TIMEOUT_MIN || h->timeout_ms > TIMEOUT_MAX)
		return (problem_set(why, SHIKAKU_ARGUMENT,
		    "timeout_ms: %d to %d", TIMEOUT_MIN, TIMEOUT_MAX));
	return (SHIKAKU_OK);
}

static enum shikaku_err
set_all(struct shikaku *h, const struct shikaku_conf *conf,
    struct shikaku_problem *why)
{
	enum shikaku_err r;

	if ((r = set_timeout(h, conf->timeout_ms, why)) != SHIKAKU_OK ||
	    (r = set_address(h, conf, why)) != SHIKAKU_OK ||
	    (r = set_token(h, conf, why)) != SHIKAKU_OK)
		return (r);
	if (conf->evidence_key_file != NULL &&
	    (r = evidence_key(conf->evidence_key_file, &h->evidence,
	    why)) != SHIKAKU_OK)
		return (r);
	if ((h->easy = wire_new(conf, conf->socket)) == NULL)
		return (problem_set(why, SHIKAKU_SYSTEM, "libcurl"));
	return (SHIKAKU_OK);
}

enum shikaku_err
shikaku_open(const struct shikaku_conf *conf, struct shikaku **handle,
    struct shikaku_problem *why)
{
	struct shikaku_problem unread;
	struct shikaku *h;
	enum shikaku_err r;

	if (why == NULL)
		why = &unread;
	problem_clear(why);
	if (handle != NULL)
		*handle = NULL;
	if (conf == NULL || handle == NULL)
		return (problem_set(why, SHIKAKU_ARGUMENT, "NULL"));
	if ((h = calloc(1, sizeof(*h))) == NULL)
		return (problem_set(why, SHIKAKU_SYSTEM, "memory"));
	if ((r = set_all(h, conf, why)) != SHIKAKU_OK)
		shikaku_close(&h);
	*handle = h;
	return (r);
}

void
shikaku_close(struct shikaku **handle)
{
	struct shikaku *h;

	if (handle == NULL || (h = *handle) == NULL)
		return;
	stream_free(&h->stream);
	curl_easy_cleanup(h->easy);
	EVP_PKEY_free(h->evidence);
	if (h->authorization != NULL)
		OPENSSL_cleanse(h->authorization, strlen(h->authorization));
	free(h->authorization);
	OPENSSL_cleanse(h, sizeof(*h));
	free(h);
	*handle = NULL;
}

const struct shikaku_problem *
shikaku_last_problem(const struct shikaku *h)
{
	static const struct shikaku_problem none;

	return (h == NULL ? &none : &h->problem);
}
