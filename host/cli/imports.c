#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/cli/actor.h"
#include "host/cli/cli.h"
#include "host/export/report.h"
#include "host/import/import.h"
#include "host/qualify/finding.h"

#define LIMIT_DEFAULT	50
#define LIMIT_MAX	10000

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
	size_t n;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = finding_catch_up(cli->store, 0, &n)) != ERR_OK)
		return (cli_fail(cli, r, ""));
	return (EXIT_VALID);
}

/* Times of the room are numbers; outside they are ISO 8601. */
static void
tell_time(json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (json_is_integer(v))
		json_object_set_new(o, key, cli_time(json_integer_value(v)));
}

static void
tell_times(json_t *o)
{
	tell_time(o, "at");
	tell_time(o, "reviewed_at");
	tell_time(o, "undone_at");
	if (json_is_object(json_object_get(o, "report")))
		tell_time(json_object_get(o, "report"), "at");
}

/* Without --show what names nobody stays. */
static void
hide(json_t *o, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		json_object_del(o, *keys);
}

static void
hide_report(const struct cli *cli, json_t *row)
{
	static const char *const personal[] = { "name", "sections",
	    "display", NULL };

	if (!cli->show)
		hide(row, personal);
}

/* --- list --- */

static const char *
action_text(const struct cli *cli, const char *word)
{
	static const struct {
		const char	*word, *ja;
	} rows[] = {
		{ "renew", "更新" }, { "overwrite", "上書き" },
		{ "new", "新患登録" }, { "reference", "照会番号登録" },
		{ "confirm", "保険証確認" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].word, word) == 0)
			return (cli_say(cli, rows[i].ja, word));
	return (word);
}

static const char *
state_text(const struct cli *cli, const json_t *row)
{
	if (!json_is_null(json_object_get(row, "undone_at")))
		return (cli_say(cli, "取消済", "undone"));
	return (json_is_null(json_object_get(row, "reviewed_at")) ?
	    cli_say(cli, "要確認", "to review") :
	    cli_say(cli, "確認済", "reviewed"));
}

static void
print_import(const struct cli *cli, const json_t *row)
{
	printf("%.19s  %s  %-8s %-12s %s\n", text_of(row, "at"),
	    text_of(row, "id"), state_text(cli, row),
	    text_of(row, "chart_number"), action_text(cli, text_of(row,
	    "action")));
}

static json_t *
stamps(struct cli *cli)
{
	int64_t asked, imported;

	if (import_stamps(cli->store, &asked, &imported) != ERR_OK)
		return (json_null());
	return (json_pack("{s:o, s:o}", "asked", cli_time(asked),
	    "imported", cli_time(imported)));
}

static void
print_stamps(const struct cli *cli, const json_t *o)
{
	printf("%s%.19s\n%s%.19s\n", cli_say(cli, "最後に照会した日時：",
	    "last asked: "), text_of(o, "asked"), cli_say(cli,
	    "最後に取込した日時：", "last imported: "),
	    text_of(o, "imported"));
}

static int
list_past(struct cli *cli, int64_t limit)
{
	struct import_query q = { .chart_number = cli->patient,
	    .to_review = cli->waiting != NULL, .limit = limit };
	json_t *o, *row;
	size_t i;
	enum err r;

	if ((r = import_list(cli->store, &q, &o)) != ERR_OK)
		return (cli_fail(cli, r, ""));
	json_array_foreach(json_object_get(o, "imports"), i, row)
		tell_times(row);
	json_object_set_new(o, "last", stamps(cli));
	if (cli->json)
		return (cli_json(o, EXIT_VALID));
	json_array_foreach(json_object_get(o, "imports"), i, row)
		print_import(cli, row);
	printf(cli_say(cli, "%zu / %d件\n", "%zu of %d imports\n"),
	    json_array_size(json_object_get(o, "imports")),
	    (int)json_integer_value(json_object_get(o, "total")));
	print_stamps(cli, json_object_get(o, "last"));
	json_decref(o);
	return (EXIT_VALID);
}

static void
print_waiting(const struct cli *cli, const json_t *row)
{
	const char *action = text_of(row, "suggestion");

	printf("%s  %-12s %s  %s", text_of(row, "finding"),
	    text_of(row, "chart_number"), text_of(row, "kind"),
	    *action == '\0' ? "-" : action_text(cli, action));
	if (cli->show)
		printf("  %s  %s %s %s", text_of(row, "name"),
		    text_of(row, "insurer_number"),
		    text_of(row, "insured_card_symbol"),
		    text_of(row, "insured_identification_number"));
	printf("  %s\n", import_why_text(text_of(row, "why"), cli->lang));
}

