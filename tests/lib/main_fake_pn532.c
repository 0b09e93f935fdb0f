#include <sys/signalfd.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/secret.h"
#include "tests/lib/card_file.h"
#include "tests/lib/fake_pn532.h"

#define SETTINGS	64

static const char usage[] =
    "usage: fake-pn532 --card FOLDER --link PATH [options] [key=value ...]\n"
    "  --link PATH        becomes a symbolic link to the serial line\n"
    "  --count FILE       what the card saw, JSON, before each reply\n"
    "  --chip FILE        what the chip saw, JSON, before each reply\n"
    "  --ready-file FILE  made when the line is there\n"
    "  --fault FAULT@N    the answer to the N-th exchange: silent, no-ack,\n"
    "                     empty, sum, length, half, twice, chain, endless,\n"
    "                     error, dead; late@N=MS, status@N=HEX\n"
    "  --absent           without a card at first\n"
    "N counts since the start.  SIGUSR1 pulls the card, SIGUSR2 inserts it.\n"
    "key=value is a line of card.conf (tests/lib/README.md).\n";

struct run {
	const char		*card_dir, *link, *count, *chip_file, *ready;
	const char		*faults[FAKE_PN532_FAULTS];
	size_t			 nfaults;
	int			 absent;
	char			**settings;
	int			 nsettings;

	struct fake_card	*card;
	struct fake_pn532	 chip;
	int			 master, slave, sigfd;
	int			 quit, rc;
	/* What is still to leave, and when. */
	struct fake_pn532_reply	 reply, late;
	int64_t			 reply_at, late_at;	/* 0: nothing */
};

enum { OPT_CARD = 1, OPT_LINK, OPT_COUNT, OPT_CHIP, OPT_READY, OPT_FAULT,
    OPT_ABSENT, OPT_HELP };

static const struct option longs[] = {
	{ "card", required_argument, NULL, OPT_CARD },
	{ "link", required_argument, NULL, OPT_LINK },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "chip", required_argument, NULL, OPT_CHIP },
	{ "ready-file", required_argument, NULL, OPT_READY },
	{ "fault", required_argument, NULL, OPT_FAULT },
	{ "absent", no_argument, NULL, OPT_ABSENT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static int
take_option(struct run *run, int opt, const char *arg)
{
	const char **text[] = { [OPT_CARD] = &run->card_dir,
	    [OPT_LINK] = &run->link, [OPT_COUNT] = &run->count,
	    [OPT_CHIP] = &run->chip_file, [OPT_READY] = &run->ready };

	if (opt >= OPT_CARD && opt <= OPT_READY)
		*text[opt] = arg;
	else if (opt == OPT_FAULT && run->nfaults < FAKE_PN532_FAULTS)
		run->faults[run->nfaults++] = arg;
	else if (opt == OPT_ABSENT)
		run->absent = 1;
	else
		return (-1);
	return (0);
}

static int
parse(struct run *run, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == OPT_HELP) {
			fputs(usage, stdout);
			exit(EX_OK);
		}
		if (take_option(run, opt, optarg) != 0)
			return (-1);
	}
	run->settings = argv + optind;
	run->nsettings = argc - optind;
	if (run->card_dir == NULL || run->link == NULL) {
		fprintf(stderr, "fake-pn532: --card and --link are needed\n");
		return (-1);
	}
	return (0);
}

static void
complain(enum err r, const struct note *note)
{
	fprintf(stderr, "fake-pn532: %s%s%s\n", err_text(r, ERR_EN),
	    note->text[0] != '\0' ? ": " : "", note->text);
}

static void
stop(struct run *run, int rc)
{
	run->quit = 1;
	run->rc = rc;
}

