#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/api_in.h"
#include "host/api/routes.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define UUID	"01234567-89ab-4def-8123-456789abcdef"
#define HEX80	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"  \
		"0123456789abcdef"

/* --- which row a path is --- */

/* want: the row's path, NULL none; other: another method has it. */
static const struct find_row {
	const char		*name;
	enum http_method	 method;
	const char		*path, *want, *param;
	int			 other;
} find_rows[] = {
	{ "plain", HTTP_GET, "/health", "/health", "", 0 },
	{ "by method: list", HTTP_GET, "/visits", "/visits", "", 0 },
	{ "by method: new", HTTP_POST, "/visits", "/visits", "", 0 },
	{ "a visit", HTTP_GET, "/visits/" UUID, "/visits/{}", UUID, 0 },
	{ "a visit's step", HTTP_POST, "/visits/" UUID "/pin",
	    "/visits/{}/pin", UUID, 0 },
	{ "a client", HTTP_POST, "/clients/front-1/enrolment",
	    "/clients/{}/enrolment", "front-1", 0 },
	{ "a passcode", HTTP_POST, "/passcodes/0123456789abcdef/revocation",
	    "/passcodes/{}/revocation", "0123456789abcdef", 0 },
	{ "other method: get", HTTP_GET, "/client/start", NULL, "", 1 },
	{ "other method: post", HTTP_POST, "/health", NULL, "", 1 },
	{ "other method: of a step", HTTP_GET, "/visits/" UUID "/pin", NULL,
	    "", 1 },
	{ "other method: neither", HTTP_OTHER, "/visits", NULL, "", 1 },
	{ "empty", HTTP_GET, "", NULL, "", 0 },
	{ "a slash", HTTP_GET, "/", NULL, "", 0 },
	{ "begins so", HTTP_GET, "/healthy", NULL, "", 0 },
	{ "ends so", HTTP_GET, "/x/health", NULL, "", 0 },
	{ "a slash after it", HTTP_GET, "/health/", NULL, "", 0 },
	{ "other case", HTTP_GET, "/Health", NULL, "", 0 },
	{ "with its base", HTTP_GET, ROUTES_BASE "/health", NULL, "", 0 },
	{ "the hole itself", HTTP_GET, "/visits/{}", NULL, "", 0 },
	{ "an empty hole", HTTP_GET, "/visits/", NULL, "", 0 },
	{ "an empty hole before a step", HTTP_POST, "/visits//pin", NULL, "",
	    0 },
	{ "capital hex", HTTP_GET, "/visits/ABCDEF", NULL, "", 0 },
	{ "a dot", HTTP_GET, "/visits/..", NULL, "", 0 },
	{ "a percent sign", HTTP_GET, "/visits/%30", NULL, "", 0 },
	{ "another step", HTTP_POST, "/visits/" UUID "/identity", NULL, "",
	    0 },
	{ "a step and more", HTTP_POST, "/visits/" UUID "/pin/x", NULL, "",
	    0 },
	{ "two holes", HTTP_POST, "/visits/" UUID "/" UUID "/pin", NULL, "",
	    0 },
	{ "as long as fits", HTTP_GET, "/results/" HEX80, NULL, "", 0 },
	{ "a hyphen in hex", HTTP_GET, "/results/01-23", NULL, "", 0 },
	{ "a name in capitals", HTTP_POST, "/clients/Front/enrolment", NULL,
	    "", 0 },
	{ "a name with an underscore", HTTP_POST, "/clients/a_b/enrolment",
	    NULL, "", 0 },
	{ "a client by itself", HTTP_GET, "/clients/front-1", NULL, "", 0 },
};

static void
find_row(void **state)
{
	const struct find_row *row = *state;
	char param[CALL_PARAM];
	int other = -1;
	const struct route *r = routes_find(row->method, row->path, param,
	    &other);

	if (row->want == NULL) {
		assert_null(r);
		assert_int_equal(other, row->other);
		return;
	}
	assert_non_null(r);
	assert_string_equal(r->path, row->want);
	assert_int_equal(r->method, row->method);
	assert_string_equal(param, row->param);
}

/* --- the table, row by row --- */

