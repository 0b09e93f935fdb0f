#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/api/server.h"
#include "tests/unit/api_site.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define STUCK_S	60	/* a failsafe: nothing is measured by it */

/* A server in a thread of its own, for all rows. */
static struct site {
	char			 folder[64], socket[96];
	struct server		*server;
	struct site_seen	 seen;
	pthread_t		 thread;
	int			 port;
	enum err		 ended;
} site;

static void *
run(void *ctx)
{
	struct site *s = ctx;

	s->ended = server_run(s->server);
	return (NULL);
}

static void
put_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fputs(text, f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
}

static int
start(void **state)
{
	struct server_ops ops = site_ops(&site.seen);
	struct server_conf c = { .unix_path = site.socket, .port = -1,
	    .hosts = "agent.example:8443", .origins = "https://ehr.example",
	    .pages = site.folder };
	char path[128];

	(void)state;
	snprintf(site.folder, sizeof(site.folder), "/tmp/server-XXXXXX");
	assert_non_null(mkdtemp(site.folder));
	snprintf(site.socket, sizeof(site.socket), "%s/api.socket",
	    site.folder);
	snprintf(path, sizeof(path), "%s/desk", site.folder);
	assert_int_equal(mkdir(path, 0700), 0);
	put_file(path, "index.html", "<p>desk</p>");
	assert_int_equal(server_open(&c, &ops, &site.server, NULL), ERR_OK);
	site.port = server_port(site.server);
	assert_int_equal(pthread_create(&site.thread, NULL, run, &site), 0);
	return (0);
}

/* --- a client --- */

static int
dial(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)site.port),
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct timeval failsafe = { .tv_sec = STUCK_S };
	int fd;

	assert_int_not_equal(fd = socket(AF_INET, SOCK_STREAM, 0), -1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &failsafe, sizeof(failsafe));
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return (fd);
}

static int
dial_unix(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct timeval failsafe = { .tv_sec = STUCK_S };
	int fd;

	assert_int_not_equal(fd = socket(AF_UNIX, SOCK_STREAM, 0), -1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &failsafe, sizeof(failsafe));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", site.socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return (fd);
}

/* "@" stands for the port; as much as the server takes. */
static void
say(int fd, const char *text)
{
	struct blob b = { 0 };
	ssize_t n;

	for (; *text != '\0'; text++)
		assert_int_equal(*text == '@' ?
		    blob_printf(&b, "%d", site.port) :
		    blob_add_u8(&b, (uint8_t)*text), ERR_OK);
	n = send(fd, b.data, b.len, MSG_NOSIGNAL);
	assert_int_equal(n, b.len);
	blob_free(&b);
}

/* Until text is there, or the connection ends. */
static void
hear(int fd, struct blob *in, const char *text)
{
	uint8_t part[4096];
	ssize_t n;

	while (text == NULL || strstr(blob_str(in), text) == NULL) {
		if ((n = recv(fd, part, sizeof(part), 0)) <= 0) {
			assert_int_equal(n == 0 || errno == ECONNRESET, 1);
			assert_null(text);
			return;
		}
		assert_int_equal(blob_add(in, part, (size_t)n), ERR_OK);
	}
}

#define HOST	"Host: 127.0.0.1:@\r\n"
#define TOKEN	"Authorization: Bearer " SITE_TOKEN "\r\n"
#define GET(p)	"GET " p " HTTP/1.1\r\n" HOST
#define END	"Connection: close\r\n\r\n"