static int
list_waiting(struct cli *cli, enum import_wait which)
{
	static const char *const personal[] = { "name", "finding_name",
	    "insurer_number", "insured_card_symbol",
	    "insured_identification_number", NULL };
	json_t *o, *row;
	size_t i;
	enum err r;
	int code;

	if ((r = import_waiting(cli->store, which, cli->job, &o)) != ERR_OK)
		return (cli_fail(cli, r, ""));
	json_array_foreach(json_object_get(o, "rows"), i, row)
		if (!cli->show)
			hide(row, personal);
	code = json_array_size(json_object_get(o, "rows")) > 0 ? EXIT_VALID :
	    EXIT_UNCHANGED;
	if (cli->json)
		return (cli_json(o, code));
	json_array_foreach(json_object_get(o, "rows"), i, row)
		print_waiting(cli, row);
	printf("%s\n", text_of(o, "text"));
	json_decref(o);
	return (code);
}

int
imports_list_main(struct cli *cli)
{
	int64_t limit;
	int code;

	if (!cli_number(cli->limit, LIMIT_DEFAULT, 1, LIMIT_MAX, &limit))
		return (cli_fail(cli, ERR_USAGE, "--limit 1..10000"));
	if (cli->waiting != NULL && strcmp(cli->waiting, "new") != 0 &&
	    strcmp(cli->waiting, "changed") != 0 &&
	    strcmp(cli->waiting, "review") != 0)
		return (cli_fail(cli, ERR_USAGE,
		    "--waiting new|changed|review"));
	if ((code = open_store(cli)) != EXIT_VALID)
		return (code);
	if (cli->waiting == NULL || strcmp(cli->waiting, "review") == 0)
		return (list_past(cli, limit));
	return (list_waiting(cli, strcmp(cli->waiting, "new") == 0 ?
	    IMPORT_NEW : IMPORT_CHANGED));
}

/* --- show --- */

static void
print_lines(const json_t *entries)
{
	json_t *e, *l;
	size_t i, k;

	json_array_foreach(entries, i, e) {
		printf("%s\n", text_of(e, "text"));
		json_array_foreach(json_object_get(e, "lines"), k, l)
			printf("%s：%s\n", text_of(l, "label"), text_of(l,
			    "value"));
	}
}

/* As the manual prints it. */
static void
print_report(const struct cli *cli, const json_t *report)
{
	json_t *s;
	size_t i;

	printf("%s：%s", cli_say(cli, "利用者番号", "chart number"),
	    text_of(report, "chart_number"));
	if (cli->show)
		printf(" %s：%s", cli_say(cli, "利用者氏名", "name"),
		    text_of(report, "name"));
	printf("\n");
	if (json_array_size(json_object_get(report, "sections")) > 0)
		printf("%s\n", cli_say(cli, "■変更内容", "changes"));
	json_array_foreach(json_object_get(report, "sections"), i, s) {
		printf("○%s\n", text_of(s, "title"));
		print_lines(json_object_get(s, "entries"));
	}
	json_array_foreach(json_object_get(report, "display"), i, s)
		printf("■%s\n", text_of(s, "title"));
	print_lines(json_object_get(report, "display"));
	json_array_foreach(json_object_get(report, "manual"), i, s)
		printf("%s: %s\n", cli_say(cli, "要手入力", "by hand"),
		    text_of(s, cli->lang == ERR_JA ? "ja" : "en"));
}

int
imports_show_main(struct cli *cli)
{
	static const char *const personal[] = { "before", "after", NULL };
	json_t *o;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = import_get(cli->store, cli->args[0], &o)) != ERR_OK)
		return (cli_fail(cli, r, ""));
	tell_times(o);
	hide_report(cli, json_object_get(o, "report"));
	if (!cli->show)
		hide(o, personal);
	if (cli->json)
		return (cli_json(o, EXIT_VALID));
	print_import(cli, o);
	print_report(cli, json_object_get(o, "report"));
	json_decref(o);
	return (EXIT_VALID);
}

static void
hide_values(json_t *side)
{
	static const char *const personal[] = { "left", "right", NULL };
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(side, "fields"), i, row)
		hide(row, personal);
}

static void
print_fields(const struct cli *cli, const json_t *side)
{
	static const char *const marks[][2] = { { "same", " " },
	    { "differs", "≠" }, { "new", "+" }, { "missing", "-" } };
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(side, "fields"), i, row) {
		for (size_t k = 0; k < 4; k++)
			if (strcmp(marks[k][0], text_of(row, "state")) == 0)
				printf("%s ", marks[k][1]);
		printf("%s", text_of(row, cli->lang == ERR_JA ? "ja" : "en"));
		if (cli->show)
			printf("\t%s\t%s", text_of(row, "left"),
			    text_of(row, "right"));
		printf("\n");
	}
}

