#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "driver/frame.h"
#include "driver/serve.h"
#include "host/device/command.h"
#include "host/device/connect.h"
#include "host/device/fence.h"
#include "host/device/line.h"
#include "host/device/prompt.h"
#include "host/device/state.h"

#define CLOCK_OFF_MS	(5 * 60 * 1000)	/* link.md */
#define STEADY_MS	10000	/* a connection that held so long was good */

const char connect_usage[] =
    "usage: shikaku-reader connect --folder DIR [--agent-pin]\n"
    "           [--pin-prompt tty|none] [--log LEVEL] TRANSPORT\n"
    "\n"
    "Lends the reader TRANSPORT to the agent this device is enrolled with,\n"
    "until a signal ends it or the device is revoked.\n"
    "\n"
    "  --folder DIR  of the enrolment\n"
    "  --agent-pin   the PIN may also be typed at the agent, once per card\n"
    "  --pin-prompt WHERE  tty (default): here, at the terminal; or none\n"
    "  --log LEVEL   error, warn (default), info or debug\n";

struct connect {
	const char	*folder, *transport;
	int		 agent_pin, no_prompt;
	struct dir	 dir;
	int		 lock;		/* held while running */
	struct state	 state;
	struct tp	*fence;		/* NULL: not opened yet */
	unsigned	 tries;		/* since the last steady connection */
	enum err	 said;		/* the last trouble the person was told */
	enum err	 fault;		/* of the reader, that they were told */
};

static volatile sig_atomic_t stopping;
static volatile sig_atomic_t plain_fd = -1;
static int wake_fd = -1;

/* The far end then sees its link closed, and the card's power is cut in
 * order. */
static void
on_stop(int sig)
{
	const uint64_t one = 1;
	int saved = errno;

	(void)sig;
	stopping = 1;
	if (write(wake_fd, &one, sizeof(one)) == -1)
		stopping = 1;
	if (plain_fd != -1)
		(void)shutdown((int)plain_fd, SHUT_RD);
	errno = saved;
}

