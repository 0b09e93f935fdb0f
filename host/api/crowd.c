#include <string.h>

#include "host/api/crowd.h"

struct census {
	unsigned	peer, tcp, all;
};

static int
is_unix(const char *peer)
{
	return (strcmp(peer, "unix") == 0);
}

static int
is_dying(const struct conn *c)
{
	return ((conn_wants(c) & CONN_CLOSE) != 0);
}

/* Those that are not on their way out; peer is one address. */
static struct census
take_census(const struct conn_site *site, const char *peer)
{
	struct census n = { 0 };

	for (const struct conn *c = site->first; c != NULL;
	    c = conn_next(c)) {
		if (is_dying(c))
			continue;
		n.all++;
		n.tcp += !is_unix(conn_peer(c));
		n.peer += strcmp(conn_peer(c), peer) == 0;
	}
	return (n);
}

/* peer NULL: of any address, but not of the unix socket. */
static int
may_go(const struct conn *c, const char *peer)
{
	int64_t since;

	if (is_dying(c) || conn_rest(c, &since) == CONN_BUSY)
		return (0);
	return (peer == NULL ? !is_unix(conn_peer(c)) :
	    strcmp(conn_peer(c), peer) == 0);
}

static int
goes_before(const struct conn *a, const struct conn *b)
{
	int64_t since_a, since_b;
	enum conn_rest rest_a = conn_rest(a, &since_a);
	enum conn_rest rest_b = conn_rest(b, &since_b);

	/* The newest is first in the list: of two as old, the later one. */
	return (rest_a != rest_b ? rest_a < rest_b : since_a <= since_b);
}

static struct conn *
longest_waiting(const struct conn_site *site, const char *peer)
{
	struct conn *found = NULL;

	for (struct conn *c = site->first; c != NULL; c = conn_next(c)) {
		if (may_go(c, peer) &&
		    (found == NULL || goes_before(c, found)))
			found = c;
	}
	return (found);
}

int
crowd_admit(struct conn_site *site, const char *peer, unsigned max,
    struct conn **gone)
{
	struct census n = take_census(site, peer);
	int local = is_unix(peer);
	int full_peer = local ? n.all >= max : n.peer >= CROWD_PEER;
	int full_tcp = !local && n.tcp >= max - max / CROWD_RESERVE;

	*gone = NULL;
	if (site->stats.connections >= max + CROWD_DYING)
		return (0);
	if (!full_peer && !full_tcp)
		return (1);
	*gone = longest_waiting(site, full_peer ? peer : NULL);
	if (*gone != NULL)
		conn_close(*gone);
	return (*gone != NULL);
}
