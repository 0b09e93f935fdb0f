#include <stdlib.h>
#include <string.h>

#include "host/agent/readers.h"
#include "host/cli/cli.h"
#include "host/cli/date.h"
#include "host/cli/entry.h"
#include "host/cli/reader_arg.h"
#include "host/qualify/code.h"
#include "host/visit/course.h"

/* One check in the terminal. */
struct check {
	struct cli		*cli;
	struct consent		 consent;	/* from the command line */
	char			 reader[CONF_VALUE];
	struct visit_conf	 conf;
	struct readers_child	 child;
	struct visit		 visit;
};

static enum err
ask_pin(void *ctx, enum pin_kind kind, int tries, struct secret *pin)
{
	struct check *c = ctx;

	return (entry_pin(c->cli, kind, tries, pin));
}

static int
cancelled(void *ctx)
{
	(void)ctx;
	return (entry_interrupted());
}

static enum err
ask_items(struct check *c, struct consent *consent)
{
	char question[128];
	int yes;

	for (int i = 0; i < CONSENT_ITEMS; i++) {
		snprintf(question, sizeof(question), cli_say(c->cli,
		    "%sの提供に同意しますか", "Consent to: %s?"),
		    consent_label((enum consent_item)i, c->cli->lang));
		if ((yes = entry_yes(c->cli, question)) < 0)
			return (ERR_CANCELLED);
		consent->given[i] = yes;
	}
	return (ERR_OK);
}

/* First step: from the command line, or item by item. */
static enum err
choose(void *ctx, const struct visit *v, struct consent *consent)
{
	struct check *c = ctx;

	(void)v;
	*consent = c->consent;
	return (c->cli->consent != NULL ? ERR_OK : ask_items(c, consent));
}

/*
 * Second step: everything once more.  Where nobody can be asked, the items
 * were given explicitly by the caller, who has confirmed them there.
 */
static enum err
confirm(void *ctx, const struct visit *v)
{
	struct check *c = ctx;
	int yes;

	if (!entry_can_ask(c->cli))
		return (entry_interrupted() ? ERR_CANCELLED : ERR_OK);
	fprintf(stderr, "%s\n", cli_say(c->cli, "同意登録内容の確認",
	    "Please confirm"));
	for (int i = 0; i < CONSENT_ITEMS; i++)
		fprintf(stderr, "  %s: %s\n",
		    consent_label((enum consent_item)i, c->cli->lang),
		    v->consent.given[i] ? cli_say(c->cli, "同意する", "yes") :
		    cli_say(c->cli, "同意しない", "no"));
	if (v->consent.prescription != PRESCRIPTION_NONE)
		fprintf(stderr, "  %s: %s\n", cli_say(c->cli,
		    "処方箋の発行方法", "prescription"),
		    prescription_label(v->consent.prescription, c->cli->lang));
	yes = entry_yes(c->cli, cli_say(c->cli,
	    "同意内容を登録しますか", "Register this consent?"));
	if (yes < 0)
		return (ERR_CANCELLED);
	/* A refused command line cannot choose again: that is a no. */
	return (yes ? ERR_OK : c->cli->consent != NULL ? ERR_CANCELLED :
	    ERR_NO_CONSENT);
}

static void
shown(void *ctx, const struct visit *v)
{
	const struct check *c = ctx;

	if (!c->cli->json)
		fprintf(stderr, "- %s\n", machine_label(v->state,
		    c->cli->lang == ERR_JA));
}

static const struct {
	const char	*validity;
	enum exit_code	 code;
} validity_exits[] = {
	{ "1", EXIT_VALID }, { "2", EXIT_INVALID }, { "3", EXIT_INVALID_NEW },
	{ "4", EXIT_NO_COVERAGE }, { "5", EXIT_SEVERAL },
	{ "6", EXIT_VALID },	/* 有効（未登録）, 医療扶助 only */
};

static enum exit_code
exit_of_answer(const struct visit *v)
{
	const char *validity = result_field(v->reply.result, RESULT_TOP,
	    FIELD_QualificationValidity);

	if (result_outcome(v->reply.result) != RESULT_ACCEPTED)
		return (EXIT_REFUSED);
	for (size_t i = 0; i < sizeof(validity_exits) /
	    sizeof(validity_exits[0]); i++) {
		if (strcmp(validity, validity_exits[i].validity) == 0)
			return (validity_exits[i].code);
	}
	return (EXIT_DATA);
}

/* A line of the coverage; nothing where the answer has nothing. */
static void
print_field(const struct check *c, size_t record, enum field f,
    const char *ja, const char *en)
{
	const char *value = result_field(c->visit.reply.result, record, f);

	if (value[0] != '\0')
		printf("  %s: %s\n", cli_say(c->cli, ja, en), value);
}

static void
print_coverage(const struct check *c)
{
	static const struct {
		enum field	 f;
		const char	*ja, *en;
	} rows[] = {
		{ FIELD_InsurerName, "保険者名", "insurer" },
		{ FIELD_InsurerNumber, "保険者番号", "insurer number" },
		{ FIELD_InsuredCardSymbol, "記号", "symbol" },
		{ FIELD_InsuredIdentificationNumber, "番号", "number" },
		{ FIELD_InsuredBranchNumber, "枝番", "branch" },
		{ FIELD_Name, "氏名", "name" },
		{ FIELD_NameKana, "氏名カナ", "kana" },
		{ FIELD_InsuredCardValidDate, "有効開始日", "valid from" },
		{ FIELD_InsuredCardExpirationDate, "有効終了日", "valid to" },
		{ FIELD_ReferenceNumber, "照会番号", "reference number" },
	};
	size_t n = result_records(c->visit.reply.result);

	for (size_t k = 0; k < n; k++) {
		if (n > 1)
			printf("  -- %zu / %zu --\n", k + 1, n);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			print_field(c, k, rows[i].f, rows[i].ja, rows[i].en);
	}
}