#define ALL	((1u << ROLES) - 1)
#define KIOSK	(1u << ROLE_KIOSK)

static int
begins(const char *path, const char *with)
{
	return (strncmp(path, with, strlen(with)) == 0);
}

static void
roles_of(const struct route *r)
{
	assert_int_equal(r->roles & ~ALL, 0);
	if (r->roles == 0)
		assert_true(r->flags & ROUTE_OPEN);
	/* What the staff sees and decides is never a kiosk's. */
	if (begins(r->path, "/requests") || begins(r->path, "/results") ||
	    begins(r->path, "/patients") || begins(r->path, "/passcodes") ||
	    begins(r->path, "/clients") || begins(r->path, "/metrics") ||
	    begins(r->path, "/findings") || begins(r->path, "/imports") ||
	    begins(r->path, "/jobs") || begins(r->path, "/consents") ||
	    begins(r->path, "/documents") || begins(r->path, "/exports") ||
	    begins(r->path, "/fhir") || begins(r->path, "/figures") ||
	    begins(r->path, "/checks") ||
	    begins(r->path, "/patient") || begins(r->path, "/audit") ||
	    strcmp(r->path, "/visits/{}/patient") == 0)
		assert_int_equal(r->roles & KIOSK, 0);
	/* What is entered at a machine is nobody else's. */
	if (begins(r->path, "/client/") ||
	    strcmp(r->path, "/visits/{}/pin") == 0 ||
	    strcmp(r->path, "/visits/{}/number-b") == 0 ||
	    strcmp(r->path, "/visits/{}/photo") == 0 ||
	    strcmp(r->path, "/visits/{}/evidence") == 0 ||
	    strcmp(r->path, "/visits/{}/attestation") == 0 ||
	    strcmp(r->path, "/visits/{}/consent") == 0 ||
	    strcmp(r->path, "/visits/{}/confirmation") == 0)
		assert_int_equal(r->roles, KIOSK);
	/* Monitoring sees nobody, and changes nothing. */
	if (r->method == HTTP_POST || begins(r->path, "/visits") ||
	    begins(r->path, "/results") || begins(r->path, "/patient") ||
	    begins(r->path, "/findings") || begins(r->path, "/documents") ||
	    begins(r->path, "/fhir"))
		assert_int_equal(r->roles & (1u << ROLE_MONITOR), 0);
}

/* What is in a document is for the medical role alone. */
static void
medical_of(const struct route *r)
{
	if (begins(r->path, "/documents/"))
		assert_int_equal(r->roles, 1u << ROLE_MEDICAL);
}

static void
flags_of(const struct route *r)
{
	int keyed = r->method == HTTP_POST && strcmp(r->path, "/tokens") != 0;

	assert_int_equal((r->flags & ROUTE_KEYED) != 0, keyed);
	if (!keyed)
		assert_null(r->again);
	/* Open ones are two, and no more by accident. */
	assert_int_equal((r->flags & ROUTE_OPEN) != 0,
	    strcmp(r->path, "/health") == 0 ||
	    strcmp(r->path, "/tokens") == 0);
	if (r->method == HTTP_GET)
		assert_int_equal(r->flags & ROUTE_SECRET, 0);
}

/* Those whose body holds a PIN, a passcode, 照合番号B or a code, or a person's
 * four items (a slip); and what a person chose: a digest of it would outlive a
 * visit that was given up. */
static void
secrets_of(const struct route *r)
{
	static const char *const paths[] = { "/tokens", "/client/unlock",
	    "/visits", "/visits/{}/number-b", "/visits/{}/pin",
	    "/visits/{}/evidence", "/visits/{}/attestation",
	    "/visits/{}/consent", "/visits/{}/confirmation",
	    "/visits/{}/patient", "/results/{}/patient", "/slips",
	    "/patient", "/patient/unlinking", "/patient/confirmation",
	    "/findings/{}/patient", "/imports", "/jobs", "/documents",
	    "/checks" };
	int secret = 0;

	for (size_t i = 0; i < LEN(paths); i++)
		secret |= r->method == HTTP_POST &&
		    strcmp(r->path, paths[i]) == 0;
	assert_int_equal((r->flags & ROUTE_SECRET) != 0, secret);
}

