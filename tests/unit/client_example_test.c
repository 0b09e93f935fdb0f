#include <sys/wait.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tests/unit/client_stub.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define NUMBER	"01020320341234"
#define PIN	"1357"
#define EVENT	"event: visit\ndata: {\"at\":\"2026-11-20T09:00:00+09:00\"," \
		"\"visit\":\"" STUB_ID "\"}\n\n"
#define PNG	"\x89PNG\r\n\x1a\n"

/*
 * A visit as rows: what moves it (a POST's last word, or "." for the agent
 * itself), and where it is then.  Nothing else moves it: it is refused.
 */
struct move {
	const char	*by, *state, *wants;
	int		 status;	/* 0: 200; else the POST is refused */
};

#define BEGUN	{ "visits", "card", "card", 0 }
#define ENDING	{ "consent", "consented", "confirmation", 0 },		\
		{ "confirmation", "requested", NULL, 0 },		\
		{ ".", "answered", "closing", 0 },			\
		{ "closing", "done", NULL, 0 }

static const struct row {
	const char	*name, *options, *input;
	struct move	 moves[10];
	int		 code;
	const char	*posts;		/* the last word of each */
	const char	*says, *body;	/* in the output; in a body */
} rows[] = {
	{ "face, everything", "--mode face --key key --number-b-file number "
	    "--consent all", "", { BEGUN, { ".", "card", "number_b", 0 },
	    { "number-b", "card", "evidence", 0 },
	    { "evidence", "verified", "consent", 0 }, ENDING }, 0,
	    "start visits number-b evidence consent confirmation closing ",
	    "compared with nothing", "\"operation\":true" },
	{ "face, nothing", "--key key --number-b-file number --consent none",
	    "", { BEGUN, { ".", "card", "number_b", 0 },
	    { "number-b", "card", "evidence", 0 },
	    { "evidence", "verified", "consent", 0 }, ENDING }, 0,
	    "start visits number-b evidence consent confirmation closing ",
	    "outcome: 1", "\"operation\":false" },
	{ "pin", "--mode pin --pin-stdin", PIN "\n", { BEGUN,
	    { ".", "card", "pin", 0 }, { "pin", "verified", "consent", 0 },
	    ENDING }, 0,
	    "start visits pin consent confirmation closing ", "outcome: 1",
	    "\"pin\":\"" PIN "\",\"which\":\"pin\",\"tries_left\":3" },
	{ "a wrong pin is not entered twice", "--mode pin --pin-stdin",
	    PIN "\n" PIN "\n", { BEGUN, { ".", "card", "pin", 0 },
	    { "pin", "card", "pin", 0 },
	    { "cancellation", "cancelled", NULL, 0 } }, 1,
	    "start visits pin cancellation ", "giving up", "" },
	{ "a pin of three digits", "--mode pin --pin-stdin", "135\n",
	    { BEGUN, { ".", "card", "pin", 0 },
	    { "cancellation", "cancelled", NULL, 0 } }, 1,
	    "start visits cancellation ", "not four digits", "" },
	{ "a number others may read", "--key key --number-b-file open", "",
	    { BEGUN, { ".", "card", "number_b", 0 },
	    { "cancellation", "cancelled", NULL, 0 } }, 1,
	    "start visits cancellation ", "giving up", "" },
	{ "a wrong number is not sent twice",
	    "--key key --number-b-file number", "", { BEGUN,
	    { ".", "card", "number_b", 0 },
	    { "number-b", "card", "number_b", 409 },
	    { "cancellation", "cancelled", NULL, 0 } }, 1,
	    "start visits number-b cancellation ", "NOT_NOW", "" },
	{ "evidence refused, which ends the visit",
	    "--key key --number-b-file number", "", { BEGUN,
	    { ".", "card", "number_b", 0 },
	    { "number-b", "card", "evidence", 0 },
	    { "evidence", "refused", NULL, 409 } }, 1,
	    "start visits number-b evidence ", "NOT_NOW", "" },
	{ "staff is asked for: given up", "--mode pin --pin-stdin", "",
	    { BEGUN, { ".", "card", "attestation", 0 },
	    { "cancellation", "cancelled", NULL, 0 } }, 1,
	    "start visits cancellation ", "has not", "" },
	{ "expired while it waits", "--mode pin --pin-stdin", "", { BEGUN,
	    { ".", "expired", NULL, 0 } }, 1, "start visits ", "over", "" },
	{ "the reader is busy", "--mode pin --pin-stdin", "",
	    { { "visits", "card", NULL, 409 } }, 1, "start visits ",
	    "NOT_NOW", "" },
	{ "usage: no mode of this kind", "--mode iris", "", { BEGUN }, 2, "",
	    "usage", "" },
	{ "usage: face without a key", "--number-b-file number", "",
	    { BEGUN }, 2, "", "usage", "" },
	{ "usage: pin without a pin", "--mode pin", "", { BEGUN }, 2, "",
	    "usage", "" },
	{ "usage: half a consent", "--mode pin --pin-stdin --consent some",
	    "", { BEGUN }, 2, "", "usage", "" },
	{ "usage: a word too many", "--mode pin --pin-stdin x", "",
	    { BEGUN }, 2, "", "usage", "" },
};

