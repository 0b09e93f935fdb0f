#include <string.h>

#include "host/agent/readers.h"
#include "host/cli/cli.h"
#include "host/cli/date.h"
#include "host/cli/entry.h"
#include "host/cli/reader_arg.h"
#include "host/proof/certificate.h"
#include "host/tty/tty.h"
#include "host/visit/login.h"
#include "host/visit/want.h"
#include "reader/jpki.h"
#include "reader/plan.h"

/*
 * A look at the card before the patient is at the desk (features.md G14).
 * The certificate ends on a birthday and the attributes are personal: both
 * are shown with --show only.
 */
struct look {
	struct cli		*cli;
	struct tp		*tp;
	struct card		 card;
	enum jpki_token		 token;
	enum err		 certificate;
	struct chain_verdict	 verdict;
	int			 tries, text_tries;
	int			 has_attributes;
	struct attributes	 attributes;
	struct note		 note;
};

/* features.md 1.13: a card may still be used three months past its end. */
#define SOON_DAYS 90

/* ERR_OK when there is a verdict, or a reason that lets the look go on. */
static enum err
look_certificate(struct look *l)
{
	const struct conf *conf = l->cli->conf;
	const struct proof_conf judge = visit_proof_conf(&conf->visit);
	X509_STORE *roots = NULL;
	struct plan plan;
	int judged;

	plan_init(&plan, &l->card);
	jpki_add_certificate(&plan);

	l->certificate = trust_load(conf->trust_folder,
	    (enum trust_mode)conf->trust_mode, &roots, &l->note);
	if (l->certificate == ERR_OK)
		l->certificate = certificate_judge(&plan, &judge,
		    roots, &l->verdict, &judged, NULL, &l->note);
	X509_STORE_free(roots);
	plan_wipe(&plan);
	return (login_lost_card(l->certificate) ? l->certificate : ERR_OK);
}

/* The attributes cost an entry of the text PIN; its tries are shown first. */
static enum err
verify_here(struct look *l)
{
	struct secret pin = { .len = 0 };
	enum err r;

	if (l->text_tries == 1 && entry_last_try(l->cli) != ERR_OK)
		return (ERR_PIN_LAST_TRY);
	if ((r = entry_pin(l->cli, PIN_TEXT, l->text_tries, &pin)) == ERR_OK)
		r = pin_verify(&l->card, PIN_TEXT, &pin, &l->text_tries);
	secret_wipe(&pin);
	return (r);
}

/* The device takes the yes to a last try by itself. */
static enum err
verify_there(struct look *l)
{
	enum err r;

	entry_say_device(l->cli, l->text_tries);
	entry_cancels(l->tp);
	r = pin_enter(&l->card, PIN_TEXT, l->text_tries,
	    want_ms(WANT_PIN_AT_DEVICE));
	entry_cancels(NULL);
	return (r != ERR_OK ? r : pin_verify_entered(&l->card, PIN_TEXT,
	    &l->text_tries));
}

static enum err
look_attributes(struct look *l)
{
	enum err r;

	if (l->text_tries == 0)
		return (ERR_PIN_BLOCKED);
	if (l->text_tries == PIN_TRIES_UNKNOWN)
		return (ERR_PIN_UNSURE);
	r = tp_can_enter(l->tp) ? verify_there(l) : verify_here(l);
	if (r == ERR_OK) {
		l->text_tries = PIN_TRIES_FULL;
		r = attributes_read(&l->card, &l->attributes);
	}
	l->has_attributes = r == ERR_OK;
	return (r);
}

static enum err
look_text(struct look *l)
{
	enum err r;

	l->text_tries = PIN_TRIES_UNKNOWN;
	if ((r = attributes_select(&l->card)) == ERR_NO_FILE)
		return (ERR_OK);	/* a phone has no such application */
	if (r != ERR_OK ||
	    (r = pin_tries(&l->card, PIN_TEXT, &l->text_tries)) != ERR_OK)
		return (r == ERR_PIN_NONE ? ERR_OK : r);
	return (l->cli->show ? look_attributes(l) : ERR_OK);
}

static enum err
look(struct look *l)
{
	enum tp_event ev;
	enum err r;

	if ((r = tp_wait(l->tp, 1000, &ev)) != ERR_OK)
		return (r == ERR_TIMEOUT ? ERR_NO_CARD : r);
	if (ev != TP_CARD)
		return (ev == TP_NO_READER ? ERR_NO_READER : ERR_NO_CARD);
	if ((r = tp_begin(l->tp)) != ERR_OK)
		return (r);
	if ((r = card_open(&l->card, l->tp, &l->cli->conf->visit.card)) ==
	    ERR_OK &&
	    (r = jpki_token(&l->card, &l->token)) == ERR_OK &&
	    (r = look_certificate(l)) == ERR_OK &&
	    ((r = pin_tries(&l->card, PIN_AUTH, &l->tries)) == ERR_OK ||
	    r == ERR_PIN_NONE))
		r = look_text(l);
	tp_end(l->tp);
	return (r);
}

static json_t *
tries_json(int tries)
{
	return (tries < 0 ? json_null() : json_integer(tries));
}

