#include <stdio.h>
#include <string.h>

#include "host/cli/cli.h"
#include "host/cli/jobs.h"
#include "host/qualify/job.h"

#define LIMIT_DEFAULT	50
#define LIMIT_MAX	10000	/* features.md OQS-06 */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

static const char *
text_in(const struct cli *cli, const json_t *o, const char *key)
{
	return (text_of(json_object_get(o, key), cli_say(cli, "ja", "en")));
}

static int64_t
number_of(const json_t *o, const char *group, const char *key)
{
	return (json_integer_value(json_object_get(json_object_get(o, group),
	    key)));
}

/* "2026-11-01 - 2026-11-20", "2026-11"; "-" where it is the other axis. */
static void
range_text(const json_t *job, int consent, char *out, size_t room)
{
	const char *from = text_of(job, "from"), *to = text_of(job, "to");
	const char *date = text_of(job, "date");
	int is_consent = strcmp(text_of(job, "axis"), "consent") == 0;

	snprintf(out, room, "-");
	if (from[0] == '\0' && date[0] != '\0' && !consent)
		snprintf(out, room, "%.4s-%.2s-%.2s", date, date + 4,
		    date + 6);
	if (from[0] == '\0' || consent != is_consent)
		return;
	if (strlen(from) == 6)
		snprintf(out, room, "%.4s-%.2s%s%.4s%s%.2s", from, from + 4,
		    strcmp(from, to) == 0 ? "" : "..", strcmp(from, to) == 0 ?
		    "" : to, strcmp(from, to) == 0 ? "" : "-",
		    strcmp(from, to) == 0 ? "" : to + 4);
	else
		snprintf(out, room, "%.4s-%.2s-%.2s..%.4s-%.2s-%.2s", from,
		    from + 4, from + 6, to, to + 4, to + 6);
}

/* Nothing, some or all of it was taken over (結果登録). */
static void
imported_text(const struct cli *cli, const json_t *job, char *out,
    size_t room)
{
	long long n = number_of(job, "findings", "imported");
	long long m = number_of(job, "findings", "total");

	if (n == 0 || m == 0)
		snprintf(out, room, "%s", cli_say(cli, "未", "no"));
	else if (n >= m)
		snprintf(out, room, "%s", cli_say(cli, "済", "yes"));
	else
		snprintf(out, room, "%lld/%lld", n, m);
}

/* The columns of the field's own tool (features.md BAT-01). */
static void
print_row(const struct cli *cli, const json_t *job)
{
	char days[64], consents[64], imported[64];
	const char *number = text_of(job, "reception_number");

	range_text(job, 0, days, sizeof(days));
	range_text(job, 1, consents, sizeof(consents));
	imported_text(cli, job, imported, sizeof(imported));
	printf("%.16s  %s  %s  %s  %s %lld/%lld  %s  %s  %s\n",
	    text_of(job, "created_at"), text_in(cli, job, "label"), days,
	    consents, text_in(cli, job, "text"),
	    (long long)number_of(job, "progress", "done"),
	    (long long)number_of(job, "progress", "total"), imported,
	    number[0] == '\0' ? "-" : number, text_of(job, "id"));
}

int
jobs_list_main(struct cli *cli)
{
	struct job_query q = { .state = cli->state };
	json_t *list = NULL, *job;
	int64_t total = 0;
	size_t i;
	int code;
	enum err r;

	if (!cli_number(cli->limit, LIMIT_DEFAULT, 1, LIMIT_MAX, &q.limit))
		return (cli_fail(cli, ERR_USAGE, "--limit 1..10000"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = job_list(cli->store, &q, &list, &total)) != ERR_OK)
		return (cli_fail(cli, r, ""));
	if (cli->json)
		return (cli_json(json_pack("{s:o, s:I}", "jobs", list,
		    "total", (json_int_t)total), EXIT_VALID));
	puts(cli_say(cli, "リクエスト日時  区分  取得診療年月日  取得同意済範囲  "
	    "リクエスト結果  結果登録  受付番号  ID",
	    "asked at  category  days  consents  result  imported  "
	    "reception number  id"));
	json_array_foreach(list, i, job)
		print_row(cli, job);
	printf(cli_say(cli, "%2$lld件中 %1$lld件\n", "%lld of %lld jobs\n"),
	    (long long)json_array_size(list), (long long)total);
	json_decref(list);
	return (EXIT_VALID);
}

static void
print_part(const struct cli *cli, const json_t *part)
{
	const char *number = text_of(part, "reception_number");
	const char *next = text_of(part, "next_at");

	printf("  %lld  %s  %s", (long long)json_integer_value(
	    json_object_get(part, "part")), text_of(part, "state"),
	    number[0] == '\0' ? "-" : number);
	if (json_is_integer(json_object_get(part, "total")))
		printf(cli_say(cli, "  %lld件", "  %lld persons"),
		    (long long)json_integer_value(json_object_get(part,
		    "total")));
	if (text_of(part, "code")[0] != '\0')
		printf("  %s: %s", text_of(part, "code"), text_of(part,
		    "message"));
	if (text_of(part, "code")[0] != '\0' && next[0] != '\0')
		printf("  -> %.19s", next);
	putchar('\n');
}

void
jobs_print(const struct cli *cli, const json_t *job)
{
	static const struct {
		const char	*state, *ja;
	} ends[] = {
		{ "answered", "回答あり" }, { "error", "エラー" },
		{ "missing", "回答なし" }, { "skipped", "対象外" },
		{ "failed", "失敗" }, { "cancelled", "取消" },
	};
	const json_t *part;
	size_t i;

	print_row(cli, job);
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (number_of(job, "persons", ends[i].state) > 0)
			printf("  %s: %lld\n", cli_say(cli, ends[i].ja,
			    ends[i].state), (long long)number_of(job,
			    "persons", ends[i].state));
	}
	json_array_foreach(json_object_get(job, "parts"), i, part)
		print_part(cli, part);
}

int
jobs_show_main(struct cli *cli)
{
	json_t *job;
	int code;
	enum err r;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = job_get(cli->store, cli->args[0], &job)) != ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	if (cli->json)
		return (cli_json(job, EXIT_VALID));
	jobs_print(cli, job);
	json_decref(job);
	return (EXIT_VALID);
}

int
jobs_persons_main(struct cli *cli)
{
	struct job_persons q = { .state = cli->errors ? "problem" :
	    cli->state };
	json_t *list = NULL, *row;
	int64_t total = 0;
	size_t i;
	int code;
	enum err r;

	if (!cli_number(cli->limit, LIMIT_MAX, 1, LIMIT_MAX, &q.limit))
		return (cli_fail(cli, ERR_USAGE, "--limit 1..10000"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = job_persons(cli->store, cli->args[0], &q, &list, &total)) !=
	    ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	if (cli->json)
		return (cli_json(json_pack("{s:o, s:I}", "persons", list,
		    "total", (json_int_t)total), EXIT_VALID));
	json_array_foreach(list, i, row) {
		printf("%lld  %s  %s  %s%s%s\n", (long long)
		    json_integer_value(json_object_get(row, "seq")),
		    text_of(row, "chart_number"), text_of(row, "state"),
		    text_of(row, "code"), text_of(row, "code")[0] == '\0' ?
		    "" : "  ", text_of(row, "message"));
	}
	printf(cli_say(cli, "%2$lld件中 %1$lld件\n", "%lld of %lld\n"),
	    (long long)json_array_size(list), (long long)total);
	json_decref(list);
	return (EXIT_VALID);
}