static int
stop(void **state)
{
	struct server_stats stats;
	struct blob in = { 0 };
	char path[128];
	int left[2];

	(void)state;
	/* One in the middle of a request, one with a stream: they end too. */
	left[0] = dial();
	say(left[0], "GET / HT");
	left[1] = dial();
	say(left[1], GET("/api/v1/events") TOKEN "\r\n");
	hear(left[1], &in, "retry");
	server_stop(site.server);
	assert_int_equal(pthread_join(site.thread, NULL), 0);
	assert_int_equal(site.ended, ERR_OK);
	server_stats(site.server, &stats);
	assert_int_equal(stats.streams, 1);
	server_close(&site.server);
	assert_null(site.server);
	for (size_t i = 0; i < LEN(left); i++) {
		hear(left[i], &in, NULL);
		close(left[i]);
	}
	blob_free(&in);
	assert_int_equal(access(site.socket, F_OK), -1);
	snprintf(path, sizeof(path), "%s/desk/index.html", site.folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/desk", site.folder);
	rmdir(path);
	assert_int_equal(rmdir(site.folder), 0);
	return (0);
}

static const struct row {
	const char	*name, *request, *want;	/* in the answer */
} rows[] = {
	{ "health", GET("/api/v1/health") END, "200 OK" },
	{ "with a token", GET("/api/v1/visits") TOKEN END, "{\"status\"" },
	{ "without", GET("/api/v1/visits") END, "401 Unauthorized" },
	{ "page", GET("/desk") END, "<p>desk</p>" },
	{ "its policy", GET("/desk") END, "default-src 'none'" },
	{ "top", GET("/") END, "Location: /desk\r\n" },
	{ "no page", GET("/web/none.js") END, "404 Not Found" },
	{ "two in one packet, the second answered",
	    GET("/api/v1/health") "\r\n" GET("/api/v1/visits") END,
	    "401 Unauthorized" },
	{ "other host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
	    "BAD_HOST" },
	{ "HTTP/1.0", "GET / HTTP/1.0\r\nHost: x\r\n\r\n", "505 " },
	{ "HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 " },
	{ "a TLS hello", "\x16\x03\x01\x02", "400 Bad Request" },
	{ "line feeds only", "GET / HTTP/1.1\nHost: x\n\n",
	    "400 Bad Request" },
	{ "body", "POST /api/v1/visits HTTP/1.1\r\n" HOST TOKEN
	    "Content-Type: application/json\r\nContent-Length: 14\r\n" END
	    "{\"text\":\"one\"}", "200 OK" },
	{ "post to a page", "POST /desk HTTP/1.1\r\n" HOST END,
	    "Allow: GET\r\n" },
	{ "100 MB announced", "POST /api/v1/visits HTTP/1.1\r\n" HOST TOKEN
	    "Content-Type: application/json\r\n"
	    "Content-Length: 104857600\r\n\r\n", "413 Content Too Large" },
};

static void
one_row(void **state)
{
	const struct row *row = *state;
	struct blob in = { 0 };
	int fd = dial();

	say(fd, row->request);
	hear(fd, &in, NULL);	/* it ends: nobody waits for more */
	assert_non_null(strstr(blob_str(&in), row->want));
	blob_free(&in);
	close(fd);
}

static void
over_unix(void **state)
{
	struct blob in = { 0 };
	struct stat st;
	int fd = dial_unix();

	(void)state;
	say(fd, "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear(fd, &in, "\"ok\"}");
	assert_string_equal(site.seen.peer, "unix");
	assert_int_equal(stat(site.socket, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	blob_free(&in);
	close(fd);
}

/* A client that shuts its side after the request still gets the answer. */
static void
half_closed(void **state)
{
	struct blob in = { 0 };
	int fd = dial();

	(void)state;
	say(fd, GET("/api/v1/photo") TOKEN "\r\n");
	shutdown(fd, SHUT_WR);
	hear(fd, &in, NULL);
	assert_int_equal(in.len > SITE_BIG, 1);
	assert_int_equal(in.data[in.len - 1], 'p');
	blob_free(&in);
	close(fd);
}

/* What was announced is sent all the same: the refusal arrives. */
static void
too_large_and_sent(void **state)
{
	static const char chunk[65536];
	struct blob in = { 0 };
	int fd = dial();

	(void)state;
	say(fd, rows[LEN(rows) - 1].request);
	for (int i = 0; i < 1600; i++) {
		if (send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL) <= 0)
			break;
	}
	hear(fd, &in, NULL);
	blob_free(&in);
	close(fd);
	fd = dial();
	say(fd, GET("/api/v1/health") END);
	hear(fd, &in, NULL);
	assert_non_null(strstr(blob_str(&in), "200 OK"));
	blob_free(&in);
	close(fd);
}

/* One that waits in the middle of a thousand. */
static void
a_thousand_silent(void **state)
{
	static int fds[1000];
	struct blob in = { 0 };
	int client = dial(), local = dial_unix(), late;

	(void)state;
	say(client, GET("/api/v1/visits") TOKEN "\r\n");
	hear(client, &in, "\"ok\"}");
	blob_reset(&in);
	for (size_t i = 0; i < LEN(fds); i++)
		fds[i] = dial();
	say(client, GET("/api/v1/visits") TOKEN "\r\n");
	hear(client, &in, "\"ok\"}");
	blob_reset(&in);
	late = dial();
	say(late, GET("/api/v1/health") END);
	hear(late, &in, "\"ok\"}");
	blob_reset(&in);
	say(local, "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear(local, &in, "\"ok\"}");
	blob_free(&in);
	for (size_t i = 0; i < LEN(fds); i++)
		close(fds[i]);
	close(client);
	close(local);
	close(late);
}

/* The server has no descriptor for a client: it does not spin, and goes on
 * when there is one. */
static void
out_of_descriptors(void **state)
{
	static int taken[1024];
	struct rlimit before, few;
	struct server_stats stats;
	struct blob in = { 0 };
	int client = dial(), last;
	size_t n = 0;

	(void)state;
	do {	/* those of the tests before are gone, it is alone */
		sched_yield();
		server_stats(site.server, &stats);
	} while (stats.connections != 1);
	say(client, GET("/api/v1/health") "\r\n");
	hear(client, &in, "\"ok\"}");
	blob_reset(&in);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = LEN(taken);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	while (n < LEN(taken) && (taken[n] = dup(client)) != -1)
		n++;
	assert_int_equal(errno, EMFILE);
	close(taken[--n]);
	last = dial();
	hear(last, &in, NULL);	/* taken and let go */
	assert_int_equal(in.len, 0);
	say(client, GET("/api/v1/health") "\r\n");
	hear(client, &in, "\"ok\"}");
	server_stats(site.server, &stats);
	assert_int_equal(stats.connections, 1);
	while (n > 0)
		close(taken[--n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	close(last);
	last = dial();
	blob_reset(&in);
	say(last, GET("/api/v1/health") END);
	hear(last, &in, "\"ok\"}");
	blob_free(&in);
	close(last);
	close(client);
}

static void
stream_wakes(void **state)
{
	struct blob in = { 0 };
	int fd = dial();

	(void)state;
	say(fd, GET("/api/v1/events") TOKEN "Last-Event-ID: 0\r\n\r\n");
	hear(fd, &in, "retry: 1000\n\n");
	assert_non_null(strstr(blob_str(&in), "text/event-stream"));
	site.seen.last = 2;
	server_wake(site.server);
	hear(fd, &in, "id: 2\n");
	assert_non_null(strstr(blob_str(&in), "id: 1\n"));
	blob_free(&in);
	close(fd);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(over_unix),
		cmocka_unit_test(half_closed),
		cmocka_unit_test(too_large_and_sent),
		cmocka_unit_test(a_thousand_silent),
		cmocka_unit_test(out_of_descriptors),
		cmocka_unit_test(stream_wakes),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(others)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = one_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), others, sizeof(others));
	return (cmocka_run_group_tests(tests, start, stop));
}
