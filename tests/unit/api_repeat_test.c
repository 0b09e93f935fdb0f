#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/repeat.h"
#include "tests/unit/api_store.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define DAY_MS	(24 * 3600 * 1000)

#define KEY	"key-of-the-first"
#define PATH	"/api/v1/visits"
#define BODY	"{\"mode\":\"pin\",\"slow\":true}"

/* json "" for none; the caller wipes it. */
static struct http_request
request(const char *key, const char *path, const char *query,
    const char *json)
{
	struct http_request r = { .method = HTTP_POST, .last_event_id = -1 };

	snprintf(r.key, sizeof(r.key), "%s", key);
	snprintf(r.path, sizeof(r.path), "%s", path);
	snprintf(r.query, sizeof(r.query), "%s", query);
	if (json[0] != '\0') {
		r.json = json_loads(json, 0, NULL);
		assert_non_null(r.json);
	}
	return (r);
}

static enum err
begin(const char *client, const struct http_request *r, int secret,
    struct repeat *rp)
{
	memset(rp, 'x', sizeof(*rp));
	return (repeat_begin(st, client, r, secret, rp));
}

/* The first one: PATH with BODY by kiosk-a, done with 201 and subject "v". */
static void
first(int secret)
{
	struct http_request r = request(KEY, PATH, "", BODY);
	struct repeat rp;

	assert_int_equal(begin("kiosk-a", &r, secret, &rp), ERR_OK);
	assert_false(rp.again);
	assert_int_equal(repeat_end(st, &rp, 201, "v"), ERR_OK);
	http_request_wipe(&r);
}

/* What comes after it. */
enum what { NEW, AGAIN, REUSED };

static const struct next_row {
	const char	*name, *client, *key, *path, *query, *json;
	int		 secret;
	enum what	 want;
} next_rows[] = {
	{ "the same", "kiosk-a", KEY, PATH, "", BODY, 0, AGAIN },
	{ "other order, other blanks", "kiosk-a", KEY, PATH, "",
	    "{ \"slow\": true, \"mode\": \"pin\" }", 0, AGAIN },
	{ "another key", "kiosk-a", "key-of-the-second", PATH, "", BODY, 0,
	    NEW },
	{ "the key in other case", "kiosk-a", "KEY-of-the-first", PATH, "",
	    BODY, 0, NEW },
	{ "another client", "kiosk-b", KEY, PATH, "", BODY, 0, NEW },
	{ "another client's other request", "kiosk-b", KEY, PATH, "", "", 0,
	    NEW },
	{ "another path", "kiosk-a", KEY, PATH "/x", "", BODY, 0, REUSED },
	{ "a query", "kiosk-a", KEY, PATH, "a=1", BODY, 0, REUSED },
	{ "path and query run together", "kiosk-a", KEY, "/api/v1/", "visits",
	    BODY, 0, REUSED },
	{ "no body", "kiosk-a", KEY, PATH, "", "", 0, REUSED },
	{ "an empty body", "kiosk-a", KEY, PATH, "", "{}", 0, REUSED },
	{ "another value", "kiosk-a", KEY, PATH, "",
	    "{\"mode\":\"face\",\"slow\":true}", 0, REUSED },
	{ "another type", "kiosk-a", KEY, PATH, "",
	    "{\"mode\":\"pin\",\"slow\":\"true\"}", 0, REUSED },
	{ "a member less", "kiosk-a", KEY, PATH, "", "{\"mode\":\"pin\"}", 0,
	    REUSED },
	{ "a member more", "kiosk-a", KEY, PATH, "",
	    "{\"mode\":\"pin\",\"slow\":true,\"a\":1}", 0, REUSED },
	{ "secret: the same", "kiosk-a", KEY, PATH, "", BODY, 1, AGAIN },
	{ "secret: another body", "kiosk-a", KEY, PATH, "",
	    "{\"mode\":\"face\"}", 1, AGAIN },
	{ "secret: no body", "kiosk-a", KEY, PATH, "", "", 1, AGAIN },
	{ "secret: another path", "kiosk-a", KEY, PATH "/x", "", BODY, 1,
	    REUSED },
	{ "secret: a query", "kiosk-a", KEY, PATH, "a=1", BODY, 1, REUSED },
	{ "secret: another client", "kiosk-b", KEY, PATH, "", BODY, 1, NEW },
};

static void
next_row(void **state)
{
	const struct next_row *row = *state;
	struct http_request r = request(row->key, row->path, row->query,
	    row->json);
	struct repeat rp;

	first(row->secret);
	assert_int_equal(begin(row->client, &r, row->secret, &rp),
	    row->want == REUSED ? ERR_KEY_REUSED : ERR_OK);
	assert_int_equal(rp.again, row->want != NEW);
	if (row->want == AGAIN) {
		assert_int_equal(rp.status, 201);
		assert_string_equal(rp.subject, "v");
	}
	http_request_wipe(&r);
}

