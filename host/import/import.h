#ifndef HOST_IMPORT_IMPORT_H
#define HOST_IMPORT_IMPORT_H

#include <jansson.h>

#include "host/ledger/apply.h"
#include "host/ledger/compare.h"
#include "host/ledger/confirm.h"

struct finding;

/*
 * A finding applied to a patient (取込).  The finding stays: it can be applied
 * to the right patient afterwards.  Each import is kept with what it changed
 * and its report, is to be reviewed by a person, and can be undone.
 */

/* Which action the manuals take, and why. */
struct suggestion {
	enum apply_action	 action;
	int			 nothing;	/* nothing to do, or a person
						 * must; action is none */
	enum confirm		 confirm;	/* DEN-19, of a known one */
	const char		*why;		/* a word: import_why_text */
	size_t			 changed;	/* fields */
};

/* "unmatched", "not_valid", "several", "unchanged", "changed", "details" (of
 * the same insurance), "first", "newcomer", "unlinked", "reference_differs",
 * "other_person", "older" (than what is on record): in words; static, "" for
 * another. */
const char	*import_why_text(const char *why, enum err_lang);

/* chart_number NULL: the finding's own. */
enum err	import_suggest(struct store *, const struct finding *,
		    const char *chart_number, struct suggestion *);
/*
 * {finding, chart_number (null), asked_on, validity, suggestion {action
 * (null: nothing), why, ja, en, changed, confirm (DEN-19, null)}, switch_on,
 * reference {state none|same|new|differs, ours, theirs}, insurance {other,
 * changed, fields (compare_json)}, aid {the same} (null), manual [{what, ja,
 * en}], display [coverage_json]}.  chart_number NULL: the finding's own; "":
 * as a new patient.
 */
enum err	import_compare(struct store *, const char *finding,
		    const char *chart_number, json_t **, struct note *);

struct import_ask {
	const char *const	*findings;	/* ids */
	size_t			 n;
	/* NULL: what is suggested for each. */
	const enum apply_action	*action;
	const char		*chart_number;	/* of one finding; else NULL */
	const char		*switch_on;	/* "": its own start */
	const char *const	*fields;	/* to overwrite */
	size_t			 n_fields;
	struct audit_who	 who;
};

/*
 * Applies each in a transaction of its own; *out is the batch:
 * {batch, at, client, staff, counts {imported, unchanged, refused}, rows
 * [report of each, see import_report]}.  ERR_OK although rows were refused,
 * unless it is the only one, or the store failed before anything was
 * imported: then the error.  ERR_NO_PATIENT and the like
 * name the finding by id.  A finding that was applied to this patient already
 * is a row "unchanged" and changes nothing; a correction, a number or a
 * confirmation is no such application, and the finding goes on waiting while
 * anything of it is left.  The oldest is applied first; without an action,
 * what is older than a finding on the patient's record is ERR_OLDER.  A new
 * patient takes a finding away from another with a reason only
 * (ERR_BAD_REQUEST).
 */
enum err	import_apply(struct store *, const struct import_ask *,
		    json_t **out, struct note *);

/*
 * A person says whose finding it is; remembered (choice.h).  It needs a
 * reason where names differ or were not readable, and where it was another
 * patient's.  ERR_CONTRADICTS.
 */
enum err	import_choose(struct store *, const char *finding,
		    const char *chart_number, const struct audit_who *,
		    struct note *);
/* The finding is nobody's again; needs a reason.  ERR_STANDS_ON while it is
 * applied. */
enum err	import_unchoose(struct store *, const char *finding,
		    const struct audit_who *, struct note *);

/*
 * Patients were added or changed: their findings are looked at again, those
 * of one birth date, or of all where it is NULL.  *n (NULL ok): linked now.
 */
enum err	import_relink(struct store *, const char *birthdate,
		    size_t *n);

/*
 * Puts the patient back as he was.  Needs a reason (ERR_BAD_REQUEST).
 * ERR_STANDS_ON when something later stands on it, ERR_NOT_NOW when it was
 * undone before, ERR_NO_SUCH.
 */
enum err	import_undo(struct store *, const char *id,
		    const struct audit_who *, struct note *);
/* A person has looked at the patient's record (COS-20). */
enum err	import_review(struct store *, const char *id,
		    const struct audit_who *);

/* NULL or "": any. */
struct import_query {
	const char	*chart_number, *finding, *batch;
	int		 to_review;	/* only those nobody looked at */
	int64_t		 from, before;	/* wall ms; 0: open */
	int64_t		 limit, offset;
};

/*
 * Newest first: {imports [{id, batch, at, chart_number, finding, action,
 * client, staff, reviewed_at, reviewed_by, undone_at, undone_by, undone_why}],
 * total}.
 */
enum err	import_list(struct store *, const struct import_query *,
		    json_t **out);
/* One with its report, before and after; ERR_NO_SUCH. */
enum err	import_get(struct store *, const char *id, json_t **out);
/*
 * The content of the manual's report (COS-18), personal:
 * {id (null), at, finding, chart_number, name, action, outcome "imported"|
 * "unchanged"|"refused", error (null; {code, ja, en, detail}), sections
 * [{kind, title, entries [{change, text, lines [{label, value}]}]}], display
 * [{kind, title, change, text, lines}] (COS-33), manual [{what, ja, en}],
 * review (true: nobody looked yet)}.
 * A batch's, of all its imports: {batch, at, client, staff, rows []}.
 */
enum err	import_report(struct store *, const char *id, json_t **out);
enum err	import_batch(struct store *, const char *batch, json_t **out);

/*
 * Findings that wait for an import: those whose patient has no insurance yet
 * (COS-14, 新規利用者の資格一覧), and those that change a patient's (COS-34,
 * 取込利用者一覧).  {rows [{finding, chart_number, name, finding_name, link,
 * kind "保険"|"生保", insurer_number, insured_card_symbol,
 * insured_identification_number, suggestion (null), why}], total, text: the
 * manual's sentence}; of the newest 10,000 findings in state "new".
 *
 * What says the same as the record is "same" from then on, at most 500 of them
 * in a call.
 */
enum import_wait { IMPORT_NEW, IMPORT_CHANGED };
enum err	import_waiting(struct store *, enum import_wait,
		    const char *job, json_t **out);
/*
 * The same of limit findings from offset on; a row has changed (fields) and
 * confirm (null: of nobody yet) too.  Beside rows: pending, how many findings
 * are in state "new"; looked_at, how many of them this page is of; next, the
 * offset of the page behind it.
 */
struct import_page {
	enum import_wait	 which;
	const char		*job;		/* NULL: any */
	size_t			 limit, offset;
};
enum err	import_waiting_page(struct store *,
		    const struct import_page *, json_t **out);

/* COS-36: when the terminal was last asked, and something last imported; wall
 * ms, 0 never. */
enum err	import_stamps(struct store *, int64_t *asked,
		    int64_t *imported);

#endif
