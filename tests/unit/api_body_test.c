#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/body.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const words[] = { "paper", "electronic", NULL };
static const struct body_rule rules[] = {
	{ "digits", BODY_TEXT, 1, 4, 6, BODY_DIGITS, NULL },
	{ "staff", BODY_TEXT, 0, 1, 4, NULL, NULL },
	{ "word", BODY_TEXT, 0, 0, 0, NULL, words },
	{ "number", BODY_INT, 0, -1, 3, NULL, NULL },
	{ "yes", BODY_BOOL, 0, 0, 0, NULL, NULL },
	{ "day", BODY_DATE, 0, 0, 0, NULL, NULL },
	{ "month", BODY_MONTH, 0, 0, 0, NULL, NULL },
	{ "id", BODY_ID, 0, 0, 0, NULL, NULL },
	{ "ids", BODY_IDS, 0, 1, 2, NULL, NULL },
	{ "charts", BODY_CHARTS, 0, 1, 2, NULL, NULL },
	{ "words", BODY_WORDS, 0, 1, 2, NULL, words },
};

#define ID	"\"01234567-89ab-4def-8123-456789abcdef\""
/* A body that is right but for one member. */
#define WITH(member) "{\"digits\":\"1234\"," member "}"

#define OTHER "a member that is not described"

