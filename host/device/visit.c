#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/device/command.h"
#include "host/slip/consent_entry.h"
#include "host/device/housecall.h"
#include "host/proof/reasons.h"
#include "host/tty/tty.h"

#define CARD_WAIT_MS	60000
#define TRUST		"trust"		/* in the device's folder */

const char visit_usage[] =
    "usage: shikaku-reader visit --folder DIR [--trust DIR] [--test]\n"
    "           [--visual REASON] [--staff NAME] [--purpose WORD]\n"
    "           [--own-pin] [--consent ITEMS] [--prescription FORM]\n"
    "           [--pin-stdin [--last-try] [--compared]] [--json] TRANSPORT\n"
    "\n"
    "A visit at a patient's home without a network: consent, the card, and a\n"
    "sealed record that waits for shikaku-reader deliver.  What is not given\n"
    "here is asked for at the terminal.\n"
    "\n"
    "  --trust DIR          root certificates; DIR/trust of the folder\n"
    "  --test               honour test cards\n"
    "  --visual REASON      by sight and check number B, because of: face_and_pin,\n"
    "                       disability, illness or machine\n"
    "  --staff NAME         who makes the visit\n"
    "  --purpose WORD       home_visit (default) or outpatient\n"
    "  --own-pin            the attributes have a PIN of their own: do not try\n"
    "                       this one on them\n"
    "  --consent ITEMS      all, none, or limit,disease,checkup,drug,diagnosis,\n"
    "                       operation; confirmed with the patient already\n"
    "  --prescription FORM  electronic or paper\n"
    "  --pin-stdin          PIN or check number B from standard input\n"
    "  --last-try           spend even the last PIN try\n"
    "  --compared           the staff has compared person and photograph\n"
    "  --json               one JSON object on standard output\n";

struct visit {
	const char		*folder, *trust, *visual, *staff, *purpose,
				*consent, *prescription, *transport;
	int			 test, own_pin, pin_stdin, last_try,
				 compared, json;
	char			 trust_path[PATH_MAX];
	struct dir		 dir;
	struct statement	 statement;
	int			 tty;		/* -1: nobody is asked */
	int			 entered;	/* a PIN; again: it was wrong */
	struct note		 note;
};

/* --- what the person and the staff are asked --- */

static int
cancelled(void *ctx)
{
	(void)ctx;
	return (tty_interrupted());
}

static enum err
read_secret(struct visit *v, const char *prompt, struct secret *out)
{
	char line[SECRET_MAX + 1];
	size_t len = 0;
	enum err r;

	if (v->tty != -1)
		r = tty_hidden(v->tty, v->tty, prompt, NULL, line,
		    sizeof(line), &len);
	else
		r = tty_line(STDIN_FILENO, NULL, line, sizeof(line), &len);
	if (r == ERR_TOOBIG)
		r = ERR_PIN_FORMAT;
	if (r == ERR_OK)
		r = secret_set(out, line, len);
	secret_cleanse(line, sizeof(line));
	return (r);
}

static int
is_digits(const struct secret *s, size_t n)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->data[i] < '0' || s->data[i] > '9')
			return (0);
	return (s->len == n);
}

static void
tell_wrong(struct visit *v)
{
	if (v->entered)
		fprintf(stderr, "%s\n", err_text(ERR_PIN_WRONG, tty_lang()));
	v->entered = 0;
}

static enum err
ask_pin(void *ctx, int tries, struct secret *pin)
{
	struct visit *v = ctx;
	enum err r;

	tell_wrong(v);
	fprintf(stderr, command_say("暗証番号の残り回数: %d\n",
	    "PIN tries left: %d\n"), tries);
	r = read_secret(v, command_say("利用者証明用の暗証番号(4桁): ",
	    "PIN (4 digits): "), pin);
	if (r == ERR_OK && !is_digits(pin, PIN_LEN)) {
		secret_wipe(pin);
		r = ERR_PIN_FORMAT;
	}
	if (r == ERR_PIN_FORMAT && v->tty != -1)
		fprintf(stderr, "%s\n", err_text(r, tty_lang()));
	v->entered = r == ERR_OK;
	return (r);
}

static enum err
ask_last(void *ctx)
{
	struct visit *v = ctx;
	enum err r;
	int yes;

	if (v->tty == -1)
		return (v->last_try ? ERR_OK : ERR_PIN_LAST_TRY);
	tell_wrong(v);
	if ((r = tty_yes(v->tty, tty_lang(), command_say(
	    "あと1回まちがえるとロックされます。入力しますか",
	    "One more wrong PIN blocks it. Enter it?"), NULL, &yes)) !=
	    ERR_OK)
		return (r);
	return (yes ? ERR_OK : ERR_PIN_LAST_TRY);
}

