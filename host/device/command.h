#ifndef HOST_DEVICE_COMMAND_H
#define HOST_DEVICE_COMMAND_H

#include "base/err.h"

/*
 * The commands of shikaku-reader on a device: argv[0] is the command's word,
 * what they return is the program's exit status.  Messages go to standard
 * error, results to standard output.
 */
int	connect_main(int argc, char **argv);
int	enrol_main(int argc, char **argv);
int	status_main(int argc, char **argv);
/* visits without a network */
int	deliver_main(int argc, char **argv);
int	queue_main(int argc, char **argv);
int	slip_main(int argc, char **argv);
int	tickets_main(int argc, char **argv);
int	visit_main(int argc, char **argv);

/* How each is called, for --help. */
extern const char	connect_usage[], deliver_usage[], enrol_usage[],
		queue_usage[], slip_usage[], status_usage[],
		tickets_usage[], visit_usage[];

/* What they end with, besides 0 and 1; shikaku-reader.8 lists them. */
enum command_exit {
	COMMAND_USAGE = 64,	/* sysexits(3) … */
	COMMAND_NO_AGENT = 69,
	COMMAND_REVOKED = 77,
	COMMAND_SETUP = 78
};

/* Says the error in the person's language, with what to do next; returns the
 * exit status for it. */
int	command_fail(enum err, const struct note *);
/* The same with another next step, where the command knows better. */
int	command_fail_then(enum err, const struct note *, const char *next);
/* Prints how the command is called; COMMAND_USAGE. */
int	command_usage(const char *usage);
/* One text or the other, by the environment. */
const char	*command_say(const char *ja, const char *en);

#endif
