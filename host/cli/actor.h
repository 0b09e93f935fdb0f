#ifndef HOST_CLI_ACTOR_H
#define HOST_CLI_ACTOR_H

#include "host/cli/cli.h"
#include "host/store/audit.h"

/* Who sits at the command line: "cli:USER", --staff and --reason. */
struct actor {
	char			 client[64];
	struct audit_who	 who;	/* points into it, and to argv */
};

void	actor_of(const struct cli *, struct actor *);
/*
 * Asks on standard error and reads a line; y, yes and はい are a yes, the end
 * of input is a no.  With --yes it does not ask.
 */
int	actor_agrees(const struct cli *, const char *question);

#endif
