#include <string.h>

#include "base/clock.h"
#include "driver/errname.h"
#include "host/cli/cli.h"
#include "host/filing/filing.h"

#define LIMIT_DEFAULT	100
#define LIMIT_MAX	1000

static enum err
refusal_row(void *ctx, const struct filing_refusal *row)
{
	const struct cli_rows *rows = ctx;
	char at[CLOCK_ISO_LEN];
	enum err why;

	(void)errname_find(row->reason, strlen(row->reason), &why);
	json_array_append_new(rows->list, json_pack("{s:o, s:s, s:s}",
	    "at", cli_time(row->at), "device", row->device,
	    "reason", row->reason));
	clock_iso(row->at, at);
	if (!rows->cli->json)
		printf("%.16s  %-20s %s\n", at, row->device,
		    err_text(why, rows->cli->lang));
	return (ERR_OK);
}

int
visits_refused_main(struct cli *cli)
{
	struct cli_rows rows = { cli, json_array() };
	int64_t limit, total;
	int code;

	if (!cli_number(cli->limit, LIMIT_DEFAULT, 1, LIMIT_MAX, &limit))
		code = cli_fail(cli, ERR_USAGE, "--limit 1..1000");
	else
		code = cli_store(cli);
	if (code != EXIT_VALID) {
		json_decref(rows.list);
		return (code);
	}
	return (cli_list(&rows, "refused", filing_refusals(cli->store,
	    (int)limit, refusal_row, &rows, &total), cli_say(cli, "件",
	    " refused")));
}
