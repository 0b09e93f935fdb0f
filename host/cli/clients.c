#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/api/clients.h"
#include "host/cli/cli.h"
#include "host/cli/reader_arg.h"
#include "host/cli/token_file.h"
#include "host/remote/device.h"

_Static_assert(CONF_VALUE <= CLIENT_READER, "reader_arg fits");

#define ROLE_USAGE	"--role kiosk|desk|medical|admin|monitor"

static json_t *
client_json(const struct client *c)
{
	return (json_pack("{s:s, s:s, s:b, s:b, s:b, s:s, s:o, s:o, s:o}",
	    "name", c->name, "role", role_word(c->role), "home", c->home,
	    "enrolled", c->enrolled, "evidence_key", c->has_key,
	    "reader", c->reader, "created_at", cli_time(c->created_at),
	    "started_at", cli_time(c->started_at),
	    "revoked_at", cli_time(c->revoked_at)));
}

static const char *
state_text(const struct cli *cli, const struct client *c)
{
	if (c->revoked_at != 0)
		return (cli_say(cli, "取消済", "revoked"));
	return (c->enrolled ? cli_say(cli, "登録済", "enrolled") :
	    cli_say(cli, "未登録", "not enrolled"));
}

static void
client_print(const struct cli *cli, const struct client *c)
{
	printf("%-20s %s  %s%s%s%s%s\n", c->name, role_label(c->role,
	    cli->lang), state_text(cli, c),
	    c->home ? cli_say(cli, "  訪問用", "  home visits") : "",
	    c->has_key ? cli_say(cli, "  鍵あり", "  key") : "",
	    c->reader[0] == '\0' ? "" : "  ", c->reader);
}

