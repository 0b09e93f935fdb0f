#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/log.h"
#include "host/agent/clerk.h"
#include "host/qualify/intake.h"

/* A fault that stays is in the log once, and again when it is another one, or
 * comes back. */

static const enum err turns[] = { ERR_FOLDER, ERR_FOLDER, ERR_STORE, ERR_OK,
    ERR_STORE };
#define TURNS	(sizeof(turns) / sizeof(turns[0]))

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static size_t turn;
static char said[256];

enum err	__wrap_intake_look(struct intake *, intake_each *, void *,
		    size_t *);
void		__wrap_intake_wait(struct intake *, int);
void		__wrap_log_line(enum log_level, const char *, const char *,
		    ...) __attribute__((format(printf, 3, 4)));

enum err
__wrap_intake_look(struct intake *in, intake_each *each, void *ctx, size_t *n)
{
	enum err r = ERR_OK;

	(void)in;
	(void)each;
	(void)ctx;
	*n = 0;
	pthread_mutex_lock(&lock);
	if (turn < TURNS)
		r = turns[turn++];
	else
		pthread_cond_signal(&moved);
	pthread_mutex_unlock(&lock);
	return (r);
}

/* The next turn at once. */
void
__wrap_intake_wait(struct intake *in, int ms)
{
	(void)in;
	(void)ms;
}

void
__wrap_log_line(enum log_level level, const char *part, const char *fmt, ...)
{
	size_t n = strlen(said);
	va_list ap;

	(void)level;
	if (strcmp(part, "clerk") != 0 || n + 64 > sizeof(said))
		return;
	va_start(ap, fmt);
	n += (size_t)vsnprintf(said + n, 62, fmt, ap);
	va_end(ap);
	memcpy(said + n, ";", 2);
}

static void
nothing(void *ctx)
{
	(void)ctx;
}

static void
faults_are_said_once(void **state)
{
	char dir[] = "/tmp/shikaku-clerk-XXXXXX", line[64];
	const struct clerk_ops ops = { .changed = nothing };
	struct conf *conf = calloc(1, sizeof(*conf));
	struct clerk *clerk = NULL;
	struct note note = { "" };

	(void)state;
	assert_non_null(conf);
	assert_non_null(mkdtemp(dir));
	snprintf(conf->store, sizeof(conf->store), "%s/db", dir);
	snprintf(conf->req, sizeof(conf->req), "%s", dir);
	snprintf(conf->res, sizeof(conf->res), "%s", dir);
	snprintf(conf->face_folder, sizeof(conf->face_folder), "%s", dir);
	conf->visit.exchange = (struct exchange_conf){ .req = conf->req,
	    .res = conf->res, .institution_code = "1319999999" };
	conf->documents = (struct document_conf){
	    .exchange = &conf->visit.exchange, .key = conf->documents_key };
	conf->orca.folder = conf->orca_folder;
	assert_int_equal(clerk_open(conf, &ops, &clerk, &note), ERR_OK);
	pthread_mutex_lock(&lock);
	while (turn < TURNS)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
	assert_true(clerk_close(&clerk));
	assert_string_equal(said, "face: FOLDER;face: STORE;face: STORE;");
	snprintf(line, sizeof(line), "rm -r %s", dir);
	assert_int_equal(system(line), 0);
	free(conf);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_said_once),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
