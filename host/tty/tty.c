#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/tty/tty.h"

#define LONGEST_MS	60000	/* of one poll */

static volatile sig_atomic_t interrupted;

/* Lock-free, as a handler needs it. */
static void	(*_Atomic also)(void *);
static void	*_Atomic also_arg;

enum err_lang
tty_lang(void)
{
	static const char *const vars[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	const char *v;

	for (size_t i = 0; i < sizeof(vars) / sizeof(vars[0]); i++) {
		v = getenv(vars[i]);
		if (v != NULL && v[0] != '\0')
			return (strncmp(v, "ja", 2) == 0 ? ERR_JA : ERR_EN);
	}
	return (ERR_EN);
}

static void
on_signal(int sig)
{
	void *arg = atomic_load(&also_arg);
	int was = errno;

	(void)sig;
	interrupted = 1;
	if (arg != NULL)
		atomic_load(&also)(arg);
	errno = was;
}

void
tty_interrupts(void (*fn)(void *), void *arg)
{
	atomic_store(&also_arg, NULL);
	atomic_store(&also, fn);
	atomic_store(&also_arg, arg);
}

void
tty_catch_signals(void)
{
	/* No SA_RESTART: a read of the terminal must come back. */
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

int
tty_interrupted(void)
{
	return (interrupted);
}

int
tty_open(void)
{
	return (open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
}

int
tty_is_ours(void)
{
	int fd = tty_open(), ours;

	if (fd == -1)
		return (0);
	ours = tcgetpgrp(fd) == getpgrp();
	close(fd);
	return (ours);
}

void
tty_say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) == -1)
		interrupted = 1;	/* the terminal is gone */
}

/* For ppoll: NULL waits for ever. */
static const struct timespec *
time_left(const struct tty_stop *stop, struct timespec *ts)
{
	int64_t left;

	if (stop == NULL || stop->until == INT64_MAX)
		return (NULL);
	left = stop->until - clock_ms();
	if (left < 0)
		left = 0;
	if (left > LONGEST_MS)
		left = LONGEST_MS;
	*ts = (struct timespec){ .tv_sec = left / 1000,
	    .tv_nsec = left % 1000 * 1000000 };
	return (ts);
}

/*
 * Until there is a byte.  The signals come through while it waits and at no
 * other time, so that none is lost between looking and reading.
 */
static enum err
wait_byte(int fd, const struct tty_stop *stop, const sigset_t *waiting)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
	    { .fd = stop == NULL ? -1 : stop->wake, .events = POLLIN } };
	struct timespec ts;
	int n;

	do {
		if (stop != NULL && clock_ms() >= stop->until)
			return (ERR_TIMEOUT);
		n = interrupted ? -1 :
		    ppoll(p, 2, time_left(stop, &ts), waiting);
		if (n == -1 || interrupted || p[1].revents != 0)
			return (ERR_CANCELLED);
	} while (n == 0);
	return (ERR_OK);
}

static enum err
read_byte(int fd, const struct tty_stop *stop, const sigset_t *waiting,
    char *c)
{
	enum err r;

	if ((r = wait_byte(fd, stop, waiting)) != ERR_OK)
		return (r);
	return (read(fd, c, 1) == 1 ? ERR_OK : ERR_CANCELLED);
}

static void
hold_signals(sigset_t *before)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &stop, before);
}

enum err
tty_line(int fd, const struct tty_stop *stop, char *line, size_t room,
    size_t *len)
{
	enum err r = ERR_OK, got;
	sigset_t waiting;
	char c = 0;

	*len = 0;
	hold_signals(&waiting);
	while ((got = read_byte(fd, stop, &waiting, &c)) == ERR_OK &&
	    c != '\n') {
		if (c == '\r')
			continue;
		if (*len == room)
			r = ERR_TOOBIG;
		else
			line[(*len)++] = c;
	}
	pthread_sigmask(SIG_SETMASK, &waiting, NULL);
	secret_cleanse(&c, 1);
	/* The end of input after some bytes ends a line as well. */
	if (got == ERR_CANCELLED && *len > 0 && !interrupted && stop == NULL)
		got = ERR_OK;
	return (got != ERR_OK ? got : r);
}

enum err
tty_hidden(int in, int out, const char *prompt, const struct tty_stop *stop,
    char *line, size_t room, size_t *len)
{
	struct termios before, hidden;
	enum err r;

	*len = 0;
	if (tcgetattr(in, &before) != 0)
		return (ERR_CANCELLED);
	hidden = before;
	hidden.c_lflag &= (tcflag_t)~(ECHO | ECHONL);
	/* Else it would be seen while it is typed. */
	if (tcsetattr(in, TCSAFLUSH, &hidden) != 0)
		return (ERR_CANCELLED);
	tty_say(out, prompt);
	r = tty_line(in, stop, line, room, len);
	/* Digits that a cancel came before are not left to whoever reads
	 * next. */
	tcsetattr(in, r == ERR_OK ? TCSADRAIN : TCSAFLUSH, &before);
	tty_say(out, "\n");
	return (r);
}

/* Half and full width, as an input method may leave them; Enter is no. */
static const struct {
	const char	*text;
	int		 yes;
} answers[] = {
	{ "y", 1 }, { "Y", 1 }, { "yes", 1 }, { "ｙ", 1 }, { "Ｙ", 1 },
	{ "はい", 1 },
	{ "", 0 }, { "n", 0 }, { "N", 0 }, { "no", 0 }, { "ｎ", 0 },
	{ "Ｎ", 0 }, { "いいえ", 0 },
};

/* 1 yes, 0 no, -1 neither. */
static int
answer_of(const char *line)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strcmp(answers[i].text, line) == 0)
			return (answers[i].yes);
	}
	return (-1);
}

enum err
tty_yes(int fd, enum err_lang lang, const char *question,
    const struct tty_stop *stop, int *yes)
{
	enum err r = ERR_OK;
	char line[32] = "";
	int answer = -1;
	size_t len = 0;

	*yes = 0;
	while (answer == -1 && (r == ERR_OK || r == ERR_TOOBIG)) {
		tty_say(fd, question);
		tty_say(fd, lang == ERR_JA ?
		    " [はい=y / いいえ=Enter] " : " [y/N] ");
		r = tty_line(fd, stop, line, sizeof(line) - 1, &len);
		line[r == ERR_OK ? len : 0] = '\0';
		if (r == ERR_OK)
			answer = answer_of(line);
	}
	*yes = answer == 1;
	return (r);
}
