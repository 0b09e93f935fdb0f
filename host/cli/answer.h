#ifndef HOST_CLI_ANSWER_H
#define HOST_CLI_ANSWER_H

#include "host/cli/cli.h"
#include "host/qualify/result.h"

/*
 * An answer of the terminal as people read it: validity, day, what to do
 * next, and each coverage; nothing where the answer has nothing.
 */
void		answer_print(const struct cli *, const struct result *,
		    const char *chart_number);
/* The exit code its validity means; EXIT_REFUSED for a refusal. */
enum exit_code	answer_exit(const struct result *);

#endif
