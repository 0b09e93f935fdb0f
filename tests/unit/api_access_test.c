#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/access.h"
#include "host/api/routes.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ID	"00000000-0000-4000-8000-000000000001"

static const struct row {
	const char	*name, *path, *want;
} rows[] = {
	{ "a visit", "/api/v1/visits/" ID "/pin", "/api/v1/visits/" ID
	    "/pin" },
	{ "a chart number", "/api/v1/patients/00002", "/api/v1/patients/*" },
	{ "a device", "/api/v1/devices/tablet-1/name",
	    "/api/v1/devices/*/name" },
	{ "a name", "/資格　一郎", "/*" },
	{ "a longer word", "/api/v1/slipsx", "/api/v1/*" },
	{ "an id in capitals", "/visits/0000000A-0000-4000-8000-000000000001",
	    "/visits/*" },
	{ "no path", "x", "-" },
};

static void
path_row(void **state)
{
	const struct row *row = *state;
	char out[HTTP_PATH_MAX];

	access_path(row->path, out, sizeof(out));
	assert_string_equal(out, row->want);
}

/* The fixed parts of every path of ours may be written down. */
static void
every_route_is_readable(void **state)
{
	char path[HTTP_PATH_MAX], out[HTTP_PATH_MAX];
	const struct route *all;
	const char *hole;
	size_t n;

	(void)state;
	all = routes_all(&n);
	for (size_t i = 0; i < n; i++) {
		hole = strstr(all[i].path, "{}");
		if (hole == NULL)
			snprintf(path, sizeof(path), ROUTES_BASE "%s",
			    all[i].path);
		else
			snprintf(path, sizeof(path), ROUTES_BASE "%.*s" ID
			    "%s", (int)(hole - all[i].path), all[i].path,
			    hole + 2);
		access_path(path, out, sizeof(out));
		assert_string_equal(out, path);
	}
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 1] = {
		cmocka_unit_test(every_route_is_readable),
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		void *row;

		memcpy(&row, &(const void *){ &rows[i] }, sizeof(row));
		tests[i + 1] = (struct CMUnitTest){ rows[i].name, path_row,
		    NULL, NULL, row };
	}
	return (cmocka_run_group_tests_name("access", tests, NULL, NULL));
}
