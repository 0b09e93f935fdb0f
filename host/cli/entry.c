#include <fcntl.h>
#include <poll.h>
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
 * One byte; ERR_CANCELLED for a signal, the end of input or an error.  The
 * signals come through while it waits and at no other time, so that none is
 * lost between looking and reading.
 */
static enum err
read_byte(int fd, const sigset_t *waiting, char *c)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (interrupted || ppoll(&p, 1, NULL, waiting) == -1 || interrupted)
		return (ERR_CANCELLED);
	return (read(fd, c, 1) == 1 ? ERR_OK : ERR_CANCELLED);
}

/*
 * One line without its end, byte by byte, so that no buffer keeps a PIN.
 * ERR_TOOBIG when it does not fit, ERR_CANCELLED as above, but for a last
 * line that lacks its end.
 */
static enum err
read_line(int fd, char *line, size_t room, size_t *len)
{
	sigset_t stop, waiting;
	enum err r = ERR_OK, got;
	char c = 0;

	*len = 0;
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, &waiting);
	while ((got = read_byte(fd, &waiting, &c)) == ERR_OK && c != '\n') {
		if (c == '\r')
			continue;
		if (*len == room)
			r = ERR_TOOBIG;
		else
			line[(*len)++] = c;
	}
	sigprocmask(SIG_SETMASK, &waiting, NULL);
	secret_cleanse(&c, 1);
	return (got != ERR_OK && (*len == 0 || interrupted) ? got : r);
}

static void
tty_write(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) == -1)
		interrupted = 1;	/* the terminal is gone */
}

/* The echo is off before the prompt asks: what is typed at once must neither
 * be seen nor lost. */
static enum err
ask_hidden(int in, int out, const char *prompt, char *line, size_t room,
    size_t *len)
{
	struct termios before, hidden;
	enum err r;

	if (tcgetattr(in, &before) != 0)
		return (ERR_CANCELLED);
	hidden = before;
	hidden.c_lflag &= (tcflag_t)~(ECHO | ECHONL);
	tcsetattr(in, TCSAFLUSH, &hidden);
	tty_write(out, prompt);
	r = read_line(in, line, room, len);
	tcsetattr(in, TCSADRAIN, &before);
	tty_write(out, "\n");
	return (r);
}

static enum err
ask_on_tty(const char *prompt, char *line, size_t room, size_t *len)
{
	int fd = open_tty();
	enum err r;

	if (fd == -1)
		return (ERR_CANCELLED);
	r = ask_hidden(fd, fd, prompt, line, room, len);
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

static int
is_digits(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (line[i] < '0' || line[i] > '9')
			return (0);
	}
	return (len == PIN_LEN);
}

enum err
entry_pin(const struct cli *cli, enum pin_kind kind, int tries,
    struct secret *pin)
{
	char line[PIN_LEN + 1];
	size_t len = 0;
	enum err r;

	if (kind == PIN_TEXT)
		fprintf(stderr, cli_say(cli,
		    "券面事項入力補助用の暗証番号の残り回数: %d\n",
		    "tries left on the PIN of the attributes: %d\n"), tries);
	else
		fprintf(stderr, cli_say(cli, "暗証番号の残り回数: %d\n",
		    "PIN tries left: %d\n"), tries);
	if (cli->pin_stdin && isatty(STDIN_FILENO))
		r = ask_hidden(STDIN_FILENO, STDERR_FILENO,
		    prompt_of(cli, kind), line, sizeof(line), &len);
	else if (cli->pin_stdin)
		r = read_line(STDIN_FILENO, line, sizeof(line), &len);
	else if (entry_can_ask(cli))
		r = ask_on_tty(prompt_of(cli, kind), line, sizeof(line),
		    &len);
	else
		r = ERR_CANCELLED;
	if (r == ERR_TOOBIG || (r == ERR_OK && !is_digits(line, len)))
		r = ERR_PIN_FORMAT;
	if (r == ERR_OK)
		r = secret_set(pin, line, len);
	secret_cleanse(line, sizeof(line));
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

int
entry_yes(const struct cli *cli, const char *question)
{
	char line[32] = "";
	size_t len = 0;
	int fd = open_tty(), yes = -1;
	enum err r = ERR_OK;

	while (fd != -1 && yes == -1 && r != ERR_CANCELLED) {
		tty_write(fd, question);
		tty_write(fd, cli_say(cli, " [はい=y / いいえ=Enter] ",
		    " [y/N] "));
		r = read_line(fd, line, sizeof(line) - 1, &len);
		line[r == ERR_OK ? len : 0] = '\0';
		if (r == ERR_OK)
			yes = answer_of(line);
	}
	if (fd != -1)
		close(fd);
	return (yes);
}

enum err
entry_last_try(const struct cli *cli)
{
	if (!entry_can_ask(cli))
		return (cli->last_try ? ERR_OK : ERR_PIN_LAST_TRY);
	return (entry_yes(cli, cli_say(cli,
	    "あと1回まちがえるとロックされます。入力しますか",
	    "One more wrong PIN blocks it. Enter it?")) == 1 ? ERR_OK :
	    ERR_PIN_LAST_TRY);
}
