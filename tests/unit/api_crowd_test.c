#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/crowd.h"
#include "tests/unit/api_site.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define MAX	80	/* 70 of TCP, 10 kept for the unix socket */

/* A site full of connections of several addresses. */
struct town {
	struct site_seen	 seen;
	struct server_ops	 ops;
	struct conn_site	 site;
	struct conn		*all[MAX + CROWD_DYING];
	size_t			 n;
};

static void
set_up(struct town *t)
{
	static const struct origin_conf conf = { .port = 8787 };
	struct origin *origin;
	struct pages *pages;

	memset(t, 0, sizeof(*t));
	t->ops = site_ops(&t->seen);
	assert_int_equal(origin_open(&conf, &origin, NULL), ERR_OK);
	assert_int_equal(pages_open("", &pages, NULL), ERR_OK);
	assert_int_equal(limits_open(8, &t->site.limits), ERR_OK);
	t->site.ops = &t->ops;
	t->site.origin = origin;
	t->site.pages = pages;
}

static void
tear_down(struct town *t)
{
	struct origin *origin = (struct origin *)(uintptr_t)t->site.origin;
	struct pages *pages = (struct pages *)(uintptr_t)t->site.pages;

	while (t->n > 0)
		conn_free(&t->all[--t->n]);
	origin_close(&origin);
	pages_close(&pages);
	limits_close(&t->site.limits);
}

/* They come one after the other, and say nothing. */
static void
come(struct town *t, const char *peer, size_t n)
{
	for (; n > 0; n--) {
		t->all[t->n] = conn_new(&t->site, strcmp(peer, "unix") == 0 ?
		    VIA_UNIX : VIA_LOOPBACK, peer, (int64_t)t->n);
		assert_non_null(t->all[t->n]);
		t->n++;
	}
}

static void
ask(struct town *t, size_t which, const char *path, int64_t now)
{
	char request[256];
	int n;

	n = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n"
	    "Host: 127.0.0.1:8787\r\nAuthorization: Bearer " SITE_TOKEN
	    "\r\n\r\n", path);
	conn_take(t->all[which], request, (size_t)n, now);
}

static void
hear(struct town *t, size_t which, int64_t now)
{
	while (conn_wants(t->all[which]) & CONN_WRITE)
		conn_sent(t->all[which], conn_pending(t->all[which]).left,
		    now);
}

/* So many are there, first these, then those; then one more of who. */
static const struct row {
	const char	*name, *a, *b;
	size_t		 of_a, of_b;
	const char	*who;
	int		 fits;
	int		 gone;		/* which one; -1: nobody */
} rows[] = {
	{ "nobody there", "127.0.0.1", "unix", 0, 0, "127.0.0.1", 1, -1 },
	{ "63 of one address", "127.0.0.1", "unix", 63, 0, "127.0.0.1", 1,
	    -1 },
	{ "64 of one address", "127.0.0.1", "unix", 64, 0, "127.0.0.1", 1,
	    0 },
	{ "64 of another one", "127.0.0.1", "unix", 64, 0, "127.0.0.2", 1,
	    -1 },
	{ "70 of TCP", "127.0.0.1", "127.0.0.2", 35, 35, "127.0.0.3", 1, 0 },
	{ "70 of TCP, then unix", "127.0.0.1", "127.0.0.2", 35, 35, "unix", 1,
	    -1 },
	{ "64 unix ones do not matter", "unix", "127.0.0.1", 64, 1,
	    "127.0.0.1", 1, -1 },
	{ "full of unix ones", "unix", "127.0.0.1", MAX, 0, "unix", 1, 0 },
	{ "full, and unix comes", "127.0.0.1", "unix", 60, 20, "unix", 1,
	    60 },
	{ "too many not gone yet", "unix", "127.0.0.1", MAX + CROWD_DYING, 0,
	    "unix", 0, -1 },
};

static void
one_row(void **state)
{
	const struct row *row = *state;
	struct conn *gone;
	struct town t;

	set_up(&t);
	come(&t, row->a, row->of_a);
	come(&t, row->b, row->of_b);
	assert_int_equal(crowd_admit(&t.site, row->who, MAX, &gone),
	    row->fits);
	if (row->gone < 0) {
		assert_null(gone);
	} else {
		assert_ptr_equal(gone, t.all[row->gone]);
		assert_int_equal(conn_wants(gone), CONN_CLOSE);
	}
	tear_down(&t);
}

/* One after the other goes, each only once. */
static void
in_turn(void **state)
{
	struct conn *gone;
	struct town t;

	(void)state;
	set_up(&t);
	come(&t, "127.0.0.1", CROWD_PEER);
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(crowd_admit(&t.site, "127.0.0.1", MAX,
		    &gone), 1);
		assert_ptr_equal(gone, t.all[i]);
		come(&t, "127.0.0.1", 1);
	}
	tear_down(&t);
}

/* Who showed a token stays, though it has waited longest. */
static void
strangers_first(void **state)
{
	struct conn *gone;
	struct town t;

	(void)state;
	set_up(&t);
	come(&t, "127.0.0.1", CROWD_PEER);
	ask(&t, 0, "/api/v1/visits", 0);
	hear(&t, 0, 0);
	assert_int_equal(crowd_admit(&t.site, "127.0.0.1", MAX, &gone), 1);
	assert_ptr_equal(gone, t.all[1]);
	tear_down(&t);
}

static void
nobody_in_an_answer(void **state)
{
	struct conn *gone;
	struct town t;

	(void)state;
	set_up(&t);
	come(&t, "127.0.0.1", CROWD_PEER);
	for (size_t i = 0; i < CROWD_PEER; i++)
		ask(&t, i, "/api/v1/photo", 0);
	assert_int_equal(crowd_admit(&t.site, "127.0.0.1", MAX, &gone), 0);
	assert_null(gone);
	hear(&t, 7, 0);
	assert_int_equal(crowd_admit(&t.site, "127.0.0.1", MAX, &gone), 1);
	assert_ptr_equal(gone, t.all[7]);
	tear_down(&t);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(in_turn),
		cmocka_unit_test(strangers_first),
		cmocka_unit_test(nobody_in_an_answer),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(others)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = one_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), others, sizeof(others));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
