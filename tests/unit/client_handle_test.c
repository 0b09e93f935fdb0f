#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/api/client/handle.h"
#include "tests/unit/client_stub.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define SOCKET	.socket = "/tmp/x"
#define TOKEN	.token = STUB_TOKEN
#define CA	.ca_file = "/tmp/ca"

/* want SHIKAKU_OK: base is what requests go to. */
static const struct row {
	const char		*name;
	struct shikaku_conf	 conf;
	enum shikaku_err	 want;
	const char		*base;
} rows[] = {
	{ "socket", { SOCKET, TOKEN }, SHIKAKU_OK, "http://localhost" },
	{ "http to 127.0.0.1", { .url = "http://127.0.0.1:8787", TOKEN },
	    SHIKAKU_OK, "http://127.0.0.1:8787" },
	{ "http to localhost", { .url = "http://localhost:8787/", TOKEN },
	    SHIKAKU_OK, "http://localhost:8787" },
	{ "http to ::1", { .url = "http://[::1]:8787", TOKEN }, SHIKAKU_OK,
	    "http://[::1]:8787" },
	{ "https", { .url = "https://agent.example:8443", TOKEN, CA },
	    SHIKAKU_OK, "https://agent.example:8443" },
	{ "https without port", { .url = "https://192.0.2.7", TOKEN, CA },
	    SHIKAKU_OK, "https://192.0.2.7:443" },
	{ "shortest time", { SOCKET, TOKEN, .timeout_ms = 100 }, SHIKAKU_OK,
	    "http://localhost" },
	/* The token would be read on the way. */
	{ "http to the LAN", { .url = "http://192.0.2.7:8787", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "http to a name", { .url = "http://agent.example", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "http to a name that begins with 127", {
	    .url = "http://127.0.0.1.example", TOKEN }, SHIKAKU_SETUP, NULL },
	{ "http to a name that begins with localhost", {
	    .url = "http://localhost.example", TOKEN }, SHIKAKU_SETUP, NULL },
	{ "http to all addresses", { .url = "http://0.0.0.0:8787", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "http to a mapped address", {
	    .url = "http://[::ffff:192.0.2.7]:8787", TOKEN }, SHIKAKU_SETUP,
	    NULL },
	{ "a user before the host", { .url = "http://127.0.0.1:8787@x.example",
	    TOKEN }, SHIKAKU_SETUP, NULL },
	{ "a path", { .url = "http://127.0.0.1:8787/api/v1", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "a query", { .url = "http://127.0.0.1:8787?x", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "a fragment", { .url = "http://127.0.0.1:8787#x", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "a file", { .url = "file:///etc/passwd", TOKEN }, SHIKAKU_SETUP,
	    NULL },
	{ "another scheme", { .url = "ftp://127.0.0.1", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "no scheme", { .url = "127.0.0.1:8787", TOKEN }, SHIKAKU_SETUP,
	    NULL },
	{ "empty address", { .url = "", TOKEN }, SHIKAKU_SETUP, NULL },
	{ "a line feed in it", { .url = "http://127.0.0.1\r\nX: y", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "a port there is not", { .url = "http://127.0.0.1:99999", TOKEN },
	    SHIKAKU_SETUP, NULL },
	{ "neither socket nor address", { TOKEN }, SHIKAKU_ARGUMENT, NULL },
	{ "both", { SOCKET, .url = "http://127.0.0.1", TOKEN },
	    SHIKAKU_ARGUMENT, NULL },
	{ "empty path", { .socket = "", TOKEN }, SHIKAKU_SETUP, NULL },
	{ "path of 108", { .socket = "/23456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789012345678901234567890"
	    "12345678", TOKEN }, SHIKAKU_SETUP, NULL },
	{ "https without ca_file", { .url = "https://192.0.2.7", TOKEN },
	    SHIKAKU_ARGUMENT, NULL },
	{ "certificate without key", { .url = "https://192.0.2.7", TOKEN, CA,
	    .cert_file = "/tmp/c" }, SHIKAKU_ARGUMENT, NULL },
	{ "key without certificate", { .url = "https://192.0.2.7", TOKEN, CA,
	    .key_file = "/tmp/k" }, SHIKAKU_ARGUMENT, NULL },
	{ "no key where it is said", { .url = "https://192.0.2.7", TOKEN, CA,
	    .cert_file = "/tmp/c", .key_file = "/nowhere/k" }, SHIKAKU_SETUP,
	    NULL },
	{ "ca_file on a socket", { SOCKET, TOKEN, CA }, SHIKAKU_ARGUMENT,
	    NULL },
	{ "no token", { SOCKET }, SHIKAKU_ARGUMENT, NULL },
	{ "two tokens", { SOCKET, TOKEN, .token_file = "/tmp/t" },
	    SHIKAKU_ARGUMENT, NULL },
	{ "empty token", { SOCKET, .token = "" }, SHIKAKU_SETUP, NULL },
	{ "token with a header behind", { SOCKET, .token = "x\r\nHost: y" },
	    SHIKAKU_SETUP, NULL },
	{ "token with a blank", { SOCKET, .token = "x y" }, SHIKAKU_SETUP,
	    NULL },
	{ "token of = alone", { SOCKET, .token = "==" }, SHIKAKU_SETUP,
	    NULL },
	{ "no token file", { SOCKET, .token_file = "/nowhere/t" },
	    SHIKAKU_SETUP, NULL },
	{ "too short a time", { SOCKET, TOKEN, .timeout_ms = 99 },
	    SHIKAKU_ARGUMENT, NULL },
	{ "too long a time", { SOCKET, TOKEN, .timeout_ms = 120001 },
	    SHIKAKU_ARGUMENT, NULL },
	{ "a time below 0", { SOCKET, TOKEN, .timeout_ms = -1 },
	    SHIKAKU_ARGUMENT, NULL },
	{ "no evidence key where it is said", { SOCKET, TOKEN,
	    .evidence_key_file = "/nowhere/k" }, SHIKAKU_SETUP, NULL },
};

static void
row_test(void **state)
{
	const struct row *row = *state;
	struct shikaku_problem why;
	struct shikaku *h = (struct shikaku *)(uintptr_t)row;
	enum shikaku_err r = shikaku_open(&row->conf, &h, &why);
	char base[400];

	if (r != row->want)
		fail_msg("%d: %s", (int)r, why.detail);
	if (r != SHIKAKU_OK) {
		assert_null(h);
		assert_true(strlen(why.text.ja) > 0 && why.detail[0] != 0);
		assert_string_equal(why.code, r == SHIKAKU_SETUP ?
		    "CLIENT_SETUP" : "CLIENT_ARGUMENT");
		assert_null(strstr(why.detail, "@"));
		return;
	}
	(void)snprintf(base, sizeof(base), "%s/api/v1", row->base);
	assert_string_equal(h->address.base, base);
	assert_string_equal(why.code, "");
	shikaku_close(&h);
	assert_null(h);
}

static const struct token_row {
	const char	*name, *text;
	mode_t		 mode;
	const char	*want;		/* NULL: refused */
} token_rows[] = {
	{ "token file", "abc-_.~+/9==", 0600, "abc-_.~+/9==" },
	{ "token file, line feed", "abc\n", 0400, "abc" },
	{ "token file, CR LF", "abc\r\n", 0600, "abc" },
	{ "token file, only the first line", "abc\ndef\n", 0600, "abc" },
	{ "token file, others read it", "abc\n", 0604, NULL },
	{ "token file, the group reads it", "abc\n", 0640, NULL },
	{ "token file, the group writes it", "abc\n", 0620, NULL },
	{ "token file, empty", "", 0600, NULL },
	{ "token file, an empty line first", "\nabc\n", 0600, NULL },
	{ "token file, a header behind", "abc\tX: y", 0600, NULL },
};

static void
token_test(void **state)
{
	const struct token_row *row = *state;
	struct shikaku_conf conf = { .socket = "/tmp/x" };
	struct shikaku_problem why;
	char dir[] = "/tmp/client_handle.XXXXXX", path[64], line[64];
	enum shikaku_err r;
	struct shikaku *h;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/token", dir);
	stub_file(path, row->text, row->mode);
	conf.token_file = path;
	r = shikaku_open(&conf, &h, &why);
	(void)unlink(path);
	(void)rmdir(dir);
	assert_int_equal(r, row->want == NULL ? SHIKAKU_SETUP : SHIKAKU_OK);
	if (row->want == NULL) {
		assert_null(strstr(why.detail, "abc"));
		return;
	}
	(void)snprintf(line, sizeof(line), "Authorization: Bearer %s",
	    row->want);
	assert_string_equal(h->authorization, line);
	shikaku_close(&h);
}

static void
nothing_given(void **state)
{
	const struct shikaku_conf conf = { SOCKET, TOKEN };
	struct shikaku *h = NULL;

	(void)state;
	assert_int_equal(shikaku_open(NULL, &h, NULL), SHIKAKU_ARGUMENT);
	assert_int_equal(shikaku_open(&conf, NULL, NULL), SHIKAKU_ARGUMENT);
	shikaku_close(NULL);
	shikaku_close(&h);
	assert_string_equal(shikaku_last_problem(NULL)->code, "");
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(token_rows) + 1];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(token_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = token_rows[i].name,
		    .test_func = token_test,
		    .initial_state = (void *)(uintptr_t)&token_rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(nothing_given);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
