#include <stdlib.h>
#include <string.h>

#include "crypto/trust.h"
#include "host/cli/cli.h"

#define ROOTS_MAX 64

int
config_example_main(struct cli *cli)
{
	(void)cli;
	conf_print_example(stdout);
	return (EXIT_VALID);
}

int
config_check_main(struct cli *cli)
{
	char *lines = NULL;
	size_t len = 0;
	FILE *report;
	enum err r;
	int code;

	if ((code = cli_conf(cli)) != EXIT_VALID)
		return (code);
	if ((report = open_memstream(&lines, &len)) == NULL)
		return (cli_fail(cli, ERR_NOMEM, ""));
	r = conf_check(cli->conf, report);
	fclose(report);
	if (cli->json) {
		code = cli_json(json_pack("{s:s, s:b, s:s}", "file",
		    cli->conf->file, "ok", r == ERR_OK, "faults", lines),
		    (int)exit_of(r));
	} else {
		fputs(lines, stderr);
		if (r != ERR_OK)
			code = cli_fail(cli, r, cli->conf->file);
		else
			printf("%s: %s\n", cli->conf->file, cli_say(cli,
			    "問題ありません", "ok"));
	}
	free(lines);
	return (code);
}

static json_t *
root_json(const struct trust_root *t)
{
	return (json_pack("{s:s, s:s, s:b, s:s, s:s}", "name", t->name,
	    "sha256", t->sha256, "test", t->test, "valid_from", t->not_before,
	    "valid_to", t->not_after));
}

static void
root_print(const struct trust_root *t)
{
	printf("%-10s %.8s-%.8s %s%s\n", t->name, t->not_before, t->not_after,
	    t->sha256, t->test ? " TEST" : "");
}

int
trust_add_main(struct cli *cli)
{
	struct note note = { "" };
	struct trust_root root;
	enum err r;
	int code;

	if ((code = cli_conf(cli)) != EXIT_VALID ||
	    (code = cli_readable(cli, cli->args[0])) != EXIT_VALID)
		return (code);
	if ((r = trust_add(cli->conf->trust_folder,
	    (enum trust_mode)cli->conf->trust_mode, cli->args[0],
	    cli->pin_hex, &root, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if (cli->json)
		return (cli_json(root_json(&root), EXIT_VALID));
	printf("%s: ", cli_say(cli, "登録しました", "added"));
	root_print(&root);
	return (EXIT_VALID);
}

int
trust_list_main(struct cli *cli)
{
	struct trust_root roots[ROOTS_MAX];
	struct note note = { "" };
	json_t *list;
	size_t n = 0;
	enum err r;
	int code;

	if ((code = cli_conf(cli)) != EXIT_VALID)
		return (code);
	if ((r = trust_list(cli->conf->trust_folder,
	    (enum trust_mode)cli->conf->trust_mode, roots, ROOTS_MAX, &n,
	    &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	list = json_array();
	for (size_t i = 0; i < n && i < ROOTS_MAX; i++) {
		json_array_append_new(list, root_json(&roots[i]));
		if (!cli->json)
			root_print(&roots[i]);
	}
	if (cli->json)
		return (cli_json(json_pack("{s:o}", "roots", list),
		    EXIT_VALID));
	json_decref(list);
	return (EXIT_VALID);
}
