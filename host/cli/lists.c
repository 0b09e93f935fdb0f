#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "driver/pcsc_choice.h"
#include "host/agent/readers.h"
#include "host/cli/answer.h"
#include "host/cli/cli.h"
#include "host/import/import.h"
#include "host/ledger/patient.h"
#include "host/qualify/exchange.h"
#include "host/qualify/pack.h"
#include "host/qualify/veil.h"
#include "host/visit/machine.h"
#include "host/visit/overdue.h"

#define READERS_MAX	32	/* more than pcscd 1.9 serves (6.2: 16) */
#define LIMIT_DEFAULT	50
#define LIMIT_MAX	10000	/* features.md OQS-06 */

/* What [alias] calls it; NULL: nothing, or there is no configuration. */
static const char *
alias_of(const struct conf *c, const struct tp_reader *row)
{
	for (size_t i = 0; c != NULL && i < c->n_aliases; i++) {
		if (pcsc_choice_means(c->aliases[i].transport, row))
			return (c->aliases[i].name);
	}
	return (NULL);
}

static json_t *
text_or_null(const char *s)
{
	return (s == NULL || s[0] == '\0' ? json_null() : json_string(s));
}

static json_t *
reader_json(const struct cli *cli, const struct tp_reader *row,
    const char *transport)
{
	char id[16] = "";

	if (row->device.vendor != 0)
		snprintf(id, sizeof(id), "%04x:%04x", row->device.vendor,
		    row->device.product);
	return (json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "name",
	    row->name, "card", row->card, "usb",
	    text_or_null(row->device.port), "serial",
	    text_or_null(row->device.serial), "usb_id", text_or_null(id),
	    "alias", text_or_null(alias_of(cli->conf, row)), "transport",
	    text_or_null(transport)));
}

static void
print_reader(const struct cli *cli, const struct tp_reader *row,
    const char *transport)
{
	const char *alias = alias_of(cli->conf, row);

	printf("%-9s %s\n", row->card ? cli_say(cli, "カード有", "card") :
	    cli_say(cli, "カード無", "empty"), row->name);
	if (alias != NULL)
		printf("          alias:%s\n", alias);
	if (transport[0] != '\0')
		printf("          %s\n", transport);
	if (row->device.port[0] != '\0')
		printf("          USB %s\n", row->device.port);
	if (row->device.serial[0] != '\0')
		printf("          %s %s\n", cli_say(cli, "製造番号",
		    "serial number"), row->device.serial);
}

/* Its aliases are shown where there is one; a fault in it is said, and hides
 * no reader. */
static void
load_aliases(struct cli *cli)
{
	struct note note = { "" };
	enum err r;

	r = conf_load(cli->config, &cli->conf, &note);
	if (r != ERR_OK && (r != ERR_NO_CONF || cli->config != NULL))
		(void)cli_fail(&(struct cli){ .lang = cli->lang }, r,
		    note.text);
}

int
readers_main(struct cli *cli)
{
	struct tp_reader rows[READERS_MAX];
	char transport[PCSC_CHOICE_ROOM];
	struct note note = { "" };
	json_t *list;
	size_t n = 0;
	enum err r;

	if ((r = readers_list(rows, READERS_MAX, &n, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	load_aliases(cli);
	if (n > READERS_MAX)
		n = READERS_MAX;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		pcsc_choice_suggest(rows, n, i, transport);
		if (!cli->json)
			print_reader(cli, &rows[i], transport);
		json_array_append_new(list, reader_json(cli, &rows[i],
		    transport));
	}
	if (cli->json)
		return (cli_json(json_pack("{s:o}", "readers", list),
		    n == 0 ? EXIT_READER : EXIT_VALID));
	json_decref(list);
	if (n == 0)
		return (cli_fail(cli, ERR_NO_READER, ""));
	return (EXIT_VALID);
}

/* Columns of R in sql.h. */
enum { R_FILE, R_IDENTIFIER, R_KIND, R_VISIT, R_CHART, R_STATE, R_CREATED,
    R_ANSWERED, R_OUTCOME, R_MESSAGE, R_COLUMNS };

static enum err
request_row(void *ctx, const struct val *cols, size_t n)
{
	json_t *list = ctx;
	char at[CLOCK_ISO_LEN];

	if (n < R_COLUMNS)
		return (ERR_STORE);
	clock_iso(val_num(&cols[R_CREATED]), at);
	json_array_append_new(list, json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "file", val_str(&cols[R_FILE]),
	    "identifier", val_str(&cols[R_IDENTIFIER]),
	    "kind", val_str(&cols[R_KIND]),
	    "chart_number", val_str(&cols[R_CHART]),
	    "state", val_str(&cols[R_STATE]), "at", at,
	    "outcome", val_str(&cols[R_OUTCOME]),
	    "message", val_str(&cols[R_MESSAGE])));
	return (ERR_OK);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

/* The states of sql.h as the desk calls them. */
static const char *
state_text(const struct cli *cli, const char *state)
{
	static const struct {
		const char	*state, *ja;
	} words[] = {
		{ "new", "作成中" }, { "written", "照会中" },
		{ "answered", "回答済" }, { "returned", "差戻し" },
		{ "withdrawn", "取下げ" }, { "unanswered", "回答待ち" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].state, state) == 0)
			return (cli_say(cli, words[i].ja, state));
	}
	return (state);
}

