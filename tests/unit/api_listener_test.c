#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/api/listener.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static char folder[64], path[96];

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/listener-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	return (0);
}

static const struct lan_row {
	const char	*address;
	enum err	 want;
} lan_rows[] = {
	{ "127.0.0.1:0", ERR_OK },
	{ "", ERR_CONF },
	{ "127.0.0.1", ERR_CONF },
	{ "127.0.0.1:", ERR_CONF },
	{ ":8443", ERR_CONF },
	{ "localhost:0", ERR_CONF },
	{ "agent.example:8443", ERR_CONF },
	{ "127.0.0.1:https", ERR_CONF },
	{ "127.0.0.1:99999x", ERR_CONF },
	{ "[::1:0", ERR_CONF },
	{ "[]:0", ERR_CONF },
	{ "256.0.0.1:0", ERR_CONF },
	{ "192.0.2.7:8443", ERR_SYS },	/* not ours: RFC 5737 */
};

static void
lan_row(void **state)
{
	const struct lan_row *row = *state;
	struct note note = { "" };
	int fd = 99;

	assert_int_equal(listener_lan(row->address, &fd, &note), row->want);
	assert_int_equal(fd == -1, row->want != ERR_OK);
	if (row->want != ERR_OK)
		assert_non_null(strstr(note.text, row->address));
	if (fd != -1)
		close(fd);
}

static void
ipv6(void **state)
{
	int fd;

	(void)state;
	if (listener_lan("[::1]:0", &fd, NULL) == ERR_SYS)
		skip();		/* this machine has no IPv6 */
	assert_int_not_equal(fd, -1);
	assert_in_range(listener_port(fd), 1, 65535);
	close(fd);
}

static void
loopback(void **state)
{
	char peer[LIMITS_PEER];
	struct note note = { "" };
	int fd, second;

	(void)state;
	assert_int_equal(listener_loopback(-1, &fd, &note), ERR_OK);
	assert_in_range(listener_port(fd), 1, 65535);
	assert_int_equal(listener_loopback(listener_port(fd), &second,
	    &note), ERR_IN_USE);
	assert_int_equal(second, -1);
	assert_non_null(strstr(note.text, "127.0.0.1:"));
	assert_int_equal(listener_accept(fd, peer), -1);	/* nobody */
	assert_int_equal(errno, EAGAIN);
	close(fd);
	assert_int_equal(listener_loopback(65536, &fd, &note), ERR_CONF);
	assert_int_equal(listener_loopback(-2, &fd, &note), ERR_CONF);
	assert_int_equal(fd, -1);
}

static int
dial(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return (fd);
}

/* Whatever the umask is. */
static void
unix_socket(void **state)
{
	static const mode_t masks[] = { 0, 022, 0777 };
	char peer[LIMITS_PEER];
	struct stat st;
	int fd, client, served;

	(void)state;
	for (size_t i = 0; i < LEN(masks); i++) {
		mode_t before = umask(masks[i]);

		assert_int_equal(listener_unix(path, &fd, NULL), ERR_OK);
		umask(before);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0660);
		client = dial();
		assert_int_not_equal(served = listener_accept(fd, peer), -1);
		assert_string_equal(peer, "unix");
		assert_int_equal(fcntl(served, F_GETFD) & FD_CLOEXEC,
		    FD_CLOEXEC);
		assert_int_equal(fcntl(served, F_GETFL) & O_NONBLOCK,
		    O_NONBLOCK);
		close(served);
		close(client);
		close(fd);	/* its file stays: the next one replaces it */
	}
}

static void
unix_in_use(void **state)
{
	struct note note = { "" };
	int fd, second = 99, client;

	(void)state;
	assert_int_equal(listener_unix(path, &fd, NULL), ERR_OK);
	assert_int_equal(listener_unix(path, &second, &note), ERR_IN_USE);
	assert_int_equal(second, -1);
	assert_non_null(strstr(note.text, path));
	client = dial();	/* the first one still answers */
	close(client);
	close(fd);
}

static void
other_file(void **state)
{
	struct note note = { "" };
	struct stat st;
	int fd;

	(void)state;
	unlink(path);
	assert_int_not_equal(fd = open(path, O_CREAT | O_WRONLY, 0600), -1);
	close(fd);
	assert_int_equal(listener_unix(path, &fd, &note), ERR_CONF);
	assert_int_equal(fd, -1);
	assert_int_equal(stat(path, &st), 0);	/* and it is still there */
	assert_int_equal(S_ISREG(st.st_mode), 1);
	unlink(path);
	assert_int_equal(symlink("/nonexistent/socket", path), 0);
	assert_int_equal(listener_unix(path, &fd, &note), ERR_CONF);
	unlink(path);
}

static void
bad_paths(void **state)
{
	char longest[256];
	struct note note = { "" };
	int fd;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[108] = '\0';	/* sun_path holds 108 with the 0: unix(7) */
	assert_int_equal(listener_unix(longest, &fd, &note), ERR_CONF);
	assert_non_null(strstr(note.text, "107"));
	assert_int_equal(listener_unix("/nonexistent/socket", &fd, &note),
	    ERR_SYS);
	assert_non_null(strstr(note.text, "/nonexistent/socket"));
	assert_int_equal(fd, -1);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(ipv6),
		cmocka_unit_test(loopback),
		cmocka_unit_test(unix_socket),
		cmocka_unit_test(unix_in_use),
		cmocka_unit_test(other_file),
		cmocka_unit_test(bad_paths),
	};
	struct CMUnitTest tests[LEN(lan_rows) + LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(lan_rows); i++)
		tests[n++] = (struct CMUnitTest){
		    .name = lan_rows[i].address, .test_func = lan_row,
		    .initial_state = (void *)(uintptr_t)&lan_rows[i] };
	memcpy(tests + n, others, sizeof(others));
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