static int
personalise(struct run *run)
{
	struct note note = { "" };
	enum err r;

	if ((r = card_file_load(run->card_dir, &run->card, &note)) !=
	    ERR_OK) {
		complain(r, &note);
		return (EX_NOINPUT);
	}
	for (int i = 0; i < run->nsettings; i++) {
		if ((r = card_file_assign(run->card, run->settings[i],
		    &note)) != ERR_OK) {
			complain(r, &note);
			return (EX_USAGE);
		}
	}
	fake_pn532_init(&run->chip, run->card);
	for (size_t i = 0; i < run->nfaults; i++) {
		if (!fake_pn532_add_fault(&run->chip, run->faults[i])) {
			fprintf(stderr, "fake-pn532: no such fault: %s\n",
			    run->faults[i]);
			return (EX_USAGE);
		}
	}
	if (run->absent)
		fake_pn532_pull(&run->chip);
	return (EX_OK);
}

/* --- the line --- */

/* The other end stays open here, so that a host that closes is no hang-up. */
static int
open_line(struct run *run)
{
	char new[4096];
	struct termios t;
	const char *name;

	run->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (run->master == -1 || grantpt(run->master) != 0 ||
	    unlockpt(run->master) != 0 ||
	    (name = ptsname(run->master)) == NULL ||
	    (run->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) == -1 ||
	    tcgetattr(run->slave, &t) != 0)
		return (-1);
	cfmakeraw(&t);
	if (tcsetattr(run->slave, TCSANOW, &t) != 0 ||
	    snprintf(new, sizeof(new), "%s.new", run->link) >=
	    (int)sizeof(new))
		return (-1);
	(void)unlink(new);
	return (symlink(name, new) == 0 && rename(new, run->link) == 0 ? 0 :
	    -1);
}

/* At another speed it hears nothing but noise. */
static int
right_speed(const struct run *run)
{
	struct termios t;

	return (tcgetattr(run->slave, &t) == 0 &&
	    cfgetospeed(&t) == B115200);
}

static void
send_bytes(struct run *run, const uint8_t *p, size_t n)
{
	ssize_t sent;

	while (n > 0) {
		sent = write(run->master, p, n);
		if (sent == -1 && errno == EINTR)
			continue;
		if (sent <= 0) {
			perror("fake-pn532: the line");
			stop(run, EX_IOERR);
			return;
		}
		p += sent;
		n -= (size_t)sent;
	}
}

/* --- what it saw --- */

static int
write_chip(const struct run *run)
{
	const struct fake_pn532_stats *s = &run->chip.stats;
	char new[4096];
	FILE *f;
	int ok;

	if (snprintf(new, sizeof(new), "%s.new", run->chip_file) >=
	    (int)sizeof(new) || (f = fopen(new, "we")) == NULL)
		return (-1);
	ok = fprintf(f, "{\"commands\":%u,\"exchanges\":%u,\"selects\":%u,"
	    "\"wakeups\":%u,\"aborts\":%u,\"bad_frames\":%u,"
	    "\"disorder\":%u,\"field\":%s,\"awake\":%s}\n", s->commands,
	    s->exchanges, s->selects, s->wakeups, s->aborts, s->bad_frames,
	    s->disorder, run->chip.field ? "true" : "false",
	    run->chip.awake ? "true" : "false") > 0;
	ok = fclose(f) == 0 && ok;
	return (ok && rename(new, run->chip_file) == 0 ? 0 : -1);
}

/* Before the reply leaves: a test that has it finds the files in step. */
static void
record(struct run *run)
{
	struct note note = { "" };
	enum err r = ERR_OK;

	if (run->count != NULL)
		r = card_file_save_count(run->card, run->count, &note);
	if (r == ERR_OK && run->chip_file != NULL && write_chip(run) != 0) {
		r = ERR_SYS;
		note_set(&note, "%s: %s", run->chip_file, strerror(errno));
	}
	if (r != ERR_OK) {
		complain(r, &note);
		stop(run, EX_IOERR);
	}
}

/* --- running --- */