static enum err
ask_number(void *ctx, struct secret *number)
{
	enum err r;

	r = read_secret(ctx, command_say(
	    "照合番号B (生年月日6桁・有効期限西暦4桁・セキュリティコード4桁): ",
	    "Check number B (birth date 6, expiry year 4, security code 4): "),
	    number);
	if (r == ERR_PIN_FORMAT || (r == ERR_OK &&
	    !is_digits(number, PIN_B_LEN))) {
		secret_wipe(number);
		r = ERR_NUMBER_B_FORMAT;
	}
	return (r);
}

static enum err
ask_attestation(void *ctx)
{
	struct visit *v = ctx;
	enum err r;
	int yes;

	if (v->tty == -1)
		return (v->compared ? ERR_OK : ERR_NOT_MATCHED);
	if ((r = tty_yes(v->tty, tty_lang(), command_say(
	    "カードの顔写真とご本人を見比べてください。ご本人ですか",
	    "Compare the photograph on the card with the person. "
	    "Is it the same person?"), NULL, &yes)) != ERR_OK)
		return (r);
	return (yes ? ERR_OK : ERR_NOT_MATCHED);
}

/* Again for what the agent would not read: a cursor key, half a character. */
static enum err
ask_staff(struct visit *v, char *out, size_t room)
{
	size_t len = 0;
	enum err r;

	do {
		tty_say(v->tty, command_say("担当者名: ",
		    "Member of the staff: "));
		r = tty_line(v->tty, NULL, out, room - 1, &len);
		out[r == ERR_OK ? len : 0] = '\0';
	} while (r == ERR_OK && len > 0 && !text_is_line(out));
	if (r == ERR_OK && len == 0)
		r = ERR_CANCELLED;
	return (r);
}

/* --- the command line --- */

static enum err
refuse(struct visit *v, const char *what)
{
	note_set(&v->note, "%s", what);
	return (ERR_USAGE);
}

static enum err
take_text(struct visit *v, const char *option, const char *from, char *to,
    size_t room)
{
	if (from == NULL || strlen(from) >= room || !text_is_line(from))
		return (refuse(v, option));
	memcpy(to, from, strlen(from) + 1);
	return (ERR_OK);
}

static enum err
take_method(struct visit *v)
{
	struct statement *s = &v->statement;
	enum err r;

	memcpy(s->method, v->visual != NULL ? "visual" : "pin",
	    v->visual != NULL ? sizeof("visual") : sizeof("pin"));
	if (v->visual != NULL && reason_label(v->visual, ERR_EN) == NULL)
		return (refuse(v, "--visual: face_and_pin, disability, "
		    "illness or machine"));
	/* Nobody is asked: without the word it would be a no. */
	if (v->visual != NULL && v->tty == -1 && !v->compared)
		return (refuse(v, "--compared is missing"));
	if (v->visual != NULL && (r = take_text(v, "--visual", v->visual,
	    s->reason, sizeof(s->reason))) != ERR_OK)
		return (r);
	if (!statement_is_purpose(v->purpose))
		return (refuse(v, "--purpose"));
	return (take_text(v, "--purpose", v->purpose, s->purpose,
	    sizeof(s->purpose)));
}

static enum err
take_consent(struct visit *v)
{
	struct consent *c = &v->statement.consent;
	enum err r = ERR_OK;

	if (v->consent != NULL)
		r = consent_parse(v->consent, c, &v->note);
	else if (v->tty == -1)
		return (refuse(v, "--consent is missing"));
	else
		r = consent_entry(v->tty, c);
	if (r == ERR_OK && v->prescription != NULL)
		r = consent_parse_prescription(v->prescription, c, &v->note);
	if (r == ERR_OK)
		c->confirmed = clock_wall_ms();
	return (r);
}

/* Consent, mode and staff come before the card. */
static enum err
take_about(struct visit *v)
{
	struct statement *s = &v->statement;
	enum err r;

	if ((r = take_method(v)) != ERR_OK)
		return (r);
	if (v->staff != NULL || v->tty == -1)
		r = take_text(v, "--staff", v->staff, s->staff,
		    sizeof(s->staff));
	else
		r = ask_staff(v, s->staff, sizeof(s->staff));
	return (r != ERR_OK ? r : take_consent(v));
}

/* --- the whole --- */

/* Whatever became of the visit: who is here must take the card away. */
static void
tell_uncut(const struct tp *tp)
{
	const struct note note = { "" };

	if (tp->uncut)
		(void)command_fail(ERR_CARD_UNLOCKED, &note);
}

static enum err
read_card(struct visit *v, const struct housecall_conf *conf)
{
	const struct housecall_ports ports = { .ask_pin = ask_pin,
	    .ask_again = v->tty != -1, .ask_last = ask_last,
	    .ask_number = ask_number, .ask_attestation = ask_attestation,
	    .cancelled = cancelled, .ctx = v };
	struct tp *tp = NULL;
	enum err r;

	if ((r = tp_open(v->transport, &tp, &v->note)) != ERR_OK)
		return (r);
	fprintf(stderr, command_say(
	    "マイナンバーカードを置いてください (%d秒以内)\n",
	    "Place the My Number card on the reader (within %d s)\n"),
	    conf->card_wait_ms / 1000);
	r = housecall_run(conf, tp, &ports, &v->statement, &v->note);
	tell_uncut(tp);
	tp_close(&tp);
	return (r);
}

