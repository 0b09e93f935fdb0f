#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/cli.h"
#include "host/qualify/pack.h"

static const struct {
	enum exit_code	 code;
	const char	*ja, *en;
} outcomes[] = {
	[RESULT_ACCEPTED] = { EXIT_VALID, "受領可", "accepted" },
	[RESULT_REFUSED] = { EXIT_DATA, "拒否", "refused" },
	[RESULT_WAITING] = { EXIT_WAITING, "処理中", "waiting" },
	[RESULT_NOT_OURS] = { EXIT_FOREIGN, "対象外", "not ours" },
};

static void
print(const struct cli *cli, const struct result *res)
{
	char *text;
	json_t *o;

	printf("%s: %s\n", cli->args[0], cli_say(cli,
	    outcomes[result_outcome(res)].ja,
	    outcomes[result_outcome(res)].en));
	if (result_kind(res)[0] != '\0')
		printf("  %s\n", result_kind(res));
	if (result_err(res) != ERR_OK)
		printf("  %s\n", result_reason(res, cli->lang));
	if (result_outcome(res) != RESULT_ACCEPTED)
		return;
	o = result_json(res);
	text = json_dumps(o, JSON_INDENT(2));
	printf("%s\n", text == NULL ? "" : text);
	free(text);
	json_decref(o);
}

int
results_explain_main(struct cli *cli)
{
	struct result *res = NULL;
	struct note note = { "" };
	enum err r;
	int code;

	/* A foreign name is told without reading: is there such a file? */
	if ((code = cli_readable(cli, cli->args[0])) != EXIT_VALID)
		return (code);
	if ((r = pack_read_file(cli->args[0], &res)) != ERR_OK) {
		note_set(&note, "%s%s%s", cli->args[0], r == ERR_SYS ? ": " :
		    "", r == ERR_SYS ? strerror(errno) : "");
		return (cli_fail(cli, r, note.text));
	}
	code = (int)outcomes[result_outcome(res)].code;
	if (cli->json)
		code = cli_json(result_json(res), code);
	else
		print(cli, res);
	result_free(&res);
	return (code);
}
