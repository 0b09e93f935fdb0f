#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/cli/cli.h"
#include "host/store/audit.h"

#define LIMIT_DEFAULT	50
#define LIMIT_MAX	10000

static enum err
audit_row(void *ctx, const struct audit_row *row)
{
	const struct cli_rows *rows = ctx;
	char at[CLOCK_ISO_LEN];
	json_t *data = json_loads(row->data, JSON_DECODE_ANY, NULL);

	clock_iso(row->at, at);
	json_array_append_new(rows->list, json_pack(
	    "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "seq",
	    (json_int_t)row->seq, "at", at, "client", row->client, "staff",
	    row->staff, "action", row->action, "subject", row->subject,
	    "reason", row->reason, "data", data == NULL ? json_null() :
	    data));
	if (!rows->cli->json)
		printf("%d  %.19s  %-14s %s  %s  %s  %s\n", (int)row->seq, at,
		    row->action, row->subject, row->client, row->staff,
		    row->reason);
	return (ERR_OK);
}

int
audit_main(struct cli *cli)
{
	struct cli_rows rows = { cli, json_array() };
	char subject[64] = "";
	struct audit_query q = { .subject = subject };
	int64_t total = 0;
	enum err r;
	int code;

	if (!cli_number(cli->limit, LIMIT_DEFAULT, 1, LIMIT_MAX, &q.limit))
		code = cli_fail(cli, ERR_USAGE, "--limit 1..10000");
	else
		code = cli_store(cli);
	if (code != EXIT_VALID) {
		json_decref(rows.list);
		return (code);
	}
	if (cli->patient != NULL)
		snprintf(subject, sizeof(subject), AUDIT_PATIENT "%.40s",
		    cli->patient);
	r = audit_list(cli->store, &q, audit_row, &rows, &total);
	if (r == ERR_OK && cli->json)
		return (cli_json(json_pack("{s:o, s:I}", "audit", rows.list,
		    "total", (json_int_t)total), EXIT_VALID));
	if (r == ERR_OK)
		printf(cli_say(cli, "%zu / %d件\n", "%zu of %d\n"),
		    json_array_size(rows.list), (int)total);
	json_decref(rows.list);
	return (r == ERR_OK ? EXIT_VALID : cli_fail(cli, r, ""));
}