static void
print_requests(const struct cli *cli, const json_t *list)
{
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		printf("%.19s  %-10s %-10s %s %s\n", text_of(row, "at"),
		    state_text(cli, text_of(row, "state")),
		    text_of(row, "chart_number"),
		    text_of(row, "file"), text_of(row, "message"));
	}
	printf(cli_say(cli, "%zu件\n", "%zu requests\n"),
	    json_array_size(list));
}

int
requests_main(struct cli *cli)
{
	struct note note = { "" };
	size_t late = 0, moved = 0, stale = 0, back = 0;
	struct val limit;
	int64_t max;
	json_t *list;
	enum err r;
	int code;

	if (!cli_number(cli->limit, LIMIT_DEFAULT, 1, LIMIT_MAX, &max))
		return (cli_fail(cli, ERR_USAGE, "--limit 1..10000"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	list = json_array();
	limit = val_int(max);
	if ((r = exchange_sweep(&cli->conf->visit.exchange, cli->store, &late,
	    &note)) == ERR_OK &&
	    (r = overdue_answers(cli->store, &moved)) == ERR_OK &&
	    (r = overdue_withdrawn(cli->store, &back)) == ERR_OK &&
	    (r = overdue_expire(cli->store, &stale)) == ERR_OK)
		r = store_run(cli->store, SQL_REQUEST_LIST, &limit, 1,
		    request_row, list, NULL);
	if (r != ERR_OK)
		code = cli_fail(cli, r, note.text);
	else if (cli->json)
		return (cli_json(json_pack("{s:i, s:i, s:o}", "taken_in",
		    (int)late, "visits_answered", (int)moved, "requests",
		    list), EXIT_VALID));
	else
		print_requests(cli, list);
	json_decref(list);
	return (code);
}

/* The newest stored answer under a name. */
struct stored {
	const char	*name;
	struct result	*result;
	enum err	 err;
};

static enum err
stored_row(void *ctx, const struct val *cols, size_t n)
{
	struct stored *s = ctx;

	if (s->result == NULL && n == 6)	/* D of sql.h, packed */
		s->err = pack_read(&(struct pack){ s->name, cols[4].data,
		    cols[4].len, (int)val_num(&cols[5]) }, &s->result);
	return (ERR_OK);
}

/* OQSsiquc01req_X.xml was answered by OQSsiquc01res_X.xml, or came back. */
static enum err
find_stored(const struct cli *cli, const char *request, struct stored *s)
{
	char res[256], zip[256];
	const char *names[3] = { res, zip, request };
	char *req;
	struct val v;
	enum err r = ERR_OK;

	snprintf(res, sizeof(res), "%s", request);
	if ((req = strstr(res, "req_")) != NULL)
		memcpy(req, "res_", 4);
	snprintf(zip, sizeof(zip), "%.*szip", (int)strlen(res) - 3, res);
	*s = (struct stored){ .err = ERR_OK };
	for (size_t i = 0; r == ERR_OK && s->result == NULL && i < 3; i++) {
		s->name = names[i];
		v = val_text(names[i]);
		r = store_run(cli->store, SQL_RESULT_BY_FILE, &v, 1,
		    stored_row, s, NULL);
	}
	return (r != ERR_OK ? r : s->err);
}

/* Of a bulk result that is large the header alone, and how many it holds. */
static void
print_stored(const struct cli *cli, const struct result *r)
{
	answer_print(cli, r, "-");
	if (result_units(r) > 0)
		printf(cli_say(cli, "  %zu件: shikaku history で検索できます\n",
		    "  %zu persons: see shikaku history\n"), result_units(r));
}

int
requests_show_main(struct cli *cli)
{
	struct stored s;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = find_stored(cli, cli->args[0], &s)) != ERR_OK)
		return (cli_fail(cli, r, cli->args[0]));
	if (s.result == NULL)
		return (cli_fail(cli, ERR_NO_ANSWER, cli->args[0]));
	code = (int)answer_exit(s.result);
	if (cli->json)
		code = cli_json(veil_result(s.result), code);
	else
		print_stored(cli, s.result);
	result_free(&s.result);
	return (code);
}

