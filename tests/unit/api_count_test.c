#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/count.h"
#include "tests/unit/api_store.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define MANY	1203	/* more than two turns of reading */

static struct count *count;

static int
set_up(void **state)
{
	if (store_up(state) != 0)
		return (-1);
	return (count_open(st, &count) == ERR_OK ? 0 : -1);
}

static int
tear_down(void **state)
{
	count_close(&count);
	return (count == NULL ? store_down(state) : -1);
}

static void
event(const char *kind, const char *data)
{
	const struct val p[] = { val_int(STORE_START), val_text(kind),
	    val_text(NULL), val_text("kiosk-a"), val_text(data) };

	assert_int_equal(store_run(st, SQL_EVENT_ADD, p, 5, NULL, NULL, NULL),
	    ERR_OK);
}

static const char *
printed(struct blob *out)
{
	blob_free(out);
	assert_int_equal(count_print(count, out), ERR_OK);
	return (blob_str(out));
}

static void
has(const char *line)
{
	struct blob out = { 0 };

	assert_non_null(strstr(printed(&out), line));
	blob_free(&out);
}

/* Transitions in all, whichever. */
static int
moves(void)
{
	static const char name[] = "shikaku_visit_transitions_total{";
	struct blob out = { 0 };
	const char *at = printed(&out);
	int n = 0;

	while ((at = strstr(at, name)) != NULL) {
		at = strstr(at, "} ");
		assert_non_null(at);
		n += atoi(at + 2);
	}
	blob_free(&out);
	return (n);
}

/* --- events --- */

static const struct event_row {
	const char	*name, *kind, *data;
	int		 want;
} event_rows[] = {
	{ "a transition", "visit", "{\"from\":\"idle\",\"state\":\"card\"}",
	    1 },
	{ "to itself", "visit", "{\"from\":\"card\",\"state\":\"card\"}", 1 },
	{ "with all the rest", "visit", "{\"at\":\"x\",\"visit\":\"y\","
	    "\"client\":null,\"from\":\"answered\",\"event\":\"show\","
	    "\"state\":\"done\",\"wants\":null}", 1 },
	{ "only wants", "visit", "{\"state\":\"card\",\"wants\":\"pin\"}",
	    0 },
	{ "no new state", "visit", "{\"from\":\"card\"}", 0 },
	{ "of a state nobody knows", "visit",
	    "{\"from\":\"x\",\"state\":\"card\"}", 0 },
	{ "to a state nobody knows", "visit",
	    "{\"from\":\"idle\",\"state\":\"x\"}", 0 },
	{ "state is a number", "visit", "{\"from\":\"idle\",\"state\":1}",
	    0 },
	{ "from is null", "visit", "{\"from\":null,\"state\":\"card\"}", 0 },
	{ "a list", "visit", "[\"idle\",\"card\"]", 0 },
	{ "no JSON", "visit", "idle card", 0 },
	{ "empty", "visit", "", 0 },
	{ "of a reader", "reader", "{\"from\":\"idle\",\"state\":\"card\"}",
	    0 },
	{ "an alarm", "alarm", "{\"from\":\"idle\",\"state\":\"card\"}", 0 },
};

static void
event_row(void **state)
{
	const struct event_row *row = *state;

	event(row->kind, row->data);
	count_events(count, st);
	assert_int_equal(moves(), row->want);
	/* Once. */
	count_events(count, st);
	assert_int_equal(moves(), row->want);
	/* One that says nothing keeps none from being counted after it. */
	event("visit", "{\"from\":\"idle\",\"state\":\"card\"}");
	count_events(count, st);
	assert_int_equal(moves(), row->want + 1);
}

static void
what_was_before_is_not_counted(void **state)
{
	struct count *later;

	(void)state;
	event("visit", "{\"from\":\"idle\",\"state\":\"card\"}");
	assert_int_equal(count_open(st, &later), ERR_OK);
	count_close(&count);
	count = later;
	count_events(count, st);
	assert_int_equal(moves(), 0);
	event("visit", "{\"from\":\"card\",\"state\":\"verified\"}");
	count_events(count, st);
	assert_int_equal(moves(), 1);
	has("shikaku_visit_transitions_total{from=\"card\",to=\"verified\"} "
	    "1\n");
}

static void
more_than_one_turn(void **state)
{
	(void)state;
	assert_int_equal(store_begin(st), ERR_OK);
	for (int i = 0; i < MANY; i++)
		event("visit", "{\"from\":\"idle\",\"state\":\"card\"}");
	assert_int_equal(store_commit(st), ERR_OK);
	count_events(count, st);
	assert_int_equal(moves(), MANY);
}

/* --- requests --- */

static const struct request_row {
	const char	*name;
	int		 status;
	const char	*line;		/* NULL: counted nowhere */
} request_rows[] = {
	{ "200", 200, "{status=\"2xx\"} 1\n" },
	{ "201", 201, "{status=\"2xx\"} 1\n" },
	{ "303", 303, "{status=\"3xx\"} 1\n" },
	{ "401", 401, "{status=\"4xx\"} 1\n" },
	{ "503", 503, "{status=\"5xx\"} 1\n" },
	{ "100", 100, "{status=\"1xx\"} 1\n" },
	{ "599", 599, "{status=\"5xx\"} 1\n" },
	{ "none", 0, NULL },
	{ "below", 99, NULL },
	{ "above", 600, NULL },
	{ "far above", 70000, NULL },
	{ "negative", -200, NULL },
};

static void
request_row(void **state)
{
	const struct request_row *row = *state;
	struct blob out = { 0 };
	const char *text;
	int ones = 0;

	count_request(count, row->status);
	text = printed(&out);
	for (const char *at = text; (at = strstr(at, "xx\"} 1\n")) != NULL;
	    at++)
		ones++;
	assert_int_equal(ones, row->line != NULL);
	if (row->line != NULL)
		assert_non_null(strstr(text, row->line));
	blob_free(&out);
}

/* Every line is a type, or a metric and a number. */
static void
prometheus_can_read_it(void **state)
{
	struct blob out = { 0 };
	const char *line, *end;

	(void)state;
	event("visit", "{\"from\":\"idle\",\"state\":\"card\"}");
	count_events(count, st);
	count_request(count, 200);
	for (line = printed(&out); *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		assert_true(strncmp(line, "# TYPE shikaku_", 15) == 0 ||
		    strncmp(line, "shikaku_", 8) == 0);
		assert_true(line[0] == '#' ? strncmp(end - 8, " counter",
		    8) == 0 : end[-1] >= '0' && end[-1] <= '9');
	}
	blob_free(&out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest plain[] = {
	TEST(what_was_before_is_not_counted),
	TEST(more_than_one_turn),
	TEST(prometheus_can_read_it),
};

static struct CMUnitTest
row_test(const char *name, CMUnitTestFunction f, const void *row)
{
	return ((struct CMUnitTest){ .name = name, .test_func = f,
	    .setup_func = set_up, .teardown_func = tear_down,
	    .initial_state = (void *)(uintptr_t)row });
}

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(event_rows) +
	    LEN(request_rows)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(event_rows); i++)
		tests[n++] = row_test(event_rows[i].name, event_row,
		    &event_rows[i]);
	for (size_t i = 0; i < LEN(request_rows); i++)
		tests[n++] = row_test(request_rows[i].name, request_row,
		    &request_rows[i]);
	return (cmocka_run_group_tests_name("api_count", tests, NULL, NULL));
}
