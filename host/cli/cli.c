#include <sys/stat.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "driver/quirk.h"
#include "host/cli/cli.h"

const char *
cli_say(const struct cli *cli, const char *ja, const char *en)
{
	return (cli->lang == ERR_JA ? ja : en);
}

json_t *
cli_error(enum err err, const char *detail)
{
	return (json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s}}", "error",
	    "code", err_name(err),
	    "text", err_text(err, ERR_JA), "text_en", err_text(err, ERR_EN),
	    "next", err_next(err, ERR_JA), "next_en", err_next(err, ERR_EN),
	    "detail", detail == NULL ? "" : detail));
}

int
cli_fail(const struct cli *cli, enum err err, const char *detail)
{
	const char *next = err_next(err, cli->lang);

	fprintf(stderr, "shikaku: %s%s%s%s\n", err_text(err, cli->lang),
	    detail == NULL || detail[0] == '\0' ? "" : " (",
	    detail == NULL ? "" : detail,
	    detail == NULL || detail[0] == '\0' ? "" : ")");
	if (next[0] != '\0')
		fprintf(stderr, "  -> %s\n", next);
	if (cli->json)
		return (cli_json(cli_error(err, detail),
		    (int)exit_of(err)));
	return ((int)exit_of(err));
}

int
cli_json(json_t *json, int code)
{
	if (json == NULL || json_dumpf(json, stdout, JSON_COMPACT) != 0)
		code = EXIT_OURS;
	putchar('\n');
	json_decref(json);
	return (fflush(stdout) == 0 ? code : EXIT_OURS);
}

int
cli_list(struct cli_rows *rows, const char *name, enum err r,
    const char *unit)
{
	size_t n = json_array_size(rows->list);

	if (r == ERR_OK && rows->cli->json)
		return (cli_json(json_pack("{s:o}", name, rows->list),
		    EXIT_VALID));
	json_decref(rows->list);
	if (r != ERR_OK)
		return (cli_fail(rows->cli, r, ""));
	printf("%zu%s\n", n, unit);
	return (EXIT_VALID);
}

int
cli_conf(struct cli *cli)
{
	struct note note = { "" };
	enum err r;

	if ((r = conf_load(cli->config, &cli->conf, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	log_set_level((enum log_level)cli->conf->log_level);
	if ((r = readers_quirks(cli->conf->quirks)) != ERR_OK ||
	    (r = quirk_use(cli->conf->quirks, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (EXIT_VALID);
}

int
cli_store(struct cli *cli)
{
	struct note note = { "" };
	enum err r;
	int code;

	if ((code = cli_conf(cli)) != EXIT_VALID)
		return (code);
	if ((r = store_open(cli->conf->store, &cli->store, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (EXIT_VALID);
}

int
cli_number(const char *text, int64_t normal, int64_t min, int64_t max,
    int64_t *out)
{
	*out = normal;
	if (text == NULL)
		return (1);
	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0' ||
	    strlen(text) > 9)
		return (0);
	*out = strtol(text, NULL, 10);
	return (*out >= min && *out <= max);
}

json_t *
cli_time(int64_t wall_ms)
{
	char at[CLOCK_ISO_LEN];

	if (wall_ms == 0)
		return (json_null());
	clock_iso(wall_ms, at);
	return (json_string(at));
}

int
cli_readable(const struct cli *cli, const char *path)
{
	struct note note = { "" };
	struct stat st;

	if (access(path, R_OK) != 0 || stat(path, &st) != 0)
		note_set(&note, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		note_set(&note, "%s: not a file", path);
	return (note.text[0] == '\0' ? EXIT_VALID : cli_fail(cli,
	    ERR_NOT_FOUND, note.text));
}

void
cli_stop_reader(const struct cli *cli, struct readers_child *child)
{
	struct cli plain = *cli;
	enum err r;

	plain.json = 0;
	if ((r = readers_stop(child)) != ERR_OK)
		(void)cli_fail(&plain, r, child->transport);
}
