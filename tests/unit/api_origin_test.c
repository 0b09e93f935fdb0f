#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/origin.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct origin_conf conf = { .port = 8787,
    .lan = "192.0.2.7:8443", .hosts = "agent.example proxy.example:8080",
    .origins = "https://ehr.example http://10.0.0.2:3000" };

#define L	VIA_LOOPBACK
#define U	VIA_UNIX
#define N	VIA_LAN

static const struct host_row {
	const char	*host;
	enum origin_via	 via;
	int		 ours;
} host_rows[] = {
	{ "127.0.0.1:8787", L, 1 },
	{ "localhost:8787", L, 1 },
	{ "LocalHost:8787", L, 1 },
	{ "localhost", U, 1 },
	{ "192.0.2.7:8443", N, 1 },
	{ "agent.example", L, 1 },
	{ "AGENT.example", N, 1 },
	{ "proxy.example:8080", U, 1 },
	{ "", L, 0 },
	{ "127.0.0.1", L, 0 },
	{ "localhost", L, 0 },
	{ "127.0.0.1:8788", L, 0 },
	{ "127.0.0.1:87870", L, 0 },
	{ "127.0.0.1:08787", L, 0 },
	{ "127.0.0.1:", L, 0 },
	{ "127.0.0.1.:8787", L, 0 },
	{ "127.0.0.1.evil.example:8787", L, 0 },
	{ "127.0.0.2:8787", L, 0 },
	{ "127.1:8787", L, 0 },
	{ "2130706433:8787", L, 0 },
	{ "0.0.0.0:8787", L, 0 },
	{ "[::1]:8787", L, 0 },
	{ "localhost.:8787", L, 0 },
	{ "localhost.evil.example:8787", L, 0 },
	{ "evil.example:8787", L, 0 },
	{ "user@localhost:8787", L, 0 },
	{ "evil.example@127.0.0.1:8787", L, 0 },
	{ "127.0.0.1:8787@evil.example", L, 0 },
	{ "127.0.0.1:8787,evil.example", L, 0 },
	{ "127.0.0.1:8787/", L, 0 },
	{ " 127.0.0.1:8787", L, 0 },
	{ "http://127.0.0.1:8787", L, 0 },
	{ "192.0.2.7:8443", L, 0 },
	{ "127.0.0.1:8787", N, 0 },
	{ "localhost:8787", U, 0 },
	{ "127.0.0.1:8787", U, 0 },
	{ "192.0.2.7", N, 0 },
	{ "agent.example:8787", L, 0 },
	{ "agent.example.", L, 0 },
	{ "proxy.example", L, 0 },
	{ "proxy.example:8081", L, 0 },
};

enum kind { STRANGE, OURS, LISTED };

static const struct origin_row {
	const char	*origin;
	enum kind	 kind;
} origin_rows[] = {
	{ "http://127.0.0.1:8787", OURS },
	{ "http://localhost:8787", OURS },
	{ "https://192.0.2.7:8443", OURS },
	{ "https://agent.example", OURS },
	{ "http://proxy.example:8080", OURS },
	{ "https://ehr.example", LISTED },
	{ "http://10.0.0.2:3000", LISTED },
	{ "null", STRANGE },
	{ "", STRANGE },
	{ "http://", STRANGE },
	{ "https://", STRANGE },
	{ "127.0.0.1:8787", STRANGE },
	{ "//127.0.0.1:8787", STRANGE },
	{ "file://127.0.0.1:8787", STRANGE },
	{ "ftp://127.0.0.1:8787", STRANGE },
	{ "http://127.0.0.1", STRANGE },
	{ "http://127.0.0.1:8787/", STRANGE },
	{ "http://127.0.0.1:8787 http://evil.example", STRANGE },
	{ "http://127.0.0.1:8787.evil.example", STRANGE },
	{ "http://evil.example", STRANGE },
	{ "http://evil.example:8787", STRANGE },
	{ "http://user@127.0.0.1:8787", STRANGE },
	{ "http://ehr.example", STRANGE },
	{ "https://ehr.example:443", STRANGE },
	{ "https://ehr.example.evil.example", STRANGE },
	{ "https://sub.ehr.example", STRANGE },
	{ "chrome-extension://abcdefgh", STRANGE },
};

static struct buf
text(const char *s)
{
	return ((struct buf){ (const uint8_t *)s, strlen(s) });
}