static void
print_answer(const struct check *c)
{
	const struct result *r = c->visit.reply.result;
	const char *code = result_field(r, RESULT_TOP,
	    FIELD_QualificationValidity);
	const char *text = code_text(6, code, c->cli->lang);
	char day[DATE_TEXT];

	date_text(result_field(r, RESULT_TOP,
	    FIELD_QualificationConfirmationDate), c->cli->lang, day);
	if (result_outcome(r) != RESULT_ACCEPTED) {
		printf("%s: %s\n", cli_say(c->cli, "エラー", "error"),
		    result_reason(r, c->cli->lang));
		return;
	}
	printf("%s: %s  %s: %s\n", cli_say(c->cli, "資格確認結果", "result"),
	    text != NULL ? text : code, cli_say(c->cli, "確認日", "date"),
	    day);
	printf("  %s: %s\n", cli_say(c->cli, "カルテ番号", "chart number"),
	    c->visit.patient.chart_number);
	print_coverage(c);
	print_field(c, RESULT_TOP, FIELD_ProcessingResultMessage,
	    "メッセージ", "message");
}

/* What went wrong, with the tries left where it was the PIN. */
static int
print_error(const struct check *c, enum err err)
{
	const struct visit *v = &c->visit;
	struct note note;
	struct cli plain = *c->cli;

	note_set(&note, "%s", v->note.text);
	if (err == ERR_PIN_WRONG)
		note_set(&note, cli_say(c->cli, "残り回数: %d",
		    "tries left: %d"), v->tries);
	plain.json = 0;		/* the visit itself is the one JSON object */
	return (cli_fail(&plain, err, note.text));
}

static int
finish(struct check *c, enum err err)
{
	int code = err != ERR_OK ? print_error(c, err) :
	    (int)exit_of_answer(&c->visit);

	if (c->cli->json)
		code = cli_json(visit_json(&c->visit), code);
	else if (err == ERR_OK)
		print_answer(c);
	if (err == ERR_OK && visit_step(&c->visit, VE_SHOW) != ERR_OK)
		log_line(LOG_ERROR, "check", "the end is not in the store");
	return (code);
}

static int
run_visit(struct check *c)
{
	const struct visit_ports ports = { .ask_pin = ask_pin,
	    .ask_again = entry_can_ask(c->cli),
	    .last_try = c->cli->last_try, .choose = choose,
	    .confirm = confirm, .cancelled = cancelled, .ctx = c };
	struct note note = { "" };
	enum err r;
	int code;

	if ((r = readers_start(c->conf.reader, &c->child, &note)) != ERR_OK)
		return (cli_fail(c->cli, r, note.text));
	if ((r = visit_start(&c->visit, c->cli->store, &c->conf, "pin")) !=
	    ERR_OK) {
		readers_stop(&c->child);
		return (cli_fail(c->cli, r, ""));
	}
	c->visit.shown = shown;
	c->visit.ctx = c;
	r = login_pin(&c->visit, c->child.tp, &ports);
	readers_stop(&c->child);
	if (r == ERR_OK)
		r = course_run(&c->visit, c->cli->patient, &ports);
	code = finish(c, r);
	visit_end(&c->visit);
	return (code);
}

static int
parse_consent(struct check *c)
{
	struct note note = { "" };
	struct cli *cli = c->cli;
	enum err r = ERR_OK;

	if (cli->consent != NULL)
		r = consent_parse(cli->consent, &c->consent, &note);
	else if (!entry_can_ask(cli)) {
		note_set(&note, "--consent is missing");
		r = ERR_USAGE;
	}
	if (r == ERR_OK && cli->prescription != NULL)
		r = consent_parse_prescription(cli->prescription, &c->consent,
		    &note);
	return (r == ERR_OK ? EXIT_VALID : cli_fail(cli, r, note.text));
}

static int
choose_reader(struct check *c)
{
	c->conf = c->cli->conf->visit;
	c->conf.reader = c->reader;
	return (reader_arg(c->cli, c->reader) == ERR_OK ? EXIT_VALID :
	    cli_fail(c->cli, ERR_USAGE, "--reader"));
}

int
check_main(struct cli *cli)
{
	struct check c = { .cli = cli };
	int code;

	if ((code = parse_consent(&c)) != EXIT_VALID ||
	    (code = cli_store(cli)) != EXIT_VALID ||
	    (code = choose_reader(&c)) != EXIT_VALID)
		return (code);
	if (c.consent.prescription == PRESCRIPTION_ELECTRONIC &&
	    !c.conf.electronic_prescription)
		return (cli_fail(cli, ERR_USAGE, cli_say(cli,
		    "電子処方箋に対応していない設定です: "
		    "[institution] electronic_prescription",
		    "electronic prescriptions are off: "
		    "[institution] electronic_prescription")));
	entry_catch_signals();
	return (run_visit(&c));
}
