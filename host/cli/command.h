#ifndef HOST_CLI_COMMAND_H
#define HOST_CLI_COMMAND_H

#include "host/cli/cli.h"
#include "host/cli/option.h"

/* Every command, one row each, in the order of the help; static,
 * run NULL ends them. */
struct command {
	const char	*words[2];	/* "patients", "list" or NULL */
	int		(*run)(struct cli *);
	const char	*options;	/* names, a blank between them */
	int		 args_min, args_max;
	const char	*args, *means[2];	/* by enum err_lang */
};

const struct command	*command_all(void);
/* 1 if the option is one of the command's. */
int			 command_takes(const struct command *,
			    const struct option *);

#endif
