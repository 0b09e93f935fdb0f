#ifndef HOST_CLI_OPTION_H
#define HOST_CLI_OPTION_H

#include <stddef.h>

/* Every option of the command line, one row each, in the order of the help; static,
 * name NULL ends them. */
struct option {
	const char	*name, *arg;	/* "limit", "N"; arg NULL: a switch */
	size_t		 at;		/* of its text or switch in struct cli */
	const char	*means[2];	/* by enum err_lang */
};

const struct option	*option_all(void);

#endif
