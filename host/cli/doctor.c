#include <sys/timex.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "driver/transport.h"
#include "host/cli/cli.h"
#include "host/cli/reader_arg.h"
#include "host/agent/readers.h"

/*
 * From the card outwards, in the order in which one depends on the other.
 * Each check says what it saw; a fault says what to do next.
 */
enum verdict { V_OK, V_WARN, V_FAULT };

struct finding {
	enum verdict	verdict;
	enum err	err;		/* for what to do next; ERR_OK: nothing */
	struct note	note;
};

#define READERS_MAX 32

static void
found(struct finding *f, enum err r)
{
	f->err = r;
	f->verdict = r == ERR_OK ? V_OK : V_FAULT;
}

static void
check_service(struct cli *cli, struct finding *f)
{
	struct tp_reader rows[READERS_MAX];
	char reader[CONF_VALUE];
	size_t n = 0;

	if (reader_arg(cli, reader) == ERR_OK &&
	    strstr(reader, "pcsc:") == NULL) {
		found(f, ERR_OK);
		note_set(&f->note, cli_say(cli, "pcscd は不要です (%s)",
		    "pcscd is not needed (%s)"), reader);
		return;
	}
	found(f, readers_list(rows, READERS_MAX, &n, &f->note));
	if (f->err == ERR_OK || f->err == ERR_NO_READER) {
		found(f, ERR_OK);
		note_set(&f->note, "pcscd");
	}
}

/* What the configured reader says, in its own process. */
static enum err
ask_reader(struct cli *cli, enum tp_event *ev, struct finding *f)
{
	struct readers_child child;
	char reader[CONF_VALUE];
	enum err r;

	*ev = TP_NO_READER;
	if ((r = reader_transport(cli, reader, &f->note)) != ERR_OK ||
	    (r = readers_start(reader, &child, &f->note)) != ERR_OK)
		return (r);
	r = tp_wait(child.tp, 1000, ev);
	f->note = child.tp->note;
	if (f->note.text[0] == '\0')
		note_set(&f->note, "%s", reader);
	cli_stop_reader(cli, &child);
	if (r == ERR_OK && *ev == TP_NO_READER)
		r = ERR_NO_READER;
	return (r);
}

/* Exactly one reader fits the configured name, and it can be opened. */
static void
check_reader(struct cli *cli, struct finding *f)
{
	enum tp_event ev;

	found(f, ask_reader(cli, &ev, f));
}

static void
check_card(struct cli *cli, struct finding *f)
{
	enum tp_event ev;

	f->err = ask_reader(cli, &ev, f);
	if (f->err == ERR_OK && ev != TP_CARD)
		f->err = ERR_NO_CARD;
	f->verdict = f->err == ERR_OK ? V_OK : V_WARN;
}

static void
check_trust(struct cli *cli, struct finding *f)
{
	X509_STORE *roots = NULL;

	found(f, trust_load(cli->conf->trust_folder,
	    (enum trust_mode)cli->conf->trust_mode, &roots, &f->note));
	X509_STORE_free(roots);
	if (f->err == ERR_OK && cli->conf->trust_mode == TRUST_TEST) {
		f->verdict = V_WARN;
		note_set(&f->note, "%s", cli_say(cli,
		    "試験モードです (本番では trust.mode = production)",
		    "test mode (trust.mode = production for real cards)"));
	}
}

static void
check_folders(struct cli *cli, struct finding *f)
{
	int64_t since = clock_ms();

	found(f, exchange_check(&cli->conf->visit.exchange, &f->note));
	if (f->err == ERR_OK)
		note_set(&f->note, "%lld ms", (long long)(clock_ms() - since));
}

static void
check_store(struct cli *cli, struct finding *f)
{
	struct store *store = NULL;

	found(f, store_open(cli->conf->store, &store, &f->note));
	store_close(&store);
	if (f->err == ERR_OK)
		note_set(&f->note, "%s", cli->conf->store);
}

