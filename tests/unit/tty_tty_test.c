#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/tty/tty.h"

static int refused, sets;

/* The library's, in its place: some terminals take no settings from us. */
int
tcsetattr(int fd, int when, const struct termios *t)
{
	(void)fd;
	(void)when;
	(void)t;
	sets++;
	errno = EIO;
	return (refused ? -1 : 0);
}

static enum err
hidden(char *line, size_t room, size_t *len)
{
	int near = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), far;
	enum err r;

	assert_true(near != -1);
	assert_int_equal(grantpt(near), 0);
	assert_int_equal(unlockpt(near), 0);
	assert_true((far = open(ptsname(near), O_RDWR | O_NOCTTY |
	    O_CLOEXEC)) != -1);
	assert_int_equal(write(near, "1234\n", 5), 5);
	r = tty_hidden(far, far, "PIN: ", NULL, line, room, len);
	close(far);
	close(near);
	return (r);
}

/* A PIN that would be seen is not asked for. */
static void
no_echo_or_no_entry(void **state)
{
	char line[16] = "";
	size_t len;

	(void)state;
	refused = 0;
	assert_int_equal(hidden(line, sizeof(line), &len), ERR_OK);
	assert_int_equal(len, 4);
	assert_int_equal(sets, 2);
	refused = 1;
	memset(line, 0, sizeof(line));
	assert_int_equal(hidden(line, sizeof(line), &len), ERR_CANCELLED);
	assert_int_equal(len, 0);
	assert_int_equal(line[0], 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_echo_or_no_entry),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
