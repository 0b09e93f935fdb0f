#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "driver/transport.h"
#include "host/cli/entry.h"
#include "host/tty/tty.h"

static void
cancel_device(void *tp)
{
	tp_cancel(tp);
}

void
entry_cancels(struct tp *tp)
{
	tty_interrupts(cancel_device, tp);
}

void
entry_say_device(const struct cli *cli, int tries)
{
	fprintf(stderr, cli_say(cli,
	    "リーダーの端末で暗証番号を入力してください (残り回数: %d)\n",
	    "Enter the PIN at the reader's device (tries left: %d)\n"),
	    tries);
}

int
entry_can_ask(const struct cli *cli)
{
	int fd;

	if (cli->pin_stdin || !isatty(STDIN_FILENO) || (fd = tty_open()) == -1)
		return (0);
	close(fd);
	return (1);
}

static enum err
ask_on_tty(const char *prompt, char *line, size_t room, size_t *len)
{
	int fd = tty_open();
	enum err r;

	if (fd == -1)
		return (ERR_CANCELLED);
	r = tty_hidden(fd, fd, prompt, NULL, line, room, len);
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
		r = tty_hidden(STDIN_FILENO, STDERR_FILENO,
		    prompt_of(cli, kind), NULL, line, sizeof(line), &len);
	else if (cli->pin_stdin)
		r = tty_line(STDIN_FILENO, NULL, line, sizeof(line), &len);
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

int
entry_yes(const struct cli *cli, const char *question)
{
	int fd = tty_open(), yes;
	enum err r;

	if (fd == -1)
		return (-1);
	r = tty_yes(fd, cli->lang, question, NULL, &yes);
	close(fd);
	return (r == ERR_OK ? yes : -1);
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
