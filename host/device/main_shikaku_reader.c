#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "driver/quirk.h"
#include "driver/serve.h"
#include "driver/transport.h"
#include "host/device/command.h"

#define EX_BAD_USAGE	64		/* sysexits(3) */
#define READERS_MAX	64
#define FIRST_FREE_FD	3

static const char usage[] =
    "usage: shikaku-reader [--fd N | --listen PATH] [--log LEVEL]\n"
    "           [--quirks DIR] TRANSPORT\n"
    "       shikaku-reader --list\n"
    "       shikaku-reader COMMAND ...\n"
    "\n"
    "Owns one card reader and serves it over the stream socket N (default 0)\n"
    "until the other side closes it.  TRANSPORT is pcsc:PATTERN,\n"
    "nfc:DEVICE, vpcd:ADDRESS where a card connects to, link:PATH of another\n"
    "one that listens, trace:FILE:TRANSPORT, record:FILE:TRANSPORT,\n"
    "replay:FILE or overlay:FILE:TRANSPORT.\n"
    "\n"
    "  --fd N       the socket's number\n"
    "  --listen PATH  makes a unix socket there and serves one after another\n"
    "  --log LEVEL  error, warn (default), info or debug\n"
    "  --quirks DIR  what readers do unlike others, besides what is known\n"
    "  --list       the PC/SC readers, one per line: card NAME or empty NAME\n"
    "               and, after tabs, usb PORT, serial NUMBER, id as lsusb has\n"
    "               it; or error CODE DETAIL\n"
    "  --help       print this\n"
    "  --version    print the version\n"
    "\n"
    "On a device that dials an agent over a network; COMMAND --help says more:\n"
    "\n"
    "  enrol    makes this device known to the agent\n"
    "  connect  lends the reader to the agent\n"
    "  status   says with whom it is enrolled and what was refused\n"
    "  tickets  fetches tickets for visits without a network\n"
    "  visit    makes such a visit\n"
    "  queue    lists the records of such visits\n"
    "  deliver  gives them to the agent\n"
    "  slip     a reception slip for paper\n";

static const struct {
	const char	*name, *usage;
	int		(*run)(int, char **);
} commands[] = {
	{ "enrol",	enrol_usage,	enrol_main },
	{ "connect",	connect_usage,	connect_main },
	{ "status",	status_usage,	status_main },
	{ "tickets",	tickets_usage,	tickets_main },
	{ "visit",	visit_usage,	visit_main },
	{ "queue",	queue_usage,	queue_main },
	{ "deliver",	deliver_usage,	deliver_main },
	{ "slip",	slip_usage,	slip_main },
};

static volatile sig_atomic_t link_fd = -1;
static volatile sig_atomic_t listen_fd = -1;
static volatile sig_atomic_t parent;

/* The near side's end is seen on the socket, so the card is powered off in
 * order; the signal only covers a socket that someone else holds open. */
static void
on_stop(int sig)
{
	/* The system sends it for a thread of the parent that ends, too. */
	if (sig == SIGHUP && getppid() == (pid_t)parent)
		return;
	if (link_fd != -1)
		(void)shutdown((int)link_fd, SHUT_RD);
	if (listen_fd != -1)
		(void)shutdown((int)listen_fd, SHUT_RD);
}

static void
set_signals(int fd)
{
	struct sigaction stop = { .sa_handler = on_stop,
	    .sa_flags = SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	link_fd = fd;
	parent = getppid();
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	/* One that listens belongs to nobody. */
	if (listen_fd == -1)
		(void)prctl(PR_SET_PDEATHSIG, SIGHUP);
}

/* Off the standard numbers before any driver can print to them; -1 if it is
 * no stream socket. */
static int
move_socket(int fd)
{
	socklen_t len = sizeof(int);
	int type, moved, null;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_STREAM)
		return (-1);
	if ((moved = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD)) == -1)
		return (-1);
	if (fd != STDERR_FILENO)
		close(fd);
	if ((null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1) {
		close(moved);
		return (-1);
	}
	if (null > STDERR_FILENO)
		close(null);
	return (moved);
}

/* "card NAME", then what is known of the device, each after a tab. */
static void
print_row(const struct tp_reader *row)
{
	const struct usb_device *d = &row->device;

	printf("%s %s", row->card ? "card" : "empty", row->name);
	if (d->port[0] != '\0')
		printf("\tusb %s", d->port);
	if (d->serial[0] != '\0')
		printf("\tserial %s", d->serial);
	if (d->vendor != 0)
		printf("\tid %04x:%04x", d->vendor, d->product);
	putchar('\n');
}

static const char *quirks = "";		/* folder; "" for none */

