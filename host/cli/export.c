#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/cli/actor.h"
#include "host/cli/cli.h"
#include "host/cli/outfile.h"
#include "host/export/fhir.h"
#include "host/export/list.h"
#include "host/export/orca.h"
#include "host/export/report.h"
#include "host/import/import.h"
#include "host/qualify/finding.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ALL	((size_t)INT32_MAX)	/* findings, one behind the other */
#define DAY_MS	(INT64_C(24) * 3600 * 1000)

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

/* Answers that came in since are findings first; an agent does it too. */
static int
open_store(struct cli *cli)
{
	struct note note = { "" };
	size_t n;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = finding_catch_up(cli->store, 0, &n)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (EXIT_VALID);
}

/* R10: what leaves, and with whom; no names. */
static enum err
note_export(const struct cli *cli, const char *action, const char *kind,
    const char *id, const char *data)
{
	struct actor actor;

	actor_of(cli, &actor);
	return (audit_add(cli->store, &actor.who, action, kind, id, data));
}

/* --- orca --- */

static int
agrees(const struct cli *cli)
{
	char line[16];

	printf("%s %s ", orca_question(cli->lang),
	    cli_say(cli, "はい(Y)/いいえ(N)", "y/n"));
	fflush(stdout);
	return (fgets(line, sizeof(line), stdin) != NULL &&
	    (line[0] == 'y' || line[0] == 'Y'));
}

static void
print_orca(const struct cli *cli, const json_t *o)
{
	const json_t *files = json_object_get(o, "files");
	const json_t *before = json_object_get(o, "before");
	const json_t *left_out = json_object_get(o, "left_out");
	const json_t *row;
	size_t i;

	json_array_foreach(files, i, row)
		printf("%s\n", text_of(row, "file"));
	json_array_foreach(left_out, i, row)
		printf("%s: %s\n", text_of(row, "finding"), text_of(row,
		    cli->lang == ERR_JA ? "ja" : "en"));
	printf(cli_say(cli, "作成 %zu件, 作成済み %zu件, 除外 %zu件\n",
	    "%zu made, %zu made before, %zu left out\n"),
	    json_array_size(files), json_array_size(before),
	    json_array_size(left_out));
	if (json_array_size(files) > 0)
		printf("%s\n", orca_answer(cli->lang));
}

int
export_orca_main(struct cli *cli)
{
	struct actor actor;
	struct orca_ask ask = { .n = (size_t)cli->nargs, .job = cli->job,
	    .again = cli->again, .client = actor.client,
	    .staff = cli->staff };
	struct note note = { "" };
	json_t *out = NULL;
	enum err r;
	int code;

	if ((cli->job == NULL) == (cli->nargs == 0))
		return (cli_fail(cli, ERR_USAGE, "FINDING ... | --job ID"));
	if (cli->nargs > 0)
		ask.findings = (const char *const *)cli->args;
	actor_of(cli, &actor);
	if ((code = open_store(cli)) != EXIT_VALID)
		return (code);
	if (cli->job != NULL && !cli->yes && !agrees(cli))
		return (cli_fail(cli, ERR_CANCELLED, ""));
	r = orca_export(&cli->conf->orca, cli->store, &ask, &out, &note);
	if (r != ERR_OK)
		code = cli_fail(cli, r, note.text);
	else if (cli->json)
		return (cli_json(out, EXIT_VALID));
	else
		print_orca(cli, out);
	json_decref(out);
	return (code);
}

/* --- fhir --- */

static int
write_json(struct cli *cli, json_t *o)
{
	struct note note = { "" };
	struct blob b = { 0 };
	char *text = json_dumps(o, JSON_INDENT(2));
	enum err r;
	int code = EXIT_VALID;

	json_decref(o);
	if (text == NULL)
		return (cli_fail(cli, ERR_NOMEM, ""));
	if ((r = blob_printf(&b, "%s\n", text)) != ERR_OK ||
	    (r = outfile_write(cli->out, &b, &note)) != ERR_OK)
		code = cli_fail(cli, r, note.text);
	blob_free(&b);
	free(text);
	return (code);
}

int
export_fhir_main(struct cli *cli)
{
	struct fhir_site site = { .base = "", .now = clock_wall_ms() };
	json_t *bundle;
	enum err r;
	int code;

	if ((code = open_store(cli)) != EXIT_VALID)
		return (code);
	site.institution_code = cli->conf->institution_code;
	if ((r = fhir_of_patient(&site, cli->store, cli->args[0], &bundle)) !=
	    ERR_OK)
		return (cli_fail(cli, r, ""));
	if ((r = note_export(cli, "export_fhir", AUDIT_PATIENT, cli->args[0],
	    "")) != ERR_OK) {
		json_decref(bundle);
		return (cli_fail(cli, r, ""));
	}
	return (write_json(cli, bundle));
}

