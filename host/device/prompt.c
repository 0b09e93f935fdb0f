#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/device/command.h"
#include "host/device/prompt.h"
#include "host/tty/tty.h"

#define LINE_MAX_BYTES	8	/* more than any PIN, to tell too many digits */

int
prompt_can(void *ctx)
{
	(void)ctx;
	return (tty_is_ours());
}

static const char *
name_of(uint8_t what)
{
	if (what == FENCE_TEXT)
		return (command_say("券面事項入力補助用の暗証番号",
		    "PIN of the attributes"));
	return (command_say("利用者証明用の暗証番号", "PIN"));
}

static void
say_tries(int fd, const struct fence_ask *a)
{
	char line[256];

	snprintf(line, sizeof(line), command_say(
	    "\n医療機関の受付で%sが必要です。残り回数: %d\n",
	    "\nThe clinic needs the %s. tries left: %d\n"), name_of(a->what),
	    a->tries);
	tty_say(fd, line);
}

/* ERR_CANCELLED unless the person says yes. */
static enum err
take_last_yes(int fd, const struct tty_stop *stop)
{
	enum err r;
	int yes;

	if ((r = tty_yes(fd, tty_lang(), command_say(
	    "あと1回まちがえるとロックされます。入力しますか",
	    "One more wrong PIN blocks it. Enter it?"), stop, &yes)) !=
	    ERR_OK)
		return (r);
	return (yes ? ERR_OK : ERR_CANCELLED);
}

/* Enter alone is a no. */
static enum err
take_digits(int fd, const struct fence_ask *a, const struct tty_stop *stop,
    struct secret *out)
{
	char line[LINE_MAX_BYTES], prompt[256];
	size_t len = 0;
	enum err r;

	snprintf(prompt, sizeof(prompt), command_say(
	    "%s(%d桁、やめるときはEnter): ",
	    "%s (%d digits, Enter alone cancels): "), name_of(a->what),
	    a->digits);
	r = tty_hidden(fd, fd, prompt, stop, line, sizeof(line), &len);
	if (r == ERR_TOOBIG)
		r = ERR_PIN_FORMAT;
	if (r == ERR_OK && len == 0)
		r = ERR_CANCELLED;
	if (r == ERR_OK)
		r = secret_set(out, line, len);
	secret_cleanse(line, sizeof(line));
	return (r);
}

static void
say_end(int fd, enum err r)
{
	if (r == ERR_OK)
		tty_say(fd, command_say("入力しました。カードはそのままで\n",
		    "Entered. Leave the card in place.\n"));
	else if (r == ERR_PIN_FORMAT)
		tty_say(fd, command_say("桁数が違います。カードには送っていません\n",
		    "Not so many digits; nothing was sent to the card.\n"));
	else
		tty_say(fd, command_say("入力を中止しました\n",
		    "The entry was cancelled.\n"));
}

enum err
prompt_ask(void *ctx, const struct fence_ask *a, struct secret *out)
{
	struct tty_stop stop = { .wake = a->wake,
	    .until = clock_ms() + a->ms };
	enum err r = ERR_OK;
	int fd = tty_open();

	(void)ctx;
	if (fd == -1)
		return (ERR_CANCELLED);
	say_tries(fd, a);
	if (a->tries == 1)
		r = take_last_yes(fd, &stop);
	if (r == ERR_OK)
		r = take_digits(fd, a, &stop, out);
	say_end(fd, r);
	close(fd);
	return (r);
}
