#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/text.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* An X row per error: name and class as the list has them. */
static const struct row {
	const char	*name;
	enum err	 err;
	enum err_class	 class;
} rows[] = {
#define ROW(name, class, en, ja, next_en, next_ja)			\
	{ #name, ERR_##name, class },
	ERR_LIST(ROW)
#undef ROW
};

static void
check_text(const char *text)
{
	assert_non_null(text);
	assert_true(text_is_utf8(text, strlen(text)));
	assert_null(strpbrk(text, "\r\n\t\\%"));
}

static void
listed(void **state)
{
	const struct row *row = *state;

	assert_string_equal(err_name(row->err), row->name);
	assert_int_equal(err_class(row->err), row->class);
	check_text(err_text(row->err, ERR_EN));
	check_text(err_text(row->err, ERR_JA));
	check_text(err_next(row->err, ERR_EN));
	check_text(err_next(row->err, ERR_JA));
	assert_true(err_text(row->err, ERR_EN)[0] != '\0');
	assert_true(err_text(row->err, ERR_JA)[0] != '\0');
	assert_string_not_equal(err_text(row->err, ERR_EN),
	    err_text(row->err, ERR_JA));
	/* Whoever meets an error is told what to do next. */
	assert_int_equal(err_next(row->err, ERR_EN)[0] == '\0',
	    row->err == ERR_OK);
	assert_int_equal(err_next(row->err, ERR_JA)[0] == '\0',
	    row->err == ERR_OK);
}

static void
success_is_zero(void **state)
{
	(void)state;
	assert_int_equal(ERR_OK, 0);
	assert_int_equal(ERR_COUNT, LEN(rows));
	for (size_t i = 0; i < LEN(rows); i++)
		assert_int_equal(err_class((enum err)i) == EC_NONE, i == 0);
}

static void
names_differ(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(err_name((enum err)i),
			    err_name((enum err)k));
	}
}

static void
unknown_values(void **state)
{
	static const int values[] = { ERR_COUNT, ERR_COUNT + 1, -1, 70000 };

	(void)state;
	for (size_t i = 0; i < LEN(values); i++) {
		enum err e = (enum err)values[i];

		assert_int_equal(err_class(e), EC_OURS);
		assert_string_equal(err_name(e), "UNKNOWN");
		assert_string_equal(err_text(e, ERR_EN), "unknown error");
		assert_string_equal(err_text(e, ERR_JA), "unknown error");
		assert_string_equal(err_next(e, ERR_JA), "");
	}
}

static void
note_replaces(void **state)
{
	struct note note = { "before" };

	(void)state;
	note_set(&note, "%s:%d", "file", 7);
	assert_string_equal(note.text, "file:7");
	note_set(&note, "%s", "");
	assert_string_equal(note.text, "");
	note_set(NULL, "%s", "nobody listens");
}

/* lead ASCII bytes, then characters of size bytes up past the end. */
static void
cut_with(size_t lead, const char *character)
{
	char text[2048];
	struct note note;
	size_t n = lead;

	memset(text, 'a', lead);
	while (n < sizeof(text) - 8) {
		memcpy(text + n, character, strlen(character));
		n += strlen(character);
	}
	text[n] = '\0';
	note_set(&note, "%s", text);
	n = strlen(note.text);
	assert_true(n < sizeof(note.text));
	assert_true(n >= sizeof(note.text) - 1 - 4);
	assert_true(text_is_utf8(note.text, n));
	assert_memory_equal(note.text, text, n);
}

static void
note_cut(void **state)
{
	(void)state;
	for (size_t lead = 0; lead < 8; lead++) {
		cut_with(lead, "a");
		cut_with(lead, "é");
		cut_with(lead, "資");
		cut_with(lead, "𠮷");
	}
}

static void
note_full(void **state)
{
	struct note note;
	char text[sizeof(note.text)];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	note_set(&note, "%s", text);
	assert_string_equal(note.text, text);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(success_is_zero),
	cmocka_unit_test(names_differ),
	cmocka_unit_test(unknown_values),
	cmocka_unit_test(note_replaces),
	cmocka_unit_test(note_cut),
	cmocka_unit_test(note_full),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(singles)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = listed,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