static enum err
set_signals(void)
{
	static const int all[] = { SIGTERM, SIGINT, SIGHUP };
	const struct sigaction stop = { .sa_handler = on_stop,
	    .sa_flags = SA_RESTART };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	if ((wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return (ERR_SYS);
	sigaction(SIGPIPE, &ignore, NULL);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sigaction(all[i], &stop, NULL);
	return (ERR_OK);
}

/* --- what is told --- */

static void
keep_state(struct connect *c)
{
	struct note note = { "" };

	if (state_write(&c->dir, &c->state, &note) != ERR_OK)
		log_line(LOG_WARN, "connect", "%s", note.text);
}

/* By the fence, in the thread that serves; powers of two, because each is a
 * write to the disk that somebody far away causes. */
static void
on_refused(void *ctx, enum fence_why why)
{
	struct connect *c = ctx;
	unsigned n = ++c->state.refused[why];

	if ((n & (n - 1)) == 0)
		keep_state(c);
}

/* Once, not at every try. */
static void
tell_trouble(struct connect *c, enum err r, const struct note *note)
{
	c->state.err = r;
	if (c->said == r)
		return;
	c->said = r;
	keep_state(c);
	(void)command_fail(r, note);
	fputs(command_say("  接続をくり返し試みます\n", "  trying again\n"),
	    stderr);
}

/* By the fence, as on_refused. */
static void
on_fault(void *ctx, enum err r, const struct note *note)
{
	struct connect *c = ctx;

	if (c->fault == r)
		return;
	c->fault = c->state.err = r;
	keep_state(c);
	if (r != ERR_OK)
		(void)command_fail(r, note);
}

static void
tell_connected(struct connect *c, const struct line *l)
{
	int64_t off = line_clock_off(l);

	c->said = ERR_OK;
	c->state.err = c->fault;
	c->state.connected = c->state.last = clock_wall_ms();
	keep_state(c);
	fprintf(stderr, command_say("接続しました: %s\n",
	    "connected as %s\n"), l->name);
	if (off > CLOCK_OFF_MS || off < -CLOCK_OFF_MS)
		fprintf(stderr, command_say(
		    "この機器の時計が%lld分ずれています。合わせてください\n",
		    "this device's clock is wrong by %lld minutes: set it\n"),
		    (long long)(off / 60000));
}

/* The agent does not see it: who is here must take the card away. */
static void
tell_uncut(const struct connect *c)
{
	const struct note note = { "" };

	if (c->fence != NULL && c->fence->uncut)
		(void)command_fail(ERR_CARD_UNLOCKED, &note);
}

static void
tell_lost(struct connect *c)
{
	c->state.connected = 0;
	keep_state(c);
	if (!stopping)
		fputs(command_say("接続が切れました\n",
		    "the connection ended\n"), stderr);
}

/* --- one connection --- */

static enum err
open_reader(struct connect *c, struct note *note)
{
	const struct fence_conf conf = { .agent_pin = c->agent_pin,
	    .away_ms = FENCE_AWAY_MS,
	    .can_ask = c->no_prompt ? NULL : prompt_can,
	    .ask = c->no_prompt ? NULL : prompt_ask,
	    .refused = on_refused, .fault = on_fault, .ctx = c };
	struct tp *inner;
	enum err r;

	if (c->fence != NULL)
		return (ERR_OK);
	if ((r = tp_open(c->transport, &inner, note)) != ERR_OK)
		return (r);
	return (fence_open(inner, &conf, &c->fence));
}

/* The fence stays: it knows what was typed for the card that is there. */
static enum err
serve_agent(struct connect *c, int fd)
{
	struct note note = { "" };
	enum err r;

	plain_fd = fd;
	if (stopping)
		(void)shutdown(fd, SHUT_RD);
	if ((r = open_reader(c, &note)) == ERR_OK) {
		fence_restart(c->fence);
		r = serve(c->fence, fd);
	} else {
		on_fault(c, r, &note);
		r = serve_refusal(r, &note, fd);
	}
	plain_fd = -1;
	return (r);
}

static enum err
connect_once(struct connect *c, int *told, struct note *note)
{
	int64_t since = clock_ms();
	struct line line;
	enum err r;

	r = line_open(&c->dir, LINE_READER, &line, note);
	*told = line.told;
	if (r != ERR_OK)
		return (r);
	tell_connected(c, &line);
	r = serve_agent(c, wire_fd(line.wire));
	if (r == ERR_READER_HUNG)
		return (r);	/* a thread is inside: nothing is closed */
	tell_uncut(c);
	tell_lost(c);
	line_close(&line);
	if (clock_ms() - since > STEADY_MS)
		c->tries = 0;
	return (ERR_OK);
}

/* --- again and again --- */

int
connect_pause(unsigned tries, uint32_t random)
{
	int64_t ms = CONNECT_PAUSE_MIN;

	for (unsigned i = 0; i < tries && ms < CONNECT_PAUSE_MAX; i++)
		ms *= 2;
	if (ms > CONNECT_PAUSE_MAX)
		ms = CONNECT_PAUSE_MAX;
	/* From half of it to all of it, so that many do not come at once. */
	return ((int)(ms / 2 + (int64_t)(random % 1000) * (ms / 2) / 1000));
}

static void
pause_before(struct connect *c)
{
	uint32_t random;

	/* Not a secret: anything that differs between two devices does. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) == -1)
		random = (uint32_t)getpid();
	(void)frame_ready(wake_fd, -1, clock_ms() +
	    connect_pause(c->tries++, random));
}

int
connect_is_final(enum err r, int told)
{
	if (told)
		return (r == ERR_LINK_REVOKED || r == ERR_LINK_VERSION);
	return (err_class(r) == EC_SETUP || r == ERR_READER_HUNG ||
	    r == ERR_NOMEM);
}

static enum err
connect_on(struct connect *c, struct note *note)
{
	enum err r;
	int told;

	while (!stopping) {
		note_set(note, "%s", "");
		r = connect_once(c, &told, note);
		if (connect_is_final(r, told))
			return (r);
		if (r != ERR_OK)
			tell_trouble(c, r, note);
		if (!stopping)
			pause_before(c);
	}
	return (ERR_OK);
}

/* --- the command --- */

/* 0 if they are wrong. */
static int
parse(struct connect *c, int argc, char **argv)
{
	static const struct option options[] = {
		{ "folder",	required_argument,	NULL, 'd' },
		{ "agent-pin",	no_argument,		NULL, 'a' },
		{ "pin-prompt",	required_argument,	NULL, 'p' },
		{ "log",	required_argument,	NULL, 'o' },
		{ NULL,		0,			NULL, 0 }
	};
	enum log_level level;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'd')
			c->folder = optarg;
		else if (opt == 'a')
			c->agent_pin = 1;
		else if (opt == 'p' && strcmp(optarg, "none") == 0)
			c->no_prompt = 1;
		else if (opt == 'p' && strcmp(optarg, "tty") == 0)
			c->no_prompt = 0;
		else if (opt == 'o' && log_level_named(optarg, &level) == 0)
			log_set_level(level);
		else
			return (0);
	}
	if (c->folder == NULL || argc - optind != 1)
		return (0);
	c->transport = argv[optind];
	return (1);
}

/* One at a time for a folder: they would take the agent from each other. */
static enum err
hold(struct connect *c, struct note *note)
{
	c->lock = openat(c->dir.fd, CONNECT_LOCK, O_RDWR | O_CREAT |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (c->lock != -1 && flock(c->lock, LOCK_EX | LOCK_NB) == 0)
		return (ERR_OK);
	note_set(note, "%s: %s", c->folder, errno == EWOULDBLOCK ?
	    "another shikaku-reader connect uses it" : strerror(errno));
	return (errno == EWOULDBLOCK ? ERR_READER_BUSY : ERR_FOLDER);
}

static enum err
start(struct connect *c, struct note *note)
{
	enum err r;

	if ((r = secret_harden(note)) != ERR_OK)
		log_line(LOG_WARN, "connect", "%s", note->text);
	note_set(note, "%s", "");
	if ((r = dir_open(c->folder, 0, &c->dir, note)) != ERR_OK ||
	    (r = hold(c, note)) != ERR_OK ||
	    (r = state_read(&c->dir, &c->state, note)) != ERR_OK)
		return (r);
	c->state.connected = 0;
	if ((r = set_signals()) != ERR_OK)
		return (r);
	/* Words that name no reader never will; all else may pass. */
	return (open_reader(c, note) == ERR_CONF ? ERR_CONF : ERR_OK);
}

int
connect_main(int argc, char **argv)
{
	struct connect c = { .dir = { .fd = -1 }, .lock = -1 };
	struct note note = { "" };
	enum err r;

	if (!parse(&c, argc, argv))
		return (command_usage(connect_usage));
	if ((r = start(&c, &note)) == ERR_OK)
		r = connect_on(&c, &note);
	if (c.dir.fd != -1 && c.lock != -1 && r != ERR_READER_BUSY) {
		c.state.err = r;
		keep_state(&c);
	}
	/* A driver that hangs would hang in close and at exit, too. */
	if (r == ERR_READER_HUNG)
		_exit(command_fail(r, &note));
	tp_close(&c.fence);
	dir_close(&c.dir);
	return (r == ERR_OK ? EXIT_SUCCESS : command_fail(r, &note));
}
