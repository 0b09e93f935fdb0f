#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/api/conn.h"
#include "tests/unit/api_site.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * A connection that is told the input: its first byte says in how large
 * parts.  What a page or a stranger sends may neither break it nor reach the
 * handler without the token, and time always brings it to an end.
 */
static void
pump(struct conn *c, int64_t now)
{
	struct buf part;

	while (conn_wants(c) & CONN_WRITE) {
		part = conn_pending(c);
		conn_sent(c, part.left, now);
	}
}

static void
tell(struct conn *c, const uint8_t *data, size_t len, size_t part)
{
	size_t n;

	for (; len > 0 && (conn_wants(c) & CONN_READ); len -= n) {
		n = len < part ? len : part;
		conn_take(c, data, n, 1000);
		pump(c, 1000);
		data += n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct origin_conf conf = { .port = 8787,
	    .origins = "https://ehr.example" };
	static struct origin *origin;
	static struct pages *pages;
	struct site_seen seen;
	struct server_ops ops = site_ops(&seen);
	struct conn_site site = { .ops = &ops };
	struct conn *c;

	if (len == 0)
		return (0);
	if (origin == NULL && (origin_open(&conf, &origin, NULL) != ERR_OK ||
	    pages_open("", &pages, NULL) != ERR_OK))
		abort();
	site.origin = origin;
	site.pages = pages;
	if (limits_open(1, &site.limits) != ERR_OK ||
	    (c = conn_new(&site, VIA_LOOPBACK, "127.0.0.1", 1000)) == NULL)
		abort();
	tell(c, data + 1, len - 1, (size_t)data[0] + 1);
	if (seen.handled > seen.admitted ||
	    seen.admitted > site.stats.requests + 1)
		abort();
	seen.held = 0;
	for (int64_t now = 1000; now <= 61000; now += 5000) {
		conn_tick(c, now);
		pump(c, now);
	}
	if (!(conn_wants(c) & CONN_CLOSE))
		abort();
	conn_free(&c);
	if (site.stats.connections != 0 || site.stats.streams != 0)
		abort();
	limits_close(&site.limits);
	return (0);
}