static void
hide_comparison(json_t *o)
{
	hide_values(json_object_get(o, "insurance"));
	hide_values(json_object_get(o, "aid"));
	json_object_del(o, "display");
	json_object_del(json_object_get(o, "reference"), "ours");
	json_object_del(json_object_get(o, "reference"), "theirs");
}

static void
print_comparison(const struct cli *cli, const json_t *o)
{
	const json_t *g = json_object_get(o, "suggestion");

	print_fields(cli, json_object_get(o, "insurance"));
	print_fields(cli, json_object_get(o, "aid"));
	printf("%s: %s\n", *text_of(g, "action") == '\0' ? "-" :
	    action_text(cli, text_of(g, "action")),
	    import_why_text(text_of(g, "why"), cli->lang));
}

int
imports_compare_main(struct cli *cli)
{
	struct note note = { "" };
	json_t *o;
	enum err r;
	int code;

	if ((code = open_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = import_compare(cli->store, cli->args[0], cli->patient, &o,
	    &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if (!cli->show)
		hide_comparison(o);
	if (cli->json)
		return (cli_json(o, EXIT_VALID));
	print_comparison(cli, o);
	json_decref(o);
	return (EXIT_VALID);
}

/* --- whose it is --- */

static int
say_chosen(const struct cli *cli, json_t *o)
{
	int gone = cli->nargs == 1;

	if (cli->json)
		return (cli_json(json_pack("{s:s, s:o, s:o}", "finding",
		    cli->args[0], "chart_number", gone ? json_null() :
		    json_string(cli->args[1]), "comparison", o == NULL ?
		    json_null() : json_incref(o)), EXIT_VALID));
	printf("%s\n", gone ? cli_say(cli, "取込先の指定を取り消しました",
	    "nobody's now") : cli_say(cli, "取込先の利用者を指定しました",
	    "chosen"));
	return (EXIT_VALID);
}

/* 取込先利用者の指定 (features.md COS-16): both are shown first. */
int
imports_choose_main(struct cli *cli)
{
	struct note note = { "" };
	struct actor actor;
	json_t *o = NULL;
	enum err r;
	int code;

	actor_of(cli, &actor);
	if ((code = open_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = import_compare(cli->store, cli->args[0], cli->args[1], &o,
	    &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if (!cli->show)
		hide_comparison(o);
	if (!cli->json)
		print_comparison(cli, o);
	if (!actor_agrees(cli, cli_say(cli,
	    "この利用者の資格情報とします。よろしいですか？",
	    "Is it this patient's?")))
		code = cli_fail(cli, ERR_CANCELLED, "");
	else if ((r = import_choose(cli->store, cli->args[0], cli->args[1],
	    &actor.who, &note)) != ERR_OK)
		code = cli_fail(cli, r, note.text);
	else
		code = say_chosen(cli, o);
	json_decref(o);
	return (code);
}

int
imports_unchoose_main(struct cli *cli)
{
	struct note note = { "" };
	struct actor actor;
	enum err r;
	int code;

	actor_of(cli, &actor);
	if (actor.who.reason[0] == '\0')
		return (cli_fail(cli, ERR_USAGE, "--reason TEXT"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = import_unchoose(cli->store, cli->args[0], &actor.who,
	    &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (say_chosen(cli, NULL));
}

/* --- apply --- */

/* "a,b" cut at its commas, in a copy of the caller's. */
static size_t
split(char *list, const char *fields[COMPARE_FIELDS])
{
	size_t n = 0;

	for (char *s = strtok(list, ", "); s != NULL && n < COMPARE_FIELDS;
	    s = strtok(NULL, ", "))
		fields[n++] = s;
	return (n);
}

static void
print_outcome(const struct cli *cli, const json_t *row)
{
	const char *outcome = text_of(row, "outcome");
	const json_t *error = json_object_get(row, "error");

	if (strcmp(outcome, "imported") == 0) {
		printf("%s  %s\n", cli_say(cli, "取込", "imported"),
		    text_of(row, "id"));
		print_report(cli, row);
	} else if (strcmp(outcome, "refused") == 0) {
		printf("%s  %s  %s\n", cli_say(cli, "取込不可", "refused"),
		    text_of(row, "finding"), text_of(error,
		    cli->lang == ERR_JA ? "ja" : "en"));
	} else {
		printf("%s  %s\n", cli_say(cli, "変更なし", "unchanged"),
		    text_of(row, "finding"));
	}
}

/* The report's file, where [report] has a folder for it (COS-19).  What was
 * imported stays so when it cannot be written. */
static void
keep_report(const struct cli *cli, json_t *o)
{
	const char *folder = cli->conf->report_folder;
	char name[REPORT_NAME];
	struct note note = { "" };
	enum err r;

	if (folder[0] == '\0' || json_integer_value(json_object_get(
	    json_object_get(o, "counts"), "imported")) == 0)
		return;
	if ((r = report_keep(cli->store, folder, text_of(o, "batch"),
	    clock_wall_ms(), name, &note)) != ERR_OK) {
		fprintf(stderr, "shikaku: %s (%s)\n", err_text(r, cli->lang),
		    note.text);
		return;
	}
	json_object_set_new(o, "report_file", json_string(name));
	if (!cli->json)
		printf(cli_say(cli, "取込処理結果を以下のフォルダに保存しました。\n"
		    "ファイルの場所：%s\nファイル名：%s\n",
		    "The report is in %s\nas %s\n"), folder, name);
}

static int
say_applied(struct cli *cli, json_t *o)
{
	const json_t *counts = json_object_get(o, "counts");
	json_int_t imported = json_integer_value(json_object_get(counts,
	    "imported")), refused = json_integer_value(json_object_get(counts,
	    "refused"));
	int code = imported > 0 ? EXIT_VALID : refused > 0 ? EXIT_DATA :
	    EXIT_UNCHANGED;
	json_t *row;
	size_t i;

	keep_report(cli, o);
	tell_times(o);
	json_array_foreach(json_object_get(o, "rows"), i, row) {
		tell_times(row);
		hide_report(cli, row);
	}
	if (cli->json)
		return (cli_json(o, code));
	json_array_foreach(json_object_get(o, "rows"), i, row)
		print_outcome(cli, row);
	if (imported > 0)
		printf("%s\n", cli_say(cli, "資格情報の取込が完了しました！",
		    "The qualification data were imported."));
	else if (refused == 0)
		printf("%s\n", cli_say(cli,
		    "更新対象の資格はありませんでした。",
		    "There was nothing to import."));
	json_decref(o);
	return (code);
}

static int
apply_asked(struct cli *cli, const struct import_ask *ask)
{
	struct note note = { "" };
	json_t *o;
	enum err r;
	int code;

	if ((code = open_store(cli)) != EXIT_VALID)
		return (code);
	if (!actor_agrees(cli, cli_say(cli,
	    "資格情報の取込を開始します。よろしいですか？",
	    "Import the qualification data?")))
		return (cli_fail(cli, ERR_CANCELLED, ""));
	if ((r = import_apply(cli->store, ask, &o, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (say_applied(cli, o));
}

int
imports_apply_main(struct cli *cli)
{
	struct import_ask ask = { .findings = (const char *const *)cli->args,
	    .n = (size_t)cli->nargs, .chart_number = cli->patient,
	    .switch_on = cli->switch_on };
	enum apply_action action = APPLY_ACTIONS;
	const char *fields[COMPARE_FIELDS];
	char *list = cli->fields == NULL ? NULL : strdup(cli->fields);
	struct actor actor;
	int code;

	actor_of(cli, &actor);
	ask.who = actor.who;
	if (cli->action != NULL) {
		action = apply_action_of(cli->action);
		ask.action = &action;
	}
	if (cli->action != NULL && action == APPLY_ACTIONS) {
		free(list);
		return (cli_fail(cli, ERR_USAGE,
		    "--action renew|overwrite|new|reference|confirm"));
	}
	if (list != NULL) {
		ask.fields = fields;
		ask.n_fields = split(list, fields);
	}
	code = apply_asked(cli, &ask);
	free(list);
	return (code);
}

/* --- afterwards --- */

int
imports_undo_main(struct cli *cli)
{
	struct note note = { "" };
	struct actor actor;
	enum err r;
	int code;

	actor_of(cli, &actor);
	if (actor.who.reason[0] == '\0')
		return (cli_fail(cli, ERR_USAGE, "--reason TEXT"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if (!actor_agrees(cli, cli_say(cli,
	    "取込を取り消します。よろしいですか？", "Undo the import?")))
		return (cli_fail(cli, ERR_CANCELLED, ""));
	if ((r = import_undo(cli->store, cli->args[0], &actor.who, &note)) !=
	    ERR_OK)
		return (cli_fail(cli, r, note.text));
	if (cli->json)
		return (cli_json(json_pack("{s:s, s:b}", "id", cli->args[0],
		    "undone", 1), EXIT_VALID));
	printf("%s\n", cli_say(cli, "取込を取り消しました", "undone"));
	return (EXIT_VALID);
}

int
imports_review_main(struct cli *cli)
{
	struct actor actor;
	enum err r;
	int code;

	actor_of(cli, &actor);
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = import_review(cli->store, cli->args[0], &actor.who)) !=
	    ERR_OK)
		return (cli_fail(cli, r, ""));
	if (cli->json)
		return (cli_json(json_pack("{s:s, s:b}", "id", cli->args[0],
		    "reviewed", 1), EXIT_VALID));
	printf("%s\n", cli_say(cli, "確認済にしました", "reviewed"));
	return (EXIT_VALID);
}
