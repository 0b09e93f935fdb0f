#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/cli/actor.h"
#include "host/cli/cli.h"
#include "host/cli/jobs.h"
#include "host/qualify/exchange.h"

#define CHARTS_MAX	200000	/* lines of a file; ours */
#define LINE_ROOM	256	/* a chart number has 32 bytes */
#define TIMEOUT_S	180	/* BAT-07: about a minute */
#define TIMEOUT_MAX_S	86400

/* --- whom a job asks for --- */

struct charts {
	char	**v;
	size_t	 n, room;
};

static enum err
add_chart(struct charts *l, const char *s, size_t len)
{
	size_t room = l->room > 0 ? l->room * 2 : 64;
	void *grown;

	if (len == 0)
		return (ERR_OK);
	if (len > 32 || l->n == CHARTS_MAX)
		return (ERR_ROW);
	if (l->n == l->room) {
		if ((grown = realloc(l->v, room * sizeof(*l->v))) == NULL)
			return (ERR_NOMEM);
		l->v = grown;
		l->room = room;
	}
	if ((l->v[l->n] = strndup(s, len)) == NULL)
		return (ERR_NOMEM);
	l->n++;
	return (ERR_OK);
}

static void
free_charts(struct charts *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct charts){ .n = 0 };
}

/* --chart 1,2,3 */
static enum err
split_charts(struct charts *l, const char *s)
{
	enum err r = ERR_OK;
	size_t n;

	while (r == ERR_OK && *s != '\0') {
		n = strcspn(s, ", ");
		r = add_chart(l, s, n);
		s += n + (s[n] != '\0');
	}
	return (r);
}

/* The first column; a heading is none. */
static enum err
add_line(struct charts *l, const char *line)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t n;

	if (strncmp(line, bom, 3) == 0)
		line += 3;
	if (*line == '"')
		line++;
	n = strcspn(line, ",\"\t\r\n");
	if ((n == 12 && strncmp(line, "chart_number", n) == 0) ||
	    (n == strlen("カルテ番号") && strncmp(line, "カルテ番号", n) == 0))
		return (ERR_OK);
	return (add_chart(l, line, n));
}

static enum err
read_charts(struct charts *l, const char *path, struct note *note)
{
	char line[LINE_ROOM];
	int number = 0;
	enum err r = ERR_OK;
	FILE *f = fopen(path, "re");

	if (f == NULL) {
		note_set(note, "%s: %s", path, strerror(errno));
		return (ERR_NOT_FOUND);
	}
	while (r == ERR_OK && fgets(line, sizeof(line), f) != NULL) {
		number++;
		/* A longer line: the rest of it is other columns. */
		if (strchr(line, '\n') == NULL)
			for (int c; (c = fgetc(f)) != EOF && c != '\n';)
				continue;
		if ((r = add_line(l, line)) == ERR_ROW)
			note_set(note, "line %d: no chart number", number);
	}
	fclose(f);
	return (r);
}

/* --- asking --- */

static enum err
start(struct cli *cli, const struct charts *l, char id[UUID_LEN],
    struct note *note)
{
	json_t *data = cli->form == NULL && !cli->treatments ? NULL :
	    json_pack("{s:s, s:b}", "form", cli->form == NULL ? "xml" :
	    cli->form, "treatments", cli->treatments);
	const struct job_ask ask = { .category = cli->args[0],
	    .axis = cli->month != NULL ? "month" : cli->axis,
	    .from = cli->month != NULL ? cli->month : cli->from,
	    .to = cli->month != NULL ? cli->month : cli->to,
	    .date = cli->date, .charts = (const char *const *)l->v,
	    .n = l->n, .limit_consent = cli->limit_consent,
	    .staff = cli->staff, .data = data };
	enum err r;

	r = job_start(cli->store, &cli->conf->jobs, &ask, id, note);
	json_decref(data);
	return (r);
}

/* What came in is taken in, and every job moves by a step. */
static enum err
turn(struct cli *cli, int *next_ms, struct note *note)
{
	size_t n;
	enum err r;

	*next_ms = JOB_IDLE_MS;
	if ((r = exchange_sweep(cli->conf->jobs.exchange, cli->store, &n,
	    note)) != ERR_OK ||
	    (r = document_sweep(&cli->conf->documents, cli->store, &n,
	    note)) != ERR_OK)
		return (r);
	return (job_turn(&cli->conf->jobs, cli->store, next_ms, NULL));
}

/* What fails now is tried again: the job is in the store. */
static void
turn_one(const struct cli *cli, const char *id)
{
	enum err r;

	if ((r = job_turn_one(&cli->conf->jobs, cli->store, id)) != ERR_OK)
		(void)cli_fail(&(struct cli){ .lang = cli->lang }, r, id);
}