/* Under the stub's lock. */
struct course {
	const struct move	*moves;
	size_t			 next;
	const char		*state, *wants;
	int			 events;	/* descriptor; -1: none */
	unsigned		 id;
};

static void
answer(int fd, const char *status, const char *type, const char *body)
{
	char bytes[8192];

	stub_answer(bytes, sizeof(bytes), status, type, body);
	(void)stub_send(fd, bytes, strlen(bytes));
}

static void
refuse(int fd)
{
	answer(fd, "409 Conflict", "application/problem+json",
	    "{\"code\":\"NOT_NOW\",\"text\":{\"ja\":\"\",\"en\":\"t\"},"
	    "\"next\":{\"ja\":\"\",\"en\":\"n\"}}");
}

static void
answer_visit(struct course *c, int fd)
{
	char visit[4096];

	stub_visit(visit, sizeof(visit), STUB_ID, c->state, c->wants);
	answer(fd, "200 OK", "application/json", visit);
}

static int
move(struct course *c, const char *by)
{
	const struct move *m = &c->moves[c->next];

	if (m->by == NULL || strcmp(m->by, by) != 0)
		return (409);
	c->next++;
	c->state = m->state;
	c->wants = m->wants;
	return (m->status);
}

/* Behind the answer: what the agent does by itself, and its event. */
static void
go_on(struct course *c)
{
	char bytes[512];

	while (c->moves[c->next].by != NULL &&
	    strcmp(c->moves[c->next].by, ".") == 0)
		(void)move(c, ".");
	(void)snprintf(bytes, sizeof(bytes), "id: %u\n" EVENT, ++c->id);
	if (c->events >= 0)
		(void)stub_send(c->events, bytes, strlen(bytes));
}

static void
answer_post(struct course *c, int fd, const char *word)
{
	if (strcmp(word, "start") == 0) {
		answer(fd, "200 OK", "application/json", "{\"name\":\"k\","
		    "\"evidence_key\":true,\"staff_button\":false,"
		    "\"electronic_prescription\":false,\"test_mode\":true}");
		return;
	}
	if (move(c, word) != 0) {
		refuse(fd);
		return;
	}
	answer_visit(c, fd);
	go_on(c);
}

static void
stay(struct stub *s, struct course *c, int fd)
{
	static const char head[] = STUB_OK
	    "Content-Type: text/event-stream\r\n\r\n";

	(void)pthread_mutex_lock(&s->lock);
	c->events = fd;
	(void)pthread_mutex_unlock(&s->lock);
	(void)stub_send(fd, head, strlen(head));
	while (stub_ready(s, fd, -1) && recv(fd, &(char){ 0 }, 1, 0) > 0)
		continue;
	(void)pthread_mutex_lock(&s->lock);
	c->events = -1;
	(void)pthread_mutex_unlock(&s->lock);
}

