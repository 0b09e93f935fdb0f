#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/api/head.h"
#include "host/api/origin.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define HOST_MAX	262	/* 255 of a name (RFC 1035 2.3.4), ":", 65535 */
#define HOSTS_MAX	32	/* ours; a clinic has one or two names */
#define PORT_HTTP	80
#define PORT_HTTPS	443
#define FROM(via)	(1u << (via))
#define FROM_ALL	(FROM(VIA_LOOPBACK) | FROM(VIA_UNIX) | FROM(VIA_LAN))

struct origin {
	struct {
		char		text[HOST_MAX];
		unsigned	from;
	}		 hosts[HOSTS_MAX];
	size_t		 n;
	char		*origins[HOSTS_MAX];
	size_t		 origins_n;
};

static const struct {
	const char	*text;
	size_t		 len;
} schemes[] = { { "http://", 7 }, { "https://", 8 } };

/* Letters, digits, dots and hyphens, [v6]; perhaps a port. */
static int
is_host_text(const char *s, size_t len)
{
	if (len == 0 || len >= HOST_MAX)
		return (0);
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) &&
		    strchr(".-:[]", s[i]) == NULL)
			return (0);
	}
	return (s[len - 1] != '.' && s[len - 1] != ':' && s[0] != '.' &&
	    s[0] != ':');
}

static enum err
add_host(struct origin *o, unsigned from, const char *text, size_t len)
{
	if (!is_host_text(text, len) || o->n == HOSTS_MAX)
		return (ERR_CONF);
	memcpy(o->hosts[o->n].text, text, len);
	o->hosts[o->n].text[len] = '\0';
	o->hosts[o->n++].from = from;
	return (ERR_OK);
}

static enum err
add_address(struct origin *o, unsigned from, const char *name, int port)
{
	char text[HOST_MAX];
	int n;

	n = snprintf(text, sizeof(text), "%s:%d", name, port);
	return (add_host(o, from, text, n < 0 ? 0 : (size_t)n));
}

/* A browser leaves out the port its scheme implies (RFC 9110 4.2). */
static enum err
add_loopback(struct origin *o, int port)
{
	static const char *const named[] = { "127.0.0.1", "localhost" };
	enum err r = ERR_OK;

	for (size_t i = 0; i < LEN(named) && r == ERR_OK; i++) {
		r = add_address(o, FROM(VIA_LOOPBACK), named[i], port);
		if (r == ERR_OK && port == PORT_HTTP)
			r = add_host(o, FROM(VIA_LOOPBACK), named[i],
			    strlen(named[i]));
	}
	return (r);
}

static enum err
add_lan(struct origin *o, const char *lan)
{
	const char *colon = strrchr(lan, ':');
	enum err r;

	r = add_host(o, FROM(VIA_LAN), lan, strlen(lan));
	if (r == ERR_OK && colon != NULL && atoi(colon + 1) == PORT_HTTPS)
		r = add_host(o, FROM(VIA_LAN), lan, (size_t)(colon - lan));
	return (r);
}

static enum err
add_listed_host(struct origin *o, const char *text, size_t len)
{
	return (add_host(o, FROM_ALL, text, len));
}

/* The part after the scheme; 0 when there is none of ours. */
static size_t
scheme_of(const char *s, size_t len)
{
	for (size_t i = 0; i < LEN(schemes); i++) {
		if (len > schemes[i].len &&
		    memcmp(s, schemes[i].text, schemes[i].len) == 0)
			return (schemes[i].len);
	}
	return (0);
}

static enum err
add_listed_origin(struct origin *o, const char *text, size_t len)
{
	size_t scheme = scheme_of(text, len);

	if (scheme == 0 || !is_host_text(text + scheme, len - scheme) ||
	    o->origins_n == HOSTS_MAX)
		return (ERR_CONF);
	if ((o->origins[o->origins_n] = strndup(text, len)) == NULL)
		return (ERR_NOMEM);
	o->origins_n++;
	return (ERR_OK);
}

static enum err
each_word(struct origin *o, const char *words,
    enum err (*add)(struct origin *, const char *, size_t),
    struct note *note)
{
	size_t len;
	enum err r;

	for (words = words == NULL ? "" : words; ; words += len) {
		words += strspn(words, " \t");
		if ((len = strcspn(words, " \t")) == 0)
			return (ERR_OK);
		if ((r = add(o, words, len)) == ERR_OK)
			continue;
		note_set(note, "[api] hosts, origins: %.*s", (int)len, words);
		return (r);
	}
}

static enum err
fill(struct origin *o, const struct origin_conf *c, struct note *note)
{
	enum err r;

	r = add_host(o, FROM(VIA_UNIX), "localhost", strlen("localhost"));
	if (r == ERR_OK && c->port != 0)
		r = add_loopback(o, c->port);
	if (r == ERR_OK && c->lan != NULL && c->lan[0] != '\0')
		r = add_lan(o, c->lan);
	if (r == ERR_OK)
		r = each_word(o, c->hosts, add_listed_host, note);
	if (r == ERR_OK)
		r = each_word(o, c->origins, add_listed_origin, note);
	return (r);
}

enum err
origin_open(const struct origin_conf *c, struct origin **out,
    struct note *note)
{
	struct origin *o;
	enum err r;

	*out = NULL;
	if ((o = calloc(1, sizeof(*o))) == NULL)
		return (ERR_NOMEM);
	if ((r = fill(o, c, note)) != ERR_OK)
		origin_close(&o);
	*out = o;
	return (r);
}

void
origin_close(struct origin **o)
{
	if (*o == NULL)
		return;
	for (size_t i = 0; i < (*o)->origins_n; i++)
		free((*o)->origins[i]);
	free(*o);
	*o = NULL;
}

static int
is_host(const struct origin *o, unsigned from, struct buf host)
{
	for (size_t i = 0; i < o->n; i++) {
		if ((o->hosts[i].from & from) != 0 &&
		    head_is(host, o->hosts[i].text))
			return (1);
	}
	return (0);
}

int
origin_is_host(const struct origin *o, enum origin_via via, struct buf host)
{
	return (is_host(o, FROM(via), host));
}

int
origin_is_ours(const struct origin *o, struct buf text)
{
	size_t scheme = scheme_of((const char *)text.p, text.left);

	return (scheme > 0 && buf_skip(&text, scheme) == ERR_OK &&
	    is_host(o, FROM_ALL, text));
}

const char *
origin_listed(const struct origin *o, struct buf text)
{
	for (size_t i = 0; i < o->origins_n; i++) {
		if (head_is(text, o->origins[i]))
			return (o->origins[i]);
	}
	return (NULL);
}
