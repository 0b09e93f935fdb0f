#ifndef HOST_AGENT_CONF_H
#define HOST_AGENT_CONF_H

#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "host/document/hook.h"
#include "host/export/orca.h"
#include "host/qualify/job.h"
#include "host/visit/conf.h"

/*
 * shikaku.conf: INI, read by libinih through one table of keys.  An unknown
 * section or key, a key given twice, a value out of range stop everything
 * and are named with file and line.  Relative paths are relative to the
 * file's folder.
 */
#define CONF_PATH	"/etc/shikaku/shikaku.conf"
#define CONF_ENV	"SHIKAKU_CONF"	/* names another file */
#define CONF_VALUE	512		/* bytes of one value with its 0 */
#define CONF_ALIASES	32		/* more than a clinic has readers */
#define CONF_ALIAS	33		/* a-z 0-9 -, + 0 */

enum environment { ENVIRONMENT_AUTO, ENVIRONMENT_PRODUCTION,
    ENVIRONMENT_TEST };

/* A reader by a name of its own: "desk = pcsc:ACS*@usb=1-2". */
struct conf_alias {
	char	name[CONF_ALIAS];
	char	transport[CONF_VALUE];
};

struct conf {
	char			file[CONF_VALUE];
	char			institution_code[CONF_VALUE];
	char			test_codes[CONF_VALUE];
	char			reader[CONF_VALUE];
	char			quirks[CONF_VALUE];
	char			trust_folder[CONF_VALUE];
	char			crl_file[CONF_VALUE];
	char			ocsp_url[CONF_VALUE];
	char			req[CONF_VALUE], res[CONF_VALUE];
	char			serial_prefix[CONF_VALUE];
	char			unconfirmed[CONF_VALUE];
	char			store[CONF_VALUE];
	char			face_folder[CONF_VALUE];
	char			socket[CONF_VALUE], lan[CONF_VALUE];
	char			tls_cert[CONF_VALUE], tls_key[CONF_VALUE];
	char			tls_client_ca[CONF_VALUE];
	char			hosts[CONF_VALUE], origins[CONF_VALUE];
	char			url[CONF_VALUE], pages[CONF_VALUE];
	char			devices_listen[CONF_VALUE];
	char			devices_address[CONF_VALUE];
	char			devices_folder[CONF_VALUE];
	char			documents_key[CONF_VALUE];
	char			orca_folder[CONF_VALUE];
	char			orca_name[CONF_VALUE];
	char			report_folder[CONF_VALUE];
	int			orca_encoding;
	int			ticket_hours, deliver_days, keep_hours;
	int			port, max_connections, alarm_errors;
	int			face_threshold, face_unknown_issuer;
	int			electronic_prescription;
	int			short_ids, extended, card_wait;
	int			text_pin, trust_mode;
	int			environment;	/* loaded: never auto */
	int			revocation, revocation_required, ocsp_timeout;
	int			encoding, answer_timeout, keep_results;
	int			restart_from, restart_to, ask, auto_check;
	int			register_reference;
	int			bulk_max, bulk_poll, retry_pause;
	int			log_level;
	struct conf_alias	aliases[CONF_ALIASES];
	size_t			n_aliases;
	struct visit_conf	visit;		/* points into the above */
	struct document_conf	documents;	/* same */
	struct job_hook		job_hooks[HOOK_ROWS];	/* same */
	struct job_conf		jobs;		/* same */
	struct orca_conf	orca;		/* same */
};

/*
 * file NULL: $SHIKAKU_CONF, else CONF_PATH.  ERR_CONF with "file:line: what"
 * in the note.  *out on the heap; conf_free.
 */
enum err	conf_load(const char *file, struct conf **out, struct note *);
void		conf_free(struct conf **);	/* NULL fine; sets NULL */

/* The form of a transport string, alias:NAME among them; ERR_CONF and what is
 * wrong with it. */
enum err	conf_transport(const char *, struct note *);

/*
 * The transport string that a reader's name stands for: "alias:desk" is what
 * [alias] says of desk, anything else itself.  ERR_CONF where it says nothing;
 * out then holds the name, which no transport has.
 */
enum err	conf_reader(const struct conf *, const char *named,
		    char out[CONF_VALUE], struct note *);

/*
 * Beyond reading it: the folders exist and can be read, written and deleted
 * in, roots are installed, the store's folder is there.  Writes one line per
 * fault or warning on report, "file:line: …"; ERR_CONF if there was a fault.
 */
enum err	conf_check(const struct conf *, FILE *report);

/* The first part of it: req and res, without a probe.  What is wrong is a
 * line on report, as above. */
enum err	conf_check_folders(const struct conf *, FILE *report);

/* What is wrong with [devices], in the note: what is listened on and dialled,
 * and, *made as ca_check has it, the folder.  ERR_CONF, ERR_DEVICE_KEY. */
enum err	conf_check_devices(const struct conf *, int *made,
		    struct note *);

/* What is wrong with the key of documents, in the note: ERR_VAULT_KEY, also
 * for one that lies in the folder of the store.  *made 0: it is made when it
 * is first needed. */
enum err	conf_check_documents(const struct conf *, int *made,
		    struct note *);

/* Where devices dial: [devices] address, or else what is listened on. */
const char	*conf_device_address(const struct conf *);

/*
 * Every key with its value, for somebody else's eyes: codes, addresses and
 * names are not shown, and of a path only whether it is set and there.
 */
enum err	conf_print_masked(const struct conf *, struct blob *);

/* Each value that says where this is: paths, addresses and the aliases' names,
 * "" too. */
typedef enum err conf_private(void *ctx, const char *);
enum err	conf_each_private(const struct conf *, conf_private *,
		    void *ctx);

/* Every key with its default and meaning, as a commented file. */
void		conf_print_example(FILE *);

#endif