/* --- csv --- */

/* The first moment of a day in JST; 0 of none, -1 of what is no date. */
static int64_t
day_ms(const char *day)
{
	char stamp[CLOCK_STAMP_LEN];

	if (day == NULL)
		return (0);
	if (!clock_is_date(day))
		return (-1);
	snprintf(stamp, sizeof(stamp), "%s000000000", day);
	return (clock_of_stamp(stamp));
}

static enum err
csv_findings(struct cli *cli, struct sheet *s)
{
	struct finding_query q = { .job = cli->job, .limit = ALL,
	    .from = day_ms(cli->from), .before = day_ms(cli->to) };

	if (q.from < 0 || q.before < 0)
		return (ERR_USAGE);
	if (cli->to != NULL)
		q.before += DAY_MS;
	return (list_findings(cli->store, &q, 1, s, NULL));
}

static enum err
csv_errors(struct cli *cli, struct sheet *s)
{
	return (cli->job == NULL ? ERR_USAGE :
	    list_errors(cli->store, cli->job, s));
}

static enum err
csv_patients(struct cli *cli, struct sheet *s)
{
	return (list_patients(cli->store, s));
}

static enum err
csv_imports(struct cli *cli, struct sheet *s)
{
	struct import_query q = { .chart_number = NULL };

	return (list_imports(cli->store, &q, s));
}

static const struct {
	const char	*word, *usage;
	enum err	(*fill)(struct cli *, struct sheet *);
} lists[] = {
	{ "findings", "--from YYYYMMDD --to YYYYMMDD", csv_findings },
	{ "errors", "--job ID", csv_errors },
	{ "patients", "", csv_patients }, { "imports", "", csv_imports },
};

/* Where each character stands that Shift_JIS has not. */
static int
fail_misfits(const struct cli *cli, json_t *misfits, const char *note)
{
	const json_t *m;
	json_t *o;
	size_t i;

	if (cli->json) {
		o = cli_error(ERR_MISFIT, note);
		(void)json_object_set_new(o, "misfits", misfits);
		return (cli_json(o, (int)exit_of(ERR_MISFIT)));
	}
	json_array_foreach(misfits, i, m)
		fprintf(stderr, cli_say(cli, "%lld行 %lld列 %lld文字目: %s\n",
		    "row %lld, column %lld, character %lld: %s\n"),
		    (long long)json_integer_value(json_object_get(m, "row")),
		    (long long)json_integer_value(json_object_get(m,
		    "column")),
		    (long long)json_integer_value(json_object_get(m, "at")),
		    text_of(m, "character"));
	json_decref(misfits);
	return (cli_fail(cli, ERR_MISFIT, note));
}

static enum err
note_csv(const struct cli *cli, const struct sheet *s)
{
	char id[32], data[64];

	snprintf(id, sizeof(id), "%s.csv", cli->args[0]);
	snprintf(data, sizeof(data), "{\"rows\":%zu}", sheet_rows(s) - 1);
	return (note_export(cli, "export_csv", "export:", id, data));
}

