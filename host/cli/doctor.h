#ifndef HOST_CLI_DOCTOR_H
#define HOST_CLI_DOCTOR_H

#include <jansson.h>

#include "driver/transport.h"
#include "driver/usb_node.h"
#include "host/cli/cli.h"
#include "host/cli/share.h"

/*
 * From the card service outwards, in the order in which one layer stands on
 * the other.  A layer is looked at only when what it stands on is not
 * broken, so that the first broken one is the one to mend.
 */
enum verdict { V_OK, V_WARNING, V_BROKEN, V_UNKNOWN, V_SKIPPED };

struct finding {
	enum verdict	verdict;
	enum err	err;	/* what it is and what to do; ERR_OK: nothing */
	struct note	note;	/* what was seen, in the person's language */
};

#define DOCTOR_READERS	32
#define DOCTOR_USB	64

/* What the checks ask, so that a test can answer, and what they saw. */
struct doctor {
	const struct cli	*cli;
	const char		*root;	/* before /proc, /run, /sys, /usr; "" */
	int64_t			 now;	/* wall ms */
	enum err		(*list)(struct tp_reader *, size_t, size_t *,
				    struct note *);
	/* What is on the reader; powers a card that is there. */
	enum err		(*ask)(const struct doctor *,
				    const char *transport, enum tp_event *,
				    struct note *);
	int			(*synced)(void);	/* 1: clock is kept */
	share_probe		*probe;
	int			 share_ms;	/* for one folder */

	char			 transport[CONF_VALUE];
	struct tp_reader	 readers[DOCTOR_READERS];
	size_t			 nreaders;
	enum err		 listed;
	struct note		 list_note;
	struct usb_node	 usb[DOCTOR_USB];
	size_t			 nusb;
	enum err		 asked;
	enum tp_event		 event;
	struct note		 ask_note;
	int			 shares;	/* the folders answer */
};

/* The ports of this system; ERR_USAGE and the like for a reader's string. */
enum err	doctor_init(struct doctor *, const struct cli *,
		    struct note *);

size_t		doctor_count(void);
/* Row i of doctor_count: its name, "service", and the Japanese one. */
const char	*doctor_name(size_t, enum err_lang);
/* found has doctor_count rows.  each (NULL ok) is told of a row when it is
 * known, because some take seconds. */
void		doctor_run(struct doctor *, struct finding *found,
		    void (*each)(const struct doctor *, size_t,
		    const struct finding *));
/* The row to begin with, or doctor_count when none is broken. */
size_t		doctor_first(const struct finding *);
/* {"checks": [...], "first": name or null}; new reference. */
json_t		*doctor_json(const struct finding *);

/* The checks, in two files: the reader's chain, and the site. */
typedef void	doctor_check(struct doctor *, struct finding *);
doctor_check	check_service, check_permission, check_reader, check_driver,
		check_module, check_match, check_card;
doctor_check	check_trust, check_folders, check_store, check_devices,
		check_documents, check_clock, check_terminal;

/* Verdict V_OK or V_BROKEN by the error. */
void		finding_set(struct finding *, enum err);

#endif