/* A client as it stands now; JSON takes the members of more, and more. */
static int
show(struct cli *cli, const char *name, json_t *more)
{
	struct client c;
	json_t *o;
	enum err r;

	if ((r = clients_get(cli->store, name, &c)) != ERR_OK) {
		json_decref(more);
		return (cli_fail(cli, r, name));
	}
	if (!cli->json) {
		client_print(cli, &c);
		json_decref(more);
		return (EXIT_VALID);
	}
	o = client_json(&c);
	if (more != NULL && json_object_update(o, more) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	return (cli_json(o, EXIT_VALID));
}

/* What a client is given: a token in a file, or a code. */
struct given {
	char	token[CLIENT_TOKEN], code[CLIENT_CODE];
	int64_t	until;
};

/* Inside a transaction; *made is 1 from when there is a file of ours. */
static enum err
give(const struct cli *cli, const char *name, struct given *g, int *made,
    struct note *note)
{
	enum err r;

	if (cli->token_file == NULL)
		return (clients_code(cli->store, name, g->code, &g->until));
	if ((r = clients_token(cli->store, name, g->token)) != ERR_OK)
		return (r);
	r = token_file_write(cli->token_file, g->token, note);
	*made = r == ERR_OK;
	return (r);
}

/* All of it or nothing: c is a client to add first, or NULL. */
static enum err
give_all(const struct cli *cli, const struct client *c, struct given *g,
    struct note *note)
{
	int made = 0;
	enum err r;

	if ((r = store_begin(cli->store)) != ERR_OK)
		return (r);
	if (c != NULL)
		r = clients_add(cli->store, c, note);
	if (r == ERR_OK)
		r = give(cli, cli->args[0], g, &made, note);
	if (r == ERR_OK)
		r = store_commit(cli->store);
	if (r == ERR_OK)
		return (ERR_OK);
	store_rollback(cli->store);
	if (made)
		unlink(cli->token_file);
	return (r);
}

static void
print_given(const struct cli *cli, const struct given *g)
{
	char until[CLOCK_ISO_LEN];

	if (cli->token_file != NULL) {
		printf("%s: %s\n", cli_say(cli, "トークンを書き込みました",
		    "token written"), cli->token_file);
		return;
	}
	clock_iso(g->until, until);
	printf("%s: %s\n", cli_say(cli, "登録コード", "enrolment code"),
	    g->code);
	printf(cli_say(cli, "  端末の画面に入力してください。%.19s まで、"
	    "1回限り有効です\n", "  type it into the page on the device; good "
	    "until %.19s, for one use\n"), until);
}

static json_t *
given_json(const struct cli *cli, const struct given *g)
{
	if (cli->token_file != NULL)
		return (json_pack("{s:s}", "token_file", cli->token_file));
	return (json_pack("{s:s, s:o}", "code", g->code, "expires_at",
	    cli_time(g->until)));
}

static int
give_main(struct cli *cli, const struct client *c)
{
	struct given g = { "", "", 0 };
	struct note note = { "" };
	enum err r;
	int code;

	if ((r = give_all(cli, c, &g, &note)) != ERR_OK) {
		code = cli_fail(cli, r, note.text[0] != '\0' ? note.text :
		    cli->args[0]);
	} else {
		code = show(cli, cli->args[0], given_json(cli, &g));
		if (!cli->json && code == EXIT_VALID)
			print_given(cli, &g);
	}
	secret_cleanse(&g, sizeof(g));
	return (code);
}

/* What the command line says of a new one; NULL, or what is wrong. */
static const char *
client_arg(const struct cli *cli, struct client *c, struct note *note)
{
	*c = (struct client){ .role = ROLES, .home = cli->home };
	if (strlen(cli->args[0]) >= sizeof(c->name))
		return (cli->args[0]);
	memcpy(c->name, cli->args[0], strlen(cli->args[0]));
	if (cli->role == NULL || role_named(cli->role, &c->role) != ERR_OK)
		return (ROLE_USAGE);
	if (cli->reader != NULL && reader_new(cli, c->reader, note) != ERR_OK)
		return (note->text);
	return (NULL);
}

struct sought {
	const char	*name;
	int		 found;
};

static enum err
look_invited(void *ctx, const char *name, int64_t expires_at)
{
	struct sought *sought = ctx;

	(void)expires_at;
	sought->found |= strcmp(name, sought->name) == 0;
	return (ERR_OK);
}

/* It may be enrolled later; more likely it is a slip of the pen. */
static void
warn_device(const struct cli *cli, const char *reader)
{
	size_t n = strlen(READERS_DEVICE);
	struct sought sought = { reader + n, 0 };
	struct device d;

	if (strncmp(reader, READERS_DEVICE, n) != 0 ||
	    (device_get(cli->store, reader + n, &d) == ERR_OK &&
	    d.revoked_at == 0) || device_invitations(cli->store,
	    look_invited, &sought) != ERR_OK || sought.found)
		return;
	fprintf(stderr, cli_say(cli, "注意: 機器 %s は登録されていません "
	    "(shikaku devices invite %s)\n", "warning: there is no device %s "
	    "yet (shikaku devices invite %s)\n"), reader + n, reader + n);
}

int
clients_add_main(struct cli *cli)
{
	struct note note = { "" };
	const char *wrong;
	struct client c;
	int code;

	if ((wrong = client_arg(cli, &c, &note)) != NULL)
		return (cli_fail(cli, ERR_USAGE, wrong));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((code = give_main(cli, &c)) == EXIT_VALID)
		warn_device(cli, c.reader);
	return (code);
}

int
clients_code_main(struct cli *cli)
{
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	return (give_main(cli, NULL));
}

int
clients_token_main(struct cli *cli)
{
	if (cli->token_file == NULL)
		return (cli_fail(cli, ERR_USAGE, "--token-file FILE"));
	return (clients_code_main(cli));
}

static enum err
client_row(void *ctx, const struct client *c)
{
	const struct cli_rows *rows = ctx;

	json_array_append_new(rows->list, client_json(c));
	if (!rows->cli->json)
		client_print(rows->cli, c);
	return (ERR_OK);
}

int
clients_list_main(struct cli *cli)
{
	struct cli_rows rows = { cli, json_array() };
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID) {
		json_decref(rows.list);
		return (code);
	}
	return (cli_list(&rows, "clients", clients_list(cli->store,
	    client_row, &rows), cli_say(cli, "台", " clients")));
}

int
clients_key_main(struct cli *cli)
{
	const char *file = cli->key_file;
	struct note note = { "" };
	enum err r;
	int code;

	/* Not to be taken away by an option that was forgotten. */
	if (file == NULL)
		return (cli_fail(cli, ERR_USAGE, "--key FILE"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if (strcmp(file, "none") == 0)
		file = NULL;
	if ((r = clients_key(cli->store, cli->args[0], file, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text[0] != '\0' ? note.text :
		    cli->args[0]));
	return (show(cli, cli->args[0], NULL));
}

int
clients_reader_main(struct cli *cli)
{
	char reader[CONF_VALUE];
	struct note note = { "" };
	enum err r;
	int code;

	if (cli->reader == NULL)
		return (cli_fail(cli, ERR_USAGE, "--reader STRING"));
	if (reader_new(cli, reader, &note) != ERR_OK)
		return (cli_fail(cli, ERR_USAGE, note.text));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = clients_reader(cli->store, cli->args[0], reader)) != ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	warn_device(cli, reader);
	return (show(cli, cli->args[0], NULL));
}

int
clients_revoke_main(struct cli *cli)
{
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = clients_revoke(cli->store, cli->args[0])) != ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	return (show(cli, cli->args[0], NULL));
}
