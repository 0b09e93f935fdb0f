#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/remote/peer.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct row {
	const char	*from, *name;
} rows[] = {
	{ "192.0.2.7", "192.0.2.7" },
	{ "192.0.2.8", "192.0.2.8" },
	{ "::ffff:192.0.2.7", "192.0.2.7" },
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
	{ "2001:db8:1:2::1", "2001:db8:1:2::/64" },
	{ "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64" },
	{ "2001:db8:1:3::1", "2001:db8:1:3::/64" },
	{ "fe80::1", "fe80::/64" },
	{ "::1", "::/64" },
	{ "2001:1db8:1111:2222:3333:4444:5555:6666",
	    "2001:1db8:1111:2222::/64" },
};

static void
named(void **state)
{
	const struct row *row = *state;
	struct sockaddr_storage from = { 0 };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = 9 };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
	    .sin6_port = 9 };
	char out[PEER_NAME];

	if (inet_pton(AF_INET, row->from, &in.sin_addr) == 1)
		memcpy(&from, &in, sizeof(in));
	else if (inet_pton(AF_INET6, row->from, &in6.sin6_addr) == 1)
		memcpy(&from, &in6, sizeof(in6));
	peer_name(&from, out);
	assert_string_equal(out, row->name);
}

static void
neither(void **state)
{
	struct sockaddr_storage from = { .ss_family = AF_UNIX };
	char out[PEER_NAME] = "x";

	(void)state;
	peer_name(&from, out);
	assert_string_equal(out, "");
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 1];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].from, named, NULL,
		    NULL, (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(neither);
	return (_cmocka_run_group_tests("peer", tests, n, NULL, NULL));
}