/* It was begun, and the program ended: nobody knows what became of it. */
static void
begun_and_never_done(void **state)
{
	struct http_request r = request(KEY, PATH, "", BODY);
	struct repeat rp;

	(void)state;
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_OK);
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_OK);
	assert_true(rp.again);
	assert_int_equal(rp.status, 0);
	assert_string_equal(rp.subject, "");
	http_request_wipe(&r);
}

static void
what_was_not_done_frees_the_key(void **state)
{
	struct http_request r = request(KEY, PATH, "", BODY);
	struct http_request other = request(KEY, PATH "/x", "", "");
	struct repeat rp;

	(void)state;
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_OK);
	assert_int_equal(repeat_end(st, &rp, 0, ""), ERR_OK);
	assert_int_equal(begin("kiosk-a", &other, 0, &rp), ERR_OK);
	assert_false(rp.again);
	http_request_wipe(&r);
	http_request_wipe(&other);
}

/* Only its own: the other client's key stays. */
static void
freeing_is_by_client(void **state)
{
	struct http_request r = request(KEY, PATH, "", BODY);
	struct repeat rp;

	(void)state;
	first(0);
	assert_int_equal(begin("kiosk-b", &r, 0, &rp), ERR_OK);
	assert_int_equal(repeat_end(st, &rp, 0, ""), ERR_OK);
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_OK);
	assert_true(rp.again);
	http_request_wipe(&r);
}

static void
kept_for_a_day(void **state)
{
	struct http_request r = request(KEY, PATH, "", BODY);
	struct repeat rp;

	(void)state;
	first(0);
	fake_clock_add(DAY_MS);
	assert_int_equal(repeat_prune(st), ERR_OK);
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_OK);
	assert_true(rp.again);
	fake_clock_add(1);
	assert_int_equal(repeat_prune(st), ERR_OK);
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_OK);
	assert_false(rp.again);
	http_request_wipe(&r);
}

static void
kept_by_a_store_that_was_closed(void **state)
{
	struct http_request r = request(KEY, PATH, "", BODY);
	struct repeat rp;

	(void)state;
	first(0);
	store_close(&st);
	assert_int_equal(store_open(store_path, &st, NULL), ERR_OK);
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_OK);
	assert_true(rp.again);
	http_request_wipe(&r);
}

/* A digest of four digits would be found by trying all of them. */
static void
secret_leaves_the_body_out(void **state)
{
	struct http_request r = request(KEY, PATH, "", "{\"pin\":\"7391\"}");
	struct http_request other = request("key-of-the-second", PATH, "",
	    "{\"pin\":\"1234\"}");
	struct repeat one, two;

	(void)state;
	assert_int_equal(begin("kiosk-a", &r, 1, &one), ERR_OK);
	assert_int_equal(begin("kiosk-a", &other, 1, &two), ERR_OK);
	assert_string_equal(one.fingerprint, two.fingerprint);
	assert_int_equal(strlen(one.fingerprint), 64);
	http_request_wipe(&r);
	http_request_wipe(&other);
}

/* Somebody else writes, for longer than the store waits. */
static void
store_that_is_busy_is_told(void **state)
{
	struct http_request r = request(KEY, PATH, "", BODY);
	struct store *other = NULL;
	struct repeat rp;

	(void)state;
	assert_int_equal(store_open(store_path, &other, NULL), ERR_OK);
	assert_int_equal(store_begin(other), ERR_OK);
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_STORE_BUSY);
	assert_false(rp.again);
	store_rollback(other);
	store_close(&other);
	assert_int_equal(begin("kiosk-a", &r, 0, &rp), ERR_OK);
	assert_false(rp.again);
	http_request_wipe(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, store_up, store_down)

static const struct CMUnitTest plain[] = {
	TEST(begun_and_never_done),
	TEST(what_was_not_done_frees_the_key),
	TEST(freeing_is_by_client),
	TEST(kept_for_a_day),
	TEST(kept_by_a_store_that_was_closed),
	TEST(secret_leaves_the_body_out),
	TEST(store_that_is_busy_is_told),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(next_rows)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(next_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = next_rows[i].name,
		    .test_func = next_row, .setup_func = store_up,
		    .teardown_func = store_down,
		    .initial_state = (void *)(uintptr_t)&next_rows[i] };
	return (cmocka_run_group_tests_name("api_repeat", tests, NULL,
	    NULL));
}