/* Without --show only what names nobody. */
struct patients {
	const struct cli	*cli;
	json_t			*list;
};

static enum err
patient_row(void *ctx, const struct patient *p)
{
	const struct patients *out = ctx;
	json_t *o = json_pack("{s:s}", "chart_number", p->chart_number);

	if (out->cli->show) {
		json_object_set_new(o, "name", json_string(p->name));
		json_object_set_new(o, "kana", json_string(p->kana));
		json_object_set_new(o, "birthdate", json_string(p->birthdate));
	}
	json_array_append_new(out->list, o);
	return (ERR_OK);
}

int
patients_list_main(struct cli *cli)
{
	struct patients out = { cli, NULL };
	json_t *row;
	size_t i;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	out.list = json_array();
	if ((r = patient_list(cli->store, "", patient_row, &out)) != ERR_OK) {
		json_decref(out.list);
		return (cli_fail(cli, r, ""));
	}
	if (cli->json)
		return (cli_json(json_pack("{s:o}", "patients", out.list),
		    EXIT_VALID));
	json_array_foreach(out.list, i, row)
		printf("%-12s %s  %s  %s\n", text_of(row, "chart_number"),
		    text_of(row, "name"), text_of(row, "kana"),
		    text_of(row, "birthdate"));
	printf(cli_say(cli, "%zu件\n", "%zu patients\n"),
	    json_array_size(out.list));
	json_decref(out.list);
	return (EXIT_VALID);
}

static json_t *
import_json(const struct import_report *rep, enum err r, const char *lines)
{
	return (json_pack("{s:b, s:i, s:i, s:i, s:i, s:i, s:i, s:s, s:s}",
	    "imported", r == ERR_OK, "rows", (int)rep->rows,
	    "added", (int)rep->added, "changed", (int)rep->changed,
	    "same", (int)rep->same, "refused", (int)rep->refused,
	    "warned", (int)rep->warned, "report", lines,
	    "error", r == ERR_OK ? "" : err_name(r)));
}

int
patients_import_main(struct cli *cli)
{
	struct import_report rep = { 0 };
	struct note note = { "" };
	char *lines = NULL;
	size_t len = 0;
	FILE *report;
	enum err r;
	int code;

	if ((code = cli_readable(cli, cli->args[0])) != EXIT_VALID ||
	    (code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((report = open_memstream(&lines, &len)) == NULL)
		return (cli_fail(cli, ERR_NOMEM, ""));
	r = patient_import(cli->store, cli->args[0], cli->skip_refused, report,
	    &rep, &note);
	fclose(report);
	if (rep.added + rep.changed > 0 && (r == ERR_OK || r == ERR_ROW)) {
		enum err again = import_relink(cli->store, NULL, NULL);

		r = again == ERR_OK ? r : again;
	}
	if (cli->json) {
		code = cli_json(import_json(&rep, r, lines), (int)exit_of(r));
	} else {
		fputs(lines, stderr);
		printf(cli_say(cli,
		    "%zu行: 追加 %zu, 変更 %zu, 同じ %zu, 拒否 %zu, 注意 %zu\n",
		    "%zu rows: %zu added, %zu changed, %zu same, %zu refused, "
		    "%zu with warnings\n"), rep.rows, rep.added, rep.changed,
		    rep.same, rep.refused, rep.warned);
		if (r != ERR_OK)
			code = cli_fail(cli, r, note.text);
	}
	free(lines);
	return (code);
}

int
visits_diagram_main(struct cli *cli)
{
	(void)cli;
	machine_print(stdout);
	return (EXIT_VALID);
}
