#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define API	TEST_DATA "/../../host/api"
#define LIBRARY	TEST_BIN "/../lib/libshikaku.so"

/* Header, page, version script and library say the same twelve names. */
static const char *const calls[] = {
	"shikaku_open", "shikaku_close", "shikaku_last_problem",
	"shikaku_start", "shikaku_begin", "shikaku_get", "shikaku_number_b",
	"shikaku_pin", "shikaku_photo", "shikaku_evidence", "shikaku_answer",
	"shikaku_wait",
};

/* What a command prints, and its end; the caller frees. */
static char *
output(const char *command, int *end)
{
	char *text = calloc(1, 1u << 18);
	FILE *p = popen(command, "r");

	assert_non_null(text);
	assert_non_null(p);
	text[fread(text, 1, (1u << 18) - 1, p)] = '\0';
	*end = pclose(p);
	return (text);
}

static size_t
count(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, word)) != NULL; p++)
		n++;
	return (n);
}

static void
one_call(void **state)
{
	const char *name = *state;
	char word[64], *header, *page, *exported;
	int end;

	header = output("cat " API "/shikaku.h", &end);
	page = output("cat " API "/client/libshikaku.3", &end);
	exported = output("nm -D --defined-only " LIBRARY, &end);
	(void)snprintf(word, sizeof(word), "%s(", name);
	assert_int_equal(count(header, word), 1);
	(void)snprintf(word, sizeof(word), ".Fo %s\n", name);
	assert_int_equal(count(page, word), 1);
	(void)snprintf(word, sizeof(word), ".Nm %s", name);
	assert_true(count(page, word) >= 1);
	(void)snprintf(word, sizeof(word), " T %s@@SHIKAKU_0\n", name);
	assert_int_equal(count(exported, word), 1);
	free(header);
	free(page);
	free(exported);
}

/* One line per call, and one of the version itself. */
static void
nothing_more(void **state)
{
	int end;
	char *exported = output("nm -D --defined-only " LIBRARY, &end);

	(void)state;
	assert_int_equal(end, 0);
	assert_int_equal(count(exported, "\n"), LEN(calls) + 1);
	assert_int_equal(count(exported, " A SHIKAKU_0\n"), 1);
	free(exported);
}

static void
compiles(const char *compiler)
{
	char command[512], *said;
	int end;

	(void)snprintf(command, sizeof(command), "echo '#include <shikaku.h>'"
	    " | %s -pedantic-errors -Wall -Wextra -Werror -I" API
	    " -fsyntax-only - 2>&1", compiler);
	said = output(command, &end);
	if (end != 0)
		fail_msg("%s", said);
	free(said);
}

static void
header_is_c99(void **state)
{
	(void)state;
	compiles("cc -std=c99 -x c");
}

static void
header_is_cpp(void **state)
{
	(void)state;
	if (system("command -v c++ >/dev/null") != 0) {
		print_message("skipped, because there is no C++ compiler\n");
		skip();
	}
	compiles("c++ -std=c++11 -x c++");
}

static void
soname(void **state)
{
	int end;
	char *said = output("readelf -d " LIBRARY, &end);

	(void)state;
	assert_int_equal(count(said, "soname: [libshikaku.so.0]"), 1);
	free(said);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(calls) + 4] = {
		cmocka_unit_test(nothing_more),
		cmocka_unit_test(header_is_c99),
		cmocka_unit_test(header_is_cpp),
		cmocka_unit_test(soname),
	};

	for (size_t i = 0; i < LEN(calls); i++)
		tests[4 + i] = (struct CMUnitTest){ .name = calls[i],
		    .test_func = one_call,
		    .initial_state = (void *)(uintptr_t)calls[i] };
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