static void
take_reply(struct run *run, const struct fake_pn532_reply *r)
{
	int64_t at = clock_ms() + r->delay_ms;

	/* An abort, or another command, ends the one that is running. */
	run->reply_at = 0;
	record(run);
	if (r->ack)
		send_bytes(run, fake_pn532_ack, sizeof(fake_pn532_ack));
	if (r->len == 0)
		return;
	if (r->late) {
		run->late = *r;
		run->late_at = at;
	} else {
		run->reply = *r;
		run->reply_at = at;
	}
}

static void
take_bytes(struct run *run)
{
	uint8_t bytes[FAKE_PN532_FRAME];
	struct fake_pn532_reply r;
	ssize_t n;

	n = read(run->master, bytes, sizeof(bytes));
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		perror("fake-pn532: the line");
		stop(run, EX_IOERR);
		return;
	}
	if (!right_speed(run)) {
		run->chip.stats.bad_frames++;
		record(run);
		return;
	}
	fake_pn532_feed(&run->chip, bytes, (size_t)n);
	secret_cleanse(bytes, sizeof(bytes));
	while (!run->quit && fake_pn532_next(&run->chip, &r))
		take_reply(run, &r);
	secret_cleanse(&r, sizeof(r));
}

static void
send_due(struct run *run, struct fake_pn532_reply *r, int64_t *at)
{
	if (*at == 0 || clock_ms() < *at)
		return;
	*at = 0;
	send_bytes(run, r->bytes, r->len);
	secret_cleanse(r, sizeof(*r));
}

static void
take_signal(struct run *run)
{
	struct signalfd_siginfo si;

	if (read(run->sigfd, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return;
	if (si.ssi_signo == SIGUSR1 && run->card->present)
		fake_pn532_pull(&run->chip);
	else if (si.ssi_signo == SIGUSR2 && !run->card->present)
		fake_pn532_insert(&run->chip);
	else if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT)
		stop(run, EX_OK);
	record(run);
}

static int
time_to_wait(const struct run *run)
{
	int64_t at = run->reply_at, left;

	if (at == 0 || (run->late_at != 0 && run->late_at < at))
		at = run->late_at;
	if (at == 0)
		return (-1);
	left = at - clock_ms();
	return (left > 0 ? (int)left : 0);
}

static void
loop(struct run *run)
{
	struct pollfd p[2];

	while (!run->quit) {
		p[0] = (struct pollfd){ .fd = run->sigfd, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = run->master, .events = POLLIN };
		if (poll(p, 2, time_to_wait(run)) == -1)
			continue;
		if ((p[0].revents & POLLIN) != 0)
			take_signal(run);
		if (p[1].revents != 0)
			take_bytes(run);
		send_due(run, &run->reply, &run->reply_at);
		send_due(run, &run->late, &run->late_at);
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

static int
begin(struct run *run)
{
	FILE *f;

	if (catch_signals(&run->sigfd) != 0 || open_line(run) != 0) {
		perror("fake-pn532: the line");
		return (EX_OSERR);
	}
	record(run);
	if (run->ready != NULL && ((f = fopen(run->ready, "we")) == NULL ||
	    fclose(f) != 0)) {
		perror("fake-pn532: --ready-file");
		return (EX_CANTCREAT);
	}
	return (EX_OK);
}

int
main(int argc, char **argv)
{
	static struct run run = { .master = -1, .slave = -1, .sigfd = -1 };

	if (parse(&run, argc, argv) != 0) {
		fputs(usage, stderr);
		return (EX_USAGE);
	}
	if ((run.rc = personalise(&run)) == EX_OK &&
	    (run.rc = begin(&run)) == EX_OK) {
		loop(&run);
		(void)unlink(run.link);
	}
	for (int *fd = (int[]){ run.master, run.slave, run.sigfd, -1 };
	    *fd != -1; fd++)
		close(*fd);
	fake_card_free(&run.card);
	return (run.rc);
}
