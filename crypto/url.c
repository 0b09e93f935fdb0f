#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "crypto/url.h"

#define SCHEME		"http://"
#define LOCAL		"localhost"
#define DIGITS		"0123456789"
#define PORT_MAX	65535

/* The next len characters, if they fit and are some; *at moves behind them. */
static int
part(const char **at, size_t len, char *out, size_t room)
{
	if (len == 0 || len >= room)
		return (0);
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len;
	return (1);
}

static int
is_v6(const char *host)
{
	char bare[URL_HOST];
	struct in6_addr a;
	size_t len = strlen(host);

	if (len < 2 || host[0] != '[' || host[len - 1] != ']')
		return (0);
	snprintf(bare, sizeof(bare), "%.*s", (int)(len - 2), host + 1);
	return (inet_pton(AF_INET6, bare, &a) == 1);
}

/* The library would also read 127.1, octal and names: inet_pton does not. */
static int
cut_host(const char **at, struct url *u)
{
	size_t len = **at == '[' ? strcspn(*at, "]/") : 0;
	struct in_addr a;
	int local;

	len += strcspn(*at + len, ":/?#");
	if (!part(at, len, u->host, sizeof(u->host)))
		return (0);
	/* RFC 6761 6.3: the loopback address, and nobody is asked. */
	local = strcasecmp(u->host, LOCAL) == 0;
	snprintf(u->number, sizeof(u->number), "%s",
	    local ? "127.0.0.1" : u->host);
	return (local || inet_pton(AF_INET, u->host, &a) == 1 ||
	    is_v6(u->host));
}

static int
cut_port(const char **at, struct url *u)
{
	unsigned long port;

	if (**at != ':') {
		snprintf(u->port, sizeof(u->port), "80");
		return (1);
	}
	(*at)++;
	if (!part(at, strspn(*at, DIGITS), u->port, sizeof(u->port)))
		return (0);
	port = strtoul(u->port, NULL, 10);
	return (port > 0 && port <= PORT_MAX);
}

/* It goes into the request as it is: no space, line or 8-bit character. */
static int
cut_path(const char *at, struct url *u)
{
	u->path = *at != '\0' ? at : "/";
	for (const char *p = u->path; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~' || *p == '?' || *p == '#')
			return (0);
	}
	return (u->path[0] == '/');
}

enum err
url_cut(const char *text, struct url *u)
{
	const char *at = text;

	*u = (struct url){ .path = "/" };
	if (text == NULL || strncmp(text, SCHEME, strlen(SCHEME)) != 0)
		return (ERR_CONF);
	at += strlen(SCHEME);
	return (cut_host(&at, u) && cut_port(&at, u) && cut_path(at, u) ?
	    ERR_OK : ERR_CONF);
}
