#include <sys/wait.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/client_stub.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* The agent's side is openssl s_server, which is nobody's here. */
static const struct row {
	const char		*name;
	const char		*server;	/* its options */
	const char		*host, *ca, *cert, *key;
	enum shikaku_err	 want;
} rows[] = {
	{ "TLS 1.3", "-tls1_3", "127.0.0.1", "agent.pem", NULL, NULL,
	    SHIKAKU_OK },
	{ "client certificate", "-tls1_3 -Verify 1 -verify_return_error "
	    "-CAfile kiosk.pem", "127.0.0.1", "agent.pem", "kiosk.pem",
	    "kiosk.key", SHIKAKU_OK },
	{ "no client certificate", "-tls1_3 -Verify 1 -verify_return_error "
	    "-CAfile kiosk.pem", "127.0.0.1", "agent.pem", NULL, NULL,
	    SHIKAKU_UNREACHABLE },
	{ "TLS 1.2", "-tls1_2", "127.0.0.1", "agent.pem", NULL, NULL,
	    SHIKAKU_TLS },
	{ "somebody else's certificate", "-tls1_3", "127.0.0.1",
	    "kiosk.pem", NULL, NULL, SHIKAKU_TLS },
	{ "another name", "-tls1_3", "localhost", "agent.pem", NULL, NULL,
	    SHIKAKU_TLS },
	{ "no CA file", "-tls1_3", "127.0.0.1", "none.pem", NULL, NULL,
	    SHIKAKU_TLS },
	{ "a CA file that is a key", "-tls1_3", "127.0.0.1", "kiosk.key",
	    NULL, NULL, SHIKAKU_TLS },
	{ "a key of another certificate", "-tls1_3", "127.0.0.1",
	    "agent.pem", "kiosk.pem", "agent.key", SHIKAKU_TLS },
	{ "a key with a pass phrase, nobody is asked", "-tls1_3",
	    "127.0.0.1", "agent.pem", "kiosk.pem", "locked.key",
	    SHIKAKU_TLS },
};

static char dir[] = "/tmp/client_tls.XXXXXX";

struct server {
	pid_t	pid;
	FILE	*out;
	int	in;
	int	port;
};

static void
server_child(const char *options, const int in[2], const int out[2])
{
	char line[512];

	(void)snprintf(line, sizeof(line), "exec openssl s_server -accept "
	    "127.0.0.1:0 -cert agent.pem -key agent.key %s 2>&1", options);
	if (chdir(dir) != 0 || dup2(in[0], 0) != 0 || dup2(out[1], 1) != 1)
		_exit(126);
	(void)close(in[0]);
	(void)close(in[1]);
	(void)close(out[0]);
	(void)close(out[1]);
	(void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(127);
}

static void
server_start(struct server *s, const char *options)
{
	int in[2], out[2];
	char line[256];

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0)
		server_child(options, in, out);
	(void)close(in[0]);
	(void)close(out[1]);
	s->in = in[1];
	s->out = fdopen(out[0], "r");
	assert_non_null(s->out);
	s->port = 0;
	while (s->port == 0 && fgets(line, sizeof(line), s->out) != NULL)
		if (sscanf(line, "ACCEPT 127.0.0.1:%d", &s->port) != 1)
			s->port = 0;
	assert_int_not_equal(s->port, 0);
}

static void
server_stop(struct server *s)
{
	(void)kill(s->pid, SIGTERM);
	(void)waitpid(s->pid, NULL, 0);
	(void)close(s->in);
	(void)fclose(s->out);
}

/* In the folder, or NULL. */
static const char *
in_dir(char out[64], const char *name)
{
	if (name == NULL)
		return (NULL);
	(void)snprintf(out, 64, "%s/%s", dir, name);
	return (out);
}

static void
row_test(void **state)
{
	const struct row *row = *state;
	char url[64], ca[64], cert[64], key[64], visit[4096], answer[8192];
	struct shikaku_conf conf = { .token = STUB_TOKEN, .url = url,
	    .ca_file = in_dir(ca, row->ca),
	    .cert_file = in_dir(cert, row->cert),
	    .key_file = in_dir(key, row->key), .timeout_ms = 20000 };
	struct shikaku_problem why;
	struct shikaku_visit v = { 0 };
	struct server server;
	struct shikaku *h;
	enum shikaku_err r;

	server_start(&server, row->server);
	stub_visit(visit, sizeof(visit), STUB_ID, "card", "pin");
	stub_answer(answer, sizeof(answer), "200 OK", "application/json",
	    visit);
	assert_true(write(server.in, answer, strlen(answer)) ==
	    (ssize_t)strlen(answer));
	(void)snprintf(url, sizeof(url), "https://%s:%d", row->host,
	    server.port);
	if (shikaku_open(&conf, &h, &why) != SHIKAKU_OK)
		fail_msg("%s", why.detail);
	r = shikaku_get(h, STUB_ID, &v);
	if (r != row->want)
		fail_msg("%d: %s", (int)r, shikaku_last_problem(h)->detail);
	assert_string_equal(v.id, r == SHIKAKU_OK ? STUB_ID : "");
	shikaku_close(&h);
	server_stop(&server);
}

static int
prepare(void **state)
{
	char line[1024];

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	(void)snprintf(line, sizeof(line), "cd %s && umask 077 && "
	    "for n in agent kiosk; do openssl req -x509 -newkey ec -pkeyopt "
	    "ec_paramgen_curve:P-256 -nodes -keyout $n.key -out $n.pem "
	    "-days 2 -subj /CN=$n -addext subjectAltName=IP:127.0.0.1 "
	    "2>said || { cat said >&2; exit 1; }; done && openssl ec "
	    "-in kiosk.key -aes128 -passout pass:x -out locked.key 2>said",
	    dir);
	return (system(line));
}

static int
clean(void **state)
{
	static const char *const names[] = { "agent.key", "agent.pem",
	    "kiosk.key", "kiosk.pem", "locked.key", "said" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < LEN(names); i++)
		(void)unlink(in_dir(path, names[i]));
	return (rmdir(dir));
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows)];

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	return (cmocka_run_group_tests(tests, prepare, clean));
}