static int
list(void)
{
	static struct tp_reader rows[READERS_MAX];
	struct note note = { "" };
	enum err r;
	size_t n;

	if ((r = tp_readers(rows, READERS_MAX, &n, &note)) != ERR_OK) {
		printf("error %s %s\n", err_name(r), note.text);
		return (EXIT_FAILURE);
	}
	for (size_t i = 0; i < n && i < READERS_MAX; i++)
		print_row(&rows[i]);
	return (EXIT_SUCCESS);
}

/* A transport that does not open is told to the near side by its first
 * answer, with the note. */
static int
run(const char *transport, int fd)
{
	struct note note = { "" };
	struct tp *tp = NULL;
	enum err r;

	if ((r = secret_harden(&note)) != ERR_OK)
		log_line(LOG_WARN, "reader", "%s", note.text);
	set_signals(fd);
	note_set(&note, "%s", "");
	if ((r = quirk_use(quirks, &note)) != ERR_OK ||
	    (r = tp_open(transport, &tp, &note)) != ERR_OK) {
		log_line(LOG_WARN, "reader", "%s: %s %s", transport,
		    err_name(r), note.text);
		r = serve_refusal(r, &note, fd);
		return (r == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	/* A driver that hangs would hang in close and at exit, too. */
	if ((r = serve(tp, fd)) == ERR_READER_HUNG)
		_exit(EXIT_FAILURE);
	/* So that whoever started it sees to the card's power. */
	if (tp->uncut)
		r = ERR_CARD_UNLOCKED;
	tp_close(&tp);
	return (r == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Only the user who started it may connect; a socket that a dead program
 * left is replaced, one that somebody answers on is not. */
static int
listen_on(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0) {
		close(fd);
		errno = EADDRINUSE;
		return (-1);
	}
	if (errno == ECONNREFUSED)
		unlink(path);
	umask(0177);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 1) != 0) {
		close(fd);
		return (-1);
	}
	return (fd);
}

/* One near side after another; each has the card's power cut at its end. */
static int
serve_all(const char *transport, const char *path)
{
	int fd, code = EXIT_SUCCESS;

	if ((fd = listen_on(path)) == -1) {
		fprintf(stderr, "shikaku-reader: %s: %s\n", path,
		    strerror(errno));
		return (EXIT_FAILURE);
	}
	listen_fd = fd;
	set_signals(-1);
	while ((fd = accept4((int)listen_fd, NULL, NULL, SOCK_CLOEXEC)) !=
	    -1) {
		code = run(transport, fd);
		link_fd = -1;
		close(fd);
	}
	unlink(path);
	return (code);
}

static int
bad_usage(void)
{
	fputs(usage, stderr);
	return (EX_BAD_USAGE);
}

/* A file number in decimal; -1 if it is none. */
static int
number(const char *s)
{
	char *end;
	long n;

	if (*s < '0' || *s > '9')
		return (-1);
	n = strtol(s, &end, 10);
	return (*end == '\0' && n <= 1 << 20 ? (int)n : -1);
}

/* A command's word, and what follows for it; -1 if it is none. */
static int
command(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (argc < 2 || strcmp(commands[i].name, argv[1]) != 0)
			continue;
		if (argc == 3 && strcmp(argv[2], "--help") == 0) {
			fputs(commands[i].usage, stdout);
			return (EXIT_SUCCESS);
		}
		return (commands[i].run(argc - 1, argv + 1));
	}
	return (-1);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "fd",		required_argument,	NULL, 'f' },
		{ "listen",	required_argument,	NULL, 'n' },
		{ "log",	required_argument,	NULL, 'o' },
		{ "quirks",	required_argument,	NULL, 'q' },
		{ "list",	no_argument,		NULL, 'l' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "version",	no_argument,		NULL, 'v' },
		{ NULL,		0,			NULL, 0 }
	};
	const char *path = NULL;
	enum log_level level;
	int fd = 0, opt, want_list = 0, code;

	if ((code = command(argc, argv)) != -1)
		return (code);
	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (opt) {
		case 'f':
			if ((fd = number(optarg)) == -1)
				return (bad_usage());
			break;
		case 'n':
			path = optarg;
			break;
		case 'o':
			if (log_level_named(optarg, &level) == -1)
				return (bad_usage());
			log_set_level(level);
			break;
		case 'q':
			quirks = optarg;
			break;
		case 'l':
			want_list = 1;
			break;
		case 'h':
			fputs(usage, stdout);
			return (EXIT_SUCCESS);
		case 'v':
			puts("shikaku-reader " SHIKAKU_VERSION);
			return (EXIT_SUCCESS);
		default:
			return (bad_usage());
		}
	}
	if (argc - optind != (want_list ? 0 : 1))
		return (bad_usage());
	if (want_list)
		return (list());
	if (path != NULL)
		return (serve_all(argv[optind], path));
	if ((fd = move_socket(fd)) == -1) {
		fputs("shikaku-reader: --fd is no stream socket\n", stderr);
		return (EX_BAD_USAGE);
	}
	return (run(argv[optind], fd));
}
