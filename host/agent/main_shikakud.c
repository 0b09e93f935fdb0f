#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "driver/quirk.h"
#include "host/agent/agent.h"
#include "host/agent/readers.h"

#define EX_BAD_USAGE	64	/* sysexits(3) */
#define EX_NO_START	78

static const char usage[] =
    "usage: shikakud [--config FILE] [--ready-file FILE]\n"
    "\n"
    "The agent: serves kiosks, the staff desk and home visits over HTTP.\n"
    "\n"
    "  --config FILE      default: $SHIKAKU_CONF, /etc/shikaku/shikaku.conf\n"
    "  --ready-file FILE  written when it can be used: the loopback port\n"
    "  --help             print this\n"
    "  --version          print the version\n";

static struct agent *agent;	/* for the signal handler */

static void
on_stop(int sig)
{
	(void)sig;
	agent_stop(agent);
}

static void
catch_signals(void (*stopping)(int))
{
	struct sigaction stop = { .sa_handler = stopping };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
}

static enum err_lang
language(void)
{
	const char *l = getenv("LC_ALL");

	if (l == NULL || *l == '\0')
		l = getenv("LC_MESSAGES");
	if (l == NULL || *l == '\0')
		l = getenv("LANG");
	return (l != NULL && strncmp(l, "ja", 2) == 0 ? ERR_JA : ERR_EN);
}

static int
fail(enum err r, const struct note *note)
{
	enum err_lang lang = language();

	fprintf(stderr, "shikakud: %s%s%s%s [%s]\n  -> %s\n",
	    err_text(r, lang), note->text[0] != '\0' ? " (" : "", note->text,
	    note->text[0] != '\0' ? ")" : "", err_name(r), err_next(r, lang));
	return (EX_NO_START);
}

/* Whole or not at all, so that who waits for it reads the port. */
static enum err
write_ready(const char *file, int port, struct note *note)
{
	char tmp[4096];
	FILE *f;
	int bad;

	if (file == NULL)
		return (ERR_OK);
	if (snprintf(tmp, sizeof(tmp), "%s.new", file) >= (int)sizeof(tmp) ||
	    (f = fopen(tmp, "we")) == NULL) {
		note_set(note, "%s", file);
		return (ERR_SYS);
	}
	bad = fprintf(f, "%d\n", port) < 0;
	bad |= fclose(f) != 0;
	if (bad || rename(tmp, file) != 0) {
		note_set(note, "%s", file);
		return (ERR_SYS);
	}
	return (ERR_OK);
}

static int
serve(const char *config, const char *ready)
{
	struct note note = { "" };
	struct conf *conf = NULL;
	enum err r;

	if ((r = secret_harden(&note)) != ERR_OK)
		log_line(LOG_WARN, "shikakud", "%s", note.text);
	note_set(&note, "%s", "");
	if ((r = conf_load(config, &conf, &note)) != ERR_OK)
		return (fail(r, &note));
	log_set_level((enum log_level)conf->log_level);
	if ((r = readers_quirks(conf->quirks)) == ERR_OK &&
	    (r = quirk_use(conf->quirks, &note)) == ERR_OK &&
	    (r = agent_open(conf, &agent, &note)) == ERR_OK) {
		catch_signals(on_stop);
		if ((r = write_ready(ready, agent_port(agent), &note)) ==
		    ERR_OK)
			r = agent_run(agent);
		/* Asked again it goes on ending; the kill is another's. */
		catch_signals(SIG_IGN);
		/* What the terminal works on is left as a crash leaves it. */
		if (!agent_close(&agent))
			_exit(r == ERR_OK ? EXIT_SUCCESS : EX_NO_START);
	}
	conf_free(&conf);
	return (r == ERR_OK ? EXIT_SUCCESS : fail(r, &note));
}

static int
bad_usage(void)
{
	fputs(usage, stderr);
	return (EX_BAD_USAGE);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config",	required_argument,	NULL, 'c' },
		{ "ready-file",	required_argument,	NULL, 'r' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "version",	no_argument,		NULL, 'v' },
		{ NULL,		0,			NULL, 0 }
	};
	const char *config = NULL, *ready = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			config = optarg;
			break;
		case 'r':
			ready = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return (EXIT_SUCCESS);
		case 'v':
			puts("shikakud " SHIKAKU_VERSION);
			return (EXIT_SUCCESS);
		default:
			return (bad_usage());
		}
	}
	return (optind == argc ? serve(config, ready) : bad_usage());
}