/* Without --out the table itself is what is printed. */
static int
write_sheet(struct cli *cli, struct sheet *s)
{
	struct note note = { "" };
	struct blob out = { 0 };
	json_t *misfits = NULL;
	enum err r;
	int code = EXIT_VALID;

	r = sheet_finish(s, &out, &misfits, &note);
	if (r == ERR_OK)
		r = note_csv(cli, s);
	if (r == ERR_OK)
		r = outfile_write(cli->out, &out, &note);
	blob_free(&out);
	if (r == ERR_MISFIT)
		return (fail_misfits(cli, misfits, note.text));
	if (r != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if (cli->out != NULL && cli->json)
		code = cli_json(json_pack("{s:s, s:I}", "file", cli->out,
		    "rows", (json_int_t)sheet_rows(s) - 1), EXIT_VALID);
	else if (cli->out != NULL)
		printf(cli_say(cli, "%zu件\n", "%zu rows\n"),
		    sheet_rows(s) - 1);
	return (code);
}

int
export_csv_main(struct cli *cli)
{
	enum sheet_charset charset;
	struct sheet *s = NULL;
	size_t i = 0;
	enum err r;
	int code;

	while (i < LEN(lists) && strcmp(lists[i].word, cli->args[0]) != 0)
		i++;
	if (i == LEN(lists))
		return (cli_fail(cli, ERR_USAGE,
		    "findings, errors, patients, imports"));
	if (!sheet_charset_named(cli->encoding, &charset))
		return (cli_fail(cli, ERR_USAGE, "utf-8, shift_jis"));
	if ((code = open_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = sheet_new(charset, cli->plain, &s)) == ERR_OK)
		r = lists[i].fill(cli, s);
	code = r == ERR_OK ? write_sheet(cli, s) : cli_fail(cli, r,
	    r == ERR_USAGE ? lists[i].usage : "");
	sheet_free(&s);
	return (code);
}

/* --- report --- */

/* The rows of report_check: a job's findings, in the order of the answer. */
static enum err
keep_finding(void *ctx, const struct finding *f)
{
	return (json_array_insert_new(ctx, 0, json_pack(
	    "{s:s, s:s, s:s, s:O}", "chart_number", f->chart_number, "name",
	    f->name, "validity", f->validity, "data", f->data)) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

static enum err
job_paper(struct cli *cli, int limit, int64_t now, struct paper **out)
{
	struct finding_query q = { .job = cli->job, .data = 1,
	    .limit = ALL };
	json_t *rows = json_array();
	enum err r;

	r = finding_list(cli->store, &q, keep_finding, rows, NULL);
	if (r == ERR_OK)
		r = limit ? report_limit(rows, now, out) :
		    report_check(rows, now, out);
	json_decref(rows);
	return (r);
}

/* An import by its own id, or its batch's. */
static enum err
import_paper(struct cli *cli, int64_t now, struct paper **out)
{
	json_t *content = NULL;
	enum err r;

	r = import_batch(cli->store, cli->args[0], &content);
	if (r == ERR_NO_SUCH || (r == ERR_OK && json_array_size(
	    json_object_get(content, "rows")) == 0)) {
		json_decref(content);
		content = NULL;
		r = import_report(cli->store, cli->args[0], &content);
	}
	if (r == ERR_OK)
		r = report_import(content, now, out);
	json_decref(content);
	return (r);
}

static enum err
make_paper(struct cli *cli, int64_t now, struct paper **out)
{
	int limit = strcmp(cli->args[0], "limit") == 0;

	if (limit || strcmp(cli->args[0], "check") == 0)
		return (cli->job == NULL ? ERR_USAGE :
		    job_paper(cli, limit, now, out));
	return (import_paper(cli, now, out));
}

static int
save_paper(struct cli *cli, struct paper *p, int64_t now)
{
	const char *folder = cli->conf->report_folder;
	struct note note = { "" };
	char name[REPORT_NAME];
	enum err r;

	if ((r = report_save(folder, p, now, name, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if (cli->json)
		return (cli_json(json_pack("{s:s, s:s, s:I}", "folder",
		    folder, "file", name, "pages",
		    (json_int_t)paper_pages(p)), EXIT_VALID));
	printf(cli_say(cli, "取込処理結果を以下のフォルダに保存しました。\n"
	    "ファイルの場所：%s\nファイル名：%s\n",
	    "saved in %s\nas %s\n"), folder, name);
	return (EXIT_VALID);
}

static int
write_paper(struct cli *cli, struct paper *p)
{
	struct note note = { "" };
	struct blob out = { 0 };
	enum err r;

	r = cli->html ? paper_html(p, &out) : paper_text(p, &out);
	if (r == ERR_OK)
		r = outfile_write(cli->out, &out, &note);
	blob_free(&out);
	if (r != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if (cli->out != NULL && cli->json)
		return (cli_json(json_pack("{s:s, s:I}", "file", cli->out,
		    "pages", (json_int_t)paper_pages(p)), EXIT_VALID));
	return (EXIT_VALID);
}

int
export_report_main(struct cli *cli)
{
	int64_t now = clock_wall_ms();
	struct paper *p = NULL;
	enum err r;
	int code;

	if (cli->save && (cli->html || cli->out != NULL))
		return (cli_fail(cli, ERR_USAGE, "--save | --html, --out"));
	if ((code = open_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = make_paper(cli, now, &p)) != ERR_OK)
		code = cli_fail(cli, r, r == ERR_USAGE ? "--job ID" :
		    cli->args[0]);
	else if (cli->save)
		code = save_paper(cli, p, now);
	else
		code = write_paper(cli, p);
	paper_free(&p);
	return (code);
}
