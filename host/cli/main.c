#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "host/cli/command.h"
#include "host/tty/tty.h"

static void
print_command(FILE *out, const struct command *c, enum err_lang lang, int all)
{
	fprintf(out, "  shikaku %s%s%s%s\n      %s\n", c->words[0],
	    c->words[1] == NULL ? "" : " ",
	    c->words[1] == NULL ? "" : c->words[1], c->args,
	    c->means[lang]);
	for (const struct option *o = option_all(); all && o->name != NULL;
	    o++) {
		if (command_takes(c, o))
			fprintf(out, "      --%s%s%s: %s\n", o->name,
			    o->arg == NULL ? "" : " ",
			    o->arg == NULL ? "" : o->arg, o->means[lang]);
	}
}

static void
print_help(FILE *out, enum err_lang lang)
{
	fprintf(out, "shikaku " SHIKAKU_VERSION ": online qualification check "
	    "(オンライン資格確認)\n\n");
	for (const struct command *c = command_all(); c->run != NULL; c++)
		print_command(out, c, lang, 0);
	fprintf(out, "  shikaku help COMMAND\n      %s\n"
	    "  shikaku help exit-codes\n      %s\n  shikaku --version\n",
	    lang == ERR_JA ? "そのコマンドの指定" : "its options",
	    lang == ERR_JA ? "終了コードの一覧" : "what a command ends with");
}

/* How many words of argv name the command; 0 if none does. */
static int
names(const struct command *c, char *const *argv, int n)
{
	if (n < 1 || strcmp(argv[0], c->words[0]) != 0)
		return (0);
	if (c->words[1] == NULL)
		return (1);
	return (n > 1 && strcmp(argv[1], c->words[1]) == 0 ? 2 : 0);
}

static const struct command *
find(char *const *argv, int n, int *words)
{
	for (const struct command *c = command_all(); c->run != NULL; c++) {
		if ((*words = names(c, argv, n)) > 0)
			return (c);
	}
	return (NULL);
}

static int
help(const struct cli *cli, char *const *argv, int n)
{
	const struct command *c;
	int words;

	if (n == 0 || strcmp(argv[0], "help") == 0) {
		print_help(stdout, cli->lang);
		return (EXIT_VALID);
	}
	if (strcmp(argv[0], "exit-codes") == 0) {
		exit_print(stdout, cli->lang);
		return (EXIT_VALID);
	}
	if ((c = find(argv, n, &words)) != NULL) {
		print_command(stdout, c, cli->lang, 1);
		return (EXIT_VALID);
	}
	/* "help trust": all that begin with the word. */
	for (const struct command *k = command_all(); k->run != NULL; k++) {
		if (strcmp(argv[0], k->words[0]) != 0)
			continue;
		print_command(stdout, k, cli->lang, 1);
		c = k;
	}
	return (c != NULL ? EXIT_VALID : cli_fail(cli, ERR_USAGE, argv[0]));
}

static void
store_option(struct cli *cli, const struct option *o, const char *arg)
{
	void *at = (char *)cli + o->at;

	if (o->arg == NULL)
		*(int *)at = 1;
	else
		*(const char **)at = arg;
}

/* The option an argument names in full; abbreviations are refused, because
 * --l is not a yes to spend the last try. */
static const struct option *
named(const struct command *c, const char *arg)
{
	size_t n = strcspn(arg + 2, "=");

	for (const struct option *o = option_all(); o->name != NULL; o++) {
		if (command_takes(c, o) && strlen(o->name) == n &&
		    strncmp(o->name, arg + 2, n) == 0)
			return (o);
	}
	return (NULL);
}

/* Takes one option and its value; how many arguments that were, 0 if wrong. */
static int
take_option(struct cli *cli, const struct command *c, char **argv, int left)
{
	const struct option *o = named(c, argv[0]);
	const char *eq = strchr(argv[0], '=');

	if (o == NULL || (o->arg == NULL && eq != NULL) ||
	    (o->arg != NULL && eq == NULL && left < 2))
		return (0);
	if (o->arg != NULL && (eq != NULL ? eq[1] : argv[1][0]) == '\0')
		return (0);
	store_option(cli, o, eq != NULL ? eq + 1 : argv[1]);
	return (o->arg != NULL && eq == NULL ? 2 : 1);
}

/* Options anywhere, the other arguments collected; NULL, or the wrong one. */
static const char *
parse(struct cli *cli, const struct command *c, int argc, char **argv)
{
	int used, n = 0;

	cli->args = argv;
	for (int i = 0; i < argc; i += used) {
		used = 1;
		if (strncmp(argv[i], "--", 2) != 0)
			argv[n++] = argv[i];
		else if ((used = take_option(cli, c, argv + i, argc - i)) == 0)
			return (argv[i]);
		if (n > c->args_max)
			return (argv[n - 1]);
	}
	cli->nargs = n;
	return (n < c->args_min ? "an argument is missing" : NULL);
}

/* JSON is asked for, even if the rest of the line is wrong. */
static int
wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return (1);
	}
	return (0);
}

static int
run(struct cli *cli, int argc, char **argv)
{
	const struct command *c;
	const char *wrong;
	int words, code;

	if (argc > 1 && (strcmp(argv[1], "help") == 0 ||
	    strcmp(argv[1], "--help") == 0))
		return (help(cli, argv + 2, argc - 2));
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("shikaku " SHIKAKU_VERSION "\n");
		return (EXIT_VALID);
	}
	if (argc > 2 && (strcmp(argv[argc - 1], "--help") == 0 ||
	    strcmp(argv[argc - 1], "-h") == 0))
		return (help(cli, argv + 1, argc - 2));
	if ((c = find(argv + 1, argc - 1, &words)) == NULL) {
		print_help(stderr, cli->lang);
		cli->json = wants_json(argc, argv);
		return (cli_fail(cli, ERR_USAGE, argc > 1 ? argv[1] :
		    "a command is missing"));
	}
	if ((wrong = parse(cli, c, argc - 1 - words, argv + 1 + words)) !=
	    NULL) {
		print_command(stderr, c, cli->lang, 1);
		cli->json = wants_json(argc, argv);
		return (cli_fail(cli, ERR_USAGE, wrong));
	}
	code = c->run(cli);
	store_close(&cli->store);
	conf_free(&cli->conf);
	return (code);
}

int
main(int argc, char **argv)
{
	struct cli cli = { .lang = tty_lang() };
	struct note note = { "" };

	/* A pipe that closed early is an error of a write, not our end. */
	signal(SIGPIPE, SIG_IGN);
	if (secret_harden(&note) != ERR_OK)
		log_line(LOG_WARN, "main", "%s", note.text);
	return (run(&cli, argc, argv));
}