static enum err
run(struct visit *v)
{
	struct housecall_conf conf = { .device = &v->dir,
	    .card_wait_ms = CARD_WAIT_MS, .same_pin = !v->own_pin };
	enum err r;

	if ((r = dir_open(v->folder, 0, &v->dir, &v->note)) != ERR_OK)
		return (r);
	if (v->trust == NULL) {
		if ((r = dir_path(&v->dir, TRUST, v->trust_path)) != ERR_OK)
			return (r);
		v->trust = v->trust_path;
	}
	conf.proof = (struct proof_conf){ .trust_folder = v->trust,
	    .trust_mode = v->test ? TRUST_TEST : TRUST_PRODUCTION };
	if ((r = housecall_check(&conf, &v->note)) != ERR_OK ||
	    (r = take_about(v)) != ERR_OK)
		return (r);
	return (read_card(v, &conf));
}

/* Nothing of the person: the screen is in somebody's living room. */
static int
show(const struct visit *v)
{
	const struct identity *id = &v->statement.identity;
	json_t *o;
	int ok;

	if (!v->json) {
		printf("%s %s\n", command_say("受付を記録しました:",
		    "recorded:"), v->statement.visit);
		if (!id->has_attributes)
			printf("  %s\n", command_say(
			    "券面の情報は読めていません。氏名を控えてください",
			    "the attributes were not read: note the name"));
		fprintf(stderr, command_say(
		    "通信できる所で: shikaku-reader deliver --folder %s\n",
		    "now: shikaku-reader deliver --folder %s, when there is a "
		    "network\n"), v->folder);
		return (fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	o = json_pack("{s:s, s:s, s:b}", "visit", v->statement.visit,
	    "method", v->statement.method, "attributes", id->has_attributes);
	ok = o != NULL && json_dumpf(o, stdout, JSON_COMPACT) == 0 &&
	    putchar('\n') != EOF && fflush(stdout) == 0;
	json_decref(o);
	return (ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

static const struct option options[] = {
	{ "folder",	required_argument,	NULL, 'd' },
	{ "trust",	required_argument,	NULL, 't' },
	{ "test",	no_argument,		NULL, 'T' },
	{ "visual",	required_argument,	NULL, 'v' },
	{ "staff",	required_argument,	NULL, 's' },
	{ "purpose",	required_argument,	NULL, 'u' },
	{ "own-pin",	no_argument,		NULL, 'o' },
	{ "consent",	required_argument,	NULL, 'c' },
	{ "prescription", required_argument,	NULL, 'p' },
	{ "pin-stdin",	no_argument,		NULL, 'i' },
	{ "last-try",	no_argument,		NULL, 'l' },
	{ "compared",	no_argument,		NULL, 'm' },
	{ "json",	no_argument,		NULL, 'j' },
	{ NULL,		0,			NULL, 0 }
};

static int
parse(struct visit *v, int argc, char **argv)
{
	const struct { int c; const char **text; int *flag; } rows[] = {
		{ 'd', &v->folder, NULL }, { 't', &v->trust, NULL },
		{ 'v', &v->visual, NULL }, { 's', &v->staff, NULL },
		{ 'u', &v->purpose, NULL }, { 'c', &v->consent, NULL },
		{ 'p', &v->prescription, NULL }, { 'T', NULL, &v->test },
		{ 'o', NULL, &v->own_pin }, { 'i', NULL, &v->pin_stdin },
		{ 'l', NULL, &v->last_try }, { 'm', NULL, &v->compared },
		{ 'j', NULL, &v->json },
	};
	size_t i, n = sizeof(rows) / sizeof(rows[0]);
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		for (i = 0; i < n && rows[i].c != c; i++)
			continue;
		if (i == n)
			return (0);
		if (rows[i].text != NULL)
			*rows[i].text = optarg;
		else
			*rows[i].flag = 1;
	}
	if (v->folder == NULL || argc - optind != 1)
		return (0);
	v->transport = argv[optind];
	return (1);
}

int
visit_main(int argc, char **argv)
{
	struct visit v = { .dir.fd = -1, .tty = -1, .purpose = "home_visit" };
	struct note harden = { "" };
	enum err r;
	int code;

	if (!parse(&v, argc, argv))
		return (command_usage(visit_usage));
	(void)secret_harden(&harden);
	signal(SIGPIPE, SIG_IGN);
	tty_catch_signals();
	if (!v.pin_stdin && (v.tty = tty_open()) == -1) {
		note_set(&v.note, "no terminal: --pin-stdin");
		return (command_fail(ERR_USAGE, &v.note));
	}
	r = run(&v);
	code = r == ERR_OK ? show(&v) : command_fail(r, &v.note);
	secret_cleanse(&v.statement, sizeof(v.statement));
	dir_close(&v.dir);
	if (v.tty != -1)
		close(v.tty);
	return (code);
}
