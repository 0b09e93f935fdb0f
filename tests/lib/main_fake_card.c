#include <sys/signalfd.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/lib/card_file.h"
#include "tests/lib/fake_vpcd.h"

#define DIAL_FOR_MS	10000	/* how long pcscd may take to appear */
#define DIAL_EVERY_MS	20
#define SETTINGS	64

static const char usage[] =
    "usage: fake-card --card FOLDER [options] [key=value ...]\n"
    "  --host ADDRESS       of pcscd's vpcd driver (127.0.0.1)\n"
    "  --port PORT          35963\n"
    "  --pin-state FILE     keeps the tries left between runs\n"
    "  --count FILE         what the card saw, JSON, after each command\n"
    "  --ready-file FILE    made when pcscd has seen the card\n"
    "  --delay MS           every command takes so long\n"
    "  --sw-at N=SW         the N-th command is answered SW, not executed\n"
    "  --pull-at N          pulled before the N-th command executes\n"
    "  --pull-lost-at N     ... after it, its answer lost\n"
    "  --pull-half-at N     ... amid its answer\n"
    "  --pull-torn-at N     the same, in a frame that looks whole\n"
    "  --reinsert-after MS  after each pull\n"
    "  --once               ends when the connection does\n"
    "N counts all commands since the start.  SIGUSR1 pulls the card, SIGUSR2\n"
    "inserts it.  key=value is a line of card.conf (tests/lib/README.md).\n";

struct opts {
	const char	*card, *host, *port, *pin_state, *count, *ready;
	int		 reinsert_ms;	/* -1: stays away */
	int		 once;
	char		*setting[SETTINGS];
	size_t		 settings;
};

struct run {
	struct opts		 o;
	struct fake_card	*card;
	struct fake_vpcd	 line;
	int			 sigfd;
	int			 quit, rc;
	int64_t			 dial_until, insert_at;	/* 0: not */
	uint8_t			 msg[FAKE_VPCD_MSG], rsp[FAKE_RSP_MAX];
};

enum { OPT_CARD = 1, OPT_HOST, OPT_PORT, OPT_PIN_STATE, OPT_COUNT, OPT_READY,
    OPT_REINSERT, OPT_ONCE, OPT_HELP, OPT_SETTING };

/* From OPT_SETTING on: options that are keys of card.conf. */
static const char *const setting_keys[] = { "delay_ms", "sw_at", "pull_at",
    "pull_lost_at", "pull_half_at", "pull_torn_at" };

static const struct option longs[] = {
	{ "card", required_argument, NULL, OPT_CARD },
	{ "host", required_argument, NULL, OPT_HOST },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "pin-state", required_argument, NULL, OPT_PIN_STATE },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "ready-file", required_argument, NULL, OPT_READY },
	{ "reinsert-after", required_argument, NULL, OPT_REINSERT },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "delay", required_argument, NULL, OPT_SETTING },
	{ "sw-at", required_argument, NULL, OPT_SETTING + 1 },
	{ "pull-at", required_argument, NULL, OPT_SETTING + 2 },
	{ "pull-lost-at", required_argument, NULL, OPT_SETTING + 3 },
	{ "pull-half-at", required_argument, NULL, OPT_SETTING + 4 },
	{ "pull-torn-at", required_argument, NULL, OPT_SETTING + 5 },
	{ NULL, 0, NULL, 0 },
};

static int
add_setting(struct opts *o, const char *key, const char *value)
{
	char *line;

	if (o->settings == SETTINGS ||
	    asprintf(&line, "%s%s%s", key, *key != '\0' ? "=" : "", value) ==
	    -1)
		return (-1);
	o->setting[o->settings++] = line;
	return (0);
}

/* A number of the command line; -1 if it is none. */
static int
milliseconds(const char *s)
{
	char *end;
	long v = strtol(s, &end, 10);

	return (*s == '\0' || *end != '\0' || v < 0 || v > 600000 ? -1 :
	    (int)v);
}

static int
take_option(struct opts *o, int opt, const char *arg)
{
	const char **text[] = { [OPT_CARD] = &o->card, [OPT_HOST] = &o->host,
	    [OPT_PORT] = &o->port, [OPT_PIN_STATE] = &o->pin_state,
	    [OPT_COUNT] = &o->count, [OPT_READY] = &o->ready };

	if (opt >= OPT_SETTING && opt != '?')
		return (add_setting(o, setting_keys[opt - OPT_SETTING], arg));
	if (opt >= OPT_CARD && opt <= OPT_READY) {
		*text[opt] = arg;
		return (0);
	}
	if (opt == OPT_REINSERT)
		return ((o->reinsert_ms = milliseconds(arg)) == -1 ? -1 : 0);
	if (opt == OPT_ONCE) {
		o->once = 1;
		return (0);
	}
	return (-1);
}

