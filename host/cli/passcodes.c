#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/api/clients.h"
#include "host/cli/cli.h"
#include "host/visit/passcode.h"

#define LENGTH_DEFAULT	8
#define DAYS_DEFAULT	30
#define DAYS_MAX	366	/* passcode.h */

static json_t *
passcode_json(const struct passcode *p)
{
	return (json_pack("{s:s, s:s, s:i, s:s, s:o, s:o, s:o}",
	    "id", p->id, "state", passcode_word(passcode_state(p)),
	    "length", p->length, "issued_by", p->issued_by,
	    "issued_at", cli_time(p->issued_at),
	    "expires_at", cli_time(p->expires_at),
	    "revoked_at", cli_time(p->revoked_at)));
}

static const char *
state_text(const struct cli *cli, const struct passcode *p)
{
	static const char *const ja[] = {
		[PASSCODE_VALID] = "有効", [PASSCODE_EXPIRED] = "期限切れ",
		[PASSCODE_REVOKED] = "取消済",
	};
	enum passcode_state state = passcode_state(p);

	return (cli_say(cli, ja[state], passcode_word(state)));
}

static void
passcode_print(const struct cli *cli, const struct passcode *p)
{
	char from[CLOCK_ISO_LEN], to[CLOCK_ISO_LEN];

	clock_iso(p->issued_at, from);
	clock_iso(p->expires_at, to);
	printf(cli_say(cli, "%s  %s  %d桁  %.16s から %.16s まで  %s\n",
	    "%s  %s  %d digits  %.16s to %.16s  %s\n"), p->id,
	    state_text(cli, p), p->length, from, to, p->issued_by);
}

/* Who sits at the command line; the colon is in no client's name. */
static void
issuer(char out[sizeof(((struct passcode *)0)->issued_by)])
{
	const struct passwd *pw = getpwuid(getuid());
	size_t room = sizeof(((struct passcode *)0)->issued_by);

	if (pw != NULL)
		snprintf(out, room, "cli:%s", pw->pw_name);
	else
		snprintf(out, room, "cli:%u", (unsigned)getuid());
}

static int
show_issued(const struct cli *cli, const struct passcode *p,
    const char *digits)
{
	if (cli->json)
		return (cli_json(json_pack("{s:s, s:o}", "passcode", digits,
		    "row", passcode_json(p)), EXIT_VALID));
	printf("%s: %s\n", cli_say(cli, "目視確認用パスコード", "passcode"),
	    digits);
	passcode_print(cli, p);
	return (fflush(stdout) == 0 ? EXIT_VALID : EXIT_OURS);
}

int
passcodes_issue_main(struct cli *cli)
{
	char digits[PASSCODE_MAX + 1], by[sizeof(((struct passcode *)0)->
	    issued_by)];
	int64_t length, days;
	struct passcode p;
	enum err r;
	int code;

	if (!cli_number(cli->length, LENGTH_DEFAULT, PASSCODE_MIN,
	    PASSCODE_MAX, &length))
		return (cli_fail(cli, ERR_USAGE, "--length 6..12"));
	if (!cli_number(cli->days, DAYS_DEFAULT, 1, DAYS_MAX, &days))
		return (cli_fail(cli, ERR_USAGE, "--days 1..366"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	issuer(by);
	if ((r = passcode_issue(cli->store, (int)length, (int)days, by, digits,
	    &p)) != ERR_OK)
		return (cli_fail(cli, r, ""));
	code = show_issued(cli, &p, digits);
	secret_cleanse(digits, sizeof(digits));
	return (code);
}

static enum err
passcode_row(void *ctx, const struct passcode *p)
{
	const struct cli_rows *rows = ctx;

	json_array_append_new(rows->list, passcode_json(p));
	if (!rows->cli->json)
		passcode_print(rows->cli, p);
	return (ERR_OK);
}

int
passcodes_list_main(struct cli *cli)
{
	struct cli_rows rows = { cli, json_array() };
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID) {
		json_decref(rows.list);
		return (code);
	}
	return (cli_list(&rows, "passcodes", passcode_list(cli->store,
	    passcode_row, &rows), cli_say(cli, "件", " passcodes")));
}

int
passcodes_revoke_main(struct cli *cli)
{
	struct passcode p;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = passcode_revoke(cli->store, cli->args[0], &p)) != ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	if (cli->json)
		return (cli_json(passcode_json(&p), EXIT_VALID));
	passcode_print(cli, &p);
	return (EXIT_VALID);
}

int
passcodes_unlock_main(struct cli *cli)
{
	struct client c;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = clients_get(cli->store, cli->args[0], &c)) == ERR_OK)
		r = passcode_unlock(cli->store, c.name);
	if (r != ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	if (cli->json)
		return (cli_json(json_pack("{s:s, s:n}", "name", c.name,
		    "locked_until"), EXIT_VALID));
	printf("%s: %s\n", cli_say(cli, "停止を解除しました", "unlocked"),
	    c.name);
	return (EXIT_VALID);
}
