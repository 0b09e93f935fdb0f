#ifndef HOST_CLI_READER_ARG_H
#define HOST_CLI_READER_ARG_H

#include "host/cli/cli.h"

/*
 * The transport string of a command: --reader "ACS" is pcsc:ACS, --reader
 * replay:FILE is taken as it is, nothing is the configuration's.
 * ERR_USAGE when it is too long.
 */
enum err	reader_arg(const struct cli *, char out[CONF_VALUE]);
/* That, for a client: ERR_USAGE with a note unless it has the form of one. */
enum err	reader_new(const struct cli *, char out[CONF_VALUE],
		    struct note *);
/* The first, with what an alias of the configuration stands for in its place;
 * ERR_CONF where it is none. */
enum err	reader_transport(const struct cli *, char out[CONF_VALUE],
		    struct note *);

#endif