static int
parse(struct opts *o, int argc, char **argv)
{
	int opt;

	*o = (struct opts){ .host = "127.0.0.1", .port = "35963",
	    .reinsert_ms = -1 };
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == OPT_HELP) {
			fputs(usage, stdout);
			exit(EX_OK);
		}
		if (take_option(o, opt, optarg) != 0) {
			if (opt != '?')
				fprintf(stderr, "fake-card: an option has a "
				    "value it does not take: %s\n", optarg);
			return (-1);
		}
	}
	for (int i = optind; i < argc; i++) {
		if (add_setting(o, "", argv[i]) != 0)
			return (-1);
	}
	if (o->card == NULL)
		fprintf(stderr, "fake-card: --card is missing: name a folder "
		    "that fake-pki made\n");
	return (o->card == NULL ? -1 : 0);
}

static void
complain(enum err r, const struct note *note)
{
	fprintf(stderr, "fake-card: %s%s%s\n", err_text(r, ERR_EN),
	    note->text[0] != '\0' ? ": " : "", note->text);
}

/* card.conf, then what earlier runs left, then the command line. */
static int
personalise(struct run *run)
{
	struct note note = { "" };
	enum err r;

	r = card_file_load(run->o.card, &run->card, &note);
	if (r == ERR_OK && run->o.pin_state != NULL)
		r = card_file_load_tries(run->card, run->o.pin_state, &note);
	if (r != ERR_OK) {
		complain(r, &note);
		return (EX_NOINPUT);
	}
	for (size_t i = 0; i < run->o.settings; i++) {
		if ((r = card_file_assign(run->card, run->o.setting[i],
		    &note)) != ERR_OK) {
			complain(r, &note);
			return (EX_USAGE);
		}
	}
	return (EX_OK);
}

static void
stop(struct run *run, int rc)
{
	run->quit = 1;
	run->rc = rc;
}

/* Before the answer leaves: a test that has it finds the files in step. */
static void
record(struct run *run)
{
	struct note note = { "" };
	enum err r = ERR_OK;

	if (run->o.count != NULL)
		r = card_file_save_count(run->card, run->o.count, &note);
	if (r == ERR_OK && run->o.pin_state != NULL)
		r = card_file_save_tries(run->card, run->o.pin_state, &note);
	if (r != ERR_OK) {
		complain(r, &note);
		stop(run, EX_IOERR);
	}
}

static void
hang_up(struct run *run)
{
	fake_vpcd_hang_up(&run->line);
	fake_card_power_off(run->card);
	run->dial_until = clock_ms() + DIAL_FOR_MS;
	if (run->o.once)
		stop(run, EX_OK);
}

static void
pulled(struct run *run)
{
	fake_card_pull(run->card);
	if (run->line.fd != -1)
		hang_up(run);
	if (run->o.reinsert_ms >= 0)
		run->insert_at = clock_ms() + run->o.reinsert_ms;
	record(run);
}

static void
insert(struct run *run)
{
	run->insert_at = 0;
	run->dial_until = clock_ms() + DIAL_FOR_MS;
	fake_card_insert(run->card);
	record(run);
}

