#include <stdio.h>
#include <stdlib.h>

#include "host/device/command.h"
#include "host/tty/tty.h"

static const struct {
	enum err	err;
	int		code;
} by_err[] = {
	{ ERR_OK,		EXIT_SUCCESS },
	{ ERR_USAGE,		COMMAND_USAGE },
	{ ERR_LINK_REVOKED,	COMMAND_REVOKED },
	{ ERR_NO_AGENT,		COMMAND_NO_AGENT },
	{ ERR_TIMEOUT,		COMMAND_NO_AGENT },
	{ ERR_NOT_FOUND,	COMMAND_SETUP },
};

static int
exit_of(enum err r)
{
	for (size_t i = 0; i < sizeof(by_err) / sizeof(by_err[0]); i++) {
		if (by_err[i].err == r)
			return (by_err[i].code);
	}
	return (err_class(r) == EC_SETUP ? COMMAND_SETUP : EXIT_FAILURE);
}

int
command_fail(enum err r, const struct note *note)
{
	enum err_lang lang = tty_lang();
	const char *next = err_next(r, lang);

	fprintf(stderr, "shikaku-reader: %s%s%s%s\n", err_text(r, lang),
	    note->text[0] != '\0' ? " (" : "", note->text,
	    note->text[0] != '\0' ? ")" : "");
	if (next[0] != '\0')
		fprintf(stderr, "  %s\n", next);
	return (exit_of(r));
}

int
command_usage(const char *usage)
{
	fputs(usage, stderr);
	return (COMMAND_USAGE);
}

const char *
command_say(const char *ja, const char *en)
{
	return (tty_lang() == ERR_JA ? ja : en);
}
