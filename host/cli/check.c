#include <stdlib.h>
#include <string.h>

#include "host/agent/readers.h"
#include "host/cli/answer.h"
#include "host/cli/cli.h"
#include "host/cli/entry.h"
#include "host/cli/reader_arg.h"
#include "host/tty/tty.h"
#include "host/visit/course.h"
#include "host/visit/want.h"

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
	enum err r;

	if (kind == PIN_AUTH && c->visit.wrong_pins > 0)
		fprintf(stderr, "%s\n", err_text(ERR_PIN_WRONG,
		    c->cli->lang));
	if ((r = entry_pin(c->cli, kind, tries, pin)) == ERR_PIN_FORMAT &&
	    entry_can_ask(c->cli))
		fprintf(stderr, "%s\n", err_text(r, c->cli->lang));
	return (r);
}

/* Ctrl-C ends it there, too. */
static void
want_pin_there(void *ctx, enum pin_kind kind, int tries)
{
	struct check *c = ctx;

	if (kind == PIN_AUTH && c->visit.wrong_pins > 0)
		fprintf(stderr, "%s\n", err_text(ERR_PIN_WRONG,
		    c->cli->lang));
	entry_say_device(c->cli, tries);
	entry_cancels(c->child.tp);
}

static void
have_pin_there(void *ctx)
{
	(void)ctx;
	entry_cancels(NULL);
}

static enum err
ask_last(void *ctx, enum pin_kind kind)
{
	struct check *c = ctx;

	/* --last-try speaks of the PIN that was asked for, not of this one. */
	if (!entry_can_ask(c->cli))
		return (ERR_PIN_LAST_TRY);
	if (kind == PIN_TEXT)
		fprintf(stderr, "%s\n", cli_say(c->cli,
		    "券面事項入力補助用の暗証番号", "PIN of the attributes"));
	return (entry_last_try(c->cli));
}

static int
cancelled(void *ctx)
{
	(void)ctx;
	return (tty_interrupted());
}

/* Only where the institution can issue electronic ones (MAP-05). */
static enum err
ask_prescription(struct check *c, struct consent *consent)
{
	int yes;

	if (!c->conf.electronic_prescription ||
	    consent->prescription != PRESCRIPTION_NONE)
		return (ERR_OK);
	if ((yes = entry_yes(c->cli, cli_say(c->cli,
	    "処方箋は電子にしますか (いいえ=紙)",
	    "Electronic prescription (no: paper)?"))) < 0)
		return (ERR_CANCELLED);
	consent->prescription = yes ? PRESCRIPTION_ELECTRONIC :
	    PRESCRIPTION_PAPER;
	return (ERR_OK);
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
	return (ask_prescription(c, consent));
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
		return (tty_interrupted() ? ERR_CANCELLED : ERR_OK);
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
	if (yes || c->cli->consent != NULL)
		return (yes ? ERR_OK : ERR_CANCELLED);
	fprintf(stderr, "%s\n", cli_say(c->cli,
	    "はじめから選び直します (中止は Ctrl-C)",
	    "Choose again from the beginning (Ctrl-C gives up)"));
	return (ERR_NO_CONSENT);
}

static void
shown(void *ctx, const struct visit *v)
{
	const struct check *c = ctx;

	if (!c->cli->json)
		fprintf(stderr, "- %s\n", machine_label(v->state,
		    c->cli->lang == ERR_JA));
}

static void
print_answer(const struct check *c)
{
	answer_print(c->cli, c->visit.reply.result,
	    c->visit.patient.chart_number);
	printf("  %s: %s\n", cli_say(c->cli, "電子証明書", "certificate"),
	    c->visit.identity.certificate.revocation == REVOCATION_GOOD ?
	    cli_say(c->cli, "有効 (失効なし)", "valid (not revoked)") :
	    cli_say(c->cli, "有効 (失効未確認)",
	    "valid (revocation not checked)"));
	if (c->visit.reference_differs)
		printf("  %s\n", cli_say(c->cli,
		    "照会番号がカルテ番号と一致しません。患者を確かめてください",
		    "the reference number is not our chart number: compare"));
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
	    (int)answer_exit(c->visit.reply.result);

	if (c->cli->json)
		code = cli_json(visit_json(&c->visit), code);
	else if (err == ERR_OK)
		print_answer(c);
	if (err == ERR_OK && visit_step(&c->visit, VE_SHOW) != ERR_OK)
		log_line(LOG_ERROR, "check", "the end is not in the store");
	return (code);
}

