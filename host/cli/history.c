#include <string.h>

#include "base/clock.h"
#include "host/cli/cli.h"
#include "host/qualify/code.h"
#include "host/qualify/finding.h"

#define LIMIT_DEFAULT	50
#define VALIDITIES	6	/* OQSCD006 */
#define DAY_MS		86400000

/* --- words for people --- */

struct word {
	const char	*word, *ja, *en;
};

static const struct word sources[] = {
	{ "check", "照会", "check" }, { "face", "顔認証", "face" },
	{ "list", "一括", "list" },
};

static const struct word links[] = {
	{ "", "―", "nobody" }, { "asked", "照会した患者", "asked for" },
	{ "differs", "別人の疑い", "differs" },
	{ "certain", "一致", "certain" }, { "chosen", "選択", "chosen" },
	{ "possible", "要確認", "possible" },
	{ "many", "複数該当", "many" }, { "none", "該当なし", "none" },
};

static const struct word states[] = {
	{ "new", "未処理", "new" }, { "same", "変更なし", "same" },
	{ "imported", "取込済", "imported" },
	{ "set_aside", "対象外", "set aside" },
};

#define SAY(cli, table, word)						\
	say_word(cli, table, sizeof(table) / sizeof((table)[0]), word)

static const char *
say_word(const struct cli *cli, const struct word *table, size_t n,
    const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(table[i].word, word) == 0)
			return (cli_say(cli, table[i].ja, table[i].en));
	}
	return (word);
}

static const char *
say_outcome(const struct cli *cli, const struct finding *f)
{
	const char *text = code_text(VALIDITIES, f->validity, cli->lang);

	if (strcmp(f->outcome, "accepted") != 0)
		return (cli_say(cli, "エラー", "error"));
	return (text == NULL ? "" : text);
}

/* --- one --- */

static json_t *
text_or_null(const char *s)
{
	return (s == NULL || s[0] == '\0' ? json_null() : json_string(s));
}

/* Names of people only where they were asked for. */
static json_t *
finding_json(const struct finding *f, int show)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:s, s:s, "
	    "s:s, s:o, s:s, s:s, s:o, s:o, s:b}", "id", f->id, "source",
	    f->source, "kind", f->kind, "at", cli_time(f->at), "confirmed_on",
	    f->asked_on, "job", text_or_null(f->job), "visit",
	    text_or_null(f->visit), "validity", f->validity, "outcome",
	    f->outcome, "code", f->code, "message",
	    text_or_null(f->message), "link", f->link, "state", f->state,
	    "chart_number", text_or_null(f->chart_number),
	    "reference_number", text_or_null(f->reference_number),
	    "has_detail", finding_has_detail(f));

	if (o == NULL || !show)
		return (o);
	json_object_set_new(o, "name", json_string(f->name));
	json_object_set_new(o, "kana", json_string(f->kana));
	json_object_set_new(o, "sex", json_integer(f->sex));
	json_object_set_new(o, "birthdate", json_string(f->birthdate));
	json_object_set_new(o, "insurer_number",
	    json_string(f->insurer_number));
	json_object_set_new(o, "insured_card_symbol",
	    json_string(f->insured_card_symbol));
	json_object_set_new(o, "insured_identification_number",
	    json_string(f->insured_identification_number));
	json_object_set_new(o, "insured_branch_number",
	    json_string(f->insured_branch_number));
	return (o);
}

static void
print_finding(const struct cli *cli, const struct finding *f)
{
	char at[CLOCK_ISO_LEN];

	clock_iso(f->at, at);
	printf("%s  %.16s  %s  %s  %s  %s", f->id, at, SAY(cli, sources,
	    f->source), say_outcome(cli, f), f->chart_number[0] == '\0' ?
	    SAY(cli, links, f->link) : f->chart_number, SAY(cli, states,
	    f->state));
	if (f->code[0] != '\0' || f->message[0] != '\0')
		printf("  %s%s%s", f->code, f->code[0] != '\0' &&
		    f->message[0] != '\0' ? " " : "", f->message);
	if (cli->show)
		printf("  %s  %s  %s", f->name, f->birthdate,
		    f->insurer_number);
	putchar('\n');
}

/* --- the list --- */

static enum err
finding_row(void *ctx, const struct finding *f)
{
	const struct cli_rows *rows = ctx;

	if (json_array_append_new(rows->list, finding_json(f,
	    rows->cli->show)) != 0)
		return (ERR_NOMEM);
	if (!rows->cli->json)
		print_finding(rows->cli, f);
	return (ERR_OK);
}

