#ifndef HOST_CLI_CLI_H
#define HOST_CLI_CLI_H

#include <jansson.h>

#include "host/agent/conf.h"
#include "host/agent/readers.h"
#include "host/cli/exit.h"
#include "host/store/store.h"

/* What the command line said; strings are argv's. */
struct cli {
	const char	*config;
	const char	*patient, *reader, *consent, *prescription;
	const char	*pin_hex;		/* --pin: fingerprint of a root */
	const char	*limit;
	int		 json, pin_stdin, last_try, show, skip_refused;
	enum err_lang	 lang;
	char		*const *args;		/* what is left */
	int		 nargs;

	struct conf	*conf;			/* loaded where needed */
	struct store	*store;
};

/* Each ends the program with an exit code of exit.h. */
int	check_main(struct cli *);
int	card_main(struct cli *);
int	config_check_main(struct cli *);
int	config_example_main(struct cli *);
int	doctor_main(struct cli *);
int	patients_import_main(struct cli *);
int	patients_list_main(struct cli *);
int	readers_main(struct cli *);
int	requests_main(struct cli *);
int	requests_show_main(struct cli *);
int	results_explain_main(struct cli *);
int	trust_add_main(struct cli *);
int	trust_list_main(struct cli *);
int	visits_diagram_main(struct cli *);

/* Loads the configuration, or says why not; 0 or an exit code. */
int	cli_conf(struct cli *);
/* That, and opens the store. */
int	cli_store(struct cli *);

/* Says an error in the person's language, or as JSON; returns exit_of. */
int	cli_fail(const struct cli *, enum err, const char *detail);
/* Prints and releases it, keys in order, one line; returns code. */
int	cli_json(json_t *, int code);
/* A file named on the command line can be read: EXIT_VALID, or says why. */
int	cli_readable(const struct cli *, const char *path);
/* Ends a reader process; says so when its card may still be unlocked. */
void	cli_stop_reader(const struct cli *, struct readers_child *);
/* One text or the other. */
const char	*cli_say(const struct cli *, const char *ja, const char *en);

#endif
