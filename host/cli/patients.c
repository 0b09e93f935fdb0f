#include <stdio.h>
#include <string.h>

#include "host/cli/actor.h"
#include "host/cli/cli.h"
#include "host/import/import.h"
#include "host/ledger/holding.h"
#include "host/ledger/link.h"

#define VALUES_MAX	65536	/* bytes of a patient's values */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

/* Without --show what names nobody: kinds and spans of the history. */
static json_t *
plain_of(const json_t *whole)
{
	json_t *list = json_array(), *row;
	size_t i;

	json_array_foreach(json_object_get(whole, "coverages"), i, row)
		json_array_append_new(list, json_pack(
		    "{s:O, s:O, s:O, s:O, s:O, s:O}",
		    "id", json_object_get(row, "id"),
		    "kind", json_object_get(row, "kind"),
		    "valid_from", json_object_get(row, "valid_from"),
		    "valid_until", json_object_get(row, "valid_until"),
		    "finding", json_object_get(row, "finding"),
		    "now", json_object_get(row, "now")));
	return (json_pack("{s:O, s:O, s:b, s:o}", "chart_number",
	    json_object_get(whole, "chart_number"), "confirmed_on",
	    json_object_get(whole, "confirmed_on"), "linked",
	    text_of(whole, "reference_number")[0] != '\0', "coverages",
	    list));
}

static void
print_row(const struct cli *cli, const json_t *row)
{
	enum coverage_kind kind = coverage_kind_of(text_of(row, "kind"));
	char from[DAY_TEXT_LEN], until[DAY_TEXT_LEN];
	const char *word;
	json_t *value;

	day_text(text_of(row, "valid_from"), from);
	day_text(text_of(row, "valid_until"), until);
	printf("%c %s  %s～%s\n", json_is_true(json_object_get(row, "now")) ?
	    '*' : ' ', coverage_label(kind, cli->lang), from, until);
	json_object_foreach(json_object_get(row, "fields"), word, value)
		printf("    %s: %s\n", word, json_string_value(value));
}

static void
print_patient(const struct cli *cli, const json_t *o)
{
	const char *word;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)o, word, value) {
		if (json_is_string(value))
			printf("%s: %s\n", word, json_string_value(value));
		else if (json_is_integer(value))
			printf("%s: %d\n", word,
			    (int)json_integer_value(value));
	}
	json_array_foreach(json_object_get(o, "coverages"), i, value)
		print_row(cli, value);
}

int
patients_show_main(struct cli *cli)
{
	char today[DAY_LEN];
	struct holding h;
	json_t *o, *plain;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = holding_load(cli->store, cli->args[0], &h)) != ERR_OK)
		return (cli_fail(cli, r, ""));
	day_today(today);
	o = holding_json(&h, today);
	holding_free(&h);
	if (!cli->show) {
		plain = plain_of(o);
		json_decref(o);
		o = plain;
	}
	if (cli->json)
		return (cli_json(o, EXIT_VALID));
	print_patient(cli, o);
	json_decref(o);
	return (EXIT_VALID);
}

/* One JSON object on standard input: names are no arguments of a command. */
static json_t *
read_values(void)
{
	char text[VALUES_MAX];
	size_t n = fread(text, 1, sizeof(text), stdin);
	json_t *o = n == sizeof(text) ? NULL :
	    json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(o))
		return (o);
	json_decref(o);
	return (NULL);
}

static enum err
relink(const struct cli *cli, const char *chart_number)
{
	struct patient p;
	enum err r;

	if ((r = patient_get(cli->store, chart_number, &p)) == ERR_OK)
		r = import_relink(cli->store, p.birthdate, NULL);
	patient_wipe(&p);
	return (r);
}

static int
say_saved(const struct cli *cli, json_t *warnings)
{
	json_t *row;
	size_t i;

	if (cli->json)
		return (cli_json(json_pack("{s:s, s:O}", "chart_number",
		    cli->args[0], "warnings", warnings), EXIT_VALID));
	json_array_foreach(warnings, i, row)
		fprintf(stderr, "%s: %s\n", text_of(row, "field"),
		    text_of(row, "text"));
	printf("%s\n", cli_say(cli, "保存しました", "saved"));
	return (EXIT_VALID);
}

int
patients_save_main(struct cli *cli)
{
	json_t *values = NULL, *warnings = json_array();
	struct note note = { "" };
	struct actor actor;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		goto out;
	actor_of(cli, &actor);
	if ((values = read_values()) == NULL) {
		code = cli_fail(cli, ERR_BAD_REQUEST,
		    "{\"name\": \"...\", \"birthdate\": \"...\"}");
		goto out;
	}
	r = patient_save(cli->store, cli->args[0], values, cli->fresh,
	    &actor.who, warnings, &note);
	if (r == ERR_OK)	/* answers of before may be his */
		r = relink(cli, cli->args[0]);
	code = r != ERR_OK ? cli_fail(cli, r, note.text) :
	    say_saved(cli, warnings);
out:
	json_decref(values);
	json_decref(warnings);
	return (code);
}

static int
say_linked(const struct cli *cli, int linked)
{
	if (cli->json)
		return (cli_json(json_pack("{s:s, s:b}", "chart_number",
		    cli->args[0], "linked", linked), EXIT_VALID));
	printf("%s\n", linked ? cli_say(cli, "照会番号を登録しました",
	    "linked") : cli_say(cli, "照会番号を削除しました (未登録)",
	    "unlinked"));
	return (EXIT_VALID);
}

int
patients_link_main(struct cli *cli)
{
	struct note note = { "" };
	struct actor actor;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	actor_of(cli, &actor);
	r = link_set(cli->store, cli->args[0], cli->args[1], &actor.who,
	    &note);
	return (r != ERR_OK ? cli_fail(cli, r, note.text) :
	    say_linked(cli, 1));
}

int
patients_unlink_main(struct cli *cli)
{
	struct note note = { "" };
	struct actor actor;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	actor_of(cli, &actor);
	if (actor.who.reason[0] == '\0')
		return (cli_fail(cli, ERR_USAGE, "--reason TEXT"));
	if (!actor_agrees(cli, cli_say(cli,
	    "照会番号を削除します。よろしいですか？",
	    "Take the reference number away?")))
		return (cli_fail(cli, ERR_CANCELLED, ""));
	r = link_unset(cli->store, cli->args[0], &actor.who, &note);
	return (r != ERR_OK ? cli_fail(cli, r, note.text) :
	    say_linked(cli, 0));
}