static void
handle(struct stub *s, int fd, const struct stub_request *rq)
{
	const char *word = strrchr(rq->path, '/') + 1;
	struct course *c = s->ctx;

	if (strcmp(word, "events") == 0) {
		stay(s, c, fd);
		return;
	}
	(void)pthread_mutex_lock(&s->lock);
	if (strcmp(rq->method, "POST") == 0)
		answer_post(c, fd, word);
	else if (strcmp(word, "photo") == 0)
		answer(fd, "200 OK", "image/png", PNG);
	else
		answer_visit(c, fd);
	(void)pthread_mutex_unlock(&s->lock);
}

/* Runs it in the stub's folder; its code, its output in the file "said". */
static int
run(const struct stub *s, const struct row *row)
{
	char line[1024];
	FILE *p;

	(void)snprintf(line, sizeof(line), "cd %s && exec " TEST_BIN
	    "/kiosk-example --socket socket --token-file token %s >said 2>&1",
	    s->dir, row->options);
	p = popen(line, "w");
	assert_non_null(p);
	(void)fputs(row->input, p);
	return (WEXITSTATUS(pclose(p)));
}

static void
in_dir(const struct stub *s, const char *name, char out[96])
{
	(void)snprintf(out, 96, "%s/%s", s->dir, name);
}

static void
make_files(const struct stub *s)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char path[96];
	FILE *f;

	in_dir(s, "number", path);
	stub_file(path, NUMBER "\n", 0600);
	in_dir(s, "open", path);
	stub_file(path, NUMBER "\n", 0644);
	in_dir(s, "key", path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL,
	    NULL), 1);
	assert_int_equal(fclose(f), 0);
	EVP_PKEY_free(key);
}

static void
read_and_remove(const struct stub *s, char *said, size_t size)
{
	static const char *const names[] = { "number", "open", "key",
	    "said" };
	char path[96];
	ssize_t n;
	int fd;

	in_dir(s, "said", path);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, said, size - 1);
	said[n < 0 ? 0 : n] = '\0';
	(void)close(fd);
	for (size_t i = 0; i < LEN(names); i++) {
		in_dir(s, names[i], path);
		(void)unlink(path);
	}
}

/* None, or one object with each member once, as the agent takes it. */
static void
assert_json(const char *body)
{
	json_t *o = json_loads(body, JSON_REJECT_DUPLICATES, NULL);

	assert_true(body[0] == '\0' || json_is_object(o));
	json_decref(o);
}

static void
assert_posts(const struct stub *s, const struct row *row)
{
	char posts[256] = "", bodies[8192] = "";

	for (size_t i = 0; i < s->n_requests; i++) {
		if (strcmp(s->requests[i].method, "POST") != 0)
			continue;
		strcat(strcat(posts, strrchr(s->requests[i].path, '/') + 1),
		    " ");
		strcat(bodies, s->requests[i].body);
		assert_json(s->requests[i].body);
	}
	assert_string_equal(posts, row->posts);
	assert_non_null(strstr(bodies, row->body));
}

static void
row_test(void **state)
{
	const struct row *row = *state;
	struct course c = { .moves = row->moves, .events = -1,
	    .state = "idle" };
	struct stub s = { .handle = handle, .ctx = &c };
	char said[8192];
	int code;

	stub_start(&s);
	make_files(&s);
	code = run(&s, row);
	read_and_remove(&s, said, sizeof(said));
	stub_stop(&s);
	if (code != row->code || strstr(said, row->says) == NULL)
		fail_msg("%d: %s", code, said);
	assert_null(strstr(said, NUMBER));
	assert_null(strstr(said, PIN));
	assert_null(strstr(said, STUB_TOKEN));
	assert_posts(&s, row);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows)];

	/* A program that ends before it has read its input. */
	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