static int
show(struct cli *cli, const char *id, int code)
{
	json_t *o;
	enum err r;

	if ((r = job_get(cli->store, id, &o)) != ERR_OK)
		return (cli_fail(cli, r, id));
	if (cli->json)
		return (cli_json(o, code));
	jobs_print(cli, o);
	json_decref(o);
	return (code);
}

int
jobs_request_main(struct cli *cli)
{
	struct charts l = { .n = 0 };
	struct note note = { "" };
	char id[UUID_LEN] = "";
	const char *odd;
	int code;
	enum err r = ERR_OK;

	if (cli->month != NULL && (cli->from != NULL || cli->to != NULL ||
	    cli->axis != NULL))
		return (cli_fail(cli, ERR_USAGE, "--month"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if (cli->chart != NULL)
		r = split_charts(&l, cli->chart);
	if (r == ERR_OK && cli->patients != NULL)
		r = read_charts(&l, cli->patients, &note);
	if (r == ERR_OK)
		r = start(cli, &l, id, &note);
	free_charts(&l);
	if (r != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if ((odd = job_warning(&cli->conf->jobs, cli->args[0], cli->lang)) !=
	    NULL)
		fprintf(stderr, "%s: %s\n", cli_say(cli, "注意", "warning"),
		    odd);
	if (!cli->json)
		puts(cli_say(cli, "資格情報の要求中･･･",
		    "asking for coverage ..."));
	turn_one(cli, id);
	return (show(cli, id, EXIT_VALID));
}

/* --- waiting --- */

/* How far the jobs are that are waited for. */
struct progress {
	int	asked;		/* every part has its number, or is further */
	int	moving;		/* one at least does, without a person */
	int	ended, unsure, cancelled, failed;
	int64_t	problems, done, total, seconds;
};

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

static int64_t
number_of(const json_t *o, const char *group, const char *key)
{
	return (json_integer_value(json_object_get(json_object_get(o, group),
	    key)));
}

static int
is_asked(const json_t *job)
{
	const json_t *part;
	size_t i;

	json_array_foreach(json_object_get(job, "parts"), i, part) {
		if (strcmp(text_of(part, "state"), "waiting") == 0 ||
		    strcmp(text_of(part, "state"), "asked") == 0 ||
		    strcmp(text_of(part, "state"), "unsure") == 0)
			return (0);
	}
	return (1);
}

static void
add_progress(struct progress *p, const json_t *job)
{
	static const char *const problems[] = { "error", "missing", "failed" };
	const char *state = text_of(job, "state");
	int64_t seconds = number_of(job, "progress", "seconds");

	p->asked &= is_asked(job);
	p->cancelled |= strcmp(state, "cancelled") == 0;
	p->failed |= strcmp(state, "failed") == 0;
	p->ended &= json_is_string(json_object_get(job, "ended_at"));
	p->unsure |= strcmp(state, "unsure") == 0;
	p->moving |= strcmp(state, "unsure") != 0 &&
	    !json_is_string(json_object_get(job, "ended_at"));
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++)
		p->problems += number_of(job, "persons", problems[i]);
	p->done += number_of(job, "progress", "done");
	p->total += number_of(job, "progress", "total");
	p->seconds = seconds > p->seconds ? seconds : p->seconds;
}

/* One job, or all that are open at the start. */
static enum err
pick(struct cli *cli, json_t **ids)
{
	const struct job_query q = { .state = "open", .limit = 10000 };
	json_t *o = NULL, *list = NULL;
	int64_t total;
	enum err r;

	*ids = json_array();
	if (cli->nargs > 0) {
		json_array_append_new(*ids, json_string(cli->args[0]));
		if ((r = job_get(cli->store, cli->args[0], &o)) == ERR_OK)
			json_decref(o);
		return (r);
	}
	if ((r = job_list(cli->store, &q, &list, &total)) != ERR_OK)
		return (r);
	for (size_t i = 0; i < json_array_size(list); i++)
		json_array_append(*ids, json_object_get(json_array_get(list,
		    i), "id"));
	json_decref(list);
	return (ERR_OK);
}

static enum err
look(struct cli *cli, const json_t *ids, struct progress *p, json_t **jobs)
{
	json_t *o;
	enum err r;

	*p = (struct progress){ .asked = 1, .ended = 1 };
	*jobs = json_array();
	for (size_t i = 0; i < json_array_size(ids); i++) {
		if ((r = job_get(cli->store, json_string_value(
		    json_array_get(ids, i)), &o)) != ERR_OK)
			return (r);
		add_progress(p, o);
		json_array_append_new(*jobs, o);
	}
	return (ERR_OK);
}

static void
say_progress(const struct cli *cli, const struct progress *p, int64_t *said)
{
	if (cli->json || p->ended || clock_ms() - *said < 5000)
		return;
	*said = clock_ms();
	fprintf(stderr, cli_say(cli, "  %lld / %lld件", "  %lld of %lld"),
	    (long long)p->done, (long long)p->total);
	if (p->seconds > 0)
		fprintf(stderr, cli_say(cli, "  残り約%lld秒",
		    "  about %lld s left"), (long long)p->seconds);
	fputc('\n', stderr);
}

static int
code_of(const struct progress *p)
{
	if (p->unsure && !p->ended)
		return (EXIT_TERMINAL);
	if (!p->ended)
		return (EXIT_WAITING);
	if (p->failed || p->problems > 0)
		return (EXIT_REFUSED);
	return (p->cancelled ? EXIT_CANCELLED : EXIT_VALID);
}

/* What the manuals' two windows say, in their order (COS-12, COS-13). */
static void
say_steps(const struct cli *cli, const struct progress *p, int *step)
{
	if (cli->json)
		return;
	if (*step == 0 && p->asked && !p->cancelled && !p->failed) {
		puts(cli_say(cli, "オンライン資格情報の要求が完了しました。",
		    "the request for coverage is complete."));
		*step = 1;
		if (!p->ended)
			puts(cli_say(cli, "結果ファイル確認中･･･",
			    "looking for the result ..."));
	}
	if (*step == 1 && p->ended) {
		puts(cli_say(cli,
		    "オンライン資格確認システムから資格情報を取得しました。",
		    "coverage has come from the qualification system."));
		*step = 2;
	}
	fflush(stdout);
}

static enum err
wait_for(struct cli *cli, const json_t *ids, int64_t end, struct progress *p,
    json_t **jobs, struct note *note)
{
	int64_t said = clock_ms();
	int next, step = 0;
	enum err r, turned;

	for (;;) {
		turned = turn(cli, &next, note);
		if ((r = look(cli, ids, p, jobs)) != ERR_OK)
			return (r);
		say_steps(cli, p, &step);
		say_progress(cli, p, &said);
		if (!p->moving || clock_ms() >= end)
			return (p->ended ? ERR_OK : turned);
		json_decref(*jobs);
		*jobs = NULL;
		clock_sleep(next);
	}
}

int
jobs_fetch_main(struct cli *cli)
{
	struct note note = { "" };
	struct progress p;
	json_t *ids = NULL, *jobs = NULL, *o;
	int64_t seconds;
	size_t i;
	int code;
	enum err r;

	if (!cli_number(cli->timeout, TIMEOUT_S, 0, TIMEOUT_MAX_S, &seconds))
		return (cli_fail(cli, ERR_USAGE, "--timeout 0..86400"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = pick(cli, &ids)) == ERR_OK)
		r = wait_for(cli, ids, clock_ms() + seconds * 1000, &p,
		    &jobs, &note);
	if (r != ERR_OK)
		code = cli_fail(cli, r, note.text);
	else if (cli->json)
		code = cli_json(json_pack("{s:O}", "jobs", jobs),
		    code_of(&p));
	else
		code = code_of(&p);
	if (r == ERR_OK && !cli->json)
		json_array_foreach(jobs, i, o)
			jobs_print(cli, o);
	json_decref(ids);
	json_decref(jobs);
	return (code);
}

/* --- ending and asking again --- */

int
jobs_cancel_main(struct cli *cli)
{
	struct actor actor;
	int code;
	enum err r;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	actor_of(cli, &actor);
	if ((r = job_cancel(cli->store, cli->args[0], &actor.who)) != ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	turn_one(cli, cli->args[0]);
	return (show(cli, cli->args[0], EXIT_VALID));
}

int
jobs_retry_main(struct cli *cli)
{
	struct actor actor;
	struct job_again again = { .unsure = cli->unsure, .who = &actor.who };
	struct note note = { "" };
	int64_t part, seq;
	size_t n;
	int code;
	enum err r;

	if (!cli_number(cli->part, 0, 1, 1000000, &part) ||
	    !cli_number(cli->seq, 0, 1, 1000000, &seq))
		return (cli_fail(cli, ERR_USAGE, "--part, --person"));
	again.part = (int)part;
	again.seq = (int)seq;
	actor_of(cli, &actor);
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = job_retry(cli->store, &cli->conf->jobs, cli->args[0], &again,
	    &n, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	turn_one(cli, cli->args[0]);
	return (show(cli, cli->args[0], EXIT_VALID));
}