/* want: the note; NULL when it is taken. */
static const struct row {
	const char	*name, *json, *want;
} rows[] = {
	{ "what is needed", "{\"digits\":\"1234\"}", NULL },
	{ "all", "{\"digits\":\"123456\",\"staff\":\"a\",\"word\":\"paper\","
	    "\"number\":3,\"yes\":true}", NULL },
	{ "order does not matter", "{\"yes\":false,\"digits\":\"00000\"}",
	    NULL },
	{ "Japanese counts as characters",
	    "{\"digits\":\"1234\",\"staff\":\"受付担当\"}", NULL },
	{ "four bytes each", "{\"digits\":\"1234\",\"staff\":\"𠮷𠮷𠮷𠮷\"}",
	    NULL },
	{ "least number", "{\"digits\":\"1234\",\"number\":-1}", NULL },
	{ "nothing", NULL, "digits" },
	{ "an empty object", "{}", "digits" },
	{ "needed is missing", "{\"yes\":true}", "digits" },
	{ "too short", "{\"digits\":\"123\"}", "digits" },
	{ "empty", "{\"digits\":\"\"}", "digits" },
	{ "too long", "{\"digits\":\"1234567\"}", "digits" },
	{ "a letter", "{\"digits\":\"123a\"}", "digits" },
	{ "full width", "{\"digits\":\"１２３４\"}", "digits" },
	{ "a sign", "{\"digits\":\"-123\"}", "digits" },
	{ "a line feed", "{\"digits\":\"1234\\n\"}", "digits" },
	{ "a number for a text", "{\"digits\":1234}", "digits" },
	{ "null for a text", "{\"digits\":null}", "digits" },
	{ "a list for a text", "{\"digits\":[\"1234\"]}", "digits" },
	{ "an object for a text", "{\"digits\":{\"digits\":\"1234\"}}",
	    "digits" },
	{ "true for a text", "{\"digits\":true}", "digits" },
	{ "other case", "{\"Digits\":\"1234\"}", "digits" },
	{ "a blank in the name", "{\"digits \":\"1234\"}", "digits" },
	{ "free text: empty", "{\"digits\":\"1234\",\"staff\":\"\"}",
	    "staff" },
	{ "free text: too long", "{\"digits\":\"1234\",\"staff\":\"abcde\"}",
	    "staff" },
	{ "free text: too long in Japanese",
	    "{\"digits\":\"1234\",\"staff\":\"受付担当者\"}", "staff" },
	{ "free text: null", "{\"digits\":\"1234\",\"staff\":null}",
	    "staff" },
	{ "free text: a tab", "{\"digits\":\"1234\",\"staff\":\"a\\tb\"}",
	    "staff" },
	{ "free text: an escape",
	    "{\"digits\":\"1234\",\"staff\":\"\\u001b[2\"}", "staff" },
	{ "free text: delete", "{\"digits\":\"1234\",\"staff\":\"\\u007f\"}",
	    "staff" },
	{ "free text: a 0 in it", "{\"digits\":\"1234\",\"staff\":"
	    "\"a\\u0000b\"}", "staff" },
	{ "a 0 after the digits", "{\"digits\":\"1234\\u0000\"}", "digits" },
	{ "another word", "{\"digits\":\"1234\",\"word\":\"Paper\"}",
	    "word" },
	{ "a word and more", "{\"digits\":\"1234\",\"word\":\"papers\"}",
	    "word" },
	{ "a word, and a 0 in it", "{\"digits\":\"1234\","
	    "\"word\":\"paper\\u0000x\"}", "word" },
	{ "no word", "{\"digits\":\"1234\",\"word\":\"\"}", "word" },
	{ "too large", "{\"digits\":\"1234\",\"number\":4}", "number" },
	{ "too small", "{\"digits\":\"1234\",\"number\":-2}", "number" },
	{ "beyond an int", "{\"digits\":\"1234\",\"number\":4294967297}",
	    "number" },
	{ "beyond an int, below 0",
	    "{\"digits\":\"1234\",\"number\":-4294967296}", "number" },
	{ "a fraction", "{\"digits\":\"1234\",\"number\":1.0}", "number" },
	{ "a text for a number", "{\"digits\":\"1234\",\"number\":\"1\"}",
	    "number" },
	{ "true for a number", "{\"digits\":\"1234\",\"number\":true}",
	    "number" },
	{ "1 for yes", "{\"digits\":\"1234\",\"yes\":1}", "yes" },
	{ "a text for yes", "{\"digits\":\"1234\",\"yes\":\"true\"}", "yes" },
	{ "null for yes", "{\"digits\":\"1234\",\"yes\":null}", "yes" },
	{ "a day", WITH("\"day\":\"2024-02-29\""), NULL },
	{ "a month", WITH("\"month\":\"2024-12\""), NULL },
	{ "day: not in the calendar", WITH("\"day\":\"2023-02-29\""), "day" },
	{ "day: month 13", WITH("\"day\":\"2024-13-01\""), "day" },
	{ "day: day 0", WITH("\"day\":\"2024-01-00\""), "day" },
	{ "day: without hyphens", WITH("\"day\":\"20240229\""), "day" },
	{ "day: short", WITH("\"day\":\"2024-2-29\""), "day" },
	{ "day: other hyphens", WITH("\"day\":\"2024/02/29\""), "day" },
	{ "day: a time behind it", WITH("\"day\":\"2024-02-29T\""), "day" },
	{ "day: empty", WITH("\"day\":\"\""), "day" },
	{ "day: full width", WITH("\"day\":\"２０２４-02-29\""), "day" },
	{ "day: letters", WITH("\"day\":\"YYYY-MM-DD\""), "day" },
	{ "day: long ago", WITH("\"day\":\"1700-01-01\""), "day" },
	{ "day: a number", WITH("\"day\":20240229"), "day" },
	{ "day: null", WITH("\"day\":null"), "day" },
	{ "month: 13", WITH("\"month\":\"2024-13\""), "month" },
	{ "month: 0", WITH("\"month\":\"2024-00\""), "month" },
	{ "month: a day", WITH("\"month\":\"2024-12-01\""), "month" },
	{ "month: without a hyphen", WITH("\"month\":\"202412\""), "month" },
	{ "month: empty", WITH("\"month\":\"\""), "month" },
	{ "an id", WITH("\"id\":" ID), NULL },
	{ "id: empty", WITH("\"id\":\"\""), "id" },
	{ "id: capitals", WITH("\"id\":\"01234567-89AB-4DEF-8123-456789ABCDEF\""), "id" },
	{ "id: version 1", WITH("\"id\":\"01234567-89ab-1def-8123-456789abcdef\""), "id" },
	{ "id: too short", WITH("\"id\":\"01234567-89ab-4def-8123-456789abcde\""), "id" },
	{ "id: too long", WITH("\"id\":\"01234567-89ab-4def-8123-456789abcdef0\""), "id" },
	{ "id: without hyphens", WITH("\"id\":\"0123456789ab4def8123456789abcdef\""), "id" },
	{ "one id of a list", WITH("\"ids\":[" ID "]"), NULL },
	{ "two ids", WITH("\"ids\":[" ID "," ID "]"), NULL },
	{ "ids: three", WITH("\"ids\":[" ID "," ID "," ID "]"), "ids" },
	{ "ids: none", WITH("\"ids\":[]"), "ids" },
	{ "ids: no list", WITH("\"ids\":" ID), "ids" },
	{ "ids: one of them is none", WITH("\"ids\":[" ID ",\"x\"]"),
	    "ids" },
	{ "ids: a list in it", WITH("\"ids\":[[" ID "]]"), "ids" },
	{ "ids: null in it", WITH("\"ids\":[null]"), "ids" },
	{ "chart numbers", WITH("\"charts\":[\"00013\",\"a/b\"]"), NULL },
	{ "charts: empty", WITH("\"charts\":[\"\"]"), "charts" },
	{ "charts: a blank", WITH("\"charts\":[\"1 3\"]"), "charts" },
	{ "charts: Japanese", WITH("\"charts\":[\"資格\"]"), "charts" },
	{ "charts: too long", WITH("\"charts\":[\"123456789012345678901234567890123\"]"), "charts" },
	{ "charts: a number", WITH("\"charts\":[13]"), "charts" },
	{ "charts: three", WITH("\"charts\":[\"1\",\"2\",\"3\"]"), "charts" },
	{ "charts: none", WITH("\"charts\":[]"), "charts" },
	{ "charts: an object", WITH("\"charts\":{}"), "charts" },
	{ "words", WITH("\"words\":[\"paper\",\"electronic\"]"), NULL },
	{ "words: another", WITH("\"words\":[\"papers\"]"), "words" },
	{ "words: empty", WITH("\"words\":[\"\"]"), "words" },
	{ "words: none", WITH("\"words\":[]"), "words" },
	{ "words: one text", WITH("\"words\":\"paper\""), "words" },
	{ "words: true", WITH("\"words\":[true]"), "words" },
	{ "unknown member", "{\"digits\":\"1234\",\"more\":1}", OTHER },
	{ "unknown member, null", "{\"digits\":\"1234\",\"more\":null}",
	    OTHER },
	{ "a name without letters", "{\"digits\":\"1234\",\"\":1}", OTHER },
};

