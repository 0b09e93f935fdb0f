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
	const char	*role, *token_file, *key_file;	/* of a client */
	const char	*length, *days;		/* of a passcode */
	const char	*root;			/* of the system to look at */
	const char	*out, *minutes;		/* of a recording; a bundle */
	const char	*form, *months;		/* of a document */
	const char	*log_file;		/* for a support bundle */
	int		 list;
	const char	*fallback;		/* what was shown, on a slip */
	const char	*staff;			/* who took a slip down, or asks */
	const char	*from, *to, *axis, *month, *date;	/* of a job */
	const char	*chart, *patients, *timeout, *state, *part, *seq;
	int		 limit_consent, errors, unsure;	/* same */
	int		 json, pin_stdin, last_try, show, skip_refused;
	int		 home, treatments;
	const char	*job, *encoding;	/* of what is exported */
	const char	*name, *kana, *birthdate, *insurer, *source, *validity,
			*link;			/* of a finding */
	const char	*item, *within;		/* of a consent */
	int		 ended;			/* same */
	int		 again, yes, plain, html, save;
	const char	*reason;		/* why something is undone */
	const char	*action, *switch_on, *fields;	/* of an import */
	const char	*waiting;
	int		 fresh;			/* a new patient */
	enum err_lang	 lang;
	char		*const *args;		/* what is left */
	int		 nargs;

	struct conf	*conf;			/* loaded where needed */
	struct store	*store;
};

/* Each ends the program with an exit code of exit.h. */
int	audit_main(struct cli *);
int	check_main(struct cli *);
int	card_main(struct cli *);
int	clients_add_main(struct cli *);
int	clients_code_main(struct cli *);
int	clients_key_main(struct cli *);
int	clients_list_main(struct cli *);
int	clients_reader_main(struct cli *);
int	clients_revoke_main(struct cli *);
int	clients_token_main(struct cli *);
int	config_check_main(struct cli *);
int	config_example_main(struct cli *);
int	consents_main(struct cli *);
int	devices_invite_main(struct cli *);
int	devices_list_main(struct cli *);
int	devices_rename_main(struct cli *);
int	devices_revoke_main(struct cli *);
int	doctor_main(struct cli *);
int	documents_ask_main(struct cli *);
int	documents_list_main(struct cli *);
int	documents_open_main(struct cli *);
int	history_main(struct cli *);
int	history_show_main(struct cli *);
int	jobs_cancel_main(struct cli *);
int	jobs_fetch_main(struct cli *);
int	jobs_list_main(struct cli *);
int	jobs_persons_main(struct cli *);
int	jobs_request_main(struct cli *);
int	jobs_retry_main(struct cli *);
int	jobs_show_main(struct cli *);
int	export_csv_main(struct cli *);
int	export_fhir_main(struct cli *);
int	export_orca_main(struct cli *);
int	export_report_main(struct cli *);
int	imports_apply_main(struct cli *);
int	imports_choose_main(struct cli *);
int	imports_compare_main(struct cli *);
int	imports_list_main(struct cli *);
int	imports_review_main(struct cli *);
int	imports_show_main(struct cli *);
int	imports_unchoose_main(struct cli *);
int	imports_undo_main(struct cli *);
int	passcodes_issue_main(struct cli *);
int	passcodes_list_main(struct cli *);
int	passcodes_revoke_main(struct cli *);
int	passcodes_unlock_main(struct cli *);
int	patients_import_main(struct cli *);
int	patients_link_main(struct cli *);
int	patients_list_main(struct cli *);
int	patients_save_main(struct cli *);
int	patients_show_main(struct cli *);
int	patients_unlink_main(struct cli *);
int	readers_main(struct cli *);
int	readers_record_main(struct cli *);
int	requests_main(struct cli *);
int	requests_show_main(struct cli *);
int	results_explain_main(struct cli *);
int	slip_main(struct cli *);
int	support_main(struct cli *);
int	trust_add_main(struct cli *);
int	trust_list_main(struct cli *);
int	visits_diagram_main(struct cli *);
int	visits_refused_main(struct cli *);

/* Loads the configuration, or says why not; 0 or an exit code. */
int	cli_conf(struct cli *);
/* That, and opens the store. */
int	cli_store(struct cli *);

/* Says an error in the person's language, or as JSON; returns exit_of. */
int	cli_fail(const struct cli *, enum err, const char *detail);
/* {error {code, text, next ...}}, as cli_fail says it; new reference. */
json_t	*cli_error(enum err, const char *detail);
/* Prints and releases it, keys in order, one line; returns code. */
int	cli_json(json_t *, int code);
/*
 * A list command that printed its rows one by one, or keeps them for JSON:
 * says how many there were ("3 clients"), or {name: list}, or the error.  The
 * list is released; returns the exit code.
 */
struct cli_rows {
	const struct cli	*cli;
	json_t			*list;
};
int	cli_list(struct cli_rows *, const char *name, enum err,
	    const char *unit);
/* The number an option gave, digits only; normal where it is NULL.  1 if it is
 * within min and max. */
int	cli_number(const char *, int64_t normal, int64_t min, int64_t max,
	    int64_t *);
/* ISO 8601 as in all JSON; null for 0.  New reference. */
json_t	*cli_time(int64_t wall_ms);
/* A file named on the command line can be read: EXIT_VALID, or says why. */
int	cli_readable(const struct cli *, const char *path);
/* Ends a reader process; says so when its card may still be unlocked. */
void	cli_stop_reader(const struct cli *, struct readers_child *);
/* One text or the other. */
const char	*cli_say(const struct cli *, const char *ja, const char *en);

#endif