static void
host_row(void **state)
{
	const struct host_row *row = *state;
	struct origin *o;

	assert_int_equal(origin_open(&conf, &o, NULL), ERR_OK);
	assert_int_equal(origin_is_host(o, row->via, text(row->host)),
	    row->ours);
	origin_close(&o);
}

static void
origin_row(void **state)
{
	const struct origin_row *row = *state;
	struct origin *o;

	assert_int_equal(origin_open(&conf, &o, NULL), ERR_OK);
	assert_int_equal(origin_is_ours(o, text(row->origin)),
	    row->kind == OURS);
	if (row->kind == LISTED)
		assert_string_equal(origin_listed(o, text(row->origin)),
		    row->origin);
	else
		assert_null(origin_listed(o, text(row->origin)));
	origin_close(&o);
}

/* --- what may stand in the configuration --- */

static const struct conf_row {
	const char	*name, *hosts, *origins;
	enum err	 want;
} conf_rows[] = {
	{ "none", NULL, NULL, ERR_OK },
	{ "empty", "", "  ", ERR_OK },
	{ "one", "agent.example", "https://a.example", ERR_OK },
	{ "host with a scheme", "http://agent.example", "", ERR_CONF },
	{ "host with a path", "agent.example/", "", ERR_CONF },
	{ "host with a star", "*.example", "", ERR_CONF },
	{ "host with a final dot", "agent.example.", "", ERR_CONF },
	{ "host with an empty port", "agent.example:", "", ERR_CONF },
	{ "host with a user", "user@agent.example", "", ERR_CONF },
	{ "origin null", "", "null", ERR_CONF },
	{ "origin star", "", "*", ERR_CONF },
	{ "origin without scheme", "", "ehr.example", ERR_CONF },
	{ "origin with a slash", "", "https://ehr.example/", ERR_CONF },
	{ "origin without host", "", "https://", ERR_CONF },
	{ "origin of a file", "", "file://x", ERR_CONF },
	{ "the second of two", "", "https://ehr.example nonsense", ERR_CONF },
};

static void
conf_row(void **state)
{
	const struct conf_row *row = *state;
	struct origin_conf c = { .port = 1, .hosts = row->hosts,
	    .origins = row->origins };
	struct note note = { "" };
	struct origin *o = NULL;

	assert_int_equal(origin_open(&c, &o, &note), row->want);
	assert_int_equal(o == NULL, row->want != ERR_OK);
	assert_int_equal(note.text[0] == '\0', row->want == ERR_OK);
	origin_close(&o);
	assert_null(o);
}

/* The port a scheme implies is left out by browsers; no other is. */
static void
implied_port(void **state)
{
	static const struct origin_conf http = { .port = 80,
	    .lan = "192.0.2.7:443" };
	struct origin *o;

	(void)state;
	assert_int_equal(origin_open(&http, &o, NULL), ERR_OK);
	assert_int_equal(origin_is_host(o, L, text("localhost")), 1);
	assert_int_equal(origin_is_host(o, L, text("127.0.0.1:80")), 1);
	assert_int_equal(origin_is_host(o, N, text("192.0.2.7")), 1);
	assert_int_equal(origin_is_host(o, N, text("localhost")), 0);
	origin_close(&o);
}

/* Without a loopback port nothing of it is ours. */
static void
no_port(void **state)
{
	static const struct origin_conf none = { .port = 0 };
	struct origin *o;

	(void)state;
	assert_int_equal(origin_open(&none, &o, NULL), ERR_OK);
	assert_int_equal(origin_is_host(o, L, text("127.0.0.1:0")), 0);
	assert_int_equal(origin_is_host(o, L, text("localhost")), 0);
	assert_int_equal(origin_is_host(o, U, text("localhost")), 1);
	origin_close(&o);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(host_rows) + LEN(origin_rows) +
	    LEN(conf_rows) + 2];
	size_t n = 0;

	for (size_t i = 0; i < LEN(host_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = host_rows[i].host,
		    .test_func = host_row,
		    .initial_state = (void *)(uintptr_t)&host_rows[i] };
	for (size_t i = 0; i < LEN(origin_rows); i++)
		tests[n++] = (struct CMUnitTest){
		    .name = origin_rows[i].origin, .test_func = origin_row,
		    .initial_state = (void *)(uintptr_t)&origin_rows[i] };
	for (size_t i = 0; i < LEN(conf_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = conf_rows[i].name,
		    .test_func = conf_row,
		    .initial_state = (void *)(uintptr_t)&conf_rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(implied_port);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_port);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
