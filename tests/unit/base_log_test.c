#include <sys/socket.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * Standard error is a datagram socket meanwhile: one write is one datagram,
 * so that a line in two pieces would be seen.
 */
static int	out[2], saved;
static char	got[4096];

static void
listen_in(void)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0,
	    out), 0);
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	assert_true(dup2(out[1], STDERR_FILENO) >= 0);
}

/* The next line, "" if there is none. */
static const char *
line(void)
{
	ssize_t n = recv(out[0], got, sizeof(got) - 1, 0);

	got[n < 0 ? 0 : n] = '\0';
	return (got);
}

static void
stop(void)
{
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(out[0]);
	close(out[1]);
	log_set_level(LOG_WARN);
}

static const struct row {
	const char	*name;
	enum log_level	 limit, level;
	const char	*want;	/* after the time; NULL: nothing is written */
	const char	*text;
} rows[] = {
	{ "error at error", LOG_ERROR, LOG_ERROR, "error who: x\n", "x" },
	{ "warn at error", LOG_ERROR, LOG_WARN, NULL, "x" },
	{ "info at error", LOG_ERROR, LOG_INFO, NULL, "x" },
	{ "debug at error", LOG_ERROR, LOG_DEBUG, NULL, "x" },
	{ "error at warn", LOG_WARN, LOG_ERROR, "error who: x\n", "x" },
	{ "warn at warn", LOG_WARN, LOG_WARN, "warn who: x\n", "x" },
	{ "info at warn", LOG_WARN, LOG_INFO, NULL, "x" },
	{ "debug at warn", LOG_WARN, LOG_DEBUG, NULL, "x" },
	{ "info at info", LOG_INFO, LOG_INFO, "info who: x\n", "x" },
	{ "debug at info", LOG_INFO, LOG_DEBUG, NULL, "x" },
	{ "debug at debug", LOG_DEBUG, LOG_DEBUG, "debug who: x\n", "x" },
	{ "nothing to say", LOG_WARN, LOG_WARN, "warn who: \n", "" },
	{ "Japanese", LOG_WARN, LOG_WARN, "warn who: 資格 髙\n", "資格 髙" },
	{ "line feed", LOG_WARN, LOG_WARN, "warn who: a?b\n", "a\nb" },
	{ "forged line", LOG_WARN, LOG_WARN,
	    "warn who: a??2026-11-20T09:00:00.123+09:00 info who: b\n",
	    "a\r\n2026-11-20T09:00:00.123+09:00 info who: b" },
	{ "tab", LOG_WARN, LOG_WARN, "warn who: a?b\n", "a\tb" },
	{ "escape", LOG_WARN, LOG_WARN, "warn who: ?[31m\n", "\033[31m" },
	{ "delete", LOG_WARN, LOG_WARN, "warn who: ?\n", "\177" },
	{ "first control", LOG_WARN, LOG_WARN, "warn who: ?\n", "\001" },
	{ "last control", LOG_WARN, LOG_WARN, "warn who: ?\n", "\037" },
	{ "C1 control", LOG_WARN, LOG_WARN, "warn who: ??31m\n",
	    "\xc2\x9b" "31m" },
	{ "first beyond C1", LOG_WARN, LOG_WARN, "warn who: \xc2\xa0\n",
	    "\xc2\xa0" },
};

/* 2026-11-20T09:00:00.123+09:00 and a space. */
static const char *
after_time(const char *s)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.ddd+09:00 ";

	for (size_t i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == 'd')
			assert_in_range(s[i], '0', '9');
		else
			assert_int_equal(s[i], shape[i]);
	}
	return (s + sizeof(shape) - 1);
}

static void
line_row(void **state)
{
	const struct row *row = *state;
	char first[sizeof(got)];

	listen_in();
	log_set_level(row->limit);
	log_line(row->level, "who", "%s", row->text);
	strcpy(first, line());
	(void)line();
	stop();
	assert_string_equal(got, "");
	if (row->want == NULL)
		assert_string_equal(first, "");
	else
		assert_string_equal(after_time(first), row->want);
}

static void
says(const char *text, char first[sizeof(got)])
{
	listen_in();
	log_line(LOG_ERROR, "who", "%s", text);
	strcpy(first, line());
	(void)line();
	stop();
	assert_string_equal(got, "");
}

/* Around the longest: never lost, never two lines, one line feed. */
static void
over_long(void **state)
{
	char text[3000], first[sizeof(got)];
	size_t full = 0;

	(void)state;
	for (size_t n = 950; n < sizeof(text); n += n < 1100 ? 1 : 379) {
		memset(text, 'x', n);
		text[n] = '\0';
		says(text, first);
		assert_true(strlen(first) <= 1024);
		assert_ptr_equal(strchr(first, '\n'),
		    first + strlen(first) - 1);
		assert_string_equal(after_time(first) +
		    strspn(after_time(first), "eorwh :x"), "\n");
		if (strlen(first) > full)
			full = strlen(first);
		else
			assert_int_equal(strlen(first), full);
	}
	assert_true(full > 1000);
}

static void
who_over_long(void **state)
{
	char who[2000], first[sizeof(got)];

	(void)state;
	memset(who, 'w', sizeof(who));
	who[sizeof(who) - 1] = '\0';
	listen_in();
	log_line(LOG_ERROR, who, "%s", "text");
	strcpy(first, line());
	stop();
	assert_true(strlen(first) <= 1024);
	assert_ptr_equal(strchr(first, '\n'), first + strlen(first) - 1);
}

static void
names(void **state)
{
	static const char *const good[] = { "error", "warn", "info",
	    "debug" };
	static const char *const bad[] = { "", "Error", "warning", "err",
	    "debug ", "4" };
	enum log_level level;

	(void)state;
	for (size_t i = 0; i < LEN(good); i++) {
		assert_int_equal(log_level_named(good[i], &level), 0);
		assert_int_equal(level, i);
	}
	for (size_t i = 0; i < LEN(bad); i++)
		assert_int_equal(log_level_named(bad[i], &level), -1);
}

static void
nobody_listens(void **state)
{
	(void)state;
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	close(STDERR_FILENO);
	log_line(LOG_ERROR, "who", "lost");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(over_long),
	cmocka_unit_test(who_over_long),
	cmocka_unit_test(names),
	cmocka_unit_test(nobody_listens),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(singles)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = line_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