/* Midnight of Japan; 0 where no day was said. */
static int
read_day(const char *day, int64_t add, int64_t *at)
{
	char stamp[15];

	*at = 0;
	if (day == NULL)
		return (1);
	if (!clock_is_date(day))
		return (0);
	snprintf(stamp, sizeof(stamp), "%s000000", day);
	*at = clock_of_stamp(stamp) + add;
	return (1);
}

/* NULL, or the option that is wrong. */
static const char *
read_query(const struct cli *cli, struct finding_query *q)
{
	const char *last = cli->to == NULL ? NULL : cli->to;
	int64_t limit;

	*q = (struct finding_query){ .chart_number = cli->patient,
	    .name = cli->name, .kana = cli->kana,
	    .birthdate = cli->birthdate, .insurer_number = cli->insurer,
	    .source = cli->source, .validity = cli->validity,
	    .state = cli->state, .link = cli->link, .job = cli->job };
	if (!cli_number(cli->limit, LIMIT_DEFAULT, 1, FINDING_SHOWN, &limit))
		return ("--limit 1..10000");
	q->limit = (size_t)limit;
	if (!read_day(cli->from, 0, &q->from))
		return ("--from YYYYMMDD");
	if (!read_day(last, DAY_MS, &q->before))
		return ("--to YYYYMMDD");
	if (cli->birthdate != NULL && !clock_is_date(cli->birthdate))
		return ("--birthdate YYYYMMDD");
	return (NULL);
}

/* Results that were not looked at yet are part of the history. */
static int
open_history(struct cli *cli)
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

int
history_main(struct cli *cli)
{
	struct cli_rows rows = { cli, NULL };
	struct note note = { "" };
	struct finding_query q;
	const char *wrong;
	int64_t total;
	enum err r;
	int code;

	if ((wrong = read_query(cli, &q)) != NULL)
		return (cli_fail(cli, ERR_USAGE, wrong));
	if ((code = open_history(cli)) != EXIT_VALID)
		return (code);
	rows.list = json_array();
	r = finding_search(cli->store, &q, finding_row, &rows, &total, &note);
	if (r != ERR_OK)
		code = cli_fail(cli, r, note.text);
	else if (cli->json)
		code = cli_json(json_pack("{s:O, s:I}", "findings", rows.list,
		    "total", (json_int_t)total), EXIT_VALID);
	else
		printf(cli_say(cli, "%2$lld件中 %1$zu件\n",
		    "%1$zu of %2$lld\n"), json_array_size(rows.list),
		    (long long)total);
	json_decref(rows.list);
	return (code);
}

/* --- the detail --- */

static void	print_value(const char *name, const json_t *, int depth);

static void
print_object(const json_t *o, int depth)
{
	const char *key;
	json_t *value;

	/* Iterated over only. */
	json_object_foreach((json_t *)(uintptr_t)o, key, value) {
		if (strcmp(key, "texts") != 0)
			print_value(key, value, depth);
	}
}

static void
print_value(const char *name, const json_t *v, int depth)
{
	json_t *row;
	size_t i;

	if (json_is_array(v)) {
		json_array_foreach(v, i, row)
			print_value(name, row, depth);
		return;
	}
	printf("%*s%s%s%s\n", depth * 2, "", name, json_is_string(v) ? ": " :
	    "", json_is_string(v) ? json_string_value(v) : "");
	if (json_is_object(v))
		print_object(v, depth + 1);
}

static void
print_detail(const struct cli *cli, const struct finding *f)
{
	print_finding(cli, f);
	if (finding_has_detail(f))
		print_object(f->data, 1);
	else
		printf("  %s\n", cli_say(cli,
		    "一括照会の結果に詳細はありません",
		    "results of a bulk check have no detail"));
}

int
history_show_main(struct cli *cli)
{
	struct finding f;
	json_t *o;
	enum err r;
	int code;

	if ((code = open_history(cli)) != EXIT_VALID)
		return (code);
	if ((r = finding_get(cli->store, cli->args[0], &f)) != ERR_OK) {
		code = cli_fail(cli, r, cli->args[0]);
	} else if (cli->json) {
		o = finding_json(&f, 1);
		json_object_set(o, "detail", finding_has_detail(&f) ? f.data :
		    json_null());
		code = cli_json(o, EXIT_VALID);
	} else {
		print_detail(cli, &f);
	}
	finding_free(&f);
	return (code);
}
