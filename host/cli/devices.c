#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/cli/cli.h"
#include "host/remote/ca.h"
#include "host/remote/invite.h"

static json_t *
device_json(const struct device *d, int64_t expires_at)
{
	return (json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", d->name,
	    "enrolled_at", cli_time(d->created_at),
	    "last_seen", cli_time(d->last_seen),
	    "expires_at", cli_time(expires_at),
	    "revoked_at", cli_time(d->revoked_at)));
}

static void
device_print(const struct cli *cli, const struct device *d,
    int64_t expires_at)
{
	char at[CLOCK_ISO_LEN] = "";
	const char *state = cli_say(cli, "登録済", "enrolled");

	if (expires_at != 0)
		state = cli_say(cli, "招待中", "invited");
	else if (d->revoked_at != 0)
		state = cli_say(cli, "取消済", "revoked");
	if (d->last_seen != 0)
		clock_iso(d->last_seen, at);
	printf("%-20s %s%s%.16s\n", d->name, state, at[0] == '\0' ? "" :
	    cli_say(cli, "  最後の接続 ", "  last seen "), at);
}

static int
show(struct cli *cli, const char *name)
{
	struct device d;
	enum err r;

	r = device_get(cli->store, name, &d);
	/* It was an invitation, of which nothing is left. */
	if (r == ERR_NO_DEVICE)
		snprintf(d.name, sizeof(d.name), "%.32s", name);
	else if (r != ERR_OK)
		return (cli_fail(cli, r, name));
	if (cli->json)
		return (cli_json(device_json(&d, 0), EXIT_VALID));
	if (r == ERR_OK)
		device_print(cli, &d, 0);
	return (EXIT_VALID);
}

static enum err
device_row(void *ctx, const struct device *d)
{
	const struct cli_rows *rows = ctx;

	json_array_append_new(rows->list, device_json(d, 0));
	if (!rows->cli->json)
		device_print(rows->cli, d, 0);
	return (ERR_OK);
}

static enum err
invited_row(void *ctx, const char *name, int64_t expires_at)
{
	const struct cli_rows *rows = ctx;
	struct device d = { .name = "" };

	snprintf(d.name, sizeof(d.name), "%.32s", name);
	json_array_append_new(rows->list, device_json(&d, expires_at));
	if (!rows->cli->json)
		device_print(rows->cli, &d, expires_at);
	return (ERR_OK);
}

int
devices_list_main(struct cli *cli)
{
	struct cli_rows rows = { cli, json_array() };
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID) {
		json_decref(rows.list);
		return (code);
	}
	if ((r = device_list(cli->store, device_row, &rows)) == ERR_OK)
		r = device_invitations(cli->store, invited_row, &rows);
	return (cli_list(&rows, "devices", r, cli_say(cli, "台",
	    " devices")));
}

/* A name that is not free: to a person, what the note says is all of it. */
static int
fail_name(const struct cli *cli, const struct note *note)
{
	if (cli->json)
		return (cli_fail(cli, ERR_ROW, note->text));
	fprintf(stderr, "shikaku: %s\n  -> shikaku devices list\n",
	    note->text);
	return ((int)exit_of(ERR_ROW));
}

static enum err
is_invited(void *ctx, const char *name, int64_t expires_at)
{
	(void)expires_at;
	return (strcmp(name, ctx) == 0 ? ERR_ROW : ERR_OK);
}

static int
print_invitation(const struct cli *cli, const struct invitation *i, int again)
{
	char until[CLOCK_ISO_LEN];

	clock_iso(i->expires_at, until);
	printf("%s: %s\n%s: %s\n%s: %s\n", cli_say(cli, "有効化コード",
	    "activation text"), i->text, cli_say(cli, "接続先", "address"),
	    i->address, cli_say(cli, "QRコードの内容", "QR code"), i->qr);
	if (again)
		printf("  %s\n", cli_say(cli, "前の有効化コードは使えなくなりました",
		    "the text given before has ended"));
	printf(cli_say(cli, "  機器で実行してください (%.19s まで、1回限り有効):\n",
	    "  on the device (good until %.19s, for one device):\n"), until);
	printf("    shikaku-reader enrol %s %s --folder ~/.shikaku\n",
	    i->address, i->text);
	return (fflush(stdout) == 0 ? EXIT_VALID : EXIT_OURS);
}

