#include <string.h>

#include "base/clock.h"
#include "host/cli/cli.h"
#include "host/qualify/finding.h"
#include "host/qualify/grant.h"

#define LIMIT_DEFAULT	50
#define LIMIT_MAX	10000
#define DAYS_MAX	3660
#define DAY_MS		INT64_C(86400000)

struct rows {
	const struct cli	*cli;
	json_t			*list;
	int64_t			 now;
};

/* Digits of Japan's time; null where there are none. */
static json_t *
stamp_json(const char *stamp)
{
	return (clock_is_stamp(stamp) ? cli_time(clock_of_stamp(stamp)) :
	    json_null());
}

static json_t *
grant_json(const struct rows *rows, const struct grant *g)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:o, s:o, "
	    "s:o, s:{s:s, s:s}}", "finding", g->finding, "chart_number",
	    g->chart_number, "item", g->item, "care", g->care, "given",
	    grant_is_given(g, rows->now), "ended", grant_is_ended(g,
	    rows->now), "reason", g->reason, "at", stamp_json(g->at), "until",
	    stamp_json(g->until), "said_at", stamp_json(g->said_at), "why",
	    "ja", grant_why(g, rows->now, ERR_JA), "en", grant_why(g,
	    rows->now, ERR_EN));

	if (o != NULL && rows->cli->show)
		json_object_set_new(o, "name", json_string(g->name));
	return (o);
}

static void
print_grant(const struct rows *rows, const struct grant *g)
{
	const struct cli *cli = rows->cli;
	char until[CLOCK_ISO_LEN] = "";

	if (clock_is_stamp(g->until))
		clock_iso(clock_of_stamp(g->until), until);
	printf("%-16.16s  %s  %s  %s%s%s%s%s\n", until[0] == '\0' ?
	    cli_say(cli, "期限なし", "no end said") : until, g->chart_number,
	    grant_label(g->item, cli->lang), grant_care_label(g->care,
	    cli->lang), grant_is_ended(g, rows->now) ? "  " : "",
	    grant_why(g, rows->now, cli->lang), cli->show ? "  " : "",
	    cli->show ? g->name : "");
}

static enum err
grant_row(void *ctx, const struct grant *g)
{
	const struct rows *rows = ctx;

	if (json_array_append_new(rows->list, grant_json(rows, g)) != 0)
		return (ERR_NOMEM);
	if (!rows->cli->json)
		print_grant(rows, g);
	return (ERR_OK);
}

/* NULL, or the option that is wrong. */
static const char *
read_query(const struct cli *cli, struct grant_query *q)
{
	int64_t limit, days;

	*q = (struct grant_query){ .chart_number = cli->patient,
	    .item = cli->item, .now = clock_wall_ms(),
	    .ended = cli->ended ? 1 : cli->within != NULL ? -1 : 0 };
	if (cli->item != NULL && grant_label(cli->item, ERR_EN)[0] == '\0')
		return ("--item");
	if (cli->ended && cli->within != NULL)
		return ("--ended --within");
	if (!cli_number(cli->limit, LIMIT_DEFAULT, 1, LIMIT_MAX, &limit))
		return ("--limit 1..10000");
	if (!cli_number(cli->within, 0, 0, DAYS_MAX, &days))
		return ("--within 0..3660");
	q->limit = (size_t)limit;
	if (cli->within != NULL)
		q->ends_before = q->now + days * DAY_MS;
	return (NULL);
}

int
consents_main(struct cli *cli)
{
	struct rows rows = { .cli = cli };
	struct grant_query q;
	const char *wrong;
	int64_t total;
	size_t n;
	enum err r;
	int code;

	if ((wrong = read_query(cli, &q)) != NULL)
		return (cli_fail(cli, ERR_USAGE, wrong));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	rows.list = json_array();
	rows.now = q.now;
	if ((r = finding_catch_up(cli->store, 0, &n)) == ERR_OK)
		r = grant_list(cli->store, &q, grant_row, &rows, &total);
	if (r != ERR_OK)
		code = cli_fail(cli, r, "");
	else if (cli->json)
		code = cli_json(json_pack("{s:O, s:I}", "consents", rows.list,
		    "total", (json_int_t)total), EXIT_VALID);
	else
		printf(cli_say(cli, "%2$lld件中 %1$zu件\n",
		    "%1$zu of %2$lld\n"), json_array_size(rows.list),
		    (long long)total);
	json_decref(rows.list);
	return (code);
}