/* features.md R11: times are evidence, so the clock should be disciplined. */
static void
check_clock(struct cli *cli, struct finding *f)
{
	struct timex tx = { .modes = 0 };
	char now[CLOCK_ISO_LEN];
	int state = adjtimex(&tx);

	clock_iso(clock_wall_ms(), now);
	f->verdict = state == TIME_ERROR || state < 0 ? V_WARN : V_OK;
	note_set(&f->note, "%s%s", now, f->verdict == V_OK ? "" : cli_say(cli,
	    " (時刻合わせがされていません: chrony か systemd-timesyncd を設定)",
	    " (not synchronised: set up chrony or systemd-timesyncd)"));
}

/* Requests the terminal has not taken for long mean that it is off. */
static enum err
count_open(void *ctx, const struct val *cols, size_t n)
{
	size_t *open = ctx;

	(void)cols;
	(void)n;
	(*open)++;
	return (ERR_OK);
}

static void
check_terminal(struct cli *cli, struct finding *f)
{
	struct store *store = NULL;
	size_t open = 0;

	found(f, store_open(cli->conf->store, &store, &f->note));
	if (f->err == ERR_OK)
		found(f, store_run(store, SQL_REQUEST_OPEN_LIST, NULL, 0,
		    count_open, &open, NULL));
	store_close(&store);
	if (f->err == ERR_OK && open > 0) {
		f->verdict = V_WARN;
		f->err = ERR_NO_ANSWER;
	}
	if (f->err == ERR_OK || open > 0)
		note_set(&f->note, cli_say(cli, "回答待ち %zu件",
		    "%zu unanswered"), open);
}

static const struct {
	const char	*name, *ja;
	void		(*run)(struct cli *, struct finding *);
} checks[] = {
	{ "service",	"カードサービス",	check_service },
	{ "reader",	"カードリーダー",	check_reader },
	{ "card",	"カード",		check_card },
	{ "trust",	"ルート証明書",		check_trust },
	{ "folders",	"req/res フォルダ",	check_folders },
	{ "store",	"データベース",		check_store },
	{ "clock",	"時計",			check_clock },
	{ "terminal",	"資格確認端末",		check_terminal },
};

static const char *const verdicts[][2] = {
	[V_OK] = { "ok", "正常" }, [V_WARN] = { "warning", "注意" },
	[V_FAULT] = { "fault", "異常" },
};

static void
print(const struct cli *cli, const char *name, const struct finding *f)
{
	printf("%-8s %s: %s%s%s\n", verdicts[f->verdict][cli->lang == ERR_JA],
	    name, f->err != ERR_OK ? err_text(f->err, cli->lang) : "",
	    f->err != ERR_OK && f->note.text[0] != '\0' ? " " : "",
	    f->note.text);
	if (f->err != ERR_OK)
		printf("         -> %s\n", err_next(f->err, cli->lang));
}

static json_t *
finding_json(const char *name, const struct finding *f)
{
	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "check", name,
	    "verdict", verdicts[f->verdict][0],
	    "code", err_name(f->err), "detail", f->note.text,
	    "next", f->err == ERR_OK ? "" : err_next(f->err, ERR_JA),
	    "next_en", f->err == ERR_OK ? "" : err_next(f->err, ERR_EN)));
}

int
doctor_main(struct cli *cli)
{
	json_t *list;
	int code, worst = EXIT_VALID;

	if ((code = cli_conf(cli)) != EXIT_VALID)
		return (code);
	list = json_array();
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding f = { .err = ERR_OK };

		checks[i].run(cli, &f);
		if (!cli->json)
			print(cli, cli_say(cli, checks[i].ja, checks[i].name),
			    &f);
		json_array_append_new(list, finding_json(checks[i].name, &f));
		if (worst == EXIT_VALID && f.verdict == V_FAULT)
			worst = (int)exit_of(f.err);
	}
	if (cli->json)
		return (cli_json(json_pack("{s:o}", "checks", list), worst));
	json_decref(list);
	return (worst);
}