static json_t *
invitation_json(const struct invitation *i)
{
	return (json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", i->name,
	    "text", i->text, "address", i->address, "url", i->qr,
	    "expires_at", cli_time(i->expires_at)));
}

static enum err
invite(const struct cli *cli, struct invitation *i, struct note *note)
{
	struct invite_conf conf = { conf_device_address(cli->conf), NULL };
	struct ca *ca;
	enum err r;

	memset(i, 0, sizeof(*i));
	if (cli->conf->devices_listen[0] == '\0') {
		note_set(note, "[devices] listen is empty: set it, and "
		    "address");
		return (ERR_CONF);
	}
	if ((r = ca_open(cli->conf->devices_folder, &ca, note)) != ERR_OK)
		return (r);
	conf.ca_print = ca_print(ca);
	r = invite_make(cli->store, &conf, cli->args[0], i, note);
	ca_close(&ca);
	return (r);
}

int
devices_invite_main(struct cli *cli)
{
	struct note note = { "" };
	struct invitation i;
	enum err r;
	int code, again;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	again = device_invitations(cli->store, is_invited, cli->args[0]) ==
	    ERR_ROW;
	if ((r = invite(cli, &i, &note)) == ERR_ROW)
		code = fail_name(cli, &note);
	else if (r != ERR_OK)
		code = cli_fail(cli, r, note.text);
	else if (cli->json)
		code = cli_json(invitation_json(&i), EXIT_VALID);
	else
		code = print_invitation(cli, &i, again);
	secret_cleanse(&i, sizeof(i));
	return (code);
}

/* An alias is the configuration's: kiosks that have it would lose their
 * reader. */
static enum err
refuse_alias(const struct cli *cli, struct note *note)
{
	const struct conf *c = cli->conf;
	size_t n = strlen(READERS_DEVICE);
	const char *reader;

	for (size_t i = 0; i < c->n_aliases; i++) {
		reader = c->aliases[i].transport;
		if (strncmp(reader, READERS_DEVICE, n) != 0 ||
		    strcmp(reader + n, cli->args[0]) != 0)
			continue;
		note_set(note, cli_say(cli, "%s: [alias] %s が %s です。先に "
		    "device:%s に変え、名前を変えた後でエージェントを再起動して"
		    "ください", "%s: [alias] %s is %s; make it device:%s first, "
		    "and restart the agent after the new name"), c->file,
		    c->aliases[i].name, reader, cli->args[1]);
		return (ERR_CONF);
	}
	return (ERR_OK);
}

/* Why there is none of this name to rename, where the list has it. */
static void
explain(const struct cli *cli, char *name, struct note *note)
{
	struct device d;

	if (device_get(cli->store, name, &d) == ERR_OK)
		note_set(note, cli_say(cli, "%s は取り消されています",
		    "%s is revoked: its name stays"), name);
	else if (device_invitations(cli->store, is_invited, name) == ERR_ROW)
		note_set(note, cli_say(cli, "%s は招待中です。取り消して、新しい"
		    "名前で招待してください", "%s is only invited: revoke it, "
		    "and invite the new name"), name);
}

int
devices_rename_main(struct cli *cli)
{
	struct note note = { "" };
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = refuse_alias(cli, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	r = device_rename(cli->store, cli->args[0], cli->args[1], &note);
	if (r == ERR_NO_DEVICE) {
		explain(cli, cli->args[0], &note);
		r = note.text[0] != '\0' ? ERR_ROW : r;
	}
	if (r == ERR_ROW)
		return (fail_name(cli, &note));
	if (r != ERR_OK)
		return (cli_fail(cli, r, note.text[0] != '\0' ? note.text :
		    cli->args[0]));
	return (show(cli, cli->args[1]));
}

int
devices_revoke_main(struct cli *cli)
{
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = device_revoke(cli->store, cli->args[0])) != ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	fputs(cli_say(cli,
	    "この機器に未送信の受付記録があれば、登録し直しても送信できません。"
	    "改めて訪問するか、受付票を作ってください\n",
	    "records that still wait on it cannot be delivered under a new "
	    "enrolment: see the patient again, or make a slip\n"), stderr);
	return (show(cli, cli->args[0]));
}
