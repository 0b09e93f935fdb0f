#include <stdio.h>

#include "base/clock.h"
#include "host/slip/consent_entry.h"
#include "host/tty/tty.h"

/* One text or the other, by the environment. */
static const char *
say(const char *ja, const char *en)
{
	return (tty_lang() == ERR_JA ? ja : en);
}

static enum err
choose(int fd, struct consent *c)
{
	char question[160];
	enum err r;

	*c = (struct consent){ .confirmed = 0 };
	for (int i = 0; i < CONSENT_ITEMS; i++) {
		snprintf(question, sizeof(question), say(
		    "%sの提供に同意しますか", "Consent to: %s?"),
		    consent_label((enum consent_item)i, tty_lang()));
		if ((r = tty_yes(fd, tty_lang(), question, NULL,
		    &c->given[i])) != ERR_OK)
			return (r);
	}
	return (ERR_OK);
}

static void
show(int fd, const struct consent *c)
{
	char line[160];

	tty_say(fd, say("\n同意登録内容の確認\n",
	    "\nPlease confirm\n"));
	for (int i = 0; i < CONSENT_ITEMS; i++) {
		snprintf(line, sizeof(line), "  %s: %s\n",
		    consent_label((enum consent_item)i, tty_lang()),
		    c->given[i] ? say("同意する", "yes") :
		    say("同意しない", "no"));
		tty_say(fd, line);
	}
}

enum err
consent_entry(int fd, struct consent *c)
{
	int yes = 0;
	enum err r = ERR_OK;

	while (r == ERR_OK && !yes) {
		if ((r = choose(fd, c)) != ERR_OK)
			break;
		show(fd, c);
		r = tty_yes(fd, tty_lang(), say(
		    "同意内容を登録しますか", "Register this consent?"), NULL,
		    &yes);
		if (r == ERR_OK && !yes)
			tty_say(fd, say(
			    "はじめから選び直します (中止は Ctrl-C)\n",
			    "Choose again from the beginning (Ctrl-C gives "
			    "up)\n"));
	}
	if (r != ERR_OK)
		*c = (struct consent){ .confirmed = 0 };
	else
		c->confirmed = clock_wall_ms();
	return (r);
}
