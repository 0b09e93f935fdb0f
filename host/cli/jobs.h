#ifndef HOST_CLI_JOBS_H
#define HOST_CLI_JOBS_H

#include "host/cli/cli.h"

/* A job of job_get, for people: what was asked, how far it is, its parts. */
void	jobs_print(const struct cli *, const json_t *job);

#endif