/* Without the attributes nobody compared card and patient. */
static void
say_unread(const struct check *c)
{
	const struct identity *id = &c->visit.identity;

	if (id->has_attributes)
		return;
	fprintf(stderr, "%s: %s", cli_say(c->cli,
	    "券面の情報は読めていません", "the attributes were not read"),
	    err_text(id->attributes_err, c->cli->lang));
	if (id->text_tries >= 0)
		fprintf(stderr, cli_say(c->cli, " (その暗証番号の残り回数: %d)",
		    " (tries left on their PIN: %d)"), id->text_tries);
	fprintf(stderr, "\n  -> %s\n", cli_say(c->cli,
	    "カードと患者は照合していません。ご本人か確かめてください",
	    "card and patient were not compared: ask the person"));
}

/* What can be known before a card is asked for costs no PIN try later. */
static int
check_before(const struct check *c)
{
	struct patient p = { .sex = SEX_UNKNOWN };
	enum err r = ERR_OK;

	if (conf_check_folders(c->cli->conf, stderr) != ERR_OK)
		return (cli_fail(c->cli, ERR_FOLDER, c->cli->conf->file));
	if (c->cli->patient != NULL)
		r = patient_get(c->cli->store, c->cli->patient, &p);
	patient_wipe(&p);
	return (r == ERR_OK ? EXIT_VALID : cli_fail(c->cli, r,
	    c->cli->patient));
}

static int
run_visit(struct check *c)
{
	const struct visit_ports ports = { .ask_pin = ask_pin,
	    .ask_again = entry_can_ask(c->cli),
	    .last_try = c->cli->last_try && !entry_can_ask(c->cli),
	    .ask_last = ask_last, .want_pin_there = want_pin_there,
	    .have_pin_there = have_pin_there,
	    .there_ms = want_ms(WANT_PIN_AT_DEVICE), .choose = choose,
	    .confirm = confirm, .cancelled = cancelled, .ctx = c };
	static const struct visit_about about = { .mode = "pin",
	    .method = "pin" };
	struct note note = { "" };
	enum err r;
	int code;

	if (!c->cli->json)
		fprintf(stderr, cli_say(c->cli,
		    "マイナンバーカードを置いてください (%d秒以内)\n",
		    "Place the My Number card on the reader (within %d s)\n"),
		    c->conf.card_wait_ms / 1000);
	if ((r = readers_start(c->conf.reader, &c->child, &note)) != ERR_OK)
		return (cli_fail(c->cli, r, note.text));
	if ((r = visit_start(&c->visit, c->cli->store, &c->conf, &about)) !=
	    ERR_OK) {
		(void)readers_stop(&c->child);
		return (cli_fail(c->cli, r, ""));
	}
	c->visit.shown = shown;
	c->visit.ctx = c;
	r = login_pin(&c->visit, c->child.tp, &ports);
	cli_stop_reader(c->cli, &c->child);
	if (r == ERR_OK)
		say_unread(c);
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
	struct note note = { "" };
	enum err r;

	c->conf = c->cli->conf->visit;
	c->conf.reader = c->reader;
	r = reader_transport(c->cli, c->reader, &note);
	return (r == ERR_OK ? EXIT_VALID : cli_fail(c->cli, r, note.text));
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
	if ((code = check_before(&c)) != EXIT_VALID)
		return (code);
	tty_catch_signals();
	return (run_visit(&c));
}
