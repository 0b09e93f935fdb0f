#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/wire/address.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define STUCK_MS	60000	/* a failsafe: nothing is measured by it */
#define SHARED_MS	2000	/* of which a silent address has its share */
#define SILENT		"127.0.0.9"	/* takes a connection nowhere */
#define NAMED		"two.test"	/* SILENT, then loopback */
#define SHARE_MS	2000	/* of which a silent address has its share */
#define QUEUE		8	/* above a backlog of 0 */

/* --- a name with two addresses, of which the first is silent --- */

typedef int look_up(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);
typedef int connector(int, const struct sockaddr *, socklen_t);

static int pipes[2] = { -1, -1 };	/* full: never writable */
static unsigned silent;			/* connections that hang there */
static int next_is_silent;

static void *
real(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	assert_non_null(p);
	return (p);
}

int
getaddrinfo(const char *host, const char *port, const struct addrinfo *want,
    struct addrinfo **out)
{
	look_up *plain;
	int bad;

	*(void **)&plain = real("getaddrinfo");
	if (host == NULL || strcmp(host, NAMED) != 0)
		return (plain(host, port, want, out));
	bad = plain(SILENT, port, want, out);
	if (bad == 0)
		bad = plain(next_is_silent ? SILENT : "127.0.0.1", port, want,
		    &(*out)->ai_next);
	return (bad);
}

int
connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len)
{
	const struct sockaddr *at = to.__sockaddr__;
	const struct sockaddr_in *in = to.__sockaddr_in__;
	connector *plain;

	*(void **)&plain = real("connect");
	if (at->sa_family != AF_INET ||
	    in->sin_addr.s_addr != inet_addr(SILENT))
		return (plain(fd, at, len));
	silent++;
	assert_int_equal(dup2(pipes[1], fd), fd);
	errno = EINPROGRESS;
	return (-1);
}

static void
fill_pipe(void)
{
	static const char full[4096];

	assert_int_equal(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
	while (write(pipes[1], full, sizeof(full)) > 0)
		continue;
}

/* host NULL: refused. */
static const struct row {
	const char	*text, *host, *port;
} rows[] = {
	{ "192.0.2.7:8443", "192.0.2.7", "8443" },
	{ "agent.example.jp:1", "agent.example.jp", "1" },
	{ "[2001:db8::7]:65535", "2001:db8::7", "65535" },
	{ "[fe80::1%eth0]:80", "fe80::1%eth0", "80" },
	{ "", NULL, NULL },
	{ ":", NULL, NULL },
	{ ":80", NULL, NULL },
	{ "host", NULL, NULL },
	{ "host:", NULL, NULL },
	{ "host:0", NULL, NULL },
	{ "host:00000080", NULL, NULL },
	{ "host:65536", NULL, NULL },
	{ "host:99999", NULL, NULL },
	{ "host:80 ", NULL, NULL },
	{ "host:+80", NULL, NULL },
	{ "host:-1", NULL, NULL },
	{ "host:8x", NULL, NULL },
	{ "2001:db8::7:80", NULL, NULL },
	{ "[]:80", NULL, NULL },
	{ "[::1:80", NULL, NULL },
	{ "[::1]80", NULL, NULL },
	{ "ho st:80", NULL, NULL },
	{ "host/x:80", NULL, NULL },
	{ "host\n:80", NULL, NULL },
	{ "\xe5\x8c\xbb:80", NULL, NULL },
};

static void
reads(void **state)
{
	const struct row *r = *state;
	struct address at;

	assert_int_equal(address_read(r->text, &at), r->host != NULL);
	assert_string_equal(at.host, r->host != NULL ? r->host : "");
	assert_string_equal(at.port, r->host != NULL ? r->port : "");
}

static void
bounds_the_host(void **state)
{
	char text[512];
	struct address at;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + ADDRESS_HOST - 1, ":80", 4);
	assert_int_equal(address_read(text, &at), 1);
	memset(text, 'a', sizeof(text));
	memcpy(text + ADDRESS_HOST, ":80", 4);
	assert_int_equal(address_read(text, &at), 0);
}

