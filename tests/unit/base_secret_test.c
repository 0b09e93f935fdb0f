#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static int
is_zero(const void *p, size_t len)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < len; i++) {
		if (b[i] != 0)
			return (0);
	}
	return (1);
}

static const struct row {
	const char	*name;
	size_t		 len;
	enum err	 want;
} rows[] = {
	{ "empty", 0, ERR_OK },
	{ "one byte", 1, ERR_OK },
	{ "a PIN", 4, ERR_OK },
	{ "the longest", SECRET_MAX, ERR_OK },
	{ "one too many", SECRET_MAX + 1, ERR_TOOBIG },
	{ "far too many", 4096, ERR_TOOBIG },
	{ "a length gone wrong", SIZE_MAX, ERR_TOOBIG },
};

static void
set_row(void **state)
{
	const struct row *row = *state;
	uint8_t bytes[4096];
	struct secret s;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	memset(&s, 0xa5, sizeof(s));
	assert_int_equal(secret_set(&s, bytes, row->len), row->want);
	if (row->want != ERR_OK) {
		assert_true(is_zero(&s, sizeof(s)));
		return;
	}
	assert_int_equal(s.len, row->len);
	assert_memory_equal(s.data, bytes, row->len);
	assert_true(is_zero(s.data + s.len, sizeof(s.data) - s.len));
	secret_wipe(&s);
	assert_true(is_zero(&s, sizeof(s)));
}

static void
shorter_leaves_nothing(void **state)
{
	struct secret s = { { 0 }, 0 };

	(void)state;
	assert_int_equal(secret_set(&s, "12345678", 8), ERR_OK);
	assert_int_equal(secret_set(&s, "12", 2), ERR_OK);
	assert_int_equal(s.len, 2);
	assert_memory_equal(s.data, "12\0\0\0\0\0\0", 8);
}

static void
wipes(void **state)
{
	uint8_t bytes[] = { 1, 2, 3, 4 };

	(void)state;
	secret_wipe(NULL);
	secret_cleanse(NULL, 4);
	secret_cleanse(bytes, 0);
	assert_int_equal(bytes[0], 1);
	secret_cleanse(bytes, 3);
	assert_memory_equal(bytes, "\0\0\0\4", 4);
}

/* In a process of its own: what it does cannot be undone. */
static int
hardened(void)
{
	struct note note = { "" };
	struct rlimit core;
	enum err r = secret_harden(&note);

	if (r == ERR_SYS)
		return (note.text[0] == '\0' ? 10 : 0);
	if (r != ERR_OK || note.text[0] != '\0')
		return (11);
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 ||
	    core.rlim_max != 0)
		return (12);
#if !defined(__SANITIZE_ADDRESS__)
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return (13);
#endif
	return (secret_harden(NULL) == ERR_OK ? 0 : 14);
}

static void
harden(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(hardened());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A system that lets no page be locked is reported, not ignored. */
#if defined(__SANITIZE_ADDRESS__)
static int
refused(void)
{
	return (78);
}
#else
static int
refused(void)
{
	const struct rlimit none = { 0, 0 };
	struct note note = { "" };

	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || setuid(65534) != 0)
		return (77);
	if (secret_harden(&note) != ERR_SYS)
		return (20);
	return (strstr(note.text, "swap") == NULL ? 21 : 0);
}
#endif

static void
harden_refused(void **state)
{
	int status = -1;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(refused());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("skipped, because it needs root to give up\n");
		skip();
	}
	if (WEXITSTATUS(status) == 78) {
		print_message("skipped, because AddressSanitizer makes "
		    "mlock do nothing\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(shorter_leaves_nothing),
	cmocka_unit_test(wipes),
	cmocka_unit_test(harden),
	cmocka_unit_test(harden_refused),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(singles)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = set_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