static void
hole_of(const struct route *r)
{
	const char *hole = strstr(r->path, "{}");

	assert_int_equal(hole != NULL, r->set != 0);
	if (hole == NULL)
		return;
	assert_null(strstr(hole + 2, "{}"));
	assert_non_null(memchr("vhn", r->set, 3));
}

static void
table_row(void **state)
{
	const struct route *r = *state;

	assert_int_equal(r->path[0], '/');
	assert_non_null(r->handler);
	assert_true(r->method == HTTP_GET || r->method == HTTP_POST);
	roles_of(r);
	medical_of(r);
	flags_of(r);
	secrets_of(r);
	hole_of(r);
}

static void
no_row_twice(void **state)
{
	const struct route *rows;
	size_t n;

	(void)state;
	rows = routes_all(&n);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n; j++)
			assert_false(rows[i].method == rows[j].method &&
			    strcmp(rows[i].path, rows[j].path) == 0);
	}
}

/* --- the table and openapi.yaml --- */

#define DESCRIPTION TEST_DATA "/../../host/api/openapi.yaml"

/* "  /visits/{visit}/pin:\n" as "/visits/{}/pin"; 0 if it is no path. */
static int
take_path(const char *line, char *out)
{
	int hole = 0;

	if (strncmp(line, "  /", 3) != 0)
		return (0);
	for (line += 2; *line != ':' && *line != '\0'; line++) {
		hole &= *line != '}';
		if (!hole)
			*out++ = *line;
		hole |= *line == '{';
	}
	*out = '\0';
	return (*line == ':');
}

static const struct route *
find_same(enum http_method method, const char *path)
{
	const struct route *rows;
	size_t n;

	rows = routes_all(&n);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].method == method &&
		    strcmp(rows[i].path, path) == 0)
			return (&rows[i]);
	}
	return (NULL);
}

/* "      x-roles: [kiosk, desk]" as bits. */
static unsigned
take_roles(const char *line)
{
	unsigned roles = 0;

	for (int i = 0; i < ROLES; i++) {
		if (strstr(line, role_word((enum role)i)) != NULL)
			roles |= 1u << i;
	}
	return (roles);
}

static void
described_as_it_is(void **state)
{
	char line[1024], path[1024] = "";
	const struct route *r = NULL;
	size_t n, met = 0;
	int later = 0;
	FILE *f = fopen(DESCRIPTION, "r");

	(void)state;
	assert_non_null(f);
	(void)routes_all(&n);
	while (fgets(line, sizeof(line), f) != NULL) {
		(void)take_path(line, path);
		if (strcmp(line, "    get:\n") == 0 ||
		    strcmp(line, "    post:\n") == 0) {
			r = find_same(line[4] == 'g' ? HTTP_GET : HTTP_POST,
			    path);
			later = 0;
		}
		if (strcmp(line, "      x-later: true\n") == 0)
			later = 1;
		if (strncmp(line, "      x-roles: [", 16) != 0)
			continue;
		assert_int_equal(later, r == NULL);
		if (later)
			continue;
		assert_int_equal(take_roles(line + 15), r->roles);
		met++;
	}
	fclose(f);
	assert_int_equal(met, n);
}

static const struct CMUnitTest plain[] = {
	cmocka_unit_test(no_row_twice),
	cmocka_unit_test(described_as_it_is),
};

#define TABLE_MAX 128

int
main(void)
{
	static char names[TABLE_MAX][64];
	struct CMUnitTest tests[LEN(plain) + LEN(find_rows) + TABLE_MAX];
	const struct route *rows;
	size_t n = 0, all;

	rows = routes_all(&all);
	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(find_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = find_rows[i].name,
		    .test_func = find_row,
		    .initial_state = (void *)(uintptr_t)&find_rows[i] };
	for (size_t i = 0; i < all && i < TABLE_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "row: %s %s",
		    rows[i].method == HTTP_GET ? "GET" : "POST",
		    rows[i].path);
		tests[n++] = (struct CMUnitTest){ .name = names[i],
		    .test_func = table_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	}
	if (all > TABLE_MAX)
		return (1);
	return (_cmocka_run_group_tests("api_routes", tests, n, NULL, NULL));
}
