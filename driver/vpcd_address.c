#include <netinet/in.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/vpcd_address.h"

#define DEFAULT_HOST	"127.0.0.1"
#define PORT_MAX	65535
#define LEN(a)		(sizeof(a) / sizeof((a)[0]))

/* In any order, each with its comma. */
static const char *
take_options(const char *s, int *extended, int *open)
{
	const struct {
		const char	*name;
		int		*on;
	} options[] = { { "ext,", extended }, { "open,", open } };
	size_t i;

	do {
		for (i = 0; i < LEN(options); i++) {
			size_t n = strlen(options[i].name);

			if (strncmp(s, options[i].name, n) != 0)
				continue;
			*options[i].on = 1;
			s += n;
			break;
		}
	} while (i < LEN(options));
	return (s);
}

/* Decimal without signs, blanks or leading zeros: one spelling for each. */
static int
is_port(const char *s)
{
	size_t n = strlen(s);

	return (n >= 1 && n <= 5 && strspn(s, "0123456789") == n &&
	    s[0] != '0' && atoi(s) <= PORT_MAX);
}

/* "PORT", "HOST:PORT" and "[HOST]:PORT" into host and port; 0 if none. */
static int
split(const char *s, char host[64], const char **port)
{
	const char *colon = strrchr(s, ':'), *end;

	if (colon == NULL) {
		snprintf(host, 64, "%s", DEFAULT_HOST);
		*port = s;
		return (1);
	}
	*port = colon + 1;
	end = colon;
	if (s[0] == '[') {
		s++;
		if (--end <= s || *end != ']')
			return (0);
	} else if (memchr(s, ':', (size_t)(colon - s)) != NULL) {
		return (0);	/* IPv6 without brackets: where is its port? */
	}
	if (end <= s || end - s >= 64)
		return (0);
	snprintf(host, 64, "%.*s", (int)(end - s), s);
	return (1);
}

static int
is_loopback(const struct sockaddr_storage *at)
{
	if (at->ss_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, at, sizeof(in));
		return (ntohl(in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET);
	}
	if (at->ss_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, at, sizeof(in6));
		return (IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr));
	}
	return (0);
}

/* Numbers only: a name could mean another machine tomorrow. */
static int
resolve(const char *host, const char *port, struct vpcd_address *a)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
	struct addrinfo *ai = NULL;

	if (getaddrinfo(host, port, &hints, &ai) != 0)
		return (0);
	memcpy(&a->at, ai->ai_addr, ai->ai_addrlen);
	a->len = ai->ai_addrlen;
	a->loopback = is_loopback(&a->at);
	freeaddrinfo(ai);
	return (1);
}

enum err
vpcd_address_read(const char *s, struct vpcd_address *a, struct note *note)
{
	const char *given = s, *port;
	int open = 0;
	char host[64];

	*a = (struct vpcd_address){ .len = 0 };
	s = take_options(s, &a->extended, &open);
	if (!split(s, host, &port) || !is_port(port) ||
	    !resolve(host, port, a)) {
		note_set(note, "vpcd:PORT or vpcd:HOST:PORT with numbers "
		    "expected, got \"%s\"", given);
		return (ERR_CONF);
	}
	if (!a->loopback && !open) {
		note_set(note, "vpcd: %s is not loopback: the line is not "
		    "encrypted; where that is meant, vpcd:open,%s", host, s);
		return (ERR_CONF);
	}
	snprintf(a->text, sizeof(a->text), strchr(host, ':') == NULL ?
	    "%.50s:%.5s" : "[%.50s]:%.5s", host, port);
	return (ERR_OK);
}