static json_t *
look_json(const struct look *l, enum err r)
{
	json_t *o = json_pack("{s:s, s:o, s:o, s:s, s:s, s:b, s:s?}",
	    "kind", jpki_token_name(l->token),
	    "tries_left", tries_json(l->tries),
	    "text_tries_left", tries_json(l->text_tries),
	    "certificate", l->certificate == ERR_OK ? "valid" :
	    err_name(l->certificate),
	    "revocation", revocation_name(l->verdict.revocation),
	    "expires_soon", l->certificate == ERR_OK &&
	    l->verdict.days_left < SOON_DAYS,
	    "error", r == ERR_OK ? NULL : err_name(r));

	if (l->cli->show)
		json_object_set_new(o, "valid_to",
		    json_string(l->verdict.not_after));
	if (l->has_attributes)
		json_object_set_new(o, "attributes", json_pack(
		    "{s:s, s:s, s:s, s:s%}", "name", l->attributes.name,
		    "address", l->attributes.address, "birthdate",
		    l->attributes.birthdate, "sex", &l->attributes.sex,
		    (size_t)1));
	return (o);
}

static void
print_tries(const struct cli *cli, const char *what, int tries)
{
	if (tries < 0)
		printf("%s: %s\n", what, cli_say(cli, "不明またはなし",
		    "unknown or none"));
	else
		printf("%s: %d%s\n", what, tries, tries > 0 ? "" :
		    cli_say(cli, " (ロックまたは未設定)",
		    " (blocked or not set)"));
}

static void
print_attributes(const struct cli *cli, const struct attributes *a)
{
	char born[DATE_TEXT];

	date_text(a->birthdate, cli->lang, born);
	printf("%s: %s\n%s: %s\n%s: %s\n%s: %s\n",
	    cli_say(cli, "氏名", "name"), a->name,
	    cli_say(cli, "住所", "address"), a->address,
	    cli_say(cli, "生年月日", "born"), born,
	    cli_say(cli, "性別", "sex"),
	    a->sex == '1' ? cli_say(cli, "男", "male") :
	    a->sex == '2' ? cli_say(cli, "女", "female") :
	    cli_say(cli, "その他", "other"));
}

/* It ends at 14:59:59 UTC, the same day in Japan (card-and-readers.md 3.2). */
static void
print_end(const struct cli *cli, const char *not_after)
{
	char day[9], text[DATE_TEXT];

	snprintf(day, sizeof(day), "%.8s", not_after);
	date_text(day, cli->lang, text);
	printf("%s: %s\n", cli_say(cli, "証明書の期限", "certificate ends"),
	    text);
}

static void
look_print(const struct look *l)
{
	const struct cli *cli = l->cli;

	printf("%s: %s\n", cli_say(cli, "カードの種類", "card"),
	    jpki_token_name(l->token));
	printf("%s: %s%s%s\n", cli_say(cli, "電子証明書", "certificate"),
	    l->certificate == ERR_OK ? cli_say(cli, "有効", "valid") :
	    err_text(l->certificate, cli->lang),
	    l->certificate != ERR_OK ? "" :
	    l->verdict.revocation == REVOCATION_GOOD ?
	    cli_say(cli, " (失効なし)", " (not revoked)") :
	    cli_say(cli, " (失効未確認)", " (revocation not checked)"),
	    l->certificate == ERR_OK && l->verdict.days_left < SOON_DAYS ?
	    cli_say(cli, " まもなく期限", " expires soon") : "");
	print_tries(cli, cli_say(cli, "利用者証明用 残り回数",
	    "tries left, authentication PIN"), l->tries);
	print_tries(cli, cli_say(cli, "券面事項入力補助用 残り回数",
	    "tries left, attributes PIN"), l->text_tries);
	if (cli->show)
		print_end(cli, l->verdict.not_after);
	if (l->has_attributes)
		print_attributes(cli, &l->attributes);
}

/* A PIN that failed does not hide what was read before it. */
static int
finish(struct look *l, enum err r)
{
	struct cli plain = *l->cli;

	if (r != ERR_OK && err_class(r) != EC_HOLDER)
		return (cli_fail(l->cli, r, l->note.text));
	if (l->cli->json)
		(void)cli_json(look_json(l, r), EXIT_VALID);
	else
		look_print(l);
	if (r == ERR_OK)
		return (EXIT_VALID);
	if (l->text_tries >= 0)
		note_set(&l->note, cli_say(l->cli, "残り回数: %d",
		    "tries left: %d"), l->text_tries);
	plain.json = 0;
	return (cli_fail(&plain, r, l->note.text));
}

int
card_main(struct cli *cli)
{
	struct look l = { .cli = cli, .tries = PIN_TRIES_UNKNOWN,
	    .text_tries = PIN_TRIES_UNKNOWN };
	struct readers_child child;
	char reader[CONF_VALUE];
	enum err r;
	int code;

	if ((code = cli_conf(cli)) != EXIT_VALID)
		return (code);
	if ((r = reader_transport(cli, reader, &l.note)) != ERR_OK ||
	    (r = readers_start(reader, &child, &l.note)) != ERR_OK)
		return (cli_fail(cli, r, l.note.text));
	tty_catch_signals();
	l.tp = child.tp;
	if ((r = look(&l)) != ERR_OK && l.note.text[0] == '\0')
		l.note = l.tp->note;
	cli_stop_reader(cli, &child);
	code = finish(&l, r);
	attributes_wipe(&l.attributes);
	return (code);
}