static json_t *
parse(const char *json)
{
	json_t *o;

	if (json == NULL)
		return (NULL);
	o = json_loads(json, JSON_ALLOW_NUL, NULL);
	assert_non_null(o);
	return (o);
}

static void
one_row(void **state)
{
	const struct row *row = *state;
	json_t *body = parse(row->json);
	struct note note = { "" };

	assert_int_equal(body_check(body, rules, LEN(rules), &note),
	    row->want == NULL ? ERR_OK : ERR_BAD_REQUEST);
	assert_string_equal(note.text, row->want == NULL ? "" : row->want);
	json_decref(body);
}

/* No value of it: that may be a PIN. */
static void
values_are_never_named(void **state)
{
	json_t *body = parse("{\"digits\":\"7391x\"}");
	struct note note = { "" };

	(void)state;
	assert_int_equal(body_check(body, rules, LEN(rules), &note),
	    ERR_BAD_REQUEST);
	assert_null(strstr(note.text, "7391"));
	json_decref(body);
}

static void
nothing_is_asked_for(void **state)
{
	json_t *none = parse("{}"), *some = parse("{\"a\":1}");
	struct note note = { "" };

	(void)state;
	assert_int_equal(body_check(NULL, NULL, 0, &note), ERR_OK);
	assert_int_equal(body_check(none, NULL, 0, &note), ERR_OK);
	assert_int_equal(body_check(some, NULL, 0, &note), ERR_BAD_REQUEST);
	json_decref(none);
	json_decref(some);
}

static void
what_is_not_there_is_empty(void **state)
{
	json_t *body = parse("{\"a\":\"x\",\"n\":7,\"t\":true,\"f\":false}");

	(void)state;
	assert_string_equal(body_text(body, "a"), "x");
	assert_string_equal(body_text(body, "b"), "");
	assert_string_equal(body_text(body, "n"), "");
	assert_string_equal(body_text(NULL, "a"), "");
	assert_int_equal(body_int(body, "n"), 7);
	assert_int_equal(body_int(body, "a"), 0);
	assert_int_equal(body_int(NULL, "n"), 0);
	assert_true(body_is(body, "t"));
	assert_false(body_is(body, "f"));
	assert_false(body_is(body, "n"));
	assert_false(body_is(NULL, "t"));
	json_decref(body);
}

static void
lists_and_digits(void **state)
{
	json_t *body = parse("{\"a\":[\"x\",\"y\"],\"b\":[],\"c\":\"x\"}");
	char digits[9];
	const char **list;
	size_t n;

	(void)state;
	list = body_list(body, "a", &n);
	assert_non_null(list);
	assert_int_equal(n, 2);
	assert_string_equal(list[1], "y");
	free(list);
	for (const char *name = "bcd"; *name != '\0'; name++) {
		const char one[] = { *name, '\0' };

		assert_null(body_list(body, one, &n));
		assert_int_equal(n, 0);
	}
	body_digits("2024-02-29", digits);
	assert_string_equal(digits, "20240229");
	body_digits("2024-02", digits);
	assert_string_equal(digits, "202402");
	body_digits("", digits);
	assert_string_equal(digits, "");
	body_digits("123456789012", digits);
	assert_string_equal(digits, "12345678");
	json_decref(body);
}

static void
characters_are_counted(void **state)
{
	(void)state;
	assert_int_equal(body_length(""), 0);
	assert_int_equal(body_length("abc"), 3);
	assert_int_equal(body_length("資格 é𠮷"), 5);
}

static const struct CMUnitTest plain[] = {
	cmocka_unit_test(values_are_never_named),
	cmocka_unit_test(nothing_is_asked_for),
	cmocka_unit_test(what_is_not_there_is_empty),
	cmocka_unit_test(characters_are_counted),
	cmocka_unit_test(lists_and_digits),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(rows)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = one_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	return (cmocka_run_group_tests_name("api_body", tests, NULL, NULL));
}
