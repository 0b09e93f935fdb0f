#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "host/cli/entry.h"

static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

void
entry_catch_signals(void)
{
	/* No SA_RESTART: a read of the terminal must come back. */
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

int
entry_interrupted(void)
{
	return (interrupted);
}

static int
open_tty(void)
{
	return (open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
}

int
entry_can_ask(const struct cli *cli)
{
	int fd;

	if (cli->pin_stdin || !isatty(STDIN_FILENO) || (fd = open_tty()) == -1)
		return (0);
	close(fd);
	return (1);
}

/*
 * One line without its end, byte by byte, so that no buffer keeps a PIN.
 * ERR_TOOBIG when it does not fit, ERR_CANCELLED at the end of input.
 */
static enum err
read_line(int fd, char *line, size_t room, size_t *len)
{
	enum err r = ERR_OK;
	ssize_t n;
	char c = 0;

	for (*len = 0; (n = read(fd, &c, 1)) == 1 && c != '\n';) {
		if (c == '\r')
			continue;
		if (*len == room)
			r = ERR_TOOBIG;
		else
			line[(*len)++] = c;
	}
	secret_cleanse(&c, 1);
	if (n < 0 || (n == 0 && *len == 0) || interrupted)
		return (ERR_CANCELLED);
	return (r);
}

static void
tty_write(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) == -1)
		interrupted = 1;	/* the terminal is gone */
}

/* With the echo off while a PIN is typed. */
static enum err
read_hidden(int fd, char *line, size_t room, size_t *len)
{
	struct termios before, hidden;
	enum err r;

	if (tcgetattr(fd, &before) != 0)
		return (ERR_CANCELLED);
	hidden = before;
	hidden.c_lflag &= (tcflag_t)~(ECHO | ECHONL);
	tcsetattr(fd, TCSAFLUSH, &hidden);
	r = read_line(fd, line, room, len);
	tcsetattr(fd, TCSAFLUSH, &before);
	tty_write(fd, "\n");
	return (r);
}

static enum err
ask_hidden(const char *prompt, char *line, size_t room, size_t *len)
{
	int fd = open_tty();
	enum err r;

	if (fd == -1)
		return (ERR_CANCELLED);
	tty_write(fd, prompt);
	r = read_hidden(fd, line, room, len);
	close(fd);
	return (r);
}

static const char *
prompt_of(const struct cli *cli, enum pin_kind kind)
{
	if (kind == PIN_TEXT)
		return (cli_say(cli, "券面事項入力補助用の暗証番号(4桁): ",
		    "PIN of the attributes (4 digits): "));
	return (cli_say(cli, "利用者証明用の暗証番号(4桁): ",
	    "PIN (4 digits): "));
}

enum err
entry_pin(const struct cli *cli, enum pin_kind kind, int tries,
    struct secret *pin)
{
	char line[PIN_LEN + 1];
	size_t len = 0;
	enum err r;

	fprintf(stderr, cli_say(cli, "暗証番号の残り回数: %d\n",
	    "PIN tries left: %d\n"), tries);
	if (cli->pin_stdin)
		r = read_line(STDIN_FILENO, line, sizeof(line), &len);
	else if (entry_can_ask(cli))
		r = ask_hidden(prompt_of(cli, kind), line, sizeof(line), &len);
	else
		r = ERR_CANCELLED;
	if (r == ERR_TOOBIG || (r == ERR_OK && len != PIN_LEN))
		r = ERR_PIN_FORMAT;
	if (r == ERR_OK)
		r = secret_set(pin, line, len);
	secret_cleanse(line, sizeof(line));
	return (r);
}

int
entry_yes(const struct cli *cli, const char *question)
{
	char line[8];
	size_t len = 0;
	int fd = open_tty();
	enum err r;

	if (fd == -1)
		return (-1);
	tty_write(fd, question);
	tty_write(fd, cli_say(cli, " [はい=y / いいえ=n] ", " [y/N] "));
	r = read_line(fd, line, sizeof(line), &len);
	close(fd);
	if (r == ERR_CANCELLED)
		return (-1);
	return (len >= 1 && (line[0] == 'y' || line[0] == 'Y'));
}
