#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/client/sse.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* events: "name|data|id;" of each, and "BAD" where it ends so. */
static const struct row {
	const char	*name, *bytes, *events;
	int		 retry_ms;
} rows[] = {
	{ "one", "id: 7\nevent: visit\ndata: {}\n\n", "visit|{}|7;", -1 },
	{ "two", "id: 7\nevent: a\ndata: 1\n\nid: 8\nevent: b\ndata: 2\n\n",
	    "a|1|7;b|2|8;", -1 },
	{ "CR LF", "id: 7\r\nevent: a\r\ndata: 1\r\n\r\n", "a|1|7;", -1 },
	{ "CR", "id: 7\revent: a\rdata: 1\r\r", "a|1|7;", -1 },
	{ "no blank behind the colon", "id:7\nevent:a\ndata:1\n\n",
	    "a|1|7;", -1 },
	{ "one blank of two", "data:  1\n\n", "| 1|;", -1 },
	{ "two lines of data", "data: 1\ndata: 2\n\n", "|1\n2|;", -1 },
	{ "an empty line of data", "data\n\n", "||;", -1 },
	{ "the id stays", "id: 7\ndata: 1\n\ndata: 2\n\n", "|1|7;|2|7;", -1 },
	{ "the name does not", "event: a\ndata: 1\n\ndata: 2\n\n",
	    "a|1|;|2|;", -1 },
	{ "a comment", ": ping\n\ndata: 1\n\n", "|1|;", -1 },
	{ "a field nobody knows", "dato: 1\ndata: 1\n\n", "|1|;", -1 },
	{ "no data is no event", "event: a\n\ndata: 1\n\n", "|1|;", -1 },
	{ "not complete", "data: 1\n", "", -1 },
	{ "an id without an event is kept", "id: 9\n\ndata: 1\n\n", "|1|9;",
	    -1 },
	{ "a name too long is nobody's",
	    "event: abcdefghijklmnop\ndata: 1\n\n", "?|1|;", -1 },
	{ "retry", "retry: 250\n\n", "", 250 },
	{ "retry that is no number", "retry: 1s\n\n", "", -1 },
	{ "retry that never ends", "retry: 9999999\n\n", "", -1 },
	{ "an id that is no number", "id: 7a\ndata: 1\n\n", "BAD", -1 },
	{ "an empty id", "id:\ndata: 1\n\n", "BAD", -1 },
	{ "an id of 19 digits", "id: 1234567890123456789\ndata: 1\n\n",
	    "BAD", -1 },
};

static void
note(const struct sse *s, char *out, size_t size)
{
	size_t n = strlen(out);

	(void)snprintf(out + n, size - n, "%s|%.*s|%s;", s->name,
	    (int)s->data_len, s->data, s->id);
}

static void
feed(struct sse *s, const char *bytes, size_t n, char *out, size_t size)
{
	enum sse_word w;

	while (n > 0 && strstr(out, "BAD") == NULL) {
		w = sse_feed(s, &bytes, &n);
		if (w == SSE_EVENT)
			note(s, out, size);
		if (w == SSE_BAD)
			strcat(out, "BAD");
	}
}

static void
row_test(void **state)
{
	const struct row *row = *state;
	struct sse *s = malloc(sizeof(*s));
	char whole[256] = "", bytewise[256] = "";

	assert_non_null(s);
	sse_init(s);
	feed(s, row->bytes, strlen(row->bytes), whole, sizeof(whole));
	assert_string_equal(whole, row->events);
	assert_int_equal(s->retry_ms, row->retry_ms);
	sse_init(s);
	for (size_t i = 0; row->bytes[i] != '\0'; i++)
		feed(s, row->bytes + i, 1, bytewise, sizeof(bytewise));
	assert_string_equal(bytewise, row->events);
	free(s);
}

static void
restart_forgets_the_half(void **state)
{
	struct sse *s = malloc(sizeof(*s));
	char out[64] = "";

	(void)state;
	assert_non_null(s);
	sse_init(s);
	feed(s, "id: 1\ndata: a\n\n", 15, out, sizeof(out));
	feed(s, "id: 2\nevent: x\ndata: b\nda", 25, out, sizeof(out));
	sse_restart(s);
	assert_string_equal(s->id, "1");
	feed(s, "data: c\n\n", 9, out, sizeof(out));
	assert_string_equal(out, "|a|1;|c|1;");
	free(s);
}

/* How many bytes a line may have, and how many an event. */
static void
limits(void **state)
{
	struct sse *s = malloc(sizeof(*s));
	char *line = malloc(SSE_LINE_MAX + 2), out[64] = "";
	const char *p = line;
	size_t n = SSE_LINE_MAX + 1;

	(void)state;
	assert_non_null(s);
	assert_non_null(line);
	memset(line, 'x', SSE_LINE_MAX + 2);
	sse_init(s);
	assert_int_equal(sse_feed(s, &p, &n), SSE_BAD);
	memcpy(line, "data: ", 6);
	line[9000] = '\n';
	sse_init(s);
	feed(s, line, 9001, out, sizeof(out));
	assert_string_equal(out, "");
	feed(s, line, 9001, out, sizeof(out));
	assert_string_equal(out, "BAD");
	free(line);
	free(s);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 2];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    restart_forgets_the_half);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(limits);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