static void
take_signal(struct run *run)
{
	struct signalfd_siginfo si;

	if (read(run->sigfd, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	if (si.ssi_signo == SIGUSR1 && run->card->present)
		pulled(run);
	else if (si.ssi_signo == SIGUSR2 && !run->card->present)
		insert(run);
	else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT)
		stop(run, EX_OK);
}

/* The card is at work; it may be pulled meanwhile. */
static void
work(struct run *run, int ms)
{
	struct pollfd p = { .fd = run->sigfd, .events = POLLIN };
	int64_t until = clock_ms() + ms, left;

	while (run->line.fd != -1 && !run->quit &&
	    (left = until - clock_ms()) > 0) {
		if (poll(&p, 1, (int)left) == 1)
			take_signal(run);
	}
}

static void
answer_apdu(struct run *run, size_t len)
{
	size_t n = sizeof(run->rsp), whole;

	fake_card_apdu(run->card, run->msg, len, run->rsp, &n);
	whole = run->card->answer_len;
	secret_cleanse(run->msg, len);
	record(run);
	work(run, run->card->wait_ms);
	if (run->line.fd == -1 || run->quit)
		return;
	if (n > 0)
		(void)fake_vpcd_send(&run->line, run->rsp, n, whole);
	if (!run->card->present)
		pulled(run);
	else if (n == 0)	/* without power: as if it were not there */
		hang_up(run);
}

static void
make_ready_file(struct run *run)
{
	FILE *f;

	if (run->o.ready == NULL)
		return;
	if ((f = fopen(run->o.ready, "we")) == NULL || fclose(f) != 0) {
		fprintf(stderr, "fake-card: %s: %s\n", run->o.ready,
		    strerror(errno));
		stop(run, EX_CANTCREAT);
	}
	run->o.ready = NULL;
}

/* card-and-readers.md 7.1: only 04 is answered, with the ATR. */
static void
obey(struct run *run, uint8_t control)
{
	uint8_t atr[FAKE_ATR_MAX];
	size_t n;

	switch (control) {
	case 0x00:
		fake_card_power_off(run->card);
		break;
	case 0x01:
		fake_card_power_on(run->card);
		record(run);
		break;
	case 0x02:
		fake_card_reset(run->card);
		break;
	case 0x04:
		n = fake_card_atr(run->card, atr);
		(void)fake_vpcd_send(&run->line, atr, n, n);
		make_ready_file(run);
		break;
	}
}

static void
serve(struct run *run)
{
	size_t len;

	if (fake_vpcd_receive(&run->line) != ERR_OK) {
		hang_up(run);
		return;
	}
	while (!run->quit && run->line.fd != -1 &&
	    fake_vpcd_next(&run->line, run->msg, &len)) {
		if (len == 1)
			obey(run, run->msg[0]);
		else if (len > 1)
			answer_apdu(run, len);
	}
}

static void
dial(struct run *run)
{
	enum err r;

	r = fake_vpcd_dial(&run->line, run->o.host, run->o.port);
	if (r == ERR_CONF) {
		fprintf(stderr, "fake-card: --host and --port take a numeric "
		    "address and a port\n");
		stop(run, EX_USAGE);
	} else if (r != ERR_OK && clock_ms() > run->dial_until) {
		fprintf(stderr, "fake-card: nobody listens at %s port %s: "
		    "start pcscd with the vpcd driver\n", run->o.host,
		    run->o.port);
		stop(run, EX_UNAVAILABLE);
	}
}

static int
time_to_wait(const struct run *run)
{
	int64_t left;

	if (run->card->present)
		return (run->line.fd == -1 ? DIAL_EVERY_MS : -1);
	if (run->insert_at == 0)
		return (-1);
	left = run->insert_at - clock_ms();
	return (left > 0 ? (int)left : 0);
}

static void
loop(struct run *run)
{
	struct pollfd p[2];

	run->dial_until = clock_ms() + DIAL_FOR_MS;
	while (!run->quit) {
		if (run->card->present && run->line.fd == -1)
			dial(run);
		if (run->quit)
			return;
		p[0] = (struct pollfd){ .fd = run->sigfd, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = run->line.fd,
		    .events = POLLIN };
		if (poll(p, 2, time_to_wait(run)) == -1)
			continue;
		if ((p[0].revents & POLLIN) != 0)
			take_signal(run);
		if (run->insert_at != 0 && clock_ms() >= run->insert_at)
			insert(run);
		if (p[1].revents != 0 && run->line.fd == p[1].fd)
			serve(run);
	}
}

static int
catch_signals(int *fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return (-1);
	return ((*fd = signalfd(-1, &set, SFD_CLOEXEC)) == -1 ? -1 : 0);
}

int
main(int argc, char **argv)
{
	static struct run run = { .line = { .fd = -1 }, .sigfd = -1 };

	if (parse(&run.o, argc, argv) != 0) {
		fputs(usage, stderr);
		run.rc = EX_USAGE;
		goto out;
	}
	if ((run.rc = personalise(&run)) != EX_OK)
		goto out;
	if (catch_signals(&run.sigfd) != 0) {
		perror("fake-card: signals");
		run.rc = EX_OSERR;
		goto out;
	}
	record(&run);
	loop(&run);
	fake_vpcd_hang_up(&run.line);
out:
	for (size_t i = 0; i < run.o.settings; i++)
		free(run.o.setting[i]);
	if (run.sigfd != -1)
		close(run.sigfd);
	fake_card_free(&run.card);
	return (run.rc);
}
