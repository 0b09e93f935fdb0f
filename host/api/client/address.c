#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "host/api/client/address.h"
#include "host/api/client/problem.h"

#define API "/api/v1"

/*
 * By the number, not by how it begins: 127.example.net is not ours.  Both
 * come from libcurl, which has made one form of 127.1 and 0x7f000001.
 */
static int
is_loopback(const char *host)
{
	struct in_addr v4;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return (1);
	return (inet_pton(AF_INET, host, &v4) == 1 &&
	    ntohl(v4.s_addr) >> 24 == 127);
}

/* Parts a server's address does not have; the name of the first, or NULL. */
static const char *
surplus(CURLU *u)
{
	static const struct {
		CURLUPart	 part;
		const char	*name;
	} parts[] = {
		{ CURLUPART_USER, "a user" },
		{ CURLUPART_PASSWORD, "a password" },
		{ CURLUPART_QUERY, "a query" },
		{ CURLUPART_FRAGMENT, "a fragment" },
		{ CURLUPART_ZONEID, "a zone" },
	};
	const char *found = NULL;
	char *value;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		value = NULL;
		if (curl_url_get(u, parts[i].part, &value, 0) == CURLUE_OK)
			found = parts[i].name;
		curl_free(value);
		if (found != NULL)
			return (found);
	}
	value = NULL;
	if (curl_url_get(u, CURLUPART_PATH, &value, 0) != CURLUE_OK ||
	    strcmp(value, "/") != 0)
		found = "a path";
	curl_free(value);
	return (found);
}

static enum shikaku_err
judge(CURLU *u, struct address *a, struct shikaku_problem *why)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	enum shikaku_err r = SHIKAKU_SETUP;
	int n;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) !=
	    CURLUE_OK) {
		problem_set(why, r, "url: scheme, host or port is missing");
		goto out;
	}
	a->tls = strcmp(scheme, "https") == 0;
	if (!a->tls && strcmp(scheme, "http") != 0) {
		problem_set(why, r, "url: neither https nor http");
		goto out;
	}
	if (!a->tls && !is_loopback(host)) {
		problem_set(why, r,
		    "url: http to an address that is not loopback");
		goto out;
	}
	n = snprintf(a->base, sizeof(a->base), "%s://%s:%s%s", scheme, host,
	    port, API);
	if (n < 0 || (size_t)n >= sizeof(a->base))
		problem_set(why, r, "url: too long");
	else
		r = SHIKAKU_OK;
out:
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return (r);
}

enum shikaku_err
address_parse(const char *url, struct address *a,
    struct shikaku_problem *why)
{
	enum shikaku_err r;
	const char *more;
	CURLU *u;

	memset(a, 0, sizeof(*a));
	if ((u = curl_url()) == NULL)
		return (problem_set(why, SHIKAKU_SYSTEM, "url"));
	/* The address itself is not repeated: it may hold a password. */
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) !=
	    CURLUE_OK)
		r = problem_set(why, SHIKAKU_SETUP, "url: not an address");
	else if ((more = surplus(u)) != NULL)
		r = problem_set(why, SHIKAKU_SETUP, "url: holds %s", more);
	else
		r = judge(u, a, why);
	curl_url_cleanup(u);
	return (r);
}

void
address_local(struct address *a)
{
	memset(a, 0, sizeof(*a));
	(void)snprintf(a->base, sizeof(a->base), "http://localhost%s", API);
}