/* A port that was free a moment ago. */
static void
free_port(char out[32])
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	close(fd);
	snprintf(out, 32, "127.0.0.1:%d", ntohs(in.sin_port));
}

static void
listens_once_and_is_dialled(void **state)
{
	struct note note = { "" };
	char at[32];
	int fd, other, near;

	(void)state;
	free_port(at);
	assert_int_equal(address_listen(at, &fd, &note), ERR_OK);
	assert_int_equal(address_listen(at, &other, &note), ERR_IN_USE);
	assert_int_equal(other, -1);
	assert_non_null(strstr(note.text, at));
	assert_int_equal(address_dial(at, clock_ms() + STUCK_MS, &near,
	    &note), ERR_OK);
	assert_string_equal(note.text, "");
	close(near);
	close(fd);
	assert_int_equal(address_dial(at, clock_ms() + STUCK_MS, &near,
	    &note), ERR_NO_AGENT);
	assert_int_equal(near, -1);
	assert_non_null(strstr(note.text, at));
}

static const struct refusal {
	const char	*text;
	enum err	 listen, dial;
} refusals[] = {
	{ "nowhere", ERR_CONF, ERR_CONF },
	{ "localhost:80", ERR_CONF, ERR_OK },	/* a name: not to listen at */
	{ "no-such-host.invalid:80", ERR_CONF, ERR_NO_AGENT },
	{ "192.0.2.7:9", ERR_CONF, ERR_OK },	/* not an address of ours */
};

static void
refuses(void **state)
{
	const struct refusal *r = *state;
	struct note note = { "" };
	int fd = 0;

	assert_int_equal(address_listen(r->text, &fd, &note), r->listen);
	assert_int_equal(fd, -1);
	assert_string_not_equal(note.text, "");
	if (r->dial == ERR_OK)
		return;
	fd = 0;
	assert_int_equal(address_dial(r->text, clock_ms() + STUCK_MS, &fd,
	    &note), r->dial);
	assert_int_equal(fd, -1);
}

static void
shares_the_time(void **state)
{
	struct note note = { "" };
	char at[32], name[32];
	int fd, near;

	(void)state;
	fill_pipe();
	free_port(at);
	snprintf(name, sizeof(name), NAMED "%s", strchr(at, ':'));
	assert_int_equal(address_listen(at, &fd, &note), ERR_OK);
	assert_int_equal(address_dial(name, clock_ms() + SHARED_MS, &near,
	    &note), ERR_OK);
	assert_int_equal(silent, 1);
	assert_string_equal(note.text, "");
	close(near);
	close(fd);
	/* The first was silent and the second says no: that is what is known. */
	assert_int_equal(address_dial(name, clock_ms() + SHARED_MS / 2, &near,
	    &note), ERR_NO_AGENT);
	next_is_silent = 1;
	assert_int_equal(address_dial(name, clock_ms() + 50, &near, &note),
	    ERR_TIMEOUT);
	assert_int_equal(near, -1);
	assert_int_equal(silent, 4);
	assert_non_null(strstr(note.text, "no answer in time"));
	close(pipes[0]);
	close(pipes[1]);
}

static void
stops_when_time_is_up(void **state)
{
	struct note note = { "" };
	char at[32];
	int fd, near;

	(void)state;
	free_port(at);
	assert_int_equal(address_listen(at, &fd, &note), ERR_OK);
	/* The connection itself may be there at once. */
	assert_int_equal(address_dial("192.0.2.7:9", clock_ms() - 1, &near,
	    &note) == ERR_OK, 0);
	assert_int_equal(near, -1);
	close(fd);
}

int
main(void)
{
	static struct CMUnitTest tests[LEN(rows) + LEN(refusals) + 4];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].text, reads, NULL,
		    NULL, (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(refusals); i++)
		tests[n++] = (struct CMUnitTest){ refusals[i].text, refuses,
		    NULL, NULL, (void *)(uintptr_t)&refusals[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(bounds_the_host);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(listens_once_and_is_dialled);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(shares_the_time);
	tests[n++] = (struct CMUnitTest)
	    cmocka_unit_test(stops_when_time_is_up);
	return (_cmocka_run_group_tests("address", tests, n, NULL, NULL));
}
